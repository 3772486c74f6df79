"""The commands of whoever keeps roster, norms and calendar: what they say, and with which status they end."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kindstem import people
from kindstem.calendar import local_day
from kindstem.cli import main
from kindstem.config import Config
from kindstem.keyfile import KeyFile
from kindstem.log import Log
from kindstem.store import Store
from tests.ledger import file_of, line

NOOR, DAAN = "K7Q2-M9XWB", "K000-00001"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An organisation's folder."""
    config = Config(data=tmp_path / "data")
    config.data.mkdir()
    KeyFile.create(config.key_file)
    store = Store.open(config.database, create=True)
    asyncio.run(people.found_org(store, "De Vaart"))
    Log.open(store, config, now=datetime.now(UTC))
    store.close()
    return config.data


def kindstem(*arguments: Any) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], catch_exceptions=False)


def written(data: Path, *lines: dict[str, str]) -> Path:
    path = data / "roster.csv"
    path.write_bytes(file_of(*lines))
    return path


def test_a_dry_run_says_what_would_change_and_apply_changes_it(data: Path) -> None:
    path = written(data, line(NOOR, "2011-03", "2026-01-05", team="wilg"))
    dry = kindstem("roster", "import", path, "--data", data)
    assert (dry.exit_code, NOOR in dry.output, "--apply" in dry.output) == (0, True, True)
    applied = kindstem("roster", "import", path, "--data", data, "--apply", "--lang", "en")
    assert applied.output.splitlines()[0] == "Taken in: 1 lines."
    again = json.loads(kindstem("roster", "import", path, "--data", data, "--apply", "--json").output)
    assert (again["applied"], again["added"], again["changed"]) == (True, [], {})


def test_a_refused_line_is_said_without_what_it_holds_and_ends_with_status_1(data: Path) -> None:
    path = written(data, line(NOOR, "2011-03", "2026-01-05"), line(DAAN, "2018-05", "2026-01-05", family="Jansen"))
    ran = kindstem("roster", "import", path, "--data", data, "--apply", "--lang", "en")
    assert ran.exit_code == 1
    assert ran.output.splitlines()[0] == f"Line 3 ({DAAN}): column family has a value that cannot stand there."
    assert "Jansen" not in ran.output
    assert "Taken in: 1 lines." in ran.output


def test_nine_digits_are_not_repeated(data: Path) -> None:
    path = written(data, line(NOOR, "2011-03", "2026-01-05", team="123456782"))
    ran = kindstem("roster", "import", path, "--data", data, "--apply")
    assert (ran.exit_code, "123456782" in ran.output, "BSN" in ran.output) == (1, False, True)


def test_fresh_kindnummers_are_printed_one_a_line(data: Path) -> None:
    assert len(set(kindstem("roster", "numbers", "--count", 5, "--data", data).output.split())) == 5


def test_a_norm_is_set_and_listed_with_who_and_why(data: Path) -> None:
    who = ("--by", "Ruth", "--why", "Board decision", "--data", data)
    assert kindstem("norm", "list", "--data", data).output.startswith("No norm yet.")
    assert kindstem("norm", "set", "monthly", "--from", "2026-01-01", *who).exit_code == 0
    tomorrow = local_day(datetime.now(UTC)) + timedelta(days=1)
    assert kindstem("norm", "set", "own", "--number", 8, "--gap", 60, "--from", tomorrow, *who).exit_code == 0
    listed = kindstem("norm", "list", "--data", data).output.splitlines()
    assert [one.split()[1] for one in listed] == ["monthly", "own:8/year,60d"]
    assert all("by Ruth: Board decision" in one for one in listed)


def test_the_months_before_a_decision_are_set_and_listed(data: Path) -> None:
    who = ("--by", "Ruth", "--why", "agreed", "--data", data)
    today = local_day(datetime.now(UTC)).isoformat()
    assert kindstem("norm", "heard", "2", "--from", today, *who).exit_code == 0
    last = kindstem("norm", "list", "--data", data).output.splitlines()[-1]
    assert last.startswith(f"{today}  heard within 2 months")
    for months, day, says in (("13", today, "1 to 12"), ("2", "2026-01-01", "begins today")):
        refused = kindstem("norm", "heard", months, "--from", day, *who)
        assert refused.exit_code == 1
        assert says in refused.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["monthly", "--number", 4, "--from", "2026-01-01"], "--number"),
        (["yearly", "--from", "2026-01-01"], "--number"),
        (["own", "--number", 4, "--from", "2026-01-01"], "--gap"),
    ],
)
def test_a_norm_that_cannot_be_gets_a_sentence(data: Path, arguments: list[Any], says: str) -> None:
    ran = kindstem("norm", "set", *arguments, "--by", "Ruth", "--why", "agreed", "--data", data)
    assert (ran.exit_code, says in ran.output) == (1, True)


def test_free_days_and_totals_are_kept(data: Path) -> None:
    assert kindstem("free-days", "--add", "2027-05-07", "--data", data).output == "2027-05-07\n"
    assert kindstem("free-days", "--remove", "2027-05-07", "--data", data).output == ""
    told = kindstem("roster", "reported", "2026-10-01", 1934, "--by", "Control", "--data", data)
    assert told.output == "1934 children on 2026-10-01, said by Control.\n"
    assert kindstem("roster", "reported", "2126-10-01", 1934, "--by", "Control", "--data", data).exit_code == 1


def test_the_recount_ends_with_status_1_until_it_is_mended(data: Path) -> None:
    path = written(data, line(NOOR, "2011-03", "2026-01-05"))
    kindstem("roster", "import", path, "--data", data, "--apply")
    assert "equals the recount" in kindstem("recount", "--data", data).output
    store = Store.open(Config(data=data).database)
    store.write_sync(lambda tx: tx._do("delete from stretches"))
    store.close()
    assert kindstem("recount", "--data", data).exit_code == 1
    assert kindstem("recount", "--data", data, "--mend").exit_code == 0
    assert kindstem("recount", "--data", data).exit_code == 0
