"""Requests to talk alone, as a bundle shows them: what closed each, and what a report says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kindstem.levels import Asked, ChildKeys, Held, Link, closed_by, takes_away
from kindstem.verify.figures import Event, day_of
from kindstem.verify.verdict import Findings

REQUESTS: Final = frozenset({"request", "request-end"})
"""What a bundle opens when it was entered since its period began, and of what is older all that was still open then."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request with what closed it."""

    asked: Asked
    closed: Link | None
    event: Event | None
    """The talk that closed it, where one did."""

    @property
    def day(self) -> date:
        """The day the child asked."""
        return day_of(self.asked.request.record["at"])

    @property
    def closed_day(self) -> date | None:
        """The day it was closed."""
        if self.closed is None:
            return None
        return self.event.day if self.event else day_of(self.closed.record["at"])

    @property
    def members(self) -> set[int]:
        """The entries that belong to it: opened together, or not at all."""
        return {self.asked.request.index, *(end.index for end in self.asked.ends)}

    def open_on(self, day: date) -> bool:
        """Whether it was open when this day ended."""
        return self.day <= day and (self.closed_day is None or self.closed_day > day)


def wishes_of(
    asked: Sequence[Asked],
    events: Sequence[Event],
    devices: Mapping[str, list[ChildKeys]],
    confidants: Mapping[str, set[str]],
    findings: Findings,
) -> list[Wish]:
    """What became of each request; an end that is not the child's to make is a finding, and closes nothing."""
    by_child: dict[str, list[Event]] = {}
    for event in events:
        by_child.setdefault(event.now["subj"], []).append(event)
    found = []
    for one in asked:
        subj = one.request.record["subj"]
        keys, talks = devices.get(subj, []), by_child.get(subj, [])
        for end in one.ends:
            if not takes_away(end.record, one.request.record, keys):
                findings.fail("end-not-child", end.index, request=one.request.index)
        held = [Held(event.chain, event.verdict) for event in talks]
        closed = closed_by(one, held, keys, confidants.get(subj, ()))
        by = next((event for event in talks if closed is not None and event.chain.current is closed), None)
        found.append(Wish(one, closed, by))
    return found


def count(report: dict[str, Any], wishes: Iterable[Wish], since: date, until: date) -> dict[str, Any]:
    """The report with its requests: by the month in which each was made, and how many were open on its last day."""
    months = {month["month"]: month["requests"] for month in report["months"]}
    waiting = 0
    for wish in wishes:
        waiting += wish.open_on(until)
        if since <= wish.day <= until:
            month = months[wish.day.isoformat()[:7]]
            month["made"] += 1
            if wish.open_on(until):
                month["open"] += 1
            else:
                month["talk" if wish.event else "child"] += 1
    return {**report, "waiting": waiting}


def first_of(events: Iterable[Event], wishes: Iterable[Wish], since: date, until: date) -> int | None:
    """Where the first chain begins in the log that is of the period, or closes a request that the bundle opens.

    From there on nothing that follows a talk may be closed.
    """
    first = [event.chain.first.index for event in events if since <= event.day <= until]
    first += [wish.event.chain.first.index for wish in wishes if wish.event is not None and wish.event.day <= until]
    return min(first, default=None)
