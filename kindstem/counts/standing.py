"""The children and measures behind each number of a day, all of them, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from kindstem import calendar, clocks, tally
from kindstem.calendar import local_day
from kindstem.clocks import Stated
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import (
    Apart,
    Counted,
    Filters,
    FirstDue,
    Grown,
    Late,
    Number,
    Quiet,
    Reported,
    Sibling,
    Standing,
    StandingRow,
    Waiting,
)
from kindstem.domain import Measure
from kindstem.norms import add_months
from kindstem.store import Reader, Store
from kindstem.store.figures import STANDINGS as STANDS
from kindstem.store.figures import Kid, Lonely, Present

QUIET: Final = 42
"""After how many days without a message a child that wrote before is called quiet."""

SOON: Final = 5
"""Within how many working days a first conversation is due to be listed."""

HEARD_WITHIN: Final = 6
"""In how many months before today a sibling must have been spoken to alone."""

LOOKED_BACK: Final = 24
"""For how many months a measure without any talk face to face is listed as late, and not only as waiting."""

UNDIVIDED: Final = ("outside", "outside-ended", "outside-never", "outside-unknown", "grown", "reported")
"""The lists of children who stand in no team, or are set against a total of all; they know no choice."""

STANDINGS: Final = (*STANDS, "due", "overdue", "sibling", "quiet", "charged-late", "ended-late", *UNDIVIDED)
"""In which ways a child can stand on a day, each with a list."""

_KNOWN_DAYS: Final = 20_000

Due = tuple[Measure, Kid, date]
"""A measure, whose it is, and by when its first conversation is due."""

T = TypeVar("T")


async def standing(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Standing:
    """The children behind a number of today: who stands so, one of STANDINGS, after those that are skipped.

    Of UNDIVIDED the filters are without a choice.
    """

    def ask(r: Reader, f: Asked) -> Standing:
        empty = Standing(now, local_day(now), filters, what, Number(0, None, _DEFINED[what]), ())
        return _LISTS[what](r, f, empty, (skip, limit))

    return await kept(store, ("standing", filters, what, skip, limit), now, ask)


Part = tuple[int, int]
"""After how many rows, and how many at most."""


def _stand(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    day, chosen, what = empty.day, empty.filters.choice(), empty.what
    kids = f.children_standing(day, chosen, what, *part)
    plans = r.next_plans([kid.child for kid in kids], empty.at)
    rows = tuple(waiting_of(kid, day, plans) for kid in kids)
    return replace(empty, number=number_of(f.present(day, chosen), what), rows=rows)


def _due(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    found = unmet_on(f, empty.day, empty.filters, r.equated_days())[empty.what == "overdue"]
    shown = _among(found, part)
    plans = r.next_plans([kid.child for _, kid, _ in shown], empty.at)
    return _of(empty, len(found), [first_of(one, empty.day, plans) for one in shown])


def _sibling(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    skip, limit = part
    since = add_months(empty.day, -HEARD_WITHIN)
    number, found = f.lonely(empty.day, since, empty.filters.choice(), limit, skip)
    heard = r.kids([one.by for one in found], empty.day)
    return _of(empty, number, [sibling_of(one, heard) for one in found])


def _quiet(_: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    skip, limit = part
    before = empty.at - timedelta(days=QUIET)
    number, found = f.quiet(empty.day, before, empty.filters.choice(), limit, skip)
    return _of(empty, number, [quiet_of(kid, empty.day) for kid in found])


def _stated(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    filters, equated, what = empty.filters, r.equated_days(), empty.what.removesuffix("-late")
    late, of = stated_late(f, filters, equated)[what]
    rows = f.stated_rows(*stated_within(f, filters), filters.choice(), equated, what, *part)
    told = [Late(one.child, one.team, one.stated.day, one.stated.told, _passed(one.stated, equated)) for one in rows]
    return replace(_of(empty, late, told), number=Number(late, of, empty.number.definition))


def _outside(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    found, in_app = f.outside(empty.day)
    wanted = empty.what.partition("-")[2]
    chosen = [one for one in found if wanted in {"", one[0]}]
    shown = _among(chosen, part)
    known = r.apart_of([child for _, child in shown])
    rows = [
        Apart(child, one.worker, why, local_day(one.made), one.until if why == "ended" else None)
        for why, child in shown
        if (one := known.get(child)) is not None
    ]
    return replace(_of(empty, len(chosen), rows), number=Number(len(chosen), in_app, empty.number.definition))


def _grown(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    found = f.grown(grown_by(empty.day))
    shown = _among(found, part)
    known, kids = r.grown_of(shown), r.kids(shown, empty.day)
    rows = []
    for child in shown:
        kid, one = kids.get(child), known[child]
        of_age = tally.birthday(one.born, tally.GROWN)
        rows.append(Grown(child, kid.team if kid else None, kid.worker if kid else None, of_age, one.charged))
    return _of(empty, len(found), rows)


def _reported(r: Reader, f: Asked, empty: Standing, part: Part) -> Standing:
    told = reported_on(r, f, empty.day)
    if told is None:
        return empty
    rows = [Counted(kid.child, kid.team, kid.begun) for kid in f.children_on(told.day, *part)]
    return replace(_of(empty, told.counted, rows), reported=told)


def _of(empty: Standing, number: int, rows: Sequence[StandingRow]) -> Standing:
    return replace(empty, number=Number(number, None, empty.number.definition), rows=tuple(rows))


def _among(found: Sequence[T], part: Part) -> Sequence[T]:
    skip, limit = part
    return found[skip : skip + limit]


_LISTS: Final[Mapping[str, Callable[[Reader, Asked, Standing, Part], Standing]]] = {
    **dict.fromkeys(STANDS, _stand),
    **dict.fromkeys(("due", "overdue"), _due),
    "sibling": _sibling,
    "quiet": _quiet,
    **dict.fromkeys(("charged-late", "ended-late"), _stated),
    **{what: _outside for what in UNDIVIDED if what.startswith("outside")},
    "grown": _grown,
    "reported": _reported,
}

_DEFINED: Final[Mapping[str, str]] = {
    **dict.fromkeys(STANDINGS, "def.denominator"),
    **dict.fromkeys(("due", "overdue"), "def.first"),
    "sibling": "def.sibling",
    "quiet": "def.quiet",
    **dict.fromkeys(("charged-late", "ended-late"), "def.roster"),
    **{what: "def.outside" for what in UNDIVIDED if what.startswith("outside")},
    "grown": "def.grown",
    "reported": "def.reported",
}


# --- what the page of a day is made of too ----------------------------------------------------------------------------


def number_of(present: Present, what: str) -> Number:
    """How many children stand so on a day, one of the store's STANDINGS."""
    return {
        "all": Number(present.children, None, "def.denominator"),
        "within": Number(present.within, present.judged, "def.norm"),
        "over": Number(present.judged - present.within, present.judged, "def.silence"),
        "young": Number(present.under_four, present.children, "def.denominator"),
        "worker": Number(present.without_worker, present.children, "def.continuity"),
        "reader": Number(present.without_reader, present.children, "def.denominator"),
    }[what]


def unmet_on(f: Asked, day: date, filters: Filters, equated: frozenset[date]) -> tuple[list[Due], list[Due]]:
    """Whose first conversation is due soon, and whose is overdue, by the day charged."""
    unmet = [
        (measure, kid, clocks.first_due(measure.charged, equated))
        for measure, kid in f.unmet(day, add_months(day, -LOOKED_BACK), filters.choice())
    ]
    soon = calendar.add_working_days(day, SOON, equated)
    return [one for one in unmet if day <= one[2] <= soon], [one for one in unmet if one[2] < day]


def stated_late(f: Asked, filters: Filters, equated: frozenset[date]) -> dict[str, tuple[int, int]]:
    """How many measures, `charged` and `ended`, came into the roster too late, and how many came in at all."""
    return f.stated_late(*stated_within(f, filters), filters.choice(), equated)


def stated_within(f: Asked, filters: Filters) -> tuple[date, date]:
    """Over which days the roster can have been told too late.

    What the first file brought is late by nature; only what happened since the roster is kept can be.
    """
    begun = f.roster_begun()
    first = local_day(begun) if begun else filters.until
    return max(filters.since, first), filters.until


def grown_by(day: date) -> str:
    """The last month of birth of whoever has turned 18."""
    return add_months(day, -12 * tally.GROWN - 1).isoformat()[:7]


def outside_by(found: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many children outside any measure there are, by why."""
    numbers = Counter(why for why, _ in found)
    return {what: numbers[what] for what in ("ended", "never", "unknown")}


def reported_on(r: Reader, f: Asked, day: date) -> Reported | None:
    """The newest total that was reported elsewhere, beside what the roster says now of its day."""
    told = r.reported(day)
    return Reported(told.day, told.total, f.present(told.day, {}).children, told.by, told.at) if told else None


def waiting_of(kid: Kid, day: date, plans: Mapping[str, datetime]) -> Waiting:
    """A child and since when nobody spoke to it alone."""
    days = (day - max(kid.begun, kid.last or kid.begun)).days
    return Waiting(kid.child, kid.team, kid.worker, kid.begun, kid.last, days, plans.get(kid.child))


def first_of(one: Due, day: date, plans: Mapping[str, datetime]) -> FirstDue:
    """A child whose first conversation is due."""
    measure, kid, due = one
    late = max((day - due).days, 0)
    return FirstDue(kid.child, kid.team, kid.worker, measure.charged, due, late, plans.get(kid.child))


def sibling_of(one: Lonely, heard: Mapping[str, Kid]) -> Sibling:
    """A child that was not heard, with the one of its family that was, and the team where that one stands or stood."""
    by = heard.get(one.by)
    of = (one.child, one.team, one.worker, one.family, one.in_measure, one.heard)
    return Sibling(*of, one.by, by.team if by else None)


def quiet_of(kid: Kid, day: date) -> Quiet:
    """A child that went quiet."""
    last = kid.last or day
    return Quiet(kid.child, kid.team, kid.worker, last, (day - last).days)


@lru_cache(maxsize=_KNOWN_DAYS)
def _passed(one: Stated, equated: frozenset[date]) -> int:
    return calendar.working_days_between(one.day, one.told, equated)
