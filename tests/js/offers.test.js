// Which list a child's phone signs by a yes to an independent talk, and which it does not.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, newId, random } from "../../static/bytes.js";
import { importSigningSeed, recordHash, signRecord } from "../../static/crypto/keys.js";
import { listOf } from "../../static/phone/offers.js";

const [ORG, SAM, VERA, JO, WIL] = Array.from({ length: 5 }, newId);
const CHILD = "K7Q2-M9XWB";
const AT = "2026-11-20T10:00:00Z";
const key = () => importSigningSeed(random(32));
const [sam, vera, iris] = await Promise.all([key(), key(), key()]);
const reading = Object.fromEntries([SAM, VERA, JO, WIL].map((one) => [one, b64(random(1216))]));

const reader = (person, role, signing = [b64(random(32))]) => ({ person, name: "Iemand", role, reading: reading[person], signing, since: "2026-11-20" });
const list = (circle, readers, more = {}) => ({ t: "readers", v: 1, org: ORG, child: CHILD, circle, number: 1, prev: null, readers, at: AT, ...more });
const WORKERS = list("worker", [reader(SAM, "worker", [b64(sam.public)]), reader(VERA, "second", [b64(vera.public)])]);
const CONFIDANTS = list("confidant", [reader(JO, "confidant")]);
const INDEPENDENT = list("independent", [reader(WIL, "independent")]);
const here = (independent = null) => ({ org: ORG, child: CHILD, newest: (circle) => ({ worker: WORKERS, confidant: CONFIDANTS, independent, oncall: null })[circle] });
const signed = async (record, ...by) => ({ record, sigs: await Promise.all(by.map((one) => signRecord(record, one))) });

test("the list that whoever makes the offer signed is what a yes signs", async () => {
  const found = await listOf(await signed(INDEPENDENT, sam), SAM, here());
  assert.deepEqual(found?.record, INDEPENDENT);
  assert.equal(await listOf(null, SAM, here()), null);
});

test("a list that another signed, or that is about another child, is none", async () => {
  for (const [record, by, maker] of [
    [INDEPENDENT, iris, SAM],
    // Vera makes an offer with a list that Sam signed for another.
    [INDEPENDENT, sam, VERA],
    [INDEPENDENT, sam, JO],
    [{ ...INDEPENDENT, child: "K000-00000" }, sam, SAM],
    [{ ...INDEPENDENT, org: newId() }, sam, SAM],
  ]) {
    assert.equal(await listOf(await signed(record, by), maker, here()), null);
  }
});

test("nobody comes to read twice: neither as a person nor under a key that reads already", async () => {
  for (const person of [SAM, VERA, JO]) {
    assert.equal(await listOf(await signed(list("independent", [reader(person, "independent")]), sam), SAM, here()), null);
    const renamed = { ...reader(WIL, "independent"), reading: reading[person] };
    assert.equal(await listOf(await signed(list("independent", [renamed]), sam), SAM, here()), null);
  }
});

test("it follows the newest list that the phone knows, and no other", async () => {
  const prev = b64(await recordHash(INDEPENDENT));
  const next = { ...INDEPENDENT, number: 2, prev };
  assert.ok(await listOf(await signed(next, sam), SAM, here(INDEPENDENT)));
  assert.equal(await listOf(await signed(INDEPENDENT, sam), SAM, here(INDEPENDENT)), null);
  assert.equal(await listOf(await signed(next, sam), SAM, here()), null);
  assert.equal(await listOf(await signed({ ...next, prev: b64(random(32)) }, sam), SAM, here(INDEPENDENT)), null);
  await assert.rejects(listOf(await signed(list("worker", WORKERS.readers.slice(0, 1)), sam), SAM, here()), { code: "list-too-small" });
});
