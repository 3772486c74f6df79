"""What the organisation counts: numbers about talks, and behind each number the pseudonymous rows it comes from.

This room cannot import what could open a message, nor how one is written (`pyproject.toml`, contract "numbers"): it
knows the roster, the norms and the rows of contacts, and of messages only that there are some. How everything is
counted, with its edges, stands in docs/counting.md; a number names its definition by the catalogue key.

For a page, in this order: `await choices(store)` gives what can be filtered by; `filters_of(asked, choices, today=day)`
what was asked, or BadFilter with the key of its sentence; then `today`, `over_time`, `spread`, `kpis`, `experience` and
`silence`, each as `await today(store, filters, now=now)`; and `await behind(store, filters, what, now=now, child=None)`
the rows behind a number, `what` being one of BEHIND. All give frozen values that say when they were computed (`at`).
Nothing here suppresses small numbers except `experience`: what may leave the house is decided where it leaves.

Per worker there is only which children wait, never a share, a ranking or a speed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from kindstem import calendar, tally
from kindstem.calendar import local_day
from kindstem.counts.values import (
    Asking,
    Behind,
    Choices,
    Clock,
    Counters,
    Experience,
    Filters,
    FirstDue,
    Gap,
    Kpi,
    Kpis,
    Month,
    Number,
    OverTime,
    Quiet,
    Raised,
    Reported,
    Requests,
    Sibling,
    Silence,
    Spread,
    Thought,
    Today,
    Unopened,
    Waiting,
)
from kindstem.domain import Measure
from kindstem.errors import BadFilter
from kindstem.norms import add_months, in_force
from kindstem.store import Reader, Store
from kindstem.store.figures import ONLY, Charged, Kid

__all__ = [
    "BEHIND",
    "LONGEST",
    "OVERDUE",
    "QUIET",
    "SHORT",
    "SHOWN",
    "SHOWN_FROM",
    "SOON",
    "Asking",
    "Behind",
    "Choices",
    "Clock",
    "Counters",
    "Experience",
    "Filters",
    "FirstDue",
    "Gap",
    "Kpi",
    "Kpis",
    "Month",
    "Number",
    "OverTime",
    "Quiet",
    "Raised",
    "Reported",
    "Requests",
    "Sibling",
    "Silence",
    "Spread",
    "Thought",
    "Today",
    "Unopened",
    "Waiting",
    "behind",
    "choices",
    "experience",
    "filters_of",
    "kpis",
    "over_time",
    "silence",
    "spread",
    "today",
]

T = TypeVar("T")

LONGEST: Final = 10 * 366
"""How many days a period lasts at most."""

SHOWN_FROM: Final = 5
"""From how many answers a share of what children thought is shown."""

QUIET: Final = 42
"""After how many days without a message a child that wrote before is called quiet."""

BEHIND: Final = tuple(ONLY)
"""What the rows behind a number can be asked by."""

SOON: Final = 5
"""Within how many working days a first conversation is due to be listed."""

STATED_WITHIN: Final = 5
"""Within how many working days a measure's beginning and end are to come into the roster."""

OVERDUE: Final = 3
"""After how many working days an unopened message is overdue."""

HEARD_WITHIN: Final = 6
"""In how many months before today a sibling must have been spoken to alone."""

LOOKED_BACK: Final = 24
"""For how many months a measure without any talk face to face is listed as late, and not only as waiting."""

SHORT: Final = 15
"""Under how many minutes a talk is short."""

SHOWN: Final = 200
"""How many children, or rows, a list holds unless told."""


# --- what was asked ---------------------------------------------------------------------------------------------------


def filters_of(asked: Mapping[str, str], choices: Choices, *, today: date) -> Filters:
    """What was asked by an address: `from`, `to`, `team`, `measure`, `age`, `municipality`, `place`.

    Without `to` until today, without `from` twelve months, the last of which is that of `to`. What is empty is all.
    Raises BadFilter with the first part that is none; its `sentence` is the catalogue key of what to say.
    """
    until = _day(asked.get("to", ""), "to") or today
    since = _day(asked.get("from", ""), "from") or add_months(until.replace(day=1), -11)
    if since > until:
        raise BadFilter(field="period")
    if until > today:
        raise BadFilter(field="future")
    if (until - since).days >= LONGEST:
        raise BadFilter(field="long")
    chosen = {}
    for name, known in (
        ("team", choices.teams),
        ("measure", choices.measures),
        ("age", choices.ages),
        ("municipality", choices.municipalities),
        ("place", choices.places),
    ):
        value = asked.get(name) or None
        if value is not None and value not in known:
            raise BadFilter(field=name)
        chosen[name] = value
    return Filters(since, until, **chosen)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadFilter(field=field) from None
    # fromisoformat takes other forms too, and one address is to mean one thing.
    if found.isoformat() != text or not 2000 <= found.year <= 2100:
        raise BadFilter(field=field)
    return found

# --- what is asked of the store ---------------------------------------------------------------------------------------


async def choices(store: Store) -> Choices:
    """What can be chosen by."""
    teams, municipalities = await store.read(lambda r: (r.fact_values("team"), r.fact_values("municipality")))
    return Choices(tuple(teams), tuple(municipalities))


async def today(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Today:
    """How things stand on the day of `now`; of the filters' period only what was stated late is taken.

    Lists hold at most `limit` children, and the numbers beside them count all.
    """
    return await _kept(store, ("today", filters, limit), now, lambda r: _today(r, filters, now, limit))


async def over_time(store: Store, filters: Filters, *, now: datetime) -> OverTime:
    """A period month by month. Whole months come from sums that are kept, parts of months from the rows."""
    return await _kept(store, ("over_time", filters), now, lambda r: _over_time(r, filters, now))


async def spread(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Spread:
    """A period child by child, up to today."""
    return await _kept(store, ("spread", filters, limit), now, lambda r: _spread(r, filters, now, limit))


async def kpis(store: Store, filters: Filters, *, now: datetime) -> Kpis:
    """The three KPI's over the measures charged in the period, and what was begun for children."""
    return await _kept(store, ("kpis", filters), now, lambda r: _kpis(r, filters, now))


async def experience(store: Store, filters: Filters, *, now: datetime) -> Experience:
    """What children thought, in the months that the period touches; kept by team and month and by nothing else."""
    return await _kept(store, ("experience", filters), now, lambda r: _experience(r, filters, now))


async def silence(store: Store, filters: Filters, *, now: datetime) -> Silence:
    """What waits for an adult on the day of `now`."""
    return await store.read(lambda r: _silence(r, filters, now))


async def behind(
    store: Store, filters: Filters, what: str, *, now: datetime, child: str | None = None, limit: int = SHOWN
) -> Behind:
    """The rows behind a number, newest first. Raises BadFilter for what is none of BEHIND."""
    if what not in BEHIND:
        raise BadFilter(field="what")

    def ask(r: Reader) -> Behind:
        chosen = filters.choice()
        only = ONLY[what]
        rows = r.contacts_between(filters.since, filters.until, chosen, only=only, child=child, limit=limit)
        total = r.contacts_number(filters.since, filters.until, chosen, only, child)
        return Behind(now, filters, what, total, tuple(one for one, _ in rows))

    return await _kept(store, ("behind", filters, what, child, limit), now, ask)


_FRESH: Final = timedelta(minutes=1)
_MOST_KEPT: Final = 200
_keeping: WeakKeyDictionary[Store, dict[tuple[Any, ...], tuple[tuple[int, int, date], datetime, Any]]] = (
    WeakKeyDictionary()
)


async def _kept(store: Store, key: tuple[Any, ...], now: datetime, ask: Callable[[Reader], T]) -> T:
    """What was computed before for the same question, as long as nothing has changed; else what it comes to now.

    A page of a large organisation is looked at more often than something happens. A minute is the longest, because a
    plan whose time has come is none any more. What is given says when it was computed.
    """
    state = (*store.read_sync(lambda r: (r.counted(), r.last_change())), local_day(now))
    kept = _keeping.setdefault(store, {})
    before = kept.get(key)
    if before is not None and before[0] == state and abs(now - before[1]) < _FRESH:
        return before[2]  # type: ignore[no-any-return]
    found = await store.read(ask)
    while len(kept) >= _MOST_KEPT:
        kept.pop(next(iter(kept)))
    kept[key] = (state, now, found)
    return found


# --- today ------------------------------------------------------------------------------------------------------------


def _today(r: Reader, filters: Filters, now: datetime, limit: int) -> Today:
    day, chosen = local_day(now), filters.choice()
    present = r.present(day, chosen)
    waiting = r.waiting(day, chosen, limit)
    equated = r.equated_days()
    open_ones = r.unmet(day, add_months(day, -LOOKED_BACK), chosen)
    measures = r.measures_among(measure.child for measure, _ in open_ones)
    unmet = [
        (measure, kid, calendar.first_due(measure.charged, equated))
        for measure, kid in open_ones
        if tally.opens(measure, measures[measure.child])
    ]
    soon = calendar.add_working_days(day, SOON, equated)
    due = [one for one in unmet if day <= one[2] <= soon]
    overdue = [one for one in unmet if one[2] < day]
    named = [kid.child for kid in waiting] + [kid.child for _, kid, _ in (*due, *overdue[:limit])]
    plans = r.next_plans(named, now)
    lonely = r.lonely(day, add_months(day, -HEARD_WITHIN), chosen)
    quiet = r.quiet(day, now - timedelta(days=QUIET), chosen)
    outside, in_app = r.outside(day)
    late, ended = _stated_late(r, filters, equated)
    told = r.reported(day)
    grown = f"{add_months(day, -12 * tally.GROWN - 1).isoformat()[:7]}"
    return Today(
        at=now,
        day=day,
        filters=filters,
        norm=in_force(r.norms(), day),
        children=Number(present.children, None, "def.denominator"),
        judged=Number(present.judged, present.children, "def.norm"),
        within=Number(present.within, present.judged, "def.norm"),
        waiting_count=Number(present.judged - present.within, present.judged, "def.silence"),
        waiting=tuple(_waiting(kid, day, plans) for kid in waiting),
        under_four=Number(present.under_four, present.children, "def.denominator"),
        first_due=tuple(_first(one, plans) for one in due),
        first_late_count=Number(len(overdue), None, "def.first"),
        first_late=tuple(_first(one, plans) for one in overdue[:limit]),
        siblings_count=Number(len(lonely), None, "def.sibling"),
        siblings=tuple(
            Sibling(one.child, one.team, one.worker, one.family, one.in_measure, one.heard) for one in lonely[:limit]
        ),
        quiet_count=Number(len(quiet), None, "def.quiet"),
        quiet=tuple(_quiet(kid, day) for kid in quiet[:limit]),
        without_reader=Number(present.without_reader, present.children, "def.denominator"),
        without_worker=Number(present.without_worker, present.children, "def.continuity"),
        grown=tuple(r.grown(grown)),
        outside=Number(outside, in_app, "def.denominator"),
        entered_late=late,
        ended_late=ended,
        reported=Reported(told.day, told.total, r.present(told.day, {}).children, told.by, told.at) if told else None,
    )


def _waiting(kid: Kid, day: date, plans: Mapping[str, datetime]) -> Waiting:
    days = (day - max(kid.begun, kid.last or kid.begun)).days
    return Waiting(kid.child, kid.team, kid.worker, kid.begun, kid.last, days, plans.get(kid.child))


def _first(one: tuple[Measure, Kid, date], plans: Mapping[str, datetime]) -> FirstDue:
    measure, kid, due = one
    return FirstDue(kid.child, kid.team, kid.worker, measure.charged, due, plans.get(kid.child))


def _quiet(kid: Kid, day: date) -> Quiet:
    last = kid.last or day
    return Quiet(kid.child, kid.team, kid.worker, last, (day - last).days)


def _stated_late(r: Reader, filters: Filters, equated: frozenset[date]) -> tuple[Number, Number]:
    """How many measures came into the roster too long after their beginning or end.

    What the first file brought is late by nature; only what happened since the roster is kept can be.
    """
    begun = r.roster_begun()
    first = local_day(begun) if begun else filters.until
    late = ended = charged = ends = 0
    for one in r.stated(max(filters.since, first), filters.until, filters.choice()):
        if max(filters.since, first) <= one.charged <= filters.until:
            charged += 1
            late += local_day(one.entered_at) > calendar.add_working_days(one.charged, STATED_WITHIN, equated)
        if one.ended and one.ended_at and max(filters.since, first) <= one.ended <= filters.until:
            ends += 1
            ended += local_day(one.ended_at) > calendar.add_working_days(one.ended, STATED_WITHIN, equated)
    return Number(late, charged, "def.roster"), Number(ended, ends, "def.roster")


# --- over time --------------------------------------------------------------------------------------------------------


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


def _over_time(r: Reader, filters: Filters, now: datetime) -> OverTime:
    chosen = filters.choice()
    parts = _parts(filters, local_day(now))
    sums: dict[str, Counter[str]] = {part.month: Counter() for part in parts}
    children: dict[str, int] = {}
    whole = [part for part in parts if part.whole]
    if len(chosen) <= 1 and whole:
        way, value = next(iter(chosen.items()), ("all", ""))
        for (month, what), number in r.summed(way, value, whole[0].month, whole[-1].month).items():
            sums[month][what] = number
        children = _running(r.moves(way, value), [part.month for part in whole])
    else:
        whole = []
    for part in parts:
        if part in whole:
            continue
        for (_, what), number in r.summed_rows(part.since, part.until, chosen).items():
            sums[part.month][what] = number
        children[part.month] = r.children_between(part.since, part.until, chosen)
    months = tuple(_month(part.month, children[part.month], sums[part.month]) for part in parts)
    everyone = r.children_between(filters.since, filters.until, chosen)
    together = sum(sums.values(), Counter())
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
    lengths = sorted((int(what.partition(".")[2]), n) for what, n in sums.items() if what.startswith("minutes."))
    return Month(
        month=month,
        children=children,
        realised={level: sums[f"realised.{level}"] for level in ("A", "A-unlocked", "B", "C", "D")},
        disputed=sums["disputed"],
        withdrawn=sums["withdrawn"],
        withdrawn_after_dispute=sums["withdrawn-after-dispute"],
        not_held=_named(sums, "notheld."),
        others=_named(sums, "other."),
        seen_under_four=sums["seen"],
        planned_before=sums["foreseen"],
        short=sum(n for minutes, n in lengths if minutes < SHORT),
        median=_median(lengths),
        late=sums["late"],
    )


def _named(sums: Counter[str], start: str) -> dict[str, int]:
    return {what.removeprefix(start): n for what, n in sorted(sums.items()) if what.startswith(start) and n}


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


# --- child by child, and the clocks -----------------------------------------------------------------------------------


def _spread(r: Reader, filters: Filters, now: datetime, limit: int) -> Spread:
    since, until, chosen = filters.since, min(filters.until, local_day(now)), filters.choice()
    within, judged, days = r.child_days(since, until, chosen)
    gaps = r.gaps(since, until, chosen, limit)
    kids = r.kids([child for child, _ in gaps], until)
    children = r.children_between(since, until, chosen)
    return Spread(
        at=now,
        filters=filters,
        children=Number(children, None, "def.denominator"),
        by_number=r.by_number(since, until, chosen),
        days=Number(within, judged, "def.norm"),
        longest=tuple(Gap(child, kids[child].team, kids[child].worker, days) for child, days in gaps),
        changes=Number(r.worker_changes(since, until, chosen), children, "def.continuity"),
        days_without=Number(days - r.worker_days(since, until, chosen), days, "def.continuity"),
    )


def _kpis(r: Reader, filters: Filters, now: datetime) -> Kpis:
    day, chosen = local_day(now), filters.choice()
    equated = r.equated_days()
    charged_in = r.charged_between(filters.since, filters.until, chosen)
    measures = r.measures_among(one.measure.child for one in charged_in)
    begun = [one for one in charged_in if tally.opens(one.measure, measures[one.measure.child])]
    first, plan, worker = [], [], []
    for one in begun:
        charged = one.measure.charged
        worker.append(_kpi(one, charged, one.worker, day))
        first.append(_kpi(one, calendar.first_due(charged, equated), one.face, day, alone=one.alone))
        plan.append(_kpi(one, calendar.plan_due(charged), one.measure.plan, day))
    children = r.children_between(filters.since, filters.until, chosen)
    return Kpis(
        at=now,
        filters=filters,
        worker=_clock(worker, "def.worker"),
        first=_clock(first, "def.first"),
        plan=_clock(plan, "def.plan"),
        diagnostics=Number(
            r.with_fact("diagnostics", filters.since, filters.until, chosen), children, "def.own"
        ),
        help=Number(r.with_fact("help", filters.since, filters.until, chosen), children, "def.own"),
    )


def _kpi(one: Charged, due: date, met: date | None, day: date, *, alone: bool | None = None) -> Kpi:
    """A clock on a day. A measure that ended before it was due, unmet, is due no more, and is left running."""
    measure = one.measure
    in_time: bool | None = None
    if met is not None:
        in_time = met <= due
    elif due < day and measure.until >= due:
        in_time = False
    return Kpi(measure.child, one.team, measure.charged, due, met, in_time, alone if met is not None else None)


def _clock(rows: Sequence[Kpi], definition: str) -> Clock:
    judged = [one for one in rows if one.in_time is not None]
    met = sum(one.in_time is True for one in judged)
    return Clock(Number(met, len(judged), definition), len(rows) - len(judged), tuple(rows))


# --- what children thought, and the silence of adults -----------------------------------------------------------------


def _experience(r: Reader, filters: Filters, now: datetime) -> Experience:
    first, last = filters.since.isoformat()[:7], filters.until.isoformat()[:7]
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in r.after_counts():
        if not first <= one.month <= last or filters.team not in (None, one.team):
            continue
        sums = found.setdefault((one.team, one.question), Counter())
        # Only in one month are five answers five children.
        if sum(n for value, n in one.values.items() if value != "skipped") >= SHOWN_FROM:
            sums.update(one.values)
    thoughts = tuple(_thought(team, question, sums) for (team, question), sums in sorted(found.items()))
    ignored = tuple(name for name in filters.choice() if name != "team")
    return Experience(now, filters, thoughts, ignored)


def _thought(team: str, question: str, sums: Counter[str]) -> Thought:
    answers = sum(n for value, n in sums.items() if value != "skipped")
    if answers == 0:
        return Thought(team, question, None, None, None)
    share = 100 * sums["yes"] / answers
    shown = "<10" if share < 10 else ">90" if share > 90 else str(round(share))
    return Thought(team, question, answers, shown, sums["skipped"])


def _silence(r: Reader, filters: Filters, now: datetime) -> Silence:
    day, chosen = local_day(now), filters.choice()
    equated = r.equated_days()
    rows, messages, overdue = [], 0, 0
    for one in r.unread(day, chosen):
        ages = [calendar.working_days_between(local_day(at), day, equated) for at in one.times]
        messages += len(ages)
        overdue += sum(age > OVERDUE for age in ages)
        rows.append(Unopened(one.child, one.team, one.worker, len(ages), local_day(one.times[0]), ages[0]))
    return Silence(
        at=now,
        day=day,
        unopened=Number(messages, None, "def.silent"),
        overdue=Number(overdue, messages, "def.silent"),
        unanswered=Number(r.unanswered(day, chosen), None, "def.silent"),
        rows=tuple(sorted(rows, key=lambda row: (row.oldest, row.child))),
    )
