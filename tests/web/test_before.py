"""Heard before the decision, from the parcel to the numbers: what is handed in, what is kept of it, what is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from html import unescape

import pytest

from kindstem import roster
from kindstem.calendar import local_day
from kindstem.domain import Role
from kindstem.errors import BadNorm
from kindstem.signing import random_id
from tests.cast import PAPER, Town, id_of
from tests.ledger import file_of, line

FOR = "extension.2026-12-03"


def hearing(town: Town) -> dict[str, object]:
    """The one decision of the roster about Noor, as the desk is told of it."""
    (found,) = town.sam.get(f"/desk/api/children/{town.noor.child}/documents").json["decisions"]
    return dict(found)


def decided(town: Town) -> None:
    """Two weeks later the roster says that there was a decision, the day before."""
    town.clock.ahead(days=14)
    day = local_day(town.clock()) - timedelta(days=1)
    one = line(town.noor.child, "2011-03", "2026-01-05", team="wilg", decisions=f"verlenging:{day.isoformat()}")
    taken = town.call(partial(roster.take_in, apply=True, now=town.clock()), town.store, file_of(one))
    assert not taken.refused
    assert town.sam.sign_in().status == 200


def quoting(town: Town) -> tuple[bytes, str]:
    """Something Noor said, and a version of a document that is offered to her, on its way."""
    said = town.noor.say()
    assert town.noor.send(said).status == 201
    return town.sam.seal(town.noor, "perspective"), id_of(said)


def test_a_talk_and_a_quote_in_a_document_that_was_offered_show_as_heard(town: Town) -> None:
    data, said = quoting(town)
    assert town.sam.send(data, document=FOR, headers={"Kindstem-Quoted": said}).status == 201
    assert town.sam.hand_in(town.noor, town.sam.talk(town.noor)).status == 200
    (known,) = town.sam.get(f"/desk/api/children/{town.noor.child}/documents").json["documents"]
    assert known["quoted"] == said
    decided(town)
    found = hearing(town)
    assert found["before"] == {"talk": True, "written": True, "offered": True, "words": True}
    assert (found["heard"], found["months"]) == (True, 3)


def test_what_the_child_says_of_a_document_counts_as_a_quote_does(town: Town) -> None:
    data, _ = quoting(town)
    assert town.sam.send(data, document=FOR).status == 201
    sent = town.noor.send(town.noor.say(), headers={"Kindstem-About": id_of(data)})
    assert sent.status == 201
    decided(town)
    assert hearing(town)["before"] == {"talk": False, "written": True, "offered": True, "words": True}
    assert hearing(town)["heard"] is False


def test_without_words_or_offer_it_is_not_heard_and_the_numbers_say_why(town: Town) -> None:
    _, said = quoting(town)
    kept = {**PAPER, "reaction": {"state": "none", "reason": "Zij wil het niet lezen."}}
    data = town.sam.seal(town.noor, "perspective", doc=kept, child_reading=None)
    assert town.sam.send(data, document=FOR, headers={"Kindstem-Quoted": said}).status == 201
    decided(town)
    assert hearing(town)["before"] == {"talk": False, "written": True, "offered": False, "words": False}
    bas = town.counter("Bas", Role.MANAGER)
    page = " ".join(unescape(re.sub(r"<[^>]+>", " ", bas.get("/numbers/kpis").content.decode())).split())
    assert "Afgerond zonder dat het kind het las 100% 1 van 1" in page
    assert "1 geen onbetwist 1-op-1-contact" in page
    assert "Zij wil" not in page


def test_what_a_child_says_of_it_on_the_tablet_shows_that_it_was_offered_there(town: Town) -> None:
    data = town.sam.seal(town.noor, "perspective", child_reading=None)
    assert town.sam.send(data, document=FOR).status == 201
    said = town.sam.keys.seal_said(
        "reaction",
        {"v": 1, "lang": "nl", "prompt": "?", "value": "Dit klopt", "part": None},
        readers_list=town.noor.lists["worker"],
        child_reading=town.noor.acted.reading,
        at=town.clock(),
        about=id_of(data),
    )
    assert town.sam.send(said, headers={"Kindstem-About": id_of(data)}).status == 201
    decided(town)
    assert hearing(town)["before"] == {"talk": False, "written": True, "offered": True, "words": True}
    bas = town.counter("Bas", Role.MANAGER)
    assert "verlenging" in bas.get(f"/numbers/child/{town.noor.child}").content.decode()


def test_words_are_not_refused_for_naming_a_document_that_is_none(town: Town) -> None:
    assert town.noor.send(town.noor.say(), headers={"Kindstem-About": random_id()}).status == 201
    refused = town.noor.send(town.noor.say(), headers={"Kindstem-About": "a document"})
    assert (refused.status, refused.code) == (400, "bad-request")
    refused = town.noor.send(town.noor.say("self"), to="self", headers={"Kindstem-About": random_id()})
    assert (refused.status, refused.code) == (400, "bad-request")


@pytest.mark.parametrize("quoted", ["", "yes", "own", "unknown"])
def test_a_document_cannot_quote_what_is_not_the_childs(town: Town, quoted: str) -> None:
    data, _ = quoting(town)
    own = town.sam.seal(town.noor)
    assert town.sam.send(own).status == 201
    named = {"own": id_of(own), "unknown": random_id()}.get(quoted, quoted)
    refused = town.sam.send(data, document=FOR, headers={"Kindstem-Quoted": named})
    assert (refused.status, refused.code) == (400, "bad-request")
    assert town.sam.get(f"/desk/api/children/{town.noor.child}/documents").json["documents"] == []


def test_the_numbers_say_for_how_many_months_and_since_when(town: Town) -> None:
    bas = town.counter("Bas", Role.MANAGER)
    assert "tot 3 maanden vóór de beslissing" in bas.get("/numbers/norms").content.decode()
    today = local_day(town.clock())
    setting = partial(roster.set_heard_within, now=town.clock())
    town.call(setting, town.store, today, 2, "Ruth", "Met kinderen besproken")
    page = bas.get("/numbers/norms").content.decode()
    assert "tot 2 maanden vóór de beslissing" in page
    assert "Met kinderen besproken" in page
    with pytest.raises(BadNorm):
        town.call(setting, town.store, today - timedelta(days=1), 2, "Ruth", "later")
    with pytest.raises(BadNorm):
        town.call(setting, town.store, today, 13, "Ruth", "longer")
