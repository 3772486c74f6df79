"""What leaves the house, against a history that is written out here, with the numbers computed by hand."""

import asyncio
import csv
import io
import itertools
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import rfc8785

from kindstem import exports
from kindstem.domain import DecisionKind, Role
from kindstem.errors import BadFilter, TokenUnknown
from kindstem.exports import Asked, Report
from kindstem.exports.forms import file_name, safe, written
from kindstem.store import Tx
from kindstem.words import Words
from tests.ledger import Ledger, line

ARNHEM = '=HYPERLINK("http://evil.example","Arnhem")'
ELS = "@els"
NL = Words("nl")

GROUPS = [
    # team, municipality, spoken to in October, not spoken to
    ("wilg", ARNHEM, 12, 8),
    ("wilg", "Ede", 6, 4),
    (ELS, ARNHEM, 7, 1),
    (ELS, "Ede", 5, 7),
]
"""Arnhem 19 and 9, Ede 11 and 11; wilg 18 and 12, els 12 and 8; together 30 and 20. Doorn: three, all spoken to."""


@pytest.fixture(scope="module")
def gi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The organisation on Wednesday 18 November 2026."""
    found = Ledger(tmp_path_factory.mktemp("exports") / "data")
    fill(found, [*GROUPS, ("wilg", "Doorn", 3, 0)])
    yield found
    found.close()


def fill(found: Ledger, groups: list[tuple[str, str, int, int]], staff: int = 3) -> None:
    found.on("2026-01-06")
    found.norm("monthly", "2026-01-01")
    lines, spoken = [], []
    workers = {team: [f"Worker {n} of {team.strip('@')}" for n in range(staff)] for team in ("wilg", ELS)}
    for names in workers.values():
        for name in names:
            found.person(name, Role.WORKER)
    for team, municipality, yes, no in groups:
        for n in range(yes + no):
            child = f"K{len(lines):03}-00000"
            lines.append(line(child, "2012-03", "2026-01-05", team=team, municipality=municipality,
                              worker=workers[team][n % staff], worker_since="2026-01-05"))  # fmt: skip
            if n < yes:
                spoken.append(child)
    found.take(*lines)
    found.on("2026-11-18")
    for n, child in enumerate(spoken):
        found.talk(child, "2026-10-10", level="A" if n < 8 else "B", foreseen=n < 20, minutes=10 if n < 6 else 30)


def report(gi: Ledger, since: str = "2026-10", until: str = "2026-10", municipality: str | None = None) -> Report:
    return gi.do(exports.report(gi.store, Asked(since, until, municipality), now=gi.now))


def table(found: Report, name: str, period: str = "2026-10") -> dict[tuple[str, str], tuple[int | None, ...]]:
    lines = [one for one in found.lines() if (one.table, one.period) == (name, period)]
    return {(one.by, one.name): tuple(one.numbers.values()) for one in lines}


# --- the numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.story_counted
def test_children_by_team_and_municipality(gi: Ledger) -> None:
    # Doorn has three. So its line is hidden, and with it that of Ede: what both have together is known, and not what
    # either has.
    assert table(report(gi), "children") == {
        ("all", ""): (33, 20, 53),
        ("team", ELS): (12, 8, 20),
        ("team", "wilg"): (21, 12, 33),
        ("municipality", ARNHEM): (19, 9, 28),
    }


@pytest.mark.story_counted
def test_children_on_the_last_day_by_the_norm(gi: Ledger) -> None:
    found = table(report(gi), "norm")
    assert found["all", ""] == (33, 20, 53)
    assert found["municipality", ARNHEM] == (19, 9, 28)


@pytest.mark.story_counted
def test_days_within_the_norm_in_a_month(gi: Ledger) -> None:
    # All 53 have 31 days. Those 33 who were spoken to on the tenth were within from then on: 726 days of 1643.
    assert table(report(gi), "days") == {("all", ""): (44, 44)}
    # In September all days of all were beyond it, and so nobody had one within.
    assert table(report(gi, "2026-09", "2026-09"), "days", "2026-09") == {("all", ""): (None, None)}


@pytest.mark.parametrize(("few", "share"), [(4, None), (5, 90)])
def test_days_of_few_children_are_no_share(tmp_path: Path, few: int, share: int | None) -> None:
    """By hand: of 50 children all but a few are within the norm on 31 days, and those few on none."""
    gi = Ledger(tmp_path / "data")
    fill(gi, [("wilg", "Ede", 50 - few, few)])
    for child in range(50 - few):
        gi.talk(f"K{child:03}-00000", "2026-09-25")
    found = report(gi)
    gi.close()
    assert table(found, "norm")["all", ""] == ((50 - few, few, 50) if share else (None, None, None))
    assert table(found, "days") == {("all", ""): (share, share)}


WAITED = [
    # how many, on which days they were spoken to; the measure of all began on 5 January
    (6, ("2026-09-20", "2026-10-10")),
    (6, ("2026-09-30",)),
    (4, ("2026-09-29",)),
    (3, ("2026-08-30", "2026-10-10")),
    (6, ("2026-08-29", "2026-10-30")),
    (4, ("2026-07-31",)),
    (2, ("2026-08-01",)),
    (5, ("2026-07-30",)),
    (4, ("2026-04-30", "2026-10-31")),
]
"""Up to 31 October: 21 and 31 days; 32, 41 and 62; 92 and 91; 93 and 184. Longer only for whoever was never seen."""


@pytest.mark.story_counted
@pytest.mark.parametrize(
    ("never", "shown"),
    [
        (5, (12, 13, 6, 9, 5, 45)),
        # Three are few, and those of 32 to 62 days go with them: no other number follows from how many they are.
        (3, (12, None, 6, 9, None, 43)),
    ],
)
def test_the_longest_gaps_leave_as_bands(tmp_path: Path, never: int, shown: tuple[int | None, ...]) -> None:
    gi = Ledger(tmp_path / "data")
    groups = [*WAITED, (never, ())]
    fill(gi, [("wilg", "Ede", 0, sum(number for number, _ in groups))])
    child = 0
    for number, days in groups:
        for _ in range(number):
            for day in days:
                gi.talk(f"K{child:03}-00000", day)
            child += 1
    found = report(gi)
    gi.close()
    assert table(found, "gaps") == {("all", ""): shown}
    assert table(found, "children")["all", ""][-1] == shown[-1]
    assert "def.gap" in found.definitions
    given = json.loads(written(found, "json", NL))
    assert given["columns"]["gaps"] == ["upto1", "upto2", "upto3", "upto6", "over6", "all"]
    assert given["definitions"]["gap"] == NL.t("def.gap")
    lines = io.StringIO(unpacked(written(found, "csv", NL))["numbers.csv"].decode("utf-8-sig"))
    assert ["2026-10", "gaps", "all", "", "over6", str(shown[4] or "")] in list(csv.reader(lines, delimiter=";"))
    cells = ["·" if number is None else number for number in shown]
    sheets = unpacked(written(found, "xlsx", NL))
    assert sheet(sheets, "gaps")[1] == ["okt 2026", "organisatie", "alle kinderen", *cells]
    share = table(found, "days")["all", ""][0]
    assert sheet(sheets, "days")[1] == ["okt 2026", "organisatie", "alle kinderen", share]
    assert f"organisatie alle kinderen {' '.join(map(str, cells))}" in text_of(written(found, "pdf", NL))


@pytest.mark.story_counted
def test_talks_by_level(gi: Ledger) -> None:
    # Eight A, all in wilg; no C and no D, which take A along in every line. All twelve talks of els are B: next to
    # their sum, that would say that there was no A. In a line either B or the sum can stand.
    assert table(report(gi), "talks") == {
        ("all", ""): (None, 25, None, None, 33),
        ("team", ELS): (None, None, None, None, 12),
        ("team", "wilg"): (None, None, None, None, 21),
        ("municipality", "Ede"): (None, 11, None, None, None),
    }


@pytest.mark.story_counted
def test_talks_by_plan_and_length(gi: Ledger) -> None:
    assert table(report(gi), "planned") == {("all", ""): (20, 13, 33)}
    assert table(report(gi), "length") == {("all", ""): (6, 27, 33)}


@pytest.mark.story_counted
def test_children_who_got_another_worker(tmp_path: Path) -> None:
    found = Ledger(tmp_path / "data")
    found.on("2026-09-02")
    lines = [line(f"K{n:03}-00000", "2012-03", "2026-01-05", team="els", worker="Sam") for n in range(14)]
    # Too young for any of these numbers, or how many of them there are would follow.
    young = [line(f"K9{n:02}-00000", "2024-03", "2026-01-05", team="els", worker="Sam") for n in range(3)]
    found.take(*lines, *young)
    found.on("2026-10-15")
    found.take(*(one | ({"worker": "Vera"} if n < 6 else {}) for n, one in enumerate(lines)), *young)
    found.on("2026-11-18")
    shown = report(found)
    assert table(shown, "continuity") == {("all", ""): (6, 8, 14)}
    assert table(shown, "young") == {("all", ""): (None, None)}
    assert table(shown, "children")["all", ""][-1] == 14
    assert table(report(found, "2026-09", "2026-09"), "continuity", "2026-09") == {("all", ""): (None, None, 14)}
    found.close()


def test_a_table_of_nearly_nothing_shows_nothing(gi: Ledger) -> None:
    assert table(report(gi), "others") == {("all", ""): (None,) * 6}
    assert table(report(gi), "young") == {("all", ""): (None, None)}
    assert table(report(gi), "asked") == {("all", ""): (None,) * 4}


@pytest.mark.story_counted
def test_the_clocks_of_a_quarter_stand_after_it(gi: Ledger) -> None:
    found = report(gi, "2026-01", "2026-10")
    # In the second quarter no measure began, and the third is not settled.
    assert [one["period"] for one in found.numbers["periods"]] == [
        *("2026-01", "2026-02", "2026-03", "2026-Q1", "2026-04", "2026-05", "2026-06", "2026-Q2"),
        *("2026-07", "2026-08", "2026-09", "2026-10"),
    ]
    # All 53 measures began on 5 January; every child had a worker, and none was spoken to within five working days.
    for name in ("worker", "first", "plan"):
        assert table(found, name, "2026-Q1") == {("all", ""): (None, None, None, 53)}
        assert table(found, name, "2026-Q2") == {}


@pytest.mark.story_counted
def test_decisions_of_a_quarter_stand_with_how_many_children_were_heard_before(tmp_path: Path) -> None:
    gi = Ledger(tmp_path / "data")
    gi.on("2026-03-02")
    kids = [f"K{n:03}-00000" for n in range(22)]
    gi.take(*(line(kid, "2012-03", "2026-01-05", decisions="plan:2026-02-16") for kid in kids))
    gi.take(line("K900-00000", "2024-03", "2026-01-05", decisions="plan:2026-02-16"))
    for n, kid in enumerate(kids[:19]):
        gi.talk(kid, "2026-02-02")
        gi.written(kid, "2026-02-09", DecisionKind.PLAN, offered=n < 12)
    gi.on("2026-11-18")
    found = report(gi, "2026-01", "2026-03")
    gi.close()
    # Twelve, seven and three; three is small, and the next is hidden with it so that it cannot be computed.
    assert table(found, "heard", "2026-Q1") == {("all", ""): (12, None, None, 22)}
    assert ("heard", "2026-Q1") in {(one.table, one.period) for one in found.lines()}
    assert "def.heard" in found.definitions


@pytest.mark.story_counted
def test_what_children_thought_leaves_from_five_answers_and_not_when_nearly_all_thought_so(tmp_path: Path) -> None:
    gi = Ledger(tmp_path / "data")
    fill(gi, GROUPS[:1])

    def answer(tx: Tx) -> None:
        given = [("wilg", "said", "yes", 7), ("wilg", "said", "no", 6), (ELS, "said", "no", 4)]
        given.append(("wilg", "done", "no", 12))
        for team, question, value, number in given:
            tx._do("insert into after_counts values (?, '2026-08', ?, ?, ?)", (team, question, value, number))

    gi.store.write_sync(answer)
    found = report(gi, "2026-08", "2026-08")
    gi.close()
    assert table(found, "said", "2026-08") == {("all", ""): (7, 6, 13)}
    assert table(found, "done", "2026-08") == {("all", ""): (None, None, 12)}


@pytest.mark.story_counted
def test_what_children_say_of_a_quarter_leaves_from_five_up(tmp_path: Path) -> None:
    """By hand: els has four answers of being safer, which are in no number. Of school nearly all say the same."""
    gi = Ledger(tmp_path / "data")
    fill(gi, GROUPS[:1])
    given = [
        *(("wilg", "worker", value, number) for value, number in (("yes", 9), ("some", 4), ("unknown", 2), ("no", 5))),
        *(("wilg", "around", value, number) for value, number in (("yes", 12), ("no", 7), ("some", 3))),
        *((ELS, "school", value, number) for value, number in (("yes", 60), ("no", 5), ("skipped", 30))),
        *(("wilg", "safer", value, number) for value, number in (("yes", 6), ("no", 6), ("some", 8), ("skipped", 2))),
        (ELS, "safer", "yes", 4),
    ]

    def answer(tx: Tx) -> None:
        for team, question, value, number in given:
            tx._do("insert into quarter_counts values (?, '2026-Q2', ?, ?, ?)", (team, question, value, number))

    gi.store.write_sync(answer)
    found = report(gi, "2026-04", "2026-06")
    other = report(gi, "2026-05", "2026-06")
    arnhem = report(gi, "2026-04", "2026-06", municipality=ARNHEM)
    gi.close()
    assert table(found, "byworker", "2026-Q2") == {("all", ""): (9, 5, 6, 20)}
    # Three are few; next to the sum, seven would tell them.
    assert table(found, "byaround", "2026-Q2") == {("all", ""): (12, None, None, 22)}
    assert table(found, "byschool", "2026-Q2") == {("all", ""): (None, None, None, 65)}
    assert table(found, "safer", "2026-Q2") == {("all", ""): (6, 6, 8, 20)}
    assert {"def.support", "def.safer"} <= set(found.definitions)
    # Only of a whole quarter, and never divided.
    assert not {line.table for report in (other, arnhem) for line in report.lines()} & {"byworker", "byaround", "safer"}
    given_json = json.loads(written(found, "json", NL))
    assert given_json["columns"]["safer"] == ["safer", "lesssafe", "else", "all"]
    assert given_json["definitions"]["support"] == NL.t("def.support")
    lines = io.StringIO(unpacked(written(found, "csv", NL))["numbers.csv"].decode("utf-8-sig"))
    rows = list(csv.reader(lines, delimiter=";"))
    assert ["2026-Q2", "byaround", "all", "", "no", ""] in rows
    assert ["2026-Q2", "byworker", "all", "", "yes", "9"] in rows
    sheets = unpacked(written(found, "xlsx", NL))
    assert sheet(sheets, "safer")[1] == ["kwartaal 2, 2026", "organisatie", "alle kinderen", 6, 6, 8, 20]
    text = text_of(written(found, "pdf", NL))
    assert "organisatie alle kinderen 9 5 6 20" in text
    assert "organisatie alle kinderen 12 · · 22" in text


def test_an_opinion_is_never_told_by_what_stands_beside_it() -> None:
    """Whatever was answered: what is hidden are two numbers at least, of five together; no share is extreme."""
    for row in itertools.product(range(24), range(24), (0, 1, 4, 5, 9, 60)):
        given = sum(row)
        if given < 5:
            continue
        shown = exports.opinions(row)
        hidden = [number for number, told in zip(row, shown, strict=True) if told is None]
        assert not hidden or (len(hidden) >= 2 and sum(hidden) >= 5)
        assert all(one >= 5 and 10 * given <= 100 * one <= 90 * given for one in shown if one is not None)
    assert exports.opinions((9, 5, 6)) == [9, 5, 6]


@pytest.mark.story_counted
def test_a_median_leaves_from_twenty_talks_and_not_to_the_minute(gi: Ledger) -> None:
    assert table(report(gi), "median") == {("all", ""): (30, 30)}
    assert table(report(gi, "2026-09", "2026-09"), "median", "2026-09") == {}


def test_talks_of_months_add_up_where_all_are_shown(gi: Ledger) -> None:
    found = report(gi, "2026-09", "2026-10")
    assert table(found, "talks", "2026-09")["all", ""] == (None,) * 5
    assert table(found, "talks", "total")["all", ""] == (None,) * 5
    assert table(found, "children", "total") == {}, "children of two months would count twice"


# --- once and for all -------------------------------------------------------------------------------------------------


def test_what_was_published_stays_whatever_comes_in_later(tmp_path: Path) -> None:
    gi = Ledger(tmp_path / "data")
    fill(gi, GROUPS)
    first = report(gi)
    gi.talk("K000-00000", "2026-10-20")
    assert table(report(gi), "talks")["all", ""] == table(first, "talks")["all", ""]
    gi.on("2027-02-01")
    again = report(gi)
    assert (again.hash, again.numbers) == (first.hash, first.numbers)
    gi.close()


def test_whoever_publishes_at_the_same_time_publishes_the_same(tmp_path: Path) -> None:
    gi = Ledger(tmp_path / "data")
    fill(gi, GROUPS)

    async def both() -> list[Report]:
        asked = Asked("2026-10", "2026-10")
        return await asyncio.gather(*(exports.report(gi.store, asked, now=gi.now + timedelta(seconds=n))
                                      for n in range(3)))  # fmt: skip

    assert len({one.hash for one in gi.do(both())}) == 1
    gi.close()


def test_a_month_without_children_is_not_kept(gi: Ledger) -> None:
    assert report(gi, "2025-10", "2025-10").numbers["periods"] == []
    assert gi.store.read_sync(lambda r: r.published("2025-10")) is None


def test_a_team_of_few_workers_has_no_line_of_its_own(tmp_path: Path) -> None:
    gi = Ledger(tmp_path / "data")
    fill(gi, GROUPS, staff=2)
    # Both have two; together they are four, and a line for what is left says no more than the whole.
    assert table(report(gi), "children") == {
        ("all", ""): (30, 20, 50),
        ("team", ""): (30, 20, 50),
        ("municipality", ARNHEM): (19, 9, 28),
        ("municipality", "Ede"): (11, 11, 22),
    }
    gi.close()


def test_a_municipality_gets_its_own_lines_and_no_others(gi: Ledger) -> None:
    found = report(gi, municipality=ARNHEM)
    assert {(one.by, one.name) for one in found.lines()} == {("municipality", ARNHEM)}
    assert table(found, "children") == {("municipality", ARNHEM): (19, 9, 28)}
    assert "Ede" not in json.dumps(found.numbers)
    assert "wilg" not in json.dumps(found.numbers)
    # Three children are too few for anything to be said.
    assert list(report(gi, municipality="Doorn").lines()) == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"from": "2026-13"}, "month"),
        ({"to": "oktober"}, "month"),
        ({"from": "2026-10", "to": "2026-09"}, "period"),
        ({"to": "2026-11"}, "unsettled"),
        ({"from": "2020-01"}, "longest"),
    ],
)
def test_months_that_cannot_be_get_a_sentence(asked: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadFilter) as refused:
        exports.asked_of(asked, today=date(2026, 11, 18))
    assert refused.value.sentence == f"num.filter.{sentence}"
    assert NL.t(refused.value.sentence)


def test_a_month_is_settled_two_weeks_after_it(gi: Ledger) -> None:
    assert exports.newest_month(date(2026, 11, 14)) == "2026-09"
    assert exports.newest_month(date(2026, 11, 15)) == "2026-10"
    assert exports.asked_of({}, today=date(2026, 11, 18)) == Asked("2026-08", "2026-10")
    with pytest.raises(BadFilter):
        report(gi, municipality="Nergens")


# --- forms ------------------------------------------------------------------------------------------------------------


def test_the_hash_is_over_the_canonical_numbers(gi: Ledger) -> None:
    found = report(gi)
    given = json.loads(written(found, "json", NL))
    assert given["hash"] == found.hash == exports.hash_of(given["numbers"])
    changed = json.loads(rfc8785.dumps(given["numbers"]))
    changed["periods"][0]["tables"]["children"][0][2][0] += 1
    assert exports.hash_of(changed) != found.hash
    log = given["numbers"]["periods"][0]["log"]
    assert gi.store.read_sync(lambda r: r.log_root(log["size"])) is not None


@pytest.mark.story_counted
def test_json_has_the_numbers_with_columns_and_definitions(gi: Ledger) -> None:
    given = json.loads(written(report(gi), "json", NL))
    rows = given["numbers"]["periods"][0]["tables"]["children"]
    assert given["columns"]["children"] == ["spoken", "unspoken", "all"]
    assert ["municipality", ARNHEM, [19, 9, 28]] in rows
    assert given["definitions"]["contact"] == NL.t("def.contact")


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as folder:
        return {name: folder.read(name) for name in folder.namelist()}


@pytest.mark.story_counted
def test_csv_has_the_numbers_and_no_formula(gi: Ledger) -> None:
    files = unpacked(written(report(gi), "csv", NL))
    assert set(files) == {"numbers.csv", "about.csv"}
    assert files["numbers.csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(files["numbers.csv"].decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["period", "table", "by", "name", "what", "number"]
    assert ["2026-10", "children", "municipality", f"'{ARNHEM}", "spoken", "19"] in rows
    assert ["2026-10", "talks", "team", f"'{ELS}", "A", ""] in rows
    for name in files:
        rows = list(csv.reader(io.StringIO(files[name].decode("utf-8-sig")), delimiter=";"))
        assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n@x", "  =1", "\uff1d1", "\x00=1"]
)
def test_text_of_a_cell_is_never_a_formula(text: str) -> None:
    assert safe(text).startswith("'")
    assert not re.search(r"[\x00-\x1f]", safe(text))


def test_an_ordinary_name_is_left_as_it_is() -> None:
    assert safe("'s-Hertogenbosch") == "'s-Hertogenbosch"
    assert safe("Súdwest-Fryslân (team 3)") == "Súdwest-Fryslân (team 3)"


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(files: dict[str, bytes], name: str) -> list[list[str | int]]:
    """The cells of the sheet with a table."""
    book = ElementTree.fromstring(files["xl/workbook.xml"])
    names = [one.get("name") for one in book.iter(f"{SHEET}sheet")]
    strings = ElementTree.fromstring(files["xl/sharedStrings.xml"])
    texts = ["".join(one.itertext()) for one in strings.iter(f"{SHEET}si")]
    place = names.index(NL.t(f"num.report.sheet.{name}")) + 1
    rows = []
    for row in ElementTree.fromstring(files[f"xl/worksheets/sheet{place}.xml"]).iter(f"{SHEET}row"):
        cells = [(cell.get("t"), cell.findtext(f"{SHEET}v", "")) for cell in row.iter(f"{SHEET}c")]
        rows.append([texts[int(value)] if kind == "s" else int(value) for kind, value in cells])
    return rows


@pytest.mark.story_counted
def test_xlsx_has_the_numbers_and_no_formula(gi: Ledger) -> None:
    files = unpacked(written(report(gi), "xlsx", NL))
    rows = sheet(files, "children")
    assert ["okt 2026", "gemeente", ARNHEM, 19, 9, 28] in rows
    assert ["okt 2026", "team", ELS, 12, 8, 20] in rows
    for name, content in files.items():
        if name.startswith("xl/worksheets/"):
            root = ElementTree.fromstring(content)
            assert list(root.iter(f"{SHEET}f")) == list(root.iter(f"{SHEET}hyperlink")) == []
    assert not any("externalLink" in name for name in files)


def streams(data: bytes) -> list[bytes]:
    """The streams of a PDF, unpacked."""
    found = []
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            # Packed bytes may end in what looks like the end of a line; only their checksum is lacking then.
            found.append(zlib.decompressobj().decompress(packed))
        except zlib.error:
            found.append(packed)
    return found


def glyphs(streams: list[bytes]) -> dict[str, str]:
    """What the glyphs of the fonts stand for, by their hexadecimal names; fonts share none here."""
    found: dict[str, str] = {}
    for one in streams:
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", one, re.DOTALL):
            for glyph, text in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
                found[glyph.decode().lower()] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return found


def text_of(data: bytes) -> str:
    """The text of a PDF whose fonts are parts of one family."""
    unpacked = streams(data)
    known = glyphs(unpacked)
    said = []
    for one in unpacked:
        if b"BT" not in one:
            continue
        for shown in re.findall(rb"\[(.*?)\]\s*TJ|<([0-9a-fA-F]+)>\s*Tj", one, re.DOTALL):
            for hexed in re.findall(rb"<([0-9a-fA-F]+)>", shown[0] or b"<" + shown[1] + b">"):
                text = hexed.decode().lower()
                said.append("".join(known.get(text[at : at + 4], "?") for at in range(0, len(text), 4)))
            said.append(" ")
    return "".join(said)


@pytest.mark.story_counted
def test_pdf_is_tagged_and_has_the_numbers(gi: Ledger) -> None:
    found = report(gi)
    made = written(found, "pdf", NL)
    unpacked_too = b"\n".join([made, *streams(made)])
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"pdfuaid:part", b"/Figure", b"/TH", b"/H1", b"/Caption"):
        assert part in unpacked_too, part
    text = text_of(made)
    assert "organisatie alle kinderen 33 20 53" in text
    assert f"team {ELS} 12 8 20" in text
    assert found.hash in text
    assert NL.t("def.denominator")[:40] in text
    assert "okt 2026 organisatie alle kinderen · 25 · · 33" in text


def test_a_pdf_fetches_nothing() -> None:
    from kindstem.exports.pdf import Nothing

    for url in ("https://evil.example/x.png", "file:///etc/passwd", "ftp://evil.example/x"):
        with pytest.raises(ValueError, match="protocol"):
            Nothing().fetch(url)


def test_a_file_is_called_by_its_months(gi: Ledger) -> None:
    assert file_name(report(gi), "csv") == "kindstem-2026-10-2026-10.zip"


@pytest.mark.parametrize("form", exports.FORMS)
def test_no_form_of_a_report_has_a_child_or_a_worker(gi: Ledger, form: str) -> None:
    made = written(report(gi, "2026-08", "2026-10"), form, Words("en"))
    everything = b"\n".join([made, *(unpacked(made).values() if form in {"csv", "xlsx"} else streams(made))])
    text = (everything.decode("utf-8", "replace") + (text_of(made) if form == "pdf" else "")).lower()
    people = [one.name.lower() for one in gi.store.read_sync(lambda r: r.people())]
    assert re.findall(r"k\d{3}-\d{5}", text) == []
    assert [name for name in people if len(name) > 4 and name in text] == []


# --- leaving ----------------------------------------------------------------------------------------------------------


def test_whatever_leaves_is_noted_and_the_note_stays(gi: Ledger) -> None:
    found = report(gi)
    gi.do(exports.take(gi.store, found, "csv", "command", by="Ruth"))
    gi.do(exports.take(gi.store, found, "pdf", "page", person=gi.sam.id))
    newest, before = gi.store.read_sync(lambda r: r.taken(2))
    assert (newest.by, newest.way, newest.form, newest.hash) == ("Sam", "page", "pdf", found.hash)
    assert (before.by, before.way, before.since, before.until) == ("Ruth", "command", "2026-10", "2026-10")


def test_tokens_are_kept_as_digests_and_end(gi: Ledger) -> None:
    one, secret = gi.do(exports.add_token(gi.store, ARNHEM, date(2027, 3, 1), now=gi.now))
    kept = gi.store._conn.execute("select * from tokens where id = ?", (one.id,)).fetchone()
    assert secret.removeprefix("kindstem-").encode() not in b"".join(str(cell).encode() for cell in kept)
    found = gi.do(exports.token_of(gi.store, f"Bearer {secret}", now=gi.now))
    assert (found.id, found.municipality) == (one.id, ARNHEM)

    def refused(header: str | None, **later: Any) -> None:
        with pytest.raises(TokenUnknown):
            gi.do(exports.token_of(gi.store, header, now=gi.now + timedelta(**later)))

    for header in (None, "", secret, f"Basic {secret}", f"Bearer {secret}x", f"Bearer kindstem-{'A' * 43}"):
        refused(header)
    refused(f"Bearer {secret}", days=200)
    assert gi.store.write_sync(lambda tx: tx.revoke_token(one.id, gi.now))
    assert not gi.store.write_sync(lambda tx: tx.revoke_token(one.id, gi.now))
    refused(f"Bearer {secret}")


@pytest.mark.parametrize(("municipality", "until"), [("Nergens", "2027-01-01"), ("Ede", "2026-11-17"),
                                                     ("Ede", "2028-12-01")])  # fmt: skip
def test_a_token_that_cannot_be_is_refused(gi: Ledger, municipality: str, until: str) -> None:
    with pytest.raises(BadFilter):
        gi.do(exports.add_token(gi.store, municipality, date.fromisoformat(until), now=gi.now))
