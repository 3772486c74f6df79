"""The routes of a child's phone (docs/api.md)."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from kindstem import access, circles, contacts, documents, locks, messages, offers, requests, wire
from kindstem.access import Asking
from kindstem.domain import Method
from kindstem.errors import BadRequest
from kindstem.messages import ListRef, ReactionRef
from kindstem.web import forms, shapes
from kindstem.web.answers import bytes_answer, json_answer
from kindstem.web.guard import read_body, visit
from kindstem.web.state import state_of

router = APIRouter()


class Direct(Route):
    """A route that the application tries first and that does without the framework's handling of parameters.

    That handling and the search before it took a fifth of the time in which a sealed entry is accepted.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As for any route; it names itself for the log, as the framework's own do."""
        match, found = super().matches(scope)
        return match, {**found, "route": self}


async def _asked(request: Request, *, limit: int) -> tuple[Asking, bytes]:
    """The phone that asks, and the body it signed. Whoever is no enrolled phone sends no body."""
    state = state_of(request)
    who = access.asking(state.store, request.headers.get("authorization"), now=state.clock())
    body = await read_body(request, limit)
    who.check(request.method, request.scope["path"], body)
    return who, body


async def asked_form(request: Request, form: type[forms.F], *, limit: int = forms.SMALL) -> tuple[Asking, forms.F]:
    """The phone that asks, and the form that it signed."""
    who, body = await _asked(request, limit=limit)
    forms.check_json(request)
    return who, forms.parse(form, body)


@router.post("/api/enrol/find")
async def find(request: Request) -> Response:
    """What lies under a start code."""
    state = state_of(request)
    state.access.limit_find(visit(request).block, now=state.clock())
    form = await forms.taken(request, forms.ById)
    found = await circles.find(state.store, form.id, now=state.clock())
    return await json_answer(
        request, {"bundle": found.bundle, "proof": found.proof, "method": found.method.value}, compress=True
    )


@router.post("/api/enrol/answer")
async def answer(request: Request) -> Response:
    """The phone's keys."""
    state = state_of(request)
    state.access.limit_find(visit(request).block, now=state.clock())
    form = await forms.taken(request, forms.EnrolAnswer, limit=forms.RECORDS)
    given = circles.Answer(
        child=wire.parse_signed(form.child, "child"),
        lists=[wire.parse_signed(one, "readers") for one in form.lists],
        proof=form.proof,
        method=Method(form.method),
    )
    await circles.answer(state.store, form.id, given, now=state.clock())
    return await json_answer(request, {"state": "answered"})


@router.post("/api/enrol/state")
async def progress(request: Request) -> Response:
    """How far an enrolment is. Asked every few seconds, so not counted with the finds."""
    state = state_of(request)
    form = await forms.taken(request, forms.ById)
    found = await circles.progress(state.store, form.id, now=state.clock())
    records: dict[str, Any] = {}
    if found.answer is not None:
        records = {"child": found.answer["child"], "lists": found.answer["lists"]}
    return await json_answer(request, {"state": found.state.value, **records}, compress=True)


@router.post("/api/lock")
async def set_lock(request: Request) -> Response:
    """A fresh pepper for a new PIN or new pictures."""
    state = state_of(request)
    who, form = await asked_form(request, forms.NewLock)
    pepper = await locks.set_lock(
        state.store,
        state.keys,
        locks.Caller(who.device, who.nonce),
        kind=form.kind,
        verifier_hash=form.verifier,
        proof=form.proof,
        now=state.clock(),
    )
    return await json_answer(request, {"pepper": wire.b64(pepper)})


@router.post("/api/unlock")
async def unlock(request: Request) -> Response:
    """The pepper, for the right PIN or pictures."""
    state = state_of(request)
    who, form = await asked_form(request, forms.Attempt)
    caller = locks.Caller(who.device, who.nonce)
    pepper = await locks.unlock(state.store, state.keys, caller, verifier=form.v, now=state.clock())
    return await json_answer(request, {"pepper": wire.b64(pepper)})


async def put_entry(request: Request) -> Response:
    """One sealed envelope."""
    state = state_of(request)
    entry: str = request.path_params["entry"]
    who, body = await _asked(request, limit=state.config.max_envelope)
    flag = request.headers.get("kindstem-flag")
    if flag not in {None, "1"}:
        raise BadRequest()
    header = request.headers.get("kindstem-reacts")
    kept = await messages.accept(
        state.store,
        state.config,
        who.device,
        entry,
        body,
        list_ref(request),
        flag=flag == "1",
        about=request.headers.get("kindstem-about"),
        reacts=None if header is None else ReactionRef.parse(header),
        now=state.clock(),
    )
    if flag:
        state.alert.set()
    return await json_answer(request, {"id": kept.id, "at": shapes.time(kept.at)}, status=201 if kept.new else 200)


busiest: Final[list[BaseRoute]] = [Direct("/api/entries/{entry}", put_entry, methods=["PUT"])]


@router.post("/api/flag")
async def set_flag(request: Request) -> Response:
    """The alert alone."""
    state = state_of(request)
    who, form = await asked_form(request, forms.ById)
    at = await messages.set_flag(state.store, who.device, form.id, now=state.clock())
    state.alert.set()
    return await json_answer(request, {"at": shapes.time(at)})


@router.post("/api/inbox")
async def inbox(request: Request) -> Response:
    """What is new for this child."""
    state = state_of(request)
    who, form = await asked_form(request, forms.After)
    found = await messages.inbox(state.store, who.device, after=form.after)
    told, plans = await contacts.for_phone(state.store, who.device)
    value = shapes.inbox(found, state.config, now=state.clock())
    value |= shapes.phone_talks(told, plans)
    value["documents"] = list(await documents.for_phone(state.store, who.device))
    value["offers"] = shapes.phone_offers(await offers.for_phone(state.store, who.device))
    value |= shapes.phone_requests(*await requests.for_phone(state.store, who.device))
    return await json_answer(request, value, compress=True)


@router.get("/api/bodies/{entry}")
async def body(request: Request, entry: str) -> Response:
    """The sealed body of an entry."""
    who, _ = await _asked(request, limit=0)
    return bytes_answer(await messages.body_for_device(state_of(request).store, who.device, entry))


@router.post("/api/lists")
async def add_list(request: Request) -> Response:
    """A list of readers that the phone signed."""
    state = state_of(request)
    who, form = await asked_form(request, forms.NewList, limit=forms.RECORDS)
    signed = wire.parse_signed(form.list, "readers")
    number = await circles.add_list(state.store, who.device, who.nonce, signed, now=state.clock())
    return await json_answer(request, {"number": number})


@router.post("/api/log")
async def ask_log(request: Request) -> Response:
    """The newest checkpoint, with proofs for what the phone knows."""
    state = state_of(request)
    _, form = await asked_form(request, forms.AskLog)
    return await json_answer(
        request, await state.log.answer(form.since, form.indices, log=form.log, now=state.clock()), compress=True
    )


def list_ref(request: Request) -> ListRef:
    """The list that an envelope was sealed to. Raises BadRequest without one, and for another kind of body."""
    if request.headers.get("content-type") != "application/octet-stream":
        raise BadRequest()
    return ListRef.parse(request.headers.get("kindstem-list", ""))
