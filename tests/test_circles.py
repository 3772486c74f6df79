"""Enrolment face to face, and who may change who reads."""

from pathlib import Path
from typing import Any, Literal

import pytest

from kindstem import alerts
from kindstem.domain import Role
from kindstem.errors import SetupFault
from kindstem.sealing import ActedChild, Offer, readers_record
from kindstem.signing import random_id
from kindstem.wire import Record, Signed, b64, parse_signed, record_hash
from kindstem.words import Words
from tests.cast import Answered, Phone, Professional, Town, id_of


def begin(town: Town, offer: Offer, by: Professional | None = None) -> Answered:
    return (by or town.sam).post("/desk/api/enrolments", offer.json())


def open_offer(town: Town, child: str | None = None, **more: Any) -> tuple[Offer, str]:
    """An enrolment of Daan that waits for a phone: what the desk has, and its address."""
    offer = town.offer(town.sam, town.vera, child or town.daan, **more)
    begun = begin(town, offer)
    assert begun.status == 200, begun.json
    return offer, f"/desk/api/enrolments/{begun.json['enrolment']}"


def phone_for(town: Town, offer: Offer) -> ActedChild:
    return ActedChild.enrol(offer.bundle, at=town.clock())


def answered(town: Town, offer: Offer, acted: ActedChild, **changed: Any) -> Answered:
    return town.nobody().post("/api/enrol/answer", acted.answer(offer.bundle, offer.qr, "qr") | changed)


# --- the bundle -------------------------------------------------------------------------------------------------------


def test_a_second_reader_whose_key_the_desk_does_not_know_by_record_is_refused(town: Town) -> None:
    """Substituted anywhere before this, the key differs from the record that colleagues introduced."""
    now = town.clock()
    false = town.iris.keys.as_reader("second", now) | {"person": town.vera.id, "name": "Vera"}
    lists = [readers_record(town.org.id, town.daan, "worker", [town.sam.keys.as_reader("worker", now), false], at=now)]
    people = {one["record"]["record"]["person"]: one["record"] for one in town.sam.get("/desk/api/people").json}
    forged = {**people[town.vera.id]["record"], "reading": false["reading"], "signing": false["signing"]}
    persons = [people[town.sam.id], {"record": forged, "sigs": people[town.vera.id]["sigs"]}]
    offer = Offer.make(lists, [parse_signed(one, "person") for one in persons], org_name="De Vaart", level="12")
    assert begin(town, offer).code == "bad-record"


def test_nobody_is_enrolled_by_a_reader_who_will_not_read(town: Town) -> None:
    offer = town.offer(town.iris, town.vera, town.daan)
    assert begin(town, offer).code == "bad-record"


def test_a_deactivated_second_reader_cannot_stand_in_a_bundle(town: Town) -> None:
    offer = town.offer(town.sam, town.vera, town.daan)
    town.call(town.store.write, lambda tx: tx.set_active(town.vera.id, False))
    assert begin(town, offer).code == "bad-record"


def test_a_worker_list_needs_two_people(town: Town) -> None:
    offer = town.offer(town.sam, town.vera, town.daan).json()
    lists = offer["bundle"]["lists"]
    for readers in (lists[0]["readers"][:1], lists[0]["readers"][1:]):
        offer["bundle"]["lists"] = [{**lists[0], "readers": readers}]
        assert town.sam.post("/desk/api/enrolments", offer).code in {"list-too-small", "bad-record"}


def test_outside_the_demonstration_nobody_is_enrolled_without_the_setting(model: Any, tmp_path: Any) -> None:
    import shutil
    import sqlite3
    from copy import deepcopy
    from dataclasses import replace

    from tests.cast import Clock, running, settings

    folder = tmp_path / "real"
    shutil.copytree(model.folder, folder)
    conn = sqlite3.connect(folder / "kindstem.db")
    conn.execute("update settings set value = '0' where name = 'demo'")
    conn.commit()
    conn.close()
    for tryout, code in ((False, "tryout-only"), (True, "")):
        config = replace(settings(folder), demo=False, tryout=tryout)
        with running(config, Clock(), deepcopy(model.actors)) as town:
            assert begin(town, town.offer(town.sam, town.vera, model.daan)).code == code


@pytest.mark.parametrize(
    "changed",
    [
        {"oncall_mail": None},
        {"flag_minutes_day": None},
        {"flag_minutes_night": None},
        {"alert_file": False},
        {"oncall_mail": "nieuwe-dienst@devaart.example"},
        {"flag_minutes_night": 60},
    ],
)
def test_no_child_comes_before_alerts_were_set_and_tried_as_they_are_set(
    model: Any, tmp_path: Path, changed: dict[str, Any]
) -> None:
    from tests.cast import copied

    with copied(model, tmp_path / "town", **changed) as town:
        assert begin(town, town.offer(town.sam, town.vera, model.daan)).code == "alerts-untried"
        words = Words("nl")
        if alerts.missing(town.config):
            with pytest.raises(SetupFault, match="KINDSTEM_"):
                town.call(lambda: alerts.try_out(town.store, town.config, words, now=town.clock()))
            return
        town.call(lambda: alerts.try_out(town.store, town.config, words, now=town.clock()))
        assert begin(town, town.offer(town.sam, town.vera, model.daan)).code == ""


# --- finding and answering --------------------------------------------------------------------------------------------


def test_both_codes_find_the_same_bundle_each_with_its_own_proof(town: Town) -> None:
    offer, _ = open_offer(town)
    by_qr = town.nobody().post("/api/enrol/find", {"id": offer.qr.id}).json
    by_code = town.nobody().post("/api/enrol/find", {"id": offer.typed.id}).json
    assert (by_qr["method"], by_code["method"]) == ("qr", "typed")
    assert by_qr["bundle"] == by_code["bundle"] == offer.bundle
    assert by_qr["proof"] == offer.json()["proofs"]["qr"] != by_code["proof"]


def test_a_start_code_lasts_fifteen_minutes(town: Town) -> None:
    offer, path = open_offer(town)
    town.clock.ahead(minutes=14, seconds=59)
    town.sam.get("/desk/api/people")
    assert town.nobody().post("/api/enrol/find", {"id": offer.qr.id}).status == 200
    town.clock.ahead(seconds=1)
    assert town.nobody().post("/api/enrol/find", {"id": offer.qr.id}).code == "enrol-gone"
    assert answered(town, offer, phone_for(town, offer)).code == "enrol-gone"
    assert town.sam.get(path).json["state"] == "dropped"


def test_an_unknown_code_looks_like_an_old_one(town: Town) -> None:
    offer, _ = open_offer(town)
    unknown = town.nobody().post("/api/enrol/find", {"id": random_id()})
    town.clock.ahead(minutes=20)
    old = town.nobody().post("/api/enrol/find", {"id": offer.qr.id})
    assert (unknown.status, unknown.content) == (old.status, old.content)


def test_the_first_answer_wins(town: Town) -> None:
    offer, path = open_offer(town)
    first, second = phone_for(town, offer), phone_for(town, offer)
    assert answered(town, offer, first).json == {"state": "answered"}
    assert answered(town, offer, second).code == "enrol-gone"
    assert answered(town, offer, first).code == "enrol-gone"
    assert town.nobody().post("/api/enrol/find", {"id": offer.typed.id}).code == "enrol-gone"
    assert town.sam.get(path).json["answer"]["child"]["record"] == first.record


def test_an_answer_is_signed_by_the_phone_in_all_its_parts(town: Town) -> None:
    offer, _ = open_offer(town)
    acted, other = phone_for(town, offer), phone_for(town, offer)
    good, foreign = (one.answer(offer.bundle, offer.qr, "qr") for one in (acted, other))
    assert (
        answered(town, offer, acted, child={**good["child"], "sigs": foreign["child"]["sigs"]}).code == "bad-signature"
    )
    assert answered(town, offer, acted, lists=foreign["lists"]).code == "bad-signature"
    assert answered(town, offer, acted).status == 200


def test_an_answer_is_about_what_was_offered(town: Town) -> None:
    offer, _ = open_offer(town)
    acted = phone_for(town, offer)

    def signed(record: Record) -> Any:
        return Signed(record, (acted.signing.sign_record(record),)).json()

    record, listed = acted.record, offer.bundle["lists"][0]
    for name, value in {"child": town.noor.child, "org": random_id(), "level": "8", "lang": "en"}.items():
        assert answered(town, offer, acted, child=signed({**record, name: value})).code == "bad-record", name
    assert answered(town, offer, acted, child=signed({**record, "device": town.noor.acted.device})).code == "bad-record"
    assert answered(town, offer, acted, lists=[signed({**listed, "at": "2026-11-18T09:31:00Z"})]).code == "bad-record"
    assert answered(town, offer, acted, method="typed").code == "bad-record"


def test_guessing_codes_is_slowed_down_per_block_and_in_all(town_with: Any) -> None:
    town = town_with(finds_per_block=5, finds_in_all=8, base_url="https://kind.example", trusted_proxy=True)
    proxy = {"X-Forwarded-Proto": "https"}

    def find(address: str) -> Answered:
        form = {"id": random_id()}
        return town.nobody().post("/api/enrol/find", form, headers=proxy | {"X-Forwarded-For": f"6.6.6.6, {address}"})

    assert [find("203.0.113.7").code for _ in range(5)] == ["enrol-gone"] * 5
    slowed = find("203.0.113.99")
    assert (slowed.status, slowed.code) == (429, "too-busy")
    assert slowed.json["error"]["seconds"] > 0
    assert [find("198.51.100.1").code for _ in range(4)] == ["enrol-gone"] * 3 + ["too-busy"]
    town.clock.ahead(minutes=1)
    assert find("203.0.113.7").code == "enrol-gone"


# --- the digits were the same, or not ---------------------------------------------------------------------------------


def answer_of(town: Town, offer: Offer, path: str) -> tuple[ActedChild, dict[str, Any]]:
    acted = phone_for(town, offer)
    assert answered(town, offer, acted).status == 200
    found: dict[str, Any] = town.sam.get(path).json["answer"]
    return acted, found


def test_nothing_counts_before_the_digits_were_compared(town: Town) -> None:
    offer, path = open_offer(town)
    acted, answer = answer_of(town, offer, path)
    phone = Phone(town, acted=acted, lists={"worker": offer.bundle["lists"][0]})
    assert phone.signed("POST", "/api/inbox", {"after": 0}).code == "device-unknown"
    state = phone.post("/api/enrol/state", {"id": offer.qr.id}).json
    assert state == {"state": "answered"}
    assert town.sam.post(f"{path}/activate", town.countersigned(town.sam, answer)).status == 200
    assert phone.inbox()["lists"] == phone.post("/api/enrol/state", {"id": offer.qr.id}).json["lists"]
    state = phone.post("/api/enrol/state", {"id": offer.qr.id}).json
    assert len(state["child"]["sigs"]) == 2
    assert all(len(one["sigs"]) == 2 for one in state["lists"])


def test_digits_that_differ_enrol_nothing(town: Town) -> None:
    offer, path = open_offer(town)
    acted, answer = answer_of(town, offer, path)
    assert town.sam.post(f"{path}/drop", {}).status == 200
    assert town.sam.post(f"{path}/activate", town.countersigned(town.sam, answer)).code == "enrol-gone"
    assert town.nobody().post("/api/enrol/state", {"id": offer.qr.id}).json == {"state": "dropped"}
    phone = Phone(town, acted=acted)
    assert phone.signed("POST", "/api/inbox", {"after": 0}).code == "device-unknown"
    assert next(row for row in town.sam.get("/desk/api/children").json if row["child"] == town.daan)["state"] == "new"


def test_activating_needs_both_signatures_over_exactly_what_was_answered(town: Town) -> None:
    offer, path = open_offer(town)
    _, answer = answer_of(town, offer, path)
    whole = town.countersigned(town.sam, answer)

    def without(signed: dict[str, Any], place: int) -> dict[str, Any]:
        return {**signed, "sigs": signed["sigs"][:place] + signed["sigs"][place + 1 :]}

    for place in (0, 1):
        assert (
            town.sam.post(f"{path}/activate", whole | {"child": without(whole["child"], place)}).code == "bad-signature"
        )
        lists = [without(whole["lists"][0], place)]
        assert town.sam.post(f"{path}/activate", whole | {"lists": lists}).code == "bad-signature"
    by_vera = town.countersigned(town.vera, answer)
    assert town.sam.post(f"{path}/activate", by_vera).code == "bad-signature"
    other = phone_for(town, offer)
    swapped = town.sam.keys.sign_record(Signed(other.record, (other.signing.sign_record(other.record),))).json()
    assert town.sam.post(f"{path}/activate", whole | {"child": swapped}).code == "bad-record"
    assert town.sam.post(f"{path}/activate", whole).status == 200
    assert town.sam.post(f"{path}/activate", whole).code == "enrol-gone"
    assert town.sam.post(f"{path}/drop", {}).code == "enrol-gone"


def test_confirming_too_late_enrols_nothing(town: Town) -> None:
    offer, path = open_offer(town)
    _, answer = answer_of(town, offer, path)
    for _ in range(3):
        town.clock.ahead(minutes=10)
        town.sam.get("/desk/api/people")
    assert town.sam.post(f"{path}/activate", town.countersigned(town.sam, answer)).code == "enrol-gone"


def test_a_new_start_code_ends_the_one_before(town: Town) -> None:
    first, path = open_offer(town)
    second, _ = open_offer(town)
    assert town.nobody().post("/api/enrol/find", {"id": first.qr.id}).code == "enrol-gone"
    assert town.nobody().post("/api/enrol/find", {"id": second.qr.id}).status == 200
    assert town.sam.get(path).json["state"] == "dropped"


def test_an_enrolment_is_watched_by_who_began_it(town: Town) -> None:
    _, path = open_offer(town)
    assert town.vera.get(path).status == 404
    assert town.vera.post(f"{path}/drop", {}).status == 404


# --- the phone before, and the one after ------------------------------------------------------------------------------


def test_a_new_phone_takes_the_place_of_the_one_before(town: Town) -> None:
    """A tab that closed before a lock was set means linking again, under the lists as they stand."""
    old, said = town.noor, town.noor.say()
    old.send(said)
    new = town.enrol(town.sam, town.vera, child=old.child, lists=[old.lists["worker"], old.lists["confidant"]])
    assert old.signed("POST", "/api/inbox", {"after": 0}).code == "device-off"
    assert old.unlock(old.v).code == "device-off"
    assert new.inbox()["entries"] == []
    assert new.send(new.say()).status == 201
    keys = town.vera.get(f"/desk/api/children/{old.child}/device-keys").json
    assert [(one["record"]["device"], one["revoked"] is None) for one in keys] == [
        (new.acted.device, True),
        (old.acted.device, False),
    ]
    # What the readers had they keep.
    assert town.vera.read(id_of(said)).status == 200


def test_a_new_phone_cannot_bring_a_list_that_begins_anew(town: Town) -> None:
    town.clock.ahead(hours=1)
    town.sam.sign_in()
    offer = town.offer(town.sam, town.vera, town.noor.child)
    assert begin(town, offer).code == "list-stale"


# --- changing who reads -----------------------------------------------------------------------------------------------


def signed_list(record: Record, *signers: Any) -> dict[str, Any]:
    signed = Signed(record, ())
    for one in signers:
        signed = Signed(record, (*signed.sigs, one.sign_record(record)))
    return signed.json()


def test_a_list_follows_the_newest_or_is_stale(town: Town) -> None:
    noor, now = town.noor, town.clock()
    before, jo = noor.lists["confidant"], [town.jo.keys.as_reader("confidant", now)]
    second = readers_record(town.org.id, noor.child, "confidant", jo, at=now, before=before)
    third = readers_record(town.org.id, noor.child, "confidant", jo, at=now, before=second)
    forked = {**second, "prev": b64(record_hash(noor.lists["worker"]))}
    send = lambda record: noor.signed("POST", "/api/lists", {"list": signed_list(record, noor.acted.signing)})  # noqa: E731
    assert send(third).code == "list-stale"
    assert send(forked).code == "list-stale"
    assert send(second).json == {"number": 2}
    assert send(second).code == "list-stale"
    assert send(third).json == {"number": 3}


def test_a_phone_alone_cannot_change_the_worker_circle(town: Town) -> None:
    noor, now = town.noor, town.clock()
    readers = [town.iris.keys.as_reader("worker", now), town.vera.keys.as_reader("second", now)]
    record = readers_record(town.org.id, noor.child, "worker", readers, at=now, before=noor.lists["worker"])
    alone = noor.signed("POST", "/api/lists", {"list": signed_list(record, noor.acted.signing)})
    outsider = signed_list(record, noor.acted.signing, town.iris.keys.signing)
    assert alone.code == "bad-signature"
    assert noor.signed("POST", "/api/lists", {"list": outsider}).code == "bad-signature"
    without_phone = signed_list(record, town.sam.keys.signing, town.vera.keys.signing)
    assert noor.signed("POST", "/api/lists", {"list": without_phone}).code == "bad-signature"
    both = signed_list(record, noor.acted.signing, town.vera.keys.signing)
    assert noor.signed("POST", "/api/lists", {"list": both}).json == {"number": 2}
    assert town.noor.child not in {row["child"] for row in town.sam.get("/desk/api/children").json}
    assert town.noor.child in {row["child"] for row in town.iris.get("/desk/api/children").json}


def test_a_first_confidant_needs_a_reader_of_the_worker_circle_as_well(town: Town) -> None:
    milan, now = town.milan, town.clock()
    jo = [town.jo.keys.as_reader("confidant", now)]
    record = readers_record(town.org.id, milan.child, "confidant", jo, at=now)
    alone = signed_list(record, milan.acted.signing)
    both = signed_list(record, milan.acted.signing, town.vera.keys.signing)
    assert milan.signed("POST", "/api/lists", {"list": alone}).code == "bad-signature"
    assert milan.signed("POST", "/api/lists", {"list": both}).json == {"number": 1}
    milan.lists["confidant"] = record
    assert milan.send(milan.say("confidant"), to="confidant.1").status == 201


def test_a_list_names_people_by_the_keys_and_roles_they_have(town: Town) -> None:
    noor, now = town.noor, town.clock()
    jo = town.jo.keys.as_reader("confidant", now)
    iris = town.iris.keys.as_reader("confidant", now)
    wrong = {
        "another's keys": {**jo, "reading": iris["reading"], "signing": iris["signing"]},
        "another name": {**jo, "name": "Sam"},
        "a jeugdbeschermer as confidant": iris,
        "nobody": {**jo, "person": random_id()},
    }
    for name, reader in wrong.items():
        record = readers_record(town.org.id, noor.child, "confidant", [reader], at=now, before=noor.lists["confidant"])
        answered = noor.signed("POST", "/api/lists", {"list": signed_list(record, noor.acted.signing)})
        assert answered.code == "bad-record", name


def test_an_on_call_list_is_always_by_the_phone_and_a_reader_of_the_worker_circle(town: Town) -> None:
    """Nobody of the service lets another one in, and neither does the phone alone: no introduced person would vouch."""
    milan, now = town.milan, town.clock()
    tess, ada = (town.newcomer(name, Role.ONCALL) for name in ("Tess", "Ada"))
    for one in (tess, ada):
        one.start()
    first = readers_record(town.org.id, milan.child, "oncall", [tess.keys.as_reader("oncall", now)], at=now)
    both = [one.keys.as_reader("oncall", now) for one in (tess, ada)]
    second = readers_record(town.org.id, milan.child, "oncall", both, at=now, before=first)
    phone, vera = milan.acted.signing, town.vera.keys.signing

    def send(record: Record, *signers: Any) -> Answered:
        return milan.signed("POST", "/api/lists", {"list": signed_list(record, *signers)})

    for number, record in enumerate((first, second), start=1):
        sam, other = town.sam.keys.signing, tess.keys.signing
        for signers in ((phone,), (phone, other), (phone, sam), (vera, other)):
            assert send(record, *signers).code == "bad-signature", (number, signers)
        assert send(record, phone, vera).json == {"number": number}


def test_who_is_on_call_reads_no_child_by_that(town: Town) -> None:
    milan, now = town.milan, town.clock()
    tess = town.newcomer("Tess", Role.ONCALL)
    tess.start()
    record = readers_record(town.org.id, milan.child, "oncall", [tess.keys.as_reader("oncall", now)], at=now)
    both = signed_list(record, milan.acted.signing, town.vera.keys.signing)
    assert milan.signed("POST", "/api/lists", {"list": both}).status == 200
    assert tess.get("/desk/api/children").json == []
    assert tess.get(f"/desk/api/children/{milan.child}/entries").status == 404


@pytest.mark.parametrize("circle", ["oncall", "independent", "confidant"])
def test_a_list_holds_people_by_what_they_work_as(
    town: Town, circle: Literal["oncall", "independent", "confidant"]
) -> None:
    milan, now = town.milan, town.clock()
    tess = town.newcomer("Tess", Role.ONCALL)
    tess.start()
    fits = {"oncall": tess, "independent": town.jo, "confidant": town.jo}
    for one in (town.iris, tess, town.jo):
        record = readers_record(town.org.id, milan.child, circle, [one.keys.as_reader(circle, now)], at=now)
        both = signed_list(record, milan.acted.signing, town.vera.keys.signing)
        answered = milan.signed("POST", "/api/lists", {"list": both})
        assert answered.status == 200 if one is fits[circle] else answered.code == "bad-record", one.name


def test_nobody_stands_in_two_circles_of_a_child(town: Town) -> None:
    """Noor's confidant is not also the one who is independent, for then one choice of hers would be two."""
    noor, now = town.noor, town.clock()
    jo = [town.jo.keys.as_reader("independent", now)]
    record = readers_record(town.org.id, noor.child, "independent", jo, at=now)
    both = signed_list(record, noor.acted.signing, town.sam.keys.signing)
    assert noor.signed("POST", "/api/lists", {"list": both}).code == "bad-record"


def test_somebody_independent_comes_by_phone_and_reader_and_goes_by_the_phone_alone(town: Town) -> None:
    milan, now = town.milan, town.clock()
    jo = [town.jo.keys.as_reader("independent", now)]
    first = readers_record(town.org.id, milan.child, "independent", jo, at=now)
    send = lambda record, *by: milan.signed("POST", "/api/lists", {"list": signed_list(record, *by)})  # noqa: E731
    assert send(first, milan.acted.signing).code == "bad-signature"
    assert send(first, milan.acted.signing, town.iris.keys.signing).json == {"number": 1}
    rows = town.jo.get("/desk/api/children").json
    assert [row["child"] for row in rows if row["role"] == "independent"] == [milan.child]
    milan.lists["independent"] = first
    assert milan.send(milan.say("independent"), to="independent.1").status == 201
    second = readers_record(town.org.id, milan.child, "independent", jo, at=now, before=first)
    assert send(second, milan.acted.signing).json == {"number": 2}


def test_another_childs_list_is_refused(town: Town) -> None:
    noor, now = town.noor, town.clock()
    jo = [town.jo.keys.as_reader("confidant", now)]
    record = readers_record(town.org.id, noor.child, "confidant", jo, at=now, before=noor.lists["confidant"])
    signed = signed_list(record, town.milan.acted.signing)
    assert town.milan.signed("POST", "/api/lists", {"list": signed}).code == "bad-record"


# --- kindnummers ------------------------------------------------------------------------------------------------------


def test_only_a_jeugdbeschermer_makes_a_kindnummer_with_somebody_else_beside(town: Town) -> None:
    ruth = town.ruth.id
    assert town.vera.post("/desk/api/children", {"second": town.sam.id}).status == 404
    for second in (town.sam.id, ruth, town.jo.id, random_id()):
        assert town.sam.post("/desk/api/children", {"second": second}).code == "list-too-small"
    made = [town.sam.post("/desk/api/children", {"second": town.vera.id}).json["child"] for _ in range(3)]
    assert len(set(made)) == 3
    assert set(made) <= {row["child"] for row in town.vera.get("/desk/api/children").json}


@pytest.mark.parametrize("who", ["jo", "iris"])
def test_a_kindnummer_of_others_is_not_in_my_list(town: Town, who: str) -> None:
    assert town.daan not in {row["child"] for row in getattr(town, who).get("/desk/api/children").json}
