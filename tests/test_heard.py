"""Heard before a decision: what counts, and what does not, by the day."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kindstem.domain import Decision, DecisionKind
from kindstem.heard import Hearing, Version, Within, hearings, kind_of, months_on

DAY = date(2026, 10, 1)
EXTENSION = Decision("m1", "verlenging", DAY)


def version(made: str, **more: object) -> Version:
    plain: dict[str, object] = {
        "kind": DecisionKind.EXTENSION, "day": DAY, "made": date.fromisoformat(made), "offered": True,
        "quoted": date.fromisoformat(made), "reactions": (),
    }  # fmt: skip
    return Version(**(plain | more))  # type: ignore[arg-type]


def judged(*versions: Version, talks: tuple[str, ...] = ("2026-09-01",), decision: Decision = EXTENSION) -> Hearing:
    (found,) = hearings([decision], versions, [date.fromisoformat(day) for day in talks], [])
    return found


def test_a_talk_and_quoted_words_in_a_document_that_was_offered_is_heard() -> None:
    found = judged(version("2026-09-10"))
    assert (found.talk, found.written, found.offered, found.words, found.heard) == (True,) * 5
    assert not found.unread


def test_what_came_on_the_day_itself_was_not_before_it() -> None:
    assert not judged(version("2026-09-10"), talks=("2026-10-01",)).heard
    assert not judged(version("2026-10-01")).written


@pytest.mark.parametrize(("day", "heard"), [("2026-07-01", True), ("2026-06-30", False)])
def test_a_talk_counts_three_months_back(day: str, heard: bool) -> None:
    assert judged(version("2026-09-10"), talks=(day,)).heard is heard


def test_a_quote_of_older_words_is_none() -> None:
    found = judged(version("2026-09-10", quoted=date(2026, 6, 30)))
    assert (found.offered, found.words, found.heard) == (True, False, False)


def test_what_the_child_said_of_it_is_as_good_as_a_quote_if_it_came_in_time() -> None:
    said = version("2026-09-10", quoted=None, reactions=(date(2026, 9, 20),))
    assert judged(said).heard
    assert not judged(version("2026-09-10", quoted=None, reactions=(DAY,))).heard
    assert not judged(version("2026-09-10", quoted=None)).heard


def test_a_document_that_was_not_offered_is_completed_without_the_child_reading_it() -> None:
    found = judged(version("2026-09-10", offered=False))
    assert (found.written, found.unread, found.heard) == (True, True, False)
    both = judged(version("2026-09-10", offered=False), version("2026-09-12"))
    assert (both.unread, both.heard) == (False, True)


def test_words_in_one_that_was_not_offered_do_not_lend_themselves_to_another() -> None:
    assert not judged(version("2026-09-10", offered=False), version("2026-09-12", quoted=None)).heard


def test_on_a_tablet_what_the_child_says_of_it_shows_that_it_was_offered() -> None:
    found = judged(version("2026-09-10", offered=False, quoted=None, reactions=(date(2026, 9, 11),)))
    assert (found.offered, found.unread, found.heard) == (True, False, True)


def test_a_version_is_for_the_next_decision_of_its_kind_whatever_day_its_author_wrote() -> None:
    next_one = Decision("m1", "extension", date(2026, 12, 1))
    moved = version("2026-09-10", day=date(2026, 12, 1))
    first, second = hearings([next_one, EXTENSION], [moved], [date(2026, 9, 1)], [])
    assert (first.decision, first.heard, second.written) == (EXTENSION, True, False)
    # One of the day of a decision is for the one after it.
    first, second = hearings([EXTENSION, next_one], [version("2026-10-01")], [date(2026, 9, 10)], [])
    assert (first.written, second.heard) == (False, True)


def test_a_document_of_another_kind_is_for_another_decision() -> None:
    assert not judged(version("2026-09-10", kind=DecisionKind.PLAN)).written


def test_a_word_of_the_case_system_that_is_none_of_ours_takes_its_exact_day() -> None:
    word = Decision("m1", "perspectiefbesluit", DAY)
    assert judged(version("2026-09-10"), decision=word).heard
    assert not judged(version("2026-09-10", day=date(2026, 10, 2)), decision=word).written
    assert judged(version("2026-09-10", kind=DecisionKind.OTHER, day=date(2026, 10, 2)), decision=word).heard


def test_other_months_hold_from_their_day_on() -> None:
    at = datetime(2026, 8, 1, tzinfo=UTC)
    sets = [Within(DAY, 1, "Ruth", at, "agreed"), Within(DAY, 2, "Ruth", at.replace(month=9), "agreed")]
    assert [months_on(sets, day) for day in (date(2026, 9, 30), DAY)] == [3, 2]
    (found,) = hearings([EXTENSION], [version("2026-09-10")], [date(2026, 7, 31)], sets)
    assert (found.months, found.talk, found.words) == (2, False, True)


def test_the_desk_knows_the_same_words_for_decisions() -> None:
    script = (Path(__file__).parent.parent / "static/parts/desk-document.js").read_text("utf-8")
    line = next(one for one in script.splitlines() if one.startswith("const KNOWN = "))
    pairs = [pair.split(": ") for pair in line[line.index("{") + 1 : line.index("}")].split(",")]
    theirs = {word.strip(): kind.strip().strip('"') for word, kind in pairs}
    assert len(theirs) > 5
    assert {word: kind_of(word) for word in theirs} == theirs
