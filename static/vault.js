/**
 * What a child's phone keeps: its keys, who may read, and sealed messages that still have to go. The only IndexedDB.
 *
 * Nothing that was said is ever written here so that it could be read. Messages are whole sealed envelopes; the reading seed is wrapped under the
 * lock (docs/protocol/unlocking.md). What a copy of this storage shows is that there are closed messages, how many and
 * how large.
 *
 * @module
 */

/** @typedef {import("./wire.js").ListCircle | "self"} Circle */
/** @typedef {{record: any, sigs: {by: string, sig: string}[]}} Signed A record with its signatures (docs/protocol/keys.md). */
/** @typedef {{person: string, name: string, role: string, away: {from: string, until: string} | null, record: Signed | null}} Person */

/** @typedef {{day: number, night: number, from: string, until: string}} Looks - In minutes; the hours of the office. */

/**
 * The phone itself, once enrolled.
 *
 * @typedef {object} Phone
 * @property {string} id - The device.
 * @property {string} org
 * @property {string} orgName
 * @property {string} child - The kindnummer.
 * @property {"8" | "12"} level
 * @property {"nl" | "en"} lang
 * @property {"pin" | "pictures"} lock
 * @property {CryptoKeyPair} signing - The device key; cannot be taken out by script.
 * @property {CryptoKey} secret - `D`, without which a PIN says nothing.
 * @property {Uint8Array<ArrayBuffer>} reading - The child's public reading key.
 * @property {Signed} record - The child record, signed by device and professional.
 * @property {Uint8Array<ArrayBuffer>} salt
 * @property {Uint8Array<ArrayBuffer>} wrapped - The reading seed, under the lock.
 * @property {Record<string, Signed[]>} lists - By circle, every list that was checked, the newest last.
 * @property {Record<string, number>} shown - By circle, the newest list that the child has been shown.
 * @property {Record<string, "lower" | "wrong">} doubts - Circles to which nothing is sent, and what is wrong.
 * @property {Record<string, number>} seq - By circle, the last number given to a message.
 * @property {Person[]} persons - Leave and key records, as the server last said.
 * @property {boolean} [declined] - That the child last said no to a talk with whoever stands in the circle `independent`:
 *   nothing more is sealed to them (phone/offers.js).
 * @property {Looks | null} [looks] - How soon somebody looks at an alert before it goes to somebody else.
 * @property {string} looked - When the child last looked at its messages.
 * @property {boolean} off - That the server said this phone was switched off.
 * @property {{why: string, at: string, seen: boolean} | null} [alarm] - That the log is not what this phone saw of it before
 *   (phone/log.js).
 * @property {string} [subj] - The name of this child in records of talks, once a record named this phone with it.
 * @property {string | null} [goesBy] - What the child wants the on-call service to call it; null when it would not say. In
 *   clear, because a locked phone seals it with an alert.
 * @property {{list: Signed, persons: Signed[]} | null} [offered] - An on-call list that was found sound and waits for the child.
 * @property {string} [aside] - When the one was made that the child put aside.
 * @property {string} [called] - The same by the server's word, for a child who asks to talk before there was a talk.
 */

/**
 * A message that still has to go. Its sealed bytes lie apart, so that a list of these is light.
 *
 * @typedef {object} Parcel
 * @property {string} id
 * @property {"draft" | "ready" | "stuck"} state - `draft`: still being made. `ready`: goes when there is a network. `stuck`: refused for good.
 * @property {Circle} circle
 * @property {number} seq - 0 for a bare alert, which has no envelope.
 * @property {number} list - Number of the list it is sealed to; 0 for `self`.
 * @property {boolean} flag - That it is an alert, or goes with one.
 * @property {boolean} bare - That it is the alert alone, without an envelope.
 * @property {boolean} [kept] - That its bytes are no envelope but something sealed for this phone, which says itself where
 *   it goes (phone/kept.js).
 * @property {boolean} [quiet] - That nobody has to be told that it waits.
 * @property {boolean} [again] - That the server had it once, before a backup was put back.
 * @property {string} [about] - Of what is said about a document: the id of the version.
 * @property {string} [reacts] - Of what is said of an answer: its id, and whether the child says that it is so.
 * @property {number} at - When it was made, in milliseconds since 1970.
 * @property {boolean} sealed - That its bytes are here.
 * @property {number} tries - How often sending failed.
 * @property {number} next - Not before this moment.
 * @property {string} why - Code of the last refusal, or "".
 */

const NAME = "start";
const VERSION = 1;
/** What begins the names under which a phone keeps things for itself, among the sealed bytes. */
const KEPT = "kept ";

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @returns {Promise<IDBDatabase>} */
function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.addEventListener("upgradeneeded", () => {
      const db = request.result;
      db.createObjectStore("phone");
      db.createObjectStore("parcels", { keyPath: "id" });
      db.createObjectStore("bytes");
    });
    request.addEventListener("success", () => {
      // A newer version of the app in another window may want to change the layout: step aside.
      request.result.addEventListener("versionchange", () => {
        request.result.close();
        opening = null;
      });
      resolve(request.result);
    });
    request.addEventListener("error", () => {
      opening = null;
      reject(request.error);
    });
  });
  return opening;
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });

/**
 * Runs `work` in one transaction over everything; what it returns counts once the transaction is durable.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(stores: {phone: IDBObjectStore, parcels: IDBObjectStore, bytes: IDBObjectStore}) => Promise<T>} work - May
 *   await nothing but requests on these stores.
 * @returns {Promise<T>}
 */
async function within(mode, work) {
  const db = await database();
  // Strict: what was typed must survive an empty battery, not only a closed tab.
  const transaction = db.transaction(["phone", "parcels", "bytes"], mode, { durability: mode === "readwrite" ? "strict" : "default" });
  const finished = new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve(undefined));
    transaction.addEventListener("abort", () => reject(transaction.error ?? new DOMException("aborted", "AbortError")));
  });
  // Whoever awaits the work hears of its failure; the transaction's own is then no news.
  finished.catch(() => undefined);
  try {
    const result = await work({
      phone: transaction.objectStore("phone"),
      parcels: transaction.objectStore("parcels"),
      bytes: transaction.objectStore("bytes"),
    });
    await finished;
    return result;
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // It had ended by itself.
    }
    throw error;
  }
}

/** @returns {Promise<Phone | undefined>} The phone; undefined before enrolment. */
export const phone = () => within("readonly", ({ phone: store }) => done(store.get("phone")));

/**
 * Keeps a phone that has just been enrolled, in place of an earlier one.
 *
 * Messages of an earlier enrolment go: they carry a device that is no longer this one.
 *
 * @param {Phone} fresh
 */
export const keepPhone = (fresh) =>
  within("readwrite", async ({ phone: store, parcels, bytes }) => {
    for (const id of await done(parcels.getAllKeys())) await done(bytes.delete(id));
    // Sealed for the keys of a phone that this one no longer is.
    await done(bytes.delete(IDBKeyRange.bound(KEPT, `${KEPT}\uffff`)));
    await done(parcels.clear());
    await done(store.put(fresh, "phone"));
  });

/**
 * Changes the phone in one step, so that two windows never write over each other.
 *
 * @param {(phone: Phone) => void} change - Changes it in place, at once.
 * @returns {Promise<Phone>} The phone as it now is.
 */
export const changePhone = (change) =>
  within("readwrite", async ({ phone: store }) => {
    const current = /** @type {Phone} */ (await done(store.get("phone")));
    change(current);
    await done(store.put(current, "phone"));
    return current;
  });

/** @returns {Promise<Parcel[]>} Everything that still has to go, oldest first. */
export const parcels = () =>
  within("readonly", async ({ parcels: store }) => {
    const all = /** @type {Parcel[]} */ (await done(store.getAll()));
    return all.sort((a, b) => a.at - b.at);
  });

/**
 * @param {string} id
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>} The sealed bytes of a message.
 */
export const bytesOf = (id) => within("readonly", ({ bytes }) => done(bytes.get(id)));

/**
 * Takes the next number of a circle for a message that is being made.
 *
 * Number and message are written together: a number that is taken always has its message, so that a reader never sees
 * a gap for which nobody can answer.
 *
 * @param {string} id
 * @param {Circle} circle
 * @param {{list: number, flag: boolean, at: number, about?: string}} facts
 * @returns {Promise<Parcel>}
 */
export const reserve = (id, circle, { list, flag, at, about }) =>
  within("readwrite", async ({ phone: store, parcels: rows }) => {
    const current = /** @type {Phone} */ (await done(store.get("phone")));
    const seq = (current.seq[circle] ?? 0) + 1;
    current.seq[circle] = seq;
    await done(store.put(current, "phone"));
    /** @type {Parcel} */
    const parcel = { id, state: "draft", circle, seq, list, flag, bare: false, ...(about ? { about } : {}), at, sealed: false, tries: 0, next: 0, why: "" };
    await done(rows.put(parcel));
    return parcel;
  });

/**
 * Puts the newest sealed form of a message in place of the one before.
 *
 * @param {string} id
 * @param {Uint8Array<ArrayBuffer>} sealed
 * @param {{list: number, state?: "draft" | "ready", at?: number, reacts?: string}} facts - `ready` lets it go.
 * @returns {Promise<boolean>} False when it is no draft any more, so that nothing that was let go is changed.
 */
export const seal = (id, sealed, { list, state = "draft", at, reacts }) =>
  within("readwrite", async ({ parcels: rows, bytes }) => {
    const row = /** @type {Parcel | undefined} */ (await done(rows.get(id)));
    if (row?.state !== "draft") return false;
    await done(bytes.put(sealed, id));
    await done(rows.put({ ...row, list, state, at: at ?? row.at, sealed: true, reacts }));
    return true;
  });

/**
 * Lets a sealed draft go as it is.
 *
 * @param {string} id
 * @returns {Promise<boolean>} False when it was none, or was never sealed.
 */
export const letGo = (id) =>
  within("readwrite", async ({ parcels: rows }) => {
    const row = /** @type {Parcel | undefined} */ (await done(rows.get(id)));
    if (row?.state !== "draft" || !row.sealed) return false;
    await done(rows.put({ ...row, state: "ready", next: 0 }));
    return true;
  });

/**
 * Throws a draft away and gives its number back, when that was the last one taken in its circle.
 *
 * @param {string} id
 * @returns {Promise<Parcel | null>} The draft when its number cannot go back: it must be sent empty. Null when it is gone.
 */
export const discard = (id) =>
  within("readwrite", async ({ phone: store, parcels: rows, bytes }) => {
    const row = /** @type {Parcel | undefined} */ (await done(rows.get(id)));
    if (row?.state !== "draft") return null;
    const current = /** @type {Phone} */ (await done(store.get("phone")));
    await done(bytes.delete(id));
    if (!givesBack(current.seq, row)) {
      const bare = { ...row, sealed: false };
      await done(rows.put(bare));
      return bare;
    }
    await done(store.put(current, "phone"));
    await done(rows.delete(id));
    return null;
  });

/**
 * Puts a message in the outbox that was never a draft.
 *
 * @param {Parcel} parcel
 * @param {Uint8Array<ArrayBuffer> | null} sealed - Null for an alert without content.
 */
export const post = (parcel, sealed) =>
  within("readwrite", async ({ parcels: rows, bytes }) => {
    if (sealed) await done(bytes.put(sealed, parcel.id));
    await done(rows.put(parcel));
  });

/**
 * Notes what came of sending: new facts, or null when it has arrived and can leave the phone.
 *
 * @param {string} id
 * @param {Partial<Parcel> | null} facts
 */
export const note = (id, facts) =>
  within("readwrite", async ({ parcels: rows, bytes }) => {
    const row = /** @type {Parcel | undefined} */ (await done(rows.get(id)));
    if (!row) return;
    if (facts) {
      await done(rows.put({ ...row, ...facts }));
      return;
    }
    await done(rows.delete(id));
    await done(bytes.delete(id));
  });

/**
 * Keeps something that was sealed for this phone, under a name that no entry has.
 *
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer> | null} sealed - Null takes it away.
 */
export const keep = (name, sealed) =>
  within("readwrite", async ({ bytes }) => {
    if (sealed) await done(bytes.put(sealed, KEPT + name));
    else await done(bytes.delete(KEPT + name));
  });

/**
 * @param {string} start
 * @returns {Promise<{name: string, sealed: Uint8Array<ArrayBuffer>}[]>} Everything kept under names that begin so.
 */
export const keptUnder = (start) =>
  within("readonly", async ({ bytes }) => {
    const range = IDBKeyRange.bound(KEPT + start, `${KEPT}${start}\uffff`);
    const [names, all] = await Promise.all([done(bytes.getAllKeys(range)), done(bytes.getAll(range))]);
    return names.map((name, at) => ({ name: String(name).slice(KEPT.length), sealed: all[at] }));
  });

/**
 * Gives a number back if it was the last one taken in its circle.
 *
 * @param {Record<string, number>} counts - Last number by circle; changed in place.
 * @param {{circle: string, seq: number}} parcel
 * @returns {boolean} False when later numbers were taken: then this one stays, and is sent empty.
 */
export function givesBack(counts, { circle, seq }) {
  if (seq < 1 || counts[circle] !== seq) return false;
  counts[circle] = seq - 1;
  return true;
}

// --- a professional's desk -------------------------------------------------------------------------------------------

/** Drafts of a desk lie among the sealed bytes, under names that no entry has. @param {string} place */
const draftName = (place) => `desk ${place}`;

/**
 * Keeps what a professional typed and did not send. Sealed by desk-keys.js before it comes here.
 *
 * @param {string} place
 * @param {Uint8Array<ArrayBuffer> | null} sealed - Null takes it away.
 */
export const keepDraft = (place, sealed) =>
  within("readwrite", async ({ bytes }) => {
    if (sealed) await done(bytes.put(sealed, draftName(place)));
    else await done(bytes.delete(draftName(place)));
  });

/**
 * @param {string} place
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}
 */
export const draft = (place) => within("readonly", ({ bytes }) => done(bytes.get(draftName(place))));

/**
 * @param {string} start
 * @returns {Promise<{place: string, sealed: Uint8Array<ArrayBuffer>}[]>} Every draft of a desk whose place begins so.
 */
export const draftsUnder = (start) =>
  within("readonly", async ({ bytes }) => {
    const range = IDBKeyRange.bound(draftName(start), `${draftName(start)}\uffff`);
    const [names, all] = await Promise.all([done(bytes.getAllKeys(range)), done(bytes.getAll(range))]);
    return names.map((name, at) => ({ place: String(name).slice(draftName("").length), sealed: all[at] }));
  });
