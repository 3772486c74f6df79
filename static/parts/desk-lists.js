/**
 * Lists of readers as a desk makes them: only of people whose keys it believes, and following the child's newest.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { signRecord } from "../crypto/keys.js";
import { mine, mySigner } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { timeText } from "../wire.js";
import { busy, button, note, notice, together } from "./desk-bits.js";
import { h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("./desk-bits.js").Desk} Desk */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("../wire.js").ListCircle} ListCircle */
/** @typedef {import("../wire.js").ReadersRecord} ReadersRecord */

/** How many readers a list holds at most. */
const MOST = 15;

/**
 * People with one of these roles whose keys are believed, who still work here, other than myself.
 *
 * @param {Caseload} caseload @param {string[]} roles
 */
export const introducedAs = (caseload, roles) => {
  const here = new Set(caseload.people.filter((one) => one.active).map((one) => one.record?.record?.person));
  const known = [...caseload.trust.introduced.values()].map((one) => one.record);
  return known.filter((one) => one.person !== mine().person && here.has(one.person) && roles.includes(one.role));
};

/** Who is on call, by name, and no more than a list holds. @param {Caseload} caseload */
export const onCall = (caseload) =>
  introducedAs(caseload, ["oncall"])
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, MOST);

/**
 * The next list of a circle of a child; its first, if there was none.
 *
 * @param {Caseload} caseload @param {string} child @param {ListCircle} circle
 * @param {{id: string, role: import("../wire.js").ListRole}[]} who
 * @param {string} [at]
 * @returns {ReadersRecord}
 * @throws {KindstemError} `list-unknown` for somebody whose keys are not believed.
 */
export function nextList(caseload, child, circle, who, at = timeText()) {
  const before = caseload.kids.get(child)?.circles[circle];
  return {
    t: "readers",
    v: 1,
    org: caseload.session.org.id,
    child,
    circle,
    number: (before?.record.number ?? 0) + 1,
    prev: before?.hash ?? null,
    readers: who.map(({ id, role }) => {
      const found = caseload.trust.introduced.get(id)?.record;
      if (!found) throw new KindstemError("list-unknown");
      const { name, reading, signing } = found;
      return { person: id, name, role, reading, signing, since: before?.record.readers.find((one) => one.person === id)?.since ?? at.slice(0, 10) };
    }),
    at,
  };
}

/** The list of the service as it would be now. @param {Caseload} caseload @param {string} child @param {string} [at] */
export const serviceList = (caseload, child, at) => nextList(caseload, child, "oncall", onCall(caseload).map((one) => ({ id: one.person, role: "oncall" })), at);

/**
 * The on-call service of a child that has its phone: who is on its list, and asking it on its phone to agree to another.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {string} name
 */
export function serviceBox(desk, caseload, kid, name) {
  const now = kid.circles.oncall?.record.readers ?? [];
  const people = onCall(caseload);
  const key = (/** @type {{person: string, reading: string}[]} */ some) => some.map((one) => `${one.person} ${one.reading}`).sort().join();
  const told = notice();
  const ask = button(t("work.service.ask", { name }), { look: "plain", data: { act: "ask-service" } }, () =>
    void busy(ask, async () => {
      try {
        const record = serviceList(caseload, kid.child);
        await api(`/desk/api/children/${kid.child}/oncall`, { json: { list: { record, sigs: [await signRecord(record, mySigner())] } } });
        ask.remove();
        told.say(t("work.service.asked", { name }));
      } catch (error) {
        told.say(desk.sentence(error));
      }
    }),
  );
  const differs = people.length > 0 && key(people) !== key(now);
  return h(
    "section",
    { class: "box-p stack", "data-part": "service" },
    h("h2", null, t("work.service.title")),
    h("p", null, now.length ? t("work.service.now", { name, names: together(now.map((one) => one.name)) }) : t("work.service.none", { name })),
    kid.refused.includes("oncall") ? note("alarm", "i-warn", t("work.service.refused")) : null,
    people.length === 0 && now.length === 0 ? h("p", { class: "small soft" }, t("work.service.nobody")) : null,
    differs ? h("p", { class: "small soft" }, t("work.service.lead", { names: together(people.map((one) => one.name)) })) : null,
    told.element,
    differs ? h("div", { class: "acts line" }, ask) : null,
  );
}
