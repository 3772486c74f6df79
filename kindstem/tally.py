"""What roster, norms and contacts come to for one child: where it stood on each day, judged days, sums. Pure.

The store keeps what these functions give in the transaction that changes what they are given, and `kindstem recount`
proves that both are still the same. The rules in words: docs/counting.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from kindstem.domain import FOREVER, Contact, Fact, Listed, Measure, Place
from kindstem.norms import Norm, Span, add_months, stretches

FOUR: Final = 4
GROWN: Final = 18
NOWHERE: Final = Place(None, None, None, None, None)

WAYS: Final = ("all", "team", "measure", "age", "municipality", "place")
"""The ways of choosing children by which sums are kept, one at a time."""

_DAY: Final = timedelta(days=1)
_BANDS: Final = ((4, "0-3"), (8, "4-7"), (12, "8-11"), (16, "12-15"), (GROWN, "16-17"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Days on end on which a child stood in one place and was within the norm, or not, or was not judged (None)."""

    since: date
    until: date
    within: bool | None
    begun: date
    """Where the clock began: the day charged, or the day on which the child was no longer under four."""
    place: Place


@lru_cache(maxsize=50_000)
def birthday(born: str, years: int) -> date:
    """The first day on which a child born in this month counts as this old: once the whole month is over.

    The day of birth is not in the roster. So a child counts as under four, and as a child, a few weeks longer rather
    than shorter.
    """
    year, month = (int(part) for part in born.split("-"))
    return add_months(date(year + years, month, 1), 1)


def age_band(born: str, day: date) -> str | None:
    """The band of age on a day; None from 18 on."""
    return next((band for end, band in _BANDS if day < birthday(born, end)), None)


def spans(measures: Iterable[Measure]) -> list[Span]:
    """The days under any measure: measures that overlap, or of which one begins the day after another, are one span."""
    found: list[Span] = []
    for one in sorted(measures, key=lambda measure: (measure.charged, measure.until)):
        if one.until < one.charged:
            continue
        if found:
            last = found[-1]
            end = last.until or FOREVER
            if end == FOREVER or one.charged <= end + _DAY:
                found[-1] = Span(last.since, None if FOREVER in (end, one.until) else max(end, one.until))
                continue
        found.append(Span(one.charged, one.ended))
    return found


def opens(measure: Measure, measures: Iterable[Measure]) -> bool:
    """Whether the clocks begin with this measure: with one that goes on from another, none begins."""
    first = min((one for one in measures if one.charged == measure.charged), key=lambda one: (one.kind, one.id))
    return first.id == measure.id and any(span.since == measure.charged for span in spans(measures))


def place_on(child: Listed | None, day: date) -> Place:
    """Where a child stands on a day; nowhere when it is under no measure, is 18, or the roster does not know it."""
    if child is None:
        return NOWHERE
    kind = _measure_on(child.measures, day)
    age = age_band(child.born, day)
    if kind is None or age is None:
        return NOWHERE
    return Place(
        child.fact("team", day), kind, age, child.fact("municipality", day), child.fact("place", day)
    )


def _measure_on(measures: Sequence[Measure], day: date) -> str | None:
    """The measure of a day: of several at once, the one that has run longest."""
    running = [one for one in measures if one.charged <= day <= one.until]
    return min(running, key=lambda one: (one.charged, one.kind)).kind if running else None


def standings(child: Listed, norms: Sequence[Norm], contacts: Sequence[date]) -> list[Standing]:
    """All days of a child under a measure, cut where anything changes; `contacts` are its 1-op-1 contacts by day.

    Under four, and before the first norm, days are not judged. The last ones reach as far as is known now, and hold as
    long as no contact, fact or norm comes in.
    """
    four, grown = birthday(child.born, FOUR), birthday(child.born, GROWN)
    found: list[Standing] = []
    for span in spans(child.measures):
        end = min(span.until or FOREVER, grown - _DAY)
        if end < span.since:
            continue
        judged = stretches(norms, [Span(max(span.since, four), end)], contacts) if end >= four else []
        cuts = {span.since, four, *(birthday(child.born, years) for years, _ in _BANDS)}
        cuts |= {one.since for one in judged}
        cuts |= _turns(child.facts) | {one.charged for one in child.measures} | _ends(child.measures)
        days = sorted(day for day in cuts if span.since <= day <= end)
        for since, until in zip(days, [*(day - _DAY for day in days[1:]), end], strict=True):
            here = next((one for one in judged if one.since <= since <= (one.until or FOREVER)), None)
            begun = here.begun if here else span.since
            within = here.within if here else None
            found.append(Standing(since, until, within, begun, place_on(child, since)))
    return _joined(found)


def _turns(facts: Iterable[Fact]) -> set[date]:
    cutting = [one for one in facts if one.name in {"team", "municipality", "place"}]
    return {one.since for one in cutting} | {one.until + _DAY for one in cutting if one.until is not None}


def _ends(measures: Iterable[Measure]) -> set[date]:
    return {one.ended + _DAY for one in measures if one.ended is not None}


def _joined(found: list[Standing]) -> list[Standing]:
    """Without cuts at which nothing changed."""
    joined: list[Standing] = []
    for one in found:
        before = joined[-1] if joined else None
        if before is not None and replace(before, since=one.since, until=one.until) == one and _next(before, one):
            joined[-1] = replace(before, until=one.until)
        else:
            joined.append(one)
    return joined


def _next(before: Standing, one: Standing) -> bool:
    return before.until + _DAY == one.since


# --- sums -------------------------------------------------------------------------------------------------------------

Tally = tuple[str, str, str, str]
"""A sum's place: way of choosing, value, month, what is summed."""


def counted_as(contact: Mapping[str, Any], age: str | None) -> list[str]:
    """What a contact counts as, by the same rules as the report in an audit bundle (verify/figures.py).

    `contact` has the fields of a Contact by name. With children under four, what would be realised is `seen`.
    """
    state = contact["state"]
    found = ["late"] if contact["late"] else []
    if contact["level"] == "disputed":
        found.append("disputed")
    if state.startswith("withdrawn"):
        found.append("withdrawn")
        if state == "withdrawn-after-dispute":
            found.append("withdrawn-after-dispute")
    elif state == "notheld":
        found.append(f"notheld.{contact['reason']}")
    elif state == "other":
        found.append(f"other.{contact['kind']}.{contact['who']}.{contact['planned']}")
    elif state == "realised" and age == "0-3":
        found.append("seen")
    elif state == "realised":
        found += [f"realised.{contact['level'][0]}", f"minutes.{contact['minutes']}"]
        if contact["level"] == "A-unlocked":
            found.append("realised.A-unlocked")
        if contact["foreseen"]:
            found.append("foreseen")
    return found


def ways_of(place: Place) -> list[tuple[str, str]]:
    """By which ways of choosing a child in this place is chosen. Outside any measure it has a line of its own."""
    if place.measure is None:
        return [("outside", "")]
    values = (place.team, place.measure, place.age, place.municipality, place.place)
    return [("all", ""), *((way, value) for way, value in zip(WAYS[1:], values, strict=True) if value is not None)]


def contact_tallies(rows: Iterable[tuple[Contact, Place]]) -> Counter[Tally]:
    """The sums over contacts."""
    found: Counter[Tally] = Counter()
    for contact, place in rows:
        month = contact.day.isoformat()[:7]
        for what in counted_as(vars(contact), place.age):
            for way, value in ways_of(place):
                found[way, value, month, what] += 1
    return found


def child_tallies(days: Sequence[Standing]) -> Counter[Tally]:
    """In which month a child begins to count and from which it counts no more, by each way of choosing.

    So the number of children of a month is the sum of all that began up to it, less those that ended. A child that was
    in two teams in one month counts in both.
    """
    found: Counter[Tally] = Counter()
    seen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for one in days:
        for chosen in ways_of(one.place):
            seen.setdefault(chosen, []).append((_number(one.since), _number(one.until)))
    for (way, value), months in seen.items():
        runs: list[list[int]] = []
        for first, last in sorted(months):
            if runs and first <= runs[-1][1] + 1:
                runs[-1][1] = max(runs[-1][1], last)
            else:
                runs.append([first, last])
        for first, last in runs:
            found[way, value, _month(first), "in"] += 1
            if last < _number(FOREVER):
                found[way, value, _month(last + 1), "out"] += 1
    return found


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
