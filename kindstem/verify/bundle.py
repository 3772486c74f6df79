"""The bundle as a file: a zip with six members, read within limits and never trusted (docs/protocol/bundle.md).

Whoever hands in the bundle may mean harm. Nothing is unpacked to a disk, sizes are counted while reading and not
believed, and whatever cannot be read ends in Unreadable, never in a trace.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from kindstem import wire
from kindstem.errors import KindstemError
from kindstem.verify.verdict import Unreadable
from kindstem.wire import Check, integer, is_date, is_hash, is_id, is_name, is_time, object_of

KIND: Final = "kindstem audit bundle"
MANIFEST, DEFINITIONS, REPORT = "manifest.json", "definitions.json", "report.json"
LOG, CHECKPOINTS, OPENINGS = "log.jsonl", "checkpoints.jsonl", "openings.jsonl"
COUNTED: Final = (LOG, CHECKPOINTS, OPENINGS)
"""The members made of lines, which the manifest counts."""

_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30
MOST_BYTES: Final = {
    MANIFEST: 64 * _KIB,
    DEFINITIONS: _MIB,
    REPORT: 4 * _MIB,
    LOG: 4 * _GIB,
    CHECKPOINTS: 4 * _GIB,
    OPENINGS: 16 * _GIB,
}
LONGEST_LINE: Final = {LOG: 512, CHECKPOINTS: 256 * _KIB, OPENINGS: 256 * _KIB}
MOST_LINES: Final = 20_000_000
MOST_TIMES: Final = 60
"""How many times its size in the zip a member may have. Salts and signatures are random: ours come to three."""

BLOCK: Final = 256 * _KIB
LONGEST_PERIOD: Final = 50 * 366
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the bundle says it is."""

    org: str
    org_name: str
    log: str
    since: date
    until: date
    made_at: str
    size: int
    root: str
    counts: dict[str, int]


_MANIFEST: Check = object_of(
    {
        "v": wire.is_version,
        "kind": wire.one_of(KIND),
        "org": is_id,
        "orgName": is_name,
        "log": is_id,
        "from": is_date,
        "to": is_date,
        "made_at": is_time,
        "size": integer(1, MOST_LINES),
        "root": is_hash,
        "counts": object_of({name: integer(0, MOST_LINES) for name in COUNTED}),
    }
)


def window(since: date) -> str:
    """The moment from which everything that follows a talk of a period that begins at `since` must have been entered.

    Records that follow a talk stand behind it in the log, and times there never go back. A day earlier than needed,
    because days are counted in the Netherlands and times in UTC.
    """
    return f"{(since - timedelta(days=1)).isoformat()}T00:00:00Z"


class Bundle:
    """An open bundle. Made by `open`; what it cannot read raises Unreadable."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._zip = archive
        self.bytes = size
        with reading():
            self._members = _members(archive)
            self.manifest = self._manifest()
            self.definitions = self._json(DEFINITIONS)
            self.report = self._json(REPORT)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The bundle at a path, its small members read and its large ones not yet."""
        with reading():
            size = path.stat().st_size
            archive = zipfile.ZipFile(path)
        try:
            return cls(archive, size)
        except BaseException:
            archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def blocks(self, name: str) -> Iterator[tuple[int, list[bytes]]]:
        """The lines of a member, some hundreds at a time, with the number of the first of them from 0."""
        first = 0
        with reading(name), self._member(name) as source:
            rest = b""
            taken = 0
            while block := source.read(BLOCK):
                taken += len(block)
                if taken > MOST_BYTES[name]:
                    raise Unreadable("large", name)
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                if len(rest) > LONGEST_LINE[name] or any(len(line) > LONGEST_LINE[name] for line in lines):
                    raise Unreadable("line", f"{name}:{first + 1}")
                if lines:
                    yield first, lines
                    first += len(lines)
                if first > MOST_LINES:
                    raise Unreadable("large", name)
            if rest:
                raise Unreadable("cut", name)
        if first != self.manifest.counts[name]:
            raise Unreadable("count", name)

    def _member(self, name: str) -> IO[bytes]:
        return self._zip.open(self._members[name])

    def _json(self, name: str) -> Any:
        with reading(name), self._member(name) as source:
            data = source.read(MOST_BYTES[name] + 1)
            if len(data) > MOST_BYTES[name]:
                raise Unreadable("large", name)
            return wire.parse_canonical(data)

    def _manifest(self) -> Manifest:
        value = self._json(MANIFEST)
        if not _MANIFEST(value):
            raise Unreadable("form", MANIFEST)
        since, until = date.fromisoformat(value["from"]), date.fromisoformat(value["to"])
        if not timedelta(0) <= until - since <= timedelta(days=LONGEST_PERIOD):
            raise Unreadable("form", MANIFEST)
        return Manifest(
            value["org"], value["orgName"], value["log"], since, until, value["made_at"], value["size"], value["root"],
            value["counts"],
        )  # fmt: skip


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist()[: len(MOST_BYTES) + 1]:
        if info.filename not in MOST_BYTES or info.filename in found:
            raise Unreadable("members", info.filename[:60])
        if info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise Unreadable("form", info.filename)
        if info.file_size > MOST_BYTES[info.filename] or info.file_size > _KIB + MOST_TIMES * info.compress_size:
            raise Unreadable("large", info.filename)
        found[info.filename] = info
    if missing := MOST_BYTES.keys() - found.keys():
        raise Unreadable("members", min(missing))
    return found


@contextmanager
def reading(where: str = "") -> Iterator[None]:
    """Turns everything that a hostile file can make a reader raise into Unreadable."""
    try:
        yield
    except Unreadable:
        raise
    except FileNotFoundError:
        raise Unreadable("missing", where) from None
    except (EOFError, zipfile.BadZipFile, zlib.error, struct.error):
        raise Unreadable("damaged", where) from None
    except KindstemError:
        raise Unreadable("form", where) from None
    except (OSError, ValueError, LookupError, ArithmeticError, RuntimeError, MemoryError, TypeError):
        # Among them: a path of a foreign encoding, a date that is none, numbers out of range, a password, nesting.
        raise Unreadable("damaged", where) from None
