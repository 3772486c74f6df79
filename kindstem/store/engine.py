"""The one writer, the readers, and what holds them together.

Every write goes through one connection on one thread, in groups: what is waiting is put into one transaction, each
piece in a savepoint of its own, and callers hear of success only after the commit is on disk (synchronous=FULL). That
is the fastest durable arrangement we measured (docs/benchmarks.md), and it keeps clear of a fault in SQLite before
3.51.3, where two connections that write or checkpoint at the same moment can corrupt the database. The commands of
`kindstem` are other processes, so every transaction also holds a lock on a file beside the database.
"""

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from sqlite_utils import Database

from kindstem.domain import Health
from kindstem.errors import Busy, SetupFault, StoreFull
from kindstem.store.among import AmongReads
from kindstem.store.circles import CircleReads, CircleWrites
from kindstem.store.counts import CountWrites
from kindstem.store.documents import DocumentReads, DocumentWrites
from kindstem.store.flags import FlagReads, FlagWrites
from kindstem.store.heard import HeardWrites
from kindstem.store.locks import LockReads, LockWrites
from kindstem.store.log import LogReads, LogWrites
from kindstem.store.meldcodes import MeldcodeReads, MeldcodeWrites
from kindstem.store.offers import OfferReads, OfferWrites
from kindstem.store.people import PeopleReads, PeopleWrites
from kindstem.store.published import PublishedReads, PublishedWrites
from kindstem.store.reactions import ReactionReads, ReactionWrites
from kindstem.store.requests import RequestReads, RequestWrites
from kindstem.store.schema import migrations, step_names
from kindstem.store.silence import SilenceReads
from kindstem.store.stands import StandReads
from kindstem.store.talks import TalkReads, TalkWrites

T = TypeVar("T")

GROUP: Final = 64
"""How many writes share one commit at most."""

_BUSY_SECONDS: Final = 5.0
_READERS: Final = 4
_WAL_KEPT: Final = 64 * 1024 * 1024


class Reader(
    PeopleReads,
    CircleReads,
    FlagReads,
    LockReads,
    LogReads,
    TalkReads,
    RequestReads,
    SilenceReads,
    AmongReads,
    StandReads,
    PublishedReads,
    DocumentReads,
    MeldcodeReads,
    OfferReads,
    ReactionReads,
):
    """Everything that can be asked."""


class Tx(
    PeopleWrites,
    CircleWrites,
    FlagWrites,
    LockWrites,
    LogWrites,
    TalkWrites,
    RequestWrites,
    DocumentWrites,
    MeldcodeWrites,
    OfferWrites,
    ReactionWrites,
    CountWrites,
    HeardWrites,
    PublishedWrites,
    Reader,
):
    """Everything that can be asked and changed, within one transaction."""


@dataclass
class _Job:
    fn: Callable[[Tx], Any]
    resolve: Callable[[Any, BaseException | None], None]
    loop: asyncio.AbstractEventLoop | None


_Outcome = tuple[Any, BaseException | None]


class Store:
    """Where everything is kept.

    Made by `open`, ended by `close`. Safe to use from any thread and from any event loop.
    """

    def __init__(self, path: Path, writer: sqlite3.Connection, turn: int) -> None:
        self.path = path
        self._conn = writer
        self._tx = Tx(_database(writer))
        self._turn_file = turn
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._idle: list[Reader] = []
        self._idle_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="kindstem-read")
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="kindstem-write", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """The store in this file, brought up to date.

        Raises SetupFault when there is none (unless it is to be created), or when it was made by a newer version.
        """
        if not path.exists():
            if not create:
                raise SetupFault(f"There is no store at {path}. Run `kindstem init` first, or set KINDSTEM_DATA.")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        turn = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        conn: sqlite3.Connection | None = None
        try:
            with _turn(turn):
                conn = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
                conn.row_factory = sqlite3.Row
                # Deleted rows are overwritten with zeros: erasing is to mean something in the file as well.
                for pragma in (
                    "journal_mode = wal",
                    "synchronous = full",
                    "foreign_keys = on",
                    "secure_delete = on",
                    "trusted_schema = off",
                    f"journal_size_limit = {_WAL_KEPT}",
                ):
                    conn.execute(f"pragma {pragma}")
                _migrate(conn)
        except BaseException as error:
            if conn is not None:
                conn.close()
            os.close(turn)
            if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise SetupFault(f"{path} is damaged, or no store. Put back a backup (docs/operations.md).") from None
            raise _translated(error) from None
        return cls(path, conn, turn)

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """What `fn` gives, once its changes are durable.

        `fn` runs alone against its own savepoint: when it raises, only its own changes are undone and the error
        comes out here. It may run more than once when a whole group has to be repeated, so it must have no effect
        but on the transaction.

        Raises Busy and StoreFull, after which nothing was kept.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def resolve(result: T, error: BaseException | None) -> None:
            if future.done():
                return  # whoever waited went away; the write stands
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._put(_Job(fn, resolve, loop))
        return await future

    def write_sync(self, fn: Callable[[Tx], T]) -> T:
        """The same as `write`, for callers without an event loop."""
        return self._handed_in(fn).result()

    def _handed_in(self, fn: Callable[[Tx], T]) -> Future[T]:
        future: Future[T] = Future()

        def resolve(result: T, error: BaseException | None) -> None:
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._put(_Job(fn, resolve, None))
        return future

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """What `fn` gives, run on a thread against one consistent state."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read_sync, fn)

    def read_sync(self, fn: Callable[[Reader], T]) -> T:
        """The same as `read`, in the caller's thread: for point queries, and for callers without an event loop."""
        with self.reading() as reader:
            return fn(reader)

    def one(self, fn: Callable[[Reader], T]) -> T:
        """The same as `read_sync`, for an `fn` that makes one query: that is consistent without a transaction.

        What every request asks goes this way, because beginning and ending a transaction takes longer than the query.
        """
        with self._borrowed() as reader:
            return fn(reader)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One consistent state to ask from, in the caller's thread. Short: it holds an old state open."""
        with self._borrowed() as reader:
            conn = reader.connection
            conn.execute("begin")
            try:
                yield reader
            finally:
                if conn.in_transaction:
                    conn.execute("rollback")

    @contextmanager
    def _borrowed(self) -> Iterator[Reader]:
        with self._idle_lock:
            reader = self._idle.pop() if self._idle else None
        if reader is None:
            reader = Reader(_database(self._open_reader()))
        try:
            yield reader
        except sqlite3.DatabaseError as error:
            raise _translated(error) from error
        finally:
            with self._idle_lock:
                keep = not self._closed and len(self._idle) < 2 * _READERS
                if keep:
                    self._idle.append(reader)
            if not keep:
                reader.connection.close()

    def backup(self, to: Path) -> None:
        """Write a whole, consistent copy to a new file, while writing goes on.

        The copy holds sealed entries and the server's sealed secrets, and not the key file that opens those.

        Raises SetupFault when the file is there already.
        """
        if to.exists():
            raise SetupFault(f"{to} is there already; a backup never overwrites.")
        part = to.with_name(to.name + ".part")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_RDWR, 0o600))
        source, target = self._open_reader(), sqlite3.connect(part)
        try:
            source.backup(target)
            # The copy is one file, readable without the two files of a journal beside it.
            target.execute("pragma journal_mode = delete")
        except sqlite3.DatabaseError as error:
            part.unlink(missing_ok=True)
            raise _translated(error) from error
        finally:
            target.close()
            source.close()
        _flush(part)
        part.rename(to)
        _flush(to.parent)

    def health(self) -> Health:
        """Whether the file can be opened and read, and the writer gets its turn; what does not says why.

        Changes nothing, and takes as long as the writer takes to answer: up to a few seconds.
        """
        try:
            # Anew, because a connection that is open goes on with a file that was moved or replaced.
            fresh = self._open_reader()
            try:
                Reader(_database(fresh)).last_change()
            finally:
                fresh.close()
            database = "ok"
        except Exception as error:  # whatever is wrong is what is asked for here
            database = f"does not answer ({type(error).__name__})"
        try:
            self._handed_in(lambda tx: tx.last_change()).result(timeout=2 * _BUSY_SECONDS)
            writer = "ok"
        except Exception as error:
            writer = f"does not answer ({type(error).__name__})"
        return Health(database, writer, {"sqlite": sqlite3.sqlite_version})

    def close(self) -> None:
        """Finish what was handed in, then close everything."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._pool.shutdown(wait=True)
        with self._idle_lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.connection.close()
        with _turn(self._turn_file):
            self._conn.close()  # the last one to close writes the journal back
        os.close(self._turn_file)

    # --- the writer's own thread --------------------------------------------------------------------------------------

    def _put(self, job: _Job) -> None:
        if self._closed:
            raise Busy()
        self._jobs.put(job)

    def _work(self) -> None:
        last = False
        while not last:
            first = self._jobs.get()
            if first is None:
                return
            jobs = [first]
            while len(jobs) < GROUP:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    last = True
                    break
                jobs.append(job)
            self._settle(jobs, self._run(jobs))

    def _run(self, jobs: list[_Job]) -> list[_Outcome]:
        with _turn(self._turn_file):
            outcomes = self._group(jobs)
            if outcomes is None:
                # SQLite undid the whole group, because the disk is full or the commit failed. One by one, those
                # that can be kept are kept, and each of the others has its own reason.
                outcomes = [self._alone(job) for job in jobs]
        return outcomes

    def _group(self, jobs: list[_Job]) -> list[_Outcome] | None:
        """The outcome of each job after one durable commit; None when nothing was kept."""
        try:
            self._conn.execute("begin immediate")
        except sqlite3.DatabaseError as error:
            return [(None, _translated(error))] * len(jobs)
        outcomes: list[_Outcome] = []
        for job in jobs:
            self._conn.execute("savepoint job")
            try:
                outcomes.append((job.fn(self._tx), None))
            except BaseException as error:
                if not self._conn.in_transaction:
                    return None
                self._conn.execute("rollback to job")
                outcomes.append((None, _translated(error)))
            self._conn.execute("release job")
        try:
            self._conn.execute("commit")
        except sqlite3.DatabaseError:
            self._undo()
            return None
        return outcomes

    def _alone(self, job: _Job) -> _Outcome:
        try:
            self._conn.execute("begin immediate")
            result = job.fn(self._tx)
            self._conn.execute("commit")
        except BaseException as error:
            self._undo()
            return None, _translated(error)
        return result, None

    def _undo(self) -> None:
        if self._conn.in_transaction:
            self._conn.execute("rollback")

    def _settle(self, jobs: list[_Job], outcomes: list[_Outcome]) -> None:
        """Tell every caller, with one wake-up per event loop."""
        by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[_Job, _Outcome]]] = {}
        for job, outcome in zip(jobs, outcomes, strict=True):
            by_loop.setdefault(job.loop, []).append((job, outcome))
        for loop, settled in by_loop.items():
            if loop is None:
                _tell(settled)
            else:
                with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                    loop.call_soon_threadsafe(_tell, settled)

    def _open_reader(self) -> sqlite3.Connection:
        conn = sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode=ro",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        conn.row_factory = sqlite3.Row
        conn.execute("pragma trusted_schema = off")
        return conn


def _tell(settled: list[tuple[_Job, _Outcome]]) -> None:
    for job, (result, error) in settled:
        job.resolve(result, error)


def _database(conn: sqlite3.Connection) -> Database:
    return Database(conn, recursive_triggers=False, execute_plugins=False)


def _migrate(conn: sqlite3.Connection) -> None:
    db = _database(conn)
    unknown = {step.name for step in migrations.applied(db)} - step_names()
    if unknown:
        raise SetupFault(f"The store was made by a newer version (step {min(unknown)}). Install that version again.")
    if migrations.pending(db):
        migrations.apply(db)


def _translated(error: BaseException) -> BaseException:
    """The error a caller can act on, in place of the engine's own."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return error
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return StoreFull()
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy()
    return error


@contextmanager
def _turn(lock: int) -> Iterator[None]:
    """Holds the lock file: of all processes, only this one writes or checkpoints now."""
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
