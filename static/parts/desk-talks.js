/**
 * Talks with a child, as this desk knows them: what the server hands over, what was proven of it, and what was signed
 * here and has not gone yet (docs/protocol/attestation.md).
 *
 * Levels are counted here, from the records; what the server says of them is not asked.
 *
 * @module
 */

import { desk, Offline } from "../api.js";
import { b64, unb64 } from "../bytes.js";
import { signingKeyId, verifyRecord } from "../crypto/keys.js";
import { cosigned, mine, mySigner } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { chainsOf, currentOf, deviceKeys, EMPTY_ROOT, hashOf, levelOf, linkOf, makeDevice, parseTalkSigned, signedBy, signedByDevice, timeText } from "../talks.js";
import { isApart } from "./desk-bits.js";
import { find, keep } from "./desk-drafts.js";
import { Ledger } from "./desk-ledger.js";
import { Outbox } from "./desk-outbox.js";
import { enteredFor } from "./desk-requests.js";

/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("../desk-keys.js").Phone} Phone */
/** @typedef {import("../talks.js").Chain} Chain */
/** @typedef {import("../talks.js").Link} Link */
/** @typedef {import("../talks.js").Verdict} Verdict */
/** @typedef {import("../talks.js").Signed} Signed */
/** @typedef {import("../talks.js").PlanRecord} PlanRecord */

/**
 * One chain: a talk, or one that was not held, and all that followed.
 *
 * @typedef {object} TalkView
 * @property {Chain} chain
 * @property {any} current - The record as it now stands.
 * @property {string} hash - Of that record.
 * @property {Signed} signed - That record with its signature.
 * @property {Verdict} verdict
 * @property {boolean} waiting - That something of it has not gone yet.
 * @property {boolean} late @property {boolean} ahead
 * @property {boolean} again - By the server's word: it was handed in again after the log was begun anew.
 * @property {Date} begin
 */

/**
 * @typedef {object} PlanView
 * @property {PlanRecord} record
 * @property {Date} start
 * @property {boolean} waiting
 */

/**
 * What is known of the talks of one child.
 *
 * @typedef {object} ChildTalks
 * @property {string} subj - The child's name in records of talks.
 * @property {string} log
 * @property {{size: number, root: string}} nb - The newest checkpoint known.
 * @property {Signed | null} device - The evidence record of the phone in use.
 * @property {string[]} introducers - Persons whose introduction of that phone counts.
 * @property {string | null} child - Id of the signing key of the phone in use, once it is in evidence.
 * @property {PlanView[]} plans - Those not kept yet, earliest first.
 * @property {TalkView[]} talks - Newest first.
 * @property {number} doubted - Records that no key I believe has signed.
 * @property {boolean} stale - That the server could not be asked.
 */

const placeOf = (/** @type {string} */ child) => `talks ${child}`;
/** A record that came into the log later than this after the talk is late; and clocks differ by no more. In milliseconds. */
const LATE = 24 * 3_600_000;
const AHEAD = 120_000;
/** Where what has not been entered yet stands: after everything else. */
const NOT_YET = 2 ** 50;

export class Talks {
  /** @type {Map<string, any>} The server's last answer, by child. */
  #raw = new Map();
  /** @type {Map<string, ChildTalks>} */
  #known = new Map();
  /** What the server took since it was last asked, by child. @type {Map<string, Signed[]>} */
  #sent = new Map();

  /** @param {Caseload} caseload */
  constructor(caseload) {
    this.caseload = caseload;
    this.ledger = new Ledger();
    this.outbox = new Outbox(async (sent, answer) => {
      const receipts = answer.receipts ?? (answer.receipt ? [answer.receipt] : []);
      const { id, child, what, path, json } = sent;
      const request = ["request", "request-end"].includes(what) && sent.entry;
      const entry = request ? await enteredFor(request, answer.kept) : sent.entry;
      for (const receipt of receipts) await this.ledger.take(receipt, entry, { id, child, what, path, json, entry });
      if (json.signed && !request) this.#sent.set(child, [...(this.#sent.get(child) ?? []), json.signed]);
    });
  }

  /** @param {string} child @returns {ChildTalks | null} What was last read of a child, without asking anybody. */
  of(child) {
    return this.#known.get(child) ?? null;
  }

  /** Sends what an earlier session left, and begins to look after the log. */
  begin() {
    this.ledger.owed = (owed) => this.outbox.put(owed);
    this.ledger.begin();
    void this.outbox.recall().then(() => this.outbox.flush(true));
  }

  /** Ends everything that goes on by itself. */
  stop() {
    this.outbox.stop();
    this.ledger.stop();
  }

  /**
   * Everything of a child anew; without a network what this device saw last, and what was signed here since.
   *
   * @param {Kid} kid
   * @returns {Promise<ChildTalks>}
   * @throws {Offline} When this device never saw anything of it.
   */
  async load(kid) {
    await this.outbox.recall();
    let stale = false;
    try {
      const raw = await desk(`/desk/api/children/${kid.child}/talks`, { method: "GET" });
      this.#raw.set(kid.child, raw);
      this.#sent.delete(kid.child);
      // So that a talk can be recorded where there is no network.
      await keep(placeOf(kid.child), raw).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      stale = true;
      const raw = this.#raw.get(kid.child) ?? (await find(placeOf(kid.child)))?.value;
      if (!raw) throw error;
      this.#raw.set(kid.child, raw);
    }
    const found = await this.#read(kid, stale);
    if (!stale) await this.#introduce(kid, found);
    return found;
  }

  /**
   * What is known of a child with what was signed here just now, without asking the server.
   *
   * @param {Kid} kid
   * @returns {Promise<ChildTalks>}
   */
  async again(kid) {
    return this.#raw.has(kid.child) ? this.#read(kid, this.#known.get(kid.child)?.stale ?? true) : this.load(kid);
  }

  /** @param {Kid} kid @param {boolean} stale @returns {Promise<ChildTalks>} */
  async #read(kid, stale) {
    const raw = this.#raw.get(kid.child);
    const { org } = this.caseload.session;
    const subj = raw.subj;
    const keys = await this.#adultKeys();
    const phones = await Promise.all(kid.phones.map(async (phone) => ({ phone, ids: await deviceKeys(phone.record) })));
    let doubted = 0;
    /** @param {any} signed @returns {Promise<boolean>} Whether somebody I believe signed it. */
    const believed = async (signed) => {
      try {
        parseTalkSigned(signed);
      } catch (error) {
        if (error instanceof KindstemError) return false;
        throw error;
      }
      const { record, sigs } = signed;
      if (record.org !== org.id || record.subj !== subj) return false;
      if (record.t === "answer" && record.way !== "kindmodus") {
        for (const { phone } of phones) if (await signedByDevice(signed, phone.record)) return true;
        return false;
      }
      const key = keys.get(sigs[0].by);
      // Whose talk it is stands in it: a colleague's key cannot speak for somebody else.
      return key !== undefined && (record.by === undefined || record.by === key.person) && signedBy(signed, key.public);
    };

    /** @type {Link[]} */
    const links = [];
    /** @type {Map<string, {signed: Signed, at: Date | null}>} */
    const facts = new Map();
    const take = async (/** @type {any} */ signed, /** @type {number} */ index, /** @type {Date | null} */ at) => {
      if (!(await believed(signed))) {
        doubted += 1;
        return;
      }
      const link = await linkOf(signed, index);
      if (facts.has(link.hash)) return;
      links.push(link);
      facts.set(link.hash, { signed, at });
    };
    const again = new Set(raw.chains.filter((/** @type {any} */ chain) => chain.records[0]?.marks?.includes("again")).map((/** @type {any} */ chain) => chain.first));
    for (const chain of raw.chains) for (const one of chain.records) await take(one.signed, one.index, new Date(one.at));
    const sent = this.#sent.get(kid.child) ?? [];
    for (const [n, one] of sent.entries()) if (!["plan", "device"].includes(one.record.t)) await take(one, NOT_YET - sent.length + n, null);
    const unsent = this.outbox.waiting.filter((one) => one.child === kid.child && one.json.signed && !["request", "request-end"].includes(one.what));
    const waiting = new Set();
    for (const [n, one] of unsent.entries()) {
      if (one.what === "plan" || one.what === "device") continue;
      waiting.add(await hashOf(one.json.signed.record));
      await take(one.json.signed, NOT_YET + n, null);
    }

    const device = await this.#device(kid, raw, keys, [...sent, ...unsent.map(({ json }) => json.signed)].filter(({ record }) => record.t === "device"));
    // Only what is in evidence confirms. Of earlier phones the server tells no more than that they were the child's.
    const inUse = (/** @type {Phone} */ phone) => phone.revoked === null;
    const childKeys = phones.filter(({ phone }) => !inUse(phone) || device.key).map(({ phone, ids }) => ({ ...ids, since: phone.record.at }));
    const { chains } = chainsOf(links);
    const talks = chains.map((chain) => {
      const now = currentOf(chain);
      const { signed } = /** @type {{signed: Signed}} */ (facts.get(now.hash));
      const entered = facts.get(chain.first.hash)?.at ?? null;
      const first = chain.first.record;
      const ends = new Date(first.end ?? first.start).getTime();
      const all = [...chain.counted, ...chain.aside, ...chain.answers, ...chain.mets];
      return {
        chain,
        current: now.record,
        hash: now.hash,
        signed,
        verdict: levelOf(chain, childKeys),
        waiting: all.some((one) => waiting.has(one.hash)),
        late: entered !== null && entered.getTime() > ends + LATE,
        again: again.has(chain.first.hash),
        ahead: entered !== null && ends > entered.getTime() + AHEAD,
        begin: new Date(now.record.start),
      };
    });
    talks.sort((a, b) => b.begin.getTime() - a.begin.getTime());

    const kept = new Set(talks.flatMap((one) => (one.verdict.withdrawn ? [] : [one.current.plan])));
    /** @type {PlanView[]} */
    const plans = [];
    for (const one of raw.plans) if (await believed(one)) plans.push({ record: one.record, start: new Date(one.record.start), waiting: false });
    for (const one of sent) if (one.record.t === "plan") plans.push({ record: one.record, start: new Date(one.record.start), waiting: false });
    for (const one of unsent.filter(({ what }) => what === "plan")) plans.push({ record: one.json.signed.record, start: new Date(one.json.signed.record.start), waiting: true });
    const open = plans.filter((plan, at) => !kept.has(plan.record.id) && plans.findIndex((other) => other.record.id === plan.record.id) === at);
    open.sort((a, b) => a.start.getTime() - b.start.getTime());

    /** @type {ChildTalks} */
    const found = {
      subj,
      log: raw.log,
      nb: this.ledger.checkpoint(raw.log) ?? raw.nb ?? { size: 0, root: EMPTY_ROOT },
      device: device.signed,
      introducers: device.introducers,
      child: device.key,
      plans: open,
      talks,
      doubted,
      stale,
    };
    this.#known.set(kid.child, found);
    return found;
  }

  /**
   * The evidence record of the phone in use, when it is that of the phone whose keys I believe, and who introduced it.
   *
   * @param {Kid} kid @param {any} raw @param {Map<string, {person: string, public: string}>} keys @param {Signed[]} own - What I signed, and the server does not tell of yet.
   */
  async #device(kid, raw, keys, own) {
    const phone = kid.phones.find((one) => one.revoked === null);
    for (const signed of [raw.device, ...own]) {
      if (!signed || !phone) continue;
      try {
        parseTalkSigned(signed, "device");
      } catch (error) {
        if (error instanceof KindstemError) continue;
        throw error;
      }
      const { record, sigs } = signed;
      if (record.subj !== raw.subj || record.signing !== phone.record.signing || record.unlock !== phone.record.unlock) continue;
      const by = new Set();
      for (const one of sigs) {
        const key = keys.get(one.by);
        if (key && (await verifyRecord({ record, sigs: [one] }, key.public))) by.add(key.person);
      }
      if (by.size) return { signed, introducers: [...by], key: (await deviceKeys(record)).signing };
    }
    return { signed: null, introducers: [], key: null };
  }

  /** @returns {Promise<Map<string, {person: string, public: string}>>} Everybody introduced, by the ids of their signing keys. */
  async #adultKeys() {
    const found = new Map();
    for (const [person, { record }] of this.caseload.trust.introduced) {
      for (const key of record.signing) found.set(b64(await signingKeyId(unb64(key))), { person, public: key });
    }
    return found;
  }

  /**
   * Puts the phone that I linked in evidence, when that was not done at once. Nobody else's: whoever did not see the six
   * digits compares the number first (pages/desk-phone.js).
   *
   * @param {Kid} kid @param {ChildTalks} found
   */
  async #introduce(kid, found) {
    const phone = kid.phones.find((one) => one.revoked === null);
    if (!phone || isApart(kid) || phone.by !== mine().person || found.introducers.includes(mine().person)) return;
    if (this.outbox.refused.some((one) => one.what === "device" && one.child === kid.child)) return;
    await this.putDevice(kid, found, phone);
    await this.#read(kid, false);
  }

  /**
   * The evidence record of the phone in use, and who introduced it; for whoever reads the child, in either circle.
   *
   * @param {Kid} kid
   * @returns {Promise<{subj: string, device: Signed | null, introducers: string[]}>}
   */
  async evidence(kid) {
    if (!isApart(kid)) return this.load(kid);
    const { device } = await desk(`/desk/api/children/${kid.child}/device`, { method: "GET" });
    const subj = device?.record?.subj ?? "";
    const found = await this.#device(kid, { device, subj }, await this.#adultKeys(), []);
    return { subj, device: found.signed, introducers: found.introducers };
  }

  /**
   * Signs the evidence record of a phone: a new one, or the one that a colleague made.
   *
   * @param {Kid} kid @param {{subj: string, device: Signed | null}} found @param {Phone} phone
   * @returns {Promise<boolean>} Whether it has arrived.
   */
  async putDevice(kid, found, phone) {
    const { org } = this.caseload.session;
    const { signing, unlock } = phone.record;
    if (found.device) {
      const sig = (await cosigned(found.device)).sigs.find((one) => one.by === mySigner().id);
      const path = `/desk/api/children/${kid.child}/device/sign`;
      const entry = sig ? { record: found.device.record, sigs: [sig] } : null;
      return this.outbox.put([{ id: `sign ${await hashOf(found.device.record)}`, child: kid.child, what: "device", path, json: sig, entry }]);
    }
    const signed = await makeDevice({ org: org.id, subj: found.subj, signing, unlock, at: timeText(new Date()) }, mySigner());
    const path = `/desk/api/children/${kid.child}/device`;
    return this.outbox.put([{ id: await hashOf(signed.record), child: kid.child, what: "device", path, json: { signed }, entry: signed }]);
  }

  /**
   * Keeps signed records of talks and sends them.
   *
   * @param {{kid: Kid, signed: Signed, code?: string}[]} records
   * @returns {Promise<boolean>} Whether all have arrived; else they wait.
   */
  async put(records) {
    const items = [];
    for (const { kid, signed, code } of records) {
      const id = await hashOf(signed.record);
      items.push({
        id: code ? `${id} ${code}` : id,
        child: kid.child,
        what: signed.record.t,
        path: `/desk/api/children/${kid.child}/talks`,
        json: code ? { signed, code } : { signed },
        // The child's own record may be there already, from its phone: then its signatures need not stand in our order.
        entry: signed.record.t === "answer" && signed.record.way !== "kindmodus" ? null : signed,
      });
    }
    const all = await this.outbox.put(items);
    for (const { kid } of records) if (this.#raw.has(kid.child)) await this.#read(kid, this.#known.get(kid.child)?.stale ?? true);
    return all;
  }

  /** @param {ChildTalks} found @returns {{org: string, subj: string, pro: string, by: string}} Whose records I make about whom. */
  author(found) {
    return { org: this.caseload.session.org.id, subj: found.subj, pro: mySigner().id, by: mine().person };
  }
}

/** @param {Kid[]} kids @returns {Kid[]} Those whose talks I record. */
export const recordable = (kids) => kids.filter((kid) => !isApart(kid));

/** @param {{kind: string, who: string, planned: string}} talk @returns {number[]} Why it counts as no 1-op-1 contact: numbers of `work.record.countsnot`. */
export const whyNot = ({ kind, who, planned }) => [kind !== "face", who !== "alone", planned === "passing"].flatMap((so, at) => (so ? [at + 1] : []));
