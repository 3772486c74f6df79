"""What the people of the stories do in their browsers, by the words they see."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyotp
from playwright.sync_api import BrowserContext, Locator, Page, expect

from kindstem.words import Words
from tests.browser.house import House, watch

PIN = "40713"


def _text(words: Words, key: str, **values: str | int) -> str:
    return words.t(key, **values)


@dataclass
class Phone:
    """A child with a phone."""

    house: House
    context: BrowserContext
    page: Page = field(init=False)
    faults: list[str] = field(default_factory=list)
    called: str = ""
    """What the child wants the on-call service to call it, where there is one; empty for who would rather not say."""

    def __post_init__(self) -> None:
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.faults = watch(self.page)

    def t(self, key: str, **values: str | int) -> str:
        """A text of the child's app."""
        return _text(self.house.words, key, **values)

    def at(self, screen: str) -> Locator:
        """The screen, once it is shown."""
        main = self.page.locator(f'main[data-screen="{screen}"]')
        expect(main).to_be_visible()
        return main

    def press(self, key: str, **values: str | int) -> None:
        """Press the button with this text."""
        self.page.get_by_role("button", name=self.t(key, **values), exact=True).click()

    def on(self, key: str = "child.common.1") -> None:
        """Press the button with this text ("next"), and wait for the screen it leads to."""
        left = self.page.locator("main").element_handle()
        self.press(key)
        self.page.wait_for_function("(left) => !left.isConnected", arg=left)

    def open(self, fragment: str = "") -> None:
        """Open the app."""
        self.page.goto(f"{self.house.url}/{fragment}")

    def reopen(self) -> None:
        """Close the tab and open another."""
        old = self.page
        self.page = self.context.new_page()
        old.close()
        self.faults = watch(self.page)
        self.open()

    def read_along(self) -> None:
        """Go through who reads and what to know, up to the six digits."""
        self.at("readers")
        self.press("child.enrol.button.1")
        for at in range(7):
            self.at("know")
            expect(self.page.get_by_text(self.t("child.know.step", n=at + 1, all=7))).to_be_visible()
            self.press("child.know.ready.1" if at == 6 else "child.common.1")
        self.at("phone")

    def say_of_phone(self, key: str | None = "child.phone.answer.1") -> None:
        """Answer whether somebody looks in the phone."""
        if key:
            self.page.get_by_role("radio", name=self.t(key), exact=True).check()
            self.press("child.common.1")
        else:
            self.press("child.common.3")
        self.at("compare")

    def digits(self) -> str:
        """The six digits on the screen."""
        return re.sub(r"\D", "", self.at("compare").locator(".digits").inner_text())

    def type_pin(self, pin: str = PIN) -> None:
        """Tap a PIN."""
        for digit in pin:
            self.page.locator(".pad").get_by_role("button", name=digit, exact=True).click()

    def choose_pin(self, pin: str = PIN) -> None:
        """Choose the lock, typed twice."""
        self.at("pin")
        self.type_pin(pin)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.t("child.pin.again").split(".")[0])
        self.type_pin(pin)
        asked = self.page.locator('main[data-screen="called"], main[data-screen="linked"]')
        expect(asked).to_be_visible(timeout=30_000)
        if asked.get_attribute("data-screen") == "called":
            self.say_name()
        self.at("linked")

    def say_name(self) -> None:
        """Say what the on-call service may call the child, or skip it."""
        if self.called:
            self.at("called").get_by_label(self.t("child.service.called.field")).fill(self.called)
        self.press("child.common.1" if self.called else "child.common.3")

    def link(self, desk: "Desk", fragment: str, *, looked_at: str | None = None) -> None:
        """Be linked in the room by the square on a professional's screen, up to the first page."""
        self.open(fragment)
        self.read_along()
        self.say_of_phone(looked_at)
        assert desk.digits() == self.digits()
        desk.act("same")
        self.choose_pin()
        self.press("child.enrol.next.2")

    def unlock(self, pin: str = PIN) -> None:
        """Type the PIN where it is asked."""
        self.at("unlock")
        self.type_pin(pin)

    def home(self) -> None:
        """Go to the first page, by opening it again."""
        self.at("home")

    def begin(self, door: str, circle: str) -> None:
        """Go through a door of the first page, and choose who may read."""
        self.at("home").get_by_role("button", name=self.t(door), exact=True).click()
        self.choose_readers(circle)
        self.press("child.common.1")

    def choose_readers(self, circle: str) -> None:
        """Choose who may read: `worker`, `confidant` or `self`."""
        card = {"worker": "read-worker", "confidant": "read-other", "self": "read-self"}[circle]
        names = {
            "read-worker": "Vera",
            "read-other": "Jo",
            "read-self": self.t("child.circle.3"),
        }
        self.at("who").get_by_role("radio", name=re.compile(names[card])).first.check()

    def skip_to(self, screen: str) -> None:
        """Skip questions until this one."""
        for _ in range(10):
            main = self.page.locator("main")
            expect(main).to_have_attribute("data-screen", re.compile("."))
            now = main.get_attribute("data-screen")
            if now == screen:
                return
            self.on("child.common.3")
        raise AssertionError(f"no screen {screen}")

    def write(self, words: str, circle: str = "worker") -> None:
        """Write something, up to the last look."""
        self.begin("child.say.how.1", circle)
        self.at("say").locator("textarea").fill(words)
        self.on()
        self.skip_to("check")

    def say(self, words: str, circle: str = "worker") -> None:
        """Write something and send it; back on the first page once it arrived."""
        self.write(words, circle)
        self.send()
        self.arrived()
        self.press("child.common.4")

    def send(self) -> None:
        """Send what is in hand."""
        self.at("check")
        name = re.compile(f"^({re.escape(self.t('child.send.keep'))}|{self.t('child.send.to', names='.+')})$")
        self.page.get_by_role("button", name=name).click()
        self.at("sent")

    def arrived(self) -> None:
        """Wait until the app says that it arrived."""
        expect(self.at("sent").get_by_role("heading", level=1)).to_have_text(
            re.compile(re.escape(self.t("child.sent").split(".")[0])), timeout=30_000
        )

    def messages(self, pin: str = PIN) -> Locator:
        """Open "My messages", with the PIN when the app asks for it."""
        self.at("home").get_by_role("button", name=re.compile(f"^{re.escape(self.t('child.home.4'))}")).click()
        waiting = self.page.locator('main[data-screen="unlock"], main[data-screen="messages"]')
        expect(waiting).to_be_visible()
        if waiting.get_attribute("data-screen") == "unlock" or self.page.locator(".pad").count():
            self.unlock(pin)
        return self.at("messages")


@dataclass
class Desk:
    """A professional at the desk."""

    house: House
    context: BrowserContext
    name: str
    page: Page = field(init=False)
    faults: list[str] = field(default_factory=list)
    phrase: str = ""
    codes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.faults = watch(self.page)

    def t(self, key: str, **values: str | int) -> str:
        """A text of the desk."""
        return _text(self.house.words, key, **values)

    def at(self, screen: str) -> Locator:
        """The screen, once it is shown."""
        found = self.page.locator(f'[data-screen="{screen}"]:not(body)')
        expect(found).to_be_visible(timeout=30_000)
        return found

    def act(self, name: str) -> None:
        """Press the button of this act."""
        self.page.locator(f'[data-act="{name}"]').first.click()

    def first_sign_in(self) -> None:
        """Make keys, passphrase, second factor and recovery code, as the start code allows."""
        self.page.goto(f"{self.house.url}/desk/")
        self.at("signin")
        self.act("first")
        page = self.page
        page.locator('input[name="name"]').fill(self.name)
        page.locator('input[name="startcode"]').fill(self.house.startcodes[self.name])
        self.act("start")
        words = page.locator("[data-words] li")
        expect(words).to_have_count(7)
        given = words.all_inner_texts()
        self.phrase = " ".join(given)
        self.act("written")
        for field_ in page.locator("[data-word]").all():
            field_.fill(given[int(field_.get_attribute("data-word") or 0) - 1])
        self.act("checked")
        shown = page.locator("[data-totp]")
        expect(shown).to_be_visible()
        code = pyotp.TOTP(shown.get_attribute("data-totp") or "").at(datetime.now(UTC))
        page.locator('input[name="code"]').fill(code)
        self.act("finish")
        codes = page.locator("[data-codes] li")
        expect(codes).to_have_count(10, timeout=30_000)
        self.codes = codes.all_inner_texts()
        self.act("done")
        self.at("today")

    def sign_in(self) -> None:
        """Sign in with passphrase and a one-time code, as with the code app out of reach."""
        self.page.goto(f"{self.house.url}/desk/")
        self.at("signin")
        self.page.locator('input[name="name"]').fill(self.name)
        self.page.locator('input[type="password"]').fill(self.phrase)
        self.page.locator('input[name="code"]').fill(self.codes.pop())
        self.act("signin")
        self.at("today")

    def go(self, place: str) -> None:
        """Go to a place of the menu, and wait until it is shown anew.

        Where one is there already, the page before is still there for a moment: a button pressed in it is gone before
        it is let go.
        """
        left = self.page.locator("#words > *").first.element_handle()
        self.page.locator(f'[data-place="{place}"]').click()
        self.page.wait_for_function("(left) => !left.isConnected", arg=left)
        self.at(place)

    def introduce(self, name: str, number: str | None = None) -> Locator:
        """Open the introduction of a colleague; gives the page with the number."""
        self.go("colleagues")
        self.page.locator(f'[data-introduce="{name}"]').click()
        return self.at("introduce")

    def number(self) -> str:
        """The 30 digits that this screen shows for the pair."""
        return self.page.locator("[data-number]").get_attribute("data-number") or ""

    def type_number(self, number: str) -> None:
        """Type the number that the other reads aloud, and compare."""
        for box, group in zip(self.page.locator("input[aria-label]").all(), number.split(), strict=True):
            box.fill(group)
        self.act("compare")

    def add_child(self, name: str, *, level: str = "12", second: str = "Vera", confidant: str | None = None) -> None:
        """Add a child, up to the page that links its phone."""
        self.go("children")
        self.page.locator('[data-act="add"], [data-act="add-first"]').first.click()
        page = self.at("add")
        page.locator('input[name="child"]').fill(name)
        page.locator('input[name="age"]').fill("15" if level == "12" else "8")
        page.locator(f'input[value="{level}"]').check()
        page.get_by_label(second, exact=True).check()
        if confidant:
            page.get_by_label(confidant, exact=True).check()
        self.act("create")
        self.at("link")

    def show_code(self) -> tuple[str, str]:
        """Show square and start code; gives the fragment of the link and the code."""
        self.act("show-code")
        code = self.page.locator("[data-startcode]")
        expect(code).to_be_visible(timeout=30_000)
        link = self.page.locator("[data-link]").get_attribute("data-link") or ""
        return link[link.index("#") :] if "#" in link else "", code.get_attribute("data-startcode") or ""

    def digits(self) -> str:
        """The six digits on the screen."""
        shown = self.page.locator("[data-digits]")
        expect(shown).to_be_visible(timeout=30_000)
        return re.sub(r"\D", "", shown.inner_text())

    def kindnummer(self, name: str) -> str:
        """The number of the child that its readers call so."""
        self.go("children")
        return self.page.locator("[data-open]").filter(has_text=name).first.get_attribute("data-open") or ""

    def open_child(self, name: str) -> None:
        """Open a child's page."""
        self.go("children")
        self.page.locator("[data-open]").filter(has_text=name).first.click()
        self.at("child")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)

    def read(self, reason: int = 1) -> None:
        """Open what is new, with a reason."""
        name = self.t(f"work.read.reason.{reason}")
        self.page.get_by_role("radio", name=name, exact=True).check()
        self.act("open")


def selects(area: Locator, words: str) -> None:
    """Select words in a field with the keyboard alone: to their start, then letter by letter."""
    at = area.input_value().index(words)
    area.press("ControlOrMeta+Home")
    for _ in range(at):
        area.press("ArrowRight")
    for _ in words:
        area.press("Shift+ArrowRight")
