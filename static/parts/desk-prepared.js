/**
 * What prepares a talk, picked out of what is known: since when, what stays open, what was asked about the words, how to
 * begin. Nothing here shows or fetches anything.
 *
 * @module
 */

import { answerOf } from "./desk-entry.js";
import { isOwn } from "./desk-kid.js";
import { written } from "./entry.js";
import { partKey, wordsOf } from "./part.js";
import { series, t } from "./words.js";

/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {import("./desk-chart.js").Score} Score */
/** @typedef {import("./desk-entry.js").Thread} Thread */
/** @typedef {import("./desk-talks.js").TalkView} TalkView */

/** @typedef {{why: "asked" | "answered" | "contradicted", thread: Thread, wish: string, answer: Opened | null}} Promised */

/** Answers to "what do you want to happen" that ask something of somebody, by their place. */
const ASKS = new Set([1, 2, 3]);

/**
 * Which of the choices that were shown an answer was; -1 for one in own words.
 *
 * @param {{value: any, options?: string[]}} answer
 */
const placeIn = ({ value, options }) => (options ?? []).indexOf(value);

/**
 * The last conversation alone, whoever held it.
 *
 * @param {TalkView[]} talks
 * @returns {TalkView | null}
 */
export const lastAlone = (talks) => talks.filter(({ verdict }) => verdict.realised).reduce((/** @type {TalkView | null} */ last, one) => (!last || one.begin > last.begin ? one : last), null);

/**
 * What the child asked, or was answered, and is not settled: no outcome yet, words without one, still open, or an outcome
 * that the child says is not so.
 *
 * @param {Thread[]} threads
 * @returns {Promised[]} In their order.
 */
export function openPromises(threads) {
  /** @type {Promised[]} */
  const found = [];
  for (const thread of threads) {
    const { said } = thread;
    if (said.state !== "open" || !isOwn(said)) continue;
    const want = answerOf(said.doc, "child.want");
    const wish = want ? written(want) : "";
    const standing = standingAnswers(thread);
    if (!standing.length && want && ASKS.has(placeIn(want))) found.push({ why: "asked", thread, wish, answer: null });
    for (const answer of standing) {
      if (["message", "open"].includes(answer.doc.outcome)) found.push({ why: "answered", thread, wish: wishOf(said.doc, answer) || wish, answer });
      else {
        const reaction = (thread.reactions.get(answer.row.id) ?? []).filter(isOwn).pop();
        if (reaction && placeIn(reaction.doc) > 0) found.push({ why: "contradicted", thread, wish: wishOf(said.doc, answer) || wish, answer });
      }
    }
  }
  return found;
}

/**
 * How it stands with a message: of each part that was answered, and of the whole, the newest answer that somebody stands
 * for. One about the whole stands for every part that was answered before it.
 *
 * @param {Thread} thread
 * @returns {Opened[]} In their order.
 */
export function standingAnswers({ answers }) {
  /** @type {Map<string, Opened>} */
  const standing = new Map();
  for (const one of answers) {
    if (one.author !== "verified") continue;
    const key = partKey(one.doc.part);
    if (!key) standing.clear();
    standing.delete(key);
    standing.set(key, one);
  }
  return [...standing.values()];
}

/** The wish that an answer is about; "" of the whole, and of what has no words. @param {any} doc @param {Opened} answer */
const wishOf = (doc, answer) => (answer.doc.part ? wordsOf(doc, answer.doc.part).text : "");

/**
 * What the child asked about its words (R2): what it does not want to be done with them first.
 *
 * @param {Thread[]} threads
 * @returns {{text: string, strict: boolean, threads: Thread[]}[]}
 */
export function askedOfWords(threads) {
  /** @type {Map<string, {text: string, place: number, threads: Thread[]}>} */
  const found = new Map();
  for (const thread of threads) {
    // Also what nobody verified: a wish that is kept without need harms nobody.
    const share = thread.said.state === "open" ? answerOf(thread.said.doc, "child.share") : null;
    if (!share) continue;
    const text = written(share);
    const group = found.get(text) ?? { text, place: placeIn(share), threads: [] };
    group.threads.push(thread);
    found.set(text, group);
  }
  // A text that is none of those shown may be as strict as any.
  const rank = (/** @type {number} */ place) => (place < 0 ? 9 : place);
  return [...found.values()].sort((a, b) => rank(b.place) - rank(a.place)).map(({ text, place, threads: all }) => ({ text, strict: place !== 0, threads: all }));
}

/**
 * The words that went with a request to talk alone, newest first.
 *
 * @param {Thread[]} threads
 * @param {Date | null} since - When the oldest request that is open was made; null when none is.
 */
export const whereAndWhen = (threads, since) => (since ? threads.filter(({ said }) => said.state === "open" && answerOf(said.doc, "child.talk") && said.row.at >= since) : []);

/**
 * Open invitations to begin with, fitted to age, and the rest of them.
 *
 * Each stands in the catalogue as it is said. A number goes into one only when the child gave it, and no words of the
 * child go into any: which of them to take up is for whoever talks with it.
 *
 * @param {{age: number | null, level: "8" | "12", scores: Score[], said: boolean}} of - `said`: that there are new words.
 * @returns {{first: string[], more: string[]}}
 */
export function openers({ age, level, scores, said }) {
  const own = age === null ? level : age <= 6 ? "4" : age <= 11 ? "8" : "12";
  const [n, m] = scores.slice(-2).map(({ safe }) => safe);
  const last = m ?? n;
  const moved = m !== undefined && m !== n;
  const all = series(`opener.${own}.#`, { n: (own === "8" ? last : n) ?? "…", m: m ?? "…", quote: "…" });
  const fits = (/** @type {number} */ at) => {
    if (own === "8") return (at !== 6 || last !== undefined) && (at !== 5 || said);
    return own !== "12" || ((at !== 6 || moved) && at !== 5);
  };
  const order = { 4: [10, 1, 6, 2], 8: [5, 6, 7, 10, 1, 2], 12: [1, 6, 7, 9, 2] }[own];
  const first = order.filter(fits).slice(0, 4);
  const more = all.filter((_, at) => !first.includes(at + 1) && (fits(at + 1) || (own === "12" && at === 4)));
  return { first: first.map((at) => all[at - 1]), more };
}

/** @param {string} text @param {number} most @returns {string} Its beginning, with a mark that there is more. */
export function cut(text, most) {
  const one = text.replace(/\s+/g, " ").trim();
  if (one.length <= most) return one;
  const short = one.slice(0, most);
  const end = short.lastIndexOf(" ");
  return `${(end > most / 2 ? short.slice(0, end) : short).replace(/\p{Surrogate}$/u, "")}…`;
}

/** @param {number} ms @returns {string} "1:20" */
export const length = (ms) => `${Math.floor(Math.round(ms / 1000) / 60)}:${String(Math.round(ms / 1000) % 60).padStart(2, "0")}`;

/**
 * What was said in one line: its words cut, a sound by how long it is, a drawing by its name.
 *
 * @param {Thread} thread @param {number} most
 */
export function inShort({ said }, most) {
  const pieces = (said.doc?.parts ?? []).map((/** @type {any} */ part) => {
    if (part.kind === "text") return cut(part.text, most);
    return part.kind === "voice" ? t("work.prep.sheet.sound", { time: length(part.ms) }) : t("work.prep.sheet.drawing");
  });
  return pieces.join(" ");
}
