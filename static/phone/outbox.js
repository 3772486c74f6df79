/**
 * Sends what is ready, as often as it takes: the same bytes under the same id, so that twice is once.
 *
 * Runs in the page and, where the browser can, in the service worker.
 *
 * @module
 */

import { Offline, device } from "../api.js";
import { KindstemError } from "../errors.js";
import { bytesOf, changePhone, note, parcels, phone } from "../vault.js";
import { keepReceipts, unseal } from "./kept.js";

/** @typedef {import("../vault.js").Parcel} Parcel */

const SECOND = 1000;
const HOUR = 3_600_000;
/** Waits after each failure in a row; the last one stays. */
const WAITS = [5, 15, 60, 300, 900].map((seconds) => seconds * SECOND);

/** Refusals that the same bytes would meet again and again. */
const FOR_GOOD = new Set([
  ..."bad-envelope not-sealed not-quantum-safe too-large nobody wrong-recipients list-too-small entry-exists".split(" "),
  ..."bad-request bad-record bad-signature talk-stale list-stale".split(" "),
]);

/**
 * What follows from an attempt.
 *
 * @param {string} code - "" when it arrived, `offline` without an answer, else the code of the refusal.
 * @param {Pick<Parcel, "tries">} parcel
 * @param {number} now
 * @returns {{facts: Partial<Parcel> | null, halt: boolean}} New facts, null when it leaves the phone; `halt` when the
 *   others need not be tried now either.
 */
export function verdict(code, { tries }, now) {
  const later = (/** @type {number} */ wait) => ({ tries: tries + 1, next: now + wait, why: code });
  const wait = WAITS[Math.min(tries, WAITS.length - 1)];
  if (code === "") return { facts: null, halt: false };
  if (code === "offline") return { facts: later(wait), halt: true };
  if (code === "device-off" || code === "device-unknown") return { facts: later(HOUR), halt: true };
  // A text may still pass where a recording is refused: the others are tried.
  if (code === "quota" || code === "quota-voice") return { facts: later(HOUR), halt: false };
  if (FOR_GOOD.has(code)) return { facts: { state: "stuck", tries: tries + 1, why: code }, halt: false };
  return { facts: later(wait), halt: false };
}

/**
 * @typedef {object} Report
 * @property {string[]} arrived - Ids of what has left the phone.
 * @property {boolean} offline - That no answer came.
 * @property {number | null} next - When to try again, in milliseconds since 1970.
 */

/**
 * Sends everything that is ready and whose time has come.
 *
 * Only one window, or the service worker, does so at a time.
 *
 * @param {{all?: boolean}} [how] - `all`: also what waits after a failure, because there is reason to hope.
 * @returns {Promise<Report>}
 */
export function flush({ all = false } = {}) {
  return navigator.locks.request("start-send", async () => {
    /** @type {Report} */
    const report = { arrived: [], offline: false, next: null };
    for (const parcel of await parcels()) {
      if (parcel.state !== "ready") continue;
      if (report.offline || (!all && parcel.next > Date.now())) {
        report.next = Math.min(report.next ?? Infinity, parcel.next);
        continue;
      }
      const said = await attempt(parcel);
      // Nobody is told of it, so nobody could do anything about it: it does not stay for good.
      const refused = FOR_GOOD.has(said);
      // What the server had once may need what somebody else has still to hand in again.
      const code = refused && parcel.quiet ? "" : refused && parcel.again ? "busy" : said;
      const { facts, halt } = verdict(code, parcel, Date.now());
      await note(parcel.id, facts);
      if (!facts) report.arrived.push(parcel.id);
      else if (facts.next) report.next = Math.min(report.next ?? Infinity, facts.next);
      if (code === "device-off") await changePhone((kept) => void (kept.off = true));
      report.offline ||= halt;
    }
    return report;
  });
}

/** @param {Parcel} parcel @returns {Promise<string>} As `verdict` takes it. */
async function attempt(parcel) {
  const { id, circle, list, flag, bare, kept, about, reacts } = parcel;
  try {
    if (kept) return await handIn(id);
    if (bare) {
      await device("/api/flag", { json: { id: id.replace("alert ", "") } });
      return "";
    }
    const body = await bytesOf(id);
    if (!body) return "bad-envelope";
    /** @type {Record<string, string>} */
    const headers = { "Kindstem-List": circle === "self" ? "self" : `${circle}.${list}` };
    if (flag) headers["Kindstem-Flag"] = "1";
    // By this the server can count that the child was heard before a decision; it is an id, and no word.
    if (about) headers["Kindstem-About"] = about;
    if (reacts) headers["Kindstem-Reacts"] = reacts;
    await device(`/api/entries/${id}`, { method: "PUT", body, headers });
    return "";
  } catch (error) {
    if (error instanceof Offline) return "offline";
    if (error instanceof KindstemError) return error.code;
    throw error;
  }
}

/**
 * Sends something that is no envelope: what is in it the server must be able to read, such as an answer about a talk.
 *
 * @param {string} id
 */
async function handIn(id) {
  const here = await phone();
  const found = here && (await unseal(here.secret, id, await bytesOf(id)));
  if (!here || !found) return "bad-record";
  const { receipts, kept } = await device(found.path, { json: found.json });
  const { talk, answer, signed } = found.json;
  if (answer) await keepReceipts(here.secret, receipts, talk ? [talk, answer] : [answer]);
  // Asking again is the same request: then the receipt is that of the first (phone/log.js).
  if (signed) await keepReceipts(here.secret, receipts, [kept], signed);
  return "";
}

/** @returns {Promise<boolean>} Whether anything waits to be sent. */
export const anythingLeft = async () => (await phone()) !== undefined && (await parcels()).some((one) => one.state === "ready");
