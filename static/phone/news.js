/**
 * What is new apart from messages: who reads, who is away, whether an alert was seen, whether this phone may still send.
 *
 * Needs no open lock, and learns nothing about messages: a locked phone gives nothing away.
 *
 * @module
 */

import { device } from "../api.js";
import { verifyRecord } from "../crypto/keys.js";
import { KindstemError } from "../errors.js";
import { parseSigned } from "../wire.js";
import { authors, soundOffer, takeIn } from "./circles.js";
import { change, phone, tell } from "./here.js";

/** @typedef {{id: string, at: string, seen: {name: string, at: string}[], climbed: {step: "leader" | "oncall", at: string}[]}} Flag */

/** @typedef {{entry: string, answers: any[], held: boolean}} OfferRow An offer of an independent talk, as the server tells of it (phone/offers.js). */

/** A server may not make messages smaller than this: then nothing could be said at all. In bytes. */
const LEAST = 64 * 1024;
/** How long a name is at most that only the server says. */
const NAME = 80;

/** @type {Flag[]} */
let flags = [];
/** @type {{name: string, at: string}[]} */
let resets = [];
/** @type {any[]} */
let talks = [];
/** @type {any[]} */
let plans = [];
/** @type {any[]} */
let asked = [];
/** @type {string[]} */
let written = [];
/** @type {OfferRow[]} */
let proposals = [];
let most = 8 * 1024 * 1024;

/** @returns {Flag[]} Alerts of this child, and who saw them. */
export const alerts = () => flags;
/** @returns {{name: string, at: string}[]} When a reader opened the lock again. */
export const lockResets = () => resets;
/** @returns {any[]} Talks as the server shows them: nothing of them is checked yet (phone/talks.js). */
export const talkRows = () => talks;
/** @returns {any[]} Planned talks, likewise. */
export const planRows = () => plans;
/** @returns {any[]} Requests to talk alone, likewise (phone/requests.js). */
export const requestRows = () => asked;
/** @returns {string[]} Entries that are documents about this child, as the server says, oldest first. */
export const documents = () => written;
/** @returns {OfferRow[]} Offers of an independent talk, the newest first: nothing of them is checked yet. */
export const offerRows = () => proposals;
/** @returns {number} How large a message may be here, in bytes. */
export const largest = () => most;

/**
 * Asks the server.
 *
 * @throws {KindstemError} `device-off`
 * @throws {import("../api.js").Offline}
 */
export async function glance() {
  // Past the newest: everything but messages is told whole each time.
  await take(await device("/api/inbox", { json: { after: Number.MAX_SAFE_INTEGER } }));
}

/**
 * Takes in what an inbox says apart from messages.
 *
 * @param {any} inbox
 */
export async function take(inbox) {
  flags = listed(inbox.flags)
    .filter((one) => typeof one?.id === "string" && isMoment(one.at))
    .map(({ id, at, seen, climbed }) => ({ id, at, climbed: listed(climbed).filter((one) => isMoment(one?.at) && ["leader", "oncall"].includes(one.step)), seen: listed(seen).filter((one) => isMoment(one?.at)).map((one) => ({ name: heard(one.name), at: one.at })) }));
  const said = inbox.settings?.maxEnvelope;
  if (Number.isSafeInteger(said)) most = Math.max(said, LEAST);
  const looks = isLooks(inbox.settings?.looks) ? inbox.settings.looks : null;
  if (JSON.stringify(looks) !== JSON.stringify(phone().looks ?? null)) await change((kept) => void (kept.looks = looks));
  await takeIn(listed(inbox.lists));
  const offered = inbox.offered ? await soundOffer(inbox.offered) : null;
  if (JSON.stringify(offered) !== JSON.stringify(phone().offered ?? null)) await change((kept) => void (kept.offered = offered));
  resets = await checked(listed(inbox.resets));
  talks = listed(inbox.talks).filter((one) => one?.signed);
  plans = listed(inbox.plans).filter((one) => one?.signed);
  asked = listed(inbox.requests).filter((one) => one?.signed);
  proposals = listed(inbox.offers)
    .filter((one) => typeof one?.entry === "string")
    .map(({ entry, answers, held }) => ({ entry, answers: listed(answers), held: held === true }));
  // A phone that was linked later has not heard the no itself. The server's word can end this, and not begin it.
  const last = proposals.flatMap(({ answers }) => answers.map((one) => one?.record)).filter((one) => one?.way === "phone" && isMoment(one.at)).sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
  if (phone().declined === undefined && last?.says === "no") await change((kept) => void (kept.declined = true));
  written = listed(inbox.documents).filter((one) => typeof one === "string");
  if (typeof inbox.subj === "string" && inbox.subj !== phone().called) await change((kept) => void (kept.called = inbox.subj));
  const persons = listed(inbox.persons)
    .filter((one) => typeof one?.person === "string")
    .map(({ person, name, role, away, record }) => ({ person, name: heard(name), role: String(role), away: isLeave(away) ? away : null, record: record ?? null }));
  if (JSON.stringify(persons) !== JSON.stringify(phone().persons)) await change((kept) => void (kept.persons = persons));
  const off = inbox.device?.state === "revoked";
  if (off !== phone().off) await change((kept) => void (kept.off = off));
  tell();
}

// What the server says goes onto the screen and into the vault. Whatever has not its form is left out here: a day that is
// none would otherwise keep the first screen from being shown, without a network as well.

/** @param {unknown} value @returns {any[]} */
export const listed = (value) => (Array.isArray(value) ? value : []);

/** @param {unknown} value @returns {value is string} */
export const isMoment = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));

/** @param {unknown} value */
const isDay = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isMoment(`${value}T12:00:00`);

/** @param {any} value */
const isLooks = (value) => [value?.day, value?.night].every((one) => Number.isSafeInteger(one) && one > 0 && one <= 1440) && [value.from, value.until].every((one) => /^\d\d:\d\d$/.test(String(one)));

/** @param {any} value */
const isLeave = (value) => isDay(value?.from) && isDay(value?.until);

/**
 * A name that only the server says, as no more than a name: it is not signed, and must not become a sentence to a child.
 *
 * @param {unknown} name
 */
export const heard = (name) => [...String(name ?? "").replace(/[^\p{L}\p{M}\p{N} '’.-]/gu, "")].slice(0, NAME).join("");

/**
 * @param {unknown[]} shown - Signed reset records.
 * @returns {Promise<{name: string, at: string}[]>} Those that a reader of this child signed.
 */
async function checked(shown) {
  const believed = authors();
  const found = [];
  for (const candidate of shown) {
    try {
      const signed = parseSigned(candidate, "reset");
      const { by, at, device: on } = signed.record;
      const keys = believed.get(by)?.keys ?? [];
      const valid = (await Promise.all(keys.map((key) => verifyRecord(signed, key)))).includes(true);
      if (valid && on === phone().id) found.push({ name: nameOf(by), at });
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
    }
  }
  return found;
}

/**
 * @param {string} person
 * @returns {string} A reader's name, from the lists, never from the server's word; "" for nobody on them.
 */
export function nameOf(person) {
  for (const list of Object.values(phone().lists)) {
    for (const { record } of [...list].reverse()) {
      const found = record.readers.find((/** @type {any} */ one) => one.person === person);
      if (found) return found.name;
    }
  }
  return "";
}
