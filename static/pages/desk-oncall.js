/**
 * The desk of the on-call service: alerts that nobody looked at in time and that are theirs now, and how each child is
 * reached. There is nothing else here: no list of children, no messages, no cards.
 *
 * Somebody on duty opens this at night on a phone, so that one thing stands on a screen, and what counts stands first.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { unb64 } from "../bytes.js";
import { open as openEnvelope } from "../crypto/seal.js";
import { authors, believedLists, believedPhones, myOpener } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { ago, button, busy, capital, choice, empty, heading, moment, note, notice, together } from "../parts/desk-bits.js";
import { flagState, isOpen, NEXT } from "../parts/desk-flag.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { clock, day, t } from "../parts/words.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Flag} Flag */
/** @typedef {import("../wire.js").Reader} Reader */

/**
 * An alert that is with the service.
 *
 * @typedef {object} Served
 * @property {string} child
 * @property {Flag} flag
 * @property {{id: string, at: string, hdr: string, wrap: string, to: string[]}[]} entries - Newest first.
 * @property {any[]} lists
 * @property {any[]} devices
 */

/** How often to look for what is new while the page is open, in milliseconds. */
const EVERY = 30_000;

/** @returns {Promise<Served[]>} Oldest first. */
async function waiting() {
  /** @type {any[]} */
  const rows = await api("/desk/api/oncall", { method: "GET" });
  const dated = (/** @type {any} */ one) => one && { ...one, at: new Date(one.at) };
  return rows.map(({ flag, ...row }) => ({
    ...row,
    flag: { ...dated(flag), seen: flag.seen.map(dated), climbed: flag.climbed.map(dated), reached: dated(flag.reached), next: dated(flag.next) },
  }));
}

/** Since when it is with the service. @param {Flag} flag */
const since = (flag) => flag.climbed.find(({ step }) => step === "oncall")?.at ?? flag.at;

/** @param {Desk} desk @param {Caseload} caseload */
export async function oncallPage(desk, caseload) {
  await caseload.loadPeople();
  const list = h("div", { class: "section-s" });
  const looked = h("p", { class: "small soft", role: "status" });
  let shown = "";
  const show = async () => {
    const found = await waiting();
    if (!desk.here()) return;
    looked.textContent = t("work.oncall.looked", { time: clock(new Date()) });
    const now = JSON.stringify(found.map((one) => one.flag));
    // Nothing moves under a finger that did not change.
    if (now === shown) return;
    shown = now;
    fill(list, found.length ? h("ul", { class: "firsts", "aria-label": t("work.place.oncall") }, found.map((one) => row(desk, one))) : empty("allread", t("work.oncall.empty"), t("work.oncall.empty.more")));
  };
  const again = button(t("work.oncall.again"), { look: "plain", data: { act: "look-again" } }, () => void busy(again, () => show().catch((error) => desk.say(desk.sentence(error)))));
  await show();
  const timer = setInterval(() => void show().catch((error) => (looked.textContent = desk.sentence(error))), EVERY);
  desk.leaving(() => clearInterval(timer));
  return h(
    "div",
    { class: "oncall" },
    heading(t("work.place.oncall"), t("work.oncall.lead")),
    caseload.trust.swapped ? note("alarm", "i-warn", t("work.people.self")) : null,
    caseload.trust.introduced.size < 2 ? note("heed", "i-two", t("work.oncall.alone"), button(t("work.add.goto"), { look: "plain", data: { act: "colleagues" } }, () => desk.go("colleagues"))) : null,
    list,
    h("div", { class: "acts line section" }, again, looked),
  );
}

/** @param {Desk} desk @param {Served} one */
function row(desk, { child, flag }) {
  const seen = flag.seen.length ? t("work.oncall.seen", { names: together(flag.seen.map((one) => one.name)) }) : t("work.oncall.unseen");
  return h(
    "li",
    { class: "firstrow alarm", "data-flag": flag.id },
    drawing("i-flag"),
    h("div", null, h("b", null, t("work.oncall.row", { ago: ago(flag.at) })), h("br", null), h("span", { class: "small" }, t("work.oncall.row.times", { time: clock(flag.at), oncall: clock(since(flag)) })), h("br", null), h("span", { class: "soft small" }, seen, " ", h("bdi", { class: "mono" }, child))),
    button(t("work.oncall.open"), { label: `${t("work.oncall.open")}: ${child}`, data: { open: flag.id } }, () => desk.go("reach", { flag: flag.id })),
  );
}

/** @param {Desk} desk @param {Caseload} caseload @param {{flag: string}} params */
export async function reachPage(desk, caseload, { flag: id }) {
  await caseload.loadPeople();
  const one = (await waiting()).find(({ flag }) => flag.id === id);
  const back = button(t("work.common.back"), { look: "plain", data: { act: "oncall" } }, () => desk.go("today"));
  if (!one) return h("div", null, heading(t("work.place.oncall")), empty("quiet", t("work.oncall.gone"), t("work.oncall.gone.more"), back));
  const { said, sure, readers, trouble } = await reachOf(caseload, one);
  const { flag, child } = one;
  const me = caseload.session.person;
  if (!flag.seen.some(({ name }) => name === me.name)) {
    await api(`/desk/api/flags/${flag.id}/seen`);
    flag.seen.push({ name: me.name, at: new Date() });
  }
  const name = said?.name || t("work.oncall.noname");
  const of = (/** @type {string} */ role) => together(readers.filter((reader) => reader.role === role).map((reader) => reader.name)) || "–";
  const fact = (/** @type {string} */ label, /** @type {any} */ value, /** @type {string} */ data) => h("div", null, h("dt", null, label), h("dd", { "data-fact": data }, value));
  return h(
    "div",
    { class: "oncall" },
    heading(name, t("work.oncall.set", { when: moment(flag.at), ago: ago(flag.at) })),
    sure ? null : note("heed", "i-warn", t(said ? "work.oncall.unsure" : trouble ? "work.oncall.damaged" : "work.oncall.nothing")),
    h(
      "section",
      { class: "box-p", "aria-labelledby": "how" },
      h("h2", { id: "how" }, t("work.oncall.how")),
      h("p", { class: "big", "data-fact": "how" }, said?.how || t("work.oncall.how.none")),
      h("p", { class: "small soft" }, t("work.oncall.how.note")),
    ),
    h(
      "section",
      { class: "box-p section-s", "aria-labelledby": "whom" },
      h("h2", { id: "whom" }, t("work.oncall.whom")),
      h(
        "dl",
        { class: "facts-row" },
        fact(capital(t("work.role.1")), of("worker"), "worker"),
        fact(capital(t("work.role.2")), of("second"), "second"),
        fact(t("work.oncall.number"), h("bdi", { class: "mono" }, child), "child"),
      ),
      h("p", { class: "small soft section-s" }, t("work.oncall.whom.note")),
    ),
    h("p", { class: "small section-s" }, flagState(flag), t("work.today.flag.seen", { when: moment(flag.at), name: together(flag.seen.map((seen) => seen.name)), time: clock(flag.seen[flag.seen.length - 1].at) })),
    stepsForm(desk, caseload, one, readers, name),
    h("div", { class: "acts line section" }, back),
  );
}

/**
 * What the child says of how it is reached about this alert, and who reads it.
 *
 * @param {Caseload} caseload @param {Served} one
 * @returns {Promise<{said: {name: string | null, how: string | null} | null, sure: boolean, readers: Reader[], trouble: boolean}>}
 *   `sure`: that it is by a phone for which somebody vouches whom I believe.
 */
async function reachOf({ session, trust }, { child, flag, entries, lists, devices }) {
  const known = { org: session.org.id, child, introduced: trust.introduced };
  const offered = await believedPhones(devices, known);
  const { circles, phones } = await believedLists(lists, { ...known, phones: offered.phones });
  const readers = circles.worker?.record.readers ?? [];
  let trouble = false;
  for (const row of entries) {
    const body = await api(`/desk/api/bodies/${row.id}`, { json: { reason: "read" }, raw: true });
    const found = await openReach(row, body, { org: session.org.id, child, flag: flag.id, authors: authors({ phones, circles }) });
    // The newest is what holds now; what is not of this alert, or does not open, is passed over.
    if (found) return { ...found, readers, trouble: false };
    trouble = true;
  }
  return { said: null, sure: false, readers, trouble };
}

/**
 * @param {Served["entries"][number]} row @param {Uint8Array<ArrayBuffer>} body
 * @param {{org: string, child: string, flag: string, authors: Map<string, import("../crypto/seal.js").Author>}} of
 */
async function openReach(row, body, { org, child, flag, authors: known }) {
  try {
    const found = await openEnvelope({ hdr: unb64(row.hdr), wrap: unb64(row.wrap), to: row.to, body, expect: { org, child, id: row.id, dir: "up" }, opener: myOpener(), authors: known, at: row.at });
    if (!found || found.meta.kind !== "reach" || found.meta.about !== flag) return null;
    return { said: /** @type {{name: string | null, how: string | null}} */ (found.doc), sure: found.author === "verified" };
  } catch (error) {
    if (!(error instanceof KindstemError) || error.code === "session-ended") throw error;
    return null;
  }
}

/**
 * Recording who reached the child and what comes next. There are no words here: the service seals nothing.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Served} one @param {Reader[]} readers @param {string} name
 */
function stepsForm(desk, caseload, { flag }, readers, name) {
  const { person } = caseload.session;
  const told = notice();
  const people = [{ value: person.id, text: t("work.oncall.me") }, ...readers.map((reader) => ({ value: reader.person, text: reader.name })), { value: "other", text: t("work.flag.form.other") }];
  const reached = choice(t("work.flag.form.reached", { name }), people);
  const next = choice(t("work.flag.form.next"), NEXT.map((value, at) => ({ value, text: t(`work.flag.next.${at + 1}`) })));
  const keep = button(t("work.flag.form.keep"), { type: "submit", data: { act: "flag-keep" } });
  const form = h("form", { class: "stack box-p section", novalidate: true, "data-steps": flag.id }, h("h2", null, t("work.flag.form.title")), h("p", { class: "small soft" }, t("work.oncall.close")), reached.element, next.element, told.element, h("div", { class: "acts line" }, keep));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    const said = { reached: reached.value(), next: next.value() };
    if (!said.reached && !said.next) {
      told.say(t("work.flag.form.choose"));
      return reached.focus();
    }
    return void busy(keep, async () => {
      try {
        const kept = await api(`/desk/api/flags/${flag.id}/steps`, { json: said });
        desk.say(t(isOpen(kept) ? "work.oncall.kept" : "work.oncall.closed", { day: day(Date.now()) }));
        if (isOpen(kept)) desk.go("reach", { flag: flag.id });
        else desk.go("today");
      } catch (error) {
        told.say(`${t("work.flag.form.failed")} ${desk.sentence(error)}`);
      }
    });
  });
  return form;
}
