"""Tables of one month that tell of the same children, hidden together; and months, beside those published before. Pure.

Each table by itself is hidden by suppression.py. What one bounds of another follows from what the numbers are:
whoever was spoken to had a talk, a child beyond a norm of a month was not spoken to in it, one whose gap is longer than
six months was not spoken to in the five months before. Which of these hold, what is hidden because of them, and why
that is enough: docs/exports.md, section "Between tables", and decision 0036.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

from kindstem.norms import Norm, add_months
from kindstem.suppression import SHOWN_FROM, Table, hide

BANDS: Final = ("upto1", "upto2", "upto3", "upto6", "over6")
"""The columns of `gaps`, shortest first."""

_FREE: Final = 1
"""The band that bounds nothing: one of 32 to 62 days need not hold a whole month, nor need it have no day beyond."""

_REACH: Final = ((2, 63, 1), (3, 93, 2), (4, 185, 5))
"""From which band on, of how many days at least, a gap holds how many whole months before the month it is told in."""

NEAR: Final = 5
"""How many months before and after one tell of it."""

_DAY: Final = timedelta(days=1)

Rows = list[list[Any]]
Published = Mapping[str, Rows]
"""What is published of a month: by table, each row as whose, name and numbers."""


@dataclass(frozen=True)
class _Whole:
    """The organisation's row of the tables that bound each other, as published; None is hidden."""

    month: date
    children: int | None
    unspoken: int | None
    beyond: int | None
    gaps: tuple[int | None, ...]

    @classmethod
    def of(cls, month: str, tables: Published) -> _Whole:
        """The same of a month that was published."""
        none = (None,) * 9
        rows = {name: tables[name][0][2] if name in tables else none for name in ("children", "norm", "gaps")}
        return cls(_first(month), rows["children"][2], rows["children"][1], rows["norm"][1], tuple(rows["gaps"][:5]))

    @property
    def last(self) -> date:
        """The last day of the month."""
        return add_months(self.month, 1) - _DAY

    @property
    def most_unspoken(self) -> int | None:
        """As many as were unspoken to, or could have been; None where nothing says."""
        return self.children if self.unspoken is None else self.unspoken

    @property
    def most_beyond(self) -> int | None:
        """The same of being beyond the norm: such children were unspoken to, and none has a gap of the first band."""
        if self.beyond is not None or self.children is None:
            return self.beyond
        return min(self.children - (self.gaps[0] or 0), self.children if self.unspoken is None else self.unspoken)


def near(month: str) -> list[str]:
    """The months whose numbers bound those of a month."""
    first = _first(month)
    return [add_months(first, step).isoformat()[:7] for step in range(-NEAR, NEAR + 1) if step]


def shown(
    month: str, tables: Mapping[str, Table], norms: Mapping[date, Norm | None], before: Mapping[str, Published]
) -> dict[str, Rows]:
    """The tables of a month as they may leave, beside what was published of the months near it.

    `norms` are the norms in force, by the last days of these months and of this one.
    """
    ways = list(_ways(month, tables))
    # The last one shows nothing of its children, and so tells nothing of other months.
    chosen = next((one for one in ways if _holds(one, tables, norms, before)), ways[-1])
    return {
        **_children(chosen, tables),
        **_talks(tables, unspoken_hidden=chosen.unspoken is None and chosen.children is not None),
        **{name: _rows(hide(table)) for name, table in tables.items() if name in {"young", "asked"}},
        "others": _rows(hide(tables["others"], _also(tables))),
    }


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _nothing(table: Table) -> Rows:
    return [["all", "", [None] * (len(table.columns) + 1)]]


def _rows(found: Any) -> Rows:
    rows: Rows = [["all", "", list(found.whole)]]
    for way, areas in found.ways.items():
        # An area with nothing to show has no line, so that a line does not tell that there is somebody, nor its
        # absence that there is nobody.
        rows += [[way, area, list(row)] for area, row in areas.items() if set(row) != {None}]
    return rows


# --- the organisation -------------------------------------------------------------------------------------------------


def _ways(month: str, tables: Mapping[str, Table]) -> Iterator[_Whole]:
    """How much of the month can be shown, from as much as its own tables allow down to nothing of its children."""
    spoken, unspoken = tables["children"].whole
    within, beyond = tables["norm"].whole
    total = spoken + unspoken
    all_of_them = total if total >= SHOWN_FROM else None
    both = [True] if min(spoken, unspoken) >= SHOWN_FROM else []
    judged = [True] if min(within, beyond) >= SHOWN_FROM else []
    for children, norm, hidden in product((*both, False), (*judged, False), _hidden_bands(tables["gaps"].whole)):
        yield _Whole(
            _first(month),
            all_of_them,
            unspoken if children else None,
            beyond if norm else None,
            tuple(None if place in hidden else number for place, number in enumerate(tables["gaps"].whole)),
        )
    yield _Whole(_first(month), None, None, None, (None,) * len(BANDS))


def _hidden_bands(gaps: Sequence[int]) -> list[frozenset[int]]:
    """Which bands are hidden: as few as can be, then more.

    With any band the free one is hidden, so that the children of a hidden band can be thought of in it.
    """
    everything = frozenset(range(len(gaps)))
    small = {place for place, number in enumerate(gaps) if number < SHOWN_FROM}
    if sum(gaps) < SHOWN_FROM:
        return [everything]
    found: list[frozenset[int]] = []
    if small:
        small.add(_FREE)
        # The shortest band last: with it hidden, how many have a longer gap than a month is hidden too.
        rest = sorted(everything - small, key=lambda place: (place == 0, gaps[place], place))
        while rest and (len(small) == 1 or sum(gaps[place] for place in small) < SHOWN_FROM):
            small.add(rest.pop(0))
    found.append(frozenset(small))
    return list(dict.fromkeys([*found, frozenset(small) | (everything - {0}), everything]))


def _holds(
    one: _Whole, tables: Mapping[str, Table], norms: Mapping[date, Norm | None], before: Mapping[str, Published]
) -> bool:
    """Whether each small number could still be anything, in this month and in those published."""
    others = [_Whole.of(month, published) for month, published in before.items()]
    earlier = [other for other in others if other.month < one.month]
    later = [other for other in others if other.month > one.month]
    return (
        all(_apart(other, one, norms) for other in earlier)
        and all(_apart(one, other, norms) for other in later)
        and (tables["gaps"].whole[_FREE] >= SHOWN_FROM or _free_band(one, earlier, norms))
        # Which hidden number of a month was small is published nowhere; so that band may be.
        and all(
            _free_band(other, [*others, one], norms) or not _free_band(other, others, norms) for other in later
        )
    )


def _bounds(earlier: _Whole, later: _Whole, norms: Mapping[date, Norm | None]) -> Iterator[tuple[int, int]]:
    """From which band on the later month has at most how many children, because of the earlier one."""
    months = (later.month.year - earlier.month.year) * 12 + later.month.month - earlier.month.month
    for band, days, reach in _REACH:
        if months > reach:
            continue
        if earlier.most_unspoken is not None:
            yield band, earlier.most_unspoken
        norm = norms.get(earlier.last)
        # With the last contact so long ago at the latest, the earlier month's last day was beyond the norm for sure.
        beyond = norm is not None and norm.latest(later.last - days * _DAY) < earlier.last
        if beyond and earlier.most_beyond is not None:
            yield band, earlier.most_beyond


def _apart(earlier: _Whole, later: _Whole, norms: Mapping[date, Norm | None]) -> bool:
    """Whether two months bound no small number of each other.

    Everybody in these bands of the later month was unspoken to in the earlier one, and beyond its norm.
    """
    for band, most in _bounds(earlier, later, norms):
        known = sum(number or 0 for number in later.gaps[band:])
        # A hidden band takes children from the free one, and has room for five.
        hidden = None in later.gaps[band:] and None in later.gaps[:band]
        if hidden and known <= most < known + SHOWN_FROM:
            return False
        # So many were not spoken to for sure, and a hidden number of the others has room for five.
        total = earlier.children
        if known and earlier.unspoken is None and total is not None and known <= total < known + SHOWN_FROM:
            return False
    return True


def _free_band(one: _Whole, near: Sequence[_Whole], norms: Mapping[date, Norm | None]) -> bool:
    """Whether nobody need be in the free band, where it is hidden: the other hidden ones hold its children too."""
    hidden = [place for place, number in enumerate(one.gaps) if number is None]
    if _FREE not in hidden or one.children is None:
        return True
    total = one.children - sum(number or 0 for number in one.gaps)
    earlier = [other for other in near if other.month < one.month]
    rooms = [0]
    for place in hidden:
        if place > _FREE:
            mosts = [(band, most) for other in earlier for band, most in _bounds(other, one, norms) if band <= place]
            left = [most - sum(number or 0 for number in one.gaps[band:]) for band, most in mosts]
            rooms.append(min(left, default=total))
    # Whoever is beyond the norm has a gap longer than the shortest band in most months; taken for all of them.
    short = 0 if 0 not in hidden else total if one.beyond is None else one.children - one.beyond
    return max(rooms) + short >= total


# --- children, by area ------------------------------------------------------------------------------------------------


def _children(one: _Whole, tables: Mapping[str, Table]) -> dict[str, Rows]:
    """The tables of a month's children: the organisation's rows, and the areas of two of them together."""
    made = {name: _nothing(tables[name]) for name in ("children", "norm", "gaps", "continuity")}
    if one.children is None:
        return made
    with_children, with_norm = one.unspoken is not None, one.beyond is not None
    spoken, unspoken = tables["children"].whole
    within, beyond = tables["norm"].whole
    made["children"] = [["all", "", [*((spoken, unspoken) if with_children else (None, None)), one.children]]]
    if with_norm:
        made["norm"] = [["all", "", [within, beyond, within + beyond]]]
    made["gaps"] = [["all", "", [*one.gaps, one.children]]]
    made["continuity"] = _rows(hide(tables["continuity"]))
    for way in tables["children"].ways:
        areas = {
            area: (*numbers, *tables["norm"].ways[way][area]) for area, numbers in tables["children"].ways[way].items()
        }
        closed, unnamed = _closed(areas, with_children=with_children, with_norm=with_norm)
        for area, (*numbers, held, missed) in sorted(areas.items()):
            if area in unnamed:
                continue
            whole = area not in closed
            made["children"].append([way, area, [*(numbers if whole else (None, None)), sum(numbers)]])
            if whole and with_norm:
                made["norm"].append([way, area, [held, missed, held + missed]])
    return made


def _closed(
    areas: Mapping[str, Sequence[int]], *, with_children: bool, with_norm: bool
) -> tuple[set[str], set[str]]:
    """The areas of which only the number of children is shown, and those among them of which nothing is.

    Children of closed areas can be thought of in each other's places, with all that is known of each: nothing that is
    shown of the organisation, of another area or of another month changes. So it is enough that there are so many
    of each kind in them that every small number can be five, and so much room that it can be nothing.
    """
    sizes = {area: row[0] + row[1] for area, row in areas.items()}
    kinds = {area: (*row, row[2] + row[3]) for area, row in areas.items()}
    # Without its norm a month tells of no area's; unless many are beyond it, of whom other months may tell.
    apart = not with_norm and sum(row[3] for row in areas.values()) < SHOWN_FROM
    judged = range(2) if apart and with_children else range(5)
    few = {area for area in areas if min(kinds[area][kind] for kind in judged) < SHOWN_FROM}
    closed = few if with_children and (with_norm or apart) else set(areas)
    unnamed = {area for area in areas if sizes[area] < SHOWN_FROM}
    while True:
        order = sorted(areas, key=lambda area: (area in unnamed, area not in closed, sizes[area], area))
        while unnamed and len(unnamed) < len(areas) and _few(unnamed, sizes):
            unnamed.add(order.pop(0))
        closed |= unnamed
        narrow = _narrow(closed, unnamed, sizes, kinds, judged)
        if narrow is None:
            return closed, unnamed
        if len(closed) < len(areas):
            closed.add(min(set(areas) - closed, key=lambda area: (sizes[area], area)))
        else:
            unnamed.add(narrow)


def _few(unnamed: set[str], sizes: Mapping[str, int]) -> bool:
    return len(unnamed) == 1 or sum(sizes[area] for area in unnamed) < SHOWN_FROM


def _narrow(
    closed: set[str],
    unnamed: set[str],
    sizes: Mapping[str, int],
    kinds: Mapping[str, Sequence[int]],
    judged: Sequence[int],
) -> str | None:
    """The first closed area with a small number that could not be nothing, or could not be five."""
    held = sum(sizes[area] for area in closed)
    there = {kind: sum(kinds[area][kind] for area in closed) for kind in judged}
    # What the whole organisation has few of is hidden there, and could be five there; all of them in one area.
    counted = [kind for kind in judged if there[kind] >= SHOWN_FROM or len(closed) < len(sizes)]
    for area in sorted(closed):
        for kind in counted:
            room = area in unnamed or held - sizes[area] >= there[kind]
            if kinds[area][kind] < SHOWN_FROM and (there[kind] < SHOWN_FROM or not room):
                return area
    return None


# --- talks ------------------------------------------------------------------------------------------------------------


def _talks(tables: Mapping[str, Table], *, unspoken_hidden: bool) -> dict[str, Rows]:
    """The tables of a month's talks, as its children allow.

    Whoever was spoken to had a talk. So where few were, there may have been none; and where few were not, as many as
    there are children.
    """
    names = ("talks", "planned", "length")
    spoken, unspoken = tables["children"].whole
    if spoken < SHOWN_FROM or (unspoken_hidden and spoken + unspoken == SHOWN_FROM):
        return {name: _nothing(tables[name]) for name in names}
    made = {name: _rows(hide(tables[name])) for name in names}
    if unspoken_hidden and sum(tables["talks"].whole) < spoken + unspoken:
        made = {name: _without_sum(rows) for name, rows in made.items()}
    return made


def _without_sum(rows: Rows) -> Rows:
    """The rows without their sums, and without one column, so that there could be any number more."""
    whole = rows[0][2][:-1]
    hidden = {len(whole)}
    if None not in whole:
        hidden.add(min(range(len(whole)), key=lambda place: (whole[place], place)))
    made = [
        [way, area, [None if place in hidden else number for place, number in enumerate(row)]]
        for way, area, row in rows
    ]
    return [row for row in made if row[0] == "all" or set(row[2]) != {None}]


def _also(tables: Mapping[str, Table]) -> tuple[str, ...]:
    """A talk with a child under four tells that there is one: where there are few, talks with them are hidden too."""
    return ("seen",) if sum(tables["young"].whole) < SHOWN_FROM else ()
