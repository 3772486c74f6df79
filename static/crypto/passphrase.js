/**
 * The professional's lock: passphrase or recovery code, a second factor and the server's share open the keyring
 * (docs/protocol/unlocking.md). Load it when somebody signs in.
 */

import { b64, concat, random, unb64, utf8 } from "../bytes.js";
import { KindstemError } from "../errors.js";
import { canonical, label, objectOf, parseCanonical, version } from "../wire.js";
import { argon2id } from "./argon2.js";
import { hkdf, hmac, openBox, sealBox } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {{verifier: Bytes, share: Bytes}} Stretched `verifier` is sent to the server; `share` stays here. */
/** @typedef {{reading: Bytes, signing: Bytes}} Keyring The two seeds of a professional. */

export const PASSPHRASE_WORDS = 7;
export const RECOVERY_WORDS = 10;
const OWN_PHRASE = 16;

/** @returns {Promise<readonly string[]>} The 2,048 words of BIP-39 English. */
async function wordlist() {
  return (await import("@scure/bip39/wordlists/english.js")).wordlist;
}

/**
 * New words to keep, each chosen evenly from 2,048.
 * @param {number} [count] @returns {Promise<string>} Joined by single spaces.
 */
export async function newPassphrase(count = PASSPHRASE_WORDS) {
  const words = await wordlist();
  // 65,536 is a multiple of 2,048, so the remainder favours no word.
  return Array.from(new Uint16Array(random(2 * count).buffer), (n) => words[n % words.length]).join(" ");
}

/** @returns {Promise<string>} A new recovery code: ten words, 110 bits. */
export const newRecoveryCode = () => newPassphrase(RECOVERY_WORDS);

/**
 * A phrase in the form in which it is stretched: NFKC, without spaces around it, and one space where there are more.
 * @param {string} phrase @returns {string}
 */
export const normalPhrase = (phrase) => phrase.normalize("NFKC").replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");

/**
 * Generated words have no capitals and single spaces; what a phone's keyboard adds to them is taken away.
 * @param {string} phrase @returns {string}
 */
export const asGenerated = (phrase) => phrase.trim().toLowerCase().replace(/[\s,.]+/g, " ");

/** @param {string} code @returns {string} A recovery code in the form in which it is stretched: as a phrase, in lower case. */
export const normalRecovery = (code) => normalPhrase(code).toLowerCase();

/**
 * The words of a recovery code that are not in the list, so that a slip of the pen is found before the server is asked.
 * @param {string} code @returns {Promise<string[]>}
 */
export async function unknownWords(code) {
  const known = new Set(await wordlist());
  return normalRecovery(code).split(" ").filter((word) => !known.has(word));
}

/** @param {string} phrase @returns {boolean} Whether an own phrase is too short to stand. */
export const phraseTooShort = (phrase) => [...normalPhrase(phrase)].length < OWN_PHRASE;

/** @param {string} text @param {Bytes} salt @param {string} use @param {import("./argon2.js").Progress} [onProgress] */
async function split(text, salt, use, onProgress) {
  const both = await hkdf(await argon2id(utf8(text), salt, onProgress), null, label(use), 64);
  return { verifier: both.slice(0, 32), share: both.slice(32) };
}

/**
 * @param {string} phrase @param {Bytes} salt @param {import("./argon2.js").Progress} [onProgress] @returns {Promise<Stretched>}
 */
export const stretchPassphrase = (phrase, salt, onProgress) => split(normalPhrase(phrase), salt, "passphrase", onProgress);

/**
 * @param {string} code @param {Bytes} salt @param {import("./argon2.js").Progress} [onProgress] @returns {Promise<Stretched>}
 */
export const stretchRecovery = (code, salt, onProgress) => split(normalRecovery(code), salt, "recovery", onProgress);

/** @param {Bytes} share @param {Bytes} pepper - The server's share `P`. @returns {Promise<Bytes>} What the keyring lies under. */
export const kek = (share, pepper) => hmac(share, label("desk kek"), pepper);

/** @param {string} person */
const aad = (person) => concat(label("keyring"), unb64(person));

/**
 * @param {Bytes} key - From kek(). @param {string} person - The person's id. @param {Keyring} keyring
 * @returns {Promise<Bytes>} The form that the server keeps and cannot open.
 */
export const sealKeyring = (key, person, { reading, signing }) =>
  sealBox(key, canonical({ v: 1, reading: b64(reading), signing: b64(signing) }), aad(person));

/**
 * @param {Bytes} key @param {string} person @param {Bytes} sealed @returns {Promise<Keyring>}
 * @throws {KindstemError} `key-wrong` for another phrase, person or pepper.
 */
export async function openKeyring(key, person, sealed) {
  const value = parseCanonical(await openBox(key, sealed, aad(person)));
  /** @param {any} text */
  const seed = (text) => typeof text === "string" && unb64(text).length === 32;
  if (!objectOf({ v: version, reading: seed, signing: seed })(value)) throw new KindstemError("key-wrong");
  return { reading: unb64(value.reading), signing: unb64(value.signing) };
}
