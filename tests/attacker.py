"""Somebody who has a whole report and knows what its numbers are, and asks what a hidden one can still be.

Written from docs/exports.md, section "Between tables", and from nothing that hides. Everything is whole numbers from
nought up; HiGHS finds numbers that fit all that is published and all that holds for sure, or says that there are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import highspy

from kindstem.norms import Norm, add_months

Name = tuple[str, str, str, str, str]
"""A number: period, table, whose (`all`, `team`, `municipality`), which of these, and the column; `all` is the sum."""

LARGE: Final = 10_000
"""No organisation of these tests has so many of anything."""

COLUMNS: Final = {
    "children": ("spoken", "unspoken"),
    "young": ("young",),
    "norm": ("within", "beyond"),
    "gaps": ("upto1", "upto2", "upto3", "upto6", "over6"),
    "talks": ("A", "B", "C", "D"),
    "others": ("other", "notheld", "disputed", "withdrawn", "seen"),
    "planned": ("foreseen", "unforeseen"),
    "length": ("short", "long"),
    "continuity": ("changed", "same"),
    "diagnostics": ("begun", "notbegun"),
    "help": ("begun", "notbegun"),
}
DIVIDED: Final = ("children", "young", "norm", "talks", "others")
QUARTERLY: Final = ("diagnostics", "help")

INSIDE: Final = {"upto3": (63, 1), "upto6": (93, 2), "over6": (185, 5)}
"""Of how many days a gap of a band is at least, and how many whole months before its own lie in it."""


class Attacker:
    """Everything that is known of a report's numbers."""

    def __init__(
        self,
        periods: Iterable[Mapping[str, Any]],
        areas: Mapping[str, Iterable[str]],
        norms: Mapping[date, Norm | None],
    ) -> None:
        """With the names of all areas, by way, and the norms in force, by the last days of months."""
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._places: dict[Name, int] = {}
        self._areas = {way: sorted(names) for way, names in areas.items()}
        self._periods = {one["period"]: one["tables"] for one in periods}
        self._norms = norms
        months = [period for period in self._periods if "Q" not in period]
        for period, tables in self._periods.items():
            for table in COLUMNS if period in months else QUARTERLY:
                self._table(period, table)
            for table, rows in tables.items():
                for by, area, row in rows if table in COLUMNS else ():
                    for column, number in zip((*COLUMNS[table], "all"), row, strict=True):
                        if number is not None:
                            self._solver.changeColBounds(self._at((period, table, by, area, column)), number, number)
        for month in months:
            self._month(month, self._periods[month])
        for later in months:
            for steps in range(1, 6):
                earlier = _before(later, steps)
                if earlier in months:
                    self._gaps(earlier, later, steps)
        for quarter in self._periods.keys() - set(months):
            self._quarter(quarter)

    # --- what holds for sure ------------------------------------------------------------------------------------------

    def _table(self, period: str, table: str) -> None:
        """A row adds up to its sum, and areas add up to the organisation."""
        whole = [("all", "")]
        ways = {way: [(way, area) for area in names] for way, names in self._areas.items() if table in DIVIDED}
        for by, area in (*whole, *(one for those in ways.values() for one in those)):
            for column in (*COLUMNS[table], "all"):
                self._places[period, table, by, area, column] = self._new()
            parts = {(period, table, by, area, column): 1 for column in COLUMNS[table]}
            self._know(parts | {(period, table, by, area, "all"): -1}, 0, 0)
        for areas in ways.values():
            for column in (*COLUMNS[table], "all"):
                parts = {(period, table, by, area, column): 1 for by, area in areas}
                self._know(parts | {(period, table, "all", "", column): -1}, 0, 0)

    def _month(self, month: str, tables: Mapping[str, Any]) -> None:
        def whole(table: str, column: str = "all") -> Name:
            return (month, table, "all", "", column)

        first, last = _days(month)
        for table in ("gaps", "continuity"):
            self._know({whole("children"): 1, whole(table): -1}, 0, 0)
        for table in ("planned", "length"):
            self._know({whole("talks"): 1, whole(table): -1}, 0, 0)
        # Whoever was spoken to had a talk, and a talk is somebody's.
        self._know({whole("talks"): 1, whole("children", "spoken"): -1}, 0)
        self._know({whole("talks"): -1, whole("children", "spoken"): LARGE}, 0)
        self._know({whole("others", "seen"): -1, whole("young"): LARGE}, 0)
        norm = self._norms[last]
        often = norm is not None and norm.number <= 1
        rows = [("all", ""), *((way, area) for way, names in self._areas.items() for area in names)]
        for by, area in rows:
            # Whoever is judged on the last day was under a measure in the month.
            self._know({(month, "children", by, area, "all"): 1, (month, "norm", by, area, "all"): -1}, 0)
            if norm is None:
                self._know({(month, "norm", by, area, "all"): 1}, 0, 0)
            elif often and norm.latest(first) >= last:
                # Whoever was spoken to in the month is within such a norm on its last day.
                beyond, unspoken = (month, "norm", by, area, "beyond"), (month, "children", by, area, "unspoken")
                self._know({unspoken: 1, beyond: -1}, 0)
        if norm is not None and often and norm.latest(last - timedelta(31)) >= last:
            # Whoever is beyond it has a gap of more than 31 days.
            self._know({whole("children"): 1, whole("gaps", "upto1"): -1, whole("norm", "beyond"): -1}, 0)
        if share := tables.get("days", [[None, None, [None]]])[0][2][0]:
            # Days within and days not: each child has one at least of the last day's, and no more than the month has.
            days = (self._new(), self._new())
            for at, column in zip(days, ("within", "beyond"), strict=True):
                self._know({at: 1, whole("norm", column): -1}, 0)
            self._know({days[0]: -1, days[1]: -1, whole("children"): last.day}, 0)
            self._know({days[0]: 100 - share, days[1]: -share}, 0)
            self._know({days[0]: 99 - share, days[1]: -share - 1}, -LARGE * 100, -1)
        if "median" in tables:
            self._know({whole("talks"): 1}, 20)
            short = {whole("length", "short"): 2, whole("talks"): -1}
            self._know(short, *((0, LARGE) if tables["median"][0][2][0] < 15 else (-LARGE, -1)))

    def _gaps(self, earlier: str, later: str, steps: int) -> None:
        """Whoever has a gap that holds the whole of a month before was not spoken to in that month."""
        ends, end = _days(later)[1], _days(earlier)[1]
        norm = self._norms[end]
        for band, (days, reach) in INSIDE.items():
            if steps > reach:
                continue
            bands = COLUMNS["gaps"][COLUMNS["gaps"].index(band) :]
            inside = {(later, "gaps", "all", "", one): -1 for one in bands}
            self._know({(earlier, "children", "all", "", "unspoken"): 1} | inside, 0)
            # Nor within the norm on its last day, where the norm allows no gap so long.
            if norm is not None and norm.latest(ends - timedelta(days)) < end:
                self._know({(earlier, "norm", "all", "", "beyond"): 1} | inside, 0)

    def _quarter(self, quarter: str) -> None:
        """The same children in both tables: those of any of the quarter's months."""
        whole = (quarter, "diagnostics", "all", "", "all")
        self._know({whole: 1, (quarter, "help", "all", "", "all"): -1}, 0, 0)
        first = date(int(quarter[:4]), 3 * int(quarter[-1]) - 2, 1)
        months = [(add_months(first, step).isoformat()[:7], "children", "all", "", "all") for step in range(3)]
        for month in months:
            if month in self._places:
                self._know({whole: 1, month: -1}, 0)
        if all(month in self._places for month in months):
            self._know({whole: -1} | dict.fromkeys(months, 1), 0)

    def _new(self) -> int:
        self._solver.addCol(0, 0, LARGE, 0, [], [])
        self._solver.changeColIntegrality(self._solver.getNumCol() - 1, highspy.HighsVarType.kInteger)
        return int(self._solver.getNumCol()) - 1

    def _at(self, name: Name | int) -> int:
        return name if isinstance(name, int) else self._places[name]

    def _know(self, parts: Mapping[Any, int], low: float, high: float = highspy.kHighsInf) -> None:
        self._solver.addRow(low, high, len(parts), [self._at(name) for name in parts], list(parts.values()))

    # --- what could be ------------------------------------------------------------------------------------------------

    def fits(self, true: Mapping[Name, int]) -> bool:
        """Whether numbers can be what they are: else something that does not hold is taken for sure."""
        with _Held(self._solver, [(self._at(name), number, number) for name, number in true.items()]):
            return self._solve({}) is not None

    def bounded(self, names: Iterable[Name], *, most: int) -> dict[Name, str]:
        """Which of these numbers cannot be nothing, or cannot be so many any more."""
        low, high = set(names), set(names)
        for bad in list(low):
            # Each answer is numbers that fit, and so says something of all the others too.
            for want, sign in ((low, 1), (high, -1)):
                if bad in want:
                    found = self._solve({self._at(name): sign for name in want})
                    self._seen(found, low, high, most)
        for bad in list(low):
            self._seen(self._solve({self._at(bad): 1}), low, high, most)
        for bad in list(high):
            self._seen(self._solve({self._at(bad): -1}), low, high, most)
        return dict.fromkeys(high, "never so many") | dict.fromkeys(low, "never nothing")

    def _seen(self, found: list[float] | None, low: set[Name], high: set[Name], most: int) -> None:
        if found is None:
            raise AssertionError("no numbers fit")
        low -= {name for name in low if round(found[self._at(name)]) == 0}
        high -= {name for name in high if round(found[self._at(name)]) >= most}

    def _solve(self, costs: Mapping[int, int]) -> list[float] | None:
        for column in range(self._solver.getNumCol()):
            self._solver.changeColCost(column, costs.get(column, 0))
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return list(self._solver.getSolution().col_value)


class _Held:
    """Numbers held where they are, for as long as it lasts."""

    def __init__(self, solver: highspy.Highs, bounds: list[tuple[int, int, int]]) -> None:
        self._solver, self._bounds = solver, bounds
        self._kept: list[tuple[int, float, float]] = []

    def __enter__(self) -> None:
        model = self._solver.getLp()
        for column, low, high in self._bounds:
            self._kept.append((column, model.col_lower_[column], model.col_upper_[column]))
            self._solver.changeColBounds(column, low, high)

    def __exit__(self, *_: object) -> None:
        for column, low, high in self._kept:
            self._solver.changeColBounds(column, low, high)


def _days(month: str) -> tuple[date, date]:
    first = date.fromisoformat(f"{month}-01")
    return first, add_months(first, 1) - timedelta(1)


def _before(month: str, steps: int) -> str:
    return add_months(_days(month)[0], -steps).isoformat()[:7]


def rows_of(true: Mapping[str, Any], period: str) -> Iterator[tuple[Name, int]]:
    """The numbers of tables that nothing is hidden in, with their sums."""
    for table, made in true.items():
        rows = {("all", ""): made.whole}
        rows |= {(way, area): row for way, areas in made.ways.items() for area, row in areas.items()}
        for (by, area), row in rows.items() if table in COLUMNS else ():
            for column, number in zip((*COLUMNS[table], "all"), (*row, sum(row)), strict=True):
                yield (period, table, by, area, column), number
