/**
 * Picking a quote: words of an entry by selecting them, with the mouse or the keyboard; a stretch of sound; a drawing.
 * Nothing can be typed: what is picked is what the child said.
 *
 * @module
 */

import { button, field, moment, note, notice } from "./desk-bits.js";
import { quotable, recordingOf, ruleOf, stretchOf } from "./desk-document.js";
import { wordsField } from "./desk-words.js";
import { entry as content } from "./entry.js";
import { h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {import("./desk-document.js").Quote} Quote */

/**
 * @param {Iterable<Opened>} all - What is open of the child.
 * @param {(quote: Quote) => void} picked
 * @returns {HTMLElement}
 */
export function quotePicker(all, picked) {
  const sources = quotable(all);
  return h(
    "details",
    { class: "fold picker", "data-part": "picker" },
    h("summary", null, t("work.kp.pick")),
    h("p", { class: "small soft" }, t("work.kp.pick.how")),
    sources.length ? h("div", { class: "stack" }, sources.map((one) => sourceBlock(one, picked))) : h("p", null, t("work.kp.pick.none")),
  );
}

/** @param {Opened} source @param {(quote: Quote) => void} picked */
function sourceBlock(source, picked) {
  const rule = ruleOf(source.doc);
  const at = source.meta?.at ?? "";
  const base = { entry: source.row.id, at, share: rule ? { ...rule, why: "" } : null };
  return h(
    "section",
    { class: "box-p", "data-source": source.row.id },
    h("h3", null, moment(new Date(at))),
    rule ? note(rule.rule === "not" ? "heed" : "", "i-info", t("work.entry.share", { text: rule.text })) : null,
    source.doc.parts.map((/** @type {any} */ part, /** @type {number} */ n) => {
      const pick = (/** @type {any} */ what) => picked({ ...base, kind: part.kind, part: n, ...what });
      return h("div", { class: "form", "data-source-part": n }, part.kind === "text" ? wordsOf(part, pick) : part.kind === "voice" ? soundOf(source, n, part, pick) : drawingOf(part, pick));
    }),
  );
}

/** @param {any} part @param {(what: any) => void} pick */
function wordsOf(part, pick) {
  const told = notice("");
  const words = wordsField(part.prompt, part.text, t("work.kp.pick.words"));
  const whole = [...part.text].length;
  const selected = () => {
    const found = words.selected();
    if (typeof found === "string") return told.say(t(`work.kp.pick.${found}`), "heed");
    told.say("");
    pick({ ...found, text: stretchOf(part.text, found.from, found.to) });
  };
  return [
    words.element,
    told.element,
    h(
      "div",
      { class: "acts line" },
      button(t("work.kp.pick.selected"), { look: "plain", data: { pick: "selected" } }, selected),
      whole ? button(t("work.kp.pick.whole"), { look: "bare", data: { pick: "whole" } }, () => pick({ from: 0, to: whole, text: part.text })) : null,
    ),
  ];
}

/** @param {Opened} source @param {number} n @param {any} part @param {(what: any) => void} pick */
function soundOf(source, n, part, pick) {
  const number = (/** @type {string} */ name, /** @type {number} */ ms) =>
    field(t(`work.kp.pick.${name}`), h("input", { name, type: "number", inputmode: "decimal", min: 0, max: part.ms / 1000, step: 0.1, autocomplete: "off", value: (Math.floor(ms / 100) / 10).toString() }));
  const [from, to] = [number("from", 0), number("to", part.ms)];
  const take = () => {
    for (const one of [from, to]) one.fault("");
    const [begin, end] = [from, to].map((one) => Math.round(Number(one.input.value.replace(",", ".")) * 1000));
    if (!(begin >= 0)) return from.fault(t("work.kp.pick.stretch"));
    if (!(end > begin && end <= part.ms)) return to.fault(t("work.kp.pick.stretch"));
    pick({ from: begin, to: end });
  };
  const shown = content({ parts: [part] }, [recordingOf(source, n)], { listen: t("work.entry.listen"), pause: t("work.entry.pause"), drawing: "", more: "" }, { prompts: false });
  return [...shown, h("div", { class: "pair" }, from.element, to.element), h("div", { class: "acts line" }, button(t("work.kp.pick.sound"), { look: "plain", data: { pick: "sound" } }, take))];
}

/** @param {any} part @param {(what: any) => void} pick */
function drawingOf(part, pick) {
  const shown = content({ parts: [part] }, [], { listen: "", pause: "", drawing: t("work.entry.drawing"), more: t("work.entry.whole") }, { prompts: false });
  return [...shown, h("div", { class: "acts line" }, button(t("work.kp.pick.drawing"), { look: "plain", data: { pick: "drawing" } }, () => pick({})))];
}
