"""An independent talk is offered to the child, which answers for itself; nobody answers in its place."""

from functools import partial
from typing import Any

import pytest

from kindstem.counts import raised
from kindstem.domain import Independent, Role
from kindstem.errors import BadEnvelope
from kindstem.sealing import Says, readers_record
from kindstem.signing import random_id
from kindstem.wire import Record, Signed, canonical, parse_meta
from tests.cast import ANSWER, MELDCODE, OFFER, PAPER, Answered, Professional, Town, id_of


def decided(town: Town, said: str = "steps.5.yyy") -> str:
    """The id of a meldcode of Noor's that decided for an independent talk."""
    meldcode = random_id()
    assert town.sam.post(f"/desk/api/children/{town.noor.child}/meldcodes", {"id": meldcode}).status == 200
    steps = town.sam.seal(town.noor, "meldcode", doc={**MELDCODE, "meldcode": meldcode})
    assert town.sam.send(steps, meldcode=f"{meldcode}.{said}").status == 201
    return meldcode


def offers(who: Professional, meldcode: str, **more: Any) -> tuple[Answered, str]:
    """An offer on its way, and its entry."""
    data = who.seal(who.town.noor, "offer", doc={**OFFER, "of": meldcode}, **more)
    return who.send(data, offer=meldcode), id_of(data)


def offered(town: Town, meldcode: str | None = None, **more: Any) -> tuple[str, str]:
    """A meldcode with an offer that was taken: both ids."""
    meldcode = meldcode or decided(town)
    answer, entry = offers(town.sam, meldcode, **more)
    assert answer.status == 201
    return meldcode, entry


def says(town: Town, offer: str, what: Says, **more: Any) -> Answered:
    """What Noor answers on her phone."""
    return sends(town, town.noor.acted.answer_offer(offer, what, at=town.clock(), **more))


def sends(town: Town, signed: Signed) -> Answered:
    return town.noor.signed("POST", "/api/offers", {"signed": signed.json()})


def on_tablet(who: Professional, signed: Signed) -> Answered:
    return who.post(f"/desk/api/children/{who.town.noor.child}/offers", {"signed": signed.json()})


def shown(town: Town, who: str = "sam") -> dict[str, Any]:
    rows = {row["child"]: row for row in getattr(town, who).get("/desk/api/children").json}
    found: dict[str, Any] = rows[town.noor.child]["meldcodes"][0]
    return found


def talk(who: Professional, meldcode: str, what: str) -> Answered:
    return who.post(f"/desk/api/meldcodes/{meldcode}/talk", {"what": what})


def counted(town: Town) -> tuple[int, int]:
    """How many answered on their own phone, and how many on a tablet alone."""
    found = town.call(partial(raised.disclosures, town.store, None, now=town.clock()))
    return found.own.value, found.tablet.value


# --- the offer --------------------------------------------------------------------------------------------------------


def test_an_offer_reaches_the_phone_and_tells_the_server_no_more_than_that_it_is_one(town: Town) -> None:
    meldcode, entry = offered(town)
    inbox = town.noor.inbox()
    assert inbox["offers"] == [{"entry": entry, "answers": [], "held": False}]
    assert [row["id"] for row in inbox["entries"]] == [entry]
    assert meldcode not in str(inbox)
    (found,) = shown(town)["offers"]
    assert (found["entry"], found["name"], found["phone"], found["answers"]) == (entry, "Sam", True, [])


def test_where_somebody_looks_in_the_phone_it_is_not_there(town: Town) -> None:
    card = town.sam.seal(town.noor, "card")
    assert town.sam.send(card).status == 201
    _, entry = offered(town, child_reading=None)
    inbox = town.noor.inbox()
    assert (inbox["offers"], inbox["entries"]) == ([], [])
    assert shown(town)["offers"][0]["phone"] is False
    # It is no card either.
    rows = {row["child"]: row for row in town.vera.get("/desk/api/children").json}
    assert [one["id"] for one in rows[town.noor.child]["cards"]] == [id_of(card)]
    assert town.vera.read(entry).status == 200


def test_nothing_is_offered_that_was_not_decided(town: Town) -> None:
    meldcode = decided(town, "steps.5.yy-")
    assert offers(town.sam, meldcode)[0].code == "bad-request"
    nowhere = offers(town.sam, random_id())[0]
    assert (nowhere.status, nowhere.code) == (404, "not-found")
    data = town.sam.seal(town.noor, "offer", doc={**OFFER, "of": meldcode})
    assert town.sam.send(data, offer="x").code == "bad-request"
    both = town.sam.send(data, offer=meldcode, meldcode=f"{meldcode}.steps.5.yyy")
    assert both.code == "bad-request"


def test_iris_and_jo_offer_nothing(town: Town) -> None:
    meldcode = decided(town)
    assert offers(town.iris, meldcode)[0].status == 404
    lists = {"readers_list": town.noor.lists["confidant"], "child_reading": None}
    data = town.jo.seal(town.noor, "answer", **lists)
    assert town.jo.send(data, to="confidant.1", offer=meldcode).code == "bad-request"
    assert shown(town)["offers"] == []


def test_a_child_offers_itself_nothing(town: Town) -> None:
    meldcode = decided(town)
    said = town.noor.say()
    assert town.noor.send(said, headers={"Kindstem-Offer": meldcode}).status == 201
    assert shown(town)["offers"] == []


# --- the answer -------------------------------------------------------------------------------------------------------


def test_later_keeps_it_open_no_closes_it_and_the_child_can_change_its_mind(town: Town) -> None:
    _, entry = offered(town)
    seen = []
    for what in ("later", "no", "yes"):
        town.clock.ahead(minutes=2)
        assert says(town, entry, what).status == 200
        found = shown(town, "vera")
        seen.append((found["became"]["what"], found["became"]["way"], found["became"]["name"], found["waits"]))
    assert seen == [("later", "phone", "", True), ("no", "phone", "", False), ("yes", "phone", "", True)]
    (mine,) = town.noor.inbox()["offers"]
    assert [one["record"]["says"] for one in mine["answers"]] == ["later", "no", "yes"]
    assert shown(town)["offers"][0]["answers"] == mine["answers"]


def test_who_said_no_is_not_asked_again_and_can_say_yes(town: Town) -> None:
    meldcode, entry = offered(town)
    assert says(town, entry, "no").status == 200
    again = offers(town.vera, meldcode)[0]
    assert (again.status, again.code) == (409, "offer-answered")
    town.clock.ahead(minutes=1)
    assert says(town, entry, "yes").status == 200
    assert offers(town.vera, meldcode)[0].status == 201


@pytest.mark.promise("P25")
def test_nobody_answers_in_its_place_once_it_answered_itself(town: Town) -> None:
    meldcode, entry = offered(town)
    assert talk(town.sam, meldcode, "no").status == 200
    assert says(town, entry, "yes").status == 200
    assert shown(town)["became"]["what"] == "yes"
    for what in ("no", "later", "yes"):
        refused = talk(town.vera, meldcode, what)
        assert (refused.status, refused.code) == (409, "offer-answered")
    assert shown(town)["became"]["way"] == "phone"
    town.clock.ahead(minutes=2)
    assert talk(town.vera, meldcode, "held").json["waits"] is False
    assert shown(town)["became"]["name"] == "Vera"
    assert town.noor.inbox()["offers"][0]["held"] is True


def test_an_answer_that_waited_for_a_network_takes_nothing_back(town: Town) -> None:
    meldcode, entry = offered(town)
    early = town.noor.acted.answer_offer(entry, "no", at=town.clock())
    town.clock.ahead(minutes=3)
    assert says(town, entry, "yes").status == 200
    assert sends(town, early).status == 200
    assert shown(town)["became"]["what"] == "yes"
    town.clock.ahead(minutes=2)
    late = town.noor.acted.answer_offer(entry, "later", at=town.clock())
    town.clock.ahead(minutes=2)
    assert talk(town.sam, meldcode, "held").status == 200
    assert sends(town, late).status == 200
    assert shown(town)["became"]["what"] == "held"
    # What is said after it was held takes it back as little.
    town.clock.ahead(minutes=2)
    assert says(town, entry, "no").status == 200
    assert shown(town)["became"]["what"] == "held"


def test_an_answer_from_a_clock_that_runs_ahead_stands_no_longer_than_others(town: Town) -> None:
    _, entry = offered(town)
    ahead = town.clock.now.replace(year=2030)
    assert sends(town, town.noor.acted.answer_offer(entry, "no", at=ahead)).status == 200
    town.clock.ahead(minutes=1)
    assert says(town, entry, "yes").status == 200
    assert shown(town)["became"]["what"] == "yes"


def test_an_answer_that_is_played_again_is_the_same_answer(town: Town) -> None:
    _, entry = offered(town)
    first = town.noor.acted.answer_offer(entry, "no", at=town.clock())
    assert sends(town, first).status == 200
    town.clock.ahead(minutes=2)
    assert says(town, entry, "yes").status == 200
    town.clock.ahead(minutes=2)
    assert sends(town, first).status == 200
    assert shown(town)["became"]["what"] == "yes"
    assert len(shown(town)["offers"][0]["answers"]) == 2


def test_of_two_offers_either_can_be_answered_and_the_newest_answer_stands(town: Town) -> None:
    meldcode, first = offered(town)
    _, second = offered(town, meldcode)
    assert says(town, first, "yes").status == 200
    town.clock.ahead(minutes=1)
    assert says(town, second, "no").status == 200
    found = shown(town)
    assert [one["entry"] for one in found["offers"]] == [second, first]
    assert (found["became"]["what"], found["waits"]) == ("no", False)


def test_what_is_said_on_the_tablet_is_shown_as_that(town: Town) -> None:
    _, entry = offered(town)
    kept = on_tablet(town.vera, town.vera.keys.answer_offer(town.noor.child, entry, "later", town.clock()))
    assert kept.json["became"] == {"what": "later", "name": "Vera", "at": "2026-11-18T09:30:00Z", "way": "kindmodus"}
    # Nor is it counted as hers until her own phone says something.
    assert counted(town) == (0, 1)
    assert says(town, entry, "yes").status == 200
    assert counted(town) == (1, 0)


def test_a_worker_who_calls_an_answer_the_phones_is_refused(town: Town) -> None:
    _, entry = offered(town)
    phones = town.noor.acted.answer_offer(entry, "no", at=town.clock())
    mine = Signed(phones.record, (town.sam.keys.signing.sign_record(phones.record),))
    assert on_tablet(town.sam, mine).code == "bad-record"
    assert sends(town, mine).code == "bad-signature"
    # Nor with both signatures, nor by another's key.
    tablet = town.sam.keys.answer_offer(town.noor.child, entry, "no", town.clock())
    assert on_tablet(town.vera, tablet).code == "bad-signature"
    assert sends(town, tablet).code == "bad-record"
    assert shown(town)["became"] is None


def test_an_answer_is_for_this_child_and_an_offer_that_was_made(town: Town) -> None:
    _, entry = offered(town)
    nowhere = says(town, random_id(), "yes")
    assert (nowhere.status, nowhere.code) == (400, "bad-record")
    milans = town.milan.acted.answer_offer(entry, "no", at=town.clock())
    assert town.milan.signed("POST", "/api/offers", {"signed": milans.json()}).code == "bad-record"
    assert sends(town, milans).code == "bad-signature"
    assert shown(town)["became"] is None


def test_a_phone_fills_no_table(town: Town) -> None:
    _, entry = offered(town)
    answers = []
    for _ in range(21):
        town.clock.ahead(seconds=1)
        answers.append(says(town, entry, "later").status)
    assert answers == [200] * 20 + [429]


def test_what_a_child_answered_is_never_changed(town: Town) -> None:
    _, entry = offered(town)
    assert says(town, entry, "yes").status == 200
    for change in ("update offer_answers set says = 'no'", "delete from offer_answers"):
        with pytest.raises(Exception, match="never changed"):
            town.store._conn.execute(change)
    with town.store.reading() as reader:
        (code,) = reader.meldcodes_of(town.noor.child)
    assert code.became is not None
    assert code.became.what is Independent.YES


# --- whoever holds the talk reads through the child -------------------------------------------------------------------


@pytest.fixture
def wil(town: Town) -> Professional:
    """An independent professional, introduced to everybody, who reads nobody yet."""
    found = town.newcomer("Wil", Role.CONFIDANT)
    found.start()
    assert town.sam.introduce(found).status == 200
    return found


def their_list(town: Town, who: Professional, before: Record | None = None) -> Record:
    readers = [who.keys.as_reader("independent", town.clock())]
    return readers_record(town.org.id, town.noor.child, "independent", readers, at=town.clock(), before=before)


def lets(town: Town, record: Record, *by: Any) -> Answered:
    """The list, signed by the phone and these, on its way."""
    sigs = tuple(key.sign_record(record) for key in (town.noor.acted.signing, *(one.keys.signing for one in by)))
    return town.noor.signed("POST", "/api/lists", {"list": Signed(record, sigs).json()})


def with_wil(town: Town, wil: Professional) -> str:
    """Noor says yes to a talk with Wil; the offer's entry."""
    record = their_list(town, wil)
    doc = {**OFFER, "list": town.sam.keys.sign_record(Signed(record, ())).json()}
    meldcode = decided(town)
    data = town.sam.seal(town.noor, "offer", doc={**doc, "of": meldcode})
    assert town.sam.send(data, offer=meldcode).status == 201
    assert wil.get("/desk/api/children").json == []
    assert says(town, id_of(data), "yes").status == 200
    assert lets(town, record, town.sam).json == {"number": 1}
    town.noor.lists["independent"] = record
    return id_of(data)


def their_row(wil: Professional) -> dict[str, Any]:
    (row,) = wil.get("/desk/api/children").json
    found: dict[str, Any] = row
    return found


def to_wil(town: Town) -> str:
    """Something Noor says to Wil alone."""
    said = town.noor.say("independent")
    assert town.noor.send(said, to="independent.1").status == 201
    return id_of(said)


@pytest.mark.promise("P25", "P2")
def test_by_her_yes_somebody_reads_what_she_sends_them_and_nothing_from_before(town: Town, wil: Professional) -> None:
    before = town.noor.say()
    assert town.noor.send(before).status == 201
    asked = town.noor.wants(town.jo, "confidant")
    assert town.noor.request(asked).status == 200
    offer = with_wil(town, wil)
    row = their_row(wil)
    assert (row["role"], row["meldcodes"], row["flags"], row["cards"]) == ("independent", [], [], [])
    assert row["independent"] == {"since": "2026-11-18T09:30:00Z", "held": None}
    sent = to_wil(town)
    path = f"/desk/api/children/{town.noor.child}"
    assert [one["id"] for one in wil.get(f"{path}/entries?after=0").json["entries"]] == [sent]
    assert wil.read(sent).status == 200
    for entry in (id_of(before), offer):
        assert wil.read(entry).status == 404
    assert wil.get(f"{path}/requests").json == []
    assert wil.get("/desk/api/requests").json == []
    for nothing in ("talks", "siblings"):
        assert wil.get(f"{path}/{nothing}").status == 404
    # What goes to Wil is for nobody else.
    for who in (town.sam, town.vera, town.jo, town.iris):
        assert who.read(sent).status == 404
    lists = {"readers_list": town.noor.lists["independent"]}
    assert wil.send(wil.seal(town.noor, "answer", doc=ANSWER, **lists), to="independent.1").status == 201


def test_one_signature_lets_nobody_read_and_nobody_stands_on_two_lists(town: Town, wil: Professional) -> None:
    record = their_list(town, wil)
    assert lets(town, record).code == "bad-signature"
    by_sam = {"list": Signed(record, (town.sam.keys.signing.sign_record(record),)).json()}
    assert town.noor.signed("POST", "/api/lists", by_sam).code == "bad-signature"
    assert lets(town, record, town.iris).code == "bad-signature"
    assert lets(town, their_list(town, town.jo), town.sam).code == "bad-record"
    assert wil.get("/desk/api/children").json == []


@pytest.mark.promise("P25")
def test_a_no_on_the_phone_ends_the_reading_and_a_yes_takes_it_up(town: Town, wil: Professional) -> None:
    offer = with_wil(town, wil)
    sent = to_wil(town)
    town.clock.ahead(minutes=1)
    tablet = town.sam.keys.answer_offer(town.noor.child, offer, "no", town.clock())
    assert on_tablet(town.sam, tablet).status == 200
    # On a tablet a professional signed it: that takes no reader from a child.
    assert wil.read(sent).status == 200
    town.clock.ahead(minutes=1)
    assert says(town, offer, "no").status == 200
    nothing = [wil.read(sent), wil.get(f"/desk/api/children/{town.noor.child}/entries?after=0")]
    lists = {"readers_list": town.noor.lists["independent"]}
    nothing.append(wil.send(wil.seal(town.noor, "answer", **lists), to="independent.1"))
    nothing.append(wil.post(f"/desk/api/children/{town.noor.child}/held", None))
    assert [one.status for one in nothing] == [404] * 4
    assert wil.get("/desk/api/children").json == []
    town.clock.ahead(minutes=1)
    assert says(town, offer, "yes").status == 200
    assert wil.read(sent).status == 200


def test_that_the_talk_was_held_is_recorded_by_whoever_held_it(town: Town, wil: Professional) -> None:
    with_wil(town, wil)
    path = f"/desk/api/children/{town.noor.child}/held"
    for who in (town.iris, town.jo, town.sam):
        assert who.post(path, None).status == 404
    town.clock.ahead(minutes=2)
    first = wil.post(path, None)
    assert first.json == {"since": "2026-11-18T09:30:00Z", "held": "2026-11-18T09:32:00Z"}
    town.clock.ahead(minutes=2)
    assert wil.post(path, None).json == first.json
    found = shown(town)
    assert (found["became"]["what"], found["became"]["name"], found["waits"]) == ("held", "Wil", False)
    assert town.noor.inbox()["offers"][0]["held"] is True


@pytest.mark.promise("P25")
def test_what_they_write_is_theirs_and_the_childs(town: Town, wil: Professional) -> None:
    with_wil(town, wil)
    sent = to_wil(town)
    mine = {"readers_list": town.noor.lists["independent"]}
    data = wil.seal(town.noor, "perspective", doc=PAPER, **mine)
    quoted = {"Kindstem-Quoted": sent}
    assert wil.send(data, to="independent.1", document="extension.2026-12-03", headers=quoted).status == 201
    path = f"/desk/api/children/{town.noor.child}/documents"
    listed = wil.get(path).json
    assert ([one["id"] for one in listed["documents"]], listed["decisions"]) == ([id_of(data)], [])
    assert town.sam.get(path).json["documents"] == []
    assert town.noor.inbox()["documents"] == [id_of(data)]
    assert [who.read(id_of(data)).status for who in (town.sam, town.vera, town.jo)] == [404] * 3
    # The organisation heard no child by it.
    with town.store.reading() as reader:
        assert reader._versions([town.noor.child]) == {}  # type: ignore[attr-defined]
    # Nor does it quote what was said to others.
    other = town.noor.say()
    assert town.noor.send(other).status == 201
    again = wil.seal(town.noor, "perspective", doc=PAPER, **mine)
    quoted = {"Kindstem-Quoted": id_of(other)}
    assert wil.send(again, to="independent.1", document="extension.2026-12-03", headers=quoted).code == "bad-request"


def test_a_document_stands_in_the_circle_of_its_author_alone() -> None:
    meta = {
        "v": 1, "kind": "perspective", "seq": 0, "at": "2026-11-18T09:30:00Z", "by": random_id(), "circle": "worker",
        "list": {"number": 1, "hash": "A" * 43}, "lock": "desk", "to": ["A" * 43], "about": None,
    }  # fmt: skip
    for circle in ("worker", "independent"):
        assert parse_meta(canonical({**meta, "circle": circle}), "down")["circle"] == circle
    for circle in ("confidant", "oncall"):
        with pytest.raises(BadEnvelope):
            parse_meta(canonical({**meta, "circle": circle}), "down")
    with pytest.raises(BadEnvelope):
        parse_meta(canonical({**meta, "kind": "offer", "circle": "independent"}), "down")
