/**
 * What a child's own numbers and its silences look like over time.
 *
 * Every drawing says its figures in words as well: in its name, and for the scores in a table beside it.
 *
 * @module
 */

import { ago, daysAgo } from "./desk-bits.js";
import { face } from "./faces.js";
import { h, setAttributes } from "./h.js";
import { day, spoken, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const DAY = 86_400_000;

/** After so many days without a word the line between two numbers is only dotted: nobody knows what lay between. */
const FAR = 42;
/** From so many days on, silence is drawn as a thick bar. */
const LONG = 28;

/**
 * @typedef {object} Score
 * @property {Date} at
 * @property {number} safe - 0 to 10.
 * @property {number | null} mood - 1 (very good) to 5 (not good at all), as the child chose it.
 */

/**
 * @param {string} tag
 * @param {import("./h.js").Attributes} attributes
 * @param {string} [text]
 */
function shape(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * The child's own scores as a line, with the face of that day above it.
 *
 * @param {Score[]} scores - In any order.
 * @param {Date} [now]
 * @returns {HTMLElement}
 */
export function scoreChart(scores, now = new Date()) {
  const points = [...scores].sort((a, b) => a.at.getTime() - b.at.getTime()).slice(-24);
  const first = Math.min(points[0].at.getTime(), now.getTime() - 28 * DAY);
  const span = now.getTime() - first;
  const x = (/** @type {number} */ at) => round(40 + ((at - first) / span) * 300);
  const y = (/** @type {number} */ safe) => 160 - safe * 11;

  const list = points.map((point) => t("work.kid.scores.point", { day: short(point.at), n: point.safe })).join(", ");
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { class: "chart", viewBox: "0 0 360 194", role: "img", "aria-label": t("work.kid.scores.alt", { list }) });
  for (const safe of [0, 5, 10]) {
    svg.append(
      shape("path", { class: "grid", d: `M26 ${y(safe)}H350` }),
      shape("text", { x: 20, y: y(safe) + 4, "text-anchor": "end" }, String(safe)),
    );
  }
  for (const month of months(first, now.getTime(), span > 200 * DAY ? 2 : 1)) {
    svg.append(
      shape("path", { class: "grid", d: `M${x(month)} 170V182` }),
      shape("text", { x: x(month) + 4, y: 182 }, new Intl.DateTimeFormat(spoken(), { month: "short" }).format(month)),
    );
  }
  for (const [at, point] of points.entries()) {
    const next = points[at + 1];
    if (!next) break;
    const far = next.at.getTime() - point.at.getTime() > FAR * DAY;
    svg.append(
      shape("path", {
        class: far ? "safe far" : "safe",
        d: `M${x(point.at.getTime())} ${y(point.safe)}L${x(next.at.getTime())} ${y(next.safe)}`,
      }),
    );
  }
  const last = points[points.length - 1];
  if (now.getTime() - last.at.getTime() > FAR * DAY) {
    svg.append(shape("path", { class: "safe far", d: `M${x(last.at.getTime())} ${y(last.safe)}H${x(now.getTime())}` }));
  }
  // Days close together would print their faces and figures over each other; from right to left, the newest wins.
  let faceFrom = Infinity;
  let figureFrom = Infinity;
  for (const point of [...points].reverse()) {
    const at = x(point.at.getTime());
    svg.append(shape("circle", { class: "dot", cx: at, cy: y(point.safe), r: 5 }));
    if (figureFrom - at >= 12) {
      svg.append(shape("text", { class: "val", x: at, y: y(point.safe) + (point.safe === 0 || point.safe > 8 ? -10 : 20), "text-anchor": "middle" }, String(point.safe)));
      figureFrom = at;
    }
    if (point.mood !== null && faceFrom - at >= 22) {
      const mood = face(point.mood);
      setAttributes(mood, { x: at - 11, y: 2, width: 22, height: 22 });
      svg.append(mood);
      faceFrom = at;
    }
  }
  return h(
    "div",
    null,
    svg,
    h("p", { class: "small soft" }, t("work.kid.scores.note")),
    h(
      "details",
      { class: "fold" },
      h("summary", null, t("work.kid.scores.table")),
      h("ul", { class: "figures" }, ...points.map((point) => h("li", null, t("work.kid.scores.point", { day: day(point.at), n: point.safe })))),
    ),
  );
}

/**
 * When a child was heard from in the last six months: a dot for each message, and silence as something one sees.
 *
 * @param {string} name
 * @param {Date[]} heard
 * @param {Date} [now]
 * @returns {SVGSVGElement}
 */
export function strip(name, heard, now = new Date()) {
  const from = now.getTime() - 182 * DAY;
  const x = (/** @type {number} */ at) => round(8 + ((at - from) / (182 * DAY)) * 304);
  const dots = heard.map((at) => at.getTime()).filter((at) => at >= from).sort((a, b) => a - b);
  const last = heard.length ? new Date(Math.max(...heard.map((at) => at.getTime()))) : null;
  const svg = document.createElementNS(SVG, "svg");
  const label = last ? t("work.today.strip", { name, when: ago(last) }) : t("work.today.strip.none", { name });
  setAttributes(svg, { class: "strip", viewBox: "0 0 320 28", role: "img", "aria-label": label });
  for (const month of months(from, now.getTime(), 1)) svg.append(shape("path", { class: "t", d: `M${x(month)} 5V23` }));
  if (last) {
    const begin = dots.length ? x(dots[0]) : x(from);
    const end = dots.length ? x(dots[dots.length - 1]) : x(from);
    if (dots.length > 1) svg.append(shape("path", { class: "s", d: `M${begin} 14H${end}` }));
    svg.append(shape("path", { class: "g", d: `M${end} 14H312` }));
    const quiet = daysAgo(last, now);
    if (quiet > LONG) svg.append(shape("path", { class: "hush", d: `M${Math.max(end, x(last.getTime() + LONG * DAY))} 14H312` }));
  } else {
    svg.append(shape("path", { class: "hush", d: "M8 14H312" }));
  }
  for (const at of dots) svg.append(shape("circle", { class: "heard", cx: x(at), cy: 14, r: 4.5 }));
  return svg;
}

/**
 * The first days of the months between two moments.
 *
 * @param {number} from
 * @param {number} until
 * @param {number} step - One in so many.
 */
function months(from, until, step) {
  const found = [];
  const start = new Date(from);
  for (let n = 1; n < 60; n += 1) {
    const first = new Date(start.getFullYear(), start.getMonth() + n, 1).getTime();
    if (first > until - 10 * DAY) break;
    if (n % step === 0) found.push(first);
  }
  return found;
}

/** @param {Date} at */
const short = (at) => new Intl.DateTimeFormat(spoken() === "en" ? "en-GB" : spoken(), { day: "numeric", month: "long" }).format(at);

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;
