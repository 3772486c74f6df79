"""The table in docs/benchmarks.md, and the same figures as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.figures import Figure, Group

BEGIN = "<!-- figures: written by ./dev bench -->"
END = "<!-- end of figures -->"


def as_json(groups: list[Group], *, facts: dict[str, str], command: str, at: str, quick: bool) -> dict[str, Any]:
    """Everything one run found, with a stable shape: scripts lay two runs side by side by `name`."""
    figures = [figure for group in groups for figure in group.figures]
    return {
        "v": 1,
        "at": at,
        "command": command,
        "quick": quick,
        "machine": facts,
        "groups": [group.as_json() for group in groups],
        "missed": [figure.name for figure in figures if figure.kept is False],
        "failed": [group.name for group in groups if group.failed],
    }


def as_markdown(groups: list[Group], *, facts: dict[str, str], command: str, at: str) -> str:
    """The same for people: one table for each measurement, budgets first in words, then kept or missed."""
    lines = [
        f"Made by `{command}` on {at[:10]}. Figures are medians; the lowest and highest of the run stand beside them.",
        "",
        "Measured on: " + ", ".join(f"{name} {value}" for name, value in facts.items()) + ".",
        "",
        _verdict(groups),
    ]
    for group in groups:
        lines += ["", f"### {group.title}", ""]
        if group.failed:
            lines += [f"Not measured: {group.failed}", ""]
        if group.figures:
            lines += ["| what | measured | lowest to highest | budget | |", "| --- | --- | --- | --- | --- |"]
            lines += [_row(figure) for figure in group.figures]
            notes = [f"- {figure.what}: {figure.note}" for figure in group.figures if figure.note]
            if notes:
                lines += ["", *notes]
    return "\n".join(lines) + "\n"


def write_page(path: Path, table: str) -> None:
    """Puts the table between its two marks in the page and leaves the words around it alone."""
    page = path.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path.name} has lost the marks between which the figures stand")
    path.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")


def _verdict(groups: list[Group]) -> str:
    figures = [figure for group in groups for figure in group.figures if figure.budget]
    missed = [figure for figure in figures if not figure.kept]
    said = f"{len(figures) - len(missed)} of {len(figures)} budgets kept."
    if missed:
        said += " Missed: " + "; ".join(f"{figure.what} ({figure.name})" for figure in missed) + "."
    return said


def _row(figure: Figure) -> str:
    spread = "exact"
    if len(figure.samples) > 1:
        spread = f"{_number(min(figure.samples))} to {_number(max(figure.samples))} ({len(figure.samples)} times)"
    budget, mark = "", ""
    if figure.budget:
        budget = f"{figure.budget.sense} {_number(figure.budget.limit)} {figure.unit}".rstrip()
        mark = "kept" if figure.kept else "**missed**"
    cells = [figure.what, f"{_number(figure.value)} {figure.unit}".rstrip(), spread, budget, mark]
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
