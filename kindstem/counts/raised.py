"""Flags of children that said they are not safe (R25), for whoever counts: how many, and for how long.

A number and never a child: what a child discloses is told to its readers. Nor are they divided by choices, because of a
team or a band of age a single one could be guessed; whoever leads a team, and is alerted about it, sees those of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from kindstem.calendar import local_day
from kindstem.counts.values import Filters, Number, Raised
from kindstem.store import Reader, Store


async def flags(store: Store, own: Filters | None, *, now: datetime) -> Raised:
    """How flags stand at this moment; with `own`, those of the team that these filters are of."""
    return await store.read(lambda r: _flags(r, own, now))


def _flags(r: Reader, own: Filters | None, now: datetime) -> Raised:
    found = r.flags_open()
    if own is not None:
        mine = r.standing_now({one.child for one in found}, local_day(now), own.choice())
        found = [one for one in found if one.child in mine]
    return Raised(
        open=Number(len(found), None, "def.flag"),
        unseen=Number(sum(not one.seen for one in found), len(found), "def.flag"),
        climbed=Number(sum(bool(one.climbed) for one in found), len(found), "def.flag"),
        oldest=(now - found[0].at) // timedelta(hours=1) if found else None,
    )
