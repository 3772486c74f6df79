"""Audit bundles on their way to somebody's browser: made beside the requests, with progress, and gone after an hour.

Who took which along stands in the store before a byte of it leaves (`exports`, never changed).
"""

import asyncio
import logging
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from kindstem import audit
from kindstem.audit import Exported
from kindstem.domain import Person
from kindstem.errors import Busy, NotFound
from kindstem.store import Store

log = logging.getLogger("kindstem")

LASTS: Final = timedelta(hours=1)


@dataclass
class Making:
    """A bundle that somebody asked for, and how far it is."""

    id: str
    person: str
    since: date
    until: date
    path: Path
    asked_at: datetime
    done: int = 0
    of: int = 0
    exported: Exported | None = None
    failed: bool = False
    """That it could not be made: nothing was signed yet, or the disk is full."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def share(self) -> int:
        """How much of it is done, in percent."""
        if self.exported is not None:
            return 100
        return 99 * self.done // self.of if self.of else 0


class Bundles:
    """The bundles of a running server: one at a time for everybody together, since each reads the whole log."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._made: dict[str, Making] = {}
        # What a server that was killed left behind belongs to nobody.
        shutil.rmtree(folder, ignore_errors=True)

    def begin(self, person: Person, since: date, until: date, *, now: datetime) -> Making:
        """Begin a bundle over these days. Raises Busy while another is being made."""
        self.tidy(now=now)
        if any(one.task is not None and not one.task.done() for one in self._made.values()):
            raise Busy()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        key = secrets.token_urlsafe(16)
        making = Making(key, person.id, since, until, self._folder / f"{key}.zip", now)
        self._made[key] = making
        making.task = asyncio.create_task(self._make(making, now))
        return making

    async def _make(self, making: Making, now: datetime) -> None:
        def progress(done: int, of: int) -> None:
            making.done, making.of = done, of

        try:
            exported = await asyncio.to_thread(
                audit.export, self._store, making.path, making.since, making.until, now=now, progress=progress
            )
            await self._store.write(
                lambda tx: tx.add_export(
                    making.person, now, making.since, making.until, exported.size, exported.root
                )
            )
        except Exception as error:
            # Told on the page, where somebody waits; what it was stands in the server's log, without a value.
            log.error("An audit bundle was not made (%s).", type(error).__name__)
            making.failed = True
            making.path.unlink(missing_ok=True)
            return
        making.exported = exported

    def find(self, person: Person, key: str) -> Making:
        """Somebody's own bundle. Raises NotFound for anybody else's, and for one that is gone."""
        making = self._made.get(key)
        if making is None or making.person != person.id:
            raise NotFound()
        return making

    def tidy(self, *, now: datetime) -> None:
        """Remove what has lain here for an hour."""
        for key, one in list(self._made.items()):
            if now - one.asked_at >= LASTS and (one.task is None or one.task.done()):
                one.path.unlink(missing_ok=True)
                del self._made[key]

    async def settled(self) -> None:
        """Wait for what is being made."""
        waiting = [one.task for one in self._made.values() if one.task is not None]
        await asyncio.gather(*waiting, return_exceptions=True)

    async def close(self) -> None:
        """Wait for what is being made, and leave nothing behind."""
        await self.settled()
        shutil.rmtree(self._folder, ignore_errors=True)
