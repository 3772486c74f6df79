"""The roster: what a file changes, what is refused and how, and what the log is told."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from kindstem import roster
from kindstem.calendar import local_day
from kindstem.domain import Role
from kindstem.errors import BadNorm, BadRequest
from kindstem.norms import norm_of
from kindstem.roster import COLUMNS, Refusal
from kindstem.wire import Record
from kindstem.words import Words, languages
from tests.ledger import NOW, Ledger, file_of, line

NOOR, DAAN, LOTTE = "K7Q2-M9XWB", "K000-00001", "K000-00002"


@pytest.fixture
def gi(tmp_path: Path) -> Iterator[Ledger]:
    """The organisation."""
    found = Ledger(tmp_path / "data")
    yield found
    found.close()


def stated(gi: Ledger) -> list[Record]:
    """What the log was told of the roster, in order."""
    found = gi.store.read_sync(lambda r: r.log_openings(frozenset({"roster"}), limit=1000))
    return [opening.rec for _, opening in found]


def refused(gi: Ledger, *lines: dict[str, str]) -> list[tuple[str, int | None, str]]:
    found = gi.take(*lines)
    assert gi.store.read_sync(lambda r: r.all_listed()) == [], "nothing of it was kept"
    return [(one.why, one.line, one.column) for one in found.refused]


# --- what comes in ----------------------------------------------------------------------------------------------------


def test_without_apply_it_is_said_what_would_change_and_nothing_does(gi: Ledger) -> None:
    found = gi.take(line(NOOR, "2011-03", "2026-01-05", team="wilg"), apply=False)
    assert (found.applied, found.added, found.begun) == (False, (NOOR,), (NOOR,))
    assert gi.store.read_sync(lambda r: (r.all_listed(), r.log_openings(frozenset({"roster"}), limit=9))) == ([], [])


def test_the_same_file_again_changes_nothing(gi: Ledger) -> None:
    lines = [line(NOOR, "2011-03", "2026-01-05", worker="Sam", worker_since="2026-01-07", plan="2026-02-01")]
    gi.take(*lines)
    before = stated(gi)
    again = gi.take(*lines)
    assert (again.added, again.begun, again.ended, again.changed) == ((), (), (), {})
    assert stated(gi) == before


def test_a_fact_that_changed_closes_what_was_said_and_opens_what_is(gi: Ledger) -> None:
    gi.take(line(NOOR, "2011-03", "2026-01-05", team="wilg", place="home"))
    gi.on("2026-12-01")
    found = gi.take(line(NOOR, "2011-03", "2026-01-05", team="els", place="home"))
    assert found.changed == {NOOR: ("team",)}
    listed = gi.store.read_sync(lambda r: r.listed(NOOR))
    assert listed is not None
    teams = [(one.value, one.since, one.until) for one in listed.facts if one.name == "team"]
    assert teams == [("els", date(2026, 12, 1), None), ("wilg", date(2026, 1, 5), date(2026, 11, 30))] or teams == [
        ("wilg", date(2026, 1, 5), date(2026, 11, 30)),
        ("els", date(2026, 12, 1), None),
    ]
    assert listed.fact("team", date(2026, 11, 30)) == "wilg"


def test_a_child_that_is_missing_stays_and_is_named(gi: Ledger) -> None:
    gi.take(line(NOOR, "2011-03", "2026-01-05"), line(DAAN, "2018-05", "2026-01-05"))
    found = gi.take(line(NOOR, "2011-03", "2026-01-05"))
    assert found.absent == (DAAN,)
    assert gi.store.read_sync(lambda r: r.present(local_day(gi.now), {}).children) == 2
    ended = gi.take(line(NOOR, "2011-03", "2026-01-05"), line(DAAN, "2018-05", "2026-01-05", end="2026-11-10"))
    assert (ended.ended, ended.absent) == ((DAAN,), ())
    assert gi.store.read_sync(lambda r: r.present(local_day(gi.now), {}).children) == 1


def test_a_running_measure_without_a_line_is_named(gi: Ledger) -> None:
    gi.take(line(NOOR, "2011-03", "2026-01-05"), line(NOOR, "2011-03", "2026-06-01", measure="voogdij"))
    found = gi.take(line(NOOR, "2011-03", "2026-06-01", measure="voogdij"))
    assert found.measures_absent == (NOOR,)


def test_semicolons_a_byte_order_mark_and_small_letters_are_taken(gi: Ledger) -> None:
    data = b"\xef\xbb\xbf" + file_of(line(NOOR.lower(), "2011-03", "2026-01-05"), delimiter=";")
    found = gi.do(roster.take_in(gi.store, data, apply=True, now=gi.now))
    assert found.added == (NOOR,)


def test_a_worker_is_named_by_name_or_by_id(gi: Ledger) -> None:
    gi.take(
        line(NOOR, "2011-03", "2026-01-05", worker="sam", worker_since="2026-01-07"),
        line(DAAN, "2018-05", "2026-01-05", worker=gi.vera.id, worker_since="2026-01-05"),
    )
    found = [gi.store.read_sync(lambda r, c=child: r.listed(c)) for child in (NOOR, DAAN)]
    assert [one.fact("worker", date(2026, 1, 7)) for one in found if one] == [gi.sam.id, gi.vera.id]
    assert found[0] is not None
    assert found[0].fact("worker", date(2026, 1, 6)) is None


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_column_that_is_not_known_is_refused_without_showing_its_head(gi: Ledger) -> None:
    assert refused(gi, {**line(NOOR, "2011-03", "2026-01-05"), "Noor Jansen": ""}) == [("column", None, "5")]


def test_nine_digits_are_refused_wherever_they_stand(gi: Ledger) -> None:
    for number in ("123456782", "1234.56.782", "123 456 782", "gezin 123456782"):
        assert refused(gi, line(NOOR, "2011-03", "2026-01-05", family=number)) == [("bsn", 2, "family")]
    assert refused(gi, line("123456782", "2011-03", "2026-01-05")) == [("bsn", 2, "kindnummer")]


def test_one_line_refused_leaves_the_other_children_in(gi: Ledger) -> None:
    found = gi.take(line(NOOR, "2011-03", "2026-01-05"), line(DAAN, "2018-05", "2026-13-05"))
    assert [(one.why, one.line, one.child, one.column) for one in found.refused] == [("value", 3, DAAN, "charged")]
    assert [one.child for one in gi.store.read_sync(lambda r: r.all_listed())] == [NOOR]
    assert found.absent == ()


def test_with_one_line_of_a_child_refused_all_of_that_child_stays_as_it_was(gi: Ledger) -> None:
    lines = [line(NOOR, "2011-03", "2026-01-05"), line(NOOR, "2011-04", "2026-06-01", measure="voogdij")]
    assert refused(gi, *lines) == [("differs", 3, "born")]


@pytest.mark.parametrize(
    ("changed", "why", "column"),
    [
        ({"kindnummer": "Noor"}, "kindnummer", "kindnummer"),
        ({"born": "2011"}, "value", "born"),
        ({"born": "2011-03-04"}, "value", "born"),
        ({"born": ""}, "needed", "born"),
        ({"measure": "straf"}, "value", "measure"),
        ({"charged": "5-1-2026"}, "value", "charged"),
        ({"charged": "2026-11-19"}, "future", "charged"),
        ({"charged": "2010-01-01"}, "order", "charged"),
        ({"end": "2026-01-04"}, "order", "end"),
        ({"end": "2027-01-04"}, "future", "end"),
        ({"family": "Jansen"}, "value", "family"),
        ({"place": "thuis"}, "value", "place"),
        ({"worker": "Ruth"}, "worker", "worker"),
        ({"worker": "Nobody"}, "worker", "worker"),
        ({"plan": "2027-01-01"}, "future", "plan"),
        ({"decisions": "verlenging"}, "value", "decisions"),
        ({"decisions": "verlenging:2026-01"}, "value", "decisions"),
        ({"decisions": "Verlenging OTS:2026-03-01"}, "value", "decisions"),
    ],
)
def test_a_line_that_cannot_be_gets_its_sentence(gi: Ledger, changed: dict[str, str], why: str, column: str) -> None:
    gi.person("Ruth", Role.MANAGER)
    assert refused(gi, line(NOOR, "2011-03", "2026-01-05") | changed) == [(why, 2, column)]


def test_a_measure_twice_is_refused(gi: Ledger) -> None:
    assert refused(gi, *2 * [line(NOOR, "2011-03", "2026-01-05")]) == [("double", 3, "charged")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe\x00", "encoding"),
        (b'kindnummer,"born\n', "encoding"),
        (b"", "encoding"),
        (b"kindnummer,born,measure,charged\n", "empty"),
        (b"kindnummer,born,measure\nK7Q2-M9XWB,2011-03,ots\n", "missing"),
        (b"kindnummer,born,measure,charged\nK7Q2-M9XWB,2011-03,ots\n", "width"),
    ],
)
def test_a_file_that_is_none_changes_nothing(gi: Ledger, data: bytes, why: str) -> None:
    found = gi.do(roster.take_in(gi.store, data, apply=True, now=gi.now))
    assert [one.why for one in found.refused] == [why]
    assert gi.store.read_sync(lambda r: r.all_listed()) == []


def test_a_refusal_shows_kindnummer_and_column_and_no_more_of_the_line() -> None:
    """In every language, whatever is refused."""
    whys = ("encoding", "empty", "column", "missing", "bsn", "width", "kindnummer", "value", "needed", "future")
    for lang in languages():
        for why in (*whys, "order", "worker", "double", "differs"):
            one = Refusal(why, 7, NOOR, "team")
            assert set(one.facts) == {"line", "child", "column"}
            assert Words(lang).t(f"num.roster.{why}", **one.facts)


def test_a_sibling_outside_any_measure_is_in_the_roster_and_in_no_denominator(gi: Ledger) -> None:
    outside = {"kindnummer": DAAN, "born": "2018-05", "measure": "none", "charged": "", "family": "F1"}
    assert gi.take(line(NOOR, "2011-03", "2026-01-05", family="F1"), outside).refused == ()
    assert gi.store.read_sync(lambda r: r.present(local_day(gi.now), {}).children) == 1
    assert [one["what"] for one in stated(gi)] == ["charged"]
    gi.talk(NOOR, "2026-11-10")
    count, lonely = gi.store.read_sync(lambda r: r.lonely(local_day(gi.now), date(2026, 5, 18), {}, 9))
    assert count == 1
    assert [(one.child, one.in_measure) for one in lonely] == [(DAAN, False)]
    with_measure = [outside | {"charged": "2026-01-05"}, outside]
    assert [one.why for one in gi.take(*with_measure).refused] == ["value"]
    assert [one.why for one in gi.take(outside, line(DAAN, "2018-05", "2026-01-05", family="F1")).refused] == ["double"]


# --- what the log is told ---------------------------------------------------------------------------------------------


def test_the_log_is_told_by_random_id_and_never_by_kindnummer(gi: Ledger) -> None:
    gi.take(
        line(
            *(NOOR, "2011-03", "2026-01-05"),
            worker="Sam",
            worker_since="2026-01-07",
            plan="2026-02-01",
            decisions="verlenging:2026-10-01",
            municipality="Arnhem",
        )
    )
    found = stated(gi)
    assert [(one["what"], one["day"]) for one in found] == [
        ("charged", "2026-01-05"),
        ("plan", "2026-02-01"),
        ("decision", "2026-10-01"),
        ("worker", "2026-01-07"),
    ]
    listed = gi.store.read_sync(lambda r: r.listed(NOOR))
    assert listed is not None
    assert {one["subj"] for one in found} == {listed.subj}
    assert NOOR not in str(found)
    assert "Arnhem" not in str(found)
    assert "Sam" not in str(found)


def test_an_end_that_is_taken_back_is_told_too(gi: Ledger) -> None:
    gi.take(line(NOOR, "2011-03", "2026-01-05", end="2026-11-01"))
    gi.take(line(NOOR, "2011-03", "2026-01-05", end=""))
    assert [(one["what"], one["day"]) for one in stated(gi)] == [
        ("charged", "2026-01-05"),
        ("ended", "2026-11-01"),
        ("reopened", "2026-11-01"),
    ]


def test_a_norm_is_told_and_kept_with_who_and_why(gi: Ledger) -> None:
    gi.norm("monthly", "2026-01-01")
    gi.norm("yearly", "2026-12-01", number=6)
    assert [(one["what"], one["subj"], one["value"]) for one in stated(gi)] == [
        ("norm", None, "monthly"),
        ("norm", None, "6/year"),
    ]
    kept = gi.store.read_sync(lambda r: r.norms_set())
    assert [(one.norm.text(), one.by, one.why) for one in kept] == [
        ("monthly", "Ruth", "agreed"),
        ("6/year", "Ruth", "agreed"),
    ]


def test_only_the_first_norm_may_begin_in_the_past(gi: Ledger) -> None:
    gi.norm("monthly", "2025-01-01")
    with pytest.raises(BadNorm):
        gi.norm("yearly", "2026-11-17", number=4)
    gi.norm("yearly", "2026-11-18", number=4)
    norm = norm_of("monthly", date(2027, 1, 1))
    with pytest.raises(BadNorm):
        gi.do(roster.set_norm(gi.store, norm, "Ruth", " ", now=gi.now))


def test_a_total_from_elsewhere_is_kept_beside_those_before(gi: Ledger) -> None:
    gi.do(roster.report(gi.store, date(2026, 10, 1), 12, "Control", now=gi.now))
    gi.do(roster.report(gi.store, date(2026, 10, 1), 13, "Control", now=gi.now + timedelta(hours=1)))
    told = gi.store.read_sync(lambda r: r.reported(date(2026, 11, 18)))
    assert told is not None
    assert (told.total, told.by) == (13, "Control")
    with pytest.raises(BadRequest):
        gi.do(roster.report(gi.store, date(2026, 11, 19), 12, "Control", now=gi.now))


# --- kindnummers ------------------------------------------------------------------------------------------------------


def test_fresh_kindnummers_are_free_and_a_file_takes_them(gi: Ledger) -> None:
    fresh = gi.do(roster.numbers(gi.store, 20))
    assert len(set(fresh)) == 20
    assert gi.take(*(line(one, "2015-01", "2026-01-05") for one in fresh)).refused == ()


def test_a_child_of_the_roster_keeps_its_random_id_in_the_app(gi: Ledger) -> None:
    gi.take(line(NOOR, "2011-03", "2026-01-05"))
    listed = gi.store.read_sync(lambda r: r.listed(NOOR))
    gi.begun(NOOR)
    assert listed is not None
    assert gi.store.read_sync(lambda r: r.subj_of(NOOR)) == listed.subj


def test_a_child_of_the_app_keeps_its_random_id_in_the_roster(gi: Ledger) -> None:
    gi.begun(NOOR)
    gi.take(line(NOOR, "2011-03", "2026-01-05"))
    assert gi.store.read_sync(lambda r: (r.subj_of(NOOR), r.roster_subj(NOOR))) == 2 * (
        gi.store.read_sync(lambda r: r.subj_of(NOOR)),
    )


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parent.parent / "docs/roster.md").read_text("utf-8")
    assert [name for name in COLUMNS if f"| `{name}` |" not in page] == []


def test_the_whole_day_is_that_of_the_netherlands(gi: Ledger) -> None:
    gi.now = NOW.replace(hour=23, minute=30)
    assert gi.take(line(NOOR, "2011-03", "2026-11-19")).refused == ()
