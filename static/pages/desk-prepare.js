/**
 * Preparing a talk with one child, in two minutes: its words since the last talk alone, what is open, how to begin; and
 * after the talk the record of it, in the same place.
 *
 * What is opened here is a read that the child sees, with the reason that this page is for.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { mine, unlocked } from "../desk-keys.js";
import { ago, button, empty, heading, isApart, moment, note, notice, together } from "../parts/desk-bits.js";
import { phoneOf } from "../parts/desk-caseload.js";
import { scoreChart } from "../parts/desk-chart.js";
import { entryArticle, missingBefore, phoneWords, threads } from "../parts/desk-entry.js";
import { nameOf, noteWatching, scoresOf, sendReceipts, troubles } from "../parts/desk-kid.js";
import { askedOfWords, inShort, lastAlone, openers, openPromises, whereAndWhen } from "../parts/desk-prepared.js";
import { requestLine, requestsBox, requestsOf } from "../parts/desk-requests.js";
import { promiseLine, sheetOf } from "../parts/desk-sheet.js";
import { fill, h } from "../parts/h.js";
import { hush } from "../parts/player.js";
import { day, series, t } from "../parts/words.js";
import { recordForm } from "./desk-record.js";
import { flagRow } from "./desk-today.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-caseload.js").Row} Row */
/** @typedef {import("../parts/desk-entry.js").Thread} Thread */
/** @typedef {import("../parts/desk-requests.js").Asked} Asked */
/** @typedef {import("../parts/desk-talks.js").ChildTalks} ChildTalks */

/** How many messages stand on the page before the rest is asked for. */
const SHOWN = 12;
/** How many from before the last talk are opened along: what is open and the numbers go further back than the words. */
const BEFORE = 60;
/** How many of those are shown when there are no words since. */
const EARLIER = 2;
/** How many beginnings of messages stand in a list. */
const LISTED = 6;

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string, plan?: string}} params - `plan`: id of the plan it is for. */
export async function preparePage(desk, caseload, { child, plan }) {
  if (!caseload.kids.has(child)) await caseload.load();
  else await caseload.loadChildren();
  const kid = caseload.kids.get(child);
  // A confidant's talks are between the two: nothing of them is planned, counted or recorded here.
  if (!kid || isApart(kid)) return h("div", null, heading(t("work.prep.go")), empty("quiet", t("work.empty.noaccess"), "", button(t("work.common.back"), {}, () => desk.go("children"))));
  const made = new PreparePage(desk, caseload, kid, plan);
  void made.begin();
  return made.page;
}

class PreparePage {
  /** @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {string | undefined} plan */
  constructor(desk, caseload, kid, plan) {
    this.desk = desk;
    this.caseload = caseload;
    this.kid = kid;
    this.plan = plan;
    this.name = nameOf(kid);
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Set<string>} What I open for the first time. */
    this.fresh = new Set();
    /** When the last talk alone began. @type {Date | null} */
    this.since = null;
    /** @type {Asked[]} */
    this.asked = [];
    /** @type {{known: boolean, siblings: {child: string, last: string | null}[], others: number} | null} */
    this.family = null;
    /** How many messages are shown. */
    this.most = SHOWN;

    /** When there was a talk alone, in words. */
    this.last = "";
    this.lastLine = h("div", { class: "soft", "data-part": "last" });
    this.words = h("div", { class: "words section-s" }, h("p", { class: "small soft", role: "status" }, t("work.common.busy")));
    this.told = notice("");
    this.notes = h("div", { class: "notes" });
    this.scores = h("div", null);
    this.wishes = h("div", null);
    this.promises = h("div", null);
    this.share = h("div", null);
    this.siblings = h("div", null);
    this.where = h("div", null);
    this.begins = h("div", null);
    this.after = h("section", { class: "section noprint", "aria-labelledby": "prep-after", "data-part": "after" });
    this.paper = h("div", null);
    this.page = h("div", { class: "prepare", "data-ready": "false" });
    this.frame();
  }

  frame() {
    const { kid, name, desk } = this;
    const age = kid.card?.age ? `, ${t("work.today.age", { n: kid.card.age })}` : "";
    const me = this.caseload.session.person.name;
    const flags = kid.flags.slice(0, 3).map((flag) => flagRow(desk, kid, flag, flag.seen.some((one) => one.name === me), h("span", null)));
    const box = (/** @type {string} */ part, /** @type {string} */ title, /** @type {HTMLElement} */ content, look = "box-p") =>
      h("section", { class: look, "aria-labelledby": `prep-${part}`, "data-part": part }, h("h2", { id: `prep-${part}` }, title), content);
    this.showAfter();
    fill(
      this.page,
      h(
        "div",
        { class: "noprint" },
        heading(
          [t("work.prep.title", { name }), age],
          t("work.prep.log"),
          button(t("work.prep.print"), { look: "plain", icon: "i-print", data: { act: "print" } }, () => this.print()),
          button(t("work.prep.child", { name }), { look: "plain", data: { act: "child" } }, () => desk.go("child", { child: kid.child })),
        ),
        this.notes,
        flags.length ? h("ul", { class: "firsts section-s" }, flags) : null,
        h(
          "div",
          { class: "cols two section" },
          h("section", { "aria-labelledby": "prep-words", "data-part": "words" }, h("h2", { id: "prep-words", class: "section-h" }, t("work.prep.1")), this.lastLine, this.told.element, this.words),
          h(
            "div",
            { class: "stack" },
            box("scores", t("work.kid.scores", { name }), this.scores),
            this.wishes,
            box("promises", t("work.prep.3"), this.promises),
            box("share", t("work.prep.share"), this.share, "box-p apart"),
            box("siblings", t("work.prep.sib"), this.siblings),
            box("where", t("work.prep.where"), this.where),
            box("openers", t("work.prep.open"), this.begins),
          ),
        ),
      ),
      this.after,
      this.paper,
    );
    this.showNotes();
  }

  showNotes() {
    const { phone, watched } = phoneOf(this.kid);
    fill(this.notes, troubles(this.kid), this.kid.card ? null : note("", "i-info", t("work.kid.noname")), watched ? note("heed", "i-eye", h("b", null, t("work.mark.phonewatched")), ` ${phoneWords(phone)}.`) : null);
  }

  // --- fetching and opening ------------------------------------------------------------------------------------------

  async begin() {
    for (const one of [this.wishes, this.siblings]) fill(one);
    await Promise.all([this.open(), this.ask(), this.relate()]);
    if (!this.desk.here()) return;
    this.showAll();
    this.page.dataset.ready = "true";
  }

  /** The child's words: those since the last talk alone first, newest first, then as much of what came before as is needed. */
  async open() {
    const { desk, caseload, kid } = this;
    try {
      // Without knowing of the talks there is still every word to read.
      const [rows, talks] = await Promise.all([caseload.rows(kid), caseload.talks.load(kid).catch((error) => this.missed(this.lastLine, error))]);
      if (!desk.here()) return;
      this.rows = rows;
      if (talks) this.showLast(talks);
      const me = caseload.session.person.id;
      const newest = [...rows].reverse();
      for (const row of newest) if (row.dir === "up" && !kid.opened.has(row.id) && !row.opened.some((one) => one.person === me)) this.fresh.add(row.id);
      const since = newest.filter((row) => this.isSince(row) || this.fresh.has(row.id));
      const before = newest.filter((row) => !since.includes(row)).slice(0, BEFORE);
      const wanted = [...since, ...before].filter((row) => !kid.opened.has(row.id));
      kid.reason ??= "prepare";
      let early = false;
      await caseload.openAll(kid, wanted, "prepare", () => {
        if (desk.here() && !early) this.showWords();
        early = true;
      });
      if (!desk.here()) return;
      this.showWords();
      await noteWatching(caseload, kid);
      // Also when this page is left for the next: what was read was read.
      void sendReceipts(caseload, kid, this.fresh, () => unlocked() && mine().person === caseload.session.person.id);
      if ((await caseload.misfits(kid)) && desk.here()) this.showWords();
    } catch (error) {
      if (!desk.here()) return;
      this.told.say(desk.sentence(error), "heed");
      this.showWords(button(t("work.common.retry"), { data: { act: "retry" } }, () => {
        this.told.say("");
        void this.begin();
      }));
    }
  }

  /** Whether the child wants to talk alone. */
  async ask() {
    try {
      this.asked = (await requestsOf(this.caseload, this.kid)).filter((one) => one.closed === null);
    } catch (error) {
      this.missed(this.wishes, error);
    }
  }

  /** Brothers and sisters. */
  async relate() {
    try {
      this.family = await api(`/desk/api/children/${this.kid.child}/siblings`, { method: "GET" });
    } catch (error) {
      this.missed(this.siblings, error);
    }
  }

  /** @param {HTMLElement} place @param {unknown} error */
  missed(place, error) {
    const text = `${t("work.prep.failed")} ${this.desk.sentence(error)}`;
    if (this.desk.here()) fill(place, note("heed", "i-warn", text), h("div", { class: "acts line section-s" }, button(t("work.common.retry"), { look: "plain", data: { act: "again" } }, () => void this.begin())));
    return null;
  }

  /** @param {Row} row */
  isSince = ({ at }) => this.since === null || at > this.since;

  /** @returns {Thread[]} Everything that is open, newest first; what the child threw away is no message. */
  threads() {
    const all = [...this.kid.opened.values()];
    const count = this.rows.filter((row) => row.dir === "up").length;
    return threads(all, { fresh: this.fresh, gaps: missingBefore(all, count) }).filter(({ said }) => said.meta?.kind !== "empty");
  }

  // --- showing -------------------------------------------------------------------------------------------------------

  /** @param {ChildTalks} talks */
  showLast(talks) {
    const last = lastAlone(talks.talks);
    this.since = last?.begin ?? null;
    this.last = last ? t("work.prep.last", { day: day(last.begin), ago: ago(last.begin) }) : t("work.prep.nolast");
    fill(this.lastLine, this.last);
  }

  showAll() {
    const all = this.threads();
    this.showNotes();
    const scores = scoresOf(this.kid.opened.values());
    fill(this.scores, scores.length ? scoreChart(scores) : h("p", { class: "small soft" }, t("work.kid.scores.none")));
    if (!this.wishes.hasChildNodes()) fill(this.wishes, requestsBox(this.desk, this.caseload, this.asked, "prepare"));
    const promises = openPromises(all).map((one) => ({ one, line: promiseLine(one, (id) => this.caseload.nameOf(id)) }));
    fill(this.promises, promises.length ? list(promises.map(({ one, line }) => h("li", { "data-promise": one.why }, line, h("small", null, ` ${day(new Date(one.thread.said.meta?.at ?? 0))}`)))) : soft("work.prep.promise.none"));
    this.showShare(all);
    this.showSiblings();
    const where = this.placesOf(all);
    fill(this.where, where.length ? where.map((thread) => this.article(thread)) : soft("work.prep.where.none"));
    const begins = this.openersFor(all, scores);
    fill(
      this.begins,
      list(begins.first.map((one) => h("li", null, one)), Infinity),
      note("", "i-info", t("opener.stop")),
      h(
        "details",
        { class: "fold" },
        h("summary", null, t("work.prep.open.more")),
        list(begins.more.map((one) => h("li", null, one)), Infinity),
        h("p", { class: "small soft" }, t("work.prep.open.rules")),
        list(series("opener.rule.#").map((one) => h("li", null, one)), Infinity),
      ),
    );
    this.showPaper(all, scores, begins.first, promises.map(({ line }) => line), where);
  }

  /** @param {Thread[]} all */
  placesOf(all) {
    const oldest = this.asked.map(({ since }) => since).sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
    return whereAndWhen(all, oldest).slice(0, EARLIER);
  }

  /** @param {Thread[]} all @param {import("../parts/desk-chart.js").Score[]} scores */
  openersFor(all, scores) {
    const { card } = this.kid;
    return openers({ age: card?.age ?? null, level: card?.level ?? "12", scores, said: all.some(({ said }) => this.isSince(said.row)) });
  }

  /** The words themselves. @param {HTMLElement | null} [retry] */
  showWords(retry = null) {
    hush();
    const all = this.threads();
    const since = all.filter(({ said }) => this.isSince(said.row) || this.fresh.has(said.row.id));
    const shown = since.slice(0, this.most);
    const rest = since.length - shown.length;
    const more = rest > 0 ? button(t("work.prep.rest", { n: rest }), { look: "plain", data: { act: "rest" } }, () => this.showRest()) : null;
    if (since.length > 0 || retry) {
      fill(this.words, shown.map((thread) => this.article(thread)), more, retry ? h("div", { class: "acts line" }, retry) : null);
      return;
    }
    const before = all.slice(0, EARLIER);
    if (before.length) fill(this.words, note("", "i-info", this.nothing()), h("h3", null, t("work.prep.before")), before.map((thread) => this.article(thread)));
    else fill(this.words, empty("quiet", this.name, this.nothing()));
  }

  showRest() {
    const was = this.words.querySelectorAll("article").length;
    this.most = Infinity;
    this.showWords();
    const next = this.words.querySelectorAll("article")[was];
    if (next instanceof HTMLElement) {
      next.tabIndex = -1;
      next.focus();
    }
  }

  /** @returns {string} What is said where there are no words since the last talk. */
  nothing() {
    const { kid } = this;
    if (!kid.enrolled && !kid.circles.worker) return t("work.empty.noapp");
    if (this.rows.every((row) => row.dir !== "up")) return t("work.empty.never");
    return t("work.empty.none", { date: this.since ? day(this.since) : t("work.common.never") });
  }

  /**
   * One message. Should it be such that it cannot be shown, it says so in its own place and takes no other with it.
   *
   * @param {Thread} thread
   */
  article(thread) {
    const around = { caseload: this.caseload, kid: this.kid, acts: null };
    try {
      return entryArticle(thread, around);
    } catch {
      return entryArticle({ ...thread, said: { ...thread.said, state: "damaged", meta: null }, answers: [], reactions: new Map() }, around);
    }
  }

  /** What the child asked to be done or not done with its words, set apart: it is broken most easily by not having seen it. @param {Thread[]} all */
  showShare(all) {
    const groups = askedOfWords(all);
    fill(
      this.share,
      groups.map(({ text, strict, threads: of }) =>
        h(
          "div",
          { class: "wish", "data-strict": strict },
          note(strict ? "heed" : "", strict ? "i-warn" : "i-info", h("b", null, text)),
          list(of.map((thread) => h("li", null, t("work.prep.share.on", { days: day(new Date(thread.said.meta?.at ?? 0)) }), " ", inShort(thread, 60)))),
        ),
      ),
      groups.length ? null : soft("work.prep.share.none"),
    );
  }

  /** @returns {{child: string, last: string | null, text: (name: string) => string}[]} My own, those never spoken to first. */
  brothers() {
    const mine = [...(this.family?.siblings ?? [])].sort((a, b) => (a.last ?? "").localeCompare(b.last ?? ""));
    return mine.map(({ child, last }) => {
      const at = last ? new Date(`${last}T12:00:00`) : null;
      return { child, last, text: (name) => (at ? t("work.prep.sib.last", { name, day: day(at), ago: ago(at) }) : t("work.prep.sib.never", { name })) };
    });
  }

  /** @returns {string} What is said of those whom I do not read; "" for nothing. */
  strangers() {
    const n = this.family?.others ?? 0;
    return n ? t(n === 1 ? "work.prep.sib.other.one" : "work.prep.sib.other", { n }) : "";
  }

  showSiblings() {
    const { family, caseload, desk } = this;
    if (!family) return;
    const mine = this.brothers();
    const others = this.strangers();
    const nobody = !family.known ? "work.prep.sib.unknown" : mine.length || others ? "" : "work.prep.sib.none";
    fill(
      this.siblings,
      mine.length
        ? list(
            mine.map(({ child, last, text }) => {
              const kid = caseload.kids.get(child);
              return h("li", { "data-sibling": child, "data-last": last ?? "" }, text(kid ? nameOf(kid) : child), " ", button(t("work.prep.go"), { look: "bare", label: `${t("work.prep.go")}: ${kid ? nameOf(kid) : child}`, data: { prepare: child } }, () => desk.go("prepare", { child })));
            }),
            Infinity,
          )
        : null,
      others ? h("p", { "data-others": family.others }, others, h("br", null), h("span", { class: "small soft" }, t("work.prep.sib.who"))) : null,
      nobody ? soft(nobody) : null,
    );
  }

  // --- after the talk ------------------------------------------------------------------------------------------------

  showAfter() {
    const go = button(t("work.talks.record"), { icon: "i-seal", data: { act: "record-here" } }, () => void this.record());
    fill(this.after, h("h2", { id: "prep-after" }, t("work.prep.after")), h("p", { class: "soft" }, t("work.contact.lead")), h("div", { class: "acts line section-s" }, go));
  }

  async record() {
    const { desk, caseload, kid, plan } = this;
    const stop = () => {
      this.showAfter();
      const again = this.after.querySelector("[data-act=record-here]");
      if (again instanceof HTMLElement) again.focus();
    };
    try {
      const form = await recordForm(desk, caseload, kid, { plan, stop });
      if (!desk.here()) return;
      const title = form.querySelector("h2");
      if (title) title.id = "prep-after";
      fill(this.after, form);
      title?.focus();
    } catch (error) {
      if (desk.here()) this.told.say(desk.sentence(error), "heed");
    }
  }

  // --- on paper ------------------------------------------------------------------------------------------------------

  /**
   * @param {Thread[]} all @param {import("../parts/desk-chart.js").Score[]} scores @param {string[]} begins @param {string[]} promises
   * @param {Thread[]} where
   */
  showPaper(all, scores, begins, promises, where) {
    const { kid, caseload } = this;
    const words = all.filter(({ said }) => this.isSince(said.row) || this.fresh.has(said.row.id));
    fill(
      this.paper,
      sheetOf({
        child: kid.child,
        age: kid.card?.age ?? null,
        by: caseload.session.person.name,
        last: this.last,
        words,
        none: this.nothing(),
        scores,
        asked: this.asked.map((one) => requestLine(caseload, one, kid.child)),
        promises,
        share: askedOfWords(all),
        siblings: [...this.brothers().map(({ child, text }) => text(child)), this.strangers(), this.family?.known === false ? t("work.prep.sib.unknown") : ""],
        where: where.map((thread) => inShort(thread, 150)),
        openers: begins,
      }),
    );
  }

  print() {
    globalThis.print();
  }
}

/** @param {HTMLElement[]} rows @param {number} [most] */
const list = (rows, most = LISTED) => h("ul", { class: "bullets" }, rows.slice(0, most), rows.length > most ? h("li", null, t("work.prep.more", { n: rows.length - most })) : null);

/** @param {string} key */
const soft = (key) => h("p", { class: "small soft" }, t(key));
