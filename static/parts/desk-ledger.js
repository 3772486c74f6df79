/**
 * What this browser knows of the log: the newest checkpoint, its key, and a receipt for each record handed in here
 * (docs/protocol/log.md, section 5). Kept sealed, per professional, like unsent text.
 *
 * The key is taken from the log's first entry the first time, and never again on the server's word. What is found to be
 * wrong is kept with everything that proves it, so that it can be taken elsewhere.
 *
 * @module
 */

import { desk, Offline } from "../api.js";
import { checkAnswer, checkReceipt, checkStart } from "../crypto/log.js";
import { unlocked } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { EMPTY_ROOT, timeText } from "../talks.js";
import { button, moment, note } from "./desk-bits.js";
import { find, keep } from "./desk-drafts.js";
import { drawing } from "./draw.js";
import { fill, h } from "./h.js";
import { t } from "./words.js";

/** @typedef {import("../crypto/log.js").Known} Known */
/** @typedef {import("../crypto/log.js").Receipt} Receipt */
/** @typedef {import("../crypto/log.js").Fault} Fault */
/** @typedef {{record: any, sigs: any[]}} Entry */
/** What was sent to hand a record in. @typedef {Pick<import("./desk-outbox.js").Waiting, "id" | "child" | "what" | "path" | "json" | "entry">} Sent */
/**
 * A receipt, and what was handed in; `seen` when the two were compared, `sent` as long as it is kept to be handed in
 * again after a restored backup.
 *
 * @typedef {{receipt: Receipt, signed: Entry | null, seen?: boolean, sent?: Sent | null}} Held
 */
/** @typedef {{why: Fault, at: string, seen: boolean, proof: any}} Alarm */
/** @typedef {{known: Known | null, held: Held[], alarms: Alarm[], checked: string | null, owed?: Sent[]}} State */

const PLACE = "log";
/** So many receipts are asked about: those before were proven under a checkpoint that each new one extends. */
const MOST = 200;
/** How long what was handed in is kept beside its receipt. In milliseconds. */
const KEPT = 400 * 86_400_000;
/** How long after the last record the log is looked at, and how often while nothing happens. In milliseconds. */
const SOON = 1500;
const EVERY = 10 * 60_000;
/** In the order of the catalogue. @type {Fault[]} */
const FAULTS = ["note-signature", "smaller", "inconsistent", "not-included", "restarted"];

/**
 * What follows from what is known, the receipts held, and an answer of the log.
 *
 * @param {Known | null} known - Null the first time.
 * @param {any} answer
 * @param {Held[]} held
 * @returns {Promise<{fault: Fault | null, known: Known | null}>} `known` is what to go on from; after a restart the new log.
 */
export async function judge(known, answer, held) {
  const start = answer?.start ? await checkStart(answer.start, answer.keys ?? []) : null;
  const fresh = start && { log: start.log, key: start.key, size: 0, root: EMPTY_ROOT, note: "" };
  const base = known ?? fresh;
  if (!base) return { fault: "note-signature", known: null };
  const found = await checkAnswer(base, answer, held.map(({ receipt }) => receipt));
  // Whatever happened to the old log, the new one has to keep from now on what it is given.
  if (found.fault) return { fault: found.fault, known: found.fault === "restarted" && fresh ? fresh : known };
  for (const { receipt, signed, seen } of held) {
    if (!signed || seen) continue;
    // A receipt from before a change of key was signed by the key before.
    const faults = await Promise.all([base, found.known].map((one) => checkReceipt(receipt, signed, one)));
    if (!faults.includes(null)) return { fault: faults[1], known: found.known };
  }
  return { fault: null, known: found.known };
}

export class Ledger {
  /** @type {State} */
  #state = { known: null, held: [], alarms: [], checked: null };
  #recalled = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #over = false;
  /** One change after the other. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  constructor() {
    /** Told when a check ended. @type {() => void} */
    this.changed = () => undefined;
    /** Given what has to be handed in again, in its order. @type {(owed: Sent[]) => Promise<unknown>} */
    this.owed = async () => undefined;
  }

  /** @returns {Alarm[]} */
  get alarms() {
    return this.#state.alarms;
  }

  /** @returns {Date | null} When the log was last found to be right. */
  get checked() {
    return this.#state.checked ? new Date(this.#state.checked) : null;
  }

  /** @returns {number} How many receipts are held. */
  get receipts() {
    return this.#state.held.length;
  }

  /**
   * @param {string | null} log
   * @returns {{size: number, root: string} | null} The newest checkpoint of this log that I know.
   */
  checkpoint(log) {
    const { known } = this.#state;
    return known && known.log === log && known.size > 0 ? { size: known.size, root: known.root } : null;
  }

  /** Begins to look after the log, and goes on until it is stopped. */
  begin() {
    this.#over = false;
    this.#later(0);
  }

  stop() {
    this.#over = true;
    clearTimeout(this.#timer);
    this.changed = () => undefined;
  }

  /** @param {number} wait */
  #later(wait) {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => void this.check().finally(() => this.#later(EVERY)), wait);
  }

  /**
   * One change of the state at a time, over all windows of this browser.
   *
   * @param {(state: State) => Promise<void>} change
   */
  #within(change) {
    const work = async () => {
      if (!unlocked()) return;
      const kept = (await find(PLACE))?.value;
      // Another window may have gone on; without storage this page's own memory is all there is.
      if (kept) this.#state = kept;
      this.#recalled = true;
      const before = JSON.stringify(this.#state);
      await change(this.#state);
      if (JSON.stringify(this.#state) !== before && unlocked()) await keep(PLACE, this.#state).catch(() => undefined);
    };
    const turn = this.#turn.then(() => navigator.locks.request("desk-log", work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** What an earlier session left. */
  async recall() {
    if (!this.#recalled) await this.#within(async () => undefined);
  }

  /**
   * Keeps a receipt, and looks at the log soon.
   *
   * @param {Receipt} receipt @param {Entry | null} signed - What was handed in; null when it was somebody else's record.
   * @param {Sent | null} sent - How, to do it again after a restored backup.
   */
  async take(receipt, signed, sent) {
    await this.#within(async (state) => {
      const others = state.held.filter((one) => one.receipt.index !== receipt.index);
      state.held = [{ receipt, signed, seen: false, sent }, ...others].slice(0, MOST);
    });
    this.#later(SOON);
  }

  /** Asks the log and holds its answer against what is known. Without an answer nothing happens: the next time will tell. */
  async check() {
    await this.#within(async (state) => {
      const { known, held } = state;
      const indices = held.map(({ receipt }) => receipt.index);
      let answer;
      try {
        const json = { from: known?.size ?? 0, indices, ...(known ? { log: known.log } : {}) };
        // Asked by itself: it must not keep a session alive that nobody uses.
        answer = await desk("/desk/api/log", { json, headers: { "Kindstem-Quiet": "1" } });
      } catch (error) {
        if (error instanceof Offline || error instanceof KindstemError) return;
        throw error;
      }
      const { fault, known: next } = await judge(known, answer, held);
      state.known = next;
      if (fault) {
        // Not how they were handed in: that names the child.
        const receipts = held.map(({ receipt, signed, seen }) => ({ receipt, signed: seen ? null : signed }));
        const again = state.alarms.some((one) => one.why === fault && one.proof.known?.log === known?.log);
        if (!again) state.alarms = [{ why: fault, at: timeText(new Date()), seen: false, proof: { known, answer, receipts } }, ...state.alarms];
        // Receipts of a log that is no more are none of the next; they stand in the proof.
        if (fault === "restarted") {
          // Whichever log the new one says it follows: what the first of two restores lost must not be lost by the second.
          const kept = held.flatMap(({ receipt, sent }) => (sent ? [{ at: receipt.index, sent }] : []));
          state.owed = [...(state.owed ?? []), ...kept.sort((a, b) => a.at - b.at).map(({ sent }) => sent)];
          state.held = [];
        }
        return;
      }
      state.checked = timeText(new Date());
      state.held = held.map(({ receipt, signed, sent }) => {
        const old = Date.now() - Date.parse(receipt.leaf.at) > KEPT;
        return { receipt, signed: old ? null : signed, seen: true, sent: old ? null : (sent ?? null) };
      });
    }).catch((error) => {
      // What cannot be kept or opened here is no finding about the log.
      if (!(error instanceof KindstemError)) throw error;
    });
    await this.#handInAgain();
    this.changed();
  }

  /** Gives away what is owed to a new log. It stays owed until whoever sends it has it in keeping. */
  async #handInAgain() {
    const owed = this.#state.owed ?? [];
    if (!owed.length || !unlocked()) return;
    await this.owed(owed);
    await this.#within(async (state) => {
      state.owed = [];
    });
  }

  /** Notes that the person has read what is wrong. */
  async read() {
    await this.#within(async (state) => {
      for (const one of state.alarms) one.seen = true;
    });
  }
}

/** @param {Alarm} alarm @returns {string} Everything that proves what was found, for somebody who can check it. */
export const proofText = ({ why, at, proof }) => JSON.stringify({ v: 1, kind: "kindstem log alarm", why, at, ...proof }, null, 1);

/**
 * What is wrong with the log, in plain words, with its proof to take along; null while nothing is.
 *
 * @param {Ledger} ledger @param {{always?: boolean}} [how] - `always`: also what was read before.
 */
export function alarmBox(ledger, { always = false } = {}) {
  const box = h("div", { "data-part": "log-alarm" });
  const show = () => {
    const alarms = ledger.alarms.filter((one) => always || !one.seen);
    fill(
      box,
      alarms.map((alarm) => {
        const href = URL.createObjectURL(new Blob([proofText(alarm)], { type: "application/json" }));
        const seen = alarm.seen
          ? null
          : button(t("work.log.read"), { look: "plain", data: { act: "log-read" } }, () => void ledger.read().then(show));
        return h(
          "section",
          { class: "box-p stack", "data-alarm": alarm.why },
          h("h2", null, t("work.log.title")),
          note("alarm", "i-warn", t(`work.log.alarm.${FAULTS.indexOf(alarm.why) + 1}`)),
          h("p", { class: "small soft" }, t("work.log.at", { when: moment(new Date(alarm.at)) })),
          h("p", null, t("work.log.do")),
          h("div", { class: "acts line" }, h("a", { class: "btn", href, download: `kindstem-log-${alarm.at.slice(0, 10)}.json`, "data-act": "log-save" }, drawing("i-save"), t("work.log.save")), seen),
        );
      }),
    );
  };
  void ledger.recall().then(show);
  ledger.changed = show;
  return box;
}

/** @param {Ledger} ledger */
export function logLine(ledger) {
  const { checked } = ledger;
  return h("p", { class: "small soft", "data-part": "log" }, checked ? t("work.log.fine", { when: moment(checked), n: ledger.receipts }) : t("work.log.never"));
}
