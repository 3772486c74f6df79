"""The lists behind the numbers of a period, answered by the board: the twin of store/among.py, and of pages of talks.

Rows of talks lie in the store, so the board says between which days those of a page are, and a page far down costs what
the first one does: nobody goes through all that come before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from itertools import chain
from typing import Any, Final

from kindstem.counts.board import DIMENSIONS, fit_of
from kindstem.counts.figures import BROAD, counts_as, gap_of
from kindstem.counts.listings import Listings
from kindstem.counts.lives import (
    JUDGED,
    SERVED,
    UNDER,
    WITHIN,
    Child,
    Fit,
    Stay,
    days_of,
    fits,
    number_of,
    stays_within,
)
from kindstem.domain import Contact
from kindstem.store.among import Part, often_of
from kindstem.store.figures import Choice

_AGE: Final = DIMENSIONS.index("age")

_MILLION: Final = 1_000_000

Place = tuple[Any, ...]
"""A child in a list, by what it is ordered by, its kindnummer and its part."""


class Listing(Listings):
    """The board in one state of the store, with the lists behind its numbers."""

    def contacts_between(
        self,
        since: date,
        until: date,
        choice: Choice,
        only: str = "all",
        child: str | None = None,
        skip: int = 0,
        limit: int = -1,
    ) -> list[tuple[Contact, str | None]]:
        """The contacts with children under a measure, newest first, with the child's band of age, after those skipped.

        `only` is a name of ONLY.
        """
        if child is not None or limit < 0:
            return self.r.contacts_between(since, until, choice, only, child, skip, limit)
        if not limit:
            return []
        newest, later = self._day_at(skip, since, until, choice, only)
        if newest is None:
            return []
        oldest, _ = self._day_at(skip + limit - 1, since, until, choice, only)
        return self.r.contacts_between(oldest or since, newest, choice, only, None, skip - later, limit)

    def _day_at(
        self, place: int, since: date, until: date, choice: Choice, only: str
    ) -> tuple[date | None, int]:
        """The day of the contact at a place, the newest at 0, and how many are on later days; None after the last."""
        named = {name for name in self.board.names if counts_as(name, only)}
        months: Counter[str] = Counter()
        for (month, name), number in self._sums(since, until, choice).items():
            if name in named:
                months[month] += number
        later = 0
        for month in sorted(months, reverse=True):
            if later + months[month] <= place:
                later += months[month]
                continue
            first = date.fromisoformat(f"{month}-01")
            days = self._by_day(max(first, since), min(_last(first), until), choice, only)
            for day in sorted(days, reverse=True):
                if later + days[day] > place:
                    return date.fromordinal(day), later
                later += days[day]
        return None, later

    def _by_day(self, since: date, until: date, choice: Choice, only: str) -> Counter[int]:
        """How many contacts count as `only` on each day of a month or a part of it."""
        board, fit, first, end = self.board, fit_of(choice), since.toordinal(), until.toordinal()

        def counts(what: int) -> bool:
            return any(counts_as(board.names[name], only) for name in board.whats[what])

        def part(child: Child) -> list[int]:
            found: list[int] = []
            for stay in stays_within(child, first, end, fit):
                at = bisect_left(child.days, max(first, stay.since))
                stop = bisect_right(child.days, min(end, stay.until))
                talks = zip(child.days[at:stop], child.whats[at:stop], strict=True)
                found += (day for day, what in talks if counts(what))
            return found

        def counted() -> Counter[int]:
            if not set(choice) <= set(BROAD):
                children = self._children(since, until, choice)
                return Counter(chain.from_iterable(part(board.everybody[place]) for place in children))
            wanted = [what for what in range(len(board.whats)) if counts(what)]
            pairs = {low << 16 | what for low in self._lows(choice) for what in wanted}
            days = range(first, end + 1)
            return Counter({day: sum(map(pairs.__contains__, board.talks.get(day, ()))) for day in days})

        return board.sums.of(("days", only, since, until, fit), part, counted)

    def children_among(
        self, since: date, until: date, choice: Choice, what: str, skip: int, limit: int
    ) -> tuple[int, list[Part]]:
        """How many children a number is divided among, and so many of them after those skipped."""
        fit, first, end = fit_of(choice), since.toordinal(), until.toordinal()
        place = _ways(self, what, fit, first, end)

        def everybody() -> Iterable[Place]:
            children: Iterable[int] = self._children(since, until, choice)
            if (often := often_of(what)) is not None:
                least, most = often
                numbers = self._numbers(since, until, choice).items()
                children = (one for one, n in numbers if n >= least and (most is None or n <= most))
            return chain.from_iterable(place(self.board.everybody[one]) for one in children)

        found = self.board.long.of(("among", what, since, until, fit), place, everybody)
        talks = _talks(self, fit, first, end)
        return len(found), [self._part(what, one, talks) for one in found[skip : skip + limit]]

    def _part(self, what: str, place: Place, talks: Callable[[Child], int]) -> Part:
        key, *rest = place
        if what == "all" or often_of(what) is not None:
            child = self.board.child(rest[0])
            return Part(child.child, talks(child), gap=None if key > 0 else -key)
        if what == "norm":
            return Part(rest[1], rest[2], -rest[0])
        if what == "worker":
            return Part(rest[0], -key, rest[1])
        return Part(rest[0], -key, days=tuple(map(date.fromordinal, rest[1])))


def _ways(figures: Listing, what: str, fit: Fit, first: int, end: int) -> Callable[[Child], list[Place]]:
    """A child's place in a list, or none: in the order of store/among.py."""
    often = often_of(what)
    talks = _talks(figures, fit, first, end)

    def by_gap(child: Child) -> list[Place]:
        there = stays_within(child, first, end, fit)
        stays = _of_four(there)
        if often is not None:
            least, most = often
            number = talks(child)
            if not stays or number < least or (most is not None and number > most):
                return []
        # Who is under four has no gap, and comes after whoever has one.
        return [(-gap_of(child, stays, first, end) if stays else 1, child.child)] if there else []

    def by_share(child: Child) -> list[Place]:
        days = _days(child, fit, first, end)
        within, judged = days[WITHIN], days[JUDGED]
        return [(within * _MILLION // judged, -judged, child.child, within)] if judged else []

    def by_days(child: Child) -> list[Place]:
        days = _days(child, fit, first, end)
        without = days[UNDER] - days[SERVED]
        return [(-without, child.child, days[UNDER])] if without > 0 else []

    def by_changes(child: Child) -> list[Place]:
        days = tuple(
            one.day
            for one in child.changes
            if first <= one.day <= end and fits(child.stays[child.rows.index(one.row)], fit)
        )
        return [(-len(days), child.child, days)] if days else []

    return {"norm": by_share, "worker": by_days, "changes": by_changes}.get(what, by_gap)


def _talks(figures: Listing, fit: Fit, first: int, end: int) -> Callable[[Child], int]:
    """How often a child was spoken to alone in a period, while it was four or older and in a choice."""

    def number(child: Child) -> int:
        stays = _of_four(stays_within(child, first, end, fit))
        return sum(figures.board.alone(child, max(one.since, first), min(one.until, end)) for one in stays)

    return number


def _of_four(stays: Iterable[Stay]) -> list[Stay]:
    return [one for one in stays if one.where[_AGE] != "0-3"]


def _days(child: Child, fit: Fit, first: int, end: int) -> list[int]:
    """How many days of a period, in a choice, a child stands in each plane."""
    rows = {row for row, stay in zip(child.rows, child.stays, strict=True) if fits(stay, fit)}
    found, flips = [0, 0, 0, 0], iter(child.flips)
    for plane, row, since, until in zip(flips, flips, flips, flips, strict=True):
        if until >= first and since <= end and row in rows:
            found[plane] += min(until, end) - max(since, first) + 1
    return found


def _last(first: date) -> date:
    """The last day of the month that begins on a day."""
    return date.fromordinal(days_of(number_of(first.toordinal()))[-1])
