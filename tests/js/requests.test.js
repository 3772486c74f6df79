// Requests to talk alone below the pages: what an app takes for its own request when it asks again, on phone and desk.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, newId, random } from "../../static/bytes.js";
import { importSigningSeed } from "../../static/crypto/keys.js";
import { makeKeys, mine } from "../../static/desk-keys.js";
import { enteredFor, kindmodusEnd, kindmodusRequest, requestChoices } from "../../static/parts/desk-requests.js";
import { own } from "../../static/phone/log.js";
import { makeRequest, makeRequestEnd, signedBy } from "../../static/talks.js";

const ORG = "AAECAwQFBgcICQoLDA0ODw";
const SUBJ = newId();
const SAM = newId();
const AT = "2026-11-20T16:04:31Z";

const key = () => importSigningSeed(random(32));
const device = await key();
const unlock = await key();
const RECORD = { signing: b64(device.public), unlock: b64(unlock.public) };
const asking = (changed = {}, ...signers) => makeRequest({ org: ORG, subj: SUBJ, to: SAM, circle: "worker", way: "phone", at: AT, ...changed }, ...(signers.length ? signers : [device]));
const kept = (signed, asked) => ({ name: "receipt x", receipt: { index: 4 }, signed, asked });

test("a phone takes an earlier request of its own for the same person for the one it made", async () => {
  const again = await asking();
  for (const first of [await asking(), await asking({}, device, unlock), again]) {
    assert.equal((await own(kept(first, again), RECORD)).signed, first);
  }
  const answer = { ...kept(again, null), asked: null };
  assert.equal(await own(answer, RECORD), answer);
});

test("anything else is held against the receipt as what it handed in", async () => {
  const again = await asking();
  const forged = { record: (await asking()).record, sigs: again.sigs };
  const end = await makeRequestEnd({ org: ORG, subj: SUBJ, request: b64(random(32)), way: "phone", at: AT }, device);
  const others = [asking({ to: null }), asking({ to: newId() }), asking({ circle: "confidant" }), asking({ subj: newId() }), asking({}, await key()), forged, end, null, {}, "x"];
  for (const other of await Promise.all(others)) assert.equal((await own(kept(other, again), RECORD)).signed, again);
});

test("a desk signs what was asked in kindmodus with its own key, and knows its own again", async () => {
  await makeKeys({ org: ORG, person: SAM, name: "Sam", role: "worker" });
  const caseload = { session: { org: { id: ORG } } };
  const choice = { to: SAM, name: "Sam", circle: "worker" };
  const first = await kindmodusRequest(caseload, SUBJ, choice, new Date(AT));
  assert.deepEqual([first.record.way, first.record.at, first.record.to], ["kindmodus", AT, SAM]);
  assert.ok(await signedBy(first, mine().signing));
  const again = await kindmodusRequest(caseload, SUBJ, choice);
  assert.equal(await enteredFor(again, first), first);
  for (const other of [undefined, {}, await asking(), await kindmodusRequest(caseload, SUBJ, { ...choice, to: null })]) {
    assert.equal(await enteredFor(again, other), again);
  }
  const end = await kindmodusEnd(first);
  assert.ok(await signedBy(end, mine().signing));
});

test("whoever has a confidant asks for somebody independent where its worker does not see it", () => {
  const list = (...readers) => ({ record: { readers } });
  const worker = list({ person: SAM, name: "Sam" });
  const confidant = list({ person: "jo", name: "Jo" });
  const circles = (found) => requestChoices({ circles: found }).map(({ to, circle }) => [to, circle]);
  assert.deepEqual(circles({ worker }), [[SAM, "worker"], [null, "worker"]]);
  assert.deepEqual(circles({ worker, confidant }), [[SAM, "worker"], ["jo", "confidant"], [null, "confidant"]]);
});
