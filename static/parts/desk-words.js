/**
 * Words of a child in a field in which they can be selected, with the mouse or the keyboard, and not changed.
 *
 * @module
 */

import { field } from "./desk-bits.js";
import { h } from "./h.js";

/**
 * @param {string} label @param {string} text @param {string} hint
 * @returns {{element: HTMLElement, selected: () => {from: number, to: number} | "nothing" | "only"}} What is selected, in
 *   code points; `only` when the field shows the text otherwise, so that its places are not those of the words.
 */
export function wordsField(label, text, hint) {
  // Not `readonly`: in such a field the keyboard cannot select everywhere. Whatever would change it is refused instead.
  const area = h("textarea", { class: "leaf said", "aria-readonly": "true", inputmode: "none", spellcheck: "false", rows: Math.min(8, Math.max(2, Math.ceil(text.length / 60))), "data-words": true, autocomplete: "off" });
  area.value = text;
  area.addEventListener("beforeinput", (event) => event.preventDefault());
  area.addEventListener("input", () => void (area.value = text));
  return {
    element: field(label, area, hint).element,
    selected() {
      const [start, end] = [area.selectionStart, area.selectionEnd];
      if (start === end) return "nothing";
      if (area.value !== text) return "only";
      return { from: [...area.value.slice(0, start)].length, to: [...area.value.slice(0, end)].length };
    },
  };
}
