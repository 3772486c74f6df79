/**
 * Documents about a child, put together out of opened entries: versions, whether a quote is literal, what the child said
 * of which part. Nothing here shows or fetches anything (docs/protocol/perspective.md).
 *
 * @module
 */

import { canonical } from "../wire.js";
import { equal } from "../bytes.js";
import { answerOf } from "./desk-entry.js";
import { isOwn } from "./desk-kid.js";
import { written } from "./entry.js";

/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {"quotes" | "observations" | "interpretation" | "child"} Section */
/** @typedef {{kind: "text" | "voice" | "drawing", entry: string, part: number, at: string, from?: number, to?: number, text?: string, share: {rule: "ask" | "not", text: string, why: string} | null}} Quote */
/** @typedef {"literal" | "changed" | "closed" | "unverified"} Literal */

/**
 * One document.
 *
 * @typedef {object} Paper
 * @property {string} first - Id of its first version.
 * @property {Opened[]} versions - Those that are open and that somebody stands for, oldest first.
 * @property {Opened[]} heads - Those that no other follows: more than one when two people wrote at once.
 * @property {Opened[]} reactions - Of the child, to any version, oldest first.
 */

/** Choices of `child.share`, by their place, that are a rule about the words. */
const RULES = /** @type {const} */ ({ 1: "ask", 2: "not" });

/**
 * The documents among what is open.
 *
 * @param {Iterable<Opened>} all
 * @returns {Paper[]} The one written last first.
 */
export function papers(all) {
  const open = [...all].filter((one) => one.state === "open" && one.meta).sort((a, b) => a.row.place - b.row.place);
  /** @type {Map<string, Opened[]>} */
  const found = new Map();
  for (const one of open) {
    // A version that nobody stands for is no document: it could put words in an author's mouth.
    if (one.meta?.kind !== "perspective" || one.author === "unverified") continue;
    const first = one.doc.first ?? one.row.id;
    found.set(first, [...(found.get(first) ?? []), one]);
  }
  return [...found]
    .map(([first, versions]) => {
      const followed = new Set(versions.flatMap((one) => one.doc.prev));
      const ids = new Set(versions.map((one) => one.row.id));
      return {
        first,
        versions,
        heads: versions.filter((one) => !followed.has(one.row.id)),
        reactions: open.filter((one) => one.row.dir === "up" && one.meta?.kind === "reaction" && ids.has(one.meta.about ?? "")),
      };
    })
    .filter(({ heads }) => heads.length > 0)
    .reverse();
}

/** @param {string} text @param {number} from @param {number} to - In code points. @returns {string} */
export const stretchOf = (text, from, to) => [...text].slice(from, to).join("");

/**
 * Whether a quote is what its source says.
 *
 * @param {Quote} quote @param {Opened | undefined} source - The entry, when it is open.
 * @returns {Literal}
 */
export function literal(quote, source) {
  if (!source) return "closed";
  if (source.state !== "open" || source.row.dir !== "up") return "changed";
  if (!isOwn(source)) return "unverified";
  const part = source.doc.parts?.[quote.part];
  if (part?.kind !== quote.kind || source.meta?.at !== quote.at) return "changed";
  if (quote.kind === "text") return stretchOf(part.text, quote.from ?? 0, quote.to ?? 0) === quote.text ? "literal" : "changed";
  if (quote.kind === "voice") return (quote.to ?? 0) <= part.ms ? "literal" : "changed";
  return "literal";
}

/**
 * What the child asked about its words, when it does not leave them free.
 *
 * @param {any} doc
 * @returns {{rule: "ask" | "not", text: string} | null}
 */
export function ruleOf(doc) {
  const share = answerOf(doc, "child.share");
  if (!share) return null;
  const place = /** @type {1 | 2} */ ((share.options ?? []).indexOf(share.value));
  // In words that were no choice, it may be anything: then it is asked first.
  if (!RULES[place] && place >= 0) return null;
  return { rule: RULES[place] ?? "ask", text: written(share) };
}

/**
 * Whether a quote leaves out what the child asked about its words.
 *
 * @param {Quote} quote @param {Opened | undefined} source
 */
export function ruleLeftOut(quote, source) {
  const rule = source?.state === "open" ? ruleOf(source.doc) : null;
  return rule !== null && (quote.share?.rule !== rule.rule || quote.share.text !== rule.text);
}

/**
 * The recording of a part, by its place among the parts.
 *
 * @param {Opened} source @param {number} part
 */
export const recordingOf = ({ doc, attachments }, part) => attachments[doc.parts.slice(0, part).filter((/** @type {any} */ one) => one.kind === "voice").length];

/**
 * The entries that may be quoted, newest first: of the child, by a key that is known, with words, sound or drawings.
 *
 * @param {Iterable<Opened>} all
 * @returns {Opened[]}
 */
export const quotable = (all) =>
  [...all].filter((one) => one.state === "open" && one.row.dir === "up" && isOwn(one) && one.doc.parts?.length > 0).sort((a, b) => b.row.place - a.row.place);

/**
 * Where a reaction stands beside a version: the place among the parts of its kind, null beside the whole.
 *
 * It was about a part of one version. In a later one it belongs to the part that is still the same; when there is none, to
 * the whole, with the version it was about.
 *
 * @param {Opened} reaction @param {Opened} shown @param {Paper} paper
 * @returns {{section: Section, n: number} | null}
 */
export function besideOf(reaction, shown, paper) {
  const { part } = reaction.doc;
  const about = paper.versions.find((one) => one.row.id === reaction.meta?.about);
  if (!part || !about) return null;
  const then = contentOf(about.doc, part.kind, part.n);
  if (then === undefined) return null;
  const all = part.kind === "child" ? [shown.doc.child] : shown.doc[part.kind];
  const n = all.findIndex((/** @type {any} */ one) => equal(canonical(one), canonical(then)));
  return n < 0 ? null : { section: part.kind, n };
}

/** @param {any} doc @param {Section} section @param {number} n @returns {any} */
const contentOf = (doc, section, n) => (section === "child" ? (n === 0 ? doc.child : undefined) : doc[section][n]);

/**
 * Whether nothing shows that the child was heard before the decision, whose day has come.
 *
 * @param {{day: string, quotes: {at: string}[], talks: Date[]}} heard - `talks`: when those began on which it rests.
 * @param {Date} [now]
 */
export function tooLate({ day, quotes, talks }, now = new Date()) {
  const moment = new Date(`${day}T00:00:00`);
  if (Number.isNaN(moment.getTime()) || moment > now) return false;
  return ![...quotes.map((one) => new Date(one.at)), ...talks].some((at) => at < moment);
}

/** Words of the case system for a decision that are one of ours. @type {Record<string, string>} */
const KNOWN = { plan: "plan", ots: "ots", verlenging: "extension", extension: "extension", uithuisplaatsing: "placement", placement: "placement", terugplaatsing: "return", return: "return", beeindiging: "ending", ending: "ending" };

/** @param {string} word @returns {string | undefined} The kind of a decision as the roster names it; undefined when that is for a person to say. */
export const kindOf = (word) => (Object.hasOwn(KNOWN, word) ? KNOWN[word] : undefined);
