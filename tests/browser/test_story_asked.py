"""A child asks for a talk alone, offline and with the lock shut.

The request stays until there was a talk that the child does not dispute, or until it takes the request away.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.house import PHONE, House, context
from tests.browser.malice import rows
from tests.browser.people import Desk, Phone
from tests.browser.people_talks import SLOW, TalkDesk

pytestmark = pytest.mark.story_asked

WORDS = "Na de training, bij het clubhuis."


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: dict[str, Desk]) -> Iterator[Phone]:
    """Noor of fifteen, who has a confidant."""
    phone = Phone(house, context(browser, PHONE))
    sam = staff["Sam"]
    sam.add_child("Noor", confidant="Jo")
    phone.link(sam, sam.show_code()[0])
    expect(sam.page.locator('[data-stage="active"]')).to_be_visible(timeout=SLOW)
    yield phone
    assert not phone.faults
    phone.context.close()


@pytest.fixture(scope="module")
def desk(staff: dict[str, Desk]) -> TalkDesk:
    """Sam, who records talks."""
    return TalkDesk(staff["Sam"])


def asks(phone: Phone, whom: str) -> None:
    """Ask for a talk alone, up to the page that says what became of it."""
    phone.at("home").get_by_role("button", name=phone.t("child.home.2"), exact=True).click()
    phone.at("talk").get_by_role("button", name=whom, exact=True).click()
    phone.at("talk-to")
    phone.press("child.talk.send")
    phone.at("talk-asked")


def asked(phone: Phone) -> Locator:
    """The requests on the child's own page, with the lock open."""
    phone.at("home").get_by_role("button", name=phone.t("child.home.2"), exact=True).click()
    phone.at("talk")
    if phone.page.get_by_role("button", name=phone.t("child.talks.open"), exact=True).count():
        phone.press("child.talks.open")
        phone.unlock()
        phone.at("talk")
    return phone.page.locator("main article")


def on_desk(desk: Desk) -> Locator:
    """The open requests on a first page, once the server has been asked."""
    desk.go("children")
    desk.go("today")
    expect(desk.page.locator('[data-part="asked"][data-ready="true"]')).to_be_attached()
    return desk.page.locator("[data-request]")


def holds(desk: TalkDesk, minutes_ahead: int) -> None:
    """Record a talk of one minute that begins so many minutes from now: it has to begin after the request."""
    desk.begin("Noor")
    desk.fills(minutes=15, planned="asked")
    begins = datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(minutes=minutes_ahead)
    desk.page.locator('input[name="day"]').fill(begins.strftime("%Y-%m-%d"))
    desk.page.locator('input[name="begin"]').fill(begins.strftime("%H:%M"))
    desk.choose("work.record.long", "other")
    desk.page.locator('input[name="minutes"]').fill("1")
    desk.signs()


def says(phone: Phone, answer: str) -> None:
    """Answer the newest talk that has no answer yet."""
    label = phone.t("child.home.talks")
    phone.at("home").get_by_role("button", name=re.compile(f"^{re.escape(label)}")).click()
    phone.at("talks")
    if phone.page.get_by_role("button", name=phone.t("child.talks.open"), exact=True).count():
        phone.press("child.talks.open")
        phone.unlock()
        phone.at("talks")
    card = phone.page.locator("article").filter(has_text=phone.t("child.talks.silent"))
    card.get_by_role("button", name=phone.t("child.home.ask")).click()
    phone.at("claim")
    phone.page.get_by_role("radio", name=phone.t(answer), exact=True).check()
    phone.on()
    if answer == "child.confirm.answer.1":
        phone.at("two")
        phone.page.get_by_role("radio", name=phone.t(answer), exact=True).check()
    else:
        phone.at("different")
        phone.page.get_by_role("radio", name=phone.t("child.confirm.no.1"), exact=True).check()
    phone.on("child.confirm.send")
    expect(phone.page.locator("main")).to_contain_text(phone.t("child.confirm.arrived", name="Sam"), timeout=SLOW)
    phone.press("child.common.4")


def test_noor_asks_locked_and_offline_and_it_goes_when_there_is_a_network(
    noor: Phone, desk: TalkDesk, staff: dict[str, Desk]
) -> None:
    noor.reopen()
    noor.at("home")
    noor.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    noor.context.set_offline(True)
    noor.at("home").get_by_role("button", name=noor.t("child.home.2"), exact=True).click()
    people = noor.at("talk").locator(".rows button")
    expect(people).to_have_text(["Sam", "Vera", "Jo", noor.t("child.talk.someone")])
    people.first.click()
    # Before it goes, she knows who sees it.
    expect(noor.at("talk-to")).to_contain_text(noor.t("child.talk.seen", names="Sam en Vera"))
    noor.press("child.talk.send")
    expect(noor.at("talk-asked")).to_contain_text(noor.t("child.talk.waits"))
    noor.press("child.common.4")
    noor.at("home")
    # With the lock shut, nothing says what waits.
    expect(noor.page.locator("main")).not_to_contain_text("Sam")
    noor.context.set_offline(False)
    noor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(noor.page.locator("main")).not_to_contain_text(noor.t("child.unsent"), timeout=SLOW)
    for name, key in (("Sam", "work.wish.you"), ("Vera", "work.wish.other")):
        row = on_desk(staff[name])
        expect(row).to_have_count(1)
        expect(row.locator("b")).to_have_text(desk.t(key, name="Noor", who="Sam"))


def test_noor_says_where_and_when_in_words_that_only_readers_open(noor: Phone, house: House) -> None:
    # Asking again is the same request; the words go by themselves.
    asks(noor, "Sam")
    noor.press("child.talk.tell")
    noor.at("say").locator("textarea").fill(WORDS)
    noor.on()
    noor.send()
    noor.arrived()
    noor.press("child.common.4")
    assert rows(house, "select count(*) from requests") == [(1,)]


def test_a_talk_that_noor_disputes_leaves_it_open(noor: Phone, desk: TalkDesk) -> None:
    holds(desk, 1)
    expect(on_desk(desk.desk)).to_have_count(0)
    expect(asked(noor)).to_have_count(0)
    noor.reopen()
    says(noor, "child.confirm.answer.2")
    expect(on_desk(desk.desk)).to_have_count(1)
    expect(asked(noor)).to_have_count(1)
    noor.page.locator(".top .round").first.click()


def test_a_talk_that_noor_confirms_closes_it_on_every_screen(
    noor: Phone, desk: TalkDesk, staff: dict[str, Desk]
) -> None:
    holds(desk, 4)
    noor.reopen()
    says(noor, "child.confirm.answer.1")
    for name in ("Sam", "Vera"):
        expect(on_desk(staff[name])).to_have_count(0)
    expect(asked(noor)).to_have_count(0)
    desk.desk.open_child("Noor")
    expect(desk.page.locator("details.log").filter(has_text=desk.t("work.wish.before", n=1))).to_be_visible()


def test_what_noor_asks_of_jo_only_jo_sees_and_noor_takes_it_away(noor: Phone, staff: dict[str, Desk]) -> None:
    noor.reopen()
    asks(noor, "Jo")
    expect(noor.at("talk-asked")).to_contain_text(noor.t("child.talk.seen", names="Jo"), timeout=SLOW)
    noor.press("child.common.4")
    expect(on_desk(staff["Jo"])).to_have_count(1)
    for name in ("Sam", "Vera"):
        expect(on_desk(staff[name])).to_have_count(0)
    card = asked(noor)
    expect(card).to_contain_text(noor.t("child.talk.with", name="Jo").rstrip("."))
    noor.press("child.talk.away.1")
    noor.at("talk-away")
    noor.press("child.talk.away.3")
    noor.at("home")
    expect(noor.page.locator("main")).not_to_contain_text(noor.t("child.unsent"), timeout=SLOW)
    expect(on_desk(staff["Jo"])).to_have_count(0)
    expect(asked(noor)).to_have_count(0)
