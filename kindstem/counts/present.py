"""How things stand on one day, and the children behind each number of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from kindstem import calendar, clocks, tally
from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import (
    Filters,
    FirstDue,
    Number,
    Quiet,
    Reported,
    Sibling,
    Standing,
    Today,
    Waiting,
)
from kindstem.domain import Measure
from kindstem.norms import add_months, in_force
from kindstem.store import Reader, Store
from kindstem.store.figures import STANDINGS as STANDS
from kindstem.store.figures import Kid, Present

QUIET: Final = 42
"""After how many days without a message a child that wrote before is called quiet."""

STANDINGS: Final = tuple(STANDS)
"""In which ways a child can stand on a day, each with a list."""

SOON: Final = 5
"""Within how many working days a first conversation is due to be listed."""

HEARD_WITHIN: Final = 6
"""In how many months before today a sibling must have been spoken to alone."""

LOOKED_BACK: Final = 24
"""For how many months a measure without any talk face to face is listed as late, and not only as waiting."""


async def today(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Today:
    """How things stand on the day of `now`; of the filters' period only what was stated late is taken.

    Lists hold at most `limit` children, and the numbers beside them count all.
    """
    return await kept(store, ("today", filters, limit), now, lambda r, f: _today(r, f, filters, now, limit))


async def standing(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Standing:
    """The children behind a number of today: who stands so, one of STANDINGS, after those that are skipped."""

    def ask(r: Reader, f: Asked) -> Standing:
        day, chosen = local_day(now), filters.choice()
        kids = f.children_standing(day, chosen, what, skip, limit)
        plans = r.next_plans([kid.child for kid in kids], now)
        rows = tuple(_waiting(kid, day, plans) for kid in kids)
        return Standing(now, day, filters, what, _standing(f.present(day, chosen), what), rows)

    return await kept(store, ("standing", filters, what, skip, limit), now, ask)


def _today(r: Reader, f: Asked, filters: Filters, now: datetime, limit: int) -> Today:
    day, chosen = local_day(now), filters.choice()
    present = f.present(day, chosen)
    waiting = f.waiting(day, chosen, limit)
    equated = r.equated_days()
    unmet = [
        (measure, kid, clocks.first_due(measure.charged, equated))
        for measure, kid in f.unmet(day, add_months(day, -LOOKED_BACK), chosen)
    ]
    soon = calendar.add_working_days(day, SOON, equated)
    due = [one for one in unmet if day <= one[2] <= soon]
    overdue = [one for one in unmet if one[2] < day]
    named = [kid.child for kid in waiting] + [kid.child for _, kid, _ in (*due, *overdue[:limit])]
    plans = r.next_plans(named, now)
    siblings, lonely = f.lonely(day, add_months(day, -HEARD_WITHIN), chosen, limit)
    quiet = f.quiet(day, now - timedelta(days=QUIET), chosen)
    outside, in_app = f.outside(day)
    late, ended = _stated_late(f, filters, equated)
    told = r.reported(day)
    grown = f"{add_months(day, -12 * tally.GROWN - 1).isoformat()[:7]}"
    return Today(
        at=now,
        day=day,
        filters=filters,
        norm=in_force(r.norms(), day),
        children=_standing(present, "all"),
        judged=Number(present.judged, present.children, "def.norm"),
        within=_standing(present, "within"),
        waiting_count=_standing(present, "over"),
        waiting=tuple(_waiting(kid, day, plans) for kid in waiting),
        under_four=_standing(present, "young"),
        first_due=tuple(_first(one, plans) for one in due),
        first_late_count=Number(len(overdue), None, "def.first"),
        first_late=tuple(_first(one, plans) for one in overdue[:limit]),
        siblings_count=Number(siblings, None, "def.sibling"),
        siblings=tuple(
            Sibling(one.child, one.team, one.worker, one.family, one.in_measure, one.heard) for one in lonely
        ),
        quiet_count=Number(len(quiet), None, "def.quiet"),
        quiet=tuple(_quiet(kid, day) for kid in quiet[:limit]),
        without_reader=_standing(present, "reader"),
        without_worker=_standing(present, "worker"),
        grown=tuple(f.grown(grown)),
        outside=Number(outside, in_app, "def.denominator"),
        entered_late=late,
        ended_late=ended,
        reported=Reported(told.day, told.total, f.present(told.day, {}).children, told.by, told.at) if told else None,
    )


def _standing(present: Present, what: str) -> Number:
    """How many children stand so on a day, one of STANDINGS."""
    return {
        "all": Number(present.children, None, "def.denominator"),
        "within": Number(present.within, present.judged, "def.norm"),
        "over": Number(present.judged - present.within, present.judged, "def.silence"),
        "young": Number(present.under_four, present.children, "def.denominator"),
        "worker": Number(present.without_worker, present.children, "def.continuity"),
        "reader": Number(present.without_reader, present.children, "def.denominator"),
    }[what]


def _waiting(kid: Kid, day: date, plans: Mapping[str, datetime]) -> Waiting:
    days = (day - max(kid.begun, kid.last or kid.begun)).days
    return Waiting(kid.child, kid.team, kid.worker, kid.begun, kid.last, days, plans.get(kid.child))


def _first(one: tuple[Measure, Kid, date], plans: Mapping[str, datetime]) -> FirstDue:
    measure, kid, due = one
    return FirstDue(kid.child, kid.team, kid.worker, measure.charged, due, plans.get(kid.child))


def _quiet(kid: Kid, day: date) -> Quiet:
    last = kid.last or day
    return Quiet(kid.child, kid.team, kid.worker, last, (day - last).days)


def _stated_late(f: Asked, filters: Filters, equated: frozenset[date]) -> tuple[Number, Number]:
    """How many measures came into the roster too long after their beginning or end.

    What the first file brought is late by nature; only what happened since the roster is kept can be.
    """
    begun = f.roster_begun()
    first = local_day(begun) if begun else filters.until
    late = f.stated_late(max(filters.since, first), filters.until, filters.choice(), equated)
    return Number(*late["charged"], "def.roster"), Number(*late["ended"], "def.roster")
