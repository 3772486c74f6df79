/**
 * Our talks: what was written down, what the child said of it, and the way in for a code in the room.
 *
 * With the lock shut there is nothing to see here but that way in: somebody who holds the phone learns of no talk.
 *
 * @module
 */

import { Offline } from "../api.js";
import { KindstemError } from "../errors.js";
import { act, acts, busy, headed, note, row, sentence, status, title } from "../parts/child-bits.js";
import { facts, reason, when, words } from "../parts/child-talk.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { scanner } from "../parts/scanner.js";
import { go, swap } from "../parts/screens.js";
import { clock, day, series, t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { phone, watch } from "../phone/here.js";
import { open } from "../phone/memory.js";
import { glance } from "../phone/news.js";
import { ask, isFirstCode, plans, scanned, talks, typed } from "../phone/talks.js";
import { PLACES } from "../talks.js";

/** @typedef {import("../phone/talks.js").Talk} Talk */

/** How many talks are shown at once. */
const PAGE = 10;
const CODE = 8;

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  async talks() {
    const heading = title(t("child.home.talks"));
    if (!open()) {
      return {
        body: [
          heading,
          h("p", { class: "lead" }, t("child.talks.locked")),
          acts(act(t("child.talks.open"), () => void go("unlock", { then: "talks" }), "", "i-lock")),
          together(),
        ],
      };
    }
    const place = status();
    const list = h("div", { class: "thread" });
    const planned = h("div", null);
    const more = act(t("child.talks.more"), () => void show(true), "plain");
    more.hidden = true;
    let wanted = PAGE;
    let before = "";
    let on = true;
    const show = async (further = false) => {
      if (further) wanted += PAGE;
      const [found, coming] = await Promise.all([talks(), plans()]);
      if (!on || !open()) return;
      const now = JSON.stringify([found, coming, wanted]);
      // What is being read is not taken away for nothing.
      if (now === before) return;
      before = now;
      more.hidden = found.talks.length <= wanted;
      fill(
        list,
        found.strange ? note(t("child.talks.strange", names()), { icon: "i-warn", class: "heed" }) : null,
        found.talks.slice(0, wanted).map(article),
        found.talks.length ? null : h("div", { class: "empty" }, drawing("quiet"), h("p", null, t("child.talks.empty"))),
      );
      fill(planned, fold(coming));
    };
    void (async () => {
      try {
        await busy(place, t("child.talks.busy"), glance);
        if (on) place.hush();
      } catch (error) {
        if (on) place.wrong(error instanceof Offline ? t("child.offline") : sentence(error, names()));
      }
      await show();
    })();
    const unwatch = watch(() => void (open() ? show() : (on = false)));
    return {
      leave() {
        on = false;
        unwatch();
      },
      body: [
        heading,
        place.element,
        phone().alarm ? h("div", { class: "section-s" }, row({ label: t("child.home.alarm"), art: "i-warn", press: () => void go("alarm"), class: "alarm short" })) : null,
        list,
        acts(more),
        planned,
        together(),
      ],
    };
  },

  /** The square on the worker's screen. */
  async "talk-scan"({ text }) {
    const place = status();
    const body = headed(t("child.enrol.scan"));
    const type = act(t("child.talks.type"), () => void swap("talk-code"), "plain", "i-text");
    const take = async (/** @type {string} */ found) => {
      try {
        await scanned(found);
        await swap("claim");
      } catch (error) {
        place.wrong(trouble(error));
      }
    };
    if (text) {
      // The phone's own camera read it, and opened the app.
      void take(text);
      return { body: [title(t("child.home.talks")), place.element, acts(type)] };
    }
    try {
      const { element, stop } = await scanner(t("child.talks.scan"), (found) => {
        if (!isFirstCode(found)) return false;
        void take(found);
        return true;
      });
      return { body: [...body, element, place.element, acts(type)], leave: stop };
    } catch {
      place.wrong(t("child.enrol.error.1"));
      return { body: [...body, place.element, acts(type)] };
    }
  },

  /** The short code, where a camera fails. */
  "talk-code"() {
    const place = status();
    const input = h("input", {
      class: "code",
      id: "code",
      autocomplete: "off",
      autocapitalize: "characters",
      autocorrect: "off",
      spellcheck: "false",
      enterkeyhint: "go",
      maxlength: 12,
    });
    const form = h(
      "form",
      null,
      ...headed(t("child.confirm.code")),
      h("label", { class: "label section-s", for: "code" }, t("child.confirm.label")),
      input,
      place.element,
      acts(h("button", { class: "btn full" }, t("child.common.1")), act(t("child.talks.scan"), () => void swap("talk-scan"), "bare")),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const n = input.value.replace(/[^0-9a-z]/gi, "").length;
      if (n !== CODE) {
        place.wrong(t("child.confirm.short", { n }));
        input.focus();
        return;
      }
      try {
        await busy(place, t("child.confirm.busy"), () => typed(input.value));
        await swap("claim");
      } catch (error) {
        place.wrong(trouble(error));
        input.focus();
      }
    });
    return { body: [form] };
  },
};

/** The way in for a code: in the room, also with the lock shut. */
function together() {
  return h(
    "section",
    { class: "card section stack" },
    h("h2", null, t("child.talks.together")),
    act(t("child.talks.scan"), () => void go("talk-scan"), "plain", "i-search"),
    act(t("child.talks.type"), () => void go("talk-code"), "plain", "i-text"),
  );
}

/** @param {unknown} error */
function trouble(error) {
  if (error instanceof Offline) return t("child.start.offline");
  if (!(error instanceof KindstemError)) throw error;
  if (error.code === "talk-stranger") return t("child.confirm.stranger", names());
  if (error.code === "talk-another") return t("child.confirm.another");
  if (["device-off", "device-unknown"].includes(error.code)) return sentence(error, names());
  return t("child.confirm.nocode");
}

/** @param {Talk} talk */
function article(talk) {
  const { signed, name, hash, withdrawn, changed, said } = talk;
  const { record } = signed;
  const id = `talk-${hash}`;
  const newest = said.at(-1);
  const say = act(t(newest ? "child.talks.change" : "child.home.ask"), () => {
    ask(talk);
    void go("claim");
  }, "plain");
  say.setAttribute("aria-describedby", id);
  return h(
    "article",
    { class: "entry", "aria-labelledby": id },
    h("div", null, h("h2", { id }, when(record.start)), h("p", { class: "soft small" }, t("child.talks.by", { name }))),
    record.t === "talk"
      ? facts(record, name, "listed")
      : h("div", { class: "card" }, h("p", null, h("b", null, t("child.talks.off"))), h("p", null, t("child.talks.why", { reason: reason(record, name) }))),
    withdrawn ? note(t("child.talks.gone", { name })) : null,
    changed && !withdrawn ? note(t("child.talks.changed", { name }), { icon: "i-info" }) : null,
    newest ? spoken(newest, record) : h("p", { class: "soft small" }, t("child.talks.silent")),
    say,
  );
}

/**
 * The last thing that the child said.
 *
 * @param {import("../phone/talks.js").Said} said
 * @param {import("../talks.js").TalkRecord | import("../talks.js").NotHeldRecord} about
 */
function spoken({ record, tablet, state }, about) {
  const date = day(Date.parse(record.at));
  return h(
    "div",
    { class: "leaf" },
    h("p", { class: "from" }, tablet ? t("child.talks.tablet", { name: tablet, date }) : t("child.talks.you", { date })),
    h("p", { class: "said" }, words(record, about)),
    state === "arrived" ? null : note(t(state === "stuck" ? "child.talks.stuck" : "child.talks.unsent", names()), { icon: "i-clock" }),
  );
}

/** What is planned, for a child who wants to see it. @param {Awaited<ReturnType<typeof plans>>} coming */
function fold(coming) {
  return h(
    "details",
    { class: "log section" },
    h("summary", null, t("child.talks.plans")),
    coming.length
      ? h(
          "ul",
          null,
          coming.map(({ record, name }) => {
            const at = Date.parse(record.start);
            return h("li", null, t("child.talks.plan", { name, date: day(at), time: clock(at) }), " ", `${series("child.talks.place.#")[PLACES.indexOf(record.place)]}.`);
          }),
        )
      : h("p", null, t("child.talks.noplans")),
  );
}
