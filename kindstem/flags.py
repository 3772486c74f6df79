"""A flag that nobody sees climbs; one that was seen stays until somebody reached the child and a next step is known.

The flag itself is taken in by messages.py. Here is nothing of what a child said: a record says that, when and by whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kindstem import oncall
from kindstem.calendar import Hours, local_day
from kindstem.config import Config
from kindstem.domain import Circle, ClimbStep, Direction, Flag, NextStep, Person, SchoolSignal
from kindstem.errors import BadRequest, NotFound
from kindstem.store import Reader, Store, Tx

OTHER = "other"
"""Who reached the child, when it was somebody who does not read it."""


@dataclass(frozen=True)
class _Climb:
    flag: Flag
    step: ClimbStep
    due: datetime
    people: tuple[str, ...]


def hours_of(config: Config) -> Hours | None:
    """How soon a flag is to be seen, by day and by night; None while the organisation has not said both."""
    if config.flag_minutes_day is None or config.flag_minutes_night is None:
        return None
    inside, outside = timedelta(minutes=config.flag_minutes_day), timedelta(minutes=config.flag_minutes_night)
    return Hours(*config.office_hours, inside, outside)


async def climb(store: Store, config: Config, *, now: datetime) -> int:
    """Let every flag climb that nobody saw in time, and give how many steps were taken.

    To whoever leads the team first, and after as long again to the on-call service; where no leader can be reached, to
    the service at once. What is due follows from the moment the flag was set, so that a server that was away takes the
    steps it missed when it comes back. Each is kept once: no restart sends it again.
    """
    hours = hours_of(config)
    if hours is None:
        return 0
    # Most minutes there is nothing, and then nothing is written.
    if not await store.read(lambda r: _due(r, hours, now)):
        return 0

    def keep(tx: Tx) -> int:
        due = _due(tx, hours, now)
        return sum(tx.add_climb(one.flag, one.step, due=one.due, at=now, people=one.people) for one in due)

    return await store.write(keep)


def _due(r: Reader, hours: Hours, now: datetime) -> list[_Climb]:
    equated = r.equated_days()
    return [step for flag in r.flags_unseen() for step in _steps(r, flag, hours, equated, now)]


def _steps(r: Reader, flag: Flag, hours: Hours, equated: frozenset[date], now: datetime) -> list[_Climb]:
    due = hours.due(flag.at, equated)
    if now < due:
        return []
    found = []
    leaders = _there(r, r.leaders_of(flag.child), local_day(now))
    led = any(step is ClimbStep.LEADER for step, _ in flag.climbed)
    if leaders and not led:
        found.append(_Climb(flag, ClimbStep.LEADER, due, leaders))
    if leaders or led:
        due = hours.due(due, equated)
    if now >= due:
        # The service's own address is told in any case; who of it can sign in and open what is said for it, too.
        served = r.newest_list(flag.child, Circle.ONCALL)
        people = _there(r, [one.person for one in served.readers] if served else (), local_day(now))
        found.append(_Climb(flag, ClimbStep.ONCALL, due, people))
    return found


def _there(r: Reader, people: Sequence[str], day: date) -> tuple[str, ...]:
    found = [person for person in map(r.person, people) if person is not None]
    return tuple(one.id for one in found if one.active and not (one.away and one.away.covers(day)))


async def record(
    store: Store, person: Person, flag: str, *, reached: str | None, next: NextStep | None, now: datetime
) -> Flag:
    """Keep who reached the child, or what comes next, or both, and give the flag as it stands then.

    `reached` is the id of somebody on a worker list of the child, or on its on-call list, or OTHER. Whoever records it
    has seen the flag.

    Raises NotFound for whoever neither reads the child's worker circle nor has the flag with the on-call service, and
    BadRequest.
    """

    def keep(tx: Tx) -> Flag:
        found = tx.flag(flag)
        if found is None or not oncall.may_act(tx, person, found):
            raise NotFound()
        if reached is None and next is None:
            raise BadRequest()
        by = reached if reached != OTHER else None
        if by is not None and by not in oncall.who_reached(tx, found):
            raise BadRequest()
        tx.see_flag(flag, person.id, now)
        tx.add_flag_step(flag, person.id, now, reached=by, other=reached == OTHER, next=next)
        kept = tx.flag(flag)
        assert kept is not None
        return kept

    return await store.write(keep)


# --- signals for a school ---------------------------------------------------------------------------------------------


async def add_signal(store: Store, person: Person, child: str, entry: str, *, now: datetime) -> SchoolSignal:
    """Keep that a text for the school was made, of which a sealed entry of this person says what the child knows.

    The text itself never comes here: it holds a name and a day of birth. The same entry again gives what is kept.

    Raises NotFound for whoever is not in the child's worker circle, and when that entry is not there.
    """

    def keep(tx: Tx) -> SchoolSignal:
        if tx.role_for(person.id, child) not in oncall.READERS:
            raise NotFound()
        row = tx.entry_for(person.reading_key or "", entry)
        if row is None or (row.child, row.person, row.direction) != (child, person.id, Direction.DOWN):
            raise NotFound()
        tx.add_school_signal(entry, child, person.id, now)
        kept = tx.school_signal(entry)
        assert kept is not None
        return kept

    return await store.write(keep)


async def hand_over(store: Store, person: Person, entry: str, *, now: datetime) -> None:
    """Keep that a signal was handed over to the school. Raises NotFound for whoever is not in the worker circle."""

    def keep(tx: Tx) -> None:
        found = tx.school_signal(entry)
        if found is None or tx.role_for(person.id, found.child) not in oncall.READERS:
            raise NotFound()
        tx.hand_school_signal(entry, person.id, now)

    await store.write(keep)
