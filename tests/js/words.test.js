// Texts in the browser: chosen by the build, filled by parts/words.js.

import assert from "node:assert/strict";
import test from "node:test";

import { clock, day, has, load, series, setLevel, spoken, t } from "../../static/parts/words.js";
import { choose, parsePo, usedKeys } from "../../tools/catalogues.mjs";
import { drawingsModules, parseDrawings } from "../../tools/drawings.mjs";

const HEADS = ["child"];

test("a catalogue is read with its comments, joined lines and escapes", () => {
  const po = 'msgid ""\nmsgstr ""\n"Language: nl\\n"\n\n# head\n#. check: jurist\nmsgid "child.a"\nmsgstr "een "\n"\\"twee\\""\n';
  assert.deepEqual([...parsePo(po)], [["child.a", 'een "twee"']]);
});

test("a line that is no entry stops the build", () => {
  assert.throws(() => parsePo('msgid "child.a"\nmsgstr "x\n'), /line 2/);
});

test("keys are found whole, as a series and as a start", () => {
  const { whole, starts } = usedKeys(
    ['t("child.sent"); series(\'child.mood.#\'); t("child.state." + n); t(`child.feel.${n}`); import "./child.js"'],
    HEADS,
  );
  assert.deepEqual([...whole], ["child.sent"]);
  assert.deepEqual([...starts], ["child.mood.", "child.state.", "child.feel."]);
});

test("a bundle carries only used texts, with their simpler form", () => {
  const catalogue = new Map([["child.a", "1"], ["child.a@8", "2"], ["child.b", "3"], ["child.c.1", "4"], ["child.c.1@8", "5"]]);
  assert.deepEqual(choose(catalogue, usedKeys(['t("child.a"); series("child.c.#")'], HEADS)), {
    "child.a": "1",
    "child.a@8": "2",
    "child.c.1": "4",
    "child.c.1@8": "5",
  });
});

test("a used key without text stops the build and is named", () => {
  const catalogue = new Map([["child.a", "1"]]);
  assert.throws(() => choose(catalogue, usedKeys(['t("child.b"); series("child.c.#")'], HEADS)), /child\.b, child\.c\.#/);
});

test("a drawing that does not exist stops the build", () => {
  const svg = '<symbol id="a" viewBox="0 0 24 24"><path class="l" d="M0 0"/></symbol>';
  assert.match(drawingsModules(svg, ['drawing("a")'])["drawings.js"], /"a"/);
  assert.throws(() => drawingsModules(svg, ['drawing("b")']), /no drawing b/);
});

test("what no first screen shows stands in a module of its own", () => {
  const symbol = (/** @type {string} */ id) => `<symbol id="${id}" viewBox="0 0 1 1"><path d="M0 0"/></symbol>`;
  const { "drawings.js": first, "drawings-more.js": more } = drawingsModules(symbol("house-good") + symbol("talk"), ['drawing("talk"); drawing(`house-${one}`)']);
  assert.match(first, /"talk"/);
  assert.doesNotMatch(first, /house-good/);
  assert.match(more, /"house-good"/);
  assert.doesNotMatch(more, /"talk"/);
});

test("a drawing that holds more than flat shapes stops the build", () => {
  assert.throws(() => parseDrawings('<symbol id="a" viewBox="0 0 1 1"><script>x</script></symbol>'), /drawing a/);
});

test("an unknown key and a missing value are faults, not empty texts", async () => {
  await load("nl", "child");
  assert.equal(spoken(), "nl");
  assert.throws(() => t("child.nothing.like.this"), RangeError);
  assert.equal(has("child.nothing.like.this"), false);
  assert.throws(() => series("child.nothing.#"), RangeError);
});

test("days and times are written out in the language", async () => {
  const today = new Date(2026, 5, 10);
  await load("nl", "child");
  assert.equal(day(new Date(2026, 5, 3), today), "woensdag 3 juni");
  assert.equal(day(new Date(2025, 5, 3), today), "dinsdag 3 juni 2025");
  assert.equal(clock(new Date(2026, 5, 3, 0, 5)), "00:05");
  await load("en", "child");
  assert.equal(day(new Date(2026, 5, 3), today), "Wednesday 3 June");
  assert.equal(clock(new Date(2026, 5, 3, 14, 5)), "14:05");
  setLevel("");
});
