"""An organisation with two readers and phones, enrolled through the server's own rooms, with true keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kindstem import circles, wire
from kindstem.config import Config
from kindstem.demo import caseload, cast
from kindstem.demo.folder import Player
from kindstem.demo.lives import confirm
from kindstem.domain import Org
from kindstem.keyfile import KeyFile
from kindstem.sealing import ActedChild, Offer, readers_record
from kindstem.signing import random_id
from kindstem.store import Store

WORKER, SECOND = "sam", "vera"


@dataclass(frozen=True)
class Phone:
    """An enrolled phone with the list it seals to."""

    child: ActedChild
    readers: wire.Record

    def entry(self, said: int, at: datetime) -> tuple[str, bytes]:
        """A check-in of `said` characters, sealed: its id and its bytes."""
        name = random_id()
        doc = {
            "v": 1, "level": "12", "lang": "nl", "answers": [],
            "parts": [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": ("zo gaat het " * said)[:said]}],
        }  # fmt: skip
        return name, self.child.seal("checkin", doc, readers_list=self.readers, at=at, entry=name)


@dataclass(frozen=True)
class Organisation:
    """Enrolled phones, and the worker who reads them, with everything that signing in takes."""

    phones: list[Phone]
    worker: Player


def found(config: Config, count: int) -> Organisation:
    """Make a store in the folder of these settings, and enrol this many phones in it."""
    keys = KeyFile.create(config.key_file)
    store = Store.open(config.database, create=True)
    try:
        return asyncio.run(_found(store, config, keys, count))
    finally:
        store.close()


async def _found(store: Store, config: Config, keys: KeyFile, count: int) -> Organisation:
    load = caseload.load()
    now = datetime.now(UTC)
    day_0 = now.date()
    readers_only = [person for person in load.people if person.id in {WORKER, SECOND}]
    members = await cast.gather(store, config, keys, _only(load, readers_only), founded=-1, day_0=day_0)
    phones = [await _enrol(store, members, members.org, now) for _ in range(count)]
    return Organisation(phones, members[WORKER].player)


def _only(load: caseload.Caseload, people: Sequence[caseload.Person]) -> caseload.Caseload:
    return replace(load, people=tuple(people))


async def _enrol(store: Store, members: cast.Cast, org: Org, now: datetime) -> Phone:
    worker, second = members[WORKER], members[SECOND]
    child = await circles.new_child(store, worker.person, second.person.id, now=now)
    lines = [worker.adult.as_reader("worker", now), second.adult.as_reader("second", now)]
    readers = readers_record(org.id, child.kindnummer, "worker", lines, at=now)
    # The typed code takes a deliberate tenth of a second to stretch; once per phone is what the desk pays too.
    offer = Offer.make([readers], [worker.signed, second.signed], org_name=org.name, level="12")
    plain = offer.json()
    begun = await circles.offer(
        store, worker.person, child.kindnummer, tuple(plain["ids"]), offer.bundle,
        (plain["proofs"]["qr"], plain["proofs"]["typed"]), allowed=True, alerted=True, now=now,
    )  # fmt: skip
    acted = ActedChild.enrol(offer.bundle, at=now)
    answer = acted.answer(offer.bundle, offer.qr, "qr")
    given = circles.Answer(
        child=wire.parse_signed(answer["child"], "child"),
        lists=[wire.parse_signed(one, "readers") for one in answer["lists"]],
        proof=answer["proof"],
        method=circles.Method(answer["method"]),
    )
    await circles.answer(store, answer["id"], given, now=now)
    digits = await confirm(store, worker.person, worker.adult, offer, begun.id, now)
    if digits is None:
        raise RuntimeError("the enrolment was refused")
    return Phone(acted, readers)
