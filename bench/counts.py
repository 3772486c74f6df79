"""The manager's numbers over a million talks and thirty thousand children: what a page waits for, a record costs.

The store is filled through the same functions that keep rows, judged days and sums when a record comes in; only the
signed records themselves are left out, which no number reads.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import rig
from bench.figures import Figure, figure, p95
from kindstem import counts, tally
from kindstem.counts import Choices, Filters, answering
from kindstem.domain import AGES, MEASURES, PLACES, Child, Contact, Measure, Org, Person, Role
from kindstem.norms import Norm, NormKind, Set
from kindstem.signing import CROCKFORD, random_id
from kindstem.store import Store, Tx

MOST_MS = 50
NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
GROUP = 250
A_TEAM = 300
"""Children of one team."""

A_WORKER = 20
MUNICIPALITIES = 40

Ask = Callable[[Store, Filters], Awaitable[Any]]


def measure(quick: bool) -> list[Figure]:
    """Times at the full size: every page's numbers with no choice, with one, and with two."""
    children, contacts, times = (120, 2_000, 3) if quick else (30_000, 1_000_000, 20)
    with rig.folder() as folder:
        store = Store.open(folder / "counts.db", create=True)
        try:
            began = time.monotonic()
            _fill(store, children, contacts)
            filled = time.monotonic() - began
            size = sum(path.stat().st_size for path in folder.glob("counts.db*")) / 1e6
            began = time.monotonic()
            answering.warm(store, NOW)
            ready = time.monotonic() - began
            return [
                *_pages(store, times),
                figure("counts.ready", "The board of it made", "s", ready),
                _record(store, times),
                figure("counts.fill", f"{contacts} talks with {children} children, rows and sums made", "s", filled),
                figure("counts.size", "The store of it", "MB", size),
            ]
        finally:
            store.close()


# --- a store ----------------------------------------------------------------------------------------------------------


def _number(place: int) -> str:
    letters = ""
    for _ in range(8):
        place, letter = divmod(place, len(CROCKFORD))
        letters = CROCKFORD[letter] + letters
    return f"K{letters[:3]}-{letters[3:]}"


def _fill(store: Store, children: int, contacts: int) -> None:
    chance = random.Random(20261118)
    workers = [
        Person(random_id(), f"Worker {n}", Role.WORKER, None, None, active=True, made_at=NOW)
        for n in range(max(2, children // A_WORKER))
    ]

    def found(tx: Tx) -> None:
        tx.found_org(Org(random_id(), "De Vaart", demo=True))
        tx.add_norm(Set(Norm(date(2020, 1, 1), NormKind.YEARLY, 8, 3, 0), "Ruth", NOW, "agreed"))
        tx.add_norm(Set(Norm(date(2026, 3, 1), NormKind.MONTHLY, 0, 1, 0), "Ruth", NOW, "agreed"))
        for worker in workers:
            tx.add_person(worker)

    store.write_sync(found)
    each = contacts // children
    for start in range(0, children, GROUP):
        lives = [_life(chance, n, each, workers) for n in range(start, min(children, start + GROUP))]
        store.write_sync(lambda tx, lives=lives: _keep(tx, lives))  # type: ignore[misc]


def _life(chance: random.Random, place: int, each: int, workers: Sequence[Person]) -> dict[str, Any]:
    child, worker = _number(place), workers[place // A_WORKER % len(workers)]
    charged = TODAY - timedelta(days=chance.randint(60, 1200))
    ended = charged + timedelta(days=chance.randint(50, 900)) if chance.random() < 0.2 else None
    if ended is not None and ended >= TODAY:
        ended = None
    born = TODAY.year - chance.randint(1, 16)
    facts = {
        "team": f"Team {place // A_TEAM:03}",
        "municipality": f"Gemeente {chance.randrange(MUNICIPALITIES):02}",
        "place": chance.choice(PLACES),
        "family": f"F{place // 2}",
        "worker": worker.id,
    }
    days = sorted(charged + timedelta(days=chance.randint(0, (TODAY - charged).days)) for _ in range(each))
    return {
        "child": child, "born": f"{born}-{chance.randint(1, 12):02}", "charged": charged, "ended": ended,
        "kind": MEASURES[place % 3], "facts": facts, "worker": worker.id,
        "talks": [_talk(chance, child, day, worker.id) for day in days],
    }  # fmt: skip


def _talk(chance: random.Random, child: str, day: date, by: str) -> Contact:
    luck = chance.random()
    plain = {"kind": "face", "who": "alone", "planned": "planned", "reason": None}
    if luck < 0.7:
        state, level = "realised", chance.choice(("A", "A-unlocked", "B", "C", "D"))
    elif luck < 0.72:
        state, level = "disputed", "disputed"
    elif luck < 0.85:
        state, level, plain["who"] = "other", "D", chance.choice(("parent", "siblings", "others"))
    else:
        state, level = "notheld", "D"
        plain = {"kind": "", "who": "", "planned": "", "reason": chance.choice(("absent", "refused", "prevented"))}
    start = datetime(day.year, day.month, day.day, chance.randint(8, 16), tzinfo=UTC)
    return Contact(
        first=random_id(), child=child, day=day, start=start, minutes=chance.choice((10, 20, 30, 45, 60)), state=state,
        level=level, by=by, foreseen=luck < 0.4, late=luck > 0.97, **plain,
    )  # fmt: skip


def _keep(tx: Tx, lives: Sequence[dict[str, Any]]) -> None:
    norms = tx.norms()
    sums: Counter[tally.Tally] = Counter()
    for life in lives:
        child, charged = life["child"], life["charged"]
        tx.add_child(Child(child, NOW, life["worker"], life["worker"], enrolled=False))
        tx.add_listed(child, random_id(), life["born"], NOW)
        tx.add_measure(
            Measure(random_id(), child, life["kind"], charged, charged, life["ended"], None, (), NOW, NOW)
        )
        for name, value in life["facts"].items():
            tx.set_fact(child, name, value, charged, NOW)
        listed = tx.listed(child)
        for talk in life["talks"]:
            tx.keep_contact(talk, tally.place_on(listed, talk.day))
        tx.recount(child, [], norms=norms, into=sums)
    tx.add_up(sums)


# --- what is timed ----------------------------------------------------------------------------------------------------


def _pages(store: Store, times: int) -> list[Figure]:
    choices: Choices = asyncio.run(counts.choices(store, now=NOW))
    year = {"from": "2025-12-01"}
    asked = {
        "": counts.filters_of(year, choices, today=TODAY),
        ", one team": counts.filters_of(year | {"team": choices.teams[0]}, choices, today=TODAY),
        ", one kind of place and one age": counts.filters_of(
            year | {"place": PLACES[1], "age": AGES[3]}, choices, today=TODAY
        ),
        ", odd days": counts.filters_of({"from": "2026-02-10", "to": "2026-09-20"}, choices, today=TODAY),
    }
    pages: list[tuple[str, str, Ask]] = [
        ("today", "Today", lambda s, f: counts.today(s, f, now=NOW)),
        ("over", "Over time, twelve months", lambda s, f: counts.over_time(s, f, now=NOW)),
        ("spread", "Child by child, twelve months", lambda s, f: counts.spread(s, f, now=NOW)),
        ("kpis", "The three KPI's, twelve months", lambda s, f: counts.kpis(s, f, now=NOW)),
        ("behind", "The rows behind a number", lambda s, f: counts.behind(s, f, "disputed", now=NOW)),
    ]
    found, cold = [], []
    for name, what, ask in pages:
        for place, (suffix, filters) in enumerate(asked.items()):
            never, first, again = asyncio.run(_timed(store, ask, filters, times))
            cold.append(never)
            title = f"{what}{suffix}: server time, p95"
            found.append(figure(f"counts.{name}.{place}", f"{title}, after a new talk", "ms", p95(first), most=MOST_MS))
            found.append(figure(f"counts.{name}.{place}.again", f"{title}, again", "ms", p95(again), most=MOST_MS))
    found.append(figure("counts.cold", "One of them that was never asked for before", "ms", cold, most=MOST_MS))
    return found


async def _timed(store: Store, ask: Ask, filters: Filters, times: int) -> tuple[float, list[float], list[float]]:
    """How long it takes when it was never asked for, after a new talk each time, and again."""
    chance = random.Random(2)

    async def once() -> float:
        began = time.perf_counter()
        await ask(store, filters)
        return 1000 * (time.perf_counter() - began)

    cold, first, again = await once(), [], []
    for place in range(times):
        await store.write(lambda tx, place=place: _talked(tx, chance, _number(place)))  # type: ignore[misc]
        first.append(await once())
        again.append(await once())
    return cold, first, again


def _talked(tx: Tx, chance: random.Random, child: str) -> None:
    before = tx.contacts_of(child)
    tx.keep_contact(_talk(chance, child, TODAY, random_id()))
    tx.recount(child, before)


def _record(store: Store, times: int) -> Figure:
    """What keeping the rows costs each record, durably: a new row with all that follows from it."""
    chance = random.Random(1)
    samples = []
    for place in range(times):
        began = time.perf_counter()
        store.write_sync(lambda tx, place=place: _talked(tx, chance, _number(place)))  # type: ignore[misc]
        samples.append(1000 * (time.perf_counter() - began))
    return figure("counts.record", "A record's row, days and sums kept durably", "ms", samples)
