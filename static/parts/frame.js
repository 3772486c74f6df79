/**
 * What stands around every page of the child: the way back, reading aloud, the numbers to call, help and the way out.
 *
 * The server's page has all of it already, so that it is there before script and without it; here it is made again in
 * the child's own language and level.
 *
 * @module
 */

import { readAloud, stopReading, whenVoice } from "./aloud.js";
import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { t } from "./words.js";

/** Key of its text and the number that is dialled, in the order in which they stand. */
const CALLS = /** @type {const} */ ([
  ["child.help.112", "112"],
  ["child.help.vt", "08002000"],
  ["child.help.kt", "08000432"],
  ["child.help.113", "08000113"],
]);

/**
 * A number to call, out of its text: "0800-2000. Veilig Thuis. Gratis." gives number, name and the rest.
 *
 * @param {string} text
 * @returns {{number: string, name: string, rest: string}}
 */
export function line(text) {
  const [, number = "", name = "", rest = ""] = /^(.*?)\. (.*?[.?])(?: (.*))?$/.exec(text) ?? [];
  return { number, name: name.replace(/\.$/, ""), rest };
}

/** Puts the numbers, the bar and the page's language in the words that are loaded now. */
export function frame() {
  const aside = document.getElementById("hulp");
  if (aside) {
    fill(
      aside,
      h("h2", { id: "hulp-kop" }, t("child.frame.calls")),
      h(
        "div",
        { class: "calls" },
        CALLS.map(([key, number]) => {
          const said = line(t(key));
          // A number breaks between its words and nowhere else.
          const digits = said.number.split(" ").flatMap((word) => [h("bdi", null, word), " "]);
          return h("a", { class: "call", href: `tel:${number}` }, h("b", null, digits), h("span", null, said.name));
        }),
      ),
      h("p", null, `${t("child.help.nowatch")} ${t("child.help.history")}`),
    );
  }
  put("#tryout", t("child.frame.tryout"));
  put("#help span", t("child.home.7"));
  put("#away span", t("child.home.8"));
  put(".skip", t("child.frame.skip"));
  document.querySelector(".bar")?.setAttribute("aria-label", t("child.frame.bar"));
}

/** @param {string} where @param {string} text */
function put(where, text) {
  const element = document.querySelector(where);
  if (element) element.textContent = text;
}

/** @typedef {{label: string, icon: string, press: () => void, word: boolean}} Left */

let voiced = false;
whenVoice((there) => {
  voiced = there;
  const button = document.getElementById("aloud");
  if (button) button.hidden = !there;
});

/**
 * The head of a page.
 *
 * @param {Left | null} left - What stands where a page begins: the way back, or the lock.
 */
export function head(left) {
  const header = /** @type {HTMLElement} */ (document.querySelector(".top"));
  stopReading();
  const side = left
    ? press(h("button", { type: "button", class: left.word ? "round word" : "round", "aria-label": left.word ? null : left.label }, drawing(left.icon), left.word && left.label), left.press)
    : h("span", null);
  const word = h("span", null, t("child.common.6"));
  const aloud = h("button", { type: "button", class: "round word", id: "aloud", hidden: !voiced }, drawing("i-speak"), word);
  let reading = false;
  const show = (/** @type {boolean} */ on) => {
    reading = on;
    word.textContent = t(on ? "child.common.7" : "child.common.6");
  };
  press(aloud, () => {
    if (reading) {
      show(false);
      stopReading();
      return;
    }
    show(true);
    readAloud(/** @type {Element} */ (document.getElementById("main")), () => show(false));
  });
  fill(header, side, aloud);
}

/**
 * @template {HTMLElement} E
 * @param {E} element
 * @param {() => void} work
 * @returns {E}
 */
export function press(element, work) {
  element.addEventListener("click", work);
  return element;
}
