/**
 * Builds what browsers load: generated sources, bundles, styles, their compressed twins and the manifest.
 *
 * The same sources give the same bytes, whatever the folder and the day, so that anyone can build a release again and
 * compare. No output depends on the clock or the environment.
 *
 * usage: node tools/build.mjs [--out FOLDER]
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build, transform } from "esbuild";

import { wordsModules } from "./catalogues.mjs";
import { drawingsModules } from "./drawings.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STATIC = join(ROOT, "static");
const OUT = process.argv[2] === "--out" ? resolve(process.argv[3]) : STATIC;
const BUILT = join(OUT, "built");
const VENDOR = join(OUT, "vendor");

/** The screen that each audience comes to first: its files are fetched along with the roof's, not after them. */
const FIRST = { "child.js": "static/pages/child-start.js" };

/** What a phone of 2022 understands. */
const TARGET = ["chrome109", "firefox115", "safari16.4"];

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  preserveSymlinks: true,
  tsconfigRaw: {},
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  target: TARGET,
  write: false,
};

/**
 * @param {string} folder
 * @param {(name: string) => boolean} wanted
 * @returns {Promise<string[]>} Every wanted file under the folder, sorted.
 */
async function files(folder, wanted) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map((entry) => join(entry.path, entry.name))
    .sort();
}

/**
 * Scripts without comments, so that a key in an explanation counts as no use.
 *
 * @param {string[]} paths
 */
function withoutComments(paths) {
  return Promise.all(
    paths.map(async (path) => {
      const source = await readFile(path, "utf8");
      return (await transform(source, { loader: "js", legalComments: "none", charset: "utf8", sourcefile: path })).code;
    }),
  );
}

/** Every script of ours. */
async function ownScripts() {
  const paths = await files(STATIC, (name) => name.endsWith(".js"));
  return paths.filter((path) => !/^(built|vendor|generated)\//.test(relative(STATIC, path)));
}

/** Writes a file only when its bytes change, so that a build during a request replaces nothing under a reader. */
async function put(path, bytes) {
  await mkdir(dirname(path), { recursive: true });
  if (existsSync(path) && (await readFile(path)).equals(Buffer.from(bytes))) return;
  await writeFile(path, bytes);
}

/**
 * The texts and drawings that some sources name, as modules.
 *
 * @param {string[]} paths
 * @returns {Promise<Record<string, string>>} Source by file name.
 */
async function generated(paths) {
  const sources = await withoutComments(paths);
  const modules = await wordsModules(ROOT, sources);
  return { ...modules, ...drawingsModules(await readFile(join(STATIC, "drawings.svg"), "utf8"), sources) };
}

/**
 * Bundles one audience, with the texts and drawings that its own sources name.
 *
 * Child and desk share no file: a phone would otherwise fetch what only the desk shows.
 *
 * @param {string} entry - File name in static/.
 */
async function bundle(entry) {
  /** @type {import("esbuild").BuildOptions} */
  const options = {
    ...COMMON,
    entryPoints: [`static/${entry}`],
    outdir: BUILT,
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
  };
  const { metafile } = await build(options);
  const modules = await generated(
    Object.keys(metafile.inputs)
      .filter((path) => /^static\/(?!generated\/)/.test(path))
      .map((path) => join(ROOT, path))
      .sort(),
  );
  return build({
    ...options,
    plugins: [
      {
        name: "own texts and drawings",
        setup(setup) {
          setup.onLoad({ filter: /static\/generated\/(words-\w+-\w+|drawings(-more)?)\.js$/ }, ({ path }) => ({
            contents: modules[basename(path)],
            loader: "js",
          }));
        },
      },
    ],
  });
}

/** @typedef {{url: string, integrity: string, bytes: number, gzip: number, br: number, crypto?: number}} Built */

/**
 * Writes one output with its compressed twins and gives its line of the manifest.
 *
 * @param {string} folder
 * @param {string} name
 * @param {Uint8Array} bytes
 * @returns {Promise<Built>}
 */
async function emit(folder, name, bytes) {
  const gzip = gzipSync(bytes, { level: 9 });
  const br = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  await put(join(folder, name), bytes);
  await put(join(folder, `${name}.gz`), gzip);
  await put(join(folder, `${name}.br`), br);
  return {
    url: `/${basename(folder)}/${name}`,
    integrity: `sha384-${createHash("sha384").update(bytes).digest("base64")}`,
    bytes: bytes.length,
    gzip: gzip.length,
    br: br.length,
  };
}

/**
 * The files that an output pulls in, itself left out.
 *
 * @param {Record<string, {imports: {path: string, kind: string}[]}>} outputs
 * @param {string} from
 * @param {boolean} late - Whether modules loaded later count as well.
 * @returns {string[]}
 */
function reach(outputs, from, late) {
  const seen = new Set();
  const walk = (path) => {
    for (const { path: next, kind } of outputs[path].imports) {
      if (seen.has(next) || !outputs[next] || (kind === "dynamic-import" && !late)) continue;
      seen.add(next);
      walk(next);
    }
  };
  walk(from);
  seen.delete(from);
  return [...seen].sort();
}

/**
 * Which part of an output is cryptography, ours and the libraries': the budget for it is its own (docs/benchmarks.md).
 *
 * @param {{inputs: Record<string, {bytesInOutput: number}>} | undefined} output - None for styles.
 * @returns {number} From 0 to 1.
 */
function cryptoShare(output) {
  const inputs = Object.entries(output?.inputs ?? {});
  const sum = (all) => all.reduce((bytes, [, { bytesInOutput }]) => bytes + bytesInOutput, 0);
  const whole = sum(inputs);
  const part = sum(inputs.filter(([path]) => /^static\/crypto\/|node_modules\/@(hpke|noble)\//.test(path)));
  return whole ? Math.round((1000 * part) / whole) / 1000 : 0;
}

async function main() {
  // For the type check and for tests that load modules as they stand: what any of our scripts names.
  for (const [name, source] of Object.entries(await generated(await ownScripts()))) {
    await put(join(STATIC, "generated", name), source);
  }

  const entryNames = ["child.js", "desk.js", "numbers.js"];
  const apps = await Promise.all(entryNames.map(bundle));
  const styles = await build({
    ...COMMON,
    entryPoints: ["child-first", "child-more", "desk", "numbers"].map((name) => `static/css/${name}.css`),
    outdir: BUILT,
    entryNames: "[name]-[hash]",
  });
  const vendor = await build({
    ...COMMON,
    stdin: {
      // The extension looks for a global; the module sets it, and imports run in order.
      contents: 'import "htmx.org/dist/htmx.esm.js";\nimport "htmx.org/dist/ext/hx-csp.js";\n',
      resolveDir: ROOT,
      sourcefile: "htmx.js",
    },
    outdir: VENDOR,
    format: "esm",
    entryNames: "htmx-[hash]",
  });

  const outputs = Object.assign({}, ...apps.map((app) => app.metafile.outputs));
  /** @type {Record<string, Built>} */
  const byPath = {};
  for (const result of [...apps, styles, vendor]) {
    for (const file of result.outputFiles) {
      const folder = result === vendor ? VENDOR : BUILT;
      const path = relative(ROOT, file.path);
      byPath[path] = { ...(await emit(folder, basename(file.path), file.contents)), crypto: cryptoShare(outputs[path]) };
    }
  }

  /** @type {Record<string, Built & {chunks?: string[], first?: string[], words?: Record<string, string>}>} */
  const assets = {};
  const wordsOf = (path) => /^static\/generated\/words-(\w+)-(\w+)\.js$/.exec(outputs[path]?.entryPoint ?? "");
  for (const name of entryNames) {
    const path = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === `static/${name}`);
    const words = {};
    for (const late of reach(outputs, path, true)) {
      const match = wordsOf(late);
      if (match) words[`${match[1]}-${match[2]}`] = byPath[late].url;
    }
    const chunks = reach(outputs, path, false);
    const screen = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === FIRST[name]);
    const first = screen ? [screen, ...reach(outputs, screen, false)].filter((one) => one !== path && !chunks.includes(one)) : [];
    const urls = (/** @type {string[]} */ paths) => paths.map((one) => byPath[one].url);
    assets[name] = { ...byPath[path], chunks: urls(chunks), first: urls(first), words };
  }
  for (const [path, output] of Object.entries(styles.metafile.outputs)) {
    assets[basename(output.entryPoint)] = byPath[path];
  }
  assets["htmx.js"] = byPath[Object.keys(vendor.metafile.outputs)[0]];

  const child = Object.keys(outputs).find((candidate) => outputs[candidate].entryPoint === "static/child.js");
  const precache = [child, ...reach(outputs, child, true)]
    .map((path) => ({ ...byPath[path], words: wordsOf(path) }))
    .filter(({ words }) => words?.[1] !== "work")
    .map(({ url, integrity, words }) => ({ url, integrity, lang: words ? words[2] : "" }));
  // The other style of the child stands in the page itself.
  const more = assets["child-more.css"];
  precache.push({ url: more.url, integrity: more.integrity, lang: "" });

  // The worker's own bytes must change when anything it keeps changes, the page's template included: that is how a
  // browser notices a new release.
  const shell = createHash("sha256");
  for (const path of await files(join(ROOT, "templates"), () => true)) {
    const name = relative(join(ROOT, "templates"), path);
    if (!/^(desk|numbers)\//.test(name)) shell.update(name).update(await readFile(path));
  }
  const version = createHash("sha256")
    .update(JSON.stringify(precache))
    .update(assets["child-first.css"].integrity)
    .update(shell.digest())
    .digest("hex")
    .slice(0, 16);
  await put(
    join(STATIC, "generated/precache.js"),
    `export const version = ${JSON.stringify(version)};
/** @type {{url: string, integrity: string, lang: string}[]} */
export const files = ${JSON.stringify(precache, null, 1)};
`,
  );
  const worker = await build({
    ...COMMON,
    entryPoints: ["static/sw.js"],
    outdir: BUILT,
    format: "iife",
    entryNames: "[name]",
  });
  assets["sw.js"] = await emit(BUILT, "sw.js", worker.outputFiles[0].contents);

  const everything = [...Object.values(byPath), assets["sw.js"]];
  const manifest = {
    assets,
    files: Object.fromEntries(everything.map(({ url, ...facts }) => [url, facts]).sort()),
    precache: precache.map(({ url }) => url),
    version,
  };
  await put(join(BUILT, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

  // Earlier builds leave files with other names behind. A page opened just before this build may still ask for them,
  // so they stay for an hour.
  const kept = new Set(everything.map(({ url }) => basename(url)).flatMap((name) => [name, `${name}.gz`, `${name}.br`]));
  kept.add("manifest.json");
  for (const folder of [BUILT, VENDOR]) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (!kept.has(name) && Date.now() - (await stat(path)).mtimeMs > 3_600_000) await rm(path, { recursive: true });
    }
  }

  const first = [assets["child.js"].url, ...assets["child.js"].chunks].reduce((sum, url) => sum + manifest.files[url].gzip, 0);
  console.log(
    `child: ${(first / 1024).toFixed(1)} KiB of script and ${(assets["child-first.css"].gzip / 1024).toFixed(1)} KiB of style, compressed`,
  );
}

main().catch((error) => {
  console.error(error.errors ? "" : `✗ ${error.message}`);
  process.exitCode = 1;
});
