"""What leaves by the pages: audit bundles and reports, each noted with who took it (docs/exports.md)."""

import asyncio
from datetime import date
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from kindstem import calendar, exports
from kindstem.domain import Person
from kindstem.errors import BadFilter, Busy, NotFound, SetupFault
from kindstem.exports import forms
from kindstem.web.answers import words_of
from kindstem.web.bundles import Making
from kindstem.web.counting import allowed, fields_of, may_export, may_watch, part, show
from kindstem.web.pages import GET
from kindstem.web.state import state_of

router = APIRouter()

_EXPORTS_SHOWN: Final = 50


# --- the audit bundle -------------------------------------------------------------------------------------------------


@router.api_route("/numbers/audit", methods=GET)
async def audit(request: Request) -> Response:
    """Who took an audit bundle along, and the form to make one."""
    person = await allowed(request, may_export)
    state = state_of(request)
    until = calendar.local_day(state.clock())
    since = until.replace(day=1, year=until.year - 1)
    found = await state.store.read(lambda r: r.exports(_EXPORTS_SHOWN))
    return await show(request, "audit", person, exports=found, since=since, until=until)


@router.post("/numbers/audit/bundles")
async def make_bundle(request: Request) -> Response:
    """A bundle over a period, begun; and the part that says how far it is."""
    who, state = await allowed(request, may_export), state_of(request)
    fields = await fields_of(request)
    try:
        since, until = date.fromisoformat(fields.get("from", "")), date.fromisoformat(fields.get("until", ""))
        if until < since:
            raise ValueError
    except ValueError:
        return await part(request, "bundle", making=None, fault="num.audit.wrong")
    try:
        making = state.bundles.begin(who, since, until, now=state.clock())
    except Busy:
        return await part(request, "bundle", making=None, fault="num.audit.busy")
    return await _bundle(request, making)


@router.get("/numbers/audit/bundles/{bundle}")
async def bundle_made(request: Request, bundle: str) -> Response:
    """How far a bundle is. The page asks by itself, so it moves no limit."""
    who = await allowed(request, may_export)
    return await _bundle(request, state_of(request).bundles.find(who, bundle))


@router.get("/numbers/audit/bundles/{bundle}/file")
async def bundle_file(request: Request, bundle: str) -> Response:
    """A finished bundle, to take along."""
    who = await allowed(request, may_export)
    making = state_of(request).bundles.find(who, bundle)
    if making.exported is None:
        raise NotFound()
    name = f"kindstem-{making.since}-{making.until}.zip"
    return FileResponse(making.path, media_type="application/zip", filename=name)


async def _bundle(request: Request, making: Making) -> Response:
    fault = "num.audit.failed" if making.failed else None
    return await part(request, "bundle", making=making, fault=fault)


# --- reports ----------------------------------------------------------------------------------------------------------


@router.api_route("/numbers/take", methods=GET)
async def take(request: Request) -> Response:
    """What left the house, and for whoever may take a report along the form to do so."""
    return await _taking(request, await allowed(request, may_watch))


@router.get("/numbers/take/file")
async def take_file(request: Request) -> Response:
    """A report, in the form that was chosen; noted before it leaves. What cannot be gets its sentence on the page."""
    person, state, now = await allowed(request, may_export), state_of(request), state_of(request).clock()
    given, form = request.query_params, request.query_params.get("form", "")
    state.access.limit_report(person.id, now=now)
    try:
        if form not in exports.FORMS:
            raise BadFilter(field="form")
        asked = exports.asked_of(given, given.get("municipality") or None, today=calendar.local_day(now))
        found = await exports.report(state.store, asked, now=now)
        made = await asyncio.to_thread(forms.written, found, form, words_of(request))
    except BadFilter as error:
        return await _taking(request, person, fault=error.sentence, status=error.status)
    except SetupFault:
        return await _taking(request, person, fault="num.filter.pango", status=503)
    await exports.take(state.store, found, form, "page", person=person.id)
    saved = {"Content-Disposition": f'attachment; filename="{forms.file_name(found, form)}"'}
    return Response(made, media_type=forms.MEDIA[form], headers=saved)


async def _taking(request: Request, person: Person, *, fault: str | None = None, status: int = 200) -> Response:
    state = state_of(request)
    newest = exports.newest_month(calendar.local_day(state.clock()))
    taken, places = await state.store.read(lambda r: (r.taken(_EXPORTS_SHOWN), r.fact_values("municipality")))
    given = request.query_params
    return await show(
        request,
        "take",
        person,
        status=status,
        taken=taken,
        places=places,
        months=exports.months_to(newest),
        forms=exports.FORMS,
        newest=newest,
        given={name: given.get(name, "") for name in ("from", "to", "municipality", "form")},
        fault=fault,
    )
