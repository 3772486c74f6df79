// That a quote is literal: the vectors that tests/test_said.py reads too, and what only a browser does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { b64, unb64 } from "../../static/bytes.js";
import { importSigningSeed } from "../../static/crypto/keys.js";
import { inclusionOf, leafNow, rootFrom, rootOver } from "../../static/crypto/tree.js";
import { KindstemError } from "../../static/errors.js";
import * as said from "../../static/said.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/said.json", import.meta.url), "utf8"));
assert.deepEqual(Object.keys(vectors).sort(), ["about", "checks", "lengths", "proofs", "records", "words"]);

/** One test for each case, which has exactly these fields, and perhaps the others. */
function each(about, found, needs, may, check) {
  assert.ok(found.length > 0);
  for (const one of found) {
    const fields = Object.keys(one);
    assert.ok(needs.every((field) => fields.includes(field)) && fields.every((field) => [...needs, ...may].includes(field)), `${about}: ${fields}`);
    test(`${about}: ${one.name}`, () => check(one));
  }
}

/** "ok" and what came out, or the code of the refusal. */
async function outcome(work) {
  try {
    return ["ok", await work()];
  } catch (error) {
    if (!(error instanceof KindstemError)) throw error;
    return [error.code, undefined];
  }
}

each("a text in words", vectors.words, ["name", "text", "words"], [], (one) => {
  assert.deepEqual(said.words(one.text).map(({ at, text }) => [at, text]), one.words);
});

each("what is too long to be signed", vectors.lengths, ["name", "doc", "texts", "long"], [], (one) => {
  const parts = one.texts.map(([text, n]) => ({ kind: "text", prompt: "?", text: text.repeat(n) }));
  assert.equal(said.tooLong({ ...one.doc, parts }), one.long);
});

each("the record over an entry", vectors.records, ["name", "place", "doc", "attachments", "seed", "record"], [], async (one) => {
  assert.deepEqual(await said.saidRecord(one.place, one.doc, one.attachments.map(unb64), unb64(one.seed)), one.record);
});

each("what is signed and its entry", vectors.checks, ["name", "doc", "place", "attachments", "key", "fits"], [], async (one) => {
  assert.equal(await said.check(one.doc, one.doc.said, [one.key], one.place, one.attachments.map(unb64)), one.fits);
});

each("a proof", vectors.proofs, ["name", "proof", "key", "outcome"], ["text", "whole"], async (one) => {
  assert.ok(["ok", "bad-record", "bad-signature", "quote-altered"].includes(one.outcome));
  const [found, shown] = await outcome(() => said.verifyProof(one.proof, one.key));
  assert.equal(found, one.outcome);
  if (found !== "ok") return;
  assert.equal(shown.whole, one.whole);
  assert.equal(await said.verifyQuote(one.proof, one.key), one.text);
});

// --- what only a browser does ----------------------------------------------------------------------------------------

const place = { org: b64(new Uint8Array(16)), child: "K7Q2-M9XWB", entry: b64(new Uint8Array(16)), kind: "checkin", about: null, at: "2026-11-22T09:30:00Z", way: "phone" };
const textDoc = (text) => ({ v: 1, level: "12", lang: "nl", answers: [], parts: [{ kind: "text", prompt: "Wat wil jij vertellen?", text }] });

test("what is signed here fits, is drawn anew each time, and proves the same proofs as in Python", async () => {
  const signer = await importSigningSeed(new Uint8Array(32).fill(7));
  const key = b64(signer.public);
  const [doc, again] = await Promise.all([1, 2].map(() => said.withSaid(place, textDoc("Ik wil naar oma 🌱, echt."), [], [signer, null])));
  assert.ok(await said.check(doc, doc.said, [key], place));
  assert.notEqual(doc.said.seed, again.said.seed);
  assert.notEqual(doc.said.signed.record.root, again.said.signed.record.root);
  assert.ok(!(await said.check({ ...doc, said: again.said }, { ...doc.said, signed: again.said.signed }, [key], place)));
  const proof = await said.prove(doc, doc.said, [{ part: 0, from: 16, to: 19 }]);
  assert.equal(await said.verifyQuote(proof, key), "🌱, ");
  assert.ok(!JSON.stringify(proof).includes(doc.said.seed));
});

test("proofs made here from the entries of the vectors are those made in Python", async () => {
  const { doc, attachments } = vectors.checks[0];
  const made = vectors.proofs.filter((one) => one.outcome === "ok" && !one.name.startsWith("a reaction"));
  assert.ok(made.length > 5);
  for (const { name, proof } of made) {
    const ranges = proof.quotes.map(({ text: _t, leaves: _l, path: _p, ...range }) => range);
    if (name === "everything") assert.deepEqual(said.everything(doc), ranges);
    assert.deepEqual(await said.prove(doc, doc.said, ranges, attachments.map(unb64)), proof, name);
  }
});

test("an entry in which nothing was said stays as it is", async () => {
  const bare = { v: 1 };
  assert.equal(await said.withSaid({ ...place, kind: "flag" }, bare, [], []), bare);
});

test("what is too long is sealed as it is, and proves nothing", async () => {
  const signer = await importSigningSeed(new Uint8Array(32).fill(7));
  const doc = textDoc("a ".repeat(said.MOST_PIECES));
  assert.equal(await said.withSaid(place, doc, [], [signer]), doc);
  const { said: other } = await said.withSaid(place, textDoc("a "), [], [signer]);
  assert.ok(!(await said.check({ ...doc, said: other }, other, [b64(signer.public)], place)));
  await assert.rejects(said.prove({ ...doc, said: other }, other, [{ part: 0, from: 0, to: 1 }]), { code: "quote-altered" });
});

test("a range that is not in the entry is refused", async () => {
  const signer = await importSigningSeed(new Uint8Array(32).fill(7));
  const doc = await said.withSaid(place, textDoc("ja hoor"), [], [signer]);
  for (const range of [{ part: 0, from: 0, to: 8 }, { part: 0, from: 3, to: 3 }, { part: 1 }, { answer: 0 }]) {
    await assert.rejects(said.prove(doc, doc.said, [range]), { code: "quote-altered" });
  }
});

test("a tree of any size proves any of its leaves, and no other", () => {
  for (let size = 1; size <= 20; size++) {
    const leaves = Array.from({ length: size }, (_, i) => leafNow(Uint8Array.of(i)));
    const root = b64(rootOver(leaves));
    for (let mask = 1; mask < 2 ** Math.min(size, 6); mask++) {
      const indices = leaves.flatMap((_, i) => ((mask >> i % 6) & 1 ? [i] : []));
      const proof = inclusionOf(indices, leaves);
      const shown = new Map(indices.map((i) => [i, leaves[i]]));
      assert.equal(b64(rootFrom(shown, size, proof)), root);
      const wrong = new Map(shown).set(indices[0], leafNow(Uint8Array.of(99)));
      assert.notEqual(b64(rootFrom(wrong, size, proof)), root);
      assert.equal(rootFrom(shown, size, [...proof, leaves[0]]), null);
    }
  }
});
