"""Working days in the Netherlands."""

from datetime import date, datetime, timedelta
from functools import cache
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


def is_working_day(day: date) -> bool:
    """Whether this is a day on which an office in the Netherlands is at work."""
    return day.weekday() < 5 and day not in _free_days(day.year)


def local_day(at: datetime) -> date:
    """The day a moment has in the Netherlands; `at` has a time zone."""
    return at.astimezone(AMSTERDAM).date()


def working_days_between(since: date, until: date) -> int:
    """How many working days have passed after `since`, up to and including `until`; 0 when `until` is not later."""
    days = (until - since).days
    return sum(is_working_day(since + timedelta(days=n)) for n in range(1, days + 1))


def is_overdue(at: datetime, now: datetime, *, working_days: int) -> bool:
    """Whether more than this number of working days has passed since `at`.

    The day itself does not count, nor does the last one until it is over: a message of Friday evening is overdue
    after three working days on Thursday.
    """
    return working_days_between(local_day(at), local_day(now)) > working_days
