"""The on-call service gets how a child is reached when a flag came that far, and nothing before, after or beside it."""

from functools import partial
from typing import Any

import pytest

from kindstem import flags
from kindstem.domain import Role
from kindstem.sealing import readers_record
from kindstem.signing import random_id
from kindstem.wire import Record, Signed
from tests.cast import Answered, Professional, Town, id_of
from tests.web.test_silence import silence

REACH: dict[str, Any] = {"v": 1, "name": "Noortje", "how": "Via school"}


def on_call(town: Town, name: str = "Tess") -> Professional:
    """Somebody of the service, with keys, on Noor's list."""
    tess = town.newcomer(name, Role.ONCALL)
    tess.start()
    return tess


def listed(town: Town, *people: Professional) -> Record:
    """Noor's next on-call list, agreed on her phone with Sam's word."""
    now, before = town.clock(), town.noor.lists.get("oncall")
    readers = [one.keys.as_reader("oncall", now) for one in people]
    record = readers_record(town.org.id, town.noor.child, "oncall", readers, at=now, before=before)
    signed = Signed(record, tuple(key.sign_record(record) for key in (town.noor.acted.signing, town.sam.keys.signing)))
    assert town.noor.signed("POST", "/api/lists", {"list": signed.json()}).status == 200
    town.noor.lists["oncall"] = record
    return record


def raised(town: Town, *, how: dict[str, Any] | None = None) -> tuple[str, str]:
    """A flag of Noor's and the entry that says how she is reached."""
    flag = random_id()
    assert town.noor.signed("POST", "/api/flag", {"id": flag}).status in {200, 201}
    return flag, reached_by(town, flag, how or REACH)


def reached_by(town: Town, flag: str, doc: dict[str, Any]) -> str:
    listed = town.noor.lists["oncall"]
    data = town.noor.acted.seal("reach", doc, readers_list=listed, at=town.clock(), about=flag)
    headers = {"Kindstem-About": flag}
    assert town.noor.send(data, to=f"oncall.{listed['number']}", headers=headers).status == 201
    return id_of(data)


def climbs(town: Town, **ahead: float) -> None:
    """The limit passes, and nobody has looked; everybody signs in anew."""
    town.clock.ahead(**(ahead or {"minutes": 31}))
    town.call(partial(flags.climb, town.store, town.config, now=town.clock()))


def theirs(tess: Professional) -> list[dict[str, Any]]:
    tess.sign_in()
    found: list[dict[str, Any]] = tess.get("/desk/api/oncall").json
    return found


def test_before_a_flag_came_to_the_service_there_is_nothing(town: Town) -> None:
    tess = on_call(town)
    listed(town, tess)
    flag, entry = raised(town)
    assert theirs(tess) == []
    # What waits there until a flag comes that far is no message that somebody left unopened.
    assert silence(town).unopened.value == 0
    assert tess.read(entry).status == 404
    assert tess.post(f"/desk/api/flags/{flag}/seen", {}).status == 404
    assert tess.post(f"/desk/api/flags/{flag}/steps", {"reached": "other", "next": "safe"}).status == 404


@pytest.mark.promise("P24")
def test_a_flag_that_nobody_saw_gives_the_service_how_the_child_is_reached_and_the_child_sees_who_looked(
    town: Town,
) -> None:
    tess = on_call(town)
    listed(town, tess)
    said = town.noor.say()
    town.noor.send(said)
    flag, entry = raised(town)
    climbs(town)
    (one,) = theirs(tess)
    assert (one["child"], one["flag"]["id"]) == (town.noor.child, flag)
    assert [row["id"] for row in one["entries"]] == [entry]
    assert {signed["record"]["circle"] for signed in one["lists"]} == {"worker", "oncall"}
    assert tess.read(entry).status == 200
    assert tess.read(id_of(said)).status == 404
    assert tess.get(f"/desk/api/children/{town.noor.child}/entries").status == 404
    assert tess.post(f"/desk/api/flags/{flag}/seen", {}).status == 200
    inbox = town.noor.inbox()
    assert [(read["entry"], read["name"]) for read in inbox["reads"]] == [(entry, "Tess")]
    assert [seen["name"] for seen in inbox["flags"][0]["seen"]] == ["Tess"]


def test_the_last_way_to_reach_the_child_comes_first(town: Town) -> None:
    tess = on_call(town)
    listed(town, tess)
    flag, first = raised(town, how={"v": 1, "name": None, "how": None})
    second = reached_by(town, flag, REACH)
    climbs(town)
    assert [row["id"] for row in theirs(tess)[0]["entries"]] == [second, first]


def test_a_flag_that_is_closed_is_gone_for_the_service(town: Town) -> None:
    tess = on_call(town)
    listed(town, tess)
    flag, entry = raised(town)
    climbs(town)
    theirs(tess)
    answered = tess.post(f"/desk/api/flags/{flag}/steps", {"reached": tess.id, "next": None})
    assert answered.json["reached"]["name"] == "Tess"
    assert len(theirs(tess)) == 1
    assert tess.post(f"/desk/api/flags/{flag}/steps", {"reached": None, "next": "police"}).status == 200
    assert theirs(tess) == []
    assert tess.read(entry).status == 404
    assert tess.post(f"/desk/api/flags/{flag}/seen", {}).status == 404


def test_who_is_on_call_for_the_child_is_told_beside_the_service_and_with_the_same_nothing(town: Town) -> None:
    tess, ada = (town.newcomer(name, Role.ONCALL, mail=f"{name.lower()}@devaart.example") for name in ("Tess", "Ada"))
    for one in (tess, ada):
        one.start()
    listed(town, tess)
    raised(town)
    climbs(town)
    with town.store.reading() as reader:
        waits = [row["person"] for row in reader._all("select person from mails where done_at is null order by id")]
    assert None in waits
    assert tess.id in waits
    # Not on the list of this child.
    assert ada.id not in waits


def test_another_flag_of_the_child_gives_no_way_to_this_one(town: Town) -> None:
    """What was said with a flag that somebody saw in time stays closed when the next one climbs."""
    tess = on_call(town)
    listed(town, tess)
    seen, before = raised(town, how={"v": 1, "name": "Noor", "how": "Bel mij"})
    assert town.sam.post(f"/desk/api/flags/{seen}/seen", {}).status == 200
    _, entry = raised(town)
    climbs(town)
    (one,) = theirs(tess)
    assert [row["id"] for row in one["entries"]] == [entry]
    assert tess.read(before).status == 404


def test_whoever_left_the_list_and_whoever_is_on_no_list_gets_nothing(town: Town) -> None:
    tess, ada, mo = on_call(town), on_call(town, "Ada"), on_call(town, "Mo")
    listed(town, tess, ada)
    flag, entry = raised(town)
    listed(town, ada)
    climbs(town)
    for one in (tess, mo, town.jo, town.iris):
        assert theirs(one) == []
        assert one.read(entry).status == 404
        assert one.post(f"/desk/api/flags/{flag}/seen", {}).status == 404
    assert theirs(ada) != []


def test_the_service_sends_nothing_to_a_child(town: Town) -> None:
    tess = on_call(town)
    listed(town, tess)
    raised(town)
    climbs(town)
    theirs(tess)
    for circle, to in (("oncall", "oncall.1"), ("worker", "worker.1")):
        data = tess.keys.seal(
            "answer", {"v": 1, "lang": "nl", "outcome": "done", "parts": []}, readers_list=town.noor.lists["worker"],
            child_reading=town.noor.acted.reading, at=town.clock(),
        )  # fmt: skip
        headers = {"Content-Type": "application/octet-stream", "Kindstem-List": to}
        answered = tess.ask("PUT", f"/desk/api/entries/{id_of(data)}", body=data, headers=headers)
        assert answered.status == 404, circle


def test_a_flag_alone_says_nothing_of_a_service_and_goes_without_it(town: Town) -> None:
    """The flag goes first: no list, a list in doubt or an entry that does not come through keeps nothing back."""
    tess = on_call(town)
    flag = random_id()
    assert town.noor.signed("POST", "/api/flag", {"id": flag}).status in {200, 201}
    climbs(town)
    assert theirs(tess) == []
    listed(town, tess)
    (one,) = theirs(tess)
    assert (one["flag"]["id"], one["entries"]) == (flag, [])


# --- a list for a child that has its phone already --------------------------------------------------------------------


def offered(town: Town, by: Professional, people: list[Professional], **more: Any) -> tuple[Record, Answered]:
    now = town.clock()
    given = {"circle": "oncall", "before": town.noor.lists.get("oncall")} | more
    readers = [one.keys.as_reader(given["circle"], now) for one in people]
    record = readers_record(town.org.id, town.noor.child, given["circle"], readers, at=now, before=given["before"])
    signed = Signed(record, (by.keys.signing.sign_record(record),))
    return record, by.post(f"/desk/api/children/{town.noor.child}/oncall", {"list": signed.json()})


def test_a_list_waits_for_the_child_and_counts_once_its_phone_signed_it(town: Town) -> None:
    tess = on_call(town)
    record, answered = offered(town, town.vera, [tess])
    assert answered.json == {"number": 1}
    waits = town.noor.inbox()["offered"]
    assert waits["list"]["record"] == record
    assert [one["record"]["name"] for one in waits["persons"]] == ["Tess"]
    assert {one["record"]["circle"] for one in town.noor.inbox()["lists"]} == {"worker", "confidant"}
    mine = {"by": town.noor.acted.signing.id, "sig": town.noor.acted.signing.sign_record(record).sig}
    both = {"record": record, "sigs": [*waits["list"]["sigs"], mine]}
    assert town.noor.signed("POST", "/api/lists", {"list": both}).json == {"number": 1}
    assert town.noor.inbox()["offered"] is None


def test_a_list_is_offered_by_a_reader_of_the_worker_circle_and_for_the_service_alone(town: Town) -> None:
    tess = on_call(town)
    assert offered(town, town.jo, [tess])[1].status == 404
    assert offered(town, town.iris, [tess])[1].status == 404
    assert offered(town, tess, [tess])[1].status == 404
    assert offered(town, town.sam, [town.jo], circle="independent")[1].code == "bad-record"
    listed(town, tess)
    assert offered(town, town.sam, [tess], before=None)[1].code == "list-stale"
    assert offered(town, town.sam, [tess])[1].json == {"number": 2}
