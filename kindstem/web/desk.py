"""The routes of a professional's desk, once signed in (docs/api.md)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import alerts, circles, documents, locks, messages, people, roster, wire
from kindstem.domain import Away, Signature
from kindstem.errors import BadRequest
from kindstem.meldcodes import MeldcodeRef
from kindstem.messages import DocumentRef, ReactionRef, Reason
from kindstem.web import forms, shapes
from kindstem.web.answers import bytes_answer, json_answer
from kindstem.web.child import list_ref
from kindstem.web.guard import read_body
from kindstem.web.signin import here
from kindstem.web.state import state_of

router = APIRouter()


@router.get("/desk/api/people")
async def everybody(request: Request) -> Response:
    """Everyone with a key, and everybody's signatures on it."""
    await here(request)
    found = await state_of(request).store.read(lambda r: r.people())
    value = [
        {"record": shapes.signed(one.record), "team": one.team, "active": one.active, "away": shapes.away(one.away)}
        for one in found
        if one.record is not None
    ]
    return await json_answer(request, value, compress=True)


@router.post("/desk/api/people/{person}/signatures")
async def introduce(request: Request, person: str) -> Response:
    """An introduction."""
    who = await here(request)
    form = await forms.taken(request, forms.Introduction)
    signature = Signature(form.by, wire.b64(form.sig))
    state = state_of(request)
    await people.introduce(state.store, who.person, person, signature, now=state.clock())
    return await json_answer(request, {})


@router.post("/desk/api/away")
async def set_away(request: Request) -> Response:
    """Away from and until, or back."""
    who = await here(request)
    form = await forms.taken(request, forms.AwayDays)
    if (form.since is None) != (form.until is None):
        raise BadRequest()
    away = Away(form.since, form.until) if form.since and form.until else None
    await people.set_away(state_of(request).store, who.person.id, away)
    return await json_answer(request, {})


@router.post("/desk/api/children")
async def new_child(request: Request) -> Response:
    """A new child, under a kindnummer of the roster where one is given."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.NewChild)
    child = await circles.new_child(
        state.store, who.person, form.second, kindnummer=form.child, now=state.clock()
    )
    return await json_answer(request, {"child": child.kindnummer})


@router.get("/desk/api/children")
async def children(request: Request) -> Response:
    """The children I read, in the order in which they ask for attention."""
    who, state = await here(request), state_of(request)
    rows = await messages.children(state.store, state.config, who.person, now=state.clock())
    return await json_answer(request, [shapes.child(row) for row in rows], compress=True)


@router.post("/desk/api/enrolments")
async def enrol(request: Request) -> Response:
    """An enrolment to begin."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.NewEnrolment, limit=forms.RECORDS)
    begun = await circles.offer(
        state.store,
        who.person,
        form.child,
        (form.ids[0], form.ids[1]),
        form.bundle,
        (form.proofs.qr, form.proofs.typed),
        allowed=state.config.may_enrol,
        alerted=await alerts.tried(state.store, state.config),
        now=state.clock(),
    )
    return await json_answer(request, {"enrolment": begun.id, "expires": shapes.time(begun.expires_at)})


@router.get("/desk/api/enrolments/{enrolment}")
async def watch(request: Request, enrolment: str) -> Response:
    """How far an enrolment is."""
    who, state = await here(request), state_of(request)
    found = await circles.watch(state.store, who.person, enrolment, now=state.clock())
    value = {"state": found.state.value} | ({"answer": found.answer} if found.answer else {})
    return await json_answer(request, value, compress=True)


@router.post("/desk/api/enrolments/{enrolment}/activate")
async def activate(request: Request, enrolment: str) -> Response:
    """The digits were the same."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.Activation, limit=forms.RECORDS)
    child = wire.parse_signed(form.child, "child")
    lists = [wire.parse_signed(one, "readers") for one in form.lists]
    await circles.activate(state.store, who.person, enrolment, child, lists, now=state.clock())
    return await json_answer(request, {})


@router.post("/desk/api/enrolments/{enrolment}/drop")
async def drop(request: Request, enrolment: str) -> Response:
    """The digits were not the same."""
    who = await here(request)
    await circles.drop(state_of(request).store, who.person, enrolment)
    return await json_answer(request, {})


@router.get("/desk/api/children/{child}/entries")
async def entries(request: Request, child: str) -> Response:
    """What a child said and was answered, as far as my key opens it."""
    who = await here(request)
    after = request.query_params.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 15:
        raise BadRequest()
    found = await messages.entries(state_of(request).store, who.person, child, after=int(after))
    return await json_answer(request, shapes.entries(found), compress=True)


@router.post("/desk/api/children/{child}/lists")
async def begin_list(request: Request, child: str) -> Response:
    """Who reads a child that has no phone."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.NewList, limit=forms.RECORDS)
    signed = wire.parse_signed(form.list, "readers")
    number = await circles.begin_list(
        state.store,
        who.person,
        child,
        signed,
        allowed=state.config.may_enrol,
        alerted=await alerts.tried(state.store, state.config),
        now=state.clock(),
    )
    return await json_answer(request, {"number": number})


@router.get("/desk/api/children/{child}/device-keys")
async def device_keys(request: Request, child: str) -> Response:
    """The key records of a child's phones."""
    who = await here(request)
    found = await messages.device_keys(state_of(request).store, who.person, child)
    return await json_answer(request, [shapes.device(one) for one in found], compress=True)


@router.post("/desk/api/bodies/{entry}")
async def body(request: Request, entry: str) -> Response:
    """The sealed body of an entry; that it was fetched is kept first."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.Opening)
    return bytes_answer(
        await messages.body_for_person(state.store, who.person, entry, Reason(form.reason), now=state.clock())
    )


@router.post("/desk/api/bodies")
async def bodies(request: Request) -> Response:
    """The sealed bodies of several entries; that they were fetched is kept first."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.OpeningMany)
    found = await messages.bodies_for_person(
        state.store, who.person, form.entries, Reason(form.reason), now=state.clock()
    )
    return await json_answer(request, {"bodies": [{"id": id, "body": wire.b64(data)} for id, data in found]})


@router.get("/desk/api/children/{child}/siblings")
async def siblings(request: Request, child: str) -> Response:
    """Brothers and sisters by the roster, as far as I may know of them."""
    who = await here(request)
    found = await roster.siblings_of(state_of(request).store, who.person, child)
    return await json_answer(request, shapes.siblings(found))


@router.get("/desk/api/children/{child}/documents")
async def of_child(request: Request, child: str) -> Response:
    """The documents of a child, and the decisions that one can be written for."""
    who = await here(request)
    found = await documents.of_child(state_of(request).store, who.person, child)
    return await json_answer(request, shapes.documents(found), compress=True)


@router.put("/desk/api/entries/{entry}")
async def put_entry(request: Request, entry: str) -> Response:
    """One sealed envelope to a child and its readers."""
    who, state = await here(request), state_of(request)
    data = await read_body(request, state.config.max_envelope)
    header = request.headers.get("kindstem-document")
    document = None if header is None else DocumentRef.parse(header, request.headers.get("kindstem-quoted"))
    header = request.headers.get("kindstem-meldcode")
    step = None if header is None else MeldcodeRef.parse(header)
    header = request.headers.get("kindstem-reacts")
    kept = await messages.accept(
        state.store,
        state.config,
        who.person,
        entry,
        data,
        list_ref(request),
        document=document,
        step=step,
        offer=request.headers.get("kindstem-offer"),
        about=request.headers.get("kindstem-about"),
        reacts=None if header is None else ReactionRef.parse(header),
        now=state.clock(),
    )
    return await json_answer(request, {"id": kept.id, "at": shapes.time(kept.at)}, status=201 if kept.new else 200)


@router.post("/desk/api/flags/{flag}/seen")
async def see_flag(request: Request, flag: str) -> Response:
    """A flag was seen."""
    who, state = await here(request), state_of(request)
    await messages.see_flag(state.store, who.person, flag, now=state.clock())
    return await json_answer(request, {})


@router.post("/desk/api/children/{child}/reset")
async def reset(request: Request, child: str) -> Response:
    """A child's lock, opened again face to face."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.SignedForm)
    signed = wire.parse_signed(form.model_dump(), "reset")
    await locks.reset(state.store, who.person, child, signed, now=state.clock())
    return await json_answer(request, {})


@router.get("/desk/api/children/{child}/reads")
async def reads(request: Request, child: str) -> Response:
    """The log of reads of a child."""
    who = await here(request)
    found = await messages.reads_of(state_of(request).store, who.person, child)
    return await json_answer(request, [shapes.opened(one) for one in found], compress=True)


@router.post("/desk/api/log")
async def ask_log(request: Request) -> Response:
    """The newest checkpoint, with proofs for what this browser knows."""
    await here(request)
    state = state_of(request)
    form = await forms.taken(request, forms.AskLog)
    return await json_answer(
        request, await state.log.answer(form.since, form.indices, log=form.log, now=state.clock()), compress=True
    )
