/**
 * Answering a child: what was done, in words, voice or drawing; only a mark when somebody looks in its phone.
 *
 * What is typed is sealed on this device while one types, and opens after signing in again.
 *
 * @module
 */

import { busy, button, choice, field, note, notice, sentence, together } from "./desk-bits.js";
import { hasPhone, post } from "./desk-caseload.js";
import { find, keeper } from "./desk-drafts.js";
import { OUTCOMES } from "./desk-entry.js";
import { cut } from "./desk-prepared.js";
import { wordsField } from "./desk-words.js";
import { wordsOf } from "./part.js";
import { player } from "./player.js";
import { recorder } from "./recorder.js";
import { sheet } from "./sheet.js";
import { fill, h } from "./h.js";
import { series, spoken, t } from "./words.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {import("./desk-caseload.js").Caseload} Caseload */
/** @typedef {import("./desk-caseload.js").Kid} Kid */
/** @typedef {import("./desk-caseload.js").Opened} Opened */
/** @typedef {import("./desk-caseload.js").Parcel} Parcel */
/** @typedef {import("./sheet.js").Stroke} Stroke */
/** @typedef {import("./part.js").Part} Part */
/** @typedef {import("./recorder.js").Recording} Recording */

/** To these nothing need be added in words. */
const WORDLESS = ["discussed", "done", "open"];

/** How much of a text names it. */
const SHORT = 60;

/**
 * @param {object} to
 * @param {Caseload} to.caseload @param {Kid} to.kid @param {Opened} to.said - The message that is answered.
 * @param {string} to.name - Of the child.
 * @param {boolean} to.watched - That somebody looks in its phone.
 * @param {(sent: Opened) => void} to.sent
 * @param {() => void} to.close
 * @returns {Promise<{element: HTMLElement, focus: () => void, leave: () => void}>}
 */
export async function answerForm({ caseload, kid, said, name, watched, sent, close }) {
  const circle = said.meta && said.meta.circle !== "self" ? said.meta.circle : "worker";
  const place = `answer ${said.row.id}`;
  const before = await find(place);
  /** @type {{text: string, outcome: string | null, strokes: Stroke[], part: Part | null}} */
  const begun = { text: "", outcome: null, strokes: [], part: null, ...before?.value };
  /** @type {Recording | null} */
  let recording = before?.value.voice && before.recordings[0] ? { ...before.value.voice, bytes: before.recordings[0] } : null;
  /** @type {Stroke[]} */
  let strokes = begun.strokes;

  // It is written in words that the child uses, whatever language this desk is in.
  const lang = kid.phones.find((phone) => phone.revoked === null)?.record.lang ?? spoken();

  const told = notice();
  const outcome = choice(
    t("work.reply.outcome"),
    OUTCOMES.map((value, at) => ({ value, text: t(`work.reply.outcome.${at + 1}`) })).filter(({ value }) => !watched || WORDLESS.includes(value)),
    { value: begun.outcome && (!watched || WORDLESS.includes(begun.outcome)) ? begun.outcome : undefined, change: () => changed() },
  );
  const which = aboutWhich(said.doc, begun.part, () => changed());
  const text = field(
    t(watched ? "work.reply.room" : "work.reply.text"),
    h("textarea", { rows: 3, maxlength: 20_000, name: "answer", autocomplete: "off" }),
    t(watched ? "work.reply.watched.note" : "work.reply.kept"),
  );
  text.input.value = begun.text;
  const labelOf = text.element.querySelector("label");
  const reason = h("p", { class: "small soft", hidden: true }, t("work.answer.notdone"));

  const read = () => {
    const words = text.input.value;
    if (!words.trim() && !strokes.length && !recording && !outcome.value() && !which?.part()) return null;
    const voice = recording ? { type: recording.type, ms: recording.ms } : null;
    return { value: { text: words, outcome: outcome.value(), strokes, voice, part: which?.part() ?? null }, recordings: recording ? [recording.bytes] : [] };
  };
  const kept = keeper(place, read);
  /** What was sealed for a try that failed: the same answer again must stay the same entry. @type {{of: string, parcel: Parcel} | null} */
  let tried = null;
  const changed = () => {
    tried = null;
    const notDone = outcome.value() === "not_done";
    reason.hidden = !notDone;
    if (labelOf && !watched) labelOf.textContent = t(notDone ? "work.reply.reason" : "work.reply.text");
    kept.changed();
  };
  text.input.addEventListener("input", changed);

  const voiceBox = h("div", { class: "voice-box" });
  const drawBox = h("div", { class: "sheet-box" });
  /** @type {{stop: () => void} | null} */
  let running = null;
  const showVoice = () => {
    const was = running;
    running = null;
    was?.stop();
    if (!recording) {
      fill(voiceBox);
      return;
    }
    const mine = recording;
    fill(
      voiceBox,
      h("div", { class: "acts line" }, player(mine.bytes, { type: mine.type, ms: mine.ms, play: t("work.entry.listen"), pause: t("work.entry.pause") }), button(t("work.reply.voice.drop"), { look: "bare", icon: "i-bin" }, () => {
        recording = null;
        showVoice();
        changed();
      })),
    );
  };
  const record = () => {
    // Kept each second, so that a recording that was cut off is there up to its last one.
    const made = recorder(
      (soFar) => {
        recording = soFar;
        changed();
      },
      (done) => {
        recording = done;
        showVoice();
        changed();
      },
    );
    running = made;
    fill(voiceBox, made.element);
    voiceBox.querySelector("button")?.focus();
  };
  const draw = () => {
    fill(drawBox, sheet(strokes, (now) => {
      strokes = now;
      changed();
    }, sheetWords()));
  };
  showVoice();
  if (strokes.length && !watched) draw();

  const go = button(t("work.reply.send", { name }), { type: "submit", data: { act: "send" } });
  const readers = kid.circles[circle]?.record.readers.map((one) => one.name) ?? [];
  const form = h(
    "form",
    { class: "box-p form noprint", novalidate: true, "data-part": "answer" },
    h("h3", { tabindex: "-1" }, t("work.reply.title", { name })),
    watched ? note("heed", "i-eye", h("b", null, t("work.mark.phonewatched")), " ", t("work.reply.watched"), " ", t("work.reply.watched.notdone")) : null,
    which?.element,
    outcome.element,
    text.element,
    reason,
    watched ? null : voiceBox,
    watched ? null : drawBox,
    watched
      ? null
      : h(
          "details",
          { class: "fold" },
          h("summary", null, t("work.reply.guide")),
          h("ul", { class: "bullets" }, series("work.answer.guide.#").map((one) => h("li", null, one))),
          h("p", { class: "small" }, t("work.answer.secrecy")),
        ),
    told.element,
    h(
      "div",
      { class: "acts line" },
      go,
      watched ? null : button(t("work.reply.voice"), { look: "plain", icon: "i-mic", data: { act: "voice" } }, record),
      watched ? null : button(t("work.reply.draw"), { look: "plain", icon: "i-pen", data: { act: "draw" } }, draw),
      button(t("work.reply.close"), { look: "bare", data: { act: "close" } }, close),
    ),
    h("p", { class: "small soft" }, hasPhone(kid) ? t("work.reply.to", { names: together([name, ...readers]) }) : t("work.reply.room.to", { name, names: together(readers) })),
  );
  reason.hidden = outcome.value() !== "not_done";

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.say("");
    const chosen = outcome.value();
    const words = text.input.value.trim();
    if (!chosen) {
      told.say(t("work.reply.choose"));
      return outcome.focus();
    }
    if (chosen === "not_done" && !words && !recording) {
      told.say(t("work.reply.needreason"));
      return text.input.focus();
    }
    if (chosen === "message" && !words && !recording && !strokes.length) {
      told.say(t("work.reply.needwords"));
      return text.input.focus();
    }
    return void busy(go, async () => {
      /** @type {any[]} */
      const parts = [];
      // When somebody looks in the phone, a mark says that something was done and no word of it goes.
      if (!watched && words) parts.push({ kind: "text", text: words });
      if (!watched && recording) parts.push({ kind: "voice", type: recording.type, ms: recording.ms, bytes: recording.bytes.length });
      if (!watched && strokes.length) parts.push({ kind: "drawing", size: [1000, 1000], strokes });
      const part = which?.part() ?? null;
      const doc = { v: 1, lang, outcome: chosen, parts, ...(part ? { part } : {}) };
      const attachments = !watched && recording ? [recording.bytes] : [];
      try {
        await kept.flush();
        const of = JSON.stringify(doc);
        tried = tried?.of === of ? tried : { of, parcel: await caseload.sealFor(kid, { kind: "answer", circle, about: said.row.id, doc, attachments, room: said.author === "tablet" }) };
        await post(tried.parcel);
      } catch (error) {
        told.say(`${t("work.reply.failed")} ${sentence(error)}`);
        return;
      }
      // Words for the room stay until they were said there; an answer that went needs no draft.
      if (!watched || !text.input.value.trim()) await kept.done();
      sent(caseload.remember(kid, { id: tried.parcel.id, kind: "answer", circle, about: said.row.id, doc, attachments }));
    });
  });

  return {
    element: form,
    focus: () => form.querySelector("h3")?.focus(),
    leave: () => {
      running?.stop();
      void kept.flush();
    },
  };
}

/**
 * About which wish it is: the whole message unless somebody chooses one part of it, or words in it.
 *
 * @param {any} doc - Of the message.
 * @param {Part | null} begun
 * @param {() => void} changed
 * @returns {{element: HTMLElement, part: () => Part | null} | null} Null for a message that has no parts.
 */
function aboutWhich(doc, begun, changed) {
  /** @type {any[]} */
  const parts = doc.parts ?? [];
  if (!parts.length) return null;
  /** @type {Part | null} */
  let part = begun && wordsOf(doc, begun).kind !== "gone" ? begun : null;
  const told = notice("");
  const place = h("div", { class: "form" });
  const show = () => {
    const words = part ? wordsOf(doc, part) : null;
    if (!part || words?.kind !== "text") return fill(place);
    const { n } = part;
    const text = parts[n].text;
    const area = wordsField(parts[n].prompt || t("work.reply.which"), text, t("work.reply.which.words"));
    const take = () => {
      const found = area.selected();
      if (typeof found === "string") return told.say(t(`work.kp.pick.${found}`), "heed");
      told.say("");
      part = { n, ...found };
      show();
      changed();
    };
    fill(
      place,
      area.element,
      part.to === undefined ? null : h("p", { "data-part": "wish" }, t("work.reply.which.picked"), " ", h("q", { class: "said" }, words.text)),
      h("div", { class: "acts line" }, button(t("work.reply.which.take"), { look: "plain", data: { act: "wish" } }, take)),
    );
  };
  const named = parts.map((one, n) => ({ value: String(n), text: one.kind === "text" ? t("work.reply.which.text", { text: cut(one.text, SHORT) }) : t(`work.reply.which.${one.kind}`) }));
  const chosen = choice(t("work.reply.which"), [{ value: "", text: t("work.reply.which.whole") }, ...named], {
    value: part ? String(part.n) : "",
    change: (value) => {
      part = value === "" ? null : { n: Number(value) };
      told.say("");
      show();
      changed();
    },
  });
  show();
  return { element: h("details", { class: "fold", open: part !== null, "data-part": "which" }, h("summary", null, t("work.reply.which.fold")), chosen.element, place, told.element), part: () => part };
}

/** @returns {import("./sheet.js").SheetWords} */
function sheetWords() {
  const buttons = series("child.draw.button.#");
  return {
    drawing: t("work.reply.sheet"),
    tools: t("work.reply.tools"),
    pen: buttons[1],
    colour: buttons[0],
    pens: series("work.reply.pens.#"),
    rubber: buttons[2],
    undo: buttons[3],
    clear: buttons[4],
    sure: buttons[6],
    keep: t("work.common.stop"),
    colours: series("work.reply.colours.#"),
  };
}
