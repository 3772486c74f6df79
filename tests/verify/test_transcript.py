"""A transcript shows what was said and signed, and no change of it passes; not even one by whoever made it."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindstem import said, sealing, signing, wire
from kindstem.cli import main
from kindstem.payload import encode_payload
from kindstem.verify import Policy, Status, Transcript, parse_policy, verify_transcript
from kindstem.wire import Header, Record, Signed, b64, canonical, digest, envelope_message, header_bytes, time_text

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ORG, CHILD = signing.random_id(), signing.new_kindnummer()
SAM = sealing.Adult.create(ORG, "Sam", "worker", at=NOW)
VERA = sealing.Adult.create(ORG, "Vera", "second", at=NOW)
IRIS = sealing.Adult.create(ORG, "Iris", "worker", at=NOW)
WORKERS = sealing.readers_record(
    ORG, CHILD, "worker", [SAM.as_reader("worker", NOW), VERA.as_reader("second", NOW)], at=NOW
)
OFFER = sealing.Offer.make([WORKERS], [SAM.signed(), VERA.signed()], org_name="Wilgenstroom", level="12")
NOOR = sealing.ActedChild.enrol(OFFER.bundle, at=NOW)
PHONE = SAM.sign_record(Signed(NOOR.record, (NOOR.signing.sign_record(NOOR.record),)))
TO = sorted((b64(signing.reading_key_id(one)) for one in (SAM.reading, VERA.reading, NOOR.reading)), key=wire.unb64)

OPTIONS = ["Je mag het met anderen bespreken.", "Vraag het mij eerst.", "Zeg niet dat het van mij komt."]
STROKES = [{"colour": "#c63a2f", "width": 12, "points": [10, 10, 900, 20]}]
SOUND = b"\x1aE\xdf\xa3 a recording"
WORDS = "Ik wil bij oma wonen, niet bij papa. Daar is het rustig."


def text(words: str, prompt: str = "Wat wil jij vertellen?") -> Record:
    return {"kind": "text", "prompt": prompt, "text": words}


def checkin(*parts: Record, share: int | None = None) -> Record:
    answers = [{"key": "child.mood", "prompt": "Hoe gaat het?", "options": list("abcde"), "value": 4}]
    if share is not None:
        answers.append({"key": "child.share", "prompt": "Wat mag?", "options": OPTIONS, "value": OPTIONS[share]})
    return {"v": 1, "level": "12", "lang": "nl", "answers": answers, "parts": list(parts)}


class Said:
    """Something that was said: its place, what it is, and the signatures that stand in its envelope."""

    def __init__(
        self,
        by: sealing.ActedChild | sealing.Adult,
        kind: str,
        doc: Record,
        *,
        about: str | None = None,
        attachments: tuple[bytes, ...] = (),
        after: int = 0,
        lock: str = "open",
        provable: bool = True,
    ) -> None:
        self.id, self.kind, self.attachments = signing.random_id(), kind, attachments
        self.at = time_text(NOW + timedelta(hours=after))
        child = isinstance(by, sealing.ActedChild)
        up = kind != "perspective"
        lock = "desk" if not up else lock if child else "tablet"
        keys = (by.signing, by.unlock) if isinstance(by, sealing.ActedChild) and lock == "open" else (by.signing,)
        if up and provable:
            place = {
                "org": ORG, "child": CHILD, "entry": self.id, "kind": kind, "about": about, "at": self.at,
                "way": "phone" if child else "kindmodus",
            }  # fmt: skip
            record = said.said_record(place, doc, attachments, b"s" * 32)
            assert record is not None
            doc = said.with_said(doc, b"s" * 32, Signed(record, tuple(key.sign_record(record) for key in keys)))
        self.doc = doc
        self.meta: Record = {
            "v": 1, "kind": kind, "seq": 3 if up and child else 0, "at": self.at,
            "by": by.device if isinstance(by, sealing.ActedChild) else by.person, "circle": "worker",
            "list": {"number": 1, "hash": b64(wire.record_hash(WORKERS))}, "lock": lock, "to": TO, "about": about,
        }  # fmt: skip
        head = header_bytes(Header(ORG, CHILD, self.id, "up" if up else "down"))
        self.payload = encode_payload(kind, doc, attachments)
        meta = canonical(self.meta)
        self.sig = b64(by.signing.sign(envelope_message("device", head, meta, self.payload)))
        self.unlock = b64(keys[1].sign(envelope_message("unlock", head, meta, self.payload))) if len(keys) > 1 else None

    def version(self, *, shown: bool) -> Record:
        what = {"doc": self.doc} if shown else {"hash": b64(digest(self.payload))}
        return {"id": self.id, "meta": self.meta, "sig": self.sig, **what}

    def reaction(self) -> Record:
        return {
            "id": self.id, "meta": self.meta, "doc": self.doc, "attachments": [b64(one) for one in self.attachments],
            "sig": self.sig, "unlock": self.unlock,
        }  # fmt: skip

    def prove(self, *ranges: Record) -> Record:
        return said.prove(self.doc, self.doc["said"], ranges, self.attachments)


def quote(source: Said, part: int, *, rule: tuple[str, str] | None = None, **more: Any) -> Record:
    found = source.doc["parts"][part]
    share = {"rule": rule[0], "text": rule[1], "why": "Er is gevaar."} if rule else None
    if found["kind"] == "text":
        more["text"] = found["text"][more["from"] : more["to"]]
    return {"kind": found["kind"], "entry": source.id, "part": part, "at": source.at, "share": share, **more}


def paper(*quotes: Record, prev: tuple[str, ...] = (), child: str = "Dit schreef ik.") -> Record:
    return {
        "v": 1, "lang": "nl", "level": "12", "first": prev[0] if prev else None, "prev": list(prev),
        "decision": {"kind": "extension", "day": "2026-12-03", "measure": None}, "talks": [b64(bytes(32))],
        "quotes": list(quotes), "child": child, "reaction": {"state": "offered", "reason": None},
        "observations": [{"text": "Zij keek naar buiten.", "day": "2026-11-21", "source": "het gesprek"}],
        "interpretation": [{"text": "Ik denk dat zij mist.", "by": SAM.person, "at": time_text(NOW)}],
    }  # fmt: skip


def reacted(value: str, words: str, *, sound: bool = False, part: Record | None = None) -> Record:
    parts: list[Record] = [text(words, "Wat klopt er niet?")]
    if sound:
        parts.append({"kind": "voice", "prompt": "?", "type": "audio/webm", "ms": 900, "bytes": len(SOUND)})
    options = ["Ja", "Dit klopt niet"]
    doc = {"v": 1, "lang": "nl", "level": "12", "prompt": "Klopt dit?", "value": value, "options": options}
    return {**doc, "parts": parts, "part": part}


FREE = Said(NOOR, "checkin", checkin(text(WORDS)))
ASKED = Said(NOOR, "checkin", checkin(text("Zeg dit niet tegen papa."), share=2), lock="locked")
SPOKEN = Said(
    NOOR, "house",
    {**checkin({"kind": "voice", "prompt": "?", "type": "audio/webm", "ms": 2000, "bytes": len(SOUND)},
               {"kind": "drawing", "prompt": "?", "size": [1000, 1000], "strokes": STROKES}), "house": "worry"},
    attachments=(SOUND,),
)  # fmt: skip
TABLET = Said(SAM, "checkin", checkin(text("Ik mis mijn zus.")))
BEFORE = Said(NOOR, "checkin", checkin(text("Dit is van vroeger.")), provable=False)
OTHER = Said(NOOR, "checkin", checkin(text("Ik wil bij oma wonen.")), after=1)

FIRST = Said(SAM, "perspective", paper(quote(FREE, 0, **{"from": 0, "to": 6})), after=2)
BEGIN, END = WORDS.index("niet"), WORDS.index(" Daar")
QUOTES = [
    quote(FREE, 0, **{"from": BEGIN, "to": END}),
    quote(ASKED, 0, rule=("not", OPTIONS[2]), **{"from": 0, "to": 24}),
    quote(SPOKEN, 0, **{"from": 200, "to": 1500}),
    quote(SPOKEN, 1),
    quote(TABLET, 0, **{"from": 0, "to": 16}),
    quote(BEFORE, 0, **{"from": 0, "to": 19}),
]
SECOND = Said(SAM, "perspective", paper(*QUOTES, prev=(FIRST.id,)), after=4)
THIRD = Said(VERA, "perspective", paper(prev=(SECOND.id,)), after=9)
NO = Said(
    NOOR, "reaction", reacted("Dit klopt niet", "Het is gewoon mijn broertje, en niet anders.", sound=True,
                              part={"kind": "quotes", "n": 0}),
    about=FIRST.id, attachments=(SOUND,), after=3,
)  # fmt: skip
YES = Said(NOOR, "reaction", reacted("Ja", "Goed zo."), about=SECOND.id, lock="locked", after=5)
IN_ROOM = Said(SAM, "reaction", reacted("Ja", "Ja hoor."), about=SECOND.id, after=6)
ELSEWHERE = Said(NOOR, "reaction", reacted("Ja", "Van iets anders."), about=signing.random_id(), after=6)


def record(**changed: Any) -> Record:
    """What Sam signs when he takes the second version to the court."""
    span = {"part": 0, "from": BEGIN, "to": END}
    proofs: list[Record] = [
        {"proof": FREE.prove(span)},
        {"proof": ASKED.prove({"part": 0, "from": 0, "to": 24}, {"answer": 1})},
        {"proof": SPOKEN.prove({"part": 0, "from": 200, "to": 1500})},
        {"proof": SPOKEN.prove({"part": 1}), "drawing": {"size": [1000, 1000], "strokes": STROKES}},
        {"proof": TABLET.prove({"part": 0, "from": 0, "to": 16})},
        {"proof": None},
    ]
    made = {
        "t": "transcript", "v": 1, "org": ORG, "child": CHILD, "by": VERA.person, "at": time_text(NOW),
        "for": "De rechtbank.", "versions": [FIRST.version(shown=False), SECOND.version(shown=True)], "quotes": proofs,
        "reactions": [NO.reaction(), YES.reaction(), IN_ROOM.reaction()],
        "persons": [SAM.signed().json(), SAM.sign_record(VERA.signed()).json()], "devices": [PHONE.json()],
    }  # fmt: skip
    return copy.deepcopy(made) | changed


def signed(made: Record, by: sealing.Adult = VERA) -> bytes:
    """The file, signed by whoever makes it."""
    return canonical({"record": made, "sigs": [{"by": by.signing.id, "sig": by.signing.sign_record(made).sig}]})


def policy(**changed: Any) -> Policy:
    """The policy of somebody who compared Sam's key."""
    base = {
        "v": 1, "org": ORG, "log": {"id": ORG, "keys": [b64(SAM.signing.public)]}, "introducers": [SAM.signing.id],
        "independent": [], "witnesses": [], "tsa_roots": [],
        "require": {"independent": True, "external_time": True}, "state": None,
    }  # fmt: skip
    return parse_policy(base | changed)


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., Transcript]:
    def judge(data: bytes | Record, given: Policy | None = None, *, by: sealing.Adult = VERA) -> Transcript:
        path = tmp_path / "afschrift.json"
        path.write_bytes(signed(data, by) if isinstance(data, dict) else data)
        return verify_transcript(path, given or policy())

    return judge


def codes(found: Transcript) -> list[str]:
    return [one.code for one in found.findings if one.grave]


# --- what it shows ----------------------------------------------------------------------------------------------------


def test_what_was_said_and_written_passes_and_what_cannot_be_proven_says_so(judged: Callable[..., Transcript]) -> None:
    found = judged(record())
    assert (found.status, codes(found)) == (Status.SOUND, [])
    assert [one.state for one in found.quotes] == ["literal", "literal", "sound", "drawing", "literal", "reader"]
    assert [one.way for one in found.quotes] == ["phone", "phone", "phone", "phone", "kindmodus", ""]
    assert found.quotes[0].text == "niet bij papa."
    assert found.quotes[1].rule == OPTIONS[2]
    assert bytes.fromhex(found.quotes[2].recording) == digest(SOUND)
    assert [(one.version, one.section, one.part, one.way, one.sounds) for one in found.reactions] == [
        (1, "quotes", 1, "phone", 1), (2, "", 0, "phone", 0), (2, "", 0, "kindmodus", 0),
    ]  # fmt: skip
    assert found.reactions[0].texts == ("Het is gewoon mijn broertje, en niet anders.",)
    assert [one.code for one in found.findings] == ["copy-reader"]
    assert (found.facts["by"], found.facts["exporter"], found.facts["version"]) == ("Sam", "Vera", 2)


def test_an_older_version_says_that_it_is_one(judged: Callable[..., Transcript]) -> None:
    versions = [FIRST.version(shown=False), SECOND.version(shown=True), THIRD.version(shown=False)]
    found = judged(record(versions=versions))
    assert found.status is Status.SOUND
    assert "copy-later" in [one.code for one in found.findings]


def test_nothing_of_the_rest_is_in_the_file() -> None:
    data = signed(record())
    for hidden in ("oma", "rustig", "Hoe gaat het?", "Noor", "Iris"):
        assert hidden.encode() not in data, hidden


def test_without_a_policy_it_is_consistent_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "afschrift.json"
    path.write_bytes(signed(record()))
    assert verify_transcript(path).status is Status.CONSISTENT


def test_the_code_is_that_of_the_record_and_of_no_other(judged: Callable[..., Transcript]) -> None:
    made = record()
    code = judged(made).facts["code"]
    assert code == signing.short_code(wire.record_hash(made))
    assert judged(record() | {"for": "De rechtbank!"}).facts["code"] != code
    assert signing.short_code(bytes(range(32))) == "000G-40R4-0M30-E209"
    assert signing.short_code(b"\xff" * 32) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"


def test_what_the_desk_makes_in_javascript_is_what_is_verified_here(judged: Callable[..., Transcript]) -> None:
    cross = Path(__file__).parents[1] / "js/cross.mjs"
    asked = json.dumps({"task": "transcript"})
    made = json.loads(subprocess.run(["node", cross], input=asked, capture_output=True, text=True, check=True).stdout)
    data = wire.unb64(made["file"])
    org = json.loads(data)["record"]["org"]
    known = policy(org=org, introducers=[b64(signing.signing_key_id(wire.unb64(made["signing"])))])
    found = judged(data, known)
    assert (found.status, codes(found), found.facts["code"]) == (Status.SOUND, [], made["code"])
    assert [one.state for one in found.quotes] == ["literal", "literal", "sound", "drawing", "literal", "reader"]
    assert [(one.version, one.section, one.part, one.way) for one in found.reactions] == [
        (2, "quotes", 1, "phone"), (1, "", 0, "kindmodus"),
    ]  # fmt: skip


def test_with_the_recording_a_stretch_of_sound_is_literal_and_with_another_it_is_not_sound(tmp_path: Path) -> None:
    path, sound, other = (tmp_path / name for name in ("afschrift.json", "opname.webm", "ander.webm"))
    path.write_bytes(signed(record()))
    sound.write_bytes(SOUND)
    found = verify_transcript(path, policy(), [sound])
    assert (found.status, codes(found)) == (Status.SOUND, [])
    assert (found.quotes[2].state, found.quotes[2].start, found.quotes[2].end) == ("recording", 200, 1500)
    other.write_bytes(SOUND + b"\x00")
    found = verify_transcript(path, policy(), [sound, other])
    assert (found.status, codes(found)) == (Status.NOT_SOUND, ["copy-recording"])
    assert [one.state for one in verify_transcript(path, policy(), [other]).quotes][2] == "sound"
    found = verify_transcript(path, policy(), [tmp_path / "weg.webm"])
    assert (found.status, found.reason, found.where) == (Status.UNREADABLE, "missing", "weg.webm")


# --- what does not pass -----------------------------------------------------------------------------------------------


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in places(one, (*at, key))]
    if isinstance(value, list):
        return [found for key, one in enumerate(value) for found in places(one, (*at, key))]
    return [at]


WHOLE = json.loads(signed(record()))
PLACES = places(WHOLE)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(PLACES), step=st.integers(0, 1_000))
def test_any_change_of_any_value_by_anybody_is_seen(
    judged: Callable[..., Transcript], place: tuple[Any, ...], step: int
) -> None:
    changed = copy.deepcopy(WHOLE)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    was = inner[place[-1]]
    if isinstance(was, str) and was:
        at = step % len(was)
        inner[place[-1]] = was[:at] + ("A" if was[at] != "A" else "B") + was[at + 1 :]
    else:
        inner[place[-1]] = was + 1 if isinstance(was, int) else "x"
    assert judged(canonical(changed)).status in {Status.NOT_SOUND, Status.UNREADABLE}


def inside(made: Record, *path: Any) -> Any:
    for key in path:
        made = made[key]
    return made


def change(*path: Any, to: Any) -> Callable[[Record], None]:
    def run(made: Record) -> None:
        inner = inside(made, *path[:-1])
        inner[path[-1]] = to(inner[path[-1]]) if callable(to) else to

    return run


def comma(was: str) -> str:
    return was.replace("niet bij", "niet, bi")


FREE_SHORT = {"part": 0, "from": BEGIN, "to": END - 1}
ATTACKS: dict[str, tuple[Callable[[Record], Any], str]] = {
    "a comma in a quote": (change("versions", 1, "doc", "quotes", 0, "text", to=comma), "copy-version"),
    "an observation": (change("versions", 1, "doc", "observations", 0, "text", to="Zij lachte."), "copy-version"),
    "another decision": (change("versions", 1, "doc", "decision", "kind", to="plan"), "copy-version"),
    "another day of writing": (change("versions", 1, "meta", "at", to="2026-11-20T09:30:00Z"), "copy-version"),
    "another author": (change("versions", 1, "meta", "by", to=VERA.person), "copy-version"),
    "a rule about the words": (change("versions", 1, "doc", "quotes", 1, "share", to=None), "copy-version"),
    "an earlier version left out": (lambda made: made["versions"].pop(0), "copy-version-missing"),
    "another earlier version": (change("versions", 0, "hash", to=b64(bytes(32))), "copy-version"),
    "a version twice": (lambda made: made["versions"].append(made["versions"][0]), "copy-version-twice"),
    "a proof less": (lambda made: made["quotes"].pop(), "copy-quotes"),
    "proofs in another order": (lambda made: made["quotes"].reverse(), "copy-quote"),
    "a proof of fewer words": (change("quotes", 0, "proof", to=FREE.prove(FREE_SHORT)), "copy-quote"),
    "a proof of more than the quote": (
        change("quotes", 0, "proof", to=FREE.prove({"part": 0, "from": BEGIN, "to": END}, {"answer": 0})), "copy-quote",
    ),
    "a word altered in a proof": (
        change("quotes", 0, "proof", "quotes", 0, "leaves", 1, "piece", "text", to="wel "), "copy-quote",
    ),
    "the words of another message": (
        change("quotes", 0, "proof", to=OTHER.prove({"part": 0, "from": 0, "to": 14})), "copy-quote",
    ),
    "what the child asked, left out": (
        change("quotes", 1, "proof", to=ASKED.prove({"part": 0, "from": 0, "to": 24})), "copy-rule",
    ),
    "another drawing": (change("quotes", 3, "drawing", "strokes", 0, "width", to=13), "copy-quote"),
    "no drawing": (lambda made: made["quotes"][3].pop("drawing"), "copy-quote"),
    "a drawing with words": (
        change("quotes", 0, "drawing", to={"size": [1, 1], "strokes": []}), "copy-quote",
    ),
    "an objection shortened": (
        change("reactions", 0, "doc", "parts", 0, "text", to=lambda was: was[:12]), "copy-reaction",
    ),
    "an objection beside something else": (change("reactions", 0, "doc", "part", "n", to=2), "copy-reaction"),
    "a no made a yes": (change("reactions", 0, "doc", "value", to="Ja"), "copy-reaction"),
    "the sound of an objection": (change("reactions", 0, "attachments", 0, to=b64(bytes(len(SOUND)))), "copy-reaction"),
    "an objection to another version": (change("reactions", 0, "meta", "about", to=SECOND.id), "copy-reaction"),
    "no unlock signature": (change("reactions", 0, "unlock", to=None), "copy-reaction"),
    "an unlock signature that is none": (change("reactions", 1, "unlock", to=NO.unlock), "copy-reaction"),
    "a reaction twice": (lambda made: made["reactions"].append(made["reactions"][1]), "copy-reaction-twice"),
    "a reaction to something else": (
        lambda made: made["reactions"].append(ELSEWHERE.reaction()), "copy-reaction-about",
    ),
    "a message for a reaction": (lambda made: made["reactions"].append(FREE.reaction()), "copy-reaction"),
    "another child": (change("child", to="K000-00000"), "copy-version"),
    "another organisation": (change("org", to=b64(bytes(16))), "copy-version"),
    "a phone that nobody vouches for": (
        change("devices", 0, "sigs", to=lambda sigs: sigs[:1]), "copy-device",
    ),
    "a name": (change("persons", 0, "record", "name", to="Rechter"), "copy-person"),
    "somebody twice": (lambda made: made["persons"].append(made["persons"][0]), "copy-person-twice"),
    "somebody else's name for the maker": (change("by", to=SAM.person), "copy-signature"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_what_whoever_makes_it_altered_is_found_though_they_sign_it(
    judged: Callable[..., Transcript], name: str
) -> None:
    attack, code = ATTACKS[name]
    made = record()
    attack(made)
    found = judged(made)
    assert found.status is Status.NOT_SOUND
    assert code in codes(found)
    # And left as it was signed, anybody sees that it was not signed so.
    kept = json.loads(signed(record()))
    assert "copy-signature" in codes(judged(canonical({**kept, "record": made})))


@pytest.mark.promise("P22")
def test_a_reaction_left_out_by_somebody_else_is_seen(judged: Callable[..., Transcript]) -> None:
    kept = json.loads(signed(record()))
    kept["record"]["reactions"].pop(0)
    assert codes(judged(canonical(kept))) == ["copy-signature"]


def test_a_reaction_left_out_by_whoever_makes_it_leaves_a_signature_that_says_there_was_none(
    judged: Callable[..., Transcript],
) -> None:
    # What the file cannot show, it does not claim: docs/protocol/transcript.md, "What it does not show".
    found = judged(record(reactions=[]))
    assert found.status is Status.SOUND
    assert found.reactions == ()


def test_a_stranger_to_the_policy_is_not_believed(judged: Callable[..., Transcript]) -> None:
    assert "copy-not-introduced" in codes(judged(record(), policy(introducers=[IRIS.signing.id])))
    assert "policy-org" in codes(judged(record(), policy(org=b64(bytes(16)))))
    own = record(by=IRIS.person)
    own["persons"].append(IRIS.signed().json())
    assert "copy-not-introduced" in codes(judged(own, by=IRIS))
    assert "copy-signature" in codes(judged(record(), by=IRIS))


def test_a_phone_vouched_for_by_a_stranger_signs_nothing(judged: Callable[..., Transcript]) -> None:
    false = Signed(PHONE.record, (NOOR.signing.sign_record(NOOR.record), IRIS.signing.sign_record(NOOR.record)))
    made = record(devices=[false.json()])
    made["persons"].append(IRIS.signed().json())
    assert {"copy-device", "copy-quote", "copy-reaction"} <= set(codes(judged(made)))


@pytest.mark.parametrize(
    "data",
    [b"{", b"{}", b'{"record":{},"sigs":[]}', signed(record())[:-9], signed(record()) + b" ", b"{" * 100_000],
)
def test_what_is_no_transcript_is_said_to_be_none(judged: Callable[..., Transcript], data: bytes) -> None:
    assert judged(data).status is Status.UNREADABLE


def test_one_version_is_shown_and_every_other_by_its_hash(judged: Callable[..., Transcript]) -> None:
    for versions in (
        [FIRST.version(shown=True), SECOND.version(shown=True)],
        [FIRST.version(shown=False)],
        [SECOND.version(shown=True) | {"hash": b64(bytes(32))}],
    ):
        assert judged(record(versions=versions)).status is Status.UNREADABLE


# --- the command ------------------------------------------------------------------------------------------------------


def run(path: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["verify", str(path), *words])
    return result.exit_code, result.stdout


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_command_says_it_in_words_and_keeps_the_policy_as_it_is(tmp_path: Path, lang: str) -> None:
    path, own = tmp_path / "afschrift.json", tmp_path / "policy.json"
    made = record()
    path.write_bytes(signed(made))
    kept = canonical(policy().raw) + b"\n"
    own.write_bytes(kept)
    status, told = run(path, "--policy", str(own), "--lang", lang)
    assert status == Status.SOUND
    assert signing.short_code(wire.record_hash(made)) in told
    for wanted in ("niet bij papa.", "Het is gewoon mijn broertje, en niet anders.", digest(SOUND).hex(), OPTIONS[2]):
        assert wanted in told
    for wanted in ("Zij keek naar buiten.", "het gesprek", "Ik denk dat zij mist.", "Dit schreef ik."):
        assert wanted in told
    assert own.read_bytes() == kept
    assert run(path, "--lang", lang)[0] == Status.CONSISTENT
    made["versions"][1]["doc"]["quotes"][0]["text"] = comma("niet bij papa.")
    path.write_bytes(signed(made))
    assert run(path, "--policy", str(own), "--lang", lang)[0] == Status.NOT_SOUND
    path.write_bytes(b"{")
    assert run(path, "--lang", lang)[0] == Status.UNREADABLE


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_command_takes_recordings_with_a_transcript_and_with_nothing_else(tmp_path: Path, lang: str) -> None:
    path, sound = tmp_path / "afschrift.json", tmp_path / "opname.webm"
    path.write_bytes(signed(record()))
    sound.write_bytes(SOUND)
    status, told = run(path, "--recording", str(sound), "--lang", lang)
    assert (status, digest(SOUND).hex() in told) == (Status.CONSISTENT, True)
    sound.write_bytes(SOUND[:-1])
    status, told = run(path, "--recording", str(sound), "--lang", lang)
    assert (status, "opname.webm" in told) == (Status.NOT_SOUND, True)
    path.write_bytes(b"PK")
    assert run(path, "--recording", str(sound))[0] == 2


def test_the_command_says_it_in_json(tmp_path: Path) -> None:
    path = tmp_path / "afschrift.json"
    path.write_bytes(signed(record()))
    status, told = run(path, "--json")
    found = json.loads(told)
    assert (status, found["kind"], found["about"]["child"]) == (Status.CONSISTENT, "transcript", CHILD)
    assert [one["state"] for one in found["quotes"]][:3] == ["literal", "literal", "sound"]
    assert len(found["reactions"]) == 3
    assert found["document"]["interpretation"][0]["by"] == "Sam"


def test_what_a_terminal_would_obey_is_not_printed(tmp_path: Path) -> None:
    path = tmp_path / "afschrift.json"
    path.write_bytes(signed(record(**{"for": "\x1b[2J\x1b]0;Klopt\x07De rechtbank.\u202e"})))
    _, told = run(path)
    assert "De rechtbank." in told
    assert not {"\x1b", "\x07", "\u202e"} & set(told)
