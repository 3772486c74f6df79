"""What whoever counts sets and brings in: the norms, and the roster by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import calendar, roster
from kindstem import norms as norms_of
from kindstem.errors import BadNorm, TooLarge
from kindstem.heard import months_on
from kindstem.norms import Norm
from kindstem.web.counting import allowed, anybody, fields_of, may_bring, may_set, norm_words, part, show
from kindstem.web.forms import parts_of
from kindstem.web.pages import GET
from kindstem.web.state import state_of

router = APIRouter()

_ROSTER_LIMIT: Final = 512 * 1024
"""Some four thousand lines; a larger organisation has a job that does it."""

_REFUSALS_SHOWN: Final = 100


@dataclass(frozen=True)
class Draft:
    """A norm on its way: what was typed, what it comes to, whether it was kept, and what could not be."""

    given: Mapping[str, str]
    norm: Norm | None
    kept: bool = False
    fault: str | None = None


# --- norms ------------------------------------------------------------------------------------------------------------


@router.api_route("/numbers/norms", methods=GET)
async def norms(request: Request) -> Response:
    """The norms with their history, and for whoever sets them the form."""
    person, state = await allowed(request, anybody), state_of(request)
    sets = await state.store.read(lambda r: r.norms_set())
    in_force = await state.store.read(lambda r: r.norms())
    today, within = calendar.local_day(state.clock()), await state.store.read(lambda r: r.heard_within())
    return await show(
        request,
        "norms",
        person,
        sets=sets[::-1],
        now=norms_of.in_force(in_force, today),
        said=norm_words(request),
        draft=Draft({}, None),
        heard=within[::-1],
        months=months_on(within, today),
    )


@router.post("/numbers/norms")
async def set_norm(request: Request) -> Response:
    """A new norm: first what it says, to be confirmed; then kept, with who set it, when and why."""
    person, state = await allowed(request, may_set), state_of(request)
    given = {name: value.strip() for name, value in (await fields_of(request)).items()}
    draft = Draft({name: given.get(name, "") for name in ("kind", "number", "gap", "since", "why")}, None)
    try:
        norm = norms_of.norm_of(
            given.get("kind", ""),
            _day_of(given.get("since", "")),
            number=_whole(given.get("number", ""), "number"),
            gap_days=_whole(given.get("gap", ""), "gap"),
        )
        if not given.get("why"):
            raise BadNorm(field="why")
        if given.get("sure"):
            await roster.set_norm(state.store, norm, person.name, given["why"], now=state.clock())
            draft = Draft({}, None, kept=True)
        else:
            draft = Draft(draft.given, norm)
    except BadNorm as error:
        draft = Draft(draft.given, None, fault=f"num.norms.fault.{error.facts.get('field', 'kind')}")
    return await part(request, "norm", draft=draft, said=norm_words(request))


def _day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadNorm(field="since") from None


def _whole(text: str, field: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise BadNorm(field=field)
    return int(text)


# --- the roster -------------------------------------------------------------------------------------------------------


@router.api_route("/numbers/roster", methods=GET)
async def roster_page(request: Request) -> Response:
    """The form with which an organisation without a job of its own brings its roster in."""
    person = await allowed(request, may_bring)
    return await show(request, "roster", person, columns=roster.COLUMNS, needed=roster.NEEDED)


@router.post("/numbers/roster")
async def bring_in(request: Request) -> Response:
    """What a roster file would change, and once that was confirmed of this same file, that it has.

    The file is kept nowhere in between: it comes along again, and what was looked at is named by its hash. Only numbers
    and what is wrong with lines come back, because whoever brings a roster in does not see what is in it.
    """
    await allowed(request, may_bring)
    state = state_of(request)
    try:
        given = await parts_of(request, _ROSTER_LIMIT)
    except TooLarge as error:
        return await part(request, "roster", status=error.status, found=None, fault="num.roster.page.large")
    file, sure = given.get("file", b""), given.get("sure", b"").decode("ascii", "replace")
    if not file:
        return await part(request, "roster", found=None, fault="num.roster.page.none")
    looked = sha256(file).hexdigest()
    found = await roster.take_in(state.store, file, apply=sure == looked, now=state.clock())
    fault = "num.roster.page.other" if sure and sure != looked else None
    shown = found.refused[:_REFUSALS_SHOWN]
    return await part(request, "roster", found=found, shown=shown, looked=looked, fault=fault)
