/**
 * The question about one talk in kindmodus: was it so, and were you alone.
 *
 * @module
 */

import { canonical } from "../wire.js";
import { timeText } from "../talks.js";
import { act, acts, note, split, status, title } from "./child-bits.js";
import { claim, facts, WHY_ORDER, yesNo } from "./child-talk.js";
import { rows } from "./choices.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { series, setLevel, t } from "./words.js";

/** @typedef {import("../talks.js").Yes} Yes */
/** @typedef {import("../talks.js").Why} Why */

/**
 * The talk that is asked about.
 *
 * @typedef {object} Asked
 * @property {any} record - The talk, or the talk that was not held.
 * @property {string} talk - Its hash.
 * @property {string | null} prev - Hash of the child's last answer to this talk.
 * @property {string} name - Of whoever recorded it.
 */

/** @typedef {{child: string, talk: string, subj: string, prev: string | null, says: {talked: Yes, alone: Yes}, why: Why | null, at: string}} Answer */

/**
 * @param {{child: string, young: boolean, phone: boolean, asked: Asked, go: (screen: string) => void, later: () => void, done: (answer: Uint8Array<ArrayBuffer>) => Promise<void>}} around -
 *   `phone`: that the child has one to answer on later; `done` takes the finished answer.
 * @returns {Record<string, import("./screens.js").Make>}
 */
export function talkScreens({ child, young, phone, asked, go, later, done }) {
  const { record, name } = asked;
  /** @type {{talked: Yes | null, alone: Yes | null, why: Why | null}} */
  const said = { talked: null, alone: null, why: null };
  let over = false;

  const finish = async () => {
    // Two taps are one answer, and what was said is not changed afterwards.
    if (over) return;
    over = true;
    /** @type {Answer} */
    const answer = {
      child,
      talk: asked.talk,
      subj: record.subj,
      prev: asked.prev,
      says: { talked: said.talked ?? "unknown", alone: said.alone ?? "unknown" },
      why: said.why,
      at: timeText(new Date()),
    };
    await done(canonical(answer));
  };

  /** @param {() => (() => void) | null} next - What follows; null before anything was chosen. */
  const foot = (next) => {
    const place = status();
    const on = act(t("child.common.1"), () => {
      const to = next();
      if (to) to();
      else place.wrong(t("child.confirm.choose"));
    });
    return { hush: () => place.hush(), body: [place.element, acts(on, act(t("child.confirm.answer.4"), later, "bare"))] };
  };

  /** Without a phone there is no later without the professional: the simpler text does not promise it. */
  const mayBeNo = () => {
    if (!phone) setLevel("8");
    const text = t("child.confirm.note", { name });
    setLevel(young ? "8" : "");
    return text;
  };

  return {
    claim() {
      const [first, rest] = split(claim(record, name));
      const what = record.t === "notheld" || young ? t("child.home.ask") : { face: t("child.confirm.question.1", { name }), video: t("child.confirm.video", { name }), phone: t("child.confirm.phone", { name }) }[/** @type {"face"} */ (record.kind)];
      const below = foot(() => {
        if (!said.talked) return null;
        if (record.t !== "notheld" && said.talked === "no") return () => go("different");
        return record.t !== "notheld" && said.talked === "yes" && record.who === "alone" ? () => go("two") : () => void finish();
      });
      const choose = (/** @type {Yes | null} */ answer) => {
        said.talked = answer;
        said.alone = said.why = null;
        below.hush();
      };
      return {
        body: [
          title(first),
          rest ? h("p", { class: "lead" }, rest) : null,
          record.t === "talk" ? facts(record, name, young ? "all" : "asked") : null,
          yesNo(what, said.talked, choose, { seen: record.t === "talk" && !young }),
          ...below.body,
          h("div", { class: "section stack" }, note(mayBeNo())),
        ],
      };
    },

    two() {
      const what = t("child.confirm.question.2");
      const below = foot(() => (said.alone ? () => void finish() : null));
      const choose = (/** @type {Yes | null} */ answer) => {
        said.alone = answer;
        said.why = answer === "no" ? "someone" : null;
        below.hush();
      };
      return { body: [title(split(what)[0]), h("div", { class: "card-art" }, drawing("alone")), yesNo(what, said.alone, choose, { seen: false }), ...below.body] };
    },

    different() {
      const options = series("child.confirm.no.#");
      const below = foot(() => () => void finish());
      const chosen = said.why ? options[WHY_ORDER.indexOf(said.why)] : null;
      const choose = (/** @type {string | null} */ value) => void (said.why = value === null ? null : WHY_ORDER[options.indexOf(value)]);
      return {
        body: [
          h("fieldset", null, h("legend", null, title(split(t("child.confirm.different"))[0])), h("p", { class: "lead" }, t("child.common.11")), rows(options, chosen, choose)),
          ...below.body,
        ],
      };
    },
  };
}
