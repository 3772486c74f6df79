"""Sets of rows as whole numbers, and what happened in rows as columns: thousands are gone through at once. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import compress
from typing import Any, Final

from kindstem.counts.lives import Event

_ONES: Final = bytes.maketrans(b"01", b"\0\1")
_DIGITS: Final = bytes.maketrans(b"\0\1", b"01")


class Events:
    """Events of all children by day and child, as columns: thousands are gone through at once."""

    def __init__(self) -> None:
        self.days, self.rows = array("i"), array("i")
        self.children: list[str] = []
        self.whats: list[Any] = []

    def change(self, child: str, before: Sequence[Event], after: Sequence[Event]) -> None:
        """Put a child's events in place of those it had."""
        if before == after:
            return
        for one in before:
            at = bisect_left(self.children, child, *self._of(one.day))
            del self.days[at], self.rows[at], self.children[at], self.whats[at]
        for one in after:
            at = bisect_right(self.children, child, *self._of(one.day))
            self.days.insert(at, one.day)
            self.rows.insert(at, one.row)
            self.children.insert(at, child)
            self.whats.insert(at, one.what)

    def fill(self, events: Iterable[tuple[str, Event]]) -> None:
        """Put everybody's events there at once."""
        for child, one in sorted(events, key=lambda event: (event[1].day, event[0])):
            self.days.append(one.day)
            self.rows.append(one.row)
            self.children.append(child)
            self.whats.append(one.what)

    def between(self, since: date, until: date, rows: bytes) -> Iterator[Any]:
        """What happened in a period in these rows, by day and child."""
        first, end = bisect_left(self.days, since.toordinal()), bisect_right(self.days, until.toordinal())
        return compress(self.whats[first:end], map(rows.__getitem__, self.rows[first:end]))

    def whose(self, since: date, until: date) -> set[str]:
        """To which children something happened in a period."""
        first, end = bisect_left(self.days, since.toordinal()), bisect_right(self.days, until.toordinal())
        return set(self.children[first:end])

    def _of(self, day: int) -> tuple[int, int]:
        return bisect_left(self.days, day), bisect_right(self.days, day)


def bits_of(rows: Iterable[int], number: int) -> int:
    """The set in which these rows stand an odd number of times."""
    found = bytearray(number // 8 + 1)
    for row in rows:
        found[row >> 3] ^= 1 << (row & 7)
    return int.from_bytes(found, "little")


def list_of(rows: int) -> list[int]:
    """The numbers of these rows, in order."""
    stands = bytes_of(rows, 0)
    if 8 * rows.bit_count() > len(stands):
        return list(compress(range(len(stands)), stands))
    found, at = [], stands.find(1)
    while at >= 0:
        found.append(at)
        at = stands.find(1, at + 1)
    return found


def bytes_of(rows: int, number: int) -> bytes:
    """A set of rows as one byte a row, for so many rows at least: 1 where a row stands."""
    return f"{rows:b}"[::-1].encode().translate(_ONES).ljust(number, b"\0")


def set_of(stands: bytes) -> int:
    """The set of the rows for which there is a 1."""
    return int(stands.translate(_DIGITS)[::-1] or b"0", 2)


def with_row(rows: int, row: int, *, stands: bool) -> int:
    """A set in which a row stands, or stands no longer."""
    return rows | 1 << row if stands else rows & ~(1 << row) if rows >> row & 1 else rows
