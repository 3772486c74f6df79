"""How many children say that what they were answered is not so (R21), for whoever counts: a number and never a child.

Only over all children, because of a team or a band of age a single one could be guessed; only from five up; and only
of whole months, so that nobody sees the number move on the day on which one child wrote.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from kindstem.calendar import AMSTERDAM, local_day
from kindstem.counts import SHOWN_FROM
from kindstem.counts.values import Contradicted
from kindstem.norms import add_months
from kindstem.store import Store

MONTHS: Final = 12
"""How many whole months are looked back."""


async def contradicted(store: Store, *, now: datetime) -> Contradicted:
    """How many children contradicted an answer in the twelve months before this one, as it stood at their end."""
    until = local_day(now).replace(day=1)
    since = add_months(until, -MONTHS)
    found = await store.read(lambda r: r.contradicting(_midnight(since), _midnight(until)))
    return Contradicted(since, until, found if found >= SHOWN_FROM else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), AMSTERDAM)
