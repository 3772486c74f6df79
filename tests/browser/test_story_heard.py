"""A child is heard, and only by the people it chose: the whole of it, in real browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import canary
from tests.browser.conftest import CAST, meet
from tests.browser.house import DESK, PHONE, House, context, pocket, sounds
from tests.browser.people import Desk, Phone, selects

pytestmark = pytest.mark.story_heard

# Marked words: nobody else writes them, so wherever they are found, something leaked.
SAID = "zilverpapegaai"
FELT = "kwikzilverig"
ANSWERED = "lantaarnkever"
CALLED = "Noortjevink"
CONFIDED = "wolkenslak"
KEPT = "maanhagedis"
REACTED = "fluisterbeuk"
MARKED = [SAID, FELT, ANSWERED, CALLED, CONFIDED, KEPT, REACTED]


@pytest.fixture(scope="module")
def staff(house: House, browser: Browser) -> Iterator[dict[str, Desk]]:
    """The four of them, who make their keys in browsers and read their numbers to each other."""
    desks = {name: Desk(house, context(browser, DESK), name) for name, _ in CAST}
    for desk in desks.values():
        desk.first_sign_in()
    meet(desks["Sam"], desks["Vera"])
    meet(desks["Sam"], desks["Jo"])
    yield desks
    for desk in desks.values():
        desk.context.close()


def enrolled(house: House, phone: Phone, sam: Desk, name: str, *, confidant: str | None = None) -> Phone:
    """A phone linked in the room by its square, with its PIN."""
    sam.add_child(name, confidant=confidant)
    fragment, _ = sam.show_code()
    phone.open(fragment)
    phone.read_along()
    phone.say_of_phone()
    assert sam.digits() == phone.digits()
    sam.act("same")
    phone.choose_pin()
    assert phone.page.url == f"{house.url}/"
    phone.press("child.enrol.next.2")
    return phone


def lines(drawing: Locator) -> list[str | None]:
    """The lines of a drawing, as they are drawn."""
    return [path.get_attribute("d") for path in drawing.locator("path").all()]


def sketch(page: Page) -> None:
    """Draw two lines with a finger."""
    box = page.locator("svg.live-sheet").bounding_box()
    assert box
    for start, turn, end in (((40, 40), (160, 70), (90, 200)), ((220, 60), (230, 140), (300, 90))):
        page.mouse.move(box["x"] + start[0], box["y"] + start[1])
        page.mouse.down()
        page.mouse.move(box["x"] + turn[0], box["y"] + turn[1], steps=6)
        page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=6)
        page.mouse.up()


def speak(phone: Phone) -> None:
    """Record two seconds of the fake microphone."""
    page = phone.page
    page.get_by_role("button", name=phone.t("child.voice.button.1"), exact=True).click()
    expect(page.locator(".recorder .time")).to_contain_text("0:02", timeout=15_000)
    page.get_by_role("button", name=phone.t("child.voice.button.4"), exact=True).click()
    expect(page.get_by_text(phone.t("child.voice.state.3"), exact=True)).to_be_visible()


@pytest.mark.promise("P7", "P13", "P16")
def test_what_a_child_says_offline_arrives_whole_at_its_readers_and_comes_back_answered(
    house: House, browser: Browser, staff: dict[str, Desk], folder: Path
) -> None:
    sam, vera, iris = staff["Sam"], staff["Vera"], staff["Iris"]
    phone = enrolled(house, Phone(house, pocket(browser, folder / "phone")), sam, CALLED)
    phone.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    # Without network: faces, a word, how safe, words, two seconds of voice and a drawing.
    phone.context.set_offline(True)
    phone.begin("child.home.1", "worker")
    phone.at("mood").get_by_role("radio", name=phone.t("child.mood.4"), exact=True).check()
    phone.press("child.common.1")
    phone.at("feel").get_by_label(phone.t("child.feel.own.1")).fill(FELT)
    phone.press("child.common.1")
    phone.at("safe").get_by_role("radio").nth(6).check()
    phone.on()
    phone.skip_to("say")
    page = phone.page
    phone.at("say").locator("textarea").fill(f"Thuis is een {SAID}.")
    page.get_by_role("radio", name=phone.t("child.say.how.2"), exact=True).check()
    speak(phone)
    page.get_by_role("radio", name=phone.t("child.say.how.3"), exact=True).check()
    sketch(page)
    drawn = lines(page.locator("svg.live-sheet"))
    assert len(drawn) == 2
    phone.on()
    phone.skip_to("check")
    page.locator("main button.play").click()
    recorded = sounds(page)
    assert len(recorded) == 1
    phone.send()
    expect(phone.at("sent")).to_contain_text(phone.t("child.unsent").split(".")[0])
    assert not phone.faults

    # Closed: whoever has the phone finds no word of it, on the screen or in its storage.
    phone.context.close()
    kept = canary.files(folder / "phone")
    assert any("IndexedDB" in where for where in kept)
    canary.self_test(SAID)
    assert canary.found(MARKED, kept) == []

    # Opened again it is locked, and sends by itself once there is network.
    phone = Phone(house, pocket(browser, folder / "phone"))
    phone.context.set_offline(True)
    phone.open()
    phone.at("home")
    seen = phone.page.content() + str(
        phone.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    )
    assert [word for word in MARKED if word in seen] == []
    expect(phone.page.locator("main")).to_contain_text(phone.t("child.unsent").split(".")[0])
    phone.context.set_offline(False)
    expect(phone.page.get_by_text(phone.t("child.unsent").split(".")[0])).to_have_count(0, timeout=60_000)

    # Sam and Vera, each in a browser of their own, find exactly that.
    for desk in (sam, vera):
        desk.open_child(CALLED)
        desk.read()
        article = desk.page.locator("article[data-entry]").filter(has_text=SAID)
        expect(article).to_have_count(1)
        expect(article.get_by_text(f"Thuis is een {SAID}.", exact=True)).to_be_visible()
        expect(article).to_contain_text(FELT)
        assert article.get_attribute("data-author") == "verified"
        assert lines(article.locator("svg.sheet")) == drawn
        article.locator("button.play").click()
        assert sounds(desk.page)[-1:] == recorded
        assert not desk.faults

    # A colleague of the same team does not even find the child.
    iris.go("children")
    expect(iris.page.locator("[data-open]")).to_have_count(0)
    child = sam.kindnummer(CALLED)
    answers = [
        iris.page.evaluate(
            "(path) => fetch(path, {headers: {Kindstem: '1'}}).then(async (r) => [r.status, await r.text()])",
            f"/desk/api/children/{number}/entries",
        )
        for number in (child, "K000-00000")
    ]
    assert answers[0][0] == 404
    assert answers[0] == answers[1]

    # Sam answers; the child sees by whom it was read, and the answer.
    sam.open_child(CALLED)
    article = sam.page.locator("article[data-entry]").filter(has_text=SAID)
    article.locator("[data-answer]").click()
    form = sam.page.locator('[data-part="answer"]')
    form.get_by_role("radio", name=sam.t("work.reply.outcome.2"), exact=True).check()
    form.locator('textarea[name="answer"]').fill(f"Ik heb de {ANSWERED} gebeld.")
    form.locator('[data-act="send"]').click()
    expect(sam.page.locator("[data-reply]").filter(has_text=ANSWERED)).to_have_count(1)

    # Of one wish among what was said he says apart that it is still open: by its own words, and not a letter more.
    article.locator("[data-answer]").click()
    which = form.locator('[data-part="which"]')
    which.locator("summary").click()
    which.get_by_role("radio", name=sam.t("work.reply.which.text", text=f"Thuis is een {SAID}."), exact=True).check()
    selects(which.locator("textarea"), SAID)
    which.locator('[data-act="wish"]').click()
    expect(which.locator('[data-part="wish"]')).to_contain_text(SAID)
    form.get_by_role("radio", name=sam.t("work.reply.outcome.5"), exact=True).check()
    form.locator('[data-act="send"]').click()
    expect(sam.page.locator("[data-reply] q")).to_have_text(SAID)

    mine = phone.messages()
    first = mine.locator("article").filter(has_text=SAID)
    for name in ("Sam", "Vera"):
        expect(first.locator(".stem")).to_contain_text(name)
    expect(first).to_contain_text(f"Ik heb de {ANSWERED} gebeld.")
    expect(first.locator(".answer q")).to_have_text(SAID)
    expect(first.locator(".answer").filter(has=phone.page.locator("q"))).to_contain_text(phone.t("child.state.short.6"))
    expect(first.locator(".stem")).to_contain_text(f"“{SAID}”")
    expect(first).to_contain_text(FELT)
    assert lines(first.locator("svg.sheet").first) == drawn

    # Nothing of it stays readable on the phone, after the lock has shut.
    phone.context.close()
    assert canary.found(MARKED, canary.files(folder / "phone")) == []


@pytest.mark.promise("P2", "P4")
def test_a_child_chooses_who_reads_its_confidant_or_nobody(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    sam, jo = staff["Sam"], staff["Jo"]
    phone = enrolled(house, Phone(house, context(browser, PHONE)), sam, "Lotte", confidant="Jo")
    for circle, words in (("confidant", CONFIDED), ("self", KEPT)):
        phone.write(f"Dit is van de {words}.", circle)
        phone.send()
        expect(phone.at("sent").locator(".sent svg")).to_be_visible()
        phone.press("child.common.4")

    jo.open_child(sam.kindnummer("Lotte"))
    jo.read()
    expect(jo.page.get_by_text(f"Dit is van de {CONFIDED}.", exact=True)).to_be_visible()
    assert KEPT not in jo.page.content()

    sam.open_child("Lotte")
    sam.read()
    expect(sam.page.locator("article[data-entry]")).to_have_count(1)  # what the child said of its phone
    assert CONFIDED not in sam.page.content()
    assert KEPT not in sam.page.content()

    mine = phone.messages()
    expect(mine.locator("article").filter(has_text=KEPT)).to_have_count(1)
    expect(mine.locator("article").filter(has_text=CONFIDED).locator(".stem")).to_contain_text("Jo")
    phone.context.close()


@pytest.mark.promise("P1")
def test_no_marked_word_is_in_anything_that_the_server_received_kept_logged_or_backed_up(
    house: House, staff: dict[str, Desk]
) -> None:
    house.kindstem("backup", "-o", str(house.folder / "backup.db"))
    received = bytes(house.wire.received)
    assert received.count(b"KSE1") >= 5, "the stories before this one went through the wire"
    for word in MARKED:
        canary.self_test(word)
    secrets = [*MARKED, *(desk.phrase for desk in staff.values())]
    places = {"what was received": received, **canary.files(house.folder)}
    assert {"log.txt", "backup.db", "data/kindstem.db"} <= set(places)
    assert canary.found(secrets, places) == []
    # A recording is recognised by how it begins.
    assert [where for where, data in places.items() if b"\x1a\x45\xdf\xa3" in data] == []
