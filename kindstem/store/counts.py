"""Rows of contacts, judged days and sums: kept with whatever changes them, and asked by the numbers."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from kindstem import tally
from kindstem.domain import Contact, Listed, Place
from kindstem.norms import Norm
from kindstem.store.roster import RosterReads, RosterWrites
from kindstem.store.rows import Row, moment, stamp
from kindstem.tally import Standing, Tally

_PLACE = ("team", "measure", "age", "municipality", "place")


class CountReads(RosterReads):
    """What is counted, as it is kept."""

    def contact(self, first: str) -> Contact | None:
        """The row of a chain, by the hash of its first record."""
        row = self._one("select * from contacts where first = ?", (first,))
        return contact_of(row) if row else None

    def contacts_of(self, child: str) -> list[tuple[Contact, Place]]:
        """The rows of a child, with where it stood, by their first records."""
        rows = self._all("select * from contacts where child = ? order by first", (child,))
        return [(contact_of(row), _place(row)) for row in rows]

    def standings_of(self, child: str) -> list[Standing]:
        """The judged days of a child."""
        rows = self._all("select * from stretches where child = ? order by since", (child,))
        return [
            Standing(
                date.fromisoformat(row["since"]),
                date.fromisoformat(row["until"]),
                None if row["within"] is None else bool(row["within"]),
                date.fromisoformat(row["begun"]),
                _place(row),
            )
            for row in rows
        ]

    def kept_of(self, child: str) -> tuple[date | None, str | None]:
        """What is kept beside a child of the roster: the day of its last realised contact, its jeugdbeschermer now."""
        row = self._one("select last, worker from roster where kindnummer = ?", (child,))
        return (date.fromisoformat(row["last"]) if row and row["last"] else None, row["worker"] if row else None)

    def tallies(self) -> Counter[Tally]:
        """All sums."""
        rows = self._all("select by_what, value, month, what, number from tallies")
        return Counter({(row[0], row[1], row[2], row[3]): row[4] for row in rows})

    def rows_only(self) -> bool:
        """Whether the rows of talks have no records behind them, so that nothing can be counted again."""
        return self._one("select 1 from settings where name = 'rows.only'") is not None

    def counted(self) -> int:
        """A number that is another one after every change of what numbers are made of."""
        row = self._one("select value from counters where name = 'counted'")
        return int(row["value"]) if row else 0

    def children_counted(self) -> Iterator[str]:
        """Every kindnummer that has anything to count: in the roster, or with rows of contacts or talks."""
        rows = self._all(
            "select kindnummer from roster union select child from contacts union select child from talks order by 1"
        )
        return iter([row[0] for row in rows])


class CountWrites(CountReads, RosterWrites):
    """Keeping what is counted."""

    def keep_contact(self, contact: Contact, place: Place = tally.NOWHERE) -> None:
        """Keep the row of a chain in place of the one before; `recount` is to follow, and finds the place by itself."""
        self._put_contact(contact, place)

    def drop_contact(self, first: str) -> None:
        """Take away a row that no chain stands behind."""
        self._do("delete from contacts where first = ?", (first,))

    def recount(
        self,
        child: str,
        before: list[tuple[Contact, Place]],
        *,
        norms: list[Norm] | None = None,
        into: Counter[Tally] | None = None,
    ) -> None:
        """Bring everything that follows from a child's rows, roster and norms up to date.

        Whoever keeps it in memory finds that the child changed (`touched`).

        `before` are its rows as they were when the sums were last right; `norms` saves asking for them again. With
        `into`, what changes in the sums is gathered there, for `add_up` at the end of the same transaction: many
        children change the same sums.
        """
        self._touch(child)
        listed = self.listed(child)
        kept = self.contacts_of(child)
        placed = [(one, tally.place_on(listed, one.day)) for one, _ in kept]
        for (contact, was), (_, place) in zip(kept, placed, strict=True):
            if place != was:
                self._put_contact(contact, place)
        sums = tally.contact_tallies(placed)
        sums.subtract(tally.contact_tallies(before))
        if listed is not None:
            sums.update(self._judge(listed, placed, self.norms() if norms is None else norms))
        if into is None:
            self.add_up(sums)
        else:
            into.update(sums)

    def _judge(self, listed: Listed, placed: list[tuple[Contact, Place]], norms: list[Norm]) -> Counter[Tally]:
        """Keep the judged days of a child, and give what that changes in the sums."""
        realised = sorted(one.day for one, _ in placed if one.state == "realised")
        before, now = self.standings_of(listed.child), tally.standings(listed, norms, realised)
        last, worker = realised[-1].isoformat() if realised else None, listed.present("worker")
        self._do("update roster set last = ?, worker = ? where kindnummer = ?", (last, worker, listed.child))
        sums = tally.child_tallies(now)
        sums.subtract(tally.child_tallies(before))
        gone, come = set(before) - set(now), [one for one in now if one not in set(before)]
        for one in gone:
            self._do("delete from stretches where child = ? and since = ?", (listed.child, one.since.isoformat()))
        self._do_many(
            """insert into stretches (child, since, until, within, begun, team, measure, age, municipality, place)
               values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (
                    *(listed.child, one.since.isoformat(), one.until.isoformat()),
                    *(None if one.within is None else int(one.within), one.begun.isoformat(), *_values(one.place)),
                )
                for one in come
            ],
        )
        return sums

    def add_up(self, sums: Counter[Tally]) -> None:
        """Keep what changes in the sums."""
        changed = [(*key, number) for key, number in sums.items() if number]
        self._do_many(
            """insert into tallies (by_what, value, month, what, number) values (?, ?, ?, ?, ?)
               on conflict do update set number = number + excluded.number""",
            changed,
        )
        self._do_many(
            "delete from tallies where by_what = ? and value = ? and month = ? and what = ? and number = 0",
            [one[:4] for one in changed],
        )
        self._recounted()

    def set_rows_only(self) -> None:
        """Say that rows stand here with no record behind them, as in a demonstration for numbers only."""
        self._do("insert into settings (name, value) values ('rows.only', '1') on conflict do nothing")

    def clear_counts(self) -> None:
        """Throw away everything that can be counted again."""
        for table in ("tallies", "stretches", "contacts"):
            self._do(f"delete from {table}")  # noqa: S608

    def _put_contact(self, one: Contact, place: Place) -> None:
        self._do(
            """insert or replace into contacts (first, child, day, start, minutes, kind, who, planned, state, reason,
                   level, by_person, foreseen, late, team, measure, age, municipality, place)
               values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(one.first, one.child, one.day.isoformat(), stamp(one.start), one.minutes, one.kind, one.who),
                *(one.planned, one.state, one.reason, one.level, one.by, int(one.foreseen), int(one.late)),
                *_values(place),
            ),
        )


def _values(place: Place) -> tuple[str | None, ...]:
    return (place.team, place.measure, place.age, place.municipality, place.place)


def _place(row: Row) -> Place:
    return Place(*(row[name] for name in _PLACE))


def contact_of(row: Row) -> Contact:
    """The contact of a row."""
    return Contact(
        first=row["first"],
        child=row["child"],
        day=date.fromisoformat(row["day"]),
        start=moment(row["start"]),
        minutes=row["minutes"],
        kind=row["kind"],
        who=row["who"],
        planned=row["planned"],
        state=row["state"],
        reason=row["reason"],
        level=row["level"],
        by=row["by_person"],
        foreseen=bool(row["foreseen"]),
        late=bool(row["late"]),
    )
