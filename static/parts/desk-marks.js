/**
 * Marks and words of what a talk came to. Shape first, then the word: they are no ladder and never a colour alone.
 *
 * @module
 */

import { setAttributes } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("../talks.js").Level} Level */

const SVG = "http://www.w3.org/2000/svg";

/** A disc, square, house, hollow disc, diamond: told apart without colour and on paper. @type {Record<Level, [string, Record<string, string | number>][]>} */
const SHAPES = {
  A: [["circle", { class: "ea", cx: 0, cy: 0, r: 9 }]],
  B: [["rect", { class: "eb", x: -8, y: -8, width: 16, height: 16, rx: 2 }]],
  C: [["path", { class: "ec", d: "M-9 -1L0 -9.500 9 -1V9H-9z" }]],
  D: [["circle", { class: "ed", cx: 0, cy: 0, r: 8.5 }]],
  disputed: [
    ["path", { class: "ex", d: "M0 -10.500L10.500 0 0 10.500 -10.500 0z" }],
    ["path", { class: "exm", d: "M-4 -2h8M-4 2h8M2.500 -5l-5 10" }],
  ],
};
/** Class of the letter, and how far under the middle it stands. @type {Partial<Record<Level, [string, number]>>} */
const LETTERS = { A: ["eat", 3.78], B: ["ebt", 3.78], C: ["ect", 5], D: ["edt", 3.78] };

/** @param {Level} level @returns {SVGSVGElement} */
export function levelMark(level) {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { class: "mark big", viewBox: "-12 -12 24 24", role: "img", "aria-label": t(`work.talk.mark.${level}`) });
  for (const [tag, attributes] of SHAPES[level]) {
    const node = document.createElementNS(SVG, tag);
    setAttributes(node, attributes);
    svg.append(node);
  }
  const letter = LETTERS[level];
  if (letter) {
    const text = document.createElementNS(SVG, "text");
    setAttributes(text, { class: `et ${letter[0]}`, x: 0, y: letter[1], "text-anchor": "middle", "aria-hidden": "true" });
    text.textContent = level;
    svg.append(text);
  }
  return svg;
}

const LEVELS = ["A", "B", "C", "D", "disputed"];
const KINDS = ["face", "video", "phone"];
const WHO = ["alone", "siblings", "parent", "others", "professional", "support"];
const PLANNED = ["planned", "passing", "", "asked"];
const PLACES = ["home", "school", "outside", "office", "other"];
const REASONS = ["absent", "refused", "prevented", "parent", "unsafe", "other"];
const WITHDRAWN = ["mistake", "double", "other"];

/** @param {string[]} order @param {string} key */
const naming = (order, key) => (/** @type {string} */ value) => t(`${key}${order.indexOf(value) + 1}`);

/** The words of each value, in the order of the catalogue. */
export const levelWords = naming(LEVELS, "level.");
export const kindWords = naming(KINDS, "work.contact.how.");
export const whoWords = naming(WHO, "work.contact.who.");
export const plannedWords = naming(PLANNED, "work.contact.planned.");
export const placeWords = naming(PLACES, "work.plan.place.");
export const notHeldWords = naming(REASONS, "work.contact.notheld.");
export const withdrawnWords = naming(WITHDRAWN, "work.talk.withdraw.reason.");

/** @param {string[]} order @param {(value: string) => string} words */
const options = (order, words) => order.filter(Boolean).map((value) => ({ value, text: words(value) }));

/** The choices of a form. */
export const kindOptions = () => options(KINDS, kindWords);
export const whoOptions = () => options(WHO, whoWords);
export const plannedOptions = () => options(["planned", "asked", "passing"], plannedWords);
export const placeOptions = () => options(PLACES, placeWords);
export const notHeldOptions = () => options(REASONS, notHeldWords);
export const withdrawnOptions = () => options(WITHDRAWN, withdrawnWords);
