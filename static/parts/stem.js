/**
 * The stem: what happened with what the child said. A leaf opens when an adult has done something; it never rewards the
 * child.
 *
 * @module
 */

import { h } from "./h.js";

/**
 * @typedef {object} Step
 * @property {import("./h.js").Child} said - In a few words.
 * @property {import("./h.js").Child} [small] - When, or why.
 * @property {"done" | "not" | "todo"} state - `not`: an adult said that it was not done.
 */

/** @param {Step[]} steps */
export function stem(steps) {
  const last = steps.findLastIndex((step) => step.state !== "todo");
  return h(
    "ol",
    { class: "stem" },
    steps.map(({ said, small, state }, at) =>
      h(
        "li",
        { class: at === last && last < steps.length - 1 ? `${state} now` : state },
        h("b", null, said),
        small ? h("small", null, small) : null,
      ),
    ),
  );
}
