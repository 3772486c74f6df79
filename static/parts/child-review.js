/**
 * The last look at what was made, and what the child thinks of an answer: the same wherever a child makes something.
 *
 * @module
 */

import { title } from "./child-bits.js";
import { chips } from "./choices.js";
import { drawing } from "./draw.js";
import { entry } from "./entry.js";
import { h } from "./h.js";
import { series, t } from "./words.js";

/** @typedef {import("../making.js").Making} Making */
/** @typedef {import("./h.js").Child} Child */

/** The screen on which each answer is given. */
const STEPS = /** @type {Record<string, string>} */ ({
  "child.mood": "mood",
  "child.feel": "feel",
  "child.safe": "safe",
  "child.where": "where",
  "child.want": "want",
  "child.share": "share",
  "child.alone": "alone",
  "child.unsafe.reach": "reach",
});
const MODES = { text: "text", voice: "voice", drawing: "draw" };

/** Names of buttons inside a message. */
const words = () => ({
  listen: t("child.voice.button.5"),
  pause: t("child.voice.button.2"),
  drawing: t("child.check.drawing"),
  more: t("child.mine.more"),
});

/**
 * Everything that was said so far, each with the way to change it.
 *
 * @param {{doc: any, attachments: Uint8Array[]}} payload
 * @param {(step: string, mode?: string) => void} change
 * @returns {HTMLElement[]}
 */
export function review({ doc, attachments }, change) {
  const voices = [...attachments];
  /** @param {Child[]} shown @param {string} prompt @param {string} step @param {string} [mode] */
  const piece = (shown, prompt, step, mode) => {
    const button = h("button", { type: "button", class: "round", "aria-label": `${t("child.check.change")}: ${prompt}` }, drawing("i-pen"));
    button.addEventListener("click", () => change(step, mode));
    return h("div", { class: "changeable" }, h("div", null, ...shown), button);
  };
  return [
    ...doc.answers
      .filter((/** @type {any} */ one) => STEPS[one.key])
      .map((/** @type {any} */ one) => piece(entry({ answers: [one], lang: doc.lang }, [], words()), one.prompt, STEPS[one.key])),
    ...doc.parts.map((/** @type {any} */ one) => {
      const own = one.kind === "voice" ? [/** @type {Uint8Array} */ (voices.shift())] : [];
      return piece(entry({ parts: [one], lang: doc.lang }, own, words()), one.prompt, "say", MODES[/** @type {"text"} */ (one.kind)]);
    }),
  ];
}

/**
 * The question whether an answer, or what was written, is right, and room for own words.
 *
 * @param {Making} made
 * @param {string | undefined} of - What was answered.
 * @param {(work: (made: Making) => void) => void} note - Notes a change.
 * @returns {Child[]}
 */
export function reacting(made, of, note) {
  const written = made.part !== undefined;
  const prompt = t(written ? "child.kp.question" : "child.react.question");
  // The first three say whether it is right; the others are other ways on.
  const options = written ? series("child.kp.respond.#").slice(0, 3) : series("child.react.#");
  const chosen = made.reaction?.value;
  const more = t(written ? "child.kp.own" : "child.react.more");
  const area = h("textarea", { class: "leaf said write short", rows: 4, autocomplete: "off", maxlength: 5000, id: "own" });
  area.value = made.text?.text ?? "";
  area.addEventListener("input", () => note((now) => void (now.text = area.value ? { prompt: more, text: area.value } : null)));
  return [
    h(
      "fieldset",
      null,
      h("legend", null, title(prompt)),
      of ? h("p", { class: "lead" }, of) : null,
      chips(options, chosen ? [chosen] : [], ([one]) => note((now) => void (now.reaction = one ? { prompt, options, value: one } : null))),
    ),
    // There from the start, whatever is chosen, so that nothing below it moves.
    !written && made.circle === "worker" ? h("p", { class: "soft small section-s" }, t("child.react.counted")) : null,
    h("label", { class: "label section", for: "own" }, more),
    area,
  ];
}

/**
 * What was spoken and drawn beside it, and the ways to: not everybody types.
 *
 * @param {Making} made
 * @param {{doc: any, attachments: Uint8Array[]}} payload - Of what is made.
 * @param {string} worker
 * @param {(mode: string) => void} say - Shows where it is said, in one way.
 * @returns {HTMLElement}
 */
export function inOtherWays(made, { doc, attachments }, worker, say) {
  const [, spoken, drawn] = series("child.kp.way.#");
  /** @param {string} label @param {string} icon @param {string} mode */
  const way = (label, icon, mode) => {
    const button = h("button", { type: "button", class: "btn plain" }, drawing(icon), label);
    button.addEventListener("click", () => say(mode));
    return button;
  };
  const parts = doc.parts.filter((/** @type {any} */ one) => one.kind !== "text");
  return h(
    "div",
    { class: "section-s stack" },
    parts.length ? h("div", { class: "leaf" }, review({ doc: { ...doc, answers: [], parts }, attachments }, (_, mode) => say(mode ?? "text"))) : null,
    h("div", { class: "keys start" }, way(spoken, "i-mic", "voice"), way(drawn, "i-pen", "draw")),
    made.part === undefined ? null : h("p", { class: "soft small" }, t("child.kp.stays", { name: worker })),
  );
}
