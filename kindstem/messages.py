"""Sealed entries: accepting, handing over, the log of reads, flags, and the room a sender has."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from kindstem import calendar, leaves, meldcodes, offers, oncall, wire
from kindstem.config import Config
from kindstem.domain import (
    Circle,
    DecisionKind,
    Device,
    DeviceState,
    Direction,
    EntryRow,
    Flag,
    Meldcode,
    NewEntry,
    Opened,
    Person,
    ReaderList,
    Reset,
    Role,
    SchoolSignal,
    SignedText,
    Standing,
    enough_readers,
)
from kindstem.errors import (
    BadEnvelope,
    BadRequest,
    DeviceOff,
    EntryExists,
    ListStale,
    ListTooSmall,
    ListUnknown,
    Nobody,
    NotFound,
    Quota,
    QuotaVoice,
    TooLarge,
    WrongRecipients,
)
from kindstem.meldcodes import MeldcodeRef
from kindstem.offers import Independence
from kindstem.store import Reader, Store, Tx

PAGE: Final = 500
"""How many entries are handed over at a time."""

AT_ONCE: Final = 4 * 1024 * 1024
"""How many bytes of sealed bodies are handed over in one answer, unless the first alone is larger."""

_THREAD_OVER: Final = 256 * 1024
_READS_SHOWN: Final = 500
_CARDS: Final = 2
_WRITTEN: Final = frozenset({Circle.WORKER, Circle.INDEPENDENT})
"""Circles in which documents are written."""
_ABOUT: Final = frozenset({Circle.WORKER, Circle.INDEPENDENT, Circle.ONCALL})


class Reason(StrEnum):
    """Why a professional opens an entry. Three words and no free text, because the log of reads is readable."""

    READ = "read"
    PREPARE = "prepare"
    OTHER = "other"


class Overdue(StrEnum):
    """Why a child comes first for a second reader."""

    NO = ""
    DAYS = "days"
    AWAY = "away"


@dataclass(frozen=True)
class ListRef:
    """The list that an envelope was sealed to; `number` is None for `self`."""

    circle: Circle
    number: int | None

    @classmethod
    def parse(cls, text: str) -> "ListRef":
        """From the header Kindstem-List: `self`, or circle and number. Raises BadRequest."""
        if text == Circle.SELF:
            return cls(Circle.SELF, None)
        found = re.fullmatch(r"(worker|confidant|independent|oncall)\.([1-9][0-9]{0,8})", text)
        if found is None:
            raise BadRequest()
        return cls(Circle(found[1]), int(found[2]))


@dataclass(frozen=True)
class DocumentRef:
    """What a document is for: which kind of decision, and its day."""

    kind: DecisionKind
    day: date
    quoted: str | None = None
    """The newest entry of the child that it quotes."""

    @classmethod
    def parse(cls, text: str, quoted: str | None = None) -> "DocumentRef":
        """From the headers Kindstem-Document: kind and day, as `plan.2026-12-03`; and Kindstem-Quoted: an entry's id.

        Raises BadRequest.
        """
        kind, _, day = text.partition(".")
        if kind not in set(DecisionKind) or not wire.is_date(day) or not (quoted is None or wire.is_id(quoted)):
            raise BadRequest()
        return cls(DecisionKind(kind), date.fromisoformat(day), quoted)


@dataclass(frozen=True)
class ReactionRef:
    """Of which answer a child says that it is so, or that it is not."""

    answered: str
    so: bool

    @classmethod
    def parse(cls, text: str) -> "ReactionRef":
        """From the header Kindstem-Reacts: the entry's id and `y` or `n`, as `<id>.n`. Raises BadRequest."""
        answered, _, so = text.partition(".")
        if not wire.is_id(answered) or so not in {"y", "n"}:
            raise BadRequest()
        return cls(answered, so == "y")


@dataclass(frozen=True)
class Accepted:
    """That an entry is kept, since when, and whether it was this request that brought it."""

    id: str
    at: datetime
    new: bool


@dataclass(frozen=True)
class Inbox:
    """What is new for a child's phone."""

    cursor: int
    more: bool
    entries: Sequence[EntryRow]
    reads: Sequence[Opened]
    lists: Sequence[ReaderList]
    persons: Sequence[Person]
    flags: Sequence[Flag]
    resets: Sequence[Reset]
    offered: SignedText | None
    """An on-call list that waits for the child."""
    offering: Sequence[Person]
    """Who stands on it."""


@dataclass(frozen=True)
class Page:
    """A part of a child's entries, with who opened each."""

    entries: Sequence[EntryRow]
    cursor: int
    more: bool


@dataclass(frozen=True)
class ChildRow:
    """One child on a reader's first screen."""

    standing: Standing
    overdue: Overdue
    flags: Sequence[Flag]
    signals: Sequence[SchoolSignal]
    meldcodes: Sequence[Meldcode]
    lists: Sequence[ReaderList]
    devices: Sequence[Device]
    cards: Sequence[tuple[EntryRow, bytes]]
    independent: Independence | None
    """The talk of whoever reads it as somebody independent; None for all other readers."""
    made_for: Sequence[str]
    """Before there is a list: the jeugdbeschermer and the second reader whom the kindnummer was made for."""


async def accept(
    store: Store,
    config: Config,
    sender: Device | Person,
    entry: str,
    data: bytes,
    ref: ListRef,
    *,
    flag: bool = False,
    document: DocumentRef | None = None,
    step: MeldcodeRef | None = None,
    offer: str | None = None,
    about: str | None = None,
    reacts: ReactionRef | None = None,
    now: datetime,
) -> Accepted:
    """Keep one sealed envelope, durably.

    It is taken only in the exact form of docs/protocol/envelope.md, only from whom and for the place its header names,
    and only when it is sealed to the child itself, if it has a phone, and exactly the readers of a list. An older list
    is good enough, because a phone can write for days without network; what was sealed for somebody who has left the
    list since is thrown away. A professional who reads the child now may bring what it said on their tablet, to the
    newest worker list alone. The same bytes again give the first answer, so sending twice never makes two.

    With `flag`, the child's flag is set in the same transaction. With `document`, it is kept what the entry is for, and
    by whether it is sealed to the child that the child was offered it; what it quotes has to be the child's own. With
    `about`, it is kept that the child said this of a version of a document, or to the on-call service which flag it is
    about. With `reacts`, it is kept that the child says of an answer in its worker circle that it is so or not. Words
    are not refused for naming none. With
    `step`, it is kept what the entry is in a meldcode: for readers alone, so that one which is sealed to the child is
    refused. With `offer`, it is kept that it offers the talk which this meldcode decided.

    Raises BadEnvelope, NotSealed, NotQuantumSafe, TooLarge, Nobody, WrongRecipients, ListUnknown, ListStale,
    ListTooSmall, EntryExists, Quota, QuotaVoice, DeviceOff, NotFound, MeldcodeClosed, OfferAnswered, and BadRequest for
    a flag, a meldcode or an offer outside the worker circle and a document outside that of somebody independent too,
    for one of the last three of a child, for two of them at once, as meldcodes.take and offers.take, for a document
    that quotes no entry of the child in its circle, and for words `about` one, or that
    react, which are not the child's.
    """
    if len(data) > config.max_envelope:
        raise TooLarge()
    if len(data) > _THREAD_OVER:
        envelope, digest = await asyncio.to_thread(_take_apart, data)
    else:
        envelope, digest = _take_apart(data)
    if envelope.hdr.id != entry:
        raise BadEnvelope()
    written = ref.circle in _WRITTEN
    if ((flag or step or offer) and ref.circle is not Circle.WORKER) or (document and not written):
        # The flag alerts the worker circle; words for another must not give themselves away by it.
        raise BadRequest()
    down = [one for one in (document, step, offer) if one is not None]
    if len(down) > 1 or (down and envelope.hdr.dir == Direction.UP.value):
        raise BadRequest()
    if offer is not None and not wire.is_id(offer):
        raise BadRequest()
    if about and (envelope.hdr.dir != Direction.UP.value or ref.circle not in _ABOUT or not wire.is_id(about)):
        raise BadRequest()
    if reacts and (envelope.hdr.dir != Direction.UP.value or ref.circle is not Circle.WORKER):
        raise BadRequest()
    flagging = sender if flag else None

    def keep(tx: Tx) -> Accepted:
        org = tx.org()
        if org is None or envelope.hdr.org != org.id:
            raise BadEnvelope()
        if isinstance(sender, Device):
            place = _place_for_device(tx, sender, envelope)
        else:
            place = _place_for_person(tx, sender, envelope, ref)
        kept = tx.kept(entry)
        if kept is not None:
            if kept[0] != digest:
                raise EntryExists()
            if isinstance(flagging, Device):
                tx.add_flag(entry, flagging.child, flagging.id, now)
            return Accepted(entry, kept[1], new=False)
        wraps, recipients = _for_whom(tx, envelope, ref, place)
        if step is not None:
            if not isinstance(sender, Person) or place.child_key in recipients:
                raise BadRequest()
            meldcodes.take(tx, step, envelope.hdr.child, sender)
        if offer is not None:
            if not isinstance(sender, Person):
                raise BadRequest()
            offers.take(tx, offer, envelope.hdr.child, sender)
        _take_room(tx, config, place.sender, len(data), now)
        new = NewEntry(
            id=entry,
            child=envelope.hdr.child,
            direction=Direction(envelope.hdr.dir),
            circle=ref.circle,
            list_number=ref.number,
            device=sender.id if isinstance(sender, Device) else None,
            person=sender.id if isinstance(sender, Person) else None,
            hdr=wire.header_bytes(envelope.hdr),
            body=envelope.body,
            wraps=wraps,
            digest=digest,
            at=now,
        )
        seq = tx.add_entry(new, recipients)
        if document is not None:
            offered = place.child_key is not None and place.child_key in recipients
            tx.add_document(seq, new.child, document.kind, document.day, offered=offered)
            if document.quoted is not None:
                words = tx.words_of(document.quoted, new.child, ref.circle)
                if words is None:
                    raise BadRequest()
                tx.add_document_words(seq, words, new.child, quoted=True)
        if about is not None and ref.circle is Circle.ONCALL:
            tx.add_reach(seq, about)
        version = None if about is None else tx.document_of(about, new.child, ref.circle)
        if version is not None:
            tx.add_document_words(version, seq, new.child, quoted=False)
        answered = None if reacts is None else tx.answer_to(reacts.answered, new.child)
        if reacts is not None and answered is not None:
            tx.add_reaction(seq, answered, so=reacts.so)
        if step is not None:
            tx.add_meldcode_record(seq, step.id, step.record)
        if offer is not None:
            tx.add_offer(seq, offer, new.child)
        _log(tx, org.id, new)
        if isinstance(flagging, Device):
            tx.add_flag(entry, flagging.child, flagging.id, now)
        return Accepted(entry, now.replace(microsecond=0), new=True)

    return await store.write(keep)


def _log(tx: Tx, org: str, entry: NewEntry) -> None:
    """Enter in the log that these bytes were accepted: by that an entry can be shown to be what was sent, and when."""
    rec = leaves.statement(
        "log-envelope",
        org,
        entry.at,
        subj=tx.subj_of(entry.child),
        digest=wire.b64(entry.digest),
        dir=entry.direction.value,
        circle=entry.circle.value,
    )
    # Without a reference: these are most of the log, and an index over random digests costs accepting dearly. Whoever
    # looks for one knows when it was accepted.
    tx.log("entry", calendar.local_day(entry.at), rec, [], at=entry.at)


@dataclass(frozen=True)
class _Place:
    sender: str
    child_key: str | None
    """None while the child has no phone: then nothing can be sealed to it."""
    may_leave_child_out: bool
    newest_only: bool = False


def _take_apart(data: bytes) -> tuple[wire.Envelope, bytes]:
    return wire.parse_envelope(data), sha256(data).digest()


def _place_for_device(tx: Reader, device: Device, envelope: wire.Envelope) -> _Place:
    present = tx.device(device.id)
    if present is None or present.state is not DeviceState.ACTIVE:
        raise DeviceOff()
    if envelope.hdr.dir != Direction.UP.value or envelope.hdr.child != device.child:
        raise BadEnvelope()
    return _Place(device.id, present.reading_key, may_leave_child_out=False)


def _place_for_person(tx: Reader, person: Person, envelope: wire.Envelope, ref: ListRef) -> _Place:
    newest = tx.newest_list(envelope.hdr.child, ref.circle)
    # The on-call service is told something and says nothing here.
    if newest is None or not newest.has(person.id) or ref.circle is Circle.ONCALL or _closed(tx, person, newest):
        raise NotFound()
    device = tx.active_device(envelope.hdr.child)
    key = device.reading_key if device else None
    if envelope.hdr.dir == Direction.UP.value:
        # What a child said on this person's tablet. It was sealed a moment ago, by a desk that knows the newest list.
        if ref.circle is not Circle.WORKER:
            raise BadEnvelope()
        return _Place(person.id, key, may_leave_child_out=False, newest_only=True)
    # A card, which holds what readers call the child, is for the readers alone. Which of the two it is stands inside,
    # where the server cannot look, so both are taken.
    return _Place(person.id, key, may_leave_child_out=True)


def _closed(tx: Reader, person: Person, listed: ReaderList) -> bool:
    """Whether a list stands and its reader reads nothing by it any more, because the child said so."""
    return listed.circle is Circle.INDEPENDENT and tx.role_for(person.id, listed.child) is None


def _for_whom(
    tx: Reader, envelope: wire.Envelope, ref: ListRef, place: _Place
) -> tuple[tuple[tuple[str, bytes], ...], frozenset[str]]:
    """The wraps to keep, and everybody the envelope was sealed to."""
    wraps = {wire.b64(wrap.key_id): wrap.sealed for wrap in envelope.wraps}
    recipients = frozenset(wraps)
    child = frozenset({place.child_key} if place.child_key else ())
    if ref.number is None:
        if recipients != child:
            raise WrongRecipients()
        return tuple(wraps.items()), recipients
    newest = tx.newest_list(envelope.hdr.child, ref.circle)
    listed = newest
    if newest is not None and newest.number != ref.number:
        listed = tx.reader_list(envelope.hdr.child, ref.circle, ref.number)
    if listed is None or newest is None:
        raise ListUnknown()
    if place.newest_only and listed.number != newest.number:
        raise ListStale()
    if not enough_readers(ref.circle, (reader.role for reader in listed.readers)):
        raise ListTooSmall()
    if not recipients & listed.keys:
        raise Nobody()
    if recipients != listed.keys | child and not (place.may_leave_child_out and recipients == listed.keys):
        raise WrongRecipients()
    still = newest.keys | child
    return tuple((key, wrap) for key, wrap in wraps.items() if key in still), recipients


def _take_room(tx: Tx, config: Config, sender: str, size: int, now: datetime) -> None:
    """Count an envelope against its sender's day.

    Small ones have room of their own, so that a text still goes when recordings have filled the rest; recordings leave
    some of the rest free for drawings.
    """
    day = calendar.local_day(now).isoformat()
    used = tx.usage(sender, day)
    if size <= config.small and used.small + size <= config.quota_small:
        tx.use(sender, day, small=size)
        return
    if size > config.voice and used.large + size > config.quota_day - config.quota_small:
        raise QuotaVoice()
    if used.large + size > config.quota_day:
        raise Quota()
    tx.use(sender, day, large=size)


async def set_flag(store: Store, device: Device, flag: str, *, now: datetime) -> datetime:
    """Set a child's flag without anything sealed yet, and give the moment it was first set.

    It comes before the words, which can follow when there is network for them. The same id again changes nothing.
    """

    def keep(tx: Tx) -> datetime:
        present = tx.device(device.id)
        if present is None or present.state is not DeviceState.ACTIVE:
            raise DeviceOff()
        tx.add_flag(flag, device.child, device.id, now)
        found = tx.flag(flag)
        if found is None or found.child != device.child:
            raise EntryExists()
        return found.at

    return await store.write(keep)


async def see_flag(store: Store, person: Person, flag: str, *, now: datetime) -> None:
    """Note that somebody has seen a flag, which the child sees. Raises NotFound for whoever has no part in it."""

    def keep(tx: Tx) -> None:
        found = tx.flag(flag)
        if found is None or not oncall.may_act(tx, person, found):
            raise NotFound()
        tx.see_flag(flag, person.id, now)

    await store.write(keep)


async def inbox(store: Store, device: Device, *, after: int) -> Inbox:
    """What changed for a child since `after`; at most PAGE entries, and `more` when there are others."""

    def ask(r: Reader) -> Inbox:
        newest = r.last_change()
        entries = r.entries_for(device.reading_key, device.child, after=after, limit=PAGE + 1)
        more = len(entries) > PAGE
        entries = entries[:PAGE]
        # After a restore the numbers go on from an earlier one, and phones must come back to that.
        cursor = entries[-1].seq if more else newest
        lists = r.lists_of(device.child)
        ids = {reader.person for one in lists for reader in one.readers}
        persons = [person for person in (r.person(one) for one in sorted(ids)) if person is not None]
        offered = oncall.offered(r, device.child)
        named = wire.parse_json(offered.text.encode())["readers"] if offered else []
        return Inbox(
            cursor=cursor,
            more=more,
            entries=entries,
            reads=r.reads_for(device.reading_key, device.child, after=after, until=cursor),
            lists=lists,
            persons=persons,
            flags=r.flags_of(device.child),
            resets=r.resets_of(device.child),
            offered=offered,
            offering=[person for person in (r.person(one["person"]) for one in named) if person is not None],
        )

    return await store.read(ask)


async def body_for_device(store: Store, device: Device, entry: str) -> bytes:
    """The sealed body of an entry that this child holds a key to. Raises NotFound for any other."""

    def ask(r: Reader) -> bytes:
        row = r.entry_for(device.reading_key, entry)
        if row is None or row.child != device.child:
            raise NotFound()
        return r.body(row.seq)

    return await store.read(ask)


async def body_for_person(store: Store, person: Person, entry: str, reason: Reason, *, now: datetime) -> bytes:
    """The sealed body of an entry, after the read was logged durably where the child will see it.

    Raises NotFound unless this person reads the child, or is of the on-call service and the entry says how to reach it
    about a flag that is theirs now, and the entry is sealed to their key.
    """

    def log(tx: Tx) -> bytes:
        row = tx.entry_for(person.reading_key or "", entry)
        if row is None or not _opens(tx, person, row):
            raise NotFound()
        tx.add_read(row.seq, person.id, reason.value, now)
        return tx.body(row.seq)

    # What the transaction gives comes out only once it is durable.
    return await store.write(log)


async def bodies_for_person(
    store: Store, person: Person, entries: Sequence[str], reason: Reason, *, now: datetime
) -> Sequence[tuple[str, bytes]]:
    """The sealed bodies of several entries, in their order, after all these reads were logged durably at once.

    Each is a read of its own to the child. What would make the answer larger than AT_ONCE is left out and not logged,
    but never the first, so that whoever asks for what is left always gets on.

    Raises NotFound, with nothing logged, unless this person may read each of them.
    """

    def log(tx: Tx) -> list[tuple[str, bytes]]:
        rows = [tx.entry_for(person.reading_key or "", entry) for entry in entries]
        found: list[tuple[str, bytes]] = []
        size = 0
        for row in rows:
            if row is None or not _opens(tx, person, row):
                raise NotFound()
            body = tx.body(row.seq)
            size += len(body)
            if found and size > AT_ONCE:
                break
            tx.add_read(row.seq, person.id, reason.value, now)
            found.append((row.id, body))
        return found

    return await store.write(log)


async def entries(store: Store, person: Person, child: str, *, after: int) -> Page:
    """A child's entries that this person's key can open, oldest first. Raises NotFound for whoever does not read it."""

    def ask(r: Reader) -> Page:
        _reads(r, person, child)
        rows = r.entries_for(person.reading_key or "", child, after=after, limit=PAGE + 1)
        more, rows = len(rows) > PAGE, rows[:PAGE]
        opened = r.opened([row.seq for row in rows])
        rows = [replace(row, opened=tuple(opened.get(row.seq, ()))) for row in rows]
        return Page(rows, rows[-1].seq if rows else after, more)

    return await store.read(ask)


async def reads_of(store: Store, person: Person, child: str) -> Sequence[Opened]:
    """The log of reads of a child's entries that this person's key can open, newest first. Raises NotFound."""

    def ask(r: Reader) -> Sequence[Opened]:
        _reads(r, person, child)
        return r.latest_reads_for(person.reading_key or "", child, limit=_READS_SHOWN)

    return await store.read(ask)


async def device_keys(store: Store, person: Person, child: str) -> Sequence[Device]:
    """The phones a child had and has, newest first. Raises NotFound for whoever does not read it."""

    def ask(r: Reader) -> Sequence[Device]:
        _reads(r, person, child)
        return r.devices_of(child)

    return await store.read(ask)


async def children(store: Store, config: Config, person: Person, *, now: datetime) -> Sequence[ChildRow]:
    """The children somebody reads, in the order in which they ask for attention.

    First those with a flag that nobody has seen, then, for a second reader, those whose message nobody opened in time,
    then unread words, newest first.
    """

    def ask(r: Reader) -> list[ChildRow]:
        return [_row(r, config, person, child, role, now) for child, role in r.children_of(person.id)]

    rows = await store.read(ask)

    def order(row: ChildRow) -> tuple[bool, bool, bool, float]:
        standing = row.standing
        last = standing.last.timestamp() if standing.last else 0.0
        waits_for_me = row.overdue is not Overdue.NO and standing.role is Role.SECOND
        return (not any(not flag.seen for flag in row.flags), not waits_for_me, not standing.unread, -last)

    return sorted(rows, key=order)


def _row(r: Reader, config: Config, person: Person, child: str, role: Role, now: datetime) -> ChildRow:
    standing = r.standing(child, role, person.id, person.reading_key)
    lists, devices = r.lists_of(child), r.devices_of(child)
    cards = r.cards_for(person.reading_key or "", child, limit=_CARDS)
    made = None if lists else r.child(child)
    return ChildRow(
        standing=standing,
        overdue=_overdue(r, config, standing, now),
        flags=r.flags_of(child) if role in {Role.WORKER, Role.SECOND} else (),
        signals=r.school_signals(child) if role in {Role.WORKER, Role.SECOND} else (),
        meldcodes=r.meldcodes_of(child) if role in {Role.WORKER, Role.SECOND} else (),
        lists=lists,
        devices=devices,
        cards=[(card, r.body(card.seq)) for card in cards],
        independent=offers.independence(r, child) if role is Role.INDEPENDENT else None,
        made_for=(made.worker, made.second) if made else (),
    )


def _overdue(r: Reader, config: Config, standing: Standing, now: datetime) -> Overdue:
    waiting = standing.first_unopened
    if waiting is None or standing.role in {Role.CONFIDANT, Role.INDEPENDENT}:
        return Overdue.NO
    if calendar.is_overdue(waiting, now, working_days=config.overdue_working_days):
        return Overdue.DAYS
    listed = r.newest_list(standing.child, Circle.WORKER)
    workers = [r.person(reader.person) for reader in listed.readers if reader.role is Role.WORKER] if listed else []
    today = calendar.local_day(now)
    gone = [not one.active or (one.away is not None and one.away.covers(today)) for one in workers if one]
    return Overdue.AWAY if gone and all(gone) else Overdue.NO


def _opens(r: Reader, person: Person, row: EntryRow) -> bool:
    if row.circle is not Circle.ONCALL:
        return r.role_for(person.id, row.child) is not None
    of = r.flag_of_reach(row.seq)
    flag = None if of is None else r.flag(of)
    return flag is not None and flag.child == row.child and oncall.served(r, person, flag)


def _reads(r: Reader, person: Person, child: str) -> None:
    if r.role_for(person.id, child) is None:
        raise NotFound()


async def tidy(store: Store, *, now: datetime) -> None:
    """Forget what was counted against days that are over."""
    before = calendar.local_day(now - timedelta(days=2)).isoformat()
    await store.write(lambda tx: tx.forget_usage(before))
