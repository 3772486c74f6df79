"""The words on the pages of a PDF that Chromium made, read without a library: to hold paper against file."""

import re
import zlib

_OBJECT = re.compile(rb"(?m)^(\d+) 0 obj\n?(.*?)\n?endobj", re.DOTALL)
_SHOWN = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\(((?:\\.|[^\\()])*)\)|(T[*dmD]|BT)", re.DOTALL)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, in the order in which it was drawn."""
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    return [_text(page, objects) for page in objects.values() if re.search(rb"/Type\s*/Page\b", page)]


def _stream(data: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in data.split(b"stream", 1)[0] else found[1]


def _text(page: bytes, objects: dict[int, bytes]) -> str:
    fonts = {}
    named = re.search(rb"/Font\s*<<(.*?)>>", page, re.DOTALL)
    for name, number in re.findall(rb"/(\w+) (\d+) 0 R", named[1] if named else b""):
        mapped = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
        fonts[name] = _letters(_stream(objects[int(mapped[1])])) if mapped else {}
    content = re.search(rb"/Contents (\d+) 0 R", page)
    assert content is not None
    letters: dict[int, str] = {}
    told = []
    for font, glyphs, raw, moved in _SHOWN.findall(_stream(objects[int(content[1])])):
        if font:
            letters = fonts.get(font, {})
        elif moved:
            told.append("\n" if moved == b"BT" else "")
        else:
            codes = bytes.fromhex(glyphs.decode()) if glyphs else re.sub(rb"\\(.)", rb"\1", raw)
            told += [letters.get(int.from_bytes(codes[at : at + 2], "big"), "") for at in range(0, len(codes), 2)]
    return "".join(told)


def _letters(table: bytes) -> dict[int, str]:
    """What a font's glyphs stand for."""
    found = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            for step, glyph in enumerate(range(int(first, 16), int(last, 16) + 1)):
                found[glyph] = chr(int(text, 16) + step)
    return found
