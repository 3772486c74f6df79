/**
 * The first screen of an enrolled phone, and what stands in its place when another window is writing.
 *
 * While the lock is shut it tells nothing about messages: not that there are any, and not that something came.
 *
 * @module
 */

import { act, acts, headed, note, row, split, title, together } from "../parts/child-bits.js";
import { drawing } from "../parts/draw-more.js";
import { lifted } from "../parts/finger.js";
import { fill, h } from "../parts/h.js";
import { again, go, home } from "../parts/screens.js";
import { clock, day, load, spoken, t } from "../parts/words.js";
import { away, barred, names, readerNames, reads } from "../phone/circles.js";
import { isOffline, run } from "../phone/errands.js";
import { phone, watch } from "../phone/here.js";
import { inHand, open, shut } from "../phone/memory.js";
import { offerRows } from "../phone/news.js";
import { parcels } from "../vault.js";

/** @typedef {import("../vault.js").Parcel} Parcel */
/** @typedef {import("../phone/draft.js").Way} Way */

/** Sealing is fetched when something is begun. */
const drafts = () => import("../phone/draft.js");

/** What the camera needs in a room without a network, fetched once while there is one. */
let ready = false;
async function prepared() {
  if (ready || isOffline()) return;
  ready = true;
  await import("../parts/scanner.js").then(({ prepare }) => prepare()).catch(() => undefined);
}

/** Drafts that the child wants to leave for later; asked again at the next start. */
const later = new Set();

/**
 * Begins something through a door, or goes on with what is in hand: one message can hold several parts.
 *
 * @param {Way} way
 */
async function enter(way) {
  const { begin } = await drafts();
  const made = inHand();
  if (!made || made.kind !== "checkin") begin(way);
  else made.way = way;
  await go(made?.kind === "checkin" && made.circle ? { feel: "mood", say: "say", draw: "say", write: "say" }[/** @type {"feel"} */ (way)] : "who", { way });
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async home() {
    const opened = open() !== null;
    const news = h("div", { class: "stack" });
    const asked = h("div", { class: "section-s" });
    const more = h("section", { class: "section rows", "aria-label": t("child.home.rest") });
    const show = async () => {
      const [all, question, others] = await Promise.all([parcels(), after(), rows()]);
      const next = [...(offered ? [offered] : []), ...others];
      // What comes or goes here moves everything below it.
      await lifted();
      fill(news, ...drafted(all), ...unsent(all), ...said());
      fill(asked, ...question);
      // A row that stays as it was keeps its focus.
      if (next.some((one, at) => !one.isEqualNode(more.children[at] ?? null))) fill(more, ...next);
    };
    const offered = opened ? await offerRow() : null;
    await show();
    void prepared();
    const unwatch = watch(() => void show());
    const off = phone().off;
    return {
      back: false,
      left: opened ? { label: t("child.frame.lock"), icon: "i-lock", press: lock, word: true } : undefined,
      leave: unwatch,
      body: [
        title(t("child.home.title")),
        news,
        off
          ? null
          : h(
              "section",
              { class: "leaf open gap", "aria-label": t("child.home.title") },
              h(
                "div",
                { class: "ways" },
                way("way-feel", t("child.home.1"), "feel"),
                way("way-say", t("child.say.how.2"), "say"),
                way("way-draw", t("child.say.how.3"), "draw"),
                way("way-write", t("child.say.how.1"), "write"),
              ),
            ),
        off ? null : h("div", { class: "ways section-s" }, door("alone", t("child.home.2"), () => void go("talk"), "way low"), door("unsafe", t("child.home.9"), () => void go("unsafe"), "way low alarm")),
        // Below what the child came for.
        asked,
        more,
      ],
    };
  },

  elsewhere({ here }) {
    return {
      back: false,
      body: [
        title(split(t("child.tabs.1"))[0]),
        h("p", { class: "lead" }, t("child.tabs.2")),
        here ? acts(act(t("child.tabs.3"), () => void here())) : null,
      ],
    };
  },

  /** Throwing a draft away is asked once more: it does not come back. */
  draft({ parcel }) {
    return {
      body: [
        ...headed(t("child.draft.sure.1")),
        acts(
          act(
            t("child.draft.sure.2"),
            async () => {
              const { giveUp, throwAway } = await drafts();
              if (parcel) await giveUp(parcel);
              else await throwAway();
              await home();
              await run();
            },
            "plain",
          ),
          act(t("child.draft.sure.3"), () => history.back(), "plain"),
        ),
      ],
    };
  },
};

/** Shuts the lock; the screen then says nothing about messages any more. */
function lock() {
  shut();
  // Not this screen alone: the steps before and after it would still lead to what was open.
  void home();
}

/** @param {string} art @param {string} label @param {Way} to */
const way = (art, label, to) => door(art, label, () => void enter(to), "way");

/** @param {string} art @param {string} label @param {() => void} press @param {string} cls */
function door(art, label, press, cls) {
  const button = h("button", { type: "button", class: cls }, drawing(art), label);
  button.addEventListener("click", press);
  return button;
}

/** How long a child's first page waits for a row that can wait, in milliseconds. */
const PATIENCE = 1000;

/**
 * The offer of an independent talk, where one is known as this screen is made: later it would push away what a finger is on.
 *
 * @returns {Promise<HTMLElement | null>} Nothing, too, where its texts are not kept and the network is absent or slow.
 */
async function offerRow() {
  if (!offerRows().some((one) => !one.held)) return null;
  const late = new Promise((/** @type {(nothing: null) => void} */ resolve) => void setTimeout(resolve, PATIENCE, null));
  const asked = await Promise.race([Promise.all([import("../phone/offers.js").then(({ unanswered }) => unanswered()), load(spoken(), "talks")]).catch(() => null), late]);
  return asked && row({ label: t("child.offer.row"), art: "alone", press: () => void go("offer"), class: asked[0] ? "new" : "", small: asked[0] ? t("child.offer.row.new") : undefined });
}

/** @returns {Promise<HTMLElement[]>} */
async function rows() {
  // What came is said only to whoever opened the lock.
  const fresh = open() ? (await import("../phone/mail.js")).fresh() : 0;
  const unanswered = open() ? await (await import("../phone/talks.js")).anyUnanswered() : false;
  return [
    row({
      label: t("child.home.4"),
      art: "read-worker",
      press: () => void go("messages"),
      class: fresh ? "new" : "",
      small: fresh ? t("child.notice") : undefined,
    }),
    row({
      label: t("child.home.talks"),
      art: "talk",
      press: () => void go("talks"),
      class: unanswered ? "new" : "",
      small: unanswered ? t("child.home.ask") : undefined,
    }),
    ...(phone().off ? [] : [row({ label: t("child.home.3"), art: "three", press: () => void go("houses") })]),
    row({ label: t("child.home.written"), art: "right-file", press: () => void go("written") }),
    row({ label: t("child.home.5"), art: "who", press: () => void go("reading") }),
    row({ label: t("child.home.6"), art: "rights", press: () => void go("rights") }),
  ];
}

/**
 * What was being made: in hand still, or sealed.
 *
 * @param {Parcel[]} all
 * @returns {HTMLElement[]}
 */
function drafted(all) {
  const made = inHand();
  const found = all.filter((one) => one.state === "draft" && one.sealed && one.id !== made?.parcel?.id && !later.has(one.id)).reverse();
  const cards = found.map((parcel) => sealed(parcel));
  if (made && (made.parcel || made.answers.size || made.text?.text)) {
    cards.unshift(
      card(
        [t("child.draft.kept")],
        acts(
          act(t("child.draft.button.1"), () => void go("check")),
          act(t("child.draft.button.4"), () => void go("draft", {}), "plain"),
        ),
      ),
    );
  }
  return cards;
}

/** @param {Parcel} parcel */
function sealed(parcel) {
  const onward = async () => {
    if (!open()) {
      await go("unlock", { then: "draft", parcel });
      return;
    }
    const { resume } = await drafts();
    if (await resume(parcel)) await go("check");
  };
  const send = async () => {
    const { sendAsIs } = await drafts();
    await sendAsIs(parcel);
    await go("sent", { id: parcel.id, circle: parcel.circle });
  };
  const put = () => {
    later.add(parcel.id);
    void again();
  };
  const when = t("child.draft.when", { date: day(parcel.at), time: clock(parcel.at) });
  return card(
    [h("b", null, t("child.draft.kept")), ` ${when} `, open() ? null : t("child.draft.locked")],
    acts(
      act(t("child.draft.button.1"), () => void onward()),
      act(t("child.draft.button.2"), () => void send(), "plain"),
      act(t("child.draft.button.3"), put, "plain"),
      act(t("child.draft.button.4"), () => void go("draft", { parcel }), "plain"),
    ),
  );
}

/** @param {import("../parts/h.js").Child[]} text @param {HTMLElement} buttons */
function card(text, buttons) {
  buttons.classList.add("duo");
  return h("section", { class: "card kept" }, h("p", null, ...text), buttons);
}

/**
 * Messages that have not gone yet, and why.
 *
 * @param {Parcel[]} all
 * @returns {HTMLElement[]}
 */
function unsent(all) {
  const waiting = all.filter((one) => one.state !== "draft" && !one.quiet);
  if (waiting.length === 0) return [];
  const old = waiting.some((one) => Date.now() - one.at > 3 * 86_400_000);
  return [
    h(
      "div",
      { role: "status" },
      note([reason(waiting), old ? ` ${t("child.unsent.week")}` : null], { icon: "i-clock" }),
      waiting.every((one) => one.state === "stuck")
        ? null
        : act(t("child.frame.again"), () => void run({ all: true }), "bare"),
    ),
  ];
}

/** @param {Parcel[]} waiting */
function reason(waiting) {
  if (waiting.some((one) => one.why === "too-large")) return t("child.error.other.2");
  if (waiting.some((one) => one.state === "stuck")) return t("child.error.stuck", { worker: names().worker });
  if (waiting.every((one) => one.why.startsWith("quota"))) return t("child.error.quota");
  return t("child.unsent");
}

/**
 * The question after a talk, for who has opened the lock.
 *
 * @returns {Promise<HTMLElement[]>}
 */
async function after() {
  return open() ? (await import("../parts/child-after.js")).afterCard() : [];
}

/**
 * What has to be known before anything is said: this phone was switched off, a list that is not right, who is away.
 *
 * @returns {HTMLElement[]}
 */
function said() {
  const found = [];
  if (phone().alarm?.seen === false) {
    found.push(note([t("child.home.alarm"), " ", act(t("child.home.what"), () => void go("alarm"), "bare")], { icon: "i-warn", class: "heed" }));
  }
  if (phone().off) found.push(note(t("child.error.off", names()), { icon: "i-warn", class: "heed" }));
  for (const circle of /** @type {const} */ (["worker", "confidant", "independent"])) {
    if (circle === "independent" && !reads(circle)) continue;
    const why = barred(circle);
    if (why === "lower" || why === "wrong") {
      const values = { names: together(readerNames(circle)), worker: names().worker };
      found.push(note(t(why === "lower" ? "child.list.lower" : "child.list.wrong", values), { icon: "i-warn", class: "heed" }));
    }
    found.push(...absent(circle));
  }
  if (isOffline()) found.push(note(t("child.offline"), { icon: "i-info" }));
  return found;
}

/**
 * Who of a circle is away, and who reads then.
 *
 * @param {import("../vault.js").Circle} circle
 * @returns {HTMLElement[]}
 */
export function absent(circle) {
  const at = new Date();
  // The day here: in UTC it is still yesterday for the first hours of one.
  const gone = away(circle, new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10));
  if (gone.length === 0) return [];
  const left = readerNames(circle).filter((name) => !gone.some((one) => one.name === name));
  const text = gone.map(({ name, until }) => t("child.away.1", { name, date: day(new Date(`${until}T12:00:00`)) })).join(" ");
  const rest = left.length ? t("child.away.2", { name: left[0] }) : t("child.away.3");
  return [note(`${text} ${rest}`, { icon: "i-day" })];
}
