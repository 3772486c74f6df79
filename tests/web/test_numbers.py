"""The pages of whoever counts, over the history that tests/test_counts.py writes out: what they show, and to whom."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import partial
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest

from kindstem import counts
from kindstem.config import Config
from kindstem.counts.teams import JUDGED
from kindstem.counts.waits import WAITS
from kindstem.domain import Role
from kindstem.store import Tx
from kindstem.store.among import AMONG
from kindstem.web import counting
from tests.cast import Clock, Counter, Town, running
from tests.ledger import Ledger
from tests.test_counts import CHILDREN, DAAN, EMMA, HISTORY, LOTTE, NOOR, OMAR, ZOE
from tests.web.test_refusals import ROUTES, address, ask

LISTS = (
    *("standing/all", "standing/within", "standing/over", "standing/young"),
    *("clock/worker", "clock/first", "clock/plan"),
    *("among/norm", "among/changes", "among/worker", "among/spoken", "among/talks.2", "own/help"),
)
PAGES = (
    *("", "teams", "children", "time", "kpis", "experience", "evaluation", "behind/all", "on/2026-10-31/over"),
    *(*LISTS, "norms", "council"),
)
EVERY_LIST = tuple(
    f"{place}/{what}"
    for place, those in (
        ("behind", counts.BEHIND),
        ("among", (*AMONG, "talks.0", "talks.2", "talks.13.up")),
        ("standing", counts.STANDINGS),
        ("clock", counts.CLOCKS),
        ("decided", counts.DECISIONS),
        ("own", counts.OWN),
        ("waits", WAITS),
        ("on/2026-10-31", JUDGED),
    )
    for what in those
)
"""Every list that there is."""

CHILD = re.compile(r"K000-0000\d")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A server over that history, on the same Wednesday, with everybody who counts signed in."""
    folder = tmp_path_factory.mktemp("numbers") / "data"
    ledger = Ledger(folder)
    ledger.on("2026-09-02")
    ledger.norm("monthly", "2026-01-01")
    ledger.take(*CHILDREN)
    ledger.on("2026-11-02")
    moved = {OMAR: {"team": "wilg", "end": "2026-10-31"}, DAAN: {"worker": "Vera", "worker_since": "2026-11-01"}}
    ledger.take(*(one | moved.get(one["kindnummer"], {}) for one in CHILDREN))
    for child, day, fields in HISTORY:
        ledger.talk(child, day, **fields)
    ledger.close()
    with running(Config(data=folder), Clock()) as found:
        found.ruth = found.counter("Ruth", Role.MANAGER)
        yield found


@pytest.fixture(scope="module")
def everybody(town: Town) -> dict[str, Counter]:
    return {
        "manager": town.ruth,
        "leader": town.counter("Bram", Role.LEADER, team="els"),
        "administrator": town.counter("Esma", Role.ADMINISTRATOR),
        "inspector": town.counter("Inez", Role.INSPECTOR, until=date(2026, 12, 31)),
    }


@pytest.fixture
def ruth(everybody: dict[str, Counter]) -> Counter:
    return everybody["manager"]


def text(one: Counter, path: str, status: int = 200) -> str:
    """What a page says, without its tags."""
    answered = one.get(f"/numbers/{path}")
    assert answered.status == status
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answered.content.decode())).split())


def children_on(one: Counter, path: str) -> set[str]:
    return set(CHILD.findall(one.get(f"/numbers/{path}").content.decode()))


# --- who sees what ----------------------------------------------------------------------------------------------------

ALLOWED = {
    "manager": {*PAGES, "audit", "take"},
    "leader": {*PAGES},
    "administrator": {"norms", "council", "take", "roster"},
    "inspector": {*PAGES, "audit", "take"},
}


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_each_role_has_its_own_pages(everybody: dict[str, Counter], role: str) -> None:
    found = {path: everybody[role].get(f"/numbers/{path}").status for path in (*PAGES, "audit", "take", "roster")}
    shown = {path for path, status in found.items() if status == 200}
    assert shown == ALLOWED[role]
    # The administrator's first page is another one, and this client goes there without its cookies.
    assert {found[path] for path in found if path not in {*shown, ""}} <= {404}
    page = everybody[role].get("/numbers/norms").content.decode()
    menu = set(re.findall(r'href="/numbers/(\w*)[^"]*" data-place', page))
    assert menu <= shown, "nothing in the menu leads nowhere"


@pytest.mark.promise("P9")
@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_nothing_on_any_route_is_an_envelope_a_wrap_or_a_name(
    town: Town, everybody: dict[str, Counter], role: str
) -> None:
    """Over the whole route table, with every identifier that is there to be guessed."""
    one = everybody[role]
    for (method, path), route in ROUTES.items():
        if path.endswith("/signout") or (method, path) in {("POST", "/numbers/norms"), ("GET", "/healthz")}:
            continue
        answered = ask(one, method, address(path, child=NOOR), route, route.form)
        if route.who in {"desk", "device"}:
            assert answered.status == 401, path
        for sealed in (b'"wrap"', b'"body"', b'"hdr"', b'"keyring"', b"KSE1"):
            assert sealed not in answered.content, path
        if route.who in {"desk", "device", "view", "count"} and role == "administrator":
            assert not CHILD.search(answered.content.decode("utf-8", "replace")), path


@pytest.mark.promise("P9")
def test_nor_on_any_list(everybody: dict[str, Counter]) -> None:
    """Of a manager, who is shown all of them; an administrator is shown none."""
    for path in EVERY_LIST:
        answered = everybody["manager"].get(f"/numbers/{path}")
        assert answered.status == 200, path
        for sealed in (b'"wrap"', b'"body"', b'"hdr"', b'"keyring"', b"KSE1"):
            assert sealed not in answered.content, path
        assert everybody["administrator"].get(f"/numbers/{path}").status == 404, path


@pytest.mark.promise("P9")
def test_a_leader_sees_no_other_teams_row(everybody: dict[str, Counter]) -> None:
    bram = everybody["leader"]
    for path in dict.fromkeys((*PAGES, *EVERY_LIST)):
        for query in ("", "?team=wilg", "?from=2026-01-01&to=2026-11-18", "?from=2026-01-01&to=2026-11-18&team=wilg"):
            # Omar was in els until the second of November, and what was then stays with it.
            assert children_on(bram, path + query) <= {LOTTE, OMAR, ZOE}, path + query
    assert "Alleen het eigen team is te zien." in text(bram, "time?team=wilg")
    assert "wilg" not in text(bram, "time?team=wilg")


def test_a_leader_cannot_tell_another_teams_child_from_one_that_is_none(everybody: dict[str, Counter]) -> None:
    bram = everybody["leader"]
    answers = [bram.get(f"/numbers/child/{child}") for child in (NOOR, OMAR, "K7Q2-M9XWB", "no-number")]
    assert {one.status for one in answers} == {404}
    assert len({one.content for one in answers}) == 1
    assert bram.get(f"/numbers/child/{LOTTE}").status == 200


def test_iris_and_nobody_see_no_numbers(town: Town) -> None:
    iris = town.newcomer("Iris", Role.WORKER)
    iris.start()
    iris.cookies["numbers"] = iris.cookies["desk"]
    for one in (iris, town.nobody()):
        for path in (*PAGES, "audit", f"child/{NOOR}"):
            answered = one.get(f"/numbers/{path}")
            assert answered.status == 401
            assert NOOR.encode() not in answered.content.replace(path.encode(), b"")


# --- what they show ---------------------------------------------------------------------------------------------------


def test_today_names_who_waits_and_nobody_else(ruth: Counter) -> None:
    page = ruth.get("/numbers/").content.decode()
    waiting = page[page.index('id="wait"') : page.index('id="b-sibling"')]
    assert DAAN in waiting
    assert NOOR not in waiting
    assert "Stand van" in text(ruth, "")


def test_the_months_are_as_computed_by_hand(ruth: Counter) -> None:
    page = ruth.get("/numbers/time?from=2026-10-01&to=2026-11-18").content.decode()
    # children, A, B, C, D, disputed, realised
    assert rows(page, "levels")[:2] == [
        ["5", "2", "2", "1", "0", "0", "5"],
        ["3", "0", "0", "0", "1", "1", "1"],
    ]
    # plan before, short, median, late, not held, withdrawn, withdrawn after dispute, under four
    assert rows(page, "how")[:2] == [
        ["1", "0", "30 min", "0", "0", "0", "0", "0"],
        ["0", "1", "10 min", "1", "1", "0", "0", "0"],
    ]


def rows(page: str, table: str) -> list[list[str]]:
    """The cells of a table, without the names of its rows."""
    found = page[page.index(f'data-table="{table}"') :]
    body = found[found.index("<tbody>") : found.index("</tbody>")]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in body.split("</tr>")[:-1]]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def test_picture_and_table_say_the_same(ruth: Counter) -> None:
    page = ruth.get("/numbers/time?from=2026-10-01&to=2026-11-18").content.decode()
    picture = page[page.index('<svg class="columns"') : page.index("</svg>", page.index('<svg class="columns"'))]
    assert re.findall(r'class="sum"[^>]*>(\d+)<', picture) == ["5", "2"], "with the disputed one on top"
    heights = [float(value) for value in re.findall(r'<rect class="f-(?:[a-d]|dis)"[^>]*height="([\d.]+)"', picture)]
    assert len(heights) == 5
    assert 'role="img" aria-label="6 gerealiseerde gesprekken in de periode en 1 betwist' in picture


def test_every_number_leads_to_its_events(ruth: Counter) -> None:
    page = ruth.get("/numbers/time?from=2026-10-01&to=2026-11-18").content.decode()
    links = {unescape(link) for link in re.findall(r'href="(/numbers/behind/[^"]+)"', page)}
    assert "/numbers/behind/disputed?from=2026-11-01&to=2026-11-18" in links
    for link in links:
        answered = ruth.get(link)
        assert answered.status == 200
        assert CHILD.search(answered.content.decode()), f"{link} has events"


def test_a_number_of_today_leads_to_the_children_behind_it(ruth: Counter) -> None:
    assert children_on(ruth, "standing/over?team=wilg") == {DAAN}
    assert children_on(ruth, "standing/young") == {LOTTE}
    assert children_on(ruth, "standing/grown") == {ZOE}


@pytest.mark.parametrize("path", ["standing/all", "clock/first?from=2026-01-01&to=2026-11-18"])
def test_the_pages_of_a_list_have_each_of_its_rows_once(
    ruth: Counter, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(page: str) -> list[str]:
        return re.findall(r'<th scope="row"><a class="mono"[^>]*>(K\d{3}-\d{5})', page)

    whole = shown(ruth.get(f"/numbers/{path}").content.decode())
    monkeypatch.setattr(counting, "PAGE", 2)
    found, link = [], f"/numbers/{path}"
    while link:
        page = ruth.get(link).content.decode()
        found.append(shown(page))
        assert f"Bladzijde {len(found)} van {-(-len(whole) // 2)}" in page
        following = re.search(r'rel="next" href="([^"]+)"', page)
        link = unescape(following[1]) if following else ""
    assert [child for one in found for child in one] == whole
    assert {len(one) for one in found[:-1]} == {2}


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "\u0662", "99999999999999999999"])
@pytest.mark.parametrize("path", ["standing/all", "clock/first"])
def test_a_page_that_there_is_not_gets_a_sentence_and_the_first(ruth: Counter, path: str, page: str) -> None:
    answered = ruth.get(f"/numbers/{path}?page={quote(page)}").content.decode()
    assert re.findall(r'data-fault="([^"]+)"', answered) == ["num.filter.page"]
    assert CHILD.search(answered)


@pytest.mark.parametrize("path", ["standing/nowhere", "clock/nowhere"])
def test_a_list_that_is_none_is_not_found(ruth: Counter, path: str) -> None:
    assert ruth.get(f"/numbers/on/{path}").status == 404


def test_a_line_is_events_and_never_content(ruth: Counter) -> None:
    line = text(ruth, f"child/{NOOR}")
    assert "2 nov 2026" in line
    assert "alleen de professional" in line
    assert "betwist door het kind" in line
    assert "Sam" in line
    other = text(ruth, f"child/{EMMA}")
    assert "In deze periode is geen gesprek met dit kind vastgelegd." in other


def test_a_childs_line_has_the_numbers_and_the_norm(ruth: Counter) -> None:
    line = text(ruth, f"child/{DAAN}")
    assert "Vandaag binnen de norm nee" in line
    assert "Laatste gesprek alleen 5 okt 2026" in line
    assert "44 dagen" in line


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?team=nergens", "num.filter.team"),
        ("?from=2026-13-01", "num.filter.from"),
        ("?from=2026-11-18&to=2026-11-01", "num.filter.period"),
        ("?to=2030-01-01", "num.filter.future"),
        ("?age=100&measure=ots", "num.filter.age"),
        ("?municipality=%3Cscript%3E", "num.filter.municipality"),
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        *("", "children", "time", "kpis", "experience", "evaluation", "behind/all", "standing/all", "clock/plan"),
        "among/norm",
    ],
)
def test_an_invalid_filter_gets_a_sentence_and_keeps_the_rest(
    ruth: Counter, path: str, query: str, sentence: str
) -> None:
    answered = ruth.get(f"/numbers/{path}{query}")
    assert answered.status == 200
    told = re.findall(r'data-fault="([^"]+)"', answered.content.decode())
    assert told == ([] if path in {"", "standing/all"} and sentence in PERIODS else [sentence])
    assert b"<script>" not in answered.content
    if "measure=ots" in query:
        assert b'<option value="ots" selected>' in answered.content


PERIODS = {"num.filter.from", "num.filter.period", "num.filter.future"}
"""Today has no period to choose, nor has a list of it."""


def test_filters_stand_in_the_address_and_go_along(ruth: Counter) -> None:
    page = ruth.get("/numbers/time?team=wilg&age=8-11&from=2026-10-01&to=2026-11-18").content.decode()
    assert 'href="/numbers/children?from=2026-10-01&amp;to=2026-11-18&amp;team=wilg&amp;age=8-11"' in page
    assert children_on(ruth, "children?team=wilg&age=8-11&from=2026-10-01&to=2026-11-18") == {DAAN}


def test_every_page_says_its_definitions_and_when_it_was_computed(ruth: Counter) -> None:
    for path in ("", "children", "time", "kpis", "experience", "evaluation", "behind/all", *LISTS, f"child/{NOOR}"):
        page = ruth.get(f"/numbers/{path}").content.decode()
        assert 'class="def"' in page
        assert "Berekend op woensdag 18 november" in page
    english = ruth.get("/numbers/time", headers={"Accept-Language": "en"}).content.decode()
    assert "Denominator: all registered children" in english


def test_no_page_ranks_or_rates_a_worker(ruth: Counter) -> None:
    """Beside a worker's name stands how many children wait, and no share, average or speed."""
    for path in ("", "children", "time", "kpis", "experience", "evaluation", "behind/all", *LISTS):
        page = ruth.get(f"/numbers/{path}").content.decode()
        for row in re.findall(r"<(?:tr|li)\b.*?</(?:tr|li)>", page, re.S):
            if "<bdi>Sam</bdi>" in row or "<bdi>Vera</bdi>" in row:
                assert "%" not in row


# --- the five points --------------------------------------------------------------------------------------------------


def test_the_five_points_say_what_is_measured_and_what_is_not(town: Town, ruth: Counter) -> None:
    for child in (NOOR, DAAN, LOTTE, OMAR, ZOE):
        given = {"child": child, "team": "els", "quarter": "2026-Q4", "question": "safer", "value": "some"}
        town.store.write_sync(partial(Tx.count_quarter, **given))
    found = text(ruth, "evaluation?from=2026-01-01&to=2026-11-18")
    for number in range(1, 6):
        assert f"{number}. " in found
    assert "Gesprekken met het kind alleen 7" in found
    assert "4 van 5" in found, "children spoken to alone"
    assert "2026, kwartaal 4 loopt nog minder dan 10% minder dan 10% 5 Geen" in found
    assert "2026, kwartaal 3 Niet gemeten – – Nog geen antwoorden" in found
    assert found.count("Niet gemeten:") == 5
    assert "Bij punt 2 en 3 doen andere filters niets." in text(ruth, "evaluation?age=8-11")


# --- norms ------------------------------------------------------------------------------------------------------------


def test_a_norm_is_confirmed_logged_and_shown_with_who_and_why(town: Town, everybody: dict[str, Counter]) -> None:
    esma = everybody["administrator"]
    size = town.store.read_sync(lambda r: r.log_size())
    form = "kind=yearly&number=8&gap=&since=2027-01-01&why=Besluit+van+het+bestuur"
    asked = esma.form("/numbers/norms", form)
    assert "Vanaf 1 jan 2027" in asked.content.decode()
    assert town.store.read_sync(lambda r: (len(r.norms()), r.log_size())) == (1, size)
    kept = esma.form("/numbers/norms", f"{form}&sure=1")
    assert b'data-norm="kept"' in kept.content
    assert town.store.read_sync(lambda r: (len(r.norms()), r.log_size())) == (2, size + 1)
    history = text(esma, "norms")
    assert "8 per jaar" in history
    assert "Esma" in history
    assert "Besluit van het bestuur" in history


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("kind=&since=2027-02-01&why=x", "kind"),
        ("kind=monthly&number=4&since=2027-02-01&why=x", "number"),
        ("kind=yearly&number=53&since=2027-02-01&why=x", "number"),
        ("kind=yearly&number=vier&since=2027-02-01&why=x", "number"),
        ("kind=own&number=4&gap=400&since=2027-02-01&why=x", "gap"),
        ("kind=monthly&since=gisteren&why=x", "since"),
        ("kind=monthly&since=2026-11-01&why=x&sure=1", "since"),
        ("kind=monthly&since=2027-02-01&why=", "why"),
    ],
)
def test_an_impossible_norm_gets_a_sentence_and_keeps_what_was_typed(ruth: Counter, form: str, fault: str) -> None:
    answered = ruth.form("/numbers/norms", form)
    assert f'data-fault="num.norms.fault.{fault}"' in answered.content.decode()
    assert answered.status == 200


@pytest.mark.parametrize("role", ["leader", "inspector"])
def test_who_only_looks_sets_no_norm_and_has_no_form(everybody: dict[str, Counter], role: str) -> None:
    one = everybody[role]
    assert one.form("/numbers/norms", "kind=monthly&since=2027-02-01&why=x&sure=1").status == 404
    assert b"<form" not in one.get("/numbers/norms").content


# --- the audit bundle -------------------------------------------------------------------------------------------------


def begun(town: Town, one: Counter, since: str = "2026-10-01", until: str = "2026-11-18") -> str:
    """The address of a bundle that was asked for, once it is made."""
    part = one.form("/numbers/audit/bundles", f"from={since}&until={until}").content.decode()
    found = re.search(r'"(/numbers/audit/bundles/[\w-]+)', part)
    assert found, part
    town.call(town.app.state.kindstem.bundles.settled)
    return found[1]


def bundle(town: Town, one: Counter) -> bytes:
    """A bundle, taken along as the page does."""
    link = re.search(r'href="([^"]+/file)"', one.get(begun(town, one)).content.decode())
    assert link
    return one.get(link[1]).content


@pytest.mark.parametrize("role", ["manager", "inspector"])
def test_a_bundle_is_taken_along_and_that_is_written_down(
    town: Town, everybody: dict[str, Counter], role: str
) -> None:
    one = everybody[role]
    before = len(town.store.read_sync(lambda r: r.exports(100)))
    data = bundle(town, one)
    assert set(zipfile.ZipFile(BytesIO(data)).namelist()) >= {"manifest.json", "log.jsonl"}
    newest = town.store.read_sync(lambda r: r.exports(100))
    assert len(newest) == before + 1
    assert (newest[0].name, str(newest[0].since), str(newest[0].until)) == (one.name, "2026-10-01", "2026-11-18")
    assert one.name in text(one, "audit")


def test_a_bundle_is_nobody_elses_and_not_for_a_leader(town: Town, everybody: dict[str, Counter]) -> None:
    path = begun(town, everybody["manager"])
    assert everybody["inspector"].get(path).status == 404
    for role in ("leader", "administrator"):
        assert everybody[role].form("/numbers/audit/bundles", "from=2026-10-01&until=2026-11-18").status == 404
        assert everybody[role].get(f"{path}/file").status == 404


@pytest.mark.parametrize("form", ["from=2026-11-18&until=2026-10-01", "from=x&until=2026-10-01", "", "from=&until="])
def test_a_period_that_is_none_gets_a_sentence(ruth: Counter, form: str) -> None:
    assert "Deze periode kan niet" in ruth.form("/numbers/audit/bundles", form).content.decode()


def test_bundles_leave_nothing_behind(town: Town, ruth: Counter) -> None:
    bundle(town, ruth)
    folder: Path = town.config.data / "bundles"
    assert list(folder.iterdir())
    town.app.state.kindstem.bundles.tidy(now=town.clock.now.replace(hour=23))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["teams", "teams?age=8-11", "time?from=2026-08-01&to=2026-11-18", "time?team=wilg"])
def test_the_numbers_of_a_team_and_of_a_month_lead_to_these_children(ruth: Counter, place: str) -> None:
    page = ruth.get(f"/numbers/{place}").content.decode()
    links = re.findall(r'href="(/numbers/(?:standing|on)/[^"]+)">([\d.]+)<', page)
    assert links
    for link, number in links:
        listed = ruth.get(unescape(link)).content.decode()
        rows = re.findall(r'<th scope="row"><a class="mono"[^>]*>(K\d{3}-\d{5})', listed)
        assert len(set(rows)) == len(rows) == int(number), link


def test_a_small_team_has_no_share(ruth: Counter) -> None:
    """In this town nobody has three jeugdbeschermers; what a share would say, would be of one of them."""
    page = ruth.get("/numbers/teams").content.decode()
    table = page[page.index('data-table="teams"') : page.index("</table>")]
    assert "Binnen de norm" not in table
    assert "%" not in table


@pytest.mark.parametrize("path", ["2026-11-19/over", "2026-10-31/young", "20261031/over", "1999-01-01/over"])
def test_days_ahead_and_what_nobody_counts_are_nowhere(ruth: Counter, path: str) -> None:
    assert ruth.get(f"/numbers/on/{path}").status == 404


def test_a_leader_has_one_team(everybody: dict[str, Counter]) -> None:
    page = everybody["leader"].get("/numbers/teams").content.decode()
    assert re.findall(r'data-team="(\w*)"', page) == ["els"]
