/**
 * Coming in and going out: what is said to the server and what stays here, step by step (docs/protocol/unlocking.md).
 *
 * The passphrase never leaves this browser; the server gets a verifier and gives its share of the key only after that
 * and the second factor.
 *
 * @module
 */

import { desk } from "../api.js";
import { b64, random, unb64 } from "../bytes.js";
import { asGenerated, kek, stretchPassphrase, stretchRecovery } from "../crypto/passphrase.js";
import { lock, makeKeys, sealedKeyring, unlockDesk } from "../desk-keys.js";
import { KindstemError } from "../errors.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {(done: number) => void} Progress */

/**
 * Who is signed in.
 *
 * @typedef {object} Session
 * @property {{id: string, name: string, role: import("../wire.js").PersonRole}} person
 * @property {{id: string, name: string}} org
 * @property {number} idle - Seconds without a touch after which the desk locks.
 * @property {{from: string, until: string} | null} away
 * @property {boolean} tryout - That this installation is for trying out only.
 * @property {boolean} demo
 * @property {{proof: string, pepper: Bytes} | null} renew - After a recovery code: what a new passphrase needs.
 */

/**
 * @typedef {object} First
 * @property {string} ticket
 * @property {string} secret - For typing into a code app.
 * @property {string} uri - The same, for scanning.
 * @property {{id: string, name: string, role: import("../wire.js").PersonRole}} person
 * @property {{id: string, name: string}} org
 */

/** @returns {Promise<Session>} Who the running session belongs to. @throws {KindstemError} `session-ended` */
export async function whoAmI() {
  const me = await desk("/desk/api/me", { method: "GET" });
  return { person: me.person, org: me.org, idle: me.idle, away: me.away, tryout: me.tryout, demo: me.demo, renew: null };
}

/**
 * @param {{name: string, phrase: string, code: string, way: "passphrase" | "recovery", progress?: Progress}} what
 * @returns {Promise<Session>}
 * @throws {KindstemError} `signin-failed`, whichever part failed; `key-wrong` when the server gave a keyring that does
 *   not open.
 */
export async function signIn({ name, phrase, code, way, progress }) {
  const salts = await desk("/desk/api/signin/salt", { json: { name } });
  const recovery = way === "recovery";
  const stretch = recovery ? stretchRecovery : stretchPassphrase;
  const { verifier, share } = await stretch(asGenerated(phrase), unb64(recovery ? salts.recoverySalt : salts.salt), progress);
  const answer = await desk("/desk/api/signin", { json: { name, verifier: b64(verifier), code: code.trim(), way } });
  const session = await whoAmI();
  try {
    await openWith(session, answer.keyring, await kek(share, unb64(answer.pepper)));
  } catch (error) {
    // A session without opened keys is of no use to anyone but a thief of the cookie.
    await signOut();
    throw error;
  }
  if (recovery) session.renew = { proof: b64(verifier), pepper: unb64(answer.passphrasePepper) };
  return session;
}

/**
 * Opens the keys again in a session that still runs.
 *
 * @param {{name: string, phrase: string, progress?: Progress}} what
 * @returns {Promise<Session>}
 */
export async function openAgain({ name, phrase, progress }) {
  const { salt } = await desk("/desk/api/signin/salt", { json: { name } });
  const { verifier, share } = await stretchPassphrase(asGenerated(phrase), unb64(salt), progress);
  const answer = await desk("/desk/api/unlock", { json: { verifier: b64(verifier) } });
  const session = await whoAmI();
  await openWith(session, answer.keyring, await kek(share, unb64(answer.pepper)));
  return session;
}

/** @param {Session} session @param {string | null} keyring @param {Bytes} kek */
async function openWith(session, keyring, kek) {
  if (!keyring) throw new KindstemError("no-keyring");
  await unlockDesk({ org: session.org.id, person: session.person.id, keyring: unb64(keyring), kek });
}

/** Forgets the keys here and ends the session there; without a network only the first. */
export async function signOut() {
  lock();
  await desk("/desk/api/signout").catch(() => undefined);
}

/** Milliseconds between two tries to end a session that a child may not find open. */
const AGAIN = 2000;

/**
 * Ends the session there and does not rest until it is ended: the keys are gone by now.
 *
 * @param {() => boolean} wanted - Whether it still has to end; somebody may have signed in anew.
 */
export async function endSession(wanted) {
  while (wanted()) {
    try {
      await desk("/desk/api/signout");
      return;
    } catch (error) {
      if (error instanceof KindstemError && error.code === "session-ended") return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

// --- the first sign-in -----------------------------------------------------------------------------------------------

/**
 * @param {string} name @param {string} startcode
 * @returns {Promise<First>}
 */
export async function beginFirst(name, startcode) {
  const { ticket, totp, person, org } = await desk("/desk/api/start", { json: { name, startcode } });
  return { ticket, secret: totp.secret, uri: totp.uri, person, org };
}

/** What the keyring is sealed under; here from finishing until the server has it. @type {{passphrase: Bytes, recovery: Bytes} | null} */
let waiting = null;

/**
 * Makes the keys and gives the server what it may know of them.
 *
 * @param {{first: First, words: string[], recovery: string[], code: string, progress?: Progress}} what
 * @returns {Promise<string[]>} Ten codes, each good once in place of the phone.
 * @throws {KindstemError} `signin-failed` for a code that is not right; then nothing was made.
 */
export async function finishFirst({ first, words, recovery, code, progress }) {
  const [salt, recoverySalt] = [random(16), random(16)];
  const phrase = await stretchPassphrase(words.join(" "), salt, (done) => progress?.(done / 2));
  const spare = await stretchRecovery(recovery.join(" "), recoverySalt, (done) => progress?.(0.5 + done / 2));
  const record = await makeKeys({ org: first.org.id, person: first.person.id, name: first.person.name, role: first.person.role });
  const answer = await desk("/desk/api/start/finish", {
    json: {
      ticket: first.ticket,
      salt: b64(salt),
      verifier: b64(phrase.verifier),
      code: code.trim(),
      record,
      recovery: { salt: b64(recoverySalt), verifier: b64(spare.verifier) },
    },
  });
  waiting = {
    passphrase: await kek(phrase.share, unb64(answer.pepper)),
    recovery: await kek(spare.share, unb64(answer.recoveryPepper)),
  };
  return answer.codes;
}

/**
 * Leaves the sealed keyring with the server; may be tried again until it succeeds.
 *
 * @returns {Promise<Session>}
 */
export async function keepKeyring() {
  if (!waiting) throw new KindstemError("session-ended");
  const [passphrase, recovery] = await Promise.all([sealedKeyring(waiting.passphrase), sealedKeyring(waiting.recovery)]);
  await desk("/desk/api/keyring", { method: "PUT", json: { passphrase: b64(passphrase), recovery: b64(recovery) } });
  waiting = null;
  return whoAmI();
}

/**
 * Puts new words in place of a passphrase that is lost.
 *
 * @param {Session} session - One that a recovery code opened.
 * @param {string[]} words
 * @param {Progress} [progress]
 */
export async function renewPassphrase(session, words, progress) {
  if (!session.renew) throw new KindstemError("session-ended");
  const salt = random(16);
  const { verifier, share } = await stretchPassphrase(words.join(" "), salt, progress);
  const sealed = await sealedKeyring(await kek(share, session.renew.pepper));
  await desk("/desk/api/keyring", {
    method: "PUT",
    json: { passphrase: b64(sealed), salt: b64(salt), verifier: b64(verifier), proof: session.renew.proof, way: "recovery" },
  });
  session.renew = null;
}
