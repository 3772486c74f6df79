"""Every page and state of the child's talks, looked at as in test_axe.py, for a child of fifteen and one of eight."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from kindstem import talks
from kindstem.wire import time_text
from kindstem.words import Words
from tests.browser.acted import Acted, Case, first_code
from tests.browser.house import PHONE, House, context
from tests.browser.people import Phone
from tests.browser.sight import Sight
from tests.browser.walk_child import PICTURES, ChildWalk

# Many pages in one walk, each looked at eight times.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def acted(house: House) -> Acted:
    """Sam, Vera, Jo and Iris, who do the desk's part without a screen."""
    return Acted(house)


def of_every_kind(case: Case) -> None:
    """Talks as many as there are ways to show one: by video, with others, not held, changed, taken back; and a plan."""
    case.hand_in(case.talk(ago=timedelta(days=2), kind="video", planned="passing"))
    case.hand_in(case.talk(ago=timedelta(days=3), who="siblings", interpreter=True, place="outside"))
    now = case.sam.town.clock()
    case.hand_in(case.say("notheld", plan=None, start=time_text(now - timedelta(days=4)), reason="prevented"))
    gone = case.talk(ago=timedelta(days=5), place="office")
    named = talks.hash_of(gone.record)
    case.hand_in(gone)
    case.hand_in(case.say("withdrawal", first=named, prev=named, reason="double"))
    case.hand_in(case.say("plan", start=time_text(now + timedelta(days=6)), place="school"))


def walk(child: ChildWalk, case: Case, acted: Acted) -> None:
    """Past everything that has to do with talks."""
    child.asks()
    child.no_talk()
    case.vouch()
    child.not_for_me(first_code(case.talk(by=acted["Iris"])), "a stranger")
    child.in_the_room(first_code(case.talk()))
    of_every_kind(case)
    child.all_talks()


def test_talks_of_a_child_of_fifteen(house: House, browser: Browser, acted: Acted) -> None:
    sight = Sight()
    phone = Phone(house, context(browser, PHONE))
    child = ChildWalk(phone, sight, "child")
    case = acted.enrol(phone)
    phone.choose_pin()
    phone.press("child.enrol.next.2")
    walk(child, case, acted)
    child.alarmed()
    phone.context.close()
    sight.found_nothing()


def test_talks_of_a_child_of_eight_in_english(house: House, browser: Browser, acted: Acted) -> None:
    sight = Sight()
    phone = Phone(replace(house, words=Words("en", "8")), context(browser, PHONE))
    child = ChildWalk(phone, sight, "young child in English", PICTURES)
    case = acted.enrol(phone, level="8", lang="en")
    for _ in range(2):
        phone.at("pin")
        child.keys(PICTURES)
    phone.at("linked")
    phone.press("child.enrol.next.2")
    walk(child, case, acted)
    phone.context.close()
    sight.found_nothing()


def test_the_question_after_a_talk(house: House, browser: Browser, acted: Acted) -> None:
    sight = Sight()
    phone = Phone(house, context(browser, PHONE))
    child = ChildWalk(phone, sight, "child")
    case = acted.enrol(phone)
    phone.choose_pin()
    phone.press("child.enrol.next.2")
    case.vouch()
    case.hand_in(case.talk(ago=timedelta(days=1)))
    child.afterwards()
    child.once_a_quarter()
    phone.context.close()
    sight.found_nothing()
