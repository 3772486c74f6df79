/**
 * All talks at hand: planned today, still to be recorded, later, and what waits for a network.
 *
 * @module
 */

import { Offline } from "../api.js";
import { button, busy, empty, heading, moment, note, sentence } from "../parts/desk-bits.js";
import { alarmBox, logLine } from "../parts/desk-ledger.js";
import { placeWords } from "../parts/desk-marks.js";
import { recordable } from "../parts/desk-talks.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { KindstemError } from "../errors.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-talks.js").PlanView} PlanView */

/** @typedef {{kid: Kid, plan: PlanView}} Planned */

/** @param {Kid} kid */
const nameOf = (kid) => kid.card?.name ?? kid.child;

/** @param {Desk} desk @param {Caseload} caseload */
export async function talksPage(desk, caseload) {
  let offline = false;
  try {
    await caseload.load();
  } catch (error) {
    // Recording a talk needs no network once the children are known in this session.
    if (!(error instanceof Offline) || caseload.kids.size === 0) throw error;
    offline = true;
  }
  const kids = recordable([...caseload.kids.values()]);
  const head = heading(t("work.talks.title"), t("work.talks.lead"));
  const sample = button(t("work.sample.title"), { look: "plain", icon: "i-list", data: { act: "sample" } }, () => desk.go("sample"));
  // Whoever records no talk of their own may still be the one who asks.
  const asks = h("div", { class: "acts line" }, sample);
  if (caseload.session.person.role === "confidant" && kids.length === 0) return h("div", null, head, empty("quiet", t("work.talks.confidant"), "", asks));
  if (kids.length === 0) return h("div", null, head, empty("quiet", t("work.talks.nokids"), ""));
  const planned = await plansOf(caseload, kids);
  const box = h("div", { class: "stack wide" });
  const waiting = h("div", null);
  const showWaiting = () => fill(waiting, waitingBox(caseload, showWaiting));
  caseload.talks.outbox.changed = () => {
    if (desk.here()) showWaiting();
  };
  showWaiting();
  const rows = (/** @type {Planned[]} */ list, /** @type {string} */ part) => plansBox(desk, list, part);
  const { today, open, coming } = sorted(planned);
  fill(
    box,
    alarmBox(caseload.talks.ledger, { always: true }),
    offline ? note("", "i-info", t("work.talks.stale")) : null,
    h(
      "div",
      { class: "acts line" },
      button(t("work.talks.record"), { icon: "i-seal", data: { act: "record" } }, () => desk.go("record")),
      button(t("work.talks.plan"), { look: "plain", icon: "i-day", data: { act: "plan" } }, () => desk.go("plan")),
      sample,
    ),
    waiting,
    rows(open, "open"),
    rows(today, "today"),
    rows(coming, "coming"),
    planned.length === 0 ? h("p", { class: "soft" }, t("work.talks.none")) : null,
    logLine(caseload.talks.ledger),
  );
  return h("div", null, head, box);
}

/**
 * Plans of all these children. One whose talks cannot be asked for leaves the others as they are.
 *
 * @param {Caseload} caseload @param {Kid[]} kids
 * @returns {Promise<Planned[]>} Earliest first.
 */
export async function plansOf(caseload, kids) {
  const found = await Promise.all(
    kids.map(async (kid) => {
      try {
        return (await caseload.talks.load(kid)).plans.map((plan) => ({ kid, plan }));
      } catch (error) {
        if (error instanceof Offline || (error instanceof KindstemError && error.code !== "session-ended")) return [];
        throw error;
      }
    }),
  );
  return found.flat().sort((a, b) => a.plan.start.getTime() - b.plan.start.getTime());
}

/** @param {Planned[]} planned @returns {{today: Planned[], open: Planned[], coming: Planned[]}} */
export function sorted(planned, now = new Date()) {
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return {
    open: planned.filter(({ plan }) => plan.start < now),
    today: planned.filter(({ plan }) => plan.start >= now && plan.start < tomorrow),
    coming: planned.filter(({ plan }) => plan.start >= tomorrow),
  };
}

/** @param {Desk} desk @param {Planned[]} list @param {string} part */
export function plansBox(desk, list, part) {
  if (list.length === 0) return null;
  const id = `plans-${part}`;
  return h(
    "section",
    { class: "box-p", "aria-labelledby": id, "data-plans": part },
    h("h2", { id }, t(`work.talks.${part}`)),
    h(
      "ul",
      { class: "tasks" },
      list.map(({ kid, plan }) =>
        h(
          "li",
          { "data-plan": plan.record.id },
          h("span", null, t("work.talks.planned", { name: nameOf(kid) }), h("small", null, t("work.talks.when", { when: moment(plan.start), place: placeWords(plan.record.place) }), plan.waiting ? `. ${t("work.talk.waits")}` : "")),
          button(t("work.prep.go"), { look: "plain", label: `${t("work.prep.go")}: ${nameOf(kid)}`, data: { prepare: kid.child } }, () => desk.go("prepare", { child: kid.child, plan: plan.record.id })),
          button(t("work.talks.record"), { look: "plain", label: `${t("work.talks.record")}: ${nameOf(kid)}`, data: { keep: plan.record.id } }, () => desk.go("record", { child: kid.child, plan: plan.record.id })),
        ),
      ),
    ),
  );
}

const WHAT = ["talk", "plan", "notheld", "withdrawal", "answer", "met", "device", "sample", "request", "request-end"];

/** @param {Caseload} caseload @param {() => void} again */
function waitingBox(caseload, again) {
  const { outbox } = caseload.talks;
  const { waiting, refused } = outbox;
  if (waiting.length + refused.length === 0) return null;
  const name = (/** @type {string} */ child) => caseload.kids.get(child)?.card?.name ?? child;
  const line = (/** @type {import("../parts/desk-outbox.js").Waiting} */ one, /** @type {import("../parts/h.js").Child} */ act) =>
    h("li", null, h("span", null, `${name(one.child)}: ${t(`work.talks.kind.${WHAT.indexOf(one.what) + 1}`)}`, h("small", null, moment(new Date(one.at)), one.refused ? `. ${t("work.talks.refused.note", { reason: sentence(new KindstemError(one.refused)) })}` : "")), act);
  const send = button(t("work.talks.send"), { look: "plain", data: { act: "send-waiting" } }, () => void busy(send, () => outbox.flush().then(again)));
  return h(
    "section",
    { class: "box-p", "data-part": "waiting" },
    waiting.length
      ? [
          h("h2", null, t("work.talks.waiting", { n: waiting.length })),
          h("p", { class: "small soft" }, t(outbox.kept ? "work.talks.waiting.note" : "work.talks.waiting.lost")),
          h("ul", { class: "tasks" }, waiting.map((one) => line(one, null))),
          send,
        ]
      : null,
    refused.length
      ? [
          h("h2", null, t("work.talks.refused", { n: refused.length })),
          h(
            "ul",
            { class: "tasks" },
            refused.map((one) => line(one, button(t("work.talks.refused.drop"), { look: "plain", label: `${t("work.talks.refused.drop")}: ${name(one.child)}` }, () => void outbox.remove(one.id).then(again)))),
          ),
        ]
      : null,
  );
}
