/**
 * Whether a finger is down. What moves a button between a finger going down and coming up takes the tap away.
 *
 * @module
 */

/** A finger that rests longer does not tap; nothing waits for it. */
const LONGEST = 1000;

let down = false;
/** @type {Set<() => void>} */
const waiting = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function up() {
  clearTimeout(timer);
  down = false;
  for (const go of waiting) go();
  waiting.clear();
}

addEventListener(
  "pointerdown",
  () => {
    down = true;
    clearTimeout(timer);
    timer = setTimeout(up, LONGEST);
  },
  true,
);
// After the click, which comes behind it.
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => void setTimeout(up, 0), true);

/** @returns {Promise<void>} Once no finger is down; at once when none is. */
export const lifted = () => (down ? new Promise((done) => void waiting.add(done)) : Promise.resolve());
