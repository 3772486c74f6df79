"""The audit bundle out of the store (docs/protocol/bundle.md).

Pseudonymous: children appear by the random name they have in the log, and professionals by their key records, which an
inspector needs whole. What a child or professional wrote is not in the store's reach, so it is not in the bundle.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

from kindstem import leaves, notes, wire, words
from kindstem.domain import Checkpoint
from kindstem.errors import SetupFault
from kindstem.leaves import Leaf, Opening
from kindstem.store import Store
from kindstem.verify import asking, bundle, figures
from kindstem.verify.case import ALWAYS_OPEN, FOLLOWING, TALKS, Case, must_be_open
from kindstem.verify.checking import Entry, Opened
from kindstem.verify.figures import Event
from kindstem.verify.verdict import Findings
from kindstem.wire import b64, canonical

PAGE: Final = 2_000
"""How many rows are asked for at once, so that no reader holds an old state of the database open for long."""

Progress = Callable[[int, int], None]

# What opens the entries that a bundle may open; accepted envelopes stay closed.
_MAY_OPEN: Final = ALWAYS_OPEN | FOLLOWING | TALKS | asking.REQUESTS
_STAMP = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Exported:
    """What went into a bundle."""

    size: int
    root: str
    opened: int
    checkpoints: int


def export(
    store: Store, path: Path, since: date, until: date, *, now: datetime, progress: Progress | None = None
) -> Exported:
    """Write the bundle over a period, from its first to its last day, to a new file that only its owner may read.

    It holds the whole log up to its newest checkpoint, and opens what `must_be_open` says and every record of each talk
    that those touch. Raises SetupFault when the file is there, the period is none, or nothing was signed yet.
    """
    if until < since or (until - since).days > bundle.LONGEST_PERIOD:
        raise SetupFault("The period ends before it begins, or is longer than fifty years.")
    if path.exists():
        raise SetupFault(f"{path} is there already; an export never overwrites.")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            found = _Export(store, since, until, progress or (lambda done, of: None)).write(file, now)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return found


class _Export:
    def __init__(self, store: Store, since: date, until: date, progress: Progress) -> None:
        self._store, self._since, self._until = store, since, until
        self._progress = progress
        org, log, newest = store.read_sync(lambda r: (r.org(), r.open_log(), r.newest_checkpoint()))
        if org is None or log is None or newest is None:
            raise SetupFault("Nothing was signed yet: start the server once, which begins the log.")
        self._org, self._log, self._newest = org, log, newest
        self._entries = [_entry(leaf) for leaf in self._leaves()]

    def write(self, file: IO[bytes], now: datetime) -> Exported:
        """All six members, those made of lines row by row."""
        size, root = self._newest.size, b64(notes.unstd64(self._newest.root))
        open_ones, report = self._counted()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            counts = {
                bundle.LOG: _lines(archive, bundle.LOG, (leaf.data() for leaf in self._leaves())),
                bundle.CHECKPOINTS: _lines(archive, bundle.CHECKPOINTS, (_seen(one) for one in self._checkpoints())),
                bundle.OPENINGS: _lines(
                    archive,
                    bundle.OPENINGS,
                    (canonical({"i": i, **one.json()}) for i, one in self._openings() if i in open_ones),
                ),
            }
            manifest = {
                "v": 1, "kind": bundle.KIND, "org": self._org.id, "orgName": self._org.name, "log": self._log.id,
                "from": self._since.isoformat(), "to": self._until.isoformat(), "made_at": wire.time_text(now),
                "size": size, "root": root, "counts": counts,
            }  # fmt: skip
            for name, value in (
                (bundle.MANIFEST, manifest),
                (bundle.DEFINITIONS, words.definitions()),
                (bundle.REPORT, report),
            ):
                archive.writestr(_info(name), canonical(value))
        return Exported(size, root, counts[bundle.OPENINGS], counts[bundle.CHECKPOINTS])

    def _counted(self) -> tuple[set[int], dict[str, Any]]:
        """Which entries the bundle opens, and the report over its period."""
        # Whoever the server took records of counts here, also one who was first and whom nobody knows; whether they are
        # believed is for whoever verifies, by a policy of their own.
        case = Case(self._org.id, self._log.id, self._entries, None, Findings())
        done = 0
        for index, opening in self._openings():
            case.take(_opened(index, opening))
            self._progress(done := done + 1, len(self._entries))
        events = case.finish()
        touched = {index for index, entry in enumerate(self._entries) if must_be_open(entry, self._since, self._until)}
        members = [_members(event) for event in events]
        members += [wish.members for wish in case.wishes]
        before_period = self._since - timedelta(days=1)
        for wish in case.wishes:
            # What waited when the period began; what was closed before stays closed, and is counted as such.
            if wish.open_on(before_period):
                touched |= wish.members
        sampled = case.sampled(events)
        while True:
            before = len(touched)
            for one in members:
                if not touched.isdisjoint(one):
                    touched |= one
            wishes = [wish for wish in case.wishes if not touched.isdisjoint(wish.members)]
            for wish in wishes:
                if wish.event is not None and wish.event.day <= self._until:
                    touched |= _members(wish.event)
            first = asking.first_of(events, wishes, self._since, self._until)
            if first is not None:
                later = range(first, len(self._entries))
                touched |= {index for index in later if self._entries[index].type in FOLLOWING}
            if len(touched) == before:
                break
        report = figures.report(events, sampled, case.charges.values(), self._since, self._until)
        return touched, asking.count(report, wishes, self._since, self._until)

    def _leaves(self) -> Iterator[Leaf]:
        after = 0
        while after < self._newest.size:
            page = self._page_of_leaves(after, min(PAGE, self._newest.size - after))
            if not page:
                raise SetupFault("The log lacks an entry that its newest checkpoint has. Run `kindstem doctor`.")
            yield from page
            after += len(page)

    def _page_of_leaves(self, after: int, limit: int) -> Sequence[Leaf]:
        return self._store.read_sync(lambda r: r.log_leaves(after=after, limit=limit))

    def _openings(self, types: frozenset[str] = _MAY_OPEN) -> Iterator[tuple[int, Opening]]:
        after = 0
        while True:
            page = self._page_of_openings(types, after)
            yield from ((index, one) for index, one in page if index < self._newest.size)
            if not page or page[-1][0] >= self._newest.size:
                return
            after = page[-1][0] + 1

    def _page_of_openings(self, types: frozenset[str], after: int) -> Sequence[tuple[int, Opening]]:
        return self._store.read_sync(lambda r: r.log_openings(types, after=after, limit=PAGE))

    def _checkpoints(self) -> Iterator[Checkpoint]:
        after = -1
        while True:
            page = self._page_of_checkpoints(after)
            yield from (one for one in page if one.size <= self._newest.size)
            if not page:
                return
            after = page[-1].size

    def _page_of_checkpoints(self, after: int) -> Sequence[Checkpoint]:
        return self._store.read_sync(lambda r: r.checkpoints(after=after, limit=PAGE))


def _members(event: Event) -> set[int]:
    chain = event.chain
    return {link.index for link in (*chain.counted, *chain.aside, *chain.answers, *chain.mets)}


def _entry(leaf: Leaf) -> Entry:
    return Entry(leaf.type, leaf.about, leaf.at, leaf.c, leaf.hash())


def _opened(index: int, opening: Opening) -> Opened:
    """An opening of our own, whose signatures were checked when it was handed in."""
    content = leaves.content(opening.rec, opening.sigs)
    return Opened(
        index,
        leaves.commitment(opening.salt, content),
        opening.rec,
        b64(wire.record_hash(opening.rec)),
        tuple(one["by"] for one in opening.sigs),
    )


def _seen(one: Checkpoint) -> bytes:
    note = one.note + "".join(line if line.endswith("\n") else f"{line}\n" for line in one.cosigned)
    return canonical({"note": note, "timestamps": [b64(stamp) for stamp in one.timestamps]})


def _lines(archive: zipfile.ZipFile, name: str, lines: Iterator[bytes]) -> int:
    count = 0
    with archive.open(_info(name), "w", force_zip64=True) as member:
        for line in lines:
            member.write(line + b"\n")
            count += 1
    return count


def _info(name: str) -> zipfile.ZipInfo:
    # When the file was made stands in the manifest, and nowhere else.
    info = zipfile.ZipInfo(name, _STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
