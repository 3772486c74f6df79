/**
 * The child's own phone, as the place where it makes something (child-questions.js).
 *
 * @module
 */

import { names } from "../phone/circles.js";
import { answer, forget, note, save, saveTrouble } from "../phone/draft.js";
import { phone, watch } from "../phone/here.js";
import { inHand } from "../phone/memory.js";
import { onward } from "./child-flow.js";
import { go, home, swap } from "./screens.js";

/** @type {import("./child-questions.js").Place} */
export const HERE = {
  inHand,
  note,
  answer,
  save,
  forget,
  trouble: saveTrouble,
  watch,
  names,
  young: () => phone().level === "8",
  onward,
  swap: (screen, params) => void swap(screen, params),
  stop: () => void home(),
  steps: ["mood", "feel", "safe", "where", "say", "want", "share", "alone"],
  alarm: () => void go("unsafe"),
  keeps: "child.draft.keeps",
  danger: "child.safe.help",
};
