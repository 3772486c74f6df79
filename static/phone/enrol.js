/**
 * Enrolment on the child's side, step by step (docs/protocol/keys.md, "Enrolment, face to face").
 *
 * Everything lives in this module's memory until the lock is set. A tab closed before that means enrolling again: the
 * reading seed is never written without its lock (decision 0002).
 *
 * @module
 */

import { anyone, identify } from "../api.js";
import { newId } from "../bytes.js";
import { answerOffer, checkActive, checkOffer, normalCode, parseQr, qrKeys, startcodeKeys } from "../crypto/enrol.js";
import { authorization, newDeviceKeys, newReadingSeed, readingPublic, signerOf, unlockKey } from "../crypto/keys.js";
import { KindstemError } from "../errors.js";
import { settle } from "./here.js";
import { setFirst } from "./lock.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../wire.js").Bundle} Bundle */
/** @typedef {import("../crypto/enrol.js").EnrolKeys} EnrolKeys */
/** @typedef {import("../crypto/enrol.js").Answer} Answer */

/** @typedef {{bundle: Bundle, R: Bytes, keys: EnrolKeys, method: "qr" | "typed"}} Found */
/**
 * @typedef {object} Made
 * @property {string} device
 * @property {CryptoKeyPair} signing
 * @property {CryptoKey} secret
 * @property {Bytes} seed
 * @property {Bytes} reading
 * @property {Answer} answer
 * @property {string} digits
 */

/** @type {Found | null} */
let found = null;
/** @type {Made | null} */
let made = null;
/** @type {Awaited<ReturnType<typeof checkActive>> | null} */
let active = null;

export { normalCode, parseQr };

/** Forgets everything, as if nothing had been typed. */
export function drop() {
  made?.seed.fill(0);
  found = made = active = null;
}

/** @returns {Bundle} Who will read, once that was found. */
export function offered() {
  if (!found) throw new KindstemError("enrol-gone");
  return found.bundle;
}

/** @returns {boolean} Whether an enrolment is under way in this page. */
export const underWay = () => found !== null;

/**
 * Names out of the bundle, for the texts.
 *
 * @returns {{worker: string, second: string, confidant: string}}
 */
export function offeredNames() {
  const readers = offered().lists.flatMap((list) => list.readers);
  const of = (/** @type {string} */ role) => readers.find((one) => one.role === role)?.name ?? "";
  return { worker: of("worker"), second: of("second"), confidant: of("confidant") };
}

/**
 * Finds the enrolment that was shown or read out, and checks that it is the professional's.
 *
 * @param {string} org
 * @param {{typed: string} | {scanned: string}} code - `scanned` is the whole text of the QR code, or its fragment.
 * @param {import("../crypto/argon2.js").Progress} [onProgress]
 * @throws {KindstemError} `enrol-gone` unknown, used or too old; `enrol-keys-differ` for other people's keys.
 * @throws {import("../api.js").Offline}
 */
export async function find(org, code, onProgress) {
  drop();
  const qr = "scanned" in code ? parseQr(code.scanned) : null;
  if ("scanned" in code && !qr) throw new KindstemError("enrol-gone");
  const keys = qr ? await qrKeys(qr.secret, org) : await startcodeKeys(/** @type {{typed: string}} */ (code).typed, org, onProgress);
  const offer = await anyone("/api/enrol/find", { id: keys.id });
  const { bundle, R } = await checkOffer(offer, { key: keys.key, R: qr?.R ?? null, org });
  found = { bundle, R, keys, method: qr ? "qr" : "typed" };
}

/**
 * Makes this phone's keys and sends the public halves, with the proof that they come from here.
 *
 * @returns {Promise<string>} The six digits to compare. Asked again, the same.
 * @throws {KindstemError} `enrol-gone` when somebody else was first, or the time is over.
 * @throws {import("../api.js").Offline}
 */
export async function answer() {
  if (made) return made.digits;
  if (!found) throw new KindstemError("enrol-gone");
  const { bundle, R, keys, method } = found;
  const device = newId();
  const { signing, secret } = await newDeviceKeys();
  const seed = newReadingSeed();
  const [signer, reading, unlock] = await Promise.all([signerOf(signing), readingPublic(seed), unlockKey(seed)]);
  const lock = bundle.level === "8" ? "pictures" : "pin";
  const sent = await answerOffer({ bundle, R, keys, method, device, signer, reading, unlock: unlock.public, lock });
  await anyone("/api/enrol/answer", sent.answer);
  made = { device, signing, secret, seed, reading, ...sent };
  return made.digits;
}

/**
 * Whether the professional has said that the digits are the same.
 *
 * @returns {Promise<"waiting" | "active" | "dropped">}
 * @throws {KindstemError} `enrol-keys-differ` when what came back is not what was sent, or was signed by nobody offered.
 * @throws {import("../api.js").Offline}
 */
export async function confirmed() {
  if (active) return "active";
  if (!made || !found) throw new KindstemError("enrol-gone");
  const state = await anyone("/api/enrol/state", { id: found.keys.id });
  if (state.state === "dropped") return "dropped";
  if (state.state !== "active") return "waiting";
  active = await checkActive(state, made.answer, found.bundle);
  return "active";
}

/** @param {import("../wire.js").PersonRecord} record */
const named = ({ person, name, role }) => ({ person, name, role });

/**
 * Sets the lock and writes this phone to the vault: the only moment at which anything is written.
 *
 * @param {string} secret - PIN or pictures.
 * @param {"nl" | "en"} lang - What this phone speaks: the child's own choice, which the record need not know.
 * @param {import("../crypto/argon2.js").Progress} [onProgress]
 * @throws {KindstemError} `pin-too-easy`
 * @throws {import("../api.js").Offline}
 */
export async function finish(secret, lang, onProgress) {
  if (!made || !found || !active) throw new KindstemError("enrol-gone");
  const { device, signing, secret: D, seed, reading } = made;
  const { record } = made.answer.child;
  const signer = await signerOf(signing);
  identify((request) => authorization({ ...request, device, signer }));
  const { salt, wrapped } = await setFirst({ device, secret: D, kind: record.lock, seed: seed.slice() }, secret, onProgress);
  const lists = Object.fromEntries(active.lists.map((signed) => [signed.record.circle, [signed]]));
  await settle({
    id: device,
    org: found.bundle.org,
    orgName: found.bundle.orgName,
    child: found.bundle.child,
    level: record.level,
    lang,
    lock: record.lock,
    signing,
    secret: D,
    reading,
    record: active.child,
    salt,
    wrapped,
    lists,
    shown: Object.fromEntries(active.lists.map((signed) => [signed.record.circle, signed.record.number])),
    doubts: {},
    seq: {},
    persons: found.bundle.persons.map((record) => ({ ...named(record.record), away: null, record })),
    looked: "",
    off: false,
  });
  drop();
}
