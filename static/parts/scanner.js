/**
 * Finds a QR code before the camera. The browser's own detector where there is one, else a small decoder, loaded then.
 *
 * @module
 */

import { h } from "./h.js";

/** Milliseconds between two looks; a phone's processor is warm enough. */
const PAUSE = 180;
/** A side of the picture that is searched, in pixels: enough for a code on a screen. */
const SIDE = 640;

/**
 * Opens the camera and looks for a code.
 *
 * @param {string} label - Names the picture.
 * @param {(text: string) => boolean} found - Says whether this was the code that was meant; else looking goes on.
 * @returns {Promise<{element: HTMLElement, stop: () => void}>} `stop` puts the camera off.
 * @throws {DOMException} When the camera is refused, or there is none.
 */
export async function scanner(label, found) {
  const video = h("video", { class: "viewer", playsinline: true, "aria-label": label });
  video.muted = true;
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  video.srcObject = stream;
  let on = true;
  const stop = () => {
    on = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const look = await decoder();
  void (async () => {
    await video.play().catch(() => undefined);
    while (on) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      if (!on || video.readyState < 2) continue;
      const text = await look(video).catch(() => null);
      if (on && text && found(text)) stop();
    }
  })();
  return { element: video, stop };
}

/** Fetches what a look needs, for a place where there may be no network. */
export async function prepare() {
  await decoder();
}

/** @returns {Promise<(video: HTMLVideoElement) => Promise<string | null>>} */
async function decoder() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  const formats = await Detector?.getSupportedFormats?.().catch(() => []);
  if (formats?.includes("qr_code")) {
    const detector = new Detector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const { default: decode } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!context || !canvas.width) return null;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    try {
      return decode({ data, width, height });
    } catch {
      // No code in this picture.
      return null;
    }
  };
}
