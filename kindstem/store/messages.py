"""Queries about sealed entries, who fetched them, flags, room, and the mails that flags cause."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final

from kindstem.domain import (
    Circle,
    ClimbStep,
    Direction,
    EntryRow,
    Flag,
    FlagStep,
    Mail,
    NewEntry,
    NextStep,
    Opened,
    Role,
    Standing,
    Usage,
)
from kindstem.store.rows import Queries, Row, moment, moment_or_none, stamp

FLAGS_SHOWN: Final = 50
"""How many flags of a child are handed over: those that nobody has seen, then the newest."""

FLAGS_MAILED: Final = 5
"""How many flags of a child cause mails within an hour. All are kept; more mails would only hide each other."""

_HOUR: Final = 3600

_ENTRY = """
    select e.seq, e.id, e.child, e.direction, e.circle, e.hdr, e.at, e.recipients, e.size, e.device, e.person, w.wrap
    from entries e join wraps w on w.entry = e.seq and w.key_id = ?
"""


class MessageReads(Queries):
    """What is kept for whom. Everything goes by the id of a reading key: without a wrap an entry is not there."""

    def kept(self, entry: str) -> tuple[bytes, datetime] | None:
        """The digest of an entry's bytes and the moment it was accepted."""
        row = self._one("select digest, at from entries where id = ?", (entry,))
        return (row["digest"], moment(row["at"])) if row else None

    def last_change(self) -> int:
        """The number of the newest entry or read."""
        row = self._one("select value from counters where name = 'change'")
        return int(row[0]) if row else 0

    def entries_for(self, key: str, child: str, *, after: int, limit: int) -> list[EntryRow]:
        """A child's entries that this key can open, oldest first."""
        rows = self._all(f"{_ENTRY} where e.child = ? and e.seq > ? order by e.seq limit ?", (key, child, after, limit))
        return [_entry(row) for row in rows]

    def cards_for(self, key: str, child: str, *, limit: int) -> list[EntryRow]:
        """The newest entries from professionals that the child itself has no key to: the cards with its name."""
        rows = self._all(
            f"""{_ENTRY} where e.child = ? and e.direction = 'down'
                and not exists (select 1 from wraps o join devices d on d.reading_key = o.key_id and d.child = e.child
                                where o.entry = e.seq)
                and not exists (select 1 from documents n where n.entry = e.seq)
                and not exists (select 1 from meldcode_records n where n.entry = e.seq)
                and not exists (select 1 from offers n where n.entry = e.seq)
                order by e.seq desc limit ?""",  # noqa: S608
            (key, child, limit),
        )
        return [_entry(row) for row in rows]

    def entry_for(self, key: str, entry: str) -> EntryRow | None:
        """An entry, when this key can open it."""
        row = self._one(f"{_ENTRY} where e.id = ?", (key, entry))
        return _entry(row) if row else None

    def body(self, seq: int) -> bytes:
        """The sealed body of an entry."""
        row = self._one("select body from bodies where entry = ?", (seq,))
        if row is None:
            raise LookupError("an entry without a body")
        found: bytes = row["body"]
        return found

    def opened(self, seqs: Collection[int]) -> dict[int, list[Opened]]:
        """Who fetched these entries, and when first."""
        found: dict[int, list[Opened]] = {}
        rows = self._all(
            """select r.entry as seq, e.id, r.person, p.name, min(r.at) as at, r.reason
               from reads r join people p on p.id = r.person join entries e on e.seq = r.entry
               where r.entry in (select value from json_each(?))
               group by r.entry, r.person order by min(r.at)""",
            (json.dumps(sorted(seqs)),),
        )
        for row in rows:
            found.setdefault(row["seq"], []).append(_opened(row))
        return found

    def reads_for(self, key: str, child: str, *, after: int, until: int) -> list[Opened]:
        """The reads between two changes of entries that this key can open, oldest first."""
        rows = self._all(
            """select e.id, r.person, p.name, r.at, r.reason
               from entries e
               join wraps w on w.entry = e.seq and w.key_id = ?
               join reads r on r.entry = e.seq
               join people p on p.id = r.person
               where e.child = ? and r.seq > ? and r.seq <= ? order by r.seq""",
            (key, child, after, until),
        )
        return [_opened(row) for row in rows]

    def latest_reads_for(self, key: str, child: str, *, limit: int) -> list[Opened]:
        """The newest reads of a child's entries that this key can open."""
        rows = self._all(
            """select e.id, r.person, p.name, r.at, r.reason
               from entries e
               join wraps w on w.entry = e.seq and w.key_id = ?
               join reads r on r.entry = e.seq
               join people p on p.id = r.person
               where e.child = ? order by r.seq desc limit ?""",
            (key, child, limit),
        )
        return [_opened(row) for row in rows]

    def standing(self, child: str, role: Role, person: str, key: str | None) -> Standing:
        """How things stand with a child, counted over what this person's key can open."""
        row = self._one(
            """with mine as (
                   select e.at,
                          exists (select 1 from reads r where r.entry = e.seq and r.person = ?) as by_me,
                          exists (select 1 from reads r where r.entry = e.seq) as by_any
                   from entries e join wraps w on w.entry = e.seq and w.key_id = ?
                   where e.child = ? and e.direction = 'up')
               select max(at) as last, coalesce(sum(not by_me), 0) as unread,
                      min(case when by_me then null else at end) as first_unread,
                      min(case when by_any then null else at end) as first_unopened,
                      exists (select 1 from devices d where d.child = ?) as enrolled
               from mine""",
            (person, key or "", child, child),
        )
        if row is None:
            raise LookupError("a sum without a row")
        return Standing(
            child=child,
            role=role,
            enrolled=bool(row["enrolled"]),
            last=moment_or_none(row["last"]),
            unread=row["unread"],
            first_unread=moment_or_none(row["first_unread"]),
            first_unopened=moment_or_none(row["first_unopened"]),
        )

    def flags_of(self, child: str) -> list[Flag]:
        """A child's flags with who has seen them, newest first; of very many, those that matter (FLAGS_SHOWN)."""
        rows = self._all(
            """select * from (select f.*, exists (select 1 from flags_seen s where s.flag = f.id) as known,
                                     exists (select 1 from flag_steps d where d.flag = f.id and d.next is not null)
                                         as done
                              from flags f where child = ? order by known, done, at desc, id limit ?)
               order by at desc, id""",
            (child, FLAGS_SHOWN),
        )
        return [self._flag(row) for row in rows]

    def flag(self, flag: str) -> Flag | None:
        """A flag by its id."""
        row = self._one("select * from flags where id = ?", (flag,))
        return self._flag(row) if row else None

    def usage(self, sender: str, day: str) -> Usage:
        """What a sender has sent on a day."""
        row = self._one("select small, large from usage where sender = ? and day = ?", (sender, day))
        return Usage(row["small"], row["large"]) if row else Usage()

    def mails_due(self, now: datetime, *, limit: int) -> list[Mail]:
        """Mails whose moment has come, for the on-call service and for people who have an address."""
        rows = self._all(
            """select m.id, m.person, p.mail, m.made_at, m.tries from mails m left join people p on p.id = m.person
               where m.done_at is null and m.next_at <= ? and (m.person is null or p.mail is not null and p.active)
               order by m.id limit ?""",
            (stamp(now), limit),
        )
        return [Mail(row["id"], row["person"], row["mail"], moment(row["made_at"]), row["tries"]) for row in rows]

    def _flag(self, row: Row) -> Flag:
        seen = self._all(
            "select p.name, s.at from flags_seen s join people p on p.id = s.person where s.flag = ? order by s.at",
            (row["id"],),
        )
        climbed = self._all("select step, at from climbs where flag = ? order by at, step desc", (row["id"],))
        return Flag(
            row["id"],
            row["child"],
            moment(row["at"]),
            tuple((s["name"], moment(s["at"])) for s in seen),
            tuple((ClimbStep(one["step"]), moment(one["at"])) for one in climbed),
            self._step(row["id"], "(s.reached is not null or s.reached_other = 1)"),
            self._step(row["id"], "s.next is not null"),
        )

    def _step(self, flag: str, which: str) -> FlagStep | None:
        row = self._one(
            f"""select s.at, s.next, p.name as by, q.name as reached from flag_steps s
                join people p on p.id = s.person left join people q on q.id = s.reached
                where s.flag = ? and {which} order by s.seq desc limit 1""",  # noqa: S608
            (flag,),
        )
        if row is None:
            return None
        step = NextStep(row["next"]) if row["next"] else None
        return FlagStep(row["by"], moment(row["at"]), row["reached"] or "", step)


class MessageWrites(MessageReads):
    """What is accepted, fetched, seen and sent."""

    def next_change(self) -> int:
        """The next number for an entry or a read. Numbers of a change that failed are given again."""
        row = self._one("update counters set value = value + 1 where name = 'change' returning value")
        if row is None:
            raise LookupError("a store without its count")
        return int(row[0])

    def add_entry(self, entry: NewEntry, recipients: Collection[str]) -> int:
        """Keep an accepted envelope; `recipients` are all it was sealed to, `entry.wraps` those that are kept."""
        seq = self.next_change()
        self._do(
            """insert into entries (seq, id, child, direction, circle, list_number, device, person, hdr, recipients,
                   size, digest, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(seq, entry.id, entry.child, entry.direction.value, entry.circle.value, entry.list_number),
                *(entry.device, entry.person, entry.hdr, json.dumps(sorted(recipients)), len(entry.body)),
                *(entry.digest, stamp(entry.at)),
            ),
        )
        wraps = ((seq, key, wrap) for key, wrap in entry.wraps)
        self._do_many("insert into wraps (entry, key_id, wrap) values (?, ?, ?)", wraps)
        self._do("insert into bodies (entry, body) values (?, ?)", (seq, entry.body))
        return seq

    def use(self, sender: str, day: str, *, small: int = 0, large: int = 0) -> None:
        """Count bytes against a sender's day."""
        self._do(
            """insert into usage (sender, day, small, large) values (?, ?, ?, ?)
               on conflict (sender, day)
               do update set small = small + excluded.small, large = large + excluded.large""",
            (sender, day, small, large),
        )

    def forget_usage(self, before: str) -> None:
        """Forget what was sent before a day."""
        self._do("delete from usage where day < ?", (before,))

    def add_read(self, seq: int, person: str, reason: str, at: datetime) -> None:
        """Log that somebody fetched an entry; once per hour."""
        hour = stamp(at) // 3600
        if self._one("select 1 from reads where entry = ? and person = ? and hour = ?", (seq, person, hour)):
            return
        self._do(
            "insert into reads (seq, entry, person, hour, at, reason) values (?, ?, ?, ?, ?, ?)",
            (self.next_change(), seq, person, hour, stamp(at), reason),
        )

    def add_flag(self, flag: str, child: str, device: str, at: datetime) -> bool:
        """Keep a flag and let mails wait for the readers of the worker circle; False when it is kept already.

        A phone in the wrong hands can set one flag after another; only the first few of an hour cause mails.
        """
        touched = self._do(
            "insert into flags (id, child, device, at) values (?, ?, ?, ?) on conflict do nothing",
            (flag, child, device, stamp(at)),
        )
        if touched != 1:
            return False
        recent = self._one(
            "select count(*) from (select 1 from flags where child = ? and at > ? limit ?)",
            (child, stamp(at) - _HOUR, FLAGS_MAILED + 1),
        )
        if recent is not None and recent[0] > FLAGS_MAILED:
            return True
        self._do(
            """insert into mails (person, made_at, next_at)
               select r.person, ?1, ?1 from list_readers r join people p on p.id = r.person
               where r.child = ?2 and r.circle = 'worker' and p.mail is not null and p.active
                 and r.number = (select max(number) from lists where child = ?2 and circle = 'worker')""",
            (stamp(at), child),
        )
        return True

    def see_flag(self, flag: str, person: str, at: datetime) -> None:
        """Note that somebody has seen a flag; the first moment stays."""
        self._do(
            "insert into flags_seen (flag, person, at) values (?, ?, ?) on conflict do nothing",
            (flag, person, stamp(at)),
        )

    def mail_done(self, mail: int, at: datetime) -> None:
        """Note that a mail is out, or given up."""
        self._do("update mails set done_at = ? where id = ?", (stamp(at), mail))

    def mail_later(self, mail: int, at: datetime) -> None:
        """Try a mail again at this moment."""
        self._do("update mails set tries = tries + 1, next_at = ? where id = ?", (stamp(at), mail))


def _entry(row: Row) -> EntryRow:
    return EntryRow(
        seq=row["seq"],
        id=row["id"],
        child=row["child"],
        direction=Direction(row["direction"]),
        circle=Circle(row["circle"]),
        hdr=row["hdr"],
        at=moment(row["at"]),
        wrap=row["wrap"],
        to=tuple(json.loads(row["recipients"])),
        size=row["size"],
        device=row["device"],
        person=row["person"],
    )


def _opened(row: Row) -> Opened:
    return Opened(row["id"], row["person"], row["name"], moment(row["at"]), row["reason"])
