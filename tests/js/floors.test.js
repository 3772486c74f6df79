// The floors of static/: who may import whom, who alone may touch what, and no way from words to markup.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** From the ground up. A room imports from its own and from lower ones. */
const FLOORS = [
  ["bytes", /^(bytes|errors)\.js$/],
  ["generated", /^generated\//],
  ["wire", /^wire\.js$/],
  ["crypto", /^crypto\//],
  ["talks, making, said", /^(talks|making|said)\.js$/],
  ["vault, api, desk-keys", /^(vault|api|desk-keys)\.js$/],
  ["phone", /^phone\//],
  ["parts", /^parts\//],
  ["pages", /^pages\//],
  ["roof", /^(child|desk|numbers|sw)\.js$/],
];

/** Rooms that share a floor and still may not know each other. */
const STRANGERS = [
  [/^vault\.js$/, /^(api|desk-keys)\.js$/],
  [/^api\.js$/, /^(vault|desk-keys)\.js$/],
  [/^desk-keys\.js$/, /^(vault|api)\.js$/],
  [/^pages\/child-/, /^pages\/desk-/],
  [/^pages\/desk-/, /^pages\/child-/],
  [/^child\.js$/, /^(desk-keys|pages\/desk-)/],
  [/^desk\.js$/, /^(phone\/|pages\/child-)/],
  [/^pages\/desk-/, /^phone\//],
  [/^pages\/door/, /^(pages\/(desk|child)-|parts\/desk-session|phone\/|desk-keys)/],
];

/** Only these rooms may use these things; whoever reads one room has read every use. */
const ALONE = [
  // supported.js only tries whether a key survives there, in a store of its own that it removes again.
  ["IndexedDB", /\bindexedDB\b/, /^(vault|crypto\/supported)\.js$/],
  ["fetch", /\bfetch\(/, /^(api|sw)\.js$/],
  ["XMLHttpRequest, WebSocket, sendBeacon, EventSource", /\b(XMLHttpRequest|WebSocket|sendBeacon|EventSource)\b/, /^$/],
  ["crypto.subtle", /\bcrypto\.subtle\b|\bsubtle\b\s*[.}]/, /^crypto\//],
  ["the crypto packages", /["'](@hpke|@noble|@scure)\//, /^crypto\//],
  ["localStorage and sessionStorage", /\b(localStorage|sessionStorage)\b/, /^$/],
];

/** Ways in which text could turn into markup, script or style. */
const NEVER = [
  /\b(inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b/,
  /\bdocument\.write/,
  /\b(createContextualFragment|parseFromString|setHTMLUnsafe|parseHTMLUnsafe)\b/,
  /\beval\(|\bnew Function\b/,
  /\.style\b|setAttribute\(\s*["']style/,
  /setAttribute\(\s*["'`]on/i,
  /javascript:/i,
  /\bMath\.random\b/,
];

/** Addresses a source may hold: names of formats, and where quick exit goes. Nothing is ever loaded from them. */
const ADDRESSES = new Set(["http://www.w3.org/2000/svg", "https://www.buienradar.nl", "https://www.buienradar.nl/"]);

const entries = await readdir(join(ROOT, "static"), { recursive: true, withFileTypes: true });
const names = entries
  .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
  .map((entry) => relative(join(ROOT, "static"), join(entry.path, entry.name)))
  .filter((name) => !/^(built|vendor)\//.test(name))
  .sort();
const own = names.filter((name) => !name.startsWith("generated/"));

/** @type {Map<string, string>} Sources without comments: an explanation may name what is forbidden. */
const sources = new Map();
for (const name of own) {
  const source = await readFile(join(ROOT, "static", name), "utf8");
  sources.set(name, (await transform(source, { loader: "js", legalComments: "none", charset: "utf8" })).code);
}

/** @param {string} name */
const floor = (name) => FLOORS.findIndex(([, pattern]) => /** @type {RegExp} */ (pattern).test(name));

test("every module stands on a floor", () => {
  assert.deepEqual(own.filter((name) => floor(name) < 0), []);
});

test("a floor imports only downward", async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: own.map((name) => `static/${name}`),
    outdir: "unused",
    bundle: true,
    format: "esm",
    metafile: true,
    packages: "external",
    splitting: true,
    write: false,
    logLevel: "silent",
  });
  const wrong = [];
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const from = relative("static", path);
    for (const { path: target, external } of imports) {
      if (external) continue;
      const to = relative("static", target);
      if (floor(to) > floor(from)) wrong.push(`${from} imports ${to}, which stands higher`);
      if (floor(from) === FLOORS.length - 1 && floor(to) === FLOORS.length - 1) wrong.push(`${from} imports ${to}`);
      if (STRANGERS.some(([a, b]) => a.test(from) && b.test(to))) wrong.push(`${from} imports ${to}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the numbers hold nothing that could open a message", async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["static/numbers.js"],
    outdir: "unused",
    bundle: true,
    format: "esm",
    metafile: true,
    splitting: true,
    write: false,
    logLevel: "silent",
  });
  // What is bundled, after whatever nobody calls was left out.
  const held = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0)));
  const crypto = [...held].filter((path) => /^static\/(crypto|phone)\/|^static\/(vault|desk-keys|talks)\.js|node_modules\/@hpke\//.test(path));
  assert.deepEqual(crypto.sort(), ["static/crypto/argon2.js", "static/crypto/passphrase.js", "static/crypto/web.js"]);
});

for (const [what, pattern, allowed] of ALONE) {
  test(`${what}: one room only`, () => {
    const users = own.filter((name) => !/** @type {RegExp} */ (allowed).test(name));
    assert.deepEqual(users.filter((name) => /** @type {RegExp} */ (pattern).test(sources.get(name) ?? "")), []);
  });
}

test("no text becomes markup, script or style", () => {
  const wrong = [];
  for (const [name, source] of sources) {
    for (const pattern of NEVER) if (pattern.test(source)) wrong.push(`${name}: ${pattern}`);
  }
  assert.deepEqual(wrong, []);
});

test("no address but our own", () => {
  const wrong = [];
  for (const [name, source] of sources) {
    for (const [address] of source.matchAll(/\b(?:https?|wss?):\/\/[^\s"'`)]+/g)) {
      if (!ADDRESSES.has(address)) wrong.push(`${name}: ${address}`);
    }
  }
  assert.deepEqual(wrong, []);
});
