"""The byte formats, with values nobody thought of: round trips, truncations, turned bits."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import wire
from kindstem.errors import BadEnvelope, BadRecord, BadRequest, KindstemError
from kindstem.payload import encode_payload
from kindstem.wire import Envelope, Header, Inner, Wrap, b64, unb64
from tests import opening

VECTORS = json.loads((Path(__file__).parent / "vectors/envelopes.json").read_text(encoding="utf-8"))
CROSS = Path(__file__).parent / "js/cross.mjs"

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
SCALAR = st.none() | st.booleans() | st.integers(-wire.MAX_INTEGER, wire.MAX_INTEGER) | TEXT
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def in_javascript(task: str, **given: Any) -> Any:
    """What tests/js/cross.mjs answers."""
    done = subprocess.run(["node", CROSS], input=json.dumps({"task": task, **given}), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- b64 --------------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=70))
def test_b64_comes_back(data: bytes) -> None:
    assert unb64(b64(data)) == data


@given(st.text(st.sampled_from("AQgw-_=+/ \nB"), max_size=9))
def test_no_value_has_two_texts(text: str) -> None:
    try:
        data = unb64(text)
    except BadRequest:
        return
    assert b64(data) == text


# --- canonical JSON ---------------------------------------------------------------------------------------------------


@given(VALUE)
def test_canonical_json_comes_back(value: Any) -> None:
    data = wire.canonical(value)
    assert wire.parse_canonical(data) == value
    assert wire.parse_json(json.dumps(value, indent=2).encode()) == value


@given(VALUE, st.data())
def test_no_value_has_two_canonical_forms(value: Any, data: st.DataObject) -> None:
    form = wire.canonical(value)
    at = data.draw(st.integers(0, len(form) - 1))
    other = data.draw(st.sampled_from([form[:at] + b" " + form[at:], form[:at] + form[at + 1 :], form + b"\n"]))
    try:
        found = wire.parse_canonical(other)
    except BadRecord:
        return
    assert wire.canonical(found) == other


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, -(2**53), b"bytes", {1: 2}, "\ud800", {"\udfff": 1}, {"a", "b"}, object()]
)
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(BadRecord):
        wire.canonical(value)
    with pytest.raises(BadRecord):
        wire.canonical({"a": [value]})


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', "1.5", "NaN", "Infinity", "1e3", '"\\ud800"', "9007199254740992", "{"]
)
def test_json_of_requests_is_strict(text: str) -> None:
    with pytest.raises(BadRecord):
        wire.parse_json(text.encode())


@settings(max_examples=1000)
@given(VALUE)
def test_canonical_json_is_rfc_8785(value: Any) -> None:
    assert wire.canonical(value) == rfc8785.dumps(value)


def test_names_sort_as_utf_16_does() -> None:
    names = ["\ufb33", "\U0001f600", "z", "\u20ac"]
    assert list(json.loads(wire.canonical(dict.fromkeys(names, 1)))) == ["z", "\u20ac", "\U0001f600", "\ufb33"]


def test_both_languages_write_the_same_bytes() -> None:
    """Our own serialiser in JavaScript against rfc8785 in Python, over values that hypothesis thinks of."""
    values: list[Any] = []

    @settings(max_examples=400, database=None, derandomize=True)
    @given(VALUE)
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    texts = [json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode().hex() for value in values]
    found = in_javascript("canonical", values=values, texts=texts)
    assert found["values"] == [rfc8785.dumps(value).hex() for value in values]
    for text, theirs in zip(texts, found["texts"], strict=True):
        try:
            ours = wire.canonical(wire.parse_canonical(bytes.fromhex(text))).hex()
        except KindstemError as error:
            ours = error.code
        assert theirs == ours


# --- envelopes --------------------------------------------------------------------------------------------------------

IDS = st.binary(min_size=16, max_size=16).map(b64)
HEADERS = st.builds(
    Header,
    org=IDS,
    child=st.from_regex(wire.KINDNUMMER, fullmatch=True),
    id=IDS,
    dir=st.sampled_from(["up", "down"]),
)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    names = draw(st.sets(st.binary(max_size=2), min_size=1, max_size=16))
    keys = sorted(hashlib.sha256(name).digest() for name in names)
    body = b"\xff" + draw(st.binary(max_size=8)).ljust(draw(st.sampled_from([4096, 8192])) - 1, b"\0")
    return Envelope(draw(HEADERS), tuple(Wrap(key, key * 36 + key[:16]) for key in keys), body)


@settings(max_examples=40)
@given(envelopes())
def test_envelope_comes_back(envelope: Envelope) -> None:
    data = wire.encode_envelope(envelope)
    assert wire.parse_envelope(data) == envelope


@settings(max_examples=60)
@given(st.binary(max_size=300), st.binary(max_size=9000), st.binary(min_size=64, max_size=64))
def test_inner_comes_back_and_is_padded(meta: bytes, payload: bytes, signature: bytes) -> None:
    inner = Inner(meta, payload, signature, bytes(64))
    data = wire.encode_inner(inner)
    assert wire.parse_inner(data) == inner
    size = len(data) + 48
    assert size >= 4096
    assert size & (size - 1) == 0


@given(st.binary(max_size=400))
def test_noise_is_no_envelope(data: bytes) -> None:
    for start in (b"", b"KSE1", b"KSE1\0\0\0\0"):
        with pytest.raises(BadEnvelope):
            wire.parse_envelope(start + data)
    with pytest.raises(BadEnvelope):
        wire.parse_inner(data)


@pytest.mark.parametrize(
    "change",
    [
        {"wraps": ()},
        {"wraps": (Wrap(b"\0" * 31, b"\0" * 1169),)},
        {"wraps": (Wrap(b"\0" * 32, b"\0" * 1168),) * 2},
        {"body": bytes([255]) * 4095},
        {"hdr": Header("org", "K7Q2-M9XWB", "id", "up")},
    ],
)
def test_what_cannot_be_read_is_not_written(change: dict[str, Any]) -> None:
    whole = wire.parse_envelope(unb64(VECTORS["cases"][0]["file"]))
    parts = {"hdr": whole.hdr, "wraps": whole.wraps, "body": whole.body, **change}
    with pytest.raises(BadEnvelope):
        wire.encode_envelope(Envelope(**parts))


def _one_reader() -> tuple[bytes, bytes, dict[str, opening.Author]]:
    """An envelope for the child alone, its seed, and its author."""
    case = next(one for one in VECTORS["cases"] if one["name"] == "for the child alone")
    authors = {
        by: opening.Author(one["dir"], [unb64(key) for key in one["keys"]], one["unlock"] and unb64(one["unlock"]))
        for by, one in VECTORS["authors"].items()
    }
    return unb64(case["file"]), unb64(VECTORS["seeds"]["Noor"]), authors


def _accepted(data: bytes, header: Header) -> bool:
    try:
        opened = opening.open_envelope(wire.parse_envelope(data), _SEED, _AUTHORS, expect=header)
    except KindstemError:
        return False
    return opened is not None and opened.author == "verified"


_FILE, _SEED, _AUTHORS = _one_reader()


def test_every_truncation_is_rejected() -> None:
    data, header = _FILE, wire.parse_envelope(_FILE).hdr
    assert _accepted(data, header)
    assert not any(_accepted(data[:length], header) for length in range(len(data)))
    assert not _accepted(data + b"\0", header)


def test_every_turned_bit_is_rejected() -> None:
    data, header = _FILE, wire.parse_envelope(_FILE).hdr
    turned = bytearray(data)
    for at in range(len(data)):
        for bit in range(8):
            turned[at] ^= 1 << bit
            assert not _accepted(bytes(turned), header), (at, bit)
            turned[at] ^= 1 << bit


def test_recordings_must_stand_in_the_order_of_their_parts() -> None:
    voice = {"kind": "voice", "prompt": "?", "type": "audio/webm", "ms": 1, "bytes": 7}
    doc = {"v": 1, "level": "12", "lang": "nl", "answers": [], "parts": [voice, {**voice, "bytes": 3}]}
    assert encode_payload("checkin", doc, (bytes(7), bytes(3)))
    with pytest.raises(BadEnvelope):
        encode_payload("checkin", doc, (bytes(3), bytes(7)))


def test_errors_never_repeat_what_was_sent() -> None:
    for value in ({"t": "person", "v": 1, "secret words": 1}, {"t": "secret words"}, ["secret words"]):
        with pytest.raises(BadRecord) as caught:
            wire.parse_record(value, "person")
        assert "secret" not in f"{caught.value} {caught.value.facts} {caught.value.__cause__}"
