"""Every byte format, strict in both directions; holds no keys (docs/protocol/keys.md, envelope.md).

What one side writes in two ways, the other could read in two ways. So each value has one form: a text that decodes but
was not written by these rules is refused, and `static/wire.js` refuses exactly the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import rfc8785

from kindstem.errors import BadEnvelope, BadRecord, BadRequest, ListTooSmall, NotQuantumSafe, NotSealed

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"
Record = dict[str, Any]
Direction = Literal["up", "down"]

KEY_ID = 32
WRAP = 1_168
READING_KEY = 1_216
SIGNATURE = 64
MAX_WRAPS = 16
SMALLEST_BODY = 4_096
# Commitment in front of the ciphertext and GCM's tag behind it.
BODY_OVERHEAD = 32 + 16
MAX_HEADER = 1_024
MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

KINDNUMMER = re.compile(r"K[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{5}")


# --- bytes and texts --------------------------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of a base64url text. Exactly one text is accepted for each value, so an id cannot be written twice.

    Raises BadRequest for padding, foreign characters or stray bits.
    """
    data = _unb64(text)
    if data is None:
        raise BadRequest()
    return data


# Behind the last whole byte no bit may stand: of those that begin a byte, few signs leave all others zero.
_TAILS = {0: "", 1: "[A-Za-z0-9_-][AQgw]", 2: "[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]"}
_B64 = re.compile(f"(?:[A-Za-z0-9_-]{{4}})*(?:{_TAILS[1]}|{_TAILS[2]})?")


def _unb64(text: object) -> bytes | None:
    if not isinstance(text, str) or _B64.fullmatch(text) is None:
        return None
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def label(name: str) -> bytes:
    """The domain label `L(name)`: what is signed, hashed or derived under one label fits under no other."""
    return b"kindstem/1 " + name.encode("ascii") + b"\0"


def digest(*parts: bytes) -> bytes:
    """SHA-256 over the joined parts: `H` in the protocol's pages."""
    return hashlib.sha256(b"".join(parts)).digest()


def time_text(moment: datetime) -> str:
    """A moment as records write it: UTC, to the second. The moment must know its zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- canonical JSON ---------------------------------------------------------------------------------------------------

_SURROGATE = re.compile("[\ud800-\udfff]")


def _check_json(value: object, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise BadRecord()
    if type(value) is dict:
        # Most of what comes by: an object of plain texts, which need no second look.
        for key, one in value.items():
            if type(key) is not str or not key.isascii():
                break
            if (type(one) is str and one.isascii()) or one is None or one is True or one is False:
                continue
            _check_json(one, depth + 1)
        else:
            return
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise BadRecord()
    elif isinstance(value, list | tuple):
        for one in value:
            _check_json(one, depth + 1)
    elif isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                raise BadRecord()
            _check_text(key)
            _check_json(one, depth + 1)
    else:
        raise BadRecord()


def _check_text(text: str) -> None:
    # A lone surrogate has no UTF-8: two different texts would become one or none.
    if _SURROGATE.search(text):
        raise BadRecord()


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_BEYOND = re.compile("[\U00010000-\U0010ffff]")


def _written(value: Any) -> bytes:
    """The canonical form of a value that has been checked.

    Of the restricted types the standard library's writer gives exactly RFC 8785, four times as fast, but for one thing:
    it sorts names by code point and not by UTF-16, which differs beyond the first plane. Such texts the library writes.
    """
    text = _ENCODER.encode(value)
    return rfc8785.dumps(value) if _BEYOND.search(text) else text.encode("utf-8")


def canonical(value: Json | Mapping[str, Any] | Sequence[Any]) -> bytes:
    """The one JSON form of a value (RFC 8785), with strings, integers, booleans, null, lists and objects only.

    Raises BadRecord for any other type, integers beyond 2^53 - 1, lone surrogates, and nesting deeper than 16.
    """
    _check_json(value)
    return _written(value)


def parse_json(data: bytes) -> Any:
    """The value of JSON bytes of the restricted types, in any spacing and order; for what a browser sent us.

    Raises BadRecord for doubled keys, other numbers than safe integers, lone surrogates, and nesting deeper than 16.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_no_doubles, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise BadRecord() from None
    _check_json(value)
    return value


def parse_canonical(data: bytes) -> Any:
    """The value of canonical JSON bytes. BadRecord for anything that canonical() would have written otherwise."""
    # What has one form names no key twice, so that nobody has to look.
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        if _deep(text):
            _check_json(value)
        if _written(value) != data:
            raise BadRecord()
    except (ValueError, RecursionError, TypeError):
        raise BadRecord() from None
    return value


def _deep(text: str) -> bool:
    """Whether a parsed text has to be walked through: for its depth, or for surrogates, which only stand escaped."""
    return "\\u" in text or text.count("{") + text.count("[") > MAX_DEPTH


def _safe(text: str) -> int:
    number = int(text)
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise BadRecord()
    return number


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRecord()
    return found


def _refuse(_text: str) -> Any:
    raise BadRecord()


_DECODER = json.JSONDecoder(parse_int=_safe, parse_float=_refuse, parse_constant=_refuse)


# --- what a field may hold --------------------------------------------------------------------------------------------

Check = Callable[[Any], bool]

# No control characters, none that turn the reading direction, none that cannot be seen: a name must look like what it
# is. A reader whose name is a blank, or another's with something invisible in it, would stand unseen among the readers.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200b\u200e\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]|^ | $"
)
# What joins or colours the sign before it is no name by itself.
_VISIBLE = re.compile("[^ \u200c\u200d\ufe00-\ufe0f]")


def bytes_of(length: int) -> Check:
    return matching(f"[A-Za-z0-9_-]{{{length // 3 * 4}}}{_TAILS[length % 3]}")


def one_of(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


def integer(low: int, high: int = MAX_INTEGER) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def matching(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def list_of(item: Check, low: int, high: int) -> Check:
    return lambda value: isinstance(value, list) and low <= len(value) <= high and all(item(one) for one in value)


def or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def object_of(fields: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    more = optional or {}

    def check(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and fields.keys() <= value.keys() <= (fields.keys() | more.keys())
            and all((fields.get(name) or more[name])(one) for name, one in value.items())
        )

    return check


def is_name(value: Any) -> bool:
    fits = isinstance(value, str) and len(value) <= 80
    return fits and _UNPRINTABLE.search(value) is None and _VISIBLE.search(value) is not None


_TIME = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def _time(value: Any) -> bool:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _date(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and _time(f"{value}T00:00:00Z")


is_version = integer(1, 1)
is_id = bytes_of(16)
is_hash = _hash = bytes_of(32)
is_time = _time
is_date = _date
_public = bytes_of(32)
_reading = bytes_of(READING_KEY)
is_kindnummer: Check = lambda value: isinstance(value, str) and KINDNUMMER.fullmatch(value) is not None  # noqa: E731
_child = is_kindnummer
_role = one_of("worker", "second", "confidant", "oncall")
_list_role = one_of("worker", "second", "confidant", "independent", "oncall")
_circle = one_of("worker", "confidant", "independent", "oncall")
is_child_level = one_of("8", "12")
is_language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def _signing(value: Any) -> bool:
    return list_of(_public, 1, 8)(value) and len(set(value)) == len(value)


_READER = object_of(
    {"person": is_id, "name": is_name, "role": _list_role, "reading": _reading, "signing": _signing, "since": _date}
)
_SIGS = list_of(object_of({"by": _hash, "sig": bytes_of(SIGNATURE)}), 1, 1_000)


def _signed_shape(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"record", "sigs"} and _SIGS(value["sigs"])


BUNDLED = ("worker", "confidant", "oncall", "independent")
"""The circles whose lists a bundle can hold, in their order; the first is always there."""

_RECORDS: dict[str, dict[str, Check]] = {
    "person": {
        "org": is_id, "person": is_id, "name": is_name, "role": _role, "reading": _reading, "signing": _signing,
        "at": _time,
    },
    "child": {
        "org": is_id, "child": _child, "device": is_id, "reading": _reading, "signing": _public, "unlock": _public,
        "lock": one_of("pin", "pictures"), "level": is_child_level, "lang": is_language, "at": _time,
    },
    "readers": {
        "org": is_id, "child": _child, "circle": _circle, "number": integer(1), "prev": or_null(_hash),
        "readers": list_of(_READER, 1, MAX_WRAPS - 1), "at": _time,
    },
    "bundle": {
        "org": is_id, "orgName": is_name, "child": _child, "level": is_child_level, "lang": is_language,
        "lists": list_of(lambda value: isinstance(value, dict), 1, len(BUNDLED)),
        "persons": list_of(_signed_shape, 1, 2 * MAX_WRAPS),
    },
    "reset": {"org": is_id, "child": _child, "device": is_id, "at": _time, "by": is_id},
    "said": {
        "org": is_id, "child": _child, "entry": is_id,
        "kind": one_of("checkin", "house", "flag", "flag-mistake", "reaction"), "about": or_null(is_id), "at": _time,
        "way": one_of("phone", "kindmodus"), "n": integer(1), "root": _hash,
    },
    "offer-answer": {
        "org": is_id, "child": _child, "offer": is_id, "says": one_of("yes", "no", "later"),
        "way": one_of("phone", "kindmodus"), "at": _time,
    },
}  # fmt: skip


# --- records ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose key signed, by its id, and the signature; both in b64."""

    by: str
    sig: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A record with its signatures. That it parsed says nothing about the signatures: see signing.verify_record."""

    record: Record
    sigs: tuple[Signature, ...]

    def json(self) -> dict[str, Any]:
        """The object that goes over the wire."""
        return {"record": self.record, "sigs": [{"by": one.by, "sig": one.sig} for one in self.sigs]}


def parse_record(value: Any, t: str) -> Record:
    """The record itself, when it is a whole and exact record of type `t`: one of `_RECORDS`.

    Unknown, missing and impossible fields are refused, so that nothing unseen is ever signed. Raises BadRecord with the
    name of the first field that is wrong, and ListTooSmall for a worker list that no child may be given.
    """
    record = exact_record(value, t, _RECORDS[t])
    if t == "readers":
        _check_readers(record)
    if t == "bundle":
        _check_bundle(record)
    return record


def exact_record(value: Any, t: str, fields: Mapping[str, Check]) -> Record:
    """The record itself, when it has type `t`, version 1, and exactly these fields, each as its check wants it.

    Raises BadRecord with the name of the first field that is wrong.
    """
    if not isinstance(value, dict) or value.get("t") != t:
        raise BadRecord(field="t")
    if not is_version(value.get("v")):
        raise BadRecord(field="v")
    for name, check in fields.items():
        if name not in value or not check(value[name]):
            raise BadRecord(field=name)
    if len(value) != len(fields) + 2:
        raise BadRecord()
    # The shape leaves texts only, but a lone surrogate is a text too.
    _check_json(value)
    record: Record = value
    return record


def _check_readers(value: Record) -> None:
    if (value["number"] == 1) != (value["prev"] is None):
        raise BadRecord(field="prev")
    readers = value["readers"]
    for field in ("person", "reading"):
        if len({reader[field] for reader in readers}) != len(readers):
            raise BadRecord(field="readers")
    roles = {reader["role"] for reader in readers}
    if value["circle"] != "worker":
        # The name of the circle is the role of everybody in it.
        if roles != {value["circle"]} or (value["circle"] == "independent" and len(readers) > 1):
            raise BadRecord(field="readers")
        return
    if not roles <= {"worker", "second"}:
        raise BadRecord(field="readers")
    if roles != {"worker", "second"}:
        raise ListTooSmall()


def _check_bundle(value: Record) -> None:
    lists = [parse_record(one, "readers") for one in value["lists"]]
    circles = [one["circle"] for one in lists]
    if circles[0] != "worker" or circles != [one for one in BUNDLED if one in circles]:
        raise BadRecord(field="lists")
    # Somebody independent comes by the child's own yes, which a child without a phone cannot have signed.
    if any(one["circle"] == "independent" and one["number"] == 1 for one in lists):
        raise BadRecord(field="lists")
    if any(one["org"] != value["org"] or one["child"] != value["child"] for one in lists):
        raise BadRecord(field="lists")
    persons = {one.record["person"]: one.record for one in (parse_signed(p, "person") for p in value["persons"])}
    needed = [reader for one in lists for reader in one["readers"]]
    if shared(lists):
        raise BadRecord(field="lists")
    if len(persons) != len(value["persons"]) or persons.keys() != {reader["person"] for reader in needed}:
        raise BadRecord(field="persons")
    for reader in needed:
        person = persons[reader["person"]]
        same = all(reader[name] == person[name] for name in ("name", "reading", "signing"))
        if not same or person["org"] != value["org"]:
            raise BadRecord(field="persons")


def shared(lists: Sequence[Record]) -> bool:
    """Whether somebody, or somebody's key, stands on more than one of these lists."""
    return any(
        len({reader[field] for one in lists for reader in one["readers"]}) != sum(len(one["readers"]) for one in lists)
        for field in ("person", "reading")
    )


def parse_signed(value: Any, t: str) -> Signed:
    """A signed record of type `t`, its form checked and its signatures not. Raises as parse_record, and BadRecord."""
    sigs = parse_signatures(value)
    return Signed(parse_record(value["record"], t), sigs)


def parse_signatures(value: Any) -> tuple[Signature, ...]:
    """The signatures of what has the form {record, sigs}; the record is not looked at. Raises BadRecord."""
    if not _signed_shape(value):
        raise BadRecord(field="sigs")
    sigs = tuple(Signature(one["by"], one["sig"]) for one in value["sigs"])
    if len({one.by for one in sigs}) != len(sigs):
        raise BadRecord(field="sigs")
    return sigs


def record_bytes(record: Record) -> bytes:
    """What is signed and hashed: the label of the record's type, then its canonical form."""
    return label(f"record {record['t']}") + canonical(record)


def record_hash(record: Record) -> bytes:
    """The record's hash, by which lists, bundles and safety numbers name it."""
    return digest(record_bytes(record))


# --- a device's request -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Authorization:
    """What stands in the header of a device's request: which device, when (unix seconds), once, and its signature."""

    device: str
    at: int
    nonce: str
    sig: bytes


def parse_authorization(header: str) -> Authorization:
    """The parts of `Kindstem <device>.<at>.<nonce>.<sig>` (docs/protocol/unlocking.md). Raises BadRequest."""
    found = re.fullmatch(r"Kindstem ([\w-]{22})\.([1-9][0-9]{0,14})\.([\w-]{22})\.([\w-]{86})", header, re.ASCII)
    if found is None or not is_id(found[1]) or not is_id(found[3]) or (sig := _unb64(found[4])) is None:
        raise BadRequest()
    return Authorization(found[1], int(found[2]), found[3], sig)


def request_message(method: str, path: str, at: int, nonce: str, body: bytes) -> bytes:
    """What a device signs when it asks for something: the asking, and the hash of what it sends along."""
    asked = canonical({"method": method, "path": path, "at": at, "nonce": nonce})
    return label("request") + asked + digest(body)


# --- envelopes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header:
    """Where an envelope belongs. Every key in it is bound to these four, so that it cannot be moved."""

    org: str
    child: str
    id: str
    dir: Direction


@dataclass(frozen=True, slots=True)
class Wrap:
    """The entry's key, wrapped for one reader: the reader's key id (32 bytes) and the sealed key (1,168 bytes)."""

    key_id: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sealed thing: its header, a wrap for each reader in the order of their key ids, and the body."""

    hdr: Header
    wraps: tuple[Wrap, ...]
    body: bytes


# The whole of a header's one form. Parsed so, and not as JSON, because every envelope has one and JSON costs ten times
# as much: read, checked, written again and compared.
_HEADER = re.compile(
    rb'\{"child":"(K[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{5})","dir":"(up|down)",'
    rb'"id":"([\w-]{22})","org":"([\w-]{22})","v":1\}'
)


def header_bytes(header: Header) -> bytes:
    """The header's canonical form; its hash is what binds everything else to it."""
    return canonical({"v": 1, "org": header.org, "child": header.child, "id": header.id, "dir": header.dir})


def parse_header(data: bytes) -> Header:
    """The header of canonical bytes. Raises BadEnvelope."""
    found = _HEADER.fullmatch(data)
    if found is None:
        raise BadEnvelope()
    child, direction, entry, org = (part.decode("ascii") for part in found.groups())
    if not is_id(entry) or not is_id(org):
        raise BadEnvelope()
    return Header(org, child, entry, "up" if direction == "up" else "down")


def padded_size(inner: int) -> int:
    """The size in bytes of the body that hides an inner part of `inner` bytes: a power of two, at least 4,096.

    The server sees every size. Powers of two leave it four or five sizes to see, so that a mood, a text and a small
    drawing look alike.
    """
    return max(SMALLEST_BODY, 1 << (inner + BODY_OVERHEAD - 1).bit_length())


def _body_size(size: int) -> bool:
    return size >= SMALLEST_BODY and size & (size - 1) == 0


# What other suites of HPKE make of a 32-byte key: X25519, P-256, P-384, P-521, X448, and ML-KEM without a partner.
_OTHER_WRAPS = tuple(enc + 48 for enc in (32, 65, 97, 133, 56, 768, 1_088, 1_568, 1_153, 1_665))


def encode_envelope(envelope: Envelope) -> bytes:
    """The bytes of an envelope. Raises BadEnvelope for one that parse_envelope would refuse."""
    header = header_bytes(envelope.hdr)
    wraps = b"".join(wrap.key_id + wrap.sealed for wrap in envelope.wraps)
    count = len(envelope.wraps)
    if not 1 <= count <= MAX_WRAPS or any(len(w.key_id) != KEY_ID or len(w.sealed) != WRAP for w in envelope.wraps):
        raise BadEnvelope()
    data = b"KSE1" + struct.pack(">I", len(header)) + header + bytes([count]) + wraps + envelope.body
    parse_envelope(data)
    return data


def parse_envelope(data: bytes) -> Envelope:
    """The parts of an envelope's bytes, every length and order checked (docs/protocol/envelope.md).

    It cannot see whether the body was truly sealed, but it takes nothing that a person could read. Raises BadEnvelope,
    NotQuantumSafe when the wraps have the length of another suite, and NotSealed when the body is text.
    """
    if data[:4] != b"KSE1" or len(data) < 9:
        raise BadEnvelope()
    length = struct.unpack_from(">I", data, 4)[0]
    start = 8 + length
    if length > MAX_HEADER or len(data) <= start:
        raise BadEnvelope()
    header = parse_header(data[8:start])
    count = data[start]
    start += 1
    if not 1 <= count <= MAX_WRAPS:
        raise BadEnvelope()
    size = len(data) - start - count * (KEY_ID + WRAP)
    if not _body_size(size):
        if any(_body_size(size + n * (WRAP - other)) for other in _OTHER_WRAPS for n in range(1, count + 1)):
            raise NotQuantumSafe()
        raise BadEnvelope()
    wraps = []
    for _ in range(count):
        end = start + KEY_ID + WRAP
        wraps.append(Wrap(data[start : start + KEY_ID], data[start + KEY_ID : end]))
        start = end
    if any(one.key_id >= two.key_id for one, two in pairwise(wraps)):
        raise BadEnvelope()
    body = data[start:]
    if _is_text(body):
        raise NotSealed()
    return Envelope(header, tuple(wraps), body)


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# --- inside an envelope -----------------------------------------------------------------------------------------------

KINDS: dict[str, tuple[str, ...]] = {
    "up": ("checkin", "house", "flag", "flag-mistake", "reaction", "reach", "empty"),
    "down": ("answer", "receipt", "card", "perspective", "note", "meldcode", "offer"),
}

ON_TABLET: tuple[str, ...] = ("checkin", "house", "reaction")
"""What a child can say in kindmodus, where no key of its own is: never an alarm, and nothing that takes one back."""

_META = object_of(
    {
        "v": is_version,
        "kind": one_of(*KINDS["up"], *KINDS["down"]),
        "seq": integer(0),
        "at": _time,
        "by": is_id,
        "circle": one_of("worker", "confidant", "independent", "oncall", "self"),
        "list": or_null(object_of({"number": integer(1), "hash": _hash})),
        "lock": one_of("open", "locked", "none", "desk", "tablet"),
        "to": list_of(_hash, 1, MAX_WRAPS),
        "about": or_null(is_id),
    }
)


@dataclass(frozen=True, slots=True)
class Inner:
    """What lies inside the padding: meta and payload as they were signed, and the two signatures."""

    meta: bytes
    payload: bytes
    sig_device: bytes
    sig_unlock: bytes


def parse_meta(data: bytes, direction: Direction) -> Record:
    """What an envelope says about itself inside. Raises BadEnvelope, also for a kind in the wrong direction."""
    try:
        value = parse_canonical(data)
    except BadRecord:
        raise BadEnvelope() from None
    if not _META(value) or value["kind"] not in KINDS[direction]:
        raise BadEnvelope()
    desk, tablet = direction == "down", value["lock"] == "tablet"
    to = [unb64(one) for one in value["to"]]
    if (
        (value["lock"] == "desk") != desk
        or (value["seq"] == 0) != (desk or tablet)
        or (tablet and (value["circle"] != "worker" or value["kind"] not in ON_TABLET))
        or (value["list"] is None) != (value["circle"] == "self")
        or (desk and value["circle"] == "self")
        or (value["kind"] in {"meldcode", "offer"} and value["circle"] != "worker")
        or (value["kind"] == "perspective" and value["circle"] not in {"worker", "independent"})
        # The on-call service is told how a child can be reached, for one flag, and nothing else at all.
        or (value["circle"] == "oncall" and value["kind"] not in {"reach", "empty"})
        or (value["kind"] == "reach" and (value["circle"] != "oncall" or value["about"] is None))
        or any(one >= two for one, two in pairwise(to))
    ):
        raise BadEnvelope()
    found: Record = value
    return found


def encode_inner(inner: Inner) -> bytes:
    """The padded bytes that go under the entry's key: as long as its body is, less commitment and tag."""
    parts = b"".join(
        [
            struct.pack(">I", len(inner.meta)), inner.meta, struct.pack(">I", len(inner.payload)), inner.payload,
            inner.sig_device, inner.sig_unlock,
        ]
    )  # fmt: skip
    return parts.ljust(padded_size(len(parts)) - BODY_OVERHEAD, b"\0")


def parse_inner(data: bytes) -> Inner:
    """The parts of a padded inner. Raises BadEnvelope for a wrong length, or padding that is not zero or not needed."""
    meta, at = _counted(data, 0)
    payload, at = _counted(data, at)
    end = at + 2 * SIGNATURE
    if len(data) < end or any(data[end:]) or len(data) != padded_size(end) - BODY_OVERHEAD:
        raise BadEnvelope()
    return Inner(meta, payload, data[at : at + SIGNATURE], data[at + SIGNATURE : end])


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    if len(data) < at + 4:
        raise BadEnvelope()
    end = at + 4 + struct.unpack_from(">I", data, at)[0]
    if len(data) < end:
        raise BadEnvelope()
    return data[at + 4 : end], end


def envelope_message(name: Literal["device", "unlock"], header: bytes, meta: bytes, payload: bytes) -> bytes:
    """What an author signs inside an envelope, under the label of the key that signs."""
    return label(f"envelope {name}") + digest(header) + digest(meta) + digest(payload)
