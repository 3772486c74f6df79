"""The desk: how soon the first messages stand on the screen, and what its pages ask of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench import accept, circle, rig, wire_client
from bench.browser import chromium
from bench.figures import Figure, figure, p95
from bench.phone import PATIENCE_MS
from kindstem.config import Config

MOST_FIRST_20_MS = 250
SCREEN = {"width": 1280, "height": 800}
ENTRIES = 60

# From the click on "open" to the twentieth message in the page, and to the last.
OPENING = """
([first, all]) => new Promise((resolve) => {
  const words = document.querySelector("#words");
  const found = {};
  const began = performance.now();
  const look = new MutationObserver(() => {
    const shown = words.querySelectorAll("article[data-entry]").length;
    if (shown >= first && found.first === undefined) {
      found.first = 0;
      requestAnimationFrame(() => { found.first = performance.now() - began; });
    }
    if (shown >= all) {
      look.disconnect();
      requestAnimationFrame(() => resolve({ ...found, all: performance.now() - began }));
    }
  });
  look.observe(words, { childList: true, subtree: true });
  words.querySelector("[data-act=open]").click();
})
"""


def measure(quick: bool) -> list[Figure]:
    """A worker signs in and opens children with sixty unread messages each; then each page's requests, one by one."""
    children, asked = (1, 20) if quick else (7, 200)
    with rig.folder() as folder:
        port = rig.free_port()
        config = Config(data=folder / "served", port=port, base_url=f"http://localhost:{port}", demo=True)
        config.data.mkdir()
        organisation = circle.found(config, children)
        server = accept.serve(config)
        try:
            accept.Sent(organisation.phones, port).at_once(min(8, children), ENTRIES * children)
            with chromium() as browser:
                context = _signed_in(browser, server.url, organisation)
                page = context.pages[0]
                opened = [_open(page, phone.child.record["child"]) for phone in organisation.phones]
                figures = [
                    figure("desk.first20", "the first 20 messages on the screen", "ms",
                           [one["first"] for one in opened], most=MOST_FIRST_20_MS,
                           note=f"from the click, of {ENTRIES} unread; each is fetched on its own, and its read is "
                           "logged durably before its words are handed out"),
                    figure("desk.all", f"all {ENTRIES} on the screen", "ms", [one["all"] for one in opened]),
                ]  # fmt: skip
                cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
            child = organisation.phones[0].child.record["child"]
            figures += _server_times(port, cookie, child, asked)
        finally:
            server.stop()
    return figures


def _signed_in(browser: Browser, url: str, organisation: circle.Organisation) -> BrowserContext:
    worker = organisation.worker
    context = browser.new_context(viewport=SCREEN, locale="nl-NL")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{url}/desk/")
    page.locator('input[name="name"]').fill(worker.name)
    page.locator('input[type="password"]').fill(worker.passphrase or "")
    page.locator('input[name="code"]').fill(pyotp.TOTP(worker.totp_secret or "").at(datetime.now(UTC)))
    page.locator('[data-act="signin"]').click()
    expect(page.locator('[data-screen="today"]:not(body)')).to_be_visible()
    return context


def _open(page: Page, child: str) -> dict[str, Any]:
    page.locator('[data-place="children"]').click()
    page.locator(f'[data-open="{child}"]').first.click()
    page.locator('[data-part="reason"]').get_by_role("radio").first.check()
    found: dict[str, Any] = page.evaluate(OPENING, [20, ENTRIES])
    # What a reader has opened is told to the child, sealed; the next measurement waits until that has gone.
    page.wait_for_load_state("networkidle")
    return found


def _server_times(port: int, cookie: str, child: str, asked: int) -> list[Figure]:
    """Time from request to whole answer on the loopback, one request at a time over a line that stays open."""
    pages = (
        ("child", "the child's page", "/"),
        ("document", "the desk's document", "/desk/"),
        ("children", "my children", "/desk/api/children"),
        ("entries", f"a child's entries ({ENTRIES} of them)", f"/desk/api/children/{child}/entries?after=0"),
        ("colleagues", "the part with colleagues", "/desk/parts/colleagues"),
        ("away", "the part about being away", "/desk/parts/away"),
    )
    figures = []
    for name, what, path in pages:
        headers = {"Accept-Encoding": "gzip", "Accept-Language": "nl", "Cookie": cookie, "HX-Request": "true"}
        once = wire_client.request("GET", path, f"localhost:{port}", headers)
        answers = wire_client.send_all(port, [[once] * (asked + 5)])
        if refused := answers.refused(200):
            raise RuntimeError(f"{what} answered {refused[0]}")
        times = [seconds * 1000 for seconds in answers.all_seconds[5:]]
        figures.append(figure(f"desk.server.{name}", f"server time of {what}", "ms", times,
                              note=f"p95 {p95(times):.1f} ms"))  # fmt: skip
    return figures
