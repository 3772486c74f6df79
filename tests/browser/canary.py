"""Looks for words where they must not be: in bytes as they stand, in other spellings of them, and compressed."""

import base64
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_GZIP = b"\x1f\x8b\x08"
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


def spellings(word: str) -> Iterator[bytes]:
    """The ways in which a word can lie in a file."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        plain = word.encode(encoding)
        yield plain
        yield plain.hex().encode()
        for shift in range(3):
            # Base64 of a word in the middle of something depends on where it begins; its ends are cut off.
            whole = base64.b64encode(b"\x00" * shift + plain).rstrip(b"=")
            piece = whole[(0, 2, 3)[shift] : -2]
            yield piece
            yield piece.replace(b"+", b"-").replace(b"/", b"_")
    yield "".join(f"\\u{ord(letter):04x}" for letter in word).encode()


def unpacked(data: bytes) -> Iterator[bytes]:
    """Everything compressed that lies in these bytes."""
    at = data.find(_GZIP)
    while at >= 0:
        yield _inflated(data[at:], zlib.MAX_WBITS | 16)
        at = data.find(_GZIP, at + 1)
    for found in _ZLIB.finditer(data):
        yield _inflated(data[found.start() :], zlib.MAX_WBITS)


def _inflated(data: bytes, bits: int) -> bytes:
    machine = zlib.decompressobj(bits)
    try:
        return machine.decompress(data, 16 * 1024 * 1024)
    except zlib.error:
        return b""


def found(words: Iterable[str], places: dict[str, bytes]) -> list[str]:
    """Which of the words lie where; empty when all is well. Words are told by their number, not repeated."""
    hits = []
    for where, data in places.items():
        layers = [data, *unpacked(data)]
        for number, word in enumerate(words, 1):
            if any(spelling in layer for spelling in spellings(word) for layer in layers):
                hits.append(f"word {number} in {where}")
    return hits


def files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its place in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def self_test(word: str) -> None:
    """That a word would be found in each form; a search that cannot find proves nothing."""
    plain = f"… {word} …"
    forms = {
        "utf-8": plain.encode(),
        "utf-16": plain.encode("utf-16-le"),
        "base64": base64.b64encode(plain.encode()),
        "base64, one later": base64.b64encode(b"x" + plain.encode()),
        "base64, two later": base64.urlsafe_b64encode(b"xx" + plain.encode()),
        "gzip": b"before" + gzip.compress(plain.encode() * 3),
        "zlib": b"before" + zlib.compress(plain.encode() * 3),
    }
    assert [hit.split(" in ")[1] for hit in found([word], forms)] == list(forms)
