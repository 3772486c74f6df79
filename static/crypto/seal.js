/** Sealing what a person says, and opening it (docs/protocol/envelope.md). */

import { b64, compare, concat, equal, random, unb64 } from "../bytes.js";
import { KindstemError } from "../errors.js";
import {
  canonical,
  encodeEnvelope,
  encodeInner,
  encodePayload,
  headerBytes,
  label,
  parseInner,
  parseMeta,
  parsePayload,
  sortedIds,
  timeText,
} from "../wire.js";
import { hpkeOpener, hpkeSeal, readingPublic } from "./hpke.js";
import { readingKeyId, sign, verify } from "./keys.js";
import { gcmOpen, gcmSeal, hmac, sha256 } from "./web.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../wire.js").Header} Header */
/** @typedef {import("../wire.js").Meta} Meta */
/** @typedef {import("./keys.js").Signer} Signer */

/**
 * Whose signature counts under an id: a device (up) or a professional (down). Keys are public Ed25519 keys in b64;
 * `revoked` is the time of revocation. `circles` has, for a professional, the circles in which they read: null, or the
 * moment from which they did not any more. A confidant's word is no answer of the jeugdbeschermer.
 * @typedef {{dir: "up" | "down", keys: string[], unlock: string | null, revoked: string | null, circles?: Partial<Record<Meta["circle"], string | null>>}} Author
 */

/** @typedef {{keyId: Bytes, id: string, open: (sealed: Bytes, info: Bytes) => Promise<Bytes>}} Opener */

/**
 * @typedef {object} Opened
 * @property {Meta} meta
 * @property {any} doc - What was said, in the form of its kind.
 * @property {Bytes[]} attachments - Recordings, in the order of the document's voice parts.
 * @property {"verified" | "tablet" | "unverified" | "revoked"} author - `tablet`: a professional signed that it was said on
 *   their tablet, and no key of the child did. Unverified words are shown with their mark, never dropped.
 * @property {Bytes[]} sigs - By the author's key and by the unlock key, as they stand in it; zeros for none.
 */

// Each entry's key is used for one body, so the nonce may be the same for all.
const NONCE = new Uint8Array(12);
const NO_SIGNATURE = new Uint8Array(64);
const COMMIT = 32;

/** @param {Uint8Array} hdrHash @param {Uint8Array} keyId */
const wrapInfo = (hdrHash, keyId) => concat(label("wrap"), hdrHash, keyId);

/**
 * The finished bytes of one sealed thing, under a key that is made here and forgotten here.
 *
 * @param {object} what
 * @param {string} what.org @param {string} what.child
 * @param {string} what.id - The entry's id.
 * @param {"up" | "down"} what.dir @param {string} what.kind @param {number} what.seq
 * @param {import("../wire.js").ListCircle | "self"} what.circle
 * @param {{number: number, hash: string} | null} what.list - The circle's list it is sealed to; null for `self`.
 * @param {"open" | "locked" | "none" | "desk" | "tablet"} what.lock
 * @param {string | null} [what.about] - The id of the entry it is about.
 * @param {string} what.by - The device's id, or the professional's.
 * @param {string} [what.at] - Now, unless given.
 * @param {{public: Bytes}[]} what.readers - Everyone's reading key; the child's own among them, except for a card, or when
 *   it has none.
 * @param {any} what.doc @param {Bytes[]} [what.attachments]
 * @param {Signer} what.signDevice @param {Signer | null} [what.signUnlock] - The unlock key when lock is `open`.
 * @returns {Promise<Bytes>}
 * @throws {KindstemError} `bad-envelope` when something has not its form, `not-quantum-safe` for a reader's key that is none.
 */
export async function seal(what) {
  const { org, child, id, dir, signUnlock = null } = what;
  if ((what.lock === "open") !== (signUnlock !== null)) throw new KindstemError("bad-envelope", { field: "lock" });
  const header = headerBytes({ org, child, id, dir });
  const hdrHash = await sha256(header);
  const readers = await Promise.all(what.readers.map(async (one) => ({ keyId: await readingKeyId(one.public), public: one.public })));
  readers.sort((a, b) => compare(a.keyId, b.keyId));
  const payload = encodePayload(what.kind, what.doc, what.attachments);
  const meta = canonical({
    v: 1,
    kind: what.kind,
    seq: what.seq,
    at: what.at ?? timeText(),
    by: what.by,
    circle: what.circle,
    list: what.list,
    lock: what.lock,
    to: readers.map((one) => b64(one.keyId)),
    about: what.about ?? null,
  });
  parseMeta(meta, dir);
  const signed = [hdrHash, await sha256(meta), await sha256(payload)];
  const sigDevice = await sign(what.signDevice, "envelope device", ...signed);
  const sigUnlock = signUnlock ? await sign(signUnlock, "envelope unlock", ...signed) : NO_SIGNATURE;

  const cek = random(32);
  const [commit, kBody] = await Promise.all([hmac(cek, label("commit"), hdrHash), hmac(cek, label("body"), hdrHash)]);
  const body = concat(commit, await gcmSeal(kBody, NONCE, encodeInner({ meta, payload, sigDevice, sigUnlock })));
  const wraps = [];
  for (const { keyId, public: key } of readers) wraps.push({ keyId, sealed: await hpkeSeal(key, wrapInfo(hdrHash, keyId), cek) });
  cek.fill(0);
  kBody.fill(0);
  return encodeEnvelope({ hdr: { org, child, id, dir }, wraps, body });
}

/**
 * A reading key made ready once, to open many entries with.
 * @param {Bytes} seed @returns {Promise<Opener>}
 */
export async function opener(seed) {
  const keyId = await readingKeyId(await readingPublic(seed));
  return { keyId, id: b64(keyId), open: await hpkeOpener(seed) };
}

/**
 * What an envelope says, when it is for me.
 *
 * @param {object} row
 * @param {Bytes} row.hdr - The header as the server handed it out.
 * @param {Bytes | null} row.wrap - The sealed key for my reading key (1,168 bytes).
 * @param {string[]} row.to - All key ids of the row, in b64.
 * @param {Bytes} row.body
 * @param {Header} row.expect - Where I asked for it; the header must say the same.
 * @param {Opener} row.opener
 * @param {Map<string, Author>} row.authors - By device or person id; only those whom the caller believes.
 * @param {string} [row.at] - When the server accepted it: what came before a revocation stays verified.
 * @returns {Promise<Opened | null>} Null when it is not for me.
 * @throws {KindstemError} `envelope-moved` when it stands where it was not sealed for; `envelope-damaged` when it is for
 *   me and does not open, or not to what it promises.
 */
export async function open({ hdr, wrap, to, body, expect, opener, authors, at }) {
  if (!equal(hdr, headerBytes(expect))) throw new KindstemError("envelope-moved");
  if (!wrap || !to.includes(opener.id)) return null;
  try {
    const hdrHash = await sha256(hdr);
    const cek = await opener.open(wrap, wrapInfo(hdrHash, opener.keyId));
    const [commit, kBody] = await Promise.all([hmac(cek, label("commit"), hdrHash), hmac(cek, label("body"), hdrHash)]);
    must(equal(commit, body.subarray(0, COMMIT)));
    const inner = parseInner(await gcmOpen(kBody, NONCE, body.subarray(COMMIT)));
    const meta = parseMeta(inner.meta, expect.dir);
    must(sortedIds(to.map(unb64)).join() === meta.to.join());
    must(meta.lock === "open" || equal(inner.sigUnlock, NO_SIGNATURE));
    const { doc, attachments } = parsePayload(meta.kind, inner.payload);
    const signed = [hdrHash, await sha256(inner.meta), await sha256(inner.payload)];
    const author = await judge(authors.get(meta.by), expect.dir, meta, inner, signed, at);
    return { meta, doc, attachments, author, sigs: [inner.sigDevice, inner.sigUnlock] };
  } catch (error) {
    if (error instanceof KindstemError) throw new KindstemError("envelope-damaged");
    throw error;
  }
}

/** @param {boolean} ok @returns {asserts ok} */
function must(ok) {
  if (!ok) throw new KindstemError("envelope-damaged");
}

/**
 * @param {Author | undefined} author @param {"up" | "down"} dir @param {Meta} meta
 * @param {{sigDevice: Bytes, sigUnlock: Bytes}} sigs @param {Bytes[]} signed @param {string | undefined} at
 * @returns {Promise<Opened["author"]>}
 */
async function judge(author, dir, meta, { sigDevice, sigUnlock }, signed, at) {
  // What was said on a tablet goes up under a professional's key, and by that it is never a child's.
  const tablet = meta.lock === "tablet";
  if (!author || author.dir !== (tablet ? "down" : dir)) return "unverified";
  const until = author.circles ? author.circles[meta.circle] : author.revoked;
  if (until === undefined) return "unverified";
  const byKey = await Promise.all(author.keys.map((key) => verify(unb64(key), sigDevice, "envelope device", ...signed)));
  if (!byKey.includes(true)) return "unverified";
  if (meta.lock === "open") {
    if (!author.unlock || !(await verify(unb64(author.unlock), sigUnlock, "envelope unlock", ...signed))) return "unverified";
  }
  if (until !== null && !(at !== undefined && at < until)) return "revoked";
  return tablet ? "tablet" : "verified";
}

/**
 * Where numbers are missing, for each device and circle: a message that was withheld, or is still on the phone.
 *
 * Told as the numbers around each gap and never one by one: a phone in the wrong hands can give a message any number.
 *
 * @param {{meta: Meta}[]} opened - Entries of one child, in any order.
 * @returns {{by: string, circle: string, gaps: {from: number, to: number}[]}[]} Only where something is missing; `from`
 *   is 0 before the first.
 */
export function sequenceGaps(opened) {
  /** @type {Map<string, {by: string, circle: string, seen: number[]}>} */
  const rows = new Map();
  for (const { meta } of opened) {
    if (meta.seq === 0) continue;
    const key = `${meta.by} ${meta.circle}`;
    const row = rows.get(key) ?? { by: meta.by, circle: meta.circle, seen: [] };
    rows.set(key, row);
    row.seen.push(meta.seq);
  }
  return [...rows.values()]
    .map(({ by, circle, seen }) => {
      const sorted = [0, ...seen.sort((a, b) => a - b)];
      const gaps = sorted.slice(1).map((to, at) => ({ from: sorted[at], to })).filter(({ from, to }) => to - from > 1);
      return { by, circle, gaps };
    })
    .filter((row) => row.gaps.length > 0);
}
