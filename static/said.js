/**
 * That a quote is literal, shown to somebody who is not shown the rest of the entry (docs/protocol/said.md). Twin of
 * kindstem/said.py: whatever one of the two refuses, the other refuses under the same code.
 *
 * @module
 */

import { b64, equal, random, unb64, utf8 } from "./bytes.js";
import { signRecord, verifyRecord } from "./crypto/keys.js";
import { hashNow, inclusionOf, leafNow, rootFrom, rootOver, saltsOf } from "./crypto/tree.js";
import { sha256 } from "./crypto/web.js";
import { KindstemError } from "./errors.js";
import { canonical, hash, integer, label, listOf, objectOf, parseRecord, parseSigned } from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./crypto/keys.js").Signer} Signer */
/** @typedef {import("./wire.js").SaidRecord} SaidRecord */
/**
 * @template [R=any]
 * @typedef {import("./wire.js").Signed<R>} Signed
 */
/** @typedef {Pick<SaidRecord, "org" | "child" | "entry" | "kind" | "about" | "at" | "way">} Place Where an entry stands, as its envelope says. */
/** @typedef {{v: 1, seed: string, signed: Signed<SaidRecord>}} Said What stands in an entry, so that its quotes can be proven. */
/** @typedef {Record<string, any>} Piece */
/**
 * What is quoted: code points of a text or milliseconds of a recording; a drawing, or the question of a text alone,
 * without from and to; or an answer.
 * @typedef {{part: number, from?: number, to?: number} | {answer: number}} Range
 */
/** @typedef {{index: number, salt: string, piece: Piece}} Leaf */
/** @typedef {{part?: number, from?: number, to?: number, answer?: number, text?: string, leaves: Leaf[], path: string[]}} Shown */
/** @typedef {{v: 1, signed: Signed<SaidRecord>, quotes: Shown[]}} Proof */
/** @typedef {{range: Range, text: string, around: string, pieces: Piece[]}} Quote `around`: the whole words where it begins and ends. */

/** Code points of a piece before its spaces: what is longer, such as an address, is cut. */
const LONGEST_WORD = 64;
/** What says more carries nothing by which it could be proven: both who seals and who opens would wait for its tree. */
export const MOST_PIECES = 10_000;
// What Unicode 15 calls White_Space, and the scripts that put nothing between words. Written out, so that a browser with
// other tables cuts at the same places.
const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const UNSPACED =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const WORD = new RegExp(`[${UNSPACED}][${SPACE}]*|[^${SPACE}${UNSPACED}]{1,${LONGEST_WORD}}[${SPACE}]*|[${SPACE}]+`, "gu");

/** @returns {KindstemError} */
const altered = () => new KindstemError("quote-altered");

/** @param {string} text @returns {number} In code points, as all places here are counted. */
const lengthOf = (text) => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

// --- pieces ----------------------------------------------------------------------------------------------------------

/**
 * A text as its words, each with the spaces behind it, and the place of each in code points.
 * @param {string} text @returns {{at: number, text: string}[]}
 */
export function words(text) {
  let at = 0;
  return (text.match(WORD) ?? []).map((word) => {
    const here = { at, text: word };
    at += lengthOf(word);
    return here;
  });
}

/**
 * Whether an entry has more pieces than are signed. Stops counting as soon as it has.
 * @param {any} doc @returns {boolean}
 */
export function tooLong(doc) {
  /** @type {any[]} */
  const parts = doc.parts ?? [];
  let left = MOST_PIECES - (doc.answers ?? []).length - (doc.value === undefined ? 0 : 1) - parts.length;
  for (const { kind, text } of parts) {
    if (kind !== "text") continue;
    for (const _ of text.matchAll(WORD)) if (--left < 0) return true;
  }
  return left < 0;
}

/** @param {{size: number[], strokes: any[]}} part @returns {string} The hash by which a piece names a drawing: of its size and strokes. */
export const drawingHash = ({ size, strokes }) => b64(hashNow(label("said drawing"), canonical({ size, strokes })));

/** @param {Uint8Array} recording @returns {Promise<string>} The hash by which a piece names a recording: of its bytes. */
export const soundHash = async (recording) => b64(await sha256(recording));

/**
 * All that an entry says, in pieces: its answers, then its parts, a text with its question before its words.
 * @param {any} doc @param {Uint8Array[]} [attachments] - Recordings, one for each voice part, in order.
 * @returns {Promise<Piece[]>} Empty when nothing was said.
 * @throws {KindstemError} `bad-envelope` when the recordings are not those of the document.
 */
export async function pieces(doc, attachments = []) {
  /** @type {any[]} */
  const parts = doc.parts ?? [];
  if (parts.filter((part) => part.kind === "voice").length !== attachments.length) throw new KindstemError("bad-envelope", { field: "attachments" });
  const { prompt, value, options } = doc;
  // A reaction is an answer to one question.
  const answers = value === undefined ? (doc.answers ?? []) : [{ prompt, value, ...(options ? { options } : {}) }];
  /** @type {Piece[]} */
  const found = answers.map((/** @type {any} */ one, /** @type {number} */ answer) => ({ kind: "answer", answer, ...one }));
  let sounds = 0;
  for (const [i, part] of parts.entries()) {
    const head = { kind: part.kind, part: i, prompt: part.prompt };
    if (part.kind === "voice") found.push({ ...head, type: part.type, ms: part.ms, hash: await soundHash(attachments[sounds++]) });
    else if (part.kind === "drawing") found.push({ ...head, hash: drawingHash(part) });
    else {
      found.push(head);
      for (const word of words(part.text)) found.push({ kind: "word", part: i, ...word });
    }
  }
  return found;
}

const PIECE = label("said piece");

/** @param {Bytes} salt @param {Piece} piece */
const leaf = (salt, piece) => leafNow(PIECE, salt, pieceBytes(piece));

/** @param {Piece} piece @returns {Bytes} Its canonical form; of words, of which there are thousands, written out at once. */
function pieceBytes(piece) {
  if (piece.kind !== "word") return canonical(piece);
  return utf8(`{"at":${piece.at},"kind":"word","part":${piece.part},"text":${JSON.stringify(piece.text)}}`);
}

/** @param {Piece[]} all @param {Bytes} seed */
async function treeOf(all, seed) {
  const salts = await saltsOf(seed, "said salt", all.length);
  return { salts, leaves: all.map((piece, i) => leaf(salts[i], piece)) };
}

// --- signing and checking --------------------------------------------------------------------------------------------

/**
 * The record to be signed over what an entry says.
 * @param {Place} place @param {any} doc @param {Uint8Array[]} attachments
 * @param {Bytes} seed - 32 random bytes, drawn anew each time an entry is sealed.
 * @returns {Promise<SaidRecord | null>} Null when it says nothing, or more than is signed.
 */
export async function saidRecord({ org, child, entry, kind, about, at, way }, doc, attachments, seed) {
  if (tooLong(doc)) return null;
  const all = await pieces(doc, attachments);
  if (!all.length) return null;
  const root = b64(rootOver((await treeOf(all, seed)).leaves));
  return parseRecord({ t: "said", v: 1, org, child, entry, kind, about, at, way, n: all.length, root }, "said");
}

/**
 * The document with what lets its quotes be proven, as it goes into the envelope; as it is when it says nothing, or more
 * than is signed: no words of a child are ever refused for that.
 * @param {Place} place @param {any} doc @param {Uint8Array[]} attachments
 * @param {(Signer | null)[]} signers - The device's or the professional's; the unlock key as well while the lock is open.
 * @returns {Promise<any>}
 */
export async function withSaid(place, doc, attachments, signers) {
  const seed = random(32);
  const record = await saidRecord(place, doc, attachments, seed);
  if (!record) return doc;
  const sigs = await Promise.all(signers.flatMap((signer) => (signer ? signRecord(record, signer) : [])));
  return { ...doc, said: { v: 1, seed: b64(seed), signed: { record, sigs } } };
}

/**
 * Whether what lets quotes be proven is signed by one of these keys and fits what is in the entry, and where it stands.
 * @param {any} doc @param {Said} said @param {string[]} keys - Public keys of the author, in b64.
 * @param {Place} place @param {Uint8Array[]} [attachments]
 * @returns {Promise<boolean>}
 */
export async function check(doc, said, keys, place, attachments = []) {
  try {
    const signed = parseSigned(said.signed, "said");
    const expected = await saidRecord(place, doc, attachments, unb64(said.seed));
    if (!expected || !equal(canonical(expected), canonical(signed.record))) return false;
    const good = await Promise.all(keys.map((key) => verifyRecord(signed, key)));
    return good.includes(true);
  } catch (error) {
    if (error instanceof KindstemError) return false;
    throw error;
  }
}

// --- proving ---------------------------------------------------------------------------------------------------------

/**
 * The ranges for prove that leave nothing of an entry out: for what must be shown whole, such as an objection.
 * @param {any} doc @returns {Range[]}
 */
export function everything(doc) {
  /** @type {any[]} */
  const answers = doc.value === undefined ? (doc.answers ?? []) : [doc];
  /** @type {any[]} */
  const parts = doc.parts ?? [];
  return [
    ...answers.map((_, answer) => ({ answer })),
    ...parts.map((one, part) => {
      const to = one.kind === "text" ? lengthOf(one.text) : (one.ms ?? 0);
      return to ? { part, from: 0, to } : { part };
    }),
  ];
}

/**
 * A proof that these quotes stand in the entry: it shows the words they touch, their question, and no more.
 * @param {any} doc @param {Said} said @param {Range[]} ranges @param {Uint8Array[]} [attachments]
 * @returns {Promise<Proof>}
 * @throws {KindstemError} `quote-altered` for a range that is not in the entry, and for an entry of more pieces than are signed.
 */
export async function prove(doc, said, ranges, attachments = []) {
  if (tooLong(doc)) throw altered();
  const all = await pieces(doc, attachments);
  const { salts, leaves } = await treeOf(all, unb64(said.seed));
  /** @type {Shown[]} */
  const quotes = ranges.map((/** @type {any} */ range) => {
    const indices = all.flatMap((piece, i) => (needed(piece, range) ? [i] : []));
    if (!indices.length) throw altered();
    /** @type {{text?: string}} */
    const text = {};
    if (all[indices[0]].kind === "text" && "from" in range) text.text = [...doc.parts[range.part].text].slice(range.from, range.to).join("");
    return {
      ...range,
      ...text,
      leaves: indices.map((index) => ({ index, salt: b64(salts[index]), piece: all[index] })),
      path: inclusionOf(indices, leaves).map(b64),
    };
  });
  /** @type {Proof} */
  const proof = { v: 1, signed: said.signed, quotes };
  parseProof(proof);
  for (const quote of quotes) fit(quote);
  return proof;
}

/** Whether a range needs this piece. @param {Piece} piece @param {any} range */
function needed(piece, range) {
  if ("answer" in range) return piece.answer === range.answer;
  if (piece.part === undefined || piece.part !== range.part) return false;
  if (piece.kind !== "word") return true;
  return "from" in range && piece.at < range.to && piece.at + lengthOf(piece.text) > range.from;
}

// --- verifying -------------------------------------------------------------------------------------------------------

/** @typedef {(value: any) => boolean} Check */

const at = integer(0);
/** @type {Check} */
const line = (value) => typeof value === "string";
const head = { kind: line, part: at, prompt: line };
/** @type {Record<string, Check>} */
const PIECES = {
  answer: objectOf({ kind: line, answer: at, prompt: line, value: () => true }, { key: line, options: listOf(line, 1, 40) }),
  text: objectOf(head),
  word: objectOf({ kind: line, part: at, at, text: (value) => line(value) && value !== "" }),
  voice: objectOf({ ...head, type: line, ms: at, hash }),
  drawing: objectOf({ ...head, hash }),
};

/** @type {Check} */
const isPiece = (value) => typeof value?.kind === "string" && Object.hasOwn(PIECES, value.kind) && PIECES[value.kind](value);
const isQuote = objectOf(
  { leaves: listOf(objectOf({ index: at, salt: hash, piece: isPiece }), 1, MOST_PIECES), path: listOf(hash, 0, MOST_PIECES) },
  { part: at, from: at, to: at, text: line, answer: at },
);
const isProof = objectOf({ v: integer(1, 1), signed: () => true, quotes: listOf(isQuote, 1, 1000) });

/** @param {any} proof @returns {Signed<SaidRecord>} */
function parseProof(proof) {
  const bad = () => new KindstemError("bad-record", { field: "proof" });
  if (!isProof(proof)) throw bad();
  // Depth, surrogates and sizes of numbers: what has no canonical form was never hashed.
  canonical(proof);
  for (const { leaves } of /** @type {Proof} */ (proof).quotes) {
    if (leaves.some((one, i) => i > 0 && one.index <= leaves[i - 1].index)) throw bad();
  }
  const signed = /** @type {Signed<SaidRecord>} */ (parseSigned(proof.signed, "said"));
  if (signed.record.n > MOST_PIECES) throw bad();
  return signed;
}

/**
 * What a proof shows, when this key signed it; whose key it is the caller must know from elsewhere.
 *
 * @param {any} proof
 * @param {Bytes | string} key - 32 bytes, or these in b64.
 * @returns {Promise<{signed: Signed<SaidRecord>, quotes: Quote[], whole: boolean}>} `whole`: that nothing of what the entry
 *   says is left out. A second signature, by the unlock key, shows that the phone's lock was open.
 * @throws {KindstemError} `bad-record` for what has not the form, `bad-signature` when another key signed or none,
 *   `quote-altered` when a quote differs from what was signed.
 */
export async function verifyProof(proof, key) {
  const signed = parseProof(proof);
  if (!(await verifyRecord(signed, key))) throw new KindstemError("bad-signature");
  const { n } = signed.record;
  const root = unb64(signed.record.root);
  const shown = new Set();
  const quotes = /** @type {Proof} */ (proof).quotes.map((one) => {
    const leaves = new Map(one.leaves.map(({ index, salt, piece }) => [index, leaf(unb64(salt), piece)]));
    const found = rootFrom(leaves, n, one.path.map(unb64));
    if (!found || !equal(found, root)) throw altered();
    for (const index of leaves.keys()) shown.add(index);
    return fit(one);
  });
  return { signed, quotes, whole: shown.size === n };
}

/**
 * The words that a proof shows, with a mark where something may be left out.
 * @param {any} proof @param {Bytes | string} key @returns {Promise<string>}
 * @throws {KindstemError} As verifyProof.
 */
export async function verifyQuote(proof, key) {
  const { quotes } = await verifyProof(proof, key);
  return quotes.flatMap(({ text }) => (text ? [text] : [])).join(" … ");
}

/**
 * A quote against the pieces shown with it: they are those it needs, and no others, and its words are theirs.
 * @param {Shown} quote @returns {Quote}
 */
function fit(quote) {
  const found = quote.leaves.map(({ piece }) => piece);
  /** @type {any} */
  const range = {};
  for (const name of /** @type {const} */ (["part", "from", "to", "answer"])) if (quote[name] !== undefined) range[name] = quote[name];
  const fields = Object.keys(range).join();
  const [first, ...spoken] = found;
  let text = "";
  let around = "";
  let good = false;
  if ("answer" in range) good = fields === "answer" && first.answer === range.answer && !spoken.length;
  else if (first.part === undefined || first.part !== range.part || first.kind === "word") good = false;
  else if (!("from" in range)) good = fields === "part" && !spoken.length;
  else if (fields !== "part,from,to" || range.from >= range.to) good = false;
  else if (first.kind === "text") {
    good = spoken.length > 0 && joined(quote.leaves.slice(1), range);
    if (good) {
      around = spoken.map((piece) => piece.text).join("");
      text = [...around].slice(range.from - spoken[0].at, range.to - spoken[0].at).join("");
    }
  } else good = first.kind === "voice" && !spoken.length && range.to <= first.ms;
  if (!good || (quote.text ?? "") !== text || (quote.text !== undefined) !== (text !== "")) throw altered();
  return { range, text, around, pieces: found };
}

/**
 * Whether these are the words of a part that a range touches, all of them, one behind the other.
 * @param {Leaf[]} leaves @param {{part: number, from: number, to: number}} range
 */
function joined(leaves, range) {
  const begin = leaves[0].piece.at;
  const index = leaves[0].index;
  let place = begin;
  for (const [step, one] of leaves.entries()) {
    const { kind, part, at: here, text } = one.piece;
    if (kind !== "word" || part !== range.part || here !== place || one.index !== index + step || !needed(one.piece, range)) return false;
    place += lengthOf(text);
  }
  return begin <= range.from && range.to <= place;
}
