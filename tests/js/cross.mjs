// Does in JavaScript what the Python tests ask for on standard input, so that each language opens what the other sealed.

import { readFileSync } from "node:fs";

import { b64, equal, hex, unb64 } from "../../static/bytes.js";
import { importSigningSeed, unlockKey } from "../../static/crypto/keys.js";
import { open, opener, seal } from "../../static/crypto/seal.js";
import { KindstemError } from "../../static/errors.js";
import { transcriptOf } from "../../static/parts/desk-transcript.js";
import { canonical, parseCanonical, parseEnvelope } from "../../static/wire.js";
import { written } from "./taken.mjs";

const work = {
  /** The canonical bytes of each value, or its refusal; and whether each text is canonical. */
  canonical({ values, texts }) {
    const refused = (make) => {
      try {
        return make();
      } catch (error) {
        if (error instanceof KindstemError) return error.code;
        throw error;
      }
    };
    return {
      values: values.map((value) => refused(() => hex(canonical(value)))),
      texts: texts.map((text) => refused(() => hex(canonical(parseCanonical(new Uint8Array(Buffer.from(text, "hex"))))))),
    };
  },

  /** Sealed files, in b64. */
  async seal({ items }) {
    const files = [];
    for (const { readers, attachments, signing, unlock, ...item } of items) {
      const file = await seal({
        ...item,
        readers: readers.map((one) => ({ public: unb64(one) })),
        attachments: attachments.map(unb64),
        signDevice: await importSigningSeed(unb64(signing)),
        signUnlock: unlock ? await unlockKey(unb64(unlock)) : null,
      });
      files.push(b64(file));
    }
    return { files };
  },

  /** What each file says to the holder of a seed. */
  async open({ seed, files, authors }) {
    const mine = await opener(unb64(seed));
    const found = [];
    for (const text of files) {
      const { hdr, hdrBytes, wraps, body } = parseEnvelope(unb64(text));
      const wrap = wraps.find((one) => equal(one.keyId, mine.keyId))?.sealed ?? null;
      const to = wraps.map((one) => b64(one.keyId));
      const opened = await open({ hdr: hdrBytes, wrap, to, body, expect: hdr, opener: mine, authors: new Map(Object.entries(authors)) });
      found.push(opened && { ...opened, sigs: opened.sigs.map(b64), attachments: opened.attachments.map(b64) });
    }
    return { found };
  },
};

work.transcript = async () => {
  const { caseload, kid, paper, version, policy } = await written();
  const { file, code } = await transcriptOf(caseload, kid, paper, version, "De rechtbank.");
  return { file: b64(file), code, signing: policy };
};

const { task, ...given } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await work[task](given)));
