"""The door of the numbers: two factors and no keys, nothing at the desk, and accounts that end by themselves."""

from datetime import timedelta

import pytest

from kindstem.calendar import local_day
from kindstem.domain import Role
from kindstem.errors import SetupFault
from tests.cast import Counter, Somebody, Town


@pytest.fixture
def ruth(town: Town) -> Counter:
    return town.ruth


def test_a_first_sign_in_makes_no_keys(town: Town, ruth: Counter) -> None:
    person = town.store.read_sync(lambda r: r.person(ruth.id))
    found = town.store.read_sync(lambda r: r.credentials(ruth.id))
    assert person is not None
    assert found is not None
    assert (person.started, person.record, person.reading_key, person.signing_keys) == (True, None, None, ())
    assert (found.pepper, found.recovery_pepper, found.keyring, found.recovery_keyring) == (b"", b"", None, None)
    assert len(ruth.codes) == 10
    assert set(ruth.cookies) == {"numbers", "known"}


def test_a_start_code_works_once(town: Town, ruth: Counter) -> None:
    again = town.nobody().post("/numbers/api/start", {"name": ruth.name, "startcode": ruth.startcode})
    assert (again.status, again.code) == (403, "signin-failed")


def test_signing_in_takes_both_factors_and_gives_a_session_and_nothing_else(town: Town, ruth: Counter) -> None:
    ruth.cookies.clear()
    assert ruth.get("/numbers/council").status == 401
    assert ruth.sign_in(code="000000").code == "signin-failed"
    town.clock.ahead(minutes=1)
    answered = ruth.sign_in()
    assert answered.status == 200
    assert answered.json == {"person": {"id": ruth.id, "name": ruth.name, "role": "manager"}}
    assert ruth.get("/numbers/council").status == 200


def test_a_code_is_accepted_once(town: Town, ruth: Counter) -> None:
    town.clock.ahead(minutes=1)
    code = ruth.code()
    assert ruth.sign_in(code=code).status == 200
    assert ruth.sign_in(code=code).code == "signin-failed"


def test_a_recovery_code_gives_a_new_passphrase(town: Town, ruth: Counter) -> None:
    town.clock.ahead(minutes=1)
    other = Counter(**{**vars(ruth), "cookies": dict(ruth.cookies)})
    assert ruth.sign_in(way="recovery", verifier=ruth.verifier("recovery")).status == 200
    proof = ruth.verifier("recovery")
    old = ruth.verifier()
    ruth.passphrase = "seven other words that nobody else would choose"
    form = {"salt": "A" * 22, "verifier": ruth.verifier(), "proof": proof, "way": "recovery"}
    assert ruth.post("/numbers/api/passphrase", form | {"proof": old}).code == "signin-failed"
    assert ruth.post("/numbers/api/passphrase", form).status == 200
    assert other.get("/numbers/council").status == 401, "every other session ends"
    town.clock.ahead(minutes=1)
    assert ruth.sign_in(verifier=old).code == "signin-failed"
    town.clock.ahead(minutes=1)
    assert ruth.sign_in().status == 200


def test_each_door_sends_on_who_belongs_at_the_other(town: Town, ruth: Counter) -> None:
    town.clock.ahead(minutes=1)
    form = {"name": ruth.name, "verifier": ruth.verifier(), "code": ruth.code(), "way": "passphrase"}
    assert (town.nobody().post("/desk/api/signin", form).code) == "other-door"
    form = {"name": "Sam", "verifier": town.sam.verifier(), "code": town.sam.code(), "way": "passphrase"}
    assert (town.nobody().post("/numbers/api/signin", form).code) == "other-door"
    wrong = form | {"verifier": "A" * 43}
    assert (town.nobody().post("/numbers/api/signin", wrong).code) == "signin-failed"
    new = town.newcomer("Esma", Role.ADMINISTRATOR)
    begun = town.nobody().post("/desk/api/start", {"name": "Esma", "startcode": new.startcode})
    assert (begun.status, begun.code) == (403, "other-door")


@pytest.mark.promise("P9")
def test_a_session_opens_one_door_whatever_the_cookie_is_called(town: Town, ruth: Counter) -> None:
    as_desk = Somebody(town, cookies={"desk": ruth.cookies["numbers"]})
    assert as_desk.get("/desk/api/me").code == "session-ended"
    assert as_desk.get("/desk/api/children").code == "session-ended"
    as_numbers = Somebody(town, cookies={"numbers": town.sam.cookies["desk"]})
    assert as_numbers.get("/numbers/council").status == 401


def test_a_session_ends_when_nothing_happens(town: Town, ruth: Counter) -> None:
    idle = town.config.idle_minutes
    town.clock.ahead(minutes=idle - 1)
    assert ruth.get("/numbers/council").status == 200
    town.clock.ahead(minutes=idle - 1)
    assert ruth.get("/numbers/council").status == 200
    town.clock.ahead(minutes=idle)
    assert ruth.get("/numbers/council").status == 401


def test_signing_out_ends_the_session(town: Town, ruth: Counter) -> None:
    cookie = ruth.cookies["numbers"]
    assert ruth.ask("POST", "/numbers/api/signout").status == 200
    assert "numbers" not in ruth.cookies
    assert Somebody(town, cookies={"numbers": cookie}).get("/numbers/council").status == 401


def test_an_inspectors_account_ends_by_itself(town: Town) -> None:
    last = local_day(town.clock()) + timedelta(days=1)
    inez = town.counter("Inez", Role.INSPECTOR, until=last)
    assert inez.get("/numbers/council").status == 200
    town.clock.ahead(days=1)
    assert inez.sign_in().status == 200
    town.clock.ahead(hours=13, minutes=29)
    inez.cookies.pop("numbers")
    assert inez.sign_in().status == 200, "the last day is a whole day"
    town.clock.ahead(minutes=2)
    assert inez.get("/numbers/council").status == 401
    assert inez.sign_in().code == "signin-failed"


def test_an_account_that_ends_is_an_inspectors_and_every_leader_has_a_team(town: Town) -> None:
    day = local_day(town.clock())
    for more in ({"role": Role.INSPECTOR}, {"role": Role.MANAGER, "until": day},
                 {"role": Role.INSPECTOR, "until": day - timedelta(days=1)},
                 {"role": Role.INSPECTOR, "until": day + timedelta(days=400)}, {"role": Role.LEADER}):  # fmt: skip
        with pytest.raises(SetupFault):
            town.newcomer("Somebody", **more)


def test_the_door_stands_at_the_address_that_was_asked_for(town: Town) -> None:
    answered = town.nobody().get("/numbers/audit?from=2026-01-01")
    assert answered.status == 401
    assert b'id="door"' in answered.content
    assert "location" not in answered.headers
