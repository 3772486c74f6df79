/**
 * A document as a reader sees it: the child's words, facts, interpretation and what the child says of each, which cannot be
 * taken for one another.
 *
 * @module
 */

import { besideOf, literal, recordingOf, ruleLeftOut, tooLate } from "./desk-document.js";
import { dated, moment, note } from "./desk-bits.js";
import { entry as content } from "./entry.js";
import { h } from "./h.js";
import { day, t } from "./words.js";

/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {import("./desk-document.js").Paper} Paper */
/** @typedef {import("./desk-document.js").Quote} Quote */
/** @typedef {import("./desk-transcript.js").Proven} Proven */

/** In the order of the catalogue. */
export const KINDS = ["plan", "ots", "extension", "placement", "return", "ending", "other"];
/** @type {Proven[]} */
const PROVEN = ["literal", "sound", "drawing", "reader"];
const STATES = ["literal", "changed", "closed", "unverified"];

/** @param {string} date - As `2026-12-03`. */
export const dayWords = (date) => day(new Date(`${date}T12:00:00`));

/** @param {string} date @returns {string} With its year, for paper. */
const fullDay = (date) => day(new Date(`${date}T12:00:00`), new Date(0));

/** @param {string} kind @returns {string} */
export const decisionWords = (kind) => t(`work.kp.decision.${KINDS.indexOf(kind) + 1}`);

/** @param {{kind: string, day: string}} decision @param {(date: string) => string} [on] @returns {string} "Plan, 3 december 2026" */
export const decisionLine = ({ kind, day }, on = dayWords) => t("work.kp.for", { decision: decisionWords(kind), date: on(day) });

/** @param {number} ms @returns {string} "0:04,2" */
export const seconds = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")},${Math.floor(ms / 100) % 10}`;

/** Names of buttons beside what was said. @returns {import("./entry.js").Words} */
const spokenWords = () => ({ listen: t("work.entry.listen"), pause: t("work.entry.pause"), drawing: t("work.entry.drawing"), more: t("work.entry.whole") });

/**
 * The words, sound or drawing of a quote, with what its source says of it.
 *
 * @param {Quote} quote @param {Opened | undefined} source
 * @param {{rules?: boolean, proven?: Proven}} [how] - `rules: false` where what the child asked about its words stands
 *   beside it; `proven`: what a transcript shows of it, in place of what was compared here.
 */
export function quoteBlock(quote, source, { rules = true, proven } = {}) {
  const state = literal(quote, source);
  const at = (proven ? dated : moment)(new Date(quote.at));
  const part = state === "literal" ? source?.doc.parts[quote.part] : null;
  /** @type {import("./h.js").Child[]} */
  const shown = [];
  if (quote.kind === "text") shown.push(h("p", { class: "said" }, `“${quote.text}”`));
  else {
    if (quote.kind === "voice") shown.push(h("p", null, t("work.kp.stretch", { from: seconds(quote.from ?? 0), to: seconds(quote.to ?? 0) })));
    if (part && source) shown.push(...content({ parts: [part] }, quote.kind === "voice" ? [recordingOf(source, quote.part)] : [], spokenWords(), { prompts: false }));
  }
  return [
    h("p", { class: "kind" }, t(`work.kp.quote.${["text", "voice", "drawing"].indexOf(quote.kind) + 1}`), h("span", null, at)),
    ...shown,
    h("p", { class: "source", "data-literal": state }, t(proven ? `work.tr.quote.${PROVEN.indexOf(proven) + 1}` : `work.kp.literal.${STATES.indexOf(state) + 1}`)),
    proven && source?.author === "tablet" ? h("p", { class: "source" }, t("work.tr.tablet")) : null,
    state === "changed" || state === "unverified" ? note("alarm", "i-warn", t("work.kp.broken")) : null,
    quote.share ? h("p", { class: "source", "data-part": "share" }, t("work.kp.share", { text: quote.share.text, reason: quote.share.why })) : null,
    rules && ruleLeftOut(quote, source) ? note("alarm", "i-warn", t("work.kp.ruleleft")) : null,
  ];
}

/**
 * One version with everything that the child said of this document.
 *
 * @param {Paper} paper @param {Opened} shown - The version.
 * @param {{caseload: Caseload, kid: Kid, proven?: Proven[]}} around - `proven`: what a transcript shows of each quote.
 * @returns {HTMLElement}
 */
export function paperArticle(paper, shown, { caseload, kid, proven }) {
  const { doc } = shown;
  const [when, on] = proven ? [dated, fullDay] : [moment, dayWords];
  const author = caseload.nameOf(shown.meta?.by ?? "");
  const placed = paper.reactions.map((one) => ({ one, beside: besideOf(one, shown, paper) }));
  const reactionsAt = (/** @type {string | null} */ section, n = 0) =>
    placed.filter(({ beside }) => (section ? beside?.section === section && beside.n === n : beside === null)).map(({ one }) => reactionBlock(one, shown, paper, { caseload, when }));
  const silent = doc.reaction.state === "none";
  const talks = (caseload.talks.of(kid.child)?.talks ?? []).filter((one) => doc.talks.includes(one.chain.first.hash)).map((one) => one.begin);
  const late = tooLate({ day: doc.decision.day, quotes: doc.quotes, talks });
  return h(
    "article",
    { class: "paper", "data-version": shown.row.id, "data-state": doc.reaction.state },
    h(
      "header",
      null,
      h("h2", null, t("work.kp.of", { child: kid.child })),
      h("p", null, decisionLine(doc.decision, on)),
      h("p", { class: "small" }, t("work.kp.by", { name: author, at: when(new Date(shown.meta?.at ?? shown.row.at)), n: paper.versions.indexOf(shown) + 1, m: paper.versions.length })),
      late ? note("heed", "i-warn", t("work.kp.late")) : null,
      shown.author === "revoked" ? note("heed", "i-warn", t("work.mark.badauthor")) : null,
    ),
    doc.quotes.map((/** @type {Quote} */ quote, /** @type {number} */ n) => [h("section", { class: "part quote", "data-quote": n }, ...quoteBlock(quote, kid.opened.get(quote.entry), { proven: proven?.[n] })), ...reactionsAt("quotes", n)]).flat(),
    doc.observations
      .map((/** @type {any} */ one, /** @type {number} */ n) => [
        h("section", { class: "part seen" }, h("p", { class: "kind" }, t("work.kp.seen"), h("span", null, on(one.day))), h("p", { class: "pre" }, one.text), one.source ? h("p", { class: "source" }, t("work.kp.from", { source: one.source })) : null),
        ...reactionsAt("observations", n),
      ])
      .flat(),
    doc.interpretation
      .map((/** @type {any} */ one, /** @type {number} */ n) => [
        h("section", { class: "part think" }, h("p", { class: "kind" }, t("work.kp.meant", { name: caseload.nameOf(one.by) }), h("span", null, when(new Date(one.at)))), h("p", { class: "pre" }, one.text)),
        ...reactionsAt("interpretation", n),
      ])
      .flat(),
    doc.child ? [h("section", { class: "part told" }, h("p", { class: "kind" }, t("work.kp.told")), h("p", { class: "pre", lang: doc.lang }, doc.child)), ...reactionsAt("child")] : null,
    silent ? h("section", { class: "part react", "data-part": "none" }, h("p", { class: "kind" }, t("work.kp.none")), h("p", { class: "pre" }, doc.reaction.reason)) : null,
    reactionsAt(null),
    !silent && placed.length === 0 ? h("p", { class: "small soft", "data-part": "waits" }, t("work.kp.waits")) : null,
  );
}

/** @param {Opened} one @param {Opened} shown @param {Paper} paper @param {{caseload: Caseload, when: (at: Date) => string}} how */
function reactionBlock(one, shown, paper, { caseload, when }) {
  const about = paper.versions.find((two) => two.row.id === one.meta?.about);
  return h(
    "section",
    { class: "part react", "data-reaction": one.row.id },
    h("p", { class: "kind" }, t("work.kp.react"), h("span", null, when(one.row.at))),
    one.doc.value ? h("p", { lang: one.doc.lang }, h("b", null, one.doc.value)) : null,
    ...content(one.doc, one.attachments, spokenWords(), { prompts: false }),
    about && about !== shown ? h("p", { class: "source" }, t("work.kp.older", { n: paper.versions.indexOf(about) + 1 })) : null,
    one.author === "tablet" ? note("", "i-one", t("work.mark.tablet", { name: caseload.nameOf(one.meta?.by ?? "") })) : null,
    one.author === "verified" || one.author === "tablet" ? null : note("heed", "i-warn", t("work.mark.unverified")),
    h("p", { class: "source" }, t("work.kp.stays")),
  );
}
