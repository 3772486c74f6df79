/**
 * What became of a child's flag, for its readers: to whom it climbed, who reached the child, what comes next; and the
 * timer of a signal that is to go to its school.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { busy, button, choice, field, moment, note, notice } from "./desk-bits.js";
import { hasPhone, phoneOf, post } from "./desk-caseload.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { clock, spoken, t } from "./words.js";

/** @typedef {import("./desk-bits.js").Desk} Desk */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Flag} Flag */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Signal} Signal */

/** In the order of the catalogue. */
export const NEXT = ["safe", "visit", "talk", "report", "police", "agreed", "mistake", "other"];
const CLIMBED = ["leader", "oncall"];
/** Within how many hours a signal should be with the school. */
export const HANDED_WITHIN = 24;

/** @param {Flag} flag @returns {boolean} Whether somebody has still to say who reached the child, or what comes next. */
export const isOpen = ({ reached, next }) => !reached || !next;

/**
 * To whom it went when nobody looked, and what is known or missing: each on a line of its own, before who saw it.
 *
 * @param {Flag} flag
 * @returns {(string | HTMLElement)[]}
 */
export function flagState(flag) {
  const lines = flag.climbed.map(({ step, at }) => t(`work.flag.climbed.${CLIMBED.indexOf(step) + 1}`, { time: clock(at) }));
  if (flag.reached) lines.push(flag.reached.name ? t("work.flag.reached", { name: flag.reached.name, by: flag.reached.by, time: clock(flag.reached.at) }) : t("work.flag.reached.other", { by: flag.reached.by, time: clock(flag.reached.at) }));
  if (flag.next) lines.push(t("work.flag.next", { what: t(`work.flag.next.${NEXT.indexOf(flag.next.what) + 1}`), by: flag.next.by, time: clock(flag.next.at) }));
  if (isOpen(flag)) lines.push(t(flag.reached ? "work.flag.open.next" : flag.next ? "work.flag.open.reached" : "work.flag.open"));
  return lines.flatMap((line) => [line, h("br", null)]);
}

/**
 * Recording who reached the child and what comes next. That it was recorded the server knows; words are sealed.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {Flag} flag @param {string} name - Of the child.
 */
export function stepsForm(desk, caseload, kid, flag, name) {
  const readers = kid.circles.worker?.record.readers ?? [];
  const told = notice();
  const reached = choice(t("work.flag.form.reached", { name }), [...readers.map((one) => ({ value: one.person, text: one.name })), { value: "other", text: t("work.flag.form.other") }]);
  const next = choice(t("work.flag.form.next"), NEXT.map((value, at) => ({ value, text: t(`work.flag.next.${at + 1}`) })));
  const words = field(t("work.flag.form.words"), h("textarea", { rows: 2, maxlength: 5000, autocomplete: "off" }), t(phoneOf(kid).watched ? "work.flag.form.alone" : "work.flag.form.words.hint", { name }));
  const keep = button(t("work.flag.form.keep"), { type: "submit", data: { act: "flag-keep" } });
  /** What was sealed for a try that failed: the same words again must stay the same entry. @type {{of: string, parcel: import("./desk-caseload.js").Parcel} | null} */
  let tried = null;
  let sent = "";
  const form = h(
    "form",
    { class: "stack", novalidate: true, "data-steps": flag.id },
    reached.element,
    next.element,
    phoneOf(kid).watched ? note("heed", "i-eye", t("work.flag.form.watched")) : null,
    words.element,
    told.element,
    h("div", { class: "acts line" }, keep),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    const said = { reached: reached.value(), next: next.value() };
    const text = words.input.value.trim();
    if (!said.reached && !said.next) {
      told.say(t("work.flag.form.choose"));
      return reached.focus();
    }
    return void busy(keep, async () => {
      try {
        if (text && text !== sent) {
          const doc = { v: 1, lang: spoken(), what: "step", knows: null, parts: [{ kind: "text", text }] };
          tried = tried?.of === text ? tried : { of: text, parcel: await caseload.sealFor(kid, { kind: "note", circle: "worker", about: flag.id, doc, room: !hasPhone(kid) }) };
          await post(tried.parcel);
          sent = text;
          caseload.remember(kid, { id: tried.parcel.id, kind: "note", circle: "worker", about: flag.id, doc });
        }
        await api(`/desk/api/flags/${flag.id}/steps`, { json: said });
      } catch (error) {
        told.say(`${t("work.flag.form.failed")} ${desk.sentence(error)}`);
        return;
      }
      desk.say(t("work.flag.form.kept"));
      desk.go("child", { child: kid.child });
    });
  });
  // What asks for something stands open; a correction is a step further.
  return isOpen(flag) ? h("details", { class: "fold", open: true }, h("summary", null, t("work.flag.form.title")), form) : h("details", { class: "fold" }, h("summary", null, t("work.flag.form.again")), form);
}

/**
 * A signal that was made for the school and has not been handed over, with the hours that are left.
 *
 * @param {Desk} desk @param {Kid} kid @param {Signal} signal @param {Caseload} caseload
 * @param {{here?: boolean}} [more] - `here`: that the page of the text is the one shown.
 */
export function signalRow(desk, kid, signal, caseload, { here = false } = {}) {
  const name = kid.card?.name ?? kid.child;
  const left = Math.ceil(HANDED_WITHIN - (Date.now() - signal.at.getTime()) / 3_600_000);
  const when = moment(signal.at).toLocaleLowerCase();
  const handed = button(t("hwc.handed"), { look: "plain", label: `${t("hwc.handed")}: ${name}`, data: { handed: signal.entry } }, () =>
    void busy(handed, async () => {
      try {
        await api(`/desk/api/signals/${signal.entry}/handed`);
        await caseload.loadChildren();
        row.remove();
        desk.say(t("hwc.handed.kept", { name }));
      } catch (error) {
        desk.say(desk.sentence(error));
      }
    }),
  );
  const row = h(
    "li",
    { class: "firstrow heed", "data-signal": kid.child },
    drawing("i-clock"),
    h("div", null, h("b", null, t("hwc.row", { name })), h("br", null), h("span", { class: left > 0 ? "soft small" : "small late" }, t(left > 0 ? "hwc.left" : "hwc.late", { n: left, when, by: signal.name }))),
    handed,
    here ? null : button(t("hwc.again"), { look: "bare", label: `${t("hwc.again")}: ${name}`, data: { school: kid.child } }, () => desk.go("school", { child: kid.child })),
  );
  return row;
}
