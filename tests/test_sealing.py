"""Sealing in Python: it opens here and in JavaScript, and the reverse; enrolment and locks of those acted out."""

from __future__ import annotations

import ast
import json
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import said, sealing, signing, wire
from kindstem.errors import BadEnvelope, BadRecord, ListTooSmall, NotQuantumSafe
from kindstem.wire import b64, unb64
from tests import opening

PROJECT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ORG = signing.random_id()
CHILD = signing.new_kindnummer()
SAM = sealing.Adult.create(ORG, "Sam", "worker", at=NOW)
VERA = sealing.Adult.create(ORG, "Vera", "second", at=NOW)
JO = sealing.Adult.create(ORG, "Jo", "confidant", at=NOW)
IRIS = sealing.Adult.create(ORG, "Iris", "worker", at=NOW)
WORKERS = sealing.readers_record(
    ORG, CHILD, "worker", [SAM.as_reader("worker", NOW), VERA.as_reader("second", NOW)], at=NOW
)
CONFIDANTS = sealing.readers_record(ORG, CHILD, "confidant", [JO.as_reader("confidant", NOW)], at=NOW)
OFFER = sealing.Offer.make(
    [WORKERS, CONFIDANTS], [SAM.signed(), VERA.signed(), JO.signed()], org_name="Wilgenstroom", level="12"
)
CHECKIN = {
    "v": 1, "level": "12", "lang": "nl", "answers": [],
    "parts": [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": "Ik wil bij oma wonen."}],
}  # fmt: skip


@pytest.fixture
def noor() -> sealing.ActedChild:
    return sealing.ActedChild.enrol(OFFER.bundle, at=NOW)


def authors(*people: sealing.Adult | sealing.ActedChild) -> dict[str, opening.Author]:
    """Those whose signatures count."""
    return {
        one.person if isinstance(one, sealing.Adult) else one.device: opening.Author("down", [one.signing.public])
        if isinstance(one, sealing.Adult)
        else opening.Author("up", [one.signing.public], one.unlock.public)
        for one in people
    }


def read(file: bytes, seed: bytes, *people: sealing.Adult | sealing.ActedChild) -> opening.Opened | None:
    return opening.open_envelope(wire.parse_envelope(file), seed, authors(*people))


def spoken(doc: dict[str, Any]) -> dict[str, Any]:
    """A document as it was given, less the signature over its pieces, which differs from seal to seal."""
    return {name: value for name, value in doc.items() if name != "said"}


def place_of(file: bytes, meta: dict[str, Any]) -> dict[str, Any]:
    """Where an entry stands, as docs/protocol/said.md has it."""
    hdr = wire.parse_envelope(file).hdr
    where = {name: meta[name] for name in ("kind", "about", "at")}
    way = "kindmodus" if meta["lock"] == "tablet" else "phone"
    return {"org": hdr.org, "child": hdr.child, "entry": hdr.id, "way": way, **where}


def in_javascript(task: str, **given: Any) -> Any:
    """What tests/js/cross.mjs answers."""
    done = subprocess.run(
        ["node", PROJECT / "tests/js/cross.mjs"],
        input=json.dumps({"task": task, **given}),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- envelopes --------------------------------------------------------------------------------------------------------


def test_everyone_on_the_list_opens_it_and_nobody_else(noor: sealing.ActedChild) -> None:
    file = noor.seal("checkin", CHECKIN, readers_list=WORKERS, at=NOW)
    for seed in (SAM._reading_seed, VERA._reading_seed, noor._seed):
        opened = read(file, seed, noor)
        assert opened is not None
        assert (spoken(opened.doc), opened.author) == (CHECKIN, "verified")
        assert said.check(opened.doc, opened.doc["said"], noor.signing.public, place_of(file, opened.meta))
    assert read(file, JO._reading_seed, noor) is None
    assert read(file, IRIS._reading_seed, noor) is None


def test_only_me_is_for_the_child_alone(noor: sealing.ActedChild) -> None:
    file = noor.seal("checkin", CHECKIN, readers_list=None, at=NOW)
    assert len(wire.parse_envelope(file).wraps) == 1
    assert read(file, noor._seed, noor) is not None
    assert read(file, SAM._reading_seed, noor) is None


def test_numbers_count_per_circle(noor: sealing.ActedChild) -> None:
    lists = [WORKERS, CONFIDANTS, None, WORKERS, None]
    opened = [read(noor.seal("empty", {"v": 1}, readers_list=one, at=NOW), noor._seed, noor) for one in lists]
    assert [one and (one.meta["circle"], one.meta["seq"]) for one in opened] == [
        ("worker", 1), ("confidant", 1), ("self", 1), ("worker", 2), ("self", 2),
    ]  # fmt: skip


def test_locked_and_open_are_told_apart(noor: sealing.ActedChild) -> None:
    for unlocked, lock in ((True, "open"), (False, "locked")):
        opened = read(
            noor.seal("checkin", CHECKIN, readers_list=WORKERS, at=NOW, unlocked=unlocked), SAM._reading_seed, noor
        )
        assert opened is not None
        assert (opened.meta["lock"], opened.author) == (lock, "verified")


def test_an_answer_reaches_the_child_and_a_card_does_not(noor: sealing.ActedChild) -> None:
    reply = {"v": 1, "lang": "nl", "outcome": "message", "parts": [{"kind": "text", "text": "Ik kom dinsdag."}]}
    answer = SAM.seal("answer", reply, readers_list=WORKERS, child_reading=noor.reading, at=NOW, about=ORG)
    opened = read(answer, noor._seed, SAM)
    assert opened is not None
    assert (opened.doc, opened.meta["about"], opened.author) == (reply, ORG, "verified")
    card = {"v": 1, "name": "Noor", "age": 15, "phone": "unsaid", "level": "12"}
    sealed = VERA.seal("card", card, readers_list=WORKERS, child_reading=None, at=NOW)
    assert read(sealed, noor._seed, VERA) is None
    assert read(sealed, SAM._reading_seed, VERA) is not None


def test_sealing_twice_shares_nothing(noor: sealing.ActedChild) -> None:
    one, two = (wire.parse_envelope(noor.seal("empty", {"v": 1}, readers_list=None, at=NOW)) for _ in range(2))
    assert one.body[:32] != two.body[:32]
    assert one.wraps[0].sealed != two.wraps[0].sealed


def test_sizes_hide_what_was_said(noor: sealing.ActedChild) -> None:
    def size(text: str) -> int:
        doc = {**CHECKIN, "parts": [{"kind": "text", "prompt": "?", "text": text}]}
        return len(wire.parse_envelope(noor.seal("checkin", doc, readers_list=WORKERS, at=NOW)).body)

    flag = wire.parse_envelope(noor.seal("flag", {"v": 1}, readers_list=WORKERS, at=NOW))
    assert {size("ja"), size("nee" * 300), len(flag.body)} == {4096}
    assert size("a" * 5000) == 8192


def test_a_classical_key_is_refused(noor: sealing.ActedChild) -> None:
    for key in (b"\x09" + bytes(31), bytes(1215), bytes(1217), b"\xff" * 1216):
        with pytest.raises(NotQuantumSafe):
            sealing.wrap_key(key, b"", bytes(32))


def test_what_has_not_its_form_is_not_sealed(noor: sealing.ActedChild) -> None:
    with pytest.raises(BadEnvelope):
        noor.seal("checkin", {"v": 1, "secret": "x"}, readers_list=WORKERS, at=NOW)
    with pytest.raises(BadEnvelope):
        noor.seal("answer", CHECKIN, readers_list=WORKERS, at=NOW)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="zone"):
        noor.seal("empty", {"v": 1}, readers_list=None, at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_times_are_written_in_utc() -> None:
    summer = datetime(2026, 7, 1, 1, 0, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert wire.time_text(summer) == "2026-06-30T23:00:59Z"


# --- both languages ---------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
SAID = st.builds(
    lambda words, sounds: (
        {
            "v": 1, "level": "8", "lang": "nl", "answers": [],
            "parts": [{"kind": "text", "prompt": "?", "text": one} for one in words]
            + [{"kind": "voice", "prompt": "?", "type": "audio/mp4", "ms": 1, "bytes": len(one)} for one in sounds],
        },
        tuple(sounds),
    ),
    st.lists(WORDS, max_size=3),
    st.lists(st.binary(min_size=1, max_size=5000), max_size=2),
)  # fmt: skip


def _said(count: int) -> list[tuple[dict[str, Any], tuple[bytes, ...]]]:
    found: list[Any] = []

    @settings(max_examples=count, database=None, derandomize=True)
    @given(SAID)
    def collect(said: Any) -> None:
        found.append(said)

    collect()
    return found


def test_sealed_in_python_opens_in_javascript(noor: sealing.ActedChild) -> None:
    said = _said(25)
    files = [noor.seal("checkin", doc, readers_list=WORKERS, at=NOW, attachments=sounds) for doc, sounds in said]
    author = {"dir": "up", "keys": [noor.record["signing"]], "unlock": noor.record["unlock"], "revoked": None}
    known = {noor.device: author}
    for seed in (SAM._reading_seed, noor._seed):
        found = in_javascript("open", seed=b64(seed), files=[b64(file) for file in files], authors=known)["found"]
        assert [(spoken(one["doc"]), tuple(unb64(a) for a in one["attachments"]), one["author"]) for one in found] == [
            (doc, sounds, "verified") for doc, sounds in said
        ]
    assert in_javascript("open", seed=b64(JO._reading_seed), files=[b64(files[0])], authors=known)["found"] == [None]


def test_sealed_in_javascript_opens_in_python(noor: sealing.ActedChild) -> None:
    said = _said(25)
    items = [
        {
            "org": ORG, "child": CHILD, "id": signing.random_id(), "dir": "up", "kind": "checkin", "seq": number + 1,
            "circle": "worker", "list": {"number": 1, "hash": b64(wire.record_hash(WORKERS))}, "lock": lock,
            "by": noor.device, "doc": doc, "attachments": [b64(one) for one in sounds],
            "readers": [SAM.record["reading"], noor.record["reading"], VERA.record["reading"]],
            "signing": b64(noor_seed), "unlock": b64(noor._seed) if lock == "open" else None,
        }
        for noor_seed in [b"d" * 32]
        for number, (doc, sounds) in enumerate(said)
        for lock in (["open", "locked"][number % 2],)
    ]  # fmt: skip
    device = signing.SigningKey.from_seed(b"d" * 32)
    known = {noor.device: opening.Author("up", [device.public], noor.unlock.public)}
    for item, text in zip(items, in_javascript("seal", items=items)["files"], strict=True):
        envelope = wire.parse_envelope(unb64(text))
        assert (envelope.hdr.id, len(envelope.wraps)) == (item["id"], 3)
        for seed in (SAM._reading_seed, VERA._reading_seed, noor._seed):
            opened = opening.open_envelope(envelope, seed, known, expect=envelope.hdr)
            assert opened is not None
            assert (opened.doc, [b64(one) for one in opened.attachments]) == (item["doc"], item["attachments"])
            assert (opened.author, opened.meta["lock"], opened.meta["seq"]) == ("verified", item["lock"], item["seq"])


# --- records ----------------------------------------------------------------------------------------------------------


def test_an_introduction_adds_a_signature_to_the_same_record() -> None:
    signed = SAM.sign_record(VERA.signed())
    assert signed.record == VERA.record
    assert signing.verify_record(signed, VERA.signing.public)
    assert signing.verify_record(signed, SAM.signing.public)
    assert not signing.verify_record(signed, IRIS.signing.public)
    assert len(SAM.sign_record(signed).sigs) == 2
    assert wire.parse_signed(json.loads(json.dumps(signed.json())), "person") == signed


def test_lists_follow_each_other_and_are_never_too_small() -> None:
    two = sealing.readers_record(
        ORG, CHILD, "worker", [IRIS.as_reader("worker", NOW), VERA.as_reader("second", NOW)], at=NOW, before=WORKERS
    )
    assert (two["number"], two["prev"]) == (2, b64(wire.record_hash(WORKERS)))
    with pytest.raises(ListTooSmall):
        sealing.readers_record(ORG, CHILD, "worker", [SAM.as_reader("worker", NOW)], at=NOW, before=WORKERS)


def test_a_reset_is_signed_by_who_was_in_the_room(noor: sealing.ActedChild) -> None:
    signed = SAM.sign_reset(noor.record, NOW)
    assert (signed.record["device"], signed.record["by"]) == (noor.device, SAM.person)
    assert signing.verify_record(signed, SAM.signing.public)


# --- enrolment and locks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["qr", "typed"])
def test_both_sides_see_the_same_digits(noor: sealing.ActedChild, method: sealing.Method) -> None:
    keys = OFFER.qr if method == "qr" else OFFER.typed
    answer = noor.answer(OFFER.bundle, keys, method)
    digits = OFFER.check_answer(answer)
    assert digits == sealing.enrol_digits(OFFER.bundle, noor.record, unb64(answer["proof"]))
    assert digits is not None
    assert len(digits) == 6


def test_an_answer_without_the_secret_is_refused(noor: sealing.ActedChild) -> None:
    guessed = sealing.EnrolKeys.from_code(sealing.new_startcode(), ORG)
    assert OFFER.check_answer(noor.answer(OFFER.bundle, guessed, "typed")) is None


def test_an_offer_names_exactly_those_who_read() -> None:
    for people in ([SAM.signed()], [SAM.signed(), VERA.signed(), IRIS.signed()]):
        with pytest.raises(BadRecord):
            sealing.Offer.make([WORKERS], people, org_name="x", level="12")


def test_startcodes_are_eighty_bits_and_read_back() -> None:
    codes = {sealing.new_startcode() for _ in range(100)}
    assert len(codes) == 100
    for code in codes:
        assert len(sealing.normal_code(code)) == 16
        assert set(sealing.normal_code(code)) <= set(signing.CROCKFORD)


def test_a_request_carries_its_device_and_signature(noor: sealing.ActedChild) -> None:
    parts = wire.parse_authorization(noor.authorization("POST", "/api/inbox", b"{}", 1_795_339_800))
    message = wire.request_message("POST", "/api/inbox", parts.at, parts.nonce, b"{}")
    assert parts.device == noor.device
    assert signing.verify(noor.signing.public, parts.sig, message)
    for other in (("GET", "/api/inbox", b"{}"), ("POST", "/api/lock", b"{}"), ("POST", "/api/inbox", b"")):
        message = wire.request_message(*other[:2], parts.at, parts.nonce, other[2])
        assert not signing.verify(noor.signing.public, parts.sig, message)


def test_the_verifier_depends_on_the_phone(noor: sealing.ActedChild) -> None:
    daan = sealing.ActedChild.enrol(OFFER.bundle, at=NOW)
    x = noor.stretch("40817", bytes(16))
    assert x == daan.stretch("40817", bytes(16))
    assert noor.lock_verifier(x) != daan.lock_verifier(x)
    assert noor.wrapped_seed(x, bytes(32)) != noor.wrapped_seed(x, bytes(32))


def test_a_keyring_opens_with_the_phrase_and_the_share() -> None:
    stretched = sealing.stretch_passphrase("seven words", bytes(16))
    sealed = SAM.keyring(sealing.desk_kek(stretched.share, b"P" * 32))
    seeds = opening.open_keyring(stretched.share, b"P" * 32, SAM.person, sealed)
    assert seeds == (SAM._reading_seed, SAM._signing_seed)


def test_secrets_do_not_show(noor: sealing.ActedChild) -> None:
    stretched = sealing.stretch_passphrase("seven words", bytes(16))
    for one, secrets in (
        (SAM, (SAM._reading_seed, SAM._signing_seed)), (noor, (noor._seed, noor._device_secret)),
        (OFFER, (OFFER.secret, OFFER.qr.key)), (stretched, (stretched.share,)), (OFFER.qr, (OFFER.qr.key,)),
    ):  # fmt: skip
        text = repr(one)
        assert OFFER.startcode not in text
        for secret in secrets:
            assert repr(secret) not in text
            assert b64(secret) not in text


def test_the_package_decrypts_nothing_but_what_lies_under_the_key_file() -> None:
    """The server cannot read what a child says, because nothing in it can open anything."""
    for path in (PROJECT / "kindstem").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if path.name != "keyfile.py":
            assert not calls & {"decrypt", "decapsulate", "decryptor", "exchange"}, path.name


def test_what_is_said_on_a_tablet_is_proven_by_the_professionals_key(noor: sealing.ActedChild) -> None:
    file = SAM.seal_said("checkin", CHECKIN, readers_list=WORKERS, child_reading=noor.reading, at=NOW)
    opened = read(file, VERA._reading_seed, SAM)
    assert opened is not None
    place, signed = place_of(file, opened.meta), opened.doc["said"]
    assert place["way"] == "kindmodus"
    assert said.check(opened.doc, signed, SAM.signing.public, place)
    assert not said.check(opened.doc, signed, noor.signing.public, place)
    assert not said.check(opened.doc, signed, SAM.signing.public, place | {"way": "phone"})


@pytest.mark.parametrize("unlocked", [True, False])
def test_an_open_lock_shows_under_the_pieces_too(noor: sealing.ActedChild, unlocked: bool) -> None:
    file = noor.seal("checkin", CHECKIN, readers_list=WORKERS, at=NOW, unlocked=unlocked)
    opened = read(file, SAM._reading_seed, noor)
    assert opened is not None
    signed = wire.parse_signed(opened.doc["said"]["signed"], "said")
    assert signing.verify_record(signed, noor.signing.public)
    assert signing.verify_record(signed, noor.unlock.public) is unlocked
