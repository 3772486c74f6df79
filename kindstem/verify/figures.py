"""The numbers of a report, counted from the events: one function for whoever claims them and whoever checks them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from kindstem.calendar import local_day
from kindstem.levels import Chain, ChildKeys, Level, Verdict, level_of
from kindstem.wire import Record


@dataclass(frozen=True, slots=True)
class Event:
    """A chain with what it comes to."""

    chain: Chain
    verdict: Verdict
    late: bool
    weak: bool
    """Whether it is confirmed by a phone for which one professional alone has vouched."""
    now: Record
    """The talk, or talk not held, as it now stands."""
    day: date
    """The day it was on, in the Netherlands."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A measure as the organisation states it: whose, from and until which day, and the day on which its end came in.

    Days are ISO dates, which sort as they follow each other.
    """

    subj: str
    since: str
    until: str = ""
    told: str = ""
    """Empty as well when a log that was begun anew took the end over."""


@lru_cache(maxsize=100_000)
def day_of(time: str) -> date:
    """The day that a time of a record has in the Netherlands."""
    return local_day(datetime.fromisoformat(time))


def event_of(chain: Chain, phones: list[ChildKeys], weak_keys: frozenset[str], *, late: bool) -> Event:
    """What a chain comes to, for a child with these phones, of which those named are weakly introduced."""
    verdict = level_of(chain, phones)
    weak = False
    if weak_keys and verdict.level in {Level.A, Level.B}:
        named = {answer.record["talk"] for answer in chain.answers}
        signers = {key for answer in chain.answers if answer.record["talk"] in named for key in answer.by}
        weak = bool(signers & weak_keys)
    now = chain.current.record
    return Event(chain, verdict, late, weak, now, day_of(now["start"]))


def report(
    events: Iterable[Event],
    samples: Iterable[tuple[date, str]],
    charges: Collection[Charge],
    since: date,
    until: date,
) -> dict[str, Any]:
    """The report over a period: for each month what was realised by level, and everything else by its name.

    `samples` are results of sampling, with the day of the talk asked about. Children are those that the organisation
    states it was charged with, and beside them those of whom it said so only until the month was over.
    """
    months = {month: _nothing() | _children(charges, month, since, until) for month in _months(since, until)}
    for event in events:
        if since <= event.day <= until:
            _count(months[event.day.isoformat()[:7]], event)
    for day, found in samples:
        if since <= day <= until:
            _one_more(months[day.isoformat()[:7]]["samples"], found)
    return {
        "v": 1,
        "from": since.isoformat(),
        "to": until.isoformat(),
        "months": [{"month": month, **counted} for month, counted in months.items()],
    }


def totals(found: dict[str, Any]) -> dict[str, Any]:
    """All months of a report together; without children, who are not others each month."""
    total = _nothing()
    for month in found["months"]:
        for name, value in month.items():
            if isinstance(value, dict):
                for inner, number in value.items():
                    total[name][inner] = total[name].get(inner, 0) + number
            elif isinstance(value, int) and name in total:
                total[name] += value
    return total


def _nothing() -> dict[str, Any]:
    return {
        "realised": {"A": 0, "A-unlocked": 0, "B": 0, "C": 0, "D": 0},
        "disputed": 0,
        "withdrawn": 0,
        "withdrawn-after-dispute": 0,
        "notheld": {},
        "others": {},
        "late": 0,
        "weak": 0,
        "samples": {},
        "requests": {"made": 0, "talk": 0, "child": 0, "open": 0},
    }


def _children(charges: Collection[Charge], month: str, since: date, until: date) -> dict[str, int]:
    first = max(f"{month}-01", since.isoformat())
    last = min(f"{month}-31", until.isoformat())
    began = [one for one in charges if one.since <= last]
    charged = {one.subj for one in began if not one.until or one.until >= first}
    taken_out = {one.subj for one in began if one.until and one.until < first and one.told > last}
    return {"children": len(charged), "children-taken-out": len(taken_out - charged)}


def _count(month: dict[str, Any], event: Event) -> None:
    verdict, now = event.verdict, event.now
    month["late"] += event.late
    month["weak"] += event.weak
    # A dispute and a withdrawal can stand on one chain: both figures count it.
    month["disputed"] += verdict.level is Level.DISPUTED
    month["withdrawn"] += verdict.withdrawn
    month["withdrawn-after-dispute"] += verdict.after_dispute
    if verdict.realised:
        month["realised"][verdict.level.value] += 1
        month["realised"]["A-unlocked"] += verdict.level is Level.A and verdict.unlocked
    elif verdict.withdrawn or verdict.level is Level.DISPUTED:
        return
    elif now["t"] == "notheld":
        _one_more(month["notheld"], now["reason"])
    else:
        _one_more(month["others"], f"{now['kind']}.{now['who']}.{now['planned']}")


def _one_more(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _months(since: date, until: date) -> list[str]:
    found = []
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        found.append(f"{year:04d}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def differences(claimed: Any, counted: Any, path: str = "") -> list[tuple[str, str, str]]:
    """Where two reports differ: the place, what was claimed, what was counted."""
    if isinstance(claimed, dict) and isinstance(counted, dict):
        names = sorted(claimed.keys() | counted.keys())
        return [
            one
            for name in names
            for one in differences(claimed.get(name), counted.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(claimed, list) and isinstance(counted, list) and len(claimed) == len(counted):
        return [
            one
            for place, (left, right) in enumerate(zip(claimed, counted, strict=True))
            for one in differences(left, right, f"{path}.{place}")
        ]
    # True is 1 to Python, and no number to anybody else.
    if type(claimed) is type(counted) and claimed == counted:
        return []
    return [(path, _said(claimed), _said(counted))]


def _said(value: Any) -> str:
    return str(value)[:80]
