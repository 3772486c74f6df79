/**
 * Being away: said in ten seconds, seen by children before they write.
 *
 * @module
 */

import { heading } from "../parts/desk-bits.js";
import { h } from "../parts/h.js";
import { t } from "../parts/words.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */

/** @param {Desk} desk */
export function awayPage(desk) {
  // Dates of leave are what the server knows: the form is its part, and comes below.
  desk.known("away");
  return h("div", null, heading(t("work.away.title"), t("work.away.lead")));
}
