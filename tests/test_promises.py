"""Every numbered promise of privacy.md stands in both languages and is carried by at least one test."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (P\d+) \|", re.MULTILINE)
MARK = re.compile(r'pytest\.mark\.promise\(((?:"P\d+"(?:, )?)+)\)')


def promised() -> tuple[list[str], list[str]]:
    dutch, english = (ROOT / "privacy.md").read_text(encoding="utf-8").split("\n---\n")
    return ROW.findall(dutch), ROW.findall(english)


def test_both_languages_promise_the_same() -> None:
    dutch, english = promised()
    assert dutch == english
    assert len(dutch) == len(set(dutch)) > 0


def test_each_promise_has_a_test_that_carries_its_number() -> None:
    carried: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for marks in MARK.findall(path.read_text(encoding="utf-8")):
            carried.update(re.findall(r"P\d+", marks))
    dutch, _ = promised()
    assert set(dutch) - carried == set()
    assert carried - set(dutch) == set(), "a test carries a number that privacy.md does not promise"
