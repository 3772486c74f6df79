"""How children stand by the norm, team by team and on any day, answered by the board; the twin of store/stands.py."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from kindstem.counts.board import DIMENSIONS, Board, fit_of
from kindstem.counts.lives import JUDGED, SERVED, UNDER, WITHIN, Child, fits, row_on, stay_on
from kindstem.counts.sets import bytes_of, list_of
from kindstem.store import Reader
from kindstem.store.figures import Choice, Kid
from kindstem.store.stands import TeamStand

_TEAM, _AGE = DIMENSIONS.index("team"), DIMENSIONS.index("age")
_YOUNG: Final = 4
"""Beside the planes: who is under four."""

Bit = Callable[[int], int]
"""Whether a row stands in a plane."""


@dataclass(frozen=True)
class Stands:
    """The board in one state of the store, and that state itself."""

    board: Board
    r: Reader

    def teams_on(self, day: date, choice: Choice) -> list[TeamStand]:
        """Every team with a child under a measure on a day, by name; whoever is in none comes first."""
        numbers = self._by_team(day, choice)
        staff = Counter(team for team, what in numbers if isinstance(what, str))
        teams = {team for team, what in numbers if what is UNDER}
        silent = self._silent(day, choice, {one for one in teams if numbers[one, JUDGED] > numbers[one, WITHIN]})
        return [
            TeamStand(
                *(team, numbers[team, UNDER], numbers[team, JUDGED], numbers[team, WITHIN]),
                under_four=numbers[team, _YOUNG],
                without_worker=numbers[team, UNDER] - numbers[team, SERVED],
                staff=staff[team],
                silent=silent.get(team),
            )
            for team in sorted(teams, key=lambda one: one or "")
        ]

    def _by_team(self, day: date, choice: Choice) -> Counter[tuple[str | None, int | str]]:
        """By team and plane, or jeugdbeschermer, how many children there are on a day; SERVED is by somebody now."""
        board, at, fit = self.board, day.toordinal(), fit_of(choice)

        def stands(child: Child, judged: Bit, within: Bit) -> list[tuple[str | None, int | str]]:
            row = row_on(child, at)
            if row is None or not fits(stay := child.stays[child.rows.index(row)], fit):
                return []
            found: list[int | str] = [UNDER]
            found += [JUDGED] if judged(row) else []
            found += [WITHIN] if within(row) else []
            found += [_YOUNG] if stay.where[_AGE] == "0-3" else []
            found += [SERVED, child.worker] if child.worker is not None else []
            return [(stay.where[_TEAM], what) for what in found]

        def part(child: Child) -> list[tuple[str | None, int | str]]:
            judged, within = board.plane(JUDGED, day), board.plane(WITHIN, day)
            return stands(child, lambda row: judged >> row & 1, lambda row: within >> row & 1)

        def first() -> Counter[tuple[str | None, int | str]]:
            judged, within = (bytes_of(board.plane(one, day), len(board.owner)) for one in (JUDGED, WITHIN))
            rows = list_of(board.plane(UNDER, day) & board.chosen(choice))
            planes = judged.__getitem__, within.__getitem__
            return Counter(chain.from_iterable(stands(child, *planes) for child in board.owners(rows)))

        return board.sums.of(("teams", day, fit), part, first)

    def judged_on(self, days: Sequence[date], choice: Choice) -> list[tuple[int, int]]:
        """How many children were judged by a norm on each of these days, and how many of them were within it."""
        board, chosen = self.board, self.board.chosen(choice)
        return [
            ((chosen & board.plane(JUDGED, day)).bit_count(), (chosen & board.plane(WITHIN, day)).bit_count())
            for day in days
        ]

    def children_judged(self, day: date, choice: Choice, within: bool, skip: int, limit: int) -> list[Kid]:
        """The children who were within the norm on a day, or were not, whoever was silent longest first.

        Who works for a child now is not named: on that day it may have been somebody else.
        """
        at, found = day.toordinal(), []
        for since, name, team in self._judged(day, choice, within)[skip : skip + limit]:
            stay = stay_on(self.board.child(name), at)
            begun = stay.begun if stay else since
            last = _last(self.board.child(name), at)
            heard = date.fromordinal(last) if last is not None and last >= begun else None
            found.append(Kid(name, team or None, None, date.fromordinal(begun), heard))
        return found

    def _silent(self, day: date, choice: Choice, teams: set[str | None]) -> dict[str | None, date]:
        """For each of these teams, in which somebody waits, since when that child waits that waits longest."""
        found: dict[str | None, date] = {}
        for since, _, team in self._judged(day, choice, within=False):
            if len(found) == len(teams):
                break
            found.setdefault(team or None, date.fromordinal(since))
        return found

    def _judged(self, day: date, choice: Choice, within: bool) -> list[tuple[int, str, str]]:
        """Who was within the norm on a day, or was not: since when silent, the child, its team; in this order."""
        board, at, fit = self.board, day.toordinal(), fit_of(choice)

        def part(child: Child) -> list[tuple[int, str, str]]:
            judged, kept = board.plane(JUDGED, day), board.plane(WITHIN, day)
            return [
                (max(stay.begun, _last(child, at) or 0), child.child, stay.where[_TEAM] or "")
                for row, stay in zip(child.rows, child.stays, strict=True)
                if stay.since <= at <= stay.until and judged >> row & 1 and (kept >> row & 1) == within
                if fits(stay, fit)
            ]

        def everybody() -> Iterable[tuple[int, str, str]]:
            kept = board.plane(WITHIN, day)
            rows = board.plane(JUDGED, day) & (kept if within else ~kept) & board.chosen(choice)
            return chain.from_iterable(part(child) for child in board.owners(list_of(rows)))

        return board.long.of(("judged", day, within, fit), part, everybody)


def _last(child: Child, at: int) -> int | None:
    """The day of its last realised contact up to a day."""
    before = bisect_right(child.realised, at)
    return child.realised[before - 1] if before else None
