"""Talks over HTTP: who hands in what and in which order, what it comes to, and what nobody can make of it."""

from datetime import timedelta
from typing import Any

import pytest

from kindstem import contacts, signing, talks, wire
from kindstem.sealing import Adult
from kindstem.signing import random_id
from kindstem.wire import Signed, b64, time_text, unb64
from tests.cast import Answered, Phone, Professional, Town


def told(who: Professional, child: Phone | str) -> dict[str, Any]:
    kindnummer = child.child if isinstance(child, Phone) else child
    found = who.get(f"/desk/api/children/{kindnummer}/talks")
    assert found.status == 200, found.json
    known: dict[str, Any] = found.json
    return known


def state(who: Professional, child: Phone | str, place: int = -1) -> tuple[str, str, bool]:
    chain = told(who, child)["chains"][place]
    return chain["level"], chain["state"], chain["realised"]


def accepted(answered: Answered) -> dict[str, Any]:
    assert answered.status == 200, answered.json
    found: dict[str, Any] = answered.json
    return found


def entered(town: Town, receipt: dict[str, Any]) -> tuple[str, Any]:
    """The type under which a record stands in the log, and the record."""
    opening = town.store.read_sync(lambda r: r.log_opening(receipt["index"]))
    assert opening is not None
    assert b64(opening.commitment()) == receipt["leaf"]["c"]
    return receipt["leaf"]["type"], opening.rec


def met(town: Town, talk: Signed, answer: Signed) -> Signed:
    fields = {"talk": talks.hash_of(talk.record), "answer": talks.hash_of(answer.record)}
    return town.sam.about_talk(town.noor, "met", **fields, at=time_text(town.clock()))


SAME = (*("log", "child", "kind", "who", "interpreter", "planned", "place", "start", "end", "plan", "nb", "release"),)
"""What a correction takes over from the talk it corrects."""


def correction(by: Professional, first: Signed, prev: Signed | None = None, /, **changed: Any) -> Signed:
    before = {"first": talks.hash_of(first.record), "prev": talks.hash_of((prev or first).record)}
    same = {name: first.record[name] for name in SAME}
    return by.keys.about_talk("talk", changed.pop("subj", first.record["subj"]), **(same | before | changed))


def withdrawal(who: Professional, first: Signed, prev: Signed | None = None) -> Signed:
    return who.keys.about_talk(
        "withdrawal", first.record["subj"], first=talks.hash_of(first.record),
        prev=talks.hash_of((prev or first).record), reason="mistake", at=time_text(who.town.clock()),
    )  # fmt: skip


@pytest.fixture
def vouched(town: Town) -> Town:
    """Noor's phone has its evidence record."""
    accepted(town.sam.vouch(town.noor))
    return town


# --- what it comes to -------------------------------------------------------------------------------------------------


def test_a_talk_stands_in_the_log_and_its_receipt_says_so(vouched: Town) -> None:
    talk = vouched.sam.talk(vouched.noor)
    receipt = accepted(vouched.sam.hand_in(vouched.noor, talk))["receipt"]
    assert entered(vouched, receipt) == ("attestation", talk.record)
    assert receipt["leaf"]["about"] == "2026-11-18"
    assert state(vouched.sam, vouched.noor) == ("D", "stands", True)


def test_both_phones_were_there(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    seen = talks.parse_talk(talks.encode_talk(talk))
    answer = town.noor.say_of(seen, way="room", unlocked=False)
    keys = talks.device_keys(town.noor.acted.record, signing.signing_key_id)
    back = talks.parse_answer(talks.encode_answer(answer, keys), talk.record, keys)
    # Each hands in what it holds, without waiting for the other.
    receipts = accepted(town.noor.hand_in(answer, seen))["receipts"]
    assert [entered(town, one)[0] for one in receipts] == ["attestation", "confirmation"]
    for one in (talk, back, met(town, talk, back)):
        accepted(town.sam.hand_in(town.noor, one))
    assert state(town.sam, town.noor) == ("A", "stands", True)
    assert told(town.sam, town.noor)["chains"][0]["unlocked"] is False


def test_the_child_says_so_later(vouched: Town) -> None:
    talk = vouched.sam.talk(vouched.noor)
    accepted(vouched.sam.hand_in(vouched.noor, talk))
    accepted(vouched.noor.hand_in(vouched.noor.say_of(talk)))
    assert state(vouched.sam, vouched.noor)[0] == "B"


def test_a_child_without_a_phone_answers_in_kindmodus(town: Town) -> None:
    talk = town.sam.talk(town.daan)
    assert talk.record["child"] is None
    accepted(town.sam.hand_in(town.daan, talk))
    answer = town.sam.about_talk(
        town.daan, "answer", talk=talks.hash_of(talk.record), way="kindmodus", says={"talked": "yes", "alone": "yes"},
        why=None, prev=None, code=None, at=time_text(town.clock()),
    )  # fmt: skip
    accepted(town.sam.hand_in(town.daan, answer))
    assert state(town.sam, town.daan) == ("C", "stands", True)


def test_a_phone_without_its_evidence_record_confirms_nothing_and_is_heard_when_it_says_no(town: Town) -> None:
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    accepted(town.noor.hand_in(town.noor.say_of(talk)))
    assert state(town.sam, town.noor)[0] == "D"
    town.clock.ahead(minutes=1)
    receipts = accepted(town.noor.hand_in(town.noor.say_of(talk, "no", "unknown")))["receipts"]
    assert entered(town, receipts[0])[0] == "dispute"
    assert state(town.sam, town.noor) == ("disputed", "stands", False)
    town.clock.ahead(minutes=1)
    accepted(town.sam.vouch(town.noor))
    accepted(town.noor.hand_in(town.noor.say_of(talk)))
    assert state(town.sam, town.noor)[0] == "B"


def test_a_correction_falls_back_and_a_dispute_stays(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    accepted(town.noor.hand_in(town.noor.say_of(talk)))
    fixed = correction(town.sam, talk, place="home")
    receipt = accepted(town.sam.hand_in(town.noor, fixed))["receipt"]
    assert entered(town, receipt)[0] == "correction"
    assert state(town.sam, town.noor)[0] == "D"
    town.clock.ahead(minutes=1)
    accepted(town.noor.hand_in(town.noor.say_of(fixed, "yes", "no", why="someone")))
    again = correction(town.sam, talk, fixed, who="others")
    accepted(town.sam.hand_in(town.noor, again))
    assert state(town.sam, town.noor) == ("disputed", "stands", False)
    accepted(town.sam.hand_in(town.noor, withdrawal(town.sam, talk, again)))
    assert state(town.sam, town.noor) == ("disputed", "withdrawn", False)
    # The phone is shown what it checks before it says that the talk was taken back.
    shown = town.noor.inbox()["talks"][0]
    assert shown["withdrawal"]["record"]["prev"] == talks.hash_of(shown["signed"]["record"])
    assert len(told(town.sam, town.noor)["chains"]) == 1


def test_a_talk_not_held_says_why_and_the_child_can_contradict_it(vouched: Town) -> None:
    town, at = vouched, time_text(vouched.clock())
    plan = town.sam.about_talk(town.noor, "plan", start=at, place="school", at=at)
    accepted(town.sam.hand_in(town.noor, plan))
    assert [one["name"] for one in town.noor.inbox()["plans"]] == ["Sam"]
    given = {"plan": plan.record["id"], "start": at, "reason": "refused", "at": at}
    off = town.sam.about_talk(town.noor, "notheld", **given)
    accepted(town.sam.hand_in(town.noor, off))
    assert told(town.sam, town.noor)["plans"] == town.noor.inbox()["plans"] == []
    assert state(town.sam, town.noor) == ("D", "stands", False)
    accepted(town.noor.hand_in(town.noor.say_of(off, "no", "unknown")))
    shown = town.noor.inbox()["talks"][0]
    assert (shown["type"], shown["level"], shown["signed"]) == ("notheld", "disputed", off.json())


def test_the_phone_sees_its_own_talks_and_answers_newest_first(vouched: Town) -> None:
    town = vouched
    first, second = town.sam.talk(town.noor, ago=30), town.sam.talk(town.noor, ago=2, who="siblings")
    for one in (second, first):
        accepted(town.sam.hand_in(town.noor, one))
    answer = town.noor.say_of(first)
    accepted(town.noor.hand_in(answer))
    shown = town.noor.inbox()["talks"]
    assert [one["signed"] for one in shown] == [second.json(), first.json()]
    assert [(one["level"], one["realised"], one["name"]) for one in shown] == [("D", False, "Sam"), ("B", True, "Sam")]
    assert shown[1]["answers"] == [answer.json()]
    assert town.milan.inbox()["talks"] == []


def test_a_phone_is_handed_fifty_talks_at_most(vouched: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "SHOWN", 2)
    for ago in (5, 3, 1):
        accepted(vouched.sam.hand_in(vouched.noor, vouched.sam.talk(vouched.noor, ago=ago)))
    starts = [one["signed"]["record"]["start"] for one in vouched.noor.inbox()["talks"]]
    assert starts == ["2026-11-18T08:30:00Z", "2026-11-18T06:30:00Z"]


def test_two_siblings_at_once_is_a_talk_with_both_and_alone_with_neither(vouched: Town) -> None:
    for child in (vouched.noor, vouched.daan):
        accepted(vouched.sam.hand_in(child, vouched.sam.talk(child, who="siblings")))
        assert state(vouched.sam, child) == ("D", "stands", False)


# --- handed in twice, late, in the wrong order ------------------------------------------------------------------------


def test_the_same_record_again_gives_the_same_receipt(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    answer = town.noor.say_of(talk)
    first = accepted(town.sam.hand_in(town.noor, talk))["receipt"]
    size = town.store.read_sync(lambda r: r.log_size())
    for _ in range(3):
        assert accepted(town.sam.hand_in(town.noor, talk))["receipt"]["index"] == first["index"]
    both = accepted(town.noor.hand_in(answer, talk))["receipts"]
    assert accepted(town.noor.hand_in(answer, talk))["receipts"] == both
    assert both[0]["leaf"] == first["leaf"]
    assert town.store.read_sync(lambda r: r.log_size()) == size + 1


def test_another_record_under_a_used_id_is_refused(vouched: Town) -> None:
    talk = vouched.sam.talk(vouched.noor)
    accepted(vouched.sam.hand_in(vouched.noor, talk))
    other = vouched.sam.talk(vouched.noor, id=talk.record["id"], place="home")
    assert vouched.sam.hand_in(vouched.noor, other).code == "bad-record"


def test_a_record_that_does_not_follow_the_newest_is_stale(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    accepted(town.sam.hand_in(town.noor, correction(town.sam, talk, place="home")))
    for late in (correction(town.sam, talk, place="office"), withdrawal(town.sam, talk)):
        refused = town.sam.hand_in(town.noor, late)
        assert (refused.status, refused.code) == (409, "talk-stale")


def test_nothing_follows_a_withdrawal(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    back = withdrawal(town.sam, talk)
    for one in (talk, back):
        accepted(town.sam.hand_in(town.noor, one))
    assert town.sam.hand_in(town.noor, correction(town.sam, talk, back)).code == "talk-stale"


@pytest.mark.parametrize("changed", ["child", "pro", "subj"])
def test_a_correction_leaves_child_and_professional_alone(vouched: Town, changed: str) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    if changed == "child":
        refused = town.sam.hand_in(town.noor, correction(town.sam, talk, child=None))
    elif changed == "pro":
        refused = town.vera.hand_in(town.noor, correction(town.vera, talk))
    else:
        moved = correction(town.sam, talk, subj=town.sam.subj(town.daan))
        refused = town.sam.hand_in(town.daan, moved)
    assert (refused.status, refused.code) == (400, "bad-record")


def test_only_who_recorded_a_talk_withdraws_it(vouched: Town) -> None:
    talk = vouched.sam.talk(vouched.noor)
    accepted(vouched.sam.hand_in(vouched.noor, talk))
    assert vouched.vera.hand_in(vouched.noor, withdrawal(vouched.vera, talk)).code == "bad-record"


def test_a_talk_that_has_yet_to_begin_is_not_taken_and_nothing_is_lost(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor, ago=-3)
    refused = town.sam.hand_in(town.noor, talk)
    assert (refused.status, refused.code) == (409, "talk-future")
    assert refused.json["error"]["seconds"] == 3 * 3600 - 600
    town.clock.ahead(hours=3)
    assert town.sam.sign_in().status == 200
    accepted(town.sam.hand_in(town.noor, talk))
    assert told(town.sam, town.noor)["chains"][0]["records"][0]["marks"] == ["ahead"]


def test_a_clock_that_runs_a_little_ahead_is_no_reason_to_refuse(vouched: Town) -> None:
    accepted(vouched.sam.hand_in(vouched.noor, vouched.sam.talk(vouched.noor, ago=-0.1)))


def test_a_record_that_comes_days_later_is_taken_and_marked(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    answer = town.noor.say_of(talk, way="room")
    town.clock.ahead(days=4)
    receipts = accepted(town.noor.hand_in(answer, talk))["receipts"]
    assert [one["leaf"]["about"] for one in receipts] == ["2026-11-18", "2026-11-18"]
    assert town.sam.sign_in().status == 200
    (chain,) = told(town.sam, town.noor)["chains"]
    assert [one["marks"] for one in chain["records"]] == [["late"], []]
    assert chain["level"] == "B"


def test_the_second_code_taken_two_days_later_is_no_proof_that_both_were_there(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    answer = town.noor.say_of(talk, way="room")
    accepted(town.noor.hand_in(answer, talk))
    town.clock.ahead(days=2)
    assert town.sam.sign_in().status == 200
    accepted(town.sam.hand_in(town.noor, met(town, talk, answer)))
    assert state(town.sam, town.noor)[0] == "B"


# --- who may not ------------------------------------------------------------------------------------------------------


def resigned(one: Signed, *by: Any) -> Signed:
    return Signed(one.record, tuple(key.sign_record(one.record) for key in by))


def test_a_talk_counts_only_with_the_signature_of_whom_it_names(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    sam, vera = town.sam.keys.signing, town.vera.keys.signing
    for wrong in (resigned(talk, vera), resigned(talk, sam, vera)):
        assert town.sam.hand_in(town.noor, wrong).status == 400
    forged = Signed(talk.record, (wire.Signature(sam.id, vera.sign_record(talk.record).sig),))
    assert town.sam.hand_in(town.noor, forged).code == "bad-signature"
    assert town.vera.hand_in(town.noor, talk).code == "bad-signature"
    assert told(town.sam, town.noor)["chains"] == []


def test_a_talk_of_another_child_or_organisation_is_refused(vouched: Town) -> None:
    town = vouched
    for fields in ({"subj": random_id()}, {"subj": town.sam.subj(town.daan)}):
        assert town.sam.hand_in(town.noor, town.sam.talk(town.noor, **fields)).code == "bad-record"
    stranger = Adult.create(random_id(), "Sam", "worker", at=town.clock(), person=town.sam.id)
    talk = town.sam.talk(town.noor)
    elsewhere = stranger.about_talk(
        "plan", talk.record["subj"], start=talk.record["start"], place="home", at=talk.record["end"]
    )
    assert town.sam.hand_in(town.noor, elsewhere).code == "bad-record"


def test_a_talk_names_a_phone_of_the_child_and_a_log_of_ours(vouched: Town) -> None:
    town = vouched
    known = told(town.sam, town.noor)
    for wrong in (
        {"child": b64(bytes(32))},
        {"child": town.milan.acted.signing.id},
        {"log": random_id()},
        {"nb": {"size": known["nb"]["size"] + 1000, "root": known["nb"]["root"]}},
        {"nb": {"size": known["nb"]["size"], "root": b64(bytes(32))}},
    ):
        assert town.sam.hand_in(town.noor, town.sam.talk(town.noor, **wrong)).code == "bad-record"


def test_another_childs_phone_answers_nothing_of_noors(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    theirs = town.milan.say_of(talk)
    assert town.milan.hand_in(theirs).code == "bad-record"
    assert town.noor.hand_in(theirs).code == "bad-signature"
    moved = town.milan.acted.say_of(
        {**talk.record, "subj": town.iris.subj(town.milan.child)}, "yes", "yes", at=town.clock()
    )
    assert town.milan.hand_in(moved).code == "bad-record"
    assert state(town.sam, town.noor)[0] == "D"


def test_noors_answer_is_hers_alone(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    answer = town.noor.say_of(talk)
    own, unlock, sam = town.noor.acted.signing, town.noor.acted.unlock, town.sam.keys.signing
    for wrong in (
        resigned(answer, unlock),
        resigned(answer, sam),
        resigned(answer, own, sam),
        resigned(answer, own, unlock, sam),
    ):
        assert town.noor.hand_in(wrong).code == "bad-signature"
    # Said on the phone and handed in by somebody else: only what was said in the room is.
    assert town.sam.hand_in(town.noor, answer).code == "bad-record"


def test_kindmodus_is_the_professionals_to_hand_in(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    given = {
        "talk": talks.hash_of(talk.record),
        "says": {"talked": "yes", "alone": "yes"},
        "why": None,
        "prev": None,
        "code": None,
    }
    answer = town.sam.about_talk(town.noor, "answer", **given, way="kindmodus", at=time_text(town.clock()))
    assert town.noor.hand_in(answer).code == "bad-record"
    assert town.vera.hand_in(town.noor, answer).code == "bad-signature"
    accepted(town.sam.hand_in(town.noor, answer))
    for way in ("room", "later"):
        faked = town.sam.about_talk(town.noor, "answer", **given, way=way, at=time_text(town.clock()))
        assert town.sam.hand_in(town.noor, faked).status == 400
    assert state(town.sam, town.noor)[0] == "C"


def test_both_were_there_needs_the_talks_professional_and_an_answer_from_the_room(vouched: Town) -> None:
    town = vouched
    talk, other = town.sam.talk(town.noor), town.sam.talk(town.noor, ago=5)
    answer, later = town.noor.say_of(talk, way="room"), town.noor.say_of(talk)
    accepted(town.sam.hand_in(town.noor, other))
    assert town.sam.hand_in(town.noor, met(town, talk, answer)).code == "bad-record"
    for one in (answer, later):
        accepted(town.noor.hand_in(one, talk))
    assert town.sam.hand_in(town.noor, met(town, talk, later)).code == "bad-record"
    assert town.sam.hand_in(town.noor, met(town, other, answer)).code == "bad-record"
    hashes = {"talk": talks.hash_of(talk.record), "answer": talks.hash_of(answer.record)}
    hers = town.vera.about_talk(town.noor, "met", **hashes, at=time_text(town.clock()))
    assert town.vera.hand_in(town.noor, hers).code == "bad-record"
    assert state(town.sam, town.noor)[0] == "B"


def test_a_talk_from_a_code_is_by_somebody_on_the_childs_list(vouched: Town) -> None:
    town = vouched
    known = town.sam.talk(town.noor)
    fields = {name: known.record[name] for name in (*SAME, "first", "prev")}
    iris = town.iris.keys.about_talk("talk", known.record["subj"], **fields)
    refused = town.noor.hand_in(town.noor.say_of(iris, way="room"), iris)
    assert refused.code == "bad-signature"


def test_a_phone_that_was_switched_off_says_nothing_more(vouched: Town) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    device = town.noor.acted.device
    town.call(town.store.write, lambda tx: tx.revoke_device(device, town.clock()))
    assert town.noor.hand_in(town.noor.say_of(talk)).code == "device-off"


def test_a_phone_cannot_fill_the_log(vouched: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST_ANSWERS", 2)
    town = vouched
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    for _ in range(2):
        accepted(town.noor.hand_in(town.noor.say_of(talk)))
    assert town.noor.hand_in(town.noor.say_of(talk)).code == "quota"


def test_answers_take_the_room_of_small_messages(town_with: Any) -> None:
    town = town_with(quota_small=1500)
    accepted(town.sam.vouch(town.noor))
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk))
    codes = [town.noor.hand_in(town.noor.say_of(talk)).code for _ in range(3)]
    assert codes[0] == ""
    assert codes[-1] == "quota"


def test_an_answer_names_an_earlier_one_of_its_own_chain(vouched: Town) -> None:
    town = vouched
    talk, other = town.sam.talk(town.noor), town.sam.talk(town.noor, ago=5)
    for one in (talk, other):
        accepted(town.sam.hand_in(town.noor, one))
    first = town.noor.say_of(talk)
    accepted(town.noor.hand_in(first))
    named = talks.hash_of(first.record)
    assert town.noor.hand_in(town.noor.say_of(other, prev=named)).code == "bad-record"
    accepted(town.noor.hand_in(town.noor.say_of(talk, "no", "unknown", prev=named)))
    assert state(town.sam, town.noor, 0)[0] == "disputed"


# --- the short code ---------------------------------------------------------------------------------------------------


def test_a_short_code_leads_the_childs_phone_to_the_talk(vouched: Town) -> None:
    town = vouched
    code = talks.short_code("7k3m q9xw")
    talk = town.sam.talk(town.noor)
    accepted(town.sam.hand_in(town.noor, talk, code=talks.code_lookup(code)))
    ask = {"id": talks.code_lookup(code)}
    assert accepted(town.noor.signed("POST", "/api/talks/find", ask)) == {"talk": talk.json()}
    gone = town.milan.signed("POST", "/api/talks/find", ask)
    assert (gone.status, gone.code) == (410, "talk-gone")
    proof = talks.code_proof(code, talks.hash_of(talk.record))
    answer = town.noor.say_of(talk, way="room", code=proof)
    accepted(town.noor.hand_in(answer))
    accepted(town.sam.hand_in(town.noor, met(town, talk, answer)))
    assert state(town.sam, town.noor)[0] == "A"
    town.clock.ahead(minutes=15)
    assert town.noor.signed("POST", "/api/talks/find", ask).content == gone.content
    town.call(tidied, town)
    assert town.store.read_sync(lambda r: r._one("select count(*) from talk_codes")[0]) == 0


async def tidied(town: Town) -> None:
    await contacts.tidy(town.store, now=town.clock())


def test_short_codes_are_guessed_at_no_faster_than_start_codes(town_with: Any) -> None:
    town = town_with(finds_per_block=3)
    ask = [town.noor.signed("POST", "/api/talks/find", {"id": b64(bytes(31) + bytes([n]))}).code for n in range(4)]
    assert ask == ["talk-gone", "talk-gone", "talk-gone", "too-busy"]


def test_only_a_talk_has_a_short_code(vouched: Town) -> None:
    at = time_text(vouched.clock())
    plan = vouched.sam.about_talk(vouched.noor, "plan", start=at, place="home", at=at)
    assert vouched.sam.hand_in(vouched.noor, plan, code=b64(bytes(32))).code == "bad-record"


# --- the evidence record of a phone -----------------------------------------------------------------------------------


def test_a_second_reader_or_the_confidant_introduces_the_phone(town: Town) -> None:
    receipt = accepted(town.sam.vouch(town.noor))["receipt"]
    kind, record = entered(town, receipt)
    assert (kind, record["t"], record["signing"]) == ("enrolment", "device", town.noor.acted.record["signing"])
    path = f"/desk/api/children/{town.noor.child}/device"
    for who in (town.jo, town.vera):
        device = wire.parse_signatures(who.get(path).json["device"])
        assert town.sam.keys.signing.id in {one.by for one in device}
        mine = who.keys.signing.sign_record(record)
        form = {"by": mine.by, "sig": mine.sig}
        signed = accepted(who.post(f"{path}/sign", form))["receipt"]
        assert signed["leaf"]["type"] == "introduction"
        assert accepted(who.post(f"{path}/sign", form))["receipt"]["index"] == signed["index"]
    assert len(told(town.sam, town.noor)["device"]["sigs"]) == 3
    assert (
        accepted(town.sam.post(f"{path}/sign", told(town.sam, town.noor)["device"]["sigs"][0]))["receipt"]["index"]
        == receipt["index"]
    )


def test_an_evidence_record_is_of_the_phone_the_child_has(town: Town) -> None:
    path, at = f"/desk/api/children/{town.noor.child}/device", town.clock()
    subj = town.sam.subj(town.noor.child)
    other = town.sam.keys.evidence(subj, town.milan.acted.record, at)
    assert town.sam.post(path, {"signed": other.json()}).code == "bad-record"
    hers = town.vera.keys.evidence(subj, town.noor.acted.record, at)
    assert town.sam.post(path, {"signed": hers.json()}).code == "bad-signature"
    first = accepted(town.sam.vouch(town.noor))["receipt"]
    assert accepted(town.sam.vouch(town.noor))["receipt"]["index"] == first["index"]
    refused = town.vera.post(path, {"signed": hers.json()})
    assert (refused.status, refused.code) == (409, "talk-stale")


def test_nobody_introduces_a_phone_with_somebody_elses_signature(town: Town) -> None:
    path = f"/desk/api/children/{town.noor.child}/device/sign"
    mine = town.vera.keys.signing.sign_record({"t": "device"})
    assert town.vera.post(path, {"by": mine.by, "sig": mine.sig}).status == 404
    accepted(town.sam.vouch(town.noor))
    assert town.vera.post(path, {"by": mine.by, "sig": mine.sig}).code == "bad-signature"
    record = told(town.sam, town.noor)["device"]["record"]
    forged = town.iris.keys.signing.sign_record(record)
    assert town.vera.post(path, {"by": forged.by, "sig": forged.sig}).code == "bad-signature"
    assert town.iris.post(path, {"by": forged.by, "sig": forged.sig}).status == 404


# --- what children think, as counts -----------------------------------------------------------------------------------


def think(phone: Phone, question: str = "said", value: str = "yes") -> Answered:
    return phone.signed("POST", "/api/after", {"question": question, "value": value})


def heard(town: Town) -> dict[tuple[str, str, str], Any]:
    async def ask() -> Any:
        return await contacts.heard(town.store)

    return {(one.team, one.month, one.question): one.values for one in town.call(ask)}


@pytest.mark.promise("P2")
def test_what_a_child_thinks_stands_beside_no_child_and_no_talk(town: Town) -> None:
    accepted(think(town.noor, "said", "no"))
    with town.store.reading() as reader:
        counts = [tuple(row) for row in reader._all("select * from after_counts")]
        given = [tuple(row) for row in reader._all("select * from after_given")]
        columns = {row["name"] for row in reader._all("pragma table_info(after_counts)")}
    assert counts == [("Haven", "2026-11", "said", "no", 1)]
    assert given == [(town.noor.child, "said", "2026-11")]
    assert columns == {"team", "month", "question", "value", "number"}
    assert b"after" not in town.sam.get(f"/desk/api/children/{town.noor.child}/talks").content


def test_a_child_is_counted_once_for_a_question_in_a_month_and_nobody_sees_which_time(town: Town) -> None:
    answers = [think(town.noor, "said", value).content for value in ("yes", "no", "no")]
    assert len(set(answers)) == 1
    accepted(think(town.noor, "done", "some"))
    found = town.store.read_sync(lambda r: r.after_counts())
    assert [(one.question, one.values) for one in found] == [("done", {"some": 1}), ("said", {"yes": 1})]
    town.clock.ahead(days=20)
    accepted(think(town.noor))
    assert len(town.store.read_sync(lambda r: r.after_counts())) == 3
    town.call(tidied, town)
    assert town.store.read_sync(lambda r: r._one("select count(*) from after_given")[0]) == 1


@pytest.mark.promise("P2")
def test_what_a_child_says_of_a_quarter_is_added_up_and_stands_beside_no_child(town: Town) -> None:
    answers = [think(town.noor, "safer", value) for value in ("no", "yes")]
    assert [one.status for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    accepted(think(town.noor, "school", "skipped"))
    with town.store.reading() as reader:
        counts = [tuple(row) for row in reader._all("select * from quarter_counts")]
        given = [tuple(row) for row in reader._all("select * from quarter_given")]
    assert counts == [("Haven", "2026-Q4", "safer", "no", 1), ("Haven", "2026-Q4", "school", "skipped", 1)]
    assert given == [(town.noor.child, "safer", "2026-Q4"), (town.noor.child, "school", "2026-Q4")]
    assert think(town.noor, "safer", "fine").code == "bad-request"


def test_a_new_quarter_counts_anew_and_forgets_who_answered_in_the_one_before(town: Town) -> None:
    accepted(think(town.noor, "worker", "some"))
    town.clock.ahead(days=60)
    accepted(think(town.noor, "worker", "yes"))
    town.call(tidied, town)
    found = town.store.read_sync(lambda r: r.quarter_counts("2026-Q4", "2027-Q1"))
    assert [(one.team, one.quarter, one.question, one.values) for one in found] == [
        ("Haven", "2026-Q4", "worker", {"some": 1}),
        ("Haven", "2027-Q1", "worker", {"yes": 1}),
    ]
    assert town.store.read_sync(lambda r: r._one("select group_concat(quarter) from quarter_given")[0]) == "2027-Q1"


def test_counts_are_shown_from_five_answers_and_skipping_is_none(town: Town) -> None:
    def count(children: int, value: str) -> None:
        def add(tx: Any) -> None:
            known = tx._one("select count(*) from children")[0]
            for n in range(known, known + children):
                tx._do(
                    "insert into children (kindnummer, made_at, worker, second) values (?, 0, ?, ?)",
                    (f"K000-{n:05}", town.sam.id, town.vera.id),
                )
                tx.count_after(f"K000-{n:05}", "Haven", "2026-11", "said", value)

        town.store.write_sync(add)

    count(4, "yes")
    count(2, "skipped")
    assert heard(town) == {("Haven", "2026-11", "said"): None}
    count(1, "no")
    assert heard(town) == {("Haven", "2026-11", "said"): {"yes": 4, "no": 1, "skipped": 2}}


def test_a_record_and_its_entry_are_kept_together_or_not_at_all(vouched: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = vouched
    talk = town.sam.talk(town.noor)
    size = town.store.read_sync(lambda r: r.log_size())

    def fails(*_: Any, **__: Any) -> int:
        raise RuntimeError("no room in the log")

    with monkeypatch.context() as broken:
        broken.setattr("kindstem.store.log.LogWrites.log", fails)
        assert town.sam.hand_in(town.noor, talk).status == 500
    assert told(town.sam, town.noor)["chains"] == []
    assert town.store.read_sync(lambda r: r.log_size()) == size
    accepted(town.sam.hand_in(town.noor, talk))


def test_what_is_known_of_the_log_is_what_was_signed(vouched: Town) -> None:
    town = vouched
    accepted(town.sam.hand_in(town.noor, town.sam.talk(town.noor)))
    known = told(town.sam, town.noor)
    newest = town.store.read_sync(lambda r: r.newest_checkpoint())
    assert newest is not None
    assert known["nb"]["size"] == newest.size
    assert unb64(known["nb"]["root"]) == town.store.read_sync(lambda r: r.log_root(newest.size))
    assert known["child"] == town.noor.acted.signing.id
    assert town.clock() - timedelta(days=1) < newest.at <= town.clock()
