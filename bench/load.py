"""What a child waits for: bytes, first paint, blocked time, and the reload without a network."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request

from bench import phone, rig
from bench.browser import PHONE, SLOW_3G, chromium, slow_network, slow_processor
from bench.figures import Figure, figure
from kindstem import assets

KIB = 1024
MOST_KIB = 45
MOST_BLOCKING_KIB = 8
MOST_SCRIPT_KIB = 12
MOST_CRYPTO_KIB = 20
MOST_PAINT_MS = 1200
MOST_BLOCKED_MS = 50
MOST_OFFLINE_MS = 300

SLOWER = 4

WATCH = Path(__file__).with_name("page") / "watch.js"


def measure(quick: bool) -> list[Figure]:
    """All figures of the child's page, each from cold contexts of one browser."""
    with rig.demonstration(children=1) as demo, chromium() as browser:
        figures = _bytes(browser, demo)
        figures += _paint(browser, demo, times=1 if quick else 7)
        figures += _offline(browser, demo, times=1 if quick else 7)
    return figures


# --- bytes ------------------------------------------------------------------------------------------------------------


@dataclass
class Wire:
    """What went over the line for one page: bytes with their headers, by address."""

    page: dict[str, float] = field(default_factory=dict)
    worker: dict[str, float] = field(default_factory=dict)
    blocking: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)


def _bytes(browser: Browser, demo: rig.Demonstration) -> list[Figure]:
    wire = _watch_wire(browser, demo.url + "/")
    built = assets.manifest()["files"]
    parts = {"blocking": 0.0, "scripts": 0.0, "crypto": 0.0, "rest": 0.0}
    for address, size in wire.page.items():
        kind = wire.kinds[address]
        crypto = size * built.get(address.removeprefix(demo.url), {}).get("crypto", 0)
        parts["crypto"] += crypto
        if kind == "Document" or (kind == "Stylesheet" and address in wire.blocking):
            parts["blocking"] += size
        elif kind == "Script":
            parts["scripts"] += size - crypto
        else:
            parts["rest"] += size
    return [
        figure("load.bytes", "first load, cold, everything", "KiB", sum(parts.values()) / KIB, most=MOST_KIB,
               note="headers of the answers counted; all that the page fetches until the network is quiet"),
        figure("load.bytes.blocking", "of which HTML and blocking CSS", "KiB", parts["blocking"] / KIB,
               most=MOST_BLOCKING_KIB),
        figure("load.bytes.scripts", "of which scripts, texts included", "KiB", parts["scripts"] / KIB,
               most=MOST_SCRIPT_KIB),
        figure("load.bytes.crypto", "of which crypto", "KiB", parts["crypto"] / KIB, most=MOST_CRYPTO_KIB),
        figure("load.bytes.rest", "of which the rest (later styles, icon, manifest)", "KiB", parts["rest"] / KIB),
        figure("load.bytes.worker", "what the service worker then fetches for offline", "KiB",
               sum(wire.worker.values()) / KIB, note="not part of the first load: the page works without it"),
    ]  # fmt: skip


def _watch_wire(browser: Browser, url: str) -> Wire:
    """Every byte that the browser takes for a page, and apart from it those of its service worker."""
    wire = Wire()
    context = browser.new_context(viewport=PHONE, locale="nl-NL")
    addresses: dict[str, str] = {}

    def sent(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]
        wire.kinds[event["request"]["url"]] = event.get("type", "Other")

    def ended(event: dict[str, Any]) -> None:
        address = addresses[event["requestId"]]
        wire.page[address] = wire.page.get(address, 0) + event["encodedDataLength"]

    def of_worker(request: Request) -> None:
        if request.service_worker:
            worker_requests.append(request)

    worker_requests: list[Request] = []
    try:
        context.on("requestfinished", of_worker)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", sent)
        session.on("Network.loadingFinished", ended)
        session.send("Network.enable")
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(2000)
        for entry in json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('resource'))")):
            if entry.get("renderBlockingStatus") == "blocking":
                wire.blocking.add(entry["name"])
        for request in worker_requests:
            sizes = request.sizes()
            wire.worker[request.url] = sizes["responseHeadersSize"] + max(0, sizes["responseBodySize"])
    finally:
        context.close()
    return wire


# --- first paint and blocked time -------------------------------------------------------------------------------------


def _paint(browser: Browser, demo: rig.Demonstration, *, times: int) -> list[Figure]:
    painted, ready, blocked, bare = [], [], [], []
    with _bare_page() as bare_url:
        for _ in range(times):
            with _slow_load(browser, demo.url + "/") as page:
                seen = page.evaluate("() => globalThis.watched()")
            painted.append(seen["paint"])
            ready.append(seen["ready"])
            blocked.append(seen["blocked"])
            with _slow_load(browser, bare_url) as page:
                bare.append(page.evaluate("() => globalThis.painted()"))
    latency, kilobits = SLOW_3G
    how = f"processor {SLOWER}× slower, {latency} ms and {kilobits} kbit/s"
    return [
        figure("load.paint", "first paint on a slow phone", "ms", painted, most=MOST_PAINT_MS, note=how),
        figure("load.paint.bare", "the same for a page of one line", "ms", bare,
               note="in the same run: what no page can beat"),
        figure("load.ready", "the first screen of the app on a slow phone", "ms", ready,
               note="until then the page shows the numbers to call and the way out"),
        figure("load.blocked", "total blocking time on a slow phone", "ms", blocked, most=MOST_BLOCKED_MS,
               note=f"{how}; what each long task takes over 50 ms, added up until the page is quiet"),
    ]  # fmt: skip


@contextmanager
def _slow_load(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="nl-NL")
    try:
        page = context.new_page()
        page.add_init_script(path=WATCH)
        slow_network(slow_processor(page, SLOWER), *SLOW_3G)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1000)
        yield page
    finally:
        context.close()


@contextmanager
def _bare_page() -> Iterator[str]:
    """A page of one line on the loopback, for what network and processor alone cost."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Bare)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Bare(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"" if self.path != "/" else b"<!doctype html><title>Start</title><link rel=icon href=data:,><p>Start"
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


# --- without a network ------------------------------------------------------------------------------------------------


def _offline(browser: Browser, demo: rig.Demonstration, *, times: int) -> list[Figure]:
    """The reload of an enrolled phone with a draft, after the server has been stopped: nothing comes from there."""
    context = browser.new_context(viewport=PHONE, locale="nl-NL")
    context.set_default_timeout(phone.PATIENCE_MS)
    try:
        page = context.new_page()
        page.add_init_script(path=WATCH)
        page.goto(demo.told["enrolment"]["link"])
        phone.enrol(page)
        phone.write(page, "Dit blijft staan.")
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        demo.stop()
        shown = [_reload(page) for _ in range(times + 1)][1:]
        slow_processor(page, SLOWER)
        slow = [_reload(page) for _ in range(times)]
    finally:
        context.close()
    return [
        figure("load.offline", "reload without a network, draft in place", "ms", shown, most=MOST_OFFLINE_MS,
               note="the server stopped; until the first screen stands with the card of the draft on it"),
        figure("load.offline.slow", f"the same with the processor {SLOWER}× slower", "ms", slow),
    ]  # fmt: skip


def _reload(page: Page) -> float:
    page.reload()
    shown: float = page.evaluate("() => globalThis.kept")
    return shown
