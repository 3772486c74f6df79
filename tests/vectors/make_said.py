"""Makes said.json: how texts are cut, what roots come to, and proofs of quotes, right and altered. Run by make.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cast import CHILD, DRAWING, MOOD, NOW, ORG, SAM, VOICE, fixed, fixed_id, noor, write

from kindstem import merkle, said
from kindstem.signing import SigningKey
from kindstem.wire import Record, Signed, b64, time_text

NOOR = noor()
SOUND = fixed("a recording", VOICE["bytes"])
WORDS = "Ik wil bij oma wonen, niet\nbij papa. Daar is het rustig 🌱 en bij papa niet."
DOC = {
    "v": 1, "level": "12", "lang": "nl", "answers": [MOOD],
    "parts": [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": WORDS}, VOICE, DRAWING],
}  # fmt: skip
REACTION = {
    "v": 1,
    "lang": "nl",
    "level": "12",
    "prompt": "Klopt dit?",
    "value": "Nee",
    "options": ["Ja", "Nee"],
    "parts": [],
}
PLACE = {
    "org": ORG, "child": CHILD, "entry": fixed_id("said entry"), "kind": "checkin", "about": None, "at": time_text(NOW),
    "way": "phone",
}  # fmt: skip
SEED = fixed("said seed")


def signed(
    doc: Record, place: Record = PLACE, sounds: tuple[bytes, ...] = (), key: SigningKey = NOOR.signing
) -> Record:
    """The document with what lets its quotes be proven."""
    record = said.said_record(place, doc, sounds, SEED)
    assert record is not None
    return said.with_said(doc, SEED, Signed(record, (key.sign_record(record),)))


def cut_cases() -> list[dict[str, Any]]:
    """Texts, and the words they are cut into."""
    texts = {
        "nothing": "", "one word": "nee", "spaces before": "  ja hoor", "spaces behind": "ja \n\n", "only spaces": " \t ",
        "a comma belongs to its word": "nee, niet  thuis", "spaces of other kinds": "a\u00a0b\u2003c\u3000d\u0085e\u2028f\u1680g",
        "what is invisible is no space": "a\u200bb\ufeffc d", "an emoji counts once": "\U0001f600\U0001f600 ja \U0001f331",
        "an accent of its own": "e\u0301e\u0301n twee", "a very long word": "a" * 150 + " b",
        "a long word of emoji": "\U0001f600" * 70, "Arabic": "أريد أن أعيش مع جدتي", "Tigrinya": "ምስ ዓባየይ ክነብር እደሊ",
        "Chinese": "我想和奶奶住。 不要", "Thai": "อยากอยู่", "Japanese between letters": "ik wil 家に帰る nu", "a null": "a\u0000b c",
    }  # fmt: skip
    return [
        {"name": name, "text": text, "words": [list(one) for one in said.words(text)]} for name, text in texts.items()
    ]


def length_cases() -> list[dict[str, Any]]:
    """Texts, each a unit repeated, and whether an entry of them says more than is signed."""
    most = said.MOST_PIECES
    given: list[tuple[str, Record, list[tuple[str, int]]]] = [
        ("nothing", {}, []),
        ("as much as is signed", {}, [("ja ", most - 1)]),
        ("a word more", {}, [("ja ", most)]),
        ("as much in two texts", {}, [("ja ", most // 2 - 1), ("nee ", most // 2 - 1)]),
        ("a letter more in two texts", {}, [("ja ", most // 2 - 1), ("b\n", most // 2)]),
        ("an answer more", {"answers": [MOOD]}, [("ja ", most - 1)]),
        ("a reaction of a word more", {"value": "Nee"}, [("ja ", most - 1)]),
        ("letters of a script without spaces", {}, [("我", most)]),
        ("one long word", {}, [("a", 100_000)]),
    ]
    return [
        {
            "name": name, "doc": doc, "texts": [list(one) for one in texts],
            "long": said.too_long({**doc, "parts": [{"kind": "text", "text": text * n} for text, n in texts]}),
        }
        for name, doc, texts in given
    ]  # fmt: skip


def record_cases() -> list[dict[str, Any]]:
    """Documents with a seed, and the record over them; null when nothing was said."""
    reaction = {**PLACE, "kind": "reaction", "about": fixed_id("answer"), "way": "kindmodus"}
    given: list[tuple[str, Record, Record, tuple[bytes, ...]]] = [
        ("words, a recording and a drawing", PLACE, DOC, (SOUND,)),
        ("a mood alone", PLACE, {**DOC, "parts": []}, ()),
        ("a reaction", reaction, REACTION, ()),
        ("a bare flag", {**PLACE, "kind": "flag"}, {"v": 1}, ()),
        ("nothing", PLACE, {**DOC, "answers": [], "parts": []}, ()),
        ("a house", {**PLACE, "kind": "house"}, {**DOC, "house": "dream", "parts": DOC["parts"][2:]}, ()),  # type: ignore[index]
        *(
            (f"{n} words", PLACE, {**DOC, "answers": [], "parts": [{**DOC["parts"][0], "text": "ja " * n}]}, ())  # type: ignore[index,dict-item]
            for n in (1, 2, 3, 7, 8, 100)
        ),
    ]  # fmt: skip
    return [
        {
            "name": name, "place": place, "doc": doc, "attachments": [b64(one) for one in sounds], "seed": b64(SEED),
            "record": said.said_record(place, doc, sounds, SEED),
        }
        for name, place, doc, sounds in given
    ]  # fmt: skip


def check_cases() -> list[dict[str, Any]]:
    """Entries with what should let their quotes be proven, and whether it fits."""
    good = signed(DOC, sounds=(SOUND,))
    changed = json.loads(json.dumps(good))
    changed["parts"][0]["text"] = WORDS.replace("niet\n", "niet,\n")
    other = json.loads(json.dumps(good))
    other["said"]["seed"] = b64(fixed("another seed"))
    prompt = json.loads(json.dumps(good))
    prompt["answers"][0]["prompt"] += "!"
    cases = [
        ("whole", good, PLACE, SOUND, NOOR.record["signing"], True),
        ("a comma more", changed, PLACE, SOUND, NOOR.record["signing"], False),
        ("another question", prompt, PLACE, SOUND, NOOR.record["signing"], False),
        ("another seed", other, PLACE, SOUND, NOOR.record["signing"], False),
        ("another recording", good, PLACE, bytes(len(SOUND)), NOOR.record["signing"], False),
        ("another entry", good, {**PLACE, "entry": fixed_id("other")}, SOUND, NOOR.record["signing"], False),
        ("another child", good, {**PLACE, "child": "K000-00000"}, SOUND, NOOR.record["signing"], False),
        ("on a tablet", good, {**PLACE, "way": "kindmodus"}, SOUND, NOOR.record["signing"], False),
        ("another key", good, PLACE, SOUND, SAM.record["signing"][0], False),
    ]
    return [
        {"name": name, "doc": doc, "place": place, "attachments": [b64(sound)], "key": key, "fits": fits}
        for name, doc, place, sound, key, fits in cases
    ]


def proof_cases() -> list[dict[str, Any]]:
    """Proofs as somebody outside gets them, and what they show."""
    key = NOOR.record["signing"]
    doc = signed(DOC, sounds=(SOUND,))

    def proof(*ranges: Record) -> Record:
        return said.prove(doc, doc["said"], ranges, (SOUND,))

    begin = WORDS.index("niet\n")
    sentence = {"part": 0, "from": begin, "to": WORDS.index(" Daar")}
    good = [
        ("words", proof(sentence)), ("words after an emoji", proof({"part": 0, "from": WORDS.index("en bij"), "to": len(WORDS)})),
        ("half a word", proof({"part": 0, "from": 1, "to": 4})), ("two quotes", proof({"part": 0, "from": 0, "to": 6}, sentence)),
        ("an answer", proof({"answer": 0})), ("a stretch of sound", proof({"part": 1, "from": 200, "to": 1200})),
        ("a drawing", proof({"part": 2})), ("the question alone", proof({"part": 0})), ("everything", proof(*said.everything(doc))),
    ]  # fmt: skip
    reaction = signed(REACTION, {**PLACE, "kind": "reaction", "about": fixed_id("answer")})
    good.append(("a reaction, whole", said.prove(reaction, reaction["said"], said.everything(reaction))))
    cases = []
    for name, one in good:
        shown = said.verify_proof(one, NOOR.signing.public)
        cases.append(
            {"name": name, "proof": one, "key": key, "outcome": "ok", "text": shown.text, "whole": shown.whole}
        )

    def bad(name: str, outcome: str, change: Callable[[Record], Any], key: str = key) -> None:
        one = json.loads(json.dumps(good[3][1]))
        change(one)
        cases.append({"name": name, "proof": one, "key": key, "outcome": outcome})

    def text(one: Record) -> Record:
        found: Record = one["quotes"][1]
        return found

    def record(**fields: Any) -> Callable[[Record], Any]:
        return lambda one: one["signed"]["record"].update(fields)

    other, resigned = signed(DOC, sounds=(SOUND,), key=SAM.signing), "quote-altered"
    bad("a comma less in the text", resigned, lambda one: text(one).update(text=text(one)["text"].replace(".", "")))
    bad("a word less in the text", resigned, lambda one: text(one).update(text="bij papa."))
    bad("no text", resigned, lambda one: text(one).pop("text"))
    bad("a comma more in a word", resigned, lambda one: text(one)["leaves"][1]["piece"].update(text="niet,\n"))
    bad("a word left out", resigned, lambda one: text(one)["leaves"].pop(1))
    bad("a word left out, and its hash in the path", resigned, lambda one: _hidden(text(one)))
    bad("another question", resigned, lambda one: text(one)["leaves"][0]["piece"].update(prompt="Wat mag niet?"))
    bad("another place", resigned, lambda one: text(one).update({"from": begin + 1}))
    bad("another part", resigned, lambda one: text(one).update(part=1))
    bad("from behind to", resigned, lambda one: text(one).update({"from": text(one)["to"], "to": begin}))
    bad("another salt", resigned, lambda one: text(one)["leaves"][1].update(salt=b64(bytes(32))))
    bad("a hash more", resigned, lambda one: text(one)["path"].append(b64(bytes(32))))
    bad("a hash less", resigned, lambda one: text(one)["path"].pop())
    bad("another hash", resigned, lambda one: text(one)["path"].__setitem__(0, b64(bytes(32))))
    bad("hashes in another order", resigned, lambda one: text(one)["path"].reverse())
    bad("an index outside", resigned, lambda one: text(one)["leaves"][-1].update(index=2**50))
    bad("an answer and a part", resigned, lambda one: text(one).update(answer=0))
    bad("another root", "bad-signature", record(root=b64(bytes(32))))
    bad("another child", "bad-signature", record(child="K000-00000"))
    bad("another moment", "bad-signature", record(at="2026-11-22T09:30:01Z"))
    bad("another size", "bad-signature", record(n=3))
    bad("another author", "bad-signature", lambda one: one.update(signed=other["said"]["signed"]))
    bad("another key", "bad-signature", lambda one: None, key=SAM.record["signing"][0])
    bad("no signature", "bad-record", lambda one: one["signed"].update(sigs=[]))
    bad("a field more in the record", "bad-record", record(name="Noor"))
    bad("a field more in a quote", "bad-record", lambda one: text(one).update(note="x"))
    bad("a field more in a piece", "bad-record", lambda one: text(one)["leaves"][1]["piece"].update(note="x"))
    bad(
        "a kind of piece that is none",
        "bad-record",
        lambda one: text(one)["leaves"][1]["piece"].update(kind="toString"),
    )
    bad("a leaf twice", "bad-record", lambda one: text(one)["leaves"].append(text(one)["leaves"][-1]))
    bad("leaves in another order", "bad-record", lambda one: text(one)["leaves"].reverse())
    bad("a salt too short", "bad-record", lambda one: text(one)["leaves"][1].update(salt="AAAA"))
    bad("more pieces than are signed", "bad-record", record(n=said.MOST_PIECES + 1))
    bad("no quotes", "bad-record", lambda one: one.update(quotes=[]))
    bad("another version", "bad-record", lambda one: one.update(v=2))
    bad("another type of record", "bad-record", record(t="talk"))
    bad("a place that is no number", "bad-record", lambda one: text(one).update({"from": "0"}))
    bad("a fraction", "bad-record", lambda one: text(one).update({"from": 1.5}))
    sound = json.loads(json.dumps(proof({"part": 1, "from": 200, "to": 1200})))
    sound["quotes"][0]["to"] = VOICE["ms"] + 1
    cases.append({"name": "beyond the end of the sound", "proof": sound, "key": key, "outcome": "quote-altered"})
    return cases


def _hidden(quote: Record) -> None:
    """Takes a word out of the middle, with its true hash among the path: the tree agrees, the quote must not."""
    every = said.pieces(DOC, (SOUND,))
    node = said._tree(every, SEED)
    indices = [leaf["index"] for leaf in quote["leaves"] if leaf != quote["leaves"][2]]
    quote["leaves"] = [leaf for leaf in quote["leaves"] if leaf["index"] in indices]
    quote["path"] = [b64(one) for one in merkle.inclusion_of(indices, len(every), node)]
    quote["text"] = "".join(leaf["piece"]["text"] for leaf in quote["leaves"][1:]).rstrip()


def said_vectors() -> None:
    """What docs/protocol/said.md promises."""
    write("said.json", {
        "about": "docs/protocol/said.md", "words": cut_cases(), "lengths": length_cases(), "records": record_cases(), "checks": check_cases(),
        "proofs": proof_cases(),
    })  # fmt: skip


if __name__ == "__main__":
    said_vectors()
