/**
 * Children who want to talk alone, on the desk: with whom, since when, and the way to a talk
 * (docs/protocol/attestation.md, section 8).
 *
 * There is no button that puts a request aside: a talk with who was asked closes it, or the child does.
 *
 * @module
 */

import { desk as api, Offline } from "../api.js";
import { mine, mySigner } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { datesFor, hashOf, makeRequest, makeRequestEnd, parseTalkSigned, signedBy, signedByDevice, timeText } from "../talks.js";
import { ago, button, isApart, moment, note } from "./desk-bits.js";
import { placeWords } from "./desk-marks.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { day, t } from "./words.js";

/** @typedef {import("./desk-bits.js").Desk} Desk */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("../talks.js").RequestRecord} RequestRecord */
/**
 * @template [R=any]
 * @typedef {import("../talks.js").Signed<R>} Signed
 */

/**
 * A request as this desk shows it.
 *
 * @typedef {object} Asked
 * @property {Kid} kid
 * @property {RequestRecord} record
 * @property {string} hash
 * @property {Date} since
 * @property {string} name - Of the person asked for, from a list I believe or else as the server has it; "" for somebody
 *   independent.
 * @property {boolean} sure - Whether a phone or tablet signed it that I know.
 * @property {boolean} due - That it is open longer than the organisation's number of days.
 * @property {"talk" | "child" | null} closed
 * @property {import("./desk-talks.js").PlanView | null} date - The talk that is planned for it and still to come.
 */

/** How long after its beginning a planned talk may still be going on, in milliseconds. */
const GOING_ON = 2 * 3_600_000;

/** @typedef {{to: string | null, name: string, circle: "worker" | "confidant"}} Choice With whom, and whose desks show it. */

/**
 * The open requests of my children, the oldest first.
 *
 * @param {Caseload} caseload @returns {Promise<Asked[]>}
 */
export async function openRequests(caseload) {
  const rows = await api("/desk/api/requests", { method: "GET" });
  const found = [];
  for (const row of rows) {
    const kid = caseload.kids.get(row.child);
    const one = kid && (await asked(caseload, kid, row));
    if (one) found.push(one);
  }
  return found;
}

/**
 * All requests of a child that I see, the oldest first.
 *
 * @param {Caseload} caseload @param {Kid} kid @returns {Promise<Asked[]>}
 */
export async function requestsOf(caseload, kid) {
  const rows = await api(`/desk/api/children/${kid.child}/requests`, { method: "GET" });
  const found = await Promise.all(rows.map((/** @type {any} */ row) => asked(caseload, kid, row)));
  return found.filter((one) => one !== null);
}

/** @param {Caseload} caseload @param {Kid} kid @param {any} row @returns {Promise<Asked | null>} Null for what has not the form of a request. */
async function asked(caseload, kid, row) {
  try {
    const signed = /** @type {Signed<RequestRecord>} */ (parseTalkSigned(row.signed, "request"));
    const { record } = signed;
    const known = kid.circles[record.circle]?.record.readers.find(({ person }) => person === record.to);
    return {
      kid,
      record,
      hash: await hashOf(record),
      since: new Date(row.since),
      name: record.to === null ? "" : (known?.name ?? String(row.name)),
      sure: await believed(caseload, kid, signed),
      due: row.due === true,
      closed: row.closed,
      date: row.closed === null && !isApart(kid) ? await dateOf(caseload, kid, record) : null,
    };
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/**
 * What whoever was asked planned for it; the talks are asked for anew, because a colleague may have planned it.
 *
 * @param {Caseload} caseload @param {Kid} kid @param {RequestRecord} record
 */
async function dateOf(caseload, kid, record) {
  try {
    const { plans } = await caseload.talks.load(kid);
    return datesFor(record, plans).find(({ start }) => start.getTime() > Date.now() - GOING_ON) ?? null;
  } catch (error) {
    // The request itself is more than its date; that an earlier day is not shown, the next look mends.
    if (error instanceof Offline || (error instanceof KindstemError && error.code !== "session-ended")) return null;
    throw error;
  }
}

/** @param {Caseload} caseload @param {Kid} kid @param {Signed} signed */
async function believed(caseload, kid, signed) {
  if (signed.record.way === "phone") {
    for (const phone of kid.phones) if (await signedByDevice(signed, phone.record)) return true;
    return false;
  }
  const keys = [...caseload.trust.introduced.values()].flatMap(({ record }) => record.signing);
  for (const key of [...keys, mine().signing]) if (await signedBy(signed, key)) return true;
  return false;
}

/** @param {Kid} kid */
const nameOf = (kid) => kid.card?.name ?? kid.child;

/** What the child asked, in one line. @param {Asked} one @param {string} me - My person id. @param {string} [child] - What it is called there. */
function wish({ kid, record, name }, me, child = nameOf(kid)) {
  if (record.to === null) return t("work.wish.outside", { name: child });
  return record.to === me ? t("work.wish.you", { name: child }) : t("work.wish.other", { name: child, who: name });
}

/** Which day it was given, or that it has none; "" where nobody here can give one. @param {Asked} one */
function dated({ record, date, name, kid }) {
  if (record.to === null || isApart(kid)) return "";
  if (!date) return t("work.wish.nodate");
  const values = { name, when: moment(date.start).toLocaleLowerCase(), place: placeWords(date.record.place) };
  return t(date.record.at >= record.at ? "work.wish.dated" : "work.wish.planned", values);
}

/**
 * A request as one line of text.
 *
 * @param {Caseload} caseload @param {Asked} one @param {string} child - What the child is called there.
 */
export const requestLine = (caseload, one, child) => [`${wish(one, caseload.session.person.id, child)}.`, t("work.wish.since", { day: day(one.since), ago: ago(one.since) }), dated(one)].filter(Boolean).join(" ");

/**
 * A row for an open request, with what can be done for the child.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Asked} one
 * @param {boolean} prepares - Whether the way to preparing a talk stands there too.
 */
export function requestRow(desk, caseload, one, prepares) {
  const { kid, record, since, due, sure } = one;
  const { id: me } = caseload.session.person;
  const name = nameOf(kid);
  const go = (/** @type {"prepare" | "plan" | "record"} */ to, /** @type {string} */ look) => {
    const words = t(to === "prepare" ? "work.prep.go" : `work.talks.${to}`);
    return button(words, { look, label: `${words}: ${name}`, data: { [to]: kid.child } }, () => desk.go(to, { child: kid.child }));
  };
  // A confidant records no talks here: what is said between the two is not the organisation's to count.
  const talks = !isApart(kid) && record.to !== null;
  return h(
    "li",
    { class: due ? "firstrow heed" : "firstrow", "data-request": one.hash, "data-due": due },
    drawing("i-two"),
    h(
      "div",
      null,
      h("b", null, wish(one, me)),
      h("br", null),
      h("span", { class: "soft small" }, t("work.wish.since", { day: day(since), ago: ago(since) }), " ", h("strong", { "data-dated": one.date !== null }, dated(one)), record.to === null && record.circle === "worker" ? ` ${t("work.wish.offer")}` : "", isApart(kid) ? ` ${t("work.wish.confidant")}` : "", sure ? "" : ` ${t("work.wish.doubted")}`),
    ),
    !isApart(kid) && prepares ? go("prepare", "plain") : null,
    talks ? [go("plan", "plain"), go("record", "plain")] : null,
  );
}

/**
 * The open requests, under their heading.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Asked[]} found
 * @param {string} part - Names the section: there can be two on a page.
 */
export function requestsBox(desk, caseload, found, part = "open") {
  if (found.length === 0) return null;
  const id = `requests-${part}`;
  return h(
    "section",
    { class: "stack section-s", "aria-labelledby": id, "data-requests": part },
    h("h2", { id }, t(part === "due" ? "work.wish.due" : "work.wish.title")),
    h("ul", { class: "firsts" }, found.map((one) => requestRow(desk, caseload, one, part !== "prepare"))),
    // To a confidant the row itself says what closes it.
    found.every(({ kid }) => isApart(kid)) ? null : h("p", { class: "small soft" }, t("work.wish.rule")),
  );
}

/**
 * Requests that are closed, by what closed them.
 *
 * @param {Asked[]} found @param {string} me
 */
export function closedRequests(found, me) {
  if (found.length === 0) return null;
  return h(
    "details",
    { class: "log" },
    h("summary", null, t("work.wish.before", { n: found.length })),
    h("ul", null, [...found].reverse().map((one) => h("li", null, `${wish(one, me)}. ${t(one.closed === "child" ? "work.wish.taken" : "work.wish.held", { day: day(one.since) })}`))),
    note("", "i-info", t("work.wish.rule")),
  );
}

// --- in kindmodus: for the tablet in the room ------------------------------------------------------------------------

/** @param {Kid} kid @returns {Choice[]} With whom a child can ask to talk, and whose desks show it; the child is told both before. */
export function requestChoices(kid) {
  const of = (/** @type {"worker" | "confidant"} */ circle) => (kid.circles[circle]?.record.readers ?? []).map(({ person, name }) => ({ to: person, name, circle }));
  const confidants = of("confidant");
  return [...of("worker"), ...confidants, { to: null, name: "", circle: confidants.length ? "confidant" : "worker" }];
}

/**
 * What a child asked in kindmodus, signed with my key; it has to be open.
 *
 * @param {Caseload} caseload
 * @param {string} subj - What the log calls the child (`Talks.load`).
 * @param {Choice} choice
 * @param {Date} [at] - When the child asked, where the keys came later.
 * @returns {Promise<Signed<RequestRecord>>}
 */
export const kindmodusRequest = ({ session }, subj, { to, circle }, at = new Date()) =>
  makeRequest({ org: session.org.id, subj, to, circle, way: "kindmodus", at: timeText(at) }, mySigner());

/**
 * That a child took a request away in kindmodus. The server takes it for a request that was made in kindmodus, of a child
 * without a phone, and for no other.
 *
 * @param {Signed<RequestRecord>} request @param {Date} [at]
 */
export const kindmodusEnd = async ({ record }, at = new Date()) =>
  makeRequestEnd({ org: record.org, subj: record.subj, request: await hashOf(record), way: "kindmodus", at: timeText(at) }, mySigner());

/**
 * Hands such a record in, now or when there is a network.
 *
 * @param {Caseload} caseload @param {string} child - The kindnummer. @param {Signed} signed
 * @returns {Promise<boolean>} Whether it arrived.
 */
export const putRequest = async (caseload, child, signed) =>
  caseload.talks.outbox.put([{ id: await hashOf(signed.record), child, what: signed.record.t, path: `/desk/api/children/${child}/requests`, json: { signed }, entry: signed }]);

/**
 * What entered the log when a record was handed in: the same, or, because asking again is the same request, an earlier one
 * that I signed for the same person.
 *
 * @param {Signed} sent @param {any} kept - As the server says.
 * @returns {Promise<Signed>}
 */
export async function enteredFor(sent, kept) {
  if (!kept) return sent;
  try {
    const signed = parseTalkSigned(kept, /** @type {any} */ (sent.record.t));
    const same = ["subj", "to", "circle", "way", "request"].every((name) => signed.record[name] === sent.record[name]);
    return same && (await signedBy(signed, mine().signing)) ? signed : sent;
  } catch (error) {
    if (error instanceof KindstemError) return sent;
    throw error;
  }
}
