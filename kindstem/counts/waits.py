"""The children behind each number of what waits for an adult, all of those who may be named, a page at a time.

Who waits for somebody outside the worker circle is in the numbers and in no list (decision 0019).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from kindstem.counts import asking
from kindstem.counts.filters import SHOWN
from kindstem.counts.thoughts import silence
from kindstem.counts.values import Filters, Number, Unanswered, Unopened, Waits
from kindstem.store import Store

WAITS: Final = ("asked", "asked-late", "unopened", "unopened-late", "unanswered")
"""For what children wait: a talk alone that they asked for, being read, an answer; each also for too long."""


async def waits(
    store: Store, filters: Filters, what: str, *, now: datetime, within: int, skip: int = 0, limit: int = SHOWN
) -> Waits:
    """The children who wait for one of WAITS on the day of `now`, the longest first, after those that are skipped.

    `within` is after how many working days the organisation calls a request overdue.
    """
    if what.startswith("asked"):
        asked = await asking.requests(store, filters, now=now, within=within)
        requests = [one for one in asked.rows if one.overdue or what == "asked"]
        number = Number(len(requests), None, asked.open.definition)
        return Waits(asked.at, asked.day, filters, what, number, within, requests[skip:][:limit])
    # Those that lie too long come first of all that lie.
    found = await silence(store, filters, now=now, skip=skip, limit=limit)
    total = {"unopened": found.listed, "unopened-late": found.listed_late, "unanswered": found.listed_silent}[what]
    rows: Sequence[Unopened | Unanswered] = found.silent if what == "unanswered" else found.rows
    number = Number(total, None, found.unopened.definition)
    return Waits(found.at, found.day, filters, what, number, within, rows[: max(total - skip, 0)])
