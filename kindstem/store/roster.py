"""Queries about the roster: children, measures, what is said of them by day; norms, and totals reported elsewhere."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kindstem.domain import Fact, Listed, Measure
from kindstem.norms import Norm, NormKind, Set
from kindstem.store.rows import Queries, Row, moment, moment_or_none, stamp

_EQUATED = "equated"


@dataclass(frozen=True)
class Told:
    """A total that was reported elsewhere for a day, by whom and when."""

    day: date
    total: int
    by: str
    at: datetime


class RosterReads(Queries):
    """Which children the organisation is charged with, and by which norms they are judged."""

    def listed(self, child: str) -> Listed | None:
        """A child as the roster knows it, with everything it was."""
        found = self._listed("where kindnummer = ?", (child,))
        return found[0] if found else None

    def all_listed(self) -> list[Listed]:
        """Every child the roster ever knew, by kindnummer."""
        return self._listed("", ())

    def family_of(self, child: str) -> list[tuple[str, date | None]] | None:
        """A child's brothers and sisters, each with the day of its last talk alone; None where no family is known."""
        family = self._one(
            "select value from roster_facts where child = ? and what = 'family' and until is null", (child,)
        )
        if family is None or family["value"] is None:
            return None
        rows = self._all(
            """select r.kindnummer, r.last from roster_facts f join roster r on r.kindnummer = f.child
               where f.what = 'family' and f.value = ? and f.until is null and f.child <> ? order by r.kindnummer""",
            (family["value"], child),
        )
        return [(row["kindnummer"], _day(row["last"]) if row["last"] else None) for row in rows]

    def roster_subj(self, child: str) -> str | None:
        """The random id in the log of a child that the roster knows."""
        row = self._one("select subj from roster where kindnummer = ?", (child,))
        return row["subj"] if row else None

    def norms(self) -> list[Norm]:
        """The norms by their first days; of several from one day the one that was set last."""
        return list({one.norm.since: one.norm for one in self.norms_set()}.values())

    def norms_set(self) -> list[Set]:
        """Every norm that was ever set, by first day and then in the order in which they were set."""
        rows = self._all("select * from norms order by since, number")
        return [
            Set(
                Norm(_day(row["since"]), NormKind(row["kind"]), row["times"], row["gap_months"], row["gap_days"]),
                row["set_by"],
                moment(row["at"]),
                row["why"],
            )
            for row in rows
        ]

    def equated_days(self) -> frozenset[date]:
        """The days that this organisation's calendar sets equal to holidays."""
        row = self._one("select value from settings where name = ?", (_EQUATED,))
        return frozenset(_day(text) for text in json.loads(row["value"])) if row else frozenset()

    def reported(self, until: date) -> Told | None:
        """The newest total for a day up to this one; of several for one day the one that came last."""
        row = self._one(
            "select * from reported where day <= ? order by day desc, at desc limit 1", (until.isoformat(),)
        )
        return Told(_day(row["day"]), row["total"], row["told_by"], moment(row["at"])) if row else None

    def fact_values(self, name: str) -> list[str]:
        """Every value that the roster ever gave to a fact of this name."""
        # From each value to the next by the index: there are few values, and as many rows as children.
        rows = self._all(
            """with recursive found (value) as (
                   select min(value) from roster_facts where what = ?1
                   union all
                   select (select min(f.value) from roster_facts f where f.what = ?1 and f.value > found.value)
                   from found where found.value is not null)
               select value from found where value is not null""",
            (name,),
        )
        return [row["value"] for row in rows]

    def _listed(self, where: str, params: tuple[str, ...]) -> list[Listed]:
        of = f"where child in (select kindnummer from roster {where})" if where else ""  # noqa: S608
        measures: dict[str, list[Measure]] = {}
        facts: dict[str, list[Fact]] = {}
        decisions: dict[str, list[tuple[str, date]]] = {}
        for row in self._all(
            f"select d.* from decisions d join measures m on m.id = d.measure {of} order by d.day, d.kind",  # noqa: S608
            params,
        ):
            decisions.setdefault(row["measure"], []).append((row["kind"], _day(row["day"])))
        for row in self._all(f"select * from measures {of} order by charged, kind, id", params):  # noqa: S608
            measures.setdefault(row["child"], []).append(measure_of(row, tuple(decisions.get(row["id"], ()))))
        for row in self._all(f"select * from roster_facts {of} order by what, since", params):  # noqa: S608
            facts.setdefault(row["child"], []).append(
                Fact(row["what"], row["value"], _day(row["since"]), _day_or_none(row["until"]))
            )
        return [
            Listed(
                row["kindnummer"],
                row["subj"],
                row["born"],
                tuple(measures.get(row["kindnummer"], ())),
                tuple(facts.get(row["kindnummer"], ())),
            )
            for row in self._all(f"select * from roster {where} order by kindnummer", params)  # noqa: S608
        ]


class RosterWrites(RosterReads):
    """What comes in from the case system, and what the organisation sets."""

    def add_listed(self, child: str, subj: str, born: str, at: datetime) -> None:
        """Keep a child that the roster did not know."""
        self._do(
            "insert into roster (kindnummer, subj, born, entered_at) values (?, ?, ?, ?)",
            (child, subj, born, stamp(at)),
        )

    def set_born(self, child: str, born: str) -> None:
        """Correct the month in which a child was born."""
        self._do("update roster set born = ? where kindnummer = ?", (born, child))

    def set_fact(self, child: str, name: str, value: str | None, since: date, at: datetime) -> None:
        """From this day on, this is said of a child; what was said before ends the day before.

        What was said from this day or a later one was a mistake, and is replaced.
        """
        day = since.isoformat()
        self._do("delete from roster_facts where child = ? and what = ? and since >= ?", (child, name, day))
        self._do(
            """update roster_facts set until = date(?, '-1 day')
               where child = ? and what = ? and (until is null or until >= ?)""",
            (day, child, name, day),
        )
        self._do(
            "insert into roster_facts (child, what, since, value, entered_at) values (?, ?, ?, ?, ?)",
            (child, name, day, value, stamp(at)),
        )

    def add_measure(self, one: Measure) -> None:
        """Keep a measure."""
        self._do(
            """insert into measures (id, child, kind, charged, start, ended, plan, entered_at, ended_at)
               values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(one.id, one.child, one.kind, one.charged.isoformat(), one.start.isoformat(), _text(one.ended)),
                *(_text(one.plan), stamp(one.entered_at), stamp(one.ended_at) if one.ended_at else None),
            ),
        )

    def change_measure(self, measure: str, *, start: date, ended: date | None, plan: date | None, at: datetime) -> None:
        """Keep what has become known of a measure; `at` is when an end that was not there came in."""
        self._do(
            """update measures set start = ?1, plan = ?2, ended = ?3,
                   ended_at = case when ended is ?3 then ended_at when ?3 is null then null else ?4 end
               where id = ?5""",
            (start.isoformat(), _text(plan), _text(ended), stamp(at), measure),
        )

    def add_decision(self, measure: str, kind: str, day: date, at: datetime) -> None:
        """Keep that something was decided."""
        self._do(
            "insert into decisions (measure, kind, day, entered_at) values (?, ?, ?, ?) on conflict do nothing",
            (measure, kind, day.isoformat(), stamp(at)),
        )

    def add_norm(self, one: Set) -> None:
        """Keep a norm beside those before it."""
        norm = one.norm
        self._do(
            """insert into norms (since, kind, times, gap_months, gap_days, set_by, why, at)
               values (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(norm.since.isoformat(), norm.kind.value, norm.number, norm.gap_months, norm.gap_days),
                *(one.by, one.why, stamp(one.at)),
            ),
        )

    def set_equated(self, days: Iterable[date]) -> None:
        """Keep which days this organisation sets equal to holidays."""
        self._do(
            "insert into settings (name, value) values (?, ?) on conflict do update set value = excluded.value",
            (_EQUATED, json.dumps(sorted(day.isoformat() for day in days))),
        )
        self._recounted()

    def add_reported(self, told: Told) -> None:
        """Keep a total that was reported elsewhere; those before it stay."""
        self._do(
            """insert into reported (day, total, told_by, at) values (?, ?, ?, ?)
               on conflict do update set total = excluded.total, told_by = excluded.told_by""",
            (told.day.isoformat(), told.total, told.by, stamp(told.at)),
        )
        self._recounted()


def measure_of(row: Row, decisions: tuple[tuple[str, date], ...] = ()) -> Measure:
    """The measure of a row, with these decisions."""
    return Measure(
        id=row["id"],
        child=row["child"],
        kind=row["kind"],
        charged=_day(row["charged"]),
        start=_day(row["start"]),
        ended=_day_or_none(row["ended"]),
        plan=_day_or_none(row["plan"]),
        decisions=decisions,
        entered_at=moment(row["entered_at"]),
        ended_at=moment_or_none(row["ended_at"]),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
