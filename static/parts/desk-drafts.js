/**
 * What was typed and not sent, kept sealed on this device: a session that ends loses nothing.
 *
 * @module
 */

import { concat, fromUtf8, readU32, u32, utf8 } from "../bytes.js";
import { mine, openDraft, sealDraft, unlocked } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { draft, draftsUnder, keepDraft } from "../vault.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

/** @param {string} place */
const placeOf = (place) => `${mine().person} ${place}`;

/**
 * Keeps a draft in place of the one before.
 *
 * @param {string} place - An entry's id, or what else it is for.
 * @param {any} value - What JSON can hold.
 * @param {Bytes[]} [recordings]
 */
export async function keep(place, value, recordings = []) {
  const head = utf8(JSON.stringify({ value, sizes: recordings.map((one) => one.length) }));
  const where = placeOf(place);
  await keepDraft(where, await sealDraft(where, concat(u32(head.length), head, ...recordings)));
}

/**
 * @param {string} place
 * @returns {Promise<{value: any, recordings: Bytes[]} | null>} Null when there is none, or none that opens.
 */
export async function find(place) {
  const where = placeOf(place);
  try {
    const sealed = await draft(where);
    if (!sealed) return null;
    const bytes = await openDraft(where, sealed);
    const end = 4 + readU32(bytes);
    const { value, sizes } = JSON.parse(fromUtf8(bytes.subarray(4, end)));
    let at = end;
    return { value, recordings: sizes.map((/** @type {number} */ size) => bytes.slice(at, (at += size))) };
  } catch (error) {
    // Storage that is shut in a private window, or another version's draft: there is simply no draft.
    if (error instanceof KindstemError && error.code === "session-ended") throw error;
    return null;
  }
}

/**
 * @param {string} start
 * @returns {Promise<{place: string, value: any}[]>} What is kept under places that begin so, of this person.
 */
export async function findAll(start) {
  const kept = await draftsUnder(placeOf(start)).catch(() => []);
  const found = [];
  for (const { place: whole } of kept) {
    const place = whole.slice(placeOf("").length);
    const one = await find(place);
    if (one) found.push({ place, value: one.value });
  }
  return found;
}

/** @param {string} place */
export async function drop(place) {
  await keepDraft(placeOf(place), null);
}

/**
 * Keeps a draft a moment after the last change, and at once when the page goes.
 *
 * @param {string} place
 * @param {() => {value: any, recordings?: Bytes[]} | null} read - What to keep; null when there is nothing worth it.
 */
export function keeper(place, read) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const now = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (!unlocked()) return;
    const found = read();
    try {
      await (found ? keep(place, found.value, found.recordings) : drop(place));
    } catch {
      // The keys went in the meantime, or there is no room: what is typed still stands on the page.
    }
  };
  return {
    changed() {
      clearTimeout(timer);
      timer = setTimeout(() => void now(), 500);
    },
    async flush() {
      if (timer !== undefined) await now();
    },
    async done() {
      clearTimeout(timer);
      timer = undefined;
      await drop(place).catch(() => undefined);
    },
  };
}
