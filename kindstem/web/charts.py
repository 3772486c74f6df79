"""Where things stand in a picture of numbers: bars, columns, strips, as plain figures that templates draw as SVG. Pure.

Every picture has the same numbers in words beside it, so nothing here is the only place where a number stands. What a
thing means is told by its form first (docs/look.md); colour comes last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Final

from kindstem.domain import Contact
from kindstem.store.lines import Spoken

LEVELS: Final = ("A", "B", "C", "D", "disputed")
"""The evidence levels in the order in which they stand everywhere."""

_BAR: Final = 400.0
_STRIP: Final = (6.0, 314.0)
_PLOT: Final = (34.0, 12.0, 660.0, 196.0)
"""Left, top, right and bottom of the plot in a picture of 680 by 232."""


@dataclass(frozen=True)
class Piece:
    """A part of a bar: which pattern, where it begins, how wide, and the number it stands for."""

    cls: str
    x: float
    width: float
    value: int


@dataclass(frozen=True)
class Block:
    """A part of a column: which pattern, its top, its height, and the number it stands for."""

    cls: str
    name: str
    y: float
    height: float
    value: int


@dataclass(frozen=True)
class Column:
    """A column of a picture: where it stands, what is under it, its parts from the ground up, and its sum."""

    x: float
    width: float
    label: str
    blocks: tuple[Block, ...]
    total: int
    top: float

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Columns:
    """A picture of columns, with lines at round numbers, and the line over it that all is seen against, if any."""

    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, int], ...]
    line: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """The line as a path that steps from column to column."""
        return "".join(f"{'L' if n else 'M'}{x} {y}" for n, (x, y) in enumerate(self.line))


@dataclass(frozen=True)
class Mark:
    """One talk on a strip."""

    level: str
    x: float


@dataclass(frozen=True)
class Strip:
    """A child's talks along time, with the silence since the last as a bar that is seen before it is read."""

    months: str
    """Where months begin, as a path."""
    marks: tuple[Mark, ...]
    stem: tuple[float, float] | None
    """From the first talk to the last."""
    wait: tuple[float, float] | None
    """From the last talk, or the beginning, to the end of the period."""
    over: tuple[float, float] | None
    """The part of that which is longer than the norm allows."""


def bar(parts: Iterable[tuple[str, int]]) -> tuple[Piece, ...]:
    """The parts of one bar, side by side over its whole width; those of nothing are left out."""
    given = [(cls, value) for cls, value in parts if value > 0]
    whole = sum(value for _, value in given)
    found, x = [], 0.0
    for cls, value in given:
        width = _BAR * value / whole
        found.append(Piece(cls, round(x, 1), round(width, 1), value))
        x += width
    return tuple(found)


def columns(
    named: Sequence[tuple[str, Sequence[tuple[str, str, int]]]], *, line: Sequence[int] = (), widest: float = 44
) -> Columns:
    """Columns of (label, parts as (pattern, name, number) from the ground), and a line through numbers of its own."""
    left, top, right, bottom = _PLOT
    most = max((sum(value for _, _, value in parts) for _, parts in named), default=0)
    step = _step(max(most, *line, 1))
    ceiling = step * max(1, -(-max(most, *line, 1) // step))
    room = (right - left) / max(1, len(named))
    width = min(widest, room * 0.72)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * value / ceiling, 1)

    found = []
    for n, (label, parts) in enumerate(named):
        below, blocks = 0, []
        for cls, name, value in parts:
            if value > 0:
                blocks.append(Block(cls, name, y(below + value), round(y(below) - y(below + value), 1), value))
            below += value
        x = round(left + room * n + (room - width) / 2, 1)
        found.append(Column(x, round(width, 1), label, tuple(blocks), below, y(below)))
    stepped: list[tuple[float, float]] = []
    for n, value in enumerate(line):
        stepped += [(round(left + room * n, 1), y(value)), (round(left + room * (n + 1), 1), y(value))]
    ticks = tuple((y(value), value) for value in range(0, ceiling + 1, step))
    return Columns(tuple(found), ticks, tuple(stepped))


def strip(
    contacts: Iterable[Contact | Spoken],
    since: date,
    until: date,
    *,
    begun: date | None = None,
    latest: date | None = None,
) -> Strip:
    """A child's realised and disputed 1-op-1 contacts in a period.

    `begun` is where the silence is counted from without any contact; `latest` the last day on which it is within the
    norm, so that what comes after it is drawn thick.
    """

    def x(day: date) -> float:
        return _along(day, since, until)

    shown = sorted((one for one in contacts if since <= one.day <= until), key=attrgetter("day"))
    marks = tuple(Mark("disputed" if one.state == "disputed" else one.level[0], x(one.day)) for one in shown)
    real = [one.day for one in shown if one.state == "realised"]
    from_day = real[-1] if real else max(since, begun or since)
    over = None
    if latest is not None and latest < until:
        over = (x(max(latest, from_day)), _STRIP[1])
    stem = (x(real[0]), x(real[-1])) if len(real) > 1 else None
    return Strip(_months(since, until), marks, stem, (x(from_day), _STRIP[1]), over)


def _along(day: date, since: date, until: date) -> float:
    """Where a day stands on a strip."""
    share = min(1.0, max(0.0, (day - since).days / max(1, (until - since).days)))
    return round(_STRIP[0] + (_STRIP[1] - _STRIP[0]) * share, 1)


# The same for each of the strips of a list.
@lru_cache(maxsize=64)
def _months(since: date, until: date) -> str:
    return "".join(f"M{_along(day, since, until)} 5V23" for day in _firsts(since, until))


def _firsts(since: date, until: date) -> Iterable[date]:
    day = since.replace(day=1)
    while day <= until:
        if day >= since:
            yield day
        day = (day + timedelta(days=32)).replace(day=1)


def _step(most: int) -> int:
    """A round number of which at most five fit in."""
    step = 1
    while True:
        for times in (1, 2, 5):
            if step * times * 5 >= most:
                return step * times
        step *= 10
