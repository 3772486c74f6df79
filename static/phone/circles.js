/**
 * Who may read: signed lists, checked one after another, and what of them the child has been shown
 * (docs/protocol/keys.md, "readers").
 *
 * The server supplies lists and never the conclusion. A list counts only when a member of the one before signed it, and
 * nothing is sealed to anybody whom the child has not been shown.
 *
 * @module
 */

import { b64 } from "../bytes.js";
import { recordHash, verifyRecord } from "../crypto/keys.js";
import { authorsOf } from "../crypto/trust.js";
import { KindstemError } from "../errors.js";
import { BUNDLED, parseSigned, shared } from "../wire.js";
import { change, phone } from "./here.js";

/** @typedef {import("../vault.js").Phone} Phone */
/** @typedef {import("../vault.js").Circle} Circle */
/** @typedef {import("../wire.js").ReadersRecord} ReadersRecord */
/** @typedef {import("../wire.js").Reader} Reader */
/** @typedef {import("../wire.js").Signed<ReadersRecord>} SignedList */

/**
 * Takes in the lists that the server shows, and notes what is wrong with them.
 *
 * Only what is sound is kept. A circle whose lists are not sound gets a doubt, and nothing is sent to it: `lower` when
 * a list was seen before with a higher number, `wrong` when one does not follow from the one before.
 *
 * @param {unknown[]} shown - Everything of the inbox's `lists`.
 */
export async function takeIn(shown) {
  const here = phone();
  const { lists, doubts } = await follow(here, shown);
  const same =
    JSON.stringify(doubts) === JSON.stringify(here.doubts) &&
    Object.keys(lists).every((circle) => lists[circle].length === (here.lists[circle]?.length ?? 0));
  if (same) return;
  await change((kept) => {
    kept.lists = lists;
    kept.doubts = doubts;
  });
}

/**
 * What follows from the lists a phone holds and those it is shown.
 *
 * @param {Pick<Phone, "org" | "child" | "lists" | "record">} here
 * @param {unknown[]} shown
 * @returns {Promise<{lists: Record<string, any[]>, doubts: Record<string, "lower" | "wrong">}>}
 */
export async function follow(here, shown) {
  /** @type {Record<string, any[]>} */
  const lists = {};
  /** @type {Record<string, "lower" | "wrong">} */
  const doubts = {};
  for (const circle of BUNDLED) {
    const known = here.lists[circle] ?? [];
    const theirs = shown.filter((one) => /** @type {any} */ (one)?.record?.circle === circle);
    const workers = (lists.worker ?? []).flatMap((one) => one.record.readers);
    const result = await chain(here, circle, known, theirs, workers);
    const newest = result.list.at(-1)?.record;
    // Whoever stands in one circle is to stand in no other, or a choice of the child would be none.
    const both = newest && shared([newest, ...Object.values(lists).map((list) => list.at(-1).record)]);
    if (result.list.length) lists[circle] = result.list;
    if (result.doubt || both) doubts[circle] = result.doubt ?? "wrong";
  }
  return { lists, doubts };
}

/**
 * @param {Pick<Phone, "org" | "child" | "record">} here
 * @param {string} circle
 * @param {any[]} known
 * @param {any[]} theirs
 * @param {Reader[]} workers - Whoever stands or stood on a worker list that this phone believes.
 * @returns {Promise<{list: any[], doubt: "lower" | "wrong" | null}>}
 */
async function chain(here, circle, known, theirs, workers) {
  const list = [...known];
  const sorted = [...theirs].sort((a, b) => Number(a.record.number) - Number(b.record.number));
  const highest = known.at(-1)?.record.number ?? 0;
  // Where this phone came in: lists from before it was linked are of a phone before it, and nothing is sealed to them.
  const lowest = known[0]?.record.number ?? 1;
  if (Number(sorted.at(-1)?.record.number ?? 0) < highest) return { list, doubt: "lower" };
  for (const candidate of sorted) {
    try {
      const signed = /** @type {SignedList} */ (parseSigned(candidate, "readers"));
      const { record } = signed;
      if (record.number < lowest) continue;
      const before = list.find((one) => one.record.number === record.number);
      if (before) {
        // Under one number there is one list: another would be a list that somebody else was shown.
        if (b64(await recordHash(before.record)) !== b64(await recordHash(record))) return { list, doubt: "wrong" };
        continue;
      }
      if (!(await next(here, circle, list.at(-1), signed, workers))) return { list, doubt: "wrong" };
      list.push(signed);
    } catch (error) {
      if (error instanceof KindstemError) return { list, doubt: "wrong" };
      throw error;
    }
  }
  return { list, doubt: null };
}

/**
 * Whether a list follows from the one before it.
 *
 * @param {Pick<Phone, "org" | "child" | "record">} here
 * @param {string} circle
 * @param {SignedList | undefined} last
 * @param {SignedList} signed
 * @param {Reader[]} workers
 */
async function next({ org, child, record: own }, circle, last, signed, workers) {
  const { record } = signed;
  if (record.org !== org || record.child !== child) return false;
  if (record.number !== (last?.record.number ?? 0) + 1) return false;
  if (record.prev !== (last ? b64(await recordHash(last.record)) : null)) return false;
  const byChild = await verifyRecord(signed, own.record.signing);
  // The first list of a circle comes from this phone itself; so does one of the child's own circles when it changes that.
  if (!last && circle !== "oncall") return byChild;
  if ((circle === "confidant" || circle === "independent") && byChild) return true;
  // Of the service nobody lets another one in: each of its lists is by somebody who reads as a worker, and agreed to here.
  if (circle === "oncall" && !byChild) return false;
  const signers = circle === "oncall" ? workers : (last?.record.readers ?? []);
  return signedBy(signed, signers.flatMap((reader) => reader.signing));
}

/**
 * An on-call list that a reader of the worker circle made and that waits for the child, when it would follow.
 *
 * It is shown only if its signing here would make it count: each key in it is that of a record its owner signed, and
 * nobody in it reads the child already.
 *
 * @param {any} shown - The inbox's `offered`.
 * @param {Pick<Phone, "org" | "child" | "lists">} [here]
 * @returns {Promise<{list: SignedList, persons: any[]} | null>}
 */
export async function soundOffer(shown, here = phone()) {
  try {
    const { org, child, lists } = here;
    const list = /** @type {SignedList} */ (parseSigned(shown?.list, "readers"));
    const { record } = list;
    const last = lists.oncall?.at(-1)?.record;
    const follows = record.number === (last?.number ?? 0) + 1 && record.prev === (last ? b64(await recordHash(last)) : null);
    if (record.circle !== "oncall" || record.org !== org || record.child !== child || !follows) return null;
    const others = Object.entries(lists).flatMap(([circle, chained]) => (circle === "oncall" ? [] : [chained.at(-1)?.record]));
    if (shared([record, ...others])) return null;
    const persons = shown.persons.map((/** @type {any} */ one) => parseSigned(one, "person"));
    for (const reader of record.readers) {
      const found = persons.find((/** @type {any} */ one) => one.record.person === reader.person && one.record.name === reader.name);
      const same = found && found.record.reading === reader.reading && found.record.signing.join() === reader.signing.join();
      if (!same || !(await signedBy(found, reader.signing))) return null;
    }
    const workers = (lists.worker?.at(-1)?.record.readers ?? []).flatMap((/** @type {Reader} */ one) => one.signing);
    return (await signedBy(list, workers)) ? { list, persons } : null;
  } catch (error) {
    if (error instanceof KindstemError || error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * The on-call list that waits for this child, if there is one.
 *
 * @returns {SignedList | null} Null also when another one counts by now.
 */
export function waitingList() {
  const list = /** @type {SignedList | undefined} */ (phone().offered?.list);
  return list && list.record.number === (newestList("oncall")?.number ?? 0) + 1 ? list : null;
}

/** @returns {boolean} Whether the child has still to be asked about it. */
export const asks = () => (waitingList()?.record.at ?? phone().aside) !== phone().aside;

/** Puts it aside; it stays on the page of who reads. */
export const putAside = () => change((kept) => void (kept.aside = kept.offered?.list.record.at ?? ""));

/** @param {any} signed @param {string[]} keys */
async function signedBy(signed, keys) {
  for (const key of keys) if (await verifyRecord(signed, key)) return true;
  return false;
}

/**
 * The list that is sealed to: the newest that the child has been shown.
 *
 * @param {Circle} circle
 * @returns {ReadersRecord | null} Null for `self`, and for a circle that does not exist.
 */
export function shownList(circle) {
  if (circle === "self") return null;
  const { lists, shown } = phone();
  return lists[circle]?.findLast((one) => one.record.number <= (shown[circle] ?? 0))?.record ?? null;
}

/**
 * @param {Circle} circle
 * @returns {ReadersRecord | null} The newest sound list.
 */
export const newestList = (circle) => phone().lists[circle]?.at(-1)?.record ?? null;

/**
 * Whether anybody reads what is sent to a circle. Of somebody independent nobody does, after the child said no to them.
 *
 * @param {Circle} circle
 */
export const reads = (circle) => newestList(circle) !== null && !(circle === "independent" && phone().declined === true);

/** @returns {Circle[]} Circles whose newest list the child has still to be shown. */
export const unseen = () => /** @type {Circle[]} */ (BUNDLED).filter((circle) => (newestList(circle)?.number ?? 0) > (phone().shown[circle] ?? 0));

/**
 * Notes that the child was shown a list of a circle: from now on is sealed to it.
 *
 * @param {Circle} circle
 * @param {number} number - Of the list that stood on the screen. A newer one may have come in meanwhile, and nobody on it
 *   gets anything before it was shown as well.
 */
export const saw = (circle, number) =>
  change((kept) => {
    kept.shown[circle] = number;
  });

/**
 * Why nothing may be sent to a circle now, if so.
 *
 * @param {Circle} circle
 * @returns {"lower" | "wrong" | "unseen" | null}
 */
export function barred(circle) {
  return phone().doubts[circle] ?? (unseen().includes(circle) ? "unseen" : null);
}

/**
 * Who came and who went between two lists.
 *
 * @param {ReadersRecord | null} before
 * @param {ReadersRecord} after
 * @returns {{came: Reader[], went: Reader[]}} Someone with another key, name or part came and went: it may be another
 *   person.
 */
export function changes(before, after) {
  const old = before?.readers ?? [];
  const key = (/** @type {Reader} */ one) => JSON.stringify([one.person, one.name, one.role, one.reading, one.signing]);
  const same = (/** @type {Reader} */ a, /** @type {Reader} */ b) => key(a) === key(b);
  return {
    came: after.readers.filter((one) => !old.some((other) => same(one, other))),
    went: old.filter((one) => !after.readers.some((other) => same(one, other))),
  };
}

/**
 * Names as the texts want them.
 *
 * @returns {{worker: string, second: string, confidant: string, independent: string}} Empty for who is not there.
 */
export function names() {
  const worker = newestList("worker")?.readers ?? [];
  const of = (/** @type {string} */ role) => worker.find((one) => one.role === role)?.name ?? "";
  return { worker: of("worker"), second: of("second"), confidant: newestList("confidant")?.readers[0]?.name ?? "", independent: reads("independent") ? (newestList("independent")?.readers[0]?.name ?? "") : "" };
}

/**
 * @param {Circle} circle
 * @returns {string[]} The names of those who get what is sent to a circle, the jeugdbeschermer first.
 */
export function readerNames(circle) {
  const order = ["worker", "second"];
  const readers = [...(shownList(circle)?.readers ?? [])];
  return readers.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role)).map((one) => one.name);
}

/**
 * Who of a circle is away today, by the server's word.
 *
 * @param {Circle} circle
 * @param {string} today - `2026-11-22`
 * @returns {{name: string, until: string}[]}
 */
export function away(circle, today) {
  const readers = shownList(circle)?.readers ?? [];
  return readers.flatMap((reader) => {
    const leave = phone().persons.find((one) => one.person === reader.person)?.away;
    return leave && leave.from <= today && today <= leave.until ? [{ name: reader.name, until: leave.until }] : [];
  });
}

/** @returns {Map<string, import("../crypto/seal.js").Author>} Whose signature counts under an answer, and under what is mine. */
export function authors() {
  const { lists, record } = phone();
  return authorsOf({ devices: [record], lists: Object.values(lists).flatMap((chained) => chained.map((one) => one.record)) });
}
