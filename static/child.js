/**
 * The roof of the child's app: starts it, leads from screen to screen, and keeps the way out open.
 *
 * @module
 */

import { onFragment, takeFragment } from "./phone/fragment.js";
import { arrive, change, enrolled, phone, watch } from "./phone/here.js";
import { inHand, inTalk, open, shut } from "./phone/memory.js";
import { takeOver, takeTurn } from "./phone/turn.js";
import { frame } from "./parts/frame.js";
import { again, depth, end, go, home, screens, shown } from "./parts/screens.js";
import { LANGUAGES, load, setLevel, spoken } from "./parts/words.js";

/** An unlocked phone that nobody looks at locks itself after this time, in milliseconds. */
const AWAY = 3 * 60_000;
/** Two presses of Escape within this time are the way out on a keyboard. */
const TWICE = 600;

const start = () => import("./pages/child-start.js");
const enrol = () => import("./pages/child-enrol.js");
const first = () => import("./pages/child-home.js");
const lock = () => import("./pages/child-lock.js");
const unsafe = () => import("./pages/child-unsafe.js");
const help = () => import("./pages/child-help.js");
/** Screens with texts of their own. @template T @param {Promise<T>} page @returns {Promise<T>} */
const talking = async (page) => (await Promise.all([page, load(spoken(), "talks")]))[0];
const who = () => talking(import("./pages/child-readers.js"));
const service = () => talking(import("./pages/child-service.js"));
// A house may be in hand, or among what was sent.
const say = () => talking(import("./pages/child-say.js"));
const send = () => talking(import("./pages/child-send.js"));
const mine = () => talking(import("./pages/child-messages.js"));
const ours = () => talking(import("./pages/child-talks.js"));
const right = () => talking(import("./pages/child-confirm.js"));
const alone = () => talking(import("./pages/child-alone.js"));
const ask = () => talking(import("./pages/child-checkin.js"));
const proof = () => talking(import("./pages/child-alarm.js"));
const houses = () => talking(import("./pages/child-house.js"));
const papers = () => talking(import("./pages/child-papers.js"));
const offer = () => talking(import("./pages/child-offer.js"));
const rights = () => talking(import("./pages/child-rights.js"));

/** Which module has which screen. */
const MODULES = {
  start, code: start, scan: start, again: start, unsupported: start, insecure: start,
  readers: enrol, know: enrol, phone: enrol, compare: enrol, pin: enrol, linked: enrol,
  home: first, elsewhere: first, draft: first,
  who: ask, mood: ask, feel: ask, safe: ask, where: ask, want: ask, share: ask, alone: ask, reach: ask, add: ask,
  say,
  check: send, sent: send, react: send,
  unlock: lock, "pin-change": lock,
  messages: mine, "houses-before": mine,
  houses,
  reading: who, new: who,
  called: service, agree: service,
  unsafe, alert: unsafe,
  help,
  talks: ours, "talk-scan": ours, "talk-code": ours,
  claim: right, two: right, different: right, answered: right, "put-off": right,
  alarm: proof,
  rights, right: rights,
  written: papers, paper: papers,
  offer, "offer-yes": offer, "offer-said": offer, "offer-stop": offer, "offer-again": offer,
  talk: alone, "talk-to": alone, "talk-asked": alone, "talk-away": alone,
};

/** What a phone does once it is enrolled; not fetched before. */
const errands = () => import("./phone/errands.js");
/** @type {typeof import("./phone/circles.js") | null} */
let circles = null;

const exit = document.body.dataset.exit ?? "";
let secret = takeFragment();
let writes = false;
/** @type {"" | "insecure" | "unsupported"} */
let cannot = "";

/** Whether there is a list of readers that the child has still to be shown. */
const unseen = () => Boolean(circles?.unseen().length);

/** Whether the child has still to be asked about an on-call list. */
const asked = () => Boolean(circles?.asks());

function homeOf() {
  const name = cannot || (!writes ? "elsewhere" : !enrolled() ? "start" : unseen() ? "new" : asked() ? "agree" : "home");
  return { name, params: name === "elsewhere" ? { here } : {} };
}

/** Goes on in this window, after another one had it. */
async function here() {
  writes = await takeOver();
  await arrive();
  await begin();
}

/** Another window goes on: what is being made here is sealed before it may. */
async function gone() {
  writes = false;
  const { leave } = await import("./phone/draft.js");
  await leave();
  shut();
  await home();
}

/** Takes up what the last time left, and shows the first screen. */
async function begin() {
  if (enrolled()) circles = await import("./phone/circles.js");
  await home();
  if (writes && secret) {
    await follow(secret);
    secret = "";
    return;
  }
  if (!writes || !enrolled()) return;
  const { mend } = await import("./phone/draft.js");
  await mend();
  await tasks();
}

/** Goes on with a square that the phone's own camera read. @param {string} fragment */
async function follow(fragment) {
  if (!fragment.startsWith("#t1.")) (await start()).linked(fragment);
  // A talk is for a phone that is linked; on another one the first screen says what this is.
  else if (enrolled()) await go("talk-scan", { text: fragment });
}

/** Sends what waits and asks what is new. */
async function tasks() {
  if (!writes || !enrolled()) return;
  const { run } = await errands();
  await run({ all: true });
}

/** The texts of this child's language and level, and the frame in them. */
async function words() {
  const kept = enrolled() ? phone().lang : document.documentElement.lang;
  const lang = LANGUAGES.find((one) => one === kept) ?? "nl";
  await load(lang, "child");
  setLevel(enrolled() && phone().level === "8" ? "8" : "");
  document.documentElement.lang = lang;
  frame();
}

/**
 * Speaks another language from now on.
 *
 * @param {"nl" | "en"} lang
 */
async function speak(lang) {
  document.documentElement.lang = lang;
  if (enrolled()) await change((kept) => void (kept.lang = lang));
  await words();
  await again();
}

/** Puts the styles to use that the first paint did not wait for, and waits for them when they are still on their way. */
async function styles() {
  const link = document.getElementById("more");
  if (!(link instanceof HTMLLinkElement)) return;
  if (!link.sheet) {
    await new Promise((resolve) => {
      link.addEventListener("load", resolve);
      link.addEventListener("error", resolve);
      // It may have failed before anybody listened: the app then goes on without it.
      addEventListener("load", resolve);
      if (document.readyState === "complete") resolve(null);
    });
  }
  link.media = "all";
}

/**
 * Leaves at once: nothing readable stays on the screen, the lock shuts, and Back leads past this app.
 *
 * What was being made is sealed already, but for the last moment; that goes on while the other page is fetched.
 *
 * @param {Event} [event]
 */
function leave(event) {
  event?.preventDefault();
  end();
  document.body.replaceChildren();
  shut();
  const out = () => location.replace(exit);
  if (depth() === 0) {
    out();
    return;
  }
  // The steps through the app lie in the history as well: first back to where it began, then away from there.
  addEventListener("popstate", out, { once: true, capture: true });
  history.go(-depth());
  setTimeout(out, 80);
}

function ways() {
  document.getElementById("away")?.addEventListener("click", leave);
  document.getElementById("help")?.addEventListener("click", (event) => {
    event.preventDefault();
    if (shown() !== "help") void go("help");
  });
  let pressed = 0;
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - pressed < TWICE) leave();
    pressed = event.timeStamp;
  });
}

function watches() {
  let hidden = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const away = () => {
    if (!open() && !inHand() && !inTalk()) return;
    shut();
    void home();
  };
  const save = () => void import("./phone/draft.js").then((draft) => draft.save());
  document.addEventListener("visibilitychange", () => {
    const main = document.getElementById("main");
    // What the task switcher keeps a picture of.
    main?.classList.toggle("veiled", document.hidden);
    if (document.hidden) {
      hidden = Date.now();
      timer = setTimeout(away, AWAY);
      if (inHand()) save();
      return;
    }
    clearTimeout(timer);
    // Timers sleep with the phone.
    if (hidden && Date.now() - hidden >= AWAY) away();
    hidden = 0;
    void tasks();
  });
  addEventListener("pagehide", () => {
    if (inHand()) save();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    shut();
    void home();
  });
  addEventListener("online", () => void tasks());
  // A list that has to be shown, or a phone that was switched off, is said on the first screen, not in mid-sentence.
  let last = "";
  watch(() => {
    if (enrolled() && !circles) void import("./phone/circles.js").then((found) => void (circles = found));
    const now = JSON.stringify([enrolled() && phone().off, unseen()]);
    const differs = now !== last;
    last = now;
    if (differs && ["home", "new"].includes(shown())) void home();
  });
}

/** Whether nothing has been begun that a new start would interrupt. */
const idle = () => !inHand() && !inTalk() && ["start", "home", "new"].includes(shown());

/** Keeps the app for times without a network, and takes a new version when nothing is being made. */
async function keep() {
  if (!("serviceWorker" in navigator)) return;
  /** @type {{createScriptURL: (url: string) => string}} */
  const rules = { createScriptURL: only };
  const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("kindstem", rules) ?? rules;
  try {
    const registration = await navigator.serviceWorker.register(policy.createScriptURL("/sw.js"), { scope: "/" });
    const drafts = enrolled() && (await import("./vault.js").then((vault) => vault.parcels())).some((one) => one.state === "draft");
    // A new version waits until every window is closed, or until now: nothing has been begun yet.
    if (!registration.waiting || drafts || !idle()) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (idle()) location.reload();
    });
    registration.waiting.postMessage("go");
  } catch {
    // Private windows refuse it: the app then works with a network only.
  }
}

/** @param {string} url */
function only(url) {
  if (url !== "/sw.js") throw new TypeError("not a script of ours");
  return url;
}

ways();
const styled = styles();
screens(MODULES, homeOf);
if (!isSecureContext) cannot = "insecure";
else {
  try {
    await arrive();
    writes = await takeTurn(gone);
  } catch {
    cannot = "unsupported";
  }
}
await Promise.all([words(), styled]);
document.body.addEventListener("speak", (event) => void speak(/** @type {CustomEvent} */ (event).detail));
watches();
onFragment((found) => {
  secret = found;
  if (writes) void begin();
});
await begin();
await keep();
