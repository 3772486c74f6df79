/**
 * "My rights": what youth protection is, who decides, being heard, the file, objecting, complaining, whom to call. One
 * subject a screen, in the child's own level; the same on its phone and in kindmodus, and without a network.
 *
 * @module
 */

import { act, acts, row, title } from "./child-bits.js";
import { drawing } from "./draw-more.js";
import { line } from "./frame.js";
import { h } from "./h.js";
import { series, t } from "./words.js";

/**
 * @typedef {object} Subject
 * @property {string} art
 * @property {string[]} says - Keys of its texts.
 * @property {[key: string, number: string][]} [calls]
 * @property {boolean} [older] - Left out at level 8, for whom it does not hold yet.
 */

/** @type {[key: string, number: string]} */
const JEUGDSTEM = ["child.help.js", "0885551000"];

/** In the order of their titles in the catalogue. @type {Subject[]} */
const SUBJECTS = [
  { art: "who", says: ["child.right.jb"] },
  { art: "right-way", says: ["child.right.who"] },
  { art: "way-say", says: ["child.right.12", "child.right.limit"] },
  { art: "alone", says: ["child.right.age12"] },
  { art: "right-dry", says: ["child.right.19"] },
  { art: "right-file", says: ["child.right.file"] },
  { art: "rights", says: ["child.right.keep"], older: true },
  { art: "read-self", says: ["child.right.age16"], older: true },
  { art: "way-write", says: ["child.right.object"] },
  { art: "right-post", says: ["child.right.complain"], calls: [JEUGDSTEM] },
  { art: "read-other", says: ["child.right.confidant"], calls: [JEUGDSTEM] },
  { art: "right-call", says: ["child.right.ombuds"], calls: [["child.right.number", "08008765432"], ["child.help.kt", "08000432"], JEUGDSTEM] },
];

/**
 * @param {object} around
 * @param {() => Record<string, string>} around.names - Those that the texts want.
 * @param {() => boolean} around.young
 * @param {(screen: string, params: import("./screens.js").Params) => void} around.go
 * @param {(screen: string, params: import("./screens.js").Params) => void} around.swap
 * @param {() => void} around.back
 * @returns {Record<string, import("./screens.js").Make>}
 */
export function rightsScreens({ names, young, go, swap, back }) {
  const subjects = () => {
    const titles = series("child.right.title.#");
    return SUBJECTS.map((subject, at) => ({ ...subject, title: titles[at] })).filter((one) => !one.older || !young());
  };
  // Before it is linked, a phone knows no name, and a sentence may begin with what stands for it.
  const said = (/** @type {string} */ key) => t(key, names()).replace(/(^|[.?] )(\p{Ll})/gu, (_, before, letter) => before + letter.toUpperCase());

  return {
    rights: () => ({
      body: [
        title(t("child.home.6")),
        h("p", { class: "lead" }, t("child.right.lead")),
        h("div", { class: "rows section-s" }, subjects().map((one, at) => row({ label: one.title, art: one.art, press: () => go("right", { at }) }))),
      ],
    }),

    right({ at }) {
      const all = subjects();
      const subject = all[at];
      const last = at + 1 === all.length;
      return {
        body: [
          title(subject.title),
          h("div", { class: "card-art" }, drawing(subject.art)),
          h("section", { class: "card stack", "data-right": subject.says[0] }, subject.says.map((key) => h("p", { class: "lead" }, said(key)))),
          subject.calls ? h("div", { class: "lines section-s" }, subject.calls.map(call)) : null,
          acts(last ? null : act(t("child.common.1"), () => swap("right", { at: at + 1 })), act(t("child.right.all"), back, "plain")),
        ],
      };
    },
  };
}

/** @param {[key: string, number: string]} which */
function call([key, number]) {
  const said = line(t(key));
  return h("a", { class: "call", href: `tel:${number}` }, h("b", null, h("bdi", null, said.number)), h("span", null, said.name));
}
