"""The silence of adults: messages that nobody fetched, and children who got nothing back."""

from dataclasses import dataclass
from datetime import date

from kindstem.calendar import local_day
from kindstem.store.figures import Choice, where_of
from kindstem.store.lines import LineReads
from kindstem.store.rows import moment


@dataclass(frozen=True)
class Unread:
    """Messages of a child that nobody opened."""

    child: str
    days: tuple[date, ...]
    """The days on which they came, the oldest first."""
    listed: tuple[date, ...]
    """Those of them to its worker circle."""


@dataclass(frozen=True)
class Unanswered:
    """A child of whom a message was fetched, and to whom nothing was sent since it came."""

    child: str
    since: date
    """When the oldest of these messages came."""
    listed: date | None
    """When the oldest to its worker circle came; None when only somebody outside it has one."""


class SilenceReads(LineReads):
    """What waits for an adult; `choice` is which children, by where they stand on a day."""

    def unread(self, day: date, choice: Choice) -> list[Unread]:
        """Messages to adults that nobody fetched, by child, the oldest first.

        What tells the on-call service how a child is reached is none: it is there to be opened when a flag gets there.
        """
        join, params = _standing(day, choice)
        rows = self._all(
            f"""select e.child, e.at, e.circle from entries e {join}
                where e.direction = 'up' and e.circle not in ('self', 'oncall')
                  and not exists (select 1 from reads o where o.entry = e.seq) order by e.at, e.seq""",  # noqa: S608
            params,
        )
        found: dict[str, Unread] = {}
        for row in rows:
            before, on = found.get(row["child"]), (local_day(moment(row["at"])),)
            days, listed = (before.days, before.listed) if before else ((), ())
            listed += on if row["circle"] == "worker" else ()
            found[row["child"]] = Unread(row["child"], days + on, listed)
        return list(found.values())

    def unanswered(self, day: date, choice: Choice) -> list[Unanswered]:
        """The children of whom a message was fetched and to whom nothing was sent since it came, the longest first."""
        join, params = _standing(day, choice)
        rows = self._all(
            f"""select e.child, min(e.at) as since, min(case when e.circle = 'worker' then e.at end) as listed
                from entries e {join}
                where e.direction = 'up' and e.circle not in ('self', 'oncall')
                  and exists (select 1 from reads o where o.entry = e.seq)
                  and not exists (select 1 from entries d where d.child = e.child and d.direction = 'down'
                                  and d.seq > e.seq)
                group by e.child order by since, e.child""",  # noqa: S608
            params,
        )
        return [
            Unanswered(
                *(row["child"], local_day(moment(row["since"]))),
                None if row["listed"] is None else local_day(moment(row["listed"])),
            )
            for row in rows
        ]


def _standing(day: date, choice: Choice) -> tuple[str, tuple[str, ...]]:
    """What leaves the children of a choice; without one those outside any measure are there too."""
    if not choice:
        return "", ()
    where, params = where_of("s", choice, 2)
    return f"join stretches s on s.child = e.child and s.until >= ?1 and s.since <= ?1 {where}", (
        day.isoformat(),
        *params,
    )
