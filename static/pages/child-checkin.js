/**
 * The questions of a message, one on a screen. Each can be skipped; nothing is chosen beforehand.
 *
 * @module
 */

import { act, acts, note, split, status, title, together } from "../parts/child-bits.js";
import { onward } from "../parts/child-flow.js";
import { asked, badge, chips, groupName, radio, rows } from "../parts/choices.js";
import { drawing } from "../parts/draw.js";
import { faces } from "../parts/faces.js";
import { h } from "../parts/h.js";
import { ladder } from "../parts/ladder.js";
import { go, swap } from "../parts/screens.js";
import { series, t } from "../parts/words.js";
import { barred, names, newestList, readerNames } from "../phone/circles.js";
import { answer, begin, note as change } from "../phone/draft.js";
import { phone } from "../phone/here.js";
import { inHand } from "../phone/memory.js";
import { absent } from "./child-home.js";

/** @typedef {import("../phone/draft.js").Making} Making */
/** @typedef {import("../vault.js").Circle} Circle */
/** @typedef {import("../parts/screens.js").Params} Params */
/** @typedef {import("../parts/screens.js").Screen} Screen */

/** The numbers that five faces stand for, on a ladder from 10 to 0. */
const FACES = [10, 8, 5, 2, 0];

/** @returns {boolean} Whether the child gets the simpler form. */
const young = () => phone().level === "8";

/** The value that an answer has now. @param {Making} made @param {string} key */
const value = (made, key) => made.answers.get(key)?.value ?? null;

/**
 * The names as the texts want them, for the circle that a message goes to.
 *
 * @param {Making} made
 */
function voices(made) {
  const all = names();
  const worker = made.circle === "confidant" ? all.confidant : all.worker;
  return { ...all, worker, name: worker };
}

/**
 * A question with the two ways on: with an answer, or without.
 *
 * @param {string} step
 * @param {string} key
 * @param {Params} params
 * @param {(made: Making) => {question: string, body: import("../parts/h.js").Child[], below?: import("../parts/h.js").Child[]}} make
 * @returns {Screen | null}
 */
function question(step, key, params, make) {
  const made = inHand();
  if (!made?.circle) return null;
  const { question: text, body, below = [] } = make(made);
  const [first, rest] = split(text);
  const next = () => onward(step, params, made);
  return {
    body: [
      asked(first, rest ? h("p", { class: "lead" }, rest) : null, ...body),
      ...below,
      acts(
        act(t("child.common.1"), next),
        act(
          t("child.common.3"),
          () => {
            answer(key, null);
            next();
          },
          "plain",
        ),
      ),
    ],
  };
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  who(params) {
    const made = inHand() ?? begin(params.way ?? "feel");
    const { worker, second, confidant } = names();
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
            card("self", "read-self", t("child.circle.3"), t("child.circle.self.note")),
          ),
        ),
        place.element,
        h(
          "div",
          { class: "section stack" },
          ...absent("worker"),
          ...(confidant ? absent("confidant") : []),
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

  mood: (params) =>
    question("mood", "child.mood", params, (made) => {
      const prompt = t("child.mood.question");
      const options = series("child.mood.#");
      return {
        question: prompt,
        body: [faces(options, value(made, "child.mood"), (n) => answer("child.mood", n ? { prompt, options, value: n } : null))],
      };
    }),

  feel: (params) =>
    question("feel", "child.feel", params, (made) => {
      const prompt = t("child.feel.question");
      const words = [
        ...series("child.feel.fine.#"),
        ...series("child.feel.sad.#"),
        ...series("child.feel.angry.#"),
        ...series("child.feel.afraid.#"),
        ...series("child.feel.mixed.#"),
        ...series("child.feel.body.#"),
      ];
      const [own, ...instead] = series("child.feel.own.#");
      const options = [...words, ...instead];
      const before = /** @type {string[]} */ (value(made, "child.feel") ?? []);
      let chosen = before.filter((one) => options.includes(one));
      let typed = before.filter((one) => !options.includes(one)).join(", ");
      const tell = () => {
        const all = [...chosen, ...(typed.trim() ? [typed.trim()] : [])];
        answer("child.feel", all.length ? { prompt, options, value: all } : null);
      };
      const input = h("input", { class: "field", id: "own-word", maxlength: 200, autocomplete: "off" });
      input.value = typed;
      input.addEventListener("input", () => {
        typed = input.value;
        tell();
      });
      return {
        question: prompt,
        body: [
          chips(options, chosen, (now) => {
            chosen = now;
            tell();
          }, { many: true }),
          h("label", { class: "label section-s", for: "own-word" }, own),
          input,
        ],
      };
    }),

  safe: (params) =>
    question("safe", "child.safe", params, (made) => {
      const prompt = t("child.safe.question");
      const [low, middle, high] = series("child.safe.scale.#");
      const labels = series("child.safe.face.#");
      const options = young() ? labels : [low, middle, high];
      /** @type {{home: string | null, n: number | null}[]} */
      let places = (value(made, "child.safe") ?? [{ home: null, n: null }]).map((/** @type {any} */ one) => ({ ...one }));
      const tell = () => {
        const found = places.flatMap(({ home: place, n }) => (n === null ? [] : [{ home: place?.trim() || null, n }]));
        answer("child.safe", found.length ? { prompt, options, value: found } : null);
      };
      const list = h("div", { class: "stack wide places" });
      const draw = () => {
        const several = places.length > 1;
        list.replaceChildren(
          ...places.map((place, at) => {
            const label = t("child.safe.place", { n: at + 1 });
            const set = (/** @type {number | null} */ n) => {
              place.n = n;
              tell();
            };
            const scale = young()
              ? faces(labels, place.n === null ? null : FACES.indexOf(place.n) + 1 || null, (n) => set(n && FACES[n - 1]))
              : ladder({ low: meaning(low), middle: meaning(middle), high: meaning(high) }, place.n, set, several ? label : undefined);
            if (!several) return h("div", null, scale);
            const input = h("input", { class: "field", id: `place-${at}`, maxlength: 100, autocomplete: "off" });
            input.value = place.home ?? "";
            input.addEventListener("input", () => {
              place.home = input.value;
              tell();
            });
            return h(
              "section",
              { "aria-label": label },
              h("h2", null, label),
              h("label", { class: "label section-s", for: `place-${at}` }, t("child.safe.name")),
              input,
              scale,
              act(t("child.safe.remove"), () => {
                places = places.filter((one) => one !== place);
                tell();
                draw();
              }, "bare"),
            );
          }),
        );
      };
      draw();
      const { worker, second } = names();
      const more = act(t("child.safe.add"), () => {
        if (places.length >= 4) return;
        places = [...places, { home: null, n: null }];
        draw();
        list.querySelector(`#place-${places.length - 1}`)?.scrollIntoView({ block: "center" });
      }, "bare");
      return {
        question: prompt,
        body: [list],
        below: [
          h("p", { class: "soft small section-s" }, t("child.safe.twohomes")),
          more,
          note([t("child.safe.help", { worker, second })], { icon: "i-info", class: "section-s" }),
          acts(act(t("child.home.9"), () => void go("unsafe"), "alarm plain", "i-flag")),
        ],
      };
    }),

  where: (params) => words("where", "child.where", params, "child.where.question", "child.where.#"),

  want: (params) =>
    question("want", "child.want", params, (made) => {
      const prompt = t("child.want.question");
      const options = series("child.want.#", voices(made));
      return {
        question: prompt,
        body: [rows(options, value(made, "child.want"), (one) => answer("child.want", one ? { prompt, options, value: one } : null))],
        below: [h("div", { class: "section" }, note(t("child.want.limit", voices(made))))],
      };
    }),

  share: (params) =>
    question("share", "child.share", params, (made) => {
      const prompt = t("child.share.question", voices(made));
      const options = series("child.share.#");
      return {
        question: prompt,
        body: [rows(options, value(made, "child.share"), (one) => answer("child.share", one ? { prompt, options, value: one } : null))],
        below: [h("div", { class: "section" }, note(t("child.share.limit", voices(made))))],
      };
    }),

  alone: (params) => words("alone", "child.alone", params, "child.alone.question", "child.alone.#"),

  reach: (params) => words("reach", "child.unsafe.reach", params, "child.unsafe.reach", "child.unsafe.reach.#"),

  /** What else can be said, beside what was said already. */
  add() {
    const made = inHand();
    if (!made) return null;
    const open = /** @type {const} */ ([
      ["mood", "child.mood", "child.mood.question"],
      ["feel", "child.feel", "child.feel.question"],
      ["safe", "child.safe", "child.safe.question"],
      ["where", "child.where", "child.where.question"],
      ["say", "", "child.say.question"],
      ["want", "child.want", "child.want.question"],
      ["share", "child.share", "child.share.question"],
      ["alone", "child.alone", "child.alone.question"],
    ]).filter(([step, key]) => !made.answers.has(key) && !(made.circle === "self" && (step === "want" || step === "share")));
    return {
      body: [
        title(t("child.check.add")),
        acts(...open.map(([step, , key]) => act(split(t(key, voices(made)))[0], () => void swap(step, { change: true }), "plain"))),
      ],
    };
  },
};

/**
 * A question whose answer is one of some words.
 *
 * @param {string} step
 * @param {string} key
 * @param {Params} params
 * @param {string} promptKey - Key of the question's text.
 * @param {string} optionsKey - Key of the answers' texts.
 */
function words(step, key, params, promptKey, optionsKey) {
  return question(step, key, params, (made) => {
    const prompt = t(promptKey);
    const options = series(optionsKey);
    const chosen = value(made, key);
    return {
      question: prompt,
      body: [chips(options, chosen ? [chosen] : [], ([one]) => answer(key, one ? { prompt, options, value: one } : null))],
    };
  });
}

/** The words of a scale without their number: "0: helemaal niet veilig". @param {string} text */
const meaning = (text) => text.replace(/^\d+:\s*/, "");

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

