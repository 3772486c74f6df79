/**
 * Whom to believe (docs/protocol/keys.md). The server supplies records and signatures, never the conclusion: everything
 * here starts from a key of one's own, or from what was compared face to face.
 */

import { b64, equal, unb64 } from "../bytes.js";
import { KindstemError } from "../errors.js";
import { BUNDLED, parseSigned, shared } from "../wire.js";
import { recordHash, verifyRecord } from "./keys.js";

/** @import {Signed} from "../wire.js" */
/** @typedef {import("../wire.js").PersonRecord} PersonRecord */
/** @typedef {import("../wire.js").ChildRecord} ChildRecord */
/** @typedef {import("../wire.js").ReadersRecord} ReadersRecord */
/** @typedef {import("../wire.js").ListCircle} ListCircle */
/** @typedef {import("./seal.js").Author} Author */

/** @param {Signed} signed @param {Iterable<string>} keys @returns {Promise<string | null>} The first of these keys (b64) that signed. */
async function signedByAny(signed, keys) {
  for (const key of keys) if (await verifyRecord(signed, key)) return key;
  return null;
}

/**
 * The professionals whose keys may be believed: each carries its own signature and one by somebody introduced, starting
 * from one's own key.
 *
 * Somebody introduced could introduce a second key under a colleague's id. So the shortest chain wins, and two
 * different records at the same distance are believed neither.
 *
 * @param {Signed[]} people - Signed person records, as the server supplied them; malformed ones are left out.
 * @param {string} mine - One's own public signing key, in b64.
 * @returns {Promise<Map<string, PersonRecord>>} By person id; one's own record among them.
 */
export async function introduced(people, mine) {
  /** @type {Signed<PersonRecord>[]} */
  const waiting = [];
  for (const one of people) {
    try {
      const signed = parseSigned(one, "person");
      if (await signedByAny(signed, signed.record.signing)) waiting.push(signed);
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
    }
  }
  /** @type {Map<string, PersonRecord>} */
  const believed = new Map();
  const disputed = new Set();
  let keys = [mine];
  while (keys.length > 0) {
    /** @type {Map<string, PersonRecord>} */
    const found = new Map();
    for (const signed of waiting) {
      const { record } = signed;
      if (believed.has(record.person) || disputed.has(record.person) || !(await signedByAny(signed, keys))) continue;
      const other = found.get(record.person);
      if (other && !(await same(other, record))) disputed.add(record.person);
      found.set(record.person, record);
    }
    for (const person of disputed) found.delete(person);
    for (const [person, record] of found) believed.set(person, record);
    keys = [...found.values()].flatMap((record) => record.signing);
  }
  return believed;
}

/** @param {{t: string}} a @param {{t: string}} b */
const same = async (a, b) => equal(await recordHash(a), await recordHash(b));

/**
 * Whether a child's keys may be believed: signed by the device itself and by an introduced professional.
 * @param {Signed} signed - A signed child record.
 * @param {Map<string, PersonRecord>} people - From introduced().
 * @returns {Promise<string | null>} The person id of who vouches for it; null when nobody does.
 */
export async function whoEnrolled(signed, people) {
  const { record } = /** @type {Signed<ChildRecord>} */ (parseSigned(signed, "child"));
  if (!(await verifyRecord(signed, record.signing))) return null;
  for (const [person, { signing }] of people) if (await signedByAny(signed, signing)) return person;
  return null;
}

/**
 * @typedef {object} Lists
 * @property {Partial<Record<ListCircle, ReadersRecord>>} newest - Per circle; absent where there is none.
 * @property {Partial<Record<ListCircle, {number: number, hash: string}>>} ids - What an envelope's meta calls these.
 * @property {Map<string, ReadersRecord>} byHash - Every list, by its hash in b64.
 */

/**
 * The lists of readers of one child, each proven to follow from the one before.
 *
 * List 1 is signed by a device of the child and by a professional whom the caller knows. Each next one names its
 * predecessor's hash and is signed by somebody on it; where the circle is the child's own (a confidant's, somebody
 * independent's) also by the child's device. An on-call list is always signed by the child's device and by a professional
 * whom the caller knows or who reads the child as a worker: nobody of the service lets another one in. A child that never had a
 * phone has nothing to sign with: its worker list 1 is by a professional on it, and counts as long as no device of the
 * child is known, or once one has signed a list that follows (docs/protocol/keys.md, "readers").
 *
 * @param {Signed[]} lists - All of them, in any order.
 * @param {object} trust
 * @param {string} trust.org @param {string} trust.child
 * @param {string[]} trust.devices - Public device keys of the child, in b64, revoked ones included: lists outlive them.
 * @param {string[]} trust.known - Public signing keys, in b64, of the professionals whom the caller believes.
 * @param {Partial<Record<ListCircle, number>>} [trust.seen] - The highest numbers seen before.
 * @returns {Promise<Lists>}
 * @throws {KindstemError} `bad-record`, `list-too-small`; `bad-signature` when a list does not follow; `list-stale` when
 *   the newest is older than one seen before: somebody shows an old state; `bad-record` also when somebody stands in two circles.
 */
export async function followLists(lists, { org, child, devices, known, seen = {} }) {
  /** @type {Lists} */
  const found = { newest: {}, ids: {}, byHash: new Map() };
  const parsed = lists.map((one) => /** @type {Signed<ReadersRecord>} */ (parseSigned(one, "readers")));
  parsed.sort((a, b) => a.record.number - b.record.number);
  // Devices that have signed none of the lists make one that nobody of the child's signed no better.
  let alone = false;
  for (const signed of parsed.sort((a, b) => BUNDLED.indexOf(a.record.circle) - BUNDLED.indexOf(b.record.circle))) {
    const { record } = signed;
    const { circle, number } = record;
    const before = found.newest[circle];
    const ofChild = circle === "confidant" || circle === "independent";
    const signers =
      before && circle !== "oncall"
        ? [...keysOf(before), ...(ofChild ? devices : [])]
        : // A first list may come later, from somebody who already reads as a worker.
          [...known, ...(circle !== "worker" && found.newest.worker ? keysOf(found.newest.worker) : [])];
    const follows = number === (before?.number ?? 0) + 1 && record.prev === (found.ids[circle]?.hash ?? null);
    const ours = record.org === org && record.child === child;
    const byDevice = (await signedByAny(signed, devices)) !== null;
    if (!before && !byDevice && circle === "worker") alone = (await signedByAny(signed, keysOf(record))) !== null;
    if (byDevice) alone = false;
    if (!ours || !follows || !((before && circle !== "oncall") || byDevice || (circle === "worker" && alone)) || !(await signedByAny(signed, signers))) {
      throw new KindstemError("bad-signature", { circle, number });
    }
    const hash = b64(await recordHash(record));
    found.newest[circle] = record;
    found.ids[circle] = { number, hash };
    found.byHash.set(hash, record);
  }
  if (alone && devices.length > 0) throw new KindstemError("bad-signature", { circle: "worker", number: 1 });
  if (shared(Object.values(found.newest))) throw new KindstemError("bad-record", { field: "readers" });
  for (const circle of BUNDLED) {
    if ((found.newest[circle]?.number ?? 0) < (seen[circle] ?? 0)) throw new KindstemError("list-stale", { circle });
  }
  return found;
}

/** @param {ReadersRecord} list */
const keysOf = (list) => list.readers.flatMap((one) => one.signing);

/**
 * The readers of a list whose keys are not those of an introduced person. Nothing is sealed to a list that has any.
 * @param {ReadersRecord} list @param {Map<string, PersonRecord>} people - From introduced().
 * @returns {import("../wire.js").Reader[]}
 */
export const strangers = (list, people) =>
  list.readers.filter((reader) => {
    const person = people.get(reader.person);
    return !person || person.reading !== reader.reading || person.signing.join() !== reader.signing.join();
  });

/**
 * Whose signatures count inside envelopes, and in which circle until when.
 *
 * Whoever left a list wrote what was written before: it stays theirs up to the day of the list without them.
 *
 * @param {object} who
 * @param {{record: ChildRecord, revoked?: string | null}[]} [who.devices] - Only those that somebody vouches for.
 * @param {Iterable<ReadersRecord>} [who.lists] - Proven lists, older ones included.
 * @returns {Map<string, Author>} For open().
 */
export function authorsOf({ devices = [], lists = [] }) {
  /** @type {Map<string, Author>} */
  const authors = new Map();
  for (const { record, revoked = null } of devices) {
    authors.set(record.device, { dir: "up", keys: [record.signing], unlock: record.unlock, revoked });
  }
  const all = [...lists].sort((a, b) => a.number - b.number);
  for (const { circle, number, readers } of all) {
    const next = all.find((one) => one.circle === circle && one.number > number);
    for (const { person, signing } of readers) {
      const { keys = [], circles = {} } = authors.get(person) ?? {};
      const now = { ...circles, [circle]: next?.at ?? null };
      authors.set(person, { dir: "down", keys: [...new Set([...keys, ...signing])], unlock: null, revoked: null, circles: now });
    }
  }
  return authors;
}

/**
 * Everyone to seal to: a list's readers, and the child.
 * @param {ReadersRecord | null} list - Null for `self`.
 * @param {string} childReading - The child's public reading key, in b64.
 * @returns {{public: import("../bytes.js").Bytes}[]} For seal().
 */
export const readersOf = (list, childReading) =>
  [...new Set([...(list?.readers.map((one) => one.reading) ?? []), childReading])].map((key) => ({ public: unb64(key) }));
