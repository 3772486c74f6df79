/**
 * My messages: what was said, who read it, what was answered and done.
 *
 * @module
 */

import { Offline } from "../api.js";
import { act, acts, busy, headed, note, sentence, status, title } from "../parts/child-bits.js";
import { drawing } from "../parts/draw.js";
import { article } from "../parts/child-thread.js";
import { fill, h } from "../parts/h.js";
import { go, shown, swap } from "../parts/screens.js";
import { stem } from "../parts/stem.js";
import { clock, day, t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { phone, watch } from "../phone/here.js";
import { collect, looked, lookedUp, threads } from "../phone/mail.js";
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

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = { messages: () => messages("messages"), "houses-before": () => messages("houses-before") };

/**
 * @param {"messages" | "houses-before"} screen - All of them, or the child's houses alone.
 * @returns {Promise<import("../parts/screens.js").Screen>}
 */
async function messages(screen) {
  const houses = screen === "houses-before";
  const heading = t(houses ? "child.house.before" : "child.home.4");
  if (!open()) {
    void swap("unlock", { then: screen });
    return { body: headed(heading) };
  }
  const place = status();
  const list = h("div", { class: "thread" });
  const more = act(t("child.mine.more"), () => void show(true), "plain");
  more.hidden = true;
  let wanted = PAGE;
  let on = true;
  let before = "";
  // What was new when the child came in stays marked while it looks.
  /** @type {import("../parts/child-thread.js").Around} */
  const around = {
    since: phone().looked,
    names,
    receivers,
    react: (about, circle, entry) => void go("react", { about, circle, entry }),
  };
  const show = async (further = false) => {
    if (further) wanted += PAGE;
    try {
      await busy(place, t("child.mine.busy"), collect);
      const found = await threads(wanted, houses ? isHouse : undefined);
      if (!on || !open()) return;
      place.hush();
      if (found.failed) place.wrong(t("child.mine.failed"));
      const waiting = (await parcels()).filter((one) => one.state !== "draft" && !one.bare).length;
      const [resets, alarms] = houses ? [[], []] : [lockResets(), bare(found.threads)];
      const now = JSON.stringify([found.threads.map(mark), waiting, resets, alarms]);
      more.hidden = !found.more;
      // A recording that is being listened to, and a place on the page, are not taken away for nothing.
      if (now === before) return;
      before = now;
      if (found.threads.length === 0 && !waiting && alarms.length === 0) {
        fill(list, h("div", { class: "empty" }, drawing("quiet"), h("p", null, t("child.mine.empty"))));
      } else {
        fill(
          list,
          waiting ? note(t("child.unsent"), { icon: "i-clock" }) : null,
          resets.slice(-1).map(({ name, at }) => note(t("child.readers.reset", { name, date: day(Date.parse(at)) }), { icon: "i-lock" })),
          alarms.map(alerted),
          found.threads.map((one) => article(one, around)),
        );
      }
      // An answer to something else was not seen here.
      if (!houses) await looked();
    } catch (error) {
      if (!on) return;
      place.wrong(error instanceof Offline ? t("child.offline") : sentence(error, names()));
    }
  };
  void show();
  const timer = setInterval(() => {
    if (!document.hidden && shown() === screen) void show();
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
    body: [title(heading), place.element, list, acts(more)],
  };
}

/** @param {Item} item */
const isHouse = (item) => item.opened?.meta.kind === "house";

/** What would look different on the page. @param {Thread} thread */
const mark = ({ item, readBy, answers, reactions, mistake, reads, flag }) => [item.id, readBy, answers.map((one) => one.id), reactions.map((one) => one.id), mistake, reads.length, flag];

/** Alerts to which no words were added. @param {Thread[]} threads */
const bare = (threads) =>
  alerts()
    .filter((flag) => !threads.some((one) => one.item.id === flag.id))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, 3);

/** @param {import("../phone/news.js").Flag} flag */
function alerted({ id, at, seen }) {
  const moment = Date.parse(at);
  return h(
    "div",
    { class: "card" },
    h("p", null, t("child.mine.alert", { date: day(moment), time: clock(moment) })),
    seen.map((one) => h("p", { class: "soft small" }, t("child.unsafe.seen", { name: one.name, time: clock(Date.parse(one.at)) }))),
    lookedUp(id).map((one) => h("p", { class: "soft small" }, t("child.service.read", { name: one.name, time: clock(Date.parse(one.at)) }))),
  );
}
