"""What the numbers ask: sums where there are some, and single rows of children and contacts where there are not."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kindstem import clocks, tally
from kindstem.calendar import local_day
from kindstem.clocks import CLOCKS, Charged, Clocked, Stated
from kindstem.domain import NOT_HELD, Contact, Measure
from kindstem.heard import Hearing
from kindstem.store.counts import CountReads, contact_of
from kindstem.store.heard import HeardReads
from kindstem.store.roster import measure_of
from kindstem.store.rows import Row, moment, stamp
from kindstem.tally import counted_as

Choice = Mapping[str, str]
"""Which children: by the columns team, measure, age, municipality, place; all of them have to fit."""

_FACE = "c.kind = 'face' and c.state in ('realised', 'other')"
_NO_READER = """not exists (
        select 1 from people p where p.active and p.id in (
            select r.person from list_readers r where r.child = k.kindnummer and r.circle = 'worker'
                and r.number = (select max(l.number) from lists l where l.child = k.kindnummer and l.circle = 'worker')
            union all
            select k.worker where not exists (select 1 from lists l where l.child = k.kindnummer)))"""
_LEFT = f"""
    select count(*) from children k join stretches s on s.child = k.kindnummer and s.until >= ?1 and s.since <= ?1
    where k.kindnummer in (
        select r.child from people g join list_readers r on r.person = g.id where not g.active
        union select c.kindnummer from people g join children c on c.worker = g.id where not g.active)
    and {_NO_READER}
"""  # noqa: S608
LEFT_READER = f"""(({_NO_READER}) and (
    exists (select 1 from people g join list_readers r on r.person = g.id
            where not g.active and r.child = k.kindnummer)
    or exists (select 1 from people g where g.id = k.worker and not g.active)))"""  # noqa: S608
"""Whether every reader of a child `k` in the app has left."""


@dataclass(frozen=True)
class Present:
    """How many children there are on a day, and how many of them are what."""

    children: int
    judged: int
    within: int
    under_four: int
    without_reader: int
    without_worker: int


@dataclass(frozen=True)
class Kid:
    """A child under a measure on a day, with who works for it."""

    child: str
    team: str | None
    worker: str | None
    begun: date
    last: date | None


@dataclass(frozen=True)
class Lonely:
    """A child that was not heard while another of its family was."""

    child: str
    team: str | None
    worker: str | None
    family: str
    in_measure: bool
    heard: date
    by: str
    """The child of its family that was heard last."""


@dataclass(frozen=True)
class Decided:
    """A decision about a child under a measure on that day, and what there was before it."""

    child: str
    team: str | None
    young: bool
    """Whether the child was under four."""
    hearing: Hearing


class FigureReads(HeardReads, CountReads):
    """Numbers about children and contacts. Days are both included; `choice` is which children."""

    def present(self, day: date, choice: Choice) -> Present:
        """How many children are under a measure on a day."""
        where, params = where_of("s", choice, 2)
        on = f"s.until >= ?1 and s.since <= ?1 {where}"
        asked = (day.isoformat(), *params)
        row = self._one(
            f"""select count(*) as children, count(s.within) as judged, coalesce(sum(s.within), 0) as within,
                    coalesce(sum(s.age = '0-3'), 0) as under_four from stretches s where {on}""",  # noqa: S608
            asked,
        )
        alone = self._one(
            f"""select count(*) from roster r indexed by roster_alone cross join stretches s on s.child = r.kindnummer
                where r.worker is null and {on}""",  # noqa: S608
            asked,
        )
        not_here = self._one(
            f"""select count(*) from stretches s where {on}
                and not exists (select 1 from children k where k.kindnummer = s.child)""",  # noqa: S608
            asked,
        )
        # Who is in the app has a reader, unless all of them have left; so it is enough to look behind those.
        left = self._one(f"{_LEFT} {where}", asked)
        if row is None or alone is None or not_here is None or left is None:
            return Present(0, 0, 0, 0, 0, 0)
        return Present(
            *(row["children"], row["judged"], row["within"], row["under_four"]),
            without_reader=not_here[0] + left[0],
            without_worker=alone[0],
        )

    def waiting(self, day: date, choice: Choice, limit: int) -> list[Kid]:
        """The children who were not spoken to alone within the norm, longest first."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select w.*, p.name as worker from (
                    select s.child, s.team, s.begun, r.worker as by, case when r.last >= s.begun then r.last end as last
                    from stretches s join roster r on r.kindnummer = s.child
                    where s.until >= ?1 and s.since <= ?1 and s.within = 0 {where}
                    order by coalesce(case when r.last >= s.begun then r.last end, s.begun), s.child limit ?2) w
                left join people p on p.id = w.by
                order by coalesce(w.last, w.begun), w.child""",  # noqa: S608
            (day.isoformat(), limit, *params),
        )
        return [_kid(row) for row in rows]

    def children_standing(self, day: date, choice: Choice, what: str, skip: int, limit: int) -> list[Kid]:
        """The children who stand so on a day (STANDINGS), whoever is silent longest first, after those skipped."""
        where, params = where_of("s", choice, 4)
        rows = self._all(
            f"""select w.*, p.name as worker from (
                    select s.child, s.team, s.begun, r.worker as by, case when r.last >= s.begun then r.last end as last
                    from stretches s join roster r on r.kindnummer = s.child
                    where s.until >= ?1 and s.since <= ?1 and {STANDINGS[what]} {where}
                    order by coalesce(case when r.last >= s.begun then r.last end, s.begun), s.child
                    limit ?2 offset ?3) w
                left join people p on p.id = w.by
                order by coalesce(w.last, w.begun), w.child""",  # noqa: S608
            (day.isoformat(), limit, skip, *params),
        )
        return [_kid(row) for row in rows]

    def unmet(self, day: date, since: date, choice: Choice) -> list[tuple[Measure, Kid]]:
        """Running measures charged since a day, not spoken to face to face, oldest first; only those with a clock."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select m.*, s.team, p.name as worker, s.begun, null as last
                from measures m join stretches s on s.child = m.child and s.until >= ?1 and s.since <= ?1
                left join roster w on w.kindnummer = s.child left join people p on p.id = w.worker
                where m.charged >= ?2 and coalesce(m.ended, '9999-12-31') >= ?1 {where}
                  and not exists (select 1 from contacts c indexed by contacts_child
                                  where c.child = m.child and c.day >= m.charged and {_FACE})
                order by m.charged, m.child""",  # noqa: S608
            (day.isoformat(), since.isoformat(), *params),
        )
        found = [(measure_of(row), _kid(row)) for row in rows]
        measures = self._measures_among(one.child for one, _ in found)
        return [one for one in found if tally.opens(one[0], measures[one[0].child])]

    def lonely(
        self, day: date, since: date, choice: Choice, limit: int, skip: int = 0
    ) -> tuple[int, list[Lonely]]:
        """Children of whose family another was spoken to alone since a day, and they themselves were not.

        Gives how many there are, and some after those skipped, first those of whom another was heard last.
        One outside any measure is chosen by where the heard one stands.
        """
        own, params = where_of("s", choice, 3)
        others, more = where_of("h", choice, 3 + len(params))
        chosen = f"and ((s.child is not null {own}) or (s.child is null {others}))" if choice else ""
        rows = self._all(
            f"""select r.kindnummer as child, s.team, p.name as worker, f.value as family,
                    s.child is not null as within, max(o.last || ' ' || o.kindnummer) as heard
                from roster r
                join roster_facts f on f.child = r.kindnummer and f.what = 'family' and f.until is null
                join roster_facts g on g.what = 'family' and g.value = f.value and g.until is null
                    and g.child <> f.child
                join roster o on o.kindnummer = g.child and o.last >= ?2
                left join stretches s on s.child = r.kindnummer and s.until >= ?1 and s.since <= ?1
                left join stretches h on h.child = o.kindnummer and h.until >= ?1 and h.since <= ?1
                left join roster w on w.kindnummer = s.child left join people p on p.id = w.worker
                where (r.last is null or r.last < ?2) {chosen}
                group by r.kindnummer order by substr(heard, 1, 10) desc, r.kindnummer""",  # noqa: S608
            (day.isoformat(), since.isoformat(), *params, *(more if choice else ())),
        )
        return len(rows), [
            Lonely(
                *(row["child"], row["team"], row["worker"], row["family"], bool(row["within"])),
                *(_day(row["heard"][:10]), row["heard"][11:]),
            )
            for row in rows[skip:][:limit]
        ]

    def quiet(
        self, day: date, before: datetime, choice: Choice, limit: int, skip: int = 0
    ) -> tuple[int, list[Kid]]:
        """Children under a measure who sent a message before, and the last one before a moment; `last` is its day.

        Gives how many there are, and some after those skipped, first those who are quiet longest.
        """
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select * from (
                    select s.child, s.team, p.name as worker, s.begun,
                        (select e.at from entries e where e.child = s.child and e.direction = 'up'
                         order by e.seq desc limit 1) as sent
                    from children k join stretches s on s.child = k.kindnummer and s.until >= ?1 and s.since <= ?1
                    left join roster w on w.kindnummer = s.child left join people p on p.id = w.worker
                    where true {where})
                where sent < ?2 order by sent, child""",  # noqa: S608
            (day.isoformat(), stamp(before), *params),
        )
        return len(rows), [
            Kid(row["child"], row["team"], row["worker"], _day(row["begun"]), local_day(moment(row["sent"])))
            for row in rows[skip:][:limit]
        ]

    def next_plans(self, children: Sequence[str], now: datetime) -> dict[str, datetime]:
        """When the next talk with each of these children is planned: plans that no talk names yet."""
        rows = self._all(
            """select t.child, min(json_extract(t.text, '$.start')) as start from talks t
               where t.type = 'plan' and t.child in (select value from json_each(?1))
                 and json_extract(t.text, '$.start') >= ?2
                 and not exists (select 1 from talks d where d.child = t.child and d.names = t.id)
               group by t.child""",
            (json.dumps(list(children)), now.strftime("%Y-%m-%dT%H:%M:%SZ")),
        )
        return {row["child"]: datetime.fromisoformat(row["start"]) for row in rows}

    def grown(self, born: str) -> list[str]:
        """Children born in this month or earlier who have a measure without an end."""
        rows = self._all(
            """select distinct r.kindnummer from roster r join measures m on m.child = r.kindnummer
               where m.ended is null and r.born <= ? order by 1""",
            (born,),
        )
        return [row["kindnummer"] for row in rows]

    def stated_late(
        self, since: date, until: date, choice: Choice, equated: frozenset[date]
    ) -> dict[str, tuple[int, int]]:
        """How many measures, `charged` and `ended` in a period, came into the roster too late, and how many all are."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select m.* from measures m
                where (m.charged between ?1 and ?2 or m.ended between ?1 and ?2) and exists (
                    select 1 from stretches s where s.child = m.child
                      and s.since <= m.charged and s.until >= m.charged {where})""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        found = [one for row in rows for one in stated_of(measure_of(row)) if since <= one.day <= until]
        return late_among(Counter((one.what, clocks.stated_late(one, equated)) for one in found))

    def roster_begun(self) -> datetime | None:
        """When the first child came into the roster."""
        row = self._one("select min(entered_at) as at from roster")
        return moment(row["at"]) if row and row["at"] is not None else None

    # --- over time ----------------------------------------------------------------------------------------------------

    def summed(self, way: str, value: str, since: str, until: str) -> Counter[tuple[str, str]]:
        """What was counted by month (both months included), for one way of choosing children."""
        rows = self._all(
            """select month, what, number from tallies
               where by_what = ? and value = ? and month between ? and ? and what not in ('in', 'out')""",
            (way, value, since, until),
        )
        return Counter({(row["month"], row["what"]): row["number"] for row in rows})

    def summed_rows(self, since: date, until: date, choice: Choice) -> Counter[tuple[str, str]]:
        """What was counted by month between two days, from the rows: for parts of months, and several choices."""
        where, params = where_of("c", choice, 3)
        same = "state, level, kind, who, planned, reason, foreseen, late, age, minutes"
        rows = self._all(
            f"""select substr(c.day, 1, 7) as month, {same}, count(*) as number from contacts c
                where c.day between ?1 and ?2 and c.measure is not null {where} group by 1, {same}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        found: Counter[tuple[str, str]] = Counter()
        for row in rows:
            for what in counted_as(dict(row), row["age"]):
                found[row["month"], what] += row["number"]
        return found

    def moves(self, way: str, value: str) -> Counter[tuple[str, str]]:
        """In which months children began to count and ended, `in` and `out`, for one way of choosing children."""
        rows = self._all(
            "select month, what, number from tallies where by_what = ? and value = ? and what in ('in', 'out')",
            (way, value),
        )
        return Counter({(row["month"], row["what"]): row["number"] for row in rows})

    def children_between(self, since: date, until: date, choice: Choice) -> int:
        """How many children were under a measure on at least one day."""
        where, params = where_of("s", choice, 3)
        row = self._one(
            f"""select count(*) from roster r where exists (
                    select 1 from stretches s where s.child = r.kindnummer
                      and s.until >= ?1 and s.since <= ?2 {where})""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        return int(row[0]) if row else 0

    def contacts_between(
        self,
        since: date,
        until: date,
        choice: Choice,
        only: str = "all",
        child: str | None = None,
        skip: int = 0,
        limit: int = -1,
    ) -> list[tuple[Contact, str | None]]:
        """The contacts with children under a measure, newest first, with the child's band of age, after those skipped.

        `only` is a name of ONLY.
        """
        where, params = where_of("c", choice, 6)
        rows = self._all(
            f"""select c.* from contacts c indexed by {_index_for(choice, only, child)}
                where c.day between ?1 and ?2 and c.measure is not null
                and (?3 is null or c.child = ?3) and {ONLY[only]} {where} order by c.day desc, c.start desc, c.first
                limit ?4 offset ?5""",  # noqa: S608
            (since.isoformat(), until.isoformat(), child, limit, skip, *params),
        )
        return [(contact_of(row), row["age"]) for row in rows]

    def contacts_number(self, since: date, until: date, choice: Choice, only: str, child: str | None = None) -> int:
        """How many contacts those are; `only` is a name of ONLY."""
        where, params = where_of("c", choice, 4)
        row = self._one(
            f"""select count(*) from contacts c where c.day between ?1 and ?2 and c.measure is not null
                and (?3 is null or c.child = ?3) and {ONLY[only]} {where}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), child, *params),
        )
        return int(row[0]) if row else 0

    def children_in(self, periods: Sequence[tuple[date, date]], choice: Choice) -> list[int]:
        """How many children were under a measure on at least one day, of each of these periods."""
        return [self.children_between(since, until, choice) for since, until in periods]

    # --- child by child -----------------------------------------------------------------------------------------------

    def by_number(self, since: date, until: date, choice: Choice) -> dict[int, int]:
        """How many children, four and older on a day of the period, had so many realised contacts in it."""
        where, params = where_of("s", choice, 3)
        theirs, _ = where_of("c", choice, 3)
        rows = self._all(
            f"""select n, count(*) as children from (
                    select (select count(*) from contacts c indexed by contacts_child
                            where c.child = k.child and c.day between ?1 and ?2
                            and c.state = 'realised' and c.measure is not null and c.age <> '0-3' {theirs}) as n
                    from (select distinct s.child from stretches s
                          where s.until >= ?1 and s.since <= ?2 and s.age <> '0-3' {where}) k)
                group by n order by n""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        return {row["n"]: row["children"] for row in rows}

    def child_days(self, since: date, until: date, choice: Choice) -> tuple[int, int, int]:
        """Child-days within the norm, all to which a norm applied, and all under a measure."""
        where, params = where_of("s", choice, 3)
        days = "cast(julianday(min(s.until, ?2)) - julianday(max(s.since, ?1)) as integer) + 1"
        row = self._one(
            f"""select coalesce(sum(case when s.within then {days} end), 0),
                    coalesce(sum(case when s.within is not null then {days} end), 0), coalesce(sum({days}), 0)
                from stretches s where s.until >= ?1 and s.since <= ?2 {where}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        return (row[0], row[1], row[2]) if row else (0, 0, 0)

    def gaps(self, since: date, until: date, choice: Choice, limit: int) -> list[tuple[str, int]]:
        """The children with the longest gaps that touch the period, in days, longest first."""
        where, params = where_of("s", choice, 4)
        rows = self._all(
            f"""with k as (select s.child, s.begun, min(max(s.until), ?2) as until from stretches s
                           where s.until >= ?1 and s.since <= ?2 and s.age <> '0-3' {where} group by s.child, s.begun),
                p as (select child, begun, begun as day from k
                      union all select child, begun, until from k
                      union all select k.child, k.begun, c.day from k
                          join contacts c indexed by contacts_child on c.child = k.child
                          and c.day between k.begun and k.until and c.state = 'realised'),
                g as (select child, day, julianday(day) - julianday(lag(day) over (
                          partition by child, begun order by day)) as gap from p)
                select child, cast(max(gap) as integer) as days from g where day >= ?1
                group by child order by days desc, child limit ?3""",  # noqa: S608
            (since.isoformat(), until.isoformat(), limit, *params),
        )
        return [(row["child"], row["days"]) for row in rows]

    def kids(self, children: Sequence[str], day: date) -> dict[str, Kid]:
        """Where these children stood on a day, or last stood before it."""
        rows = self._all(
            """select s.child, s.team, p.name as worker, max(s.since), s.begun, null as last from stretches s
               left join roster w on w.kindnummer = s.child left join people p on p.id = w.worker
               where s.child in (select value from json_each(?2)) and s.since <= ?1 group by s.child""",
            (day.isoformat(), json.dumps(list(children))),
        )
        return {row["child"]: _kid(row) for row in rows}

    def worker_changes(self, since: date, until: date, choice: Choice) -> int:
        """How often, in the period, a child got another jeugdbeschermer than the last it had."""
        where, params = where_of("s", choice, 3)
        row = self._one(
            f"""select count(*) from roster_facts f where f.what = 'worker' and f.value is not null
                  and f.since between ?1 and ?2
                  and f.value <> (select b.value from roster_facts b where b.child = f.child and b.what = 'worker'
                      and b.since < f.since and b.value is not null order by b.since desc limit 1)
                  and exists (select 1 from stretches s where s.child = f.child
                      and s.since <= f.since and s.until >= f.since {where})""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        return int(row[0]) if row else 0

    def worker_days(self, since: date, until: date, choice: Choice) -> int:
        """Child-days with a jeugdbeschermer."""
        where, params = where_of("s", choice, 3)
        row = self._one(
            f"""select coalesce(sum(cast(julianday(min(s.until, coalesce(f.until, '9999-12-31'), ?2))
                    - julianday(max(s.since, f.since, ?1)) as integer) + 1), 0)
                from stretches s join roster_facts f on f.child = s.child and f.what = 'worker' and f.value is not null
                where s.until >= ?1 and s.since <= ?2 and f.since <= min(s.until, ?2)
                  and coalesce(f.until, '9999-12-31') >= max(s.since, ?1) {where}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        return int(row[0]) if row else 0

    def charged_between(self, since: date, until: date, choice: Choice) -> list[Charged]:
        """The measures charged in a period with which clocks began, with what met them, by the day charged."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select q.*, exists (select 1 from contacts c indexed by contacts_child
                    where c.child = q.child and c.day = q.face and c.who = 'alone' and {_FACE}) as alone
                from (select m.*, s.team,
                    (select min(c.day) from contacts c indexed by contacts_child
                     where c.child = m.child and c.day >= m.charged and {_FACE}) as face,
                    (select min(max(f.since, m.charged)) from roster_facts f where f.child = m.child
                        and f.what = 'worker' and f.value is not null
                        and coalesce(f.until, '9999-12-31') >= m.charged) as worker
                from measures m join stretches s on s.child = m.child
                    and s.since <= m.charged and s.until >= m.charged
                where m.charged between ?1 and ?2 {where}) q order by q.charged, q.child""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        found = [(measure_of(row), row) for row in rows]
        measures = self._measures_among(one.child for one, _ in found)
        return [
            Charged(
                one,
                row["team"],
                _day(row["face"]) if row["face"] else None,
                bool(row["alone"]),
                _day(row["worker"]) if row["worker"] else None,
            )
            for one, row in found
            if tally.opens(one, measures[one.child])
        ]

    def clocked(
        self, since: date, until: date, choice: Choice, day: date, equated: frozenset[date], limit: int
    ) -> tuple[Clocked, ...]:
        """The clocks, in the order of CLOCKS, of the measures charged in a period, as they stand on a day."""
        charged = self.charged_between(since, until, choice)
        numbers = [Counter(clocks.ran(clock, one, day, equated).in_time for one in charged) for clock in CLOCKS]
        return tuple(
            clocks.clocked(clock, charged, those, day, equated, limit)
            for clock, those in zip(CLOCKS, numbers, strict=True)
        )

    def decided_between(self, since: date, until: date, choice: Choice) -> list[Decided]:
        """The decisions of a period, with what there was before each, by day and child."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select m.child, d.measure, d.kind, d.day, s.team, s.age from decisions d
                join measures m on m.id = d.measure
                join stretches s on s.child = m.child and s.since <= d.day and s.until >= d.day
                where d.day between ?1 and ?2 {where} order by d.day, m.child, d.kind, d.measure""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        known = {
            (one.decision.measure, one.decision.kind, one.decision.day.isoformat()): one
            for those in self.hearings_of({row["child"] for row in rows}).values()
            for one in those
        }
        return [
            Decided(row["child"], row["team"], row["age"] == "0-3", known[row["measure"], row["kind"], row["day"]])
            for row in rows
        ]

    def _measures_among(self, children: Iterable[str]) -> dict[str, list[Measure]]:
        """The measures of these children, by the day charged."""
        rows = self._all(
            """select * from measures where child in (select value from json_each(?))
               order by child, charged, kind, id""",
            (json.dumps(sorted(set(children))),),
        )
        found: dict[str, list[Measure]] = {}
        for row in rows:
            found.setdefault(row["child"], []).append(measure_of(row))
        return found

    def with_fact(self, name: str, since: date, until: date, choice: Choice) -> int:
        """How many children of a period have a fact of this name by its last day."""
        where, params = where_of("s", choice, 4)
        row = self._one(
            f"""select count(distinct s.child) from stretches s join roster_facts f on f.child = s.child
                and f.what = ?3 and f.value is not null and f.until is null and f.since <= ?2
                where s.until >= ?1 and s.since <= ?2 {where}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), name, *params),
        )
        return int(row[0]) if row else 0

    def standing_now(
        self, children: Iterable[str], day: date, choice: Choice
    ) -> dict[str, tuple[str | None, str | None]]:
        """Which of these children fit a choice, with the team and the name of the jeugdbeschermer of each on a day."""
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select k.value as child, s.team, p.name as worker from json_each(?2) k
                left join stretches s on s.child = k.value and s.until >= ?1 and s.since <= ?1
                left join roster w on w.kindnummer = k.value left join people p on p.id = w.worker
                where true {where}""",  # noqa: S608
            (day.isoformat(), json.dumps(sorted(children)), *params),
        )
        return {row["child"]: (row["team"], row["worker"]) for row in rows}


_REALISED = "c.state = 'realised' and c.age <> '0-3'"
_BESIDE = "c.state = 'other' and c.kind = 'face' and c.planned <> 'passing' and c.who in"

ONLY: Mapping[str, str] = {
    "all": "true",
    "realised": _REALISED,
    "realised.A": f"{_REALISED} and c.level in ('A', 'A-unlocked')",
    **{f"realised.{level}": f"{_REALISED} and c.level = '{level}'" for level in ("A-unlocked", "B", "C", "D")},
    "alone": "c.state = 'realised'",
    "disputed": "c.level = 'disputed'",
    "withdrawn": "c.state in ('withdrawn', 'withdrawn-after-dispute')",
    "withdrawn-after-dispute": "c.state = 'withdrawn-after-dispute'",
    "notheld": "c.state = 'notheld'",
    **{f"notheld.{reason}": f"c.state = 'notheld' and c.reason = '{reason}'" for reason in NOT_HELD},
    "other": "c.state = 'other'",
    "parent": f"{_BESIDE} ('parent')",
    "joint": f"{_BESIDE} ('siblings', 'others')",
    "professional": f"{_BESIDE} ('professional', 'support')",
    "remote": "c.state = 'other' and c.kind in ('video', 'phone')",
    "passing": "c.state = 'other' and c.kind = 'face' and c.planned = 'passing'",
    "foreseen": f"{_REALISED} and c.foreseen",
    "short": f"{_REALISED} and c.minutes < 15",
    "under-four": "c.state = 'realised' and c.age = '0-3'",
    "late": "c.late = 1",
}
"""By which conditions rows of contacts can be asked for."""


STANDINGS: Mapping[str, str] = {
    "all": "true",
    "within": "s.within = 1",
    "over": "s.within = 0",
    "young": "s.age = '0-3'",
    "worker": "r.worker is null",
    "reader": f"""(not exists (select 1 from children k where k.kindnummer = s.child)
        or exists (select 1 from children k where k.kindnummer = s.child and {LEFT_READER}))""",  # noqa: S608
}
"""How a child can stand on a day: all of them, within the norm and over it, under four, without worker, reader."""


def stated_of(one: Measure) -> list[Stated]:
    """When a measure was charged, and when it ended, and when each came into the roster."""
    found = [Stated("charged", one.charged, local_day(one.entered_at))]
    if one.ended and one.ended_at:
        found.append(Stated("ended", one.ended, local_day(one.ended_at)))
    return found


def late_among(numbers: Mapping[tuple[str, bool], int]) -> dict[str, tuple[int, int]]:
    """By what, how many were late, and how many there are of both."""
    return {
        what: (numbers.get((what, True), 0), numbers.get((what, True), 0) + numbers.get((what, False), 0))
        for what in ("charged", "ended")
    }


def where_of(table: str, choice: Choice, first: int) -> tuple[str, tuple[str, ...]]:
    """The condition for a choice, with its values numbered from `first` on."""
    names = [name for name in ("team", "measure", "age", "municipality", "place") if name in choice]
    text = "".join(f" and {table}.{name} = ?{first + place}" for place, name in enumerate(names))
    return text, tuple(choice[name] for name in names)


def _index_for(choice: Choice, only: str, child: str | None) -> str:
    """By which index rows are found, as SQLite keeps no statistics to choose by: a child and a team have the fewest."""
    if child is not None:
        return "contacts_child"
    if "team" in choice or "municipality" in choice:
        return "contacts_team" if "team" in choice else "contacts_municipality"
    return {"all": "contacts_day", "disputed": "contacts_disputed", "late": "contacts_late"}.get(only, "contacts_state")


def _kid(row: Row) -> Kid:
    last = _day(row["last"]) if row["last"] else None
    return Kid(row["child"], row["team"], row["worker"], _day(row["begun"]), last)


def _day(text: str) -> date:
    return date.fromisoformat(text)
