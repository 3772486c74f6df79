"""The vectors of tests/vectors/log.json in Python; tests/js/log.test.js reads the same ones.

Receipts and answers are judged by apps. What the server's side can say of them is that they hold, or do not.
"""

from typing import Any

import pytest

from kindstem import leaves, merkle, notes, signing, wire
from kindstem.errors import KindstemError
from kindstem.wire import b64, unb64
from tests.test_vectors import cases, outcome, vectors

LOG = vectors(
    "log.json",
    *("leaves", "commitments", "roots", "inclusion", "consistency", "checkpoints", "receipts", "answers", "starts"),
)


@pytest.mark.parametrize(
    "case", cases(LOG["leaves"], needs="name leaf outcome", may="bytes hash", outcomes="ok bad-record")
)
def test_leaf(case: dict[str, Any]) -> None:
    found, leaf = outcome(lambda: leaves.leaf_of({"v": 1, **case["leaf"]}))
    assert found == case["outcome"]
    if leaf is not None:
        assert (leaf.data().decode(), b64(leaf.hash())) == (case["bytes"], case["hash"])
        assert leaf.data() == wire.canonical(leaf.json())
        assert leaves.parse_leaf(case["bytes"].encode()) == leaf


@pytest.mark.parametrize("case", cases(LOG["commitments"], needs="name salt rec sigs c"))
def test_commitment(case: dict[str, Any]) -> None:
    made = leaves.commitment(unb64(case["salt"]), leaves.content(case["rec"], case["sigs"]))
    assert b64(made) == case["c"]


@pytest.mark.parametrize("case", cases(LOG["inclusion"], needs="leaf index size proof root outcome", outcomes="ok no"))
def test_inclusion(case: dict[str, Any]) -> None:
    proof = [unb64(one) for one in case["proof"]]
    held = merkle.verify_inclusion(unb64(case["leaf"]), case["index"], case["size"], proof, unb64(case["root"]))
    assert held == (case["outcome"] == "ok")


@pytest.mark.parametrize(
    "case", cases(LOG["consistency"], needs="old new rootOld rootNew proof outcome", outcomes="ok no")
)
def test_consistency(case: dict[str, Any]) -> None:
    proof = [unb64(one) for one in case["proof"]]
    held = merkle.verify_consistency(case["old"], case["new"], unb64(case["rootOld"]), unb64(case["rootNew"]), proof)
    assert held == (case["outcome"] == "ok")


@pytest.mark.parametrize("case", cases(LOG["checkpoints"], needs="name note key outcome", outcomes="ok no bad-record"))
def test_checkpoint(case: dict[str, Any]) -> None:
    try:
        head, note = notes.parse_checkpoint(case["note"])
        # An app takes the checkpoints of a log of ours only; a note of another log is a good note.
        found = "ok" if head.origin.startswith(notes.ORIGIN) else "bad-record"
    except KindstemError as error:
        found = error.code
    if found == "ok" and not note.signed_by(notes.Key(head.origin, unb64(case["key"]))):
        found = "no"
    assert found == case["outcome"]


def holds(receipt: dict[str, Any], note: str, proof: Any) -> bool:
    head, _ = notes.parse_checkpoint(note)
    leaf = leaves.leaf_of({"v": 1, **receipt["leaf"]})
    return merkle.verify_inclusion(leaf.hash(), receipt["index"], head.size, [unb64(one) for one in proof], head.root)


@pytest.mark.parametrize(
    "case",
    cases(LOG["receipts"], needs="name receipt signed known outcome", outcomes="ok not-included note-signature"),
)
def test_receipt(case: dict[str, Any]) -> None:
    receipt, signed = case["receipt"], case["signed"]
    head, note = notes.parse_checkpoint(receipt["note"])
    if head.origin != notes.origin_of(case["known"]["log"]) or not note.signed_by(
        notes.Key(head.origin, unb64(case["known"]["key"]))
    ):
        assert case["outcome"] == "note-signature"
        return
    opens = signed is None or (
        receipt["salt"] is not None
        and b64(leaves.commitment(unb64(receipt["salt"]), leaves.content(signed["record"], signed["sigs"])))
        == receipt["leaf"]["c"]
    )
    assert (opens and holds(receipt, receipt["note"], receipt["proof"])) == (case["outcome"] == "ok")


@pytest.mark.parametrize(
    "case",
    cases(
        LOG["answers"],
        needs="name known answer receipts outcome",
        may="index",
        outcomes="ok smaller inconsistent note-signature not-included restarted",
    ),
)
def test_what_is_well_in_an_answer_holds_here_too(case: dict[str, Any]) -> None:
    if case["outcome"] != "ok":
        return
    known, answer = case["known"], case["answer"]
    head, note = notes.parse_checkpoint(answer["note"])
    key = unb64(known["key"])
    for change in answer["keys"]:
        signed = wire.Signed(change["rec"], tuple(wire.Signature(**one) for one in change["sigs"]))
        if signing.verify_record(signed, key):
            assert holds(change, answer["note"], change["proof"])
            key = unb64(change["rec"]["key"])
    assert note.signed_by(notes.Key(head.origin, key))
    if known["size"]:
        proof = [unb64(one) for one in answer["consistency"]]
        assert merkle.verify_consistency(known["size"], head.size, unb64(known["root"]), head.root, proof)
    for receipt in case["receipts"]:
        assert holds(receipt, answer["note"], answer["proofs"][str(receipt["index"])])


@pytest.mark.parametrize("case", cases(LOG["starts"], needs="name start keys outcome", may="key", outcomes="ok no"))
def test_a_start_that_is_well_opens_its_leaf(case: dict[str, Any]) -> None:
    start = case["start"]
    opens = b64(leaves.commitment(unb64(start["salt"]), leaves.content(start["rec"], []))) == start["leaf"]["c"]
    if case["outcome"] == "ok":
        assert opens
        assert leaves.parse_statement(start["rec"])["t"] == "log-start"
        assert holds(start, start["note"], start["proof"])


def test_the_roots_are_those_that_were_published() -> None:
    from tests.test_merkle import KNOWN_ROOTS

    assert [one["root"] for one in LOG["roots"]] == [merkle.EMPTY_ROOT.hex(), *KNOWN_ROOTS]
