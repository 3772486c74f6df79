// What the desk makes of opened entries: what belongs together, what is missing, and what is known of a child's phone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { circleOf, fellowReaders, phoneOf, phoneSaid } from "../../static/parts/desk-caseload.js";
import { missingBefore, safest, threads } from "../../static/parts/desk-entry.js";

let place = 0;

/** An opened entry, with what a test says of it. */
function entry(id, more = {}, meta = {}) {
  const dir = more.dir ?? "up";
  return {
    row: { id, dir, hdr: new Uint8Array(), at: new Date(), place: (place += 1), wrap: new Uint8Array(), to: [], by: "device", opened: [] },
    state: "open",
    author: "verified",
    attachments: [],
    doc: { answers: [], parts: [] },
    ...more,
    meta: more.meta === null ? null : { v: 1, kind: "checkin", seq: 1, at: "2026-11-22T09:30:00Z", by: "device", circle: "worker", list: null, lock: "open", to: [], about: null, ...meta },
  };
}

const know = { fresh: new Set(), gaps: new Map() };
const ids = (list) => list.map((one) => one.said.row.id);

test("messages stand newest first, each with its answers and the reactions to them", () => {
  const all = [
    entry("first"),
    entry("answer", { dir: "down" }, { kind: "answer", about: "first" }),
    entry("second", {}, { seq: 2 }),
    entry("reaction", {}, { kind: "reaction", about: "answer", seq: 3 }),
    entry("receipt", { dir: "down" }, { kind: "receipt", about: "first" }),
  ];
  const shown = threads(all, know);
  assert.deepEqual(ids(shown), ["second", "first"]);
  assert.deepEqual(shown[1].answers.map((one) => one.row.id), ["answer"]);
  assert.deepEqual(shown[1].reactions.get("answer").map((one) => one.row.id), ["reaction"]);
});

test("a house is a message of its own", () => {
  assert.deepEqual(ids(threads([entry("first"), entry("house", {}, { kind: "house", seq: 2 })], know)), ["house", "first"]);
});

test("what does not open is shown in its place and never left out", () => {
  const all = [entry("first"), entry("broken", { state: "damaged", meta: null, doc: null, author: "unverified" }), entry("third", {}, { seq: 3 })];
  assert.deepEqual(ids(threads(all, know)), ["third", "broken", "first"]);
});

test("an answer about one child's message does not attach to another", () => {
  const shown = threads([entry("first"), entry("answer", { dir: "down" }, { kind: "answer", about: "elsewhere" })], know);
  assert.deepEqual(shown[0].answers, []);
});

test("a missing number is told of once everything is open, between the numbers around it", () => {
  const all = [entry("a", {}, { seq: 1 }), entry("d", {}, { seq: 4 })];
  assert.deepEqual([...missingBefore(all, 2)], [["d", { from: 1, to: 4 }]]);
  assert.deepEqual([...missingBefore(all, 4)], [], "two closed ones may be the two that seem missing");
  assert.deepEqual([...missingBefore(all, 3)], [["d", { from: 1, to: 4 }]], "one closed one cannot be two");
});

test("a missing first message counts, and another device or circle has its own numbers", () => {
  assert.deepEqual([...missingBefore([entry("b", {}, { seq: 2 })], 1)], [["b", { from: 0, to: 2 }]]);
  const apart = [entry("a", {}, { seq: 1 }), entry("b", {}, { seq: 2, circle: "confidant" }), entry("c", {}, { seq: 1, by: "other" })];
  assert.deepEqual([...missingBefore(apart, 3)].map(([id]) => id), ["b"]);
});

test("words that nobody verified close no gap and open none", () => {
  const all = [entry("a", {}, { seq: 1 }), entry("forged", { author: "unverified" }, { seq: 2 }), entry("c", {}, { seq: 3 })];
  assert.deepEqual([...missingBefore(all, 3)], []);
  assert.deepEqual([...missingBefore([...all, entry("d", {}, { seq: 9 })], 4)].map(([id]) => id), ["d"]);
});

test("of several places the least safe one counts", () => {
  const doc = { answers: [{ key: "child.safe", prompt: "…", value: [{ home: "moeder", n: 6 }, { home: "vader", n: 2 }] }] };
  assert.equal(safest(doc), 2);
  assert.equal(safest({ answers: [] }), null);
  assert.equal(safest(null), null);
});

const OPTIONS = ["Nee", "Soms", "Vaak", "Iemand weet mijn pincode", "Weet ik niet", "Zeg ik liever niet"];
const says = (value, at, more = {}) =>
  entry(`phone ${value} ${at}`, { doc: { answers: [{ key: "child.phone", prompt: "Kijkt er iemand?", options: OPTIONS, value }] }, ...more }, { at });
const kid = (card, ...opened) => ({ role: "worker", circles: {}, card, opened: new Map(opened.map((one) => [one.row.id, one])) });
const card = (phone, at) => ({ name: "Noor", age: 15, phone, level: "12", at });

test("the child's own words say whether somebody looks in its phone, in whatever language they were shown", () => {
  assert.equal(phoneSaid(says("Vaak", "2026-11-22T09:30:00Z").doc), "often");
  assert.equal(phoneSaid({ answers: [{ key: "child.phone", prompt: "…", options: ["No", "Sometimes"], value: "Sometimes" }] }), "sometimes");
  assert.equal(phoneSaid({ answers: [] }), null);
  assert.equal(phoneSaid({ answers: [{ key: "child.phone", prompt: "…", options: OPTIONS, value: "iets anders" }] }), null);
});

test("a phone that is looked at stays so until a reader says otherwise: whoever holds it can say no", () => {
  assert.deepEqual(phoneOf(kid(card("unknown", "2026-11-01T09:00:00Z"), says("Soms", "2026-11-02T09:00:00Z"))), { phone: "sometimes", watched: true });
  assert.equal(phoneOf(kid(card("unknown", "2026-11-03T09:00:00Z"), says("Soms", "2026-11-02T09:00:00Z"))).watched, true);
  assert.equal(phoneOf(kid(card("unsaid", "2026-11-03T09:00:00Z"), says("Soms", "2026-11-02T09:00:00Z"))).watched, true);
  assert.equal(phoneOf(kid(card("often", "2026-11-01T09:00:00Z"), says("Nee", "2026-11-02T09:00:00Z"))).watched, true);
  assert.equal(phoneOf(kid(card("no", "2026-11-03T09:00:00Z"), says("Vaak", "2026-11-02T09:00:00Z"))).watched, false);
  assert.equal(phoneOf(kid(card("no", "2026-11-03T09:00:00Z"), says("Iemand weet mijn pincode", "2026-11-04T09:00:00Z"))).watched, true);
  assert.equal(phoneOf(kid(null)).watched, false);
});

test("what an unverified author says of the phone changes nothing", () => {
  assert.equal(phoneOf(kid(card("no", "2026-11-01T09:00:00Z"), says("Vaak", "2026-11-02T09:00:00Z", { author: "unverified" }))).watched, false);
});

test("everyone sees who reads with them in their own circle", () => {
  const reader = (person, name) => ({ person, name });
  const circles = { worker: { record: { readers: [reader("1", "Sam"), reader("2", "Vera")] } }, confidant: { record: { readers: [reader("3", "Jo")] } } };
  const session = (id) => ({ person: { id } });
  assert.deepEqual(fellowReaders({ role: "worker", circles }, session("1")), ["Vera"]);
  assert.deepEqual(fellowReaders({ role: "confidant", circles }, session("3")), []);
  assert.equal(circleOf({ role: "second" }), "worker");
});
