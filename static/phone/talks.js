/**
 * Talks that somebody wrote down about this child, and what the child says of them (docs/protocol/attestation.md).
 *
 * What is shown is what a key signed that this phone knows from a list it checked itself (phone/circles.js). Which talks
 * there are is the server's word; nothing of them is kept here but an answer that waits, and a talk out of a code that
 * the child wants to answer later. Both lie sealed (phone/kept.js).
 *
 * @module
 */

import { device, now } from "../api.js";
import { b64, unb64 } from "../bytes.js";
import { signingKeyId } from "../crypto/keys.js";
import { KindstemError } from "../errors.js";
import {
  answerCode,
  codeIn,
  codeLookup,
  codeProof,
  deviceKeys,
  hashOf,
  makeAnswer,
  parseTalk,
  parseTalkSigned,
  shortCode,
  signedBy,
  signedByDevice,
  timeText,
} from "../talks.js";
import { parcels, bytesOf } from "../vault.js";
import { change, deviceSigner, phone, tell } from "./here.js";
import { allKept, keepSealed, postKept, unseal } from "./kept.js";
import { inTalk, open, takeTalk } from "./memory.js";
import { listed, planRows, talkRows } from "./news.js";

/** @typedef {import("../talks.js").TalkRecord} TalkRecord */
/** @typedef {import("../talks.js").NotHeldRecord} NotHeldRecord */
/** @typedef {import("../talks.js").AnswerRecord} AnswerRecord */
/** @typedef {import("../talks.js").PlanRecord} PlanRecord */
/** @typedef {import("../talks.js").Yes} Yes */
/** @typedef {import("../talks.js").Why} Why */
/**
 * @template [R=any]
 * @typedef {import("../talks.js").Signed<R>} Signed
 */

/**
 * What was said of a record, and whether it has been handed in.
 *
 * @typedef {object} Said
 * @property {AnswerRecord} record
 * @property {string} hash
 * @property {string} tablet - Name of the professional on whose tablet it was said; "" for this child's own phone.
 * @property {"arrived" | "waits" | "stuck"} state
 * @property {string} chain - Hash of the first record of the chain under which the server showed it; "" for one of our own.
 */

/**
 * A talk, or a talk that was not held, as it now stands.
 *
 * @typedef {object} Talk
 * @property {string} hash
 * @property {string} first - Hash of the first record of its chain.
 * @property {Signed<TalkRecord | NotHeldRecord>} signed
 * @property {string} name - Of who wrote it, from a list of readers.
 * @property {boolean} changed - That it was written anew after the child said something of it.
 * @property {boolean} withdrawn - That whoever wrote it took it back, signed by the same key.
 * @property {Said[]} said - What the child said of it and of what stood there before, the newest last.
 */

/** @typedef {{signed: Signed, hash: string, name: string, withdrawn: boolean}} Written */

/**
 * What the child is answering now.
 *
 * @typedef {object} Asked
 * @property {Signed<TalkRecord | NotHeldRecord>} signed
 * @property {string} hash
 * @property {string} name
 * @property {"room" | "later"} way
 * @property {string | null} code - Proof of the short code that was typed.
 * @property {string | null} prev - Hash of the last thing that was said.
 * @property {Yes | null} talked
 * @property {Yes | null} alone
 * @property {Why | null} why
 */

const TALK = "talk ";
/** How long a talk that was to be answered later is kept, in milliseconds: after that it is only in the list, or nowhere. */
const WEEKS = 28 * 86_400_000;

// --- whom to believe -------------------------------------------------------------------------------------------------

/**
 * Those who read as workers, and those who once did, by the id of each key.
 *
 * @returns {Promise<Map<string, {key: string, person: string, name: string, here: boolean}>>} `here`: on the newest list.
 */
async function writers() {
  const found = new Map();
  const lists = phone().lists.worker ?? [];
  for (const [at, { record }] of lists.entries()) {
    for (const { person, name, signing } of record.readers) {
      for (const key of signing) found.set(b64(await signingKeyId(unb64(key))), { key, person, name, here: at === lists.length - 1 });
    }
  }
  return found;
}

/**
 * Who signed a record of a professional.
 *
 * @param {Signed} signed
 * @param {Awaited<ReturnType<typeof writers>>} known
 * @returns {Promise<{name: string, here: boolean} | null>} Null when this phone knows nobody with that key.
 */
async function writer(signed, known) {
  const { record } = signed;
  const found = known.get(record.pro);
  if (!found || found.person !== record.by || record.org !== phone().org) return null;
  return (await signedBy(signed, found.key)) ? found : null;
}

/** @returns {Promise<import("../talks.js").DeviceKeys>} The ids of this phone's two keys. */
const mine = () => deviceKeys(phone().record.record);

/**
 * Whether a record is about this child: it names this phone, or the same child as one that did.
 *
 * @param {{subj: string, child?: string | null}} record
 */
async function aboutMe(record) {
  const { subj } = phone();
  const named = record.child != null && record.child === (await mine()).signing;
  if (named && !subj) await change((kept) => void (kept.subj = record.subj));
  return subj ? record.subj === subj : named;
}

// --- what there is ---------------------------------------------------------------------------------------------------

/**
 * Every talk, the newest first.
 *
 * @returns {Promise<{talks: Talk[], strange: boolean}>} `strange` when the server showed something that nobody signed
 *   whom this phone knows, or that is about somebody else; it is left out.
 */
export async function talks() {
  const known = await writers();
  const [kept, waiting] = await Promise.all([laterOnes(), waitingAnswers()]);
  /** @type {Written[]} */
  const records = [];
  /** @type {Map<string, {one: any, chain: string}>} */
  const answers = new Map();
  let strange = false;
  const seen = new Set();
  for (const { signed: candidate, answers: said, state, withdrawal } of [...talkRows(), ...kept.map((signed) => ({ signed, answers: [], state: "", withdrawal: null }))]) {
    try {
      const signed = parseTalkSigned(candidate);
      const hash = await hashOf(signed.record);
      for (const one of listed(said)) answers.set(JSON.stringify(one), { one, chain: signed.record.first ?? hash });
      if (seen.has(hash)) continue;
      const by = await writer(signed, known);
      if (!by || !["talk", "notheld"].includes(signed.record.t) || !(await ofThisChild(signed.record))) {
        strange = true;
        continue;
      }
      seen.add(hash);
      const withdrawn = await takenBack(withdrawal, signed, hash, known);
      // Without its author's word it stands, and the child can go on contradicting it.
      if (state === "withdrawn" && !withdrawn) strange = true;
      records.push({ signed, hash, name: by.name, withdrawn });
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
      strange = true;
    }
  }
  /** @type {Said[]} */
  const said = [];
  for (const { one: candidate, chain } of answers.values()) {
    const one = await heardOf(candidate, known);
    if (one) said.push({ ...one, chain });
  }
  // Handed in, and not yet taken out of the outbox: once is enough.
  for (const one of waiting) if (!said.some(({ hash }) => hash === one.hash)) said.push(one);
  return { talks: chains(records, inOrder(said)), strange };
}

/**
 * Whether this takes a record back: it names that record as the newest of its chain, and the key that signed it signed this.
 *
 * @param {any} candidate - What the server shows; null when it shows nothing.
 * @param {Signed} talk
 * @param {string} hash
 * @param {Awaited<ReturnType<typeof writers>>} known
 */
async function takenBack(candidate, talk, hash, known) {
  if (!candidate) return false;
  try {
    const signed = parseTalkSigned(candidate, "withdrawal");
    const { first, prev, subj, pro } = signed.record;
    const named = first === (talk.record.first ?? hash) && prev === hash && subj === talk.record.subj && pro === talk.record.pro;
    return named && (await writer(signed, known)) !== null;
  } catch (error) {
    if (error instanceof KindstemError) return false;
    throw error;
  }
}

/** @returns {Promise<boolean>} Whether there is something that the child was not yet asked, or that was changed since. */
export async function anyUnanswered() {
  const all = (await talks()).talks;
  return all.some(({ withdrawn, changed, said }) => !withdrawn && (changed || said.length === 0));
}

/** A record that names no phone: the child of the first record that does, or of the first there is. @param {any} record */
async function ofThisChild(record) {
  if (await aboutMe(record)) return true;
  // Before any record named this phone, the server's word is all there is; it is believed for showing only.
  return !phone().subj;
}

/**
 * One talk for each chain: what the server says is the newest of it, with everything that the child said on the way.
 *
 * @param {Written[]} records
 * @param {Said[]} said
 * @returns {Talk[]}
 */
function chains(records, said) {
  /** @type {Map<string, Written[]>} */
  const byFirst = new Map();
  for (const one of records) {
    const first = one.signed.record.first ?? one.hash;
    byFirst.set(first, [...(byFirst.get(first) ?? []), one]);
  }
  /** @type {Talk[]} */
  const found = [];
  for (const [first, all] of byFirst) {
    const followed = new Set(all.map(({ signed }) => signed.record.prev));
    // Out of a code a newer one can be here than the server has.
    const current = all.find(({ hash }) => !followed.has(hash)) ?? all[0];
    const { hash, signed, name, withdrawn } = current;
    const hashes = new Set([first, ...all.flatMap((one) => [one.hash, one.signed.record.prev])]);
    // What was said of a record between the first and the newest names the same chain only by the server's word.
    const own = said.filter(({ record, chain }) => hashes.has(record.talk) || chain === first);
    const changed = own.length > 0 && !own.some(({ record }) => record.talk === hash);
    found.push({ hash, first, signed, name, changed, withdrawn, said: own });
  }
  return found.sort((a, b) => (a.signed.record.start < b.signed.record.start ? 1 : -1));
}

/**
 * An answer that the server shows, when this phone or a known professional's tablet signed it.
 *
 * @param {any} candidate
 * @param {Awaited<ReturnType<typeof writers>>} known
 * @returns {Promise<Omit<Said, "chain"> | null>}
 */
async function heardOf(candidate, known) {
  try {
    const signed = parseTalkSigned(candidate, "answer");
    const { record } = signed;
    const hash = await hashOf(record);
    if (record.way !== "kindmodus") {
      return (await signedByDevice(signed, phone().record.record)) ? { record, hash, tablet: "", state: "arrived" } : null;
    }
    const by = known.get(signed.sigs[0].by);
    return by && (await signedBy(signed, by.key)) ? { record, hash, tablet: by.name, state: "arrived" } : null;
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/**
 * Answers in the order in which they were given: after the one that each names, else by their times.
 *
 * @template {{hash: string, record: {prev: string | null, at: string}}} S
 * @param {S[]} said
 * @returns {S[]}
 */
export function inOrder(said) {
  /** @type {S[]} */
  const found = [];
  for (const one of [...said].sort((a, b) => (a.record.at < b.record.at ? -1 : 1))) {
    const follower = found.findIndex(({ record }) => record.prev === one.hash);
    if (follower < 0) found.push(one);
    else found.splice(follower, 0, one);
  }
  return found;
}

/** @returns {Promise<Said[]>} Answers that have not gone yet. */
async function waitingAnswers() {
  /** @type {Said[]} */
  const found = [];
  for (const { id, kept, quiet, state } of await parcels()) {
    const what = kept && !quiet ? await unseal(phone().secret, id, await bytesOf(id)) : null;
    const record = what?.json?.answer?.record;
    if (record) found.push({ record, hash: await hashOf(record), tablet: "", state: state === "stuck" ? "stuck" : "waits", chain: "" });
  }
  return found;
}

/**
 * Talks that are planned, the first one first.
 *
 * @returns {Promise<{record: PlanRecord, name: string}[]>}
 */
export async function plans() {
  const known = await writers();
  const found = [];
  for (const row of planRows()) {
    try {
      const signed = parseTalkSigned(row?.signed, "plan");
      const by = await writer(signed, known);
      // What began two hours ago may still be going on.
      if (by && (await ofThisChild(signed.record)) && Date.parse(signed.record.start) > now() - 2 * 3_600_000) found.push({ record: signed.record, name: by.name });
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
    }
  }
  return found.sort((a, b) => (a.record.start < b.record.start ? -1 : 1));
}

// --- in the room -----------------------------------------------------------------------------------------------------

/** @param {string} text @returns {boolean} Whether a scanned text is the first code of a talk. */
export const isFirstCode = (text) => codeIn(text)?.kind === "talk";

/**
 * Takes up the talk out of a square that was scanned.
 *
 * @param {string} text
 * @throws {KindstemError} `talk-stranger`, `talk-another`, `bad-record`
 */
export async function scanned(text) {
  const code = codeIn(text);
  if (code?.kind !== "talk") throw new KindstemError("bad-record");
  await takeUp(parseTalk(code.bytes), null);
}

/**
 * Takes up the talk to which a typed code leads.
 *
 * @param {string} written
 * @throws {KindstemError} `code-gone`, `bad-record`, and those of `scanned`.
 * @throws {import("../api.js").Offline}
 */
export async function typed(written) {
  const code = shortCode(written);
  const found = await device("/api/talks/find", { json: { id: await codeLookup(code) } });
  const signed = parseTalkSigned(found.talk, "talk");
  await takeUp(signed, await codeProof(code, await hashOf(signed.record)));
}

/**
 * @param {Signed<TalkRecord>} signed
 * @param {string | null} code
 */
async function takeUp(signed, code) {
  const by = await writer(signed, await writers());
  // Somebody who no longer reads has no talk to show in this room.
  if (!by?.here) throw new KindstemError("talk-stranger");
  if (!(await aboutMe(signed.record))) throw new KindstemError("talk-another");
  const hash = await hashOf(signed.record);
  beenInRoom = true;
  takeTalk({ signed, hash, name: by.name, way: "room", code, prev: await lastSaid(signed.record, hash), talked: null, alone: null, why: null });
}

let beenInRoom = false;
/** @returns {boolean} Whether a talk was answered together since this page was opened. */
export const together = () => beenInRoom;

/**
 * The hash of what the child last said in the chain of a record, as far as this phone knows.
 *
 * @param {TalkRecord} record
 * @param {string} hash
 */
async function lastSaid(record, hash) {
  const chain = (await talks()).talks.find(({ first }) => first === (record.first ?? hash));
  return chain?.said.at(-1)?.hash ?? null;
}

// --- answering -------------------------------------------------------------------------------------------------------

/**
 * Takes up a talk of the list, to say something of it.
 *
 * @param {Talk} talk
 */
export function ask({ signed, hash, name, said }) {
  takeTalk({ signed, hash, name, way: "later", code: null, prev: said.at(-1)?.hash ?? null, talked: null, alone: null, why: null });
}

/**
 * Signs the answer that is in hand and puts it in the outbox. It goes when there is a network; the same one twice is once.
 *
 * @returns {Promise<{id: string, hash: string, name: string, code: string | null, record: AnswerRecord}>} Its place in the outbox, and, in the room,
 *   the second code to show.
 */
export async function say() {
  const asked = inTalk();
  if (!asked?.talked) throw new KindstemError("nothing-said");
  const { signed, hash, name, way, code, prev, talked } = asked;
  const no = talked === "no" || asked.alone === "no";
  const opened = open();
  const answer = await makeAnswer(
    {
      org: phone().org,
      subj: signed.record.subj,
      talk: hash,
      way,
      says: { talked, alone: asked.alone ?? "unknown" },
      why: no ? asked.why : null,
      prev,
      code,
      at: timeText(new Date(now())),
    },
    await deviceSigner(),
    ...(opened?.unlock ? [opened.unlock] : []),
  );
  // The talk goes along: the professional's phone may not have been online since, and a backup may be put back.
  const json = signed.record.t === "talk" ? { talk: signed, answer } : { answer };
  const D = phone().secret;
  const id = await postKept(D, { path: "/api/talks", json });
  await keepSealed(D, TALK + hash, null);
  const second = way === "room" ? answerCode(location.origin, answer, await mine()) : null;
  takeTalk(null);
  tell();
  return { id, hash, name, code: second, record: answer.record };
}

/** Puts the talk that is in hand away for later: from a code it is not in any list yet. */
export async function putOff() {
  const asked = inTalk();
  takeTalk(null);
  if (asked?.way === "room") await keepSealed(phone().secret, TALK + asked.hash, { signed: asked.signed, at: timeText(new Date(now())) });
}

/** @returns {Promise<Signed[]>} Talks out of codes that the child put off; those that have grown old go. */
async function laterOnes() {
  const D = phone().secret;
  const found = [];
  for (const { name, value } of await allKept(D, TALK)) {
    if (now() - Date.parse(value?.at) < WEEKS) found.push(value.signed);
    else await keepSealed(D, name, null);
  }
  return found;
}
