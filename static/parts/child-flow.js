/**
 * Which question comes after which (decision 0012): who may read it first, so that what is made while the phone is
 * locked can go without being seen again.
 *
 * @module
 */

import { back, go } from "./screens.js";

/** @typedef {import("../making.js").Way} Way */
/** @typedef {import("../vault.js").Circle} Circle */

const ALL = ["who", "mood", "feel", "safe", "where", "say", "want", "share", "alone", "check"];
const SHORT = ["who", "say", "alone", "check"];
const HOUSE = ["who", "say", "share", "alone", "check"];
const ALERT = ["say", "alone", "check"];

/**
 * The screens of a message, in order.
 *
 * @param {Way} way
 * @param {Circle | null} circle
 * @returns {string[]}
 */
export function steps(way, circle) {
  if (way === "alert") return ALERT;
  const all = way === "house" ? HOUSE : way === "feel" || way === "again" ? ALL : SHORT;
  // Nobody else reads it, so nobody is asked to do anything.
  return circle === "self" ? all.filter((step) => step !== "want" && step !== "share") : all;
}

/**
 * The screen after this one.
 *
 * @param {string} step
 * @param {Way} way
 * @param {Circle | null} circle
 * @returns {string}
 */
export function after(step, way, circle) {
  const all = steps(way, circle);
  return all[all.indexOf(step) + 1] ?? "check";
}

/**
 * Goes on: to the next question, or back to the last look when a single answer was being changed.
 *
 * @param {string} step
 * @param {import("./screens.js").Params} params - Those of the present screen.
 * @param {import("../making.js").Making} made
 */
export function onward(step, params, made) {
  if (params.change) {
    back();
    return;
  }
  if (params.question) {
    // One question asked by itself: nothing else is asked with it.
    void go("check");
    return;
  }
  void go(after(step, made.way, made.circle));
}
