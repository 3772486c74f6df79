/** Keys, key ids, signatures and safety numbers (docs/protocol/keys.md). Twin of kindstem/signing.py. */

import { b64, compare, concat, random, unb64 } from "../bytes.js";
import { label, recordBytes, requestBytes } from "../wire.js";
import { ed25519Sign, ed25519Verify, hkdf, newHmacKey, newSigningPair, rawPublic, sha256, signingPair } from "./web.js";

export { newReadingSeed, readingPublic } from "./hpke.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @import {Signed} from "../wire.js" */
/** @typedef {import("../wire.js").Signature} Signature */
/** @typedef {{privateKey: CryptoKey, public: Bytes, id: string}} Signer A key that signs, and its id in b64. */

const SAFETY_ROUNDS = 5200;

/** @param {Uint8Array} publicKey @returns {Promise<Bytes>} The 32 bytes by which wraps and lists name an X-Wing key. */
export const readingKeyId = (publicKey) => sha256(label("reading key"), publicKey);

/** @param {Uint8Array} publicKey @returns {Promise<Bytes>} The 32 bytes by which signatures name an Ed25519 key. */
export const signingKeyId = (publicKey) => sha256(label("signing key"), publicKey);

/**
 * New keys of a child's device. Script can use them and cannot read them; they go into IndexedDB as they are.
 * @returns {Promise<{signing: CryptoKeyPair, secret: CryptoKey}>} The device key, and `D`.
 */
export async function newDeviceKeys() {
  const [signing, secret] = await Promise.all([newSigningPair(), newHmacKey()]);
  return { signing, secret };
}

/** @param {CryptoKeyPair} pair @returns {Promise<Signer>} A device's key, ready to sign. */
export async function signerOf({ privateKey, publicKey }) {
  const raw = await rawPublic(publicKey);
  return { privateKey, public: raw, id: b64(await signingKeyId(raw)) };
}

/** @returns {Bytes} A new seed of a professional's signing key: 32 bytes, for the keyring. */
export const newSigningSeed = () => random(32);

/** @param {Bytes} seed - 32 bytes. @returns {Promise<Signer>} A professional's key; script cannot read it back. */
export async function importSigningSeed(seed) {
  const pair = await signingPair(seed);
  return { ...pair, id: b64(await signingKeyId(pair.public)) };
}

/**
 * The child's unlock key. It is derived while the seed is open and kept nowhere, so that its signature shows that the
 * lock was open.
 * @param {Bytes} readingSeed @returns {Promise<Signer>}
 */
export async function unlockKey(readingSeed) {
  const seed = await hkdf(readingSeed, null, label("unlock key"), 32);
  const signer = await importSigningSeed(seed);
  seed.fill(0);
  return signer;
}

/**
 * @param {Signer} signer
 * @param {string} name - The label of the use.
 * @param {...Uint8Array} parts
 * @returns {Promise<Bytes>} The signature over the label and the joined parts, 64 bytes.
 */
export const sign = (signer, name, ...parts) => ed25519Sign(signer.privateKey, label(name), ...parts);

/**
 * @param {Bytes} publicKey @param {Bytes} signature @param {string} name @param {...Uint8Array} parts
 * @returns {Promise<boolean>} Whether this key signed these parts under this label.
 */
export const verify = (publicKey, signature, name, ...parts) => ed25519Verify(publicKey, signature, label(name), ...parts);

/** @param {{t: string}} record @returns {Promise<Bytes>} The hash by which lists, bundles and safety numbers name a record. */
export const recordHash = (record) => sha256(recordBytes(record));

/** @param {{t: string}} record @param {Signer} signer @returns {Promise<Signature>} The signature to put with a record. */
export async function signRecord(record, signer) {
  return { by: signer.id, sig: b64(await ed25519Sign(signer.privateKey, recordBytes(record))) };
}

/**
 * A record with one more signature; a second one by the same key replaces the first.
 * @template R
 * @param {Signed<R>} signed @param {Signature} signature
 * @returns {Signed<R>}
 */
export const withSignature = ({ record, sigs }, signature) => ({
  record,
  sigs: [...sigs.filter((one) => one.by !== signature.by), signature],
});

/**
 * Whether a record carries a valid signature by this key. Other signatures on it are not looked at.
 * @param {Signed} signed
 * @param {Bytes | string} publicKey - 32 bytes, or these in b64.
 * @returns {Promise<boolean>}
 */
export async function verifyRecord({ record, sigs }, publicKey) {
  const key = typeof publicKey === "string" ? unb64(publicKey) : publicKey;
  const by = b64(await signingKeyId(key));
  const found = sigs.find((one) => one.by === by);
  return found !== undefined && ed25519Verify(key, unb64(found.sig), recordBytes(record));
}

/**
 * The 30 digits, in six groups of five, that two people read to each other; the same for both of them.
 * @param {Uint8Array} hashA - The hash of one's record. @param {Uint8Array} hashB - The hash of the other's.
 * @returns {Promise<string>} Such as "26902 74633 05943 64340 59017 53793".
 */
export async function safetyNumber(hashA, hashB) {
  const [low, high] = [hashA, hashB].sort(compare);
  let x = await sha256(label("safety"), low, high);
  for (let i = 0; i < SAFETY_ROUNDS; i++) x = await sha256(label("safety"), x, low, high);
  const h = concat(await sha256(label("safety a"), x), await sha256(label("safety b"), x));
  const groups = [0, 1, 2, 3, 4, 5].map((i) => {
    const number = h.subarray(5 * i, 5 * i + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    return String(number % 100_000).padStart(5, "0");
  });
  return groups.join(" ");
}

/**
 * Whether a typed number is the wanted one; spacing and hyphens do not count.
 * @param {string} typed @param {string} wanted @returns {boolean}
 */
export const sameNumber = (typed, wanted) => typed.replace(/[\s-]/g, "") === wanted.replace(/[\s-]/g, "");

/**
 * The Authorization header of a device's request (docs/protocol/unlocking.md).
 * @param {{device: string, signer: Signer, method: string, path: string, body: Uint8Array, at: number}} request -
 *   `at` in unix seconds by the server's clock.
 * @returns {Promise<string>}
 */
export async function authorization({ device, signer, method, path, body, at }) {
  const nonce = b64(random(16));
  const signature = await ed25519Sign(signer.privateKey, requestBytes({ method, path, at, nonce }), await sha256(body));
  return `Kindstem ${device}.${at}.${nonce}.${b64(signature)}`;
}
