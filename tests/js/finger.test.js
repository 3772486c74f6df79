// What moves a button waits until the finger on it is up, and its click has come; a finger that rests holds up nothing.

import assert from "node:assert/strict";
import test from "node:test";

const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
const { lifted } = await import("../../static/parts/finger.js");

/** @param {string} name */
const event = (name) => page.dispatchEvent(new Event(name));

/** @returns {{moved: boolean}} */
function moving() {
  const now = { moved: false };
  void lifted().then(() => {
    now.moved = true;
  });
  return now;
}

test("nothing moves between a finger going down and its click", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const before = moving();
  await Promise.resolve();
  assert.ok(before.moved);
  for (const end of ["pointerup", "pointercancel"]) {
    event("pointerdown");
    const now = moving();
    t.mock.timers.tick(900);
    await Promise.resolve();
    assert.ok(!now.moved, "while it is down");
    event(end);
    await Promise.resolve();
    assert.ok(!now.moved, "before the click");
    t.mock.timers.tick(1);
    await Promise.resolve();
    assert.ok(now.moved, end);
  }
});

test("a finger that rests holds up nothing", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  event("pointerdown");
  const now = moving();
  t.mock.timers.tick(1000);
  await Promise.resolve();
  assert.ok(now.moved);
});
