/**
 * Plays a recording. Used by both audiences: the words come from whoever shows it.
 *
 * The bytes are played from memory; their address goes as soon as the player leaves the page, so that no copy of a
 * voice stays reachable.
 *
 * @module
 */

import { drawing } from "./draw.js";
import { fill, h, setAttributes } from "./h.js";

const SVG = "http://www.w3.org/2000/svg";
const BARS = 26;

/** What a recording may call itself; anything else is not handed to the browser as such. */
const TYPE = /^audio\/(webm|mp4|ogg|aac|mpeg|wav)(;\s*codecs=[\w."-]+)?$/i;

/**
 * @param {Uint8Array} bytes
 * @param {{type: string, ms: number, play: string, pause: string}} how - `play` says whose voice it is, "Luister naar
 *   Sam": the button's name while it is silent; `pause` while it speaks.
 * @returns {HTMLElement}
 */
export function player(bytes, how) {
  const type = TYPE.test(how.type) ? how.type : "application/octet-stream";
  const wave = bars(bytes);
  const dot = h("span", { class: "dot" }, drawing("i-play"));
  const said = h("span", { class: "unseen" }, ` ${how.play}`);
  const time = h("span", null, length(how.ms), said);
  const button = h("button", { type: "button", class: "play" }, dot, wave, time);

  /** @type {HTMLAudioElement | null} */
  let audio = null;
  let address = "";
  const show = (/** @type {boolean} */ on) => {
    fill(dot, drawing(on ? "i-pause" : "i-play"));
    fill(said, ` ${on ? how.pause : how.play}`);
  };
  const progress = () => {
    if (!audio) return;
    // A recording straight from the microphone does not know its own length: ours was measured while it was made.
    const part = how.ms > 0 ? (audio.currentTime * 1000) / how.ms : 0;
    for (const [at, bar] of [...wave.children].entries()) bar.setAttribute("class", at < part * BARS ? "on" : "off");
  };
  const stop = () => {
    audio?.pause();
    audio = null;
    if (address) URL.revokeObjectURL(address);
    address = "";
    show(false);
    for (const bar of wave.children) bar.setAttribute("class", "on");
  };
  button.addEventListener("click", () => {
    if (audio && !audio.paused) {
      audio.pause();
      return;
    }
    if (!audio) {
      address = URL.createObjectURL(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type }));
      const fresh = new Audio(address);
      fresh.addEventListener("timeupdate", progress);
      fresh.addEventListener("ended", stop);
      fresh.addEventListener("play", () => show(true));
      fresh.addEventListener("pause", () => show(false));
      fresh.addEventListener("error", () => {
        button.disabled = true;
        stop();
      });
      audio = fresh;
    }
    for (const other of document.querySelectorAll("button.play")) if (other !== button) other.dispatchEvent(new Event("hush"));
    audio.play().catch(stop);
  });
  button.addEventListener("hush", stop);
  return button;
}

/** Silences every player on the page and takes its recording out of reach. */
export function hush() {
  for (const button of document.querySelectorAll("button.play")) button.dispatchEvent(new Event("hush"));
}

/** @param {number} ms @returns {string} "0:42" */
export function length(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * A row of bars that tells recordings apart. Its heights come from the bytes: it is no measure of loudness, and says
 * nothing about what was said.
 *
 * @param {Uint8Array} bytes
 */
function bars(bytes) {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { class: "wave", viewBox: `0 0 ${BARS * 6} 28`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (let at = 0; at < BARS; at += 1) {
    const height = 4 + ((bytes[Math.floor(((at + 0.5) / BARS) * bytes.length)] ?? 0) / 255) * 22;
    const bar = document.createElementNS(SVG, "rect");
    setAttributes(bar, { class: "on", x: at * 6, y: 14 - height / 2, width: 3, height, rx: 1.5 });
    svg.append(bar);
  }
  return svg;
}
