"""Ed25519, key ids, safety numbers and random names (docs/protocol/keys.md). Everything secret comes in as an argument.

The server verifies and never signs; `SigningKey` is for those who act out a person (sealing.py) and for tests.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kindstem.wire import Record, Signature, Signed, b64, digest, label, record_bytes, unb64

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SAFETY_ROUNDS = 5_200


def reading_key_id(public: bytes) -> bytes:
    """The 32 bytes by which wraps and lists name an X-Wing key."""
    return digest(label("reading key"), public)


def signing_key_id(public: bytes) -> bytes:
    """The 32 bytes by which signatures name an Ed25519 key."""
    return digest(label("signing key"), public)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this key signed this message. A key or signature that is none at all counts as no."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_record(signed: Signed, public: bytes) -> bool:
    """Whether the record carries a valid signature by this key. Other signatures on it are not looked at."""
    by = b64(signing_key_id(public))
    return any(one.by == by and verify(public, unb64(one.sig), record_bytes(signed.record)) for one in signed.sigs)


def signed_by_device(signed: Signed, signing: bytes, unlock: bytes) -> bool:
    """Whether a child's device signed this with its device key and perhaps its unlock key, and nobody else did."""
    by = [one.by for one in signed.sigs]
    own, second = (b64(signing_key_id(key)) for key in (signing, unlock))
    if own not in by or not set(by) <= {own, second}:
        return False
    return verify_record(signed, signing) and (second not in by or verify_record(signed, unlock))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key that signs. Its representation shows the public half only."""

    public: bytes
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private.public_key().public_bytes_raw(), private)

    @property
    def id(self) -> str:
        """The key id in b64, as it stands beside a signature."""
        return b64(signing_key_id(self.public))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature. The message begins with the label of its use."""
        return self._private.sign(message)

    def sign_record(self, record: Record) -> Signature:
        """The signature to put with a record."""
        return Signature(self.id, b64(self.sign(record_bytes(record))))


def safety_number(hash_a: bytes, hash_b: bytes) -> str:
    """The 30 digits, in six groups of five, that two people read to each other; the same for both of them.

    Each guess at a pair of records that gives a wanted number costs 5,200 hashes.
    """
    low, high = sorted((hash_a, hash_b))
    x = digest(label("safety"), low, high)
    for _ in range(SAFETY_ROUNDS):
        x = digest(label("safety"), x, low, high)
    h = digest(label("safety a"), x) + digest(label("safety b"), x)
    return " ".join(f"{int.from_bytes(h[5 * i : 5 * i + 5]) % 100_000:05d}" for i in range(6))


def random_id() -> str:
    """A new id: 16 random bytes in b64, 22 characters."""
    return b64(secrets.token_bytes(16))


def short_code(record_hash: bytes) -> str:
    """The first 80 bits of a hash as 16 Crockford characters in four groups: to compare paper with a file by eye."""
    number = int.from_bytes(record_hash[:10], "big")
    letters = "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(16)))
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def new_kindnummer() -> str:
    """A new kindnummer, such as K7Q2-M9XWB: the only name of a child that the server knows. It means nothing."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(8))
    return f"K{letters[:3]}-{letters[3:]}"
