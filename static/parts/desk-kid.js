/**
 * What the pages about one child have in common: what keeps me from answering it, telling it what I read, its scores.
 *
 * @module
 */

import { note } from "./desk-bits.js";
import { circleOf, hasPhone, phoneOf, phoneSaid, post } from "./desk-caseload.js";
import { answerOf, safest } from "./desk-entry.js";
import { t } from "./words.js";

/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Opened} Opened */

/** @param {Kid} kid @returns {string} The name from the card, or the kindnummer when no card opens. */
export const nameOf = (kid) => kid.card?.name ?? kid.child;

/** @param {Kid} kid @returns {HTMLElement[]} What keeps me from answering, each with the way out. */
export function troubles(kid) {
  const found = [];
  if (kid.strangers > 0 && !hasPhone(kid)) found.push([1, "i-warn"]);
  if (kid.refused.includes(circleOf(kid))) found.push([2, "i-warn"]);
  if (kid.enrolled && kid.strangers === 0 && !hasPhone(kid)) found.push([3, "i-phone"]);
  return found.map(([n, icon]) => {
    const one = note("alarm", String(icon), t(`work.kid.trouble.${n}`));
    one.dataset.trouble = String(n);
    return one;
  });
}

/** @param {{author: string}} said @returns {boolean} Whether it is the child's: by its phone, or said on a tablet. */
export const isOwn = ({ author }) => author === "verified" || author === "tablet";

/**
 * The child's own numbers, as far as they are open.
 *
 * @param {Iterable<Opened>} all
 * @returns {import("./desk-chart.js").Score[]} Oldest first.
 */
export function scoresOf(all) {
  const found = [];
  for (const one of all) {
    const safe = isOwn(one) && one.row.dir === "up" ? safest(one.doc) : null;
    if (safe === null || !one.meta) continue;
    found.push({ at: new Date(one.meta.at), safe, mood: answerOf(one.doc, "child.mood")?.value ?? null });
  }
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/**
 * When the child itself says that somebody looks in its phone, the other readers' card is made to say it too.
 *
 * @param {Caseload} caseload @param {Kid} kid
 */
export async function noteWatching(caseload, kid) {
  const { phone, watched } = phoneOf(kid);
  const said = [...kid.opened.values()].some((one) => one.author === "verified" && phoneSaid(one.doc) === phone);
  if (!watched || !said || !kid.card || kid.card.phone === phone || !kid.circles[circleOf(kid)]) return;
  // The banner here does not depend on it; the others see it in the message as well.
  await caseload.saveCard(kid, { ...kid.card, phone }).catch(() => undefined);
}

/**
 * Tells the child, sealed and signed, what I have read. What could not go now goes the next time.
 *
 * @param {Caseload} caseload @param {Kid} kid
 * @param {Set<string>} fresh - What I opened for the first time.
 * @param {() => boolean} here - Whether to go on.
 */
export async function sendReceipts(caseload, kid, fresh, here) {
  // In kindmodus the child sees who opened what; a receipt is for a phone that can check it.
  if (!hasPhone(kid)) return;
  const me = caseload.session.person.id;
  const opened = [...kid.opened.values()].filter((one) => one.state === "open" && one.meta);
  const told = new Set(opened.filter((one) => one.meta?.kind === "receipt" && one.meta.by === me).map((one) => one.doc.entry));
  for (const one of opened.sort((a, b) => a.row.place - b.row.place)) {
    const { meta, row, author } = one;
    if (row.dir !== "up" || !meta || author === "unverified" || told.has(row.id) || meta.circle === "self") continue;
    // Of what I opened long ago a receipt went at the time; asking for all of them would open all of them again.
    if (!fresh.has(row.id)) continue;
    const seen = meta.seq === 0 ? {} : { [meta.circle]: Math.max(...opened.filter((two) => two.meta?.by === meta.by && two.meta.circle === meta.circle).map((two) => two.meta?.seq ?? 0)) };
    const doc = { v: 1, entry: row.id, seen };
    try {
      const parcel = await caseload.sealFor(kid, { kind: "receipt", circle: meta.circle, about: row.id, doc });
      await post(parcel);
      caseload.remember(kid, { id: parcel.id, kind: "receipt", circle: meta.circle, about: row.id, doc });
    } catch {
      return;
    }
    if (!here()) return;
  }
}
