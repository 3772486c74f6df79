/**
 * The first sign-in: a passphrase on paper, a code app, a recovery code on paper, and keys that only this person has.
 *
 * @module
 */

import { busy, button, field, heading, note, notice, sentence } from "../parts/desk-bits.js";
import { beginFirst, finishFirst, keepKeyring, newWords, renewPassphrase } from "../parts/desk-session.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { progressBar } from "./desk-door.js";
import { KindstemError } from "../errors.js";

/** @typedef {import("../parts/desk-session.js").Session} Session */
/** @typedef {import("../parts/desk-session.js").First} First */

const STEPS = 5;

/**
 * @param {{entered: (session: Session) => void, back: () => void}} door
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
          const first = await beginFirst(name.input.value.trim(), startcode.input.value.trim());
          wrote(first, await newWords(7));
        } catch (error) {
          told.say(error instanceof KindstemError && error.code === "signin-failed" ? t("work.first.gone") : sentence(error));
          startcode.input.focus();
        }
      });
    });
    show(1, t("work.first.title"), h("p", { class: "soft" }, t("work.first.lead")), form, button(t("work.door.back"), { look: "bare", data: { act: "back" } }, door.back));
  };

  /** @param {First} first @param {string[]} words */
  const wrote = (first, words) => {
    show(
      2,
      t("work.first.phrase.title"),
      h("p", null, t("work.first.phrase")),
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

  /** @param {First} first @param {string[]} words */
  const check = (first, words) => {
    show(
      3,
      t("work.first.check.title"),
      checkForm(words, () => wrote(first, words), () => factor(first, words)),
    );
  };

  /** @param {First} first @param {string[]} words */
  const factor = (first, words) => {
    const code = field(t("work.door.code"), h("input", { name: "code", autocomplete: "one-time-code", inputmode: "numeric", required: true, maxlength: 8 }), t("work.door.code.hint"));
    const told = notice();
    const bar = progressBar();
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
          const codes = await finishFirst({ first, words, recovery, code: code.input.value, progress: bar.at });
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
      h("p", null, t("work.first.factor")),
      h("div", { class: "box-p pairing" }, square, h("div", { class: "stack" }, typed, form)),
    );
  };

  /**
   * The keys exist only here until the server has the sealed keyring, so this step does not let go.
   *
   * @param {First} first @param {string[]} recovery @param {string[]} codes
   */
  const kept = async (first, recovery, codes) => {
    try {
      const session = await keepKeyring();
      printed(first, recovery, codes, session);
    } catch (error) {
      const told = notice();
      told.say(sentence(error));
      const again = button(t("work.common.retry"), { data: { act: "retry" } }, () => void busy(again, () => kept(first, recovery, codes)));
      show(4, t("work.first.factor.title"), note("heed", "i-warn", t("work.first.keyring")), told.element, h("div", { class: "acts line" }, again));
    }
  };

  /** @param {First} first @param {string[]} recovery @param {string[]} codes @param {Session} session */
  const printed = (first, recovery, codes, session) => {
    show(
      5,
      t("work.first.recovery.title"),
      h("p", null, t("work.first.recovery")),
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
 * @param {{entered: (session: Session) => void, say: (text: string) => void}} door
 * @param {Session} session
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
    const bar = progressBar();
    const form = checkForm(words, wrote, async () => {
      try {
        await renewPassphrase(session, words, bar.at);
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
