"""What stands around being heard: typed code, pictures, the way out, the locked phone, the alert, leave, reactions."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Route, expect

from kindstem.calendar import local_day
from tests.browser.house import PHONE, House, context
from tests.browser.people import PIN, Desk, Phone

pytestmark = pytest.mark.story_heard

ELSEWHERE = "https://www.buienradar.nl"


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: dict[str, Desk]) -> Iterator[Phone]:
    """Noor with her phone, linked by the square."""
    sam = staff["Sam"]
    sam.add_child("Noor")
    fragment, _ = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    # The site behind the way out is somebody else's; here a page stands for it.
    phone.context.route(
        f"{ELSEWHERE}/**", lambda route: route.fulfill(body="<title>Het weer</title>", content_type="text/html")
    )
    phone.link(sam, fragment)
    yield phone
    phone.context.close()


def newest(desk: Desk, words: str) -> None:
    """Open Noor's page, and in it what is new, until these words are there."""
    desk.open_child("Noor")
    reason = desk.page.locator('[data-part="reason"]')
    said = desk.page.locator("article[data-entry]").filter(has_text=words)
    expect(reason.or_(said).first).to_be_visible()
    if reason.count():
        desk.read()
    expect(said).to_have_count(1)


def test_a_child_of_eight_links_with_a_typed_code_and_four_pictures(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    sam = staff["Sam"]
    sam.add_child("Daan", level="8")
    _, code = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    phone.open()
    phone.at("start")
    phone.press("child.start.button.2")
    # As a child types it: small letters, no lines, the letter O for a zero.
    phone.page.locator("#code").fill(code.lower().replace("-", " ").replace("0", "o"))
    phone.press("child.common.1")
    phone.at("readers")
    phone.press("child.enrol.button.1")
    for at in range(7):
        expect(phone.page.get_by_text(phone.t("child.know.step", n=at + 1, all=7))).to_be_visible()
        phone.press("child.know.ready.1" if at == 6 else "child.common.1")
    phone.at("phone")
    phone.press("child.common.3")
    assert sam.digits() == phone.digits()
    sam.act("same")
    pictures = phone.at("pin").locator(".pad.pics button:not(.quiet)")
    expect(pictures).to_have_count(12)
    chosen = (3, 11, 0, 7)
    heading = phone.page.get_by_role("heading", level=1)
    first = heading.inner_text()
    for at in chosen:
        pictures.nth(at).click()
    expect(heading).not_to_have_text(first)
    for at in chosen:
        pictures.nth(at).click()
    phone.at("linked")
    assert not phone.faults
    phone.context.close()


@pytest.mark.promise("P14")
def test_the_way_out_takes_one_tap_and_back_shows_nothing(noor: Phone) -> None:
    noor.write("Dit staat er nog niet.")
    noor.page.locator("#away").click()
    expect(noor.page).to_have_title("Het weer")
    assert noor.page.url.startswith(ELSEWHERE)
    noor.page.go_back()
    # The page it left is not even in the history of this tab.
    assert noor.page.url == "about:blank"
    assert "Dit staat er nog niet." not in noor.page.content()
    # Nothing was lost: it is kept, sealed, behind the PIN.
    noor.open()
    expect(noor.at("home")).to_contain_text(noor.t("child.draft.kept"))
    noor.press("child.draft.button.1")
    noor.unlock()
    expect(noor.at("check")).to_contain_text("Dit staat er nog niet.")
    noor.send()
    noor.arrived()
    noor.press("child.common.4")


def test_what_was_written_without_the_pin_can_be_sent_unseen_and_says_so(noor: Phone, staff: dict[str, Desk]) -> None:
    noor.reopen()
    noor.at("home")
    noor.write("Geschreven op een dichte telefoon.")
    expect(noor.at("check")).to_contain_text(noor.t("child.send.nopin", worker="Sam en Vera").split(".")[0])
    noor.reopen()
    expect(noor.at("home")).to_contain_text(noor.t("child.draft.locked").split(".")[0])
    assert "dichte telefoon" not in noor.page.content()
    noor.press("child.draft.button.2")
    noor.arrived()
    noor.press("child.common.4")
    newest(staff["Vera"], "Geschreven op een dichte telefoon.")
    article = staff["Vera"].page.locator("article[data-entry]").filter(has_text="dichte telefoon")
    expect(article.locator('[data-mark="nopin"]')).to_be_visible()
    assert article.get_attribute("data-author") == "verified"


def test_a_wrong_pin_is_counted_and_the_right_one_opens(noor: Phone) -> None:
    noor.reopen()
    noor.at("home").get_by_role("button", name=noor.t("child.home.4")).click()
    noor.unlock("86420")
    expect(noor.page.get_by_text(noor.t("child.pin.wrong", n=9))).to_be_visible()
    noor.type_pin(PIN)
    noor.at("messages")


def test_i_am_not_safe_stands_first_on_both_desks_and_the_child_sees_who_saw_it(
    noor: Phone, staff: dict[str, Desk]
) -> None:
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    calls = noor.at("unsafe").locator('a[href="tel:112"]')
    expect(calls.first).to_be_visible()
    noor.press("child.unsafe.button.2")
    alert = noor.at("alert")
    expect(alert).to_contain_text(noor.t("child.unsafe.sent", time="@").split("@")[0].strip())
    alert.get_by_label(noor.t("child.unsafe.reach.4"), exact=True).check()
    noor.press("child.send.button.1")
    expect(alert).to_contain_text(noor.t("child.unsafe.told", worker="Sam", second="Vera").split(".")[0])
    for name in ("Sam", "Vera"):
        desk = staff[name]
        desk.go("children")
        desk.go("today")
        expect(desk.page.locator("[data-flag]").first).to_contain_text("Noor")
    staff["Vera"].page.locator("[data-seen]").first.click()
    noor.open()
    mine = noor.messages()
    expect(mine).to_contain_text("Vera")
    # How it may be reached was sealed, and is on the desk of whoever opens it.
    newest(staff["Sam"], noor.t("child.unsafe.reach.4"))
    expect(staff["Iris"].page.locator("[data-flag]")).to_have_count(0)


def test_a_child_says_that_what_was_done_is_not_right(house: House, noor: Phone, staff: dict[str, Desk]) -> None:
    sam = staff["Sam"]
    noor.open()
    noor.write("Ik wil op dinsdag naar voetbal.")
    noor.send()
    noor.arrived()
    newest(sam, "naar voetbal")
    article = sam.page.locator("article[data-entry]").filter(has_text="naar voetbal")
    article.locator("[data-answer]").click()
    form = sam.page.locator('[data-part="answer"]')
    form.get_by_role("radio", name=sam.t("work.reply.outcome.3"), exact=True).check()
    form.locator('[data-act="send"]').click()
    # Not done needs a reason.
    expect(form).to_contain_text(sam.t("work.reply.needreason"))
    form.locator('textarea[name="answer"]').fill("Op dinsdag rijdt er geen bus.")
    form.locator('[data-act="send"]').click()
    expect(article.locator("[data-reply]")).to_contain_text("geen bus")

    noor.open()
    said = noor.messages().locator("article").filter(has_text="naar voetbal")
    expect(said).to_contain_text("geen bus")
    said.get_by_role("button", name=noor.t("child.state.respond")).first.click()
    react = noor.at("react")
    expect(react).to_contain_text(noor.t("child.react.counted"))
    react.get_by_label(noor.t("child.react.2"), exact=True).check()
    react.locator("textarea").fill("Er rijdt wel een bus.")
    react.get_by_role("button", name=noor.t("child.send.to", names="Sam en Vera")).click()
    noor.arrived()
    sam.go("today")
    sam.open_child("Noor")
    reason = sam.page.locator('[data-part="reason"]')
    reaction = sam.page.locator("[data-reaction]")
    expect(reason.or_(reaction).first).to_be_visible()
    if reason.count():
        sam.read()
    expect(reaction).to_contain_text("Er rijdt wel een bus.")
    expect(reaction).to_contain_text(noor.t("child.react.2"))
    with closing(sqlite3.connect(f"file:{house.data / 'kindstem.db'}?mode=ro", uri=True)) as told:
        assert told.execute("select says from answer_reactions").fetchall() == [("no",)]


def test_the_child_sees_before_writing_who_is_away(noor: Phone, staff: dict[str, Desk]) -> None:
    sam = staff["Sam"]
    sam.go("away")
    sam.page.locator("#away-until").fill((local_day(datetime.now(UTC)) + timedelta(days=6)).isoformat())
    sam.page.get_by_role("button", name=sam.t("work.away.set"), exact=True).click()
    expect(sam.page.locator('[data-away="set"]')).to_be_visible()
    noor.open()
    expect(noor.at("home")).to_contain_text(noor.t("child.away.2", name="Vera"))
    sam.page.get_by_role("button", name=sam.t("work.away.end"), exact=True).click()
    expect(sam.page.locator('[data-away="none"]')).to_be_visible()


def test_when_the_phone_is_looked_at_only_marks_go_back(house: House, browser: Browser, staff: dict[str, Desk]) -> None:
    sam = staff["Sam"]
    sam.add_child("Fenna")
    fragment, _ = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    phone.link(sam, fragment, looked_at="child.phone.answer.2")
    phone.write("Hij keek vandaag.")
    phone.send()
    phone.arrived()
    sam.open_child("Fenna")
    sam.read()
    expect(sam.page.locator('[data-watched="true"]')).to_be_visible()
    article = sam.page.locator("article[data-entry]").filter(has_text="Hij keek vandaag.")
    article.locator("[data-answer]").click()
    form = sam.page.locator('[data-part="answer"]')
    # Talked about, done, and that it is still open: three that need no words.
    expect(form.get_by_role("radio")).to_have_count(3)
    expect(form.locator('[data-act="voice"], [data-act="draw"]')).to_have_count(0)
    form.get_by_role("radio", name=sam.t("work.reply.outcome.1"), exact=True).check()
    form.locator('textarea[name="answer"]').fill("Dit zeg ik pas op school.")
    form.locator('[data-act="send"]').click()
    expect(article.locator("[data-reply]")).to_have_count(1)
    phone.press("child.common.4")
    mine = phone.messages()
    expect(mine.locator("article").filter(has_text="Hij keek vandaag.").locator(".stem")).to_contain_text(
        phone.t("child.state.short.3")
    )
    assert "pas op school" not in mine.inner_text()
    # Nor do the words beside an alert, that it was set and what kind of step comes next apart.
    phone.open()
    phone.at("home")
    phone.page.get_by_role("button", name=phone.t("child.home.9"), exact=True).click()
    phone.at("unsafe")
    phone.press("child.unsafe.button.2")
    phone.at("alert")
    sam.open_child("Fenna")
    steps = sam.page.locator("[data-steps]")
    expect(steps).to_contain_text(sam.t("work.flag.form.alone"))
    steps.get_by_role("radio", name=sam.t("work.flag.next.2"), exact=True).check()
    steps.locator("textarea").fill("Morgen op het schoolplein.")
    steps.locator('[data-act="flag-keep"]').click()
    expect(sam.page.get_by_text(sam.t("work.flag.open.reached"))).to_be_visible()
    phone.open()
    mine = phone.messages()
    expect(mine.locator("article").filter(has_text="Hij keek vandaag.")).to_be_visible()
    expect(mine.get_by_text("schoolplein")).to_have_count(0)
    phone.context.close()


def test_a_lost_phone_goes_off_when_another_is_linked_and_nothing_is_lost_to_the_readers(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    sam, vera = staff["Sam"], staff["Vera"]

    def phone_of(fragment: str) -> Phone:
        phone = Phone(house, context(browser, PHONE))
        phone.link(sam, fragment)
        return phone

    sam.add_child("Lena")
    lost = phone_of(sam.show_code()[0])
    lost.write("Van mijn oude telefoon.")
    lost.send()
    lost.arrived()
    sam.open_child("Lena")
    sam.act("phone")
    sam.at("phone")
    sam.act("other-phone")
    sam.at("link")
    sam.act("link-other")
    fresh = phone_of(sam.show_code()[0])
    fresh.write("Van mijn nieuwe telefoon.")
    fresh.send()
    fresh.arrived()
    lost.open()
    expect(lost.at("home")).to_contain_text(lost.t("child.error.off", worker="Sam", second="Vera").split(".")[0])
    for desk in (sam, vera):
        desk.open_child("Lena")
        desk.read()
        for words in ("Van mijn oude telefoon.", "Van mijn nieuwe telefoon."):
            article = desk.page.locator("article[data-entry]").filter(has_text=words)
            expect(article).to_have_count(1)
            assert article.get_attribute("data-author") == "verified"
    fresh.open()
    mine = fresh.messages()
    expect(mine).to_contain_text("Van mijn nieuwe telefoon.")
    assert not fresh.faults
    lost.context.close()
    fresh.context.close()


def test_a_desk_that_is_not_the_newest_any_more_says_so_and_is_loaded_anew(staff: dict[str, Desk]) -> None:
    sam = staff["Sam"]
    page = sam.page
    sam.go("children")
    expect(page.locator('[data-part="newer"]')).to_be_empty()

    def updated(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers=answer.headers | {"kindstem-desk": "/built/desk-ANOTHER0.js"})

    page.route("**/desk/api/children", updated, times=1)
    sam.go("today")
    expect(page.locator('[data-part="newer"]')).to_contain_text(sam.t("work.newer"))
    sam.act("reload")
    sam.at("unlock")
    page.locator('input[type="password"]').fill(sam.phrase)
    sam.act("unlock")
    sam.at("today")
    expect(page.locator('[data-part="newer"]')).to_be_empty()


@pytest.mark.usefixtures("noor")
def test_a_session_ends_with_the_person_and_the_desk_asks_again_after_a_reload(
    house: House, staff: dict[str, Desk]
) -> None:
    vera, iris = staff["Vera"], staff["Iris"]
    vera.page.reload()
    door = vera.at("unlock")
    assert "Noor" not in vera.page.content()
    door.locator('input[type="password"]').fill(vera.phrase)
    vera.act("unlock")
    vera.at("today")
    expect(vera.page.locator("[data-open]").filter(has_text="Noor").first).to_be_visible()

    house.kindstem("people", "deactivate", "--name", "Iris")
    iris.page.locator('[data-place="children"]').click()
    expect(iris.page.locator('body[data-screen="signin"]')).to_have_count(1)


def unheard(route: Route) -> None:
    """A request that arrives, and whose answer does not."""
    route.fetch()
    route.abort()


def test_a_pin_that_is_changed_while_the_phone_stops_loses_nothing(noor: Phone) -> None:
    noor.reopen()
    for broken in (True, False):
        noor.at("home").get_by_role("button", name=noor.t("child.home.5"), exact=True).click()
        noor.at("reading").get_by_role("button", name=noor.t("child.pin.change.1")).click()
        noor.unlock()
        screen = noor.at("pin-change")
        if broken:
            # The server takes the change, and the phone stops before it hears of it.
            noor.page.route("**/api/lock", unheard)
        for pin in (PIN, "95162", "95162"):
            heading = noor.page.get_by_role("heading", level=1)
            before = heading.inner_text()
            noor.type_pin(pin)
            expect(heading).not_to_have_text(before)
        if broken:
            expect(screen.locator(".status")).to_contain_text(".")
            noor.page.unroute("**/api/lock")
        else:
            expect(screen.get_by_role("button", name=noor.t("child.common.4"), exact=True)).to_be_visible()
        noor.reopen()
        noor.at("home")
        noor.messages(PIN if broken else "95162")
        noor.open()


def later(house: House, sql: str, *values: object) -> None:
    """What time does to the store, without the waiting: in the same turn file as every command beside the server."""
    with open(house.data / "kindstem.lock", "a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with closing(sqlite3.connect(house.data / "kindstem.db", isolation_level=None)) as db:
            db.execute(sql, values)


def test_a_lock_that_closed_opens_again_when_a_reader_resets_it_in_the_room(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    sam = staff["Sam"]
    sam.add_child("Mila")
    phone = Phone(house, context(browser, PHONE))
    phone.link(sam, sam.show_code()[0])
    phone.say("Van voor het slot dichtging.")
    phone.reopen()
    later(house, "update locks set failures = 9, next_at = null")
    phone.at("home").get_by_role("button", name=phone.t("child.home.4")).click()
    phone.unlock("86420")
    closed = phone.t("child.pin.locked", worker="Sam", second="Vera").split(".")[0]
    expect(phone.page.locator("main")).to_contain_text(closed)

    sam.open_child("Mila")
    sam.act("phone")
    sam.at("phone")
    sam.act("reset")
    sam.act("reset-yes")
    expect(sam.at("phone")).to_contain_text(sam.t("work.phone.reset.done", name="Mila").split(".")[0])
    phone.reopen()
    mine = phone.messages()
    expect(mine).to_contain_text("Van voor het slot dichtging.")
    expect(mine).to_contain_text(phone.t("child.readers.reset", name="Sam", date="@").split("@")[0].strip())
    phone.context.close()


def test_a_message_that_nobody_opened_comes_first_for_the_second_reader(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    sam, vera = staff["Sam"], staff["Vera"]
    sam.add_child("Finn")
    phone = Phone(house, context(browser, PHONE))
    phone.link(sam, sam.show_code()[0])
    phone.say("Hier wacht ik op.")
    child = sam.kindnummer("Finn")
    vera.go("today")
    row = vera.page.locator(f'[data-overdue="{child}"]')
    expect(row).to_have_count(0)
    later(house, "update entries set at = at - 10 * 86400 where child = ?", child)
    vera.go("children")
    vera.go("today")
    expect(row).to_contain_text(vera.t("work.today.overdue", name="Finn"))
    vera.open_child("Finn")
    vera.read()
    expect(vera.page.locator("article[data-entry]").filter(has_text="Hier wacht ik op.")).to_have_count(1)
    vera.go("today")
    expect(row).to_have_count(0)
    phone.context.close()
