"""Takes the pictures of the README, from the demonstration in a real browser.

A phone becomes Robin by the link that the demonstration holds open, says something, and Sam answers at the desk; what
comes out is what anybody would see who does the same. Needs Chromium (`./dev setup`).

usage: python tools/pictures.py [--out FOLDER]
"""

import argparse
import base64
import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kindstem.words import Words  # noqa: E402
from tests.browser.people import Phone  # noqa: E402
from tests.conftest import CHROMIUM_FLAGS  # noqa: E402

KINDSTEM = str(Path(sys.executable).with_name("kindstem"))
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
LARGEST = 150 * 1024
"""Of one picture, in bytes: a README is read on a train."""
SLOW = 60_000

SAID = "Ik wil weer naar mijn oude school."
ANSWERED = "Ik belde je school. Maandag praten we met je mentor. Jij mag mee."


@dataclass
class Served:
    """A running demonstration, as the page objects of the stories want it."""

    told: dict[str, Any]
    words: Words = field(default_factory=lambda: Words("nl"))

    @property
    def url(self) -> str:
        """How browsers open it."""
        return str(self.told["url"])

    def person(self, name: str) -> dict[str, Any]:
        """What somebody signs in with."""
        found: dict[str, Any] = next(one["sign_in"] for one in self.told["people"] if one["name"] == name)
        return found


@contextlib.contextmanager
def demonstration(folder: Path) -> Iterator[Served]:
    """A fresh demonstration on a free port, for as long as this lasts."""
    told = folder / "demo.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KINDSTEM_")}
    command = [KINDSTEM, "demo", "--data", str(folder / "data"), "--port", "0", "--json", str(told)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 180
        while not told.exists():
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit("The demonstration did not start; its own words above say why.")
            time.sleep(0.2)
        yield Served(json.loads(told.read_text()))
    finally:
        server.terminate()
        server.wait(timeout=30)


def context(browser: Browser, size: dict[str, int]) -> BrowserContext:
    """A browser of one's own, in Dutch, that moves nothing."""
    made = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    made.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    return made


def onward(page: Page, nth: int = 1) -> None:
    """Press one of the big buttons of a child's page."""
    page.locator("main .acts").last.locator("> button").nth(nth - 1).click()


def link(phone: Phone, served: Served) -> None:
    """Become Robin: Sam's part is played by the demonstration."""
    phone.page.goto(served.told["enrolment"]["link"])
    phone.read_along()
    phone.say_of_phone(None)
    phone.choose_pin()
    onward(phone.page, 2)
    phone.at("home")


def say(phone: Phone, camera: "Camera") -> None:
    """How it goes, and some words; the questions in between are skipped."""
    page = phone.page
    page.locator("main .leaf .way").first.click()
    phone.at("who").get_by_role("radio").first.check()
    onward(page)
    phone.at("mood").get_by_role("radio").nth(2).check()
    camera.take(page, "child-checkin")
    onward(page)
    phone.skip_to("say")
    page.locator("main textarea").fill(SAID)
    onward(page)
    phone.skip_to("check")
    onward(page)
    phone.arrived()
    onward(page)
    phone.at("home")


def sign_in(page: Page, served: Served) -> None:
    """Sam comes to the desk."""
    sam = served.person("Sam")
    page.goto(f"{served.url}/desk/")
    page.locator('input[name="name"]').fill(sam["name"])
    page.locator('input[type="password"]').fill(sam["passphrase"])
    page.locator('input[name="code"]').fill(pyotp.TOTP(sam["totp_secret"]).at(datetime.now(UTC)))
    page.locator('[data-act="signin"]').click()
    expect(page.locator("svg.strip").first).to_be_visible()


def read(page: Page, name: str) -> None:
    """Open a child's page and what is closed there."""
    page.locator('[data-place="children"]').click()
    page.locator("th [data-open]").filter(has_text=name).click()
    reason = page.locator('[data-part="reason"]')
    reason.get_by_role("radio").first.check()
    reason.locator('[data-act="open"]').click()
    expect(page.locator("article[data-entry]").first).to_be_visible()
    expect(page.locator(".reason > *")).to_have_count(0)


def answer(page: Page) -> None:
    """Tell Robin what was done."""
    article = page.locator("article[data-entry]").filter(has_text=SAID)
    article.locator("[data-answer]").click()
    form = page.locator('[data-part="answer"]')
    form.locator('input[value="done"]').check()
    form.locator("textarea").fill(ANSWERED)
    form.locator('[data-act="send"]').click()
    expect(article.locator("[data-reply]")).to_contain_text(ANSWERED)


# --- small files ------------------------------------------------------------------------------------------------------

# A browser knows how to open a picture. What comes back is at most 256 colours and which of them each point has: the
# commonest ones that are not too near to each other, and for the rest the nearest of these.
_COLOURS = """
  async (url) => {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const paper = canvas.getContext("2d");
    paper.drawImage(image, 0, 0);
    const points = new Uint32Array(paper.getImageData(0, 0, image.width, image.height).data.buffer);
    const count = new Map();
    for (const point of points) count.set(point, (count.get(point) ?? 0) + 1);
    const parts = (point) => [point & 255, (point >> 8) & 255, (point >> 16) & 255];
    const apart = (a, b) => a.reduce((sum, part, at) => sum + (part - b[at]) ** 2, 0);
    const all = [...count].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([point]) => [point, parts(point)]);
    let kept = all;
    for (let near = 2; kept.length > 256; near *= 1.3) {
      kept = [];
      for (const one of all) if (kept.every((other) => apart(one[1], other[1]) >= near)) kept.push(one);
    }
    const place = new Map();
    for (const [point, own] of all) {
      let best = 0;
      for (const [at, [, other]] of kept.entries()) if (apart(own, other) < apart(own, kept[best][1])) best = at;
      place.set(point, best);
    }
    const bytes = Uint8Array.from(points, (point) => place.get(point));
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return { width: image.width, height: image.height, colours: kept.map(([, own]) => own), points: btoa(text) };
  }
"""


def indexed(width: int, height: int, colours: list[list[int]], points: bytes) -> bytes:
    """A PNG with a palette."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + points[at : at + width] for at in range(0, width * height, width))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", bytes(part for colour in colours for part in colour))
        + chunk(b"IDAT", zlib.compress(lines, 9))
        + chunk(b"IEND", b"")
    )


class Camera:
    """Takes what a window shows and keeps it small."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._table = browser.new_page()
        self._folder = folder

    def take(self, page: Page, name: str, down_to: str | None = None) -> None:
        """One picture of the top of a page, or as far down as this is above the bar; nothing in it has the focus."""
        page.mouse.move(0, 0)
        page.evaluate("() => { scrollTo(0, 0); document.activeElement?.blur(); }")
        if down_to:
            page.locator(down_to).evaluate(
                """(last) => {
                  const bar = document.querySelector(".bar").getBoundingClientRect().top;
                  scrollBy(0, Math.max(0, last.getBoundingClientRect().bottom + 16 - bar));
                }"""
            )
        raw = page.screenshot(animations="disabled", caret="hide")
        found = self._table.evaluate(_COLOURS, "data:image/png;base64," + base64.b64encode(raw).decode())
        data = indexed(found["width"], found["height"], found["colours"], base64.b64decode(found["points"]))
        if len(data) > LARGEST:
            raise SystemExit(f"{name}.png would have {len(data)} bytes; {LARGEST} is the most.")
        (self._folder / f"{name}.png").write_bytes(data)
        print(f"{name}.png  {len(data) / 1024:.0f} KiB, {len(found['colours'])} colours")


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures", help="where the pictures go")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is missing; ./dev setup installs it or says how.")
    with (
        tempfile.TemporaryDirectory() as made,
        demonstration(Path(made)) as served,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        camera = Camera(browser, folder)
        phone = Phone(served, context(browser, PHONE))  # type: ignore[arg-type]
        link(phone, served)
        camera.take(phone.page, "child-home")
        say(phone, camera)
        desk = context(browser, DESK).new_page()
        sign_in(desk, served)
        camera.take(desk, "desk-today")
        read(desk, "Noor")
        camera.take(desk, "desk-child")
        read(desk, served.told["enrolment"]["name"])
        answer(desk)
        phone.messages()
        expect(phone.page.locator("main .answer")).to_contain_text(ANSWERED)
        camera.take(phone.page, "child-messages", down_to="main .answer")
        browser.close()


if __name__ == "__main__":
    main()
