// The line of a talk for the contact journal, as the desk copies it: the same as the command writes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

process.env.TZ = "Europe/Amsterdam";

const { journalLine } = await import("../../static/parts/desk-journal.js");
const { load } = await import("../../static/parts/words.js");

const { cases } = JSON.parse(readFileSync(new URL("../vectors/journal.json", import.meta.url), "utf8"));

test("every line is as in the vectors", async () => {
  await load("nl", "work");
  assert.ok(cases.length >= 6);
  for (const { name, first, record, level, realised, withdrawn, talks, line, ...more } of cases) {
    assert.deepEqual(more, {}, name);
    const counted = Array.from({ length: Math.max(1, talks) }, () => ({ record }));
    assert.equal(journalLine({ chain: { first: { hash: first }, counted }, current: record, verdict: { level, realised, withdrawn } }), line.nl, name);
  }
});
