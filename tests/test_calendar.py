"""Working days in the Netherlands, and when a message has waited too long."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem.calendar import (
    add_working_days,
    first_due,
    is_overdue,
    is_working_day,
    local_day,
    plan_due,
    working_days_between,
)

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


def easter(year: int) -> date:
    """Easter Sunday, counted apart from the library: Meeus's way."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@pytest.mark.parametrize("year", range(2020, 2061))
def test_days_without_work_are_those_of_article_3(year: int) -> None:
    """Each day of each year, against the list of the law: no holiday more, none less."""
    sunday, kings = easter(year), date(year, 4, 27)
    free = {
        date(year, 1, 1), date(year, 5, 5), date(year, 12, 25), date(year, 12, 26),
        kings if kings.weekday() != 6 else date(year, 4, 26),
        *(sunday + timedelta(days=n) for n in (-2, 1, 39, 50)),
    }  # fmt: skip
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    assert {day for day in days if not is_working_day(day) and day.weekday() < 5 and day.year == year} == {
        day for day in free if day.weekday() < 5
    }


@pytest.mark.parametrize(
    ("charged", "due"),
    [
        (date(2026, 11, 18), date(2026, 11, 25)),  # a Wednesday: a weekend lies between
        (date(2026, 11, 20), date(2026, 11, 27)),  # a Friday
        (date(2026, 11, 21), date(2026, 11, 27)),  # a Saturday: Monday is the first
        (date(2026, 11, 22), date(2026, 11, 27)),
        (date(2026, 4, 1), date(2026, 4, 10)),  # Good Friday and Easter Monday between
        (date(2026, 4, 24), date(2026, 5, 4)),  # King's Day on a Monday
        (date(2025, 4, 17), date(2025, 4, 28)),  # Easter; King's Day on Saturday, as the 27th is a Sunday
        (date(2026, 4, 28), date(2026, 5, 6)),  # 5 May, no lustrum year
        (date(2026, 5, 8), date(2026, 5, 18)),  # Ascension Day
        (date(2026, 12, 23), date(2026, 12, 31)),  # Christmas Day; the second is a Saturday
        (date(2026, 12, 28), date(2027, 1, 5)),  # New Year's Day
        (date(2026, 10, 23), date(2026, 10, 30)),  # over the end of summer time
    ],
)
def test_the_first_conversation_is_due_on_the_fifth_working_day(charged: date, due: date) -> None:
    assert first_due(charged) == due


def test_an_equated_day_gives_a_day_more() -> None:
    bridge = frozenset({date(2026, 5, 15)})
    assert first_due(date(2026, 5, 8), bridge) == date(2026, 5, 19)
    assert working_days_between(date(2026, 5, 8), date(2026, 5, 18), bridge) == 4


@pytest.mark.parametrize(
    ("charged", "due"), [(date(2026, 11, 18), date(2026, 12, 30)), (date(2026, 2, 1), date(2026, 3, 15))]
)
def test_the_plan_is_due_on_the_42nd_day_whatever_day_that_is(charged: date, due: date) -> None:
    assert plan_due(charged) == due


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),  # winter time
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),  # summer time
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_day_begins_at_midnight_here_also_when_the_clock_changes(at: datetime, day: date) -> None:
    assert local_day(at) == day


@given(DAYS, st.integers(1, 30))
@settings(deadline=None)
def test_so_many_working_days_later_is_a_working_day_so_many_later(day: date, number: int) -> None:
    due = add_working_days(day, number)
    assert is_working_day(due)
    assert working_days_between(day, due) == number
