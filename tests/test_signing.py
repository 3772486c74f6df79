"""Signatures, key ids and random names, where the vectors do not reach."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindstem import signing, wire
from kindstem.signing import SigningKey
from kindstem.wire import b64, label

SAM, VERA = SigningKey.from_seed(b"s" * 32), SigningKey.from_seed(b"v" * 32)


@given(st.binary(max_size=40))
def test_only_the_same_key_and_message_verify(message: bytes) -> None:
    signature = SAM.sign(message)
    assert signing.verify(SAM.public, signature, message)
    assert not signing.verify(VERA.public, signature, message)
    assert not signing.verify(SAM.public, signature, message + b"\0")


@pytest.mark.parametrize(
    ("public", "signature"),
    [(b"", b""), (b"short", bytes(64)), (bytes(33), bytes(64)), (SAM.public, b""), (SAM.public, bytes(63))],
)
def test_what_is_no_key_or_signature_counts_as_no(public: bytes, signature: bytes) -> None:
    assert signing.verify(public, signature, b"x") is False


def test_every_turned_bit_of_a_signature_is_rejected() -> None:
    good = SAM.sign(b"message")
    for bit in range(512):
        turned = bytearray(good)
        turned[bit // 8] ^= 1 << bit % 8
        assert not signing.verify(SAM.public, bytes(turned), b"message")


def test_labels_keep_uses_apart() -> None:
    """Both languages use the same labels, and none begins another."""
    project = Path(__file__).resolve().parent.parent
    python = [*(project / "kindstem").rglob("*.py"), project / "tests/opening.py"]
    script = [path for path in (project / "static").rglob("*.js") if not {"built", "vendor"} & set(path.parts)]
    use = re.compile(r"""label\(f?["'`]([^"'`{$]+?) ?["'`{$]""")
    ours, theirs = (
        {name for path in paths for name in use.findall(path.read_text("utf-8"))} for paths in (python, script)
    )
    assert {"wrap", "body", "commit", "record", "request", "lock kek"} <= ours & theirs
    labels = sorted(label(name) for name in ours | theirs)
    assert not any(two.startswith(one) for one, two in pairwise(labels))


def test_a_key_shows_its_public_half_only() -> None:
    assert "s" * 32 not in repr(SAM)
    assert "private" not in repr(SAM).lower()


def test_safety_number_is_the_same_for_both_and_another_for_others() -> None:
    a, b, c = (wire.digest(name.encode()) for name in "abc")
    number = signing.safety_number(a, b)
    assert number == signing.safety_number(b, a)
    assert re.fullmatch(r"([0-9]{5} ){5}[0-9]{5}", number)
    assert len({number, signing.safety_number(a, c), signing.safety_number(b, c)}) == 3


def test_random_names_have_their_form_and_differ() -> None:
    kindnummers = {signing.new_kindnummer() for _ in range(200)}
    assert len(kindnummers) == 200
    assert all(wire.KINDNUMMER.fullmatch(one) for one in kindnummers)
    ids = {signing.random_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(wire.unb64(one)) == 16 for one in ids)


def test_a_signature_of_one_record_type_fits_no_other() -> None:
    record = {"t": "person", "v": 1}
    signature = SAM.sign_record(record)
    assert signature.by == b64(signing.signing_key_id(SAM.public))
    assert signing.verify_record(wire.Signed(record, (signature,)), SAM.public)
    assert not signing.verify_record(wire.Signed({**record, "t": "child"}, (signature,)), SAM.public)
