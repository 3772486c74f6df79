/**
 * What a child makes in kindmodus: in memory while it is made, and closed on this device at each pause
 * (docs/protocol/unlocking.md, "Kindmodus"). The key that closes it is not here in any form that opens.
 *
 * @module
 */

import { newId } from "../bytes.js";
import { KindstemError } from "../errors.js";
import { nothing, madeOf, payloadOf, saysNothing } from "../making.js";
import { timeText } from "../wire.js";
import { saidBytes } from "./desk-kept.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../making.js").Making} Making */
/** @typedef {import("../making.js").Way} Way */
/** @typedef {import("../making.js").House} House */
/** @typedef {import("./desk-kept.js").Said} Said */

/** After the last change, until it is kept; and the longest that anything waits. In milliseconds. */
const PAUSE = 400;
const LONGEST = 1000;
/** More would not be taken by the server that this child's words have yet to go to. In bytes. */
const LARGEST = 4 * 1024 * 1024 - 16 * 1024;

/** What it goes up as; nobody sets an alarm here. @param {Making} made @returns {Said["kind"]} */
const kindOf = ({ kind }) => (kind === "flag" ? "checkin" : kind);

/**
 * @param {{child: string, level: "8" | "12", lang: string, to: string[]}} of - `to`: the persons of whom the child is told that
 *   they can read it.
 * @param {(id: string, bytes: Bytes | null) => Promise<void>} keep - Closes what was made and keeps it in place of what it was;
 *   null throws it away.
 */
export function makingHere({ child, level, lang, to }, keep) {
  /** @type {Making | null} */
  let made = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let since = 0;
  // One after the other: two at once could leave the older one.
  let queue = Promise.resolve();
  /** @type {unknown} */
  let trouble = null;
  /** @type {Set<() => void>} */
  const watchers = new Set();

  /** @param {Making} now @param {boolean} done */
  const bytesOf = (now, done) => {
    const { doc, attachments } = payloadOf(now, { level, lang });
    const bytes = saidBytes({ child, id: now.id, kind: kindOf(now), about: now.about, at: timeText(), done, to }, doc, attachments);
    if (bytes.length > LARGEST) throw new KindstemError("too-large");
    return bytes;
  };

  const save = () => {
    clearTimeout(timer);
    since = 0;
    const now = made;
    if (!now) return queue;
    /** @type {Bytes | null} */
    let bytes;
    try {
      // As it is now: something else may be in hand by the time its turn comes.
      bytes = saysNothing(now) ? null : bytesOf(now, false);
    } catch (error) {
      trouble = error;
      for (const one of [...watchers]) one();
      return queue;
    }
    queue = queue.then(async () => {
      try {
        await keep(now.id, bytes);
        trouble = null;
      } catch (error) {
        trouble = error;
      }
      for (const one of [...watchers]) one();
    });
    return queue;
  };

  const here = {
    inHand: () => made,
    trouble: () => trouble,
    save,
    /** @param {() => void} watcher */
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    /** @param {(made: Making) => void} work */
    note(work) {
      if (!made) return;
      work(made);
      since ||= Date.now();
      clearTimeout(timer);
      timer = setTimeout(() => void save(), Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
    },
    /** @param {string} key @param {{prompt: string, options?: string[], value: any} | null} answer */
    answer(key, answer) {
      here.note((now) => {
        if (answer) now.answers.set(key, { key, ...answer });
        else now.answers.delete(key);
      });
    },
    /**
     * @param {Way} way
     * @param {{about?: string | null, house?: House | null, part?: Making["part"]}} [what] - The answer or document that a
     *   reaction is about, and which part of a document; a house.
     */
    begin(way, { about = null, house = null, part } = {}) {
      void save();
      trouble = null;
      made = { id: newId(), ...nothing(about ? "reaction" : house ? "house" : "checkin", house), way, circle: "worker", about, ...(part === undefined ? {} : { part }) };
      return made;
    },
    /** @param {Said} said - What was kept the time before. */
    resume(said) {
      void save();
      made = { id: said.id, ...madeOf(said.kind, said.doc, said.attachments), way: said.kind === "house" ? "house" : "again", circle: "worker", about: said.about };
      return made;
    },
    /**
     * Closes it for good: it goes as soon as the professional is back, and nothing changes it any more.
     *
     * @throws {KindstemError} `nothing-said`, `too-large`
     */
    async finish() {
      if (!made || saysNothing(made)) throw new KindstemError("nothing-said");
      const now = made;
      const bytes = bytesOf(now, true);
      clearTimeout(timer);
      made = null;
      await queue;
      await keep(now.id, bytes);
    },
    async throwAway() {
      const now = made;
      clearTimeout(timer);
      made = null;
      await queue;
      if (now) await keep(now.id, null);
    },
    /**
     * Keeps what is in hand and takes it out of there.
     *
     * @returns {Said | null} What can be gone on with, for as long as this child is here; null when nothing was said.
     */
    aside() {
      const now = made;
      if (!now) return null;
      void save();
      made = null;
      if (saysNothing(now)) return null;
      return { child, id: now.id, kind: kindOf(now), about: now.about, at: timeText(), done: false, to, ...payloadOf(now, { level, lang }) };
    },
  };
  return here;
}

/** @typedef {ReturnType<typeof makingHere>} MakingHere */
