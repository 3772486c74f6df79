/**
 * What the child wants to say: typed, spoken, drawn, or all of these in one message.
 *
 * @module
 */

import { saysNothing } from "../making.js";
import { act, acts, note as aside, sentence, split, status, title } from "./child-bits.js";
import { groupName } from "./choices.js";
import { housed, houseTitle, invitation } from "./child-house.js";
import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { series, t } from "./words.js";

/** @typedef {import("../making.js").Making} Making */
/** @typedef {import("./child-questions.js").Place} Place */
/** @typedef {"text" | "voice" | "draw"} Mode */

const ICONS = { text: "i-text", voice: "i-mic", draw: "i-pen" };
/** @type {Mode[]} In the order of their names in the catalogue. */
const TYPED_FIRST = ["text", "voice", "draw"];
/** @type {Mode[]} */
const DRAWN_FIRST = ["draw", "voice", "text"];
/** Enough for everything; more would not fit a message beside a recording. */
const LONGEST = 20_000;

/**
 * Notes a change in this message, and in no other that may be in hand by now.
 *
 * @param {Place} place
 * @param {Making} made
 * @param {(made: Making) => void} work
 */
function change(place, made, work) {
  if (place.inHand() === made) place.note(work);
}

/**
 * @param {Place} here
 * @returns {import("./screens.js").Make}
 */
export const saying = (here) => async (params) => {
  const made = here.inHand();
  if (!made?.circle) return null;
  const { house } = made;
  const question = params.question ?? t("child.say.question");
  const [first, rest] = split(question);
  // For who does not read, pictures lead.
  const order = house && here.young() ? DRAWN_FIRST : TYPED_FIRST;
  /** @type {Mode} */
  let mode = params.mode ?? /** @type {Record<string, Mode>} */ ({ say: "voice", draw: "draw", house: order[0] })[made.way] ?? "text";
  // Coming back, one finds what one was doing.
  params.mode = mode;
  const panel = h("div", { class: "panel-now" });
  const lead = h("p", { class: "lead" });
  const hint = here.young() && house ? null : t("child.say.hint");
  /** What is asked now, as it is shown and as it is stored. */
  const asked = () => {
    if (!house) return { invited: rest, prompt: question };
    return invitation(house, mode, here.young());
  };
  /** @type {(() => Promise<void>) | undefined} */
  let end;
  const show = async () => {
    void end?.();
    end = undefined;
    const makers = { text: writing, voice: speaking, draw: sketching };
    const { invited, prompt } = asked();
    const now = mode;
    const { element, stop } = await makers[mode](here, made, prompt);
    if (now !== mode) {
      void stop?.();
      return;
    }
    end = stop;
    fill(lead, invited ? `${invited} ` : null, house && mode !== "text" ? null : hint);
    fill(panel, element);
  };
  const words = series("child.say.how.#");
  const group = groupName();
  const tabs = order.map((one) => {
    const input = h("input", { type: "radio", name: group });
    input.checked = one === mode;
    input.addEventListener("change", () => {
      mode = one;
      params.mode = one;
      void show();
    });
    return h("label", { class: "pick mode" }, input, h("span", null, drawing(ICONS[one]), words[TYPED_FIRST.indexOf(one)]));
  });
  await show();
  const leave = async (/** @type {() => void} */ to) => {
    await end?.();
    end = undefined;
    void here.save();
    to();
  };
  const next = () => leave(() => here.onward("say", params, made));
  // A phone that is full cannot keep what is typed: that has to be said while it can still be sent.
  const place = status();
  const kept = () => {
    if (here.trouble()) place.wrong(sentence(here.trouble(), here.names()));
    else place.hush();
  };
  const unwatch = here.watch(kept);
  return {
    leave() {
      unwatch();
      void end?.();
      // Whoever reads it was chosen with another question: what is begun next asks that anew.
      if (params.question && saysNothing(made)) here.forget();
    },
    body: [
      house ? houseTitle(house) : title(first),
      lead,
      h("fieldset", null, h("legend", { class: "unseen" }, house ? t("child.house.how") : question), h("div", { class: "modes" }, tabs)),
      panel,
      place.element,
      h("p", { class: "soft small section-s" }, t(here.keeps)),
      acts(
        act(t("child.common.1"), () => void next()),
        house ? act(t("child.common.5"), () => void leave(here.stop), "plain") : act(t("child.common.3"), () => void next(), "plain"),
      ),
    ],
  };
};

/**
 * @param {Place} place
 * @param {Making} made
 * @param {string} prompt
 * @returns {{element: HTMLElement, stop?: () => Promise<void>}}
 */
function writing(place, made, prompt) {
  // Else the browser keeps what is typed here in its own files, for a page that it opens again.
  const area = h("textarea", { class: "leaf said write", rows: 7, autocomplete: "off", maxlength: LONGEST, "aria-label": prompt });
  area.value = made.text?.text ?? "";
  area.addEventListener("input", () => {
    change(place, made, (now) => void (now.text = area.value ? { prompt, text: area.value } : null));
  });
  return { element: area };
}

/**
 * @param {Place} place
 * @param {Making} made
 * @param {string} prompt
 */
async function speaking(place, made, prompt) {
  const { recorder, recorded } = await import("./recorder.js");
  const list = h("div", { class: "stack" });
  const draw = () =>
    fill(
      list,
      made.voices
        .filter((voice) => voice !== live)
        .map((voice, at) =>
          recorded(voice, at + 1, () => {
            change(place, made, (now) => void (now.voices = now.voices.filter((one) => one !== voice)));
            draw();
          }),
        ),
    );
  /** The recording that runs; in the message from its first second on. @type {import("../making.js").Voice | null} */
  let live = null;
  const told = status();
  const { element, stop } = recorder(
    (recording) => {
      change(place, made, (now) => {
        if (!recording) return;
        if (!live) {
          live = { prompt, ...recording };
          now.voices.push(live);
        } else {
          Object.assign(live, recording);
        }
      });
    },
    () => {
      live = null;
      told.say(t("child.voice.state.3"));
      draw();
      void place.save();
    },
  );
  draw();
  const notes = series("child.voice.note.#");
  return {
    element: h("div", { class: "stack" }, element, told.element, list, aside([notes[0], " ", notes[1]], { icon: "i-speak" })),
    stop,
  };
}

/**
 * @param {Place} place
 * @param {Making} made
 * @param {string} prompt
 */
async function sketching(place, made, prompt) {
  const { sheet } = await import("./sheet.js");
  const [colour, , rubber, undo, clear, , sure] = series("child.draw.button.#");
  const pens = series("child.draw.pen.#");
  const colours = series("child.draw.colour.#");
  const element = sheet(
    made.drawing?.strokes ?? [],
    (strokes) => change(place, made, (now) => void (now.drawing = strokes.length ? { prompt, strokes } : null)),
    {
      drawing: t("child.check.drawing"),
      tools: t("child.draw.tools"),
      pen: t("child.draw.button.2"),
      colour,
      pens,
      rubber,
      undo,
      clear,
      sure,
      keep: t("child.common.2"),
      colours,
    },
  );
  // A house has its own invitation above it.
  return { element: made.house ? housed(element) : h("div", null, h("p", { class: "lead" }, t("child.draw.lead")), element), stop: undefined };
}
