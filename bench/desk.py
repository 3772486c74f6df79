"""The desk: how soon messages, and the preparation of a talk, are on the screen, and what pages ask of the server."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from bench import accept, circle, rig, wire_client
from bench.browser import chromium
from bench.figures import Figure, figure, p95
from bench.phone import PATIENCE_MS
from kindstem.config import Config

MOST_FIRST_20_MS = 250
SCREEN = {"width": 1280, "height": 800}
ENTRIES = 60
MOST_PREPARED_MS = 1000
MANY = 200
QUIET_SECONDS = 0.8
AT_ONCE = 48
"""How many bodies the desk asks for at a time (static/parts/desk-caseload.js)."""

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

IDS = """
(child) => fetch(`/desk/api/children/${child}/entries?after=0`, { headers: { Kindstem: "1" } })
  .then((found) => found.json()).then((page) => page.entries.map((one) => one.id))
"""

# From the click on "prepare" to the first messages of the page, and to everything on it.
PREPARING = """
([first]) => new Promise((resolve) => {
  const words = document.querySelector("#words");
  const found = {};
  const began = performance.now();
  const look = new MutationObserver(() => {
    if (found.first === undefined && words.querySelectorAll(".prepare article[data-entry]").length >= first) {
      found.first = 0;
      requestAnimationFrame(() => { found.first = performance.now() - began; });
    }
    if (words.querySelector('.prepare[data-ready="true"]')) {
      look.disconnect();
      requestAnimationFrame(() => resolve({ ...found, all: performance.now() - began }));
    }
  });
  look.observe(words, { childList: true, subtree: true, attributes: true });
  document.querySelector("[data-act=prepare]").click();
})
"""


def measure(quick: bool) -> list[Figure]:
    """A worker signs in and opens children with sixty unread messages each; prepares talks with as many others who sent
    two hundred; then each page's requests, one by one.
    """
    children, asked, sent = (1, 20, ENTRIES) if quick else (7, 200, MANY)
    with rig.folder() as folder:
        port = rig.free_port()
        config = Config(data=folder / "served", port=port, base_url=f"http://localhost:{port}", demo=True)
        config.data.mkdir()
        organisation = circle.found(config, 2 * children)
        few, many = organisation.phones[:children], organisation.phones[children:]
        server = accept.serve(config)
        try:
            accept.Sent(few, port).at_once(min(8, children), ENTRIES * children)
            accept.Sent(many, port).at_once(min(8, children), sent * children)
            with chromium() as browser:
                context = _signed_in(browser, server.url, organisation)
                page = context.pages[0]
                opened = [_open(page, phone.child.record["child"]) for phone in few]
                prepared = [_prepare(page, phone.child.record["child"]) for phone in many]
                figures = [
                    figure("desk.first20", "the first 20 messages on the screen", "ms",
                           [one["first"] for one in opened], most=MOST_FIRST_20_MS,
                           note=f"from the click, of {ENTRIES} unread; every read is logged durably before its words "
                           "are handed out"),
                    figure("desk.all", f"all {ENTRIES} on the screen", "ms", [one["all"] for one in opened]),
                    figure("desk.prepare", f"preparing a talk with a child that sent {sent} messages", "ms",
                           [one["all"] for one in prepared], most=MOST_PREPARED_MS,
                           note="from the click until every part stands; none had been read and there was no talk, so "
                           "all are opened"),
                    figure("desk.prepare.first", "of which the first 12 messages", "ms",
                           [one["first"] for one in prepared]),
                ]  # fmt: skip
                ids = page.evaluate(IDS, many[0].child.record["child"])
                cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
            child = few[0].child.record["child"]
            figures += _server_times(port, cookie, child, asked)
            figures.append(_bodies_time(port, cookie, ids[:AT_ONCE], asked))
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
    _quiet(page)
    return found


def _prepare(page: Page, child: str) -> dict[str, Any]:
    page.locator('[data-place="children"]').click()
    page.locator(f'[data-open="{child}"]').first.click()
    page.locator('[data-part="reason"]').wait_for()
    _quiet(page)
    found: dict[str, Any] = page.evaluate(PREPARING, [12])
    _quiet(page)
    return found


def _quiet(page: Page) -> None:
    """Wait until a page asks for nothing more: what a reader has opened is told to the child, sealed, one by one."""
    last = [time.monotonic()]

    def asked(_: Request) -> None:
        last[0] = time.monotonic()

    page.on("request", asked)
    while time.monotonic() - last[0] < QUIET_SECONDS:
        page.wait_for_timeout(100)
    page.remove_listener("request", asked)


def _bodies_time(port: int, cookie: str, ids: list[str], asked: int) -> Figure:
    """Time to the whole answer with so many bodies, whose reads of this hour are logged already."""
    host = f"localhost:{port}"
    body = json.dumps({"entries": ids, "reason": "prepare"}).encode()
    headers = {"Cookie": cookie, "Kindstem": "1", "Origin": f"http://{host}", "Content-Type": "application/json"}
    once = wire_client.request("POST", "/desk/api/bodies", host, headers, body)
    answers = wire_client.send_all(port, [[once] * (asked + 5)])
    if refused := answers.refused(200):
        raise RuntimeError(f"bodies at once answered {refused[0]}")
    times = [seconds * 1000 for seconds in answers.all_seconds[5:]]
    return figure("desk.server.bodies", f"server time of {len(ids)} bodies at once", "ms", times,
                  note=f"p95 {p95(times):.1f} ms")  # fmt: skip


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
