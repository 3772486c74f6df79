/**
 * What becomes of something that was sent, said where it was sent.
 *
 * @module
 */

import { fill, h } from "./h.js";

/**
 * A place that has room for the longest of its sentences from the start: what comes in while a finger is going down
 * moves no button away from under it.
 *
 * @param {...string} sentences - What may come to stand there.
 * @returns {{element: HTMLElement, show: (said: HTMLElement) => void}}
 */
export function outcomePlace(...sentences) {
  const longest = sentences.reduce((long, one) => (one.length > long.length ? one : long), "");
  const element = h("div", { class: "outcome", role: "status", "data-longest": longest });
  return { element, show: (said) => fill(element, said) };
}
