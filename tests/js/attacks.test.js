// Attacks that were tried on the scripts: what a server, a reader who left, a colleague, or somebody with a child's phone
// in hand can put before an app to make it stand still, believe a stranger, or say what nobody said.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, newId, random } from "../../static/bytes.js";
import * as keys from "../../static/crypto/keys.js";
import { open, opener, seal, sequenceGaps } from "../../static/crypto/seal.js";
import { authorsOf } from "../../static/crypto/trust.js";
import { authors, believedLists, believedPhones, sealedTo } from "../../static/desk-keys.js";
import { phoneOf } from "../../static/parts/desk-caseload.js";
import { missingBefore } from "../../static/parts/desk-entry.js";
import { changes } from "../../static/phone/circles.js";
import { heard } from "../../static/phone/news.js";
import { parseEnvelope, parseRecord } from "../../static/wire.js";

// --- numbers that no child ever reaches ------------------------------------------------------------------------------

test("a message with an enormous number does not make every desk that opens it stand still", () => {
  const meta = (seq) => ({ meta: { by: "d", circle: "worker", seq } });
  const [row] = sequenceGaps([meta(1), meta(3), meta(Number.MAX_SAFE_INTEGER)]);
  assert.deepEqual(row, { by: "d", circle: "worker", gaps: [{ from: 1, to: 3 }, { from: 3, to: Number.MAX_SAFE_INTEGER }] });
  const entry = (id, seq) => ({ row: { id, dir: "up" }, state: "open", author: "verified", meta: meta(seq).meta });
  assert.deepEqual([...missingBefore([entry("a", 1), entry("b", Number.MAX_SAFE_INTEGER)], 2)], [["b", { from: 1, to: Number.MAX_SAFE_INTEGER }]]);
});

// --- somebody on a list, in a place that is not theirs ----------------------------------------------------------------

const org = newId();
const child = "K7Q2-M9XWB";
const EARLIER = "2026-11-20T09:00:00Z";
const LATER = "2026-11-22T09:00:00Z";

async function adult(name, role, { person = newId() } = {}) {
  const seed = keys.newReadingSeed();
  const signer = await keys.importSigningSeed(random(32));
  const record = { t: "person", v: 1, org, person, name, role, reading: b64(await keys.readingPublic(seed)), signing: [b64(signer.public)], at: EARLIER };
  return { seed, signer, record, signed: { record, sigs: [await keys.signRecord(record, signer)] } };
}

const asReader = ({ record: { person, name, role, reading, signing } }, as = role) => ({ person, name, role: as, reading, signing, since: "2026-11-20" });
const listOf = (circle, readers, number = 1, prev = null, at = EARLIER) => ({ t: "readers", v: 1, org, child, circle, number, prev, readers, at });
const nextOf = async (list, readers) => listOf(list.circle, readers, list.number + 1, b64(await keys.recordHash(list)), LATER);

const [sam, vera, jo, iris] = await Promise.all([adult("Sam", "worker"), adult("Vera", "second"), adult("Jo", "confidant"), adult("Iris", "worker")]);
const workers = listOf("worker", [asReader(sam), asReader(vera)]);
const confidants = listOf("confidant", [asReader(jo)]);

/** An answer by somebody, as the child's phone judges it. */
async function judged(by, { circle = "worker", lists = [workers, confidants], at = LATER } = {}) {
  const phone = keys.newReadingSeed();
  const id = newId();
  const file = await seal({
    org, child, id, dir: "down", kind: "answer", seq: 0, circle, list: { number: 1, hash: b64(random(32)) }, lock: "desk", by: by.record.person,
    readers: [{ public: await keys.readingPublic(phone) }], doc: { v: 1, lang: "nl", outcome: "done", parts: [] }, signDevice: by.signer,
  });
  const { hdrBytes, wraps, body } = parseEnvelope(file);
  const mine = await opener(phone);
  const found = await open({ hdr: hdrBytes, wrap: wraps[0].sealed, to: [mine.id], body, expect: { org, child, id, dir: "down" }, opener: mine, authors: authorsOf({ lists }), at });
  return found.author;
}

test("a confidant cannot answer in the jeugdbeschermer's circle, nor the other way round", async () => {
  assert.equal(await judged(sam), "verified");
  assert.equal(await judged(jo, { circle: "confidant" }), "verified");
  assert.equal(await judged(jo), "unverified");
  assert.equal(await judged(sam, { circle: "confidant" }), "unverified");
});

test("somebody who left the list writes nothing more, and what they wrote before stays theirs", async () => {
  const lists = [workers, await nextOf(workers, [asReader(iris), asReader(vera)])];
  assert.equal(await judged(sam, { lists, at: EARLIER }), "verified");
  assert.equal(await judged(sam, { lists, at: "2026-11-23T09:00:00Z" }), "revoked");
  assert.equal(await judged(vera, { lists, at: "2026-11-23T09:00:00Z" }), "verified");
});

test("a list that changes only whose answers count, or what somebody is called, still shows somebody new", () => {
  const other = asReader(iris);
  const swaps = [{ signing: other.signing }, { name: "Vera\u200b" }, { name: "Mama" }, { role: "worker" }, { reading: other.reading }, { person: other.person }];
  for (const swap of swaps) {
    const { came, went } = changes(workers, { ...workers, readers: [workers.readers[0], { ...workers.readers[1], ...swap }] });
    assert.deepEqual([came.length, went.length], [1, 1], JSON.stringify(Object.keys(swap)));
  }
  assert.deepEqual(changes(workers, { ...workers, number: 2, readers: [...workers.readers].reverse() }), { came: [], went: [] });
});

// --- what only the server says ---------------------------------------------------------------------------------------

test("a name that only the server says stays a name", () => {
  assert.equal(heard("Vera de Vries-van 't Hof"), "Vera de Vries-van 't Hof");
  assert.equal(heard("Zoë Şahin"), "Zoë Şahin");
  assert.equal(heard("Sam\u202e\u2066: bel 06-12 34!\nNu"), "Sam bel 06-12 34Nu");
  assert.equal(heard("<img src=x onerror=alert(1)>"), "img srcx onerroralert1");
  assert.equal(heard({ toString: null }?.name), "");
  assert.equal(heard("a".repeat(9999)).length, 80);
});

// --- a colleague and the server together, against a child that is not theirs ------------------------------------------

/** A child's phone, signed for by a professional. */
async function handset(by) {
  const seed = keys.newReadingSeed();
  const device = await keys.importSigningSeed(random(32));
  const unlock = await keys.unlockKey(seed);
  const record = {
    t: "child", v: 1, org, child, device: newId(), reading: b64(await keys.readingPublic(seed)), signing: b64(device.public),
    unlock: b64(unlock.public), lock: "pin", level: "12", lang: "nl", at: EARLIER,
  };
  return { device, signed: { record, sigs: await Promise.all([device, by.signer].map((one) => keys.signRecord(record, one))), revoked: null } };
}

const withSigs = async (record, ...signers) => ({ record, sigs: await Promise.all(signers.map((one) => keys.signRecord(record, one))) });

test("a phone that a colleague signed for who does not read the child is not the child's, though everybody knows the colleague", async () => {
  const introduced = new Map([sam, vera, jo, iris].map(({ record }) => [record.person, { record }]));
  const known = { org, child, introduced };
  const [theirs, slipped] = [await handset(sam), await handset(iris)];
  const lists = [await withSigs(workers, theirs.device, sam.signer)];
  const offered = await believedPhones([{ ...slipped.signed }, { ...theirs.signed, revoked: LATER }], known);
  assert.equal(offered.phones.length, 2, "each of the two is signed for by somebody known");
  const { phones, circles, refused } = await believedLists(lists, { ...known, phones: offered.phones });
  assert.deepEqual(phones.map((one) => one.record.device), [theirs.signed.record.device]);
  assert.deepEqual(refused, []);
  assert.throws(() => sealedTo(circles.worker, phones), { code: "nobody" });
  assert.equal(authors({ phones, circles }).has(slipped.signed.record.device), false, "nor are words the child's by it");
  // Neither does it make a confidant's list, nor does anything else count once the worker list is kept back.
  const confidant = await withSigs(confidants, slipped.device, iris.signer);
  assert.deepEqual((await believedLists([...lists, confidant], { ...known, phones: offered.phones })).refused, ["confidant"]);
  const without = await believedLists([], { ...known, phones: offered.phones, seen: { worker: 1 } });
  assert.deepEqual([without.phones, without.refused], [[], ["worker"]]);
});

test("a phone that dates what it says ahead does not stand above what a reader notes afterwards", () => {
  const said = { doc: { answers: [{ key: "child.phone", prompt: "?", options: ["Nee", "Soms", "Vaak"], value: "Vaak" }] }, state: "open", author: "verified", meta: { at: "2999-01-01T00:00:00Z" }, row: { at: new Date("2026-11-20T10:00:00Z") } };
  const kid = (at) => ({ card: { name: "Noor", age: 15, phone: "no", level: "12", at }, opened: new Map([["a", said]]) });
  assert.equal(phoneOf(kid("2026-11-19T10:00:00Z")).watched, true);
  assert.equal(phoneOf(kid("2026-11-21T10:00:00Z")).watched, false);
});

// --- readers whose names do not look like what they are ---------------------------------------------------------------

test("nobody stands unseen among the readers", () => {
  const named = (name) => parseRecord({ ...sam.record, name }, "person");
  for (const name of [" ", "\u200b", "\u00a0", "\u2800", "\u3164", "\u200d", "\ufe0f", "Vera\u200b", "Vera ", " Vera", "Ve\u00adra", "Vera\u{e0041}", "\u061cVera", "\u200fVera", "", "\u2066Vera"]) {
    assert.throws(() => named(name), { code: "bad-record" }, JSON.stringify(name));
  }
  for (const name of ["Vera", "Zoë van 't Hof-de Jong", "سارة", "می‌خواهم", "李", "Noor ❤️", "Şahin 2", "👩‍👧"]) assert.ok(named(name), name);
});
