/**
 * Our own drawings, built node by node: no markup is parsed and no image is fetched.
 *
 * @module
 */

import first from "../generated/drawings.js";
import { setAttributes } from "./h.js";

const SVG = "http://www.w3.org/2000/svg";

const drawings = { ...first };

/** Knows these drawings as well from now on. @param {typeof first} more */
export const draws = (more) => void Object.assign(drawings, more);

/**
 * Makes a drawing of static/drawings.svg.
 *
 * Without a label it is hidden from readers of the screen: then words must stand beside it.
 * The 24-grid drawings are icons (class `icon`), all others cut paper (class `art`). Icons that point
 * turn round where text runs from right to left.
 *
 * @param {string} name - Its id in the file, `mood-1` or `i-back`.
 * @param {{label?: string, class?: string}} [options] - `class` adds to the drawing's own.
 * @returns {SVGSVGElement}
 * @throws {RangeError} When there is no such drawing; the build carries only those that some source names.
 */
export function drawing(name, options = {}) {
  const found = drawings[name];
  if (!found) throw new RangeError(`no drawing ${name}`);
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, {
    viewBox: found.viewBox,
    class: options.class ? `${found.class} ${options.class}` : found.class,
    role: options.label ? "img" : null,
    "aria-label": options.label ?? null,
    "aria-hidden": options.label ? null : "true",
  });
  for (const [tag, attributes] of found.nodes) {
    const node = document.createElementNS(SVG, tag);
    setAttributes(node, attributes);
    svg.append(node);
  }
  return svg;
}
