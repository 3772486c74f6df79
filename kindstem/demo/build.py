"""A demonstration from nothing: the folder, the organisation, its people, and months of its children's lives."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kindstem import calendar, circles, roster
from kindstem.config import Config
from kindstem.demo import caseload, cast, folder, invented, lives, phone
from kindstem.demo.enlisted import Enlisted
from kindstem.demo.folder import Made
from kindstem.errors import SetupFault
from kindstem.keyfile import KeyFile
from kindstem.store import Store

MOST: Final = 300
"""More children than this would be no organisation of four jeugdbeschermers, whatever they could bear."""

ENROLLER, SECOND = "sam", "vera"


def build(config: Config, count: int, *, now: datetime, tell: Callable[[str], None]) -> Made:
    """Make the demonstration in its folder, in place of whatever an earlier one left there.

    Raises SetupFault for a folder that is not ours, and for a number of children that is not between 1 and 300.
    """
    if not 1 <= count <= MOST:
        raise SetupFault(f"--children is at least 1 and at most {MOST}.")
    path = config.data
    folder.state(path)
    folder.begin(path)
    keys = KeyFile.create(config.key_file)
    store = Store.open(config.database, create=True)
    try:
        made = asyncio.run(_fill(store, config, keys, count, now, tell))
    finally:
        store.close()
    folder.finish(path, made)
    return made


async def _fill(
    store: Store, config: Config, keys: KeyFile, count: int, now: datetime, tell: Callable[[str], None]
) -> Made:
    load = caseload.load()
    day_0 = caseload.day_0(calendar.local_day(now))
    children = list(load.children[:count])
    children += invented.more(load, count - len(children))
    founded = min(child.enrolled_day for child in load.children) - 7
    tell("Making the organisation: everybody gets keys, a passphrase and a second factor.")
    members = await cast.gather(store, config, keys, load, founded=founded, day_0=day_0)
    entries = sum(len(child.entries) for child in children)
    tell(f"Sealing what {len(children)} children said: {entries} messages, and what came of them.")
    numbers = await roster.numbers(store, Enlisted.needed(load, children))
    played = await lives.live(
        store,
        config,
        keys,
        members,
        children,
        day_0,
        caseload.Thoughts(load.thoughts),
        Enlisted(store, load, children, numbers, day_0),
        founded=founded,
    )
    worker, second = members[ENROLLER], members[SECOND]
    waiting = await circles.new_child(store, worker.person, second.person.id, now=now)
    return Made(
        org=members.org.id,
        organisation=members.org.name,
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        day_0=day_0.isoformat(),
        count=count,
        people=members.players(),
        children=tuple(played),
        waiting=waiting.kindnummer,
        waiting_name=phone.NAME,
        enroller=worker.seeds,
    )


def opened(path: Path) -> Made | None:
    """The demonstration of this folder, when there is a whole one. Raises SetupFault for a folder that is not ours."""
    return folder.read(path) if folder.state(path) == "ours" else None
