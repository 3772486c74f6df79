/**
 * The pad on which a PIN is typed or pictures are tapped.
 *
 * @module
 */

import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { series, t } from "./words.js";

/** The twelve pictures, by position; what is stored is the position, so their order may never change. */
const PICTURES = ["leaf", "boat", "cup", "fish", "moon", "tree", "ball", "key", "umb", "star", "bell", "book"];
const LENGTH = { pin: 5, pictures: 4 };

/**
 * @typedef {object} Pad
 * @property {HTMLElement} element
 * @property {() => void} clear
 * @property {(on: boolean) => void} rest - Takes no taps while work is going on.
 */

/**
 * A pad. Digits can be typed on a keyboard as well.
 *
 * @param {"pin" | "pictures"} kind
 * @param {(secret: string) => void} full - Told of the whole, as docs/protocol/unlocking.md writes it.
 * @returns {Pad}
 */
export function pad(kind, full) {
  const all = LENGTH[kind];
  /** @type {string[]} */
  let typed = [];
  let resting = false;
  const dots = h("p", { class: "pins", role: "img" });
  const show = () => {
    dots.setAttribute("aria-label", t("child.pin.typed", { n: typed.length, all }));
    fill(dots, Array.from({ length: all }, (_, at) => h("i", { class: at < typed.length ? "on" : null })));
  };
  const tap = (/** @type {string} */ one) => {
    if (resting || typed.length >= all) return;
    typed = [...typed, one];
    show();
    if (typed.length === all) full(typed.join(""));
  };
  const rub = () => {
    if (resting) return;
    typed = typed.slice(0, -1);
    show();
  };
  const wipe = h("button", { type: "button", class: "quiet", "aria-label": t("child.pin.rub") }, drawing("i-undo"));
  wipe.addEventListener("click", rub);

  const names = series("child.pic.#");
  const keys =
    kind === "pin"
      ? ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].map((digit) => key(digit, digit, null, tap))
      : PICTURES.map((name, at) => key(String(at).padStart(2, "0"), null, h("span", null, drawing(`pl-${name}`, { label: names[at] })), tap));
  const element = h(
    "div",
    { class: "pad-box" },
    dots,
    h(
      "div",
      { class: kind === "pin" ? "pad" : "pad pics", role: "group" },
      kind === "pin" ? [...keys.slice(0, 9), h("span", null), keys[9], wipe] : [...keys, h("span", null), h("span", null), wipe],
    ),
  );
  const typing = (/** @type {KeyboardEvent} */ event) => {
    if (!element.isConnected) {
      removeEventListener("keydown", typing);
      return;
    }
    if (kind === "pin" && /^\d$/.test(event.key)) tap(event.key);
    if (event.key === "Backspace") rub();
  };
  addEventListener("keydown", typing);
  show();
  return {
    element,
    clear() {
      typed = [];
      show();
    },
    rest(on) {
      resting = on;
      element.toggleAttribute("aria-busy", on);
    },
  };
}

/** @param {string} value @param {string | null} label @param {Element | null} look @param {(value: string) => void} tap */
function key(value, label, look, tap) {
  const button = h("button", { type: "button" }, label, look);
  button.addEventListener("click", () => tap(value));
  return button;
}
