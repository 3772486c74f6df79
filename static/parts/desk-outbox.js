/**
 * Signed records on their way to the server: kept sealed on this device until it has them, so that a train without
 * reception, a session that ends or a closed browser loses none.
 *
 * The server knows a record by its hash, so that sending it twice is sending it once.
 *
 * @module
 */

import { desk, Offline } from "../api.js";
import { unlocked } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { drop, findAll, keep } from "./desk-drafts.js";

/**
 * @typedef {object} Waiting
 * @property {string} id - Hash of the record, and what else makes this sending one of its own.
 * @property {string} child - The kindnummer.
 * @property {string} what - Type of the record.
 * @property {string} path
 * @property {any} json
 * @property {{record: any, sigs: any[]} | null} entry - What enters the log with it, to compare with the receipt.
 * @property {number} at - When it was signed, in milliseconds since 1970.
 * @property {string} [refused] - The server's code, when it will not take it.
 * @property {string} [why] - The server's code, when it will not take it yet.
 */

const START = "record ";
/** Milliseconds between two tries while something waits. */
const AGAIN = 20_000;
/** Refusals that are over by themselves. */
const LATER = new Set(["busy", "too-busy", "store-full", "needs-https", "quota"]);

export class Outbox {
  /** @type {Map<string, Waiting>} In the order in which they were signed. */
  #all = new Map();
  /** @type {Promise<void> | null} */
  #sending = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #recalled = false;

  /** @param {(sent: Waiting, answer: any) => void | Promise<void>} arrived - Told of each that the server took. */
  constructor(arrived) {
    this.arrived = arrived;
    /** Whether this device could keep everything that waits. */
    this.kept = true;
    /** Told when something was sent or refused. @type {() => void} */
    this.changed = () => undefined;
    /** Told when something went that had waited. @type {() => void} */
    this.went = () => undefined;
  }

  /** @returns {Waiting[]} What still has to go, oldest first; what was refused is not among it. */
  get waiting() {
    return this.#sorted().filter((one) => !one.refused);
  }

  /** @returns {Waiting[]} What the server will not take. */
  get refused() {
    return this.#sorted().filter((one) => one.refused);
  }

  #sorted() {
    return [...this.#all.values()].sort((a, b) => a.at - b.at);
  }

  /** What an earlier session left. */
  async recall() {
    if (this.#recalled) return;
    this.#recalled = true;
    for (const { value } of await findAll(START)) if (!this.#all.has(value.id)) this.#all.set(value.id, value);
  }

  /**
   * Keeps records and sends them when that can be done.
   *
   * @param {Omit<Waiting, "at">[]} records - In the order in which the server must get them.
   * @returns {Promise<boolean>} Whether all of them have arrived.
   */
  async put(records) {
    let at = Math.max(Date.now(), ...this.#sorted().map((one) => one.at + 1));
    for (const record of records) {
      const one = { ...record, at: (at += 1) };
      this.#all.set(one.id, one);
      try {
        await keep(START + one.id, one);
      } catch {
        // A private window, or a full disk: it is sent from memory, and the page says so.
        this.kept = false;
      }
    }
    await this.flush();
    return records.every(({ id }) => !this.#all.has(id));
  }

  /**
   * Sends what waits, one after the other, until there is no network. One at a time, whoever asks.
   *
   * @param {boolean} [quiet] - That nobody asked: it does not keep a session alive that nobody uses.
   */
  async flush(quiet = false) {
    this.#sending ??= this.#send(quiet);
    return this.#sending;
  }

  /** @param {boolean} quiet */
  async #send(quiet) {
    clearTimeout(this.#timer);
    // So that the promise is there before it can be over.
    await null;
    try {
      await this.#sendAll(quiet);
    } finally {
      this.#sending = null;
    }
  }

  /** @param {boolean} quiet */
  async #sendAll(quiet) {
    let moved = false;
    let sent = false;
    const tried = new Set();
    // What comes in meanwhile goes right after what is going.
    for (let one; (one = this.waiting.find(({ id }) => !tried.has(id))); ) {
      tried.add(one.id);
      if (!unlocked()) return;
      try {
        const answer = await desk(one.path, { json: one.json, headers: quiet ? { "Kindstem-Quiet": "1" } : {} });
        this.#all.delete(one.id);
        moved = sent = true;
        await drop(START + one.id).catch(() => undefined);
        await this.arrived(one, answer);
      } catch (error) {
        if (!unlocked()) return;
        const code = error instanceof KindstemError ? error.code : "";
        if (error instanceof Offline || LATER.has(code) || code === "session-ended") break;
        if (!code) throw error;
        if (code === "talk-future") {
          // A clock that runs ahead is no reason to lose a talk: by and by the moment comes for the server too.
          one.why = code;
          continue;
        }
        if (code === "talk-stale" && one.what === "device") {
          // A colleague was quicker; theirs is found the next time.
          this.#all.delete(one.id);
          await drop(START + one.id).catch(() => undefined);
          continue;
        }
        one.refused = code;
        moved = true;
        await keep(START + one.id, one).catch(() => undefined);
      }
    }
    if (this.waiting.length) this.#timer = setTimeout(() => void this.flush(true), AGAIN);
    else this.kept = true;
    if (moved) this.changed();
    if (sent && quiet) this.went();
  }

  /** Takes away what the server refused. @param {string} id */
  async remove(id) {
    this.#all.delete(id);
    await drop(START + id).catch(() => undefined);
    this.changed();
  }

  /** Sends no more: the desk is being left. What waits is kept. */
  stop() {
    clearTimeout(this.#timer);
    this.changed = this.went = () => undefined;
  }
}
