"""The clocks that begin with a measure: when what is due was met, and whether in time. Pure.

What each of them is stands in docs/counting.md, section "The three KPI's".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from kindstem import calendar
from kindstem.domain import Measure

CLOCKS: Final = ("worker", "first", "plan")
"""A jeugdbeschermer from the first day, face to face within five working days, a plan within six weeks."""

STATED_WITHIN: Final = 5
"""Within how many working days a measure's beginning and end are to come into the roster."""

_KNOWN_DAYS: Final = 20_000


@dataclass(frozen=True)
class Charged:
    """A measure with which the clocks of a child began, with what met them."""

    measure: Measure
    team: str | None
    face: date | None
    """The first talk face to face since the day charged, with the child alone or not."""
    alone: bool
    """Whether one on that first day was with the child alone."""
    worker: date | None
    """The first day since then on which it had a jeugdbeschermer."""


class Ran(NamedTuple):
    """One clock of a measure, on a day."""

    charged: Charged
    due: date
    met: date | None
    in_time: bool | None
    """None while it is neither met nor due."""


@dataclass(frozen=True)
class Clocked:
    """A clock over many measures, on a day."""

    late: int
    running: int
    met: int
    """In time."""
    first: tuple[Ran, ...]
    """Those that are late first, then the running ones, then those in time, each by the day charged and child; at most
    as many as were asked for."""


class Stated(NamedTuple):
    """A day on which a measure was charged or ended, and the day on which the roster was told."""

    what: str
    day: date
    told: date


def ran(clock: str, one: Charged, day: date, equated: frozenset[date]) -> Ran:
    """How a clock stands on a day.

    Of a measure that ended before it was due, unmet, nothing is due any more; it is left running.
    """
    charged = one.measure.charged
    if clock == "worker":
        due, met = charged, one.worker
    elif clock == "first":
        due, met = first_due(charged, equated), one.face
    else:
        due, met = _plan_due(charged), one.measure.plan
    if met is not None:
        return Ran(one, due, met, met <= due)
    return Ran(one, due, met, False if due < day and one.measure.until >= due else None)


def clocked(
    clock: str,
    charged: Iterable[Charged],
    numbers: Counter[bool | None],
    day: date,
    equated: frozenset[date],
    limit: int,
) -> Clocked:
    """A clock over measures by the day charged and child, of which so many are late (False), run (None) and met.

    What was not in time is what somebody has to look at, and a list of thousands shows nobody anything; so the measures
    are gone through until there are enough to list.
    """
    wanted: dict[bool | None, int] = {}
    left = limit
    for came in (False, None, True):
        wanted[came] = min(left, numbers[came])
        left -= wanted[came]
    listed: dict[bool | None, list[Ran]] = {False: [], None: [], True: []}
    missing = sum(wanted.values())
    for one in charged if missing else ():
        stands = ran(clock, one, day, equated)
        those = listed[stands.in_time]
        if len(those) < wanted[stands.in_time]:
            those.append(stands)
            missing -= 1
            if not missing:
                break
    return Clocked(numbers[False], numbers[None], numbers[True], (*listed[False], *listed[None], *listed[True]))


@lru_cache(maxsize=_KNOWN_DAYS)
def first_due(charged: date, equated: frozenset[date]) -> date:
    """The day on which the first conversation is due; over many children the same days come again and again."""
    return calendar.first_due(charged, equated)


@lru_cache(maxsize=_KNOWN_DAYS)
def _plan_due(charged: date) -> date:
    return calendar.plan_due(charged)


# --- what the roster was told -----------------------------------------------------------------------------------------


def stated_late(one: Stated, equated: frozenset[date]) -> bool:
    """Whether the roster was told too long after the day."""
    return one.told > _stated_due(one.day, equated)


@lru_cache(maxsize=_KNOWN_DAYS)
def _stated_due(day: date, equated: frozenset[date]) -> date:
    return calendar.add_working_days(day, STATED_WITHIN, equated)
