"""The routes about a child's raised flag, and about what is handed to its school, on the desk (docs/api.md)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import circles, flags, oncall, wire
from kindstem.domain import NextStep
from kindstem.web import forms, shapes
from kindstem.web.answers import json_answer
from kindstem.web.signin import here
from kindstem.web.state import state_of

router = APIRouter()


@router.post("/desk/api/flags/{flag}/steps")
async def record(request: Request, flag: str) -> Response:
    """Who reached the child, or what comes next."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.FlagStepForm)
    following = NextStep(form.next) if form.next else None
    found = await flags.record(
        state.store, who.person, flag, reached=form.reached, next=following, now=state.clock()
    )
    return await json_answer(request, shapes.flag(found))


@router.get("/desk/api/oncall")
async def waiting(request: Request) -> Response:
    """The flags that are with the on-call service, for somebody of it; for anybody else there are none."""
    who, state = await here(request), state_of(request)
    found = await state.store.read(lambda r: oncall.waiting(r, who.person))
    return await json_answer(request, [shapes.served(one) for one in found])


@router.post("/desk/api/children/{child}/oncall")
async def offer_list(request: Request, child: str) -> Response:
    """An on-call list that the child's phone is asked to agree to."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.NewList, limit=forms.RECORDS)
    signed = wire.parse_signed(form.list, "readers")
    number = await circles.offer_list(state.store, who.person, child, signed, now=state.clock())
    return await json_answer(request, {"number": number})


@router.post("/desk/api/children/{child}/signals")
async def add_signal(request: Request, child: str) -> Response:
    """A text for the school was made; why stands in a sealed entry."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.SignalForm)
    kept = await flags.add_signal(state.store, who.person, child, form.entry, now=state.clock())
    return await json_answer(request, shapes.signal(kept))


@router.post("/desk/api/signals/{entry}/handed")
async def hand_over(request: Request, entry: str) -> Response:
    """It was handed over."""
    who, state = await here(request), state_of(request)
    await flags.hand_over(state.store, who.person, entry, now=state.clock())
    return await json_answer(request, {})
