/**
 * The professional's desk: one document, because the opened keys live in it (docs/decisions/0008).
 *
 * What the server knows comes as htmx parts into #known; everything that was decrypted stands in #words, which no swap
 * ever touches. Moving about changes neither address nor title: they would stay in the browser's history.
 *
 * @module
 */

import { Offline } from "./api.js";
import { supported } from "./crypto/supported.js";
import { lentSealer, lock } from "./desk-keys.js";
import { KindstemError } from "./errors.js";
import { addPage, linkPage } from "./pages/desk-add.js";
import { awayPage } from "./pages/desk-away.js";
import { childPage } from "./pages/desk-child.js";
import { introducePage, peoplePage } from "./pages/desk-colleagues.js";
import { confirmPage } from "./pages/desk-confirm.js";
import { documentPage } from "./pages/desk-document.js";
import { documentsPage } from "./pages/desk-documents.js";
import { unlockPage } from "./pages/desk-door.js";
import { kindmodusPage } from "./pages/desk-kindmodus.js";
import { meldcodePage } from "./pages/desk-meldcode.js";
import { oncallPage, reachPage } from "./pages/desk-oncall.js";
import { phonePage } from "./pages/desk-phone.js";
import { preparePage } from "./pages/desk-prepare.js";
import { planPage, recordPage } from "./pages/desk-record.js";
import { room } from "./pages/desk-room.js";
import { samplePage } from "./pages/desk-sample.js";
import { talksPage } from "./pages/desk-talks.js";
import { transcriptPage } from "./pages/desk-transcript.js";
import { schoolPage } from "./pages/desk-school.js";
import { childrenPage, todayPage } from "./pages/desk-today.js";
import { firstPage, renewPage } from "./pages/door-first.js";
import { signInPage } from "./pages/door.js";
import { button, empty, heading, notice, sentence } from "./parts/desk-bits.js";
import { Caseload } from "./parts/desk-caseload.js";
import { bringLent, keepAnswer, keepSaid, lentKept } from "./parts/desk-kept.js";
import { beginFirst, endSession, finishFirst, keepKeyring, renewPassphrase, signIn, signOut, whoAmI } from "./parts/desk-session.js";
import { fill, h } from "./parts/h.js";
import { hush } from "./parts/player.js";
import { load, setLevel, t } from "./parts/words.js";

/** @typedef {import("./parts/desk-bits.js").Desk} Desk */
/** @typedef {import("./parts/desk-session.js").Session} Session */
/** @typedef {{screen: string, params: Record<string, any>}} Place */

/** @type {Record<string, (desk: Desk, caseload: Caseload, params: any) => HTMLElement | Promise<HTMLElement>>} */
const PAGES = {
  today: (desk, caseload) => (onCall() ? oncallPage(desk, caseload) : todayPage(desk, caseload)),
  reach: reachPage,
  children: childrenPage,
  child: childPage,
  prepare: preparePage,
  documents: documentsPage,
  document: documentPage,
  transcript: transcriptPage,
  meldcode: meldcodePage,
  school: schoolPage,
  phone: phonePage,
  talks: talksPage,
  plan: planPage,
  record: recordPage,
  confirm: confirmPage,
  sample: samplePage,
  kindmodus: kindmodusPage,
  add: addPage,
  link: linkPage,
  colleagues: peoplePage,
  introduce: introducePage,
  away: awayPage,
};

/** Under which part of the menu a page stands. @type {Record<string, string>} */
const PLACES = {
  reach: "today", child: "children", documents: "children", document: "children", transcript: "children", meldcode: "children", school: "children", prepare: "talks", phone: "children", add: "children", link: "children", introduce: "colleagues",
  plan: "talks", record: "talks", confirm: "talks", sample: "talks", kindmodus: "talks",
};

/** Pages for whoever is of the on-call service; what they have to do with children stands on the first of them. */
const SERVICE = new Set(["today", "reach", "colleagues", "introduce", "away"]);

/** Whether whoever is signed in is of the on-call service. */
const onCall = () => session?.person.role === "oncall";

const words = /** @type {HTMLElement} */ (document.getElementById("words"));
const known = /** @type {HTMLElement} */ (document.getElementById("known"));
const told = /** @type {HTMLElement} */ (document.getElementById("told"));

/** @type {Session | null} */
let session = null;
/** @type {Caseload | null} */
let caseload = null;
/** Where one has been in this document; the history holds only numbers into it. @type {Place[]} */
let trail = [];
/** Counts the pages shown, so that one that comes late is not put over the next. */
let shown = 0;
/** What the page that is shown wants done when it goes. @type {(() => void)[]} */
let leaving = [];

// --- coming in -------------------------------------------------------------------------------------------------------

/** What is said at this door, where the numbers' says something else. */
const TEXTS = {
  lead: "work.door.lead",
  first: "work.door.first",
  stretch: "work.door.stretch",
};
const FIRST_TEXTS = {
  title: "work.first.title",
  lead: "work.first.lead",
  phrase: "work.first.phrase",
  factor: "work.first.factor",
  recovery: "work.first.recovery",
  back: "work.door.back",
  stretch: "work.door.stretch",
};
const door = { signIn, entered, first: toFirst, leave: () => void leave(), texts: TEXTS };

/** @param {HTMLElement} page */
function showAtDoor(page) {
  shown += 1;
  document.body.classList.add("door");
  document.body.dataset.screen = page.dataset.screen ?? "";
  hideKnown();
  fill(words, page);
  const first = page.querySelector("input:not([hidden])") ?? page.querySelector("h1");
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
}

/** @param {string} [why] */
function toSignIn(why) {
  showAtDoor(signInPage(door, { why }));
}

function toFirst() {
  showAtDoor(firstPage({ begin: beginFirst, finish: finishFirst, keep: keepKeyring, entered, back: () => toSignIn(), texts: FIRST_TEXTS }));
}

/** @param {Session} who */
function entered(who) {
  void (async () => {
    if (who.renew) {
      // Whoever came in by the recovery code has no passphrase any more.
      showAtDoor(await renewPage({ say, renew: renewPassphrase, texts: TEXTS, entered: (done) => entered({ ...done, renew: null }) }, who));
      return;
    }
    session = who;
    caseload = new Caseload(who);
    caseload.talks.begin();
    caseload.talks.outbox.went = () => say(t("work.talks.sentlater"));
    trail = [];
    document.body.classList.remove("door");
    showPlaces();
    showMe();
    touch();
    const number = shown;
    if (await lentKept(who.person.id).catch(() => false)) {
      // What a child said in kindmodus goes before anything else is shown of it.
      try {
        const brought = await bringLent(caseload);
        if (brought && number === shown) {
          if (brought.child) go("child", { child: brought.child }, "replace");
          else go("today", {}, "replace");
          say(brought.text);
          return;
        }
      } catch (error) {
        failed(error, number);
      }
    }
    if (number === shown) go("today", {}, "replace");
  })();
}

/** The menu has what somebody can do here: for the service no children and no talks. */
function showPlaces() {
  for (const link of document.querySelectorAll("[data-place]")) {
    const place = link.getAttribute("data-place") ?? "";
    if (link instanceof HTMLElement) link.hidden = place === "oncall" ? !onCall() : onCall() && (place === "today" || !SERVICE.has(place));
  }
}

/** Who is signed in is what the server knows, and says in a part of its own. */
function showMe() {
  document.getElementById("me")?.dispatchEvent(new CustomEvent("show"));
}

// --- kindmodus ---------------------------------------------------------------------------------------------------

/** Whether this document is a child's now. */
let lent = false;

/**
 * Hands this device to a child: keys, session and everything of the desk go first, and come back through the door only.
 *
 * @param {import("./pages/desk-room.js").Lent} what
 */
async function lend(what) {
  if (!session) return;
  const person = session.person.id;
  const close = await lentSealer();
  clear();
  lent = true;
  lock();
  // Without a network the cookie stays until there is one; it is no use to anybody before that either.
  void endSession(() => lent);
  const desk = [...document.body.childNodes];
  const { title } = document;
  room(what, {
    answer: async (place, bytes) => keepAnswer(person, place, await close("answer", bytes)),
    said: async (id, bytes) => keepSaid(person, id, bytes && (await close("said", bytes))),
    leave: (spoke) => {
      lent = false;
      setLevel("");
      document.title = title;
      document.body.className = "work door";
      document.body.replaceChildren(...desk);
      toSignIn(t(spoke ? "work.kindmodus.back" : "work.kindmodus.none"));
    },
  });
}

// --- going out -------------------------------------------------------------------------------------------------------

/** Takes away everything that was opened, from memory and from the page. */
function clear() {
  shown += 1;
  for (const one of leaving) one();
  leaving = [];
  hush();
  clearTimeout(idle);
  clearTimeout(quiet);
  session = null;
  caseload?.talks.stop();
  caseload = null;
  trail = [];
  hideKnown();
  fill(words);
  for (const one of known.children) fill(one);
  const me = document.getElementById("me");
  if (me) fill(me);
  line.say("");
}

/** @param {string} [why] */
async function leave(why) {
  clear();
  const gone = signOut();
  toSignIn(why ?? t("work.door.out"));
  await gone;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;
let touchedAt = 0;

/** Something was done: the time until the desk locks starts anew. */
function touch() {
  if (!session) return;
  touchedAt = Date.now();
  clearTimeout(idle);
  idle = setTimeout(tired, session.idle * 1000);
}

function tired() {
  if (!session) return;
  // A laptop that slept does not run timers: the clock decides, not the timer.
  const left = touchedAt + session.idle * 1000 - Date.now();
  if (left > 1000) idle = setTimeout(tired, left);
  else void leave(t("work.door.idle", { n: Math.round(session.idle / 60) }));
}

for (const event of ["pointerdown", "keydown", "input", "scroll"]) document.addEventListener(event, touch, { passive: true, capture: true });
addEventListener("online", () => void caseload?.talks.outbox.flush(true));
document.addEventListener("visibilitychange", () => {
  if (session && document.visibilityState === "visible" && Date.now() - touchedAt > session.idle * 1000) tired();
});

// The browser may keep the page aside and bring it back whole: then nothing opened may be left in it.
addEventListener("pagehide", () => {
  clear();
  lock();
});
addEventListener("pageshow", (event) => {
  if (event.persisted && !lent) void start();
});

// --- moving about ----------------------------------------------------------------------------------------------------

/**
 * @param {string} screen
 * @param {Record<string, any>} [params]
 * @param {"push" | "replace" | "none"} [how]
 */
function go(screen, params = {}, how = "push") {
  if (how !== "none") {
    if (how === "push") trail = [...trail.slice(0, place() + 1), { screen, params }];
    else trail = [...trail.slice(0, place()), { screen, params }];
    const state = { at: trail.length - 1 };
    if (how === "push") history.pushState(state, "", location.pathname);
    else history.replaceState(state, "", location.pathname);
  }
  void show({ screen, params });
}

/** @returns {number} Where in the trail the history stands. */
const place = () => (typeof history.state?.at === "number" && history.state.at < trail.length ? history.state.at : 0);

addEventListener("popstate", () => {
  // A child that presses Back stays where it is.
  if (lent) history.pushState(null, "", location.pathname);
  if (!session) return;
  const to = trail[place()] ?? { screen: "today", params: {} };
  void show(to);
});

/** @param {Place} to */
async function show({ screen, params }) {
  if (!session || !caseload) return;
  const number = (shown += 1);
  for (const one of leaving) one();
  leaving = [];
  hush();
  hideKnown();
  // What was said of the page before goes with it; what was said on the way here stays.
  if (Date.now() - saidAt > 1500) line.say("");
  markPlace(PLACES[screen] ?? screen);
  document.body.dataset.screen = screen;
  const late = setTimeout(() => {
    if (number === shown) fill(words, h("p", { class: "soft", role: "status" }, t("work.common.busy")));
  }, 400);
  /** @type {Desk} */
  const desk = {
    go,
    say,
    sentence: (error) => failed(error, number),
    known: (part, child) => {
      if (number === shown) showKnown(part, child);
    },
    here: () => number === shown && session !== null,
    leaving: (undo) => {
      if (number === shown) leaving.push(undo);
      else undo();
    },
    kindmodus: lend,
  };
  try {
    const page = await PAGES[onCall() && !SERVICE.has(screen) ? "today" : screen](desk, caseload, params);
    if (number !== shown) return;
    page.dataset.screen = screen;
    fill(words, page);
  } catch (error) {
    const text = failed(error, number);
    if (number !== shown) return;
    fill(words, troubled(text, () => void show({ screen, params }), screen));
  } finally {
    clearTimeout(late);
  }
  scrollTo(0, 0);
  words.querySelector("h1")?.focus({ preventScroll: true });
}

/** @param {string} text @param {() => void} again @param {string} screen */
function troubled(text, again, screen) {
  return h(
    "div",
    { "data-screen": screen, "data-trouble": true },
    heading(t(`work.place.${PLACES[screen] ?? screen}`)),
    empty("offline", text, "", h("div", { class: "acts line" }, button(t("work.common.retry"), { data: { act: "retry" } }, again), button(t("work.place.today"), { look: "plain" }, () => go("today")))),
  );
}

/**
 * The sentence for an error; a session that ended takes the person to the door.
 *
 * @param {unknown} error @param {number} number
 */
function failed(error, number) {
  const ended = error instanceof KindstemError && error.code === "session-ended";
  if (ended && number === shown && session) void leave(t("work.signin.ended"));
  if (!ended && !(error instanceof KindstemError) && !(error instanceof Offline)) console.error(error instanceof Error ? error.name : "error");
  return sentence(error);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let quiet;
let saidAt = 0;
const line = notice("");
told.append(line.element);

/** @param {string} text */
function say(text) {
  saidAt = Date.now();
  line.say(text);
  clearTimeout(quiet);
  quiet = setTimeout(() => line.say(""), 12_000);
}

// --- the menu, and what the server knows -----------------------------------------------------------------------------

/** @param {string} current */
function markPlace(current) {
  for (const link of document.querySelectorAll("[data-place]")) {
    if (link.getAttribute("data-place") === (onCall() && current === "today" ? "oncall" : current)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-place]") : null;
  if (!link || event.defaultPrevented || (event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey))) return;
  event.preventDefault();
  const to = link.getAttribute("data-place") ?? "today";
  if (session) go(to === "oncall" ? "today" : to);
});
// A jump to #main would stand in the address and count as a step in the history.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main")?.focus();
});
document.getElementById("leave")?.addEventListener("click", () => void leave());

function hideKnown() {
  for (const one of known.children) if (one instanceof HTMLElement) one.hidden = true;
}

/**
 * Lets htmx fetch a part anew and shows it. Its address says no more than what the server knows.
 *
 * @param {"colleagues" | "away" | "reads"} part @param {string} [child]
 */
function showKnown(part, child) {
  const region = document.getElementById(`known-${part}`);
  if (!region) return;
  if (child) {
    region.setAttribute("hx-get", `/desk/parts/reads/${child}`);
    htmx()?.process(region, true);
  }
  // What stood there was true when it was fetched; nothing is better than that.
  fill(region);
  region.hidden = false;
  region.dispatchEvent(new CustomEvent("show"));
}

/** htmx is a script of its own; without it the desk still reads and answers. */
const htmx = () => /** @type {any} */ (globalThis).htmx;

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  // The server answers in sentences, which may stand in the part's place; only the end of a session is more than that.
  if (ctx?.response?.status !== 401) return;
  event.preventDefault();
  failed(new KindstemError("session-ended"), shown);
});
document.addEventListener("htmx:error", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx?.sourceElement instanceof Element) fill(ctx.sourceElement, h("p", { class: "note" }, t("work.error.offline")));
});
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  // Somebody set or ended their leave: the banner on the first page must know.
  if (ctx?.request?.method === "POST" && session) {
    void whoAmI().then((now) => {
      if (session) session.away = now.away;
      showMe();
    }, () => undefined);
  }
});

// --- the beginning ---------------------------------------------------------------------------------------------------

async function start() {
  const lang = document.documentElement.lang === "en" ? "en" : "nl";
  await Promise.all([load(lang, "work"), load(lang, "child"), load(lang, "talks")]);
  // Storage is for drafts alone: a private window without it can still read and answer.
  if ((await supported()).missing.some((one) => one !== "storage")) {
    showAtDoor(h("div", { "data-screen": "old" }, heading(t("work.door.title")), empty("offline", t("work.error.old"), "")));
    return;
  }
  try {
    const me = await whoAmI();
    showAtDoor(unlockPage(door, me.person.name));
  } catch (error) {
    if (error instanceof Offline) showAtDoor(h("div", { "data-screen": "offline" }, heading(t("work.door.title")), empty("offline", t("work.error.offline"), "", button(t("work.common.retry"), {}, () => void start()))));
    else toSignIn();
  }
}

void start();
