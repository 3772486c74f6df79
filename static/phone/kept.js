/**
 * What this phone keeps for itself about talks, sealed (crypto/kept.js): answers that wait for a network, talks that the
 * child wants to answer later, and receipts of the log.
 *
 * Light, because the service worker sends answers too.
 *
 * @module
 */

import { newId } from "../bytes.js";
import { openKept, sealKept } from "../crypto/kept.js";
import { KindstemError } from "../errors.js";
import { keep, keptUnder, post } from "../vault.js";

/** @typedef {{index: number, leaf: {type: string, about: string, at: string, c: string}, salt: string | null, note: string, proof: string[]}} Receipt What the log gave for a record that was handed in (docs/protocol/log.md). */

const RECEIPT = "receipt ";

/**
 * @param {CryptoKey} D
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer> | undefined} box
 * @returns {Promise<any>} What was sealed; null when there is nothing, or nothing of this phone.
 */
export async function unseal(D, name, box) {
  if (!box) return null;
  try {
    return await openKept(D, name, box);
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/**
 * Keeps a value under a name, sealed.
 *
 * @param {CryptoKey} D
 * @param {string} name
 * @param {any} value - Null takes it away.
 */
export const keepSealed = async (D, name, value) => keep(name, value === null ? null : await sealKept(D, name, value));

/**
 * @param {CryptoKey} D
 * @param {string} start
 * @returns {Promise<{name: string, value: any}[]>} Everything kept under names that begin so, that opens here.
 */
export async function allKept(D, start) {
  const found = await keptUnder(start);
  const opened = await Promise.all(found.map(async ({ name, sealed }) => ({ name, value: await unseal(D, name, sealed) })));
  return opened.filter(({ value }) => value !== null);
}

/**
 * Puts something in the outbox that is no envelope.
 *
 * @param {CryptoKey} D
 * @param {{path: string, json: any, quiet?: boolean}} what - Where it goes, and what it says.
 * @returns {Promise<string>} Its name there.
 */
export async function postKept(D, { path, json, quiet = false }) {
  const id = `kept ${newId()}`;
  const at = Date.now();
  const sealed = await sealKept(D, id, { path, json });
  await post({ id, state: "ready", circle: "worker", seq: 0, list: 0, flag: false, bare: true, kept: true, quiet, at, sealed: true, tries: 0, next: 0, why: "" }, sealed);
  return id;
}

/**
 * Keeps receipts, with what was handed in for each: whether they fit is looked at in phone/log.js.
 *
 * @param {CryptoKey} D
 * @param {unknown} receipts
 * @param {any[]} handed - Signed records, in the same order.
 * @param {any} [asked] - What was asked with it, where the server may have kept an earlier record that says the same.
 */
export async function keepReceipts(D, receipts, handed, asked) {
  if (!Array.isArray(receipts)) return;
  for (const [at, signed] of handed.entries()) {
    const receipt = receipts[at];
    // Under a name that says nothing: the log is public, and a number in it would say what was answered.
    if (Number.isSafeInteger(receipt?.index)) await keepSealed(D, RECEIPT + newId(), { receipt, signed, ...(asked ? { asked } : {}) });
  }
}

/** @typedef {{name: string, receipt: Receipt, signed: {record: any, sigs: any[]} | null, asked: any}} Kept */

/**
 * @param {CryptoKey} D
 * @returns {Promise<Kept[]>} Every receipt, the newest entries first.
 */
export async function receiptsKept(D) {
  const all = (await allKept(D, RECEIPT)).map(({ name, value }) => ({ name, receipt: value.receipt, signed: value.signed ?? null, asked: value.asked ?? null }));
  return all.sort((a, b) => b.receipt.index - a.receipt.index);
}
