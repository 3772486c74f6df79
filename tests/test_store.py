"""The store: what is acknowledged is kept, what fails leaves nothing, and no engine shows through."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from kindstem.domain import Child, Org, Person, Role
from kindstem.errors import Busy, NotFound, SetupFault, StoreFull
from kindstem.signing import random_id
from kindstem.store import Store, Tx
from kindstem.store import engine as engine_module

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "kindstem.db", create=True)
    opened.write_sync(lambda tx: tx.found_org(Org(random_id(), "De Vaart", demo=False)))
    yield opened
    opened.close()


def somebody(name: str) -> Person:
    return Person(random_id(), name, Role.WORKER, None, None, active=True, made_at=NOW)


def names(store: Store) -> list[str]:
    return [person.name for person in store.read_sync(lambda r: r.people())]


def test_a_write_is_there_for_every_reader_once_it_is_acknowledged(store: Store) -> None:
    assert store.write_sync(lambda tx: tx.add_person(somebody("Sam")))
    assert names(store) == ["Sam"]


def test_many_writes_at_once_are_all_kept_and_none_twice(store: Store) -> None:
    async def all_at_once() -> list[bool]:
        return await asyncio.gather(
            *(store.write(lambda tx, n=n: tx.add_person(somebody(f"Sam {n}"))) for n in range(300))
        )

    assert asyncio.run(all_at_once()) == [True] * 300
    assert len(set(names(store))) == len(names(store)) == 300


def test_what_waits_shares_one_commit(store: Store) -> None:
    held, go = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        held.set()
        go.wait(10)

    committed: list[str] = []

    async def race() -> None:
        first = asyncio.ensure_future(store.write(hold))
        await asyncio.to_thread(held.wait, 10)
        store._conn.set_trace_callback(lambda sql: committed.append(sql) if sql.lower() == "commit" else None)
        others = [
            asyncio.ensure_future(store.write(lambda tx, n=n: tx.add_person(somebody(f"Sam {n}")))) for n in range(60)
        ]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(first, *others)

    asyncio.run(race())
    # One for whoever held the writer, one for the sixty behind it.
    assert len(committed) == 2


def test_one_that_fails_is_undone_alone_and_hears_why(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.add_person(somebody("Nobody"))
        raise NotFound()

    async def together() -> list[object]:
        good = [store.write(lambda tx, n=n: tx.add_person(somebody(f"Sam {n}"))) for n in range(5)]
        return await asyncio.gather(*good[:3], store.write(fail), *good[3:], return_exceptions=True)

    results = asyncio.run(together())
    assert [type(one) for one in results] == [bool, bool, bool, NotFound, bool, bool]
    assert names(store) == [f"Sam {n}" for n in range(5)]


def test_a_caller_that_goes_away_does_not_take_its_write_with_it(store: Store) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(store.write(lambda tx: tx.add_person(somebody("Sam"))))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.write(lambda tx: tx.add_person(somebody("Vera")))

    asyncio.run(leave())
    assert names(store) == ["Sam", "Vera"]


def test_a_reader_sees_one_state_from_beginning_to_end(store: Store) -> None:
    with store.reading() as reader:
        assert reader.people() == []
        store.write_sync(lambda tx: tx.add_person(somebody("Sam")))
        assert reader.people() == []
    assert names(store) == ["Sam"]


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError), store.reading() as reader:
        reader._do("delete from people")


def test_nothing_is_written_for_a_row_that_breaks_a_rule(store: Store) -> None:
    child = Child("K7Q2-M9XWB", NOW, random_id(), random_id(), enrolled=False)
    with pytest.raises(sqlite3.IntegrityError):
        store.write_sync(lambda tx: tx.add_child(child))
    assert store.read_sync(lambda r: r.child("K7Q2-M9XWB")) is None


def test_tables_take_no_other_type(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.write_sync(lambda tx: tx._do("update counters set value = 'many'"))


def test_a_slip_in_a_name_makes_no_table(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError):
        store.write_sync(lambda tx: tx._do("insert into poeple (id) values ('x')"))
    with store.reading() as reader:
        tables = {row[0] for row in reader._all("select name from sqlite_master where type = 'table'")}
    assert "poeple" not in tables


def test_every_commit_is_flushed_to_the_disk(store: Store) -> None:
    pragmas = {
        name: store._conn.execute(f"pragma {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_only_its_owner_can_read_the_file(store: Store) -> None:
    for path in store.path.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


# --- faults -----------------------------------------------------------------------------------------------------------


def fill(store: Store) -> None:
    pages = store._conn.execute("pragma page_count").fetchone()[0]
    store._conn.execute(f"pragma max_page_count = {pages + 8}")


def large(tx: Tx) -> None:
    tx._do("insert into settings (name, value) values (?, ?)", (random_id(), "x" * 200_000))


def test_a_full_disk_keeps_nothing_of_what_does_not_fit_and_all_that_does(store: Store) -> None:
    fill(store)

    async def together() -> list[object]:
        return await asyncio.gather(
            store.write(lambda tx: tx.add_person(somebody("Sam"))),
            store.write(large),
            store.write(lambda tx: tx.add_person(somebody("Vera"))),
            return_exceptions=True,
        )

    results = asyncio.run(together())
    assert isinstance(results[1], StoreFull)
    assert [results[0], results[2]] == [True, True]
    assert names(store) == ["Sam", "Vera"]
    store._conn.execute("pragma max_page_count = 1000000")
    store.write_sync(large)


def test_a_disk_that_fills_up_at_the_commit_fails_each_with_its_own_reason(store: Store) -> None:
    runs: list[int] = []

    def sabotage(tx: Tx) -> None:
        # A trigger that throws the whole transaction away stands for an engine that does so by itself.
        runs.append(1)
        if len(runs) == 1:
            tx._do("create temp trigger spoil after insert on people begin select raise(rollback, 'gone'); end")
            tx.add_person(somebody("Spoiled"))

    async def together() -> list[object]:
        return await asyncio.gather(
            store.write(lambda tx: tx.set_team("x", None)),
            store.write(sabotage),
            store.write(lambda tx: tx.set_team("y", None)),
            return_exceptions=True,
        )

    assert asyncio.run(together()) == [None, None, None]
    assert len(runs) == 2


def test_another_process_with_the_file_makes_us_wait_and_then_say_so(store: Store) -> None:
    store._conn.execute("pragma busy_timeout = 50")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Busy):
        store.write_sync(lambda tx: tx.add_person(somebody("Sam")))
    other.execute("rollback")
    other.close()
    assert store.write_sync(lambda tx: tx.add_person(somebody("Sam")))


def test_two_stores_on_one_file_take_turns(store: Store) -> None:
    """As the server and a command of `kindstem people` do."""
    second = Store.open(store.path)

    async def both() -> None:
        await asyncio.gather(
            *(
                one.write(lambda tx, n=n: tx.add_person(somebody(f"Sam {n}")))
                for n in range(40)
                for one in (store, second)
            ),
        )

    asyncio.run(both())
    second.close()
    assert len(names(store)) == 40


def test_after_close_nothing_is_taken_any_more(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "kindstem.db", create=True)
    store.close()
    store.close()
    with pytest.raises(Busy):
        store.write_sync(lambda tx: None)


def test_closing_finishes_what_was_handed_in(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "kindstem.db", create=True)

    async def hand_in() -> list[bool]:
        writes = [
            asyncio.ensure_future(store.write(lambda tx, n=n: tx.add_person(somebody(f"Sam {n}")))) for n in range(200)
        ]
        await asyncio.sleep(0)
        await asyncio.to_thread(store.close)
        return await asyncio.gather(*writes)

    assert all(asyncio.run(hand_in()))
    again = Store.open(tmp_path / "kindstem.db")
    assert len(names(again)) == 200
    again.close()


def test_a_store_that_is_not_there_is_not_made_by_accident(tmp_path: Path) -> None:
    with pytest.raises(SetupFault, match="kindstem init"):
        Store.open(tmp_path / "kindstem.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "kindstem.db"
    path.write_bytes(b"these are no pages" * 1000)
    with pytest.raises(SetupFault):
        Store.open(path)


def test_health_says_what_is_wrong(store: Store) -> None:
    assert (store.health().database, store.health().writer) == ("ok", "ok")
    moved = store.path.with_suffix(".gone")
    store.path.rename(moved)
    assert store.health().database.startswith("does not answer")
    moved.rename(store.path)
    store._conn.execute("pragma busy_timeout = 50")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("begin immediate")
    assert store.health().writer == "does not answer (Busy)"
    other.close()
    store.close()
    assert store.health().writer == "does not answer (Busy)"


# --- backups ----------------------------------------------------------------------------------------------------------


def test_a_backup_is_whole_and_one_file(store: Store, tmp_path: Path) -> None:
    store.write_sync(lambda tx: tx.add_person(somebody("Sam")))
    to = tmp_path / "backup" / "kindstem.db"
    to.parent.mkdir()
    store.backup(to)
    store.write_sync(lambda tx: tx.add_person(somebody("Vera")))
    assert [path.name for path in to.parent.iterdir()] == ["kindstem.db"]
    assert to.stat().st_mode & 0o077 == 0
    copy = Store.open(to)
    assert names(copy) == ["Sam"]
    copy.close()


def test_a_backup_never_overwrites(store: Store, tmp_path: Path) -> None:
    to = tmp_path / "there"
    to.write_text("something")
    with pytest.raises(SetupFault, match="already"):
        store.backup(to)
    assert to.read_text() == "something"


def test_writing_goes_on_while_a_backup_is_made(store: Store, tmp_path: Path) -> None:
    for _ in range(20):
        store.write_sync(large)
    done = threading.Thread(target=store.backup, args=(tmp_path / "copy.db",))
    done.start()
    for n in range(20):
        store.write_sync(lambda tx, n=n: tx.add_person(somebody(f"Sam {n}")))
    done.join()
    copy = Store.open(tmp_path / "copy.db")
    assert copy.read_sync(lambda r: r.org()) is not None
    copy.close()


# --- the plug is pulled -----------------------------------------------------------------------------------------------

WRITER = dedent(
    """
    import asyncio, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from kindstem.domain import Person, Role
    from kindstem.signing import random_id
    from kindstem.store import Store

    store = Store.open(Path(sys.argv[1]))
    at = datetime(2026, 11, 18, tzinfo=UTC)

    async def write(n):
        name = f"{sys.argv[2]} {n}"
        person = Person(random_id(), name, Role.WORKER, None, None, True, at)
        assert await store.write(lambda tx: tx.add_person(person))
        print(name, flush=True)

    async def main():
        n = 0
        while True:
            await asyncio.gather(*(write(n + k) for k in range(64)))
            n += 64

    asyncio.run(main())
    """
)


@pytest.mark.promise("P16")
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "kindstem.db"
    Store.open(path, create=True).close()
    acknowledged: list[str] = []
    for attempt in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"Run {attempt}"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            acknowledged.append(line.strip())
            if len(acknowledged) > 700 * (attempt + 1):
                os.kill(process.pid, signal.SIGKILL)
                break
        # What it had said before it was killed is acknowledged as well.
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
    store = Store.open(path)
    kept = names(store)
    integrity = store._conn.execute("pragma integrity_check").fetchone()[0]
    store.close()
    assert integrity == "ok"
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def test_times_without_a_zone_are_refused(store: Store) -> None:
    naive = replace(somebody("Sam"), made_at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        store.write_sync(lambda tx: tx.add_person(naive))


def test_moments_come_back_as_they_went_in(store: Store) -> None:
    at = NOW + timedelta(seconds=17)
    person = Person(random_id(), "Sam", Role.WORKER, "Noord", "sam@x.example", active=True, made_at=at)
    store.write_sync(lambda tx: tx.add_person(person))
    assert store.read_sync(lambda r: r.person(person.id)) == person
    assert store.read_sync(lambda r: r.person_named("  SAM ")) == person


def test_groups_are_bounded() -> None:
    assert engine_module.GROUP == 64
