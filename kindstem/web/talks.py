"""The routes of talks, on the desk and on a child's phone (docs/api.md)."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import contacts, samples, talks, wire
from kindstem.domain import Signature
from kindstem.web import forms, shapes
from kindstem.web.answers import json_answer
from kindstem.web.child import asked_form
from kindstem.web.guard import visit
from kindstem.web.signin import here
from kindstem.web.state import state_of

router = APIRouter()


# --- the desk ---------------------------------------------------------------------------------------------------------


@router.get("/desk/api/children/{child}/talks")
async def talks_of(request: Request, child: str) -> Response:
    """Everything about a child's talks."""
    who = await here(request)
    found = await contacts.talks_of(state_of(request).store, who.person, child)
    return await json_answer(request, shapes.talks(found), compress=True)


@router.post("/desk/api/children/{child}/talks")
async def hand_in(request: Request, child: str) -> Response:
    """A record about a talk."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.TalkForm)
    signed = talks.parse_signed(form.signed)
    now = state.clock()
    index = await contacts.hand_in(state.store, who.person, child, signed, code=form.code, now=now)
    return await json_answer(request, {"receipt": await state.log.receipt(index, now=now)})


@router.get("/desk/api/children/{child}/device")
async def evidence(request: Request, child: str) -> Response:
    """The evidence record of the child's phone."""
    who = await here(request)
    found = await contacts.evidence(state_of(request).store, who.person, child)
    return await json_answer(request, {"device": shapes.signed(found.record) if found else None})


@router.post("/desk/api/children/{child}/device")
async def add_evidence(request: Request, child: str) -> Response:
    """An evidence record for the child's phone."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.Evidence)
    signed = talks.parse_signed(form.signed, "device")
    index = await contacts.add_evidence(state.store, who.person, child, signed, now=state.clock())
    return await json_answer(request, {"receipt": await state.log.receipt(index, now=state.clock())})


@router.post("/desk/api/children/{child}/device/sign")
async def introduce(request: Request, child: str) -> Response:
    """Another reader's signature on it."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.Introduction)
    signature = Signature(form.by, wire.b64(form.sig))
    index = await contacts.introduce(state.store, who.person, child, signature, now=state.clock())
    return await json_answer(request, {"receipt": await state.log.receipt(index, now=state.clock())})


@router.post("/desk/api/samples")
async def sample(request: Request) -> Response:
    """Which talks of a sample I may ask about."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.AskSample)
    found = await samples.drawn(state.store, who.person, form.talks)
    return await json_answer(request, {"drawn": [shapes.drawn(one) for one in found]}, compress=True)


@router.post("/desk/api/samples/results")
async def sample_result(request: Request) -> Response:
    """What a child said when it was asked."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.SampleResult)
    signed = talks.parse_signed(form.result, "sample")
    index = await samples.hand_in(state.store, who.person, signed, now=state.clock())
    return await json_answer(request, {"receipt": await state.log.receipt(index, now=state.clock())})


# --- the phone --------------------------------------------------------------------------------------------------------


@router.post("/api/talks")
async def answer(request: Request) -> Response:
    """A child's answer, with the talk itself where the phone took it from a code."""
    state = state_of(request)
    who, form = await asked_form(request, forms.TalkAnswer)
    answered = talks.parse_signed(form.answer, "answer")
    talk = talks.parse_signed(form.talk, "talk") if form.talk is not None else None
    indices = await contacts.answer(state.store, state.config, who.device, answered, talk, now=state.clock())
    return await json_answer(request, {"receipts": await state.log.receipts(indices, now=state.clock())})


@router.post("/api/talks/find")
async def find(request: Request) -> Response:
    """The talk under a short code."""
    state = state_of(request)
    state.access.limit_find(visit(request).block, now=state.clock())
    who, form = await asked_form(request, forms.ByLookup)
    found = await contacts.find(state.store, who.device, form.id, now=state.clock())
    return await json_answer(request, {"talk": shapes.signed(found.record)}, compress=True)


@router.post("/api/after")
async def think(request: Request) -> Response:
    """What a child thought of its talks, to be counted."""
    state = state_of(request)
    who, form = await asked_form(request, forms.Thought)
    await contacts.think(state.store, who.device, form.question, form.value, now=state.clock())
    nothing: dict[str, Any] = {}
    return await json_answer(request, nothing)
