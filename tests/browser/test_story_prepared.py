"""A worker prepares a talk in one page, takes it along on one sheet, and answers a child that wants to talk with a day.

The child's words go through unaltered, with what it asked about them, and the day comes back beside its request.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from kindstem.wire import canonical
from tests.browser import canary
from tests.browser.conftest import Staff
from tests.browser.house import PHONE, House, built, context
from tests.browser.malice import Handset, rows
from tests.browser.people import Phone
from tests.browser.people_talks import SLOW, TalkDesk

pytestmark = pytest.mark.story_documented

CALLED = "Noor-Zilverspar"
SAID = "kraaiennest-hoog"
WHERE = "achter-de-bieb"
MARKED = [CALLED, SAID, WHERE]

TOLD = f"Bij ons is het {SAID}. Ik wil er iets over vragen."


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
def sam(staff: Staff) -> TalkDesk:
    """Sam, who records talks."""
    return TalkDesk(staff["Sam"])


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: Staff) -> Iterator[Phone]:
    """Noor of fifteen, with her phone."""
    phone = Phone(house, context(browser, PHONE))
    desk = staff["Sam"]
    desk.add_child(CALLED)
    phone.link(desk, desk.show_code()[0])
    expect(desk.page.locator('[data-stage="active"]')).to_be_visible(timeout=SLOW)
    yield phone
    assert not phone.faults
    phone.context.close()


@pytest.fixture(scope="module")
def daan(house: House, staff: Staff) -> Handset:
    """Daan of eight, whose phone is acted out."""
    sam = staff["Sam"]
    sam.add_child("Daan", level="8")
    phone = Handset.find(house, sam.show_code()[0])
    assert phone.answer()[0] == 200
    assert sam.digits() == phone.digits()
    sam.act("same")
    expect(sam.page.locator('[data-stage="active"]')).to_be_visible(timeout=SLOW)
    # Three weeks ago he asked for somebody independent, and for Sam.
    known = ask(phone, "/api/inbox", {"after": 0})["subj"]
    mine = str(sam.page.evaluate("() => fetch('/desk/api/me').then((one) => one.json()).then((me) => me.person.id)"))
    for to in (None, mine):
        signed = phone.acted.ask_to_talk(known, to, at=datetime.now(UTC) - timedelta(days=21))
        ask(phone, "/api/requests", {"signed": signed.json()})
    return phone


def chooses(phone: Phone, screen: str, name: str | int) -> None:
    """Choose one answer on a screen, and go on."""
    phone.at(screen)
    text = phone.t(name) if isinstance(name, str) else re.compile(rf"^{name}\b")
    phone.page.get_by_role("radio", name=text, exact=isinstance(name, str)).first.check()
    phone.on()


def prepares(desk: TalkDesk) -> Locator:
    """Open the page that prepares a talk with Noor, from her own page."""
    desk.desk.open_child(CALLED)
    desk.desk.act("prepare")
    page = desk.desk.at("prepare")
    expect(page).to_have_attribute("data-ready", "true", timeout=SLOW)
    return page


def pages(printed: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def ask(phone: Handset, path: str, value: Any) -> Any:
    """What the server says to a phone."""
    status, said = phone.signed("POST", path, canonical(value), Content_Type="application/json")
    assert status == 200, said
    return said


def much(number: int) -> dict[str, Any]:
    """A check-in with a number, a wish, a long text and a drawing or a sound."""
    options = ["Je mag erover praten met anderen.", "Vraag het eerst aan mij."]
    answers = [
        {"key": "child.mood", "prompt": "Hoe voel je je nu?", "options": list("abcde"), "value": 1 + number % 5},
        {"key": "child.safe", "prompt": "Hoe veilig voel je je?", "value": [{"home": None, "n": number % 11}]},
        {"key": "child.want", "prompt": "Wat wil je?", "options": ["niks", "iets anders"], "value": "iets anders"},
        {"key": "child.talk", "prompt": "Met wie wil je praten?", "options": ["Sam", "Vera"], "value": "Sam"},
        {"key": "child.share", "prompt": "Wat mag Sam ermee?", "options": options, "value": options[number % 2]},
    ]  # fmt: skip
    long = f"Bericht {number}. " + "Dan lopen we om de grote vijver en gooien takjes naar de eenden. " * 12
    parts: list[dict[str, Any]] = [{"kind": "text", "prompt": "Wat wil je vertellen?", "text": long}]
    if number % 3:
        stroke = {"colour": "#1d3f9a", "width": 14, "points": [100, 800, 500, 200, 900, 800, 100, 800]}
        parts.append({"kind": "drawing", "prompt": "Teken wat je wilt.", "size": [1000, 1000], "strokes": [stroke]})
    else:
        parts.append({"kind": "voice", "prompt": "Praten", "type": "audio/webm", "ms": 80_000, "bytes": 4})
    return {"v": 1, "level": "8", "lang": "nl", "answers": answers, "parts": parts}


def part(desk: TalkDesk, name: str) -> Locator:
    """One part of that page."""
    return desk.page.locator(f'.prepare [data-part="{name}"]')


def test_noor_tells_how_it_is_and_what_may_not_be_done_with_it(noor: Phone) -> None:
    noor.at("home").get_by_role("button", name=noor.t("child.home.1"), exact=True).click()
    noor.choose_readers("worker")
    noor.on()
    chooses(noor, "mood", "child.mood.4")
    noor.at("feel")
    noor.on("child.common.3")
    chooses(noor, "safe", 4)
    noor.at("where")
    noor.on("child.common.3")
    noor.at("say").locator("textarea").fill(TOLD)
    noor.on()
    chooses(noor, "want", "child.want.4")
    chooses(noor, "share", "child.share.3")
    chooses(noor, "alone", "child.alone.3")
    noor.send()
    noor.arrived()
    noor.press("child.common.4")


def test_she_asks_for_a_talk_and_says_where(noor: Phone) -> None:
    noor.at("home").get_by_role("button", name=noor.t("child.home.2"), exact=True).click()
    noor.at("talk").get_by_role("button", name="Sam", exact=True).click()
    noor.at("talk-to")
    noor.press("child.talk.send")
    noor.at("talk-asked")
    noor.press("child.talk.tell")
    noor.at("say").locator("textarea").fill(f"Woensdag na vieren, {WHERE}.")
    noor.on()
    noor.send()
    noor.arrived()
    noor.press("child.common.4")


@pytest.mark.promise("P7")
def test_sam_has_everything_on_one_page_and_noor_sees_for_what_it_was_opened(sam: TalkDesk, house: House) -> None:
    prepares(sam)
    words = part(sam, "words")
    article = words.locator("article").filter(has_text=TOLD)
    expect(article).to_have_count(1)
    expect(article).to_contain_text(sam.t("work.mark.notalone"))
    expect(words.locator("article")).to_have_count(2)
    expect(part(sam, "last")).to_have_text(sam.t("work.prep.nolast"))
    expect(part(sam, "scores").locator("svg.chart")).to_be_visible()
    expect(sam.page.locator('[data-requests="prepare"] [data-request]')).to_contain_text(sam.t("work.wish.nodate"))
    expect(part(sam, "promises").locator('[data-promise="asked"]')).to_have_count(1)
    strict = part(sam, "share").locator('[data-strict]')
    expect(strict).to_contain_text("Zeg niet tegen de mensen bij wie ik woon dat dit van mij komt.")
    expect(strict).to_contain_text(SAID)
    expect(part(sam, "siblings")).to_contain_text(sam.t("work.prep.sib.unknown"))
    expect(part(sam, "where")).to_contain_text(f"Woensdag na vieren, {WHERE}.")
    openers = part(sam, "openers")
    expect(openers.locator("> div > .bullets > li")).to_have_count(4)
    expect(openers).to_contain_text(sam.t("opener.stop"))
    # A question why would be none of ours.
    assert "aarom" not in openers.inner_text()
    assert {one for (one,) in rows(house, "select distinct reason from reads")} == {"prepare"}


def test_it_goes_on_one_sheet_with_the_kindnummer_for_the_name(sam: TalkDesk, tmp_path: Path) -> None:
    page = sam.page
    child = page.locator(".prepare [data-act=child]")
    expect(child).to_be_visible()
    head = page.locator(".one-sheet h1").text_content() or ""
    number = re.findall("K[0-9A-Z]{3}-[0-9A-Z]{5}", head)[0]
    printed = page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)
    assert pages(printed) == 1
    page.emulate_media(media="print")
    expect(page.locator(".one-sheet")).to_be_visible()
    expect(child).to_be_hidden()
    text = page.locator("body").inner_text()
    page.emulate_media(media="null")
    assert CALLED not in text
    for wanted in (number, TOLD, sam.t("work.prep.sheet.notalone"), WHERE, "Zeg niet tegen", sam.t("opener.stop")):
        assert wanted in text, wanted


def test_however_much_a_child_said_it_is_one_sheet_that_says_what_is_left_out(daan: Handset, sam: TalkDesk) -> None:
    for number in range(40):
        sound = () if number % 3 else (b"\x1aE\xdf\xa3",)
        daan.put(daan.say(much(number), attachments=sound))
    house = {"v": 1, "level": "8", "lang": "nl", "house": "worry", "answers": [], "parts": much(0)["parts"][:1]}
    daan.put(daan.say(house, kind="house"))
    daan.put(daan.say({"v": 1}, kind="flag"))
    page = sam.page
    sam.desk.open_child("Daan")
    sam.desk.act("prepare")
    expect(sam.desk.at("prepare")).to_have_attribute("data-ready", "true", timeout=SLOW)
    assert pages(page.pdf(prefer_css_page_size=True)) == 1
    # Newest first, and what did not fit is counted.
    words = page.locator(".one-sheet .word")
    expect(words.nth(0)).to_contain_text(sam.t("work.entry.kind.flag"))
    expect(words.nth(1)).to_contain_text(sam.t("child.house.name.2"))
    expect(words.nth(2)).to_contain_text("Bericht 39")
    left = sam.t("work.prep.sheet.left", n=42 - words.count())
    expect(page.locator(".one-sheet > section").first).to_contain_text(left)
    expect(page.locator(".one-sheet")).to_contain_text("[geluid, 1:20]")
    shown = part(sam, "words").locator("article")
    expect(shown).to_have_count(12)
    sam.desk.act("rest")
    expect(shown).to_have_count(42)
    expect(shown.nth(12)).to_be_focused()


def test_sam_answers_with_a_day_from_the_request_and_noor_sees_it_beside_hers(sam: TalkDesk, noor: Phone) -> None:
    page = sam.page
    prepares(sam)
    page.locator('[data-requests="prepare"] [data-plan]').click()
    sam.desk.at("plan")
    expect(page.get_by_text(sam.t("work.plan.answers", name=CALLED))).to_be_visible()
    day = datetime.now(UTC) + timedelta(days=6)
    page.locator('input[name="day"]').fill(day.strftime("%Y-%m-%d"))
    page.locator('input[name="begin"]').fill("16:15")
    sam.choose("work.plan.where", "school")
    sam.desk.act("sign-plan")
    sam.desk.at("child")
    row = page.locator("[data-request]")
    expect(row.locator('[data-dated]')).to_contain_text("16:15")

    noor.reopen()
    noor.at("home").get_by_role("button", name=noor.t("child.home.2"), exact=True).click()
    noor.at("talk")
    # Whoever holds the phone with its lock shut reads of no talk.
    expect(noor.page.locator("main")).not_to_contain_text("16:15")
    noor.press("child.talks.open")
    noor.unlock()
    card = noor.at("talk").locator("article")
    expect(card).to_contain_text(re.compile(r"Sam antwoordt: .*16:15\. Op school\."), timeout=SLOW)
    expect(card).to_contain_text(noor.t("child.talk.with", name="Sam").rstrip("."))


def test_the_record_opens_in_the_same_place_and_knows_nothing_yet(sam: TalkDesk) -> None:
    sam.desk.go("talks")
    plan = sam.page.locator('[data-plans="coming"] [data-prepare]')
    plan.click()
    expect(sam.desk.at("prepare")).to_have_attribute("data-ready", "true", timeout=SLOW)
    sam.desk.act("record-here")
    form = part(sam, "after")
    expect(form.get_by_role("heading", level=2)).to_be_focused()
    expect(form.locator('input[value="planned"]')).to_be_checked()
    for name in ("work.record.held", "work.record.how", "work.record.who"):
        group = sam.page.get_by_role("group", name=sam.t(name), exact=True)
        expect(group.locator("input:checked")).to_have_count(0)
    expect(sam.page.get_by_role("heading", level=1)).to_have_count(1)
    form.locator('[data-act="stop"]').click()
    expect(form.locator('[data-act="record-here"]')).to_be_focused()


@pytest.mark.usefixtures("daan")
def test_a_request_that_waits_too_long_comes_first_for_vera(staff: Staff) -> None:
    vera = staff["Vera"]
    vera.go("children")
    vera.go("today")
    due = vera.page.locator('[data-requests="due"] [data-due]')
    expect(due).to_have_count(2)
    expect(due.first).to_contain_text("Daan")
    # Noor's is younger, has its day, and waits below.
    expect(vera.page.locator('[data-requests="open"] [data-dated]')).to_contain_text("16:15")


@pytest.mark.promise("P1")
def test_the_server_never_saw_a_word_of_it(house: House) -> None:
    house.kindstem("backup", "-o", str(house.folder / "backup.db"))
    for word in MARKED:
        canary.self_test(word)
    places = {"what was received": bytes(house.wire.received), **canary.files(house.folder)}
    assert canary.found(MARKED, places) == []
