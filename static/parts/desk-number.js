/**
 * A safety number as it is shown, and the boxes in which somebody types what another reads aloud.
 *
 * @module
 */

import { sameNumber } from "../crypto/keys.js";
import { h } from "./h.js";
import { t } from "./words.js";

/** Thirty digits in groups of five (docs/protocol/keys.md). */
const GROUPS = 6;

/** @param {string} number - Six groups with spaces between. */
export const shownNumber = (number) => h("p", { class: "groups", dir: "ltr", "data-number": number }, number.split(" ").map((group) => h("span", null, group)));

/**
 * @param {string} labelled - Id of what says whose number it is.
 */
export function numberBoxes(labelled) {
  const inputs = Array.from({ length: GROUPS }, (_, at) =>
    h("input", {
      inputmode: "numeric",
      autocomplete: "off",
      maxlength: 5,
      "data-group": at + 1,
      "aria-label": t("work.people.intro.group", { n: at + 1 }),
    }),
  );
  spread(inputs);
  return {
    element: h("div", { class: "groups", role: "group", "aria-labelledby": labelled, dir: "ltr" }, inputs),
    /** @returns {boolean} Whether digits are missing; then the first such box has the focus. */
    short() {
      const found = inputs.find((input) => !/^\d{5}$/.test(input.value.trim()));
      found?.focus();
      return found !== undefined;
    },
    /** @param {string} number */
    equals: (number) => sameNumber(inputs.map((input) => input.value).join(""), number),
    /** From the first box on, once more. */
    again() {
      inputs[0].focus();
      inputs[0].select();
    },
  };
}

/**
 * Six boxes that take a whole number at once: pasted digits are dealt out, a full box hands on to the next.
 *
 * @param {HTMLInputElement[]} inputs
 */
function spread(inputs) {
  for (const [at, input] of inputs.entries()) {
    input.addEventListener("paste", (event) => {
      const digits = event.clipboardData?.getData("text").replace(/\D/g, "") ?? "";
      if (digits.length <= 5) return;
      event.preventDefault();
      for (let n = 0; at + n < inputs.length && n * 5 < digits.length; n += 1) inputs[at + n].value = digits.slice(n * 5, n * 5 + 5);
    });
    input.addEventListener("input", () => {
      input.value = input.value.replace(/\D/g, "");
      if (input.value.length === 5) inputs[at + 1]?.focus();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Backspace" && input.value === "" && at > 0) inputs[at - 1].focus();
    });
  }
}
