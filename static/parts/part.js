/**
 * Which part of a message something is about: one of its parts, or a stretch of the words in it. For phone and desk alike.
 *
 * @module
 */

/** @typedef {{n: number, from?: number, to?: number}} Part `n`: the place among the parts; the stretch is in code points. */

/**
 * The words that a part is about.
 *
 * @param {any} doc - Of the message.
 * @param {Part} part
 * @returns {{kind: "text" | "voice" | "drawing" | "gone", text: string}} `gone` when the message has no such part or
 *   stretch: then it is about nothing that can be shown.
 */
export function wordsOf(doc, { n, from, to }) {
  const found = doc?.parts?.[n];
  const text = [...(found?.text ?? "")];
  if (!found || (to !== undefined && (found.kind !== "text" || to > text.length))) return { kind: "gone", text: "" };
  return { kind: found.kind, text: text.slice(from ?? 0, to ?? text.length).join("") };
}

/** @param {Part | undefined} part @returns {string} The same for the same part; "" for the whole. */
export const partKey = (part) => (part ? `${part.n}.${part.from ?? ""}.${part.to ?? ""}` : "");
