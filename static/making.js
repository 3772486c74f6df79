/**
 * What a child is making: all that it has said so far, and what that is inside an envelope (docs/protocol/envelope.md).
 *
 * Pure, and the same on the child's phone and on a professional's tablet in kindmodus.
 *
 * @module
 */

import { concat } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").ListCircle | "self"} Circle */
/** @typedef {"feel" | "say" | "draw" | "write" | "house" | "alert" | "react" | "again"} Way Through which door it began. */
/** @typedef {"checkin" | "house" | "flag" | "reaction"} Kind */
/** @typedef {"good" | "worry" | "dream"} House */
/** @typedef {{key: string, prompt: string, options?: string[], value: any}} Answer */
/** @typedef {{prompt: string, type: string, ms: number, bytes: Bytes}} Voice */
/** @typedef {{colour: string, width: number, points: number[]}} Stroke */

/**
 * @typedef {object} Said
 * @property {Kind} kind
 * @property {House | null} house - Which of the three houses it belongs to; null when it is no house.
 * @property {Map<string, Answer>} answers
 * @property {{prompt: string, text: string} | null} text
 * @property {Voice[]} voices
 * @property {{prompt: string, strokes: Stroke[]} | null} drawing
 * @property {{prompt: string, options: string[], value: string} | null} reaction
 * @property {{kind: string, n: number} | null} [part] - Which part of a document a reaction is about; null for the whole of
 *   one, and left out where it is about an answer.
 */

/**
 * @typedef {object} About
 * @property {string} id
 * @property {Way} way
 * @property {Circle | null} circle
 * @property {string | null} about - The answer that a reaction is about.
 */

/** @typedef {Said & About} Making */

/** The order in which questions are asked, and in which a reader finds the answers. */
const ORDER = ["child.phone", "child.talk", "child.mood", "child.feel", "child.safe", "child.where", "child.want", "child.share", "child.alone", "child.unsafe.reach"];

/** @param {Kind} kind @param {House | null} [house] @returns {Said} Nothing yet. */
export const nothing = (kind, house = null) => ({ kind, house, answers: new Map(), text: null, voices: [], drawing: null, reaction: null });

/** @param {Said} made @returns {boolean} Whether nothing has been said yet. Who may read is no message, nor whom it goes with. */
export const saysNothing = (made) => [...made.answers.keys()].every((key) => key === "child.talk") && !made.text?.text.trim() && made.voices.length === 0 && !made.drawing?.strokes.length && !made.reaction;

/**
 * The payload of what is being made.
 *
 * @param {Said} made
 * @param {{level: string, lang: string}} screen - In which words it was asked.
 * @returns {{doc: any, attachments: Bytes[]}}
 */
export function payloadOf(made, { level, lang }) {
  const parts = [];
  if (made.text?.text.trim()) parts.push({ kind: "text", prompt: made.text.prompt, text: whole(made.text.text) });
  for (const { prompt, type, ms, bytes } of made.voices) parts.push({ kind: "voice", prompt, type, ms, bytes: bytes.length });
  if (made.drawing?.strokes.length) {
    parts.push({ kind: "drawing", prompt: made.drawing.prompt, size: [1000, 1000], strokes: made.drawing.strokes });
  }
  const attachments = made.voices.map((voice) => voice.bytes);
  if (made.kind === "reaction") {
    // In one's own words only: then those are the answer, and their question is the one that was asked.
    const { prompt, options, value } = made.reaction ?? { prompt: made.text?.prompt ?? "", options: undefined, value: "" };
    const part = made.part === undefined ? {} : { part: made.part };
    return { doc: { v: 1, lang, level, prompt, value, parts, ...(options ? { options } : {}), ...part }, attachments };
  }
  const answers = ORDER.flatMap((key) => made.answers.get(key) ?? []);
  return { doc: { v: 1, level, lang, answers, parts, ...(made.house ? { house: made.house } : {}) }, attachments };
}

/** @param {string} text @returns {string} The text without halves of characters, which no message can hold. */
const whole = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

/**
 * What the server is told of a reaction to an answer: of which, and whether the child says that it is so. It is what an
 * organisation counts, and none of the words.
 *
 * @param {Kind} kind @param {string | null} about @param {any} doc - Its payload.
 * @returns {string | undefined} Undefined for whatever says neither, and for what is said of a document.
 */
export function reactsOf(kind, about, doc) {
  if (kind !== "reaction" || !about || doc.part !== undefined) return undefined;
  const said = ["y", "n"][(doc.options ?? []).indexOf(doc.value)];
  return said && `${about}.${said}`;
}

/**
 * What was being made, out of the payload it was kept as.
 *
 * @param {Kind} kind @param {any} doc @param {Bytes[]} attachments
 * @returns {Said}
 */
export function madeOf(kind, doc, attachments) {
  const made = nothing(kind, doc.house ?? null);
  for (const one of doc.answers ?? []) made.answers.set(one.key, one);
  const voices = [...attachments];
  for (const part of doc.parts ?? []) {
    if (part.kind === "text") made.text = { prompt: part.prompt, text: part.text };
    if (part.kind === "drawing") made.drawing = { prompt: part.prompt, strokes: part.strokes };
    if (part.kind === "voice") {
      const bytes = voices.shift();
      if (bytes) made.voices.push({ prompt: part.prompt, type: part.type, ms: part.ms, bytes: concat(bytes) });
    }
  }
  if (kind === "reaction" && doc.part !== undefined) made.part = doc.part;
  if (kind === "reaction" && doc.value) made.reaction = { prompt: doc.prompt, options: doc.options ?? [], value: doc.value };
  return made;
}
