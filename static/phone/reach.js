/**
 * What the on-call service may know of this child: what it wants to be called, and how it can be reached safely. Nothing
 * else ever goes there, and only when an alert was set (docs/protocol/envelope.md, `reach`).
 *
 * @module
 */

import { device } from "../api.js";
import { signRecord } from "../crypto/keys.js";
import { saw, shownList, waitingList } from "./circles.js";
import { sendNow } from "./draft.js";
import { change, deviceSigner, phone } from "./here.js";
import { glance } from "./news.js";

/** @returns {string | null | undefined} What the child wants to be called; null when it would not say, undefined when it was not asked. */
export const goesBy = () => phone().goesBy;

/** @param {string | null} name */
export const callMe = (name) => change((kept) => void (kept.goesBy = name));

/** @returns {string[]} Who is on call for this child, by name; empty when nobody is. */
export const service = () => (shownList("oncall")?.readers ?? []).map((one) => one.name);

/**
 * Seals to the service how this child can be reached about an alert, if there is a service that the child has seen.
 *
 * It goes after the alert and apart from it: an alert waits for nothing, and whatever fails here leaves it as it is.
 *
 * @param {string} flag - Id of the alert.
 * @param {string | null} how - The way that the child chose, in the words it was shown.
 */
export async function tellService(flag, how) {
  // A list that is not sound gets nothing; one that the child has still to be shown neither, but the one before it does.
  if (phone().doubts.oncall || service().length === 0) return;
  await sendNow({ kind: "reach", circle: "oncall", about: flag, doc: { v: 1, name: goesBy() ?? null, how } });
}

/**
 * Says yes to it: this phone signs, and from then on it counts.
 *
 * @throws {KindstemError}
 * @throws {import("../api.js").Offline}
 */
export async function agree() {
  const waits = waitingList();
  if (!waits) return;
  const { record, sigs } = waits;
  await device("/api/lists", { json: { list: { record, sigs: [...sigs, await signRecord(record, await deviceSigner())] } } });
  await glance();
  // What was on the screen when the child said yes, and no other list that may have come meanwhile.
  await saw("oncall", record.number);
}
