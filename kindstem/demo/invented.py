"""More invented children than the caseload has, for who wants to see a full desk.

Each is put together from a few short stories that belong to one life: the same pet, the same place, one thing asked for
and what came of it. The same number gives the same child, so that a demonstration can be shown twice.
"""

import json
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kindstem.demo.caseload import Caseload, Child, read_child

SOURCE = Path(__file__).resolve().parent / "invented.json"

# Who takes whom: a worker with the second reader of the same team.
_PAIRS = (("sam", "vera"), ("farid", "hanneke"), ("iris", "vera"), ("marloes", "hanneke"))
_FEELINGS: Mapping[int, tuple[str, ...]] = {
    1: ("blij", "trots"),
    2: ("rustig", "blij"),
    3: ("moe", "druk in mijn hoofd"),
    4: ("verdrietig", "ik mis iemand", "boos"),
    5: ("bang", "verdrietig"),
}
_WANTS = (
    "Niets. {worker} mag het weten.",
    "Ik wil erover praten.",
    "Ik wil dat er iets verandert.",
    "Ik wil een antwoord.",
    "Ik weet het nog niet.",
)
_MOODS = ("heel goed", "goed", "gaat wel", "niet goed", "helemaal niet goed")


def more(caseload: Caseload, count: int) -> list[Child]:
    """`count` children besides those of the caseload, the first always the same first."""
    return [read_child(_child(number), caseload.palette) for number in range(1, count + 1)]


@cache
def _pool() -> dict[str, Any]:
    pool: dict[str, Any] = json.loads(SOURCE.read_text("utf-8"))
    return pool


def _child(number: int) -> dict[str, Any]:
    chance = random.Random(number)  # noqa: S311  invents lives, guards nothing
    pool = _pool()
    names = pool["names"]["zij" if number % 2 else "hij"]
    # Names are used up one after the other; the next round is told apart by an initial, as a class register does.
    turn, place = divmod((number - 1) // 2, len(names))
    name = names[place] + (f" {chr(ord('A') + (turn - 1) % 26)}." if turn else "")
    age = chance.randint(6, 17)
    level = "8" if age < 12 else "12"
    worker, second = _PAIRS[number % len(_PAIRS)]
    enrolled = -chance.randint(40, 240)
    life = _Life(chance, pool, number, level, worker, second)
    return {
        "id": life.id,
        "name": name,
        "age": age,
        "level": level,
        "language": "nl",
        "workers": [
            {"who": worker, "role": "worker", "from": enrolled - 20, "to": None},
            {"who": second, "role": "second", "from": enrolled - 20, "to": None},
        ],
        "phone": [{"day": enrolled, "answer": chance.choice(("Nee", "Nee", "Nee", "Soms", "Weet ik niet"))}],
        "enrolments": [{"day": enrolled, "lock": "plaatjes-slot" if level == "8" else "pincode", "by": worker}],
        "entries": life.entries(enrolled),
        "team": "wilg" if second == "vera" else "els",
        "lives": chance.choice(("bij mijn moeder", "bij mijn vader", "in een pleeggezin", "op een groep")),
        "measure": {"type": "ots", "charged": enrolled - 20, "plan": enrolled + chance.randint(5, 30), "ends": None},
    }


class _Life:
    """One child's stories, told in order between its enrolment and yesterday."""

    def __init__(
        self, chance: random.Random, pool: dict[str, Any], number: int, level: str, worker: str, second: str
    ) -> None:
        self.id = f"kind-{number:03}"
        self.chance, self.pool, self.level = chance, pool, level
        self.worker, self.second = worker, second
        self.words = {key: chance.choice(choices) for key, choices in pool["words"].items()}
        self.home = chance.choice(pool["homes"])
        self.safe = chance.randint(5, 9)

    def entries(self, enrolled: int) -> list[dict[str, Any]]:
        moments: list[dict[str, Any]] = []
        for story in self.chance.sample(self.pool["stories"], self.chance.randint(1, 3)):
            moments += [*story, *self.chance.sample(self.pool["fillers"], self.chance.randint(0, 1))]
        days = sorted(self.chance.sample(range(enrolled + 1, 0), len(moments)))
        dated = zip(days, moments, strict=True)
        return [self.entry(place, day, moment) for place, (day, moment) in enumerate(dated, 1)]

    def fill(self, text: str) -> str:
        filled = text.format(**self.words)
        # A sentence may begin with a word that was filled in; children of level 8 write without capitals.
        return filled if self.level == "8" else filled[:1].upper() + filled[1:]

    def entry(self, place: int, day: int, moment: Mapping[str, Any]) -> dict[str, Any]:
        chance = self.chance
        mood = moment["mood"]
        text = self.fill(moment[self.level])
        say: list[dict[str, Any]] = [{"kind": "text", "text": text}]
        if self.level == "8" and chance.random() < 0.4:
            say = [{"kind": "voice", "text": text, "seconds": chance.randint(3, 20)}]
        if self.level == "8" and chance.random() < 0.4:
            say.append({"kind": "drawing", **chance.choice(self.pool["drawings"])})
        entry: dict[str, Any] = {
            "id": f"{self.id}-e{place:02}",
            "day": day,
            "time": f"{chance.choice((7, 15, 16, 17, 18, 19, 20, 21)):02}:{chance.randint(0, 59):02}",
            "prompt": "checkin",
            "language": "nl",
            "mood": mood,
            "mood_text": _MOODS[mood - 1],
            "feelings": [chance.choice(_FEELINGS[mood])],
            "safety": [{"home": self.home, "n": min(10, max(0, self.safe + moment.get("safe", 0)))}],
            "where": self.home,
            "say": say,
            "circle": "worker",
            "alone": chance.choice(("Ja", "Ja", "Ja", "Zeg ik liever niet", "Nee, iemand hielp me")),
        }
        if "want" in moment:
            entry["want"] = _WANTS[moment["want"] - 1]
        return entry | self.replies(day, moment)

    def replies(self, day: int, moment: Mapping[str, Any]) -> dict[str, Any]:
        """Reads by both and, for a message of a story, the answer; nothing that would lie after yesterday."""
        chance = self.chance
        read = _workday(day + chance.randint(1, 3))
        seconds = _workday(read + chance.randint(0, 2))
        answered = _workday(read + chance.randint(0, 9))
        clock = f"{chance.randint(8, 11):02}:{chance.randint(0, 59):02}"
        later = f"{chance.randint(12, 16):02}:{chance.randint(0, 59):02}"
        reads, answers = [], []
        if read < 0:
            reads.append({"by": self.worker, "day": read, "time": clock, "reason": self.pool["reasons"][0]})
        if seconds < 0:
            reads.append({"by": self.second, "day": seconds, "time": later, "reason": self.pool["reasons"][2]})
        if answered < 0 and "said" in moment:
            said = moment["said8" if self.level == "8" else "said"]
            answer = {"by": self.worker, "day": answered, "time": "16:30", "outcome": moment["answer"]}
            answers.append(answer | {"text": self.fill(said) if self.level == "12" else said.format(**self.words)})
        return {"reads": reads, "answers": answers}


def _workday(day: int) -> int:
    """The day itself, or the Monday after it: day 0 is a Thursday."""
    weekday = (day + 3) % 7
    return day if weekday < 5 else day + 7 - weekday
