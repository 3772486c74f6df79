/**
 * The first page of the desk, and the list of children: who asks for attention, and who has been silent.
 *
 * Names come out of opened cards, so both are built here and never by the server.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { ago, busy, button, capital, daysAgo, empty, heading, moment, note, together } from "../parts/desk-bits.js";
import { circleOf, fellowReaders, phoneOf, PHONE, speaks } from "../parts/desk-caseload.js";
import { strip } from "../parts/desk-chart.js";
import { alarmBox } from "../parts/desk-ledger.js";
import { flagState, isOpen, signalRow } from "../parts/desk-flag.js";
import { meldcodeRows } from "../parts/desk-meldcode.js";
import { heldRow } from "../parts/desk-offer.js";
import { openRequests, requestsBox } from "../parts/desk-requests.js";
import { recordable } from "../parts/desk-talks.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { clock, day, t } from "../parts/words.js";
import { plansBox, plansOf, sorted } from "./desk-talks.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */

/** @param {Kid} kid @returns {string} The name from the card, or the kindnummer when no card opens. */
const nameOf = (kid) => kid.card?.name ?? kid.child;

/** @param {Kid} kid */
const ageOf = (kid) => (kid.card?.age ? t("work.today.age", { n: kid.card.age }) : null);

/** @param {Kid} kid @param {Caseload} caseload */
const others = (kid, caseload) => together(fellowReaders(kid, caseload.session)) || "–";

/** @param {Desk} desk @param {Caseload} caseload */
export async function todayPage(desk, caseload) {
  await caseload.load();
  const kids = order([...caseload.kids.values()]);
  const enrolled = kids.filter(speaks);
  const fresh = enrolled.reduce((sum, kid) => sum + kid.unread, 0);
  const count = kids.length === 1 ? t("work.today.one") : t("work.today.count", { n: kids.length });
  const under = `${capital(day(Date.now()))}. ${count}. ${fresh ? t("work.today.fresh", { n: fresh }) : t("work.today.calm")}.`;
  const firsts = enrolled.flatMap((kid) => firstRows(desk, kid, caseload));
  const planned = h("div", { class: "notes" });
  const due = h("div", null);
  // Before everything, but for a child that says it is not safe.
  const alarmed = enrolled.some((kid) => kid.flags.some((flag) => flag.seen.length === 0));
  const asked = h("div", { "data-part": "asked" });
  void showRequests(desk, caseload, due, asked);
  void showPlanned(desk, caseload, kids, planned);
  caseload.talks.outbox.changed = () => {
    if (desk.here()) void showPlanned(desk, caseload, kids, planned);
  };
  return h(
    "div",
    null,
    heading(t("work.place.today"), under, adds(caseload) ? addButton(desk, caseload) : null),
    trust(caseload),
    alarmBox(caseload.talks.ledger),
    awayNote(desk, caseload),
    alarmed ? null : due,
    planned,
    firsts.length
      ? h("section", { "aria-label": t("work.today.firsts") }, h("h2", { class: "unseen" }, t("work.today.firsts")), h("ul", { class: "firsts" }, firsts))
      : null,
    alarmed ? due : null,
    asked,
    kids.length === 0
      ? nobody(desk, caseload)
      : h("section", { class: "section" }, table(desk, caseload, kids), h("p", { class: "small soft section-s" }, t("work.today.silence"))),
  );
}

/**
 * What is planned for today and what was left to be recorded; it comes a moment later, so that names are there first.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid[]} kids @param {HTMLElement} into
 */
async function showPlanned(desk, caseload, kids, into) {
  try {
    const { today, open } = sorted(await plansOf(caseload, recordable(kids)));
    const waiting = caseload.talks.outbox.waiting.length;
    if (!desk.here()) return;
    fill(into, waiting ? note("", "i-clock", t("work.talks.waiting", { n: waiting })) : null, plansBox(desk, open, "open"), plansBox(desk, today, "today"));
  } catch (error) {
    desk.sentence(error);
  }
}

/**
 * Who wants to talk alone, the oldest first; for the second reader first of all who waits longer than the organisation's
 * number of days.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {HTMLElement} due @param {HTMLElement} rest
 */
async function showRequests(desk, caseload, due, rest) {
  try {
    const found = await openRequests(caseload);
    if (!desk.here()) return;
    const first = found.filter((one) => one.due && one.kid.role === "second");
    fill(due, requestsBox(desk, caseload, first, "due"));
    fill(rest, requestsBox(desk, caseload, found.filter((one) => !first.includes(one))));
    rest.dataset.ready = "true";
  } catch (error) {
    if (desk.here()) fill(rest, note("heed", "i-warn", t("work.wish.failed")));
    desk.sentence(error);
  }
}

/** @param {Caseload} caseload */
const adds = (caseload) => caseload.session.person.role === "worker";

/** @param {Desk} desk @param {Caseload} caseload */
const addButton = (desk, caseload) =>
  button(t("work.children.add"), { icon: "i-plus", look: "plain", data: { act: "add" } }, () => desk.go("add"));

/** @param {Caseload} caseload */
const trust = (caseload) => (caseload.trust.swapped ? note("alarm", "i-warn", t("work.people.self")) : null);

/** @param {Desk} desk @param {Caseload} caseload */
function nobody(desk, caseload) {
  const { role } = caseload.session.person;
  const anyone = [...caseload.trust.introduced.values()].some((one) => one.record.person !== caseload.session.person.id);
  if (role !== "worker") return empty("who", t("work.today.empty.title"), t(role === "second" ? "work.today.empty.second" : "work.today.empty.confidant"), colleagues(desk));
  return anyone
    ? empty("allread", t("work.today.empty.title"), t("work.today.empty.worker"), button(t("work.children.add"), { icon: "i-plus", data: { act: "add-first" } }, () => desk.go("add")))
    : empty("who", t("work.today.empty.title"), t("work.people.first"), colleagues(desk));
}

/** @param {Desk} desk */
const colleagues = (desk) => button(t("work.add.goto"), { data: { act: "colleagues" } }, () => desk.go("colleagues"));

/**
 * The server's order, with one change: it cannot know which children open for me.
 *
 * @param {Kid[]} kids
 */
function order(kids) {
  const second = (/** @type {Kid} */ kid) => kid.overdue !== false && kid.role === "second";
  const unseen = (/** @type {Kid} */ kid) => kid.flags.some((flag) => flag.seen.length === 0);
  const rank = (/** @type {Kid} */ kid) => [unseen(kid), second(kid), kid.unread > 0, speaks(kid)].map((on) => (on ? 0 : 1)).join("");
  return kids.sort((a, b) => rank(a).localeCompare(rank(b)) || (b.last?.getTime() ?? 0) - (a.last?.getTime() ?? 0) || nameOf(a).localeCompare(nameOf(b)));
}

/** @param {Desk} desk @param {Caseload} caseload */
function awayNote(desk, caseload) {
  const { away } = caseload.session;
  if (!away) return null;
  const now = new Date();
  // The day as it is here, in the form of a date field.
  const today = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  if (away.until < today) return null;
  const [from, until] = [day(new Date(`${away.from}T12:00:00`)), day(new Date(`${away.until}T12:00:00`))];
  const words = away.from <= today ? t("work.today.away", { day: until }) : t("work.today.away.soon", { from, until });
  return h(
    "div",
    { class: "firstrow heed section-s", "data-part": "away" },
    drawing("i-day"),
    h("div", null, words),
    button(t("work.today.away.change"), { look: "plain" }, () => desk.go("away")),
  );
}

/**
 * What comes before everything else for one child: a flag, a message too long unopened, new messages.
 *
 * @param {Desk} desk @param {Kid} kid @param {Caseload} caseload
 */
function firstRows(desk, kid, caseload) {
  const name = nameOf(kid);
  const open = (/** @type {string} */ look) => button(t("work.today.open"), { look, label: `${t("work.today.open")}: ${name}`, data: { open: kid.child } }, () => desk.go("child", { child: kid.child }));
  const rows = [];
  for (const flag of kid.flags) {
    // What was taken care of more than a day ago stands on the child's page; here is what asks for something now.
    const mine = flag.seen.some((one) => one.name === caseload.session.person.name);
    if (mine && !isOpen(flag) && daysAgo(flag.at) > 1) continue;
    rows.push(flagRow(desk, kid, flag, mine, open("")));
  }
  rows.push(...meldcodeRows(desk, caseload, kid));
  const talk = heldRow(desk, kid, name);
  if (talk) rows.push(talk);
  for (const one of kid.signals) if (!one.handed) rows.push(signalRow(desk, kid, one, caseload));
  if (kid.overdue !== false && kid.role === "second") {
    rows.push(
      h(
        "li",
        { class: "firstrow heed", "data-overdue": kid.child },
        drawing("i-clock"),
        h("div", null, h("b", null, t("work.today.overdue", { name })), h("br", null), h("span", { class: "soft small" }, t(kid.overdue === "away" ? "work.today.overdue.away" : "work.today.overdue.since", kid.firstUnread ? { day: day(kid.firstUnread) } : { day: "" }))),
        open(""),
      ),
    );
  } else if (kid.unread > 0) {
    const words = kid.unread === 1 ? t("work.today.new.one", { name }) : t("work.today.new.more", { name, n: kid.unread });
    rows.push(
      h(
        "li",
        { class: "firstrow", "data-new": kid.child },
        drawing("i-note"),
        h("div", null, h("b", null, words), kid.firstUnread ? [h("br", null), h("span", { class: "soft small" }, t(kid.unread === 1 ? "work.today.new.at" : "work.today.new.since", { when: moment(kid.firstUnread).toLocaleLowerCase() }))] : null),
        open("plain"),
      ),
    );
  }
  return rows;
}

/**
 * @param {Desk} desk @param {Kid} kid @param {Kid["flags"][number]} flag @param {boolean} mine @param {HTMLElement} open
 */
export function flagRow(desk, kid, flag, mine, open) {
  const name = nameOf(kid);
  const under = h("span", { class: "soft small" });
  const say = () => {
    const last = flag.seen[flag.seen.length - 1];
    const when = moment(flag.at);
    fill(under, ...flagState(flag), last ? t("work.today.flag.seen", { when, name: together(flag.seen.map((one) => one.name)), time: clock(last.at) }) : t("work.today.flag.at", { when }));
  };
  say();
  const seen = mine
    ? null
    : button(t("work.today.flag.mark"), { look: "plain", data: { seen: flag.id } }, () =>
        void busy(/** @type {HTMLButtonElement} */ (seen), async () => {
          try {
            await api(`/desk/api/flags/${flag.id}/seen`);
            seen?.remove();
            desk.say(t("work.today.flag.marked", { name }));
          } catch (error) {
            desk.say(desk.sentence(error));
          }
        }),
      );
  return h("li", { class: "firstrow alarm", "data-flag": kid.child }, drawing("i-flag"), h("div", null, h("b", null, t("work.today.flag", { name })), h("br", null), under), seen, open);
}

/** @param {Desk} desk @param {Caseload} caseload @param {Kid[]} kids */
function table(desk, caseload, kids) {
  const heads = [1, 2, 3, 4, 5].map((n) => t(`work.today.col.${n}`));
  const body = h("tbody", null);
  for (const kid of kids) {
    const line = h("td", { class: "whole", "data-h": heads[1] });
    const days = kid.last ? daysAgo(kid.last) : null;
    body.append(
      h(
        "tr",
        { "data-child": kid.child },
        h("th", { scope: "row" }, childLink(desk, kid)),
        line,
        h("td", { class: days !== null && days > 28 ? "n late" : "n", "data-h": heads[2] }, speaks(kid) ? (days ?? t("work.common.never")) : h("span", { class: "tag quiet" }, t("work.children.state.1"))),
        h("td", { class: kid.unread ? "n" : "n zero", "data-h": heads[3] }, kid.unread),
        h("td", { "data-h": heads[4] }, others(kid, caseload)),
      ),
    );
    if (speaks(kid)) void drawStrip(desk, caseload, kid, line);
  }
  return h(
    "table",
    { class: "table cards" },
    h("caption", null, h("h2", null, t("work.today.table"))),
    h("thead", null, h("tr", null, heads.map((text, at) => h("th", { scope: "col", class: at === 2 || at === 3 ? "n" : null }, text, at === 1 ? h("small", null, t("work.today.months")) : null)))),
    body,
  );
}

/**
 * When a child was heard from is known without opening anything; it comes a moment later, so that names are there first.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {HTMLElement} into
 */
async function drawStrip(desk, caseload, kid, into) {
  try {
    const rows = await caseload.rows(kid);
    if (desk.here()) fill(into, strip(nameOf(kid), rows.filter((row) => row.dir === "up").map((row) => row.at)));
  } catch (error) {
    if (desk.here()) into.textContent = kid.last ? ago(kid.last) : "";
    desk.sentence(error);
  }
}

/** @param {Desk} desk @param {Kid} kid */
function childLink(desk, kid) {
  const link = h("button", { type: "button", "data-open": kid.child }, h("bdi", null, nameOf(kid)), ageOf(kid) ? [" ", h("small", null, ageOf(kid))] : null);
  link.addEventListener("click", () => desk.go("child", { child: kid.child }));
  return link;
}

/** All children by name, with what belongs to each: phone, readers, kindnummer. @param {Desk} desk @param {Caseload} caseload */
export async function childrenPage(desk, caseload) {
  await caseload.load();
  const kids = [...caseload.kids.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const heads = [1, 2, 3, 4].map((n) => t(`work.children.col.${n}`));
  const rows = kids.map((kid) => {
    const { phone, watched } = phoneOf(kid);
    const off = kid.enrolled && !kid.phones.some((one) => one.revoked === null);
    const state = !kid.enrolled ? t(kid.circles.worker ? "work.children.state.4" : "work.children.state.1") : t(off ? "work.children.state.3" : "work.children.state.2");
    const trouble = kid.strangers > 0 || kid.refused.includes(circleOf(kid));
    return h(
      "tr",
      { "data-child": kid.child },
      h("th", { scope: "row" }, childLink(desk, kid)),
      h(
        "td",
        { "data-h": heads[1] },
        state,
        watched ? h("small", null, `${t("work.kid.phone")} ${t(`work.kid.phone.${PHONE.indexOf(phone) + 1}`)}`) : null,
        trouble ? h("small", { class: "late" }, t("work.children.trouble")) : null,
        !kid.enrolled && kid.role === "worker" ? button(t("work.children.link"), { look: "plain", data: { link: kid.child } }, () => desk.go("link", { child: kid.child })) : null,
      ),
      h("td", { "data-h": heads[2] }, others(kid, caseload)),
      h("td", { "data-h": heads[3] }, h("bdi", { class: "mono" }, kid.child)),
    );
  });
  return h(
    "div",
    null,
    heading(t("work.children.title"), t("work.children.lead"), adds(caseload) ? addButton(desk, caseload) : null),
    trust(caseload),
    kids.length === 0
      ? nobody(desk, caseload)
      : h(
          "table",
          { class: "table cards" },
          h("caption", { class: "unseen" }, t("work.children.title")),
          h("thead", null, h("tr", null, heads.map((text) => h("th", { scope: "col" }, text)))),
          h("tbody", null, rows),
        ),
  );
}
