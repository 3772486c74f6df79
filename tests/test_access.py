"""Signing in with two factors, sessions that end, and limits by which no stranger locks anybody out."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from kindstem.access import Access, Limits
from kindstem.domain import Role
from kindstem.keyfile import KeyFile
from kindstem.sealing import desk_kek, stretch_passphrase, stretch_recovery
from kindstem.signing import random_id
from kindstem.wire import b64, unb64
from tests.cast import Answered, Professional, Somebody, Town
from tests.opening import open_keyring


def fresh(who: Professional) -> Professional:
    """The same person in a browser that was never here."""
    from dataclasses import replace

    return replace(who, cookies={})


# --- the first sign-in ------------------------------------------------------------------------------------------------


def test_a_first_sign_in_ends_with_a_session_and_a_keyring_that_opens(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    mira.start()
    assert mira.get("/desk/api/me").json["person"] == {"id": mira.id, "name": "Mira", "role": "worker"}
    mira.post("/desk/api/signout", {})
    town.clock.ahead(minutes=1)
    answered = mira.sign_in()
    share = stretch_passphrase(mira.passphrase, mira.salts[0]).share
    keyring = unb64(answered.json["keyring"])
    reading, signing = open_keyring(share, unb64(answered.json["pepper"]), mira.id, keyring)
    assert (reading, signing) == (mira.keys._reading_seed, mira.keys._signing_seed)


def test_a_start_code_is_read_however_it_is_typed(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    typed = mira.startcode.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert mira.post("/desk/api/start", {"name": "mira", "startcode": typed}).status == 200


def test_a_start_code_lasts_a_week_and_works_once(town: Town) -> None:
    mira, late = town.newcomer("Mira", Role.WORKER), town.newcomer("Luuk", Role.WORKER)
    mira.start()
    again = fresh(mira).post("/desk/api/start", {"name": "Mira", "startcode": mira.startcode})
    assert again.code == "signin-failed"
    town.clock.ahead(days=7)
    assert late.post("/desk/api/start", {"name": "Luuk", "startcode": late.startcode}).code == "signin-failed"


def test_a_tab_that_closes_before_the_keyring_is_kept_can_begin_again(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    assert finish(town, mira).status == 200
    assert "Mira" not in str(town.sam.get("/desk/api/people").json)
    mira.cookies.clear()
    mira.start()
    assert "Mira" in str(town.sam.get("/desk/api/people").json)


def test_a_wrong_start_code_and_an_unknown_name_look_the_same(town: Town) -> None:
    town.newcomer("Mira", Role.WORKER)
    wrong = town.nobody().post("/desk/api/start", {"name": "Mira", "startcode": "AAAA-BBBB-CCCC-DDDD"})
    unknown = town.nobody().post("/desk/api/start", {"name": "Nobody", "startcode": "AAAA-BBBB-CCCC-DDDD"})
    started = town.nobody().post("/desk/api/start", {"name": "Sam", "startcode": "AAAA-BBBB-CCCC-DDDD"})
    assert wrong.content == unknown.content == started.content
    assert wrong.status == 403


def test_a_manager_is_told_plainly_to_go_to_the_other_door(town: Town) -> None:
    esma = town.newcomer("Esma", Role.ADMINISTRATOR)
    told = esma.post("/desk/api/start", {"name": "Esma", "startcode": esma.startcode})
    assert (told.status, told.code) == (403, "other-door")
    guessed = esma.post("/desk/api/start", {"name": "Esma", "startcode": "AAAA-BBBB-CCCC-DDDD"})
    assert guessed.code == "signin-failed"


def finish(town: Town, who: Professional, **changed: Any) -> Answered:
    from kindstem.sealing import Adult

    begun = who.post("/desk/api/start", {"name": who.name, "startcode": who.startcode}).json
    who.adult = Adult.create(town.org.id, who.name, who.role.value, at=town.clock(), person=who.id)
    form = {
        "ticket": begun["ticket"],
        "salt": random_id(),
        "verifier": b64(bytes(32)),
        "code": pyotp.TOTP(begun["totp"]["secret"]).at(town.clock()),
        "record": who.keys.signed().json(),
        "recovery": {"salt": random_id(), "verifier": b64(bytes(32))},
    }
    return who.post("/desk/api/start/finish", form | changed)


def test_a_key_record_names_exactly_the_person_who_starts(town: Town) -> None:
    from kindstem.sealing import Adult

    mira = town.newcomer("Mira", Role.WORKER)
    others = {
        "another person": Adult.create(town.org.id, "Mira", "worker", at=town.clock(), person=town.sam.id),
        "another name": Adult.create(town.org.id, "Sam", "worker", at=town.clock(), person=mira.id),
        "another role": Adult.create(town.org.id, "Mira", "second", at=town.clock(), person=mira.id),
        "another organisation": Adult.create(random_id(), "Mira", "worker", at=town.clock(), person=mira.id),
        "another year": Adult.create(
            town.org.id, "Mira", "worker", at=town.clock() - timedelta(days=400), person=mira.id
        ),
    }
    for name, adult in others.items():
        assert finish(town, mira, record=adult.signed().json()).code == "bad-record", name


def test_a_key_record_is_signed_by_its_own_key(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    finish(town, mira, code="000000")
    by_sam = town.sam.keys.signing.sign_record(mira.keys.record)
    forged = {"record": mira.keys.record, "sigs": [{"by": by_sam.by, "sig": by_sam.sig}]}
    from kindstem import access as room

    begun = mira.post("/desk/api/start", {"name": "Mira", "startcode": mira.startcode}).json
    form = {
        "ticket": begun["ticket"],
        "salt": random_id(),
        "verifier": b64(bytes(32)),
        "code": pyotp.TOTP(begun["totp"]["secret"]).at(town.clock()),
        "record": forged,
        "recovery": {"salt": random_id(), "verifier": b64(bytes(32))},
    }
    assert mira.post("/desk/api/start/finish", form).code == "bad-signature"
    assert timedelta(minutes=30) == room.TICKET_LASTS
    town.clock.ahead(minutes=30)
    form["code"] = pyotp.TOTP(begun["totp"]["secret"]).at(town.clock())
    form["record"] = mira.keys.signed().json()
    assert mira.post("/desk/api/start/finish", form).code == "signin-failed"


def test_the_authenticator_must_work_before_anything_is_kept(town: Town) -> None:
    mira = town.newcomer("Mira", Role.WORKER)
    assert finish(town, mira, code="000000").code == "signin-failed"
    assert town.store.read_sync(lambda r: r.credentials(mira.id)) is None


def test_a_keyring_is_not_overwritten_without_proof(town: Town) -> None:
    ring = b64(bytes(60))
    again = town.sam.ask("PUT", "/desk/api/keyring", {"passphrase": ring, "recovery": ring})
    assert again.code == "bad-request"


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.fixture
def later(town: Town) -> Town:
    """The next day: everybody signs in anew, with codes that were not used."""
    town.clock.ahead(days=1)
    return town


@pytest.fixture
def strict(town_with: Any) -> Town:
    """The next day, with three attempts in a quarter of an hour."""
    town: Town = town_with(signins_per_name=3)
    town.clock.ahead(days=1)
    return town


def test_both_factors_together_sign_in(later: Town) -> None:
    answered = later.sam.sign_in()
    assert answered.status == 200
    assert answered.json["idle"] == 900
    assert later.sam.get("/desk/api/me").status == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"verifier": b64(bytes(32))},
        {"code": "000000"},
        {"code": ""},
        {"name": "Nobody"},
        {"name": "Ruth"},
        {"way": "recovery"},
        {"verifier": b64(bytes(32)), "code": "000000"},
    ],
    ids=str,
)
def test_whatever_is_wrong_the_answer_is_the_same(later: Town, changed: dict[str, str]) -> None:
    answered = later.sam.sign_in(**changed)
    if changed == {"code": ""}:
        assert answered.code == "bad-request"
        return
    reference = later.vera.sign_in(verifier=b64(bytes(32)))
    assert (answered.status, answered.content) == (403, reference.content)
    assert "set-cookie" not in answered.headers


def test_a_deactivated_person_is_out_at_once_and_stays_out(later: Town) -> None:
    later.sam.sign_in()
    later.call(later.store.write, lambda tx: tx.set_active(later.sam.id, False))
    assert later.sam.get("/desk/api/children").code == "session-ended"
    later.clock.ahead(minutes=1)
    assert later.sam.sign_in().code == "signin-failed"


def test_a_time_code_is_accepted_once(later: Town) -> None:
    assert later.sam.sign_in().status == 200
    assert later.sam.sign_in().code == "signin-failed"
    later.clock.ahead(seconds=30)
    assert later.sam.sign_in().status == 200
    # Nor is the one before it, though a clock that is half a minute late would still show it.
    earlier = pyotp.TOTP(later.sam.totp).at(later.clock() - timedelta(seconds=30))
    assert later.sam.sign_in(code=earlier).code == "signin-failed"


def test_a_code_used_twice_at_the_same_moment_signs_in_once(later: Town) -> None:
    import asyncio

    from kindstem.access import Browser, Way

    access: Access = later.app.state.kindstem.access
    verifier = unb64(later.sam.verifier())

    async def race() -> list[Any]:
        tries = (
            access.sign_in("Sam", verifier, later.sam.code(), Way.PASSPHRASE, Browser(None), now=later.clock())
            for _ in range(5)
        )
        return await asyncio.gather(*tries, return_exceptions=True)

    results = later.call(race)
    assert sum(not isinstance(one, Exception) for one in results) == 1


def test_clocks_may_differ_by_half_a_minute(later: Town) -> None:
    totp = pyotp.TOTP(later.sam.totp)
    assert later.sam.sign_in(code=totp.at(later.clock() + timedelta(seconds=30))).status == 200
    later.clock.ahead(minutes=5)
    assert later.sam.sign_in(code=totp.at(later.clock() - timedelta(seconds=60))).code == "signin-failed"


def test_a_wrong_passphrase_uses_up_no_code(later: Town) -> None:
    one_time = later.sam.codes[0]
    assert later.sam.sign_in(verifier=b64(bytes(32)), code=one_time).code == "signin-failed"
    assert later.sam.sign_in(verifier=b64(bytes(32))).code == "signin-failed"
    assert later.sam.sign_in().status == 200
    assert later.sam.sign_in(code=one_time).status == 200


def test_each_one_time_code_works_once(later: Town) -> None:
    assert len(set(later.sam.codes)) == 10
    typed = later.sam.codes[3].lower().replace("-", "")
    assert later.sam.sign_in(code=typed).status == 200
    assert later.sam.sign_in(code=later.sam.codes[3]).code == "signin-failed"
    assert later.vera.sign_in(code=later.sam.codes[4]).code == "signin-failed"


def test_the_recovery_code_opens_the_same_keys_and_lets_a_new_passphrase_be_set(later: Town) -> None:
    sam = later.sam
    answered = sam.sign_in(way="recovery", verifier=sam.verifier("recovery"))
    share = stretch_recovery(sam.recovery_code, sam.salts[1]).share
    seeds = open_keyring(share, unb64(answered.json["pepper"]), sam.id, unb64(answered.json["keyring"]))
    assert seeds == (sam.keys._reading_seed, sam.keys._signing_seed)

    other_session = fresh(sam)
    later.clock.ahead(minutes=1)
    other_session.sign_in()
    sam.passphrase, sam.salts = "an entirely new phrase of words", (unb64(random_id()), sam.salts[1])
    new = stretch_passphrase(sam.passphrase, sam.salts[0])
    ring = sam.keys.keyring(desk_kek(new.share, unb64(answered.json["passphrasePepper"])))
    form = {
        "passphrase": b64(ring),
        "salt": b64(sam.salts[0]),
        "verifier": b64(new.verifier),
        "proof": sam.verifier("recovery"),
        "way": "recovery",
    }
    assert sam.ask("PUT", "/desk/api/keyring", form | {"proof": b64(bytes(32))}).code == "signin-failed"
    assert sam.ask("PUT", "/desk/api/keyring", form).status == 200
    assert other_session.get("/desk/api/me").code == "session-ended"
    assert sam.get("/desk/api/me").status == 200
    later.clock.ahead(minutes=1)
    again = fresh(sam).sign_in()
    assert again.status == 200
    assert open_keyring(new.share, unb64(again.json["pepper"]), sam.id, unb64(again.json["keyring"])) == seeds
    assert "passphrasePepper" not in again.json


def test_salts_of_unknown_names_are_stable_and_look_real(town: Town) -> None:
    def salts(name: str) -> dict[str, str]:
        answered = town.nobody().post("/desk/api/signin/salt", {"name": name})
        assert answered.status == 200
        found: dict[str, str] = answered.json
        return found

    assert salts("Sam") == {"salt": b64(town.sam.salts[0]), "recoverySalt": b64(town.sam.salts[1])}
    assert salts(" SAM ") == salts("Sam")
    assert salts("Nobody") == salts(" nobody ") != salts("Somebody")
    assert {len(unb64(salt)) for salt in salts("Nobody").values()} == {16}
    assert salts("Nobody")["salt"] != salts("Nobody")["recoverySalt"]
    # Somebody who was asked to come and did not start yet has none either.
    assert salts("Ruth") == salts("ruth")


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_stranger_locks_nobody_out(strict: Town) -> None:
    stranger = strict.nobody()
    form = {"name": "Sam", "verifier": b64(bytes(32)), "code": "000000", "way": "passphrase"}
    codes = [stranger.post("/desk/api/signin", form).code for _ in range(30)]
    assert codes == ["signin-failed"] * 3 + ["signin-wait"] * 27
    # Sam's own browser has a count of its own.
    assert strict.sam.cookies["known"]
    assert strict.sam.sign_in().status == 200
    # A new browser of Sam's has to wait with the strangers, and no longer than it says.
    elsewhere = fresh(strict.sam)
    strict.clock.ahead(seconds=30)
    wait = elsewhere.sign_in().json["error"]["seconds"]
    assert 0 < wait <= 300
    strict.clock.ahead(seconds=wait)
    assert elsewhere.sign_in().status == 200


def test_a_known_browser_is_limited_as_well(strict: Town) -> None:
    codes = [strict.sam.sign_in(verifier=b64(bytes(32))).code for _ in range(5)]
    assert codes == ["signin-failed"] * 3 + ["signin-wait"] * 2
    assert strict.vera.sign_in().status == 200


def test_another_persons_browser_is_a_strangers(strict: Town) -> None:
    form = {"name": "Sam", "verifier": b64(bytes(32)), "code": "000000", "way": "passphrase"}
    codes = [strict.iris.post("/desk/api/signin", form).code for _ in range(4)]
    assert codes == ["signin-failed"] * 3 + ["signin-wait"]
    assert strict.sam.sign_in().status == 200


def test_all_names_together_are_limited_before_anything_is_computed(
    town_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = town_with(signins_in_all=2)
    computed: list[bytes] = []
    access: Access = town.app.state.kindstem.access
    real = access._argon2
    monkeypatch.setattr(access, "_argon2", lambda encoded, secret: computed.append(secret) or real(encoded, secret))
    form = {"verifier": b64(bytes(32)), "code": "000000", "way": "passphrase"}
    codes = [town.nobody().post("/desk/api/signin", form | {"name": f"Somebody {n}"}).code for n in range(4)]
    assert codes == ["signin-failed"] * 2 + ["signin-wait"] * 2
    assert len(computed) == 2


def test_successes_are_not_counted_as_guesses(strict: Town) -> None:
    for _ in range(5):
        strict.clock.ahead(seconds=30)
        assert strict.sam.sign_in().status == 200


def test_a_limit_gives_back_over_time_what_it_took() -> None:
    limits = Limits()
    assert [limits.take("x", 3, 60, 0) for _ in range(4)] == [0, 0, 0, 20]
    assert limits.take("y", 3, 60, 0) == 0
    assert limits.take("x", 3, 60, 19) == 1
    assert limits.take("x", 3, 60, 20) == 0
    assert limits.take("x", 3, 60, 20) == 20
    assert [limits.take("x", 3, 60, 200) for _ in range(4)] == [0, 0, 0, 20]


def test_a_clock_that_is_put_back_locks_nobody_out() -> None:
    limits = Limits()
    assert limits.take("x", 3, 60, 10_000) == 0
    assert limits.take("x", 3, 60, 0) == 20
    assert limits.take("x", 3, 60, 20) == 0


def test_limits_remember_only_what_still_counts() -> None:
    limits = Limits()
    for n in range(3 * Limits._KEPT):
        limits.take(n, 1, 1, now=n / 1000)
    assert len(limits._until) <= Limits._KEPT + 1


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_ends_after_a_quarter_of_an_hour_without_a_request(town: Town) -> None:
    town.clock.ahead(minutes=14, seconds=59)
    assert town.sam.get("/desk/api/people").status == 200
    town.clock.ahead(minutes=14, seconds=59)
    assert town.sam.get("/desk/api/people").status == 200
    town.clock.ahead(minutes=15)
    assert town.sam.get("/desk/api/people").code == "session-ended"


def test_what_script_asks_by_itself_keeps_no_session_alive(town: Town) -> None:
    for _ in range(4):
        town.clock.ahead(minutes=3)
        assert town.sam.get("/desk/api/me").status == 200
        assert town.sam.get("/desk/parts/nav", headers={"Kindstem-Quiet": "1"}).status == 200
    town.clock.ahead(minutes=3)
    assert town.sam.get("/desk/api/people").code == "session-ended"


def test_a_session_ends_after_ten_hours_whatever_happens(town: Town) -> None:
    for _ in range(59):
        town.clock.ahead(minutes=10)
        assert town.sam.get("/desk/api/people").status == 200
    town.clock.ahead(minutes=10)
    assert town.sam.get("/desk/api/people").code == "session-ended"


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(town: Town) -> None:
    stolen = Somebody(town, cookies=dict(town.sam.cookies))
    assert stolen.get("/desk/api/me").status == 200
    assert town.sam.post("/desk/api/signout", {}).status == 200
    assert "desk" not in town.sam.cookies
    assert stolen.get("/desk/api/me").code == "session-ended"


def test_a_reload_asks_for_the_passphrase_and_five_wrong_ones_end_the_session(town: Town) -> None:
    good = town.sam.post("/desk/api/unlock", {"verifier": town.sam.verifier()})
    assert {"pepper", "keyring"} == set(good.json)
    wrong = [town.sam.post("/desk/api/unlock", {"verifier": b64(bytes(32))}).code for _ in range(5)]
    assert wrong == ["signin-failed"] * 5
    assert town.sam.post("/desk/api/unlock", {"verifier": town.sam.verifier()}).code == "session-ended"
    assert town.sam.get("/desk/api/me").code == "session-ended"


def test_a_right_passphrase_forgets_the_wrong_ones(town: Town) -> None:
    for _ in range(2):
        for _ in range(3):
            town.sam.post("/desk/api/unlock", {"verifier": b64(bytes(32))})
        assert town.sam.post("/desk/api/unlock", {"verifier": town.sam.verifier()}).status == 200


def test_cookies_stay_with_this_host_this_site_and_out_of_script(model: Any, tmp_path: Any) -> None:
    from tests.cast import copied

    for base, prefix in (("https://kind.example", "__Host-"), ("http://localhost:8000", "")):
        with copied(model, tmp_path / (prefix or "plain"), base_url=base) as town:
            town.clock.ahead(days=1)
            answered = town.sam.sign_in()
            lines = {line.split("=")[0]: line.lower() for line in answered.headers.get_list("set-cookie")}
            assert set(lines) == {f"{prefix}desk", f"{prefix}known"}
            for line in lines.values():
                assert "httponly" in line
                assert "samesite=strict" in line
                assert "path=/" in line
                assert "domain" not in line
                assert ("secure" in line) == bool(prefix)


def test_old_sessions_browsers_and_nonces_are_forgotten(town: Town) -> None:
    def count(table: str) -> int:
        with town.store.reading() as reader:
            return int(reader._all(f"select count(*) from {table}")[0][0])

    town.noor.unlock(town.noor.v)
    access: Access = town.app.state.kindstem.access
    assert all(count(table) for table in ("sessions", "browsers", "nonces"))
    town.clock.ahead(days=181)
    town.call(lambda: access.tidy(now=town.clock()))
    assert [count(table) for table in ("sessions", "browsers", "nonces")] == [0, 0, 0]


# --- at rest ----------------------------------------------------------------------------------------------------------


def test_the_database_holds_no_secret_of_a_professional_in_clear(town: Town) -> None:
    sam = town.sam
    answered = sam.post("/desk/api/unlock", {"verifier": sam.verifier()}).json
    town.store.backup(town.folder / "copy.db")
    whole = b"".join(path.read_bytes() for path in town.folder.iterdir() if path.suffix != ".key")
    secrets = [
        *(sam.passphrase, sam.recovery_code, sam.totp, sam.startcode, sam.cookies["desk"], sam.cookies["known"]),
        *sam.codes,
        *(answered["pepper"], sam.verifier(), sam.verifier("recovery"), b64(sam.keys._reading_seed)),
    ]
    for secret in secrets:
        assert secret.encode() not in whole
    for raw in (answered["pepper"], sam.verifier(), b64(sam.keys._reading_seed), b64(sam.keys._signing_seed)):
        assert unb64(raw) not in whole


def test_without_its_key_file_the_database_gives_no_pepper(town: Town, tmp_path: Any) -> None:
    from kindstem.errors import SetupFault

    other = KeyFile.create(tmp_path / "other.key")
    found = town.store.read_sync(lambda r: r.credentials(town.sam.id))
    assert found is not None
    with pytest.raises(SetupFault):
        other.unseal("pepper", found.pepper, bound=town.sam.id.encode())


def test_one_persons_pepper_in_anothers_row_opens_nothing(later: Town) -> None:
    def swap(tx: Any) -> None:
        rows = tx._all("select person, pepper from credentials where person in (?, ?)", (later.sam.id, later.vera.id))
        for row, other in zip(rows, reversed(rows), strict=True):
            tx._do("update credentials set pepper = ? where person = ?", (other["pepper"], row["person"]))

    later.call(later.store.write, swap)
    assert later.sam.sign_in().status == 500
