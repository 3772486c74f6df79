"""What the organisation counts: numbers about talks, and behind each number the pseudonymous rows it comes from.

This room cannot import what could open a message, nor how one is written (`pyproject.toml`, contract "numbers"): it
knows the roster, the norms and the rows of contacts, and of messages only that there are some. How everything is
counted, with its edges, stands in docs/counting.md; a number names its definition by the catalogue key.

For a page, in this order: `await choices(store, now=now)` gives what can be filtered by; `filters_of(asked, choices,
today=day)` what was asked, or BadFilter with the key of its sentence; then `today`, `over_time`, `spread`, `kpis`,
`experience` and `silence`, each as `await today(store, filters, now=now)`; and `await behind(store, filters, what,
now=now, child=None)` the rows behind a number, `what` being one of BEHIND; `standing` the children behind one of today
(STANDINGS), and `clock` the measures behind one of CLOCKS. All give frozen values that say when they were computed
(`at`). Nothing here suppresses small numbers except `experience`: what may leave the house is decided
where it leaves.

Per worker there is only which children wait, never a share, a ranking or a speed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Final

from kindstem import calendar, clocks, tally
from kindstem.calendar import local_day
from kindstem.clocks import CLOCKS, Clocked
from kindstem.counts.answering import Asked, answer, kept
from kindstem.counts.values import (
    Asking,
    Behind,
    Choices,
    Clock,
    Clocks,
    Contradicted,
    Counters,
    Disclosed,
    Experience,
    Filters,
    FirstDue,
    Gap,
    HeardBefore,
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
    Standing,
    Thought,
    Today,
    Unanswered,
    Unopened,
    Waiting,
)
from kindstem.domain import Measure
from kindstem.errors import BadFilter
from kindstem.norms import add_months, in_force
from kindstem.store import Reader, Store
from kindstem.store.figures import ONLY, Decided, Kid, Present
from kindstem.store.figures import STANDINGS as STANDS
from kindstem.store.talks import Answers

__all__ = [
    "BEHIND",
    "CLOCKS",
    "LONGEST",
    "OVERDUE",
    "QUIET",
    "SHORT",
    "SHOWN",
    "SHOWN_FROM",
    "SOON",
    "STANDINGS",
    "Asking",
    "Behind",
    "Choices",
    "Clock",
    "Clocks",
    "Contradicted",
    "Counters",
    "Disclosed",
    "Experience",
    "Filters",
    "FirstDue",
    "Gap",
    "HeardBefore",
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
    "Standing",
    "Thought",
    "Today",
    "Unanswered",
    "Unopened",
    "Waiting",
    "behind",
    "choices",
    "clock",
    "experience",
    "filters_of",
    "kpis",
    "over_time",
    "silence",
    "spread",
    "standing",
    "today",
]

LONGEST: Final = 10 * 366
"""How many days a period lasts at most."""

SHOWN_FROM: Final = 5
"""From how many answers a share of what children thought is shown."""

QUIET: Final = 42
"""After how many days without a message a child that wrote before is called quiet."""

BEHIND: Final = tuple(ONLY)
"""What the rows behind a number can be asked by."""

STANDINGS: Final = tuple(STANDS)
"""In which ways a child can stand on a day, each with a list."""

SOON: Final = 5
"""Within how many working days a first conversation is due to be listed."""

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


async def choices(store: Store, *, now: datetime) -> Choices:
    """What can be chosen by."""

    def ask(_: Reader, f: Asked) -> Choices:
        return Choices(tuple(f.fact_values("team")), tuple(f.fact_values("municipality")))

    return await store.read(lambda r: answer(store, r, now, ask))


async def today(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Today:
    """How things stand on the day of `now`; of the filters' period only what was stated late is taken.

    Lists hold at most `limit` children, and the numbers beside them count all.
    """
    return await kept(store, ("today", filters, limit), now, lambda r, f: _today(r, f, filters, now, limit))


async def over_time(store: Store, filters: Filters, *, now: datetime) -> OverTime:
    """A period month by month. Whole months come from sums that are kept, parts of months from the rows."""
    return await kept(store, ("over_time", filters), now, lambda r, f: _over_time(r, f, filters, now))


async def spread(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Spread:
    """A period child by child, up to today."""
    return await kept(store, ("spread", filters, limit), now, lambda r, f: _spread(r, f, filters, now, limit))


async def kpis(store: Store, filters: Filters, *, now: datetime, limit: int = SHOWN) -> Kpis:
    """The three KPI's over the measures charged in the period, and what was begun for children.

    Of each clock at most `limit` measures are listed, and the numbers beside them count all.
    """
    return await kept(store, ("kpis", filters, limit), now, lambda r, f: _kpis(r, f, filters, now, limit))


async def experience(store: Store, filters: Filters, *, now: datetime) -> Experience:
    """What children thought, in the months that the period touches; kept by team and month and by nothing else."""
    return await kept(store, ("experience", filters), now, lambda _, f: _experience(f, filters, now))


async def silence(store: Store, filters: Filters, *, now: datetime) -> Silence:
    """What waits for an adult on the day of `now`."""
    return await store.read(lambda r: _silence(r, filters, now))


async def behind(
    store: Store, filters: Filters, what: str, *, now: datetime, child: str | None = None, limit: int = SHOWN
) -> Behind:
    """The rows behind a number, newest first. Raises BadFilter for what is none of BEHIND."""
    if what not in BEHIND:
        raise BadFilter(field="what")

    def ask(r: Reader, f: Asked) -> Behind:
        chosen = filters.choice()
        rows = r.contacts_between(filters.since, filters.until, chosen, only=what, child=child, limit=limit)
        total = f.contacts_number(filters.since, filters.until, chosen, what, child)
        return Behind(now, filters, what, total, tuple(one for one, _ in rows))

    return await kept(store, ("behind", filters, what, child, limit), now, ask)


async def standing(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Standing:
    """The children behind a number of today: who stands so, one of STANDINGS, after those that are skipped."""

    def ask(r: Reader, f: Asked) -> Standing:
        day, chosen = local_day(now), filters.choice()
        kids = f.children_standing(day, chosen, what, skip, limit)
        plans = r.next_plans([kid.child for kid in kids], now)
        rows = tuple(_waiting(kid, day, plans) for kid in kids)
        return Standing(now, day, filters, what, _standing(f.present(day, chosen), what), rows)

    return await kept(store, ("standing", filters, what, skip, limit), now, ask)


async def clock(
    store: Store, filters: Filters, what: str, *, now: datetime, skip: int = 0, limit: int = SHOWN
) -> Clocks:
    """All measures behind one of CLOCKS, in the order of its list, after those that are skipped."""

    def ask(r: Reader, f: Asked) -> Clocks:
        day, chosen, equated = local_day(now), filters.choice(), r.equated_days()
        counted = f.clocked(filters.since, filters.until, chosen, day, equated, 0)[CLOCKS.index(what)]
        numbers = Counter({False: counted.late, None: counted.running, True: counted.met})
        charged = f.charged_between(filters.since, filters.until, chosen)
        found = clocks.clocked(what, charged, numbers, day, equated, limit, skip)
        return Clocks(now, filters, what, _clock(found, f"def.{what}", alone=what == "first"))

    return await kept(store, ("clock", filters, what, skip, limit), now, ask)


# --- today ------------------------------------------------------------------------------------------------------------


def _today(r: Reader, f: Asked, filters: Filters, now: datetime, limit: int) -> Today:
    day, chosen = local_day(now), filters.choice()
    present = f.present(day, chosen)
    waiting = f.waiting(day, chosen, limit)
    equated = r.equated_days()
    unmet = [
        (measure, kid, clocks.first_due(measure.charged, equated))
        for measure, kid in f.unmet(day, add_months(day, -LOOKED_BACK), chosen)
    ]
    soon = calendar.add_working_days(day, SOON, equated)
    due = [one for one in unmet if day <= one[2] <= soon]
    overdue = [one for one in unmet if one[2] < day]
    named = [kid.child for kid in waiting] + [kid.child for _, kid, _ in (*due, *overdue[:limit])]
    plans = r.next_plans(named, now)
    siblings, lonely = f.lonely(day, add_months(day, -HEARD_WITHIN), chosen, limit)
    quiet = f.quiet(day, now - timedelta(days=QUIET), chosen)
    outside, in_app = f.outside(day)
    late, ended = _stated_late(f, filters, equated)
    told = r.reported(day)
    grown = f"{add_months(day, -12 * tally.GROWN - 1).isoformat()[:7]}"
    return Today(
        at=now,
        day=day,
        filters=filters,
        norm=in_force(r.norms(), day),
        children=_standing(present, "all"),
        judged=Number(present.judged, present.children, "def.norm"),
        within=_standing(present, "within"),
        waiting_count=_standing(present, "over"),
        waiting=tuple(_waiting(kid, day, plans) for kid in waiting),
        under_four=_standing(present, "young"),
        first_due=tuple(_first(one, plans) for one in due),
        first_late_count=Number(len(overdue), None, "def.first"),
        first_late=tuple(_first(one, plans) for one in overdue[:limit]),
        siblings_count=Number(siblings, None, "def.sibling"),
        siblings=tuple(
            Sibling(one.child, one.team, one.worker, one.family, one.in_measure, one.heard) for one in lonely
        ),
        quiet_count=Number(len(quiet), None, "def.quiet"),
        quiet=tuple(_quiet(kid, day) for kid in quiet[:limit]),
        without_reader=_standing(present, "reader"),
        without_worker=_standing(present, "worker"),
        grown=tuple(f.grown(grown)),
        outside=Number(outside, in_app, "def.denominator"),
        entered_late=late,
        ended_late=ended,
        reported=Reported(told.day, told.total, f.present(told.day, {}).children, told.by, told.at) if told else None,
    )


def _standing(present: Present, what: str) -> Number:
    """How many children stand so on a day, one of STANDINGS."""
    return {
        "all": Number(present.children, None, "def.denominator"),
        "within": Number(present.within, present.judged, "def.norm"),
        "over": Number(present.judged - present.within, present.judged, "def.silence"),
        "young": Number(present.under_four, present.children, "def.denominator"),
        "worker": Number(present.without_worker, present.children, "def.continuity"),
        "reader": Number(present.without_reader, present.children, "def.denominator"),
    }[what]


def _waiting(kid: Kid, day: date, plans: Mapping[str, datetime]) -> Waiting:
    days = (day - max(kid.begun, kid.last or kid.begun)).days
    return Waiting(kid.child, kid.team, kid.worker, kid.begun, kid.last, days, plans.get(kid.child))


def _first(one: tuple[Measure, Kid, date], plans: Mapping[str, datetime]) -> FirstDue:
    measure, kid, due = one
    return FirstDue(kid.child, kid.team, kid.worker, measure.charged, due, plans.get(kid.child))


def _quiet(kid: Kid, day: date) -> Quiet:
    last = kid.last or day
    return Quiet(kid.child, kid.team, kid.worker, last, (day - last).days)


def _stated_late(f: Asked, filters: Filters, equated: frozenset[date]) -> tuple[Number, Number]:
    """How many measures came into the roster too long after their beginning or end.

    What the first file brought is late by nature; only what happened since the roster is kept can be.
    """
    begun = f.roster_begun()
    first = local_day(begun) if begun else filters.until
    late = f.stated_late(max(filters.since, first), filters.until, filters.choice(), equated)
    return Number(*late["charged"], "def.roster"), Number(*late["ended"], "def.roster")


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


# --- child by child, and the clocks -----------------------------------------------------------------------------------


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


def _kpis(r: Reader, f: Asked, filters: Filters, now: datetime, limit: int) -> Kpis:
    day, chosen = local_day(now), filters.choice()
    worker, first, plan = f.clocked(filters.since, filters.until, chosen, day, r.equated_days(), limit)
    children = f.children_between(filters.since, filters.until, chosen)
    return Kpis(
        at=now,
        filters=filters,
        worker=_clock(worker, "def.worker"),
        first=_clock(first, "def.first", alone=True),
        plan=_clock(plan, "def.plan"),
        diagnostics=Number(
            f.with_fact("diagnostics", filters.since, filters.until, chosen), children, "def.own"
        ),
        help=Number(f.with_fact("help", filters.since, filters.until, chosen), children, "def.own"),
        decided=_decided(f.decided_between(filters.since, filters.until, chosen), limit),
    )


def _decided(found: Sequence[Decided], limit: int) -> HeardBefore:
    judged = [one for one in found if not one.young]
    hearings = [one.hearing for one in judged]
    rows = sorted(judged, key=lambda one: one.hearing.heard)

    def of(number: int) -> Number:
        return Number(number, len(judged), "def.heard")

    return HeardBefore(
        heard=of(sum(one.heard for one in hearings)),
        unread=of(sum(one.unread for one in hearings)),
        unwritten=of(sum(not one.written for one in hearings)),
        untalked=of(sum(not one.talk for one in hearings)),
        wordless=of(sum(not one.words for one in hearings)),
        young=len(found) - len(judged),
        months=tuple(sorted({one.months for one in hearings})),
        rows=tuple(rows[:limit]),
    )


def _clock(found: Clocked, definition: str, *, alone: bool = False) -> Clock:
    rows = [
        Kpi(
            *(one.charged.measure.child, one.charged.team, one.charged.measure.charged, one.due, one.met, one.in_time),
            alone=one.charged.alone if alone and one.met is not None else None,
        )
        for one in found.first
    ]
    number = Number(found.met, found.met + found.late, definition)
    return Clock(number, found.running, found.met + found.late + found.running, tuple(rows))


# --- what children thought, and the silence of adults -----------------------------------------------------------------


def _experience(f: Asked, filters: Filters, now: datetime) -> Experience:
    first, last = filters.since.isoformat()[:7], filters.until.isoformat()[:7]
    # Only in one month are five answers five children.
    answers = f.thought(first, last, SHOWN_FROM, filters.team)
    thoughts = tuple(_thought(one) for one in answers)
    ignored = tuple(name for name in filters.choice() if name != "team")
    return Experience(now, filters, thoughts, ignored)


def _thought(one: Answers) -> Thought:
    team = one.team or ""
    if not one.given:
        return Thought(team, one.question, None, None, None)
    share = 100 * one.yes / one.given
    shown = "<10" if share < 10 else ">90" if share > 90 else str(round(share))
    return Thought(team, one.question, one.given, shown, one.skipped)


def _silence(r: Reader, filters: Filters, now: datetime) -> Silence:
    day, chosen = local_day(now), filters.choice()
    equated = r.equated_days()
    rows, messages, overdue = [], 0, 0
    for one in r.unread(day, chosen):
        ages = [calendar.working_days_between(local_day(at), day, equated) for at in one.times]
        messages += len(ages)
        overdue += sum(age > OVERDUE for age in ages)
        if one.listed:
            # Whoever waits for somebody else is a number here: its worker would learn of it from the manager.
            first = local_day(one.listed[0])
            waited = calendar.working_days_between(first, day, equated)
            rows.append(Unopened(one.child, one.team, one.worker, len(one.listed), first, waited))
    waits = r.unanswered(day, chosen)
    days = [(day - local_day(one.since)).days for one in waits]
    listed = [(local_day(one.listed), one) for one in waits if one.listed is not None]
    return Silence(
        at=now,
        day=day,
        unopened=Number(messages, None, "def.silent"),
        overdue=Number(overdue, messages, "def.silent"),
        unanswered=Number(len(waits), None, "def.silent"),
        longest=max(days, default=None),
        median=median_low(days) if days else None,
        rows=tuple(sorted(rows, key=lambda row: (row.oldest, row.child))),
        silent=tuple(
            Unanswered(one.child, one.team, one.worker, since, (day - since).days)
            for since, one in sorted(listed, key=lambda pair: (pair[0], pair[1].child))
        ),
    )
