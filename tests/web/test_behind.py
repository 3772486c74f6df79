"""Behind every number of a period: exactly what it counts, all of it, and the same that an audit bundle has."""

import random
import re
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from kindstem import audit, roster, talks
from kindstem.config import Config
from kindstem.domain import Role
from kindstem.talks import NOT_HELD
from kindstem.verify.run import draw
from kindstem.web import counting
from kindstem.wire import time_text
from tests.cast import Clock, Counter, Model, Town, copied, running
from tests.evidence import read
from tests.ledger import Ledger, file_of, line
from tests.test_audit import lived
from tests.test_contacts import following

KINDS: tuple[dict[str, Any], ...] = (
    *({"level": level} for level in ("A", "A", "A-unlocked", "B", "C", "D")),
    {"level": "B", "minutes": 9, "foreseen": True},
    {"level": "A-unlocked", "minutes": 14, "late": True},
    {"state": "disputed", "level": "disputed"},
    {"state": "withdrawn", "level": "disputed"},
    {"state": "withdrawn-after-dispute", "level": "D", "late": True},
    *({"state": "other", "who": who, "level": "D"} for who in ("parent", "siblings", "others", "professional")),
    {"state": "other", "who": "support", "planned": "asked", "level": "A"},
    {"state": "other", "who": "parent", "planned": "passing", "level": "D"},
    {"state": "other", "planned": "passing", "level": "D", "late": True},
    *({"state": "other", "kind": kind, "level": "D"} for kind in ("video", "phone")),
    *(
        {"state": "notheld", "reason": reason, "kind": "", "who": "", "planned": "", "minutes": 0, "level": "D"}
        for reason in NOT_HELD
    ),
)
BORN = ("2011-03", "2016-05", "2017-02", "2024-01", "2010-07", "2022-09", "2009-10", "2024-05", "2018-01")
OFTEN = "K000-00090"
"""A child that was spoken to more often than the picture has columns for."""

MOVED = "K000-00091"
"""One that is in the other team since July, with three jeugdbeschermers one after another."""

QUERIES = (
    "?from=2026-07-15&to=2026-11-18",
    "?from=2026-09-01&to=2026-11-18&team=wilg",
    "?from=2026-10-01&to=2026-10-31&age=8-11&place=home",
    "?from=2026-08-01&to=2026-09-30&team=els&measure=ots",
    "?from=2026-10-01&to=2026-11-18&age=0-3",
)


def lines(*, later: bool) -> list[dict[str, str]]:
    found = [
        line(f"K000-0000{n}", born, "2026-01-05", team=("wilg", "els")[n % 2], place=("home", "foster")[n // 2 % 2],
             measure=("ots", "voogdij")[n // 3 % 2], diagnostics="2026-07-01" if later and n % 3 == 0 else "",
             help="2026-06-05" if later and n % 4 == 0 else "",
             **({"worker": "Sam", "worker_since": f"2026-01-{6 + n:02}"} if later or n < 5 else {}))
        for n, born in enumerate(BORN)
    ]  # fmt: skip
    who, since = ("Vera", "2026-08-03") if later else ("Sam", "2026-01-12")
    found.append(line(OFTEN, "2012-04", "2026-01-05", team="wilg", place="home"))
    team = "els" if later else "wilg"
    found.append(line(MOVED, "2015-04", "2026-01-05", team=team, worker=who, worker_since=since))
    return found


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Eleven children of two teams, and whatever a talk can come to."""
    folder = tmp_path_factory.mktemp("behind") / "data"
    ledger = Ledger(folder)
    ledger.on("2026-01-20")
    ledger.norm("monthly", "2026-02-01")
    assert not ledger.take(*lines(later=False)).refused
    ledger.on("2026-08-03")
    assert not ledger.take(*lines(later=True)).refused
    ledger.on("2026-10-01")
    again = [one | ({"worker": "Sam", "worker_since": "2026-10-01"} if one["kindnummer"] == MOVED else {})
             for one in lines(later=True)]  # fmt: skip
    assert not ledger.take(*again).refused
    chance, day = random.Random(7), date(2026, 11, 18)
    children = [one["kindnummer"] for one in again]
    for n in range(230):
        on = day - timedelta(days=chance.randrange(260))
        child, fields = chance.choice(children), dict(KINDS[n % len(KINDS)])
        ledger.talk(child, on.isoformat(), **({"minutes": chance.randrange(15, 70)} | fields))
    for n in range(15):
        ledger.talk(OFTEN, (day - timedelta(days=5 * n)).isoformat())
    ledger.close()
    with running(Config(data=folder), Clock()) as found:
        found.ruth = found.counter("Ruth", Role.MANAGER)
        yield found


@pytest.fixture
def ruth(town: Town) -> Counter:
    return town.ruth


LINK = re.compile(
    r'<a href="(/numbers/(?:behind|among|own|children)[^"]*)">'
    r"(?:<b>)?([^<]+)(?:</b>[^<]*)?</a>(?:<small>([^<]+)</small>)?"
)


def page(one: Counter, path: str) -> str:
    answered = one.get(path if path.startswith("/") else f"/numbers/{path}")
    assert answered.status == 200, path
    return answered.content.decode()


def rows(one: Counter, link: str) -> list[list[str]]:
    """The cells of every row of a list, over all its pages."""
    found: list[list[str]] = []
    while link:
        shown = page(one, link)
        found += rows_on(shown)
        following = re.search(r'rel="next" href="([^"]+)"', shown)
        link = unescape(following[1]) if following else ""
    return found


def rows_on(shown: str) -> list[list[str]]:
    if "<tbody>" not in shown:
        assert 'class="box-p empty"' in shown, "a list without rows says so"
        return []
    body = shown[shown.index("<tbody>") : shown.index("</tbody>")]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("</tr>")[:-1]]
    return [[unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in row] for row in cells]


def links(shown: str) -> list[tuple[str, str, str]]:
    """The links of a page from a number to a list, with the number and what it is out of."""
    return [(unescape(link), number.strip(), out_of) for link, number, out_of in LINK.findall(shown)]


def counted(link: str, found: list[list[str]]) -> tuple[int, int]:
    """What a list comes to: its rows, or their days and changes, and for days within the norm out of how many."""
    if link.split("?")[0].removeprefix("/numbers/") not in {"among/norm", "among/worker", "among/changes"}:
        return len(found), 0
    return sum(int(cells[1]) for cells in found), sum(int(cells[2]) for cells in found) if "/norm" in link else 0


# --- each number and its list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("place", ["time", "evaluation"])
def test_each_number_leads_to_just_so_many(ruth: Counter, place: str, query: str) -> None:
    led: dict[str, set[str]] = {}
    for link, number, out_of in links(page(ruth, f"{place}{query}")):
        led.setdefault(link, set()).add(out_of or number)
    assert len(led) > (15 if place == "time" else 3)
    for link, said in led.items():
        shown = page(ruth, link)
        number, of = counted(link, rows_on(shown))
        # The middle length leads to the talks it is the middle of.
        for one in {one for one in said if not one.endswith("min")}:
            numbers = [int(digits) for digits in re.findall(r"\d+", one.replace(".", ""))]
            assert numbers[0] == number, (link, one, number)
            assert not of or numbers[1] == of, (link, one, of)
        # And what the list says of itself is that number.
        lead = unescape(shown).replace(".", "")
        assert re.search(rf'</h1><p>.*\b{number} |data-total="{number}"', lead, re.S), link


def test_every_kind_of_number_has_its_way(ruth: Counter) -> None:
    """So that a number that leads nowhere cannot come back unnoticed."""
    found = {link.split("?")[0].removeprefix("/numbers/") for link, *_ in links(page(ruth, f"time{QUERIES[0]}"))}
    held = {"realised", *(f"realised.{level}" for level in ("A", "A-unlocked", "B", "C", "D"))}
    held |= {"alone", "parent", "joint", "professional", "remote", "passing", "notheld", "foreseen", "short", "late"}
    held |= {"disputed", "withdrawn", "withdrawn-after-dispute", "under-four"}
    held |= {f"notheld.{reason}" for reason in NOT_HELD}
    among = {"norm", "worker", "changes", "talks.13.up"}
    assert {f"behind/{one}" for one in held} | {f"among/{one}" for one in among} | {"children"} <= found


def test_no_number_of_a_month_stands_without_its_way(ruth: Counter) -> None:
    shown = page(ruth, f"time{QUERIES[0]}")
    for table in ("levels", "how"):
        body = shown[shown.index(f'data-table="{table}"') :]
        cells = re.findall(r'<td class="n ?"[^>]*>(.*?)</td>', body[: body.index("</tbody>")], re.S)
        assert len(cells) > 20
        plain = [cell for cell in cells if "<a " not in cell and '<span class="zero">0</span>' not in cell]
        assert plain in ([], ["–"] * len(plain))


def test_children_by_how_often_they_were_spoken_to_are_all_talks_and_all_children(ruth: Counter) -> None:
    for query in QUERIES:
        shown = page(ruth, f"time{query}")
        by_number = {link: int(number) for link, number, _ in links(shown) if re.search(r"/talks\.\d+\?", link)}
        lists = {link: rows(ruth, link) for link in by_number}
        often = {link: int(re.search(r"talks\.(\d+)", link)[1]) for link in lists}  # type: ignore[index]
        assert all(cells[1] == str(often[link]) for link, found in lists.items() for cells in found)
        children = [cells[0] for found in lists.values() for cells in found]
        assert len(children) == len(set(children))
        realised = len(rows(ruth, f"behind/realised{query}"))
        assert sum(often[link] * number for link, number in by_number.items()) == realised
        most = [cells[0] for cells in rows(ruth, f"among/talks.13.up{query}")]
        assert most == [cells[0] for link, found in lists.items() if often[link] >= 13 for cells in found]


def test_a_list_has_the_talks_of_its_name_and_no_others(ruth: Counter) -> None:
    query = "?from=2026-03-01&to=2026-11-18"
    all_of_it = rows(ruth, f"behind/all{query}")
    parts = ("alone", "parent", "joint", "professional", "remote", "passing", "notheld", "disputed", "withdrawn")
    found = Tally(cells[-1] for what in parts for cells in rows(ruth, f"behind/{what}{query}"))
    # Nothing is missing; twice is only what was both disputed and withdrawn.
    assert set(found) == {cells[-1] for cells in all_of_it}
    assert {one for one, times in found.items() if times > 1} == {
        cells[-1] for cells in all_of_it if cells[2] == "Ingetrokken"
    } & {cells[-1] for cells in rows(ruth, f"behind/disputed{query}")}
    assert {cells[4] for cells in rows(ruth, f"behind/parent{query}")} == {"met ouder"}
    assert {cells[3] for cells in rows(ruth, f"behind/remote{query}")} == {"beeldbellen", "telefoon"}
    assert all("met de pincode" in cells[2] for cells in rows(ruth, f"behind/realised.A-unlocked{query}"))
    assert all("kind afwezig" in cells[2] for cells in rows(ruth, f"behind/notheld.absent{query}"))
    assert all(int(cells[6]) < 15 for cells in rows(ruth, f"behind/short{query}"))


def test_changes_are_days_and_never_names(ruth: Counter) -> None:
    query = "?from=2026-07-15&to=2026-11-18"
    (found,) = rows(ruth, f"among/changes{query}")
    assert found == [MOVED, "2", "3 aug 2026, 1 okt 2026", "els"]
    # The team it is in on the day of the change.
    assert rows(ruth, f"among/changes{query}&team=wilg") == []
    for what in ("changes", "norm", "worker"):
        assert not re.search("<bdi>(Sam|Vera)", page(ruth, f"among/{what}{query}")), "nobody's children side by side"


def test_whoever_was_within_the_norm_least_comes_first(ruth: Counter) -> None:
    found = rows(ruth, "among/norm?from=2026-07-15&to=2026-11-18")
    shares = [int(cells[1]) / int(cells[2]) for cells in found]
    assert shares == sorted(shares)
    assert len(set(shares)) > 3


def test_all_children_of_the_period_are_in_the_list_under_fours_last(ruth: Counter) -> None:
    found = rows(ruth, "children?from=2026-07-15&to=2026-11-18")
    gaps = [cells[3] for cells in found]
    assert len(found) == 11
    assert gaps[-2:] == ["onder 4", "onder 4"]
    assert [int(gap) for gap in gaps[:-2]] == sorted((int(gap) for gap in gaps[:-2]), reverse=True)


# --- page by page, and what cannot be ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["behind/all", "behind/late", "behind/realised.A", "among/norm", "among/spoken", "children"]
)
def test_the_pages_of_a_list_have_each_row_once_and_in_order(
    ruth: Counter, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for query in ("?from=2026-03-01&to=2026-11-18", "?from=2026-03-01&to=2026-11-18&team=wilg"):
        whole = rows(ruth, path + query)
        with monkeypatch.context() as patched:
            patched.setattr(counting, "PAGE", 4)
            assert rows(ruth, path + query) == whole
        assert len({tuple(cells) for cells in whole}) == len(whole) > 2


@pytest.mark.parametrize("given", ["0", "2", "-1", "x", "99999"])
@pytest.mark.parametrize("path", ["behind/late", "among/norm", "children"])
def test_a_page_that_there_is_not_gets_a_sentence_and_the_first(ruth: Counter, path: str, given: str) -> None:
    shown = page(ruth, f"{path}?page={given}")
    assert re.findall(r'data-fault="([^"]+)"', shown) == ["num.filter.page"]
    assert "<tbody>" in shown


@pytest.mark.parametrize(
    "path",
    [
        *("behind/realised.E", "behind/notheld.", "behind/other.face", "among/all", "among/nowhere", "among/talks"),
        *("among/talks.", "among/talks.03", "among/talks.-1", "among/talks.1.up.up", "among/talks.12345"),
        "among/talks.\u0663",
    ],
)
def test_a_list_that_is_none_is_not_found(ruth: Counter, path: str) -> None:
    assert ruth.get(f"/numbers/{path}").status == 404


def test_an_address_whose_number_is_nought_by_now_says_so(ruth: Counter) -> None:
    for path in ("behind/late", "among/talks.9", "among/changes", "own/help"):
        shown = page(ruth, f"{path}?from=2026-01-01&to=2026-01-04")
        assert 'class="box-p empty"' in shown
        assert 'class="def"' in shown
        assert "Berekend op" in shown


def test_a_row_leads_to_its_childs_line_with_the_same_period(ruth: Counter) -> None:
    query = "?from=2026-10-01&to=2026-11-18&team=wilg"
    shown = unescape(page(ruth, f"behind/realised{query}"))
    ways = set(re.findall(r'href="(/numbers/child/[^"]+)"', shown))
    assert ways
    assert {way.partition("?")[2] for way in ways} == {query[1:]}


# --- the same as in an audit bundle -----------------------------------------------------------------------------------


def test_the_rows_behind_each_number_are_the_entries_of_the_audit_bundle(model: Model, tmp_path: Path) -> None:
    """Both ways, by the number under which an entry stands in the log, over talks that came in over the routes."""
    with copied(model, tmp_path / "town") as town:
        children = (town.noor.child, town.daan)
        town.call(_take, town, [line(one, "2011-03", "2026-01-05", team="wilg") for one in children])
        lived(town)
        withdrawn, beside = town.sam.talk(town.daan, ago=3), town.sam.talk(town.noor, ago=5, who="parent")
        for child, signed in ((town.daan, withdrawn), (town.noor, beside)):
            assert town.sam.hand_in(child, signed).status == 200
        assert town.sam.hand_in(town.daan, following(town, "withdrawal", withdrawn)).status == 200
        at = town.clock()
        start = time_text(at - timedelta(hours=4))
        for reason in ("absent", "refused"):
            told = town.sam.about_talk(
                town.daan, "notheld", plan=None, start=start, reason=reason, at=time_text(at)
            )
            assert town.sam.hand_in(town.daan, told).status == 200

        until = town.clock().date()
        since = until - timedelta(days=40)
        path = tmp_path / "bundle.zip"
        audit.export(town.store, path, since, until, now=town.clock())
        town.ruth.sign_in()

        def entries(what: str) -> list[int]:
            found = rows(town.ruth, f"behind/{what}?from={since}&to={until}")
            return sorted(int(cells[-1].split()[0]) for cells in found)

        bundle = read(path)
        opened = {one["i"]: one["rec"] for one in bundle["openings.jsonl"]}
        begun = {i for i, rec in opened.items() if rec["t"] in {"talk", "notheld"} and rec.get("first") is None}
        assert entries("all") == sorted(begun)
        drawn = draw(path, "", 1000)
        assert entries("realised") == sorted(one["index"] for one in drawn)
        for level in ("A", "B", "C", "D"):
            assert entries(f"realised.{level}") == sorted(one["index"] for one in drawn if one["level"] == level)
        assert entries("notheld") == sorted(i for i in begun if opened[i]["t"] == "notheld")
        for reason in NOT_HELD:
            those = [i for i in begun if opened[i].get("reason") == reason]
            assert entries(f"notheld.{reason}") == sorted(those)
        assert entries("parent") == [i for i in begun if opened[i].get("who") == "parent"]
        (back,) = [rec for rec in opened.values() if rec["t"] == "withdrawal"]
        log = [i for i in begun if opened[i]["id"] == withdrawn.record["id"]]
        assert (entries("withdrawn"), back["first"]) == (log, talks.hash_of(withdrawn.record))
        months = bundle["report.json"]["months"]
        assert len(entries("disputed")) == sum(month["disputed"] for month in months) == 1
        # And from the child's line, by which an inspector comes to it.
        line_of = page(town.ruth, f"child/{town.noor.child}?from={since}&to={until}")
        for i in entries("disputed"):
            assert re.search(rf'class="mono small"[^>]*>{i} <small', line_of)


async def _take(town: Town, those: list[dict[str, str]]) -> None:
    await roster.take_in(town.store, file_of(*those), apply=True, now=town.clock())
