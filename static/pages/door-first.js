/**
 * The first sign-in: a passphrase on paper, a code app, a recovery code on paper; and at the desk, keys that only this
 * person has.
 *
 * @module
 */

import { busy, button, field, heading, note, notice, sentence } from "../parts/desk-bits.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { progressBar } from "./door.js";
import { newPassphrase } from "../crypto/passphrase.js";
import { KindstemError } from "../errors.js";

/**
 * A first sign-in that was begun.
 *
 * @typedef {object} First
 * @property {string} secret - For typing into a code app.
 * @property {string} uri - The same, for scanning.
 * @property {{name: string}} person
 */

/**
 * @template {First} F
 * @template S What a finished sign-in gives.
 * @typedef {object} FirstDoor
 * @property {(name: string, startcode: string) => Promise<F>} begin
 * @property {(what: {first: F, words: string[], recovery: string[], code: string, progress?: (done: number) => void}) => Promise<string[]>} finish -
 *   Gives ten codes, each good once in place of the phone.
 * @property {() => Promise<S>} keep - May be tried again until it succeeds.
 * @property {(session: S) => void} entered
 * @property {() => void} back
 * @property {{title: string, lead: string, phrase: string, factor: string, recovery: string, back: string, stretch: string}} texts -
 *   Keys of what is said otherwise at each door.
 */

const STEPS = 5;

/** @param {number} count @returns {Promise<string[]>} New words, each chosen evenly. */
const newWords = async (count) => (await newPassphrase(count)).split(" ");

/**
 * @template {First} F
 * @template S
 * @param {FirstDoor<F, S>} door
 * @returns {HTMLElement}
 */
export function firstPage(door) {
  const page = h("div", { class: "stack", "data-screen": "first" });

  /** @param {number} step @param {string} title @param {...import("../parts/h.js").Child} content */
  const show = (step, title, ...content) => {
    page.dataset.step = String(step);
    fill(page, heading(title, t("work.first.step", { n: step, m: STEPS })), ...content);
    page.querySelector("h1")?.focus();
  };

  const asked = () => {
    const name = field(t("work.signin.2"), h("input", { name: "name", autocomplete: "username", required: true, maxlength: 80 }));
    const startcode = field(t("work.first.startcode"), h("input", { name: "startcode", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", required: true, maxlength: 60 }));
    const told = notice();
    const go = button(t("work.common.next"), { type: "submit", data: { act: "start" } });
    const form = h("form", { class: "form box-p", novalidate: true }, name.element, startcode.element, told.element, h("div", { class: "acts line" }, go));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      told.say("");
      for (const one of [name, startcode]) one.fault("");
      const missing = [name, startcode].find((one) => !one.input.value.trim());
      if (missing) return missing.fault(t("work.common.required"));
      return void busy(go, async () => {
        try {
          const first = await door.begin(name.input.value.trim(), startcode.input.value.trim());
          wrote(first, await newWords(7));
        } catch (error) {
          told.say(error instanceof KindstemError && error.code === "signin-failed" ? t("work.first.gone") : sentence(error));
          startcode.input.focus();
        }
      });
    });
    show(1, t(door.texts.title), h("p", { class: "soft" }, t(door.texts.lead)), form, button(t(door.texts.back), { look: "bare", data: { act: "back" } }, door.back));
  };

  /** @param {F} first @param {string[]} words */
  const wrote = (first, words) => {
    show(
      2,
      t("work.first.phrase.title"),
      h("p", null, t(door.texts.phrase)),
      wordList(words),
      note("", "i-info", t("work.first.phrase.keep")),
      h(
        "div",
        { class: "acts line noprint" },
        button(t("work.first.phrase.done"), { data: { act: "written" } }, () => check(first, words)),
        button(t("work.common.print"), { look: "plain", icon: "i-print" }, () => printPage(page)),
      ),
    );
  };

  /** @param {F} first @param {string[]} words */
  const check = (first, words) => {
    show(
      3,
      t("work.first.check.title"),
      checkForm(words, () => wrote(first, words), () => factor(first, words)),
    );
  };

  /** @param {F} first @param {string[]} words */
  const factor = (first, words) => {
    const code = field(t("work.door.code"), h("input", { name: "code", autocomplete: "one-time-code", inputmode: "numeric", required: true, maxlength: 8 }), t("work.door.code.hint"));
    const told = notice();
    const bar = progressBar(door.texts.stretch);
    const go = button(t("work.common.next"), { type: "submit", data: { act: "finish" } });
    const form = h("form", { class: "form", novalidate: true }, code.element, bar.element, told.element, h("div", { class: "acts line" }, go));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      told.say("");
      code.fault("");
      if (!code.input.value.trim()) return code.fault(t("work.common.required"));
      return void busy(go, async () => {
        try {
          const recovery = await newWords(10);
          const codes = await door.finish({ first, words, recovery, code: code.input.value, progress: bar.at });
          await kept(first, recovery, codes);
        } catch (error) {
          bar.done();
          code.input.value = "";
          told.say(error instanceof KindstemError && error.code === "signin-failed" ? t("work.first.code.wrong") : sentence(error));
          code.input.focus();
        }
      });
    });
    const typed = h("p", { class: "small" }, t("work.first.factor.type"), " ", h("bdi", { class: "mono", "data-totp": first.secret }, spaced(first.secret)));
    const square = h("div", null);
    // Who cannot wait for it, or never gets it, can type the secret that stands beside it.
    void import("../parts/qr.js").then(({ qrCode }) => square.replaceWith(qrCode(first.uri, t("work.first.factor.alt"))));
    show(
      4,
      t("work.first.factor.title"),
      h("p", null, t(door.texts.factor)),
      h("div", { class: "box-p pairing" }, square, h("div", { class: "stack" }, typed, form)),
    );
  };

  /**
   * The keys exist only here until the server has the sealed keyring, so this step does not let go.
   *
   * @param {F} first @param {string[]} recovery @param {string[]} codes
   */
  const kept = async (first, recovery, codes) => {
    try {
      const session = await door.keep();
      printed(first, recovery, codes, session);
    } catch (error) {
      const told = notice();
      told.say(sentence(error));
      const again = button(t("work.common.retry"), { data: { act: "retry" } }, () => void busy(again, () => kept(first, recovery, codes)));
      show(4, t("work.first.factor.title"), note("heed", "i-warn", t("work.first.keyring")), told.element, h("div", { class: "acts line" }, again));
    }
  };

  /** @param {F} first @param {string[]} recovery @param {string[]} codes @param {S} session */
  const printed = (first, recovery, codes, session) => {
    show(
      5,
      t("work.first.recovery.title"),
      h("p", null, t(door.texts.recovery)),
      h("h2", { class: "only-print" }, t("work.first.recovery.for", { name: first.person.name })),
      wordList(recovery),
      h("h2", null, t("work.first.recovery.codes")),
      h("ul", { class: "codes", "data-codes": true }, ...codes.map((code) => h("li", null, code))),
      note("", "i-info", t("work.first.recovery.keep")),
      h(
        "div",
        { class: "acts line noprint" },
        button(t("work.common.print"), { icon: "i-print" }, () => printPage(page)),
        button(t("work.first.recovery.done"), { look: "plain", data: { act: "done" } }, () => door.entered(session)),
      ),
    );
  };

  asked();
  return page;
}

/**
 * After the recovery code: a new passphrase, since the old one is gone.
 *
 * @template S
 * @param {{entered: (session: S) => void, say: (text: string) => void, renew: (session: S, words: string[], progress: (done: number) => void) => Promise<void>, texts: {stretch: string}}} door
 * @param {S} session
 * @returns {Promise<HTMLElement>}
 */
export async function renewPage(door, session) {
  const page = h("div", { class: "stack", "data-screen": "renew" });
  const words = await newWords(7);
  const wrote = () => {
    fill(
      page,
      heading(t("work.first.renew.title"), t("work.first.renew")),
      wordList(words),
      note("", "i-info", t("work.first.phrase.keep")),
      h(
        "div",
        { class: "acts line noprint" },
        button(t("work.first.phrase.done"), { data: { act: "written" } }, check),
        button(t("work.common.print"), { look: "plain", icon: "i-print" }, () => printPage(page)),
        button(t("work.first.later"), { look: "bare", data: { act: "later" } }, () => door.entered(session)),
      ),
    );
    page.querySelector("h1")?.focus();
  };
  const check = () => {
    const told = notice();
    const bar = progressBar(door.texts.stretch);
    const form = checkForm(words, wrote, async () => {
      try {
        await door.renew(session, words, bar.at);
        door.say(t("work.first.renewed"));
        door.entered(session);
      } catch (error) {
        bar.done();
        told.say(sentence(error));
      }
    });
    fill(page, heading(t("work.first.check.title")), form, bar.element, told.element);
    page.querySelector("h1")?.focus();
  };
  wrote();
  return page;
}

/** @param {string[]} words */
const wordList = (words) => h("ol", { class: "phrase", translate: "no", lang: "en", "data-words": true }, ...words.map((word) => h("li", null, word)));

/**
 * Two of the words typed back: proof that they are on paper, not on the screen only.
 *
 * @param {string[]} words
 * @param {() => void} again - Shows the words once more.
 * @param {() => void | Promise<void>} right
 */
function checkForm(words, again, right) {
  const asked = [2, words.length - 2];
  const fields = asked.map((at) =>
    field(t("work.first.check.word", { n: at + 1 }), h("input", { name: `word-${at + 1}`, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 20, "data-word": at + 1 })),
  );
  const go = button(t("work.common.next"), { type: "submit", data: { act: "checked" } });
  const form = h(
    "form",
    { class: "form box-p", novalidate: true },
    h("p", { class: "soft" }, t("work.first.check")),
    h("div", { class: "pair" }, ...fields.map((one) => one.element)),
    h("div", { class: "acts line" }, go, button(t("work.first.check.again"), { look: "bare", data: { act: "again" } }, again)),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const one of fields) one.fault("");
    const wrong = fields.find((one, at) => one.input.value.trim().toLowerCase() !== words[asked[at]]);
    if (wrong) return wrong.fault(t("work.first.check.wrong"));
    return void busy(go, async () => void (await right()));
  });
  return form;
}

/** @param {HTMLElement} page */
function printPage(page) {
  page.classList.add("printed");
  document.body.classList.add("printing");
  globalThis.print();
  document.body.classList.remove("printing");
}

/** @param {string} secret */
const spaced = (secret) => (secret.match(/.{1,4}/g) ?? []).join(" ");
