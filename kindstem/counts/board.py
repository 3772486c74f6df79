"""The board: every child's days and talks in memory, in a form in which thousands are asked at once.

The store keeps the truth, and can answer every question by itself (store/figures.py); at the size of a whole country
that takes seconds. The board holds the same as rows and bits, brought up to date child by child: each change in the
store touches a child, and before an answer only the children touched since are read again. What it answers is the same
(counts/figures.py, proved in tests/test_board.py). Nothing is lost with it: it is made anew at every start.

A *row* is days on end on which a child stood in one place (team, measure, age, municipality, place). Sets of rows are
whole numbers with a bit for each row: a choice is the *and* of a few of them, and a count is how many bits stand.
A *plane* has such a set for every day, so a sum of child-days is a count of bits day by day.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, compress
from threading import RLock
from typing import Any, Final

from kindstem import tally
from kindstem.clocks import Stated
from kindstem.counts.lives import (
    Child,
    Event,
    Fit,
    Flip,
    Stay,
    changes_of,
    charged_of,
    days_of,
    decided_of,
    faces_of,
    flips_of,
    gaps_of,
    month_of,
    number_of,
    ordinal,
    row_on,
    stays_of,
)
from kindstem.counts.sets import Events, bits_of, bytes_of, list_of, set_of, with_row
from kindstem.counts.sums import LONG_KEPT, Lists, Still, Sums
from kindstem.store import Reader
from kindstem.store.figures import stated_of
from kindstem.store.lives import Life, Talk

DIMENSIONS: Final = ("team", "measure", "age", "municipality", "place")

ALL: Final = "all"
"""What every talk counts as."""

MOST: Final = 25
"""How many changed children are read again within a request; more are read beside the requests."""

AHEAD: Final = 40
"""For how many days after today the planes reach, so that midnight costs nobody anything."""

BATCH: Final = 200
"""How many children are read at a time when the board is made."""

KEPT: Final = 64
"""For how many periods it is kept which rows lie in them."""

_COUNTED: Final = ("state", "level", "kind", "who", "planned", "reason", "foreseen", "late", "young", "minutes")


class Board:
    """The children of one store, as they were at its number `number`.

    Whoever asks or changes it holds `lock`. It answers once it is `ready`.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.ready = False
        self.number = -1
        self.moved = 0
        """How often a child came to stand elsewhere, or for other days."""
        self._known = 0
        self._entry = 0
        self._children: dict[str, Child] = {}
        self._names: dict[str, str] = {}
        # The rows: whose each is, and its days. A row that was given up is used again.
        self.owner = array("i")
        """By row, whose it is, by the place of the child in `everybody`."""
        self.everybody: list[Child] = []
        self.since, self.until = array("i"), array("i")
        self._low = bytearray()
        self.earlier = array("i")
        """By row, the last day of the same child's row before it; 0 for the first."""
        self.silent = array("i")
        """By row, the day from which a child in it waits: of its last realised contact, or where its clock began."""
        self.waiting: dict[int, set[int]] = {}
        """By that day, the rows that were not over when the board was made."""
        self._waits_from = array("i")
        """By row, under which of these days it stands; 0 for none."""
        self._free: list[int] = []
        # Sets of rows.
        self._bits: dict[tuple[str, str], int] = {}
        self._all = self.worker_less = self.reader_less = self.app = 0
        self._during: dict[tuple[int, int], int] = {}
        self.planes: tuple[dict[int, int], ...] = ({}, {}, {}, {})
        self.totals: tuple[Counter[int], ...] = (Counter(), Counter(), Counter(), Counter())
        """How many rows stand in each plane, by day."""
        self._reach = 0
        # Measure, age and kind of place have few values: their talks are summed by month and combination.
        self.lows: list[tuple[str | None, ...]] = []
        self._low_of: dict[tuple[str | None, ...], int] = {}
        self.cells: dict[str, dict[int, list[int]]] = {}
        """How many talks of a combination, in a month, count as each of `names`."""
        self.talks: dict[int, array[int]] = {}
        self._realised: dict[int, array[int]] = {}
        self._before: dict[int, array[int]] = {}
        """For each month, by row, how many realised contacts were before it."""
        # What a talk counts as: names that are summed, and the few hundred ways in which they come together.
        self.names: list[str] = []
        self._name_of: dict[str, int] = {}
        self.whats: list[tuple[int, ...]] = []
        self._what_of: dict[tuple[int, ...], int] = {}
        self._what_of_raw: dict[tuple[Any, ...], int] = {}
        self._alone: set[int] = set()
        # Children by what they have.
        self.families: dict[str, set[Child]] = {}
        self.heard: dict[str, tuple[int, int]] = {}
        """For each family of several, when the child was last heard that was heard least, and most lately."""
        self.senders: set[Child] = set()
        self.unmet: set[Child] = set()
        self.changes = Events()
        """On which days children got another jeugdbeschermer."""
        self.facts: dict[str, dict[int, int]] = {"diagnostics": {}, "help": {}}
        """By what, and by the place of a child: since when that is said."""
        self.open_by_birth: dict[str, set[Child]] = {}
        """Children with a measure without an end, by the month of their birth."""
        self.in_app = 0
        self.by_longest: list[tuple[int, str]] = []
        self.by_silence: list[tuple[int, str]] = []
        """Children by their longest gap that is over, the longest first, and by the day since which they are silent."""
        self.charged, self.stated, self.decided = Events(), Events(), Events()
        """With what was stated as a place in `told`: the same comes again and again."""
        self.told: list[Stated] = []
        self._told_of: dict[Stated, int] = {}
        self.values: dict[str, Counter[str]] = {"team": Counter(), "municipality": Counter()}
        """By what, of how many children the roster ever said each value."""
        self._values_of: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}
        # What was asked, kept while children change.
        self.sums, self.lists, self.long, self.still = Sums(), Lists(), Lists(LONG_KEPT), Still()
        self._begun: int | None = None

    # --- made and kept up to date -------------------------------------------------------------------------------------

    def make(self, read: Iterable[Sequence[Life]], names: dict[str, str], today: int) -> None:
        """Put everybody on it, as they come, and be ready; what changed meanwhile comes with `catch`."""
        self._names, self._known = names, today
        for lives in read:
            for life in lives:
                self._keep(life, made=False)
        self._settle(today + AHEAD)
        self.ready = True

    def begin(self, r: Reader) -> list[str]:
        """Note from where on changes are to be read, and give everybody who is to be put on it."""
        self.number, self._entry = r.counted(), r.last_entry()
        return r.everybody()

    def catch(self, r: Reader, most: int = MOST) -> bool:
        """Read the children again that changed since; False when there are more than so many, and only these were read.

        An error leaves it unready: half a child is on it.
        """
        try:
            touched = r.touched(self.number, most)
            if len(touched) == most:
                # Nobody is answered from here until all are read, and what is kept would only make that take longer.
                self._forget()
            for life in r.lives([child for child, _ in touched]) if touched else ():
                self._renew(life)
            if len(touched) == most:
                self.number = touched[-1][1]
                return False
            self.number = r.counted()
            newest = r.last_entry()
            if newest != self._entry:
                for name, at in r.sent_after(self._entry).items():
                    child = self._children[name]
                    self.lists.leave({child})
                    self._send(child, at)
                    self.lists.come({child})
                self._entry = newest
        except BaseException:
            self.ready = False
            # What is kept leads back to the board, which the garbage collection does not see: it would stay for good.
            self._forget()
            raise
        return True

    def _forget(self) -> None:
        self.sums, self.lists, self.long, self.still = Sums(), Lists(), Lists(LONG_KEPT), Still()

    def reach(self, day: int) -> None:
        """Let the planes hold this day, and some after it."""
        if day > self._reach:
            self._settle(day + AHEAD)

    @property
    def reaches(self) -> int:
        """The last day that the planes hold."""
        return self._reach

    def name_of(self, r: Reader, worker: str | None) -> str | None:
        """The name of somebody who works here."""
        if worker is None:
            return None
        if worker not in self._names:
            self._names.update(r.names())
        return self._names.get(worker)

    # --- what is asked of it ------------------------------------------------------------------------------------------

    def plane(self, plane: int, day: date) -> int:
        """The rows that stand in a plane on a day."""
        return self.planes[plane].get(day.toordinal(), 0)

    def chosen(self, choice: Mapping[str, str]) -> int:
        """The rows that fit a choice."""
        rows = self._all
        for named in choice.items():
            rows &= self._bits.get(named, 0)
        return rows

    def longest_waiting(self, rows: int, day: date, limit: int, skip: int = 0) -> tuple[int, list[int]]:
        """Of the rows that wait on a day, those that wait longest: so many, with all that wait as long as the last.

        Of those that are skipped whole days are left out, and how many that were is given first.
        """
        number = rows.bit_count()
        if number <= limit or day.toordinal() < self._known:
            return 0, list_of(rows)
        found: list[int] = []
        stands = bytes_of(rows, len(self.owner))
        passed = 0
        for since in sorted(self.waiting):
            if passed + len(found) >= skip + limit:
                break
            those = list(compress(self.waiting[since], map(stands.__getitem__, self.waiting[since])))
            if passed + len(those) <= skip and not found:
                passed += len(those)
            else:
                found += those
        return passed, found

    def during(self, since: date, until: date) -> int:
        """The rows with a day in a period."""
        first, end = since.toordinal(), until.toordinal()
        rows = self._during.pop((first, end), None)
        if rows is None:
            begun, lasting = map(end.__ge__, self.since), map(first.__le__, self.until)
            rows = set_of(bytes(begun)) & set_of(bytes(lasting)) & self._all
            while len(self._during) >= KEPT:
                self._during.pop(next(iter(self._during)))
        self._during[first, end] = rows
        return rows

    def owners(self, rows: Iterable[int]) -> Iterator[Child]:
        """Whose these rows are, one by one."""
        return map(self.everybody.__getitem__, map(self.owner.__getitem__, rows))

    def child(self, child: str) -> Child:
        """A child by its kindnummer."""
        return self._children[child]

    def realised_before(self, day: date) -> array[int]:
        """How many realised contacts, with children of four and older, were in each row before a day."""
        month = number_of(day.toordinal())
        if not self._before or month < min(self._before):
            return array("H", bytes(2 * len(self.owner)))
        counts = array("H", self._before[min(month, max(self._before))])
        for at in range(days_of(month)[0], day.toordinal()):
            for row in self._realised.get(at, ()):
                counts[row] += 1
        return counts

    def begun(self) -> int | None:
        """When the first child came into the roster."""
        if self._begun is None:
            self._begun = min((one.entered for one in self.everybody if one.entered is not None), default=None)
        return self._begun

    def alone(self, child: Child, since: int, until: int) -> int:
        """How many realised contacts a child of four or older had under a measure, from one day to another."""
        first, end = bisect_left(child.days, since), bisect_right(child.days, until)
        return sum(map(self._alone.__contains__, child.whats[first:end]))

    # --- one child ----------------------------------------------------------------------------------------------------

    def _renew(self, life: Life) -> None:
        """Put a child on the board in place of what it was there, and in all that is kept of everybody."""
        child = self._child(life.child)
        before = self.sums.parts(child)
        # Whether a child is in a list may follow from the others of its family, so from the one it was in and the next.
        families = (self.families.get(one, set()) for one in (child.family, _family_in(life)) if one is not None)
        concerned = {child}.union(*families)
        for lists in (self.lists, self.long):
            lists.leave(concerned)
        self._keep(life, made=True)
        for lists in (self.lists, self.long):
            lists.come(concerned)
        self.sums.change(child, before)

    def _child(self, name: str) -> Child:
        found = self._children.get(name)
        if found is None:
            found = self._children[name] = Child(name, len(self.everybody))
            self.everybody.append(found)
        return found

    def _keep(self, life: Life, *, made: bool) -> None:
        """Put a child on the board in place of what it was there; `made` once planes and sums are settled."""
        child = self._child(life.child)
        stays, states = stays_of(life.spells)
        talks = Counter(self._talks_of(child))
        flags = (child.worker is None, not child.app or child.left, child.app, len(child.rows))
        moved = stays != child.stays
        if moved:
            self.moved += 1
            self._place(child, stays)
        self._flip(child, flips_of(child.rows, stays, states, life.said), made=made)
        self._talk(child, life.talks)
        now = Counter(self._talks_of(child))
        for talk, number in (talks - now).items():
            self._sum(talk, -number, made=made)
        for talk, number in (now - talks).items():
            self._sum(talk, number, made=made)
        self._describe(child, life, made=made)
        for row, stay in zip(child.rows, child.stays, strict=True):
            self.silent[row] = max(stay.begun, child.last or 0)
            self._wait(row, self.silent[row] if stay.until >= self._known else 0)
        if moved or flags != (child.worker is None, not child.app or child.left, child.app, len(child.rows)):
            for row in child.rows:
                self.worker_less = with_row(self.worker_less, row, stands=child.worker is None)
                self.reader_less = with_row(self.reader_less, row, stands=not child.app or child.left)
                self.app = with_row(self.app, row, stands=child.app)
        charged, stated, changes = charged_of(child, life), self._stated(child, life), changes_of(child, life.said)
        decided = decided_of(child, life)
        if made:
            self.charged.change(child.child, child.charged, charged)
            self.stated.change(child.child, child.stated, stated)
            self.changes.change(child.child, child.changes, changes)
            self.decided.change(child.child, child.decided, decided)
        child.charged, child.stated, child.changes, child.decided = charged, stated, changes, decided

    def _place(self, child: Child, stays: list[Stay]) -> None:
        """Give a child the rows of these stays."""
        for row, stay in zip(child.rows, child.stays, strict=True):
            self._mark(row, stay, stands=False)
        while len(child.rows) > len(stays):
            row = child.rows.pop()
            self._free.append(row)
            self._wait(row, 0)
            for bits in ("worker_less", "reader_less", "app"):
                setattr(self, bits, with_row(getattr(self, bits), row, stands=False))
        while len(child.rows) < len(stays):
            child.rows.append(self._free.pop() if self._free else self._new_row())
        earlier = 0
        for row, stay in zip(child.rows, stays, strict=True):
            self.owner[row] = child.place
            self.since[row], self.until[row], self.earlier[row] = stay.since, stay.until, earlier
            earlier = stay.until
            low = (stay.where[1], stay.where[2], stay.where[4])
            if low not in self._low_of:
                self._low_of[low] = len(self.lows)
                self.lows.append(low)
            self._low[row] = self._low_of[low]
            self._mark(row, stay, stands=True)
        child.stays = stays

    def _new_row(self) -> int:
        self.owner.append(0)
        kept = (self.since, self.until, self.earlier, self.silent, self._waits_from)
        for numbers in (*kept, *self._before.values()):
            numbers.append(0)
        self._low.append(0)
        return len(self.owner) - 1

    def _wait(self, row: int, day: int) -> None:
        """Let a row wait from a day on; 0 for not at all."""
        before = self._waits_from[row]
        if before == day:
            return
        if before:
            self.waiting[before].discard(row)
            if not self.waiting[before]:
                del self.waiting[before]
        if day:
            self.waiting.setdefault(day, set()).add(row)
        self._waits_from[row] = day

    def _mark(self, row: int, stay: Stay, *, stands: bool) -> None:
        self._all = with_row(self._all, row, stands=stands)
        for named in zip(DIMENSIONS, stay.where, strict=True):
            if named[1] is not None:
                self._bits[named] = with_row(self._bits.get(named, 0), row, stands=stands)  # type: ignore[index,arg-type]
        for (since, until), rows in self._during.items():
            there = stands and stay.since <= until and stay.until >= since
            self._during[since, until] = with_row(rows, row, stands=there)

    def _flip(self, child: Child, flips: list[Flip], *, made: bool) -> None:
        if made:
            for plane, row, since, until in set(flips) ^ set(_fours(child.flips)):
                days, bit = self.planes[plane], 1 << row
                for day in range(since, min(until, self._reach) + 1):
                    days[day] = days.get(day, 0) ^ bit
                    self.totals[plane][day] += 1 if days[day] & bit else -1
        child.flips = array("i", chain.from_iterable(flips))

    def _talks_of(self, child: Child) -> Iterator[tuple[int, int, int, int]]:
        """Its talks under a measure: day, what it counts as, row, combination."""
        for row, stay in zip(child.rows, child.stays, strict=True):
            low = self._low[row]
            first, end = bisect_left(child.days, stay.since), bisect_right(child.days, stay.until)
            for day, what in zip(child.days[first:end], child.whats[first:end], strict=True):
                yield day, what, row, low

    def _talk(self, child: Child, talks: list[Talk]) -> None:
        child.days, child.whats, child.realised = array("i"), array("H"), array("i")
        for one in talks:
            day, state, measure = ordinal(one[0]), one[1], one[-1]
            if state == "realised":
                child.realised.append(day)
            if measure is not None:
                child.days.append(day)
                child.whats.append(self._what(one))

    def _what(self, talk: Talk) -> int:
        _, state, *rest, age, minutes, _ = talk
        raw = (state, *rest, age == "0-3", minutes if state == "realised" else 0)
        known = self._what_of_raw.get(raw)
        if known is None:
            row = dict(zip(_COUNTED, raw, strict=True))
            what = tuple(self._named(name) for name in (ALL, *tally.counted_as(row, age)))
            known = self._what_of.setdefault(what, len(self.whats))
            if known == len(self.whats):
                self.whats.append(what)
                if any(self.names[one].startswith("realised.") for one in what):
                    self._alone.add(known)
            self._what_of_raw[raw] = known
        return known

    def _named(self, name: str) -> int:
        known = self._name_of.setdefault(name, len(self.names))
        if known == len(self.names):
            self.names.append(name)
        return known

    def _sum(self, talk: tuple[int, int, int, int], number: int, *, made: bool) -> None:
        """Count talks of one kind in, or out again."""
        day, what, row, low = talk
        cell = self.cells.setdefault(month_of(day), {}).setdefault(low, [])
        cell += [0] * (len(self.names) - len(cell))
        for name in self.whats[what]:
            cell[name] += number
        if what in self._alone:
            if made:
                self._cover(number_of(day))
                for month, counts in self._before.items():
                    if month > number_of(day):
                        counts[row] += number
            _times(self._realised.setdefault(day, array("I")), row, number)
        _times(self.talks.setdefault(day, array("I")), low << 16 | what, number)

    def _cover(self, month: int) -> None:
        """Keep what was before each month also for this one, and the one after."""
        if not self._before:
            self._before[month] = array("H", bytes(2 * len(self.owner)))
        for one in range(month, min(self._before)):
            self._before[one] = array("H", bytes(2 * len(self.owner)))
        for one in range(max(self._before) + 1, month + 2):
            # After the last month that is kept nobody was spoken to yet.
            self._before[one] = array("H", self._before[one - 1])

    def _describe(self, child: Child, life: Life, *, made: bool) -> None:
        """What is kept beside the rows of a child."""
        child.last, child.worker = ordinal(life.last) if life.last else None, life.worker
        self.in_app += life.in_app - child.app
        if life.entered != child.entered:
            child.entered, self._begun = life.entered, None
        child.app, child.left, child.measured = life.in_app, life.left, bool(life.measures)
        self._send(child, life.sent)
        family = _family_in(life)
        self._say(child, life)
        if family != child.family:
            if child.family is not None:
                self.families[child.family].discard(child)
                self._heard_in(child.family)
            if family is not None:
                self.families.setdefault(family, set()).add(child)
            child.family = family
        if family is not None:
            self._heard_in(family)
        for name, since_when in self.facts.items():
            since_when.pop(child.place, None)
            for what, since, until, value in life.said:
                if what == name and until is None and value is not None:
                    since_when[child.place] = ordinal(since)
        if child.born is not None:
            self.open_by_birth[child.born].discard(child)
        child.born = life.born
        if life.born is not None:
            born_then = self.open_by_birth.setdefault(life.born, set())
            _in(born_then, child, any(one.ended is None for one in life.measures))
        faces = faces_of(life.talks)
        child.unmet = [
            one
            for one in life.measures
            if tally.opens(one, life.measures) and not any(day >= one.charged.toordinal() for day, _ in faces)
        ]
        _in(self.unmet, child, bool(child.unmet))
        before = (-child.longest, child.child), (child.silent_since, child.child)
        child.longest, child.silent_since, child.open_until = gaps_of(child, self._known)
        after = (-child.longest, child.child), (child.silent_since, child.child)
        if made:
            for ordered, was, now in zip((self.by_longest, self.by_silence), before, after, strict=True):
                at = bisect_left(ordered, was)
                if at < len(ordered) and ordered[at] == was:
                    del ordered[at]
                insort(ordered, now)

    def _say(self, child: Child, life: Life) -> None:
        """Which values the roster ever said of it."""
        values = {(what, value) for what, _, _, value in life.said if what in self.values and value is not None}
        now = tuple(sorted(values))
        if now == child.values:
            return
        for what, value in child.values:
            self.values[what][value] -= 1
        for what, value in now:
            self.values[what][value] += 1
        child.values = self._values_of.setdefault(now, now)

    def _heard_in(self, family: str) -> None:
        heard = [one.last or 0 for one in self.families[family]]
        if len(heard) > 1:
            self.heard[family] = min(heard), max(heard)
        else:
            self.heard.pop(family, None)

    def _send(self, child: Child, at: int | None) -> None:
        child.sent = at
        _in(self.senders, child, at is not None)

    def _stated(self, child: Child, life: Life) -> list[Event]:
        """When measures were charged and ended, and when the roster was told, in the row of the day charged."""
        found: list[Event] = []
        for one in life.measures:
            row = row_on(child, one.charged.toordinal())
            if row is None:
                continue
            for stated in stated_of(one):
                known = self._told_of.setdefault(stated, len(self.told))
                if known == len(self.told):
                    self.told.append(stated)
                found.append(Event(stated.day.toordinal(), row, known))
        return found

    # --- all of them at once ------------------------------------------------------------------------------------------

    def _settle(self, reach: int) -> None:
        """Bring the planes up to a day; and when the board is made, order and sums, for everybody at once."""
        known = self._reach
        turns: list[dict[int, list[int]]] = [{} for _ in self.planes]
        for child in self._children.values():
            for plane, row, since, until in _fours(child.flips):
                if known < since <= reach:
                    turns[plane].setdefault(since, []).append(row)
                if known <= until < reach:
                    turns[plane].setdefault(until + 1, []).append(row)
        for days, totals, turning in zip(self.planes, self.totals, turns, strict=True):
            rows = days.get(known, 0)
            for day in range(known + 1 if known else min(turning, default=reach + 1), reach + 1):
                if day in turning:
                    rows ^= bits_of(turning[day], len(self.owner))
                days[day], totals[day] = rows, rows.bit_count()
        self._reach = reach
        if self.ready:
            return
        everybody = self._children.values()
        self.charged.fill((one.child, event) for one in everybody for event in one.charged)
        self.stated.fill((one.child, event) for one in everybody for event in one.stated)
        self.changes.fill((one.child, event) for one in everybody for event in one.changes)
        self.decided.fill((one.child, event) for one in everybody for event in one.decided)
        self.by_longest = sorted((-one.longest, one.child) for one in everybody)
        self.by_silence = sorted((one.silent_since, one.child) for one in everybody)
        months = {number_of(day) for day in self._realised}
        counts = array("H", bytes(2 * len(self.owner)))
        for month in range(min(months, default=0), max(months, default=-2) + 2):
            self._before[month] = array("H", counts)
            for day in days_of(month):
                for row in self._realised.get(day, ()):
                    counts[row] += 1


# --- what the parts above share ---------------------------------------------------------------------------------------


def _family_in(life: Life) -> str | None:
    return next((value for what, _, until, value in life.said if what == "family" and until is None), None)


def _fours(flips: array[int]) -> Iterator[Flip]:
    numbers = iter(flips)
    return zip(numbers, numbers, numbers, numbers, strict=True)


def _in(children: set[Child], child: Child, belongs: bool) -> None:
    (children.add if belongs else children.discard)(child)


def _times(numbers: array[int], one: int, times: int) -> None:
    for _ in range(times):
        numbers.append(one)
    for _ in range(-times):
        numbers.remove(one)


def fit_of(choice: Mapping[str, str]) -> Fit:
    """A choice as it is compared with where a child stood; equal ones are equal."""
    return tuple((place, choice[name]) for place, name in enumerate(DIMENSIONS) if name in choice)
