"""What children thought, from five up; and the silence of adults."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from functools import lru_cache
from statistics import median_low
from typing import Final

from kindstem import calendar
from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import Experience, Filters, Number, Silence, Thought, Unanswered, Unopened
from kindstem.store import Reader, Store
from kindstem.store.talks import Answers

SHOWN_FROM: Final = 5
"""From how many answers a share of what children thought is shown."""

OVERDUE: Final = 3
"""After how many working days an unopened message is overdue."""

_KNOWN_DAYS: Final = 20_000


async def experience(store: Store, filters: Filters, *, now: datetime) -> Experience:
    """What children thought, in the months that the period touches; kept by team and month and by nothing else."""
    return await kept(store, ("experience", filters), now, lambda _, f: _experience(f, filters, now))


async def silence(store: Store, filters: Filters, *, now: datetime, skip: int = 0, limit: int = SHOWN) -> Silence:
    """What waits for an adult on the day of `now`; of both lists some children, after those that are skipped."""
    key = ("silence", filters, skip, limit)
    return await kept(store, key, now, lambda r, f: _silence(r, f, filters, now, slice(skip, skip + limit)))


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


def _silence(r: Reader, f: Asked, filters: Filters, now: datetime, part: slice) -> Silence:
    day, chosen, equated = local_day(now), filters.choice(), r.equated_days()
    unread, waits = f.unread(day, chosen), f.unanswered(day, chosen)
    came = Counter(on for one in unread for on in one.days)
    messages = sum(came.values())
    overdue = sum(number for on, number in came.items() if _passed(on, day, equated) > OVERDUE)
    days = [(day - one.since).days for one in waits]
    # Whoever waits for somebody else is a number here: its worker would learn of it from the manager.
    rows = sorted((one.listed[0], one.child, len(one.listed)) for one in unread if one.listed)
    silent = sorted((one.listed, one.child) for one in waits if one.listed is not None)
    stands = r.standing_now({*(child for _, child, _ in rows[part]), *(child for _, child in silent[part])}, day, {})
    return Silence(
        at=now,
        day=day,
        unopened=Number(messages, None, "def.silent"),
        overdue=Number(overdue, messages, "def.silent"),
        unanswered=Number(len(waits), None, "def.silent"),
        longest=max(days, default=None),
        median=median_low(days) if days else None,
        listed=len(rows),
        listed_late=sum(_passed(first, day, equated) > OVERDUE for first, _, _ in rows),
        rows=tuple(
            Unopened(child, *stands[child], number, first, _passed(first, day, equated))
            for first, child, number in rows[part]
        ),
        listed_silent=len(silent),
        silent=tuple(Unanswered(child, *stands[child], since, (day - since).days) for since, child in silent[part]),
    )


@lru_cache(maxsize=_KNOWN_DAYS)
def _passed(since: date, day: date, equated: frozenset[date]) -> int:
    return calendar.working_days_between(since, day, equated)
