/**
 * What is written about a child, as it reads it, on its phone or on a tablet in kindmodus: piece by piece, with what it said
 * of each and the way to say it.
 *
 * @module
 */

import { act, acts, note, row } from "./child-bits.js";
import { drawing } from "./draw.js";
import { entry } from "./entry.js";
import { h } from "./h.js";
import { day, series, t } from "./words.js";

/** @typedef {Pick<import("../phone/mail.js").Paper, "first" | "versions" | "reactions">} Paper */
/** @typedef {import("../phone/mail.js").Item} Item */
/** @typedef {Paper["versions"][number]} Version */
/** @typedef {{kind: string, n: number}} Place */

/**
 * Where it is read.
 *
 * @typedef {object} Around
 * @property {string} worker - Whose words it is, where nobody's name is known.
 * @property {boolean} young
 * @property {(about: string, part: Place | null, of: string) => void} react - Goes to what the child says of it, or of a piece.
 * @property {(id: string) => {doc: any, attachments: import("../bytes.js").Bytes[]} | null} ownEntry - What the child said, that is quoted.
 */

/** In the order of the catalogue. */
const KINDS = ["plan", "ots", "extension", "placement", "return", "ending", "other"];

const words = () => ({ listen: t("child.mine.listen"), pause: t("child.voice.button.2"), drawing: t("child.kp.drawing"), more: t("child.mine.more") });

/** @param {Paper} paper @returns {Version[]} The newest: more than one when two people wrote at once. */
const newest = ({ versions }) => {
  const followed = new Set(versions.flatMap((one) => one.opened.doc.prev));
  return versions.filter((one) => !followed.has(one.id));
};

/** @param {Version} one */
const kindWords = ({ opened }) => t(`child.kp.decision.${KINDS.indexOf(opened.doc.decision.kind) + 1}`);

/**
 * The newest of each, to read.
 *
 * @param {Paper[]} papers @param {(id: string) => void} open
 * @returns {HTMLElement}
 */
export function paperRows(papers, open) {
  if (!papers.length) return h("div", { class: "empty" }, drawing("quiet"), h("p", null, t("child.kp.none")));
  return h(
    "div",
    { class: "rows" },
    papers.flatMap((paper) =>
      newest(paper).map((one) =>
        row({
          label: kindWords(one).replace(/^./u, (letter) => letter.toLocaleUpperCase()),
          small: t("child.kp.row.small", { name: one.name || "?", date: day(Date.parse(one.opened.meta.at)) }),
          art: "right-file",
          tag: paper.reactions.some(({ opened }) => opened?.meta.about === one.id) ? undefined : t("child.kp.new"),
          press: () => open(one.id),
        }),
      ),
    ),
  );
}

/**
 * One version, from what is written for the child to what it says of it.
 *
 * @param {Paper} paper @param {Version} shown @param {Around} around
 * @returns {import("./h.js").Child[]}
 */
export function whole(paper, shown, around) {
  const { doc } = shown.opened;
  const name = shown.name || around.worker;
  const parts = series("child.kp.part.#", { name });
  const about = paper.reactions.filter(({ opened }) => opened?.meta.about === shown.id);
  const react = (/** @type {Place | null} */ part, /** @type {string} */ of) => around.react(shown.id, part, of);
  /** What the child said of a piece, and the way to say it. @param {string} kind @param {number} n @param {string} of */
  const beside = (kind, n, of) => {
    const said = about.filter(({ opened }) => opened?.doc.part?.kind === kind && opened.doc.part.n === n);
    return [...said.map(mine), acts(act(t("child.kp.say"), () => react({ kind, n }, of), "bare"))];
  };
  const facts = doc.observations.map((/** @type {any} */ one, /** @type {number} */ n) => [
    h("section", { class: "card", "data-piece": `observations-${n}` }, h("p", { class: "soft small" }, day(new Date(`${one.day}T12:00:00`))), h("p", null, one.text), h("p", { class: "soft small" }, t("child.kp.source", { name, source: one.source }))),
    ...beside("observations", n, one.text),
  ]);
  const meant = doc.interpretation.map((/** @type {any} */ one, /** @type {number} */ n) => [h("section", { class: "card", "data-piece": `interpretation-${n}` }, h("p", null, one.text)), ...beside("interpretation", n, one.text)]);
  const rest = [facts.length ? [h("h2", null, parts[1]), ...facts.flat()] : null, meant.length ? [h("h2", null, parts[2]), ...meant.flat()] : null].flat();
  return [
    h("p", { class: "lead" }, t("child.kp.purpose", { name, decision: kindWords(shown) })),
    paper.versions.length > 1 ? note(t("child.kp.version")) : null,
    h("h2", null, t("child.kp.plain", { name })),
    h("section", { class: "card", "data-piece": "child-0" }, ...doc.child.split("\n").map((/** @type {string} */ line) => h("p", { class: "lead", lang: doc.lang }, line))),
    ...beside("child", 0, doc.child),
    doc.quotes.length ? h("h2", null, parts[0]) : null,
    ...doc.quotes.map((/** @type {any} */ quote, /** @type {number} */ n) => [quoted(quote, n, name, around), ...beside("quotes", n, quote.text ?? t(quote.kind === "voice" ? "child.mine.listen" : "child.kp.drawing"))]).flat(),
    // For who reads little: what is written in the words of adults stands folded.
    around.young && rest.length ? h("details", null, h("summary", null, t("child.kp.rest")), h("div", { class: "stack section-s" }, rest)) : rest,
    h("h2", null, parts[3]),
    ...about.filter(({ opened }) => !opened?.doc.part).map(mine),
    note(t("child.kp.court", { name })),
    h("p", { class: "soft small" }, t("child.kp.stays", { name })),
    acts(act(t("child.kp.question"), () => react(null, kindWords(shown)))),
  ].flat();
}

/** A quote: the child's own words, with what it asked about them. @param {any} quote @param {number} n @param {string} name @param {Around} around */
function quoted(quote, n, name, around) {
  const source = around.ownEntry(quote.entry);
  const part = source?.doc.parts?.[quote.part];
  const sound = source && part?.kind === "voice" ? source.attachments[source.doc.parts.slice(0, quote.part).filter((/** @type {any} */ one) => one.kind === "voice").length] : null;
  const differs = part && (part.kind !== quote.kind || (quote.kind === "text" && [...part.text].slice(quote.from, quote.to).join("") !== quote.text));
  return [
    h(
      "section",
      { class: "leaf", "data-piece": `quotes-${n}` },
      h("p", { class: "from" }, t("child.kp.yours", { date: day(Date.parse(quote.at)) })),
      quote.kind === "text" ? h("p", { class: "said" }, quote.text) : null,
      quote.kind === "voice" ? h("p", { class: "small" }, t("child.kp.sound", { from: time(quote.from), to: time(quote.to) })) : null,
      quote.kind !== "text" && part?.kind === quote.kind ? entry({ parts: [part] }, sound ? [sound] : [], words(), { prompts: false }) : null,
    ),
    differs ? note(t("child.kp.changed"), { icon: "i-warn" }) : null,
    quote.share ? note(t("child.kp.asked", { text: quote.share.text, name, reason: quote.share.why }), { icon: "i-info" }) : null,
  ];
}

/** @param {number} ms */
const time = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

/** What the child said itself. @param {Item} item */
function mine({ opened }) {
  if (!opened) return null;
  const { doc, attachments } = opened;
  return h(
    "div",
    { class: "leaf reaction", "data-reaction": true },
    h("p", { class: "from" }, t("child.kp.said")),
    doc.value ? h("p", { class: "said" }, doc.value) : null,
    entry({ parts: doc.parts ?? [], lang: doc.lang }, attachments, words(), { prompts: false }),
  );
}
