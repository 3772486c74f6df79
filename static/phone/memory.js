/**
 * What this page holds in memory and nowhere else: the opened lock, and what is being made.
 *
 * A module of its own, light enough for every screen: the cryptography that fills it is loaded when it is needed.
 *
 * @module
 */

import { tell } from "./here.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {{seed: Bytes, opener: import("../crypto/seal.js").Opener, unlock: import("../crypto/keys.js").Signer}} Opened */
/** @typedef {import("./draft.js").Making} Making */
/** @typedef {import("./talks.js").Asked} Asked */

/** @type {Opened | null} */
let opened = null;
/** @type {Making | null} */
let making = null;
/** @type {Asked | null} */
let asked = null;
/** @type {Set<() => void>} */
const whenShut = new Set();

/** @returns {Opened | null} What opens and signs while the lock is open. */
export const open = () => opened;

/**
 * Holds an opened lock.
 *
 * @param {Opened} keys
 */
export function hold(keys) {
  opened = keys;
  tell();
}

/** @param {() => void} work - Called as the lock shuts, to save and then drop what it holds of opened words. */
export const onShut = (work) => void whenShut.add(work);

/** Shuts the lock and drops everything that was opened or is being made. */
export function shut() {
  // First those who still have something to save, as it was made: with the lock open.
  for (const work of whenShut) work();
  opened?.seed.fill(0);
  opened = null;
  making = null;
  asked = null;
  tell();
}

/** @returns {Making | null} What is being made. */
export const inHand = () => making;

/** @param {Making | null} made */
export const takeInHand = (made) => void (making = made);

/** @returns {Asked | null} The talk that the child is answering; it can be one while the lock is shut, in the room. */
export const inTalk = () => asked;

/** @param {Asked | null} talk */
export const takeTalk = (talk) => void (asked = talk);
