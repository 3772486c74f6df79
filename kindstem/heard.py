"""Whether a child was heard before a decision: what talks, documents and its own words come to. Pure.

The decisions are the roster's. The rules in words, and what a professional could bend about them: docs/counting.md,
section "Heard before a decision".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kindstem.domain import Decision, DecisionKind
from kindstem.norms import add_months

MONTHS: Final = 3
"""How long before a decision a talk and words may lie, unless the organisation set another number."""

MOST: Final = 12

_KNOWN: Final = {
    "plan": DecisionKind.PLAN,
    "ots": DecisionKind.OTS,
    "verlenging": DecisionKind.EXTENSION,
    "extension": DecisionKind.EXTENSION,
    "uithuisplaatsing": DecisionKind.PLACEMENT,
    "placement": DecisionKind.PLACEMENT,
    "terugplaatsing": DecisionKind.RETURN,
    "return": DecisionKind.RETURN,
    "beeindiging": DecisionKind.ENDING,
    "ending": DecisionKind.ENDING,
}
"""Words of the case system that are one of ours; static/parts/desk-document.js knows the same."""


@dataclass(frozen=True)
class Within:
    """From this day on talks and words count that lie at most so many months before a decision; who set it, and why."""

    since: date
    months: int
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a document, as far as the server knows it; days are those on which something was accepted."""

    kind: DecisionKind
    day: date
    """The day of the decision that its author wrote."""
    made: date
    offered: bool
    """Whether it was sealed to the child's phone."""
    quoted: date | None
    """The day of the newest words in it, as its author says which they are."""
    reactions: tuple[date, ...]
    """The days on which the child said something of it."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A decision, and what there was before it in these months."""

    decision: Decision
    months: int
    talk: bool
    """A talk with the child alone that it does not dispute."""
    written: bool
    """A version of the document."""
    offered: bool
    """One that the child was offered."""
    words: bool
    """One that it was offered, with words of it from these months quoted or said of it."""

    @property
    def heard(self) -> bool:
        """Whether the child was heard before it."""
        return self.talk and self.words

    @property
    def unread(self) -> bool:
        """Whether what is written was completed without the child's reading."""
        return self.written and not self.offered


def kind_of(word: str) -> DecisionKind | None:
    """The kind of a decision as the roster names it; None for a word that is none of ours."""
    return _KNOWN.get(word)


def months_on(sets: Iterable[Within], day: date) -> int:
    """How many months hold for a decision of a day; of several set from one day the one that was set last."""
    found = [one for one in sets if one.since <= day]
    return max(found, key=lambda one: (one.since, one.at)).months if found else MONTHS


def hearings(
    decisions: Sequence[Decision], versions: Sequence[Version], talks: Sequence[date], sets: Sequence[Within]
) -> list[Hearing]:
    """What was before each decision about one child, by day, kind and measure; `talks` are its 1-op-1 contacts.

    Only what came on a day before that of the decision was before it: of two things on one day nobody can tell.
    """
    found = []
    for one in sorted(decisions, key=lambda one: (one.day, one.kind, one.measure)):
        months = months_on(sets, one.day)
        first = add_months(one.day, -months)
        mine = [version for version in _for(one, decisions, versions) if first <= version.made < one.day]
        said = [(version, [day for day in version.reactions if first <= day < one.day]) for version in mine]
        # On the tablet of a professional nothing is sealed to the child; what it says of it shows that it was offered.
        offered = [(version, days) for version, days in said if version.offered or days]
        found.append(
            Hearing(
                decision=one,
                months=months,
                talk=any(first <= day < one.day for day in talks),
                written=bool(mine),
                offered=bool(offered),
                words=any(days or (version.quoted and version.quoted >= first) for version, days in offered),
            )
        )
    return found


def _for(one: Decision, decisions: Iterable[Decision], versions: Iterable[Version]) -> list[Version]:
    """The versions that are for a decision: of its kind, and made after the one before it.

    Not by the day that their author wrote, because a court's day moves; and nobody can choose which decision a version
    counts for. A word that is none of ours takes a document of another kind, or one for its exact day.
    """
    kind = kind_of(one.kind)
    earlier = max((other.day for other in decisions if _same(other, one) and other.day < one.day), default=date.min)
    return [
        version
        for version in versions
        if version.made >= earlier
        and (version.kind is kind if kind else version.kind is DecisionKind.OTHER or version.day == one.day)
    ]


def _same(other: Decision, one: Decision) -> bool:
    return (kind_of(other.kind) or other.kind) == (kind_of(one.kind) or one.kind)
