"""The pages of whoever counts: manager, team leader, administrator, inspector (docs/api.md).

They are made here, on the server, out of what it counts; nothing on them was ever sealed, and this module may import
nothing that handles what was (pyproject.toml, "the numbers can only count"). Every filter stands in the address.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from kindstem import calendar, counts, exports, lines, roster
from kindstem import norms as norms_of
from kindstem.counts import (
    Choices,
    Contradicted,
    Disclosed,
    Filters,
    Gap,
    Raised,
    Requests,
    Waiting,
    asking,
    contradicted,
    points,
    raised,
)
from kindstem.domain import Contact, Person, Role
from kindstem.errors import BadFilter, BadNorm, BadRequest, Busy, NotFound, SetupFault, TooLarge
from kindstem.exports import forms
from kindstem.heard import months_on
from kindstem.norms import Norm, NormKind
from kindstem.store.lines import Spoken
from kindstem.web import charts
from kindstem.web.answers import page, words_of
from kindstem.web.bundles import Making
from kindstem.web.charts import Strip
from kindstem.web.forms import parts_of
from kindstem.web.guard import read_body, visit
from kindstem.web.pages import GET
from kindstem.web.signin import counting
from kindstem.web.state import state_of
from kindstem.words import Words

router = APIRouter()

_FORM_LIMIT: Final = 2048
_ROSTER_LIMIT: Final = 512 * 1024
"""Some four thousand lines; a larger organisation has a job that does it."""

_REFUSALS_SHOWN: Final = 100
_EXPORTS_SHOWN: Final = 50
_LINES_SHOWN: Final = 60
_WAITING_SHOWN: Final = 100
_PAGE: Final = 100
"""How many rows of a list stand on one of its pages."""

_LAST_PAGE: Final = 99_999
_GAPS_SHOWN: Final = 10

May = Callable[[Role], bool]
T = TypeVar("T")


def _counts(role: Role) -> bool:
    return role.counts


def _exports(role: Role) -> bool:
    return role.exports


def _sets(role: Role) -> bool:
    return role.sets


def _watches(role: Role) -> bool:
    return role.exports or role is Role.ADMINISTRATOR


def _brings(role: Role) -> bool:
    return role is Role.ADMINISTRATOR


def _anybody(role: Role) -> bool:
    return not role.reads


# What stands in the menu, with its icon and who may come there.
_PLACES: Final[tuple[tuple[str, str, May], ...]] = (
    ("today", "i-home", _counts),
    ("children", "i-list", _counts),
    ("time", "i-chart", _counts),
    ("kpis", "i-clock", _counts),
    ("experience", "i-speak", _counts),
    ("evaluation", "i-think", _counts),
    ("norms", "i-pen", _anybody),
    ("roster", "i-plus", _brings),
    ("audit", "i-seal", _exports),
    ("take", "i-out", _watches),
)


@dataclass(frozen=True)
class Asked:
    """What an address asks for: the children and the period, what can be chosen, and what of it could not be."""

    filters: Filters
    choices: Choices
    faults: tuple[str, ...]
    """Catalogue keys of sentences about parts of the address that were left out."""
    own_team: bool
    """Whether the team is the only one that whoever asks may see, and so no choice."""

    def query(self, **more: str) -> str:
        """The filters as they stand in an address, with something changed; an empty value takes a part out."""
        plain = {name: value for name, value in (self.filters.query() | more).items() if value}
        if self.own_team:
            plain.pop("team", None)
        return f"?{urlencode(plain)}" if plain else ""

    def month(self, month: str) -> str:
        """The address of the same choice over one month, as far as it lies in the period."""
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        since, until = max(first, self.filters.since), min(last, self.filters.until)
        return self.query(**{"from": since.isoformat(), "to": until.isoformat()})


@dataclass(frozen=True)
class View:
    """What every page of the numbers is given besides its own: who looks, and where they may go."""

    person: Person
    place: str
    idle: int
    """Seconds without a touch after which the page closes."""
    places: tuple[tuple[str, str], ...]
    asked: Asked | None = None

    @property
    def kept(self) -> str:
        """The filters, as they go along to another page."""
        return self.asked.query() if self.asked else ""


@dataclass(frozen=True)
class Team:
    """Children of a team who wait, by the worker they wait for; whoever waits longest comes first in all of it."""

    name: str | None
    workers: tuple[tuple[str | None, tuple[Waiting, ...]], ...]
    number: int


@dataclass(frozen=True)
class Line:
    """A child's talks in a period, for a list."""

    gap: Gap
    strip: Strip
    number: int


@dataclass(frozen=True)
class Leaf:
    """Which page of a list is shown."""

    number: int
    pages: int
    first: int
    last: int
    """Which rows of the list those on the page are, from 1 on."""


@dataclass(frozen=True)
class Draft:
    """A norm on its way: what was typed, what it comes to, whether it was kept, and what could not be."""

    given: Mapping[str, str]
    norm: Norm | None
    kept: bool = False
    fault: str | None = None


@router.api_route("/numbers", methods=GET)
async def without_slash(request: Request) -> Response:
    """To the address the numbers have."""
    return RedirectResponse("/numbers/", status_code=308)


@router.api_route("/numbers/", methods=GET)
async def today(request: Request) -> Response:
    """Which children nobody has spoken to alone for longer than the norm allows, and what else waits."""
    person = await _allowed(request, _anybody)
    if not person.role.counts:
        return RedirectResponse("/numbers/norms", status_code=303)
    asked = await _asked(request, person, period=False)
    found = await counts.today(
        state_of(request).store, asked.filters, now=state_of(request).clock(), limit=_WAITING_SHOWN
    )
    shares = charts.bar(
        (("f-2", found.within.value), ("f-x", found.waiting_count.value), ("f-rest", found.under_four.value))
    )
    open_ones = await _asking(request, asked)
    return await _page(
        request,
        "today",
        person,
        asked,
        found=found,
        teams=_by_team(found.waiting),
        bar=shares,
        said=_norm_words(request),
        asking=open_ones,
        raised=await _raised(request, asked, person),
        disclosed=await _disclosed(request, asked, person),
        asks={one.child: one.since for one in reversed(open_ones.rows)},
    )


@router.api_route("/numbers/children", methods=GET)
async def children(request: Request) -> Response:
    """Children and their talks along time, whoever was left alone longest first."""
    person = await _allowed(request, _counts)
    state, asked = state_of(request), await _asked(request, person)
    found = await counts.spread(state.store, asked.filters, now=state.clock(), limit=_LINES_SHOWN)
    shown = tuple(gap.child for gap in found.longest)
    talks = await lines.talks_of(state.store, shown, asked.filters.since, asked.filters.until)
    rows = [_line(gap, talks.get(gap.child, ()), asked.filters) for gap in found.longest]
    return await _page(request, "children", person, asked, found=found, lines=rows)


@router.api_route("/numbers/time", methods=GET)
async def over_time(request: Request) -> Response:
    """Realised talks by month and level, and how they are spread over the children."""
    person = await _allowed(request, _counts)
    state, asked = state_of(request), await _asked(request, person)
    found = await counts.over_time(state.store, asked.filters, now=state.clock())
    spread = await counts.spread(state.store, asked.filters, now=state.clock(), limit=_GAPS_SHOWN)
    months = charts.columns(
        [(one.month, _levels(one.realised, one.disputed)) for one in found.months],
        line=[one.children for one in found.months],
    )
    names = _month_names(words_of(request), [one.month for one in found.months])
    return await _page(
        request,
        "time",
        person,
        asked,
        found=found,
        spread=spread,
        months=months,
        month_names=names,
        numbers=_spread(spread.by_number),
    )


@router.api_route("/numbers/kpis", methods=GET)
async def kpis(request: Request) -> Response:
    """The three KPI's that exist, measure by measure, with where each clock began and when it was due."""
    person = await _allowed(request, _counts)
    state, asked = state_of(request), await _asked(request, person)
    found = await counts.kpis(state.store, asked.filters, now=state.clock(), limit=_LINES_SHOWN)
    clocks = [("worker", found.worker), ("first", found.first), ("plan", found.plan)]
    return await _page(request, "kpis", person, asked, found=found, clocks=clocks)


@router.api_route("/numbers/experience", methods=GET)
async def experience(request: Request) -> Response:
    """What children thought of their talks, from five up; and what waits for an adult."""
    person = await _allowed(request, _counts)
    state, asked = state_of(request), await _asked(request, person)
    found = await counts.experience(state.store, asked.filters, now=state.clock())
    silence = await counts.silence(state.store, asked.filters, now=state.clock())
    return await _page(
        request,
        "experience",
        person,
        asked,
        found=found,
        silence=silence,
        asking=await _asking(request, asked),
        raised=await _raised(request, asked, person),
        contradicted=await _contradicted(request, asked, person),
    )


@router.api_route("/numbers/evaluation", methods=GET)
async def evaluation(request: Request) -> Response:
    """The five points asked of pilots, and of each what is not measured."""
    person = await _allowed(request, _counts)
    state, asked = state_of(request), await _asked(request, person)
    found = await points.evaluation(state.store, asked.filters, now=state.clock())
    return await _page(request, "evaluation", person, asked, found=found)


@router.api_route("/numbers/behind/{what}", methods=GET)
async def behind(request: Request, what: str) -> Response:
    """The events behind a number: day, length, kind, who was there, level, and whose talk it was. Never content."""
    person = await _allowed(request, _counts)
    if what not in counts.BEHIND:
        raise NotFound()
    state, asked = state_of(request), await _asked(request, person)
    found = await counts.behind(state.store, asked.filters, what, now=state.clock(), limit=_LINES_SHOWN)
    return await _page(request, "behind", person, asked, found=found, names=await _names(request, found.rows))


@router.api_route("/numbers/standing/{what}", methods=GET)
async def standing(request: Request, what: str) -> Response:
    """The children behind a number of today, all of them, a page at a time."""
    person = await _allowed(request, _counts)
    if what not in counts.STANDINGS:
        raise NotFound()
    state, asked = state_of(request), await _asked(request, person, period=False)

    async def read(skip: int) -> tuple[counts.Standing, int]:
        found = await counts.standing(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=_PAGE)
        return found, found.number.value

    found, leaf, asked = await _leaf(request, asked, read)
    return await _page(request, "standing", person, asked, found=found, leaf=leaf)


@router.api_route("/numbers/clock/{what}", methods=GET)
async def clock(request: Request, what: str) -> Response:
    """The measures behind a KPI, all of them, a page at a time: what was not in time first."""
    person = await _allowed(request, _counts)
    if what not in counts.CLOCKS:
        raise NotFound()
    state, asked = state_of(request), await _asked(request, person)

    async def read(skip: int) -> tuple[counts.Clocks, int]:
        found = await counts.clock(state.store, asked.filters, what, now=state.clock(), skip=skip, limit=_PAGE)
        return found, found.clock.measures

    found, leaf, asked = await _leaf(request, asked, read)
    return await _page(request, "clock", person, asked, found=found, leaf=leaf)


@router.api_route("/numbers/child/{child}", methods=GET)
async def child(request: Request, child: str) -> Response:
    """A child's line: its talks as events, under its kindnummer. Raises NotFound for one that is not there to see."""
    person = await _allowed(request, _counts)
    state, asked = state_of(request), await _asked(request, person)
    since, until = asked.filters.since, asked.filters.until
    seen = await lines.line(state.store, child, since, until, team=_only_team(person), now=state.clock())
    strip = charts.strip(
        (one for one in reversed(seen.rows) if one.state in {"realised", "disputed"} and one.day >= seen.since),
        seen.since,
        seen.until,
        begun=seen.begun,
        latest=seen.latest,
    )
    decided = await state.store.read(lambda r: r.hearings_of([child]))
    return await _page(
        request,
        "child",
        person,
        asked,
        seen=seen,
        strip=strip,
        names=await _names(request, seen.rows),
        hearings=decided.get(child, [])[::-1],
    )


@router.api_route("/numbers/council", methods=GET)
async def council(request: Request) -> Response:
    """What the employer can see of whom, for the works council; the same for everybody who is signed in."""
    person = await _allowed(request, _anybody)
    return await _page(request, "council", person)


# --- norms ------------------------------------------------------------------------------------------------------------


@router.api_route("/numbers/norms", methods=GET)
async def norms(request: Request) -> Response:
    """The norms with their history, and for whoever sets them the form."""
    person, state = await _allowed(request, _anybody), state_of(request)
    sets = await state.store.read(lambda r: r.norms_set())
    in_force = await state.store.read(lambda r: r.norms())
    today, within = calendar.local_day(state.clock()), await state.store.read(lambda r: r.heard_within())
    return await _page(
        request,
        "norms",
        person,
        sets=sets[::-1],
        now=norms_of.in_force(in_force, today),
        said=_norm_words(request),
        draft=Draft({}, None),
        heard=within[::-1],
        months=months_on(within, today),
    )


@router.post("/numbers/norms")
async def set_norm(request: Request) -> Response:
    """A new norm: first what it says, to be confirmed; then kept, with who set it, when and why."""
    person, state = await _allowed(request, _sets), state_of(request)
    given = {name: value.strip() for name, value in (await _fields(request)).items()}
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
    return await _part(request, "norm", draft=draft, said=_norm_words(request))


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


# --- the audit bundle -------------------------------------------------------------------------------------------------


@router.api_route("/numbers/audit", methods=GET)
async def audit(request: Request) -> Response:
    """Who took an audit bundle along, and the form to make one."""
    person = await _allowed(request, _exports)
    state = state_of(request)
    until = calendar.local_day(state.clock())
    since = until.replace(day=1, year=until.year - 1)
    found = await state.store.read(lambda r: r.exports(_EXPORTS_SHOWN))
    return await _page(request, "audit", person, exports=found, since=since, until=until)


@router.post("/numbers/audit/bundles")
async def make_bundle(request: Request) -> Response:
    """A bundle over a period, begun; and the part that says how far it is."""
    who, state = await _allowed(request, _exports), state_of(request)
    fields = await _fields(request)
    try:
        since, until = date.fromisoformat(fields.get("from", "")), date.fromisoformat(fields.get("until", ""))
        if until < since:
            raise ValueError
    except ValueError:
        return await _part(request, "bundle", making=None, fault="num.audit.wrong")
    try:
        making = state.bundles.begin(who, since, until, now=state.clock())
    except Busy:
        return await _part(request, "bundle", making=None, fault="num.audit.busy")
    return await _bundle(request, making)


@router.get("/numbers/audit/bundles/{bundle}")
async def bundle_made(request: Request, bundle: str) -> Response:
    """How far a bundle is. The page asks by itself, so it moves no limit."""
    who = await _allowed(request, _exports)
    return await _bundle(request, state_of(request).bundles.find(who, bundle))


@router.get("/numbers/audit/bundles/{bundle}/file")
async def bundle_file(request: Request, bundle: str) -> Response:
    """A finished bundle, to take along."""
    who = await _allowed(request, _exports)
    making = state_of(request).bundles.find(who, bundle)
    if making.exported is None:
        raise NotFound()
    name = f"kindstem-{making.since}-{making.until}.zip"
    return FileResponse(making.path, media_type="application/zip", filename=name)


async def _bundle(request: Request, making: Making) -> Response:
    fault = "num.audit.failed" if making.failed else None
    return await _part(request, "bundle", making=making, fault=fault)


# --- reports ----------------------------------------------------------------------------------------------------------


@router.api_route("/numbers/take", methods=GET)
async def take(request: Request) -> Response:
    """What left the house, and for whoever may take a report along the form to do so."""
    return await _taking(request, await _allowed(request, _watches))


@router.get("/numbers/take/file")
async def take_file(request: Request) -> Response:
    """A report, in the form that was chosen; noted before it leaves. What cannot be gets its sentence on the page."""
    person, state, now = await _allowed(request, _exports), state_of(request), state_of(request).clock()
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
    return await _page(
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


# --- the roster -------------------------------------------------------------------------------------------------------


@router.api_route("/numbers/roster", methods=GET)
async def roster_page(request: Request) -> Response:
    """The form with which an organisation without a job of its own brings its roster in."""
    person = await _allowed(request, _brings)
    return await _page(request, "roster", person, columns=roster.COLUMNS, needed=roster.NEEDED)


@router.post("/numbers/roster")
async def bring_in(request: Request) -> Response:
    """What a roster file would change, and once that was confirmed of this same file, that it has.

    The file is kept nowhere in between: it comes along again, and what was looked at is named by its hash. Only numbers
    and what is wrong with lines come back, because whoever brings a roster in does not see what is in it.
    """
    await _allowed(request, _brings)
    state = state_of(request)
    try:
        given = await parts_of(request, _ROSTER_LIMIT)
    except TooLarge as error:
        return await _part(request, "roster", status=error.status, found=None, fault="num.roster.page.large")
    file, sure = given.get("file", b""), given.get("sure", b"").decode("ascii", "replace")
    if not file:
        return await _part(request, "roster", found=None, fault="num.roster.page.none")
    looked = sha256(file).hexdigest()
    found = await roster.take_in(state.store, file, apply=sure == looked, now=state.clock())
    fault = "num.roster.page.other" if sure and sure != looked else None
    shown = found.refused[:_REFUSALS_SHOWN]
    return await _part(request, "roster", found=found, shown=shown, looked=looked, fault=fault)


# --- what the functions above share -----------------------------------------------------------------------------------


async def _allowed(request: Request, may: May) -> Person:
    """Who asks, who may. Raises SessionEnded, and NotFound for a role that has nothing here."""
    who = await counting(request)
    if not may(who.person.role):
        raise NotFound()
    return who.person


async def _asked(request: Request, person: Person, *, period: bool = True) -> Asked:
    """What the address asks for. What cannot be is left out and told; the rest stays."""
    state = state_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    choices, faults = await counts.choices(state.store, now=state.clock()), []
    own = _only_team(person) is not None
    if own:
        # Whatever the address says: there is no other team for a leader.
        if given.get("team", person.team) != person.team:
            faults.append("num.filter.own")
        choices = Choices((person.team or "",), choices.municipalities)
        given["team"] = person.team or ""
    if not period:
        given.pop("from", None)
        given.pop("to", None)
    while True:
        try:
            filters = counts.filters_of(given, choices, today=calendar.local_day(state.clock()))
        except BadFilter as error:
            faults.append(error.sentence)
            field = str(error.facts.get("field"))
            for name in ("from", "to") if field in {"period", "future", "long"} else (field,):
                given.pop(name, None)
            continue
        return Asked(filters, choices, tuple(faults), own)


async def _leaf(
    request: Request, asked: Asked, read: Callable[[int], Awaitable[tuple[T, int]]]
) -> tuple[T, Leaf, Asked]:
    """A page of a list, which one it is, and what was asked; for a page that there is not, the first, and it is told.

    `read` gives the rows after so many, and how many there are of all.
    """
    given = request.query_params.get("page") or "1"
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(_LAST_PAGE)) else 0
    found, total = await read(max(number - 1, 0) * _PAGE)
    pages = max(1, -(-total // _PAGE))
    if not 1 <= number <= pages:
        number, asked = 1, replace(asked, faults=(*asked.faults, "num.filter.page"))
        found, total = await read(0)
    first = (number - 1) * _PAGE
    return found, Leaf(number, pages, first + 1, min(first + _PAGE, total)), asked


def _only_team(person: Person) -> str | None:
    """The one team whose children somebody may see; None for all."""
    return (person.team or "") if person.role is Role.LEADER else None


async def _asking(request: Request, asked: Asked) -> Requests:
    """The open requests to talk alone of the children that were asked for."""
    state = state_of(request)
    within = state.config.request_due_working_days
    return await asking.requests(state.store, asked.filters, now=state.clock(), within=within)


async def _raised(request: Request, asked: Asked, person: Person) -> Raised | None:
    """The flags of all children, or of a leader's team; None for any choice of them, by which one could be guessed."""
    state, (shown, own) = state_of(request), _undivided(asked, person)
    return await raised.flags(state.store, own, now=state.clock()) if shown else None


async def _disclosed(request: Request, asked: Asked, person: Person) -> Disclosed | None:
    """The meldcodes of all children, or of a leader's team, by the same rule."""
    state, (shown, own) = state_of(request), _undivided(asked, person)
    return await raised.disclosures(state.store, own, now=state.clock()) if shown else None


async def _contradicted(request: Request, asked: Asked, person: Person) -> Contradicted | None:
    """How many children contradict an answer; None for any choice of them, and for whoever sees one team alone."""
    if asked.filters.choice() or person.role is Role.LEADER:
        return None
    state = state_of(request)
    return await contradicted.contradicted(state.store, now=state.clock())


def _undivided(asked: Asked, person: Person) -> tuple[bool, Filters | None]:
    """Whether what is only ever counted of all children is shown, and a leader's own team, which it is counted of."""
    if person.role is not Role.LEADER:
        return not asked.filters.choice(), None
    own = Filters(asked.filters.since, asked.filters.until, team=_only_team(person))
    return own == asked.filters, own


async def _names(request: Request, rows: Sequence[Contact]) -> dict[str, str]:
    """The names of those whose talks these were."""
    wanted = {row.by for row in rows}
    people = await state_of(request).store.read(lambda r: [r.person(one) for one in wanted])
    return {person.id: person.name for person in people if person}


def _by_team(waiting: Sequence[Waiting]) -> tuple[Team, ...]:
    """The list by team and worker, each in the order in which its longest waiting child stands in the list."""
    teams: dict[str | None, dict[str | None, list[Waiting]]] = {}
    for one in waiting:
        teams.setdefault(one.team, {}).setdefault(one.worker, []).append(one)
    return tuple(
        Team(
            name,
            tuple((worker, tuple(children)) for worker, children in workers.items()),
            sum(len(children) for children in workers.values()),
        )
        for name, workers in teams.items()
    )


def _levels(realised: Mapping[str, int], disputed: int) -> list[tuple[str, str, int]]:
    levels = [(f"f-{level.lower()}", level, realised.get(level, 0)) for level in ("A", "B", "C", "D")]
    return [*levels, ("f-x", "disputed", disputed)]


def _month_names(said: Words, months: Sequence[str]) -> list[str]:
    """What stands under the columns: the year only where it begins, so that twelve months fit side by side."""
    whole = [said.month(month) for month in months]
    return [name if n == 0 or months[n].endswith("-01") else name.split()[0] for n, name in enumerate(whole)]


def _norm_words(request: Request) -> Callable[[Norm], str]:
    """How a norm is said in the language of whoever asks."""
    said = words_of(request)

    def words(norm: Norm) -> str:
        if norm.kind is NormKind.MONTHLY:
            return said.t("num.norm.monthly", day=said.date(norm.since))
        months, days = norm.gap_months, norm.gap_days
        gaps = [said.t("num.norm.gap.months", n=months)] if months else []
        gap = " + ".join([*gaps, said.t("num.norm.gap.days", n=days)] if days else gaps)
        return said.t(f"num.norm.{norm.kind.value}", n=norm.number, gap=gap, day=said.date(norm.since))

    return words


def _spread(by_number: Mapping[int, int]) -> charts.Columns:
    """How many children had so many talks; thirteen and more in one column, and nobody at all in the first."""
    most = 13
    named = []
    for number in range(most + 1):
        children = sum(one for n, one in by_number.items() if n == number or (number == most and n > most))
        named.append((str(number) if number < most else f"{most}+", [("f-x" if number == 0 else "f-b", "", children)]))
    return charts.columns(named)


def _line(gap: Gap, talks: Sequence[Spoken], filters: Filters) -> Line:
    realised = sum(one.state == "realised" for one in talks)
    return Line(gap, charts.strip(talks, filters.since, filters.until), realised)


async def _page(
    request: Request, place: str, person: Person, asked: Asked | None = None, *, status: int = 200, **context: Any
) -> Response:
    visit(request).allow_desk()
    places = tuple((name, icon) for name, icon, may in _PLACES if may(person.role))
    view = View(person, place, state_of(request).config.idle_minutes * 60, places, asked)
    return await page(request, f"numbers/{place}.html", status=status, view=view, options=_options, **context)


def _options(values: tuple[str, ...], chosen: str | None) -> Markup:
    """The options of a choice between values that are said as they are, one of them chosen."""
    found = _options_of(values)
    if chosen is None:
        return found
    plain = Markup('<option value="{}">').format(chosen)
    return found.replace(plain, Markup('<option value="{}" selected>').format(chosen), 1)


# A country has hundreds of teams, and they stand on every page.
@lru_cache(maxsize=16)
def _options_of(values: tuple[str, ...]) -> Markup:
    return Markup().join(Markup('<option value="{0}">{0}</option>').format(one) for one in values)


async def _part(request: Request, name: str, *, status: int = 200, **context: Any) -> Response:
    visit(request).allow_desk()
    return await page(request, f"numbers/parts/{name}.html", status=status, **context)


async def _fields(request: Request) -> Mapping[str, str]:
    """The fields of a form. Raises BadRequest for anything else."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise BadRequest()
    return dict(parse_qsl((await read_body(request, _FORM_LIMIT)).decode("utf-8", "replace"), keep_blank_values=True))
