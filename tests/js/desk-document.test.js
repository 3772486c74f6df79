// Documents put together out of opened entries: versions and forks, whether a quote is literal, what stands beside what.

import assert from "node:assert/strict";
import { test } from "node:test";

import { besideOf, kindOf, literal, papers, quotable, recordingOf, ruleLeftOut, ruleOf, stretchOf, tooLate } from "../../static/parts/desk-document.js";

const AT = "2026-11-22T09:30:00Z";
const SHARE = ["praten mag", "eerst aan mij", "niet tegen wie thuis is"];
let place = 0;

const opened = (id, kind, doc, { about = null, author = "verified", dir = kind === "perspective" ? "down" : "up" } = {}) => ({
  row: { id, dir, place: (place += 1) }, state: "open", author, meta: { kind, at: AT, about, by: "sam" }, doc, attachments: [],
});
const words = { kind: "text", text: "Het 🐕 is van mij, zei ik." };
const said = (more = {}, how = {}) => opened("said", "checkin", { answers: [], parts: [words, { kind: "voice", ms: 4000 }, { kind: "drawing" }], ...more }, how);
const quote = { kind: "text", entry: "said", part: 0, at: AT, from: 4, to: 17, text: "🐕 is van mij,", share: null };
const version = (id, first, prev, more = {}) => opened(id, "perspective", { first, prev, quotes: [], observations: [], interpretation: [], child: "?", ...more });

test("a quote is literal when its source has exactly these words there", () => {
  assert.equal(stretchOf(words.text, 4, 17), quote.text);
  assert.equal(literal(quote, said()), "literal");
  for (const wrong of [{ from: 3, to: 16 }, { text: "🐕 is van mij." }, { part: 1 }, { part: 3 }, { at: "2026-11-22T09:31:00Z" }]) {
    assert.equal(literal({ ...quote, ...wrong }, said()), "changed");
  }
  assert.equal(literal(quote, undefined), "closed");
  assert.equal(literal(quote, { ...said(), state: "damaged", meta: null }), "changed");
  assert.equal(literal(quote, said({}, { dir: "down" })), "changed");
});

test("a stretch of sound lies within its recording, and a drawing is one", () => {
  const heard = { ...quote, kind: "voice", part: 1, from: 500 };
  assert.equal(literal({ ...heard, to: 4000 }, said()), "literal");
  assert.equal(literal({ ...heard, to: 4001 }, said()), "changed");
  assert.equal(literal({ ...quote, kind: "drawing", part: 2 }, said()), "literal");
  assert.equal(literal({ ...quote, kind: "drawing", part: 1 }, said()), "changed");
});

test("what no known key signed is neither offered nor literal", () => {
  for (const author of ["unverified", "revoked"]) {
    assert.equal(literal(quote, said({}, { author })), "unverified");
    assert.deepEqual(quotable([said({}, { author })]), []);
  }
  const own = [said(), said({}, { author: "tablet" }), said({ parts: [] }), opened("x", "answer", { parts: [words] }, { dir: "down" })];
  assert.deepEqual(quotable(own), [own[1], own[0]]);
});

test("a recording is found by its place among the parts", () => {
  const [one, two] = [new Uint8Array(1), new Uint8Array(2)];
  const entry = { ...said({ parts: [{ kind: "voice" }, words, { kind: "voice" }] }), attachments: [one, two] };
  assert.deepEqual([recordingOf(entry, 0), recordingOf(entry, 2)], [one, two]);
});

test("what the child asked about its words goes along, and leaving it out is seen", () => {
  const asked = (n) => said({ answers: [{ key: "child.share", prompt: "?", options: SHARE, value: SHARE[n] }] });
  assert.deepEqual([0, 1, 2].map((n) => ruleOf(asked(n).doc)?.rule), [undefined, "ask", "not"]);
  assert.equal(ruleOf({ answers: [{ key: "child.share", prompt: "?", value: "niks" }] })?.rule, "ask");
  assert.equal(ruleLeftOut(quote, asked(0)), false);
  assert.equal(ruleLeftOut(quote, asked(2)), true);
  assert.equal(ruleLeftOut({ ...quote, share: { rule: "not", text: SHARE[2], why: "x" } }, asked(2)), false);
  assert.equal(ruleLeftOut({ ...quote, share: { rule: "ask", text: SHARE[1], why: "x" } }, asked(2)), true);
});

test("of two who wrote at once both versions are the newest, until one names both", () => {
  const all = [version("a", null, []), version("b", "a", ["a"]), version("c", "a", ["a"])];
  assert.deepEqual(papers(all)[0].heads, [all[1], all[2]]);
  const joined = version("d", "a", ["b", "c"]);
  const [paper] = papers([...all, joined]);
  assert.deepEqual([paper.first, paper.heads, paper.versions.length], ["a", [joined], 4]);
});

test("a version that nobody stands for is no document", () => {
  assert.deepEqual(papers([{ ...version("a", null, []), author: "unverified" }]), []);
});

test("documents stand apart, the one begun last first", () => {
  const all = [version("a", null, []), version("b", null, [])];
  assert.deepEqual(papers(all).map((one) => one.first), ["b", "a"]);
});

test("what the child says of a part stays beside it while it is the same, and else beside the whole", () => {
  const facts = [{ text: "een" }, { text: "twee" }];
  const before = version("a", null, [], { observations: facts, quotes: [quote] });
  const after = version("b", "a", ["a"], { observations: [facts[1]], quotes: [quote] });
  const of = (kind, n) => opened(`r ${kind} ${n}`, "reaction", { value: "Nee", part: { kind, n } }, { about: "a" });
  const whole = () => opened("r", "reaction", { value: "Nee" }, { about: "a" });
  const [paper] = papers([before, after, of("observations", 1), of("observations", 0), of("quotes", 0), of("observations", 9), of("child", 0), whole()]);
  assert.equal(paper.reactions.length, 6);
  assert.deepEqual(
    paper.reactions.map((one) => besideOf(one, after, paper)),
    [{ section: "observations", n: 0 }, null, { section: "quotes", n: 0 }, null, { section: "child", n: 0 }, null],
  );
});

test("a decision is too late when its day has come and nothing was heard before it", () => {
  const now = new Date("2026-12-04T10:00:00");
  const late = (day, ...ats) => tooLate({ day, quotes: ats.map((at) => ({ at })), talks: [] }, now);
  assert.equal(late("2026-12-05"), false);
  assert.equal(late("2026-12-03"), true);
  assert.equal(late("2026-12-03", "2026-12-03T09:00:00"), true);
  assert.equal(late("2026-12-03", "2026-12-03T09:00:00", "2026-12-02T23:00:00"), false);
  assert.equal(tooLate({ day: "2026-12-03", quotes: [], talks: [new Date("2026-11-30T12:00:00")] }, now), false);
});

test("a word of the case system that is not ours is for a person to place", () => {
  assert.deepEqual(["verlenging", "plan", "constructor", "hoorzitting"].map(kindOf), ["extension", "plan", undefined, undefined]);
});
