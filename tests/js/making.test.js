// What a child says of a document or a part of it, as it is kept and sent.

import assert from "node:assert/strict";
import { test } from "node:test";

import { madeOf, nothing, payloadOf, reactsOf, saysNothing } from "../../static/making.js";
import { encodePayload, parsePayload } from "../../static/wire.js";

const SCREEN = { level: "12", lang: "nl" };
const reaction = { prompt: "Klopt dit?", options: ["Dit klopt", "Dit klopt niet"], value: "Dit klopt niet" };

/** What is found again after it was kept. */
function again(part) {
  const made = { ...nothing("reaction"), reaction, text: { prompt: "Zeg het zelf", text: "Hij is gewoon mijn broertje." }, ...(part === undefined ? {} : { part }) };
  const { doc, attachments } = payloadOf(made, SCREEN);
  const kept = parsePayload("reaction", encodePayload("reaction", doc, attachments));
  return { doc, found: madeOf("reaction", kept.doc, kept.attachments) };
}

test("a reaction says which part of a document it is about, and is found again as it was", () => {
  for (const part of [{ kind: "quotes", n: 2 }, null]) {
    const { doc, found } = again(part);
    assert.deepEqual([doc.part, found.part], [part, part]);
    assert.deepEqual(found.reaction, reaction);
    assert.equal(found.text?.text, "Hij is gewoon mijn broertje.");
  }
});

test("a reaction to an answer says nothing of a part", () => {
  const { doc, found } = again(undefined);
  assert.equal("part" in doc, false);
  assert.equal(found.part, undefined);
});

test("a reaction that was only begun says nothing yet", () => {
  assert.equal(saysNothing({ ...nothing("reaction"), part: { kind: "quotes", n: 0 } }), true);
});

test("of an answer the server is told whether the child says that it is so, and of all else nothing", () => {
  const options = ["Ja", "Nee", "Weet ik niet", "Liever niet"];
  const told = options.map((value) => reactsOf("reaction", "answer", { options, value }));
  assert.deepEqual(told, ["answer.y", "answer.n", undefined, undefined]);
  const no = { options, value: "Nee" };
  // In own words only, of a document or a part of it, and of what is no reaction at all.
  assert.equal(reactsOf("reaction", "answer", { value: "Er rijdt wel een bus." }), undefined);
  assert.equal(reactsOf("reaction", "answer", { ...no, part: null }), undefined);
  assert.equal(reactsOf("reaction", "answer", { ...no, part: { kind: "quotes", n: 0 } }), undefined);
  assert.equal(reactsOf("checkin", "answer", no), undefined);
  assert.equal(reactsOf("reaction", null, no), undefined);
});
