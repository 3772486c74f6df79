/**
 * What came back: messages of this child and the answers to them, opened for as long as the lock is open.
 *
 * Nothing of it is kept on the phone. Reading fetches it again, because a phone that holds nothing gives nothing away.
 *
 * @module
 */

import { device } from "../api.js";
import { unb64 } from "../bytes.js";
import { open as openEnvelope } from "../crypto/seal.js";
import { KindstemError } from "../errors.js";
import { authors } from "./circles.js";
import { change, phone } from "./here.js";
import { onShut, open as lock } from "./memory.js";
import { alerts, documents, heard, isMoment, listed, nameOf, take } from "./news.js";

/** @typedef {import("../crypto/seal.js").Opened} Opened */
/** @typedef {{id: string, dir: "up" | "down", hdr: string, at: string, wrap: string | null, to: string[], size: number, by: string | null}} Row */
/** @typedef {{entry: string, person: string, name: string, at: string, reason: string}} Read */
/** @typedef {import("./news.js").Flag} Flag */
/** @typedef {{id: string, at: string, dir: "up" | "down", opened: Opened | null, damaged: boolean}} Item */

/**
 * One thing that was said, with all that followed.
 *
 * @typedef {object} Thread
 * @property {Item & {name?: string}} item - `name`: whose it is, when it came from somebody else.
 * @property {{name: string, at: string}[]} readBy - By receipts that a reader signed.
 * @property {(Item & {name: string})[]} answers
 * @property {Item[]} reactions
 * @property {boolean} mistake - That the child took an alert back.
 * @property {Read[]} reads - The server's log of who fetched it.
 * @property {Flag | null} flag
 */

/** How many entries are opened at once. */
const AT_ONCE = 6;

/** @type {Row[]} */
let rows = [];
/** @type {Read[]} */
let reads = [];
/** @type {Map<string, Item>} */
let items = new Map();
let cursor = 0;

onShut(() => {
  rows = [];
  reads = [];
  items = new Map();
  cursor = 0;
});

/**
 * Fetches everything there is for this child; opens nothing yet.
 *
 * @throws {KindstemError}
 * @throws {import("../api.js").Offline}
 */
export async function collect() {
  for (;;) {
    const before = cursor;
    const inbox = await device("/api/inbox", { json: { after: before } });
    cursor = inbox.cursor;
    const known = new Set(rows.map((row) => row.id));
    for (const row of listed(inbox.entries)) {
      if (typeof row?.id !== "string" || !isMoment(row.at) || known.has(row.id)) continue;
      known.add(row.id);
      // Newest first, and within one second the later one first: the server hands them out in the order of coming in.
      rows.unshift({ ...row, to: listed(row.to) });
    }
    await take(inbox);
    for (const { entry, person, name, at, reason } of listed(inbox.reads)) {
      if (isMoment(at)) reads.push({ entry, person, name: nameOf(person) || heard(name), at, reason: String(reason) });
    }
    // More than this, and no further: that would never end.
    if (!inbox.more || !(cursor > before)) break;
  }
  rows.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

/** What stands for itself when it is neither an answer nor damaged. */
const SAID = ["checkin", "house", "flag"];

/**
 * Opens, from the newest on, until so many things that were said are there with all that followed.
 *
 * What followed is always newer than what it is about, so it has been opened by then.
 *
 * @param {number} wanted
 * @param {(item: Item) => boolean} [asked] - Which of them; all of them when left out.
 * @returns {Promise<{threads: Thread[], more: boolean, failed: boolean}>} `failed` when something could not be fetched.
 */
export async function threads(wanted, asked = () => true) {
  const root = (/** @type {Row} */ row) => isRoot(row) && asked(/** @type {Item} */ (items.get(row.id)));
  let failed = false;
  let at = 0;
  let found = 0;
  // Counted from the newest on each time: what came since the last time lies before all that was opened then.
  while (at < rows.length && found < wanted) {
    const batch = rows.slice(at, at + AT_ONCE);
    at += AT_ONCE;
    failed = (await openRows(batch)) || failed;
    found += batch.filter(root).length;
  }
  const all = rows.filter(root).flatMap((row) => items.get(row.id) ?? []);
  return { threads: all.slice(0, wanted).map(thread), more: all.length > wanted || at < rows.length, failed };
}

/**
 * Opens rows that are not open yet, a few at a time.
 *
 * @param {Row[]} wanted
 * @returns {Promise<boolean>} Whether something could not be fetched.
 */
async function openRows(wanted) {
  let failed = false;
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    await Promise.all(
      wanted.slice(at, at + AT_ONCE).map(async (row) => {
        if (items.has(row.id)) return;
        try {
          const item = await openRow(row);
          if (item) items.set(row.id, item);
        } catch (error) {
          if (!lock()) throw error;
          failed = true;
        }
      }),
    );
  }
  return failed;
}

/** @param {Row} row @returns {Promise<Item | null>} Null when it is not for this child to read. */
async function openRow(row) {
  const opened = lock();
  if (!opened) throw new KindstemError("lock-closed");
  const { org, child } = phone();
  const item = { id: row.id, at: row.at, dir: row.dir, opened: null, damaged: true };
  try {
    const body = await device(`/api/bodies/${row.id}`, { method: "GET", raw: true });
    const found = await openEnvelope({
      hdr: unb64(row.hdr),
      wrap: row.wrap ? unb64(row.wrap) : null,
      to: row.to,
      body,
      expect: { org, child, id: row.id, dir: row.dir },
      opener: opened.opener,
      authors: authors(),
      at: row.at,
    });
    return found && { ...item, opened: found, damaged: false };
  } catch (error) {
    if (error instanceof KindstemError && ["envelope-moved", "envelope-damaged", "bad-text"].includes(error.code)) return item;
    throw error;
  }
}

/**
 * Whether something stands for itself, and does not follow on something else.
 *
 * @param {Row} row
 */
function isRoot(row) {
  const item = items.get(row.id);
  if (!item) return false;
  const kind = item.opened?.meta.kind;
  return item.damaged || SAID.includes(kind ?? "") || (kind === "answer" && !item.opened?.meta.about) || (kind === "note" && !rows.some((one) => one.dir === "up" && one.id === item.opened?.meta.about));
}

/** @param {Item} item @returns {Thread} */
function thread(item) {
  const all = [...items.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  const about = (/** @type {string} */ id, /** @type {string} */ kind) =>
    all.filter((one) => one.opened?.meta.kind === kind && one.opened.meta.about === id);
  const answers = [...about(item.id, "answer"), ...about(item.id, "note")].sort((a, b) => (a.at < b.at ? -1 : 1)).map((one) => ({ ...one, name: nameOf(one.opened?.meta.by ?? "") }));
  const receipts = all.filter(
    ({ opened }) => opened?.meta.kind === "receipt" && opened.author === "verified" && opened.doc.entry === item.id && opened.meta.circle === item.opened?.meta.circle,
  );
  /** @type {Map<string, {name: string, at: string}>} */
  const readBy = new Map();
  for (const { opened } of receipts) {
    if (opened && !readBy.has(opened.meta.by)) readBy.set(opened.meta.by, { name: nameOf(opened.meta.by), at: opened.meta.at });
  }
  return {
    item: item.dir === "down" ? { ...item, name: nameOf(item.opened?.meta.by ?? "") } : item,
    readBy: [...readBy.values()],
    answers,
    reactions: answers.flatMap((answer) => about(answer.id, "reaction")),
    mistake: about(item.id, "flag-mistake").some((one) => one.opened?.author === "verified"),
    reads: reads.filter((read) => read.entry === item.id || about(item.id, "reach").some((one) => one.id === read.entry)),
    flag: alerts().find((one) => one.id === item.id) ?? null,
  };
}

/**
 * Who of the on-call service looked up how the child can be reached about an alert.
 *
 * @param {string} flag
 * @returns {Read[]} By the server's log, oldest first.
 */
export function lookedUp(flag) {
  const told = [...items.values()].filter(({ opened }) => opened?.meta.kind === "reach" && opened.meta.about === flag);
  return reads.filter((read) => told.some((one) => one.id === read.entry));
}

/**
 * What was written about the child for one decision.
 *
 * @typedef {object} Paper
 * @property {string} first - Id of its first version.
 * @property {(Item & {opened: Opened, name: string})[]} versions - Those that a reader of this child signed, oldest first.
 * @property {Item[]} reactions - What the child said of them, oldest first.
 */

/**
 * Opens what was written about the child, what it said of it, and its own words that stand in it.
 *
 * @returns {Promise<{papers: Paper[], unknown: number, failed: boolean}>} The newest first; `unknown`: versions that cannot
 *   be read, or that nobody known stands for.
 */
export async function papers() {
  const ids = new Set(documents());
  const found = rows.filter((row) => row.dir === "down" && ids.has(row.id));
  const oldest = found.at(-1)?.at ?? "";
  let failed = await openRows([...found, ...rows.filter((row) => row.dir === "up" && found.length && row.at >= oldest)]);
  const own = new Set(found.flatMap((row) => items.get(row.id)?.opened?.doc.quotes ?? []).map((/** @type {any} */ quote) => quote.entry));
  failed = (await openRows(rows.filter((row) => own.has(row.id)))) || failed;
  const all = [...items.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  /** @type {Map<string, Paper>} */
  const made = new Map();
  let unknown = 0;
  for (const row of [...found].reverse()) {
    const item = items.get(row.id);
    const opened = item?.opened;
    if (!item || opened?.meta.kind !== "perspective" || opened.author === "unverified") {
      unknown += 1;
      continue;
    }
    const first = opened.doc.first ?? row.id;
    /** @type {Paper} */
    const paper = made.get(first) ?? { first, versions: [], reactions: [] };
    paper.versions.push({ ...item, opened, name: nameOf(opened.meta.by) });
    made.set(first, paper);
  }
  for (const paper of made.values()) {
    const mine = new Set(paper.versions.map((one) => one.id));
    paper.reactions = all.filter(({ opened }) => opened?.meta.kind === "reaction" && mine.has(opened.meta.about ?? ""));
  }
  return { papers: [...made.values()].reverse(), unknown, failed };
}

/**
 * Opens some of what came, by its ids.
 *
 * @param {string[]} ids
 * @returns {Promise<{items: Map<string, Item & {opened: Opened}>, failed: boolean}>} What opened; `failed` when something
 *   could not be fetched.
 */
export async function openNamed(ids) {
  const found = rows.filter((row) => row.dir === "down" && ids.includes(row.id));
  const failed = await openRows(found);
  /** @type {Map<string, Item & {opened: Opened}>} */
  const opened = new Map();
  for (const { id } of found) {
    const item = items.get(id);
    if (item?.opened) opened.set(id, { ...item, opened: item.opened });
  }
  return { items: opened, failed };
}

/**
 * That what was written about the child was given to somebody else: opens what came after it.
 *
 * @param {Paper} paper
 * @returns {Promise<{name: string, at: string, why: string}[]>} Oldest first.
 */
export async function taken({ versions }) {
  const ids = new Set(versions.map((one) => one.id));
  await openRows(rows.filter((row) => row.dir === "down" && row.at >= versions[0].at));
  return [...items.values()]
    .flatMap(({ opened }) => (opened?.meta.kind === "note" && opened.doc.what === "transcript" && opened.author === "verified" && ids.has(opened.meta.about ?? "") ? [opened] : []))
    .sort((a, b) => (a.meta.at < b.meta.at ? -1 : 1))
    .map(({ meta, doc }) => ({ name: nameOf(meta.by), at: meta.at, why: doc.parts.map((/** @type {any} */ part) => part.text ?? "").join(" ") }));
}

/** @param {string} id @returns {Opened | null} One of the child's own entries, when it was opened. */
export const ownEntry = (id) => {
  const item = items.get(id);
  return item?.dir === "up" ? item.opened : null;
};

/** @returns {number} How many answers came since the child last looked; only while the lock is open. */
export const fresh = () =>
  [...items.values()].filter((one) => ["answer", "note"].includes(one.opened?.meta.kind ?? "") && one.at > phone().looked).length;

/** Notes that the child has looked at everything that is here. */
export async function looked() {
  const newest = rows.find((row) => items.has(row.id))?.at ?? "";
  if (newest > phone().looked) await change((kept) => void (kept.looked = newest));
}
