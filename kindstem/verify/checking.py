"""What can be checked of each line by itself, so that every core checks its share: form, commitment, signatures.

A worker is given the public keys once (`prepare`), then blocks of lines. A signature is right or wrong whoever's key it
is; whether that key may have signed is decided afterwards, in the order of the log (who.py, case.py).
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from hashlib import sha256
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kindstem import leaves, merkle, talks, wire
from kindstem.errors import BadRecord, KindstemError
from kindstem.verify.bundle import Bundle
from kindstem.verify.verdict import Unreadable
from kindstem.wire import Record, b64, label, unb64

T = TypeVar("T")
R = TypeVar("R")

WORTH_IT: Final = 2_000
"""From how many lines on other processes are started; below that, starting them takes longer than the work."""

LINES: Final = 200
"""How many lines a process is given at once."""

_NOT_NEEDED: Final = ("v", "np", "nc", "release", "interpreter", "code", "reading", "list", "why")
"""Fields that no rule asks for: what comes back from a process is copied, and kept for every record of a log."""


class Entry(NamedTuple):
    """A leaf as the rules see it."""

    type: str
    about: str
    at: str
    c: bytes
    hash: bytes


class Opened(NamedTuple):
    """An opening, its form checked. `fault` says what is wrong with it by itself."""

    place: int
    """The number of the entry in the log."""
    commitment: bytes
    rec: Record
    hash: str
    valid: tuple[str, ...] = ()
    """Ids of the keys whose signature is right."""
    wrong: tuple[str, ...] = ()
    """Ids of the keys whose signature is wrong."""
    unknown: tuple[str, ...] = ()
    """Ids of keys that the bundle and the policy have not."""
    fault: str = ""

    @property
    def t(self) -> str:
        """The record's type."""
        return str(self.rec.get("t", ""))


_keys: dict[str, Ed25519PublicKey] = {}


def prepare(publics: Mapping[str, bytes]) -> None:
    """Give this process the public keys, by id."""
    _keys.clear()
    for key, public in publics.items():
        try:
            _keys[key] = Ed25519PublicKey.from_public_bytes(public)
        except ValueError:
            continue  # a key that is none has signed nothing


def check_leaves(lines: list[bytes]) -> list[Entry]:
    """The leaves of some lines. Raises BadRecord."""
    found = []
    for line in lines:
        leaf = leaves.parse_leaf(line)
        found.append(Entry(leaf.type, leaf.about, leaf.at, leaf.c, merkle.leaf_hash(line)))
    return found


def check_openings(lines: list[bytes]) -> list[Opened]:
    """The openings of some lines. Raises BadRecord for what is none at all."""
    return [_opened(line) for line in lines]


_SHAPE = wire.object_of(
    {
        "i": wire.integer(0),
        "salt": wire.bytes_of(leaves.SALT),
        "rec": lambda value: isinstance(value, dict),
        "sigs": lambda value: isinstance(value, list),
    }
)
_SALT_BEHIND = b',"salt":"'
_REC, _SIGS = b',"rec":', b',"sigs":'


def _opened(line: bytes) -> Opened:
    value = wire.parse_canonical(line)
    if not _SHAPE(value):
        raise BadRecord(field="opening")
    rec = value["rec"]
    # The line has one form, with its names in order: {"i":…,"rec":{…},"salt":"…","sigs":[…]}. What was signed and
    # committed to is cut out of it as it stands, which is quicker than writing it again.
    salt_at = line.rfind(_SALT_BEHIND)
    rec_at, sigs_at = line.index(_REC), line.index(_SIGS, salt_at)
    text = line[rec_at + len(_REC) : salt_at]
    content = b'{"rec":' + text + line[sigs_at:]
    commitment = leaves.commitment(unb64(value["salt"]), content)
    try:
        t = _checked(rec)
        by = _signatures(value["sigs"])
    except KindstemError:
        return Opened(value["i"], commitment, {"t": ""}, "", fault="form")
    message = label(f"record {t}") + text
    valid, wrong, unknown = [], [], []
    for one in by:
        public = _keys.get(one.by)
        if public is None:
            unknown.append(one.by)
        elif _verified(public, unb64(one.sig), message):
            valid.append(one.by)
        else:
            wrong.append(one.by)
    for name in _NOT_NEEDED:
        rec.pop(name, None)
    hashed = b64(sha256(message).digest())
    return Opened(value["i"], commitment, rec, hashed, tuple(valid), tuple(wrong), tuple(unknown))


def _checked(rec: Record) -> str:
    t = rec.get("t")
    if t in talks.TYPES:
        talks.parse_record(rec, t)
    elif t == "person":
        wire.parse_record(rec, t)
    else:
        leaves.parse_statement(rec)
    return str(t)


def _signatures(sigs: list[Any]) -> tuple[wire.Signature, ...]:
    # What the server states itself carries none.
    return wire.parse_signatures({"record": None, "sigs": sigs}) if sigs else ()


def _verified(public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


# --- keys that the bundle has -----------------------------------------------------------------------------------------

_HAS_KEYS = (b'"t":"person"', b'"t":"device"', b'"t":"log-start"', b'"t":"log-key"')
_FIELDS = {"person": ("signing",), "device": ("signing", "unlock"), "log-start": ("key",), "log-key": ("key",)}


def public_keys(bundle: Bundle, name: str, key_id: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Every public key in the openings, by its id. An id is a hash of its key, so that nobody is believed here."""
    found: dict[str, bytes] = {}
    for _, lines in bundle.blocks(name):
        for line in lines:
            if not any(mark in line for mark in _HAS_KEYS):
                continue
            try:
                rec = json.loads(line)["rec"]
                named = [rec[field] for field in _FIELDS.get(rec["t"], ())]
                texts = [text for one in named for text in (one if isinstance(one, list) else [one])]
                publics = [unb64(text) for text in texts]
            except (KindstemError, ValueError, KeyError, TypeError, RecursionError):
                continue  # named when its turn comes
            found.update({b64(key_id(public)): public for public in publics})
    return found


# --- on all cores -----------------------------------------------------------------------------------------------------


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Cores:
    """Runs blocks of lines through a check, in their order, on as many processes as there are cores."""

    def __init__(self, publics: Mapping[str, bytes], lines: int, jobs: int | None = None) -> None:
        self._jobs = jobs or cores()
        self._pool: ProcessPoolExecutor | None = None
        if self._jobs > 1 and lines >= WORTH_IT:
            # Its processes end by being told so. Those of multiprocessing.Pool are ended by a signal, which one that
            # inherited a handler for it survives, and is waited for without end.
            self._pool = ProcessPoolExecutor(self._jobs, multiprocessing.get_context(), prepare, (dict(publics),))
        else:
            prepare(publics)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run(
        self, check: Callable[[list[bytes]], list[R]], blocks: Iterable[tuple[int, list[bytes]]], where: str
    ) -> Iterator[list[R]]:
        """What the check gives for each block. Raises Unreadable for a line that is none."""
        waiting: deque[tuple[int, Future[list[R]]]] = deque()
        try:
            for first, lines in _smaller(blocks):
                place = first
                if self._pool is None:
                    yield check(lines)
                    continue
                waiting.append((first, self._pool.submit(check, lines)))
                if len(waiting) > 4 * self._jobs:
                    place, result = waiting.popleft()
                    yield result.result()
            while waiting:
                place, result = waiting.popleft()
                yield result.result()
        except KindstemError:
            raise Unreadable("form", f"{where}:{place + 1}") from None


def _smaller(blocks: Iterable[tuple[int, list[bytes]]]) -> Iterator[tuple[int, list[bytes]]]:
    for first, lines in blocks:
        for start in range(0, len(lines), LINES):
            yield first + start, lines[start : start + LINES]
