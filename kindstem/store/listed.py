"""The rows behind numbers: which children, and which measures, a page at a time."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kindstem import clocks
from kindstem.clocks import Charged, Ran, Stated
from kindstem.heard import Hearing
from kindstem.store.figures import Choice, Decided, FigureReads, Kid, stated_of, where_of
from kindstem.store.roster import measure_of
from kindstem.store.rows import moment

CAME: Final[dict[str, bool | None]] = {"late": False, "running": None, "met": True}
"""How a clock can have come out, in the order in which its measures are listed."""


DECIDED: Final[Mapping[str, Callable[[Hearing], bool]]] = {
    "all": lambda one: True,
    "heard": lambda one: one.heard,
    "unheard": lambda one: not one.heard,
    "unread": lambda one: one.unread,
    "untalked": lambda one: not one.talk,
    "unwritten": lambda one: not one.written,
    "wordless": lambda one: not one.words,
}
"""What a decision about a child of four or older can be counted as, by what there was before it."""


def decided_as(one: Decided) -> list[str]:
    """What a decision counts as: some of DECIDED, or `young`; and one of these with the months that it looks back."""
    if one.young:
        return ["young", f"young.{one.hearing.months}"]
    return [f"all.{one.hearing.months}", *(name for name, counts in DECIDED.items() if counts(one.hearing))]


@dataclass(frozen=True)
class Told:
    """A measure of which the roster was told too late, with the team on the day charged."""

    child: str
    team: str | None
    stated: Stated


@dataclass(frozen=True)
class Apart:
    """A child in the app that is under no measure."""

    child: str
    worker: str | None
    made: datetime
    """When it was begun in the app."""
    until: date | None
    """The last day of its last measure, where that is known."""


@dataclass(frozen=True)
class Grown:
    """A child with a measure without an end."""

    child: str
    born: str
    """Year and month."""
    charged: date
    """The day charged of the one that runs longest."""


class ListedReads(FigureReads):
    """Which children and measures a number counts; `choice` is which children, and some come after those skipped."""

    def outside(self, day: date) -> tuple[list[tuple[str, str]], int]:
        """The children in the app that are under no measure on a day, why and which, and how many are in the app.

        Why is `ended`, `never` (under one) or `unknown` (to the roster); by why and kindnummer.
        """
        rows = self._all(
            """select case when r.kindnummer is null then 'unknown'
                    when exists (select 1 from measures m where m.child = k.kindnummer) then 'ended'
                    else 'never' end as why, k.kindnummer
                from children k left join roster r on r.kindnummer = k.kindnummer
                where not exists (select 1 from stretches s where s.child = k.kindnummer
                   and s.until >= ?1 and s.since <= ?1) order by 1, 2""",
            (day.isoformat(),),
        )
        whole = self._one("select count(*) from children")
        return [(row[0], row[1]) for row in rows], int(whole[0]) if whole else 0

    def apart_of(self, children: Iterable[str]) -> dict[str, Apart]:
        """What explains why these children in the app are under no measure."""
        rows = self._all(
            """select k.kindnummer, k.made_at, p.name as worker,
                    (select max(m.ended) from measures m where m.child = k.kindnummer) as ended
                from children k left join roster r on r.kindnummer = k.kindnummer
                left join people p on p.id = coalesce(r.worker, k.worker)
                where k.kindnummer in (select value from json_each(?))""",
            (json.dumps(list(children)),),
        )
        return {
            row["kindnummer"]: Apart(
                *(row["kindnummer"], row["worker"], moment(row["made_at"])),
                date.fromisoformat(row["ended"]) if row["ended"] else None,
            )
            for row in rows
        }

    def grown_of(self, children: Iterable[str]) -> dict[str, Grown]:
        """When these children were born, and since when they have a measure without an end."""
        rows = self._all(
            """select r.kindnummer, r.born, min(m.charged) as charged from roster r
                join measures m on m.child = r.kindnummer and m.ended is null
                where r.kindnummer in (select value from json_each(?)) group by r.kindnummer""",
            (json.dumps(list(children)),),
        )
        return {
            row["kindnummer"]: Grown(row["kindnummer"], row["born"], date.fromisoformat(row["charged"]))
            for row in rows
        }

    def children_on(self, day: date, skip: int, limit: int) -> list[Kid]:
        """The children under a measure on a day, by kindnummer; of where they stood then, and of no worker or talk."""
        rows = self._all(
            """select s.child, s.team, s.begun from stretches s where s.until >= ?1 and s.since <= ?1
                order by s.child limit ?2 offset ?3""",
            (day.isoformat(), limit, skip),
        )
        return [Kid(row["child"], row["team"], None, date.fromisoformat(row["begun"]), None) for row in rows]

    def stated_rows(
        self, since: date, until: date, choice: Choice, equated: frozenset[date], what: str, skip: int, limit: int
    ) -> list[Told]:
        """The measures that came into the roster too late, `charged` or `ended` in a period, the newest day first."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select m.*, s.team from measures m join stretches s on s.child = m.child
                    and s.since <= m.charged and s.until >= m.charged
                where (m.charged between ?1 and ?2 or m.ended between ?1 and ?2) {where}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        found = [
            Told(row["child"], row["team"], one)
            for row in rows
            for one in stated_of(measure_of(row))
            if one.what == what and since <= one.day <= until and clocks.stated_late(one, equated)
        ]
        found.sort(key=lambda one: (-one.stated.day.toordinal(), one.child, one.stated.told, one.team or ""))
        return found[skip:][:limit]

    def clock_rows(
        self, clock: str, since: date, until: date, choice: Choice, day: date, equated: frozenset[date],
        came: str | None, skip: int, limit: int,
    ) -> list[Ran]:  # fmt: skip
        """The measures behind a clock that came out so (CAME), or all: the late ones first, then those that run."""
        charged: list[Charged] = self.charged_between(since, until, choice)
        ran = [clocks.ran(clock, one, day, equated) for one in charged]
        found = [one for name, how in CAME.items() if came in {None, name} for one in ran if one.in_time is how]
        return found[skip:][:limit]

    def with_fact_rows(
        self, name: str, since: date, until: date, choice: Choice, skip: int, limit: int
    ) -> list[tuple[date, str]]:
        """The children of a period with a fact of this name by its last day, and since when, longest first."""
        where, params = where_of("s", choice, 6)
        rows = self._all(
            f"""select distinct f.since, s.child from stretches s join roster_facts f on f.child = s.child
                and f.what = ?3 and f.value is not null and f.until is null and f.since <= ?2
                where s.until >= ?1 and s.since <= ?2 {where} order by 1, 2 limit ?4 offset ?5""",  # noqa: S608
            (since.isoformat(), until.isoformat(), name, limit, skip, *params),
        )
        return [(date.fromisoformat(row["since"]), row["child"]) for row in rows]

    def decided_numbers(self, since: date, until: date, choice: Choice) -> Counter[str]:
        """How many decisions of a period count as each of what they can."""
        return Counter(name for one in self.decided_between(since, until, choice) for name in decided_as(one))

    def decided_rows(
        self, since: date, until: date, choice: Choice, what: str, skip: int, limit: int
    ) -> list[Decided]:
        """The decisions of a period that count as this, by day and child."""
        found = [one for one in self.decided_between(since, until, choice) if what in decided_as(one)]
        return found[skip:][:limit]
