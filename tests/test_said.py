"""That a quote is literal: what is proven is so, nothing else can be proven, and nothing is given away besides."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import merkle, said
from kindstem.errors import BadEnvelope, KindstemError, QuoteAltered
from kindstem.signing import SigningKey, signing_key_id, verify_record
from kindstem.wire import Record, Signed, b64, canonical, unb64
from tests.test_vectors import cases, outcome, vectors

KEY = SigningKey.from_seed(b"k" * 32)
UNLOCK = SigningKey.from_seed(b"u" * 32)
SEED = b"s" * 32
PLACE = {
    "org": b64(b"o" * 16), "child": "K7Q2-M9XWB", "entry": b64(b"e" * 16), "kind": "checkin", "about": None,
    "at": "2026-11-22T09:30:00Z", "way": "phone",
}  # fmt: skip
WORDS = "Mama huilt vaak, en ik wil dat iemand haar helpt. Zeg dat niet tegen papa."


def entry(
    text: str, *more: Record, answers: list[Record] | None = None, keys: tuple[SigningKey, ...] = (KEY,)
) -> Record:
    """An entry with this text, signed over its pieces."""
    doc = {
        "v": 1, "level": "12", "lang": "nl", "answers": answers or [],
        "parts": [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": text}, *more],
    }  # fmt: skip
    record = said.said_record(PLACE, doc, (), SEED)
    assert record is not None
    return said.with_said(doc, SEED, Signed(record, tuple(key.sign_record(record) for key in keys)))


def quote(doc: Record, text: str) -> Record:
    """A proof of the first place where this stands."""
    begin = doc["parts"][0]["text"].index(text)
    return said.prove(doc, doc["said"], [{"part": 0, "from": begin, "to": begin + len(text)}])


# --- vectors ----------------------------------------------------------------------------------------------------------

SAID = vectors("said.json", "words", "lengths", "records", "checks", "proofs")


@pytest.mark.parametrize("case", cases(SAID["words"], needs="name text words"))
def test_a_text_is_cut_into_words(case: dict[str, Any]) -> None:
    assert [list(one) for one in said.words(case["text"])] == case["words"]


@pytest.mark.parametrize("case", cases(SAID["lengths"], needs="name doc texts long"))
def test_what_is_too_long_to_be_signed(case: dict[str, Any]) -> None:
    parts = [{"kind": "text", "prompt": "?", "text": text * n} for text, n in case["texts"]]
    assert said.too_long({**case["doc"], "parts": parts}) is case["long"]
    if case["long"]:
        assert said.said_record(PLACE, {**case["doc"], "parts": parts}, (), SEED) is None


@pytest.mark.parametrize("case", cases(SAID["records"], needs="name place doc attachments seed record"))
def test_the_record_over_an_entry(case: dict[str, Any]) -> None:
    sounds = [unb64(one) for one in case["attachments"]]
    assert said.said_record(case["place"], case["doc"], sounds, unb64(case["seed"])) == case["record"]


@pytest.mark.parametrize("case", cases(SAID["checks"], needs="name doc place attachments key fits"))
def test_what_is_signed_fits_its_entry_or_not(case: dict[str, Any]) -> None:
    sounds = [unb64(one) for one in case["attachments"]]
    assert said.check(case["doc"], case["doc"]["said"], unb64(case["key"]), case["place"], sounds) is case["fits"]


@pytest.mark.parametrize(
    "case",
    cases(
        SAID["proofs"],
        needs="name proof key outcome",
        may="text whole",
        outcomes="ok bad-record bad-signature quote-altered",
    ),
)
def test_a_proof(case: dict[str, Any]) -> None:
    found, shown = outcome(lambda: said.verify_proof(case["proof"], unb64(case["key"])))
    assert found == case["outcome"]
    if found == "ok":
        assert (shown.text, shown.whole) == (case["text"], case["whole"])
        assert said.verify_quote(case["proof"], unb64(case["key"])) == case["text"]


# --- what is so can be proven -----------------------------------------------------------------------------------------


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_the_words_of_a_text_are_the_text(text: str) -> None:
    found = said.words(text)
    assert "".join(word for _, word in found) == text
    assert [text[at : at + len(word)] for at, word in found] == [word for _, word in found]


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="ab ,.\n\u00e9\U0001f331\u6211", min_size=1, max_size=60),
    at=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_any_stretch_of_a_text_can_be_proven_to_the_letter(text: str, at: tuple[int, int]) -> None:
    begin, end = sorted(one % (len(text) + 1) for one in at)
    doc = entry(text)
    if begin == end:
        with pytest.raises(QuoteAltered):
            said.prove(doc, doc["said"], [{"part": 0, "from": begin, "to": end}])
        return
    proof = said.prove(doc, doc["said"], [{"part": 0, "from": begin, "to": end}])
    (shown,) = said.verify_proof(proof, KEY.public).quotes
    assert shown.text == text[begin:end]
    assert shown.text in shown.around in text


def test_all_of_an_entry_is_known_to_be_all() -> None:
    doc = entry(WORDS, answers=[{"key": "child.want", "prompt": "Wat wil jij?", "value": "bij oma"}])
    ranges = said.everything(doc)
    assert said.verify_proof(said.prove(doc, doc["said"], ranges), KEY.public).whole
    for i in range(len(ranges)):
        left = [one for place, one in enumerate(ranges) if place != i]
        assert not said.verify_proof(said.prove(doc, doc["said"], left), KEY.public).whole


def test_that_the_lock_was_open_shows_in_a_proof() -> None:
    proof = quote(entry(WORDS, keys=(KEY, UNLOCK)), "Mama huilt")
    signed = said.verify_proof(proof, KEY.public).signed
    assert verify_record(signed, UNLOCK.public)
    assert not verify_record(said.verify_proof(quote(entry(WORDS), "Mama"), KEY.public).signed, UNLOCK.public)


def test_a_range_that_is_not_there_is_refused() -> None:
    doc = entry(WORDS, {"kind": "drawing", "prompt": "Teken maar", "size": [1000, 1000], "strokes": []})
    for one in (
        {"part": 0, "from": 0, "to": len(WORDS) + 1}, {"part": 2}, {"answer": 0}, {"part": 1, "from": 0, "to": 3},
    ):  # fmt: skip
        with pytest.raises(QuoteAltered):
            said.prove(doc, doc["said"], [one])


def test_recordings_that_are_not_those_of_the_entry_are_refused() -> None:
    voice = {"kind": "voice", "prompt": "?", "type": "audio/webm", "ms": 900, "bytes": 3}
    for sounds in ((), (b"abc", b"abc")):
        with pytest.raises(BadEnvelope):
            said.pieces({"parts": [voice]}, sounds)


# --- nothing else can -------------------------------------------------------------------------------------------------


def leaves_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of each text and number in a value."""
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in leaves_of(one, (*path, name))]
    if isinstance(value, list):
        return [found for i, one in enumerate(value) for found in leaves_of(one, (*path, i))]
    return [path]


def other(value: Any, flip: int) -> Any:
    """A value of the same kind that differs in one place."""
    if isinstance(value, str) and value:
        at = flip % len(value)
        return value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
    if isinstance(value, int):
        return value + 1 + flip % 3
    return "B"


PROOF = quote(entry(WORDS), "ik wil dat iemand haar helpt.")
PLACES = leaves_of(PROOF)


@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(PLACES), flip=st.integers(0, 100))
def test_any_change_of_any_value_makes_a_proof_fail(place: tuple[Any, ...], flip: int) -> None:
    """Of texts, places, salts, hashes, record and signature alike: there is no field that nobody looks at."""
    changed = copy.deepcopy(PROOF)
    within = changed
    for step in place[:-1]:
        within = within[step]
    within[place[-1]] = other(within[place[-1]], flip)
    with pytest.raises(KindstemError) as refusal:
        said.verify_proof(changed, KEY.public)
    assert refusal.value.code in {"bad-record", "bad-signature", "quote-altered"}


def test_a_comma_more_does_not_pass_even_with_the_salt_at_hand() -> None:
    changed = json.loads(json.dumps(PROOF).replace("iemand ", "iemand, "))
    assert changed != PROOF
    with pytest.raises(QuoteAltered):
        said.verify_quote(changed, KEY.public)


def test_two_proofs_cannot_be_put_together_into_a_third() -> None:
    """Words of two places as one quote would be a sentence that the child never said."""
    doc = entry(WORDS)
    first, second = quote(doc, "Mama huilt vaak, "), quote(doc, "tegen papa.")
    joined = said.prove(doc, doc["said"], [{"part": 0, "from": 0, "to": 17}])
    one = joined["quotes"][0]
    one["leaves"] = [*first["quotes"][0]["leaves"], *second["quotes"][0]["leaves"][1:]]
    every = said.pieces(doc)
    indices = [leaf["index"] for leaf in one["leaves"]]
    one["path"] = [b64(found) for found in merkle.inclusion_of(indices, len(every), said._tree(every, SEED))]
    one |= {"text": "Mama huilt vaak, tegen papa.", "to": 28}
    with pytest.raises(QuoteAltered):
        said.verify_proof(joined, KEY.public)


def test_another_key_in_its_name_does_not_pass() -> None:
    forged = copy.deepcopy(PROOF)
    sig = UNLOCK.sign_record(forged["signed"]["record"])
    forged["signed"]["sigs"] = [{"by": b64(signing_key_id(KEY.public)), "sig": sig.sig}]
    with pytest.raises(KindstemError, match="bad-signature"):
        said.verify_proof(forged, KEY.public)


# --- and nothing is given away ----------------------------------------------------------------------------------------


def test_a_proof_holds_no_word_of_the_rest() -> None:
    text = canonical(PROOF).decode()
    assert "iemand" in text
    assert [word for word in ("Mama", "huilt", "vaak", "Zeg", "niet", "tegen", "papa") if word in text] == []
    assert b64(SEED) not in text


def test_the_salts_that_are_shown_open_no_other_piece() -> None:
    """Whoever guesses the words of the rest cannot check the guess: each hash in the path hides behind other salts."""
    doc = entry("Ik zeg ja. Ik zeg nee.")
    proof = quote(doc, "Ik zeg ja. Ik")
    every = said.pieces(doc)
    shown = {leaf["index"]: unb64(leaf["salt"]) for leaf in proof["quotes"][0]["leaves"]}
    path = {unb64(one) for one in proof["quotes"][0]["path"]}
    hidden = [i for i in range(len(every)) if i not in shown]
    assert hidden
    tried = [*shown.values(), unb64(proof["signed"]["record"]["root"]), bytes(32), b""]
    for i in hidden:
        for base in tried:
            for salt in (base, said.salts(base, len(every))[i]):
                assert said._leaf(salt, every[i]) not in path
    # With its own salt it does stand there, so that the search above looks for what there is.
    assert any(said._leaf(said.salts(SEED, len(every))[i], every[i]) in path for i in hidden)


def test_every_salt_is_used_once() -> None:
    found = said.salts(SEED, 2_000)
    assert len({*found, *said.salts(b"t" * 32, 2_000)}) == 4_000
    assert said.salts(SEED, 256) == found[:256]


def test_two_thousand_words_are_signed_in_a_moment() -> None:
    """With ample room: a machine under load must not fail it, something quadratic must."""
    started = time.process_time()
    entry("woord " * 2_000)
    assert time.process_time() - started < 2
