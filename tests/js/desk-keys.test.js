// Whom the desk believes. Each test is one way in which a server, or a colleague, could slip in a key of its own.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { b64, newId, random, unb64 } from "../../static/bytes.js";
import { importSigningSeed, newReadingSeed, readingPublic, recordHash, safetyNumber, signRecord, unlockKey } from "../../static/crypto/keys.js";
import { open as openEnvelope, opener, seal } from "../../static/crypto/seal.js";
import {
  authors,
  believedLists,
  believedPhones,
  cosigned,
  countsFor,
  lock,
  makeKeys,
  mine,
  myOpener,
  openDraft,
  sealDraft,
  sealedKeyring,
  sealedTo,
  trusted,
  unlockDesk,
  unlocked,
} from "../../static/desk-keys.js";
import { headerBytes, parseEnvelope, timeText } from "../../static/wire.js";

const ORG = b64(random(16));
const CHILD = "K7Q2-M9XWB";

/** Somebody with keys of their own, acted out. */
async function person(name, role, { id = newId(), org = ORG } = {}) {
  const seed = newReadingSeed();
  const signer = await importSigningSeed(random(32));
  const record = { t: "person", v: 1, org, person: id, name, role, reading: b64(await readingPublic(seed)), signing: [b64(signer.public)], at: timeText() };
  return { id, name, role, seed, signer, signed: { record, sigs: [await signRecord(record, signer)] } };
}

/** Puts the signature of one person under the record of another. */
async function introduce(by, whom) {
  whom.signed = { record: whom.signed.record, sigs: [...whom.signed.sigs, await signRecord(whom.signed.record, by.signer)] };
}

const me = (one) => ({ org: ORG, person: one.id, reading: one.signed.record.reading, signing: one.signed.record.signing[0] });
const people = (...all) => all.map((one) => ({ record: one.signed, team: null, active: true, away: null }));
const names = (trust) => [...trust.introduced.values()].map((one) => one.record.name).sort();

/** A child's phone, and lists, as they are after an enrolment by `worker`. */
async function enrolled(worker, readers, { confidant = null } = {}) {
  const seed = newReadingSeed();
  const device = await importSigningSeed(random(32));
  const unlock = await unlockKey(seed);
  const record = {
    t: "child", v: 1, org: ORG, child: CHILD, device: newId(), reading: b64(await readingPublic(seed)), signing: b64(device.public),
    unlock: b64(unlock.public), lock: "pin", level: "12", lang: "nl", at: timeText(),
  };
  const phone = { record, sigs: [await signRecord(record, device), await signRecord(record, worker.signer)], revoked: null };
  const lists = [await list("worker", 1, null, readers, [device, worker.signer])];
  if (confidant) lists.push(await list("confidant", 1, null, [confidant], [device, worker.signer]));
  return { seed, device, unlock, phone, lists };
}

async function list(circle, number, prev, readers, signers) {
  const record = {
    t: "readers", v: 1, org: ORG, child: CHILD, circle, number, prev,
    readers: readers.map((one) => ({ person: one.id, name: one.name, role: one.role, reading: one.signed.record.reading, signing: one.signed.record.signing, since: "2026-11-22" })),
    at: timeText(),
  };
  return { record, sigs: await Promise.all(signers.map((signer) => signRecord(record, signer))) };
}

let sam, vera, jo, iris, mallory;

beforeEach(async () => {
  [sam, vera, jo, iris, mallory] = await Promise.all([
    person("Sam", "worker"),
    person("Vera", "second"),
    person("Jo", "confidant"),
    person("Iris", "worker"),
    person("Mallory", "second"),
  ]);
});

test("nobody counts before an introduction, except oneself", async () => {
  const trust = await trusted(people(sam, vera, jo), me(sam));
  assert.deepEqual(names(trust), ["Sam"]);
  assert.equal(trust.swapped, false);
});

test("whoever I introduced counts, and whoever they introduced", async () => {
  await introduce(sam, vera);
  await introduce(vera, jo);
  const trust = await trusted(people(jo, sam, vera), me(sam));
  assert.deepEqual(names(trust), ["Jo", "Sam", "Vera"]);
  assert.equal(trust.introduced.get(vera.id).mine, true);
  assert.equal(trust.introduced.get(jo.id).mine, false);
  assert.deepEqual(trust.introduced.get(jo.id).by, [vera.id]);
});

test("an introduction counts in one direction only", async () => {
  await introduce(vera, sam);
  const trust = await trusted(people(sam, vera), me(sam));
  assert.deepEqual(names(trust), ["Sam"]);
  await introduce(sam, vera);
  const after = await trusted(people(sam, vera), me(sam));
  assert.equal(await countsFor(people(sam, vera), after.introduced.get(vera.id), me(sam)), true);
});

test("I count for a colleague by whoever introduced me to whom they know, and not before", async () => {
  await introduce(sam, vera);
  await introduce(vera, jo);
  const { introduced } = await trusted(people(sam, vera, jo), me(sam));
  assert.equal(await countsFor(people(sam, vera, jo), introduced.get(jo.id), me(sam)), false);
  await introduce(vera, sam);
  assert.equal(await countsFor(people(sam, vera, jo), introduced.get(jo.id), me(sam)), false);
  await introduce(jo, vera);
  assert.equal(await countsFor(people(sam, vera, jo), introduced.get(jo.id), me(sam)), true);
});

test("two strangers who introduce each other stay strangers", async () => {
  await introduce(mallory, iris);
  await introduce(iris, mallory);
  assert.deepEqual(names(await trusted(people(sam, vera, iris, mallory), me(sam))), ["Sam"]);
});

test("a second reader whose key the server swapped does not count, although the true one was introduced", async () => {
  await introduce(sam, vera);
  const swapped = await person("Vera", "second", { id: vera.id });
  swapped.signed.sigs.push(vera.signed.sigs.find((one) => one.by === sam.signer.id));
  assert.deepEqual(names(await trusted(people(sam, swapped), me(sam))), ["Sam"]);
});

test("the number that two people read to each other differs once the server swaps a key, so that nothing is signed", async () => {
  const swapped = await person("Vera", "second", { id: vera.id });
  const samHash = await recordHash(sam.signed.record);
  const samSees = await safetyNumber(samHash, await recordHash(swapped.signed.record));
  const veraSees = await safetyNumber(await recordHash(vera.signed.record), samHash);
  assert.notEqual(samSees, veraSees);
});

test("an introduced record with one altered field does not count", async () => {
  await introduce(sam, vera);
  for (const change of [{ name: "Vira" }, { role: "confidant" }, { reading: mallory.signed.record.reading }, { person: newId() }, { at: "2026-01-01T00:00:00Z" }]) {
    const altered = { signed: { record: { ...vera.signed.record, ...change }, sigs: vera.signed.sigs } };
    assert.deepEqual(names(await trusted(people(sam, altered), me(sam))), ["Sam"], JSON.stringify(Object.keys(change)));
  }
});

test("a record that names somebody else's signing key shows no possession of it", async () => {
  const record = { ...mallory.signed.record, signing: [vera.signed.record.signing[0]] };
  const thief = { signed: { record, sigs: [await signRecord(record, mallory.signer), await signRecord(record, sam.signer)] } };
  assert.deepEqual(names(await trusted(people(sam, thief), me(sam))), ["Sam"]);
});

test("a record of another organisation does not count", async () => {
  const other = await person("Vera", "second", { org: b64(random(16)) });
  await introduce(sam, other);
  assert.deepEqual(names(await trusted(people(sam, other), me(sam))), ["Sam"]);
});

test("two introduced records for one person: neither counts, and nobody through them", async () => {
  const twin = await person("Jo", "confidant", { id: jo.id });
  await introduce(sam, vera);
  await introduce(vera, jo);
  await introduce(vera, twin);
  await introduce(twin, mallory);
  const trust = await trusted(people(sam, vera, jo, twin, mallory), me(sam));
  assert.deepEqual(names(trust), ["Sam", "Vera"]);
  assert.deepEqual([...trust.doubled], [jo.id]);
});

test("of two introduced records for one person, the one I introduced myself wins", async () => {
  const twin = await person("Jo", "confidant", { id: jo.id });
  await introduce(sam, vera);
  await introduce(sam, jo);
  await introduce(vera, twin);
  const trust = await trusted(people(sam, vera, twin, jo), me(sam));
  assert.equal(trust.introduced.get(jo.id).record.reading, jo.signed.record.reading);
  assert.equal(trust.doubled.size, 0);
});

test("a server that shows another record as mine is noticed, and nobody counts", async () => {
  await introduce(sam, vera);
  const other = await person("Sam", "worker", { id: sam.id });
  const trust = await trusted(people(other, vera), me(sam));
  assert.equal(trust.swapped, true);
  assert.deepEqual(names(trust), []);
  assert.equal((await trusted(people(sam, other, vera), me(sam))).swapped, true);
});

test("things that are no records are passed over", async () => {
  await introduce(sam, vera);
  const odd = [null, {}, { record: null }, { record: { record: {}, sigs: [] } }, { record: { ...vera.signed, extra: 1 } }];
  const trust = await trusted([...odd.map((one) => ({ record: one })), ...people(sam, vera)], me(sam));
  assert.deepEqual(names(trust), ["Sam", "Vera"]);
});

test("a child's phone counts when an introduced professional signed for it, and not otherwise", async () => {
  await introduce(sam, vera);
  const { introduced } = await trusted(people(sam, vera), me(sam));
  const child = await enrolled(vera, [sam, vera]);
  const { phones, refused } = await believedPhones([child.phone], { org: ORG, child: CHILD, introduced });
  assert.equal(phones.length, 1);
  assert.equal(refused, 0);
  const stranger = await enrolled(mallory, [sam, vera]);
  assert.deepEqual((await believedPhones([stranger.phone], { org: ORG, child: CHILD, introduced })).phones, []);
});

test("a child's reading, device or unlock key that the server swapped is refused", async () => {
  await introduce(sam, vera);
  const { introduced } = await trusted(people(sam, vera), me(sam));
  const child = await enrolled(sam, [sam, vera]);
  const other = await enrolled(mallory, [sam, vera]);
  for (const field of ["reading", "signing", "unlock", "device", "child"]) {
    const record = { ...child.phone.record, [field]: field === "child" ? "K000-00000" : other.phone.record[field] };
    const { phones, refused } = await believedPhones([{ ...child.phone, record }], { org: ORG, child: CHILD, introduced });
    assert.deepEqual([phones.length, refused], [0, 1], field);
  }
  const another = await believedPhones([child.phone], { org: ORG, child: "K000-00000", introduced });
  assert.equal(another.phones.length, 0);
});

/** What the desk makes of lists, for Sam who introduced Vera and Jo. */
async function judged(lists, child, more = {}) {
  const known = new Set([vera, jo]);
  for (const one of known) if (!one.signed.sigs.some((sig) => sig.by === sam.signer.id)) await introduce(sam, one);
  const { introduced } = await trusted(people(sam, vera, jo, mallory), me(sam));
  const { phones } = await believedPhones([child.phone], { org: ORG, child: CHILD, introduced });
  return believedLists(lists, { org: ORG, child: CHILD, introduced, phones, ...more });
}

test("lists made in an enrolment are believed", async () => {
  const child = await enrolled(sam, [sam, vera], { confidant: jo });
  const { circles, refused } = await judged(child.lists, child);
  assert.deepEqual(circles.worker.record.readers.map((one) => one.name), ["Sam", "Vera"]);
  assert.equal(circles.confidant.record.readers[0].name, "Jo");
  assert.deepEqual(refused, []);
  assert.equal(circles.worker.hash, b64(await recordHash(child.lists[0].record)));
});

test("a child without a phone is believed by the list of an introduced reader, and with a phone by no such list", async () => {
  const child = await enrolled(sam, [sam, vera]);
  const alone = (signer, who = [sam, vera]) => list("worker", 1, null, who, [signer]);
  const none = { phones: [] };
  for (const signer of [sam.signer, vera.signer]) {
    const { circles, refused } = await judged([await alone(signer)], child, none);
    assert.deepEqual([circles.worker.record.readers.map((one) => one.name), refused], [["Sam", "Vera"], []]);
  }
  // By a stranger, by a colleague who is not on it, with a stranger on it, and beside a phone that signed nothing of it.
  assert.deepEqual((await judged([await alone(mallory.signer)], child, none)).refused, ["worker"]);
  assert.deepEqual((await judged([await alone(jo.signer)], child, none)).refused, ["worker"]);
  assert.deepEqual((await judged([await alone(sam.signer, [sam, { ...mallory, id: vera.id, name: "Vera" }])], child, none)).refused, ["worker"]);
  assert.deepEqual((await judged([await alone(sam.signer)], child)).refused, ["worker"]);
});

test("a list with a substituted second reader is refused, signed or not", async () => {
  const child = await enrolled(sam, [sam, vera]);
  const false1 = await list("worker", 1, null, [sam, { ...mallory, id: vera.id, name: "Vera" }], [child.device, sam.signer]);
  assert.deepEqual((await judged([false1], child)).refused, ["worker"]);
  const altered = structuredClone(child.lists[0]);
  altered.record.readers[1].reading = mallory.signed.record.reading;
  const { circles, refused } = await judged([altered], child);
  assert.deepEqual([circles, refused], [{}, ["worker"]]);
});

test("a list with a substituted confidant is refused, and the worker circle goes on", async () => {
  const child = await enrolled(sam, [sam, vera], { confidant: jo });
  const altered = structuredClone(child.lists[1]);
  altered.record.readers[0].reading = mallory.signed.record.reading;
  const { circles, refused } = await judged([child.lists[0], altered], child);
  assert.deepEqual(refused, ["confidant"]);
  assert.ok(circles.worker);
  const stranger = await list("confidant", 1, null, [{ ...mallory, role: "confidant" }], [child.device, sam.signer]);
  assert.deepEqual((await judged([child.lists[0], stranger], child)).refused, ["confidant"]);
});

test("a successor whom nobody introduced is refused, even when a member signed the list", async () => {
  const child = await enrolled(sam, [sam, vera]);
  const next = await list("worker", 2, b64(await recordHash(child.lists[0].record)), [sam, vera, mallory], [vera.signer]);
  assert.deepEqual((await judged([...child.lists, next], child)).refused, ["worker"]);
});

test("a successor who was introduced and put on by a member is believed; put on by the server, or by itself, not", async () => {
  const child = await enrolled(sam, [sam, vera]);
  await introduce(sam, mallory);
  const prev = b64(await recordHash(child.lists[0].record));
  const good = await list("worker", 2, prev, [sam, vera, mallory], [vera.signer]);
  assert.equal((await judged([good, ...child.lists], child)).circles.worker.record.number, 2);
  const itself = await list("worker", 2, prev, [sam, vera, mallory], [mallory.signer]);
  assert.deepEqual((await judged([...child.lists, itself], child)).refused, ["worker"]);
  const byPhone = await list("worker", 2, prev, [sam, vera, mallory], [child.device]);
  assert.deepEqual((await judged([...child.lists, byPhone], child)).refused, ["worker"]);
  const elsewhere = await list("worker", 2, b64(random(32)), [sam, vera, mallory], [vera.signer]);
  assert.deepEqual((await judged([...child.lists, elsewhere], child)).refused, ["worker"]);
});

test("list 1 needs the child's phone and the professional", async () => {
  const child = await enrolled(sam, [sam, vera]);
  for (const by of [[child.device], [sam.signer], [child.device, mallory.signer], [mallory.signer, sam.signer]]) {
    const half = await list("worker", 1, null, [sam, vera], by);
    assert.deepEqual((await judged([half], child)).refused, ["worker"]);
  }
});

test("a list that goes back, or is withheld, is refused", async () => {
  const child = await enrolled(sam, [sam, vera], { confidant: jo });
  const seen = { worker: 2, confidant: 1 };
  const { circles, refused } = await judged([child.lists[0]], child, { seen });
  assert.deepEqual(circles, {});
  assert.deepEqual(refused, ["worker", "confidant"]);
  assert.deepEqual((await judged([{ record: null }], child)).refused, ["worker"]);
});

test("what is sealed to a circle opens for its readers and the child, and for nobody else", async () => {
  await introduce(sam, vera);
  const trust = await trusted(people(sam, vera), me(sam));
  const child = await enrolled(sam, [sam, vera]);
  const known = { org: ORG, child: CHILD, introduced: trust.introduced };
  const { phones } = await believedPhones([child.phone, { ...child.phone, revoked: timeText() }], known);
  const { circles } = await believedLists(child.lists, { ...known, phones });
  const readers = sealedTo(circles.worker, phones);
  assert.equal(readers.length, 3);
  const id = newId();
  const file = await seal({
    org: ORG, child: CHILD, id, dir: "down", kind: "answer", seq: 0, circle: "worker", list: { number: 1, hash: circles.worker.hash }, lock: "desk",
    about: newId(), by: sam.id, readers, doc: { v: 1, lang: "nl", outcome: "done", parts: [] }, signDevice: sam.signer,
  });
  const { hdr, wraps, body } = parseEnvelope(file);
  const to = wraps.map((one) => b64(one.keyId));
  const believed = authors({ phones, circles });
  for (const [seed, author] of [[child.seed, "verified"], [vera.seed, "verified"], [mallory.seed, null]]) {
    const mineToOpen = await opener(seed);
    const wrap = wraps.find((one) => b64(one.keyId) === mineToOpen.id)?.sealed ?? null;
    const opened = await openEnvelope({ hdr: headerBytes(hdr), wrap, to, body, expect: { org: ORG, child: CHILD, id, dir: "down" }, opener: mineToOpen, authors: believed });
    assert.equal(opened?.author ?? null, author);
  }
});

test("the keyring opens under its own key only, and locking forgets it", async () => {
  const id = newId();
  const signed = await makeKeys({ org: ORG, person: id, name: "Sam", role: "worker" });
  assert.equal(signed.record.reading, mine().reading);
  assert.deepEqual(names(await trusted([{ record: signed }])), ["Sam"]);
  const kek = random(32);
  const keyring = await sealedKeyring(kek);
  const before = mine();
  const draft = await sealDraft("entry", Uint8Array.of(1, 2, 3));
  lock();
  assert.equal(unlocked(), false);
  assert.throws(mine, { code: "session-ended" });
  assert.throws(myOpener, { code: "session-ended" });
  await assert.rejects(unlockDesk({ org: ORG, person: id, keyring, kek: random(32) }), { code: "key-wrong" });
  await assert.rejects(unlockDesk({ org: ORG, person: newId(), keyring, kek }), { code: "key-wrong" });
  assert.deepEqual(await unlockDesk({ org: ORG, person: id, keyring, kek }), before);
  assert.deepEqual(await openDraft("entry", draft), Uint8Array.of(1, 2, 3));
  await assert.rejects(openDraft("another", draft), { code: "key-wrong" });
  lock();
});

test("a draft does not open for a colleague at the same desk", async () => {
  await makeKeys({ org: ORG, person: newId(), name: "Sam", role: "worker" });
  const draft = await sealDraft("entry", Uint8Array.of(7));
  await makeKeys({ org: ORG, person: newId(), name: "Vera", role: "second" });
  await assert.rejects(openDraft("entry", draft), { code: "key-wrong" });
  lock();
});

test("an introduction adds my signature and leaves the record as it was", async () => {
  const id = newId();
  const own = await makeKeys({ org: ORG, person: id, name: "Sam", role: "worker" });
  const signed = await cosigned(vera.signed);
  assert.deepEqual(signed.record, vera.signed.record);
  assert.equal(signed.sigs.length, 2);
  const trust = await trusted([{ record: own }, { record: signed }]);
  assert.deepEqual(names(trust), ["Sam", "Vera"]);
  assert.equal(unb64(signed.sigs[1].sig).length, 64);
  lock();
});
