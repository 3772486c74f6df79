"""What is hidden in tables that leave: by examples computed by hand, and against an attacker who has them all."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem.suppression import SHOWN_FROM, Shown, Table, add_up, hide

SMALL = range(SHOWN_FROM)

# --- by hand ----------------------------------------------------------------------------------------------------------


def test_a_table_of_large_numbers_is_shown_whole() -> None:
    table = Table(("spoken", "unspoken"), (50, 30), {"team": {"els": (30, 20), "wilg": (20, 10)}})
    assert hide(table) == Shown(
        ("spoken", "unspoken"), (50, 30, 80), {"team": {"els": (30, 20, 50), "wilg": (20, 10, 30)}}
    )


def test_a_small_number_takes_one_more_of_its_row_and_both_of_another() -> None:
    table = Table(
        ("spoken", "unspoken"), (60, 33), {"team": {"els": (30, 20), "esp": (10, 11), "wilg": (20, 2)}}
    )
    shown = hide(table).ways["team"]
    assert shown == {"els": (30, 20, 50), "esp": (None, None, 21), "wilg": (None, None, 22)}


def test_a_column_that_is_small_in_the_whole_is_hidden_everywhere_with_another() -> None:
    table = Table(("A", "B", "C"), (40, 20, 3), {"team": {"els": (20, 10, 2), "wilg": (20, 10, 1)}})
    shown = hide(table)
    assert shown.whole == (40, None, None, 63)
    assert shown.ways["team"] == {"els": (20, None, None, 32), "wilg": (20, None, None, 31)}


def test_a_whole_under_five_shows_nothing() -> None:
    shown = hide(Table(("A", "B"), (3, 1), {"team": {"els": (3, 1)}}))
    assert (shown.whole, shown.ways["team"]["els"]) == ((None,) * 3, (None,) * 3)


def test_areas_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        hide(Table(("A",), (9,), {"team": {"els": (8,)}}))


def test_months_together_are_a_sum_only_where_all_are_shown() -> None:
    assert add_up([(5, None, 9), (6, 7, 10)]) == (11, None, 19)


# --- the attacker -----------------------------------------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn, most: int = 30, areas: int = 4, columns: int = 4) -> Table:
    """A table with two ways of dividing the same whole, many of its numbers small."""
    width = draw(st.integers(1, columns))
    number = st.integers(0, 7) | st.integers(0, most)
    rows = draw(st.lists(st.tuples(*[number] * width), min_size=1, max_size=areas))
    whole = tuple(map(sum, zip(*rows, strict=True)))
    ways = {"team": {f"t{n}": row for n, row in enumerate(rows)}}
    parts = draw(st.integers(1, areas))
    other = [[0] * width for _ in range(parts)]
    for column, number_of in enumerate(whole):
        cuts = sorted(draw(st.lists(st.integers(0, number_of), min_size=parts - 1, max_size=parts - 1)))
        for row, (low, high) in enumerate(zip([0, *cuts], [*cuts, number_of], strict=True)):
            other[row][column] = high - low
    ways["municipality"] = {f"m{n}": tuple(row) for n, row in enumerate(other)}
    return Table(tuple(f"c{n}" for n in range(width)), whole, ways)


Name = tuple[str, str, int]


def numbers(table: Table) -> dict[Name, int]:
    """Every number, sums included, by way, area and column."""
    found = {("", "", place): number for place, number in enumerate((*table.whole, sum(table.whole)))}
    for way, areas in table.ways.items():
        for area, row in areas.items():
            found |= {(way, area, place): number for place, number in enumerate((*row, sum(row)))}
    return found


def published(shown: Shown) -> dict[Name, int | None]:
    found: dict[Name, int | None] = {("", "", place): number for place, number in enumerate(shown.whole)}
    for way, areas in shown.ways.items():
        for area, row in areas.items():
            found |= {(way, area, place): number for place, number in enumerate(row)}
    return found


def equations(shown: Shown) -> Iterator[dict[Name, int]]:
    """What everybody knows of such a table: sums of rows, and of areas. Each of these comes to nothing."""
    width = len(shown.columns)
    rows = [("", ""), *((way, area) for way, areas in shown.ways.items() for area in areas)]
    for way, area in rows:
        yield {(way, area, place): 1 for place in range(width)} | {(way, area, width): -1}
    for way, areas in shown.ways.items():
        for place in range(width + 1):
            yield {(way, area, place): 1 for area in areas} | {("", "", place): -1}


def computed(shown: Shown) -> set[Name]:
    """The hidden numbers that linear algebra gives: exact elimination over fractions."""
    known = published(shown)
    unknown = sorted(name for name, number in known.items() if number is None)
    rows = [[Fraction(one.get(name, 0)) for name in unknown] for one in equations(shown)]
    done = 0
    for column in range(len(unknown)):
        pivot = next((row for row in range(done, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        first = rows[done][column]
        rows[done] = [number / first for number in rows[done]]
        for row in range(len(rows)):
            if row != done and (times := rows[row][column]):
                rows[row] = [a - times * b for a, b in zip(rows[row], rows[done], strict=True)]
        done += 1
    # In reduced form a number is determined exactly when an equation is left with it alone.
    alone = [[place for place, number in enumerate(row) if number] for row in rows[:done]]
    return {unknown[places[0]] for places in alone if len(places) == 1}


def test_the_attacker_of_these_tests_does_compute_what_is_hidden_badly() -> None:
    badly = Shown(("A", "B"), (20, 12, 32), {"team": {"els": (18, None, 27), "wilg": (2, None, 5)}})
    assert computed(badly) == {("team", "els", 1), ("team", "wilg", 1)}


@settings(max_examples=60, deadline=None)
@given(tables())
def test_no_small_number_is_shown_or_computed(table: Table) -> None:
    shown, true = hide(table), numbers(table)
    known = published(shown)
    assert {name: number for name, number in known.items() if number is not None and number != true[name]} == {}
    small = {name for name, number in true.items() if number in SMALL}
    assert [name for name in small if known[name] is not None] == []
    assert small & computed(shown) == set()


def filled(row: tuple[int | None, ...], most: int) -> list[tuple[int, ...]]:
    """Every row, sum last, that looks like this one."""
    parts = [[number] if number is not None else range(most + 1) for number in row[:-1]]
    return [(*one, sum(one)) for one in product(*parts) if row[-1] in (None, sum(one))]


def could_be(shown: Shown, way: str, whole: tuple[int, ...], most: int) -> dict[Name, set[int]]:
    """For each number of a way, everything it could be beside this whole, found by trying all."""
    areas = list(shown.ways[way].items())
    found: dict[Name, set[int]] = {}
    for rows in product(*(filled(row, most) for _, row in areas)):
        if tuple(map(sum, zip(*rows, strict=True))) == whole:
            for (area, _), row in zip(areas, rows, strict=True):
                for place, number in enumerate(row):
                    found.setdefault((way, area, place), set()).add(number)
    return found


@settings(max_examples=25, deadline=None)
@given(tables(most=6, areas=2, columns=2))
def test_whatever_is_published_a_small_number_could_be_nothing_and_could_be_five(table: Table) -> None:
    shown, true = hide(table), numbers(table)
    if shown.whole[-1] is None:
        return
    most = max(true.values())
    found: dict[Name, set[int]] = {}
    for whole in filled(shown.whole, most):
        ways = [could_be(shown, way, whole, most) for way in shown.ways]
        # A whole that one of the ways cannot come to is none.
        if not all(ways):
            continue
        for one in [*ways, {("", "", place): {number} for place, number in enumerate(whole)}]:
            for name, could in one.items():
                found.setdefault(name, set()).update(could)
    for name, number in true.items():
        if number in SMALL:
            assert {0, SHOWN_FROM} <= found[name], name
