"""Signed notes, checkpoints and cosignatures, as C2SP defines them (docs/protocol/log.md, section 4).

c2sp.org/signed-note, c2sp.org/tlog-checkpoint, and c2sp.org/tlog-cosignature (Ed25519). These formats are not ours, so
that witnesses and tools that exist can read them. What is read is written again and compared: each note has one form.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kindstem.errors import BadRecord

ED25519: Final = 1
COSIGNATURE: Final = 4

MOST_LINES: Final = 64
"""How many signatures a note may carry; the specification asks for at least 16."""

MOST_TEXT: Final = 64 * 1024
_TIME_BYTES: Final = 8
_ID_BYTES: Final = 4

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def std64(data: bytes) -> str:
    """Standard base64, as notes have it; everywhere else here it is base64url."""
    return base64.b64encode(data).decode("ascii")


def unstd64(text: str) -> bytes:
    """The bytes of a standard base64 text in its one form. Raises BadRecord."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadRecord(field="note") from None
    if std64(data) != text:
        raise BadRecord(field="note")
    return data


# --- keys -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """Whose signature a line is: a name, a public key, and what kind of signature it makes."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The four bytes that stand before its signatures. An identifier, and no proof of anything."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    def vkey(self) -> str:
        """The key as one text, as witnesses publish theirs."""
        return f"{self.name}+{self.id.hex()}+{std64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key of such a text. Raises BadRecord unless it is an Ed25519 key of one of the two kinds, with its id."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            raise BadRecord(field="key")
        data = unstd64(parts[2])
        if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
            raise BadRecord(field="key")
        key = cls(parts[0], data[1:], data[0])
        if key.id.hex() != parts[1]:
            raise BadRecord(field="key")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs notes. Its representation shows the public half only."""

    key: Key
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, kind: int = ED25519) -> Signer:
        """The signer of a 32-byte seed."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(Key(name, private.public_key().public_bytes_raw(), kind), private)

    def sign(self, text: str) -> Line:
        """The signature over a note's text."""
        return Line(self.key.name, self.key.id, self._private.sign(text.encode()))

    def cosign(self, text: str, at: datetime) -> Line:
        """The signature of a witness over a checkpoint's text, with the moment it was given."""
        seconds = int(at.timestamp())
        signature = self._private.sign(_cosigned(text, seconds))
        return Line(self.key.name, self.key.id, seconds.to_bytes(_TIME_BYTES) + signature)


def is_key_name(text: str) -> bool:
    """Whether a note can name a key so: something, without blanks or plus."""
    return 1 <= len(text) <= 255 and text.isprintable() and not re.search(r"[\s+]", text)


# --- notes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One signature on a note. `data` follows the key's id: the signature, behind eight bytes of time when cosigned."""

    name: str
    key_id: bytes
    data: bytes

    def text(self) -> str:
        """The line as it stands under a note, with its end."""
        return f"— {self.name} {std64(self.key_id + self.data)}\n"

    @classmethod
    def parse(cls, text: str) -> Line:
        """The parts of such a line. Raises BadRecord."""
        found = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+={0,2})\n", text)
        if found is None or not is_key_name(found[1]):
            raise BadRecord(field="note")
        data = unstd64(found[2])
        if len(data) <= _ID_BYTES:
            raise BadRecord(field="note")
        return cls(found[1], data[:_ID_BYTES], data[_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures on it. That it parsed says nothing about those: see `signed_by`."""

    text: str
    lines: tuple[Line, ...]

    def write(self) -> str:
        """The note as it is handed around."""
        return self.text + "\n" + "".join(line.text() for line in self.lines)

    def signed_by(self, key: Key) -> bool:
        """Whether this key signed the text.

        False as well when a line by this key does not verify, whatever else is on the note (signed-note, "Signatures").
        """
        ours = [line for line in self.lines if (line.name, line.key_id) == (key.name, key.id)]
        return bool(ours) and all(_verified(key.public, line.data, self.text.encode()) for line in ours)

    def cosigned_by(self, key: Key) -> datetime | None:
        """The moment at which this witness signed; the earliest, and None when it did not or a line is false."""
        moments = [cosigned_at(self.text, line, key) for line in self.lines if line.name == key.name]
        found = [moment for moment in moments if moment is not None]
        ours = [line for line in self.lines if (line.name, line.key_id) == (key.name, key.id)]
        return min(found) if found and len(found) == len(ours) else None

    def with_lines(self, lines: Sequence[Line]) -> Note:
        """The same note with more signatures."""
        return Note(self.text, (*self.lines, *lines))


def parse(data: str) -> Note:
    """The parts of a note. Raises BadRecord for anything that is not one."""
    text, blank, signatures = data.rpartition("\n\n")
    lines = signatures.splitlines(keepends=True)
    if not blank or not text or len(data) > MOST_TEXT or not 1 <= len(lines) <= MOST_LINES:
        raise BadRecord(field="note")
    # Nothing below U+0020 but the ends of lines; surrogates have no UTF-8.
    if re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", data):
        raise BadRecord(field="note")
    note = Note(text + "\n", tuple(Line.parse(line) for line in lines))
    if note.write() != data:
        raise BadRecord(field="note")
    return note


def cosigned_at(text: str, line: Line, key: Key) -> datetime | None:
    """The moment at which this witness gave this line over a checkpoint's text; None when it did not."""
    if key.kind != COSIGNATURE or (line.name, line.key_id) != (key.name, key.id) or len(line.data) != _TIME_BYTES + 64:
        return None
    seconds = int.from_bytes(line.data[:_TIME_BYTES])
    if not _verified(key.public, line.data[_TIME_BYTES:], _cosigned(text, seconds)):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _verified(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- checkpoints ------------------------------------------------------------------------------------------------------

ORIGIN: Final = "kindstem/log/"


def origin_of(log: str) -> str:
    """How checkpoints name a log: the name of its key as well."""
    return ORIGIN + log


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint states: so many entries of this log have this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{std64(self.root)}\n"


def parse_head(text: str) -> Head:
    """What the text of a note states. Raises BadRecord unless it is exactly a checkpoint without extension lines."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or _NUMBER.fullmatch(lines[1]) is None:
        raise BadRecord(field="note")
    head = Head(lines[0], int(lines[1]), unstd64(lines[2]))
    if len(head.root) != 32:
        raise BadRecord(field="note")
    return head


def parse_checkpoint(data: str) -> tuple[Head, Note]:
    """A checkpoint with its signatures, none of them verified. Raises BadRecord."""
    note = parse(data)
    return parse_head(note.text), note
