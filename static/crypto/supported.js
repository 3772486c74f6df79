/** Whether this browser can do everything that the app needs, asked before anything is made (decision 0005). */

import { gcmSeal, hkdf, newHmacKey, newSigningPair } from "./web.js";

/**
 * What this browser lacks. Each thing is tried, because version numbers lie.
 * @returns {Promise<{ok: boolean, missing: ("https" | "ed25519" | "encryption" | "storage")[]}>}
 */
export async function supported() {
  /** @type {("https" | "ed25519" | "encryption" | "storage")[]} */
  const missing = [];
  if (!globalThis.crypto?.subtle) return { ok: false, missing: ["https"] };
  const zeros = new Uint8Array(32);
  const pair = await newSigningPair().catch(() => null);
  if (!pair) missing.push("ed25519");
  await hkdf(zeros, null, zeros, 32)
    .then((key) => gcmSeal(key, new Uint8Array(12), zeros))
    .then(newHmacKey)
    .catch(() => missing.push("encryption"));
  if (!(await keepsKeys(pair?.privateKey).catch(() => false))) missing.push("storage");
  return { ok: missing.length === 0, missing };
}

/**
 * Whether a key survives a trip through IndexedDB; some private windows have the one without the other.
 * @param {CryptoKey | undefined} key @returns {Promise<boolean>}
 */
function keepsKeys(key) {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB || !key) return resolve(false);
    const opening = indexedDB.open("start-probe", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("probe");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const close = (/** @type {boolean} */ result) => {
        database.close();
        indexedDB.deleteDatabase("start-probe");
        resolve(result);
      };
      try {
        const store = database.transaction("probe", "readwrite").objectStore("probe");
        store.put(key, 1);
        const reading = store.get(1);
        reading.onsuccess = () => close(reading.result instanceof CryptoKey);
        reading.onerror = () => close(false);
      } catch {
        close(false);
      }
    };
  });
}
