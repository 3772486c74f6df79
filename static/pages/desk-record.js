/**
 * Planning a talk and recording one, in under a minute, with or without a network.
 *
 * @module
 */

import { mySigner } from "../desk-keys.js";
import { busy, button, choice, empty, field, heading, moment, note, notice } from "../parts/desk-bits.js";
import { kindOptions, notHeldOptions, placeOptions, placeWords, plannedOptions, whoOptions } from "../parts/desk-marks.js";
import { requestsOf } from "../parts/desk-requests.js";
import { recordable, whyNot } from "../parts/desk-talks.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { clock, t } from "../parts/words.js";
import { hashOf, makeNotHeld, makePlan, makeTalk, timeText } from "../talks.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-talks.js").ChildTalks} ChildTalks */
/** @typedef {import("../parts/desk-talks.js").PlanView} PlanView */
/** @typedef {import("../parts/desk-talks.js").TalkView} TalkView */

/** Minutes that one tap gives. */
const USUAL = [15, 30, 45, 60];
/** In minutes; what records allow. */
const [SHORTEST, LONGEST] = [1, 720];
/** How far ahead of our clock a talk may begin: clocks differ. In milliseconds. */
const AHEAD = 10 * 60_000;

/** @param {Kid} kid */
const nameOf = (kid) => kid.card?.name ?? kid.child;

/** @param {Date} at @returns {string} The day as it is here, in the form of a date field. */
const dayField = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** @param {Date} at @returns {string} The time as it is here, in the form of a time field. */
const timeField = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(11, 16);

/** @param {string} day @param {string} time @returns {Date | null} */
function momentOf(day, time) {
  const at = new Date(`${day}T${time}`);
  return day && time && !Number.isNaN(at.getTime()) ? at : null;
}

/** Which app signed: the server says which release it serves, and whoever checks the record can look what it does. */
const release = () => document.body.dataset.release || "0";

/**
 * The children, known or asked for; without a network those of this session.
 *
 * @param {Caseload} caseload
 */
async function childrenOf(caseload) {
  if (caseload.kids.size === 0) await caseload.load();
  return recordable([...caseload.kids.values()]).sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** Day and time of something, side by side. @param {Date | null} day @param {Date | null} time */
function whenFields(day, time) {
  const date = field(t("work.record.day"), h("input", { type: "date", name: "day", value: day ? dayField(day) : "" }));
  const begin = field(t("work.record.begin"), h("input", { type: "time", name: "begin", value: time ? timeField(time) : "" }));
  return { date, begin, element: h("div", { class: "pair" }, date.element, begin.element), value: () => momentOf(date.input.value, begin.input.value) };
}

/** Says which choice is missing, and leads there. @param {ReturnType<typeof notice>} told @param {{what: string, one: {value: () => string | null, focus: () => void}}[]} all */
function missing(told, all) {
  const found = all.find(({ one }) => !one.value());
  if (found) {
    told.say(t("work.common.choose", { what: found.what.toLocaleLowerCase() }));
    found.one.focus();
  }
  return found !== undefined;
}

// --- planning --------------------------------------------------------------------------------------------------------

/** @param {Desk} desk @param {Caseload} caseload @param {{child?: string}} params */
export async function planPage(desk, caseload, { child }) {
  const kids = await childrenOf(caseload);
  const head = heading(t("work.plan.title"), t("work.plan.lead"));
  if (kids.length === 0) return h("div", null, head, empty("quiet", t("work.talks.nokids"), ""));
  const who = choice(t("work.plan.child"), kids.map((kid) => ({ value: kid.child, text: nameOf(kid) })), { value: child ?? (kids.length === 1 ? kids[0].child : undefined) });
  const when = whenFields(null, null);
  const where = choice(t("work.plan.where"), placeOptions());
  const told = notice();
  const answers = h("div", null);
  if (child) void showAsked(desk, caseload, kids.find((one) => one.child === child), answers);
  const go = button(t("work.plan.sign"), { type: "submit", icon: "i-seal", data: { act: "sign-plan" } });
  const form = h(
    "form",
    { class: "box-p form", novalidate: true },
    child ? null : who.element,
    h("fieldset", null, h("legend", null, t("work.record.when")), when.element),
    where.element,
    h("p", { class: "small soft" }, t("work.plan.place.note")),
    told.element,
    h("div", { class: "acts line" }, go, button(t("work.common.stop"), { look: "bare", data: { act: "stop" } }, () => back(desk, child))),
    // Below the buttons: it comes in later.
    answers,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    for (const one of [when.date, when.begin]) one.fault("");
    const kid = kids.find((one) => one.child === who.value());
    if (missing(told, [{ what: t("work.plan.child"), one: who }]) || !kid) return undefined;
    const start = when.value();
    if (!start) return (when.date.input.value ? when.begin : when.date).fault(t("work.common.required"));
    if (start.getTime() < Date.now() - AHEAD) return when.date.fault(t("work.plan.past"));
    if (missing(told, [{ what: t("work.plan.where"), one: where }])) return undefined;
    return void busy(go, async () => {
      try {
        const known = caseload.talks.of(kid.child) ?? (await caseload.talks.load(kid));
        const place = /** @type {any} */ (where.value());
        const signed = await makePlan({ ...caseload.talks.author(known), start: timeText(start), place, at: timeText(new Date()) }, mySigner());
        const sent = await caseload.talks.put([{ kid, signed }]);
        desk.say(t(sent ? "work.plan.done" : "work.plan.done.waits", { name: nameOf(kid) }));
        back(desk, child);
      } catch (error) {
        told.say(desk.sentence(error));
      }
    });
  });
  return h("div", { class: "stack" }, head, form);
}

/**
 * That the day will stand beside what the child asked of me. Without a network it is left out; the plan answers all the same.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid | undefined} kid @param {HTMLElement} into
 */
async function showAsked(desk, caseload, kid, into) {
  const found = kid ? await requestsOf(caseload, kid).catch(() => []) : [];
  const mineToo = found.some(({ closed, record }) => closed === null && record.to === caseload.session.person.id);
  if (kid && mineToo && desk.here()) fill(into, note("", "i-two", t("work.plan.answers", { name: nameOf(kid) })));
}

/** @param {Desk} desk @param {string} [child] */
const back = (desk, child) => (child ? desk.go("child", { child }) : desk.go("talks"));

// --- recording -------------------------------------------------------------------------------------------------------

/**
 * @param {Desk} desk @param {Caseload} caseload
 * @param {{child?: string, plan?: string, fix?: string}} params - `plan`: id of the plan that was kept or not; `fix`:
 *   hash of the first record of the chain that is corrected.
 */
export async function recordPage(desk, caseload, { child, plan, fix }) {
  // What the codes need is fetched now: in the room there may be no network.
  void import("../parts/qr.js").catch(() => undefined);
  void import("../parts/scanner.js").then(({ prepare }) => prepare()).catch(() => undefined);
  const kids = await childrenOf(caseload);
  if (kids.length === 0) return h("div", null, heading(t("work.record.title.any")), empty("quiet", t("work.talks.nokids"), ""));
  const only = child ?? (kids.length === 1 ? kids[0].child : undefined);
  const kid = kids.find((one) => one.child === only);
  if (!kid) return whoFirst(desk, kids);
  const known = caseload.talks.of(kid.child) ?? (await caseload.talks.load(kid));
  const before = fix ? known.talks.find((one) => one.chain.first.hash === fix) : undefined;
  const planned = known.plans.find((one) => one.record.id === plan);
  return new RecordPage(desk, caseload, kid, kids, known, planned ?? null, before ?? null).page;
}

/** @param {Desk} desk @param {Kid[]} kids */
function whoFirst(desk, kids) {
  const rows = kids.map((kid) => button(nameOf(kid), { look: "plain", data: { record: kid.child } }, () => desk.go("record", { child: kid.child })));
  return h("div", { class: "stack" }, heading(t("work.record.title.any")), h("section", { class: "box-p stack" }, h("h2", null, t("work.plan.child")), h("div", { class: "acts line" }, rows)));
}

/**
 * The same form within another page: of one child, and of what nobody wrote down it knows no more than there.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid
 * @param {{plan?: string, stop: () => void}} given - `plan`: id of the plan that was kept or not.
 * @returns {Promise<HTMLElement>} Its heading takes the focus when asked.
 */
export async function recordForm(desk, caseload, kid, { plan, stop }) {
  const [kids, known] = await Promise.all([childrenOf(caseload), caseload.talks.of(kid.child) ?? caseload.talks.load(kid)]);
  const planned = known.plans.find((one) => one.record.id === plan);
  return new RecordPage(desk, caseload, kid, kids, known, planned ?? null, null, stop).page;
}

class RecordPage {
  /**
   * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {Kid[]} kids @param {ChildTalks} known
   * @param {PlanView | null} plan @param {TalkView | null} before
   * @param {(() => void) | null} [within] - What stopping does, when it stands within another page.
   */
  constructor(desk, caseload, kid, kids, known, plan, before, within = null) {
    this.within = within;
    this.desk = desk;
    this.caseload = caseload;
    this.kid = kid;
    this.known = known;
    this.plan = plan;
    this.before = before;
    this.name = nameOf(kid);
    const old = before?.current;
    const change = () => this.changed();

    this.held = choice(t("work.record.held"), [1, 2].map((n) => ({ value: String(n), text: t(`work.record.held.${n}`) })), { value: old ? "1" : undefined, change });
    const begin = old ? new Date(old.start) : (plan?.start ?? null);
    this.when = whenFields(begin ?? new Date(), begin);
    this.just = button(t("work.record.just"), { look: "plain", data: { act: "just" } }, () => this.justEnded());
    this.began = h("p", { class: "small soft", role: "status" });
    const minutes = old ? Math.round((Date.parse(old.end) - Date.parse(old.start)) / 60_000) : null;
    this.long = choice(
      t("work.record.long"),
      [...USUAL.map((n) => ({ value: String(n), text: n === 60 ? t("work.record.hour") : t("work.record.minutes", { n }) })), { value: "other", text: t("work.record.long.other") }],
      { value: minutes === null ? undefined : USUAL.includes(minutes) ? String(minutes) : "other", change },
    );
    this.minutes = field(t("work.record.long.minutes"), h("input", { name: "minutes", inputmode: "numeric", autocomplete: "off", maxlength: 3, value: minutes !== null && !USUAL.includes(minutes) ? minutes : "" }));
    this.how = choice(t("work.record.how"), kindOptions(), { value: old?.kind, change });
    this.who = choice(t("work.record.who"), whoOptions(), { value: old?.who, change });
    this.interpreter = h("input", { type: "checkbox", name: "interpreter", checked: old?.interpreter === true });
    this.planned = choice(t("work.record.planned"), plannedOptions(), { value: old?.planned ?? (plan ? "planned" : undefined), change });
    this.where = choice(t("work.plan.where"), placeOptions(), { value: old?.place ?? plan?.record.place });
    this.reason = choice(t("work.record.reason"), notHeldOptions());
    /** Children who were there too. @type {{kid: Kid, input: HTMLInputElement}[]} */
    this.others = before ? [] : kids.filter((one) => one !== kid).map((one) => ({ kid: one, input: h("input", { type: "checkbox", value: one.child }) }));
    for (const { input } of this.others) input.addEventListener("change", change);

    /** What stands in the verdict, so that it is read out only when it changes. */
    this.said = "";
    this.told = notice();
    this.go = button(t("work.record.sign"), { type: "submit", icon: "i-seal", look: "full", data: { act: "sign" } });
    this.verdict = h("div", { class: "verdict", role: "status", "aria-live": "polite" });
    this.siblings = h(
      "fieldset",
      { "data-part": "siblings" },
      h("legend", null, t("work.record.siblings")),
      h("div", { class: "seg" }, this.others.map(({ kid: one, input }) => h("label", { class: "pick" }, input, h("span", null, nameOf(one))))),
      h("p", { class: "small soft section-s" }, t("work.record.siblings.note")),
    );
    this.wasHeld = h(
      "div",
      { class: "form lined" },
      this.long.element,
      this.minutes.element,
      this.how.element,
      this.who.element,
      this.siblings,
      h("fieldset", null, h("legend", null, t("work.record.interpreter.label")), h("div", { class: "seg" }, h("label", { class: "pick" }, this.interpreter, h("span", null, t("work.record.interpreter"))))),
      this.planned.element,
      this.where.element,
    );
    this.wasNot = h("div", { class: "form" }, this.reason.element, h("p", { class: "small soft" }, t("work.record.reason.note")));
    this.form = h("form", { novalidate: true, class: "recording" });
    this.page = h("div", null, this.form);
    this.frame();
    this.changed();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void busy(this.go, () => this.sign());
    });
  }

  frame() {
    const { before, plan, name, desk, kid } = this;
    const under = before ? t("work.record.correct.lead") : plan ? t("work.record.fromplan", { when: `${moment(plan.start)}, ${placeWords(plan.record.place)}` }) : t("work.contact.lead");
    const stop = button(t("work.common.stop"), { look: "plain", data: { act: "stop" } }, this.within ?? (() => desk.go("child", { child: kid.child })));
    const title = t(before ? "work.record.correct" : "work.record.title", { name });
    fill(
      this.form,
      this.within ? h("div", { class: "title" }, h("div", null, h("h2", { tabindex: "-1" }, title), h("p", null, under)), stop) : heading(title, under, stop),
      this.known.stale ? note("", "i-info", t("work.talks.stale")) : null,
      h(
        "div",
        { class: "cols two section-s" },
        h(
          "div",
          { class: "box-p form lined" },
          before ? null : this.held.element,
          h("fieldset", null, h("legend", null, t("work.record.when")), h("div", { class: "when" }, this.when.element, h("div", { class: "acts line" }, this.just, this.began))),
          this.wasHeld,
          this.wasNot,
        ),
        h("div", { class: "stack" }, this.verdict, this.told.element, this.go, h("p", { class: "soft small" }, t("work.record.fixed"))),
      ),
    );
  }

  /** Shows what belongs to the choices so far, and whether it counts. */
  changed() {
    const off = this.held.value() === "2";
    this.wasHeld.hidden = off;
    this.wasNot.hidden = !off;
    this.just.hidden = off;
    this.minutes.element.hidden = this.long.value() !== "other";
    this.siblings.hidden = this.who.value() !== "siblings" || this.others.length === 0;
    const kind = this.how.value();
    const who = this.who.value();
    const planned = this.planned.value();
    const reasons = whyNot({ kind: kind ?? "face", who: who ?? "alone", planned: planned ?? "planned" });
    const counts = kind && who && planned && reasons.length === 0;
    const against = off ? [4] : reasons;
    this.verdict.className = counts && !off ? "verdict yes" : against.length ? "verdict no" : "verdict";
    this.verdict.dataset.counts = off || against.length ? "no" : counts ? "yes" : "open";
    if (off || against.length) {
      this.tell("i-info", t("work.record.countsnot"), `${against.map((n) => t(`work.record.countsnot.${n}`)).join(" ")} ${t("work.record.kept")}`);
    } else if (counts) this.tell("i-tick", t("work.record.counts"), t("work.record.counts.why"));
    else this.tell("i-info", t("work.record.open"), t("work.record.open.why"));
    const many = 1 + this.alsoThere().length;
    const words = many > 1 ? t("work.record.sign.more", { n: many }) : t("work.record.sign");
    if (this.go.lastChild?.textContent !== words) this.go.lastChild?.replaceWith(words);
  }

  /** @param {string} icon @param {string} title @param {string} under */
  tell(icon, title, under) {
    // Said once per change and not at each tap: what stays the same is not read out again.
    const now = `${title} ${under}`;
    if (this.said === now) return;
    this.said = now;
    fill(this.verdict, drawing(icon), h("div", null, h("b", null, title), h("p", { class: "small soft" }, under)));
  }

  /** @returns {Kid[]} */
  alsoThere() {
    if (this.held.value() === "2" || this.who.value() !== "siblings") return [];
    return this.others.filter(({ input }) => input.checked).map(({ kid }) => kid);
  }

  /** @returns {number | null} */
  lasted() {
    const long = this.long.value();
    const minutes = long === "other" ? Number(this.minutes.input.value) : Number(long ?? Number.NaN);
    return Number.isInteger(minutes) && minutes >= SHORTEST && minutes <= LONGEST ? minutes : null;
  }

  /** It ended a moment ago: the start follows from how long it was. */
  justEnded() {
    this.told.say("");
    const minutes = this.lasted();
    if (minutes === null) {
      this.told.say(t("work.common.choose", { what: t("work.record.long").toLocaleLowerCase() }));
      return this.long.focus();
    }
    const begin = new Date(Date.now() - minutes * 60_000);
    this.when.date.input.value = dayField(begin);
    this.when.begin.input.value = timeField(begin);
    this.began.textContent = t("work.record.began", { time: clock(begin) });
    return undefined;
  }

  async sign() {
    const { told, desk, caseload, kid, when } = this;
    told.say("");
    for (const one of [when.date, when.begin, this.minutes]) one.fault("");
    if (!this.before && missing(told, [{ what: t("work.record.held"), one: this.held }])) return undefined;
    const start = when.value();
    if (!start) return (when.date.input.value ? when.begin : when.date).fault(t("work.common.required"));
    if (start.getTime() > Date.now() + AHEAD) return when.date.fault(t("work.record.future"));
    try {
      if (this.held.value() === "2") return await this.signNotHeld(start);
      if (missing(told, [{ what: t("work.record.long"), one: this.long }])) return undefined;
      const minutes = this.lasted();
      if (minutes === null) return this.minutes.fault(t("work.record.short"));
      const asked = [
        { what: t("work.record.how"), one: this.how },
        { what: t("work.record.who"), one: this.who },
        { what: t("work.record.planned"), one: this.planned },
        { what: t("work.plan.where"), one: this.where },
      ];
      if (missing(told, asked)) return undefined;
      /** @type {{kid: Kid, signed: import("../talks.js").Signed}[]} */
      const records = [];
      for (const one of [kid, ...this.alsoThere()]) records.push({ kid: one, signed: await this.talk(one, start, minutes) });
      const sent = await caseload.talks.put(records);
      desk.say(t(sent ? "work.record.done" : "work.record.done.waits"));
      return desk.go("confirm", { children: records.map((one) => one.kid.child), talks: await Promise.all(records.map((one) => hashOf(one.signed.record))) });
    } catch (error) {
      return told.say(desk.sentence(error));
    }
  }

  /** @param {Kid} one @param {Date} start @param {number} minutes */
  async talk(one, start, minutes) {
    const { caseload, before } = this;
    const known = one === this.kid ? this.known : (caseload.talks.of(one.child) ?? (await caseload.talks.load(one)));
    const value = (/** @type {{value: () => string | null}} */ choices) => /** @type {any} */ (choices.value());
    return makeTalk(
      {
        ...caseload.talks.author(known),
        log: known.log,
        // A correction may not change whose telephone it was.
        child: before ? before.chain.first.record.child : known.child,
        kind: value(this.how),
        who: value(this.who),
        interpreter: this.interpreter.checked,
        planned: value(this.planned),
        place: value(this.where),
        start: timeText(start),
        end: timeText(new Date(start.getTime() + minutes * 60_000)),
        plan: before ? before.current.plan : one === this.kid ? (this.plan?.record.id ?? null) : null,
        nb: known.nb,
        release: release(),
      },
      mySigner(),
      before ? { first: before.chain.first.hash, prev: before.chain.counted[before.chain.counted.length - 1].hash } : undefined,
    );
  }

  /** @param {Date} start */
  async signNotHeld(start) {
    const { caseload, known, kid, desk, told } = this;
    if (missing(told, [{ what: t("work.record.reason"), one: this.reason }])) return;
    const reason = /** @type {any} */ (this.reason.value());
    const given = { ...caseload.talks.author(known), plan: this.plan?.record.id ?? null, start: timeText(start), reason, at: timeText(new Date()) };
    const sent = await caseload.talks.put([{ kid, signed: await makeNotHeld(given, mySigner()) }]);
    desk.say(t(sent ? "work.record.done" : "work.record.done.waits"));
    desk.go("child", { child: kid.child });
  }
}
