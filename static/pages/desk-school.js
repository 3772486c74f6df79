/**
 * Handle with care: a fixed text for the school that says that something happened, never what.
 *
 * Name and day of birth are typed here, stand in this document only, and go with the page: nothing keeps or sends them.
 * What the child knows of it is sealed; that a text was made, when and by whom, is a fact with a timer.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { busy, button, choice, empty, field, heading, isApart, moment, note, notice } from "../parts/desk-bits.js";
import { hasPhone, phoneOf, post } from "../parts/desk-caseload.js";
import { signalRow } from "../parts/desk-flag.js";
import { nameOf } from "../parts/desk-kid.js";
import { fill, h } from "../parts/h.js";
import { series, spoken, t } from "../parts/words.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */

/** In the order of the catalogue. */
const KNOWS = ["agrees", "refuses", "unknown"];

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string}} params */
export async function schoolPage(desk, caseload, { child }) {
  if (!caseload.kids.has(child)) await caseload.load();
  else await caseload.loadChildren();
  const kid = caseload.kids.get(child);
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("child", { child }));
  if (!kid || isApart(kid) || !kid.circles.worker) return h("div", null, heading(t("hwc.title")), empty("quiet", t("work.empty.noaccess"), "", back));
  const name = nameOf(kid);

  const waiting = kid.signals.filter((one) => !one.handed);
  // One that waits has been recorded: its text is made again, because nothing kept it, and nothing is recorded twice.
  const again = waiting.length > 0;
  const told = notice();
  const copied = notice("");
  const knows = choice(t("hwc.child"), KNOWS.map((value, at) => ({ value, text: t(`hwc.child.${at + 1}`) })), { change: () => asked() });
  const reason = field(t("hwc.reason"), h("textarea", { rows: 2, maxlength: 5000, autocomplete: "off" }), t(phoneOf(kid).watched ? "work.flag.form.alone" : "hwc.reason.hint", { name }));
  reason.element.hidden = true;
  const asked = () => {
    reason.element.hidden = knows.value() === "agrees";
    reason.fault("");
  };
  const called = field(t("hwc.name"), h("input", { type: "text", maxlength: 120, autocomplete: "off" }));
  const born = field(t("hwc.birthdate"), h("input", { type: "text", maxlength: 40, autocomplete: "off" }));
  const texts = h("div", { class: "stack" });
  const make = button(t("hwc.make"), { type: "submit", data: { act: "signal-keep" } });
  const form = h("form", { class: "box-p form section noprint", novalidate: true }, again ? note("", "i-info", t("hwc.once")) : knows.element, !again && phoneOf(kid).watched ? note("heed", "i-eye", t("work.flag.form.watched")) : null, reason.element, called.element, born.element, note("", "i-lock", t("hwc.guard")), told.element, h("div", { class: "acts line" }, make));
  const timer = h("ul", { class: "firsts section-s noprint" }, waiting.map((one) => signalRow(desk, kid, one, caseload, { here: true })));
  const before = h("section", { class: "section noprint" });
  void showBefore(desk, caseload, kid, before);

  /** The words as they go to the school; each can be copied and printed. */
  const show = () => {
    const values = { name: called.input.value.trim(), birthdate: born.input.value.trim() };
    const bodies = series("hwc.body.#", values);
    fill(
      texts,
      h("h2", { tabindex: "-1", class: "noprint" }, t("hwc.text")),
      bodies.map((body, at) => {
        const leaf = h("p", { class: "leaf", "data-body": String(at + 1), tabindex: "0" }, body);
        return h(
          "section",
          { class: "box-p stack", "aria-label": t(`hwc.form.${at + 1}`) },
          h("h3", { class: "noprint" }, t(`hwc.form.${at + 1}`)),
          leaf,
          h(
            "div",
            { class: "acts line noprint" },
            button(t("hwc.copy"), { look: "plain", data: { copy: String(at + 1) } }, () =>
              void navigator.clipboard.writeText(body).then(
                () => copied.say(t("hwc.copied")),
                () => {
                  // Not every browser lets a page copy: then the words are selected, ready to be.
                  getSelection()?.selectAllChildren(leaf);
                  copied.say(t("hwc.select"));
                },
              ),
            ),
            button(t("hwc.print"), { look: "plain", icon: "i-print", data: { print: String(at + 1) } }, () => {
              for (const one of texts.querySelectorAll("section")) one.classList.toggle("noprint", one !== leaf.parentElement);
              globalThis.print();
            }),
          ),
        );
      }),
      copied.element,
    );
    texts.querySelector("h2")?.focus();
  };

  /** What was sealed for a try that failed. @type {{of: string, parcel: import("../parts/desk-caseload.js").Parcel} | null} */
  let tried = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    const [chosen, why] = [knows.value(), reason.input.value.trim()];
    for (const one of [called, born, reason]) one.fault("");
    if (!again && !chosen) {
      told.say(t("hwc.choose"));
      return knows.focus();
    }
    if (!again && chosen !== "agrees" && !why) return reason.fault(t("hwc.needreason"));
    if (!called.input.value.trim()) return called.fault(t("hwc.needname"));
    if (!born.input.value.trim()) return born.fault(t("hwc.needdate"));
    if (again) {
      form.hidden = true;
      return show();
    }
    return void busy(make, async () => {
      const doc = { v: 1, lang: spoken(), what: "signal", knows: chosen, parts: chosen === "agrees" ? [] : [{ kind: "text", text: why }] };
      const of = JSON.stringify(doc);
      try {
        tried = tried?.of === of ? tried : { of, parcel: await caseload.sealFor(kid, { kind: "note", circle: "worker", doc, room: !hasPhone(kid) }) };
        await post(tried.parcel);
        await api(`/desk/api/children/${kid.child}/signals`, { json: { entry: tried.parcel.id } });
        caseload.remember(kid, { id: tried.parcel.id, kind: "note", circle: "worker", about: null, doc });
        await caseload.loadChildren();
      } catch (error) {
        told.say(`${t("hwc.failed")} ${desk.sentence(error)}`);
        return;
      }
      if (!desk.here()) return;
      fill(timer, (caseload.kids.get(child)?.signals ?? []).filter((one) => !one.handed).map((one) => signalRow(desk, kid, one, caseload, { here: true })));
      form.hidden = true;
      show();
    });
  });

  return h(
    "div",
    { class: "school" },
    h("div", { class: "noprint" }, heading(t("hwc.title"), name, back), h("p", null, t("hwc.lead"))),
    timer,
    form,
    texts,
    before,
  );
}

/**
 * The signals there are, with what their makers sealed about them: what the child knew, and the reason.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {import("../parts/desk-caseload.js").Kid} kid @param {HTMLElement} into
 */
async function showBefore(desk, caseload, kid, into) {
  if (!kid.signals.length) return;
  try {
    const rows = new Map((await caseload.rows(kid)).map((row) => [row.id, row]));
    const items = [];
    for (const one of kid.signals) {
      const row = rows.get(one.entry);
      const said = kid.opened.get(one.entry) ?? (row ? await caseload.open(kid, row, "read") : null);
      const known = said?.state === "open" && said.author === "verified" && said.meta?.kind === "note" && said.doc.knows ? said.doc : null;
      const when = moment(one.at).toLocaleLowerCase();
      const handed = one.handed ? t("hwc.before.one", { when, by: one.name, name: one.handed.name, time: moment(one.handed.at).toLocaleLowerCase() }) : t("hwc.before.open", { when, by: one.name });
      const why = known?.parts.map((/** @type {any} */ part) => part.text ?? "").join(" ");
      const lines = [h("span", null, handed)];
      if (known) lines.push(h("br", null), h("span", { class: "small soft" }, t(`hwc.child.${KNOWS.indexOf(known.knows) + 1}`)));
      if (known && why) lines.push(h("br", null), h("span", { lang: known.lang }, why));
      items.push(h("li", { "data-before": one.entry }, lines));
    }
    if (desk.here()) fill(into, h("h2", null, t("hwc.before")), h("ul", { class: "bullets" }, items));
  } catch (error) {
    desk.sentence(error);
  }
}
