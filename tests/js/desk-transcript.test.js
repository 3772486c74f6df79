// What is known of transcripts without a desk: the code on the paper, and what readers recorded.

import assert from "node:assert/strict";
import test from "node:test";

import { b64 } from "../../static/bytes.js";
import { papers } from "../../static/parts/desk-document.js";
import { shortCode, takenOf } from "../../static/parts/desk-transcript.js";

const id = (n) => b64(new Uint8Array(16).fill(n));

/** An entry as the desk has it open. */
const opened = (place, kind, doc, { about = null, author = "verified", dir = "down" } = {}) => ({
  row: { id: id(place), dir, place, at: new Date("2026-11-22T09:30:00Z") },
  state: "open",
  meta: { kind, about, by: id(90), at: `2026-11-22T09:3${place}:00Z` },
  doc,
  attachments: [],
  sigs: [],
  author,
  misfit: false,
});

test("the code is 80 bits in letters that look like no other, as in Python", () => {
  assert.equal(shortCode(Uint8Array.from({ length: 32 }, (_, at) => at)), "000G-40R4-0M30-E209");
  assert.equal(shortCode(new Uint8Array(32).fill(255)), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
});

test("what readers recorded of a document is told in its order, and nothing that nobody stands for", () => {
  const file = b64(new Uint8Array(32));
  const taken = (place, text, more = {}) => opened(place, "note", { v: 1, lang: "nl", what: "transcript", knows: null, file, parts: [{ kind: "text", text }] }, { about: id(1), ...more });
  const version = opened(1, "perspective", { first: null, prev: [] });
  const step = opened(5, "note", { v: 1, lang: "nl", what: "step", knows: null, parts: [{ kind: "text", text: "bellen" }] }, { about: id(1) });
  const all = [taken(4, "het dossier"), taken(2, "de rechtbank"), step, version, taken(6, "elders", { about: id(9) }), taken(7, "niemand", { author: "unverified" })];
  assert.deepEqual(
    takenOf(all, papers(all)[0]).map((one) => [one.why, one.code]),
    [["de rechtbank", "0000-0000-0000-0000"], ["het dossier", "0000-0000-0000-0000"]],
  );
});
