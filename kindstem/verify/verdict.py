"""What the verifier says: a status, everything it found by code and place, and what it counted itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

NAMED: Final = 1_000
"""How many findings of one kind are named one by one; the rest are counted, so that no bundle can flood a screen."""


class Status(IntEnum):
    """The exit status of `kindstem verify`."""

    SOUND = 0
    NOT_SOUND = 1
    UNREADABLE = 2
    CONSISTENT = 3
    """Consistent in itself, and no more: there was no policy, or it names nobody outside the organisation."""


class Unreadable(Exception):
    """A file that is no bundle or policy: cut off, damaged, too large, or of a form that is not known.

    `reason` is a catalogue key (verify.reason.…) without its beginning, `where` the place in the file.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason, where)
        self.reason, self.where = reason, where


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or suspicious.

    `code` is a catalogue key (verify.say.…) without its beginning. A grave one is a check that failed; the others are
    named, and the verdict may still be sound.
    """

    code: str
    grave: bool
    index: int | None = None
    """The number of the entry in the log."""
    facts: tuple[tuple[str, str | int], ...] = ()

    def json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"code": self.code, "grave": self.grave, "index": self.index, **dict(self.facts)}


class Findings:
    """Everything found so far."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._seen: set[Finding] = set()
        self.counts: Counter[str] = Counter()
        self.grave = False

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def fail(self, code: str, index: int | None = None, **facts: str | int) -> None:
        """A check failed."""
        self._add(Finding(code, True, index, tuple(facts.items())))

    def name(self, code: str, index: int | None = None, **facts: str | int) -> None:
        """Something a person should look at."""
        self._add(Finding(code, False, index, tuple(facts.items())))

    def _add(self, finding: Finding) -> None:
        self.grave = self.grave or finding.grave
        if finding in self._seen:
            return
        self.counts[finding.code] += 1
        if self.counts[finding.code] <= NAMED:
            self._seen.add(finding)
            self._found.append(finding)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one run."""

    status: Status
    findings: tuple[Finding, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    """How many findings there are of each code, also beyond those that are named."""
    checked: dict[str, int] = field(default_factory=dict)
    """What was checked, and how many of it."""
    figures: dict[str, Any] = field(default_factory=dict)
    """The report as it follows from the events."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Which organisation, log, period, size and root."""
    reason: str = ""
    where: str = ""
    """For what could not be read: why, and where in the file."""

    def json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        found: dict[str, Any] = {"v": 1, "status": int(self.status), "verdict": self.status.name.lower()}
        if self.status is Status.UNREADABLE:
            return found | {"reason": self.reason, "where": self.where}
        return found | {
            "about": self.facts,
            "checked": self.checked,
            "counts": self.counts,
            "findings": [one.json() for one in self.findings],
            "figures": self.figures,
        }
