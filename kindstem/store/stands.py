"""How children stood by the norm on any day, team by team and child by child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kindstem.store.figures import Choice, FigureReads, Kid, where_of


@dataclass(frozen=True)
class TeamStand:
    """How the children of a team stand on a day; without a name, those who are in none."""

    team: str | None
    children: int
    judged: int
    within: int
    under_four: int
    without_worker: int
    staff: int
    """How many people are the jeugdbeschermer of one of these children now."""
    silent: date | None
    """Since when the child waits that waits longest beyond the norm: the day of its last contact, or of its clock."""


class StandReads(FigureReads):
    """How children stood by the norm; `choice` is which children."""

    def teams_on(self, day: date, choice: Choice) -> list[TeamStand]:
        """Every team with a child under a measure on a day, by name; whoever is in none comes first."""
        where, params = where_of("s", choice, 2)
        rows = self._all(
            f"""select s.team, count(*) as children, count(s.within) as judged, coalesce(sum(s.within), 0) as within,
                    sum(s.age = '0-3') as under_four, sum(r.worker is null) as without_worker,
                    count(distinct r.worker) as staff,
                    min(case when s.within = 0 then max(s.begun, coalesce(
                        (select max(c.day) from contacts c indexed by contacts_child where c.child = s.child
                            and c.state = 'realised' and c.day <= ?1), '')) end) as silent
                from stretches s join roster r on r.kindnummer = s.child
                where s.until >= ?1 and s.since <= ?1 {where} group by s.team order by s.team""",  # noqa: S608
            (day.isoformat(), *params),
        )
        return [
            TeamStand(
                *(row["team"], row["children"], row["judged"], row["within"], row["under_four"]),
                without_worker=row["without_worker"],
                staff=row["staff"],
                silent=date.fromisoformat(row["silent"]) if row["silent"] else None,
            )
            for row in rows
        ]

    def judged_on(self, days: Sequence[date], choice: Choice) -> list[tuple[int, int]]:
        """How many children were judged by a norm on each of these days, and how many of them were within it."""
        where, params = where_of("s", choice, 2)
        found = []
        for day in days:
            row = self._one(
                f"""select count(s.within), coalesce(sum(s.within), 0) from stretches s
                    where s.until >= ?1 and s.since <= ?1 {where}""",  # noqa: S608
                (day.isoformat(), *params),
            )
            found.append((row[0], row[1]) if row else (0, 0))
        return found

    def children_judged(self, day: date, choice: Choice, within: bool, skip: int, limit: int) -> list[Kid]:
        """The children who were within the norm on a day, or were not, whoever was silent longest first.

        Who works for a child now is not named: on that day it may have been somebody else.
        """
        where, params = where_of("s", choice, 5)
        rows = self._all(
            f"""select k.child, k.team, k.begun, case when k.last >= k.begun then k.last end as last from (
                    select s.child, s.team, s.begun, (
                        select max(c.day) from contacts c indexed by contacts_child
                        where c.child = s.child and c.state = 'realised' and c.day <= ?1) as last
                    from stretches s where s.until >= ?1 and s.since <= ?1 and s.within = ?2 {where}) k
                order by max(k.begun, coalesce(k.last, '')), k.child limit ?3 offset ?4""",  # noqa: S608
            (day.isoformat(), int(within), limit, skip, *params),
        )
        return [
            Kid(
                *(row["child"], row["team"], None, date.fromisoformat(row["begun"])),
                date.fromisoformat(row["last"]) if row["last"] else None,
            )
            for row in rows
        ]
