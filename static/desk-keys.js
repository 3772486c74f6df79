/**
 * The opened keyring of a professional, in the memory of this document only; and whom it may believe.
 *
 * Seeds never leave this module: pages ask it to sign, to open and to seal. They go when the desk is locked or the page
 * goes, and are never written anywhere (docs/protocol/unlocking.md).
 *
 * Whom to believe starts from one's own signing key and never from the server's word (docs/protocol/keys.md, "Whom to
 * believe"); the rules are those of crypto/trust.js, here they are put to what the desk was handed.
 *
 * @module
 */

import { b64, concat, equal, random, utf8 } from "./bytes.js";
import { openKeyring, sealKeyring } from "./crypto/passphrase.js";
import { importSigningSeed, newReadingSeed, readingPublic, recordHash, signRecord, verifyRecord, withSignature } from "./crypto/keys.js";
import { opener } from "./crypto/seal.js";
import { authorsOf, followLists, introduced, readersOf, strangers, whoEnrolled } from "./crypto/trust.js";
import { hkdf, openBox, sealBox } from "./crypto/web.js";
import { KindstemError } from "./errors.js";
import { BUNDLED, label, parseSigned, shared, timeText } from "./wire.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./crypto/keys.js").Signer} Signer */
/** @typedef {import("./wire.js").ListCircle} ListCircle */
/** @typedef {import("./crypto/seal.js").Opener} Opener */
/** @typedef {import("./crypto/seal.js").Author} Author */
/** @typedef {import("./wire.js").PersonRecord} PersonRecord */
/** @typedef {import("./wire.js").ChildRecord} ChildRecord */
/** @typedef {import("./wire.js").ReadersRecord} ReadersRecord */
/**
 * @template R
 * @typedef {import("./wire.js").Signed<R>} SignedOf
 */

/**
 * Who I am, without anything secret.
 *
 * @typedef {object} Me
 * @property {string} org
 * @property {string} person
 * @property {string} reading - My public reading key, b64.
 * @property {string} signing - My public signing key, b64.
 */

/**
 * Somebody I may believe.
 *
 * @typedef {object} Introduced
 * @property {PersonRecord} record
 * @property {Bytes} hash
 * @property {boolean} mine - That I introduced this person myself, or am this person.
 * @property {string[]} by - Persons whose introduction counts.
 */

/**
 * @typedef {object} Trust
 * @property {Map<string, Introduced>} introduced - By person id; myself among them.
 * @property {Set<string>} doubled - Persons for whom two different records count: neither does.
 * @property {boolean} swapped - That the server shows a record of mine which is not mine, or none at all.
 */

// --- the opened keyring ----------------------------------------------------------------------------------------------

/** @type {{me: Me, reading: Bytes, signingSeed: Bytes, signer: Signer, opener: Opener, drafts: Bytes} | null} */
let held = null;

/** @returns {NonNullable<typeof held>} */
function open() {
  if (!held) throw new KindstemError("session-ended");
  return held;
}

/** @param {string} org @param {string} person @param {Bytes} reading @param {Bytes} signingSeed */
async function hold(org, person, reading, signingSeed) {
  const [publicKey, signer, openWith, drafts] = await Promise.all([
    readingPublic(reading),
    importSigningSeed(signingSeed),
    opener(reading),
    hkdf(reading, null, label("desk drafts"), 32),
  ]);
  lock();
  held = { me: { org, person, reading: b64(publicKey), signing: b64(signer.public) }, reading, signingSeed, signer, opener: openWith, drafts };
  return held.me;
}

/**
 * Makes a professional's keys and their own record, signed by themselves as proof that they hold what it names.
 *
 * @param {{org: string, person: string, name: string, role: import("./wire.js").PersonRole}} who
 * @returns {Promise<SignedOf<PersonRecord>>}
 */
export async function makeKeys({ org, person, name, role }) {
  const me = await hold(org, person, newReadingSeed(), random(32));
  /** @type {PersonRecord} */
  const record = { t: "person", v: 1, org, person, name, role, reading: me.reading, signing: [me.signing], at: timeText() };
  return { record, sigs: [await signRecord(record, open().signer)] };
}

/**
 * The keyring, sealed under a key that only the passphrase or the recovery code gives.
 *
 * @param {Bytes} kek
 * @returns {Promise<Bytes>}
 */
export const sealedKeyring = (kek) => sealKeyring(kek, open().me.person, { reading: open().reading, signing: open().signingSeed });

/**
 * Opens the keyring and keeps the seeds in memory.
 *
 * @param {{org: string, person: string, keyring: Bytes, kek: Bytes}} what
 * @returns {Promise<Me>}
 * @throws {KindstemError} `key-wrong` when it does not open: another phrase, or other bytes.
 */
export async function unlockDesk({ org, person, keyring, kek }) {
  const { reading, signing } = await openKeyring(kek, person, keyring);
  return hold(org, person, reading, signing);
}

/** Forgets every seed. What was opened with them is for the pages to take away. */
export function lock() {
  held?.reading.fill(0);
  held?.signingSeed.fill(0);
  held?.drafts.fill(0);
  held = null;
}

/** @returns {boolean} */
export const unlocked = () => held !== null;

/** @returns {Me} @throws {KindstemError} `session-ended` once the desk is locked. */
export const mine = () => open().me;

/** @returns {Opener} What opens entries that are for me. */
export const myOpener = () => open().opener;

/** @returns {Signer} My key, for what seal() puts inside an envelope. */
export const mySigner = () => open().signer;

/**
 * A record with my signature on it.
 *
 * @template {{t: string}} R
 * @param {SignedOf<R>} signed
 * @returns {Promise<SignedOf<R>>}
 */
export const cosigned = async (signed) => withSignature(signed, await signRecord(signed.record, open().signer));

/**
 * Seals text that was typed and not sent, so that only I can open it again, also on a desk that others use.
 *
 * @param {string} place - What it is for; a draft that was moved does not open.
 * @param {Bytes} bytes
 */
export const sealDraft = (place, bytes) => sealBox(open().drafts, bytes, draftPlace(place));

/**
 * @param {string} place
 * @param {Bytes} box
 * @returns {Promise<Bytes>}
 * @throws {KindstemError} `key-wrong` for somebody else's draft.
 */
export const openDraft = (place, box) => openBox(open().drafts, box, draftPlace(place));

/** @param {string} place */
const draftPlace = (place) => label(`desk draft ${b64(utf8(place))}`);

// --- what a child says in kindmodus -----------------------------------------------------------------------------------

/** What is closed: the answer to a talk, or what a child says of its own. @typedef {"answer" | "said"} Lent */

/**
 * What closes a child's words on this device while my keys are away (docs/protocol/unlocking.md, "Kindmodus").
 *
 * Its key comes out of my seed and a fresh salt, and leads back to neither: whoever holds this page in kindmodus could
 * close other words of this one time with it, and open nothing of mine.
 *
 * @returns {Promise<(what: Lent, bytes: Bytes) => Promise<Bytes>>}
 */
export async function lentSealer() {
  const { me, reading } = open();
  const salt = random(SALT);
  const key = await hkdf(reading, salt, label("desk kindmodus"), 32);
  return async (what, bytes) => concat(salt, await sealBox(key, bytes, lentPlace(what, me.person)));
}

/**
 * @param {Lent} what
 * @param {Bytes} sealed
 * @returns {Promise<Bytes>}
 * @throws {KindstemError} `key-wrong` for what was closed for somebody else or as something else, or changed since.
 */
export async function openLent(what, sealed) {
  const { me, reading } = open();
  const key = await hkdf(reading, sealed.slice(0, SALT), label("desk kindmodus"), 32);
  return openBox(key, sealed.slice(SALT), lentPlace(what, me.person));
}

const SALT = 32;

/** @param {Lent} what @param {string} person */
const lentPlace = (what, person) => label(what === "answer" ? `desk kindmodus ${person}` : `desk kindmodus said ${person}`);

// --- whom to believe -------------------------------------------------------------------------------------------------

/**
 * Who is introduced, starting from my own key (crypto/trust.js decides), and what a person must be told about it.
 *
 * @param {{record: any}[]} people - As the server supplies them; anything in it may be a lie.
 * @param {Me} [me]
 * @returns {Promise<Trust>}
 */
export async function trusted(people, me = mine()) {
  const offered = people.map((one) => one?.record).filter((one) => one?.record?.org === me.org);
  const own = offered.filter((one) => isMine(one, me));
  const others = offered.filter((one) => one.record.person !== me.person);
  const swapped = own.length === 0 || own.length + others.length < offered.length;
  const records = own.length ? await introduced([...own, ...others], me.signing) : new Map();
  // Only what has proven its own key counts as mine.
  if (!records.has(me.person)) return { introduced: new Map(), doubled: new Set(), swapped: true };
  /** @type {Map<string, Introduced>} */
  const found = new Map();
  for (const [person, record] of records) {
    const hash = await recordHash(record);
    const signed = { record, sigs: await signaturesOn(hash, offered) };
    const by = await signers(signed, [...records.values()].filter((one) => one.person !== person));
    found.set(person, { record, hash, mine: person === me.person || by.includes(me.person), by });
  }
  return { introduced: found, doubled: await doubles(offered, records), swapped };
}

/** @param {any} signed @param {Me} me */
const isMine = ({ record }, me) =>
  record.person === me.person && record.reading === me.reading && Array.isArray(record.signing) && record.signing.join() === me.signing;

/**
 * Every signature that the server has on one record, also when it was handed out in pieces.
 *
 * @param {Bytes} hash @param {any[]} offered
 */
async function signaturesOn(hash, offered) {
  const sigs = [];
  for (const one of offered) {
    if (hasForm(one) && equal(await recordHash(one.record), hash)) sigs.push(...one.sigs);
  }
  return sigs;
}

/** @param {any} one @returns {boolean} */
function hasForm(one) {
  try {
    parseSigned(one, "person");
    return true;
  } catch {
    return false;
  }
}

/**
 * People for whom two different records carry an introduction, so that none of them was believed.
 *
 * @param {any[]} offered @param {Map<string, PersonRecord>} records
 */
async function doubles(offered, records) {
  /** @type {Map<string, Set<string>>} */
  const vouched = new Map();
  for (const one of offered) {
    const person = one.record.person;
    if (records.has(person) || !hasForm(one) || (await signers(one, [...records.values()])).length === 0) continue;
    vouched.set(person, (vouched.get(person) ?? new Set()).add(b64(await recordHash(one.record))));
  }
  return new Set([...vouched].filter(([, hashes]) => hashes.size > 1).map(([person]) => person));
}

/**
 * @param {SignedOf<any>} signed
 * @param {PersonRecord[]} records
 * @returns {Promise<string[]>} Which of these people signed it.
 */
async function signers(signed, records) {
  const found = [];
  for (const { person, signing } of records) {
    const good = await Promise.all(signing.map((key) => signedBy(signed, key)));
    if (good.includes(true)) found.push(person);
  }
  return found;
}

/**
 * Whether any of the signatures is by this key; of a key with two signatures, one good one is enough.
 *
 * @param {SignedOf<any>} signed @param {string} key
 */
async function signedBy({ record, sigs }, key) {
  for (const one of sigs) if (await verifyRecord({ record, sigs: [one] }, key)) return true;
  return false;
}

/**
 * Whether I count for a colleague as well, as far as the server shows the signatures: their app starts from their key,
 * as mine starts from mine.
 *
 * @param {{record: any}[]} people
 * @param {Introduced} other
 * @param {Me} [me]
 */
export async function countsFor(people, other, me = mine()) {
  const offered = people.map((one) => one?.record).filter((one) => one?.record?.org === me.org && (one.record.person !== me.person || isMine(one, me)));
  return (await introduced(offered, other.record.signing[0])).has(me.person);
}

/**
 * A child's phone whose keys I may seal to.
 *
 * @typedef {object} Phone
 * @property {ChildRecord} record
 * @property {{by: string, sig: string}[]} sigs - What stands under it.
 * @property {Bytes} hash
 * @property {string | null} revoked
 * @property {string} by - Who vouches for it.
 */

/** @typedef {{org: string, child: string, introduced: Map<string, Introduced>}} Known */

/** @param {Map<string, Introduced>} introduced @returns {Map<string, PersonRecord>} */
const recordsOf = (introduced) => new Map([...introduced].map(([person, { record }]) => [person, record]));

/**
 * The phones of a child that an introduced professional signed for. A record that nobody I know vouches for is left
 * out, whatever the server says of it: nothing is ever sealed to its key and no words count as the child's by it.
 *
 * @param {any[]} offered - Signed child records, with `revoked`.
 * @param {Known} known
 * @returns {Promise<{phones: Phone[], refused: number}>} In the order offered.
 */
export async function believedPhones(offered, { org, child, introduced: persons }) {
  /** @type {Phone[]} */
  const phones = [];
  for (const { record, sigs, revoked = null } of offered) {
    const by = await refusedAsNull(() => whoEnrolled({ record, sigs }, recordsOf(persons)));
    if (by !== null && record.org === org && record.child === child) phones.push({ record, sigs, hash: await recordHash(record), revoked, by });
  }
  return { phones, refused: offered.length - phones.length };
}

/**
 * What is refused gives nothing; what broke still throws.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | null>}
 */
async function refusedAsNull(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/**
 * A circle whose readers I may believe.
 *
 * @typedef {object} Readers
 * @property {ReadersRecord} record - The newest list.
 * @property {string} hash - Its hash, b64.
 * @property {ReadersRecord[]} all - Every list of the circle up to it.
 */

/**
 * The lists of readers of a child, when every step to them was taken by someone who may take it (crypto/trust.js) and
 * everyone on the newest is introduced, with exactly the keys that the list names: with a stranger's key among them
 * nothing is sealed to the circle. A circle that is refused leaves the other as it is.
 *
 * @param {any[]} offered - All signed readers records of the child, in any order.
 * @param {Known & {phones: Phone[], seen?: Partial<Record<ListCircle, number>>}} known - `seen`: the
 *   highest number seen of each circle; a lower one is refused.
 * @returns {Promise<{circles: Partial<Record<ListCircle, Readers>>, refused: ListCircle[], phones: Phone[]}>}
 *   `phones`: of those given, the ones that somebody vouches for who reads the child or did; only these are the child's.
 */
export async function believedLists(offered, { org, child, introduced: persons, phones, seen = {} }) {
  const people = recordsOf(persons);
  const of = (/** @type {string} */ circle) => offered.filter((one) => one?.record?.circle === circle);
  /** @type {Partial<Record<ListCircle, Readers>>} */
  const circles = {};
  /** @type {ListCircle[]} */
  const refused = [];
  /** @type {Phone[]} */
  let own = [];
  for (const circle of BUNDLED) {
    const lists = of(circle);
    if (lists.length === 0 && !seen[circle]) continue;
    // Whoever enrolled a child reads it: a list 1 by someone who does not stand on it was not made in the room.
    const first = lists.find((one) => one.record.number === 1)?.record.readers;
    const enrolling = [...people.values()].filter((one) =>
      circle === "worker" ? Array.isArray(first) && first.some((reader) => reader?.person === one.person) : one.role === "worker" || one.role === "second",
    );
    const known = enrolling.flatMap((one) => one.signing);
    const devices = (circle === "worker" ? phones : own).map((phone) => phone.record.signing);
    const found = await refusedAsNull(() => followLists(lists, { org, child, devices, known, seen: { [circle]: seen[circle] ?? 0 } }));
    const record = found?.newest[circle];
    const hash = found?.ids[circle]?.hash;
    const all = [...(found?.byHash.values() ?? [])];
    // Whoever stands in one circle is to stand in no other: the worker's reader would read what was said to the confidant.
    const apart = record && !shared([record, ...Object.values(circles).map((one) => one.record)]);
    if (record && hash && apart && strangers(record, people).length === 0) circles[circle] = { record, hash, all };
    else refused.push(circle);
    // A colleague who does not read the child could, with the server, put up a phone of their own beside the child's.
    if (circle === "worker") own = phones.filter((phone) => all.some((list) => list.readers.some((one) => one.person === phone.by)));
  }
  // What is a list of no circle we know is no reason to send less carefully.
  if (offered.some((one) => !BUNDLED.includes(one?.record?.circle)) && !refused.includes("worker")) refused.push("worker");
  return { circles, refused, phones: own };
}

/**
 * Whose signatures count in a child's entries: its believed phones, and whoever stands or stood on a believed list.
 *
 * @param {{phones: Phone[], circles: Partial<Record<ListCircle, Readers>>}} known
 * @returns {Map<string, Author>}
 */
export const authors = ({ phones, circles }) =>
  authorsOf({ devices: phones, lists: Object.values(circles).flatMap((one) => one.all ?? []) });

/**
 * Everyone that something for a circle must be sealed to: the readers on its list and the child's phones in use.
 *
 * @param {Readers} list
 * @param {Phone[]} phones
 * @returns {{public: Bytes}[]}
 * @throws {KindstemError} `nobody` when the child has no phone in use.
 */
export function sealedTo(list, phones) {
  const inUse = phones.find((phone) => phone.revoked === null);
  if (!inUse) throw new KindstemError("nobody");
  return readersOf(list.record, inUse.record.reading);
}
