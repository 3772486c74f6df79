/**
 * What this phone knows of the log: its newest checkpoint, its key, and that what the child handed in is still in it
 * (docs/protocol/log.md, section 5).
 *
 * Log and key are taken from the log's first entry once, and never again on the server's word. What is found to be wrong
 * is kept with everything that proves it.
 *
 * @module
 */

import { Offline, device, now } from "../api.js";
import { checkAnswer, checkReceipt, checkStart } from "../crypto/log.js";
import { KindstemError } from "../errors.js";
import { EMPTY_ROOT, hashOf, parseTalkSigned, signedByDevice, timeText } from "../talks.js";
import { change, phone } from "./here.js";
import { allKept, keepSealed, postKept, receiptsKept } from "./kept.js";

/** @typedef {import("../crypto/log.js").Known} Known */
/** @typedef {import("../crypto/log.js").Fault} Fault */
/** @typedef {import("./kept.js").Kept} Kept */

/** At most so many receipts are asked about: those before were proven under a checkpoint that the new one extends. */
const MOST = 50;

/**
 * How long, and of how many entries, what was handed in is kept beside its receipt: after a restored backup it is handed
 * in again. In milliseconds.
 */
const KEPT = 400 * 86_400_000;
const MOST_KEPT = 200;

const STATE = "log";
const PROOF = "proof";

/**
 * What follows from what is known, the receipts held, and an answer of the log.
 *
 * @param {Known | null} known - Null the first time.
 * @param {any} answer
 * @param {Pick<Kept, "receipt" | "signed" | "seen">[]} held - Those that were asked about; `seen` where it was checked already that this is what was handed in.
 * @returns {Promise<{fault: Fault | null, known: Known | null}>} `known` is what to go on from; after a restart the new log.
 */
export async function judge(known, answer, held) {
  const start = answer?.start ? await checkStart(answer.start, answer.keys ?? []) : null;
  const fresh = start && { log: start.log, key: start.key, size: 0, root: EMPTY_ROOT, note: "" };
  const base = known ?? fresh;
  if (!base) return { fault: "note-signature", known: null };
  const receipts = held.map((one) => one.receipt);
  const found = await checkAnswer(base, answer, receipts);
  if (found.fault) {
    // Whatever happened to the old one, from now on the new log has to keep what it is given.
    return { fault: found.fault, known: found.fault === "restarted" && fresh ? fresh : known };
  }
  for (const { receipt, signed } of held.filter((one) => one.signed && !one.seen)) {
    // A receipt from before a change of key was signed by the key before.
    const faults = await Promise.all([base, found.known].map((one) => checkReceipt(receipt, signed, one)));
    if (!faults.includes(null)) return { fault: faults[1], known: found.known };
  }
  return { fault: null, known: found.known };
}

/**
 * Asks the log, and holds what it says against what this phone knows.
 *
 * @returns {Promise<boolean>} Whether something was put in the outbox again. Without an answer nothing happens: the next
 *   time will tell.
 */
export function check() {
  return navigator.locks.request("start-log", async () => {
    const D = phone().secret;
    const known = /** @type {Known | null} */ ((await allKept(D, STATE)).find(({ name }) => name === STATE)?.value ?? null);
    const all = await receiptsKept(D);
    const held = await Promise.all(all.slice(0, MOST).map((one) => own(one, phone().record.record)));
    const indices = held.map(({ receipt }) => receipt.index);
    let answer;
    try {
      answer = await device("/api/log", { json: { from: known?.size ?? 0, indices, ...(known ? { log: known.log } : {}) } });
    } catch (error) {
      if (error instanceof Offline || error instanceof KindstemError) return false;
      throw error;
    }
    const found = await judge(known, answer, held);
    if (found.fault) await raise(found.fault, { known, answer, receipts: held.map(({ receipt }) => receipt) });
    // Whichever log the new one says it follows: what the first of two restores lost must not be lost by the second.
    const again = found.fault === "restarted" && (await handInAgain(D, all));
    if (found.known && JSON.stringify(found.known) !== JSON.stringify(known)) await keepSealed(D, STATE, found.known);
    if (found.fault) return again;
    await settle(D, all, new Set(held.map(({ name }) => name)));
    return false;
  });
}

/**
 * Keeps that these were held against what was handed in, and lets go of what is too old or too many to keep.
 *
 * @param {CryptoKey} D
 * @param {Kept[]} all - Every receipt, the newest entries first.
 * @param {Set<string>} seen - Names of those that were compared now.
 */
async function settle(D, all, seen) {
  for (const [place, { name, receipt, signed, asked, ...one }] of all.entries()) {
    const old = place >= MOST_KEPT || now() - Date.parse(receipt.leaf.at) > KEPT;
    const next = { receipt, signed: old ? null : signed, ...(asked && !old ? { asked } : {}), seen: one.seen || seen.has(name) };
    if (next.seen !== one.seen || next.signed !== signed) await keepSealed(D, name, next);
  }
}

/**
 * Puts what this phone handed in to a log that is no more in the outbox again, oldest first, and forgets its receipts:
 * new ones come with it. A request goes before its end. An answer goes with its talk, which may be lost as well.
 *
 * @param {CryptoKey} D
 * @param {Kept[]} all - Every receipt, the newest entries first.
 * @returns {Promise<boolean>} Whether there was anything.
 */
async function handInAgain(D, all) {
  /** @type {Map<string, any>} */
  const records = new Map();
  for (const { signed } of all) if (signed?.record.t === "talk") records.set(await hashOf(signed.record), signed);
  const { record } = phone().record;
  for (const one of [...all].reverse()) {
    const { signed } = await own(one, record);
    if (signed?.record.t === "request" || signed?.record.t === "request-end") await postKept(D, { path: "/api/requests", json: { signed }, again: true });
    if (signed?.record.t !== "answer") continue;
    const talk = records.get(signed.record.talk);
    await postKept(D, { path: "/api/talks", json: { answer: signed, ...(talk ? { talk } : {}) }, again: true });
  }
  for (const { name } of all) await keepSealed(D, name, null);
  return all.some(({ signed }) => signed !== null && signed.record.t !== "talk");
}

/**
 * A receipt with what it has to fit: what was handed in, unless the server kept an earlier request of this phone for the
 * same person, which is the same request.
 *
 * @param {Kept} one
 * @param {{signing: string, unlock: string}} record - This child's record, with the keys of this phone.
 * @returns {Promise<Kept>}
 */
export async function own(one, record) {
  const { signed, asked } = one;
  if (!asked) return one;
  try {
    const kept = parseTalkSigned(signed, asked.record.t).record;
    const same = ["subj", "to", "circle", "request"].every((name) => kept[name] === asked.record[name]);
    if (same && (await signedByDevice(/** @type {any} */ (signed), record))) return one;
  } catch (error) {
    if (!(error instanceof KindstemError)) throw error;
  }
  return { ...one, signed: asked };
}

/**
 * Notes the first thing that is found to be wrong, with its proof.
 *
 * @param {Fault} why
 * @param {any} shown
 */
async function raise(why, shown) {
  if (phone().alarm) return;
  const at = timeText(new Date(now()));
  const { org, orgName } = phone();
  // As text: what the server said may have any form.
  await keepSealed(phone().secret, PROOF, { text: JSON.stringify({ v: 1, kind: "kindstem log alarm", why, at, org, orgName, ...shown }) });
  await change((kept) => void (kept.alarm = { why, at, seen: false }));
}

/** @returns {Promise<string>} Everything that proves what was found, as JSON: for somebody who can check it. */
export async function evidence() {
  const found = (await allKept(phone().secret, PROOF)).find(({ name }) => name === PROOF);
  return JSON.stringify(JSON.parse(found?.value.text ?? "{}"), null, 1);
}

/** Notes that the child has read what is wrong; it stays to be read again with the talks. */
export const readAlarm = () =>
  change((kept) => {
    if (kept.alarm) kept.alarm.seen = true;
  });
