/**
 * The independent talk that a meldcode decided: offering it to the child, what the child itself answered, and what a
 * reader records of it (docs/protocol/offer.md).
 *
 * An answer counts here when a key signed it that this desk believes; what only the server says is shown as that.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { authors, cosigned } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { signedBy, signedByDevice } from "../talks.js";
import { parseSigned } from "../wire.js";
import { busy, button, choice, daysAgo, moment, note, notice } from "./desk-bits.js";
import { hasPhone, meldcodeOf, phoneOf, post } from "./desk-caseload.js";
import { nextList } from "./desk-lists.js";
import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("./desk-bits.js").Desk} Desk */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Meldcode} Meldcode */
/** @typedef {import("../wire.js").OfferAnswerRecord} OfferAnswerRecord */
/** @typedef {import("../wire.js").PersonRecord} PersonRecord */
/** @typedef {{says: "yes" | "no" | "later", at: Date, way: "phone" | "kindmodus", by: string, entry: string}} Heard What the child answered, when, on what, and by whose key: a device or a person. */
/** @typedef {{child: string, phones: Kid["phones"], circles: Kid["circles"]}} Known */

const SAYS = /** @type {const} */ (["yes", "no", "later", "held"]);

/**
 * What the child itself answered last, by the signatures: its own phone's, or for what it said in kindmodus that of a
 * professional who reads or read it. Of answers at one moment the later in the server's order stands.
 *
 * @param {Known} kid @param {Pick<Meldcode, "offers">} code
 * @returns {Promise<Heard | null>}
 */
export async function heardOf(kid, { offers }) {
  /** @type {Heard | null} */
  let newest = null;
  for (const { entry, answers } of [...offers].reverse()) {
    for (const candidate of answers) {
      const found = await checked(kid, entry, candidate);
      if (found && (!newest || found.at >= newest.at)) newest = found;
    }
  }
  return newest;
}

/**
 * @param {Known} kid @param {string} entry @param {any} candidate
 * @returns {Promise<Heard | null>} Null for what nobody signed who may.
 */
async function checked(kid, entry, candidate) {
  try {
    const signed = parseSigned(candidate, "offer-answer");
    const { record } = /** @type {{record: OfferAnswerRecord}} */ (signed);
    if (record.child !== kid.child || record.offer !== entry) return null;
    const { says, way } = record;
    for (const [by, { dir, keys, unlock, revoked, circles = {} }] of authors(kid)) {
      const phone = way === "phone" && dir === "up" && unlock && !(revoked && record.at > revoked);
      // On a tablet only by whoever reads as a worker, or did: the talk's own professional answers for nobody.
      const tablet = way === "kindmodus" && dir === "down" && "worker" in circles;
      const fits = phone ? await signedByDevice(signed, { signing: keys[0], unlock }) : tablet && (await anyOf(signed, keys));
      if (fits) return { says, way, by, entry, at: new Date(record.at) };
    }
    return null;
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/** @param {any} signed @param {string[]} keys */
async function anyOf(signed, keys) {
  for (const key of keys) if (await signedBy(signed, key)) return true;
  return false;
}

/**
 * With whom the talk can be: who is introduced as a confidant and reads nothing else of this child.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @returns {PersonRecord[]} By name.
 */
export function independents(caseload, kid) {
  const readers = /** @type {const} */ (["worker", "confidant"]).flatMap((circle) => kid.circles[circle]?.record.readers ?? []);
  const works = (/** @type {string} */ person) => caseload.people.some((one) => one.record?.record?.person === person && one.active);
  return [...caseload.trust.introduced.values()]
    .map(({ record }) => record)
    .filter(({ role, person }) => role === "confidant" && works(person) && !readers.some((one) => one.person === person))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * What is sealed as an offer: from which meldcode it follows, and, once it is known with whom, the list that makes that
 * person a reader as soon as the child signs it too.
 *
 * @param {Caseload} caseload @param {Kid} kid @param {string} of @param {PersonRecord | null} person
 */
export async function offerDoc(caseload, kid, of, person) {
  if (!person) return { v: 1, of, list: null };
  const record = nextList(caseload, kid.child, "independent", [{ id: person.person, role: "independent" }]);
  return { v: 1, of, list: await cosigned({ record, sigs: [] }) };
}

/** @param {Kid} kid @param {string} entry @returns {string} With whom the talk is that an offer is about; "" while nobody is known or it is not open. */
export const withWhom = (kid, entry) => {
  const opened = kid.opened.get(entry);
  return opened?.state === "open" && opened.meta?.kind === "offer" && opened.author === "verified" ? (opened.doc.list?.record.readers[0].name ?? "") : "";
};

/**
 * The part of a meldcode's page about the independent talk.
 *
 * @param {{desk: Desk, caseload: Caseload, kid: Kid, known: Meldcode, name: string}} around
 */
export async function talkPart(around) {
  const place = h("section", { class: "stack section", "data-part": "independent", "aria-labelledby": "meld-talk" });
  const show = async (/** @type {Meldcode} */ known) => {
    const heard = await heardOf(around.kid, known);
    const all = { ...around, known, heard, show };
    place.dataset.became = known.became?.what ?? "";
    place.dataset.own = heard?.says ?? "";
    fill(
      place,
      h("div", { class: "box-p form" }, h("h2", { id: "meld-talk" }, t("meld.talk.title")), h("p", null, t("meld.talk.lead", { name: around.name })), ...standing(all)),
      known.became?.what === "held" ? null : heard?.says === "no" ? note("", "i-info", t("meld.offer.closed", { name: around.name })) : offerForm(all),
      heard && known.became?.what === "held" ? null : recordForm(all),
    );
  };
  await show(around.known);
  return place;
}

/** @typedef {{desk: Desk, caseload: Caseload, kid: Kid, known: Meldcode, name: string, heard: Heard | null, show: (known: Meldcode) => Promise<void>}} Around */

/** How it stands. @param {Around} around */
function standing({ caseload, kid, known, name, heard }) {
  const { became, offers } = known;
  const newest = offers[0];
  const by = newest ? { name, by: newest.name, when: moment(newest.at).toLocaleLowerCase(), person: withWhom(kid, newest.entry) } : null;
  const lines = [];
  if (by) lines.push(h("p", null, t(by.person ? "meld.offer.made.with" : "meld.offer.made", by)));
  if (newest) lines.push(note("", newest.phone ? "i-phone" : "i-one", t(newest.phone ? "meld.offer.phone" : "meld.offer.tablet", { name })));
  // What the server says the child answered, and no signature says.
  const forged = became?.way && became.what !== heard?.says;
  if (forged) lines.push(note("alarm", "i-warn", t("meld.offer.unproven", { name })));
  lines.push(h("p", null, h("b", null, forged ? t("meld.talk.became.0", { name }) : state({ caseload, known, name, heard })), known.waits ? [" ", t("meld.row.talk.days", { n: daysAgo(known.at) })] : null));
  if (heard?.way === "kindmodus" && became?.way) lines.push(h("p", { class: "small soft" }, t("meld.offer.nokey", { name })));
  return lines;
}

/** @param {Pick<Around, "caseload" | "known" | "name" | "heard">} around */
function state({ caseload, known, name, heard }) {
  const { became } = known;
  if (!became) return t("meld.talk.became.0", { name });
  const at = SAYS.indexOf(became.what) + 1;
  if (!became.way || !heard) return t(`meld.talk.became.${at}`, { name, by: became.name, when: moment(became.at).toLocaleLowerCase() });
  const when = moment(heard.at).toLocaleLowerCase();
  return heard.way === "phone" ? t(`meld.talk.own.${at}`, { name, when }) : t(`meld.talk.tablet.${at}`, { name, when, by: caseload.nameOf(heard.by) });
}

/** Offering it, and offering it anew: with somebody, once somebody is known. @param {Around} around */
function offerForm({ desk, caseload, kid, known, name, show }) {
  const people = independents(caseload, kid);
  const watched = phoneOf(kid).watched;
  const whom = choice(t("meld.offer.whom"), [...people.map((one) => ({ value: one.person, text: one.name })), { value: "", text: t("meld.offer.nobody") }]);
  const told = notice();
  const again = known.offers.length > 0;
  const go = button(t(again ? "meld.offer.again" : "meld.offer.go", { name }), { type: "submit", data: { act: "offer" } });
  /** The same words again stay the same entry. @type {{of: string, parcel: import("./desk-caseload.js").Parcel, doc: any} | null} */
  let tried = null;
  const form = h(
    "form",
    { class: "box-p form", novalidate: true, "data-part": "offer" },
    h("h3", null, t(again ? "meld.offer.again" : "meld.offer.title", { name })),
    whom.element,
    note("", "i-eye", t("meld.offer.reads", { name })),
    h("p", { class: "small soft" }, t(watched || !hasPhone(kid) ? "meld.offer.where.tablet" : "meld.offer.where.phone", { name })),
    told.element,
    h("div", { class: "acts line" }, go, known.offers.length ? button(t("work.kid.kindmodus"), { look: "plain", icon: "i-one", data: { act: "offer-room" } }, () => desk.go("kindmodus", { child: kid.child })) : null),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    const value = whom.value();
    if (value === null) {
      told.say(t("meld.offer.choose"));
      return whom.focus();
    }
    return void busy(go, async () => {
      try {
        if (tried?.of !== value) {
          const doc = await offerDoc(caseload, kid, known.id, people.find((one) => one.person === value) ?? null);
          tried = { of: value, doc, parcel: await caseload.sealFor(kid, { kind: "offer", circle: "worker", doc, room: true, alone: watched }) };
        }
        await post(tried.parcel);
        caseload.remember(kid, { id: tried.parcel.id, kind: "offer", circle: "worker", about: null, doc: tried.doc });
        await caseload.loadChildren();
      } catch (error) {
        told.say(`${t("work.reply.failed")} ${desk.sentence(error)}`);
        return;
      }
      desk.say(t("meld.offer.done", { name }));
      const now = caseload.kids.get(kid.child)?.meldcodes.find((one) => one.id === known.id);
      if (now && desk.here()) await show(now);
    });
  });
  return form;
}

/**
 * What a reader records: what the child said, where it cannot answer itself; and that the talk was held.
 *
 * @param {Around} around
 */
function recordForm({ desk, known, name, heard, show }) {
  const own = heard !== null;
  const said = own ? null : choice(t("meld.talk.legend", { name }), SAYS.map((value, n) => ({ value, text: t(`meld.talk.what.${n + 1}`) })));
  const told = notice();
  const keep = button(t(own ? "work.independent.keep" : "meld.talk.keep"), { type: "submit", look: own ? "plain" : "", data: { act: "talk-keep" } });
  const form = h(
    "form",
    { class: "box-p form", novalidate: true, "data-part": "talk", "data-became": known.became?.what ?? "" },
    h("h3", null, t(own ? "meld.talk.after" : "meld.talk.instead", { name })),
    note("", "i-one", t(own ? "meld.talk.own" : "meld.talk.ask", { name })),
    said?.element,
    told.element,
    h("div", { class: "acts line" }, keep),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const what = said ? said.value() : "held";
    if (!what) {
      told.say(t("meld.talk.choose", { name }));
      return said?.focus();
    }
    return void busy(keep, async () => {
      let now;
      try {
        now = meldcodeOf(await api(`/desk/api/meldcodes/${known.id}/talk`, { json: { what } }));
      } catch (error) {
        told.say(desk.sentence(error));
        return;
      }
      desk.say(t("meld.talk.kept"));
      const part = form.parentElement;
      await show(now);
      const next = part?.querySelector("form[data-part=talk] button");
      if (next instanceof HTMLElement) next.focus({ preventScroll: true });
    });
  });
  return form;
}

/**
 * For whoever holds the talk: that it was held. Nothing of what was said in it.
 *
 * @param {Desk} desk @param {Kid} kid @param {string} name
 */
export function heldBox(desk, kid, name) {
  if (!kid.independent) return null;
  const told = notice();
  const place = h("section", { class: "box-p form section-s", "data-part": "held", "aria-labelledby": "kid-held" });
  const show = () => {
    const { since, held } = /** @type {NonNullable<Kid["independent"]>} */ (kid.independent);
    place.dataset.held = String(held !== null);
    const keep = button(t("work.independent.keep"), { data: { act: "held" } }, () =>
      void busy(keep, async () => {
        try {
          const now = await api(`/desk/api/children/${kid.child}/held`);
          kid.independent = { since, held: new Date(now.held) };
        } catch (error) {
          told.say(desk.sentence(error));
          return;
        }
        desk.say(t("meld.talk.kept"));
        show();
      }),
    );
    fill(
      place,
      h("h2", { id: "kid-held" }, t("work.independent.title")),
      h("p", null, held ? t("work.independent.held", { name, when: moment(held).toLocaleLowerCase() }) : t("work.independent.open", { name, n: daysAgo(since) })),
      held ? null : h("p", { class: "small soft" }, t("work.independent.count")),
      told.element,
      held ? null : h("div", { class: "acts line" }, keep),
    );
  };
  show();
  return place;
}

/** The talk that is still to be held, for the first screen of whoever holds it. @param {Desk} desk @param {Kid} kid @param {string} name */
export function heldRow(desk, kid, name) {
  if (!kid.independent || kid.independent.held) return null;
  return h(
    "li",
    { class: "firstrow heed", "data-independent": kid.child },
    drawing("i-one"),
    h("div", null, h("b", null, t("work.independent.row", { name })), h("br", null), h("span", { class: "soft small" }, t("work.independent.open", { name, n: daysAgo(kid.independent.since) }))),
    button(t("work.today.open"), { look: "plain", label: `${t("work.today.open")}: ${name}`, data: { open: kid.child } }, () => desk.go("child", { child: kid.child })),
  );
}
