/**
 * QR codes as drawings, made in this browser: what they hold is a secret and no image of it is ever fetched or stored.
 *
 * For both audiences, and loaded when a code is to be shown: `const { qrCode } = await import("./qr.js")`.
 *
 * @module
 */

import encodeQR from "qr";

import { setAttributes } from "./h.js";

const SVG = "http://www.w3.org/2000/svg";

/** White around the code, in modules: with less, cameras do not find it. */
const QUIET = 4;

/**
 * A QR code, always dark on white, also at night: a camera needs the contrast.
 *
 * @param {string} text
 * @param {string} label - What it is, for those who do not see it.
 * @param {"low" | "medium"} [mend] - How much of it may be unreadable. `low` keeps the squares of a long text large,
 *   which on a screen that is held still helps a camera more than mending does.
 * @returns {SVGSVGElement}
 */
export function qrCode(text, label, mend = "medium") {
  const rows = encodeQR(text, "raw", { ecc: mend, border: QUIET });
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, {
    viewBox: `0 0 ${rows.length} ${rows.length}`,
    class: "qr",
    role: "img",
    "aria-label": label,
    "shape-rendering": "crispEdges",
  });
  const paper = document.createElementNS(SVG, "rect");
  setAttributes(paper, { width: rows.length, height: rows.length, fill: "#fff" });
  const ink = document.createElementNS(SVG, "path");
  setAttributes(ink, { d: rows.map(runs).join(""), fill: "#000" });
  svg.append(paper, ink);
  return svg;
}

/**
 * One row as rectangles, so that the whole code is a single path.
 *
 * @param {boolean[]} row
 * @param {number} y
 */
function runs(row, y) {
  let path = "";
  for (let x = 0; x < row.length; x += 1) {
    if (!row[x]) continue;
    let end = x;
    while (row[end]) end += 1;
    path += `M${x} ${y}h${end - x}v1h-${end - x}z`;
    x = end;
  }
  return path;
}
