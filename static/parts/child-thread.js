/**
 * One message of the child as it sees it again: what it said, who read it, what was answered, and what it thought of that.
 *
 * @module
 */

import { act, note } from "./child-bits.js";
import { houseHead } from "./child-house.js";
import { drawing } from "./draw.js";
import { entry } from "./entry.js";
import { h } from "./h.js";
import { wordsOf } from "./part.js";
import { stem } from "./stem.js";
import { clock, day, has, t } from "./words.js";

/** @typedef {import("../phone/mail.js").Thread} Thread */
/** @typedef {import("../phone/mail.js").Item} Item */
/** @typedef {import("../making.js").Circle} Circle */

/**
 * What stands around a message and is not in it.
 *
 * @typedef {object} Around
 * @property {string} since - What came after this is new.
 * @property {() => {worker: string}} names
 * @property {(circle: Circle | null) => string} receivers - Who gets what is sent to a circle.
 * @property {((about: string, circle: Circle, answered: string) => void) | null} react - Goes to what the child thinks of an
 *   answer; null where it cannot say so.
 * @property {boolean} [fresh] - False where nobody knows what was seen before.
 * @property {boolean} [tablet] - False where everything was said on this tablet, and saying so tells nothing.
 */

const words = (/** @type {string} */ name) => ({
  listen: name ? `${t("child.mine.listen")}: ${name}` : t("child.mine.listen"),
  pause: t("child.voice.button.2"),
  drawing: t("child.mine.drawing"),
  more: t("child.mine.more"),
});

/** @param {string} at */
const when = (at) => t("child.mine.at", { date: day(Date.parse(at)), time: clock(Date.parse(at)) });

/**
 * One message with all that followed.
 *
 * @param {Thread} thread @param {Around} around
 */
export function article(thread, around) {
  const { names, receivers } = around;
  const { item, answers, reactions, flag, mistake } = thread;
  const { opened } = item;
  const id = `said-${item.id}`;
  if (!opened) {
    return h("article", { class: "entry", "aria-labelledby": id }, h("p", { class: "soft small", id }, when(item.at)), note(t("child.mine.damaged", { worker: names().worker }), { icon: "i-warn" }));
  }
  if (["answer", "note"].includes(opened.meta.kind)) return h("article", { class: "entry" }, reply({ ...item, name: item.name ?? "" }, thread, around));
  const { doc, attachments, meta } = opened;
  const phoneOnly = doc.answers?.length === 1 && doc.answers[0].key === "child.phone";
  const said = entry(doc, attachments, words(""));
  const isFlag = meta.kind === "flag" || flag;
  return h(
    "article",
    { class: "entry", "aria-labelledby": id },
    h(
      "div",
      { class: "leaf" },
      h("p", { class: "from", id }, t("child.mine.you", { date: day(Date.parse(meta.at)), time: clock(Date.parse(meta.at)) }), meta.circle === "worker" ? null : ` · ${receivers(meta.circle)}`),
      isFlag ? h("p", { class: "with" }, drawing("unsafe"), h("b", null, t("child.home.9"))) : null,
      doc.house ? houseHead(doc.house) : null,
      phoneOnly ? h("p", { class: "small" }, t("child.mine.phone")) : null,
      said,
    ),
    opened.author === "tablet" && around.tablet !== false ? note(t("child.mine.tablet"), { icon: "i-info" }) : null,
    doubtful(opened) ? note(t("child.mine.unverified", { worker: names().worker }), { icon: "i-warn" }) : null,
    meta.circle === "self" ? null : stem(steps(thread)),
    mistake ? h("p", { class: "soft small" }, t("child.mine.mistake")) : null,
    answers.map((answer) => [reply(answer, thread, around), ...reactions.filter((one) => one.opened?.meta.about === answer.id).map((one) => reaction(one, around))]).flat(),
    log(thread),
  );
}

/** @param {Thread} thread @returns {import("./stem.js").Step[]} */
export function steps({ item, readBy, answers, flag }) {
  /** @type {import("./stem.js").Step[]} */
  const list = [{ said: t("child.state.short.1"), small: when(item.at), state: "done" }];
  for (const { name, at } of flag?.seen ?? []) {
    list.push({ said: t("child.unsafe.seen", { name, time: clock(Date.parse(at)) }), state: "done" });
  }
  for (const { name, at } of readBy) list.push({ said: t("child.state.short.2", { name }), small: when(at), state: "done" });
  if (readBy.length === 0) list.push({ said: t("child.mine.todo.1"), state: "todo" });
  const outcomes = answers.filter((one) => one.opened?.author === "verified" && one.opened.meta.kind === "answer" && one.opened.doc.outcome !== "message");
  for (const { opened, name } of outcomes) {
    const date = day(Date.parse(opened?.meta.at ?? ""));
    const outcome = opened?.doc.outcome;
    // Of one wish among several its words stand first.
    const wish = opened?.doc.part ? wordsOf(item.opened?.doc, opened.doc.part).text : "";
    const about = (/** @type {string} */ text) => (wish ? `“${wish}”: ${text}` : text);
    if (outcome === "discussed") list.push({ said: t("child.state.short.3"), small: about(t("child.state.discussed", { name, date })), state: "done" });
    if (outcome === "done") list.push({ said: t("child.state.short.4"), small: about(t("child.state.done", { name, date })), state: "done" });
    if (outcome === "open") list.push({ said: t("child.state.short.6"), small: about(t("child.state.open", { name, date })), state: "todo" });
    if (outcome === "not_done") {
      const reason = opened?.doc.parts.find((/** @type {any} */ part) => part.kind === "text")?.text ?? t("child.mine.listen");
      list.push({ said: t("child.state.short.5"), small: about(t("child.state.notdone", { name, reason })), state: "not" });
    }
  }
  if (outcomes.length === 0) list.push({ said: t("child.mine.todo.2"), state: "todo" });
  return list;
}

/**
 * What an adult answered, opposite what the child said.
 *
 * @param {Item & {name: string}} answer
 * @param {Thread} thread
 * @param {Around} around
 */
function reply(answer, thread, { since, fresh = true, names, react }) {
  const { opened, name, at, id } = answer;
  if (!opened) return note(t("child.mine.damaged", { worker: names().worker }), { icon: "i-warn" });
  const parts = entry(opened.doc, opened.attachments, words(name), { prompts: false });
  const known = opened.author === "verified";
  const outcome = opened.doc.outcome;
  const isNote = opened.meta.kind === "note";
  const respond = act(t("child.state.respond"), () => react?.(id, opened.meta.circle, outcomeText(outcome)), "bare");
  const reacted = thread.reactions.some((one) => one.opened?.meta.about === id && !doubtful(one.opened));
  return h(
    "div",
    { class: "answer" },
    h("p", { class: "from" }, drawing("i-one"), t("child.mine.from", { name: name || "?", date: day(Date.parse(opened.meta.at)) }), fresh && at > since ? [" ", h("span", { class: "tag" }, t("child.mine.new"))] : null),
    known ? null : note(t("child.mine.unverified", { worker: names().worker }), { icon: "i-warn" }),
    aboutPart(opened, thread),
    isNote ? h("p", null, t(`child.note.${opened.doc.knows ?? opened.doc.what}`, { name: name || "?" })) : null,
    parts.length ? parts : isNote || outcome === "message" ? null : h("p", null, outcomeText(outcome)),
    known && react && !isNote && outcome !== "message" && !reacted ? respond : null,
  );
}

/** Which of its wishes an answer is about: its own words, once more. @param {import("../crypto/seal.js").Opened} opened @param {Thread} thread */
function aboutPart(opened, { item }) {
  if (!opened.doc.part) return null;
  const { kind, text } = wordsOf(item.opened?.doc, opened.doc.part);
  if (kind === "gone") return null;
  return h("p", { class: "about", "data-about": kind }, kind === "text" ? [t("child.mine.about.1"), " ", h("q", { class: "said" }, text)] : t(kind === "voice" ? "child.mine.about.2" : "child.mine.about.3"));
}

/** @param {string} outcome */
function outcomeText(outcome) {
  const key = /** @type {Record<string, string>} */ ({ discussed: "child.state.short.3", done: "child.state.short.4", not_done: "child.state.short.5", open: "child.state.short.6" })[outcome];
  return key ? t(key) : "";
}

/** Whether nobody known stands for it. @param {{author: string}} opened */
const doubtful = ({ author }) => author !== "verified" && author !== "tablet";

/** What the child said about an answer: its own words again. @param {Item} item @param {Around} around */
function reaction(item, { names }) {
  const { opened } = item;
  if (!opened) return null;
  const { doc, attachments } = opened;
  return h(
    "div",
    { class: "leaf reaction" },
    h("p", { class: "from" }, t("child.mine.reaction")),
    doc.value ? h("p", { class: "said" }, doc.value) : null,
    entry({ parts: doc.parts ?? [], lang: doc.lang }, attachments, words(""), { prompts: false }),
    doubtful(opened) ? note(t("child.mine.unverified", { worker: names().worker }), { icon: "i-warn" }) : null,
  );
}

/** Who fetched it, by the server's log. @param {Thread} thread */
function log({ reads }) {
  if (reads.length === 0) return null;
  return h(
    "details",
    { class: "log" },
    h("summary", null, t("child.mine.log")),
    h(
      "ul",
      null,
      reads.map(({ name, at, reason }) => {
        const key = `child.reads.${reason}`;
        // A reason is one of ours and never the server's own words.
        const why = t(has(key) ? key : "child.reads.other", { name });
        return h("li", null, t("child.readlog", { name, date: day(Date.parse(at)), time: clock(Date.parse(at)), reason: why }));
      }),
    ),
  );
}

