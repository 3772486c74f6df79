"""The enrolment that a demonstration holds open, so that one curious person with one phone can become a child.

Everywhere else a jeugdbeschermer compares six digits and says that they are the same. For this one child, and nowhere
else, the demonstration says so itself, and tells the terminal that it did.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kindstem import circles, messages, wire
from kindstem.config import Config
from kindstem.demo import said
from kindstem.demo.caseload import Child, Phone
from kindstem.demo.folder import Made
from kindstem.demo.lives import confirm
from kindstem.domain import Circle, EnrolState, Person, Role
from kindstem.messages import ListRef
from kindstem.sealing import Adult, Offer, readers_record
from kindstem.signing import random_id
from kindstem.store import Reader, Store

NAME: Final = "Robin"
AGE: Final = 14
LOOK_EVERY: Final = 0.5
READ_DIGITS: Final = 4.0
"""Seconds in which somebody can see the same six digits on the phone and in the terminal."""

RENEW_BEFORE: Final = timedelta(minutes=1)
"""Renewed while the old one still works, so that a code on the screen is never dead for long."""

log = logging.getLogger("kindstem.demo")


@dataclass(frozen=True)
class Waiting:
    """An open enrolment as it is shown."""

    child: str
    link: str
    startcode: str
    expires: datetime


class Door:
    """Keeps one enrolment open and plays the professional's part of it."""

    def __init__(
        self,
        store: Store,
        config: Config,
        made: Made,
        *,
        show: Callable[[Waiting], None],
        tell: Callable[[str], None],
        pause: float = READ_DIGITS,
    ) -> None:
        self._store, self._config, self._made = store, config, made
        self._show, self._tell, self._pause = show, tell, pause
        self._enrolment = ""
        self._offer: Offer | None = None
        self._until = datetime.min.replace(tzinfo=UTC)

    async def open(self) -> Waiting:
        """A fresh enrolment, for fifteen minutes."""
        now = datetime.now(UTC)
        worker, second, adult = await self._store.read(self._people)
        lists = await self._store.read(lambda r: self._lists(r, second, adult, now))
        persons = await self._store.read(lambda r: _persons(r, lists))
        # Stretching the typed code takes a while, and the server of the same process has others to answer.
        offer = await asyncio.to_thread(
            lambda: Offer.make(lists, persons, org_name=self._made.organisation, level="12", lang="nl")
        )
        plain = offer.json()
        ids, proofs = plain["ids"], plain["proofs"]
        begun = await circles.offer(
            self._store,
            worker,
            self._made.waiting,
            (ids[0], ids[1]),
            offer.bundle,
            (proofs["qr"], proofs["typed"]),
            allowed=self._config.may_enrol,
            alerted=True,
            now=now,
        )
        self._enrolment, self._offer, self._until = begun.id, offer, begun.expires_at
        return Waiting(self._made.waiting, offer.qr_text(self._config.base_url), offer.startcode, begun.expires_at)

    async def keep(self) -> None:
        """Watch the enrolment until cancelled: activate what a phone answers, and open the next when it is over."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
            except Exception as fault:
                # A demonstration that goes on without this is better than one that stops; what it was is said.
                log.warning("The open enrolment failed (%s); a new one follows.", type(fault).__name__)
                await asyncio.sleep(5)
                self._show(await self.open())

    async def _look(self) -> None:
        now = datetime.now(UTC)
        worker, _, adult = await self._store.read(self._people)
        found = await circles.watch(self._store, worker, self._enrolment, now=now)
        if found.state is EnrolState.ANSWERED and found.answer and self._offer:
            await self._let_in(worker, adult, self._offer, found.answer)
        elif found.state is EnrolState.WAITING and now < self._until - RENEW_BEFORE:
            return
        self._show(await self.open())

    async def _let_in(self, worker: Person, adult: Adult, offer: Offer, answer: dict[str, object]) -> None:
        digits = offer.check_answer(answer)
        if digits:
            self._tell(
                f"A phone answered. Six digits: {digits[:3]} {digits[3:]}, and the phone shows the same. "
                "A jeugdbeschermer would compare them; the demonstration says yes for Sam."
            )
            await asyncio.sleep(self._pause)
        now = datetime.now(UTC)
        if await confirm(self._store, worker, adult, offer, self._enrolment, now) is None:
            self._tell("A phone answered, but not to what was offered. Nothing was linked.")
            return
        await self._name_it(worker, adult, now)
        self._tell(f"{self._made.waiting_name} is linked, and is on the desks of Sam and Vera.")

    async def _name_it(self, worker: Person, adult: Adult, now: datetime) -> None:
        """The card by which the readers know who this is, sealed to them alone."""
        newest = await self._store.read(lambda r: r.newest_list(self._made.waiting, Circle.WORKER))
        assert newest is not None, "an active enrolment has a list"
        record = wire.parse_record(wire.parse_json(newest.record.text.encode()), "readers")
        robin = Child(
            "robin", self._made.waiting_name, AGE, "12", "nl", (), (Phone(0, "Weet ik niet"),), "pin", 0, "sam", ()
        )
        sent = random_id()
        data = adult.seal(
            "card", said.card(robin, 0).doc, readers_list=record, child_reading=None, at=now, entry=sent
        )
        ref = ListRef(Circle.WORKER, newest.number)
        await messages.accept(self._store, self._config, worker, sent, data, ref, now=now)

    def _people(self, r: Reader) -> tuple[Person, Person, Adult]:
        child = r.child(self._made.waiting)
        assert child is not None, "made together with the demonstration"
        worker, second = r.person(child.worker), r.person(child.second)
        assert worker is not None, "it has a jeugdbeschermer"
        assert second is not None, "it has a second reader"
        assert worker.record is not None, "who reads has keys"
        record = wire.parse_json(worker.record.text.encode())
        adult = Adult.from_seeds(
            record["org"],
            record["name"],
            record["role"],
            wire.unb64(self._made.enroller["reading"]),
            wire.unb64(self._made.enroller["signing"]),
            at=datetime.fromisoformat(record["at"]),
            person=worker.id,
        )
        return worker, second, adult

    def _lists(self, r: Reader, second: Person, adult: Adult, now: datetime) -> list[wire.Record]:
        """Both circles' lists as they stand, or the first ones."""
        child = self._made.waiting
        kept = [r.newest_list(child, circle) for circle in (Circle.WORKER, Circle.ONCALL)]
        if any(kept):
            return [wire.parse_record(wire.parse_json(one.record.text.encode()), "readers") for one in kept if one]
        around = [adult.as_reader("worker", now), _line(second, now)]
        lists = [readers_record(adult.record["org"], child, "worker", around, at=now)]
        served = [one for one in r.people() if one.role is Role.ONCALL and one.active and one.record is not None]
        if served:
            lines = [_line(one, now) for one in served]
            lists.append(readers_record(adult.record["org"], child, "oncall", lines, at=now))
        return lists


def _persons(r: Reader, lists: list[wire.Record]) -> list[wire.Signed]:
    """The key records of everybody on these lists."""
    people = [r.person(line["person"]) for record in lists for line in record["readers"]]
    return [_signed(one) for one in people if one is not None]


def _line(person: Person, now: datetime) -> wire.Record:
    """Somebody on a list, as what they work as."""
    record = _signed(person).record
    line = {name: record[name] for name in ("person", "name", "role", "reading", "signing")}
    return line | {"since": wire.time_text(now)[:10]}


def _signed(person: Person) -> wire.Signed:
    assert person.record is not None, "who reads has keys"
    record = wire.parse_record(wire.parse_json(person.record.text.encode()), "person")
    return wire.Signed(record, tuple(wire.Signature(one.by, one.sig) for one in person.record.sigs))
