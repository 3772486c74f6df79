/**
 * "Do you want to talk with somebody else?" in kindmodus: the question, its three answers, and what was answered before.
 *
 * What is answered is closed like all else, and goes once the professional is back. No key of the child is here, so a yes
 * lets nobody read (docs/decisions/0035).
 *
 * @module
 */

import { timeText } from "../talks.js";
import { canonical } from "../wire.js";
import { note, split, title } from "./child-bits.js";
import { drawing } from "./draw-more.js";
import { h } from "./h.js";
import { series, t } from "./words.js";

/** @typedef {"yes" | "no" | "later"} Says */
/**
 * @typedef {object} RoomOffer
 * @property {string} entry
 * @property {string} name - With whom; "" while nobody is known.
 * @property {string} by - Who makes it.
 * @property {{says: Says, tablet: string} | null} said - What the child answered before; `tablet`: on whose, "" for its phone.
 */

/** In the order of the screen, and of the catalogue. @type {Says[]} */
const SAYS = ["yes", "no", "later"];

/**
 * @param {object} around
 * @param {string} around.child - The kindnummer.
 * @param {RoomOffer} around.offer - Changed as the child answers.
 * @param {string} around.worker
 * @param {(place: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>} around.done - Closes what was answered.
 * @returns {Record<string, import("./screens.js").Make>}
 */
export function offerScreens({ child, offer, worker, done }) {
  const { entry, name, by } = offer;
  let over = false;
  /** Two taps are one answer. @param {Says} says */
  const give = async (says) => {
    if (over) return;
    over = true;
    offer.said = { says, tablet: by };
    await done(`offer ${entry}`, canonical({ child, offer: entry, says, at: timeText(new Date()) }));
    over = false;
  };
  return {
    offer() {
      const [first, rest] = split(t(name ? "child.offer.ask" : "child.offer.ask.someone", { name, worker }));
      const words = series("child.offer.says.#");
      const said = offer.said && words[SAYS.indexOf(offer.said.says)].toLocaleLowerCase();
      const doors = SAYS.map((says, at) => {
        const button = h("button", { type: "button", class: "way", "data-says": says }, drawing(says), words[at]);
        button.addEventListener("click", () => void give(says));
        return button;
      });
      return {
        body: [
          title(first),
          rest ? h("p", { class: "lead" }, rest) : null,
          offer.said && said ? h("div", { class: "section-s" }, note(offer.said.tablet ? t("child.offer.before.tablet", { said, name: offer.said.tablet }) : t("child.offer.before", { said }), { icon: "i-tick" })) : null,
          h("div", { class: "thirds section-s" }, doors),
          h("div", { class: "section stack" }, note(t("child.offer.from", { name: by })), note(t("child.offer.count"))),
        ],
      };
    },
  };
}
