"""A report written down as JSON, CSV and XLSX. No cell of a spreadsheet is ever a formula.

Codes are the same in every language; docs/exports.md lists them. Titles and definitions are in the reader's language.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import xlsxwriter

from kindstem.errors import SetupFault
from kindstem.exports import KINDS, Kind, Line, Report
from kindstem.words import Words

MEDIA: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "application/zip",
    "json": "application/json",
}
ENDING: Final = {"pdf": "pdf", "xlsx": "xlsx", "csv": "zip", "json": "json"}

HIDDEN: Final = "·"
"""What stands for a hidden number where people read. In CSV its cell is empty."""

_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_NEVER: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def written(found: Report, form: str, words: Words) -> bytes:
    """The report in this form. Raises SetupFault where PDF cannot be made on this computer."""
    if form == "pdf":
        try:
            from kindstem.exports.pdf import pdf
        except OSError:
            raise SetupFault(NO_PANGO) from None
        return pdf(found, words)
    return {"json": as_json, "csv": as_csv, "xlsx": as_xlsx}[form](found, words)


NO_PANGO: Final = (
    "PDF needs Pango on this computer. On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


def file_name(found: Report, form: str) -> str:
    """What the file is called: the months and nothing else."""
    return f"kindstem-{found.asked.since}-{found.asked.until}.{ENDING[form]}"


# --- JSON -------------------------------------------------------------------------------------------------------------


def as_json(found: Report, words: Words) -> bytes:
    """The report as docs/exports.md describes it; `hash` is over the canonical form of `numbers`."""
    return json.dumps(plain(found, words), ensure_ascii=False, indent=1).encode()


def plain(found: Report, words: Words) -> dict[str, Any]:
    """The same as a value."""
    return {
        "kindstem": "report/1",
        "made": found.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hash": found.hash,
        "columns": {kind.name: [*kind.columns, "all"] for kind in KINDS.values()},
        "definitions": {key.removeprefix("def."): words.t(key) for key in found.definitions},
        "numbers": found.numbers,
    }


# --- CSV --------------------------------------------------------------------------------------------------------------

COLUMNS: Final = ("period", "table", "by", "name", "what", "number")


def as_csv(found: Report, words: Words) -> bytes:
    """A zip with numbers.csv, one number a line, and about.csv, what they mean. UTF-8 with BOM, `;` between cells."""
    out = io.BytesIO()
    at = found.made_at.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, rows in (("numbers.csv", _number_rows(found)), ("about.csv", _about(found, words))):
            text = io.StringIO()
            csv.writer(text, delimiter=";", quoting=csv.QUOTE_NONNUMERIC).writerows(
                [safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
            )
            folder.writestr(zipfile.ZipInfo(name, at), ("\ufeff" + text.getvalue()).encode())
    return out.getvalue()


def safe(text: str) -> str:
    """A text as a spreadsheet program takes it for text: without control characters, and never as a formula."""
    tidy = _CONTROL.sub(" ", text)
    return f"'{tidy}" if tidy.lstrip().startswith(_FORMULA) else tidy


def _number_rows(found: Report) -> Iterator[tuple[str | int, ...]]:
    yield COLUMNS
    for line in found.lines():
        for what, number in line.numbers.items():
            yield (line.period, line.table, line.by, line.name, what, "" if number is None else number)


def _about(found: Report, words: Words) -> Iterator[tuple[str, str]]:
    yield from about(found, words)
    for key in found.definitions:
        yield (key, words.t(key))


def about(found: Report, words: Words) -> list[tuple[str, str]]:
    """The facts of the cover: title and value."""
    t, asked = words.t, found.asked
    logs = [one["log"] for one in found.numbers["periods"]]
    rows = [
        (t("num.report.org"), found.org),
        (t("num.report.period"), f"{words.month(asked.since)} – {words.month(asked.until)}"),
        (t("num.report.whose"), asked.municipality or t("num.report.everybody")),
        (t("num.report.made"), words.date(found.made_at)),
        (t("num.report.hash"), found.hash),
    ]
    if logs:
        newest = max(logs, key=lambda log: int(log["size"]))
        rows.append((t("num.report.log"), t("num.report.log.at", n=newest["size"], root=newest["root"])))
    return [*rows, (t("num.report.hidden"), t("num.report.hidden.why"))]


# --- XLSX -------------------------------------------------------------------------------------------------------------


def as_xlsx(found: Report, words: Words) -> bytes:
    """A workbook: what it is about, and a sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **_NEVER})
    book.set_properties({"title": words.t("num.report.title"), "created": found.made_at.replace(tzinfo=None)})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    right = book.add_format({"align": "right"})
    sheet = book.add_worksheet(words.t("num.report.sheet"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    for place, (title, value) in enumerate(_about(found, words)):
        sheet.write_string(place, 0, title, bold)
        sheet.write_string(place, 1, _CONTROL.sub(" ", value), wrapped)
    for kind in KINDS.values():
        lines = [line for line in found.lines() if line.table == kind.name]
        if not lines:
            continue
        sheet = book.add_worksheet(words.t(f"num.report.sheet.{kind.name}"))
        sheet.set_column(0, 2, 18)
        for place, title in enumerate(titles(kind, words)):
            sheet.write_string(0, place, title, bold)
        for row, line in enumerate(lines, 1):
            for place, text in enumerate((period(line, words), words.t(f"num.report.by.{line.by}"), name(line, words))):
                sheet.write_string(row, place, _CONTROL.sub(" ", text))
            for place, number in enumerate(shown(kind, line), 3):
                if number is None:
                    sheet.write_string(row, place, HIDDEN, right)
                else:
                    sheet.write_number(row, place, number)
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


# --- what people read, in every form ----------------------------------------------------------------------------------


def titles(kind: Kind, words: Words) -> list[str]:
    """The titles of a table's columns."""
    t = words.t
    start = [t("num.report.col.period"), t("num.report.col.by"), t("num.report.col.name")]
    named = [t(f"num.report.what.{what}") for what in kind.columns]
    return [*start, *named, *([t("num.report.what.all")] if len(named) > 1 else [])]


def shown(kind: Kind, line: Line) -> list[int | None]:
    """A line's numbers; the sum only where it adds up something."""
    return [line.numbers[what] for what in (*kind.columns, *(("all",) if len(kind.columns) > 1 else ()))]


def period(line: Line, words: Words) -> str:
    """A month or quarter in words."""
    if line.period == "total":
        return words.t("num.report.total")
    year, _, part = line.period.partition("-Q")
    return words.t("num.report.quarter", n=part, year=year) if part else words.month(line.period)


def name(line: Line, words: Words) -> str:
    """Whose children a line is about."""
    if line.by == "all":
        return words.t("num.report.everybody")
    return line.name or words.t(f"num.report.rest.{line.by}")
