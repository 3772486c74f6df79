/**
 * One window writes. A second one says so and can take over; what the first was making is then sealed.
 *
 * @module
 */

const NAME = "start-write";
/** A window that does not answer within this time, in milliseconds, is frozen: its turn is taken. */
const PATIENCE = 1500;

/** @type {((value: unknown) => void) | null} */
let release = null;
/** @type {() => Promise<void>} */
let whenLost = async () => undefined;

const channel = new BroadcastChannel("start");
channel.addEventListener("message", (event) => {
  if (event.data !== "ask" || !release) return;
  const done = release;
  release = null;
  void whenLost().finally(() => done(undefined));
});

/**
 * Takes the turn to write, when no other window has it.
 *
 * @param {() => Promise<void>} lost - Called when another window takes over; it may write as soon as this settles.
 * @returns {Promise<boolean>}
 */
export function takeTurn(lost) {
  whenLost = lost;
  return new Promise((resolve) => {
    void navigator.locks.request(NAME, { ifAvailable: true }, (lock) => held(lock, resolve)).catch(() => void lost());
  });
}

/**
 * Takes the turn over from another window.
 *
 * @returns {Promise<boolean>} True, once it may write.
 */
export function takeOver() {
  channel.postMessage("ask");
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const timer = setTimeout(() => {
      waiting.abort();
      void navigator.locks.request(NAME, { steal: true }, (lock) => held(lock, resolve)).catch(() => void whenLost());
    }, PATIENCE);
    navigator.locks
      .request(NAME, { signal: waiting.signal }, (lock) => {
        clearTimeout(timer);
        return held(lock, resolve);
      })
      .catch(() => {
        // Given up for the other way, or stolen later on by a third window.
        if (!waiting.signal.aborted) void whenLost();
      });
  });
}

/** @param {Lock | null} lock @param {(mine: boolean) => void} resolve */
function held(lock, resolve) {
  resolve(lock !== null);
  return lock ? new Promise((done) => void (release = done)) : undefined;
}
