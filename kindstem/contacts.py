"""Talks: planned, held, not held, answered: handed in, and what they come to (docs/protocol/attestation.md).

Each record enters the log in the transaction that keeps it. The server checks who may say what and in which order;
what a chain then comes to is decided in levels.py, and by nobody's clock but the records'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kindstem import levels, signing, talks, wire
from kindstem.calendar import local_day, quarter_of
from kindstem.config import Config
from kindstem.domain import (
    QUESTIONS_QUARTER,
    AfterCount,
    Circle,
    Device,
    DeviceState,
    Person,
    Role,
    Signature,
    SignedText,
    TalkRow,
)
from kindstem.errors import (
    BadRecord,
    BadSignature,
    DeviceOff,
    NotFound,
    Quota,
    TalkFuture,
    TalkGone,
    TalkStale,
)
from kindstem.levels import Chain, Link, Verdict
from kindstem.recounting import child_keys, count
from kindstem.store import Reader, Store, Tx
from kindstem.wire import Record, Signed, b64, unb64

AHEAD: Final = timedelta(minutes=10)
"""How far a talk's beginning may lie ahead of our clock."""

CODE_LASTS: Final = timedelta(minutes=15)
"""How long a short code leads to its talk."""

SHOWN: Final = 50
"""How many talks and plans a phone is handed."""

SHOWN_FROM: Final = 5
"""From how many answers what children thought is shown: fewer could tell of one child."""

MOST_ANSWERS: Final = 50
"""How many answers one talk takes. A phone in the wrong hands could fill the log, which forgets nothing."""

_READERS: Final = frozenset({Role.WORKER, Role.SECOND})
_BY_PRO: Final = frozenset({"talk", "plan", "notheld", "withdrawal", "met"})


@dataclass(frozen=True)
class Told:
    """A chain of records about one talk, and what it comes to."""

    chain: Chain
    verdict: Verdict
    rows: Sequence[TalkRow]
    """Its records in the order in which they came in."""
    name: str
    """Whose talk it was."""

    @property
    def current(self) -> TalkRow:
        """The talk as it now stands."""
        return next(row for row in self.rows if row.hash == self.chain.current.hash)

    @property
    def newest(self) -> TalkRow:
        """What was last recorded of it: the talk as it stands, or its withdrawal."""
        return next(row for row in self.rows if row.hash == self.chain.newest.hash)

    @property
    def aside(self) -> frozenset[str]:
        """The hashes of the records that do not count."""
        return frozenset(link.hash for link in self.chain.aside)


@dataclass(frozen=True)
class Plan:
    """A planned talk that has been neither held nor called off, and with whom."""

    row: TalkRow
    name: str


@dataclass(frozen=True)
class Talks:
    """All there is about a child's talks."""

    subj: str
    log: str | None
    size: int
    root: str
    device: TalkRow | None
    """The evidence record of the phone it has now."""
    child: str | None
    """The id of that phone's key."""
    begun: datetime | None
    """When the log was begun."""
    plans: Sequence[Plan]
    told: Sequence[Told]


@dataclass(frozen=True)
class Heard:
    """What children of a team thought of talks in a month; `values` is None where too few answered."""

    team: str
    month: str
    question: str
    values: dict[str, int] | None


# --- what professionals hand in ---------------------------------------------------------------------------------------


async def hand_in(
    store: Store, person: Person, child: str, signed: Signed, *, code: str | None = None, now: datetime
) -> int:
    """Keep a record about a child's talk that a professional hands in, and give its number in the log.

    A talk, a plan, a talk not held, a withdrawal and "both were there" are signed by this person's key; an answer is
    one that the child gave in kindmodus, signed by this person's key, or one from the room, signed by the child's
    device and taken from its code. With `code`, the lookup of a short code, a talk can be found by the child's phone
    for a quarter of an hour. The same record again gives the same number.

    Raises NotFound for whoever does not read the child's worker circle, BadRecord, BadSignature, TalkStale, TalkFuture.
    """
    record = signed.record

    def keep(tx: Tx) -> int:
        _check_reads(tx, person, child)
        _check_about(tx, record, child)
        if record["t"] not in _BY_PRO | {"answer"} or (code is not None and record["t"] != "talk"):
            raise BadRecord(field="t")
        found = tx.talk_record(talks.hash_of(record))
        if found is None:
            if record["t"] in _BY_PRO:
                _check_by(signed, [person])
            index = (
                _answer(tx, child, signed, person, now) if record["t"] == "answer" else _keep(tx, child, signed, now)
            )
        else:
            index = _index(tx, found, child)
        if code is not None:
            tx.add_talk_code(code, talks.hash_of(record), now + CODE_LASTS)
        return index

    return await store.write(keep)


async def add_evidence(store: Store, person: Person, child: str, signed: Signed, *, now: datetime) -> int:
    """Keep the evidence record of the phone a child has now, signed by a reader of its worker circle.

    Raises NotFound, BadRecord for another device's keys, BadSignature, and TalkStale when the phone has one already.
    """
    record = talks.parse_record(signed.record, "device")

    def keep(tx: Tx) -> int:
        _check_reads(tx, person, child)
        _check_about(tx, record, child)
        text = _check_by(signed, [person])
        found = tx.talk_record(text.hash)
        if found is not None and text.sigs[0] in found.record.sigs:
            return _index(tx, found, child)
        device = tx.active_device(child)
        if device is None or (record["signing"], record["unlock"]) != (device.signing, device.unlock):
            raise BadRecord(field="signing")
        key = _key_id(device.signing)
        if tx.evidence_of(key) is not None:
            raise TalkStale()
        tx.add_talk(child, "device", text, chain=text.hash, id=None, names=key, at=now)
        index = _enter(tx, record, text, now)
        # What a phone said before anybody vouched for it weighs differently from now on.
        count(tx, child, None)
        return index

    return await store.write(keep)


async def introduce(store: Store, person: Person, child: str, signature: Signature, *, now: datetime) -> int:
    """Keep another reader's signature on the evidence record of a child's phone, and give its number in the log.

    Any reader of the child may introduce it, the confidant too: evidence by a phone that one person alone introduced is
    weaker. Raises NotFound for anybody else and without a record, and BadSignature.
    """

    def keep(tx: Tx) -> int:
        if tx.role_for(person.id, child) is None:
            raise NotFound()
        device = tx.active_device(child)
        row = tx.evidence_of(_key_id(device.signing)) if device else None
        if row is None:
            raise NotFound()
        record = _record(row)
        _check_by(Signed(record, (wire.Signature(signature.by, signature.sig),)), [person])
        at = [one.by for one in row.record.sigs]
        if signature.by in at:
            # The first came with the record itself.
            return tx.logged(row.hash)[at.index(signature.by)]
        tx.sign(row.hash, (signature,))
        sigs = [{"by": signature.by, "sig": signature.sig}]
        return tx.log("introduction", local_day(now), record, sigs, at=now, ref=row.hash)

    return await store.write(keep)


async def evidence(store: Store, person: Person, child: str) -> TalkRow | None:
    """The evidence record of the phone a child has now, for any of its readers. Raises NotFound for anybody else."""

    def ask(r: Reader) -> TalkRow | None:
        if r.role_for(person.id, child) is None:
            raise NotFound()
        device = r.active_device(child)
        return r.evidence_of(_key_id(device.signing)) if device else None

    return await store.read(ask)


# --- what a child's phone hands in ------------------------------------------------------------------------------------


async def answer(
    store: Store, config: Config, device: Device, answered: Signed, talk: Signed | None = None, *, now: datetime
) -> list[int]:
    """Keep a child's answer about a talk, and give its number in the log.

    With `talk`, the talk as the phone took it from the professional's code comes first, with its own number: the two
    hand in what they hold without waiting for each other. It is kept as if the professional had sent it.

    Raises DeviceOff, BadRecord, BadSignature, TalkStale, TalkFuture, and Quota.
    """

    def keep(tx: Tx) -> list[int]:
        present = tx.device(device.id)
        if present is None or present.state is not DeviceState.ACTIVE:
            raise DeviceOff()
        found = []
        for signed in (talk, answered):
            if signed is None:
                continue
            _check_about(tx, signed.record, device.child)
            kept = tx.talk_record(talks.hash_of(signed.record))
            if kept is not None:
                found.append(_index(tx, kept, device.child))
                continue
            _take_room(tx, config, device, signed, now)
            if signed is talk:
                _check_by(signed, _ever_readers(tx, device.child))
                found.append(_keep(tx, device.child, signed, now))
            else:
                found.append(_answer(tx, device.child, signed, present, now))
        return found

    return await store.write(keep)


async def find(store: Store, device: Device, lookup: str, *, now: datetime) -> TalkRow:
    """The talk of this child that a short code leads to. Raises TalkGone for any other; which, is not said."""

    def ask(r: Reader) -> TalkRow:
        found = r.talk_under(lookup, now)
        if found is None or found.child != device.child:
            raise TalkGone()
        return found

    return await store.read(ask)


async def think(store: Store, device: Device, question: str, value: str, *, now: datetime) -> None:
    """Count what a child thought of its talks this month, or said of this quarter, without keeping whose answer it was.

    A second answer to a question in the same month or quarter is not counted, and nobody is told that it was not.
    """

    def count(tx: Tx) -> None:
        present = tx.device(device.id)
        if present is None or present.state is not DeviceState.ACTIVE:
            raise DeviceOff()
        listed = tx.newest_list(device.child, Circle.WORKER)
        workers = [tx.person(one.person) for one in listed.readers if one.role is Role.WORKER] if listed else []
        team = next((one.team for one in workers if one and one.team), "")
        if question in QUESTIONS_QUARTER:
            tx.count_quarter(device.child, team, quarter_of(local_day(now)), question, value)
        else:
            tx.count_after(device.child, team, _month(now), question, value)

    await store.write(count)


# --- what there is ----------------------------------------------------------------------------------------------------


async def talks_of(store: Store, person: Person, child: str) -> Talks:
    """Everything about a child's talks, for a reader of its worker circle. Raises NotFound for anybody else."""

    def ask(r: Reader) -> Talks:
        _check_reads(r, person, child)
        rows = r.talk_records(child)
        log, subj, device = r.open_log(), r.subj_of(child), r.active_device(child)
        if subj is None:
            raise NotFound()
        size = log.size if log else 0
        newest = r.newest_checkpoint()
        # What was signed, where there is something: a root that nobody signed binds nobody.
        size, root = (newest.size, b64(r.log_root(newest.size))) if newest else (0, talks.EMPTY_ROOT)
        key = _key_id(device.signing) if device else None
        return Talks(
            subj=subj,
            log=log.id if log else None,
            size=size,
            root=root,
            device=r.evidence_of(key) if key else None,
            child=key,
            begun=log.begun if log else None,
            plans=_plans(r, rows),
            told=_told(r, rows),
        )

    return await store.read(ask)


async def for_phone(store: Store, device: Device) -> tuple[Sequence[Told], Sequence[Plan]]:
    """The newest of a child's talks, and what is planned, for its phone."""

    def ask(r: Reader) -> tuple[Sequence[Told], Sequence[Plan]]:
        rows = r.talk_records(device.child)
        newest = sorted(_told(r, rows), key=lambda told: (_record(told.current)["start"], told.current.order))
        return newest[::-1][:SHOWN], _plans(r, rows)[-SHOWN:]

    return await store.read(ask)


async def heard(store: Store) -> Sequence[Heard]:
    """What children thought of talks, per team, month and question.

    Shown from five answers; skipped ones do not count for that, and stand beside it.
    """

    def shown(count: AfterCount) -> Heard:
        given = sum(number for value, number in count.values.items() if value != "skipped")
        return Heard(count.team, count.month, count.question, count.values if given >= SHOWN_FROM else None)

    return [shown(one) for one in await store.read(lambda r: r.after_counts())]


async def tidy(store: Store, *, now: datetime) -> None:
    """Forget short codes that ran out, and which children answered in months and quarters that are over."""

    def forget(tx: Tx) -> None:
        tx.forget_talk_codes(now)
        # By every clock that is taken for right, this month and this quarter are among these.
        days = (now, now - timedelta(days=1), now + timedelta(days=1))
        tx.forget_after({_month(day) for day in days})
        tx.forget_quarter({quarter_of(local_day(day)) for day in days})

    await store.write(forget)


# --- what the functions above share -----------------------------------------------------------------------------------


def _month(now: datetime) -> str:
    return local_day(now).isoformat()[:7]


def _key_id(public: str) -> str:
    return b64(signing.signing_key_id(unb64(public)))


def _record(row: TalkRow) -> Record:
    record: Record = wire.parse_json(row.record.text.encode())
    return record


def _check_reads(r: Reader, person: Person, child: str) -> None:
    if r.role_for(person.id, child) not in _READERS:
        raise NotFound()


def _check_about(r: Reader, record: Record, child: str) -> None:
    org = r.org()
    if org is None or record["org"] != org.id or record["subj"] != r.subj_of(child):
        raise BadRecord(field="subj")


def _ever_readers(r: Reader, child: str) -> list[Person]:
    """Whoever stood on a worker list of the child: a talk may be handed in after somebody left it."""
    ids = {one.person for listed in r.lists_of(child) if listed.circle is Circle.WORKER for one in listed.readers}
    return [person for person in (r.person(one) for one in sorted(ids)) if person is not None]


def _check_by(signed: Signed, people: Iterable[Person]) -> SignedText:
    """The record, when one of these people signed it, and nobody else.

    Raises BadRecord when it names somebody or some key that is not theirs, and BadSignature.
    """
    record = signed.record
    if len(signed.sigs) != 1:
        raise BadSignature()
    by = signed.sigs[0].by
    keys = {_key_id(key): (person, key) for person in people for key in person.signing_keys}
    if by not in keys:
        raise BadSignature()
    person, key = keys[by]
    if "pro" in record and (record["pro"], record["by"]) != (by, person.id):
        raise BadRecord(field="pro")
    if not signing.verify_record(signed, unb64(key)):
        raise BadSignature()
    return _text(signed)


def _text(signed: Signed) -> SignedText:
    sigs = tuple(Signature(one.by, one.sig) for one in signed.sigs)
    return SignedText(wire.canonical(signed.record).decode(), talks.hash_of(signed.record), sigs)


def _index(r: Reader, found: TalkRow, child: str) -> int:
    if found.child != child or found.index is None:
        raise BadRecord()
    return found.index


def _keep(tx: Tx, child: str, signed: Signed, now: datetime) -> int:
    """Keep a record whose signatures have been checked, when it is in its place."""
    record, text = signed.record, _text(signed)
    chain, names = text.hash, None
    if record["t"] == "talk":
        ahead = (talks.moment_of(record["start"]) - now).total_seconds()
        if ahead > AHEAD.total_seconds():
            raise TalkFuture(seconds=int(ahead - AHEAD.total_seconds()))
        _check_log(tx, record)
        if record["child"] is not None and record["child"] not in {
            _key_id(one.signing) for one in tx.devices_of(child)
        }:
            raise BadRecord(field="child")
    if record["t"] in {"talk", "notheld"}:
        names = record["plan"]
    if record.get("first") is not None:
        chain = _check_follows(tx, child, signed)
    if record["t"] == "met":
        chain = _check_met(tx, child, record)
    return _add(tx, child, signed, chain, names, now)


def _add(tx: Tx, child: str, signed: Signed, chain: str, names: str | None, now: datetime) -> int:
    record, text = signed.record, _text(signed)
    if tx.has_talk_id(record["id"]):
        raise BadRecord(field="id")
    tx.add_talk(child, record["t"], text, chain=chain, id=record["id"], names=names, at=now)
    index = _enter(tx, record, text, now)
    count(tx, child, tx.chains_naming(child, record["id"]) if record["t"] == "plan" else [chain])
    return index


def _enter(tx: Tx, record: Record, text: SignedText, now: datetime) -> int:
    day = local_day(talks.moment_of(levels.about(record)))
    sigs = [{"by": one.by, "sig": one.sig} for one in text.sigs]
    return tx.log(levels.log_type(record), day, record, sigs, at=now, ref=text.hash)


def _check_log(r: Reader, record: Record) -> None:
    """Whether a talk names our log and a state of it that was; or a log before it, as what is handed in again.

    After a restore devices hold talks that only the old log knew. The states those name can be later than the last
    that is known here, so only the last known one is compared.
    """
    found, nb = r.open_log(), record["nb"]
    if found is None:
        raise BadRecord(field="log")
    if record["log"] == found.id:
        wrong = nb["size"] > found.size or b64(r.log_root(nb["size"])) != nb["root"]
    else:
        before = r.log_before()
        if before is None or not (record["log"] == before["log"] or r.is_log(record["log"])):
            raise BadRecord(field="log")
        known = (before["log"], before["size"]) == (record["log"], nb["size"])
        wrong = known and before["root"] != nb["root"]
    if wrong:
        raise BadRecord(field="nb")


def _check_follows(r: Reader, child: str, signed: Signed) -> str:
    """The chain that a correction or withdrawal goes on with, as its newest record."""
    record = signed.record
    rows = r.talk_chain(record["first"])
    chain = _chain(rows)
    if chain is None or rows[0].child != child or chain.first.t != "talk":
        raise BadRecord(field="first")
    if not levels.may_follow(_link(signed), chain.first):
        raise BadRecord(field="child")
    if chain.withdrawn or record["prev"] != chain.newest.hash:
        raise TalkStale()
    return record["first"]  # type: ignore[no-any-return]


def _check_met(r: Reader, child: str, record: Record) -> str:
    talk, answered = _talk(r, child, record["talk"]), r.talk_record(record["answer"])
    if talk.type != "talk" or _record(talk)["pro"] != record["pro"]:
        raise BadRecord(field="talk")
    said = _record(answered) if answered and answered.type == "answer" else None
    if said is None or said["talk"] != talk.hash or said["way"] != "room":
        raise BadRecord(field="answer")
    return talk.chain


def _talk(r: Reader, child: str, named: str) -> TalkRow:
    found = r.talk_record(named)
    if found is None or found.child != child or found.type not in {"talk", "notheld"}:
        raise BadRecord(field="talk")
    return found


def _answer(tx: Tx, child: str, signed: Signed, giver: Person | Device, now: datetime) -> int:
    """Keep an answer: from the child's phone, or handed in by a professional."""
    record = signed.record
    if record["t"] != "answer":
        raise BadRecord(field="t")
    talk = _talk(tx, child, record["talk"])
    if record["way"] == "kindmodus" and isinstance(giver, Person):
        _check_by(signed, [giver])
    elif isinstance(giver, Device) and record["way"] != "kindmodus":
        _check_by_device(signed, [giver])
    elif record["way"] == "room":
        # From the child's screen in the room; both hand it in. The phone may have been replaced since.
        _check_by_device(signed, tx.devices_of(child))
    else:
        raise BadRecord(field="way")
    before = tx.talk_record(record["prev"]) if record["prev"] is not None else None
    if before is not None and (before.type, before.chain) != ("answer", talk.chain):
        raise BadRecord(field="prev")
    if sum(row.type == "answer" for row in tx.talk_chain(talk.chain)) >= MOST_ANSWERS:
        raise Quota()
    return _add(tx, child, signed, talk.chain, None, now)


def _check_by_device(signed: Signed, devices: Iterable[Device]) -> None:
    """Raises BadSignature unless one of these phones signed, with its device key and perhaps its unlock key."""
    if not any(signing.signed_by_device(signed, unb64(one.signing), unb64(one.unlock)) for one in devices):
        raise BadSignature()


def _take_room(tx: Tx, config: Config, device: Device, signed: Signed, now: datetime) -> None:
    """Count a record against the phone's day, with its small messages."""
    size, day = len(wire.canonical(signed.json())), local_day(now).isoformat()
    if tx.usage(device.id, day).small + size > config.quota_small:
        raise Quota()
    tx.use(device.id, day, small=size)


def _link(signed: Signed, order: int = 0) -> Link:
    return Link(talks.hash_of(signed.record), signed.record, tuple(one.by for one in signed.sigs), order)


def _chain(rows: Sequence[TalkRow]) -> Chain | None:
    chains, _ = levels.chains_of(levels.link_of(row) for row in rows)
    return chains[0] if chains else None


def _told(r: Reader, rows: Sequence[TalkRow]) -> list[Told]:
    """A child's chains with what each comes to, in the order in which they began."""
    devices = [child_keys(_record(row)) for row in rows if row.type == "device"]
    chains, _ = levels.chains_of(levels.link_of(row) for row in rows if row.type not in {"device", "plan"})
    by_chain: dict[str, list[TalkRow]] = {}
    for row in rows:
        by_chain.setdefault(row.chain, []).append(row)
    names = _Names(r)
    return [
        Told(
            chain=chain,
            verdict=levels.level_of(chain, devices),
            rows=by_chain[chain.first.hash],
            name=names.of(chain.first.record["by"]),
        )
        for chain in chains
    ]


def _plans(r: Reader, rows: Sequence[TalkRow]) -> list[Plan]:
    """The plans that no talk and no talk-not-held names, the earliest first."""
    records = [(row, _record(row)) for row in rows if row.type in {"plan", "talk", "notheld"}]
    done = {record["plan"] for _, record in records if record["t"] != "plan"}
    names = _Names(r)
    open_plans = [(row, record) for row, record in records if record["t"] == "plan" and record["id"] not in done]
    return [
        Plan(row, names.of(record["by"]))
        for row, record in sorted(open_plans, key=lambda one: (one[1]["start"], one[0].order))
    ]


class _Names:
    """The names of people, each asked for once."""

    def __init__(self, r: Reader) -> None:
        self._r = r
        self._known: dict[str, str] = {}

    def of(self, person: str) -> str:
        if person not in self._known:
            found = self._r.person(person)
            self._known[person] = found.name if found else ""
        return self._known[person]
