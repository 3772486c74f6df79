"""What all tables and months of a report together say of a number under five, against an attacker who has them all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindstem import exports
from kindstem.domain import Published, Role
from kindstem.exports import Asked, Report, counted
from kindstem.norms import Norm, add_months, in_force
from kindstem.suppression import SHOWN_FROM, Table, hide
from tests.attacker import Attacker, Name, rows_of
from tests.ledger import Ledger, line

TEAMS = ("wilg", "els", "esp")
PLACES = ("Ede", "=1+1", "@Doorn")
"""Two of them are what a spreadsheet program could take for a formula."""
SINCE, UNTIL = "2026-07", "2026-11"
NORMS = (("monthly", None, None), ("yearly", 4, None), ("yearly", 12, None), ("own", 1, 45))


@dataclass(frozen=True)
class Group:
    """Children of whom everything is the same: where they stand, their measure, the days they were spoken to."""

    number: int
    team: str
    municipality: str
    charged: str
    ended: str
    talks: tuple[str, ...]
    born: str = "2012-03"
    level: str = "B"
    begun: str = ""
    """The day on which diagnostics of their own began."""
    moves: str = ""
    """The team in which they stand from 15 October on."""


def history(folder: Path, groups: list[Group], norm: tuple[str, int | None, int | None] | None) -> Ledger:
    """The organisation in the middle of December, when the third quarter is settled, and November."""
    gi = Ledger(folder)
    gi.on("2026-01-06")
    if norm is not None:
        gi.norm(norm[0], "2026-01-01", number=norm[1], gap=norm[2])
    staff = {team: [gi.person(f"{team} {n}", Role.WORKER).name for n in range(3)] for team in TEAMS}

    def lines(later: bool) -> list[dict[str, str]]:
        found = []
        for g, group in enumerate(groups):
            team = (later and group.moves) or group.team
            found += [
                line(f"K{g}{n:02}-00000", group.born, group.charged, team=team, municipality=group.municipality,
                     end=group.ended, worker=staff[team][n % 3], diagnostics=group.begun, help="")
                for n in range(group.number)
            ]  # fmt: skip
        return found

    gi.on("2026-12-16")
    for g, group in enumerate(groups):
        for n in range(group.number):
            for at, day in enumerate(group.talks):
                short, foreseen = 10 if (n + at) % 3 == 0 else 30, (n + at) % 2 == 0
                gi.talk(f"K{g}{n:02}-00000", day, level=group.level, minutes=short, foreseen=foreseen)
    gi.on("2026-10-15")
    gi.take(*lines(later=False))
    if any(group.moves for group in groups):
        gi.take(*lines(later=True))
    gi.on("2026-12-16")
    return gi


def reported(gi: Ledger, since: str = SINCE, until: str = UNTIL) -> Report:
    return gi.do(exports.report(gi.store, Asked(since, until), now=gi.now))


def whole(gi: Ledger, found: Report) -> dict[Name, int]:
    """Every number of the report as it is, hidden or not."""
    true: dict[Name, int] = {}
    for one in found.numbers["periods"]:
        period = one["period"]
        tables: Mapping[str, Any]
        if "Q" in period:
            first = date(int(period[:4]), 3 * int(period[-1]) - 2, 1)
            last = add_months(first, 3) - timedelta(1)
            children = gi.store.read_sync(lambda r, a=first, b=last: r.children_of_four(a, b))
            begun = {name: gi.store.read_sync(lambda r, n=name, a=first, b=last: r.begun(n, a, b))
                     for name in ("diagnostics", "help")}  # fmt: skip
            tables = {n: Table(("begun", "notbegun"), (b, children - b), {}) for n, b in begun.items()}
        else:
            tables = gi.store.read_sync(lambda r, p=period: counted(r, p)).tables()
        true |= dict(rows_of(tables, period))
    return true


def attack(gi: Ledger, found: Report, instead: list[dict[str, Any]] | None = None) -> dict[Name, str]:
    """Which numbers under five are shown, or bounded to less than from nothing to five, by all that is published.

    Or by what would have been published of the same months instead.
    """
    true, periods = whole(gi, found), instead or found.numbers["periods"]
    areas = {way: {name[3] for name in true if name[2] == way} for way in ("team", "municipality")}
    norms: list[Norm] = gi.store.read_sync(lambda r: r.norms())
    lasts = [add_months(date(2025, 1, 1), step) - timedelta(1) for step in range(1, 30)]
    attacker = Attacker(periods, areas, {day: in_force(norms, day) for day in lasts})
    assert attacker.fits(true), "what the attacker takes for sure does not hold"
    shown = {
        (one["period"], table, by, area, column): number
        for one in periods
        for table, rows in one["tables"].items()
        for by, area, row in rows
        for column, number in zip((*exports.KINDS[table].columns, "all"), row, strict=True)
    }
    assert {name: n for name, n in shown.items() if n is not None and name in true and true[name] != n} == {}
    # Before any norm nobody is judged, as everybody knows.
    small = [name for name, number in true.items() if number < SHOWN_FROM and (name[1] != "norm" or norms)]
    bare = dict.fromkeys((name for name in small if shown.get(name) is not None), "shown")
    return bare or attacker.bounded(small, most=SHOWN_FROM)


def row(found: Report, name: str, period: str, by: str = "all", area: str = "") -> list[int | None] | None:
    tables = next(one["tables"] for one in found.numbers["periods"] if one["period"] == period)
    return next((row for way, whose, row in tables[name] if (way, whose) == (by, area)), None)


def group(number: int, *talks: str, **more: str) -> Group:
    """Children of wilg and Ede, under a measure since January."""
    return Group(**{"number": number, "team": "wilg", "municipality": "Ede", "charged": "2026-01-05", "ended": "",
                    "talks": talks, **more})  # fmt: skip


# --- by hand ----------------------------------------------------------------------------------------------------------


def by_themselves(gi: Ledger, month: str) -> list[dict[str, Any]]:
    """A month of which each table is hidden by itself."""
    rows = {}
    for name, table in gi.store.read_sync(lambda r: counted(r, month)).tables().items():
        shown = hide(table)
        areas = [[way, area, list(row)] for way, those in shown.ways.items() for area, row in those.items()]
        rows[name] = [["all", "", list(shown.whole)], *areas]
    return [{"period": month, "tables": rows}]


@pytest.mark.story_counted
def test_areas_are_hidden_for_children_and_norm_together(tmp_path: Path) -> None:
    """By hand, October: all but one of the unspoken are beyond the norm, because its measure began on the first.

    Next to 5 unspoken of Ede, the 4 beyond it that are hidden could be nothing but 4 or 5.
    """
    gi = history(tmp_path / "data", [
        group(12, "2026-10-10"), group(4), group(1, charged="2026-10-01"),
        group(10, "2026-10-10", municipality="Arnhem"), group(9, municipality="Arnhem"),
        group(9, "2026-10-10", municipality="Doorn"), group(9, municipality="Doorn"),
    ], ("monthly", None, None))  # fmt: skip
    found = reported(gi, "2026-10", "2026-10")
    assert attack(gi, found) == {}
    bounded = attack(gi, found, by_themselves(gi, "2026-10"))
    gi.close()
    assert bounded["2026-10", "norm", "municipality", "Ede", "beyond"] == "never nothing"
    assert (row(found, "children", "2026-10"), row(found, "norm", "2026-10")) == ([31, 23, 54], [32, 22, 54])
    # Four are too few to stand in for five; so Doorn, the smallest of the others, is closed with Ede.
    for area, children, norm in (
        ("Ede", [None, None, 17], None),
        ("Doorn", [None, None, 18], None),
        ("Arnhem", [10, 9, 19], [10, 9, 19]),
    ):
        assert row(found, "children", "2026-10", "municipality", area) == children
        assert row(found, "norm", "2026-10", "municipality", area) == norm


@pytest.mark.story_counted
def test_talks_of_nearly_everybody_have_no_sum(tmp_path: Path) -> None:
    """By hand: 28 of 30 children had one talk each. Were it known that there were 28, two at least had none."""
    gi = history(tmp_path / "data", [
        group(12, "2026-10-10", level="A"), group(16, "2026-10-10"), group(2),
    ], ("monthly", None, None))  # fmt: skip
    found = reported(gi, "2026-10", "2026-10")
    assert attack(gi, found) == {}
    bounded = attack(gi, found, by_themselves(gi, "2026-10"))
    gi.close()
    assert bounded["2026-10", "children", "all", "", "unspoken"] == "never nothing"
    assert row(found, "children", "2026-10") == [None, None, 30]
    # C and D are small and take A along; B alone says nothing of all.
    assert row(found, "talks", "2026-10") == [None, 16, None, None, None]
    # Of two columns one is left: 18 of half an hour, beside 10 that were shorter.
    assert row(found, "length", "2026-10") == [None, 18, None]


@pytest.mark.story_counted
def test_where_few_were_spoken_to_no_talk_is_told(tmp_path: Path) -> None:
    """By hand: three children had three talks each. Were there nine talks, somebody was spoken to."""
    gi = history(tmp_path / "data", [
        group(3, "2026-10-05", "2026-10-15", "2026-10-25"), group(17),
    ], ("monthly", None, None))  # fmt: skip
    found = reported(gi, "2026-10", "2026-10")
    assert attack(gi, found) == {}
    bounded = attack(gi, found, by_themselves(gi, "2026-10"))
    gi.close()
    assert bounded["2026-10", "children", "all", "", "spoken"] == "never nothing"
    assert row(found, "children", "2026-10") == [None, None, 20]
    for name, width in (("talks", 5), ("planned", 3), ("length", 3)):
        assert row(found, name, "2026-10") == [None] * width


@pytest.mark.story_counted
@pytest.mark.parametrize(
    ("first", "october", "november"),
    [
        ("2026-10", [15, 13, 28], [9, None, None, None, None, 28]),
        ("2026-11", [None, None, 28], [9, None, None, None, 11, 28]),
    ],
)
def test_a_long_gap_says_nothing_of_few_in_a_month_before(
    tmp_path: Path, first: str, october: list[int | None], november: list[int | None]
) -> None:
    """By hand: in October 15 are spoken to and 13 are not, who have gaps in November that hold all of October.

    Eleven of these are over six months and two are few. Beside 13 and 11 those two could not be five. Whichever month
    is published second hides what would tell.
    """
    gi = history(tmp_path / "data", [
        group(11), group(2, "2026-08-31"), group(6, "2026-10-20"), group(9, "2026-10-25", "2026-11-20"),
    ], None)  # fmt: skip
    reported(gi, first, first)
    found = reported(gi, "2026-10", "2026-11")
    assert attack(gi, found) == {}
    gi.close()
    assert row(found, "children", "2026-10") == october
    assert row(found, "gaps", "2026-11") == november


@pytest.mark.story_counted
def test_talks_with_the_youngest_say_nothing_of_few_of_them(tmp_path: Path) -> None:
    """By hand: two children under four were seen three times each. Were it known, there would be one at least."""
    gi = history(tmp_path / "data", [
        group(2, "2026-10-05", "2026-10-15", "2026-10-25", born="2024-03"), group(9, "2026-10-05"), group(9),
    ], None)  # fmt: skip
    for child in range(9):
        gi.talk(f"K1{child:02}-00000", "2026-10-07", state="other", who="parent")
    found = reported(gi, "2026-10", "2026-10")
    assert attack(gi, found) == {}
    gi.close()
    assert row(found, "young", "2026-10") == [None, None]
    # Nine of 15 are other talks. The six with them stand with those columns that are small.
    assert row(found, "others", "2026-10") == [9, None, None, None, None, 15]


@pytest.mark.story_counted
def test_diagnostics_and_help_of_their_own_are_of_children_of_four_and_older_in_a_quarter(tmp_path: Path) -> None:
    """By hand: 20 of four and older in the third quarter, one of them in July only; 6 had begun by its end."""
    gi = history(tmp_path / "data", [
        group(6, begun="2026-09-30"), group(7, begun="2026-10-01"), group(6), group(1, ended="2026-07-09"),
        group(3, begun="2026-08-01", born="2024-03"),
    ], None)  # fmt: skip
    found = reported(gi, "2026-07", "2026-09")
    assert attack(gi, found) == {}
    gi.close()
    assert row(found, "diagnostics", "2026-Q3") == [6, 14, 20]
    # Of help nothing had begun; next to the sum, how many are without it would tell.
    assert row(found, "help", "2026-Q3") == [None, None, 20]
    assert row(found, "children", "2026-09") == [None, None, 19]
    assert "def.begun" in found.definitions


@pytest.mark.story_counted
def test_a_quarter_says_nothing_of_a_month_with_few_children(tmp_path: Path) -> None:
    """By hand: three children of July, and 20 others from August on. 23 of the quarter would tell of the three."""
    gi = history(tmp_path / "data", [
        group(3, ended="2026-07-20"), group(10, charged="2026-08-03"),
        group(10, charged="2026-08-03", begun="2026-08-05"),
    ], None)  # fmt: skip
    found = reported(gi, "2026-07", "2026-09")
    assert attack(gi, found) == {}
    gi.close()
    assert row(found, "children", "2026-07") == [None] * 3
    assert row(found, "diagnostics", "2026-Q3") == row(found, "help", "2026-Q3") == [None] * 3


def test_a_month_published_before_tables_were_hidden_together_stays_as_it_is(tmp_path: Path) -> None:
    """September is kept in the form of then: a sum of the norm beside hidden numbers, and no table of gaps."""
    groups = [group(11), group(2, "2026-08-31"), group(9, "2026-10-25")]
    gi = history(tmp_path / "data", groups, ("monthly", None, None))
    tables = {"children": [["all", "", [None, None, 22]]], "norm": [["all", "", [None, None, 22]]]}
    root = {"size": 1, "root": "AAAA"}
    text = json.dumps({"period": "2026-09", "at": "2026-10-20T08:00:00Z", "log": root, "tables": tables})
    gi.store.write_sync(lambda tx: tx.publish(Published("2026-09", gi.now, 1, "AAAA", text)))
    before = reported(gi, "2026-09", "2026-09")
    assert before.numbers["periods"] == [json.loads(text)]
    found = reported(gi, "2026-09", "2026-10")
    assert found.numbers["periods"][0] == json.loads(text)
    assert row(found, "children", "2026-10") == [9, 13, 22]
    (norm,) = [one.numbers for one in before.lines() if one.table == "norm"]
    assert norm == {"within": None, "beyond": None, "all": 22}
    assert reported(gi, "2026-09", "2026-09").hash == before.hash
    gi.close()


# --- whatever the history ---------------------------------------------------------------------------------------------


DAYS = ("2026-01-20", "2026-03-31", "2026-06-20", "2026-07-08", "2026-08-31", "2026-09-01", "2026-09-30", "2026-10-10",
        "2026-10-31", "2026-11-05", "2026-11-30")  # fmt: skip
GROUPS = st.lists(
    st.builds(
        Group,
        number=st.sampled_from((1, 2, 3, 5, 6, 9)),
        team=st.sampled_from(TEAMS),
        municipality=st.sampled_from(PLACES),
        charged=st.sampled_from(("2026-01-05", "2026-01-05", "2026-01-05", "2026-07-20", "2026-10-01")),
        ended=st.sampled_from(("", "", "", "2026-09-20")),
        talks=st.lists(st.sampled_from(DAYS), max_size=4, unique=True).map(lambda days: tuple(sorted(days))),
        born=st.sampled_from(("2012-03", "2012-03", "2012-03", "2024-03")),
        level=st.sampled_from("AABC"),
        begun=st.sampled_from(("", "", "2026-08-01")),
        moves=st.sampled_from(("", "", "", "esp")),
    ),
    min_size=2,
    max_size=7,
)


@pytest.mark.timeout(300)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(GROUPS, st.sampled_from((None, *NORMS, NORMS[0], NORMS[0])), st.sampled_from((SINCE, "2026-09", UNTIL)))
def test_whatever_all_tables_and_months_say_a_small_number_could_be_nothing_and_could_be_five(
    groups: list[Group], norm: tuple[str, int | None, int | None] | None, first: str
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        gi = history(folder / "data", groups, norm)
        reported(gi, first, first)
        found = reported(gi)
        bounded = attack(gi, found)
        gi.close()
    finally:
        shutil.rmtree(folder)
    assert bounded == {}
