"""The five points that are asked of pilots (R22), each with what it is out of; what is not measured is None.

What children say once a quarter is kept by team, quarter and question and by nothing else, so of the filters only team
and period touch it. Nothing comes out of scores in sealed messages: nobody here can open one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kindstem.calendar import local_day, quarter_of
from kindstem.counts import SHOWN_FROM, over_time
from kindstem.counts.answering import Asked, kept
from kindstem.counts.values import Filters, Number
from kindstem.domain import QUESTIONS_QUARTER
from kindstem.norms import add_months
from kindstem.store import Reader, Store
from kindstem.store.talks import Answers


@dataclass(frozen=True)
class Said:
    """What children said in a quarter to one question, over the teams in which at least five answered."""

    question: str
    quarter: str
    answers: int | None
    """How many answered; None where in no team five did."""
    yes: str | None
    """The share of yes (of `safer`: safer) as it may be shown: a whole number of percent, "<10" or ">90"."""
    no: str | None
    left_out: int
    """Of how many teams fewer than five answered; their answers are in no number."""


@dataclass(frozen=True)
class Evaluation:
    """The five points over a period."""

    at: datetime
    filters: Filters
    children: Number
    realised: Number
    """Point one: talks held with the child alone."""
    spoken: Number
    """Children, four and older, who were spoken to alone at least once in the period, out of all of them."""
    quarters: tuple[str, ...]
    """The quarters that the period touches, the first one first."""
    running: str | None
    """The quarter that is not over yet, if it is among them."""
    said: tuple[Said, ...]
    """Points two and three: by question in the order of QUESTIONS_QUARTER, and by quarter, for every one of these."""
    diagnostics: Number
    help: Number
    ignored: tuple[str, ...]
    """The names of filters that cannot apply to what children said."""

    def of(self, question: str) -> tuple[Said, ...]:
        """What was said to one question, by quarter."""
        return tuple(one for one in self.said if one.question == question)


async def evaluation(store: Store, filters: Filters, *, now: datetime) -> Evaluation:
    """The five points over a period, up to today."""
    since, until, chosen = filters.since, filters.until, filters.choice()
    talks = await over_time(store, filters, now=now)

    def ask(_: Reader, f: Asked) -> Evaluation:
        quarters, running = _quarters(since, until), quarter_of(local_day(now))
        by_number = f.by_number(since, until, chosen)
        judged, children = sum(by_number.values()), talks.children.value
        return Evaluation(
            at=talks.at,
            filters=filters,
            children=talks.children,
            realised=talks.realised,
            spoken=Number(judged - by_number.get(0, 0), judged, "def.spoken"),
            quarters=quarters,
            running=running if running in quarters else None,
            said=_said(f.said(quarters[0], quarters[-1], SHOWN_FROM, filters.team), quarters),
            diagnostics=Number(f.with_fact("diagnostics", since, until, chosen), children, "def.own"),
            help=Number(f.with_fact("help", since, until, chosen), children, "def.own"),
            ignored=tuple(name for name in chosen if name != "team"),
        )

    return await kept(store, ("points", filters), now, ask)


def _quarters(since: date, until: date) -> tuple[str, ...]:
    found = []
    first = since.replace(month=(since.month - 1) // 3 * 3 + 1, day=1)
    while first <= until:
        found.append(quarter_of(first))
        first = add_months(first, 3)
    return tuple(found)


def _said(answers: Sequence[Answers], quarters: Sequence[str]) -> tuple[Said, ...]:
    known = {(one.question, one.quarter): one for one in answers}
    return tuple(
        _together(question, quarter, known.get((question, quarter)))
        for question in QUESTIONS_QUARTER
        for quarter in quarters
    )


def _together(question: str, quarter: str, one: Answers | None) -> Said:
    # A team with fewer stays out of the sum as well: it could be taken off it again.
    if one is None or not one.given:
        return Said(question, quarter, None, None, None, one.few if one else 0)
    return Said(question, quarter, one.given, _share(one.yes, one.given), _share(one.no, one.given), one.few)


def _share(number: int, of: int) -> str:
    share = 100 * number / of
    return "<10" if share < 10 else ">90" if share > 90 else str(round(share))
