/**
 * A transcript of a document: one version with what proves it, in one file that this desk's reader signs. Whoever gets it
 * needs nothing of the rest (docs/protocol/transcript.md).
 *
 * @module
 */

import { b64, unb64 } from "../bytes.js";
import { recordHash, verifyRecord } from "../crypto/keys.js";
import { sha256 } from "../crypto/web.js";
import { cosigned } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { prove, tooLong } from "../said.js";
import { canonical, encodePayload, timeText } from "../wire.js";
import { hasPhone, phoneOf } from "./desk-caseload.js";
import { literal, recordingOf, ruleLeftOut } from "./desk-document.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {import("./desk-document.js").Paper} Paper */
/** @typedef {import("./desk-document.js").Quote} Quote */
/** @typedef {"literal" | "sound" | "drawing" | "reader"} Proven */

/**
 * A transcript that was made.
 *
 * @typedef {object} Transcript
 * @property {Bytes} file
 * @property {string} hash - Of its record, in b64.
 * @property {string} code - What stands on every page of the paper.
 * @property {Proven[]} proven - What it shows of each quote.
 * @property {Opened[]} reactions - Those that are in it, oldest first.
 * @property {Recording[]} recordings - Those that its proven quotes are from. None is in the file.
 */

/** A recording as the child made it: its entry's time, its type, its bytes. @typedef {{at: string, type: string, bytes: Bytes}} Recording */

/** What nobody would read who checks it (docs/protocol/transcript.md). */
const MOST_BYTES = 64 * 1024 * 1024;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * The first 80 bits of a hash as 16 Crockford characters in four groups: to compare paper with a file by eye.
 *
 * @param {Uint8Array} hash
 * @returns {string}
 */
export function shortCode(hash) {
  let bits = 0n;
  for (const byte of hash.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  const letters = Array.from({ length: 16 }, (_, at) => CROCKFORD[Number((bits >> BigInt(5 * (15 - at))) & 31n)]).join("");
  return (letters.match(/.{4}/g) ?? []).join("-");
}

/**
 * Makes the transcript of a version, out of entries as the server has them. Nothing is shown, kept or sent.
 *
 * @param {Caseload} caseload @param {Kid} kid @param {Paper} paper @param {string} shown - The version.
 * @param {string} why - For whom it is, and what for.
 * @returns {Promise<Transcript>}
 * @throws {KindstemError} `quote-altered` when a quote is not what its source says, or leaves out what the child asked;
 *   `not-found` for a source that the server has not; `author-unverified` for a key that nobody vouches for; `too-large`.
 */
export async function transcriptOf(caseload, kid, paper, shown, why) {
  const { org, person } = caseload.session;
  const versions = await caseload.whole(kid, paper.versions.map((one) => one.row.id));
  const { doc } = /** @type {Opened} */ (versions.get(shown));
  const sources = await caseload.whole(kid, [...new Set(/** @type {string[]} */ (doc.quotes.map((/** @type {Quote} */ one) => one.entry)))]);
  const reactions = [...(await caseload.whole(kid, paper.reactions.map((one) => one.row.id))).values()].filter((one) => one.author !== "unverified");
  await caseload.misfits(kid);

  /** @type {{proof: any, drawing?: any}[]} */
  const quotes = [];
  for (const quote of doc.quotes) quotes.push(await proven(quote, sources.get(quote.entry)));
  const spoken = [...reactions, ...doc.quotes.map((/** @type {Quote} */ one) => /** @type {Opened} */ (sources.get(one.entry)))];
  const devices = devicesOf(kid, spoken);
  const signers = [person.id, ...[...versions.values()].map(by), ...devices.map((one) => one.by), ...spoken.filter((one) => one.author === "tablet").map(by)];
  // Whose key nobody vouches for would make a file that proves nothing.
  if (signers.some((one) => !caseload.trust.introduced.has(one))) throw new KindstemError("author-unverified");
  const record = {
    t: "transcript",
    v: 1,
    org: org.id,
    child: kid.child,
    by: person.id,
    at: timeText(),
    for: why,
    versions: await Promise.all([...versions.values()].map((one) => versionOf(one, one.row.id === shown))),
    quotes,
    reactions: reactions.map(reactionOf),
    persons: await recordsOf(caseload, [...signers, ...doc.interpretation.map((/** @type {any} */ one) => one.by)]),
    devices: devices.map(({ record, sigs }) => ({ record, sigs })),
  };
  const hash = await recordHash(record);
  const file = canonical(await cosigned({ record, sigs: [] }));
  if (file.length > MOST_BYTES) throw new KindstemError("too-large");
  return { file, hash: b64(hash), code: shortCode(hash), proven: quotes.map(({ proof }, n) => (proof ? PROVEN[/** @type {Quote} */ (doc.quotes[n]).kind] : "reader")), reactions, recordings: recordingsOf(doc.quotes, sources) };
}

/**
 * The recordings that quotes are from, each once; those of entries without a proof would prove nothing.
 *
 * @param {Quote[]} quotes @param {Map<string, Opened>} sources
 * @returns {Recording[]}
 */
export function recordingsOf(quotes, sources) {
  const found = new Map();
  for (const { kind, entry, part, at } of quotes) {
    const source = sources.get(entry);
    if (kind !== "voice" || source?.state !== "open" || !source.doc.said || tooLong(source.doc)) continue;
    found.set(`${entry} ${part}`, { at, type: source.doc.parts[part].type, bytes: recordingOf(source, part) });
  }
  return [...found.values()];
}

/** @type {Record<Quote["kind"], Proven>} */
const PROVEN = { text: "literal", voice: "sound", drawing: "drawing" };

/** @param {Opened} one @returns {string} */
const by = ({ meta }) => meta?.by ?? "";

/**
 * A quote with what proves it: its words, and what the child asked about them. Null for an entry that carries nothing.
 *
 * @param {Quote} quote @param {Opened | undefined} source
 */
async function proven(quote, source) {
  if (!source || literal(quote, source) !== "literal" || ruleLeftOut(quote, source) || source.misfit) throw new KindstemError("quote-altered");
  const { doc, attachments } = source;
  const part = doc.parts[quote.part];
  const drawing = quote.kind === "drawing" ? { drawing: { size: part.size, strokes: part.strokes } } : {};
  if (!doc.said || tooLong(doc)) return { proof: null, ...drawing };
  const range = quote.kind === "drawing" ? { part: quote.part } : { part: quote.part, from: quote.from, to: quote.to };
  const asked = (doc.answers ?? []).findIndex((/** @type {any} */ one) => one.key === "child.share");
  return { proof: await prove(doc, doc.said, [range, ...(quote.share ? [{ answer: asked }] : [])], attachments), ...drawing };
}

/** @param {Opened} version @param {boolean} shown - Whether its words are to be read; of the others a hash shows that they were. */
async function versionOf({ row, meta, doc, sigs }, shown) {
  const what = shown ? { doc } : { hash: b64(await sha256(encodePayload("perspective", doc))) };
  return { id: row.id, meta, sig: b64(sigs[0]), ...what };
}

/** Whole: what the child says of a document is never shown in part. @param {Opened} reaction */
const reactionOf = ({ row, meta, doc, attachments, sigs }) => ({
  id: row.id,
  meta,
  doc,
  attachments: attachments.map(b64),
  sig: b64(sigs[0]),
  unlock: meta?.lock === "open" ? b64(sigs[1]) : null,
});

/** The phones that something of this came from. @param {Kid} kid @param {Opened[]} spoken */
function devicesOf(kid, spoken) {
  const wanted = new Set(spoken.filter((one) => one.author !== "tablet").map(by));
  const found = kid.phones.filter((one) => wanted.has(one.record.device));
  if (found.length < wanted.size) throw new KindstemError("author-unverified");
  return found;
}

/**
 * The key records of these people and of everybody by whose word they are believed: whoever reads the file begins at
 * somebody whom they know.
 *
 * @param {Caseload} caseload @param {string[]} wanted
 */
async function recordsOf(caseload, wanted) {
  const { introduced } = caseload.trust;
  const found = [];
  const seen = new Set();
  for (const waiting = [...wanted]; waiting.length; ) {
    const person = /** @type {string} */ (waiting.shift());
    const known = introduced.get(person);
    if (seen.has(person) || !known) continue;
    seen.add(person);
    waiting.push(...known.by);
    const keys = [person, ...known.by].flatMap((one) => introduced.get(one)?.record.signing ?? []);
    const offered = caseload.people.map(({ record }) => record).filter((one) => one?.record?.person === person);
    found.push({ record: known.record, sigs: await goodOnes(known.record, offered.flatMap((one) => one.sigs), keys) });
  }
  return found;
}

/**
 * The signatures under a record that are by these keys, one of each.
 *
 * @param {any} record @param {{by: string, sig: string}[]} sigs @param {string[]} keys
 */
async function goodOnes(record, sigs, keys) {
  const good = new Map();
  for (const one of sigs) {
    if (good.has(one.by)) continue;
    for (const key of keys) if (await verifyRecord({ record, sigs: [one] }, key)) good.set(one.by, one);
  }
  return [...good.values()];
}

/**
 * Whether what is recorded of a transcript goes to no phone: where somebody looks in it, or the document was not offered.
 *
 * @param {Kid} kid @param {any} doc - The version.
 */
export const isForReaders = (kid, doc) => !hasPhone(kid) || phoneOf(kid).watched || doc.reaction.state === "none";

/** What was recorded of a transcript: that it was taken along, by whom, for whom. @typedef {{version: string, by: string, at: string, why: string, code: string}} Taken */

/**
 * The transcripts of a document that readers recorded, as far as they are open; oldest first.
 *
 * @param {Iterable<Opened>} all @param {Paper} paper
 * @returns {Taken[]}
 */
export function takenOf(all, paper) {
  const ids = new Set(paper.versions.map((one) => one.row.id));
  return [...all]
    .filter((one) => one.state === "open" && one.meta?.kind === "note" && one.doc.what === "transcript" && one.author !== "unverified" && ids.has(one.meta.about ?? ""))
    .sort((a, b) => a.row.place - b.row.place)
    .map(({ meta, doc }) => ({
      version: meta?.about ?? "",
      by: meta?.by ?? "",
      at: meta?.at ?? "",
      why: doc.parts.map((/** @type {any} */ part) => part.text ?? "").join(" "),
      code: shortCode(unb64(doc.file)),
    }));
}
