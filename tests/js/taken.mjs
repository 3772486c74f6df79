// A document with everything that it rests on, as a desk has it: Sam's keys, Noor's phone, entries behind a server.

import assert from "node:assert/strict";

import { b64, fromUtf8, newId, random, unb64 } from "../../static/bytes.js";
import { importSigningSeed, newReadingSeed, readingPublic, recordHash, signRecord, unlockKey } from "../../static/crypto/keys.js";
import { seal } from "../../static/crypto/seal.js";
import { cosigned, makeKeys, mine, myOpener, mySigner, trusted } from "../../static/desk-keys.js";
import { Caseload } from "../../static/parts/desk-caseload.js";
import { papers } from "../../static/parts/desk-document.js";
import { withSaid } from "../../static/said.js";
import { parseEnvelope } from "../../static/wire.js";

export const ORG = "AAECAwQFBgcICQoLDA0ODw";
export const CHILD = "K7Q2-M9XWB";
const PERSON = "EBESExQVFhcYGRobHB0eHw";
export const OPTIONS = ["Je mag het bespreken.", "Vraag het mij eerst.", "Zeg niet dat het van mij komt."];
export const STROKES = [{ colour: "#c63a2f", width: 12, points: [10, 10, 900, 20] }];
const AT = "2026-11-22T09:30:00Z";

const text = (words) => ({ kind: "text", prompt: "Wat wil jij vertellen?", text: words });

/**
 * A child, its entries and two versions of a document about it, all open.
 *
 * @param {{phone?: string}} [given] - What a card says of her phone.
 */
export async function written({ phone = "no" } = {}) {
  const person = await makeKeys({ org: ORG, person: PERSON, name: "Sam", role: "worker" });
  const me = mine();
  const one = new Caseload(/** @type {any} */ ({ org: { id: ORG }, person: { id: PERSON, name: "Sam", role: "worker" } }));
  one.people = [{ record: person, team: null, active: true, away: null }];
  one.trust = await trusted(one.people);

  const seed = newReadingSeed();
  const [device, unlock] = [await importSigningSeed(random(32)), await unlockKey(seed)];
  const record = {
    t: "child", v: 1, org: ORG, child: CHILD, device: newId(), reading: b64(await readingPublic(seed)), signing: b64(device.public), unlock: b64(unlock.public),
    lock: "pin", level: "12", lang: "nl", at: AT,
  };
  const { sigs } = await cosigned({ record, sigs: [await signRecord(record, device)] });
  const readers = [{ person: PERSON, name: "Sam", role: "worker", reading: me.reading, signing: [me.signing], since: "2026-11-22" }];
  const list = { t: "readers", v: 1, org: ORG, child: CHILD, circle: "worker", number: 1, prev: null, readers, at: AT };
  const hash = b64(await recordHash(list));
  /** @type {any} */
  const kid = {
    child: CHILD, role: "worker", enrolled: true, reason: null, card: { phone, at: AT }, rows: [], opened: new Map(), refused: [], strangers: 0,
    circles: { worker: { record: list, hash, all: [list] } },
    phones: [{ record, sigs, hash: await recordHash(record), revoked: null, by: PERSON }],
  };

  const bodies = new Map();
  globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ path, /** @type {any} */ { body }) => {
    assert.equal(path, "/desk/api/bodies");
    return Response.json({ bodies: JSON.parse(fromUtf8(body)).entries.map((/** @type {string} */ id) => ({ id, body: b64(bodies.get(id)) })) });
  });
  let seq = 0;
  /** @param {string} kind @param {any} said @param {{about?: string | null, attachments?: any[], lock?: string, by?: "phone" | "tablet" | "desk", provable?: boolean}} [how] */
  const say = async (kind, said, { about = null, attachments = [], lock = "open", by = "phone", provable = true } = {}) => {
    const id = newId();
    const up = by !== "desk";
    const own = by === "phone";
    const second = own && lock === "open" ? unlock : null;
    const first = own ? device : mySigner();
    /** @type {any} */
    const place = { org: ORG, child: CHILD, entry: id, kind, about, at: AT, way: own ? "phone" : "kindmodus" };
    const doc = up && provable ? await withSaid(place, said, attachments, [first, second]) : said;
    const file = await seal({
      org: ORG, child: CHILD, id, dir: up ? "up" : "down", kind, seq: own ? (seq += 1) : 0, circle: "worker", list: { number: 1, hash }, lock: /** @type {any} */ (own ? lock : by), about, at: AT,
      by: own ? record.device : PERSON, readers: [{ public: unb64(me.reading) }, { public: unb64(record.reading) }], doc, attachments, signDevice: first, signUnlock: second,
    });
    const { hdrBytes, wraps, body } = parseEnvelope(file);
    bodies.set(id, body);
    const to = wraps.map((wrap) => b64(wrap.keyId));
    const wrap = wraps[to.indexOf(myOpener().id)].sealed;
    kid.rows.push({ id, dir: up ? "up" : "down", hdr: hdrBytes, at: new Date(AT), place: kid.rows.length, wrap, to, by: own ? record.device : PERSON, opened: [] });
    return id;
  };

  const base = (/** @type {any[]} */ parts, /** @type {any[]} */ answers = []) => ({ v: 1, level: "12", lang: "nl", answers, parts });
  const sound = random(40);
  const free = await say("checkin", base([text("Ik wil bij oma 🌱 wonen, en niet bij papa.")]));
  const asked = await say("checkin", base([text("Zeg dit niet.")], [{ key: "child.share", prompt: "Wat mag?", options: OPTIONS, value: OPTIONS[2] }]), { lock: "locked" });
  const shown = await say("house", { ...base([{ kind: "voice", prompt: "?", type: "audio/webm", ms: 2000, bytes: 40 }, { kind: "drawing", prompt: "?", size: [1000, 1000], strokes: STROKES }]), house: "worry" }, { attachments: [sound] });
  const tablet = await say("checkin", base([text("Ik mis mijn zus.")]), { by: "tablet" });
  const before = await say("checkin", base([text("Dit is van vroeger.")]), { provable: false });
  const quote = (/** @type {string} */ entry, /** @type {number} */ part, /** @type {any} */ what) => ({ entry, part, at: AT, share: null, ...what });
  const paper = (/** @type {any[]} */ quotes, /** @type {string | null} */ first) => ({
    v: 1, lang: "nl", level: "12", first, prev: first ? [first] : [], decision: { kind: "extension", day: "2026-12-03", measure: null }, talks: [], quotes,
    observations: [{ text: "Zij keek weg.", day: "2026-11-21", source: "het gesprek" }], interpretation: [{ text: "Zij mist iemand.", by: PERSON, at: AT }], child: "Dit schreef ik.", reaction: { state: "offered", reason: null },
  });
  const first = await say("perspective", paper([], null), { by: "desk" });
  const version = await say(
    "perspective",
    paper(
      [
        quote(free, 0, { kind: "text", from: 15, to: 23, text: "🌱 wonen," }),
        quote(asked, 0, { kind: "text", from: 0, to: 13, text: "Zeg dit niet.", share: { rule: "not", text: OPTIONS[2], why: "Er is gevaar." } }),
        quote(shown, 0, { kind: "voice", from: 100, to: 900 }),
        quote(shown, 1, { kind: "drawing" }),
        quote(tablet, 0, { kind: "text", from: 0, to: 16, text: "Ik mis mijn zus." }),
        quote(before, 0, { kind: "text", from: 0, to: 3, text: "Dit" }),
      ],
      first,
    ),
    { by: "desk" },
  );
  const react = { v: 1, lang: "nl", level: "12", prompt: "Klopt dit?", options: ["Ja", "Nee"], value: "Nee", part: { kind: "quotes", n: 0 }, parts: [text("Het is mijn broertje.")] };
  await say("reaction", react, { about: version });
  await say("reaction", { ...react, value: "Ja", part: null }, { about: first, by: "tablet" });
  await one.openAll(kid, kid.rows, "other", () => undefined);
  return { caseload: one, kid, version, paper: papers(kid.opened.values())[0], policy: me.signing, free };
}
