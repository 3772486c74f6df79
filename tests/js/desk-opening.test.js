// Opening many messages at the desk: in few requests, the first by themselves, each once, and never for ever.

import assert from "node:assert/strict";
import test from "node:test";

import { b64, fromUtf8, newId, random } from "../../static/bytes.js";
import { makeKeys } from "../../static/desk-keys.js";
import { Caseload } from "../../static/parts/desk-caseload.js";

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
