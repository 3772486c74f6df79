"""Records of talks, the codes in the room, and what chains of records come to: talks.json, and rules for any chain.

tests/js/talks.test.js reads the same vectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import levels, signing, talks
from kindstem.errors import BadRecord
from kindstem.levels import ChildKeys, Held, Level, Link, chains_of, closed_by, level_of, requests_of
from kindstem.wire import b64, time_text, unb64

VECTORS = json.loads((Path(__file__).parent / "vectors/talks.json").read_text("utf-8"))
KEYS = talks.DeviceKeys(**VECTORS["keys"])


def cases(part: str, needs: str, may: str = "") -> Any:
    """One test for each vector, which has these fields and an outcome that both languages know."""
    params = []
    for case in VECTORS[part]:
        assert set(needs.split()) <= case.keys() <= {*needs.split(), *may.split()}, case.keys()
        assert case.get("outcome", "ok") in {"ok", "bad-record"}
        params.append(pytest.param(case, id=case.get("name") or repr(case["typed"])))
    return pytest.mark.parametrize("case", params)


def outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "ok", work()
    except BadRecord as error:
        return error.code, None


def test_the_file_holds_what_both_languages_read() -> None:
    assert VECTORS.keys() == {
        "about",
        "records",
        "device",
        "keys",
        "talk",
        "first",
        "second",
        "short",
        "chains",
        "requests",
    }
    assert talks.device_keys(VECTORS["device"], signing.signing_key_id) == KEYS


@cases("records", "name record outcome", "hash log")
def test_record(case: dict[str, Any]) -> None:
    found, record = outcome(lambda: talks.parse_record(case["record"]))
    assert found == case["outcome"]
    if found == "ok":
        assert talks.hash_of(record) == case["hash"]
        assert levels.log_type(record) == case["log"]


@cases("first", "name code outcome", "signed")
def test_first_code(case: dict[str, Any]) -> None:
    found, signed = outcome(lambda: talks.parse_talk(unb64(case["code"])))
    assert found == case["outcome"]
    if found == "ok":
        assert signed.json() == case["signed"]
        assert talks.encode_talk(signed) == unb64(case["code"])


@cases("second", "name code outcome", "signed")
def test_second_code(case: dict[str, Any]) -> None:
    found, signed = outcome(lambda: talks.parse_answer(unb64(case["code"]), VECTORS["talk"], KEYS))
    assert found == case["outcome"]
    if found == "ok":
        assert signed.json() == case["signed"]
        assert talks.encode_answer(signed, KEYS) == unb64(case["code"])
        device = [VECTORS["device"]["signing"], VECTORS["device"]["unlock"]][: len(signed.sigs)]
        assert all(signing.verify_record(signed, unb64(key)) for key in device)


@cases("short", "typed outcome", "code lookup talk proof")
def test_short_code(case: dict[str, Any]) -> None:
    found, code = outcome(lambda: talks.short_code(case["typed"]))
    assert found == case["outcome"]
    if found == "ok":
        assert code.decode() == case["code"]
        assert (talks.code_lookup(code), talks.code_proof(code, case["talk"])) == (case["lookup"], case["proof"])


def test_the_codes_stay_small() -> None:
    """What a cheap camera reads off a cheap screen: the usual ones, as they stand behind the address."""
    sizes = {case["name"]: 1 + len("t1.") + len(case["code"]) for case in VECTORS["first"] if case["outcome"] == "ok"}
    assert max(sizes["a talk"], sizes["a planned talk with an interpreter"], sizes["the largest numbers"]) < 420
    answers = {case["name"]: 1 + len("a1.") + len(case["code"]) for case in VECTORS["second"]}
    assert max(answers[name] for name in ("an answer", "an unlocked phone", "after an earlier answer")) < 350


WHOLE = [unb64(case["code"]) for case in VECTORS["first"] if case["outcome"] == "ok"]
TOLD = [unb64(case["code"]) for case in VECTORS["second"] if case["outcome"] == "ok"]


@given(st.sampled_from(WHOLE + TOLD), st.data())
def test_a_code_cut_short_is_none(code: bytes, data: st.DataObject) -> None:
    short = code[: data.draw(st.integers(0, len(code) - 1))]
    with pytest.raises(BadRecord):
        talks.parse_talk(short) if code in WHOLE else talks.parse_answer(short, VECTORS["talk"], KEYS)


@given(st.sampled_from(WHOLE), st.data())
def test_a_changed_bit_is_refused_or_gives_another_record_under_the_same_code(code: bytes, data: st.DataObject) -> None:
    """There is one code for a record and one record for a code, so that a signature cannot cover two."""
    bit = data.draw(st.integers(0, 8 * len(code) - 1))
    changed = bytearray(code)
    changed[bit // 8] ^= 1 << bit % 8
    found, signed = outcome(lambda: talks.parse_talk(bytes(changed)))
    if found == "ok":
        assert talks.encode_talk(signed) == bytes(changed)
        assert signed != talks.parse_talk(code)


# --- chains -----------------------------------------------------------------------------------------------------------


def link_of(value: dict[str, Any]) -> Link:
    return Link(value["hash"], value["record"], tuple(value["by"]), value["index"])


def verdicts(links: list[Link], devices: list[ChildKeys]) -> list[dict[str, Any]]:
    return [
        {
            "first": chain.first.hash,
            "counted": [one.hash for one in chain.counted],
            "aside": [one.hash for one in chain.aside],
            "level": verdict.level.value,
            "unlocked": verdict.unlocked,
            "withdrawn": verdict.withdrawn,
            "afterDispute": verdict.after_dispute,
            "realised": verdict.realised,
        }
        for chain in chains_of(links)[0]
        for verdict in [level_of(chain, devices)]
    ]


@cases("chains", "name links devices chains alone")
def test_chain(case: dict[str, Any]) -> None:
    links = [link_of(one) for one in case["links"]]
    devices = [
        ChildKeys(one["signing"], one["unlock"], datetime.fromisoformat(one["since"])) for one in case["devices"]
    ]
    assert verdicts(links, devices) == case["chains"]
    assert [one.hash for one in chains_of(links)[1]] == case["alone"]


@cases("requests", "name links devices requests alone")
def test_request(case: dict[str, Any]) -> None:
    links = [link_of(one) for one in case["links"]]
    devices = [
        ChildKeys(one["signing"], one["unlock"], datetime.fromisoformat(one["since"])) for one in case["devices"]
    ]
    requests, alone = requests_of(links)
    held = [Held(chain, level_of(chain, devices)) for chain in chains_of(links)[0]]
    closed = [closed_by(one, held, devices, {"Jo"}) for one in requests]
    assert [
        {"request": one.request.hash, "ends": [end.hash for end in one.ends], "closed": by.hash if by else None}
        for one, by in zip(requests, closed, strict=True)
    ] == case["requests"]
    assert [one.hash for one in alone] == case["alone"]


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PHONE = ChildKeys("phone", "unlock", NOW - timedelta(days=30))
RANK = {Level.DISPUTED: 0, Level.D: 1, Level.C: 2, Level.B: 3, Level.A: 4}
"""Not that one were worth more: only how much a chain carries that somebody else than the professional said."""


def time(hours: float) -> str:
    return time_text(NOW + timedelta(hours=hours))


def talk(name: str = "t", index: int = 0, **fields: Any) -> Link:
    record = {
        "t": "talk", "org": "org", "subj": "noor", "pro": "sam", "by": "Sam", "child": "phone", "kind": "face",
        "who": "alone", "planned": "planned", "first": None, "prev": None, "start": time(0), "end": time(0.5),
    }  # fmt: skip
    return Link(name, record | fields, ("sam",), index)


@st.composite
def chains(draw: Any) -> list[Link]:
    """A talk, and whatever may be said of it or put in its place."""
    links = [talk()]
    for n in range(1, draw(st.integers(1, 8))):
        what = draw(st.sampled_from(("answer", "answer", "answer", "kindmodus", "met", "talk", "withdrawal")))
        base = {"org": "org", "subj": "noor"}
        if what in {"talk", "withdrawal"}:
            prev = draw(st.sampled_from([one.hash for one in links if one.t in {"talk", "withdrawal"}]))
            if what == "talk":
                who = draw(st.sampled_from(("alone", "siblings")))
                links.append(talk(f"r{n}", n, first="t", prev=prev, who=who))
                continue
            record = base | {"t": what, "first": "t", "prev": prev, "pro": "sam", "by": "Sam"}
            links.append(Link(f"r{n}", record, ("sam",), n))
            continue
        named = draw(st.sampled_from([one.hash for one in links if one.t == "talk"]))
        earlier = [one for one in links if one.t == "answer"]
        if what == "met":
            if not earlier:
                continue
            answer = draw(st.sampled_from(earlier))
            record = base | {"t": "met", "talk": answer.record["talk"], "answer": answer.hash, "at": time(1)}
            links.append(Link(f"r{n}", record, ("sam",), n))
            continue
        says = draw(st.tuples(*2 * [st.sampled_from(("yes", "no", "unknown"))]))
        way = "kindmodus" if what == "kindmodus" else draw(st.sampled_from(("room", "later")))
        record = base | {
            "t": "answer", "talk": named, "way": way, "says": dict(zip(("talked", "alone"), says, strict=True)),
            "prev": draw(st.sampled_from([None, *[one.hash for one in earlier]])), "at": time(draw(st.integers(0, 9))),
        }  # fmt: skip
        links.append(Link(f"r{n}", record, ("sam",) if way == "kindmodus" else ("phone",), n))
    return links


def verdict(links: list[Link]) -> levels.Verdict:
    (chain,), _ = chains_of(links)
    return level_of(chain, [PHONE])


def answers_of(links: list[Link]) -> list[Link]:
    return [one for one in links if one.t == "answer"]


@settings(max_examples=300)
@given(chains())
def test_a_dispute_stays_until_the_childs_own_device_says_yes(links: list[Link]) -> None:
    about = {one.hash: one.record for one in links if one.t == "talk"}
    own = [one for one in answers_of(links) if one.by == ("phone",)]
    no = [one for one in own if levels.disputes(one.record, about[one.record["talk"]])]
    yes = [one for one in own if levels.confirms(one.record, about[one.record["talk"]])]
    if no and not yes:
        assert verdict(links).level is Level.DISPUTED
        assert not verdict(links).realised


@settings(max_examples=300)
@given(chains(), st.sampled_from(("talk", "withdrawal")))
def test_a_correction_or_withdrawal_never_makes_a_dispute_go_away(links: list[Link], what: str) -> None:
    (chain,), _ = chains_of(links)
    fields: dict[str, Any] = {"first": "t", "prev": chain.newest.hash}
    more = talk("more", 99, **fields, who="siblings")
    if what == "withdrawal":
        base = {"t": "withdrawal", "org": "org", "subj": "noor", "pro": "sam", "by": "Sam"}
        more = Link("more", base | fields, ("sam",), 99)
    if verdict(links).level is Level.DISPUTED:
        assert verdict([*links, more]).level is Level.DISPUTED


@settings(max_examples=300)
@given(chains())
def test_a_correction_falls_back_to_the_professionals_word(links: list[Link]) -> None:
    (chain,), _ = chains_of(links)
    corrected = verdict([*links, talk("more", 99, first="t", prev=chain.newest.hash)])
    if not chain.withdrawn:
        assert corrected.level in {Level.D, Level.DISPUTED}


@settings(max_examples=300)
@given(chains())
def test_a_chain_counts_once_whatever_was_added_to_it(links: list[Link]) -> None:
    found, alone = chains_of(links)
    assert len(found) == 1
    assert alone == []
    (chain,) = found
    told = [*chain.counted, *chain.aside, *chain.answers, *chain.mets]
    assert sorted(one.hash for one in told) == sorted(one.hash for one in links)
    prevs = [one.record["prev"] for one in chain.counted]
    assert len(set(prevs)) == len(prevs)


@settings(max_examples=300)
@given(chains(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_of_answers_changes_nothing(links: list[Link], shuffle: Any) -> None:
    """Corrections and withdrawals are ordered by the log; what the child said is ordered by what the child signed."""
    movable = [one for one in links if one.t in {"answer", "met"}]
    places = [one.index for one in movable]
    shuffle.shuffle(places)
    moved = {one.hash: place for one, place in zip(movable, places, strict=True)}
    again = [replace(one, index=moved.get(one.hash, one.index)) for one in links]
    shuffle.shuffle(again)
    before, after = verdict(links), verdict(again)
    assert replace(before, after_dispute=False) == replace(after, after_dispute=False)


@settings(max_examples=300)
@given(chains(), st.data())
def test_an_answer_that_is_held_back_never_hides_a_standing_dispute(links: list[Link], data: st.DataObject) -> None:
    """Leaving out a yes, in whatever way it was given, never makes more of a chain.

    A yes to a record beside the chain is none to what counts: whoever says it last has not said yes to that.
    """
    (chain,), _ = chains_of(links)
    about = {one.hash: one.record for one in chain.counted if one.t == "talk"}
    answers = [one for one in answers_of(links) if one.record["talk"] in about]
    yes = [one for one in answers if levels.confirms(one.record, about[one.record["talk"]])]
    if not yes:
        return
    left = data.draw(st.sampled_from(yes))
    without = [
        replace(one, record=one.record | {"prev": left.record["prev"]})
        if one.record.get("prev") == left.hash and one.t == "answer"
        else one
        for one in links
        if one is not left
    ]
    assert RANK[verdict(without).level] <= RANK[verdict(links).level]


@settings(max_examples=300)
@given(chains())
def test_only_what_is_planned_face_to_face_and_alone_counts(links: list[Link]) -> None:
    (chain,), _ = chains_of(links)
    found = verdict(links)
    assert found.realised == (
        chain.current.record["who"] == "alone" and not found.withdrawn and found.level is not Level.DISPUTED
    )


@given(chains())
def test_without_a_device_nothing_carries_a_key_of_the_child(links: list[Link]) -> None:
    (chain,), _ = chains_of(links)
    assert level_of(chain, []).level in {Level.C, Level.D, Level.DISPUTED}


def test_late_and_ahead_are_marked_by_the_time_of_entry() -> None:
    record = VECTORS["talk"]
    end = datetime.fromisoformat(record["end"])
    assert not levels.is_late(record, end + timedelta(hours=24))
    assert levels.is_late(record, end + timedelta(hours=24, seconds=1))
    assert not levels.is_ahead(record, end - timedelta(minutes=2))
    assert levels.is_ahead(record, end - timedelta(minutes=3))


def test_key_ids_come_from_the_public_keys() -> None:
    key = signing.SigningKey.from_seed(bytes(32))
    made = talks.device_keys({"signing": b64(key.public), "unlock": b64(key.public)}, signing.signing_key_id)
    assert made == talks.DeviceKeys(key.id, key.id)


# --- requests ---------------------------------------------------------------------------------------------------------


@st.composite
def histories(draw: Any) -> list[Link]:
    """Requests of one child, talks with two people, what is said of them, and what is taken away, in any order."""
    links: list[Link] = []
    for n in range(draw(st.integers(1, 10))):
        base, at = {"org": "org", "subj": "noor"}, time(draw(st.integers(0, 12)))
        requests = [one.hash for one in links if one.t == "request"]
        held = [one.hash for one in links if one.t == "talk"]
        what = draw(st.sampled_from(("request", "talk", "end", "answer", "withdrawal")))
        way = draw(st.sampled_from(("phone", "kindmodus")))
        if what == "talk":
            by, kind = draw(st.sampled_from((("sam", "Sam"), ("jo", "Jo")))), draw(st.sampled_from(("face", "phone")))
            links.append(talk(f"r{n}", n, pro=by[0], by=by[1], kind=kind, start=at, end=at))
        elif what == "end" and requests:
            record = base | {"t": "request-end", "request": draw(st.sampled_from(requests)), "way": way, "at": at}
            links.append(Link(f"r{n}", record, ("phone",), n))
        elif what == "answer" and held:
            yes = draw(st.sampled_from(("yes", "no")))
            says = {"talked": yes, "alone": yes}
            named = draw(st.sampled_from(held))
            record = base | {"t": "answer", "talk": named, "way": "later", "says": says, "prev": None, "at": at}
            links.append(Link(f"r{n}", record, ("phone",), n))
        elif what == "withdrawal" and held:
            first = draw(st.sampled_from(held))
            record = base | {"t": what, "first": first, "prev": first, "pro": "sam", "by": "Sam"}
            links.append(Link(f"r{n}", record, ("sam",), n))
        else:
            to = draw(st.sampled_from(("Sam", "Jo", None)))
            record = base | {"t": "request", "to": to, "circle": "worker", "way": way, "at": at}
            links.append(Link(f"r{n}", record, ("phone",), n))
    return links


def is_open(request: Link, links: list[Link], has_phone: bool) -> bool:
    """The rule once more, said naively: look at every record there is."""
    for end in links:
        if end.t == "request-end" and end.record["request"] == request.hash:
            by_child = end.record["way"] == "phone" or (request.record["way"] == "kindmodus" and not has_phone)
            if by_child:
                return False
    for one in links:
        if one.t != "talk" or one.record["kind"] != "face" or one.record["start"] <= request.record["at"]:
            continue
        about = [link for link in links if link.record.get("talk") == one.hash]
        noes = [link.record["at"] for link in about if link.record["says"]["talked"] == "no"]
        yeses = [link.record["at"] for link in about if link.record["says"]["talked"] == "yes"]
        disputed = bool(noes) and max(noes) >= max(yeses, default="")
        # Sam's key alone withdraws here, so it withdraws nothing of Jo's.
        back = {link.record["first"] for link in links if link.t == "withdrawal"}
        withdrawn = one.hash in back and one.record["by"] == "Sam"
        if not disputed and not withdrawn and one.record["by"] == (request.record["to"] or "Jo"):
            return False
    return True


@given(histories(), st.booleans())
def test_a_request_is_open_as_a_naive_recount_has_it(links: list[Link], has_phone: bool) -> None:
    # Without a phone nothing was signed by one: the answers are then heard for their no alone, which the recount lacks.
    devices = [PHONE]
    requests, _ = requests_of(links)
    held = [Held(chain, level_of(chain, devices)) for chain in chains_of(links)[0]]
    known = devices if has_phone else []
    for one in requests:
        found = closed_by(one, held, known, {"Jo"})
        assert (found is None) is is_open(one.request, links, has_phone)


@given(histories())
def test_nothing_that_a_professional_signs_closes_a_request_but_a_talk(links: list[Link]) -> None:
    told = [replace(one, record=one.record | {"way": "kindmodus"}) if one.t == "request-end" else one for one in links]
    requests, _ = requests_of(told)
    held = [Held(chain, level_of(chain, [PHONE])) for chain in chains_of(told)[0]]
    for one in requests:
        found = closed_by(one, held, [PHONE], {"Jo"})
        assert found is None or found.t == "talk"
