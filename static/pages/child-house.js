/**
 * The three houses on the child's own phone. Which house it begins with, how long it stays and whether it comes back is the
 * child's; each house goes as a message of its own (docs/decisions/0026).
 *
 * While the lock is shut, nothing says what was begun or sent before.
 *
 * @module
 */

import { row, split, title } from "../parts/child-bits.js";
import { houseDoors } from "../parts/child-house.js";
import { h } from "../parts/h.js";
import { go } from "../parts/screens.js";
import { t } from "../parts/words.js";
import { begin, begunHouses, resume } from "../phone/draft.js";
import { inHand } from "../phone/memory.js";

/** @typedef {import("../making.js").House} House */

/** Goes into a house: on with what was begun there, or with something new. @param {House} house */
async function enter(house) {
  let made = inHand();
  if (made?.house !== house) {
    const parcel = (await begunHouses()).get(house);
    made = (parcel && (await resume(parcel))) || begin("house", { kind: "house", house });
  }
  await go(made.circle ? "say" : "who", {});
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async houses() {
    const [first, rest] = split(t("child.house.lead"));
    const made = inHand();
    const begun = new Set((await begunHouses()).keys());
    if (made?.house && made.parcel) begun.add(made.house);
    return {
      body: [
        title(first),
        h("p", { class: "lead" }, rest),
        houseDoors(begun, (house) => void enter(house)),
        h("div", { class: "rows section" }, row({ label: t("child.house.before"), art: "read-worker", press: () => void go("houses-before") })),
      ],
    };
  },
};
