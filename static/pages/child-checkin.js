/**
 * A message on the child's own phone: who may read it, and then the questions.
 *
 * @module
 */

import { act, acts, note, split, status, together } from "../parts/child-bits.js";
import { onward } from "../parts/child-flow.js";
import { HERE } from "../parts/child-here.js";
import { questions } from "../parts/child-questions.js";
import { asked, badge, groupName, radio } from "../parts/choices.js";
import { drawing } from "../parts/draw.js";
import { h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { barred, names, newestList, readerNames } from "../phone/circles.js";
import { begin, note as change } from "../phone/draft.js";
import { inHand } from "../phone/memory.js";
import { absent } from "./child-home.js";

/** @typedef {import("../vault.js").Circle} Circle */

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  ...questions(HERE),

  who(params) {
    const made = inHand() ?? begin(params.way ?? "feel");
    const { worker, second, confidant, independent } = names();
    const [first, rest] = split(t("child.circle.question"));
    const place = status();
    const name = groupName();
    /** @param {Circle} circle @param {string} art @param {string} label @param {string} said */
    const card = (circle, art, label, said) => {
      const why = barred(circle);
      const input = radio(name, made.circle === circle, (on) => {
        change((now) => void (now.circle = on ? circle : null));
        place.hush();
      });
      input.disabled = why !== null;
      return h(
        "label",
        { class: "pick reader" },
        input,
        h("span", null, drawing(art), h("span", null, h("b", null, label), h("small", null, why ? barring(why, circle) : said)), badge()),
      );
    };
    const known = newestList("worker") !== null;
    return {
      body: [
        asked(
          first,
          rest ? h("p", { class: "lead" }, rest) : null,
          h(
            "div",
            { class: "readers" },
            known ? card("worker", "read-worker", t("child.circle.1", { worker, second }), t("child.circle.worker.note", { worker, second })) : null,
            confidant ? card("confidant", "read-other", t("child.circle.2", { confidant }), t("child.circle.confidant.note", { confidant, worker })) : null,
            independent ? card("independent", "read-other", independent, t("child.offer.circle", { name: independent, worker })) : null,
            card("self", "read-self", t("child.circle.3"), t("child.circle.self.note")),
          ),
        ),
        place.element,
        h(
          "div",
          { class: "section stack" },
          ...absent("worker"),
          ...(confidant ? absent("confidant") : []),
          ...(independent ? absent("independent") : []),
          note(t("child.know.share", { worker })),
          note(t("child.know.night"), { icon: "i-clock" }),
        ),
        acts(
          act(t("child.common.1"), () => {
            if (made.circle) onward("who", params, made);
            else place.say(t("child.circle.choose"));
          }),
        ),
      ],
    };
  },
};

/**
 * Why a circle cannot be chosen now.
 *
 * @param {"lower" | "wrong" | "unseen"} why
 * @param {Circle} circle
 */
function barring(why, circle) {
  const values = { names: together(readerNames(circle)), worker: names().worker };
  if (why === "lower") return t("child.list.lower", values);
  if (why === "wrong") return t("child.list.wrong", values);
  return t("child.new.title");
}

