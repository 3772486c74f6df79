/**
 * What to do when the log is not what this phone saw of it before: said in plain words, with the proof to take along.
 *
 * @module
 */

import { act, acts, note, status, title } from "../parts/child-bits.js";
import { drawing } from "../parts/draw.js";
import { h } from "../parts/h.js";
import { go, home } from "../parts/screens.js";
import { clock, day, t } from "../parts/words.js";
import { phone } from "../phone/here.js";
import { evidence, readAlarm } from "../phone/log.js";
import { open } from "../phone/memory.js";

/** What each finding of phone/log.js is called. */
const WHY = /** @type {Record<string, string>} */ ({
  "not-included": "child.alarm.why.1",
  smaller: "child.alarm.why.2",
  inconsistent: "child.alarm.why.3",
  "note-signature": "child.alarm.why.4",
  restarted: "child.alarm.why.5",
});
/** A name that says nothing to whoever looks through the downloads. */
const FILE = "start.json";

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  alarm() {
    const { alarm } = phone();
    if (!alarm) return null;
    const at = Date.parse(alarm.at);
    const place = status();
    const save = async () => {
      const url = URL.createObjectURL(new Blob([await evidence()], { type: "application/json" }));
      h("a", { href: url, download: FILE }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      place.say(t("child.alarm.saved"));
    };
    return {
      body: [
        title(t("child.alarm.title")),
        h("p", { class: "lead" }, t("child.alarm.what")),
        h("div", { class: "card section-s stack" }, h("p", null, h("b", null, t(WHY[alarm.why] ?? "child.alarm.why.3"))), h("p", { class: "soft small" }, t("child.alarm.since", { date: day(at), time: clock(at) }))),
        h("p", { class: "section" }, t("child.alarm.who")),
        h("div", { class: "lines" }, h("a", { class: "row", href: "tel:0885551000" }, drawing("i-phone"), h("span", null, h("b", null, t("child.alarm.call"))))),
        h("div", { class: "section" }, note(t("child.alarm.note"), { icon: "i-eye" })),
        place.element,
        acts(
          // The proof holds what was answered and when: not for whoever merely holds the phone.
          open() ? act(t("child.alarm.save"), () => void save(), "", "i-save") : act(t("child.alarm.save"), () => void go("unlock", { then: "alarm" }), "", "i-lock"),
          act(t("child.alarm.read"), () => void readAlarm().then(home), "plain"),
        ),
      ],
    };
  },
};
