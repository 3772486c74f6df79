/**
 * Small things that every page of the child is made of: headings out of sentences, buttons, notes, what went wrong.
 *
 * @module
 */

import { Offline } from "../api.js";
import { KindstemError } from "../errors.js";
import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("./h.js").Child} Child */

/**
 * Splits a text at the end of its first sentence, which becomes the heading.
 *
 * @param {string} text
 * @returns {[string, string]} Heading without its full stop, and the rest.
 */
export function split(text) {
  const [, first, rest] = /^(.*?[.?])(?:\s+(.*))?$/s.exec(text) ?? ["", text, ""];
  return [first.replace(/\.$/, ""), rest ?? ""];
}

/** @param {string} text @returns {HTMLHeadingElement} */
export const title = (text) => h("h1", { tabindex: -1 }, text);

/**
 * A text as heading and lead.
 *
 * @param {string} text
 * @returns {Child[]}
 */
export function headed(text) {
  const [first, rest] = split(text);
  return [title(first), rest ? h("p", { class: "lead" }, rest) : null];
}

/**
 * A button.
 *
 * @param {string} label
 * @param {() => void} press
 * @param {string} [cls] - Beside `btn full`.
 * @param {string} [icon]
 */
export function act(label, press, cls = "", icon = "") {
  const button = h("button", { type: "button", class: `btn full ${cls}`.trim() }, icon ? drawing(icon) : null, label);
  button.addEventListener("click", press);
  return button;
}

/** @param {...Child} buttons */
export const acts = (...buttons) => h("div", { class: "acts" }, ...buttons);

/**
 * A note of the app: never louder than the child.
 *
 * @param {Child | Child[]} text
 * @param {{icon?: string, class?: string}} [how]
 */
export const note = (text, { icon = "i-info", class: cls = "" } = {}) =>
  h("div", { class: `note ${cls}`.trim() }, drawing(icon), h("span", null, ...[text].flat()));

/**
 * A row that leads somewhere.
 *
 * @param {{label: string, small?: string, art?: string, press: () => void, class?: string, tag?: string}} row
 */
export function row({ label, small, art, press, class: cls = "", tag }) {
  const button = h(
    "button",
    { type: "button", class: `row ${cls}`.trim(), "data-row": art },
    art ? drawing(art) : null,
    h("span", null, h("b", null, label, tag ? [" ", h("span", { class: "tag" }, tag)] : null), small ? h("small", null, small) : null),
    drawing("i-go", { class: "go" }),
  );
  button.addEventListener("click", press);
  return button;
}

/**
 * A place that says what is going on, heard as well as seen. Empty until something does.
 *
 * @returns {{element: HTMLElement, say: (text: string) => void, wrong: (text: string) => void, hush: () => void}}
 */
export function status() {
  const element = h("div", { class: "status", role: "status" });
  const show = (/** @type {string} */ text, /** @type {string} */ cls, /** @type {string} */ icon) =>
    fill(element, text ? note(text, { class: cls, icon }) : null);
  return {
    element,
    say: (text) => show(text, "", "i-info"),
    wrong: (text) => show(text, "heed", "i-warn"),
    hush: () => show("", "", ""),
  };
}

/**
 * Work that takes a moment: after two seconds words say so, never a spinner before.
 *
 * @template T
 * @param {ReturnType<typeof status>} place
 * @param {string} text
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function busy(place, text, work) {
  const timer = setTimeout(() => place.say(text), 2000);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/** Codes that have a sentence of their own; every other failure keeps what was made, and says so. */
const SENTENCES = /** @type {Record<string, string>} */ ({
  "device-off": "child.error.off",
  "device-unknown": "child.error.off",
  "enrol-gone": "child.enrol.error.3",
  "enrol-keys-differ": "child.enrol.keys",
  "lock-closed": "child.pin.locked",
  "nothing-said": "child.empty",
  "pin-too-easy": "child.pin.easy",
  quota: "child.error.quota",
  "quota-voice": "child.error.quota",
  "too-large": "child.error.other.2",
});

/**
 * The sentence for something that went wrong.
 *
 * @param {unknown} error
 * @param {Record<string, string>} names - Those of `circles.names`.
 * @returns {string}
 */
export function sentence(error, names) {
  const values = { ...names, worker: names.worker || t("child.frame.worker") };
  if (error instanceof Offline) return t("child.offline");
  if (error instanceof KindstemError) {
    if (error.code === "lock-wrong") return t("child.pin.wrong", { n: Number(error.facts.left) });
    if (error.code === "lock-wait") return t("child.pin.wait", { time: waited(Number(error.facts.seconds)) });
    return t(SENTENCES[error.code] ?? "child.error.kept", values);
  }
  if (error instanceof DOMException && error.name === "QuotaExceededError") return t("child.error.other.1");
  return t("child.error.kept");
}

/**
 * How long to wait, in words.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function waited(seconds) {
  if (seconds < 60) return t("child.pin.time.1", { n: Math.max(2, Math.ceil(seconds)) });
  const minutes = Math.ceil(seconds / 60);
  if (minutes === 1) return t("child.pin.time.2");
  if (minutes < 60) return t("child.pin.time.3", { n: minutes });
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? t("child.pin.time.4") : t("child.pin.time.5", { n: hours });
}

/**
 * Names as one says them: "Sam en Vera".
 *
 * @param {string[]} names
 * @returns {string}
 */
export function together(names) {
  if (names.length < 2) return names[0] ?? "";
  return t("child.send.and", { name: names.slice(0, -1).join(", "), other: /** @type {string} */ (names.at(-1)) });
}
