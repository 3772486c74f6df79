"""A period, month by month and child by child, and the talks behind each number of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from kindstem.calendar import local_day
from kindstem.counts.answering import Asked, kept
from kindstem.counts.filters import SHOWN
from kindstem.counts.values import Behind, Counters, Filters, Gap, Month, Number, OverTime, Spread
from kindstem.errors import BadFilter
from kindstem.norms import add_months
from kindstem.store import Reader, Store
from kindstem.store.figures import ONLY

BEHIND: Final = tuple(ONLY)
"""What the rows behind a number can be asked by."""

SHORT: Final = 15
"""Under how many minutes a talk is short."""


async def over_time(store: Store, filters: Filters, *, now: datetime) -> OverTime:
    """A period month by month. Whole months come from sums that are kept, parts of months from the rows."""
    return await kept(store, ("over_time", filters), now, lambda r, f: _over_time(r, f, filters, now))


async def spread(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Spread:
    """A period child by child, up to today."""
    return await kept(store, ("spread", filters, limit), now, lambda r, f: _spread(r, f, filters, now, limit))


async def behind(
    store: Store,
    filters: Filters,
    what: str,
    *,
    now: datetime,
    child: str | None = None,
    skip: int = 0,
    limit: int = SHOWN,
) -> Behind:
    """The rows behind a number, newest first, after those skipped. Raises BadFilter for what is none of BEHIND."""
    if what not in BEHIND:
        raise BadFilter(field="what")

    def ask(_: Reader, f: Asked) -> Behind:
        chosen = filters.choice()
        rows = f.contacts_between(filters.since, filters.until, chosen, what, child, skip, limit)
        total = f.contacts_number(filters.since, filters.until, chosen, what, child)
        return Behind(now, filters, what, total, tuple(one for one, _ in rows))

    return await kept(store, ("behind", filters, what, child, skip, limit), now, ask)


# --- month by month ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """A month, as far as it lies in the period."""

    month: str
    since: date
    until: date
    whole: bool


def _parts(filters: Filters, today: date) -> list[_Part]:
    found = []
    first = filters.since.replace(day=1)
    while first <= filters.until:
        last = add_months(first, 1) - timedelta(days=1)
        since, until = max(first, filters.since), min(last, filters.until)
        # Of days to come nothing is known, so a month that is under way is whole today.
        whole = since == first and (until == last or until >= today)
        found.append(_Part(first.isoformat()[:7], since, until, whole))
        first = add_months(first, 1)
    return found


def _over_time(r: Reader, f: Asked, filters: Filters, now: datetime) -> OverTime:
    chosen = filters.choice()
    parts = _parts(filters, local_day(now))
    sums: dict[str, Counter[str]] = {part.month: Counter() for part in parts}
    children: dict[str, int] = {}
    whole = [part for part in parts if part.whole]
    if len(chosen) <= 1 and whole and f is r:
        # The store keeps these sums; the board keeps those of any choice.
        way, value = next(iter(chosen.items()), ("all", ""))
        for (month, what), number in r.summed(way, value, whole[0].month, whole[-1].month).items():
            sums[month][what] = number
        children = _running(r.moves(way, value), [part.month for part in whole])
    else:
        # Of a month that is under way there is no more than up to today.
        until = (add_months(parts[-1].since, 1) - timedelta(days=1)) if parts[-1].whole else filters.until
        whole = []
        for (month, what), number in f.summed_rows(filters.since, until, chosen).items():
            sums[month][what] = number
    broken = [part for part in parts if part not in whole]
    for part in broken if whole else ():
        for (_, what), number in f.summed_rows(part.since, part.until, chosen).items():
            sums[part.month][what] = number
    *numbers, everyone = f.children_in(
        (*((part.since, part.until) for part in broken), (filters.since, filters.until)), chosen
    )
    children.update(zip((part.month for part in broken), numbers, strict=True))
    months = tuple(_month(part.month, children[part.month], sums[part.month]) for part in parts)
    together: Counter[str] = Counter()
    for one in sums.values():
        together.update(one)
    total = _month("", everyone, together)
    return OverTime(
        at=now,
        filters=filters,
        months=months,
        total=total,
        counters=_counters(total, together),
        children=Number(everyone, None, "def.denominator"),
        realised=Number(total.all_realised, None, "def.contact"),
        planned_before=Number(total.planned_before, total.all_realised, "def.contact"),
        short=Number(total.short, total.all_realised, "def.contact"),
    )


def _running(moves: Counter[tuple[str, str]], months: Sequence[str]) -> dict[str, int]:
    """How many children there were in each month: all that began up to it, less those that ended by then."""
    found = {}
    for month in months:
        found[month] = sum(
            number if what == "in" else -number for (at, what), number in moves.items() if at <= month
        )
    return found


def _month(month: str, children: int, sums: Counter[str]) -> Month:
    named: dict[str, dict[str, int]] = {"minutes": {}, "notheld": {}, "other": {}}
    for what, n in sums.items():
        kind, dot, rest = what.partition(".")
        if n and dot and kind in named:
            named[kind][rest] = n
    lengths = sorted((int(minutes), n) for minutes, n in named["minutes"].items())
    return Month(
        month=month,
        children=children,
        realised={level: sums[f"realised.{level}"] for level in ("A", "A-unlocked", "B", "C", "D")},
        disputed=sums["disputed"],
        withdrawn=sums["withdrawn"],
        withdrawn_after_dispute=sums["withdrawn-after-dispute"],
        not_held=dict(sorted(named["notheld"].items())),
        others=dict(sorted(named["other"].items())),
        seen_under_four=sums["seen"],
        planned_before=sums["foreseen"],
        short=sum(n for minutes, n in lengths if minutes < SHORT),
        median=_median(lengths),
        late=sums["late"],
    )


def _median(lengths: Sequence[tuple[int, int]]) -> int | None:
    """The middle one of so many lengths; of two in the middle the shorter."""
    middle = (sum(n for _, n in lengths) + 1) // 2
    for minutes, n in lengths:
        middle -= n
        if middle <= 0:
            return minutes
    return None


def _counters(total: Month, sums: Counter[str]) -> Counters:
    def of(*, kind: str = "face", who: Sequence[str]) -> int:
        return sum(
            n
            for what, n in total.others.items()
            if what.split(".")[0] == kind and what.split(".")[1] in who and what.split(".")[2] != "passing"
        )

    held = sum(total.others.values()) + total.all_realised + total.seen_under_four
    remote = sum(n for what, n in total.others.items() if what.split(".")[0] in {"video", "phone"})
    passing = sum(n for what, n in total.others.items() if what.startswith("face.") and what.endswith(".passing"))
    return Counters(
        alone=Number(total.all_realised + total.seen_under_four, held, "def.contact"),
        with_parent=Number(of(who=("parent",)), held, "def.not"),
        joint=Number(of(who=("siblings", "others")), held, "def.not"),
        with_professional=Number(of(who=("professional", "support")), held, "def.not"),
        video_phone=Number(remote, held, "def.not"),
        passing=Number(passing, held, "def.not"),
        not_held=Number(sum(total.not_held.values()), None, "def.not"),
    )


# --- child by child ---------------------------------------------------------------------------------------------------


def _spread(r: Reader, f: Asked, filters: Filters, now: datetime, limit: int) -> Spread:
    since, until, chosen = filters.since, min(filters.until, local_day(now)), filters.choice()
    within, judged, days = f.child_days(since, until, chosen)
    gaps = f.gaps(since, until, chosen, limit)
    kids = r.kids([child for child, _ in gaps], until)
    children = f.children_between(since, until, chosen)
    return Spread(
        at=now,
        filters=filters,
        children=Number(children, None, "def.denominator"),
        by_number=f.by_number(since, until, chosen),
        days=Number(within, judged, "def.norm"),
        longest=tuple(Gap(child, kids[child].team, kids[child].worker, days) for child, days in gaps),
        changes=Number(f.worker_changes(since, until, chosen), children, "def.continuity"),
        days_without=Number(days - f.worker_days(since, until, chosen), days, "def.continuity"),
    )
