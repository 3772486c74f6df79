/**
 * A sheet of paper: drawing on it with finger, pen or mouse, and showing what was drawn.
 *
 * Paper stays white at night too, so that a reader sees the colours that the child chose. Used by both audiences.
 *
 * @module
 */

import { drawing } from "./draw.js";
import { fill, h, setAttributes } from "./h.js";
import { groupName } from "./choices.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{colour: string, width: number, points: number[]}} Stroke Points as x, y, x, y, … in 0…1000, y down. */

/** The sheet's own measure: a thousandth of its side. */
const SIDE = 1000;
/** Moves smaller than this are the finger's trembling. */
const STEP = 4;
const COLOURS = ["#12272a", "#7a4a12", "#c63a2f", "#ef8a2b", "#f4c430", "#2f7d4f", "#6fb7dc", "#1d3f9a", "#7d4aa8", "#e58fb4"];
/** Colours so light that their tick is dark. */
const LIGHT = new Set(["#ef8a2b", "#f4c430", "#6fb7dc", "#e58fb4"]);
const THIN = 12;
const THICK = 34;
/** Rubbing out is drawing in the colour of the paper: what lies under it stays in the drawing's own order. */
const PAPER = "#ffffff";
const RUBBER = 70;

/**
 * Shows a drawing.
 *
 * Takes nothing on trust: a stroke that is none is left out, so that what arrives from elsewhere cannot become more
 * than lines.
 *
 * @param {Stroke[]} strokes
 * @param {{label: string, class?: string}} options
 * @returns {SVGSVGElement}
 */
export function picture(strokes, options) {
  const svg = paper(options.class ?? "sheet");
  setAttributes(svg, { role: "img", "aria-label": options.label });
  for (const stroke of strokes) if (isStroke(stroke)) svg.append(line(stroke));
  return svg;
}

/** @param {any} stroke @returns {stroke is Stroke} */
function isStroke(stroke) {
  return (
    /^#[0-9a-f]{6}$/i.test(stroke?.colour) &&
    Number.isInteger(stroke.width) &&
    stroke.width > 0 &&
    stroke.width <= SIDE &&
    Array.isArray(stroke.points) &&
    stroke.points.length >= 2 &&
    stroke.points.length % 2 === 0 &&
    stroke.points.every((/** @type {unknown} */ point) => Number.isInteger(point))
  );
}

/** @param {string} cls */
function paper(cls) {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { viewBox: `0 0 ${SIDE} ${SIDE}`, class: cls });
  return svg;
}

/** @param {Stroke} stroke */
function line(stroke) {
  const path = document.createElementNS(SVG, "path");
  setAttributes(path, {
    d: course(stroke.points),
    stroke: stroke.colour,
    "stroke-width": stroke.width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    fill: "none",
  });
  return path;
}

/**
 * The course of a line through its points, rounded at each of them as a hand would.
 *
 * @param {number[]} points
 * @returns {string} For the `d` of a path.
 */
export function course(points) {
  const [x, y] = points;
  if (points.length === 2) return `M${x} ${y}h.1`;
  let d = `M${x} ${y}`;
  for (let at = 2; at < points.length - 2; at += 2) {
    const middle = [(points[at] + points[at + 2]) / 2, (points[at + 1] + points[at + 3]) / 2];
    d += `Q${points[at]} ${points[at + 1]} ${middle[0]} ${middle[1]}`;
  }
  return `${d}L${points[points.length - 2]} ${points[points.length - 1]}`;
}

/**
 * @typedef {object} SheetWords
 * @property {string} drawing - Names the sheet.
 * @property {string} tools
 * @property {string} pen
 * @property {string} colour
 * @property {string[]} pens - Thin, thick.
 * @property {string} rubber
 * @property {string} undo
 * @property {string} clear
 * @property {string} sure - Asked before all of it goes.
 * @property {string} keep
 * @property {string[]} colours - In the order of the colours.
 */

/**
 * A sheet to draw on, with its tools.
 *
 * @param {Stroke[]} before - What is on it already.
 * @param {(strokes: Stroke[]) => void} change - Told after each stroke.
 * @param {SheetWords} words
 * @returns {HTMLElement}
 */
export function sheet(before, change, words) {
  /** @type {Stroke[]} */
  let strokes = [...before];
  let colour = COLOURS[7];
  let width = THIN;
  let rubbing = false;

  const svg = paper("sheet live-sheet");
  setAttributes(svg, { role: "img", "aria-label": words.drawing });
  svg.append(...strokes.filter(isStroke).map(line));

  /** @type {{pointer: number, stroke: Stroke, path: SVGPathElement} | null} */
  let now = null;
  const place = (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    const on = (/** @type {number} */ value) => Math.max(0, Math.min(SIDE, Math.round(value)));
    return [on(((event.clientX - box.left) / box.width) * SIDE), on(((event.clientY - box.top) / box.height) * SIDE)];
  };
  svg.addEventListener("pointerdown", (event) => {
    // A second finger is a hand resting on the glass.
    if (now || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    const stroke = { colour: rubbing ? PAPER : colour, width: rubbing ? RUBBER : width, points: place(event) };
    const path = /** @type {SVGPathElement} */ (line(stroke));
    svg.append(path);
    now = { pointer: event.pointerId, stroke, path };
  });
  svg.addEventListener("pointermove", (event) => {
    if (now?.pointer !== event.pointerId) return;
    const { points } = now.stroke;
    for (const move of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = place(move);
      if (Math.hypot(x - points[points.length - 2], y - points[points.length - 1]) >= STEP) points.push(x, y);
    }
    now.path.setAttribute("d", course(points));
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (now?.pointer !== event.pointerId) return;
    strokes = [...strokes, now.stroke];
    now = null;
    change(strokes);
  };
  svg.addEventListener("pointerup", end);
  svg.addEventListener("pointercancel", end);

  const sure = h("div", { class: "note section-s sure", hidden: true });
  const clear = () => {
    strokes = [];
    svg.replaceChildren();
    sure.hidden = true;
    change(strokes);
  };
  const ask = () => {
    if (strokes.length === 0) return;
    const yes = act(words.clear, clear, "btn plain");
    fill(sure, h("span", null, words.sure), yes, act(words.keep, () => void (sure.hidden = true), "btn plain"));
    sure.hidden = false;
    yes.focus();
  };
  const undo = () => {
    if (strokes.length === 0) return;
    strokes = strokes.slice(0, -1);
    svg.lastElementChild?.remove();
    change(strokes);
  };

  const pens = groupName();
  const colours = groupName();
  /** @param {number} weight */
  const stroke = (weight) => {
    const icon = document.createElementNS(SVG, "svg");
    setAttributes(icon, { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
    const path = document.createElementNS(SVG, "path");
    setAttributes(path, { d: "M4 17c5-12 8 6 16-9", "stroke-width": weight });
    icon.append(path);
    return icon;
  };
  /** @param {string} value */
  const swatch = (value) => {
    const icon = document.createElementNS(SVG, "svg");
    setAttributes(icon, { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
    const disc = document.createElementNS(SVG, "circle");
    setAttributes(disc, { class: "swatch", cx: 12, cy: 12, r: 10, fill: value });
    const tick = document.createElementNS(SVG, "path");
    setAttributes(tick, { class: "tick", d: "M7 13l3.500 4L17 8", stroke: LIGHT.has(value) ? "#12272a" : "#ffffff", "stroke-width": 3 });
    icon.append(disc, tick);
    return icon;
  };
  /** @param {string} name @param {string} label @param {boolean} on @param {Element} look @param {() => void} choose */
  const tool = (name, label, on, look, choose) => {
    const input = h("input", { type: "radio", name, "aria-label": label });
    input.checked = on;
    input.addEventListener("change", choose);
    return h("label", { class: "pick tool" }, input, h("span", null, look));
  };

  return h(
    "div",
    { class: "drawer" },
    svg,
    h(
      "div",
      { class: "tools", role: "group", "aria-label": words.tools },
      h(
        "fieldset",
        null,
        h("legend", { class: "unseen" }, words.pen),
        tool(pens, words.pens[0], true, stroke(2.5), () => void ((width = THIN), (rubbing = false))),
        tool(pens, words.pens[1], false, stroke(5.6), () => void ((width = THICK), (rubbing = false))),
        tool(pens, words.rubber, false, drawing("i-rub"), () => void (rubbing = true)),
      ),
      icon(words.undo, "i-undo", undo),
      icon(words.clear, "i-bin", ask),
      h(
        "fieldset",
        null,
        h("legend", { class: "unseen" }, words.colour),
        COLOURS.map((value, at) => tool(colours, words.colours[at], value === colour, swatch(value), () => void (colour = value))),
      ),
    ),
    sure,
  );
}

/** @param {string} label @param {() => void} press @param {string} cls */
function act(label, press, cls) {
  const button = h("button", { type: "button", class: cls }, label);
  button.addEventListener("click", press);
  return button;
}

/** @param {string} label @param {string} name @param {() => void} press */
function icon(label, name, press) {
  const button = h("button", { type: "button", class: "tool", "aria-label": label }, drawing(name));
  button.addEventListener("click", press);
  return button;
}
