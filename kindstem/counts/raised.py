"""Flags of children that said they are not safe (R25) and meldcodes (R26), for whoever counts: how many, how long.

A number and never a child: what a child discloses is told to its readers. Nor are they divided by choices, because of a
team or a band of age a single one could be guessed; whoever leads a team, and is alerted about it, sees those of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median_low
from typing import Final

from kindstem.calendar import local_day
from kindstem.counts.values import Disclosed, Filters, Number, Raised
from kindstem.domain import Independent, Way
from kindstem.store import Reader, Store

YEAR: Final = timedelta(days=365)
"""How far back meldcodes are counted; what is open is counted however old it is."""


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


async def disclosures(store: Store, own: Filters | None, *, now: datetime) -> Disclosed:
    """Meldcodes of the last year, and all of which something is open; with `own`, those of that team's children."""
    return await store.read(lambda r: _disclosures(r, own, now))


def _disclosures(r: Reader, own: Filters | None, now: datetime) -> Disclosed:
    today = local_day(now)

    def days(since: datetime) -> int:
        return (today - local_day(since)).days

    found = r.meldcodes_since(now - YEAR)
    if own is not None:
        mine = r.standing_now({one.child for one in found}, today, own.choice())
        found = [one for one in found if one.child in mine]
    still = [one for one in found if one.closed is None]
    # A decision that is not closed yet can still change.
    decided = [one.record.report for one in found if one.closed is not None and one.record is not None]
    took = [(local_day(one.closed[1]) - local_day(one.at)).days for one in found if one.closed is not None]
    offered = [one for one in found if one.offered]
    became = [one.became.what for one in offered if one.became is not None]
    # Kept apart: in kindmodus no key of the child is in the answer.
    ways = [frozenset(way for offer in one.offers for way in offer.ways) for one in offered]
    phone = sum(Way.PHONE in one for one in ways)
    tablet = sum(one == {Way.KINDMODUS} for one in ways)
    waits = [one for one in offered if one.waits]
    return Disclosed(
        opened=Number(len(found), None, "def.meldcode"),
        open=Number(len(still), len(found), "def.meldcode"),
        oldest=max((days(one.at) for one in still), default=None),
        reported=Number(sum(one is True for one in decided), len(found), "def.meldcode.report"),
        unreported=Number(sum(one is False for one in decided), len(found), "def.meldcode.report"),
        median=median_low(took) if took else None,
        offered=Number(len(offered), len(found), "def.meldcode.talk"),
        own=Number(phone, len(offered), "def.meldcode.own"),
        tablet=Number(tablet, len(offered), "def.meldcode.tablet"),
        held=Number(became.count(Independent.HELD), len(offered), "def.meldcode.talk"),
        declined=Number(became.count(Independent.NO), len(offered), "def.meldcode.talk"),
        waits=Number(len(waits), len(offered), "def.meldcode.talk"),
        longest=max((days(one.at) for one in waits), default=None),
    )
