"""The rows behind numbers, answered by the board: the twin of store/listed.py, method by method.

A list can be as long as there are children, and its last page is to come as fast as its first: so it is kept in order
while single children change, as sums are, and of each page the rows alone are looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final, TypeVar

from kindstem import clocks
from kindstem.clocks import Charged, Ran
from kindstem.counts.board import fit_of
from kindstem.counts.figures import Figures
from kindstem.counts.lives import UNDER, Child, Event, Fit, fits, row_on, stay_on, stays_within
from kindstem.counts.sets import bytes_of
from kindstem.store.figures import Choice, Decided, Kid
from kindstem.store.listed import CAME, Told, decided_as
from kindstem.store.silence import Unanswered, Unread

W = TypeVar("W", Unread, Unanswered)

_RANKS: Final = {how: place for place, how in enumerate(CAME.values())}


@dataclass(frozen=True)
class Listings(Figures):
    """The board in one state of the store, also for lists."""

    def outside(self, day: date) -> tuple[list[tuple[str, str]], int]:
        """The children in the app that are under no measure on a day, why and which, and how many are in the app."""
        at = day.toordinal()

        def part(child: Child) -> list[tuple[str, str]]:
            if not child.app or row_on(child, at) is not None:
                return []
            return [("unknown" if child.entered is None else "ended" if child.measured else "never", child.child)]

        everybody = self.board.everybody
        found = self.board.long.of(("outside", day), part, lambda: chain.from_iterable(map(part, everybody)))
        return found, self.board.in_app

    def children_on(self, day: date, skip: int, limit: int) -> list[Kid]:
        """The children under a measure on a day, by kindnummer; of where they stood then, and of no worker or talk."""
        at = day.toordinal()

        def part(child: Child) -> list[str]:
            return [child.child] if row_on(child, at) is not None else []

        everybody = self.board.everybody
        found = self.board.long.of(("on", day), part, lambda: chain.from_iterable(map(part, everybody)))
        stands = ((one, stay_on(self.board.child(one), at)) for one in found[skip : skip + limit])
        return [
            Kid(child, stay.where[0], None, date.fromordinal(stay.begun), None)
            for child, stay in stands
            if stay is not None
        ]

    def stated_rows(
        self, since: date, until: date, choice: Choice, equated: frozenset[date], what: str, skip: int, limit: int
    ) -> list[Told]:
        """The measures that came into the roster too late, `charged` or `ended` in a period, the newest day first."""
        told, fit = self.board.told, fit_of(choice)

        def part(child: Child) -> list[tuple[int, str, date, str, int]]:
            return [
                (-one.day, child.child, told[one.what].told, team or "", one.what)
                for one, team in _within(child.stated, child, since, until, fit)
                if told[one.what].what == what and clocks.stated_late(told[one.what], equated)
            ]

        whose = self.board.stated.whose
        found = self.board.long.of(
            ("stated", since, until, fit, equated, what),
            part,
            lambda: chain.from_iterable(part(self.board.child(one)) for one in whose(since, until)),
        )
        return [Told(child, team or None, told[place]) for _, child, _, team, place in found[skip : skip + limit]]

    def clock_rows(
        self, clock: str, since: date, until: date, choice: Choice, day: date, equated: frozenset[date],
        came: str | None, skip: int, limit: int,
    ) -> list[Ran]:  # fmt: skip
        """The measures behind a clock that came out so (CAME), or all: the late ones first, then those that run."""
        fit = fit_of(choice)

        def of(child: Child) -> list[Ran]:
            events = _within(child.charged, child, since, until, fit)
            return [clocks.ran(clock, one.what, day, equated) for one, _ in events]

        def part(child: Child) -> list[tuple[int, int, str, int]]:
            return [
                (_RANKS[one.in_time], _charged(one.charged), child.child, place) for place, one in enumerate(of(child))
            ]

        whose = self.board.charged.whose
        found = self.board.long.of(
            ("clock", clock, since, until, fit, day, equated),
            part,
            lambda: chain.from_iterable(part(self.board.child(one)) for one in whose(since, until)),
        )
        first, end = 0, len(found)
        if came is not None:
            rank = _RANKS[CAME[came]]
            first, end = bisect_left(found, (rank,)), bisect_left(found, (rank + 1,))
        rows = found[min(first + skip, end) : min(first + skip + limit, end)]
        return [of(self.board.child(child))[place] for _, _, child, place in rows]

    def with_fact_rows(
        self, name: str, since: date, until: date, choice: Choice, skip: int, limit: int
    ) -> list[tuple[date, str]]:
        """The children of a period with a fact of this name by its last day, and since when, longest first."""
        facts, fit, first, end = self.board.facts[name], fit_of(choice), since.toordinal(), until.toordinal()

        def part(child: Child) -> list[tuple[int, str]]:
            said = facts.get(child.place)
            stands = said is not None and said <= end and stays_within(child, first, end, fit)
            return [(said or 0, child.child)] if stands else []

        everybody = self.board.everybody
        found = self.board.long.of(
            ("facts", name, since, until, fit),
            part,
            lambda: chain.from_iterable(part(everybody[place]) for place in facts),
        )
        return [(date.fromordinal(day), child) for day, child in found[skip : skip + limit]]

    def decided_numbers(self, since: date, until: date, choice: Choice) -> Counter[str]:
        """How many decisions of a period count as each of what they can."""
        fit = fit_of(choice)

        def part(child: Child) -> list[str]:
            events = _within(child.decided, child, since, until, fit)
            return [name for one, _ in events for name in decided_as(one.what)]

        def first() -> Counter[str]:
            return Counter(name for one in self.decided_between(since, until, choice) for name in decided_as(one))

        return self.board.sums.of(("decided", since, until, fit), part, first)

    def decided_rows(
        self, since: date, until: date, choice: Choice, what: str, skip: int, limit: int
    ) -> list[Decided]:
        """The decisions of a period that count as this, by day and child."""
        fit = fit_of(choice)

        def part(child: Child) -> list[tuple[int, str, str, str, int]]:
            found = []
            for place, one in enumerate(child.decided):
                if any(_within([one], child, since, until, fit)) and what in decided_as(one.what):
                    decision = one.what.hearing.decision
                    found.append((one.day, child.child, decision.kind, decision.measure, place))
            return found

        whose = self.board.decided.whose
        found = self.board.long.of(
            ("decided", what, since, until, fit),
            part,
            lambda: chain.from_iterable(part(self.board.child(one)) for one in whose(since, until)),
        )
        return [self.board.child(row[1]).decided[row[4]].what for row in found[skip : skip + limit]]

    # --- what waits for an adult --------------------------------------------------------------------------------------

    def unread(self, day: date, choice: Choice) -> list[Unread]:
        """Messages to adults that nobody fetched, by child, the oldest first."""
        found = self.board.still.of(("unread",), self._sent(), lambda: self.r.unread(day, {}))
        return self._standing("unread", found, day, choice)

    def unanswered(self, day: date, choice: Choice) -> list[Unanswered]:
        """The children of whom a message was fetched and to whom nothing was sent since it came, the longest first."""
        found = self.board.still.of(("unanswered",), self._sent(), lambda: self.r.unanswered(day, {}))
        return self._standing("unanswered", found, day, choice)

    def _sent(self) -> tuple[int, int]:
        """Another one after every entry and every read."""
        return self.r.last_entry(), self.r.last_change()

    def _standing(self, asked: str, found: list[W], day: date, choice: Choice) -> list[W]:
        """Those of them in a choice, chosen again only when one was sent or read, or a child stands elsewhere."""
        board = self.board

        def chosen() -> list[W]:
            there = bytes_of(board.plane(UNDER, day) & board.chosen(choice), len(board.owner)).__getitem__
            return [one for one in found if any(map(there, board.child(one.child).rows))]

        if not choice:
            return found
        return board.still.of((asked, day, fit_of(choice)), (*self._sent(), board.moved), chosen)


def _within(
    events: list[Event], child: Child, since: date, until: date, fit: Fit
) -> Iterator[tuple[Event, str | None]]:
    """What of a child's events happened in a period, in a choice, with its team."""
    first, end = since.toordinal(), until.toordinal()
    for one in events:
        if first <= one.day <= end:
            stay = child.stays[child.rows.index(one.row)]
            if fits(stay, fit):
                yield one, stay.where[0]


def _charged(one: Charged) -> int:
    return one.measure.charged.toordinal()
