/**
 * What the browser says to the server (docs/api.md). The only fetch of the app; the service worker has its own for the
 * files it keeps.
 *
 * @module
 */

import { KindstemError } from "./errors.js";

/**
 * No answer came: there is no internet, or the server is gone. `navigator.onLine` is never asked, because it says yes
 * in a train without reception.
 */
export class Offline extends Error {
  constructor() {
    super("offline");
    this.name = "Offline";
  }
}

/**
 * Who signs the requests of a child's phone: gives the Authorization header (docs/protocol/unlocking.md, device requests).
 * @typedef {(request: {method: string, path: string, at: number, body: Uint8Array}) => Promise<string>} Signer
 */

/**
 * @typedef {object} Request
 * @property {string} [method] - POST unless said otherwise.
 * @property {unknown} [json] - Sent as JSON.
 * @property {Uint8Array} [body] - Sent raw instead.
 * @property {Record<string, string>} [headers]
 * @property {boolean} [raw] - That the answer is bytes, given as a `Uint8Array`; else it is JSON.
 */

/** A minute, and a second more for each 8 KiB: a recording over a slow line is no failure. */
const patience = (/** @type {number} */ bytes) => 60_000 + Math.ceil(bytes / 8192) * 1000;

/** @type {Signer | null} */
let signer = null;
/** How far the server's clock is ahead of ours, in seconds; learnt from a refusal. */
let ahead = 0;

/**
 * Says who signs what `device` sends from now on.
 *
 * @param {Signer | null} who
 */
export function identify(who) {
  signer = who;
}

/**
 * Sends a request that the child's device signs.
 *
 * A clock that differs too much from the server's is corrected, once, because a child cannot be asked to set the clock
 * of its phone.
 *
 * @param {string} path
 * @param {Request} [request]
 * @returns {Promise<any>} The answer: JSON, or bytes with `raw`.
 * @throws {KindstemError} With the code of the refusal.
 * @throws {Offline}
 */
export async function device(path, request = {}) {
  if (!signer) throw new KindstemError("device-unknown");
  try {
    return await send(path, request, await signature(signer, path, request));
  } catch (error) {
    if (!(error instanceof KindstemError) || error.code !== "clock-differs") throw error;
    const now = Date.parse(String(error.facts.now));
    if (Number.isNaN(now)) throw error;
    ahead = Math.round((now - Date.now()) / 1000);
    return send(path, request, await signature(signer, path, request));
  }
}

/**
 * Sends a request of a phone that is not enrolled yet.
 *
 * @param {string} path
 * @param {unknown} json
 * @returns {Promise<any>}
 * @throws {KindstemError} With the code of the refusal.
 * @throws {Offline}
 */
export function anyone(path, json) {
  return send(path, { json }, {});
}

/**
 * Sends a request of a professional's desk, whose session is a cookie that script cannot see.
 *
 * @param {string} path
 * @param {Request} [request]
 * @returns {Promise<any>}
 * @throws {KindstemError} With the code of the refusal; `session-ended` when one has to sign in again.
 * @throws {Offline}
 */
export function desk(path, request = {}) {
  return send(path, request, { Kindstem: "1" });
}

/** @type {((script: string) => void) | undefined} */
let served;

/** @param {(script: string) => void} watcher - Called with the desk's script as the server has it now, at each answer to a desk. */
export const onServed = (watcher) => void (served = watcher);

/** @returns {number} Milliseconds since 1970 by the server's clock, as far as it is known. */
export const now = () => Date.now() + ahead * 1000;

/**
 * @param {Signer} who
 * @param {string} path
 * @param {Request} request
 */
async function signature(who, path, request) {
  const at = Math.floor(now() / 1000);
  return { Authorization: await who({ method: request.method ?? "POST", path, at, body: bytesOf(request) }) };
}

/** @param {Request} request @returns {Uint8Array<ArrayBuffer>} */
function bytesOf({ body, json }) {
  if (body) return /** @type {Uint8Array<ArrayBuffer>} */ (body);
  return /** @type {Uint8Array<ArrayBuffer>} */ (json === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(json)));
}

/**
 * @param {string} path
 * @param {Request} request
 * @param {Record<string, string>} own
 */
async function send(path, request, own) {
  const method = request.method ?? "POST";
  const bytes = bytesOf(request);
  const holds = method !== "GET" && method !== "HEAD";
  let response;
  let answer;
  try {
    response = await fetch(path, {
      method,
      body: holds ? bytes : undefined,
      headers: {
        ...(holds ? { "Content-Type": request.body ? "application/octet-stream" : "application/json" } : {}),
        ...request.headers,
        ...own,
      },
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(patience(bytes.length)),
    });
    answer = new Uint8Array(await response.arrayBuffer());
    served?.(response.headers.get("Kindstem-Desk") ?? "");
  } catch {
    // Refused, cut off, timed out: for the person it is the same, and nothing has been lost.
    throw new Offline();
  }
  if (response.ok && request.raw) return answer;
  const said = read(answer);
  if (response.ok && said !== undefined) return said;
  const { code, text: _, ...facts } = said?.error ?? {};
  // A proxy's own page, or one that some network puts in between: the server itself always names a code.
  if (typeof code !== "string") throw new Offline();
  throw new KindstemError(code, facts);
}

/** @param {Uint8Array} bytes @returns {any} What the JSON says; undefined when it is none. */
function read(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
