"""Sealing on a slow phone, opening at the desk: the app's own modules, bundled as the build bundles them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

from bench.browser import PHONE, chromium, slow_processor
from bench.figures import Figure, figure

ROOT = Path(__file__).resolve().parent.parent
SLOWER = 6
MIB = 1024 * 1024

MOST_SMALL_MS = 60
MOST_VOICE_MS = 120
MOST_OPEN_500_MS = 1200
MOST_FIRST_20_MS = 250

# Web cryptography needs a secure origin; every address of it is answered here, so nothing is looked up or listened on.
ORIGIN = "https://bench.invalid"
DOCUMENT = "<!doctype html><script type=module src=/crypto.js></script>"


def measure(quick: bool) -> list[Figure]:
    """Sealing for three readers with the processor slowed, and opening many without."""
    rounds, times = (1, 4) if quick else (5, 12)
    entries = 40 if quick else 500
    small: list[float] = []
    first: list[float] = []
    voice: list[float] = []
    with chromium() as browser:
        for _ in range(rounds):
            # A new page each round: the first sealing of a page is the one that nothing has warmed up.
            with _page(browser) as page:
                slow_processor(page, SLOWER)
                spent = _sealing(page, {"bytes": 1024, "voice": 0, "times": times})
                first.append(spent[0])
                small += spent[1:]
                voice += _sealing(page, {"bytes": 0, "voice": MIB, "times": times})[1:]
        with _page(browser) as page:
            page.evaluate("what => bench.prepare(what)", {"bytes": 1024, "entries": entries})
            opened = [page.evaluate("bench.opening()") for _ in range(rounds)]
    how = f"processor {SLOWER}× slower; the child and two readers"
    return [
        figure("seal.small", "seal 1 KiB for three readers", "ms", small, most=MOST_SMALL_MS, note=how),
        figure("seal.small.first", "the first sealing of a page", "ms", first, note="nothing compiled yet"),
        figure("seal.voice", "seal 1 MiB of voice for three readers", "ms", voice, most=MOST_VOICE_MS, note=how),
        figure("open.all", f"open {entries} entries of 1 KiB", "ms", [one["all"] for one in opened],
               most=MOST_OPEN_500_MS, note="in script, processor as it is; each signature checked"),
        figure("open.first20", "of which the first 20", "ms", [one["first20"] for one in opened],
               most=MOST_FIRST_20_MS),
    ]  # fmt: skip


def _sealing(page: Page, what: dict[str, int]) -> list[float]:
    spent: list[float] = page.evaluate("what => bench.sealing(what)", what)["spent"]
    return spent


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)
    try:
        page = context.new_page()
        script = bundled()

        def answer(route: Route) -> None:
            if route.request.url.endswith("/crypto.js"):
                route.fulfill(content_type="text/javascript", body=script)
            else:
                route.fulfill(content_type="text/html", body=DOCUMENT)

        page.route("**/*", answer)
        page.goto(ORIGIN + "/")
        page.wait_for_function("globalThis.bench")
        yield page
    finally:
        context.close()


def bundled() -> str:
    """The page script and the app's modules behind it, bundled and minified as tools/build.mjs does."""
    return subprocess.run(
        [
            str(ROOT / "node_modules/.bin/esbuild"),
            str(ROOT / "bench/page/crypto.js"),
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=chrome109",
            "--log-level=warning",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
