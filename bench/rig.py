"""Real servers to measure against: in folders of their own, on the loopback, gone after the block."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDSTEM = [str(Path(sys.executable).with_name("kindstem"))]
START_SECONDS = 300
STOP_SECONDS = 20
_MOST_SAID = 1 << 20


class Server:
    """A `kindstem` command that serves, started by hand so that it can also be killed."""

    def __init__(self, arguments: list[str], environment: dict[str, str], port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the server stops
        # Settings of whoever runs the bench must not change what is measured.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KINDSTEM_")}
        self._process = subprocess.Popen(
            [*KINDSTEM, *arguments], env=clean | environment, stdout=self._said, stderr=self._said
        )
        try:
            self._wait_until_well()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask it to stop, and see to it that it does; again does nothing."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._said.close()

    def kill(self) -> None:
        """End it at once, as a power cut would end the process."""
        self._process.kill()
        self._process.wait()

    def _wait_until_well(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}: {self._last_words()}")
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the server did not come up: {self._last_words()}")

    def wait_until_said(self, words: str, seconds: float) -> None:
        """Until these words stand in what it said. RuntimeError when they do not come."""
        until = time.monotonic() + seconds
        while words not in self._words():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server never said '{words}': {self._last_words()}")
            time.sleep(0.1)

    def processor_seconds(self) -> float:
        """How long it has used the processor."""
        user, system = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """How much memory it holds."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _last_words(self) -> str:
        lines = self._words().strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _words(self) -> str:
        # Not by the handle that the server writes with: where that stands is where the server goes on.
        return os.pread(self._said.fileno(), _MOST_SAID, 0).decode("utf-8", "replace")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on a disk rather than in memory, where a commit would cost nothing."""
    disk = Path("/var/tmp")
    with tempfile.TemporaryDirectory(prefix="kindstem-bench-", dir=disk if disk.is_dir() else None) as path:
        yield Path(path)


@dataclass(frozen=True)
class Demonstration:
    """A running demonstration, and what it tells scripts about itself."""

    url: str
    told: dict[str, Any]
    server: Server

    def stop(self) -> None:
        """Stop it before the end of the block, so that nothing answers any more."""
        self.server.stop()


@contextmanager
def demonstration(children: int) -> Iterator[Demonstration]:
    """The demonstration with this many children, from nothing."""
    with folder() as path:
        port, told = free_port(), path / "told.json"
        arguments = ["demo", "--data", str(path / "demo"), "--port", str(port), "--children", str(children)]
        server = Server([*arguments, "--json", str(told)], {}, port)
        try:
            yield Demonstration(server.url, _told(told), server)
        finally:
            server.stop()


def _told(file: Path) -> dict[str, Any]:
    # It opens its enrolment once it is up, and tells after that.
    until = time.monotonic() + START_SECONDS
    while not file.exists():
        if time.monotonic() > until:
            raise RuntimeError("the demonstration told nothing about itself")
        time.sleep(0.1)
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return told
