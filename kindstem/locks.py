"""The child's lock: the server's share, counted attempts, and the reset by a reader (docs/protocol/unlocking.md)."""

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from kindstem import signing, wire
from kindstem.domain import Device, Lock, LockSecret, Person, Reset, Signature, SignedText
from kindstem.errors import BadRecord, BadSignature, LockClosed, LockWait, LockWrong, NotFound, Replayed
from kindstem.keyfile import KeyFile
from kindstem.store import Store, Tx

ATTEMPTS: Final = 10
_MINUTE, _HOUR = 60, 3600
WAITS: Final = (0, 0, 0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 4 * _HOUR, 24 * _HOUR, 0)
"""Seconds to wait after the first failure in a row, the second, and so on. After the tenth the lock is closed."""

RESET_EVERY: Final = timedelta(days=1)
CLOCK: Final = timedelta(minutes=10)
"""How far a record's moment may lie from ours."""

_PURPOSE: Final = "lock pepper"


@dataclass(frozen=True)
class Caller:
    """A device and the nonce of its request, which may be made once."""

    device: Device
    nonce: bytes


async def set_lock(
    store: Store, keys: KeyFile, caller: Caller, *, kind: str, verifier_hash: bytes, proof: bytes | None, now: datetime
) -> bytes:
    """A fresh pepper for a new PIN or new pictures.

    Where there is a lock already, `proof` is its verifier, and offering one is an attempt like any other: otherwise
    changing the lock would be a way to guess at it. The lock before stays beside the new one until the new one has been
    used: a phone that stops between our answer and its own writing has its seed under one of them.

    Raises LockWrong, LockWait and LockClosed as unlock does, and Replayed.
    """
    pepper = secrets.token_bytes(32)
    device = caller.device.id
    new = LockSecret(kind, verifier_hash, keys.seal(_PURPOSE, pepper, bound=device.encode()))

    def first(tx: Tx) -> bool:
        _spend(tx, caller, now)
        if tx.lock(device) is not None:
            return False
        tx.set_lock(device, new)
        return True

    if await store.write(first):
        return pepper
    proven = await _attempt(store, device, proof or b"", now)

    def change(tx: Tx) -> None:
        present = tx.lock(device)
        if present is None or present.present != proven:
            raise LockWrong(left=ATTEMPTS)
        tx.set_coming_lock(device, new)

    await store.write(change)
    return pepper


async def unlock(store: Store, keys: KeyFile, caller: Caller, *, verifier: bytes, now: datetime) -> bytes:
    """The device's pepper, for the right verifier.

    The attempt is counted, durably, before anything is compared. So of any number of requests at the same time as many
    are evaluated as the count allows, and pulling the plug gives no attempt back.

    Raises LockWrong with the attempts left, LockWait with the seconds to wait (not counted), LockClosed after the tenth
    failure, Replayed for a request made before, and NotFound without a lock.
    """
    await store.write(lambda tx: _spend(tx, caller, now))
    proven = await _attempt(store, caller.device.id, verifier, now)
    return keys.unseal(_PURPOSE, proven.pepper, bound=caller.device.id.encode())


async def _attempt(store: Store, device: str, verifier: bytes, now: datetime) -> LockSecret:
    """What this verifier opens; a change that is used for the first time is the lock from then on."""
    lock = await store.write(lambda tx: _count(tx, device, now))
    given = sha256(verifier).digest()
    known = [one for one in (lock.present, lock.coming) if one is not None]
    proven = [one for one in known if hmac.compare_digest(given, one.verifier_hash)]
    if not proven:
        if lock.failures >= ATTEMPTS:
            raise LockClosed()
        raise LockWrong(left=ATTEMPTS - lock.failures)

    def clear(tx: Tx) -> None:
        present = tx.lock(device)
        # A lock that was changed in between has a count of its own.
        if present is None or proven[0] not in (present.present, present.coming):
            return
        if proven[0] == present.coming:
            tx.set_lock(device, proven[0])
        tx.clear_attempts(device)

    await store.write(clear)
    return proven[0]


def _count(tx: Tx, device: str, now: datetime) -> Lock:
    lock = tx.lock(device)
    if lock is None:
        raise NotFound()
    if lock.failures >= ATTEMPTS:
        raise LockClosed()
    if lock.next_at is not None and now < lock.next_at:
        raise LockWait(seconds=_seconds(lock.next_at - now))
    failures = lock.failures + 1
    wait = WAITS[failures - 1]
    tx.count_attempt(device, failures, now + timedelta(seconds=wait) if wait else None)
    return replace(lock, failures=failures, next_at=None)


async def reset(store: Store, reader: Person, child: str, signed: wire.Signed, *, now: datetime) -> None:
    """Set the count of a child's lock to zero, on a reader's signed word; the pepper stays, so nothing is lost.

    The record stands for the child and the other readers to see. Raises NotFound for a child this person does not read
    and a device that is not its present one, BadRecord for a record about something else, BadSignature, and LockWait
    when the device was reset within the last day.
    """
    record = signed.record
    at = datetime.fromisoformat(record["at"])
    if record["child"] != child or record["by"] != reader.id or abs(at - now) > CLOCK:
        raise BadRecord()
    by = [sig for key in reader.signing_keys for sig in _by(signed, key)]
    if not by:
        raise BadSignature()
    text = SignedText(wire.canonical(record).decode(), wire.b64(wire.record_hash(record)), tuple(by))

    def keep(tx: Tx) -> None:
        org, device = tx.org(), tx.active_device(child)
        if tx.role_for(reader.id, child) is None or device is None or device.id != record["device"]:
            raise NotFound()
        if org is None or record["org"] != org.id:
            raise BadRecord()
        if tx.lock(device.id) is None:
            raise NotFound()
        last = next((r for r in tx.resets_of(child) if r.device == device.id), None)
        if last is not None and now - last.at < RESET_EVERY:
            raise LockWait(seconds=_seconds(last.at + RESET_EVERY - now))
        tx.add_reset(Reset(device.id, now, reader.id, text))

    await store.write(keep)


def _by(signed: wire.Signed, key: str) -> list[Signature]:
    public = wire.unb64(key)
    if not signing.verify_record(signed, public):
        return []
    key_id = wire.b64(signing.signing_key_id(public))
    return [Signature(sig.by, sig.sig) for sig in signed.sigs if sig.by == key_id]


def _spend(tx: Tx, caller: Caller, now: datetime) -> None:
    if not tx.spend_nonce(caller.device.id, caller.nonce, now):
        raise Replayed()


def _seconds(span: timedelta) -> int:
    return max(1, int(span.total_seconds() + 0.999))
