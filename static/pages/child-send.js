/**
 * The last look, sending, and what the child thinks of an answer.
 *
 * @module
 */

import { newId } from "../bytes.js";
import { KindstemError } from "../errors.js";
import { act, acts, busy, headed, note, sentence, split, status, title, together } from "../parts/child-bits.js";
import { houseHead } from "../parts/child-house.js";
import { inOtherWays, reacting, review } from "../parts/child-review.js";
import { drawing } from "../parts/draw-more.js";
import { fill, h } from "../parts/h.js";
import { go, home, swap } from "../parts/screens.js";
import { clock, day, t } from "../parts/words.js";
import { names, readerNames } from "../phone/circles.js";
import { begin, finish, isEmpty, note as change, payload, saveTrouble } from "../phone/draft.js";
import { outcome, run } from "../phone/errands.js";
import { watch } from "../phone/here.js";
import { inHand, open } from "../phone/memory.js";

/** @typedef {import("../phone/draft.js").Making} Making */
/** @typedef {import("../vault.js").Circle} Circle */

/** Who gets it, in words. @param {Circle | null} circle */
export const receivers = (circle) => (circle === "self" || !circle ? t("child.circle.3") : together(readerNames(circle)));

/** Sends what is in hand, and shows what comes of it. @param {ReturnType<typeof status>} place */
async function send(place) {
  const made = inHand();
  if (!made) return;
  const { circle } = made;
  try {
    const id = await busy(place, t("child.send.busy"), finish);
    await swap("sent", { id, circle });
  } catch (error) {
    // Who may read changed while this was made: that is shown first.
    if (error instanceof KindstemError && error.code === "nobody") await go("who", { change: true });
    else place.wrong(sentence(error, names()));
  }
}

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  check() {
    const made = inHand();
    if (!made) return null;
    if (made.kind === "reaction") return react(made);
    const place = status();
    const pieces = review(payload(made), (step, mode) => void go(step, { change: true, mode }));
    const empty = isEmpty(made);
    if (saveTrouble()) place.wrong(sentence(saveTrouble(), names()));
    const [first, rest] = split(t("child.send.check", { names: receivers(made.circle) }));
    return {
      body: [
        title(t(made.house ? "child.house.more.3" : "child.check.title")),
        empty ? h("p", { class: "lead" }, t("child.empty")) : [h("p", { class: "lead" }, `${first}. `, h("b", null, rest)), h("section", { class: "leaf section-s", "aria-label": first }, made.house ? houseHead(made.house) : null, pieces)],
        h(
          "div",
          { class: "keys start section-s" },
          small(t("child.check.add"), "i-plus", () => void go(made.way === "alert" ? "say" : "add", { change: true })),
          made.kind === "flag" ? null : small(t("child.check.who"), "i-two", () => void go("who", { change: true })),
        ),
        empty
          ? null
          : h(
              "div",
              { class: "section stack" },
              note(t("child.send.fixed")),
              open() ? null : note(t("child.send.nopin", { worker: receivers(made.circle) }), { icon: "i-lock" }),
            ),
        place.element,
        acts(
          empty ? null : act(made.circle === "self" ? t("child.send.keep") : t("child.send.to", { names: receivers(made.circle) }), () => void send(place)),
          act(t("child.send.button.3"), () => void go("draft", {}), "bare"),
        ),
      ],
    };
  },

  async sent({ id, circle }) {
    const body = h("div", null);
    const show = (/** @type {"busy" | "arrived" | import("../vault.js").Parcel} */ state) => {
      if (state === "busy") fill(body, h("section", { class: "sent" }, title(t("child.send.busy").replace(/\.$/, ""))));
      else if (state === "arrived") fill(body, ...arrived(circle));
      else fill(body, ...stays(state));
    };
    // At once, however slow the line: what follows is said when it is known.
    show("busy");
    let last = "";
    let tried = false;
    const look = async () => {
      const state = await outcome(id);
      const said = state === "arrived" ? "arrived" : `${state.state} ${state.why}`;
      // Still on its way the first time. One that was not even tried, because those before it met no network, stays too.
      if (state !== "arrived" && state.state === "ready" && !state.why && !tried) return;
      if (said === last) return;
      last = said;
      show(state);
      body.querySelector("h1")?.focus({ preventScroll: true });
    };
    const unwatch = watch(() => void look());
    void run({ all: true }).finally(() => {
      tried = true;
      void look();
    });
    return { back: false, leave: unwatch, body: [body] };
  },

  /** What the child says about an answer, or about a document or a part of it. */
  react({ about, circle, entry: of, part }) {
    const made = inHand();
    const same = made?.kind === "reaction" && made.about === about && JSON.stringify(made.part) === JSON.stringify(part);
    return react(made && same ? made : begin("react", { kind: "reaction", id: newId(), about, circle, part }), of);
  },
};

/** @param {string} label @param {string} icon @param {() => void} press */
function small(label, icon, press) {
  const button = h("button", { type: "button", class: "btn plain" }, drawing(icon), label);
  button.addEventListener("click", press);
  return button;
}

/** @param {Circle} circle @returns {import("../parts/h.js").Child[]} */
function arrived(circle) {
  const self = circle === "self";
  const text = self ? t("child.sent.self") : t("child.sent");
  const { worker } = names();
  const now = new Date();
  return [
    h("section", { class: "sent" }, drawing("sent"), ...headed(text)),
    self
      ? null
      : h(
          "section",
          { class: "card section" },
          h(
            "ol",
            { class: "stem" },
            h("li", { class: "done now" }, h("b", null, t("child.state.short.1")), h("small", null, t("child.mine.at", { date: day(now), time: clock(now) }))),
            h("li", { class: "todo" }, h("b", null, t("child.mine.todo.1"))),
            h("li", { class: "todo" }, h("b", null, t("child.mine.todo.2"))),
          ),
          h("p", { class: "soft small section-s" }, t("child.want.limit", { worker: circle === "confidant" || circle === "independent" ? readerNames(circle)[0] : worker })),
        ),
    acts(act(t("child.common.4"), () => void home()), act(t("child.sent.more"), () => void home(), "plain")),
  ];
}

/** @param {import("../vault.js").Parcel} parcel @returns {import("../parts/h.js").Child[]} */
function stays({ state, why }) {
  const text =
    why === "too-large"
      ? t("child.error.other.2")
      : state === "stuck"
        ? t("child.error.stuck", { worker: names().worker })
        : why.startsWith("quota")
          ? t("child.error.quota")
          : why.startsWith("device")
            ? t("child.error.off", names())
            : t("child.unsent");
  return [
    h("section", { class: "sent" }, drawing("offline"), ...headed(text)),
    acts(
      act(t("child.common.4"), () => void home()),
      state === "ready" ? act(t("child.frame.again"), () => void run({ all: true }), "plain") : null,
    ),
  ];
}

/**
 * @param {Making} made
 * @param {string} [of]
 * @returns {import("../parts/screens.js").Screen}
 */
function react(made, of) {
  const place = status();
  return {
    body: [
      ...reacting(made, of, change),
      inOtherWays(made, payload(made), names().worker, (mode) => void go("say", { change: true, mode })),
      h("p", { class: "soft small section-s" }, t("child.send.check", { names: receivers(made.circle) })),
      open() ? null : note(t("child.send.nopin", { worker: receivers(made.circle) }), { icon: "i-lock" }),
      place.element,
      acts(
        act(t("child.send.to", { names: receivers(made.circle) }), () => {
          if (isEmpty(made)) place.say(t("child.empty"));
          else void send(place);
        }),
        act(t("child.send.button.3"), () => void go("draft", {}), "bare"),
      ),
    ],
  };
}
