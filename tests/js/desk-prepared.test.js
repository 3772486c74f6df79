// What prepares a talk, picked out of opened entries: since when, what is open, what was asked of the words, how to begin.

import assert from "node:assert/strict";
import { test } from "node:test";

import { scoresOf } from "../../static/parts/desk-kid.js";
import { askedOfWords, cut, lastAlone, length, openers, openPromises, whereAndWhen } from "../../static/parts/desk-prepared.js";
import { load } from "../../static/parts/words.js";
import { datesFor } from "../../static/talks.js";

await load("nl", "work");

const WANT = ["niets", "erover praten", "iets veranderen", "een antwoord", "weet niet"];
const SHARE = ["praten mag", "eerst aan mij", "niet tegen wie thuis is"];
const REACT = ["Ja", "Nee", "Een deel"];
const given = (key, options, place) => ({ key, prompt: "?", options, value: options[place] });

/** A thread of one message of the child, with its answers and reactions. */
function thread(answers = [], { replies = [], author = "verified", at = "2026-11-22T09:30:00Z" } = {}) {
  const said = { row: { id: at, dir: "up", at: new Date(at) }, state: "open", author, meta: { at }, doc: { answers, parts: [] }, attachments: [] };
  const reactions = new Map();
  const all = replies.map(({ outcome, by = "verified", reaction }, n) => {
    const id = `answer ${n}`;
    if (reaction !== undefined) reactions.set(id, [{ author: "verified", doc: { options: REACT, value: REACT[reaction] } }]);
    return { row: { id }, state: "open", author: by, meta: { by: "sam" }, doc: { outcome, parts: [] } };
  });
  return { said, answers: all, reactions, gap: null, fresh: false };
}

const why = (...of) => openPromises(of).map((one) => one.why);
const wants = (place) => [given("child.want", WANT, place)];

test("the last talk alone is the newest that is realised, whoever held it", () => {
  const talk = (begin, realised) => ({ begin: new Date(begin), verdict: { realised } });
  const all = [talk("2026-10-01", true), talk("2026-11-10", false), talk("2026-11-01", true)];
  assert.equal(lastAlone(all), all[2]);
  assert.equal(lastAlone([all[1]]), null);
});

test("what the child asks for stays open until there is an outcome", () => {
  for (const place of [1, 2, 3]) assert.deepEqual(why(thread(wants(place))), ["asked"]);
  for (const place of [0, 4]) assert.deepEqual(why(thread(wants(place))), []);
  assert.deepEqual(why(thread(wants(2), { replies: [{ outcome: "message" }] })), ["answered"]);
  assert.deepEqual(why(thread(wants(2), { replies: [{ outcome: "open" }] })), ["answered"]);
  for (const outcome of ["discussed", "done", "not_done"]) assert.deepEqual(why(thread(wants(2), { replies: [{ outcome: "message" }, { outcome }] })), []);
});

test("an outcome that the child says is not so is open again, and one that nobody stands for is none", () => {
  assert.deepEqual(why(thread([], { replies: [{ outcome: "done", reaction: 0 }] })), []);
  for (const reaction of [1, 2]) assert.deepEqual(why(thread([], { replies: [{ outcome: "done", reaction }] })), ["contradicted"]);
  assert.deepEqual(why(thread(wants(3), { replies: [{ outcome: "done", by: "unverified" }] })), ["asked"]);
  assert.deepEqual(why(thread(wants(3), { author: "unverified" })), []);
});

test("each wish of a message has an outcome of its own, and one about the whole stands for all before it", () => {
  const first = { n: 0, from: 0, to: 11 };
  const second = { n: 0, from: 12, to: 24 };
  const said = (...replies) => {
    const found = thread([], { replies });
    found.said.doc.parts = [{ kind: "text", prompt: "?", text: "naar opa en een slot op" }];
    found.answers.forEach((one, n) => {
      if (replies[n].part) one.doc.part = replies[n].part;
    });
    return openPromises([found]).map((one) => [one.why, one.wish]);
  };
  const done = { outcome: "done", part: first };
  assert.deepEqual(said(done, { outcome: "open", part: { n: 0, from: 12, to: 20 } }), [["answered", "een slot"]]);
  assert.deepEqual(said(done, { outcome: "open", part: { n: 0, from: 12, to: 20 } }, { outcome: "done", part: { n: 0, from: 12, to: 20 } }), []);
  assert.deepEqual(said({ outcome: "open", part: first }, { outcome: "discussed" }), []);
  assert.deepEqual(said({ outcome: "discussed" }, { outcome: "open", part: first }), [["answered", "naar opa en"]]);
  assert.deepEqual(said(done, { outcome: "done", part: second, reaction: 1 }), [["contradicted", ""]]);
});

test("what may not be done with words comes first, whoever wrote it and in whatever words", () => {
  const own = { key: "child.share", prompt: "?", value: "niks ermee doen" };
  const all = [thread([given("child.share", SHARE, 0)]), thread([given("child.share", SHARE, 2)], { author: "unverified" }), thread([own]), thread([given("child.share", SHARE, 2)])];
  assert.deepEqual(
    askedOfWords(all).map(({ text, strict, threads }) => [text, strict, threads.length]),
    [["niks ermee doen", true, 1], [SHARE[2], true, 2], [SHARE[0], false, 1]],
  );
});

test("where and when are the words that went with a request that is open", () => {
  const early = thread([given("child.talk", ["Sam"], 0)], { at: "2026-11-01T09:00:00Z" });
  const late = thread([given("child.talk", ["Sam"], 0)], { at: "2026-11-21T09:00:00Z" });
  const other = thread([], { at: "2026-11-22T09:00:00Z" });
  assert.deepEqual(whereAndWhen([other, late, early], new Date("2026-11-20T00:00:00Z")), [late]);
  assert.deepEqual(whereAndWhen([late], null), []);
});

test("numbers are the child's own, the least safe place of each, oldest first", () => {
  const safe = (at, author, ...numbers) => thread([{ key: "child.safe", prompt: "?", value: numbers.map((n) => ({ home: null, n })) }], { at, author }).said;
  const all = [safe("2026-11-20T09:00:00Z", "verified", 6, 3), safe("2026-11-01T09:00:00Z", "tablet", 7), safe("2026-11-21T09:00:00Z", "unverified", 1)];
  assert.deepEqual(scoresOf(all).map((one) => one.safe), [7, 3]);
});

const score = (safe) => ({ at: new Date(), safe, mood: null });
const asks = (age, level = "12", ...numbers) => openers({ age, level, scores: numbers.map(score), said: false });

test("openers fit the age, and a number goes in only where the child gave it", () => {
  assert.equal(asks(5).first.length, 4);
  assert.ok(asks(5).first.includes("Vertel wat je wilt dat ik weet."));
  assert.ok(!asks(8).first.join().includes("…"));
  assert.ok(asks(8, "8", 3, 6).first.includes("Je koos een 6. Vertel over die 6."));
  assert.ok(asks(15, "12", 3, 6).first.includes("Je cijfer ging van 3 naar 6. Vertel over die tijd."));
  for (const numbers of [[], [4], [4, 4]]) assert.ok(!asks(15, "12", ...numbers).first.some((one) => one.includes("cijfer")));
  assert.deepEqual(asks(null, "8"), asks(9, "8"));
});

test("no opener asks why, and none is said twice", () => {
  for (const age of [4, 6, 7, 11, 12, 18]) {
    const { first, more } = openers({ age, level: "12", scores: [score(2), score(5)], said: true });
    const all = [...first, ...more];
    assert.equal(new Set(all).size, all.length);
    for (const one of all) assert.doesNotMatch(one, /waarom|hoe komt|\?/i);
  }
});

test("a long text is cut at a word and says that there is more, and a short one stays as it is", () => {
  assert.equal(cut("Ik  ga\nnaar huis", 40), "Ik ga naar huis");
  assert.equal(cut("Ik ga naar huis", 11), "Ik ga naar…");
  assert.equal(cut("x".repeat(50), 10), `${"x".repeat(10)}…`);
  assert.equal(cut(`${"x".repeat(9)}😀 en meer`, 10), `${"x".repeat(9)}…`);
  assert.deepEqual([80_000, 59_600, 700].map(length), ["1:20", "1:00", "0:01"]);
});

test("a plan gives a day to what was asked of whoever made it, for a talk after it was asked", () => {
  const request = { to: "sam", subj: "noor", at: "2026-11-20T16:04:31Z" };
  const plan = (changed = {}) => ({ record: { by: "sam", subj: "noor", start: "2026-11-24T15:00:00Z", at: "2026-11-21T09:00:00Z", ...changed } });
  const fits = plan();
  const all = [plan({ by: "vera" }), plan({ subj: "daan" }), plan({ start: "2026-11-20T15:00:00Z" }), fits];
  assert.deepEqual(datesFor(request, all), [fits]);
  assert.deepEqual(datesFor({ ...request, to: null }, all), []);
});
