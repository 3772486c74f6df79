/**
 * Texts out of the catalogues, by key.
 *
 * @module
 */

import { h } from "./h.js";

/** @typedef {"nl" | "en"} Language */
/** @typedef {"child" | "talks" | "work"} Domain */
/** @typedef {Record<string, string | number>} Values */

/**
 * One module per language and domain, so that a phone loads one language and never the desk's texts; and those of talks
 * only with the screens that show them.
 * @type {Record<Domain, Record<Language, () => Promise<{default: Record<string, string>}>>>}
 */
const MODULES = {
  child: {
    nl: () => import("../generated/words-child-nl.js"),
    en: () => import("../generated/words-child-en.js"),
  },
  talks: {
    nl: () => import("../generated/words-talks-nl.js"),
    en: () => import("../generated/words-talks-en.js"),
  },
  work: {
    nl: () => import("../generated/words-work-nl.js"),
    en: () => import("../generated/words-work-en.js"),
  },
};

/** @type {Language[]} */
export const LANGUAGES = ["nl", "en"];

/** @type {Record<string, string>} */
const texts = {};
/** @type {Language} */
let language = "nl";
/** @type {"" | "8"} */
let level = "";
/** @type {Values} */
const names = {};

/**
 * Fetches the texts of a domain; `t` works once this has settled. Domains add up.
 *
 * @param {Language} lang
 * @param {Domain} domain
 */
export async function load(lang, domain) {
  const loaded = await MODULES[domain][lang]();
  language = lang;
  Object.assign(texts, loaded.default);
}

/**
 * Chooses between the texts for about fifteen and those for about eight years.
 *
 * @param {"" | "8"} chosen
 */
export function setLevel(chosen) {
  level = chosen;
}

/**
 * Sets the names that every text of the page may use: `worker`, `second`, `confidant`, as the child knows them.
 *
 * The simpler form of a text sometimes names somebody whom the other form leaves out.
 *
 * @param {Values} values - Added to the names set before.
 */
export function setNames(values) {
  Object.assign(names, values);
}

/** @returns {Language} The language of the texts, for `lang` attributes and for dates. */
export function spoken() {
  return language;
}

/**
 * Gives a text as a string.
 *
 * @param {string} key - As in the catalogue, without `@8`: that one is taken at level 8, when there is one.
 * @param {Values} [values] - For its placeholders.
 * @returns {string}
 * @throws {RangeError} For a key without text and for a placeholder without value.
 */
export function t(key, values = {}) {
  return split(key, values).map((part) => part.text).join("");
}

/**
 * Gives a text with each value in its own `<bdi>`, so that a name or number written in another
 * direction cannot turn the sentence around it.
 *
 * @param {string} key
 * @param {Values} values
 * @returns {(string | HTMLElement)[]}
 */
export function spell(key, values) {
  return split(key, values).map((part) => (part.value ? h("bdi", null, part.text) : part.text));
}

/**
 * Gives the texts of a series, in the order of the screen.
 *
 * @param {string} key - Ending in `.#`, as in `child.mood.#`.
 * @param {Values} [values]
 * @returns {string[]}
 */
export function series(key, values = {}) {
  const start = key.slice(0, -1);
  /** @type {string[]} */
  const list = [];
  for (let n = 1; start + n in texts; n += 1) list.push(t(start + n, values));
  if (list.length === 0) throw new RangeError(`no text for ${key}`);
  return list;
}

/**
 * @param {string} key
 * @returns {boolean} Whether there is a text, for keys that come out of data.
 */
export function has(key) {
  return key in texts;
}

/**
 * Writes a day out: "dinsdag 3 juni", with the year when it is not this one.
 *
 * @param {Date | number} at - A moment, or milliseconds since 1970.
 * @param {Date} [today]
 */
export function day(at, today = new Date()) {
  const date = new Date(at);
  /** @type {Intl.DateTimeFormatOptions} */
  const form = { weekday: "long", day: "numeric", month: "long" };
  if (date.getFullYear() !== today.getFullYear()) form.year = "numeric";
  return new Intl.DateTimeFormat(locale(), form).format(date);
}

/**
 * Writes the time of day: "14:05".
 *
 * @param {Date | number} at
 */
export function clock(at) {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
}

/** British order of day and month: the English texts are for people in the Netherlands. */
function locale() {
  return language === "en" ? "en-GB" : language;
}

/**
 * @param {string} key
 * @param {Values} values
 * @returns {{text: string, value: boolean}[]}
 */
function split(key, values) {
  const text = (level === "8" ? texts[`${key}@8`] : undefined) ?? texts[key];
  if (text === undefined) throw new RangeError(`no text for ${key}`);
  return text.split(/(\{\w+\})/).filter(Boolean).map((part) => {
    if (!/^\{\w+\}$/.test(part)) return { text: part, value: false };
    const name = part.slice(1, -1);
    const value = values[name] ?? names[name];
    if (value === undefined) throw new RangeError(`no value for ${part} in ${key}`);
    return { text: String(value), value: true };
  });
}
