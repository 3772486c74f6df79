"""The vectors of the log: trees, leaves, checkpoints, and what a server answers, with what an app makes of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

from cast import fixed, fixed_id, write

from kindstem import leaves, merkle, notes
from kindstem.leaves import Leaf
from kindstem.notes import Head, Line, Note, Signer
from kindstem.signing import SigningKey
from kindstem.wire import b64

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ORG, LOG, OTHER = fixed_id("org"), fixed_id("log"), fixed_id("another log")
SEED, NEW_SEED, FALSE_SEED = fixed("log key"), fixed("new log key"), fixed("false log key")

# The leaves that the reference implementation of Certificate Transparency was published with.
KNOWN = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")


class Tree:
    """Leaf hashes with the nodes over them."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.size = len(hashes)
        for index, one in enumerate(hashes):
            self.nodes[0, index] = one
            for level, position, found in merkle.grown(index, one, self):
                self.nodes[level, position] = found

    def __call__(self, level: int, position: int) -> bytes:
        return self.nodes[level, position]

    def root(self, size: int | None = None) -> bytes:
        return merkle.root(self.size if size is None else size, self)

    def inclusion(self, index: int, size: int | None = None) -> list[str]:
        return [b64(one) for one in merkle.inclusion(index, self.size if size is None else size, self)]

    def consistency(self, old: int, size: int | None = None) -> list[str]:
        return [b64(one) for one in merkle.consistency(old, self.size if size is None else size, self)]


def note(log: str, size: int, root: bytes, seed: bytes = SEED) -> str:
    text = Head(notes.origin_of(log), size, root).text()
    return Note(text, (Signer.from_seed(notes.origin_of(log), seed).sign(text),)).write()


# --- trees ------------------------------------------------------------------------------------------------------------


def tree_vectors() -> dict[str, list[dict[str, Any]]]:
    tree = Tree([merkle.leaf_hash(bytes.fromhex(one)) for one in KNOWN])
    roots = [{"size": size, "root": tree.root(size).hex()} for size in range(len(KNOWN) + 1)]
    inclusion: list[dict[str, Any]] = []
    for size in range(1, len(KNOWN) + 1):
        for index in sorted({0, size // 2, size - 1}):
            case = {"leaf": b64(tree(0, index)), "index": index, "size": size, "proof": tree.inclusion(index, size)}
            inclusion.append({**case, "root": b64(tree.root(size)), "outcome": "ok"})
    good = inclusion[-1]
    other = b64(merkle.leaf_hash(b"another"))
    inclusion += [
        {**good, "index": good["index"] - 1, "outcome": "no"},
        {**good, "index": -1, "outcome": "no"},
        {**good, "index": good["size"], "outcome": "no"},
        {**good, "size": good["size"] - 1, "outcome": "no"},
        {**good, "size": 2 * good["size"], "outcome": "no"},
        {**good, "leaf": other, "outcome": "no"},
        {**good, "root": other, "outcome": "no"},
        {**good, "proof": good["proof"][:-1], "outcome": "no"},
        {**good, "proof": [*good["proof"], other], "outcome": "no"},
        {**good, "proof": [*good["proof"][:-1], other], "outcome": "no"},
        {**good, "proof": [], "outcome": "no"},
    ]
    consistency: list[dict[str, Any]] = []
    for size in range(1, len(KNOWN) + 1):
        for old in range(size + 1):
            case = {"old": old, "new": size, "rootOld": b64(tree.root(old)), "rootNew": b64(tree.root(size))}
            consistency.append({**case, "proof": tree.consistency(old, size), "outcome": "ok"})
    good = next(one for one in consistency if (one["old"], one["new"]) == (3, 7))
    whole = next(one for one in consistency if (one["old"], one["new"]) == (4, 7))
    consistency += [
        {**good, "old": 2, "outcome": "no"},
        {**good, "old": 8, "outcome": "no"},
        {**good, "old": 0, "outcome": "no"},
        {**good, "new": 16, "outcome": "no"},
        {**good, "rootOld": other, "outcome": "no"},
        {**good, "rootNew": other, "outcome": "no"},
        {**good, "proof": good["proof"][1:], "outcome": "no"},
        {**good, "proof": [*good["proof"], other], "outcome": "no"},
        {**good, "proof": [], "outcome": "no"},
        {**whole, "proof": [], "outcome": "no"},
        {**whole, "rootOld": other, "outcome": "no"},
        {**good, "old": 7, "rootOld": good["rootNew"], "outcome": "no"},
    ]
    return {"roots": roots, "inclusion": inclusion, "consistency": consistency}


# --- leaves -----------------------------------------------------------------------------------------------------------


def leaf_vectors() -> list[dict[str, Any]]:
    leaf = leaves.make_leaf("attestation", date(2026, 11, 20), NOW, fixed("commitment"))
    good = {name: value for name, value in leaf.json().items() if name != "v"}
    cases: list[dict[str, Any]] = []
    for kind in sorted(leaves.TYPES):
        one = Leaf(kind, leaf.about, leaf.at, leaf.c)
        hashed = {"bytes": one.data().decode(), "hash": b64(one.hash()), "outcome": "ok"}
        cases.append({"name": kind, "leaf": {**good, "type": kind}, **hashed})
    for name, change in (
        ("an unknown type", {"type": "something"}),
        ("a type that is a number", {"type": 1}),
        ("a day that does not exist", {"about": "2026-02-30"}),
        ("a day with a time", {"about": "2026-11-20T00:00:00Z"}),
        ("a time without a zone", {"at": "2026-11-22T09:30:00"}),
        ("a commitment that is too short", {"c": b64(bytes(31))}),
        ("a commitment with stray bits", {"c": b64(bytes(32))[:-1] + "B"}),
        ("one field more", {"name": "Noor"}),
    ):
        cases.append({"name": name, "leaf": {**good, **change}, "outcome": "bad-record"})
    for name in good:
        cases.append({"name": f"without {name}", "leaf": {k: v for k, v in good.items() if k != name}, "outcome": "bad-record"})
    return cases


def commitment_vectors() -> list[dict[str, Any]]:
    rec = {"t": "plan", "v": 1, "place": "school"}
    sig = {"by": b64(fixed("by")), "sig": b64(fixed("sig", 64))}
    found = []
    for name, rec_, sigs in (("signed", rec, [sig]), ("a statement", rec, []), ("two signatures", rec, [sig, sig])):
        salt = fixed(f"salt {name}")
        made = leaves.commitment(salt, leaves.content(rec_, sigs))
        found.append({"name": name, "salt": b64(salt), "rec": rec_, "sigs": sigs, "c": b64(made)})
    return found


# --- checkpoints ------------------------------------------------------------------------------------------------------


def checkpoint_vectors() -> list[dict[str, Any]]:
    root = fixed("root")
    good = note(LOG, 1_234, root)
    key = b64(Signer.from_seed("x", SEED).key.public)
    text, _, lines = good.rpartition("\n\n")
    signer = Signer.from_seed(notes.origin_of(LOG), SEED)
    witness = Signer.from_seed("witness.example/w", fixed("witness"), notes.COSIGNATURE)
    body = text + "\n"
    false = Line(signer.key.name, signer.key.id, bytes(64))
    cases = [
        ("a checkpoint", good, "ok"),
        ("with a witness", good + witness.cosign(body, NOW).text(), "ok"),
        ("with a key nobody knows", good + Line("somebody", b"abcd", bytes(64)).text(), "ok"),
        ("size zero", note(LOG, 0, merkle.EMPTY_ROOT), "ok"),
        ("a large size", note(LOG, 2**40, root), "ok"),
        ("signed by another key", note(LOG, 1_234, root, FALSE_SEED), "no"),
        ("another root under the same signature", good.replace(notes.std64(root), notes.std64(fixed("other"))), "no"),
        ("another size under the same signature", good.replace("1234", "1235"), "no"),
        ("the key's own line, false, beside a true one", good + false.text(), "no"),
        ("only a witness", body + "\n" + witness.cosign(body, NOW).text(), "no"),
        ("the log's key as a witness", body + "\n" + Signer.from_seed(signer.key.name, SEED, 4).cosign(body, NOW).text(), "no"),
        ("no signature", body + "\n", "bad-record"),
        ("a leading zero", good.replace("1234", "01234"), "bad-record"),
        ("an extension line", body + "more\n\n" + lines, "bad-record"),
        ("another origin", good.replace("kindstem/log/", "somebody/log/", 1), "bad-record"),
        ("a root that is too short", good.replace(notes.std64(root), notes.std64(root[:31])), "bad-record"),
        ("a root in base64url", good.replace(notes.std64(root), b64(root)), "bad-record"),
        ("a line end of another kind", good.replace("\n", "\r\n"), "bad-record"),
        ("a blank line behind", good + "\n", "bad-record"),
        ("cut off", good[:-1], "bad-record"),
        ("a hyphen for the dash", good.replace("—", "-"), "bad-record"),
        ("nothing", "", "bad-record"),
    ]
    return [{"name": name, "note": one, "key": key, "outcome": outcome} for name, one, outcome in cases]


# --- what a server answers --------------------------------------------------------------------------------------------


def answer_vectors() -> dict[str, list[dict[str, Any]]]:
    records = [leaves.statement("log-start", ORG, NOW, log=LOG, key=public(SEED), previous=None)]
    records += [leaves.statement("log-revocation", ORG, NOW, key=b64(fixed(f"key {n}"))) for n in range(5)]
    records.append(leaves.statement("log-key", ORG, NOW, log=LOG, key=public(NEW_SEED)))
    records += [leaves.statement("log-revocation", ORG, NOW, key=b64(fixed(f"key {n}"))) for n in range(7, 10)]
    types = {"log-start": "log-start", "log-revocation": "revocation", "log-key": "log-key"}
    sigs: list[list[dict[str, str]]] = [[] for _ in records]
    signed = SigningKey.from_seed(SEED).sign_record(records[6])
    sigs[6] = [{"by": signed.by, "sig": signed.sig}]
    salts = [fixed(f"salt {n}") for n in range(len(records))]
    shown = [
        leaves.make_leaf(types[rec["t"]], NOW.date(), NOW, leaves.commitment(salt, leaves.content(rec, sig)))
        for rec, sig, salt in zip(records, sigs, salts, strict=True)
    ]
    tree = Tree([leaf.hash() for leaf in shown])
    forked = Tree([(merkle.leaf_hash(b"fork") if n == 2 else leaf.hash()) for n, leaf in enumerate(shown)])

    def receipt(index: int, size: int, seed: bytes, log: str = LOG) -> dict[str, Any]:
        leaf = {name: value for name, value in shown[index].json().items() if name != "v"}
        proof = tree.inclusion(index, size)
        return {"index": index, "leaf": leaf, "salt": b64(salts[index]), "note": note(log, size, tree.root(size), seed), "proof": proof}

    def opened(index: int, size: int, seed: bytes) -> dict[str, Any]:
        return {**receipt(index, size, seed), "rec": records[index], "sigs": sigs[index]}

    def known(size: int, seed: bytes = SEED, of: Tree = tree) -> dict[str, Any]:
        text = note(LOG, size, of.root(size), seed) if size else ""
        return {"log": LOG, "key": public(seed), "size": size, "root": b64(of.root(size)), "note": text}

    def answer(since: int, size: int, seed: bytes, indices: tuple[int, ...] = (), of: Tree = tree) -> dict[str, Any]:
        return {
            "note": note(LOG, size, of.root(size), seed),
            "consistency": of.consistency(since, size) if since <= size else [],
            "proofs": {str(n): of.inclusion(n, size) for n in indices},
            "cosigned": [],
            "keys": [opened(6, size, seed)] if size > 6 else [],
        }

    mine = [receipt(1, 4, SEED), receipt(3, 4, SEED)]
    stolen = deepcopy(answer(4, 9, NEW_SEED, (1, 3)))
    stolen["proofs"]["3"] = stolen["proofs"]["1"]
    unsigned = deepcopy(answer(4, 9, NEW_SEED))
    unsigned["keys"][0]["sigs"][0]["sig"] = b64(bytes(64))
    unlogged = deepcopy(answer(4, 9, NEW_SEED))
    unlogged["keys"][0]["proof"] = unlogged["keys"][0]["proof"][1:]
    without = deepcopy(answer(4, 9, NEW_SEED, (1, 3)))
    del without["proofs"]["3"]
    one = {"receipts": mine}
    none: dict[str, Any] = {"receipts": []}
    answers = [
        {"name": "the first time", "known": known(0), "answer": answer(0, 4, SEED), **none, "outcome": "ok"},
        {"name": "nothing new", "known": known(4), "answer": answer(4, 4, SEED, (1, 3)), **one, "outcome": "ok"},
        {"name": "grown", "known": known(4), "answer": answer(4, 6, SEED, (1, 3)), **one, "outcome": "ok"},
        {"name": "grown, with a new key", "known": known(4), "answer": answer(4, 9, NEW_SEED, (1, 3)), **one, "outcome": "ok"},
        {"name": "the new key is known", "known": known(8, NEW_SEED), "answer": answer(8, 10, NEW_SEED), **none, "outcome": "ok"},
        {"name": "smaller", "known": known(6), "answer": answer(6, 4, SEED), **none, "outcome": "smaller"},
        {"name": "a fork", "known": known(4), "answer": answer(4, 6, SEED, of=forked), **none, "outcome": "inconsistent"},
        {"name": "another root of the same size", "known": known(4), "answer": answer(4, 4, SEED, of=forked), **none, "outcome": "inconsistent"},
        {"name": "without a proof that it grew", "known": known(4), "answer": {**answer(4, 6, SEED), "consistency": []}, **none, "outcome": "inconsistent"},
        {"name": "a proof that is no list", "known": known(4), "answer": {**answer(4, 6, SEED), "consistency": "x"}, **none, "outcome": "inconsistent"},
        {"name": "a false key", "known": known(4), "answer": answer(4, 6, FALSE_SEED), **none, "outcome": "note-signature"},
        {"name": "the old key after a change", "known": known(8, NEW_SEED), "answer": answer(8, 10, SEED), **none, "outcome": "note-signature"},
        {"name": "a new key that the old one did not sign", "known": known(4), "answer": unsigned, **none, "outcome": "note-signature"},
        {"name": "a new key that is not in the log", "known": known(4), "answer": unlogged, **none, "outcome": "note-signature"},
        {"name": "a new key without its entry", "known": known(4), "answer": {**answer(4, 9, NEW_SEED), "keys": []}, **none, "outcome": "note-signature"},
        {"name": "no note", "known": known(4), "answer": {**answer(4, 6, SEED), "note": "nothing"}, **none, "outcome": "note-signature"},
        {"name": "an own record is not there", "known": known(4), "answer": without, **one, "outcome": "not-included", "index": 3},
        {"name": "the proof of another record", "known": known(4), "answer": stolen, **one, "outcome": "not-included", "index": 3},
        {"name": "another log", "known": {**known(4), "log": OTHER}, "answer": answer(0, 6, SEED), **none, "outcome": "restarted"},
    ]
    handed = {"record": records[3], "sigs": []}
    good = receipt(3, 6, SEED)
    of_log = {"log": LOG, "key": public(SEED)}
    receipts = [
        {"name": "a receipt", "receipt": good, "signed": handed, "known": of_log, "outcome": "ok"},
        {"name": "a receipt, its record not at hand", "receipt": good, "signed": None, "known": of_log, "outcome": "ok"},
        {"name": "for another record", "receipt": good, "signed": {"record": records[4], "sigs": []}, "known": of_log, "outcome": "not-included"},
        {"name": "with other signatures", "receipt": good, "signed": {**handed, "sigs": sigs[6]}, "known": of_log, "outcome": "not-included"},
        {"name": "another salt", "receipt": {**good, "salt": b64(fixed("x"))}, "signed": handed, "known": of_log, "outcome": "not-included"},
        {"name": "without its salt", "receipt": {**good, "salt": None}, "signed": handed, "known": of_log, "outcome": "not-included"},
        {"name": "another day", "receipt": {**good, "leaf": {**good["leaf"], "about": "2026-11-21"}}, "signed": handed, "known": of_log, "outcome": "not-included"},
        {"name": "another type", "receipt": {**good, "leaf": {**good["leaf"], "type": "withdrawal"}}, "signed": handed, "known": of_log, "outcome": "not-included"},
        {"name": "another place", "receipt": {**good, "index": 2}, "signed": handed, "known": of_log, "outcome": "not-included"},
        {"name": "a proof cut short", "receipt": {**good, "proof": good["proof"][1:]}, "signed": handed, "known": of_log, "outcome": "not-included"},
        {"name": "of another log", "receipt": good, "signed": handed, "known": {**of_log, "log": OTHER}, "outcome": "note-signature"},
        {"name": "by another key", "receipt": receipt(3, 6, FALSE_SEED), "signed": handed, "known": of_log, "outcome": "note-signature"},
    ]  # fmt: skip
    start = opened(0, 9, NEW_SEED)
    changes = [opened(6, 9, NEW_SEED)]
    starts = [
        {"name": "a log's first entry", "start": opened(0, 4, SEED), "keys": [], "key": public(SEED), "outcome": "ok"},
        {"name": "after a change of key", "start": start, "keys": changes, "key": public(NEW_SEED), "outcome": "ok"},
        {"name": "after a change that is not shown", "start": start, "keys": [], "outcome": "no"},
        {"name": "not the first entry", "start": opened(1, 9, NEW_SEED), "keys": changes, "outcome": "no"},
        {"name": "another log's", "start": {**start, "rec": {**records[0], "log": OTHER}}, "keys": changes, "outcome": "no"},
        {"name": "another key", "start": {**start, "rec": {**records[0], "key": public(FALSE_SEED)}}, "keys": changes, "outcome": "no"},
    ]  # fmt: skip
    return {"receipts": receipts, "answers": answers, "starts": starts}


def public(seed: bytes) -> str:
    return b64(SigningKey.from_seed(seed).public)


def log_vectors() -> None:
    """tests/vectors/log.json."""
    found = {
        "about": "docs/protocol/log.md: trees, leaves, commitments, checkpoints, and what an app makes of an answer",
        "leaves": leaf_vectors(),
        "commitments": commitment_vectors(),
        **tree_vectors(),
        "checkpoints": checkpoint_vectors(),
        **answer_vectors(),
    }
    write("log.json", found)
