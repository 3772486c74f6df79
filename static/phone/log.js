/**
 * What this phone knows of the log: the newest checkpoint, its key, and whether the child's own records are still in it
 * (docs/protocol/log.md, section 5).
 *
 * The key is taken from the log's first entry the first time, and never again on the server's word: whoever wanted to
 * show this phone another log would have to have begun before the child's first answer. What is found to be wrong is kept
 * with everything that proves it.
 *
 * @module
 */

import { device, now } from "../api.js";
import { checkAnswer, checkReceipt, checkStart } from "../crypto/log.js";
import { KindstemError } from "../errors.js";
import { timeText } from "../talks.js";
import { change, phone } from "./here.js";
import { allKept, keepSealed, receiptsKept } from "./kept.js";

/** At most so many receipts are asked about at once; those before were proven under a checkpoint that this one extends. */
const MOST = 50;
/** How often the log is looked at while nothing was handed in, in milliseconds. */
const EVERY = 6 * 3_600_000;

const STATE = "log";
const PROOF = "proof";
