"""The talks of the invented children: planned, held, answered, not held, as both phones and the desk would do it.

What passes between two phones passes through the codes here too; everything is handed in through the real room and
stands in the real log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kindstem import __version__, contacts, requests, signing, talks
from kindstem.config import Config
from kindstem.demo.caseload import Contact, Entry, Thoughts, When
from kindstem.demo.cast import Cast, Member
from kindstem.domain import Signature
from kindstem.log import Log
from kindstem.sealing import SeenBy
from kindstem.store import Store
from kindstem.wire import Signed, b64, parse_json, time_text

if TYPE_CHECKING:
    from kindstem.demo.lives import _Life

_Act = Callable[[datetime], Awaitable[None]]

FIRST_AT: Final = "09:40"
SIGNED_AT: Final = "16:10"
PLANNED_AT: Final = "09:05"
LATER_AT: Final = "19:20"
AFTER: Final = timedelta(minutes=2)
PLANNED_DAYS: Final = 6
"""Where the data gives only a day, or none: when a plan is made, a phone co-signed, an answer given at home."""

CORRECTED: Final = frozenset({"rania-c05"})
"""Talks that were recorded with the wrong place, and corrected the day after."""

TWICE: Final = frozenset({"liam-c08"})
"""Talks that were recorded twice; the second is withdrawn the day after."""


class Talks:
    """What happens to a child's talks, as acts with their moments."""

    def __init__(self, store: Store, config: Config, cast: Cast, log: Log, day_0: date, thoughts: Thoughts) -> None:
        self._store, self._config, self._cast, self._log, self._day_0 = store, config, cast, log, day_0
        self._thoughts = thoughts
        self._plans: dict[str, str] = {}
        self._made: dict[str, Signed] = {}

    def of(self, life: _Life) -> Iterator[tuple[When, _Act]]:
        """Everything about the talks of a child, from its first phone on."""
        child = life.source
        first = When(child.enrolled_day, FIRST_AT)
        if not child.tablet:
            yield When(child.enrolled_day, "08:45"), self._vouch(life)
        if child.co_signed_by is not None and not child.tablet:
            yield When(child.co_signed_day, SIGNED_AT), self._introduce(life, child.co_signed_by)
        for contact in child.contacts:
            planned = max(When(contact.at.day - PLANNED_DAYS, PLANNED_AT), first)
            if contact.planned == "planned" and planned < contact.at:
                yield planned, self._plan(life, contact)
            if contact.reason is not None:
                yield max(contact.at, first), self._not_held(life, contact)
                continue
            # A talk from before the phone is recorded once there is one to record it for: late, and marked so.
            yield max(contact.ends, first), self._hold(life, contact)
            next_day = When(contact.at.day + 1, PLANNED_AT)
            if contact.id in CORRECTED:
                yield next_day, self._correct(life, contact)
            if contact.id in TWICE:
                yield contact.ends, self._hold(life, contact, again=True)
                yield next_day, self._withdraw(life, contact)
            if contact.says_day is not None:
                yield When(contact.says_day, LATER_AT), self._say(life, contact)
            if contact.thought and not child.tablet:
                yield When(contact.at.day, "21:00"), self._think(life, contact)
        for entry in child.entries:
            if entry.asked_with is not None:
                yield entry.at, self._ask(life, entry)
            if entry.asked_until is not None:
                yield When(entry.asked_until, LATER_AT), self._take_away(life, entry)
        for coming in child.appointments:
            yield When(-1, PLANNED_AT), self._plan(life, coming)

    def _on_list(self, life: _Life, by: str) -> Member | None:
        """Whose talk it is; None for somebody who is no reader on that day: they hand nothing in."""
        return self._cast[by] if by in self._cast.ids_on(life.lists["worker"]) else None

    async def _subj(self, life: _Life) -> str:
        subj = await self._store.read(lambda r: r.subj_of(life.kindnummer))
        assert subj is not None
        return subj

    async def _hand_in(self, life: _Life, member: Member, signed: Signed, now: datetime) -> None:
        await contacts.hand_in(self._store, member.person, life.kindnummer, signed, now=now)

    def _vouch(self, life: _Life) -> _Act:
        async def act(now: datetime) -> None:
            acted, _ = life.phone()
            desk = self._cast[life.source.enrolled_by]
            signed = desk.adult.evidence(await self._subj(life), acted.record, now)
            await contacts.add_evidence(self._store, desk.person, life.kindnummer, signed, now=now)

        return act

    def _introduce(self, life: _Life, by: str) -> _Act:
        async def act(now: datetime) -> None:
            member = self._cast[by]
            row = await contacts.evidence(self._store, member.person, life.kindnummer)
            assert row is not None
            record = talks.parse_record(parse_json(row.record.text.encode()))
            mine = member.adult.signing.sign_record(record)
            await contacts.introduce(self._store, member.person, life.kindnummer, Signature(mine.by, mine.sig), now=now)

        return act

    def _plan(self, life: _Life, contact: Contact) -> _Act:
        async def act(now: datetime) -> None:
            member = self._on_list(life, contact.by)
            if member is None:
                return
            start = time_text(contact.at.on(self._day_0))
            signed = member.adult.about_talk(
                "plan", await self._subj(life), start=start, place=contact.place, at=time_text(now)
            )
            await self._hand_in(life, member, signed, now)
            self._plans[contact.id] = signed.record["id"]

        return act

    def _not_held(self, life: _Life, contact: Contact) -> _Act:
        async def act(now: datetime) -> None:
            member = self._on_list(life, contact.by)
            if member is None:
                return
            signed = member.adult.about_talk(
                "notheld", await self._subj(life), plan=self._plans.get(contact.id), reason=contact.reason,
                start=time_text(contact.at.on(self._day_0)), at=time_text(now),
            )  # fmt: skip
            await self._hand_in(life, member, signed, now)

        return act

    async def _talk(self, life: _Life, contact: Contact, member: Member, now: datetime, **changed: Any) -> Signed:
        """A talk as the professional's screen makes it."""
        start, end = contact.at.on(self._day_0), contact.ends.on(self._day_0)
        newest = await self._log.covering(now=now)
        root = await self._store.read(lambda r: r.log_root(newest.size))
        known = life.acted is not None and life.device is not None and life.device.made_at <= start
        fields = {
            "log": self._log.id, "child": life.acted.signing.id if life.acted and known else None, "kind": contact.kind,
            "who": contact.who, "interpreter": contact.interpreter, "planned": contact.planned, "place": contact.place,
            "start": time_text(start), "end": time_text(end), "plan": self._plans.get(contact.id), "first": None,
            "prev": None, "nb": {"size": newest.size, "root": b64(root)}, "release": __version__,
        }  # fmt: skip
        return member.adult.about_talk("talk", await self._subj(life), **(fields | changed))

    def _hold(self, life: _Life, contact: Contact, *, again: bool = False) -> _Act:
        async def act(now: datetime) -> None:
            member = self._on_list(life, contact.by)
            if member is None:
                return
            wrong = {"place": "other"} if contact.id in CORRECTED else {}
            talk = await self._talk(life, contact, member, now, **wrong)
            self._made[f"{contact.id} again" if again else contact.id] = talk
            if contact.level == "A":
                await self._in_the_room(life, member, talk, now)
                return
            await self._hand_in(life, member, talk, now)
            if contact.level == "C":
                answer = member.adult.about_talk(
                    "answer", talk.record["subj"], talk=talks.hash_of(talk.record), way="kindmodus",
                    says={"talked": "yes", "alone": "yes"}, why=None, prev=None, code=None, at=time_text(now),
                )  # fmt: skip
                await self._hand_in(life, member, answer, now)

        return act

    async def _in_the_room(self, life: _Life, member: Member, talk: Signed, now: datetime) -> None:
        """Two codes between two phones; then each hands in what it holds."""
        acted, device = life.phone()
        keys = talks.device_keys(acted.record, signing.signing_key_id)
        seen = talks.parse_talk(talks.encode_talk(talk))
        answer = acted.say_of(seen.record, "yes", "yes", at=now + AFTER, way="room")
        told = talks.parse_answer(talks.encode_answer(answer, keys), talk.record, keys)
        met = member.adult.about_talk(
            "met", talk.record["subj"], talk=told.record["talk"], answer=talks.hash_of(told.record),
            at=time_text(now + AFTER),
        )  # fmt: skip
        await contacts.answer(self._store, self._config, device, answer, seen, now=now + AFTER)
        for signed in (talk, told, met):
            await self._hand_in(life, member, signed, now + AFTER)

    def _correct(self, life: _Life, contact: Contact) -> _Act:
        async def act(now: datetime) -> None:
            member, talk = self._on_list(life, contact.by), self._made.get(contact.id)
            if member is None or talk is None:
                return
            first = talks.hash_of(talk.record)
            fixed = await self._talk(life, contact, member, now, first=first, prev=first)
            self._made[contact.id] = fixed
            await self._hand_in(life, member, fixed, now)

        return act

    def _withdraw(self, life: _Life, contact: Contact) -> _Act:
        async def act(now: datetime) -> None:
            member, talk = self._on_list(life, contact.by), self._made.get(f"{contact.id} again")
            if member is None or talk is None:
                return
            first = talks.hash_of(talk.record)
            back = member.adult.about_talk(
                "withdrawal", talk.record["subj"], first=first, prev=first, reason="double", at=time_text(now)
            )
            await self._hand_in(life, member, back, now)

        return act

    def _say(self, life: _Life, contact: Contact) -> _Act:
        async def act(now: datetime) -> None:
            talk = self._made.get(contact.id)
            if talk is None:
                return
            acted, device = life.phone()
            disputed = contact.level == "disputed"
            alone, why = ("no", "someone") if disputed else ("yes", None)
            answer = acted.say_of(talk.record, "yes", alone, at=now, why=why)
            await contacts.answer(self._store, self._config, device, answer, now=now)

        return act

    def _ask(self, life: _Life, entry: Entry) -> _Act:
        async def act(now: datetime) -> None:
            acted, device = life.phone()
            circle: SeenBy = "confidant" if entry.asked_with == "{confidant}" else "worker"
            role = (entry.asked_with or "").strip("{}")
            asked = next(member for member in self._cast.on([life.lists[circle]]) if member.role == role)
            signed = acted.ask_to_talk(await self._subj(life), asked.person.id, circle, at=now)
            await requests.from_phone(self._store, self._config, device, signed, now=now)
            self._made[entry.id] = signed

        return act

    def _take_away(self, life: _Life, entry: Entry) -> _Act:
        async def act(now: datetime) -> None:
            acted, device = life.phone()
            signed = acted.take_back(self._made[entry.id].record, at=now)
            await requests.from_phone(self._store, self._config, device, signed, now=now)

        return act

    def _think(self, life: _Life, contact: Contact) -> _Act:
        async def act(now: datetime) -> None:
            _, device = life.phone()
            for question in ("said", "done"):
                value = self._thoughts.take(life.source.team, contact.at.day, question)
                if value is not None:
                    await contacts.think(self._store, device, question, value, now=now)

        return act
