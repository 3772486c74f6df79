"""What is sealed: the invented words put into the documents of docs/protocol/envelope.md, as the app would make them.

Each answer keeps the prompt and the options that were shown with it, in the language and level of the child.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kindstem.demo import sound
from kindstem.demo.caseload import Answer, Child, Entry, Paper, Say, Stroke
from kindstem.wire import time_text
from kindstem.words import ORIGINAL, Words, languages

THIN, THICK = 12, 34
"""The widths of the two pens of the app, in a drawing of 1,000 across."""

_FEELINGS = tuple(f"child.feel.{group}.#" for group in ("fine", "sad", "angry", "afraid", "mixed", "body"))
_HOUSES = {"Huis van de fijne dingen": "good", "Huis van de zorgen": "worry", "Huis van de dromen": "dream"}
_PHONE = {
    "Nee": "no",
    "Soms": "sometimes",
    "Vaak": "often",
    "Iemand weet mijn pincode": "known",
    "Weet ik niet": "unknown",
    "Zeg ik liever niet": "unsaid",
}


@dataclass(frozen=True)
class Said:
    """A document and the bytes that go with it."""

    kind: str
    doc: dict[str, Any]
    attachments: tuple[bytes, ...] = ()


class Shown:
    """The texts that one child saw, on a day on which its readers had these names."""

    def __init__(self, child: Child, language: str, names: Mapping[str, str]) -> None:
        level = "8" if child.level == "8" else ""
        self._source = Words(ORIGINAL, "8" if level else "")
        self._words = Words(language if language in languages() else ORIGINAL, "8" if level else "")
        # In the data a placeholder stays as it is; on the screen there was a name.
        self._kept = {name: f"{{{name}}}" for name in ("worker", "second", "confidant")}
        self._names = self._kept | dict(names)

    def text(self, key: str) -> str:
        """The text of a key, with the readers' names."""
        return self._words.t(key, **self._names)

    def options(self, *keys: str) -> list[str]:
        """The texts of these series, one after the other."""
        return [text for key in keys for text in self._words.series(key, **self._names)]

    def chosen(self, text: str, *keys: str) -> str:
        """What the child saw where the data has this Dutch text; the text itself when it is the child's own word."""
        source = [text for key in keys for text in self._source.series(key, **self._kept)]
        return self.options(*keys)[source.index(text)] if text in source else text


def entry(entry: Entry, child: Child, names: Mapping[str, str]) -> Said:
    """A check-in, house or flag. The words of a request to talk become a check-in that keeps the invitation."""
    shown = Shown(child, entry.language, names)
    parts, attachments = _parts(entry, shown)
    doc: dict[str, Any] = {
        "v": 1,
        "level": child.level,
        "lang": entry.language,
        "answers": _answers(entry, shown, young=child.level == "8"),
        "parts": parts,
    }
    if entry.house:
        return Said("house", doc | {"house": _HOUSES[entry.house]}, attachments)
    return Said("flag" if entry.prompt == "flag" else "checkin", doc, attachments)


def _answers(entry: Entry, shown: Shown, *, young: bool) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []

    def add(key: str, options: list[str], value: Any) -> None:
        question = key if key == "child.unsafe.reach" else f"{key}.question"
        answers.append({"key": key, "prompt": shown.text(question), "options": options, "value": value})

    where = "child.where.#"
    if entry.mood is not None:
        add("child.mood", shown.options("child.mood.#"), entry.mood)
    if entry.feelings:
        feelings = [shown.chosen(word, *_FEELINGS) for word in entry.feelings]
        # The own word has a field of its own; "I don't know" and "I'd rather not say" stand among the words.
        add("child.feel", [*shown.options(*_FEELINGS), *shown.options("child.feel.own.#")[1:]], feelings)
    if entry.safety:
        homes = [{"home": shown.chosen(home, where) if home else None, "n": n} for home, n in entry.safety]
        add("child.safe", shown.options("child.safe.face.#" if young else "child.safe.scale.#"), homes)
    if entry.where:
        add("child.where", shown.options(where), shown.chosen(entry.where, where))
    if entry.want:
        add("child.want", shown.options("child.want.#"), shown.chosen(entry.want, "child.want.#"))
    if entry.alone:
        add("child.alone", shown.options("child.alone.#"), shown.chosen(entry.alone, "child.alone.#"))
    if entry.reach:
        reach = "child.unsafe.reach.#"
        add("child.unsafe.reach", shown.options(reach), " · ".join(shown.chosen(one, reach) for one in entry.reach))
    return answers


def _parts(entry: Entry, shown: Shown) -> tuple[list[dict[str, Any]], tuple[bytes, ...]]:
    invitation = shown.text("child.say.question")
    if entry.house and entry.shown:
        house = shown.chosen(entry.house, "child.house.name.#")
        series = ("child.house.good.#", "child.house.worry.#", "child.house.dream.#")
        invitation = f"{house}. {shown.chosen(entry.shown, *series)}"
    if entry.prompt == "request":
        invitation = shown.text("child.home.2")
    parts: list[dict[str, Any]] = []
    attachments: list[bytes] = []
    for place, piece in enumerate(entry.say):
        part, attached = _part(piece, invitation, f"{entry.id} {place}")
        parts.append(part)
        attachments += attached
    if entry.asked_where:
        parts.append({"kind": "text", "prompt": shown.text("child.talk.where"), "text": entry.asked_where})
    return parts, tuple(attachments)


def _part(piece: Say, invitation: str, seed: str) -> tuple[dict[str, Any], list[bytes]]:
    if piece.kind == "voice":
        wave, ms = sound.melody(seed, piece.seconds)
        part = {"kind": "voice", "prompt": invitation, "type": sound.TYPE, "ms": ms, "bytes": len(wave)}
        return part, [wave]
    if piece.kind == "drawing":
        strokes = [_stroke(stroke) for stroke in piece.strokes]
        return {"kind": "drawing", "prompt": invitation, "size": [1000, 1000], "strokes": strokes}, []
    return {"kind": "text", "prompt": invitation, "text": piece.text}, []


def _stroke(stroke: Stroke) -> dict[str, Any]:
    return {"colour": stroke.colour, "width": THICK if stroke.thick else THIN, "points": list(stroke.points)}


def answer(answer: Answer, entry: Entry) -> Said:
    """What somebody wrote back; spoken ones have the words and a melody."""
    parts: list[dict[str, Any]] = [{"kind": "text", "text": answer.text}]
    attachments: tuple[bytes, ...] = ()
    if answer.seconds:
        wave, ms = sound.melody(f"{entry.id} {answer.by}", answer.seconds)
        parts.append({"kind": "voice", "type": sound.TYPE, "ms": ms, "bytes": len(wave)})
        attachments = (wave,)
    doc = {"v": 1, "lang": entry.language, "outcome": answer.outcome, "parts": parts}
    return Said("answer", doc, attachments)


def paper(paper: Paper, child: Child, author: str, ids: Mapping[str, str], day_0: date) -> Said:
    """A document for a decision, offered to the child; `ids` are those of its entries as they were sent."""
    at = {entry.id: time_text(entry.at.on(day_0)) for entry in child.entries}
    doc: dict[str, Any] = {
        "v": 1,
        "lang": paper.language,
        "level": child.level,
        "first": None,
        "prev": [],
        "decision": {"kind": paper.decision, "day": _on(day_0, paper.day), "measure": None},
        "talks": [],
        "quotes": [
            {
                "kind": "text",
                "entry": ids[one.entry],
                "part": one.part,
                "at": at[one.entry],
                "from": one.start,
                "to": one.end,
                "text": one.text,
                "share": None,
            }
            for one in paper.quotes
        ],
        "observations": [
            {"text": text, "day": _on(day_0, day), "source": "het gesprek van die dag"}
            for day, text in paper.observations
        ],
        "interpretation": [
            {"text": text, "by": author, "at": time_text(paper.at.on(day_0))} for text in paper.interpretation
        ],
        "child": paper.told,
        "reaction": {"state": "offered", "reason": None},
    }
    return Said("perspective", doc)


def _on(day_0: date, day: int) -> str:
    return (day_0 + timedelta(days=day)).isoformat()


def reaction(paper: Paper, child: Child, names: Mapping[str, str]) -> Said:
    """What a child said of a document, or of what was thought of its words."""
    shown = Shown(child, paper.language, names)
    respond = "child.kp.respond.#"
    doc: dict[str, Any] = {
        "v": 1,
        "level": child.level,
        "lang": paper.language,
        "prompt": shown.text("child.kp.question"),
        "options": shown.options(respond)[:3],
        "value": shown.chosen(paper.answer, respond),
        "parts": [{"kind": "text", "prompt": shown.text("child.kp.own"), "text": paper.words}],
        "part": None if paper.whole else {"kind": "interpretation", "n": 0},
    }
    return Said("reaction", doc)


def receipt(entry_id: str, circle: str, seq: int) -> Said:
    """That an entry was read, and the highest number seen with it; what was said on a tablet has none (0)."""
    return Said("receipt", {"v": 1, "entry": entry_id, "seen": {circle: seq} if seq else {}})


def card(child: Child, day: int) -> Said:
    """What readers call a child, and what was agreed about its phone, as of a day."""
    known = [phone.answer for phone in child.phone if phone.day <= day]
    phone = _PHONE[known[-1]] if known else "unknown"
    return Said("card", {"v": 1, "name": child.name, "age": child.age, "phone": phone, "level": child.level})
