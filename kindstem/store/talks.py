"""Queries about the records of talks, the short codes they are found by, and the counts of what children thought."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from kindstem.domain import AfterCount, QuarterCount, SignedText, TalkRow
from kindstem.store.rows import Queries, Row, moment, signatures_of, signed, stamp

_TALK = f"""
    select t.*, {signatures_of("t")},
           (select min(o.idx) from log_openings o
            where o.ref = t.hash and o.log = (select max(number) from logs)) as idx
    from talks t
"""  # noqa: S608


@dataclass(frozen=True)
class Answers:
    """How often something was answered, and how, where enough answered; `few` counts where some did, and not enough."""

    team: str | None
    question: str
    quarter: str | None
    yes: int
    no: int
    given: int
    skipped: int
    few: int


class TalkReads(Queries):
    """The signed records of talks, as they were handed in."""

    def talk_record(self, record: str) -> TalkRow | None:
        """A record by its hash."""
        row = self._one(f"{_TALK} where t.hash = ?", (record,))
        return _talk(row) if row else None

    def talk_records(self, child: str) -> list[TalkRow]:
        """All records of a child's talks, in the order in which they came in."""
        return [_talk(row) for row in self._all(f"{_TALK} where t.child = ? order by t.seq", (child,))]

    def talk_chain(self, first: str) -> list[TalkRow]:
        """All records of the chain that this record begins, in the order in which they came in."""
        return [_talk(row) for row in self._all(f"{_TALK} where t.chain = ? order by t.seq", (first,))]

    def chains_between(self, since: datetime, until: datetime) -> list[str]:
        """The chains of talks of which a record came in from one moment up to another, by their first records."""
        rows = self._all(
            """select distinct chain from talks
               where type in ('talk', 'withdrawal', 'notheld', 'answer', 'met') and at >= ? and at < ? order by 1""",
            (stamp(since), stamp(until)),
        )
        return [row["chain"] for row in rows]

    def has_talk_id(self, own: str) -> bool:
        """Whether a record with this id of its own is kept."""
        return self._one("select 1 from talks where id = ?", (own,)) is not None

    def talk_with_id(self, own: str) -> TalkRow | None:
        """The record with this id of its own."""
        row = self._one(f"{_TALK} where t.id = ?", (own,))
        return _talk(row) if row else None

    def chains_naming(self, child: str, plan: str) -> list[str]:
        """The chains in which a talk, or one that was not held, names this plan."""
        rows = self._all(
            "select distinct chain from talks where child = ? and names = ? and type in ('talk', 'notheld')",
            (child, plan),
        )
        return [row["chain"] for row in rows]

    def evidence_records(self, child: str) -> list[TalkRow]:
        """The evidence records of all phones a child had."""
        return [
            _talk(row) for row in self._all(f"{_TALK} where t.child = ? and t.type = 'device' order by t.seq", (child,))
        ]

    def uncounted(self) -> list[str]:
        """The children of whom a talk was recorded that has no row to be counted from."""
        rows = self._all(
            """select distinct child from talks t where t.type in ('talk', 'notheld') and t.chain = t.hash
               and not exists (select 1 from contacts c where c.first = t.hash) order by 1"""
        )
        return [row["child"] for row in rows]

    def evidence_of(self, key: str) -> TalkRow | None:
        """The evidence record of a child's device, by the id of the device's key."""
        row = self._one(f"{_TALK} where t.type = 'device' and t.names = ?", (key,))
        return _talk(row) if row else None

    def talk_under(self, lookup: str, now: datetime) -> TalkRow | None:
        """The talk that a short code leads to, while it does."""
        row = self._one(
            f"{_TALK} join talk_codes c on c.talk = t.hash where c.id = ? and c.expires_at > ?", (lookup, stamp(now))
        )
        return _talk(row) if row else None

    def is_log(self, log: str) -> bool:
        """Whether this store wrote a log with this id, now or before a restore."""
        return self._one("select 1 from logs where id = ?", (log,)) is not None

    def after_counts(self) -> list[AfterCount]:
        """What children thought of talks, per team, month and question: how often each answer was given."""
        rows = self._all("select * from after_counts order by team, month, question, value")
        found: dict[tuple[str, str, str], dict[str, int]] = {}
        for row in rows:
            found.setdefault((row["team"], row["month"], row["question"]), {})[row["value"]] = row["number"]
        return [AfterCount(*key, values) for key, values in found.items()]

    def quarter_counts(self, first: str, last: str, team: str | None = None) -> list[QuarterCount]:
        """What children said of support and safety in these quarters, both included, by question, quarter and team."""
        rows = self._all(
            """select * from quarter_counts where quarter between ?1 and ?2 and (?3 is null or team = ?3)
               order by question, quarter, team, value""",
            (first, last, team),
        )
        found: dict[tuple[str, str, str], dict[str, int]] = {}
        for row in rows:
            found.setdefault((row["team"], row["quarter"], row["question"]), {})[row["value"]] = row["number"]
        return [QuarterCount(*key, values) for key, values in found.items()]

    def answers_counted(self) -> int:
        """A number that is another one after every answer of a child that was counted."""
        row = self._one("select value from counters where name = 'answers'")
        return int(row["value"]) if row else 0

    def thought(self, first: str, last: str, enough: int, team: str | None = None) -> list[Answers]:
        """What children of each team thought of talks, over the months of a period with enough answers in the team."""
        rows = self._all(
            """select team, question, null, sum(yes * (given >= ?3)), sum(no * (given >= ?3)),
                   sum(given * (given >= ?3)), sum(skipped * (given >= ?3)), sum(given between 1 and ?3 - 1)
               from (select team, question, sum(number * (value = 'yes')) as yes, sum(number * (value = 'no')) as no,
                         sum(number * (value <> 'skipped')) as given, sum(number * (value = 'skipped')) as skipped
                     from after_counts where month between ?1 and ?2 and (?4 is null or team = ?4)
                     group by team, question, month)
               group by team, question order by team, question""",
            (first, last, enough, team),
        )
        return [Answers(*row) for row in rows]

    def said(self, first: str, last: str, enough: int, team: str | None = None) -> list[Answers]:
        """What children said in each of these quarters to each question, over the teams with enough answers in it."""
        rows = self._all(
            """select null, question, quarter, sum(yes * (given >= ?3)), sum(no * (given >= ?3)),
                   sum(given * (given >= ?3)), sum(skipped * (given >= ?3)), sum(given between 1 and ?3 - 1)
               from (select question, quarter, sum(number * (value = 'yes')) as yes, sum(number * (value = 'no')) as no,
                         sum(number * (value <> 'skipped')) as given, sum(number * (value = 'skipped')) as skipped
                     from quarter_counts where quarter between ?1 and ?2 and (?4 is null or team = ?4)
                     group by team, question, quarter)
               group by question, quarter order by question, quarter""",
            (first, last, enough, team),
        )
        return [Answers(*row) for row in rows]


class TalkWrites(TalkReads):
    """What was handed in about talks, and thought of them."""

    def add_talk(
        self, child: str, type: str, record: SignedText, *, chain: str, id: str | None, names: str | None, at: datetime
    ) -> None:
        """Keep a record. `names` is what it is found by besides: the plan of a talk, or a device's key id."""
        self._do(
            "insert into talks (hash, child, type, chain, id, names, text, at) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (record.hash, child, type, chain, id, names, record.text, stamp(at)),
        )
        self._keep_signatures(record)

    def add_talk_code(self, lookup: str, talk: str, expires_at: datetime) -> None:
        """Let a talk be found under a short code; a code that is in use leads on to what it led to."""
        self._do(
            "insert into talk_codes (id, talk, expires_at) values (?, ?, ?) on conflict do nothing",
            (lookup, talk, stamp(expires_at)),
        )

    def forget_talk_codes(self, now: datetime) -> None:
        """Forget the short codes whose time has run out."""
        self._do("delete from talk_codes where expires_at <= ?", (stamp(now),))

    def count_after(self, child: str, team: str, month: str, question: str, value: str) -> bool:
        """Count an answer, without keeping whose it was; False, and nothing counted, when this child gave one."""
        given = self._do(
            "insert into after_given (child, question, month) values (?, ?, ?) on conflict do nothing",
            (child, question, month),
        )
        if given != 1:
            return False
        self._do(
            """insert into after_counts (team, month, question, value, number) values (?, ?, ?, ?, 1)
               on conflict do update set number = number + 1""",
            (team, month, question, value),
        )
        self._answered()
        return True

    def count_quarter(self, child: str, team: str, quarter: str, question: str, value: str) -> bool:
        """Count what a child said of a quarter, as count_after counts what it thought of talks."""
        given = self._do(
            "insert into quarter_given (child, question, quarter) values (?, ?, ?) on conflict do nothing",
            (child, question, quarter),
        )
        if given != 1:
            return False
        self._do(
            """insert into quarter_counts (team, quarter, question, value, number) values (?, ?, ?, ?, 1)
               on conflict do update set number = number + 1""",
            (team, quarter, question, value),
        )
        self._answered()
        return True

    def _answered(self) -> None:
        # How many there were says nothing of whose they are, and no row says when it was counted.
        self._do(
            "insert into counters (name, value) values ('answers', 1) on conflict do update set value = value + 1"
        )
        self._recounted()

    def forget_quarter(self, quarters: Collection[str]) -> None:
        """Forget which children answered in other quarters than these."""
        marks = ", ".join("?" for _ in quarters)
        self._do(f"delete from quarter_given where quarter not in ({marks})", tuple(quarters))  # noqa: S608

    def forget_after(self, months: Collection[str]) -> None:
        """Forget which children answered in other months than these."""
        marks = ", ".join("?" for _ in months)
        self._do(f"delete from after_given where month not in ({marks})", tuple(months))  # noqa: S608


def _talk(row: Row) -> TalkRow:
    return TalkRow(
        hash=row["hash"],
        child=row["child"],
        type=row["type"],
        chain=row["chain"],
        record=signed(row),
        at=moment(row["at"]),
        index=row["idx"],
        order=row["seq"],
    )
