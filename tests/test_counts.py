"""What is counted, against a history that is written out here as a table, with the numbers computed by hand."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kindstem import counts, people
from kindstem.counts import Kpi, Month, Number, points
from kindstem.errors import BadFilter
from kindstem.store import Tx
from kindstem.words import Words
from tests.ledger import Ledger, line

NOOR, DAAN, EMMA, LOTTE, OMAR, ZOE = (f"K000-0000{n}" for n in range(6))

CHILDREN = [
    line(NOOR, "2011-03", "2026-01-05", family="F1", team="wilg", worker="Sam", worker_since="2026-01-05",
         plan="2026-02-16", municipality="Arnhem", place="home", diagnostics="2026-04-01"),
    line(DAAN, "2018-05", "2026-01-05", family="F1", team="wilg", worker="Sam", worker_since="2026-01-20",
         municipality="Arnhem", place="foster"),
    line(EMMA, "2016-02", "2026-01-05", family="F1", team="wilg", end="2026-03-01"),
    line(LOTTE, "2024-01", "2026-09-01", team="els", worker="Vera", worker_since="2026-09-01", place="foster"),
    line(OMAR, "2010-07", "2026-02-02", team="els", worker="Sam", worker_since="2026-02-02", plan="2026-03-17"),
    line(ZOE, "2008-10", "2026-03-02", team="els", worker="Vera", worker_since="2026-03-10", help="2026-05-05"),
]  # fmt: skip
"""Monday 5 January: Noor, Daan and Emma of one family. Lotte is two, Omar leaves, Zoë turns 18 in October."""

HISTORY: list[tuple[str, str, dict[str, Any]]] = [
    # child, day, what is not as usual (realised, planned, face to face, alone, 30 minutes, level B)
    (NOOR, "2026-01-08", {}),
    (NOOR, "2026-10-20", {"level": "A-unlocked", "minutes": 45, "foreseen": True}),
    (NOOR, "2026-11-02", {"level": "D", "minutes": 10, "late": True}),
    (NOOR, "2026-11-10", {"state": "disputed", "level": "disputed"}),
    (DAAN, "2026-01-20", {"state": "other", "who": "parent", "level": "D"}),
    (DAAN, "2026-10-05", {"level": "C", "minutes": 20}),
    (DAAN, "2026-11-04", {"state": "notheld", "reason": "absent", "kind": "", "who": "", "planned": "", "minutes": 0}),
    (LOTTE, "2026-09-03", {}),
    (OMAR, "2026-10-10", {}),
    (OMAR, "2026-10-20", {"minutes": 60}),
    (OMAR, "2026-11-03", {}),
    (ZOE, "2026-10-07", {"state": "other", "kind": "video", "level": "D"}),
    (ZOE, "2026-10-30", {"level": "A"}),
    (ZOE, "2026-11-05", {"state": "withdrawn"}),
]


@pytest.fixture(scope="module")
def gi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The organisation after that history, on Wednesday 18 November 2026. Read only."""
    found = Ledger(tmp_path_factory.mktemp("counted") / "data")
    found.on("2026-09-02")
    found.norm("monthly", "2026-01-01")
    found.take(*CHILDREN)
    found.on("2026-10-15")
    moved = [one | ({"team": "wilg"} if one["kindnummer"] == OMAR else {}) for one in CHILDREN]
    found.take(*moved)
    found.on("2026-11-02")
    change = {OMAR: {"end": "2026-10-31"}, DAAN: {"worker": "Vera", "worker_since": "2026-11-01"}}
    found.take(*(one | change.get(one["kindnummer"], {}) for one in moved))
    for child, day, fields in HISTORY:
        found.talk(child, day, **fields)
    found.on("2026-11-18")
    yield found
    found.close()


def month(gi: Ledger, name: str, **chosen: str) -> Month:
    found = gi.do(counts.over_time(gi.store, gi.filters("2026-10-01", "2026-11-18", **chosen), now=gi.now))
    return next(one for one in found.months if one.month == name)


# --- over time --------------------------------------------------------------------------------------------------------


def test_october(gi: Ledger) -> None:
    found = month(gi, "2026-10")
    assert found.children == 5
    assert found.realised == {"A": 2, "A-unlocked": 1, "B": 2, "C": 1, "D": 0}
    assert (found.all_realised, found.planned_before, found.short, found.median) == (5, 1, 0, 30)
    assert (found.others, found.not_held, found.disputed) == ({"video.alone.planned": 1}, {}, 0)


def test_november_without_who_left_and_who_turned_18(gi: Ledger) -> None:
    found = month(gi, "2026-11")
    assert found.children == 3
    assert found.realised == {"A": 0, "A-unlocked": 0, "B": 0, "C": 0, "D": 1}
    assert (found.disputed, found.not_held, found.late, found.short, found.median) == (1, {"absent": 1}, 1, 1, 10)
    assert (found.withdrawn, found.withdrawn_after_dispute) == (0, 0)


def test_a_child_that_moved_counts_in_both_teams_and_its_talks_where_it_was(gi: Ledger) -> None:
    wilg, els = month(gi, "2026-10", team="wilg"), month(gi, "2026-10", team="els")
    assert (wilg.children, els.children) == (3, 3)
    assert wilg.realised == {"A": 1, "A-unlocked": 1, "B": 1, "C": 1, "D": 0}
    assert els.realised == {"A": 1, "A-unlocked": 0, "B": 1, "C": 0, "D": 0}


def test_several_choices_at_once_narrow_each_other(gi: Ledger) -> None:
    found = month(gi, "2026-10", team="wilg", age="12-15", place="home")
    assert (found.children, found.all_realised) == (1, 1)
    assert month(gi, "2026-10", team="els", municipality="Arnhem").children == 0


def test_a_part_of_a_month_has_only_its_days(gi: Ledger) -> None:
    filters = gi.filters("2026-10-06", "2026-10-20")
    found = gi.do(counts.over_time(gi.store, filters, now=gi.now))
    assert [one.month for one in found.months] == ["2026-10"]
    assert (found.total.all_realised, found.total.others) == (3, {"video.alone.planned": 1})


def test_with_children_under_four_it_was_seen_and_not_realised(gi: Ledger) -> None:
    filters = gi.filters("2026-09-01", "2026-09-30")
    found = gi.do(counts.over_time(gi.store, filters, now=gi.now)).total
    assert (found.all_realised, found.seen_under_four, found.children) == (0, 1, 5)


def test_the_whole_year_and_its_counters(gi: Ledger) -> None:
    filters = gi.filters("2026-01-01", "2026-11-18")
    found = gi.do(counts.over_time(gi.store, filters, now=gi.now))
    assert (found.children, found.realised) == (Number(6, None, "def.denominator"), Number(7, None, "def.contact"))
    counters = found.counters
    assert (counters.alone.value, counters.with_parent.value, counters.video_phone.value) == (8, 1, 1)
    assert (counters.alone.of, counters.not_held.value, counters.joint.value, counters.passing.value) == (10, 1, 0, 0)


# --- today ------------------------------------------------------------------------------------------------------------


def test_who_waits_today(gi: Ledger) -> None:
    found = gi.do(counts.today(gi.store, gi.filters("2026-10-01", "2026-11-18"), now=gi.now))
    assert (found.children.value, found.judged, found.within) == (
        3,
        Number(2, 3, "def.norm"),
        Number(1, 2, "def.norm"),
    )
    (waiting,) = found.waiting
    assert (waiting.child, waiting.team, waiting.worker) == (DAAN, "wilg", "Vera")
    assert (waiting.last, waiting.days) == (date(2026, 10, 5), 44)
    assert (found.under_four.value, found.grown, found.outside) == (1, (ZOE,), Number(2, 5, "def.denominator"))
    assert (found.without_reader.value, found.without_worker.value) == (0, 0)
    assert found.norm is not None


def test_a_sibling_outside_the_measure_who_was_never_heard_is_listed(gi: Ledger) -> None:
    found = gi.do(counts.today(gi.store, gi.filters("2026-10-01", "2026-11-18", team="wilg"), now=gi.now))
    assert [(one.child, one.in_measure, one.heard) for one in found.siblings] == [(EMMA, False, date(2026, 11, 2))]
    other = gi.do(counts.today(gi.store, gi.filters("2026-10-01", "2026-11-18", team="els"), now=gi.now))
    assert other.siblings == ()


def test_what_was_stated_late_is_counted_since_the_roster_is_kept(gi: Ledger) -> None:
    found = gi.do(counts.today(gi.store, gi.filters("2026-01-01", "2026-11-18"), now=gi.now))
    assert (found.entered_late, found.ended_late) == (Number(0, 0, "def.roster"), Number(0, 1, "def.roster"))


# --- child by child ---------------------------------------------------------------------------------------------------


def test_child_days_within_the_norm(gi: Ledger) -> None:
    """Noor 30 of 49, Daan 32 of 49, Omar 22 of 31, Zoë 2 of 31; Lotte is not judged."""
    found = gi.do(counts.spread(gi.store, gi.filters("2026-10-01", "2026-11-18"), now=gi.now))
    assert found.days == Number(86, 160, "def.norm")
    assert found.by_number == {1: 2, 2: 2}
    assert [(one.child, one.days) for one in found.longest] == [(NOOR, 285), (DAAN, 273), (OMAR, 250), (ZOE, 242)]
    assert (found.changes.value, found.days_without) == (1, Number(0, 209, "def.continuity"))


def test_days_without_a_jeugdbeschermer(gi: Ledger) -> None:
    """January: Daan 15 days until the 20th, Emma all 27, Noor none."""
    found = gi.do(counts.spread(gi.store, gi.filters("2026-01-01", "2026-01-31"), now=gi.now))
    assert found.days_without == Number(42, 81, "def.continuity")


# --- the clocks -------------------------------------------------------------------------------------------------------


def rows(found: tuple[Kpi, ...]) -> dict[str, tuple[bool | None, bool | None]]:
    return {one.child: (one.in_time, one.alone) for one in found}


def test_the_three_kpis(gi: Ledger) -> None:
    found = gi.do(counts.kpis(gi.store, gi.filters("2026-01-01", "2026-11-18"), now=gi.now))
    assert rows(found.first.rows) == {
        NOOR: (True, True),
        DAAN: (False, False),
        EMMA: (False, None),
        OMAR: (False, True),
        ZOE: (False, True),
        LOTTE: (True, True),
    }
    assert found.first.rows[0].due == date(2026, 1, 12)
    assert (found.first.number, found.first.running) == (Number(2, 6, "def.first"), 0)
    assert found.worker.number == Number(3, 6, "def.worker")
    assert found.plan.number == Number(1, 6, "def.plan")
    assert (found.diagnostics, found.help) == (Number(1, 6, "def.own"), Number(1, 6, "def.own"))


def test_the_clocks_of_one_team(gi: Ledger) -> None:
    found = gi.do(counts.kpis(gi.store, gi.filters("2026-01-01", "2026-11-18", team="els"), now=gi.now))
    assert set(rows(found.first.rows)) == {OMAR, ZOE, LOTTE}


# --- behind a number --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "behind"),
    [
        ("realised", [NOOR, ZOE, NOOR, OMAR, OMAR, DAAN]),
        ("disputed", [NOOR]),
        ("notheld", [DAAN]),
        ("other", [ZOE]),
        ("foreseen", [NOOR]),
        ("short", [NOOR]),
        ("late", [NOOR]),
        ("withdrawn", []),
        ("under-four", []),
    ],
)
def test_the_rows_behind_a_number(gi: Ledger, what: str, behind: list[str]) -> None:
    filters = gi.filters("2026-10-01", "2026-11-18")
    found = gi.do(counts.behind(gi.store, filters, what, now=gi.now))
    assert sorted(one.child for one in found.rows) == sorted(behind)
    assert found.total == len(behind)


def test_a_disputed_talk_is_listed_and_not_realised(gi: Ledger) -> None:
    filters = gi.filters("2026-11-01", "2026-11-18")
    (found,) = gi.do(counts.behind(gi.store, filters, "disputed", now=gi.now)).rows
    assert found.day == date(2026, 11, 10)
    assert found.first not in {
        one.first for one in gi.do(counts.behind(gi.store, filters, "realised", now=gi.now)).rows
    }


# --- what cannot be chosen --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, "period"),
        ({"to": "2026-11-19"}, "future"),
        ({"from": "2010-01-01"}, "long"),
        ({"from": "1 november"}, "from"),
        ({"from": "20261101"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"team": "eik"}, "team"),
        ({"measure": "straf"}, "measure"),
        ({"age": "18"}, "age"),
        ({"municipality": "Nergens"}, "municipality"),
        ({"place": "thuis"}, "place"),
    ],
)
def test_a_choice_that_cannot_be_gets_its_sentence(gi: Ledger, asked: dict[str, str], field: str) -> None:
    with pytest.raises(BadFilter) as fault:
        counts.filters_of(asked, gi.do(counts.choices(gi.store, now=gi.now)), today=date(2026, 11, 18))
    assert fault.value.facts == {"field": field}
    assert Words("nl").t(fault.value.sentence)


def test_without_anything_asked_it_is_twelve_months(gi: Ledger) -> None:
    found = counts.filters_of({"team": ""}, gi.do(counts.choices(gi.store, now=gi.now)), today=date(2026, 11, 18))
    assert (found.since, found.until, found.choice()) == (date(2025, 12, 1), date(2026, 11, 18), {})


def test_rows_that_are_none_cannot_be_asked_for(gi: Ledger) -> None:
    with pytest.raises(BadFilter):
        gi.do(counts.behind(gi.store, gi.filters("2026-10-01", "2026-11-18"), "true or 1", now=gi.now))


def test_every_number_has_its_definition_in_words(gi: Ledger) -> None:
    filters = gi.filters("2026-10-01", "2026-11-18")
    pages = [
        gi.do(ask(gi.store, filters, now=gi.now))
        for ask in (counts.today, counts.over_time, counts.spread, counts.kpis, counts.silence, points.evaluation)
    ]
    found = {value.definition for page in pages for value in vars(page).values() if isinstance(value, Number)}
    assert found
    for lang in ("nl", "en"):
        assert all(Words(lang).has(name) for name in found)


def test_the_five_points_of_a_year(gi: Ledger) -> None:
    found = gi.do(points.evaluation(gi.store, gi.filters("2026-01-01", "2026-11-18"), now=gi.now))
    assert (found.realised, found.children) == (Number(7, None, "def.contact"), Number(6, None, "def.denominator"))
    # Lotte is two, and Emma was never spoken to.
    assert found.spoken == Number(4, 5, "def.spoken")
    assert (found.diagnostics, found.help) == (Number(1, 6, "def.own"), Number(1, 6, "def.own"))
    assert (found.quarters, found.running) == (("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"), "2026-Q4")
    assert [(one.quarter, one.answers) for one in found.of("safer")] == [(name, None) for name in found.quarters]


# --- edges ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Ledger]:
    """An organisation of one's own."""
    found = Ledger(tmp_path / "data")
    found.norm("monthly", "2026-01-01")
    yield found
    found.close()


def test_measures_that_follow_each_other_are_one(other: Ledger) -> None:
    """No clock begins anew, and no day is missing or twice."""
    other.take(
        line(NOOR, "2011-03", "2026-01-05", end="2026-06-30"),
        line(NOOR, "2011-03", "2026-07-01", measure="voogdij"),
    )
    filters = other.filters("2026-06-01", "2026-07-31")
    assert other.do(counts.spread(other.store, filters, now=other.now)).days == Number(0, 61, "def.norm")
    assert len(other.do(counts.kpis(other.store, filters, now=other.now)).first.rows) == 0
    voogdij = other.filters("2026-06-01", "2026-07-31", measure="voogdij")
    assert other.do(counts.spread(other.store, voogdij, now=other.now)).days.of == 31


def test_after_days_without_a_measure_the_clock_begins_anew(other: Ledger) -> None:
    other.take(
        line(NOOR, "2011-03", "2026-01-05", end="2026-06-30"),
        line(NOOR, "2011-03", "2026-11-10", measure="voogdij"),
    )
    other.talk(NOOR, "2026-06-20")
    found = other.do(counts.today(other.store, other.filters("2026-01-01", "2026-11-18"), now=other.now))
    assert (found.within.value, found.waiting) == (1, ())
    (due,) = found.first_late
    assert (due.child, due.due) == (NOOR, date(2026, 11, 17))


def test_a_first_conversation_is_due_until_it_was(other: Ledger) -> None:
    other.take(line(NOOR, "2011-03", "2026-11-16"))
    ask = other.filters("2026-01-01", "2026-11-18")
    (due,) = other.do(counts.today(other.store, ask, now=other.now)).first_due
    assert (due.child, due.due) == (NOOR, date(2026, 11, 23))
    other.talk(NOOR, "2026-11-17", state="other", who="parent")
    assert other.do(counts.today(other.store, ask, now=other.now)).first_due == ()


def test_a_worker_in_two_teams_leaves_children_where_the_roster_has_them(other: Ledger) -> None:
    other.take(
        line(NOOR, "2011-03", "2026-01-05", team="wilg", worker="Sam", worker_since="2026-01-05"),
        line(DAAN, "2018-05", "2026-01-05", team="els", worker="Sam", worker_since="2026-01-05"),
    )
    for team, child in (("wilg", NOOR), ("els", DAAN)):
        filters = other.filters("2026-01-01", "2026-11-18", team=team)
        found = other.do(counts.today(other.store, filters, now=other.now))
        assert [(one.child, one.worker) for one in found.waiting] == [(child, "Sam")]


def test_what_was_stated_late_stands_beside_the_denominator(other: Ledger) -> None:
    other.on("2026-10-01")
    other.take(line(NOOR, "2011-03", "2026-01-05"))
    other.on("2026-11-18")
    other.take(
        line(NOOR, "2011-03", "2026-01-05", end="2026-11-10"),
        line(DAAN, "2018-05", "2026-11-10"),
        line(EMMA, "2016-02", "2026-11-11"),
    )
    found = other.do(counts.today(other.store, other.filters("2026-01-01", "2026-11-18"), now=other.now))
    assert (found.entered_late, found.ended_late) == (Number(1, 2, "def.roster"), Number(1, 1, "def.roster"))


def test_a_talk_with_a_child_that_is_not_in_the_roster_stands_apart(other: Ledger) -> None:
    other.talk(NOOR, "2026-11-10")
    filters = other.filters("2026-11-01", "2026-11-18")
    assert other.do(counts.over_time(other.store, filters, now=other.now)).realised.value == 0
    assert other.do(counts.today(other.store, filters, now=other.now)).outside == Number(1, 1, "def.denominator")
    other.take(line(NOOR, "2011-03", "2026-01-05"))
    assert other.do(counts.over_time(other.store, filters, now=other.now)).realised.value == 1


def test_a_new_norm_leaves_the_days_before_it_as_they_were_judged(other: Ledger) -> None:
    other.take(line(NOOR, "2011-03", "2026-01-05"))
    other.talk(NOOR, "2026-10-01")
    filters = other.filters("2026-01-01", "2026-11-18")
    before = other.do(counts.spread(other.store, filters, now=other.now)).days
    other.norm("yearly", "2026-11-19", number=1)
    assert other.do(counts.spread(other.store, filters, now=other.now)).days == before
    other.on("2026-11-19")
    found = other.do(counts.today(other.store, other.filters("2026-01-01", "2026-11-19"), now=other.now))
    assert found.within == Number(1, 1, "def.norm")


def test_what_children_thought_is_shown_from_five_and_never_exactly_at_the_ends(other: Ledger) -> None:
    def think(team: str, month: str, value: str, number: int) -> None:
        for n in range(number):
            child = f"{team} {month} {value} {n}"
            other.begun(child)
            given = {"child": child, "team": team, "month": month, "question": "said", "value": value}
            other.store.write_sync(partial(Tx.count_after, **given))

    think("wilg", "2026-10", "yes", 4)
    think("els", "2026-10", "yes", 20)
    think("els", "2026-10", "skipped", 2)
    think("eik", "2026-10", "yes", 3)
    think("eik", "2026-10", "no", 3)
    think("eik", "2026-11", "no", 4)
    filters = other.filters("2026-10-01", "2026-11-18")
    found = other.do(counts.experience(other.store, filters, now=other.now)).thoughts
    assert [(one.team, one.answers, one.yes, one.skipped) for one in found] == [
        ("eik", 6, "50", 0),
        ("els", 20, ">90", 2),
        ("wilg", None, None, None),
    ]


def test_what_is_given_again_says_when_it_was_computed_and_only_until_something_changes(other: Ledger) -> None:
    other.take(line(NOOR, "2011-03", "2026-01-05", worker="Sam", worker_since="2026-01-05"))
    filters = other.filters("2026-01-01", "2026-11-18")

    def ask(seconds: int) -> counts.Today:
        return other.do(counts.today(other.store, filters, now=other.now + timedelta(seconds=seconds)))

    assert ask(20).at == ask(0).at == other.now + timedelta(seconds=20)
    assert ask(90).at == other.now + timedelta(seconds=90), "a minute at most"
    other.talk(NOOR, "2026-11-17")
    assert (ask(91).at, ask(91).within.value) == (other.now + timedelta(seconds=91), 1)
    other.begun(DAAN)
    assert ask(92).outside.of == 2
    other.do(people.deactivate(other.store, "Sam", now=other.now))
    assert ask(93).without_reader.value == 1


def answers(other: Ledger, team: str, quarter: str, question: str, **numbers: int) -> None:
    """So many children of a team who answered so."""
    for value, number in numbers.items():
        for n in range(number):
            child = f"{team} {quarter} {value} {n}"
            other.begun(child)
            given = {"child": child, "team": team, "quarter": quarter, "question": question, "value": value}
            other.store.write_sync(partial(Tx.count_quarter, **given))


def test_what_children_say_of_a_quarter_counts_in_teams_of_five_and_never_exactly_at_the_ends(other: Ledger) -> None:
    answers(other, "wilg", "2026-Q4", "safer", yes=4, skipped=3)
    answers(other, "els", "2026-Q4", "safer", yes=2, some=2, no=1, skipped=9)
    answers(other, "eik", "2026-Q4", "safer", yes=3, unknown=2)
    answers(other, "els", "2026-Q3", "safer", some=11, no=1)
    answers(other, "els", "2026-Q2", "safer", yes=20)
    answers(other, "els", "2026-Q4", "worker", skipped=6)
    found = other.do(points.evaluation(other.store, other.filters("2026-07-01", "2026-11-18"), now=other.now))
    assert [(one.quarter, one.answers, one.yes, one.no, one.left_out) for one in found.of("safer")] == [
        ("2026-Q3", 12, "<10", "<10", 0),
        ("2026-Q4", 10, "50", "10", 1),
    ]
    # Whoever skipped answered nothing: that is not measured.
    assert [(one.answers, one.left_out) for one in found.of("worker")] == [(None, 0), (None, 0)]
    assert found.of("school")[1].answers is None


def test_one_team_sees_its_own_answers_and_a_team_under_five_is_in_no_sum(other: Ledger) -> None:
    answers(other, "wilg", "2026-Q4", "school", yes=4)
    answers(other, "els", "2026-Q4", "school", no=5)
    other.take(line(NOOR, "2011-03", "2026-01-05", team="wilg"), line(DAAN, "2011-03", "2026-01-05", team="els"))
    of = {}
    for chosen in ({}, {"team": "wilg"}, {"team": "els", "age": "12-15"}):
        filters = other.filters("2026-10-01", "2026-11-18", **chosen)
        found = other.do(points.evaluation(other.store, filters, now=other.now))
        (said,) = found.of("school")
        of[chosen.get("team")] = (said.answers, said.yes, said.no, said.left_out)
    assert of == {None: (5, "<10", ">90", 1), "wilg": (None, None, None, 1), "els": (5, "<10", ">90", 0)}
    assert found.ignored == ("age",)


# --- the lists behind numbers -----------------------------------------------------------------------------------------


def test_children_by_how_they_stand_whoever_is_silent_longest_first(gi: Ledger) -> None:
    filters = gi.filters("2026-01-01", "2026-11-18")

    def standing(what: str, **more: int) -> list[tuple[str, int]]:
        found = gi.do(counts.standing(gi.store, filters, what, now=gi.now, **more))
        assert len(found.rows) <= found.number.value
        return [(one.child, one.days) for one in found.rows]

    # Of the three who are left on 18 November Daan was spoken to on 5 October, and Noor on the second. Lotte is two,
    # and with her the days run from when she came.
    everybody = standing("all")
    assert dict(everybody) | {LOTTE: 0} == {DAAN: 44, NOOR: 16, LOTTE: 0}
    assert [days for _, days in everybody] == sorted((days for _, days in everybody), reverse=True)
    assert standing("within") == [(NOOR, 16)]
    assert standing("over") == [(DAAN, 44)]
    assert [child for child, _ in standing("young")] == [LOTTE]
    assert standing("worker") == []
    assert standing("all", skip=1, limit=1) == everybody[1:2]
    assert standing("all", skip=3) == []


def test_all_measures_of_a_clock_late_ones_first_in_parts(gi: Ledger) -> None:
    filters = gi.filters("2026-01-01", "2026-11-18")
    listed = gi.do(counts.kpis(gi.store, filters, now=gi.now))
    for what, whole in (("worker", listed.worker), ("first", listed.first), ("plan", listed.plan)):
        parts = [
            gi.do(counts.clock(gi.store, filters, what, now=gi.now, skip=skip, limit=2)).clock
            for skip in range(0, whole.measures + 2, 2)
        ]
        assert {(one.number, one.running, one.measures) for one in parts} == {
            (whole.number, whole.running, whole.measures)
        }
        assert tuple(row for one in parts for row in one.rows) == whole.rows
