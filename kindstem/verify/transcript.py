"""A transcript: one version of a kindperspectief, as it was taken to somebody outside, checked with a policy alone.

Everything stands in one file (docs/protocol/transcript.md): the document under its author's signature, a proof for each
quote, and what the child said of it, whole and under its own signature. Nothing is believed that the file says of
itself; what it cannot show, such as a reaction that was left out, it is not said to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from kindstem import said, wire
from kindstem.errors import BadEnvelope, BadRecord, BadSignature, QuoteAltered
from kindstem.payload import encode_payload
from kindstem.signing import short_code, signing_key_id, verify, verify_record
from kindstem.verify.bundle import reading
from kindstem.verify.policy import Policy
from kindstem.verify.verdict import Finding, Findings, Status, Unreadable
from kindstem.wire import (
    Check,
    Direction,
    Header,
    Record,
    Signed,
    b64,
    canonical,
    digest,
    header_bytes,
    integer,
    is_hash,
    is_id,
    is_kindnummer,
    is_time,
    label,
    list_of,
    object_of,
    or_null,
    parse_meta,
    parse_signatures,
    parse_signed,
    record_hash,
    unb64,
)

MOST_BYTES: Final = 64 << 20
"""How large a transcript may be; recordings of what a child said of a document are in it."""

_RULES: Final = {1: "ask", 2: "not"}
"""Which of the options of `child.share`, by its place, is a rule about the words (perspective.md)."""


def _is_reason(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and len(value) <= 500


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_sig = wire.bytes_of(wire.SIGNATURE)
_DRAWING = object_of({"size": list_of(integer(0), 2, 2), "strokes": list_of(_is_object, 0, 5_000)})
_VERSION = object_of({"id": is_id, "meta": _is_object, "sig": _sig}, {"doc": _is_object, "hash": is_hash})
_REACTION = object_of(
    {
        "id": is_id,
        "meta": _is_object,
        "doc": _is_object,
        "attachments": list_of(lambda value: isinstance(value, str), 0, 20),
        "sig": _sig,
        "unlock": or_null(_sig),
    }
)
_FIELDS: dict[str, Check] = {
    "org": is_id,
    "child": is_kindnummer,
    "by": is_id,
    "at": is_time,
    "for": _is_reason,
    "versions": list_of(_VERSION, 1, 200),
    "quotes": list_of(object_of({"proof": or_null(_is_object)}, {"drawing": _DRAWING}), 0, 40),
    "reactions": list_of(_REACTION, 0, 500),
    "persons": list_of(_is_object, 1, 1_000),
    "devices": list_of(_is_object, 0, 50),
}


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote of the document, and what the file shows of it.

    `state`: `literal`, `sound` (literal together with the recording of this SHA-256, in hex), `recording` (that
    recording was given along, and is the one), `drawing`, `reader` (the author's app compared it, and nobody else can)
    or `failed`. Of sound, `start` and `end` are where the stretch lies in the recording, in ms.
    """

    state: str
    kind: str
    at: str
    text: str = ""
    around: str = ""
    recording: str = ""
    start: int = 0
    end: int = 0
    way: str = ""
    rule: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ShownReaction:
    """What the child said of a version: whole. `part` is about which part of it, counted from 1; 0 for the whole."""

    version: int
    section: str
    part: int
    at: str
    way: str
    value: str
    texts: tuple[str, ...]
    sounds: int
    drawings: int


@dataclass(frozen=True)
class Transcript:
    """The outcome of one run over a transcript."""

    status: Status
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    """The code, the child, for which decision, by whom, for whom, which version of how many."""
    document: dict[str, Any] = field(default_factory=dict)
    """The version that is shown, as its author signed it; empty when that is not so."""
    quotes: tuple[ShownQuote, ...] = ()
    reactions: tuple[ShownReaction, ...] = ()
    reason: str = ""
    where: str = ""

    def json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        found: dict[str, Any] = {
            "v": 1, "kind": "transcript", "status": int(self.status), "verdict": self.status.name.lower(),
        }  # fmt: skip
        if self.status is Status.UNREADABLE:
            return found | {"reason": self.reason, "where": self.where}
        return found | {
            "about": self.facts,
            "document": self.document,
            "quotes": [asdict(one) for one in self.quotes],
            "reactions": [asdict(one) for one in self.reactions],
            "findings": [one.json() for one in self.findings],
        }


def is_transcript(path: Path) -> bool:
    """Whether the file at a path begins as a transcript does, and not as a bundle. False when it cannot be read."""
    try:
        with path.open("rb") as source:
            return source.read(1) == b"{"
    except (OSError, ValueError):
        return False


def verify_transcript(path: Path, policy: Policy | None = None, recordings: Sequence[Path] = ()) -> Transcript:
    """The verdict over the transcript at a path. Never raises for what is in the file.

    `recordings` are files of sound that came with it: each must be a recording that is quoted. Without a policy the
    verdict is CONSISTENT at best: whoever invents a document invents its keys with it.
    """
    try:
        with reading():
            heard = {digest(_bytes_of(one)).hex(): one.name for one in recordings}
            value = wire.parse_canonical(_bytes_of(path))
            sigs = parse_signatures(value)
            record = wire.exact_record(value["record"], "transcript", _FIELDS)
            if sum("doc" in one for one in record["versions"]) != 1:
                raise Unreadable("form", "versions")
            if any(("doc" in one) == ("hash" in one) for one in record["versions"]):
                raise Unreadable("form", "versions")
            return _Run(Signed(record, sigs), policy, heard).verdict()
    except Unreadable as fault:
        return Transcript(Status.UNREADABLE, reason=fault.reason, where=fault.where)


def _bytes_of(path: Path) -> bytes:
    with reading(path.name), path.open("rb") as source:
        data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Unreadable("large", path.name)
    return data


# --- whose keys -------------------------------------------------------------------------------------------------------


class _Key(NamedTuple):
    """A key that may have signed: of whom, and its public half."""

    public: bytes
    person: str


class _Keys:
    """Who is who, by the records in the file and the policy's introducers."""

    def __init__(self, record: Record, policy: Policy | None, findings: Findings) -> None:
        self.names: dict[str, str] = {}
        self._keys: dict[str, _Key] = {}
        self._findings = findings
        self._believed: set[str] = set()
        people = [self._person(one, record) for one in record["persons"]]
        self._introduce([one for one in people if one is not None], policy)
        self.devices: dict[str, Record] = {}
        for one in record["devices"]:
            self._device(parse_signed(one, "child"), record)

    def _person(self, value: Any, record: Record) -> Signed | None:
        signed = parse_signed(value, "person")
        rec = signed.record
        name, person = rec["name"], rec["person"]
        if rec["org"] != record["org"] or not any(verify_record(signed, unb64(key)) for key in rec["signing"]):
            self._findings.fail("copy-person", name=name)
            return None
        if person in self.names:
            self._findings.fail("copy-person-twice", name=name)
            return None
        self.names[person] = name
        for key in rec["signing"]:
            self._keys.setdefault(b64(signing_key_id(unb64(key))), _Key(unb64(key), person))
        return signed

    def _introduce(self, people: list[Signed], policy: Policy | None) -> None:
        """Whom somebody has vouched for, beginning at the policy's introducers; without a policy, everybody here."""
        own = {
            one.record["person"]: {b64(signing_key_id(unb64(key))) for key in one.record["signing"]} for one in people
        }
        if policy is None:
            self._believed = set(own)
            return
        found = {person for person, keys in own.items() if keys & policy.introducers}
        while found:
            self._believed |= found
            found = {
                one.record["person"]
                for one in people
                if one.record["person"] not in self._believed and any(self._vouches(one, by.by) for by in one.sigs)
            }

    def _vouches(self, signed: Signed, key_id: str) -> bool:
        key = self._keys.get(key_id)
        return key is not None and key.person in self._believed and verify_record(signed, key.public)

    def _device(self, signed: Signed, record: Record) -> None:
        rec = signed.record
        ours = rec["org"] == record["org"] and rec["child"] == record["child"]
        itself = verify_record(signed, unb64(rec["signing"]))
        if not ours or not itself or not any(self._vouches(signed, one.by) for one in signed.sigs):
            self._findings.fail("copy-device", device=rec["device"])
            return
        self.devices[rec["device"]] = rec

    def of(self, person: str) -> list[bytes]:
        """The keys of somebody who may be believed; a finding, and none, for anybody else."""
        found = [key.public for key in self._keys.values() if key.person == person]
        if person in self._believed:
            return found
        self._findings.fail("copy-not-introduced", name=self.names.get(person, person))
        return []

    def device_of(self, key_id: str) -> Record | None:
        """The phone whose key this is."""
        of = {b64(signing_key_id(unb64(rec["signing"]))): rec for rec in self.devices.values()}
        return of.get(key_id)

    def person_of(self, key_id: str) -> str | None:
        """The person whose key this is."""
        key = self._keys.get(key_id)
        return key.person if key else None


# --- everything in its order ------------------------------------------------------------------------------------------


class _Run:
    def __init__(self, signed: Signed, policy: Policy | None, heard: dict[str, str]) -> None:
        self._signed, self._record, self._policy, self._heard = signed, signed.record, policy, heard
        self._findings = Findings()
        self._keys = _Keys(self._record, policy, self._findings)
        self._place = next(i for i, one in enumerate(self._record["versions"]) if "doc" in one)

    def verdict(self) -> Transcript:
        record, findings = self._record, self._findings
        if self._policy is not None and record["org"] != self._policy.org:
            findings.fail("policy-org")
        self._look_at_exporter()
        metas = [self._version(number, one) for number, one in enumerate(record["versions"], 1)]
        doc = record["versions"][self._place]["doc"]
        whole = metas[self._place] is not None
        quotes = tuple(self._quotes(doc)) if whole else ()
        for other in sorted(self._heard.keys() - {one.recording for one in quotes}):
            findings.fail("copy-recording", file=self._heard[other])
        ids = [one["id"] for one in record["versions"]]
        if whole and not {*doc["prev"], *([doc["first"]] if doc["first"] else [])} <= set(ids):
            findings.fail("copy-version-missing")
        if len(set(ids)) != len(ids):
            findings.fail("copy-version-twice")
        if later := len(ids) - self._place - 1:
            findings.name("copy-later", n=later)
        reactions = tuple(self._reactions(ids))
        status = Status.NOT_SOUND if findings.grave else Status.SOUND if self._policy else Status.CONSISTENT
        shown = doc if whole else {}
        names = self._keys.names
        written = [one | {"by": names.get(one["by"], "?")} for one in shown.get("interpretation", [])]
        document = shown | {"interpretation": written} if shown else {}
        return Transcript(status, tuple(findings), self._facts(shown, metas), document, quotes, reactions)

    def _facts(self, doc: Record, metas: list[Record | None]) -> dict[str, Any]:
        record, meta = self._record, metas[self._place] or {}
        decision = doc.get("decision", {})
        return {
            "code": short_code(record_hash(record)),
            "org": record["org"],
            "child": record["child"],
            "decision": decision.get("kind", ""),
            "day": decision.get("day", ""),
            "by": self._keys.names.get(meta.get("by", ""), ""),
            "written": meta.get("at", ""),
            "version": self._place + 1,
            "versions": len(metas),
            "exporter": self._keys.names.get(record["by"], ""),
            "at": record["at"],
            "for": record["for"],
            "policy": self._policy is not None,
        }

    def _look_at_exporter(self) -> None:
        keys = self._keys.of(self._record["by"])
        if len(self._signed.sigs) != 1 or not any(verify_record(self._signed, key) for key in keys):
            self._findings.fail("copy-signature")

    def _version(self, number: int, version: Record) -> Record | None:
        """What the envelope of a version says, when its author signed it so; a finding, and None, when not."""
        meta = self._meta(version["meta"], "down")
        good = meta is not None and meta["kind"] == "perspective" and meta["about"] is None
        payload = _payload(version["doc"], []) if "doc" in version else unb64(version["hash"])
        if not good or meta is None or not self._signed_by(self._keys.of(meta["by"]), version, meta, payload):
            self._findings.fail("copy-version", n=number)
            return None
        if "doc" in version:
            encode_payload("perspective", version["doc"])
        return meta

    def _meta(self, value: Record, direction: Direction) -> Record | None:
        try:
            return parse_meta(canonical(value), direction)
        except BadEnvelope:
            return None

    def _signed_by(
        self, keys: list[bytes], entry: Record, meta: Record, payload: bytes, *, name: str = "device", sig: str = "sig"
    ) -> bool:
        """Whether one of these keys signed an entry: its place, what it says about itself, and this hash."""
        direction: Direction = "down" if meta["lock"] == "desk" else "up"
        header = header_bytes(Header(self._record["org"], self._record["child"], entry["id"], direction))
        message = label(f"envelope {name}") + digest(header) + digest(canonical(meta)) + payload
        return any(verify(key, unb64(entry[sig]), message) for key in keys)

    # --- quotes -------------------------------------------------------------------------------------------------------

    def _quotes(self, doc: Record) -> Iterator[ShownQuote]:
        given = self._record["quotes"]
        if len(given) != len(doc["quotes"]):
            self._findings.fail("copy-quotes")
            return
        for number, (quote, shown) in enumerate(zip(doc["quotes"], given, strict=True), 1):
            try:
                yield self._quote(number, quote, shown)
            except (QuoteAltered, BadRecord, BadSignature):
                self._findings.fail("copy-quote", n=number)
                yield ShownQuote("failed", quote["kind"], quote["at"], quote.get("text", ""))

    def _quote(self, number: int, quote: Record, shown: Record) -> ShownQuote:
        """A quote with what proves it. Raises QuoteAltered, BadRecord and BadSignature when that does not."""
        kind, at, text = quote["kind"], quote["at"], quote.get("text", "")
        share = quote["share"] or {"rule": "", "text": "", "why": ""}
        rule: dict[str, Any] = {"rule": share["text"], "why": share["why"]}
        if "drawing" in shown and kind != "drawing":
            raise QuoteAltered()
        if shown["proof"] is None:
            self._findings.name("copy-reader", n=number)
            return ShownQuote("reader", kind, at, text, **rule)
        key, way = self._author(shown["proof"])
        proven = said.verify_proof(shown["proof"], key)
        place = proven.signed.record
        expected = {"org": self._record["org"], "child": self._record["child"], "entry": quote["entry"], "at": at}
        if any(place[name] != value for name, value in expected.items()) or place["way"] != way:
            raise QuoteAltered()
        wanted = {name: quote[name] for name in ("part", "from", "to") if name in quote}
        first, answers = proven.quotes[0], proven.quotes[1:]
        if first.range != wanted or first.text != text or first.pieces[0]["kind"] != kind:
            raise QuoteAltered()
        self._look_at_rule(number, share, answers)
        if kind == "text":
            return ShownQuote("literal", kind, at, text, around=first.around, way=way, **rule)
        if kind == "voice":
            recording = unb64(first.pieces[0]["hash"]).hex()
            state, start, end = "recording" if recording in self._heard else "sound", quote["from"], quote["to"]
            return ShownQuote(state, kind, at, recording=recording, start=start, end=end, way=way, **rule)
        if "drawing" not in shown or said.drawing_hash(shown["drawing"]) != first.pieces[0]["hash"]:
            raise QuoteAltered()
        return ShownQuote("drawing", kind, at, way=way, **rule)

    def _author(self, proof: Record) -> tuple[bytes, str]:
        """The key that stands under a proof, and the way the words came. Raises BadSignature for nobody's."""
        for one in parse_signed(proof.get("signed"), "said").sigs:
            if (device := self._keys.device_of(one.by)) is not None:
                return unb64(device["signing"]), "phone"
            if (person := self._keys.person_of(one.by)) is not None:
                for key in self._keys.of(person):
                    if b64(signing_key_id(key)) == one.by:
                        return key, "kindmodus"
        raise BadSignature()

    def _look_at_rule(self, number: int, share: Record, answers: tuple[said.Quote, ...]) -> None:
        """Whether what stands beside a quote is what the child asked about its words.

        Only its own answer about them may stand beside the quote: any other would be more than was quoted.
        """
        pieces = [one.pieces[0] for one in answers]
        if len(pieces) > 1 or any(piece.get("key") != "child.share" for piece in pieces):
            raise QuoteAltered()
        found = {"rule": "", "text": ""}
        for piece in pieces:
            options = piece.get("options", [])
            place = options.index(piece["value"]) if piece["value"] in options else -1
            if place != 0:
                found = {"rule": _RULES.get(place, "ask"), "text": piece["value"]}
        if found != {"rule": share["rule"], "text": share["text"]}:
            self._findings.fail("copy-rule", n=number)

    # --- what the child said of it ------------------------------------------------------------------------------------

    def _reactions(self, ids: list[str]) -> Iterator[ShownReaction]:
        seen: set[str] = set()
        for number, one in enumerate(self._record["reactions"], 1):
            meta = self._meta(one["meta"], "up")
            if meta is None or meta["kind"] != "reaction" or not self._stands(one, meta):
                self._findings.fail("copy-reaction", n=number)
            elif meta["about"] not in ids:
                self._findings.fail("copy-reaction-about", n=number)
            elif one["id"] in seen:
                self._findings.fail("copy-reaction-twice", n=number)
            else:
                yield _shown(one["doc"], meta, ids.index(meta["about"]) + 1)
            seen.add(one["id"])

    def _stands(self, one: Record, meta: Record) -> bool:
        """Whether the child signed this reaction, all of it; on a tablet, the professional who held it."""
        sounds = [unb64(sound) for sound in one["attachments"]]
        payload = _payload(one["doc"], sounds)
        if meta["lock"] == "tablet":
            good = one["unlock"] is None and self._signed_by(self._keys.of(meta["by"]), one, meta, payload)
        else:
            device = self._keys.devices.get(meta["by"])
            if device is None or (meta["lock"] == "open") != (one["unlock"] is not None):
                return False
            good = self._signed_by([unb64(device["signing"])], one, meta, payload)
            if one["unlock"] is not None:
                second = [unb64(device["unlock"])]
                good = good and self._signed_by(second, one, meta, payload, name="unlock", sig="unlock")
        if good:
            # What was signed has its form, or nobody's app made it.
            encode_payload("reaction", one["doc"], tuple(sounds))
        return good


def _payload(doc: Record, sounds: list[bytes]) -> bytes:
    """The hash of what an envelope holds, whatever form that has: a form that is wrong was not signed."""
    text = canonical(doc)
    return digest(len(text).to_bytes(4, "big"), text, *sounds)


def _shown(doc: Record, meta: Record, version: int) -> ShownReaction:
    parts = doc.get("parts", [])
    place = doc.get("part") or {"kind": "", "n": -1}
    return ShownReaction(
        version, place["kind"], place["n"] + 1, meta["at"], "kindmodus" if meta["lock"] == "tablet" else "phone",
        doc["value"], tuple(part["text"] for part in parts if part["kind"] == "text"),
        sum(part["kind"] == "voice" for part in parts), sum(part["kind"] == "drawing" for part in parts),
    )  # fmt: skip
