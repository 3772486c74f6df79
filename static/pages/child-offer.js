/**
 * "Do you want to talk with somebody else?": a question of those who read, with three answers; and before a yes by which
 * somebody comes to read, what that means.
 *
 * @module
 */

import { Offline } from "../api.js";
import { act, acts, busy, headed, note, sentence, split, status, title, together } from "../parts/child-bits.js";
import { drawing } from "../parts/draw-more.js";
import { fill, h } from "../parts/h.js";
import { outcomePlace } from "../parts/outcome.js";
import { go, home, swap } from "../parts/screens.js";
import { series, t } from "../parts/words.js";
import { names, readerNames } from "../phone/circles.js";
import { outcome, run } from "../phone/errands.js";
import { watch } from "../phone/here.js";
import { open } from "../phone/memory.js";
import { answer, offered, reading } from "../phone/offers.js";

/** @typedef {import("../phone/offers.js").Offer} Offer */
/** @typedef {import("../phone/offers.js").Says} Says */

/** In the order of the screen, and of the catalogue. @type {Says[]} */
const SAYS = ["yes", "no", "later"];

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async offer() {
    if (!open()) {
      void swap("unlock", { then: "offer" });
      return { body: headed(t("child.offer.row")) };
    }
    const place = status();
    try {
      const { offer, failed } = await busy(place, t("child.talks.busy"), offered);
      if (!offer) return { body: [...headed(t(failed ? "child.offer.failed" : "child.offer.none")), acts(act(t("child.common.4"), () => void home()))] };
      return { body: asking(offer) };
    } catch (error) {
      return { body: [title(t("child.offer.row")), note(error instanceof Offline ? t("child.offline") : sentence(error, names())), acts(act(t("child.common.4"), () => void home()))] };
    }
  },

  /** What a yes means, before it is one. */
  "offer-yes"({ offer }) {
    const { name } = /** @type {Offer} */ (offer);
    const worker = together(readerNames("worker"));
    return {
      body: [
        ...headed(t("child.offer.yes", { name })),
        h("div", { class: "card-art" }, drawing("read-other")),
        h("ul", { class: "card section-s stack" }, series("child.offer.yes.#", { name, names: worker }).map((text) => h("li", null, text))),
        ...send(offer, "yes", t("child.offer.sure", { name })),
      ],
    };
  },

  /** Ending it is asked once more: what was read, was read. */
  "offer-stop"() {
    if (!open()) return null;
    const offer = reading();
    if (!offer) return away();
    return { body: [...headed(t("child.offer.stop", { name: offer.name })), ...send(offer, "no", t("child.offer.stop.1"))] };
  },

  "offer-again"() {
    if (!open()) return null;
    const offer = reading();
    return offer ? screens["offer-yes"]({ offer }) : away();
  },

  /** What was said, and whether it arrived. */
  "offer-said"({ id, says, name, stopped }) {
    const [got, stuck, waits] = [t("child.offer.arrived", { names: together(readerNames("worker")) }), t("child.offer.stuck"), t("child.offer.waits")];
    const state = outcomePlace(got, stuck, waits);
    let tried = false;
    const show = async () => {
      const found = await outcome(id);
      if (found === "arrived") state.show(note(got, { icon: "i-tick" }));
      else if (found.state === "stuck") state.show(note(stuck, { icon: "i-warn", class: "heed" }));
      else if (tried || found.why) state.show(note(waits, { icon: "i-clock" }));
    };
    const unwatch = watch(() => void show());
    void run({ all: true }).finally(() => {
      tried = true;
      void show();
    });
    const [first, rest] = split(stopped ? t("child.offer.stopped", { name }) : said(says, name));
    return {
      back: false,
      leave: unwatch,
      body: [title(first), h("div", { class: "card-art" }, drawing(says)), rest ? h("p", { class: "lead" }, rest) : null, h("div", { class: "section-s stack" }, state.element), acts(act(t("child.common.4"), () => void home()))],
    };
  },
};

/** What cannot be answered before the server was asked. */
const away = () => ({ body: [...headed(t("child.offer.failed")), acts(act(t("child.common.4"), () => void home()))] });

/** @param {Says} says @param {string} name - With whom; "" while nobody is known. */
const said = (says, name) => t(says === "yes" ? (name ? "child.offer.said.with" : "child.offer.said.1") : says === "no" ? "child.offer.said.2" : "child.offer.said.3", { name });

/** The question and its three answers. @param {Offer} offer */
function asking(offer) {
  const { name, by, said: before, wrong } = offer;
  const { worker } = names();
  const [first, rest] = split(t(name ? "child.offer.ask" : "child.offer.ask.someone", { name, worker }));
  const words = series("child.offer.says.#");
  const place = h("div", null);
  const doors = SAYS.map((says, at) => {
    const button = h("button", { type: "button", class: "way", "data-says": says }, drawing(says), words[at]);
    button.addEventListener("click", () => {
      // A yes by which somebody comes to read says first what it means; the others can be taken back any time.
      if (says === "yes" && offer.name) void go("offer-yes", { offer });
      else void give(offer, says, place);
    });
    return button;
  });
  return [
    title(first),
    rest ? h("p", { class: "lead" }, rest) : null,
    before ? h("div", { class: "section-s" }, note(answered(before), { icon: before.state === "arrived" ? "i-tick" : "i-clock" })) : null,
    wrong ? h("div", { class: "section-s" }, note(t("child.offer.wrong", { worker }), { icon: "i-warn", class: "heed" })) : null,
    h("div", { class: "thirds section-s" }, doors),
    place,
    h("div", { class: "section stack" }, note(t("child.offer.from", { name: by || worker })), note(t("child.offer.count"))),
  ];
}

/** @param {import("../phone/offers.js").Said} before */
function answered({ says, tablet, state }) {
  const word = series("child.offer.says.#")[SAYS.indexOf(says)].toLocaleLowerCase();
  if (state === "stuck") return t("child.offer.stuck");
  if (state === "waits") return `${t("child.offer.before", { said: word })} ${t("child.offer.waits")}`;
  return tablet ? t("child.offer.before.tablet", { said: word, name: tablet }) : t("child.offer.before", { said: word });
}

let giving = false;
/** Two taps are one answer. @param {Offer} offer @param {Says} says @param {HTMLElement} place - Where a failure is said. */
async function give(offer, says, place) {
  if (giving) return;
  giving = true;
  try {
    const id = await answer(offer, says);
    await swap("offer-said", { id, says, name: offer.name, stopped: says === "no" && offer.held });
  } catch (error) {
    fill(place, note(sentence(error, names()), { icon: "i-warn", class: "heed" }));
  } finally {
    giving = false;
  }
}

/** The foot of what an answer means. @param {Offer} offer @param {Says} says @param {string} label */
function send(offer, says, label) {
  const place = h("div", { role: "status" });
  return [place, acts(act(label, () => void give(offer, says, place)), act(t("child.common.2"), () => history.back(), "plain"))];
}
