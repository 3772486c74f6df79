"""Debian's Chromium, as a phone with a slow processor and a slow network would be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.machine import CHROMIUM

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

PHONE = {"width": 360, "height": 740}
"""The size of the phones that children get: small, and not new."""

SLOW_3G = (400, 400)
"""Milliseconds before an answer begins, and kilobits a second after that."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium that keeps nothing after the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def slow_processor(page: Page, times: int) -> CDPSession:
    """Makes the page's thread `times` slower than this machine is; the session is for further wishes."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
    return session


def slow_network(session: CDPSession, milliseconds: int, kilobits: int) -> None:
    """Delays every answer and narrows the line, both ways."""
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": milliseconds,
            "downloadThroughput": kilobits * 1000 / 8,
            "uploadThroughput": kilobits * 1000 / 8,
        },
    )
