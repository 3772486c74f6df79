/**
 * The children of a professional, as this document knows them: what the server hands over, what was proven of it, and
 * what was opened. Lives in memory and goes with the keys.
 *
 * @module
 */

import { desk, Offline } from "../api.js";
import { newId, unb64 } from "../bytes.js";
import { open as openEnvelope, seal } from "../crypto/seal.js";
import { authors, believedLists, believedPhones, cosigned, mine, myOpener, mySigner, sealedTo, trusted, unlocked } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { reactsOf } from "../making.js";
import { check as fitsWords, tooLong, withSaid } from "../said.js";
import { BUNDLED, timeText } from "../wire.js";
import { find, keep } from "./desk-drafts.js";
import { Talks } from "./desk-talks.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../desk-keys.js").Trust} Trust */
/** @typedef {import("../desk-keys.js").Phone} Phone */
/** @typedef {import("../desk-keys.js").Readers} Readers */
/** @typedef {import("../wire.js").Meta} Meta */
/** @typedef {import("./desk-session.js").Session} Session */
/** @typedef {import("../wire.js").ListCircle} Circle */
/** @typedef {"read" | "prepare" | "other"} Reason */

/**
 * What the readers call a child, from the newest card.
 *
 * @typedef {{name: string, age: number | null, phone: string, level: "8" | "12", at: string}} Card
 */

/**
 * An entry as the server hands it over: closed.
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {"up" | "down"} dir
 * @property {Bytes} hdr
 * @property {Date} at - When the server took it.
 * @property {number} place - Among the entries of the child, in the order in which the server took them.
 * @property {Bytes} wrap
 * @property {string[]} to
 * @property {string} by - Device or person.
 * @property {{person: string, name: string, at: string}[]} opened
 */

/**
 * An entry after opening: its words, or why there are none.
 *
 * @typedef {object} Opened
 * @property {Row} row
 * @property {"open" | "damaged" | "moved" | "nokey"} state
 * @property {Meta | null} meta
 * @property {any} doc
 * @property {Bytes[]} attachments
 * @property {Bytes[]} sigs - By the author's key and, when the lock was open, the unlock key; none of what was just sent.
 * @property {"verified" | "tablet" | "unverified" | "revoked"} author
 * @property {boolean | null} misfit - That what should let its quotes be proven does not fit its words: nothing of it is
 *   quoted. Null until somebody looked (misfits).
 */

/**
 * That the child set its flag, and what became of it: no words.
 *
 * @typedef {object} Flag
 * @property {string} id
 * @property {Date} at
 * @property {{name: string, at: Date}[]} seen
 * @property {{step: string, at: Date}[]} climbed
 * @property {{by: string, at: Date, name: string} | null} reached - Who recorded it, and who reached the child; "" for somebody else.
 * @property {{by: string, at: Date, what: string} | null} next
 */

/** @typedef {{entry: string, by: string, name: string, at: Date, handed: {name: string, at: Date} | null}} Signal */

/**
 * How a meldcode stands, as the server knows it: no words (docs/protocol/meldcode.md).
 *
 * @typedef {object} Meldcode
 * @property {string} id
 * @property {string} by @property {string} name - Who opened it.
 * @property {Date} at
 * @property {string | null} entry - The one with the newest steps.
 * @property {string | null} author - Who wrote these.
 * @property {number} step
 * @property {boolean | null} report @property {boolean | null} help @property {boolean | null} talk
 * @property {{agrees: boolean, name: string, at: Date} | null} judged - About these very steps, as `officer`.
 * @property {boolean} officer
 * @property {{what: "yes" | "no" | "later" | "held", name: string, at: Date, way: "phone" | "kindmodus" | null} | null} became -
 *   Of the independent talk; `way` when the child itself said it, by the server's word (parts/desk-offer.js looks).
 * @property {{entry: string, by: string, name: string, at: Date, phone: boolean, answers: any[]}[]} offers - What the child
 *   was asked about it, newest first, with what it answered.
 * @property {boolean} waits - That such a talk was offered, and neither held nor declined.
 * @property {string[]} missing - What has to be there before it can be closed.
 * @property {{name: string, at: Date} | null} closed
 */

/**
 * One child.
 *
 * @typedef {object} Kid
 * @property {string} child - The kindnummer.
 * @property {"worker" | "second" | "confidant" | "independent"} role - Mine for this child.
 * @property {boolean} enrolled
 * @property {Date | null} last - When something of it arrived last.
 * @property {number} unread
 * @property {Date | null} firstUnread
 * @property {false | "days" | "away"} overdue
 * @property {Flag[]} flags
 * @property {Signal[]} signals - Texts for the school, newest first.
 * @property {Meldcode[]} meldcodes - Newest first.
 * @property {Phone[]} phones - Believed ones, newest first.
 * @property {number} strangers - Phones that nobody I know vouches for.
 * @property {Partial<Record<Circle, Readers>>} circles
 * @property {Circle[]} refused - Circles whose lists are not believed.
 * @property {{since: Date, held: Date | null} | null} independent - The talk of mine with it, where I am somebody independent.
 * @property {string[]} madeFor - Before there is a list: the jeugdbeschermer and the second reader of the kindnummer.
 * @property {Card | null} card
 * @property {Row[] | null} rows - All entries, once asked for.
 * @property {Map<string, Opened>} opened
 * @property {Reason | null} reason - Why I open this child's messages in this session.
 */

/** Where the highest list numbers seen are kept, among the drafts of this person. */
const SEEN = "lists";
/** How many bodies are fetched at a time: few at first, so that something is soon there to read. */
const [FIRST, GROUP] = [24, 48];
/** How many such requests are under way at once. */
const LINES = 2;

/** The stories a phone can have, in the order of the catalogue. */
export const PHONE = ["no", "sometimes", "often", "known", "unknown", "unsaid"];
/** Those after which no words go to a phone. */
const WATCHED = new Set(["sometimes", "often", "known"]);

/** @param {string} child @returns {string} Where the details of a child wait until its phone is linked. */
export const draftOf = (child) => `new ${child}`;

/** With its moment as a date. @param {any} one */
const dated = (one) => ({ ...one, at: new Date(one.at) });

/** @param {any} one @returns {Meldcode} As the server tells of it, with moments as dates. */
export const meldcodeOf = (one) => ({ ...dated(one), judged: one.judged && dated(one.judged), became: one.became && dated(one.became), offers: one.offers.map(dated), closed: one.closed && dated(one.closed) });

export class Caseload {
  /** Cards that were opened and believed, by child and entry: they do not change. @type {Map<string, Card>} */
  #cards = new Map();
  /** Whether `seen` has what was seen in earlier sessions on this device. */
  #recalled = false;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.talks = new Talks(this);
    /** @type {{record: any, team: string | null, active: boolean, away: {from: string, until: string} | null}[]} */
    this.people = [];
    /** @type {Trust} */
    this.trust = { introduced: new Map(), doubled: new Set(), swapped: false };
    /** @type {Map<string, Kid>} In the server's order. */
    this.kids = new Map();
    /** @type {Map<string, Partial<Record<Circle, number>>>} The highest list numbers seen, by child. */
    this.seen = new Map();
  }

  /** Everything anew: people first, because whom to believe decides what children are believed. */
  async load() {
    await this.loadPeople();
    await this.loadChildren();
  }

  async loadPeople() {
    this.people = await desk("/desk/api/people", { method: "GET" });
    this.trust = await trusted(this.people);
  }

  async loadChildren() {
    const rows = await desk("/desk/api/children", { method: "GET" });
    await this.#recall();
    const before = JSON.stringify([...this.seen]);
    /** @type {Map<string, Kid>} */
    const kids = new Map();
    for (const row of rows) kids.set(row.child, await this.#believe(row));
    this.kids = kids;
    const after = JSON.stringify([...this.seen]);
    // Without storage, in a private window, an older list is noticed within this session only.
    if (after !== before) await keep(SEEN, [...this.seen]).catch(() => undefined);
  }

  /** The list numbers of earlier sessions: a server that shows an older list than before is not believed. */
  async #recall() {
    if (this.#recalled) return;
    this.#recalled = true;
    for (const [child, numbers] of (await find(SEEN))?.value ?? []) this.seen.set(child, numbers);
  }

  /**
   * @param {any} row
   * @returns {Promise<Kid>}
   */
  async #believe(row) {
    const { child } = row;
    const before = this.kids.get(child);
    const known = { org: this.session.org.id, child, introduced: this.trust.introduced };
    const offered = await believedPhones(row.devices, known);
    const seen = this.seen.get(child) ?? {};
    const { circles, refused, phones } = await believedLists(row.lists, { ...known, phones: offered.phones, seen });
    this.seen.set(child, Object.fromEntries(BUNDLED.map((circle) => [circle, circles[circle]?.record.number ?? seen[circle]])));
    const mineToo = circleOf(row);
    if (circles[mineToo] && !circles[mineToo].record.readers.some((one) => one.person === this.session.person.id)) {
      // A list without me is not one that I read by, whoever signed it.
      delete circles[mineToo];
      refused.push(mineToo);
    }
    /** @type {Kid} */
    const kid = {
      child,
      role: row.role,
      enrolled: row.state === "enrolled",
      last: row.last ? new Date(row.last) : null,
      unread: row.unread,
      firstUnread: row.first_unread ? new Date(row.first_unread) : null,
      overdue: row.overdue,
      flags: row.flags.map((/** @type {any} */ flag) => ({
        id: flag.id,
        at: new Date(flag.at),
        seen: flag.seen.map(dated),
        climbed: flag.climbed.map(dated),
        reached: flag.reached && dated(flag.reached),
        next: flag.next && dated(flag.next),
      })),
      signals: row.signals.map((/** @type {any} */ one) => ({ ...dated(one), handed: one.handed && dated(one.handed) })),
      meldcodes: row.meldcodes.map(meldcodeOf),
      phones,
      strangers: row.devices.length - phones.length,
      circles,
      refused,
      independent: row.independent && { since: new Date(row.independent.since), held: row.independent.held && new Date(row.independent.held) },
      madeFor: row.made_for,
      card: before?.card ?? null,
      rows: null,
      opened: before?.opened ?? new Map(),
      reason: before?.reason ?? null,
    };
    for (const card of row.cards) {
      // For this child and no other: listed under another, it would give that one this child's name.
      const place = `${child} ${card.id}`;
      const found = this.#cards.get(place) ?? (await this.#openCard(kid, rowOf(card), unb64(card.body)));
      if (!found) continue;
      this.#cards.set(place, found);
      if (!kid.card || found.at >= kid.card.at) kid.card = found;
    }
    if (!kid.enrolled && !kid.card) kid.card = (circles[mineToo] ? await this.#cardAmong(kid) : null) ?? (await this.#cardToBe(child));
    return kid;
  }

  /**
   * The newest card of a child without a phone. The server tells a card by its being sealed to no phone, and here nothing
   * is: behind some answers it has to be looked for.
   *
   * @param {Kid} kid
   * @returns {Promise<Card | null>}
   */
  async #cardAmong(kid) {
    const down = (await this.rows(kid)).filter((row) => row.dir === "down").reverse();
    for (const row of down) {
      const { state, meta, doc, author } = await this.open(kid, row, "other");
      if (state === "open" && meta?.kind === "card" && author === "verified") return { ...doc, at: meta.at };
    }
    return null;
  }

  /**
   * What a child that is not linked yet will be called; known only where it was typed.
   *
   * @param {string} child
   * @returns {Promise<Card | null>}
   */
  async #cardToBe(child) {
    const typed = (await find(draftOf(child)))?.value;
    return typed ? { name: typed.name, age: typed.age, phone: "unknown", level: typed.level, at: "" } : null;
  }

  /**
   * A card counts only when somebody on the child's list, or I myself, wrote it: a false name would send words to the
   * wrong child.
   *
   * @param {Kid} kid @param {Row} row @param {Bytes} body
   * @returns {Promise<Card | null>}
   */
  async #openCard(kid, row, body) {
    const opened = await this.#openBody(kid, row, body);
    if (opened.state !== "open" || opened.meta?.kind !== "card" || opened.author !== "verified") return null;
    return { ...opened.doc, at: opened.meta.at };
  }

  /** @param {Kid} kid */
  #authors(kid) {
    const found = authors(kid);
    const me = mine();
    found.set(me.person, { dir: "down", keys: [me.signing], unlock: null, revoked: null });
    return found;
  }

  /**
   * @param {Kid} kid @param {Row} row @param {Bytes} body
   * @returns {Promise<Opened>}
   */
  async #openBody(kid, row, body) {
    /** @type {Opened} */
    const closed = { row, state: "damaged", meta: null, doc: null, attachments: [], sigs: [], author: "unverified", misfit: null };
    try {
      const found = await openEnvelope({
        hdr: row.hdr,
        wrap: row.wrap,
        to: row.to,
        body,
        expect: { org: this.session.org.id, child: kid.child, id: row.id, dir: row.dir },
        opener: myOpener(),
        authors: this.#authors(kid),
        at: timeText(row.at),
      });
      return found ? { ...closed, state: "open", ...found } : { ...closed, state: "nokey" };
    } catch (error) {
      if (!(error instanceof KindstemError) || error.code === "session-ended") throw error;
      return { ...closed, state: error.code === "envelope-moved" ? "moved" : "damaged" };
    }
  }

  /**
   * Looks at what is open, each message once, whether what lets its quotes be proven fits its words. It takes about a
   * millisecond for each, so that nobody is to wait for it who only wants to read; who quotes waits.
   *
   * @param {Kid} kid
   * @returns {Promise<boolean>} Whether one was found that does not.
   */
  async misfits(kid) {
    let found = false;
    for (const opened of [...kid.opened.values()].filter((one) => one.misfit === null)) {
      opened.misfit = await this.#misfit(kid, opened);
      found ||= opened.misfit;
    }
    return found;
  }

  /** Entries from before carry nothing, nor do those in which nothing was said, or too much for a tree. @param {Kid} kid @param {Opened} opened */
  async #misfit(kid, { row, state, meta, doc, attachments, author }) {
    if (state !== "open" || !meta || !doc.said || author === "unverified" || tooLong(doc)) return false;
    const { kind, about, at, by, lock } = meta;
    /** @type {any} */
    const place = { org: this.session.org.id, child: kid.child, entry: row.id, kind, about, at, way: lock === "tablet" ? "kindmodus" : "phone" };
    return !(await fitsWords(doc, doc.said, this.#authors(kid).get(by)?.keys ?? [], place, attachments));
  }

  /**
   * All entries of a child that my key can open, closed, oldest first.
   *
   * @param {Kid} kid
   * @returns {Promise<Row[]>}
   */
  async rows(kid) {
    if (kid.rows) return kid.rows;
    /** @type {Row[]} */
    const rows = [];
    let after = 0;
    for (let more = true; more; ) {
      const page = await desk(`/desk/api/children/${kid.child}/entries?after=${after}`, { method: "GET" });
      rows.push(...page.entries.map(rowOf));
      ({ more } = page);
      after = page.cursor;
    }
    for (const [place, row] of rows.entries()) row.place = place;
    kid.rows = rows;
    return rows;
  }

  /**
   * Opens entries, many at a time, and tells how many are open as soon as all before them are: what was asked for first
   * can be shown first. Each is a read that the child sees, with its reason.
   *
   * @param {Kid} kid
   * @param {Row[]} rows
   * @param {Reason} reason
   * @param {(done: number) => void} tell
   */
  async openAll(kid, rows, reason, tell) {
    /** @type {(Opened | undefined)[]} */
    const results = new Array(rows.length);
    let next = 0;
    let told = 0;
    const line = async () => {
      while (next < rows.length && unlocked()) {
        const from = next;
        next += from === 0 ? FIRST : GROUP;
        const group = rows.slice(from, next);
        const bodies = await this.#bodies(group.filter(({ id }) => !kid.opened.has(id)), reason);
        await Promise.all(
          group.map(async (row, at) => {
            const body = bodies.get(row.id);
            results[from + at] = kid.opened.get(row.id) ?? (body ? await this.#take(kid, row, body) : await this.open(kid, row, reason));
          }),
        );
        const before = told;
        while (results[told]) told += 1;
        if (told > before) tell(told);
        if (from === 0) return;
      }
    };
    // The first by themselves: nothing else is to make them wait.
    await line();
    await Promise.all(Array.from({ length: LINES }, line));
  }

  /**
   * Fetches bodies in one request, or as few as their sizes allow.
   *
   * @param {Row[]} rows @param {Reason} reason
   * @returns {Promise<Map<string, Bytes>>} By entry.
   */
  async #bodies(rows, reason) {
    const found = new Map();
    for (let left = rows; left.length; ) {
      const { bodies } = await desk("/desk/api/bodies", { json: { entries: left.map(({ id }) => id), reason } });
      for (const { id, body } of bodies) found.set(id, unb64(body));
      const rest = left.filter(({ id }) => !found.has(id));
      // A server that gives nothing of what is asked would be asked for ever.
      if (rest.length === left.length) throw new KindstemError("not-found");
      left = rest;
    }
    return found;
  }

  /**
   * @param {Kid} kid @param {Row} row @param {Reason} reason
   * @returns {Promise<Opened>}
   */
  async open(kid, row, reason) {
    const before = kid.opened.get(row.id);
    if (before) return before;
    return this.#take(kid, row, await desk(`/desk/api/bodies/${row.id}`, { json: { reason }, raw: true }));
  }

  /**
   * @param {Kid} kid @param {Row} row @param {Bytes} body
   * @returns {Promise<Opened>}
   */
  async #take(kid, row, body) {
    // The server has logged this read by now; what stands here must not say that I have not opened it.
    const { id, name } = this.session.person;
    if (row.dir === "up" && !row.opened.some((one) => one.person === id)) row.opened.push({ person: id, name, at: timeText() });
    const opened = await this.#openBody(kid, row, body);
    kid.opened.set(row.id, opened);
    return opened;
  }

  /**
   * Seals something to a circle of a child: its readers, and the child unless it is a card.
   *
   * A child that has no phone hears its answers in the room: they are sealed to the readers alone.
   *
   * @param {Kid} kid
   * @param {{kind: "answer" | "receipt" | "card" | "perspective" | "note" | "meldcode" | "offer", circle: Circle, about?: string | null, doc: any, attachments?: Bytes[], room?: boolean, alone?: boolean}} what -
   *   `room`: that it belongs to what was said on the tablet, or is a document that no phone is offered. `alone`: that it is
   *   for the readers and goes to no phone.
   * @returns {Promise<Parcel>} Ready to be posted, and posted again after a failure without ever becoming two.
   * @throws {KindstemError} `list-refused` when the circle's readers are not believed; `phone-refused` and `phone-off` when
   *   there is no phone in use whose keys are.
   */
  async sealFor(kid, { kind, circle, about = null, doc, attachments = [], room = false, alone = false }) {
    const off = !hasPhone(kid);
    if (!kid.circles[circle] || kid.refused.includes(circle)) throw new KindstemError("list-refused");
    if (off && kid.strangers) throw new KindstemError("phone-refused");
    if (off && kid.enrolled && !room) throw new KindstemError("phone-off");
    return this.#seal(kid, { id: newId(), dir: "down", kind, circle, about, at: timeText(), doc, attachments, lock: "desk", alone });
  }

  /**
   * Seals what a child said in kindmodus to its worker circle, and to itself when it has a phone; signed by me, because no
   * key of the child is here (docs/decisions/0018).
   *
   * @param {Kid} kid
   * @param {{id: string, kind: "checkin" | "house" | "reaction", about: string | null, at: string, doc: any, attachments: Bytes[]}} said
   * @returns {Promise<Parcel>}
   * @throws {KindstemError} As sealFor.
   */
  async sealSaid(kid, said) {
    if (!hasPhone(kid) && kid.strangers) throw new KindstemError("phone-refused");
    const { id, kind, about, at, attachments } = said;
    const place = { org: this.session.org.id, child: kid.child, entry: id, kind, about, at, way: /** @type {const} */ ("kindmodus") };
    const doc = await withSaid(place, said.doc, attachments, [mySigner()]);
    const parcel = await this.#seal(kid, { id, kind, about, at, attachments, doc, dir: "up", circle: "worker", lock: "tablet" });
    // Only what is said of a document names a part, or null for all of it.
    return kind === "reaction" && "part" in said.doc ? { ...parcel, paper: about ?? undefined } : { ...parcel, reacts: reactsOf(kind, about, said.doc) };
  }

  /**
   * @param {Kid} kid
   * @param {{id: string, dir: "up" | "down", kind: string, circle: Circle, about: string | null, at: string, doc: any, attachments: Bytes[], lock: "desk" | "tablet", alone?: boolean}} what
   * @returns {Promise<Parcel>}
   */
  async #seal(kid, { circle, alone: closed = false, ...what }) {
    const list = kid.circles[circle];
    if (!list || kid.refused.includes(circle)) throw new KindstemError("list-refused");
    // A card holds what adults call the child, and is for them alone, as is a meldcode. A document goes to the phone when it
    // is offered there, a note when nobody else looks in it.
    const alone = closed || what.kind === "card" || what.kind === "meldcode" || what.doc.reaction?.state === "none" || !hasPhone(kid) || (what.kind === "note" && phoneOf(kid).watched);
    const file = await seal({
      ...what,
      org: this.session.org.id,
      child: kid.child,
      seq: 0,
      circle,
      list: { number: list.record.number, hash: list.hash },
      by: this.session.person.id,
      readers: alone ? list.record.readers.map((one) => ({ public: unb64(one.reading) })) : sealedTo(list, kid.phones),
      signDevice: mySigner(),
    });
    const { decision } = what.doc;
    const meldcode = what.kind === "meldcode" ? { meldcode: stepOf(what.doc) } : what.kind === "offer" ? { offer: what.doc.of } : {};
    return { id: what.id, file, list: `${circle}.${list.record.number}`, ...meldcode, ...(decision ? { document: `${decision.kind}.${decision.day}`, quoted: newestQuoted(what.doc) } : {}) };
  }

  /**
   * Sees to it that a child without a phone has readers to speak to: worker list 1, signed by me, of the two for whom its
   * kindnummer was made (docs/protocol/keys.md, "readers"). What it is called follows, sealed to both.
   *
   * @param {string} child
   * @returns {Promise<Kid>} The child as it is known then.
   * @throws {KindstemError} `list-unknown` when the other is not introduced; `list-refused` when there are lists that are not
   *   believed; `not-found`.
   */
  async readable(child) {
    const kid = this.kids.get(child);
    if (!kid) throw new KindstemError("not-found");
    if (kid.circles.worker && !kid.refused.includes("worker")) return kid;
    if (kid.enrolled || kid.refused.length || kid.madeFor.length !== 2) throw new KindstemError("list-refused");
    const at = timeText();
    const readers = kid.madeFor.map((id, place) => {
      const known = this.trust.introduced.get(id)?.record;
      if (!known) throw new KindstemError("list-unknown");
      const { person, name, reading, signing } = known;
      return { person, name, role: /** @type {"worker" | "second"} */ (place === 0 ? "worker" : "second"), reading, signing, since: at.slice(0, 10) };
    });
    /** @type {import("../wire.js").ReadersRecord} */
    const record = { t: "readers", v: 1, org: this.session.org.id, child, circle: "worker", number: 1, prev: null, readers, at };
    const list = await cosigned({ record, sigs: [] });
    try {
      await desk(`/desk/api/children/${child}/lists`, { json: { list } });
    } catch (error) {
      // The other may have been first; whose list it is, is looked at below.
      if (!(error instanceof KindstemError) || error.code !== "list-stale") throw error;
    }
    await this.loadChildren();
    const now = this.kids.get(child);
    if (!now?.circles.worker) throw new KindstemError("list-refused");
    const typed = now.card?.at === "" ? now.card : null;
    if (typed) await this.saveCard(now, typed);
    return now;
  }

  /**
   * Takes what I just sent among what is open, as the other readers will see it.
   *
   * @param {Kid} kid
   * @param {{id: string, kind: "answer" | "receipt" | "perspective" | "note" | "meldcode" | "offer", circle: Circle, about: string | null, doc: any, attachments?: Bytes[]}} what
   * @returns {Opened}
   */
  remember(kid, { id, kind, circle, about, doc, attachments = [] }) {
    const by = this.session.person.id;
    /** @type {Row} */
    const row = { id, dir: "down", hdr: new Uint8Array(), at: new Date(), place: kid.rows?.length ?? 0, wrap: new Uint8Array(), to: [], by, opened: [] };
    /** @type {Meta} */
    const meta = { v: 1, kind, seq: 0, at: timeText(), by, circle, list: null, lock: "desk", to: [], about };
    /** @type {Opened} */
    const opened = { row, state: "open", meta, doc, attachments, sigs: [], author: "verified", misfit: null };
    kid.opened.set(id, opened);
    kid.rows?.push(row);
    return opened;
  }

  /**
   * Entries as the server has them, with the signatures under them: what was just sent is fetched like all else.
   *
   * @param {Kid} kid @param {string[]} ids
   * @returns {Promise<Map<string, Opened>>}
   * @throws {KindstemError} `not-found` for one that the server has not.
   */
  async whole(kid, ids) {
    const lacking = ids.filter((id) => !kid.opened.get(id)?.sigs.length);
    if (lacking.some((id) => kid.opened.has(id))) kid.rows = null;
    for (const id of lacking) kid.opened.delete(id);
    const rows = (await this.rows(kid)).filter((row) => lacking.includes(row.id));
    if (rows.length < new Set(lacking).size) throw new KindstemError("not-found");
    await this.openAll(kid, rows, kid.reason ?? "other", () => undefined);
    return new Map(ids.flatMap((id) => (kid.opened.has(id) ? [[id, /** @type {Opened} */ (kid.opened.get(id))]] : [])));
  }

  /**
   * @param {Kid} kid
   * @param {Omit<Card, "at">} card
   */
  async saveCard(kid, card) {
    const circle = circleOf(kid);
    const { name, age, phone, level } = card;
    await post(await this.sealFor(kid, { kind: "card", circle, doc: { v: 1, name, age, phone, level } }));
    kid.card = { name, age, phone, level, at: new Date().toISOString() };
  }

  /** @param {string} id @returns {string} The name of somebody who works here, as the list or the record has it. */
  nameOf(id) {
    if (id === this.session.person.id) return this.session.person.name;
    const known = this.trust.introduced.get(id)?.record.name;
    return known ?? this.people.find((one) => one.record?.record?.person === id)?.record.record.name ?? "?";
  }
}

/** @param {Kid} kid @returns {boolean} Whether it has a phone in use whose keys are believed. */
export const hasPhone = (kid) => kid.phones.some((phone) => phone.revoked === null);

/** @param {Kid} kid @returns {boolean} Whether it can speak to its readers: by a phone that was linked, or in kindmodus. */
export const speaks = (kid) => kid.enrolled || kid.circles.worker !== undefined;

/** @param {{role: Kid["role"]}} kid @returns {Circle} The circle in which I read this child. */
export const circleOf = (kid) => (kid.role === "confidant" || kid.role === "independent" ? kid.role : "worker");

/**
 * Whoever reads with me what I read of this child.
 *
 * @param {Kid} kid @param {Session} session
 * @returns {string[]} Names.
 */
export const fellowReaders = (kid, session) =>
  (kid.circles[circleOf(kid)]?.record.readers ?? []).filter((one) => one.person !== session.person.id).map((one) => one.name);

/** What the server is told of an entry of a meldcode (docs/protocol/meldcode.md). @param {any} doc @returns {string} */
function stepOf(doc) {
  if (doc.what !== "steps") return `${doc.meldcode}.${doc.what}.${doc.of}`;
  const { report, help, talk } = doc.decided;
  const said = [report, help, talk].map((one) => (one === null ? "-" : one.yes ? "y" : "n")).join("");
  return `${doc.meldcode}.steps.${reached(doc)}.${said}`;
}

/** @param {any} doc - Steps of a meldcode. @returns {number} The last about which something is written; 0 for none. */
export function reached(doc) {
  if (Object.values(doc.decided).some((one) => one !== null)) return 5;
  if (doc.weighed.some((/** @type {any} */ one) => one !== null)) return 4;
  const written = doc.steps.findLastIndex((/** @type {string} */ one) => one !== "") + 1;
  return written || (doc.quotes.length ? 1 : 0);
}

/**
 * Something sealed, on its way.
 *
 * @typedef {object} Parcel
 * @property {string} id
 * @property {Bytes} file
 * @property {string} list
 * @property {string} [document] - Which decision it is for, and its day.
 * @property {string} [quoted] - The newest entry that it quotes.
 * @property {string} [meldcode] - What it is in which meldcode.
 * @property {string} [offer] - From which meldcode it follows, when it offers the talk that one decided.
 * @property {string} [paper] - The version of a document of which the child says it.
 * @property {string} [reacts] - The answer of which the child says it, and whether it says that it is so.
 */

/**
 * Hands a sealed parcel to the server. The same bytes again are the same entry, so a lost answer is tried once more.
 *
 * @param {Parcel} parcel
 */
export async function post({ id, file, list, document, quoted, paper, meldcode, offer, reacts }) {
  const named = Object.entries({ "Kindstem-Document": document, "Kindstem-Quoted": quoted, "Kindstem-About": paper, "Kindstem-Meldcode": meldcode, "Kindstem-Offer": offer, "Kindstem-Reacts": reacts });
  const headers = { "Kindstem-List": list, ...Object.fromEntries(named.filter(([, value]) => value)) };
  const send = () => desk(`/desk/api/entries/${id}`, { method: "PUT", body: file, headers });
  try {
    await send();
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    await new Promise((resolve) => setTimeout(resolve, 800));
    await send();
  }
}

/**
 * The entry of the newest words that a document quotes, by which the server knows when they came.
 *
 * @param {{quotes: {entry: string, at: string}[]}} doc
 * @returns {string | undefined}
 */
export const newestQuoted = ({ quotes }) => quotes.reduce((/** @type {{entry: string, at: string} | undefined} */ best, one) => (best && best.at >= one.at ? best : one), undefined)?.entry;

/** @param {any} row @returns {Row} */
function rowOf(row) {
  return {
    id: row.id,
    dir: row.dir,
    hdr: unb64(row.hdr),
    at: new Date(row.at),
    place: 0,
    wrap: unb64(row.wrap),
    to: row.to,
    by: row.device ?? row.by,
    opened: row.opened ?? [],
  };
}

/**
 * What is known of who looks in a child's phone: the newest of what readers noted and of what the child said itself.
 *
 * @param {Kid} kid
 * @returns {{phone: string, watched: boolean}}
 */
export function phoneOf(kid) {
  let phone = kid.card?.phone ?? "unknown";
  // A card that does not know says nothing newer than what the child said: it may be made while that was on its way.
  let at = phone === "unknown" || phone === "unsaid" ? "" : (kid.card?.at ?? "");
  for (const { row, state, meta, doc, author } of kid.opened.values()) {
    if (state !== "open" || !meta || author !== "verified") continue;
    // A phone says itself when it was: what it dates ahead must not stand above what a reader notes later.
    const when = [meta.at, timeText(row.at)].sort()[0];
    if (when <= at) continue;
    const said = phoneSaid(doc);
    // Whoever holds the phone can say "no" on it. That nobody looks any more, a reader notes after asking the child.
    if (said === null || (WATCHED.has(phone) && !WATCHED.has(said))) continue;
    phone = said;
    at = when;
  }
  return { phone, watched: WATCHED.has(phone) };
}

/**
 * What the child itself said of it in a message.
 *
 * @param {any} doc
 * @returns {string | null}
 */
export function phoneSaid(doc) {
  const answer = doc?.answers?.find((/** @type {any} */ one) => one.key === "child.phone");
  if (!answer) return null;
  const at = typeof answer.value === "number" ? answer.value - 1 : (answer.options ?? []).indexOf(answer.value);
  return PHONE[at] ?? null;
}
