"""Records of talks and requests, and the codes in which two phones hand talks over (docs/protocol/attestation.md).

Holds no keys.

As in wire.py, each value has one form; `static/talks.js` is the twin that refuses the same. What a chain of these
records comes to is decided in levels.py.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from kindstem.errors import BadRecord
from kindstem.wire import (
    SIGNATURE,
    Check,
    Record,
    Signature,
    Signed,
    b64,
    bytes_of,
    digest,
    exact_record,
    integer,
    is_hash,
    is_id,
    is_time,
    label,
    matching,
    object_of,
    one_of,
    or_null,
    parse_signatures,
    record_hash,
    time_text,
    unb64,
)

SHORTEST: Final = 60
LONGEST: Final = 12 * 3600
"""How many seconds a talk lasts at least and at most."""

FIRST_CODE: Final = "t1."
SECOND_CODE: Final = "a1."
"""What a code begins with behind the #, so that the app's scanner knows what it sees."""

EMPTY_ROOT: Final = b64(digest())
"""The root of a log without entries, for whoever knows no checkpoint yet."""

KINDS: Final = ("face", "video", "phone")
WHO: Final = ("alone", "siblings", "parent", "others", "professional", "support")
PLANNED: Final = ("planned", "asked", "passing")
PLACES: Final = ("home", "school", "outside", "office", "other")
NOT_HELD: Final = ("absent", "refused", "prevented", "parent", "unsafe", "other")
WAYS: Final = ("room", "later", "kindmodus")
SAYS: Final = ("yes", "no", "unknown")
FOUND: Final = ("yes", "no", "unreached")
ASKED: Final = ("phone", "kindmodus")
SEEN_BY: Final = ("worker", "confidant")
WHY: Final = ("nottalked", "someone", "day", "phone", "shorter", "other")

_MAX_SIZE: Final = 2**48 - 1


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_FIELDS: Final[dict[str, dict[str, Check]]] = {
    "device": {"org": is_id, "subj": is_id, "signing": is_hash, "unlock": is_hash, "at": is_time},
    "plan": {
        "org": is_id, "id": is_id, "subj": is_id, "pro": is_hash, "by": is_id, "start": is_time,
        "place": one_of(*PLACES), "at": is_time,
    },
    "talk": {
        "org": is_id, "log": is_id, "id": is_id, "subj": is_id, "child": or_null(is_hash), "pro": is_hash, "by": is_id,
        "kind": one_of(*KINDS), "who": one_of(*WHO), "interpreter": _is_bool, "planned": one_of(*PLANNED),
        "place": one_of(*PLACES), "start": is_time, "end": is_time, "plan": or_null(is_id), "first": or_null(is_hash),
        "prev": or_null(is_hash), "nb": object_of({"size": integer(0, _MAX_SIZE), "root": is_hash}), "np": bytes_of(16),
        "release": matching(r"[A-Za-z0-9.+-]{1,24}"),
    },
    "withdrawal": {
        "org": is_id, "id": is_id, "subj": is_id, "pro": is_hash, "by": is_id, "first": is_hash, "prev": is_hash,
        "reason": one_of("mistake", "double", "other"), "at": is_time,
    },
    "notheld": {
        "org": is_id, "id": is_id, "subj": is_id, "pro": is_hash, "by": is_id, "plan": or_null(is_id), "start": is_time,
        "reason": one_of(*NOT_HELD), "at": is_time,
    },
    "answer": {
        "org": is_id, "id": is_id, "subj": is_id, "talk": is_hash, "way": one_of(*WAYS),
        "says": object_of({"talked": one_of(*SAYS), "alone": one_of(*SAYS)}), "why": or_null(one_of(*WHY)),
        "prev": or_null(is_hash), "code": or_null(is_hash), "nc": bytes_of(16), "at": is_time,
    },
    "met": {
        "org": is_id, "id": is_id, "subj": is_id, "pro": is_hash, "by": is_id, "talk": is_hash, "answer": is_hash,
        "at": is_time,
    },
    "sample": {
        "org": is_id, "id": is_id, "talk": is_hash, "by": is_id, "key": is_hash,
        "found": one_of(*FOUND), "at": is_time,
    },
    "request": {
        "org": is_id, "id": is_id, "subj": is_id, "to": or_null(is_id), "circle": one_of(*SEEN_BY),
        "way": one_of(*ASKED), "at": is_time,
    },
    "request-end": {
        "org": is_id, "id": is_id, "subj": is_id, "request": is_hash, "way": one_of(*ASKED), "at": is_time,
    },
}  # fmt: skip

TYPES: Final = frozenset(_FIELDS)
"""The `t` of the records of this page."""


def moment_of(text: str) -> datetime:
    """The moment of a time that has been checked."""
    return datetime.fromisoformat(text)


def parse_record(value: Any, t: str | None = None) -> Record:
    """The record itself, when it is a whole and exact record of type `t`, or of any type of this page.

    Raises BadRecord with the name of the first field that is wrong.
    """
    t = t or (value.get("t") if isinstance(value, dict) else None)
    if not isinstance(t, str) or t not in _FIELDS:
        raise BadRecord(field="t")
    record = exact_record(value, t, _FIELDS[t])
    check = {"talk": _check_talk, "answer": _check_answer}.get(t)
    if check:
        check(record)
    return record


def _check_talk(record: Record) -> None:
    lasts = (moment_of(record["end"]) - moment_of(record["start"])).total_seconds()
    if not SHORTEST <= lasts <= LONGEST:
        raise BadRecord(field="end")
    if (record["first"] is None) != (record["prev"] is None):
        raise BadRecord(field="prev")
    if record["nb"]["size"] == 0 and record["nb"]["root"] != EMPTY_ROOT:
        raise BadRecord(field="nb")


def _check_answer(record: Record) -> None:
    # A code was shown in the room or not at all; and a reason belongs to a no.
    if record["code"] is not None and record["way"] != "room":
        raise BadRecord(field="code")
    if record["why"] is not None and "no" not in record["says"].values():
        raise BadRecord(field="why")


def parse_signed(value: Any, t: str | None = None) -> Signed:
    """A signed record of this page, its form checked and its signatures not. Raises BadRecord."""
    sigs = parse_signatures(value)
    return Signed(parse_record(value["record"], t), sigs)


def hash_of(record: Record) -> str:
    """The record's hash in b64, by which records of a chain name each other."""
    return b64(record_hash(record))


# --- the codes in the room --------------------------------------------------------------------------------------------

_INTERPRETER, _CHILD, _PLAN, _FOLLOWS, _OF_FIRST = 1, 2, 4, 8, 16
_UNLOCKED, _CODE, _PREV = 1, 2, 4


def encode_talk(signed: Signed) -> bytes:
    """The first code: a signed talk in about 300 bytes.

    Raises BadRecord unless it is a talk signed by its professional's key and nobody else.
    """
    record = parse_record(signed.record, "talk")
    if len(signed.sigs) != 1 or signed.sigs[0].by != record["pro"]:
        raise BadRecord(field="sigs")
    follows, of_first = record["prev"] is not None, record["prev"] == record["first"]
    flags = (
        _INTERPRETER * record["interpreter"]
        | _CHILD * (record["child"] is not None)
        | _PLAN * (record["plan"] is not None)
        | _FOLLOWS * follows
        | _OF_FIRST * (follows and of_first)
    )
    links = [record["first"]] + ([] if of_first else [record["prev"]]) if follows else []
    start, end = moment_of(record["start"]), moment_of(record["end"])
    release = record["release"].encode("ascii")
    return b"".join(
        [
            b"KT1", bytes([flags]), *(unb64(record[name]) for name in ("org", "log", "id", "subj")),
            unb64(record["child"] or ""), unb64(record["pro"]), unb64(record["by"]),
            bytes([KINDS.index(record["kind"]), WHO.index(record["who"])]),
            bytes([PLANNED.index(record["planned"]), PLACES.index(record["place"])]),
            _moment_bytes(start), struct.pack(">H", int((end - start).total_seconds())),
            unb64(record["plan"] or ""), *(unb64(one) for one in links),
            record["nb"]["size"].to_bytes(6, "big"), unb64(record["nb"]["root"]), unb64(record["np"]),
            bytes([len(release)]), release, unb64(signed.sigs[0].sig),
        ]
    )  # fmt: skip


def parse_talk(data: bytes) -> Signed:
    """The signed talk of a first code, exactly as it was encoded; its signature is not checked. Raises BadRecord."""
    taking = _Taking(data, b"KT1")
    flags = taking.byte()
    if flags >= 32 or (flags & _OF_FIRST and not flags & _FOLLOWS):
        raise BadRecord()
    record: dict[str, Any] = {"t": "talk", "v": 1}
    for name in ("org", "log", "id", "subj"):
        record[name] = taking.text(16)
    record["child"] = taking.text(32) if flags & _CHILD else None
    record["pro"], record["by"] = taking.text(32), taking.text(16)
    record["kind"], record["who"] = taking.one_of(KINDS), taking.one_of(WHO)
    record["planned"], record["place"] = taking.one_of(PLANNED), taking.one_of(PLACES)
    start = taking.number(5)
    record["start"], record["end"] = _time_of(start), _time_of(start + taking.number(2))
    record["plan"] = taking.text(16) if flags & _PLAN else None
    record["first"] = taking.text(32) if flags & _FOLLOWS else None
    record["prev"] = record["first"] if flags & _OF_FIRST or not flags & _FOLLOWS else taking.text(32)
    if flags & _FOLLOWS and not flags & _OF_FIRST and record["prev"] == record["first"]:
        raise BadRecord()  # there is a shorter way to say it
    record["interpreter"] = bool(flags & _INTERPRETER)
    record["nb"] = {"size": taking.number(6), "root": taking.text(32)}
    record["np"] = taking.text(16)
    record["release"] = taking.take(taking.byte()).decode("latin-1")
    sig = Signature(record["pro"], taking.text(SIGNATURE))
    taking.end()
    return Signed(parse_record(record, "talk"), (sig,))


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """The ids of the two keys of a child's device, in b64, as they stand beside signatures."""

    signing: str
    unlock: str


def device_keys(record: Record, key_id: Callable[[bytes], bytes]) -> DeviceKeys:
    """The key ids of a `device` record (or a `child` record); `key_id` is signing.signing_key_id."""
    return DeviceKeys(b64(key_id(unb64(record["signing"]))), b64(key_id(unb64(record["unlock"]))))


def encode_answer(signed: Signed, keys: DeviceKeys) -> bytes:
    """The second code: a child's signed answer from the room in about 200 bytes.

    Organisation and child are those of the talk, which the other side holds. Raises BadRecord unless it is an answer in
    the room, signed by the device key and perhaps the unlock key.
    """
    record = parse_record(signed.record, "answer")
    by = {one.by: one.sig for one in signed.sigs}
    if record["way"] != "room" or keys.signing not in by or not by.keys() <= {keys.signing, keys.unlock}:
        raise BadRecord(field="sigs")
    unlock = by.get(keys.unlock)
    flags = (
        _UNLOCKED * (unlock is not None)
        | _CODE * (record["code"] is not None)
        | _PREV * (record["prev"] is not None)
    )  # fmt: skip
    says = record["says"]
    why = 0 if record["why"] is None else 1 + WHY.index(record["why"])
    return b"".join(
        [
            b"KA1", bytes([flags]), unb64(record["talk"]), unb64(record["id"]),
            bytes([SAYS.index(says["talked"]), SAYS.index(says["alone"]), why]), unb64(record["nc"]),
            _moment_bytes(moment_of(record["at"])), unb64(record["prev"] or ""), unb64(record["code"] or ""),
            unb64(by[keys.signing]), unb64(unlock or ""),
        ]
    )  # fmt: skip


def parse_answer(data: bytes, talk: Record, keys: DeviceKeys) -> Signed:
    """The signed answer of a second code to this talk by this device; its signatures are not checked.

    Raises BadRecord, with field `talk` when it answers another talk.
    """
    taking = _Taking(data, b"KA1")
    flags = taking.byte()
    if flags >= 8:
        raise BadRecord()
    named = taking.text(32)
    if named != hash_of(talk):
        raise BadRecord(field="talk")
    record: dict[str, Any] = {
        "t": "answer", "v": 1, "org": talk["org"], "id": taking.text(16), "subj": talk["subj"], "talk": named,
        "way": "room", "says": {"talked": taking.one_of(SAYS), "alone": taking.one_of(SAYS)},
    }  # fmt: skip
    record["why"] = taking.one_of((None, *WHY))
    record["nc"] = taking.text(16)
    record["at"] = _time_of(taking.number(5))
    record["prev"] = taking.text(32) if flags & _PREV else None
    record["code"] = taking.text(32) if flags & _CODE else None
    sigs = [Signature(keys.signing, taking.text(SIGNATURE))]
    if flags & _UNLOCKED:
        sigs.append(Signature(keys.unlock, taking.text(SIGNATURE)))
    taking.end()
    return Signed(parse_record(record, "answer"), tuple(sigs))


def _moment_bytes(moment: datetime) -> bytes:
    return int(moment.timestamp()).to_bytes(5, "big")


def _time_of(seconds: int) -> str:
    try:
        return time_text(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        raise BadRecord() from None


class _Taking:
    """Takes the parts of a code one after the other; whatever is missing or left over is refused."""

    def __init__(self, data: bytes, magic: bytes) -> None:
        self._data, self._at = data, 0
        if self.take(len(magic)) != magic:
            raise BadRecord()

    def take(self, length: int) -> bytes:
        part = self._data[self._at : self._at + length]
        if len(part) != length:
            raise BadRecord()
        self._at += length
        return part

    def text(self, length: int) -> str:
        return b64(self.take(length))

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def byte(self) -> int:
        return self.take(1)[0]

    def one_of(self, values: tuple[Any, ...]) -> Any:
        place = self.byte()
        if place >= len(values):
            raise BadRecord()
        return values[place]

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadRecord()


# --- the short code, where a camera fails -----------------------------------------------------------------------------

_SHORT_CODE = re.compile("[0-9A-HJKMNP-TV-Z]{8}")
_ALIKE: Final = str.maketrans("OIL", "011")


def short_code(typed: str) -> bytes:
    """The eight characters of a typed short code. Case, spaces and hyphens do not count. Raises BadRecord."""
    text = re.sub(r"[\s-]", "", typed).upper().translate(_ALIKE)
    if _SHORT_CODE.fullmatch(text) is None:
        raise BadRecord(field="code")
    return text.encode("ascii")


def code_lookup(code: bytes) -> str:
    """Under which id the server keeps the talk that a short code leads to."""
    return b64(digest(label("talk code lookup"), code))


def code_proof(code: bytes, talk: str) -> str:
    """What an answer holds to show that its device knew the code of this talk (by its hash)."""
    return b64(digest(label("talk code"), code, unb64(talk)))
