"""The lists behind the numbers of a day, of the KPI's and of what waits: each row under a kindnummer, never a name."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import counts
from kindstem.errors import NotFound
from kindstem.web.counting import allowed, asked_of, leaf_of, may_count, show
from kindstem.web.pages import GET
from kindstem.web.state import state_of

router = APIRouter()


@router.api_route("/numbers/standing/{what}", methods=GET)
async def standing(request: Request, what: str) -> Response:
    """The children behind a number of today, all of them, a page at a time."""
    person = await allowed(request, may_count)
    if what not in counts.STANDINGS:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person, period=False)

    async def read(skip: int, limit: int) -> tuple[counts.Standing, int]:
        found = await counts.standing(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.number.value

    found, leaf, asked = await leaf_of(request, asked, read)
    return await show(request, "standing", person, asked, found=found, leaf=leaf)


@router.api_route("/numbers/clock/{what}", methods=GET)
async def clock(request: Request, what: str) -> Response:
    """The measures behind a KPI, all of them, a page at a time: what was not in time first."""
    person = await allowed(request, may_count)
    if what not in counts.CLOCKS:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person)

    async def read(skip: int, limit: int) -> tuple[counts.Clocks, int]:
        found = await counts.clock(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.clock.measures

    found, leaf, asked = await leaf_of(request, asked, read)
    return await show(request, "clock", person, asked, found=found, leaf=leaf)
