"""A table of small and large counts in, the same table out with so much hidden that no count under five shows. Pure.

What is hidden, why, and what an attacker is taken to know: docs/exports.md, section "Under five". In short: every
number under five is hidden, and then as many others as are needed so that each of them, whatever else is published,
could still be anything from nothing up to five. Which hidden number is a small one and which only protects another
cannot be seen.

One table holds one whole (the organisation) by columns, and any number of ways of dividing the same whole (by team, by
municipality). The ways are linked through the whole, so each is protected as if the whole's row were fully known. That
is more than needed, and makes them safe together without solving them together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

SHOWN_FROM: Final = 5
"""The smallest number that leaves the house."""

Row = tuple[int, ...]
ShownRow = tuple[int | None, ...]


@dataclass(frozen=True)
class Table:
    """Counts: for the whole and for each area of each way, one a column. The areas of a way add up to the whole."""

    columns: tuple[str, ...]
    whole: Row
    ways: Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True)
class Shown:
    """A table as it may leave: each row has the numbers of its columns and then their sum; None is hidden."""

    columns: tuple[str, ...]
    whole: ShownRow
    ways: Mapping[str, Mapping[str, ShownRow]]


def hide(table: Table, also: Collection[str] = ()) -> Shown:
    """The table with everything hidden that has to be; the same table always gives the same.

    Columns named in `also` are hidden in every row as if they were small: a number of another table would be bounded by
    them (docs/exports.md, section "Between tables").

    Raises ValueError when the areas of a way do not add up to the whole: nothing would be proven about such a table.
    """
    for areas in table.ways.values():
        if tuple(map(sum, zip(*areas.values(), strict=True))) != table.whole:
            raise ValueError("the areas do not add up to the whole")
    total = sum(table.whole)
    hidden = _small_columns(table.whole, {table.columns.index(name) for name in also})
    if total < SHOWN_FROM:
        hidden = frozenset(range(len(table.columns)))
    nothing = (None,) * (len(table.columns) + 1)
    if total < SHOWN_FROM:
        return Shown(
            table.columns, nothing, {way: dict.fromkeys(sorted(areas), nothing) for way, areas in table.ways.items()}
        )
    whole = tuple(None if place in hidden else number for place, number in enumerate(table.whole))
    return Shown(
        table.columns,
        (*whole, total),
        {way: _hide_areas(areas, hidden) for way, areas in table.ways.items()},
    )


def _small_columns(whole: Row, also: Collection[int] = ()) -> frozenset[int]:
    """The columns of which the whole is hidden: the small ones, and the next until they come to five together."""
    order = sorted(range(len(whole)), key=lambda place: (whole[place], place))
    small = [place for place in order if whole[place] < SHOWN_FROM or place in also]
    rest = [place for place in order if place not in small]
    # One alone would follow from the sum.
    while small and rest and (len(small) == 1 or sum(whole[one] for one in small) < SHOWN_FROM):
        small.append(rest.pop(0))
    return frozenset(small)


# --- the areas of a way -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """A number of the table, as an arc from one node to another.

    What enters a row or a column has to leave it: a row's parts flow from its node to those of their columns, and its
    sum flows back from the node of sums. A change along a closed path changes no sum that is published.
    """

    row: int
    column: int
    tail: int
    head: int
    number: int


def _hide_areas(areas: Mapping[str, Row], together: frozenset[int]) -> dict[str, ShownRow]:
    names = sorted(areas)
    cells = list(_cells([areas[name] for name in names], together))
    net = _Net(cells)
    for place, cell in enumerate(cells):
        if cell.number < SHOWN_FROM or cell.column in together:
            net.hidden.add(place)
    for place, cell in enumerate(cells):
        if cell.number < SHOWN_FROM:
            net.free(place, up=SHOWN_FROM - cell.number, down=cell.number)
    rows: dict[str, list[int | None]] = {name: [] for name in names}
    for place, cell in enumerate(cells):
        rows[names[cell.row]].append(None if place in net.hidden else cell.number)
    return {name: tuple(row) for name, row in rows.items()}


def _cells(rows: Sequence[Row], together: frozenset[int]) -> Iterator[_Cell]:
    """All numbers of a way, row by row; the columns of which the whole is hidden share one node."""
    sums = len(rows)
    for row, numbers in enumerate(rows):
        for column, number in enumerate(numbers):
            node = sums + 1 + (min(together) if column in together else column)
            yield _Cell(row, column, row, node, number)
        yield _Cell(row, len(numbers), sums, row, sum(numbers))


class _Net:
    """The numbers of a way as arcs, and which of them are hidden."""

    def __init__(self, cells: Sequence[_Cell]) -> None:
        self._cells = cells
        self._at: dict[int, list[int]] = {}
        for place, cell in enumerate(cells):
            self._at.setdefault(cell.tail, []).append(place)
            self._at.setdefault(cell.head, []).append(place)
        self.hidden: set[int] = set()

    def free(self, place: int, *, up: int, down: int) -> None:
        """Hide what is needed so that a hidden number could be so much larger, and so much smaller, than it is."""
        cell = self._cells[place]
        self._push(place, cell.head, cell.tail, up)
        self._push(place, cell.tail, cell.head, down)

    def _push(self, but: int, start: int, goal: int, amount: int) -> None:
        """Changes of other numbers that let one number change by `amount`: first hidden ones, then the cheapest."""
        changed: dict[int, int] = {}
        while amount:
            path = self._over_hidden(but, start, goal, changed) or self._cheapest(but, start, goal, changed)
            rooms = [self._cells[one].number + changed.get(one, 0) for one, sign in path if sign < 0]
            step = min([amount, *rooms])
            for one, sign in path:
                changed[one] = changed.get(one, 0) + sign * step
                self.hidden.add(one)
            amount -= step

    def _steps(self, node: int, but: int, changed: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
        """Where a change can go on from a node: to which, over which number, and whether that grows or shrinks."""
        for place in self._at[node]:
            cell = self._cells[place]
            if place == but:
                continue
            if cell.tail == node:
                yield cell.head, place, 1
            elif cell.number + changed.get(place, 0) > 0:
                yield cell.tail, place, -1

    def _over_hidden(
        self, but: int, start: int, goal: int, changed: Mapping[int, int]
    ) -> list[tuple[int, int]]:
        """The shortest path over hidden numbers alone; empty when there is none."""
        came: dict[int, tuple[int, int, int]] = {}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for other, place, sign in self._steps(node, but, changed):
                if place in self.hidden and other not in came and other != start:
                    came[other] = (node, place, sign)
                    if other == goal:
                        return _back(came, start, goal)
                    waiting.append(other)
        return []

    def _cheapest(self, but: int, start: int, goal: int, changed: Mapping[int, int]) -> list[tuple[int, int]]:
        """The path that hides least: small numbers rather than large ones, and sums last.

        There always is one. With everything hidden a number can be nothing, or take over its whole column, and a
        column, or the columns that share a node, holds five or more.
        """
        came: dict[int, tuple[int, int, int]] = {}
        best = {start: 0}
        waiting: list[tuple[int, int]] = [(0, start)]
        while waiting:
            cost, node = heappop(waiting)
            if node == goal:
                break
            if cost > best[node]:
                continue
            for other, place, sign in self._steps(node, but, changed):
                reached = cost + (0 if place in self.hidden else 1 + self._cells[place].number)
                if other != start and reached < best.get(other, reached + 1):
                    best[other] = reached
                    came[other] = (node, place, sign)
                    heappush(waiting, (reached, other))
        return _back(came, start, goal)


def _back(came: Mapping[int, tuple[int, int, int]], start: int, goal: int) -> list[tuple[int, int]]:
    """The numbers along a path and the direction in which each changes."""
    path = []
    node = goal
    while node != start:
        node, place, sign = came[node]
        path.append((place, sign))
    return path


def add_up(rows: Iterable[ShownRow]) -> ShownRow:
    """Rows of several months as one: a sum where every one of them is shown, else hidden.

    Made of what is published and of nothing else, so it tells nothing that this does not.
    """
    return tuple(
        None if any(number is None for number in numbers) else sum(number for number in numbers if number is not None)
        for numbers in zip(*rows, strict=True)
    )
