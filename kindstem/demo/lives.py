"""Months of an invented organisation, lived through the real rooms in the order of their moments.

Every child enrols, every entry is sealed with the child's own keys to the list that held that day, every read is logged
before its receipt goes out, and every change of reader is a signed list. Only the clock is told what time it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal

from kindstem import circles, flags, locks, messages, wire
from kindstem.config import Config
from kindstem.demo import said
from kindstem.demo.caseload import Child, Entry, Paper, Thoughts, When
from kindstem.demo.cast import Cast, Member
from kindstem.demo.enlisted import Enlisted
from kindstem.demo.folder import Played
from kindstem.demo.talks import Talks
from kindstem.domain import Circle, DecisionKind, Device, Method, NextStep, Person
from kindstem.keyfile import KeyFile
from kindstem.log import Log
from kindstem.messages import DocumentRef, ListRef, Reason
from kindstem.sealing import ActedChild, Adult, Offer, readers_record
from kindstem.signing import random_id
from kindstem.store import Store
from kindstem.words import ORIGINAL, languages

ENROL_AT = "08:30"
CHANGE_AT = "08:15"
CARD_AT = "08:40"
"""The times of day of what the data gives only a day for: before anything that was said or read on it."""

_REASONS = {
    "Ik lees wat je stuurde.": Reason.READ,
    "Ik lees mee.": Reason.READ,
    "Ik bereid ons gesprek voor.": Reason.PREPARE,
}

_Act = Callable[[datetime], Awaitable[None]]
_ListCircle = Literal["worker", "confidant"]


@dataclass(frozen=True)
class _Sent:
    """An entry as it was sent: who could open it then, and its number."""

    id: str
    circle: str
    seq: int
    readers: frozenset[str]


@dataclass
class _Life:
    """A child with its phone, or without one, while its months pass."""

    source: Child
    kindnummer: str = ""
    acted: ActedChild | None = None
    device: Device | None = None
    lists: dict[str, wire.Record] = field(default_factory=dict)
    sent: dict[str, _Sent] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    papers: dict[Paper, str] = field(default_factory=dict)
    """The documents as they were sent, by their ids."""

    @property
    def reading(self) -> bytes | None:
        """What the child reads with; None without a phone."""
        return self.acted.reading if self.acted else None

    def phone(self) -> tuple[ActedChild, Device]:
        """The enrolled phone."""
        assert self.acted is not None, f"{self.source.id} speaks before it is enrolled"
        assert self.device is not None, f"{self.source.id} speaks before it is enrolled"
        return self.acted, self.device


async def live(
    store: Store,
    config: Config,
    keys: KeyFile,
    cast: Cast,
    children: list[Child],
    day_0: date,
    thoughts: Thoughts,
    enlisted: Enlisted,
    *,
    founded: int,
) -> list[Played]:
    """Let the children's months pass up to yesterday, and tell what they are called."""
    lives = [_Life(child, enlisted.numbers.get(child.id, "")) for child in children]
    begun = When(min(child.enrolled_day for child in children), ENROL_AT).on(day_0)
    log = await asyncio.to_thread(lambda: Log.open(store, config, now=begun))
    days = _Days(store, config, keys, cast, Talks(store, config, cast, log, day_0, thoughts), day_0)
    acts = [(when.on(day_0), order, act) for life in lives for order, (when, act) in enumerate(days.of(life))]
    # Whatever happened at the same minute keeps the order in which it is told, child by child.
    beside = [*cast.departures(day_0), *enlisted.acts(founded)]
    for moment, _, act in sorted([*acts, *beside], key=lambda one: one[:2]):
        await act(moment)
    return [
        Played(
            id=life.source.id,
            child=life.kindnummer,
            name=life.source.name,
            age=life.source.age,
            readers=tuple(sorted({name for reads in life.lists.values() for name in cast.ids_on(reads)})),
            entries=len(life.sent) + len(life.papers),
        )
        for life in lives
    ]


class _Days:
    """What happens to a child, as acts with their moments."""

    def __init__(
        self, store: Store, config: Config, keys: KeyFile, cast: Cast, talks: Talks, day_0: date
    ) -> None:
        self.store, self.config, self.keys, self.cast, self.talks = store, config, keys, cast, talks
        self.day_0 = day_0

    def of(self, life: _Life) -> Iterator[tuple[When, _Act]]:
        """Everything in a child's data that this version can act out."""
        child = life.source
        yield When(child.enrolled_day, ENROL_AT), self._enrol(life)
        for day in sorted({child.enrolled_day} | self._turning_days(child)):
            if day > child.enrolled_day:
                yield When(day, CHANGE_AT), self._change_readers(life, day)
            yield When(day, CARD_AT), self._cards(life, day)
        for entry in child.entries:
            yield entry.at, self._say(life, entry)
            for seen in entry.seen:
                yield seen.at, self._see_flag(life, entry, seen.by)
            for read in entry.reads:
                yield read.at, self._read(life, entry, read.by, _REASONS.get(read.reason, Reason.OTHER))
            for place in range(len(entry.answers)):
                yield entry.answers[place].at, self._answer(life, entry, place)
        for paper in child.papers:
            yield paper.at, self._write(life, paper)
            yield paper.answered, self._react(life, paper)
        yield from self.talks.of(life)

    def _turning_days(self, child: Child) -> set[int]:
        """Days on which the readers or what is agreed about the phone change; nothing lies after yesterday."""
        days = {reader.start for reader in child.readers} | {r.end for r in child.readers if r.end is not None}
        days |= {phone.day for phone in child.phone}
        return {day for day in days if child.enrolled_day < day < 0}

    def _readers(self, child: Child, circle: _ListCircle, day: int) -> list[Member]:
        roles = {"worker", "second"} if circle == "worker" else {"confidant"}
        return [self.cast[r.who] for r in child.readers if r.role in roles and r.on(day)]

    def _list(self, life: _Life, circle: _ListCircle, day: int, at: datetime) -> wire.Record | None:
        """The list that should hold on a day; None when there is nobody for it, or it holds already."""
        readers = self._readers(life.source, circle, day)
        before = life.lists.get(circle)
        roles = {member.role for member in readers}
        # Without a permanent jeugdbeschermer the last list stays: one of the second reader alone would be refused.
        if roles != ({"worker", "second"} if circle == "worker" else {"confidant"}):
            return None
        if before and set(self.cast.ids_on(before)) == {member.id for member in readers}:
            return None
        known = {line["person"]: line for line in before["readers"]} if before else {}
        lines = [known.get(one.person.id) or one.adult.as_reader(one.role, at) for one in readers]
        return readers_record(self.cast.org.id, life.kindnummer, circle, lines, at=at, before=before)

    def _enrol(self, life: _Life) -> _Act:
        async def act(now: datetime) -> None:
            child = life.source
            desk = self.cast[child.enrolled_by]
            second = next(m for m in self._readers(child, "worker", child.enrolled_day) if m.role == "second")
            made = await circles.new_child(
                self.store, desk.person, second.person.id, kindnummer=life.kindnummer or None, now=now
            )
            life.kindnummer = made.kindnummer
            circle_names: tuple[_ListCircle, ...] = ("worker", "confidant")
            drafts = (self._list(life, circle, child.enrolled_day, now) for circle in circle_names)
            lists = [one for one in drafts if one]
            if child.tablet:
                (first,) = lists
                await circles.begin_list(
                    self.store,
                    desk.person,
                    life.kindnummer,
                    desk.adult.sign_record(wire.Signed(first, ())),
                    allowed=True,
                    alerted=True,
                    now=now,
                )
                life.lists = {"worker": first}
                return
            offer = Offer.make(
                lists,
                [member.signed for member in self.cast.on(lists)],
                org_name=self.cast.org.name,
                level=child.level,
                lang=child.language if child.language in languages() else ORIGINAL,
            )
            life.acted = ActedChild.enrol(offer.bundle, at=now, lock=child.lock)
            await enrol_both_sides(self.store, desk, offer, life.acted, now)
            life.device = await self.store.read(lambda r: r.active_device(life.kindnummer))
            life.lists = {one["circle"]: one for one in lists}
            await self._lock(life, now)

        return act

    async def _lock(self, life: _Life, now: datetime) -> None:
        acted, device = life.phone()
        # Nobody will ever open these phones, so what their lock is does not matter; that they have one does.
        verifier = acted.lock_verifier(acted.stretch(random_id(), wire.unb64(random_id())))
        caller = locks.Caller(device, wire.unb64(random_id()))
        await locks.set_lock(
            self.store,
            self.keys,
            caller,
            kind=life.source.lock,
            verifier_hash=sha256(verifier).digest(),
            proof=None,
            now=now,
        )

    def _change_readers(self, life: _Life, day: int) -> _Act:
        async def act(now: datetime) -> None:
            acted, device = life.phone()
            circle_names: tuple[_ListCircle, ...] = ("worker", "confidant")
            for circle in circle_names:
                record = self._list(life, circle, day, now)
                if record is None:
                    continue
                member = next(m for m in self.cast.on([life.lists["worker"]]) if m.here_on(day))
                device_sig = acted.signing.sign_record(record)
                signed = member.adult.sign_record(wire.Signed(record, (device_sig,)))
                await circles.add_list(self.store, device, wire.unb64(random_id()), signed, now=now)
                life.lists[circle] = record

        return act

    def _cards(self, life: _Life, day: int) -> _Act:
        async def act(now: datetime) -> None:
            # One for each circle, by somebody on it: nobody else may seal to it.
            for record in life.lists.values():
                author = next(m for m in self.cast.on([record]) if m.here_on(day))
                await self._down(life, author, said.card(life.source, day), record, now, to_child=False)

        return act

    def _say(self, life: _Life, entry: Entry) -> _Act:
        async def act(now: datetime) -> None:
            if entry.tablet:
                await self._say_on_tablet(life, entry, now)
                return
            acted, device = life.phone()
            words = said.entry(entry, life.source, self._names(life, entry.at.day))
            record = None if entry.circle == "self" else life.lists[entry.circle]
            about = life.sent[entry.about].id if entry.about else None
            sent = random_id()
            kind: Any = words.kind
            data = acted.seal(
                kind,
                words.doc,
                readers_list=record,
                at=now,
                unlocked=not entry.without_pin,
                about=about,
                attachments=words.attachments,
                entry=sent,
            )
            flag = entry.prompt == "flag"
            await messages.accept(self.store, self.config, device, sent, data, _ref(record), flag=flag, now=now)
            seq = life.count[entry.circle] = life.count.get(entry.circle, 0) + 1
            readers = frozenset(self.cast.ids_on(record)) if record else frozenset()
            life.sent[entry.id] = _Sent(sent, entry.circle, seq, readers)

        return act

    async def _say_on_tablet(self, life: _Life, entry: Entry, now: datetime) -> None:
        """In the room, with the jeugdbeschermer of that day, whose key signs it."""
        record = life.lists["worker"]
        present = self._readers(life.source, "worker", entry.at.day)
        holder = next(member for member in present if member.role == "worker")
        words = said.entry(entry, life.source, self._names(life, entry.at.day))
        sent = random_id()
        kind: Any = words.kind
        data = holder.adult.seal_said(
            kind,
            words.doc,
            readers_list=record,
            child_reading=life.reading,
            at=now,
            attachments=words.attachments,
            entry=sent,
        )
        await messages.accept(self.store, self.config, holder.person, sent, data, _ref(record), now=now)
        life.sent[entry.id] = _Sent(sent, "worker", 0, frozenset(self.cast.ids_on(record)))

    def _names(self, life: _Life, day: int) -> dict[str, str]:
        """What the child's screen called its readers on a day."""
        present = sorted(self.cast.on(life.lists.values()), key=lambda member: member.here_on(day))
        return {member.role: member.source.name for member in present}

    def _see_flag(self, life: _Life, entry: Entry, by: str) -> _Act:
        async def act(now: datetime) -> None:
            flag, person = life.sent[entry.id].id, self.cast[by].person
            await messages.see_flag(self.store, person, flag, now=now)
            await flags.record(self.store, person, flag, reached=person.id, next=NextStep.AGREED, now=now)

        return act

    def _can_open(self, life: _Life, entry: Entry, by: str) -> bool:
        """Whether an entry was sealed to somebody who still is a reader.

        The data has successors who read what was written before they came; handing over is a later version.
        """
        sent = life.sent[entry.id]
        return by in sent.readers and by in self.cast.ids_on(life.lists[sent.circle])

    def _read(self, life: _Life, entry: Entry, by: str, reason: Reason) -> _Act:
        async def act(now: datetime) -> None:
            if not self._can_open(life, entry, by):
                return
            sent, reader = life.sent[entry.id], self.cast[by]
            await messages.body_for_person(self.store, reader.person, sent.id, reason, now=now)
            if life.acted is None:
                # A receipt is for a phone that can check it.
                return
            highest = max(sent.seq, life.seen.get((by, sent.circle), 0))
            life.seen[(by, sent.circle)] = highest
            words = said.receipt(sent.id, sent.circle, highest if sent.seq else 0)
            await self._down(life, reader, words, life.lists[sent.circle], now, about=sent.id)

        return act

    def _answer(self, life: _Life, entry: Entry, place: int) -> _Act:
        async def act(now: datetime) -> None:
            answer = entry.answers[place]
            if not self._can_open(life, entry, answer.by):
                return
            sent = life.sent[entry.id]
            words = said.answer(answer, entry)
            await self._down(life, self.cast[answer.by], words, life.lists[sent.circle], now, about=sent.id)

        return act

    def _write(self, life: _Life, paper: Paper) -> _Act:
        async def act(now: datetime) -> None:
            author, record = self.cast[paper.by], life.lists["worker"]
            ids = {entry: sent.id for entry, sent in life.sent.items()}
            words = said.paper(paper, life.source, author.person.id, ids, self.day_0)
            newest = max(words.doc["quotes"], key=lambda quote: str(quote["at"]))
            kind, day = DecisionKind(paper.decision), date.fromisoformat(words.doc["decision"]["day"])
            document = DocumentRef(kind, day, newest["entry"])
            life.papers[paper] = await self._down(life, author, words, record, now, document=document)

        return act

    def _react(self, life: _Life, paper: Paper) -> _Act:
        async def act(now: datetime) -> None:
            acted, device = life.phone()
            words, record = said.reaction(paper, life.source, self._names(life, paper.at.day)), life.lists["worker"]
            about, sent = life.papers[paper], random_id()
            data = acted.seal("reaction", words.doc, readers_list=record, at=now, about=about, entry=sent)
            await messages.accept(self.store, self.config, device, sent, data, _ref(record), about=about, now=now)
            life.count["worker"] = life.count.get("worker", 0) + 1

        return act

    async def _down(
        self,
        life: _Life,
        author: Member,
        words: said.Said,
        record: wire.Record,
        now: datetime,
        *,
        about: str | None = None,
        to_child: bool = True,
        document: DocumentRef | None = None,
    ) -> str:
        kind: Any = words.kind
        sent = random_id()
        data = author.adult.seal(
            kind,
            words.doc,
            readers_list=record,
            child_reading=life.reading if to_child else None,
            at=now,
            about=about,
            attachments=words.attachments,
            entry=sent,
        )
        await messages.accept(
            self.store, self.config, author.person, sent, data, _ref(record), document=document, now=now
        )
        return sent


def _ref(record: wire.Record | None) -> ListRef:
    return ListRef(Circle(record["circle"]), record["number"]) if record else ListRef(Circle.SELF, None)


async def enrol_both_sides(store: Store, desk: Member, offer: Offer, phone: ActedChild, now: datetime) -> None:
    """An enrolment face to face, with both of them played: offered, found, answered, compared and activated."""
    plain = offer.json()
    ids, proofs = plain["ids"], plain["proofs"]
    begun = await circles.offer(
        store,
        desk.person,
        offer.bundle["child"],
        (ids[0], ids[1]),
        offer.bundle,
        (proofs["qr"], proofs["typed"]),
        allowed=True,
        alerted=True,
        now=now,
    )
    found = await circles.find(store, offer.qr.id, now=now)
    answer = phone.answer(found.bundle, offer.qr, "qr")
    given = circles.Answer(
        child=wire.parse_signed(answer["child"], "child"),
        lists=[wire.parse_signed(one, "readers") for one in answer["lists"]],
        proof=answer["proof"],
        method=Method.QR,
    )
    await circles.answer(store, offer.qr.id, given, now=now)
    await confirm(store, desk.person, desk.adult, offer, begun.id, now)


async def confirm(
    store: Store, person: Person, adult: Adult, offer: Offer, enrolment: str, now: datetime
) -> str | None:
    """The professional's last step: check what the phone answered and activate it.

    Gives the six digits; None when the answer is not one that this offer can have got. Then nothing was enrolled.
    """
    answered = (await circles.watch(store, person, enrolment, now=now)).answer
    digits = offer.check_answer(answered) if answered else None
    if answered is None or digits is None:
        await circles.drop(store, person, enrolment)
        return None
    child = adult.sign_record(wire.parse_signed(answered["child"], "child"))
    lists = [adult.sign_record(wire.parse_signed(one, "readers")) for one in answered["lists"]]
    await circles.activate(store, person, enrolment, child, lists, now=now)
    return digits
