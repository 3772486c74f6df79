/**
 * "Ik ben niet veilig": the numbers first, then the alert, then whatever the child wants to add.
 *
 * The alert holds no content. It goes at once; words follow only if the child adds them, under the same id.
 *
 * @module
 */

import { act, acts, headed, note, status, title, together } from "../parts/child-bits.js";
import { chips } from "../parts/choices.js";
import { fill, h } from "../parts/h.js";
import { outcomePlace } from "../parts/outcome.js";
import { go, home, swap } from "../parts/screens.js";
import { clock, series, t } from "../parts/words.js";
import { barred, names } from "../phone/circles.js";
import { alert, answer, begin, finish, leave, sendNow } from "../phone/draft.js";
import { outcome, run } from "../phone/errands.js";
import { phone, watch } from "../phone/here.js";
import { inHand } from "../phone/memory.js";
import { service, tellService } from "../phone/reach.js";
import { alerts } from "../phone/news.js";
import { first, safeHome } from "./child-help.js";

/** @param {number} minutes @returns {string} */
function span(minutes) {
  if (minutes % 60) return t("child.unsafe.minutes", { n: minutes });
  return minutes === 60 ? t("child.unsafe.hour") : t("child.unsafe.hours", { n: minutes / 60 });
}

/** When an alert that nobody looks at goes on to somebody else, by day and by night; nothing while this phone was not told. */
function looking() {
  const { looks } = phone();
  return looks ? h("p", { class: "small", "data-looks": true }, t("child.unsafe.looks", { ...looks, day: span(looks.day), night: span(looks.night) })) : null;
}

/** Who of the service learns then how this child can be reached; nothing where there is no service that may know. */
const served = () => (service().length ? h("p", { class: "small", "data-served": true }, t("child.unsafe.service", { names: together(service()) })) : null);

/** @param {{step: string, at: string}} climbed */
const climbedWords = ({ step, at }) => t(`child.unsafe.climbed.${step === "leader" ? 1 : 2}`, { time: clock(Date.parse(at)) });

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  unsafe() {
    const set = async (/** @type {boolean} */ tell) => {
      // What was being made waits, sealed.
      if (inHand()) await leave();
      const id = await alert();
      // The alert lies in the outbox before anything else is made, and goes first, whatever becomes of that.
      void run({ all: true });
      void tellService(id, null).then(() => run({ all: true }), () => undefined);
      begin("alert", { kind: "flag", id, circle: "worker" });
      await swap("alert", { id, at: Date.now() });
      if (tell) await go("say", {});
    };
    return {
      calls: false,
      body: [
        title(t("child.home.9")),
        first(),
        h("p", { class: "soft small section-s" }, t("child.unsafe.first")),
        safeHome(),
        h(
          "section",
          { class: "card section stack" },
          h("p", null, t("child.unsafe.what", names())),
          h("p", { class: "soft small" }, t("child.help.nowatch")),
          act(t("child.unsafe.button.2"), () => void set(false), "alarm", "i-flag"),
          act(t("child.unsafe.button.3"), () => void set(true), "alarm plain"),
          // Below the buttons: on a small phone nothing may push them out of sight.
          looking(),
          served(),
          act(t("child.unsafe.button.4"), () => history.back(), "plain"),
        ),
      ],
    };
  },

  /** The alert has been set: whether it went, who saw it, and how to be reached. */
  alert({ id, at }) {
    const state = h("div", { role: "status" });
    const more = h("section", { class: "section" });
    const time = clock(at);
    const later = outcomePlace(t("child.unsafe.seen", { name: t("child.readers.role.2"), time }), ...["leader", "oncall"].map((step) => climbedWords({ step, at: new Date(at).toISOString() })));
    const place = status();
    let told = false;
    let mistaken = false;

    const show = async () => {
      const sent = (await outcome(`alert ${id}`)) === "arrived";
      const flag = alerts().find((one) => one.id === id);
      const time = clock(flag ? Date.parse(flag.at) : at);
      fill(
        state,
        ...(sent ? headed(t("child.unsafe.sent", { time })) : headed(t("child.unsafe.notsent"))),
        sent ? null : h("p", { class: "soft small section-s" }, t("child.unsafe.retry")),
      );
      const seen = flag?.seen.at(-1);
      const climbed = flag?.climbed.at(-1);
      if (seen) later.show(note(t("child.unsafe.seen", { name: seen.name, time: clock(Date.parse(seen.at)) }), { icon: "i-eye" }));
      else if (climbed) later.show(note(climbedWords(climbed), { icon: "i-flag" }));
    };
    const reach = () => {
      if (told) {
        fill(more, note(t("child.unsafe.told", names()), { icon: "i-tick" }));
        return;
      }
      const prompt = t("child.unsafe.reach");
      const options = series("child.unsafe.reach.#");
      const chosen = inHand()?.answers.get("child.unsafe.reach")?.value;
      const send = async () => {
        const how = inHand()?.answers.get("child.unsafe.reach")?.value;
        if (!inHand()?.answers.size) return;
        await finish();
        told = true;
        reach();
        await tellService(id, typeof how === "string" ? how : null).catch(() => undefined);
        await run({ all: true });
      };
      fill(
        more,
        h("h2", null, prompt),
        chips(options, chosen ? [chosen] : [], ([one]) => answer("child.unsafe.reach", one ? { prompt, options, value: one } : null), { label: prompt }),
        acts(act(t("child.send.button.1"), () => void send()), act(t("child.say.question").replace(/\?$/, ""), () => void go("say", {}), "plain")),
      );
    };
    const mistake = async () => {
      if (mistaken) return;
      mistaken = true;
      await sendNow({ kind: "flag-mistake", circle: "worker", about: id, doc: { v: 1, level: phone().level, lang: phone().lang, answers: [], parts: [] } });
      place.say(t("child.unsafe.mistake.sent"));
      await run({ all: true });
    };
    void show();
    if (!barred("worker")) reach();
    const unwatch = watch(() => void show());
    const timer = setInterval(() => void run(), 20_000);
    return {
      back: false,
      calls: false,
      leave() {
        unwatch();
        clearInterval(timer);
      },
      body: [
        state,
        later.element,
        first(),
        safeHome(),
        looking(),
        served(),
        more,
        h("section", { class: "card section stack" }, h("p", null, t("child.unsafe.mistake", names())), act(t("child.unsafe.mistake.button"), () => void mistake(), "plain"), place.element),
        acts(act(t("child.common.4"), () => void home())),
      ],
    };
  },
};
