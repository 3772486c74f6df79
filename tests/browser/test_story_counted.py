"""The manager counts talks that really happened, and can read nothing: from start code to print, in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect

from kindstem.calendar import local_day
from kindstem.cli import main
from kindstem.domain import DecisionKind
from kindstem.store import Store
from kindstem.words import Words
from tests.browser.house import DESK, House, built, context
from tests.browser.people_counting import Counting
from tests.browser.sight import Sight
from tests.ledger import Ledger, days, line

pytestmark = [pytest.mark.story_counted, pytest.mark.timeout(600)]

SEEN, UNSEEN, OTHER, YOUNG = (f"K000-0000{n}" for n in range(4))
PEOPLE = [("Ruth", "manager"), ("Bram", "leader"), ("Inez", "inspector")]


@pytest.fixture(scope="module")
def today() -> str:
    return local_day(datetime.now(UTC)).isoformat()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, today: str) -> Iterator[House]:
    """Four children of two teams: one was spoken to last week, one never, one in the other team, one is two."""
    folder = tmp_path_factory.mktemp("counted")

    def history(data: Path) -> None:
        ledger = Ledger.at(data)
        charged = days(today, -200)
        year, sam = int(today[:4]), {"worker": "Sam", "worker_since": charged}
        decided = f"verlenging:{days(today, -2)}"
        ledger.take(
            line(SEEN, f"{year - 14}-03", charged, team="linde", place="home", decisions=decided, **sam),
            line(UNSEEN, f"{year - 9}-05", charged, team="linde", place="foster", municipality="Arnhem",
                 decisions=decided, **sam),
            line(OTHER, f"{year - 12}-01", charged, team="els", place="group"),
            line(YOUNG, f"{year - 2}-01", charged, team="linde", place="home"),
        )
        ledger.norm("monthly", charged)
        for ago, level in ((150, "A"), (100, "C"), (60, "B"), (7, "D")):
            ledger.talk(SEEN, days(today, -ago), level=level)
        ledger.talk(OTHER, days(today, -40), level="A")
        ledger.talk(OTHER, days(today, -20), state="disputed", level="disputed")
        ledger.written(SEEN, days(today, -4), DecisionKind.EXTENSION)
        ledger.opened(UNSEEN, days(today, -12))
        ledger.asked(SEEN, ago=30)
        ledger.asked(OTHER, ago=5, circle="confidant")
        ledger.close()

    with built(folder, PEOPLE, history=history) as made:
        yield made


@pytest.fixture(scope="module")
def sight() -> Sight:
    return Sight()


@pytest.fixture(scope="module")
def ruth(house: House, browser: Browser, sight: Sight) -> Iterator[Counting]:
    one = Counting(house, context(browser, DESK), "Ruth")
    one.first_sign_in(sight)
    yield one
    one.context.close()


def test_the_manager_finds_the_unseen_child_and_can_read_nothing(house: House, ruth: Counting) -> None:
    page = ruth.page
    # Once: the child that waits longest stands on the first page.
    expect(page.locator('[data-team="linde"]').get_by_role("link", name=UNSEEN)).to_be_visible()
    expect(page.locator("[data-team]").get_by_role("link", name=SEEN)).to_have_count(0)
    # Who asked to talk alone stands there too; of what only a confidant sees there is a number and no child.
    asked = page.locator('[data-table="asked"] tbody tr')
    expect(asked).to_have_count(1)
    expect(asked).to_contain_text([SEEN])
    # And how many wait leads to just those.
    page.locator('a[href="/numbers/standing/over"]').first.click()
    expect(page.locator('[data-table="standing"]').get_by_role("link")).to_have_text([UNSEEN, OTHER])
    page.get_by_role("link", name=UNSEEN).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(UNSEEN)
    expect(page.get_by_text(Words("nl").t("num.child.none"))).to_be_visible()

    ruth.go("time")
    page.locator("#f-team").select_option("linde")
    page.get_by_role("button", name=Words("nl").t("num.filter.show")).click()
    expect(page).to_have_url(re.compile(r"/numbers/time\?team=linde&from=[\d-]+&to=[\d-]+$"))
    address = page.url
    page.reload()
    expect(page.locator("#f-team")).to_have_value("linde")
    assert page.url == address

    total = page.locator('[data-table="levels"] tr.total td')
    expect(total).to_have_text(["3", "1", "1", "1", "1", "0", "4"])
    sums = page.locator("svg.columns").first.locator("text.sum")
    assert sum(int(one) for one in sums.all_text_contents()) == 4
    page.locator('[data-table="levels"] tr.total').get_by_role("link", name="4", exact=True).click()
    expect(page.locator("tr[data-state]")).to_have_count(4)
    assert page.pdf(format="A4")[:4] == b"%PDF"

    # How many children had no talk leads to just those, and from there to the child's line over the same days.
    ruth.open("time?team=linde")
    page.locator('a[href^="/numbers/among/talks.0?"]').click()
    expect(page.locator('[data-table="among"] tbody tr')).to_have_count(1)
    page.get_by_role("link", name=UNSEEN).click()
    expect(page).to_have_url(re.compile(rf"/numbers/child/{UNSEEN}\?from=[\d-]+&to=[\d-]+&team=linde$"))

    # The same cookie opens nothing of the desk.
    for path in ("/desk/api/children", "/desk/api/me", "/desk/api/people"):
        assert page.request.get(f"{house.url}{path}").status == 401
    assert ruth.faults == []


def test_the_manager_sees_before_which_decisions_a_child_was_heard(ruth: Counting) -> None:
    page = ruth.page
    ruth.open("kpis")
    rows = page.locator('[aria-labelledby="heard"] tbody tr')
    # Who was not heard comes first.
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(UNSEEN)
    expect(rows.first.locator(".late")).to_have_count(1)
    expect(rows.last).to_contain_text(SEEN)
    expect(rows.last.locator(".late")).to_have_count(0)
    expect(page.locator("#heard + .kpis .big").first).to_contain_text("50%")
    # The number of those who were not leads to just these decisions.
    page.get_by_role("link", name=f"1 {Words('nl').t('num.heard.lead.unheard')}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(Words("nl").t("num.decided.unheard"))
    expect(page.locator('[data-table="decided"] tbody th')).to_have_text([UNSEEN])


def test_the_manager_sets_a_norm_and_takes_a_bundle_along(ruth: Counting, today: str) -> None:
    page = ruth.page
    ruth.go("norms")
    page.get_by_label(Words("nl").t("num.norms.kind.yearly")).check(force=True)
    page.locator("#n-number").fill("8")
    page.locator("#n-since").fill(days(today, 30))
    page.locator("#n-why").fill("Besluit van het bestuur")
    page.get_by_role("button", name=Words("nl").t("work.common.next")).click()
    page.get_by_role("button", name=Words("nl").t("num.norms.confirm")).click()
    expect(page.locator('[data-norm="kept"]')).to_be_visible()
    ruth.go("audit")
    assert ruth.bundle().read_bytes()[:2] == b"PK"
    page.reload()
    expect(page.locator("tbody").get_by_text("Ruth")).to_be_visible()
    assert ruth.faults == []


def test_a_leader_sees_only_the_own_team(house: House, browser: Browser) -> None:
    bram = Counting(house, context(browser, DESK), "Bram")
    bram.first_sign_in()
    expect(bram.page.get_by_role("link", name=UNSEEN).first).to_be_visible()
    expect(bram.page.locator("#f-team")).to_have_count(0)
    bram.open(f"child/{OTHER}")
    expect(bram.page.get_by_role("heading", level=1)).to_have_text("Kindstem")
    bram.open("children?team=els")
    expect(bram.page.get_by_role("link", name=SEEN)).to_be_visible()
    expect(bram.page.get_by_role("link", name=OTHER)).to_have_count(0)
    bram.context.close()


def test_an_inspectors_account_ends(house: House, browser: Browser) -> None:
    inez = Counting(house, context(browser, DESK), "Inez")
    inez.first_sign_in()
    expect(inez.page.locator(".me")).to_contain_text("inspecteur")
    inez.go("audit")
    bundle = inez.bundle()
    verdict = CliRunner().invoke(main, ["verify", str(bundle), "--lang", "en"])
    # Consistent in itself: nobody outside the organisation is named without a policy.
    assert verdict.exit_code == 3, verdict.output
    assert "entries" in verdict.output
    store = Store.open(house.data / "kindstem.db")
    person = store.read_sync(lambda r: r.person_named("Inez"))
    assert person is not None
    yesterday = local_day(datetime.now(UTC)) - timedelta(days=1)
    # As when its last day is over: a server does not wait for that.
    store.write_sync(lambda tx: tx.set_until(person.id, yesterday))
    store.close()
    inez.open("time?team=els")
    expect(inez.page.locator('[data-screen="signin"]')).to_be_visible()
    assert "team=els" in inez.page.url
    inez.context.close()


def test_every_page_from_every_side(ruth: Counting, sight: Sight, today: str) -> None:
    """axe-core over all of it, light and dark, small and large (docs/look.md)."""
    page = ruth.page
    for path in ("", "?team=els", "?team=none", "teams", f"on/{today}/over", "children", "time",
                 "time?age=4-7&place=group", "kpis", "experience", "evaluation", "behind/realised", "behind/late",
                 "behind/realised.A-unlocked", "among/norm", "among/talks.4", "among/worker", "among/changes",
                 "standing/over", "standing/young?team=els", "standing/sibling", "standing/outside?team=els",
                 "waits/asked", "decided/unheard", "own/help", "clock/first?came=late",
                 f"child/{SEEN}", f"child/{UNSEEN}", f"child/{YOUNG}",
                 "norms", "audit", "take", "council"):  # fmt: skip
        ruth.open(path)
        expect(page.locator("#main h1")).to_be_visible()
        sight(page, f"numbers: {path or 'today'}")
    sight.found_nothing()
    assert ruth.faults == []
