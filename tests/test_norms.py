"""Norms over days: number and spacing, judged each day by the norm it had, also at the ends of months."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem.errors import BadNorm
from kindstem.norms import Norm, Span, add_months, in_force, is_within, norm_of, required, stretches

MONTHLY = norm_of("monthly", date(2026, 1, 1))
FOUR = norm_of("yearly", date(2026, 1, 1), number=4)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("last", "day", "within"),
    [
        (date(2026, 3, 15), date(2026, 4, 15), True),
        (date(2026, 3, 15), date(2026, 4, 16), False),
        (date(2026, 1, 31), date(2026, 2, 28), True),  # no 31st of February
        (date(2026, 1, 31), date(2026, 3, 1), False),
        (date(2024, 1, 31), date(2024, 2, 29), True),
        (date(2026, 3, 29), date(2026, 4, 29), True),  # over the change to summer time
    ],
)
def test_monthly_is_at_most_a_calendar_month_ago(last: date, day: date, within: bool) -> None:
    assert is_within(MONTHLY, date(2023, 12, 1), [last], day) is within


def test_the_clock_begins_on_the_day_charged() -> None:
    begun = date(2026, 5, 10)
    assert is_within(MONTHLY, begun, [], date(2026, 6, 10))
    assert not is_within(MONTHLY, begun, [], date(2026, 6, 11))
    assert not is_within(MONTHLY, begun, [date(2026, 5, 9)], date(2026, 6, 11)), "what was before the measure"


@pytest.mark.parametrize(
    ("number", "months", "days"),
    [(1, 24, 0), (3, 8, 0), (4, 6, 0), (5, 4, 24), (6, 4, 0), (7, 3, 12), (8, 3, 0), (12, 2, 0)],
)
def test_the_gap_is_twice_a_year_by_the_number(number: int, months: int, days: int) -> None:
    norm = norm_of("yearly", date(2026, 1, 1), number=number)
    assert (norm.gap_months, norm.gap_days) == (months, days)


def test_four_a_year_needs_number_and_spacing() -> None:
    begun = date(2024, 1, 1)
    spread = [date(2025, 2, 1), date(2025, 5, 1), date(2025, 8, 1), date(2025, 11, 1)]
    assert is_within(FOUR, begun, spread, date(2026, 2, 1))
    assert not is_within(FOUR, begun, spread, date(2026, 2, 2)), "one of the four is over a year ago"
    early = [date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 3), date(2025, 7, 4)]
    assert is_within(FOUR, begun, early, date(2026, 1, 4))
    assert not is_within(FOUR, begun, early, date(2026, 1, 5)), "the gap is over six months"


def test_a_short_measure_is_judged_on_its_own_days() -> None:
    begun = date(2026, 1, 15)
    assert required(FOUR, begun, date(2026, 4, 14)) == 0
    assert required(FOUR, begun, date(2026, 4, 15)) == 1
    assert required(FOUR, begun, date(2030, 1, 1)) == 4
    assert is_within(FOUR, begun, [], date(2026, 4, 14))
    assert not is_within(FOUR, begun, [], date(2026, 4, 15))
    assert is_within(FOUR, begun, [date(2026, 2, 1)], date(2026, 7, 14))


def test_a_new_norm_changes_no_day_before_its_first() -> None:
    begun, contacts = date(2026, 1, 1), [date(2026, 1, 10), date(2026, 5, 1)]
    before = stretches([FOUR], [Span(begun, None)], contacts)
    after = stretches([FOUR, norm_of("monthly", date(2026, 6, 1))], [Span(begun, None)], contacts)

    def judged(found: list[Any], day: date) -> bool | None:
        return next((one.within for one in found if one.since <= day <= (one.until or date.max)), None)

    for n in range(300):
        day = begun + timedelta(days=n)
        if day < date(2026, 6, 1):
            assert judged(before, day) == judged(after, day)
    assert judged(after, date(2026, 6, 1)) is True
    assert judged(after, date(2026, 6, 2)) is False
    assert judged(before, date(2026, 6, 2)) is True


def test_before_the_first_norm_nobody_is_judged() -> None:
    found = stretches([norm_of("monthly", date(2026, 6, 1))], [Span(date(2026, 1, 1), date(2026, 12, 31))], [])
    assert [(one.since, one.until, one.within) for one in found] == [(date(2026, 6, 1), date(2026, 12, 31), False)]


@pytest.mark.parametrize(
    ("kind", "number", "gap", "field"),
    [
        ("weekly", None, None, "kind"),
        ("monthly", 12, None, "number"),
        ("yearly", None, None, "number"),
        ("yearly", 0, None, "number"),
        ("yearly", 53, None, "number"),
        ("yearly", 4, 30, "gap"),
        ("own", 4, None, "gap"),
        ("own", 4, 0, "gap"),
        ("own", 4, 367, "gap"),
    ],
)
def test_a_norm_that_cannot_be_is_refused(kind: str, number: int | None, gap: int | None, field: str) -> None:
    with pytest.raises(BadNorm) as fault:
        norm_of(kind, date(2026, 1, 1), number=number, gap_days=gap)
    assert fault.value.facts == {"field": field}


NORMS = st.one_of(
    st.just(MONTHLY),
    st.integers(1, 12).map(lambda n: norm_of("yearly", date(2024, 1, 1), number=n)),
    st.tuples(st.integers(1, 12), st.integers(5, 200)).map(
        lambda one: norm_of("own", date(2024, 1, 1), number=one[0], gap_days=one[1])
    ),
)


@given(
    st.lists(st.tuples(DAYS, NORMS), min_size=1, max_size=3),
    st.lists(DAYS, max_size=12),
    DAYS,
    st.integers(0, 900),
)
@settings(deadline=None, max_examples=60)
def test_stretches_say_of_each_day_what_that_day_says(
    dated: list[tuple[date, Norm]], contacts: list[date], begun: date, lasts: int
) -> None:
    """What is computed at turning points alone equals what is computed day by day."""
    norms = sorted(
        {since: Norm(since, norm.kind, norm.number, norm.gap_months, norm.gap_days) for since, norm in dated}.values(),
        key=lambda norm: norm.since,
    )
    contacts = sorted(contacts)
    found = stretches(norms, [Span(begun, begun + timedelta(days=lasts))], contacts)
    for n in range(lasts + 1):
        day = begun + timedelta(days=n)
        norm = in_force(norms, day)
        said = [one.within for one in found if one.since <= day <= (one.until or date.max)]
        assert said == ([] if norm is None else [is_within(norm, begun, contacts, day)])


@given(DAYS, st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
