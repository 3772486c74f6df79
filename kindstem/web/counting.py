"""What the pages of whoever counts share: who may come, what an address asks for, which part of a list is shown.

Like these pages it may import nothing that handles what was sealed (pyproject.toml, "the numbers can only count").
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from kindstem import calendar, counts
from kindstem.counts import Choices, Filters
from kindstem.domain import Contact, Person, Role
from kindstem.errors import BadFilter, BadRequest, NotFound
from kindstem.norms import Norm, NormKind
from kindstem.web.answers import page, words_of
from kindstem.web.guard import read_body, visit
from kindstem.web.signin import counting
from kindstem.web.state import state_of

_FORM_LIMIT: Final = 2048

PAGE: Final = 100
"""How many rows of a list stand on one of its pages."""

_LAST_PAGE: Final = 99_999

May = Callable[[Role], bool]
T = TypeVar("T")


def may_count(role: Role) -> bool:
    """Whoever sees numbers."""
    return role.counts


def may_export(role: Role) -> bool:
    """Whoever may take reports and bundles along."""
    return role.exports


def may_set(role: Role) -> bool:
    """Whoever sets norms."""
    return role.sets


def may_watch(role: Role) -> bool:
    """Whoever sees what left the house."""
    return role.exports or role is Role.ADMINISTRATOR


def may_bring(role: Role) -> bool:
    """Whoever brings the roster in."""
    return role is Role.ADMINISTRATOR


def anybody(role: Role) -> bool:
    """Whoever comes in by this door."""
    return not role.reads


# What stands in the menu, with its icon and who may come there.
_PLACES: Final[tuple[tuple[str, str, May], ...]] = (
    ("today", "i-home", may_count),
    ("teams", "i-two", may_count),
    ("children", "i-list", may_count),
    ("time", "i-chart", may_count),
    ("kpis", "i-clock", may_count),
    ("experience", "i-speak", may_count),
    ("evaluation", "i-think", may_count),
    ("norms", "i-pen", anybody),
    ("roster", "i-plus", may_bring),
    ("audit", "i-seal", may_export),
    ("take", "i-out", may_watch),
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
class Leaf:
    """Which page of a list is shown."""

    number: int
    pages: int
    first: int
    last: int
    """Which rows of the list those on the page are, from 1 on."""


async def allowed(request: Request, may: May) -> Person:
    """Who asks, who may. Raises SessionEnded, and NotFound for a role that has nothing here."""
    who = await counting(request)
    if not may(who.person.role):
        raise NotFound()
    return who.person


async def asked_of(request: Request, person: Person, *, period: bool = True) -> Asked:
    """What the address asks for. What cannot be is left out and told; the rest stays."""
    state = state_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    choices, faults = await counts.choices(state.store, now=state.clock()), []
    own = only_team(person) is not None
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


async def leaf_of(
    request: Request, asked: Asked, read: Callable[[int, int], Awaitable[tuple[T, int]]], *, most: int | None = None
) -> tuple[T, Leaf, Asked]:
    """A page of a list, which one it is, and what was asked; for a page that there is not, the first, and it is told.

    `read` gives the rows after so many, at most so many, and how many there are of all. A page has PAGE rows, or
    `most`.
    """
    size = most or PAGE
    given = request.query_params.get("page") or "1"
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(_LAST_PAGE)) else 0
    found, total = await read(max(number - 1, 0) * size, size)
    pages = max(1, -(-total // size))
    if not 1 <= number <= pages:
        number, asked = 1, replace(asked, faults=(*asked.faults, "num.filter.page"))
        found, total = await read(0, size)
    first = (number - 1) * size
    return found, Leaf(number, pages, first + 1, min(first + size, total)), asked


def only_team(person: Person) -> str | None:
    """The one team whose children somebody may see; None for all."""
    return (person.team or "") if person.role is Role.LEADER else None


async def names_of(request: Request, rows: Sequence[Contact]) -> dict[str, str]:
    """The names of those whose talks these were."""
    wanted = {row.by for row in rows}
    people = await state_of(request).store.read(lambda r: [r.person(one) for one in wanted])
    return {person.id: person.name for person in people if person}


async def entries_of(request: Request, rows: Sequence[Contact]) -> dict[str, int]:
    """Where the records with which these talks begin stand in the log, and so in every audit bundle."""
    refs = [row.first for row in rows]
    return await state_of(request).store.read(lambda r: r.entered(refs))


def norm_words(request: Request) -> Callable[[Norm], str]:
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


async def show(
    request: Request, place: str, person: Person, asked: Asked | None = None, *, status: int = 200, **context: Any
) -> Response:
    """The page of a place, with its menu and what was asked."""
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


async def part(request: Request, name: str, *, status: int = 200, **context: Any) -> Response:
    """A piece of such a page, which htmx puts in its place."""
    visit(request).allow_desk()
    return await page(request, f"numbers/parts/{name}.html", status=status, **context)


async def fields_of(request: Request) -> Mapping[str, str]:
    """The fields of a form. Raises BadRequest for anything else."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise BadRequest()
    return dict(parse_qsl((await read_body(request, _FORM_LIMIT)).decode("utf-8", "replace"), keep_blank_values=True))
