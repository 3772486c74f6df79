"""Lines for the contact journal: one for each talk of which something came in on a day, with no name and no word."""

import csv
import io
import json
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kindstem import journal
from kindstem.calendar import local_day
from kindstem.cli import main
from kindstem.domain import Contact
from kindstem.journal import Entry
from kindstem.wire import time_text
from kindstem.words import Words
from tests.cast import Answered, Professional, Town
from tests.web.test_talks import correction, withdrawal

NL = Words("nl")
CASES = json.loads((Path(__file__).parent / "vectors" / "journal.json").read_text("utf-8"))["cases"]


def row(first: str, record: dict[str, Any], *, level: str, realised: bool, withdrawn: bool) -> Contact:
    """The row that the server keeps of a talk like that."""
    start = datetime.fromisoformat(record["start"])
    held = record["t"] == "talk"
    minutes = int((datetime.fromisoformat(record["end"]) - start).total_seconds() // 60) if held else 0
    state = "withdrawn" if withdrawn else "realised" if realised else "other" if held else "notheld"
    asked = [record.get(name, "") for name in ("kind", "who", "planned")]
    return Contact(
        first, "K000-00000", local_day(start), start, minutes, *asked, "disputed" if level == "disputed" else state,
        record.get("reason"), level, "by", foreseen=False, late=False,
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_line_is_as_in_the_vectors(case: dict[str, Any]) -> None:
    assert set(case) == {"name", "first", "record", "level", "realised", "withdrawn", "talks", "line"}
    asked = {name: case[name] for name in ("level", "realised", "withdrawn")}
    found = journal.line(row(case["first"], case["record"], **asked), NL, corrected=case["talks"] > 1)
    assert found == case["line"]["nl"]


def accepted(answered: Answered) -> None:
    assert answered.status == 200, answered.json


def told(town: Town, day: date | None = None) -> list[tuple[str, str, str, bool]]:
    """What a day's entries say: what came in, of whom, the level, whether it counts."""
    day = day or local_day(town.clock())
    found: list[Entry] = town.call(lambda: journal.entries(town.store, day, now=town.clock()))
    return [(one.what, one.contact.child, one.contact.level, one.contact.state == "realised") for one in found]


def another_day(town: Town, *who: Professional) -> None:
    town.clock.ahead(days=1)
    for one in who:
        accepted(one.sign_in())


def test_a_talk_its_level_its_correction_and_its_withdrawal_stand_on_the_day_they_came_in(town: Town) -> None:
    noor, sam = town.noor, town.sam
    accepted(sam.vouch(noor))
    assert told(town) == []
    talk = sam.talk(noor)
    accepted(sam.hand_in(noor, talk))
    assert told(town) == [("new", noor.child, "D", True)]
    another_day(town, sam)
    assert told(town) == []
    accepted(noor.hand_in(noor.say_of(talk)))
    assert told(town) == [("level", noor.child, "B", True)]
    another_day(town, sam)
    fixed = correction(sam, talk, who="parent")
    accepted(sam.hand_in(noor, fixed))
    assert told(town) == [("corrected", noor.child, "D", False)]
    another_day(town, sam)
    accepted(sam.hand_in(noor, withdrawal(sam, talk, fixed)))
    assert [one[0] for one in told(town)] == ["withdrawn"]
    first = local_day(datetime.fromisoformat(talk.record["end"]))
    assert [one[0] for one in told(town, first)] == ["new"]


def test_a_talk_that_was_not_held_has_its_reason(town: Town) -> None:
    start = time_text(town.clock().replace(hour=8))
    at = time_text(town.clock())
    accepted(
        town.sam.hand_in(
            town.noor, town.sam.about_talk(town.noor, "notheld", plan=None, start=start, reason="refused", at=at)
        )
    )
    assert [one[0] for one in told(town)] == ["notheld"]
    (one,) = cells(town)
    assert (one["minutes"], one["kind"], one["reason"], one["counts"]) == ("", "", "refused", "no")
    assert "kind wilde niet" in one["line"]


def cells(town: Town) -> list[dict[str, str]]:
    day = local_day(town.clock())
    found = town.call(lambda: journal.entries(town.store, day, now=town.clock()))
    text = journal.as_csv(found, day, NL).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_file_has_codes_a_sentence_and_no_name(town: Town) -> None:
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    (one,) = cells(town)
    assert list(one) == list(journal.COLUMNS)
    assert (one["kindnummer"], one["worker"], one["minutes"], one["level"]) == (town.noor.child, town.sam.id, "30", "D")
    assert one["line"].endswith(f"Kenmerk {one['mark']}.")
    assert not {"Sam", "Noor", "school"} & set(" ".join(one.values()).replace(".", " ").split())


def command(town: Town, output: Path, day: str, by: str = "Nightly job") -> Result:
    words = ["journal", "export", "--data", str(town.folder), "--day", day, "--by", by, "-o", str(output)]
    return CliRunner().invoke(main, words)


def test_the_command_writes_a_new_file_and_notes_it(town: Town, tmp_path: Path) -> None:
    accepted(town.sam.hand_in(town.noor, town.sam.talk(town.noor)))
    output, day = tmp_path / "journal.csv", local_day(town.clock()).isoformat()
    done = command(town, output, day)
    assert done.exit_code == 0, done.output
    assert output.read_bytes().startswith(b"\xef\xbb\xbf")
    assert output.stat().st_mode & 0o777 == 0o600
    (noted,) = town.store.read_sync(lambda r: r.taken(1))
    assert (noted.by, noted.form, noted.since) == ("Nightly job", "journal", day)
    assert noted.hash == sha256(output.read_bytes()).hexdigest()
    listed = town.ruth.get("/numbers/take").content.decode()
    assert "regels voor het contactjournaal" in listed
    assert noted.hash[:32] in listed
    again = command(town, output, day)
    assert (again.exit_code, "exists already" in again.output) == (1, True)


@pytest.mark.parametrize(
    ("day", "by", "sentence"),
    [("2199-01-01", "Job", "lies ahead"), ("2026-01-01", " ", "1 to 80"), ("yesterday", "Job", "Invalid value")],
)
def test_what_cannot_be_leaves_no_file(town: Town, tmp_path: Path, day: str, by: str, sentence: str) -> None:
    done = command(town, tmp_path / "journal.csv", day, by)
    assert done.exit_code != 0
    assert sentence in done.output
    assert not (tmp_path / "journal.csv").exists()
    assert town.store.read_sync(lambda r: r.taken(1)) == []
