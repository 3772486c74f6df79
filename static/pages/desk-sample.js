/**
 * A sample: somebody else than who held a talk asks the child whether it was so (docs/verify.md).
 *
 * The list comes from an inspector's file and is read here. The server says which of its talks I may ask about; that each
 * is the talk of the list, who held it and with whose phone, is checked here before it is shown.
 *
 * @module
 */

import { desk as api, Offline } from "../api.js";
import { b64, unb64 } from "../bytes.js";
import { safetyNumber, signingKeyId } from "../crypto/keys.js";
import { mine, mySigner } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { busy, button, choice, empty, field, heading, moment, note, notice } from "../parts/desk-bits.js";
import { shownNumber } from "../parts/desk-number.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { FOUND, deviceKeys, hashOf, makeSample, parseTalkSigned, signedBy, timeText } from "../talks.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../talks.js").Found} Found */
/** @typedef {import("../talks.js").TalkRecord} TalkRecord */
/** @typedef {{kid: Kid, record: TalkRecord, hash: string, found: Found | null}} Drawn */

/** So many talks go in one question, and so many a list may hold. */
const AT_ONCE = 200;
const MOST = 10_000;
/** No list of so many is larger, in bytes. */
const LARGEST = 4 * 1024 * 1024;

/**
 * The talks that a list names: the file of `kindstem audit sample --json`, what it prints without, or hashes alone.
 *
 * @param {string} text
 * @returns {string[]} Their hashes, each once, in the order of the list.
 */
export function talksIn(text) {
  const named = [...text.matchAll(/\btalk["']?\s*:?\s*["']?([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/g)].map((found) => found[1]);
  const alone = text.split(/\s+/).filter((word) => /^[A-Za-z0-9_-]{43}$/.test(word));
  return [...new Set(named.length ? named : alone)].slice(0, MOST);
}

/** @param {Desk} desk @param {Caseload} caseload */
export async function samplePage(desk, caseload) {
  await caseload.load();
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("talks"));
  const told = notice();
  const list = h("div", { class: "stack", "data-part": "drawn", "aria-live": "polite" });
  const file = field(t("work.sample.file"), h("input", { type: "file", accept: ".json,.txt,application/json,text/plain" }), t("work.sample.file.hint"));
  const text = field(t("work.sample.paste"), h("textarea", { rows: 4, spellcheck: "false", autocomplete: "off" }));
  const go = button(t("work.sample.show"), { type: "submit", data: { act: "show-sample" } });
  const form = h("form", { class: "form box-p", novalidate: true }, file.element, text.element, told.element, h("div", { class: "acts line" }, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    fill(list);
    return void busy(go, async () => {
      const chosen = /** @type {HTMLInputElement} */ (file.input).files?.[0];
      const given = chosen && chosen.size <= LARGEST ? await chosen.text() : "";
      const hashes = talksIn(`${given}\n${text.input.value}`);
      if (hashes.length === 0) return told.say(t("work.sample.bad"));
      try {
        const { drawn, doubted } = await mayAsk(caseload, hashes);
        if (desk.here()) fill(list, await shown(desk, caseload, drawn, doubted, hashes.length));
      } catch (error) {
        told.say(desk.sentence(error));
      }
    });
  });
  return h("div", { class: "stack wide" }, heading(t("work.sample.title"), t("work.sample.lead"), back), form, list);
}

/**
 * Which of these talks I may ask a child about, by the server's word, and what does not fit what it shows of them.
 *
 * @param {Caseload} caseload @param {string[]} hashes
 * @returns {Promise<{drawn: Drawn[], doubted: number}>}
 */
async function mayAsk(caseload, hashes) {
  /** @type {Drawn[]} */
  const drawn = [];
  let doubted = 0;
  for (let at = 0; at < hashes.length; at += AT_ONCE) {
    const asked = hashes.slice(at, at + AT_ONCE);
    const answer = await api("/desk/api/samples", { json: { talks: asked } });
    for (const one of answer.drawn) {
      const found = await believed(caseload, one, asked);
      if (found) drawn.push(found);
      else doubted += 1;
    }
  }
  return { drawn, doubted };
}

/**
 * @param {Caseload} caseload @param {any} one @param {string[]} asked
 * @returns {Promise<Drawn | null>} Null unless it is a talk of the list, signed by whom it names, with a child of mine.
 */
async function believed(caseload, one, asked) {
  try {
    const signed = parseTalkSigned(one.talk, "talk");
    const { record } = signed;
    const kid = caseload.kids.get(one.child);
    const hash = await hashOf(record);
    const author = caseload.trust.introduced.get(record.by)?.record.signing ?? [];
    if (!kid || !asked.includes(hash) || record.by === mine().person || record.org !== caseload.session.org.id) return null;
    let own = false;
    for (const key of author) own ||= b64(await signingKeyId(unb64(key))) === record.pro && (await signedBy(signed, key));
    const phones = await Promise.all(kid.phones.map(async (phone) => (await deviceKeys(phone.record)).signing));
    // The phone that a talk names must be one of this child: else I would ask one child about another's talk.
    if (!own || (record.child !== null && !phones.includes(record.child))) return null;
    return { kid, record, hash, found: FOUND.includes(one.found) ? one.found : null };
  } catch (error) {
    if (error instanceof KindstemError) return null;
    throw error;
  }
}

/** @param {Desk} desk @param {Caseload} caseload @param {Drawn[]} drawn @param {number} doubted @param {number} all */
async function shown(desk, caseload, drawn, doubted, all) {
  const doubt = doubted ? note("heed", "i-warn", t("work.sample.doubted", { n: doubted })) : null;
  if (drawn.length === 0) return [doubt, empty("quiet", t("work.sample.none"), t("work.sample.none.lead", { n: all }))];
  return [doubt, h("p", { role: "status" }, t("work.sample.mine", { n: drawn.length, m: all })), ...(await Promise.all(drawn.map((one) => talkBox(desk, caseload, one))))];
}

/** @param {Desk} desk @param {Caseload} caseload @param {Drawn} one */
async function talkBox(desk, caseload, one) {
  const { kid, record, hash } = one;
  const name = kid.card?.name ?? kid.child;
  const worker = caseload.nameOf(record.by);
  const own = caseload.trust.introduced.get(mine().person);
  const phone = kid.phones.find(({ revoked }) => revoked === null);
  const number = own && phone ? await safetyNumber(own.hash, phone.hash) : null;
  const stage = h("div", { class: "stack" });
  const ask = () => {
    const told = notice();
    const said = choice(t("work.sample.said"), FOUND.map((value, at) => ({ value, text: t(`work.sample.found.${at + 1}`) })));
    const go = button(t("work.sample.sign"), { icon: "i-seal", label: `${t("work.sample.sign")}: ${name}`, data: { act: "sign-sample" } }, () => {
      const found = /** @type {Found | null} */ (said.value());
      if (!found) {
        told.say(t("work.sample.pick"));
        return said.focus();
      }
      return void busy(go, async () => {
        told.say("");
        try {
          const arrived = await handIn(caseload, one, found);
          done(found, arrived);
          desk.say(t(arrived ? "work.sample.done" : "work.sample.waits"));
        } catch (error) {
          told.say(desk.sentence(error));
        }
      });
    });
    const inPerson = number ? null : note("", "i-info", t("work.sample.nophone", { name }));
    fill(stage, inPerson, h("p", null, t("work.sample.ask", { worker })), said.element, told.element, h("div", { class: "acts line" }, go));
  };
  /** @param {Found} found @param {boolean} arrived */
  const done = (found, arrived) => {
    const words = t(`work.sample.found.${FOUND.indexOf(found) + 1}`);
    const more = found === "unreached" ? button(t("work.sample.again"), { look: "plain", data: { act: "ask-again" } }, ask) : null;
    stage.dataset.found = found;
    fill(stage, note("", "i-tick", `${words}. `, t(arrived ? "work.sample.done" : "work.sample.waits")), more);
  };
  if (one.found) done(one.found, true);
  else ask();
  return h(
    "section",
    { class: "box-p stack", "data-drawn": hash },
    h("h2", null, name),
    h("p", null, t("work.sample.when", { when: moment(new Date(record.start)), worker })),
    number ? [h("p", { class: "small soft" }, t("work.sample.number", { name })), shownNumber(number), h("p", { class: "small soft" }, t("work.sample.differs"))] : null,
    stage,
  );
}

/**
 * Signs what the child said, and hands it in as every record: it waits here while there is no network.
 *
 * @param {Caseload} caseload @param {Drawn} one @param {Found} found
 * @returns {Promise<boolean>} Whether it has arrived.
 */
async function handIn(caseload, { kid, hash }, found) {
  const signer = mySigner();
  const { org, person } = caseload.session;
  const signed = await makeSample({ org: org.id, talk: hash, by: person.id, key: signer.id, found, at: timeText(new Date()) }, signer);
  const { outbox } = caseload.talks;
  const id = `sample ${await hashOf(signed.record)}`;
  const arrived = await outbox.put([{ id, child: kid.child, what: "sample", path: "/desk/api/samples/results", json: { result: signed }, entry: signed }]);
  const refused = outbox.refused.find((waiting) => waiting.id === id);
  if (!refused) return arrived;
  await outbox.remove(id);
  throw new KindstemError(refused.refused ?? "bad-record");
}
