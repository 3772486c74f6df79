"""Queries about flags nobody saw in time, what was done about flags, trials of alerts, and school signals."""

from collections.abc import Collection
from datetime import datetime

from kindstem.domain import ClimbStep, EntryRow, Flag, NextStep, SchoolSignal
from kindstem.store.messages import FLAGS_MAILED, MessageReads, MessageWrites
from kindstem.store.rows import Row, moment, stamp

_HOUR = 3600
_REACHES = 20
"""How many of a flag are handed over: a phone sends two."""

_SIGNAL = """
    select s.*, p.name, h.name as handed_name from school_signals s
    join people p on p.id = s.person left join people h on h.id = s.handed_by
"""


class FlagReads(MessageReads):
    """Which flags wait, and for how long."""

    def flags_unseen(self) -> list[Flag]:
        """The flags that nobody has seen and that have not climbed to the end, oldest first."""
        rows = self._all(
            """select f.* from flags f
               where not exists (select 1 from flags_seen s where s.flag = f.id)
                 and not exists (select 1 from climbs c where c.flag = f.id and c.step = 'oncall')
               order by f.at, f.id"""
        )
        return [self._flag(row) for row in rows]

    def flags_open(self) -> list[Flag]:
        """The flags of which a reader has still to say who reached the child or what comes next, oldest first."""
        rows = self._all(
            """select f.* from flags f
               where not exists (select 1 from flag_steps s where s.flag = f.id
                                 and (s.reached is not null or s.reached_other = 1))
                  or not exists (select 1 from flag_steps s where s.flag = f.id and s.next is not null)
               order by f.at, f.id"""
        )
        return [self._flag(row) for row in rows]

    def flags_oncall(self, person: str) -> list[Flag]:
        """The open flags that climbed to the service, of children on whose newest on-call list somebody stands."""
        rows = self._all(
            """select f.* from flags f
               join climbs c on c.flag = f.id and c.step = 'oncall'
               join list_readers r on r.child = f.child and r.circle = 'oncall' and r.person = ?
                 and r.number = (select max(number) from lists where child = f.child and circle = 'oncall')
               order by f.at, f.id""",
            (person,),
        )
        return [flag for flag in map(self._flag, rows) if flag.open]

    def reaches_of(self, key: str, flag: str) -> list[EntryRow]:
        """What this key can open of how a child can be reached about a flag, newest first."""
        rows = self._all(
            """select e.id from reaches h join entries e on e.seq = h.entry
               where h.flag = ? order by e.seq desc limit ?""",
            (flag, _REACHES),
        )
        return [found for found in (self.entry_for(key, row["id"]) for row in rows) if found is not None]

    def flag_of_reach(self, entry: int) -> str | None:
        """The flag that an entry to the on-call service goes with."""
        row = self._one("select flag from reaches where entry = ?", (entry,))
        return row["flag"] if row else None

    def leaders_of(self, child: str) -> list[str]:
        """Who leads the team of a child's jeugdbeschermer and can be reached: their ids."""
        rows = self._all(
            """select distinct l.id from list_readers r
               join people w on w.id = r.person and w.role = 'worker'
               join people l on l.role = 'leader' and l.team = w.team and l.active and l.mail is not null
               where r.child = ?1 and r.circle = 'worker'
                 and r.number = (select max(number) from lists where child = ?1 and circle = 'worker')
               order by 1""",
            (child,),
        )
        return [row["id"] for row in rows]

    def alerts_tried(self, settings: str) -> datetime | None:
        """When alerts last went out under these settings; None when never, or other settings were tried after."""
        row = self._one("select at, settings from alert_trials order by seq desc limit 1")
        return moment(row["at"]) if row and row["settings"] == settings else None

    def school_signals(self, child: str) -> list[SchoolSignal]:
        """The signals for a school about a child, newest first."""
        return [_signal(row) for row in self._all(f"{_SIGNAL} where s.child = ? order by s.at desc, s.entry", (child,))]

    def school_signal(self, entry: str) -> SchoolSignal | None:
        """A signal by the entry that says why."""
        row = self._one(f"{_SIGNAL} where s.entry = ?", (entry,))
        return _signal(row) if row else None


class FlagWrites(FlagReads, MessageWrites):
    """What happens about flags."""

    def add_climb(self, flag: Flag, step: ClimbStep, *, due: datetime, at: datetime, people: Collection[str]) -> bool:
        """Keep that a flag climbed, and let a mail wait for these people, and for the service when it got there.

        False when it was kept already. Of many flags of one child within an hour only the first few cause mails.
        """
        touched = self._do(
            "insert into climbs (flag, step, due, at) values (?, ?, ?, ?) on conflict do nothing",
            (flag.id, step.value, stamp(due), stamp(at)),
        )
        if touched != 1:
            return False
        recent = self._one(
            """select count(*) from climbs c join flags f on f.id = c.flag
               where f.child = ? and c.step = ? and c.at > ?""",
            (flag.child, step.value, stamp(at) - _HOUR),
        )
        if recent is not None and recent[0] > FLAGS_MAILED:
            return True
        to: list[str | None] = [*([None] if step is ClimbStep.ONCALL else []), *people]
        self._do_many(
            "insert into mails (person, made_at, next_at) values (?, ?, ?)", ((one, stamp(at), stamp(at)) for one in to)
        )
        return True

    def add_reach(self, entry: int, flag: str) -> None:
        """Keep which flag an entry to the on-call service goes with."""
        self._do("insert into reaches (entry, flag) values (?, ?)", (entry, flag))

    def add_flag_step(
        self, flag: str, person: str, at: datetime, *, reached: str | None, other: bool, next: NextStep | None
    ) -> None:
        """Keep what a reader says about a flag: who reached the child, what comes next, or both."""
        self._do(
            "insert into flag_steps (flag, person, at, reached, reached_other, next) values (?, ?, ?, ?, ?, ?)",
            (flag, person, stamp(at), reached, int(other), next.value if next else None),
        )

    def add_alert_trial(self, settings: str, at: datetime) -> None:
        """Keep that alerts went out under these settings."""
        self._do("insert into alert_trials (at, settings) values (?, ?)", (stamp(at), settings))

    def add_school_signal(self, entry: str, child: str, person: str, at: datetime) -> None:
        """Keep that a text for the school was made; the same entry again changes nothing."""
        self._do(
            "insert into school_signals (entry, child, person, at) values (?, ?, ?, ?) on conflict do nothing",
            (entry, child, person, stamp(at)),
        )

    def hand_school_signal(self, entry: str, person: str, at: datetime) -> None:
        """Keep that it was handed over; the first moment stays."""
        self._do(
            "update school_signals set handed_by = ?, handed_at = ? where entry = ? and handed_at is null",
            (person, stamp(at), entry),
        )


def _signal(row: Row) -> SchoolSignal:
    handed = (row["handed_name"], moment(row["handed_at"])) if row["handed_at"] is not None else None
    return SchoolSignal(row["entry"], row["child"], row["person"], row["name"], moment(row["at"]), handed)
