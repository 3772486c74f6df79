/**
 * The three houses: good things, worries, dreams. What each is called and looks like, and what a child is invited to put
 * in it; the same on its own phone and in kindmodus.
 *
 * @module
 */

import { title } from "./child-bits.js";
import { drawing } from "./draw-more.js";
import { h } from "./h.js";
import { series, t } from "./words.js";

/** @typedef {import("../making.js").House} House */

/** In the order of their names in the catalogue. @type {House[]} */
export const HOUSES = ["good", "worry", "dream"];

/** @param {House} house */
export const houseName = (house) => t(`child.house.name.${HOUSES.indexOf(house) + 1}`);

/** @param {House} house */
export const houseArt = (house) => drawing(`house-${house}`);

/**
 * What stands above a house while something is put in it. Whoever draws is invited to draw; older children are asked for one
 * thing more.
 *
 * @param {House} house @param {"text" | "voice" | "draw"} mode @param {boolean} young
 * @returns {{invited: string, prompt: string}} The invitation, and the whole as it is stored with what is said (R4).
 */
export function invitation(house, mode, young) {
  const [tell, draw, show] = series({ good: "child.house.good.#", worry: "child.house.worry.#", dream: "child.house.dream.#" }[house]);
  const invited = [mode === "draw" ? draw : tell, ...(young ? [] : [show])].join(" ");
  return { invited, prompt: `${houseName(house)}. ${invited}` };
}

/** Which house something lies in, above it. @param {House} house */
export const houseHead = (house) => h("p", { class: "with", "data-house": house }, houseArt(house), h("b", null, houseName(house)));

/** Makes the paper of a sheet the house itself. @param {HTMLElement} sheet */
export function housed(sheet) {
  const house = h("div", { class: "housed" });
  const paper = /** @type {Element} */ (sheet.querySelector(".sheet"));
  paper.replaceWith(house);
  house.append(drawing("roof", { class: "roof" }), paper);
  return sheet;
}

/** The heading of the page where something is put in a house. @param {House} house */
export const houseTitle = (house) => h("div", { class: "house-title" }, houseArt(house), title(houseName(house)));

/**
 * The three houses to choose from, in no order of worth: a child begins where it wants.
 *
 * @param {Set<House>} begun - In which something was begun that waits here.
 * @param {(house: House) => void} enter
 */
export function houseDoors(begun, enter) {
  return h(
    "div",
    { class: "houses" },
    HOUSES.map((house) => {
      const button = h("button", { type: "button", class: "way", "data-house": house }, houseArt(house), houseName(house), begun.has(house) ? h("small", null, t("child.house.begun")) : null);
      button.addEventListener("click", () => enter(house));
      return button;
    }),
  );
}
