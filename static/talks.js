/**
 * Records of talks, the codes in which two phones hand them over, and what a chain of them comes to. Twin of
 * kindstem/talks.py and kindstem/levels.py (docs/protocol/attestation.md): whatever one refuses, the other refuses.
 */

import { b64, concat, equal, newId, random, unb64, utf8 } from "./bytes.js";
import { recordHash, signRecord, signingKeyId, verifyRecord } from "./crypto/keys.js";
import { sha256 } from "./crypto/web.js";
import { KindstemError } from "./errors.js";
import { bytesOf, checkSignatures, exactRecord, hash, id, integer, label, matching, objectOf, oneOf, orNull, time } from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Signature} Signature */
/** @typedef {import("./crypto/keys.js").Signer} Signer */
/**
 * @template [R=any]
 * @typedef {import("./wire.js").Signed<R>} Signed
 */
/** @typedef {"face"|"video"|"phone"} Kind */
/** @typedef {"alone"|"siblings"|"parent"|"others"|"professional"|"support"} Who */
/** @typedef {"planned"|"asked"|"passing"} Planned */
/** @typedef {"home"|"school"|"outside"|"office"|"other"} Place */
/** @typedef {"absent"|"refused"|"prevented"|"parent"|"unsafe"|"other"} NotHeldReason */
/** @typedef {"yes"|"no"|"unknown"} Yes */
/** @typedef {"nottalked"|"someone"|"day"|"phone"|"shorter"|"other"} Why */
/** @typedef {"A"|"B"|"C"|"D"|"disputed"} Level */
/** @typedef {{t: "device", v: 1, org: string, subj: string, signing: string, unlock: string, at: string}} DeviceRecord */
/** @typedef {{t: "plan", v: 1, org: string, id: string, subj: string, pro: string, by: string, start: string, place: Place, at: string}} PlanRecord */
/** @typedef {{t: "talk", v: 1, org: string, log: string, id: string, subj: string, child: string|null, pro: string, by: string, kind: Kind, who: Who, interpreter: boolean, planned: Planned, place: Place, start: string, end: string, plan: string|null, first: string|null, prev: string|null, nb: {size: number, root: string}, np: string, release: string}} TalkRecord */
/** @typedef {{t: "withdrawal", v: 1, org: string, id: string, subj: string, pro: string, by: string, first: string, prev: string, reason: "mistake"|"double"|"other", at: string}} WithdrawalRecord */
/** @typedef {{t: "notheld", v: 1, org: string, id: string, subj: string, pro: string, by: string, plan: string|null, start: string, reason: NotHeldReason, at: string}} NotHeldRecord */
/** @typedef {{t: "answer", v: 1, org: string, id: string, subj: string, talk: string, way: "room"|"later"|"kindmodus", says: {talked: Yes, alone: Yes}, why: Why|null, prev: string|null, code: string|null, nc: string, at: string}} AnswerRecord */
/** @typedef {"yes" | "no" | "unreached"} Found */
/** @typedef {{t: "sample", v: 1, org: string, id: string, talk: string, by: string, key: string, found: Found, at: string}} SampleRecord */
/** @typedef {{t: "met", v: 1, org: string, id: string, subj: string, pro: string, by: string, talk: string, answer: string, at: string}} MetRecord */
/** @typedef {"phone"|"kindmodus"} AskedWay */
/** @typedef {{t: "request", v: 1, org: string, id: string, subj: string, to: string|null, circle: "worker"|"confidant", way: AskedWay, at: string}} RequestRecord */
/** @typedef {{t: "request-end", v: 1, org: string, id: string, subj: string, request: string, way: AskedWay, at: string}} RequestEndRecord */
/** @typedef {"device"|"plan"|"talk"|"withdrawal"|"notheld"|"answer"|"met"|"sample"|"request"|"request-end"} TalkType */
/** @typedef {{signing: string, unlock: string}} DeviceKeys The ids of the two keys of a child's device, in b64. */

export const FIRST_CODE = "t1.";
export const SECOND_CODE = "a1.";

/** @type {Kind[]} */ export const KINDS = ["face", "video", "phone"];
/** @type {Who[]} */ export const WHO = ["alone", "siblings", "parent", "others", "professional", "support"];
/** @type {Planned[]} */ export const PLANNED = ["planned", "asked", "passing"];
/** @type {Place[]} */ export const PLACES = ["home", "school", "outside", "office", "other"];
/** @type {NotHeldReason[]} */ export const NOT_HELD = ["absent", "refused", "prevented", "parent", "unsafe", "other"];
/** @type {Yes[]} */ export const SAYS = ["yes", "no", "unknown"];
/** @type {Found[]} */ export const FOUND = ["yes", "no", "unreached"];
/** @type {Why[]} */ export const WHY = ["nottalked", "someone", "day", "phone", "shorter", "other"];

const SHORTEST = 60;
const LONGEST = 12 * 3600;
const SIGNATURE = 64;
const MAX_SIZE = 2 ** 48 - 1;
/** The root of a log without entries, for whoever knows no checkpoint yet: SHA-256 of nothing. */
export const EMPTY_ROOT = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/**
 * @param {boolean} ok @param {string} [field]
 * @returns {asserts ok}
 */
function must(ok, field) {
  if (!ok) throw new KindstemError("bad-record", field ? { field } : {});
}

// --- records ---------------------------------------------------------------------------------------------------------

/** @type {Record<string, Record<string, (value: any) => boolean>>} */
const FIELDS = {
  device: { org: id, subj: id, signing: hash, unlock: hash, at: time },
  plan: { org: id, id, subj: id, pro: hash, by: id, start: time, place: oneOf(...PLACES), at: time },
  talk: {
    org: id, log: id, id, subj: id, child: orNull(hash), pro: hash, by: id, kind: oneOf(...KINDS), who: oneOf(...WHO),
    interpreter: (value) => typeof value === "boolean", planned: oneOf(...PLANNED), place: oneOf(...PLACES), start: time, end: time,
    plan: orNull(id), first: orNull(hash), prev: orNull(hash), nb: objectOf({ size: integer(0, MAX_SIZE), root: hash }),
    np: bytesOf(16), release: matching(/^[A-Za-z0-9.+-]{1,24}$/),
  },
  withdrawal: {
    org: id, id, subj: id, pro: hash, by: id, first: hash, prev: hash, reason: oneOf("mistake", "double", "other"), at: time,
  },
  notheld: { org: id, id, subj: id, pro: hash, by: id, plan: orNull(id), start: time, reason: oneOf(...NOT_HELD), at: time },
  answer: {
    org: id, id, subj: id, talk: hash, way: oneOf("room", "later", "kindmodus"),
    says: objectOf({ talked: oneOf(...SAYS), alone: oneOf(...SAYS) }), why: orNull(oneOf(...WHY)), prev: orNull(hash),
    code: orNull(hash), nc: bytesOf(16), at: time,
  },
  met: { org: id, id, subj: id, pro: hash, by: id, talk: hash, answer: hash, at: time },
  sample: { org: id, id, talk: hash, by: id, key: hash, found: oneOf(...FOUND), at: time },
  request: { org: id, id, subj: id, to: orNull(id), circle: oneOf("worker", "confidant"), way: oneOf("phone", "kindmodus"), at: time },
  "request-end": { org: id, id, subj: id, request: hash, way: oneOf("phone", "kindmodus"), at: time },
};

/** @param {string} text @returns {number} The moment of a checked time, in unix seconds. */
export const secondsOf = (text) => Date.parse(text) / 1000;

/** @param {number} seconds @returns {string} A moment as records write it. */
const timeOf = (seconds) => {
  must(seconds < 8.64e12);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
};

/** @param {Date} moment @returns {string} A moment as records write it: UTC, to the second. */
export const timeText = (moment) => timeOf(Math.floor(moment.getTime() / 1000));

/**
 * The record itself, when it is a whole and exact record of type `t`, or of any type of this page.
 * @param {any} value @param {TalkType} [t]
 * @returns {any} The same object.
 * @throws {KindstemError} `bad-record` with the first field that is wrong.
 */
export function parseTalkRecord(value, t) {
  const type = t ?? value?.t;
  must(typeof type === "string" && Object.hasOwn(FIELDS, type), "t");
  exactRecord(value, type, FIELDS[type]);
  if (type === "talk") checkTalk(value);
  if (type === "answer") checkAnswer(value);
  return value;
}

/** @param {TalkRecord} record */
function checkTalk(record) {
  const lasts = secondsOf(record.end) - secondsOf(record.start);
  must(lasts >= SHORTEST && lasts <= LONGEST, "end");
  must((record.first === null) === (record.prev === null), "prev");
  must(record.nb.size > 0 || record.nb.root === EMPTY_ROOT, "nb");
}

/** @param {AnswerRecord} record */
function checkAnswer(record) {
  // A code was shown in the room or not at all; and a reason belongs to a no.
  must(record.code === null || record.way === "room", "code");
  must(record.why === null || Object.values(record.says).includes("no"), "why");
}

/**
 * A signed record of this page, its form checked and its signatures not.
 * @param {any} value @param {TalkType} [t] @returns {Signed}
 * @throws {KindstemError} `bad-record`
 */
export function parseTalkSigned(value, t) {
  checkSignatures(value);
  parseTalkRecord(value.record, t);
  return value;
}

/** @param {{t: string}} record @returns {Promise<string>} The hash in b64 by which records of a chain name each other. */
export const hashOf = async (record) => b64(await recordHash(record));

// --- making them -----------------------------------------------------------------------------------------------------

/** @typedef {{org: string, subj: string, pro: string, by: string}} Author Whose record it is about whom: `pro` is the id of the signing key, `by` of the person. */

/**
 * @template R
 * @param {R & {t: TalkType}} record @param {...Signer} signers
 * @returns {Promise<Signed<R>>} The record, checked and signed.
 */
async function signed(record, ...signers) {
  parseTalkRecord(record, record.t);
  return { record, sigs: await Promise.all(signers.map((signer) => signRecord(record, signer))) };
}

/**
 * A talk, signed by the professional.
 *
 * For a correction give `before`: the first record of its chain and the newest; child, professional and subject stay.
 *
 * @param {Author & Pick<TalkRecord, "log"|"child"|"kind"|"who"|"interpreter"|"planned"|"place"|"start"|"end"|"plan"|"nb"|"release">} given
 * @param {Signer} signer - The professional's key; its id is `pro`.
 * @param {{first: string, prev: string}} [before] - Hashes in b64.
 * @returns {Promise<Signed<TalkRecord>>}
 */
export const makeTalk = (given, signer, before) => {
  const { org, log, subj, child, pro, by, kind, who, interpreter, planned, place, start, end, plan, nb, release } = given;
  return signed(
    /** @type {TalkRecord} */ ({
      t: "talk", v: 1, org, log, id: newId(), subj, child, pro, by, kind, who, interpreter, planned, place, start, end, plan,
      first: before?.first ?? null, prev: before?.prev ?? null, nb: { size: nb.size, root: nb.root }, np: newId(), release,
    }),
    signer,
  );
};

/**
 * @param {Author & {start: string, place: Place, at: string}} given @param {Signer} signer
 * @returns {Promise<Signed<PlanRecord>>} A planned talk.
 */
export const makePlan = ({ org, subj, pro, by, start, place, at }, signer) =>
  signed(/** @type {PlanRecord} */ ({ t: "plan", v: 1, org, id: newId(), subj, pro, by, start, place, at }), signer);

/**
 * @param {Author & {plan: string|null, start: string, reason: NotHeldReason, at: string}} given @param {Signer} signer
 * @returns {Promise<Signed<NotHeldRecord>>} A talk that was not held.
 */
export const makeNotHeld = ({ org, subj, pro, by, plan, start, reason, at }, signer) =>
  signed(/** @type {NotHeldRecord} */ ({ t: "notheld", v: 1, org, id: newId(), subj, pro, by, plan, start, reason, at }), signer);

/**
 * @param {Author & {first: string, prev: string, reason: "mistake"|"double"|"other", at: string}} given @param {Signer} signer
 * @returns {Promise<Signed<WithdrawalRecord>>} That a talk is taken back.
 */
export const makeWithdrawal = ({ org, subj, pro, by, first, prev, reason, at }, signer) =>
  signed(/** @type {WithdrawalRecord} */ ({ t: "withdrawal", v: 1, org, id: newId(), subj, pro, by, first, prev, reason, at }), signer);

/**
 * An answer of the child to a talk, or to a talk that was not held (then `talked` says whether it is so what is written).
 *
 * In the room and later it is signed by the device and, when the phone is unlocked, by the unlock key as well; in
 * kindmodus by the professional's key alone.
 *
 * @param {{org: string, subj: string, talk: string, way: "room"|"later"|"kindmodus", says: {talked: Yes, alone: Yes}, why: Why|null, prev: string|null, at: string, code?: string|null}} given -
 *   `talk` and `prev` are hashes in b64, `code` comes from codeProof().
 * @param {...Signer} signers
 * @returns {Promise<Signed<AnswerRecord>>}
 */
export const makeAnswer = ({ org, subj, talk, way, says, why, prev, at, code = null }, ...signers) =>
  signed(
    /** @type {AnswerRecord} */ ({
      t: "answer", v: 1, org, id: newId(), subj, talk, way, says: { talked: says.talked, alone: says.alone }, why, prev, code,
      nc: b64(random(16)), at,
    }),
    ...signers,
  );

/**
 * @param {Author & {talk: string, answer: string, at: string}} given @param {Signer} signer
 * @returns {Promise<Signed<MetRecord>>} That the second code was taken: both devices were there.
 */
export const makeMet = ({ org, subj, pro, by, talk, answer, at }, signer) =>
  signed(/** @type {MetRecord} */ ({ t: "met", v: 1, org, id: newId(), subj, pro, by, talk, answer, at }), signer);

/**
 * @param {{org: string, talk: string, by: string, key: string, found: Found, at: string}} given - `key`: id of the signer's key.
 * @param {Signer} signer @returns {Promise<Signed<SampleRecord>>} What the child said when somebody else than the worker asked it.
 */
export const makeSample = ({ org, talk, by, key, found, at }, signer) =>
  signed(/** @type {SampleRecord} */ ({ t: "sample", v: 1, org, id: newId(), talk, by, key, found, at }), signer);

/**
 * A request of the child to talk alone, signed by its device and, unlocked, its unlock key; in kindmodus by the
 * professional's key alone.
 *
 * @param {Pick<RequestRecord, "org"|"subj"|"to"|"circle"|"way"|"at">} given - `to` is the person asked for, null for somebody
 *   independent; `circle` is whose desks show it, as the child was told.
 * @param {...Signer} signers
 * @returns {Promise<Signed<RequestRecord>>}
 */
export const makeRequest = ({ org, subj, to, circle, way, at }, ...signers) =>
  signed(/** @type {RequestRecord} */ ({ t: "request", v: 1, org, id: newId(), subj, to, circle, way, at }), ...signers);

/**
 * @param {Pick<RequestEndRecord, "org"|"subj"|"request"|"way"|"at">} given - `request` is the request's hash in b64.
 * @param {...Signer} signers - As for the request.
 * @returns {Promise<Signed<RequestEndRecord>>} That the child takes a request away.
 */
export const makeRequestEnd = ({ org, subj, request, way, at }, ...signers) =>
  signed(/** @type {RequestEndRecord} */ ({ t: "request-end", v: 1, org, id: newId(), subj, request, way, at }), ...signers);

/**
 * @param {{org: string, subj: string, signing: string, unlock: string, at: string}} given - Public keys in b64, as in the
 *   child record.
 * @param {Signer} signer @returns {Promise<Signed<DeviceRecord>>} The evidence record of a child's device.
 */
export const makeDevice = ({ org, subj, signing, unlock, at }, signer) =>
  signed(/** @type {DeviceRecord} */ ({ t: "device", v: 1, org, subj, signing, unlock, at }), signer);

/** @param {{signing: string, unlock: string}} record - A device or child record. @returns {Promise<DeviceKeys>} */
export async function deviceKeys({ signing, unlock }) {
  const [one, two] = await Promise.all([signingKeyId(unb64(signing)), signingKeyId(unb64(unlock))]);
  return { signing: b64(one), unlock: b64(two) };
}

/**
 * Whether a record of a professional is signed by this key and by nobody else.
 * @param {Signed} one @param {string} publicKey - In b64. @returns {Promise<boolean>}
 */
export const signedBy = async (one, publicKey) =>
  one.sigs.length === 1 && one.sigs[0].by === (one.record.pro ?? one.sigs[0].by) && verifyRecord(one, publicKey);

/**
 * Whether an answer, or a request, is signed by this device of the child, and by nothing but its two keys.
 * @param {Signed} one @param {{signing: string, unlock: string}} device - Public keys in b64.
 * @returns {Promise<boolean>}
 */
export async function signedByDevice(one, device) {
  const keys = await deviceKeys(device);
  if (!(await verifyRecord(one, device.signing))) return false;
  if (!one.sigs.every(({ by }) => by === keys.signing || by === keys.unlock)) return false;
  return one.sigs.length === 1 || verifyRecord(one, device.unlock);
}

// --- the codes in the room -------------------------------------------------------------------------------------------

const INTERPRETER = 1;
const CHILD = 2;
const PLAN = 4;
const FOLLOWS = 8;
const OF_FIRST = 16;
const UNLOCKED = 1;
const CODE = 2;
const PREV = 4;

/** @param {number} value @param {number} length @returns {Bytes} Big-endian. */
function numberBytes(value, length) {
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

/** Takes the parts of a code one after the other; whatever is missing or left over is refused. */
class Taking {
  /** @param {Uint8Array} bytes @param {string} magic */
  constructor(bytes, magic) {
    this.bytes = bytes;
    this.at = 0;
    must(equal(this.take(magic.length), utf8(magic)));
  }

  /** @param {number} length */
  take(length) {
    const part = this.bytes.slice(this.at, this.at + length);
    must(part.length === length);
    this.at += length;
    return part;
  }

  /** @param {number} length */
  text(length) {
    return b64(this.take(length));
  }

  /** @param {number} length */
  number(length) {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** @template T @param {T[]} values @returns {T} */
  oneOf(values) {
    const place = this.number(1);
    must(place < values.length);
    return values[place];
  }

  end() {
    must(this.at === this.bytes.length);
  }
}

/**
 * The first code: a signed talk in about 300 bytes.
 * @param {Signed<TalkRecord>} talk @returns {Bytes}
 * @throws {KindstemError} `bad-record` unless it is a talk signed by its professional's key and nobody else.
 */
export function encodeTalk({ record, sigs }) {
  parseTalkRecord(record, "talk");
  must(sigs.length === 1 && sigs[0].by === record.pro, "sigs");
  const { first, prev, nb } = record;
  const flags =
    (record.interpreter ? INTERPRETER : 0) |
    (record.child === null ? 0 : CHILD) |
    (record.plan === null ? 0 : PLAN) |
    (prev === null ? 0 : FOLLOWS) |
    (prev !== null && prev === first ? OF_FIRST : 0);
  const start = secondsOf(record.start);
  const release = utf8(record.release);
  return concat(
    utf8("KT1"), Uint8Array.of(flags), unb64(record.org), unb64(record.log), unb64(record.id), unb64(record.subj),
    unb64(record.child ?? ""), unb64(record.pro), unb64(record.by),
    Uint8Array.of(KINDS.indexOf(record.kind), WHO.indexOf(record.who), PLANNED.indexOf(record.planned), PLACES.indexOf(record.place)),
    numberBytes(start, 5), numberBytes(secondsOf(record.end) - start, 2), unb64(record.plan ?? ""),
    unb64(first ?? ""), unb64(prev === first ? "" : (prev ?? "")), numberBytes(nb.size, 6), unb64(nb.root), unb64(record.np),
    Uint8Array.of(release.length), release, unb64(sigs[0].sig),
  );
}

/**
 * The signed talk of a first code, exactly as it was encoded; its signature is not checked (see signedBy).
 * @param {Uint8Array} bytes @returns {Signed<TalkRecord>}
 * @throws {KindstemError} `bad-record`
 */
export function parseTalk(bytes) {
  const taking = new Taking(bytes, "KT1");
  const flags = taking.number(1);
  must(flags < 32 && !(flags & OF_FIRST && !(flags & FOLLOWS)));
  const [org, log, own, subj] = [16, 16, 16, 16].map((length) => taking.text(length));
  const child = flags & CHILD ? taking.text(32) : null;
  const [pro, by] = [taking.text(32), taking.text(16)];
  const [kind, who] = [taking.oneOf(KINDS), taking.oneOf(WHO)];
  const [planned, place] = [taking.oneOf(PLANNED), taking.oneOf(PLACES)];
  const start = taking.number(5);
  const end = start + taking.number(2);
  const plan = flags & PLAN ? taking.text(16) : null;
  const first = flags & FOLLOWS ? taking.text(32) : null;
  const prev = flags & OF_FIRST || !(flags & FOLLOWS) ? first : taking.text(32);
  // There is a shorter way to say it.
  must(!(flags & FOLLOWS) || Boolean(flags & OF_FIRST) === (prev === first));
  const nb = { size: taking.number(6), root: taking.text(32) };
  const np = taking.text(16);
  const release = String.fromCharCode(...taking.take(taking.number(1)));
  const sigs = [{ by: pro, sig: taking.text(SIGNATURE) }];
  taking.end();
  const record = {
    t: "talk", v: 1, org, log, id: own, subj, child, pro, by, kind, who, interpreter: Boolean(flags & INTERPRETER), planned, place,
    start: timeOf(start), end: timeOf(end), plan, first, prev, nb, np, release,
  };
  return { record: parseTalkRecord(record, "talk"), sigs };
}

/**
 * The second code: a child's signed answer from the room in about 200 bytes. Organisation and child are those of the
 * talk, which the other side holds.
 * @param {Signed<AnswerRecord>} answer @param {DeviceKeys} keys @returns {Bytes}
 * @throws {KindstemError} `bad-record` unless it is an answer in the room, signed by the device and perhaps unlock key.
 */
export function encodeAnswer({ record, sigs }, keys) {
  parseTalkRecord(record, "answer");
  const device = sigs.find(({ by }) => by === keys.signing);
  const unlock = sigs.find(({ by }) => by === keys.unlock);
  must(record.way === "room" && device !== undefined && sigs.length === (unlock ? 2 : 1), "sigs");
  const flags = (unlock ? UNLOCKED : 0) | (record.code === null ? 0 : CODE) | (record.prev === null ? 0 : PREV);
  return concat(
    utf8("KA1"), Uint8Array.of(flags), unb64(record.talk), unb64(record.id),
    Uint8Array.of(SAYS.indexOf(record.says.talked), SAYS.indexOf(record.says.alone), record.why === null ? 0 : 1 + WHY.indexOf(record.why)),
    unb64(record.nc), numberBytes(secondsOf(record.at), 5), unb64(record.prev ?? ""), unb64(record.code ?? ""),
    unb64(device.sig), unb64(unlock?.sig ?? ""),
  );
}

/**
 * The signed answer of a second code to this talk by this device; its signatures are not checked (see signedByDevice).
 * @param {Uint8Array} bytes
 * @param {TalkRecord} talk - What it should answer.
 * @param {string} talkHash - That record's hash (hashOf).
 * @param {DeviceKeys} keys
 * @returns {Signed<AnswerRecord>}
 * @throws {KindstemError} `bad-record`, with field `talk` when it answers another talk.
 */
export function parseAnswer(bytes, talk, talkHash, keys) {
  const taking = new Taking(bytes, "KA1");
  const flags = taking.number(1);
  must(flags < 8);
  const named = taking.text(32);
  must(named === talkHash, "talk");
  const own = taking.text(16);
  const says = { talked: taking.oneOf(SAYS), alone: taking.oneOf(SAYS) };
  const why = taking.oneOf([null, ...WHY]);
  const nc = taking.text(16);
  const at = timeOf(taking.number(5));
  const prev = flags & PREV ? taking.text(32) : null;
  const code = flags & CODE ? taking.text(32) : null;
  const sigs = [{ by: keys.signing, sig: taking.text(SIGNATURE) }];
  if (flags & UNLOCKED) sigs.push({ by: keys.unlock, sig: taking.text(SIGNATURE) });
  taking.end();
  const record = { t: "answer", v: 1, org: talk.org, id: own, subj: talk.subj, talk: named, way: "room", says, why, prev, code, nc, at };
  return { record: parseTalkRecord(record, "answer"), sigs };
}

/**
 * @param {string} text - What a scanner read: an address, or what stands behind its #.
 * @returns {{kind: "talk"|"answer", bytes: Bytes} | null} The code in it; null when it holds none of these two.
 */
export function codeIn(text) {
  const found = /(?:^|#)(t1|a1)\.([A-Za-z0-9_-]+)$/.exec(text);
  if (!found) return null;
  try {
    return { kind: found[1] === "t1" ? "talk" : "answer", bytes: unb64(found[2]) };
  } catch {
    return null;
  }
}

/** @param {string} origin @param {Signed<TalkRecord>} talk @returns {string} What the professional's screen shows as a QR code. */
export const talkCode = (origin, talk) => `${origin}/#${FIRST_CODE}${b64(encodeTalk(talk))}`;

/** @param {string} origin @param {Signed<AnswerRecord>} answer @param {DeviceKeys} keys @returns {string} What the child's screen shows as a QR code. */
export const answerCode = (origin, answer, keys) => `${origin}/#${SECOND_CODE}${b64(encodeAnswer(answer, keys))}`;

// --- the short code, where a camera fails ----------------------------------------------------------------------------

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** @returns {string} A new short code: 8 Crockford characters in two groups, such as 7K3M-Q9XW. */
export function newShortCode() {
  const letters = [...random(8)].map((byte) => CROCKFORD[byte % 32]).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/**
 * The characters of a typed short code. Case, spaces and hyphens do not count, O is read as 0, I and L as 1.
 * @param {string} typed @returns {Bytes}
 * @throws {KindstemError} `bad-record`
 */
export function shortCode(typed) {
  const text = typed.replace(/[\s-]/g, "").toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
  must(/^[0-9A-HJKMNP-TV-Z]{8}$/.test(text), "code");
  return utf8(text);
}

/** @param {Bytes} code - From shortCode(). @returns {Promise<string>} Under which id the server keeps the talk. */
export const codeLookup = async (code) => b64(await sha256(label("talk code lookup"), code));

/** @param {Bytes} code - From shortCode(). @param {string} talk - The talk's hash. @returns {Promise<string>} What an answer holds to show that its device knew the code. */
export const codeProof = async (code, talk) => b64(await sha256(label("talk code"), code, unb64(talk)));

// --- what a chain comes to -------------------------------------------------------------------------------------------

const DAY = 24 * 3600;

/** @typedef {{hash: string, record: any, by: string[], index: number}} Link One record of a chain: `by` are the ids of the keys that signed it, `index` its place in the log. */
/** @typedef {{signing: string, unlock: string, since: string}} ChildKeys A device of the child by the ids of its keys, and the time of its evidence record. */
/** @typedef {{first: Link, counted: Link[], aside: Link[], answers: Link[], mets: Link[]}} Chain `aside` are followers that do not count. */
/** @typedef {{level: Level, unlocked: boolean, withdrawn: boolean, afterDispute: boolean, realised: boolean}} Verdict */

/** @param {Signed} one @param {number} index @returns {Promise<Link>} The link of a signed record. */
export const linkOf = async ({ record, sigs }, index) => ({ hash: await hashOf(record), record, by: sigs.map(({ by }) => by), index });

/** @param {Chain} chain @returns {Link} The record that the next one has to follow. */
export const newestOf = (chain) => chain.counted[chain.counted.length - 1];

/** @param {Chain} chain @returns {Link} The talk as it now stands: the newest that is no withdrawal. */
export const currentOf = (chain) => /** @type {Link} */ (chain.counted.findLast((one) => one.record.t !== "withdrawal"));

/**
 * The chains that these records make, in the order of their first records in the log; and the records in no chain.
 * Plans and device records are left out of both.
 * @param {Link[]} links @returns {{chains: Chain[], alone: Link[]}}
 */
export function chainsOf(links) {
  const ordered = [...links].sort((a, b) => a.index - b.index);
  /** @type {Map<string, {first: Link, followers: Link[], answers: Link[], mets: Link[]}>} */
  const gathered = new Map();
  /** @type {Map<string, string>} */
  const home = new Map();
  /** @type {Link[]} */
  const alone = [];
  const isFirst = (/** @type {Link} */ one) => one.record.t === "notheld" || (one.record.t === "talk" && one.record.first === null);
  for (const one of ordered.filter(isFirst)) {
    gathered.set(one.hash, { first: one, followers: [], answers: [], mets: [] });
    home.set(one.hash, one.hash);
  }
  for (const one of ordered) {
    if (isFirst(one) || !["talk", "withdrawal"].includes(one.record.t)) continue;
    const chain = gathered.get(one.record.first);
    if (chain && sameChild(chain.first, one)) {
      home.set(one.hash, chain.first.hash);
      chain.followers.push(one);
    } else alone.push(one);
  }
  for (const one of ordered.filter(({ record }) => ["answer", "met"].includes(record.t))) {
    const chain = gathered.get(home.get(one.record.talk) ?? "");
    if (chain && sameChild(chain.first, one)) (one.record.t === "answer" ? chain.answers : chain.mets).push(one);
    else alone.push(one);
  }
  return { chains: [...gathered.values()].map(chainOf), alone };
}

/** @param {{first: Link, followers: Link[], answers: Link[], mets: Link[]}} gathered @returns {Chain} */
function chainOf({ first, followers, answers, mets }) {
  const counted = [first];
  for (;;) {
    const newest = counted[counted.length - 1];
    if (newest.record.t === "withdrawal") break;
    const next = followers.find((one) => one.record.prev === newest.hash && mayFollow(one, first));
    if (!next) break;
    counted.push(next);
  }
  return { first, counted, aside: followers.filter((one) => !counted.includes(one)), answers, mets };
}

/** @param {Link} a @param {Link} b */
const sameChild = (a, b) => a.record.org === b.record.org && a.record.subj === b.record.subj;

/** @param {Link} link @param {Link} first */
const mayFollow = ({ record }, first) =>
  first.record.t === "talk" &&
  record.pro === first.record.pro &&
  record.by === first.record.by &&
  (record.t === "withdrawal" || record.child === first.record.child);

/** @param {AnswerRecord} answer @param {any} about @returns {boolean} Whether it says of this record: yes, it was so. */
export const confirms = (answer, about) => answer.says.talked === "yes" && (about.who !== "alone" || answer.says.alone === "yes");

/** @param {AnswerRecord} answer @param {any} about @returns {boolean} Whether it says of this record: no. */
export const disputes = (answer, about) => answer.says.talked === "no" || (about.who === "alone" && answer.says.alone === "no");

/**
 * The level of a chain and whether it counts, for a child who had these devices.
 *
 * The records have valid signatures by keys that may sign them; whoever calls has seen to that. The rules stand in
 * docs/protocol/attestation.md, and kindstem/levels.py says the same.
 *
 * @param {Chain} chain @param {ChildKeys[]} devices @returns {Verdict}
 */
export function levelOf(chain, devices) {
  const byKey = new Map(devices.map((one) => [one.signing, one]));
  const about = new Map([...chain.counted, ...chain.aside].filter(({ record }) => record.t !== "withdrawal").map((one) => [one.hash, one.record]));
  const counted = new Set(chain.counted.map((one) => one.hash));
  const deviceOf = (/** @type {Link} */ one) => one.by.find((key) => byKey.has(key));
  const own = (/** @type {Link} */ one) => deviceOf(one) !== undefined;
  const no = (/** @type {Link} */ one) => disputes(one.record, about.get(one.record.talk));
  // A device that nobody introduced confirms nothing; its no is heard all the same.
  const answers = chain.answers.filter(
    (one) => about.has(one.record.talk) && (one.record.way === "kindmodus" ? !own(one) : own(one) || no(one)),
  );
  const byHash = new Map(answers.map((one) => [one.hash, one]));
  const before = new Map(answers.map((one) => [one.hash, earlierThan(one, byHash)]));
  const after = (/** @type {Link} */ one, /** @type {Link} */ other) =>
    before.get(one.hash)?.has(other.hash) || (one.record.at > other.record.at && !before.get(other.hash)?.has(one.hash)) || false;
  // Yes to a record that does not count is no answer to the one that does.
  const yes = answers.filter(({ record }) => counted.has(record.talk) && confirms(record, about.get(record.talk)));
  const lifts = (/** @type {Link} */ good, /** @type {Link} */ bad) =>
    // In kindmodus the professional holds the keys, so it takes nothing back from a child who has a phone.
    after(good, bad) && (own(good) || (bad.record.way === "kindmodus" && !devices.some(({ since }) => since <= good.record.at)));
  const standing = answers.filter((bad) => no(bad) && !yes.some((good) => lifts(good, bad)));

  const { record: current, hash: currentHash } = currentOf(chain);
  const others = answers.filter((one) => !yes.includes(one));
  const last = yes.filter((one) => one.record.talk === currentHash && others.every((other) => after(one, other)));
  const mine = last.filter(own);
  const met = mine.filter(
    (one) =>
      one.record.way === "room" && deviceOf(one) === current.child && chain.mets.some((record) => took(record, one, current)),
  );
  /** @type {Level} */
  let level = "D";
  if (standing.length) level = "disputed";
  else if (current.t !== "talk") level = "D";
  else if (met.length) level = "A";
  else if (mine.length) level = "B";
  else if (last.length) level = "C";
  const newest = newestOf(chain);
  const withdrawn = newest.record.t === "withdrawal";
  const counts = current.t === "talk" && current.kind === "face" && current.who === "alone" && ["planned", "asked"].includes(current.planned);
  return {
    level,
    unlocked: level === "A" && met.some((one) => one.by.includes(byKey.get(/** @type {string} */ (deviceOf(one)))?.unlock ?? "")),
    withdrawn,
    afterDispute: withdrawn && standing.some((one) => one.index < newest.index),
    realised: counts && !withdrawn && !standing.length,
  };
}

/** @param {Link} answer @param {Map<string, Link>} byHash @returns {Set<string>} The answers that it names as earlier, one after the other. */
function earlierThan(answer, byHash) {
  /** @type {Set<string>} */
  const found = new Set();
  for (let prev = answer.record.prev; prev !== null && !found.has(prev); prev = byHash.get(prev)?.record.prev ?? null) found.add(prev);
  return found;
}

/** @param {Link} met @param {Link} answer @param {TalkRecord} talk */
function took(met, answer, talk) {
  const { record } = met;
  if (record.answer !== answer.hash || record.talk !== answer.record.talk || !met.by.includes(talk.pro)) return false;
  const at = secondsOf(record.at);
  return at >= secondsOf(talk.start) && at <= secondsOf(talk.end) + DAY;
}

// --- a request to talk alone -----------------------------------------------------------------------------------------

/** @typedef {{request: Link, ends: Link[]}} Asked A request, and every record in which it is taken away. */
/** @typedef {{chain: Chain, verdict: Verdict}} Held A chain about a talk, with what it comes to. */

/**
 * The requests among these records, in the order of the log, each with its ends; and ends of nothing known.
 * @param {Link[]} links @returns {{requests: Asked[], alone: Link[]}}
 */
export function requestsOf(links) {
  const ordered = [...links].sort((a, b) => a.index - b.index);
  const requests = ordered.filter(({ record }) => record.t === "request").map((request) => ({ request, ends: /** @type {Link[]} */ ([]) }));
  const alone = [];
  for (const one of ordered.filter(({ record }) => record.t === "request-end")) {
    const asked = requests.find(({ request }) => request.hash === one.record.request);
    if (asked && sameChild(asked.request, one)) asked.ends.push(one);
    else alone.push(one);
  }
  return { requests, alone };
}

/**
 * What closed a request: the child's own end, else the first talk it was asked for; null while it is open. Twin of
 * closed_by in kindstem/levels.py.
 *
 * @param {Asked} asked @param {Held[]} talks @param {ChildKeys[]} devices
 * @param {string[]} confidants - Person ids of whoever was a confidant of this child.
 * @returns {Link | null}
 */
export function closedBy({ request, ends }, talks, devices, confidants) {
  const { record } = request;
  // In kindmodus the professional holds the key: there it ends only what was asked there, by a child without a phone.
  const own = ends.find(({ record: end }) => end.way !== "kindmodus" || (record.way === "kindmodus" && !devices.some(({ since }) => since <= end.at)));
  if (own) return own;
  const fitting = talks
    .filter(({ chain, verdict }) => {
      const { by, start } = currentOf(chain).record;
      const withThem = record.to === null ? confidants.includes(by) : by === record.to;
      return verdict.realised && withThem && start > record.at && sameChild(chain.first, request);
    })
    .map(({ chain }) => ({ current: currentOf(chain), index: chain.first.index }))
    .sort((a, b) => (a.current.record.start === b.current.record.start ? a.index - b.index : a.current.record.start < b.current.record.start ? -1 : 1));
  return fitting[0]?.current ?? null;
}

/**
 * The planned talks that give a request a date: with the person asked for, and beginning after it was asked
 * (docs/protocol/attestation.md, section 8). They close nothing: a plan is no talk.
 *
 * @template {{record: PlanRecord}} P
 * @param {RequestRecord} request @param {P[]} plans @returns {P[]} In the order given.
 */
export const datesFor = (request, plans) =>
  plans.filter(({ record }) => request.to !== null && record.by === request.to && record.subj === request.subj && record.start > request.at);
