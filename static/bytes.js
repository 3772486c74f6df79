/** Bytes and their written forms, the same in every place (docs/protocol/keys.md, conventions). */

import { KindstemError } from "./errors.js";

/**
 * Bytes that WebCrypto takes: never over shared memory.
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 */

const encoder = new TextEncoder();
// A byte order mark is content like any other: eating it would make two texts of one.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {string} text @returns {Bytes} The text in UTF-8. */
export const utf8 = (text) => /** @type {Bytes} */ (encoder.encode(text));

/**
 * The text of UTF-8 bytes.
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {KindstemError} `bad-text` for bytes that are no valid UTF-8.
 */
export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new KindstemError("bad-text");
  }
}

/** @param {Uint8Array} bytes @returns {boolean} Whether all of it is valid UTF-8. */
export function isText(bytes) {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** @param {Uint8Array} bytes @returns {string} base64url without padding. */
export function b64(bytes) {
  let text = "";
  // In slices, because a long argument list overflows the stack.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The bytes of a base64url text. Exactly one text is accepted for each value, so that an id cannot be written twice.
 * @param {string} text
 * @returns {Bytes}
 * @throws {KindstemError} `bad-text` for padding, foreign characters or stray bits.
 */
export function unb64(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new KindstemError("bad-text");
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  if (text.length % 4 && b64(bytes.subarray(-(raw.length % 3))) !== text.slice(-(text.length % 4))) throw new KindstemError("bad-text");
  return bytes;
}

/** @param {Uint8Array} bytes @returns {string} Lower-case hexadecimal. */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {...Uint8Array} parts @returns {Bytes} All parts joined, in their own memory. */
export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {number} n @returns {Bytes} Four bytes, big-endian. */
export function u32(n) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}

/** @param {Uint8Array} bytes @param {number} [at] @returns {number} The four big-endian bytes at `at`. */
export const readU32 = (bytes, at = 0) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);

/**
 * Whether two byte strings are the same. All of both is looked at whatever differs; lengths are no secret.
 * @param {Uint8Array} a @param {Uint8Array} b @returns {boolean}
 */
export function equal(a, b) {
  let differ = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) differ |= a[i] ^ b[i];
  return differ === 0;
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {number} Below, at or above zero: the order of the bytes. */
export function compare(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** @param {number} n @returns {Bytes} Random bytes from the browser's own source. */
export const random = (n) => crypto.getRandomValues(new Uint8Array(n));

/** @returns {string} A new id: 16 random bytes in b64. */
export const newId = () => b64(random(16));
