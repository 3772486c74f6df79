/**
 * Who can read me: names, since when, the number to compare; and somebody new, before anything is sent to them.
 *
 * @module
 */

import { recordHash, safetyNumber } from "../crypto/keys.js";
import { act, acts, note, row, status, title } from "../parts/child-bits.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { go, home } from "../parts/screens.js";
import { day, t } from "../parts/words.js";
import { changes, names, newestList, reads, saw, shownList, unseen, waitingList } from "../phone/circles.js";
import { phone } from "../phone/here.js";
import { open } from "../phone/memory.js";
import { lockResets } from "../phone/news.js";
import { goesBy } from "../phone/reach.js";
import { parseSigned } from "../wire.js";
import { absent } from "./child-home.js";
import { what } from "./child-service.js";

/** @typedef {import("../vault.js").Circle} Circle */
/** @typedef {import("../wire.js").Reader} Reader */

const LINE = /** @type {Record<string, string>} */ ({ worker: "child.readers.item.1", second: "child.readers.item.2", confidant: "child.readers.item.3", oncall: "child.service.item", independent: "child.offer.reads" });

/**
 * What somebody is to the child, and since when; the name stands above it.
 *
 * @param {Reader} reader
 */
function since({ role, since: from }) {
  // At noon, so that no clock makes it the day before.
  const date = day(new Date(`${from.slice(0, 10)}T12:00:00`));
  return t(LINE[role], { name: "", date }).replace(/^[\s,]+/, "");
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  reading() {
    const circles = /** @type {Circle[]} */ (["worker", "confidant", "independent"]).filter((circle) => shownList(circle) && reads(circle));
    const { confidant, independent } = names();
    // Who talks with the child alone can be sent away here, also once the talk was held.
    const talker = shownList("independent")?.readers[0].name;
    const to = (/** @type {string} */ screen) => (open() ? go(screen) : go("unlock", { then: screen }));
    return {
      body: [
        title(t("child.home.5")),
        ...circles.map((circle) => h("section", { class: "section-s stack" }, people(circle), absent(circle))),
        [confidant, independent].filter(Boolean).map((one) => h("p", { class: "soft small section-s" }, t("child.enrol.confidant", { confidant: one }))),
        served(),
        gone(),
        lockResets().map(({ name, at }) => note(t("child.readers.reset", { name, date: day(Date.parse(at)) }), { icon: "i-lock", class: "section-s" })),
        h(
          "section",
          { class: "section rows" },
          talker ? row({ label: t(reads("independent") ? "child.offer.readers.stop" : "child.offer.readers.again", { name: talker }), art: "read-other", press: () => void to(reads("independent") ? "offer-stop" : "offer-again") }) : null,
          row({ label: t("child.readers.know"), art: "rights", press: () => void go("know", { at: 0, only: true }) }),
          row({ label: t("child.pin.change.1"), art: "read-self", press: () => void (open() ? go("pin-change") : go("unlock", { then: "pin-change" })) }),
        ),
        h("div", { class: "section" }, note(t("child.lost", names()))),
      ],
    };
  },

  /** A list that the child has not been shown yet. Nothing is sealed to who is new until it has. */
  new() {
    const circle = unseen()[0];
    if (!circle) return null;
    const list = newestList(circle);
    if (!list) return null;
    const before = shownList(circle);
    const { came, went } = changes(before, list);
    // Each who came stands in the place of one who went, if there is one; the others who went are named by themselves.
    const left = [...went];
    const replaced = new Map(
      came.map((one) => {
        const at = left.findIndex((other) => other.role === one.role);
        return [one, at < 0 ? undefined : left.splice(at, 1)[0]];
      }),
    );
    const date = day(Date.parse(list.at));
    const place = status();
    const { second, worker } = names();
    // Whom to ask about somebody new: a reader who was there before.
    const ask = before?.readers.find((one) => list.readers.some((other) => other.person === one.person))?.name ?? second ?? worker;
    const onward = async () => {
      await saw(circle, list.number);
      await home();
    };
    return {
      back: false,
      body: [
        title(came.length && circle !== "oncall" ? t("child.new.title") : t("child.home.5")),
        h(
          "div",
          { class: "stack section-s" },
          came.map((one) => {
            const old = replaced.get(one);
            return h(
              "div",
              { class: "card" },
              h("p", null, circle === "oncall" ? t("child.service.added", { name: one.name, date }) : circle === "independent" ? t("child.offer.only", { name: one.name, date }) : old ? t("child.new.body", { name: one.name, old: old.name, date }) : t("child.new.added", { name: one.name, date })),
            );
          }),
          left.map((one) => h("p", null, t("child.readers.item.4", { name: one.name, date }))),
        ),
        place.element,
        acts(
          act(t("child.new.1"), () => void onward()),
          came.length ? act(t("child.new.2"), () => place.say(t("child.new.doubt", { name: came[0].name, second: ask })), "plain") : null,
          act(t("child.new.3"), () => void go("who", { way: "write" }), "plain"),
        ),
      ],
    };
  },
};

/** The on-call service: who they are, what they see, and what they call the child; or that it is asked about. */
function served() {
  const asked = waitingList() ? h("div", { class: "rows" }, row({ label: t("child.service.waits"), art: "i-flag", press: () => void go("agree") })) : null;
  if (!shownList("oncall")) return asked && h("section", { class: "section" }, asked);
  return h(
    "section",
    { class: "section stack", "aria-labelledby": "service", "data-service": true },
    h("h2", { id: "service" }, t("child.service.title")),
    people("oncall"),
    what(),
    h("div", { class: "rows" }, row({ label: t("child.service.row", { name: goesBy() ?? t("child.service.none") }), art: "i-pen", press: () => void go("called") })),
    asked,
  );
}

/** The readers of a circle, each with the number to compare. @param {Circle} circle */
function people(circle) {
  const order = ["worker", "second", "confidant"];
  const readers = [...(shownList(circle)?.readers ?? [])].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
  return h(
    "ul",
    { class: "rows" },
    readers.map((reader) => {
      const digits = h("div", null);
      const fold = h("details", { class: "log" }, h("summary", null, t("child.readers.number", { name: reader.name })), digits);
      // The number takes thousands of steps: only for who wants to see it.
      fold.addEventListener("toggle", () => void (fold.open && number(reader, digits)));
      return h(
        "li",
        { class: "row" },
        drawing("read-other"),
        h("span", null, h("b", null, h("bdi", null, reader.name)), h("small", null, since(reader))),
        fold,
      );
    }),
  );
}

/** @param {Reader} reader @param {HTMLElement} into */
async function number(reader, into) {
  if (into.childElementCount) return;
  fill(into, h("p", { class: "soft small", role: "status" }, t("child.readers.busy")));
  const digits = await numberOf(reader);
  fill(into, digits && h("p", { class: "safety" }, h("bdi", null, digits)), h("p", { class: "soft small" }, t("child.readers.compare", { name: reader.name })));
}

/**
 * The safety number with a reader: over both records (docs/protocol/keys.md).
 *
 * @param {Reader} reader
 * @returns {Promise<string | null>} Null when the reader's own record is not here, or is not that of the list.
 */
async function numberOf(reader) {
  const found = phone().persons.find((one) => one.person === reader.person)?.record;
  if (!found) return null;
  const { record } = parseSigned(found, "person");
  const same = record.person === reader.person && record.reading === reader.reading && record.signing.join() === reader.signing.join();
  return same ? safetyNumber(await recordHash(phone().record.record), await recordHash(record)) : null;
}

/** Who read once and does no more. */
function gone() {
  const lines = [];
  for (const list of Object.values(phone().lists)) {
    for (const [at, { record }] of list.entries()) {
      const before = list[at - 1]?.record;
      if (!before) continue;
      const { went } = changes(before, record);
      const left = went.filter((one) => !list.at(-1)?.record.readers.some((/** @type {Reader} */ now) => now.person === one.person));
      lines.push(...left.map((one) => t("child.readers.item.4", { name: one.name, date: day(Date.parse(record.at)) })));
    }
  }
  return lines.length ? h("ul", { class: "soft small section-s" }, lines.map((text) => h("li", null, text))) : null;
}

