"""Opening in Python, for tests only: it lies outside the package, so that nothing in the server can import it.

Twin of open() in static/crypto/seal.js, written from docs/protocol/envelope.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

from kindstem.errors import BadEnvelope, EnvelopeDamaged, EnvelopeMoved
from kindstem.payload import parse_payload
from kindstem.sealing import desk_kek, reading_public
from kindstem.signing import reading_key_id, verify
from kindstem.wire import (
    Envelope,
    Header,
    digest,
    envelope_message,
    header_bytes,
    label,
    parse_canonical,
    parse_inner,
    parse_meta,
    unb64,
)

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True)
class Author:
    """Whose signature counts under an id."""

    dir: str
    keys: Sequence[bytes]
    unlock: bytes | None = None
    revoked: str | None = None


@dataclass(frozen=True)
class Opened:
    """What an envelope says; `author` is verified, tablet, unverified or revoked."""

    meta: dict[str, Any]
    doc: dict[str, Any]
    attachments: tuple[bytes, ...]
    author: str


@cache
def identity(seed: bytes) -> tuple[MLKEM768X25519PrivateKey, bytes]:
    """The private key and the key id of a seed."""
    return private_key(seed), reading_key_id(reading_public(seed))


@lru_cache(maxsize=64)
def unwrap(seed: bytes, sealed: bytes, info: bytes) -> bytes:
    """An entry's key. Remembered, because the tests open one envelope thousands of times with another bit turned."""
    return SUITE.decrypt(sealed, identity(seed)[0], info=info)


def private_key(seed: bytes) -> MLKEM768X25519PrivateKey:
    """The X-Wing key of a seed."""
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )


def open_envelope(
    envelope: Envelope,
    seed: bytes,
    authors: Mapping[str, Author],
    *,
    expect: Header | None = None,
    at: str | None = None,
) -> Opened | None:
    """What a parsed envelope says to the holder of a seed; None when it is not for them.

    Raises EnvelopeMoved when it was sealed for another place than `expect`, and EnvelopeDamaged when it is for this
    seed and does not open, or not to what it promises.
    """
    if expect is not None and envelope.hdr != expect:
        raise EnvelopeMoved()
    mine = identity(seed)[1]
    wrap = next((one for one in envelope.wraps if one.key_id == mine), None)
    if wrap is None:
        return None
    head = header_bytes(envelope.hdr)
    bound = digest(head)
    try:
        cek = unwrap(seed, wrap.sealed, label("wrap") + bound + mine)
        commit = hmac.digest(cek, label("commit") + bound, "sha256")
        if not hmac.compare_digest(commit, envelope.body[:32]):
            raise EnvelopeDamaged()
        key = hmac.digest(cek, label("body") + bound, "sha256")
        inner = parse_inner(AESGCM(key).decrypt(bytes(12), envelope.body[32:], None))
        meta = parse_meta(inner.meta, envelope.hdr.dir)
        if [unb64(one) for one in meta["to"]] != [one.key_id for one in envelope.wraps]:
            raise EnvelopeDamaged()
        if meta["lock"] != "open" and any(inner.sig_unlock):
            raise EnvelopeDamaged()
        doc, attachments = parse_payload(meta["kind"], inner.payload)
    except (InvalidTag, ValueError, BadEnvelope):
        raise EnvelopeDamaged() from None

    def judge() -> str:
        author = authors.get(meta["by"])
        tablet = meta["lock"] == "tablet"
        if author is None or author.dir != ("down" if tablet else envelope.hdr.dir):
            return "unverified"
        signed = envelope_message("device", head, inner.meta, inner.payload)
        if not any(verify(key, inner.sig_device, signed) for key in author.keys):
            return "unverified"
        if meta["lock"] == "open":
            signed = envelope_message("unlock", head, inner.meta, inner.payload)
            if author.unlock is None or not verify(author.unlock, inner.sig_unlock, signed):
                return "unverified"
        if author.revoked is not None and not (at is not None and at < author.revoked):
            return "revoked"
        return "tablet" if tablet else "verified"

    return Opened(meta, doc, attachments, judge())


def open_box(key: bytes, box: bytes, aad: bytes) -> bytes:
    """What lies under a key with its nonce in front. Raises InvalidTag."""
    return AESGCM(key).decrypt(box[:12], box[12:], aad)


def open_keyring(share: bytes, pepper: bytes, person: str, sealed: bytes) -> tuple[bytes, bytes]:
    """A professional's reading and signing seeds."""
    value = parse_canonical(open_box(desk_kek(share, pepper), sealed, label("keyring") + unb64(person)))
    return unb64(value["reading"]), unb64(value["signing"])
