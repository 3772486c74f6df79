/**
 * What a phone keeps for itself and must be able to use without a PIN, such as an answer that waits for a network.
 *
 * Sealed under the device secret `D`: whoever looks through this storage, or finds what was deleted from it, reads
 * nothing. It is no lock. Whoever runs this app's own script on this phone, or takes the key out of a copy of its
 * storage, can open it (docs/protocol/attestation.md, "On the child's phone").
 *
 * @module
 */

import { concat } from "../bytes.js";
import { canonical, label, parseCanonical } from "../wire.js";
import { hmac, openBox, sealBox } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

/** What is kept is filled up to a multiple of this, so that a yes and a no are of one size. In bytes. */
const STEP = 1024;

/** @param {CryptoKey} D */
const keyOf = (D) => hmac(D, label("kept on phone"));

/**
 * Seals a value of canonical JSON.
 * @param {CryptoKey} D @param {string} name - Under which it is kept: another place's bytes do not open here.
 * @param {any} value @returns {Promise<Bytes>}
 */
export async function sealKept(D, name, value) {
  const text = canonical(value);
  // Spaces after the text are no part of any value.
  const filled = concat(text, new Uint8Array(STEP - (text.length % STEP)).fill(0x20));
  return sealBox(await keyOf(D), filled, label(`kept ${name}`));
}

/**
 * @param {CryptoKey} D @param {string} name @param {Bytes} box @returns {Promise<any>}
 * @throws {import("../errors.js").KindstemError} `key-wrong` for another phone or place.
 */
export async function openKept(D, name, box) {
  const filled = await openBox(await keyOf(D), box, label(`kept ${name}`));
  return parseCanonical(filled.subarray(0, filled.findLastIndex((byte) => byte !== 0x20) + 1));
}
