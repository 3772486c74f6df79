"""A child and a professional acted out: makes keys, signs and seals, and opens nothing (docs/protocol/).

The demonstration and the tests are people here, not the server: they hold seeds that the server never sees. There is no
opening in this package at all, so that nothing in the server can import it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kindstem import talks
from kindstem.errors import NotQuantumSafe
from kindstem.payload import encode_payload
from kindstem.said import said_record, with_said
from kindstem.signing import CROCKFORD, SigningKey, random_id, reading_key_id, verify_record
from kindstem.wire import (
    Direction,
    Envelope,
    Header,
    Inner,
    Record,
    Signed,
    Wrap,
    b64,
    canonical,
    digest,
    encode_envelope,
    encode_inner,
    envelope_message,
    header_bytes,
    label,
    parse_meta,
    parse_record,
    parse_signed,
    record_hash,
    request_message,
    time_text,
    unb64,
)

Role = Literal["worker", "second", "confidant", "oncall"]
ListRole = Literal["worker", "second", "confidant", "independent", "oncall"]
ListCircle = Literal["worker", "confidant", "independent", "oncall"]
Circle = Literal["worker", "confidant", "independent", "oncall", "self"]
Method = Literal["qr", "typed"]
SeenBy = Literal["worker", "confidant"]
Says = Literal["yes", "no", "later"]

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MLKEM_PUBLIC = 1_184
# Each entry's key is used for one body, so the nonce may be the same for all.
_NONCE = bytes(12)
_NO_SIGNATURE = bytes(64)


# --- small steps ------------------------------------------------------------------------------------------------------


def argon2id(secret: bytes, salt: bytes) -> bytes:
    """Argon2id at the one cost that the protocol uses: 19 MiB, two passes, one lane, 32 bytes."""
    return hash_secret_raw(secret, salt, time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, type=Type.ID)


def _hkdf(ikm: bytes, salt: bytes | None, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(ikm)


def _hmac(key: bytes, *parts: bytes) -> bytes:
    return hmac.digest(key, b"".join(parts), "sha256")


def _box(key: bytes, data: bytes, aad: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, data, aad)


def reading_public(seed: bytes) -> bytes:
    """The public X-Wing key of a 32-byte seed: ML-KEM-768 (1,184 bytes), then X25519 (32)."""
    expanded = hashlib.shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return mlkem + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def unlock_key(reading_seed: bytes) -> SigningKey:
    """The child's unlock key, which exists only where the seed is open."""
    return SigningKey.from_seed(_hkdf(reading_seed, None, label("unlock key"), 32))


def wrap_key(public: bytes, info: bytes, secret: bytes) -> bytes:
    """A secret of 32 bytes, sealed to one reader: 1,168 bytes. Raises NotQuantumSafe for what is no X-Wing key."""
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC])
        x25519 = X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:])
    except ValueError:
        raise NotQuantumSafe() from None
    return _SUITE.encrypt(secret, MLKEM768X25519PublicKey(mlkem, x25519), info=info)


# --- sealing ----------------------------------------------------------------------------------------------------------


def seal_envelope(
    header: Header,
    *,
    kind: str,
    by: str,
    at: datetime,
    circle: Circle,
    readers_list: Record | None,
    lock: Literal["open", "locked", "none", "desk", "tablet"],
    seq: int,
    readers: Iterable[bytes],
    doc: dict[str, Any],
    attachments: tuple[bytes, ...] = (),
    about: str | None = None,
    sign_device: SigningKey,
    sign_unlock: SigningKey | None = None,
) -> bytes:
    """The finished bytes of one sealed thing, under a key that is made here and forgotten here.

    `readers` are public reading keys, the child's own among them except for a card, or when it has none. What a child
    says gets the signature by which its quotes can be proven, when it has none (docs/protocol/said.md).

    Raises BadEnvelope when something has not its form, and NotQuantumSafe for a reader's key that is none.
    """
    if header.dir == "up" and "said" not in doc:
        doc = _provable(header, doc, attachments, (sign_device, sign_unlock), kind=kind, about=about, at=at, lock=lock)
    head = header_bytes(header)
    head_hash = digest(head)
    keys = {reading_key_id(public): public for public in readers}
    payload = encode_payload(kind, doc, attachments)
    listed = readers_list and {"number": readers_list["number"], "hash": b64(record_hash(readers_list))}
    meta = canonical(
        {
            "v": 1, "kind": kind, "seq": seq, "at": time_text(at), "by": by, "circle": circle, "list": listed,
            "lock": lock, "to": [b64(key_id) for key_id in sorted(keys)], "about": about,
        }
    )  # fmt: skip
    parse_meta(meta, header.dir)
    sig_device = sign_device.sign(envelope_message("device", head, meta, payload))
    sig_unlock = _NO_SIGNATURE
    if sign_unlock is not None:
        sig_unlock = sign_unlock.sign(envelope_message("unlock", head, meta, payload))
    cek = secrets.token_bytes(32)
    body = _hmac(cek, label("commit"), head_hash) + AESGCM(_hmac(cek, label("body"), head_hash)).encrypt(
        _NONCE, encode_inner(Inner(meta, payload, sig_device, sig_unlock)), None
    )
    wraps = tuple(
        Wrap(key_id, wrap_key(keys[key_id], label("wrap") + head_hash + key_id, cek)) for key_id in sorted(keys)
    )
    return encode_envelope(Envelope(header, wraps, body))


def _provable(
    header: Header,
    doc: dict[str, Any],
    attachments: tuple[bytes, ...],
    keys: tuple[SigningKey, SigningKey | None],
    *,
    kind: str,
    about: str | None,
    at: datetime,
    lock: str,
) -> dict[str, Any]:
    """What a child says, with the signature over its pieces; as it is when it says nothing."""
    encode_payload(kind, doc, attachments)
    way = "kindmodus" if lock == "tablet" else "phone"
    place = {
        "org": header.org, "child": header.child, "entry": header.id, "kind": kind, "about": about, "at": time_text(at),
        "way": way,
    }  # fmt: skip
    seed = secrets.token_bytes(32)
    record = said_record(place, doc, attachments, seed)
    if record is None:
        return doc
    # By the key, because no key signs a record twice.
    sigs = {key.id: key.sign_record(record) for key in keys if key is not None}
    return with_said(doc, seed, Signed(record, tuple(sigs.values())))


# --- a professional ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretched:
    """What a passphrase or recovery code comes to: the verifier that is sent, and the share that stays."""

    verifier: bytes
    share: bytes = field(repr=False)


def normal_phrase(phrase: str) -> str:
    """A phrase in the form in which it is stretched: NFKC, no spaces around it, one where there are more."""
    return re.sub("[ \t\r\n]+", " ", unicodedata.normalize("NFKC", phrase)).strip(" ")


def stretch_passphrase(phrase: str, salt: bytes) -> Stretched:
    """A passphrase, stretched and split (docs/protocol/unlocking.md)."""
    return _split(normal_phrase(phrase), salt, "passphrase")


def stretch_recovery(code: str, salt: bytes) -> Stretched:
    """A recovery code, stretched and split; capitals do not count."""
    return _split(normal_phrase(code).lower(), salt, "recovery")


def _split(text: str, salt: bytes, use: str) -> Stretched:
    both = _hkdf(argon2id(text.encode("utf-8"), salt), None, label(use), 64)
    return Stretched(both[:32], both[32:])


def desk_kek(share: bytes, pepper: bytes) -> bytes:
    """What a keyring lies under: the share of the passphrase with the server's share."""
    return _hmac(share, label("desk kek"), pepper)


@dataclass(frozen=True, slots=True)
class Adult:
    """A professional with both seeds. The record, once made, stays the same: its hash is what others sign."""

    record: Record
    signing: SigningKey
    reading: bytes = field(repr=False)
    _reading_seed: bytes = field(repr=False)
    _signing_seed: bytes = field(repr=False)

    @classmethod
    def create(cls, org: str, name: str, role: Role, *, at: datetime, person: str | None = None) -> Adult:
        """Somebody with new keys. `person` is the id that the server gave, when it gave one."""
        return cls.from_seeds(org, name, role, secrets.token_bytes(32), secrets.token_bytes(32), at=at, person=person)

    @classmethod
    def from_seeds(
        cls,
        org: str,
        name: str,
        role: Role,
        reading_seed: bytes,
        signing_seed: bytes,
        *,
        at: datetime,
        person: str | None = None,
    ) -> Adult:
        """Somebody with these keys."""
        signing, reading = SigningKey.from_seed(signing_seed), reading_public(reading_seed)
        record = {
            "t": "person", "v": 1, "org": org, "person": person or random_id(), "name": name, "role": role,
            "reading": b64(reading), "signing": [b64(signing.public)], "at": time_text(at),
        }  # fmt: skip
        return cls(parse_record(record, "person"), signing, reading, reading_seed, signing_seed)

    @property
    def person(self) -> str:
        """The person's id."""
        return str(self.record["person"])

    def signed(self) -> Signed:
        """The own record with the own signature, which proves that the keys are held."""
        return Signed(self.record, (self.signing.sign_record(self.record),))

    def sign_record(self, signed: Signed) -> Signed:
        """A record with this person's signature added: an introduction, a countersigned child or list."""
        mine = self.signing.sign_record(signed.record)
        return Signed(signed.record, (*(one for one in signed.sigs if one.by != mine.by), mine))

    def keyring(self, kek: bytes) -> bytes:
        """Both seeds under a key from desk_kek(): the form that the server keeps and cannot open."""
        seeds = canonical({"v": 1, "reading": b64(self._reading_seed), "signing": b64(self._signing_seed)})
        return _box(kek, seeds, label("keyring") + unb64(self.person))

    def as_reader(self, role: ListRole, since: datetime) -> Record:
        """This person as a list of readers names them."""
        record = self.record
        return {
            "person": record["person"], "name": record["name"], "role": role, "reading": record["reading"],
            "signing": record["signing"], "since": time_text(since)[:10],
        }  # fmt: skip

    def seal(
        self,
        kind: Literal["answer", "receipt", "card", "perspective", "meldcode", "offer"],
        doc: dict[str, Any],
        *,
        readers_list: Record,
        child_reading: bytes | None,
        at: datetime,
        about: str | None = None,
        attachments: tuple[bytes, ...] = (),
        entry: str | None = None,
    ) -> bytes:
        """What a professional writes, to a list, and to the child unless there is no key of it (None)."""
        return seal_envelope(
            Header(self.record["org"], readers_list["child"], entry or random_id(), "down"),
            kind=kind, by=self.person, at=at, circle=readers_list["circle"], readers_list=readers_list, lock="desk",
            seq=0, readers=_everyone(readers_list, child_reading), doc=doc, attachments=attachments, about=about,
            sign_device=self.signing,
        )  # fmt: skip

    def seal_said(
        self,
        kind: Literal["checkin", "house", "reaction"],
        doc: dict[str, Any],
        *,
        readers_list: Record,
        child_reading: bytes | None,
        at: datetime,
        about: str | None = None,
        attachments: tuple[bytes, ...] = (),
        entry: str | None = None,
    ) -> bytes:
        """What a child said on this person's tablet, to a list, and to the child when it has a phone."""
        return seal_envelope(
            Header(self.record["org"], readers_list["child"], entry or random_id(), "up"),
            kind=kind, by=self.person, at=at, circle=readers_list["circle"], readers_list=readers_list, lock="tablet",
            seq=0, readers=_everyone(readers_list, child_reading), doc=doc, attachments=attachments, about=about,
            sign_device=self.signing,
        )  # fmt: skip

    def about_talk(self, t: str, subj: str, /, **fields: Any) -> Signed:
        """A record about a talk with the child that the log calls `subj`, with these fields, signed.

        In kindmodus the child's answer (`answer`) is signed by this key too. Raises BadRecord.
        """
        own = {"id": random_id()} | ({} if t == "answer" else {"pro": self.signing.id, "by": self.person})
        record = {"t": t, "v": 1, "org": self.record["org"], "subj": subj, **own, **fields}
        if t in {"talk", "answer"}:
            record = {{"talk": "np", "answer": "nc"}[t]: random_id(), **record}
        return Signed(talks.parse_record(record, t), (self.signing.sign_record(record),))

    def request(self, subj: str, to: str | None, circle: SeenBy, at: datetime) -> Signed:
        """A child's request to talk alone, made in kindmodus on this person's tablet."""
        record = request_record(self.record["org"], subj, to, circle, "kindmodus", at)
        return Signed(record, (self.signing.sign_record(record),))

    def end_request(self, request: Record, at: datetime) -> Signed:
        """That a child took a request away in kindmodus on this person's tablet."""
        record = request_end_record(request, "kindmodus", at)
        return Signed(record, (self.signing.sign_record(record),))

    def answer_offer(self, child: str, offer: str, says: Says, at: datetime) -> Signed:
        """What a child answered to an offer in kindmodus on this person's tablet."""
        record = offer_answer_record(self.record["org"], child, offer, says, "kindmodus", at)
        return Signed(record, (self.signing.sign_record(record),))

    def evidence(self, subj: str, child: Record, at: datetime) -> Signed:
        """The evidence record of a child's phone, from its child record."""
        record = {
            "t": "device", "v": 1, "org": self.record["org"], "subj": subj, "signing": child["signing"],
            "unlock": child["unlock"], "at": time_text(at),
        }  # fmt: skip
        return Signed(talks.parse_record(record, "device"), (self.signing.sign_record(record),))

    def sign_reset(self, child: Record, at: datetime) -> Signed:
        """A reset of a child's lock, signed face to face."""
        record = {
            "t": "reset", "v": 1, "org": child["org"], "child": child["child"], "device": child["device"],
            "at": time_text(at), "by": self.person,
        }  # fmt: skip
        return Signed(parse_record(record, "reset"), (self.signing.sign_record(record),))


def request_record(
    org: str, subj: str, to: str | None, circle: SeenBy, way: Literal["phone", "kindmodus"], at: datetime
) -> Record:
    """A request to talk alone, to be signed. Raises BadRecord."""
    record = {
        "t": "request", "v": 1, "org": org, "id": random_id(), "subj": subj, "to": to, "circle": circle, "way": way,
        "at": time_text(at),
    }  # fmt: skip
    return talks.parse_record(record, "request")


def request_end_record(request: Record, way: Literal["phone", "kindmodus"], at: datetime) -> Record:
    """That this request is taken away, to be signed. Raises BadRecord."""
    record = {
        "t": "request-end", "v": 1, "org": request["org"], "id": random_id(), "subj": request["subj"],
        "request": talks.hash_of(request), "way": way, "at": time_text(at),
    }  # fmt: skip
    return talks.parse_record(record, "request-end")


def offer_answer_record(
    org: str, child: str, offer: str, says: Says, way: Literal["phone", "kindmodus"], at: datetime
) -> Record:
    """What a child answered to the offer of an independent talk, to be signed. Raises BadRecord."""
    record = {
        "t": "offer-answer", "v": 1, "org": org, "child": child, "offer": offer, "says": says, "way": way,
        "at": time_text(at),
    }  # fmt: skip
    return parse_record(record, "offer-answer")


def _everyone(readers_list: Record | None, child_reading: bytes | None) -> list[bytes]:
    listed = [] if readers_list is None else [unb64(reader["reading"]) for reader in readers_list["readers"]]
    return listed if child_reading is None else [*listed, child_reading]


def readers_record(
    org: str,
    child: str,
    circle: ListCircle,
    readers: Sequence[Record],
    *,
    at: datetime,
    before: Record | None = None,
) -> Record:
    """A list of readers, unsigned: the first of its circle, or the one after `before`.

    `readers` come from Adult.as_reader(). Raises BadRecord, and ListTooSmall for a list that no child may be given.
    """
    record = {
        "t": "readers", "v": 1, "org": org, "child": child, "circle": circle,
        "number": 1 if before is None else before["number"] + 1,
        "prev": None if before is None else b64(record_hash(before)), "readers": list(readers), "at": time_text(at),
    }  # fmt: skip
    return parse_record(record, "readers")


# --- enrolment --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EnrolKeys:
    """Under which id the server keeps an enrolment, and the key of the proofs."""

    id: str
    key: bytes = field(repr=False)

    @classmethod
    def from_qr(cls, secret: bytes, org: str) -> EnrolKeys:
        """The keys of the 32 bytes in a QR code."""
        return cls._split(_hkdf(secret, unb64(org), label("enrol qr"), 64))

    @classmethod
    def from_code(cls, code: str, org: str) -> EnrolKeys:
        """The keys of a typed code, hyphens or not."""
        salt = digest(label("enrol salt"), unb64(org))[:16]
        stretched = argon2id(normal_code(code).encode("ascii"), salt)
        return cls._split(_hkdf(stretched, None, label("enrol typed"), 64))

    @classmethod
    def _split(cls, both: bytes) -> EnrolKeys:
        return cls(b64(both[:16]), both[32:])


def normal_code(code: str) -> str:
    """A typed code in its one form. Case, spaces and hyphens do not count, nor a letter that looks like a digit."""
    return re.sub(r"[\s-]", "", code).upper().translate(str.maketrans("OIL", "011"))


def new_startcode() -> str:
    """A new code to type: 80 bits in four groups of four."""
    letters = [secrets.choice(CROCKFORD) for _ in range(16)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, 16, 4))


def bundle_hash(bundle: Record) -> bytes:
    """`R`: the hash of all that the child is told about its readers."""
    return digest(label("bundle"), canonical(bundle))


def readers_proof(key: bytes, bundle: Record) -> bytes:
    """The professional's proof."""
    return _hmac(key, label("enrol readers"), bundle_hash(bundle))


def child_proof(key: bytes, bundle: Record, child: Record, lists: Sequence[Record]) -> bytes:
    """The child's proof, over its own keys as well."""
    return _hmac(key, label("enrol child"), bundle_hash(bundle), *(record_hash(one) for one in (child, *lists)))


def enrol_digits(bundle: Record, child: Record, proof: bytes) -> str:
    """The six digits that both screens show."""
    h = digest(label("enrol digits"), bundle_hash(bundle), record_hash(child), proof)
    return f"{struct.unpack('>I', h[:4])[0] % 1_000_000:06d}"


@dataclass(frozen=True, slots=True)
class Offer:
    """An enrolment as the desk makes it: what goes to the server, and the two secrets that do not."""

    bundle: Record
    startcode: str = field(repr=False)
    secret: bytes = field(repr=False)
    qr: EnrolKeys
    typed: EnrolKeys

    @classmethod
    def make(
        cls,
        lists: Sequence[Record],
        persons: Iterable[Signed],
        *,
        org_name: str,
        level: Literal["8", "12"],
        lang: str = "nl",
        startcode: str | None = None,
        secret: bytes | None = None,
    ) -> Offer:
        """An offer of these lists (the worker's, then others in the order of a bundle) by these people."""
        org, child = lists[0]["org"], lists[0]["child"]
        bundle = {
            "t": "bundle", "v": 1, "org": org, "orgName": org_name, "child": child, "level": level, "lang": lang,
            "lists": list(lists), "persons": [one.json() for one in persons],
        }  # fmt: skip
        startcode, secret = startcode or new_startcode(), secret or secrets.token_bytes(32)
        keys = EnrolKeys.from_qr(secret, org), EnrolKeys.from_code(startcode, org)
        return cls(parse_record(bundle, "bundle"), startcode, secret, *keys)

    def json(self) -> dict[str, Any]:
        """What the desk sends."""
        proofs = {
            name: b64(readers_proof(keys.key, self.bundle)) for name, keys in (("qr", self.qr), ("typed", self.typed))
        }
        return {
            "child": self.bundle["child"],
            "ids": [self.qr.id, self.typed.id],
            "bundle": self.bundle,
            "proofs": proofs,
        }

    def qr_text(self, origin: str) -> str:
        """The address in the QR code. The part behind # never reaches a server."""
        return f"{origin}/#e1.{b64(self.secret + bundle_hash(self.bundle))}"

    def check_answer(self, answer: dict[str, Any]) -> str | None:
        """The six digits of an answer that came in; None when anything in it is not right."""
        child = parse_signed(answer["child"], "child")
        lists = [parse_signed(one, "readers") for one in answer["lists"]]
        key = self.qr.key if answer["method"] == "qr" else self.typed.key
        wanted = child_proof(key, self.bundle, child.record, self.bundle["lists"])
        device = unb64(child.record["signing"])
        right = (
            (child.record["org"], child.record["child"]) == (self.bundle["org"], self.bundle["child"])
            and [one.record for one in lists] == self.bundle["lists"]
            and all(verify_record(one, device) for one in (child, *lists))
            and hmac.compare_digest(unb64(answer["proof"]), wanted)
        )
        return enrol_digits(self.bundle, child.record, wanted) if right else None


# --- a child ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ActedChild:
    """A child with an enrolled phone: device keys, reading seed, lock, and the count of what it sent per circle."""

    record: Record
    signing: SigningKey
    unlock: SigningKey
    reading: bytes = field(repr=False)
    _seed: bytes = field(repr=False)
    _device_secret: bytes = field(repr=False)
    _sent: dict[str, int] = field(default_factory=dict)

    @classmethod
    def enrol(
        cls,
        bundle: Record,
        *,
        at: datetime,
        lock: Literal["pin", "pictures"] = "pin",
        device: str | None = None,
        seeds: tuple[bytes, bytes, bytes] | None = None,
    ) -> ActedChild:
        """A phone that makes its keys for what a bundle offers. `seeds` are those of reading, device key and `D`."""
        seed, device_seed, device_secret = seeds or (
            secrets.token_bytes(32),
            secrets.token_bytes(32),
            secrets.token_bytes(32),
        )
        signing, unlock, reading = SigningKey.from_seed(device_seed), unlock_key(seed), reading_public(seed)
        record = {
            "t": "child", "v": 1, "org": bundle["org"], "child": bundle["child"], "device": device or random_id(),
            "reading": b64(reading), "signing": b64(signing.public), "unlock": b64(unlock.public), "lock": lock,
            "level": bundle["level"], "lang": bundle["lang"], "at": time_text(at),
        }  # fmt: skip
        return cls(parse_record(record, "child"), signing, unlock, reading, seed, device_secret)

    def answer(self, bundle: Record, keys: EnrolKeys, method: Method) -> dict[str, Any]:
        """What the phone sends: its record and the lists, signed by its device, and the proof."""
        return {
            "id": keys.id,
            "child": Signed(self.record, (self.signing.sign_record(self.record),)).json(),
            "lists": [Signed(one, (self.signing.sign_record(one),)).json() for one in bundle["lists"]],
            "proof": b64(child_proof(keys.key, bundle, self.record, bundle["lists"])),
            "method": method,
        }

    @property
    def device(self) -> str:
        """The device's id."""
        return str(self.record["device"])

    def stretch(self, secret: str, salt: bytes) -> bytes:
        """`x`: the PIN or pictures, stretched."""
        return argon2id(secret.encode("ascii"), salt)

    def lock_verifier(self, x: bytes) -> bytes:
        """`v`, which is shown to the server for its share; the server keeps its SHA-256."""
        return _hmac(self._device_secret, label("lock verifier"), x)

    def wrapped_seed(self, x: bytes, pepper: bytes) -> bytes:
        """The reading seed under the lock: the form that lies on the phone."""
        kc = _hmac(self._device_secret, label("lock kek"), x)
        return _box(_hmac(kc, label("lock pepper"), pepper), self._seed, label("lock seed") + unb64(self.device))

    def authorization(self, method: str, path: str, body: bytes, at: int) -> str:
        """The Authorization header of a request; `at` in unix seconds."""
        nonce = random_id()
        sig = self.signing.sign(request_message(method, path, at, nonce, body))
        return f"Kindstem {self.device}.{at}.{nonce}.{b64(sig)}"

    def say_of(
        self,
        talk: Record,
        talked: str,
        alone: str,
        *,
        at: datetime,
        way: Literal["room", "later"] = "later",
        unlocked: bool = True,
        why: str | None = None,
        prev: str | None = None,
        code: str | None = None,
    ) -> Signed:
        """What the child says of a talk, or of one that was not held."""
        record = {
            "t": "answer", "v": 1, "org": talk["org"], "id": random_id(), "subj": talk["subj"],
            "talk": talks.hash_of(talk), "way": way, "says": {"talked": talked, "alone": alone}, "why": why,
            "prev": prev, "code": code, "nc": random_id(), "at": time_text(at),
        }  # fmt: skip
        keys = (self.signing, self.unlock) if unlocked else (self.signing,)
        return Signed(talks.parse_record(record, "answer"), tuple(key.sign_record(record) for key in keys))

    def ask_to_talk(
        self, subj: str, to: str | None, circle: SeenBy = "worker", *, at: datetime, unlocked: bool = True
    ) -> Signed:
        """A request to talk alone with this person, or (None) with somebody independent."""
        return self._by_device(request_record(self.record["org"], subj, to, circle, "phone", at), unlocked)

    def take_back(self, request: Record, *, at: datetime, unlocked: bool = True) -> Signed:
        """That the child takes a request away."""
        return self._by_device(request_end_record(request, "phone", at), unlocked)

    def answer_offer(self, offer: str, says: Says, *, at: datetime, unlocked: bool = True) -> Signed:
        """What the child answers to the offer of an independent talk."""
        record = offer_answer_record(self.record["org"], self.record["child"], offer, says, "phone", at)
        return self._by_device(record, unlocked)

    def _by_device(self, record: Record, unlocked: bool) -> Signed:
        keys = (self.signing, self.unlock) if unlocked else (self.signing,)
        return Signed(record, tuple(key.sign_record(record) for key in keys))

    def seal(
        self,
        kind: Literal["checkin", "house", "flag", "flag-mistake", "reaction", "reach", "empty"],
        doc: dict[str, Any],
        *,
        readers_list: Record | None,
        at: datetime,
        unlocked: bool = True,
        about: str | None = None,
        attachments: tuple[bytes, ...] = (),
        entry: str | None = None,
    ) -> bytes:
        """What the child says, to a list (None: to itself alone), under the next number of that circle."""
        circle: Circle = "self" if readers_list is None else readers_list["circle"]
        self._sent[circle] = self._sent.get(circle, 0) + 1
        direction: Direction = "up"
        return seal_envelope(
            Header(self.record["org"], self.record["child"], entry or random_id(), direction),
            kind=kind, by=self.device, at=at, circle=circle, readers_list=readers_list,
            lock="open" if unlocked else "locked", seq=self._sent[circle],
            readers=_everyone(readers_list, self.reading), doc=doc, attachments=attachments, about=about,
            sign_device=self.signing, sign_unlock=self.unlock if unlocked else None,
        )  # fmt: skip
