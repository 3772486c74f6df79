/**
 * Enrolment, face to face: both sides prove that they hold the secret that was shown or typed (docs/protocol/keys.md).
 * Load it when somebody enrols.
 */

import { b64, concat, equal, random, readU32, unb64, utf8 } from "../bytes.js";
import { KindstemError } from "../errors.js";
import { canonical, label, parseRecord, parseSigned, timeText } from "../wire.js";
import { argon2id } from "./argon2.js";
import { recordHash, signRecord, verifyRecord, withSignature } from "./keys.js";
import { hkdf, hmac, sha256 } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @import {Signed} from "../wire.js" */
/** @typedef {import("../wire.js").Bundle} Bundle */
/** @typedef {import("../wire.js").ChildRecord} ChildRecord */
/** @typedef {import("../wire.js").ReadersRecord} ReadersRecord */
/** @typedef {import("./keys.js").Signer} Signer */
/** @typedef {{id: string, key: Bytes}} EnrolKeys Under which id the server keeps the enrolment, and the key of the proofs. */
/** @typedef {"qr" | "typed"} Method */
/** @typedef {{id: string, child: Signed<ChildRecord>, lists: Signed<ReadersRecord>[], proof: string, method: Method}} Answer */

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const QR_MARK = "e1.";

/** @returns {Bytes} A new secret for the QR code: 32 bytes. */
export const newQrSecret = () => random(32);

/** @returns {string} A new code to type: 80 bits in four groups of four. */
export const newStartcode = () => [...random(16)].map((byte, i) => (i && i % 4 === 0 ? "-" : "") + CROCKFORD[byte % 32]).join("");

/**
 * A typed code in its one form, or null when it cannot be one. Case, spaces and hyphens do not count, and a letter that
 * looks like a digit is taken for it.
 * @param {string} typed @returns {string | null} 16 characters.
 */
export function normalCode(typed) {
  const code = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : null;
}

/** @param {Bytes} bytes @returns {EnrolKeys} */
const split = (bytes) => ({ id: b64(bytes.subarray(0, 16)), key: bytes.slice(32) });

/** @param {Bytes} secret - From the QR code. @param {string} org - The organisation's id. @returns {Promise<EnrolKeys>} */
export const qrKeys = async (secret, org) => split(await hkdf(secret, unb64(org), label("enrol qr"), 64));

/**
 * @param {string} code - As typed. @param {string} org @param {import("./argon2.js").Progress} [onProgress]
 * @returns {Promise<EnrolKeys>}
 * @throws {KindstemError} `enrol-gone` for what cannot be a code.
 */
export async function startcodeKeys(code, org, onProgress) {
  const normal = normalCode(code);
  if (normal === null) throw new KindstemError("enrol-gone");
  const salt = (await sha256(label("enrol salt"), unb64(org))).slice(0, 16);
  return split(await hkdf(await argon2id(utf8(normal), salt, onProgress), null, label("enrol typed"), 64));
}

/** @param {Bundle} bundle @returns {Promise<Bytes>} `R`: the hash of all that the child is told about its readers. */
export const bundleHash = (bundle) => sha256(label("bundle"), canonical(bundle));

/**
 * What the QR code says. The part behind # never reaches a server.
 * @param {string} origin - Such as https://kindstem.example. @param {Bytes} secret @param {Bytes} R @returns {string}
 */
export const qrText = (origin, secret, R) => `${origin}/#${QR_MARK}${b64(concat(secret, R))}`;

/**
 * The secret and the bundle's hash of a scanned address or its fragment; null when it is another kind of code.
 * @param {string} text @returns {{secret: Bytes, R: Bytes} | null}
 */
export function parseQr(text) {
  const found = text.match(/(?:^|#)e1\.([A-Za-z0-9_-]+)$/);
  if (!found) return null;
  try {
    const bytes = unb64(found[1]);
    return bytes.length === 64 ? { secret: bytes.slice(0, 32), R: bytes.slice(32) } : null;
  } catch {
    return null;
  }
}

/** @param {Bytes} key @param {Bytes} R @returns {Promise<Bytes>} The professional's proof. */
export const readersProof = (key, R) => hmac(key, label("enrol readers"), R);

/**
 * @param {Bytes} key @param {Bytes} R @param {ChildRecord} child @param {ReadersRecord[]} lists
 * @returns {Promise<Bytes>} The child's proof, over its own keys as well.
 */
export async function childProof(key, R, child, lists) {
  const hashes = await Promise.all([child, ...lists].map(recordHash));
  return hmac(key, label("enrol child"), R, ...hashes);
}

/** @param {Bytes} R @param {ChildRecord} child @param {Bytes} proof @returns {Promise<string>} Six digits, for both screens. */
export async function digits(R, child, proof) {
  const hash = await sha256(label("enrol digits"), R, await recordHash(child), proof);
  return String(readU32(hash) % 1_000_000).padStart(6, "0");
}

/**
 * What the desk sends to open an enrolment.
 * @param {Bundle} bundle @param {{qr: EnrolKeys, typed: EnrolKeys}} keys
 * @returns {Promise<{child: string, ids: [string, string], bundle: Bundle, proofs: {qr: string, typed: string}}>}
 */
export async function offer(bundle, { qr, typed }) {
  parseRecord(bundle, "bundle");
  const R = await bundleHash(bundle);
  const proofs = { qr: b64(await readersProof(qr.key, R)), typed: b64(await readersProof(typed.key, R)) };
  return { child: bundle.child, ids: [qr.id, typed.id], bundle, proofs };
}

/**
 * The bundle that the child's app found, when it is the one that the professional's screen meant.
 * @param {{bundle: any, proof: string}} found
 * @param {{key: Bytes, R: Bytes | null, org: string}} wanted - `R` from the QR code; null after a typed code.
 * @returns {Promise<{bundle: Bundle, R: Bytes}>}
 * @throws {KindstemError} `enrol-keys-differ`: somebody else's keys, or a changed bundle.
 */
export async function checkOffer({ bundle, proof }, { key, R: wanted, org }) {
  try {
    parseRecord(bundle, "bundle");
    const R = await bundleHash(bundle);
    const same = bundle.org === org && (wanted === null || equal(R, wanted));
    if (!same || !equal(unb64(proof), await readersProof(key, R))) throw new KindstemError("enrol-keys-differ");
    for (const person of bundle.persons) {
      const own = await Promise.all(person.record.signing.map((/** @type {string} */ one) => verifyRecord(person, one)));
      if (!own.includes(true)) throw new KindstemError("enrol-keys-differ");
    }
    return { bundle, R };
  } catch (error) {
    if (error instanceof KindstemError) throw new KindstemError("enrol-keys-differ");
    throw error;
  }
}

/**
 * The child's answer: its keys and the lists, signed by its device, with the proof and the digits to compare.
 * @param {object} mine
 * @param {Bundle} mine.bundle @param {Bytes} mine.R @param {EnrolKeys} mine.keys @param {Method} mine.method
 * @param {string} mine.device - A new device id. @param {Signer} mine.signer - The device key.
 * @param {Bytes} mine.reading - The public reading key. @param {Bytes} mine.unlock - The public unlock key.
 * @param {"pin" | "pictures"} mine.lock @param {"8" | "12"} [mine.level] @param {string} [mine.lang]
 * @returns {Promise<{answer: Answer, digits: string}>}
 */
export async function answerOffer({ bundle, R, keys, method, device, signer, reading, unlock, lock, level, lang }) {
  /** @type {ChildRecord} */
  const child = {
    t: "child",
    v: 1,
    org: bundle.org,
    child: bundle.child,
    device,
    reading: b64(reading),
    signing: b64(signer.public),
    unlock: b64(unlock),
    lock,
    level: level ?? bundle.level,
    lang: lang ?? bundle.lang,
    at: timeText(),
  };
  parseRecord(child, "child");
  const signed = { record: child, sigs: [await signRecord(child, signer)] };
  const lists = await Promise.all(bundle.lists.map(async (record) => ({ record, sigs: [await signRecord(record, signer)] })));
  const proof = await childProof(keys.key, R, child, bundle.lists);
  return {
    answer: { id: keys.id, child: signed, lists, proof: b64(proof), method },
    digits: await digits(R, child, proof),
  };
}

/**
 * The digits of an answer that came in, once all in it was found right by the desk.
 * @param {{child: any, lists: any[], proof: string, method: Method}} answer
 * @param {{bundle: Bundle, qr: EnrolKeys, typed: EnrolKeys}} offered
 * @returns {Promise<string>} Six digits.
 * @throws {KindstemError} `enrol-keys-differ`: made without the secret, for other lists, or not signed by the device.
 */
export async function checkAnswer({ child, lists, proof, method }, { bundle, qr, typed }) {
  try {
    const { record } = /** @type {Signed<ChildRecord>} */ (parseSigned(child, "child"));
    const signed = lists.map((one) => /** @type {Signed<ReadersRecord>} */ (parseSigned(one, "readers")));
    const R = await bundleHash(bundle);
    const wanted = await childProof(method === "qr" ? qr.key : typed.key, R, record, bundle.lists);
    const hashes = await Promise.all([...signed.map((one) => one.record), ...bundle.lists].map(recordHash));
    const equalLists = signed.length === bundle.lists.length && signed.every((_, i) => equal(hashes[i], hashes[signed.length + i]));
    const byDevice = await Promise.all([child, ...signed].map((one) => verifyRecord(one, record.signing)));
    const ours = record.org === bundle.org && record.child === bundle.child;
    if (!ours || !equalLists || byDevice.includes(false) || !equal(unb64(proof), wanted)) throw new KindstemError("enrol-keys-differ");
    return await digits(R, record, wanted);
  } catch (error) {
    if (error instanceof KindstemError) throw new KindstemError("enrol-keys-differ");
    throw error;
  }
}

/**
 * What the desk sends when the digits are the same on both screens: the answer with the professional's signatures.
 * @param {{child: Signed, lists: Signed[]}} answer @param {Signer} signer
 * @returns {Promise<{child: Signed, lists: Signed[]}>}
 */
export async function countersign({ child, lists }, signer) {
  /** @param {Signed} one */
  const add = async (one) => withSignature(one, await signRecord(one.record, signer));
  return { child: await add(child), lists: await Promise.all(lists.map(add)) };
}

/**
 * Whether what came back active is what the child's app answered, signed by a professional of the bundle.
 * @param {{child?: any, lists?: any[]}} active - From the server. @param {Answer} answer @param {Bundle} bundle
 * @returns {Promise<{child: Signed<ChildRecord>, lists: Signed<ReadersRecord>[]}>} With all signatures.
 * @throws {KindstemError} `enrol-keys-differ`
 */
export async function checkActive({ child, lists = [] }, answer, bundle) {
  try {
    const professionals = bundle.persons.flatMap((one) => one.record.signing);
    const mine = [answer.child, ...answer.lists];
    const theirs = [parseSigned(child, "child"), ...lists.map((one) => parseSigned(one, "readers"))];
    if (mine.length !== theirs.length) throw new KindstemError("enrol-keys-differ");
    for (const [i, one] of theirs.entries()) {
      const signed = await Promise.all(professionals.map((key) => verifyRecord(one, key)));
      const same = equal(await recordHash(one.record), await recordHash(mine[i].record));
      const byMe = await verifyRecord(one, answer.child.record.signing);
      if (!same || !byMe || !signed.includes(true)) throw new KindstemError("enrol-keys-differ");
    }
    return { child: theirs[0], lists: theirs.slice(1) };
  } catch (error) {
    if (error instanceof KindstemError) throw new KindstemError("enrol-keys-differ");
    throw error;
  }
}
