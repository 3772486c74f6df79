// What a child's phone decides by itself: what becomes of a message after each attempt, which numbers go back, which
// lists of readers count, which question comes next, and how texts are taken apart.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { b64, newId, random } from "../../static/bytes.js";
import { importSigningSeed, readingPublic, newReadingSeed, recordHash, signRecord } from "../../static/crypto/keys.js";
import { grouped } from "../../static/pages/child-start.js";
import { split, together, waited } from "../../static/parts/child-bits.js";
import { after, steps } from "../../static/parts/child-flow.js";
import { invitation } from "../../static/parts/child-house.js";
import { written } from "../../static/parts/entry.js";
import { line } from "../../static/parts/frame.js";
import { length } from "../../static/parts/player.js";
import { course } from "../../static/parts/sheet.js";
import { load } from "../../static/parts/words.js";
import { changes, follow, soundOffer } from "../../static/phone/circles.js";
import { verdict } from "../../static/phone/outbox.js";
import { givesBack } from "../../static/vault.js";
import { parsePo } from "../../tools/catalogues.mjs";

const NOW = Date.UTC(2026, 10, 22, 9, 30);
const parcel = (tries = 0) => ({ tries });

// --- the outbox ------------------------------------------------------------------------------------------------------

test("what has arrived leaves the phone", () => {
  assert.deepEqual(verdict("", parcel(), NOW), { facts: null, halt: false });
});

test("without an answer everything waits, longer after each failure, and never for good", () => {
  const waits = [0, 1, 2, 3, 4, 5, 50].map((tries) => {
    const { facts, halt } = verdict("offline", parcel(tries), NOW);
    assert.equal(halt, true);
    assert.equal(facts?.state, undefined);
    assert.equal(facts?.tries, tries + 1);
    return (facts?.next ?? 0) - NOW;
  });
  assert.deepEqual(waits, [5, 15, 60, 300, 900, 900, 900].map((seconds) => seconds * 1000));
});

test("a recording that is refused for its size of today does not hold up a text", () => {
  for (const code of ["quota", "quota-voice"]) {
    const { facts, halt } = verdict(code, parcel(), NOW);
    assert.equal(halt, false);
    assert.equal(facts?.state, undefined);
    assert.equal(facts?.why, code);
    assert.ok((facts?.next ?? 0) > NOW);
  }
});

test("what the server will always refuse is kept and not tried again", () => {
  for (const code of ["too-large", "bad-envelope", "nobody", "wrong-recipients", "list-too-small", "entry-exists"]) {
    assert.deepEqual(verdict(code, parcel(2), NOW), { facts: { state: "stuck", tries: 3, why: code }, halt: false });
  }
});

test("a phone that was switched off keeps what it has and stops trying the rest", () => {
  const { facts, halt } = verdict("device-off", parcel(), NOW);
  assert.equal(halt, true);
  assert.equal(facts?.state, undefined);
});

test("a code that nobody foresaw is a reason to try again, never to throw away", () => {
  for (const code of ["busy", "store-full", "list-unknown", "a-code-of-next-year"]) {
    const { facts } = verdict(code, parcel(), NOW);
    assert.notEqual(facts, null);
    assert.equal(facts?.state, undefined);
  }
});

// --- numbers ---------------------------------------------------------------------------------------------------------

test("the last number taken in a circle goes back", () => {
  const counts = { worker: 3, confidant: 1 };
  assert.equal(givesBack(counts, { circle: "worker", seq: 3 }), true);
  assert.deepEqual(counts, { worker: 2, confidant: 1 });
});

test("a number with later ones after it stays, to be sent empty", () => {
  const counts = { worker: 3 };
  assert.equal(givesBack(counts, { circle: "worker", seq: 2 }), false);
  assert.deepEqual(counts, { worker: 3 });
});

test("circles count apart, and an alert without words has no number to give back", () => {
  const counts = { worker: 1, self: 1 };
  assert.equal(givesBack(counts, { circle: "self", seq: 1 }), true);
  assert.equal(givesBack(counts, { circle: "self", seq: 0 }), false);
  assert.equal(givesBack(counts, { circle: "confidant", seq: 1 }), false);
  assert.deepEqual(counts, { worker: 1, self: 0 });
});

// --- lists of readers ------------------------------------------------------------------------------------------------

const ORG = newId();
const CHILD = "K7Q2-M9XWB";
const at = "2026-11-22T09:30:00Z";

async function somebody(name, role) {
  const signer = await importSigningSeed(random(32));
  const reading = b64(await readingPublic(newReadingSeed()));
  return { signer, reader: { person: newId(), name, role, reading, signing: [b64(signer.public)], since: "2026-11-22" } };
}

async function town() {
  const [sam, vera, bo, phone] = await Promise.all([
    somebody("Sam", "worker"),
    somebody("Vera", "second"),
    somebody("Bo", "second"),
    importSigningSeed(random(32)),
  ]);
  const list = (number, prev, readers) => ({
    t: "readers", v: 1, org: ORG, child: CHILD, circle: "worker", number, prev, readers: readers.map((one) => one.reader), at,
  });
  const signed = async (record, ...signers) => ({ record, sigs: await Promise.all(signers.map((one) => signRecord(record, one))) });
  const first = await signed(list(1, null, [sam, vera]), phone, sam.signer);
  const here = { org: ORG, child: CHILD, lists: { worker: [first] }, record: { record: { signing: b64(phone.public) }, sigs: [] } };
  const prev = b64(await recordHash(first.record));
  return { sam, vera, bo, phone, list, signed, first, here, prev };
}

test("a list signed by somebody on the one before is taken in", async () => {
  const { sam, bo, list, signed, first, here, prev } = await town();
  const second = await signed(list(2, prev, [sam, bo]), sam.signer);
  const { lists, doubts } = await follow(here, [first, second]);
  assert.deepEqual(doubts, {});
  assert.deepEqual(lists.worker.map((one) => one.record.number), [1, 2]);
});

test("a list signed only by the one who comes in is not", async () => {
  const { sam, bo, list, signed, first, here, prev } = await town();
  const second = await signed(list(2, prev, [sam, bo]), bo.signer);
  const { lists, doubts } = await follow(here, [first, second]);
  assert.deepEqual(doubts, { worker: "wrong" });
  assert.equal(lists.worker.length, 1);
});

test("nothing is taken in of an on-call list that this phone did not sign, or that no reader of the worker circle vouched for", async () => {
  const { sam, bo, phone, signed, first, here } = await town();
  const record = { ...first.record, circle: "oncall", readers: [{ ...bo.reader, role: "oncall" }] };
  const by = async (...signers) => (await follow(here, [first, await signed(record, ...signers)])).doubts;
  assert.deepEqual(await by(phone, sam.signer), {});
  for (const signers of [[phone], [sam.signer], [phone, bo.signer], [sam.signer, bo.signer]]) assert.deepEqual(await by(...signers), { oncall: "wrong" });
  // Whoever is a reader already is not also of the service.
  const twice = await signed({ ...record, readers: [{ ...sam.reader, role: "oncall" }] }, phone, sam.signer);
  assert.deepEqual((await follow(here, [first, twice])).doubts, { oncall: "wrong" });
});

test("an on-call list is shown to the child only if a reader made it, of people who signed for their own keys", async () => {
  const { sam, vera, bo, phone, list, signed, first, here } = await town();
  const tess = await somebody("Tess", "oncall");
  const personOf = async ({ reader, signer }, by = signer) =>
    signed({ t: "person", v: 1, org: ORG, person: reader.person, name: reader.name, role: "oncall", reading: reader.reading, signing: reader.signing, at }, by);
  const record = { ...list(1, null, [tess]), circle: "oncall" };
  const persons = [await personOf(tess)];
  const sound = async (offered, known = here) => (await soundOffer(offered, known))?.list.record.readers.length ?? null;
  assert.equal(await sound({ list: await signed(record, sam.signer), persons }), 1);
  assert.equal(await sound({ list: await signed(record, vera.signer), persons }), 1);
  for (const by of [bo, tess]) assert.equal(await sound({ list: await signed(record, by.signer), persons }), null, "nobody who reads vouches for it");
  assert.equal(await sound({ list: await signed(record, phone), persons }), null, "nor does this phone by itself");
  assert.equal(await sound({ list: await signed(record, sam.signer), persons: [await personOf(tess, bo.signer)] }), null, "keys that their owner did not sign for");
  assert.equal(await sound({ list: await signed(record, sam.signer), persons: [] }), null);
  assert.equal(await sound({ list: await signed({ ...record, number: 2, prev: b64(random(32)) }, sam.signer), persons }), null);
  assert.equal(await sound({ list: await signed({ ...record, child: "K000-00000" }, sam.signer), persons }), null);
  const both = { ...record, readers: [{ ...vera.reader, role: "oncall" }] };
  assert.equal(await sound({ list: await signed(both, sam.signer), persons: [await personOf({ reader: { ...vera.reader }, signer: vera.signer })] }), null, "a reader is not of the service");
  for (const nothing of [null, {}, { list: first, persons }, { list: await signed(record, sam.signer) }]) assert.equal(await sound(nothing), null);
});

test("the child's own phone cannot be made to change who reads as a worker", async () => {
  const { sam, bo, phone, list, signed, first, here, prev } = await town();
  const second = await signed(list(2, prev, [sam, bo]), phone);
  assert.deepEqual((await follow(here, [first, second])).doubts, { worker: "wrong" });
});

test("a list that skips a number, names another one before it, or another child does not follow", async () => {
  const { sam, bo, list, signed, first, here, prev } = await town();
  const records = [list(3, prev, [sam, bo]), list(2, b64(random(32)), [sam, bo]), { ...list(2, prev, [sam, bo]), child: "K7Q2-M9XWC" }];
  for (const record of records) {
    const { lists, doubts } = await follow(here, [first, await signed(record, sam.signer)]);
    assert.deepEqual(doubts, { worker: "wrong" });
    assert.equal(lists.worker.length, 1);
  }
});

test("a lower number than was seen before raises the alarm, and what was seen stays", async () => {
  const { sam, bo, list, signed, first, here, prev } = await town();
  const second = await signed(list(2, prev, [sam, bo]), sam.signer);
  const { lists, doubts } = await follow({ ...here, lists: { worker: [first, second] } }, [first]);
  assert.deepEqual(doubts, { worker: "lower" });
  assert.equal(lists.worker.length, 2);
  assert.deepEqual((await follow({ ...here, lists: { worker: [first, second] } }, [])).doubts, { worker: "lower" });
});

test("under one number there is one list", async () => {
  const { sam, vera, bo, list, signed, first, here } = await town();
  const other = await signed(list(1, null, [sam, bo]), sam.signer, vera.signer);
  assert.deepEqual((await follow(here, [first, other])).doubts, { worker: "wrong" });
});

test("bytes that are no list are no list", async () => {
  const { first, here } = await town();
  const junk = { record: { ...first.record, number: 2, readers: [] }, sigs: first.sigs };
  assert.deepEqual((await follow(here, [first, junk])).doubts, { worker: "wrong" });
});

test("somebody with another key counts as somebody new", async () => {
  const { sam, vera, list } = await town();
  const before = list(1, null, [sam, vera]);
  const swapped = { reader: { ...vera.reader, reading: sam.reader.reading } };
  const { came, went } = changes(before, list(2, null, [sam, swapped]));
  assert.deepEqual(came.map((one) => one.name), ["Vera"]);
  assert.deepEqual(went.map((one) => one.name), ["Vera"]);
  assert.deepEqual(changes(null, before).went, []);
});

// --- questions and texts ---------------------------------------------------------------------------------------------

test("who may read is asked before anything is said, whatever the door", () => {
  for (const way of ["feel", "say", "draw", "write"]) assert.equal(steps(/** @type {"feel"} */ (way), null)[0], "who");
});

test("each way ends with a last look", () => {
  for (const way of ["feel", "say", "draw", "write", "alert"]) assert.equal(steps(/** @type {"feel"} */ (way), "worker").at(-1), "check");
  assert.equal(after("alone", "feel", "worker"), "check");
  assert.equal(after("say", "draw", "worker"), "alone");
  assert.equal(after("where", "feel", "worker"), "say");
});

test("nobody is asked to do anything with what only the child reads", () => {
  assert.equal(steps("feel", "self").includes("want"), false);
  assert.equal(steps("feel", "self").includes("share"), false);
  assert.equal(after("say", "feel", "self"), "alone");
});

test("a house is asked for the house itself and what may be done with it, and for no face or number", () => {
  assert.deepEqual(steps("house", "worker"), ["who", "say", "share", "alone", "check"]);
  assert.deepEqual(steps("house", "self"), ["who", "say", "alone", "check"]);
});

test("a start code is written in groups of four while it is typed", () => {
  assert.equal(grouped("abcd1"), "ABCD-1");
  assert.equal(grouped("abcd-efgh jkmn pqrs"), "ABCD-EFGH-JKMN-PQRS");
  assert.equal(grouped("abcd-efgh-jkmn-pqrs-tuv"), "ABCD-EFGH-JKMN-PQRS");
  assert.equal(grouped("  "), "");
});

test("the first sentence of a text is its heading", () => {
  assert.deepEqual(split("Niemand leest dit dag en nacht. Het kan dagen duren."), ["Niemand leest dit dag en nacht", "Het kan dagen duren."]);
  assert.deepEqual(split("Wie mag dit lezen?"), ["Wie mag dit lezen?", ""]);
});

test("names stand together as one says them", async () => {
  await load("nl", "child");
  assert.equal(together(["Sam"]), "Sam");
  assert.equal(together(["Sam", "Vera"]), "Sam en Vera");
  assert.equal(together(["Sam", "Vera", "Bo"]), "Sam, Vera en Bo");
  assert.equal(together([]), "");
});

test("a wait is said in the largest unit that fits", async () => {
  await load("nl", "child");
  const said = [0, 59, 60, 61, 15 * 60, 59 * 60 + 1, 4 * 3600, 24 * 3600].map(waited);
  assert.deepEqual(said, ["2 seconden", "59 seconden", "1 minuut", "2 minuten", "15 minuten", "1 uur", "4 uur", "24 uur"]);
});

test("whoever draws in a house is invited to draw, and what is stored is what was shown", async () => {
  await load("nl", "child");
  await load("nl", "talks");
  assert.equal(invitation("good", "text", true).invited, "Vertel over wat fijn is.");
  assert.equal(invitation("good", "draw", false).invited, "Teken wie of wat bij dit huis hoort. Laat zien wat zo moet blijven.");
  assert.equal(invitation("worry", "voice", true).prompt, "Huis van de zorgen. Vertel over wat niet fijn is.");
});

test("each line of help has the number that is dialled, in every language and level", () => {
  const dialled = { "child.help.112": "112", "child.help.vt": "0800-2000", "child.help.kt": "0800-0432", "child.help.113": "113", "child.help.js": "088 555 1000", "child.right.number": "0800-876 54 32" };
  for (const lang of ["nl", "en"]) {
    const texts = parsePo(readFileSync(new URL(`../../kindstem/locale/${lang}/LC_MESSAGES/child.po`, import.meta.url), "utf8"));
    for (const [key, number] of Object.entries(dialled)) {
      for (const one of [key, `${key}@8`]) {
        const text = texts.get(one);
        if (text === undefined) continue;
        const said = line(text);
        assert.ok(said.number.startsWith(number), `${lang} ${one}: ${said.number}`);
        assert.ok(said.name.length > 3, `${lang} ${one} has a name`);
      }
    }
  }
});

test("an answer is shown as it was chosen", () => {
  assert.equal(written({ key: "child.mood", prompt: "", options: ["heel goed", "goed"], value: 2 }), "goed");
  assert.equal(written({ key: "child.safe", prompt: "", value: [{ home: null, n: 6 }] }), "6");
  assert.equal(written({ key: "child.safe", prompt: "", value: [{ home: "oma", n: 9 }, { home: null, n: 0 }] }), "oma: 9, 0");
  assert.equal(written({ key: "child.feel", prompt: "", value: ["moe", "raar"] }), "moe, raar");
  assert.equal(written({ key: "child.where", prompt: "", value: "op een groep" }), "op een groep");
});

test("the length of a recording is minutes and seconds", () => {
  assert.deepEqual([0, 2000, 61_000, 180_000].map(length), ["0:00", "0:02", "1:01", "3:00"]);
});

test("a line begins and ends where the finger did", () => {
  assert.equal(course([5, 6]), "M5 6h.1");
  assert.equal(course([0, 0, 10, 20]), "M0 0L10 20");
  assert.ok(course([0, 0, 10, 0, 20, 0, 30, 10]).startsWith("M0 0Q10 0 15 0"));
  assert.ok(course([0, 0, 10, 0, 20, 0, 30, 10]).endsWith("L30 10"));
});
