/**
 * Signing in, with passphrase or recovery code: the same for whoever reads and whoever counts. What then happens with
 * the passphrase is theirs who show the page, so that the numbers need nothing that could open a message.
 *
 * @module
 */

import { busy, button, field, heading, note, notice, sentence } from "../parts/desk-bits.js";
import { h } from "../parts/h.js";
import { t } from "../parts/words.js";

/** @typedef {{name: string, phrase: string, code: string, way: "passphrase" | "recovery", progress?: (done: number) => void}} Given */

/**
 * @template S What a sign-in gives.
 * @typedef {object} Door
 * @property {(given: Given) => Promise<S>} signIn
 * @property {(session: S) => void} entered
 * @property {() => void} first - To the first sign-in.
 * @property {{lead: string, first: string, stretch: string}} texts - Keys of what is said otherwise at each door.
 */

/**
 * Shows that Argon2id is still at work: it takes seconds on a slow laptop.
 *
 * @param {string} key - Of what is said meanwhile.
 */
export function progressBar(key) {
  const bar = h("progress", { max: 100, value: 0, "aria-label": t(key) });
  const element = h("div", { class: "hold", hidden: true }, bar, h("p", { class: "small soft" }, t(key)));
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
export function secretInput(autocomplete) {
  return h("input", { type: "password", name: "phrase", autocomplete, required: true, autocapitalize: "none", spellcheck: "false" });
}

/**
 * Signing in with name, passphrase and code; or with the recovery code.
 *
 * @template S
 * @param {Door<S>} door
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
  const bar = progressBar(door.texts.stretch);
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
        const session = await door.signIn({ name: name.input.value.trim(), phrase: phrase.input.value, code: code.input.value, way, progress: bar.at });
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
    heading(t("work.door.title"), t(door.texts.lead)),
    start.why ? note("", "i-lock", start.why) : null,
    form,
    h("div", { class: "acts line" }, other, button(t(door.texts.first), { look: "bare", data: { act: "first" } }, door.first)),
  );
  return page;
}
