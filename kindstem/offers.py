"""Offers of an independent talk, as far as the server knows them: that one was made, and what the child answered.

With whom the talk is lies sealed in the entry that the offer is (docs/protocol/offer.md). messages.py takes that in and
asks here about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kindstem import signing, wire
from kindstem.domain import (
    Circle,
    Device,
    DeviceState,
    Independent,
    Meldcode,
    Person,
    Role,
    Signature,
    SignedText,
    TalkOffer,
    Way,
)
from kindstem.errors import BadRecord, BadRequest, BadSignature, DeviceOff, NotFound, OfferAnswered, Quota
from kindstem.store import Reader, Store, Tx
from kindstem.wire import Signed, unb64

MOST_A_DAY: Final = 20
"""How many answers of one child are taken in 24 hours."""

_READERS: Final = frozenset({Role.WORKER, Role.SECOND})


def take(tx: Tx, meldcode: str, child: str, person: Person) -> None:
    """Whether this person may bring an offer now: the newest steps of the meldcode decided for one.

    After its no a child is asked nothing more: it says yes itself, when it wants to.

    Raises NotFound for whoever does not read the child's worker circle, BadRequest, and OfferAnswered.
    """
    found = tx.meldcode(meldcode)
    if found is None or found.child != child or tx.role_for(person.id, child) not in _READERS:
        raise NotFound()
    if not found.offered:
        raise BadRequest()
    own = tx.answered(meldcode)
    if own is not None and own.what is Independent.NO:
        raise OfferAnswered()


async def from_phone(store: Store, device: Device, signed: Signed, *, now: datetime) -> None:
    """Keep what a child answered on its phone. The same record again changes nothing.

    A later answer stands over an earlier one, whichever of the offers of one meldcode it names: a phone may have been
    without a network when a newer one was made.

    Raises DeviceOff, BadRecord, BadSignature, and Quota.
    """

    def keep(tx: Tx) -> None:
        present = tx.device(device.id)
        if present is None or present.state is not DeviceState.ACTIVE:
            raise DeviceOff()
        if signed.record["way"] != Way.PHONE:
            raise BadRecord(field="way")
        if not signing.signed_by_device(signed, unb64(present.signing), unb64(present.unlock)):
            raise BadSignature()
        _keep(tx, present.child, signed, None, now)

    await store.write(keep)


async def from_desk(store: Store, person: Person, child: str, signed: Signed, *, now: datetime) -> Meldcode:
    """Keep what a child answered in kindmodus, signed by the professional who holds the tablet, and give its meldcode.

    Raises NotFound for whoever does not read the child's worker circle, BadRecord, BadSignature, and Quota.
    """

    def keep(tx: Tx) -> Meldcode:
        if tx.role_for(person.id, child) not in _READERS:
            raise NotFound()
        if signed.record["way"] != Way.KINDMODUS:
            raise BadRecord(field="way")
        if not any(len(signed.sigs) == 1 and signing.verify_record(signed, unb64(key)) for key in person.signing_keys):
            raise BadSignature()
        found = tx.meldcode(_keep(tx, child, signed, person, now).meldcode)
        assert found is not None
        return found

    return await store.write(keep)


def _keep(tx: Tx, child: str, signed: Signed, person: Person | None, now: datetime) -> TalkOffer:
    record, org = signed.record, tx.org()
    if org is None or (record["org"], record["child"]) != (org.id, child):
        raise BadRecord(field="child")
    offer = tx.offer(record["offer"], child)
    if offer is None:
        raise BadRecord(field="offer")
    sigs = tuple(Signature(one.by, one.sig) for one in signed.sigs)
    text = SignedText(wire.canonical(record).decode(), wire.b64(wire.record_hash(record)), sigs)
    if any(one.hash == text.hash for one in offer.answers):
        return offer
    if tx.answers_since(child, now - timedelta(days=1)) >= MOST_A_DAY:
        raise Quota()
    at = min(datetime.fromisoformat(record["at"]), now)
    says, way = Independent(record["says"]), Way(record["way"])
    tx.add_offer_answer(offer.entry, text, says, way, person.id if person else None, at=at, came_at=now)
    return offer


@dataclass(frozen=True)
class Independence:
    """What the professional of a talk knows of it: since when the child lets them read, and that it was held."""

    since: datetime
    held: datetime | None


def independence(r: Reader, child: str) -> Independence | None:
    """How an independent talk stands, for its professional; None where there is no list."""
    listed = r.newest_list(child, Circle.INDEPENDENT)
    found = _theirs(r, child)
    became = found.became if found else None
    held = became.at if became and became.what is Independent.HELD else None
    return Independence(listed.at, held) if listed else None


async def hold(store: Store, person: Person, child: str, *, now: datetime) -> Independence:
    """Keep that an independent talk was held, as its professional records it; once more changes nothing.

    Raises NotFound for whoever is not that professional, and BadRequest when the child is offered none any more.
    """

    def keep(tx: Tx) -> Independence:
        if tx.role_for(person.id, child) is not Role.INDEPENDENT:
            raise NotFound()
        found = _theirs(tx, child)
        if found is None:
            raise BadRequest()
        if found.became is None or found.became.what is not Independent.HELD:
            tx.add_meldcode_talk(found.id, person.id, now, Independent.HELD)
        known = independence(tx, child)
        assert known is not None
        return known

    return await store.write(keep)


def _theirs(r: Reader, child: str) -> Meldcode | None:
    """What the newest offer follows from, if the talk is still decided for."""
    found = [one for one in r.meldcodes_of(child) if one.offered and one.offers]
    return max(found, key=lambda one: one.offers[0].at, default=None)


async def for_phone(store: Store, device: Device) -> Sequence[tuple[TalkOffer, bool]]:
    """The offers that were sealed to this phone, the newest first, and whether the talk that each is about was held."""

    def ask(r: Reader) -> list[tuple[TalkOffer, bool]]:
        found = r.offers_to(device.child, device.reading_key)
        codes = {one.meldcode: r.meldcode(one.meldcode) for one in found}
        held = {one.id for one in codes.values() if one and one.became and one.became.what is Independent.HELD}
        return [(one, one.meldcode in held) for one in found]

    return await store.read(ask)
