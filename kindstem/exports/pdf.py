"""A report as a printable PDF that is tagged for screen readers (PDF/UA-1): cover, pictures, tables, definitions.

The only module that needs WeasyPrint, and through it Debian's Pango; importing it raises OSError where that is not
there. What is drawn is made here and nothing is fetched: not from the network, and not from a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

from kindstem import assets
from kindstem.exports import KINDS, Kind, Line, Report
from kindstem.exports.forms import HIDDEN, about, name, period, shown, titles
from kindstem.words import Words

_PICTURES: Final = ("children", "norm", "talks")
_WIDTH, _BAR, _LEFT, _RIGHT = 640, 20, 90, 60
# Grey values that stay apart on paper and for whoever sees no colour.
FILLS: Final = ("#0e585c", "#c9d8d4", "#5f9a94", "#ffffff")


class Nothing(URLFetcher):  # type: ignore[misc]
    """Fetches what stands in the page itself as `data:`, and nothing from anywhere."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=["data"], allow_redirects=False, fail_on_errors=True)

    def http_open(self, *_: object) -> NoReturn:
        """Refuses, should a page of ours ever name an address."""
        raise OSError("a report fetches nothing")


@dataclass(frozen=True)
class Part:
    """A table of the report as it is printed, with its picture where it has one."""

    kind: Kind
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    picture: str | None
    said: str
    """The picture in words."""


def pdf(found: Report, words: Words) -> bytes:
    """The report as PDF/UA-1."""
    environment = Environment(
        loader=FileSystemLoader(assets.folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts = [
        _part(kind, lines, words)
        for kind in KINDS.values()
        if (lines := [line for line in found.lines() if line.table == kind.name])
    ]
    html = environment.get_template("report/report.html").render(
        t=words.t, lang=words.lang, dir=words.direction, found=found, about=about(found, words), parts=parts
    )
    style = (assets.folder("templates") / "report" / "report.css").read_text("utf-8")
    fetcher = Nothing()
    document = HTML(string=html, base_url=None, url_fetcher=fetcher)
    made: bytes = document.write_pdf(stylesheets=[CSS(string=style, url_fetcher=fetcher)], pdf_variant="pdf/ua-1")
    return made


def _part(kind: Kind, lines: Sequence[Line], words: Words) -> Part:
    rows = [
        [period(line, words), words.t(f"num.report.by.{line.by}"), name(line, words), *_texts(shown(kind, line), words)]
        for line in lines
    ]
    whole = [line for line in lines if line.by == "all" and line.period != "total"]
    if kind.name not in _PICTURES or not whole:
        return Part(kind, titles(kind, words), rows, None, "")
    return Part(kind, titles(kind, words), rows, _picture(kind, whole, words), _said(kind, whole, words))


def _texts(numbers: Sequence[int | None], words: Words) -> list[str]:
    return [HIDDEN if number is None else words.number(number) for number in numbers]


def _said(kind: Kind, lines: Sequence[Line], words: Words) -> str:
    """A picture in words: each of its months, with the numbers that are shown."""
    said = []
    for line in lines:
        named = zip(kind.columns, _texts(shown(kind, line), words), strict=False)
        numbers = ", ".join(f"{words.t(f'num.report.what.{what}')}: {number}" for what, number in named)
        said.append(f"{period(line, words)}. {numbers}.")
    return " ".join(said)


def _picture(kind: Kind, lines: Sequence[Line], words: Words) -> str:
    """A bar for each month as an SVG image in a `data:` address; a month of which a part is hidden has no bar."""
    most = max((_sum(kind, line.numbers) or 0 for line in lines), default=0) or 1
    body, y = [], 8
    for line in lines:
        body.append(_text(0, y + 15, period(line, words)))
        total = _sum(kind, line.numbers)
        x = float(_LEFT)
        for fill, what in zip(FILLS, kind.columns, strict=False):
            number = line.numbers[what]
            if total is None or number is None:
                continue
            width = round((_WIDTH - _LEFT - _RIGHT) * number / most, 1)
            body.append(
                f'<rect x="{x}" y="{y}" width="{width}" height="{_BAR}" fill="{fill}" stroke="#12272a" '
                f'stroke-width="0.6"/>'
            )
            x += width
        body.append(_text(x + 6, y + 15, HIDDEN if total is None else words.number(total)))
        y += _BAR + 8
    x = float(_LEFT)
    for fill, what in zip(FILLS, kind.columns, strict=False):
        body.append(f'<rect x="{x}" y="{y + 4}" width="11" height="11" fill="{fill}" stroke="#12272a"/>')
        title = words.t(f"num.report.what.{what}")
        body.append(_text(x + 16, y + 14, title))
        x += 40 + 7 * len(title)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 22}" viewBox="0 0 {_WIDTH} {y + 22}">'
        f"{''.join(body)}</svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _sum(kind: Kind, numbers: Mapping[str, int | None]) -> int | None:
    """The length of a bar; None where any part of it is hidden."""
    return None if any(numbers[what] is None for what in kind.columns) else numbers["all"]


def _text(x: float, y: float, text: str) -> str:
    # Only texts of the catalogues and numbers come here; escaped all the same.
    plain = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x}" y="{y}" font-family="DejaVu Sans, sans-serif" font-size="12" fill="#12272a">{plain}</text>'

