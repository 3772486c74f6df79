/** The browser's own cryptography in the few forms that the protocol uses. Nobody else calls crypto.subtle. */

import { concat, random } from "../bytes.js";
import { KindstemError } from "../errors.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

const subtle = globalThis.crypto?.subtle;
const EMPTY = new Uint8Array(0);
const NONCE = 12;

// The fixed front of a private Ed25519 key in PKCS #8 (RFC 8410); WebCrypto imports no bare seeds.
const PKCS8_ED25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/**
 * SHA-256 over the joined parts. One part alone is hashed where it lies: it may be a recording, and the browser takes a
 * copy of its own.
 * @param {...Uint8Array} parts @returns {Promise<Bytes>}
 */
export const sha256 = async (...parts) =>
  new Uint8Array(await subtle.digest("SHA-256", parts.length === 1 ? /** @type {Bytes} */ (parts[0]) : concat(...parts)));

/** @param {Bytes} bytes @returns {Promise<CryptoKey>} An HMAC-SHA-256 key that script cannot read back. */
export const hmacKey = (bytes) => subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);

/** @returns {Promise<CryptoKey>} A new random HMAC-SHA-256 key of 32 bytes that script cannot read back. */
export const newHmacKey = () =>
  /** @type {Promise<CryptoKey>} */ (subtle.generateKey({ name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign", "verify"]));

/**
 * HMAC-SHA-256.
 * @param {CryptoKey | Bytes} key @param {...Uint8Array} parts @returns {Promise<Bytes>}
 */
export async function hmac(key, ...parts) {
  const ready = key instanceof Uint8Array ? await hmacKey(key) : key;
  return new Uint8Array(await subtle.sign("HMAC", ready, concat(...parts)));
}

/**
 * HKDF-SHA-256.
 * @param {Bytes} ikm @param {Bytes | null} salt @param {Bytes} info @param {number} length - In bytes.
 * @returns {Promise<Bytes>}
 */
export async function hkdf(ikm, salt, info, length) {
  const key = await subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: salt ?? EMPTY, info }, key, length * 8));
}

/** @param {Bytes} key @param {"encrypt" | "decrypt"} use */
const aesKey = (key, use) => subtle.importKey("raw", key, "AES-GCM", false, [use]);

/**
 * AES-256-GCM with a nonce of ours. Only for a key that is used once; else see sealBox.
 * @param {Bytes} key @param {Bytes} nonce @param {Bytes} data @param {Bytes} [aad] @returns {Promise<Bytes>}
 */
export async function gcmSeal(key, nonce, data, aad = EMPTY) {
  return new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, await aesKey(key, "encrypt"), data));
}

/**
 * @param {Bytes} key @param {Bytes} nonce @param {Bytes} data @param {Bytes} [aad]
 * @returns {Promise<Bytes>}
 * @throws {KindstemError} `key-wrong` when the tag does not fit: another key, other bytes, or another place.
 */
export async function gcmOpen(key, nonce, data, aad = EMPTY) {
  const ready = await aesKey(key, "decrypt");
  try {
    return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, ready, data));
  } catch {
    throw new KindstemError("key-wrong");
  }
}

/** @param {Bytes} key @param {Bytes} data @param {Bytes} aad @returns {Promise<Bytes>} Random nonce, ciphertext, tag. */
export async function sealBox(key, data, aad) {
  const nonce = random(NONCE);
  return concat(nonce, await gcmSeal(key, nonce, data, aad));
}

/**
 * What sealBox sealed.
 * @param {Bytes} key @param {Bytes} box @param {Bytes} aad @returns {Promise<Bytes>}
 * @throws {KindstemError} `key-wrong`
 */
export async function openBox(key, box, aad) {
  if (box.length < NONCE + 16) throw new KindstemError("key-wrong");
  return gcmOpen(key, box.slice(0, NONCE), box.slice(NONCE), aad);
}

/** @returns {Promise<CryptoKeyPair>} A new Ed25519 pair whose private half script cannot read back. */
export const newSigningPair = () => /** @type {Promise<CryptoKeyPair>} */ (subtle.generateKey("Ed25519", false, ["sign", "verify"]));

/**
 * The Ed25519 pair of a seed.
 * @param {Bytes} seed - 32 bytes.
 * @returns {Promise<{privateKey: CryptoKey, public: Bytes}>} The private half cannot be read back.
 */
export async function signingPair(seed) {
  const pkcs8 = concat(PKCS8_ED25519, seed);
  const [privateKey, readable] = await Promise.all([
    subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]),
  ]);
  // WebCrypto gives the public half of a private key only by way of a JWK.
  const { x } = await subtle.exportKey("jwk", readable);
  pkcs8.fill(0);
  const publicText = /** @type {string} */ (x);
  return { privateKey, public: Uint8Array.from(atob(publicText.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)) };
}

/** @param {CryptoKey} key @returns {Promise<Bytes>} The 32 bytes of a public Ed25519 key. */
export const rawPublic = async (key) => new Uint8Array(await subtle.exportKey("raw", key));

/** @param {CryptoKey} key @param {...Uint8Array} parts @returns {Promise<Bytes>} Ed25519 over the joined parts, 64 bytes. */
export const ed25519Sign = async (key, ...parts) => new Uint8Array(await subtle.sign("Ed25519", key, concat(...parts)));

/**
 * Whether this key signed the joined parts. A key or signature that is none at all counts as no.
 * @param {Bytes} publicKey @param {Bytes} signature @param {...Uint8Array} parts @returns {Promise<boolean>}
 */
export async function ed25519Verify(publicKey, signature, ...parts) {
  try {
    const key = await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, signature, concat(...parts));
  } catch {
    return false;
  }
}
