/**
 * Picking a quote: words of an entry by selecting them, with the mouse or the keyboard; a stretch of sound; a drawing.
 * Nothing can be typed: what is picked is what the child said.
 *
 * @module
 */

import { button, field, moment, note, notice } from "./desk-bits.js";
import { quotable, recordingOf, ruleOf, stretchOf } from "./desk-document.js";
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
  // Not `readonly`: in such a field the keyboard cannot select everywhere. Whatever would change it is refused instead.
  const area = h("textarea", { class: "leaf said", "aria-readonly": "true", inputmode: "none", spellcheck: "false", rows: Math.min(8, Math.max(2, Math.ceil(part.text.length / 60))), "data-words": true, autocomplete: "off" });
  area.value = part.text;
  area.addEventListener("beforeinput", (event) => event.preventDefault());
  area.addEventListener("input", () => void (area.value = part.text));
  const words = field(part.prompt, area, t("work.kp.pick.words"));
  const whole = [...part.text].length;
  const selected = () => {
    const [start, end] = [area.selectionStart, area.selectionEnd];
    const from = [...area.value.slice(0, start)].length;
    const to = [...area.value.slice(0, end)].length;
    // A field shows some line ends as others: its places are then not those of the words.
    if (start === end || area.value !== part.text) return told.say(t(start === end ? "work.kp.pick.nothing" : "work.kp.pick.only"), "heed");
    told.say("");
    pick({ from, to, text: stretchOf(part.text, from, to) });
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
