// The log as an app checks it, with the vectors that Python reads too (tests/test_log_vectors.py).

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { b64, unb64 } from "../../static/bytes.js";
import * as log from "../../static/crypto/log.js";
import { KindstemError } from "../../static/errors.js";

const FIELDS = "about answers checkpoints commitments consistency inclusion leaves receipts roots starts";
const found = JSON.parse(await readFile(new URL("../vectors/log.json", import.meta.url), "utf8"));
assert.equal(Object.keys(found).sort().join(" "), FIELDS);

/**
 * @param {string} what @param {any[]} cases @param {{needs: string, may?: string, outcomes: string}} form
 * @param {(one: any) => Promise<void>} check
 */
function each(what, cases, { needs, may = "", outcomes }, check) {
  assert.ok(cases.length);
  for (const [n, one] of cases.entries())
    test(`${what}: ${one.name ?? n}, ${one.outcome}`, async () => {
      const known = new Set([...needs.split(" "), ...may.split(" ")]);
      assert.ok(needs.split(" ").every((field) => field in one) && Object.keys(one).every((field) => known.has(field)));
      assert.ok(outcomes.split(" ").includes(one.outcome));
      await check(one);
    });
}

/** @param {() => any} work */
function outcome(work) {
  try {
    return ["ok", work()];
  } catch (error) {
    assert.ok(error instanceof KindstemError, String(error));
    return [error.code, undefined];
  }
}

each("leaf", found.leaves, { needs: "name leaf outcome", may: "bytes hash", outcomes: "ok bad-record" }, async (one) => {
  const [code, bytes] = outcome(() => log.leafBytes(one.leaf));
  assert.equal(code, one.outcome);
  if (!bytes) return;
  assert.equal(new TextDecoder().decode(bytes), one.bytes);
  assert.equal(b64(await log.leafHash(bytes)), one.hash);
});

for (const one of found.commitments)
  test(`commitment: ${one.name}`, async () => assert.equal(b64(await log.commitment(unb64(one.salt), one.rec, one.sigs)), one.c));

each("inclusion", found.inclusion, { needs: "leaf index size proof root outcome", outcomes: "ok no" }, async (one) => {
  const held = await log.verifyInclusion(unb64(one.leaf), one.index, one.size, one.proof.map(unb64), unb64(one.root));
  assert.equal(held ? "ok" : "no", one.outcome);
});

each("consistency", found.consistency, { needs: "old new rootOld rootNew proof outcome", outcomes: "ok no" }, async (one) => {
  const held = await log.verifyConsistency(one.old, one.new, unb64(one.rootOld), unb64(one.rootNew), one.proof.map(unb64));
  assert.equal(held ? "ok" : "no", one.outcome);
});

test("sizes beyond 32 bits are not cut", async () => {
  const leaf = unb64(found.inclusion[0].leaf);
  assert.equal(await log.verifyInclusion(leaf, 2 ** 32, 2 ** 32 + 1, [], leaf), false);
  assert.equal(await log.verifyInclusion(leaf, 0, 2 ** 32 + 1, [], leaf), false);
});

each("checkpoint", found.checkpoints, { needs: "name note key outcome", outcomes: "ok no bad-record" }, async (one) => {
  const [code, checkpoint] = outcome(() => log.parseCheckpoint(one.note));
  if (!checkpoint) assert.equal(code, one.outcome);
  else assert.equal((await log.signedBy(checkpoint, unb64(one.key))) ? "ok" : "no", one.outcome);
});

each("receipt", found.receipts, { needs: "name receipt signed known outcome", outcomes: "ok not-included note-signature" }, async (one) => {
  assert.equal((await log.checkReceipt(one.receipt, one.signed, one.known)) ?? "ok", one.outcome);
});

const FAULTS = "ok smaller inconsistent note-signature not-included restarted";
each("answer", found.answers, { needs: "name known answer receipts outcome", may: "index", outcomes: FAULTS }, async (one) => {
  const { fault, index, known } = await log.checkAnswer(one.known, one.answer, one.receipts);
  assert.equal(fault ?? "ok", one.outcome);
  assert.equal(index, one.index);
  if (fault) return assert.deepEqual(known, one.known);
  const checkpoint = log.parseCheckpoint(one.answer.note);
  assert.deepEqual([known.size, known.root, known.note], [checkpoint.size, b64(checkpoint.root), one.answer.note]);
  assert.ok(await log.signedBy(checkpoint, unb64(known.key)));
});

each("start", found.starts, { needs: "name start keys outcome", may: "key", outcomes: "ok no" }, async (one) => {
  const start = await log.checkStart(one.start, one.keys);
  assert.equal(start ? "ok" : "no", one.outcome);
  if (start) assert.equal(start.key, one.key);
});

test("an answer that is none at all raises the alarm and breaks nothing", async () => {
  const { known } = found.answers[1];
  for (const answer of [{}, { note: 1 }, { note: found.answers[2].answer.note }, { ...found.answers[2].answer, keys: [{}] }]) {
    const { fault } = await log.checkAnswer(known, answer, []);
    assert.ok(["note-signature", "inconsistent"].includes(String(fault)));
  }
});
