"""The routes about the meldcode on the desk, and about the talk that it offers a child (docs/api.md).

Nothing here sends anything to anybody.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import meldcodes, offers, wire
from kindstem.domain import Independent
from kindstem.web import forms, shapes
from kindstem.web.answers import json_answer
from kindstem.web.child import asked_form
from kindstem.web.signin import here
from kindstem.web.state import state_of

router = APIRouter()


@router.post("/desk/api/children/{child}/meldcodes")
async def open_for(request: Request, child: str) -> Response:
    """The meldcode of a child, opened or open already."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.MeldcodeForm)
    found = await meldcodes.open_for(state.store, who.person, child, form.id, now=state.clock())
    return await json_answer(request, shapes.meldcode(found))


@router.post("/desk/api/meldcodes/{meldcode}/close")
async def close(request: Request, meldcode: str) -> Response:
    """It is closed, unless something is missing."""
    who, state = await here(request), state_of(request)
    found = await meldcodes.close(state.store, who.person, meldcode, now=state.clock())
    return await json_answer(request, shapes.meldcode(found))


@router.post("/desk/api/meldcodes/{meldcode}/talk")
async def record_talk(request: Request, meldcode: str) -> Response:
    """What the child answered to the offer of an independent talk, or that it was held."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.IndependentForm)
    what = Independent(form.what)
    found = await meldcodes.record_talk(state.store, who.person, meldcode, what, now=state.clock())
    return await json_answer(request, shapes.meldcode(found))


@router.post("/desk/api/children/{child}/offers")
async def from_desk(request: Request, child: str) -> Response:
    """What a child answered to an offer in kindmodus."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.RequestForm)
    signed = wire.parse_signed(form.signed, "offer-answer")
    found = await offers.from_desk(state.store, who.person, child, signed, now=state.clock())
    return await json_answer(request, shapes.meldcode(found))


@router.post("/api/offers")
async def from_phone(request: Request) -> Response:
    """What a child answered to an offer on its phone."""
    state = state_of(request)
    who, form = await asked_form(request, forms.RequestForm)
    signed = wire.parse_signed(form.signed, "offer-answer")
    await offers.from_phone(state.store, who.device, signed, now=state.clock())
    return await json_answer(request, {})


@router.post("/desk/api/children/{child}/held")
async def hold(request: Request, child: str) -> Response:
    """The independent talk with a child was held, says whoever held it."""
    who, state = await here(request), state_of(request)
    found = await offers.hold(state.store, who.person, child, now=state.clock())
    return await json_answer(request, shapes.independence(found))
