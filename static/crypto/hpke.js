/**
 * The quantum-safe half: an entry's key to one reader and back (HPKE, X-Wing with HKDF-SHA-256 and AES-256-GCM).
 *
 * The library does every step (docs/decisions/0006); this module only fixes the suite and the byte forms.
 */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";

import { concat, random } from "../bytes.js";
import { KindstemError } from "../errors.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */

const ENC = 1120;

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** @returns {Bytes} A new reading seed, the secret half of a reading key: 32 bytes. */
export const newReadingSeed = () => random(32);

/** @param {Bytes} seed @returns {Promise<Bytes>} The public reading key of a seed, 1,216 bytes. */
export async function readingPublic(seed) {
  // A copy: the library keeps the buffer behind whatever it is given, and reads all of it.
  const { publicKey } = await kem.generateKeyPairDerand(seed.slice());
  return new Uint8Array(await kem.serializePublicKey(publicKey));
}

/**
 * An entry's key, sealed to one reader.
 * @param {Bytes} publicKey - The reader's, 1,216 bytes.
 * @param {Bytes} info @param {Bytes} secret
 * @returns {Promise<Bytes>} enc (1,120) and ciphertext.
 * @throws {KindstemError} `not-quantum-safe` for bytes that are no X-Wing key.
 */
export async function hpkeSeal(publicKey, info, secret) {
  let sender;
  try {
    const recipientPublicKey = await kem.deserializePublicKey(publicKey.slice());
    sender = await suite.createSenderContext({ recipientPublicKey, info: info.slice() });
  } catch {
    throw new KindstemError("not-quantum-safe");
  }
  return concat(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(secret.slice())));
}

/**
 * Opens what was sealed to a seed's public key; for many in a row.
 *
 * The library expands the seed anew for every message, which is half of its work. Here the expanded key is kept as long
 * as the opener lives; should the library change inside, this is only slower again.
 *
 * @param {Bytes} seed
 * @returns {Promise<(sealed: Bytes, info: Bytes) => Promise<Bytes>>} Throws KindstemError `key-wrong`.
 */
export async function hpkeOpener(seed) {
  const mine = new XWing();
  const expand = mine["_expandDecapsulationKey"]?.bind(mine);
  if (expand) {
    const expanded = expand(seed.slice());
    mine["_expandDecapsulationKey"] = () => expanded;
  }
  const opening = new CipherSuite({ kem: mine, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientKey = await mine.importKey("raw", seed.slice().buffer, false);
  return async (sealed, info) => {
    try {
      const recipient = await opening.createRecipientContext({ recipientKey, enc: sealed.slice(0, ENC), info: info.slice() });
      return new Uint8Array(await recipient.open(sealed.slice(ENC)));
    } catch {
      throw new KindstemError("key-wrong");
    }
  };
}
