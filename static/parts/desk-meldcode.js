/**
 * Meldcodes put together out of opened entries: their versions, what is still needed to close one, who judged; and the rows
 * that say one is open. Nothing here fetches or sends anything (docs/protocol/meldcode.md).
 *
 * @module
 */

import { REASONS } from "../wire.js";
import { button, daysAgo, moment, note } from "./desk-bits.js";
import { reached } from "./desk-caseload.js";
import { ruleOf } from "./desk-document.js";
import { nameOf } from "./desk-kid.js";
import { quoteBlock } from "./desk-paper.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { day, t } from "./words.js";

/** @typedef {import("./desk-bits.js").Desk} Desk */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Meldcode} Meldcode */
/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {"report" | "help" | "talk"} Decision */

/** In the order of the screen, and of the catalogue. @type {Decision[]} */
export const DECISIONS = ["report", "help", "talk"];
const JUDGED = ["agree", "disagree", "officer"];
/** How many questions step 4 has. */
export const QUESTIONS = 5;

/**
 * What was written of one meldcode.
 *
 * @typedef {object} Written
 * @property {Opened[]} versions - All steps, oldest first.
 * @property {Opened[]} heads - The newest steps: more than one when two people wrote at once; none before anything was written.
 * @property {Opened[]} judged - What was said of not reporting, oldest first.
 */

/**
 * @param {Iterable<Opened>} all @param {string} id
 * @returns {Written}
 */
export function written(all, id) {
  // What nobody stands for is not part of it: it could put a decision in somebody's mouth.
  const mine = [...all].filter((one) => one.state === "open" && one.meta?.kind === "meldcode" && one.author !== "unverified" && one.doc.meldcode === id).sort((a, b) => a.row.place - b.row.place);
  const steps = mine.filter((one) => one.doc.what === "steps");
  const followed = new Set(steps.flatMap((one) => one.doc.prev));
  return { versions: steps, heads: steps.filter((one) => !followed.has(one.row.id)), judged: mine.filter((one) => one.doc.what !== "steps") };
}

/**
 * The question of step 4 that is to be answered next; null when the answers decide.
 *
 * @param {({yes: boolean} | null)[]} weighed
 * @returns {number | null} From 1.
 */
export function nextQuestion(weighed) {
  // The second leads on with either answer: a yes is weighed further together with Veilig Thuis.
  const ends = [false, null, false, false, null];
  for (const [n, one] of weighed.entries()) {
    if (one === null) return n + 1;
    if (one.yes === ends[n]) return null;
  }
  return null;
}

/**
 * What is needed before a meldcode can be closed, as sentences.
 *
 * @param {Written} written @param {Meldcode} known
 * @returns {string[]} None when it can be closed.
 */
export function needed({ heads }, known) {
  const head = heads.at(-1);
  if (heads.length > 1) return [t("meld.need.join")];
  if (!head) return [t("meld.need.signals"), t("meld.need.weighed", { n: 1 }), ...DECISIONS.map((one) => t(`meld.need.${one}`))];
  const { doc } = head;
  const question = nextQuestion(doc.weighed);
  const found = DECISIONS.filter((one) => doc.decided[one] === null).map((one) => t(`meld.need.${one}`));
  return [
    ...(doc.steps[0] || doc.quotes.length ? [] : [t("meld.need.signals")]),
    ...(question === null ? [] : [t("meld.need.weighed", { n: question })]),
    ...found,
    // Whether somebody agreed, the server counts; what it says of decisions is what was signed.
    ...known.missing.filter((one) => one === "second" || one === "officer").map((one) => t(`meld.need.${one}`)),
  ];
}

/** @param {Opened} head @param {Meldcode} known @returns {boolean} Whether the server says of the decisions what was signed. */
export const fits = ({ row, doc }, known) =>
  row.id !== known.entry || (known.step === reached(doc) && DECISIONS.every((one) => known[one] === (doc.decided[one]?.yes ?? null)));

/** @param {Decision} decision @param {boolean} yes @returns {{value: string, text: string}[]} */
export const reasonsOf = (decision, yes) => REASONS[decision][yes ? "yes" : "no"].map((value, n) => ({ value, text: t(`meld.reason.${decision}.${yes ? "yes" : "no"}.${n + 1}`) }));

/**
 * Of which entries the child is told that they are used though it asked something about their words, and why.
 *
 * @param {any} doc - Steps that are signed now. @param {Opened[]} versions - Those before: what was told then is not told again.
 * @returns {Map<string, string>} The reason, by entry.
 */
export function toTell(doc, versions) {
  const before = new Set(versions.flatMap((one) => usedOf(one.doc)).map(({ about }) => about));
  return new Map(usedOf(doc).filter(({ about }) => !before.has(about)).map(({ about, why }) => [about, why]));
}

/** @param {any} doc @returns {{about: string, why: string}[]} The message it was opened from comes last, and its reason counts. */
const usedOf = ({ entry, quotes }) =>
  [...quotes.map((/** @type {any} */ one) => ({ about: one.entry, share: one.share })), ...(entry ? [{ about: entry.id, share: entry.share }] : [])]
    .filter(({ share }) => share)
    .map(({ about, share }) => ({ about, why: share.why }));

// --- shown ------------------------------------------------------------------------------------------------------------

/**
 * One version as a reader sees it.
 *
 * @param {Opened} shown @param {{caseload: Caseload, kid: Kid}} around
 */
export function stepsArticle(shown, { caseload, kid }) {
  const { doc } = shown;
  const lines = (/** @type {string} */ text) => h("p", { class: "pre" }, text);
  const answer = (/** @type {boolean} */ yes) => h("b", null, t(yes ? "meld.yes" : "meld.no"));
  const part = (/** @type {number} */ n, /** @type {import("./h.js").Child[]} */ ...inside) =>
    h("section", { class: "part seen" }, h("p", { class: "kind" }, t(`meld.title.${n}`)), ...(inside.flat().some(Boolean) ? inside : [h("p", { class: "small soft" }, t("meld.none"))]));
  return h(
    "article",
    { class: "paper", "data-version": shown.row.id },
    h("header", null, h("p", { class: "small" }, t("meld.version", { name: caseload.nameOf(shown.meta?.by ?? ""), when: moment(new Date(shown.meta?.at ?? shown.row.at)).toLocaleLowerCase() }))),
    shown.author === "revoked" ? note("heed", "i-warn", t("work.mark.badauthor")) : null,
    sourceBlock(doc, kid),
    doc.quotes.map((/** @type {any} */ quote) => h("section", { class: "part quote" }, ...quoteBlock(quote, kid.opened.get(quote.entry)))),
    [1, 2, 3].map((n) => part(n, doc.steps[n - 1] ? lines(doc.steps[n - 1]) : null)),
    part(4, doc.weighed.flatMap((/** @type {any} */ one, /** @type {number} */ n) => (one ? [h("p", { class: "small" }, t(`meld.q.${n + 1}`)), h("p", null, answer(one.yes)), lines(one.why)] : []))),
    part(
      5,
      DECISIONS.flatMap((name, n) => {
        const one = doc.decided[name];
        if (!one) return [];
        const reasons = reasonsOf(name, one.yes).filter(({ value }) => one.reasons.includes(value));
        return [h("p", { class: "small" }, t(`meld.decide.${n + 1}`)), h("p", null, answer(one.yes)), h("ul", { class: "bullets" }, reasons.map(({ text }) => h("li", null, text))), lines(one.text)];
      }),
      doc.child ? [h("p", { class: "small" }, t("meld.child.label", { name: nameOf(kid) })), lines(doc.child)] : null,
    ),
  );
}

/** From where it was opened, and what its child asked about that message. @param {any} doc @param {Kid} kid */
function sourceBlock({ entry, talk }, kid) {
  if (!entry) return talk ? h("p", { class: "small" }, t("meld.from.talk")) : null;
  const from = kid.opened.get(entry.id);
  const rule = from?.state === "open" ? ruleOf(from.doc) : null;
  return h(
    "div",
    { "data-part": "source" },
    from ? h("p", { class: "small" }, t("meld.from.entry", { when: moment(from.row.at).toLocaleLowerCase() })) : null,
    entry.share ? h("p", { class: "small" }, t("work.kp.share", { text: entry.share.text, reason: entry.share.why })) : null,
    rule && rule.text !== entry.share?.text ? note("alarm", "i-warn", t("work.kp.ruleleft")) : null,
  );
}

/**
 * What was said of not reporting.
 *
 * @param {Written} written @param {Caseload} caseload
 */
export function judgements({ heads, judged }, caseload) {
  return judged.map((one) =>
    h(
      "section",
      { class: "box-p", "data-judged": one.doc.what },
      h("h2", null, t(`meld.judged.${JUDGED.indexOf(one.doc.what) + 1}`, { name: caseload.nameOf(one.meta?.by ?? "") })),
      h("p", { class: "pre" }, one.doc.text),
      h("p", { class: "small soft" }, moment(new Date(one.meta?.at ?? one.row.at)), heads.some((head) => head.row.id === one.doc.of) ? null : ` ${t("meld.judged.older")}`),
    ),
  );
}

/**
 * What asks for something: a meldcode that is open, an independent talk that was neither held nor declined.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid
 * @returns {HTMLElement[]} Rows of a list.
 */
export function meldcodeRows(desk, caseload, kid) {
  const name = nameOf(kid);
  return kid.meldcodes
    .filter((one) => !one.closed || one.waits)
    .map((one) => {
      const n = daysAgo(one.at);
      const mine = one.missing.includes("second") && one.missing.length === 1 && one.author !== caseload.session.person.id;
      const under = one.closed ? t("meld.row.talk.days", { n }) : t("meld.row.days", { n, m: one.step });
      return h(
        "li",
        { class: "firstrow heed", "data-meldcode-open": kid.child },
        drawing("i-list"),
        h("div", null, h("b", null, t(one.closed ? "meld.row.talk" : "meld.row", { name })), h("br", null), h("span", { class: "soft small" }, under, mine ? [" ", t("meld.row.second")] : null)),
        button(t("meld.go.on"), { look: "plain", label: `${t("meld.go.on")}: ${name}`, data: { "meldcode-go": one.id } }, () => desk.go("meldcode", { child: kid.child, id: one.id })),
      );
    });
}

/** The ones that were closed. @param {Desk} desk @param {Kid} kid */
export function meldcodesBefore(desk, kid) {
  const closed = kid.meldcodes.filter((one) => one.closed);
  if (closed.length === 0) return null;
  return h(
    "section",
    { class: "box-p", "aria-labelledby": "kid-meldcodes" },
    h("h2", { id: "kid-meldcodes" }, t("meld.before")),
    h("div", { class: "acts line" }, closed.map((one) => button(t("meld.before.one", { date: day(one.at) }), { look: "plain", data: { "meldcode-before": one.id } }, () => desk.go("meldcode", { child: kid.child, id: one.id })))),
  );
}
