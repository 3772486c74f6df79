/**
 * Every byte format, strict in both directions; holds no keys. Twin of kindstem/wire.py (docs/protocol/keys.md,
 * envelope.md): whatever one of the two refuses, the other refuses under the same code.
 */

import { b64, compare, concat, equal, fromUtf8, isText, readU32, u32, unb64, utf8 } from "./bytes.js";
import { KindstemError } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {any} Json Strings, safe integers, booleans, null, lists and objects of these. */
/** @typedef {"up" | "down"} Direction */
/** @typedef {{org: string, child: string, id: string, dir: Direction}} Header */
/** @typedef {{keyId: Bytes, sealed: Bytes}} Wrap */
/** @typedef {{hdr: Header, hdrBytes: Bytes, wraps: Wrap[], body: Bytes}} Envelope */
/** @typedef {{by: string, sig: string}} Signature */
/**
 * @template [R=any]
 * @typedef {{record: R, sigs: Signature[]}} Signed
 */
/** @typedef {"worker"|"confidant"|"independent"|"oncall"} ListCircle Circles that have readers. */
/** @typedef {"worker"|"second"|"confidant"|"oncall"} PersonRole */
/** @typedef {PersonRole|"independent"} ListRole What somebody is for one child. */
/** @typedef {{person: string, name: string, role: ListRole, reading: string, signing: string[], since: string}} Reader */
/** @typedef {{t: "person", v: 1, org: string, person: string, name: string, role: PersonRole, reading: string, signing: string[], at: string}} PersonRecord */
/** @typedef {{t: "child", v: 1, org: string, child: string, device: string, reading: string, signing: string, unlock: string, lock: "pin"|"pictures", level: "8"|"12", lang: string, at: string}} ChildRecord */
/** @typedef {{t: "readers", v: 1, org: string, child: string, circle: ListCircle, number: number, prev: string | null, readers: Reader[], at: string}} ReadersRecord */
/** @typedef {{t: "bundle", v: 1, org: string, orgName: string, child: string, level: "8"|"12", lang: string, lists: ReadersRecord[], persons: Signed<PersonRecord>[]}} Bundle */
/** @typedef {{t: "reset", v: 1, org: string, child: string, device: string, at: string, by: string}} ResetRecord */
/** @typedef {{t: "said", v: 1, org: string, child: string, entry: string, kind: "checkin"|"house"|"flag"|"flag-mistake"|"reaction", about: string | null, at: string, way: "phone"|"kindmodus", n: number, root: string}} SaidRecord */
/** @typedef {{t: "offer-answer", v: 1, org: string, child: string, offer: string, says: "yes"|"no"|"later", way: "phone"|"kindmodus", at: string}} OfferAnswerRecord */
/**
 * @typedef {object} Meta
 * @property {1} v
 * @property {string} kind
 * @property {number} seq
 * @property {string} at
 * @property {string} by
 * @property {ListCircle|"self"} circle
 * @property {{number: number, hash: string} | null} list
 * @property {"open"|"locked"|"none"|"desk"|"tablet"} lock
 * @property {string[]} to
 * @property {string | null} about
 */

export const WRAP = 1168;
export const READING_KEY = 1216;
const KEY_ID = 32;
const SIGNATURE = 64;
const MAX_WRAPS = 16;
const SMALLEST_BODY = 4096;
// Commitment in front of the ciphertext and GCM's tag behind it.
const BODY_OVERHEAD = 32 + 16;
const MAX_HEADER = 1024;
const MAX_DEPTH = 16;

/**
 * @param {boolean} ok @param {string} code @param {import("./errors.js").Facts} [facts]
 * @returns {asserts ok}
 */
function must(ok, code, facts) {
  if (!ok) throw new KindstemError(code, facts);
}

/**
 * The domain label `L(name)`: what is signed, hashed or derived under one label fits under no other.
 * @param {string} name @returns {Bytes}
 */
export const label = (name) => utf8(`kindstem/1 ${name}\0`);

// --- canonical JSON --------------------------------------------------------------------------------------------------

/**
 * A JSON text whose form is the only one for its value.
 *
 * Sorting by UTF-16 code units is what sort() does, and JSON.stringify escapes exactly what RFC 8785 wants escaped;
 * so of that standard only the order of keys is left to do. A lone surrogate has no UTF-8 and is refused.
 *
 * @param {Json} value @param {number} depth @returns {string}
 */
function written(value, depth) {
  must(depth <= MAX_DEPTH, "bad-record");
  if (typeof value === "string") {
    must(!/\p{Surrogate}/u.test(value), "bad-record");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    must(Number.isSafeInteger(value) && !Object.is(value, -0), "bad-record");
    return String(value);
  }
  if (Array.isArray(value)) return `[${[...value].map((one) => written(one, depth + 1)).join()}]`;
  must(typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value)), "bad-record");
  const fields = Object.keys(value).sort();
  return `{${fields.map((name) => `${written(name, depth + 1)}:${written(value[name], depth + 1)}`).join()}}`;
}

/**
 * The one JSON form of a value (RFC 8785), in bytes.
 * @param {Json} value @returns {Bytes}
 * @throws {KindstemError} `bad-record` for other types, unsafe integers, lone surrogates, nesting deeper than 16.
 */
export const canonical = (value) => utf8(written(value, 0));

/**
 * The value of canonical JSON bytes.
 *
 * Doubled keys, other spacing, other numbers: all of it is caught by writing the value again and comparing.
 *
 * @param {Uint8Array} bytes @returns {Json}
 * @throws {KindstemError} `bad-record` for anything that canonical() would have written otherwise.
 */
export function parseCanonical(bytes) {
  let text, value;
  try {
    text = fromUtf8(bytes);
    value = JSON.parse(text);
  } catch {
    throw new KindstemError("bad-record");
  }
  must(written(value, 0) === text, "bad-record");
  return value;
}

// --- what a field may hold -------------------------------------------------------------------------------------------

/** @typedef {(value: any) => boolean} Check */

// No control characters, none that turn the reading direction, none that cannot be seen: a name must look like what it
// is. A reader whose name is a blank, or another's with something invisible in it, would stand unseen among the readers.
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|^ | $/u;
// What joins or colours the sign before it is no name by itself.
const VISIBLE = /[^ \u200c\u200d\ufe00-\ufe0f]/u;

/** @param {RegExp} form @returns {Check} */
export const matching = (form) => (value) => typeof value === "string" && form.test(value);
/** @param {...string} values @returns {Check} */
export const oneOf = (...values) => (value) => values.includes(value);
/** @param {number} low @param {number} [high] @returns {Check} */
export const integer = (low, high = Number.MAX_SAFE_INTEGER) => (value) => Number.isSafeInteger(value) && value >= low && value <= high;
/** @param {Check} item @param {number} low @param {number} high @returns {Check} */
export const listOf = (item, low, high) => (value) => Array.isArray(value) && value.length >= low && value.length <= high && value.every(item);
/** @param {Check} check @returns {Check} */
export const orNull = (check) => (value) => value === null || check(value);

/**
 * An object with exactly these fields, and perhaps the optional ones.
 * @param {Record<string, Check>} fields @param {Record<string, Check>} [optional] @returns {Check}
 */
export const objectOf = (fields, optional = {}) => (value) =>
  isObject(value) &&
  Object.keys(fields).every((name) => Object.hasOwn(value, name)) &&
  Object.keys(value).every((name) => {
    const check = Object.hasOwn(fields, name) ? fields[name] : Object.hasOwn(optional, name) && optional[name];
    return check && check(value[name]);
  });

/** @param {any} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {number} length @returns {Check} */
export const bytesOf = (length) => (value) => {
  try {
    return unb64(value).length === length;
  } catch {
    return false;
  }
};

/** @type {Check} */
export const time = (value) => {
  if (!matching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)(value)) return false;
  const date = new Date(value);
  // A 30th of February comes back as another day.
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === value.slice(0, 19);
};

/** @type {Check} */
const date = (value) => typeof value === "string" && value.length === 10 && time(`${value}T00:00:00Z`);

/** @type {Check} */
const name = (value) => typeof value === "string" && [...value].length <= 80 && !UNPRINTABLE.test(value) && VISIBLE.test(value);

export { name as isName };
export const version = integer(1, 1);
export const id = bytesOf(16);
export const hash = bytesOf(32);
const key = bytesOf(32);
const reading = bytesOf(READING_KEY);
const child = matching(/^K[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{5}$/);
const role = oneOf("worker", "second", "confidant", "oncall");
const listRole = oneOf("worker", "second", "confidant", "independent", "oncall");
const circle = oneOf("worker", "confidant", "independent", "oncall");
export const level = oneOf("8", "12");
export const lang = matching(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/);
/** @type {Check} */
const signing = (value) => listOf(key, 1, 8)(value) && new Set(value).size === value.length;
const sigs = listOf(objectOf({ by: hash, sig: bytesOf(SIGNATURE) }), 1, 1000);
const signedShape = objectOf({ record: isObject, sigs });
const reader = objectOf({
  person: id,
  name,
  role: listRole,
  reading,
  signing,
  since: date,
});

/** @type {ListCircle[]} The circles whose lists a bundle can hold, in their order; the first is always there. */
export const BUNDLED = ["worker", "confidant", "oncall", "independent"];

/** @type {Record<string, Record<string, Check>>} */
const RECORDS = {
  person: { org: id, person: id, name, role, reading, signing, at: time },
  child: {
    org: id, child, device: id, reading, signing: key, unlock: key, lock: oneOf("pin", "pictures"), level, lang, at: time,
  },
  readers: {
    org: id, child, circle, number: integer(1), prev: orNull(hash),
    readers: listOf(reader, 1, MAX_WRAPS - 1), at: time,
  },
  bundle: {
    org: id, orgName: name, child, level, lang, lists: listOf(isObject, 1, BUNDLED.length), persons: listOf(signedShape, 1, 2 * MAX_WRAPS),
  },
  reset: { org: id, child, device: id, at: time, by: id },
  said: {
    org: id, child, entry: id, kind: oneOf("checkin", "house", "flag", "flag-mistake", "reaction"), about: orNull(id), at: time,
    way: oneOf("phone", "kindmodus"), n: integer(1), root: hash,
  },
  "offer-answer": {
    org: id, child, offer: id, says: oneOf("yes", "no", "later"), way: oneOf("phone", "kindmodus"), at: time,
  },
};

// --- records ---------------------------------------------------------------------------------------------------------

/**
 * The record itself, when it is a whole and exact record of its type.
 *
 * Unknown, missing and impossible fields are refused, so that nothing unseen is ever signed.
 *
 * @param {any} value
 * @param {"person" | "child" | "readers" | "bundle" | "reset" | "said" | "offer-answer"} t
 * @returns {any} The same object.
 * @throws {KindstemError} `bad-record` with the first field that is wrong; `list-too-small` for a worker list that no
 *   child may be given.
 */
export function parseRecord(value, t) {
  exactRecord(value, t, RECORDS[t]);
  if (t === "readers") checkReaders(/** @type {ReadersRecord} */ (value));
  if (t === "bundle") checkBundle(/** @type {Bundle} */ (value));
  return value;
}

/**
 * The record itself, when it has type `t`, version 1, and exactly these fields, each as its check wants it.
 *
 * @param {any} value @param {string} t @param {Record<string, Check>} fields
 * @returns {any} The same object.
 * @throws {KindstemError} `bad-record` with the first field that is wrong.
 */
export function exactRecord(value, t, fields) {
  must(isObject(value) && value.t === t, "bad-record", { field: "t" });
  must(version(value.v), "bad-record", { field: "v" });
  for (const field of Object.keys(fields)) {
    must(Object.hasOwn(value, field) && fields[field](value[field]), "bad-record", { field });
  }
  must(Object.keys(value).length === Object.keys(fields).length + 2, "bad-record");
  // The shape leaves texts only, but a lone surrogate is a text too.
  written(value, 0);
  return value;
}

/** @param {ReadersRecord} value */
function checkReaders(value) {
  must((value.number === 1) === (value.prev === null), "bad-record", { field: "prev" });
  /** @type {("person" | "reading")[]} */
  const single = ["person", "reading"];
  for (const field of single) {
    must(new Set(value.readers.map((one) => one[field])).size === value.readers.length, "bad-record", { field: "readers" });
  }
  const among = value.circle === "worker" ? ["worker", "second"] : [value.circle];
  // But for the worker circle, the name of the circle is the role of everybody in it.
  must(value.readers.every((one) => among.includes(one.role)), "bad-record", { field: "readers" });
  must(value.circle !== "independent" || value.readers.length === 1, "bad-record", { field: "readers" });
  must(among.every((wanted) => value.readers.some((one) => one.role === wanted)), "list-too-small");
}

/** @param {Bundle} value */
function checkBundle(value) {
  const lists = value.lists.map((one) => /** @type {ReadersRecord} */ (parseRecord(one, "readers")));
  const circles = lists.map((one) => one.circle);
  must(circles[0] === "worker" && circles.join() === BUNDLED.filter((one) => circles.includes(one)).join(), "bad-record", { field: "lists" });
  // Somebody independent comes by the child's own yes, which a child without a phone cannot have signed.
  must(lists.every((one) => one.circle !== "independent" || one.number > 1), "bad-record", { field: "lists" });
  const ours = lists.every((one) => one.org === value.org && one.child === value.child);
  must(ours, "bad-record", { field: "lists" });
  const persons = new Map(value.persons.map((one) => [one.record.person, parseSigned(one, "person").record]));
  const needed = lists.flatMap((one) => one.readers);
  must(!shared(lists), "bad-record", { field: "lists" });
  const all = persons.size === value.persons.length && new Set(needed.map((one) => one.person)).size === persons.size;
  must(all, "bad-record", { field: "persons" });
  for (const one of needed) {
    const person = persons.get(one.person);
    const same = person && person.org === value.org && person.name === one.name && person.reading === one.reading;
    must(same && person.signing.join() === one.signing.join(), "bad-record", { field: "persons" });
  }
}

/**
 * Whether somebody, or somebody's key, stands on more than one of these lists.
 * @param {ReadersRecord[]} lists
 */
export function shared(lists) {
  const all = lists.flatMap((one) => one.readers);
  return new Set(all.map((one) => one.person)).size !== all.length || new Set(all.map((one) => one.reading)).size !== all.length;
}

/**
 * A signed record, its form checked and its signatures not (crypto/keys.js does that).
 * @param {any} value
 * @param {"person" | "child" | "readers" | "bundle" | "reset" | "said" | "offer-answer"} t
 * @returns {Signed}
 * @throws {KindstemError} As parseRecord.
 */
export function parseSigned(value, t) {
  checkSignatures(value);
  parseRecord(value.record, t);
  return value;
}

/**
 * Whether something has the form {record, sigs}; the record is not looked at.
 * @param {any} value
 * @throws {KindstemError} `bad-record`
 */
export function checkSignatures(value) {
  must(signedShape(value), "bad-record", { field: "sigs" });
  must(new Set(value.sigs.map((/** @type {Signature} */ one) => one.by)).size === value.sigs.length, "bad-record", { field: "sigs" });
}

/** @param {{t: string}} record @returns {Bytes} What is signed and hashed: the label of the record's type, then its canonical form. */
export const recordBytes = (record) => concat(label(`record ${record.t}`), canonical(record));

/**
 * What a device signs when it asks for something, less the hash of what it sends along (docs/protocol/unlocking.md).
 * @param {{method: string, path: string, at: number, nonce: string}} asked @returns {Bytes}
 */
export const requestBytes = ({ method, path, at, nonce }) => concat(label("request"), canonical({ method, path, at, nonce }));

// --- envelopes -------------------------------------------------------------------------------------------------------

const headerShape = objectOf({ v: version, org: id, child, id, dir: oneOf("up", "down") });

/** @param {Header} header @returns {Bytes} The header's canonical form; its hash is what binds everything else to it. */
export const headerBytes = ({ org, child, id, dir }) => canonical({ v: 1, org, child, id, dir });

/**
 * @param {Uint8Array} bytes
 * @returns {Header}
 * @throws {KindstemError} `bad-envelope`
 */
export function parseHeader(bytes) {
  const value = orBad(() => parseCanonical(bytes));
  must(headerShape(value), "bad-envelope");
  return { org: value.org, child: value.child, id: value.id, dir: value.dir };
}

/** @template T @param {() => T} parse @returns {T} */
function orBad(parse) {
  try {
    return parse();
  } catch {
    throw new KindstemError("bad-envelope");
  }
}

/**
 * The size of the body that hides an inner part of this many bytes: a power of two, at least 4,096.
 *
 * The server sees every size. Powers of two leave it four or five sizes to see, so that a mood, a text and a small
 * drawing look alike.
 *
 * @param {number} inner - Bytes of the inner part before padding.
 * @returns {number}
 */
export function paddedSize(inner) {
  let size = SMALLEST_BODY;
  while (size < inner + BODY_OVERHEAD) size *= 2;
  return size;
}

/** @param {number} size */
const isBodySize = (size) => size >= SMALLEST_BODY && paddedSize(size - BODY_OVERHEAD) === size;

// What other suites of HPKE make of a 32-byte key: X25519, P-256, P-384, P-521, X448, and ML-KEM without a partner.
const OTHER_WRAPS = [32, 65, 97, 133, 56, 768, 1088, 1568, 1153, 1665].map((enc) => enc + 48);

/**
 * The bytes of an envelope.
 * @param {{hdr: Header, wraps: Wrap[], body: Uint8Array}} envelope @returns {Bytes}
 * @throws {KindstemError} What parseEnvelope would throw.
 */
export function encodeEnvelope({ hdr, wraps, body }) {
  const header = headerBytes(hdr);
  must(wraps.length > 0 && wraps.length <= MAX_WRAPS, "bad-envelope");
  must(wraps.every((one) => one.keyId.length === KEY_ID && one.sealed.length === WRAP), "bad-envelope");
  const keys = wraps.flatMap((one) => [one.keyId, one.sealed]);
  const file = concat(utf8("KSE1"), u32(header.length), header, Uint8Array.of(wraps.length), ...keys, body);
  parseEnvelope(file);
  return file;
}

/**
 * The parts of an envelope's bytes, every length and order checked.
 * @param {Bytes} file
 * @returns {Envelope} Views into the same memory.
 * @throws {KindstemError} `bad-envelope`; `not-quantum-safe` when the wraps have the length of another suite;
 *   `not-sealed` when the body is text.
 */
export function parseEnvelope(file) {
  must(file.length >= 9 && equal(file.subarray(0, 4), utf8("KSE1")), "bad-envelope");
  const length = readU32(file, 4);
  let start = 8 + length;
  must(length <= MAX_HEADER && file.length > start, "bad-envelope");
  const hdrBytes = file.subarray(8, start);
  const hdr = parseHeader(hdrBytes);
  const count = file[start++];
  must(count > 0 && count <= MAX_WRAPS, "bad-envelope");
  const size = file.length - start - count * (KEY_ID + WRAP);
  if (!isBodySize(size)) {
    for (const other of OTHER_WRAPS) {
      for (let n = 1; n <= count; n++) must(!isBodySize(size + n * (WRAP - other)), "not-quantum-safe");
    }
    throw new KindstemError("bad-envelope");
  }
  /** @type {Wrap[]} */
  const wraps = [];
  for (let i = 0; i < count; i++, start += KEY_ID + WRAP) {
    wraps.push({ keyId: file.subarray(start, start + KEY_ID), sealed: file.subarray(start + KEY_ID, start + KEY_ID + WRAP) });
  }
  must(ascending(wraps.map((one) => one.keyId)), "bad-envelope");
  const body = file.subarray(start);
  must(!isText(body), "not-sealed");
  return { hdr, hdrBytes, wraps, body };
}

/** @param {Uint8Array[]} keys */
const ascending = (keys) => keys.every((one, i) => i === 0 || compare(keys[i - 1], one) < 0);

// --- inside an envelope ----------------------------------------------------------------------------------------------

/** The kinds a child sends, and those it is sent. */
export const KINDS = {
  up: ["checkin", "house", "flag", "flag-mistake", "reaction", "reach", "empty"],
  down: ["answer", "receipt", "card", "perspective", "note", "meldcode", "offer"],
};

/** What a child can say in kindmodus, where no key of its own is: never an alarm, and nothing that takes one back. */
const ON_TABLET = ["checkin", "house", "reaction"];

const metaShape = objectOf({
  v: version,
  kind: oneOf(...KINDS.up, ...KINDS.down),
  seq: integer(0),
  at: time,
  by: id,
  circle: oneOf("worker", "confidant", "independent", "oncall", "self"),
  list: orNull(objectOf({ number: integer(1), hash })),
  lock: oneOf("open", "locked", "none", "desk", "tablet"),
  to: listOf(hash, 1, MAX_WRAPS),
  about: orNull(id),
});

/**
 * What an envelope says about itself inside.
 * @param {Uint8Array} bytes
 * @param {Direction} dir
 * @returns {Meta}
 * @throws {KindstemError} `bad-envelope`, also for a kind in the wrong direction.
 */
export function parseMeta(bytes, dir) {
  const value = orBad(() => parseCanonical(bytes));
  must(metaShape(value) && KINDS[dir].includes(value.kind), "bad-envelope");
  const desk = dir === "down";
  const tablet = value.lock === "tablet";
  must((value.lock === "desk") === desk && (value.seq === 0) === (desk || tablet), "bad-envelope");
  must(!tablet || (value.circle === "worker" && ON_TABLET.includes(value.kind)), "bad-envelope");
  must((value.list === null) === (value.circle === "self") && !(desk && value.circle === "self"), "bad-envelope");
  must(!["meldcode", "offer"].includes(value.kind) || value.circle === "worker", "bad-envelope");
  must(value.kind !== "perspective" || ["worker", "independent"].includes(value.circle), "bad-envelope");
  // The on-call service is told how a child can be reached, for one flag, and nothing else at all.
  must(value.circle !== "oncall" || ["reach", "empty"].includes(value.kind), "bad-envelope");
  must(value.kind !== "reach" || (value.circle === "oncall" && value.about !== null), "bad-envelope");
  must(ascending(value.to.map(unb64)), "bad-envelope");
  return value;
}

/**
 * The padded bytes that go under the entry's key: as long as its body is, less commitment and tag.
 * @param {{meta: Uint8Array, payload: Uint8Array, sigDevice: Uint8Array, sigUnlock: Uint8Array}} inner
 * @returns {Bytes}
 */
export function encodeInner({ meta, payload, sigDevice, sigUnlock }) {
  const parts = [u32(meta.length), meta, u32(payload.length), payload, sigDevice, sigUnlock];
  const padded = new Uint8Array(paddedSize(parts.reduce((sum, part) => sum + part.length, 0)) - BODY_OVERHEAD);
  let at = 0;
  // Straight into place: joining first would copy a recording twice, which a slow phone feels.
  for (const part of parts) {
    padded.set(part, at);
    at += part.length;
  }
  return padded;
}

/**
 * The parts of a padded inner.
 * @param {Bytes} bytes
 * @returns {{meta: Bytes, payload: Bytes, sigDevice: Bytes, sigUnlock: Bytes}} Views into the same memory.
 * @throws {KindstemError} `bad-envelope` for a wrong length, or padding that is not zero or not needed.
 */
export function parseInner(bytes) {
  const meta = counted(bytes, 0);
  const payload = counted(bytes, 4 + meta.length);
  const at = 8 + meta.length + payload.length;
  const end = at + 2 * SIGNATURE;
  must(bytes.length >= end && bytes.length === paddedSize(end) - BODY_OVERHEAD, "bad-envelope");
  must(bytes.subarray(end).every((byte) => byte === 0), "bad-envelope");
  return { meta, payload, sigDevice: bytes.subarray(at, at + SIGNATURE), sigUnlock: bytes.subarray(at + SIGNATURE, end) };
}

/** @param {Bytes} bytes @param {number} at @returns {Bytes} */
function counted(bytes, at) {
  must(bytes.length >= at + 4, "bad-envelope");
  const end = at + 4 + readU32(bytes, at);
  must(bytes.length >= end, "bad-envelope");
  return bytes.subarray(at + 4, end);
}

// --- what a person says ----------------------------------------------------------------------------------------------

/** @type {Check} */
const text = (value) => typeof value === "string" && [...value].length <= 100_000;
/** @type {Check} */
const line = (value) => text(value) && value.length <= 1000;
const colour = matching(/^#[0-9a-f]{6}$/);
/** @type {Check} */
const points = (value) => listOf(integer(0, 1000), 2, 20_000)(value) && value.length % 2 === 0;

/** @type {Record<string, Check>} The value that each question takes. */
const VALUES = {
  "child.mood": integer(1, 5),
  "child.feel": listOf(line, 1, 40),
  "child.safe": listOf(objectOf({ home: orNull(line), n: integer(0, 10) }), 1, 8),
  "child.talk": line,
  "child.where": line,
  "child.want": line,
  "child.share": line,
  "child.alone": line,
  "child.unsafe.reach": line,
  "child.phone": line,
};

/** @type {Check} */
const answer = (value) =>
  objectOf({ key: oneOf(...Object.keys(VALUES)), prompt: line, value: () => true }, { options: listOf(line, 1, 40) })(value) &&
  VALUES[value.key](value.value);

/**
 * The parts of words, recordings and drawings. Whoever answers a question shows it beside the answer, so a child's part
 * has its prompt always; a professional's may stand alone.
 * @param {boolean} prompted @returns {Check}
 */
const partsOf = (prompted) => {
  const [must, may] = prompted ? [{ prompt: line }, {}] : [{}, { prompt: line }];
  const stroke = objectOf({ colour, width: integer(1, 200), points });
  /** @type {Record<string, Check>} */
  const forms = {
    text: objectOf({ kind: oneOf("text"), text, ...must }, may),
    voice: objectOf({ kind: oneOf("voice"), type: line, ms: integer(0), bytes: integer(1), ...must }, may),
    drawing: objectOf({ kind: oneOf("drawing"), size: listOf(integer(1000, 1000), 2, 2), strokes: listOf(stroke, 0, 5000), ...must }, may),
  };
  return listOf((part) => isObject(part) && Object.hasOwn(forms, part.kind) && forms[part.kind](part), 0, 20);
};

const said = { answers: listOf(answer, 0, 20), parts: partsOf(true) };
const provable = objectOf({ v: version, seed: hash, signed: () => true });
/** What lets quotes be proven; left out where nothing was said, and in entries from before. Whether it fits is for said.js. */
const more = {
  /** @type {Check} */
  said(value) {
    try {
      return provable(value) && parseSigned(value.signed, "said").sigs.length <= 2;
    } catch {
      return false;
    }
  },
};

/** What a kindperspectief can be written for (docs/protocol/perspective.md). */
export const DECISIONS = ["plan", "ots", "extension", "placement", "return", "ending", "other"];

const used = {
  entry: id, part: integer(0, 19), at: time,
  share: orNull(objectOf({ rule: oneOf("ask", "not"), text: line, why: (value) => line(value) && value !== "" })),
};
const stretch = { from: integer(0), to: integer(1), ...used };
/** @type {Record<string, Check>} */
const QUOTES = {
  text: objectOf({ kind: oneOf("text"), text, ...stretch }),
  voice: objectOf({ kind: oneOf("voice"), ...stretch }),
  drawing: objectOf({ kind: oneOf("drawing"), ...used }),
};
/** @type {Check} */
const quote = (value) =>
  isObject(value) && Object.hasOwn(QUOTES, value.kind) && QUOTES[value.kind](value) &&
  // Words stand with their places in the source, in code points: one that is too long or short is no quote of them.
  (value.kind === "drawing" || (value.to > value.from && (value.kind === "voice" || [...value.text].length === value.to - value.from)));

const perspective = objectOf({
  v: version, lang, level, first: orNull(id), prev: listOf(id, 0, 8),
  decision: objectOf({ kind: oneOf(...DECISIONS), day: date, measure: orNull(id) }),
  talks: listOf(hash, 0, 50),
  quotes: listOf(quote, 0, 40),
  observations: listOf(objectOf({ text, day: date, source: line }), 0, 40),
  interpretation: listOf(objectOf({ text, by: id, at: time }), 0, 20),
  child: text,
  reaction: objectOf({ state: oneOf("offered", "none"), reason: orNull(line) }),
});

/**
 * What each decision of the meldcode can rest on, for yes and for no (docs/protocol/meldcode.md). That somebody is involved
 * already is no reason, and is not among them.
 *
 * @type {Record<"report" | "help" | "talk", {yes: string[], no: string[]}>}
 */
export const REASONS = {
  report: { yes: ["danger", "told", "nohelp", "refused", "nochange", "other"], no: ["nosign", "helps", "advice", "other"] },
  help: { yes: ["can", "accepted", "along", "other"], no: ["cannot", "refused", "first", "other"] },
  talk: { yes: ["wants", "free", "unheard", "other"], no: ["declines", "harm", "other"] },
};

/** @type {Check} */
const spoken = (value) => text(value) && value !== "";
/** @type {Check} */
const bool = (value) => typeof value === "boolean";
/** @param {{yes: string[], no: string[]}} reasons @returns {Check} */
const decisionOf = (reasons) =>
  orNull((value) =>
    objectOf({ yes: bool, reasons: listOf(oneOf(...(value?.yes === true ? reasons.yes : reasons.no)), 1, 8), text: spoken })(value) &&
    new Set(value.reasons).size === value.reasons.length);
const judgement = objectOf({ v: version, lang, what: oneOf("agree", "disagree", "officer"), meldcode: id, of: id, text: spoken });
const meldcode = objectOf({
  v: version, lang, what: oneOf("steps"), meldcode: id, prev: listOf(id, 0, 8), entry: orNull(objectOf({ id, share: used.share })), talk: orNull(hash),
  quotes: listOf(quote, 0, 40),
  steps: listOf(text, 3, 3),
  weighed: listOf(orNull(objectOf({ yes: bool, why: spoken })), 5, 5),
  decided: objectOf({ report: decisionOf(REASONS.report), help: decisionOf(REASONS.help), talk: decisionOf(REASONS.talk) }),
  child: text,
});
const aboutPart = objectOf({ n: integer(0, 19) }, { from: integer(0), to: integer(1) });
/** One of the parts of a message, or a stretch of the words in it; whether it has these is for who has it open. @type {Check} */
const partOf = (value) => aboutPart(value) && (value.from === undefined) === (value.to === undefined) && (value.from ?? 0) < (value.to ?? 1);

/** A signed list of one independent professional; whose signature it is, is for the phone. @type {Check} */
const independent = (value) => {
  try {
    return parseSigned(value, "readers").record.circle === "independent" && value.sigs.length === 1;
  } catch {
    return false;
  }
};

/** @type {Record<string, Check>} */
const DOCS = {
  checkin: objectOf({ v: version, level, lang, ...said }, more),
  house: objectOf({ v: version, level, lang, house: oneOf("good", "worry", "dream"), ...said }, more),
  flag: objectOf({ v: version }, { level, lang, ...said, ...more }),
  "flag-mistake": objectOf({ v: version }, { level, lang, ...said, ...more }),
  reaction: objectOf({ v: version, lang, value: line, prompt: line }, { level, options: listOf(line, 1, 40), parts: partsOf(true), part: orNull(objectOf({ kind: oneOf("quotes", "observations", "interpretation", "child"), n: integer(0, 39) })), ...more }),
  perspective: (value) =>
    perspective(value) && (value.first === null) === !value.prev.length && new Set(value.prev).size === value.prev.length &&
    // That the child was not asked has a reason, and what it was offered it can read.
    (value.reaction.state === "none" ? Boolean(value.reaction.reason) : value.reaction.reason === null && value.child !== ""),
  // What the child wants to be called, and the way to reach it that it chose, in the words it was shown.
  reach: objectOf({ v: version, name: orNull(name), how: orNull(line) }),
  empty: objectOf({ v: version }),
  answer: (value) =>
    objectOf({ v: version, lang, outcome: oneOf("discussed", "done", "not_done", "message", "open"), parts: partsOf(false) }, { part: partOf })(value) &&
    // "Not done" without a reason would be a closed door.
    (value.outcome !== "not_done" || value.parts.some((/** @type {any} */ part) => part.kind !== "drawing")),
  note: (value) =>
    objectOf({ v: version, lang, what: oneOf("step", "signal", "transcript", "used"), knows: orNull(oneOf("agrees", "refuses", "unknown")), parts: partsOf(false) }, { file: hash })(value) &&
    (value.what === "signal") === (value.knows !== null) && (value.what === "transcript") === (value.file !== undefined) &&
    // What goes to a school without the child's yes, or out of the house at all, has a reason that can be read.
    (value.knows === "agrees" || value.parts.some((/** @type {any} */ part) => part.kind === "text" && part.text !== "")),
  meldcode: (value) => judgement(value) || (meldcode(value) && new Set(value.prev).size === value.prev.length),
  offer: objectOf({ v: version, of: id, list: orNull(independent) }),
  receipt: objectOf({ v: version, entry: id, seen: objectOf({}, { worker: integer(1), confidant: integer(1), independent: integer(1), oncall: integer(1), self: integer(1) }) }),
  card: objectOf({ v: version, name, age: orNull(integer(0, 30)), phone: oneOf("no", "sometimes", "often", "known", "unknown", "unsaid"), level }),
};

/** @param {Json} doc @returns {number[]} How many bytes each recording has, in order. */
const recordings = (doc) => (doc.parts ?? []).filter((/** @type {any} */ one) => one.kind === "voice").map((/** @type {any} */ one) => one.bytes);

/**
 * The bytes of what a person says: the document, then its recordings.
 * @param {string} kind
 * @param {Json} doc
 * @param {Uint8Array[]} [attachments] - One for each voice part, in order.
 * @returns {Bytes}
 * @throws {KindstemError} `bad-envelope` when the document has not the form of its kind (docs/protocol/envelope.md).
 */
export function encodePayload(kind, doc, attachments = []) {
  must(Object.hasOwn(DOCS, kind) && DOCS[kind](doc), "bad-envelope", { field: kind });
  must(recordings(doc).join() === attachments.map((one) => one.length).join(), "bad-envelope", { field: "attachments" });
  const bytes = canonical(doc);
  return concat(u32(bytes.length), bytes, ...attachments);
}

/**
 * What a person says. The author is somebody else's device, so nothing of it is shown that has not its promised form.
 * @param {string} kind
 * @param {Bytes} payload
 * @returns {{doc: Json, attachments: Bytes[]}} Recordings as views into the same memory.
 * @throws {KindstemError} `bad-envelope`
 */
export function parsePayload(kind, payload) {
  const bytes = counted(payload, 0);
  const doc = orBad(() => parseCanonical(bytes));
  must(Object.hasOwn(DOCS, kind) && DOCS[kind](doc), "bad-envelope", { field: kind });
  let at = 4 + bytes.length;
  const attachments = recordings(doc).map((size) => payload.subarray(at, (at += size)));
  must(at === payload.length, "bad-envelope", { field: "attachments" });
  return { doc, attachments };
}

/** @param {Date} [date] @returns {string} A time as records write it: UTC, to the second. */
export const timeText = (date = new Date()) => `${date.toISOString().slice(0, 19)}Z`;

/** @param {Uint8Array[]} keys @returns {string[]} Key ids as meta writes them: in the order of their bytes, in b64. */
export const sortedIds = (keys) => [...keys].sort(compare).map(b64);
