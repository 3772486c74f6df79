"""Requests to talk alone over HTTP: who asks, who sees it, and that nobody but a talk or the child closes it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from kindstem import requests, talks
from kindstem.counts import Filters, asking
from kindstem.signing import random_id
from kindstem.wire import Signed, b64, time_text
from tests.cast import Answered, Phone, Professional, Town


def accepted(answered: Answered) -> dict[str, Any]:
    assert answered.status == 200, answered.json
    found: dict[str, Any] = answered.json
    return found


def seen(who: Professional, child: Phone | str) -> list[dict[str, Any]]:
    kindnummer = child.child if isinstance(child, Phone) else child
    found: Any = accepted(who.get(f"/desk/api/children/{kindnummer}/requests"))
    return list(found)


def waiting(who: Professional) -> list[dict[str, Any]]:
    found: Any = accepted(who.get("/desk/api/requests"))
    return list(found)


def on_phone(child: Phone) -> dict[str, Any]:
    return accepted(child.signed("POST", "/api/inbox", {"after": 0}))


def state(town: Town) -> str | None:
    (one,) = on_phone(town.noor)["requests"]
    closed: str | None = one["closed"]
    assert closed == seen(town.sam, town.noor)[0]["closed"]
    assert [row["hash"] for row in waiting(town.sam)] == ([] if closed else [one["hash"]])
    assert counted(town) == ([] if closed else [town.noor.child])
    return closed


def counted(town: Town) -> list[str]:
    """The children whose open requests the organisation counts."""
    filters = Filters(town.clock().date(), town.clock().date())
    found = town.call(partial(asking.requests, town.store, filters, now=town.clock(), within=14))
    return [one.child for one in found.rows]


@pytest.fixture
def vouched(town: Town) -> Town:
    """Noor's phone has its evidence record."""
    accepted(town.sam.vouch(town.noor))
    return town


@pytest.fixture
def asked(vouched: Town) -> tuple[Town, Signed]:
    """Noor asked for Sam ten minutes ago."""
    request = vouched.noor.wants(vouched.sam)
    accepted(vouched.noor.request(request))
    vouched.clock.ahead(minutes=10)
    return vouched, request


def held(by: Professional, child: Phone | str, /, **fields: Any) -> Signed:
    """A talk that began five minutes ago."""
    return by.talk(child, **({"ago": 1 / 12, "minutes": 4} | fields))


def later(town: Town, **by: float) -> None:
    """Time passes, and whoever was signed in has to do so again."""
    town.clock.ahead(**by)
    for who in (town.sam, town.vera):
        accepted(who.sign_in())


def test_a_request_stands_in_the_log_and_its_receipt_says_so(town: Town) -> None:
    request = town.noor.wants(town.sam)
    found = accepted(town.noor.request(request))
    (receipt,) = found["receipts"]
    opening = town.store.read_sync(lambda r: r.log_opening(receipt["index"]))
    assert opening is not None
    assert (receipt["leaf"]["type"], opening.rec) == ("request", request.record)
    assert b64(opening.commitment()) == receipt["leaf"]["c"]
    assert found["kept"] == request.json()
    assert accepted(town.noor.request(request)) == found


def test_both_readers_see_it_and_so_does_the_child(asked: tuple[Town, Signed]) -> None:
    town, request = asked
    for who in (town.sam, town.vera):
        (one,) = waiting(who)
        assert (one["child"], one["name"], one["signed"], one["due"]) == (town.noor.child, "Sam", request.json(), False)
        assert one["since"] == request.record["at"]
    assert on_phone(town.noor)["subj"] == request.record["subj"]
    assert state(town) is None
    assert waiting(town.jo) == seen(town.jo, town.noor) == []
    assert waiting(town.iris) == []


def test_a_request_to_the_confidant_is_on_no_other_desk(vouched: Town) -> None:
    town = vouched
    for to in (town.jo, None):
        accepted(town.noor.request(town.noor.wants(to, "confidant")))
    assert [one["name"] for one in waiting(town.jo)] == ["Jo", ""]
    assert len(seen(town.jo, town.noor)) == len(on_phone(town.noor)["requests"]) == 2
    for who in (town.sam, town.vera):
        assert waiting(who) == seen(who, town.noor) == []


def test_asking_again_while_it_is_open_is_the_same_request(asked: tuple[Town, Signed]) -> None:
    town, request = asked
    found = accepted(town.noor.request(town.noor.wants(town.sam, unlocked=False)))
    assert found["kept"] == request.json()
    assert len(on_phone(town.noor)["requests"]) == 1
    accepted(town.noor.request(town.noor.wants(town.vera)))
    assert [one["name"] for one in waiting(town.sam)] == ["Sam", "Vera"]


def test_a_talk_with_who_was_asked_closes_it_and_a_dispute_opens_it_again(asked: tuple[Town, Signed]) -> None:
    town, _ = asked
    talk = held(town.sam, town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    assert state(town) == "talk"
    assert on_phone(town.noor)["requests"][0]["by"] == talks.hash_of(talk.record)
    town.clock.ahead(minutes=5)
    accepted(town.noor.hand_in(town.noor.say_of(talk, "no", "unknown")))
    assert state(town) is None
    town.clock.ahead(minutes=5)
    accepted(town.sam.hand_in(town.noor, held(town.sam, town.noor)))
    assert state(town) == "talk"


@pytest.mark.parametrize("fields", [{"kind": "phone"}, {"who": "parent"}, {"planned": "passing"}, {"ago": 1}])
def test_another_talk_leaves_it_open(asked: tuple[Town, Signed], fields: dict[str, Any]) -> None:
    town, _ = asked
    accepted(town.sam.hand_in(town.noor, held(town.sam, town.noor, **fields)))
    assert state(town) is None


def test_a_talk_with_somebody_else_leaves_it_open(asked: tuple[Town, Signed]) -> None:
    town, _ = asked
    accepted(town.vera.hand_in(town.noor, held(town.vera, town.noor)))
    assert state(town) is None


def test_the_child_takes_it_away_and_can_ask_anew(asked: tuple[Town, Signed]) -> None:
    town, request = asked
    found = accepted(town.noor.take_back(request))
    assert found["receipts"][0]["leaf"]["type"] == "request-end"
    assert state(town) == "child"
    town.clock.ahead(minutes=1)
    assert accepted(town.noor.take_back(request)) == found
    again = town.noor.wants(town.sam)
    assert accepted(town.noor.request(again))["kept"] == again.json()
    assert [one["closed"] for one in on_phone(town.noor)["requests"]] == [None, "child"]


def test_no_professional_takes_it_away(asked: tuple[Town, Signed]) -> None:
    town, request = asked
    ends = town.sam.keys.end_request(request.record, town.clock())
    path = f"/desk/api/children/{town.noor.child}/requests"
    refused = town.sam.post(path, {"signed": ends.json()})
    assert (refused.status, refused.code) == (400, "bad-record")
    # Nor what was asked in kindmodus, once the child has a phone.
    made = town.sam.keys.request(request.record["subj"], town.vera.id, "worker", town.clock())
    accepted(town.sam.post(path, {"signed": made.json()}))
    ends = town.sam.keys.end_request(made.record, town.clock())
    assert town.sam.post(path, {"signed": ends.json()}).code == "bad-record"
    assert [one["closed"] for one in seen(town.sam, town.noor)] == [None, None]


def test_a_child_without_a_phone_asks_in_kindmodus_and_takes_it_away_there(town: Town) -> None:
    path = f"/desk/api/children/{town.daan}/requests"
    made = town.sam.keys.request(town.sam.subj(town.daan), town.sam.id, "worker", town.clock())
    accepted(town.sam.post(path, {"signed": made.json()}))
    assert [one["child"] for one in waiting(town.vera)] == [town.daan]
    ends = town.vera.keys.end_request(made.record, town.clock())
    accepted(town.vera.post(path, {"signed": ends.json()}))
    assert (waiting(town.vera), seen(town.sam, town.daan)[0]["closed"]) == ([], "child")


def test_the_oldest_comes_first_and_says_when_it_is_past_the_days(asked: tuple[Town, Signed]) -> None:
    town, _ = asked
    # Wednesday 18 November: of the fifteen days until Thursday 3 December eleven are working days.
    later(town, days=14)
    made = town.sam.keys.request(town.sam.subj(town.daan), None, "worker", town.clock())
    accepted(town.sam.post(f"/desk/api/children/{town.daan}/requests", {"signed": made.json()}))
    later(town, days=1)
    assert [(one["child"], one["due"]) for one in waiting(town.vera)] == [(town.noor.child, True), (town.daan, False)]


def changed(town: Town, **fields: Any) -> Signed:
    record = town.noor.wants(town.sam).record | fields
    return Signed(record, (town.noor.acted.signing.sign_record(record),))


def test_what_is_no_request_of_this_phone_is_refused(vouched: Town) -> None:
    town = vouched
    subj = town.sam.subj(town.noor.child)
    mine = town.noor.wants(town.sam).record
    by_sam = Signed(mine, (town.sam.keys.signing.sign_record(mine),))
    wrong = {
        "another child's": (changed(town, subj=town.sam.subj(town.daan)), "bad-record"),
        "another organisation's": (changed(town, org=random_id()), "bad-record"),
        "for somebody who reads nothing of hers": (town.noor.wants(town.iris), "bad-record"),
        "for the confidant, seen by others": (town.noor.wants(town.jo), "bad-record"),
        "as if in kindmodus": (changed(town, way="kindmodus"), "bad-record"),
        "signed by Sam": (town.sam.keys.request(subj, town.sam.id, "worker", town.clock()), "bad-record"),
        "signed by nobody of hers": (by_sam, "bad-signature"),
        "an end of nothing": (town.noor.acted.take_back(mine, at=town.clock()), "bad-record"),
        "a talk": (town.sam.talk(town.noor), "bad-record"),
    }  # fmt: skip
    for name, (signed, code) in wrong.items():
        assert town.noor.request(signed).code == code, name
    assert on_phone(town.noor)["requests"] == []


def test_a_child_without_a_confidant_can_ask_for_somebody_independent_and_both_readers_see_it(town: Town) -> None:
    made = town.sam.keys.request(town.sam.subj(town.daan), None, "confidant", town.clock())
    path = f"/desk/api/children/{town.daan}/requests"
    assert town.sam.post(path, {"signed": made.json()}).json["error"]["field"] == "circle"
    made = town.sam.keys.request(town.sam.subj(town.daan), None, "worker", town.clock())
    accepted(town.sam.post(path, {"signed": made.json()}))
    for who in (town.sam, town.vera):
        assert [(one["name"], one["signed"]["record"]["to"]) for one in waiting(who)] == [("", None)]
        accepted(who.hand_in(town.daan, held(who, town.daan)))
        assert [one["closed"] for one in seen(who, town.daan)] == [None]


def test_a_phone_cannot_fill_the_log(vouched: Town) -> None:
    town = vouched
    for _ in range(requests.MOST_A_DAY):
        request = town.noor.wants(town.sam)
        accepted(town.noor.request(request))
        accepted(town.noor.take_back(request))
        town.clock.ahead(seconds=2)
    assert town.noor.request(town.noor.wants(town.sam)).code == "quota"
    later(town, hours=25)
    accepted(town.noor.request(town.noor.wants(town.sam)))


def test_a_clock_that_runs_ahead_makes_no_request_younger(vouched: Town) -> None:
    town = vouched
    accepted(town.noor.request(town.noor.wants(town.sam, at=town.clock() + timedelta(days=3))))
    assert waiting(town.sam)[0]["since"] == time_text(town.clock())


def test_iris_cannot_ask_in_anybody_s_name(town: Town) -> None:
    made = town.iris.keys.request(town.sam.subj(town.noor.child), town.sam.id, "worker", town.clock())
    form = {"signed": made.json()}
    assert town.iris.post(f"/desk/api/children/{town.noor.child}/requests", form).status == 404
    assert town.jo.post(f"/desk/api/children/{town.noor.child}/requests", form).status == 404
    assert seen(town.sam, town.noor) == []
