/**
 * The drawings that no first screen shows: a module of their own, so that a new phone does not wait for them.
 *
 * Whoever draws one of these takes `drawing` from here, or names this module where another part draws it.
 *
 * @module
 */

import more from "../generated/drawings-more.js";
import { draws } from "./draw.js";

draws(more);

export { drawing } from "./draw.js";
