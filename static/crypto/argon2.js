/** Argon2id at the one cost that the protocol uses. Heavy and large: modules that need it are loaded when needed. */

import { argon2idAsync } from "@noble/hashes/argon2.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {(done: number) => void} Progress Called with 0 to 1, at most about fifty times. */

/**
 * Argon2id with 19 MiB, two passes and one lane, in slices so that the page stays alive.
 * @param {Uint8Array} secret
 * @param {Uint8Array} salt - 16 bytes.
 * @param {Progress} [onProgress]
 * @returns {Promise<Bytes>} 32 bytes.
 */
export const argon2id = async (secret, salt, onProgress) =>
  /** @type {Bytes} */ (await argon2idAsync(secret, salt, { m: 19 * 1024, t: 2, p: 1, dkLen: 32, asyncTick: 16, onProgress }));
