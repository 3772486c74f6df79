/**
 * What this phone does by itself while the app is on the screen: send what waits, and ask what is new.
 *
 * @module
 */

import { Offline } from "../api.js";
import { KindstemError } from "../errors.js";
import { parcels } from "../vault.js";
import { change, enrolled, phone, refresh, tell } from "./here.js";
import { glance } from "./news.js";
import { flush } from "./outbox.js";

/** How often to ask for news while the app is looked at, in milliseconds. */
const EVERY = 60_000;
/** Never sooner than this after a failure. */
const SOONEST = 3000;

/** How often to look at the log while nothing was handed in, in milliseconds; and once each time the app is opened. */
const LOG = 6 * 3_600_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let logged = 0;
let offline = false;

/** @returns {boolean} Whether the last attempt met no server. */
export const isOffline = () => offline;

/**
 * Sends and asks, once; and again by itself as long as the app is on the screen.
 *
 * @param {{all?: boolean}} [how] - `all`: also what waits after an earlier failure.
 */
export async function run({ all = false } = {}) {
  clearTimeout(timer);
  if (!enrolled()) return;
  const report = await flush({ all });
  await refresh();
  offline = report.offline;
  if (!offline) {
    try {
      await glance();
    } catch (error) {
      if (error instanceof Offline) offline = true;
      else if (!(error instanceof KindstemError)) throw error;
      else if (error.code === "device-off") await change((kept) => void (kept.off = true));
    }
  }
  if (!offline && !phone().off) await log(report.arrived);
  tell();
  const next = report.next ? Math.max(report.next - Date.now(), SOONEST) : EVERY;
  if (document.visibilityState === "visible") timer = setTimeout(() => void run(), Math.min(next, EVERY));
  if (report.next) await askLater();
}

/**
 * Looks whether the log goes on from what this phone knows, and has what it was given.
 *
 * @param {string[]} arrived - What was handed in just now.
 */
async function log(arrived) {
  if (Date.now() - logged < LOG && !arrived.some((id) => id.startsWith("kept "))) return;
  logged = Date.now();
  const { check } = await import("./log.js");
  // After a restored backup what was handed in goes again, and at once.
  if (await check()) await flush();
}

/** Asks the browser to wake the service worker when there is a network, where it can. */
async function askLater() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    await /** @type {any} */ (registration)?.sync?.register("start");
  } catch {
    // Not there, or not allowed: the app sends when it is opened again.
  }
}

/**
 * What became of a message that was let go.
 *
 * @param {string} id
 * @returns {Promise<"arrived" | import("../vault.js").Parcel>}
 */
export async function outcome(id) {
  return (await parcels()).find((one) => one.id === id) ?? "arrived";
}
