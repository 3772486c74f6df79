/**
 * What a child said in kindmodus, closed on this device until the professional is back (docs/protocol/unlocking.md).
 *
 * An answer to a talk is whole when it comes here. What a child says of its own is kept at each pause: finished, it is
 * sealed and sent as soon as the professional is back; unfinished, it stays closed, and opens for the child alone the
 * next time the device is handed to it.
 *
 * @module
 */

import { desk, Offline } from "../api.js";
import { concat, fromUtf8, readU32, u32 } from "../bytes.js";
import { cosigned, mySigner, openLent } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { hashOf, makeAnswer } from "../talks.js";
import { draftsUnder, keepDraft } from "../vault.js";
import { canonical, encodePayload, parseCanonical, parsePayload, parseRecord } from "../wire.js";
import { post } from "./desk-caseload.js";
import { kindmodusEnd, kindmodusRequest, putRequest } from "./desk-requests.js";
import { t } from "./words.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */

/**
 * What a child says of its own, as it is kept.
 *
 * @typedef {object} Said
 * @property {string} child - The kindnummer.
 * @property {string} id - The entry's, once it is sent.
 * @property {"checkin" | "house" | "reaction"} kind
 * @property {string | null} about
 * @property {string} at - When it was last changed.
 * @property {boolean} done - That the child finished it.
 * @property {string[]} to - The persons of whom the child was told that they can read it.
 * @property {any} doc @property {Bytes[]} attachments
 */

/** Places of these drafts begin so: what a desk keeps is told apart by the person. @param {string} person */
const start = (person) => `${person} kindmodus `;
/** @param {string} person */
const saidStart = (person) => `${start(person)}said `;

/** What could not be written down: it waits in this page's memory. @type {Map<string, Bytes>} */
const unwritten = new Map();

/** @param {Omit<Said, "doc" | "attachments">} head @param {any} doc @param {Bytes[]} attachments @returns {Bytes} To be closed. */
export function saidBytes({ child, id, kind, about, at, done, to }, doc, attachments) {
  const head = canonical({ v: 1, child, id, kind, about, at, done, to });
  return concat(u32(head.length), head, encodePayload(kind, doc, attachments));
}

/** @param {Bytes} bytes @returns {Said} @throws {KindstemError} When it has not the form. */
function saidOf(bytes) {
  const end = 4 + readU32(bytes);
  if (end > bytes.length) throw new KindstemError("bad-envelope");
  const { child, id, kind, about, at, done, to } = parseCanonical(bytes.slice(4, end));
  return { child, id, kind, about, at, done, to, ...parsePayload(kind, bytes.slice(end)) };
}

/**
 * Keeps a closed answer.
 *
 * @param {string} person - For whom it is closed. @param {string} talk - What it answers. @param {Bytes} sealed
 */
export const keepAnswer = (person, talk, sealed) => write(start(person) + talk, sealed);

/**
 * Keeps what a child says of its own in place of what it was before; null throws it away.
 *
 * @param {string} person @param {string} id @param {Bytes | null} sealed
 */
export const keepSaid = (person, id, sealed) => (sealed ? write(saidStart(person) + id, sealed) : away(saidStart(person) + id));

/** @param {string} place @param {Bytes} sealed */
async function write(place, sealed) {
  try {
    await keepDraft(place, sealed);
    unwritten.delete(place);
  } catch {
    // A private window, or no room: it is kept as long as this page is.
    unwritten.set(place, sealed);
  }
}

/** @param {string} person @returns {Promise<{place: string, sealed: Bytes}[]>} */
async function kept(person) {
  const found = await draftsUnder(start(person)).catch(() => []);
  const here = [...unwritten].filter(([place]) => place.startsWith(start(person)));
  return [...found.filter(({ place }) => !unwritten.has(place)), ...here.map(([place, sealed]) => ({ place, sealed }))];
}

/** @param {string} person @returns {Promise<boolean>} Whether something waits for this person. */
export const lentKept = async (person) => (await kept(person)).length > 0;

/**
 * What opens of what is kept; what does not was changed since, or closed under keys that this person has no more, and is
 * thrown away: nobody will ever open it.
 *
 * @template T
 * @param {string} place
 * @param {() => Promise<T>} work
 * @returns {Promise<T | null>}
 */
async function opened(place, work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KindstemError && error.code === "session-ended") throw error;
    await away(place);
    return null;
  }
}

/**
 * Whether everybody who would get it was named to the child. Whoever came to the list since was not, and nothing goes to
 * them before the child has seen them.
 *
 * @param {Said} said @param {Kid} kid
 */
const toldOf = ({ to }, kid) => (kid.circles.worker?.record.readers ?? []).every((one) => to.includes(one.person));

/**
 * What this child began to say here and did not finish, or finished before somebody else came to read it, for the child to
 * go on with.
 *
 * @param {string} person @param {Kid} kid
 * @returns {Promise<Said[]>} The newest first.
 */
export async function unfinished(person, kid) {
  const found = [];
  for (const { place, sealed } of await kept(person)) {
    if (!place.startsWith(saidStart(person))) continue;
    const said = await opened(place, async () => saidOf(await openLent("said", sealed)));
    if (said?.child === kid.child && (!said.done || !toldOf(said, kid))) found.push(said);
  }
  return found.sort((a, b) => b.at.localeCompare(a.at));
}

/**
 * Signs what was said, as it was said, and sends it, or lets it wait for a network. What is not finished is not touched.
 *
 * @param {Caseload} caseload
 * @returns {Promise<{child: string | null, text: string} | null>} What to tell of it.
 */
export async function bringLent(caseload) {
  await caseload.load();
  const person = caseload.session.person.id;
  /** @type {string | null} */
  let about = null;
  /** @type {Set<string>} */
  const told = new Set();
  for (const { place, sealed } of await kept(person)) {
    if (place.startsWith(saidStart(person))) {
      const said = await opened(place, async () => saidOf(await openLent("said", sealed)));
      if (!said) told.add(t("work.kindmodus.damaged"));
      const kid = said?.done && caseload.kids.get(said.child);
      if (!kid) continue;
      about = kid.child;
      told.add(t(await bringSaid(caseload, kid, place, said), { name: kid.card?.name ?? kid.child }));
      continue;
    }
    const answer = await opened(place, async () => JSON.parse(fromUtf8(await openLent("answer", sealed))));
    if (!answer) told.add(t("work.kindmodus.damaged"));
    const kid = answer && caseload.kids.get(answer.child);
    if (!kid) continue;
    if (answer.wish || answer.away) {
      about = kid.child;
      const key = await bringWish(caseload, kid, answer);
      if (key) told.add(t(key, { name: kid.card?.name ?? kid.child }));
      if (key !== "work.kindmodus.said.waits") await away(place);
      continue;
    }
    if (answer.offer) {
      about = kid.child;
      const key = await bringOffer(caseload, kid, answer);
      told.add(t(key, { name: kid.card?.name ?? kid.child }));
      if (key === "work.kindmodus.offer") await away(place);
      continue;
    }
    const { subj, talk, says, why, prev, at } = answer;
    const signed = await makeAnswer({ org: caseload.session.org.id, subj, talk, way: "kindmodus", says, why, prev, at }, mySigner());
    const sent = await caseload.talks.put([{ kid, signed }]);
    await away(place);
    about = kid.child;
    told.add(t(sent ? "work.kindmodus.kept" : "work.kindmodus.kept.waits", { name: kid.card?.name ?? kid.child }));
  }
  return told.size ? { child: about, text: [...told].join(" ") } : null;
}

/**
 * @param {Caseload} caseload @param {Kid} kid @param {string} place @param {Said} said
 * @returns {Promise<string>} Key of what to tell of it. What cannot go stays as it is, and is tried the next time.
 */
async function bringSaid(caseload, kid, place, said) {
  if (!toldOf(said, kid)) return "work.kindmodus.said.list";
  try {
    await post(await caseload.sealSaid(kid, said));
  } catch (error) {
    if (error instanceof Offline) return "work.kindmodus.said.waits";
    // Sent the time before, when only the server's answer was lost: under this id there is no other than this page made.
    if (!(error instanceof KindstemError) || error.code === "session-ended") throw error;
    const rows = error.code === "entry-exists" ? await caseload.rows(kid) : [];
    if (!rows.some((row) => row.id === said.id && row.dir === "up" && row.by === caseload.session.person.id)) return "work.kindmodus.said.stays";
  }
  kid.rows = null;
  await away(place);
  return "work.kindmodus.said";
}

/**
 * @param {Caseload} caseload @param {Kid} kid
 * @param {{wish?: import("./room-wish.js").Choice, away?: string, at: string}} asked - With whom to talk alone, or the hash of
 *   what was asked before and is taken away.
 * @returns {Promise<string | null>} Key of what to tell of it; null when what was to be taken away is gone already.
 */
async function bringWish(caseload, kid, { wish, away: hash, at }) {
  const moment = new Date(at);
  let signed = null;
  try {
    if (wish) signed = await kindmodusRequest(caseload, (await caseload.talks.load(kid)).subj, wish, moment);
    else {
      const rows = await desk(`/desk/api/children/${kid.child}/requests`, { method: "GET" });
      for (const row of rows) if (!row.closed && (await hashOf(row.signed.record)) === hash) signed = await kindmodusEnd(row.signed, moment);
    }
  } catch (error) {
    if (error instanceof Offline) return "work.kindmodus.said.waits";
    throw error;
  }
  if (!signed) return null;
  const sent = await putRequest(caseload, kid.child, signed);
  return sent ? (wish ? "work.kindmodus.wish" : "work.kindmodus.wish.away") : "work.kindmodus.wish.waits";
}

/**
 * What a child answered to the offer of an independent talk, signed by me and handed in; the same record again is the same
 * answer.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @param {{offer: string, says: "yes" | "no" | "later", at: string}} answered
 * @returns {Promise<string>} Key of what to tell of it. What cannot go stays as it is, and is tried the next time.
 */
async function bringOffer(caseload, kid, { offer, says, at }) {
  /** @type {import("../wire.js").OfferAnswerRecord} */
  const record = { t: "offer-answer", v: 1, org: caseload.session.org.id, child: kid.child, offer, says, way: "kindmodus", at };
  const signed = await cosigned({ record: parseRecord(record, "offer-answer"), sigs: [] });
  try {
    await desk(`/desk/api/children/${kid.child}/offers`, { json: { signed } });
  } catch (error) {
    if (error instanceof Offline) return "work.kindmodus.said.waits";
    if (!(error instanceof KindstemError) || error.code === "session-ended") throw error;
    return "work.kindmodus.said.stays";
  }
  await caseload.loadChildren();
  return "work.kindmodus.offer";
}

/** @param {string} place */
async function away(place) {
  unwritten.delete(place);
  await keepDraft(place, null).catch(() => undefined);
}
