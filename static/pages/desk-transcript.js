/**
 * A transcript of a document, for somebody outside: for whom it is, then the file and the pages to print. That it was made
 * is recorded for all readers, and told to the child on its phone unless somebody looks in it.
 *
 * @module
 */

import { KindstemError } from "../errors.js";
import { busy, button, dated, field, heading, moment, note, notice } from "../parts/desk-bits.js";
import { post } from "../parts/desk-caseload.js";
import { papers } from "../parts/desk-document.js";
import { nameOf, troubles } from "../parts/desk-kid.js";
import { paperArticle } from "../parts/desk-paper.js";
import { isForReaders, recordingsOf, transcriptOf } from "../parts/desk-transcript.js";
import { drawing } from "../parts/draw.js";
import { fill, h } from "../parts/h.js";
import { spoken, t } from "../parts/words.js";
import { noAccess, openDocuments } from "./desk-documents.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-document.js").Paper} Paper */
/** @typedef {import("../parts/desk-transcript.js").Transcript} Transcript */

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string, version: string}} params */
export async function transcriptPage(desk, caseload, { child, version }) {
  const found = await openDocuments(caseload, child);
  const paper = found && paperOf(found.kid, version);
  if (!found || !paper) return noAccess(desk);
  const { kid } = found;
  await caseload.talks.load(kid).catch(() => undefined);
  const name = nameOf(kid);
  const { doc } = paper.versions[placeOf(paper, version)];
  const told = notice();
  const along = recordingsOf(doc.quotes, kid.opened).length ? h("input", { type: "checkbox", name: "whole" }) : null;
  const why = field(t("work.tr.why"), h("textarea", { rows: 3, maxlength: 450, name: "for", autocomplete: "off" }), t("work.tr.why.help"));
  const make = button(t("work.tr.do"), { type: "submit", data: { act: "make" } });
  const result = h("div", { "data-part": "transcript" });
  const form = h(
    "form",
    { class: "box-p form noprint", novalidate: true },
    note("", "i-info", t(isForReaders(kid, doc) ? "work.tr.told.no" : "work.tr.told", { name })),
    paper.heads.some((one) => one.row.id === version) ? null : note("heed", "i-warn", t("work.tr.older")),
    named(doc, name) ? note("heed", "i-warn", t("work.tr.named", { name })) : null,
    note("", "i-info", t("kp.court")),
    why.element,
    along && h("div", null, h("label", { class: "check" }, along, h("span", null, t("work.tr.whole"))), h("p", { class: "small soft" }, t("work.tr.whole.help", { name }))),
    told.element,
    h("div", { class: "acts line" }, make),
  );

  /** What was made for a try that failed: the same words again must stay the same file and the same entry. @type {{of: string, made: Transcript, parcel: import("../parts/desk-caseload.js").Parcel, doc: any, kid: Kid} | null} */
  let tried = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    why.fault("");
    const typed = why.input.value.trim();
    if (!typed) return why.fault(t("work.tr.need.why"));
    if (holds(typed, name)) return why.fault(t("work.tr.need.noname", { name }));
    // With the sound goes more than was quoted, and that is recorded and told as the rest is.
    const whole = along?.checked === true;
    const reason = whole ? `${typed.replace(/[^.?!]$/, "$&.")} ${t("work.tr.whole.said")}` : typed;
    void busy(make, async () => {
      try {
        tried = tried?.of === reason ? tried : await sealed(reason);
        // Recorded before it can leave: there is no file that nobody knows of.
        await post(tried.parcel);
      } catch (error) {
        told.say(`${t("work.tr.failed")} ${desk.sentence(error)}`);
        return;
      }
      const { made, kid: now } = tried;
      caseload.remember(now, { id: tried.parcel.id, kind: "note", circle: "worker", about: version, doc: tried.doc });
      if (!desk.here()) return;
      form.hidden = true;
      const link = (/** @type {Bytes} */ bytes, /** @type {string} */ type) => {
        const href = URL.createObjectURL(new Blob([bytes], { type }));
        desk.leaving(() => URL.revokeObjectURL(href));
        return href;
      };
      fill(result, ready(made, child, link, whole), pages(caseload, now, { .../** @type {Paper} */ (paperOf(now, version)), reactions: made.reactions }, version, made, reason));
      result.querySelector("h2")?.focus();
      desk.say(t("work.tr.made"));
    });
  });

  /** With all that is there by now: whoever signs says that these are all reactions. @param {string} reason */
  async function sealed(reason) {
    const now = await openDocuments(caseload, child);
    const whole = now && paperOf(now.kid, version);
    if (!now || !whole) throw new KindstemError("not-found");
    const made = await transcriptOf(caseload, now.kid, whole, version, reason);
    const alone = isForReaders(now.kid, doc);
    const said = { v: 1, lang: spoken(), what: "transcript", knows: null, file: made.hash, parts: [{ kind: "text", text: reason }] };
    return { of: reason, made, doc: said, kid: now.kid, parcel: await caseload.sealFor(now.kid, { kind: "note", circle: "worker", about: version, doc: said, room: alone, alone }) };
  }

  return h(
    "div",
    { class: "documents", "data-ready": true },
    h(
      "div",
      { class: "noprint" },
      heading(t("work.tr.title"), t("work.tr.lead", { name }), button(t("work.kp.all"), { look: "plain", data: { act: "documents" } }, () => desk.go("documents", { child }))),
      h("div", { class: "notes" }, troubles(kid)),
    ),
    form,
    result,
  );
}

/** @param {Kid} kid @param {string} version @returns {Paper | undefined} */
const paperOf = (kid, version) => papers(kid.opened.values()).find((one) => one.versions.some((two) => two.row.id === version));

/** @param {Paper} paper @param {string} version */
const placeOf = (paper, version) => paper.versions.findIndex((one) => one.row.id === version);

/** @param {string} text @param {string} name */
const holds = (text, name) => name.length > 1 && text.toLocaleLowerCase().includes(name.toLocaleLowerCase());

/** Whether somebody wrote the child's name: only what the child said itself may hold it. @param {any} doc @param {string} name */
function named(doc, name) {
  const texts = [doc.child, doc.reaction.reason ?? "", ...doc.observations.flatMap((/** @type {any} */ one) => [one.text, one.source]), ...doc.interpretation.map((/** @type {any} */ one) => one.text)];
  return texts.some((text) => holds(text, name));
}

/**
 * The file and the way to print, with the code of both; and the recordings that go along.
 *
 * @param {Transcript} made @param {string} child @param {(bytes: Bytes, type: string) => string} link @param {boolean} whole
 */
function ready(made, child, link, whole) {
  const file = t("work.tr.file", { child, code: made.code.slice(0, 9) });
  const href = link(made.file, "application/json");
  return h(
    "section",
    { class: "box-p stack noprint", "aria-labelledby": "tr-ready" },
    h("h2", { id: "tr-ready", tabindex: "-1" }, t("work.tr.ready")),
    h("p", null, t("work.tr.code", { code: "" }), h("b", { class: "code", "data-code": made.code }, made.code)),
    h("p", null, t("work.tr.both")),
    made.proven.includes("sound") ? note("", "i-info", t(whole ? "work.tr.whole.check" : "work.tr.sound")) : null,
    made.proven.includes("reader") ? note("heed", "i-warn", t("work.tr.reader")) : null,
    h("div", { class: "acts line" }, h("a", { class: "btn", href, download: file, "data-act": "save" }, drawing("i-save"), t("work.tr.save")), button(t("work.common.print"), { look: "plain", icon: "i-print", data: { act: "print" } }, () => globalThis.print())),
    whole ? h("div", { class: "acts line" }, made.recordings.map((one, n) => recordingLink(one, n + 1, child, link))) : null,
  );
}

/** @param {import("../parts/desk-transcript.js").Recording} recording @param {number} n @param {string} child @param {(bytes: Bytes, type: string) => string} link */
function recordingLink({ at, type, bytes }, n, child, link) {
  // "audio/webm;codecs=opus" is webm; a type that is written some other way gets none that could mislead.
  const ending = /^audio\/([a-z0-9]{1,8})(;|$)/.exec(type)?.[1] ?? "bin";
  const name = t("work.tr.whole.file", { child, n, type: ending });
  return h("a", { class: "btn plain", href: link(bytes, type), download: name, "data-act": "save-recording" }, drawing("i-save"), t("work.tr.whole.save", { date: moment(new Date(at)).toLocaleLowerCase() }));
}

/**
 * The pages as they are printed, each with kindnummer and code below.
 *
 * @param {Caseload} caseload @param {Kid} kid @param {Paper} paper @param {string} version @param {Transcript} made @param {string} why
 */
function pages(caseload, kid, paper, version, made, why) {
  const at = placeOf(paper, version);
  const later = paper.versions.length - at - 1;
  return h(
    "div",
    { class: "copy", "data-part": "copy" },
    h(
      "div",
      { class: "copy-body" },
      h(
        "section",
        { class: "copy-head" },
        h("p", null, h("b", null, t("work.tr.copy"))),
        h("p", null, t("work.tr.by", { name: caseload.session.person.name, date: dated(new Date()), why })),
        later ? h("p", null, h("b", null, t("work.tr.later", { n: later }))) : null,
      ),
      paperArticle(paper, paper.versions[at], { caseload, kid, proven: made.proven }),
      h("section", { class: "copy-end small" }, h("p", null, t("work.tr.shows", { n: made.reactions.length })), h("p", null, t("work.tr.check", { code: made.code }))),
    ),
    h("div", { class: "copy-foot" }, h("p", null, t("work.tr.foot", { child: kid.child, code: made.code }))),
  );
}
