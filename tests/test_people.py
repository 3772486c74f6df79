"""Who works here, and the signatures by which they introduce each other."""

from datetime import date
from typing import Any

import pytest

from kindstem import people
from kindstem.domain import Away, Role
from kindstem.errors import BadRequest, NotFound, SetupFault
from kindstem.signing import random_id
from kindstem.wire import b64, unb64
from tests.cast import Town


def call(town: Town, fn: Any, *args: Any, **named: Any) -> Any:
    return town.call(lambda: fn(town.store, *args, **named))


def test_names_are_one_persons_only(town: Town) -> None:
    for taken in ("Sam", "sam", " SAM ", "Ｓam"):
        with pytest.raises(SetupFault, match="already"):
            call(town, people.add, taken, Role.WORKER, now=town.clock())


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Sa\x00m", "Sam\u202egnp.exe"])
def test_a_name_can_be_shown(town: Town, name: str) -> None:
    with pytest.raises(SetupFault, match="characters"):
        call(town, people.add, name, Role.WORKER, now=town.clock())


@pytest.mark.parametrize(
    "mail", ["sam", "sam@", "@x.example", "a b@x.example", "a@x.example\nBcc: all@x.example", "a@localhost"]
)
def test_a_mail_address_is_one(town: Town, mail: str) -> None:
    with pytest.raises(SetupFault, match="mail address"):
        call(town, people.add, "Mira", Role.WORKER, now=town.clock(), mail=mail)


def test_an_organisation_is_founded_once(town: Town) -> None:
    with pytest.raises(SetupFault, match="already"):
        call(town, people.found_org, "Another")


def test_somebody_can_be_put_in_a_team_and_deactivated(town: Town) -> None:
    assert call(town, people.put_in_team, "Sam", "Zuid").team == "Zuid"
    assert call(town, people.deactivate, "sam", now=town.clock()).active is False
    found = {one.name: one for one in call(town, lambda store: store.read(lambda r: r.people()))}
    assert (found["Sam"].team, found["Sam"].active) == ("Zuid", False)
    for act, more in ((people.put_in_team, {"team": None}), (people.deactivate, {"now": town.clock()})):
        with pytest.raises(SetupFault, match="Nobody here"):
            call(town, act, "Nobody", **more)


def test_only_somebody_new_gets_a_start_code(town: Town) -> None:
    access = town.app.state.kindstem.access
    for person in (town.sam.id, random_id()):
        with pytest.raises(NotFound):
            town.call(lambda who=person: access.invite(who, now=town.clock()))


# --- introductions ----------------------------------------------------------------------------------------------------


def signatures(town: Town, person: str) -> list[str]:
    found = town.sam.get("/desk/api/people").json
    record = next(one["record"] for one in found if one["record"]["record"]["person"] == person)
    return [sig["by"] for sig in record["sigs"]]


def test_an_introduction_stands_with_the_record_once(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    mira.start()
    assert signatures(town, mira.id) == [mira.keys.signing.id]
    for _ in range(2):
        assert town.sam.introduce(mira).status == 200
    assert signatures(town, mira.id) == [mira.keys.signing.id, town.sam.keys.signing.id]


def test_nobody_introduces_in_anothers_name_or_with_another_signature(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    mira.start()
    path = f"/desk/api/people/{mira.id}/signatures"
    by_vera = town.vera.keys.sign_record(mira.keys.signed()).sigs[-1]
    over_jo = town.sam.keys.sign_record(town.jo.keys.signed()).sigs[-1]
    mine = town.sam.keys.sign_record(mira.keys.signed()).sigs[-1]
    broken = b64(bytes([unb64(mine.sig)[0] ^ 1]) + unb64(mine.sig)[1:])
    for by, sig in ((by_vera.by, by_vera.sig), (over_jo.by, over_jo.sig), (mine.by, broken), (mine.by, by_vera.sig)):
        assert town.sam.post(path, {"by": by, "sig": sig}).code == "bad-signature"
    assert signatures(town, mira.id) == [mira.keys.signing.id]


def test_nobody_introduces_themselves_or_somebody_without_keys(town: Town) -> None:
    mine = town.sam.keys.sign_record(town.sam.keys.signed()).sigs[-1]
    form = {"by": mine.by, "sig": mine.sig}
    assert town.sam.post(f"/desk/api/people/{town.sam.id}/signatures", form).code == "bad-signature"
    for person in (town.ruth.id, random_id()):
        assert town.sam.post(f"/desk/api/people/{person}/signatures", form).code == "not-found"


# --- away -------------------------------------------------------------------------------------------------------------


def test_the_child_sees_who_is_away_before_it_writes(town: Town) -> None:
    assert town.sam.post("/desk/api/away", {"from": "2026-11-20", "until": "2026-11-27"}).status == 200
    persons = {one["name"]: one for one in town.noor.inbox()["persons"]}
    assert persons["Sam"]["away"] == {"from": "2026-11-20", "until": "2026-11-27"}
    assert persons["Vera"]["away"] is None
    assert town.sam.get("/desk/api/me").json["away"] == {"from": "2026-11-20", "until": "2026-11-27"}
    assert town.sam.post("/desk/api/away", {"from": None, "until": None}).status == 200
    assert town.sam.get("/desk/api/me").json["away"] is None


@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-11-20", "2026-11-19"), ("2026-11-20", None), (None, "2026-11-20"), ("2026-11-20", "2028-11-20")],
)
def test_days_away_are_in_their_order(town: Town, since: str | None, until: str | None) -> None:
    assert town.sam.post("/desk/api/away", {"from": since, "until": until}).code == "bad-request"


def test_days_away_are_days(town: Town) -> None:
    for wrong in ("2026-02-30", "20261120", "2026-11-20T00:00", "morgen"):
        assert town.sam.post("/desk/api/away", {"from": wrong, "until": "2026-11-27"}).code == "bad-request"
    with pytest.raises(BadRequest):
        call(town, people.set_away, town.sam.id, Away(date(2026, 11, 20), date(2026, 11, 1)))
