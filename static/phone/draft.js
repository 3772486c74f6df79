/**
 * What the child is making now: in memory while it is made, and in the vault as one sealed message that could be sent
 * as it is (docs/protocol/envelope.md; "Writing needs public keys only").
 *
 * Each change seals the whole of it again, under a fresh key, within a second. So a closed tab, a locked phone or an
 * empty battery costs at most what was typed in the last moment. While the lock is shut, what was sealed cannot be read
 * on this phone, and can still be sent.
 *
 * @module
 */

import { b64, newId, unb64 } from "../bytes.js";
import { recordHash } from "../crypto/keys.js";
import { open as openEnvelope, seal as sealEnvelope } from "../crypto/seal.js";
import { KindstemError } from "../errors.js";
import { madeOf, nothing, payloadOf, reactsOf, saysNothing } from "../making.js";
import { withSaid } from "../said.js";
import { bytesOf, discard as discardParcel, letGo, parcels, post, reserve, seal as sealParcel } from "../vault.js";
import { parseEnvelope, timeText } from "../wire.js";
import { authors, barred, shownList } from "./circles.js";
import { deviceSigner, phone, refresh, tell } from "./here.js";
import { inHand, onShut, open as lock, takeInHand } from "./memory.js";
import { largest } from "./news.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../vault.js").Circle} Circle */
/** @typedef {import("../vault.js").Parcel} Parcel */
/** @typedef {import("../making.js").Way} Way */
/** @typedef {import("../making.js").Kind} Kind */
/** @typedef {import("../making.js").House} House */
/** @typedef {import("../making.js").Answer} Answer */

/** @typedef {import("../making.js").Making & {parcel: Parcel | null}} Making - `parcel`: its place in the vault, once something was said. */

/** Words after which no keystroke waits longer to be kept, in milliseconds. */
const PAUSE = 400;
const LONGEST = 1000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let since = 0;
/** Saves wait for each other: two at once could leave the older one. */
let queue = Promise.resolve();
/** @type {unknown} */
let trouble = null;

/** @returns {unknown} Why the last save failed; null when it did not. */
export const saveTrouble = () => trouble;

/**
 * Begins something new.
 *
 * @param {Way} way
 * @param {{kind?: Kind, house?: House, id?: string, circle?: Circle, about?: string, part?: Making["part"]}} [given]
 * @returns {Making}
 */
export function begin(way, { kind = "checkin", house, id, circle, about, part } = {}) {
  // What was in hand until now is not lost: it waits, sealed.
  void save();
  /** @type {Making} */
  const made = {
    id: id ?? newId(),
    ...nothing(kind, house),
    way,
    circle: circle ?? null,
    about: about ?? null,
    parcel: null,
    ...(part === undefined ? {} : { part }),
  };
  trouble = null;
  takeInHand(made);
  return made;
}

/**
 * Notes a change; it is in the vault within a second.
 *
 * @param {(made: Making) => void} work
 */
export function note(work) {
  const made = inHand();
  if (!made) return;
  work(made);
  since ||= Date.now();
  clearTimeout(timer);
  timer = setTimeout(() => void save(), Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
}

/**
 * Notes the answer to a question, with the exact words of question and options as they were shown.
 *
 * @param {string} key
 * @param {Omit<Answer, "key"> | null} answer - Null takes it back.
 */
export function answer(key, answer) {
  note((made) => {
    if (answer) made.answers.set(key, { key, ...answer });
    else made.answers.delete(key);
  });
}

/** @returns {boolean} Whether nothing has been said yet. Who may read is no message. */
export function isEmpty(made = inHand()) {
  return !made || saysNothing(made);
}

/**
 * Seals what there is, now.
 *
 * @returns {Promise<void>} Settled when it is in the vault, or cannot be: see `saveTrouble`.
 */
export function save() {
  clearTimeout(timer);
  since = 0;
  const made = inHand();
  if (!made) return queue;
  // As the lock is now: it may be shut by the time its turn comes.
  const opened = lock();
  queue = queue.then(async () => {
    try {
      await store(made, "draft", opened);
      trouble = null;
    } catch (error) {
      trouble = error;
    }
    tell();
  });
  return queue;
}

/**
 * @param {Making} made
 * @param {"draft" | "ready"} state
 * @param {import("./memory.js").Opened | null} opened
 */
async function store(made, state, opened) {
  if (!made.circle || barred(made.circle)) return;
  if (made.parcel && (isEmpty(made) || made.parcel.circle !== made.circle)) {
    // It goes to somebody else now: its number in the first circle goes back, or is sent empty.
    await giveUp(made.parcel);
    made.parcel = null;
    if (made.kind === "checkin" || made.kind === "house") made.id = newId();
  }
  if (isEmpty(made)) return;
  const list = shownList(made.circle)?.number ?? 0;
  const paper = made.kind === "reaction" && made.part !== undefined ? (made.about ?? undefined) : undefined;
  made.parcel ??= await reserve(made.id, made.circle, { list, flag: made.kind === "flag", at: Date.now(), about: paper });
  const { id, kind, about, parcel } = made;
  const said = payload(made);
  const sealed = await envelope({ id, kind, seq: parcel.seq, circle: parcel.circle, about, ...said }, opened);
  if (sealed.length > largest()) throw new KindstemError("too-large");
  // Of what is said to anybody else nothing is counted; and beside a draft it would lie readable on the phone.
  const reacts = state === "ready" && parcel.circle === "worker" ? reactsOf(kind, about, said.doc) : undefined;
  await sealParcel(made.id, sealed, { list, state, at: Date.now(), reacts });
}

/** The payload of what is being made. @param {Making} made */
export const payload = (made) => payloadOf(made, phone());

/**
 * Seals something of this child to a circle and to the child itself.
 *
 * @param {{id: string, kind: string, seq: number, circle: Circle, about?: string | null, doc: any, attachments?: Bytes[]}} what
 * @param {import("./memory.js").Opened | null} [opened] - The lock, when it was open while this was made.
 * @returns {Promise<Bytes>}
 */
export async function envelope({ id, kind, seq, circle, about = null, doc, attachments = [] }, opened = lock()) {
  const { org, child, id: by, reading } = phone();
  const list = shownList(circle);
  if (circle !== "self" && !list) throw new KindstemError("nobody");
  const [at, signDevice, signUnlock] = [timeText(), await deviceSigner(), opened?.unlock ?? null];
  const place = { org, child, entry: id, kind: /** @type {import("../said.js").Place["kind"]} */ (kind), about, at, way: /** @type {const} */ ("phone") };
  return sealEnvelope({
    org,
    child,
    id,
    dir: "up",
    at,
    kind,
    seq,
    circle,
    list: list && { number: list.number, hash: b64(await recordHash(list)) },
    lock: opened ? "open" : "locked",
    about,
    by,
    readers: [{ public: reading }, ...(list?.readers ?? []).map((reader) => ({ public: unb64(reader.reading) }))],
    // A draft too: on a locked phone it may be sent as it is.
    doc: kind === "empty" || kind === "reach" ? doc : await withSaid(place, doc, attachments, [signDevice, signUnlock]),
    attachments,
    signDevice,
    signUnlock,
  });
}

/**
 * Finishes what is being made: from now on it goes as soon as there is a network, and nothing changes it any more.
 *
 * @returns {Promise<string>} Its id.
 * @throws {KindstemError} `nothing-said`; `too-large`; `nobody` when who may read has to be looked at first.
 */
export async function finish() {
  const made = inHand();
  if (!made || isEmpty(made)) throw new KindstemError("nothing-said");
  if (!made.circle || barred(made.circle)) throw new KindstemError("nobody");
  clearTimeout(timer);
  since = 0;
  await queue;
  await store(made, "ready", lock());
  forget();
  await refresh();
  tell();
  return made.id;
}

/** Takes what is being made out of memory; what was saved stays in the vault. */
export function forget() {
  clearTimeout(timer);
  since = 0;
  takeInHand(null);
}

/**
 * Saves what is being made and takes it out of memory.
 *
 * @returns {Promise<void>}
 */
export function leave() {
  const saved = save();
  forget();
  return saved;
}

// What was opened may not stay readable once the lock shuts; what was being written then waits, sealed.
onShut(() => void leave());

/** Throws away what is being made. */
export async function throwAway() {
  const made = inHand();
  forget();
  await queue;
  if (made?.parcel) await giveUp(made.parcel);
  await refresh();
  tell();
}

/**
 * Throws a draft of the vault away.
 *
 * @param {Parcel} parcel
 */
export async function giveUp(parcel) {
  const left = await discardParcel(parcel.id);
  if (left) await sendEmpty(left);
  await refresh();
}

/**
 * Sends a number empty, so that a reader does not think that something was withheld.
 *
 * @param {Parcel} parcel
 */
async function sendEmpty(parcel) {
  const doc = { v: 1 };
  const sealed = await envelope({ id: parcel.id, kind: "empty", seq: parcel.seq, circle: parcel.circle, doc });
  await sealParcel(parcel.id, sealed, { list: shownList(parcel.circle)?.number ?? 0, state: "ready" });
}

/** Gives back the numbers of drafts that were cut off before they had been sealed once. */
export async function mend() {
  for (const parcel of await parcels()) {
    if (parcel.state === "draft" && !parcel.sealed && parcel.id !== inHand()?.parcel?.id) await giveUp(parcel);
  }
}

/** @returns {Promise<Parcel[]>} Drafts that wait to be gone on with, the newest first. */
export async function waiting() {
  const all = await parcels();
  return all.filter((one) => one.state === "draft" && one.sealed && one.id !== inHand()?.parcel?.id).reverse();
}

/**
 * Lets a draft go as it is, unread.
 *
 * @param {Parcel} parcel
 */
export async function sendAsIs(parcel) {
  await letGo(parcel.id);
  tell();
}

/**
 * @param {Parcel} parcel
 * @returns {Promise<import("../crypto/seal.js").Opened | null>} What a draft says; null when it does not open with this lock.
 */
async function opening(parcel) {
  const opened = lock();
  const file = await bytesOf(parcel.id);
  if (!opened || !file) return null;
  const { org, child } = phone();
  const { hdrBytes, wraps, body } = parseEnvelope(file);
  const to = wraps.map((one) => b64(one.keyId));
  const wrap = wraps.find((one) => b64(one.keyId) === opened.opener.id)?.sealed ?? null;
  const expect = /** @type {const} */ ({ org, child, id: parcel.id, dir: "up" });
  return openEnvelope({ hdr: hdrBytes, wrap, to, body, expect, opener: opened.opener, authors: authors() });
}

/**
 * Opens a draft to go on with it.
 *
 * @param {Parcel} parcel
 * @returns {Promise<Making | null>} Null when it does not open with this lock.
 */
export async function resume(parcel) {
  const found = await opening(parcel);
  if (!found) return null;
  const { meta, doc, attachments } = found;
  const made = begin(meta.kind === "house" ? "house" : "again", {
    kind: /** @type {Kind} */ (meta.kind),
    id: parcel.id,
    circle: parcel.circle,
    about: meta.about ?? undefined,
  });
  made.parcel = parcel;
  Object.assign(made, madeOf(made.kind, doc, attachments));
  return made;
}

/**
 * The houses that were begun and wait. Which house a draft is of stands inside it, so nobody who holds the phone reads it there.
 *
 * @returns {Promise<Map<House, Parcel>>} The newest of each; empty while the lock is shut.
 */
export async function begunHouses() {
  /** @type {Map<House, Parcel>} */
  const found = new Map();
  if (!lock()) return found;
  for (const parcel of await waiting()) {
    // One that does not open is shown on the first screen, with what can be done about it.
    const house = (await opening(parcel).catch(() => null))?.doc.house;
    if (house && !found.has(house)) found.set(house, parcel);
  }
  return found;
}

/**
 * Puts a message in the outbox that was never a draft: it is sealed once, and goes.
 *
 * @param {{kind: string, circle: Circle, about?: string, doc: any}} what
 * @returns {Promise<string>} Its id.
 */
export async function sendNow({ kind, circle, about, doc }) {
  const id = newId();
  const list = shownList(circle)?.number ?? 0;
  // With which alert it goes, the server has to know; of what is said to others it need not.
  const parcel = await reserve(id, circle, { list, flag: false, at: Date.now(), about: kind === "reach" ? about : undefined });
  const sealed = await envelope({ id, kind, seq: parcel.seq, circle, about, doc });
  await sealParcel(id, sealed, { list, state: "ready" });
  await refresh();
  tell();
  return id;
}

/**
 * Puts the bare alert in the outbox: no content, only that it was set.
 *
 * @returns {Promise<string>} Its id; words that are added later go under the same one.
 */
export async function alert() {
  const id = newId();
  const at = Date.now();
  await post({ id: `alert ${id}`, state: "ready", circle: "worker", seq: 0, list: 0, flag: true, bare: true, at, sealed: false, tries: 0, next: 0, why: "" }, null);
  tell();
  return id;
}

