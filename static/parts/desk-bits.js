/**
 * What every page of the desk is put together from: titles, notes, fields, choices, empty places, sentences for errors.
 *
 * @module
 */

import { Offline } from "../api.js";
import { KindstemError } from "../errors.js";
import { drawing } from "./draw.js";
import { h } from "./h.js";
import { clock, day, t } from "./words.js";

/** @typedef {import("./h.js").Child} Piece */

/**
 * What a page may ask of the desk around it.
 *
 * @typedef {object} Desk
 * @property {(screen: string, params?: Record<string, any>) => void} go - Shows another screen; the address stays.
 * @property {(text: string) => void} say - Speaks to readers of the screen and shows the line for a while.
 * @property {(error: unknown) => string} sentence - What to tell a person; ends the session when that is what happened.
 * @property {(part: "colleagues" | "away" | "reads", child?: string) => void} known - Shows what the server knows, below.
 * @property {() => boolean} here - Whether the page that was given this desk is still the one shown.
 * @property {(undo: () => void) => void} leaving - Does this when the page goes.
 * @property {(lent: import("../pages/desk-room.js").Lent) => Promise<void>} kindmodus - Hands the device to a child.
 */

let count = 0;

/** @returns {string} An id for an element, once in this document. */
export const newElementId = () => `d${(count += 1)}`;

/**
 * The head of a page. It takes the focus when the page is shown, so that the keyboard starts at its beginning.
 *
 * @param {Piece} title
 * @param {Piece} [under]
 * @param {...Piece} acts
 */
export function heading(title, under, ...acts) {
  return h("div", { class: "title" }, h("div", null, h("h1", { tabindex: "-1" }, title), under ? h("p", null, under) : null), ...acts);
}

/**
 * @param {string} text
 * @param {{icon?: string, look?: string, type?: "button" | "submit", label?: string, role?: string, data?: Record<string, string>}} options -
 *   `look`: classes of the button, as `plain`, `bare`, `full`, `alarm`; `label`: when the words alone are not enough.
 * @param {((event: Event) => void)} [press]
 */
export function button(text, options = {}, press) {
  const data = Object.fromEntries(Object.entries(options.data ?? {}).map(([name, value]) => [`data-${name}`, value]));
  const made = h(
    "button",
    { type: options.type ?? "button", class: `btn ${options.look ?? ""}`.trim(), "aria-label": options.label, ...data },
    options.icon ? drawing(options.icon) : null,
    text,
  );
  if (press) made.addEventListener("click", press);
  return made;
}

/**
 * A note from the app: never louder than the child.
 *
 * @param {"" | "heed" | "alarm"} look
 * @param {string} icon
 * @param {...Piece} content
 */
export function note(look, icon, ...content) {
  return h("p", { class: `note ${look}`.trim() }, drawing(icon), h("span", null, ...content));
}

/**
 * A line that is empty until something is said there, and is read out when it is.
 *
 * @param {"" | "heed" | "alarm"} [look]
 */
export function notice(look = "heed") {
  const words = h("span", null);
  const box = h("div", { class: "said-here", role: "status", "aria-live": "polite" });
  return {
    element: box,
    /** @param {string} text @param {"" | "heed" | "alarm"} [other] */
    say(text, other = look) {
      words.textContent = text;
      if (text) box.replaceChildren(h("p", { class: `note ${other}`.trim() }, drawing(other === "" ? "i-info" : "i-warn"), words));
      else box.replaceChildren();
    },
  };
}

/**
 * A field with its label above, its hint and its error below; all three are tied to the input for readers of the screen.
 *
 * @param {string} label
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint) {
  input.id ||= newElementId();
  const hintId = `${input.id}-hint`;
  const wrong = h("p", { class: "wrong", id: `${input.id}-wrong`, hidden: true });
  if (hint) input.setAttribute("aria-describedby", hintId);
  const element = h("div", { class: "field" }, h("label", { for: input.id }, label), hint ? h("p", { class: "small soft", id: hintId }, hint) : null, input, wrong);
  return {
    element,
    input,
    /** Says what is wrong with it, or nothing. @param {string} text */
    fault(text) {
      wrong.textContent = text;
      wrong.hidden = !text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", [hint ? hintId : "", text ? wrong.id : ""].filter(Boolean).join(" "));
      if (text) input.focus();
    },
  };
}

/**
 * One choice out of a few, side by side. Nothing is chosen beforehand unless `value` says so.
 *
 * @param {string} legend
 * @param {{value: string, text: string}[]} options
 * @param {{value?: string, hideLegend?: boolean, change?: (value: string) => void}} [more]
 */
export function choice(legend, options, more = {}) {
  const name = newElementId();
  const seg = h("div", { class: "seg" });
  const element = h("fieldset", null, h("legend", { class: more.hideLegend ? "unseen" : null }, legend), seg);
  for (const option of options) {
    const input = h("input", { type: "radio", name, value: option.value, checked: option.value === more.value });
    input.addEventListener("change", () => more.change?.(option.value));
    seg.append(h("label", { class: "pick" }, input, h("span", null, option.text)));
  }
  return {
    element,
    /** @returns {string | null} */
    value: () => /** @type {HTMLInputElement | null} */ (seg.querySelector("input:checked"))?.value ?? null,
    /** @param {string} value */
    set(value) {
      for (const input of seg.querySelectorAll("input")) input.checked = input.value === value;
    },
    focus: () => /** @type {HTMLInputElement | null} */ (seg.querySelector("input:checked") ?? seg.querySelector("input"))?.focus(),
  };
}

/**
 * Nothing here: said kindly, never as praise, with a way forward.
 *
 * @param {string} art
 * @param {string} title
 * @param {Piece} text
 * @param {...Piece} acts
 */
export function empty(art, title, text, ...acts) {
  return h("div", { class: "box-p empty" }, drawing(art, { class: "huge" }), h("h2", null, title), text ? h("p", null, text) : null, ...acts);
}

/**
 * Runs something that takes time behind a button: the button cannot be pressed twice, and says that it is working when
 * it takes longer than two seconds.
 *
 * @param {HTMLButtonElement} from
 * @param {() => Promise<void>} work
 */
export async function busy(from, work) {
  if (from.disabled) return;
  const held = document.activeElement === from;
  const words = [...from.childNodes];
  from.disabled = true;
  from.setAttribute("aria-busy", "true");
  const late = setTimeout(() => from.replaceChildren(t("work.common.busy")), 2000);
  try {
    await work();
  } finally {
    clearTimeout(late);
    from.replaceChildren(...words);
    from.disabled = false;
    from.removeAttribute("aria-busy");
    if (held && from.isConnected && document.activeElement === document.body) from.focus();
  }
}

/** Codes that have a sentence of their own; all others say their code. @type {Record<string, string>} */
const SENTENCES = {
  "author-unverified": "work.mark.unverified",
  "bad-envelope": "work.refused.form",
  "bad-record": "work.refused.record",
  "bad-request": "work.refused.form",
  "bad-signature": "work.refused.record",
  busy: "work.refused.busy",
  "child-unlisted": "work.refused.unlisted",
  "enrol-gone": "work.refused.enrolment",
  "enrol-keys-differ": "work.enrol.mismatch",
  "envelope-damaged": "work.error.damaged",
  "envelope-moved": "work.error.moved",
  "key-wrong": "work.door.damagedkey",
  "list-refused": "work.kid.trouble.2",
  "list-stale": "work.refused.readers",
  "list-too-small": "work.second.missing",
  "list-unknown": "work.refused.readers",
  "lock-wait": "work.error.once",
  "meldcode-closed": "work.refused.meldcode.closed",
  "meldcode-unfinished": "work.refused.meldcode.open",
  "offer-answered": "work.refused.offer",
  "needs-https": "work.refused.https",
  "no-keyring": "work.door.nokeyring",
  nobody: "work.refused.readers",
  "not-found": "work.refused.notfound",
  "not-quantum-safe": "work.refused.form",
  "not-sealed": "work.refused.form",
  "other-door": "work.refused.door",
  "phone-off": "work.kid.trouble.3",
  "phone-refused": "work.kid.trouble.1",
  quota: "work.refused.quota",
  "quota-voice": "work.refused.quota",
  "quote-altered": "work.refused.quote",
  "session-ended": "work.signin.ended",
  "signin-failed": "work.signin.failed",
  "store-full": "work.refused.full",
  "talk-future": "work.refused.talkfuture",
  "talk-stale": "work.refused.talkstale",
  "too-busy": "work.refused.wait",
  "too-large": "work.reply.toobig",
  "tryout-only": "work.refused.tryout",
  "alerts-untried": "work.refused.alerts",
  "wrong-origin": "work.refused.origin",
  "wrong-recipients": "work.refused.readers",
};

/**
 * The sentence for something that went wrong.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function sentence(error) {
  if (error instanceof Offline) return t("work.error.offline");
  if (!(error instanceof KindstemError)) return t("work.error.unknown", { code: "browser" });
  if (error.code === "signin-wait") return t("work.door.wait", { n: Number(error.facts.seconds ?? 0) });
  const key = SENTENCES[error.code];
  return key ? t(key) : t("work.error.unknown", { code: error.code });
}

/**
 * How many calendar days ago, in this person's own time.
 *
 * @param {Date} at
 * @param {Date} [now]
 */
export function daysAgo(at, now = new Date()) {
  const midnight = (/** @type {Date} */ date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

/** @param {Date} at @returns {string} "vandaag", "gisteren", "12 dagen geleden". */
export function ago(at) {
  const days = daysAgo(at);
  if (days <= 0) return t("work.common.today");
  return days === 1 ? t("work.common.yesterday") : t("work.common.days", { n: days });
}

/** @param {Date} at @returns {string} "Maandag 12 oktober, 16:42 uur", with today and yesterday by their names. */
export function moment(at) {
  const days = daysAgo(at);
  const which = days === 0 ? t("work.common.today") : days === 1 ? t("work.common.yesterday") : day(at);
  return capital(t("work.common.at", { day: which, time: clock(at) }));
}

/** @param {Date} at @returns {string} "Maandag 12 oktober 2026, 16:42 uur": for paper, on which nothing is today. */
export const dated = (at) => capital(t("work.common.at", { day: day(at, new Date(0)), time: clock(at) }));

/** @param {string} text @returns {string} With a capital at its start. */
export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** @param {string[]} names @returns {string} "Sam, Vera en Jo". */
export function together(names) {
  if (names.length < 2) return names.join("");
  return t("work.common.and", { one: names.slice(0, -1).join(", "), other: names[names.length - 1] });
}

/** @param {string} role @returns {string} */
export function roleName(role) {
  const place = ["worker", "second", "confidant", "oncall", "independent"].indexOf(role);
  return place < 0 ? role : t(`work.role.${place + 1}`);
}

/** @param {{role: string}} kid @returns {boolean} Whether I read this child apart from its worker circle: as confidant, or as somebody independent. */
export const isApart = ({ role }) => role === "confidant" || role === "independent";
