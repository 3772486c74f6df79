"""The roster: which children the organisation is charged with, taken in from the case system (docs/roster.md).

The file is the whole roster as it is now. What changed since the last one closes what was said before and opens what is
said from today; nobody disappears because a line is missing. What is stated of a child enters the log in the
transaction that keeps it, so a denominator cannot shrink afterwards unnoticed. No name of a child and no BSN gets in.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from kindstem import leaves, signing
from kindstem.calendar import local_day
from kindstem.domain import MEASURES, PLACES, Listed, Measure, Person, Role
from kindstem.errors import BadNorm, BadRequest, NotFound
from kindstem.heard import MOST, Within
from kindstem.norms import Norm, Set
from kindstem.store import Reader, Store, Tx
from kindstem.store.roster import Told
from kindstem.tally import Tally

COLUMNS: Final = (
    *("kindnummer", "family", "born", "measure", "charged", "start", "end", "municipality", "place", "team"),
    *("worker", "worker_since", "plan", "decisions", "diagnostics", "help"),
)
"""The columns of the file; what is not among them is refused, so that no name comes along by mistake."""

NEEDED: Final = ("kindnummer", "born", "measure", "charged")
NONE: Final = "none"
"""Stands as the measure of a sibling for whom there is none: it is to be heard too, and is in no denominator."""

GROUP: Final = 100
"""How many children share a transaction."""

_OF_CHILD: Final = (
    *("family", "born", "municipality", "place", "team", "worker", "worker_since", "diagnostics", "help"),
)
_DAYS: Final = ("charged", "start", "end", "worker_since", "plan", "diagnostics", "help")
_KINDNUMMER: Final = re.compile("K[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{5}")
_FAMILY: Final = re.compile("(?=.*[0-9])[A-Za-z0-9-]{1,24}")
_BORN: Final = re.compile("(19[89]|20[0-9])[0-9]-(0[1-9]|1[0-2])")
_DECISION: Final = re.compile("[a-z][a-z_-]{0,31}")
_NINE: Final = re.compile("[0-9]{9}")
_EARLIEST: Final = date(1990, 1, 1)


@dataclass(frozen=True)
class Refusal:
    """Why a line, or the whole file, is not taken: a catalogue key (num.roster.…) without its beginning, and where.

    Of the line itself it holds the kindnummer and the name of the column, and nothing else.
    """

    why: str
    line: int | None = None
    child: str = ""
    column: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing of the file is taken because of it."""
        return self.why in {"encoding", "empty", "column", "missing", "bsn"}

    @property
    def facts(self) -> Mapping[str, object]:
        """What the sentence has places for."""
        return {"line": self.line, "child": self.child, "column": self.column}


@dataclass(frozen=True)
class Line:
    """One measure of one child, as a line of the file says it."""

    number: int
    child: str
    kind: str
    charged: date
    """Of a child without a measure: the day of the file."""
    start: date
    ended: date | None
    plan: date | None
    decisions: tuple[tuple[str, date], ...]
    born: str
    facts: Mapping[str, str | None]
    """What the file says of the child, by name; what it has no column for is not there."""
    worker_since: date | None


@dataclass(frozen=True)
class Imported:
    """What a file changes, or changed: by kindnummer, and never with what was said."""

    applied: bool
    lines: int
    refused: tuple[Refusal, ...] = ()
    added: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    """Children with a measure that the roster did not know, those that are new among them."""
    ended: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of children that were known: the columns in which something else is said now."""
    absent: tuple[str, ...] = ()
    """Children under a measure that the file does not name. They stay until an end date comes."""
    measures_absent: tuple[str, ...] = ()
    """Children of whom a running measure has no line."""


@dataclass(frozen=True)
class Siblings:
    """The brothers and sisters of a child, as far as one of its readers may know of them (decision 0025)."""

    known: bool
    """Whether the roster names a family for this child."""
    mine: tuple[tuple[str, date | None], ...] = ()
    """Those whom the same person reads, by kindnummer, each with the day of its last talk alone."""
    others: int = 0
    """How many of the rest were never spoken to alone. Who they are is not this person's to know."""


# --- reading a file ---------------------------------------------------------------------------------------------------


def read(data: bytes, people: Iterable[Person], *, today: date) -> tuple[list[Line], list[Refusal]]:
    """The lines of a file that can be taken, and why the others cannot. Changes nothing.

    All lines of a child are refused with one of them: half a child would be another child.
    """
    try:
        text = data.decode("utf-8-sig")
        head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError):
        return [], [Refusal("encoding")]
    columns = [name.strip().lower() for name in head]
    named = [(number, row) for number, row in enumerate(rows, 2) if any(cell.strip() for cell in row)]
    faults = _faults_of(columns, named)
    if faults:
        return [], faults
    reading = _Reading(columns, people, today)
    for number, row in named:
        reading.take(number, row)
    return reading.taken(), reading.refused


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","


def _faults_of(columns: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> list[Refusal]:
    """What makes the whole file unfit."""
    for place, name in enumerate(columns, 1):
        if name not in COLUMNS or columns.index(name) != place - 1:
            # The head of a wrong file may itself be a name: its place says enough.
            return [Refusal("column", column=str(place))]
    faults = [Refusal("missing", column=name) for name in NEEDED if name not in columns]
    if not rows and not faults:
        faults.append(Refusal("empty"))
    for number, row in rows:
        for place, cell in enumerate(row):
            if _NINE.search(re.sub(r"[\s.\-]", "", cell)):
                column = columns[place] if place < len(columns) else str(place + 1)
                faults.append(Refusal("bsn", number, column=column))
    return faults


class _Refused(Exception):
    def __init__(self, why: str, column: str = "") -> None:
        super().__init__(why)
        self.why, self.column = why, column


class _Reading:
    def __init__(self, columns: Sequence[str], people: Iterable[Person], today: date) -> None:
        self._columns, self._today = columns, today
        readers = [one for one in people if one.role.reads]
        self._people = {one.id: one.id for one in readers} | {_folded(one.name): one.id for one in readers}
        self._lines: dict[str, list[Line]] = {}
        self._bad: set[str] = set()
        self._cells: dict[str, tuple[str, ...]] = {}
        self.refused: list[Refusal] = []

    def take(self, number: int, row: Sequence[str]) -> None:
        """The next line."""
        child = ""
        try:
            if len(row) != len(self._columns):
                raise _Refused("width")
            cells = {name: cell.strip() for name, cell in zip(self._columns, row, strict=True)}
            if not _KINDNUMMER.fullmatch(cells["kindnummer"].upper()):
                raise _Refused("kindnummer", "kindnummer")
            child = cells["kindnummer"].upper()
            line = self._line(number, child, cells)
            self._check_agrees(child, cells, line)
            self._lines.setdefault(child, []).append(line)
        except _Refused as fault:
            self._bad.add(child)
            self.refused.append(Refusal(fault.why, number, child, fault.column))

    def taken(self) -> list[Line]:
        """The lines of every child of which no line was refused."""
        return [line for child, lines in self._lines.items() if child not in self._bad for line in lines]

    def _line(self, number: int, child: str, cells: Mapping[str, str]) -> Line:
        without = cells["measure"] == NONE
        for name in NEEDED:
            if not cells[name] and not (without and name == "charged"):
                raise _Refused("needed", name)
        days = {name: self._day(cells.get(name, ""), name) for name in _DAYS}
        if not without and cells["measure"] not in MEASURES:
            raise _Refused("value", "measure")
        if without and (days["charged"] or days["end"] or days["plan"] or cells.get("decisions")):
            raise _Refused("value", "measure")
        charged = days["charged"] or self._today
        born = cells["born"]
        if not _BORN.fullmatch(born):
            raise _Refused("value", "born")
        for name in ("charged", "worker_since", "diagnostics", "help"):
            day = days[name]
            if day is not None and day.isoformat()[:7] < born:
                raise _Refused("order", name)
        if born > self._today.isoformat()[:7]:
            raise _Refused("future", "born")
        ended = days["end"]
        if ended is not None and ended < charged:
            raise _Refused("order", "end")
        return Line(
            number,
            child,
            cells["measure"],
            charged,
            days["start"] or charged,
            ended,
            days["plan"],
            self._decisions(cells.get("decisions", "")),
            born,
            self._facts(cells, days),
            days["worker_since"],
        )

    def _facts(self, cells: Mapping[str, str], days: Mapping[str, date | None]) -> dict[str, str | None]:
        checks: dict[str, Callable[[str], object]] = {
            "family": _FAMILY.fullmatch,
            "municipality": lambda text: text.isprintable() and len(text) <= 60,
            "place": lambda text: text in PLACES,
            "team": lambda text: text.isprintable() and len(text) <= 80,
        }
        found: dict[str, str | None] = {}
        for name, fits in checks.items():
            if name in cells:
                if cells[name] and not fits(cells[name]):
                    raise _Refused("value", name)
                found[name] = cells[name] or None
        if "worker" in cells:
            worker = cells["worker"]
            found["worker"] = self._people.get(worker) or self._people.get(_folded(worker)) if worker else None
            if worker and found["worker"] is None:
                raise _Refused("worker", "worker")
        for name in ("diagnostics", "help"):
            if name in cells:
                day = days[name]
                found[name] = day.isoformat() if day else None
        return found

    def _decisions(self, text: str) -> tuple[tuple[str, date], ...]:
        found = []
        for one in filter(None, (part.strip() for part in text.split(";"))):
            kind, _, day = one.partition(":")
            at = self._day(day.strip(), "decisions")
            if at is None or not _DECISION.fullmatch(kind.strip()):
                raise _Refused("value", "decisions")
            found.append((kind.strip(), at))
        return tuple(sorted(set(found), key=lambda one: (one[1], one[0])))

    def _day(self, text: str, column: str) -> date | None:
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise _Refused("value", column) from None
        if day.isoformat() != text or day < _EARLIEST:
            raise _Refused("value", column)
        if day > self._today:
            raise _Refused("future", column)
        return day

    def _check_agrees(self, child: str, cells: Mapping[str, str], line: Line) -> None:
        names = [name for name in _OF_CHILD if name in cells]
        mine = tuple(cells[name] for name in names)
        before = self._cells.setdefault(child, mine)
        for name, one, other in zip(names, mine, before, strict=True):
            if one != other:
                raise _Refused("differs", name)
        kinds = {(one.kind, one.charged) for one in self._lines.get(child, ())}
        if (line.kind, line.charged) in kinds or (kinds and NONE in {line.kind, *(kind for kind, _ in kinds)}):
            raise _Refused("double", "charged")


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


# --- taking it in -----------------------------------------------------------------------------------------------------


async def take_in(store: Store, data: bytes, *, apply: bool, now: datetime) -> Imported:
    """What a file changes; with `apply` it is changed, child by child, each with what the log is told of it.

    Children with a refused line stay as they were and are named. A file that is unfit as a whole changes nothing.
    Taking in the same file again changes nothing.
    """
    today = local_day(now)
    known_list, people = await store.read(lambda r: (r.all_listed(), r.people()))
    lines, refused = read(data, people, today=today)
    if any(one.whole for one in refused):
        return Imported(False, 0, tuple(refused))
    known = {one.child: one for one in known_list}
    wanted: dict[str, list[Line]] = {}
    for line in lines:
        wanted.setdefault(line.child, []).append(line)
    changes = {child: found for child, of in wanted.items() if (found := _differences(known.get(child), of))}
    if apply:
        todo = list(changes)
        for start in range(0, len(todo), GROUP):
            group = [wanted[child] for child in todo[start : start + GROUP]]
            await store.write(lambda tx, group=group: _keep(tx, group, now))  # type: ignore[misc]
    named = set(wanted) | {one.child for one in refused}
    running = [one for one in known_list if any(m.ended is None for m in one.measures)]
    return Imported(
        applied=apply,
        lines=len(lines),
        refused=tuple(refused),
        added=tuple(child for child in changes if child not in known),
        begun=tuple(child for child, found in changes.items() if "measure" in found),
        ended=tuple(child for child, found in changes.items() if "end" in found),
        changed={child: found for child, found in changes.items() if child in known},
        absent=tuple(one.child for one in running if one.child not in named),
        measures_absent=tuple(one.child for one in running if _unnamed(one, wanted.get(one.child))),
    )


def _unnamed(listed: Listed, lines: Sequence[Line] | None) -> bool:
    there = {(line.kind, line.charged) for line in lines or ()}
    return lines is not None and any(m.ended is None and (m.kind, m.charged) not in there for m in listed.measures)


def _differences(listed: Listed | None, lines: Sequence[Line]) -> tuple[str, ...]:
    """The columns in which these lines of a child say something else than the roster does."""
    found = set()
    measures = {(one.kind, one.charged): one for one in listed.measures} if listed else {}
    if listed is None:
        found.add("kindnummer")
    for line in lines:
        if line.kind == NONE:
            continue
        known = measures.get((line.kind, line.charged))
        if known is None:
            found.add("measure")
        mine = (line.start, line.ended, line.plan)
        theirs = (known.start, known.ended, known.plan) if known else (line.start, None, None)
        found |= {
            name for name, one, other in zip(("start", "end", "plan"), mine, theirs, strict=True) if one != other
        }
        if set(line.decisions) - set(known.decisions if known else ()):
            found.add("decisions")
    if listed is not None:
        if lines[0].born != listed.born:
            found.add("born")
        found |= {name for name, value in lines[0].facts.items() if _says_else(listed, name, value, lines[0])}
    return tuple(name for name in COLUMNS if name in found)


def _says_else(listed: Listed, name: str, value: str | None, line: Line) -> bool:
    last = next((one for one in reversed(listed.facts) if one.name == name and one.until is None), None)
    if (last.value if last else None) != value:
        return True
    # Since when a worker has been the child's can be put right.
    since = line.worker_since if name == "worker" and value is not None else None
    return since is not None and last is not None and last.since != since


def _keep(tx: Tx, group: Sequence[Sequence[Line]], now: datetime) -> None:
    norms = tx.norms()
    sums: Counter[Tally] = Counter()
    for lines in group:
        child = lines[0].child
        _Child(tx, child, now).keep(lines)
        tx.recount(child, tx.contacts_of(child), norms=norms, into=sums)
    tx.add_up(sums)


class _Child:
    """One child being brought up to date, and what the log is told of it."""

    def __init__(self, tx: Tx, child: str, now: datetime) -> None:
        self._tx, self._child, self._now = tx, child, now
        self._listed = tx.listed(child)
        org = tx.org()
        self._org = org.id if org else ""
        self._subj = self._listed.subj if self._listed else (tx.subj_of(child) or signing.random_id())

    def keep(self, lines: Sequence[Line]) -> None:
        """Keep everything that these lines say and the roster did not."""
        if self._listed is None:
            self._tx.add_listed(self._child, self._subj, lines[0].born, self._now)
        elif self._listed.born != lines[0].born:
            self._tx.set_born(self._child, lines[0].born)
        known = {(one.kind, one.charged): one for one in self._listed.measures} if self._listed else {}
        for line in sorted(lines, key=lambda one: (one.charged, one.kind)):
            if line.kind != NONE:
                self._measure(line, known.get((line.kind, line.charged)))
        first = min(line.charged for line in lines)
        for name, value in lines[0].facts.items():
            if self._listed is None or _says_else(self._listed, name, value, lines[0]):
                self._fact(name, value, lines[0], first)

    def _measure(self, line: Line, known: Measure | None) -> None:
        measure = known.id if known else signing.random_id()
        if known is None:
            told = self._now.replace(microsecond=0)
            self._tx.add_measure(
                Measure(
                    *(measure, self._child, line.kind, line.charged, line.start, line.ended, line.plan, ()),
                    entered_at=told,
                    ended_at=told if line.ended else None,
                )
            )
            self._log("charged", line.charged, line.kind, measure)
        elif (known.start, known.ended, known.plan) != (line.start, line.ended, line.plan):
            self._tx.change_measure(measure, start=line.start, ended=line.ended, plan=line.plan, at=self._now)
        was_ended, was_plan = (known.ended, known.plan) if known else (None, None)
        if line.ended is None and was_ended is not None:
            self._log("reopened", was_ended, None, measure)
        if line.ended is not None and line.ended != was_ended:
            self._log("ended", line.ended, None, measure)
        if line.plan is not None and line.plan != was_plan:
            self._log("plan", line.plan, None, measure)
        for kind, day in line.decisions:
            if known is None or (kind, day) not in known.decisions:
                self._tx.add_decision(measure, kind, day, self._now)
                self._log("decision", day, kind, measure)

    def _fact(self, name: str, value: str | None, line: Line, first: date) -> None:
        if value is None and self._listed is None:
            return
        since = first if self._listed is None else local_day(self._now)
        if name == "worker" and value is not None and line.worker_since is not None:
            since = line.worker_since
        if name in {"diagnostics", "help"} and value is not None:
            since = date.fromisoformat(value)
        self._tx.set_fact(self._child, name, value, since, self._now)
        if name == "worker":
            self._log("worker", since, value, None)

    def _log(self, what: str, day: date, value: str | None, measure: str | None) -> None:
        log(self._tx, self._org, what, day, value, self._now, subj=self._subj, measure=measure)


def log(
    tx: Tx,
    org: str,
    what: str,
    day: date,
    value: str | None,
    now: datetime,
    *,
    subj: str | None = None,
    measure: str | None = None,
) -> None:
    """Enter in the log what the organisation states (docs/protocol/log.md, section 2)."""
    about = {"subj": subj, "what": what, "measure": measure, "day": day.isoformat(), "value": value}
    rec = leaves.statement("log-roster", org, now, **about)
    tx.log("roster", day, rec, [], at=now)


# --- norms, totals, numbers -------------------------------------------------------------------------------------------


async def set_norm(store: Store, norm: Norm, by: str, why: str, *, now: datetime) -> Set:
    """Set a norm from its first day on, and judge everybody by it from that day; days before it stay as they were.

    The first norm of all may begin in the past, because nothing was judged yet. Raises BadNorm for any other that
    begins before today, and for one that nobody set or that has no reason.
    """
    found = Set(norm, " ".join(by.split()), now.replace(microsecond=0), " ".join(why.split()))
    if not 1 <= len(found.by) <= 80 or not 1 <= len(found.why) <= 200:
        raise BadNorm(field="why")

    def keep(tx: Tx) -> None:
        if tx.norms() and norm.since < local_day(now):
            raise BadNorm(field="since")
        tx.add_norm(found)
        org, norms = tx.org(), tx.norms()
        log(tx, org.id if org else "", "norm", norm.since, norm.text(), now)
        sums: Counter[Tally] = Counter()
        for listed in tx.all_listed():
            tx.recount(listed.child, tx.contacts_of(listed.child), norms=norms, into=sums)
        tx.add_up(sums)

    await store.write(keep)
    return found


async def set_heard_within(store: Store, since: date, months: int, by: str, why: str, *, now: datetime) -> Within:
    """Set for how many months before a decision a talk and words of the child count, for decisions from a day on.

    Raises BadNorm for a day before today, for months that are none, and for a number that nobody set or without reason.
    """
    found = Within(since, months, " ".join(by.split()), now.replace(microsecond=0), " ".join(why.split()))
    if not 1 <= months <= MOST:
        raise BadNorm(field="months")
    if since < local_day(now):
        raise BadNorm(field="since")
    if not 1 <= len(found.by) <= 80 or not 1 <= len(found.why) <= 200:
        raise BadNorm(field="why")

    def keep(tx: Tx) -> None:
        tx.add_heard_within(found)
        org = tx.org()
        log(tx, org.id if org else "", "norm", since, f"heard:{months}m", now)

    await store.write(keep)
    return found


async def set_equated(store: Store, days: Collection[date]) -> None:
    """Keep which days are equated with holidays for this organisation, in place of those before."""
    await store.write(lambda tx: tx.set_equated(days))


async def report(store: Store, day: date, total: int, by: str, *, now: datetime) -> Told:
    """Keep a total that the organisation reported elsewhere for a day, and by whom.

    Raises BadRequest for a day to come, a total that is none, and nobody.
    """
    told = Told(day, total, " ".join(by.split()), now.replace(microsecond=0))
    if day > local_day(now) or not 0 <= total <= 1_000_000 or not 1 <= len(told.by) <= 80:
        raise BadRequest()
    await store.write(lambda tx: tx.add_reported(told))
    return told


async def numbers(store: Store, count: int) -> list[str]:
    """Fresh kindnummers to note in the case system. Nothing is kept of them until a file names them."""

    def draw(tx: Tx) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            found[tx.free_kindnummer()] = None
        return list(found)

    return await store.write(draw)


# --- for whoever prepares a talk --------------------------------------------------------------------------------------


async def siblings_of(store: Store, person: Person, child: str) -> Siblings:
    """A child's brothers and sisters, for a reader of its worker circle. Raises NotFound for anybody else."""
    readers = {Role.WORKER, Role.SECOND}

    def ask(r: Reader) -> Siblings:
        if r.role_for(person.id, child) not in readers:
            raise NotFound()
        family = r.family_of(child)
        if family is None:
            return Siblings(known=False)
        mine = tuple(one for one in family if r.role_for(person.id, one[0]) in readers)
        return Siblings(True, mine, sum(last is None for one, last in family if (one, last) not in mine))

    return await store.read(ask)
