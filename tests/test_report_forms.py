"""Every form of a report says the same, none of them a number under five and none of them a formula."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindstem.exports import Report
from kindstem.exports.forms import written
from kindstem.suppression import SHOWN_FROM
from tests.test_bounds import GROUPS, NORMS, Group, group, history, reported
from tests.test_exports import NL, SHEET, sheet, text_of, unpacked

FLOWS = ("talks", "others", "planned", "length")
"""Tables of which several months are added up."""

Line = tuple[str, str, str, str, list[int | None]]
"""Period, table, whose, which of these, and the numbers."""


def lines_of(given: dict[str, Any]) -> Iterator[Line]:
    """Every line that a report has by its JSON, sums of its months included."""
    for table in given["columns"]:
        periods = [one for one in given["numbers"]["periods"] if table in one["tables"]]
        months: dict[tuple[str, str], list[list[int | None]]] = {}
        for one in periods:
            for by, name, row in one["tables"][table]:
                months.setdefault((by, name), []).append(row)
                yield one["period"], table, by, name, row
        for (by, name), rows in months.items() if table in FLOWS and len(periods) > 1 else ():
            whole = [list(column) if len(rows) == len(periods) else [None] for column in zip(*rows, strict=True)]
            yield "total", table, by, name, [None if None in column else sum(map(int, column)) for column in whole]


def in_csv(found: Report, lines: list[Line], columns: dict[str, list[str]]) -> None:
    files = unpacked(written(found, "csv", NL))
    cells = {}
    for name, content in files.items():
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        assert [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))] == []
        if name == "numbers.csv":
            cells = {tuple(row[:5]): row[5] for row in rows[1:]}
            assert len(cells) == len(rows) - 1
    assert cells == {
        (period, table, by, f"'{name}" if name.startswith(("=", "@")) else name, what): str("" if n is None else n)
        for period, table, by, name, row in lines
        for what, n in zip(columns[table], row, strict=True)
    }


def in_words(by: str, name: str, row: list[int | None]) -> tuple[str, list[int | str]]:
    """A line as people read it: whose it is, and its numbers; a sum only beside what it adds up."""
    whose = NL.t("num.report.everybody") if by == "all" else name or NL.t(f"num.report.rest.{by}")
    return whose, ["·" if number is None else number for number in (row if len(row) > 2 else row[:1])]


def in_xlsx(found: Report, lines: list[Line]) -> None:
    files = unpacked(written(found, "xlsx", NL))
    for name, content in files.items():
        if name.startswith("xl/worksheets/"):
            root = ElementTree.fromstring(content)
            assert list(root.iter(f"{SHEET}f")) == list(root.iter(f"{SHEET}hyperlink")) == []
    for table in dict.fromkeys(line[1] for line in lines):
        said = [(row[2], row[3:]) for row in sheet(files, table)[1:]]
        assert said == [in_words(*line[2:]) for line in lines if line[1] == table]


def in_pdf(found: Report, lines: list[Line]) -> None:
    text = " ".join(text_of(written(found, "pdf", NL)).split())
    for _, _, by, name, row in lines:
        whose, numbers = in_words(by, name, row)
        said = " ".join([NL.t(f"num.report.by.{by}"), whose, *map(str, numbers)])
        assert " ".join(said.split()) in text


def check(found: Report, *, printed: bool = True) -> None:
    given = json.loads(written(found, "json", NL))
    lines = list(lines_of(given))
    # Minutes are of no children.
    shown = [number for _, table, _, _, row in lines if table != "median" for number in row if number is not None]
    assert [number for number in shown if number < SHOWN_FROM] == []
    in_csv(found, lines, given["columns"])
    in_xlsx(found, lines)
    if printed:
        in_pdf(found, lines)


@pytest.mark.story_counted
def test_every_form_has_the_last_two_of_the_five_points(tmp_path: Path) -> None:
    gi = history(tmp_path / "data", [
        group(9, begun="2026-08-01"), group(8), group(9, "2026-07-10", "2026-08-10", municipality="=1+1"),
        group(9, municipality="=1+1"), group(6, "2026-07-10", team="els"), group(7, "2026-08-11", team="els"),
    ], ("monthly", None, None))  # fmt: skip
    found = reported(gi, "2026-07", "2026-09")
    gi.close()
    assert [line for line in lines_of(json.loads(written(found, "json", NL))) if line[1] == "diagnostics"] == [
        ("2026-Q3", "diagnostics", "all", "", [9, 39, 48])
    ]
    check(found)


@pytest.mark.timeout(240)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(GROUPS, st.sampled_from((None, *NORMS)))
def test_every_form_of_any_report_says_what_its_json_says(
    groups: list[Group], norm: tuple[str, int | None, int | None] | None
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        gi = history(folder / "data", groups, norm)
        found = reported(gi)
        one = reported(gi, "2026-10", "2026-10")
        gi.close()
    finally:
        shutil.rmtree(folder)
    # A printed page takes half a second; of one month there are few.
    check(found, printed=False)
    check(one)
