/**
 * From the .po catalogues to one small module per language and domain, with the texts that the sources use.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

export const LANGUAGES = ["nl", "en"];

/** Texts of the child that its first screens do without: they are fetched with the screens that show them. */
const TALKS = /^child\.(talks|talk|confirm|after|quarter|alarm|house|right|kp|offer|service)\./;

/**
 * The modules of texts: out of which catalogue, the first words of their keys in sources, and which of these are theirs.
 * @type {Record<string, {catalogue: string, heads: string[], has: (key: string) => boolean}>}
 */
const MODULES = {
  child: { catalogue: "child", heads: ["child"], has: (key) => !TALKS.test(key) },
  talks: { catalogue: "child", heads: ["child"], has: (key) => TALKS.test(key) },
  work: { catalogue: "work", heads: ["work", "level", "meld", "hwc", "kp", "opener"], has: () => true },
};

/**
 * Reads the entries of a .po file.
 *
 * @param {string} text
 * @returns {Map<string, string>} Text by key, in the file's order.
 */
export function parsePo(text) {
  const found = new Map();
  let key = "";
  let value = "";
  let into = "";
  const finish = () => {
    if (key) found.set(key, value);
    key = value = into = "";
  };
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) {
      if (into === "msgstr") finish();
      continue;
    }
    const match = /^(?:(msgid|msgstr)\s+)?("(?:[^"\\]|\\.)*")$/.exec(line);
    if (!match) throw new Error(`line ${at + 1} is neither a comment nor msgid or msgstr: ${line}`);
    if (match[1] === "msgid" && into === "msgstr") finish();
    if (match[1]) into = match[1];
    const piece = JSON.parse(match[2]);
    if (into === "msgid") key += piece;
    else value += piece;
  }
  finish();
  return found;
}

/**
 * Finds the keys that sources name in string literals.
 *
 * @param {string[]} sources - JavaScript without comments.
 * @param {string[]} heads - First words of the keys looked for.
 * @returns {{whole: Set<string>, starts: Set<string>}} Keys in full, and the starts of series ("child.mood.").
 */
export function usedKeys(sources, heads) {
  const whole = new Set();
  const starts = new Set();
  const literal = new RegExp(`["'\`]((?:${heads.join("|")})\\.[\\w.]*#?)(["'\`]|\\$\\{)`, "g");
  for (const source of sources) {
    for (const [, key, end] of source.matchAll(literal)) {
      if (/^\w+\.(js|css|svg|json)$/.test(key)) continue;
      if (key.endsWith(".#")) starts.add(key.slice(0, -1));
      else if (key.endsWith(".") || end === "${") starts.add(key);
      else whole.add(key);
    }
  }
  return { whole, starts };
}

/**
 * Chooses the texts that a bundle carries.
 *
 * @param {Map<string, string>} catalogue
 * @param {{whole: Set<string>, starts: Set<string>}} used
 * @returns {Record<string, string>}
 * @throws {Error} When a key that some source names has no text: the build fails rather than a child's page.
 */
export function choose(catalogue, used) {
  const all = [...catalogue.keys()];
  // The name of a question ("child.mood" in a message) has texts below it and none of its own.
  const missing = [...used.whole].filter((key) => !catalogue.has(key) && !all.some((one) => one.startsWith(`${key}.`)));
  for (const start of used.starts) {
    if (![...catalogue.keys()].some((key) => key.startsWith(start))) missing.push(`${start}#`);
  }
  if (missing.length) throw new Error(`no text for ${missing.sort().join(", ")}`);
  const starts = [...used.starts];
  return Object.fromEntries(
    [...catalogue].filter(([key]) => {
      const plain = key.replace(/@8$/, "");
      return used.whole.has(plain) || starts.some((start) => plain.startsWith(start));
    }),
  );
}

/**
 * Gives the source of every words module.
 *
 * @param {string} root - The project's folder.
 * @param {string[]} sources
 * @returns {Promise<Record<string, string>>} Source by file name.
 */
export async function wordsModules(root, sources) {
  /** @type {Record<string, string>} */
  const modules = {};
  for (const [domain, { catalogue, heads, has }] of Object.entries(MODULES)) {
    const used = usedKeys(sources, heads);
    for (const language of LANGUAGES) {
      const path = join(root, "kindstem/locale", language, "LC_MESSAGES", `${catalogue}.po`);
      let texts;
      try {
        texts = choose(parsePo(await readFile(path, "utf8")), used);
      } catch (error) {
        throw new Error(`kindstem/locale/${language}/LC_MESSAGES/${catalogue}.po: ${error.message}`);
      }
      texts = Object.fromEntries(Object.entries(texts).filter(([key]) => has(key)));
      modules[`words-${domain}-${language}.js`] =
        `/** @type {Record<string, string>} */\nexport default ${JSON.stringify(texts, null, 1)};\n`;
    }
  }
  return modules;
}
