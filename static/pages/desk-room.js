/**
 * The child's screens on a professional's device, in kindmodus (docs/decisions/0016, 0018).
 *
 * They know what they were handed and nothing else: no key, no session, no word of the desk. What is said here is given
 * away at once, to be closed; going back leads through these screens and to no other.
 *
 * @module
 */

import { act, acts, busy, headed, note, row, sentence, split, status, title, together } from "../parts/child-bits.js";
import { after } from "../parts/child-flow.js";
import { houseDoors, houseHead } from "../parts/child-house.js";
import { paperRows, whole } from "../parts/child-paper.js";
import { questions } from "../parts/child-questions.js";
import { inOtherWays, reacting, review } from "../parts/child-review.js";
import { rightsScreens } from "../parts/child-rights.js";
import { saying } from "../parts/child-saying.js";
import { article } from "../parts/child-thread.js";
import { drawing } from "../parts/draw-more.js";
import { frame, head } from "../parts/frame.js";
import { fill, h } from "../parts/h.js";
import { hush } from "../parts/player.js";
import { makingHere } from "../parts/room-making.js";
import { offerScreens } from "../parts/room-offer.js";
import { talkScreens } from "../parts/room-talk.js";
import { wishScreens } from "../parts/room-wish.js";
import { clock, day, series, setLevel, setNames, t } from "../parts/words.js";
import { payloadOf, saysNothing } from "../making.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../making.js").Way} Way */
/** @typedef {import("../parts/child-thread.js").Thread} Thread */
/** @typedef {import("../parts/desk-kept.js").Said} Said */
/** @typedef {import("../parts/room-talk.js").Asked} Asked */
/** @typedef {import("../parts/screens.js").Params} Params */

/**
 * All that is left in memory of what the desk knew.
 *
 * @typedef {object} Lent
 * @property {string} child - The kindnummer.
 * @property {"8" | "12"} level
 * @property {string} lang
 * @property {boolean} phone - That the child has a phone to go on with later.
 * @property {string} owner - Whose device it is.
 * @property {string} worker @property {string} second - Who reads the child, by name.
 * @property {string[]} readers - Who can read what is said here; nobody where nothing can be said.
 * @property {string[]} to - The same, by their ids.
 * @property {Asked | null} asked - The talk that is asked about.
 * @property {Thread[] | null} threads - What the child said in the room before, newest first; null where that could not be
 *   fetched.
 * @property {import("../parts/child-paper.js").Paper[]} papers - What is written about it and offered to it here.
 * @property {[string, {doc: any, attachments: Bytes[]}][]} quoted - Its own entries that stand in there, by id.
 * @property {{id: string, at: string}[]} closed - What it said and nobody here has opened yet.
 * @property {import("../parts/room-wish.js").Choice[]} choices - With whom it can ask to talk alone.
 * @property {import("../parts/room-wish.js").Wish[]} wishes - What it asked, and is open.
 * @property {import("../parts/room-offer.js").RoomOffer | null} offer - The independent talk that it is offered.
 * @property {Record<"worker" | "confidant", string[]>} circles - Who sees what it asks, by name.
 * @property {Said[]} drafts - What it began and did not finish.
 */

/** The screens in which something is said, in their order; `alone` is not asked in the room. */
const STEPS = ["mood", "feel", "safe", "where", "say", "want", "share"];

/**
 * Shows the child's screens in place of everything that stood in this document.
 *
 * @param {Lent} lent
 * @param {{answer: (place: string, answer: Bytes) => Promise<void>, said: (id: string, bytes: Bytes | null) => Promise<void>, leave: (spoke: boolean) => void}} hooks -
 *   The first two close what was said and keep it; `leave` is for the professional, back to the door.
 */
export function room(lent, hooks) {
  const young = lent.level === "8";
  const names = { worker: lent.worker, second: lent.second, confidant: "" };
  const readers = together(lent.readers);
  setLevel(young ? "8" : "");
  setNames({ worker: lent.owner, second: lent.second, confidant: "" });
  const making = makingHere(lent, hooks.said);
  let drafts = [...lent.drafts];
  let asked = lent.asked;
  let spoke = false;
  const gone = new AbortController();

  // --- going about ---------------------------------------------------------------------------------------------------

  /** @type {{name: string, params: Params}[]} */
  let trail = [];
  let turn = 0;
  /** @type {(() => void) | undefined} */
  let leaving;

  const render = async () => {
    const mine = (turn += 1);
    const { name, params } = trail[trail.length - 1];
    const screen = (await screens[name](params)) ?? (await screens.tablet({}));
    if (mine !== turn || !screen) return;
    leaving?.();
    leaving = screen.leave;
    hush();
    const back = trail.length > 1 && screen.back !== false;
    head(back ? { label: t("child.common.2"), icon: "i-back", press: goBack, word: false } : null);
    const main = h("main", { class: "page", id: "main", tabindex: "-1", "data-screen": name });
    fill(main, ...screen.body);
    document.getElementById("main")?.replaceWith(main);
    scrollTo(0, 0);
    const first = main.querySelector("h1");
    first?.setAttribute("tabindex", "-1");
    first?.focus({ preventScroll: true });
  };
  /** @param {string} name @param {Params} [params] */
  const go = (name, params = {}) => {
    trail = [...trail, { name, params }];
    void render();
  };
  /** @param {string} name @param {Params} [params] */
  const swap = (name, params = {}) => {
    trail = [...trail.slice(0, -1), { name, params }];
    void render();
  };
  const goBack = () => {
    trail = trail.slice(0, -1);
    void render();
  };
  /** What was being made waits on the first screen, and on this device. */
  const putAside = () => {
    const before = making.aside();
    if (before) drafts = [before, ...drafts];
  };
  const home = async () => {
    trail = [{ name: "tablet", params: {} }];
    await render();
  };
  /** The last screen: whoever looks at it next is not the child, so what was said stands there no more. */
  const end = (/** @type {string} */ kept, names = readers) => {
    putAside();
    const begun = drafts.length > 0;
    drafts = [];
    trail = [{ name: "ended", params: { kept, begun, names } }];
    void render();
  };

  /** @type {import("../parts/child-questions.js").Place} */
  const place = {
    ...making,
    forget: () => void making.aside(),
    names: () => names,
    young: () => young,
    onward: (step, params, made) => (params.change ? goBack() : go(next(step, made.way))),
    swap,
    stop: () => void home(),
    steps: STEPS,
    alarm: null,
    keeps: "child.tablet.keeps",
    danger: "child.tablet.danger",
  };

  /** @param {string} step @param {Way} way @returns {string} The screen after this one. */
  const next = (step, way) => {
    const to = after(step, way, "worker");
    return to === "alone" ? "check" : to;
  };

  /** @param {Way} way */
  const begin = (way) => {
    putAside();
    const made = making.begin(way);
    go(next("who", made.way));
  };

  /** Into a house: on with what was begun there, or with something new. @param {import("../making.js").House} house */
  const enter = (house) => {
    putAside();
    const before = drafts.find((one) => one.doc.house === house);
    if (before) {
      drafts = drafts.filter((one) => one !== before);
      making.resume(before);
    } else making.begin("house", { house });
    go("say");
  };

  // --- the screens ---------------------------------------------------------------------------------------------------

  /** @param {string} art @param {string} label @param {() => void} press @param {string} cls */
  const door = (art, label, press, cls = "way") => {
    const button = h("button", { type: "button", class: cls, "data-door": art }, drawing(art), label);
    button.addEventListener("click", press);
    return button;
  };

  const draftCards = () =>
    drafts.map((said) => {
      const went = new Date(said.at);
      const onward = () => {
        putAside();
        drafts = drafts.filter((one) => one !== said);
        making.resume(said);
        go("check");
      };
      return h(
        "section",
        { class: "card section-s", "data-draft": said.id },
        h("p", null, t("child.draft.kept"), " ", t("child.draft.when", { date: day(went), time: clock(went) })),
        acts(act(t("child.draft.button.1"), onward), act(t("child.draft.button.4"), () => go("draft", { said }), "plain")),
      );
    });

  /** Finishes what is in hand. @param {ReturnType<typeof status>} told */
  const finish = async (told) => {
    try {
      await busy(told, t("child.send.busy"), making.finish);
    } catch (error) {
      told.wrong(sentence(error, names));
      return;
    }
    spoke = true;
    end("child.tablet.said");
  };

  /** @param {() => void} send @param {ReturnType<typeof status>} told */
  const foot = (send, told) => [
    h("div", { class: "section stack" }, note(t("child.tablet.fixed", { worker: lent.owner, names: readers }), { icon: "i-lock" })),
    told.element,
    acts(act(t("child.send.to", { names: readers }), send), act(t("child.send.button.3"), () => go("draft"), "bare")),
  ];

  /** @param {import("../making.js").Making} made @param {string | undefined} of - What was answered. @param {ReturnType<typeof status>} told */
  const reaction = (made, of, told) => [
    ...reacting(made, of, place.note),
    inOtherWays(made, payloadOf(made, lent), lent.worker, (mode) => go("say", { change: true, mode })),
    ...foot(() => void finish(told), told),
  ];

  /**
   * What this child said in the room before: all of it, or its houses alone.
   *
   * @param {(thread: Thread) => boolean} [asked]
   */
  const said = (asked) => {
    /** @type {import("../parts/child-thread.js").Around} */
    const around = {
      since: "",
      fresh: false,
      names: () => names,
      receivers: () => readers,
      react: lent.readers.length ? (about, _circle, answered) => go("react", { about, answered }) : null,
      tablet: false,
    };
    // What nobody has opened yet may be anything, and stands among all of it.
    const closed = (asked ? [] : lent.closed).map(({ at }) => {
      const moment = Date.parse(at);
      return h("article", { class: "entry" }, note(t("child.tablet.closed", { date: day(moment), time: clock(moment), name: lent.owner }), { icon: "i-lock" }));
    });
    const threads = (lent.threads ?? []).filter(asked ?? (() => true));
    return { body: [title(t(asked ? "child.house.before" : "child.home.4")), h("div", { class: "thread" }, closed, threads.map((one) => article(one, around)))] };
  };

  /** @type {Record<string, import("../parts/screens.js").Make>} */
  const screens = {
    ...questions(place),
    say: saying(place),
    ...rightsScreens({ names: () => names, young: () => young, go, swap, back: () => goBack() }),

    houses() {
      putAside();
      const [first, rest] = split(t("child.house.lead"));
      const before = (lent.threads ?? []).some(isHouse);
      return {
        body: [
          title(first),
          h("p", { class: "lead" }, rest),
          houseDoors(new Set(drafts.flatMap((one) => one.doc.house ?? [])), enter),
          h("p", { class: "small soft section-s" }, t("child.tablet.readers", { names: readers })),
          before ? h("div", { class: "rows section" }, row({ label: t("child.house.before"), art: "read-worker", press: () => go("houses-before") })) : null,
        ],
      };
    },

    tablet() {
      putAside();
      const [whose, yours, watch] = series("child.tablet.#");
      const told = lent.threads !== null && (lent.threads.length > 0 || lent.closed.length > 0);
      return {
        back: false,
        body: [
          title(split(whose)[0]),
          h("p", { class: "lead" }, yours),
          asked ? h("div", { class: "ways section-s" }, door("talk", t("child.home.ask"), () => go("claim"), "way low")) : null,
          lent.offer ? h("div", { class: "ways section-s" }, door("read-other", t("child.offer.row"), () => go("offer"), "way low")) : null,
          draftCards(),
          lent.readers.length
            ? h(
                "section",
                { class: "leaf open gap section-s", "aria-label": t("child.home.title") },
                h("h2", null, t("child.home.title")),
                h(
                  "div",
                  { class: "ways" },
                  door("way-feel", t("child.home.1"), () => begin("feel")),
                  door("way-say", t("child.say.how.2"), () => begin("say")),
                  door("way-draw", t("child.say.how.3"), () => begin("draw")),
                  door("way-write", t("child.say.how.1"), () => begin("write")),
                ),
                h("p", { class: "small soft" }, t("child.tablet.readers", { names: readers })),
              )
            : null,
          lent.choices.length ? h("div", { class: "ways section-s" }, door("alone", t("child.home.2"), () => go("wish"), "way low")) : null,
          h(
            "div",
            { class: "rows section-s" },
            lent.readers.length ? row({ label: t("child.home.3"), art: "three", press: () => go("houses") }) : null,
            lent.papers.length ? row({ label: t("child.home.written"), art: "right-file", press: () => go("written") }) : null,
            told ? row({ label: t("child.home.4"), art: "read-worker", press: () => go("messages") }) : null,
            row({ label: t("child.home.6"), art: "rights", press: () => go("rights") }),
          ),
          h("div", { class: "section stack" }, note(watch)),
          acts(act(t("child.common.5"), () => end(""), "plain")),
        ],
      };
    },

    check() {
      const made = making.inHand();
      if (!made) return null;
      const told = status();
      if (making.trouble()) told.wrong(sentence(making.trouble(), names));
      if (made.kind === "reaction") return { body: reaction(made, undefined, told) };
      const empty = saysNothing(made);
      const [first, rest] = split(t("child.send.check", { names: readers }));
      const more = h("button", { type: "button", class: "btn plain" }, drawing("i-plus"), t("child.check.add"));
      more.addEventListener("click", () => go("add", { change: true }));
      return {
        body: [
          title(t(made.house ? "child.house.more.3" : "child.check.title")),
          empty
            ? h("p", { class: "lead" }, t("child.empty"))
            : [
                h("p", { class: "lead" }, `${first}. `, h("b", null, rest)),
                h("section", { class: "leaf section-s", "aria-label": first }, made.house ? houseHead(made.house) : null, review(payloadOf(made, lent), (step, mode) => go(step, { change: true, mode }))),
              ].flat(),
          h("div", { class: "keys start section-s" }, more),
          ...(empty ? [acts(act(t("child.send.button.3"), () => go("draft"), "bare"))] : foot(() => void finish(told), told)),
        ].flat(),
      };
    },

    /** Throwing something away is asked once more: it does not come back. */
    draft({ said }) {
      const sure = async () => {
        if (said) {
          drafts = drafts.filter((one) => one !== said);
          await hooks.said(said.id, null);
        } else await making.throwAway();
        await home();
      };
      return { body: [...headed(t("child.draft.sure.1")), acts(act(t("child.draft.sure.2"), () => void sure(), "plain"), act(t("child.draft.sure.3"), goBack, "plain"))] };
    },

    messages: () => said(),
    "houses-before": () => said(isHouse),

    written: () => ({ body: [title(t("child.home.written")), h("div", { class: "stack", "data-part": "written" }, paperRows(lent.papers, (id) => go("paper", { id })))] }),

    paper({ id }) {
      const paper = lent.papers.find((one) => one.versions.some((two) => two.id === id));
      const shown = paper?.versions.find((one) => one.id === id);
      if (!paper || !shown) return null;
      const quoted = new Map(lent.quoted);
      const react = (/** @type {string} */ about, /** @type {any} */ part, /** @type {string} */ answered) => go("react", { about, part, answered });
      const around = { worker: lent.worker, young, react, ownEntry: (/** @type {string} */ entry) => quoted.get(entry) ?? null };
      return { body: [title(t("child.kp.title")), h("div", { class: "stack", "data-part": "paper" }, ...whole(paper, shown, around))] };
    },

    /** What the child thinks of an answer, or of a document or a part of it. */
    react({ about, answered, part }) {
      const now = making.inHand();
      const same = now?.about === about && JSON.stringify(now?.part) === JSON.stringify(part);
      if (!same) putAside();
      const made = same ? now : making.begin("react", { about, part });
      if (!made) return null;
      const told = status();
      return { body: reaction(made, answered, told) };
    },

    ended({ kept, begun, names: seen }) {
      const leave = () => {
        // Nothing of these screens outlives them: not on the page, and not held by it.
        gone.abort();
        hooks.leave(spoke);
      };
      const away = act(t("work.signin.1"), leave, "plain");
      away.dataset.act = "leave-kindmodus";
      return {
        body: [
          ...headed(series("child.tablet.#")[3]),
          h(
            "div",
            { class: "section-s stack" },
            kept ? note(t(kept, { name: lent.owner, names: seen }), { icon: "i-lock" }) : null,
            begun ? note(t("child.tablet.begun"), { icon: "i-lock" }) : null,
          ),
          acts(act(t("child.sent.more"), () => void home(), "plain"), away),
        ],
      };
    },
  };

  if (lent.choices.length) {
    Object.assign(
      screens,
      wishScreens({
        child: lent.child,
        choices: lent.choices,
        wishes: [...lent.wishes],
        readers: lent.circles,
        go,
        back: goBack,
        done: async (place, bytes, seen) => {
          await hooks.answer(place, bytes);
          spoke = true;
          end("child.tablet.wish", seen);
        },
      }),
    );
  }

  if (lent.offer) {
    Object.assign(
      screens,
      offerScreens({
        child: lent.child,
        offer: { ...lent.offer },
        worker: lent.worker,
        done: async (place, bytes) => {
          await hooks.answer(place, bytes);
          spoke = true;
          end("child.tablet.kept");
        },
      }),
    );
  }

  if (asked) {
    const talk = asked;
    Object.assign(
      screens,
      talkScreens({
        child: lent.child,
        young,
        phone: lent.phone,
        asked,
        go,
        later: () => end(""),
        done: async (answer) => {
          await hooks.answer(talk.talk, answer);
          asked = null;
          spoke = true;
          end("child.tablet.kept");
        },
      }),
    );
  }

  // --- the frame ------------------------------------------------------------------------------------------------------

  const tryout = document.querySelector(".trial") ? h("p", { class: "tryout", id: "tryout" }) : null;
  const header = h("header", null, tryout, h("div", { class: "top" }, h("span", null), h("span", null)));
  const aside = h("aside", { class: "lifeline", id: "hulp", "aria-labelledby": "hulp-kop" });
  const help = h("a", { class: "btn plain", href: "#hulp", id: "help" }, drawing("i-phone"), h("span", null));
  const bar = h("nav", { class: "bar" }, help);
  const skip = h("a", { class: "skip unseen", href: "#main" });
  // A jump would stand in the address and in the history.
  help.addEventListener("click", (event) => {
    event.preventDefault();
    aside.scrollIntoView({ block: "start" });
    const first = aside.querySelector("a");
    if (first instanceof HTMLElement) first.focus();
  });
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  });
  document.body.className = "child room";
  document.body.dataset.screen = "kindmodus";
  document.title = t("child.tab.title");
  fill(document.body, skip, header, h("main", { class: "page", id: "main", tabindex: "-1" }), aside, bar);
  frame();
  // Whoever puts the tablet away in the middle of a sentence loses none of it.
  document.addEventListener("visibilitychange", () => void making.save(), { signal: gone.signal });
  void home();
}

/** @param {Thread} thread */
const isHouse = ({ item }) => item.opened?.meta.kind === "house";
