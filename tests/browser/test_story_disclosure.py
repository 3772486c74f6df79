"""A child says it is not safe, and it climbs until a person looked; what the school gets says that, never what."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import canary
from tests.browser.conftest import Staff
from tests.browser.house import PHONE, House, built, context
from tests.browser.people import Desk, Phone

pytestmark = pytest.mark.story_disclosure

CALLED = "Noor-Rietzanger"
STEP = "morgen-bij-de-sluis"
WHY = "omdat-de-juf-moet-weten"
SCHOOL_NAME, BORN = "Noor-Lisdodde", "14-maart-2011-zilver"
MARKED = [CALLED, STEP, WHY, SCHOOL_NAME, BORN]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An organisation of Sam and Vera."""
    with built(tmp_path_factory.mktemp("house"), [("Sam", "worker"), ("Vera", "second")]) as made:
        yield made


@pytest.fixture(scope="module")
def staff(house: House, browser: Browser) -> Iterator[Staff]:
    """Both with keys, and introduced."""
    desks = Staff(house, browser, introduced=[("Sam", "Vera")])
    yield desks
    for desk in desks.values():
        assert not desk.faults
        desk.context.close()


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: Staff) -> Iterator[Phone]:
    """Noor of fifteen, with her phone."""
    phone = Phone(house, context(browser, PHONE))
    desk = staff["Sam"]
    desk.add_child(CALLED)
    phone.link(desk, desk.show_code()[0])
    expect(desk.page.locator('[data-stage="active"]')).to_be_visible()
    yield phone
    assert not phone.faults
    phone.context.close()


def on_today(desk: Desk) -> Locator:
    """The flag on somebody's first screen, looked up anew."""
    desk.go("children")
    desk.go("today")
    return desk.page.locator("[data-flag]").first


def test_noor_reads_when_somebody_looks_by_day_and_by_night_and_sends_an_alert(noor: Phone) -> None:
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    looks = noor.at("unsafe").locator("[data-looks]")
    expect(looks).to_contain_text("30 minuten")
    expect(looks).to_contain_text("90 minuten")
    noor.press("child.unsafe.button.2")
    alert = noor.at("alert")
    expect(alert.locator("[data-looks]")).to_contain_text("90 minuten")
    expect(alert).to_contain_text(noor.t("child.unsafe.sent", time="@").split("@")[0].strip())


def later(house: House, sql: str) -> None:
    """What time does to the store, without the waiting: in the same turn file as every command beside the server."""
    with open(house.data / "kindstem.lock", "a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with closing(sqlite3.connect(house.data / "kindstem.db", isolation_level=None)) as db:
            db.execute(sql)


def test_nobody_looks_and_it_climbs_by_itself(noor: Phone, staff: Staff, house: House) -> None:
    later(house, "update flags set at = at - 172800")
    # The next alert wakes the server's turn at once.
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    noor.at("unsafe")
    noor.press("child.unsafe.button.2")
    expect(noor.at("alert")).to_contain_text(noor.t("child.unsafe.sent", time="@").split("@")[0].strip())
    vera = staff["Vera"]
    climbed = vera.page.locator("[data-flag]").filter(has_text=vera.t("work.flag.climbed.2", time="@").split("@")[1])
    # The page is as it was when it was asked for: it is asked for again until the turn was taken.
    for _ in range(40):
        expect(on_today(vera)).to_contain_text(CALLED)
        if climbed.count():
            break
    expect(climbed).to_have_count(1)
    written = (house.data / "alerts.txt").read_text("utf-8")
    assert vera.t("work.alert.oncall") in written
    assert CALLED not in written


def test_it_stays_until_a_person_and_a_next_step_are_recorded(noor: Phone, staff: Staff) -> None:
    sam = staff["Sam"]
    expect(on_today(sam)).to_contain_text(sam.t("work.flag.open"))
    sam.open_child(CALLED)
    flags = sam.page.locator("[data-steps]")
    expect(flags).to_have_count(2)
    form = flags.first
    form.locator('[data-act="flag-keep"]').click()
    expect(form.locator(".said-here")).to_contain_text(sam.t("work.flag.form.choose"))
    form.get_by_role("radio", name="Vera", exact=True).check()
    form.get_by_role("radio", name=sam.t("work.flag.next.2"), exact=True).check()
    form.locator("textarea").fill(f"Vera komt {STEP}.")
    form.locator('[data-act="flag-keep"]').click()
    expect(flags).to_have_count(1)
    vera = on_today(staff["Vera"])
    expect(vera).to_contain_text(sam.t("work.flag.next.2"))
    # What comes next is with the child too.
    noor.open()
    expect(noor.messages()).to_contain_text(STEP)


def test_the_school_gets_that_something_happened_and_the_child_why_it_was_told(noor: Phone, staff: Staff) -> None:
    sam = staff["Sam"]
    sam.open_child(CALLED)
    sam.act("school")
    page = sam.at("school")
    page.locator('[data-act="signal-keep"]').click()
    expect(page.locator(".said-here").first).to_contain_text(sam.t("hwc.choose"))
    page.get_by_role("radio", name=sam.t("hwc.child.2"), exact=True).check()
    page.get_by_label(sam.t("hwc.name")).fill(SCHOOL_NAME)
    page.get_by_label(sam.t("hwc.birthdate")).fill(BORN)
    page.locator('[data-act="signal-keep"]').click()
    expect(page.get_by_text(sam.t("hwc.needreason"))).to_be_visible()
    page.get_by_label(sam.t("hwc.reason")).fill(f"Dit is {WHY}.")
    page.locator('[data-act="signal-keep"]').click()
    expect(page.locator('[data-body="1"]')).to_have_text(sam.t("hwc.body.1", name=SCHOOL_NAME, birthdate=BORN))
    expect(page.locator('[data-body="2"]')).to_contain_text(SCHOOL_NAME)
    row = page.locator("[data-signal]")
    expect(row).to_contain_text("24")
    staff["Vera"].go("children")
    staff["Vera"].go("today")
    vera = staff["Vera"]
    expect(vera.page.locator("[data-signal]")).to_have_count(1)
    # The other reader has the reason too.
    vera.page.locator("[data-school]").click()
    expect(vera.at("school").locator("[data-before]")).to_contain_text(WHY)
    row.locator("[data-handed]").click()
    expect(page.locator("[data-signal]")).to_have_count(0)
    noor.open()
    expect(noor.messages()).to_contain_text(WHY)


@pytest.mark.promise("P10")
def test_the_server_never_had_a_name_a_day_of_birth_or_a_word(house: House, staff: Staff) -> None:
    for word in MARKED:
        canary.self_test(word)
    places = {"what was received": bytes(house.wire.received), **canary.files(house.folder)}
    assert canary.found(MARKED, places) == []
    # The desk keeps nothing of what was typed for the school either.
    sam = staff["Sam"]
    sam.go("today")
    kept = sam.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.body.innerText])")
    assert canary.found([SCHOOL_NAME, BORN], {"the desk": str(kept).encode()}) == []
