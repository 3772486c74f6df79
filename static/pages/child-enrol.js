/**
 * Enrolment, together with the jeugdbeschermer: who will read, what to know, the six digits, the lock.
 *
 * @module
 */

import { KindstemError } from "../errors.js";
import { act, acts, busy, headed, note, sentence, split, status, title } from "../parts/child-bits.js";
import { rows } from "../parts/choices.js";
import { drawing } from "../parts/draw.js";
import { h } from "../parts/h.js";
import { pad } from "../parts/pad.js";
import { go, home, swap } from "../parts/screens.js";
import { LANGUAGES, series, setLevel, spoken, t } from "../parts/words.js";
import { sendNow } from "../phone/draft.js";
import { answer, confirmed, drop, finish, offered, offeredNames, underWay } from "../phone/enrol.js";
import { run } from "../phone/errands.js";
import { enrolled, phone } from "../phone/here.js";
import { tooEasy } from "../phone/lock.js";
import { names } from "../phone/circles.js";
import { goesBy, service } from "../phone/reach.js";

/** How often the phone asks whether the professional said yes, in milliseconds. */
const ASK = 2000;

/** What the child answered about its phone; it is sent once there is somebody to send it to. */
let said = "";

/** The cards of what to know first: key of the text, and what stands below it. */
const CARDS = /** @type {const} */ ([
  ["child.know.read", "who"],
  ["child.know.choose", "read-other"],
  ["child.know.share", "i-two"],
  ["child.know.parents", "i-home"],
  ["child.know.night", "pl-moon"],
  ["child.know.phone", "i-eye"],
  ["child.exit.what", "i-exit"],
]);

/** Names while enrolling, and afterwards. */
const known = () => (underWay() ? offeredNames() : names());

/** Gives up: nothing was written, nothing is linked. */
function stop() {
  drop();
  void home();
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  readers() {
    if (!underWay()) return null;
    const bundle = offered();
    const theirs = LANGUAGES.find((one) => one === bundle.lang);
    if (theirs && theirs !== spoken() && !document.documentElement.dataset.chosen) {
      // The professional set the child's language; what the child itself chose goes before.
      document.documentElement.dataset.chosen = theirs;
      document.body.dispatchEvent(new CustomEvent("speak", { detail: theirs }));
    }
    setLevel(bundle.level === "8" ? "8" : "");
    const { worker, second, confidant } = known();
    const served = bundle.lists.find((one) => one.circle === "oncall")?.readers ?? [];
    const [first, rest] = split(t("child.enrol.readers", { worker, second }));
    const place = status();
    return {
      body: [
        title(first),
        rest ? h("p", { class: "lead" }, rest) : null,
        h(
          "div",
          { class: "rows section-s" },
          person(worker, "child.readers.role.1"),
          person(second, "child.readers.role.2"),
          confidant ? person(confidant, "child.readers.role.3") : null,
        ),
        confidant ? h("p", { class: "soft small section-s" }, t("child.enrol.confidant", { confidant })) : null,
        served.length
          ? h("div", { class: "section-s", "data-service": true }, h("div", { class: "rows" }, served.map((one) => person(one.name, "child.enrol.service.role"))), h("p", { class: "soft small section-s" }, t("child.enrol.service", known())))
          : null,
        place.element,
        acts(
          act(t("child.enrol.button.1"), () => void go("know", { at: 0 })),
          act(t("child.enrol.button.2"), () => place.say(t("child.enrol.unknown")), "plain"),
        ),
      ],
    };
  },

  know({ at, only = false }) {
    if (!underWay() && !enrolled()) return null;
    const [key, art] = CARDS[at];
    const last = at === CARDS.length - 1;
    const values = known();
    const place = status();
    const onward = () => {
      if (!last) void go("know", { at: at + 1, only });
      else if (only) void go("reading");
      else void go("phone");
    };
    return {
      body: [
        art ? h("div", { class: "card-art" }, drawing(art)) : null,
        ...headed(t(key, values)),
        // The simpler text stands alone; the other one ends where its points begin.
        key === "child.know.phone" && t(key, values).endsWith(":") ? points() : null,
        key === "child.exit.what" ? h("p", { class: "section-s" }, t("child.exit.limit"), " ", t("child.exit.draft.1")) : null,
        place.element,
        acts(
          act(t(last ? "child.know.ready.1" : "child.common.1"), onward),
          only ? null : act(t("child.know.ready.2", values), () => place.say(t("child.know.question")), "plain"),
        ),
        h("p", { class: "soft small center section-s" }, t("child.know.step", { n: at + 1, all: CARDS.length })),
      ],
    };
  },

  phone() {
    if (!underWay()) return null;
    const options = series("child.phone.answer.#");
    const [first, rest] = split(t("child.phone.question"));
    const place = status();
    const more = (/** @type {string} */ value) => {
      const at = options.indexOf(value);
      if (at === 1) place.say(t("child.phone.sometimes"));
      else if (at === 2 || at === 3) place.say(t("child.phone.often", known()));
      else place.hush();
    };
    return {
      body: [
        h("fieldset", null, h("legend", null, title(first)), rest ? h("p", { class: "lead" }, rest) : null, rows(options, said || null, (value) => {
          said = value ?? "";
          more(said);
        })),
        place.element,
        acts(
          act(t("child.common.1"), () => void go("compare")),
          act(t("child.common.3"), () => {
            said = "";
            void go("compare");
          }, "plain"),
        ),
      ],
    };
  },

  async compare() {
    if (!underWay()) return null;
    const place = status();
    let digits = "";
    try {
      digits = await answer();
    } catch (error) {
      place.wrong(sentence(error, known()));
      return {
        body: [title(t("child.enrol.again")), place.element, acts(act(t("child.frame.again"), () => void swap("compare")), act(t("child.common.5"), stop, "plain"))],
      };
    }
    let on = true;
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const ask = async () => {
      try {
        const state = await confirmed();
        if (!on) return;
        place.hush();
        if (state === "active") {
          await swap("pin");
          return;
        }
        if (state === "dropped") {
          drop();
          place.wrong(t("child.enrol.dropped"));
          return;
        }
      } catch (error) {
        if (!on) return;
        place.wrong(sentence(error, known()));
        if (error instanceof KindstemError && error.code !== "busy") return;
      }
      timer = setTimeout(() => void ask(), ASK);
    };
    timer = setTimeout(() => void ask(), ASK);
    const differ = () => {
      on = false;
      drop();
      place.wrong(t("child.enrol.differ"));
    };
    return {
      body: [
        ...headed(t("child.enrol.compare")),
        h("p", { class: "digits" }, h("bdi", null, `${digits.slice(0, 3)} ${digits.slice(3)}`)),
        h("p", { class: "section-s" }, t("child.enrol.waiting")),
        place.element,
        acts(act(t("child.enrol.notsame"), differ, "plain"), act(t("child.enrol.again"), stop, "bare")),
      ],
      leave() {
        on = false;
        clearTimeout(timer);
      },
    };
  },

  pin() {
    if (!underWay()) return null;
    const kind = offered().level === "8" ? "pictures" : "pin";
    const place = status();
    let first = "";
    const heading = title("");
    const say = (/** @type {string} */ text) => {
      const [head, rest] = split(text);
      heading.textContent = head;
      lead.textContent = rest;
    };
    const lead = h("p", { class: "lead" });
    const keys = pad(kind, async (secret) => {
      place.hush();
      if (!first) {
        if (tooEasy(kind, secret)) {
          place.wrong(t("child.pin.easy"));
          keys.clear();
          return;
        }
        first = secret;
        keys.clear();
        say(t("child.pin.again"));
        heading.focus();
        return;
      }
      if (secret !== first) {
        first = "";
        keys.clear();
        place.wrong(t("child.pin.differ"));
        say(t("child.pin.set", { n: 5 }));
        return;
      }
      keys.rest(true);
      try {
        await busy(place, t("child.pin.making"), () => finish(secret, spoken()));
        await linked();
      } catch (error) {
        first = "";
        keys.clear();
        place.wrong(sentence(error, known()));
        say(t("child.pin.set", { n: 5 }));
      } finally {
        keys.rest(false);
      }
    });
    say(t("child.pin.set", { n: 5 }));
    return {
      back: false,
      body: [heading, lead, keys.element, place.element, h("p", { class: "soft small section-s" }, t("child.pin.forced", known()))],
    };
  },

  linked() {
    if (!enrolled()) return null;
    return {
      back: false,
      body: [
        ...headed(t("child.enrol.done")),
        note(t("child.exit.what"), { icon: "i-exit", class: "section-s" }),
        acts(
          act(t("child.enrol.next.1"), () => void go("who", { way: "feel" })),
          act(t("child.enrol.next.2"), () => void home(), "plain"),
        ),
      ],
    };
  },
};

/** The phone is this child's now: what it said about its phone goes along, sealed like everything else. */
async function linked() {
  const value = said;
  said = "";
  if (service().length && goesBy() === undefined) await swap("called", { then: "linked" });
  else await swap("linked");
  if (value) {
    const { level, lang } = phone();
    const answers = [{ key: "child.phone", prompt: t("child.phone.question"), options: series("child.phone.answer.#"), value }];
    await sendNow({ kind: "checkin", circle: "worker", doc: { v: 1, level, lang, answers, parts: [] } });
  }
  await run();
  await navigator.storage?.persist?.().catch(() => false);
}

/** @param {string} name @param {"child.readers.role.1" | "child.readers.role.2" | "child.readers.role.3" | "child.enrol.service.role"} key */
function person(name, key) {
  return h("div", { class: "row" }, drawing("read-other"), h("span", null, h("b", null, h("bdi", null, name)), h("small", null, t(key))));
}

/** What a phone gives away, point by point. */
function points() {
  return h("ul", { class: "points section-s" }, series("child.know.phone.#").map((one) => h("li", null, one)));
}

