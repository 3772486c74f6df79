/**
 * What the child wants to say, on its own phone.
 *
 * @module
 */

import { HERE } from "../parts/child-here.js";
import { saying } from "../parts/child-saying.js";

/** @type {Record<string, import("../parts/screens.js").Make>} */
export const screens = { say: saying(HERE) };
