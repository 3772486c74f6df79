/**
 * The door of the desk when its session still runs: opening the keys again after a reload.
 *
 * @module
 */

import { busy, button, field, heading, notice, sentence } from "../parts/desk-bits.js";
import { openAgain } from "../parts/desk-session.js";
import { h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { progressBar, secretInput } from "./door.js";

/** @typedef {import("../parts/desk-session.js").Session} Session */

/**
 * The session still runs, but the keys went with the page: only the passphrase is asked.
 *
 * @param {{entered: (session: Session) => void, leave: () => void}} door - `leave` ends the session that stands open on the server.
 * @param {string} name
 * @param {string} [why]
 * @returns {HTMLElement}
 */
export function unlockPage(door, name, why) {
  const phrase = field(t("work.signin.3"), secretInput("current-password"), t("work.door.phrase.hint"));
  const bar = progressBar("work.door.stretch");
  const told = notice();
  const go = button(t("work.door.open"), { type: "submit", data: { act: "unlock" } });
  // A password manager needs the name beside the phrase, although nobody types it here.
  const user = h("input", { name: "username", autocomplete: "username", value: name, hidden: true, readonly: true });
  const form = h("form", { class: "form box-p", novalidate: true }, user, phrase.element, bar.element, told.element, h("div", { class: "acts line" }, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    phrase.fault("");
    if (!phrase.input.value.trim()) return phrase.fault(t("work.common.required"));
    return void busy(go, async () => {
      try {
        const session = await openAgain({ name, phrase: phrase.input.value, progress: bar.at });
        form.reset();
        door.entered(session);
      } catch (error) {
        bar.done();
        told.say(sentence(error));
        phrase.input.focus();
      }
    });
  });
  return h(
    "div",
    { class: "stack", "data-screen": "unlock" },
    heading(t("work.door.again.title", { name }), why ?? t("work.door.again")),
    form,
    h("div", { class: "acts line" }, button(t("work.door.other"), { look: "bare", data: { act: "signout" } }, door.leave)),
  );
}
