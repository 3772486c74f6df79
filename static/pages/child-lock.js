/**
 * Opening the lock, and changing what opens it.
 *
 * @module
 */

import { KindstemError } from "../errors.js";
import { act, acts, busy, note, sentence, split, status, title } from "../parts/child-bits.js";
import { h } from "../parts/h.js";
import { pad } from "../parts/pad.js";
import { back, go, home, swap } from "../parts/screens.js";
import { t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { resume } from "../phone/draft.js";
import { phone } from "../phone/here.js";
import { setAnother, tooEasy, unlock } from "../phone/lock.js";
import { open } from "../phone/memory.js";

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = {
  /** `then` is the screen to go on to; `draft` goes on with the draft `parcel`. */
  unlock({ then, parcel }) {
    if (open()) return null;
    const { lock } = phone();
    const place = status();
    const [first, rest] = split(t("child.pin.enter"));
    const keys = pad(lock, async (secret) => {
      keys.rest(true);
      place.hush();
      try {
        await busy(place, t("child.pin.busy"), () => unlock(secret));
      } catch (error) {
        keys.rest(false);
        keys.clear();
        place.wrong(sentence(error, names()));
        return;
      }
      if (then !== "draft") {
        await swap(then ?? "home");
      } else if (await resume(parcel)) {
        await swap("check");
      } else {
        await home();
      }
    });
    const [forgot, help] = [t("child.pin.forgot.1"), t("child.pin.forgot.2", names())];
    return {
      body: [
        h("div", { class: "center" }, title(first), rest ? h("p", { class: "lead" }, rest) : null),
        keys.element,
        place.element,
        acts(act(forgot, () => place.say(help), "bare")),
      ],
    };
  },

  "pin-change": () => {
    if (!open()) return null;
    const { lock } = phone();
    const place = status();
    const done = act(t("child.common.4"), back);
    done.hidden = true;
    const heading = title("");
    const lead = h("p", { class: "lead" });
    const say = (/** @type {string} */ text) => {
      [heading.textContent, lead.textContent] = split(text);
    };
    let old = "";
    let fresh = "";
    const restart = (/** @type {string} */ text) => {
      fresh = "";
      place.wrong(text);
      say(t("child.pin.set", { n: 5 }));
    };
    const keys = pad(lock, async (secret) => {
      place.hush();
      keys.clear();
      if (!old) {
        old = secret;
        say(t("child.pin.set", { n: 5 }));
      } else if (!fresh) {
        if (tooEasy(lock, secret)) {
          restart(t("child.pin.easy"));
          return;
        }
        fresh = secret;
        say(t("child.pin.again"));
      } else if (fresh !== secret) {
        restart(t("child.pin.differ"));
      } else {
        keys.rest(true);
        try {
          await busy(place, t("child.pin.making"), () => setAnother(old, fresh));
          say(t("child.pin.change.3"));
          keys.element.hidden = true;
          done.hidden = false;
        } catch (error) {
          old = fresh = "";
          place.wrong(sentence(error, names()));
          say(t("child.pin.change.2"));
          if (error instanceof KindstemError && error.code === "lock-closed") await go("unlock");
        } finally {
          keys.rest(false);
        }
      }
      heading.focus();
    });
    say(t("child.pin.change.2"));
    return { body: [h("div", { class: "center" }, heading, lead), keys.element, place.element, acts(done), note(t("child.pin.forced", names()), { class: "section" })] };
  },
};
