"""The silence of adults, from the parcel to the page of whoever counts: how long children wait, and who is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from kindstem import counts, roster
from kindstem.counts import Contradicted, Silence
from kindstem.counts.contradicted import contradicted
from kindstem.domain import Role
from kindstem.signing import random_id
from tests.cast import PAPER, Answered, Town, id_of
from tests.ledger import Ledger, file_of, line
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


@pytest.mark.promise("P9")
def test_a_message_to_a_confidant_that_nobody_opened_is_counted_and_not_named(counting: Town) -> None:
    town = counting
    assert town.noor.send(town.noor.say("confidant"), to="confidant.1").status == 201
    later(town, 9)
    found = silence(town)
    assert (found.unopened.value, found.overdue.value, found.rows) == (1, 1, ())
    assert town.noor.send(town.noor.say()).status == 201
    found = silence(town)
    assert (found.unopened.value, [(one.child, one.number, one.working_days) for one in found.rows]) == (
        2, [(town.noor.child, 1, 0)]
    )  # fmt: skip


# --- what children contradict -----------------------------------------------------------------------------------------

REACTION = {"v": 1, "lang": "nl", "prompt": "Klopt dat?", "value": "Nee, dat klopt niet", "parts": []}


def answered(town: Town) -> str:
    """An answer of Sam to Noor."""
    data = town.sam.seal(town.noor)
    assert town.sam.send(data).status == 201
    return id_of(data)


def reacts(town: Town, to: str) -> Answered:
    """What Noor says of something on her phone, with the header that tells it."""
    return town.noor.send(town.noor.say(), headers={"Kindstem-Reacts": to})


def reacts_on_tablet(town: Town, to: str) -> Answered:
    """The same, said on Sam's tablet."""
    listed = {"readers_list": town.noor.lists["worker"], "child_reading": town.noor.acted.reading}
    said = town.sam.keys.seal_said("reaction", REACTION, at=town.clock(), **listed)
    return town.sam.send(said, headers={"Kindstem-Reacts": to})


def contradicting(town: Town) -> int:
    begun, ended = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    return town.store.read_sync(lambda r: r.contradicting(begun, ended))


def test_a_no_counts_until_the_child_takes_it_back_and_a_child_counts_once(town: Town) -> None:
    first, second = answered(town), answered(town)
    assert reacts(town, f"{first}.y").status == 201
    assert contradicting(town) == 0
    assert reacts(town, f"{first}.n").status == 201
    assert reacts(town, f"{second}.n").status == 201
    assert contradicting(town) == 1
    assert reacts(town, f"{first}.y").status == 201
    assert contradicting(town) == 1
    assert reacts(town, f"{second}.y").status == 201
    assert contradicting(town) == 0
    assert reacts(town, f"{second}.n").status == 201
    assert contradicting(town) == 1


def test_what_a_child_said_on_its_phone_no_tablet_takes_back(town: Town) -> None:
    answer = answered(town)
    assert reacts_on_tablet(town, f"{answer}.n").status == 201
    assert contradicting(town) == 1
    assert reacts_on_tablet(town, f"{answer}.y").status == 201
    assert contradicting(town) == 0
    assert reacts(town, f"{answer}.n").status == 201
    assert reacts_on_tablet(town, f"{answer}.y").status == 201
    assert contradicting(town) == 1
    assert reacts(town, f"{answer}.y").status == 201
    assert contradicting(town) == 0


def test_words_are_not_refused_for_what_is_no_answer_to_this_child_and_it_is_not_counted(town: Town) -> None:
    own = town.noor.say()
    assert town.noor.send(own).status == 201
    milans = town.iris.seal(town.milan)
    assert town.iris.send(milans).status == 201
    confidants = town.jo.seal(town.noor, readers_list=town.noor.lists["confidant"])
    assert town.jo.send(confidants, to="confidant.1").status == 201
    paper = town.sam.seal(town.noor, "perspective", doc=PAPER)
    assert town.sam.send(paper, document="plan.2026-12-03").status == 201
    for none in (random_id(), *map(id_of, (own, milans, confidants, paper))):
        assert reacts(town, f"{none}.n").status == 201
        assert reacts_on_tablet(town, f"{none}.n").status == 201
    assert contradicting(town) == 0


def test_only_the_child_in_its_worker_circle_reacts_and_in_one_form(town: Town) -> None:
    answer = answered(town)
    for wrong in ("", answer, f"{answer}.", f"{answer}.yes", f"{answer}.n.n", "an answer.n"):
        assert reacts(town, wrong).code == "bad-request"
        assert reacts_on_tablet(town, wrong).code == "bad-request"
    told = {"Kindstem-Reacts": f"{answer}.n"}
    for circle, to in (("self", "self"), ("confidant", "confidant.1")):
        assert town.noor.send(town.noor.say(circle), to=to, headers=told).code == "bad-request"
    assert town.sam.send(town.sam.seal(town.noor), headers=told).code == "bad-request"
    assert contradicting(town) == 0


def test_the_same_words_again_say_nothing_new(town: Town) -> None:
    answer, data = answered(town), town.noor.say()
    assert town.noor.send(data, headers={"Kindstem-Reacts": f"{answer}.n"}).status == 201
    for header in (f"{answer}.n", f"{answer}.y"):
        assert town.noor.send(data, headers={"Kindstem-Reacts": header}).status == 200
    assert contradicting(town) == 1
    plain = town.noor.say()
    assert town.noor.send(plain).status == 201
    assert town.noor.send(plain, headers={"Kindstem-Reacts": f"{answer}.y"}).status == 200
    assert contradicting(town) == 1


def test_neither_a_colleague_nor_nobody_says_it_for_a_child(town: Town) -> None:
    answer = answered(town)
    listed = {"readers_list": town.noor.lists["worker"], "child_reading": town.noor.acted.reading}
    said = town.iris.keys.seal_said("reaction", REACTION, at=town.clock(), **listed)
    told = {"Kindstem-Reacts": f"{answer}.n"}
    assert town.iris.send(said, headers=told).status == 404
    assert town.milan.send(town.noor.say(), headers=told).status >= 400
    assert contradicting(town) == 0


def test_what_a_child_said_of_an_answer_is_never_changed(town: Town) -> None:
    assert reacts(town, f"{answered(town)}.n").status == 201
    for change in ("update answer_reactions set says = 'yes'", "delete from answer_reactions"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            town.store.write_sync(lambda tx, change=change: tx._do(change))  # type: ignore[misc]


@pytest.fixture
def gi(tmp_path: Path) -> Iterator[Ledger]:
    """An organisation of six children, on 18 November."""
    found = Ledger(tmp_path / "data")
    found.take(*(line(f"K000-0000{n}", "2012-01", "2026-01-05", team="els") for n in range(6)))
    yield found
    found.close()


@pytest.mark.promise("P9")
def test_children_are_counted_from_five_up_and_of_whole_months(gi: Ledger) -> None:
    def now() -> Contradicted:
        return gi.do(contradicted(gi.store, now=gi.now))

    for n in range(4):
        gi.reacted(f"K000-0000{n}", "2026-10-31", so=False)
    gi.reacted("K000-00004", "2025-10-31", so=False)
    gi.reacted("K000-00004", "2026-10-02", so=True)
    last = gi.reacted("K000-00005", "2026-11-01", so=False)
    assert now() == Contradicted(date(2025, 11, 1), date(2026, 11, 1), None)
    gi.reacted("K000-00004", "2025-11-01", so=False)
    assert now().children == 5
    # What is said in this month tells nobody anything until it is over.
    gi.reacted("K000-00005", "2026-11-02", so=True, to=last)
    assert now().children == 5


@pytest.mark.promise("P9")
def test_the_page_tells_it_over_all_children_and_to_nobody_who_sees_one_team(town: Town) -> None:
    assert reacts(town, f"{answered(town)}.n").status == 201
    bas, leader = town.counter("Bas", Role.MANAGER), town.counter("Lea", Role.LEADER, team="els")
    said = "zeiden minder dan 5 kinderen dat een antwoord op hun bericht niet klopt"
    assert said in text(page(bas, "experience"))
    assert said not in text(page(bas, "experience?age=12-15"))
    assert said not in text(page(leader, "experience"))
