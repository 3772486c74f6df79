// A document for somebody outside: what is in the file, where what is recorded of it goes, the code on the paper.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, fromUtf8, unb64 } from "../../static/bytes.js";
import { papers } from "../../static/parts/desk-document.js";
import { isForReaders, shortCode, takenOf, transcriptOf } from "../../static/parts/desk-transcript.js";
import { verifyProof } from "../../static/said.js";
import { parseEnvelope } from "../../static/wire.js";
import { OPTIONS, written } from "./taken.mjs";

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

test("a transcript has the quotes under their proofs, what the child asked beside them, and reactions whole", async () => {
  const { caseload, kid, paper, version } = await written();
  const { file, proven, reactions } = await transcriptOf(caseload, kid, paper, version, "De rechtbank.");
  const text = fromUtf8(file);
  const { record, sigs } = JSON.parse(text);
  assert.equal(sigs.length, 1);
  assert.deepEqual(proven, ["literal", "literal", "sound", "drawing", "literal", "reader"]);
  assert.deepEqual(record.versions.map((one) => [one.id === version, "doc" in one, "hash" in one]), [[false, false, true], [true, true, false]]);
  const key = unb64(record.devices[0].record.signing);
  const { quotes } = await verifyProof(record.quotes[1].proof, key);
  assert.deepEqual([quotes[0].text, quotes[1].pieces[0].value], ["Zeg dit niet.", OPTIONS[2]]);
  assert.equal(record.quotes[5].proof, null);
  assert.equal(reactions.length, 2);
  assert.deepEqual(record.reactions.map((one) => [one.doc.value, one.meta.lock, one.unlock === null]), [["Nee", "open", false], ["Ja", "tablet", true]]);
  for (const hidden of ["oma", "papa", "vroeger", "Vera"]) assert.ok(!text.includes(hidden), hidden);
});

test("no transcript is made of a quote that is not what was said, or leaves out what the child asked", async () => {
  for (const change of [
    (quotes) => void (quotes[0].text = "🌱 wonen."),
    (quotes) => void (quotes[1].share = null),
    (quotes) => void (quotes[1].share.rule = "ask"),
    (quotes) => void (quotes[2].to = 2001),
  ]) {
    const { caseload, kid, paper, version } = await written();
    change(kid.opened.get(version).doc.quotes);
    await assert.rejects(transcriptOf(caseload, kid, paper, version, "De rechtbank."), { code: "quote-altered" });
  }
  const { caseload, kid, paper, version, free } = await written();
  kid.opened.get(free).doc.parts[0].text += "!";
  await assert.rejects(transcriptOf(caseload, kid, paper, version, "De rechtbank."), { code: "quote-altered" });
  const other = await written();
  other.caseload.trust.introduced.clear();
  await assert.rejects(transcriptOf(other.caseload, other.kid, other.paper, other.version, "De rechtbank."), { code: "author-unverified" });
});

test("what is recorded of it goes to the child's phone, and to no phone that somebody looks in", async () => {
  for (const [phone, state, alone] of [["no", "offered", false], ["no", "none", true], ["often", "offered", true], ["known", "offered", true]]) {
    const { caseload, kid, version } = await written({ phone });
    assert.equal(isForReaders(kid, { reaction: { state } }), alone);
    const doc = { v: 1, lang: "nl", what: "transcript", knows: null, file: b64(new Uint8Array(32)), parts: [{ kind: "text", text: "De rechtbank." }] };
    const { file } = await caseload.sealFor(kid, { kind: "note", circle: "worker", about: version, doc, room: alone, alone });
    assert.equal(parseEnvelope(file).wraps.length, alone ? 1 : 2);
  }
});
