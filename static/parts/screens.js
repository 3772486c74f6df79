/**
 * Screens in one document: no address ever says which one is shown, and Back goes through them all the same.
 *
 * Each step forward is an entry of the browser's history with the same address; what it was is known to this page alone
 * and is gone with it.
 *
 * @module
 */

import { fill, h } from "./h.js";
import { head } from "./frame.js";
import { hush } from "./player.js";
import { t } from "./words.js";

/** @typedef {Record<string, any>} Params */

/**
 * @typedef {object} Screen
 * @property {import("./h.js").Child[]} body - With one h1.
 * @property {boolean} [back] - False where there is nothing to go back to.
 * @property {import("./frame.js").Left} [left] - In place of the way back.
 * @property {boolean} [calls] - False where the numbers stand in the page itself.
 * @property {() => void} [leave] - Called when another screen takes its place.
 */

/** @typedef {(params: Params) => Screen | null | Promise<Screen | null>} Make Null sends home. */
/** @typedef {() => Promise<{screens: Record<string, Make>}>} Load */

/** @type {Record<string, Load>} */
let loads = {};
/** @type {() => {name: string, params: Params}} */
let homeOf = () => ({ name: "home", params: {} });
/** @type {{name: string, params: Params}[]} */
let trail = [];
let at = 0;
/** @type {(() => void) | undefined} */
let leaving;
/** Two quick taps must not show the first one's screen last. */
let turn = 0;
let over = false;

/**
 * Says which module has which screen.
 *
 * @param {Record<string, Load>} modules - By screen.
 * @param {() => {name: string, params: Params}} home - The screen to fall back on.
 */
export function screens(modules, home) {
  loads = modules;
  homeOf = home;
  // Entries of an earlier page may lie before this one: coming back to them shows the first screen.
  history.replaceState({ at: 0 }, "");
  addEventListener("popstate", (event) => {
    const to = Number(event.state?.at ?? 0);
    at = to in trail ? to : 0;
    void render();
  });
}

/**
 * Shows a screen; Back leads to the one that was there.
 *
 * @param {string} name
 * @param {Params} [params]
 */
export async function go(name, params = {}) {
  at += 1;
  trail = [...trail.slice(0, at), { name, params }];
  history.pushState({ at }, "");
  await render();
}

/**
 * Shows a screen in place of this one: Back leads past it.
 *
 * @param {string} name
 * @param {Params} [params]
 */
export async function swap(name, params = {}) {
  trail = [...trail.slice(0, at), { name, params }];
  await render();
}

/** Goes back a screen, as the phone's own button does. */
export function back() {
  if (at > 0) history.back();
  else void home();
}

/** Shows the first screen. What lies before it leads there as well. */
export async function home() {
  const first = homeOf();
  trail = trail.map(() => first);
  trail[at] = first;
  await render();
}

/** Shows the present screen anew. */
export const again = () => render();

/** Shows nothing any more: the page is being left. */
export const end = () => void (over = true);

/** @returns {string} The screen that is shown. */
export const shown = () => trail[at]?.name ?? "";

/** @returns {number} How many steps of history lie behind this screen. */
export const depth = () => at;

async function render() {
  const mine = (turn += 1);
  trail[at] ??= homeOf();
  const { name, params } = trail[at];
  let screen = null;
  const load = loads[name];
  if (load) {
    const { screens: made } = await load();
    screen = await made[name](params);
  }
  if (mine !== turn || over) return;
  if (!screen) {
    const first = homeOf();
    if (first.name === name) throw new TypeError(`no screen ${name}`);
    trail[at] = first;
    await render();
    return;
  }
  leaving?.();
  leaving = screen.leave;
  hush();
  const { body, calls = true, back: backs = true, left } = screen;
  head(left ?? (backs ? { label: t("child.common.2"), icon: "i-back", press: back, word: false } : null));
  const main = h("main", { class: "page", id: "main", "data-screen": name });
  fill(main, ...body);
  document.getElementById("main")?.replaceWith(main);
  const aside = document.getElementById("hulp");
  if (aside) aside.hidden = !calls;
  scrollTo(0, 0);
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}
