"""A year of a whole country, for numbers only: children in a roster and rows of talks, and not one record or message.

It shows whether the pages of the numbers stay fast, and what they say of so many. The rows stand there without signed
records behind them, so `kindstem recount` refuses such a store, and nothing in it can be verified.
"""

import asyncio
import random
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Any, Final

from kindstem import people, tally
from kindstem.access import Access
from kindstem.calendar import AMSTERDAM, local_day, quarter_of
from kindstem.config import Config
from kindstem.demo import cast, folder
from kindstem.demo.folder import Made, Player
from kindstem.domain import QUESTIONS_QUARTER, Child, Contact, Measure, Person, Role
from kindstem.keyfile import KeyFile
from kindstem.log import Log
from kindstem.norms import norm_of
from kindstem.roster import set_norm
from kindstem.signing import random_id
from kindstem.store import Store, Tx
from kindstem.talks import NOT_HELD
from kindstem.wire import b64, digest

BATCH: Final = 500
"""How many children are kept in one transaction."""

PER_WORKER: Final = 15
PER_TEAM: Final = 120
YEAR: Final = 365
MANAGER: Final = "Ruth"
LEADER: Final = "Bram"
ORGANISATION: Final = "Heel Nederland (verzonnen)"

MOST: Final = 100_000
"""More children than this are under a measure in no year."""

_PLACES: Final = (("home", 55), ("foster", 22), ("family_home", 8), ("group", 13), ("other", 2))
_KINDS: Final = (("ots", 62), ("uithuisplaatsing", 14), ("voogdij", 16), ("jeugdreclassering", 6), ("other", 2))
_LEVELS: Final = (("A", 38), ("A-unlocked", 4), ("B", 22), ("C", 12), ("D", 24))
_REASONS: Final = tuple(zip(NOT_HELD, (30, 12, 34, 8, 4, 12), strict=True))
_SAID: Final = (("yes", 46), ("some", 26), ("no", 12), ("unknown", 7), ("skipped", 9))
# Kind, who was there, planned or not: talks that are no 1-op-1 contact.
_OTHERS: Final = (
    (("face", "parent", "planned"), 34),
    (("face", "siblings", "planned"), 14),
    (("face", "others", "planned"), 16),
    (("face", "professional", "planned"), 8),
    (("face", "support", "asked"), 2),
    (("face", "alone", "passing"), 10),
    (("video", "alone", "planned"), 9),
    (("phone", "alone", "planned"), 7),
)


@dataclass(frozen=True)
class Size:
    """How large it is: exactly so many children and rows of talks."""

    children: int
    contacts: int


class _Chance:
    """What falls out how often, the same each time: a demonstration can be shown twice."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  nothing here is a secret

    def of(self, choices: Sequence[tuple[Any, int]]) -> Any:
        sums = list(accumulate(weight for _, weight in choices))
        return choices[bisect(sums, self.random.random() * sums[-1])][0]

    def one_in(self, number: float) -> bool:
        return self.random.random() * number < 1

    def day(self, since: date, until: date) -> date:
        return since + timedelta(days=self.random.randrange((until - since).days + 1))


def build(config: Config, size: Size, *, now: datetime, tell: Callable[[str], None]) -> Made:
    """Make the demonstration in its folder, in place of whatever an earlier one left there. It takes minutes.

    Raises SetupFault for a folder that is not ours.
    """
    folder.state(config.data)
    folder.begin(config.data)
    keys = KeyFile.create(config.key_file)
    store = Store.open(config.database, create=True)
    try:
        made = asyncio.run(_made(store, config, keys, size, now, tell))
    finally:
        store.close()
    folder.finish(config.data, made)
    return made


async def _made(
    store: Store, config: Config, keys: KeyFile, size: Size, now: datetime, tell: Callable[[str], None]
) -> Made:
    tell("NUMBERS ONLY: a roster and rows of talks. No message, no phone, and no signed record behind any row.")
    org = await people.found_org(store, ORGANISATION, demo=True)
    await store.write(lambda tx: tx.set_rows_only())
    Log.open(store, config, now=now)
    access, players = Access(store, keys, config), []
    for name, role in ((MANAGER, Role.MANAGER), (LEADER, Role.LEADER)):
        team = _team(0) if role is Role.LEADER else None
        person = await people.add(store, name, role, now=now, team=team)
        secrets = await cast.start_counting(access, person, now)
        kind = "team_leader" if role is Role.LEADER else role.value
        players.append(Player(name.lower(), person.id, name, name, kind, kind, team, active=True, **secrets))
    await fill(store, size, now=now, tell=tell)
    return Made(
        org=org.id,
        organisation=org.name,
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        day_0=local_day(now).isoformat(),
        count=size.children,
        people=tuple(players),
        children=(),
        waiting="",
        waiting_name="",
        enroller={},
        contacts=size.contacts,
    )


async def fill(store: Store, size: Size, *, now: datetime, tell: Callable[[str], None]) -> None:
    """Fill an organisation that is there with workers, children, a year of rows of talks, and what children said.

    Everything is kept by the same functions of the store as what really happens, so sums and judged days are right.
    """
    today, chance = local_day(now), _Chance(20)
    await set_norm(store, norm_of("monthly", _before(today, 2 * YEAR)), MANAGER, "Besluit van het bestuur.", now=now)
    workers = await store.write(lambda tx: _workers(tx, size, now))
    shares = _shares(size, chance)
    for first in range(0, size.children, BATCH):
        group = range(first, min(first + BATCH, size.children))

        def keep(tx: Tx, group: range = group) -> None:
            norms, sums = tx.norms(), Counter[tally.Tally]()
            for number in group:
                child, measure = _enlist(tx, number, size, workers, chance, now)
                listed = tx.listed(child)
                for one in _contacts(child, number, measure, shares[number], workers, chance, today):
                    tx.keep_contact(one, tally.place_on(listed, one.day))
                tx.recount(child, [], norms=norms, into=sums)
                _say(tx, child, _team(number), chance, today)
            tx.add_up(sums)

        await store.write(keep)
        done = group.stop
        if done % (BATCH * max(1, size.children // BATCH // 20)) == 0 or done == size.children:
            tell(f"  {done:>7} of {size.children} children, {sum(shares[:done]):>9} of {size.contacts} rows of talks")


def _before(day: date, days: int) -> date:
    return day - timedelta(days=days)


def _team(number: int) -> str:
    return f"Team {number // PER_TEAM + 1:03}"


def _workers(tx: Tx, size: Size, now: datetime) -> list[str]:
    """The ids of as many jeugdbeschermers as so many children need, each in the team of its children."""
    found = []
    for number in range(0, size.children, PER_WORKER):
        person = Person(random_id(), f"Medewerker {number // PER_WORKER + 1:04}", Role.WORKER, _team(number), None,
                        active=True, made_at=now)  # fmt: skip
        tx.add_person(person)
        found.append(person.id)
    return found


def _shares(size: Size, chance: _Chance) -> list[int]:
    """How many talks each child has: some hardly any, most about the mean, and exactly so many together."""
    weights = [chance.random.betavariate(2.5, 2.5) for _ in range(size.children)]
    sums = [0.0, *accumulate(weights)]
    cuts = [round(size.contacts * one / sums[-1]) for one in sums]
    return [after - before for before, after in pairwise(cuts)]


def _enlist(
    tx: Tx, number: int, size: Size, workers: Sequence[str], chance: _Chance, now: datetime
) -> tuple[str, Measure]:
    """A child in roster and app, with its measure."""
    today = local_day(now)
    child, worker = tx.free_kindnummer(), workers[number // PER_WORKER]
    second = workers[(number // PER_WORKER + 1) % len(workers)]
    born = _before(today, chance.random.randrange(YEAR, 17 * YEAR + 200))
    charged = max(chance.day(_before(today, 3 * YEAR), today), born)
    # So many begin in a week that what was stated late is few.
    entered = datetime.combine(charged + timedelta(days=chance.random.randrange(9)), time(7), UTC)
    tx.add_listed(child, random_id(), f"{born:%Y-%m}", min(entered, now))
    tx.add_child(Child(child, min(entered, now), worker, second, enrolled=False))
    facts = {
        "family": f"G{(number if chance.one_in(2) else number // 3 * 3):06}",
        "municipality": f"Gemeente {number * 340 // max(size.children, 340) + 1:03}",
        "place": chance.of(_PLACES),
        "team": _team(number),
        "worker": None if chance.one_in(25) else worker,
    }
    for what, value in facts.items():
        tx.set_fact(child, what, value, charged, min(entered, now))
    if facts["worker"] and charged < _before(today, 60) and chance.one_in(6):
        # Somebody else of the same team, from some day on.
        since = chance.day(charged + timedelta(days=1), today)
        tx.set_fact(child, "worker", second, since, now)
    for what, often in (("diagnostics", 3), ("help", 2)):
        if chance.one_in(often):
            begun = chance.day(charged, today).isoformat()
            tx.set_fact(child, what, begun, date.fromisoformat(begun), now)
    ended = chance.day(charged, today) if chance.one_in(7) else None
    plan = charged + timedelta(days=chance.random.randrange(20, 60))
    measure = Measure(
        id=random_id(),
        child=child,
        kind=chance.of(_KINDS),
        charged=charged,
        start=charged,
        ended=ended,
        plan=plan if plan <= (ended or today) else None,
        decisions=(),
        entered_at=min(entered, now),
        ended_at=now if ended else None,
    )
    tx.add_measure(measure)
    return child, measure


def _contacts(
    child: str, number: int, measure: Measure, share: int, workers: Sequence[str], chance: _Chance, today: date
) -> Iterator[Contact]:
    """The rows of a child's talks: of the last year, as far as it was under a measure."""
    since, until = max(measure.charged, _before(today, YEAR - 1)), min(measure.until, today)
    # A measure that was over before this year has its talks in its own last year.
    since = min(since, max(measure.charged, _before(until, YEAR - 1)))
    alone = 0 if chance.one_in(14) else round((until - since).days / 30 * chance.random.uniform(0.5, 1.2))
    for row in range(share):
        day = chance.day(since, until)
        at = time(9 + chance.random.randrange(8), chance.random.choice((0, 15, 30)))
        kind, who, planned, reason, minutes = "face", "alone", "planned", None, chance.random.randrange(8, 75)
        level, state = chance.of(_LEVELS), "realised"
        if row >= alone and chance.one_in(7):
            state, kind, who, planned, reason, minutes, level = "notheld", "", "", "", chance.of(_REASONS), 0, "D"
        elif row >= alone:
            state, (kind, who, planned) = "other", chance.of(_OTHERS)
        elif chance.one_in(40):
            state = level = "disputed"
        elif chance.one_in(80):
            state = "withdrawn"
        yield Contact(
            first=b64(digest(child.encode(), row.to_bytes(4))),
            child=child,
            day=day,
            start=datetime.combine(day, at, AMSTERDAM),
            minutes=minutes,
            kind=kind,
            who=who,
            planned=planned,
            state=state,
            reason=reason,
            level=level,
            by=workers[number // PER_WORKER],
            foreseen=state == "realised" and not chance.one_in(4),
            late=chance.one_in(30),
        )


def _say(tx: Tx, child: str, team: str, chance: _Chance, today: date) -> None:
    """What a child said afterwards and once a quarter, if it did: as anywhere, only counts are kept."""
    if not chance.one_in(2.5):
        return
    for back in range(0, YEAR, 92):
        day = _before(today, back)
        for question in QUESTIONS_QUARTER:
            tx.count_quarter(child, team, quarter_of(day), question, chance.of(_SAID))
    for back in range(0, YEAR, 61):
        for question in ("said", "done"):
            tx.count_after(child, team, f"{_before(today, back):%Y-%m}", question, chance.of(_SAID))
