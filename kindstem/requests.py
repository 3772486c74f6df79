"""Requests of a child to talk alone: handed in, taken away, shown (docs/protocol/attestation.md, section 8).

Nobody closes one here: whether it is open follows from the records, by the rule in levels.py. Who sees it is fixed by
the child's own signature (decision 0019), so that no later list of readers can show it to somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kindstem import asked, levels, signing, talks, wire
from kindstem.asked import Request
from kindstem.calendar import is_overdue, local_day
from kindstem.config import Config
from kindstem.domain import Circle, Device, DeviceState, Person, Role, Signature, SignedText, TalkRow
from kindstem.errors import BadRecord, BadSignature, DeviceOff, NotFound, Quota
from kindstem.store import Reader, Store, Tx
from kindstem.wire import Record, Signed, unb64

MOST_A_DAY: Final = 20
"""How many requests of one child enter the log in 24 hours. It forgets nothing, and no phone may fill it."""

SHOWN: Final = 50
"""How many requests a phone is handed."""

_READERS: Final = frozenset({Role.WORKER, Role.SECOND})


@dataclass(frozen=True)
class Waiting:
    """An open request on somebody's desk, and whether it is open for more working days than the organisation allows."""

    child: str
    request: Request
    due: bool


# --- handing in -------------------------------------------------------------------------------------------------------


async def from_phone(store: Store, config: Config, device: Device, signed: Signed, *, now: datetime) -> TalkRow:
    """Keep a request, or that one is taken away, and give the record that is kept.

    While a request of this phone for the same person is open, asking again is the same request: the earlier record is
    given, so that the phone can see that it is its own. The same record again is given as it is.

    Raises DeviceOff, BadRecord, BadSignature, and Quota.
    """

    def keep(tx: Tx) -> TalkRow:
        present = tx.device(device.id)
        if present is None or present.state is not DeviceState.ACTIVE:
            raise DeviceOff()
        if signed.record["way"] != "phone":
            raise BadRecord(field="way")
        if not signing.signed_by_device(signed, unb64(present.signing), unb64(present.unlock)):
            raise BadSignature()
        return _keep(tx, present.child, signed, now, room=(config, present))

    return await store.write(keep)


async def from_desk(store: Store, person: Person, child: str, signed: Signed, *, now: datetime) -> TalkRow:
    """Keep what a child asked, or took away, in kindmodus, signed by the professional who holds the tablet.

    Gives the record that is kept, as for a phone. Raises NotFound for whoever does not read the child's worker circle,
    BadRecord (an end that is not this child's to make in kindmodus, too), BadSignature, and Quota.
    """

    def keep(tx: Tx) -> TalkRow:
        if tx.role_for(person.id, child) not in _READERS:
            raise NotFound()
        if signed.record["way"] != "kindmodus":
            raise BadRecord(field="way")
        if not any(len(signed.sigs) == 1 and signing.verify_record(signed, unb64(key)) for key in person.signing_keys):
            raise BadSignature()
        return _keep(tx, child, signed, now)

    return await store.write(keep)


def _keep(tx: Tx, child: str, signed: Signed, now: datetime, room: tuple[Config, Device] | None = None) -> TalkRow:
    record = signed.record
    org = tx.org()
    if org is None or record["org"] != org.id or record["subj"] != tx.subj_of(child):
        raise BadRecord(field="subj")
    found = tx.request_record(talks.hash_of(record))
    if found is None:
        by = {one.by for one in signed.sigs}
        found = _same_request(tx, child, record, by) if record["t"] == "request" else _same_end(tx, child, record)
    if found is not None:
        if found.child != child:
            raise BadRecord()
        return found
    if room is not None:
        _take_room(tx, *room, signed, now)
    _add(tx, child, signed, now)
    kept = tx.request_record(talks.hash_of(record))
    assert kept is not None
    return kept


def _same_request(tx: Tx, child: str, record: Record, by: set[str]) -> TalkRow | None:
    """The open request for the same person, by one of these keys; None when this is a new one. Raises BadRecord."""
    circle = Circle(record["circle"])
    listed = {one.person for one_list in tx.lists_of(child) if one_list.circle is circle for one in one_list.readers}
    # By every list there was: the phone may have asked before it knew of the newest. Without a phone there may be none.
    if record["to"] is not None and record["to"] not in listed:
        role = tx.role_for(record["to"], child)
        if role is None or circle is not _circle_of(role):
            raise BadRecord(field="to")
    if circle is Circle.CONFIDANT and not listed:
        raise BadRecord(field="circle")
    for one in asked.requests_of(tx, child):
        link = levels.link_of(one.row)
        same = (link.record["to"], link.record["circle"]) == (record["to"], record["circle"])
        if one.closed is None and same and by & set(link.by):
            return one.row
    return None


def _same_end(tx: Tx, child: str, record: Record) -> TalkRow | None:
    """The end that this request has already; None when it has none. Raises BadRecord."""
    one = next((one for one in asked.requests_of(tx, child) if one.row.hash == record["request"]), None)
    if one is None:
        raise BadRecord(field="request")
    if not levels.takes_away(record, levels.link_of(one.row).record, asked.child_keys(tx, child)):
        raise BadRecord(field="way")
    return one.ends[0] if one.ends else None


def _add(tx: Tx, child: str, signed: Signed, now: datetime) -> None:
    record = signed.record
    if tx.has_request_id(record["id"]):
        raise BadRecord(field="id")
    if record["t"] == "request" and tx.requests_since(child, now - timedelta(days=1)) >= MOST_A_DAY:
        raise Quota()
    sigs = tuple(Signature(one.by, one.sig) for one in signed.sigs)
    text = SignedText(wire.canonical(record).decode(), talks.hash_of(record), sigs)
    tx.add_request(child, record["t"], text, request=record.get("request", text.hash), id=record["id"], at=now)
    day = local_day(talks.moment_of(levels.about(record)))
    signed_by = [{"by": one.by, "sig": one.sig} for one in sigs]
    tx.log(levels.log_type(record), day, record, signed_by, at=now, ref=text.hash)


def _take_room(tx: Tx, config: Config, device: Device, signed: Signed, now: datetime) -> None:
    """Count a record against the phone's day, with its small messages."""
    size, day = len(wire.canonical(signed.json())), local_day(now).isoformat()
    if tx.usage(device.id, day).small + size > config.quota_small:
        raise Quota()
    tx.use(device.id, day, small=size)


# --- what there is ----------------------------------------------------------------------------------------------------


async def for_phone(store: Store, device: Device) -> tuple[str | None, Sequence[Request]]:
    """What the log calls this child, which its phone needs to ask, and the newest of its requests."""

    def ask(r: Reader) -> tuple[str | None, Sequence[Request]]:
        return r.subj_of(device.child), asked.requests_of(r, device.child)[::-1][:SHOWN]

    return await store.read(ask)


async def of_child(store: Store, person: Person, child: str) -> Sequence[Request]:
    """The requests of a child that this person sees, the oldest first. Raises NotFound for whoever does not read it."""

    def ask(r: Reader) -> Sequence[Request]:
        role = r.role_for(person.id, child)
        if role is None:
            raise NotFound()
        return _seen_by(role, asked.requests_of(r, child))

    return await store.read(ask)


async def waiting(store: Store, config: Config, person: Person, *, now: datetime) -> Sequence[Waiting]:
    """The open requests of the children that somebody reads, the oldest first."""
    days = config.request_due_working_days

    def ask(r: Reader) -> list[Waiting]:
        return [
            Waiting(child, one, is_overdue(one.since, now, working_days=days))
            for child, role in r.children_of(person.id)
            if r.has_requests(child)
            for one in _seen_by(role, asked.requests_of(r, child))
            if one.closed is None
        ]

    return sorted(await store.read(ask), key=lambda one: one.request.since)


def _seen_by(role: Role, found: Sequence[Request]) -> list[Request]:
    """Those that the child was told this reader sees, and no other."""
    return [one for one in found if levels.link_of(one.row).record["circle"] == _circle_of(role)]


def _circle_of(role: Role) -> Circle | None:
    """Whose requests a reader in this role sees; None for somebody independent, to whom none are addressed."""
    if role in _READERS:
        return Circle.WORKER
    return Circle.CONFIDANT if role is Role.CONFIDANT else None
