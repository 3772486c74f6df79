"""The meldcode on the server: never two at once, not closed before it is decided, and counted without a name."""

import re
from functools import partial
from typing import Any

import pytest

from kindstem import roster
from kindstem.domain import Role
from kindstem.signing import random_id
from tests.cast import MELDCODE, Answered, Professional, Town, id_of
from tests.ledger import file_of, line


def opened(town: Town, who: Professional | None = None, meldcode: str | None = None) -> str:
    """The id of Noor's meldcode, opened or open already."""
    answer = (who or town.sam).post(f"/desk/api/children/{town.noor.child}/meldcodes", {"id": meldcode or random_id()})
    assert answer.status == 200
    return str(answer.json["id"])


def writes(who: Professional, meldcode: str, said: str, **doc: Any) -> tuple[Answered, str]:
    """What somebody writes in it: the answer, and the entry."""
    data = who.seal(who.town.noor, "meldcode", doc={**MELDCODE, "meldcode": meldcode, **doc})
    return who.send(data, meldcode=f"{meldcode}.{said}"), id_of(data)


def judges(who: Professional, meldcode: str, what: str, of: str) -> Answered:
    form = {"v": 1, "lang": "nl", "what": what, "meldcode": meldcode, "of": of, "text": "Ik las het."}
    data = who.seal(who.town.noor, "meldcode", doc=form)
    return who.send(data, meldcode=f"{meldcode}.{what}.{of}")


def closes(who: Professional, meldcode: str) -> Answered:
    return who.post(f"/desk/api/meldcodes/{meldcode}/close", None)


def shown(town: Town, who: str = "sam") -> list[dict[str, Any]]:
    rows = {row["child"]: row for row in getattr(town, who).get("/desk/api/children").json}
    return list(rows[town.noor.child]["meldcodes"])


# --- opening and writing ----------------------------------------------------------------------------------------------


def test_there_are_never_two_at_once(town: Town) -> None:
    first = opened(town)
    assert opened(town, meldcode=first) == first
    assert opened(town, town.vera) == first
    assert [one["id"] for one in shown(town, "vera")] == [first]
    writes(town.sam, first, "steps.5.yyn")
    assert closes(town.sam, first).status == 200
    # The try that was lost on its way opens no second one.
    assert opened(town, meldcode=first) == first
    second = opened(town, town.vera)
    assert [one["id"] for one in shown(town) if one["closed"] is None] == [second]


def test_an_id_of_another_childs_opens_nothing(town: Town) -> None:
    meldcode = opened(town)
    refused = town.sam.post(f"/desk/api/children/{town.milan.child}/meldcodes", {"id": meldcode})
    assert (refused.status, refused.code) == (404, "not-found")


def test_readers_see_how_far_it_is_and_nobody_sees_its_words(town: Town) -> None:
    meldcode = opened(town)
    answer, entry = writes(town.sam, meldcode, "steps.3.-y-")
    assert answer.status == 201
    (found,) = shown(town, "vera")
    expected = {"entry": entry, "step": 3, "report": None, "help": True, "talk": None, "closed": None, "name": "Sam"}
    assert {key: found[key] for key in expected} == expected
    assert found["missing"] == ["report", "talk"]
    assert town.vera.read(entry).status == 200
    rows = {row["child"]: row for row in town.jo.get("/desk/api/children").json}
    assert rows[town.noor.child]["meldcodes"] == []
    for who in (town.jo, town.iris):
        assert who.read(entry).status == 404


@pytest.mark.promise("P1")
def test_it_never_goes_to_the_childs_phone_and_is_no_card(town: Town) -> None:
    meldcode, card = opened(town), town.sam.seal(town.noor, "card")
    assert town.sam.send(card).status == 201
    form = {**MELDCODE, "meldcode": meldcode}
    data = town.sam.seal(town.noor, "meldcode", doc=form, child_reading=town.noor.acted.reading)
    refused = town.sam.send(data, meldcode=f"{meldcode}.steps.1.---")
    assert (refused.status, refused.code) == (400, "bad-request")
    for _ in range(3):
        assert writes(town.sam, meldcode, "steps.1.---")[0].status == 201
    assert [row for row in town.noor.inbox()["entries"] if row["dir"] == "down"] == []
    rows = {row["child"]: row for row in town.sam.get("/desk/api/children").json}
    assert [one["id"] for one in rows[town.noor.child]["cards"]] == [id_of(card)]


def test_sending_it_twice_keeps_one_and_two_authors_at_once_both(town: Town) -> None:
    meldcode = opened(town)
    data = town.sam.seal(town.noor, "meldcode", doc={**MELDCODE, "meldcode": meldcode})
    sent = [town.sam.send(data, meldcode=f"{meldcode}.steps.1.---").status for _ in range(2)]
    assert sent == [201, 200]
    for who in (town.sam, town.vera):
        assert writes(who, meldcode, "steps.2.---", prev=[id_of(data)])[0].status == 201
    with town.store.reading() as reader:
        assert reader._all("select count(*) from meldcode_records")[0][0] == 3


WRONG = ("steps.1.---.", "steps.6.---", "steps.1.--", "steps.1.YN-", "agree", "agree.x", "close.5.yyy", "")


@pytest.mark.parametrize("wrong", WRONG)
def test_a_step_that_is_none_is_refused(town: Town, wrong: str) -> None:
    answer, _ = writes(town.sam, opened(town), wrong)
    assert (answer.status, answer.code) == (400, "bad-request")
    assert shown(town)[0]["entry"] is None


def test_it_is_for_the_worker_circle_alone(town: Town) -> None:
    meldcode = opened(town)
    header = f"{meldcode}.steps.1.---"
    answer = town.jo.seal(town.noor, "answer", readers_list=town.noor.lists["confidant"], child_reading=None)
    assert town.jo.send(answer, to="confidant.1", meldcode=header).code == "bad-request"
    steps = town.iris.seal(town.noor, "meldcode", doc={**MELDCODE, "meldcode": meldcode})
    assert town.iris.send(steps, meldcode=header).status == 404
    nowhere = writes(town.sam, random_id(), "steps.1.---")[0]
    assert (nowhere.status, nowhere.code) == (404, "not-found")


def test_a_meldcode_of_one_child_takes_nothing_of_another(town: Town) -> None:
    lists = {"readers_list": town.milan.lists["worker"], "child_reading": None}
    meldcode = opened(town)
    data = town.sam.keys.seal("meldcode", {**MELDCODE, "meldcode": meldcode}, at=town.clock(), **lists)
    assert town.sam.send(data, meldcode=f"{meldcode}.steps.1.---").status in {400, 404}
    assert shown(town)[0]["entry"] is None


# --- closing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("---", "report help talk"),
        ("y--", "help talk"),
        ("yn-", "talk"),
        ("-nn", "report"),
        ("n--", "help talk second"),
    ],
)
def test_it_is_not_closed_before_every_decision(town: Town, said: str, missing: str) -> None:
    meldcode = opened(town)
    for step in (1, 5):
        writes(town.sam, meldcode, f"steps.{step}.{said}")
        refused = closes(town.sam, meldcode)
        assert (refused.status, refused.code) == (409, "meldcode-unfinished")
        assert refused.json["error"]["missing"] == missing
    assert shown(town)[0]["closed"] is None


def test_one_that_nothing_was_written_in_is_not_closed(town: Town) -> None:
    assert closes(town.sam, opened(town)).code == "meldcode-unfinished"


def test_reporting_closes_without_a_second_reader_and_nothing_is_added_after(town: Town) -> None:
    meldcode = opened(town)
    _, entry = writes(town.sam, meldcode, "steps.5.yny")
    town.clock.ahead(minutes=10)
    answer = closes(town.vera, meldcode)
    assert answer.json["closed"] == {"name": "Vera", "at": "2026-11-18T09:40:00Z"}
    town.clock.ahead(minutes=1)
    assert closes(town.sam, meldcode).json["closed"] == answer.json["closed"]
    refused, _ = writes(town.sam, meldcode, "steps.5.nny")
    assert (refused.status, refused.code) == (409, "meldcode-closed")
    assert shown(town)[0]["entry"] == entry


def test_not_reporting_needs_another_reader_who_agrees_with_exactly_this(town: Town) -> None:
    meldcode = opened(town)
    _, first = writes(town.sam, meldcode, "steps.5.nyn")
    assert closes(town.sam, meldcode).json["error"]["missing"] == "second"
    assert judges(town.sam, meldcode, "agree", first).code == "bad-request"
    assert judges(town.vera, meldcode, "agree", random_id()).code == "bad-request"
    assert judges(town.vera, meldcode, "agree", first).status == 201
    assert shown(town)[0]["judged"] == {"agrees": True, "name": "Vera", "at": "2026-11-18T09:30:00Z"}
    # Other reasons have to be agreed with anew.
    _, second = writes(town.sam, meldcode, "steps.5.nyn")
    assert (shown(town)[0]["judged"], shown(town)[0]["missing"]) == (None, ["second"])
    assert closes(town.sam, meldcode).code == "meldcode-unfinished"
    assert judges(town.vera, meldcode, "agree", first).code == "bad-request"
    assert judges(town.vera, meldcode, "agree", second).status == 201
    assert closes(town.sam, meldcode).status == 200


def test_disagreement_goes_to_the_designated_officer_and_not_before(town: Town) -> None:
    meldcode = opened(town)
    _, entry = writes(town.sam, meldcode, "steps.5.nyn")
    assert judges(town.sam, meldcode, "officer", entry).code == "bad-request"
    assert judges(town.vera, meldcode, "disagree", entry).status == 201
    assert closes(town.sam, meldcode).json["error"]["missing"] == "officer"
    assert judges(town.sam, meldcode, "officer", entry).status == 201
    assert closes(town.sam, meldcode).status == 200


def test_where_a_report_is_made_there_is_nothing_to_agree_with(town: Town) -> None:
    meldcode = opened(town)
    _, entry = writes(town.sam, meldcode, "steps.5.yyn")
    assert judges(town.vera, meldcode, "agree", entry).code == "bad-request"


def test_iris_and_jo_open_close_and_record_nothing(town: Town) -> None:
    meldcode = opened(town)
    writes(town.sam, meldcode, "steps.5.yyy")
    for who in (town.iris, town.jo):
        path = f"/desk/api/children/{town.noor.child}/meldcodes"
        asked = (who.post(path, {"id": random_id()}), closes(who, meldcode))
        assert [one.status for one in asked] == [404, 404]
        assert who.post(f"/desk/api/meldcodes/{meldcode}/talk", {"what": "held"}).status == 404
    (found,) = shown(town)
    assert (found["closed"], found["became"]) == (None, None)


def test_what_was_recorded_is_never_changed(town: Town) -> None:
    meldcode = opened(town)
    writes(town.sam, meldcode, "steps.5.yyy")
    for change in ("update meldcode_records set report = 0", "delete from meldcode_records"):
        with pytest.raises(Exception, match="never changed"):
            town.store._conn.execute(change)


# --- the independent talk, and numbers --------------------------------------------------------------------------------


def talk(who: Professional, meldcode: str, what: str) -> Answered:
    return who.post(f"/desk/api/meldcodes/{meldcode}/talk", {"what": what})


def test_an_independent_talk_is_open_until_it_was_held_or_the_child_declined(town: Town) -> None:
    meldcode = opened(town)
    writes(town.sam, meldcode, "steps.5.yy-")
    assert talk(town.sam, meldcode, "later").code == "bad-request"
    writes(town.sam, meldcode, "steps.5.yyy")
    assert closes(town.sam, meldcode).status == 200
    waits = []
    for what in ("later", "no", "yes", "held"):
        answer = talk(town.vera, meldcode, what)
        assert answer.json["became"]["what"] == what
        waits.append(answer.json["waits"])
    assert waits == [True, False, True, False]
    assert talk(town.sam, meldcode, "perhaps").code == "bad-request"


def counted(town: Town, who: Any = None, path: str = "") -> list[int] | None:
    """The numbers on the page of whoever counts, in their order; -1 for none, and None where the part is not shown."""
    who = who or town.ruth
    # A code is taken once.
    town.clock.ahead(minutes=1)
    assert who.sign_in().status == 200
    html = who.get(f"/numbers/{path}").content.decode()
    found = re.search(r'data-part="disclosed">(.*?)</section>', html, re.DOTALL)
    assert found is None or town.noor.child not in found[1]
    return [int(one) if one != "–" else -1 for one in re.findall(r'class="big">([^<]+)<', found[1])] if found else None


@pytest.mark.promise("P9")
def test_the_manager_sees_numbers_and_no_child(town: Town) -> None:
    assert counted(town) == []
    meldcode = opened(town)
    writes(town.sam, meldcode, "steps.5.nyy")
    town.clock.ahead(days=3)
    # Opened, open, oldest, reported, not, median; offered, answered on a phone, on a tablet alone, held, declined,
    # open, longest.
    assert counted(town) == [1, 1, 3, 0, 0, -1, 1, 0, 0, 0, 0, 1, 3]
    assert (town.sam.sign_in().status, town.vera.sign_in().status) == (200, 200)
    assert judges(town.vera, meldcode, "agree", shown(town)[0]["entry"]).status == 201
    assert closes(town.sam, meldcode).status == 200
    town.clock.ahead(days=400)
    # A year later it is gone from what was opened, were it not for the talk that is still open.
    assert counted(town) == [1, 0, -1, 0, 1, 3, 1, 0, 0, 0, 0, 1, 403]
    assert town.sam.sign_in().status == 200
    assert talk(town.sam, meldcode, "held").status == 200
    assert counted(town) == []


def test_no_choice_of_children_shows_whose_it_is_and_a_leader_sees_the_own_team(town: Town) -> None:
    lines = [line(town.noor.child, "2011-03", "2026-01-05", team="Haven", worker="Sam")]
    found = town.call(partial(roster.take_in, town.store, file_of(*lines), apply=True, now=town.clock()))
    assert not found.refused
    writes(town.sam, opened(town), "steps.5.yy-")
    leaders = [town.counter(name, Role.LEADER, team=team) for name, team in (("Lotte", "Haven"), ("Kees", "Kade"))]
    assert counted(town, path="?team=Haven") is None
    seen = [counted(town, leader) for leader in leaders]
    assert seen == [[1, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, -1], []]
