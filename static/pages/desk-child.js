/**
 * A child's page: its words, opened with a reason it can read, what was done with them, and its own numbers over time.
 *
 * @module
 */

import { answerForm } from "../parts/desk-answer.js";
import { busy, button, choice, empty, field, heading, isApart, note, notice, together } from "../parts/desk-bits.js";
import { fellowReaders, hasPhone, PHONE, phoneOf } from "../parts/desk-caseload.js";
import { scoreChart } from "../parts/desk-chart.js";
import { entryArticle, missingBefore, phoneWords, threads } from "../parts/desk-entry.js";
import { isOpen, stepsForm } from "../parts/desk-flag.js";
import { meldcodeRows, meldcodesBefore } from "../parts/desk-meldcode.js";
import { nameOf, noteWatching, scoresOf, sendReceipts, troubles } from "../parts/desk-kid.js";
import { closedRequests, requestsBox, requestsOf } from "../parts/desk-requests.js";
import { talksSection } from "../parts/desk-state.js";
import { heldBox } from "../parts/desk-offer.js";
import { fill, h } from "../parts/h.js";
import { hush } from "../parts/player.js";
import { t } from "../parts/words.js";
import { flagRow } from "./desk-today.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-caseload.js").Opened} Opened */
/** @typedef {import("../parts/desk-caseload.js").Reason} Reason */
/** @typedef {import("../parts/desk-caseload.js").Row} Row */

/** How many messages that were opened before are opened again along with the new ones. */
const AGAIN = 40;
/** @type {Reason[]} In the order of the catalogue. */
const REASONS = ["read", "prepare", "other"];

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string}} params */
export async function childPage(desk, caseload, { child }) {
  if (!caseload.kids.has(child)) await caseload.load();
  else await caseload.loadChildren();
  const kid = caseload.kids.get(child);
  if (!kid) return h("div", null, heading(t("work.place.children")), empty("quiet", t("work.empty.noaccess"), "", button(t("work.common.back"), {}, () => desk.go("children"))));
  const rows = await caseload.rows(kid);
  return new ChildPage(desk, caseload, kid, rows).page;
}

class ChildPage {
  /** @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {Row[]} rows */
  constructor(desk, caseload, kid, rows) {
    this.desk = desk;
    this.caseload = caseload;
    this.kid = kid;
    this.rows = rows;
    this.name = nameOf(kid);
    const me = caseload.session.person.id;
    this.up = rows.filter((row) => row.dir === "up");
    this.unread = this.up.filter((row) => !kid.opened.has(row.id) && !row.opened.some((one) => one.person === me));
    /** @type {Set<string>} What I open for the first time. */
    this.fresh = new Set(this.unread.map((row) => row.id));
    /** @type {Awaited<ReturnType<typeof answerForm>> | null} */
    this.form = null;
    desk.leaving(() => this.form?.leave());

    this.phoneBox = h("div", { class: "phone" });
    this.askedBox = h("div", { class: "section-s" });
    void this.showAsked();
    this.doorBox = h("div", { class: "reason" });
    this.list = h("div", { class: "words section-s" });
    this.chartBox = h("div", null);
    this.told = notice("");
    this.words = h("h2", { id: "kid-words", class: "section-h", tabindex: "-1" }, t("work.kid.words", { name: this.name }));
    this.page = h("div", null);
    this.frame();
    this.showDoor();
    this.showPhone();
    if (kid.reason && (this.unread.length || this.up.some((row) => !kid.opened.has(row.id)))) void this.openMessages(kid.reason);
    else this.showEntries();
  }

  frame() {
    const { kid, name, desk } = this;
    const age = kid.card?.age ? `, ${t("work.today.age", { n: kid.card.age })}` : "";
    const others = fellowReaders(kid, this.caseload.session);
    // All that ask for something, and the newest of the others.
    const shown = kid.flags.filter(isOpen);
    const flags = (shown.length ? shown : kid.flags.slice(0, 1)).flatMap((flag) => {
      const mine = flag.seen.some((one) => one.name === this.caseload.session.person.name);
      return [flagRow(desk, kid, flag, mine, h("span", null)), h("li", { class: "plain" }, stepsForm(desk, this.caseload, kid, flag, name))];
    });
    const codes = meldcodeRows(desk, this.caseload, kid);
    fill(
      this.page,
      heading(
        [h("bdi", null, name), age],
        others.length ? t("work.kid.readers", { names: together(others) }) : null,
        isApart(kid) ? null : button(t("work.prep.go"), { icon: "i-list", data: { act: "prepare" } }, () => desk.go("prepare", { child: kid.child })),
        kid.role === "confidant" ? null : button(t("work.kp.go"), { look: "plain", icon: "i-pen", data: { act: "documents" } }, () => desk.go("documents", { child: kid.child })),
        button(t("work.kid.device"), { look: "plain", icon: "i-phone", data: { act: "phone" } }, () => desk.go("phone", { child: kid.child })),
        isApart(kid) || !kid.circles.worker ? null : button(t("hwc.title"), { look: "plain", icon: "i-note", data: { act: "school" } }, () => desk.go("school", { child: kid.child })),
        isApart(kid) ? null : button(t("work.kid.kindmodus"), { look: "plain", icon: "i-one", data: { act: "kid-kindmodus" } }, () => desk.go("kindmodus", { child: kid.child })),
        button(t("work.kid.edit"), { look: "plain", icon: "i-pen", data: { act: "edit" } }, () => this.edit()),
      ),
      h("div", { class: "notes" }, isApart(kid) ? note("", "i-info", t(kid.role === "independent" ? "work.independent.lead" : "work.confidant.lead")) : null, troubles(kid), kid.card ? null : note("", "i-info", t("work.kid.noname")), this.phoneBox),
      flags.length || codes.length ? h("ul", { class: "firsts section-s" }, flags, codes) : null,
      heldBox(desk, kid, name),
      this.askedBox,
      h(
        "div",
        { class: "cols two section" },
        h("section", { "aria-labelledby": "kid-words" }, this.words, this.doorBox, this.told.element, this.list),
        h("div", { class: "stack noprint" }, isApart(kid) ? null : talksSection({ desk, caseload: this.caseload, kid, name }), h("section", { class: "box-p", "aria-labelledby": "kid-scores" }, h("h2", { id: "kid-scores" }, t("work.kid.scores", { name })), this.chartBox), meldcodesBefore(desk, kid), this.readsButton()),
      ),
    );
  }

  readsButton() {
    const show = button(t("work.kid.reads"), { look: "plain", icon: "i-eye", data: { act: "reads" } }, () => {
      this.desk.known("reads", this.kid.child);
      show.remove();
    });
    return show;
  }

  /** Whether the child wants to talk alone, and what became of it before. */
  async showAsked() {
    const { desk, caseload, kid } = this;
    try {
      const found = await requestsOf(caseload, kid);
      if (!desk.here()) return;
      fill(
        this.askedBox,
        requestsBox(desk, caseload, found.filter((one) => one.closed === null)),
        closedRequests(found.filter((one) => one.closed !== null), caseload.session.person.id),
      );
      this.askedBox.dataset.ready = "true";
    } catch (error) {
      if (desk.here()) fill(this.askedBox, note("heed", "i-warn", t("work.wish.failed")));
      desk.sentence(error);
    }
  }

  showPhone() {
    const { phone, watched } = phoneOf(this.kid);
    fill(this.phoneBox, watched ? note("heed", "i-eye", h("b", null, t("work.mark.phonewatched")), ` ${phoneWords(phone)}.`) : null);
    this.phoneBox.dataset.watched = String(watched);
    return watched;
  }

  // --- opening -------------------------------------------------------------------------------------------------------

  /** The question why, before anything opens: the child can read the answer. */
  showDoor() {
    const { kid } = this;
    const closed = this.up.filter((row) => !kid.opened.has(row.id));
    if (closed.length === 0 || kid.reason) {
      fill(this.doorBox);
      return;
    }
    const many = this.unread.length;
    const title = many === 1 ? t("work.kid.new.one") : many > 1 ? t("work.kid.new", { n: many }) : t("work.kid.closed", { n: closed.length });
    const reason = choice(t("work.read.reason"), REASONS.map((value, at) => ({ value, text: t(`work.read.reason.${at + 1}`) })));
    const told = notice();
    const go = button(t(many ? "work.kid.open.new" : "work.kid.open"), { type: "submit", data: { act: "open" } });
    const form = h(
      "form",
      { class: "box-p form section-s", novalidate: true, "data-part": "reason" },
      h("h3", null, title),
      reason.element,
      h("p", { class: "small soft" }, t("work.kid.reason.log")),
      told.element,
      h("div", { class: "acts line" }, go),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const why = /** @type {Reason | null} */ (reason.value());
      if (!why) {
        told.say(t("work.common.choose", { what: t("work.kid.reason.label") }));
        return reason.focus();
      }
      kid.reason = why;
      return void busy(go, () => this.openMessages(why));
    });
    fill(this.doorBox, form);
  }

  /**
   * Opens what is new, oldest first, then what I had opened before, newest first, and what was answered to it.
   *
   * @param {Reason} reason
   * @param {number} [again] - How many of those opened before.
   */
  async openMessages(reason, again = AGAIN) {
    const { kid, desk } = this;
    const closed = (/** @type {Row} */ row) => !kid.opened.has(row.id);
    const before = this.up.filter((row) => closed(row) && !this.unread.includes(row)).reverse();
    const older = before.slice(0, again);
    const first = older[older.length - 1]?.at ?? this.unread[0]?.at ?? new Date(0);
    const down = this.rows.filter((row) => row.dir === "down" && closed(row) && (older.length === before.length || row.at >= first));
    const wanted = [...this.unread.filter(closed), ...older, ...down];
    const bar = h("progress", { max: wanted.length || 1, value: 0, "aria-label": t("work.kid.open") });
    const line = h("p", { class: "small soft", role: "status" });
    fill(this.doorBox, h("div", { class: "hold" }, bar, line));
    try {
      await this.caseload.openAll(kid, wanted, reason, (done) => {
        if (!desk.here()) return;
        bar.value = done;
        line.textContent = t("work.kid.opening", { n: done, m: wanted.length });
        if (done < wanted.length) this.showEntries();
      });
    } catch (error) {
      if (!desk.here()) return;
      this.told.say(desk.sentence(error), "heed");
      const retry = button(t("work.common.retry"), { data: { act: "retry" } }, () => void this.openMessages(reason, again));
      fill(this.doorBox, h("div", { class: "acts line" }, retry));
      this.showEntries();
      return;
    }
    if (!desk.here()) return;
    this.showDoor();
    await noteWatching(this.caseload, kid);
    this.showPhone();
    this.showEntries();
    this.unread = [];
    // The question why is gone, and the focus with it.
    if (document.activeElement === document.body) this.words.focus({ preventScroll: true });
    void sendReceipts(this.caseload, kid, this.fresh, desk.here);
    if ((await this.caseload.misfits(kid)) && desk.here()) this.showEntries();
  }

  // --- showing -------------------------------------------------------------------------------------------------------

  showEntries() {
    const { kid } = this;
    hush();
    const all = [...kid.opened.values()];
    const shown = threads(all, { fresh: this.fresh, gaps: missingBefore(all, this.up.length) });
    const open = this.form?.element.isConnected ? this.form.element.closest("article")?.getAttribute("data-entry") : null;
    const articles = shown.map((thread) => this.article(thread));
    const closed = this.up.filter((row) => !kid.opened.has(row.id));
    const rest = closed.length && kid.reason ? button(t("work.kid.open.older", { n: closed.length }), { look: "plain", data: { act: "older" } }, () => void this.openMessages(/** @type {Reason} */ (kid.reason), Infinity)) : null;
    fill(this.list, ...articles, rest, this.up.length === 0 ? this.nothing() : null);
    const keep = open ? articles.find((one) => one.dataset.entry === open) : null;
    if (keep && this.form) keep.append(this.form.element);
    this.showChart(all);
  }

  /**
   * One message. Should it be such that it cannot be shown, it says so in its own place and takes no other with it.
   *
   * @param {import("../parts/desk-entry.js").Thread} thread
   */
  article(thread) {
    const acts = { print: printOne, answer: (/** @type {HTMLElement} */ article) => void this.answer(article, thread.said), ...this.opener(thread.said) };
    const around = { caseload: this.caseload, kid: this.kid, acts };
    try {
      return entryArticle(thread, around);
    } catch {
      const said = { ...thread.said, state: /** @type {const} */ ("damaged"), meta: null };
      return entryArticle({ ...thread, said, answers: [], reactions: new Map() }, around);
    }
  }

  /** From a message that opens, and that stands in the worker circle, the meldcode can be opened. @param {Opened} said */
  opener({ row, state, meta }) {
    const { desk, kid } = this;
    return isApart(kid) || state !== "open" || meta?.circle !== "worker" ? {} : { meldcode: () => desk.go("meldcode", { child: kid.child, entry: row.id }) };
  }

  nothing() {
    const { kid, desk } = this;
    if (!kid.enrolled) {
      return empty("quiet", t(kid.circles.worker ? "work.children.state.4" : "work.children.state.1"), t("work.empty.noapp"), kid.role === "worker" ? button(t("work.children.link"), { data: { act: "link" } }, () => desk.go("link", { child: kid.child })) : null);
    }
    return empty("quiet", this.name, t("work.empty.never"));
  }

  /** @param {Opened[]} all */
  showChart(all) {
    const scores = scoresOf(all);
    fill(this.chartBox, scores.length ? scoreChart(scores) : h("p", { class: "small soft" }, t("work.kid.scores.none")));
  }

  // --- answering and changing ----------------------------------------------------------------------------------------

  /** @param {HTMLElement} article @param {Opened} said */
  async answer(article, said) {
    this.form?.leave();
    this.form?.element.remove();
    this.form = null;
    const { kid, caseload, name, desk } = this;
    const form = await answerForm({
      caseload,
      kid,
      said,
      name,
      watched: phoneOf(kid).watched,
      close: () => {
        form.leave();
        form.element.remove();
        this.form = null;
        focusOn(article, "[data-answer]");
      },
      sent: () => {
        form.element.remove();
        this.form = null;
        this.showEntries();
        desk.say(t(hasPhone(kid) ? "work.reply.sent" : "work.reply.room.sent", { name }));
        focusOn(this.list, `[data-entry="${said.row.id}"] [data-answer]`);
      },
    });
    if (!desk.here()) return form.leave();
    this.form = form;
    article.append(form.element);
    form.focus();
  }

  /** What the readers call the child, and what they know of its phone. */
  edit() {
    const { kid, desk, caseload } = this;
    if (this.page.querySelector("[data-part=edit]")) return;
    const before = kid.card ?? { name: "", age: null, phone: "unknown", level: /** @type {"8" | "12"} */ ("12"), at: "" };
    const name = field(t("work.add.name"), h("input", { name: "child", autocomplete: "off", maxlength: 80, value: before.name }));
    const age = field(t("work.add.age"), h("input", { name: "age", inputmode: "numeric", autocomplete: "off", maxlength: 2, value: before.age ?? "" }));
    const phone = choice(t("work.kid.phone"), PHONE.map((value) => ({ value, text: phoneWords(value) })), { value: phoneOf(kid).phone });
    const told = notice();
    const save = button(t("work.common.save"), { type: "submit", data: { act: "save" } });
    const close = () => {
      form.remove();
      focusOn(this.page, "[data-act=edit]");
    };
    const form = h(
      "form",
      { class: "box-p form section-s", novalidate: true, "data-part": "edit" },
      h("div", { class: "pair" }, name.element, age.element),
      phone.element,
      told.element,
      h("div", { class: "acts line" }, save, button(t("work.common.stop"), { look: "bare" }, close)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      name.fault("");
      age.fault("");
      const years = age.input.value.trim() ? Number(age.input.value) : null;
      if (!name.input.value.trim()) return name.fault(t("work.common.required"));
      if (years !== null && !(Number.isInteger(years) && years >= 0 && years <= 30)) return age.fault(t("work.add.age.wrong"));
      return void busy(save, async () => {
        try {
          await caseload.saveCard(kid, { name: name.input.value.trim(), age: years, phone: phone.value() ?? "unknown", level: before.level });
        } catch (error) {
          told.say(desk.sentence(error));
          return;
        }
        desk.say(t("work.kid.edited"));
        desk.go("child", { child: kid.child });
      });
    });
    this.phoneBox.before(form);
    name.input.focus();
  }
}

/** @param {Element} within @param {string} selector */
function focusOn(within, selector) {
  const found = within.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
}

/** Prints one message with its words and marks, and nothing else of the page. @param {HTMLElement} article */
function printOne(article) {
  article.classList.add("to-print");
  document.body.classList.add("print-one");
  globalThis.print();
  document.body.classList.remove("print-one");
  article.classList.remove("to-print");
}
