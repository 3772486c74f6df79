"""An organisation as an installer makes it, served by the real command, with a wire in front that keeps every byte."""

import asyncio
import atexit
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page

from kindstem.config import Config
from kindstem.domain import Org
from kindstem.log import Log
from kindstem.store import Store
from kindstem.words import Words
from tests.cast import ALERTS
from tests.conftest import CHROMIUM_FLAGS, chromium_here

KINDSTEM = str(Path(sys.executable).with_name("kindstem"))
# Notes which bytes a page plays, so that what was recorded and what is heard can be compared.
KEEP_SOUNDS = """
  const made = URL.createObjectURL.bind(URL);
  globalThis.sounds = [];
  URL.createObjectURL = (blob) => {
    globalThis.sounds.push(blob.arrayBuffer()
      .then((bytes) => crypto.subtle.digest("SHA-256", bytes))
      .then((sum) => Array.from(new Uint8Array(sum), (one) => one.toString(16).padStart(2, "0")).join("")));
    return made(blob);
  };
"""
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
STARTED = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4})+")


class Wire:
    """Passes everything on between browsers and the server, and keeps what went to the server."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.target = 0
        self.received = bytearray()
        self._guard = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(browser,), daemon=True).start()

    def _connect(self, browser: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            browser.close()
            return
        threading.Thread(target=self._pass, args=(server, browser, False), daemon=True).start()
        self._pass(browser, server, True)

    def _pass(self, source: socket.socket, sink: socket.socket, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keep:
                    with self._guard:
                        self.received += data
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


@dataclass
class House:
    """A running organisation."""

    folder: Path
    wire: Wire
    server: "subprocess.Popen[bytes]"
    startcodes: dict[str, str]
    words: Words = field(default_factory=lambda: Words("nl"))

    @property
    def url(self) -> str:
        """How browsers open it."""
        return f"http://localhost:{self.wire.port}"

    @property
    def data(self) -> Path:
        """Everything the server keeps."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Everything the server said to its terminal."""
        return self.folder / "log.txt"

    def kindstem(self, *args: str) -> str:
        """Run the command line as its administrator."""
        return _kindstem(self.data, *args)


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KINDSTEM_")}
    return kept | {f"KINDSTEM_{name}": value for name, value in ALERTS.items()} | more


def _kindstem(data: Path, *args: str) -> str:
    done = subprocess.run(
        [KINDSTEM, *args, "--data", str(data)],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def _founded(people: tuple[tuple[str, str], ...]) -> tuple[Path, dict[str, str]]:
    """A folder to copy, as the commands of an installer leave it, and everybody's start code.

    Made once for each process: the commands take five seconds of the processor, and every module begins with them.
    """
    folder = Path(tempfile.mkdtemp(prefix="kindstem-house-"))
    atexit.register(shutil.rmtree, folder)
    data = folder / "data"
    _kindstem(data, "init", "--name", "Jeugdbescherming Lindehof")
    codes = {}
    for name, role in people:
        last = ["--until", (datetime.now(UTC) + timedelta(days=30)).date().isoformat()] if role == "inspector" else []
        said = _kindstem(data, "people", "add", "--name", name, "--role", role, "--team", "linde", *last)
        found = STARTED.search(said)
        assert found, "adding somebody prints their start code"
        codes[name] = found[0]
    _kindstem(data, "alerts", "test")
    return data, codes


@contextlib.contextmanager
def built(
    folder: Path, people: list[tuple[str, str]], *, history: Callable[[Path], None] | None = None, **settings: str
) -> Iterator[House]:
    """An organisation with these people (name, role), none of whom has signed in yet.

    `history` puts into its folder what was there before, while no server runs.
    """
    data = folder / "data"
    model, codes = _founded(tuple(people))
    shutil.copytree(model, data)
    if history is not None:
        history(data)
    wire = Wire()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = _environment(KINDSTEM_TRYOUT="1", **settings)
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [KINDSTEM, "serve", "--data", str(data), "--port", str(port), "--url", f"http://localhost:{wire.port}"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(port, server)
            wire.target = port
            yield House(folder, wire, server, dict(codes))
        finally:
            wire.close()
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    ready = threading.Event()

    def knock() -> None:
        while not ready.is_set() and server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                ready.set()
            ready.wait(0.05)

    threading.Thread(target=knock, daemon=True).start()
    assert ready.wait(30), "the server did not start; its log says why"


def context(
    browser: Browser,
    size: dict[str, int],
    *,
    scheme: str = "light",
    service_workers: Literal["allow", "block"] = "allow",
) -> BrowserContext:
    """A browser of one's own: own storage, Dutch, and nothing of it shared with another."""
    made = browser.new_context(
        service_workers=service_workers,
        viewport=size,  # type: ignore[arg-type]
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        color_scheme=scheme,  # type: ignore[arg-type]
        permissions=["microphone"],
    )
    made.set_default_timeout(30_000)
    made.add_init_script(KEEP_SOUNDS)
    return made


def pocket(browser: Browser, folder: Path) -> BrowserContext:
    """A phone whose storage lies in a folder, so that closing it is really closing, and its bytes can be searched."""
    made = browser.browser_type.launch_persistent_context(
        str(folder),
        executable_path=chromium_here(),
        args=CHROMIUM_FLAGS,
        viewport=PHONE,  # type: ignore[arg-type]
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        permissions=["microphone"],
    )
    made.set_default_timeout(30_000)
    made.add_init_script(KEEP_SOUNDS)
    return made


def sounds(page: Page) -> list[str]:
    """SHA-256 of every recording that this page gave to the browser to play, oldest first."""
    return list(page.evaluate("() => Promise.all(globalThis.sounds ?? [])"))


def watch(page: Page) -> list[str]:
    """What went wrong on a page in script; a story asserts that it stays empty."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults


def another_log(folder: Path, org: str) -> Callable[[dict[str, Any]], Any]:
    """What a server answers about a log that is another one than before, truly signed."""
    config = Config(data=folder)
    folder.mkdir()
    store = Store.open(config.database, create=True)
    now = datetime.now(UTC)
    store.write_sync(lambda tx: tx.found_org(Org(org, "Jeugdbescherming Lindehof", demo=False)))
    opened = Log.open(store, config, now=now)
    store.close()

    def answer(asked: dict[str, Any]) -> Any:
        found = Store.open(config.database)
        try:
            told = Log.open(found, config, now=now)
            assert told.id == opened.id
            # The indices are those of the log before. Playwright has a loop in this thread.
            with ThreadPoolExecutor(1) as beside:
                return beside.submit(asyncio.run, told.answer(0, [], log=asked.get("log"), now=now)).result()
        finally:
            found.close()

    return answer
