"""What leaves the house: reports over whole months, with everything hidden that would tell of fewer than five.

A report is made of what was published and of nothing else. What is published of a month or a quarter is made once,
some time after its end, kept, and never changed, so that no two reports can be subtracted from each other. Which tables
there are, what is hidden and why: docs/exports.md and decision 0021.

`report(store, asked, now=now)` gives one as data and publishes what was not yet; forms.py and pdf.py write it down;
`take` notes that it leaves, before it does. No report holds a kindnummer, a worker, or anything of one of them.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

import rfc8785

from kindstem import counts
from kindstem.calendar import AMSTERDAM, local_day
from kindstem.counts import Clock, Filters
from kindstem.counts.asking import by_age
from kindstem.domain import Published, Taken, Token
from kindstem.errors import BadFilter, TokenUnknown
from kindstem.exports import linked
from kindstem.norms import Norm, add_months, in_force
from kindstem.store import Reader, Store, Tx
from kindstem.store.published import Facts, Staffed
from kindstem.suppression import SHOWN_FROM, ShownRow, Table, add_up, hide

SETTLED: Final = 14
"""How many days after a month its numbers are published: later confirmations and late entries no longer change them."""

QUARTER_SETTLED: Final = 60
"""The same after a quarter: the plan for a measure of its last day is due after six weeks."""

MEDIAN_FROM: Final = 20
"""From how many talks their median length leaves, and then in steps of MEDIAN_STEP minutes: it is the length of one."""

MEDIAN_STEP: Final = 5

SHARE_FROM: Final = 10
"""The smallest share of days that leaves, in percents: of hardly any day within the norm it would tell whose it was."""

GAPS: Final = ((31, "upto1"), (62, "upto2"), (92, "upto3"), (184, "upto6"))
"""Up to how many days a child's longest gap belongs to which band: as long as so many months can be; others `over6`."""

STAFF: Final = 3
"""A team with fewer jeugdbeschermers has no line of its own: it would tell how one of them works."""

LONGEST: Final = 36
"""How many months a report spans at most."""

FORMS: Final = ("pdf", "xlsx", "csv", "json")
WAYS: Final = ("team", "municipality")

_MONTH: Final = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """One of the fixed tables: its columns, by what it is divided, and which definitions it needs."""

    name: str
    columns: tuple[str, ...]
    divided: bool
    flows: bool
    """Whether its numbers of several months may be added up: talks can, children would count twice."""
    definitions: tuple[str, ...]


MONTHLY: Final = (
    Kind("children", ("spoken", "unspoken"), True, False, ("denominator", "contact")),
    Kind("young", ("young",), True, False, ("denominator",)),
    Kind("norm", ("within", "beyond"), True, False, ("norm",)),
    Kind("days", ("percent",), False, False, ("norm",)),
    Kind("gaps", ("upto1", "upto2", "upto3", "upto6", "over6"), False, False, ("gap",)),
    Kind("talks", ("A", "B", "C", "D"), True, True, ("contact", "level")),
    Kind("others", ("other", "notheld", "disputed", "withdrawn", "seen"), True, True, ("not",)),
    Kind("planned", ("foreseen", "unforeseen"), False, True, ("contact",)),
    Kind("length", ("short", "long"), False, True, ("contact",)),
    Kind("continuity", ("changed", "same"), False, False, ("continuity",)),
    Kind("asked", ("fortnight", "weeks", "longer"), False, False, ("request",)),
    Kind("median", ("minutes",), False, False, ("contact",)),
    Kind("said", ("yes", "else"), False, False, ("experience",)),
    Kind("done", ("yes", "else"), False, False, ("experience",)),
)
_CLOCK: Final = ("intime", "late", "running")
QUARTERLY: Final = (
    Kind("worker", _CLOCK, False, False, ("worker",)),
    Kind("first", _CLOCK, False, False, ("first",)),
    Kind("plan", _CLOCK, False, False, ("plan",)),
    Kind("heard", ("heard", "unread", "unheard"), False, False, ("heard",)),
    Kind("byworker", ("yes", "no", "else"), False, False, ("support",)),
    Kind("byaround", ("yes", "no", "else"), False, False, ("support",)),
    Kind("byschool", ("yes", "no", "else"), False, False, ("support",)),
    Kind("safer", ("safer", "lesssafe", "else"), False, False, ("safer", "support")),
    Kind("diagnostics", ("begun", "notbegun"), False, False, ("begun",)),
    Kind("help", ("begun", "notbegun"), False, False, ("begun",)),
)
_OWN: Final = ("diagnostics", "help")
"""What can have begun for a child itself, by the name of the fact."""
_ASKED: Final = {"worker": "byworker", "around": "byaround", "school": "byschool", "safer": "safer"}
"""The table of each question of a quarter."""

_APART: Final = frozenset({"days", "median", "said", "done"})
"""Tables of a month that are no division of its children or talks."""

KINDS: Final = {kind.name: kind for kind in (*MONTHLY, *QUARTERLY)}
_DIVIDED: Final = frozenset(what for kind in MONTHLY if kind.divided for what in kind.columns)


@dataclass(frozen=True)
class Asked:
    """Which report: from one month to another, of all children or of those that one municipality pays for."""

    since: str
    until: str
    municipality: str | None = None


@dataclass(frozen=True)
class Line:
    """One row of a report: a period (`total` over all months), a table, whose children, and the numbers by column."""

    period: str
    table: str
    by: str
    name: str
    numbers: Mapping[str, int | None]
    """By column, and their sum as `all`; None is hidden."""


@dataclass(frozen=True)
class Report:
    """A report as data. The same months give the same numbers, and so the same hash, whoever asks and whenever."""

    asked: Asked
    org: str
    numbers: Mapping[str, Any]
    """What the hash is over: everything but when the report was made."""
    hash: str
    made_at: datetime

    def lines(self) -> Iterator[Line]:
        """Every row, table by table."""
        for kind in KINDS.values():
            rows: dict[tuple[str, str], list[ShownRow]] = {}
            periods = [one for one in self.numbers["periods"] if kind.name in one["tables"]]
            for one in periods:
                for by, name, row in one["tables"][kind.name]:
                    rows.setdefault((by, name), []).append(tuple(row))
                    yield Line(one["period"], kind.name, by, name, _named(kind, row))
            if kind.flows and len(periods) > 1:
                for (by, name), found in rows.items():
                    # Where it has no line of its own in some month, its sum is not known either.
                    whole = len(found) == len(periods)
                    summed = add_up(found) if whole else (None,) * (len(kind.columns) + 1)
                    yield Line("total", kind.name, by, name, _named(kind, summed))

    @property
    def definitions(self) -> tuple[str, ...]:
        """The keys of the definitions it needs, in the order of its tables."""
        tables = {name for one in self.numbers["periods"] for name in one["tables"]}
        needed = [key for kind in KINDS.values() if kind.name in tables for key in kind.definitions]
        return tuple(dict.fromkeys(f"def.{key}" for key in needed))


def _named(kind: Kind, row: Sequence[int | None]) -> dict[str, int | None]:
    return dict(zip((*kind.columns, "all"), row, strict=True))


# --- asking -----------------------------------------------------------------------------------------------------------


def asked_of(given: Mapping[str, str], municipality: str | None = None, *, today: date) -> Asked:
    """What an address or command asks for: `from` and `to`, months that are settled; without `from` three months.

    Raises BadFilter, whose `sentence` says what cannot be.
    """
    newest = newest_month(today)
    until = given.get("to") or newest
    if not _MONTH.fullmatch(until):
        raise BadFilter(field="month")
    since = given.get("from") or add_months(_first(until), -2).isoformat()[:7]
    if not _MONTH.fullmatch(since):
        raise BadFilter(field="month")
    if since > until:
        raise BadFilter(field="period")
    if until > newest:
        raise BadFilter(field="unsettled")
    if len(_months(since, until)) > LONGEST:
        raise BadFilter(field="longest")
    return Asked(since, until, municipality)


def newest_month(today: date) -> str:
    """The newest month of which the numbers are settled."""
    return ((today - SETTLED * _DAY).replace(day=1) - _DAY).isoformat()[:7]


def months_to(newest: str) -> list[str]:
    """The months that a report can begin or end with, newest first."""
    return _months(add_months(_first(newest), 1 - LONGEST).isoformat()[:7], newest)[::-1]


async def report(store: Store, asked: Asked, *, now: datetime) -> Report:
    """The report, with what was not published yet published first.

    Raises BadFilter for a municipality that the roster never named.
    """
    org, places = await store.read(lambda r: (r.org(), r.fact_values("municipality")))
    if asked.municipality is not None and asked.municipality not in places:
        raise BadFilter(field="municipality")
    periods = []
    for period in _periods(asked, local_day(now)):
        found = await _published(store, period, now)
        if found is not None:
            periods.append(_scoped(json.loads(found.text), asked.municipality))
    name = org.name if org else ""
    numbers = {
        "v": 1,
        "org": name,
        "from": asked.since,
        "to": asked.until,
        "municipality": asked.municipality,
        "periods": [one for one in periods if one["tables"]],
    }
    return Report(asked, name, numbers, hash_of(numbers), now)


def hash_of(numbers: Mapping[str, Any]) -> str:
    """What stands on every form of a report: SHA-256 over the canonical JSON (RFC 8785) of its numbers."""
    return sha256(rfc8785.dumps(dict(numbers))).hexdigest()


def _scoped(period: dict[str, Any], municipality: str | None) -> dict[str, Any]:
    """What of a period is somebody's to see: for a municipality its own lines, and not even those of the whole."""
    if municipality is None:
        return period
    tables = {
        name: [row for row in rows if row[0] == "municipality" and row[1] == municipality]
        for name, rows in period["tables"].items()
    }
    return period | {"tables": {name: rows for name, rows in tables.items() if rows}}


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _days_of(month: str) -> tuple[date, date]:
    return _first(month), add_months(_first(month), 1) - _DAY


def _months(since: str, until: str) -> list[str]:
    found, day = [], _first(since)
    while day.isoformat()[:7] <= until:
        found.append(day.isoformat()[:7])
        day = add_months(day, 1)
    return found


def _periods(asked: Asked, today: date) -> list[str]:
    """The months, each followed by the quarter it ends; quarters that are settled, and whole within the report."""
    found = []
    for month in _months(asked.since, asked.until):
        found.append(month)
        day = _first(month)
        if day.month % 3 == 0 and add_months(day, -2).isoformat()[:7] >= asked.since:
            last = add_months(day, 1) - _DAY
            if last + QUARTER_SETTLED * _DAY < today:
                found.append(f"{day.year}-Q{day.month // 3}")
    return found


# --- publishing -------------------------------------------------------------------------------------------------------


async def _published(store: Store, period: str, now: datetime) -> Published | None:
    """What was published of a period, or is now; None of one in which there were no children."""
    near = [] if "Q" in period else linked.near(period)
    while True:
        found = await store.read(lambda r: r.published(period))
        if found is not None:
            return found
        before = await store.read(lambda r: _before(r, near))
        made = await (_quarter(store, period, now) if "Q" in period else _month(store, period, before, now))
        if made is None:
            return None
        await store.write(partial(_keep, made=made, before=before, near=near))


def _before(r: Reader, near: Iterable[str]) -> dict[str, linked.Published]:
    """What was published of these months."""
    found = {month: r.published(month) for month in near}
    return {month: json.loads(one.text)["tables"] for month, one in found.items() if one is not None}


def _keep(tx: Tx, made: Published, before: Mapping[str, linked.Published], near: Iterable[str]) -> None:
    """Publish what was made beside what was published before, unless more was by now: then it is to be made anew.

    Somebody else may have been first with this period too, and only one form of it ever leaves.
    """
    if _before(tx, near).keys() == before.keys():
        tx.publish(made)


@dataclass(frozen=True)
class _Month:
    """What is counted of a month, whole: never to be shown outside as it is."""

    period: str
    facts: Facts
    staffed: Sequence[Staffed]
    norms: Sequence[Norm]
    size: int
    root: bytes

    def number(self, *names: str) -> int:
        """How many there are of these, wherever."""
        return sum(number for (name, _, _), number in self.facts.items() if name in names)

    def tables(self) -> dict[str, Table]:
        """As tables, with small teams together and nothing hidden."""
        together = _together(self.facts, self.staffed)
        return {kind.name: _table(kind, self.facts, together) for kind in MONTHLY if kind.name not in _APART}


def counted(r: Reader, period: str) -> _Month:
    """A month as it stands in the store now."""
    since, until = _days_of(period)
    end = datetime.combine(until + _DAY, time(), AMSTERDAM)
    size, facts = r.log_size(), r.month_facts(since, until)
    facts.update({(age, None, None): number for age, number in by_age(r, end).items()})
    facts.update({(band, None, None): number for band, number in _gaps(r, since, until).items()})
    return _Month(period, facts, r.staffed(since, until), r.norms(), size, r.log_root(size))


async def _month(
    store: Store, period: str, before: Mapping[str, linked.Published], now: datetime
) -> Published | None:
    since, until = _days_of(period)
    found = await store.read(lambda r: counted(r, period))
    if not found.number("spoken", "unspoken", "young"):
        return None
    norms = {day: in_force(found.norms, day) for _, day in map(_days_of, (period, *linked.near(period)))}
    tables = await asyncio.to_thread(lambda: linked.shown(period, found.tables(), norms, before))
    total = (await counts.over_time(store, Filters(since, until), now=now)).total
    # Where it is hidden whether there were talks at all, a median would tell.
    some = set(tables["talks"][0][2]) != {None}
    if some and total.median is not None and total.all_realised >= MEDIAN_FROM:
        minutes = total.median // MEDIAN_STEP * MEDIAN_STEP
        tables["median"] = [["all", "", [minutes, minutes]]]
    shown = None not in (*tables["children"][0][2], *tables["norm"][0][2])
    tables |= await store.read(lambda r: _days(r, since, until, shown=shown))
    tables |= await store.read(lambda r: _thought(r, period))
    return _kept(period, now, found.size, found.root, tables)


def _gaps(r: Reader, since: date, until: date) -> Counter[str]:
    """How many children have their longest gap in which band, of the gaps that touch a month, up to its last day."""
    days = [gap for _, gap in r.gaps(since, until, {}, -1)]
    return Counter(next((band for most, band in GAPS if gap <= most), "over6") for gap in days)


def _days(r: Reader, since: date, until: date, *, shown: bool) -> dict[str, list[list[Any]]]:
    """The share of child-days within the norm in a month, in whole percents, rounded down; none before any norm.

    It is hidden where the tables of the same children hide something, which it would give away. So it never is that of
    fewer than five children with a day within the norm, or with one that was not.
    """
    within, judged, _ = r.child_days(since, until, {})
    if not judged:
        return {}
    share = 100 * within // judged
    told = share if shown and share >= SHARE_FROM else None
    return {"days": [["all", "", [told, told]]]}


def _thought(r: Reader, month: str) -> dict[str, list[list[Any]]]:
    """What children thought in a month, over the teams in which five or more answered.

    Nearly all of one opinion would tell what each of them said: then only how many answered leaves.
    """
    found: dict[str, list[list[Any]]] = {}
    answers = r.thought(month, month, counts.SHOWN_FROM)
    for question in ("said", "done"):
        yes = sum(one.yes for one in answers if one.question == question)
        given = sum(one.given for one in answers if one.question == question)
        if not given:
            continue
        row: list[int | None] = [yes, given - yes, given]
        if not _middling(yes, given) or min(yes, given - yes) < SHOWN_FROM:
            row[:2] = [None, None]
        found[question] = [["all", "", row]]
    return found


def _together(facts: Facts, staffed: Iterable[Staffed]) -> frozenset[str | None]:
    """The teams that share one line, with what has no team: the small ones, and more until they are no small team."""
    workers: dict[str | None, set[str]] = {team: set() for what, team, _ in facts if what in _DIVIDED}
    for one in staffed:
        workers.setdefault(one.team, set()).add(one.worker)
    order = sorted(workers, key=lambda team: (team is not None, len(workers[team]), team or ""))
    chosen: set[str | None] = set()
    known: set[str] = set()
    for team in order:
        # Each small one; and while those together are still few, the next.
        if team is None or len(workers[team]) < STAFF or (chosen and len(known) < STAFF):
            chosen.add(team)
            known |= workers[team]
    return frozenset(chosen)


def _table(kind: Kind, facts: Facts, together: frozenset[str | None]) -> Table:
    ways: dict[str, dict[str, list[int]]] = {way: {} for way in WAYS} if kind.divided else {}
    whole = [0] * len(kind.columns)
    for (what, team, municipality), number in facts.items():
        areas = {"team": "" if team in together else team or "", "municipality": municipality or ""}
        for way, found in ways.items() if what in _DIVIDED else ():
            row = found.setdefault(areas[way], [0] * len(kind.columns))
            if what in kind.columns:
                row[kind.columns.index(what)] += number
        if what in kind.columns:
            whole[kind.columns.index(what)] += number
    divided = {way: {area: tuple(row) for area, row in areas.items()} for way, areas in ways.items()}
    return Table(kind.columns, tuple(whole), divided)


def _row(table: Table) -> list[list[Any]]:
    return [["all", "", list(hide(table).whole)]]


async def _quarter(store: Store, period: str, now: datetime) -> Published | None:
    since = date(int(period[:4]), 3 * int(period[-1]) - 2, 1)
    filters = Filters(since, add_months(since, 3) - _DAY)
    found = await counts.kpis(store, filters, now=now)
    size, root = await store.read(lambda r: (r.log_size(), r.log_root(r.log_size())))
    clocks = {"worker": found.worker, "first": found.first, "plan": found.plan}
    heard, unread = found.decided.heard, found.decided.unread
    decided = (heard.value, unread.value, (heard.of or 0) - heard.value - unread.value)
    tables: dict[str, list[list[Any]]] = {}
    if found.worker.measures:
        tables = {name: _row(Table(_CLOCK, _met(clock), {})) for name, clock in clocks.items()}
    if heard.of:
        tables["heard"] = _row(Table(KINDS["heard"].columns, decided, {}))
    tables |= await store.read(lambda r: _said(r, period))
    tables |= await store.read(lambda r: _begun(r, filters.since, filters.until))
    if not tables:
        return None
    return _kept(period, now, size, root, tables)


def _said(r: Reader, quarter: str) -> dict[str, list[list[Any]]]:
    """What children said of a quarter, over the teams in which five or more answered the question."""
    answers = r.said(quarter, quarter, counts.SHOWN_FROM)
    return {
        _ASKED[one.question]: [["all", "", [*opinions((one.yes, one.no, one.given - one.yes - one.no)), one.given]]]
        for one in answers
        if one.given
    }


def _begun(r: Reader, since: date, until: date) -> dict[str, list[list[Any]]]:
    """For how many children of a quarter diagnostics and help of their own had begun, by its last day.

    Only of children of four and older, so that no number of younger ones follows from their sum; and not beside a month
    of which it is hidden how many they are: the quarter's would bound it. Months are published before their quarter.
    """
    children = r.children_of_four(since, until)
    if not children:
        return {}
    months = _before(r, _months(since.isoformat()[:7], until.isoformat()[:7]))
    told = sum(tables["children"][0][2][-1] is not None for tables in months.values())
    found: dict[str, list[list[Any]]] = {}
    for name in _OWN:
        begun = r.begun(name, since, until)
        table = Table(KINDS[name].columns, (begun, children - begun), {})
        found[name] = [["all", "", [None] * 3]] if told < 3 else _row(table)
    return found


def opinions(row: Sequence[int]) -> list[int | None]:
    """How many were of each opinion, next to how many there are of all.

    As with what children thought of talks: fewer than five of one opinion are hidden, and so is one that hardly anybody
    or nearly everybody shares. With it the next smallest, or the sum would tell it.
    """
    given = sum(row)
    rest = sorted(range(len(row)), key=lambda place: (row[place], place))
    hidden = [place for place in rest if row[place] < SHOWN_FROM or not _middling(row[place], given)]
    rest = [place for place in rest if place not in hidden]
    while hidden and rest and (len(hidden) < 2 or sum(row[place] for place in hidden) < SHOWN_FROM):
        hidden.append(rest.pop(0))
    return [None if place in hidden else number for place, number in enumerate(row)]


def _middling(number: int, of: int) -> bool:
    """Whether a share is none of nearly nobody or nearly everybody."""
    return 10 * of <= 100 * number <= 90 * of


def _met(clock: Clock) -> tuple[int, ...]:
    in_time, judged = clock.number.value, clock.number.of or 0
    return (in_time, judged - in_time, clock.running)


def _kept(period: str, now: datetime, size: int, root: bytes, tables: Mapping[str, list[list[Any]]]) -> Published:
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    named = base64.b64encode(root).decode()
    value: dict[str, Any] = {"period": period, "at": at, "log": {"size": size, "root": named}, "tables": dict(tables)}
    return Published(period, now, size, named, rfc8785.dumps(value).decode())


# --- leaving ----------------------------------------------------------------------------------------------------------


async def take(
    store: Store,
    found: Report,
    form: str,
    way: str,
    *,
    by: str = "",
    person: str | None = None,
    token: str | None = None,
) -> None:
    """Note who takes a report along; done before a byte of it leaves."""
    asked = found.asked
    one = Taken(found.made_at, way, by, asked.since, asked.until, asked.municipality, form, found.hash)
    await store.write(lambda tx: tx.take(one, person=person, token=token))


# --- tokens -----------------------------------------------------------------------------------------------------------

_TOKEN: Final = re.compile(r"kindstem-[A-Za-z0-9_-]{43}")


async def add_token(store: Store, municipality: str, until: date, *, now: datetime) -> tuple[Token, str]:
    """A token for a municipality, and its secret, which is shown once and kept nowhere.

    Raises BadFilter for a municipality that the roster never named, and for a day that is past or over two years off.
    """
    if municipality not in await store.read(lambda r: r.fact_values("municipality")):
        raise BadFilter(field="municipality")
    if not local_day(now) <= until <= add_months(local_day(now), 24):
        raise BadFilter(field="until")
    secret = f"kindstem-{secrets.token_urlsafe(32)}"
    one = Token(secrets.token_hex(4), municipality, until, now, None)
    await store.write(lambda tx: tx.add_token(one, _digest(secret)))
    return one, secret


async def token_of(store: Store, header: str | None, *, now: datetime) -> Token:
    """Whose token a request carries. Raises TokenUnknown for none, and for one that is unknown, over or revoked."""
    kind, _, secret = (header or "").partition(" ")
    if kind.lower() != "bearer" or not _TOKEN.fullmatch(secret):
        raise TokenUnknown()
    found = await store.read(lambda r: r.token(_digest(secret)))
    if found is None or found.revoked_at is not None or found.until < local_day(now):
        raise TokenUnknown()
    return found


def _digest(secret: str) -> bytes:
    # The secret has 256 random bits, so there is nothing to stretch.
    return hmac.new(b"kindstem token 1", secret.encode(), sha256).digest()
