/**
 * This phone: what the vault holds, at hand for every screen, and told of when it changes.
 *
 * @module
 */

import { identify } from "../api.js";
import { changePhone, keepPhone, phone as load } from "../vault.js";

/** @typedef {import("../vault.js").Phone} Phone */
/** @typedef {import("../vault.js").Circle} Circle */
/** @typedef {import("../crypto/keys.js").Signer} Signer */

/** The cryptography of signing: not for a phone that is not enrolled. */
const keys = () => import("../crypto/keys.js");

/** @type {Phone | undefined} */
let current;
/** @type {Promise<Signer> | null} */
let signer = null;
/** @type {Set<() => void>} */
const watchers = new Set();

/**
 * Takes the phone out of the vault; requests are signed by it from then on.
 *
 * @returns {Promise<Phone | undefined>} Undefined when this phone is not enrolled.
 */
export async function arrive() {
  current = await load();
  present();
  return current;
}

/**
 * Makes a phone that was just enrolled this one.
 *
 * @param {Phone} fresh
 */
export async function settle(fresh) {
  await keepPhone(fresh);
  current = fresh;
  present();
  tell();
}

function present() {
  signer = null;
  if (!current) {
    identify(null);
    return;
  }
  const { id, signing } = current;
  const ready = keys().then(({ signerOf }) => signerOf(signing));
  signer = ready;
  identify(async (request) => (await keys()).authorization({ ...request, device: id, signer: await ready }));
}

/**
 * @returns {Phone}
 * @throws {TypeError} When this phone is not enrolled: no screen asks for it then.
 */
export function phone() {
  if (!current) throw new TypeError("not enrolled");
  return current;
}

/** @returns {boolean} Whether this phone is enrolled. */
export const enrolled = () => current !== undefined;

/** @returns {Promise<Signer>} The device key. */
export function deviceSigner() {
  if (!signer) throw new TypeError("not enrolled");
  return signer;
}

/**
 * Changes the phone in the vault.
 *
 * @param {(phone: Phone) => void} work
 */
export async function change(work) {
  current = await changePhone(work);
  tell();
}

/** Reads the phone again, after another module wrote to the vault. */
export async function refresh() {
  current = (await load()) ?? current;
}

/**
 * Calls back at each change, until the function it gives is called.
 *
 * @param {() => void} watcher
 * @returns {() => void}
 */
export function watch(watcher) {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** Tells whoever watches that something about this phone is different. */
export function tell() {
  for (const watcher of [...watchers]) watcher();
}

