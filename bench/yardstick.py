"""SQLite alone, on the same disk: the measure for everything that calls itself durable."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path


def single_commits(folder: Path, row_bytes: int, rows: int) -> float:
    """Rows a second that the standard library's SQLite takes one commit at a time: WAL, synchronous FULL, one thread.

    The row is as large as a sealed entry on its way in, and has an id with an index, as an entry has: what is compared
    is what lies around the write (HTTP, signature, checks), not another schema.
    """
    path = folder / "yardstick.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("create table entry (id text not null primary key, at text, file blob not null)")
        bodies = [(os.urandom(16).hex(), "2026-01-01T00:00:00Z", os.urandom(row_bytes)) for _ in range(rows)]
        began = time.perf_counter()
        for body in bodies:
            connection.execute("begin immediate")
            connection.execute("insert into entry values (?, ?, ?)", body)
            connection.execute("commit")
        return rows / (time.perf_counter() - began)
    finally:
        connection.close()
        for leftover in folder.glob("yardstick.sqlite*"):
            leftover.unlink()
