"""Working days in the Netherlands, and when a message has waited too long."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem.calendar import is_overdue, is_working_day, local_day, working_days_between

DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 18), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 1, 1), False),
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 4, 27), False),  # King's Day
        (date(2026, 5, 5), False),  # 5 May, also outside lustrum years
        (date(2026, 5, 14), False),  # Ascension
        (date(2026, 5, 25), False),  # Whit Monday
        (date(2026, 12, 25), False),
        (date(2026, 12, 24), True),
    ],
)
def test_days_on_which_nobody_is_at_work(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_message_of_friday_evening_is_overdue_on_thursday() -> None:
    friday = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    wednesday, thursday = datetime(2026, 11, 25, 22, 0, tzinfo=UTC), datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
    assert not is_overdue(friday, wednesday, working_days=3)
    assert is_overdue(friday, thursday, working_days=3)


def test_a_holiday_gives_a_day_more() -> None:
    before = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    assert not is_overdue(before, datetime(2026, 12, 30, 12, 0, tzinfo=UTC), working_days=3)
    assert is_overdue(before, datetime(2026, 12, 31, 12, 0, tzinfo=UTC), working_days=3)


def test_the_day_is_that_of_the_netherlands() -> None:
    assert local_day(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert local_day(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)) == date(2026, 12, 31)


@given(DAYS, DAYS, DAYS)
@settings(deadline=None)
def test_working_days_add_up(a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    assert working_days_between(a, c) == working_days_between(a, b) + working_days_between(b, c)


@given(DAYS, DAYS)
@settings(deadline=None)
def test_there_are_never_more_working_days_than_days(a: date, b: date) -> None:
    assert 0 <= working_days_between(a, b) <= max(0, (b - a).days)
