// Records of talks, the codes in the room and what chains come to: tests/vectors/talks.json, which tests/test_talks.py
// reads as well. An unknown field or outcome fails the run.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { b64, equal, random, unb64 } from "../../static/bytes.js";
import { importSigningSeed } from "../../static/crypto/keys.js";
import { KindstemError } from "../../static/errors.js";
import * as talks from "../../static/talks.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/talks.json", import.meta.url), "utf8"));
assert.deepEqual(Object.keys(vectors).sort(), ["about", "chains", "device", "first", "keys", "records", "requests", "second", "short", "talk"]);

/** One test for each case of a part, which has these fields. */
function each(part, needs, may, check) {
  for (const one of vectors[part]) {
    for (const field of needs.split(" ")) assert.ok(field in one, `${part}: ${field} is missing`);
    for (const field of Object.keys(one)) assert.ok(`${needs} ${may}`.split(" ").includes(field), `${part}: unknown field ${field}`);
    assert.ok([undefined, "ok", "bad-record"].includes(one.outcome), `unknown outcome ${one.outcome}`);
    test(`${part}: ${one.name ?? JSON.stringify(one.typed)}`, () => check(one));
  }
}

/** "ok" and what came out, or the code of the refusal. */
function outcome(work) {
  try {
    return ["ok", work()];
  } catch (error) {
    if (!(error instanceof KindstemError)) throw error;
    return [error.code, undefined];
  }
}

each("records", "name record outcome", "hash log", async (one) => {
  const [found, record] = outcome(() => talks.parseTalkRecord(one.record));
  assert.equal(found, one.outcome);
  if (found === "ok") assert.equal(await talks.hashOf(record), one.hash);
});

each("first", "name code outcome", "signed", (one) => {
  const [found, signed] = outcome(() => talks.parseTalk(unb64(one.code)));
  assert.equal(found, one.outcome);
  if (found !== "ok") return;
  assert.deepEqual(signed, one.signed);
  assert.ok(equal(talks.encodeTalk(signed), unb64(one.code)));
});

each("second", "name code outcome", "signed", async (one) => {
  const hash = await talks.hashOf(vectors.talk);
  const [found, signed] = outcome(() => talks.parseAnswer(unb64(one.code), vectors.talk, hash, vectors.keys));
  assert.equal(found, one.outcome);
  if (found !== "ok") return;
  assert.deepEqual(signed, one.signed);
  assert.ok(equal(talks.encodeAnswer(signed, vectors.keys), unb64(one.code)));
  assert.ok(await talks.signedByDevice(signed, vectors.device));
});

each("short", "typed outcome", "code lookup talk proof", async (one) => {
  const [found, code] = outcome(() => talks.shortCode(one.typed));
  assert.equal(found, one.outcome);
  if (found !== "ok") return;
  assert.equal(new TextDecoder().decode(code), one.code);
  assert.equal(await talks.codeLookup(code), one.lookup);
  assert.equal(await talks.codeProof(code, one.talk), one.proof);
});

each("chains", "name links devices chains alone", "", (one) => {
  const { chains, alone } = talks.chainsOf(one.links);
  const found = chains.map((chain) => ({
    first: chain.first.hash,
    counted: chain.counted.map(({ hash }) => hash),
    aside: chain.aside.map(({ hash }) => hash),
    ...talks.levelOf(chain, one.devices),
  }));
  assert.deepEqual(found, one.chains);
  assert.deepEqual(alone.map(({ hash }) => hash), one.alone);
});

each("requests", "name links devices requests alone", "", (one) => {
  const { requests, alone } = talks.requestsOf(one.links);
  const held = talks.chainsOf(one.links).chains.map((chain) => ({ chain, verdict: talks.levelOf(chain, one.devices) }));
  const found = requests.map((asked) => ({
    request: asked.request.hash,
    ends: asked.ends.map((end) => end.hash),
    closed: talks.closedBy(asked, held, one.devices, ["Jo"])?.hash ?? null,
  }));
  assert.deepEqual(found, one.requests);
  assert.deepEqual(alone.map((link) => link.hash), one.alone);
});

test("key ids come from the public keys", async () => {
  assert.deepEqual(await talks.deviceKeys(vectors.device), vectors.keys);
});

const AT = "2026-11-22T09:30:00Z";
const [org, subj, by] = ["A", "B", "C"].map((letter) => `${letter.repeat(21)}A`);

test("a talk, its code, an answer, its code: made, handed over and counted as level A", async () => {
  const [sam, device, unlock] = await Promise.all([1, 2, 3].map((n) => importSigningSeed(new Uint8Array(32).fill(n))));
  const child = { signing: b64(device.public), unlock: b64(unlock.public) };
  const keys = await talks.deviceKeys(child);
  const talk = await talks.makeTalk(
    {
      org, log: by, subj, child: keys.signing, pro: sam.id, by, kind: "face", who: "alone", interpreter: false, planned: "planned",
      place: "school", start: "2026-11-22T08:30:00Z", end: "2026-11-22T09:00:00Z", plan: null, nb: { size: 0, root: talks.EMPTY_ROOT },
      release: "0.1.0",
    },
    sam,
  );
  const shown = talks.codeIn(talks.talkCode("https://kindstem.example", talk));
  assert.equal(shown?.kind, "talk");
  const seen = talks.parseTalk(shown.bytes);
  assert.deepEqual(seen, talk);
  assert.ok(await talks.signedBy(seen, b64(sam.public)));
  assert.ok(!(await talks.signedBy(seen, b64(device.public))));

  const hash = await talks.hashOf(seen.record);
  const says = { talked: /** @type {const} */ ("yes"), alone: /** @type {const} */ ("yes") };
  const answer = await talks.makeAnswer({ org, subj, talk: hash, way: "room", says, why: null, prev: null, at: AT }, device, unlock);
  const back = talks.codeIn(talks.answerCode("https://kindstem.example", answer, keys));
  assert.equal(back?.kind, "answer");
  const told = talks.parseAnswer(back.bytes, talk.record, hash, keys);
  assert.deepEqual(told, answer);
  assert.ok(await talks.signedByDevice(told, child));
  const met = await talks.makeMet({ org, subj, pro: sam.id, by, talk: hash, answer: await talks.hashOf(told.record), at: AT }, sam);
  const links = await Promise.all([talk, answer, met].map((one, index) => talks.linkOf(one, index)));
  const { chains } = talks.chainsOf(links);
  const verdict = talks.levelOf(chains[0], [{ ...keys, since: "2026-01-01T00:00:00Z" }]);
  assert.deepEqual([verdict.level, verdict.unlocked, verdict.realised], ["A", true, true]);
});

test("an answer with a signature of somebody else is not the device's", async () => {
  const [device, other] = await Promise.all([2, 4].map((n) => importSigningSeed(new Uint8Array(32).fill(n))));
  const child = { signing: b64(device.public), unlock: b64(device.public) };
  const says = { talked: /** @type {const} */ ("no"), alone: /** @type {const} */ ("unknown") };
  const given = { org, subj, talk: b64(random(32)), way: /** @type {const} */ ("later"), says, why: null, prev: null, at: AT };
  assert.ok(await talks.signedByDevice(await talks.makeAnswer(given, device), child));
  assert.ok(!(await talks.signedByDevice(await talks.makeAnswer(given, other), child)));
  assert.ok(!(await talks.signedByDevice(await talks.makeAnswer(given, device, other), child)));
});

test("what is made is checked before it is signed", async () => {
  const sam = await importSigningSeed(new Uint8Array(32).fill(1));
  const given = { org, subj, pro: sam.id, by, plan: null, start: AT, at: AT };
  await assert.rejects(talks.makeNotHeld({ ...given, reason: /** @type {any} */ ("moeder was boos") }, sam), { code: "bad-record" });
});

test("other texts hold no code of a talk", () => {
  for (const text of ["", "https://kindstem.example/#e1.AAAA", "#t2.AAAA", "#t1.", "#t1.A A", "t1.AAA*", "#a1.AAAAA"]) {
    assert.equal(talks.codeIn(text), null, text);
  }
  assert.equal(talks.codeIn("#t1.AAAA")?.kind, "talk");
});

test("a new short code can be typed", () => {
  for (let n = 0; n < 50; n++) assert.equal(talks.shortCode(talks.newShortCode()).length, 8);
});
