/**
 * A child's phone: the number to compare with it, and its lock, opened again face to face.
 *
 * @module
 */

import { desk as api } from "../api.js";
import { safetyNumber, signRecord } from "../crypto/keys.js";
import { mine, mySigner } from "../desk-keys.js";
import { busy, button, empty, heading, isApart, newElementId, note, notice, together } from "../parts/desk-bits.js";
import { serviceBox } from "../parts/desk-lists.js";
import { numberBoxes, shownNumber } from "../parts/desk-number.js";
import { fill, h } from "../parts/h.js";
import { day, t } from "../parts/words.js";
import { timeText } from "../wire.js";

/** @typedef {import("../parts/desk-bits.js").Desk} Desk */
/** @typedef {import("../parts/desk-caseload.js").Caseload} Caseload */
/** @typedef {import("../parts/desk-caseload.js").Kid} Kid */
/** @typedef {import("../desk-keys.js").Phone} Phone */

/** @param {Desk} desk @param {Caseload} caseload @param {{child: string}} params */
export async function phonePage(desk, caseload, { child }) {
  await caseload.load();
  const kid = caseload.kids.get(child);
  const name = kid?.card?.name ?? child;
  const back = button(t("work.common.back"), { look: "plain", data: { act: "back" } }, () => desk.go("child", { child }));
  const head = heading(t("work.phone.title", { name }), null, back);
  if (!kid) return h("div", null, head, note("", "i-info", t("work.empty.noaccess")));
  const own = caseload.trust.introduced.get(mine().person);
  if (kid.phones.length === 0) {
    return h("div", { class: "stack" }, head, kid.strangers ? note("alarm", "i-warn", t("work.kid.trouble.1")) : empty("quiet", t("work.phone.none"), ""));
  }
  const usable = kid.phones.some(({ revoked }) => revoked === null);
  const boxes = [];
  for (const phone of kid.phones) {
    const { record, revoked } = phone;
    const lock = t(`work.phone.lock.${{ pin: 1, pictures: 2 }[record.lock] ?? 3}`);
    const number = own && revoked === null ? await safetyNumber(own.hash, phone.hash) : null;
    boxes.push(
      h(
        "section",
        { class: "box-p stack", "data-device": record.device },
        h("p", null, revoked ? t("work.phone.off", { day: day(new Date(revoked)) }) : t("work.phone.linked", { day: day(new Date(record.at)), lock })),
        h("p", { class: "small soft" }, t("work.phone.by", { name: caseload.nameOf(phone.by) })),
        number
          ? [
              h("h2", null, t("work.phone.number")),
              shownNumber(number),
              h("p", { class: "small soft" }, t("work.phone.number.lead", { name })),
            ]
          : null,
        number ? evidenceBox(desk, caseload, kid, phone, number) : null,
        revoked === null && !isApart(kid) ? resetBox(desk, caseload, kid, phone, name) : null,
      ),
    );
  }
  return h("div", { class: "stack wide" }, head, kid.strangers ? note("alarm", "i-warn", t("work.kid.trouble.1")) : null, boxes, usable && (kid.role === "worker" || kid.role === "second") ? serviceBox(desk, caseload, kid, name) : null, kid.role === "worker" ? another(desk, kid) : null);
}

/**
 * Who introduced the phone as evidence. One alone is weak; whoever compares the number with the child itself adds their
 * signature.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {Phone} phone @param {string} number
 */
function evidenceBox(desk, caseload, kid, phone, number) {
  const box = h("div", { class: "stack", "data-part": "evidence" });
  const head = h("h2", null, t("work.device.title"));
  const show = async () => {
    let found;
    try {
      found = await caseload.talks.evidence(kid);
    } catch (error) {
      if (desk.here()) fill(box, head, note("", "i-info", desk.sentence(error)));
      return;
    }
    if (!desk.here()) return;
    const names = found.introducers.map((person) => caseload.nameOf(person));
    box.dataset.introducers = String(names.length);
    const state =
      names.length === 0 ? note("", "i-info", t("work.device.none")) : names.length === 1 ? note("", "i-info", t("work.device.one", { name: names[0] })) : note("", "i-tick", t("work.device.two", { names: together(names) }));
    // Where there is no record yet, a reader of the worker circle makes it; the confidant adds to what there is.
    const mayAdd = (found.device !== null || !isApart(kid)) && !found.introducers.includes(mine().person);
    fill(box, head, state, mayAdd ? compareFold(found) : null);
  };

  /** @param {{subj: string, device: import("../talks.js").Signed | null}} found */
  const compareFold = (found) => {
    const told = notice();
    const typed = newElementId();
    const boxes = numberBoxes(typed);
    const go = button(t("work.device.sign"), { type: "submit", icon: "i-seal", data: { act: "cosign" } });
    const form = h("form", { class: "form", novalidate: true }, h("p", { id: typed }, t("work.device.lead")), h("p", { class: "small soft" }, t("work.device.where")), boxes.element, told.element, h("div", { class: "acts line" }, go));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      told.say("");
      if (boxes.short()) return told.say(t("work.people.intro.short"));
      if (!boxes.equals(number)) {
        told.say(t("work.device.differ"), "alarm");
        return boxes.again();
      }
      return void busy(go, async () => {
        try {
          await caseload.talks.putDevice(kid, found, phone);
          await show();
          desk.say(t("work.device.done"));
          head.setAttribute("tabindex", "-1");
          head.focus();
        } catch (error) {
          told.say(desk.sentence(error));
        }
      });
    });
    return h("details", { class: "fold" }, h("summary", null, t("work.device.compare")), form);
  };
  void show();
  return box;
}

/**
 * A phone that was lost, or on which linking was not finished: another one takes its place.
 *
 * @param {Desk} desk @param {Kid} kid
 */
const another = (desk, kid) =>
  h("section", { class: "box-p stack" }, h("p", { class: "small soft" }, t("work.phone.other")), button(t("work.link.other.do"), { look: "plain", icon: "i-phone", data: { act: "other-phone" } }, () => desk.go("link", { child: kid.child })));

/**
 * A lock that closed after ten tries. Asked twice, because it is done with the child in the room and once a day.
 *
 * @param {Desk} desk @param {Caseload} caseload @param {Kid} kid @param {Phone} phone @param {string} name
 */
function resetBox(desk, caseload, kid, phone, name) {
  const told = notice();
  const box = h("div", { class: "stack" });
  const ask = button(t("work.phone.reset"), { look: "plain", icon: "i-lock", data: { act: "reset" } }, () => {
    const yes = button(t("work.phone.reset.yes"), { data: { act: "reset-yes" } }, () =>
      void busy(yes, async () => {
        told.say("");
        try {
          await reset(caseload, kid, phone);
          fill(box, note("", "i-tick", t("work.phone.reset.done", { name })));
        } catch (error) {
          told.say(desk.sentence(error));
        }
      }),
    );
    const no = button(t("work.common.stop"), { look: "plain" }, () => {
      fill(box, start());
      box.querySelector("button")?.focus();
    });
    fill(box, h("p", null, h("b", null, t("work.phone.reset.confirm"))), told.element, h("div", { class: "acts line" }, yes, no));
    no.focus();
  });
  const start = () => [h("p", { class: "small soft" }, t("work.phone.reset.lead")), ask];
  fill(box, start());
  return box;
}

/** @param {Caseload} caseload @param {Kid} kid @param {Phone} phone */
async function reset(caseload, kid, phone) {
  const record = { t: "reset", v: 1, org: caseload.session.org.id, child: kid.child, device: phone.record.device, at: timeText(), by: mine().person };
  await api(`/desk/api/children/${kid.child}/reset`, { json: { record, sigs: [await signRecord(record, mySigner())] } });
}
