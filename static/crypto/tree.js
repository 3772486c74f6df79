/**
 * The tree over the pieces of an entry (docs/protocol/said.md), as RFC 9162 hashes it. Twin of kindstem/merkle.py.
 *
 * Thousands of hashes of a hundred bytes each: asking the browser for every one of them takes ten times as long as
 * computing them here.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { concat, u32 } from "../bytes.js";
import { label } from "../wire.js";
import { hkdf } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** @param {...Uint8Array} parts @returns {Bytes} SHA-256 over the joined parts, at once. */
export const hashNow = (...parts) => /** @type {Bytes} */ (sha256(concat(...parts)));

/** @param {...Uint8Array} parts @returns {Bytes} The hash of a leaf of the joined parts. */
export const leafNow = (...parts) => hashNow(LEAF, ...parts);

/** @param {Bytes} left @param {Bytes} right */
const nodeNow = (left, right) => hashNow(NODE, left, right);

/** As many salts as one HKDF gives. */
const AT_ONCE = 255;
const SALT = 32;

/**
 * The first salts of a seed, none of which tells anything about another, or about the seed.
 * @param {Bytes} seed - 32 bytes. @param {string} name - The label of the use. @param {number} count
 * @returns {Promise<Bytes[]>} 32 bytes each.
 */
export async function saltsOf(seed, name, count) {
  const blocks = Array.from({ length: Math.ceil(count / AT_ONCE) }, (_, block) =>
    hkdf(seed, null, concat(label(name), u32(block)), SALT * Math.min(AT_ONCE, count - block * AT_ONCE)),
  );
  const made = await Promise.all(blocks);
  return Array.from({ length: count }, (_, i) => {
    const at = (i % AT_ONCE) * SALT;
    return made[Math.floor(i / AT_ONCE)].subarray(at, at + SALT);
  });
}

/** @param {number} size - At least 2. @returns {number} The largest power of two below it. */
function splitOf(size) {
  let half = 1;
  // Doubled and not shifted: a size may have more than 32 bits.
  while (half * 2 < size) half *= 2;
  return half;
}

/**
 * @param {Bytes[]} leaves - Their hashes; at least one. @param {number} [start] @param {number} [end]
 * @returns {Bytes} The root over them.
 */
export function rootOver(leaves, start = 0, end = leaves.length) {
  if (end - start === 1) return leaves[start];
  const middle = start + splitOf(end - start);
  return nodeNow(rootOver(leaves, start, middle), rootOver(leaves, middle, end));
}

/**
 * One proof for several leaves: the hash of each largest subtree without any of them, from the left.
 * @param {number[]} indices - Ascending, at least one. @param {Bytes[]} leaves - The hashes of all leaves.
 * @returns {Bytes[]}
 */
export function inclusionOf(indices, leaves) {
  /** @type {Bytes[]} */
  const proof = [];
  /** @param {number} start @param {number} end @param {number[]} wanted */
  const walk = (start, end, wanted) => {
    if (!wanted.length) proof.push(rootOver(leaves, start, end));
    else if (end - start > 1) {
      const middle = start + splitOf(end - start);
      walk(start, middle, wanted.filter((one) => one < middle));
      walk(middle, end, wanted.filter((one) => one >= middle));
    }
  };
  walk(0, leaves.length, indices);
  return proof;
}

/**
 * The root that these leaf hashes, by index, and a proof of inclusionOf come to.
 * @param {Map<number, Bytes>} leaves @param {number} size @param {Bytes[]} proof
 * @returns {Bytes | null} Null when the proof has not exactly the hashes that such leaves need.
 */
export function rootFrom(leaves, size, proof) {
  const all = [...leaves.keys()].sort((a, b) => a - b);
  if (!all.length || all[0] < 0 || all[all.length - 1] >= size) return null;
  let next = 0;
  /** @param {number} start @param {number} end @param {number[]} wanted @returns {Bytes | null} */
  const walk = (start, end, wanted) => {
    if (!wanted.length) return proof[next++] ?? null;
    if (end - start === 1) return leaves.get(start) ?? null;
    const middle = start + splitOf(end - start);
    const left = walk(start, middle, wanted.filter((one) => one < middle));
    const right = left && walk(middle, end, wanted.filter((one) => one >= middle));
    return left && right && nodeNow(left, right);
  };
  const found = walk(0, size, all);
  return next === proof.length ? found : null;
}
