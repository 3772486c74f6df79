/**
 * Adding a child, and linking its phone face to face (docs/protocol/keys.md, Enrolment).
 *
 * The secrets of a link live in this page's memory for fifteen minutes. What the phone answers is checked here; the
 * server only carries it.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { checkAnswer, countersign, newQrSecret, newStartcode, offer, qrKeys, qrText, startcodeKeys, bundleHash } from "../crypto/enrol.js";
import { mine, mySigner } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { busy, button, choice, empty, field, heading, note, notice, roleName, together } from "../parts/desk-bits.js";
import { draftOf } from "../parts/desk-caseload.js";
import { drop, find, keep } from "../parts/desk-drafts.js";
import { introducedAs, nextList, onCall, serviceList } from "../parts/desk-lists.js";
import { fill, h } from "../parts/h.js";
import { series, spoken, t } from "../parts/words.js";
import { timeText } from "../wire.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {{name: string, age: number, level: "8" | "12", second: string, confidant: string | null}} Details */

/** The clock ticks every second, and every second tick asks. */
const TICK = 1000;
const AGES = [4, 20];

/** @param {Desk} desk @param {Caseload} caseload */
export async function addPage(desk, caseload) {
  await caseload.load();
  const head = heading(t("work.add.title"), t("work.add.lead"));
  if (caseload.session.person.role !== "worker") return h("div", { class: "stack" }, head, note("", "i-info", t("work.add.onlyworker")));
  const form = detailsForm(desk, caseload, null, async (details, number) => {
    const { child } = await api("/desk/api/children", { json: { second: details.second, child: number || null } });
    await keep(draftOf(child), details);
    desk.go("link", { child });
  });
  return h("div", { class: "stack" }, head, form);
}

/**
 * Who the child is and who reads with me. Only people whose keys I believe can be chosen.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Details | null} before
 * @param {(details: Details, number: string) => Promise<void>} done `number` is the roster's for a new child, or empty
 */
function detailsForm(desk, caseload, before, done) {
  const seconds = introducedAs(caseload, ["second", "worker"]);
  if (seconds.length === 0) {
    return empty(
      "who",
      t("work.second.missing"),
      t("work.second.why"),
      button(t("work.add.goto"), { data: { act: "colleagues" } }, () => desk.go("colleagues", { need: true })),
    );
  }
  // Whoever is a second reader by role stands before a colleague who stands in as one.
  seconds.sort((a, b) => Number(a.role !== "second") - Number(b.role !== "second") || a.name.localeCompare(b.name));
  const confidants = introducedAs(caseload, ["confidant"]);
  const served = onCall(caseload);
  const name = field(t("work.add.name"), h("input", { name: "child", autocomplete: "off", maxlength: 80, value: before?.name ?? "" }));
  const age = field(t("work.add.age"), h("input", { name: "age", inputmode: "numeric", autocomplete: "off", maxlength: 2, value: before?.age ?? "" }));
  const number = field(
    t("work.add.number"),
    h("input", { name: "kindnummer", autocomplete: "off", autocapitalize: "characters", maxlength: 12 }),
    t("work.add.number.hint"),
  );
  const level = choice(t("work.add.level"), [{ value: "8", text: t("work.add.level.1") }, { value: "12", text: t("work.add.level.2") }], { value: before?.level });
  age.input.addEventListener("change", () => {
    // A suggestion once the age is known; nothing is chosen before.
    if (level.value() === null && Number(age.input.value)) level.set(Number(age.input.value) < 12 ? "8" : "12");
  });
  const second = choice(
    t("work.add.second"),
    seconds.map((one) => ({ value: one.person, text: one.role === "second" ? one.name : `${one.name}, ${roleName(one.role)}` })),
    { value: before?.second ?? (seconds.length === 1 ? seconds[0].person : undefined) },
  );
  const confidant = choice(
    t("work.add.confidant"),
    [{ value: "", text: t("work.add.confidant.none") }, ...confidants.map((one) => ({ value: one.person, text: one.name }))],
    { value: before?.confidant ?? "" },
  );
  const told = notice();
  const go = button(t("work.add.do"), { type: "submit", data: { act: "create" } });
  const form = h(
    "form",
    { class: "box-p form", novalidate: true },
    h("div", { class: "pair" }, name.element, age.element),
    // Later the child has its number, and nothing can change it.
    before ? null : number.element,
    level.element,
    h("div", null, second.element, h("p", { class: "small soft section-s" }, t("work.second.why"))),
    confidants.length ? h("div", null, confidant.element, h("p", { class: "small soft section-s" }, t("work.add.confidant.note"))) : null,
    served.length ? note("", "i-info", t("work.add.service", { names: together(served.map((one) => one.name)) })) : null,
    told.element,
    h("div", { class: "acts line" }, go, button(t("work.common.stop"), { look: "bare" }, () => desk.go("children"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    name.fault("");
    age.fault("");
    const years = Number(age.input.value);
    if (!name.input.value.trim()) return name.fault(t("work.common.required"));
    if (!Number.isInteger(years) || years < AGES[0] || years > AGES[1]) return age.fault(t("work.add.age.wrong"));
    for (const one of [level, second]) {
      if (one.value()) continue;
      told.say(t("work.common.choose", { what: one === level ? t("work.add.level") : t("work.add.second") }));
      return one.focus();
    }
    /** @type {Details} */
    const details = {
      name: name.input.value.trim(),
      age: years,
      level: level.value() === "8" ? "8" : "12",
      second: second.value() ?? "",
      confidant: confidant.value() || null,
    };
    return void busy(go, async () => {
      try {
        await done(details, number.input.value.trim().toUpperCase());
      } catch (error) {
        told.say(desk.sentence(error));
      }
    });
  });
  return form;
}

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string, sure?: boolean}} params */
export async function linkPage(desk, caseload, { child, sure = false }) {
  await caseload.load();
  const kid = caseload.kids.get(child);
  if (!kid) return h("div", null, heading(t("work.add.title")), note("", "i-info", t("work.empty.noaccess")));
  const page = h("div", { class: "stack wide" });
  // What it was called in kindmodus is as good as what was typed here.
  const kept = /** @type {Details | undefined} */ ((await find(draftOf(child)))?.value ?? sameReaders(kid) ?? undefined);
  if (kid.enrolled) {
    const before = sameReaders(kid);
    if (before && sure) showLink(desk, caseload, child, before, page);
    else fill(page, ...another(desk, kid, before));
    return page;
  }
  if (!kept || !caseload.trust.introduced.has(kept.second)) {
    // Made on another device, or long ago: what the child is called was only ever kept where it was typed.
    fill(
      page,
      heading(t("work.add.title"), t("work.link.again")),
      detailsForm(desk, caseload, kept ?? null, async (details) => {
        await keep(draftOf(child), details);
        desk.go("link", { child });
      }),
    );
    return page;
  }
  showLink(desk, caseload, child, kept, page);
  return page;
}

/**
 * What a child that had a phone before is called, and who reads it: the same people, by the list as it stands.
 *
 * @param {Kid} kid @returns {Details | null} Null when that list or the name is not known here.
 */
function sameReaders(kid) {
  const second = kid.circles.worker?.record.readers.find((one) => one.person !== mine().person)?.person;
  if (!kid.card || !second || kid.role !== "worker" || kid.refused.length) return null;
  const level = kid.card.level === "8" ? "8" : "12";
  return { name: kid.card.name, age: kid.card.age ?? 0, level, second, confidant: kid.circles.confidant?.record.readers[0]?.person ?? null };
}

/**
 * Asked first, because the phone that is linked now goes off with it.
 *
 * @param {Desk} desk @param {Kid} kid @param {Details | null} before
 */
function another(desk, kid, before) {
  const name = kid.card?.name ?? kid.child;
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("child", { child: kid.child }));
  const go = button(t("work.link.other.do"), { data: { act: "link-other" } }, () => desk.go("link", { child: kid.child, sure: true }));
  return [
    heading(t("work.link.title", { name })),
    before ? note("heed", "i-warn", t("work.link.other", { name })) : note("", "i-info", t("work.link.key")),
    h("div", { class: "acts line" }, before ? go : null, back),
  ];
}

/**
 * The steps beside what is to be done now.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {string} child @param {Details} details @param {HTMLElement} page
 */
function showLink(desk, caseload, child, details, page) {
  const { name } = details;
  const steps = series("work.enrol.#").map((text) => h("li", null, text));
  const stage = h("div", { class: "stack", "data-stage": "before" });
  const told = notice();
  /** @param {number} from @param {number} to - Which steps are at hand, counted from 1. */
  const at = (from, to) => {
    for (const [n, step] of steps.entries()) {
      step.className = n + 1 < from ? "was" : n + 1 <= to ? "now" : "";
      if (n + 1 === from) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
  };
  /** @param {string} now @param {...import("../parts/h.js").Child} content */
  const show = (now, ...content) => {
    stage.dataset.stage = now;
    fill(stage, ...content);
    const first = stage.querySelector("h2");
    first?.setAttribute("tabindex", "-1");
    first?.focus();
  };

  const before = () => {
    at(1, 3);
    const go = button(t("work.link.show"), { icon: "i-link", data: { act: "show-code" } }, () =>
      void busy(go, async () => {
        told.say("");
        try {
          await offered();
        } catch (error) {
          told.say(desk.sentence(error));
        }
      }),
    );
    show("before", h("p", null, t("work.link.lead")), told.element, h("div", { class: "acts line" }, go, stop()));
  };

  const stop = () => button(t("work.link.stop"), { look: "bare", data: { act: "stop" } }, () => desk.go("children"));

  const offered = async () => {
    const { qrCode } = await import("../parts/qr.js");
    const link = await makeLink(caseload, child, details);
    if (!desk.here()) return link.drop();
    desk.leaving(link.drop);
    at(4, 5);
    const left = h("span", { class: "timer" });
    const state = h("p", { role: "status", class: "note" }, t("work.link.waiting"));
    show(
      "shown",
      h("div", { class: "pairing" },
        h("div", null, h("h2", null, t("work.link.scan")), qrCode(link.text, t("work.link.qr"))),
        h("div", { class: "stack" },
          h("h3", null, t("work.link.type")),
          h("p", { class: "big-code", dir: "ltr", "data-startcode": link.code, translate: "no" }, link.code.split("-").map((group) => h("span", null, group))),
          h("p", { class: "soft" }, left),
          state,
        ),
      ),
      told.element,
      h("div", { class: "acts line" }, stop()),
    );
    stage.dataset.link = link.text;
    const over = () => {
      link.drop();
      show("gone", h("h2", null, t("work.link.gone")), h("div", { class: "acts line" }, renew(), stop()));
    };
    watch(desk, link, {
      tick: (seconds) => void (left.textContent = t("work.link.clock", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` })),
      over,
      answered: (answer) => void compare(link, answer),
      failed: (error) => told.say(desk.sentence(error)),
    });
  };

  const renew = () => button(t("work.link.renew"), { data: { act: "renew" } }, before);

  /** @param {Link} link @param {any} answer */
  const compare = async (link, answer) => {
    delete stage.dataset.link;
    let digits;
    try {
      digits = await checkAnswer(answer, link);
    } catch (error) {
      link.drop();
      const differ = error instanceof KindstemError && error.code === "enrol-keys-differ";
      show("refused", h("h2", null, t("work.link.refused")), note("alarm", "i-warn", differ ? t("work.enrol.mismatch") : desk.sentence(error)), h("div", { class: "acts line" }, renew(), stop()));
      return;
    }
    at(6, 6);
    const yes = button(t("work.link.same"), { look: "plain", data: { act: "same" } }, () =>
      void busy(yes, async () => {
        told.say("");
        try {
          await activate(caseload, link, answer);
        } catch (error) {
          told.say(desk.sentence(error));
          return;
        }
        await carded();
      }),
    );
    const no = button(t("work.link.differ"), { look: "plain", data: { act: "differ" } }, () => {
      link.drop();
      show("dropped", h("h2", null, t("work.link.refused")), note("alarm", "i-warn", t("work.link.dropped")), h("div", { class: "acts line" }, renew(), stop()));
    });
    show(
      "compare",
      h("h2", null, t("work.link.compare", { name })),
      h("p", { class: "big-code six", dir: "ltr", "data-digits": digits }, digits.slice(0, 3), " ", digits.slice(3)),
      told.element,
      // Yes and no weigh the same: whoever is in a hurry must not find one of them easier.
      h("div", { class: "acts line" }, yes, no),
    );
  };

  /** The phone is linked; what the readers call the child follows, sealed. */
  const carded = async () => {
    at(7, 8);
    const kid = caseload.kids.get(child);
    try {
      if (!kid) throw new KindstemError("not-found");
      await caseload.saveCard(kid, { name, age: details.age, phone: "unknown", level: details.level });
      await drop(draftOf(child));
    } catch (error) {
      told.say(desk.sentence(error));
      const again = button(t("work.common.retry"), { data: { act: "retry" } }, () => void busy(again, carded));
      show("active", h("h2", null, t("work.link.active", { name })), note("heed", "i-warn", t("work.link.card")), told.element, again);
      return;
    }
    show(
      "active",
      h("h2", null, t("work.link.active", { name })),
      h("p", null, t("work.link.next")),
      note("", "i-info", t("work.enrol.weak")),
      h("div", { class: "acts line" }, button(t("work.link.done", { name }), { data: { act: "to-child" } }, () => desk.go("child", { child }))),
    );
  };

  before();
  fill(
    page,
    heading(t("work.link.title", { name })),
    h("div", { class: "cols two" }, h("div", { class: "box-p" }, stage), h("section", { class: "box-p" }, h("h2", null, t("work.link.steps")), h("ol", { class: "steps" }, steps))),
  );
}

/**
 * @typedef {object} Link
 * @property {string} enrolment
 * @property {number} until - In milliseconds since 1970, by this computer's clock.
 * @property {string} text - What the QR code says.
 * @property {string} code - To type.
 * @property {import("../wire.js").Bundle} bundle
 * @property {import("../crypto/enrol.js").EnrolKeys} qr
 * @property {import("../crypto/enrol.js").EnrolKeys} typed
 * @property {boolean} over
 * @property {() => void} drop - Ends it, unless it became active.
 */

const LASTS = 15 * 60_000;

/**
 * @param {Caseload} caseload @param {string} child @param {Details} details
 * @returns {Promise<Link>}
 */
async function makeLink(caseload, child, details) {
  const { org } = caseload.session;
  const { introduced } = caseload.trust;
  const at = timeText();
  // A child that had a phone before has lists already: these follow the newest, and nobody is added by it but who is on call.
  const circles = caseload.kids.get(child)?.circles ?? {};
  const lists = [nextList(caseload, child, "worker", [{ id: mine().person, role: "worker" }, { id: details.second, role: "second" }], at)];
  if (details.confidant) lists.push(nextList(caseload, child, "confidant", [{ id: details.confidant, role: "confidant" }], at));
  if (onCall(caseload).length) lists.push(serviceList(caseload, child, at));
  // Whom the child itself let in stays.
  for (const { person: id } of circles.independent?.record.readers ?? []) lists.push(nextList(caseload, child, "independent", [{ id, role: "independent" }], at));
  const ids = lists.flatMap((one) => one.readers.map((reader) => reader.person));
  const persons = ids.map((id) => {
    const wanted = /** @type {import("../wire.js").PersonRecord} */ (introduced.get(id)?.record);
    const offered = caseload.people.find((one) => one.record?.record?.person === id && one.record.record.reading === wanted.reading);
    return offered?.record;
  });
  /** @type {import("../wire.js").Bundle} */
  const bundle = { t: "bundle", v: 1, org: org.id, orgName: org.name, child, level: details.level, lang: spoken(), lists, persons };
  const secret = newQrSecret();
  const code = newStartcode();
  const [qr, typed] = await Promise.all([qrKeys(secret, org.id), startcodeKeys(code, org.id)]);
  const { enrolment } = await api("/desk/api/enrolments", { json: await offer(bundle, { qr, typed }) });
  /** @type {Link} */
  const link = {
    enrolment,
    // Not the server's clock: a computer that is minutes off would show a code as expired at once.
    until: Date.now() + LASTS,
    text: qrText(location.origin, secret, await bundleHash(bundle)),
    code,
    bundle,
    qr,
    typed,
    over: false,
    drop() {
      if (link.over) return;
      link.over = true;
      api(`/desk/api/enrolments/${enrolment}/drop`).catch(() => undefined);
    },
  };
  return link;
}

/**
 * Asks every two seconds whether the phone has answered, until it has, or time is over, or the page goes.
 *
 * @param {Desk} desk @param {Link} link
 * @param {{tick: (seconds: number) => void, over: () => void, answered: (answer: any) => void, failed: (error: unknown) => void}} tell
 */
function watch(desk, link, tell) {
  let asking = false;
  let ticks = 0;
  const step = async () => {
    const left = Math.round((link.until - Date.now()) / 1000);
    if (link.over || !desk.here()) return clearInterval(timer);
    tell.tick(Math.max(0, left));
    if (left <= 0) {
      clearInterval(timer);
      return tell.over();
    }
    if (asking || (ticks += 1) % 2 === 0) return undefined;
    asking = true;
    try {
      const { state, answer } = await api(`/desk/api/enrolments/${link.enrolment}`, { method: "GET" });
      if (link.over || !desk.here() || state === "waiting") return undefined;
      clearInterval(timer);
      if (state === "answered" && answer) tell.answered(answer);
      else tell.over();
    } catch (error) {
      // A gap in the network is no reason to stop waiting; a session that ended is.
      tell.failed(error);
    } finally {
      asking = false;
    }
    return undefined;
  };
  const timer = setInterval(() => void step(), TICK);
  desk.leaving(() => clearInterval(timer));
  void step();
}

/**
 * @param {Caseload} caseload @param {Link} link @param {any} answer
 */
async function activate(caseload, link, answer) {
  const signed = await countersign(answer, mySigner());
  await api(`/desk/api/enrolments/${link.enrolment}/activate`, { json: signed });
  link.over = true;
  await caseload.load();
  const kid = caseload.kids.get(link.bundle.child);
  // Its keys become evidence too. Should that fail now, it is made up for the next time this child is looked at.
  if (kid) await caseload.talks.load(kid).catch(() => undefined);
}
