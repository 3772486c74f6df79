/**
 * The numbers: pages that the server makes. Script only opens and closes their door, and signs out whoever is gone.
 *
 * Nothing here can open a message: passphrase and code prove who somebody is, and no key hangs on them.
 *
 * @module
 */

import { desk } from "./api.js";
import { b64, random, unb64 } from "./bytes.js";
import { asGenerated, stretchPassphrase, stretchRecovery } from "./crypto/passphrase.js";
import { firstPage, renewPage } from "./pages/door-first.js";
import { signInPage } from "./pages/door.js";
import { fill } from "./parts/h.js";
import { load, t } from "./parts/words.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{proof: string | null}} Session `proof`: after a recovery code, what a new passphrase needs. */
/** @typedef {{ticket: string, secret: string, uri: string, person: {name: string}}} First */

const TEXTS = {
  lead: "work.count.lead",
  first: "work.count.first",
  stretch: "work.count.stretch",
};
const FIRST_TEXTS = {
  title: "work.count.first.title",
  lead: "work.count.first.lead",
  phrase: "work.count.first.phrase",
  factor: "work.count.first.factor",
  recovery: "work.count.first.recovery",
  back: "work.count.back",
  stretch: "work.count.stretch",
};

/**
 * @param {import("./pages/door.js").Given} given
 * @returns {Promise<Session>}
 */
async function signIn({ name, phrase, code, way, progress }) {
  const salts = await desk("/numbers/api/signin/salt", { json: { name } });
  const recovery = way === "recovery";
  const stretch = recovery ? stretchRecovery : stretchPassphrase;
  const { verifier } = await stretch(asGenerated(phrase), unb64(recovery ? salts.recoverySalt : salts.salt), progress);
  await desk("/numbers/api/signin", { json: { name, verifier: b64(verifier), code: code.trim(), way } });
  return { proof: recovery ? b64(verifier) : null };
}

/**
 * @param {string} name @param {string} startcode
 * @returns {Promise<First>}
 */
async function begin(name, startcode) {
  const { ticket, totp, person } = await desk("/numbers/api/start", { json: { name, startcode } });
  return { ticket, secret: totp.secret, uri: totp.uri, person };
}

/**
 * @param {{first: First, words: string[], recovery: string[], code: string, progress?: (done: number) => void}} what
 * @returns {Promise<string[]>}
 */
async function finish({ first, words, recovery, code, progress }) {
  const [salt, recoverySalt] = [random(16), random(16)];
  const phrase = await stretchPassphrase(words.join(" "), salt, (done) => progress?.(done / 2));
  const spare = await stretchRecovery(recovery.join(" "), recoverySalt, (done) => progress?.(0.5 + done / 2));
  const answer = await desk("/numbers/api/start/finish", {
    json: {
      ticket: first.ticket,
      salt: b64(salt),
      verifier: b64(phrase.verifier),
      code: code.trim(),
      recovery: { salt: b64(recoverySalt), verifier: b64(spare.verifier) },
    },
  });
  return answer.codes;
}

/** @param {Session} session @param {string[]} words @param {(done: number) => void} progress */
async function renew(session, words, progress) {
  const salt = random(16);
  const { verifier } = await stretchPassphrase(words.join(" "), salt, progress);
  await desk("/numbers/api/passphrase", { json: { salt: b64(salt), verifier: b64(verifier), proof: session.proof, way: "recovery" } });
}

// --- the door --------------------------------------------------------------------------------------------------------

/** Where the door is shown; none on a page of numbers. */
const place = document.getElementById("door");

/** @param {HTMLElement} page */
function show(page) {
  if (!place) return;
  fill(place, page);
  const first = page.querySelector("input:not([hidden])") ?? page.querySelector("h1");
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
}

/** The page that was asked for, now that somebody may see it: its address has every filter. */
const enter = () => location.reload();

/** @param {Session} session */
function entered(session) {
  if (!session.proof) return enter();
  void renewPage({ say: () => undefined, renew, texts: TEXTS, entered: enter }, session).then(show);
}

/** @param {string} [why] */
function toSignIn(why) {
  show(signInPage({ signIn, entered, first: toFirst, texts: TEXTS }, { why }));
}

function toFirst() {
  show(firstPage({ begin, finish, keep: async () => ({ proof: null }), entered, back: () => toSignIn(), texts: FIRST_TEXTS }));
}

// --- going out -------------------------------------------------------------------------------------------------------

/** Signs out there; without a network the cookie stays until there is one, and the server ends the session by itself. */
async function leave() {
  await desk("/numbers/api/signout").catch(() => undefined);
  location.replace("/numbers/");
}

/** Seconds without a touch after which the page closes; 0 at the door. */
const idle = Number(document.body.dataset.idle ?? 0);
let touchedAt = Date.now();

function touch() {
  touchedAt = Date.now();
}

function watch() {
  for (const event of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(event, touch, { passive: true, capture: true });
  // A laptop that slept runs no timers: the clock decides, and it is looked at as soon as somebody looks at the page.
  const look = () => {
    if (Date.now() - touchedAt > idle * 1000) void leave();
  };
  setInterval(look, 15_000);
  document.addEventListener("visibilitychange", look);
}

document.getElementById("leave")?.addEventListener("click", () => void leave());
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]")) globalThis.print();
});

// What was left at "all" need not stand in the address.
document.addEventListener("formdata", (event) => {
  if (!(event.target instanceof HTMLFormElement) || !event.target.matches("[data-filters]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// What htmx sends is pressed once htmx is there: before, a browser would ask for this page anew, with what was filled in
// at the end of its address.
addEventListener("load", () => {
  for (const one of document.querySelectorAll("button[data-waits]")) one.removeAttribute("disabled");
});

// A part of a page that is no longer for this person: the door stands at the same address.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx?.response?.status !== 401) return;
  event.preventDefault();
  location.reload();
});

async function start() {
  if (idle) watch();
  if (!place) return;
  await load(document.documentElement.lang === "en" ? "en" : "nl", "work");
  document.title = `${t("work.door.title")} – Kindstem`;
  toSignIn();
}

void start();
