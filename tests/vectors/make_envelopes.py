"""Makes the vectors of the envelope: those that open, and every way in which one may not. Run by make.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cast import CHECKIN, CHILD, CONFIDANTS, IRIS, JO, NOOR_SEED, NOW, ONCALL, ORG, SAM, TESS, VERA, VOICE, WORKERS, changed, fixed, fixed_id, noor, write  # isort: skip

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kindstem import sealing
from kindstem.payload import encode_payload
from kindstem.signing import SigningKey, reading_key_id
from kindstem.wire import (
    Envelope,
    Header,
    Inner,
    Wrap,
    b64,
    canonical,
    digest,
    encode_envelope,
    encode_inner,
    envelope_message,
    header_bytes,
    label,
    parse_envelope,
    record_hash,
)


class Forge:
    """Seals as the protocol says, except where a test says otherwise: what a dishonest author can make."""

    def __init__(self) -> None:
        self.header = Header(ORG, CHILD, fixed_id("entry"), "up")
        self.kind, self.doc, self.attachments = "checkin", CHECKIN, ()
        self.readers = {reading_key_id(public): public for public in (SAM.reading, VERA.reading, noor().reading)}
        self.meta: dict[str, Any] = {
            "v": 1, "kind": "checkin", "seq": 1, "at": "2026-11-22T09:30:00Z", "by": noor().device, "circle": "worker",
            "list": {"number": 1, "hash": b64(record_hash(WORKERS))}, "lock": "open",
            "to": [b64(one) for one in sorted(self.readers)], "about": None,
        }  # fmt: skip
        self.sign_device: SigningKey = noor().signing
        self.sign_unlock: SigningKey | None = noor().unlock
        self.payload: Callable[[bytes], bytes] = lambda data: data
        self.meta_bytes: Callable[[bytes], bytes] = lambda data: data
        self.inner: Callable[[bytes], bytes] = lambda data: data
        self.bound_to: Header | None = None
        self.nonce = bytes(12)
        self.commit: Callable[[bytes], bytes] = lambda data: data
        self.device_label, self.unlock_label = "device", "unlock"

    def file(self) -> bytes:
        """The envelope's bytes."""
        head = header_bytes(self.bound_to or self.header)
        bound = digest(head)
        meta = self.meta_bytes(canonical(self.meta))
        payload = self.payload(encode_payload(self.kind, self.doc, self.attachments))
        device = self.sign_device.sign(envelope_message(self.device_label, head, meta, payload))  # type: ignore[arg-type]
        unlock = bytes(64)
        if self.sign_unlock:
            unlock = self.sign_unlock.sign(envelope_message(self.unlock_label, head, meta, payload))  # type: ignore[arg-type]
        inner = self.inner(encode_inner(Inner(meta, payload, device, unlock)))
        cek = fixed("cek")
        commit = self.commit(sealing._hmac(cek, label("commit") + bound))
        body = commit + AESGCM(sealing._hmac(cek, label("body") + bound)).encrypt(self.nonce, inner, None)
        wraps = tuple(
            Wrap(one, sealing.wrap_key(self.readers[one], label("wrap") + bound + one, cek)) for one in sorted(self.readers)
        )
        return encode_envelope(Envelope(self.header, wraps, body))


def envelope_vectors() -> None:
    """Envelopes that open, and every way in which one may not."""
    cases: list[dict[str, Any]] = []
    phone = noor()

    def add(name: str, outcome: str, file: bytes, seed: str = "Sam", **more: Any) -> None:
        cases.append({"name": name, "outcome": outcome, "file": b64(file), "seed": seed, **more})

    def forged(change: Callable[[Forge], None]) -> bytes:
        forge = Forge()
        change(forge)
        return forge.file()

    entry = fixed_id("entry")
    plain = phone.seal("checkin", CHECKIN, readers_list=WORKERS, at=NOW, entry=entry)
    doc = {"meta": {"kind": "checkin", "seq": 1, "lock": "open", "circle": "worker"}, "doc": CHECKIN, "attachments": []}
    for who in ("Sam", "Vera", "Noor"):
        add(f"a check-in, opened by {who}", "ok", plain, who, **doc)
    add("a check-in, given to Iris", "not-for-me", plain, "Iris")
    add("a check-in, given to Jo", "not-for-me", plain, "Jo")
    spoken = {**CHECKIN, "parts": [VOICE, {**VOICE, "bytes": 4000}]}
    sounds = (b"\x00\x01\x02\x03\x04\x05\x06", fixed("sound", 4000))
    add("two recordings", "ok", phone.seal("checkin", spoken, readers_list=WORKERS, at=NOW, attachments=sounds), "Vera",
        doc=spoken, attachments=[b64(one) for one in sounds])  # fmt: skip
    add("written without the PIN", "ok", phone.seal("checkin", CHECKIN, readers_list=WORKERS, at=NOW, unlocked=False),
        meta={"lock": "locked", "seq": 3})  # fmt: skip
    alone = phone.seal("checkin", CHECKIN, readers_list=None, at=NOW)
    add("for the child alone", "ok", alone, "Noor", meta={"circle": "self", "list": None, "seq": 1})
    add("for the child alone, given to Sam", "not-for-me", alone, "Sam")
    add("for the confidant", "ok", phone.seal("checkin", CHECKIN, readers_list=CONFIDANTS, at=NOW), "Jo", meta={"circle": "confidant"})
    add("an alarm", "ok", phone.seal("flag", {"v": 1}, readers_list=WORKERS, at=NOW), doc={"v": 1}, meta={"kind": "flag"})
    house = {**CHECKIN, "house": "dream"}
    add("a house", "ok", phone.seal("house", house, readers_list=WORKERS, at=NOW), "Vera", doc=house, meta={"kind": "house", "lock": "open"})
    reach = {"v": 1, "name": "Noortje", "how": "Op school"}
    told = phone.seal("reach", reach, readers_list=ONCALL, at=NOW, about=entry)
    add("how to reach a child, opened by the service", "ok", told, "Tess", doc=reach,
        meta={"kind": "reach", "circle": "oncall", "about": entry})  # fmt: skip
    add("how to reach a child, opened by the child", "ok", told, "Noor", doc=reach)
    add("how to reach a child, given to Sam", "not-for-me", told, "Sam")
    reply = {"v": 1, "lang": "nl", "outcome": "done", "parts": [{"kind": "text", "text": "Het is geregeld."}]}
    answer = SAM.seal("answer", reply, readers_list=WORKERS, child_reading=phone.reading, at=NOW, about=entry)
    add("an answer, opened by the child", "ok", answer, "Noor", doc=reply, meta={"about": entry, "lock": "desk", "seq": 0})
    paper: dict[str, Any] = {
        "v": 1, "lang": "nl", "level": "12", "first": None, "prev": [], "talks": [], "quotes": [], "observations": [],
        "interpretation": [], "decision": {"kind": "other", "day": "2026-12-03", "measure": None},
        "child": "Dit schreef ik over jou.", "reaction": {"state": "offered", "reason": None},
    }  # fmt: skip
    offered = SAM.seal("perspective", paper, readers_list=WORKERS, child_reading=phone.reading, at=NOW)
    for who in ("Vera", "Noor"):
        add(f"a document that was offered, opened by {who}", "ok", offered, who, doc=paper, meta={"kind": "perspective"})
    kept = {**paper, "reaction": {"state": "none", "reason": "Zij wil het niet lezen."}}
    add("a document that was not offered, given to the child", "not-for-me",
        SAM.seal("perspective", kept, readers_list=WORKERS, child_reading=None, at=NOW), "Noor")  # fmt: skip
    steps: dict[str, Any] = {
        "v": 1, "lang": "nl", "what": "steps", "meldcode": fixed_id("meldcode"), "prev": [], "entry": None, "talk": None,
        "quotes": [], "steps": ["Zij vertelde het.", "", ""], "weighed": [None] * 5, "child": "",
        "decided": {"report": None, "help": None, "talk": None},
    }  # fmt: skip
    sealed = VERA.seal("meldcode", steps, readers_list=WORKERS, child_reading=None, at=NOW)
    add("a meldcode, opened by a reader", "ok", sealed, "Sam", doc=steps, meta={"kind": "meldcode"})
    add("a meldcode, given to the child", "not-for-me", sealed, "Noor")
    card = {"v": 1, "name": "Noor", "age": 15, "phone": "no", "level": "12"}
    card_file = VERA.seal("card", card, readers_list=WORKERS, child_reading=None, at=NOW)
    add("a card, opened by a reader", "ok", card_file, "Sam", doc=card)
    add("a card, given to the child", "not-for-me", card_file, "Noor")
    add("an author whom I do not know", "author-unverified",
        IRIS.seal("answer", reply, readers_list=WORKERS, child_reading=phone.reading, at=NOW), "Noor", doc=reply)  # fmt: skip

    said = SAM.seal_said("checkin", CHECKIN, readers_list=WORKERS, child_reading=None, at=NOW)
    add("said on the tablet, by a child without a phone", "author-tablet", said, "Vera", doc=CHECKIN,
        meta={"lock": "tablet", "seq": 0, "kind": "checkin", "by": SAM.person})  # fmt: skip
    both = SAM.seal_said("checkin", CHECKIN, readers_list=WORKERS, child_reading=phone.reading, at=NOW)
    add("said on the tablet, opened by the child's phone", "author-tablet", both, "Noor", doc=CHECKIN)
    add("said on the tablet of somebody whom I do not know", "author-unverified",
        IRIS.seal_said("checkin", CHECKIN, readers_list=WORKERS, child_reading=None, at=NOW), doc=CHECKIN)  # fmt: skip
    add("a house on the tablet", "author-tablet", SAM.seal_said("house", house, readers_list=WORKERS, child_reading=None, at=NOW),
        doc=house, meta={"lock": "tablet", "kind": "house"})  # fmt: skip
    thinks = {"v": 1, "lang": "nl", "prompt": "Klopt dit volgens jou?", "value": "Nee", "options": ["Ja", "Nee"], "parts": []}
    add("a reaction on the tablet", "author-tablet",
        SAM.seal_said("reaction", thinks, readers_list=WORKERS, child_reading=None, at=NOW, about=entry),
        doc=thinks, meta={"about": entry, "lock": "tablet"})  # fmt: skip

    place = {"org": ORG, "child": CHILD, "id": entry, "dir": "up"}
    add("where it belongs", "ok", plain, expect=place)
    for field, value in (("org", fixed_id("x")), ("child", "K000-00000"), ("id", fixed_id("x")), ("dir", "down")):
        add(f"another {field}", "envelope-moved", plain, expect={**place, field: value})
    moved = parse_envelope(plain)
    for field, value in (("org", fixed_id("x")), ("child", "K000-00000"), ("id", fixed_id("x")), ("dir", "down")):
        header = Header(**{**place, field: value})  # type: ignore[arg-type]
        add(f"header rewritten to another {field}", "envelope-damaged", encode_envelope(Envelope(header, moved.wraps, moved.body)))

    def other_device(forge: Forge) -> None:
        forge.meta["by"] = fixed_id("another device")

    def wrong_key(forge: Forge) -> None:
        forge.sign_device = SigningKey.from_seed(fixed("thief"))

    def wrong_unlock(forge: Forge) -> None:
        forge.sign_unlock = SigningKey.from_seed(fixed("thief"))

    def no_unlock(forge: Forge) -> None:
        forge.sign_unlock = None

    def labels_swapped(forge: Forge) -> None:
        forge.device_label, forge.unlock_label = "unlock", "device"

    def by_adult(forge: Forge) -> None:
        forge.meta["by"], forge.sign_device = SAM.person, SAM.signing

    def on_tablet(forge: Forge, **fields: Any) -> None:
        by_adult(forge)
        forge.sign_unlock = None
        forge.meta |= {"lock": "tablet", "seq": 0} | fields

    def tablet_of_a_phone(forge: Forge) -> None:
        on_tablet(forge, by=noor().device)
        forge.sign_device = noor().signing

    def tablet_by_another(forge: Forge) -> None:
        on_tablet(forge)
        forge.sign_device = VERA.signing

    def tablet_for_confidant(forge: Forge) -> None:
        on_tablet(forge, circle="confidant")

    def tablet_alarm(forge: Forge) -> None:
        on_tablet(forge, kind="flag")
        forge.kind, forge.doc = "flag", {"v": 1}

    def tablet_counted(forge: Forge) -> None:
        on_tablet(forge, seq=4)

    def tablet_unlocked(forge: Forge) -> None:
        on_tablet(forge)
        forge.sign_unlock = noor().unlock

    def tablet_alone(forge: Forge) -> None:
        on_tablet(forge, circle="self", list=None)

    for name, change in (
        ("a device whom nobody enrolled", other_device), ("signed with another key", wrong_key),
        ("open, with another unlock key", wrong_unlock), ("open, without an unlock signature", no_unlock),
        ("signatures under each other's label", labels_swapped), ("a child's words signed by a professional", by_adult),
        ("a phone that calls itself a tablet", tablet_of_a_phone), ("said on the tablet, under another's name", tablet_by_another),
    ):  # fmt: skip
        add(name, "author-unverified", forged(change), doc=CHECKIN)
    add("of a device that was revoked", "author-revoked", plain, revoked="2026-11-23T00:00:00Z", doc=CHECKIN)
    add("accepted before the revocation", "ok", plain, revoked="2026-11-23T00:00:00Z", at="2026-11-22T10:00:00Z")
    add("accepted at the revocation", "author-revoked", plain, revoked="2026-11-23T00:00:00Z", at="2026-11-23T00:00:00Z")

    def meta(**fields: Any) -> Callable[[Forge], None]:
        def change(forge: Forge) -> None:
            forge.meta = changed(forge.meta, **fields)

        return change

    def setting(**fields: Any) -> Callable[[Forge], None]:
        def change(forge: Forge) -> None:
            for name, value in fields.items():
                setattr(forge, name, value)

        return change

    def fewer_wraps(forge: Forge) -> None:
        del forge.readers[reading_key_id(VERA.reading)]

    def more_wraps(forge: Forge) -> None:
        forge.readers[reading_key_id(IRIS.reading)] = IRIS.reading

    def passed_on(forge: Forge) -> None:
        forge.readers = {reading_key_id(one): one for one in (SAM.reading, IRIS.reading)}

    def answer_up(forge: Forge) -> None:
        forge.kind, forge.doc = "answer", reply
        forge.meta["kind"] = "answer"

    def to_service(**fields: Any) -> Callable[[Forge], None]:
        def change(forge: Forge) -> None:
            forge.kind, forge.doc = "reach", reach
            forge.meta = changed({**forge.meta, "kind": "reach", "circle": "oncall", "about": entry}, **fields)

        return change

    damaged: list[tuple[str, Callable[[Forge], None]]] = [
        ("bound to another header", setting(bound_to=Header(ORG, CHILD, fixed_id("x"), "up"))),
        ("another nonce", setting(nonce=b"\1" * 12)),
        ("another commitment", setting(commit=lambda data: bytes([data[0] ^ 1]) + data[1:])),
        ("padding that is not zero", setting(inner=lambda data: data[:-1] + b"\1")),
        ("more padding than needed", setting(inner=lambda data: data + bytes(4096))),
        ("a payload beyond its end", setting(payload=lambda data: b"\xff" * 4 + data[4:])),
        ("a payload with a byte more", setting(payload=lambda data: data + b"\0")),
        ("a document that is not canonical", setting(payload=lambda data: data[:4] + data[4:].replace(b'"nl"', b'"n\\u006c"')[: len(data) - 4])),
        ("a document of another kind", setting(kind="flag", doc={"v": 1})),
        ("meta that is not canonical", setting(meta_bytes=lambda data: b" " + data)),
        ("an unknown field in meta", meta(note="x")),
        ("meta of another version", meta(v=2)),
        ("a kind we do not have", meta(kind="letter")),
        ("a kind of the other direction", answer_up),
        ("a check-in to the service", meta(circle="oncall")),
        ("how to reach a child, to the worker circle", to_service(circle="worker")),
        ("how to reach a child, without an alert", to_service(about="null")),
        ("how to reach a child, said on the tablet", to_service(lock="tablet", seq=0)),
        ("a number that is zero", meta(seq=0)),
        ("a number below zero", meta(seq=-1)),
        ("no list for a circle", meta(list="null")),
        ("a list for the child alone", meta(circle="self")),
        ("a lock we do not have", meta(lock="ajar")),
        ("locked, and yet with an unlock signature", meta(lock="locked")),
        ("a desk's lock on a child's words", meta(lock="desk")),
        ("an alarm on the tablet", tablet_alarm),
        ("a number for what was said on the tablet", tablet_counted),
        ("said on the tablet, with an unlock signature", tablet_unlocked),
        ("said on the tablet for the confidant", tablet_for_confidant),
        ("said on the tablet for the child alone", tablet_alone),
        ("one wrap less than it was sealed to", fewer_wraps),
        ("one wrap more than it was sealed to", more_wraps),
        ("passed on as if addressed", passed_on),
        ("addressed in another order", lambda forge: forge.meta["to"].reverse()),
        ("addressed to one twice", lambda forge: forge.meta["to"].append(forge.meta["to"][0])),
    ]
    for name, change in damaged:
        add(name, "envelope-damaged", forged(change), **({"seed": "Iris"} if name == "passed on as if addressed" else {}))

    two = parse_envelope(plain)
    mine = next(i for i, one in enumerate(two.wraps) if one.key_id == reading_key_id(SAM.reading))
    theirs = (mine + 1) % 3
    wraps = list(two.wraps)
    wraps[mine] = Wrap(wraps[mine].key_id, wraps[theirs].sealed)
    add("another reader's wrap under my id", "envelope-damaged", encode_envelope(Envelope(two.hdr, tuple(wraps), two.body)))
    again = parse_envelope(Forge().file())
    add("the body of another envelope", "envelope-damaged", encode_envelope(Envelope(two.hdr, two.wraps, again.body)))

    start = 8 + len(header_bytes(two.hdr))
    step = 32 + 1168
    head, tail = plain[: start + 1], plain[start + 1 + 3 * step :]
    keys = plain[start + 1 : start + 1 + 3 * step]
    parts = [keys[i * step : (i + 1) * step] for i in range(3)]
    text = ("Het gaat niet goed met mij. " * 400).encode()[:4096]
    sized = header_bytes(two.hdr)

    def with_header(data: bytes) -> bytes:
        return b"KSE1" + len(data).to_bytes(4, "big") + data + plain[start:]

    for name, outcome, file in (
        ("nothing", "bad-envelope", b""),
        ("another magic", "bad-envelope", b"KSE2" + plain[4:]),
        ("a check-in in clear", "bad-envelope", json.dumps(CHECKIN).encode()),
        ("a byte less", "bad-envelope", plain[:-1]),
        ("a byte more", "bad-envelope", plain + b"\0"),
        ("the first half", "bad-envelope", plain[: len(plain) // 2]),
        ("no wrap", "bad-envelope", plain[:start] + b"\0" + tail),
        ("seventeen wraps", "bad-envelope", plain[:start] + b"\x11" + b"".join(bytes([i]) * step for i in range(17)) + tail),
        ("wraps out of order", "bad-envelope", head + parts[1] + parts[0] + parts[2] + tail),
        ("one wrap twice", "bad-envelope", head + parts[0] + parts[0] + parts[1] + tail),
        ("a body of no allowed size", "bad-envelope", plain[:-4096] + fixed("body", 5001)),
        ("a body too small", "bad-envelope", plain[:-4096] + fixed("body", 2048)),
        ("a header that is not canonical", "bad-envelope", with_header(sized + b" ")),
        ("a header with an unknown field", "bad-envelope", with_header(canonical({**json.loads(sized), "note": 1}))),
        ("a header of another version", "bad-envelope", with_header(canonical({**json.loads(sized), "v": 2}))),
        ("a header in another direction", "bad-envelope", with_header(canonical({**json.loads(sized), "dir": "side"}))),
        ("a header longer than the file", "bad-envelope", b"KSE1\xff\xff\xff\xff" + plain[8:]),
        ("a header of two kilobytes", "bad-envelope", with_header(canonical({**json.loads(sized), "org": "A" * 2048}))),
        ("a body in clear", "not-sealed", plain[:-4096] + text),
        ("a body of spaces", "not-sealed", plain[:-4096] + b" " * 4096),
        ("X25519 for everyone", "not-quantum-safe", head + b"".join(one[: 32 + 80] for one in parts) + tail),
        ("X25519 for one reader", "not-quantum-safe", head + parts[0] + parts[1] + parts[2][: 32 + 80] + tail),
        ("P-256 for everyone", "not-quantum-safe", head + b"".join(one[: 32 + 113] for one in parts) + tail),
        ("ML-KEM alone", "not-quantum-safe", head + b"".join(one[: 32 + 1136] for one in parts) + tail),
    ):  # fmt: skip
        add(name, outcome, file)

    seeds = {one.record["name"]: b64(one._reading_seed) for one in (SAM, VERA, JO, IRIS, TESS)}
    authors: dict[str, Any] = {
        one.person: {"dir": "down", "keys": one.record["signing"], "unlock": None} for one in (SAM, VERA, JO)
    }
    authors[phone.device] = {"dir": "up", "keys": [phone.record["signing"]], "unlock": phone.record["unlock"]}
    write("envelopes.json", {
        "about": "docs/protocol/envelope.md", "seeds": {**seeds, "Noor": b64(NOOR_SEED)}, "authors": authors, "cases": cases,
    })  # fmt: skip
