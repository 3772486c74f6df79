/**
 * The last page before the device is handed to a child, and what of the desk goes along (docs/decisions/0016, 0018).
 *
 * Whatever the child is to see again has to be opened before the keys leave memory. It is handed over as plain values:
 * what this child said in the room and what it was answered, and nothing of talks, cards, phones or other children.
 *
 * @module
 */

import { desk, Offline } from "../api.js";
import { KindstemError } from "../errors.js";
import { busy, button, heading, note, notice, sentence, together } from "../parts/desk-bits.js";
import { hasPhone } from "../parts/desk-caseload.js";
import { papers } from "../parts/desk-document.js";
import { isOwn } from "../parts/desk-kid.js";
import { heardOf, withWhom } from "../parts/desk-offer.js";
import { unfinished } from "../parts/desk-kept.js";
import { requestChoices, requestsOf } from "../parts/desk-requests.js";
import { talkLine } from "../parts/desk-state.js";
import { h } from "../parts/h.js";
import { spoken, t } from "../parts/words.js";
import { timeText } from "../wire.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-caseload.js").Row} Row */
/** @typedef {import("./desk-room.js").Lent} Lent */
/** @typedef {import("../parts/room-talk.js").Asked} Asked */

/** How many of the child's messages go along, the newest first. */
const SHOWN = 20;

/**
 * @param {Desk} desk @param {Caseload} caseload @param {{child: string, talk?: string}} params - With or without a talk to ask
 *   about.
 */
export async function kindmodusPage(desk, caseload, { child, talk }) {
  const kid = caseload.kids.get(child);
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("child", { child }));
  const known = kid && talk ? (caseload.talks.of(child) ?? (await caseload.talks.load(kid))) : null;
  const found = known?.talks.find((one) => one.hash === talk) ?? null;
  if (!kid || (talk && !found)) return h("div", { class: "stack" }, heading(t("work.kindmodus.title", { name: child }), null, back), note("", "i-info", t("work.empty.noaccess")));
  const name = kid.card?.name ?? kid.child;
  const list = kid.circles.worker?.record;
  const readers = list ? list.readers.map((one) => one.name) : kid.madeFor.map((id) => caseload.nameOf(id));
  const answers = [...(found?.chain.answers ?? [])].sort((a, b) => a.record.at.localeCompare(b.record.at));
  /** @type {Asked | null} */
  const asked = found && { record: found.current, talk: found.hash, prev: answers[answers.length - 1]?.hash ?? null, name: caseload.nameOf(found.current.by) };
  const told = notice();
  let warned = false;
  const go = button(t("work.kindmodus.start"), { icon: "i-lock", data: { act: "kindmodus" } }, () =>
    void busy(go, async () => {
      const { lent, why } = await prepare(caseload, child, asked);
      if (!desk.here()) return;
      // Where nothing can be told yet, only the question about the talk is left; that is said before, once.
      if (why && (!asked || !warned)) {
        warned = true;
        told.say([asked ? t("work.kindmodus.only", { name }) : "", sentence(why)].join(" ").trim());
        return;
      }
      await desk.kindmodus(lent);
    }),
  );
  return h(
    "div",
    { class: "stack" },
    heading(t("work.kindmodus.title", { name }), t("work.kindmodus.lead", { name }), back),
    h(
      "section",
      { class: "box-p stack" },
      found && found.current.t !== "notheld" ? h("p", { class: "soft" }, talkLine(found)) : null,
      h("ul", { class: "bullets" }, [
        h("li", null, t("work.kindmodus.code")),
        h("li", null, t("work.kindmodus.pin")),
        h("li", null, t("work.kindmodus.holds", { name, names: together(readers) })),
        list || kid.enrolled ? null : h("li", null, t("work.kindmodus.list", { name, names: together(readers) })),
        h("li", null, t("work.kindmodus.offline")),
        h("li", null, t("work.kindmodus.proves")),
      ]),
      told.element,
      h("div", { class: "acts line" }, go),
    ),
  );
}

/**
 * @param {Caseload} caseload @param {string} child @param {Asked | null} asked
 * @returns {Promise<{lent: Lent, why: unknown}>} `why` nothing can be told here; null when it can.
 */
async function prepare(caseload, child, asked) {
  let kid = /** @type {Kid} */ (caseload.kids.get(child));
  /** @type {unknown} */
  let why = null;
  try {
    kid = await caseload.readable(child);
    if (!hasPhone(kid) && kid.strangers) why = new KindstemError("phone-refused");
  } catch (error) {
    if (!(error instanceof KindstemError) && !(error instanceof Offline)) throw error;
    if (error instanceof KindstemError && error.code === "session-ended") throw error;
    why = error;
  }
  const readers = why ? [] : (kid.circles.worker?.record.readers ?? []);
  const of = (/** @type {string} */ role) => readers.find((one) => one.role === role)?.name ?? "";
  const before = why ? { threads: [], closed: [] } : await earlier(caseload, kid);
  const written = why ? { papers: [], quoted: [] } : await offered(caseload, kid);
  const listed = (/** @type {"worker" | "confidant"} */ circle) => (kid.circles[circle]?.record.readers ?? []).map((one) => one.name);
  const owner = caseload.session.person;
  return {
    lent: {
      child,
      level: kid.card?.level ?? "8",
      lang: spoken(),
      phone: hasPhone(kid),
      owner: owner.name,
      worker: of("worker") || owner.name,
      second: of("second"),
      readers: [of("worker"), ...readers.filter((one) => one.name !== of("worker")).map((one) => one.name)].filter(Boolean),
      to: readers.map((one) => one.person),
      asked,
      ...before,
      ...written,
      choices: why ? [] : requestChoices(kid),
      wishes: why ? [] : await wishes(caseload, kid),
      offer: why ? null : await offerOf(caseload, kid),
      circles: { worker: listed("worker"), confidant: listed("confidant") },
      drafts: why ? [] : await unfinished(owner.id, kid),
    },
    why,
  };
}

/**
 * The independent talk that the child is offered: the newest offer of one that was not held.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @returns {Promise<Lent["offer"]>}
 */
async function offerOf(caseload, kid) {
  const code = kid.meldcodes.find((one) => one.talk && one.offers.length > 0 && one.became?.what !== "held");
  if (!code) return null;
  const [{ entry, by }] = code.offers;
  try {
    const rows = (await caseload.rows(kid)).filter((row) => row.id === entry && !kid.opened.has(row.id));
    await caseload.openAll(kid, rows, "other", () => undefined);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
  }
  const opened = kid.opened.get(entry);
  // What nobody who reads the child stands for is not asked in the room either.
  if (opened?.meta?.kind !== "offer" || opened.author !== "verified") return null;
  const heard = await heardOf(kid, code);
  return { entry, name: withWhom(kid, entry), by: caseload.nameOf(by), said: heard && { says: heard.says, tablet: heard.way === "phone" ? "" : caseload.nameOf(heard.by) } };
}

/**
 * What the child asked and is open. What is asked of a confidant alone, this desk is not told.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @returns {Promise<Lent["wishes"]>}
 */
async function wishes(caseload, kid) {
  try {
    const open = (await requestsOf(caseload, kid)).filter((one) => !one.closed && one.sure);
    return open.map(({ record, hash, name }) => ({ to: record.to, name, circle: record.circle, hash, at: record.at, here: record.way === "kindmodus" && kid.phones.length === 0 }));
  } catch (error) {
    if (error instanceof Offline) return [];
    throw error;
  }
}

/**
 * What the child said in the room before, with what followed. Only what I have opened myself: what I have not would be
 * marked as read by somebody who has not read it.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @returns {Promise<Pick<Lent, "threads" | "closed">>}
 */
async function earlier(caseload, kid) {
  const me = caseload.session.person.id;
  const devices = new Set(kid.phones.map((phone) => phone.record.device));
  try {
    const rows = await caseload.rows(kid);
    const up = rows.filter((row) => row.dir === "up" && !devices.has(row.by)).slice(-2 * SHOWN);
    const mine = (/** @type {Row} */ row) => kid.opened.has(row.id) || row.opened.some((one) => one.person === me);
    const down = up.length ? rows.filter((row) => row.dir === "down" && row.place > up[0].place) : [];
    await caseload.openAll(kid, [...up.filter(mine), ...down], "other", () => undefined);
    const all = [...kid.opened.values()];
    const about = (/** @type {string} */ id, /** @type {string} */ kind, /** @type {string} */ author) =>
      all.filter((one) => one.meta?.kind === kind && one.meta.about === id && one.author === author).sort((a, b) => a.row.place - b.row.place);
    const threads = all
      .filter((one) => one.author === "tablet" && (one.meta?.kind === "checkin" || one.meta?.kind === "house"))
      .sort((a, b) => b.row.place - a.row.place)
      .slice(0, SHOWN)
      .map((said) => {
        const answers = about(said.row.id, "answer", "verified");
        return {
          item: itemOf(said),
          readBy: said.row.opened.map(({ name, at }) => ({ name, at: timeText(new Date(at)) })),
          answers: answers.map((one) => ({ ...itemOf(one), name: caseload.nameOf(one.meta?.by ?? "") })),
          reactions: answers.flatMap((one) => about(one.row.id, "reaction", "tablet")).map(itemOf),
          mistake: false,
          reads: [],
          flag: null,
        };
      });
    return { threads, closed: up.filter((row) => !mine(row)).map((row) => ({ id: row.id, at: timeText(row.at) })).reverse() };
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    // Without a network there is nothing to fetch, and everything else can be done.
    return { threads: null, closed: [] };
  }
}

/**
 * What is written about the child and offered to it in the room, with its own words that stand in it. A child that has a
 * phone reads it there, alone and when it wants.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @returns {Promise<Pick<Lent, "papers" | "quoted">>}
 */
async function offered(caseload, kid) {
  if (hasPhone(kid)) return { papers: [], quoted: [] };
  try {
    const listed = await desk(`/desk/api/children/${kid.child}/documents`, { method: "GET" });
    const ids = new Set(listed.documents.map((/** @type {{id: string}} */ one) => one.id));
    const rows = await caseload.rows(kid);
    const me = caseload.session.person.id;
    const openThese = (/** @type {Row[]} */ some) => caseload.openAll(kid, some.filter((row) => !kid.opened.has(row.id)), "other", () => undefined);
    const written = rows.filter((row) => ids.has(row.id));
    if (!written.length) return { papers: [], quoted: [] };
    await openThese(written);
    // Of what the child said: what stands in them, and whatever came after the first may be about one.
    const cited = new Set(written.flatMap((row) => kid.opened.get(row.id)?.doc?.quotes ?? []).map((/** @type {{entry: string}} */ one) => one.entry));
    const mine = (/** @type {Row} */ row) => row.dir === "up" && row.opened.some((one) => one.person === me);
    await openThese(rows.filter((row) => mine(row) && (cited.has(row.id) || row.place > written[0].place)));
    const found = papers(kid.opened.values()).map(({ first, versions, reactions }) => ({
      first,
      versions: versions
        .filter((one) => one.author === "verified" && one.doc.reaction.state === "offered")
        .flatMap((one) => (one.meta ? [{ ...itemOf(one), opened: openedOf(one), name: caseload.nameOf(one.meta.by) }] : [])),
      reactions: reactions.filter(isOwn).map(itemOf),
    }));
    const shown = found.filter(({ versions }) => versions.length > 0);
    const used = new Set(shown.flatMap(({ versions }) => versions).flatMap((one) => one.opened.doc.quotes).map((/** @type {{entry: string}} */ one) => one.entry));
    const sources = [...kid.opened.values()].filter((one) => used.has(one.row.id) && one.state === "open" && isOwn(one));
    return { papers: shown, quoted: sources.map(({ row, doc, attachments }) => [row.id, { doc, attachments }]) };
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    return { papers: [], quoted: [] };
  }
}

/** @param {import("../parts/desk-caseload.js").Opened} one */
const openedOf = ({ meta, doc, attachments, author, sigs }) => ({ meta: /** @type {import("../wire.js").Meta} */ (meta), doc, attachments, author, sigs });

/** @param {import("../parts/desk-caseload.js").Opened} one @returns {import("../phone/mail.js").Item} */
const itemOf = (one) => ({ id: one.row.id, at: timeText(one.row.at), dir: one.row.dir, damaged: false, opened: one.meta && openedOf(one) });
