/**
 * Writing a document about a child: for which decision, its words picked and never typed, facts, interpretation, what the
 * child reads of it. Signed as a version; what was there before stays.
 *
 * What is made is kept sealed on this device while one works, and opens after signing in again.
 *
 * @module
 */

import { button, busy, choice, field, heading, note, notice } from "../parts/desk-bits.js";
import { circleOf, hasPhone, phoneOf, post } from "../parts/desk-caseload.js";
import { kindOf, literal, papers, tooLate } from "../parts/desk-document.js";
import { find, keeper } from "../parts/desk-drafts.js";
import { nameOf, troubles } from "../parts/desk-kid.js";
import { dayWords, decisionWords, KINDS, quoteBlock } from "../parts/desk-paper.js";
import { quotePicker } from "../parts/desk-quote.js";
import { fill, h } from "../parts/h.js";
import { day, spoken, t } from "../parts/words.js";
import { timeText } from "../wire.js";
import { noAccess, openDocuments } from "./desk-documents.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-document.js").Quote} Quote */
/** @typedef {import("./desk-documents.js").Listed} Listed */

/**
 * What is being written.
 *
 * @typedef {object} Work
 * @property {string} decision - Place among the roster's decisions, "hand" for one typed here, "" as long as nothing is chosen.
 * @property {string | null} kind @property {string} day
 * @property {string[]} talks
 * @property {Quote[]} quotes
 * @property {{text: string, day: string, source: string}[]} observations
 * @property {{text: string, by: string, at: string}[]} interpretation
 * @property {string} child
 * @property {"offered" | "none" | null} state @property {string} reason
 */

const HAND = "hand";

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string, from?: string}} params - `from`: the version to go on from. */
export async function documentPage(desk, caseload, { child, from }) {
  const found = await openDocuments(caseload, child);
  if (!found) return noAccess(desk);
  const { kid, listed } = found;
  const talks = await caseload.talks.load(kid).then(
    (known) => known.talks.filter(({ verdict }) => verdict.realised),
    () => [],
  );
  const paper = papers(kid.opened.values()).find((one) => one.versions.some((two) => two.row.id === from)) ?? null;
  const base = paper?.versions.find((one) => one.row.id === from)?.doc ?? null;
  const place = `document ${child} ${paper?.first ?? "new"}`;
  const draft = (await find(place))?.value ?? null;
  const page = new DocumentPage(desk, caseload, kid, { listed, talks, paper, base, place, draft });
  return page.page;
}

class DocumentPage {
  /**
   * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid
   * @param {{listed: Listed, talks: import("../parts/desk-talks.js").TalkView[], paper: import("../parts/desk-document.js").Paper | null, base: any, place: string, draft: Work | null}} known
   */
  constructor(desk, caseload, kid, { listed, talks, paper, base, place, draft }) {
    this.desk = desk;
    this.caseload = caseload;
    this.kid = kid;
    this.listed = listed;
    this.talks = talks;
    this.paper = paper;
    this.base = base;
    this.name = nameOf(kid);
    /** @type {Work} */
    this.work = draft ?? begun(base, listed);
    this.kept = keeper(place, () => (this.isEmpty() ? null : { value: this.work }));
    desk.leaving(() => void this.kept.flush());
    /** What was sealed for a try that failed: the same words again must stay the same entry. @type {{of: string, parcel: import("../parts/desk-caseload.js").Parcel, doc: any} | null} */
    this.tried = null;
    // Where somebody looks in the phone no words about the child go to it.
    // A child without a phone reads it in kindmodus.
    this.inRoom = !hasPhone(kid) && !kid.enrolled;
    this.mayOffer = this.inRoom || (hasPhone(kid) && !phoneOf(kid).watched);
    if (!this.mayOffer && this.work.state === "offered") this.work.state = null;
    const phone = kid.phones.find((one) => one.revoked === null);
    this.lang = phone?.record.lang ?? spoken();
    this.level = phone?.record.level ?? kid.card?.level ?? "12";

    this.late = h("div", { class: "said-here", role: "status" });
    this.quotes = h("div", { class: "stack" });
    this.observations = h("div", { class: "stack" });
    this.interpretation = h("div", { class: "stack" });
    this.told = notice();
    this.save = button(t("work.kp.sign"), { type: "submit", data: { act: "sign" } });
    this.page = h("div", { class: "documents", "data-ready": true });
    this.frame(draft !== null);
    this.showQuotes();
    this.showObservations();
    this.showInterpretation();
    this.showLate();
  }

  isEmpty() {
    return JSON.stringify(this.work) === JSON.stringify(begun(this.base, this.listed));
  }

  changed() {
    this.tried = null;
    this.kept.changed();
  }

  /** @param {boolean} kept - That a draft was found. */
  frame(kept) {
    const { desk, kid, name, work } = this;
    const section = (/** @type {number} */ n, /** @type {import("../parts/h.js").Child[]} */ ...inside) =>
      h("section", { class: "box-p form", "aria-labelledby": `kp-${n}`, "data-section": n }, h("h2", { id: `kp-${n}` }, t(`kp.section.${n}`)), h("p", { class: "small soft" }, t(`kp.help.${n}`)), ...inside);
    const child = field(t("work.kp.child", { name }), h("textarea", { rows: 6, maxlength: 20_000, name: "child", autocomplete: "off" }), t(this.level === "8" ? "work.kp.child.8" : "work.kp.child.12"));
    child.input.value = work.child;
    child.input.addEventListener("input", () => {
      work.child = child.input.value;
      this.changed();
    });
    const reason = field(t("work.kp.reason"), h("textarea", { rows: 2, maxlength: 500, name: "reason", autocomplete: "off" }), t("kp.unheard"));
    reason.input.value = work.reason;
    reason.input.addEventListener("input", () => {
      work.reason = reason.input.value;
      this.changed();
    });
    reason.element.hidden = work.state !== "none";
    const states = [...(this.mayOffer ? [{ value: "offered", text: t(this.inRoom ? "work.kp.offer.room" : "work.kp.offer.1", { name }) }] : []), { value: "none", text: t("work.kp.offer.2") }];
    const offer = choice(t("work.kp.offer"), states, {
      value: work.state ?? undefined,
      change: (value) => {
        work.state = /** @type {"offered" | "none"} */ (value);
        reason.element.hidden = value !== "none";
        this.changed();
      },
    });
    const add = (/** @type {string} */ key, /** @type {string} */ act, /** @type {() => void} */ press) => h("div", { class: "acts line" }, button(t(key), { look: "plain", data: { add: act } }, press));
    const form = h(
      "form",
      { class: "stack section", novalidate: true, "data-part": "document" },
      section(1, ...this.decisionFields()),
      section(2, this.talkFields()),
      section(3, this.quotes, quotePicker(kid.opened.values(), (quote) => this.addQuote(quote))),
      section(4, this.observations, add("work.kp.add.seen", "seen", () => {
        work.observations.push({ text: "", day: "", source: "" });
        this.showObservations();
        focusOn(this.observations, ".seen:last-child textarea");
      })),
      section(5, this.interpretation, add("work.kp.add.meant", "meant", () => {
        work.interpretation.push({ text: "", by: "", at: "" });
        this.showInterpretation();
        focusOn(this.interpretation, ".think:last-child textarea");
      })),
      section(6, kid.role === "independent" ? note("", "i-info", t("work.independent.paper", { name })) : note("", "i-info", t("kp.court")), child.element, this.mayOffer ? null : note("heed", "i-eye", t(hasPhone(kid) ? "work.kp.watched" : "work.kp.nophone")), offer.element, reason.element),
      this.told.element,
      h("div", { class: "acts line" }, this.save, button(t("work.common.stop"), { look: "bare" }, () => desk.go("documents", { child: kid.child }))),
      h("p", { class: "small soft" }, t("work.kp.sign.how")),
    );
    this.fields = { child, reason, offer };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.sign();
    });
    fill(
      this.page,
      heading(t(this.paper ? "work.kp.next" : "work.kp.new"), t("work.kp.write", { name }), button(t("work.kp.all"), { look: "plain", data: { act: "documents" } }, () => desk.go("documents", { child: kid.child }))),
      h("div", { class: "notes" }, troubles(kid), kept ? note("", "i-info", t("work.kp.kept")) : null, this.paper && this.paper.heads.length > 1 ? note("heed", "i-warn", t("work.kp.joins", { n: this.paper.heads.length })) : null),
      form,
    );
  }

  // --- for which decision, and on which talks it rests ----------------------------------------------------------------

  decisionFields() {
    const { work, listed } = this;
    const pick = h(
      "select",
      { name: "decision", autocomplete: "off" },
      h("option", { value: "", selected: work.decision === "" }, t("work.kp.decision.choose")),
      listed.decisions.map((one, at) => h("option", { value: at, selected: work.decision === String(at) }, t("work.kp.for", { decision: one.kind, date: dayWords(one.day) }))),
      h("option", { value: HAND, selected: work.decision === HAND }, t("work.kp.decision.hand")),
    );
    const which = field(t("work.kp.decision"), pick);
    const kind = choice(t("work.kp.kind"), KINDS.map((value) => ({ value, text: decisionWords(value) })), {
      value: work.kind ?? undefined,
      change: (value) => {
        work.kind = value;
        this.changed();
      },
    });
    const date = field(t("work.kp.day"), h("input", { type: "date", name: "decision-day", value: work.day }));
    const show = () => {
      date.element.hidden = work.decision !== HAND;
      kind.element.hidden = work.decision === "";
    };
    pick.addEventListener("change", () => {
      work.decision = pick.value;
      which.fault("");
      const one = listed.decisions[Number(pick.value)];
      if (pick.value !== "" && pick.value !== HAND && one) {
        work.day = one.day;
        // What the roster's word is among ours is no choice; any other word is for a person to place.
        work.kind = kindOf(one.kind) ?? work.kind;
        if (work.kind) kind.set(work.kind);
      }
      show();
      this.showLate();
      this.changed();
    });
    date.input.addEventListener("change", () => {
      work.day = date.input.value;
      date.fault("");
      this.showLate();
      this.changed();
    });
    show();
    this.decision = { which, kind, date };
    return [which.element, kind.element, date.element, this.late];
  }

  talkFields() {
    const { work, talks } = this;
    if (talks.length === 0) return h("p", null, t("work.kp.talks.none"));
    return h(
      "fieldset",
      null,
      h("legend", null, t("work.kp.talks")),
      talks.slice(0, 12).map((talk) => {
        const box = h("input", { type: "checkbox", name: "talk", checked: work.talks.includes(talk.chain.first.hash) });
        box.addEventListener("change", () => {
          work.talks = box.checked ? [...work.talks, talk.chain.first.hash] : work.talks.filter((one) => one !== talk.chain.first.hash);
          this.showLate();
          this.changed();
        });
        return h("label", { class: "check" }, box, h("span", null, t("work.kp.talk", { date: day(talk.begin) })));
      }),
    );
  }

  showLate() {
    const { work } = this;
    const talks = this.talks.filter((one) => work.talks.includes(one.chain.first.hash)).map((one) => one.begin);
    fill(this.late, work.day && tooLate({ day: work.day, quotes: work.quotes, talks }) ? note("heed", "i-warn", t("kp.late")) : null);
  }

  // --- what stands in it ----------------------------------------------------------------------------------------------

  /** @param {Quote} quote */
  addQuote(quote) {
    this.work.quotes.push(quote);
    this.showQuotes();
    this.showLate();
    this.changed();
    this.desk.say(t("work.kp.picked"));
  }

  showQuotes() {
    const { work, kid } = this;
    fill(
      this.quotes,
      work.quotes.map((quote, n) => {
        const why = quote.share ? field(t("work.kp.why"), h("input", { name: `why-${n}`, maxlength: 500, autocomplete: "off", value: quote.share.why }), t("work.kp.why.told", { name: this.name })) : null;
        why?.input.addEventListener("input", () => {
          if (quote.share) quote.share.why = why.input.value;
          this.changed();
        });
        const shown = quote.share ? { ...quote, share: null } : quote;
        return h(
          "div",
          { class: "part quote", "data-quote": n },
          ...quoteBlock(shown, kid.opened.get(quote.entry), { rules: false }),
          quote.share ? note(quote.share.rule === "not" ? "heed" : "", "i-info", t("work.entry.share", { text: quote.share.text })) : null,
          why?.element,
          h("div", { class: "acts line" }, button(t("work.kp.drop"), { look: "bare", icon: "i-bin", label: `${t("work.kp.drop")}: ${n + 1}`, data: { drop: String(n) } }, () => {
            work.quotes.splice(n, 1);
            this.showQuotes();
            this.showLate();
            this.changed();
          })),
        );
      }),
    );
  }

  showObservations() {
    const { work } = this;
    fill(
      this.observations,
      work.observations.map((one, n) => {
        const text = field(t("work.kp.seen"), h("textarea", { rows: 3, maxlength: 20_000, name: `seen-${n}`, autocomplete: "off" }));
        text.input.value = one.text;
        const date = field(t("work.kp.seen.day"), h("input", { type: "date", name: `seen-day-${n}`, value: one.day }));
        const source = field(t("work.kp.seen.from"), h("input", { name: `seen-from-${n}`, maxlength: 300, autocomplete: "off", value: one.source }));
        this.bound(text.input, (value) => void (one.text = value));
        this.bound(date.input, (value) => void (one.day = value));
        this.bound(source.input, (value) => void (one.source = value));
        return h("div", { class: "part seen form" }, text.element, h("div", { class: "pair" }, date.element, source.element), this.dropper(work.observations, n, () => this.showObservations()));
      }),
    );
  }

  showInterpretation() {
    const { work } = this;
    fill(
      this.interpretation,
      work.interpretation.map((one, n) => {
        const text = field(t("work.kp.meant", { name: one.by ? this.caseload.nameOf(one.by) : this.caseload.session.person.name }), h("textarea", { rows: 4, maxlength: 20_000, name: `meant-${n}`, autocomplete: "off" }));
        text.input.value = one.text;
        this.bound(text.input, (value) => {
          // Whoever changes it, it is their interpretation from then on.
          Object.assign(one, { text: value, by: "", at: "" });
        });
        return h("div", { class: "part think form" }, text.element, this.dropper(work.interpretation, n, () => this.showInterpretation()));
      }),
    );
  }

  /** @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} input @param {(value: string) => void} set */
  bound(input, set) {
    input.addEventListener("input", () => {
      set(input.value);
      this.changed();
    });
  }

  /** @param {any[]} list @param {number} n @param {() => void} show */
  dropper(list, n, show) {
    return h("div", { class: "acts line" }, button(t("work.kp.drop"), { look: "bare", icon: "i-bin", label: `${t("work.kp.drop")}: ${n + 1}` }, () => {
      list.splice(n, 1);
      show();
      this.changed();
    }));
  }

  // --- signing --------------------------------------------------------------------------------------------------------

  /** @returns {any} The document as it is signed; null when something is missing, which is said. */
  doc() {
    const { work, kid, told, decision, fields } = this;
    if (!decision || !fields) return null;
    for (const one of [decision.which, decision.date, fields.child, fields.reason]) one.fault("");
    told.say("");
    const no = (/** @type {string} */ key, /** @type {{focus: () => void}} */ to = told.element) => {
      told.say(t(key));
      to.focus();
      return null;
    };
    const wrong = (/** @type {string} */ key, /** @type {{fault: (text: string) => void}} */ at) => {
      at.fault(t(key));
      return null;
    };
    if (!work.decision) return wrong("work.kp.need.decision", decision.which);
    if (!work.kind) return no("work.kp.need.kind", decision.kind);
    if (!work.day) return wrong("work.kp.need.day", decision.date);
    const observations = work.observations.filter((one) => one.text.trim());
    const interpretation = work.interpretation.filter((one) => one.text.trim());
    if (!work.quotes.length && !observations.length && !interpretation.length) return no("work.kp.need.something");
    if (work.quotes.some((one) => ["changed", "unverified"].includes(literal(one, kid.opened.get(one.entry))))) return no("work.kp.broken");
    if (work.quotes.some((one) => one.share && !one.share.why.trim())) return no("work.kp.need.why");
    if (observations.some((one) => !one.day || !one.source.trim())) return no("work.kp.need.seen");
    if (!work.state) return no("work.kp.need.offer", fields.offer);
    if (work.state === "offered" && !work.child.trim()) return wrong("work.kp.need.child", fields.child);
    if (work.state === "none" && !work.reason.trim()) return wrong("work.kp.need.reason", fields.reason);
    const heads = this.paper?.heads.map((one) => one.row.id) ?? [];
    const one = this.listed.decisions[Number(work.decision)];
    const now = timeText();
    return {
      v: 1,
      lang: this.lang,
      level: this.level,
      first: this.paper?.first ?? null,
      prev: heads,
      decision: { kind: work.kind, day: work.day, measure: work.decision === HAND || !one ? (this.base?.decision.day === work.day ? this.base.decision.measure : null) : one.measure },
      talks: work.talks,
      quotes: work.quotes,
      observations: observations.map((seen) => ({ ...seen, text: seen.text.trim(), source: seen.source.trim() })),
      interpretation: interpretation.map((meant) => ({ text: meant.text.trim(), by: meant.by || this.caseload.session.person.id, at: meant.at || now })),
      child: work.child.trim(),
      reaction: { state: work.state, reason: work.state === "none" ? work.reason.trim() : null },
    };
  }

  async sign() {
    const { desk, kid, caseload, told } = this;
    const doc = this.doc();
    if (!doc) return;
    await busy(this.save, async () => {
      try {
        await this.kept.flush();
        const of = JSON.stringify(this.work);
        // The hour of an interpretation is set when it is signed: a second try must send the first one's bytes.
        this.tried = this.tried?.of === of ? this.tried : { of, doc, parcel: await caseload.sealFor(kid, { kind: "perspective", circle: circleOf(kid), doc, room: doc.reaction.state === "none" }) };
        await post(this.tried.parcel);
      } catch (error) {
        told.say(`${t("work.reply.failed")} ${desk.sentence(error)}`);
        return;
      }
      await this.kept.done();
      caseload.remember(kid, { id: this.tried.parcel.id, kind: "perspective", circle: circleOf(kid), about: null, doc: this.tried.doc });
      desk.say(t(doc.reaction.state === "none" ? "work.kp.signed.2" : this.inRoom ? "work.kp.signed.room" : "work.kp.signed.1", { name: this.name }));
      desk.go("documents", { child: kid.child });
    });
  }
}

/** @param {Element} within @param {string} selector */
function focusOn(within, selector) {
  const found = within.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
}

/**
 * What stands in the form at first: nothing, or what the version before says.
 *
 * @param {any} base @param {Listed} listed
 * @returns {Work}
 */
function begun(base, listed) {
  if (!base) return { decision: "", kind: null, day: "", talks: [], quotes: [], observations: [], interpretation: [], child: "", state: null, reason: "" };
  const at = listed.decisions.findIndex((one) => one.measure === base.decision.measure && one.day === base.decision.day);
  const copy = structuredClone(base);
  return { decision: at < 0 ? HAND : String(at), kind: copy.decision.kind, day: copy.decision.day, talks: copy.talks, quotes: copy.quotes, observations: copy.observations, interpretation: copy.interpretation, child: copy.child, state: null, reason: copy.reaction.reason ?? "" };
}
