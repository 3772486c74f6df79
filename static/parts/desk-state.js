/**
 * How things stand with each talk: what was recorded, what the child said of it, and what that proves.
 *
 * The child's contradiction stands beside the professional's statement, and neither hides the other. What is not
 * confirmed is said as a fact, once, without a colour and without a button that pushes.
 *
 * @module
 */

import { mine, mySigner } from "../desk-keys.js";
import { disputes, makeWithdrawal, newestOf, timeText } from "../talks.js";
import { busy, button, capital, choice, isApart, moment, note, notice } from "./desk-bits.js";
import { kindWords, levelMark, levelWords, notHeldWords, placeWords, plannedWords, whoWords, withdrawnOptions, withdrawnWords } from "./desk-marks.js";
import { journalCopy } from "./desk-journal.js";
import { whyNot } from "./desk-talks.js";
import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("./desk-bits.js").Desk} Desk */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-talks.js").ChildTalks} ChildTalks */
/** @typedef {import("./desk-talks.js").TalkView} TalkView */
/** @typedef {import("./desk-talks.js").PlanView} PlanView */

/** How many talks stand on a page before older ones are asked for. */
const FIRST = 5;
const SAYS = ["yes", "no", "unknown"];
const WHY = ["nottalked", "someone", "day", "phone", "shorter", "other"];
const WAYS = ["room", "later", "kindmodus"];

/** @param {{start: string, end: string}} talk */
const minutesOf = ({ start, end }) => Math.round((Date.parse(end) - Date.parse(start)) / 60_000);

/** @param {any} record @returns {string} A talk in one line: how, with whom, how long. */
export function recordLine(record) {
  const line = t("work.talk.line", { how: kindWords(record.kind), who: whoWords(record.who), n: minutesOf(record) });
  return record.interpreter ? `${line}, ${t("work.talk.interpreter")}` : line;
}

/** @param {TalkView} talk @returns {string} */
export const talkLine = (talk) => `${moment(talk.begin)}. ${capital(recordLine(talk.current))}. ${capital(plannedWords(talk.current.planned))}, ${placeWords(talk.current.place)}.`;

/**
 * What the child said, as the child's own words.
 *
 * @param {any} answer - Its record. @param {any} about - The record it answers. @param {string} name
 */
export function childSaid(answer, about, name) {
  const { talked, alone } = answer.says;
  const part = about.t === "notheld" ? "reason" : "talked";
  const lines = [t(`work.talk.said.${part}.${SAYS.indexOf(talked) + 1}`)];
  if (about.who === "alone" && talked !== "no") lines.push(t(`work.talk.said.alone.${SAYS.indexOf(alone) + 1}`));
  if (answer.why) lines.push(t(`work.talk.said.why.${WHY.indexOf(answer.why) + 1}`));
  const from = `${t("work.talk.child", { name })}, ${t(`work.talk.way.${WAYS.indexOf(answer.way) + 1}`)}. ${moment(new Date(answer.at))}`;
  return h("div", { class: "leaf", "data-said": talked }, h("p", { class: "from" }, from), lines.map((line) => h("p", { class: "said" }, line)));
}

/**
 * The section of a child's page.
 *
 * @param {{desk: Desk, caseload: Caseload, kid: Kid, name: string}} around
 */
export function talksSection({ desk, caseload, kid, name }) {
  const list = h("div", { class: "talks" }, h("p", { class: "small soft" }, t("work.talk.busy")));
  const told = notice();
  const section = h(
    "section",
    { class: "box-p", "aria-labelledby": "kid-talks", "data-part": "talks" },
    h("h2", { id: "kid-talks", tabindex: "-1" }, t("work.talk.heading")),
    h(
      "div",
      { class: "acts line noprint" },
      button(t("work.talks.record"), { icon: "i-seal", data: { act: "record" } }, () => desk.go("record", { child: kid.child })),
      button(t("work.talks.plan"), { look: "plain", icon: "i-day", data: { act: "plan" } }, () => desk.go("plan", { child: kid.child })),
    ),
    told.element,
    list,
  );
  let all = false;
  let now = "";
  /** @param {ChildTalks} found */
  const show = (found) => {
    // What stays the same is left as it is: somebody may be reading there, or have opened a fold.
    const next = JSON.stringify([all, found.stale, found.doubted, found.introducers, found.plans, found.talks.map((one) => [one.hash, one.verdict, one.waiting, one.late, one.chain.answers.length, one.chain.aside.length])]);
    if (next === now) return;
    now = next;
    const open = new Set([...list.querySelectorAll("article.talk:has(> details[open])")].map((one) => one.getAttribute("data-talk")));
    const shown = all ? found.talks : found.talks.slice(0, FIRST);
    const rest = found.talks.length - shown.length;
    fill(
      list,
      found.stale ? note("", "i-info", t("work.talks.stale")) : null,
      found.doubted ? note("heed", "i-warn", t("work.talk.doubted", { n: found.doubted })) : null,
      found.plans.length ? h("ul", { class: "tasks" }, found.plans.map((plan) => planRow(desk, kid, plan))) : null,
      shown.length ? h("ol", { class: "talk-list" }, shown.map((talk) => h("li", null, talkArticle({ desk, caseload, kid, name, found, talk, again })))) : h("p", { class: "small soft" }, t("work.talk.none")),
      rest > 0
        ? button(t("work.talk.older", { n: rest }), { look: "plain", data: { act: "older-talks" } }, () => {
            all = true;
            show(found);
            /** @type {HTMLElement | undefined} */ (list.querySelectorAll("article")[FIRST])?.focus();
          })
        : null,
    );
    for (const article of list.querySelectorAll("article.talk")) if (open.has(article.getAttribute("data-talk"))) article.querySelector("details")?.setAttribute("open", "");
  };
  const again = async () => {
    try {
      const found = await caseload.talks.load(kid);
      if (!desk.here()) return;
      show(found);
      // Not before: what was known from earlier may be shown first, and the child may have said something since.
      section.dataset.ready = "true";
    } catch (error) {
      if (!desk.here()) return;
      fill(list);
      now = "";
      told.say(desk.sentence(error));
    }
  };
  const known = caseload.talks.of(kid.child);
  if (known) show(known);
  caseload.talks.outbox.changed = () => {
    if (desk.here() && !section.querySelector("[data-part=withdraw]")) void again();
  };
  void again();
  return section;
}

/** @param {Desk} desk @param {Kid} kid @param {PlanView} plan */
export function planRow(desk, kid, { record, start, waiting }) {
  const past = start.getTime() < Date.now();
  const when = moment(start);
  const text = past ? t("work.talk.plan.past", { when }) : t("work.talk.plan", { when, place: placeWords(record.place) });
  return h(
    "li",
    { "data-plan": record.id },
    h("span", null, text, waiting ? h("small", null, t("work.talk.waits")) : null),
    past ? null : button(t("work.prep.go"), { look: "plain", label: `${t("work.prep.go")}: ${when}`, data: { prepare: record.id } }, () => desk.go("prepare", { child: kid.child, plan: record.id })),
    button(t("work.talks.record"), { look: "plain", label: `${t("work.talks.record")}: ${when}`, data: { keep: record.id } }, () => desk.go("record", { child: kid.child, plan: record.id })),
  );
}

/** @typedef {{desk: Desk, caseload: Caseload, kid: Kid, name: string, found: ChildTalks, talk: TalkView, again: () => Promise<void>}} Around */

/** @param {Around} around */
function talkArticle(around) {
  const { caseload, name, talk } = around;
  const { current, verdict, chain } = talk;
  const off = current.t === "notheld";
  const disputed = verdict.level === "disputed";
  const author = caseload.nameOf(current.by);
  const head = off ? t("work.talk.notheld", { reason: notHeldWords(current.reason) }) : capital(recordLine(current));
  const state = verdict.withdrawn ? "withdrawn" : off ? "notheld" : "";
  const tags = [
    state ? h("span", { class: "tag quiet" }, t(`work.talk.mark.${state}`)) : null,
    talk.waiting ? h("span", { class: "tag", "data-waiting": true }, drawing("i-clock"), t("work.talk.waits")) : null,
  ];
  // What the child said last of all; of a dispute the answer that stands.
  const said = chain.answers.filter((one) => !disputed || disputes(one.record, about(chain, one) ?? current));
  const newest = (said.length ? said : chain.answers).reduce((/** @type {typeof chain.answers[number] | null} */ best, one) => (!best || one.record.at >= best.record.at ? one : best), null);
  const mark = off && !disputed ? drawing("i-day") : levelMark(verdict.level);
  const words = off && !disputed ? null : h("p", { class: "small", "data-level-words": true }, levelWords(verdict.level));
  const answer = newest ? childSaid(newest.record, about(chain, newest) ?? current, name) : null;
  const mineToo = h(
    "div",
    { class: "stated" },
    h("p", { class: "small soft" }, `${t("work.talk.worker", { name: author })}:`),
    h("p", null, moment(talk.begin)),
    h("p", null, head),
    off ? null : h("p", { class: "small soft" }, `${capital(plannedWords(current.planned))}, ${placeWords(current.place)}.`),
  );
  return h(
    "article",
    { class: "talk", tabindex: "-1", "data-talk": chain.first.hash, "data-level": verdict.level, "data-state": state || "kept" },
    h("div", { class: "talk-head" }, mark, h("div", null, h("h3", null, moment(talk.begin)), h("p", null, head), words), ...tags),
    disputed ? [h("div", { class: "beside" }, mineToo, answer), note("", "i-info", t("work.contact.disputed"))] : null,
    verdict.withdrawn ? h("p", { class: "small" }, t("work.talk.withdrawn", { reason: withdrawnWords(newestOf(chain).record.reason) }), verdict.afterDispute ? ` ${t("work.talk.withdrawn.disputed")}` : null) : null,
    !off && !disputed && !verdict.withdrawn && verdict.level === "D" ? h("p", { class: "small soft", "data-unconfirmed": true }, t("work.contact.noconfirm")) : null,
    journalCopy(talk, around.desk, moment(talk.begin)),
    details(around, disputed ? null : answer, author),
  );
}

/** @param {TalkView["chain"]} chain @param {{record: {talk: string}}} answer @returns {any} The record it answers. */
const about = (chain, answer) => [...chain.counted, ...chain.aside].find((one) => one.hash === answer.record.talk)?.record ?? null;

/** @param {Around} around @param {HTMLElement | null} answer @param {string} author */
function details(around, answer, author) {
  const { talk, found, caseload } = around;
  const { current, verdict, chain } = talk;
  const off = current.t === "notheld";
  const facts = [];
  if (!off) {
    facts.push(`${capital(plannedWords(current.planned))}, ${placeWords(current.place)}.`);
    if (verdict.realised) facts.push(t("work.talk.counts"));
    else facts.push([t("work.talk.countsnot"), ...whyNot(current).map((n) => t(`work.record.countsnot.${n}`))].join(" "));
  }
  facts.push(`${t("work.talk.by", { name: author })}.`);
  if (verdict.level === "A") facts.push(t(verdict.unlocked ? "work.talk.unlocked" : "work.talk.locked"));
  const byPhone = ["A", "B"].includes(verdict.level) || chain.answers.some((one) => one.record.way !== "kindmodus");
  if (byPhone && found.introducers.length === 1) facts.push(t("work.device.one", { name: caseload.nameOf(found.introducers[0]) }));
  if (talk.late) facts.push(t("work.talk.late"));
  if (talk.again) facts.push(t("work.talk.again"));
  if (talk.ahead) facts.push(t("work.talk.ahead"));
  if (chain.aside.length) facts.push(t("work.talk.aside"));
  const corrections = chain.counted.filter((one) => one.record.t === "talk").length - 1;
  const earlier = corrections > 0 ? h("ul", { class: "bullets small" }, chain.counted.slice(0, corrections).map((one) => h("li", null, `${moment(new Date(one.record.start))}. ${capital(recordLine(one.record))}.`))) : null;
  return h(
    "details",
    { class: "fold" },
    h("summary", null, t("work.talk.more")),
    answer,
    h("ul", { class: "bullets small section-s" }, facts.map((fact) => h("li", null, fact))),
    earlier ? [h("p", { class: "small" }, t("work.talk.corrected")), earlier] : null,
    acts(around),
  );
}

/** @param {Around} around */
function acts(around) {
  const { desk, kid, talk, name } = around;
  const { current, verdict, chain } = talk;
  if (verdict.withdrawn || current.t === "notheld") return null;
  const own = current.by === mine().person;
  const meldcode = isApart(kid) ? null : button(t("meld.name"), { look: "plain", icon: "i-list", data: { act: "meldcode" } }, () => desk.go("meldcode", { child: kid.child, talk: chain.first.hash }));
  const confirm = button(t("work.talk.confirm", { name }), { look: "plain", data: { act: "confirm" } }, () => desk.go("confirm", { children: [kid.child], talks: [talk.hash] }));
  if (!own) return meldcode ? h("div", { class: "acts line" }, meldcode) : null;
  const place = h("div", { class: "stack" });
  const row = h(
    "div",
    { class: "acts line" },
    confirm,
    button(t("work.talk.fix"), { look: "plain", icon: "i-pen", data: { act: "fix" } }, () => desk.go("record", { child: kid.child, fix: chain.first.hash })),
    button(t("work.talk.withdraw"), { look: "plain", data: { act: "withdraw" } }, () => withdrawForm(around, place, row)),
    meldcode,
  );
  fill(place, row);
  return place;
}

/** @param {Around} around @param {HTMLElement} place @param {HTMLElement} row */
function withdrawForm({ desk, caseload, kid, found, talk, again }, place, row) {
  const reason = choice(t("work.talk.withdraw.reason"), withdrawnOptions());
  const told = notice();
  const go = button(t("work.talk.withdraw.do"), { type: "submit", icon: "i-seal", data: { act: "sign-withdrawal" } });
  const stop = button(t("work.common.stop"), { look: "bare" }, () => {
    fill(place, row);
    /** @type {HTMLElement | null} */ (row.querySelector("[data-act=withdraw]"))?.focus();
  });
  const form = h("form", { class: "form section-s", novalidate: true, "data-part": "withdraw" }, h("p", { class: "small" }, t("work.talk.withdraw.lead")), reason.element, told.element, h("div", { class: "acts line" }, go, stop));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    const value = /** @type {any} */ (reason.value());
    if (!value) {
      told.say(t("work.common.choose", { what: t("work.talk.withdraw.reason").toLocaleLowerCase() }));
      return reason.focus();
    }
    return void busy(go, async () => {
      try {
        const { chain } = talk;
        const given = { ...caseload.talks.author(found), first: chain.first.hash, prev: newestOf(chain).hash, reason: value, at: timeText(new Date()) };
        await caseload.talks.put([{ kid, signed: await makeWithdrawal(given, mySigner()) }]);
        desk.say(t("work.talk.withdraw.done"));
        await again();
        document.getElementById("kid-talks")?.focus();
      } catch (error) {
        told.say(desk.sentence(error));
      }
    });
  });
  fill(place, form);
  reason.focus();
}
