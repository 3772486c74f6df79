/**
 * "I want to talk alone": with whom, who sees that, and taking it away.
 *
 * Asking works with the lock shut. What was asked is shown only with it open: whoever picks up the phone sees the names
 * and nothing more.
 *
 * @module
 */

import { Offline } from "../api.js";
import { act, acts, busy, headed, note, row, sentence, split, status, title, together } from "../parts/child-bits.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { outcomePlace } from "../parts/outcome.js";
import { go, home, swap } from "../parts/screens.js";
import { clock, day, series, t } from "../parts/words.js";
import { barred, names, readerNames } from "../phone/circles.js";
import { answer, begin } from "../phone/draft.js";
import { outcome, run } from "../phone/errands.js";
import { watch } from "../phone/here.js";
import { open } from "../phone/memory.js";
import { glance } from "../phone/news.js";
import { ask, canAsk, choices, takeAway, wishes } from "../phone/requests.js";
import { plans } from "../phone/talks.js";
import { datesFor, PLACES } from "../talks.js";
import { lines } from "./child-help.js";

/** @typedef {import("../phone/requests.js").Choice} Choice */
/** @typedef {import("../phone/requests.js").Wish} Wish */

/** The number of somebody independent, for who would rather not ask in the app. */
const call = () => lines([["child.help.js", "0885551000"]]);

/** @param {string} name - "" for somebody independent. */
const whom = (name) => name || t("child.talk.who.4");

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async talk() {
    const [first, rest] = split(t("child.talk.lead"));
    const place = status();
    const asked = h("div", { class: "thread" });
    const people = h("div", { class: "rows section-s" });
    let before = "";
    const show = async () => {
      const [found, planned] = open() ? await Promise.all([wishes(), plans()]) : [[], []];
      const now = JSON.stringify([found, planned, open() !== null]);
      if (now === before) return;
      before = now;
      fill(asked, found.map((one) => card(one, datesFor(one.record, planned)[0])));
      fill(people, choices().filter((one) => !found.some(({ record }) => record.to === one.to && record.circle === one.circle)).map(choose));
    };
    await show();
    const unwatch = watch(() => void show());
    // What became of it is the server's word, so it is asked for; what is known from before stands there meanwhile.
    if (open()) {
      void busy(place, t("child.talks.busy"), glance).catch((/** @type {unknown} */ error) => place.say(error instanceof Offline ? t("child.offline") : sentence(error, names())));
    }
    return {
      leave: unwatch,
      body: [
        title(first),
        place.element,
        asked,
        rest ? h("p", { class: "lead" }, rest) : null,
        canAsk() ? people : [note(t("child.talk.first"), { icon: "i-info", class: "heed" }), call()],
        open() ? null : h("div", { class: "section stack" }, note(t("child.talk.locked"), { icon: "i-lock" }), act(t("child.talks.open"), () => void go("unlock", { then: "talk" }), "plain", "i-lock")),
      ],
    };
  },

  /** Who sees it is said before it goes. */
  "talk-to"({ choice }) {
    const place = status();
    const { to, name, circle } = /** @type {Choice} */ (choice);
    const seen = together(readerNames(circle));
    const outside = to === null && circle === "worker";
    const send = async () => {
      try {
        const id = await ask(choice);
        await swap("talk-asked", { id, choice });
      } catch (error) {
        place.wrong(sentence(error, names()));
      }
    };
    return {
      body: [
        ...headed(t("child.talk.with", { name: whom(name) })),
        h("div", { class: "card-art" }, drawing("alone")),
        h(
          "section",
          { class: "card section-s stack" },
          h("p", null, outside ? t("child.talk.outside", { names: seen }) : t("child.talk.seen", { names: seen })),
          circle === "confidant" ? h("p", null, t("child.talk.notseen", { names: together(readerNames("worker")) })) : null,
          h("p", { class: "soft small" }, t("child.talk.count")),
        ),
        outside ? call() : null,
        place.element,
        acts(act(t("child.talk.send"), () => void send()), act(t("child.talk.not"), () => history.back(), "plain")),
      ],
    };
  },

  /** Whether it went; and words to go with it, if the child wants. */
  "talk-asked"({ id, choice }) {
    const { circle } = /** @type {Choice} */ (choice);
    const [seen, stuck, waits] = [t("child.talk.seen", { names: together(readerNames(circle)) }), t("child.talk.stuck"), t("child.talk.waits")];
    const state = outcomePlace(seen, stuck, waits);
    const heading = title(split(t("child.talk.sent"))[0]);
    let tried = false;
    const show = async () => {
      const found = await outcome(id);
      if (found === "arrived") {
        heading.textContent = split(t("child.talk.arrived"))[0];
        state.show(note(seen, { icon: "i-tick" }));
      } else if (found.state === "stuck") state.show(note(stuck, { icon: "i-warn", class: "heed" }));
      else if (tried || found.why) state.show(note(waits, { icon: "i-clock" }));
    };
    const unwatch = watch(() => void show());
    void run({ all: true }).finally(() => {
      tried = true;
      void show();
    });
    const tell = () => {
      begin("write", { circle });
      // Beside the words it is said whom they are about, so that whoever prepares the talk finds them.
      answer("child.talk", { prompt: t("child.talk.lead"), options: choices().map(named), value: named(choice) });
      void go("say", { question: t("child.talk.where") });
    };
    return {
      back: false,
      leave: unwatch,
      body: [
        h("section", { class: "sent" }, drawing("sent"), heading),
        h("div", { class: "section-s stack" }, state.element, note(t("child.talk.stays"))),
        acts(act(t("child.common.4"), () => void home()), barred(circle) || readerNames(circle).length === 0 ? null : act(t("child.talk.tell"), tell, "plain", "i-pen")),
      ],
    };
  },

  "talk-away"({ wish }) {
    if (!open()) return null;
    const away = async () => {
      await takeAway(wish);
      await home();
      await run({ all: true });
    };
    return {
      body: [...headed(t("child.talk.away.2")), acts(act(t("child.talk.away.3"), () => void away(), "plain"), act(t("child.talk.away.4"), () => history.back(), "plain"))],
    };
  },
};

/** @param {Choice} choice */
const named = ({ name }) => name || t("child.talk.someone");

/** @param {Choice} choice */
const choose = (choice) => row({ label: named(choice), art: "alone", press: () => void go("talk-to", { choice }) });

/**
 * A request that is open.
 *
 * @param {Wish} wish
 * @param {Awaited<ReturnType<typeof plans>>[number]} [date] - The talk that is planned for it.
 */
function card(wish, date) {
  const { record, name, here, parcel, stuck } = wish;
  const id = `wish-${wish.hash}`;
  const away = act(t("child.talk.away.1"), () => void go("talk-away", { wish }), "plain");
  away.setAttribute("aria-describedby", id);
  const gone = name ? t("child.talk.gone", { name }) : t("child.talk.nobody");
  return h(
    "article",
    { class: "entry", "aria-labelledby": id },
    h("h2", { id }, split(t("child.talk.with", { name: whom(name) }))[0]),
    parcel
      ? note(t(stuck ? "child.talk.stuck" : "child.talk.waits"), { icon: "i-clock" })
      : h("p", null, t("child.talk.open", { date: day(Date.parse(record.at)), name: name || readerNames(record.circle)[0] || whom("") })),
    // Its place is kept from the beginning, so that a date that comes in moves no button.
    parcel || record.to === null ? null : h("p", { class: "dated" }, date ? dated(record, date) : t("child.talk.noday")),
    here ? null : note(gone, { icon: "i-info", class: "heed" }),
    away,
  );
}

/**
 * What whoever was asked wrote down for it: an answer, or a talk that was planned before.
 *
 * @param {Wish["record"]} request
 * @param {Awaited<ReturnType<typeof plans>>[number]} plan
 */
function dated(request, { record, name }) {
  const at = Date.parse(record.start);
  const key = record.at >= request.at ? "child.talk.answer" : "child.talks.plan";
  return `${t(key, { name, date: day(at), time: clock(at) })} ${series("child.talks.place.#")[PLACES.indexOf(record.place)]}.`;
}
