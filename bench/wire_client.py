"""Many clients at once over kept-open connections, with as little of its own time in the figures as Python allows.

The requests are whole bytes before the clock starts: signing and sealing are the phone's time, not the server's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import uvloop


@dataclass
class Answers:
    """What came back: for each client the statuses, seconds and bodies in the order in which it asked."""

    statuses: list[list[int]]
    seconds: list[list[float]]
    bodies: list[list[bytes]]
    whole: float

    @property
    def all_seconds(self) -> list[float]:
        """The seconds of every request."""
        return [one for client in self.seconds for one in client]

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return len(self.all_seconds) / self.whole

    def refused(self, *expected: int) -> list[int]:
        """The statuses that were not the expected ones."""
        return [one for client in self.statuses for one in client if one not in expected]


def request(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as it goes over the line."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method not in {"GET", "HEAD"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def send_all(
    port: int,
    shares: Sequence[Sequence[bytes]],
    *,
    at_most: float = 120,
    after: tuple[float, Callable[[], None]] | None = None,
) -> Answers:
    """Sends each client's share one request after another, all clients at once, and waits for every answer.

    `after` does something so many seconds after the start; then a line that breaks is no error, and only what was
    answered before is given. Else ConnectionError when the server hangs up, and TimeoutError after `at_most` seconds.
    """
    return uvloop.run(asyncio.wait_for(_send_all(port, shares, after), at_most))


async def _send_all(
    port: int, shares: Sequence[Sequence[bytes]], after: tuple[float, Callable[[], None]] | None
) -> Answers:
    loop = asyncio.get_running_loop()
    clients = []
    for share in shares:
        _, client = await loop.create_connection(
            lambda share=share: _Client(share, may_break=after is not None), "127.0.0.1", port
        )
        clients.append(client)
    if after:
        loop.call_later(*after)
    began = time.perf_counter()
    for client in clients:
        client.begin()
    await asyncio.gather(*(client.finished for client in clients))
    whole = time.perf_counter() - began
    for client in clients:
        client.close()
    return Answers(
        [client.statuses for client in clients],
        [client.seconds for client in clients],
        [client.bodies for client in clients],
        whole,
    )


class _Client(asyncio.Protocol):
    def __init__(self, share: Sequence[bytes], *, may_break: bool) -> None:
        self._may_break = may_break
        self._waiting = iter(share)
        self._came = bytearray()
        self._expected = -1
        self._sent = 0.0
        self._line: asyncio.Transport | None = None
        self.statuses: list[int] = []
        self.seconds: list[float] = []
        self.bodies: list[bytes] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast(asyncio.Transport, transport)

    def begin(self) -> None:
        self._next()

    def close(self) -> None:
        if self._line:
            self._line.close()

    def _next(self) -> None:
        following = next(self._waiting, None)
        if following is None:
            if not self.finished.done():
                self.finished.set_result(None)
            return
        assert self._line is not None
        self._sent = time.perf_counter()
        self._line.write(following)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if self._expected < 0:
            end = self._came.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._came[:end]).lower()
            length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            self._expected = end + 4 + int(length or b"0")
        if len(self._came) < self._expected:
            return
        self.seconds.append(time.perf_counter() - self._sent)
        self.statuses.append(int(self._came[9:12]))
        self.bodies.append(bytes(self._came[self._came.find(b"\r\n\r\n") + 4 : self._expected]))
        del self._came[: self._expected]
        self._expected = -1
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.finished.done():
            return
        if self._may_break:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(exc or ConnectionError("the server hung up before it had answered"))
