"""A small witness: it signs that a log only ever grew, as far as it has seen (c2sp.org/tlog-witness).

It stands with somebody else than the organisation whose log it signs, has a key and a state of its own, and needs no
database. What it has signed last it keeps on disk before it answers, so that it never signs two futures of one log.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from kindstem import merkle, notes
from kindstem.errors import BadRecord, SetupFault
from kindstem.notes import Head, Key, Signer

MOST_BODY: Final = 64 * 1024
MOST_PROOF: Final = 63
"""How many lines a proof may have, by the specification."""

SECONDS: Final = 20

_MARK: Final = "kindstem-witness-key-1"
_STATE: Final = "state.json"
_KEY: Final = "witness.key"

log = logging.getLogger("kindstem.witness")


@dataclass(frozen=True)
class Answer:
    """What a request is answered."""

    status: int
    body: str = ""
    kind: str = "text/plain; charset=utf-8"


class Witness:
    """A witness with its key and what it has seen, in a folder of its own."""

    def __init__(self, folder: Path, signer: Signer, logs: Sequence[Key], clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._signer = signer
        self._logs = tuple(logs)
        self._clock = clock
        self._turn = threading.Lock()
        self._seen = _read(folder / _STATE)
        self.key = signer.key

    @classmethod
    def open(
        cls, folder: Path, name: str, logs: Sequence[Key], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> Witness:
        """The witness of this folder, made with a new key when it is empty. `logs` are the keys whose logs it signs.

        Raises SetupFault for a name that cannot stand in a note, a key that is no log's, and a damaged folder.
        """
        if not notes.is_key_name(name):
            raise SetupFault("A witness's name has no blanks and no plus, such as toezicht.example/getuige.")
        if any(key.kind != notes.ED25519 for key in logs):
            raise SetupFault("That is a witness's key, and not the key of a log.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(folder, Signer.from_seed(name, _seed(folder / _KEY), notes.COSIGNATURE), logs, clock)

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to `POST add-checkpoint`: a cosignature, or why not, in the words of the specification."""
        try:
            old, proof, head, note = _parse(body)
        except (BadRecord, UnicodeDecodeError):
            return Answer(HTTPStatus.BAD_REQUEST)
        keys = [key for key in self._logs if key.name == head.origin]
        if not keys:
            return Answer(HTTPStatus.NOT_FOUND)
        if not any(note.signed_by(key) for key in keys):
            return Answer(HTTPStatus.FORBIDDEN)
        if old > head.size:
            return Answer(HTTPStatus.BAD_REQUEST)
        # From looking to keeping nobody else may come between: two requests at once could sign a step back.
        with self._turn:
            return self._judged(old, proof, head, note.text)

    def _judged(self, old: int, proof: list[bytes], head: Head, text: str) -> Answer:
        seen = self._seen.get(head.origin, Head(head.origin, 0, merkle.EMPTY_ROOT))
        if old != seen.size:
            return Answer(HTTPStatus.CONFLICT, f"{seen.size}\n", "text/x.tlog.size")
        if old == head.size and head.root != seen.root:
            # Two roots of one size: whoever asks holds the proof that this log has two futures.
            log.error("%s shows another root of size %d than the one that was signed.", head.origin, head.size)
            return Answer(HTTPStatus.CONFLICT)
        if not merkle.verify_consistency(old, head.size, seen.root, head.root, proof):
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY)
        seen_now = {**self._seen, head.origin: head}
        _write(self._folder / _STATE, seen_now)
        self._seen = seen_now
        return Answer(HTTPStatus.OK, self._signer.cosign(text, self._clock()).text())


def _parse(body: bytes) -> tuple[int, list[bytes], Head, notes.Note]:
    """The parts of a request. Raises BadRecord."""
    text = body.decode()
    before, blank, note = text.partition("\n\n")
    first, *lines = before.split("\n")
    found = re.fullmatch(r"old (0|[1-9][0-9]{0,18})", first, re.ASCII)
    if not blank or found is None or len(lines) > MOST_PROOF:
        raise BadRecord(field="note")
    proof = [notes.unstd64(line) for line in lines]
    if any(len(one) != merkle.HASH for one in proof):
        raise BadRecord(field="note")
    head, parsed = notes.parse_checkpoint(note)
    return int(found[1]), proof, head, parsed


def _seed(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = re.fullmatch(rf"{_MARK} ([0-9a-f]{{64}})\n", path.read_text("ascii", errors="replace"))
        if found is None:
            raise SetupFault(f"The witness's key {path} is damaged.") from None
        return bytes.fromhex(found[1])
    seed = secrets.token_bytes(32)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{_MARK} {seed.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return seed


def _read(path: Path) -> dict[str, Head]:
    try:
        value: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
        return {origin: Head(origin, int(one["size"]), bytes.fromhex(one["root"])) for origin, one in value.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Without knowing what it signed it could sign another future.
        raise SetupFault(f"{path} is damaged. Put back a copy; without it this witness must not go on.") from None


def _write(path: Path, seen: dict[str, Head]) -> None:
    part = path.with_suffix(".part")
    text = json.dumps({origin: {"size": head.size, "root": head.root.hex()} for origin, head in seen.items()}, indent=1)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- over HTTP --------------------------------------------------------------------------------------------------------


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that listens, for `serve_forever`. Over TLS a reverse proxy stands before it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isascii() or not length.isdigit() or int(length) > MOST_BODY:
                self.close_connection = True
                self._give(Answer(HTTPStatus.BAD_REQUEST))
                return
            body = self.rfile.read(int(length))
            if self.path != "/add-checkpoint":
                self._give(Answer(HTTPStatus.NOT_FOUND))
                return
            self._give(witness.add_checkpoint(body))

        def _give(self, answer: Answer) -> None:
            data = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """No line for each request."""

        def version_string(self) -> str:
            return "kindstem-witness"

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except OSError as fault:
        raise SetupFault(f"Cannot listen on {host} port {port} ({fault.strerror}).") from None
