/**
 * The questions after a talk (R17): asked on the child's own phone, some hours later, once a month each, and never in
 * the room. What is answered goes as a count; it is kept beside no child and no talk.
 *
 * @module
 */

import { now } from "../api.js";
import { phone } from "./here.js";
import { allKept, keepSealed, postKept } from "./kept.js";
import { open } from "./memory.js";
import { plans, talks, together } from "./talks.js";

/** @typedef {"said" | "done"} Question */
/** @typedef {"yes" | "some" | "no" | "unknown" | "skipped"} Value */

const HOUR = 3_600_000;
/** How long after a talk the first question may come, and until when, in milliseconds. */
const SOONEST = 3 * HOUR;
const LATEST = 31 * 24 * HOUR;
/** This long around a planned talk nothing is asked: somebody may be sitting beside the child. */
const ROOM = 2 * HOUR;

const ASKED = "after";
/** @type {Question[]} */
const QUESTIONS = ["said", "done"];

/** @param {number} at @returns {string} The month in the Netherlands, as the server counts it. */
const monthOf = (at) => new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", timeZone: "Europe/Amsterdam" }).format(at);

/**
 * Whether the child may be in a room with the adult of a talk.
 *
 * @param {{ends: number[], starts: number[], at: number}} known - When talks ended and planned ones begin.
 * @returns {boolean}
 */
export function inRoom({ ends, starts, at }) {
  // A talk that has only just ended: they may still be together, whatever else there was before.
  return starts.some((start) => Math.abs(start - at) < ROOM) || ends.some((end) => end > at - SOONEST);
}

/**
 * Which question may be asked.
 *
 * @param {{ends: number[], starts: number[], asked: Record<string, string>, at: number, together: boolean}} known - When talks
 *   ended and planned ones begin, in which month each question was asked, and whether a code was scanned just now.
 * @returns {Question | null}
 */
export function due({ ends, starts, asked, at, together: scanned }) {
  if (scanned || inRoom({ ends, starts, at })) return null;
  if (!ends.some((end) => end > at - LATEST)) return null;
  return QUESTIONS.find((question) => asked[question] !== monthOf(at)) ?? null;
}

/** @returns {Promise<Record<string, string>>} In which month each question was last asked. */
async function askedBefore() {
  return (await allKept(phone().secret, ASKED)).find(({ name }) => name === ASKED)?.value ?? {};
}

/** @returns {Promise<Question | null>} The question for now; only while the lock is open. */
export async function question() {
  if (!open()) return null;
  const [{ talks: all }, coming, asked] = await Promise.all([talks(), plans(), askedBefore()]);
  const held = all.filter(({ signed, withdrawn }) => signed.record.t === "talk" && !withdrawn);
  return due({
    ends: held.map(({ signed }) => Date.parse(/** @type {import("../talks.js").TalkRecord} */ (signed.record).end)),
    starts: coming.map(({ record }) => Date.parse(record.start)),
    asked,
    at: now(),
    together: together(),
  });
}

/**
 * Takes an answer, or that it was skipped: the question does not come back this month.
 *
 * @param {Question} about
 * @param {Value} value
 */
export async function answer(about, value) {
  const D = phone().secret;
  await keepSealed(D, ASKED, { ...(await askedBefore()), [about]: monthOf(now()) });
  await postKept(D, { path: "/api/after", json: { question: about, value }, quiet: true });
}
