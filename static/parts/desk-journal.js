/**
 * A talk as one line for the contact journal of the case system: when, how long, what kind, which level. No name and no
 * word of the child, so that it may stand wherever the file is kept (docs/journal.md; twin of kindstem/journal.py).
 *
 * @module
 */

import { button, field } from "./desk-bits.js";
import { kindWords, notHeldWords, plannedWords, whoWords } from "./desk-marks.js";
import { fill, h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("./desk-talks.js").TalkView} TalkView */

/** How much of a record's hash stands in a line, as on the pages of the numbers. */
const MARK = 8;

/** @param {Date} at @returns {string} Day and time as they are here, in the one order that sorts. */
const written = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16).replace("T", " ");

/**
 * The line of a talk as it now stands. One that was corrected or withdrawn says so first.
 *
 * @param {{chain: {first: {hash: string}, counted: readonly {record: any}[]}, current: any, verdict: {level: string, realised: boolean, withdrawn: boolean}}} talk
 */
export function journalLine({ chain, current, verdict }) {
  const facts = { when: written(new Date(current.start)), mark: chain.first.hash.slice(0, MARK), level: t(`work.talk.mark.${verdict.level}`) };
  if (current.t === "notheld") {
    const reason = notHeldWords(current.reason);
    return verdict.level === "disputed" ? t("work.journal.notheld.disputed", { ...facts, reason }) : t("work.journal.notheld", { ...facts, reason });
  }
  const minutes = Math.floor((Date.parse(current.end) - Date.parse(current.start)) / 60_000);
  const counts = t(verdict.realised ? "work.talk.counts" : "work.talk.countsnot");
  const line = t("work.journal.line", { ...facts, n: minutes, how: kindWords(current.kind), who: whoWords(current.who), planned: plannedWords(current.planned), counts });
  if (verdict.withdrawn) return t("work.journal.withdrawn", { line });
  return chain.counted.length > 1 ? t("work.journal.corrected", { line }) : line;
}

/**
 * A button that copies the line in one tap. Where a page may not write to the clipboard, the line is shown and selected.
 *
 * @param {TalkView} talk
 * @param {{say: (text: string) => void}} desk
 * @param {string} about - Which talk it is, for readers of the screen.
 */
export function journalCopy(talk, desk, about) {
  const line = journalLine(talk);
  const shown = h("div", { class: "journal" });
  const copy = button(t("work.journal.copy"), { look: "plain", icon: "i-list", label: `${t("work.journal.copy")}: ${about}`, data: { act: "journal" } }, async () => {
    try {
      await navigator.clipboard.writeText(line);
      fill(shown);
      desk.say(t("work.journal.copied"));
    } catch {
      // Not there without HTTPS, and to be refused by whoever manages the device.
      const text = h("textarea", { readonly: true, rows: 5 }, line);
      fill(shown, field(t("work.journal.byhand"), text).element);
      text.focus();
      text.select();
      desk.say(t("work.journal.byhand"));
    }
  });
  return h("div", { class: "noprint" }, h("div", { class: "acts line" }, copy), shown);
}
