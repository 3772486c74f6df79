/**
 * The meldcode of a child: five steps that are written and signed as versions, the judgement of a second reader over not
 * reporting, and closing; the independent talk is parts/desk-offer.js. Nothing is sent anywhere: who reports, calls.
 *
 * What is made is kept sealed on this device while one works, and opens after signing in again.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { newId } from "../bytes.js";
import { busy, button, choice, daysAgo, field, heading, isApart, moment, note, notice, together } from "../parts/desk-bits.js";
import { hasPhone, phoneOf, post } from "../parts/desk-caseload.js";
import { find, keeper } from "../parts/desk-drafts.js";
import { literal, ruleOf } from "../parts/desk-document.js";
import { nameOf, troubles } from "../parts/desk-kid.js";
import { DECISIONS, fits, judgements, needed, QUESTIONS, reasonsOf, stepsArticle, toTell, written } from "../parts/desk-meldcode.js";
import { quoteBlock } from "../parts/desk-paper.js";
import { talkPart } from "../parts/desk-offer.js";
import { quotePicker } from "../parts/desk-quote.js";
import { fill, h } from "../parts/h.js";
import { day, spoken, t } from "../parts/words.js";
import { noAccess, openDocuments } from "./desk-documents.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-caseload.js").Meldcode} Meldcode */
/** @typedef {import("../parts/desk-caseload.js").Parcel} Parcel */
/** @typedef {import("../parts/desk-document.js").Quote} Quote */
/** @typedef {import("../parts/desk-meldcode.js").Decision} Decision */
/** @typedef {{id: string, share: Quote["share"]}} Source */
/** @typedef {{yes: boolean | null, reasons: string[], text: string}} Deciding */

/**
 * What is being written.
 *
 * @typedef {object} Work
 * @property {string[]} prev - The versions that were there when this was begun.
 * @property {Source | null} entry @property {string | null} talk - From where it was opened.
 * @property {Quote[]} quotes
 * @property {string[]} steps - Of steps 1 to 3.
 * @property {{yes: boolean | null, why: string}[]} weighed
 * @property {Record<Decision, Deciding>} decided
 * @property {string} child
 */

/**
 * @param {Desk} desk @param {Caseload} caseload
 * @param {{child: string, id?: string, entry?: string, talk?: string}} params - `entry`, `talk`: from where it is opened.
 */
export async function meldcodePage(desk, caseload, { child, id, entry, talk }) {
  const found = await openDocuments(caseload, child);
  if (!found) return noAccess(desk);
  const { kid } = found;
  if (isApart(kid)) return noAccess(desk);
  const known = kid.meldcodes.find((one) => (id ? one.id === id : !one.closed));
  if (!known) return beginPage(desk, kid, { entry, talk });
  const rows = (await caseload.rows(kid)).filter((row) => row.dir === "down" && row.at >= known.at && !kid.opened.has(row.id));
  await caseload.openAll(kid, rows, kid.reason ?? "other", () => undefined);
  const place = `meldcode ${child} ${known.id}`;
  const draft = known.closed ? null : ((await find(place))?.value ?? null);
  return new MeldcodePage(desk, caseload, kid, { known, place, draft, from: { entry: entry ? sourceOf(kid, entry) : null, talk: talk ?? null } }).page;
}

/** @param {Kid} kid @param {string} id @returns {Source} An entry of the child, with what it asked about its words. */
function sourceOf(kid, id) {
  const rule = ruleOf(kid.opened.get(id)?.doc);
  return { id, share: rule && { ...rule, why: "" } };
}

/**
 * Before one is open: what it is, who will read it, and the one button.
 *
 * @param {Desk} desk @param {Kid} kid @param {{entry?: string, talk?: string}} from
 */
function beginPage(desk, kid, from) {
  const name = nameOf(kid);
  const told = notice();
  const fresh = newId();
  const begin = button(t("meld.go"), { data: { act: "meldcode-begin" } }, () =>
    void busy(begin, async () => {
      try {
        await api(`/desk/api/children/${kid.child}/meldcodes`, { json: { id: fresh } });
      } catch (error) {
        told.say(desk.sentence(error));
        return;
      }
      desk.go("meldcode", { child: kid.child, ...from });
    }),
  );
  return h(
    "div",
    { class: "documents meldcode", "data-ready": true },
    heading(t("meld.heading", { name }), null, back(desk, kid)),
    h("div", { class: "notes" }, troubles(kid)),
    h(
      "section",
      { class: "box-p form section", "data-part": "begin" },
      h("p", null, t("meld.open")),
      h("p", null, t("meld.begin.how", { names: readersOf(kid) })),
      h("p", { class: "small soft" }, t("meld.begin.count")),
      told.element,
      h("div", { class: "acts line" }, begin),
    ),
  );
}

/** @param {Kid} kid @returns {string} */
const readersOf = (kid) => together((kid.circles.worker?.record.readers ?? []).map((one) => one.name));

/** @param {Desk} desk @param {Kid} kid */
const back = (desk, kid) => button(t("work.prep.child", { name: nameOf(kid) }), { look: "plain", data: { act: "child" } }, () => desk.go("child", { child: kid.child }));

class MeldcodePage {
  /**
   * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid
   * @param {{known: Meldcode, place: string, draft: Work | null, from: {entry: Source | null, talk: string | null}}} what
   */
  constructor(desk, caseload, kid, { known, place, draft, from }) {
    this.desk = desk;
    this.caseload = caseload;
    this.kid = kid;
    this.known = known;
    this.name = nameOf(kid);
    this.written = written(kid.opened.values(), known.id);
    const { heads } = this.written;
    /** The newest steps; of two that were written at once the one that the server took last. */
    this.head = heads.find((one) => one.row.id === known.entry) ?? heads.at(-1);
    /** What they say; null before anything was written. @type {any} */
    this.base = this.head?.doc ?? null;
    this.from = from;
    /** @type {Work} */
    this.work = draft ?? this.begun();
    this.kept = keeper(place, () => (this.isSame() ? null : { value: this.work }));
    desk.leaving(() => void this.kept.flush());
    /** What was sealed for a try that failed: the same words again must stay the same entries. @type {{of: string, doc: any, parcel: Parcel, notes: {parcel: Parcel, about: string, doc: any}[]} | null} */
    this.tried = null;
    this.page = h("div", { class: "documents meldcode", "data-ready": true, "data-meldcode": known.id });
    this.quotes = h("div", { class: "stack" });
    this.closing = h("section", { class: "box-p form section", "aria-labelledby": "meld-close", "data-part": "closing" });
    /** What the independent talk came to; signatures are looked at first, so that it comes a moment after the page. */
    this.independent = h("div", null);
    this.frame(draft !== null);
    if (known.talk) void talkPart({ desk, caseload, kid, known, name: this.name }).then((part) => fill(this.independent, part));
  }

  begun() {
    return begun(this.base, this.from, this.written.heads.map((one) => one.row.id));
  }

  isSame() {
    return JSON.stringify(this.work) === JSON.stringify(this.begun());
  }

  /** Whether somebody else signed a version since this was begun: both stay, and stand beside one another. */
  isStale() {
    return JSON.stringify(this.work.prev) !== JSON.stringify(this.written.heads.map((one) => one.row.id));
  }

  changed() {
    this.tried = null;
    this.kept.changed();
    this.showClosing();
  }

  /** @param {boolean} kept - That a draft was found. */
  frame(kept) {
    const { desk, caseload, kid, name, known, written: all } = this;
    const around = { caseload, kid };
    const values = { by: known.name, date: day(known.at), n: daysAgo(known.at) };
    const { head } = this;
    fill(
      this.page,
      heading(t("meld.heading", { name }), known.closed ? t("meld.ended", { ...values, name: known.closed.name, end: day(known.closed.at) }) : t("meld.since", values), back(desk, kid)),
      h(
        "div",
        { class: "notes" },
        troubles(kid),
        known.closed ? null : note("", "i-info", t("meld.open")),
        kept ? note("", "i-info", t("work.kp.kept")) : null,
        all.heads.length > 1 ? note("heed", "i-warn", t("meld.fork", { n: all.heads.length })) : null,
        kept && this.isStale() ? note("heed", "i-warn", t("meld.stale")) : null,
        known.entry && kid.opened.get(known.entry)?.state !== "open" ? note("heed", "i-warn", t("meld.lost")) : null,
        head && !fits(head, known) ? note("alarm", "i-warn", t("meld.mismatch")) : null,
      ),
      known.closed || all.heads.length > 1 || (kept && this.isStale()) ? h("div", { class: "stack section", "data-part": "shown" }, all.heads.map((one) => stepsArticle(one, around))) : null,
      known.closed ? null : this.form(),
      h("div", { class: "stack section", "data-part": "judged" }, judgements(all, caseload), this.judging()),
      this.older(),
      known.closed ? null : this.closing,
      this.independent,
    );
    this.showQuotes();
    this.showClosing();
  }

  /** The versions that others followed, behind a button. */
  older() {
    const { caseload, kid, written: all } = this;
    const before = all.versions.filter((one) => !all.heads.includes(one)).reverse();
    if (before.length === 0) return null;
    const place = h("div", { class: "stack section" });
    const show = button(t("meld.older", { n: before.length }), { look: "bare", data: { act: "versions" } }, () => {
      fill(place, before.map((one) => stepsArticle(one, { caseload, kid })));
      show.remove();
      place.querySelector("article")?.setAttribute("tabindex", "-1");
      place.querySelector("article")?.focus();
    });
    return h("div", null, h("div", { class: "acts line section-s noprint" }, show), place);
  }

  // --- the five steps -------------------------------------------------------------------------------------------------

  form() {
    const { desk, kid, work, name } = this;
    const section = (/** @type {number} */ n, /** @type {import("../parts/h.js").Child[]} */ ...inside) =>
      h("section", { class: "box-p form", "aria-labelledby": `meld-${n}`, "data-step": n }, h("h2", { id: `meld-${n}` }, t(`meld.title.${n}`)), h("p", { class: "small soft" }, t(`meld.help.${n}`)), ...inside);
    const text = (/** @type {number} */ n) => this.area(t(`meld.text.${n}`), `step-${n}`, work.steps[n - 1], (value) => void (work.steps[n - 1] = value));
    this.told = notice();
    this.save = button(t("meld.sign"), { type: "submit", data: { act: "sign" } });
    const form = h(
      "form",
      { class: "stack section", novalidate: true, "data-part": "steps" },
      section(
        1,
        work.entry ? this.source(work.entry) : work.talk ? h("p", { class: "small" }, t("meld.from.talk")) : null,
        h("h3", null, t("meld.quotes", { name })),
        this.quotes,
        quotePicker(kid.opened.values(), (quote) => this.addQuote(quote)),
        text(1),
      ),
      section(2, text(2)),
      section(3, text(3)),
      section(4, ...work.weighed.map((_, n) => this.question(n))),
      section(5, ...DECISIONS.map((one, n) => this.decision(one, n)), h("div", { class: "ask" }, note("", "i-info", t("meld.child")), this.area(t("meld.child.label", { name }), "child", work.child, (value) => void (work.child = value)))),
      this.told.element,
      h("div", { class: "acts line" }, this.save, button(t("work.common.stop"), { look: "bare" }, () => desk.go("child", { child: kid.child }))),
      h("p", { class: "small soft" }, t("meld.sign.how")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.sign();
    });
    return form;
  }

  /** The message it was opened from; when the child asked something about its words, with the reason for using it. @param {Source} entry */
  source({ id, share }) {
    const from = this.kid.opened.get(id);
    const why = share ? field(t("work.kp.why"), h("input", { name: "share-source", maxlength: 500, autocomplete: "off", value: share.why }), this.hint()) : null;
    why?.input.addEventListener("input", () => {
      if (share) share.why = why.input.value;
      this.changed();
    });
    return h(
      "div",
      { class: "stack", "data-part": "source" },
      from ? h("p", { class: "small" }, t("meld.from.entry", { when: moment(from.row.at).toLocaleLowerCase() })) : null,
      share ? note(share.rule === "not" ? "heed" : "", "i-info", t("work.entry.share", { text: share.text })) : null,
      why?.element,
    );
  }

  /** How the child hears the reason. */
  hint() {
    const { kid, name } = this;
    return t(!hasPhone(kid) ? "meld.used.nophone" : phoneOf(kid).watched ? "meld.used.watched" : "meld.used.told", { name });
  }

  /** @param {string} label @param {string} name @param {string} value @param {(value: string) => void} set */
  area(label, name, value, set) {
    const made = field(label, h("textarea", { rows: 3, maxlength: 20_000, name, autocomplete: "off" }));
    made.input.value = value;
    made.input.addEventListener("input", () => {
      set(made.input.value);
      this.changed();
    });
    return made.element;
  }

  /** One question of the framework: yes or no, and why. @param {number} n - From 0. */
  question(n) {
    const one = this.work.weighed[n];
    const place = h("div", { class: "stack" });
    const show = () =>
      fill(
        place,
        one.yes === null ? null : this.area(t("meld.why"), `why-${n + 1}`, one.why, (value) => void (one.why = value)),
        one.yes === null ? null : this.taker(`weighed-${n + 1}`, t(`meld.q.${n + 1}`), () => {
          Object.assign(one, { yes: null, why: "" });
          fill(ask, answer(), place);
          show();
          ask.querySelector("input")?.focus();
        }),
      );
    const answer = () =>
      this.yesNo(t(`meld.q.${n + 1}`), one.yes, (yes) => {
        const first = one.yes === null;
        one.yes = yes;
        if (first) show();
      });
    const ask = h("div", { class: "ask", "data-question": n + 1 }, answer(), place);
    show();
    return ask;
  }

  /** One decision of step 5: yes or no, reasons of the list for that answer, and words. @param {Decision} name @param {number} n */
  decision(name, n) {
    const one = this.work.decided[name];
    const place = h("div", { class: "stack" });
    const show = () => {
      const { yes } = one;
      if (yes === null) return fill(place);
      const boxes = reasonsOf(name, yes).map(({ value, text }) => {
        const box = h("input", { type: "checkbox", name: `reason-${name}`, value, checked: one.reasons.includes(value) });
        box.addEventListener("change", () => {
          one.reasons = box.checked ? [...one.reasons, value] : one.reasons.filter((other) => other !== value);
          this.changed();
        });
        return h("label", { class: "check" }, box, h("span", null, text));
      });
      fill(
        place,
        h("fieldset", null, h("legend", null, t("meld.reasons")), boxes),
        this.area(t("meld.words"), `words-${name}`, one.text, (value) => void (one.text = value)),
        this.taker(`decided-${name}`, t(`meld.decide.${n + 1}`), () => {
          Object.assign(one, { yes: null, reasons: [], text: "" });
          fill(ask, answer(), place);
          show();
          ask.querySelector("input")?.focus();
        }),
      );
    };
    const answer = () =>
      this.yesNo(t(`meld.decide.${n + 1}`), one.yes, (yes) => {
        // A reason for yes is none for no; what was written may be about both.
        Object.assign(one, { yes, reasons: [] });
        show();
      });
    const ask = h("div", { class: "ask", "data-decision": name }, answer(), place);
    show();
    return ask;
  }

  /** @param {string} legend @param {boolean | null} yes @param {(yes: boolean) => void} set */
  yesNo(legend, yes, set) {
    const options = [{ value: "yes", text: t("meld.yes") }, { value: "no", text: t("meld.no") }];
    const change = (/** @type {string} */ value) => {
      set(value === "yes");
      this.changed();
    };
    return choice(legend, options, { value: yes === null ? undefined : yes ? "yes" : "no", change }).element;
  }

  /** Takes an answer away again. @param {string} act @param {string} what @param {() => void} take */
  taker(act, what, take) {
    return h("div", { class: "acts line" }, button(t("meld.take"), { look: "bare", icon: "i-bin", label: `${t("meld.take")}: ${what}`, data: { take: act } }, () => {
      take();
      this.changed();
    }));
  }

  /** @param {Quote} quote */
  addQuote(quote) {
    const { entry } = this.work;
    // It was said of the message already, and can be said otherwise of these words.
    if (quote.share && entry?.id === quote.entry) quote.share.why = entry.share?.why ?? "";
    this.work.quotes.push(quote);
    this.showQuotes();
    this.changed();
    this.desk.say(t("work.kp.picked"));
  }

  showQuotes() {
    const { work, kid } = this;
    fill(
      this.quotes,
      work.quotes.map((quote, n) => {
        const why = quote.share ? field(t("work.kp.why"), h("input", { name: `share-${n}`, maxlength: 500, autocomplete: "off", value: quote.share.why }), this.hint()) : null;
        why?.input.addEventListener("input", () => {
          if (quote.share) quote.share.why = why.input.value;
          this.changed();
        });
        return h(
          "div",
          { class: "part quote", "data-quote": n },
          ...quoteBlock(quote.share ? { ...quote, share: null } : quote, kid.opened.get(quote.entry), { rules: false }),
          quote.share ? note(quote.share.rule === "not" ? "heed" : "", "i-info", t("work.entry.share", { text: quote.share.text })) : null,
          why?.element,
          h("div", { class: "acts line" }, button(t("work.kp.drop"), { look: "bare", icon: "i-bin", label: `${t("work.kp.drop")}: ${n + 1}`, data: { drop: String(n) } }, () => {
            work.quotes.splice(n, 1);
            this.showQuotes();
            this.changed();
          })),
        );
      }),
    );
  }

  // --- signing --------------------------------------------------------------------------------------------------------

  /** @returns {any} The steps as they are signed; null when something is begun and not finished, which is said. */
  doc() {
    const { work, kid, known, told } = this;
    const no = (/** @type {string} */ text) => {
      told?.say(text);
      told?.element.scrollIntoView({ block: "nearest" });
      return null;
    };
    told?.say("");
    if (this.isSame() && this.written.heads.length < 2) return no(t("meld.empty"));
    if (work.quotes.some((one) => ["changed", "unverified"].includes(literal(one, kid.opened.get(one.entry))))) return no(t("work.kp.broken"));
    if ([work.entry, ...work.quotes].some((one) => one?.share && !one.share.why.trim())) return no(t("work.kp.need.why"));
    const unweighed = work.weighed.findIndex((one) => one.yes !== null && !one.why.trim());
    if (unweighed >= 0) return no(t("meld.incomplete.weighed", { n: unweighed + 1 }));
    const undecided = DECISIONS.findIndex((one) => work.decided[one].yes !== null && !(work.decided[one].reasons.length && work.decided[one].text.trim()));
    if (undecided >= 0) return no(t("meld.incomplete.decided", { n: undecided + 1 }));
    return {
      v: 1,
      lang: spoken(),
      what: "steps",
      meldcode: known.id,
      prev: work.prev,
      entry: work.entry,
      talk: work.talk,
      quotes: work.quotes,
      steps: work.steps.map((one) => one.trim()),
      weighed: work.weighed.map(({ yes, why }) => (yes === null ? null : { yes, why: why.trim() })),
      decided: Object.fromEntries(DECISIONS.map((one) => [one, work.decided[one].yes === null ? null : { ...work.decided[one], text: work.decided[one].text.trim() }])),
      child: work.child.trim(),
    };
  }

  /** @param {any} doc @returns {Promise<{parcel: Parcel, about: string, doc: any}[]>} What tells the child that words were used which it kept out. */
  async notes(doc) {
    const { kid, caseload } = this;
    const made = [];
    for (const [about, why] of toTell(doc, this.written.versions)) {
      const said = { v: 1, lang: spoken(), what: "used", knows: null, parts: [{ kind: "text", text: why }] };
      made.push({ about, doc: said, parcel: await caseload.sealFor(kid, { kind: "note", circle: "worker", about, doc: said, room: true }) });
    }
    return made;
  }

  async sign() {
    const { desk, kid, caseload, told, save } = this;
    const doc = this.doc();
    if (!doc || !save) return;
    await busy(save, async () => {
      try {
        await this.kept.flush();
        const of = JSON.stringify(this.work);
        this.tried = this.tried?.of === of ? this.tried : { of, doc, parcel: await caseload.sealFor(kid, { kind: "meldcode", circle: "worker", doc, room: true }), notes: await this.notes(doc) };
        await post(this.tried.parcel);
        for (const one of this.tried.notes) await post(one.parcel);
      } catch (error) {
        told?.say(`${t("work.reply.failed")} ${desk.sentence(error)}`);
        return;
      }
      await this.kept.done();
      caseload.remember(kid, { id: this.tried.parcel.id, kind: "meldcode", circle: "worker", about: null, doc: this.tried.doc });
      for (const one of this.tried.notes) caseload.remember(kid, { id: one.parcel.id, kind: "note", circle: "worker", about: one.about, doc: one.doc });
      desk.say(t("meld.signed"));
      this.again();
    });
  }

  again() {
    this.desk.go("meldcode", { child: this.kid.child, id: this.known.id });
  }

  // --- judging not to report ------------------------------------------------------------------------------------------

  judging() {
    const { known, kid, caseload, head, written: all } = this;
    if (known.closed || known.report !== false || all.heads.length !== 1 || head?.row.id !== known.entry) return null;
    if (known.judged) return known.judged.agrees || known.officer ? null : this.judgeForm("officer");
    const author = head.meta?.by ?? "";
    if (author !== caseload.session.person.id) return this.judgeForm("second");
    const others = (kid.circles.worker?.record.readers ?? []).filter((one) => one.person !== author).map((one) => one.name);
    return note("", "i-clock", t("meld.second.wait", { names: together(others) }));
  }

  /** @param {"second" | "officer"} who */
  judgeForm(who) {
    const { desk, caseload, kid, known } = this;
    const second = who === "second";
    const name = second ? caseload.nameOf(known.author ?? "") : (known.judged?.name ?? "");
    const agrees = choice(t("meld.second.legend"), [{ value: "agree", text: t("meld.yes") }, { value: "disagree", text: t("meld.no") }]);
    const words = field(t(second ? "meld.why" : "meld.officer.text"), h("textarea", { rows: 3, maxlength: 20_000, name: who, autocomplete: "off" }));
    const told = notice();
    const keep = button(t(second ? "meld.second.keep" : "meld.officer.keep"), { type: "submit", data: { act: `${who}-keep` } });
    /** @type {{of: string, doc: any, parcel: Parcel} | null} */
    let tried = null;
    const form = h(
      "form",
      { class: "box-p form", novalidate: true, "data-part": who },
      h("h2", null, t(`meld.${who}.title`)),
      h("p", null, t(`meld.${who}.lead`, { name })),
      second ? agrees.element : null,
      words.element,
      told.element,
      h("div", { class: "acts line" }, keep),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      told.say("");
      words.fault("");
      const what = second ? agrees.value() : "officer";
      const text = words.input.value.trim();
      if (!what || !text) {
        told.say(t(second ? "meld.second.choose" : "work.common.required"));
        return what ? words.input.focus() : agrees.focus();
      }
      return void busy(keep, async () => {
        const doc = { v: 1, lang: spoken(), what, meldcode: known.id, of: known.entry, text };
        const of = JSON.stringify(doc);
        try {
          tried = tried?.of === of ? tried : { of, doc, parcel: await caseload.sealFor(kid, { kind: "meldcode", circle: "worker", doc, room: true }) };
          await post(tried.parcel);
        } catch (error) {
          told.say(`${t("work.reply.failed")} ${desk.sentence(error)}`);
          return;
        }
        caseload.remember(kid, { id: tried.parcel.id, kind: "meldcode", circle: "worker", about: null, doc });
        desk.say(t("meld.second.kept"));
        this.again();
      });
    });
    return form;
  }

  // --- closing --------------------------------------------------------------------------------------------------------

  showClosing() {
    const { desk, kid, known, name } = this;
    if (known.closed) return;
    const missing = this.isSame() ? needed(this.written, known) : [t("meld.need.sign"), ...needed(this.written, known)];
    const told = notice();
    const say = () => told.say(`${t("meld.close.lead")} ${missing.join(" ")}`);
    const close = button(t("meld.close"), { look: "plain", data: { act: "meldcode-close" } }, () => {
      if (missing.length) return say();
      return void busy(close, async () => {
        try {
          await api(`/desk/api/meldcodes/${known.id}/close`);
        } catch (error) {
          told.say(desk.sentence(error));
          return;
        }
        desk.say(t("meld.close.done", { name }));
        desk.go("meldcode", { child: kid.child, id: known.id });
      });
    });
    fill(
      this.closing,
      h("h2", { id: "meld-close" }, t("meld.close.title")),
      missing.length ? [h("p", null, t("meld.close.lead")), h("ul", { class: "bullets needs" }, missing.map((one) => h("li", null, one)))] : h("p", null, t("meld.close.ready")),
      told.element,
      h("div", { class: "acts line" }, close),
    );
  }
}

/**
 * What stands in the form at first: nothing, or what the newest steps say.
 *
 * @param {any} base @param {{entry: Source | null, talk: string | null}} from @param {string[]} prev
 * @returns {Work}
 */
function begun(base, { entry, talk }, prev) {
  const [copy, source] = structuredClone([base, entry]);
  const deciding = (/** @type {Decision} */ one) => copy?.decided[one] ?? { yes: null, reasons: [], text: "" };
  return {
    prev,
    entry: copy ? copy.entry : source,
    talk: copy ? copy.talk : talk,
    quotes: copy?.quotes ?? [],
    steps: copy?.steps ?? ["", "", ""],
    weighed: Array.from({ length: QUESTIONS }, (_, n) => copy?.weighed[n] ?? { yes: null, why: "" }),
    decided: { report: deciding("report"), help: deciding("help"), talk: deciding("talk") },
    child: copy?.child ?? "",
  };
}
