"""What others say about the log's checkpoints: witnesses' cosignatures and time stamps (docs/protocol/log.md).

Asked for in the background and never while somebody waits: a witness that does not answer changes nothing for a child.
What comes back is kept only when it verifies.
"""

from __future__ import annotations

import asyncio
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from kindstem import notes
from kindstem.config import Config
from kindstem.domain import Checkpoint
from kindstem.errors import BadRecord, SetupFault
from kindstem.notes import Key, Line
from kindstem.store import Reader, Store, Tx

SECONDS: Final = 20
"""How long one of them may take."""

_MOST: Final = 64 * 1024
_TRIES: Final = 2

log = logging.getLogger("kindstem.log")


@dataclass(frozen=True)
class Witness:
    """Somebody elsewhere who signs that the log only ever grew."""

    key: Key
    url: str

    @property
    def name(self) -> str:
        """How its signatures name it."""
        return self.key.name


def witnesses(config: Config) -> list[Witness]:
    """The witnesses of these settings. Raises SetupFault for a key that is not a witness's."""
    found = []
    for text, url in config.witnesses:
        try:
            key = Key.parse(text)
        except BadRecord:
            key = None
        if key is None or key.kind != notes.COSIGNATURE:
            raise SetupFault(
                f"KINDSTEM_WITNESSES: {text} is not the key of a witness, as `kindstem witness` prints it."
            )
        found.append(Witness(key, url.rstrip("/")))
    return found


class NotAnchored(Exception):
    """What one of them did not do, in a sentence without an address."""


async def anchor(store: Store, config: Config, *, stamp: bool, now: datetime) -> list[str]:
    """Have the newest checkpoint cosigned by every witness that has not, and with `stamp` time-stamped.

    Gives a sentence for each that did not succeed; the next round tries again.
    """
    newest = store.one(lambda r: r.newest_checkpoint())
    if newest is None:
        return []
    faults: list[str] = []
    for witness in witnesses(config):
        try:
            await _cosign(store, newest, witness)
        except NotAnchored as fault:
            faults.append(f"The witness {witness.name} did not sign: {fault}")
    if stamp and config.tsa_url and config.tsa_roots and not newest.timestamps:
        try:
            response = await asyncio.to_thread(_stamp, config.tsa_url, config.tsa_roots, newest)
        except NotAnchored as fault:
            faults.append(f"There is no time stamp: {fault}")
        else:
            url = config.tsa_url
            await store.write(lambda tx: tx.add_timestamp(newest.size, url, response, now))
    return faults


# --- witnesses --------------------------------------------------------------------------------------------------------


async def _cosign(store: Store, newest: Checkpoint, witness: Witness) -> None:
    if any(Line.parse(f"{line}\n").name == witness.name for line in newest.cosigned):
        return
    known = store.one(lambda r: r.cosigned_size(witness.name))
    for _ in range(_TRIES):
        proof = store.read_sync(partial(_consistency, old=known, new=newest.size))
        status, answer = await asyncio.to_thread(_ask_witness, witness, known, proof, newest.note)
        if status == 409 and answer.strip().isdigit() and int(answer) != known:
            known = int(answer)
            if known > newest.size:
                # Either the database is an older one, or the log has two futures.
                raise NotAnchored(f"it has seen {known} entries of this log, and here are {newest.size}.")
            continue
        if status != 200:
            raise NotAnchored(f"it answered {status}.")
        line = _found(newest, witness.key, answer)
        await store.write(partial(_keep_line, size=newest.size, witness=witness.name, line=line.text().rstrip("\n")))
        return
    raise NotAnchored("it says two things about what it has seen.")


def _consistency(r: Reader, *, old: int, new: int) -> list[bytes]:
    return r.log_consistency(old, new)


def _keep_line(tx: Tx, *, size: int, witness: str, line: str) -> None:
    tx.add_cosignature(size, witness, line)


def _ask_witness(witness: Witness, old: int, proof: list[bytes], note: str) -> tuple[int, str]:
    body = f"old {old}\n" + "".join(f"{notes.std64(one)}\n" for one in proof) + "\n" + note
    return _post(f"{witness.url}/add-checkpoint", "text/plain; charset=utf-8", body.encode())


def _found(newest: Checkpoint, key: Key, answer: str) -> Line:
    """The line of an answer that this witness truly signed. What else stands there is ignored, as the protocol says."""
    _, note = notes.parse_checkpoint(newest.note)
    for text in answer.splitlines(keepends=True):
        try:
            line = Line.parse(text)
        except BadRecord:
            continue
        if notes.cosigned_at(note.text, line, key) is not None:
            return line
    raise NotAnchored("its signature does not verify.")


# --- time stamps ------------------------------------------------------------------------------------------------------


def _stamp(url: str, roots: Path, newest: Checkpoint) -> bytes:
    """An authority's answer about the text of a checkpoint, verified. Raises NotAnchored."""
    _, note = notes.parse_checkpoint(newest.note)
    request = TimestampRequestBuilder().data(note.text.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    status, answer = _post_bytes(url, "application/timestamp-query", request.as_bytes())
    if status != 200:
        raise NotAnchored(f"the authority answered {status}.")
    builder = VerifierBuilder.from_request(request)
    for root in certificates(roots):
        builder = builder.add_root_certificate(root)
    try:
        response = decode_timestamp_response(answer)
        if response.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise NotAnchored("the authority refused.")
        builder.build().verify_message(response, note.text.encode())
    except (VerificationError, ValueError) as fault:
        raise NotAnchored(f"the answer does not verify ({type(fault).__name__}).") from None
    return answer


def certificates(path: Path) -> Iterator[x509.Certificate]:
    """The certificates in a PEM file. Raises SetupFault when there are none."""
    try:
        yield from x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise SetupFault(f"{path} holds no certificates in PEM. Correct KINDSTEM_TSA_ROOTS.") from None


# --- the network ------------------------------------------------------------------------------------------------------


def _post(url: str, kind: str, body: bytes) -> tuple[int, str]:
    status, answer = _post_bytes(url, kind, body)
    try:
        return status, answer.decode()
    except UnicodeDecodeError:
        raise NotAnchored("its answer is no text.") from None


def _post_bytes(url: str, kind: str, body: bytes) -> tuple[int, bytes]:
    # The scheme was checked when the settings were read.
    request = urllib.request.Request(url, data=body, headers={"Content-Type": kind}, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return int(answer.status), answer.read(_MOST)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read(_MOST)
    except (OSError, ValueError) as fault:
        raise NotAnchored(f"no answer ({type(fault).__name__}).") from None
