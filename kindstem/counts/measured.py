"""The three KPI's, what was begun for children, and before which decisions they were heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from kindstem import clocks
from kindstem.calendar import local_day
from kindstem.clocks import CLOCKS, Clocked
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import Clock, Clocks, Filters, HeardBefore, Kpi, Kpis, Number
from kindstem.store import Reader, Store
from kindstem.store.figures import Decided


async def kpis(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Kpis:
    """The three KPI's over the measures charged in the period, and what was begun for children.

    Of each clock at most `limit` measures are listed, and the numbers beside them count all.
    """
    return await kept(store, ("kpis", filters, limit), now, lambda r, f: _kpis(r, f, filters, now, limit))


async def clock(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Clocks:
    """All measures behind one of CLOCKS, in the order of its list, after those that are skipped."""

    def ask(r: Reader, f: Asked) -> Clocks:
        day, chosen, equated = local_day(now), filters.choice(), r.equated_days()
        counted = f.clocked(filters.since, filters.until, chosen, day, equated, 0)[CLOCKS.index(what)]
        numbers = Counter({False: counted.late, None: counted.running, True: counted.met})
        charged = f.charged_between(filters.since, filters.until, chosen)
        found = clocks.clocked(what, charged, numbers, day, equated, limit, skip)
        return Clocks(now, filters, what, _clock(found, f"def.{what}", alone=what == "first"))

    return await kept(store, ("clock", filters, what, skip, limit), now, ask)


def _kpis(r: Reader, f: Asked, filters: Filters, now: datetime, limit: int) -> Kpis:
    day, chosen = local_day(now), filters.choice()
    worker, first, plan = f.clocked(filters.since, filters.until, chosen, day, r.equated_days(), limit)
    children = f.children_between(filters.since, filters.until, chosen)
    return Kpis(
        at=now,
        filters=filters,
        worker=_clock(worker, "def.worker"),
        first=_clock(first, "def.first", alone=True),
        plan=_clock(plan, "def.plan"),
        diagnostics=Number(
            f.with_fact("diagnostics", filters.since, filters.until, chosen), children, "def.own"
        ),
        help=Number(f.with_fact("help", filters.since, filters.until, chosen), children, "def.own"),
        decided=_decided(f.decided_between(filters.since, filters.until, chosen), limit),
    )


def _decided(found: Sequence[Decided], limit: int) -> HeardBefore:
    judged = [one for one in found if not one.young]
    hearings = [one.hearing for one in judged]
    rows = sorted(judged, key=lambda one: one.hearing.heard)

    def of(number: int) -> Number:
        return Number(number, len(judged), "def.heard")

    return HeardBefore(
        heard=of(sum(one.heard for one in hearings)),
        unread=of(sum(one.unread for one in hearings)),
        unwritten=of(sum(not one.written for one in hearings)),
        untalked=of(sum(not one.talk for one in hearings)),
        wordless=of(sum(not one.words for one in hearings)),
        young=len(found) - len(judged),
        months=tuple(sorted({one.months for one in hearings})),
        rows=tuple(rows[:limit]),
    )


def _clock(found: Clocked, definition: str, *, alone: bool = False) -> Clock:
    rows = [
        Kpi(
            *(one.charged.measure.child, one.charged.team, one.charged.measure.charged, one.due, one.met, one.in_time),
            alone=one.charged.alone if alone and one.met is not None else None,
        )
        for one in found.first
    ]
    number = Number(found.met, found.met + found.late, definition)
    return Clock(number, found.running, found.met + found.late + found.running, tuple(rows))
