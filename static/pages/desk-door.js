/**
 * The door of the desk: signing in, opening the keys again after a reload, and the way in with a recovery code.
 *
 * @module
 */

import { busy, button, field, heading, note, notice, sentence } from "../parts/desk-bits.js";
import { openAgain, signIn } from "../parts/desk-session.js";
import { h } from "../parts/h.js";
import { t } from "../parts/words.js";

/** @typedef {import("../parts/desk-session.js").Session} Session */

/**
 * @typedef {object} Door
 * @property {(session: Session) => void} entered
 * @property {() => void} first - To the first sign-in.
 * @property {() => void} leave - Ends the session that stands open on the server.
 */

/** Shows that Argon2id is still at work: it takes seconds on a slow laptop. */
export function progressBar() {
  const bar = h("progress", { max: 100, value: 0, "aria-label": t("work.door.stretch") });
  const element = h("div", { class: "hold", hidden: true }, bar, h("p", { class: "small soft" }, t("work.door.stretch")));
  return {
    element,
    /** @param {number} part - 0 to 1. */
    at(part) {
      element.hidden = false;
      bar.value = Math.round(part * 100);
    },
    done() {
      element.hidden = true;
    },
  };
}

/** @param {string} autocomplete */
function secretInput(autocomplete) {
  return h("input", { type: "password", name: "phrase", autocomplete, required: true, autocapitalize: "none", spellcheck: "false" });
}

/**
 * Signing in with name, passphrase and code; or with the recovery code.
 *
 * @param {Door} door
 * @param {{why?: string, way?: "passphrase" | "recovery", name?: string}} [start] - `why`: what happened before, as
 *   minutes without a touch.
 * @returns {HTMLElement}
 */
export function signInPage(door, start = {}) {
  const way = start.way ?? "passphrase";
  const recovery = way === "recovery";
  const name = field(t("work.signin.2"), h("input", { name: "name", autocomplete: "username", required: true, maxlength: 80, value: start.name ?? "" }));
  const phrase = recovery
    ? field(t("work.door.recovery.words"), secretInput("off"), t("work.door.recovery.hint"))
    : field(t("work.signin.3"), secretInput("current-password"), t("work.door.phrase.hint"));
  const code = field(
    t(recovery ? "work.door.recovery.code" : "work.door.code"),
    h("input", { name: "code", autocomplete: "one-time-code", inputmode: recovery ? "text" : "numeric", required: true, maxlength: 24 }),
    recovery ? undefined : t("work.door.code.hint"),
  );
  const bar = progressBar();
  const told = notice();
  const go = button(t("work.signin.1"), { type: "submit", data: { act: "signin" } });
  const form = h("form", { class: "form box-p", novalidate: true }, name.element, phrase.element, code.element, bar.element, told.element, h("div", { class: "acts line" }, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    for (const one of [name, phrase, code]) one.fault("");
    const missing = [name, phrase, code].find((one) => !one.input.value.trim());
    if (missing) return missing.fault(t("work.common.required"));
    return void busy(go, async () => {
      try {
        const session = await signIn({ name: name.input.value.trim(), phrase: phrase.input.value, code: code.input.value, way, progress: bar.at });
        form.reset();
        door.entered(session);
      } catch (error) {
        bar.done();
        code.input.value = "";
        told.say(sentence(error));
        phrase.input.focus();
      }
    });
  });

  const other = button(t(recovery ? "work.door.passphrase" : "work.door.recovery"), { look: "bare", data: { act: recovery ? "passphrase" : "recovery" } }, () => {
    const next = signInPage(door, { way: recovery ? "passphrase" : "recovery", name: name.input.value });
    page.replaceWith(next);
    next.querySelector("h1")?.focus();
  });
  const page = h(
    "div",
    { class: "stack", "data-screen": recovery ? "recovery" : "signin" },
    heading(t("work.door.title"), t("work.door.lead")),
    start.why ? note("", "i-lock", start.why) : null,
    form,
    h("div", { class: "acts line" }, other, button(t("work.door.first"), { look: "bare", data: { act: "first" } }, door.first)),
  );
  return page;
}

/**
 * The session still runs, but the keys went with the page: only the passphrase is asked.
 *
 * @param {Door} door
 * @param {string} name
 * @param {string} [why]
 * @returns {HTMLElement}
 */
export function unlockPage(door, name, why) {
  const phrase = field(t("work.signin.3"), secretInput("current-password"), t("work.door.phrase.hint"));
  const bar = progressBar();
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
