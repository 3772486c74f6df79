/**
 * "Is this right?": one question a screen, about a talk that somebody wrote down; in the room out of a code, or later
 * from the list, unseen.
 *
 * @module
 */

import { act, acts, headed, note, sentence, split, status, title } from "../parts/child-bits.js";
import { claim, facts, WHY_ORDER, words, yesNo } from "../parts/child-talk.js";
import { rows } from "../parts/choices.js";
import { drawing } from "../parts/draw.js";
import { h } from "../parts/h.js";
import { outcomePlace } from "../parts/outcome.js";
import { back, go, home, swap } from "../parts/screens.js";
import { series, t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { outcome, run } from "../phone/errands.js";
import { phone, watch } from "../phone/here.js";
import { inTalk, open } from "../phone/memory.js";
import { putOff, say } from "../phone/talks.js";

/** @typedef {import("../phone/talks.js").Asked} Asked */

/** Leaves it for another time. @param {Asked} asked */
async function later({ way, name }) {
  await putOff();
  if (way === "room") await swap("put-off", { name });
  else back();
}

/**
 * The foot of a question: on, and later.
 *
 * @param {Asked} asked
 * @param {() => string | null} next - The screen that follows; "" to send, null before anything was chosen.
 */
function foot(asked, next) {
  const place = status();
  let busy = false;
  const on = async () => {
    const to = next();
    if (to === null) {
      place.wrong(t("child.confirm.choose"));
      return;
    }
    if (to) {
      await go(to);
      return;
    }
    // Two taps are one answer.
    if (busy) return;
    busy = true;
    try {
      const { signed } = asked;
      const sent = await say();
      await swap("answered", { ...sent, about: signed.record });
    } catch (error) {
      busy = false;
      place.wrong(sentence(error, names()));
    }
  };
  const button = act(t("child.common.1"), () => void on());
  const show = () => {
    button.textContent = next() === "" ? t("child.confirm.send") : t("child.common.1");
    place.hush();
  };
  show();
  return { show, body: [place.element, acts(button, act(t("child.confirm.answer.4"), () => void later(asked), "bare"))] };
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  /** What was written down, and whether it is so. */
  claim() {
    const asked = inTalk();
    if (!asked) return null;
    const { name, way } = asked;
    const { record } = asked.signed;
    const young = phone().level === "8";
    const [first, rest] = split(claim(record, name));
    const question =
      record.t === "notheld" || young ? t("child.home.ask") : { face: t("child.confirm.question.1", { name }), video: t("child.confirm.video", { name }), phone: t("child.confirm.phone", { name }) }[record.kind];
    const below = foot(asked, () => {
      if (!asked.talked) return null;
      if (record.t === "notheld") return "";
      if (asked.talked === "no") return "different";
      return asked.talked === "yes" && record.who === "alone" ? "two" : "";
    });
    const choose = (/** @type {import("../talks.js").Yes | null} */ answer) => {
      asked.talked = answer;
      asked.alone = asked.why = null;
      below.show();
    };
    return {
      body: [
        title(first),
        rest ? h("p", { class: "lead" }, rest) : null,
        record.t === "talk" ? facts(record, name, young ? "all" : "asked") : null,
        yesNo(question, asked.talked, choose, { seen: record.t === "talk" && !young }),
        ...below.body,
        h(
          "div",
          { class: "section stack" },
          note(t("child.confirm.note", { name })),
          // Only whoever wants to: without it the answer counts as well.
          way === "room" && !open() ? pin() : null,
        ),
      ],
    };
  },

  /** Whether it was the two of them. */
  two() {
    const asked = inTalk();
    if (asked?.talked !== "yes") return null;
    const below = foot(asked, () => (asked.alone ? "" : null));
    const question = t("child.confirm.question.2");
    const choose = (/** @type {import("../talks.js").Yes | null} */ answer) => {
      asked.alone = answer;
      // That somebody was there is what this no says.
      asked.why = answer === "no" ? "someone" : null;
      below.show();
    };
    return { body: [title(split(question)[0]), h("div", { class: "card-art" }, drawing("alone")), yesNo(question, asked.alone, choose, { seen: false }), ...below.body] };
  },

  /** What was different. It can be left open. */
  different() {
    const asked = inTalk();
    if (asked?.talked !== "no") return null;
    const options = series("child.confirm.no.#");
    const below = foot(asked, () => "");
    const chosen = asked.why ? options[WHY_ORDER.indexOf(asked.why)] : null;
    const question = t("child.confirm.different");
    return {
      body: [
        h(
          "fieldset",
          null,
          h("legend", null, title(split(question)[0])),
          h("p", { class: "lead" }, t("child.common.11")),
          rows(options, chosen, (value) => void (asked.why = value === null ? null : WHY_ORDER[options.indexOf(value)])),
        ),
        ...below.body,
      ],
    };
  },

  /** What was said, whether it arrived, and in the room the square for the other phone. */
  async answered({ id, code, name, record, about }) {
    const square = code ? (await import("../parts/qr.js")).qrCode(code, t("child.confirm.square"), "low") : null;
    const [got, stuck, unsent] = [t("child.confirm.arrived", { name }), t("child.talks.stuck", names()), t("child.talks.unsent")];
    const state = outcomePlace(got, stuck, unsent);
    let tried = false;
    const show = async () => {
      const found = await outcome(id);
      if (found === "arrived") state.show(note(got, { icon: "i-tick" }));
      else if (found.state === "stuck") state.show(note(stuck, { icon: "i-warn", class: "heed" }));
      else if (tried || found.why) state.show(note(unsent, { icon: "i-clock" }));
    };
    const unwatch = watch(() => void show());
    void run({ all: true }).finally(() => {
      tried = true;
      void show();
    });
    const [first, rest] = square ? split(t("child.confirm.show", { name })) : [words(record, about).replace(/\.$/, ""), ""];
    return {
      back: false,
      leave: unwatch,
      body: [
        title(first),
        rest ? h("p", { class: "lead" }, rest) : null,
        square ? h("div", { class: "square section-s" }, square) : null,
        square ? h("div", { class: "leaf section-s" }, h("p", { class: "said" }, words(record, about))) : null,
        h("div", { class: "section-s stack" }, state.element, note(t("child.confirm.stays"))),
        acts(act(t("child.common.4"), () => void home())),
      ],
    };
  },

  "put-off": ({ name }) => ({ back: false, body: [...headed(t("child.confirm.later", { name })), acts(act(t("child.common.4"), () => void home()))] }),
};

/** The lock opened first: the answer then says that the PIN was known. */
function pin() {
  return h("div", { class: "card" }, h("p", { class: "small" }, t("child.confirm.pin")), act(t("child.confirm.pin.1"), () => void go("unlock", { then: "claim" }), "bare", "i-lock"));
}
