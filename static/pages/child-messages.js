/**
 * My messages: what was said, who read it, what was answered and done.
 *
 * @module
 */

import { Offline } from "../api.js";
import { act, acts, busy, headed, note, sentence, status, title } from "../parts/child-bits.js";
import { drawing } from "../parts/draw.js";
import { entry } from "../parts/entry.js";
import { fill, h } from "../parts/h.js";
import { go, shown, swap } from "../parts/screens.js";
import { stem } from "../parts/stem.js";
import { clock, day, has, t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { phone, watch } from "../phone/here.js";
import { collect, looked, threads } from "../phone/mail.js";
import { open } from "../phone/memory.js";
import { alerts, lockResets } from "../phone/news.js";
import { parcels } from "../vault.js";
import { receivers } from "./child-send.js";

/** @typedef {import("../phone/mail.js").Thread} Thread */
/** @typedef {import("../phone/mail.js").Item} Item */

/** How many messages are opened at once. */
const PAGE = 20;
/** How often a page that is looked at asks again, in milliseconds. */
const EVERY = 20_000;

const words = (/** @type {string} */ name) => ({
  listen: name ? `${t("child.mine.listen")}: ${name}` : t("child.mine.listen"),
  pause: t("child.voice.button.2"),
  drawing: t("child.mine.drawing"),
  more: t("child.mine.more"),
});

/** @param {string} at */
const when = (at) => t("child.mine.at", { date: day(Date.parse(at)), time: clock(Date.parse(at)) });

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async messages() {
    if (!open()) {
      void swap("unlock", { then: "messages" });
      return { body: headed(t("child.home.4")) };
    }
    const place = status();
    const list = h("div", { class: "thread" });
    const more = act(t("child.mine.more"), () => void show(true), "plain");
    more.hidden = true;
    let wanted = PAGE;
    let on = true;
    let before = "";
    // What was new when the child came in stays marked while it looks.
    const since = phone().looked;
    const show = async (further = false) => {
      if (further) wanted += PAGE;
      try {
        await busy(place, t("child.mine.busy"), collect);
        const found = await threads(wanted);
        if (!on || !open()) return;
        place.hush();
        if (found.failed) place.wrong(t("child.mine.failed"));
        const waiting = (await parcels()).filter((one) => one.state !== "draft" && !one.bare).length;
        const now = JSON.stringify([found.threads.map(mark), waiting, lockResets(), alerts()]);
        more.hidden = !found.more;
        // A recording that is being listened to, and a place on the page, are not taken away for nothing.
        if (now === before) return;
        before = now;
        if (found.threads.length === 0 && !waiting && bare(found.threads).length === 0) {
          fill(list, h("div", { class: "empty" }, drawing("quiet"), h("p", null, t("child.mine.empty"))));
        } else {
          fill(
            list,
            waiting ? note(t("child.unsent"), { icon: "i-clock" }) : null,
            lockResets().slice(-1).map(({ name, at }) => note(t("child.readers.reset", { name, date: day(Date.parse(at)) }), { icon: "i-lock" })),
            bare(found.threads).map(alerted),
            found.threads.map((one) => article(one, since)),
          );
        }
        await looked();
      } catch (error) {
        if (!on) return;
        place.wrong(error instanceof Offline ? t("child.offline") : sentence(error, names()));
      }
    };
    void show();
    const timer = setInterval(() => {
      if (!document.hidden && shown() === "messages") void show();
    }, EVERY);
    const unwatch = watch(() => {
      if (!open()) on = false;
    });
    return {
      leave() {
        on = false;
        clearInterval(timer);
        unwatch();
      },
      body: [title(t("child.home.4")), place.element, list, acts(more)],
    };
  },
};

/** What would look different on the page. @param {Thread} thread */
const mark = ({ item, readBy, answers, reactions, mistake, reads, flag }) => [item.id, readBy, answers.map((one) => one.id), reactions.map((one) => one.id), mistake, reads.length, flag];

/** @param {Thread} thread @param {string} since */
function article(thread, since) {
  const { item, answers, reactions, flag, mistake } = thread;
  const { opened } = item;
  const id = `said-${item.id}`;
  if (!opened) {
    return h("article", { class: "entry", "aria-labelledby": id }, h("p", { class: "soft small", id }, when(item.at)), note(t("child.mine.damaged", { worker: names().worker }), { icon: "i-warn" }));
  }
  if (opened.meta.kind === "answer") return h("article", { class: "entry" }, reply({ ...item, name: "" }, thread, since));
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
      phoneOnly ? h("p", { class: "small" }, t("child.mine.phone")) : null,
      said,
    ),
    opened.author === "verified" ? null : note(t("child.mine.unverified", { worker: names().worker }), { icon: "i-warn" }),
    meta.circle === "self" ? null : stem(steps(thread)),
    mistake ? h("p", { class: "soft small" }, t("child.mine.mistake")) : null,
    answers.map((answer) => [reply(answer, thread, since), ...reactions.filter((one) => one.opened?.meta.about === answer.id).map(reaction)]).flat(),
    log(thread),
  );
}

/** @param {Thread} thread @returns {import("../parts/stem.js").Step[]} */
function steps({ item, readBy, answers, flag }) {
  /** @type {import("../parts/stem.js").Step[]} */
  const list = [{ said: t("child.state.short.1"), small: when(item.at), state: "done" }];
  for (const { name, at } of flag?.seen ?? []) {
    list.push({ said: t("child.unsafe.seen", { name, time: clock(Date.parse(at)) }), state: "done" });
  }
  for (const { name, at } of readBy) list.push({ said: t("child.state.short.2", { name }), small: when(at), state: "done" });
  if (readBy.length === 0) list.push({ said: t("child.mine.todo.1"), state: "todo" });
  const outcomes = answers.filter((one) => one.opened?.author === "verified" && one.opened.doc.outcome !== "message");
  for (const { opened, name } of outcomes) {
    const date = day(Date.parse(opened?.meta.at ?? ""));
    const outcome = opened?.doc.outcome;
    if (outcome === "discussed") list.push({ said: t("child.state.short.3"), small: t("child.state.discussed", { name, date }), state: "done" });
    if (outcome === "done") list.push({ said: t("child.state.short.4"), small: t("child.state.done", { name, date }), state: "done" });
    if (outcome === "not_done") {
      const reason = opened?.doc.parts.find((/** @type {any} */ part) => part.kind === "text")?.text ?? t("child.mine.listen");
      list.push({ said: t("child.state.short.5"), small: t("child.state.notdone", { name, reason }), state: "not" });
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
 * @param {string} since
 */
function reply(answer, thread, since) {
  const { opened, name, at, id } = answer;
  if (!opened) return note(t("child.mine.damaged", { worker: names().worker }), { icon: "i-warn" });
  const parts = entry(opened.doc, opened.attachments, words(name), { prompts: false });
  const known = opened.author === "verified";
  const outcome = opened.doc.outcome;
  const respond = act(t("child.state.respond"), () => void go("react", { about: id, circle: opened.meta.circle, entry: outcomeText(outcome) }), "bare");
  const reacted = thread.reactions.some((one) => one.opened?.meta.about === id && one.opened.author === "verified");
  return h(
    "div",
    { class: "answer" },
    h("p", { class: "from" }, drawing("i-one"), t("child.mine.from", { name: name || "?", date: day(Date.parse(opened.meta.at)) }), at > since ? [" ", h("span", { class: "tag" }, t("child.mine.new"))] : null),
    known ? null : note(t("child.mine.unverified", { worker: names().worker }), { icon: "i-warn" }),
    parts.length ? parts : outcome === "message" ? null : h("p", null, outcomeText(outcome)),
    known && outcome !== "message" && !reacted ? respond : null,
  );
}

/** @param {string} outcome */
function outcomeText(outcome) {
  const key = /** @type {Record<string, string>} */ ({ discussed: "child.state.short.3", done: "child.state.short.4", not_done: "child.state.short.5" })[outcome];
  return key ? t(key) : "";
}

/** Alerts to which no words were added. @param {Thread[]} threads */
const bare = (threads) =>
  alerts()
    .filter((flag) => !threads.some((one) => one.item.id === flag.id))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, 3);

/** @param {import("../phone/news.js").Flag} flag */
function alerted({ at, seen }) {
  const moment = Date.parse(at);
  return h(
    "div",
    { class: "card" },
    h("p", null, t("child.mine.alert", { date: day(moment), time: clock(moment) })),
    seen.map((one) => h("p", { class: "soft small" }, t("child.unsafe.seen", { name: one.name, time: clock(Date.parse(one.at)) }))),
  );
}

/** What the child said about an answer: its own words again. @param {Item} item */
function reaction(item) {
  const { opened } = item;
  if (!opened) return null;
  const { doc, attachments } = opened;
  return h(
    "div",
    { class: "leaf reaction" },
    h("p", { class: "from" }, t("child.mine.reaction")),
    doc.value ? h("p", { class: "said" }, doc.value) : null,
    entry({ parts: doc.parts ?? [], lang: doc.lang }, attachments, words(""), { prompts: false }),
    opened.author === "verified" ? null : note(t("child.mine.unverified", { worker: names().worker }), { icon: "i-warn" }),
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

