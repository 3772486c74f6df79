"""Results of sampling: who may say what a child said, at the desk and as a file, and what stands beside the count."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kindstem import audit, samples, talks, words
from kindstem.errors import BadRecord, BadSignature, NotFound
from kindstem.signing import random_id
from kindstem.verify import Verdict, verify
from kindstem.verify.figures import totals
from kindstem.wire import Signed, time_text
from tests.cast import Answered, Professional, Town


@pytest.fixture
def talk(town: Town) -> Signed:
    """A talk that Sam held with Noor, whose phone is in evidence."""
    assert town.sam.vouch(town.noor).status == 200
    found = town.sam.talk(town.noor)
    assert town.sam.hand_in(town.noor, found).status == 200
    return found


def result_of(town: Town, who: Professional, talk: Signed, found: str = "yes", **changes: Any) -> Signed:
    record = {
        "t": "sample", "v": 1, "org": town.org.id, "id": random_id(), "talk": talks.hash_of(talk.record),
        "by": who.id, "key": who.keys.signing.id, "found": found, "at": time_text(town.clock()),
    } | changes  # fmt: skip
    return Signed(record, (who.keys.signing.sign_record(record),))


def asked(who: Professional, *about: Signed) -> list[tuple[str, Any, Any]]:
    """What the desk of somebody is told about these talks: child, record and result."""
    answered = who.post("/desk/api/samples", {"talks": [talks.hash_of(one.record) for one in about]})
    assert answered.status == 200, answered.json
    return [(one["child"], one["talk"]["record"], one["found"]) for one in answered.json["drawn"]]


def hands_in(who: Professional, signed: Signed) -> Answered:
    return who.post("/desk/api/samples/results", {"result": signed.json()})


def verdict_of(town: Town) -> Verdict:
    town.call(lambda: town.app.state.kindstem.log.covering(now=town.clock()))
    path, day = town.config.data / "bundle.zip", town.clock().date()
    audit.export(town.store, path, day - timedelta(days=20), day, now=town.clock())
    return verify(path, definitions=words.definitions(), jobs=1)


# --- at the desk ------------------------------------------------------------------------------------------------------


def test_second_reader_and_confidant_are_shown_the_talk_and_nobody_else(town: Town, talk: Signed) -> None:
    about = (town.noor.child, talk.record, None)
    assert asked(town.vera, talk) == asked(town.jo, talk) == [about]
    # Whose talk it was asks nobody, and Iris does not learn that there is such a talk.
    assert asked(town.sam, talk) == asked(town.iris, talk) == []
    assert town.nobody().post("/desk/api/samples", {"talks": []}).status in {401, 403}


def test_what_is_missing_and_what_is_another_childs_look_alike(town: Town, talk: Signed) -> None:
    other = town.iris.talk(town.milan)
    assert town.iris.hand_in(town.milan, other).status == 200
    never = town.sam.talk(town.noor, ago=30)
    assert [child for child, _, _ in asked(town.jo, other, never, talk)] == [town.noor.child]
    assert [child for child, _, _ in asked(town.vera, other, never, talk, talk)] == [town.milan.child, town.noor.child]


def test_a_result_enters_the_log_and_stands_beside_the_count(town: Town, talk: Signed) -> None:
    no = result_of(town, town.jo, talk, "no")
    receipt = hands_in(town.jo, no).json["receipt"]
    assert hands_in(town.jo, no).json["receipt"]["index"] == receipt["index"]
    assert receipt["leaf"]["type"] == "sample"
    assert hands_in(town.vera, result_of(town, town.vera, talk)).status == 200
    assert asked(town.jo, talk)[0][2] == "no"
    verdict = verdict_of(town)
    assert not [one for one in verdict.findings if one.grave]
    assert totals(verdict.figures)["samples"] == {"no": 1, "yes": 1}
    assert "sample-no" in verdict.counts


def test_not_reached_can_be_followed_by_an_answer_and_an_answer_by_nothing(town: Town, talk: Signed) -> None:
    assert hands_in(town.jo, result_of(town, town.jo, talk, "unreached")).status == 200
    assert hands_in(town.jo, result_of(town, town.jo, talk, "no")).status == 200
    assert asked(town.jo, talk)[0][2] == "no"
    assert hands_in(town.jo, result_of(town, town.jo, talk, "yes")).json["error"]["field"] == "talk"


@pytest.mark.attacks
def test_the_talks_own_professional_cannot_answer_its_sample(town: Town, talk: Signed) -> None:
    """Neither in their own name nor in a colleague's; the verifier's half is in verify/test_attacks_around.py."""
    assert hands_in(town.sam, result_of(town, town.sam, talk)).status == 404
    assert hands_in(town.sam, result_of(town, town.sam, talk, by=town.vera.id)).json["error"]["field"] == "by"
    stolen = result_of(town, town.sam, talk, by=town.vera.id)
    assert hands_in(town.vera, stolen).code == "bad-signature"


@pytest.mark.attacks
def test_a_sample_for_a_talk_of_another_child_is_refused(town: Town, talk: Signed) -> None:
    assert hands_in(town.iris, result_of(town, town.iris, talk)).status == 404
    other = town.iris.talk(town.milan)
    assert town.iris.hand_in(town.milan, other).status == 200
    there = hands_in(town.jo, result_of(town, town.jo, other))
    nowhere = hands_in(town.jo, result_of(town, town.jo, town.iris.talk(town.milan, ago=9)))
    assert (there.status, there.content) == (404, nowhere.content)


# --- as a file --------------------------------------------------------------------------------------------------------


def kept(town: Town, signed: Signed) -> int:
    return asyncio.run(samples.keep_result(town.store, signed.json(), now=town.clock()))


def test_a_result_as_a_file_is_entered_once(town: Town, talk: Signed) -> None:
    result = result_of(town, town.iris, talk, "unreached")
    assert kept(town, result) == kept(town, result)


def test_a_file_by_whoever_held_the_talk_is_refused(town: Town, talk: Signed) -> None:
    with pytest.raises(BadRecord):
        kept(town, result_of(town, town.sam, talk))
    with pytest.raises(BadSignature):
        kept(town, result_of(town, town.sam, talk, by=town.vera.id))
    with pytest.raises(NotFound):
        kept(town, result_of(town, town.jo, town.sam.talk(town.noor)))
    with pytest.raises(BadRecord):
        kept(town, result_of(town, town.jo, talk, org=random_id()))
