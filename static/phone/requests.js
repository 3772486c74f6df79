/**
 * Requests of this child to talk alone (docs/protocol/attestation.md, section 8).
 *
 * Asking needs no PIN and no network. What was asked is shown only to whoever opened the lock, and what became of it is
 * the server's word; that a request is in the log is looked at in phone/log.js.
 *
 * @module
 */

import { now } from "../api.js";
import { KindstemError } from "../errors.js";
import { hashOf, makeRequest, makeRequestEnd, parseTalkSigned, timeText } from "../talks.js";
import { bytesOf, note, parcels } from "../vault.js";
import { newestList, shownList } from "./circles.js";
import { deviceSigner, phone, tell } from "./here.js";
import { postKept, unseal } from "./kept.js";
import { open } from "./memory.js";
import { requestRows } from "./news.js";

/** @typedef {import("../talks.js").RequestRecord} RequestRecord */
/**
 * With whom the child may want to talk, and whose desks then show it.
 *
 * @typedef {object} Choice
 * @property {string | null} to - The person; null for somebody independent.
 * @property {string} name - From a list of readers; "" for somebody independent.
 * @property {"worker" | "confidant"} circle
 */
/**
 * A request that is open.
 *
 * @typedef {object} Wish
 * @property {string} hash
 * @property {RequestRecord} record
 * @property {string} name - Of the person asked for, from any list of readers; "" for somebody independent.
 * @property {boolean} here - Whether that person still reads; for somebody independent, whether anybody of the circle does.
 * @property {string} parcel - Its place in the outbox while it has not gone; "" when it has.
 * @property {boolean} stuck - That the server will not take it.
 */

/** @returns {Choice[]} Those who read, as the child was shown them, and somebody independent. */
export function choices() {
  const of = (/** @type {"worker" | "confidant"} */ circle) => (shownList(circle)?.readers ?? []).map(({ person, name }) => ({ to: person, name, circle }));
  const confidants = of("confidant");
  // Whoever has a confidant asks for somebody independent without its worker seeing that (decision 0019).
  return [...of("worker"), ...confidants, { to: null, name: "", circle: confidants.length ? "confidant" : "worker" }];
}

/** @returns {boolean} Whether this phone can ask: it has to have heard once what the log calls this child. */
export const canAsk = () => Boolean(phone().subj ?? phone().called);

/**
 * Signs a request and puts it in the outbox.
 *
 * @param {Choice} choice
 * @returns {Promise<string>} Its place there.
 */
export async function ask({ to, circle }) {
  const { org, subj, called } = phone();
  const name = subj ?? called;
  if (!name) throw new KindstemError("offline");
  return post(await makeRequest({ org, subj: name, to, circle, way: "phone", at: timeText(new Date(now())) }, ...(await keys())));
}

/**
 * Takes a request away. One that has not gone yet never goes.
 *
 * @param {Wish} wish
 */
export async function takeAway({ hash, record, parcel }) {
  if (parcel && (await bytesOf(parcel))) await note(parcel, null);
  else await post(await makeRequestEnd({ org: record.org, subj: record.subj, request: hash, way: "phone", at: timeText(new Date(now())) }, ...(await keys())));
  tell();
}

async function keys() {
  const opened = open();
  return [await deviceSigner(), ...(opened?.unlock ? [opened.unlock] : [])];
}

/** @param {import("../talks.js").Signed} signed */
async function post(signed) {
  const id = await postKept(phone().secret, { path: "/api/requests", json: { signed } });
  tell();
  return id;
}

/** @returns {Promise<Wish[]>} The open requests, the oldest first. */
export async function wishes() {
  const waiting = await inOutbox();
  const away = new Set(waiting.map(({ record }) => record.request));
  /** @type {Wish[]} */
  const found = [];
  for (const { signed, closed } of requestRows()) {
    try {
      const { record } = parseTalkSigned(signed, "request");
      const hash = await hashOf(record);
      if (!closed && record.subj === (phone().subj ?? phone().called) && !away.has(hash)) found.push({ ...named(record), hash, parcel: "", stuck: false });
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
    }
  }
  for (const { record, parcel, stuck } of waiting) {
    // Handed in, and not yet taken out of the outbox: once is enough. And asking again is the same request.
    const same = found.some((one) => one.record.to === record.to && one.record.circle === record.circle);
    if (record.t === "request" && !same) found.push({ ...named(record), hash: await hashOf(record), parcel, stuck });
  }
  return found.sort((a, b) => (a.record.at < b.record.at ? -1 : 1));
}

/** @param {RequestRecord} record */
function named(record) {
  const { to, circle } = record;
  const here = newestList(circle)?.readers ?? [];
  const ever = (phone().lists[circle] ?? []).flatMap((one) => one.record.readers);
  const name = to === null ? "" : (ever.findLast((/** @type {any} */ one) => one.person === to)?.name ?? "");
  return { record, name, here: to === null ? here.length > 0 : here.some(({ person }) => person === to) };
}

/** @returns {Promise<{record: any, parcel: string, stuck: boolean}[]>} Requests and ends that have not gone. */
async function inOutbox() {
  const found = [];
  for (const { id, kept, quiet, state } of await parcels()) {
    const what = kept && !quiet ? await unseal(phone().secret, id, await bytesOf(id)) : null;
    const record = what?.json?.signed?.record;
    if (["request", "request-end"].includes(record?.t)) found.push({ record, parcel: id, stuck: state === "stuck" });
  }
  return found;
}
