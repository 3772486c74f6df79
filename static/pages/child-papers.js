/**
 * What is written about the child: to read or have read aloud, and to say whether it is right, as a whole or piece by piece.
 *
 * @module
 */

import { Offline } from "../api.js";
import { busy, headed, note, sentence, status, title } from "../parts/child-bits.js";
import { paperRows, whole } from "../parts/child-paper.js";
import { fill, h } from "../parts/h.js";
import { go, swap } from "../parts/screens.js";
import { day, t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { phone, watch } from "../phone/here.js";
import { collect, ownEntry, papers, taken } from "../phone/mail.js";
import { open } from "../phone/memory.js";

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  written: () =>
    reading("written", t("child.home.written"), (list, found) => {
      fill(list, paperRows(found.papers, (id) => void go("paper", { id })));
    }),

  paper: ({ id }) =>
    reading("paper", t("child.kp.title"), (list, found) => {
      const paper = found.papers.find((one) => one.versions.some((two) => two.id === id));
      const shown = paper?.versions.find((one) => one.id === id);
      if (!paper || !shown) return fill(list, note(t("child.kp.unknown", names()), { icon: "i-warn" }));
      const given = h("div", { class: "stack", "data-part": "taken" });
      const react = (/** @type {string} */ about, /** @type {any} */ part, /** @type {string} */ of) => void go("react", { about, circle: shown.opened.meta.circle, part, entry: of });
      fill(list, ...whole(paper, shown, { worker: names().worker, young: phone().level === "8", react, ownEntry }), given);
      // Below all else, because it comes later: nothing that can be pressed moves.
      void taken(paper).then(
        (all) => fill(given, all.map(({ name, at, why }) => note(t("child.kp.taken", { name: name || "?", date: day(Date.parse(at)), reason: why }), { icon: "i-info" }))),
        () => undefined,
      );
    }),
};

/**
 * A page over what is open; asks for the lock first.
 *
 * @param {string} screen @param {string} heading
 * @param {(list: HTMLElement, found: Awaited<ReturnType<typeof papers>>) => void} show
 * @returns {Promise<import("../parts/screens.js").Screen>}
 */
async function reading(screen, heading, show) {
  if (!open()) {
    // Back from the lock one stands at the list: which one was being read is gone with it.
    void swap("unlock", { then: "written" });
    return { body: headed(heading) };
  }
  const place = status();
  const list = h("div", { class: "stack", "data-part": screen });
  let on = true;
  const load = async () => {
    try {
      const found = await busy(place, t("child.kp.busy"), async () => {
        await collect();
        return papers();
      });
      if (!on || !open()) return;
      show(list, found);
      list.dataset.ready = "true";
      if (found.failed) place.wrong(t("child.mine.failed"));
      else if (found.unknown && screen === "written") place.wrong(t("child.kp.unknown", names()));
    } catch (error) {
      if (!on) return;
      place.wrong(error instanceof Offline ? t("child.offline") : sentence(error, names()));
    }
  };
  void load();
  const unwatch = watch(() => {
    if (!open()) on = false;
  });
  return {
    leave() {
      on = false;
      unwatch();
    },
    body: [title(heading), list, place.element],
  };
}
