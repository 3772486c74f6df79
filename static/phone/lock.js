/**
 * The child's lock: opening it, setting it, changing it (docs/protocol/unlocking.md). Large, because of Argon2id: loaded
 * when a PIN or pictures are asked for.
 *
 * The opened seed is never written anywhere in this form. It goes when the child locks, leaves, or has been away for
 * three minutes (memory.js).
 *
 * @module
 */

import { b64, unb64 } from "../bytes.js";
import { device } from "../api.js";
import { unlockKey } from "../crypto/keys.js";
import { lockVerifier, newSalt, stretch, tooEasy, unwrapSeed, wrapSeed } from "../crypto/lock.js";
import { opener } from "../crypto/seal.js";
import { sha256 } from "../crypto/web.js";
import { KindstemError } from "../errors.js";
import { change, phone } from "./here.js";
import { hold, open } from "./memory.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

export { tooEasy };

/**
 * Opens the lock with what the child knows.
 *
 * @param {string} secret
 * @param {import("../crypto/argon2.js").Progress} [onProgress]
 * @throws {KindstemError} `lock-wrong` {left}, `lock-wait` {seconds}, `lock-closed`, `device-off`.
 * @throws {import("../api.js").Offline} Reading needs the server's share.
 */
export async function unlock(secret, onProgress) {
  const { secret: D, salt, wrapped, id } = phone();
  const x = await stretch(secret, salt, onProgress);
  const { pepper } = await device("/api/unlock", { json: { v: b64(await lockVerifier(D, x)) } });
  await opened(await unwrapSeed({ D, x, pepper: unb64(pepper), device: id, wrapped }));
}

/**
 * Sets the first lock, on keys that are not in the vault yet, and leaves it open.
 *
 * @param {{device: string, secret: CryptoKey, kind: "pin" | "pictures", seed: Bytes}} keys
 * @param {string} secret
 * @param {import("../crypto/argon2.js").Progress} [onProgress]
 * @returns {Promise<{salt: Bytes, wrapped: Bytes}>} What the vault keeps.
 * @throws {KindstemError} `pin-too-easy`
 */
export async function setFirst({ device: id, secret: D, kind, seed }, secret, onProgress) {
  if (tooEasy(kind, secret)) throw new KindstemError("pin-too-easy");
  const salt = newSalt();
  const x = await stretch(secret, salt, onProgress);
  const verifier = b64(await sha256(await lockVerifier(D, x)));
  const { pepper } = await device("/api/lock", { json: { verifier, kind } });
  const wrapped = await wrapSeed({ D, x, pepper: unb64(pepper), device: id, seed });
  await opened(seed);
  return { salt, wrapped };
}

/**
 * Puts another PIN or other pictures on an open lock.
 *
 * The server keeps the lock before beside the new one until the new one was used. So whenever this breaks off, the seed
 * opens with the one under which it lies here.
 *
 * @param {string} before
 * @param {string} after
 * @param {import("../crypto/argon2.js").Progress} [onProgress]
 * @throws {KindstemError} `pin-too-easy`; `lock-wrong` and the others of `unlock` for the old one.
 * @throws {import("../api.js").Offline} Nothing has changed then.
 */
export async function setAnother(before, after, onProgress) {
  const { secret: D, salt, id, lock: kind } = phone();
  if (tooEasy(kind, after)) throw new KindstemError("pin-too-easy");
  const half = (/** @type {number} */ from) => onProgress && ((/** @type {number} */ done) => onProgress(from + done / 2));
  const old = await lockVerifier(D, await stretch(before, salt, half(0)));
  const fresh = newSalt();
  const x = await stretch(after, fresh, half(0.5));
  const v = await lockVerifier(D, x);
  const held = open();
  if (!held) throw new KindstemError("lock-closed");
  // A copy: the lock may shut while this goes on, and what is wiped then must not be wrapped.
  const seed = held.seed.slice();
  try {
    const { pepper } = await device("/api/lock", { json: { verifier: b64(await sha256(v)), kind, proof: b64(old) } });
    const wrapped = await wrapSeed({ D, x, pepper: unb64(pepper), device: id, seed });
    await change((kept) => {
      kept.salt = fresh;
      kept.wrapped = wrapped;
    });
  } finally {
    seed.fill(0);
  }
  // Used once, the new lock is the only one. Without network the next unlocking does it.
  await device("/api/unlock", { json: { v: b64(v) } }).catch(() => undefined);
}

/** @param {Bytes} seed */
async function opened(seed) {
  const [ready, unlock] = await Promise.all([opener(seed), unlockKey(seed)]);
  hold({ seed, opener: ready, unlock });
}
