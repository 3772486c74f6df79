"""The htmx parts of the desk: what the server knows, as HTML. Nothing decrypted is ever in them.

Each part is templates/desk/parts/<name>.html and gets `part`, one of the values below, beside what every page has
(answers.page). Elements with hx- attributes carry hx-nonce="{{ nonce }}"; hx-csp strips those that do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import calendar, messages, people
from kindstem.domain import Away, Opened, Person
from kindstem.errors import BadRequest
from kindstem.web.answers import page
from kindstem.web.guard import read_body, visit
from kindstem.web.signin import here
from kindstem.web.state import state_of

router = APIRouter()

_FORM_LIMIT = 1024


@dataclass(frozen=True)
class Nav:
    """For nav.html: who is signed in, and what asks for attention."""

    person: Person
    away_now: bool
    unread: int
    """Messages that this person has not opened, over all their children."""
    flags: int
    """Flags that nobody has seen."""


@dataclass(frozen=True)
class Colleague:
    """One line of colleagues.html."""

    person: Person
    me: bool
    state: str
    """`off` (deactivated), `new` (has not made keys), `key` (has keys), `nodesk` (a role without a desk)."""
    introduced_by: int
    """How many colleagues signed the key record. Whom to believe is not decided here: the desk finds that out."""
    introduced_by_me: bool
    away_now: bool


@dataclass(frozen=True)
class Colleagues:
    """For colleagues.html: everybody, by name."""

    lines: Sequence[Colleague]


@dataclass(frozen=True)
class AwayPart:
    """For away.html: the form, and whether it was just kept."""

    away: Away | None
    today: date
    saved: bool
    wrong: bool
    """That the days given were no days, or in the wrong order; nothing was kept."""


@dataclass(frozen=True)
class Reads:
    """For reads.html: who opened what of a child, newest first. `child` is the kindnummer."""

    child: str
    lines: Sequence[Opened]


@router.get("/desk/parts/nav")
async def nav(request: Request) -> Response:
    """Who is signed in, and what asks for attention."""
    who, state = await here(request), state_of(request)
    rows = await messages.children(state.store, state.config, who.person, now=state.clock())
    part = Nav(
        person=who.person,
        away_now=_away_now(request, who.person),
        unread=sum(row.standing.unread for row in rows),
        flags=sum(not flag.seen for row in rows for flag in row.flags),
    )
    return await _part(request, "nav", part)


@router.get("/desk/parts/colleagues")
async def colleagues(request: Request) -> Response:
    """Everybody who works here."""
    who = await here(request)
    found = await state_of(request).store.read(lambda r: r.people())
    mine = who.person.record.sigs[0].by if who.person.record else None
    lines = [
        Colleague(
            person=one,
            me=one.id == who.person.id,
            state=_state(one),
            introduced_by=max(0, len(one.record.sigs) - len(one.signing_keys)) if one.record else 0,
            introduced_by_me=bool(one.record and any(sig.by == mine for sig in one.record.sigs)),
            away_now=_away_now(request, one),
        )
        for one in found
    ]
    return await _part(request, "colleagues", Colleagues(lines))


@router.get("/desk/parts/away")
async def away(request: Request) -> Response:
    """The form to say when one is away."""
    who = await here(request)
    return await _part(request, "away", _away_part(request, who.person.away))


@router.post("/desk/parts/away")
async def set_away(request: Request) -> Response:
    """Away from and until, and the form again."""
    who = await here(request)
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise BadRequest()
    fields = dict(parse_qsl((await read_body(request, _FORM_LIMIT)).decode("utf-8", "replace")))
    since, until = fields.get("from", ""), fields.get("until", "")
    try:
        days = Away(date.fromisoformat(since), date.fromisoformat(until)) if since or until else None
        await people.set_away(state_of(request).store, who.person.id, days)
    except (ValueError, BadRequest):
        return await _part(request, "away", _away_part(request, who.person.away, wrong=True))
    return await _part(request, "away", _away_part(request, days, saved=True))


@router.get("/desk/parts/reads/{child}")
async def reads(request: Request, child: str) -> Response:
    """Who opened what of a child."""
    who = await here(request)
    found = await messages.reads_of(state_of(request).store, who.person, child)
    return await _part(request, "reads", Reads(child, found))


async def _part(request: Request, name: str, part: object) -> Response:
    visit(request).allow_desk()
    return await page(request, f"desk/parts/{name}.html", part=part)


def _away_part(request: Request, days: Away | None, *, saved: bool = False, wrong: bool = False) -> AwayPart:
    return AwayPart(days, calendar.local_day(state_of(request).clock()), saved, wrong)


def _away_now(request: Request, person: Person) -> bool:
    return person.away is not None and person.away.covers(calendar.local_day(state_of(request).clock()))


def _state(person: Person) -> str:
    if not person.active:
        return "off"
    if not person.role.reads:
        return "nodesk"
    return "key" if person.record else "new"
