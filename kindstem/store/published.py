"""Queries about what leaves the house: numbers of a period with nothing hidden yet, what was published, tokens."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from kindstem.domain import Published, Taken, Token
from kindstem.store.rows import Queries, Row, moment, moment_or_none, stamp

Facts = Counter[tuple[str, str | None, str | None]]
"""How many there are: by what is counted, team and municipality."""

# A child is counted once in a month, where it last stood in it, so that areas add up to the whole.
_LAST = """select s.child, s.team, s.municipality, s.age from stretches s
    where s.until >= ?1 and s.since <= ?2 and s.since = (
        select max(l.since) from stretches l where l.child = s.child and l.until >= ?1 and l.since <= ?2)"""
_TALK = """case when c.state = 'realised' and c.age = '0-3' then 'seen'
    when c.state = 'realised' then substr(c.level, 1, 1)
    when c.state like 'withdrawn%' then 'withdrawn' else c.state end"""


@dataclass(frozen=True)
class Staffed:
    """A jeugdbeschermer, and a team with a child that was theirs."""

    team: str | None
    worker: str


class PublishedReads(Queries):
    """What may leave, and what did."""

    def month_facts(self, since: date, until: date) -> Facts:
        """The numbers of a month, whole: never to be shown outside as they are."""
        found: Facts = Counter()
        days = (since.isoformat(), until.isoformat())
        for sql in (
            f"""select case when k.age = '0-3' then 'young' when exists (
                    select 1 from contacts c where c.child = k.child and c.day between ?1 and ?2
                      and c.state = 'realised' and c.measure is not null and c.age <> '0-3')
                    then 'spoken' else 'unspoken' end, k.team, k.municipality, count(*)
                from ({_LAST}) k group by 1, 2, 3""",  # noqa: S608
            f"""select {_TALK}, c.team, c.municipality, count(*) from contacts c
                where c.day between ?1 and ?2 and c.measure is not null group by 1, 2, 3""",  # noqa: S608
            """select case when c.foreseen then 'foreseen' else 'unforeseen' end, null, null, count(*) from contacts c
               where c.day between ?1 and ?2 and c.state = 'realised' and c.age <> '0-3' group by 1""",
            """select case when c.minutes < 15 then 'short' else 'long' end, null, null, count(*) from contacts c
               where c.day between ?1 and ?2 and c.state = 'realised' and c.age <> '0-3' group by 1""",
            f"""select case when exists (
                    select 1 from roster_facts f where f.child = k.child and f.what = 'worker' and f.value is not null
                      and f.since between ?1 and ?2
                      and f.value <> (select b.value from roster_facts b where b.child = f.child and b.what = 'worker'
                          and b.since < f.since and b.value is not null order by b.since desc limit 1))
                    then 'changed' else 'same' end, null, null, count(*)
                from ({_LAST}) k where k.age <> '0-3' group by 1""",  # noqa: S608
            """select case when s.within then 'within' else 'beyond' end, s.team, s.municipality, count(*)
               from stretches s where s.since <= ?2 and s.until >= ?2 and s.until >= ?1 and s.within is not null
               group by 1, 2, 3""",
        ):
            for what, team, municipality, number in self._all(sql, days):
                found[what, team, municipality] += number
        return found

    def staffed(self, since: date, until: date) -> list[Staffed]:
        """Whose children there were in each team in a period."""
        rows = self._all(
            f"""select distinct k.team, f.value from ({_LAST}) k join roster_facts f on f.child = k.child
                where f.what = 'worker' and f.value is not null and f.since <= ?2
                  and coalesce(f.until, '9999-12-31') >= ?1""",  # noqa: S608
            (since.isoformat(), until.isoformat()),
        )
        return [Staffed(row[0], row[1]) for row in rows]

    def children_of_four(self, since: date, until: date) -> int:
        """How many children of four and older were under a measure on a day of a period."""
        return self._four(since, until, "true")

    def begun(self, name: str, since: date, until: date) -> int:
        """Of how many of these the roster says, by the period's last day, that something of their own began."""
        return self._four(
            since,
            until,
            """exists (select 1 from roster_facts f where f.child = s.child and f.what = ?3 and f.value is not null
                   and f.until is null and f.since <= ?2)""",
            name,
        )

    def _four(self, since: date, until: date, condition: str, *more: str) -> int:
        row = self._one(
            f"""select count(distinct s.child) from stretches s
                where s.until >= ?1 and s.since <= ?2 and s.age <> '0-3' and {condition}""",  # noqa: S608
            (since.isoformat(), until.isoformat(), *more),
        )
        return int(row[0]) if row else 0

    def published(self, period: str) -> Published | None:
        """What was published of a period."""
        row = self._one("select * from published where period = ?", (period,))
        return Published(row["period"], moment(row["at"]), row["size"], row["root"], row["text"]) if row else None

    def taken(self, limit: int) -> list[Taken]:
        """Which reports left, newest first."""
        rows = self._all(
            """select r.*, coalesce(p.name, t.municipality, r.said_by) as name from reports r
               left join people p on p.id = r.person left join tokens t on t.id = r.token
               order by r.seq desc limit ?""",
            (limit,),
        )
        return [
            Taken(
                *(moment(row["at"]), row["way"], row["name"], row["since"], row["until"], row["municipality"]),
                *(row["form"], row["hash"]),
            )
            for row in rows
        ]

    def tokens(self) -> list[Token]:
        """All tokens that were ever given, newest first."""
        return [_token(row) for row in self._all("select * from tokens order by made_at desc, id")]

    def token(self, digest: bytes) -> Token | None:
        """The token with this digest."""
        row = self._one("select * from tokens where digest = ?", (digest,))
        return _token(row) if row else None


class PublishedWrites(PublishedReads):
    """Keeping what leaves."""

    def publish(self, one: Published) -> None:
        """Keep what is published of a period. What was published before stays."""
        self._do(
            "insert into published (period, at, size, root, text) values (?, ?, ?, ?, ?) on conflict do nothing",
            (one.period, stamp(one.at), one.size, one.root, one.text),
        )

    def take(self, one: Taken, *, person: str | None = None, token: str | None = None) -> None:
        """Note that a report leaves. A dashboard that asks for the same again within a day is noted once."""
        if token is not None and self._one(
            "select 1 from reports where token = ? and at > ? and since = ? and until = ? and form = ? and hash = ?",
            (token, stamp(one.at) - 86_400, one.since, one.until, one.form, one.hash),
        ):
            return
        said = one.by if person is None and token is None else None
        self._do(
            """insert into reports (at, way, person, token, said_by, since, until, municipality, form, hash)
               values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(stamp(one.at), one.way, person, token, said),
                *(one.since, one.until, one.municipality, one.form, one.hash),
            ),
        )

    def add_token(self, one: Token, digest: bytes) -> None:
        """Keep a token, as the digest of its secret."""
        self._do(
            "insert into tokens (id, digest, municipality, until, made_at) values (?, ?, ?, ?, ?)",
            (one.id, digest, one.municipality, one.until.isoformat(), stamp(one.made_at)),
        )

    def revoke_token(self, token: str, at: datetime) -> bool:
        """End a token now; whether there was one that still ran."""
        return self._do("update tokens set revoked_at = ? where id = ? and revoked_at is null", (stamp(at), token)) > 0


def _token(row: Row) -> Token:
    return Token(
        row["id"],
        row["municipality"],
        date.fromisoformat(row["until"]),
        moment(row["made_at"]),
        moment_or_none(row["revoked_at"]),
    )
