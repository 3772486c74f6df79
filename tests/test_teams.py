"""Where children wait, team by team, and whether it gets better: computed by hand."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kindstem.counts import Number
from kindstem.counts.teams import JUDGED, Silent, Stood, Team, judged, teams, trend
from kindstem.domain import Role
from tests.ledger import Ledger, line

HEARD, LATE, NEVER, ALONE, NEW, YOUNG = (f"K000-0000{n}" for n in range(6))
SINCE = "2026-06-01"


@pytest.fixture
def gi(tmp_path: Path) -> Iterator[Ledger]:
    """Els has three jeugdbeschermers, Wilg one, and one child has neither team nor worker. Wednesday 18 November."""
    found = Ledger(tmp_path / "data")
    found.on("2026-06-01")
    found.norm("monthly", "2026-06-01")
    found.person("Wim", Role.WORKER)
    found.on("2026-11-18")
    els = {"team": "els", "worker_since": SINCE}
    found.take(
        line(HEARD, "2012-05", SINCE, worker="Sam", **els),
        line(LATE, "2012-05", SINCE, worker="Vera", **els),
        line(NEVER, "2012-05", SINCE, worker="Wim", **els),
        line(ALONE, "2012-05", SINCE, worker="Sam", team="wilg", worker_since=SINCE),
        line(NEW, "2012-05", "2026-11-10"),
        line(YOUNG, "2024-01", SINCE, worker="Sam", **els),
    )
    for child, day in ((HEARD, "2026-08-01"), (HEARD, "2026-11-01"), (LATE, "2026-10-17"), (ALONE, "2026-11-10")):
        found.talk(child, day)
    yield found
    found.close()


def test_teams_stand_by_how_many_wait_and_small_ones_without_a_share(gi: Ledger) -> None:
    found = gi.do(teams(gi.store, gi.filters("2026-01-01", "2026-11-18"), now=gi.now))
    assert (found.day, found.earlier) == (date(2026, 11, 18), date(2026, 8, 18))
    # name, children, judged, within, waiting, under four, without worker, longest, small, three months earlier
    assert found.teams == (
        Team("els", 4, 3, 1, 2, 1, 0, 170, False, Number(1, 3, "def.norm")),
        Team(None, 1, 1, 1, 0, 0, 1, None, True, None),
        Team("wilg", 1, 1, 1, 0, 0, 0, None, True, None),
    )
    assert [one.share for one in found.teams] == [Number(1, 3, "def.norm"), None, None]


def test_whoever_waits_longest_may_be_elsewhere_than_most_who_wait(gi: Ledger) -> None:
    gi.talk(NEVER, "2026-11-17")
    gi.talk(LATE, "2026-11-17")
    for name in ("Ada", "Bo"):
        gi.person(name, Role.WORKER)
    wilg = {"team": "wilg", "worker_since": SINCE}
    gi.take(
        line(HEARD, "2012-05", SINCE, worker="Sam", team="els", worker_since=SINCE),
        line(ALONE, "2012-05", SINCE, worker="Sam", **wilg),
        line("K000-00007", "2012-05", SINCE, worker="Ada", **wilg),
        line("K000-00008", "2012-05", "2026-10-01", worker="Bo", **wilg),
    )
    found = gi.do(teams(gi.store, gi.filters("2026-01-01", "2026-11-18"), now=gi.now)).teams
    assert [(one.name, one.waiting, one.longest, one.small) for one in found] == [
        ("wilg", 2, 170, False),
        ("els", 0, None, False),
        (None, 0, None, True),
    ]


def test_a_choice_of_children_narrows_what_a_team_has(gi: Ledger) -> None:
    found = gi.do(teams(gi.store, gi.filters("2026-01-01", "2026-11-18", age="0-3"), now=gi.now)).teams
    assert found == (Team("els", 1, 0, 0, 0, 1, 0, None, True, None),)


def test_how_children_stood_at_the_end_of_each_month(gi: Ledger) -> None:
    found = gi.do(trend(gi.store, gi.filters("2026-09-15", "2026-11-18"), now=gi.now))
    assert found == (
        Stood("2026-09", date(2026, 9, 30), 4, 0),
        Stood("2026-10", date(2026, 10, 31), 4, 1),
        Stood("2026-11", date(2026, 11, 18), 5, 3),
    )


def test_behind_such_a_day_are_the_children_of_that_day(gi: Ledger) -> None:
    filters, day = gi.filters("2026-09-15", "2026-11-18"), date(2026, 10, 31)
    over = gi.do(judged(gi.store, filters, day, "over", now=gi.now))
    assert (over.number, over.rows) == (
        Number(3, 4, "def.norm"),
        (
            Silent(NEVER, "els", None, 152),
            Silent(ALONE, "wilg", None, 152),
            Silent(HEARD, "els", date(2026, 8, 1), 91),
        ),
    )
    assert gi.do(judged(gi.store, filters, day, "over", now=gi.now, skip=2, limit=1)).rows == over.rows[2:]
    within = gi.do(judged(gi.store, filters, day, "within", now=gi.now))
    assert within.rows == (Silent(LATE, "els", date(2026, 10, 17), 14),)


def test_before_there_was_a_norm_nobody_is_judged(gi: Ledger) -> None:
    filters = gi.filters("2026-05-01", "2026-06-10")
    assert [one.judged for one in gi.do(trend(gi.store, filters, now=gi.now))] == [0, 5 - 1]
    for what in JUDGED:
        found = gi.do(judged(gi.store, filters, date(2026, 5, 31), what, now=gi.now))
        assert (found.number, found.rows) == (Number(0, 0, "def.norm"), ())
