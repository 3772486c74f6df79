"""Sums and lists over all children that are kept while single children change.

At the size of a country going through all children takes longer than a page may; one child changes. So what was summed
for a question stays, and when a child is read again its part is taken out and put in anew. Nothing here is ever older
than the board: a part is taken out before its child changes and put in after, under the board's lock.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from kindstem.counts.lives import Child

T = TypeVar("T")

KEPT: Final = 128
"""How many questions are kept; those that were asked longest ago are forgotten first."""

LONG_KEPT: Final = 24
"""How many lists are kept that can be as long as there are children."""

Part = Callable[[Child], Iterable[Any] | Mapping[Any, int]]
"""What a child has in the answer to a question, by what the board has of it: things one by one, or how many of each."""

Spread = Callable[[Any], Iterable[Any]]
"""As what a part counts, where that is more than once."""


class Sums:
    """How often each thing is in the parts of all children."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Part, Spread | None, Counter[Any]]] = {}

    def of(
        self, asked: Hashable, part: Part, first: Callable[[], Counter[Any]], spread: Spread | None = None
    ) -> Counter[Any]:
        """The sum to a question, not to be changed and without noughts; `first` gives it where it is not kept."""
        found = self._kept.pop(asked, None)
        if found is None:
            found = part, spread, +first()
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
        self._kept[asked] = found
        return found[2]

    def parts(self, child: Child) -> list[Counter[Any]]:
        """The parts of a child in what is kept, as it is now: for `change`, once it is another."""
        return [Counter(part(child)) for part, _, _ in self._kept.values()]

    def change(self, child: Child, before: Sequence[Counter[Any]]) -> None:
        """Put the parts of a child in place of those it had."""
        for (part, spread, kept), was in zip(self._kept.values(), before, strict=True):
            now = Counter(part(child))
            if now == was:
                continue
            now.subtract(was)
            for one, number in now.items():
                for name in (one,) if spread is None else spread(one):
                    kept[name] += number
                    if not kept[name]:
                        del kept[name]


class Still:
    """What the store answered, for as long as what it was answered from stays the same."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, Any]] = {}

    def of(self, asked: Hashable, number: Hashable, ask: Callable[[], T]) -> T:
        """The answer to a question as of this number, which is another one after every change of what it is made of."""
        found = self._kept.pop(asked, None)
        if found is None or found[0] != number:
            found = number, ask()
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
        self._kept[asked] = found
        return found[1]


class Lists:
    """Whoever is in the answer to a question, in order: a child's part is things that can be ordered, or none.

    At most so many answers are kept: of long ones fewer than of others.
    """

    def __init__(self, most: int | None = None) -> None:
        self._kept: dict[Hashable, tuple[Part, list[Any]]] = {}
        self._most = most

    def of(self, asked: Hashable, part: Part, first: Callable[[], Iterable[Any]]) -> list[Any]:
        """The list to a question, not to be changed; `first` gives it, in any order, where it is not kept."""
        found = self._kept.pop(asked, None)
        if found is None:
            found = part, sorted(first())
            while len(self._kept) >= (self._most or KEPT):
                self._kept.pop(next(iter(self._kept)))
        self._kept[asked] = found
        return found[1]

    def leave(self, children: Iterable[Child]) -> None:
        """Take these children out, before they change."""
        for part, kept in self._kept.values():
            for child in children:
                for one in part(child):
                    at = bisect_left(kept, one)
                    if at == len(kept) or kept[at] != one:
                        # Something changed that nobody said; whoever is told makes everything anew.
                        raise LookupError("not in the list that it is taken out of")
                    del kept[at]

    def come(self, children: Iterable[Child]) -> None:
        """Put these children in, as they are now."""
        for part, kept in self._kept.values():
            for child in children:
                for one in part(child):
                    insort(kept, one)
