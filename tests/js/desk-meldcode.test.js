// What is needed before a meldcode can be closed, and which versions of it are the newest.

import assert from "node:assert/strict";
import { test } from "node:test";

import { reached } from "../../static/parts/desk-caseload.js";
import { fits, needed, nextQuestion, reasonsOf, toTell, written } from "../../static/parts/desk-meldcode.js";
import { load } from "../../static/parts/words.js";
import { REASONS } from "../../static/wire.js";

await load("nl", "work");

const NOTHING = { report: null, help: null, talk: null };
const steps = (more = {}) => ({ what: "steps", meldcode: "m", prev: [], quotes: [], steps: ["", "", ""], weighed: [null, null, null, null, null], decided: NOTHING, child: "", ...more });
const opened = (id, place, doc, author = "verified") => ({ row: { id, place, dir: "down" }, state: "open", meta: { kind: "meldcode", by: "sam" }, doc, author });
const said = (yes) => ({ yes, reasons: ["other"], text: "?" });
const known = (missing = []) => ({ entry: "a", step: 5, report: false, help: true, talk: false, missing });
const weighed = (...answers) => [...answers, ...Array(5).fill(null)].slice(0, 5).map((yes) => (yes === null ? null : { yes, why: "?" }));
const WHOLE = steps({ steps: ["Ik zag het.", "", ""], weighed: weighed(false), decided: { report: said(false), help: said(true), talk: said(false) } });

test("of two who wrote at once both are the newest, and the next one joins them", () => {
  const [a, b, c] = [opened("a", 0, steps()), opened("b", 1, steps({ prev: ["a"] })), opened("c", 2, steps({ prev: ["a"] }))];
  assert.deepEqual(written([a, b, c], "m").heads, [b, c]);
  const d = opened("d", 3, steps({ prev: ["b", "c"] }));
  assert.deepEqual(written([d, c, b, a], "m").heads, [d]);
  assert.deepEqual(written([a], "other").heads, []);
});

test("what nobody stands for is no part of it", () => {
  const judged = opened("b", 1, { what: "agree", meldcode: "m", of: "a" }, "unverified");
  assert.deepEqual(written([opened("a", 0, steps()), judged], "m").judged, []);
});

test("the questions go on until an answer decides", () => {
  assert.equal(nextQuestion(weighed()), 1);
  assert.equal(nextQuestion(weighed(false)), null);
  assert.equal(nextQuestion(weighed(true, true)), 3);
  assert.equal(nextQuestion(weighed(true, false)), 3);
  assert.equal(nextQuestion(weighed(true, false, false)), null);
  assert.equal(nextQuestion(weighed(true, false, true, true)), 5);
  assert.equal(nextQuestion(weighed(true, false, true, true, true)), null);
  assert.equal(nextQuestion(weighed(null, true)), 1);
});

test("it closes with everything, and each thing that is missing is said", () => {
  const needs = (doc, missing = []) => needed({ heads: [opened("a", 0, doc)], judged: [] }, known(missing));
  assert.deepEqual(needs(WHOLE), []);
  assert.equal(needs({ ...WHOLE, steps: ["", "", ""] }).length, 1);
  assert.equal(needs({ ...WHOLE, weighed: weighed(true) }).length, 1);
  assert.equal(needs({ ...WHOLE, decided: { ...WHOLE.decided, talk: null } }).length, 1);
  assert.equal(needs(WHOLE, ["second"]).length, 1);
  assert.equal(needs(WHOLE, ["officer"]).length, 1);
  assert.equal(needed({ heads: [], judged: [] }, known()).length, 5);
  assert.equal(needed({ heads: [opened("a", 0, WHOLE), opened("b", 1, WHOLE)], judged: [] }, known()).length, 1);
});

test("what the server says of decisions is held against what was signed", () => {
  const head = opened("a", 0, WHOLE);
  assert.equal(fits(head, known()), true);
  assert.equal(fits(head, { ...known(), report: true }), false);
  assert.equal(fits(head, { ...known(), step: 4 }), false);
  // About another version it says nothing.
  assert.equal(fits(head, { ...known(), entry: "b", report: true }), true);
});

test("how far it is follows from what is written", () => {
  assert.equal(reached(steps()), 0);
  assert.equal(reached(steps({ quotes: [{}] })), 1);
  assert.equal(reached(steps({ steps: ["", "?", ""] })), 2);
  assert.equal(reached(steps({ weighed: weighed(false) })), 4);
  assert.equal(reached(WHOLE), 5);
});

test("every reason of a list has its own words, and none is that somebody is involved", () => {
  for (const name of ["report", "help", "talk"]) {
    for (const yes of [true, false]) {
      const found = reasonsOf(name, yes);
      assert.deepEqual(found.map(({ value }) => value), REASONS[name][yes ? "yes" : "no"]);
      assert.equal(new Set(found.map(({ text }) => text)).size, found.length);
      assert.ok(!found.some(({ text }) => /betrokken is|involved already/.test(text)));
    }
  }
});

test("the child is told once of each message that is used against what it asked, and of no other", () => {
  const share = (why) => ({ rule: "not", text: "Zeg het niet.", why });
  const used = steps({ entry: { id: "a", share: share("gevaar") }, quotes: [{ entry: "a", share: share("iets anders") }, { entry: "b", share: share("nood") }, { entry: "b", share: share("nood") }, { entry: "c", share: null }] });
  assert.deepEqual([...toTell(used, [])], [["a", "gevaar"], ["b", "nood"]]);
  const before = opened("v", 0, steps({ entry: { id: "a", share: share("gevaar") } }));
  assert.deepEqual([...toTell(used, [before])], [["b", "nood"]]);
  assert.deepEqual([...toTell(steps({ entry: { id: "c", share: null } }), [])], []);
});
