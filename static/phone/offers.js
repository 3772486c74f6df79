/**
 * The offer to talk alone with somebody independent: who makes it, with whom the talk is, and what the child answers
 * (docs/protocol/offer.md).
 *
 * Nothing of it is shown with the lock shut. Whoever makes it is known from a list that this phone checked itself; the
 * answer is signed here, and waits for a network like all else.
 *
 * @module
 */

import { now } from "../api.js";
import { b64 } from "../bytes.js";
import { recordHash, signRecord, verifyRecord } from "../crypto/keys.js";
import { KindstemError } from "../errors.js";
import { signedBy, signedByDevice } from "../talks.js";
import { bytesOf, parcels } from "../vault.js";
import { parseRecord, parseSigned, timeText } from "../wire.js";
import { authors, newestList } from "./circles.js";
import { change, deviceSigner, phone, tell } from "./here.js";
import { postKept, unseal } from "./kept.js";
import { collect, openNamed } from "./mail.js";
import { open } from "./memory.js";
import { nameOf, offerRows } from "./news.js";

/** @typedef {import("../wire.js").OfferAnswerRecord} OfferAnswerRecord */
/** @typedef {import("../wire.js").ReadersRecord} ReadersRecord */
/** @typedef {import("../wire.js").Signed<ReadersRecord>} SignedList */
/** @typedef {"yes" | "no" | "later"} Says */
/**
 * What the child answered.
 *
 * @typedef {object} Said
 * @property {Says} says
 * @property {string} at
 * @property {string} offer - Which of the offers of one talk it names.
 * @property {string} tablet - On whose tablet; "" for this phone, or one before it.
 * @property {"arrived" | "waits" | "stuck"} state
 */
/**
 * The newest offer of one talk.
 *
 * @typedef {object} Offer
 * @property {string} entry
 * @property {string} at
 * @property {string} by - Name of whoever makes it.
 * @property {string} name - With whom the talk is; "" while nobody is known yet.
 * @property {SignedList | null} list - That this person may read what the child sends to them, signed by whoever makes the
 *   offer; null where nothing new is to be signed.
 * @property {boolean} wrong - That what came along to be signed is not what it should be: the child is not asked to sign it.
 * @property {boolean} held
 * @property {Said | null} said - The newest answer.
 */

/**
 * Whether the child has still to answer, as far as can be told without opening anything.
 *
 * @returns {Promise<boolean>}
 */
export async function unanswered() {
  const row = offerRows().find((one) => !one.held);
  if (!row) return false;
  const said = [...(await checked(row.answers)), ...(await waiting())].filter((one) => one.offer === row.entry).sort(byTime);
  return (said.at(-1)?.says ?? "later") === "later";
}

/**
 * Fetches what there is and opens the offers in it.
 *
 * @returns {Promise<{offer: Offer | null, failed: boolean}>} The newest offer of the newest talk that was not held.
 * @throws {KindstemError}
 * @throws {import("../api.js").Offline}
 */
export async function offered() {
  await collect();
  const rows = offerRows();
  const { items, failed } = await openNamed(rows.map((one) => one.entry));
  const known = rows.flatMap((row) => {
    const opened = items.get(row.entry)?.opened;
    return opened?.meta.kind === "offer" && opened.author === "verified" ? [{ ...row, opened }] : [];
  });
  const newest = known.find((one) => !one.held);
  if (!newest) return { offer: null, failed };
  const same = known.filter((one) => one.opened.doc.of === newest.opened.doc.of);
  const answers = await checked(same.flatMap((one) => one.answers));
  const ids = same.map((one) => one.entry);
  const said = [...answers, ...(await waiting()).filter((one) => ids.includes(one.offer))].sort(byTime);
  const { doc, meta } = newest.opened;
  const list = await listOf(doc.list, meta.by);
  // Named in an earlier offer, it is still that person.
  const person = same.flatMap((one) => one.opened.doc.list?.record.readers ?? [])[0];
  const here = newestList("independent")?.readers.some((one) => one.person === person?.person) ?? false;
  return {
    offer: {
      entry: newest.entry,
      at: meta.at,
      by: nameOf(meta.by),
      name: list?.record.readers[0].name ?? (here ? person.name : ""),
      list,
      wrong: doc.list !== null && !list && !here,
      held: newest.held,
      said: said.at(-1) ?? null,
    },
    failed,
  };
}

/** @param {Said} a @param {Said} b */
const byTime = (a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0);

/**
 * Answers that the server shows, when a phone of this child or a known professional's tablet signed them.
 *
 * @param {any[]} shown - In the order in which they came in.
 * @returns {Promise<Said[]>}
 */
async function checked(shown) {
  const known = authors();
  const { org, child, record: own } = phone();
  /** @type {Said[]} */
  const found = [];
  for (const candidate of shown) {
    try {
      const signed = parseSigned(candidate, "offer-answer");
      const { record } = /** @type {{record: OfferAnswerRecord}} */ (signed);
      if (record.org !== org || record.child !== child) continue;
      const { says, at, offer } = record;
      if (record.way === "phone") {
        // An answer from the phone before this one is the child's too, but this phone knows no key of that one.
        if (await signedByDevice(signed, own.record)) found.push({ says, at, offer, tablet: "", state: "arrived" });
        continue;
      }
      for (const [by, { circles = {}, keys }] of known) {
        // By whoever reads as a worker, or did: the talk's own professional answers for nobody.
        for (const key of "worker" in circles ? keys : []) {
          if (await signedBy(signed, key)) found.push({ says, at, offer, tablet: nameOf(by), state: "arrived" });
        }
      }
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
    }
  }
  return found;
}

/** @returns {Promise<Said[]>} Answers that have not gone yet. */
async function waiting() {
  /** @type {Said[]} */
  const found = [];
  for (const { id, kept, quiet, state } of await parcels()) {
    const what = kept && !quiet ? await unseal(phone().secret, id, await bytesOf(id)) : null;
    const record = what?.json?.signed?.record;
    if (record?.t === "offer-answer") found.push({ says: record.says, at: record.at, offer: record.offer, tablet: "", state: state === "stuck" ? "stuck" : "waits" });
  }
  return found;
}

/**
 * The list that comes along, when it follows what this phone knows, names one person who reads nothing of this child, and
 * whoever makes the offer signed it.
 *
 * @param {any} candidate @param {string} by
 * @param {{org: string, child: string, newest: (circle: "worker" | "confidant" | "oncall" | "independent") => ReadersRecord | null}} [here]
 * @returns {Promise<SignedList | null>}
 */
export async function listOf(candidate, by, here = { ...phone(), newest: newestList }) {
  if (!candidate) return null;
  const signed = /** @type {SignedList} */ (parseSigned(candidate, "readers"));
  const { record } = signed;
  const last = here.newest("independent");
  const follows = record.circle === "independent" && record.number === (last?.number ?? 0) + 1 && record.prev === (last ? b64(await recordHash(last)) : null);
  if (record.org !== here.org || record.child !== here.child || !follows) return null;
  const elsewhere = /** @type {const} */ (["worker", "confidant", "oncall"]).flatMap((circle) => here.newest(circle)?.readers ?? []);
  if (record.readers.some((one) => elsewhere.some((other) => other.person === one.person || other.reading === one.reading))) return null;
  const maker = here.newest("worker")?.readers.find((one) => one.person === by);
  for (const key of maker?.signing ?? []) if (await verifyRecord(signed, key)) return signed;
  return null;
}

/**
 * The talk by which somebody reads now, or did until the child said no; to end or take up the reading, also once it was held.
 *
 * @returns {Offer | null} Null while nobody is on the list, and as long as the server named no offer since this page was opened.
 */
export function reading() {
  const row = offerRows()[0];
  const name = newestList("independent")?.readers[0].name;
  return row && name ? { entry: row.entry, at: "", by: "", name, list: null, wrong: false, held: row.held, said: null } : null;
}

/**
 * Signs what the child answers and puts it in the outbox. With a yes, the list that came along is signed as well: that is
 * how somebody comes to read what the child sends them.
 *
 * @param {Offer} offer @param {Says} says
 * @returns {Promise<string>} Its place there.
 */
export async function answer({ entry, list }, says) {
  const { org, child, secret } = phone();
  /** @type {OfferAnswerRecord} */
  const record = { t: "offer-answer", v: 1, org, child, offer: entry, says, way: "phone", at: timeText(new Date(now())) };
  parseRecord(record, "offer-answer");
  const opened = open();
  const device = await deviceSigner();
  const keys = [device, ...(opened?.unlock ? [opened.unlock] : [])];
  const sigs = await Promise.all(keys.map((key) => signRecord(record, key)));
  const id = await postKept(secret, { path: "/api/offers", json: { signed: { record, sigs } } });
  // By the no nobody reads there any more, and nothing more is sealed to them; by the next yes they do again.
  await change((kept) => void (kept.declined = says === "no" || (says === "later" && kept.declined === true)));
  if (says === "yes" && list) {
    const both = { record: list.record, sigs: [...list.sigs, await signRecord(list.record, device)] };
    // Refused, it has been overtaken by another list, which the child is shown: there is nothing to send anew.
    await postKept(secret, { path: "/api/lists", json: { list: both }, quiet: true });
    // The child was just shown what this list says; any other that comes under this number this phone did not sign.
    await change((kept) => void (kept.shown.independent = list.record.number));
  }
  tell();
  return id;
}
