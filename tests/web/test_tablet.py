"""A child without a phone: who reads it, what it says on a professional's tablet, and what it is answered."""

from typing import Any

import pytest

from kindstem.sealing import readers_record, seal_envelope
from kindstem.wire import Header, Record, Signed, b64
from tests.cast import ANSWER, CHECKIN, Phone, Professional, Town, id_of


def first_list(town: Town, *, second: Professional | None = None, before: Record | None = None) -> Record:
    now = town.clock()
    pair = [town.sam.keys.as_reader("worker", now), (second or town.vera).keys.as_reader("second", now)]
    return readers_record(town.org.id, town.daan, "worker", pair, at=now, before=before)


def put_list(who: Professional, record: Record, child: str | None = None) -> Any:
    signed = who.keys.sign_record(Signed(record, ()))
    return who.post(f"/desk/api/children/{child or record['child']}/lists", {"list": signed.json()})


@pytest.fixture
def listed(town: Town) -> Record:
    """Daan's worker list 1."""
    record = first_list(town)
    assert put_list(town.sam, record).json == {"number": 1}
    return record


def said(who: Professional, record: Record, **more: Any) -> bytes:
    given: dict[str, Any] = {"readers_list": record, "child_reading": None, "at": who.town.clock()} | more
    return who.keys.seal_said("checkin", CHECKIN, **given)


def daan_of(who: Professional) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in who.get("/desk/api/children").json if one["child"] == who.town.daan)
    return found


# --- who reads a child without a phone --------------------------------------------------------------------------------


def test_before_there_is_a_list_both_are_told_who_the_kindnummer_was_made_for(town: Town) -> None:
    for who in (town.sam, town.vera):
        assert daan_of(who)["made_for"] == [town.sam.id, town.vera.id]
        assert daan_of(who)["lists"] == []


def test_the_first_list_is_taken_from_a_member_alone_and_stands_in_the_log(town: Town, listed: Record) -> None:
    for who in (town.sam, town.vera):
        found = daan_of(who)
        assert [one["record"] for one in found["lists"]] == [listed]
        assert (found["state"], found["made_for"]) == ("new", [])
    # The same list once more, from the other, adds a signature and no list.
    assert put_list(town.vera, listed).json == {"number": 1}
    assert len(daan_of(town.sam)["lists"][0]["sigs"]) == 2


def test_a_second_first_list_is_refused(town: Town, listed: Record) -> None:
    town.clock.ahead(minutes=1)
    assert put_list(town.sam, first_list(town)).code == "list-stale"


def test_the_next_list_of_a_child_without_a_phone_is_not_taken_here(town: Town, listed: Record) -> None:
    assert put_list(town.sam, first_list(town, before=listed)).code == "list-stale"


def test_a_child_with_a_phone_gets_no_list_from_a_member_alone(town: Town) -> None:
    now = town.clock()
    pair = [town.sam.keys.as_reader("worker", now), town.vera.keys.as_reader("second", now)]
    for before in (None, town.noor.lists["worker"]):
        record = readers_record(town.org.id, town.noor.child, "worker", pair, at=now, before=before)
        assert put_list(town.sam, record).code == "list-stale"


def test_a_child_that_lost_its_phone_gets_none_either(town: Town) -> None:
    device = town.noor.acted.device
    town.call(town.store.write, lambda tx: tx.revoke_device(device, town.clock()))
    test_a_child_with_a_phone_gets_no_list_from_a_member_alone(town)


def test_nobody_else_is_put_on_a_list_that_no_child_sees(town: Town) -> None:
    assert put_list(town.sam, first_list(town, second=town.iris)).code == "bad-record"
    turned = first_list(town)
    turned["readers"][0]["role"], turned["readers"][1]["role"] = "second", "worker"
    assert put_list(town.sam, turned).code == "bad-record"
    assert daan_of(town.sam)["lists"] == []


def test_a_list_signed_by_somebody_else_is_refused(town: Town) -> None:
    record = first_list(town)
    signed = town.iris.keys.sign_record(Signed(record, ()))
    assert town.sam.post(f"/desk/api/children/{town.daan}/lists", {"list": signed.json()}).code == "bad-signature"


def test_a_list_for_another_child_than_asked_is_refused(town: Town) -> None:
    assert put_list(town.sam, first_list(town), child=town.noor.child).code == "bad-record"


def test_a_phone_linked_later_signs_the_list_that_follows(town: Town, listed: Record) -> None:
    town.sam.send(said(town.sam, listed))
    town.clock.ahead(minutes=2)
    phone = town.enrol(town.sam, town.vera, child=town.daan, lists=[first_list(town, before=listed)])
    assert [one["record"]["number"] for one in phone.inbox()["lists"]] == [1, 2]
    # What was said before was sealed to no key of the child, which had none.
    assert phone.inbox()["entries"] == []


# --- what it says, and what it is answered ----------------------------------------------------------------------------


def test_what_a_child_said_on_the_tablet_comes_to_both_readers(town: Town, listed: Record) -> None:
    data = said(town.sam, listed)
    assert town.sam.send(data).status == 201
    for who in (town.sam, town.vera):
        assert daan_of(who)["unread"] == 1
        (row,) = who.get(f"/desk/api/children/{town.daan}/entries").json["entries"]
        assert (row["dir"], row["by"], row["id"]) == ("up", town.sam.id, id_of(data))
        assert who.read(row["id"]).status == 200


def test_the_same_bytes_again_are_one_entry(town: Town, listed: Record) -> None:
    data = said(town.sam, listed)
    assert [town.sam.send(data).status for _ in range(2)] == [201, 200]
    assert town.sam.send(said(town.sam, listed, entry=id_of(data))).code == "entry-exists"
    # Another reader cannot bring them as theirs under another name, nor for another child.
    assert town.vera.send(data).status == 200
    assert len(town.sam.get(f"/desk/api/children/{town.daan}/entries").json["entries"]) == 1


@pytest.mark.parametrize("name", ["iris", "jo"])
def test_nobody_who_does_not_read_a_child_brings_its_words(town: Town, listed: Record, name: str) -> None:
    who: Professional = getattr(town, name)
    refused = who.send(said(who, listed))
    nowhere = who.send(said(who, {**listed, "child": "K000-00000"}))
    assert (refused.status, refused.content) == (404, nowhere.content)


def test_the_confidant_brings_nothing_up_in_the_own_circle(town: Town) -> None:
    record = town.noor.lists["confidant"]
    header = Header(town.org.id, town.noor.child, b64(bytes(16)), "up")
    keys = [town.jo.keys.reading, town.noor.acted.reading]
    # Inside it must claim to be something that goes up and can be to a confidant: a phone's words, forged.
    data = seal_envelope(
        header, kind="checkin", by=town.jo.id, at=town.clock(), circle="confidant", readers_list=record, lock="locked",
        seq=9, readers=keys, doc=CHECKIN, sign_device=town.jo.keys.signing,
    )  # fmt: skip
    assert town.jo.send(data, to="confidant.1").code == "bad-envelope"


def test_with_a_phone_it_is_sealed_to_the_child_as_well(town: Town) -> None:
    noor, listed = town.noor, town.noor.lists["worker"]
    assert town.sam.send(said(town.sam, listed)).code == "wrong-recipients"
    data = said(town.sam, listed, child_reading=noor.acted.reading)
    assert town.sam.send(data).status == 201
    assert [(row["dir"], row["by"]) for row in noor.inbox()["entries"]] == [("up", town.sam.id)]


def test_it_goes_to_the_newest_list_and_no_older_one(town: Town, listed: Record) -> None:
    town.clock.ahead(minutes=2)
    follows = first_list(town, before=listed)
    phone = town.enrol(town.sam, town.vera, child=town.daan, lists=[follows])
    for record, to, code in ((listed, "worker.1", "list-stale"), (follows, "worker.3", "list-unknown")):
        data = said(town.sam, record, child_reading=phone.acted.reading)
        assert town.sam.send(data, to=to).code == code


def test_a_phone_brings_nothing_in_the_name_of_a_tablet(town: Town) -> None:
    noor = town.noor
    data = said(town.sam, noor.lists["worker"], child_reading=noor.acted.reading)
    # The server cannot see inside; whoever opens it sees that no key of this device signed.
    assert noor.send(data).status == 201
    assert town.milan.send(data).code == "bad-envelope"


def test_a_child_without_a_phone_is_answered_for_the_room(town: Town, listed: Record) -> None:
    data = said(town.sam, listed)
    town.sam.send(data)
    answer = town.sam.keys.seal(
        "answer", ANSWER, readers_list=listed, child_reading=None, at=town.clock(), about=id_of(data)
    )
    assert town.sam.send(answer).status == 201
    assert [one["dir"] for one in town.vera.get(f"/desk/api/children/{town.daan}/entries").json["entries"]] == [
        "up",
        "down",
    ]
    other: Phone = town.noor
    wrong = town.sam.keys.seal(
        "answer", ANSWER, readers_list=listed, child_reading=other.acted.reading, at=town.clock(), about=id_of(data)
    )
    assert town.sam.send(wrong).code == "wrong-recipients"
