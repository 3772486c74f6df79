"""Requests to talk alone with what became of each, for whom they are shown to and for whoever counts them.

Whether one is open follows from the records by the rule in levels.py, and is asked here by requests.py and by the rooms
that count alike, so that a desk and a number cannot disagree. There are no words in a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kindstem import levels, signing, talks
from kindstem.domain import Circle, TalkRow
from kindstem.levels import Asked, ChildKeys, Held, Link
from kindstem.store import Reader


@dataclass(frozen=True)
class Request:
    """A request of a child to talk alone, and what became of it."""

    row: TalkRow
    ends: Sequence[TalkRow]
    name: str
    """Whom the child asked for; empty for somebody independent."""
    closed: Link | None
    """What closed it: a talk, or the record in which the child took it away; None while it is open."""
    since: datetime
    """When the child asked; by our clock where the phone's ran ahead."""

    @property
    def how(self) -> Literal["talk", "child"] | None:
        """Which of the two closed it."""
        if self.closed is None:
            return None
        return "child" if self.closed.t == "request-end" else "talk"

    @property
    def to(self) -> str | None:
        """The id of whom the child asked for; None for somebody independent."""
        found: str | None = levels.link_of(self.row).record["to"]
        return found

    @property
    def circle(self) -> Circle:
        """Whose desks show it, by the child's own signature."""
        return Circle(levels.link_of(self.row).record["circle"])


def requests_of(r: Reader, child: str, *, by: datetime | None = None) -> list[Request]:
    """A child's requests with what became of each, the oldest first; with `by`, as they stood at that moment."""
    rows = {row.hash: row for row in r.request_records(child)}
    if not rows:
        return []
    devices = child_keys(r, child)
    held = levels.held_of([levels.link_of(row) for row in r.talk_records(child)], devices)
    confidants = {
        one.person for listed in r.lists_of(child) if listed.circle is Circle.CONFIDANT for one in listed.readers
    }
    asked, _ = levels.requests_of(levels.link_of(row) for row in rows.values())
    if by is not None:
        held = [one for one in held if _moment(one.chain.current) <= by]
        asked = [
            Asked(one.request, tuple(end for end in one.ends if _moment(end) <= by))
            for one in asked
            if rows[one.request.hash].at <= by
        ]
    return [_request(r, rows, one, held, devices, confidants) for one in asked]


def _moment(link: Link) -> datetime:
    """When a talk began, or a record was signed."""
    return talks.moment_of(levels.about(link.record))


def open_ones(r: Reader, *, at: datetime, child: str | None = None) -> list[Request]:
    """Every request that was open at a moment, of all children or of one, the longest open first.

    A request that a talk closed later was open at that moment; so was one that the child took away later.
    """
    children = r.children_asking(at) if child is None else [child]
    found = [one for kindnummer in children for one in requests_of(r, kindnummer, by=at) if one.closed is None]
    return sorted(found, key=lambda one: (one.since, one.row.child))


def _request(
    r: Reader,
    rows: dict[str, TalkRow],
    asked: Asked,
    held: Sequence[Held],
    devices: Sequence[ChildKeys],
    confidants: set[str],
) -> Request:
    row, to = rows[asked.request.hash], asked.request.record["to"]
    person = r.person(to) if to is not None else None
    return Request(
        row=row,
        ends=[rows[end.hash] for end in asked.ends],
        name=person.name if person else "",
        closed=levels.closed_by(asked, held, devices, confidants),
        since=min(talks.moment_of(asked.request.record["at"]), row.at),
    )


def child_keys(r: Reader, child: str) -> list[ChildKeys]:
    """The keys of the phones that this child has had."""
    found = [levels.link_of(row).record for row in r.talk_records(child) if row.type == "device"]
    keys = [(talks.device_keys(record, signing.signing_key_id), record["at"]) for record in found]
    return [ChildKeys(one.signing, one.unlock, talks.moment_of(at)) for one, at in keys]
