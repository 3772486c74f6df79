"""A child makes its three houses, at its own pace: on its phone, closed in between, and on the tablet in the room."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from kindstem.words import Words
from tests.browser import canary
from tests.browser.house import House, pocket, sounds
from tests.browser.people import Desk, Phone
from tests.browser.people_talks import SLOW
from tests.browser.test_story_heard import enrolled, lines, sketch, speak
from tests.browser.test_story_tablet import Tablet

pytestmark = pytest.mark.story_documented

# Marked words: nobody else writes them, so wherever they are found, something leaked.
ADDED, DREAMT, CALLED = "regenlaarsorkest", "zolderraamplaneet", "Noortjeglimworm"
MARKED = [ADDED, DREAMT, CALLED]
CHILD = Words("nl", "8")
READERS = "Sam en Vera"


def houses(phone: Phone) -> Locator:
    """The three houses, from the first page."""
    phone.at("home").locator("[data-row=three]").click()
    return phone.at("houses")


def door(phone: Phone, house: str) -> None:
    """Into a house."""
    phone.at("houses").locator(f"button[data-house={house}]").click()


def stops(phone: Phone) -> None:
    """Put away what is being made; it waits on the first page."""
    phone.press("child.common.5")
    expect(phone.at("home").locator(".kept").first).to_be_visible()


def sends(phone: Phone) -> None:
    """Go on from a house to its last look, and send it; back on the first page once it arrived."""
    phone.on()
    phone.skip_to("check")
    expect(phone.at("check").locator("h1")).to_have_text(phone.t("child.house.more.3"))
    phone.send()
    phone.arrived()
    phone.press("child.common.4")


def mode(phone: Phone, nth: int) -> None:
    """Typing (1), talking (2) or drawing (3)."""
    phone.at("say").get_by_role("radio", name=phone.t(f"child.say.how.{nth}"), exact=True).check()


@pytest.mark.promise("P13", "P16")
def test_a_child_draws_in_one_house_speaks_in_another_and_goes_on_another_day(
    house: House, browser: Browser, staff: dict[str, Desk], folder: Path
) -> None:
    sam = staff["Sam"]
    phone = enrolled(house, Phone(house, pocket(browser, folder / "phone")), sam, CALLED)
    phone.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    # Without network, her rights are there, in words for her age.
    phone.context.set_offline(True)
    phone.at("home").locator("[data-row=rights]").click()
    phone.at("rights").get_by_role("button", name=phone.t("child.right.title.6"), exact=True).click()
    expect(phone.at("right")).to_contain_text(phone.t("child.right.file", worker="Sam"))
    phone.press("child.right.all")
    phone.at("rights").locator(".rows .row").last.click()
    expect(phone.at("right").locator('a[href="tel:08008765432"]')).to_be_visible()
    phone.press("child.right.all")
    phone.at("rights")
    phone.page.go_back()

    # She draws in the house of good things and speaks in the house of dreams; nothing is chosen beforehand.
    houses(phone)
    door(phone, "good")
    expect(phone.at("who").locator("input:checked")).to_have_count(0)
    phone.choose_readers("worker")
    phone.on()
    mode(phone, 3)
    expect(phone.at("say")).to_contain_text(phone.t("child.house.good.2"))
    sketch(phone.page)
    drawn = lines(phone.page.locator("svg.live-sheet"))
    assert len(drawn) == 2
    stops(phone)
    houses(phone)
    door(phone, "dream")
    phone.choose_readers("worker")
    phone.on()
    phone.at("say").locator("textarea").fill(f"Een {DREAMT}.")
    mode(phone, 2)
    speak(phone)
    stops(phone)
    assert not phone.faults

    # Closed: neither what lies in them nor that they are houses is found on the phone; opened again it is locked.
    phone.context.close()
    kept = canary.files(folder / "phone")
    canary.self_test(DREAMT)
    assert canary.found([*MARKED, phone.t("child.house.good.2")], storage(kept)) == []
    phone = Phone(house, pocket(browser, folder / "phone"))
    phone.open()
    expect(phone.at("home").locator(".kept")).to_have_count(2)
    expect(houses(phone).locator("small")).to_have_count(0)

    # With the lock open each house shows that it was begun, and is as it was.
    phone.at("houses").locator("[data-row=read-worker]").click()
    phone.unlock()
    expect(phone.at("houses-before").locator(".empty")).to_be_visible()
    phone.page.go_back()
    begun = phone.at("houses")
    expect(begun.locator("[data-house=good] small")).to_be_visible()
    expect(begun.locator("[data-house=dream] small")).to_be_visible()
    expect(begun.locator("[data-house=worry] small")).to_have_count(0)
    door(phone, "good")
    mode(phone, 3)
    expect(phone.page.locator("svg.live-sheet path")).to_have_count(2)
    assert lines(phone.page.locator("svg.live-sheet")) == drawn
    mode(phone, 1)
    phone.at("say").locator("textarea").fill(f"Het {ADDED} van oma.")
    sends(phone)
    houses(phone)
    door(phone, "dream")
    mode(phone, 2)
    phone.page.locator("main .recorded button.play").click()
    recorded = sounds(phone.page)
    assert len(recorded) == 1
    sends(phone)

    # Earlier ones, and nothing else among them.
    houses(phone).locator("[data-row=read-worker]").click()
    before = phone.at("houses-before").locator("article")
    expect(before).to_have_count(2)
    expect(before.first).to_contain_text(phone.t("child.house.name.3"))
    expect(before.last).to_contain_text(phone.t("child.house.name.1"))
    expect(before.last).to_contain_text(f"Het {ADDED} van oma.")
    assert lines(before.last.locator("svg.sheet")) == drawn
    assert not phone.faults
    phone.context.close()

    # Sam finds each as what it is: which house, what was asked, the drawing, the words and the sound.
    sam.open_child(CALLED)
    sam.read()
    found = sam.page.locator('article[data-kind="house"]')
    expect(found).to_have_count(2)
    good, dream = found.filter(has_text=ADDED), found.filter(has_text=DREAMT)
    expect(good.locator("[data-house=good]")).to_have_text(phone.t("child.house.name.1"))
    expect(good).to_contain_text(phone.t("child.house.good.2"))
    expect(good).to_have_attribute("data-author", "verified")
    assert lines(good.locator("svg.sheet")) == drawn
    expect(dream.locator("[data-house=dream]")).to_have_text(phone.t("child.house.name.3"))
    dream.locator("button.play").click()
    assert sounds(sam.page)[-1:] == recorded
    assert not sam.faults


def storage(kept: dict[str, bytes]) -> dict[str, bytes]:
    """What the app stores; the texts of every screen lie in the browser's cache of the app itself."""
    found = {where: data for where, data in kept.items() if "IndexedDB" in where}
    assert found
    return found


def test_a_child_of_eight_makes_a_house_in_the_room(
    house: House, browser: Browser, staff: dict[str, Desk], folder: Path
) -> None:
    tablet = Tablet(house, browser, folder / "tablet", staff["Sam"])
    sam, page = tablet.desk, tablet.page
    sam.sign_in()
    tablet.talks.adds_without_phone("Daan")
    tablet.lend("Daan")
    tablet.at("tablet").locator("[data-row=rights]").click()
    tablet.at("rights").locator(".rows .row").first.click()
    expect(tablet.at("right")).to_contain_text(CHILD.t("child.right.jb", worker="Sam"))
    tablet.press("child.right.all")
    page.locator(".top .round").first.click()

    # The picture leads: at level 8 a house is drawn unless the child wants otherwise. He stops, and comes back.
    tablet.at("tablet").locator("[data-row=three]").click()
    tablet.at("houses").locator("button[data-house=worry]").click()
    expect(tablet.at("say").locator("svg.live-sheet")).to_be_visible()
    sketch(page)
    drawn = lines(page.locator("svg.live-sheet"))
    tablet.press("child.common.5")
    tablet.at("tablet").locator("[data-row=three]").click()
    worry = tablet.at("houses").locator("button[data-house=worry]")
    expect(worry).to_contain_text(CHILD.t("child.house.begun"))
    worry.click()
    expect(tablet.at("say").locator("svg.live-sheet path")).to_have_count(len(drawn))
    page.get_by_role("radio", name=CHILD.t("child.say.how.2"), exact=True).check()
    tablet.speak()
    tablet.press("child.common.1")
    tablet.skip_to("check")
    tablet.press("child.send.to", names=READERS)
    tablet.at("ended")
    sam.act("leave-kindmodus")
    tablet.talks.signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.said", name="Daan"), timeout=SLOW)

    sam.open_child("Daan")
    sam.read()
    found = page.locator('article[data-kind="house"]')
    expect(found).to_have_count(1)
    expect(found).to_have_attribute("data-author", "tablet")
    expect(found.locator("[data-house=worry]")).to_have_text(sam.t("child.house.name.2"))
    assert lines(found.locator("svg.sheet")) == drawn
    expect(found.locator("button.play")).to_have_count(1)

    # The next time he sees it again.
    tablet.lend("Daan")
    tablet.at("tablet").locator("[data-row=three]").click()
    tablet.at("houses").locator("[data-row=read-worker]").click()
    expect(tablet.at("houses-before").locator("article [data-house=worry]")).to_be_visible()
    assert lines(page.locator("article svg.sheet")) == drawn
    tablet.close()


@pytest.mark.promise("P1")
def test_no_word_of_a_house_is_in_anything_that_the_server_received_or_kept(house: House) -> None:
    received = bytes(house.wire.received)
    assert received.count(b"KSE1") >= 3, "the stories before this one went through the wire"
    places = {"what was received": received, **canary.files(house.folder)}
    assert {"log.txt", "data/kindstem.db"} <= set(places)
    assert canary.found(MARKED, places) == []
    assert [where for where, data in places.items() if b"\x1a\x45\xdf\xa3" in data] == []
