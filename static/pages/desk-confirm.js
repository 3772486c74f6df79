/**
 * What the child says of a talk: in the room by the two codes, in kindmodus on this device, or later.
 *
 * The app never presses for an answer: "later, or not at all" stands beside the others and is as large.
 *
 * @module
 */

import { Offline } from "../api.js";
import { mySigner } from "../desk-keys.js";
import { KindstemError } from "../errors.js";
import { busy, button, empty, heading, moment, note, notice } from "../parts/desk-bits.js";
import { journalCopy } from "../parts/desk-journal.js";
import { levelMark, levelWords } from "../parts/desk-marks.js";
import { childSaid, talkLine } from "../parts/desk-state.js";
import { fill, h } from "../parts/h.js";
import { t } from "../parts/words.js";
import { codeIn, codeLookup, codeProof, deviceKeys, hashOf, makeMet, newShortCode, parseAnswer, shortCode, signedByDevice, talkCode, timeText } from "../talks.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../parts/desk-talks.js").TalkView} TalkView */
/** @typedef {import("../talks.js").Signed} Signed */

/** How often the server is asked whether an answer came by the short code, and for how long. In milliseconds. */
const ASK = 3000;
const LASTS = 15 * 60_000;

/** @param {Desk} desk @param {Caseload} caseload @param {{children: string[], talks: string[]}} params - Side by side: of each child its talk, by the hash of the record. */
export async function confirmPage(desk, caseload, { children, talks }) {
  const boxes = [];
  for (const [at, child] of children.entries()) {
    const kid = caseload.kids.get(child);
    if (!kid) continue;
    const known = caseload.talks.of(child) ?? (await caseload.talks.load(kid));
    const talk = known.talks.find((one) => one.hash === talks[at]);
    if (talk) boxes.push(new Confirm(desk, caseload, kid, talk, children.length > 1).box);
  }
  const kid = caseload.kids.get(children[0]);
  const name = kid?.card?.name ?? children[0];
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => (children.length > 1 ? desk.go("talks") : desk.go("child", { child: children[0] })));
  if (boxes.length === 0) return h("div", null, heading(t("work.confirm.title", { name }), null, back), empty("quiet", t("work.empty.noaccess"), ""));
  const names = children.map((child) => caseload.kids.get(child)?.card?.name ?? child).join(", ");
  return h("div", { class: "stack" }, heading(t("work.confirm.title", { name: names }), t("work.contact.confirm"), back), boxes);
}

class Confirm {
  /** @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {TalkView} talk @param {boolean} many */
  constructor(desk, caseload, kid, talk, many) {
    this.desk = desk;
    this.caseload = caseload;
    this.kid = kid;
    this.talk = talk;
    this.many = many;
    this.name = kid.card?.name ?? kid.child;
    this.told = notice();
    this.stage = h("div", { class: "stack", "data-stage": "pick" });
    this.box = h("section", { class: "box-p stack", "data-confirm": kid.child }, many ? h("h2", null, this.name) : null, h("p", { class: "soft" }, talkLine(talk)), this.stage);
    /** What must end when this stage goes. @type {() => void} */
    this.end = () => undefined;
    desk.leaving(() => this.end());
    this.pick(false);
  }

  /** Below the child's name where there is more than one. @param {string} text */
  title(text) {
    return h(this.many ? "h3" : "h2", null, text);
  }

  /** @param {string} now @param {...import("../parts/h.js").Child} content */
  show(now, ...content) {
    this.end();
    this.end = () => undefined;
    this.stage.dataset.stage = now;
    this.told.say("");
    fill(this.stage, ...content, this.told.element);
    const first = this.stage.querySelector("h2, h3");
    first?.setAttribute("tabindex", "-1");
    if (first instanceof HTMLElement) first.focus();
  }

  /** @returns {"" | "none" | "other"} Why the child cannot answer on its phone here. */
  phoneless() {
    const phone = this.kid.phones.find((one) => one.revoked === null);
    if (!phone) return "none";
    return this.talk.current.child && this.talk.current.child === this.caseload.talks.of(this.kid.child)?.child ? "" : "other";
  }

  /** @param {boolean} [focus] */
  pick(focus = true) {
    const { name, desk } = this;
    const without = this.phoneless();
    /** @param {string} key @param {() => void} press @param {boolean} off @param {string} under */
    const row = (key, press, off, under) => {
      const made = button(t(`work.confirm.${key}`, { name }), { look: "plain full", data: { confirm: key } }, press);
      made.disabled = off;
      return h("li", { class: "way-to" }, made, h("p", { class: "small soft" }, under));
    };
    const rows = h(
      "ul",
      { class: "ways-to" },
      row("room", () => void this.first(), without !== "", without ? t(`work.confirm.room.${without}`, { name }) : t("work.confirm.room.note")),
      row("kindmodus", () => desk.go("kindmodus", { child: this.kid.child, talk: this.talk.hash }), false, t("work.confirm.kindmodus.note", { name })),
      row("later", () => (this.many ? this.show("later", note("", "i-info", t("work.confirm.later.note", { name }))) : desk.go("child", { child: this.kid.child })), false, t("work.confirm.later.note", { name })),
    );
    const title = this.title(t("work.confirm.pick", { name }));
    if (focus) this.show("pick", title, rows);
    else fill(this.stage, title, rows, this.told.element);
  }

  stop() {
    return button(t("work.confirm.stop", { name: this.name }), { look: "bare", data: { act: "stop" } }, () => this.pick());
  }

  // --- the two codes -------------------------------------------------------------------------------------------------

  /** The first code, for the child's phone to look at. */
  async first() {
    const { name } = this;
    const { qrCode } = await import("../parts/qr.js");
    const text = talkCode(location.origin, this.talk.signed);
    const square = qrCode(text, t("work.confirm.first.alt"), "low");
    square.classList.add("large");
    this.show(
      "first",
      this.title(t("work.confirm.first", { name })),
      h("p", { class: "soft" }, t("work.confirm.first.how", { name })),
      square,
      h(
        "div",
        { class: "acts line" },
        button(t("work.confirm.scan", { name }), { icon: "i-eye", data: { act: "scan" } }, () => void this.scan()),
        button(t("work.confirm.short"), { look: "plain", data: { act: "short" } }, (event) => void busy(/** @type {HTMLButtonElement} */ (event.currentTarget), () => this.short())),
        this.stop(),
      ),
      h("p", { class: "small soft" }, t("work.confirm.noclue", { name })),
    );
    this.stage.dataset.code = text;
  }

  /** The second code, from the child's screen. */
  async scan() {
    const { name } = this;
    const again = button(t("work.common.back"), { look: "plain", data: { act: "first" } }, () => void this.first());
    try {
      const { scanner } = await import("../parts/scanner.js");
      let taken = false;
      const camera = await scanner(t("work.confirm.scan.camera"), (text) => {
        const code = codeIn(text);
        if (code?.kind !== "answer") return false;
        if (taken) return true;
        taken = true;
        void this.taken(code.bytes).then((right) => {
          taken = right;
        });
        return true;
      });
      this.show("scan", this.title(t("work.confirm.scan", { name })), h("p", { class: "soft" }, t("work.confirm.scan.lead", { name })), camera.element, h("div", { class: "acts line" }, again, this.stop()));
      delete this.stage.dataset.code;
      this.end = camera.stop;
    } catch {
      // Refused, or no camera at all.
      this.show("scan", this.title(t("work.confirm.scan", { name })), note("heed", "i-warn", t("work.confirm.scan.refused")), h("div", { class: "acts line" }, again, this.stop()));
    }
  }

  /**
   * An answer that was scanned: whose it is, and to what, is checked before anything is signed.
   *
   * @param {Uint8Array} bytes
   * @returns {Promise<boolean>} Whether it was the one.
   */
  async taken(bytes) {
    const phone = this.kid.phones.find((one) => one.revoked === null);
    try {
      if (!phone) throw new KindstemError("bad-signature");
      const answer = parseAnswer(bytes, this.talk.current, this.talk.hash, await deviceKeys(phone.record));
      if (!(await signedByDevice(answer, phone.record))) throw new KindstemError("bad-signature");
      await this.met(answer, true);
      return true;
    } catch (error) {
      if (!(error instanceof KindstemError)) throw error;
      await this.first();
      this.told.say(t("work.confirm.scan.other"), "heed");
      return false;
    }
  }

  /**
   * Signs that both devices were there, whatever the child said.
   *
   * @param {Signed} answer @param {boolean} hold - Whether this desk holds the answer and not the server: then it goes along.
   */
  async met(answer, hold) {
    const { caseload, kid, talk } = this;
    const known = caseload.talks.of(kid.child);
    if (!known) throw new KindstemError("not-found");
    const signed = await makeMet({ ...caseload.talks.author(known), talk: talk.hash, answer: await hashOf(answer.record), at: timeText(new Date()) }, mySigner());
    const records = hold ? [{ kid, signed: answer }, { kid, signed }] : [{ kid, signed }];
    const sent = await caseload.talks.put(records);
    if (!this.desk.here()) return;
    await this.got(answer, sent);
  }

  // --- the short code ------------------------------------------------------------------------------------------------

  async short() {
    const { caseload, kid, talk, name, desk } = this;
    const typed = newShortCode();
    const code = shortCode(typed);
    // The talk itself first, should it still wait: the code leads to what the server has.
    await caseload.talks.outbox.flush();
    if (!(await caseload.talks.put([{ kid, signed: talk.signed, code: await codeLookup(code) }]))) {
      this.told.say(desk.sentence(new Offline()));
      return;
    }
    const proof = await codeProof(code, talk.hash);
    const state = h("p", { class: "note", role: "status" }, t("work.confirm.short.waiting"));
    this.show(
      "short",
      this.title(t("work.confirm.short")),
      h("p", { class: "soft" }, t("work.confirm.short.lead", { name })),
      h("p", { class: "big-code six", dir: "ltr", "data-short": typed, translate: "no" }, typed),
      state,
      h("div", { class: "acts line" }, button(t("work.common.back"), { look: "plain" }, () => void this.first()), this.stop()),
    );
    const until = Date.now() + LASTS;
    let asking = false;
    const timer = setInterval(async () => {
      if (asking) return;
      if (Date.now() > until) {
        clearInterval(timer);
        state.textContent = t("work.confirm.short.over", { name });
        return;
      }
      asking = true;
      try {
        const now = await caseload.talks.load(kid);
        const found = now.talks.flatMap((one) => one.chain.answers).find((one) => one.record.code === proof && one.record.talk === talk.hash);
        if (!found || !desk.here() || this.stage.dataset.stage !== "short") return;
        clearInterval(timer);
        await this.met({ record: found.record, sigs: [] }, false);
      } catch (error) {
        desk.sentence(error);
      } finally {
        asking = false;
      }
    }, ASK);
    this.end = () => clearInterval(timer);
  }

  /** @param {Signed} answer @param {boolean} sent */
  async got(answer, sent) {
    const { caseload, kid, talk, name, desk } = this;
    const now = (await caseload.talks.again(kid)).talks.find((one) => one.chain.first.hash === talk.chain.first.hash);
    const level = now?.verdict.level;
    this.show(
      "got",
      this.title(t("work.confirm.got", { name })),
      childSaid(answer.record, talk.current, name),
      level ? h("p", { class: "level-line", "data-level": level }, levelMark(level), h("span", null, levelWords(level))) : null,
      sent ? null : note("", "i-clock", t("work.confirm.got.waits")),
      now ? journalCopy(now, desk, moment(now.begin)) : null,
      h("div", { class: "acts line" }, button(t("work.common.back"), { data: { act: "to-child" } }, () => (this.many ? this.pick() : desk.go("child", { child: kid.child })))),
    );
  }
}

