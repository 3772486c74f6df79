"""How things stand on one day."""

from __future__ import annotations

from datetime import datetime, timedelta

from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.standing import (
    HEARD_WITHIN,
    QUIET,
    first_of,
    grown_by,
    number_of,
    outside_by,
    quiet_of,
    reported_on,
    sibling_of,
    stated_late,
    unmet_on,
    waiting_of,
)
from kindstem.counts.values import Filters, Number, Today
from kindstem.norms import add_months, in_force
from kindstem.store import Reader, Store


async def today(
    store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN, few: int | None = None
) -> Today:
    """How things stand on the day of `now`; of the filters' period only what was stated late is taken.

    Of who waits at most `limit` children are listed, of the other lists at most `few`; the numbers count all.
    """
    parts = limit, limit if few is None else few
    return await kept(store, ("today", filters, parts), now, lambda r, f: _today(r, f, filters, now, *parts))


def _today(r: Reader, f: Asked, filters: Filters, now: datetime, limit: int, few: int) -> Today:
    day, chosen = local_day(now), filters.choice()
    present = f.present(day, chosen)
    waiting = f.waiting(day, chosen, limit)
    equated = r.equated_days()
    due, overdue = unmet_on(f, day, filters, equated)
    named = [kid.child for kid in waiting] + [kid.child for _, kid, _ in (*due[:few], *overdue[:few])]
    plans = r.next_plans(named, now)
    siblings, lonely = f.lonely(day, add_months(day, -HEARD_WITHIN), chosen, few)
    heard = r.kids([one.by for one in lonely], day)
    quiets, quiet = f.quiet(day, now - timedelta(days=QUIET), chosen, few)
    outside, in_app = f.outside(day)
    late = stated_late(f, filters, equated)
    return Today(
        at=now,
        day=day,
        filters=filters,
        norm=in_force(r.norms(), day),
        children=number_of(present, "all"),
        judged=Number(present.judged, present.children, "def.norm"),
        within=number_of(present, "within"),
        waiting_count=number_of(present, "over"),
        waiting=tuple(waiting_of(kid, day, plans) for kid in waiting),
        under_four=number_of(present, "young"),
        first_due_count=Number(len(due), None, "def.first"),
        first_due=tuple(first_of(one, day, plans) for one in due[:few]),
        first_late_count=Number(len(overdue), None, "def.first"),
        first_late=tuple(first_of(one, day, plans) for one in overdue[:few]),
        siblings_count=Number(siblings, None, "def.sibling"),
        siblings=tuple(sibling_of(one, heard) for one in lonely),
        quiet_count=Number(quiets, None, "def.quiet"),
        quiet=tuple(quiet_of(kid, day) for kid in quiet),
        without_reader=number_of(present, "reader"),
        without_worker=number_of(present, "worker"),
        grown=tuple(f.grown(grown_by(day))),
        outside=Number(len(outside), in_app, "def.denominator"),
        outside_by=outside_by(outside),
        entered_late=Number(*late["charged"], "def.roster"),
        ended_late=Number(*late["ended"], "def.roster"),
        reported=reported_on(r, f, day),
    )
