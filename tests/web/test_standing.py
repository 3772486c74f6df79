"""Every number of today, of the KPI's and of what waits leads to exactly what is behind it, and all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from kindstem import counts
from kindstem.calendar import local_day
from kindstem.config import Config
from kindstem.counts.waits import WAITS
from kindstem.domain import DecisionKind, Role
from kindstem.signing import random_id
from kindstem.store.roster import Told
from kindstem.web import counting
from tests.cast import Clock, Counter, Town, running
from tests.ledger import Ledger, line

KIDS = tuple(f"K200-{n:05}" for n in range(42))
SIBLING, STRANGER = "K200-00100", "K200-00101"
ROW = re.compile(r'<th scope="row"><a class="mono"[^>]*>(K\d{3}-\d{5})<')
NUMBER = re.compile(r'<a [^>]*?href="(/numbers/[^"]+)"[^>]*>((?:(?!</a>).)*data-n(?:(?!</a>).)*)</a>', re.S)


def born(n: int) -> str:
    """Some of them under four, and some who are 18."""
    return ("2024-03", "2008-09", "2019-05", "2012-07", "2010-02")[n % 5]


def roster() -> list[dict[str, str]]:
    """Three teams, one without a name; families of three; most were there from the first file."""
    found = []
    for n, kid in enumerate(KIDS):
        charged = ("2026-01-05", "2026-10-20", "2026-11-16")[(n % 7 in {2, 5}) + (n % 7 == 5)]
        worker = {"worker": ("Sam", "Vera")[n % 2], "worker_since": charged} if n % 4 else {}
        own = {name: "2026-03-02" for name, every in (("diagnostics", 3), ("help", 4)) if n % every == 0}
        decided = f"verlenging:2026-0{4 + n % 4}-15;besluit:2026-10-1{n % 9}" if charged < "2026-02" else ""
        end = "2026-10-05" if n % 11 == 3 else ""
        plan = charged if n % 2 else ""
        team = ("wilg", "els", "")[n % 3]
        found.append(
            line(kid, born(n), charged, team=team, family=f"F{n // 3}", decisions=decided, end=end, plan=plan)
            | worker
            | own
        )
    none = {"measure": "none", "charged": ""}
    return [*found, line(SIBLING, "2014-01", "", family="F1") | none]


def message(ledger: Ledger, child: str, day: str, circle: str = "worker") -> None:
    """A message of a child that nobody opened; without bytes."""
    ledger.begun(child)
    at = int((ledger.now - timedelta(days=(local_day(ledger.now) - date.fromisoformat(day)).days)).timestamp())

    def keep(tx: Any) -> None:
        tx._do(
            """insert into entries (seq, id, child, direction, circle, person, hdr, recipients, size, digest, at)
               values (?, ?, ?, 'up', ?, ?, x'', '[]', 1, x'', ?)""",
            (tx.next_change(), random_id(), child, circle, ledger.sam.id, at),
        )

    ledger.store.write_sync(keep)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A server over an organisation in which everything there is a list of has happened to several children."""
    folder = tmp_path_factory.mktemp("standing") / "data"
    ledger = Ledger(folder)
    ledger.on("2026-09-02")
    ledger.norm("monthly", "2026-01-01")
    ledger.take(*(one | {"end": ""} for one in roster() if one["charged"] in {"2026-01-05", ""}))
    ledger.on("2026-11-18", "08:00")
    assert not ledger.take(*roster()).refused
    for n, kid in enumerate(KIDS):
        if n % 3 == 0:
            ledger.talk(kid, f"2026-{(6, 10, 11)[n % 5 % 3]:02}-10")
        if n % 4 == 1:
            ledger.opened(kid, f"2026-{8 + n % 3:02}-11")
        if n % 5 == 2:
            message(ledger, kid, f"2026-11-{9 + n % 9:02}")
        if n % 8 == 3:
            ledger.written(kid, "2026-07-01", DecisionKind.EXTENSION, offered=n % 3 == 0)
        if n % 8 == 5:
            ledger.asked(kid, ago=n)
    for n in (7, 12, 17):
        message(ledger, KIDS[n], "2026-11-02", "confidant")
    ledger.asked(KIDS[1], ago=3, circle="confidant")
    for apart in (SIBLING, STRANGER):
        ledger.begun(apart)
    ledger.store.write_sync(lambda tx: tx.add_reported(Told(date(2026, 10, 1), 20, "Inez", ledger.now)))
    ledger.close()
    with running(Config(data=folder), Clock()) as found:
        found.ruth = found.counter("Ruth", Role.MANAGER)
        yield found


@pytest.fixture(scope="module")
def bram(town: Town) -> Counter:
    return town.counter("Bram", Role.LEADER, team="els")


def page(one: Counter, address: str) -> str:
    answered = one.get(unescape(address))
    assert answered.status == 200, address
    return str(answered.content.decode())


def numbers_on(text: str) -> dict[str, int]:
    """The addresses to which numbers on a page lead, with each number."""
    found: dict[str, int] = {}
    for address, inside in NUMBER.findall(text):
        (shown,) = re.findall(r"data-n>([\d.]+)<", inside)
        number = int(shown.replace(".", ""))
        assert found.setdefault(unescape(address), number) == number, f"{address} is two numbers"
    return found


def listed(one: Counter, address: str) -> tuple[int, list[str]]:
    """What a list says its total is, and the rows of all its pages."""
    rows: list[str] = []
    totals = set()
    following: str | None = address
    while following:
        text = page(one, following)
        assert "data-fault" not in text, following
        totals |= set(re.findall(r'data-total="(\d+)"', text))
        shown = ROW.findall(text)
        assert len(shown) <= counting.PAGE
        rows += shown
        found = re.search(r'rel="next" href="([^"]+)"', text)
        following = unescape(found[1]) if found else None
    (total,) = totals
    return int(total), rows


CHOICES = ("", "?team=els", "?age=0-3", "?team=wilg&measure=ots")


@pytest.mark.parametrize("role", ["manager", "leader"])
@pytest.mark.parametrize("query", CHOICES)
def test_every_number_leads_to_as_many_rows_as_it_says(
    town: Town, bram: Counter, role: str, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = town.ruth if role == "manager" else bram
    monkeypatch.setattr(counting, "PAGE", 4)
    period = "from=2026-02-01&to=2026-11-18"
    pages = (f"/numbers/{query}", f"/numbers/experience{query}", f"/numbers/kpis{query}{'&' if query else '?'}{period}")
    found: dict[str, int] = {}
    for address in pages:
        for way, number in numbers_on(page(one, address)).items():
            assert found.setdefault(way, number) == number, f"{way} is two numbers"
    assert len(found) > 5
    for way, number in found.items():
        assert number > 0
        total, rows = listed(one, way)
        assert (total, len(rows)) == (number, number), way
    if role == "manager" and not query:
        reached = {"/".join(urlsplit(way).path.split("/")[2:]) for way in found}
        assert reached == {
            *(f"standing/{what}" for what in counts.STANDINGS),
            *(f"waits/{what}" for what in WAITS),
            *(f"decided/{what}" for what in counts.DECISIONS),
            *(f"own/{what}" for what in counts.OWN),
            *(f"clock/{what}" for what in counts.CLOCKS),
        }
        ways = {f"came={came}" for came in counts.CAME}
        assert {part for way in found for part in urlsplit(way).query.split("&") if part.startswith("came")} == ways
        assert max(found.values()) > 2 * counting.PAGE


def test_a_list_says_of_which_number_it_is_with_its_definition_and_moment(town: Town) -> None:
    ways = numbers_on(page(town.ruth, "/numbers/")) | numbers_on(page(town.ruth, "/numbers/kpis"))
    titles = set()
    for way in (*ways, "/numbers/standing/outside-never", "/numbers/waits/unanswered"):
        text = page(town.ruth, way)
        title = re.search(r"<h1>(.+?)</h1>", text)
        assert title
        assert f"<title>{title[1]} – Kindstem</title>" in text
        titles.add(title[1])
        assert 'class="def"' in text
        assert "Berekend op woensdag 18 november" in text
        assert "data-print" in text
    assert len(titles) == len({*ways, "/numbers/standing/outside-never", "/numbers/waits/unanswered"})


LISTS = (
    *("standing/due", "standing/sibling", "standing/charged-late", "standing/outside", "standing/reported"),
    *("waits/asked", "waits/unanswered", "decided/all", "own/help", "clock/plan?came=late"),
)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_or_choice_that_there_is_not_gets_a_sentence(town: Town, path: str) -> None:
    sign = "&" if "?" in path else "?"
    for given, fault in (("page=99", "num.filter.page"), ("team=nowhere", "num.filter.team")):
        text = page(town.ruth, f"/numbers/{path}{sign}{given}")
        assert re.findall(r'data-fault="([^"]+)"', text) == [fault]
        assert ROW.search(text)


def test_an_outcome_that_there_is_not_gets_a_sentence_and_all_measures(town: Town) -> None:
    text = page(town.ruth, "/numbers/clock/first?came=never")
    assert re.findall(r'data-fault="([^"]+)"', text) == ["num.filter.came"]
    whole = page(town.ruth, "/numbers/clock/first")
    assert re.findall(r'data-total="(\d+)"', text) == re.findall(r'data-total="(\d+)"', whole)


@pytest.mark.parametrize("path", ["standing", "waits", "clock", "decided", "own"])
def test_a_list_that_is_none_is_not_found(town: Town, path: str) -> None:
    assert town.ruth.get(f"/numbers/{path}/nowhere").status == 404


def test_a_list_without_rows_says_so(town: Town) -> None:
    text = page(town.ruth, "/numbers/standing/due?age=16-17&place=home")
    assert "Niemand in deze lijst" in text
    assert "<table" not in text


def test_a_list_of_all_children_says_that_a_choice_does_nothing_and_is_not_for_a_leader(
    town: Town, bram: Counter
) -> None:
    for what in counts.UNDIVIDED:
        whole, chosen = (page(town.ruth, f"/numbers/standing/{what}{query}") for query in ("", "?team=els"))
        assert ROW.findall(whole) == ROW.findall(chosen) != []
        assert re.findall(r'data-fault="([^"]+)"', chosen) == ["num.filter.undivided"]
        assert bram.get(f"/numbers/standing/{what}").status == 404


def test_why_a_child_is_outside_any_measure_stands_beside_it(town: Town) -> None:
    lists = {what: page(town.ruth, f"/numbers/standing/outside-{what}") for what in ("never", "unknown")}
    rows = {what: set(ROW.findall(text)) for what, text in lists.items()}
    assert rows == {"never": {SIBLING}, "unknown": {STRANGER}}
    assert rows["never"] | rows["unknown"] < set(ROW.findall(page(town.ruth, "/numbers/standing/outside")))


@pytest.mark.promise("P9")
def test_a_leader_sees_no_child_of_another_team_on_any_list(town: Town, bram: Counter) -> None:
    own = {kid for n, kid in enumerate(KIDS) if n % 3 == 1}
    paths = [f"standing/{what}" for what in counts.STANDINGS if what not in counts.UNDIVIDED]
    paths += [f"waits/{what}" for what in WAITS] + [f"decided/{what}" for what in counts.DECISIONS]
    paths += [f"own/{what}" for what in counts.OWN] + [f"clock/{what}" for what in counts.CLOCKS]
    for path in paths:
        for query in ("", "?team=wilg"):
            text = page(bram, f"/numbers/{path}{query}")
            # A sibling outside any measure is in no team; it stands with whom of its family was heard.
            assert set(re.findall(r"K200-\d{5}", text)) <= {*own, SIBLING}, path


@pytest.mark.promise("P9")
def test_iris_and_nobody_see_no_list(town: Town) -> None:
    iris = town.newcomer("Iris", Role.WORKER)
    iris.start()
    iris.cookies["numbers"] = iris.cookies["desk"]
    for one in (iris, town.nobody()):
        for path in LISTS:
            answered = one.get(f"/numbers/{path}")
            assert answered.status == 401
            assert not ROW.search(answered.content.decode())


def test_who_waits_for_somebody_independent_is_in_no_list(town: Town) -> None:
    """It is in the number of messages, and the page says that no list has it."""
    text = page(town.ruth, "/numbers/experience")
    unopened = re.search(r"Berichten die niemand opende</h3>\s*<p class=\"big\">(\d+)</p>", text)
    assert unopened
    worker = re.findall(r'data-h="Berichten">(\d+)<', page(town.ruth, "/numbers/waits/unopened"))
    assert int(unopened[1]) == sum(map(int, worker)) + 3
    for path in (f"waits/{what}" for what in WAITS):
        shown = page(town.ruth, f"/numbers/{path}")
        assert "staat er niet bij" in shown or "staat hier niet" in shown


def test_the_total_reported_elsewhere_leads_to_who_is_counted_for_its_day(town: Town) -> None:
    first = page(town.ruth, "/numbers/")
    counted = numbers_on(first)["/numbers/standing/reported"]
    text = page(town.ruth, "/numbers/standing/reported")
    told = "Elders opgegeven voor 1 okt 2026: 20, ingevoerd door Inez op 18 nov 2026."
    assert f"{told} Hier geteld: {counted}. Verschil: {abs(20 - counted)}." in text


def test_no_list_names_a_child_or_counts_by_worker(town: Town) -> None:
    """Beside a worker stands which child waits, and the order is that of the wait."""
    for path in LISTS:
        text = page(town.ruth, f"/numbers/{path}")
        assert "%" not in re.sub(r'(href|content|value)="[^"]*"', "", text[text.index("<main") : text.index("</main>")])
        assert 'class="who"' not in text
