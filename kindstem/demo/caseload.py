"""The invented organisation: its people, its children and what they said, as data.

`caseload.json` counts days from day 0 and speaks Dutch, as the person of that day would have seen it. This module turns
its days into moments and its words into typed things; it knows nothing of keys, rooms or the store.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from kindstem.words import AMSTERDAM

SOURCE = Path(__file__).resolve().parent / "caseload.json"
THURSDAY = 3

_QUESTIONS = {1: "said", 2: "done"}
_THOUGHTS = {"Ja": "yes", "Een beetje": "some", "Nee": "no", "Weet ik niet": "unknown", "Overslaan": "skipped"}
_PLANNED = {"gepland": "planned", "tussendoor": "passing", "niet doorgegaan": "planned"}
_HOW = {"face-to-face": "face", "beeldbellen": "video", "telefoon": "phone"}
_WHO = {"kind alleen": "alone", "met broers of zussen": "siblings", "met ouder": "parent", "met anderen": "others"}
_REASONS = {
    "kind afwezig": "absent",
    "kind wilde niet": "refused",
    "ik was verhinderd": "prevented",
    "ouder hield het tegen": "parent",
    "geen veilige plek": "unsafe",
}
# All others are places where somebody lives.
_PLACES = {
    **dict.fromkeys(("op school", "op stage"), "school"),
    **dict.fromkeys(("wandelen", "wandelen bij de groep", "op de club", "bij de dieren"), "outside"),
    "op kantoor": "office",
}

_MEASURES = {"ots": "ots", "ots met machtiging uithuisplaatsing": "uithuisplaatsing", "voogdij": "voogdij"}
# All others live with one parent, or with both in turn.
_HOMES = {
    "op een groep": "group",
    "in een pleeggezin": "foster",
    "in een gezinshuis": "family_home",
    "op mezelf": "other",
}

Prompt = Literal["checkin", "house", "request", "flag"]
ReaderRole = Literal["worker", "second", "confidant"]


@dataclass(frozen=True, order=True)
class When:
    """A day counted from day 0, and the local time on it."""

    day: int
    time: str

    def on(self, day_0: date) -> datetime:
        """This moment in UTC, to the second, when day 0 is `day_0`."""
        clock = time.fromisoformat(self.time)
        local = datetime.combine(day_0 + timedelta(days=self.day), clock, AMSTERDAM)
        return local.astimezone(UTC)


@dataclass(frozen=True)
class Person:
    """Somebody who works for, or with, the organisation."""

    id: str
    name: str
    full_name: str
    role: str
    title: str
    team: str | None
    left_day: int | None


@dataclass(frozen=True)
class Stroke:
    """One line of a drawing: points x, y, x, y… in 0…1000, y down."""

    colour: str
    thick: bool
    points: tuple[int, ...]


@dataclass(frozen=True)
class Say:
    """One piece of what was said. `text` of a voice is what the voice says, and is never written down in the demo."""

    kind: Literal["text", "voice", "drawing"]
    text: str
    seconds: int
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True)
class Read:
    """Somebody opened an entry, and the reason the child sees."""

    by: str
    at: When
    reason: str


@dataclass(frozen=True)
class Answer:
    """What somebody wrote back: `seconds` is above 0 when it was also said aloud."""

    by: str
    at: When
    outcome: Literal["discussed", "done", "not_done", "message", "open"]
    text: str
    seconds: int


@dataclass(frozen=True)
class Seen:
    """Somebody saw the flag."""

    by: str
    at: When


@dataclass(frozen=True)
class Entry:
    """One thing a child sent."""

    id: str
    at: When
    prompt: Prompt
    circle: Literal["worker", "confidant", "self"]
    language: str
    without_pin: bool
    tablet: bool
    """Whether it was said in kindmodus."""
    about: str | None
    mood: int | None
    feelings: tuple[str, ...]
    safety: tuple[tuple[str | None, int], ...]
    where: str | None
    say: tuple[Say, ...]
    want: str | None
    alone: str | None
    house: str | None
    shown: str | None
    reach: tuple[str, ...]
    asked_with: str | None
    asked_where: str | None
    asked_until: int | None
    """The day of a talk with the confidant, which is no record: the child then takes its request away."""
    reads: tuple[Read, ...]
    answers: tuple[Answer, ...]
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class Reader:
    """Somebody who could read this child's words, from a day up to, not including, another."""

    who: str
    role: ReaderRole
    start: int
    end: int | None

    def on(self, day: int) -> bool:
        """Whether this person was a reader on that day."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Phone:
    """What was agreed about somebody looking in the child's phone, from a day on."""

    day: int
    answer: str


@dataclass(frozen=True)
class Contact:
    """A talk: held, not held (`reason`), or still to come."""

    id: str
    at: When
    ends: When
    by: str
    planned: str
    kind: str
    who: str
    place: str
    interpreter: bool
    level: str | None
    reason: str | None
    says_day: int | None
    """When the child said at home whether it was so."""
    thought: bool
    """Whether the child was asked afterwards what it thought."""


@dataclass(frozen=True)
class Registered:
    """What the case system has of a child, in days from day 0."""

    family: str | None
    measure: str
    charged: int
    ends: int | None
    plan: int | None
    place: str
    decisions: tuple[tuple[str, int], ...]
    diagnostics: int | None
    help: int | None


@dataclass(frozen=True)
class Cited:
    """Words of the child in a document: characters of a piece of an entry."""

    entry: str
    part: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Paper:
    """What was written about a child for a decision, and what it said of it."""

    decision: str
    day: int
    by: str
    at: When
    quotes: tuple[Cited, ...]
    observations: tuple[tuple[int, str], ...]
    interpretation: tuple[str, ...]
    told: str
    language: str
    answered: When
    answer: str
    whole: bool
    """Whether the child answered about all of it, or about what was thought of it."""
    words: str


@dataclass(frozen=True)
class Sibling:
    """A sibling for whom there is no measure."""

    id: str
    age: int
    family: str


class Thoughts:
    """What the children of a team thought of their talks: so many of each, and nowhere whose."""

    def __init__(self, raw: Sequence[Mapping[str, Any]]) -> None:
        self._left = {
            (one["team"], one["window"], _QUESTIONS[one["question"]]): [
                _THOUGHTS[text] for text, number in one["counts"].items() for _ in range(number)
            ]
            for one in raw
        }

    def take(self, team: str | None, day: int, question: str) -> str | None:
        """One of the answers of the thirty days around a day that nobody has given yet."""
        left = self._left.get((team or "", (-1 - day) // 30, question))
        return left.pop() if left else None


@dataclass(frozen=True)
class Child:
    """A child, with its words in the order in which they were said."""

    id: str
    name: str
    age: int
    level: Literal["8", "12"]
    language: str
    readers: tuple[Reader, ...]
    phone: tuple[Phone, ...]
    lock: Literal["pin", "pictures"]
    enrolled_day: int
    enrolled_by: str
    entries: tuple[Entry, ...] = field(repr=False)
    tablet: bool = False
    """Whether it has no phone, and everything is said in kindmodus."""
    team: str | None = None
    co_signed_by: str | None = None
    """Who else introduced its phone."""
    co_signed_day: int = 0
    contacts: tuple[Contact, ...] = field(default=(), repr=False)
    appointments: tuple[Contact, ...] = field(default=(), repr=False)
    """Talks that lie ahead."""
    registered: Registered | None = None
    papers: tuple[Paper, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Caseload:
    """Everything the demonstration is filled with."""

    organisation: str
    teams: Mapping[str, str]
    people: tuple[Person, ...]
    children: tuple[Child, ...]
    palette: Mapping[str, str]
    thoughts: Sequence[Mapping[str, Any]] = ()
    siblings: tuple[Sibling, ...] = ()
    norms: tuple[tuple[str, int], ...] = ()
    """Each norm by its name, and since which day."""


def day_0(today: date) -> date:
    """The last Thursday on or before `today`.

    The caseload was written for a Thursday: only then nothing a professional did falls in a weekend.
    """
    return today - timedelta(days=(today.weekday() - THURSDAY) % 7)


def load() -> Caseload:
    """The caseload as it stands in the package."""
    raw = json.loads(SOURCE.read_text("utf-8"))
    palette: dict[str, str] = raw["palette"]
    return Caseload(
        organisation=raw["organisation"]["name"],
        teams={team["id"]: team["name"] for team in raw["teams"]},
        people=tuple(_person(person) for person in raw["people"]),
        children=tuple(
            replace(read_child(child, palette), papers=_papers(child, raw["kindperspectieven"]))
            for child in raw["children"]
        ),
        palette=palette,
        thoughts=raw["after_answers"],
        siblings=tuple(
            Sibling(one["id"], one["age"], family["id"])
            for family in raw["families"]
            for one in family.get("outside_measure", ())
        ),
        norms=tuple((one["norm"], one["from"]) for one in raw["organisation"]["norm_history"]),
    )


def _person(raw: Mapping[str, Any]) -> Person:
    return Person(
        id=raw["id"],
        name=raw["name"],
        full_name=raw["full_name"],
        role=raw["role"],
        title=raw["title"],
        team=raw["team"],
        left_day=raw.get("left_day"),
    )


def read_child(raw: Mapping[str, Any], palette: Mapping[str, str]) -> Child:
    """A child out of the form that `caseload.json` has; the generated children come in the same form."""
    first = raw["enrolments"][0]
    entries = sorted((_entry(entry, palette) for entry in raw["entries"]), key=lambda entry: entry.at)
    return Child(
        id=raw["id"],
        name=raw["name"],
        age=raw["age"],
        level=raw["level"],
        language=raw["language"],
        readers=tuple(Reader(r["who"], r["role"], r["from"], r["to"]) for r in raw["workers"]),
        phone=tuple(Phone(p["day"], p["answer"]) for p in raw["phone"]),
        lock="pictures" if first["lock"] == "plaatjes-slot" else "pin",
        enrolled_day=first["day"],
        enrolled_by=first["by"],
        entries=tuple(entries),
        tablet=first.get("device") == "tablet",
        team=raw.get("team"),
        co_signed_by=first.get("co_signed_by"),
        co_signed_day=first.get("co_signed_day") or 0,
        contacts=tuple(_contact(one, _asked_for(raw)) for one in raw.get("contacts", ())),
        appointments=tuple(
            _contact({**one, "id": f"{raw['id']}-a{n}"}, frozenset())
            for n, one in enumerate(raw.get("appointments", ()))
        ),
        registered=_registered(raw),
    )


def _papers(child: Mapping[str, Any], all_of_them: Sequence[Mapping[str, Any]]) -> tuple[Paper, ...]:
    """The documents about a child that are there as a whole; of the others only the dates are known."""
    decisions = {one["id"]: one for one in child["decisions"]}
    return tuple(
        Paper(
            decision=decisions[raw["decision"]]["kind"],
            day=decisions[raw["decision"]]["day"],
            by=raw["author"],
            at=When(raw["written"]["day"], raw["written"]["time"]),
            quotes=tuple(
                Cited(one["entry"], one["part"], one["from"], one["to"], one["text"]) for one in raw["quotes"]
            ),
            observations=tuple((one["day"], one["text"]) for one in raw["observations"]),
            interpretation=tuple(f"{one['text']} {one['other_reading']}" for one in raw["interpretation"]),
            told=raw["told"],
            language=child["language"],
            answered=When(raw["reaction"]["day"], raw["reaction"]["time"]),
            answer=raw["reaction"]["answer"],
            whole=raw["reaction"]["about"] == "whole",
            words=raw["reaction"]["text"],
        )
        for raw in all_of_them
        if raw["content"] and raw["child"] == child["id"]
    )


def _registered(raw: Mapping[str, Any]) -> Registered | None:
    measure = raw.get("measure")
    if measure is None:
        return None
    evaluation = raw.get("evaluation", {})
    return Registered(
        family=raw.get("family"),
        measure=_MEASURES[measure["type"]],
        charged=measure["charged"],
        ends=measure["ends"],
        plan=measure["plan"],
        place=_HOMES.get(raw["lives"], "home"),
        decisions=tuple((one["kind"], one["day"]) for one in raw.get("decisions", ())),
        diagnostics=evaluation.get("diagnostics_done"),
        help=evaluation.get("own_help_started"),
    )


def _asked_for(raw: Mapping[str, Any]) -> frozenset[str]:
    """The talks that the child asked for itself."""
    return frozenset(entry["request"].get("closed_by", "") for entry in raw["entries"] if "request" in entry)


def _contact(raw: Mapping[str, Any], asked: frozenset[str]) -> Contact:
    at = When(raw["day"], raw["time"])
    minutes = time.fromisoformat(at.time).hour * 60 + time.fromisoformat(at.time).minute + raw.get("minutes", 0)
    planned = "asked" if raw["id"] in asked or "arranged" in raw else _PLANNED[raw.get("planned", "gepland")]
    return Contact(
        id=raw["id"],
        at=at,
        ends=When(at.day, f"{minutes // 60:02}:{minutes % 60:02}"),
        by=raw["by"],
        planned=planned,
        kind=_HOW[raw.get("how", "face-to-face")],
        who=_WHO[raw["who"]],
        place=_PLACES.get(raw.get("place", ""), "home"),
        interpreter="interpreter" in raw,
        level=raw.get("level"),
        reason=_REASONS[raw["reason"]] if "reason" in raw else None,
        says_day=raw.get("confirmed_day") or raw.get("dispute", {}).get("day"),
        thought=raw.get("after_answered", False),
    )


def _entry(raw: Mapping[str, Any], palette: Mapping[str, str]) -> Entry:
    request = raw.get("request", {})
    return Entry(
        id=raw["id"],
        at=When(raw["day"], raw["time"]),
        prompt=raw["prompt"],
        circle=raw["circle"],
        language=raw["language"],
        without_pin=raw.get("without_pin", False),
        tablet=raw.get("device") == "tablet",
        about=raw.get("about"),
        mood=raw.get("mood"),
        feelings=tuple(raw.get("feelings", ())),
        safety=tuple((one.get("home"), one["n"]) for one in raw.get("safety", ())),
        where=raw.get("where"),
        say=tuple(_say(one, palette) for one in raw["say"]),
        want=raw.get("want"),
        alone=raw.get("alone"),
        house=raw.get("house"),
        shown=raw.get("shown"),
        reach=tuple(raw.get("reach", ())),
        asked_with=request.get("with"),
        asked_where=request.get("where_when"),
        asked_until=request.get("closed_day"),
        reads=tuple(Read(one["by"], When(one["day"], one["time"]), one["reason"]) for one in raw["reads"]),
        answers=tuple(
            Answer(one["by"], When(one["day"], one["time"]), one["outcome"], one["text"], one.get("seconds", 0))
            for one in raw["answers"]
        ),
        seen=tuple(Seen(one["by"], When(one["day"], one["time"])) for one in raw.get("follow_up", {}).get("seen", ())),
    )


def _say(raw: Mapping[str, Any], palette: Mapping[str, str]) -> Say:
    return Say(
        kind=raw["kind"],
        text=raw.get("text", ""),
        seconds=raw.get("seconds", 0),
        strokes=tuple(
            Stroke(
                colour=palette[stroke["colour"]],
                thick=stroke.get("thick", False),
                points=tuple(min(1000, max(0, round(10 * value))) for point in stroke["points"] for value in point),
            )
            for stroke in raw.get("strokes", ())
        ),
    )
