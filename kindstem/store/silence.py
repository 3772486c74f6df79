"""The silence of adults: messages that nobody fetched, and children who got nothing back."""

from dataclasses import dataclass
from datetime import date, datetime

from kindstem.store.figures import Choice, where_of
from kindstem.store.lines import LineReads
from kindstem.store.rows import moment, moment_or_none


@dataclass(frozen=True)
class Unread:
    """Messages of a child that nobody opened."""

    child: str
    team: str | None
    worker: str | None
    times: tuple[datetime, ...]
    listed: tuple[datetime, ...]
    """Those of them to its worker circle."""


@dataclass(frozen=True)
class Unanswered:
    """A child of whom a message was fetched, and to whom nothing was sent since it came."""

    child: str
    team: str | None
    worker: str | None
    since: datetime
    """When the oldest of these messages came."""
    listed: datetime | None
    """When the oldest to its worker circle came; None when only somebody outside it has one."""


class SilenceReads(LineReads):
    """What waits for an adult; `choice` is which children."""

    def unread(self, day: date, choice: Choice) -> list[Unread]:
        """Messages to adults that nobody fetched, by child, the oldest first.

        What tells the on-call service how a child is reached is none: it is there to be opened when a flag gets there.
        """
        where, params = where_of("s", choice, 2)
        rows = self._all(
            f"""select e.child, s.team, p.name as worker, e.at, e.circle from entries e
                left join stretches s on s.child = e.child and s.until >= ?1 and s.since <= ?1
                left join roster w on w.kindnummer = s.child left join people p on p.id = w.worker
                where e.direction = 'up' and e.circle not in ('self', 'oncall') {where}
                  and not exists (select 1 from reads o where o.entry = e.seq) order by e.at, e.seq""",  # noqa: S608
            (day.isoformat(), *params),
        )
        found: dict[str, Unread] = {}
        for row in rows:
            before, at = found.get(row["child"]), (moment(row["at"]),)
            times, listed = (before.times, before.listed) if before else ((), ())
            listed += at if row["circle"] == "worker" else ()
            found[row["child"]] = Unread(row["child"], row["team"], row["worker"], times + at, listed)
        return list(found.values())

    def unanswered(self, day: date, choice: Choice) -> list[Unanswered]:
        """The children of whom a message was fetched and to whom nothing was sent since it came, the longest first."""
        where, params = where_of("s", choice, 2)
        rows = self._all(
            f"""select e.child, s.team, p.name as worker, min(e.at) as since,
                       min(case when e.circle = 'worker' then e.at end) as listed from entries e
                left join stretches s on s.child = e.child and s.until >= ?1 and s.since <= ?1
                left join roster w on w.kindnummer = s.child left join people p on p.id = w.worker
                where e.direction = 'up' and e.circle not in ('self', 'oncall') {where}
                  and exists (select 1 from reads o where o.entry = e.seq)
                  and not exists (select 1 from entries d where d.child = e.child and d.direction = 'down'
                                  and d.seq > e.seq)
                group by e.child order by since, e.child""",  # noqa: S608
            (day.isoformat(), *params),
        )
        return [
            Unanswered(row["child"], row["team"], row["worker"], moment(row["since"]), moment_or_none(row["listed"]))
            for row in rows
        ]
