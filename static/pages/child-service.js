/**
 * The on-call service, as the child has to do with it: what it wants to be called there, and whether the service may know.
 *
 * @module
 */

import { act, acts, busy, sentence, split, status, title, together } from "../parts/child-bits.js";
import { drawing } from "../parts/draw.js";
import { h } from "../parts/h.js";
import { go, home } from "../parts/screens.js";
import { day, t } from "../parts/words.js";
import { names, putAside, waitingList } from "../phone/circles.js";
import { enrolled } from "../phone/here.js";
import { agree, callMe, goesBy } from "../phone/reach.js";
import { isName } from "../wire.js";

/** What the service sees, and what it never sees. */
export const what = () => h("p", { class: "soft small section-s" }, t("child.enrol.service", names()));

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  /** What the child wants to be called. `then`: the screen after it. */
  called({ then = "reading" }) {
    if (!enrolled()) return null;
    const [first, rest] = split(t("child.service.called"));
    const place = status();
    const input = h("input", { class: "field", id: "goes-by", maxlength: 80, autocomplete: "off", autocapitalize: "words" });
    input.value = goesBy() ?? "";
    const onward = async (/** @type {string | null} */ name) => {
      await callMe(name);
      await go(then);
    };
    const keep = () => {
      const name = input.value.trim().replace(/\s+/g, " ");
      if (!name) input.focus();
      else if (isName(name)) void onward(name);
      else place.wrong(t("child.service.called.wrong"));
    };
    return {
      back: then !== "linked",
      body: [
        title(first),
        h("p", { class: "lead" }, rest),
        h("label", { class: "label section-s", for: "goes-by" }, t("child.service.called.field")),
        input,
        place.element,
        acts(act(t("child.common.1"), keep), act(t("child.common.3"), () => void onward(goesBy() ?? null), "plain")),
      ],
    };
  },

  /** A list of the service that a reader made: it counts once the child says yes. */
  agree() {
    const list = waitingList();
    if (!list) return null;
    const { readers, at } = list.record;
    const place = status();
    const { worker } = names();
    const yes = async () => {
      try {
        await busy(place, t("child.service.agree.busy"), agree);
      } catch (error) {
        place.wrong(sentence(error, names()));
        return;
      }
      if (goesBy() === undefined) await go("called", { then: "reading" });
      else await home();
    };
    const no = async () => {
      await putAside();
      await home();
    };
    return {
      back: false,
      body: [
        h("div", { class: "card-art" }, drawing("i-flag")),
        title(t("child.service.agree")),
        h("p", { class: "lead" }, t("child.service.agree.who", { names: together(readers.map((one) => one.name)), date: day(Date.parse(at)) })),
        what(),
        place.element,
        acts(
          act(t("child.service.agree.1"), () => void yes()),
          act(t("child.service.agree.2"), () => void no(), "plain"),
          act(t("child.new.2"), () => place.say(t("child.service.agree.ask", { worker })), "bare"),
        ),
      ],
    };
  },
};
