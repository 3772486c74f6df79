// Opening many messages at the desk: in few requests, the first by themselves, each once, and never for ever.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, fromUtf8, newId, random } from "../../static/bytes.js";
import { newReadingSeed, readingPublic } from "../../static/crypto/keys.js";
import { open } from "../../static/crypto/seal.js";
import { makeKeys, mine, myOpener } from "../../static/desk-keys.js";
import { Caseload } from "../../static/parts/desk-caseload.js";
import { prove, verifyQuote } from "../../static/said.js";
import { parseEnvelope } from "../../static/wire.js";

const ORG = "AAECAwQFBgcICQoLDA0ODw";
await makeKeys({ org: ORG, person: "EBESExQVFhcYGRobHB0eHw", name: "Sam", role: "worker" });

/** A server that gives at most so many bodies in an answer, and notes what it was asked. */
function server(most) {
  const asked = [];
  globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ path, /** @type {any} */ { body }) => {
    assert.equal(path, "/desk/api/bodies");
    const { entries, reason } = JSON.parse(fromUtf8(body));
    assert.equal(reason, "prepare");
    asked.push(entries);
    return Response.json({ bodies: entries.slice(0, most).map((id) => ({ id, body: b64(random(64)) })) });
  });
  return asked;
}

const caseload = () => new Caseload({ org: { id: ORG }, person: { id: "EBESExQVFhcYGRobHB0eHw", name: "Sam", role: "worker" } });
const child = () => ({ child: "K7Q2-M9XWB", circles: {}, phones: [], opened: new Map() });
const rows = (n) => Array.from({ length: n }, (_, place) => ({ id: newId(), dir: "up", hdr: random(20), at: new Date(), place, wrap: random(20), to: [], by: "phone", opened: [] }));

test("two hundred messages are opened in a few requests, each once, the first of them alone", async () => {
  const asked = server(100);
  const kid = child();
  const all = rows(200);
  const told = [];
  await caseload().openAll(kid, all, "prepare", (done) => told.push(done));
  assert.deepEqual(asked.map((one) => one.length), [24, 48, 48, 48, 32]);
  assert.deepEqual(asked.flat(), all.map(({ id }) => id));
  assert.equal(told[0], 24);
  assert.equal(told.at(-1), 200);
  assert.deepEqual(told, [...told].sort((a, b) => a - b));
  // Nothing of these random bytes opens, and each is there in its place all the same, as read by me.
  assert.deepEqual(all.map(({ id }) => kid.opened.get(id)?.state), Array(200).fill("moved"));
  assert.ok(all.every(({ opened }) => opened[0].name === "Sam"));
});

test("what is open already is not asked for again", async () => {
  const asked = server(100);
  const kid = child();
  const all = rows(30);
  const one = caseload();
  await one.openAll(kid, all.slice(0, 10), "prepare", () => undefined);
  const told = [];
  await one.openAll(kid, all, "prepare", (done) => told.push(done));
  assert.deepEqual(asked.map((ids) => ids.length), [10, 14, 6]);
  assert.equal(told.at(-1), 30);
});

test("what an answer had no room for is asked for again, and a server that gives nothing is not asked for ever", async () => {
  const asked = server(5);
  const kid = child();
  await caseload().openAll(kid, rows(12), "prepare", () => undefined);
  assert.deepEqual(asked.map((ids) => ids.length), [12, 7, 2]);
  server(0);
  await assert.rejects(caseload().openAll(child(), rows(3), "prepare", () => undefined), { code: "not-found" });
});

test("what a child says in kindmodus can be quoted by proof, and what was changed behind its signature is found", async () => {
  const one = caseload();
  const me = mine();
  const list = { number: 1, readers: [{ person: me.person, name: "Sam", role: "worker", reading: me.reading, signing: [me.signing], since: "2026-11-22" }] };
  const kid = { ...child(), circles: { worker: { record: list, hash: b64(new Uint8Array(32)) } }, refused: [], strangers: 0 };
  const doc = { v: 1, level: "8", lang: "nl", answers: [], parts: [{ kind: "text", prompt: "Wat wil jij vertellen?", text: "Ik mis mijn hond, elke dag." }] };
  const [id, at] = [newId(), "2026-11-22T09:30:00Z"];
  const { file } = await one.sealSaid(/** @type {any} */ (kid), { id, kind: "checkin", about: null, at, doc, attachments: [] });
  const { hdrBytes: hdr, wraps, body } = parseEnvelope(file);
  const expect = /** @type {const} */ ({ org: ORG, child: kid.child, id, dir: "up" });
  const opened = await open({ hdr, wrap: wraps[0].sealed, to: wraps.map(({ keyId }) => b64(keyId)), body, expect, opener: myOpener(), authors: new Map() });
  assert.ok(opened);
  const entry = (/** @type {any} */ said) => ({ row: { id }, state: "open", ...opened, author: "tablet", doc: said, misfit: null });
  const changed = structuredClone(opened.doc);
  changed.parts[0].text = "Ik mis mijn hond elke dag.";
  kid.opened.set(id, entry(opened.doc));
  assert.equal(await one.misfits(/** @type {any} */ (kid)), false);
  assert.equal(kid.opened.get(id).misfit, false);
  kid.opened.set("from before", entry(doc)).set("changed", entry(changed));
  assert.equal(await one.misfits(/** @type {any} */ (kid)), true);
  assert.deepEqual([...kid.opened.values()].map(({ misfit }) => misfit), [false, false, true]);
  const proof = await prove(opened.doc, opened.doc.said, [{ part: 0, from: 12, to: 16 }]);
  assert.equal(await verifyQuote(proof, me.signing), "hond");
  assert.equal(proof.signed.record.way, "kindmodus");
  const options = ["Ja, dat klopt", "Nee, dat klopt niet"];
  const reaction = { v: 1, level: "8", lang: "nl", prompt: "Klopt dat?", value: options[1], options, parts: [] };
  const parcel = await one.sealSaid(/** @type {any} */ (kid), { id: newId(), kind: "reaction", about: id, at, doc: reaction, attachments: [] });
  assert.deepEqual([parcel.reacts, parcel.paper], [`${id}.n`, undefined]);
});

test("a meldcode goes to no phone, nor does a note where somebody looks in it; the server is told no word", async () => {
  const one = caseload();
  const me = mine();
  const list = { number: 1, readers: [{ person: me.person, name: "Sam", role: "worker", reading: me.reading, signing: [me.signing], since: "2026-11-22" }] };
  const phone = b64(await readingPublic(newReadingSeed()));
  const kid = /** @type {any} */ ({ ...child(), circles: { worker: { record: list, hash: b64(new Uint8Array(32)) } }, refused: [], strangers: 0, phones: [{ record: { reading: phone }, revoked: null }] });
  const note = { v: 1, lang: "nl", what: "used", knows: null, parts: [{ kind: "text", text: "Er is gevaar." }] };
  const said = (/** @type {boolean} */ yes) => ({ yes, reasons: ["other"], text: "Dit is de toelichting." });
  const id = newId();
  const doc = { v: 1, lang: "nl", what: "steps", meldcode: id, prev: [], entry: null, talk: null, quotes: [], steps: ["", "", ""], weighed: Array(5).fill(null), decided: { report: said(true), help: said(false), talk: null }, child: "" };
  const wraps = async (/** @type {any} */ what) => parseEnvelope((await one.sealFor(kid, { circle: "worker", ...what })).file).wraps.length;
  assert.equal(await wraps({ kind: "note", doc: note, about: newId() }), 2);
  assert.equal(await wraps({ kind: "note", doc: note, about: newId(), alone: true }), 1);
  kid.card = { name: "Noor", age: 15, phone: "often", level: "12", at: "2026-11-22T09:30:00Z" };
  assert.equal(await wraps({ kind: "note", doc: note, about: newId() }), 1);
  assert.equal(await wraps({ kind: "meldcode", doc }), 1);
  assert.equal((await one.sealFor(kid, { kind: "meldcode", circle: "worker", doc })).meldcode, `${id}.steps.5.yn-`);
  const judged = { v: 1, lang: "nl", what: "agree", meldcode: id, of: newId(), text: "Eens." };
  assert.equal((await one.sealFor(kid, { kind: "meldcode", circle: "worker", doc: judged })).meldcode, `${id}.agree.${judged.of}`);
});
