// The vectors of tests/vectors, read in JavaScript. tests/test_vectors.py reads the same ones; each outcome is a code.
// An unknown field or outcome fails the run, so that a vector cannot be half understood by one of the two languages.

import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import { CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";

import { b64, equal, hex, unb64, utf8 } from "../../static/bytes.js";
import * as enrol from "../../static/crypto/enrol.js";
import { readingPublic } from "../../static/crypto/hpke.js";
import * as keys from "../../static/crypto/keys.js";
import * as locks from "../../static/crypto/lock.js";
import * as phrases from "../../static/crypto/passphrase.js";
import { open, opener } from "../../static/crypto/seal.js";
import { hmacKey, sha256 } from "../../static/crypto/web.js";
import { KindstemError } from "../../static/errors.js";
import * as wire from "../../static/wire.js";

/** A file of vectors, which has exactly these fields besides what it is about. */
function vectors(file, ...fields) {
  const found = JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8"));
  assert.deepEqual(Object.keys(found).sort(), ["about", ...fields].sort());
  return found;
}

/** One test for each case, which has these fields and one of these outcomes. */
function each(about, found, { needs, may = "", outcomes = "" }, check) {
  assert.ok(found.length > 0);
  for (const [i, one] of found.entries()) {
    for (const field of needs.split(" ")) assert.ok(field in one, `${about} ${i}: ${field} is missing`);
    for (const field of Object.keys(one)) assert.ok(`${needs} ${may}`.split(" ").includes(field), `${about} ${i}: unknown field ${field}`);
    if (outcomes) assert.ok(outcomes.split(" ").includes(one.outcome), `${about} ${i}: unknown outcome ${one.outcome}`);
    test(`${about}: ${one.name ?? one.outcome ?? i}`, () => check(one));
  }
}

/** "ok" and what came out, or the code of the refusal. */
async function outcome(work) {
  try {
    return ["ok", await work()];
  } catch (error) {
    if (!(error instanceof KindstemError)) throw error;
    return [error.code, undefined];
  }
}

const hash = async (record) => b64(await keys.recordHash(record));

// --- canonical JSON --------------------------------------------------------------------------------------------------

each(
  "canonical JSON",
  vectors("canonical.json", "cases").cases,
  { needs: "name outcome", may: "hex repeat", outcomes: "ok bad-record" },
  async (one) => {
    const bytes = one.repeat
      ? utf8(one.repeat[0].repeat(one.repeat[2]) + one.repeat[1].repeat(one.repeat[2]))
      : new Uint8Array(Buffer.from(one.hex, "hex"));
    const [found, value] = await outcome(() => wire.parseCanonical(bytes));
    assert.equal(found, one.outcome);
    if (found === "ok") assert.ok(equal(wire.canonical(value), bytes));
  },
);

// --- records ---------------------------------------------------------------------------------------------------------

const records = vectors("records.json", "records", "signatures");

each(
  "record",
  records.records,
  { needs: "name t record outcome", may: "hash", outcomes: "ok bad-record list-too-small" },
  async (one) => {
    const [found, record] = await outcome(() => wire.parseRecord(one.record, one.t));
    assert.equal(found, one.outcome);
    if (found === "ok") assert.equal(await hash(record), one.hash);
  },
);

each(
  "signature under a record",
  records.signatures,
  { needs: "name signed key outcome", outcomes: "ok bad-signature bad-record" },
  async (one) => {
    let [found, signed] = await outcome(() => wire.parseSigned(one.signed, "person"));
    if (found === "ok" && !(await keys.verifyRecord(signed, one.key))) found = "bad-signature";
    assert.equal(found, one.outcome);
  },
);

// --- keys and numbers ------------------------------------------------------------------------------------------------

const keyVectors = vectors("keys.json", "reading", "signing", "safety", "requests", "headers", "sizes");

each("reading key", keyVectors.reading, { needs: "seed public id unlock" }, async (one) => {
  const seed = unb64(one.seed);
  const found = await keys.readingPublic(seed);
  assert.equal(b64(found), one.public);
  assert.equal(b64(await keys.readingKeyId(found)), one.id);
  assert.equal(b64((await keys.unlockKey(seed)).public), one.unlock);
  assert.equal(b64(seed), one.seed, "the seed is left as it was");
});

each("signing key", keyVectors.signing, { needs: "seed public id label message signature" }, async (one) => {
  const signer = await keys.importSigningSeed(unb64(one.seed));
  assert.deepEqual([b64(signer.public), signer.id], [one.public, one.id]);
  assert.equal(b64(await keys.sign(signer, one.label, utf8(one.message))), one.signature);
  assert.ok(await keys.verify(signer.public, unb64(one.signature), one.label, utf8(one.message)));
  assert.ok(!(await keys.verify(signer.public, unb64(one.signature), one.label, utf8(`${one.message}x`))));
  assert.ok(!(await keys.verify(signer.public, unb64(one.signature), "envelope unlock", utf8(one.message))));
});

each("safety number", keyVectors.safety, { needs: "a b number" }, async (one) => {
  assert.equal(await keys.safetyNumber(unb64(one.a), unb64(one.b)), one.number);
  assert.ok(keys.sameNumber(one.number.replaceAll(" ", "-"), one.number));
});

each("request", keyVectors.requests, { needs: "method path at nonce body message seed signature" }, async (one) => {
  const message = Buffer.concat([wire.requestBytes(one), await sha256(unb64(one.body))]);
  assert.equal(b64(message), one.message);
  const signer = await keys.importSigningSeed(unb64(one.seed));
  const header = await keys.authorization({ device: b64(new Uint8Array(16)), signer, ...one, body: unb64(one.body) });
  const [, device, at, nonce, signature] = header.match(/^Kindstem ([\w-]{22})\.(\d+)\.([\w-]{22})\.([\w-]{86})$/);
  assert.deepEqual([device, Number(at)], ["AAAAAAAAAAAAAAAAAAAAAA", one.at]);
  const mine = Buffer.concat([wire.requestBytes({ ...one, nonce }), await sha256(unb64(one.body))]);
  // The label is part of the message here, so nothing stands in front of it.
  const key = await crypto.subtle.importKey("raw", signer.public, "Ed25519", false, ["verify"]);
  assert.ok(await crypto.subtle.verify("Ed25519", key, unb64(signature), mine));
  assert.ok(await crypto.subtle.verify("Ed25519", key, unb64(one.signature), message));
});

// A browser writes this header and never reads one, so these cases only have to be whole here.
each("authorization header", keyVectors.headers, { needs: "name header outcome", outcomes: "ok bad-request" }, () => {});

each("size of a body", keyVectors.sizes, { needs: "inner body" }, (one) => assert.equal(wire.paddedSize(one.inner), one.body));

// --- enrolment -------------------------------------------------------------------------------------------------------

const enrolVectors = vectors("enrol.json", "org", "codes", "alike", "qr", "R", "bundle", "startcode", "offers", "answers");
const { org, bundle } = enrolVectors;
const R = unb64(enrolVectors.R);

// Made once for all who ask: stretching the same start code for each case took longer than all other vectors together.
const bothKeys = {
  qr: await enrol.qrKeys(unb64(enrolVectors.qr.secret), org),
  typed: await enrol.startcodeKeys(enrolVectors.startcode, org),
};

test("QR code: keys, the bundle's hash, and the text there and back", async () => {
  const { secret, id, key, text, ...unknown } = enrolVectors.qr;
  assert.deepEqual(unknown, {});
  const found = await enrol.qrKeys(unb64(secret), org);
  assert.deepEqual([found.id, b64(found.key)], [id, key]);
  assert.equal(b64(await enrol.bundleHash(bundle)), enrolVectors.R);
  assert.equal(enrol.qrText("https://kindstem.example", unb64(secret), R), text);
  for (const form of [text, new URL(text).hash, new URL(text).hash.slice(1)]) {
    const parts = enrol.parseQr(form);
    assert.deepEqual([b64(parts.secret), b64(parts.R)], [secret, enrolVectors.R]);
  }
  for (const other of ["", "https://kindstem.example/", text.slice(0, -4), `${text}AAAA`, text.replace("e1.", "e2.")]) {
    assert.equal(enrol.parseQr(other), null);
  }
});

each("startcode", enrolVectors.codes, { needs: "code outcome", may: "id key", outcomes: "ok enrol-gone" }, async (one) => {
  const [found, both] = await outcome(() => enrol.startcodeKeys(one.code, org));
  assert.equal(found, one.outcome);
  if (found === "ok") assert.deepEqual([both.id, b64(both.key)], [one.id, one.key]);
});

each("letters that look like digits", enrolVectors.alike, { needs: "typed normal" }, (one) =>
  assert.equal(enrol.normalCode(one.typed), one.normal),
);

each(
  "offer, as the phone judges it",
  enrolVectors.offers,
  { needs: "name bundle proof method outcome", outcomes: "ok enrol-keys-differ" },
  async (one) => {
    const { key } = bothKeys[one.method];
    const [found] = await outcome(() => enrol.checkOffer(one, { key, R: one.method === "qr" ? R : null, org }));
    assert.equal(found, one.outcome);
  },
);

each(
  "answer, as the desk judges it",
  enrolVectors.answers,
  { needs: "name answer outcome", may: "digits", outcomes: "ok enrol-keys-differ" },
  async (one) => {
    const [found, digits] = await outcome(async () => enrol.checkAnswer(one.answer, { bundle, ...bothKeys }));
    assert.deepEqual([found, digits], [one.outcome, one.digits]);
  },
);

// --- locks -----------------------------------------------------------------------------------------------------------

const lockVectors = vectors("locks.json", "child", "desk", "keyrings");

each(
  "lock of a child",
  lockVectors.child,
  { needs: "x D pepper device wrapped outcome", may: "secret salt v seed", outcomes: "ok key-wrong" },
  async (one) => {
    const D = await hmacKey(unb64(one.D));
    const lock = { D, x: unb64(one.x), pepper: unb64(one.pepper), device: one.device };
    if (one.outcome === "ok") {
      assert.equal(b64(await locks.stretch(one.secret, unb64(one.salt))), one.x);
      assert.equal(b64(await locks.lockVerifier(D, lock.x)), one.v);
      const again = await locks.wrapSeed({ ...lock, seed: unb64(one.seed) });
      assert.equal(b64(await locks.unwrapSeed({ ...lock, wrapped: again })), one.seed);
    }
    const [found, seed] = await outcome(() => locks.unwrapSeed({ ...lock, wrapped: unb64(one.wrapped) }));
    assert.equal(found, one.outcome);
    if (found === "ok") assert.equal(b64(seed), one.seed);
  },
);

each(
  "keyring",
  lockVectors.desk,
  { needs: "way phrase same salt verifier share pepper kek person keyring reading signing outcome", outcomes: "ok" },
  async (one) => {
    const stretch = { passphrase: phrases.stretchPassphrase, recovery: phrases.stretchRecovery }[one.way];
    const { verifier, share } = await stretch(one.same, unb64(one.salt));
    assert.deepEqual([b64(verifier), b64(share)], [one.verifier, one.share]);
    const key = await phrases.kek(share, unb64(one.pepper));
    assert.equal(b64(key), one.kek);
    const found = await phrases.openKeyring(key, one.person, unb64(one.keyring));
    assert.deepEqual([b64(found.reading), b64(found.signing)], [one.reading, one.signing]);
    const again = await phrases.openKeyring(key, one.person, await phrases.sealKeyring(key, one.person, found));
    assert.deepEqual(again, found);
  },
);

each("keyring that does not open", lockVectors.keyrings, { needs: "kek person keyring outcome", outcomes: "key-wrong" }, async (one) => {
  const [found] = await outcome(() => phrases.openKeyring(unb64(one.kek), one.person, unb64(one.keyring)));
  assert.equal(found, one.outcome);
});

// --- payloads and envelopes ------------------------------------------------------------------------------------------

each(
  "payload",
  vectors("payloads.json", "cases").cases,
  { needs: "name kind doc attachments outcome", outcomes: "ok bad-envelope" },
  async (one) => {
    const attachments = one.attachments.map((size) => new Uint8Array(size));
    const [found, payload] = await outcome(() => wire.encodePayload(one.kind, one.doc, attachments));
    assert.equal(found, one.outcome);
    if (found === "ok") {
      const back = wire.parsePayload(one.kind, payload);
      assert.deepEqual(back.doc, one.doc);
      assert.deepEqual(back.attachments.map((part) => part.length), one.attachments);
      return;
    }
    const text = wire.canonical(one.doc);
    const raw = new Uint8Array(Buffer.concat([Uint8Array.of(0, 0, text.length >> 8, text.length), text, ...attachments]));
    assert.deepEqual(await outcome(() => wire.parsePayload(one.kind, raw)), ["bad-envelope", undefined]);
  },
);

const envelopes = vectors("envelopes.json", "seeds", "authors", "cases");
const openers = Object.fromEntries(
  await Promise.all(Object.entries(envelopes.seeds).map(async ([name, seed]) => [name, await opener(unb64(seed))])),
);

each(
  "envelope",
  envelopes.cases,
  {
    needs: "name outcome file seed",
    may: "meta doc attachments expect revoked at",
    outcomes:
      "ok bad-envelope not-sealed not-quantum-safe envelope-moved envelope-damaged author-unverified author-revoked author-tablet not-for-me",
  },
  async (one) => {
    const authors = new Map(
      Object.entries(envelopes.authors).map(([by, author]) => [by, { ...author, revoked: author.dir === "up" ? (one.revoked ?? null) : null }]),
    );
    const mine = openers[one.seed];
    let [found, opened] = await outcome(() => {
      const { hdr, hdrBytes, wraps, body } = wire.parseEnvelope(unb64(one.file));
      assert.ok(equal(wire.encodeEnvelope({ hdr, wraps, body }), unb64(one.file)));
      return open({
        hdr: hdrBytes,
        wrap: wraps.find((wrap) => equal(wrap.keyId, mine.keyId))?.sealed ?? null,
        to: wraps.map((wrap) => b64(wrap.keyId)),
        body,
        expect: one.expect ?? hdr,
        opener: mine,
        authors,
        at: one.at,
      });
    });
    if (found === "ok") found = opened === null ? "not-for-me" : opened.author === "verified" ? "ok" : `author-${opened.author}`;
    assert.equal(found, one.outcome);
    if (!opened) return;
    for (const [field, value] of Object.entries(one.meta ?? {})) assert.deepEqual(opened.meta[field], value);
    if (one.doc) assert.deepEqual(opened.doc, one.doc);
    if (one.attachments) assert.deepEqual(opened.attachments.map(b64), one.attachments);
  },
);

// --- published by others ---------------------------------------------------------------------------------------------

/** ChaCha20-Poly1305 from Node, because the published messages use it and we do not. */
class ChaCha20 {
  id = 3;
  keySize = 32;
  nonceSize = 12;
  tagSize = 16;

  createEncryptionContext(key) {
    const options = { authTagLength: 16 };
    return {
      async seal(iv, data, aad) {
        const cipher = createCipheriv("chacha20-poly1305", new Uint8Array(key), new Uint8Array(iv), options).setAAD(new Uint8Array(aad));
        const sealed = Buffer.concat([cipher.update(new Uint8Array(data)), cipher.final(), cipher.getAuthTag()]);
        return new Uint8Array(sealed).buffer;
      },
      async open(iv, data, aad) {
        const bytes = new Uint8Array(data);
        const cipher = createDecipheriv("chacha20-poly1305", new Uint8Array(key), new Uint8Array(iv), options).setAAD(new Uint8Array(aad));
        cipher.setAuthTag(bytes.subarray(-16));
        return new Uint8Array(Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()])).buffer;
      },
    };
  }
}

const published = JSON.parse(readFileSync(new URL("../vectors/hpke-0x647a.json", import.meta.url), "utf8")).vectors;
const bytesOf = (text) => new Uint8Array(Buffer.from(text, "hex"));

for (const one of published) {
  test(`published HPKE figures: the key encapsulation of kdf ${one.kdf_id}`, async () => {
    const kem = new XWing();
    assert.equal(one.kem_id, kem.id);
    assert.equal(hex(await readingPublic(bytesOf(one.skRm))), one.pkRm);
    const recipientKey = await kem.importKey("raw", bytesOf(one.skRm).buffer, false);
    const shared = await kem.decap({ recipientKey, enc: bytesOf(one.enc).buffer });
    assert.equal(hex(new Uint8Array(shared)), one.shared_secret);
    const recipientPublicKey = await kem.deserializePublicKey(bytesOf(one.pkRm));
    const made = await kem.encap({ recipientPublicKey, ekm: bytesOf(one.ikmE).buffer });
    assert.deepEqual([hex(new Uint8Array(made.enc)), hex(new Uint8Array(made.sharedSecret))], [one.enc, one.shared_secret]);
  });
}

test("published HPKE figures: key schedule, messages and exports with HKDF-SHA-256", async () => {
  const one = published.find((vector) => vector.kdf_id === 1);
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new ChaCha20() });
  const recipientKey = await suite.kem.importKey("raw", bytesOf(one.skRm).buffer, false);
  const recipient = await suite.createRecipientContext({ recipientKey, enc: bytesOf(one.enc).buffer, info: bytesOf(one.info).buffer });
  for (const message of one.encryptions.slice(0, 1)) {
    const opened = await recipient.open(bytesOf(message.ct).buffer, bytesOf(message.aad).buffer);
    assert.equal(hex(new Uint8Array(opened)), message.pt);
  }
  for (const { exporter_context, L, exported_value } of one.exports) {
    assert.equal(hex(new Uint8Array(await recipient.export(bytesOf(exporter_context).buffer, L))), exported_value);
  }
});
