"""The pages of whoever counts: manager, team leader, administrator, inspector (docs/api.md).

They are made here, on the server, out of what it counts; nothing on them was ever sealed, and this module may import
nothing that handles what was (pyproject.toml, "the numbers can only count"). Every filter stands in the address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kindstem import counts, lines
from kindstem.counts import (
    Contradicted,
    Disclosed,
    Filters,
    Member,
    Raised,
    Requests,
    Waiting,
    asking,
    contradicted,
    points,
    raised,
    teams,
)
from kindstem.domain import Person, Role
from kindstem.store.lines import Spoken
from kindstem.web import charts
from kindstem.web.answers import words_of
from kindstem.web.charts import Strip
from kindstem.web.counting import (
    Asked,
    allowed,
    anybody,
    asked_of,
    leaf_of,
    may_count,
    norm_words,
    only_team,
    show,
)
from kindstem.web.pages import GET
from kindstem.web.state import state_of
from kindstem.words import Words

router = APIRouter()

_LINES_SHOWN: Final = 60
_WAITING_SHOWN: Final = 100
_FEW_SHOWN: Final = 10
"""How many rows of a list stand beside others; each leads to all of it."""
_GAPS_SHOWN: Final = 10
_MOST: Final = 13


@dataclass(frozen=True)
class Team:
    """Children of a team who wait, by the worker they wait for; whoever waits longest comes first in all of it."""

    name: str | None
    workers: tuple[tuple[str | None, tuple[Waiting, ...]], ...]
    number: int


@dataclass(frozen=True)
class Line:
    """A child's talks in a period, for a list."""

    of: Member
    strip: Strip
    number: int


@router.api_route("/numbers", methods=GET)
async def without_slash(request: Request) -> Response:
    """To the address the numbers have."""
    return RedirectResponse("/numbers/", status_code=308)


@router.api_route("/numbers/", methods=GET)
async def today(request: Request) -> Response:
    """Which children nobody has spoken to alone for longer than the norm allows, and what else waits."""
    person = await allowed(request, anybody)
    if not person.role.counts:
        return RedirectResponse("/numbers/norms", status_code=303)
    asked = await asked_of(request, person, period=False)
    store, now = state_of(request).store, state_of(request).clock()
    found = await counts.today(store, asked.filters, now=now, limit=_WAITING_SHOWN, few=_FEW_SHOWN)
    shares = charts.bar(
        (("f-2", found.within.value), ("f-x", found.waiting_count.value), ("f-rest", found.under_four.value))
    )
    open_ones = await _asking(request, asked)
    return await show(
        request,
        "today",
        person,
        asked,
        found=found,
        teams=_by_team(found.waiting),
        bar=shares,
        said=norm_words(request),
        asking=open_ones,
        raised=await _raised(request, asked, person),
        disclosed=await _disclosed(request, asked, person),
        asks={one.child: one.since for one in reversed(open_ones.rows)},
        few=_FEW_SHOWN,
    )


@router.api_route("/numbers/children", methods=GET)
async def children(request: Request) -> Response:
    """Children and their talks along time, whoever was left alone longest first: all of them, a page at a time."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person)

    async def read(skip: int, limit: int) -> tuple[counts.Among, int]:
        found = await counts.among(state.store, asked.filters, "all", now=state.clock(), skip=skip, limit=limit)
        return found, found.total

    found, leaf, asked = await leaf_of(request, asked, read)
    shown, filters = tuple(one.child for one in found.rows), asked.filters
    talks = await lines.talks_of(state.store, shown, filters.since, filters.until, filters.choice())
    rows = [_line(one, talks.get(one.child, ()), filters) for one in found.rows]
    return await show(request, "children", person, asked, found=found, leaf=leaf, lines=rows)


@router.api_route("/numbers/time", methods=GET)
async def over_time(request: Request) -> Response:
    """Realised talks by month and level, and how they are spread over the children."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person)
    found = await counts.over_time(state.store, asked.filters, now=state.clock())
    trend = await teams.trend(state.store, asked.filters, now=state.clock())
    spread = await counts.spread(state.store, asked.filters, now=state.clock(), limit=_GAPS_SHOWN)
    months = charts.columns(
        [(one.month, _levels(one.realised, one.disputed)) for one in found.months],
        line=[one.children for one in found.months],
    )
    names = _month_names(words_of(request), [one.month for one in found.months])
    return await show(
        request,
        "time",
        person,
        asked,
        found=found,
        spread=spread,
        months=months,
        month_names=names,
        trend=trend,
        stood=charts.columns([(one.month, [("f-2", "", one.within), ("f-x", "", one.over)]) for one in trend]),
        numbers=_spread(spread.by_number),
        most=_MOST,
    )


@router.api_route("/numbers/kpis", methods=GET)
async def kpis(request: Request) -> Response:
    """The three KPI's that exist, measure by measure, with where each clock began and when it was due."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person)
    found = await counts.kpis(state.store, asked.filters, now=state.clock(), limit=_FEW_SHOWN)
    clocks = [("worker", found.worker), ("first", found.first), ("plan", found.plan)]
    return await show(request, "kpis", person, asked, found=found, clocks=clocks)


@router.api_route("/numbers/experience", methods=GET)
async def experience(request: Request) -> Response:
    """What children thought of their talks, from five up; and what waits for an adult."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person)
    found = await counts.experience(state.store, asked.filters, now=state.clock())
    silence = await counts.silence(state.store, asked.filters, now=state.clock(), limit=_FEW_SHOWN)
    return await show(
        request,
        "experience",
        person,
        asked,
        found=found,
        silence=silence,
        asking=await _asking(request, asked),
        raised=await _raised(request, asked, person),
        contradicted=await _contradicted(request, asked, person),
    )


@router.api_route("/numbers/evaluation", methods=GET)
async def evaluation(request: Request) -> Response:
    """The five points asked of pilots, and of each what is not measured."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person)
    found = await points.evaluation(state.store, asked.filters, now=state.clock())
    return await show(request, "evaluation", person, asked, found=found)


@router.api_route("/numbers/council", methods=GET)
async def council(request: Request) -> Response:
    """What the employer can see of whom, for the works council; the same for everybody who is signed in."""
    person = await allowed(request, anybody)
    return await show(request, "council", person)


async def _asking(request: Request, asked: Asked) -> Requests:
    """The open requests to talk alone of the children that were asked for."""
    state = state_of(request)
    within = state.config.request_due_working_days
    return await asking.requests(state.store, asked.filters, now=state.clock(), within=within)


async def _raised(request: Request, asked: Asked, person: Person) -> Raised | None:
    """The flags of all children, or of a leader's team; None for any choice of them, by which one could be guessed."""
    state, (shown, own) = state_of(request), _undivided(asked, person)
    return await raised.flags(state.store, own, now=state.clock()) if shown else None


async def _disclosed(request: Request, asked: Asked, person: Person) -> Disclosed | None:
    """The meldcodes of all children, or of a leader's team, by the same rule."""
    state, (shown, own) = state_of(request), _undivided(asked, person)
    return await raised.disclosures(state.store, own, now=state.clock()) if shown else None


async def _contradicted(request: Request, asked: Asked, person: Person) -> Contradicted | None:
    """How many children contradict an answer; None for any choice of them, and for whoever sees one team alone."""
    if asked.filters.choice() or person.role is Role.LEADER:
        return None
    state = state_of(request)
    return await contradicted.contradicted(state.store, now=state.clock())


def _undivided(asked: Asked, person: Person) -> tuple[bool, Filters | None]:
    """Whether what is only ever counted of all children is shown, and a leader's own team, which it is counted of."""
    if person.role is not Role.LEADER:
        return not asked.filters.choice(), None
    own = Filters(asked.filters.since, asked.filters.until, team=only_team(person))
    return own == asked.filters, own


def _by_team(waiting: Sequence[Waiting]) -> tuple[Team, ...]:
    """The list by team and worker, each in the order in which its longest waiting child stands in the list."""
    teams: dict[str | None, dict[str | None, list[Waiting]]] = {}
    for one in waiting:
        teams.setdefault(one.team, {}).setdefault(one.worker, []).append(one)
    return tuple(
        Team(
            name,
            tuple((worker, tuple(children)) for worker, children in workers.items()),
            sum(len(children) for children in workers.values()),
        )
        for name, workers in teams.items()
    )


def _levels(realised: Mapping[str, int], disputed: int) -> list[tuple[str, str, int]]:
    levels = [(f"f-{level.lower()}", level, realised.get(level, 0)) for level in ("A", "B", "C", "D")]
    return [*levels, ("f-dis", "disputed", disputed)]


def _month_names(said: Words, months: Sequence[str]) -> list[str]:
    """What stands under the columns: the year only where it begins, so that twelve months fit side by side."""
    whole = [said.month(month) for month in months]
    return [name if n == 0 or months[n].endswith("-01") else name.split()[0] for n, name in enumerate(whole)]


def _spread(by_number: Mapping[int, int]) -> charts.Columns:
    """How many children had so many talks; thirteen (_MOST) and more in one column, and nobody at all in the first."""
    named = []
    for number in range(_MOST + 1):
        children = sum(one for n, one in by_number.items() if n == number or (number == _MOST and n > _MOST))
        name = str(number) if number < _MOST else f"{_MOST}+"
        named.append((name, [("f-x" if number == 0 else "f-b", "", children)]))
    return charts.columns(named)


def _line(of: Member, talks: Sequence[Spoken], filters: Filters) -> Line:
    realised = sum(one.state == "realised" for one in talks)
    return Line(of, charts.strip(talks, filters.since, filters.until), realised)
