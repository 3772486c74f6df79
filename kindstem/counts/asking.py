"""Open requests to talk alone (R6), for whoever counts: that a child asked, since when and for whom.

What only a vertrouwenspersoon sees, by the child's own signature, is a number here and never a child (decision 0019):
otherwise a worker would come to know through its manager what the child kept from it. Nor is it divided, because of a
team or a band of age a single one could be guessed.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from kindstem import asked
from kindstem.asked import Request
from kindstem.calendar import is_overdue, local_day
from kindstem.counts.values import Asking, Filters, Number, Requests
from kindstem.domain import Circle
from kindstem.store import Reader, Store

AGES: Final = ((14, "fortnight"), (42, "weeks"))
"""Up to how many days an open request belongs to which band of age; the others are `longer`."""


async def requests(store: Store, filters: Filters, *, now: datetime, within: int) -> Requests:
    """How requests stand at this moment; `within` is after how many working days the organisation calls one
    overdue, as it stands on a desk."""
    return await store.read(lambda r: _requests(r, filters, now, within))


def _requests(r: Reader, filters: Filters, now: datetime, within: int) -> Requests:
    day = local_day(now)
    found = asked.open_ones(r, at=now)
    stands = r.standing_now({one.row.child for one in found}, day, filters.choice())
    listed = [one for one in found if one.circle is Circle.WORKER and one.row.child in stands]
    aside = [one for one in found if one.circle is not Circle.WORKER]
    whole = not filters.choice()
    late = [is_overdue(one.since, now, working_days=within) for one in listed]
    rows = [
        Asking(
            one.row.child,
            *stands[one.row.child],
            to="worker" if one.to else "independent",
            since=local_day(one.since),
            days=_days(one, now),
            overdue=overdue,
        )
        for one, overdue in zip(listed, late, strict=True)
    ]
    return Requests(
        at=now,
        day=day,
        filters=filters,
        within=within,
        open=Number(len(listed), None, "def.request"),
        overdue=Number(sum(late), len(listed), "def.request"),
        oldest=_days(listed[0], now) if listed else None,
        rows=tuple(rows),
        aside=Number(len(aside), None, "def.request") if whole else None,
        aside_oldest=_days(aside[0], now) if whole and aside else None,
    )


def by_age(r: Reader, at: datetime) -> Counter[str]:
    """How many children had a request open at a moment, by how long their oldest had been; whoever it was for."""
    oldest: dict[str, int] = {}
    for one in asked.open_ones(r, at=at):
        oldest.setdefault(one.row.child, _days(one, at))
    return Counter(next((name for most, name in AGES if days <= most), "longer") for days in oldest.values())


def _days(one: Request, now: datetime) -> int:
    return (local_day(now) - local_day(one.since)).days
