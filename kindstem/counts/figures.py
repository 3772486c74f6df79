"""What the numbers ask, answered by the board: the twin of store/figures.py, method by method.

Each gives exactly what the store gives to the same question (tests/test_board.py asks both). What the store finds by an
index anyway is asked of the store, in the same state.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappush, heapreplace
from itertools import chain, compress, zip_longest
from operator import sub
from typing import Any, Final

from kindstem import clocks
from kindstem.calendar import local_day
from kindstem.clocks import CLOCKS, Charged, Clocked
from kindstem.counts.board import ALL, DIMENSIONS, fit_of
from kindstem.counts.lives import (
    JUDGED,
    SERVED,
    UNDER,
    WITHIN,
    Child,
    Event,
    Stay,
    days_of,
    fits,
    flips_in,
    month_of,
    number_of,
    row_on,
    stay_on,
    stays_within,
)
from kindstem.counts.sets import bytes_of, list_of
from kindstem.counts.stands import Stands
from kindstem.domain import Measure
from kindstem.store.figures import Choice, Decided, Kid, Lonely, Present, late_among
from kindstem.store.rows import moment, stamp
from kindstem.store.talks import Answers

BROAD: Final = ("measure", "age", "place")
"""What has few values, so that talks are summed by it; the others choose few children, whose talks are gone through."""

_AGE: Final = DIMENSIONS.index("age")

_FEW: Final = 32
"""Of how many rows one at most is to be chosen, so that looking at each of those takes less than going by order."""

SHORT: Final = 15
"""Under how many minutes a talk is short."""


@dataclass(frozen=True)
class Figures(Stands):
    """The board in one state of the store, and that state itself."""

    def fact_values(self, name: str) -> list[str]:
        """Every value that the roster ever gave to a fact of this name."""
        return sorted(value for value, children in self.board.values[name].items() if children)

    # --- a day --------------------------------------------------------------------------------------------------------

    def present(self, day: date, choice: Choice) -> Present:
        """How many children are under a measure on a day."""
        board = self.board
        here = board.plane(UNDER, day) & board.chosen(choice)
        return Present(
            children=here.bit_count(),
            judged=(here & board.plane(JUDGED, day)).bit_count(),
            within=(here & board.plane(WITHIN, day)).bit_count(),
            under_four=(here & board.chosen({"age": "0-3"})).bit_count(),
            without_reader=(here & board.reader_less).bit_count(),
            without_worker=(here & board.worker_less).bit_count(),
        )

    def waiting(self, day: date, choice: Choice, limit: int) -> list[Kid]:
        """The children who were not spoken to alone within the norm, longest first."""
        board = self.board
        waits = board.plane(JUDGED, day) & ~board.plane(WITHIN, day) & board.chosen(choice)
        return self._longest(waits, day, 0, limit)

    def children_standing(self, day: date, choice: Choice, what: str, skip: int, limit: int) -> list[Kid]:
        """The children who stand so on a day (STANDINGS), whoever is silent longest first, after those skipped."""
        board, judged = self.board, self.board.plane(JUDGED, day)
        stands = {
            "all": lambda: board.plane(UNDER, day),
            "within": lambda: judged & board.plane(WITHIN, day),
            "over": lambda: judged & ~board.plane(WITHIN, day),
            "young": lambda: board.chosen({"age": "0-3"}),
            "worker": lambda: board.worker_less,
            "reader": lambda: board.reader_less,
        }
        rows = board.plane(UNDER, day) & board.chosen(choice) & stands[what]()
        return self._longest(rows, day, skip, limit)

    def _longest(self, waits: int, day: date, skip: int, limit: int) -> list[Kid]:
        board, at = self.board, day.toordinal()
        passed, rows = board.longest_waiting(waits, day, limit, skip)
        found = sorted(
            (board.silent[row], child.child, child) for row, child in zip(rows, board.owners(rows), strict=True)
        )
        return [self._kid(child, at, self._heard(child, at)) for _, _, child in found[skip - passed :][:limit]]

    def _heard(self, child: Child, at: int) -> int | None:
        """The day of its last realised contact, unless its clock began later."""
        stay = stay_on(child, at)
        return child.last if child.last is not None and stay is not None and child.last >= stay.begun else None

    def unmet(self, day: date, since: date, choice: Choice) -> list[tuple[Measure, Kid]]:
        """Running measures charged since a day, not spoken to face to face, oldest first; only those with a clock."""
        at, chosen = day.toordinal(), self._here(day, choice)
        found = [
            (one.charged, child.child, one.kind, one.id, one, child)
            for child in self.board.unmet
            if chosen(child)
            for one in child.unmet
            if one.charged >= since and one.until >= day
        ]
        return [(one, self._kid(child, at, None)) for *_, one, child in sorted(found, key=lambda row: row[:4])]

    def lonely(
        self, day: date, since: date, choice: Choice, limit: int, skip: int = 0
    ) -> tuple[int, list[Lonely]]:
        """Children of whose family another was spoken to alone since a day, and they themselves were not."""
        board, at, first, fit = self.board, day.toordinal(), since.toordinal(), fit_of(choice)

        def others_of(child: Child) -> list[Child]:
            """Those of its family who were, as far as a choice is about them."""
            if child.family is None or (child.last or 0) >= first:
                return []
            others = [one for one in board.families[child.family] if (one.last or 0) >= first]
            if others and fit:
                here = stay_on(child, at)
                if here is None:
                    # One outside any measure is chosen by where the heard one stands.
                    stands = ((one, stay_on(one, at)) for one in others)
                    others = [one for one, stay in stands if stay is not None and fits(stay, fit)]
                elif not fits(here, fit):
                    return []
            return others

        def part(child: Child) -> list[tuple[int, str]]:
            others = others_of(child)
            return [(-max(one.last or 0 for one in others), child.child)] if others else []

        def everybody() -> Iterable[tuple[int, str]]:
            families = [family for family, (least, most) in board.heard.items() if least < first <= most]
            return chain.from_iterable(part(child) for family in families for child in board.families[family])

        found = board.lists.of(("lonely", day, since, fit), part, everybody)
        named = []
        for last, name in found[skip : skip + limit]:
            child = board.child(name)
            stay = stay_on(child, at)
            worker = self.board.name_of(self.r, child.worker) if stay else None
            team, family = stay.where[0] if stay else None, child.family or ""
            by = max(one.child for one in others_of(child) if one.last == -last)
            named.append(Lonely(child.child, team, worker, family, stay is not None, date.fromordinal(-last), by))
        return len(found), named

    def quiet(
        self, day: date, before: datetime, choice: Choice, limit: int, skip: int = 0
    ) -> tuple[int, list[Kid]]:
        """Children under a measure who sent a message before, and the last one before a moment; `last` is its day."""
        board, at, fit = self.board, day.toordinal(), fit_of(choice)

        def part(child: Child) -> list[tuple[int, str]]:
            stay = None if child.sent is None else stay_on(child, at)
            return [] if child.sent is None or stay is None or not fits(stay, fit) else [(child.sent, child.child)]

        found = board.lists.of(("sent", day, fit), part, lambda: chain.from_iterable(map(part, board.senders)))
        number = bisect_left(found, (stamp(before),))
        return number, [
            self._kid(board.child(child), at, local_day(moment(sent)).toordinal())
            for sent, child in found[min(skip, number) : min(skip + limit, number)]
        ]

    def grown(self, born: str) -> list[str]:
        """Children born in this month or earlier who have a measure without an end."""
        months = [children for month, children in self.board.open_by_birth.items() if month <= born]
        return sorted(child.child for child in chain.from_iterable(months))

    def _here(self, day: date, choice: Choice) -> _Among:
        rows = self.board.plane(UNDER, day) & self.board.chosen(choice)
        return _Among(bytes_of(rows, len(self.board.owner)), day.toordinal())

    def _kid(self, child: Child, at: int, last: int | None) -> Kid:
        stay = stay_on(child, at)
        return Kid(
            child.child,
            stay.where[0] if stay else None,
            self.board.name_of(self.r, child.worker),
            date.fromordinal(stay.begun if stay else at),
            None if last is None else date.fromordinal(last),
        )

    def roster_begun(self) -> datetime | None:
        """When the first child came into the roster."""
        begun = self.board.begun()
        return None if begun is None else moment(begun)

    # --- a period -----------------------------------------------------------------------------------------------------

    def stated_late(
        self, since: date, until: date, choice: Choice, equated: frozenset[date]
    ) -> dict[str, tuple[int, int]]:
        """How many measures, `charged` and `ended` in a period, came into the roster too late, and how many all are."""
        told, part = self.board.told, _events(since, until, choice)

        def late(place: int) -> tuple[str, bool]:
            return told[place].what, clocks.stated_late(told[place], equated)

        def first() -> Counter[tuple[str, bool]]:
            found: Counter[tuple[str, bool]] = Counter()
            for place, number in Counter(self.board.stated.between(since, until, self._rows(choice))).items():
                found[late(place)] += number
            return found

        asked = ("stated", since, until, fit_of(choice), equated)
        return late_among(self.board.sums.of(asked, lambda child: map(late, part(child.stated, child)), first))

    def summed_rows(self, since: date, until: date, choice: Choice) -> Counter[tuple[str, str]]:
        """What was counted by month between two days, for any choice."""
        sums = self._sums(since, until, choice)
        return Counter({of: number for of, number in sums.items() if of[1] != ALL})

    def contacts_number(self, since: date, until: date, choice: Choice, only: str, child: str | None = None) -> int:
        """How many talks with children under a measure count as `only`, one of ONLY."""
        if child is not None:
            return self.r.contacts_number(since, until, choice, only, child)
        counted = {name for name in self.board.names if counts_as(name, only)}
        return sum(number for (_, name), number in self._sums(since, until, choice).items() if name in counted)

    def children_between(self, since: date, until: date, choice: Choice) -> int:
        """How many children were under a measure on at least one day."""
        return self.children_in(((since, until),), choice)[0]

    def children_in(self, periods: Sequence[tuple[date, date]], choice: Choice) -> list[int]:
        """How many children were under a measure on at least one day, of each of these periods."""
        fit, spans = fit_of(choice), [(since.toordinal(), until.toordinal()) for since, until in periods]

        def part(child: Child) -> list[int]:
            stays = [one for one in child.stays if fits(one, fit)]
            return [
                place
                for place, (since, until) in enumerate(spans)
                if any(one.since <= until and one.until >= since for one in stays)
            ]

        def first() -> Counter[int]:
            return Counter({place: self._number(*period, choice) for place, period in enumerate(periods)})

        found = self.board.sums.of(("children", tuple(periods), fit), part, first)
        return [found[place] for place in range(len(periods))]

    def _number(self, since: date, until: date, choice: Choice) -> int:
        board = self.board
        rows = board.during(since, until) & board.chosen(choice)
        # Whoever was there on the first day has one row on it. In a short period few others are left to look at.
        first = rows & board.plane(UNDER, since)
        rest = rows & ~first
        if not choice:
            # A child's earlier row ends before the period, or it is in it as well.
            return first.bit_count() + sum(map(since.toordinal().__gt__, map(board.earlier.__getitem__, list_of(rest))))
        if 4 * rest.bit_count() > rows.bit_count():
            return len(self._children(since, until, choice))
        there = bytes_of(first, len(board.owner))
        others = set(board.owners(list_of(rest)))
        return first.bit_count() + sum(not any(there[row] for row in child.rows) for child in others)

    def by_number(self, since: date, until: date, choice: Choice) -> dict[int, int]:
        """How many children, four and older on a day of the period, had so many realised contacts in it."""
        board, fit, first, end = self.board, fit_of(choice), since.toordinal(), until.toordinal()

        def part(child: Child) -> list[int]:
            stays = [one for one in stays_within(child, first, end, fit) if one.where[_AGE] != "0-3"]
            numbers = [board.alone(child, max(one.since, first), min(one.until, end)) for one in stays]
            return [sum(numbers)] if numbers else []

        def first_time() -> Counter[int]:
            return Counter(self._numbers(since, until, choice).values())

        found = board.sums.of(("number", since, until, fit), part, first_time)
        return dict(sorted(found.items()))

    def _numbers(self, since: date, until: date, choice: Choice) -> dict[int, int]:
        """How many realised contacts each child had that was four or older on a day of the period, by its place."""
        board = self.board
        rows = bytes_of(board.during(since, until) & board.chosen(choice) & ~board.chosen({"age": "0-3"}), 0)
        before, up_to = board.realised_before(since), board.realised_before(until + timedelta(days=1))
        children = list(compress(board.owner, rows))
        numbers = map(sub, compress(up_to, rows), compress(before, rows))
        found = dict.fromkeys(children, 0)
        for child, number in zip(children, numbers, strict=True):
            if number:
                found[child] += number
        return found

    def child_days(self, since: date, until: date, choice: Choice) -> tuple[int, int, int]:
        """Child-days within the norm, all to which a norm applied, and all under a measure."""
        within, judged, under = (self._days(plane, since, until, choice) for plane in (WITHIN, JUDGED, UNDER))
        return within, judged, under

    def worker_days(self, since: date, until: date, choice: Choice) -> int:
        """Child-days with a jeugdbeschermer."""
        return self._days(SERVED, since, until, choice)

    def _days(self, plane: int, since: date, until: date, choice: Choice) -> int:
        days, rows = self.board.planes[plane], self.board.chosen(choice)
        period = range(since.toordinal(), until.toordinal() + 1)
        if not choice:
            return sum(map(self.board.totals[plane].__getitem__, period))
        fit, first, end = fit_of(choice), period[0], period[-1]

        def part(child: Child) -> dict[str, int]:
            spans = flips_in(child, plane, fit)
            return {"days": sum(max(0, min(last, end) - max(begun, first) + 1) for begun, last in spans)}

        def summed() -> Counter[str]:
            return Counter(days=sum((days.get(day, 0) & rows).bit_count() for day in period))

        return self.board.sums.of(("plane", plane, since, until, fit), part, summed)["days"]

    def gaps(self, since: date, until: date, choice: Choice, limit: int) -> list[tuple[str, int]]:
        """The children with the longest gaps that touch the period, in days, longest first."""
        board, first, end = self.board, since.toordinal(), until.toordinal()
        rows = board.during(since, until) & board.chosen(choice) & ~board.chosen({"age": "0-3"})
        there = bytes_of(rows, len(board.owner))
        found: list[tuple[int, _Last]] = []
        for bound, child in self._by_bound(end, rows):
            if len(found) == limit and bound < found[0][0]:
                break
            if not any(there[row] for row in child.rows):
                continue
            stays = compress(child.stays, map(there.__getitem__, child.rows))
            gap = (gap_of(child, stays, first, end), _Last(child.child))
            if len(found) < limit:
                heappush(found, gap)
            elif found and found[0] < gap:
                heapreplace(found, gap)
        return [(name.child, gap) for gap, name in sorted(found, reverse=True)]

    def _by_bound(self, end: int, rows: int) -> Iterator[tuple[int, Child]]:
        """Children with a length that no gap of theirs, nor of any that comes after them, goes beyond.

        At least those of these rows; so that few have to be looked at for the longest gaps.
        """
        board = self.board
        if _FEW * rows.bit_count() < len(board.owner):
            bounds = [(one.bound(end), one.child, one) for one in set(board.owners(list_of(rows)))]
            yield from ((bound, one) for bound, _, one in sorted(bounds, reverse=True, key=_bound))
            return
        seen: set[str] = set()
        for (longest, one), (since, other) in zip(board.by_longest, board.by_silence, strict=True):
            for name in (one, other):
                if name not in seen:
                    seen.add(name)
                    yield max(-longest, end - since), board.child(name)

    def worker_changes(self, since: date, until: date, choice: Choice) -> int:
        """How often, in the period, a child got another jeugdbeschermer than the last it had."""
        rows = self._rows(choice)
        return sum(self.board.changes.between(since, until, rows))

    def charged_between(self, since: date, until: date, choice: Choice) -> list[Charged]:
        """The measures charged in a period with which clocks began, with what met them, by the day charged."""
        return list(self.board.charged.between(since, until, self._rows(choice)))

    def clocked(
        self, since: date, until: date, choice: Choice, day: date, equated: frozenset[date], limit: int
    ) -> tuple[Clocked, ...]:
        """The clocks, in the order of CLOCKS, of the measures charged in a period, as they stand on a day."""
        events = _events(since, until, choice)

        def stands(charged: Iterable[Charged]) -> Iterator[tuple[str, bool | None]]:
            return ((clock, clocks.ran(clock, one, day, equated).in_time) for one in charged for clock in CLOCKS)

        found = self.board.sums.of(
            ("clocks", since, until, fit_of(choice), day, equated),
            lambda child: stands(events(child.charged, child)),
            lambda: Counter(stands(self.charged_between(since, until, choice))),
        )
        return tuple(
            clocks.clocked(
                clock,
                self.board.charged.between(since, until, self._rows(choice)),
                Counter({came: found[clock, came] for came in (False, None, True)}),
                *(day, equated, limit),
            )
            for clock in CLOCKS
        )

    def decided_between(self, since: date, until: date, choice: Choice) -> list[Decided]:
        """The decisions of a period, with what there was before each, by day and child."""
        return list(self.board.decided.between(since, until, self._rows(choice)))

    def with_fact(self, name: str, since: date, until: date, choice: Choice) -> int:
        """How many children of a period have a fact of this name by its last day."""
        facts, fit, first, end = self.board.facts[name], fit_of(choice), since.toordinal(), until.toordinal()

        def part(child: Child) -> list[bool]:
            said = facts.get(child.place)
            return [True] if said is not None and said <= end and stays_within(child, first, end, fit) else []

        def counted() -> Counter[bool]:
            there = self._children(since, until, choice)
            return Counter({True: sum(day <= end and child in there for child, day in facts.items())})

        return self.board.sums.of(("fact", name, since, until, fit), part, counted)[True]

    def _children(self, since: date, until: date, choice: Choice) -> set[int]:
        """The places of the children with a day in a period."""
        rows = self.board.during(since, until) & self.board.chosen(choice)
        return set(compress(self.board.owner, bytes_of(rows, 0)))

    # --- what children answered ---------------------------------------------------------------------------------------

    def thought(self, first: str, last: str, enough: int, team: str | None = None) -> list[Answers]:
        """What children of each team thought of talks, over the months of a period with enough answers in the team."""
        asked = ("thought", first, last, enough, team)
        return self.board.still.of(asked, self.r.answers_counted(), lambda: self.r.thought(first, last, enough, team))

    def said(self, first: str, last: str, enough: int, team: str | None = None) -> list[Answers]:
        """What children said in each of these quarters to each question, over the teams with enough answers in it."""
        asked = ("said", first, last, enough, team)
        return self.board.still.of(asked, self.r.answers_counted(), lambda: self.r.said(first, last, enough, team))

    def _rows(self, choice: Choice) -> bytes:
        return bytes_of(self.board.chosen(choice), len(self.board.owner))

    # --- sums of talks ------------------------------------------------------------------------------------------------

    def _sums(self, since: date, until: date, choice: Choice) -> Counter[tuple[str, str]]:
        """How many talks count as each of the board's names, by month."""
        board, fit, first, end = self.board, fit_of(choice), since.toordinal(), until.toordinal()

        def part(child: Child) -> Iterator[tuple[int, int]]:
            for stay in stays_within(child, first, end, fit):
                at = bisect_left(child.days, max(first, stay.since))
                stop = bisect_right(child.days, min(end, stay.until))
                yield from zip(map(number_of, child.days[at:stop]), child.whats[at:stop], strict=True)

        def named(one: tuple[int, int]) -> list[tuple[str, str]]:
            month = month_of(days_of(one[0])[0])
            return [(month, board.names[name]) for name in board.whats[one[1]]]

        def counted() -> Counter[tuple[str, str]]:
            ways = self._sums_of_cells if set(choice) <= set(BROAD) else self._sums_of_rows
            months = ways(since, until, choice)
            return Counter(
                {(month, name): n for month, sums in months.items() for name, n in zip(board.names, sums, strict=False)}
            )

        return board.sums.of(("talks", since, until, fit), part, counted, named)

    def _sums_of_cells(self, since: date, until: date, choice: Choice) -> dict[str, list[int]]:
        board, lows = self.board, self._lows(choice)
        first, end = since.toordinal(), until.toordinal()
        found = {}
        # After the last talk that is known there is none, so a month that is under way is whole.
        newest = max(board.talks, default=0)
        for number in range(number_of(first), number_of(end) + 1):
            days = days_of(number)
            month = month_of(days[0])
            if first <= days[0] and min(days[-1], newest) <= end:
                cells = [cell for low, cell in board.cells.get(month, {}).items() if low in lows]
                found[month] = [sum(column) for column in zip_longest(*cells, fillvalue=0)]
            else:
                part = range(max(first, days[0]), min(end, days[-1]) + 1)
                pairs = Counter(chain.from_iterable(board.talks.get(day, ()) for day in part))
                whats: Counter[int] = Counter()
                for pair, times in pairs.items():
                    if pair >> 16 in lows:
                        whats[pair & 0xFFFF] += times
                found[month] = self._named(whats.items())
        return found

    def _lows(self, choice: Choice) -> set[int]:
        """The combinations of measure, age and kind of place that fit a choice."""
        wanted = [choice.get(name) for name in BROAD]
        return {
            low
            for low, where in enumerate(self.board.lows)
            if all(value is None or value == here for value, here in zip(wanted, where, strict=True))
        }

    def _sums_of_rows(self, since: date, until: date, choice: Choice) -> dict[str, list[int]]:
        board, first, end = self.board, since.toordinal(), until.toordinal()
        months: dict[int, Counter[int]] = {}
        rows = list_of(board.during(since, until) & board.chosen(choice))
        for row, child in zip(rows, board.owners(rows), strict=True):
            at = bisect_left(child.days, max(first, board.since[row]))
            stop = bisect_right(child.days, min(end, board.until[row]))
            for day, what in zip(child.days[at:stop], child.whats[at:stop], strict=True):
                months.setdefault(number_of(day), Counter())[what] += 1
        return {month_of(days_of(number)[0]): self._named(sums.items()) for number, sums in months.items()}

    def _named(self, sums: Iterable[tuple[int, int]]) -> list[int]:
        found = [0] * len(self.board.names)
        for what, number in sums:
            for name in self.board.whats[what]:
                found[name] += number
        return found


def _events(since: date, until: date, choice: Choice) -> Callable[[Iterable[Event], Child], Iterator[Any]]:
    """What of a child's events happened in a period, in a choice."""
    first, end, fit = since.toordinal(), until.toordinal(), fit_of(choice)

    def among(events: Iterable[Event], child: Child) -> Iterator[Any]:
        return (
            one.what
            for one in events
            if first <= one.day <= end and fits(child.stays[child.rows.index(one.row)], fit)
        )

    return among


class _Among:
    """Whether a child stands in a set of rows on a day."""

    def __init__(self, rows: bytes, day: int) -> None:
        self._rows, self._day = rows, day

    def __call__(self, child: Child) -> bool:
        row = row_on(child, self._day)
        return row is not None and bool(self._rows[row])


@dataclass(frozen=True, slots=True)
class _Last:
    """A child's number in the opposite order: of two equal gaps the first child comes first."""

    child: str

    def __lt__(self, other: _Last) -> bool:
        return self.child > other.child


def counts_as(name: str, only: str) -> bool:
    """Whether what is summed under this name is among what is asked for by a name of ONLY."""
    if only == "short":
        return name.startswith("minutes.") and int(name[8:]) < SHORT
    if only == "alone":
        return name == "seen" or counts_as(name, "realised")
    if only == "realised":
        # Those of A that were not locked are in A as well.
        return name.startswith("realised.") and name != "realised.A-unlocked"
    if only in _BESIDE:
        return bool(_BESIDE[only].fullmatch(name))
    wanted = "seen" if only == "under-four" else only
    return name == wanted or name.startswith(f"{wanted}.")


_BESIDE: Final = {
    "parent": re.compile(r"other\.face\.parent\.(?!passing)\w+"),
    "joint": re.compile(r"other\.face\.(siblings|others)\.(?!passing)\w+"),
    "professional": re.compile(r"other\.face\.(professional|support)\.(?!passing)\w+"),
    "remote": re.compile(r"other\.(video|phone)\..*"),
    "passing": re.compile(r"other\.face\.\w+\.passing"),
}
"""As what talks are summed that were no 1-op-1 contact, by names of ONLY."""


def _bound(one: tuple[int, str, Child]) -> int:
    return one[0]


def gap_of(child: Child, stays: Iterable[Stay], first: int, end: int) -> int:
    """The longest gap of a child that touches a period, in those of its stays that are asked for."""
    ends: dict[int, int] = {}
    for stay in stays:
        ends[stay.begun] = max(ends.get(stay.begun, 0), min(stay.until, end))
    longest = 0
    for begun, until in ends.items():
        start, stop = bisect_left(child.realised, begun), bisect_right(child.realised, until)
        at = bisect_left(child.realised, first, start, stop)
        before = child.realised[at - 1] if at > start else begun
        for day in child.realised[at:stop]:
            longest, before = max(longest, day - before), day
        longest = max(longest, until - before)
    return longest
