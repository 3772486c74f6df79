/**
 * What a child said in kindmodus, closed on this device until the professional is back (docs/protocol/unlocking.md).
 *
 * @module
 */

import { fromUtf8 } from "../bytes.js";
import { mySigner, openAnswer } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { makeAnswer } from "../talks.js";
import { draftsUnder, keepDraft } from "../vault.js";
import { t } from "./words.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */

/** Places of these drafts begin so: what a desk keeps is told apart by the person. @param {string} person */
const start = (person) => `${person} kindmodus `;

/** What could not be written down: it waits in this page's memory. @type {Map<string, Bytes>} */
const unwritten = new Map();

/**
 * Keeps a closed answer.
 *
 * @param {string} person - For whom it is closed. @param {string} talk - What it answers. @param {Bytes} sealed
 */
export async function keepAnswer(person, talk, sealed) {
  try {
    await keepDraft(start(person) + talk, sealed);
  } catch {
    // A private window: it is kept as long as this page is.
    unwritten.set(start(person) + talk, sealed);
  }
}

/** @param {string} person @returns {Promise<{place: string, sealed: Bytes}[]>} */
async function kept(person) {
  const found = await draftsUnder(start(person)).catch(() => []);
  const here = [...unwritten].filter(([place]) => place.startsWith(start(person)));
  return [...found, ...here.map(([place, sealed]) => ({ place, sealed }))];
}

/** @param {string} person @returns {Promise<boolean>} Whether an answer waits for this person. */
export const answersKept = async (person) => (await kept(person)).length > 0;

/**
 * Signs what was said, as it was said, and sends it or lets it wait with the other records.
 *
 * @param {Caseload} caseload
 * @returns {Promise<{child: string, text: string} | null>} What to tell of it.
 */
export async function bringAnswers(caseload) {
  await caseload.load();
  const { org, person } = caseload.session;
  let told = null;
  for (const { place, sealed } of await kept(person.id)) {
    let answer;
    try {
      answer = JSON.parse(fromUtf8(await openAnswer(sealed)));
    } catch (error) {
      if (!(error instanceof KindstemError) || error.code === "session-ended") throw error;
      // Changed since, or closed under keys that this person has no more: nobody will ever open it.
      await away(place);
      continue;
    }
    const { child, subj, talk, says, why, prev, at } = answer;
    const kid = caseload.kids.get(child);
    if (!kid) continue;
    const signed = await makeAnswer({ org: org.id, subj, talk, way: "kindmodus", says, why, prev, at }, mySigner());
    const sent = await caseload.talks.put([{ kid, signed }]);
    await away(place);
    told = { child, text: t(sent ? "work.kindmodus.kept" : "work.kindmodus.kept.waits", { name: kid.card?.name ?? child }) };
  }
  return told;
}

/** @param {string} place */
async function away(place) {
  unwritten.delete(place);
  await keepDraft(place, null).catch(() => undefined);
}
