"""What the log shows and what it commits to: leaves, commitments, the server's statements (docs/protocol/log.md).

A leaf holds a type, two times and a salted commitment, and nothing personal: without the salt, nobody can tell even
whether a guess at the record is right. Who holds the opening (salt, record, signatures) can show what was entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from kindstem import wire
from kindstem.errors import BadRecord
from kindstem.merkle import leaf_hash
from kindstem.wire import Check, Record, b64, canonical, digest, label

TYPES: Final = frozenset(
    {
        *("log-start", "log-key", "migrated", "enrolment", "introduction", "readers", "revocation", "entry", "erasure"),
        *("plan", "attestation", "notheld", "confirmation", "dispute", "correction", "withdrawal", "sample"),
        *("request", "request-end"),
        "roster",
    }
)

ROSTER: Final = ("charged", "ended", "reopened", "worker", "plan", "decision", "norm")
"""What the organisation can state from its roster (docs/protocol/log.md, section 2)."""

SALT: Final = 32


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log as everybody may see it."""

    type: str
    about: str
    """The day it is about, as an ISO date."""
    at: str
    """The time it was entered."""
    c: bytes
    """The commitment to what was entered."""

    def data(self) -> bytes:
        """The bytes in the tree.

        Exactly what canonical() gives, five times as fast: nothing in a leaf needs escaping, and each append makes two.
        """
        text = f'{{"about":"{self.about}","at":"{self.at}","c":"{b64(self.c)}","type":"{self.type}","v":1}}'
        return text.encode()

    def hash(self) -> bytes:
        """The hash in the tree."""
        return leaf_hash(self.data())

    def json(self) -> dict[str, Any]:
        """The object in the tree."""
        return {"v": 1, "type": self.type, "about": self.about, "at": self.at, "c": b64(self.c)}


@dataclass(frozen=True, slots=True)
class Opening:
    """What a leaf commits to: the salt, the record, and the signatures that were entered with it."""

    salt: bytes
    rec: Record
    sigs: tuple[dict[str, str], ...]

    def commitment(self) -> bytes:
        """What the leaf must hold."""
        return commitment(self.salt, content(self.rec, self.sigs))

    def json(self) -> dict[str, Any]:
        """As it stands in receipts and bundles."""
        return {"salt": b64(self.salt), "rec": self.rec, "sigs": list(self.sigs)}


def content(rec: Mapping[str, Any], sigs: Sequence[Mapping[str, str]]) -> bytes:
    """What is committed to: the record and its signatures in the one form. Raises BadRecord for what has none."""
    return canonical({"rec": rec, "sigs": list(sigs)})


def commitment(salt: bytes, content: bytes) -> bytes:
    """The commitment in a leaf."""
    return digest(label("log entry"), salt, content)


def make_leaf(kind: str, about: date, at: datetime, c: bytes) -> Leaf:
    """The leaf of an entry. Raises ValueError for a type that the protocol does not have."""
    if kind not in TYPES:
        raise ValueError(f"no type of entry: {kind}")
    return Leaf(kind, about.isoformat(), wire.time_text(at), c)


_date: Check = lambda value: isinstance(value, str) and len(value) == 10 and wire.is_time(f"{value}T00:00:00Z")  # noqa: E731

_LEAF = wire.object_of(
    {
        "v": wire.is_version,
        "type": wire.one_of(*sorted(TYPES)),
        "about": _date,
        "at": wire.is_time,
        "c": wire.is_hash,
    }
)


def leaf_of(value: Any) -> Leaf:
    """The leaf of an object, every field checked. Raises BadRecord."""
    if not _LEAF(value):
        raise BadRecord(field="leaf")
    return Leaf(value["type"], value["about"], value["at"], wire.unb64(value["c"]))


def parse_leaf(data: bytes) -> Leaf:
    """The leaf of its bytes in the tree. Raises BadRecord for any other form of it."""
    return leaf_of(wire.parse_canonical(data))


# --- what the server itself states ------------------------------------------------------------------------------------

_size = wire.integer(0)
_text: Check = lambda value: isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable()  # noqa: E731

_STATEMENTS: dict[str, dict[str, Check]] = {
    "log-start": {
        "log": wire.is_id,
        "key": wire.is_hash,
        "previous": wire.or_null(
            wire.object_of({"log": wire.is_id, "size": _size, "root": wire.is_hash, "reason": _text})
        ),
        "at": wire.is_time,
    },
    "log-key": {"log": wire.is_id, "key": wire.is_hash, "at": wire.is_time},
    "log-migrated": {
        "what": wire.one_of("device", "list", "entry", "revocation"),
        "hash": wire.is_hash,
        "at": wire.is_time,
    },
    "log-readers": {
        "subj": wire.is_id,
        "circle": wire.one_of("worker", "confidant", "independent", "oncall"),
        "number": wire.integer(1),
        "readers": wire.list_of(
            wire.object_of(
                {
                    "person": wire.is_id,
                    "role": wire.one_of("worker", "second", "confidant", "independent", "oncall"),
                }
            ),
            1,
            wire.MAX_WRAPS - 1,
        ),
        "list": wire.is_hash,
        "at": wire.is_time,
    },
    "log-revocation": {"key": wire.is_hash, "at": wire.is_time},
    "log-envelope": {
        "subj": wire.is_id,
        "digest": wire.is_hash,
        "dir": wire.one_of("up", "down"),
        "circle": wire.one_of("worker", "confidant", "independent", "oncall", "self"),
        "at": wire.is_time,
    },
    "log-roster": {
        "subj": wire.or_null(wire.is_id),
        "what": wire.one_of(*ROSTER),
        "measure": wire.or_null(wire.is_id),
        "day": _date,
        "value": wire.or_null(_text),
        "at": wire.is_time,
    },
    "log-erasure": {"index": _size, "leaf": wire.is_hash, "reason": _text, "at": wire.is_time},
}


def statement(t: str, org: str, at: datetime, **fields: Any) -> Record:
    """A statement of the server, to be entered. Raises BadRecord for fields that it cannot hold."""
    return parse_statement({"t": t, "v": 1, "org": org, **fields, "at": wire.time_text(at)})


def parse_statement(value: Any) -> Record:
    """A statement of the server, every field checked. Raises BadRecord with the first field that is wrong."""
    t = value.get("t") if isinstance(value, dict) else None
    fields = _STATEMENTS.get(t) if isinstance(t, str) else None
    if t is None or fields is None:
        raise BadRecord(field="t")
    record = wire.exact_record(value, t, {"org": wire.is_id, **fields})
    # A norm is about nobody, and all else about one child and one of its measures; who works for it, about the child.
    if t == "log-roster" and (record["what"] == "norm") is not (record["subj"] is None):
        raise BadRecord(field="subj")
    if t == "log-roster" and (record["what"] in {"norm", "worker"}) is not (record["measure"] is None):
        raise BadRecord(field="measure")
    return record
