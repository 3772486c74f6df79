// The byte formats in JavaScript, with values nobody thought of.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import canonicalize from "canonicalize";

import { b64, compare, concat, equal, fromUtf8, hex, newId, random, readU32, u32, unb64, utf8 } from "../../static/bytes.js";
import { open, opener } from "../../static/crypto/seal.js";
import { KindstemError } from "../../static/errors.js";
import * as wire from "../../static/wire.js";

/** The same numbers in every run, so that a failure can be looked at again. */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0;
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) % below;
  };
}

const PIECES = ["", "a", "Z", "\n", '"', "\\", "\u0000", "\u001f", "\u007f", "é", "€", "\u2028", "דּ", "😀", "\ufffd", "__proto__", "toJSON"];

function anyText(roll) {
  return Array.from({ length: roll(4) }, () => PIECES[roll(PIECES.length)]).join("");
}

function anyValue(roll, depth = 0) {
  const kind = roll(depth > 4 ? 4 : 6);
  if (kind === 0) return null;
  if (kind === 1) return roll(2) === 1;
  if (kind === 2) return (roll(2) ? 1 : -1) * (roll(1000) * roll(2 ** 31) || 1);
  if (kind === 3) return anyText(roll);
  if (kind === 4) return Array.from({ length: roll(4) }, () => anyValue(roll, depth + 1));
  const fields = Array.from({ length: roll(5) }, () => [anyText(roll), anyValue(roll, depth + 1)]);
  return Object.fromEntries(fields);
}

const refused = (code) => (error) => error instanceof KindstemError && error.code === code;

test("our serialiser writes what the npm package canonicalize writes", () => {
  const roll = dice(20261122);
  for (let i = 0; i < 3000; i++) {
    const value = anyValue(roll);
    const ours = fromUtf8(wire.canonical(value));
    assert.equal(ours, canonicalize(value));
    assert.deepEqual(wire.parseCanonical(utf8(ours)), value);
  }
});

test("other types than the restricted ones are refused", () => {
  const values = [1.5, NaN, Infinity, -0, 2 ** 53, undefined, 1n, Symbol("a"), () => 1, new Date(0), new Map(), "\ud800", { "\udfff": 1 }, new Uint8Array(1), Object.create({ a: 1 })];
  for (const value of values) {
    assert.throws(() => wire.canonical(value), refused("bad-record"));
    assert.throws(() => wire.canonical({ a: [value] }), refused("bad-record"));
  }
  assert.throws(() => wire.canonical([, 1]), refused("bad-record"));
});

test("b64 has one text for each value", () => {
  const roll = dice(7);
  for (let i = 0; i < 300; i++) {
    const bytes = random(roll(70));
    assert.ok(equal(unb64(b64(bytes)), bytes));
  }
  for (const text of ["A", "AB==", "AB", "AAB", "A B", "AA+A", "AA/A", "AAAA\n", null, 5]) {
    assert.throws(() => unb64(text), refused("bad-text"));
  }
  const large = new Uint8Array(100_000).fill(255);
  assert.ok(equal(unb64(b64(large)), large));
});

test("bytes: order, equality, numbers", () => {
  assert.ok(compare(utf8("a"), utf8("b")) < 0 && compare(utf8("b"), utf8("a")) > 0 && compare(utf8("a"), utf8("a")) === 0);
  assert.ok(compare(utf8("a"), utf8("aa")) < 0);
  assert.ok(!equal(utf8("a"), utf8("aa")) && !equal(utf8("a"), utf8("b")) && equal(utf8(""), utf8("")));
  assert.equal(readU32(u32(0xfffffffe)), 0xfffffffe);
  assert.equal(hex(concat(u32(258), utf8("A"))), "0000010241");
  assert.equal(unb64(newId()).length, 16);
  assert.throws(() => fromUtf8(Uint8Array.of(0xff)), refused("bad-text"));
  assert.equal(fromUtf8(utf8("\ufeffa")), "\ufeffa", "a byte order mark is content");
});

test("an inner part comes back, padded", () => {
  const roll = dice(11);
  for (let i = 0; i < 60; i++) {
    const inner = { meta: random(roll(300)), payload: random(roll(9000)), sigDevice: random(64), sigUnlock: new Uint8Array(64) };
    const bytes = wire.encodeInner(inner);
    const back = wire.parseInner(bytes);
    for (const part of Object.keys(inner)) assert.ok(equal(back[part], inner[part]));
    assert.equal(Math.log2(bytes.length + 48) % 1, 0);
  }
  for (const size of [0, 3, 4, 200, 4048, 4049]) {
    assert.throws(() => wire.parseInner(new Uint8Array(size).fill(255)), refused("bad-envelope"));
  }
});

const vectors = JSON.parse(readFileSync(new URL("../vectors/envelopes.json", import.meta.url), "utf8"));
const alone = unb64(vectors.cases.find((one) => one.name === "for the child alone").file);
const authors = new Map(Object.entries(vectors.authors).map(([by, author]) => [by, { ...author, revoked: null }]));
const noor = await opener(unb64(vectors.seeds.Noor));

/** The child's own key, which unwraps one wrap only once: a bit turned in the body leaves it as it was. */
const known = new Map();
const remembering = {
  ...noor,
  open: async (sealed, info) => {
    const key = b64(sealed) + b64(info);
    if (!known.has(key)) {
      const opened = await noor.open(sealed, info);
      known.set(key, opened);
    }
    return known.get(key).slice();
  },
};

async function accepted(file, expect) {
  try {
    const { hdrBytes, wraps, body } = wire.parseEnvelope(file);
    const wrap = wraps.find((one) => equal(one.keyId, noor.keyId))?.sealed ?? null;
    const to = wraps.map((one) => b64(one.keyId));
    const opened = await open({ hdr: hdrBytes, wrap, to, body, expect, opener: remembering, authors });
    return opened?.author === "verified";
  } catch (error) {
    if (!(error instanceof KindstemError)) throw error;
    return false;
  }
}

test("every truncation of an envelope is rejected", async () => {
  const { hdr } = wire.parseEnvelope(alone);
  assert.ok(await accepted(alone, hdr));
  for (let length = 0; length < alone.length; length++) assert.ok(!(await accepted(alone.slice(0, length), hdr)), String(length));
  assert.ok(!(await accepted(concat(alone, new Uint8Array(1)), hdr)));
});

test("every turned bit of an envelope is rejected", async () => {
  const { hdr, wraps } = wire.parseEnvelope(alone);
  const turned = alone.slice();
  for (let at = 0; at < turned.length; at++) {
    // Every bit of what we parse. Of what the library and the browser check, the wrap and the ciphertext, one of each
    // byte: a minute less, and Python turns them all.
    const ours = at < wraps[0].sealed.byteOffset || (at >= alone.length - 4096 && at < alone.length - 4096 + 32);
    for (let bit = ours ? 0 : at % 8; bit < (ours ? 8 : (at % 8) + 1); bit++) {
      turned[at] ^= 1 << bit;
      assert.ok(!(await accepted(turned, hdr)), `byte ${at}, bit ${bit}`);
      turned[at] ^= 1 << bit;
    }
  }
});

test("what cannot be read is not written", () => {
  const whole = wire.parseEnvelope(alone);
  const changes = [
    { wraps: [] },
    { wraps: [{ keyId: new Uint8Array(31), sealed: new Uint8Array(1169) }] },
    { wraps: [whole.wraps[0], whole.wraps[0]] },
    { body: whole.body.subarray(1) },
    { hdr: { ...whole.hdr, id: "x" } },
  ];
  for (const change of changes) assert.throws(() => wire.encodeEnvelope({ ...whole, ...change }), refused("bad-envelope"));
});

test("recordings must stand in the order of their parts", () => {
  const voice = { kind: "voice", prompt: "?", type: "audio/webm", ms: 1, bytes: 7 };
  const doc = { v: 1, level: "12", lang: "nl", answers: [], parts: [voice, { ...voice, bytes: 3 }] };
  const sounds = [random(7), random(3)];
  const back = wire.parsePayload("checkin", wire.encodePayload("checkin", doc, sounds));
  assert.ok(back.attachments.every((one, i) => equal(one, sounds[i])));
  assert.throws(() => wire.encodePayload("checkin", doc, [...sounds].reverse()), refused("bad-envelope"));
});

test("times are written to the second, in UTC", () => {
  assert.equal(wire.timeText(new Date("2026-07-01T01:00:59.999+02:00")), "2026-06-30T23:00:59Z");
});

test("errors never repeat what was sent", () => {
  for (const value of [{ t: "person", v: 1, "secret words": 1 }, { t: "secret words" }, ["secret words"]]) {
    assert.throws(() => wire.parseRecord(value, "person"), (error) => !JSON.stringify([error.message, error.facts]).includes("secret"));
  }
});
