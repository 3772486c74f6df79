/**
 * Kindmodus: the professional's device in a child's hands, for one question about one talk (docs/decisions/0016).
 *
 * Before the child's screens are shown, the keys are gone, the session is ended, and nothing of the desk is left in the
 * document. The answer is closed at once for the professional's key, which is not here; it is opened, signed and sent
 * after they signed in again.
 *
 * @module
 */

import { canonical } from "../wire.js";
import { button, busy, heading, note } from "../parts/desk-bits.js";
import { talkLine } from "../parts/desk-state.js";
import { act, acts, headed, note as childNote, split, status, title } from "../parts/child-bits.js";
import { claim, facts, WHY_ORDER, yesNo } from "../parts/child-talk.js";
import { rows } from "../parts/choices.js";
import { drawing } from "../parts/draw.js";
import { frame, head } from "../parts/frame.js";
import { fill, h } from "../parts/h.js";
import { series, setLevel, setNames, t } from "../parts/words.js";
import { timeText } from "../talks.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../talks.js").Yes} Yes */
/** @typedef {import("../talks.js").Why} Why */

/**
 * What the child is asked: all that is left in memory of what the desk knew.
 *
 * @typedef {object} Asked
 * @property {string} child - The kindnummer.
 * @property {any} record - The talk, or the talk that was not held.
 * @property {string} talk - Its hash.
 * @property {string | null} prev - Hash of the child's last answer to this talk.
 * @property {string} name - Of whoever recorded it.
 * @property {string} worker - Whose device it is.
 * @property {"8" | "12"} level
 * @property {boolean} phone - That the child has a phone to answer on later.
 */

/** @typedef {{child: string, talk: string, subj: string, prev: string | null, says: {talked: Yes, alone: Yes}, why: Why | null, at: string}} Answer */

/**
 * The last page before the device is handed over, for the professional.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {{child: string, talk: string}} params
 */
export async function kindmodusPage(desk, caseload, { child, talk }) {
  const kid = caseload.kids.get(child);
  const known = kid ? (caseload.talks.of(child) ?? (await caseload.talks.load(kid))) : null;
  const found = known?.talks.find((one) => one.hash === talk);
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("child", { child }));
  if (!kid || !found) return h("div", { class: "stack" }, heading(t("work.kindmodus.title", { name: child }), null, back), note("", "i-info", t("work.empty.noaccess")));
  const name = kid.card?.name ?? kid.child;
  const answers = [...found.chain.answers].sort((a, b) => a.record.at.localeCompare(b.record.at));
  /** @type {Asked} */
  const asked = {
    child,
    record: found.current,
    talk: found.hash,
    prev: answers[answers.length - 1]?.hash ?? null,
    name: caseload.nameOf(found.current.by),
    worker: caseload.session.person.name,
    level: kid.card?.level ?? "8",
    phone: kid.phones.some((one) => one.revoked === null),
  };
  const go = button(t("work.kindmodus.start"), { icon: "i-lock", data: { act: "kindmodus" } }, () => void busy(go, () => desk.kindmodus(asked)));
  return h(
    "div",
    { class: "stack" },
    heading(t("work.kindmodus.title", { name }), t("work.kindmodus.lead", { name }), back),
    h(
      "section",
      { class: "box-p stack" },
      h("p", { class: "soft" }, found.current.t === "notheld" ? null : talkLine(found)),
      h("ul", { class: "bullets" }, [h("li", null, t("work.kindmodus.code")), h("li", null, t("work.kindmodus.pin")), h("li", null, t("work.kindmodus.offline")), h("li", null, t("work.kindmodus.proves"))]),
      h("div", { class: "acts line" }, go),
    ),
  );
}

/**
 * Shows the child's screens in place of everything that stood in this document.
 *
 * @param {Asked} asked
 * @param {{keep: (answer: Uint8Array<ArrayBuffer>) => Promise<void>, leave: (answered: boolean) => void}} hooks - `keep`
 *   closes the answer and keeps it; `leave` is for the professional, back to the door.
 */
export function kindmodus(asked, hooks) {
  const { record, name } = asked;
  const young = asked.level === "8";
  setLevel(young ? "8" : "");
  setNames({ worker: asked.worker, second: asked.worker, confidant: asked.worker });
  /** @type {{talked: Yes | null, alone: Yes | null, why: Why | null}} */
  const said = { talked: null, alone: null, why: null };

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

  /** @param {string} screen @param {(() => void) | null} back @param {...import("../parts/h.js").Child} body */
  const show = (screen, back, ...body) => {
    head(back ? { label: t("child.common.2"), icon: "i-back", press: back, word: false } : null);
    const main = h("main", { class: "page", id: "main", tabindex: "-1", "data-screen": screen });
    fill(main, ...body);
    document.getElementById("main")?.replaceWith(main);
    scrollTo(0, 0);
    const first = main.querySelector("h1");
    first?.setAttribute("tabindex", "-1");
    first?.focus({ preventScroll: true });
  };

  const start = () => {
    const [whose, yours, watch] = series("child.tablet.#");
    show("tablet", null, title(split(whose)[0]), h("p", { class: "lead" }, yours), h("div", { class: "card-art" }, drawing("alone")), childNote(watch), acts(act(t("child.common.1"), question)));
  };

  /** @param {() => (() => void) | null} next - What follows; null before anything was chosen. */
  const foot = (next) => {
    const place = status();
    const on = act(t("child.common.1"), () => {
      const to = next();
      if (to) to();
      else place.wrong(t("child.confirm.choose"));
    });
    return { hush: () => place.hush(), body: [place.element, acts(on, act(t("child.confirm.answer.4"), later, "bare"))] };
  };

  const question = () => {
    const [first, rest] = split(claim(record, name));
    const what = record.t === "notheld" || young ? t("child.home.ask") : { face: t("child.confirm.question.1", { name }), video: t("child.confirm.video", { name }), phone: t("child.confirm.phone", { name }) }[/** @type {"face"} */ (record.kind)];
    const below = foot(() => {
      if (!said.talked) return null;
      if (record.t !== "notheld" && said.talked === "no") return different;
      return record.t !== "notheld" && said.talked === "yes" && record.who === "alone" ? two : done;
    });
    const choose = (/** @type {Yes | null} */ answer) => {
      said.talked = answer;
      said.alone = said.why = null;
      below.hush();
    };
    show(
      "claim",
      start,
      title(first),
      rest ? h("p", { class: "lead" }, rest) : null,
      record.t === "talk" ? facts(record, name, young ? "all" : "asked") : null,
      yesNo(what, said.talked, choose, { seen: record.t === "talk" && !young }),
      ...below.body,
      h("div", { class: "section stack" }, childNote(mayBeNo())),
    );
  };

  /** Without a phone there is no later without the professional: the simpler text does not promise it. */
  const mayBeNo = () => {
    if (!asked.phone) setLevel("8");
    const text = t("child.confirm.note", { name });
    setLevel(young ? "8" : "");
    return text;
  };

  const two = () => {
    const what = t("child.confirm.question.2");
    const below = foot(() => (said.alone ? done : null));
    const choose = (/** @type {Yes | null} */ answer) => {
      said.alone = answer;
      said.why = answer === "no" ? "someone" : null;
      below.hush();
    };
    show("two", question, title(split(what)[0]), h("div", { class: "card-art" }, drawing("alone")), yesNo(what, said.alone, choose, { seen: false }), ...below.body);
  };

  const different = () => {
    const options = series("child.confirm.no.#");
    const below = foot(() => done);
    const chosen = said.why ? options[WHY_ORDER.indexOf(said.why)] : null;
    show(
      "different",
      question,
      h("fieldset", null, h("legend", null, title(split(t("child.confirm.different"))[0])), h("p", { class: "lead" }, t("child.common.11")), rows(options, chosen, (value) => void (said.why = value === null ? null : WHY_ORDER[options.indexOf(value)]))),
      ...below.body,
    );
  };

  let over = false;
  const done = async () => {
    // Two taps are one answer, and what was said is not changed afterwards.
    if (over) return;
    over = true;
    /** @type {Answer} */
    const answer = {
      child: asked.child,
      talk: asked.talk,
      subj: record.subj,
      prev: asked.prev,
      says: { talked: said.talked ?? "unknown", alone: said.alone ?? "unknown" },
      why: said.why,
      at: timeText(new Date()),
    };
    await hooks.keep(canonical(answer));
    ended(true);
  };

  const later = () => {
    over = true;
    ended(false);
  };

  /** @param {boolean} answered */
  const ended = (answered) => {
    const away = act(t("work.signin.1"), () => hooks.leave(answered), "plain");
    away.dataset.act = "leave-kindmodus";
    show(
      "ended",
      null,
      // What was said stands here no more: the next who looks at this screen is not the child.
      ...headed(series("child.tablet.#")[3]),
      answered ? h("div", { class: "section-s stack" }, childNote(t("child.tablet.kept", { name: asked.worker }), { icon: "i-lock" })) : null,
      acts(away),
    );
  };

  start();
}
