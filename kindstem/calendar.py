"""Working days in the Netherlands, and the days on which something is due.

Days without work are those of article 3 of the Algemene termijnenwet: weekends, New Year's Day, Good Friday, Easter
Monday, Ascension Day, Whit Monday, both Christmas days, King's Day (the 26th when the 27th of April is a Sunday) and
5 May, every year. Days that a decree equates with them for one year are `equated`, a table of the organisation.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# Good Friday and the yearly 5 May are "optional": law and custom differ, and an office that is closed reads nothing.
# A message must not count as overdue because of a day on which nobody was to work.
_CATEGORIES = ("public", "optional")


@cache
def _free_days(year: int) -> frozenset[date]:
    # Here, because the verifier asks for days only and is installed without it.
    import holidays

    return frozenset(holidays.country_holidays("NL", years=year, categories=_CATEGORIES))


FIRST_WITHIN: Final = 5
"""In how many working days after the day charged a child is to be spoken to."""

PLAN_WITHIN: Final = 42
"""By which day after the day charged the plan is to be adopted."""


def is_working_day(day: date, equated: Collection[date] = ()) -> bool:
    """Whether this is a day on which an office in the Netherlands is at work."""
    return day.weekday() < 5 and day not in _free_days(day.year) and day not in equated


def add_working_days(day: date, number: int, equated: Collection[date] = ()) -> date:
    """The working day that comes so many working days after a day, which does not count itself."""
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day, equated)
    return day


def first_due(charged: date, equated: Collection[date] = ()) -> date:
    """The last day on which the first conversation is in time: the fifth working day after the day charged."""
    return add_working_days(charged, FIRST_WITHIN, equated)


def plan_due(charged: date) -> date:
    """The last day on which the plan is in time: the 42nd day after the day charged, whatever day that is."""
    return charged + timedelta(days=PLAN_WITHIN)


def quarter_of(day: date) -> str:
    """The quarter of a year that a day lies in, as `2026-Q4`."""
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


def local_day(at: datetime) -> date:
    """The day a moment has in the Netherlands; `at` has a time zone."""
    return at.astimezone(AMSTERDAM).date()


def working_days_between(since: date, until: date, equated: Collection[date] = ()) -> int:
    """How many working days have passed after `since`, up to and including `until`; 0 when `until` is not later."""
    days = (until - since).days
    return sum(is_working_day(since + timedelta(days=n), equated) for n in range(1, days + 1))


def is_overdue(at: datetime, now: datetime, *, working_days: int) -> bool:
    """Whether more than this number of working days has passed since `at`.

    The day itself does not count, nor does the last one until it is over: a message of Friday evening is overdue
    after three working days on Thursday.
    """
    return working_days_between(local_day(at), local_day(now)) > working_days


@dataclass(frozen=True)
class Hours:
    """When an office is at work, by Dutch time, and how soon somebody is to look then and otherwise."""

    opens: time
    closes: time
    inside: timedelta
    outside: timedelta

    def open_at(self, at: datetime, equated: Collection[date] = ()) -> bool:
        """Whether the office is at work at a moment."""
        local = at.astimezone(AMSTERDAM)
        return is_working_day(local.date(), equated) and self.opens <= local.time() < self.closes

    def due(self, at: datetime, equated: Collection[date] = ()) -> datetime:
        """By when somebody is to have looked at what came at this moment.

        It runs by the limit of the hours it came in. When the hours change before that, the other limit counts from
        the change on, and whichever ends first holds: what comes at the end of a night does not wait through a morning.
        """
        due = at + self._limit(at, equated)
        day = local_day(at)
        while day <= local_day(due):
            for clock in (self.opens, self.closes):
                change = datetime.combine(day, clock, AMSTERDAM).astimezone(UTC)
                if at < change < due:
                    due = min(due, change + self._limit(change, equated))
            day += timedelta(days=1)
        return due

    def _limit(self, at: datetime, equated: Collection[date]) -> timedelta:
        return self.inside if self.open_at(at, equated) else self.outside
