/**
 * "My rights" on a phone: works before enrolment, without a network and with the lock shut, as help does.
 *
 * @module
 */

import { rightsScreens } from "../parts/child-rights.js";
import { back, go, swap } from "../parts/screens.js";
import { t } from "../parts/words.js";
import { names } from "../phone/circles.js";
import { enrolled, phone } from "../phone/here.js";

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = rightsScreens({
  names: () => {
    const known = enrolled() ? names() : { worker: "", second: "", confidant: "" };
    return { ...known, worker: known.worker || t("child.frame.worker") };
  },
  young: () => enrolled() && phone().level === "8",
  go: (screen, params) => void go(screen, params),
  swap: (screen, params) => void swap(screen, params),
  back,
});
