"""Where children wait, team by team; and the children behind how it stood at the end of a month."""

from datetime import date
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem.calendar import local_day
from kindstem.counts import teams as counted
from kindstem.errors import NotFound
from kindstem.web import charts
from kindstem.web.charts import Piece
from kindstem.web.counting import allowed, asked_of, leaf_of, may_count, show
from kindstem.web.pages import GET
from kindstem.web.state import state_of

router = APIRouter()

_TEAMS: Final = 50
"""How many teams stand on a page: a row has a bar and as many links as three of another list."""


@router.api_route("/numbers/teams", methods=GET)
async def teams(request: Request) -> Response:
    """How the children of every team stand today, where most wait first; a small team without a share."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person, period=False)
    found = await counted.teams(state.store, asked.filters, now=state.clock())

    async def read(skip: int, limit: int) -> tuple[tuple[counted.Team, ...], int]:
        return found.teams[skip : skip + limit], len(found.teams)

    rows, leaf, asked = await leaf_of(request, asked, read, most=_TEAMS)
    bars = [_bar(one) for one in rows]
    return await show(request, "teams", person, asked, found=found, rows=rows, leaf=leaf, bars=bars)


@router.api_route("/numbers/on/{day}/{what}", methods=GET)
async def on(request: Request, day: str, what: str) -> Response:
    """The children who were within the norm on a day that is not ahead, or were not, a page at a time."""
    person = await allowed(request, may_count)
    state, then = state_of(request), _day(day)
    if what not in counted.JUDGED or then is None or then > local_day(state.clock()):
        raise NotFound()
    asked = await asked_of(request, person, period=False)

    async def read(skip: int, limit: int) -> tuple[counted.Judged, int]:
        found = await counted.judged(
            state.store, asked.filters, then, what, now=state.clock(), skip=skip, limit=limit
        )
        return found, found.number.value

    found, leaf, asked = await leaf_of(request, asked, read)
    return await show(request, "on", person, asked, found=found, leaf=leaf, path=f"/numbers/on/{day}/{what}")


def _bar(one: counted.Team) -> tuple[Piece, ...]:
    if one.share is None:
        return ()
    return charts.bar((("f-2", one.within), ("f-x", one.waiting), ("f-rest", one.children - one.judged)))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # One address for one day.
    return found if found.isoformat() == text and found.year >= 2000 else None
