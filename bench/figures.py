"""What was measured, against what it may cost."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Budget:
    """The most (or the least) that a figure may be."""

    limit: float
    sense: Literal["at most", "at least"] = "at most"

    def kept(self, value: float) -> bool:
        """Whether a value stays within the budget."""
        return value <= self.limit if self.sense == "at most" else value >= self.limit


@dataclass(frozen=True)
class Figure:
    """One line of the table: a median over samples of one run, with the budget it answers to.

    `name` is stable, so that two runs can be laid side by side. A figure without a budget explains one that has it.
    """

    name: str
    what: str
    unit: str
    samples: tuple[float, ...]
    budget: Budget | None = None
    note: str = ""

    @property
    def value(self) -> float:
        """The median of the samples: one slow moment of the machine does not decide."""
        return statistics.median(self.samples)

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None where there is no budget."""
        return None if self.budget is None else self.budget.kept(self.value)

    def as_json(self) -> dict[str, Any]:
        """The figure as it stands in the JSON file."""
        budget = None if self.budget is None else {"limit": self.budget.limit, "sense": self.budget.sense}
        return {
            "name": self.name,
            "what": self.what,
            "unit": self.unit,
            "value": round(self.value, 4),
            "lowest": round(min(self.samples), 4),
            "highest": round(max(self.samples), 4),
            "samples": len(self.samples),
            "budget": budget,
            "kept": self.kept,
            "note": self.note,
        }


@dataclass(frozen=True)
class Group:
    """The figures of one measurement, or the sentence that says why there are none."""

    name: str
    title: str
    figures: tuple[Figure, ...] = ()
    failed: str = ""

    def as_json(self) -> dict[str, Any]:
        """The group as it stands in the JSON file."""
        return {
            "name": self.name,
            "title": self.title,
            "failed": self.failed,
            "figures": [figure.as_json() for figure in self.figures],
        }


def figure(
    name: str,
    what: str,
    unit: str,
    samples: Sequence[float] | float,
    *,
    most: float | None = None,
    least: float | None = None,
    note: str = "",
) -> Figure:
    """A figure from its samples (or from one exact count), with the most or the least that it may be."""
    budget = None
    if most is not None:
        budget = Budget(most, "at most")
    elif least is not None:
        budget = Budget(least, "at least")
    taken = (float(samples),) if isinstance(samples, int | float) else tuple(float(sample) for sample in samples)
    return Figure(name, what, unit, taken, budget, note)


def p95(samples: Sequence[float]) -> float:
    """The time that nineteen of twenty stayed under (nearest rank, so it is a time that really happened)."""
    ordered = sorted(samples)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
