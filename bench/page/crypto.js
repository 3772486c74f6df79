/**
 * What the bench asks of the browser's half of the sealing, run in a page so that the clock is the page's.
 *
 * The sealing is the app's own (static/crypto); nothing is left out and nothing is added but the clock.
 *
 * @module
 */

import { b64, random } from "../../static/bytes.js";
import { importSigningSeed, newReadingSeed, readingKeyId, readingPublic, unlockKey } from "../../static/crypto/keys.js";
import { open, opener, seal } from "../../static/crypto/seal.js";
import { parseEnvelope } from "../../static/wire.js";

const ORG = b64(random(16));
const CHILD = "K7Q2-M9XWB";
const LIST = { number: 1, hash: b64(random(32)) };

/** A child and two readers with true keys, made once. */
async function circle() {
  const [childSeed, workerSeed, secondSeed] = [newReadingSeed(), newReadingSeed(), newReadingSeed()];
  const readers = [];
  for (const seed of [childSeed, workerSeed, secondSeed]) readers.push({ public: await readingPublic(seed) });
  return {
    device: b64(random(16)),
    signDevice: await importSigningSeed(random(32)),
    signUnlock: await unlockKey(childSeed),
    readers,
    workerSeed,
  };
}

const people = circle();
let count = 0;

/** @param {number} bytes - How much is said in words. @param {Uint8Array | null} voice - A recording, or none. */
async function sealed(bytes, voice) {
  const { device, signDevice, signUnlock, readers } = await people;
  count += 1;
  /** @type {any[]} */
  const parts = [{ kind: "text", prompt: "Wat wil jij vertellen?", text: "zo gaat het ".repeat(bytes / 12 + 1).slice(0, bytes) }];
  if (voice) parts.push({ kind: "voice", prompt: "Wat wil jij vertellen?", type: "audio/webm;codecs=opus", ms: 180_000, bytes: voice.length });
  const id = b64(random(16));
  const file = await seal({
    org: ORG, child: CHILD, id, dir: "up", kind: "checkin", seq: count, circle: "worker", list: LIST, lock: "open", about: null,
    by: device, readers, doc: { v: 1, level: "12", lang: "nl", answers: [], parts }, attachments: voice ? [voice] : [], signDevice, signUnlock,
  });
  return { id, file };
}

/**
 * Milliseconds of each of `times` sealings for three readers, the first included: on a phone the first is the one that
 * a child waits for.
 * @param {{bytes: number, voice: number, times: number}} what
 */
async function sealing({ bytes, voice, times }) {
  await people;
  const spent = [];
  let size = 0;
  for (let n = 0; n < times; n++) {
    const recording = voice ? new Uint8Array(voice) : null;
    if (recording) for (let at = 0; at < voice; at += 65536) recording.set(random(Math.min(65536, voice - at)), at);
    const began = performance.now();
    size = (await sealed(bytes, recording)).file.length;
    spent.push(performance.now() - began);
  }
  return { spent, size };
}

/** @type {{id: string, file: Uint8Array}[]} */
let entries = [];

/** Seals what is opened later. @param {{bytes: number, entries: number}} what */
async function prepare(what) {
  entries = [];
  for (let n = 0; n < what.entries; n++) entries.push(await sealed(what.bytes, null));
}

/**
 * Opens everything that was prepared as a reader does, one after another, and checks that each came out verified.
 * @returns {Promise<{first20: number, all: number}>} Milliseconds until the twentieth and until the last.
 */
async function opening() {
  const { device, signDevice, signUnlock, workerSeed } = await people;
  const mine = await readingKeyId(await readingPublic(workerSeed));
  const rows = entries.map(({ id, file }) => {
    const { hdrBytes, wraps, body } = parseEnvelope(file);
    const wrap = wraps.find((one) => b64(one.keyId) === b64(mine))?.sealed ?? null;
    return { hdr: hdrBytes, wrap, to: wraps.map((one) => b64(one.keyId)), body, expect: { org: ORG, child: CHILD, id, dir: /** @type {const} */ ("up") } };
  });
  const authors = new Map([
    [device, { dir: /** @type {const} */ ("up"), keys: [b64(signDevice.public)], unlock: b64(signUnlock.public), revoked: null }],
  ]);
  const began = performance.now();
  const ready = await opener(workerSeed);
  let first20 = 0;
  for (const [at, row] of rows.entries()) {
    const opened = await open({ ...row, opener: ready, authors });
    if (opened?.author !== "verified") throw new Error("an entry did not open as sealed");
    if (at === 19) first20 = performance.now() - began;
  }
  return { first20, all: performance.now() - began };
}

Object.assign(globalThis, { bench: { sealing, prepare, opening } });
