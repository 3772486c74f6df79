"""What the page that prepares a talk asks of the server: many bodies at once, and brothers and sisters."""

from typing import Any

import pytest

from kindstem import messages, roster
from kindstem.signing import new_kindnummer, random_id
from kindstem.wire import b64, parse_envelope
from tests.cast import Answered, Phone, Professional, Town, id_of
from tests.ledger import file_of, line


def sends(phone: Phone, number: int) -> list[bytes]:
    found = [phone.say() for _ in range(number)]
    for said in found:
        assert phone.send(said).status == 201
    return found


def opens(who: Professional, *entries: str, reason: str = "prepare") -> Answered:
    return who.post("/desk/api/bodies", {"entries": list(entries), "reason": reason})


def reads(town: Town) -> list[tuple[str, str, str]]:
    found: Any = town.noor.signed("POST", "/api/inbox", {"after": 0}).json["reads"]
    return [(one["entry"], one["name"], one["reason"]) for one in found]


# --- many bodies at once ----------------------------------------------------------------------------------------------


@pytest.mark.promise("P7")
def test_each_of_many_is_a_read_that_the_child_sees_with_its_reason(town: Town) -> None:
    said = sends(town.noor, 3)
    wanted = [id_of(one) for one in reversed(said)]
    answered = opens(town.sam, *wanted)
    assert answered.status == 200
    found: Any = answered.json["bodies"]
    assert [(one["id"], one["body"]) for one in found] == [
        (id_of(one), b64(parse_envelope(one).body)) for one in reversed(said)
    ]
    assert reads(town) == [(one, "Sam", "prepare") for one in wanted]


def test_what_would_be_too_much_is_left_for_the_next_time_and_not_logged(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (id_of(one) for one in sends(town.noor, 2))
    monkeypatch.setattr(messages, "AT_ONCE", 5000)
    assert [one["id"] for one in opens(town.sam, first, second).json["bodies"]] == [first]
    assert [entry for entry, _, _ in reads(town)] == [first]
    monkeypatch.setattr(messages, "AT_ONCE", 1)
    assert [one["id"] for one in opens(town.sam, second).json["bodies"]] == [second]


@pytest.mark.promise("P2")
def test_iris_gets_none_and_cannot_tell_whether_there_are_any(town: Town) -> None:
    (said,) = sends(town.noor, 1)
    there, nowhere = opens(town.iris, id_of(said)), opens(town.iris, random_id())
    assert (there.status, there.content) == (404, nowhere.content)
    assert reads(town) == []


def test_one_that_is_not_mine_gives_none_and_logs_none(town: Town) -> None:
    (mine,) = sends(town.noor, 1)
    other = town.noor.say("confidant")
    town.noor.send(other, to="confidant.1")
    assert opens(town.sam, id_of(mine), id_of(other)).status == 404
    assert reads(town) == []


@pytest.mark.parametrize("entries", [[], ["x"], [random_id()] * 101])
def test_how_many_at_once_has_bounds(town: Town, entries: list[str]) -> None:
    assert opens(town.sam, *entries).code == "bad-request"


# --- brothers and sisters ---------------------------------------------------------------------------------------------


def lists(town: Town, *families: tuple[str, str]) -> None:
    """Take these children with their families into the roster."""
    data = file_of(*(line(child, "2012-03", "2026-01-05", family=family) for child, family in families))
    found = town.call(lambda: roster.take_in(town.store, data, apply=True, now=town.clock()))
    assert not found.refused


def siblings(who: Professional, child: str) -> Any:
    answered = who.get(f"/desk/api/children/{child}/siblings")
    assert answered.status == 200, answered.json
    return answered.json


def test_without_a_family_in_the_roster_nothing_is_said_of_it(town: Town) -> None:
    nothing = {"known": False, "siblings": [], "others": 0}
    assert siblings(town.sam, town.noor.child) == nothing
    lists(town, (town.noor.child, ""))
    assert siblings(town.sam, town.noor.child) == nothing
    lists(town, (town.noor.child, "F1"))
    assert siblings(town.sam, town.noor.child) == nothing | {"known": True}


def test_mine_stand_with_their_last_talk_alone_and_of_others_only_how_many(town: Town) -> None:
    stranger, elsewhere = new_kindnummer(), new_kindnummer()
    lists(town, (town.noor.child, "F1"), (town.daan, "F1"), (stranger, "F1"), (elsewhere, "F2"))
    for who in (town.sam, town.vera):
        found = siblings(who, town.noor.child)
        assert found == {"known": True, "siblings": [{"child": town.daan, "last": None}], "others": 1}
    assert town.sam.hand_in(town.daan, town.sam.talk(town.daan)).status == 200
    (one,) = siblings(town.sam, town.noor.child)["siblings"]
    assert one == {"child": town.daan, "last": "2026-11-18"}


@pytest.mark.promise("P2")
def test_nobody_but_the_readers_of_the_worker_circle_learns_of_a_family(town: Town) -> None:
    lists(town, (town.noor.child, "F1"), (town.daan, "F1"))
    for who in (town.iris, town.jo):
        there = who.get(f"/desk/api/children/{town.noor.child}/siblings")
        nowhere = who.get(f"/desk/api/children/{new_kindnummer()}/siblings")
        assert (there.status, there.content) == (404, nowhere.content)
