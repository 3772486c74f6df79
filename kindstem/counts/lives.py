"""One child on the board: what its rows in the store come to, as numbers. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from kindstem import tally
from kindstem.clocks import Charged
from kindstem.domain import FOREVER, Measure
from kindstem.norms import add_months
from kindstem.store.figures import Decided
from kindstem.store.lives import Life, Said, Spell, Talk

UNDER, JUDGED, WITHIN, SERVED = range(4)
"""The planes of the board: under a measure, judged by a norm, within it, with a jeugdbeschermer."""

_LAST: Final = FOREVER.toordinal()


class Stay(NamedTuple):
    """What a row stands for: days on end in one place, with one beginning of the clock."""

    since: int
    until: int
    begun: int
    where: tuple[str | None, ...]
    """The place, in the order of DIMENSIONS."""


Flip = tuple[int, int, int, int]
"""That a row stands in a plane from a day up to and including another: plane, row, first day, last day."""


class Event(NamedTuple):
    """Something on a day in a child's life, with the row it stood in."""

    day: int
    row: int
    what: Any


class Child:
    """A child on the board."""

    __slots__ = (
        *("app", "born", "changes", "charged", "child", "days", "decided", "entered", "family", "flips", "last"),
        *("left", "longest", "measured", "open_until", "place", "realised", "rows", "sent", "silent_since", "stated"),
        *("stays", "unmet", "values", "whats", "worker"),
    )

    def __init__(self, child: str, place: int) -> None:
        self.child = child
        self.place = place
        self.rows: list[int] = []
        self.stays: list[Stay] = []
        self.flips = array("i")
        """Its Flips, one after another: with two dozen each, numbers take a fifth of what tuples would."""
        self.days = array("i")
        """The days of its talks under a measure, in order, and what each counts as."""
        self.whats = array("H")
        self.realised = array("i")
        """The days of its realised contacts, in order, also of those under four."""
        self.last: int | None = None
        self.worker: str | None = None
        self.family: str | None = None
        self.app = self.left = False
        self.sent: int | None = None
        self.born: str | None = None
        self.entered: int | None = None
        self.measured = False
        """Whether the roster ever named a measure of it."""
        self.values: tuple[tuple[str, str], ...] = ()
        """The teams and municipalities that the roster ever said of it."""
        # Its part of what the board has of all children.
        self.changes: list[Event] = []
        self.charged: list[Event] = []
        self.decided: list[Event] = []
        self.stated: list[Event] = []
        self.unmet: list[Measure] = []
        self.longest = 0
        """Its longest gap that is over; one that may still go on is silent since a day, up to another at most."""
        self.silent_since = self.open_until = 0

    def bound(self, day: int) -> int:
        """No gap of this child up to this day is longer."""
        return max(self.longest, min(self.open_until, day) - self.silent_since)


Fit = Sequence[tuple[int, str]]
"""A choice: by the place of a dimension, the value that is to stand there."""


def fits(stay: Stay, choice: Fit) -> bool:
    """Whether where a child stood is in a choice."""
    return all(stay.where[place] == value for place, value in choice)


def stays_within(child: Child, since: int, until: int, choice: Fit) -> list[Stay]:
    """The stays of a child with a day in a period that are in a choice."""
    return [one for one in child.stays if one.since <= until and one.until >= since and fits(one, choice)]


def row_on(child: Child, day: int) -> int | None:
    """The row of a child on a day."""
    for row, stay in zip(child.rows, child.stays, strict=True):
        if stay.since <= day <= stay.until:
            return row
    return None


def stay_on(child: Child, day: int) -> Stay | None:
    """Where a child stands on a day."""
    return next((stay for stay in child.stays if stay.since <= day <= stay.until), None)


def flips_in(child: Child, plane: int, choice: Fit) -> list[tuple[int, int]]:
    """From when to when the rows of a child that are in a choice stand in a plane."""
    rows = {row for row, stay in zip(child.rows, child.stays, strict=True) if fits(stay, choice)}
    if not rows:
        return []
    flips = child.flips
    return [
        (flips[at + 2], flips[at + 3]) for at in range(0, len(flips), 4) if flips[at] == plane and flips[at + 1] in rows
    ]


# --- days -------------------------------------------------------------------------------------------------------------

_ordinals: dict[str, int] = {}
_months: dict[int, str] = {}
_numbers: dict[int, int] = {}
_places: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}


def ordinal(day: str) -> int:
    """The number of a day as it is kept."""
    found = _ordinals.get(day)
    if found is None:
        found = _ordinals[day] = date.fromisoformat(day).toordinal()
    return found


def month_of(day: int) -> str:
    """The month of a day, as text."""
    found = _months.get(day)
    if found is None:
        found = _months[day] = date.fromordinal(day).isoformat()[:7]
    return found


def number_of(day: int) -> int:
    """The number of a day's month."""
    found = _numbers.get(day)
    if found is None:
        at = date.fromordinal(day)
        found = _numbers[day] = at.year * 12 + at.month - 1
    return found


def days_of(month: int) -> range:
    """The days of a month, by its number."""
    year, number = divmod(month, 12)
    first = date(year, number + 1, 1)
    return range(first.toordinal(), add_months(first, 1).toordinal())


# --- what the rows of a child come to ---------------------------------------------------------------------------------


def stays_of(spells: Iterable[Spell]) -> tuple[list[Stay], list[list[tuple[int, int, int | None]]]]:
    """Where a child stood, and for each of these the judged days within."""
    stays: list[Stay] = []
    states: list[list[tuple[int, int, int | None]]] = []
    for first, last, within, clock, *where in spells:
        since, until, begun = ordinal(first), ordinal(last), ordinal(clock)
        place = _places.setdefault(tuple(where), tuple(where))
        before = stays[-1] if stays else None
        if before and (before.until + 1, before.begun, before.where) == (since, begun, place):
            stays[-1] = before._replace(until=until)
        else:
            stays.append(Stay(since, until, begun, place))
            states.append([])
        states[-1].append((since, until, within))
    return stays, states


def flips_of(
    rows: Sequence[int], stays: Sequence[Stay], states: Sequence[Sequence[tuple[int, int, int | None]]],
    said: Iterable[Said],
) -> list[Flip]:  # fmt: skip
    served = [
        (ordinal(since), ordinal(until) if until else _LAST)
        for what, since, until, value in said
        if what == "worker" and value is not None
    ]
    found: list[Flip] = []
    for row, stay, days in zip(rows, stays, states, strict=True):
        found.append((UNDER, row, stay.since, stay.until))
        found += [(JUDGED, row, since, until) for since, until, within in days if within is not None]
        found += [(WITHIN, row, since, until) for since, until, within in days if within]
        for first, last in served:
            since, until = max(first, stay.since), min(last, stay.until)
            if since <= until:
                found.append((SERVED, row, since, until))
    return found


def changes_of(child: Child, said: Iterable[Said]) -> list[Event]:
    found: list[Event] = []
    before = None
    for what, since, _, value in said:
        if what != "worker" or value is None:
            continue
        row = row_on(child, ordinal(since))
        if before is not None and value != before and row is not None:
            found.append(Event(ordinal(since), row, 1))
        before = value
    return found


def faces_of(talks: Iterable[Talk]) -> list[tuple[int, str]]:
    """The days of talks face to face that were held and stand, and who was there."""
    return [
        (ordinal(one[0]), one[4])
        for one in talks
        if one[3] == "face" and one[1] in {"realised", "other"}
    ]


def gaps_of(child: Child, known: int) -> tuple[int, int, int]:
    """The longest gap of a child that is over by a day that is known, and the days between which one may go on."""
    ends: dict[int, int] = {}
    for stay in child.stays:
        if stay.where[2] != "0-3":
            ends[stay.begun] = max(stay.until, ends.get(stay.begun, 0))
    longest, open_since, open_until = 0, _LAST, 0
    for begun, end in ends.items():
        before = begun
        for day in child.realised[bisect_left(child.realised, begun) : bisect_right(child.realised, end)]:
            longest, before = max(longest, day - before), day
        if end <= known:
            longest = max(longest, end - before)
        else:
            open_since, open_until = min(open_since, before), max(open_until, end)
    return longest, open_since, open_until


def charged_of(child: Child, life: Life) -> list[Event]:
    """The measures with which clocks began, in the row of the day charged, with what met them."""
    found: list[Event] = []
    faces = faces_of(life.talks)
    for one in life.measures:
        day = one.charged.toordinal()
        row = row_on(child, day)
        if row is None or not tally.opens(one, life.measures):
            continue
        face = min((at for at, _ in faces if at >= day), default=None)
        working = [
            max(ordinal(since), day)
            for what, since, until, value in life.said
            if what == "worker" and value is not None and (until is None or ordinal(until) >= day)
        ]
        charged = Charged(
            one,
            child.stays[child.rows.index(row)].where[0],
            None if face is None else date.fromordinal(face),
            (face, "alone") in faces,
            date.fromordinal(min(working)) if working else None,
        )
        found.append(Event(day, row, charged))
    return found


def decided_of(child: Child, life: Life) -> list[Event]:
    """The decisions about a child under a measure, in the row of their day, with what there was before them."""
    found: list[Event] = []
    for one in life.hearings:
        day = one.decision.day.toordinal()
        stay, row = stay_on(child, day), row_on(child, day)
        if stay is not None and row is not None:
            found.append(Event(day, row, Decided(child.child, stay.where[0], stay.where[2] == "0-3", one)))
    return found
