"""The log at a million entries: appending durably, signing, and the proofs that devices ask for."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import rig
from bench.figures import Figure, figure
from bench.yardstick import single_commits
from kindstem import log, merkle, notes
from kindstem.config import Config
from kindstem.domain import Org
from kindstem.log import Log
from kindstem.signing import random_id
from kindstem.store import Store, Tx
from kindstem.wire import b64

MOST_APPEND_MS = 2
MOST_INCLUSION_MS = 1
GROUP = 5_000
ROW = 600
"""About what one entry writes: itself, what opens it, and one node."""


def measure(quick: bool) -> list[Figure]:
    """Times at the full size; every proof that was timed is verified as well."""
    size, asked = (2_000, 40) if quick else (1_000_000, 500)
    with rig.folder() as folder:
        config = Config(data=folder / "log")
        config.data.mkdir()
        store = Store.open(config.database, create=True)
        try:
            store.write_sync(lambda tx: tx.found_org(Org(random_id(), "De Vaart", demo=True)))
            opened = Log.open(store, config, now=_now())
            filling = _fill(store, size)
            return [*_figures(store, opened, size, asked, folder), filling]
        finally:
            store.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _record(number: int) -> dict[str, str | int]:
    # As large as the statement about an accepted envelope, which most entries are.
    same = b64(number.to_bytes(32))
    return {
        "t": "log-envelope",
        "v": 1,
        "org": same[:22],
        "subj": same[:22],
        "digest": same,
        "dir": "up",
        "circle": "worker",
    }


def _enter(tx: Tx, number: int, now: datetime) -> int:
    return tx.log("entry", now.date(), _record(number), [], at=now, ref=b64(number.to_bytes(32)))


def _fill(store: Store, size: int) -> Figure:
    began, now = time.perf_counter(), _now()
    for start in range(1, size, GROUP):

        def enter(tx: Tx, start: int = start) -> None:
            for number in range(start, min(start + GROUP, size)):
                _enter(tx, number, now)

        store.write_sync(enter)
    return figure("log.fill", "appended in groups of 5,000", "per s", size / (time.perf_counter() - began))


def _figures(store: Store, opened: Log, size: int, asked: int, folder: Path) -> list[Figure]:
    opened.catch_up(now=_now())
    # The same entries at each run.
    chance = random.Random(size)
    indices = [chance.randrange(size) for _ in range(asked)]
    yardstick = 1000 / single_commits(folder, ROW, 10 * asked)
    appended = [_timed(lambda n=n: store.write_sync(lambda tx: _enter(tx, size + n, _now()))) for n in range(asked)]
    proven, sizes, grown = [], [], []
    with store.reading() as r:
        now_size = r.log_size()
        whole = r.log_root(now_size)
        for index in indices:
            proof: list[bytes] = []
            proven.append(_timed(lambda i=index, into=proof: into.extend(r.log_inclusion(i, now_size))))
            leaf = r.log_leaf(index)
            if leaf is None or not merkle.verify_inclusion(leaf.hash(), index, now_size, proof, whole):
                raise RuntimeError(f"the proof of entry {index} does not hold")
            sizes.append(float(len(proof) * merkle.HASH))
        for index in indices:
            old = index + 1
            proof = []
            grown.append(_timed(lambda o=old, into=proof: into.extend(r.log_consistency(o, now_size))))
            if not merkle.verify_consistency(old, now_size, r.log_root(old), whole, proof):
                raise RuntimeError(f"the proof from size {old} does not hold")
        roots = [_timed(lambda: r.log_root(now_size)) for _ in range(asked)]
        (pages,) = r.connection.execute("pragma page_count").fetchone()
        (page,) = r.connection.execute("pragma page_size").fetchone()
    receipts = _receipts(store, opened, now_size, asked)
    return [
        figure("log.append", f"append one entry durably, at {size:,}", "ms", appended, most=MOST_APPEND_MS,
               note="one commit each: the entry, what opens it, the nodes it completes"),
        figure("log.inclusion", "proof that an entry is in the log", "ms", proven, most=MOST_INCLUSION_MS,
               note="each was verified"),
        figure("log.consistency", "proof that the log extends an older one", "ms", grown),
        figure("log.root", "the root", "ms", roots),
        figure("log.receipt", "append, sign, write down, and give a receipt, one after another", "ms", receipts,
               note="three waits for the disk: the record, the file of checkpoints, the table"),
        figure("log.yardstick", "SQLite alone, one commit of a row of that size", "ms", yardstick),
        figure("log.proof", "size of an inclusion proof", "bytes", sizes),
        figure("log.disk", "the database, per entry", "bytes", pages * page / now_size),
    ]  # fmt: skip


def _receipts(store: Store, opened: Log, start: int, count: int) -> list[float]:
    async def one(number: int) -> float:
        began = time.perf_counter()
        index = await store.write(lambda tx: _enter(tx, start + number, _now()))
        receipt = await opened.receipt(index, now=_now())
        took = time.perf_counter() - began
        head, note = notes.parse_checkpoint(receipt["note"])
        if not note.signed_by(opened.key) or head.size <= index:
            raise RuntimeError("a receipt that does not hold")
        return took * 1000

    async def all_of_them() -> list[float]:
        return [await one(number) for number in range(count)]

    found = asyncio.run(all_of_them())
    if (wrong := store.read_sync(log.damage)) is not None:
        raise RuntimeError(wrong)
    return found


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
