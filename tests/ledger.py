"""An organisation with a roster and talks as rows, for tests of what is counted: real store, log and roster.

Talks come in as the rows that records come to; that records come to these rows is tested with real records.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from kindstem import counts, people, roster, talks
from kindstem.calendar import AMSTERDAM, local_day
from kindstem.config import Config
from kindstem.counts import Filters
from kindstem.domain import Child, Contact, DecisionKind, Person, Role, SignedText
from kindstem.keyfile import KeyFile
from kindstem.log import Log
from kindstem.norms import norm_of
from kindstem.roster import Imported
from kindstem.sealing import request_record
from kindstem.signing import random_id
from kindstem.store import Store
from kindstem.wire import canonical

T = TypeVar("T")

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
"""A Wednesday."""


class Ledger:
    """The organisation, with Sam and Vera, and nobody in its roster."""

    def __init__(self, folder: Path, now: datetime = NOW, *, founded: bool = False) -> None:
        self.now = now
        self.config = Config(data=folder)
        folder.mkdir(parents=True, exist_ok=True)
        if not founded:
            KeyFile.create(self.config.key_file)
        self.store = Store.open(self.config.database, create=True)
        if not founded:
            self.do(people.found_org(self.store, "Jeugdbescherming De Vaart"))
        Log.open(self.store, self.config, now=now)
        self.sam = self.person("Sam", Role.WORKER)
        self.vera = self.person("Vera", Role.SECOND)

    @classmethod
    def at(cls, folder: Path) -> Ledger:
        """The same in an organisation that was founded, today."""
        return cls(folder, datetime.now(UTC), founded=True)

    def do(self, act: Coroutine[Any, Any, T]) -> T:
        """Something asynchronous, done."""
        return asyncio.run(act)

    def person(self, name: str, role: Role) -> Person:
        """Somebody who works here."""
        return self.do(people.add(self.store, name, role, now=self.now))

    def close(self) -> None:
        """At the end."""
        self.store.close()

    def on(self, day: str, clock: str = "09:30") -> None:
        """Make it this moment, in the Netherlands."""
        self.now = datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=AMSTERDAM).astimezone(UTC)

    def take(self, *lines: dict[str, str], apply: bool = True) -> Imported:
        """A roster file with these lines, taken in."""
        return self.do(roster.take_in(self.store, file_of(*lines), apply=apply, now=self.now))

    def norm(self, kind: str, since: str, number: int | None = None, gap: int | None = None) -> None:
        """A norm from a day on."""
        norm = norm_of(kind, date.fromisoformat(since), number=number, gap_days=gap)
        self.do(roster.set_norm(self.store, norm, "Ruth", "agreed", now=self.now))

    def begun(self, child: str) -> None:
        """The child is in the app, without a phone."""

        def add(tx: Any) -> None:
            if tx.child(child) is None:
                tx.add_child(Child(child, self.now, self.sam.id, self.vera.id, enrolled=False))

        self.store.write_sync(add)

    def talk(self, child: str, day: str, **fields: Any) -> Contact:
        """A talk as a row: realised, planned, face to face, alone, half an hour, unless told."""
        self.begun(child)
        start = datetime.fromisoformat(f"{day}T14:00:00").replace(tzinfo=AMSTERDAM).astimezone(UTC)
        plain: dict[str, Any] = {
            "first": random_id(), "child": child, "day": local_day(start), "start": start, "minutes": 30,
            "kind": "face", "who": "alone", "planned": "planned", "state": "realised", "reason": None, "level": "B",
            "by": self.sam.id, "foreseen": False, "late": False,
        }  # fmt: skip
        row = Contact(**(plain | fields))

        def keep(tx: Any) -> None:
            before = tx.contacts_of(child)
            tx.keep_contact(row)
            tx.recount(child, before)

        self.store.write_sync(keep)
        return row

    def asked(
        self, child: str, *, ago: float = 0, to: Person | None = None, circle: Literal["worker", "confidant"] = "worker"
    ) -> None:
        """A request to talk alone, so many days ago: the record that a phone signs, without its signature."""
        self.begun(child)
        at = self.now - timedelta(days=ago)

        def add(tx: Any) -> None:
            record = request_record(tx.org().id, tx.subj_of(child), to and to.id, circle, "phone", at)
            text = SignedText(canonical(record).decode(), talks.hash_of(record), ())
            tx.add_request(child, "request", text, request=text.hash, id=record["id"], at=at)

        self.store.write_sync(add)

    def written(self, child: str, day: str, kind: DecisionKind, *, offered: bool = True) -> None:
        """A document of a day, with words of the child of the day itself quoted; entries without bytes."""
        self.begun(child)
        at = int(datetime.fromisoformat(f"{day}T14:00:00").replace(tzinfo=AMSTERDAM).timestamp())

        def keep(tx: Any) -> None:
            seqs = []
            for direction in ("up", "down"):
                seqs.append(tx.next_change())
                tx._do(
                    """insert into entries (seq, id, child, direction, circle, person, hdr, recipients, size, digest,
                           at) values (?, ?, ?, ?, 'worker', ?, x'', '[]', 1, x'', ?)""",
                    (seqs[-1], random_id(), child, direction, self.sam.id, at),
                )
            tx.add_document(seqs[1], child, kind, date.fromisoformat(day), offered=offered)
            tx.add_document_words(seqs[1], seqs[0], child, quoted=True)

        self.store.write_sync(keep)

    def opened(self, child: str, day: str) -> None:
        """A message of a child of a day, which was fetched then and after which it got nothing; without bytes."""
        self.begun(child)
        at = int(datetime.fromisoformat(f"{day}T14:00:00").replace(tzinfo=AMSTERDAM).timestamp())

        def keep(tx: Any) -> None:
            tx._do(
                """insert into entries (seq, id, child, direction, circle, person, hdr, recipients, size, digest, at)
                   values (?, ?, ?, 'up', 'worker', ?, x'', '[]', 1, x'', ?)""",
                (seq := tx.next_change(), random_id(), child, self.sam.id, at),
            )
            tx._do(
                "insert into reads (seq, entry, person, hour, at, reason) values (?, ?, ?, ?, ?, 'read')",
                (tx.next_change(), seq, self.sam.id, at // 3600, at),
            )

        self.store.write_sync(keep)

    def reacted(self, child: str, day: str, *, so: bool, to: str | None = None) -> str:
        """What a child said of a day on a tablet of an answer, or of one it had before; entries without bytes."""
        self.begun(child)
        at = int(datetime.fromisoformat(f"{day}T14:00:00").replace(tzinfo=AMSTERDAM).timestamp())

        def keep(tx: Any) -> str:
            answered = to or random_id()
            for name, direction in ((answered, "down"), (random_id(), "up")):
                if name != to:
                    tx._do(
                        """insert into entries (seq, id, child, direction, circle, person, hdr, recipients, size,
                               digest, at) values (?, ?, ?, ?, 'worker', ?, x'', '[]', 1, x'', ?)""",
                        (seq := tx.next_change(), name, child, direction, self.sam.id, at),
                    )
            tx.add_reaction(seq, tx.answer_to(answered, child), so=so)
            return answered

        return str(self.store.write_sync(keep))

    def filters(self, since: str, until: str, **chosen: str) -> Filters:
        """A period, and which children."""
        asked = {"from": since, "to": until, **chosen}
        return counts.filters_of(asked, self.do(counts.choices(self.store, now=self.now)), today=local_day(self.now))


def line(child: str, born: str, charged: str, **more: str) -> dict[str, str]:
    """A line of a roster: an OTS, unless told."""
    return {"kindnummer": child, "born": born, "measure": "ots", "charged": charged, **more}


def file_of(*lines: dict[str, str], delimiter: str = ",") -> bytes:
    """A roster file of these lines, with the columns that any of them has."""
    columns = dict.fromkeys(name for one in lines for name in one)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def days(since: str, number: int) -> str:
    """So many days later, as text."""
    return (date.fromisoformat(since) + timedelta(days=number)).isoformat()
