// Locks, passphrases, enrolment, trust and the marks on an author, where the vectors do not reach.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, newId, random, unb64, utf8 } from "../../static/bytes.js";
import * as enrol from "../../static/crypto/enrol.js";
import * as keys from "../../static/crypto/keys.js";
import { tooEasy } from "../../static/crypto/lock.js";
import * as phrases from "../../static/crypto/passphrase.js";
import { open, opener, seal, sequenceGaps } from "../../static/crypto/seal.js";
import { supported } from "../../static/crypto/supported.js";
import * as trust from "../../static/crypto/trust.js";
import { KindstemError } from "../../static/errors.js";
import { parseEnvelope, timeText } from "../../static/wire.js";

const org = newId();
const child = "K7Q2-M9XWB";
const at = timeText();
const refused = (code) => (error) => error instanceof KindstemError && error.code === code;

async function adult(name, role) {
  const seed = keys.newReadingSeed();
  const signer = await keys.importSigningSeed(random(32));
  const reading = b64(await keys.readingPublic(seed));
  const record = { t: "person", v: 1, org, person: newId(), name, role, reading, signing: [b64(signer.public)], at };
  const signed = { record, sigs: [await keys.signRecord(record, signer)] };
  return { seed, signer, record, signed, key: record.signing[0] };
}

const [sam, vera, jo, iris] = await Promise.all([adult("Sam", "worker"), adult("Vera", "second"), adult("Jo", "confidant"), adult("Iris", "worker")]);

const asReader = ({ record }, role) => {
  const { person, name, reading, signing } = record;
  return { person, name, role, reading, signing, since: at.slice(0, 10) };
};
const introduce = async (signed, by) => keys.withSignature(signed, await keys.signRecord(signed.record, by.signer));
const firstList = { t: "readers", v: 1, org, child, circle: "worker", number: 1, prev: null, readers: [asReader(sam, "worker"), asReader(vera, "second")], at };
const confidantList = { ...firstList, circle: "confidant", readers: [asReader(jo, "confidant")] };
const nextOf = async (list, readers) => ({ ...list, number: list.number + 1, prev: b64(await keys.recordHash(list)), readers });

const phone = await keys.newDeviceKeys().then(async ({ signing, secret }) => {
  const seed = keys.newReadingSeed();
  return { seed, secret, device: newId(), signer: await keys.signerOf(signing), unlock: await keys.unlockKey(seed), reading: await keys.readingPublic(seed) };
});
const signedBy = async (record, ...signers) => ({ record, sigs: await Promise.all(signers.map((one) => keys.signRecord(record, one))) });

// --- what is too easy ------------------------------------------------------------------------------------------------

test("PINs that a thief tries first are refused", () => {
  const easy = "11111 00000 12345 98765 54321 01234 89012 21098 13579 24680 12321 90210 20081 19995 01987 52010 38317 12123".split(" ");
  for (const pin of easy) assert.ok(tooEasy("pin", pin), pin);
  for (const pin of ["", "1234", "123456", "1234a", "１２３４７", "40 17"]) assert.ok(tooEasy("pin", pin), pin);
  for (const pin of ["40817", "58203", "91746", "22864", "10294"]) assert.ok(!tooEasy("pin", pin), pin);
  const open = Array.from({ length: 100_000 }, (_, n) => String(n).padStart(5, "0")).filter((pin) => !tooEasy("pin", pin));
  assert.ok(open.length > 95_000, "most PINs stay free");
});

test("picture rows that a thief tries first are refused", () => {
  for (const row of ["00000000", "11111111", "00010203", "11100908", "10110001", "03020100"]) assert.ok(tooEasy("pictures", row), row);
  for (const row of ["", "0001", "03110012", "0311000", "0311000a", "03110007 "]) assert.ok(tooEasy("pictures", row), row);
  for (const row of ["03110007", "00060206", "04040911"]) assert.ok(!tooEasy("pictures", row), row);
});

// --- passphrases -----------------------------------------------------------------------------------------------------

test("generated phrases have their words, and differ", async () => {
  const seen = new Set();
  for (let i = 0; i < 50; i++) seen.add(await phrases.newPassphrase());
  assert.equal(seen.size, 50);
  for (const phrase of seen) {
    assert.equal(phrase.split(" ").length, 7);
    assert.deepEqual(await phrases.unknownWords(phrase), []);
    assert.equal(phrases.normalPhrase(phrase), phrase);
    assert.ok(!phrases.phraseTooShort(phrase));
  }
  assert.equal((await phrases.newRecoveryCode()).split(" ").length, 10);
  assert.deepEqual(await phrases.unknownWords("Zoo zonne ABOUT"), ["zonne"]);
  assert.ok(phrases.phraseTooShort("vijftien tekens"));
  assert.ok(phrases.phraseTooShort("  kort             maar lang "));
});

test("a keyring opens with nothing but its own key, for its own person", async () => {
  const key = random(32);
  const sealed = await phrases.sealKeyring(key, sam.record.person, { reading: random(32), signing: random(32) });
  await assert.rejects(phrases.openKeyring(random(32), sam.record.person, sealed), refused("key-wrong"));
  await assert.rejects(phrases.openKeyring(key, vera.record.person, sealed), refused("key-wrong"));
  await assert.rejects(phrases.openKeyring(key, sam.record.person, new Uint8Array(5)), refused("key-wrong"));
});

// --- keys ------------------------------------------------------------------------------------------------------------

test("script cannot read a device's keys", async () => {
  const { signing, secret } = await keys.newDeviceKeys();
  assert.equal(signing.privateKey.extractable, false);
  assert.equal(secret.extractable, false);
  assert.equal((await keys.importSigningSeed(random(32))).privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", secret));
});

test("a key that is none never verifies", async () => {
  for (const key of ["", "AAAA", b64(random(33))]) assert.ok(!(await keys.verify(unb64(key), random(64), "x", utf8("a"))));
});

test("the probe names what is missing", async () => {
  const { ok, missing } = await supported();
  assert.deepEqual([ok, missing], [false, ["storage"]], "Node has everything but a place to keep keys");
});

// --- enrolment -------------------------------------------------------------------------------------------------------

async function offered() {
  const persons = [await introduce(sam.signed, vera), await introduce(vera.signed, sam), jo.signed];
  const bundle = { t: "bundle", v: 1, org, orgName: "Wilgenstroom", child, level: "12", lang: "nl", lists: [firstList, confidantList], persons };
  const secret = enrol.newQrSecret();
  const code = enrol.newStartcode();
  const both = { qr: await enrol.qrKeys(secret, org), typed: await enrol.startcodeKeys(code, org) };
  return { bundle, secret, code, ...both, sent: await enrol.offer(bundle, both) };
}

test("enrolment, from the code on the screen to the signed records on the phone", async () => {
  const desk = await offered();
  assert.match(desk.code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  for (const method of /** @type {("qr" | "typed")[]} */ (["qr", "typed"])) {
    const R = method === "qr" ? enrol.parseQr(enrol.qrText("https://x.example", desk.secret, await enrol.bundleHash(desk.bundle))).R : null;
    const mine = method === "qr" ? await enrol.qrKeys(desk.secret, org) : await enrol.startcodeKeys(desk.code.toLowerCase(), org);
    assert.ok(desk.sent.ids.includes(mine.id));
    const found = await enrol.checkOffer({ bundle: desk.sent.bundle, proof: desk.sent.proofs[method] }, { key: mine.key, R, org });
    const { answer, digits } = await enrol.answerOffer({
      ...found, keys: mine, method, device: phone.device, signer: phone.signer, reading: phone.reading, unlock: phone.unlock.public, lock: "pin",
    });
    const wire = JSON.parse(JSON.stringify(answer));
    assert.equal(await enrol.checkAnswer(wire, desk), digits);
    assert.match(digits, /^\d{6}$/);
    const active = await enrol.countersign(wire, sam.signer);
    const { child: record, lists } = await enrol.checkActive(JSON.parse(JSON.stringify(active)), answer, found.bundle);
    assert.equal(record.record.device, phone.device);
    assert.equal(lists.length, 2);
    const people = new Map([[sam.record.person, sam.record]]);
    assert.equal(await trust.whoEnrolled(record, people), sam.record.person);
    const { newest } = await trust.followLists(lists, { org, child, devices: [record.record.signing], known: [sam.key] });
    assert.deepEqual(newest, { worker: firstList, confidant: confidantList });

    // What came back must be what was answered, signed by somebody of the bundle.
    const others = [
      { ...active, child: await enrol.countersign(wire, iris.signer).then((one) => one.child) },
      { ...active, child: wire.child },
      { ...active, lists: active.lists.slice(1) },
      { ...active, lists: [...active.lists].reverse() },
      { ...active, child: { ...active.child, sigs: active.child.sigs.slice(1) } },
      { ...active, lists: wire.lists },
      { lists: active.lists },
    ];
    for (const other of others) await assert.rejects(enrol.checkActive(other, answer, found.bundle), refused("enrol-keys-differ"));
  }
});

test("a changed child record shows other digits, or is refused", async () => {
  const desk = await offered();
  const args = { bundle: desk.bundle, R: await enrol.bundleHash(desk.bundle), keys: desk.qr, method: /** @type {const} */ ("qr"), device: phone.device, signer: phone.signer, reading: phone.reading, unlock: phone.unlock.public, lock: /** @type {const} */ ("pin") };
  const mine = await enrol.answerOffer(args);
  const thief = await enrol.answerOffer({ ...args, device: newId() });
  assert.notEqual(mine.digits, thief.digits);
  await assert.rejects(enrol.checkAnswer({ ...mine.answer, child: thief.answer.child }, desk), refused("enrol-keys-differ"));
});

// --- whom to believe -------------------------------------------------------------------------------------------------

const ids = (map) => [...map.keys()].sort();
const idsOf = (...people) => people.map((one) => one.record.person).sort();

test("only who is introduced is believed, along a chain that starts with me", async () => {
  const people = [sam.signed, await introduce(vera.signed, sam), await introduce(jo.signed, vera), iris.signed];
  assert.deepEqual(ids(await trust.introduced(people, sam.key)), idsOf(sam, vera, jo));
  assert.deepEqual(ids(await trust.introduced([...people].reverse(), sam.key)), idsOf(sam, vera, jo), "in any order");
  assert.deepEqual(ids(await trust.introduced(people, vera.key)), idsOf(vera, jo), "Sam introduced Vera, and not the reverse");
  assert.deepEqual(ids(await trust.introduced(people, iris.key)), idsOf(iris));
  assert.deepEqual(ids(await trust.introduced(people, b64(random(32)))), [], "nobody without a record of one's own");
});

test("a key that the server put in the place of a colleague's is not believed", async () => {
  const swapped = { ...vera.record, reading: iris.record.reading };
  const forgeries = [
    { record: swapped, sigs: (await introduce(vera.signed, sam)).sigs },
    { record: swapped, sigs: [await keys.signRecord(swapped, vera.signer)] },
    await signedBy({ ...vera.record, signing: iris.record.signing }, iris.signer),
    { record: vera.record, sigs: [await keys.signRecord(vera.record, sam.signer)] },
    { record: vera.record, sigs: [] },
    null,
  ];
  for (const forged of forgeries) assert.deepEqual(ids(await trust.introduced([sam.signed, forged], sam.key)), idsOf(sam));
});

test("somebody introduced cannot take a colleague's place", async () => {
  const taken = { ...vera.record, reading: iris.record.reading, signing: iris.record.signing };
  const second = await signedBy(taken, iris.signer);
  const chain = [sam.signed, await introduce(vera.signed, sam), await introduce(iris.signed, sam), second];
  const believed = await trust.introduced(chain, sam.key);
  assert.deepEqual(believed.get(vera.record.person), vera.record, "the shorter chain wins");
  const both = [sam.signed, await introduce(vera.signed, sam), await introduce(second, sam)];
  assert.deepEqual(ids(await trust.introduced(both, sam.key)), idsOf(sam), "two at the same distance: neither");
});

test("a child's keys are believed by an introduced professional's signature only", async () => {
  const people = new Map([[sam.record.person, sam.record]]);
  const record = { t: "child", v: 1, org, child, device: phone.device, reading: b64(phone.reading), signing: b64(phone.signer.public), unlock: b64(phone.unlock.public), lock: "pin", level: "12", lang: "nl", at };
  assert.equal(await trust.whoEnrolled(await signedBy(record, phone.signer, sam.signer), people), sam.record.person);
  assert.equal(await trust.whoEnrolled(await signedBy(record, phone.signer, iris.signer), people), null);
  assert.equal(await trust.whoEnrolled(await signedBy(record, phone.signer), people), null);
  assert.equal(await trust.whoEnrolled(await signedBy(record, sam.signer), people), null, "the device must have signed too");
});

// --- lists -----------------------------------------------------------------------------------------------------------

const devices = [b64(phone.signer.public)];
const follow = (lists, more = {}) => trust.followLists(lists, { org, child, devices, known: [sam.key], ...more });

test("lists follow each other, each signed by somebody on the one before", async () => {
  const one = await signedBy(firstList, phone.signer, sam.signer);
  const second = await nextOf(firstList, [asReader(iris, "worker"), asReader(vera, "second")]);
  const two = await signedBy(second, vera.signer);
  const third = await nextOf(second, [asReader(iris, "worker"), asReader(vera, "second"), asReader(sam, "second")]);
  const three = await signedBy(third, iris.signer);
  const { newest, ids: names, byHash } = await follow([three, one, two]);
  assert.deepEqual(newest, { worker: third });
  assert.deepEqual(names.worker, { number: 3, hash: b64(await keys.recordHash(third)) });
  assert.equal(byHash.size, 3);

  const bad = {
    "signed by nobody on the list before": [one, await signedBy(second, iris.signer)],
    "signed by the child's device alone": [one, await signedBy(second, phone.signer)],
    "a list left out": [one, three],
    "another predecessor": [one, await signedBy({ ...second, prev: b64(random(32)) }, sam.signer)],
    "two lists with one number": [one, two, await signedBy({ ...second, at: "2026-01-01T00:00:00Z" }, sam.signer)],
    "the first one without the child's device": [await signedBy(firstList, sam.signer)],
    "the first one without a professional I know": [await signedBy(firstList, phone.signer, iris.signer)],
    "another child's": [await signedBy({ ...firstList, child: "K000-00000" }, phone.signer, sam.signer)],
    "another organisation's": [await signedBy({ ...firstList, org: newId() }, phone.signer, sam.signer)],
  };
  for (const [name, lists] of Object.entries(bad)) await assert.rejects(follow(lists), refused("bad-signature"), name);
  const shrunk = await nextOf(firstList, [asReader(sam, "worker")]);
  await assert.rejects(follow([one, await signedBy(shrunk, sam.signer)]), refused("list-too-small"));
  await assert.rejects(follow([one], { seen: { worker: 2 } }), refused("list-stale"));
  assert.deepEqual((await follow([one], { seen: { worker: 1 } })).newest, { worker: firstList });
});

test("a confidant comes later through the child and somebody who reads already, and only they change it", async () => {
  const one = await signedBy(firstList, phone.signer, sam.signer);
  const later = await signedBy(confidantList, phone.signer, vera.signer);
  assert.deepEqual((await follow([later, one])).newest.confidant, confidantList);
  await assert.rejects(follow([one, await signedBy(confidantList, vera.signer)]), refused("bad-signature"));
  await assert.rejects(follow([one, await signedBy(confidantList, phone.signer)]), refused("bad-signature"));
  const next = await nextOf(confidantList, [asReader({ record: { ...iris.record } }, "confidant")]);
  for (const signer of [phone.signer, jo.signer]) assert.deepEqual((await follow([one, later, await signedBy(next, signer)])).newest.confidant, next);
  for (const signer of [sam.signer, vera.signer, iris.signer]) {
    await assert.rejects(follow([one, later, await signedBy(next, signer)]), refused("bad-signature"), "workers do not choose the confidant");
  }
});

test("an on-call list is always by the child's device and somebody who reads as a worker", async () => {
  const one = await signedBy(firstList, phone.signer, sam.signer);
  const served = ["Tess", "Ada"].map((name, i) => ({ person: newId(), name, role: "oncall", reading: [jo, iris][i].record.reading, signing: [[jo, iris][i].key], since: "2026-11-20" }));
  const first = { ...firstList, circle: "oncall", readers: served.slice(0, 1) };
  const second = await nextOf(first, served);
  const both = await signedBy(first, phone.signer, vera.signer);
  assert.deepEqual((await follow([both, one])).newest.oncall, first);
  assert.deepEqual((await follow([one, both, await signedBy(second, phone.signer, sam.signer)])).newest.oncall, second);
  for (const signers of [[phone.signer], [sam.signer], [sam.signer, vera.signer], [phone.signer, jo.signer], [phone.signer, iris.signer]]) {
    await assert.rejects(follow([one, await signedBy(first, ...signers)]), refused("bad-signature"));
    await assert.rejects(follow([one, both, await signedBy(second, ...signers)]), refused("bad-signature"), "nobody of the service lets another one in");
  }
  const slipped = { ...first, readers: [{ ...asReader(iris, "worker") }] };
  await assert.rejects(follow([one, await signedBy(slipped, phone.signer, sam.signer)]), refused("bad-record"), "a worker in the list");
  await assert.rejects(follow([one, both], { seen: { oncall: 2 } }), refused("list-stale"));
});

test("nobody stands in two circles of a child", async () => {
  const one = await signedBy(firstList, phone.signer, sam.signer);
  const confidant = await signedBy(confidantList, phone.signer, sam.signer);
  const independent = await signedBy({ ...firstList, circle: "independent", readers: [asReader(jo, "independent")] }, phone.signer, sam.signer);
  const worker = await signedBy({ ...firstList, circle: "independent", readers: [asReader(vera, "independent")] }, phone.signer, sam.signer);
  assert.equal((await follow([one, independent])).newest.independent.readers[0].name, "Jo");
  await assert.rejects(follow([one, confidant, independent]), refused("bad-record"));
  await assert.rejects(follow([one, worker]), refused("bad-record"));
});

test("somebody independent is the child's to change", async () => {
  const one = await signedBy(firstList, phone.signer, sam.signer);
  const list = { ...firstList, circle: "independent", readers: [asReader(jo, "independent")] };
  const first = await signedBy(list, phone.signer, vera.signer);
  await assert.rejects(follow([one, await signedBy(list, phone.signer)]), refused("bad-signature"));
  await assert.rejects(follow([one, await signedBy(list, sam.signer, vera.signer)]), refused("bad-signature"));
  const next = await nextOf(list, [{ ...asReader(iris, "independent") }]);
  for (const signer of [phone.signer, jo.signer]) assert.deepEqual((await follow([one, first, await signedBy(next, signer)])).newest.independent, next);
  await assert.rejects(follow([one, first, await signedBy(next, sam.signer)]), refused("bad-signature"), "workers do not choose");
});

test("a child without a phone has a first list by a reader alone, and a phone linked later signs the next", async () => {
  const alone = await signedBy(firstList, sam.signer);
  const none = { devices: [] };
  assert.deepEqual((await follow([alone], none)).newest, { worker: firstList });
  await assert.rejects(follow([alone]), refused("bad-signature"), "there is a phone, and it signed nothing");
  await assert.rejects(follow([await signedBy(firstList, iris.signer)], none), refused("bad-signature"), "by somebody who does not read");
  await assert.rejects(follow([await signedBy(firstList, iris.signer)], { ...none, known: [iris.key] }), refused("bad-signature"), "by somebody I know who is not on it");
  await assert.rejects(follow([await signedBy(firstList, vera.signer)], none), refused("bad-signature"), "by a reader whom I do not know");

  const again = await nextOf(firstList, [asReader(sam, "worker"), asReader(vera, "second")]);
  const linked = await signedBy(again, phone.signer, sam.signer);
  assert.deepEqual((await follow([linked, alone])).newest, { worker: again });
  await assert.rejects(follow([alone, await signedBy(again, sam.signer)]), refused("bad-signature"), "a list that follows, and still not the phone's");
  const confidants = await signedBy(confidantList, sam.signer);
  await assert.rejects(follow([alone, confidants], none), refused("bad-signature"), "the confidant is the child's to choose");
});

test("a list with a key that nobody introduced names the stranger", async () => {
  const people = new Map([sam, vera].map((one) => [one.record.person, one.record]));
  assert.deepEqual(trust.strangers(firstList, people), []);
  const swapped = { ...firstList, readers: [firstList.readers[0], { ...firstList.readers[1], reading: iris.record.reading }] };
  assert.deepEqual(trust.strangers(swapped, people).map((one) => one.name), ["Vera"]);
  assert.equal(trust.strangers({ ...firstList, readers: [asReader(iris, "worker")] }, people).length, 1);
});

// --- sealing and opening ---------------------------------------------------------------------------------------------

const checkin = { v: 1, level: "12", lang: "nl", answers: [], parts: [{ kind: "text", prompt: "?", text: "hoi" }] };

async function sealed(more = {}) {
  const list = { number: 1, hash: b64(await keys.recordHash(firstList)) };
  const file = await seal({
    org, child, id: newId(), dir: "up", kind: "checkin", seq: 1, circle: "worker", list, lock: "open", by: phone.device,
    readers: trust.readersOf(firstList, b64(phone.reading)), doc: checkin, signDevice: phone.signer, signUnlock: phone.unlock, ...more,
  });
  return parseEnvelope(file);
}

async function opened(envelope, seed, authors, more = {}) {
  const mine = await opener(seed);
  const wrap = envelope.wraps.find((one) => b64(one.keyId) === mine.id)?.sealed ?? null;
  const to = envelope.wraps.map((one) => b64(one.keyId));
  return open({ hdr: envelope.hdrBytes, wrap, to, body: envelope.body, expect: envelope.hdr, opener: mine, authors, ...more });
}

const childRecord = { device: phone.device, signing: b64(phone.signer.public), unlock: b64(phone.unlock.public) };

test("readers of the list and the child open it, others get null", async () => {
  const authors = trust.authorsOf({ devices: [{ record: childRecord }] });
  const envelope = await sealed();
  for (const seed of [sam.seed, vera.seed, phone.seed]) assert.equal((await opened(envelope, seed, authors)).author, "verified");
  assert.equal(await opened(envelope, jo.seed, authors), null);
  assert.equal(await opened(envelope, sam.seed, authors, { wrap: null }), null);
});

test("a row that names other keys than the envelope is damaged", async () => {
  const envelope = await sealed();
  const to = envelope.wraps.map((one) => b64(one.keyId));
  for (const other of [to.slice(1), [...to, b64(random(32))], [...to, to[0]]]) {
    const mine = await opener(sam.seed);
    if (other.includes(mine.id)) await assert.rejects(opened(envelope, sam.seed, new Map(), { to: other }), refused("envelope-damaged"));
    else assert.equal(await opened(envelope, sam.seed, new Map(), { to: other }), null);
  }
  assert.ok(await opened(envelope, sam.seed, new Map(), { to: [...to].reverse() }), "the row's order does not count");
});

test("an answer by somebody who was never on a list is unverified", async () => {
  const next = await nextOf(firstList, [asReader(iris, "worker"), asReader(vera, "second")]);
  const reply = { v: 1, lang: "nl", outcome: "message", parts: [] };
  const by = (who) =>
    sealed({ dir: "down", kind: "answer", seq: 0, lock: "desk", by: who.record.person, doc: reply, signDevice: who.signer, signUnlock: null });
  const authors = trust.authorsOf({ devices: [{ record: childRecord }], lists: [firstList, next] });
  assert.equal((await opened(await by(sam), phone.seed, authors, { at: "2026-01-01T00:00:00Z" })).author, "verified", "an old answer stays its author's");
  assert.equal((await opened(await by(sam), phone.seed, authors)).author, "revoked", "whoever left the list answers no more");
  assert.equal((await opened(await by(iris), phone.seed, authors)).author, "verified");
  assert.equal((await opened(await by(jo), phone.seed, authors)).author, "unverified");
  const pretends = await sealed({ dir: "down", kind: "answer", seq: 0, lock: "desk", by: phone.device, doc: reply, signUnlock: null });
  assert.equal((await opened(pretends, phone.seed, authors)).author, "unverified", "a phone does not answer");
});

test("sealing refuses what could not be opened", async () => {
  await assert.rejects(sealed({ signUnlock: null }), refused("bad-envelope"));
  await assert.rejects(sealed({ lock: "locked" }), refused("bad-envelope"));
  await assert.rejects(sealed({ seq: 0 }), refused("bad-envelope"));
  await assert.rejects(sealed({ kind: "answer" }), refused("bad-envelope"));
  await assert.rejects(sealed({ doc: { ...checkin, extra: 1 } }), refused("bad-envelope"));
  await assert.rejects(sealed({ readers: [] }), refused("bad-envelope"));
  await assert.rejects(sealed({ readers: [{ public: random(32) }] }), refused("not-quantum-safe"));
});

test("what is missing is told by the numbers around it, per device and circle", () => {
  const metas = [[1, "worker"], [2, "worker"], [5, "worker"], [1, "self"], [2, "confidant"], [0, "worker"]];
  const gaps = sequenceGaps(metas.map(([seq, circle]) => ({ meta: { by: seq ? "d" : "p", seq, circle } })));
  assert.deepEqual(gaps, [
    { by: "d", circle: "worker", gaps: [{ from: 2, to: 5 }] },
    { by: "d", circle: "confidant", gaps: [{ from: 0, to: 2 }] },
  ]);
});
