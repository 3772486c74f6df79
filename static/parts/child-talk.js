/**
 * A talk in the child's words and pictures: when, who, where, how long; and what the child said of it.
 *
 * @module
 */

import { KINDS, NOT_HELD, PLACES, WHO, confirms } from "../talks.js";
import { groupName, radio } from "./choices.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { clock, day, series, t } from "./words.js";

/** @typedef {import("../talks.js").TalkRecord} TalkRecord */
/** @typedef {import("../talks.js").NotHeldRecord} NotHeldRecord */
/** @typedef {import("../talks.js").AnswerRecord} AnswerRecord */
/** @typedef {import("../talks.js").Yes} Yes */

/** @param {string} at @returns {string} Day and time of a talk, as the child reads them. */
export const when = (at) => t("child.mine.at", { date: day(Date.parse(at)), time: clock(Date.parse(at)) });

/** @param {{start: string, end: string}} talk @returns {number} How long it was, in minutes, as one says it. */
export function minutes({ start, end }) {
  const exact = Math.round((Date.parse(end) - Date.parse(start)) / 60_000);
  return exact < 10 ? Math.max(1, exact) : 5 * Math.round(exact / 5);
}

/**
 * What was written down of a talk, line by line with its picture.
 *
 * @param {TalkRecord} talk
 * @param {string} name - Of who wrote it.
 * @param {"all" | "asked" | "listed"} [which] - `asked` leaves out what the question beside it says in words; `listed` what
 *   the heading says.
 */
export function facts(talk, name, which = "all") {
  const names = series("child.talks.fact.#");
  const face = talk.kind === "face";
  const where = face ? series("child.talks.place.#")[PLACES.indexOf(talk.place)] : series("child.talks.kind.#")[KINDS.indexOf(talk.kind)];
  const who = series("child.talks.who.#", { name })[WHO.indexOf(talk.who)];
  // With whom is said in words where it was the two of them, and nobody else.
  const plain = face && talk.who === "alone" && !talk.interpreter;
  return h(
    "dl",
    { class: "facts" },
    which === "listed" ? null : fact("i-day", names[0], when(talk.start)),
    which === "asked" && plain ? null : fact("i-two", names[1], talk.interpreter ? `${who}. ${t("child.talks.interpreter")}` : who),
    fact(face ? "i-place" : "i-phone", names[face ? 2 : 4], where),
    which === "listed" ? fact("i-clock", names[3], t("child.talks.minutes", { n: minutes(talk) })) : null,
  );
}

/** @param {string} icon @param {string} name @param {string} said */
const fact = (icon, name, said) => h("div", null, h("dt", null, drawing(icon), name), h("dd", null, said));

/** @param {NotHeldRecord} record @param {string} name @returns {string} Why it did not happen, as somebody wrote it down. */
export const reason = (record, name) => series("child.talks.reason.#", { name })[NOT_HELD.indexOf(record.reason)];

/**
 * What somebody says, in the words in which the child is asked.
 *
 * @param {TalkRecord | NotHeldRecord} record
 * @param {string} name
 */
export function claim(record, name) {
  const date = day(Date.parse(record.start));
  if (record.t === "notheld") return t("child.talks.notheld", { name, date, reason: reason(record, name) });
  const values = { name, date, n: minutes(record) };
  return record.kind === "face" && record.who === "alone" ? t("child.confirm.claim", values) : t("child.confirm.claim.other", values);
}

/**
 * What the child said, in words.
 *
 * @param {AnswerRecord} answer
 * @param {TalkRecord | NotHeldRecord} about
 * @returns {string}
 */
export function words({ says, why }, about) {
  const [yes, no, notTwo, unknown] = series("child.talks.said.#");
  const { talked, alone } = says;
  if (talked === "no") {
    const different = why ? series("child.confirm.no.#")[WHY_ORDER.indexOf(why)] : "";
    return different ? `${no} ${different}.` : no;
  }
  if (alone === "no" && about.t === "talk" && about.who === "alone") return notTwo;
  if (confirms(/** @type {AnswerRecord} */ ({ says: { talked, alone } }), about)) return yes;
  return unknown;
}

/** Reasons as records write them, in the order in which the child is shown them. */
export const WHY_ORDER = /** @type {const} */ (["nottalked", "someone", "day", "phone", "shorter", "other"]);

/**
 * Yes, no, and not knowing; none of them louder than the others, and none chosen beforehand.
 *
 * @param {string} question
 * @param {Yes | null} chosen
 * @param {(answer: Yes | null) => void} change
 * @param {{seen?: boolean}} [how] - `seen`: false where the question stands on the page already.
 */
export function yesNo(question, chosen, change, { seen = true } = {}) {
  const name = groupName();
  const options = /** @type {const} */ ([["yes", "child.confirm.answer.1"], ["no", "child.confirm.answer.2"], ["unknown", "child.confirm.answer.3"]]);
  return h(
    "fieldset",
    { class: "section-s" },
    h("legend", { class: seen ? "asks" : "unseen" }, question),
    h(
      "div",
      { class: "yesno" },
      options.map(([value, key]) =>
        h(
          "label",
          { class: value === "unknown" ? "pick wide" : "pick" },
          radio(name, chosen === value, (on) => change(on ? value : null)),
          h("span", null, value === "unknown" ? null : drawing(value), t(key)),
        ),
      ),
    ),
  );
}
