"""The commands that let numbers leave: a file that is new, a note of who took it, tokens shown once."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kindstem.calendar import local_day
from kindstem.cli import main
from kindstem.exports import hash_of, newest_month
from kindstem.store import Store
from tests.ledger import Ledger, line

NEWEST = newest_month(local_day(datetime.now(UTC)))
"""The newest month that is settled on the day of the test: these commands go by this computer's clock."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An organisation with six children of Ede under a measure for five months."""
    folder = tmp_path_factory.mktemp("reporting") / "data"
    begun = (datetime.now(UTC) - timedelta(days=150)).date().isoformat()
    ledger = Ledger(folder, datetime.now(UTC))
    ledger.take(*(line(f"K{n:03}-00000", "2012-03", begun, team="wilg", municipality="Ede") for n in range(6)))
    ledger.close()
    return folder


def kindstem(data: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(data)])


def report(data: Path, output: Path, *more: str) -> Result:
    words = ("report", "--format", "json", "--by", "Ruth", "-o", str(output))
    return kindstem(data, *words, "--from", NEWEST, "--to", NEWEST, *more)


def test_a_report_is_a_new_file_for_its_owner_only_and_is_noted(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    done = report(data, output)
    assert done.exit_code == 0, done.output
    found = json.loads(output.read_text("utf-8"))
    assert found["hash"] == hash_of(found["numbers"])
    assert found["hash"] in done.output
    # Six children, none of them spoken to: how many of the six is not said, nor that it is all of them.
    (period,) = found["numbers"]["periods"]
    assert period["tables"]["children"][0] == ["all", "", [None, None, 6]]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    store = Store.open(data / "kindstem.db")
    (noted,) = store.read_sync(lambda r: r.taken(1))
    store.close()
    assert (noted.by, noted.way, noted.form, noted.hash) == ("Ruth", "command", "json", found["hash"])


def test_a_report_never_overwrites(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    output.write_text("mine", "utf-8")
    done = report(data, output)
    assert (done.exit_code, output.read_text("utf-8")) == (1, "mine")
    assert "exists already" in done.output


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--from", "2026-13"), "A month is written as year and month"),
        (("--municipality", "Nergens"), "municipality"),
        (("--by", " "), "--by has 1 to 80 characters."),
        (("--from", "2001-01"), "36 months"),
    ],
)
def test_what_cannot_be_leaves_no_file(data: Path, tmp_path: Path, more: tuple[str, ...], sentence: str) -> None:
    output = tmp_path / "report.json"
    done = report(data, output, "--lang", "en", *more)
    assert done.exit_code == 1
    assert sentence in done.output
    assert not output.exists()


def test_a_token_is_shown_once_listed_and_revoked(data: Path) -> None:
    until = (datetime.now(UTC) + timedelta(days=100)).date().isoformat()
    given = kindstem(data, "tokens", "add", "--municipality", "Ede", "--until", until)
    assert given.exit_code == 0, given.output
    secret = given.output.strip().splitlines()[-1]
    assert secret.startswith("kindstem-")
    listed = kindstem(data, "tokens", "list").output
    assert secret not in listed
    name = listed.split()[0]
    assert f"{name}  Ede  until {until}" in listed
    assert kindstem(data, "tokens", "revoke", name).output == "Revoked.\n"
    assert "revoked" in kindstem(data, "tokens", "list").output
    assert kindstem(data, "tokens", "revoke", name).exit_code == 1
    refused = kindstem(data, "tokens", "add", "--municipality", "Nergens", "--until", until)
    assert (refused.exit_code, "Nergens" in refused.output) == (1, False)
