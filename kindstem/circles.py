"""Children and who may read them: kindnummers, enrolment face to face, lists of readers (docs/protocol/keys.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from kindstem import leaves, signing, wire
from kindstem.calendar import local_day
from kindstem.domain import (
    Child,
    Circle,
    Device,
    DeviceState,
    Enrolment,
    EnrolState,
    Method,
    Person,
    Reader,
    ReaderList,
    Role,
    Signature,
    SignedText,
    enough_readers,
)
from kindstem.errors import (
    AlertsUntried,
    BadRecord,
    BadSignature,
    ChildUnlisted,
    DeviceOff,
    EnrolGone,
    ListStale,
    ListTooSmall,
    NotFound,
    Replayed,
    TryoutOnly,
)
from kindstem.store import Reader as Asking
from kindstem.store import Store, Tx

LASTS: Final = timedelta(minutes=15)
"""How long a start code can be found and answered."""

CONFIRM: Final = timedelta(minutes=15)
"""How much longer the professional may take to say that the digits are the same."""

_CIRCLE_ROLES: Final = {
    Circle.WORKER: frozenset({Role.WORKER, Role.SECOND}),
    Circle.CONFIDANT: frozenset({Role.CONFIDANT}),
    Circle.INDEPENDENT: frozenset({Role.CONFIDANT}),
    Circle.ONCALL: frozenset({Role.ONCALL}),
}
"""As what somebody works here who may stand on a list of the circle."""

_BY_CHILD: Final = frozenset({Circle.CONFIDANT, Circle.INDEPENDENT})
"""Circles that are the child's: after the first list its phone changes them alone."""


@dataclass(frozen=True)
class Offer:
    """What a phone finds under a start code."""

    bundle: dict[str, Any]
    proof: str
    method: Method


@dataclass(frozen=True)
class Answer:
    """What a phone answers: its own key record and the lists it was shown, all signed by it."""

    child: wire.Signed
    lists: Sequence[wire.Signed]
    proof: str
    method: Method

    def json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return {
            "child": self.child.json(),
            "lists": [one.json() for one in self.lists],
            "proof": self.proof,
            "method": self.method.value,
        }


@dataclass(frozen=True)
class Progress:
    """How far an enrolment is; the answer is there once the phone has given it."""

    state: EnrolState
    answer: dict[str, Any] | None


async def new_child(
    store: Store, worker: Person, second: str, *, kindnummer: str | None = None, now: datetime
) -> Child:
    """A new child with its jeugdbeschermer and the second reader; under a kindnummer of the roster, or a fresh one.

    A child of the roster keeps the random id that the log has for it already. Raises NotFound unless the one who asks
    is a jeugdbeschermer, ListTooSmall unless the second is somebody else who works here, can read, and has made their
    keys, and ChildUnlisted for a kindnummer that the roster does not know or that was taken before.
    """
    if worker.role is not Role.WORKER:
        raise NotFound()

    def keep(tx: Tx) -> Child:
        other = tx.person(second)
        fits = other is not None and other.active and other.record is not None and other.id != worker.id
        if other is None or not fits or other.role not in _CIRCLE_ROLES[Circle.WORKER]:
            raise ListTooSmall()
        if kindnummer is not None and (tx.roster_subj(kindnummer) is None or tx.child(kindnummer) is not None):
            raise ChildUnlisted()
        given = kindnummer or tx.free_kindnummer()
        child = Child(given, now.replace(microsecond=0), worker.id, other.id, enrolled=False)
        tx.add_child(child)
        return child

    return await store.write(keep)


async def offer(
    store: Store,
    person: Person,
    child: str,
    ids: tuple[str, str],
    bundle: dict[str, Any],
    proofs: tuple[str, str],
    *,
    allowed: bool,
    alerted: bool,
    now: datetime,
) -> Enrolment:
    """Begin an enrolment: the desk's bundle, findable for 15 minutes under the ids of its QR code and typed code.

    The server checks that the bundle names people who work here by the keys it knows, and that its lists are new or
    follow the child's newest. The phone does not rely on that: it has the bundle's hash from the professional's screen.

    Raises NotFound for a child this person is not a worker-circle reader of, TryoutOnly unless `allowed`,
    AlertsUntried unless `alerted`, BadRecord, ListTooSmall, and ListStale.
    """
    wire.parse_record(bundle, "bundle")
    enrolment = Enrolment(
        id=signing.random_id(),
        child=child,
        by=person.id,
        bundle=wire.canonical(bundle).decode(),
        proof_qr=proofs[0],
        proof_typed=proofs[1],
        state=EnrolState.WAITING,
        made_at=now,
        expires_at=now + LASTS,
    )

    def keep(tx: Tx) -> None:
        org = tx.org()
        if tx.role_for(person.id, child) not in _CIRCLE_ROLES[Circle.WORKER]:
            raise NotFound()
        if not allowed:
            raise TryoutOnly()
        if not alerted:
            raise AlertsUntried()
        if org is None or bundle["org"] != org.id or bundle["child"] != child:
            raise BadRecord()
        lists = [_reader_list(tx, record, now) for record in bundle["lists"]]
        if not any(one.circle is Circle.WORKER and one.has(person.id) for one in lists):
            raise BadRecord()
        for one in lists:
            _check_follows(tx, one, may_stay=True)
        _check_apart(tx, lists)
        if ids[0] == ids[1] or not tx.add_enrolment(enrolment, *ids):
            raise BadRecord()

    await store.write(keep)
    return enrolment


async def find(store: Store, code_id: str, *, now: datetime) -> Offer:
    """The bundle under a start code. Raises EnrolGone for an unknown, used or old one; which, is not said."""

    def ask(r: Asking) -> Offer:
        found = _open(r, code_id, now)
        qr = r.is_qr(found.id, code_id)
        return Offer(
            bundle=wire.parse_json(found.bundle.encode()),
            proof=found.proof_qr if qr else found.proof_typed,
            method=Method.QR if qr else Method.TYPED,
        )

    return await store.read(ask)


async def answer(store: Store, code_id: str, given: Answer, *, now: datetime) -> None:
    """Keep a phone's answer to a start code; the first one wins.

    The proof in it can be checked only by the desk. Raises EnrolGone, BadRecord for records about something else than
    the bundle, and BadSignature unless the phone's own key signed them all.
    """
    record = given.child.record
    device_key = wire.unb64(record["signing"])
    if not all(signing.verify_record(one, device_key) for one in (given.child, *given.lists)):
        raise BadSignature()
    text = wire.canonical(given.json()).decode()

    def keep(tx: Tx) -> None:
        found = _open(tx, code_id, now)
        bundle = wire.parse_json(found.bundle.encode())
        same = all(record[name] == bundle[name] for name in ("org", "child", "level", "lang"))
        if not same or tx.device(record["device"]) is not None:
            raise BadRecord()
        if [one.record for one in given.lists] != bundle["lists"]:
            raise BadRecord()
        if tx.is_qr(found.id, code_id) != (given.method is Method.QR):
            raise BadRecord()
        if not tx.move_enrolment(found.id, EnrolState.WAITING, EnrolState.ANSWERED, text):
            raise EnrolGone()

    await store.write(keep)


async def progress(store: Store, code_id: str, *, now: datetime) -> Progress:
    """How far an enrolment is, for the phone. Raises EnrolGone when there is none under this id."""

    def ask(r: Asking) -> Progress:
        found = r.enrolment_by_code(code_id)
        if found is None:
            raise EnrolGone()
        done = found.state is EnrolState.ACTIVE and found.answer is not None
        return Progress(_state(found, now), wire.parse_json((found.answer or "").encode()) if done else None)

    return await store.read(ask)


async def watch(store: Store, person: Person, enrolment: str, *, now: datetime) -> Progress:
    """How far an enrolment is, for the professional who began it. Raises NotFound for anybody else."""

    def ask(r: Asking) -> Progress:
        found = _mine(r, person, enrolment)
        return Progress(_state(found, now), wire.parse_json(found.answer.encode()) if found.answer else None)

    return await store.read(ask)


async def activate(
    store: Store,
    person: Person,
    enrolment: str,
    child: wire.Signed,
    lists: Sequence[wire.Signed],
    *,
    now: datetime,
) -> None:
    """Make an answered enrolment count: the phone is the child's, and the lists are who may read.

    Everything must be what the phone answered, signed by the phone and by this professional. A phone the child had
    before is revoked. Raises NotFound, EnrolGone, BadRecord, BadSignature, ListStale.
    """

    def keep(tx: Tx) -> None:
        found = _mine(tx, person, enrolment)
        if _state(found, now) is not EnrolState.ANSWERED or found.answer is None:
            raise EnrolGone()
        given = wire.parse_json(found.answer.encode())
        if child.record != given["child"]["record"]:
            raise BadRecord()
        if [one.record for one in lists] != [one["record"] for one in given["lists"]]:
            raise BadRecord()
        record = child.record
        ours = [wire.unb64(record["signing"]), *(wire.unb64(key) for key in person.signing_keys)]
        signed = _signed_by(child, ours, at_least=2)
        device = Device(
            id=record["device"],
            child=found.child,
            state=DeviceState.ACTIVE,
            record=signed,
            reading_key=wire.b64(signing.reading_key_id(wire.unb64(record["reading"]))),
            signing=record["signing"],
            unlock=record["unlock"],
            made_at=now,
        )
        kept = []
        for one in lists:
            new = _reader_list(tx, one.record, now, _signed_by(one, ours, at_least=2))
            _check_follows(tx, new, may_stay=True)
            kept.append(new)
        _check_apart(tx, kept)
        if tx.device(device.id) is not None:
            raise BadRecord()
        before = tx.active_device(found.child)
        if before is not None:
            _log_revocation(tx, record["org"], before, now)
        tx.add_device(device)
        for new in kept:
            _keep_list(tx, new)
        full = {
            **given,
            "child": _json(signed, record),
            "lists": [_json(new.record, one.record) for new, one in zip(kept, lists, strict=True)],
        }
        if not tx.move_enrolment(found.id, EnrolState.ANSWERED, EnrolState.ACTIVE, wire.canonical(full).decode()):
            raise EnrolGone()

    await store.write(keep)


async def drop(store: Store, person: Person, enrolment: str) -> None:
    """End an enrolment because the digits differed, or for any other reason; nothing was enrolled.

    Raises NotFound for anybody but who began it, and EnrolGone once it is active.
    """

    def keep(tx: Tx) -> None:
        found = _mine(tx, person, enrolment)
        for was in (EnrolState.WAITING, EnrolState.ANSWERED):
            tx.move_enrolment(found.id, was, EnrolState.DROPPED)
        if found.state is EnrolState.ACTIVE:
            raise EnrolGone()

    await store.write(keep)


async def begin_list(
    store: Store, person: Person, child: str, signed: wire.Signed, *, allowed: bool, alerted: bool, now: datetime
) -> int:
    """Keep worker list 1 of a child that never had a phone, and give its number.

    A child in kindmodus must be able to speak to somebody, and nothing of its own can sign who that is. So the list is
    taken on the word of one of the two for whom the kindnummer was made, names exactly these two, and is taken once; a
    phone that is linked later signs the list that follows it (docs/protocol/keys.md).

    Raises NotFound for a child this person is not a worker-circle reader of, TryoutOnly unless `allowed`,
    AlertsUntried unless `alerted`, ListStale once the child has a list or had a phone, ListTooSmall, BadRecord, and
    BadSignature.
    """
    record = signed.record

    def keep(tx: Tx) -> int:
        org, made = tx.org(), tx.child(child)
        if made is None or tx.role_for(person.id, child) not in _CIRCLE_ROLES[Circle.WORKER]:
            raise NotFound()
        if not allowed:
            raise TryoutOnly()
        if not alerted:
            raise AlertsUntried()
        if org is None or (record["org"], record["child"], record["circle"]) != (org.id, child, Circle.WORKER.value):
            raise BadRecord()
        if made.enrolled or record["number"] != 1:
            raise ListStale()
        text = _signed_by(signed, [wire.unb64(key) for key in person.signing_keys], at_least=1)
        new = _reader_list(tx, record, now, text)
        if {one.person: one.role for one in new.readers} != {made.worker: Role.WORKER, made.second: Role.SECOND}:
            raise BadRecord()
        _check_follows(tx, new, may_stay=True)
        _check_apart(tx, [new])
        _keep_list(tx, new)
        return new.number

    return await store.write(keep)


async def add_list(store: Store, device: Device, nonce: bytes, signed: wire.Signed, *, now: datetime) -> int:
    """Keep a list of readers that the child's phone signed, and give its number.

    A phone alone may change the circles of a confidant and of somebody independent, because those are the child's; for
    their first list, and for anything about the worker circle and the on-call service, a reader of the worker circle
    must have signed as well. Whoever is left out loses what was sealed for them.

    Raises ListStale unless it follows the newest, ListTooSmall, BadRecord, BadSignature, DeviceOff, and Replayed.
    """
    record = signed.record

    def keep(tx: Tx) -> int:
        present, org = tx.device(device.id), tx.org()
        if present is None or present.state is not DeviceState.ACTIVE:
            raise DeviceOff()
        if not tx.spend_nonce(device.id, nonce, now):
            raise Replayed()
        if org is None or record["org"] != org.id or record["child"] != device.child:
            raise BadRecord()
        members = tx.newest_list(device.child, Circle.WORKER)
        people = [tx.person(reader.person) for reader in members.readers] if members else []
        theirs = [wire.unb64(key) for one in people if one and one.active for key in one.signing_keys]
        if not signing.verify_record(signed, wire.unb64(device.signing)):
            raise BadSignature()
        alone = Circle(record["circle"]) in _BY_CHILD and record["number"] > 1
        text = _signed_by(signed, [wire.unb64(device.signing), *theirs], at_least=1 if alone else 2)
        new = _reader_list(tx, record, now, text)
        _check_follows(tx, new, may_stay=False)
        _check_apart(tx, [new])
        _keep_list(tx, new)
        return new.number

    return await store.write(keep)


async def offer_list(store: Store, person: Person, child: str, signed: wire.Signed, *, now: datetime) -> int:
    """Keep an on-call list for the child's phone to agree to, and give its number; nothing counts before it did.

    Raises NotFound for a child this person is not a worker-circle reader of, or that has no phone, BadRecord for
    another circle, BadSignature unless this person signed it, and ListStale unless it follows the newest.
    """
    record = signed.record

    def keep(tx: Tx) -> int:
        org = tx.org()
        if tx.role_for(person.id, child) not in _CIRCLE_ROLES[Circle.WORKER] or tx.active_device(child) is None:
            raise NotFound()
        if org is None or (record["org"], record["child"], record["circle"]) != (org.id, child, Circle.ONCALL.value):
            raise BadRecord()
        text = _signed_by(signed, [wire.unb64(key) for key in person.signing_keys], at_least=1)
        new = _reader_list(tx, record, now, text)
        _check_follows(tx, new, may_stay=False)
        _check_apart(tx, [new])
        tx.offer_list(new, person.id)
        return new.number

    return await store.write(keep)


# --- what the functions above share -----------------------------------------------------------------------------------


def _open(r: Asking, code_id: str, now: datetime) -> Enrolment:
    found = r.enrolment_by_code(code_id)
    if found is None or _state(found, now) is not EnrolState.WAITING:
        raise EnrolGone()
    return found


def _mine(r: Asking, person: Person, enrolment: str) -> Enrolment:
    found = r.enrolment(enrolment)
    if found is None or found.by != person.id:
        raise NotFound()
    return found


def _state(found: Enrolment, now: datetime) -> EnrolState:
    """The state, with time running out counted as dropped."""
    ends = {EnrolState.WAITING: found.expires_at, EnrolState.ANSWERED: found.expires_at + CONFIRM}.get(found.state)
    return EnrolState.DROPPED if ends is not None and now >= ends else found.state


def _reader_list(r: Asking, record: dict[str, Any], now: datetime, text: SignedText | None = None) -> ReaderList:
    """A list of readers from its record, when everybody on it works here under exactly these keys."""
    circle = Circle(record["circle"])
    readers = []
    for line in record["readers"]:
        person = r.person(line["person"])
        if person is None or not person.active or person.record is None or person.role not in _CIRCLE_ROLES[circle]:
            raise BadRecord()
        key = wire.b64(signing.reading_key_id(wire.unb64(line["reading"])))
        if key != person.reading_key or tuple(line["signing"]) != person.signing_keys or line["name"] != person.name:
            raise BadRecord()
        readers.append(Reader(person.id, Role(line["role"]), key))
    if not enough_readers(circle, (reader.role for reader in readers)):
        raise ListTooSmall()
    return ReaderList(
        child=record["child"],
        circle=circle,
        number=record["number"],
        record=text or SignedText(wire.canonical(record).decode(), wire.b64(wire.record_hash(record)), ()),
        readers=tuple(readers),
        at=now,
    )


def _check_follows(r: Asking, new: ReaderList, *, may_stay: bool) -> None:
    newest = r.newest_list(new.child, new.circle)
    if newest is not None and may_stay and newest.record.hash == new.record.hash:
        return
    prev = wire.parse_json(new.record.text.encode())["prev"]
    if new.number != (newest.number + 1 if newest else 1) or prev != (newest.record.hash if newest else None):
        raise ListStale()


def _check_apart(r: Asking, coming: Sequence[ReaderList]) -> None:
    """Raise BadRecord when somebody would stand in two circles of one child: each is to be without the others."""
    lists = {one.circle: one for one in coming}
    for circle in _CIRCLE_ROLES:
        present = r.newest_list(coming[0].child, circle)
        if present is not None:
            lists.setdefault(circle, present)
    people = [reader.person for one in lists.values() for reader in one.readers]
    if len(set(people)) != len(people):
        raise BadRecord()


def _keep_list(tx: Tx, new: ReaderList) -> None:
    before = tx.newest_list(new.child, new.circle)
    tx.add_list(new)
    if before is not None:
        tx.drop_wraps(new.child, new.circle, before.keys - new.keys)
    if before is None or before.record.hash != new.record.hash:
        _log_list(tx, new)


def _log_list(tx: Tx, new: ReaderList) -> None:
    """Enter in the log who may read, by their ids: the list itself names the child and its people."""
    rec = leaves.statement(
        "log-readers",
        wire.parse_json(new.record.text.encode())["org"],
        new.at,
        subj=tx.subj_of(new.child),
        circle=new.circle.value,
        number=new.number,
        readers=[{"person": one.person, "role": one.role.value} for one in new.readers],
        list=new.record.hash,
    )
    tx.log("readers", local_day(new.at), rec, [], at=new.at, ref=new.record.hash)


def _log_revocation(tx: Tx, org: str, device: Device, now: datetime) -> None:
    key = wire.b64(signing.signing_key_id(wire.unb64(device.signing)))
    tx.log("revocation", local_day(now), leaves.statement("log-revocation", org, now, key=key), [], at=now, ref=key)


def _signed_by(signed: wire.Signed, keys: Sequence[bytes], *, at_least: int) -> SignedText:
    """The record with those of its signatures that these keys made. Raises BadSignature when they are too few."""
    valid = []
    for key in keys:
        key_id = wire.b64(signing.signing_key_id(key))
        if signing.verify_record(signed, key):
            valid += [Signature(sig.by, sig.sig) for sig in signed.sigs if sig.by == key_id]
    if len(valid) < at_least:
        raise BadSignature()
    record = signed.record
    return SignedText(wire.canonical(record).decode(), wire.b64(wire.record_hash(record)), tuple(valid))


def _json(text: SignedText, record: dict[str, Any]) -> dict[str, Any]:
    return {"record": record, "sigs": [{"by": sig.by, "sig": sig.sig} for sig in text.sigs]}
