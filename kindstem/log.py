"""The log as this server keeps it: its key, its checkpoints, receipts and proofs (docs/protocol/log.md).

What is entered is the store's, in the transaction of the record. Here the root is signed, after the commit: a reader of
the store sees only what is on disk, so no signature can cover what a crash takes back. Each signed checkpoint goes to a
file outside the database before anybody is given it; a database that is shorter than that file's last line, or another,
is refused.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from kindstem import leaves, merkle, notes, signing, wire
from kindstem.calendar import local_day
from kindstem.config import Config
from kindstem.domain import Checkpoint, OpenLog
from kindstem.errors import BadRecord, SetupFault
from kindstem.leaves import Leaf
from kindstem.notes import Head, Key, Note, Signer
from kindstem.store import Reader, Store, Tx
from kindstem.wire import b64, unb64

MOST_PROOFS: Final = 200
"""How many entries one question may ask proofs for."""

AHEAD: Final = timedelta(minutes=2)
"""How far the newest entry may lie ahead of the clock without a word about it: clocks are set."""

_KEY_CHANGES: Final = frozenset({"log-key"})
_MARK: Final = "kindstem-log-key-1"
_FORM: Final = re.compile(rf"{_MARK} ([A-Za-z0-9_-]{{43}}) ([A-Za-z0-9_-]{{11}})\n")
_RESTART: Final = (
    "If a backup was put back on purpose, run `kindstem log restart --reason restored` (docs/operations.md)."
)


# --- the key ----------------------------------------------------------------------------------------------------------


class LogKey:
    """The log's Ed25519 key, in a file beside the key file and never in the database or its backups."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self.public = signing.SigningKey.from_seed(seed).public

    def __repr__(self) -> str:
        return "LogKey()"

    @classmethod
    def create(cls, path: Path) -> LogKey:
        """A new key in a new file that only its owner may read, on the disk when this returns.

        Raises SetupFault when there is a file: what was signed under its key could not be gone on with.
        """
        seed = secrets.token_bytes(32)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise SetupFault(f"The log's key {path} exists already and is never replaced.") from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{_MARK} {b64(seed)} {_check(seed)}\n")
            file.flush()
            os.fsync(file.fileno())
        _flush_folder(path.parent)
        return cls(seed)

    @classmethod
    def open(cls, path: Path) -> LogKey:
        """The key in this file. Raises SetupFault, which never shows the contents, for one that cannot be used."""
        try:
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise SetupFault(f"The log's key {path} is missing. Put back the copy you keep. {_RESTART}") from None
        except (OSError, UnicodeDecodeError):
            raise SetupFault(f"The log's key {path} cannot be read. Check its owner and its mode (0600).") from None
        found = _FORM.fullmatch(text)
        if found is None or _check(seed := unb64(found[1])) != found[2]:
            raise SetupFault(f"The log's key {path} is damaged. Put back the copy you keep.")
        return cls(seed)

    def signer(self, log: str) -> Signer:
        """What signs this log's checkpoints."""
        return Signer.from_seed(notes.origin_of(log), self._seed)

    def sign_record(self, record: wire.Record) -> dict[str, str]:
        """The signature to enter with a statement about the log itself."""
        found = signing.SigningKey.from_seed(self._seed).sign_record(record)
        return {"by": found.by, "sig": found.sig}


def _check(seed: bytes) -> str:
    return b64(sha256(wire.label("log key check") + seed).digest()[:8])


# --- the file of checkpoints ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of the file of checkpoints: a note, and when it was signed."""

    head: Head
    note: str
    at: datetime

    @property
    def log(self) -> str:
        """The id of its log."""
        return self.head.origin.removeprefix(notes.ORIGIN)


def last_line(path: Path) -> Line | None:
    """The newest checkpoint of the file; None when there is no file, or nothing in it.

    A last line that a crash cut off was never handed out, and does not count. Raises SetupFault for a damaged one.
    """
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 64 * 1024))
            tail = file.read()
    except FileNotFoundError:
        return None
    whole = tail[: tail.rfind(b"\n") + 1].splitlines()
    if not whole:
        return None
    try:
        value = wire.parse_canonical(whole[-1])
        if not _LINE(value):
            raise BadRecord()
        head, _ = notes.parse_checkpoint(value["note"])
    except BadRecord:
        raise SetupFault(f"The last line of {path} is damaged. Put back the copy you keep. {_RESTART}") from None
    return Line(head, value["note"], datetime.fromisoformat(value["at"]))


_LINE: Final = wire.object_of({"note": lambda value: isinstance(value, str), "at": wire.is_time})


def _append(path: Path, head: Head, note: str, at: datetime) -> None:
    """Write a checkpoint down, on the disk when this returns; one over no more than the last line is in it already."""
    new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # A second server that is about to be refused signs too, before it is.
        fcntl.flock(handle, fcntl.LOCK_EX)
        last = last_line(path)
        if last is not None and last.head.origin == head.origin and last.head.size >= head.size:
            return
        size = os.lseek(handle, 0, os.SEEK_END)
        # What a crash cut off goes first, or the two would be one line.
        while size and os.pread(handle, 1, size - 1) != b"\n":
            size -= 1
        os.ftruncate(handle, size)
        data = wire.canonical({"note": note, "at": wire.time_text(at)}) + b"\n"
        if os.pwrite(handle, data, size) != len(data):
            raise OSError("a line that was not written whole")
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        _flush_folder(path.parent)


def _flush_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- what must fit together -------------------------------------------------------------------------------------------


def fault(r: Reader, config: Config) -> str | None:
    """What is wrong between database, key and file of checkpoints, in a sentence; None when they fit."""
    try:
        _fit(r, config)
    except SetupFault as found:
        return str(found)
    return None


def _fit(r: Reader, config: Config) -> OpenLog | None:
    """The open log; None before the first. Raises SetupFault when database, key and file do not belong together."""
    found, last = r.open_log(), last_line(config.checkpoints)
    if found is None:
        if last is not None:
            raise SetupFault(
                f"The database is older than its log: {config.checkpoints} has checkpoints and it has none. {_RESTART}"
            )
        return None
    newest = r.newest_checkpoint()
    if last is None and newest is not None:
        raise SetupFault(f"{config.checkpoints} is missing or empty. Put back the copy you keep. {_RESTART}")
    if last is not None:
        _same(r, found, last, config.checkpoints)
    key = _key_for(found, config)
    if key is None:
        raise SetupFault(f"{config.log_key} is not the key of this log. Put back the copy you keep. {_RESTART}")
    return found


def _same(r: Reader, found: OpenLog, last: Line, path: Path) -> None:
    if last.log != found.id:
        raise SetupFault(f"The database has another log than the last line of {path}. {_RESTART}")
    if last.head.size > found.size:
        missing = last.head.size - found.size
        raise SetupFault(
            f"The database is shorter than its log: it lacks {missing} entries of the last line of {path}. {_RESTART}"
        )
    if r.log_root(last.head.size) != last.head.root:
        raise SetupFault(f"The database says something else than the last line of {path}. {_RESTART}")


def _key_for(found: OpenLog, config: Config) -> LogKey | None:
    """The key of this log. A change that a crash cut short left the new one beside the old."""
    key = LogKey.open(config.log_key)
    if b64(key.public) == found.key:
        return key
    coming = _coming(config)
    if coming.exists():
        key = LogKey.open(coming)
        if b64(key.public) == found.key:
            return key
    return None


def _coming(config: Config) -> Path:
    return config.log_key.with_suffix(".new")


# --- the log, opened --------------------------------------------------------------------------------------------------


class Log:
    """The open log with its key: signs checkpoints, gives receipts and proofs. Made by `open`; one per process.

    One signature covers everything that is durable by then, so that many who wait share it.
    """

    def __init__(self, store: Store, key: LogKey, log: str, file: Path) -> None:
        self._store = store
        self._signer = key.signer(log)
        self._file = file
        self._turn = asyncio.Lock()
        self.id = log
        self.key: Key = self._signer.key

    @classmethod
    def open(cls, store: Store, config: Config, *, now: datetime) -> Log:
        """The log of this store, begun when there is none yet, with a checkpoint over what it has.

        A log is begun only where there is neither file nor table of one. Raises SetupFault when database, key and file
        do not belong together, and says how to go on.
        """
        found = store.read_sync(lambda r: _fit(r, config))
        if found is None:
            key = LogKey.open(config.log_key) if config.log_key.exists() else LogKey.create(config.log_key)
            log = signing.random_id()
            store.write_sync(lambda tx: tx.begin_log(log, b64(key.public), at=now))
        else:
            log, wanted = found.id, _key_for(found, config)
            if wanted is None:
                raise SetupFault(f"{config.log_key} is not the key of this log.")
            key = wanted
            if b64(LogKey.open(config.log_key).public) != found.key:
                _coming(config).rename(config.log_key)
                _flush_folder(config.log_key.parent)
        opened = cls(store, key, log, config.checkpoints)
        opened.catch_up(now=now)
        return opened

    def catch_up(self, *, now: datetime) -> Checkpoint:
        """The checkpoint over everything that is durable, signed now unless there is one. For a single caller."""
        last, newest = last_line(self._file), self._store.one(lambda r: r.newest_checkpoint())
        if last is not None and last.log == self.id and (newest is None or newest.size < last.head.size):
            # A crash came between the file and the database.
            self._keep(newest := _checkpoint(last.head, last.note, last.at))
        found = self._store.read_sync(self._unsigned)
        if found is None:
            assert newest is not None
            return newest
        checkpoint = self._sign(*found, now)
        self._keep(checkpoint)
        return checkpoint

    async def covering(self, index: int | None = None, *, now: datetime) -> Checkpoint:
        """The newest checkpoint, which includes this entry; without one, the newest over all that is durable.

        Raises ValueError for an entry that is not in the log.
        """
        async with self._turn:
            newest = self._store.one(lambda r: r.newest_checkpoint())
            if index is not None and newest is not None and index < newest.size:
                return newest
            found = await self._store.read(self._unsigned)
            if found is None:
                if newest is None or (index is not None and index >= newest.size):
                    raise ValueError("an entry that is not in the log")
                return newest
            head, since = found
            if index is not None and index >= head.size:
                raise ValueError("an entry that is not in the log")
            checkpoint = await asyncio.to_thread(self._sign, head, since, now)
            await self._store.write(lambda tx: tx.add_checkpoint(checkpoint))
            return checkpoint

    async def receipt(self, index: int, *, now: datetime) -> dict[str, Any]:
        """What shows to whoever handed a record in that it is in the log: leaf, salt, checkpoint, proof.

        Raises ValueError for an entry that is not in the log.
        """
        return (await self.receipts([index], now=now))[0]

    async def receipts(self, indices: Sequence[int], *, now: datetime) -> list[dict[str, Any]]:
        """The receipts of several entries under one checkpoint."""
        if not indices:
            return []
        newest = await self.covering(max(indices), now=now)

        def ask(r: Reader) -> list[dict[str, Any]]:
            return [_receipt(r, index, newest) for index in indices]

        return await self._store.read(ask)

    async def answer(
        self, since: int, indices: Sequence[int], *, log: str | None = None, now: datetime
    ) -> dict[str, Any]:
        """What a device asks: the newest checkpoint, that it extends size `since`, and that it includes these entries.

        No proof is given for what the log does not have; the device draws the conclusion. To one that knows no log yet,
        or another, the first entry says which this is and what happened (`start`); every change of its key stands there
        too (`keys`).
        """
        size = self._store.one(lambda r: r.log_size())
        newest = await self.covering(max((n for n in indices if n < size), default=0), now=now)

        def ask(r: Reader) -> dict[str, Any]:
            proofs = {str(n): r.log_inclusion(n, newest.size) for n in indices if n < newest.size}
            consistent = log in (None, self.id) and since <= newest.size
            changes = [n for n, _ in r.log_openings(_KEY_CHANGES, limit=MOST_PROOFS) if n < newest.size]
            found: dict[str, Any] = {
                "note": newest.note,
                "consistency": [b64(one) for one in r.log_consistency(since, newest.size)] if consistent else [],
                "proofs": {index: [b64(one) for one in proof] for index, proof in proofs.items()},
                "cosigned": [line.rstrip("\n") for line in newest.cosigned],
                "keys": [_opened(r, n, newest) for n in changes],
            }
            if log != self.id:
                found["start"] = _opened(r, 0, newest)
            return found

        return await self._store.read(ask)

    def _unsigned(self, r: Reader) -> tuple[Head, datetime | None] | None:
        """What a new checkpoint would say, and the newest time it covers; None when the newest says it already."""
        newest, size = r.newest_checkpoint(), r.log_size()
        if newest is not None and newest.size == size:
            return None
        return Head(notes.origin_of(self.id), size, r.log_root(size)), r.newest_entry()

    def _keep(self, checkpoint: Checkpoint) -> None:
        self._store.write_sync(lambda tx: tx.add_checkpoint(checkpoint))

    def _sign(self, head: Head, since: datetime | None, now: datetime) -> Checkpoint:
        # No checkpoint is older than what it covers, nor, because entries are not, than the checkpoint before it.
        now = max(now, since or now)
        note = Note(head.text(), (self._signer.sign(head.text()),)).write()
        # The file first: what was handed out must be known there, whatever becomes of the database.
        _append(self._file, head, note, now)
        return _checkpoint(head, note, now)


def _checkpoint(head: Head, note: str, at: datetime) -> Checkpoint:
    return Checkpoint(head.size, notes.std64(head.root), at.replace(microsecond=0), note)


def _receipt(r: Reader, index: int, newest: Checkpoint) -> dict[str, Any]:
    leaf, opening = r.log_leaf(index), r.log_opening(index)
    if leaf is None:
        raise ValueError("an entry that is not in the log")
    return {
        "index": index,
        "leaf": _shown(leaf),
        "salt": b64(opening.salt) if opening else None,
        "note": newest.note,
        "proof": [b64(one) for one in r.log_inclusion(index, newest.size)],
    }


def _opened(r: Reader, index: int, newest: Checkpoint) -> dict[str, Any]:
    """The receipt of an entry about the log itself, with what it opens to."""
    opening = r.log_opening(index)
    if opening is None:
        raise LookupError("a log without an opening it must have")
    return {**_receipt(r, index, newest), "rec": opening.rec, "sigs": list(opening.sigs)}


def _shown(leaf: Leaf) -> dict[str, str]:
    return {"type": leaf.type, "about": leaf.about, "at": leaf.at, "c": b64(leaf.c)}


# --- what an administrator sees and does ------------------------------------------------------------------------------


def status(r: Reader, config: Config, *, now: datetime) -> dict[str, Any]:
    """The state of the log in words and numbers, for whoever runs the server."""
    found, newest = r.open_log(), r.newest_checkpoint()
    cosigned = r.newest_checkpoint(cosigned=True)
    key = Key(notes.origin_of(found.id), unb64(found.key)) if found else None
    return {
        "log": found.id if found else None,
        "key": key.vkey() if key else None,
        "entries": found.size if found else 0,
        "checkpoint": newest.size if newest else None,
        "root": newest.root if newest else None,
        "signed at": wire.time_text(newest.at) if newest else None,
        "cosigned": cosigned.size if cosigned else None,
        "witness": [notes.Line.parse(f"{line}\n").name for line in cosigned.cosigned] if cosigned else [],
        "clock": ahead_text(by) if (by := ahead(r, now)) else None,
        "wrong": fault(r, config),
    }


def ahead(r: Reader, now: datetime) -> timedelta | None:
    """How far the newest entry lies ahead of this clock; None while it does not.

    So it is after a clock that ran ahead was put right: until it has passed that entry, each new one carries its time.
    """
    newest = r.newest_entry()
    return newest - now if newest is not None and newest > now + AHEAD else None


def ahead_text(by: timedelta) -> str:
    """The same in a sentence, for whoever runs the server."""
    minutes = -(-int(by.total_seconds()) // 60)
    return (
        f"The newest entry of the log lies {minutes} minutes ahead of this clock; entries carry that time until the "
        "clock has passed it."
    )


def damage(r: Reader) -> str | None:
    """What is wrong inside the log itself, found by hashing every entry again; None when nothing is.

    Takes about ten seconds for a million entries.
    """
    tree, checkpoints = merkle.Frontier(), {one.size: one for one in r.checkpoints(limit=1_000_000)}
    while leaves_here := r.log_leaves(after=tree.size, limit=10_000):
        for leaf in leaves_here:
            tree.add(leaf.hash())
            signed = checkpoints.get(tree.size)
            if signed is not None and notes.std64(tree.root()) != signed.root:
                return f"The entries are not those that checkpoint {tree.size} was signed over."
    if tree.size and tree.root() != r.log_root(tree.size):
        return "The tree does not follow from the entries."
    return None


def restart(store: Store, config: Config, reason: str, *, now: datetime, anyway: bool = False) -> OpenLog:
    """Begin a new log because this database does not go on with the old one, and say so in its first entry.

    The first entry names the old log's last known checkpoint and the reason. The key stays, or is made anew where it is
    missing. Raises SetupFault when nothing is wrong (unless `anyway`), or when no checkpoint of the old log is known.
    """
    wrong = store.read_sync(lambda r: fault(r, config))
    if wrong is None and not anyway:
        raise SetupFault("Nothing is wrong: the database goes on with its log. A new log would only raise alarms.")
    known, newest = store.read_sync(lambda r: (r.open_log(), r.newest_checkpoint()))
    last = last_line(config.checkpoints)
    if last is None and known is not None and newest is not None:
        head, _ = notes.parse_checkpoint(newest.note)
        last = Line(head, newest.note, newest.at)
    if last is None:
        raise SetupFault("No checkpoint of an earlier log is known here, so there is nothing to go on from.")
    key = LogKey.open(config.log_key) if config.log_key.exists() else LogKey.create(config.log_key)
    previous = {"log": last.log, "size": last.head.size, "root": b64(last.head.root), "reason": reason}
    log = signing.random_id()
    store.write_sync(lambda tx: tx.begin_log(log, b64(key.public), at=now, previous=previous))
    opened = Log(store, key, log, config.checkpoints)
    opened.catch_up(now=now)
    found = store.one(lambda r: r.open_log())
    assert found is not None
    return found


def rotate_key(store: Store, config: Config, *, now: datetime) -> Key:
    """Replace the log's key by a new one: the old key signs the change, which is an entry of the log.

    The old key is destroyed. Raises SetupFault when database, key and file do not belong together.
    """
    Log.open(store, config, now=now)
    old = LogKey.open(config.log_key)
    coming = _coming(config)
    # One that a crash left behind was never entered: otherwise opening the log would have put it in place.
    coming.unlink(missing_ok=True)
    new = LogKey.create(coming)

    def change(tx: Tx) -> str:
        found, org = tx.open_log(), tx.org()
        if found is None or org is None:
            raise SetupFault("This store has no log yet.")
        rec = leaves.statement("log-key", org.id, now, log=found.id, key=b64(new.public))
        tx.log("log-key", local_day(now), rec, [old.sign_record(rec)], at=now)
        tx.set_log_key(b64(new.public))
        return found.id

    log = store.write_sync(change)
    coming.rename(config.log_key)
    _flush_folder(config.log_key.parent)
    opened = Log(store, new, log, config.checkpoints)
    opened.catch_up(now=now)
    return opened.key
