/**
 * One question with its answers: real radios and checkboxes under large faces, chips and cards, so that a keyboard and
 * a screen reader find what they know.
 *
 * Without `autocomplete: off` a browser writes what stands in a field, or which of them is on, into its own files, to have
 * it again after it was closed; there it would lie readable.
 *
 * Nothing is chosen beforehand, and a choice can be taken back by choosing it again: an answer given by a slip of the
 * thumb is no answer.
 *
 * @module
 */

import { drawing } from "./draw.js";
import { h } from "./h.js";

let groups = 0;

/** @returns {string} A name for a group of radios that no other group on the page has. */
export const groupName = () => `group-${(groups += 1)}`;

/**
 * A question and what stands under it.
 *
 * @param {string} question - The page's heading, and the group's name.
 * @param {...import("./h.js").Child} inside
 */
export function asked(question, ...inside) {
  return h("fieldset", null, h("legend", null, h("h1", { tabindex: -1 }, question)), ...inside);
}

/** The tick of a chosen card, in its corner. */
export const badge = () => drawing("i-tick", { class: "tick badge" });

/**
 * A radio that can be put off again.
 *
 * Browsers keep a radio on once it is; here a second tap, or the space bar, takes it back.
 *
 * @param {string} name
 * @param {boolean} checked
 * @param {(on: boolean) => void} change
 */
export function radio(name, checked, change) {
  const input = h("input", { type: "radio", name, autocomplete: "off" });
  input.checked = checked;
  // Not the element's own state, which the click itself has changed by the time anyone looks.
  let was = checked;
  input.addEventListener("change", () => {
    for (const other of document.querySelectorAll(`input[name="${name}"]`)) other.dispatchEvent(new Event("group"));
    was = true;
    change(true);
  });
  input.addEventListener("group", () => {
    was = false;
  });
  const takeBack = () => {
    input.checked = false;
    was = false;
    change(false);
  };
  input.addEventListener("click", () => {
    // The change event of a new choice comes after its click: then `was` was still false here.
    if (was && input.checked) takeBack();
  });
  input.addEventListener("keyup", (event) => {
    if (event.key !== " " || !input.checked) return;
    // The browser would put it on again, now that it is off.
    event.preventDefault();
    takeBack();
  });
  return input;
}

/**
 * Words to choose from.
 *
 * @param {string[]} options - As shown, and as they are stored with the answer.
 * @param {string[]} chosen
 * @param {(chosen: string[]) => void} change - Told of each change.
 * @param {{many?: boolean, label?: string}} [how] - `many` lets several be chosen; `label` names the group where no
 *   question does.
 */
export function chips(options, chosen, change, { many = false, label } = {}) {
  const name = groupName();
  let now = [...chosen];
  const set = (/** @type {string} */ option, /** @type {boolean} */ on) => {
    if (many) now = options.filter((one) => (one === option ? on : now.includes(one)));
    else now = on ? [option] : [];
    change(now);
  };
  return h(
    "div",
    { class: "chips section-s", role: label ? "group" : null, "aria-label": label },
    options.map((option) => {
      const on = now.includes(option);
      /** @type {HTMLInputElement} */
      let input;
      if (many) {
        input = h("input", { type: "checkbox", autocomplete: "off" });
        input.checked = on;
        input.addEventListener("change", () => set(option, input.checked));
      } else {
        input = radio(name, on, (state) => set(option, state));
      }
      return h("label", { class: "pick chip" }, input, h("span", null, option));
    }),
  );
}

/**
 * Sentences to choose from, one under another: for answers too long for a chip.
 *
 * @param {string[]} options
 * @param {string | null} chosen
 * @param {(chosen: string | null) => void} change
 */
export function rows(options, chosen, change) {
  const name = groupName();
  return h(
    "div",
    { class: "readers" },
    options.map((option) =>
      h(
        "label",
        { class: "pick reader short" },
        radio(name, option === chosen, (on) => change(on ? option : null)),
        h("span", null, h("span", null, option), badge()),
      ),
    ),
  );
}
