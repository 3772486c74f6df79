/**
 * One message as a professional reads it: the child's words on their leaf, what must be known beside them, what was
 * done with them.
 *
 * @module
 */

import { sequenceGaps } from "../crypto/seal.js";
import { houseHead } from "./child-house.js";
import { button, moment, note, together } from "./desk-bits.js";
import { fellowReaders, PHONE } from "./desk-caseload.js";
import { entry as content, written } from "./entry.js";
import { h } from "./h.js";
import { wordsOf } from "./part.js";
import { day, series, t } from "./words.js";

/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */

/**
 * What belongs to one message.
 *
 * @typedef {object} Thread
 * @property {Opened} said
 * @property {Opened[]} answers - Oldest first.
 * @property {Map<string, Opened[]>} reactions - Of the child, by answer.
 * @property {{from: number, to: number} | null} gap - The numbers around what is missing just before this one.
 * @property {boolean} fresh - That I opened it now for the first time.
 */

/** How a message that somebody helped with says so, by the place of the answer among those shown. */
const NOT_ALONE = new Set([1, 2]);

/** What can have become of a message, in the order of the catalogue. */
export const OUTCOMES = ["discussed", "done", "not_done", "message", "open"];

/** Kinds that are a message of their own. */
const MESSAGES = new Set(["checkin", "house", "flag", "flag-mistake", "empty"]);

/**
 * Puts opened entries together: each message with its answers, and these with the child's reactions.
 *
 * @param {Opened[]} all
 * @param {{fresh: Set<string>, gaps: Map<string, {from: number, to: number}>}} known
 * @returns {Thread[]} Newest first.
 */
export function threads(all, { fresh, gaps }) {
  /** @type {Map<string, Opened[]>} */
  const about = new Map();
  for (const one of all) {
    if (one.state !== "open" || !one.meta?.about || !["answer", "reaction", "note"].includes(one.meta.kind)) continue;
    about.set(one.meta.about, [...(about.get(one.meta.about) ?? []), one]);
  }
  const order = (/** @type {Opened} */ a, /** @type {Opened} */ b) => a.row.place - b.row.place;
  return all
    .filter((one) => one.row.dir === "up" && (one.state !== "open" || MESSAGES.has(one.meta?.kind ?? "")))
    .sort((a, b) => order(b, a))
    .map((said) => {
      const answers = (about.get(said.row.id) ?? []).filter((one) => one.meta?.kind === "answer" || one.meta?.kind === "note").sort(order);
      const reactions = new Map(answers.map((one) => [one.row.id, (about.get(one.row.id) ?? []).filter((two) => two.meta?.kind === "reaction").sort(order)]));
      return { said, answers, reactions, gap: gaps.get(said.row.id) ?? null, fresh: fresh.has(said.row.id) };
    });
}

/**
 * Before which messages something is missing. As long as messages are closed, what seems missing may be among them, so
 * nothing is said before it is certain.
 *
 * @param {Opened[]} all
 * @param {number} count - How many messages of the child the server has for me.
 * @returns {Map<string, {from: number, to: number}>} By entry: the numbers around what is missing.
 */
export function missingBefore(all, count) {
  /** @type {Map<string, {from: number, to: number}>} */
  const found = new Map();
  /** @type {(Opened & {meta: import("../wire.js").Meta})[]} */
  const readable = [];
  for (const one of all) {
    if (one.state === "open" && one.row.dir === "up" && one.meta && one.author !== "unverified") readable.push({ ...one, meta: one.meta });
  }
  for (const { by, circle, gaps } of sequenceGaps(readable)) {
    const before = new Map(gaps.map((gap) => [gap.to, gap]));
    for (const { meta, row } of readable) {
      const gap = meta.by === by && meta.circle === circle ? before.get(meta.seq) : undefined;
      if (gap && gap.to - gap.from - 1 > count - readable.length) found.set(row.id, gap);
    }
  }
  return found;
}

/** @param {any} doc @param {string} key */
export const answerOf = (doc, key) => doc?.answers?.find((/** @type {any} */ one) => one.key === key);

/**
 * The number that the child gave for how safe it is, the lowest when it lives in more than one place.
 *
 * @param {any} doc
 * @returns {number | null}
 */
export function safest(doc) {
  const found = answerOf(doc, "child.safe")?.value;
  return Array.isArray(found) && found.length ? Math.min(...found.map((one) => one.n)) : null;
}

/**
 * @param {Thread} thread
 * @param {{caseload: Caseload, kid: Kid, acts: {print: (article: HTMLElement) => void, answer: (article: HTMLElement) => void, meldcode?: () => void} | null}} around -
 *   `acts: null` leaves out what was done with it and what can be; `meldcode` where one can be opened.
 * @returns {HTMLElement}
 */
export function entryArticle(thread, { caseload, kid, acts }) {
  const { said } = thread;
  const { meta, doc } = said;
  const kind = meta?.kind ?? "closed";
  const article = h("article", { class: kind === "flag" ? "entry-d alarm" : "entry-d", "data-entry": said.row.id, "data-kind": kind, "data-state": said.state, "data-author": said.author });
  if (said.state !== "open" || !meta) {
    article.append(h("div", { class: "shut" }, h("b", null, moment(said.row.at))), ...unreadable(said), stem(thread, caseload, kid));
    return article;
  }
  if (kind === "empty") {
    article.append(h("div", { class: "shut" }, h("b", null, moment(new Date(meta.at))), t("work.entry.kind.empty")), h("div", { class: "marks" }, marks(thread, caseload, kid)));
    return article;
  }
  if (kind === "flag") article.append(flagNote(caseload, kid, said));
  if (kind === "flag-mistake") article.append(note("heed", "i-flag", t("work.entry.kind.mistake")));
  if (doc.answers?.length || doc.parts?.length) article.append(leaf(said, thread.fresh));
  article.append(h("div", { class: "marks" }, marks(thread, caseload, kid)));
  if (!acts) return article;
  for (const one of thread.answers) article.append(reply(one, doc, thread.reactions.get(one.row.id) ?? [], caseload));
  article.append(
    h(
      "div",
      { class: "acts line noprint" },
      button(t("work.entry.answer"), { look: "plain", data: { answer: said.row.id } }, () => acts.answer(article)),
      acts.meldcode ? button(t("meld.name"), { look: "plain", icon: "i-list", label: t("meld.from.label", { when: moment(said.row.at) }), data: { meldcode: said.row.id } }, acts.meldcode) : null,
      // On paper the kindnummer stands for the name: it may lie about, or go to others.
      button(t("work.entry.print"), { look: "bare", icon: "i-print", data: { print: said.row.id } }, () => acts.print(article)),
    ),
    h("p", { class: "only-print small" }, t("work.entry.print.foot", { day: day(Date.now()), name: caseload.session.person.name, child: kid.child })),
    stem(thread, caseload, kid),
  );
  return article;
}

/** The words themselves, with the question beside each. @param {Opened} said @param {boolean} fresh */
function leaf(said, fresh) {
  const { meta, doc } = said;
  const mood = answerOf(doc, "child.mood");
  const safe = answerOf(doc, "child.safe")?.value;
  const numbers = Array.isArray(safe)
    ? safe.map((one) => (one.home ? t("work.entry.safe.home", { home: one.home, n: one.n }) : t("work.entry.safe", { n: one.n }))).join(", ")
    : "";
  return h(
    "div",
    { class: "leaf" },
    h(
      "p",
      { class: "from" },
      h("span", null, moment(new Date(meta?.at ?? said.row.at)), fresh ? [" ", h("span", { class: "tag" }, t("work.entry.fresh"))] : null),
      numbers ? h("span", null, numbers) : null,
    ),
    doc.house ? houseHead(doc.house) : null,
    // First how it is and what was said; what was chosen beside it stands below.
    ...content({ ...doc, answers: mood ? [mood] : [] }, said.attachments, spokenWords()),
    ...content({ ...doc, answers: doc.answers?.filter((/** @type {any} */ one) => one !== mood), parts: [] }, [], spokenWords()),
  );
}

/** @returns {import("./entry.js").Words} */
const spokenWords = () => ({ listen: t("work.entry.listen"), pause: t("work.entry.pause"), drawing: t("work.entry.drawing"), more: t("work.entry.whole") });

/** @param {Caseload} caseload @param {Kid} kid @param {Opened} said */
function flagNote(caseload, kid, said) {
  const reach = answerOf(said.doc, "child.unsafe.reach");
  const time = moment(said.row.at).toLocaleLowerCase();
  return note("alarm", "i-flag", t("work.alert.body", { time, second: together(fellowReaders(kid, caseload.session)), reach: reach ? written(reach) : t("work.entry.reach.none") }));
}

/** @param {Opened} said */
function unreadable({ state }) {
  const key = { damaged: "work.error.damaged", moved: "work.error.moved", nokey: "work.error.nokey", open: "work.error.damaged" }[state];
  return [note("heed", "i-warn", t(key))];
}

/**
 * What a reader must know beside the words. Facts, never louder than the child.
 *
 * @param {Thread} thread @param {Caseload} caseload @param {Kid} kid
 */
function marks({ said, gap }, caseload, kid) {
  const { meta, doc, author, misfit } = said;
  const found = [];
  if (author === "unverified") found.push(mark("unverified", note("heed", "i-warn", t("work.mark.unverified"))));
  if (misfit) found.push(mark("misfit", note("heed", "i-warn", t("work.mark.misfit"))));
  if (author === "tablet") found.push(mark("tablet", note("", "i-one", t("work.mark.tablet", { name: caseload.nameOf(meta?.by ?? "") }))));
  if (author === "revoked") found.push(mark("revoked", note("heed", "i-warn", t("work.error.revokeddevice"))));
  if (gap) found.push(mark("gap", note("heed", "i-warn", t("work.mark.gap", { n: gap.from, m: gap.to }))));
  const alone = answerOf(doc, "child.alone");
  if (alone && NOT_ALONE.has(placeOf(alone, "child.alone.#"))) found.push(mark("notalone", note("", "i-two", t("work.mark.notalone"))));
  if (meta && (meta.lock === "locked" || meta.lock === "none")) found.push(mark("nopin", note("", "i-lock", t("work.mark.nopin"))));
  const share = answerOf(doc, "child.share");
  if (share) found.push(mark("share", note("", "i-info", t("work.entry.share", { text: written(share) }))));
  const newest = meta && meta.circle !== "self" ? kid.circles[meta.circle]?.record.number : undefined;
  if (meta?.list && newest !== undefined && meta.list.number < newest) found.push(mark("oldlist", note("", "i-info", t("work.mark.oldlist"))));
  if (meta?.circle === "confidant") found.push(mark("confidant", h("p", { class: "small soft" }, t("work.entry.circle.confidant"))));
  return found;
}

/** @param {string} name @param {HTMLElement} element */
function mark(name, element) {
  element.dataset.mark = name;
  return element;
}

/**
 * Which of the choices an exact text was: the options stored with the answer say it, in whatever language they were.
 *
 * @param {{value: any, options?: string[]}} answer @param {string} key - The series it was shown from.
 */
function placeOf({ value, options }, key) {
  return (options ?? series(key)).indexOf(value);
}

/** What an answer is about, when it is not the whole message. @param {any} doc - Of the message. @param {Opened} answer */
function aboutPart(doc, answer) {
  if (!answer.doc.part) return null;
  const { kind, text } = wordsOf(doc, answer.doc.part);
  return h("p", { class: "small", "data-about": kind }, kind === "text" ? [t("work.entry.about"), " ", h("q", { class: "said" }, text)] : t(`work.entry.about.${kind}`));
}

/** @param {Opened} answer @param {any} doc - Of the message. @param {Opened[]} reactions @param {Caseload} caseload */
function reply(answer, doc, reactions, caseload) {
  const name = caseload.nameOf(answer.meta?.by ?? "");
  const outcome = OUTCOMES.indexOf(answer.doc.outcome) + 1;
  return h(
    "div",
    { class: "reply", "data-reply": answer.row.id },
    h("p", { class: "from" }, h("span", null, answer.meta?.kind === "note" ? t(answer.doc.what === "used" ? "meld.used.entry" : "work.flag.note", { name }) : t(`work.entry.outcome.${outcome}`, { name })), h("span", null, moment(answer.row.at))),
    aboutPart(doc, answer),
    ...content(answer.doc, answer.attachments, spokenWords(), { prompts: false }),
    answer.author === "verified" ? null : mark("badauthor", note("heed", "i-warn", t("work.mark.badauthor"))),
    reactions.map((one) =>
      h(
        "div",
        { class: "leaf", "data-reaction": one.row.id },
        h("p", { class: "from" }, h("span", null, t("work.entry.kind.reaction", { name })), h("span", null, moment(one.row.at))),
        h("p", { class: "said", lang: one.doc.lang }, one.doc.value),
        ...content(one.doc, one.attachments, spokenWords()),
        one.author === "tablet" ? mark("tablet", note("", "i-one", t("work.mark.tablet", { name: caseload.nameOf(one.meta?.by ?? "") }))) : null,
        one.author === "verified" || one.author === "tablet" ? null : mark("unverified", note("heed", "i-warn", t("work.mark.unverified"))),
        one.misfit ? mark("misfit", note("heed", "i-warn", t("work.mark.misfit"))) : null,
      ),
    ),
  );
}

/**
 * What happened: arrived, opened by whom, answered how.
 *
 * @param {Thread} thread @param {Caseload} caseload @param {Kid} kid
 */
function stem({ said, answers: all }, caseload, kid) {
  // What happened is only what its author stands for; the others are shown in their place, with their mark.
  const answers = all.filter((one) => one.author === "verified" && one.meta?.kind === "answer");
  const circle = said.meta && said.meta.circle !== "self" ? kid.circles[said.meta.circle] : kid.circles.worker;
  const waiting = (circle?.record.readers ?? []).filter((one) => !said.row.opened.some((two) => two.person === one.person));
  const steps = [
    h("li", { class: "done" }, h("b", null, t("work.entry.received")), h("small", null, moment(said.row.at), circle ? [h("br", null), t("work.entry.for", { names: together(circle.record.readers.map((one) => one.name)) })] : null)),
    ...said.row.opened.map((one) => h("li", { class: "done", "data-opened-by": one.name }, h("b", null, t("work.entry.opened", { name: one.name })), h("small", null, moment(new Date(one.at))))),
    ...waiting.map((one) => h("li", { class: "todo" }, h("b", null, t("work.entry.notopened", { name: one.name })))),
    ...answers.map((one) => {
      const outcome = OUTCOMES.indexOf(one.doc.outcome) + 1;
      const name = caseload.nameOf(one.meta?.by ?? "");
      return h("li", { class: /** @type {Record<string, string>} */ ({ not_done: "not", open: "todo" })[one.doc.outcome] ?? "done" }, h("b", null, t(`work.entry.outcome.${outcome}`, { name })), h("small", null, moment(one.row.at)));
    }),
    answers.length ? null : h("li", { class: "todo now" }, h("b", null, t("work.entry.waits"))),
  ];
  return h("details", { class: "fold noprint" }, h("summary", null, t("work.entry.happened")), h("ol", { class: "stem" }, steps));
}

/** @param {string} phone @returns {string} */
export const phoneWords = (phone) => t(`work.kid.phone.${PHONE.indexOf(phone) + 1}`);
