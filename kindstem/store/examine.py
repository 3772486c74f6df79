"""A look at a store that changes nothing in it, for `kindstem doctor`."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from kindstem.domain import Credentials, Org, Person
from kindstem.store.engine import Reader
from kindstem.store.people import PeopleReads
from kindstem.store.rows import moment_or_none
from kindstem.store.schema import migrations, step_names

T = TypeVar("T")

_SHOWN = 5
# Every column that holds a moment of something that happened, so that a clock that went back is noticed.
_MOMENTS = ("entries", "reads", "lists", "flags")


class Unreadable(Exception):
    """A file that is no store, or one so damaged that nothing can be asked of it."""


@dataclass(frozen=True)
class Examination:
    """What a store says about itself."""

    sqlite: str
    journal_mode: str
    damage: tuple[str, ...]
    """What SQLite's own check found, at most five lines; empty when it is whole."""
    loose_ends: int
    """Rows that point at rows that are not there."""
    pending: tuple[str, ...]
    newer: tuple[str, ...]
    org: Org | None
    people: tuple[Person, ...]
    sealed: Credentials | None
    """Somebody's sealed secrets, to try the key file on."""
    newest: datetime | None


def examine(path: Path) -> Examination:
    """Check the store in this file. Reading every page takes about a second for each gigabyte.

    Raises Unreadable with the reason.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as conn:
            conn.row_factory = sqlite3.Row
            return _examine(conn)
    except sqlite3.DatabaseError as fault:
        raise Unreadable(str(fault)) from None


def look(path: Path, ask: Callable[[Reader], T]) -> T:
    """What `ask` gives about the store in this file, which is of this version. Raises Unreadable with the reason."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as conn:
            conn.row_factory = sqlite3.Row
            return ask(Reader(Database(conn, recursive_triggers=False, execute_plugins=False)))
    except (sqlite3.DatabaseError, LookupError) as fault:
        raise Unreadable(str(fault)) from None


def _examine(conn: sqlite3.Connection) -> Examination:
    db = Database(conn, recursive_triggers=False, execute_plugins=False)
    said = [row[0] for row in conn.execute(f"pragma integrity_check({_SHOWN})")]
    journal_mode = conn.execute("pragma journal_mode").fetchone()[0]
    applied = {step.name for step in migrations.applied(db)}
    known = step_names()
    whole = applied >= known
    reads = PeopleReads(db)
    people = tuple(reads.people()) if whole else ()
    found = (reads.credentials(person.id) for person in people)
    return Examination(
        sqlite=sqlite3.sqlite_version,
        journal_mode=journal_mode,
        damage=() if said == ["ok"] else tuple(said),
        loose_ends=len(conn.execute("pragma foreign_key_check").fetchall()),
        pending=tuple(sorted(known - applied)),
        newer=tuple(sorted(applied - known)),
        org=reads.org() if whole else None,
        people=people,
        sealed=next((one for one in found if one), None),
        newest=_newest(conn) if whole else None,
    )


def _newest(conn: sqlite3.Connection) -> datetime | None:
    moments = [conn.execute(f"select max(at) from {table}").fetchone()[0] for table in _MOMENTS]  # noqa: S608
    return moment_or_none(max((one for one in moments if one is not None), default=None))
