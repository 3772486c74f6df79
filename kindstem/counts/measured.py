"""The three KPI's, what was begun for children, and before which decisions they were heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from kindstem.calendar import local_day
from kindstem.clocks import CLOCKS, Clocked
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import (
    Clock,
    Clocks,
    Decisions,
    Filters,
    HeardBefore,
    Kpi,
    Kpis,
    Number,
    Own,
    Owned,
)
from kindstem.store import Reader, Store
from kindstem.store.listed import DECIDED


async def kpis(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Kpis:
    """The three KPI's over the measures charged in the period, and what was begun for children.

    Of each clock at most `limit` measures are listed, and the numbers beside them count all.
    """
    return await kept(store, ("kpis", filters, limit), now, lambda r, f: _kpis(r, f, filters, now, limit))


async def clock(
    store: Store, filters: Filters, what: str, *, now: datetime, came: str | None = None, skip: int = 0,
    limit: int = SHOWN,
) -> Clocks:  # fmt: skip
    """All measures behind one of CLOCKS, or those that came out so (CAME): what was not in time comes first.

    Some of them are given, after those that are skipped.
    """

    def ask(r: Reader, f: Asked) -> Clocks:
        day, chosen, equated = local_day(now), filters.choice(), r.equated_days()
        counted = f.clocked(filters.since, filters.until, chosen, day, equated, 0)[CLOCKS.index(what)]
        rows = f.clock_rows(what, filters.since, filters.until, chosen, day, equated, came, skip, limit)
        found = replace(counted, first=tuple(rows))
        numbers = {"late": found.late, "running": found.running, "met": found.met}
        total = sum(numbers.values()) if came is None else numbers[came]
        return Clocks(now, filters, what, came, total, _clock(found, f"def.{what}", alone=what == "first"))

    return await kept(store, ("clock", filters, what, came, skip, limit), now, ask)


async def decisions(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Decisions:
    """The decisions of the period behind one of DECISIONS, by day, after those that are skipped."""

    def ask(_: Reader, f: Asked) -> Decisions:
        asked = filters.since, filters.until, filters.choice()
        numbers, rows = f.decided_numbers(*asked), f.decided_rows(*asked, what, skip, limit)
        of = numbers["all"] + (numbers["young"] if what == "young" else 0)
        number, months = Number(numbers[what], of, "def.heard"), _months(numbers, "young" if what == "young" else "all")
        return Decisions(now, filters, what, number, months, tuple(rows))

    return await kept(store, ("decisions", filters, what, skip, limit), now, ask)


async def own(store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN) -> Owned:
    """The children of the period for whom one of OWN had begun by its end, longest ago first."""

    def ask(r: Reader, f: Asked) -> Owned:
        asked = (what, filters.since, filters.until, filters.choice())
        children = f.children_between(*asked[1:])
        rows = f.with_fact_rows(*asked, skip, limit)
        kids = r.kids([child for _, child in rows], filters.until)
        listed = [Own(child, kid.team if (kid := kids.get(child)) else None, since) for since, child in rows]
        return Owned(now, filters, what, Number(f.with_fact(*asked), children, "def.own"), tuple(listed))

    return await kept(store, ("own", filters, what, skip, limit), now, ask)


DECISIONS: Final = (*DECIDED, "young")
"""By what the decisions behind a number are asked; `young` is of children under four, and they are in nothing else."""

LACKED: Final = ("unread", "untalked", "unwritten", "wordless")
"""What there was not before a decision; one can be in several of these."""

OWN: Final = ("diagnostics", "help")
"""What the roster says that began for the child itself."""


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
        decided=_decided(f, filters, limit),
    )


def _months(numbers: Mapping[str, int], of: str) -> tuple[int, ...]:
    named = (name.removeprefix(f"{of}.") for name, number in numbers.items() if number)
    return tuple(sorted(int(months) for months in named if months.isdigit()))


def _decided(f: Asked, filters: Filters, limit: int) -> HeardBefore:
    asked = filters.since, filters.until, filters.choice()
    numbers = f.decided_numbers(*asked)
    # Those before which the child was not heard come first.
    rows = f.decided_rows(*asked, "unheard", 0, limit)
    rows = [*rows, *f.decided_rows(*asked, "heard", 0, limit - len(rows))]
    return HeardBefore(
        **{what: Number(numbers[what], numbers["all"], "def.heard") for what in ("heard", *LACKED)},
        young=numbers["young"],
        months=_months(numbers, "all"),
        rows=tuple(rows),
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
