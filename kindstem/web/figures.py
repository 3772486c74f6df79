"""The numbers for a municipality's own dashboard: one address, asked with a token (docs/exports.md)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import calendar, exports
from kindstem.exports import forms
from kindstem.web.answers import json_answer, words_of
from kindstem.web.guard import visit
from kindstem.web.state import state_of

router = APIRouter()


@router.get("/numbers/api/v1/figures")
async def figures(request: Request) -> Response:
    """The report of the token's municipality over the months asked for, as JSON; noted before it leaves.

    Raises TooBusy before anything is looked at, TokenUnknown, and BadFilter with what of the address cannot be.
    """
    state, now = state_of(request), state_of(request).clock()
    state.access.limit_token(visit(request).block, now=now)
    token = await exports.token_of(state.store, request.headers.get("authorization"), now=now)
    asked = exports.asked_of(request.query_params, token.municipality, today=calendar.local_day(now))
    found = await exports.report(state.store, asked, now=now)
    await exports.take(state.store, found, "json", "token", token=token.id)
    return await json_answer(request, forms.plain(found, words_of(request)), compress=True)
