/**
 * What is written about a child: its documents with all their versions, and what the child says of each.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { button, empty, heading, moment, note, notice } from "../parts/desk-bits.js";
import { kindOf, papers } from "../parts/desk-document.js";
import { noteWatching, nameOf, sendReceipts, troubles } from "../parts/desk-kid.js";
import { dayWords, decisionLine, decisionWords, paperArticle } from "../parts/desk-paper.js";
import { takenOf } from "../parts/desk-transcript.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {{id: string, kind: string, day: string, offered: boolean, quoted: string | null, at: string, by: string}} Known */
/** @typedef {{talk: boolean, written: boolean, offered: boolean, words: boolean}} Before */
/** @typedef {{measure: string, kind: string, day: string, months: number, before: Before, heard: boolean}} Decided */
/** @typedef {{documents: Known[], decisions: Decided[]}} Listed */

/** How many messages of the child are opened along: what can be quoted, and what it said of documents. */
const OPENED = 60;

/**
 * A child that documents can be written about, with everything opened that they rest on.
 *
 * @param {Caseload} caseload @param {string} child
 * @returns {Promise<{kid: Kid, listed: Listed} | null>} Null for whom I read neither in the worker circle nor as somebody
 *   independent, who writes documents of their own.
 */
export async function openDocuments(caseload, child) {
  if (!caseload.kids.has(child)) await caseload.load();
  else await caseload.loadChildren();
  const kid = caseload.kids.get(child);
  if (!kid || kid.role === "confidant") return null;
  /** @type {Listed} */
  const listed = await api(`/desk/api/children/${child}/documents`, { method: "GET" });
  const rows = await caseload.rows(kid);
  const ids = new Set(listed.documents.map((one) => one.id));
  const first = rows.find((row) => ids.has(row.id))?.place ?? Infinity;
  const up = rows.filter((row) => row.dir === "up");
  // Whatever the child said since its first document may be about it.
  const since = up.filter((row, at) => at >= up.length - OPENED || row.place > first);
  const fresh = new Set(since.filter((row) => !kid.opened.has(row.id) && !row.opened.some((one) => one.person === caseload.session.person.id)).map((row) => row.id));
  // What readers recorded of them, such as that one was taken along, came after the first.
  const recorded = rows.filter((row) => row.dir === "down" && row.place >= first);
  await caseload.openAll(kid, [...new Set([...recorded, ...since])].filter((row) => !kid.opened.has(row.id)), kid.reason ?? "other", () => undefined);
  await noteWatching(caseload, kid);
  void sendReceipts(caseload, kid, fresh, () => true);
  return { kid, listed };
}

/** @param {Desk} desk @returns {HTMLElement} */
export const noAccess = (desk) => h("div", null, heading(t("work.kp.go")), empty("quiet", t("work.empty.noaccess"), "", button(t("work.common.back"), {}, () => desk.go("children"))));

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string}} params */
export async function documentsPage(desk, caseload, { child }) {
  const found = await openDocuments(caseload, child);
  if (!found) return noAccess(desk);
  const { kid, listed } = found;
  // When the talks were on which a document rests; without them its quotes alone say that the child was heard.
  await caseload.talks.load(kid).catch(() => undefined);
  const name = nameOf(kid);
  const all = papers(kid.opened.values());
  const known = new Set(all.flatMap((paper) => paper.versions.map((one) => one.row.id)));
  const lost = listed.documents.filter((one) => !known.has(one.id)).length;
  return h(
    "div",
    { class: "documents", "data-ready": true },
    heading(
      t("work.kp.title", { name }),
      t("work.kp.lead"),
      button(t("work.kp.new"), { icon: "i-pen", data: { act: "new" } }, () => desk.go("document", { child })),
      button(t("work.prep.child", { name }), { look: "plain", data: { act: "child" } }, () => desk.go("child", { child })),
    ),
    h("div", { class: "notes" }, troubles(kid), lost ? note("heed", "i-warn", t("work.kp.lost", { n: lost })) : null),
    all.length ? h("div", { class: "stack section" }, all.map((paper) => paperBox(desk, caseload, kid, listed, paper))) : empty("quiet", t("work.kp.empty"), t("work.kp.empty.how")),
    listed.decisions.length ? decided(listed.decisions) : null,
  );
}

/**
 * What the roster decided, and what there was before each: by the same rules as in the numbers.
 *
 * @param {Decided[]} decisions
 */
function decided(decisions) {
  return h(
    "section",
    { class: "section", "aria-labelledby": "decided" },
    h("h2", { id: "decided" }, t("work.kp.decided")),
    h("p", { class: "small soft" }, t("work.kp.decided.how", { n: decisions[0].months })),
    h(
      "ul",
      { class: "decided section-s" },
      decisions.map(({ kind, day, before, heard }) => {
        const missing = [before.talk ? null : "talk", before.written ? null : "written", before.written && !before.offered ? "offered" : null, before.offered && !before.words ? "words" : null].filter((one) => one !== null);
        return h(
          "li",
          { "data-decided": day, "data-heard": String(heard) },
          h("p", null, h("b", null, t("work.kp.for", { decision: kindOf(kind) ? decisionWords(kindOf(kind) ?? "") : kind, date: dayWords(day) }))),
          h("p", { class: "small" }, heard ? t("work.kp.heard") : t("work.kp.unheard")),
          missing.length ? h("ul", { class: "bullets small" }, missing.map((one) => h("li", null, t(`work.kp.before.${one}`)))) : null,
        );
      }),
    ),
  );
}

/**
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {Listed} listed
 * @param {import("../parts/desk-document.js").Paper} paper
 */
function paperBox(desk, caseload, kid, listed, paper) {
  const newest = paper.heads[paper.heads.length - 1];
  const place = h("div", { class: "stack" });
  const told = notice("");
  const transcript = (/** @type {import("../parts/desk-caseload.js").Opened} */ one, /** @type {boolean} */ several, /** @type {string} */ look) =>
    button(several ? t("work.tr.make.of", { n: paper.versions.indexOf(one) + 1 }) : t("work.tr.make"), { look, icon: "i-print", data: { transcript: one.row.id } }, () => desk.go("transcript", { child: kid.child, version: one.row.id }));
  // A transcript is the worker circle's: what somebody independent writes is for the child.
  const outside = kid.role !== "independent";
  const taken = takenOf(kid.opened.values(), paper);
  const older = paper.versions.filter((one) => !paper.heads.includes(one));
  const show = (/** @type {import("../parts/desk-caseload.js").Opened[]} */ versions) => fill(place, versions.map((one) => paperArticle(paper, one, { caseload, kid })));
  show(paper.heads);
  const mismatched = paper.versions.some(({ row, doc }) => {
    const said = listed.documents.find((one) => one.id === row.id);
    const quoted = !said?.quoted || doc.quotes.some((/** @type {any} */ one) => one.entry === said.quoted);
    return said && (said.kind !== doc.decision.kind || said.day !== doc.decision.day || !quoted);
  });
  const all = button(t("work.kp.versions", { n: paper.versions.length }), { look: "bare", data: { act: "versions" } }, () => {
    show([...paper.versions].reverse());
    all.remove();
    told.say(t("work.kp.versions.shown"));
  });
  return h(
    "section",
    { class: "document", "data-document": paper.first, "aria-label": decisionLine(newest.doc.decision) },
    paper.heads.length > 1 ? note("heed", "i-warn", t("work.kp.fork", { n: paper.heads.length })) : null,
    mismatched ? note("heed", "i-warn", t("work.kp.mismatch")) : null,
    told.element,
    place,
    h(
      "div",
      { class: "acts line noprint section-s" },
      outside ? paper.heads.map((one) => transcript(one, paper.heads.length > 1, "plain")) : null,
      paper.heads.map((head) => button(paper.heads.length > 1 ? t("work.kp.next.of", { name: caseload.nameOf(head.meta?.by ?? "") }) : t("work.kp.next"), { look: "plain", icon: "i-pen", data: { next: head.row.id } }, () => desk.go("document", { child: kid.child, from: head.row.id }))),
      outside ? older.map((one) => transcript(one, true, "bare")) : null,
      older.length ? all : null,
    ),
    taken.length
      ? h("ul", { class: "bullets small noprint section-s", "data-part": "taken" }, taken.map((one) => h("li", null, t("work.tr.taken", { date: moment(new Date(one.at)), name: caseload.nameOf(one.by), n: paper.versions.findIndex((two) => two.row.id === one.version) + 1, why: one.why, code: one.code }))))
      : null,
  );
}
