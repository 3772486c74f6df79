"""Who answers what the numbers ask: the board where there is one and it is up to date, else the store itself.

Both give the same, so nobody has to know which of them it was. A board stands beside a store that is served
(`keep_warm`); a command that asks once asks the store.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from kindstem import calendar
from kindstem.calendar import local_day
from kindstem.counts.board import AHEAD, BATCH, Board
from kindstem.counts.listings import Listings
from kindstem.store import Reader, Store
from kindstem.store.lives import Life

T = TypeVar("T")

Asked = Reader | Listings
"""Who answers."""

LOOK_EVERY: Final = timedelta(seconds=2)
"""How often changes are taken over beside the requests."""

_TURN_SECONDS: Final = 0.001
_MANY: Final = 1_000
"""From how many children on the board is taken out of sight of the garbage collection."""

_FRESH: Final = timedelta(minutes=1)
_MOST_KEPT: Final = 200
_keeping: WeakKeyDictionary[Store, dict[tuple[Any, ...], tuple[tuple[int, int, date], datetime, Any]]] = (
    WeakKeyDictionary()
)
_boards: WeakKeyDictionary[Store, Board] = WeakKeyDictionary()

log = logging.getLogger("kindstem")


async def kept(store: Store, key: tuple[Any, ...], now: datetime, ask: Callable[[Reader, Asked], T]) -> T:
    """What was computed before for the same question, as long as nothing has changed; else what it comes to now.

    A page of a large organisation is looked at more often than something happens. A minute is the longest, because a
    plan whose time has come is none any more. What is given says when it was computed.
    """
    state = (*store.read_sync(lambda r: (r.counted(), r.last_change())), local_day(now))
    known = _keeping.setdefault(store, {})
    before = known.get(key)
    if before is not None and before[0] == state and abs(now - before[1]) < _FRESH:
        return before[2]  # type: ignore[no-any-return]
    found = await store.read(lambda r: answer(store, r, now, ask))
    while len(known) >= _MOST_KEPT:
        known.pop(next(iter(known)))
    known[key] = (state, now, found)
    return found


def answer(store: Store, r: Reader, now: datetime, ask: Callable[[Reader, Asked], T]) -> T:
    """The answer in one state of the store, of whoever can give it; `r` has asked nothing yet."""
    board = _boards.get(store)
    if board is not None and board.ready:
        with board.lock:
            # The reader's state begins with its first question, which comes after the lock: never behind the board.
            if board.ready and board.catch(r):
                board.reach(local_day(now).toordinal())
                return ask(r, Listings(board, r))
    return ask(r, r)


async def keep_warm(store: Store, clock: Callable[[], datetime]) -> None:
    """Make a board for a store that is served, and keep it up to date until the task is cancelled.

    Meanwhile, and whenever more has changed than one request can take over, the store answers.
    """
    stopped = threading.Event()
    while True:
        before = _boards.get(store)
        work = asyncio.ensure_future(asyncio.to_thread(warm, store, clock(), stopped))
        try:
            board = await asyncio.shield(work)
            if board is not before:
                log.info("The numbers of %d children are in memory.", len(board.everybody))
        except asyncio.CancelledError:
            # The store is about to be closed, and its last reader is to be gone by then.
            stopped.set()
            await asyncio.gather(work, return_exceptions=True)
            raise
        except Exception as error:
            log.error("The numbers could not be kept in memory (%s); pages ask the store.", type(error).__name__)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


class Stopped(Exception):
    """Nobody waits for the board any more."""


def warm(store: Store, now: datetime, stopped: threading.Event | None = None) -> Board:
    """The board of a store, made where there is none, and brought up to date. Raises Stopped once it is asked to."""
    board, today = _boards.get(store), local_day(now).toordinal()
    if board is None or not board.ready:
        board = Board()
        with store.reading() as r:
            children, names = board.begin(r), r.names()
        board.make(_in_parts(store, children, stopped), names, today)
        # The calendar is read at its first question, which is to be no person's.
        calendar.is_working_day(local_day(now))
        if len(children) >= _MANY:
            gc.freeze()
        _boards[store] = board
    while not _caught(store, board):
        if stopped is not None and stopped.is_set():
            raise Stopped()
        # Whoever waits for the board has its turn.
        time.sleep(_TURN_SECONDS)
    if board.reaches < today + AHEAD // 2:
        with board.lock:
            board.reach(today + AHEAD)
    return board


def _in_parts(store: Store, children: list[str], stopped: threading.Event | None) -> Iterator[list[Life]]:
    # Not in one state of the store: that would hold back its journal for as long as it takes.
    for first in range(0, len(children), BATCH):
        if stopped is not None and stopped.is_set():
            raise Stopped()
        part = children[first : first + BATCH]
        yield store.read_sync(lambda r, part=part: r.lives(part))  # type: ignore[misc]
        if len(children) >= _MANY:
            # What is on the board stays: looking through all of it for garbage again and again takes a second each.
            gc.freeze()


def _caught(store: Store, board: Board) -> bool:
    with board.lock, store.reading() as r:
        return board.catch(r)
