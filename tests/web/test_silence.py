"""The silence of adults, from the parcel to the page of whoever counts: how long children wait, and who is named."""

from __future__ import annotations

from functools import partial

import pytest

from kindstem import counts, roster
from kindstem.counts import Silence
from tests.cast import Town, id_of
from tests.ledger import file_of, line
from tests.web.test_asking import page, text


@pytest.fixture
def counting(town: Town) -> Town:
    """Noor and Daan are in the roster, in two teams."""
    lines = [
        line(town.noor.child, "2011-03", "2026-01-05", team="Haven", worker="Sam"),
        line(town.daan, "2018-05", "2026-01-05", team="Wilg", worker="Iris"),
    ]
    taken = town.call(partial(roster.take_in, apply=True, now=town.clock()), town.store, file_of(*lines))
    assert not taken.refused
    return town


def told(town: Town, *, to: str = "worker") -> str:
    """Something Noor says and a reader opens."""
    said = town.noor.say(to)
    assert town.noor.send(said, to=f"{to}.1").status == 201
    reader = town.sam if to == "worker" else town.jo
    assert reader.read(id_of(said)).status == 200
    return id_of(said)


def later(town: Town, days: int) -> None:
    """Days pass, and whoever works here signs in anew."""
    town.clock.ahead(days=days)
    for one in (town.sam, town.jo, town.ruth):
        assert one.sign_in().status == 200


def silence(town: Town, **chosen: str) -> Silence:
    """What is counted now."""
    choices = town.call(partial(counts.choices, town.store, now=town.clock()))
    filters = counts.filters_of(chosen, choices, today=town.clock().date())
    found: Silence = town.call(partial(counts.silence, town.store, filters, now=town.clock()))
    return found


def test_the_days_of_who_waits_longest_run_from_its_first_message_without_an_answer(counting: Town) -> None:
    town = counting
    assert (silence(town).unanswered.value, silence(town).longest, silence(town).median) == (0, None, None)
    told(town)
    later(town, 9)
    told(town)
    found = silence(town)
    assert (found.unanswered.value, found.longest, found.median) == (1, 9, 9)
    assert [(one.child, one.team, one.worker, one.days) for one in found.silent] == [
        (town.noor.child, "Haven", "Sam", 9)
    ]
    assert silence(town, team="Wilg").longest is None
    assert silence(town, team="Wilg").silent == ()
    assert town.sam.send(town.sam.seal(town.noor)).status == 201
    assert (silence(town).unanswered.value, silence(town).longest, silence(town).silent) == (0, None, ())


def test_the_page_says_how_long_and_for_whom(counting: Town) -> None:
    town = counting
    told(town)
    later(town, 9)
    found = text(page(town.ruth, "experience"))
    assert "Daarvan het langst, in dagen 9 Dagen sinds het oudste van deze berichten kwam." in found
    assert "De helft van deze kinderen wacht hooguit 9 dagen." in found
    assert "Kinderen die na een geopend bericht niets terugkregen" in found
    assert town.noor.child in found


@pytest.mark.promise("P9")
def test_who_waits_for_a_confidant_is_counted_and_not_named(counting: Town) -> None:
    town = counting
    told(town, to="confidant")
    later(town, 4)
    found = silence(town)
    assert (found.unanswered.value, found.longest, found.silent) == (1, 4, ())
    # What it said to its readers is as old as that message, and not as the other.
    told(town)
    later(town, 2)
    assert (silence(town).longest, [one.days for one in silence(town).silent]) == (6, [2])
    assert town.noor.child in page(town.ruth, "experience")
