/**
 * The questions of a message, one on a screen, wherever a child makes one. Each can be skipped; nothing is chosen
 * beforehand.
 *
 * @module
 */

import { act, acts, note, split, title } from "./child-bits.js";
import { asked, chips, rows } from "./choices.js";
import { faces } from "./faces.js";
import { h } from "./h.js";
import { ladder } from "./ladder.js";
import { series, t } from "./words.js";

/** @typedef {import("../making.js").Making} Making */
/** @typedef {import("./screens.js").Params} Params */
/** @typedef {import("./screens.js").Screen} Screen */
/** @typedef {import("./screens.js").Make} Make */

/**
 * Where a child makes something: its own phone, or a professional's tablet in kindmodus. What is said is kept there, and
 * these pages do not know how.
 *
 * @typedef {object} Place
 * @property {() => Making | null} inHand - What is being made.
 * @property {(work: (made: Making) => void) => void} note - Notes a change; it is kept within a second.
 * @property {(key: string, answer: {prompt: string, options?: string[], value: any} | null) => void} answer
 * @property {() => Promise<void>} save - Keeps what there is, now.
 * @property {() => void} forget - Takes what is being made out of memory.
 * @property {() => unknown} trouble - Why the last time to keep it failed; null when it did not.
 * @property {(watcher: () => void) => () => void} watch
 * @property {() => {worker: string, second: string, confidant: string, independent?: string}} names
 * @property {() => boolean} young - Whether the child gets the simpler form.
 * @property {(step: string, params: Params, made: Making) => void} onward - To the screen after this one.
 * @property {(screen: string, params: Params) => void} swap
 * @property {() => void} stop - Leaves what is being made, kept, for another time.
 * @property {string[]} steps - What can be said here, by screen.
 * @property {(() => void) | null} alarm - To "I am not safe"; null where no alert can go out.
 * @property {string} keeps - Key of the sentence that says where what is made is kept.
 * @property {string} danger - Key of what to do when it is dangerous now.
 */

/** The screens in which something is said, with the answer that each gives and its question. */
const SAID = /** @type {const} */ ([
  ["mood", "child.mood", "child.mood.question"],
  ["feel", "child.feel", "child.feel.question"],
  ["safe", "child.safe", "child.safe.question"],
  ["where", "child.where", "child.where.question"],
  ["say", "", "child.say.question"],
  ["want", "child.want", "child.want.question"],
  ["share", "child.share", "child.share.question"],
  ["alone", "child.alone", "child.alone.question"],
]);

/** What can be said with a house: what lies in it, and what a reader may do with it. */
const OF_A_HOUSE = new Set(["say", "share", "alone"]);

/** The numbers that five faces stand for, on a ladder from 10 to 0. */
const FACES = [10, 8, 5, 2, 0];

/** The value that an answer has now. @param {Making} made @param {string} key */
const value = (made, key) => made.answers.get(key)?.value ?? null;

/**
 * @param {Place} here
 * @returns {Record<string, Make>} The screens, by name.
 */
export function questions(here) {
  const { answer } = here;

  /**
   * The names as the texts want them, for the circle that a message goes to.
   *
   * @param {Making} made
   */
  const voices = (made) => {
    const all = here.names();
    const worker = (made.circle === "confidant" ? all.confidant : made.circle === "independent" ? all.independent : "") || all.worker;
    return { ...all, worker, name: worker };
  };

  /**
   * A question with the two ways on: with an answer, or without.
   *
   * @param {string} step
   * @param {string} key
   * @param {Params} params
   * @param {(made: Making) => {question: string, body: import("./h.js").Child[], below?: import("./h.js").Child[]}} make
   * @returns {Screen | null}
   */
  const question = (step, key, params, make) => {
    const made = here.inHand();
    if (!made?.circle) return null;
    const { question: text, body, below = [] } = make(made);
    const [first, rest] = split(text);
    const next = () => here.onward(step, params, made);
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
  const words = (step, key, params, promptKey, optionsKey) =>
    question(step, key, params, (made) => {
      const prompt = t(promptKey);
      const options = series(optionsKey);
      const chosen = value(made, key);
      return {
        question: prompt,
        body: [chips(options, chosen ? [chosen] : [], ([one]) => answer(key, one ? { prompt, options, value: one } : null))],
      };
    });

  return {
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
        const options = here.young() ? labels : [low, middle, high];
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
              const scale = here.young()
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
        const { worker, second } = here.names();
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
            note([t(here.danger, { worker, second })], { icon: "i-info", class: "section-s" }),
            here.alarm ? acts(act(t("child.home.9"), here.alarm, "alarm plain", "i-flag")) : null,
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
      const made = here.inHand();
      if (!made) return null;
      const fits = (/** @type {string} */ step) => here.steps.includes(step) && (!made.house || OF_A_HOUSE.has(step));
      const open = SAID.filter(([step, key]) => fits(step) && !made.answers.has(key) && !(made.circle === "self" && (step === "want" || step === "share")));
      const name = (/** @type {string} */ step, /** @type {string} */ key) => t(made.house && step === "say" ? "child.house.more.1" : key, voices(made));
      return {
        body: [
          title(t("child.check.add")),
          acts(...open.map(([step, , key]) => act(split(name(step, key))[0], () => here.swap(step, { change: true }), "plain"))),
        ],
      };
    },
  };
}

/** The words of a scale without their number: "0: helemaal niet veilig". @param {string} text */
const meaning = (text) => text.replace(/^\d+:\s*/, "");
