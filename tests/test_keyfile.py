"""The key file: who may read it, what it opens, and what it never does."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kindstem.errors import SetupFault
from kindstem.keyfile import KeyFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kindstem.key"


def test_what_was_sealed_opens_after_a_restart(path: Path) -> None:
    sealed = KeyFile.create(path).seal("pepper", b"P" * 32, bound=b"device")
    assert KeyFile.open(path).unseal("pepper", sealed, bound=b"device") == b"P" * 32


def test_only_its_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        KeyFile.create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_file_is_never_replaced(path: Path) -> None:
    KeyFile.create(path)
    text = path.read_bytes()
    with pytest.raises(SetupFault):
        KeyFile.create(path)
    assert path.read_bytes() == text


@pytest.mark.parametrize(
    ("purpose", "bound"), [("time code", b"device"), ("pepper", b"another device"), ("pepper", b""), ("", b"device")]
)
def test_another_purpose_or_row_does_not_open(path: Path, purpose: str, bound: bytes) -> None:
    key = KeyFile.create(path)
    sealed = key.seal("pepper", b"P" * 32, bound=b"device")
    with pytest.raises(SetupFault):
        key.unseal(purpose, sealed, bound=bound)


def test_another_key_file_does_not_open(path: Path) -> None:
    sealed = KeyFile.create(path).seal("pepper", b"P" * 32)
    with pytest.raises(SetupFault) as caught:
        KeyFile.create(path.with_suffix(".other")).unseal("pepper", sealed)
    assert "another key file" in str(caught.value)


def test_every_truncation_and_turned_bit_is_rejected(path: Path) -> None:
    key = KeyFile.create(path)
    sealed = key.seal("pepper", b"P" * 32)
    broken = [sealed[:length] for length in range(len(sealed))]
    for at, byte in enumerate(sealed):
        broken += [sealed[:at] + bytes([byte ^ 1 << bit]) + sealed[at + 1 :] for bit in range(8)]
    for one in broken:
        with pytest.raises(SetupFault):
            key.unseal("pepper", one)


def test_sealing_twice_gives_other_bytes(path: Path) -> None:
    key = KeyFile.create(path)
    assert key.seal("pepper", b"P" * 32) != key.seal("pepper", b"P" * 32)


def _damaged(text: str) -> list[str]:
    other = "A" if text[20] != "A" else "B"
    return ["", text[:-1], text + "\n", text.replace("-1 ", "-2 "), text.upper(), text[:20] + other + text[21:]]


def test_a_damaged_file_is_refused_and_not_shown(path: Path) -> None:
    KeyFile.create(path)
    text = path.read_text()
    secret = text.split()[1]
    for damaged in _damaged(text):
        path.write_text(damaged)
        with pytest.raises(SetupFault) as caught:
            KeyFile.open(path)
        assert secret[5:15] not in f"{caught.value}{caught.value.__cause__}"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SetupFault):
        KeyFile.open(path)


def test_a_missing_file_is_said(path: Path) -> None:
    with pytest.raises(SetupFault) as caught:
        KeyFile.open(path)
    assert "no key file" in str(caught.value)


def test_an_invented_salt_is_stable_and_depends_on_the_file(path: Path) -> None:
    key = KeyFile.create(path)
    salt = key.invented_salt("Iris")
    assert len(salt) == 16
    assert salt == KeyFile.open(path).invented_salt(" iris ")
    assert salt != key.invented_salt("Sam")
    assert salt != KeyFile.create(path.with_suffix(".other")).invented_salt("Iris")
    assert key.invented_salt("\ud800")


def test_it_shows_nothing_of_itself(path: Path) -> None:
    key = KeyFile.create(path)
    assert path.read_text().split()[1] not in f"{key!r}{key}"
