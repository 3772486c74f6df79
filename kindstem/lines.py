"""A child's line: its talks along time under its kindnummer, for whoever counts (docs/counting.md).

What is here is what numbers are made of: days, lengths, kinds, levels, and where the roster says that a child stands.
This room cannot import what could open a message (`pyproject.toml`, contract "numbers").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from kindstem import asked, norms, tally
from kindstem.calendar import local_day
from kindstem.domain import Circle, Contact, Listed, Measure
from kindstem.errors import NotFound
from kindstem.store import Reader, Store
from kindstem.store.figures import Choice
from kindstem.store.lines import Spoken


@dataclass(frozen=True)
class Line:
    """A child as the numbers know it, and its talks in a period."""

    at: datetime
    child: str
    since: date
    until: date
    team: str | None
    worker: str | None
    """The name of its jeugdbeschermer today."""
    changes: tuple[date, ...]
    """The days on which that changed while the roster knew the child."""
    age: str | None
    living: str | None
    measures: tuple[Measure, ...]
    enrolled: bool
    begun: date | None
    """Where the silence is counted from without a talk; None outside any measure."""
    last: date | None
    """The day of the last realised 1-op-1 contact."""
    days: int | None
    """Days since then, or since `begun`; None outside any measure."""
    latest: date | None
    """The last day on which that is within the norm; None without a norm for this child."""
    standing: str
    """`yes` or `no` within the norm today; `young` or `none` where no norm applies."""
    planned: datetime | None
    """When the next talk is planned."""
    asked: date | None
    """Since when its oldest request to talk alone is open, of those that jeugdbeschermer and second reader see."""
    number: int
    """Realised 1-op-1 contacts in the period."""
    rows: tuple[Contact, ...]
    """Every talk in the period, whatever it came to, newest first."""


async def line(store: Store, child: str, since: date, until: date, *, team: str | None, now: datetime) -> Line:
    """A child's line over a period, from its first to its last day.

    With `team`, only for a child that is in this team today, and only what was while it was in it. Raises NotFound for
    any other, and for a kindnummer that nobody has: the two cannot be told apart.
    """
    return await store.read(lambda r: _line(r, child, since, until, team, now))


async def talks_of(
    store: Store, children: Sequence[str], since: date, until: date, choice: Choice
) -> Mapping[str, Sequence[Spoken]]:
    """The realised and disputed talks of these children in the period and in a choice, by child and day."""
    rows = await store.read(lambda r: r.contacts_among(children, since, until, choice))
    found: dict[str, list[Spoken]] = {}
    for row in rows:
        found.setdefault(row.child, []).append(row)
    return found


def _line(r: Reader, child: str, since: date, until: date, team: str | None, now: datetime) -> Line:
    today = local_day(now)
    listed = r.listed(child)
    if not r.knows_child(child) or (team is not None and (listed is None or listed.fact("team", today) != team)):
        raise NotFound()
    rows = [one for one, place in r.rows_of(child) if team is None or place.team == team]
    stood = next((one for one in r.standings_of(child) if one.since <= today <= one.until), None)
    place = stood.place if stood else tally.NOWHERE
    kid = r.kids([child], today).get(child)
    realised = sorted(one.day for one in rows if one.state == "realised")
    last, begun = realised[-1] if realised else None, stood.begun if stood else None
    waits_from = max(last, begun) if last and begun else begun
    norm = norms.in_force(r.norms(), today) if stood and stood.within is not None else None
    return Line(
        at=now,
        child=child,
        since=since,
        until=until,
        team=listed.fact("team", today) if listed else None,
        worker=kid.worker if kid else None,
        changes=_changes(listed),
        age=place.age,
        living=place.place,
        measures=listed.measures if listed else (),
        enrolled=r.is_enrolled(child),
        begun=begun,
        last=last,
        days=(today - waits_from).days if waits_from else None,
        latest=norm.latest(waits_from) if norm and waits_from else None,
        standing=_standing(stood),
        planned=r.next_plans([child], now).get(child),
        asked=_asked(r, child, now),
        number=sum(one.state == "realised" and since <= one.day <= until for one in rows),
        rows=tuple(one for one in rows if since <= one.day <= until),
    )


def _asked(r: Reader, child: str, now: datetime) -> date | None:
    # What only the vertrouwenspersoon sees shows on nobody's page with the child beside it (decision 0019).
    found = (one for one in asked.open_ones(r, at=now, child=child) if one.circle is Circle.WORKER)
    return next((local_day(one.since) for one in found), None)


def _standing(stood: tally.Standing | None) -> str:
    if stood is None or stood.within is None:
        return "young" if stood is not None and stood.place.age == "0-3" else "none"
    return "yes" if stood.within else "no"


def _changes(listed: Listed | None) -> tuple[date, ...]:
    workers = [one for one in listed.facts if one.name == "worker" and one.value] if listed else []
    return tuple(after.since for before, after in pairwise(workers) if before.value != after.value)
