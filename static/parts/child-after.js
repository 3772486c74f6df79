/**
 * The quiet card with one question after a talk. It can be skipped, and nothing depends on it.
 *
 * @module
 */

import { answer, question } from "../phone/after.js";
import { run } from "../phone/errands.js";
import { tell } from "../phone/here.js";
import { act, note } from "./child-bits.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { load, series, spoken, t } from "./words.js";

/** @typedef {import("../phone/after.js").Value} Value */

/** Value, and the drawing beside its word: no face is red or green. */
const FACES = /** @type {const} */ ([["yes", "mood-4"], ["some", "mood-3"], ["no", "mood-2"]]);

/** Whether something was asked after a talk since this page was opened: then it is enough for this time. */
let asked = false;

/** How long a child's first page waits for a card that can wait, in milliseconds. */
const PATIENCE = 1000;

/** @returns {Promise<HTMLElement[]>} The card of once a quarter; nothing where it is not kept and the network is absent or slow: it can wait. */
async function quarterCard() {
  const late = new Promise((/** @type {(nothing: null) => void} */ resolve) => void setTimeout(resolve, PATIENCE, null));
  const found = await Promise.race([import("./child-quarter.js").catch(() => null), late]);
  return found ? found.quarterCard() : [];
}

/** @returns {Promise<HTMLElement[]>} Nothing, when nothing is to be asked now. */
export async function afterCard() {
  const about = await question();
  if (!about) return asked ? [] : quarterCard();
  asked = true;
  await load(spoken(), "talks");
  const title = series("child.after.question.#")[about === "said" ? 0 : 1];
  const [yes, some, no, unknown, skip] = series("child.after.#");
  const said = [yes, some, no];
  let busy = false;
  const take = async (/** @type {Value} */ value) => {
    if (busy) return;
    busy = true;
    await answer(about, value);
    tell();
    await run();
  };
  return [
    h(
      "section",
      { class: "card kept", "aria-labelledby": "after" },
      h("h2", { id: "after" }, title),
      h(
        "div",
        { class: "thirds" },
        FACES.map(([value, face], at) => {
          const button = h("button", { type: "button", class: "way" }, drawing(face), said[at]);
          button.addEventListener("click", () => void take(value));
          return button;
        }),
      ),
      h("div", { class: "acts duo" }, act(unknown, () => void take("unknown"), "plain"), act(skip, () => void take("skipped"), "plain")),
      note(t("child.after.note"), { class: "section-s" }),
    ),
  ];
}
