"""The children among whom a number of a period is divided: nobody disappears in a sum."""

from __future__ import annotations

from datetime import date, datetime

from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import Among, Filters, Member, Number
from kindstem.errors import BadFilter
from kindstem.store import Reader, Store
from kindstem.store.among import AMONG, often_of
from kindstem.store.figures import Choice


def is_among(what: str) -> bool:
    """Whether children are listed by this, beside all of them."""
    return what in AMONG or often_of(what) is not None


async def among(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Among:
    """The children behind a number of a period, up to today, after those skipped; of `all` under-fours come last.

    Raises BadFilter for what is neither `all` nor one by which children are listed.
    """
    if what != "all" and not is_among(what):
        raise BadFilter(field="what")

    def ask(r: Reader, f: Asked) -> Among:
        since, until, chosen = filters.since, min(filters.until, local_day(now)), filters.choice()
        total, parts = f.children_among(since, until, chosen, what, skip, limit)
        kids = r.kids([one.child for one in parts], until)
        number = _number(f, since, until, chosen, what, total)
        rows = (Member(one.child, kids[one.child].team, kids[one.child].worker, one) for one in parts)
        return Among(now, filters, what, number, total, tuple(rows))

    return await kept(store, ("among", filters, what, skip, limit), now, ask)


def _number(f: Asked, since: date, until: date, chosen: Choice, what: str, total: int) -> Number:
    """The number that these children are behind, as the page of the period has it."""
    if what == "norm":
        within, judged, _ = f.child_days(since, until, chosen)
        return Number(within, judged, "def.norm")
    if what == "worker":
        *_, days = f.child_days(since, until, chosen)
        return Number(days - f.worker_days(since, until, chosen), days, "def.continuity")
    if what == "all":
        return Number(total, None, "def.denominator")
    if often_of(what) is not None:
        return Number(total, sum(f.by_number(since, until, chosen).values()), "def.spoken")
    return Number(f.worker_changes(since, until, chosen), f.children_between(since, until, chosen), "def.continuity")
