/**
 * The child's lock: what the child knows, the phone and the server together open the reading seed
 * (docs/protocol/unlocking.md). Load it when a PIN is asked for, not before.
 */

import { concat, random, unb64, utf8 } from "../bytes.js";
import { label } from "../wire.js";
import { argon2id } from "./argon2.js";
import { hmac, openBox, sealBox } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {"pin" | "pictures"} LockKind */

export const PIN_LENGTH = 5;
export const PICTURES = 12;
export const PICTURES_PICKED = 4;

// The PINs that a thief tries first: the commonest of leaked lists, with the patterns that a keypad suggests.
const COMMON = new Set(
  ("13579 24680 02468 97531 12321 12121 10101 12312 12123 11223 11122 11222 22111 90210 00700 38317 25802 14789 " +
    "15935 75395 42069 69420 12300 12344 11234 54320 01230 10000 00001 20000").split(" "),
);

/**
 * Whether a PIN or a row of pictures is one that somebody else would try first.
 * @param {LockKind} kind
 * @param {string} secret - Five digits, or four positions of two digits ("03110007").
 * @returns {boolean} Also true for anything of another length or with other signs.
 */
export function tooEasy(kind, secret) {
  if (kind === "pictures") {
    const picked = secret.match(/^((0\d|1[01]){4})$/) ? [0, 2, 4, 6].map((i) => Number(secret.slice(i, i + 2))) : [];
    return picked.length !== PICTURES_PICKED || hasOneStep(picked, PICTURES);
  }
  if (!/^\d{5}$/.test(secret) || COMMON.has(secret)) return true;
  // A year of birth with one more digit, in front or behind.
  if (/^(19|20)\d\d|(19|20)\d\d$/.test(secret)) return true;
  return hasOneStep([...secret].map(Number), 10);
}

/**
 * Whether every next one lies the same small step on, round the end included: repeated (0), up (1) or down (-1).
 * @param {number[]} row @param {number} among
 */
function hasOneStep(row, among) {
  const steps = row.slice(1).map((one, i) => (one - row[i] + among) % among);
  return [0, 1, among - 1].some((step) => steps.every((one) => one === step));
}

/** @returns {Bytes} A new salt; each change of PIN takes one. */
export const newSalt = () => random(16);

/**
 * The PIN or pictures, stretched: `x`.
 * @param {string} secret @param {Bytes} salt @param {import("./argon2.js").Progress} [onProgress]
 * @returns {Promise<Bytes>}
 */
export const stretch = (secret, salt, onProgress) => argon2id(utf8(secret), salt, onProgress);

/**
 * What is shown to the server for its share. It depends on the phone, so a stolen database says nothing about the PIN.
 * @param {CryptoKey} D - The device secret. @param {Bytes} x @returns {Promise<Bytes>} `v`; the server keeps its hash.
 */
export const lockVerifier = (D, x) => hmac(D, label("lock verifier"), x);

/** @param {CryptoKey} D @param {Bytes} x @param {Bytes} pepper */
async function lockKek(D, x, pepper) {
  const kc = await hmac(D, label("lock kek"), x);
  return hmac(kc, label("lock pepper"), pepper);
}

/** @param {string} device */
const aad = (device) => concat(label("lock seed"), unb64(device));

/**
 * The reading seed under the lock. This form lies on the device only.
 * @param {{D: CryptoKey, x: Bytes, pepper: Bytes, device: string, seed: Bytes}} lock @returns {Promise<Bytes>}
 */
export const wrapSeed = async ({ D, x, pepper, device, seed }) => sealBox(await lockKek(D, x, pepper), seed, aad(device));

/**
 * The reading seed, out of the lock.
 * @param {{D: CryptoKey, x: Bytes, pepper: Bytes, device: string, wrapped: Bytes}} lock @returns {Promise<Bytes>}
 * @throws {import("../errors.js").KindstemError} `key-wrong` for another PIN, phone or pepper.
 */
export const unwrapSeed = async ({ D, x, pepper, device, wrapped }) => openBox(await lockKek(D, x, pepper), wrapped, aad(device));
