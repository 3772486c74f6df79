/**
 * Five faces, from in flower to slumped. The silhouette carries the mood; no face is red, none is green.
 *
 * @module
 */

import { badge, groupName, radio } from "./choices.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";

/**
 * The face for a mood as it is stored: 1 is very good, 5 not good at all (docs/protocol/envelope.md).
 *
 * @param {number} mood
 * @param {{class?: string, label?: string}} [options]
 */
export function face(mood, options) {
  return drawing(`mood-${6 - mood}`, options);
}

/**
 * Faces to choose from.
 *
 * @param {string[]} labels - Five words, the best first.
 * @param {number | null} chosen - From 1, or null.
 * @param {(chosen: number | null) => void} change
 */
export function faces(labels, chosen, change) {
  const name = groupName();
  return h(
    "div",
    { class: "faces" },
    labels.map((label, at) =>
      h(
        "label",
        { class: "pick face" },
        radio(name, chosen === at + 1, (on) => change(on ? at + 1 : null)),
        h("span", null, face(at + 1), label, badge()),
      ),
    ),
  );
}
