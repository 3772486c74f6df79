/**
 * Four questions that a child may answer once a quarter (R22): on its own phone with the lock open, never in the room. What
 * is answered goes as a count; it is kept beside no child. Whoever declines sends nothing.
 *
 * @module
 */

import { now } from "../api.js";
import { inRoom } from "./after.js";
import { phone } from "./here.js";
import { allKept, keepSealed, postKept } from "./kept.js";
import { open } from "./memory.js";
import { plans, talks, together } from "./talks.js";

/** @typedef {"worker" | "around" | "school" | "safer"} Question */
/** @typedef {import("./after.js").Value} Value */
/** @typedef {{since: number, asked: Record<string, string>}} Known Since when this phone could have asked, and in which quarter each question was. */

/** A child that nobody has spoken to is asked too, but not before it has had this for four weeks. */
const KNOWN = 28 * 24 * 3_600_000;

const ASKED = "quarter";
/** @type {Question[]} */
export const QUESTIONS = ["worker", "around", "school", "safer"];

/** @param {number} at @returns {string} The quarter in the Netherlands, as the server counts it. */
export function quarterOf(at) {
  const [year, month] = new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", timeZone: "Europe/Amsterdam" }).format(at).split("-");
  return `${year}-Q${Math.ceil(Number(month) / 3)}`;
}

/**
 * Which questions are still open this quarter, in order; none while nothing may be asked.
 *
 * @param {{ends: number[], starts: number[], known: Known, at: number, together: boolean}} what - When talks ended and planned
 *   ones begin, what was asked, and whether a code was scanned just now.
 * @returns {Question[]}
 */
export function remaining({ ends, starts, known, at, together: scanned }) {
  if (scanned || inRoom({ ends, starts, at })) return [];
  if (ends.length === 0 && at < known.since + KNOWN) return [];
  return QUESTIONS.filter((question) => known.asked[question] !== quarterOf(at));
}

/** @returns {Promise<Known>} What is kept of it; from the first time on, since when. */
async function knownBefore() {
  const found = (await allKept(phone().secret, ASKED)).find(({ name }) => name === ASKED)?.value;
  if (found) return found;
  const first = { since: now(), asked: {} };
  await keepSealed(phone().secret, ASKED, first);
  return first;
}

/** @returns {Promise<Question[]>} The questions for now; only while the lock is open. */
export async function questions() {
  if (!open()) return [];
  const [{ talks: all }, coming, known] = await Promise.all([talks(), plans(), knownBefore()]);
  const held = all.filter(({ signed, withdrawn }) => signed.record.t === "talk" && !withdrawn);
  return remaining({
    ends: held.map(({ signed }) => Date.parse(/** @type {import("../talks.js").TalkRecord} */ (signed.record).end)),
    starts: coming.map(({ record }) => Date.parse(record.start)),
    known,
    at: now(),
    together: together(),
  });
}

/**
 * Keeps that these questions do not come back this quarter.
 *
 * @param {readonly Question[]} about
 */
export async function done(about) {
  const known = await knownBefore();
  const asked = { ...known.asked, ...Object.fromEntries(about.map((question) => [question, quarterOf(now())])) };
  await keepSealed(phone().secret, ASKED, { ...known, asked });
}

/**
 * Takes an answer, or that it was skipped.
 *
 * @param {Question} about
 * @param {Value} value
 */
export async function answer(about, value) {
  await done([about]);
  await postKept(phone().secret, { path: "/api/after", json: { question: about, value }, quiet: true });
}
