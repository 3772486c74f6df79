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
import { EMPTY_ROOT, parseTalkSigned, signedByDevice, timeText } from "../talks.js";
import { change, phone } from "./here.js";
import { allKept, keepSealed, receiptsKept } from "./kept.js";

/** @typedef {import("../crypto/log.js").Known} Known */
/** @typedef {import("../crypto/log.js").Fault} Fault */
/** @typedef {import("./kept.js").Kept} Kept */

/** At most so many receipts are asked about: those before were proven under a checkpoint that the new one extends. */
const MOST = 50;

const STATE = "log";
const PROOF = "proof";

/**
 * What follows from what is known, the receipts held, and an answer of the log.
 *
 * @param {Known | null} known - Null the first time.
 * @param {any} answer
 * @param {Kept[]} held - Those that were asked about; `signed` where it was not checked yet that this is what was handed in.
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
  for (const { receipt, signed } of held.filter((one) => one.signed)) {
    // A receipt from before a change of key was signed by the key before.
    const faults = await Promise.all([base, found.known].map((one) => checkReceipt(receipt, signed, one)));
    if (!faults.includes(null)) return { fault: faults[1], known: found.known };
  }
  return { fault: null, known: found.known };
}

/**
 * Asks the log, and holds what it says against what this phone knows.
 *
 * @returns {Promise<void>} Without an answer nothing happens: the next time will tell.
 */
export function check() {
  return navigator.locks.request("start-log", async () => {
    const D = phone().secret;
    const known = /** @type {Known | null} */ ((await allKept(D, STATE)).find(({ name }) => name === STATE)?.value ?? null);
    const held = await Promise.all((await receiptsKept(D)).slice(0, MOST).map((one) => own(one, phone().record.record)));
    const indices = held.map(({ receipt }) => receipt.index);
    let answer;
    try {
      answer = await device("/api/log", { json: { from: known?.size ?? 0, indices, ...(known ? { log: known.log } : {}) } });
    } catch (error) {
      if (error instanceof Offline || error instanceof KindstemError) return;
      throw error;
    }
    const found = await judge(known, answer, held);
    if (found.fault) await raise(found.fault, { known, answer, receipts: held.map(({ receipt }) => receipt) });
    // Receipts of a log that is no more are no receipts of the next; they stand in the proof.
    if (found.fault === "restarted") for (const { name } of held) await keepSealed(D, name, null);
    if (found.known && JSON.stringify(found.known) !== JSON.stringify(known)) await keepSealed(D, STATE, found.known);
    if (found.fault) return;
    // It was seen that this is what was handed in: what the child answered need not lie here any longer.
    for (const { name, receipt, signed } of held) if (signed) await keepSealed(D, name, { receipt, signed: null });
  });
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
