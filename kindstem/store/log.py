"""Queries about the log: what was entered, what opens it, the tree over it, and its checkpoints.

Entries are given their numbers by the one writer, inside the transaction that keeps the record itself: both are kept or
neither is, and a write that fails leaves no hole.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from kindstem import leaves, merkle, wire
from kindstem.calendar import local_day
from kindstem.domain import Checkpoint, OpenLog
from kindstem.errors import SetupFault
from kindstem.leaves import Leaf, Opening
from kindstem.store.rows import Queries, Row, moment, signatures_of, signed, stamp

_NUMBER = "(select max(number) from logs)"


class LogReads(Queries):
    """What stands in the log. Everything is about the log that is being written, unless it says otherwise."""

    def open_log(self) -> OpenLog | None:
        """The log that is being written; None before the first one was begun."""
        row = self._one(
            """select number, id, key, begun_at,
                      coalesce((select max(idx) + 1 from log_entries where log = number), 0) as size
               from logs order by number desc limit 1"""
        )
        return OpenLog(row["number"], row["id"], row["key"], row["size"], moment(row["begun_at"])) if row else None

    def log_size(self) -> int:
        """How many entries the log has; 0 before there is one."""
        row = self._one(f"select max(idx) + 1 from log_entries where log = {_NUMBER}")  # noqa: S608
        return int(row[0]) if row and row[0] is not None else 0

    def log_before(self) -> Mapping[str, Any] | None:
        """What the log's first entry says of the log before it; None for the first log."""
        start = self.log_opening(0)
        found: Mapping[str, Any] | None = start.rec["previous"] if start else None
        return found

    def newest_entry(self) -> datetime | None:
        """The time that the newest entry carries; None before there is one."""
        row = self._one(f"select at from log_entries where log = {_NUMBER} order by idx desc limit 1")  # noqa: S608
        return moment(row["at"]) if row else None

    def logged(self, ref: str) -> list[int]:
        """Where a record was entered, by the hash it was entered under; first entry first."""
        rows = self._all(
            f"select idx from log_openings where log = {_NUMBER} and ref = ? order by idx",  # noqa: S608
            (ref,),
        )
        return [row["idx"] for row in rows]

    def entered(self, refs: Iterable[str]) -> dict[str, int]:
        """Where each of these records was first entered, by the hash it was entered under."""
        rows = self._all(
            f"""select ref, min(idx) as idx from log_openings
                where log = {_NUMBER} and ref in (select value from json_each(?)) group by ref""",  # noqa: S608
            (json.dumps(list(refs)),),
        )
        return {row["ref"]: row["idx"] for row in rows}

    def log_leaf(self, index: int) -> Leaf | None:
        """An entry as everybody may see it."""
        row = self._one(f"select * from log_entries where log = {_NUMBER} and idx = ?", (index,))  # noqa: S608
        return _leaf(row) if row else None

    def log_leaves(self, *, after: int = 0, limit: int) -> list[Leaf]:
        """The entries from number `after` on, in order."""
        rows = self._all(
            f"select * from log_entries where log = {_NUMBER} and idx >= ? order by idx limit ?",  # noqa: S608
            (after, limit),
        )
        return [_leaf(row) for row in rows]

    def log_opening(self, index: int) -> Opening | None:
        """What opens an entry; None when that was destroyed."""
        row = self._one(f"select * from log_openings where log = {_NUMBER} and idx = ?", (index,))  # noqa: S608
        return _opening(row) if row else None

    def log_openings(self, types: frozenset[str], *, after: int = 0, limit: int) -> list[tuple[int, Opening]]:
        """What opens the entries of these types, from number `after` on, with their numbers."""
        rows = self._all(
            f"""select o.* from log_entries e join log_openings o using (log, idx)
                where e.log = {_NUMBER} and e.idx >= ? and e.type in (select value from json_each(?))
                order by e.idx limit ?""",  # noqa: S608
            (after, json.dumps(sorted(types)), limit),
        )
        return [(row["idx"], _opening(row)) for row in rows]

    def log_root(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        return merkle.root(size, self._node)

    def log_inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that an entry is among the first `size`. Raises ValueError when it is not."""
        return merkle.inclusion(index, size, self._node)

    def log_consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the log of size `old` is the beginning of that of size `new`. Raises ValueError."""
        return merkle.consistency(old, new, self._node)

    def newest_checkpoint(self, *, cosigned: bool = False) -> Checkpoint | None:
        """The newest checkpoint of this log; with `cosigned` the newest that a witness has signed."""
        only = "and exists (select 1 from cosignatures w where w.log = c.log and w.size = c.size)" if cosigned else ""
        row = self._one(f"{_CHECKPOINT} where c.log = {_NUMBER} {only} order by c.size desc limit 1")
        return _checkpoint(row) if row else None

    def checkpoints(self, *, after: int = 0, limit: int) -> list[Checkpoint]:
        """The checkpoints over more than `after` entries, the smallest first."""
        rows = self._all(
            f"{_CHECKPOINT} where c.log = {_NUMBER} and c.size > ? order by c.size limit ?", (after, limit)
        )
        return [_checkpoint(row) for row in rows]

    def cosigned_size(self, witness: str) -> int:
        """How many entries the newest checkpoint has that this witness signed; 0 when it signed none."""
        row = self._one(f"select max(size) from cosignatures where log = {_NUMBER} and witness = ?", (witness,))  # noqa: S608
        return int(row[0]) if row and row[0] is not None else 0

    def _node(self, level: int, position: int) -> bytes:
        if level == 0:
            leaf = self.log_leaf(position)
            if leaf is None:
                raise LookupError("a log without an entry it must have")
            return leaf.hash()
        row = self._one(
            f"select hash from log_nodes where log = {_NUMBER} and level = ? and pos = ?",  # noqa: S608
            (level, position),
        )
        if row is None:
            raise LookupError("a log without a hash it must have")
        found: bytes = row["hash"]
        return found


class LogWrites(LogReads):
    """What is entered, and what was said about it."""

    def log(
        self,
        type: str,
        about: date,
        rec: Mapping[str, Any],
        sigs: Sequence[Mapping[str, str]],
        *,
        at: datetime,
        ref: str | None = None,
    ) -> int:
        """Enter a record and the signatures on it, in this transaction, and give its number in the log.

        `about` is the day the record is about, `at` the moment of entry; those and the type are all that the log shows.
        Under `ref`, the record's hash, the entry is found again (`logged`). Asked twice it enters twice: whoever can be
        handed a record twice looks first.

        After a clock was set back the entry carries the time of the one before it: times of entry never go back.

        Raises SetupFault when no log was begun, and BadRecord for a record without a canonical form.
        """
        open_log = self.open_log()
        if open_log is None:
            raise SetupFault("This store has no log yet. Start the server once, which begins it.")
        at = max(at, self.newest_entry() or at)
        text = leaves.content(rec, sigs)
        salt = secrets.token_bytes(leaves.SALT)
        leaf = leaves.make_leaf(type, about, at, leaves.commitment(salt, text))
        index = open_log.size
        self._do(
            "insert into log_entries (log, idx, type, about, at, c) values (?, ?, ?, ?, ?, ?)",
            (open_log.number, index, leaf.type, leaf.about, stamp(at), leaf.c),
        )
        self._do(
            "insert into log_openings (log, idx, ref, salt, text) values (?, ?, ?, ?, ?)",
            (open_log.number, index, ref, salt, text.decode()),
        )
        for level, position, found in merkle.grown(index, leaf.hash(), self._node):
            self._do(
                "insert into log_nodes (log, level, pos, hash) values (?, ?, ?, ?)",
                (open_log.number, level, position, found),
            )
        return index

    def begin_log(self, log: str, key: str, *, at: datetime, previous: Mapping[str, Any] | None = None) -> int:
        """Begin a log with this id and public key, and enter everything that is kept already.

        The first log takes in the records from before it; each is entered as `migrated` with the time of entry. A
        later one, after a restore, names the log before it and the reason (`previous`), and takes in what opens that
        one's entries, as entries of their own type with the time of entry. Gives the number of entries.

        Raises SetupFault without an organisation.
        """
        row = self._one("select value from settings where name = 'org.id'")
        if row is None:
            raise SetupFault("This store has no organisation yet. Run `kindstem init`.")
        org = row["value"]
        before = self.open_log()
        self._do(
            "insert into logs (number, id, key, begun_at) values (?, ?, ?, ?)",
            (before.number + 1 if before else 1, log, key, stamp(at)),
        )
        start = leaves.statement("log-start", org, at, log=log, key=key, previous=previous)
        self.log("log-start", local_day(at), start, [], at=at)
        if before is None:
            self._enter_migrated(org, at)
        else:
            self._enter_again(before.number, at)
        return self.log_size()

    def set_log_key(self, key: str) -> None:
        """Keep the log's new public key, after the change was entered."""
        self._do(f"update logs set key = ? where number = {_NUMBER}", (key,))  # noqa: S608

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed checkpoint of this log; one of the same size that is kept already stays."""
        self._do(
            f"""insert into checkpoints (log, size, root, at, note) select {_NUMBER}, ?1, ?2, ?3, ?4
                where not exists (select 1 from checkpoints where log = {_NUMBER} and size = ?1)""",  # noqa: S608
            (checkpoint.size, checkpoint.root, stamp(checkpoint.at), checkpoint.note),
        )

    def add_cosignature(self, size: int, witness: str, line: str) -> None:
        """Keep a witness's signature line for a checkpoint; the first stays."""
        self._do(
            f"insert into cosignatures (log, size, witness, line) values ({_NUMBER}, ?, ?, ?) on conflict do nothing",  # noqa: S608
            (size, witness, line),
        )

    def add_timestamp(self, size: int, url: str, response: bytes, at: datetime) -> None:
        """Keep an authority's time stamp over a checkpoint; the first stays."""
        self._do(
            f"""insert into timestamps (log, size, url, response, at) values ({_NUMBER}, ?, ?, ?, ?)
                on conflict do nothing""",  # noqa: S608
            (size, url, response, stamp(at)),
        )

    def _enter_migrated(self, org: str, at: datetime) -> None:
        """Enter what is older than the log, marked so: never with an earlier time of entry."""
        for row in self._all(f"select r.*, {signatures_of('r')} from person_records r order by r.person"):  # noqa: S608
            record = signed(row)
            rec = wire.parse_json(record.text.encode())
            sigs = [{"by": one.by, "sig": one.sig} for one in record.sigs]
            # Whole, as later introductions are: who vouches for whom must show in a bundle.
            self.log("migrated", _day(rec["at"]), rec, sigs, at=at, ref=record.hash)
        for what, hashed, when in self._older():
            rec = leaves.statement("log-migrated", org, at, what=what, hash=hashed)
            self.log("migrated", local_day(moment(when)), rec, [], at=at, ref=hashed)

    def _older(self) -> Iterator[tuple[str, str, int]]:
        for row in self._all("select hash, made_at, revoked_at from devices order by made_at, id"):
            yield "device", row["hash"], row["made_at"]
            if row["revoked_at"] is not None:
                yield "revocation", row["hash"], row["revoked_at"]
        for row in self._all("select hash, at from lists order by at, child, circle, number"):
            yield "list", row["hash"], row["at"]
        for row in self._all("select digest, at from entries order by seq"):
            yield "entry", wire.b64(row["digest"]), row["at"]

    def _enter_again(self, log: int, at: datetime) -> None:
        after = -1
        while True:
            rows = self._all(
                """select e.idx, e.type, e.about, o.ref, o.text from log_entries e join log_openings o using (log, idx)
                   where e.log = ? and e.idx > ? and e.type not in ('log-start', 'log-key')
                   order by e.idx limit 1000""",
                (log, after),
            )
            for row in rows:
                opened = json.loads(row["text"])
                about = date.fromisoformat(row["about"])
                self.log(row["type"], about, opened["rec"], opened["sigs"], at=at, ref=row["ref"])
            if not rows:
                return
            after = rows[-1]["idx"]


_CHECKPOINT = """
    select c.*,
           (select json_group_array(w.line) from cosignatures w where w.log = c.log and w.size = c.size) as cosigned,
           (select json_group_array(hex(t.response)) from timestamps t
            where t.log = c.log and t.size = c.size) as stamps
    from checkpoints c
"""


def _leaf(row: Row) -> Leaf:
    return Leaf(row["type"], row["about"], wire.time_text(moment(row["at"])), row["c"])


def _opening(row: Row) -> Opening:
    opened = json.loads(row["text"])
    return Opening(row["salt"], opened["rec"], tuple(opened["sigs"]))


def _checkpoint(row: Row) -> Checkpoint:
    return Checkpoint(
        size=row["size"],
        root=row["root"],
        at=moment(row["at"]),
        note=row["note"],
        cosigned=tuple(json.loads(row["cosigned"])),
        timestamps=tuple(bytes.fromhex(one) for one in json.loads(row["stamps"])),
    )


def _day(text: str) -> date:
    return local_day(datetime.fromisoformat(text))
