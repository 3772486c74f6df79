"""What is answered from memory is what the store answers, whatever has happened."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindstem import counts, domain, recounting, roster, talks
from kindstem.calendar import local_day
from kindstem.clocks import CLOCKS
from kindstem.counts import answering, points, sums
from kindstem.counts.board import AHEAD, MOST
from kindstem.counts.figures import Figures
from kindstem.counts.listing import Listing
from kindstem.counts.listings import Listings
from kindstem.counts.stands import Stands
from kindstem.domain import Contact, DecisionKind, Role
from kindstem.norms import add_months
from kindstem.store import Reader, Store
from kindstem.store.among import AMONG
from kindstem.store.figures import ONLY, STANDINGS
from kindstem.store.listed import CAME, DECIDED
from tests.ledger import NOW, Ledger, file_of, line

KINDSTEM = Path(sys.executable).with_name("kindstem")
KIDS = tuple(f"K000-0000{n}" for n in range(8))
BORN = ("2009-01", "2011-03", "2014-11", "2018-12", "2022-10", "2022-11", "2024-06", "2008-09")
TEAMS, PLACES = ("wilg", "els"), ("home", "foster", "")
CHOICES: tuple[dict[str, str], ...] = (
    {},
    {"team": "wilg"},
    {"measure": "ots"},
    {"age": "0-3"},
    {"municipality": "Arnhem"},
    {"place": "home", "age": "12-15"},
    {"team": "els", "measure": "voogdij"},
    {"team": "nowhere"},
)
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"level": "A-unlocked", "minutes": 10, "foreseen": True},
    {"level": "A", "late": True},
    {"state": "disputed", "level": "disputed"},
    {"state": "withdrawn", "level": "disputed"},
    {"state": "withdrawn-after-dispute"},
    {"state": "other", "who": "parent", "level": "D"},
    {"state": "other", "kind": "video", "level": "D"},
    {"state": "other", "who": "siblings", "level": "A"},
    {"state": "other", "who": "support", "planned": "asked", "level": "D"},
    {"state": "other", "planned": "passing", "level": "D", "late": True},
    {"state": "notheld", "reason": "absent", "kind": "", "who": "", "planned": "", "minutes": 0, "level": "D"},
)
PARTS = ((0, 200), (1, 2))
"""Which rows of a list: after how many, and how many at most."""
STEPS = st.sampled_from(
    (
        *("talk", "talk", "talk", "again", "roster", "roster", "norm", "message", "leave", "free", "days", "reported"),
        *("read", "read", "document", "document", "words", "months", "answer", "answer"),
    )
)


class Happening:
    """Whatever happens next in an organisation, in its store alone."""

    def __init__(self, gi: Ledger) -> None:
        self.gi = gi
        self.talks: list[Contact] = []
        self.people = [gi.person(f"Worker {n}", Role.WORKER) for n in range(3)]

    def step(self, what: str, pick: int) -> None:
        getattr(self, f"_{what}")(pick)

    def _day(self, pick: int) -> date:
        return local_day(self.gi.now) - timedelta(days=pick % 500)

    def _talk(self, pick: int) -> None:
        child, kind = KIDS[pick % len(KIDS)], KINDS[pick // 7 % len(KINDS)]
        self.talks.append(self.gi.talk(child, self._day(pick).isoformat(), **kind))

    def _again(self, pick: int) -> None:
        """The chain of a talk comes to something else: an answer, a withdrawal, a correction."""
        if not self.talks:
            return
        one = self.talks.pop(pick % len(self.talks))
        changed = replace(one, **{name: value for name, value in KINDS[pick % len(KINDS)].items() if name != "first"})
        self.talks.append(changed)

        def keep(tx: Any) -> None:
            before = tx.contacts_of(one.child)
            tx.keep_contact(changed)
            tx.recount(one.child, before)

        self.gi.store.write_sync(keep)

    def _roster(self, pick: int) -> None:
        at = pick % len(KIDS)
        charged = date(2025, 1, 6) + timedelta(days=pick % 650)
        ended = charged + timedelta(days=pick % 90) if pick % 4 == 0 else None
        said = {
            "family": f"F{at // 3}",
            "team": TEAMS[pick % 2],
            "place": PLACES[pick % 3],
            "municipality": ("Arnhem", "Ede", "")[pick // 3 % 3],
            "worker": ("Sam", "Vera", "Worker 1", "")[pick // 5 % 4],
            "plan": (charged + timedelta(days=pick % 60)).isoformat() if pick % 3 == 0 else "",
            "diagnostics": charged.isoformat() if pick % 5 == 0 else "",
            "end": ended.isoformat() if ended and ended <= local_day(self.gi.now) else "",
            "measure": ("ots", "voogdij")[pick // 2 % 2],
            "decisions": self._decided(charged, pick),
        }
        if charged <= local_day(self.gi.now):
            self.gi.take(line(KIDS[at], BORN[at], charged.isoformat(), **said))

    def _decided(self, charged: date, pick: int) -> str:
        words = [one for n, one in enumerate(("plan", "verlenging", "extension", "besluit")) if pick // 4 >> n & 1]
        days = [charged + timedelta(days=pick % (50 + 40 * n)) for n in range(len(words))]
        now = local_day(self.gi.now)
        return ";".join(f"{word}:{day}" for word, day in zip(words, days, strict=True) if day <= now)

    def _norm(self, pick: int) -> None:
        kind = ("monthly", "yearly")[pick % 2]
        self.gi.norm(kind, local_day(self.gi.now).isoformat(), *((1 + pick % 6,) if kind == "yearly" else ()))

    def _message(self, pick: int) -> None:
        child = KIDS[pick % len(KIDS)]
        self.gi.begun(child)
        at = int((self.gi.now - timedelta(days=pick % 80)).timestamp())
        self.gi.store.write_sync(
            lambda tx: tx._do(
                """insert into entries (id, child, direction, circle, person, hdr, recipients, size, digest, at)
                   values (hex(randomblob(8)), ?, ?, 'worker', ?, x'', '[]', 1, x'', ?)""",
                (child, ("up", "down")[pick % 5 == 0], self.gi.sam.id, at),
            )
        )

    def _read(self, pick: int) -> None:
        """Somebody opens the newest message of a child, if it has sent one."""

        child = KIDS[pick % len(KIDS)]

        def keep(tx: Any) -> None:
            row = tx._one("select max(seq) from entries where child = ? and direction = 'up'", (child,))
            if row[0] is not None:
                tx._do(
                    "insert or ignore into reads (seq, entry, person, hour, at, reason) values (?, ?, ?, ?, ?, 'read')",
                    (tx.next_change(), row[0], self.gi.sam.id, pick, int(self.gi.now.timestamp())),
                )

        self.gi.store.write_sync(keep)

    def _document(self, pick: int) -> None:
        """A version of a document, or words of the child about one."""
        child, quoted = KIDS[pick % len(KIDS)], pick % 3 == 0
        self._message(pick)

        def keep(tx: Any) -> None:
            row = tx._one("select max(seq) from entries where child = ?", (child,))
            day = local_day(self.gi.now) - timedelta(days=pick % 7)
            tx.add_document(row[0], child, (DecisionKind.PLAN, DecisionKind.EXTENSION)[pick % 2], day, offered=quoted)

        self.gi.store.write_sync(keep)

    def _words(self, pick: int) -> None:
        def keep(tx: Any) -> None:
            for row in tx._all("select max(entry), child from documents group by child"):
                words = tx._one("select max(seq) from entries where child = ? and direction = 'up'", (row[1],))[0]
                known = tx._one("select 1 from document_words where document = ? and words = ?", (row[0], words))
                if words and not known:
                    tx.add_document_words(row[0], words, row[1], quoted=pick % 2 == 0)

        self.gi.store.write_sync(keep)

    def _months(self, pick: int) -> None:
        day = local_day(self.gi.now)
        self.gi.do(roster.set_heard_within(self.gi.store, day, 1 + pick % 12, "Ruth", "agreed", now=self.gi.now))

    def _leave(self, pick: int) -> None:
        everybody = [self.gi.sam, self.gi.vera, *self.people]
        person = everybody[pick % len(everybody)]
        self.gi.store.write_sync(lambda tx: tx.set_active(person.id, pick % 3 == 0))

    def _free(self, pick: int) -> None:
        self.gi.store.write_sync(lambda tx: tx.set_equated([self._day(pick)]))

    def _days(self, pick: int) -> None:
        # Over a birthday, the end of a gap, and now and then over everything that the planes reach.
        self.gi.now += timedelta(days=pick % (2 * AHEAD) if pick % 16 == 0 else pick % 9)

    def _answer(self, pick: int) -> None:
        """What a child thought of a talk, or says of a quarter."""
        child, team, value = KIDS[pick % len(KIDS)], TEAMS[pick % 2], ("yes", "no", "skipped")[pick % 3]
        self.gi.begun(child)

        def keep(tx: Any) -> None:
            tx.count_after(child, team, f"2026-{1 + pick % 11:02}", ("said", "done")[pick // 3 % 2], value)
            tx.count_quarter(child, team, f"2026-Q{1 + pick % 4}", ("worker", "safer")[pick // 5 % 2], value)

        self.gi.store.write_sync(keep)

    def _reported(self, pick: int) -> None:
        from kindstem.store.roster import Told

        told = Told(self._day(pick), pick % 9, "Inez", self.gi.now)
        self.gi.store.write_sync(lambda tx: tx.add_reported(told))


def questions(day: date, now: datetime) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Everything that both answer, over whole months and parts of them."""
    year = add_months(day.replace(day=1), -11)
    periods = [(year, day), (day - timedelta(days=40), day - timedelta(days=3)), (date(2025, 2, 10), date(2025, 2, 10))]
    for chosen in CHOICES:
        yield "present", (day, chosen)
        yield "waiting", (day, chosen, 3)
        yield "waiting", (day, chosen, 200)
        for what in STANDINGS:
            for skip, limit in ((0, 3), (2, 2), (5, 200)):
                yield "children_standing", (day, chosen, what, skip, limit)
        yield "teams_on", (day, chosen)
        yield "teams_on", (add_months(day, -3), chosen)
        yield "judged_on", ([add_months(day.replace(day=1), -n) for n in range(4)], chosen)
        for then, within in ((day, True), (add_months(day, -2), False)):
            for skip, limit in ((0, 3), (2, 200)):
                yield "children_judged", (then, chosen, within, skip, limit)
        yield "unmet", (day, add_months(day, -24), chosen)
        yield "lonely", (day, add_months(day, -6), chosen, 200)
        yield "lonely", (day, add_months(day, -6), chosen, 2, 1)
        for limit, skip in ((200, 0), (2, 1)):
            yield "quiet", (day, now - timedelta(days=42), chosen, limit, skip)
        yield "unread", (day, chosen)
        yield "unanswered", (day, chosen)
        yield "children_in", (periods, chosen)
        for since, until in periods:
            yield "stated_late", (since, until, chosen, frozenset())
            yield "stated_late", (since, until, chosen, frozenset({day - timedelta(days=5), until}))
            for what in ("charged", "ended"):
                for skip, limit in PARTS:
                    yield "stated_rows", (since, until, chosen, frozenset({until}), what, skip, limit)
            yield "decided_numbers", (since, until, chosen)
            for what in (*DECIDED, "young"):
                for skip, limit in PARTS:
                    yield "decided_rows", (since, until, chosen, what, skip, limit)
            for clock in CLOCKS:
                for came in (None, *CAME):
                    for skip, limit in PARTS:
                        yield "clock_rows", (clock, since, until, chosen, day, frozenset({day}), came, skip, limit)
            for skip, limit in PARTS:
                yield "with_fact_rows", ("diagnostics", since, until, chosen, skip, limit)
            for limit in (1, 3, 200):
                yield "clocked", (since, until, chosen, day, frozenset({day}), limit)
            for name in ("summed_rows", "children_between", "by_number", "child_days"):
                yield name, (since, until, chosen)
            for name in ("worker_changes", "worker_days", "charged_between", "decided_between"):
                yield name, (since, until, chosen)
            yield "gaps", (since, until, chosen, 2)
            yield "gaps", (since, until, chosen, 200)
            yield "with_fact", ("diagnostics", since, until, chosen)
            for only in ONLY:
                yield "contacts_number", (since, until, chosen, only)
            # Lists over the year from their beginning too, and over a part of it from their second row on.
            for skip, limit in ((0, 100), (1, 2)) if since == year else ((1, 100),) if since != until else ():
                for only in ONLY:
                    yield "contacts_between", (since, until, chosen, only, None, skip, limit)
                for what in ("all", *AMONG, "talks.0", "talks.1", "talks.2.up"):
                    yield "children_among", (since, until, chosen, what, skip, limit)
    for back in (0, 1, 200):
        yield "outside", (day - timedelta(days=back),)
        yield from (("children_on", (day - timedelta(days=back), *part)) for part in PARTS)
    yield from (("fact_values", (name,)) for name in ("team", "municipality"))
    yield "roster_begun", ()
    for first, last in (("2026-01", "2026-11"), ("2026-10", "2026-11")):
        for team in (None, "wilg"):
            yield "thought", (first, last, 2, team)
            yield "said", (f"{first[:4]}-Q{1 + int(first[5:]) // 4}", "2026-Q4", 2, team)
    for years in (17, 18):
        yield "grown", (add_months(day, -12 * years).isoformat()[:7],)


def differences(store: Store, now: datetime) -> list[tuple[Any, ...]]:
    """What the board says and the store does not."""
    board, day = answering.warm(store, now), local_day(now)
    with board.lock, store.reading() as r:
        assert board.catch(r)
        board.reach(day.toordinal())
        figures = Listing(board, r)
        both = [(ask, getattr(figures, ask[0])(*ask[1]), getattr(r, ask[0])(*ask[1])) for ask in questions(day, now)]
    return [(ask, mine, theirs) for ask, mine, theirs in both if mine != theirs]


@pytest.fixture
def gi(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "data")
    found.norm("monthly", "2025-06-01")
    born = zip(KIDS, BORN, strict=True)
    found.take(*(line(child, month, "2025-11-03", team="wilg", family="F1") for child, month in born))
    yield found
    found.close()


def test_every_reason_of_a_record_can_be_asked_for() -> None:
    assert domain.NOT_HELD == talks.NOT_HELD


def test_the_board_answers_all_that_the_store_answers() -> None:
    """So that a new question cannot be forgotten on one side: the same methods, the same parameters."""
    import inspect

    both = (Figures, Stands, Listings, Listing)
    mine = {name for one in both for name in vars(one) if not name.startswith("_")} - {"board", "r"}
    assert mine == {name for name, _ in questions(date(2026, 11, 18), NOW)}
    for name in mine:
        theirs = inspect.signature(getattr(Reader, name)).parameters
        assert list(inspect.signature(getattr(Listing, name)).parameters) == list(theirs)


def test_after_any_history_the_board_says_what_the_store_says(gi: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """One history goes on from the other, and the board with it: child by child, never made anew.

    All that was ever asked is kept, so most answers are of before and brought up to date since.
    """
    monkeypatch.setattr(sums, "KEPT", 1_000_000)
    monkeypatch.setattr("kindstem.counts.board.LONG_KEPT", 1_000_000)
    happening = Happening(gi)
    board = answering.warm(gi.store, gi.now)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(STEPS, st.integers(0, 100_000)), min_size=3, max_size=10))
    def goes_on(steps: list[tuple[str, int]]) -> None:
        for what, pick in steps:
            happening.step(what, pick)
        assert differences(gi.store, gi.now) == []

    goes_on()
    assert answering.warm(gi.store, gi.now) is board
    # One that is made now says the same.
    del answering._boards[gi.store]
    assert differences(gi.store, gi.now) == []
    assert answering.warm(gi.store, gi.now) is not board


def test_every_page_is_the_same_from_either(gi: Ledger) -> None:
    happening = Happening(gi)
    for pick in range(0, 4000, 37):
        happening.step(("talk", "again", "roster", "message")[pick % 4], pick)
    filters = [gi.filters("2025-12-01", "2026-11-18"), gi.filters("2026-02-03", "2026-11-10", team="wilg", age="12-15")]
    asks: tuple[Any, ...] = (counts.today, counts.over_time, counts.spread, counts.kpis, points.evaluation)

    def pages() -> list[Any]:
        answering._keeping.clear()
        found = [gi.do(ask(gi.store, one, now=gi.now)) for ask in asks for one in filters]
        return found + [gi.do(counts.behind(gi.store, one, what, now=gi.now)) for what in ONLY for one in filters]

    asked_of_the_store = pages()
    board = answering.warm(gi.store, gi.now)
    assert board.ready
    assert pages() == asked_of_the_store


def test_a_page_right_after_a_change_has_it(gi: Ledger) -> None:
    answering.warm(gi.store, gi.now)
    filters = gi.filters("2026-11-01", "2026-11-18")

    def realised() -> int:
        return gi.do(counts.over_time(gi.store, filters, now=gi.now)).realised.value

    before = realised()
    gi.talk(KIDS[0], "2026-11-17")
    assert realised() == before + 1


def test_what_another_process_takes_in_is_seen(gi: Ledger, tmp_path: Path) -> None:
    """A roster by the command line, while the server has its board."""
    answering.warm(gi.store, gi.now)
    filters = gi.filters("2026-11-01", "2026-11-18")
    before = gi.do(counts.today(gi.store, filters, now=gi.now)).children.value
    file = tmp_path / "roster.csv"
    file.write_bytes(file_of(line("K000-00009", "2012-05", "2026-11-02", team="els")))
    ran = subprocess.run(
        [KINDSTEM, "roster", "import", file, "--apply", "--data", gi.config.data], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert gi.do(counts.today(gi.store, filters, now=gi.now)).children.value == before + 1
    assert differences(gi.store, gi.now) == []


def test_when_more_has_changed_than_a_request_can_take_over_the_store_answers(gi: Ledger) -> None:
    """And the rest is taken over beside the requests."""
    board = answering.warm(gi.store, gi.now)
    there = gi.do(counts.today(gi.store, gi.filters("2026-11-01", "2026-11-18"), now=gi.now)).children.value
    day = local_day(gi.now)

    def answers() -> tuple[bool, int]:
        """Whether it was the store that answered, and what."""
        with gi.store.reading() as r:
            return answering.answer(gi.store, r, gi.now, lambda r, f: (f is r, f.present(day, {}).children))

    many = [f"K001-{n:05}" for n in range(MOST + 3)]
    gi.take(*(line(child, "2012-05", "2026-11-02") for child in many))
    assert answers() == (True, there + len(many))
    answering.warm(gi.store, gi.now)
    assert answers() == (False, there + len(many))
    assert answering.warm(gi.store, gi.now) is board


def test_what_goes_wrong_in_the_board_leaves_the_store_to_answer(gi: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a child on the board is worse than none: it is made anew."""
    board = answering.warm(gi.store, gi.now)
    filters = gi.filters("2026-11-01", "2026-11-18")
    gi.talk(KIDS[0], "2026-11-17")
    monkeypatch.setattr(Reader, "lives", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        gi.do(counts.over_time(gi.store, filters, now=gi.now))
    assert not board.ready
    assert gi.do(counts.over_time(gi.store, filters, now=gi.now)).realised.value == 1
    monkeypatch.undo()
    assert answering.warm(gi.store, gi.now) is not board
    assert differences(gi.store, gi.now) == []


def test_a_served_store_gets_its_board_by_itself(gi: Ledger) -> None:
    async def served() -> None:
        task = asyncio.create_task(answering.keep_warm(gi.store, lambda: gi.now))
        while (board := answering._boards.get(gi.store)) is None or not board.ready:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(served())
    assert differences(gi.store, gi.now) == []


def test_a_server_that_stops_does_not_wait_for_its_board(gi: Ledger) -> None:
    import threading

    stopped = threading.Event()
    stopped.set()
    with pytest.raises(answering.Stopped):
        answering.warm(gi.store, gi.now, stopped)
    assert gi.store not in answering._boards


def test_whoever_leaves_takes_a_reader_from_its_children(gi: Ledger) -> None:
    gi.begun(KIDS[0])
    answering.warm(gi.store, gi.now)
    filters = gi.filters("2026-11-01", "2026-11-18")
    before = gi.do(counts.today(gi.store, filters, now=gi.now)).without_reader.value
    for person in (gi.sam, gi.vera):
        gi.store.write_sync(lambda tx, person=person: tx.set_active(person.id, False))
    assert gi.do(counts.today(gi.store, filters, now=gi.now)).without_reader.value == before + 1


def test_a_recount_that_mends_is_seen(gi: Ledger) -> None:
    answering.warm(gi.store, gi.now)
    gi.store.write_sync(lambda tx: tx._do("delete from stretches"))
    gi.do(recounting.recount(gi.store, mend=True))
    assert differences(gi.store, gi.now) == []
