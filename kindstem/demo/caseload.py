"""The invented organisation: its people, its children and what they said, as data.

`caseload.json` counts days from day 0 and speaks Dutch, as the person of that day would have seen it. This module turns
its days into moments and its words into typed things; it knows nothing of keys, rooms or the store.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from kindstem.words import AMSTERDAM

SOURCE = Path(__file__).resolve().parent / "caseload.json"
THURSDAY = 3

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
    outcome: Literal["discussed", "done", "not_done", "message"]
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


@dataclass(frozen=True)
class Caseload:
    """Everything the demonstration is filled with."""

    organisation: str
    teams: Mapping[str, str]
    people: tuple[Person, ...]
    children: tuple[Child, ...]
    palette: Mapping[str, str]


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
        children=tuple(read_child(child, palette) for child in raw["children"]),
        palette=palette,
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
        reads=tuple(Read(one["by"], When(one["day"], one["time"]), one["reason"]) for one in raw["reads"]),
        answers=tuple(
            Answer(one["by"], When(one["day"], one["time"]), one["outcome"], one["text"], one.get("seconds", 0))
            for one in raw["answers"]
        ),
        seen=tuple(
            Seen(one["by"], When(one["day"], one["time"])) for one in raw.get("follow_up", {}).get("seen", ())
        ),
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
