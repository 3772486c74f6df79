"""Without mouse and without touch: a child says something, and a professional opens and answers it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Staff
from tests.browser.house import PHONE, House, context
from tests.browser.people import PIN, Desk, Phone
from tests.browser.people_talks import TalkDesk
from tests.browser.walk_child import SLOW

# Whoever cannot see where the keyboard is cannot use it.
_RING = """
  () => {
    const here = document.activeElement;
    const shown = here.matches(".pick > input") ? here.nextElementSibling : here;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    const { width, height } = shown.getBoundingClientRect();
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 1 && height > 1;
  }
"""
_WHERE = "() => document.activeElement.outerHTML.slice(0, 120)"


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it is there; each stop on the way must be seen."""
    expect(wanted).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        on_body = page.evaluate("() => document.activeElement === document.body")
        assert on_body or page.evaluate(_RING), f"no ring around {page.evaluate(_WHERE)}"
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go somewhere with Tab and press a key there."""
    tab_to(page, wanted)
    page.keyboard.press(key)


def onward(page: Page, nth: int = 1) -> None:
    """Press one of the big buttons of a child's page."""
    press(page, page.locator("main .acts").last.locator("> button").nth(nth - 1))


@pytest.fixture(scope="module")
def sam(house: House, browser: Browser) -> Iterator[Desk]:
    """Sam, who knows Vera, at the desk."""
    made = Staff(house, browser, introduced=[("Sam", "Vera")])["Sam"]
    yield made
    made.context.close()


def test_from_a_child_to_its_answer_by_keyboard_alone(house: House, browser: Browser, sam: Desk) -> None:
    phone = Phone(house, context(browser, PHONE))
    sam.add_child("Noor")
    fragment, _ = sam.show_code()
    phone.open(fragment)
    phone.read_along()
    phone.say_of_phone()
    assert sam.digits() == phone.digits()
    sam.act("same")
    sam.page.locator('[data-act="to-child"]').wait_for(timeout=SLOW)

    # The child, from its PIN on.
    page = phone.page
    for heading in ("child.pin.set", "child.pin.again"):
        said = phone.t(heading, n=5) if heading == "child.pin.set" else phone.t(heading)
        expect(phone.at("pin").get_by_role("heading", level=1)).to_contain_text(said.split(".")[0])
        page.keyboard.type(PIN)
    page.locator('main[data-screen="linked"]').wait_for(timeout=SLOW)
    onward(page, 2)
    home = phone.at("home")
    press(page, home.locator(".leaf .way").nth(3))
    phone.at("who")
    tab_to(page, page.locator("main input[type=radio]").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("main input[type=radio]").nth(1)).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(page.locator("main input[type=radio]").first).to_be_checked()
    page.keyboard.press("Space")
    expect(page.locator("main input[type=radio]:checked")).to_have_count(0)
    page.keyboard.press("Space")
    onward(page)
    phone.at("say")
    tab_to(page, page.locator("main textarea"))
    page.keyboard.type("Zonder muis getypt.")
    onward(page)
    phone.at("alone")
    onward(page, 2)
    phone.at("check")
    onward(page)
    phone.arrived()
    onward(page)
    phone.at("home")
    # Two presses of Escape are the way out.
    outside = page.locator("body").get_attribute("data-exit") or ""
    page.route(f"{outside}/**", lambda route: route.fulfill(body="weather"))
    with page.expect_request(f"{outside}/**"):
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    phone.context.close()

    # The professional, from the door on.
    desk = sam.page
    press(desk, desk.locator("#leave"))
    sam.at("signin")
    desk.keyboard.type("Sam")
    tab_to(desk, desk.locator('input[type="password"]'))
    desk.keyboard.type(sam.phrase)
    tab_to(desk, desk.locator('input[name="code"]'))
    desk.keyboard.type(sam.codes.pop())
    desk.keyboard.press("Enter")
    sam.at("today")
    press(desk, desk.locator("[data-new] [data-open]"))
    sam.at("child")
    reason = desk.locator('[data-part="reason"]')
    tab_to(desk, reason.locator("input").first)
    desk.keyboard.press("Space")
    press(desk, reason.locator('[data-act="open"]'))
    article = desk.locator("article[data-entry]").filter(has_text="Zonder muis getypt.")
    expect(article).to_be_visible(timeout=SLOW)
    press(desk, article.locator("[data-answer]"))
    form = desk.locator('[data-part="answer"]')
    tab_to(desk, form.get_by_role("radio").first)
    desk.keyboard.press("Space")
    desk.keyboard.press("ArrowRight")
    expect(form.locator('input[value="done"]')).to_be_checked()
    tab_to(desk, form.locator("textarea"))
    desk.keyboard.type("Ook zonder muis.")
    press(desk, form.locator('[data-act="send"]'))
    expect(article.locator("[data-reply]")).to_contain_text("Ook zonder muis.", timeout=SLOW)
    # Afterwards the keyboard is where it was, not at the top of the page.
    expect(article.locator("[data-answer]")).to_be_focused()


def test_a_talk_is_recorded_and_lent_by_keyboard_alone(sam: Desk) -> None:
    desk, talk = sam.page, TalkDesk(sam)
    talk.adds_without_phone("Daan")
    sam.open_child("Daan")
    press(desk, desk.locator('[data-part="talks"] [data-act="record"]'))
    sam.at("record")

    def choose(legend: str, moves: int) -> None:
        tab_to(desk, desk.get_by_role("group", name=sam.t(legend), exact=True).locator("input").first)
        desk.keyboard.press("Space")
        for _ in range(moves):
            desk.keyboard.press("ArrowRight")

    choose("work.record.held", 0)
    choose("work.record.long", 1)
    choose("work.record.how", 0)
    choose("work.record.who", 0)
    choose("work.record.planned", 1)
    choose("work.plan.where", 1)
    assert talk.counts() == "yes"
    # The way back leads to what stands before these questions.
    just = desk.locator('[data-act="just"]')
    while not just.evaluate("(element) => element === document.activeElement"):
        desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Enter")
    press(desk, desk.locator('[data-act="sign"]'))
    sam.at("confirm")
    press(desk, desk.locator('[data-confirm="kindmodus"]'))
    sam.at("kindmodus")
    press(desk, desk.locator('[data-act="kindmodus"]'))

    # The child, by keyboard too.
    expect(desk.locator('main[data-screen="tablet"]')).to_be_visible(timeout=SLOW)
    press(desk, desk.locator('[data-door="talk"]'))
    for screen in ("claim", "two"):
        expect(desk.locator(f'main[data-screen="{screen}"]')).to_be_visible(timeout=SLOW)
        tab_to(desk, desk.locator(".yesno input").first)
        desk.keyboard.press("Space")
        onward(desk)
    expect(desk.locator('main[data-screen="ended"]')).to_be_visible()
    onward(desk, 2)
    sam.at("signin")
    desk.keyboard.type("Sam")
    tab_to(desk, desk.locator('input[type="password"]'))
    desk.keyboard.type(sam.phrase)
    tab_to(desk, desk.locator('input[name="code"]'))
    desk.keyboard.type(sam.codes.pop())
    desk.keyboard.press("Enter")
    sam.at("child")
    expect(desk.locator('article[data-level="C"]')).to_have_count(1, timeout=SLOW)
