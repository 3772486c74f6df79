/**
 * From static/drawings.svg to the modules that hold the drawings the sources name, as plain data.
 */

/** Drawings that no first screen shows: a module of their own (static/parts/draw-more.js). */
const MORE = /^(house-|right-|(three|rights|roof|sent|offline|later)$)/;

/** Icons that point somewhere, and so turn round where text runs from right to left. */
const POINTING = new Set(["i-back", "i-go", "i-exit", "i-undo", "i-play", "i-speak", "i-out"]);

/**
 * Reads the symbols of our own drawings file: flat, self-closing shapes, nothing else.
 *
 * @param {string} svg
 * @returns {Map<string, {viewBox: string, class: string, nodes: [string, Record<string, string>][]}>}
 */
export function parseDrawings(svg) {
  const found = new Map();
  for (const [, head, body] of svg.matchAll(/<symbol ([^>]*)>([\s\S]*?)<\/symbol>/g)) {
    const { id, viewBox } = attributes(head);
    const nodes = [];
    const rest = body.replace(/<(path|circle|ellipse|rect|line) ([^>]*?)\/>/g, (_, tag, text) => {
      nodes.push([tag, attributes(text)]);
      return "";
    });
    if (rest.trim()) throw new Error(`drawing ${id} holds something other than flat shapes: ${rest.trim()}`);
    const kind = viewBox === "0 0 24 24" ? "icon" : "art";
    found.set(id, { viewBox, class: POINTING.has(id) ? `${kind} flip` : kind, nodes });
  }
  return found;
}

/** @param {string} text */
function attributes(text) {
  return Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/**
 * Gives the sources of the drawings modules: those of the first screens, and the others.
 *
 * @param {string} svg
 * @param {string[]} sources - JavaScript without comments; a literal that is a name, or the start of names up to a
 *   hyphen ("mood-"), takes those drawings along.
 * @returns {Record<string, string>} Source by file name.
 */
export function drawingsModules(svg, sources) {
  const all = parseDrawings(svg);
  const literals = new Set();
  for (const source of sources) {
    for (const [, text] of source.matchAll(/["'`]([a-z][\w-]*)(?=["'`]|\$\{)/g)) literals.add(text);
  }
  const starts = [...literals].filter((text) => text.endsWith("-") && text !== "i-");
  const used = [...all].filter(([name]) => literals.has(name) || starts.some((start) => name.startsWith(start)));
  for (const source of sources) {
    for (const [, name] of source.matchAll(/\bdrawing\(\s*["'`]([^"'`$]+)["'`]/g)) {
      if (!all.has(name)) throw new Error(`static/drawings.svg has no drawing ${name}`);
    }
  }
  const source = (/** @type {boolean} */ more) => `/** @type {Record<string, {viewBox: string, class: string, nodes: [string, Record<string, string>][]}>} */
export default ${JSON.stringify(Object.fromEntries(used.filter(([name]) => MORE.test(name) === more)))};
`;
  return { "drawings.js": source(false), "drawings-more.js": source(true) };
}
