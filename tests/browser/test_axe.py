"""Every page and state of the child's app and of the desk, looked at with axe-core (WCAG 2.2 AA) and from every side:
light and dark, small and large, text of twice the size, right to left (docs/look.md)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Route, expect

from kindstem.words import Words
from tests.browser.conftest import meet
from tests.browser.house import DESK, PHONE, House, context
from tests.browser.malice import rows
from tests.browser.people import Desk, Phone
from tests.browser.people_talks import ActedPhone, TalkDesk
from tests.browser.sight import Sight
from tests.browser.walk_child import PICTURES, ChildWalk
from tests.browser.walk_desk import DeskWalk

# Many pages in one walk, each looked at eight times.
pytestmark = pytest.mark.timeout(900)

# What browsers of some years ago answer.
NO_ED25519 = """
  SubtleCrypto.prototype.generateKey = () => Promise.reject(new DOMException("unrecognized name", "NotSupportedError"));
"""
ENOUGH = {"child": 91, "desk": 63}
"""So many screens and states each audience has at the least: a walk that grew shorter is noticed."""


@pytest.fixture(scope="module")
def sight() -> Sight:
    """What looks, for the whole walk."""
    return Sight()


@pytest.fixture(scope="module")
def desks(house: House, browser: Browser, sight: Sight) -> Iterator[dict[str, Desk]]:
    """Sam, Vera and Jo with their keys; Sam's first sign-in was seen."""
    made = {name: Desk(house, context(browser, DESK), name) for name in ("Sam", "Vera", "Jo")}
    DeskWalk(made["Sam"], sight, "desk").first()
    for name in ("Vera", "Jo"):
        made[name].first_sign_in()
    yield made
    for desk in made.values():
        desk.context.close()


def test_the_desk_before_there_are_children(desks: dict[str, Desk], sight: Sight) -> None:
    walk = DeskWalk(desks["Sam"], sight, "desk")
    walk.beginning()
    for name in ("Vera", "Jo"):
        sight(desks[name].page, f"desk: today, {name}, empty")
    walk.meets(desks["Vera"])
    meet(desks["Sam"], desks["Jo"])
    walk.go("today", "no child yet")
    sight.found_nothing()


def test_a_child_of_fifteen_and_its_readers(
    house: House, browser: Browser, desks: dict[str, Desk], sight: Sight
) -> None:
    sam = DeskWalk(desks["Sam"], sight, "desk")
    child = ChildWalk(Phone(house, context(browser, PHONE)), sight, "child")
    sam.adds("Noor")
    child.stranger()
    sam.shows_code()
    sam.gone()
    fragment, _ = sam.desk.show_code()
    child.enrol(fragment, sam.desk)
    sam.not_the_same()
    expect(child.page.locator("main .status .note")).to_be_visible(timeout=30_000)
    child.look("compare, dropped")
    fragment, _ = sam.desk.show_code()
    child.enrol_again(fragment, sam.desk)
    sam.links("Noor")
    child.lock()
    child.empty()
    child.shuts()
    child.says_all()
    child.sends()
    child.nothing()
    child.offline()
    child.draft()
    child.unsafe()
    sam.today()
    sam.reads("Noor")
    sam.answers("Ik heb met de trainer gebeld. Je kunt dinsdag weer mee.")
    sam.documents("Noor")
    sam.around("Noor")
    sam.flagged("Noor")
    sam.prepares("Noor", "with words")
    vera = DeskWalk(desks["Vera"], sight, "desk, second reader")
    vera.today()
    vera.reads("Noor")
    sam.meldcode("Noor", vera.desk)
    child.opens()
    child.messages()
    child.written()
    child.readers()
    child.houses()
    child.rights()
    child.troubles()
    child.second_link(fragment)
    sam.offline()
    sam.comes_back()
    child.phone.context.close()
    sight.found_nothing()


def test_talks_at_the_desk(house: House, desks: dict[str, Desk], sight: Sight) -> None:
    sam = DeskWalk(desks["Sam"], sight, "desk")
    sam.page.goto(f"{house.url}/desk/")
    sam.page.locator('input[type="password"]').fill(sam.desk.phrase)
    sam.desk.act("unlock")
    sam.desk.at("today")
    sam.desk.add_child("Lina")
    lina = ActedPhone(house)
    lina.link(sam.desk)
    for who in (sam.person(), None):
        lina.asks(who)
    sam.wanted("Lina")
    sam.prepares("Lina", "nothing said")
    TalkDesk(sam.desk).adds_without_phone("Daan")
    sam.plans("Lina")
    sam.records("Lina", "Daan")
    sam.states("Lina")
    vera = DeskWalk(desks["Vera"], sight, "desk, second reader")
    vera.compares("Lina")
    vera.samples([talk for (talk,) in rows(house, "select hash from talks where type = 'talk'")])
    sam.lends("Daan")
    sight.found_nothing()


def test_a_child_of_eight_in_english(house: House, browser: Browser, desks: dict[str, Desk], sight: Sight) -> None:
    english = browser.new_context(viewport=DESK, locale="en-GB", permissions=["microphone"])  # type: ignore[arg-type]
    at_desk = Desk(replace(house, words=Words("en")), english, "Sam")
    at_desk.phrase, at_desk.codes = desks["Sam"].phrase, desks["Sam"].codes
    sam = DeskWalk(at_desk, sight, "desk in English")
    sam.signs_in()
    sam.adds("Mees", level="8")
    fragment = sam.shows_code()
    phone = Phone(replace(house, words=Words("en", "8")), context(browser, PHONE))
    child = ChildWalk(phone, sight, "young child in English", PICTURES)
    child.enrol(fragment, at_desk, phone=3)
    sam.links("Mees")
    child.lock()
    child.says_all()
    child.sends()
    child.unsafe()
    sam.reads("Mees")
    sam.watched()
    child.shuts()
    child.opens()
    child.back()
    child.readers()
    child.houses()
    for walk in (child, sam):
        assert walk.page.evaluate("() => document.documentElement.lang") == "en"
    for one in (english, phone.context):
        one.close()
    sight.found_nothing()


def test_where_it_does_not_work(house: House, browser: Browser, sight: Sight) -> None:
    phone = context(browser, PHONE)
    page = phone.new_page()
    for path, name in (("/nowhere", "child: no such page"), ("/desk/nowhere", "desk: no such page")):
        page.goto(f"{house.url}{path}")
        sight(page, name)

    # Opened under another name without TLS, as somebody in the same network would.
    def elsewhere(route: Route) -> None:
        here = route.request.url.replace("phone.test", "localhost")
        route.fulfill(response=route.fetch(url=here, headers={"host": "phone.test"}))

    page.route("http://phone.test:*/**", elsewhere)
    for path, name in (("/", "child: without https"), ("/desk/", "desk: without https")):
        page.goto(house.url.replace("localhost", "phone.test") + path)
        expect(page.locator("h1")).to_be_visible()
        sight(page, name)
    phone.close()

    bare = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    for path in ("/", "/desk/"):
        page = bare.new_page()
        page.goto(f"{house.url}{path}")
        expect(page.locator("noscript > *").first).to_be_visible()
    bare.close()

    old = context(browser, PHONE)
    old.add_init_script(NO_ED25519)
    page = old.new_page()
    page.goto(house.url)
    expect(page.locator("main h1")).to_contain_text(house.words.t("child.error.other.3", worker="").split(".")[0])
    sight(page, "child: a phone that is too old")
    page.goto(f"{house.url}/desk/")
    expect(page.locator('[data-screen="old"]:not(body)')).to_be_visible()
    sight(page, "desk: a browser that is too old")
    old.close()
    sight.found_nothing()


def test_the_walks_went_past_everything(sight: Sight) -> None:
    for audience, least in ENOUGH.items():
        assert len({name for name in sight.seen if name.startswith(audience)}) >= least
