/**
 * Help: the numbers first. Works before enrolment, without a network and with the lock shut.
 *
 * @module
 */

import { act, note, row, title } from "../parts/child-bits.js";
import { drawing } from "../parts/draw-more.js";
import { line } from "../parts/frame.js";
import { h } from "../parts/h.js";
import { go } from "../parts/screens.js";
import { t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { enrolled } from "../phone/here.js";

/** Key of its text and the number that is dialled. */
const LINES = /** @type {const} */ ([
  ["child.help.vt", "08002000"],
  ["child.help.kt", "08000432"],
  ["child.help.113", "08000113"],
  ["child.help.js", "0885551000"],
]);

/** 112, large and first. */
export function first() {
  const said = line(t("child.help.112"));
  return h("a", { class: "first", href: "tel:112" }, h("b", null, h("bdi", null, said.number)), h("span", null, `${said.name} ${said.rest}`), drawing("i-phone"));
}

/** The other numbers. @param {readonly (readonly [string, string])[]} [which] */
export function lines(which = LINES) {
  return h(
    "div",
    { class: "lines" },
    which.map(([key, number]) => {
      const said = line(t(key));
      const text = said.name.endsWith("?") || !said.rest ? `${said.name} ${said.rest}` : `${said.name}. ${said.rest}`;
      return h("a", { class: "row", href: `tel:${number}` }, drawing("i-phone"), h("span", null, h("b", { class: "num" }, h("bdi", null, said.number)), h("small", null, text)));
    }),
  );
}

/** The one number for when it is not safe where one lives. */
export const safeHome = () => lines(LINES.slice(0, 1));

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  help: () => ({
    calls: false,
    body: [
      title(t("child.home.7")),
      first(),
      h("section", { class: "section" }, h("h2", null, t("child.frame.calls")), lines()),
      h("div", { class: "section stack" }, note(t("child.help.nowatch"), { icon: "i-clock" }), note(t("child.help.history"), { icon: "i-eye" })),
      enrolled()
        ? h(
            "section",
            { class: "card section stack" },
            h("h2", null, t("child.home.9")),
            h("p", null, t("child.unsafe.what", names())),
            act(t("child.home.9"), () => void go("unsafe"), "alarm plain", "i-flag"),
          )
        : null,
      h("div", { class: "rows section" }, row({ label: t("child.home.6"), art: "rights", press: () => void go("rights") })),
    ],
  }),
};
