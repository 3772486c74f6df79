// Whose answer to the offer of an independent talk a desk believes, and with whom such a talk can be.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, newId, random } from "../../static/bytes.js";
import { importSigningSeed, signRecord } from "../../static/crypto/keys.js";
import { heardOf, independents, withWhom } from "../../static/parts/desk-offer.js";

const [ORG, SAM, VERA, JO, NOOR] = Array.from({ length: 5 }, newId);
const CHILD = "K7Q2-M9XWB";
const OFFER = newId();
const key = () => importSigningSeed(random(32));
const [device, unlock, sam, vera, jo] = await Promise.all([key(), key(), key(), key(), key()]);

const reader = (person, one) => ({ person, name: person, role: "worker", reading: "", signing: [b64(one.public)] });
const list = (circle, ...readers) => ({ record: { circle, number: 1, readers }, hash: "", all: [{ circle, number: 1, readers, at: "2026-11-01T09:00:00Z" }] });
const kid = {
  child: CHILD,
  phones: [{ record: { device: NOOR, signing: b64(device.public), unlock: b64(unlock.public) }, revoked: null }],
  circles: { worker: list("worker", reader(SAM, sam), reader(VERA, vera)), confidant: list("confidant", reader(JO, jo)) },
};
const answer = async (changed, ...keys) => {
  const record = { t: "offer-answer", v: 1, org: ORG, child: CHILD, offer: OFFER, says: "yes", way: "phone", at: "2026-11-20T10:00:00Z", ...changed };
  return { record, sigs: await Promise.all(keys.map((one) => signRecord(record, one))) };
};
const heard = (...answers) => heardOf(kid, { offers: [{ entry: OFFER, by: SAM, name: "Sam", at: new Date(), phone: true, answers }] });

test("the phone's answer counts, with its PIN and without, and the newest stands", async () => {
  const first = await answer({ says: "later" }, device);
  const next = await answer({ says: "yes", at: "2026-11-21T10:00:00Z" }, device, unlock);
  assert.deepEqual([(await heard(first))?.says, (await heard(first, next))?.says, (await heard(next, first))?.says], ["later", "yes", "yes"]);
  assert.equal((await heard(next))?.by, NOOR);
});

test("what was said on the tablet counts by the key of whoever reads as a worker, and is that", async () => {
  const found = await heard(await answer({ way: "kindmodus" }, vera));
  assert.deepEqual([found?.way, found?.by], ["kindmodus", VERA]);
});

test("what the server makes up is no answer", async () => {
  const other = await key();
  const forged = [
    answer({}, other),
    // A worker with the own key, who calls it the phone's.
    answer({}, sam),
    answer({}, device, sam),
    answer({ way: "kindmodus" }, device),
    answer({ way: "kindmodus" }, jo),
    answer({ way: "kindmodus" }, sam, vera),
    answer({ child: "K000-00000" }, device),
    answer({ offer: newId() }, device),
    answer({ says: "held" }, device),
    answer({ more: 1 }, device),
    answer({}, unlock),
  ];
  assert.equal(await heard(...(await Promise.all(forged)), null, {}, "x", { record: null, sigs: [] }), null);
  const real = await answer({ says: "no" }, device);
  const changed = { record: { ...real.record, says: "yes" }, sigs: real.sigs };
  assert.equal(await heard(changed), null);
});

test("a phone that was switched off answers nothing after that", async () => {
  const lost = { ...kid, phones: [{ ...kid.phones[0], revoked: "2026-11-20T12:00:00Z" }] };
  const offers = async (at) => [{ entry: OFFER, by: SAM, name: "Sam", at: new Date(), phone: true, answers: [await answer({ at }, device)] }];
  assert.equal((await heardOf(lost, { offers: await offers("2026-11-20T10:00:00Z") }))?.says, "yes");
  assert.equal(await heardOf(lost, { offers: await offers("2026-11-20T13:00:00Z") }), null);
});

test("a talk is with somebody who is introduced, works here, and reads nothing else of the child", () => {
  const person = (id, role) => ({ record: { person: id, name: id, role } });
  const [wil, ada, bo] = ["Wil", "Ada", "Bo"].map((one) => one);
  const introduced = new Map([[JO, person(JO, "confidant")], [wil, person(wil, "confidant")], [ada, person(ada, "confidant")], [SAM, person(SAM, "worker")]]);
  const row = (id, active = true) => ({ record: { record: { person: id } }, active });
  const caseload = { trust: { introduced }, people: [row(JO), row(wil), row(ada), row(bo), row(SAM)] };
  assert.deepEqual(independents(caseload, kid).map((one) => one.name), ["Ada", "Wil"]);
  assert.deepEqual(independents({ ...caseload, people: [row(ada, false), row(wil)] }, kid).map((one) => one.name), ["Wil"]);
});

test("with whom it is, only an offer says that a reader stands for", () => {
  const doc = { v: 1, of: newId(), list: { record: { readers: [{ name: "Wil" }] } } };
  const opened = (more = {}) => ({ opened: new Map([[OFFER, { state: "open", meta: { kind: "offer" }, author: "verified", doc, ...more }]]) });
  assert.equal(withWhom(opened(), OFFER), "Wil");
  assert.equal(withWhom(opened({ author: "unverified" }), OFFER), "");
  assert.equal(withWhom(opened({ doc: { ...doc, list: null } }), OFFER), "");
  assert.equal(withWhom({ opened: new Map() }, OFFER), "");
});
