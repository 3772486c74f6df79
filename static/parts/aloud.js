/**
 * Reads a page aloud, with the voices that live on this device.
 *
 * A voice that speaks through somebody's server would hand over what is on the screen, the child's words included: such
 * a voice is never used, even where it is the only one.
 *
 * @module
 */

import { spoken } from "./words.js";

/** Not read: what is drawn, what is hidden, what the child is typing, and buttons that say nothing about the page. */
const SILENT = "[hidden], [aria-hidden=true], textarea, input, svg, .unseen, .tools, .pad, noscript";
const BLOCK = "h1, h2, h3, p, li, dt, dd, legend, label, button, a, .note";

/** @returns {SpeechSynthesisVoice | undefined} */
function voice() {
  const lang = spoken();
  return globalThis.speechSynthesis?.getVoices().find((one) => one.localService && one.lang.toLowerCase().startsWith(lang));
}

/**
 * Calls back when it is known whether there is a voice: browsers find theirs late.
 *
 * @param {(there: boolean) => void} found
 */
export function whenVoice(found) {
  if (!globalThis.speechSynthesis) return;
  if (voice()) found(true);
  speechSynthesis.addEventListener?.("voiceschanged", () => found(voice() !== undefined));
}

/**
 * Reads what an element says, piece by piece.
 *
 * @param {Element} element
 * @param {() => void} finished - Also called when it was stopped.
 */
export function readAloud(element, finished) {
  const chosen = voice();
  const pieces = sayings(element);
  if (!chosen || pieces.length === 0) {
    finished();
    return;
  }
  for (const [at, piece] of pieces.entries()) {
    const saying = new SpeechSynthesisUtterance(piece);
    saying.voice = chosen;
    saying.lang = chosen.lang;
    saying.rate = 0.95;
    if (at === pieces.length - 1) {
      saying.addEventListener("end", finished);
      saying.addEventListener("error", finished);
    }
    speechSynthesis.speak(saying);
  }
}

/** Stops reading. */
export const stopReading = () => globalThis.speechSynthesis?.cancel();

/**
 * The sentences of an element, in the order of the page.
 *
 * @param {Element} element
 * @returns {string[]}
 */
export function sayings(element) {
  const found = [];
  for (const block of element.querySelectorAll(BLOCK)) {
    if (block.closest(SILENT) || block.querySelector(BLOCK)) continue;
    const copy = /** @type {Element} */ (block.cloneNode(true));
    for (const hidden of copy.querySelectorAll(SILENT)) hidden.remove();
    const text = copy.textContent?.replace(/\s+/g, " ").trim();
    if (text) found.push(text);
  }
  return found;
}
