/**
 * The quiet card with which a child is invited, once a quarter, to say how it is supported and whether it is safer: four
 * questions, one at a time. It can be declined, each can be skipped, and nothing depends on it.
 *
 * @module
 */

import { names } from "../phone/circles.js";
import { run } from "../phone/errands.js";
import { tell } from "../phone/here.js";
import { answer, done, QUESTIONS, questions } from "../phone/quarter.js";
import { act, note } from "./child-bits.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { load, series, spoken, t } from "./words.js";

/** @typedef {import("../phone/quarter.js").Question} Question */
/** @typedef {import("../phone/quarter.js").Value} Value */

/** Value, and the drawing beside its word: no face is red or green. */
const FACES = /** @type {const} */ ([["yes", "mood-4"], ["some", "mood-3"], ["no", "mood-2"]]);

/** Whether the child wanted the questions, since this page was opened. */
let wanted = false;

/** @returns {Promise<HTMLElement[]>} Nothing, when nothing is to be asked now. */
export async function quarterCard() {
  const left = await questions();
  if (left.length === 0) return [];
  await load(spoken(), "talks");
  return [wanted ? asking(left[0]) : invitation(left)];
}

/** @param {readonly Question[]} left */
function invitation(left) {
  const [yes, no] = series("child.quarter.choice.#");
  const accept = () => {
    wanted = true;
    tell();
  };
  return card(
    t("child.quarter.title"),
    h("p", {}, t("child.quarter.ask")),
    // Before the choice: that these can be read on the way is to be known first.
    note(t("child.quarter.note"), { class: "section-s" }),
    h("div", { class: "acts duo" }, act(yes, accept, "plain"), act(no, () => void done(left).then(tell), "plain")),
    note(t("child.quarter.nobody"), { class: "section-s" }),
  );
}

/** @param {Question} about */
function asking(about) {
  const title = series("child.quarter.question.#", names())[QUESTIONS.indexOf(about)];
  const said = series(about === "safer" ? "child.quarter.safer.#" : "child.quarter.support.#");
  const [unknown, skip] = series("child.quarter.pass.#");
  let busy = false;
  const take = async (/** @type {Value} */ value) => {
    if (busy) return;
    busy = true;
    await answer(about, value);
    tell();
    await run();
  };
  return card(
    title,
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
    note(t("child.quarter.nobody"), { class: "section-s" }),
  );
}

/**
 * @param {string} title
 * @param {...HTMLElement} parts
 */
const card = (title, ...parts) => h("section", { class: "card kept", "aria-labelledby": "quarter" }, h("h2", { id: "quarter" }, title), ...parts);
