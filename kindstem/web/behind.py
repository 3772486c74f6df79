"""The lists behind numbers of a period: talks and a child's line, under a kindnummer and never with what was said."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import counts, lines
from kindstem.errors import NotFound
from kindstem.web import charts
from kindstem.web.counting import allowed, asked_of, entries_of, leaf_of, may_count, names_of, only_team, show
from kindstem.web.pages import GET
from kindstem.web.state import state_of

router = APIRouter()


@router.api_route("/numbers/behind/{what}", methods=GET)
async def behind(request: Request, what: str) -> Response:
    """The events behind a number: day, length, kind, who was there, level, and whose talk it was. Never content."""
    person = await allowed(request, may_count)
    if what not in counts.BEHIND:
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person)

    async def read(skip: int, limit: int) -> tuple[counts.Behind, int]:
        found = await counts.behind(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.total

    found, leaf, asked = await leaf_of(request, asked, read)
    names, entries = await names_of(request, found.rows), await entries_of(request, found.rows)
    return await show(request, "behind", person, asked, found=found, leaf=leaf, names=names, entries=entries)


@router.api_route("/numbers/among/{what}", methods=GET)
async def among(request: Request, what: str) -> Response:
    """The children among whom a number of a period is divided, all of them, a page at a time."""
    person = await allowed(request, may_count)
    if not counts.is_among(what):
        raise NotFound()
    state, asked = state_of(request), await asked_of(request, person)

    async def read(skip: int, limit: int) -> tuple[counts.Among, int]:
        found = await counts.among(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=limit)
        return found, found.total

    found, leaf, asked = await leaf_of(request, asked, read)
    return await show(request, "among", person, asked, found=found, leaf=leaf)


@router.api_route("/numbers/child/{child}", methods=GET)
async def child(request: Request, child: str) -> Response:
    """A child's line: its talks as events, under its kindnummer. Raises NotFound for one that is not there to see."""
    person = await allowed(request, may_count)
    state, asked = state_of(request), await asked_of(request, person)
    since, until = asked.filters.since, asked.filters.until
    seen = await lines.line(state.store, child, since, until, team=only_team(person), now=state.clock())
    strip = charts.strip(
        (one for one in reversed(seen.rows) if one.state in {"realised", "disputed"} and one.day >= seen.since),
        seen.since,
        seen.until,
        begun=seen.begun,
        latest=seen.latest,
    )
    decided = await state.store.read(lambda r: r.hearings_of([child]))
    return await show(
        request,
        "child",
        person,
        asked,
        seen=seen,
        strip=strip,
        names=await names_of(request, seen.rows),
        entries=await entries_of(request, seen.rows),
        hearings=decided.get(child, [])[::-1],
    )
