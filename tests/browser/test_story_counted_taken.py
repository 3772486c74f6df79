"""What comes in and what leaves, in a real browser: a roster brought in, and reports that say what the page says."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from kindstem.calendar import local_day
from kindstem.exports import newest_month
from kindstem.store import Store
from kindstem.words import Words
from tests.browser.house import DESK, House, built, context
from tests.browser.people_counting import Counting
from tests.browser.sight import Sight
from tests.ledger import Ledger, days, file_of, line
from tests.test_exports import sheet, text_of, unpacked

pytestmark = [pytest.mark.story_counted, pytest.mark.timeout(300)]

NL = Words("nl")
LEVELS = {"A": 9, "B": 8, "C": 7, "D": 6}
"""So many children were spoken to once in the month, and ten were not: every number is large enough to leave."""

MONTH = newest_month(local_day(datetime.now(UTC)))
CHARGED = days(f"{MONTH}-01", -100)
CHILDREN = [
    line(f"K{n:03}-00000", f"{int(MONTH[:4]) - 12}-03", CHARGED, team="linde") for n in range(sum(LEVELS.values()) + 10)
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Forty children, thirty of whom were spoken to alone in the newest month that is settled."""

    def history(data: Path) -> None:
        ledger = Ledger.at(data)
        ledger.take(*CHILDREN)
        told = iter(CHILDREN)
        for level, number in LEVELS.items():
            for _ in range(number):
                ledger.talk(next(told)["kindnummer"], f"{MONTH}-10", level=level)
        ledger.close()

    people = [("Ruth", "manager"), ("Esma", "administrator")]
    with built(tmp_path_factory.mktemp("taken"), people, history=history) as made:
        yield made


def test_csv_xlsx_and_pdf_have_the_numbers_of_the_screen(house: House, browser: Browser) -> None:
    ruth = Counting(house, context(browser, DESK), "Ruth")
    ruth.first_sign_in()
    page = ruth.page
    last = (date.fromisoformat(f"{MONTH}-01") + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    ruth.open(f"time?from={MONTH}-01&to={last.isoformat()}")
    # Children, A, B, C, D, disputed, realised.
    shown = page.locator('[data-table="levels"] tr.total td')
    expect(shown).to_have_text(["40", "9", "8", "7", "6", "0", "30"])

    ruth.go("take")
    page.locator("#take-from").select_option(MONTH)
    made = {}
    for form in ("csv", "xlsx", "pdf"):
        page.locator("#take-form").select_option(form)
        made[form] = ruth.download(page.get_by_role("button", name=NL.t("num.take.make"))).read_bytes()
    text = unpacked(made["csv"])["numbers.csv"].decode("utf-8-sig")
    rows = [row[1:] for row in csv.reader(io.StringIO(text), delimiter=";") if row[0] == MONTH and row[2] == "all"]
    found = {(table, what): number for table, _, _, what, number in rows}
    assert [found["talks", what] for what in (*LEVELS, "all")] == ["9", "8", "7", "6", "30"]
    assert [found["children", what] for what in ("spoken", "unspoken", "all")] == ["30", "10", "40"]
    whole = [NL.month(MONTH), NL.t("num.report.by.all"), NL.t("num.report.everybody")]
    files = unpacked(made["xlsx"])
    assert [*whole, 9, 8, 7, 6, 30] in sheet(files, "talks")
    assert [*whole, 30, 10, 40] in sheet(files, "children")
    said = text_of(made["pdf"])
    assert f"{' '.join(whole)} 9 8 7 6 30" in said
    assert f"{' '.join(whole)} 30 10 40" in said
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(3)
    assert ruth.faults == []
    ruth.context.close()


def test_the_administrator_brings_a_roster_in_that_was_looked_at(house: House, browser: Browser) -> None:
    esma, sight = Counting(house, context(browser, DESK), "Esma"), Sight()
    esma.first_sign_in()
    page = esma.page
    esma.go("roster")
    sight(page, "numbers: roster")
    look = page.get_by_role("button", name=NL.t("num.roster.page.look"))
    look.click()
    expect(page.locator('[data-fault="num.roster.page.none"]')).to_be_visible()

    new = line("K900-00000", CHILDREN[0]["born"], CHARGED, team="linde")
    wrong = line("K900-00001", CHILDREN[0]["born"], CHARGED, team="linde", worker="Nobody")
    chosen = page.locator("#r-file")
    chosen.set_input_files({"name": "roster.csv", "mimeType": "text/csv", "buffer": file_of(*CHILDREN, new, wrong)})
    look.click()
    expect(page.locator('[data-what="added"] td')).to_have_text("1")
    expect(page.locator("[data-refusals] li")).to_have_count(1)
    sight(page, "numbers: roster, looked at")
    # Another file in the field than the one that was looked at: nothing is brought in.
    chosen.set_input_files({"name": "roster.csv", "mimeType": "text/csv", "buffer": file_of(*CHILDREN, wrong)})
    page.get_by_role("button", name=NL.t("num.roster.page.do")).click()
    expect(page.locator('[data-fault="num.roster.page.other"]')).to_be_visible()

    chosen.set_input_files({"name": "roster.csv", "mimeType": "text/csv", "buffer": file_of(*CHILDREN, new)})
    look.click()
    expect(page.locator("[data-refusals]")).to_have_count(0)
    page.get_by_role("button", name=NL.t("num.roster.page.do")).click()
    expect(page.locator('[data-roster="kept"]')).to_be_visible()
    sight(page, "numbers: roster, brought in")
    store = Store.open(house.data / "kindstem.db")
    assert len(store.read_sync(lambda r: r.all_listed())) == len(CHILDREN) + 1
    store.close()
    sight.found_nothing()
    assert esma.faults == []
    esma.context.close()
