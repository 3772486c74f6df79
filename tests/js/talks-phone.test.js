// What a child's phone decides about talks by itself: when it asks afterwards, in which order answers stand, what it says of
// a talk, what it keeps and how, and when the log is not what it was.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, newId, random, utf8 } from "../../static/bytes.js";
import { openKept, sealKept } from "../../static/crypto/kept.js";
import { importSigningSeed } from "../../static/crypto/keys.js";
import { commitment, leafBytes, leafHash } from "../../static/crypto/log.js";
import { ed25519Sign, hmacKey, sha256 } from "../../static/crypto/web.js";
import { minutes } from "../../static/parts/child-talk.js";
import { due } from "../../static/phone/after.js";
import { judge } from "../../static/phone/log.js";
import { verdict } from "../../static/phone/outbox.js";
import { quarterOf, QUESTIONS, remaining } from "../../static/phone/quarter.js";
import { inOrder } from "../../static/phone/talks.js";

// --- afterwards ------------------------------------------------------------------------------------------------------

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 15, 0);
const known = (more = {}) => ({ ends: [NOW - 30 * HOUR], starts: [], asked: {}, at: NOW, together: false, ...more });

test("after a talk of yesterday the first question may come, and then the second", () => {
  assert.equal(due(known()), "said");
  assert.equal(due(known({ asked: { said: "2026-11" } })), "done");
  assert.equal(due(known({ asked: { said: "2026-11", done: "2026-11" } })), null);
});

test("a question that was asked last month may come again", () => {
  assert.equal(due(known({ asked: { said: "2026-10", done: "2026-10" } })), "said");
});

test("the month is that of the Netherlands", () => {
  const at = Date.UTC(2026, 10, 30, 23, 30);
  assert.equal(due(known({ at, ends: [at - 30 * HOUR], asked: { said: "2026-12" } })), "done");
});

test("nothing is asked in the room: not after a code, not so soon after a talk, not around a planned one", () => {
  assert.equal(due(known({ together: true })), null);
  assert.equal(due(known({ ends: [NOW - 30 * HOUR, NOW - 1 * HOUR] })), null);
  for (const hours of [-1.5, 0, 1.5]) assert.equal(due(known({ starts: [NOW + hours * HOUR] })), null);
  assert.equal(due(known({ starts: [NOW + 30 * HOUR] })), "said");
});

test("without a talk, or long after one, nothing is asked", () => {
  assert.equal(due(known({ ends: [] })), null);
  assert.equal(due(known({ ends: [NOW - 40 * 24 * HOUR] })), null);
});

// --- once a quarter -----------------------------------------------------------------------------------------------------

const fresh = (more = {}) => ({ since: NOW - HOUR, asked: {}, ...more });
const left = (more = {}) => remaining({ ends: [NOW - 30 * HOUR], starts: [], known: fresh(), at: NOW, together: false, ...more });

test("a child that somebody spoke to is asked four things a quarter, each once", () => {
  assert.deepEqual(left(), QUESTIONS);
  assert.deepEqual(left({ known: fresh({ asked: { worker: "2026-Q4", around: "2026-Q3" } }) }), ["around", "school", "safer"]);
  assert.deepEqual(left({ known: fresh({ asked: Object.fromEntries(QUESTIONS.map((one) => [one, "2026-Q4"])) }) }), []);
});

test("a child that nobody spoke to is asked as well, four weeks on", () => {
  assert.deepEqual(left({ ends: [] }), []);
  assert.deepEqual(left({ ends: [], known: fresh({ since: NOW - 27 * 24 * HOUR }) }), []);
  assert.deepEqual(left({ ends: [], known: fresh({ since: NOW - 28 * 24 * HOUR }) }), QUESTIONS);
});

test("in the room nothing is asked of a quarter either", () => {
  assert.deepEqual(left({ together: true }), []);
  assert.deepEqual(left({ ends: [NOW - 30 * HOUR, NOW - 1 * HOUR] }), []);
  for (const hours of [-1.5, 0, 1.5]) assert.deepEqual(left({ starts: [NOW + hours * HOUR] }), []);
});

test("a quarter begins at midnight in the Netherlands", () => {
  assert.equal(quarterOf(Date.UTC(2026, 8, 30, 21, 59)), "2026-Q3");
  assert.equal(quarterOf(Date.UTC(2026, 8, 30, 22, 0)), "2026-Q4");
  assert.equal(quarterOf(Date.UTC(2026, 11, 31, 23, 0)), "2027-Q1");
});

// --- answers ---------------------------------------------------------------------------------------------------------

const said = (hash, at, prev = null) => ({ hash, record: { at, prev } });

test("answers stand in the order in which each names the one before, whatever the clocks say", () => {
  const all = [said("c", "2026-11-20T10:00:00Z", "b"), said("a", "2026-11-22T10:00:00Z"), said("b", "2026-11-21T10:00:00Z", "a")];
  assert.deepEqual(inOrder(all).map((one) => one.hash), ["a", "b", "c"]);
});

test("answers that name nothing stand by their times", () => {
  assert.deepEqual(inOrder([said("b", "2026-11-22T10:00:01Z"), said("a", "2026-11-22T10:00:00Z")]).map((one) => one.hash), ["a", "b"]);
});

test("how long it was is said as people say it", () => {
  const lasting = (n) => minutes({ start: "2026-11-22T10:00:00Z", end: new Date(Date.UTC(2026, 10, 22, 10, 0) + n * 60_000).toISOString() });
  assert.deepEqual([1, 4, 12, 33, 58, 121].map(lasting), [1, 4, 10, 35, 60, 120]);
});

test("a talk that another record has overtaken is not sent again and again", () => {
  assert.equal(verdict("talk-stale", { tries: 0 }, NOW).facts?.state, "stuck");
  // The clocks differ, or the talk has yet to begin: that passes.
  assert.equal(verdict("talk-future", { tries: 0 }, NOW).facts?.state, undefined);
});

// --- what is kept ----------------------------------------------------------------------------------------------------

test("what is kept opens under its own name on its own phone, and nowhere else", async () => {
  const [mine, other] = await Promise.all([hmacKey(random(32)), hmacKey(random(32))]);
  const box = await sealKept(mine, "one", { says: "no" });
  assert.deepEqual(await openKept(mine, "one", box), { says: "no" });
  await assert.rejects(openKept(mine, "two", box), { code: "key-wrong" });
  await assert.rejects(openKept(other, "one", box), { code: "key-wrong" });
});

test("a yes and a no are of one size", async () => {
  const D = await hmacKey(random(32));
  const sizes = await Promise.all(["yes", "no", "unknown"].map(async (talked) => (await sealKept(D, "one", { talked })).length));
  assert.equal(new Set(sizes).size, 1);
});

// --- the log ---------------------------------------------------------------------------------------------------------

/** A small log: as few entries as show something. */
async function aLog({ id = newId(), previous = null } = {}) {
  const signer = await importSigningSeed(random(32));
  const key = b64(signer.public);
  const at = "2026-11-22T09:30:00Z";
  const org = newId();
  const node = (left, right) => sha256(Uint8Array.of(1), left, right);
  const entries = [];
  const enter = async (type, rec, sigs = []) => {
    const salt = random(32);
    const leaf = { type, about: "2026-11-22", at, c: b64(await commitment(salt, rec, sigs)) };
    entries.push({ leaf, salt: b64(salt), rec, sigs, hash: await leafHash(leafBytes(leaf)) });
    return entries.length - 1;
  };
  await enter("log-start", { t: "log-start", v: 1, org, log: id, key, previous, at });
  const tree = async (from, to) => {
    if (to - from === 1) return entries[from].hash;
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return node(await tree(from, from + half), await tree(from + half, to));
  };
  const path = async (index, from, to) => {
    if (to - from === 1) return [];
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return index < from + half
      ? [...(await path(index, from, from + half)), await tree(from + half, to)]
      : [...(await path(index, from + half, to)), await tree(from, from + half)];
  };
  const name = `kindstem/log/${id}`;
  const note = async (size = entries.length) => {
    const std = (bytes) => Buffer.from(bytes).toString("base64");
    const text = `${name}\n${size}\n${std(await tree(0, size))}\n`;
    const keyId = (await sha256(utf8(`${name}\n`), Uint8Array.of(1), signer.public)).slice(0, 4);
    return `${text}\n— ${name} ${std(Buffer.concat([keyId, await ed25519Sign(signer.privateKey, utf8(text))]))}\n`;
  };
  const receipt = async (index) => ({ index, leaf: entries[index].leaf, salt: entries[index].salt, note: await note(), proof: (await path(index, 0, entries.length)).map(b64) });
  const subproof = async (m, from, to, whole) => {
    if (m === to - from) return whole ? [] : [await tree(from, to)];
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return m <= half
      ? [...(await subproof(m, from, from + half, whole)), await tree(from + half, to)]
      : [...(await subproof(m - half, from + half, to, false)), await tree(from, from + half)];
  };
  const answer = async (since, indices, { first = false } = {}) => ({
    note: await note(),
    consistency: since ? (await subproof(since, 0, entries.length, true)).map(b64) : [],
    proofs: Object.fromEntries(await Promise.all(indices.map(async (index) => [index, (await path(index, 0, entries.length)).map(b64)]))),
    cosigned: [],
    keys: [],
    ...(first ? { start: { ...(await receipt(0)), rec: entries[0].rec, sigs: [] } } : {}),
  });
  return { id, key, enter, receipt, answer };
}

const handed = { record: { t: "answer" }, sigs: [] };
const held = async (log, index, signed = null) => ({ name: "receipt x", receipt: await log.receipt(index), signed, seen: false });

/** A log that this phone knows, with an entry of its own in it. */
async function aKnownLog() {
  const log = await aLog();
  const index = await log.enter("confirmation", handed.record, handed.sigs);
  const mine = await held(log, index, handed);
  const first = await judge(null, await log.answer(0, [index], { first: true }), [mine]);
  assert.equal(first.fault, null);
  return { log, index, mine, known: first.known };
}

test("the first time the log is taken from its first entry, and from then on it has to go on from there", async () => {
  const { log, index, mine, known } = await aKnownLog();
  assert.equal(known.log, log.id);
  await log.enter("entry", { t: "other" });
  const { fault, known: next } = await judge(known, await log.answer(known.size, [index]), [mine]);
  assert.equal(fault, null);
  assert.equal(next.size, 3);
});

test("a receipt for something else than was handed in is found", async () => {
  const { log, index, known } = await aKnownLog();
  const wrong = await held(log, index, { record: { t: "another" }, sigs: [] });
  assert.equal((await judge(known, await log.answer(known.size, [index]), [wrong])).fault, "not-included");
});

test("an answer that is no longer in the log is found, and what was known before stays known", async () => {
  const { log, index, mine, known } = await aKnownLog();
  const answer = await log.answer(known.size, [index]);
  answer.proofs = {};
  assert.deepEqual(await judge(known, answer, [mine]), { fault: "not-included", known });
});

test("a log that was made again without the answer is found, whatever it says", async () => {
  const { log, mine, known } = await aKnownLog();
  const other = await aLog({ id: log.id });
  await other.enter("entry", { t: "other" });
  await other.enter("entry", { t: "other" });
  const answer = await other.answer(known.size, [1], { first: true });
  assert.equal((await judge(known, answer, [mine])).fault, "note-signature", "under another key");
  const shorter = await judge({ ...known, size: known.size + 5 }, await log.answer(0, []), [mine]);
  assert.equal(shorter.fault, "smaller");
  const forked = await judge({ ...known, root: b64(random(32)) }, await log.answer(known.size, []), []);
  assert.equal(forked.fault, "inconsistent");
});

test("a log that was begun again is an alarm, and from then on it is held to what it says", async () => {
  const { log, mine, known } = await aKnownLog();
  const next = await aLog({ previous: { log: log.id, size: 2, root: known.root, reason: "restored" } });
  const found = await judge(known, await next.answer(0, [], { first: true }), [mine]);
  assert.equal(found.fault, "restarted");
  assert.deepEqual([found.known.log, found.known.size], [next.id, 0]);
  assert.equal((await judge(found.known, await next.answer(0, []), [])).fault, null);
});

test("what was compared once is kept to be handed in again, and not compared a second time", async () => {
  const { log, index, known } = await aKnownLog();
  const other = { ...(await held(log, index, { record: { t: "another" }, sigs: [] })), seen: true };
  assert.equal((await judge(known, await log.answer(known.size, [index]), [other])).fault, null);
});

test("an answer that nobody can read is an alarm, not a fault of this app", async () => {
  const { known } = await aKnownLog();
  for (const answer of [{}, { note: "" }, { note: 5, proofs: null }]) assert.equal((await judge(known, answer, [])).fault, "note-signature");
  assert.equal((await judge(null, {}, [])).fault, "note-signature");
});
