// What a child makes in kindmodus: kept at each pause, finished once, gone on with as it was (static/parts/room-making.js).

import assert from "node:assert/strict";
import test from "node:test";

import { concat, random, readU32 } from "../../static/bytes.js";
import { saysNothing } from "../../static/making.js";
import { makingHere } from "../../static/parts/room-making.js";
import { parseCanonical, parsePayload } from "../../static/wire.js";

const OF = /** @type {const} */ ({ child: "K7Q2-M9XWB", level: "8", lang: "nl", to: ["EBESExQVFhcYGRobHB0eHw"] });
const MOOD = { prompt: "Hoe gaat het?", options: ["a", "b", "c", "d", "e"], value: 3 };

/** A device that keeps what it is given, in order; `made` is what a child makes on it. */
function device() {
  const kept = [];
  const made = makingHere(OF, async (id, bytes) => void kept.push({ id, ...(bytes ? read(bytes) : { gone: true }) }));
  return { kept, made };
}

function read(bytes) {
  const end = 4 + readU32(bytes);
  const head = parseCanonical(bytes.slice(4, end));
  return { ...head, ...parsePayload(head.kind, bytes.slice(end)) };
}

/** Three minutes at twice the rate at which browsers record. */
const recording = () => ({ prompt: "Praten", type: "audio/webm;codecs=opus", ms: 180_000, bytes: concat(...Array.from({ length: 18 }, () => random(60_000))) });

test("what is made is kept at each pause under one id, and once for good", async () => {
  const { kept, made } = device();
  const { id } = made.begin("feel");
  made.answer("child.mood", MOOD);
  await made.save();
  made.note((now) => void (now.text = { prompt: "Vertel", text: "Er is een egel." }));
  await made.save();
  await made.finish();
  assert.deepEqual(kept.map((one) => [one.id, one.done, one.doc.parts.length]), [[id, false, 0], [id, false, 1], [id, true, 1]]);
  assert.deepEqual([kept[2].child, kept[2].kind, kept[2].about, kept[2].to], [OF.child, "checkin", null, OF.to]);
  assert.deepEqual(kept[2].doc.answers, [{ key: "child.mood", ...MOOD }]);
  assert.equal(made.inHand(), null);
  await assert.rejects(made.finish(), { code: "nothing-said" });
});

test("what was said last is kept also when something else is begun at once", async () => {
  const { kept, made } = device();
  made.begin("write");
  made.note((now) => void (now.text = { prompt: "Vertel", text: "eerst" }));
  made.begin("feel");
  made.answer("child.mood", MOOD);
  await made.save();
  assert.deepEqual(kept.map((one) => one.doc.parts[0]?.text ?? one.doc.answers[0].value), ["eerst", 3]);
});

test("what is put aside is gone on with as it was, a drawing and a voice among it", async () => {
  const { kept, made } = device();
  made.begin("draw");
  const strokes = [{ colour: "#c63a2f", width: 12, points: [1, 2, 3, 4] }];
  const voice = recording();
  made.note((now) => {
    now.drawing = { prompt: "Teken", strokes };
    now.voices.push(voice);
  });
  const said = made.aside();
  assert.ok(said);
  assert.equal(made.inHand(), null);
  made.resume(said);
  assert.deepEqual(made.inHand()?.drawing, { prompt: "Teken", strokes });
  assert.deepEqual(made.inHand()?.voices, [voice]);
  await made.finish();
  assert.deepEqual(kept.map((one) => [one.id, one.done]), [[said.id, false], [said.id, true]]);
  assert.deepEqual(kept[1].attachments, [voice.bytes]);
});

test("nothing said is nothing kept, and what is thrown away is gone", async () => {
  const { kept, made } = device();
  const { id } = made.begin("feel");
  assert.equal(made.aside(), null);
  await made.save();
  assert.deepEqual(kept, [{ id, gone: true }]);
  const other = made.begin("feel");
  made.answer("child.mood", MOOD);
  await made.save();
  await made.throwAway();
  assert.deepEqual(kept.slice(-1), [{ id: other.id, gone: true }]);
  assert.ok(!saysNothing(other));
});

test("what is too large is said, and kept no further than it was", async () => {
  const { kept, made } = device();
  made.begin("say");
  made.answer("child.mood", MOOD);
  await made.save();
  made.note((now) => void now.voices.push(recording(), recording(), recording(), recording()));
  await made.save();
  assert.equal(/** @type {any} */ (made.trouble()).code, "too-large");
  await assert.rejects(made.finish(), { code: "too-large" });
  assert.equal(kept.length, 1);
  assert.ok(made.inHand(), "it is still there to be made smaller");
});

test("a reaction says what it is about", async () => {
  const { kept, made } = device();
  made.begin("react", { about: "EBESExQVFhcYGRobHB0eHw" });
  made.note((now) => void (now.reaction = { prompt: "Klopt dat?", options: ["Ja", "Nee"], value: "Nee" }));
  await made.finish();
  assert.deepEqual([kept[0].kind, kept[0].about, kept[0].doc.value], ["reaction", "EBESExQVFhcYGRobHB0eHw", "Nee"]);
});

test("a house goes as a house, and is gone on with as the same one", async () => {
  const { kept, made } = device();
  made.begin("house", { house: "dream" });
  made.note((now) => void (now.text = { prompt: "Huis van de dromen. Vertel hoe jij het graag wilt.", text: "Een hond." }));
  const said = made.aside();
  assert.ok(said);
  assert.deepEqual([said.kind, said.doc.house], ["house", "dream"]);
  made.resume(said);
  assert.deepEqual([made.inHand()?.house, made.inHand()?.way], ["dream", "house"]);
  await made.finish();
  assert.deepEqual(kept.map((one) => [one.id, one.kind, one.doc.house, one.done]), [[said.id, "house", "dream", false], [said.id, "house", "dream", true]]);
});
