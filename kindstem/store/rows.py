"""What all queries share: how moments, days and records lie in the tables."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlite_utils import Database

from kindstem.domain import Away, Signature, SignedText

Row = sqlite3.Row


def stamp(at: datetime) -> int:
    """A moment as whole seconds; `at` has a time zone."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return int(at.timestamp())


def moment(seconds: int) -> datetime:
    """The moment of whole seconds, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: int | None) -> datetime | None:
    """The moment, where there is one."""
    return None if seconds is None else moment(seconds)


def away_of(row: Row) -> Away | None:
    """The days somebody is away, where they said so."""
    if row["away_since"] is None:
        return None
    return Away(date.fromisoformat(row["away_since"]), date.fromisoformat(row["away_until"]))


def signatures_of(table: str) -> str:
    """The column `sigs`: the signatures over a row's record, for `signed`.

    Within the one statement: at each one the writer gives up the interpreter, and waits for its turn again.
    """
    return f"""(select json_group_array(json_array(s.place, s.by_key, s.sig))
                from signatures s where s.record = {table}.hash) as sigs"""  # noqa: S608


def signed(row: Row) -> SignedText:
    """The record of a row that has text, hash and `sigs`."""
    sigs = sorted(json.loads(row["sigs"]))
    return SignedText(row["text"], row["hash"], tuple(Signature(by, sig) for _, by, sig in sigs))


class Queries:
    """One connection, for one thread at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def connection(self) -> sqlite3.Connection:
        """What the queries run on; for the engine, which opened it and closes it."""
        connection: sqlite3.Connection = self._db.conn
        return connection

    def _one(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        found: Row | None = self._db.execute(sql, params).fetchone()
        return found

    def _all(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        return self._db.execute(sql, params).fetchall()

    def _do(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Runs a statement and gives the number of rows it touched."""
        return self._db.execute(sql, params).rowcount

    def _recounted(self) -> None:
        """Something that numbers are made of has changed."""
        self._do("update counters set value = value + 1 where name = 'counted'")

    def _touch(self, child: str) -> None:
        """Something that numbers are made of has changed in this child: the last of its changes is kept."""
        self._recounted()
        self._do(
            """insert into touched (child, number)
               values (?, (select value from counters where name = 'counted'))
               on conflict do update set number = excluded.number""",
            (child,),
        )

    def _do_many(self, sql: str, params: Iterable[Sequence[Any]]) -> None:
        """Runs a statement once for each of these."""
        self.connection.executemany(sql, params)

    def _signed(self, text: str, record_hash: str) -> SignedText:
        rows = self._all("select by_key, sig from signatures where record = ? order by place", (record_hash,))
        return SignedText(text, record_hash, tuple(Signature(row["by_key"], row["sig"]) for row in rows))

    def _keep_signatures(self, record: SignedText) -> None:
        (place,) = self._db.execute("select count(*) from signatures where record = ?", (record.hash,)).fetchone()
        for n, signature in enumerate(record.sigs):
            self._do(
                "insert into signatures (record, by_key, sig, place) values (?, ?, ?, ?) on conflict do nothing",
                (record.hash, signature.by, signature.sig, place + n),
            )
