/**
 * Colleagues, and the act by which two of them believe each other's keys.
 *
 * The number is computed here from the two records. A server that puts its own key in between makes the two numbers
 * differ, and then nothing is signed: whatever depends on that key fails at this step and not later.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { equal } from "../bytes.js";
import { recordHash, safetyNumber } from "../crypto/keys.js";
import { cosigned, countsFor, mine } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { parseSigned } from "../wire.js";
import { busy, button, empty, heading, newElementId, note, notice, roleName } from "../parts/desk-bits.js";
import { numberBoxes, shownNumber } from "../parts/desk-number.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */

/**
 * @param {Desk} desk @param {Caseload} caseload
 * @param {{need?: boolean}} params - `need`: one came here for want of a second reader.
 */
export async function peoplePage(desk, caseload, { need = false }) {
  await caseload.loadPeople();
  const { introduced, doubled, swapped } = caseload.trust;
  const me = mine();
  const others = new Map(
    caseload.people
      .filter((one) => one.active && one.record?.record?.person && one.record.record.person !== me.person)
      .map((one) => [one.record.record.person, one.record.record]),
  );
  const known = [];
  const open = [];
  for (const [person, record] of others) {
    const found = introduced.get(person);
    if (doubled.has(person)) open.push(note("heed", "i-warn", t("work.people.conflict", { name: record.name })));
    else if (found) known.push(await knownRow(desk, caseload, found));
    else open.push(openRow(desk, record));
  }
  desk.known("colleagues");
  return h(
    "div",
    { class: "stack wide" },
    heading(t("work.people.title"), t("work.people.lead")),
    swapped ? note("alarm", "i-warn", t("work.people.self")) : null,
    need ? note("heed", "i-info", t("work.people.first")) : null,
    others.size === 0 ? empty("who", t("work.people.title"), t("work.people.none")) : null,
    open.length && !swapped ? h("section", { "data-part": "open" }, h("h2", null, t("work.people.open")), h("div", { class: "people section-s" }, open)) : null,
    known.length ? h("section", { "data-part": "known" }, h("h2", null, t("work.people.known")), h("ul", { class: "people section-s" }, known)) : null,
    others.size > 0 && open.length === 0 ? h("p", { class: "soft" }, t("work.people.allknown")) : null,
    h("details", { class: "fold" }, h("summary", null, t("work.people.why")), h("p", null, t("work.people.why.text"))),
  );
}

/** @param {Desk} desk @param {{person: string, name: string, role: string}} record */
function openRow(desk, record) {
  return h(
    "div",
    { class: "person" },
    h("div", null, h("b", null, h("bdi", null, record.name)), h("small", null, roleName(record.role))),
    button(t("work.people.introduce"), { label: `${t("work.people.introduce")}: ${record.name}`, data: { introduce: record.name } }, () =>
      desk.go("introduce", { person: record.person }),
    ),
  );
}

/** @param {Desk} desk @param {Caseload} caseload @param {import("../desk-keys.js").Introduced} found */
async function knownRow(desk, caseload, found) {
  const { name, role } = found.record;
  const how = found.mine ? t("work.people.direct") : t("work.people.via", { name: caseload.nameOf(found.by[0]) });
  const back = await countsFor(caseload.people, found);
  return h(
    "li",
    { class: "person", "data-known": name },
    h("div", null, h("b", null, h("bdi", null, name)), h("small", null, `${roleName(role)}. ${how}.`)),
    h("span", { class: back ? "tag good" : "tag heed" }, t(back ? "work.people.them" : "work.people.notyou", { name })),
    found.mine && back
      ? null
      : button(t("work.people.introduce"), { look: "plain", label: t("work.people.intro.title", { name }), data: { introduce: name } }, () => desk.go("introduce", { person: found.record.person })),
  );
}

/**
 * Two people read a number to each other; each types what the other reads.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {{person: string}} params
 */
export async function introducePage(desk, caseload, { person }) {
  await caseload.loadPeople();
  const other = caseload.people.find((one) => one.record?.record?.person === person);
  const own = caseload.trust.introduced.get(mine().person);
  if (!other || !own || caseload.trust.swapped) {
    return h("div", { class: "stack" }, heading(t("work.people.title")), note("alarm", "i-warn", t(own ? "work.empty.noaccess" : "work.people.self")), back(desk));
  }
  // Never sign what has another form than the thing one believes to sign.
  const { record } = parseSigned(other.record, "person");
  const { name } = record;
  const theirs = await recordHash(record);
  const number = await safetyNumber(own.hash, theirs);

  const told = notice();
  const go = button(t("work.people.intro.compare"), { type: "submit", data: { act: "compare" } });
  const typed = newElementId();
  const boxes = numberBoxes(typed);
  const form = h(
    "form",
    { class: "form", novalidate: true },
    boxes.element,
    told.element,
    h("div", { class: "acts line" }, go, back(desk)),
  );
  const page = h(
    "div",
    { class: "stack wide" },
    heading(t("work.people.intro.title", { name }), t("work.people.intro.together")),
    note("", "i-info", t("work.people.intro.open", { name })),
    h(
      "section",
      { class: "box-p" },
      h("h2", null, t("work.people.intro.yours", { name })),
      shownNumber(number),
    ),
    h("section", { class: "box-p" }, h("h2", { id: typed }, t("work.people.intro.theirs", { name })), form),
  );

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    if (boxes.short()) {
      told.say(t("work.people.intro.short"));
      return;
    }
    if (!boxes.equals(number)) {
      told.say(t("work.people.intro.differ"), "alarm");
      boxes.again();
      return;
    }
    void busy(go, async () => {
      try {
        await introduce(caseload, person, theirs);
        fill(page, heading(t("work.people.intro.title", { name })), note("", "i-tick", t("work.people.intro.same", { name })), h("p", null, t("work.people.intro.back", { name })), back(desk));
        page.dataset.done = "true";
        page.querySelector("h1")?.focus();
      } catch (error) {
        const changed = error instanceof KindstemError && error.code === "record-changed";
        told.say(changed ? t("work.people.intro.changed", { name }) : desk.sentence(error), "alarm");
      }
    });
  });
  return page;
}

/** @param {Desk} desk */
const back = (desk) => button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("colleagues"));

/**
 * Signs exactly the record that was compared. What the server shows by now is looked at again, so that the person hears
 * of a swap; what is signed stays what was compared.
 *
 * @param {Caseload} caseload @param {string} person @param {Uint8Array} compared - Hash of the compared record.
 */
async function introduce(caseload, person, compared) {
  await caseload.loadPeople();
  const now = caseload.people.filter((one) => one.record?.record?.person === person);
  for (const one of now) {
    if (!equal(await recordHash(one.record.record), compared)) throw new KindstemError("record-changed");
  }
  if (now.length === 0) throw new KindstemError("not-found");
  const { sigs } = await cosigned(now[0].record);
  await api(`/desk/api/people/${person}/signatures`, { json: sigs[sigs.length - 1] });
  await caseload.load();
}
