/**
 * The sheet of paper to take along: what prepares a talk, on one side of A4.
 *
 * It is laid out by counting lines, not by trusting to luck: what does not fit is left out and said to be in the app.
 * The kindnummer stands for the name; the child's own words stay as they are, and may name anybody.
 *
 * @module
 */

import { houseName } from "./child-house.js";
import { answerOf } from "./desk-entry.js";
import { cut, inShort, length } from "./desk-prepared.js";
import { written } from "./entry.js";
import { h } from "./h.js";
import { picture } from "./sheet.js";
import { day, t } from "./words.js";

/** @typedef {import("./desk-entry.js").Thread} Thread */
/** @typedef {import("./desk-prepared.js").Promised} Promised */

/** How many characters go on a line of the sheet, and on one of half the width. */
const [LINE, HALF] = [96, 42];
/** How many lines the child's words and the lists below them may take together, and one list at most. */
const [LINES, LIST] = [44, 5];
/** How tall a drawing stands, in lines, and how many there are at most. */
const [TALL, DRAWINGS] = [5, 2];
/** How much of one text, and of what stands in a list, is printed. */
const [TEXT, ROW] = [290, 3 * HALF];

/**
 * @typedef {object} Prepared
 * @property {string} child - The kindnummer.
 * @property {number | null} age
 * @property {string} by - Who prints it.
 * @property {string} last - When there was a talk alone.
 * @property {Thread[]} words - Newest first.
 * @property {string} none - What stands there when there are no words.
 * @property {import("./desk-chart.js").Score[]} scores
 * @property {string[]} asked - Requests to talk alone.
 * @property {string[]} promises
 * @property {{text: string, strict: boolean, threads: Thread[]}[]} share
 * @property {string[]} siblings
 * @property {string[]} where
 * @property {string[]} openers
 */

/** @param {Prepared} of */
export function sheetOf(of) {
  const lists = [
    listed(t("work.prep.2"), [of.scores.slice(-8).map(({ at, safe }) => t("work.kid.scores.point", { day: short(at), n: safe })).join(", ")]),
    listed(t("work.wish.title"), of.asked),
    listed(t("work.prep.where"), of.where),
    listed(t("work.prep.3"), of.promises),
    listed(t("work.prep.share"), of.share.map(({ text, threads }) => `${text} (${days(threads)})`)),
    listed(t("work.prep.sib"), of.siblings),
  ];
  // Side by side, two and two: what they leave is for the words.
  const beside = [0, 2, 4].reduce((sum, at) => sum + Math.max(lists[at].lines, lists[at + 1].lines), 0);
  const { words, left } = fitting(of.words, LINES - beside);
  return h(
    "section",
    { class: "one-sheet only-print", "data-part": "sheet" },
    h("h1", null, t("work.prep.sheet.title", { child: of.child }), of.age ? `, ${t("work.today.age", { n: of.age })}` : ""),
    h("p", null, of.last),
    block(t("work.prep.1"), words.length ? words : h("p", null, cut(of.none, 2 * LINE)), left ? h("p", null, t("work.prep.sheet.left", { n: left })) : null),
    h("div", { class: "halves" }, lists.map(({ element }) => element)),
    block(t("work.prep.open"), h("ul", null, of.openers.map((one) => h("li", null, one))), h("p", null, t("opener.stop"))),
    h("p", { class: "foot" }, t("work.prep.sheet.foot", { day: day(Date.now()), name: of.by })),
  );
}

/**
 * As many messages as there is room for, newest first.
 *
 * @param {Thread[]} threads @param {number} room - In lines.
 * @returns {{words: HTMLElement[], left: number}}
 */
function fitting(threads, room) {
  const words = [];
  let lines = room;
  let drawings = DRAWINGS;
  for (const thread of threads) {
    const { said } = thread;
    const { doc, meta } = said;
    const head = [short(new Date(meta?.at ?? said.row.at))];
    if (meta?.kind === "flag") head.push(t("work.entry.kind.flag"));
    if (doc?.house) head.push(houseName(doc.house));
    const mood = answerOf(doc, "child.mood");
    if (mood) head.push(written(mood));
    const safe = answerOf(doc, "child.safe");
    if (safe) head.push(t("work.prep.sheet.safe", { n: written(safe) }));
    if (said.state !== "open") head.push(t("work.prep.sheet.closed"));
    head.push(...marks(thread));
    const rest = ["child.feel", "child.want", "child.unsafe.reach"].flatMap((key) => answerOf(doc, key) ?? []).map((one) => `${one.prompt} ${written(one)}`);
    const parts = (doc?.parts ?? []).map((/** @type {any} */ part) => {
      if (part.kind === "text") return `${part.prompt} “${cut(part.text, TEXT)}”`;
      if (part.kind === "voice") return `${part.prompt} ${t("work.prep.sheet.sound", { time: length(part.ms) })}`;
      return drawings > 0 ? part.prompt : `${part.prompt} ${t("work.prep.sheet.drawing")}`;
    });
    const text = cut([...rest, ...parts].join(" · "), 4 * LINE);
    const drawing = drawings > 0 ? (doc?.parts ?? []).find((/** @type {any} */ part) => part.kind === "drawing") : null;
    const takes = 1 + Math.ceil(text.length / (drawing ? LINE - 16 : LINE));
    const tall = drawing ? Math.max(takes, TALL) : takes;
    if (tall > lines) break;
    lines -= tall;
    if (drawing) drawings -= 1;
    words.push(
      h("div", { class: "word" }, drawing ? picture(drawing.strokes, { label: t("work.entry.drawing"), class: "small-sheet" }) : null, h("p", null, h("b", null, head.join(" · ")), h("br", null), text)),
    );
  }
  return { words, left: threads.length - words.length };
}

/** What must be known beside the words, in a word each. @param {Thread} thread */
function marks({ said }) {
  const found = [];
  if (said.state === "open" && said.author === "unverified") found.push(t("work.prep.sheet.unverified"));
  if (said.author === "revoked") found.push(t("work.prep.sheet.revoked"));
  if (said.author === "tablet") found.push(t("work.prep.sheet.tablet"));
  const alone = answerOf(said.doc, "child.alone");
  if (alone && [1, 2].includes((alone.options ?? []).indexOf(alone.value))) found.push(t("work.prep.sheet.notalone"));
  if (said.meta && ["locked", "none"].includes(said.meta.lock)) found.push(t("work.prep.sheet.nopin"));
  return found;
}

/** @param {string} title @param {...import("./h.js").Child} content */
const block = (title, ...content) => h("section", null, h("h2", null, title), ...content);

/**
 * A list in half the width, with how many lines it takes; what does not fit is counted.
 *
 * @param {string} title @param {string[]} rows
 */
function listed(title, rows) {
  const all = rows.filter(Boolean).map((one) => cut(one, ROW));
  const shown = [];
  let lines = 0;
  for (const one of all) {
    const takes = Math.ceil(one.length / HALF);
    if (lines + takes > LIST) break;
    lines += takes;
    shown.push(h("li", null, one));
  }
  const left = all.length - shown.length;
  const more = left > 0 ? h("p", null, t("work.prep.sheet.left", { n: left })) : null;
  return { element: block(title, h("ul", null, shown.length ? shown : h("li", null, t("work.prep.none"))), more), lines: Math.max(1, lines) + (more ? 1 : 0) };
}

/** The days of some messages, each once. @param {Thread[]} threads */
const days = (threads) => [...new Set(threads.map(({ said }) => short(new Date(said.meta?.at ?? said.row.at))))].slice(0, 4).join(", ");

/** @param {Date} at */
const short = (at) => day(at).replace(/^\S+ /, "");

/** @param {Promised} one @param {(id: string) => string} nameOf @returns {string} In one line, for page and paper. */
export function promiseLine({ why, thread, wish, answer }, nameOf) {
  const title = t(`work.prep.promise.${["asked", "answered", "contradicted"].indexOf(why) + 1}`, { name: answer ? nameOf(answer.meta?.by ?? "") : "" });
  // A wish says what for; what was promised stands in the answer itself.
  const own = inShort(thread, ROW);
  const about = why === "asked" ? [wish, own].filter(Boolean).join(" ") : (answer ? inShort({ ...thread, said: answer }, ROW) : "") || own;
  return about ? `${title}: ${about}` : title;
}
