/**
 * A ladder from 10 to 0. The rungs below the chosen one fill, so that height can be seen and not only read.
 *
 * @module
 */

import { groupName, radio } from "./choices.js";
import { drawing } from "./draw.js";
import { face } from "./faces.js";
import { h } from "./h.js";

/**
 * @param {{low: string, middle: string, high: string}} words - What 0, 5 and 10 mean.
 * @param {number | null} chosen
 * @param {(chosen: number | null) => void} change
 * @param {string} [label] - Names the ladder where there are several.
 */
export function ladder(words, chosen, change, label) {
  const name = groupName();
  /** @type {Record<number, [string, number]>} */
  const marked = { 10: [words.high, 1], 5: [words.middle, 3], 0: [words.low, 5] };
  return h(
    "div",
    { class: "ladder", role: label ? "group" : null, "aria-label": label },
    Array.from({ length: 11 }, (_, at) => {
      const n = 10 - at;
      return h(
        "label",
        { class: "pick rung" },
        radio(name, chosen === n, (on) => change(on ? n : null)),
        h(
          "span",
          null,
          h("b", null, n),
          marked[n] && [" ", marked[n][0], face(marked[n][1])],
          drawing("i-tick", { class: "tick" }),
        ),
      );
    }),
  );
}
