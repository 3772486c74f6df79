// The desk's side of talks below its pages: what waits, what a child said in kindmodus, and what the log must keep.

import assert from "node:assert/strict";
import test from "node:test";

import { fromUtf8, random, utf8 } from "../../static/bytes.js";
import { lentSealer, lock, makeKeys, openLent, sealDraft } from "../../static/desk-keys.js";
import { Outbox } from "../../static/parts/desk-outbox.js";
import { whyNot } from "../../static/parts/desk-talks.js";
import { talksIn } from "../../static/pages/desk-sample.js";
import { judge } from "../../static/parts/desk-ledger.js";

const ORG = "AAECAwQFBgcICQoLDA0ODw";
const someone = (person = "EBESExQVFhcYGRobHB0eHw") => makeKeys({ org: ORG, person, name: "Sam", role: "worker" });

test("an answer that was closed before the keys went opens for the same professional only", async () => {
  await someone();
  const { unlockDesk, sealedKeyring } = await import("../../static/desk-keys.js");
  const kek = random(32);
  const keyring = await sealedKeyring(kek);
  const close = await lentSealer();
  lock();
  const sealed = await close("answer", utf8('{"says":"yes"}'));
  assert.ok(!fromUtf8OrNothing(sealed).includes("yes"));

  await someone("ICEiIyQlJicoKSorLC0uLw");
  await assert.rejects(openLent("answer", sealed), { code: "key-wrong" });
  await unlockDesk({ org: ORG, person: "EBESExQVFhcYGRobHB0eHw", keyring, kek });
  assert.equal(fromUtf8(await openLent("answer", sealed)), '{"says":"yes"}');
  for (const at of [0, 40, sealed.length - 1]) {
    const changed = sealed.slice();
    changed[at] ^= 1;
    await assert.rejects(openLent("answer", changed), { code: "key-wrong" });
  }
});

test("without keys nothing is closed for anybody, and nothing opens", async () => {
  lock();
  await assert.rejects(lentSealer(), { code: "session-ended" });
  await assert.rejects(openLent("answer", random(80)), { code: "session-ended" });
  assert.throws(() => sealDraft("x", utf8("y")), { code: "session-ended" });
});

test("each time in kindmodus has a key of its own", async () => {
  await someone();
  const [one, two] = [await lentSealer(), await lentSealer()];
  const [a, b] = [await one("answer", utf8("a")), await two("answer", utf8("a"))];
  assert.notDeepEqual(a.slice(0, 32), b.slice(0, 32));
  assert.equal(fromUtf8(await openLent("answer", a)), "a");
  assert.equal(fromUtf8(await openLent("answer", b)), "a");
});

test("what was closed as an answer is nothing that a child said, and the other way round", async () => {
  await someone();
  const close = await lentSealer();
  for (const [one, other] of /** @type {const} */ ([["answer", "said"], ["said", "answer"]])) {
    const sealed = await close(one, utf8("a"));
    assert.equal(fromUtf8(await openLent(one, sealed)), "a");
    await assert.rejects(openLent(other, sealed), { code: "key-wrong" });
  }
});

test("why a talk counts as no 1-op-1 contact", () => {
  const talk = { kind: "face", who: "alone", planned: "planned" };
  assert.deepEqual(whyNot(talk), []);
  assert.deepEqual(whyNot({ ...talk, planned: "asked" }), []);
  assert.deepEqual(whyNot({ ...talk, kind: "video" }), [1]);
  assert.deepEqual(whyNot({ ...talk, who: "siblings" }), [2]);
  assert.deepEqual(whyNot({ kind: "phone", who: "parent", planned: "passing" }), [1, 2, 3]);
});

test("a log that shows nothing that can be checked is an alarm the first time, and changes nothing that is known", async () => {
  assert.deepEqual(await judge(null, {}, []), { fault: "note-signature", known: null });
  const known = { log: ORG, key: "A".repeat(43), size: 3, root: "A".repeat(43), note: "" };
  for (const answer of [{}, { note: 7 }, { note: "kindstem/log/x\n1\nAA==\n" }, null]) {
    const found = await judge(known, answer ?? {}, []);
    assert.equal(found.fault, "note-signature");
    assert.deepEqual(found.known, known);
  }
});

/** A server that answers each request with the next of these: a value, a refusal's code, or null for no network. */
function answers(/** @type {any[]} */ list) {
  const asked = [];
  globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ path, /** @type {any} */ { body }) => {
    const next = list.shift();
    asked.push(JSON.parse(new TextDecoder().decode(body)));
    if (next === null || next === undefined) throw new TypeError("no network");
    const refused = typeof next === "string";
    return new Response(JSON.stringify(refused ? { error: { code: next, text: "" } } : next), { status: refused ? 400 : 200 });
  });
  return asked;
}

const record = (/** @type {string} */ id) => ({ id, child: "K000-00000", what: "talk", path: "/desk/api/children/K000-00000/talks", json: { id }, entry: null });

test("what cannot be sent waits in its order, also where nothing can be stored, and goes when it can", async (t) => {
  await someone();
  const arrived = [];
  const box = new Outbox((one) => void arrived.push(one.id));
  t.after(() => box.stop());
  answers([null]);
  assert.equal(await box.put([record("a"), record("b")]), false);
  assert.deepEqual(box.waiting.map((one) => one.id), ["a", "b"]);
  assert.equal(box.kept, false, "no storage here: the page must say so");
  const asked = answers([{ receipt: {} }, "busy"]);
  await box.flush();
  assert.deepEqual(arrived, ["a"]);
  assert.deepEqual(asked.map((one) => one.id), ["a", "b"]);
  assert.deepEqual(box.waiting.map((one) => one.id), ["b"]);
  let went = 0;
  box.went = () => (went += 1);
  answers([{ receipt: {} }]);
  await box.flush(true);
  assert.deepEqual([box.waiting, went], [[], 1]);
});

test("what the server refuses for good is named and kept; a clock that runs ahead only waits", async (t) => {
  await someone();
  const box = new Outbox(() => undefined);
  t.after(() => box.stop());
  answers(["talk-future", "bad-record"]);
  assert.equal(await box.put([record("early"), record("wrong")]), false);
  assert.deepEqual(box.waiting.map((one) => [one.id, one.why]), [["early", "talk-future"]]);
  assert.deepEqual(box.refused.map((one) => [one.id, one.refused]), [["wrong", "bad-record"]]);
  await box.remove("wrong");
  assert.deepEqual(box.refused, []);
});

test("nothing is sent once the keys are gone", async (t) => {
  await someone();
  const box = new Outbox(() => undefined);
  t.after(() => box.stop());
  answers([null]);
  await box.put([record("a")]);
  lock();
  const asked = answers([{ receipt: {} }]);
  await box.flush();
  assert.deepEqual(asked, []);
  assert.equal(box.waiting.length, 1);
});

/** @param {Uint8Array} bytes */
function fromUtf8OrNothing(bytes) {
  return new TextDecoder().decode(bytes);
}

// --- a sample --------------------------------------------------------------------------------------------------------

const [ONE, TWO] = ["a".repeat(43), `${"b".repeat(42)}-`];

test("a sample is read from the inspector's file, from what the command prints, and from hashes alone", () => {
  const file = JSON.stringify([{ by: "x", index: 3, level: "A", start: "2026-11-02T09:00:00Z", subj: "y", talk: ONE }, { talk: TWO }], null, 1);
  const printed = `        3  2026-11-02T09:00:00Z  level A  child EBESExQVFhcYGRobHB0eHw  talk ${ONE}\n       9  …  talk ${TWO}\n`;
  for (const text of [file, printed, `${ONE}\n${TWO}\n${ONE}`]) assert.deepEqual(talksIn(text), [ONE, TWO]);
});

test("what holds no talk is no sample", () => {
  for (const text of ["", "[]", "{}", "talk", `talk ${ONE}x`, `"subj": "${ONE}"`, ONE.slice(1)]) assert.deepEqual(talksIn(text), []);
});
