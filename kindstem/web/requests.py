"""The routes of requests to talk alone, on a child's phone and on the desk (docs/api.md)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import requests, talks
from kindstem.domain import TalkRow
from kindstem.errors import BadRecord
from kindstem.web import forms, shapes
from kindstem.web.answers import json_answer
from kindstem.web.child import asked_form
from kindstem.web.signin import here
from kindstem.web.state import state_of
from kindstem.wire import Signed

router = APIRouter()


def _asked(form: forms.RequestForm) -> Signed:
    signed = talks.parse_signed(form.signed)
    if signed.record["t"] not in {"request", "request-end"}:
        raise BadRecord(field="t")
    return signed


async def _kept(request: Request, kept: TalkRow) -> Response:
    """The receipt of the record that is kept, and the record: asking again is the same request."""
    state = state_of(request)
    if kept.index is None:
        raise BadRecord()
    receipt = await state.log.receipt(kept.index, now=state.clock())
    return await json_answer(request, {"receipts": [receipt], "kept": shapes.signed(kept.record)})


@router.post("/api/requests")
async def from_phone(request: Request) -> Response:
    """A child's request to talk alone, or that it takes one away."""
    state = state_of(request)
    who, form = await asked_form(request, forms.RequestForm)
    kept = await requests.from_phone(state.store, state.config, who.device, _asked(form), now=state.clock())
    return await _kept(request, kept)


@router.get("/desk/api/requests")
async def waiting(request: Request) -> Response:
    """The open requests of the children I read."""
    who, state = await here(request), state_of(request)
    found = await requests.waiting(state.store, state.config, who.person, now=state.clock())
    return await json_answer(request, [shapes.waiting(one) for one in found], compress=True)


@router.get("/desk/api/children/{child}/requests")
async def of_child(request: Request, child: str) -> Response:
    """A child's requests."""
    who = await here(request)
    found = await requests.of_child(state_of(request).store, who.person, child)
    return await json_answer(request, [shapes.request(one) for one in found], compress=True)


@router.post("/desk/api/children/{child}/requests")
async def from_desk(request: Request, child: str) -> Response:
    """What a child asked, or took away, in kindmodus."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.RequestForm)
    kept = await requests.from_desk(state.store, who.person, child, _asked(form), now=state.clock())
    return await _kept(request, kept)
