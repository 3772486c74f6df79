"""What children thought, from five up; and the silence of adults."""

from __future__ import annotations

from datetime import datetime
from statistics import median_low
from typing import Final

from kindstem import calendar
from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.values import Experience, Filters, Number, Silence, Thought, Unanswered, Unopened
from kindstem.store import Reader, Store
from kindstem.store.talks import Answers

SHOWN_FROM: Final = 5
"""From how many answers a share of what children thought is shown."""

OVERDUE: Final = 3
"""After how many working days an unopened message is overdue."""


async def experience(store: Store, filters: Filters, *, now: datetime) -> Experience:
    """What children thought, in the months that the period touches; kept by team and month and by nothing else."""
    return await kept(store, ("experience", filters), now, lambda _, f: _experience(f, filters, now))


async def silence(store: Store, filters: Filters, *, now: datetime) -> Silence:
    """What waits for an adult on the day of `now`."""
    return await store.read(lambda r: _silence(r, filters, now))


def _experience(f: Asked, filters: Filters, now: datetime) -> Experience:
    first, last = filters.since.isoformat()[:7], filters.until.isoformat()[:7]
    # Only in one month are five answers five children.
    answers = f.thought(first, last, SHOWN_FROM, filters.team)
    thoughts = tuple(_thought(one) for one in answers)
    ignored = tuple(name for name in filters.choice() if name != "team")
    return Experience(now, filters, thoughts, ignored)


def _thought(one: Answers) -> Thought:
    team = one.team or ""
    if not one.given:
        return Thought(team, one.question, None, None, None)
    share = 100 * one.yes / one.given
    shown = "<10" if share < 10 else ">90" if share > 90 else str(round(share))
    return Thought(team, one.question, one.given, shown, one.skipped)


def _silence(r: Reader, filters: Filters, now: datetime) -> Silence:
    day, chosen = local_day(now), filters.choice()
    equated = r.equated_days()
    rows, messages, overdue = [], 0, 0
    for one in r.unread(day, chosen):
        ages = [calendar.working_days_between(local_day(at), day, equated) for at in one.times]
        messages += len(ages)
        overdue += sum(age > OVERDUE for age in ages)
        if one.listed:
            # Whoever waits for somebody else is a number here: its worker would learn of it from the manager.
            first = local_day(one.listed[0])
            waited = calendar.working_days_between(first, day, equated)
            rows.append(Unopened(one.child, one.team, one.worker, len(one.listed), first, waited))
    waits = r.unanswered(day, chosen)
    days = [(day - local_day(one.since)).days for one in waits]
    listed = [(local_day(one.listed), one) for one in waits if one.listed is not None]
    return Silence(
        at=now,
        day=day,
        unopened=Number(messages, None, "def.silent"),
        overdue=Number(overdue, messages, "def.silent"),
        unanswered=Number(len(waits), None, "def.silent"),
        longest=max(days, default=None),
        median=median_low(days) if days else None,
        rows=tuple(sorted(rows, key=lambda row: (row.oldest, row.child))),
        silent=tuple(
            Unanswered(one.child, one.team, one.worker, since, (day - since).days)
            for since, one in sorted(listed, key=lambda pair: (pair[0], pair[1].child))
        ),
    )
