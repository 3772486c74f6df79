"""A kindperspectief on the server: that it is there, for which decision and day, and who may know even that."""

import pytest

from tests.cast import PAPER, Town, id_of

FOR = "extension.2026-12-03"
KEPT = {**PAPER, "reaction": {"state": "none", "reason": "Zij wil het niet lezen."}}


def listed(town: Town, who: str = "sam") -> list[dict[str, object]]:
    found = getattr(town, who).get(f"/desk/api/children/{town.noor.child}/documents")
    assert found.status == 200
    return list(found.json["documents"])


def test_a_document_that_was_offered_is_known_to_both_readers_and_to_the_child(town: Town) -> None:
    data = town.sam.seal(town.noor, "perspective")
    assert town.sam.send(data, document=FOR).status == 201
    expected = {"id": id_of(data), "kind": "extension", "day": "2026-12-03", "offered": True, "by": town.sam.id}
    for who in ("sam", "vera"):
        assert [{key: one[key] for key in expected} for one in listed(town, who)] == [expected]
    assert town.noor.inbox()["documents"] == [id_of(data)]
    assert data.endswith(town.vera.read(id_of(data)).content)


def test_a_document_that_was_not_offered_is_not_there_for_the_child_and_is_no_card(town: Town) -> None:
    cards = [town.sam.seal(town.noor, "card")]
    assert town.sam.send(cards[0]).status == 201
    for _ in range(3):
        data = town.sam.seal(town.noor, "perspective", doc=KEPT, child_reading=None)
        assert town.sam.send(data, document=FOR).status == 201
    assert [one["offered"] for one in listed(town)] == [False] * 3
    inbox = town.noor.inbox()
    assert (inbox["documents"], [row for row in inbox["entries"] if row["dir"] == "down"]) == ([], [])
    rows = {row["child"]: row for row in town.vera.get("/desk/api/children").json}
    assert [one["id"] for one in rows[town.noor.child]["cards"]] == [id_of(cards[0])]


def test_sending_it_twice_keeps_one(town: Town) -> None:
    data = town.sam.seal(town.noor, "perspective")
    assert [town.sam.send(data, document=FOR).status for _ in range(2)] == [201, 200]
    assert len(listed(town)) == 1


def test_of_two_authors_at_once_both_versions_are_kept(town: Town) -> None:
    first = town.sam.seal(town.noor, "perspective")
    town.sam.send(first, document=FOR)
    later = {**PAPER, "first": id_of(first), "prev": [id_of(first)]}
    versions = [who.seal(town.noor, "perspective", doc=later) for who in (town.sam, town.vera)]
    for who, version in zip((town.sam, town.vera), versions, strict=True):
        assert who.send(version, document=FOR).status == 201
    assert [one["id"] for one in listed(town)] == [id_of(one) for one in (first, *versions)]


WRONG = ("plan", "plan.", "verlenging.2026-12-03", "plan.2026-02-30", "plan.2026-12-03.x", ".2026-12-03")


@pytest.mark.parametrize("wrong", WRONG)
def test_a_decision_that_is_none_is_refused(town: Town, wrong: str) -> None:
    refused = town.sam.send(town.sam.seal(town.noor, "perspective"), document=wrong)
    assert (refused.status, refused.code) == (400, "bad-request")
    assert listed(town) == []


def test_a_document_is_for_the_worker_circle_alone(town: Town) -> None:
    data = town.jo.seal(town.noor, "answer", readers_list=town.noor.lists["confidant"])
    refused = town.jo.send(data, to="confidant.1", document=FOR)
    assert (refused.status, refused.code) == (400, "bad-request")


def test_what_a_child_said_on_the_tablet_is_no_document(town: Town) -> None:
    said = town.sam.keys.seal_said(
        "reaction",
        {"v": 1, "lang": "nl", "prompt": "?", "value": "Ja"},
        readers_list=town.noor.lists["worker"],
        child_reading=town.noor.acted.reading,
        at=town.clock(),
        about=id_of(town.sam.seal(town.noor)),
    )
    refused = town.sam.send(said, document=FOR)
    assert (refused.status, refused.code) == (400, "bad-request")


def test_iris_and_jo_know_of_no_document(town: Town) -> None:
    data = town.sam.seal(town.noor, "perspective")
    town.sam.send(data, document=FOR)
    for who in (town.iris, town.jo):
        for path in (town.noor.child, "K000-00000"):
            answer = who.get(f"/desk/api/children/{path}/documents")
            assert (answer.status, answer.code) == (404, "not-found")
        assert who.read(id_of(data)).status == 404
    assert town.iris.send(town.iris.seal(town.noor, "perspective"), document=FOR).status == 404


def test_what_a_document_is_for_is_never_changed(town: Town) -> None:
    town.sam.send(town.sam.seal(town.noor, "perspective"), document=FOR)
    for change in ("update documents set day = '2026-12-04'", "delete from documents"):
        with pytest.raises(Exception, match="never changed"):
            town.store._conn.execute(change)
