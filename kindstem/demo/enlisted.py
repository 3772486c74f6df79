"""The invented organisation's roster and norms: what its case system hands over every Monday, as a file.

The file goes the way any organisation's does, through `roster.take_in`, on the days on which it would have come.
"""

import csv
import io
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta

from kindstem import roster
from kindstem.demo.caseload import Caseload, Child, When
from kindstem.domain import Role
from kindstem.norms import norm_of
from kindstem.store import Store

IN_AT = "06:30"
FIRST_AT = "09:30"
SET_AT = "09:45"
NOTICE = 7
"""How many days before its first day a norm is set."""

MUNICIPALITIES = ("Wilgendam", "Elsbroek", "Oeverhorst")
SET_BY = "Ruth"
WHY = {"six-a-year": "Afspraak met de gemeenten.", "monthly": "Besluit van het bestuur: elke maand alleen gesproken."}

_NORMS = {"three-a-year": ("yearly", 3), "six-a-year": ("yearly", 6), "monthly": ("monthly", None)}
_Act = Callable[[datetime], Awaitable[None]]


class Enlisted:
    """The children of the demonstration as its case system knows them, each under a kindnummer from the start."""

    def __init__(self, store: Store, load: Caseload, children: list[Child], numbers: list[str], day_0: date) -> None:
        self._store, self._load, self._day_0 = store, load, day_0
        self._children = {child.id: child for child in children if child.registered is not None}
        families = {child.registered.family for child in self._children.values() if child.registered}
        self._siblings = [one for one in load.siblings if one.family in families]
        ids = [*self._children, *(one.id for one in self._siblings)]
        self.numbers = dict(zip(ids, numbers, strict=False))
        self._names = {person.id: person.name for person in load.people if person.role in {Role.WORKER, Role.SECOND}}

    @staticmethod
    def needed(load: Caseload, children: list[Child]) -> int:
        """How many kindnummers there have to be at most."""
        return len(children) + len(load.siblings)

    def acts(self, founded: int) -> Iterator[tuple[datetime, int, _Act]]:
        """Everything that happens to roster and norms up to yesterday, with its moment."""
        begun = {child.registered.charged + 1 for child in self._children.values() if child.registered}
        mondays = {day for day in range(founded, 0) if (self._day_0 + timedelta(days=day)).weekday() == 0}
        for day in sorted({founded, *mondays, *(day for day in begun if founded < day < 0), -1}):
            # The organisation was founded at nine.
            yield When(day, FIRST_AT if day == founded else IN_AT).on(self._day_0), -2, self._take_in(day)
        for name, since in self._load.norms:
            yield When(max(founded, since - NOTICE), SET_AT).on(self._day_0), -1, self._set(name, since)

    def _take_in(self, day: int) -> _Act:
        async def act(now: datetime) -> None:
            await roster.take_in(self._store, self._file(day), apply=True, now=now)

        return act

    def _set(self, name: str, since: int) -> _Act:
        async def act(now: datetime) -> None:
            kind, number = _NORMS[name]
            norm = norm_of(kind, self._on(since), number=number)
            await roster.set_norm(self._store, norm, SET_BY, WHY[name], now=now)

        return act

    def _file(self, day: int) -> bytes:
        """The file as the case system would give it on a day."""
        out = io.StringIO()
        writer = csv.DictWriter(out, roster.COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(line for child in self._children.values() if (line := self._line(child, day)))
        for one in self._siblings:
            writer.writerow(
                {
                    "kindnummer": self.numbers[one.id],
                    "born": self._born(one.age),
                    "measure": roster.NONE,
                    "family": _family(one.family),
                }
            )
        return out.getvalue().encode()

    def _line(self, child: Child, day: int) -> dict[str, str] | None:
        found = child.registered
        if found is None or found.charged > day:
            return None
        worker = next((one for one in child.readers if one.role == "worker" and one.on(day)), None)
        decisions = ";".join(f"{kind}:{self._on(at).isoformat()}" for kind, at in found.decisions if at <= day)
        place = sum(map(ord, found.family or child.id)) % len(MUNICIPALITIES)
        return {
            "kindnummer": self.numbers[child.id],
            "family": _family(found.family),
            "born": self._born(child.age),
            "measure": found.measure,
            "charged": self._on(found.charged).isoformat(),
            "end": self._past(found.ends, day),
            "municipality": MUNICIPALITIES[place],
            "place": found.place,
            "team": self._load.teams.get(child.team or "", ""),
            "worker": self._names.get(worker.who, "") if worker else "",
            "worker_since": self._on(worker.start).isoformat() if worker and worker.who in self._names else "",
            "plan": self._past(found.plan, day),
            "decisions": decisions,
            "diagnostics": self._past(found.diagnostics, day),
            "help": self._past(found.help, day),
        }

    def _past(self, at: int | None, day: int) -> str:
        return self._on(at).isoformat() if at is not None and at <= day else ""

    def _born(self, age: int) -> str:
        # Half a year past the birthday, so that nobody turns another age while the demonstration is looked at.
        return (self._day_0 - timedelta(days=365 * age + 190)).isoformat()[:7]

    def _on(self, day: int) -> date:
        return self._day_0 + timedelta(days=day)


def _family(name: str | None) -> str:
    """The mark of a family: the roster takes none without a digit."""
    return f"{name}-1" if name else ""
