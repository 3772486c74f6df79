"""How often a child must be spoken to alone, and on which days that was so: dated norms over days. Pure.

`Norm` is one dated rule; `norm_of` makes one of what somebody typed and says with BadNorm what cannot be; `in_force`
finds the one of a day; `stretches` says for a child on which days it was within the norm. Who set a norm, when and why
stands in `Set`. Everything counts in days of the Netherlands; docs/counting.md has the rules in words.

A norm is number and spacing. Each day is judged by the norm that was in force on it, so a new norm changes no day
before its own first.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from kindstem.errors import BadNorm

MOST: Final = 52
"""The largest number a year that a norm may ask for."""

LONGEST_GAP: Final = 366
"""The longest gap in days that a norm of one's own may allow."""

_DAY: Final = timedelta(days=1)
_SHORTEST: Final = 28
"""A day that every month has."""


class NormKind(StrEnum):
    """How a norm was given."""

    MONTHLY = "monthly"
    YEARLY = "yearly"
    OWN = "own"


@dataclass(frozen=True)
class Norm:
    """From this day on: at least `number` in the last twelve months, and no longer gap than months and days say."""

    since: date
    kind: NormKind
    number: int
    gap_months: int
    gap_days: int

    def latest(self, last: date) -> date:
        """The last day on which this long after `last` is still within the gap."""
        return add_months(last, self.gap_months) + timedelta(days=self.gap_days)

    def text(self) -> str:
        """The norm in one word for log and command line: `monthly`, `4/year`, `own:6/year,90d`."""
        if self.kind is NormKind.MONTHLY:
            return "monthly"
        if self.kind is NormKind.YEARLY:
            return f"{self.number}/year"
        return f"own:{self.number}/year,{self.gap_days}d"


@dataclass(frozen=True)
class Set:
    """A norm, and who set it, when and why."""

    norm: Norm
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on end on which a child was within the norm, or was not; without an end as long as nothing happens."""

    since: date
    until: date | None
    within: bool
    begun: date
    """Where the clock began: the day charged, or the day on which the child was no longer under four."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days on end on which a child is to be spoken to alone."""

    since: date
    until: date | None


def norm_of(kind: str, since: date, *, number: int | None = None, gap_days: int | None = None) -> Norm:
    """The norm of this kind. Raises BadNorm with the field that cannot be.

    `monthly` takes neither number nor gap; `yearly` the number, from which the gap follows (twice twelve months divided
    by it, parts of a month as days of thirty a month); `own` takes both.
    """
    if kind not in set(NormKind):
        raise BadNorm(field="kind")
    if (number is None) is not (kind == NormKind.MONTHLY) or (number is not None and not 1 <= number <= MOST):
        raise BadNorm(field="number")
    if (gap_days is not None) is not (kind == NormKind.OWN):
        raise BadNorm(field="gap")
    if kind == NormKind.MONTHLY or number is None:
        return Norm(since, NormKind.MONTHLY, 0, 1, 0)
    if gap_days is None:
        months, rest = divmod(24, number)
        return Norm(since, NormKind.YEARLY, number, months, 30 * rest // number)
    # So many in a year cannot all lie further apart than this, so such a gap would never be looked at.
    if not 1 <= gap_days <= LONGEST_GAP:
        raise BadNorm(field="gap")
    return Norm(since, NormKind.OWN, number, 0, gap_days)


def in_force(norms: Sequence[Norm], day: date) -> Norm | None:
    """The norm of a day, of norms in the order of their first days; None before the first."""
    place = bisect_right([norm.since for norm in norms], day)
    return norms[place - 1] if place else None


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= _SHORTEST:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def required(norm: Norm, begun: date, day: date) -> int:
    """How many a measure of this length must have had by this day: in its first year, in proportion to whole months."""
    months = (day.year - begun.year) * 12 + day.month - begun.month
    if add_months(begun, months) > day:
        months -= 1
    return norm.number * min(12, max(0, months)) // 12


def is_within(norm: Norm, begun: date, contacts: Sequence[date], day: date) -> bool:
    """Whether a child was within the norm on a day; `contacts` are the days of its 1-op-1 contacts, in order.

    Only contacts since the clock began count. A contact counts on its own day, and up to and including the day that is
    as many months later as the norm says.
    """
    first, end = bisect_left(contacts, begun), bisect_right(contacts, day)
    last = contacts[end - 1] if end > first else begun
    if day > norm.latest(last):
        return False
    since = bisect_left(contacts, add_months(day, -12))
    return end - max(first, since) >= required(norm, begun, day)


def stretches(norms: Sequence[Norm], spans: Iterable[Span], contacts: Sequence[date]) -> list[Stretch]:
    """The days of these spans, judged; days before the first norm are in no stretch.

    `norms` by their first days, `contacts` by day. The last stretches reach into the future and hold as long as no
    further contact comes, so nothing has to be computed again because a day has passed.
    """
    found: list[Stretch] = []
    for span in spans:
        found += _judged(norms, span, contacts)
    return found


def _judged(norms: Sequence[Norm], span: Span, contacts: Sequence[date]) -> list[Stretch]:
    begun = span.since
    days = contacts[bisect_left(contacts, begun) :]
    turns = {begun, *days}
    turns |= {add_months(begun, months) for months in range(1, 13)}
    for day in days:
        # From a long month into a short one, several days have the same day a year on; look on both sides.
        turns |= {add_months(day, 12) + n * _DAY for n in (0, 1, 2)}
    for norm in norms:
        turns.add(norm.since)
        turns |= {norm.latest(day) + _DAY for day in (begun, *days)}
    ordered = sorted(day for day in turns if day >= begun and (span.until is None or day <= span.until))
    found: list[Stretch] = []
    for day in ordered:
        judging = in_force(norms, day)
        if judging is None:
            continue
        within = is_within(judging, begun, days, day)
        if found and found[-1].within == within:
            continue
        if found:
            found[-1] = _ended(found[-1], day - _DAY)
        found.append(Stretch(day, span.until, within, begun))
    return found


def _ended(stretch: Stretch, until: date) -> Stretch:
    return Stretch(stretch.since, until, stretch.within, stretch.begun)
