"""The vectors of tests/vectors, read in Python. tests/js/vectors.test.js reads the same ones; each outcome is a code.

An unknown field or outcome fails the run, so that a vector cannot be half understood by one of the two languages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from kindstem import sealing, signing, wire
from kindstem.errors import BadEnvelope, BadRequest, KindstemError
from kindstem.payload import encode_payload, parse_payload
from kindstem.wire import b64, unb64
from tests import opening

FOLDER = Path(__file__).parent / "vectors"


def vectors(file: str, *fields: str) -> dict[str, Any]:
    """A file of vectors, which has exactly these fields besides what it is about."""
    found: dict[str, Any] = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    assert found.keys() == {"about", *fields}
    return found


def cases(found: Iterable[dict[str, Any]], *, needs: str, may: str = "", outcomes: str = "") -> list[Any]:
    """The cases of a list, each with these fields and one of these outcomes."""
    params = []
    for case in found:
        assert set(needs.split()) <= case.keys() <= {*needs.split(), *may.split()}, case.keys()
        assert not outcomes or case["outcome"] in outcomes.split(), case["outcome"]
        params.append(pytest.param(case, id=str(case.get("name") or case.get("outcome") or len(params))))
    assert params
    return params


def outcome(work: Any) -> tuple[str, Any]:
    """`ok` and what came out, or the code of the refusal."""
    try:
        return "ok", work()
    except KindstemError as error:
        return error.code, None


# --- canonical JSON ---------------------------------------------------------------------------------------------------

CANONICAL = vectors("canonical.json", "cases")


@pytest.mark.parametrize(
    "case", cases(CANONICAL["cases"], needs="name outcome", may="hex repeat", outcomes="ok bad-record")
)
def test_canonical_json(case: dict[str, Any]) -> None:
    if "repeat" in case:
        first, last, count = case["repeat"]
        data = (first * count + last * count).encode()
    else:
        data = bytes.fromhex(case["hex"])
    found, value = outcome(lambda: wire.parse_canonical(data))
    assert found == case["outcome"]
    if found == "ok":
        assert wire.canonical(value) == data


# --- records ----------------------------------------------------------------------------------------------------------

RECORDS = vectors("records.json", "records", "signatures")


@pytest.mark.parametrize(
    "case",
    cases(RECORDS["records"], needs="name t record outcome", may="hash", outcomes="ok bad-record list-too-small"),
)
def test_record(case: dict[str, Any]) -> None:
    found, record = outcome(lambda: wire.parse_record(case["record"], case["t"]))
    assert found == case["outcome"]
    if found == "ok":
        assert b64(wire.record_hash(record)) == case["hash"]


@pytest.mark.parametrize(
    "case", cases(RECORDS["signatures"], needs="name signed key outcome", outcomes="ok bad-signature bad-record")
)
def test_signature_under_a_record(case: dict[str, Any]) -> None:
    found, signed = outcome(lambda: wire.parse_signed(case["signed"], "person"))
    if found == "ok" and not signing.verify_record(signed, unb64(case["key"])):
        found = "bad-signature"
    assert found == case["outcome"]


# --- keys and numbers -------------------------------------------------------------------------------------------------

KEYS = vectors("keys.json", "reading", "signing", "safety", "requests", "headers", "sizes")


@pytest.mark.parametrize("case", cases(KEYS["reading"], needs="seed public id unlock"))
def test_reading_key(case: dict[str, str]) -> None:
    public = sealing.reading_public(unb64(case["seed"]))
    assert b64(public) == case["public"]
    assert b64(signing.reading_key_id(public)) == case["id"]
    assert b64(sealing.unlock_key(unb64(case["seed"])).public) == case["unlock"]


@pytest.mark.parametrize("case", cases(KEYS["signing"], needs="seed public id label message signature"))
def test_signing_key(case: dict[str, str]) -> None:
    key = signing.SigningKey.from_seed(unb64(case["seed"]))
    assert (b64(key.public), key.id) == (case["public"], case["id"])
    message = wire.label(case["label"]) + case["message"].encode()
    assert b64(key.sign(message)) == case["signature"]
    assert signing.verify(key.public, unb64(case["signature"]), message)
    assert not signing.verify(key.public, unb64(case["signature"]), message + b"x")


@pytest.mark.parametrize("case", cases(KEYS["safety"], needs="a b number"))
def test_safety_number(case: dict[str, str]) -> None:
    assert signing.safety_number(unb64(case["a"]), unb64(case["b"])) == case["number"]


@pytest.mark.parametrize("case", cases(KEYS["requests"], needs="method path at nonce body message seed signature"))
def test_request(case: dict[str, Any]) -> None:
    message = wire.request_message(case["method"], case["path"], case["at"], case["nonce"], unb64(case["body"]))
    assert b64(message) == case["message"]
    assert b64(signing.SigningKey.from_seed(unb64(case["seed"])).sign(message)) == case["signature"]


@pytest.mark.parametrize("case", cases(KEYS["headers"], needs="name header outcome", outcomes="ok bad-request"))
def test_authorization_header(case: dict[str, str]) -> None:
    found, parts = outcome(lambda: wire.parse_authorization(case["header"]))
    assert found == case["outcome"]
    if found == "ok":
        assert f"Kindstem {parts.device}.{parts.at}.{parts.nonce}.{b64(parts.sig)}" == case["header"]


@pytest.mark.parametrize("case", cases(KEYS["sizes"], needs="inner body"))
def test_size_of_a_body(case: dict[str, int]) -> None:
    assert wire.padded_size(case["inner"]) == case["body"]


# --- enrolment --------------------------------------------------------------------------------------------------------

ENROL = vectors("enrol.json", "org", "codes", "alike", "qr", "R", "bundle", "startcode", "offers", "answers")
OFFERED = sealing.Offer(
    ENROL["bundle"],
    ENROL["startcode"],
    unb64(ENROL["qr"]["secret"]),
    sealing.EnrolKeys.from_qr(unb64(ENROL["qr"]["secret"]), ENROL["org"]),
    sealing.EnrolKeys.from_code(ENROL["startcode"], ENROL["org"]),
)


def test_qr_code() -> None:
    assert ENROL["qr"].keys() == {"secret", "id", "key", "text"}
    assert (OFFERED.qr.id, b64(OFFERED.qr.key)) == (ENROL["qr"]["id"], ENROL["qr"]["key"])
    assert b64(sealing.bundle_hash(ENROL["bundle"])) == ENROL["R"]
    assert OFFERED.qr_text("https://kindstem.example") == ENROL["qr"]["text"]


@pytest.mark.parametrize("case", cases(ENROL["codes"], needs="code outcome", may="id key", outcomes="ok enrol-gone"))
def test_startcode(case: dict[str, str]) -> None:
    code = sealing.normal_code(case["code"])
    valid = len(code) == 16 and set(code) <= set(signing.CROCKFORD)
    assert valid == (case["outcome"] == "ok")
    if valid:
        keys = sealing.EnrolKeys.from_code(case["code"], ENROL["org"])
        assert (keys.id, b64(keys.key)) == (case["id"], case["key"])


@pytest.mark.parametrize("case", cases(ENROL["alike"], needs="typed normal"))
def test_letters_that_look_like_digits(case: dict[str, str]) -> None:
    assert sealing.normal_code(case["typed"]) == case["normal"]


@pytest.mark.parametrize(
    "case", cases(ENROL["offers"], needs="name bundle proof method outcome", outcomes="ok enrol-keys-differ")
)
def test_offer_as_a_phone_would_judge_it(case: dict[str, Any]) -> None:
    key = {"qr": OFFERED.qr, "typed": OFFERED.typed}[case["method"]].key
    found, bundle = outcome(lambda: wire.parse_record(case["bundle"], "bundle"))
    same = found == "ok" and (case["method"] == "typed" or b64(sealing.bundle_hash(bundle)) == ENROL["R"])
    proven = same and case["proof"] == b64(sealing.readers_proof(key, bundle))
    signed = proven and all(
        signing.verify_record(one, unb64(one.record["signing"][0]))
        for one in (wire.parse_signed(person, "person") for person in bundle["persons"])
    )
    assert ("ok" if signed else "enrol-keys-differ") == case["outcome"]


@pytest.mark.parametrize(
    "case", cases(ENROL["answers"], needs="name answer outcome", may="digits", outcomes="ok enrol-keys-differ")
)
def test_answer_as_the_desk_judges_it(case: dict[str, Any]) -> None:
    digits = OFFERED.check_answer(case["answer"])
    assert (digits is not None) == (case["outcome"] == "ok")
    assert digits == case.get("digits")


# --- locks ------------------------------------------------------------------------------------------------------------

LOCKS = vectors("locks.json", "child", "desk", "keyrings")


@pytest.mark.parametrize(
    "case",
    cases(
        LOCKS["child"],
        needs="x D pepper device wrapped outcome",
        may="secret salt v seed",
        outcomes="ok key-wrong",
    ),
)
def test_lock_of_a_child(case: dict[str, str]) -> None:
    x, secret = unb64(case["x"]), unb64(case["D"])
    phone = sealing.ActedChild({"device": case["device"]}, *[None] * 3, bytes(32), secret)  # type: ignore[arg-type]
    if case["outcome"] == "ok":
        assert b64(phone.stretch(case["secret"], unb64(case["salt"]))) == case["x"]
        assert b64(phone.lock_verifier(x)) == case["v"]
    kek = sealing._hmac(
        sealing._hmac(secret, wire.label("lock kek"), x), wire.label("lock pepper"), unb64(case["pepper"])
    )
    try:
        seed = opening.open_box(kek, unb64(case["wrapped"]), wire.label("lock seed") + unb64(case["device"]))
    except (InvalidTag, ValueError):
        assert case["outcome"] == "key-wrong"
    else:
        assert (case["outcome"], case["seed"]) == ("ok", b64(seed))


@pytest.mark.parametrize(
    "case",
    cases(
        LOCKS["desk"],
        needs="way phrase same salt verifier share pepper kek person keyring reading signing outcome",
        outcomes="ok",
    ),
)
def test_keyring(case: dict[str, str]) -> None:
    stretch = {"passphrase": sealing.stretch_passphrase, "recovery": sealing.stretch_recovery}[case["way"]]
    stretched = stretch(case["phrase"], unb64(case["salt"]))
    assert stretched == stretch(case["same"], unb64(case["salt"]))
    assert (b64(stretched.verifier), b64(stretched.share)) == (case["verifier"], case["share"])
    assert b64(sealing.desk_kek(stretched.share, unb64(case["pepper"]))) == case["kek"]
    found = opening.open_keyring(stretched.share, unb64(case["pepper"]), case["person"], unb64(case["keyring"]))
    assert [b64(one) for one in found] == [case["reading"], case["signing"]]


@pytest.mark.parametrize("case", cases(LOCKS["keyrings"], needs="kek person keyring outcome", outcomes="key-wrong"))
def test_keyring_that_does_not_open(case: dict[str, str]) -> None:
    with pytest.raises((InvalidTag, ValueError)):
        opening.open_box(unb64(case["kek"]), unb64(case["keyring"]), wire.label("keyring") + unb64(case["person"]))


# --- payloads and envelopes -------------------------------------------------------------------------------------------

PAYLOADS = vectors("payloads.json", "cases")


@pytest.mark.parametrize(
    "case", cases(PAYLOADS["cases"], needs="name kind doc attachments outcome", outcomes="ok bad-envelope")
)
def test_payload(case: dict[str, Any]) -> None:
    attachments = tuple(bytes(size) for size in case["attachments"])
    found, payload = outcome(lambda: encode_payload(case["kind"], case["doc"], attachments))
    assert found == case["outcome"]
    if found == "ok":
        assert parse_payload(case["kind"], payload) == (case["doc"], attachments)
        return
    text = wire.canonical(case["doc"])
    with pytest.raises(BadEnvelope):
        parse_payload(case["kind"], len(text).to_bytes(4, "big") + text + b"".join(attachments))


ENVELOPES = vectors("envelopes.json", "seeds", "authors", "cases")


@pytest.mark.parametrize(
    "case",
    cases(
        ENVELOPES["cases"],
        needs="name outcome file seed",
        may="meta doc attachments expect revoked at",
        outcomes="ok bad-envelope not-sealed not-quantum-safe envelope-moved envelope-damaged "
        "author-unverified author-revoked author-tablet not-for-me",
    ),
)
def test_envelope(case: dict[str, Any]) -> None:
    authors = {
        by: opening.Author(
            one["dir"],
            [unb64(key) for key in one["keys"]],
            one["unlock"] and unb64(one["unlock"]),
            case.get("revoked") if one["dir"] == "up" else None,
        )
        for by, one in ENVELOPES["authors"].items()
    }
    expect = wire.Header(**case["expect"]) if "expect" in case else None

    def work() -> opening.Opened | None:
        envelope = wire.parse_envelope(unb64(case["file"]))
        assert wire.encode_envelope(envelope) == unb64(case["file"])
        seed = unb64(ENVELOPES["seeds"][case["seed"]])
        return opening.open_envelope(envelope, seed, authors, expect=expect, at=case.get("at"))

    found, opened = outcome(work)
    if found == "ok":
        found = "not-for-me" if opened is None else {"verified": "ok"}.get(opened.author, f"author-{opened.author}")
    assert found == case["outcome"]
    if opened is not None:
        assert {name: opened.meta[name] for name in case.get("meta", {})} == case.get("meta", {})
        assert case.get("doc", opened.doc) == opened.doc
        assert case.get("attachments", [b64(one) for one in opened.attachments]) == [
            b64(one) for one in opened.attachments
        ]


# --- published by others ----------------------------------------------------------------------------------------------

PUBLISHED = json.loads((FOLDER / "hpke-0x647a.json").read_text())["vectors"]
KDFS = {1: KDF.HKDF_SHA256, 17: KDF.SHAKE256}


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: f"kdf {case['kdf_id']}")
def test_published_hpke_figures(case: dict[str, Any]) -> None:
    """Our seeds are their secret keys, and the library under us opens what theirs sealed."""
    seed = bytes.fromhex(case["skRm"])
    assert sealing.reading_public(seed).hex() == case["pkRm"]
    assert (case["kem_id"], case["aead_id"]) == (0x647A, 3)
    suite = Suite(KEM.MLKEM768_X25519, KDFS[case["kdf_id"]], AEAD.CHACHA20_POLY1305)
    first = case["encryptions"][0]
    sealed = bytes.fromhex(case["enc"] + first["ct"])
    # The public interface takes no associated data, and the published messages have some.
    decrypt = openssl.hpke._decrypt_with_aad
    key, info, aad = opening.private_key(seed), bytes.fromhex(case["info"]), bytes.fromhex(first["aad"])
    assert decrypt(suite, sealed, key, info, aad).hex() == first["pt"]
    with pytest.raises(InvalidTag):
        decrypt(suite, sealed, key, b"", aad)


def test_published_figures_come_whole() -> None:
    """The figures are copied and never edited."""
    text = (FOLDER / "hpke-0x647a.json").read_bytes()
    assert len(PUBLISHED) == 2
    assert hashlib.sha256(text).hexdigest() == "a6a9d406e2e0a4491331bffd2eefe5b0c7604a66bc75fe71779fc3b8d4cd9925"


def test_wrong_b64_is_refused() -> None:
    for text in ("A", "AB==", "AB", "A B", "AA+A", "AAAA\n"):
        with pytest.raises(BadRequest):
            unb64(text)
    assert unb64("") == b""
