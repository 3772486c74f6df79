"""One process that listens, and what it tells the terminal."""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kindstem import assets
from kindstem.config import Config
from kindstem.errors import SetupFault
from kindstem.web import create_app, open_state
from kindstem.web.state import State

CLAIM = "serving.lock"
STOP_SECONDS = 10
"""How long requests under way may take after a request to stop."""

HEAD_LIMIT = 64 * 1024
"""How many bytes of a request may be anything but its body. Ours have under two thousand."""

HEAD_SECONDS = 20
"""How long the address and the headers of a request may take."""

LOOK_SECONDS = 60
LOOK_BYTES = 4 * 1024
"""How much of a body must come in each such time: less than the poorest line that a phone can talk over."""

# No line for each request, although ours hold no address: to somebody who watched a phone, the moment alone tells that
# it was used for this. What goes wrong is said.
_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s", "datefmt": "%Y-%m-%dT%H:%M:%S%z"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}},
    "loggers": {
        "kindstem": {"handlers": ["terminal"], "level": "INFO", "propagate": False},
        "kindstem.access": {"level": "WARNING"},
        "uvicorn": {"handlers": ["terminal"], "level": "WARNING", "propagate": False},
    },
}

log = logging.getLogger("kindstem.serving")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, before anything is built that would be for nothing if it cannot.

    Port 0 takes any free one. Raises SetupFault with a sentence, for a port that is taken, one that needs more rights,
    and a host that this machine does not have.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror:
        raise SetupFault(f"This machine has no address '{host}'. Use --host 127.0.0.1, or 0.0.0.0 for all.") from None
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(1024)
    except OSError as fault:
        opened.close()
        raise SetupFault(_cannot_listen(fault, host, port)) from None
    return opened


def built() -> None:
    """Raises SetupFault when what browsers load is not there, which every page would need."""
    try:
        assets.manifest()
    except assets.AssetsMissing:
        raise SetupFault(
            "What browsers load has not been built. In a checkout run ./dev setup; install a wheel again."
        ) from None


def claim(data: Path) -> int:
    """Hold this data folder for one server, until this process ends. Gives the number of the file that is held.

    Raises SetupFault when another one holds it.
    """
    held = os.open(data / CLAIM, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise SetupFault(f"Another kindstem serves {data} already. Stop that one first.") from None
    return held


def check(config: Config) -> None:
    """Open everything once, as a start would, and close it: the database is brought to this version.

    Raises SetupFault with the sentence that a start would otherwise bury in a trace: no folder, no organisation, a
    newer database, a key file that is missing, damaged, or of another database.
    """
    state = open_state(config)
    try:
        people = state.store.read_sync(lambda r: [(one.id, r.credentials(one.id)) for one in r.people()])
        person, sealed = next(((person, found) for person, found in people if found), (None, None))
        if person and sealed:
            state.keys.unseal("totp", sealed.totp, bound=person.encode())
    except SetupFault:
        raise SetupFault(
            f"The key file {config.key_file} is not the one of this database. Put back the one that was made with it."
        ) from None
    finally:
        state.store.close()


def _cannot_listen(fault: OSError, host: str, port: int) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Stop that, or choose another with --port."
    if fault.errno == errno.EACCES:
        return f"Port {port} is kept for the system. Use one above 1023 and a reverse proxy (docs/operations.md)."
    if fault.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address '{host}'. Use --host 127.0.0.1, or 0.0.0.0 for all."
    return f"Listening on {host}, port {port}, is not possible: {fault.strerror}."


class Connection(HttpToolsProtocol):
    """A connection that costs no more than what is said over it.

    The framework's own remembers headers, addresses and trailers of any length, and waits for them for ever: a stranger
    with one connection could fill the memory, and with a thousand leave no room for a child.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._timer: asyncio.TimerHandle | None = None
        self._latest = self._beside_body = self._in_body = 0
        self._wait(HEAD_SECONDS, self._cut)

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._latest = len(data)
        self._beside_body += len(data)
        super().data_received(data)
        if self._beside_body > HEAD_LIMIT:
            self._cut()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._beside_body = self._latest
        self._wait(HEAD_SECONDS, self._cut)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_body = 0
        self._wait(LOOK_SECONDS, self._look)

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        self._in_body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._rest()
        super().on_message_complete()

    def _look(self) -> None:
        if self._in_body < LOOK_BYTES:
            self._cut()
            return
        self._in_body = 0
        self._wait(LOOK_SECONDS, self._look)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, then)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _cut(self) -> None:
        self._rest()
        # Not closed in good order: that would wait until an answer that nobody reads has gone.
        self.transport.abort()


class _Server(uvicorn.Server):
    """Tells when it takes requests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


def serve(
    config: Config, opened: socket.socket, *, beside: Callable[[State], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Serve until the process is asked to stop (Ctrl-C or SIGTERM); requests under way are finished first.

    One process and one worker: SQLite of Debian 12 is safe only while every write and checkpoint goes through one
    connection, and one writer with group commit was the fastest arrangement measured. `beside` is called once requests
    are taken, runs on the same loop, and ends with the server.
    """
    app = create_app(config)
    server = _Server(_settings(app, config))

    async def accompany(work: Callable[[State], Coroutine[Any, Any, None]]) -> None:
        await server.up.wait()
        await work(app.state.kindstem)

    async def run() -> None:
        companion = asyncio.create_task(accompany(beside)) if beside else None
        try:
            await server.serve(sockets=[opened])
        finally:
            if companion:
                companion.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await companion

    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner, contextlib.closing(opened):
            runner.run(run())
    except KeyboardInterrupt:
        # Ctrl-C is how one stops it: uvicorn has finished by itself and passes the signal on.
        log.info("Stopped.")


def _settings(app: ASGIApp, config: Config) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=_LOG,
        access_log=False,
        server_header=False,
        # Who the browser is and how it came here is decided in one place, kindstem/web/guard.py.
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=str(config.tls_cert) if config.tls_cert else None,
        ssl_keyfile=str(config.tls_key) if config.tls_key else None,
    )
