"""A child's walk past everything there is to see, which calls somebody at each screen and each state of it.

It goes by what stands where and not by words, so that the same walk serves every language and level.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from kindstem.calendar import local_day
from tests.browser.people import PIN, Desk, Phone

See = Callable[[Page, str], None]
Secret = str | tuple[int, ...]

PICTURES = (4, 1, 9, 6)
NAMES = {"names": "Sam en Vera", "worker": "Sam", "second": "Vera"}
SLOW = 30_000
"""For what stretches a PIN or goes to the server and back, in milliseconds."""


@dataclass
class ChildWalk:
    """One child walking. `see` is called with the page and the name of what it shows."""

    phone: Phone
    see: See
    label: str
    secret: Secret = PIN

    @property
    def page(self) -> Page:
        """The page as it is now; a reopened app has another."""
        return self.phone.page

    def at(self, screen: str, state: str = "") -> Locator:
        """Wait for a screen, and have it seen."""
        main = self.phone.at(screen)
        self.look(f"{screen} {state}".strip())
        return main

    def look(self, name: str) -> None:
        """Have what is shown now seen; every page says that it is for trying out."""
        expect(self.page.locator("#tryout")).to_be_visible()
        self.see(self.page, f"{self.label}: {name}")

    def tap(self, nth: int = 1) -> None:
        """Press one of the big buttons at the foot of the page."""
        self.page.locator("main .acts").last.locator("> button").nth(nth - 1).click()

    def told(self) -> None:
        """Wait until the page says something about what happened."""
        expect(self.page.locator("main .status .note").first).to_be_visible(timeout=SLOW)

    def door(self, nth: int) -> None:
        """Go through a door of the first page."""
        self.phone.at("home").locator(".leaf .way").nth(nth - 1).click()

    def tick(self, nth: int) -> None:
        """Choose the nth answer."""
        self.page.locator("main").locator("input[type=radio], input[type=checkbox]").nth(nth - 1).check()

    def back(self) -> None:
        """Go back as the page offers it."""
        self.page.locator(".top .round").first.click()

    def keys(self, secret: Secret) -> None:
        """Tap digits or pictures."""
        for one in secret:
            if isinstance(one, int):
                self.page.locator(".pad button").nth(one).click()
            else:
                self.page.locator(".pad").get_by_role("button", name=one, exact=True).click()

    # --- before it is linked ------------------------------------------------------------------------------------------

    def stranger(self) -> None:
        """What somebody sees who has no code yet."""
        self.phone.open()
        self.at("start")
        self.tap(2)
        self.at("code")
        self.tap()
        self.told()
        self.look("code too short")
        self.page.locator("#code").fill("0123456789ABCDEF")
        before = self.page.locator("main .status").inner_text()
        self.tap()
        expect(self.page.locator("main .status")).not_to_have_text(before, timeout=SLOW)
        self.look("code wrong")
        self.back()
        self.phone.at("start")
        self.tap()
        self.at("scan")
        self.back()
        self.page.locator("#help").click()
        self.at("help", "before linking")
        self.page.locator("[data-row=rights]").click()
        self.phone.at("rights").locator(".rows .row").nth(1).click()
        self.at("right", "before linking")
        for screen in ("rights", "help"):
            self.back()
            self.phone.at(screen)
        self.back()
        self.phone.at("start")

    def enrol(self, fragment: str, sam: Desk, *, phone: int | None = None) -> None:
        """Linking in the room, up to the six digits; `phone` is which answer is given about who looks in it."""
        self.page.goto("about:blank")
        self.phone.open(fragment)
        self.at("readers")
        self.tap(2)
        self.told()
        self.look("readers unknown")
        self.tap()
        for at in range(7):
            self.phone.at("know")
            expect(self.page.locator("main > p.center")).to_contain_text(str(at + 1))
            self.look(f"know {at + 1}")
            if at == 2:
                self.tap(2)
                self.told()
                self.look("know question")
            self.tap()
        self.phone.at("phone")
        if phone:
            self.tick(phone)
        self.look("phone")
        self.tap(1 if phone else 2)
        self.at("compare")
        assert sam.digits() == self.phone.digits()

    def enrol_again(self, fragment: str, sam: Desk) -> None:
        """Linking once more, past what has been seen."""
        self.page.goto("about:blank")
        self.phone.open(fragment)
        self.phone.read_along()
        self.phone.say_of_phone(None)
        assert sam.digits() == self.phone.digits()

    def lock(self) -> None:
        """Choosing what opens it: too easy, and then twice the same."""
        self.at("pin")
        self.keys("12345" if isinstance(self.secret, str) else (1, 1, 1, 1))
        self.told()
        self.look("pin too easy")
        self.keys(self.secret)
        expect(self.page.locator(".pins i.on")).to_have_count(0)
        self.look("pin again")
        self.keys(self.secret)
        self.phone.page.locator('main[data-screen="linked"]').wait_for(timeout=SLOW)
        self.at("linked")
        self.tap(2)
        self.at("home", "first")

    # --- saying something ---------------------------------------------------------------------------------------------

    def says_all(self) -> None:
        """One message with everything in it, each question seen; up to the last look."""
        self.door(1)
        self.phone.at("who")
        self.tap()
        self.told()
        self.look("who nobody")
        self.tick(1)
        self.look("who chosen")
        self.tap()
        self.phone.at("mood")
        self.tick(2)
        self.look("mood")
        self.tap()
        self.phone.at("feel")
        self.tick(3)
        self.page.locator("#own-word").fill("een beetje gek")
        self.look("feel")
        self.tap()
        self.at("safe")
        self.tick(4)
        self.look("safe chosen")
        self.page.locator("main > .btn.bare").click()
        expect(self.page.locator(".places > section")).to_have_count(2)
        self.page.locator("#place-1").fill("Papa")
        self.look("safe two places")
        self.page.locator(".places > section").last.locator(".btn.bare").click()
        self.tap_first()
        self.phone.at("where")
        self.tick(1)
        self.look("where")
        self.tap()
        self.say()
        self.phone.at("want")
        self.tick(2)
        self.look("want")
        self.tap()
        self.phone.at("share")
        self.tick(1)
        self.look("share")
        self.tap()
        self.phone.at("alone")
        self.tick(2)
        self.look("alone")
        self.tap()
        self.at("check")

    def tap_first(self) -> None:
        """Press the button that goes on, where others stand apart from it."""
        self.page.locator("main .acts > .btn.full:not(.plain, .bare, .alarm)").first.click()

    def say(self) -> None:
        """Text, voice and drawing."""
        self.phone.at("say")
        page = self.page
        modes = page.locator(".modes input")
        modes.nth(0).check()
        page.locator("main textarea").fill("Ik wil weer naar voetbal. En ik wil weten wanneer ik oma zie.")
        self.look("say text")
        modes.nth(1).check()
        expect(page.locator("button.record")).to_be_visible()
        self.look("say voice")
        page.locator("button.record").click()
        expect(page.locator(".recorder .time")).to_contain_text("0:01", timeout=15_000)
        page.locator(".recorder .keys button").click()
        self.look("say voice paused")
        page.locator("button.record").click()
        expect(page.locator(".recorded")).to_be_visible()
        self.look("say voice done")
        modes.nth(2).check()
        self.draw()
        self.look("say drawing")
        page.locator("button.tool").nth(1).click()
        self.look("say drawing sure")
        page.locator(".sure button").nth(1).click()
        self.tap()

    def draw(self) -> None:
        """Draw a house with a finger."""
        box = self.page.locator("svg.live-sheet").bounding_box()
        assert box
        walls = [(60, 200), (60, 110), (150, 50), (240, 110), (240, 200), (60, 200)]
        for line in (walls, [(130, 200), (130, 150), (170, 150), (170, 200)]):
            points = [(box["x"] + x * box["width"] / 300, box["y"] + y * box["height"] / 300) for x, y in line]
            self.page.mouse.move(*points[0])
            self.page.mouse.down()
            for x, y in points[1:]:
                self.page.mouse.move(x, y, steps=4)
            self.page.mouse.up()

    def sends(self) -> None:
        """What else can be said, throwing away, and on its way."""
        self.page.locator("main .keys .btn").first.click()
        self.at("add")
        self.back()
        self.phone.at("check")
        self.tap(2)
        self.at("draft", "thrown away?")
        self.tap(2)
        self.phone.at("check")
        self.tap()
        self.phone.at("sent")
        expect(self.page.locator("main .stem")).to_be_visible(timeout=SLOW)
        self.look("sent")
        self.tap()
        self.phone.at("home")

    def types(self, text: str) -> None:
        """Type something for the jeugdbeschermer, up to the last look."""
        self.door(4)
        self.phone.at("who")
        self.tick(1)
        self.tap()
        self.phone.at("say")
        if text:
            self.page.locator("main textarea").fill(text)
        self.tap()
        self.phone.at("alone")
        self.tap(2)
        self.phone.at("check")

    def nothing(self) -> None:
        """A message without anything in it."""
        self.types("")
        self.look("check nothing in it")
        self.tap()
        self.phone.at("draft")
        self.tap()
        self.phone.at("home")

    def offline(self) -> None:
        """Said without network: it stays, and goes later."""
        self.phone.context.set_offline(True)
        self.types("Zonder internet.")
        self.tap()
        self.phone.at("sent")
        expect(self.page.locator("main .sent svg")).to_be_visible(timeout=SLOW)
        self.look("sent offline")
        self.tap()
        expect(self.phone.at("home").locator("[role=status] .note")).to_be_visible()
        self.look("home unsent")
        self.phone.context.set_offline(False)
        expect(self.page.locator("main [role=status] .note")).to_have_count(0, timeout=SLOW)

    def draft(self) -> None:
        """Begun, and there again; closed, and there again with the lock shut."""
        self.types("Nog niet af.")
        self.page.evaluate("() => history.go(-4)")
        expect(self.phone.at("home").locator(".kept")).to_be_visible()
        self.look("home with something begun")
        self.phone.reopen()
        expect(self.phone.at("home").locator(".kept")).to_be_visible(timeout=SLOW)
        self.look("home with something sealed")
        self.page.locator(".kept .acts button").last.click()
        self.phone.at("draft")
        self.tap()
        expect(self.phone.at("home").locator(".kept")).to_have_count(0)

    # --- three houses, and rights -------------------------------------------------------------------------------------

    def houses(self) -> None:
        """A house drawn and put away, found again and sent; and what was made before. The lock is open."""
        self.phone.at("home").locator("[data-row=three]").click()
        self.at("houses")
        self.page.locator("button[data-house=good]").click()
        self.phone.at("who")
        self.tick(1)
        self.tap()
        modes = self.phone.at("say").locator(".modes input")
        modes.nth(0).check()
        self.look("house, first way")
        modes.nth(1).check()
        expect(self.page.locator("button.record")).to_be_visible()
        self.look("house, voice")
        modes.nth(2 if isinstance(self.secret, str) else 0).check()
        self.draw()
        self.look("house, drawing")
        self.page.locator("main > .acts > .btn.plain").click()
        expect(self.phone.at("home").locator(".kept")).to_be_visible()
        self.page.locator("[data-row=three]").click()
        expect(self.phone.at("houses").locator("[data-house=good] small")).to_be_visible()
        self.look("houses, one begun")
        self.page.locator("button[data-house=good]").click()
        self.phone.at("say")
        self.tap()
        self.at("share", "of a house")
        self.tap(2)
        self.phone.at("alone")
        self.tap(2)
        self.at("check", "of a house")
        self.page.locator("main .keys .btn").first.click()
        self.at("add", "to a house")
        self.back()
        self.phone.at("check")
        self.tap()
        self.phone.at("sent")
        expect(self.page.locator("main .stem")).to_be_visible(timeout=SLOW)
        self.tap()
        self.phone.at("home").locator("[data-row=three]").click()
        self.phone.at("houses").locator("[data-row=read-worker]").click()
        expect(self.phone.at("houses-before").locator("[data-house=good]")).to_be_visible(timeout=SLOW)
        self.look("houses, made before")
        for screen in ("houses", "home"):
            self.back()
            self.phone.at(screen)

    def rights(self) -> None:
        """Each right, one after the other, from help."""
        self.page.locator("#help").click()
        self.phone.at("help").locator("[data-row=rights]").click()
        rows = self.at("rights").locator(".rows .row")
        count = rows.count()
        rows.first.click()
        for nth in range(count):
            expect(self.phone.at("right").locator("p.lead").first).to_be_visible()
            self.look(f"right {nth + 1}")
            if nth + 1 < count:
                left = self.page.locator("main").element_handle()
                self.page.locator("main .acts > .btn").first.click()
                self.page.wait_for_function("(left) => !left.isConnected", arg=left)
        self.tap()
        for screen in ("rights", "help"):
            self.phone.at(screen)
            self.back()
        self.phone.at("home")

    # --- reading ------------------------------------------------------------------------------------------------------

    def opens(self) -> None:
        """The lock: what it says when it is not right, and when it stays shut; then it opens."""
        self.phone.at("home").locator(".rows .row").first.click()
        self.at("unlock")
        self.tap()
        self.told()
        self.look("unlock forgotten")
        refusals: list[tuple[str, int, dict[str, int]]] = [
            ("lock-wrong", 403, {"left": 7}),
            ("lock-wait", 429, {"seconds": 240}),
            ("lock-closed", 423, {}),
        ]
        for code, status, facts in refusals:
            with answered(self.page, "**/api/unlock", status, {"error": {"code": code, "text": "", **facts}}):
                before = self.page.locator("main .status").inner_text()
                self.keys(self.secret)
                expect(self.page.locator("main .status")).not_to_have_text(before, timeout=SLOW)
                expect(self.page.locator(".pad-box[aria-busy]")).to_have_count(0)
                self.look(f"unlock {code}")
        self.keys(self.secret)
        self.page.locator('main[data-screen="messages"]').wait_for(timeout=SLOW)

    def empty(self) -> None:
        """My messages when there are none."""
        self.phone.at("home").locator(".rows .row").first.click()
        self.phone.at("messages")
        expect(self.page.locator("main .thread > *").first).to_be_visible(timeout=SLOW)
        self.look("messages, none")
        self.back()

    def shuts(self) -> None:
        """The lock shut by hand."""
        self.phone.at("home")
        self.page.locator(".top .round.word").first.click()
        expect(self.page.locator(".top .round.word:not(#aloud)")).to_have_count(0)
        self.look("home, locked")

    def messages(self) -> None:
        """My messages with answers, and what the child says about one."""
        self.phone.at("messages")
        expect(self.page.locator("main .answer").first).to_be_visible(timeout=SLOW)
        for fold in self.page.locator("main details summary").all():
            fold.click()
        self.look("messages")
        self.page.locator(".answer .btn.bare").first.click()
        self.phone.at("react")
        self.tick(1)
        self.page.locator("#own").fill("Ja, het was fijn.")
        self.look("react")
        self.tap()
        self.phone.at("sent")
        expect(self.page.locator("main .stem")).to_be_visible(timeout=SLOW)
        self.tap()
        self.phone.at("home")

    def written(self) -> None:
        """What is written about the child, and saying of it whether it is right. The lock is open."""
        self.phone.at("home").locator("[data-row=right-file]").click()
        self.phone.at("written")
        expect(self.page.locator(".rows .row")).to_be_visible(timeout=SLOW)
        self.look("written")
        self.page.locator(".rows .row").click()
        self.phone.at("paper")
        expect(self.page.locator('[data-part="paper"]')).to_have_attribute("data-ready", "true", timeout=SLOW)
        self.look("paper")
        self.page.locator("main .stack .btn:not(.bare)").last.click()
        self.phone.at("react")
        self.tick(1)
        self.look("react, of what is written")
        self.tap()
        self.phone.at("sent")
        expect(self.page.locator("main .stem")).to_be_visible(timeout=SLOW)
        self.tap()
        self.phone.at("home")

    def readers(self) -> None:
        """Who can read me, the number, and another PIN."""
        self.phone.at("home").locator("[data-row=who]").click()
        self.phone.at("reading").locator("details summary").first.click()
        expect(self.page.locator(".safety")).to_be_visible(timeout=SLOW)
        self.look("reading")
        self.page.locator("main .section .row").last.click()
        self.at("pin-change")
        self.keys(self.secret)
        expect(self.page.locator(".pins i.on")).to_have_count(0)
        self.keys("11111" if isinstance(self.secret, str) else (2, 2, 2, 2))
        self.told()
        self.look("pin-change too easy")
        self.back()
        self.phone.at("reading")
        self.back()
        self.at("home", "open")

    def unsafe(self) -> None:
        """The flag, from its question to having been a mistake; and help."""
        self.phone.at("home").locator(".way.alarm").click()
        self.at("unsafe")
        self.page.locator("main .card .btn.alarm").first.click()
        self.phone.at("alert")
        expect(self.page.locator("main > [role=status] h1")).to_be_visible()
        expect(self.page.locator("main > [role=status] p.soft.small")).to_have_count(0, timeout=SLOW)
        self.tick(1)
        self.look("alert")
        self.page.locator("main > .section .acts button").first.click()
        expect(self.page.locator("main > .section > .note")).to_be_visible(timeout=SLOW)
        self.page.locator("main .card > button").click()
        expect(self.page.locator("main .card .status .note")).to_be_visible(timeout=SLOW)
        self.look("alert, told and a mistake")
        self.page.locator("main > .acts > button").last.click()
        self.phone.at("home")
        self.page.locator("#help").click()
        self.at("help")
        self.back()
        self.phone.at("home")

    # --- talks --------------------------------------------------------------------------------------------------------

    def ours(self) -> None:
        """The page of talks, from the first one."""
        self.phone.at("home").locator(".rows .row").nth(1).click()
        self.phone.at("talks")

    def opened(self) -> None:
        """The page of talks, with the lock opened for it."""
        self.tap()
        self.phone.at("unlock")
        self.keys(self.secret)
        self.page.locator('main[data-screen="talks"] .thread > *').first.wait_for(timeout=SLOW)

    def asks(self) -> None:
        """A talk alone: with whom, who sees it, sent, open, with the lock shut, taken away. The lock is open."""
        door = self.phone.at("home").locator(".ways.section-s .way").first
        door.click()
        self.at("talk", "nothing asked")
        people = self.page.locator("main .rows button")
        people.first.click()
        self.at("talk-to")
        self.tap()
        self.phone.at("talk-asked")
        expect(self.page.locator("main [role=status] .note")).to_be_visible(timeout=SLOW)
        self.look("talk-asked")
        self.tap()
        self.phone.at("home").locator(".ways.section-s .way").first.click()
        self.phone.at("talk")
        asked = self.page.locator("main article")
        expect(asked).to_be_visible(timeout=SLOW)
        self.look("talk, one open")
        people.last.click()
        self.at("talk-to", "somebody independent")
        self.back()
        self.phone.at("talk")
        self.back()
        self.shuts()
        self.phone.at("home").locator(".ways.section-s .way").first.click()
        self.at("talk", "locked")
        self.page.locator("main .stack .btn").click()
        self.phone.at("unlock")
        self.keys(self.secret)
        self.phone.at("talk")
        asked.locator(".btn").click()
        self.at("talk-away")
        self.tap()
        self.phone.at("home")

    def afresh(self, fragment: str = "") -> None:
        """The app opened anew, perhaps by a square that the phone's own camera read."""
        self.page.goto("about:blank")
        self.phone.open(fragment)

    def no_talk(self) -> None:
        """Our talks when there are none, and with the lock shut; the ways in for a code."""
        self.ours()
        expect(self.page.locator("main .empty")).to_be_visible(timeout=SLOW)
        self.page.locator("main details summary").click()
        self.look("talks, none")
        self.back()
        self.shuts()
        self.ours()
        self.look("talks, locked")
        ways = self.page.locator("main .card button")
        ways.nth(0).click()
        self.at("talk-scan")
        self.tap()
        self.at("talk-code")
        self.page.locator("#code").fill("7K3M")
        self.tap()
        self.told()
        self.look("talk-code, too short")
        self.page.locator("#code").fill("7K3M-Q9XW")
        self.tap()
        expect(self.page.locator("main .status .note")).not_to_contain_text("4", timeout=SLOW)
        self.look("talk-code, unknown")

    def in_the_room(self, fragment: str) -> None:
        """A talk out of a square: put off, and then answered, with the square that answers it."""
        self.afresh(fragment)
        self.phone.at("claim")
        self.tap(2)
        self.at("put-off")
        self.afresh(fragment)
        self.at("claim")
        self.tap()
        self.told()
        self.look("claim, nothing chosen")
        self.tick(1)
        self.tap()
        self.phone.at("two")
        self.tick(1)
        self.look("two")
        self.tap()
        self.phone.at("answered")
        expect(self.page.locator("main [role=status] .note")).to_be_visible(timeout=SLOW)
        self.look("answered, with the square")
        self.tap()

    def not_for_me(self, fragment: str, name: str) -> None:
        """A square that does nothing here."""
        self.afresh(fragment)
        self.phone.at("talk-scan")
        self.told()
        self.look(f"talk-scan, {name}")

    def all_talks(self) -> None:
        """The list, and each kind of talk in it asked about; every one is answered with no."""
        self.afresh()
        self.ours()
        self.opened()
        self.page.locator("main details summary").click()
        self.look("talks")
        kinds = self.page.locator("main article").count()
        for nth in range(kinds):
            self.page.locator("main article").nth(nth).get_by_role("button").click()
            self.at("claim", f"talk {nth + 1}")
            self.tick(2)
            self.tap()
            waiting = self.page.locator('main[data-screen="different"], main[data-screen="answered"]')
            expect(waiting).to_be_visible(timeout=SLOW)
            if waiting.get_attribute("data-screen") == "different":
                self.tick(2)
                self.look("different")
                self.tap()
            self.phone.at("answered")
            expect(self.page.locator("main [role=status] .note")).to_be_visible(timeout=SLOW)
            self.look(f"answered, talk {nth + 1}")
            self.tap()
            self.ours()
            expect(self.page.locator("main article")).to_have_count(kinds, timeout=SLOW)
        self.look("talks, answered")
        with inbox(self.page, _strange):
            self.back()
            self.ours()
            expect(self.page.locator("main .thread > .note.heed")).to_be_visible(timeout=SLOW)
            self.look("talks, one of a stranger")

    def afterwards(self) -> None:
        """The question after a talk, on the first page of an open phone."""
        self.afresh()
        self.ours()
        self.opened()
        self.back()
        self.page.locator('main[data-screen="unlock"], main[data-screen="talks"], main[data-screen="home"]').wait_for()
        self.page.evaluate("() => history.go(-1)")
        expect(self.phone.at("home").locator(".thirds")).to_be_visible(timeout=SLOW)
        self.look("home, a question after a talk")
        first = self.page.locator(".kept h2").inner_text()
        self.page.locator(".kept .acts button").last.click()
        # Two quick taps are one answer: the second question has to be there before it is passed over.
        expect(self.page.locator(".kept h2")).not_to_have_text(first, timeout=SLOW)
        self.page.locator(".kept .acts button").last.click()
        expect(self.page.locator(".thirds")).to_have_count(0)

    def once_a_quarter(self) -> None:
        """The questions of a quarter, which come another time than those after a talk."""
        self.afresh()
        self.ours()
        self.opened()
        self.back()
        self.page.locator('main[data-screen="unlock"], main[data-screen="talks"], main[data-screen="home"]').wait_for()
        self.page.evaluate("() => history.go(-1)")
        card = self.phone.at("home").locator("section.kept")
        expect(card).to_be_visible(timeout=SLOW)
        self.look("home, asked whether it wants the questions of a quarter")
        card.locator(".acts button").first.click()
        expect(card.locator(".thirds")).to_be_visible()
        self.look("home, a question of a quarter")
        for _ in range(4):
            expect(card.locator(".thirds")).to_be_visible()
            title = card.locator("h2").inner_text()
            card.locator(".acts button").last.click()
            expect(self.page.get_by_role("heading", name=title, exact=True)).to_have_count(0)

    def alarmed(self) -> None:
        """A log that is not what it was."""

        def other(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, json={**answer.json(), "proofs": {}})

        self.page.route("**/api/log", other)
        self.afresh()
        expect(self.phone.at("home").locator(".note.heed button")).to_be_visible(timeout=SLOW)
        self.look("home, alarm")
        self.page.locator(".note.heed button").click()
        self.at("alarm", "locked")
        self.tap()
        self.phone.at("unlock")
        self.keys(self.secret)
        self.page.locator('main[data-screen="alarm"]').wait_for(timeout=SLOW)
        self.tap()
        self.told()
        self.look("alarm, saved")
        self.tap(2)
        self.phone.at("home")
        self.ours()
        expect(self.page.locator("main .row.alarm")).to_be_visible()
        self.look("talks, alarm")
        self.page.unroute("**/api/log")

    # --- what must not happen, and is said all the same ---------------------------------------------------------------

    def troubles(self) -> None:
        """Lists that are not right, a phone switched off, leave, somebody new, a second window."""
        troubles: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
            ("child.list.lower", _older),
            ("child.list.wrong", _false),
            ("child.error.off", _off),
            ("child.away.3", _away),
        ]
        for key, change in troubles:
            with inbox(self.page, change):
                self.page.reload()
                said = self.phone.at("home").locator(".stack .note").first
                expect(said).to_contain_text(self.phone.house.words.t(key, **NAMES), timeout=SLOW)
                self.look(f"home, {key}")
                if change in {_false, _away}:
                    self.door(1)
                    self.at("who", key)
        self.page.reload()
        expect(self.phone.at("home").locator(".stack .note")).to_have_count(0, timeout=SLOW)
        self.page.evaluate(FORGET_READERS)
        self.page.reload()
        self.at("new")
        self.tap(2)
        self.told()
        self.look("new, a question")
        self.tap()
        first = self.phone.page
        self.phone.at("home")
        self.phone.page = self.phone.context.new_page()
        self.phone.open()
        self.at("elsewhere")
        self.phone.page.close()
        self.phone.page = first

    def second_link(self, fragment: str) -> None:
        """Another link, on a phone that has been linked."""
        self.page.goto("about:blank")
        self.phone.open(fragment)
        self.at("again")


# The phone forgets that it has shown this list of readers: then they are new to the child.
FORGET_READERS = """
  () => new Promise((resolve, reject) => {
    const opening = indexedDB.open("start");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const store = opening.result.transaction("phone", "readwrite").objectStore("phone");
      store.get("phone").onsuccess = ({ target: { result } }) => {
        store.put({ ...result, shown: { ...result.shown, worker: 0 } }, "phone").onsuccess = () => {
          opening.result.close();
          resolve();
        };
      };
    };
  })
"""


@contextmanager
def answered(page: Page, where: str, status: int, value: dict[str, Any]) -> Iterator[None]:
    """As long as this lasts, the network answers this to one address."""
    page.route(where, lambda route: route.fulfill(status=status, json=value))
    try:
        yield
    finally:
        page.unroute(where)


@contextmanager
def inbox(page: Page, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """As long as this lasts, somebody on the way changes what the server tells a phone."""

    def pass_on(route: Route) -> None:
        answer = route.fetch()
        value = answer.json()
        change(value)
        route.fulfill(response=answer, json=value)

    page.route("**/api/inbox", pass_on)
    try:
        yield
    finally:
        page.unroute("**/api/inbox")


def _older(told: dict[str, Any]) -> None:
    told["lists"] = []


def _false(told: dict[str, Any]) -> None:
    told["lists"][0]["record"]["readers"][0]["name"] = "Bram"


def _off(told: dict[str, Any]) -> None:
    told["device"]["state"] = "revoked"


def _away(told: dict[str, Any]) -> None:
    today = local_day(datetime.now(UTC))
    for person in told["persons"]:
        person["away"] = {"from": today.isoformat(), "until": (today + timedelta(days=9)).isoformat()}


def _strange(told: dict[str, Any]) -> None:
    told["talks"].append({**told["talks"][0], "signed": {"record": {"t": "talk"}, "sigs": []}})
