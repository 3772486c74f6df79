"""The lists behind the numbers of a day, of the KPI's and of what waits: each row under a kindnummer, never a name."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import counts
from kindstem.counts import Filters, waits
from kindstem.errors import NotFound
from kindstem.web.counting import Asked, allowed, asked_of, leaf_of, may_count, only_team, show
from kindstem.web.pages import GET
from kindstem.web.state import state_of

router = APIRouter()


@router.api_route("/numbers/standing/{what}", methods=GET)
async def standing(request: Request, what: str) -> Response:
    """The children or measures behind a number of today, all of them, a page at a time.

    Those of all children together, whatever is chosen, are not for a leader: they stand in no team.
    """
    person = await allowed(request, may_count)
    whole = what in counts.UNDIVIDED
    if what not in counts.STANDINGS or (whole and only_team(person) is not None):
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person, period=False)
    asked = _undivided(asked) if whole else asked

    async def read(skip: int, limit: int) -> tuple[counts.Standing, int]:
        found = await counts.standing(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.number.value

    found, leaf, told = await leaf_of(request, asked, read)
    return await show(request, "standing", person, told, found=found, leaf=leaf, whole=whole)


@router.api_route("/numbers/waits/{what}", methods=GET)
async def waiting(request: Request, what: str) -> Response:
    """The children who wait for a talk that they asked for, to be read, or for an answer, all who may be named."""
    person = await allowed(request, may_count)
    if what not in waits.WAITS:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person, period=False)
    within = state.config.request_due_working_days

    async def read(skip: int, limit: int) -> tuple[counts.Waits, int]:
        found = await waits.waits(
            state.store, asked.filters, what, now=state.clock(), within=within, skip=skip, limit=limit
        )
        return found, found.number.value

    found, leaf, told = await leaf_of(request, asked, read)
    return await show(request, "waits", person, told, found=found, leaf=leaf)


@router.api_route("/numbers/clock/{what}", methods=GET)
async def clock(request: Request, what: str) -> Response:
    """The measures behind a KPI, all of them or those that came out so, a page at a time: the late ones first."""
    person = await allowed(request, may_count)
    if what not in counts.CLOCKS:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person)
    came = request.query_params.get("came") or None
    if came not in {None, *counts.CAME}:
        came, asked = None, replace(asked, faults=(*asked.faults, "num.filter.came"))

    async def read(skip: int, limit: int) -> tuple[counts.Clocks, int]:
        found = await counts.clock(
            state.store, asked.filters, what, now=state.clock(), came=came, skip=skip, limit=limit
        )
        return found, found.total

    found, leaf, told = await leaf_of(request, asked, read)
    query = partial(told.query, came=came or "")
    return await show(request, "clock", person, told, found=found, leaf=leaf, query=query)


@router.api_route("/numbers/decided/{what}", methods=GET)
async def decided(request: Request, what: str) -> Response:
    """The decisions behind a number, each with what there was before it, all of them, a page at a time."""
    person = await allowed(request, may_count)
    if what not in counts.DECISIONS:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person)

    async def read(skip: int, limit: int) -> tuple[counts.Decisions, int]:
        found = await counts.decisions(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.number.value

    found, leaf, told = await leaf_of(request, asked, read)
    return await show(request, "decided", person, told, found=found, leaf=leaf)


@router.api_route("/numbers/own/{what}", methods=GET)
async def own(request: Request, what: str) -> Response:
    """The children for whom diagnostics or help of their own had begun, all of them, a page at a time."""
    person = await allowed(request, may_count)
    if what not in counts.OWN:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person)

    async def read(skip: int, limit: int) -> tuple[counts.Owned, int]:
        found = await counts.own(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.number.value

    found, leaf, told = await leaf_of(request, asked, read)
    return await show(request, "own", person, told, found=found, leaf=leaf)


def _undivided(asked: Asked) -> Asked:
    """What an address asks for, without a choice of children; a choice that was there is told."""
    faults = (*asked.faults, *(("num.filter.undivided",) if asked.filters.choice() else ()))
    return replace(asked, filters=Filters(asked.filters.since, asked.filters.until), faults=faults)
