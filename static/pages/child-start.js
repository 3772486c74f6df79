/**
 * The first screens, before a phone is enrolled: what this is, the code, the camera; and why it may not work here.
 *
 * @module
 */

import { supported } from "../crypto/supported.js";
import { KindstemError } from "../errors.js";
import { act, acts, busy, headed, note, sentence, split, status, title } from "../parts/child-bits.js";
import { chips } from "../parts/choices.js";
import { drawing } from "../parts/draw.js";
import { h } from "../parts/h.js";
import { scanner } from "../parts/scanner.js";
import { go, swap } from "../parts/screens.js";
import { LANGUAGES, spoken, t } from "../parts/words.js";
import { enrolled } from "../phone/here.js";

/** The cryptography of enrolment, fetched when a code is being typed or scanned. */
const enrolment = () => import("../phone/enrol.js");

/** The name of each language in itself: whoever cannot read this page finds their own. */
const OWN = { nl: "Nederlands", en: "English" };

const org = () => document.body.dataset.org ?? "";

/**
 * On an iPhone an app on the home screen keeps its things apart from the browser: what is linked in the browser is not
 * linked there.
 */
const installFirst = () => /** @type {any} */ (navigator).standalone === false;

/**
 * Goes on with a link that this page was opened with.
 *
 * @param {string} fragment
 */
export function linked(fragment) {
  if (enrolled()) void go("again", { scanned: fragment });
  else void go("code", { scanned: fragment });
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async start() {
    const { ok } = await supported();
    if (!ok) return screens.unsupported({});
    const [first, rest] = split(t("child.start.question"));
    const install = installFirst();
    return {
      back: false,
      body: [
        title(first),
        rest ? h("p", { class: "lead" }, rest) : null,
        h("div", { class: "leaf open gap doors" }, ["way-feel", "way-say", "way-draw", "way-write"].map((art) => drawing(art))),
        h("p", { class: "gap" }, t("child.start.about")),
        install ? note(t("child.start.install"), { class: "section-s" }) : null,
        acts(
          act(t("child.start.button.1"), () => void go("scan"), "", "i-search"),
          act(t("child.start.button.2"), () => void go("code"), "plain", "i-text"),
        ),
        h("div", { class: "section" }, note(t("child.start.nolink"))),
        h(
          "section",
          { class: "section" },
          h("h2", { id: "language" }, t("child.frame.language")),
          chips(
            LANGUAGES.map((lang) => OWN[lang]),
            [OWN[spoken()]],
            ([name]) => {
              const lang = LANGUAGES.find((one) => OWN[one] === name) ?? spoken();
              document.documentElement.dataset.chosen = lang;
              document.body.dispatchEvent(new CustomEvent("speak", { detail: lang }));
            },
            { label: t("child.frame.language") },
          ),
        ),
      ],
    };
  },

  code({ scanned }) {
    const place = status();
    const input = h("input", {
      class: "code",
      id: "code",
      autocomplete: "off",
      autocapitalize: "characters",
      autocorrect: "off",
      spellcheck: "false",
      enterkeyhint: "go",
      maxlength: 40,
      "aria-describedby": "code-help",
    });
    input.addEventListener("input", () => {
      const written = grouped(input.value);
      // Only at the end: a cursor in the middle must not jump.
      if (input.selectionStart === input.value.length && written !== input.value) input.value = written;
    });
    const form = h(
      "form",
      null,
      ...headed(t("child.enrol.code")),
      h("label", { class: "label section-s", for: "code" }, t("child.start.label")),
      input,
      place.element,
      acts(h("button", { class: "btn full" }, t("child.common.1"))),
    );
    const look = async (/** @type {{typed: string} | {scanned: string}} */ code) => {
      try {
        const { find } = await enrolment();
        await busy(place, t("child.start.busy"), () => find(org(), code));
        await swap("readers");
      } catch (error) {
        place.wrong(trouble(error, "typed" in code));
      }
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { normalCode } = await enrolment();
      const typed = normalCode(input.value);
      if (typed) {
        void look({ typed });
        return;
      }
      const n = input.value.replace(/[^0-9a-z]/gi, "").length;
      place.wrong(n === 16 ? t("child.enrol.error.2") : t("child.start.short", { n }));
      input.focus();
    });
    if (scanned) void look({ scanned });
    return { body: [form] };
  },

  async scan() {
    const place = status();
    const body = [...headed(t("child.enrol.scan"))];
    const type = act(t("child.start.button.2"), () => void swap("code"), "plain", "i-text");
    try {
      const { parseQr } = await enrolment();
      const { element, stop } = await scanner(t("child.start.button.1"), (text) => {
        if (!parseQr(text)) return false;
        void swap("code", { scanned: text });
        return true;
      });
      return { body: [...body, element, place.element, acts(type)], leave: stop };
    } catch {
      place.wrong(t("child.enrol.error.1"));
      return { body: [...body, place.element, acts(type)] };
    }
  },

  again({ scanned }) {
    return {
      body: [
        ...headed(t("child.start.again.1")),
        acts(
          act(t("child.start.again.2"), () => void swap("code", { scanned }), "plain"),
          act(t("child.start.again.3"), () => history.back(), "plain"),
        ),
      ],
    };
  },

  unsupported: () => ({ back: false, body: headed(t("child.error.other.3", { worker: t("child.frame.worker") })) }),

  insecure: () => ({ back: false, body: headed(t("child.frame.insecure")) }),
};

/**
 * A code in groups of four, as it is read out.
 *
 * @param {string} typed
 */
export function grouped(typed) {
  const bare = typed.toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, 16);
  return bare.replace(/(.{4})(?=.)/g, "$1-");
}

/** @param {unknown} error @param {boolean} typed */
function trouble(error, typed) {
  // The server cannot tell a mistyped code from one that is over.
  if (typed && error instanceof KindstemError && error.code === "enrol-gone") {
    return `${t("child.enrol.error.2")} ${t("child.enrol.error.3")}`;
  }
  if (error instanceof KindstemError && !["enrol-gone", "enrol-keys-differ"].includes(error.code)) return t("child.start.offline");
  if (!(error instanceof KindstemError)) return t("child.start.offline");
  return sentence(error, {});
}
