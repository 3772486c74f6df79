"""Queries about children's lines: their talks along time, for whoever counts."""

import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from kindstem.domain import Contact, Place
from kindstem.store.figures import Choice, where_of
from kindstem.store.lives import LifeReads


class Spoken(NamedTuple):
    """A talk as it stands on a strip."""

    child: str
    day: date
    state: str
    level: str


class LineReads(LifeReads):
    """Talks of some children at once, so that a list asks one question and not one for each of its lines."""

    def contacts_among(self, children: Sequence[str], since: date, until: date, choice: Choice) -> list[Spoken]:
        """Their talks in a period and a choice that count as 1-op-1 or were disputed, in order."""
        where, params = where_of("c", choice, 4)
        rows = self._all(
            f"""select c.child, c.day, c.state, c.level from contacts c indexed by contacts_child
               where c.child in (select value from json_each(?1)) and c.day between ?2 and ?3
               and c.state in ('realised', 'disputed') and c.measure is not null {where} order by c.start""",  # noqa: S608
            (json.dumps(list(children)), since.isoformat(), until.isoformat(), *params),
        )
        return [Spoken(row[0], date.fromisoformat(row[1]), row[2], row[3]) for row in rows]

    def is_enrolled(self, child: str) -> bool:
        """Whether a child has a phone of its own that may send."""
        row = self._one("select 1 from devices where child = ? and state = 'active'", (child,))
        return row is not None

    def knows_child(self, child: str) -> bool:
        """Whether this kindnummer was given out, in the roster or in the app."""
        row = self._one(
            "select 1 from roster where kindnummer = ?1 union select 1 from children where kindnummer = ?1", (child,)
        )
        return row is not None

    def rows_of(self, child: str) -> list[tuple[Contact, Place]]:
        """Every row of a child with where it stood on that day, newest first."""
        return sorted(self.contacts_of(child), key=lambda one: one[0].start, reverse=True)
