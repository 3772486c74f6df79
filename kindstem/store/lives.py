"""Everything that numbers are made of, child by child, for whoever keeps it in memory (counts/board.py)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from kindstem.domain import Measure
from kindstem.heard import Hearing
from kindstem.store.figures import LEFT_READER
from kindstem.store.listed import ListedReads
from kindstem.store.roster import measure_of
from kindstem.store.rows import Row

Spell = tuple[str, str, int | None, str, str | None, str, str, str | None, str | None]
"""Judged days on end: first and last day, within, where the clock began; team, measure, age, municipality, place."""

Talk = tuple[str, str, str, str, str, str, str | None, int, int, str | None, int, str | None]
"""A row of a talk: day, state, level, kind, who, planned, reason, foreseen, late, age, minutes, measure."""

Said = tuple[str, str, str | None, str | None]
"""Something the roster says of a child: what, first and last day, value."""


@dataclass(slots=True)
class Life:
    """A child with all that is counted of it; days as they are kept, as text."""

    child: str
    born: str | None = None
    """Year and month, of a child in the roster."""
    entered: int | None = None
    """When it came into the roster."""
    last: str | None = None
    worker: str | None = None
    spells: list[Spell] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)
    in_app: bool = False
    left: bool = False
    """Whether every reader it had in the app has left."""
    sent: int | None = None
    """When its newest message came."""


class LifeReads(ListedReads):
    """Children one by one, and which of them have changed."""

    def everybody(self) -> list[str]:
        """Every kindnummer that has anything to count, or is in the app."""
        rows = self._all("select kindnummer from roster union select kindnummer from children order by 1")
        return [row[0] for row in rows]

    def touched(self, after: int, most: int) -> list[tuple[str, int]]:
        """The children that changed after this number, the longest ago first, each with the number of its change."""
        rows = self._all("select child, number from touched where number > ? order by number limit ?", (after, most))
        return [(row[0], row[1]) for row in rows]

    def last_entry(self) -> int:
        """The number of the newest entry."""
        row = self._one("select max(seq) from entries")
        return int(row[0] or 0) if row else 0

    def sent_after(self, entry: int) -> dict[str, int]:
        """When the newest message of each child came that sent one after this entry."""
        rows = self._all(
            "select child, at from entries where seq > ? and direction = 'up' order by seq", (entry,)
        )
        return {row[0]: row[1] for row in rows}

    def lives(self, children: Sequence[str]) -> list[Life]:
        """Everything that is counted of these children."""
        wanted = (json.dumps(list(children)),)
        found = {child: Life(child) for child in children}
        among = "in (select value from json_each(?))"
        for row in self._all(
            f"select kindnummer, last, worker, born, entered_at from roster where kindnummer {among}",  # noqa: S608
            wanted,
        ):
            one = found[row[0]]
            one.last, one.worker, one.born, one.entered = row[1], row[2], row[3], row[4]
        for row in self._all(
            f"""select child, since, until, within, begun, team, measure, age, municipality, place
                from stretches where child {among} order by child, since""",  # noqa: S608
            wanted,
        ):
            found[row[0]].spells.append(_after_child(row))
        for row in self._all(
            f"""select child, day, state, level, kind, who, planned, reason, foreseen, late, age, minutes, measure
                from contacts indexed by contacts_child where child {among} order by child, day""",  # noqa: S608
            wanted,
        ):
            found[row[0]].talks.append(_after_child(row))
        for row in self._all(
            f"""select child, what, since, until, value from roster_facts
                where child {among} order by child, what, since""",  # noqa: S608
            wanted,
        ):
            found[row[0]].said.append(_after_child(row))
        for row in self._all(f"select * from measures where child {among} order by charged, kind, id", wanted):  # noqa: S608
            found[row["child"]].measures.append(measure_of(row))
        for child, hearings in self.hearings_of(children).items():
            found[child].hearings = hearings
        for row in self._all(
            f"""select k.kindnummer, {LEFT_READER} as gone,
                    (select e.at from entries e where e.child = k.kindnummer and e.direction = 'up'
                     order by e.seq desc limit 1) as sent
                from children k where k.kindnummer {among}""",  # noqa: S608
            wanted,
        ):
            one = found[row[0]]
            one.in_app, one.left, one.sent = True, bool(row["gone"]), row["sent"]
        return [found[child] for child in children]

    def names(self) -> dict[str, str]:
        """The name of everybody who works or worked here, by id."""
        return {row[0]: row[1] for row in self._all("select id, name from people")}


def _after_child(row: Row) -> tuple:  # type: ignore[type-arg]
    return tuple(row)[1:]
