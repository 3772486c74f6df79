"""Queries for the children among whom a number of a period is divided: which they are, and what of it is whose."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from kindstem.store.figures import Choice, FigureReads, where_of
from kindstem.store.rows import Row

AMONG: Final = ("spoken", "norm", "worker", "changes")
"""What children are listed by, beside `all` of them and how often they were spoken to alone (`often_of`)."""


@dataclass(frozen=True)
class Part:
    """A child among whom a number is divided, and its part."""

    child: str
    number: int
    """Talks alone, days within the norm, days without a jeugdbeschermer, or changes of one."""
    of: int | None = None
    """Out of how many days."""
    gap: int | None = None
    """Its longest number of days without a 1-op-1 contact; None where nobody asked, and for a child under four."""
    days: tuple[date, ...] = ()
    """On which days it got another jeugdbeschermer."""


def often_of(what: str) -> tuple[int, int | None] | None:
    """How often at least and at most children were spoken to alone who are listed so; None where it is by another.

    `talks.3` is three times, `talks.13.up` thirteen times and more.
    """
    if what == "spoken":
        return 1, None
    name, _, rest = what.partition(".")
    number, up, more = rest.partition(".up")
    plain = number.isascii() and number.isdigit() and len(number) <= 4 and str(int(number)) == number
    if name != "talks" or not plain or more:
        return None
    return int(number), None if up else int(number)


class AmongReads(FigureReads):
    """Children of a period by their part in a number. Days are both included; `choice` is which children."""

    def children_among(
        self, since: date, until: date, choice: Choice, what: str, skip: int, limit: int
    ) -> tuple[int, list[Part]]:
        """How many children a number is divided among, and so many of them after those skipped.

        `what` is `all`, one of AMONG or an `often_of`. First comes the longest gap (under-fours last), the least share
        of days within the norm, most days without a jeugdbeschermer, or most changes.
        """
        if what == "changes":
            return self._by_changes(since, until, choice, skip, limit)
        where, params = where_of("s", choice, 3)
        theirs, _ = where_of("c", choice, 3)
        query, asked = _query(what, where, theirs), (since.isoformat(), until.isoformat(), *params)
        row = self._one(f"select count(*) from ({query})", asked)  # noqa: S608
        rows = self._all(f"{query} limit {int(limit)} offset {int(skip)}", asked)
        return int(row[0]) if row else 0, [_part(one) for one in rows]

    def _by_changes(
        self, since: date, until: date, choice: Choice, skip: int, limit: int
    ) -> tuple[int, list[Part]]:
        where, params = where_of("s", choice, 3)
        rows = self._all(
            f"""select f.child, f.since from roster_facts f where f.what = 'worker' and f.value is not null
                  and f.since between ?1 and ?2
                  and f.value <> (select b.value from roster_facts b where b.child = f.child and b.what = 'worker'
                      and b.since < f.since and b.value is not null order by b.since desc limit 1)
                  and exists (select 1 from stretches s where s.child = f.child
                      and s.since <= f.since and s.until >= f.since {where})
                order by f.child, f.since""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *params),
        )
        days = {
            child: tuple(date.fromisoformat(one["since"]) for one in those)
            for child, those in groupby(rows, key=lambda one: str(one["child"]))
        }
        found = sorted(days, key=lambda child: (-len(days[child]), child))
        return len(found), [Part(child, len(days[child]), days=days[child]) for child in found[skip:][:limit]]


_HERE = "s.until >= ?1 and s.since <= ?2"
_DAYS = "cast(julianday(min(s.until, ?2)) - julianday(max(s.since, ?1)) as integer) + 1"
_SERVED = """cast(julianday(min(s.until, coalesce(f.until, '9999-12-31'), ?2))
    - julianday(max(s.since, f.since, ?1)) as integer) + 1"""


def _query(what: str, where: str, theirs: str) -> str:
    """The children of a number, in order: child, number, of, gap, day. Values from ?3 on are those of the choice."""
    often = often_of(what)
    if what == "all" or often is not None:
        # As in `gaps` and `by_number` (figures.py), child by child.
        least, most = often or (0, None)
        kept = f"h.four and n.number >= {least}" + (f" and n.number <= {most}" if most is not None else "")
        only = "true" if often is None else kept
        return f"""
            with k as (select s.child, s.begun, min(max(s.until), ?2) as until from stretches s
                       where {_HERE} and s.age <> '0-3' {where} group by s.child, s.begun),
            p as (select child, begun, begun as day from k
                  union all select child, begun, until from k
                  union all select k.child, k.begun, c.day from k
                      join contacts c indexed by contacts_child on c.child = k.child
                      and c.day between k.begun and k.until and c.state = 'realised'),
            g as (select child, day, julianday(day) - julianday(lag(day) over (
                      partition by child, begun order by day)) as gap from p),
            l as (select child, cast(max(gap) as integer) as gap from g where day >= ?1 group by child),
            h as (select s.child, max(s.age <> '0-3') as four from stretches s
                  where {_HERE} {where} group by s.child),
            n as (select h.child, (select count(*) from contacts c indexed by contacts_child
                      where c.child = h.child and c.day between ?1 and ?2 and c.state = 'realised'
                      and c.measure is not null and c.age <> '0-3' {theirs}) as number from h)
            select h.child, n.number, null as "of", l.gap, null as day from h join n using (child)
            left join l using (child) where {only} order by l.gap is null, l.gap desc, h.child"""  # noqa: S608
    if what == "norm":
        return f"""
            select child, number, "of", null as gap, null as day from (
                select s.child, coalesce(sum(case when s.within then {_DAYS} end), 0) as number, sum({_DAYS}) as "of"
                from stretches s where {_HERE} and s.within is not null {where} group by s.child)
            order by number * 1000000 / "of", "of" desc, child"""  # noqa: S608
    return f"""
        with u as (select s.child, sum({_DAYS}) as days from stretches s where {_HERE} {where} group by s.child),
        w as (select s.child, sum({_SERVED}) as days from stretches s
              join roster_facts f on f.child = s.child and f.what = 'worker' and f.value is not null
              where {_HERE} and f.since <= min(s.until, ?2)
                and coalesce(f.until, '9999-12-31') >= max(s.since, ?1) {where} group by s.child)
        select u.child, u.days - coalesce(w.days, 0) as number, u.days as "of", null as gap, null as day
        from u left join w using (child) where number > 0 order by number desc, u.child"""  # noqa: S608


def _part(row: Row) -> Part:
    days = (date.fromisoformat(row["day"]),) if row["day"] else ()
    return Part(row["child"], row["number"], row["of"], row["gap"], days)
