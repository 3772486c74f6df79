"""The demonstration for numbers only: exactly as many rows as asked for, right sums, and nothing that was ever said."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kindstem import counts, recounting, tally
from kindstem.config import Config
from kindstem.counts import points
from kindstem.demo import build, folder, national, report
from kindstem.demo.folder import Made
from kindstem.demo.national import Size
from kindstem.errors import SetupFault
from kindstem.store import Store

KINDSTEM = Path(sys.executable).with_name("kindstem")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
SIZE = Size(150, 2_500)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Config, list[str]]:
    config, told = Config(data=tmp_path_factory.mktemp("national") / "data", demo=True), []
    return national.build(config, SIZE, now=NOW, tell=told.append), config, told


@pytest.fixture(scope="module")
def store(made: tuple[Made, Config, list[str]]) -> Iterator[Store]:
    found = Store.open(made[1].database)
    yield found
    found.close()


def test_it_has_exactly_so_many_children_and_rows_and_nothing_that_was_said(store: Store) -> None:
    with store.reading() as r:
        found = {
            table: r._one(f"select count(*) from {table}")[0]
            for table in ("roster", "contacts", "entries", "talks", "devices", "lists")
        }
    assert found == {"roster": 150, "contacts": 2_500, "entries": 0, "talks": 0, "devices": 0, "lists": 0}


def test_judged_days_and_sums_are_what_roster_and_rows_come_to(store: Store) -> None:
    with store.reading() as r:
        sums: Counter[tally.Tally] = Counter()
        for listed in r.all_listed():
            rows = r.contacts_of(listed.child)
            assert [place for _, place in rows] == [tally.place_on(listed, one.day) for one, _ in rows]
            days = tally.standings(listed, r.norms(), sorted(one.day for one, _ in rows if one.state == "realised"))
            assert days == r.standings_of(listed.child)
            sums += tally.contact_tallies(rows) + tally.child_tallies(days)
        assert sums == r.tallies()


def test_the_pages_have_something_to_say(store: Store) -> None:
    choices = asyncio.run(counts.choices(store, now=NOW))
    filters = counts.filters_of({}, choices, today=NOW.date())
    today = asyncio.run(counts.today(store, filters, now=NOW))
    assert 0 < today.within.value < (today.within.of or 0)
    found = asyncio.run(points.evaluation(store, filters, now=NOW))
    assert 0 < found.spoken.value < (found.spoken.of or 0)
    assert any(one.answers for one in found.of("safer"))


def test_it_says_loudly_what_it_is(made: tuple[Made, Config, list[str]]) -> None:
    town, config, told = made
    assert "NUMBERS ONLY" in told[0]
    assert told[-1].split() == ["150", "of", "150", "children,", "2500", "of", "2500", "rows", "of", "talks"]
    text = report.people_text(town, "http://localhost:8000", data=config.data, now=NOW)
    assert "NUMBERS ONLY: a roster and 2500 rows of talks." in text
    assert "/desk/" not in text
    plain = report.as_json(town, None, "http://localhost:8000", data=config.data, certificate=None, now=NOW)
    assert (plain["contacts"], plain["enrolment"], plain["children"]) == (2_500, None, [])
    assert folder.read(config.data) == town


def test_a_recount_is_refused_where_it_would_throw_everything_away(store: Store) -> None:
    for mend in (False, True):
        with pytest.raises(SetupFault, match="numbers only"):
            asyncio.run(recounting.recount(store, mend=mend))


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        (["--children", "301"], "give --contacts"),
        (["--children", "150", "--contacts", "2600"], "--fresh"),
        (["--children", "151", "--contacts", "2500"], "--fresh"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(
    made: tuple[Made, Config, list[str]], wishes: list[str], sentence: str
) -> None:
    command = [KINDSTEM, "demo", "--data", made[1].data, "--port", "0", *wishes]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    assert sentence in ran.stderr
    assert build.opened(made[1].data) == made[0]
