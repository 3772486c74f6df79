/**
 * Keeps the app itself for times without a network, and sends what waits when there is one again.
 *
 * It keeps the one page and the built files, which say nothing about anybody. It never keeps an answer of the server,
 * nor anything that a person made.
 *
 * @module
 */

import { identify } from "./api.js";
import { authorization, signerOf } from "./crypto/keys.js";
import { files, version } from "./generated/precache.js";
import { flush } from "./phone/outbox.js";
import { phone } from "./vault.js";

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

/** As neutral as everything else that a look into the browser's storage shows. */
const NAME = `start-${version}`;
const SHELL = "/";
const BESIDE = ["/start.webmanifest", "/icon.svg", "/icon.png"];
/**
 * Needed for a camera in a browser that finds no squares itself: the first screen fetches it there (parts/scanner.js); and
 * the card of once a quarter, which is left out where it cannot be had (parts/child-after.js).
 */
const LATER = /^\/built\/(decode|child-quarter)-/;

const known = new Map(files.map((file) => [file.url, file]));

worker.addEventListener("install", (event) => event.waitUntil(keep()));

/** Fetches the page, and of the built files those in its language. */
async function keep() {
  const cache = await caches.open(NAME);
  const shell = await fetch(SHELL, { cache: "no-store" });
  if (!shell.ok) throw new TypeError("no page");
  const lang = /<html lang="(\w+)"/.exec(await shell.clone().text())?.[1] ?? "nl";
  await cache.put(SHELL, shell);
  const wanted = files.filter((file) => (file.lang === "" || file.lang === lang) && !LATER.test(file.url));
  await cache.addAll([...wanted.map(request), ...BESIDE.map((url) => new Request(url))]);
}

/** A built file, of which only the bytes that were built count. @param {{url: string, integrity: string}} file */
const request = ({ url, integrity }) => new Request(url, { integrity });

worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function takeOver() {
  for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
  await worker.clients.claim();
}

worker.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== worker.location.origin) return;
  if (mode === "navigate") {
    if (pathname === SHELL) event.respondWith(kept(SHELL, event.request));
    return;
  }
  const file = known.get(pathname);
  if (file) event.respondWith(kept(pathname, request(file)));
  else if (BESIDE.includes(pathname)) event.respondWith(kept(pathname, event.request));
});

/**
 * What is kept; else what the network has, which is kept from then on when it is a built file.
 *
 * @param {string} path
 * @param {Request} asked
 */
async function kept(path, asked) {
  const cache = await caches.open(NAME);
  // The page varies by language: which one it was kept in is the one this phone asked for.
  const found = await cache.match(path, { ignoreVary: true });
  if (found) return found;
  const fresh = await fetch(asked);
  if (fresh.ok && known.has(path)) await cache.put(path, fresh.clone());
  return fresh;
}

worker.addEventListener("message", (event) => {
  if (event.data === "go") void worker.skipWaiting();
});

worker.addEventListener("sync", (/** @type {any} */ event) => event.waitUntil(send()));

/** Sends what waits, signed by this phone. Nothing has to be opened for it: it was sealed when it was made. */
async function send() {
  const here = await phone();
  if (!here) return;
  const signer = await signerOf(here.signing);
  identify((asked) => authorization({ ...asked, device: here.id, signer }));
  await flush({ all: true });
}
