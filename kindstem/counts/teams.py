"""Where children wait: team by team, and whether it gets better from month to month.

A team with fewer than three jeugdbeschermers gets no share and no place in the order, because these would be about one
of them (docs/counting.md, "Teams").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import Filters, Number
from kindstem.norms import add_months
from kindstem.store import Reader, Store
from kindstem.store.stands import TeamStand

STAFF: Final = 3
"""With fewer jeugdbeschermers than this a team is small."""

EARLIER: Final = 3
"""How many months earlier a team is compared with."""

JUDGED: Final = ("within", "over")
"""In which ways a child to whom a norm applied stood on a day, each with a list."""


@dataclass(frozen=True)
class Team:
    """How the children of a team stand today; without a name, those who are in none."""

    name: str | None
    children: int
    judged: int
    within: int
    waiting: int
    under_four: int
    without_worker: int
    longest: int | None
    """For how many days the child that waits longest has not been spoken to alone; None where nobody waits."""
    small: bool
    before: Number | None
    """Within the norm three months earlier; None for a small team, and where there was no norm or nobody."""

    @property
    def share(self) -> Number | None:
        """Within the norm, out of those to whom it applies; None for a small team, and where it applies to nobody."""
        return None if self.small or not self.judged else Number(self.within, self.judged, "def.norm")


@dataclass(frozen=True)
class Teams:
    """All teams on a day: where most children wait first, and after them the small ones by name."""

    at: datetime
    day: date
    earlier: date
    filters: Filters
    teams: tuple[Team, ...]


@dataclass(frozen=True)
class Stood:
    """How children stood by the norm at the end of a month, or of the period in it."""

    month: str
    day: date
    judged: int
    within: int

    @property
    def over(self) -> int:
        """How many had not been spoken to alone within the norm."""
        return self.judged - self.within


@dataclass(frozen=True)
class Judged:
    """The children who were within the norm on a day, or were not."""

    at: datetime
    filters: Filters
    day: date
    what: str
    number: Number
    rows: tuple[Silent, ...]
    """So many after those that were skipped, whoever was silent longest first."""


@dataclass(frozen=True)
class Silent:
    """A child on a day, and for how long it had not been spoken to alone."""

    child: str
    team: str | None
    last: date | None
    """The day of its last realised 1-op-1 contact in this measure up to that day."""
    days: int


async def teams(store: Store, filters: Filters, *, now: datetime) -> Teams:
    """How the children of every team stand on the day of `now`; of the filters the period plays no part."""
    return await kept(store, ("teams", filters), now, lambda _, f: _teams(f, filters, now))


async def trend(store: Store, filters: Filters, *, now: datetime) -> tuple[Stood, ...]:
    """How many children were within the norm at the end of each month of the period; of the last one, so far."""
    return await kept(store, ("trend", filters), now, lambda _, f: _trend(f, filters))


async def judged(
    store: Store, filters: Filters, day: date, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Judged:
    """The children behind a number of `trend`: who stood so, one of JUDGED, after those that are skipped."""

    def ask(_: Reader, f: Asked) -> Judged:
        ((asked, within),) = f.judged_on([day], filters.choice())
        number = Number(within if what == "within" else asked - within, asked, "def.norm")
        kids = f.children_judged(day, filters.choice(), what == "within", skip, limit)
        rows = tuple(
            Silent(kid.child, kid.team, kid.last, (day - max(kid.begun, kid.last or kid.begun)).days) for kid in kids
        )
        return Judged(now, filters, day, what, number, rows)

    return await kept(store, ("judged", filters, day, what, skip, limit), now, ask)


def _teams(f: Asked, filters: Filters, now: datetime) -> Teams:
    day = local_day(now)
    earlier = add_months(day, -EARLIER)
    before = {one.team: one for one in f.teams_on(earlier, filters.choice())}
    found = [_team(one, before.get(one.team), day) for one in f.teams_on(day, filters.choice())]
    found.sort(key=lambda one: (one.small, 0 if one.small else -one.waiting, one.name or ""))
    return Teams(now, day, earlier, filters, tuple(found))


def _team(one: TeamStand, before: TeamStand | None, day: date) -> Team:
    small = one.staff < STAFF
    known = before is not None and before.judged and not small
    return Team(
        name=one.team,
        children=one.children,
        judged=one.judged,
        within=one.within,
        waiting=one.judged - one.within,
        under_four=one.under_four,
        without_worker=one.without_worker,
        longest=None if one.silent is None else (day - one.silent).days,
        small=small,
        before=Number(before.within, before.judged, "def.norm") if before is not None and known else None,
    )


def _trend(f: Asked, filters: Filters) -> tuple[Stood, ...]:
    days, first = [], filters.since.replace(day=1)
    while first <= filters.until:
        following = add_months(first, 1)
        days.append(min(following - timedelta(days=1), filters.until))
        first = following
    numbers = f.judged_on(days, filters.choice())
    return tuple(Stood(day.isoformat()[:7], day, *one) for day, one in zip(days, numbers, strict=True))
