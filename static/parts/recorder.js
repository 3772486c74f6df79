/**
 * Records a voice, three minutes at most: level, pause, listen back, again.
 *
 * Every second the browser hands over what it has. It is passed on at once, so that a recording that was cut off is
 * there up to its last second.
 *
 * @module
 */

import { concat } from "../bytes.js";
import { drawing } from "./draw.js";
import { fill, h, setAttributes } from "./h.js";
import { length, player } from "./player.js";
import { series, t } from "./words.js";

/** @typedef {import("../bytes.js").Bytes} Bytes */
/** @typedef {{type: string, ms: number, bytes: Bytes}} Recording */

const LONGEST = 180_000;
const NEARLY = 165_000;
const SLICE = 1000;
/** Bits a second: speech, and small enough for a poor line. */
const RATE = 24_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const SVG = "http://www.w3.org/2000/svg";
const BARS = 40;

/** @returns {boolean} Whether this browser can record at all. */
export const canRecord = () => Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);

/**
 * A recorder.
 *
 * @param {(recording: Recording | null) => void} change - Told of what there is so far, each second and at the end; null
 *   when it was thrown away.
 * @param {(done: Recording) => void} finished - Told once, when a recording is done.
 * @returns {{element: HTMLElement, stop: () => Promise<void>}} `stop` ends a recording that runs, and settles when all
 *   that was said has been handed over.
 */
export function recorder(change, finished) {
  const [record, pauseWord, onWord, stopWord] = series("child.voice.button.#");
  const note = h("p", { class: "small" }, t("child.voice.ask"));
  // What changes each second is seen only: read aloud, it would end up in the recording.
  const said = h("p", { class: "small", "aria-hidden": "true" });
  const heard = h("p", { class: "unseen", role: "status" });
  const time = h("p", { class: "time", role: "timer" });
  const level = meter();
  const button = h("button", { type: "button", class: "record", "aria-label": record }, drawing("i-mic"));
  const keys = h("div", { class: "keys" });
  const element = h("div", { class: "leaf recorder" }, time, level.element, button, said, heard, keys, note);

  /** @type {MediaRecorder | null} */
  let machine = null;
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {Bytes[]} */
  let slices = [];
  let type = "";
  let ms = 0;
  let from = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let clock;
  /** Slices come as blobs, whose bytes come later: they must not overtake each other. */
  let reading = Promise.resolve();
  let ended = () => {};
  let near = false;
  let full = false;

  const say = (/** @type {string} */ text) => {
    said.textContent = text;
    heard.textContent = text;
  };
  const spoken = () => ms + (from ? Date.now() - from : 0);
  const soFar = () => ({ type, ms: Math.min(spoken(), LONGEST), bytes: concat(...slices) });
  const showTime = () => fill(time, t("child.voice.time", { time: length(Math.min(spoken(), LONGEST)) }));

  const quiet = () => {
    clearInterval(clock);
    for (const track of stream?.getTracks() ?? []) track.stop();
    void context?.close().catch(() => undefined);
    stream = null;
    context = null;
    level.rest();
  };

  const start = async () => {
    button.disabled = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      say(t("child.voice.refused"));
      button.disabled = false;
      return;
    }
    button.disabled = false;
    const wanted = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    machine = new MediaRecorder(stream, { audioBitsPerSecond: RATE, ...(wanted ? { mimeType: wanted } : {}) });
    type = machine.mimeType || wanted || "audio/webm";
    slices = [];
    ms = 0;
    machine.addEventListener("dataavailable", ({ data }) => {
      reading = reading.then(async () => {
        if (!data.size) return;
        slices.push(/** @type {Bytes} */ (new Uint8Array(await data.arrayBuffer())));
        change(soFar());
      });
    });
    machine.addEventListener("stop", () => {
      quiet();
      void reading.then(() => {
        machine = null;
        if (!slices.length) {
          idle();
          ended();
          return;
        }
        const done = soFar();
        change(done);
        finished(done);
        idle();
        say(full ? t("child.voice.full") : "");
        full = false;
        ended();
      });
    });
    machine.start(SLICE);
    from = Date.now();
    running();
    listen(stream);
    clock = setInterval(tick, 250);
  };

  const tick = () => {
    showTime();
    if (spoken() >= LONGEST) {
      full = true;
      stop();
    } else if (spoken() >= NEARLY) {
      if (!near) say(t("child.voice.state.4"));
      near = true;
    } else if (machine?.state === "recording") {
      said.textContent = left();
    }
  };

  const stop = () => {
    ms = spoken();
    from = 0;
    if (machine && machine.state !== "inactive") machine.stop();
    else quiet();
  };

  const hold = () => {
    if (machine?.state !== "recording") return;
    ms = spoken();
    from = 0;
    machine.pause();
    machine.requestData();
    paused();
  };

  const goOn = () => {
    if (machine?.state !== "paused") return;
    machine.resume();
    from = Date.now();
    running();
  };

  /** @param {string} label @param {string} icon @param {() => void} press @param {boolean} [live] */
  const main = (label, icon, press, live = false) => {
    button.setAttribute("aria-label", label);
    fill(button, drawing(icon, live ? { class: "live" } : {}));
    act = press;
  };
  /** @type {() => void} */
  let act = () => void start();
  button.addEventListener("click", () => act());

  const idle = () => {
    near = false;
    ms = 0;
    from = 0;
    showTime();
    main(record, "i-mic", () => void start());
    fill(keys);
    note.hidden = false;
  };
  const left = () => t("child.voice.state.1", { n: Math.max(0, Math.round((LONGEST - spoken()) / 1000)) });
  const running = () => {
    say(left());
    main(stopWord, "i-stop", stop, true);
    fill(keys, key(pauseWord, "i-pause", hold));
    note.hidden = true;
  };
  const paused = () => {
    say(t("child.voice.state.2"));
    main(stopWord, "i-stop", stop);
    fill(keys, key(onWord, "i-mic", goOn));
    level.rest();
  };

  const listen = (/** @type {MediaStream} */ source) => {
    context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(source).connect(analyser);
    const wave = new Uint8Array(analyser.fftSize);
    const look = () => {
      if (!context) return;
      if (machine?.state === "recording") {
        analyser.getByteTimeDomainData(wave);
        level.add(Math.max(...wave.map((one) => Math.abs(one - 128))) / 128);
      }
      setTimeout(look, 100);
    };
    look();
  };

  // The microphone does not listen to a phone in a pocket.
  const hidden = () => {
    if (document.hidden) hold();
  };
  document.addEventListener("visibilitychange", hidden);

  idle();
  if (!canRecord()) {
    button.disabled = true;
    say(t("child.voice.refused"));
  }
  return {
    element,
    stop() {
      document.removeEventListener("visibilitychange", hidden);
      if (!machine) {
        quiet();
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        ended = resolve;
        stop();
      });
    },
  };
}

/**
 * A recording that is done: to listen to, or to throw away.
 *
 * @param {Recording} recording
 * @param {number} n
 * @param {() => void} remove
 */
export function recorded(recording, n, remove) {
  const buttons = series("child.voice.button.#");
  const name = t("child.voice.mine", { n });
  return h(
    "div",
    { class: "leaf recorded", role: "group", "aria-label": name },
    h("p", { class: "from" }, name),
    player(recording.bytes, { type: recording.type, ms: recording.ms, play: buttons[4], pause: buttons[1] }),
    h("div", { class: "keys" }, key(buttons[6], "i-bin", remove)),
  );
}

/** @param {string} label @param {string} icon @param {() => void} press */
function key(label, icon, press) {
  const button = h("button", { type: "button", class: "btn plain" }, drawing(icon), label);
  button.addEventListener("click", press);
  return button;
}

/** The last four seconds of loudness, as bars that grow along. */
function meter() {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { class: "level", viewBox: `0 0 ${BARS * 8 - 4} 80`, preserveAspectRatio: "none", role: "img", "aria-label": t("child.voice.level") });
  const bars = Array.from({ length: BARS }, (_, at) => {
    const bar = document.createElementNS(SVG, "rect");
    setAttributes(bar, { x: at * 8, width: 4, rx: 2 });
    svg.append(bar);
    return bar;
  });
  const set = (/** @type {Element} */ bar, /** @type {number} */ loud) => {
    const height = 4 + Math.min(1, loud * 1.6) * 72;
    setAttributes(bar, { class: loud > 0 ? "on" : "off", y: 40 - height / 2, height });
  };
  let at = 0;
  const rest = () => {
    at = 0;
    for (const bar of bars) set(bar, 0);
  };
  rest();
  return {
    element: svg,
    rest,
    /** @param {number} loud - 0 to 1. */
    add(loud) {
      set(bars[at % BARS], Math.max(loud, 0.02));
      at += 1;
      set(bars[at % BARS], 0);
    },
  };
}
