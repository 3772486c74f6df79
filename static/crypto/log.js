/**
 * The log as an app checks it: leaves, proofs, checkpoints, receipts (docs/protocol/log.md). Twin of leaves.py, merkle.py
 * and notes.py, without the parts that only who writes a log needs.
 *
 * Nothing here believes the server: what it says is held against what this app saw before.
 *
 * @module
 */

import { b64, equal, unb64, utf8 } from "../bytes.js";
import { KindstemError } from "../errors.js";
import { canonical, exactRecord, hash, id, integer, label, matching, objectOf, orNull, time } from "../wire.js";
import { signingKeyId, verifyRecord } from "./keys.js";
import { ed25519Verify, sha256 } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {{type: string, about: string, at: string, c: string}} Leaf */
/** @typedef {{index: number, leaf: Leaf, salt: string | null, note: string, proof: string[]}} Receipt */
/** @typedef {Receipt & {rec: any}} Start */
/** @typedef {Receipt & {rec: any, sigs: {by: string, sig: string}[]}} KeyChange */
/**
 * What an app knows of a log. `size` is 0 before the first checkpoint.
 * @typedef {{log: string, key: string, size: number, root: string, note: string}} Known
 */
/**
 * Why an alarm is raised: `note-signature`, `smaller`, `inconsistent`, `not-included` (with the entry's index),
 * `restarted`.
 * @typedef {"note-signature" | "smaller" | "inconsistent" | "not-included" | "restarted"} Fault
 */

const ORIGIN = "kindstem/log/";
const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);
const ED25519 = 1;
const KEY_ID = 4;

/** @param {string} code @param {string} field */
const refuse = (code, field) => new KindstemError(code, { field });

// --- leaves ----------------------------------------------------------------------------------------------------------

/** In the order of kindstem/leaves.py. */
const TYPE = matching(
  /^(log-start|log-key|migrated|enrolment|introduction|readers|revocation|entry|erasure|plan|attestation|notheld|confirmation|dispute|correction|withdrawal|sample|request|request-end|roster)$/,
);
const isLeaf = objectOf({
  type: TYPE,
  about: (value) => typeof value === "string" && value.length === 10 && time(`${value}T00:00:00Z`),
  at: time,
  c: hash,
});

/**
 * The bytes of a leaf in the tree.
 * @param {Leaf} leaf @returns {Bytes}
 * @throws {KindstemError} `bad-record` for a leaf with a missing, extra or impossible field.
 */
export function leafBytes(leaf) {
  if (!isLeaf(leaf)) throw refuse("bad-record", "leaf");
  return canonical({ v: 1, ...leaf });
}

/** @param {Uint8Array} bytes @returns {Promise<Bytes>} The hash of a leaf's bytes in the tree. */
export const leafHash = (bytes) => sha256(ZERO, bytes);

/** @param {Bytes} left @param {Bytes} right */
const nodeHash = (left, right) => sha256(ONE, left, right);

/** @param {Bytes} salt @param {any} rec @param {any[]} sigs @returns {Promise<Bytes>} What a leaf must hold for this. */
export const commitment = (salt, rec, sigs) => sha256(label("log entry"), salt, canonical({ rec, sigs }));

// --- proofs ----------------------------------------------------------------------------------------------------------

// Sizes are halved by division: the operators on bits would cut a size beyond 32 of them.
const half = (/** @type {number} */ n) => Math.floor(n / 2);
const odd = (/** @type {number} */ n) => n % 2 === 1;

/**
 * Whether the proof shows this leaf hash at `index` under the root of `size` leaves (RFC 9162, section 2.1.3.2).
 * @param {Bytes} leaf @param {number} index @param {number} size @param {Bytes[]} proof @param {Bytes} root
 */
export async function verifyInclusion(leaf, index, size, proof, root) {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let [at, last, found] = [index, size - 1, leaf];
  for (const one of proof) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      found = await nodeHash(one, found);
      while (at && !odd(at)) [at, last] = [half(at), half(last)];
    } else found = await nodeHash(found, one);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equal(found, root);
}

/**
 * Whether the proof shows that the tree of `before` is the beginning of that of `after` (RFC 9162, section 2.1.4.2). From
 * size 0 no proof is needed, and none is taken.
 * @param {number} before @param {number} after @param {Bytes} rootBefore @param {Bytes} rootAfter @param {Bytes[]} proof
 */
export async function verifyConsistency(before, after, rootBefore, rootAfter, proof) {
  if (!Number.isSafeInteger(before) || !Number.isSafeInteger(after) || before < 0 || before > after) return false;
  if (before === after) return proof.length === 0 && equal(rootBefore, rootAfter);
  if (before === 0) return proof.length === 0 && equal(rootBefore, await sha256(new Uint8Array(0)));
  let [at, last] = [before - 1, after - 1];
  while (odd(at)) [at, last] = [half(at), half(last)];
  // When the old tree is whole in itself its root is the first hash, and the proof leaves it out.
  const hashes = at === 0 ? [rootBefore, ...proof] : proof;
  if (!hashes.length) return false;
  let [old, now] = [hashes[0], hashes[0]];
  for (const one of hashes.slice(1)) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      [old, now] = [await nodeHash(one, old), await nodeHash(one, now)];
      while (at && !odd(at)) [at, last] = [half(at), half(last)];
    } else now = await nodeHash(now, one);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equal(old, rootBefore) && equal(now, rootAfter);
}

// --- checkpoints -----------------------------------------------------------------------------------------------------

/** @param {string} text @returns {Bytes} The bytes of standard base64, in its one form. */
function std(text) {
  if (!/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw refuse("bad-record", "note");
  try {
    return unb64(text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  } catch {
    throw refuse("bad-record", "note");
  }
}

/**
 * What a checkpoint states, and its signature lines, none of them verified.
 * @param {string} note
 * @returns {{log: string, size: number, root: Bytes, text: string, lines: {name: string, keyId: Bytes, data: Bytes}[]}}
 * @throws {KindstemError} `bad-record` for anything that is no checkpoint of a log of ours.
 */
export function parseCheckpoint(note) {
  const found = typeof note === "string" && note.length <= 65_536 && /^((kindstem\/log\/([\w-]{22}))\n(0|[1-9][0-9]{0,15})\n([\w+/]{43}=)\n)\n((?:— \S+ [\w+/]+={0,2}\n){1,64})$/.exec(note);
  if (!found || !id(found[3]) || !Number.isSafeInteger(Number(found[4]))) throw refuse("bad-record", "note");
  const lines = found[6]
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, name, signature] = line.split(" ");
      const data = std(signature);
      if (data.length <= KEY_ID || name.includes("+")) throw refuse("bad-record", "note");
      return { name, keyId: data.slice(0, KEY_ID), data: data.slice(KEY_ID) };
    });
  return { log: found[3], size: Number(found[4]), root: std(found[5]), text: found[1], lines };
}

/**
 * Whether the log's key signed a checkpoint. A line in its name that does not verify spoils the note.
 * @param {ReturnType<typeof parseCheckpoint>} checkpoint @param {Bytes} key - 32 bytes, public.
 */
export async function signedBy({ log, text, lines }, key) {
  const name = ORIGIN + log;
  const keyId = (await sha256(utf8(`${name}\n`), Uint8Array.of(ED25519), key)).slice(0, KEY_ID);
  const ours = lines.filter((line) => line.name === name && equal(line.keyId, keyId));
  const good = await Promise.all(ours.map((line) => ed25519Verify(key, line.data, utf8(text))));
  return good.length > 0 && good.every(Boolean);
}

// --- receipts --------------------------------------------------------------------------------------------------------

/** @param {unknown} proof @returns {Bytes[]} */
function hashes(proof) {
  if (!Array.isArray(proof) || proof.length > 128 || !proof.every(hash)) throw refuse("bad-record", "proof");
  return proof.map(unb64);
}

/** @param {() => Promise<Fault | null>} work @param {Fault} otherwise - What it is when the answer cannot even be read. */
async function judged(work, otherwise) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KindstemError) return otherwise;
    throw error;
  }
}

/**
 * What is wrong with a receipt for a record that this app handed in; null when it shows that the record is in the log.
 * @param {Receipt} receipt @param {{record: any, sigs: any[]} | null} signed - What was handed in; null leaves out that check.
 * @param {{log: string, key: string}} known - Whose receipt it must be.
 * @returns {Promise<Fault | null>}
 */
export const checkReceipt = (receipt, signed, known) =>
  judged(async () => {
    const checkpoint = parseCheckpoint(receipt.note);
    if (checkpoint.log !== known.log || !(await signedBy(checkpoint, unb64(known.key)))) return "note-signature";
    return (await included(receipt, signed, checkpoint)) ? null : "not-included";
  }, "not-included");

/** @param {Receipt} receipt @param {{record: any, sigs: any[]} | null} signed @param {ReturnType<typeof parseCheckpoint>} checkpoint */
async function included(receipt, signed, checkpoint) {
  if (signed) {
    const wanted = await commitment(unb64(receipt.salt ?? ""), signed.record, signed.sigs);
    if (b64(wanted) !== receipt.leaf.c) return false;
  }
  const leaf = await leafHash(leafBytes(receipt.leaf));
  return verifyInclusion(leaf, receipt.index, checkpoint.size, hashes(receipt.proof), checkpoint.root);
}

const START = {
  org: id,
  log: id,
  key: hash,
  previous: orNull(objectOf({ log: id, size: integer(0), root: hash, reason: (value) => typeof value === "string" && value.length <= 200 })),
  at: time,
};
const KEY = { org: id, log: id, key: hash, at: time };

/**
 * What the first entry of a log says: which log it is, its first key, and the log before it when there was one. A new log
 * vouches for itself only: whether to believe it is for whoever knew the one before.
 * @param {Start} start @param {KeyChange[]} [keys] - The changes of its key since.
 * @returns {Promise<{log: string, key: string, previous: any, at: string} | null>} `key` is the one of now; null when
 *   it does not hold.
 */
export async function checkStart(start, keys = []) {
  try {
    if (start.index !== 0 || start.leaf.type !== "log-start") return null;
    const rec = exactRecord(start.rec, "log-start", START);
    const checkpoint = parseCheckpoint(start.note);
    if (checkpoint.log !== rec.log || !(await included(start, { record: rec, sigs: [] }, checkpoint))) return null;
    const key = await keyNow({ log: rec.log, key: rec.key }, keys, checkpoint);
    if (!(await signedBy(checkpoint, unb64(key)))) return null;
    return { log: rec.log, key, previous: rec.previous, at: rec.at };
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/**
 * The key that signs now: the known one, or the one it was changed to by entries that each the key before signed.
 * @param {{log: string, key: string}} known @param {KeyChange[]} changes @param {ReturnType<typeof parseCheckpoint>} checkpoint
 */
async function keyNow(known, changes, checkpoint) {
  let { key } = known;
  for (const change of changes) {
    const rec = exactRecord(change.rec, "log-key", KEY);
    const signed = { record: rec, sigs: change.sigs };
    // Changes before the key that this app knows are passed over: they are signed by keys that it does not know.
    if (change.sigs?.[0]?.by !== b64(await signingKeyId(unb64(key))) || rec.log !== known.log) continue;
    if (change.leaf.type !== "log-key" || !(await verifyRecord(signed, unb64(key)))) throw refuse("bad-record", "keys");
    if (!(await included(change, signed, checkpoint))) throw refuse("bad-record", "keys");
    key = rec.key;
  }
  return key;
}

/**
 * Holds an answer of `/api/log` against what this app knows: same log, its key, no smaller, grown from what was seen, and
 * each of these receipts still in it.
 * @param {Known} known @param {any} answer @param {Receipt[]} receipts - Those whose indices were asked for.
 * @returns {Promise<{fault: Fault | null, index?: number, known: Known}>} What to keep from now on; what was known when
 *   there is a fault.
 */
export async function checkAnswer(known, answer, receipts) {
  /** @type {Known} */
  let next = known;
  /** @type {number | undefined} */
  let index;
  const fault = await judged(async () => {
    const checkpoint = parseCheckpoint(answer.note);
    if (checkpoint.log !== known.log) return "restarted";
    const key = await keyNow(known, answer.keys ?? [], checkpoint);
    if (!(await signedBy(checkpoint, unb64(key)))) return "note-signature";
    if (checkpoint.size < known.size) return "smaller";
    const proof = await judged(async () => {
      const grown = known.size === 0 || (await verifyConsistency(known.size, checkpoint.size, unb64(known.root), checkpoint.root, hashes(answer.consistency)));
      return grown ? null : "inconsistent";
    }, "inconsistent");
    if (proof) return proof;
    for (const receipt of receipts) {
      index = receipt.index;
      const there = await judged(async () => {
        const moved = { ...receipt, proof: answer.proofs?.[String(receipt.index)] };
        return (await included(moved, null, checkpoint)) ? null : "not-included";
      }, "not-included");
      if (there) return there;
    }
    index = undefined;
    next = { log: known.log, key, size: checkpoint.size, root: b64(checkpoint.root), note: answer.note };
    return null;
  }, "note-signature");
  return { fault, ...(index === undefined ? {} : { index }), known: next };
}
