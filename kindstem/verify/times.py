"""Checkpoints: whose signature, which root, who outside the organisation saw it, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography import x509

from kindstem import notes, wire
from kindstem.errors import BadRecord, KindstemError
from kindstem.verify.bundle import CHECKPOINTS, Bundle
from kindstem.verify.checking import Entry
from kindstem.verify.policy import Policy
from kindstem.verify.verdict import Findings, Unreadable
from kindstem.wire import unb64

AHEAD: Final = timedelta(minutes=10)
"""How far the log's clock may run ahead of the one of those outside."""

SOON: Final = timedelta(hours=24)
"""Within which time after its entry somebody outside should have seen it."""

MOST_STAMPS: Final = 16
MOST_STAMP: Final = 64 * 1024

_LINE = wire.object_of(
    {
        "note": lambda value: isinstance(value, str),
        "timestamps": wire.list_of(lambda value: isinstance(value, str) and len(value) <= MOST_STAMP, 0, MOST_STAMPS),
    }
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint: so many entries have this root; and when somebody outside saw it first, if anybody did."""

    size: int
    root: bytes
    note: notes.Note
    stamps: tuple[bytes, ...]


def read_checkpoints(bundle: Bundle) -> list[Seen]:
    """All checkpoints of a bundle, their form checked. Raises Unreadable."""
    found = []
    for first, lines in bundle.blocks(CHECKPOINTS):
        for place, line in enumerate(lines, first + 1):
            try:
                value = wire.parse_canonical(line)
                if not _LINE(value):
                    raise BadRecord(field="checkpoint")
                head, note = notes.parse_checkpoint(value["note"])
                if head.origin != notes.origin_of(bundle.manifest.log):
                    raise BadRecord(field="origin")
                found.append(Seen(head.size, head.root, note, tuple(unb64(one) for one in value["timestamps"])))
            except KindstemError:
                raise Unreadable("form", f"{CHECKPOINTS}:{place}") from None
    return found


def look_at_signatures(
    seen: Sequence[Seen], keys: Sequence[tuple[int, str]], origin: str, policy: Policy | None, findings: Findings
) -> None:
    """Whether each checkpoint is signed by the log's key of that time, and those keys are the policy's.

    `keys` are the log's public keys with the size since which each holds.
    """
    if policy is not None:
        for since, key in keys:
            if key not in policy.log_keys:
                findings.fail("log-key-unconfirmed", max(0, since - 1), key=key)
    for one in seen:
        held = [key for since, key in keys if since <= one.size]
        if not held or not one.note.signed_by(notes.Key(origin, unb64(held[-1]))):
            findings.fail("checkpoint-signature", None, size=one.size)


def look_at_roots(seen: Sequence[Seen], root_of: dict[int, bytes], size: int, findings: Findings) -> None:
    """Whether each checkpoint is of this log, and the newest covers all of it."""
    by_size: dict[int, bytes] = {}
    for one in seen:
        if by_size.setdefault(one.size, one.root) != one.root:
            findings.fail("split", None, size=one.size)
        if one.size > size:
            findings.fail("short", None, size=one.size, has=size)
        elif root_of[one.size] != one.root:
            findings.fail("root", None, size=one.size)
    if size not in by_size:
        findings.fail("no-checkpoint", None, size=size)


@dataclass(frozen=True, slots=True)
class _Outside:
    size: int
    at: datetime


def look_at_times(
    seen: Sequence[Seen], entries: Sequence[Entry], policy: Policy, findings: Findings
) -> tuple[dict[str, int], dict[int, datetime]]:
    """What those outside the organisation saw, against the times that the log claims.

    Gives how many of each were checked, and for the entries that claim a later time than somebody outside saw them at
    that moment: nothing may rest on what they claim. Time goes forward with size. An entry was there before anybody
    outside saw it, and not long before.
    """
    witnesses = [
        (one, notes.Key(one.name, unb64(one.key), notes.COSIGNATURE))
        for one in policy.witnesses
    ]  # fmt: skip
    outside: list[_Outside] = []
    counted = {"cosignatures": 0, "timestamps": 0, "timestamps-unchecked": 0}
    newest_by_witness: dict[str, int] = {}
    for one in sorted(seen, key=lambda found: found.size):
        for witness, key in witnesses:
            at = one.note.cosigned_by(key)
            if at is not None:
                counted["cosignatures"] += 1
                outside.append(_Outside(one.size, at))
                newest_by_witness[witness.name] = one.size
            elif any((line.name, line.key_id) == (key.name, key.id) for line in one.note.lines):
                findings.fail("cosignature", None, size=one.size, witness=witness.name)
        for stamp in one.stamps:
            if not policy.tsa_roots:
                counted["timestamps-unchecked"] += 1
                continue
            at = stamped_at(stamp, one.note.text, policy.tsa_roots)
            if at is None:
                findings.fail("timestamp", None, size=one.size)
            else:
                counted["timestamps"] += 1
                outside.append(_Outside(one.size, at))
    for witness, _ in witnesses:
        if witness.quorum and witness.name not in newest_by_witness:
            findings.fail("quorum", None, witness=witness.name)
    if policy.require_external_time and not outside:
        findings.fail("no-outside", None)
    _forward(outside, findings)
    return counted, _against(outside, entries, findings)


def _forward(outside: Sequence[_Outside], findings: Findings) -> None:
    latest: _Outside | None = None
    for one in sorted(outside, key=lambda found: (found.size, found.at)):
        if latest is not None and latest.size < one.size and one.at < latest.at - AHEAD:
            findings.fail("time-back", None, size=one.size, before=latest.size)
        if latest is None or one.at > latest.at:
            latest = one


def _against(outside: Sequence[_Outside], entries: Sequence[Entry], findings: Findings) -> dict[int, datetime]:
    # The first moment at which an entry is known to have been there: over the checkpoints that include it.
    first = sorted(outside, key=lambda found: found.size)
    ahead: dict[int, datetime] = {}
    unseen = 0
    slow = 0
    place = 0
    earliest: list[datetime] = []
    best: datetime | None = None
    for one in reversed(first):
        best = one.at if best is None or one.at < best else best
        earliest.append(best)
    earliest.reverse()
    for index, entry in enumerate(entries):
        while place < len(first) and first[place].size <= index:
            place += 1
        if place == len(first):
            unseen = len(entries) - index
            break
        at, seen = datetime.fromisoformat(entry.at), earliest[place]
        if at > seen + AHEAD:
            ahead[index] = seen
            findings.name("ahead-of-outside", index, at=entry.at, seen=wire.time_text(seen))
        elif seen > at + SOON:
            slow += 1
    if first and unseen:
        findings.name("unseen", None, n=unseen)
    if slow:
        findings.name("slow", None, n=slow)
    return ahead


def stamped_at(response: bytes, text: str, roots: Sequence[x509.Certificate]) -> datetime | None:
    """The moment of a time stamp over a checkpoint's text; None when no root of the policy stands behind it."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        decoded = decode_timestamp_response(response)
    except ValueError:
        return None
    digest = sha256(text.encode()).digest()
    for root in roots:
        try:
            VerifierBuilder(roots=[root]).build().verify(decoded, digest)
        except (VerificationError, ValueError):
            continue
        at: datetime = decoded.tst_info.gen_time
        return at
    return None
