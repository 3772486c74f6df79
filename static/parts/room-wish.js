/**
 * "I want to talk alone" in kindmodus: with whom, who sees that, and taking away what was asked here.
 *
 * Asked is what was asked: it is closed like an answer, and goes once the professional is back.
 *
 * @module
 */

import { canonical } from "../wire.js";
import { timeText } from "../talks.js";
import { act, acts, headed, note, row, split, title, together } from "./child-bits.js";
import { drawing } from "./draw.js";
import { line } from "./frame.js";
import { h } from "./h.js";
import { day, t } from "./words.js";

/** @typedef {{to: string | null, name: string, circle: "worker" | "confidant"}} Choice With whom, and whose desks show it. */
/** @typedef {Choice & {hash: string, at: string, here: boolean}} Wish A request that is open; `here` when it can be taken away here. */

/** @param {string} name - "" for somebody independent. */
const whom = (name) => name || t("child.talk.who.4");

/** The number of somebody independent, for who would rather not ask in the app. */
function call() {
  const said = line(t("child.help.js"));
  return h("div", { class: "calls section-s" }, h("a", { class: "call", href: "tel:0885551000" }, h("b", null, h("bdi", null, said.number)), h("span", null, said.name)));
}

/**
 * @param {object} around
 * @param {string} around.child - The kindnummer.
 * @param {Choice[]} around.choices
 * @param {Wish[]} around.wishes - What is open as far as is known here; changed as the child asks and takes away.
 * @param {Record<"worker" | "confidant", string[]>} around.readers - Names.
 * @param {(screen: string, params?: import("./screens.js").Params) => void} around.go
 * @param {() => void} around.back
 * @param {(place: string, bytes: Uint8Array<ArrayBuffer>, readers: string) => Promise<void>} around.done - Closes what was asked.
 * @returns {Record<string, import("./screens.js").Make>}
 */
export function wishScreens({ child, choices, wishes, readers, go, back, done }) {
  let over = false;
  const same = (/** @type {Choice} */ a, /** @type {Choice} */ b) => a.to === b.to && a.circle === b.circle;
  /** @param {Choice} one */
  const place = ({ to, circle }) => `wish ${to ?? "someone"} ${circle}`;

  /** Two taps are one question. @param {string} where @param {any} what @param {Choice} of */
  const finish = async (where, what, of) => {
    if (over) return;
    over = true;
    await done(where, canonical({ child, at: timeText(new Date()), ...what }), together(readers[of.circle]));
    over = false;
  };

  /** @param {Wish} wish */
  const card = (wish) =>
    h(
      "article",
      { class: "entry", "aria-labelledby": `wish-${wish.hash}` },
      h("h2", { id: `wish-${wish.hash}` }, split(t("child.talk.with", { name: whom(wish.name) }))[0]),
      h("p", null, t("child.talk.open", { date: day(Date.parse(wish.at)), name: wish.name || readers[wish.circle][0] || whom("") })),
      wish.here ? act(t("child.talk.away.1"), () => go("wish-away", { wish }), "plain") : null,
    );

  return {
    wish() {
      const [first, rest] = split(t("child.talk.lead"));
      const left = choices.filter((one) => !wishes.some((wish) => same(wish, one)));
      return {
        body: [
          title(first),
          h("div", { class: "thread" }, wishes.map(card)),
          rest ? h("p", { class: "lead" }, rest) : null,
          h("div", { class: "rows section-s" }, left.map((choice) => row({ label: choice.name || t("child.talk.someone"), art: "alone", press: () => go("wish-to", { choice }) }))),
        ],
      };
    },

    /** Who sees it is said before it goes. */
    "wish-to"({ choice }) {
      const { to, name, circle } = /** @type {Choice} */ (choice);
      const seen = together(readers[circle]);
      const outside = to === null && circle === "worker";
      const send = async () => {
        wishes.push({ ...choice, hash: place(choice), at: timeText(new Date()), here: false });
        await finish(place(choice), { wish: { to, name, circle } }, choice);
      };
      return {
        body: [
          ...headed(t("child.talk.with", { name: whom(name) })),
          h("div", { class: "card-art" }, drawing("alone")),
          h(
            "section",
            { class: "card section-s stack" },
            h("p", null, t(outside ? "child.talk.outside" : "child.talk.seen", { names: seen })),
            circle === "confidant" ? h("p", null, t("child.talk.notseen", { names: together(readers.worker) })) : null,
            h("p", { class: "soft small" }, t("child.talk.count")),
          ),
          outside ? call() : null,
          h("div", { class: "section-s" }, note(t("child.talk.stays"))),
          acts(act(t("child.talk.send"), () => void send()), act(t("child.talk.not"), back, "plain")),
        ],
      };
    },

    "wish-away"({ wish }) {
      const away = async () => {
        wishes.splice(wishes.indexOf(wish), 1);
        await finish(`${place(wish)} away`, { away: wish.hash }, wish);
      };
      return { body: [...headed(t("child.talk.away.2")), acts(act(t("child.talk.away.3"), () => void away(), "plain"), act(t("child.talk.away.4"), back, "plain"))] };
    },
  };
}
