/**
 * Shows what somebody said: each answer beside the question that was on the screen, then words, voices and drawings.
 *
 * The questions and options are those stored in the message, never today's (R4): what was answered is what was asked.
 * Used by both audiences; everything shown comes out of the message, except the names of buttons.
 *
 * @module
 */

import { face } from "./faces.js";
import { fill, h } from "./h.js";
import { player } from "./player.js";
import { picture } from "./sheet.js";

/**
 * @typedef {object} Answer
 * @property {string} key
 * @property {string} prompt
 * @property {string[]} [options]
 * @property {any} value
 */
/** @typedef {{kind: "text", prompt: string, text: string}} TextPart */
/** @typedef {{kind: "voice", prompt: string, type: string, ms: number, bytes: number}} VoicePart */
/** @typedef {{kind: "drawing", prompt: string, size: number[], strokes: import("./sheet.js").Stroke[]}} DrawingPart */
/** @typedef {TextPart | VoicePart | DrawingPart} Part */
/** @typedef {{lang?: string, answers?: Answer[], parts?: Part[]}} Doc A payload (docs/protocol/envelope.md). */

/**
 * @typedef {object} Words
 * @property {string} listen - "Luister"
 * @property {string} pause
 * @property {string} drawing - Names a drawing for whoever cannot see it.
 * @property {string} more - Shows the rest of something that is very large.
 */

/** What is left to be shown of one message without being asked for. @typedef {{lines: number, strokes: number, points: number}} Room */

/**
 * More than anybody makes by hand in one message, and few enough for any browser. Whoever makes messages with a program
 * could otherwise let every reader's page stand still for minutes.
 *
 * @type {Readonly<Room>}
 */
const ROOM = { lines: 800, strokes: 3000, points: 120_000 };

/**
 * Everything in a message, in the order in which it was asked.
 *
 * @param {Doc} doc
 * @param {Uint8Array[]} attachments - The recordings, in the order of the parts.
 * @param {Words} words
 * @param {{prompts?: boolean}} [how] - `prompts: false` leaves out the questions beside parts, where they stand above.
 * @returns {HTMLElement[]}
 */
export function entry(doc, attachments, words, { prompts = true } = {}) {
  const voices = [...attachments];
  // Under one question stands all that was said to it.
  const room = { ...ROOM };
  const parts = (doc.parts ?? [])
    .map((part, at, all) => shown(part, voices, { lang: doc.lang, words, prompts: prompts && part.prompt !== all[at - 1]?.prompt, room }))
    .filter((one) => one !== null);
  const mood = doc.answers?.find((one) => one.key === "child.mood");
  const rest = (doc.answers ?? []).filter((one) => one !== mood && written(one) !== "");
  return [
    ...(mood ? [feeling(mood, doc.lang)] : []),
    ...(rest.length ? [h("dl", { class: "asked", lang: doc.lang }, rest.map(line))] : []),
    ...parts,
  ];
}

/**
 * The mood as face and word; the question stands beside it for whoever hears the page.
 *
 * @param {Answer} answer
 * @param {string} [lang]
 */
function feeling(answer, lang) {
  const at = Number(answer.value);
  const known = Number.isInteger(at) && at >= 1 && at <= 5;
  return h(
    "div",
    { class: "with", lang },
    known ? face(at) : null,
    h("dl", { class: "asked" }, line(answer)),
  );
}

/** @param {Answer} answer */
function line(answer) {
  return h("div", null, h("dt", null, answer.prompt), h("dd", null, written(answer)));
}

/**
 * An answer in words, as it was chosen.
 *
 * @param {Answer} answer
 * @returns {string}
 */
export function written({ key, options, value }) {
  if (key === "child.mood") return options?.[value - 1] ?? String(value);
  if (key === "child.safe" && Array.isArray(value)) {
    return value.map(({ home, n }) => (home ? `${home}: ${n}` : String(n))).join(", ");
  }
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === undefined ? "" : String(value);
}

/**
 * @param {Part} part
 * @param {Uint8Array[]} voices - Taken from the front by each recording.
 * @param {{lang: string | undefined, words: Words, prompts: boolean, room: Room}} how
 * @returns {HTMLElement | null}
 */
function shown(part, voices, { lang, words, prompts, room }) {
  const prompt = prompts && part.prompt ? h("p", { class: "prompt", lang }, part.prompt) : null;
  if (part.kind === "text") {
    const box = h("div", { class: "said", lang });
    const first = beginning(part.text, room);
    fill(box, first, room.lines < 0 ? asked(words.more, () => fill(box, paragraphs(part.text))) : null);
    return h("div", { class: "piece" }, prompt, box);
  }
  if (part.kind === "drawing") {
    room.strokes -= part.strokes.length;
    room.points -= part.strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
    const box = h("div", { class: "piece" }, prompt);
    const show = () => picture(part.strokes, { label: words.drawing });
    box.append(room.strokes < 0 || room.points < 0 ? asked(words.more, () => fill(box, prompt, show())) : show());
    return box;
  }
  if (part.kind === "voice") {
    const bytes = voices.shift();
    if (!bytes) return null;
    return h("div", { class: "piece" }, prompt, player(bytes, { type: part.type, ms: part.ms, play: words.listen, pause: words.pause }));
  }
  return null;
}

/** @param {string} label @param {() => void} show */
function asked(label, show) {
  const button = h("button", { type: "button", class: "btn plain" }, label);
  button.addEventListener("click", show);
  return button;
}

/**
 * As much of a text as there is room for.
 *
 * @param {string} text
 * @param {Room} room - Afterwards it has less than no lines when there is more.
 */
function beginning(text, room) {
  const left = Math.max(0, room.lines);
  const first = text.split("\n", left + 1);
  room.lines = left - first.length;
  return room.lines < 0 ? paragraphs(first.slice(0, left).join("\n")) : paragraphs(text);
}

/** @param {string} text */
function paragraphs(text) {
  return text.split(/\n{2,}/).map((one) => {
    const lines = one.split("\n");
    return h("p", null, lines.flatMap((piece, at) => (at ? [h("br", null), piece] : [piece])));
  });
}
