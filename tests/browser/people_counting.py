"""Somebody who counts, as a story has them: at the door of the numbers, on its pages, taking something along."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyotp
from playwright.sync_api import BrowserContext, Locator, Page, expect

from kindstem.words import Words
from tests.browser.house import House, watch
from tests.browser.sight import Sight


@dataclass
class Counting:
    """Somebody who counts, in a browser of their own."""

    house: House
    context: BrowserContext
    name: str
    page: Page = field(init=False)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.faults = watch(self.page)

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.house.url}/numbers/{path}")

    def act(self, name: str) -> None:
        self.page.locator(f'[data-act="{name}"]').first.click()

    def first_sign_in(self, sight: Sight | None = None) -> None:
        """A passphrase on paper, a code app, a recovery code; and no keys."""
        page = self.page
        self.open()
        expect(page.locator('[data-screen="signin"]')).to_be_visible()
        if sight:
            sight(page, "numbers: the door")
        self.act("first")
        page.locator('input[name="name"]').fill(self.name)
        page.locator('input[name="startcode"]').fill(self.house.startcodes[self.name])
        self.act("start")
        words = page.locator("[data-words] li")
        expect(words).to_have_count(7)
        given = words.all_inner_texts()
        self.act("written")
        for one in page.locator("[data-word]").all():
            one.fill(given[int(one.get_attribute("data-word") or 0) - 1])
        self.act("checked")
        shown = page.locator("[data-totp]")
        expect(shown).to_be_visible()
        code = pyotp.TOTP(shown.get_attribute("data-totp") or "").at(datetime.now(UTC))
        page.locator('input[name="code"]').fill(code)
        self.act("finish")
        expect(page.locator("[data-codes] li")).to_have_count(10)
        self.act("done")
        expect(page.locator(".places a").first).to_be_visible()

    def bundle(self) -> Path:
        """The audit bundle of the page where one is made, downloaded."""
        self.page.get_by_role("button", name=Words("nl").t("num.audit.make")).click()
        link = self.page.locator('[data-bundle="ready"] + p a')
        expect(link).to_be_visible()
        return self.download(link)

    def download(self, link: Locator) -> Path:
        """What this link or button gives."""
        with self.page.expect_download() as coming:
            link.click()
        return Path(coming.value.path())

    def go(self, place: str) -> None:
        self.page.locator(f'[data-place="{place}"]').click()
        expect(self.page.locator(f'[data-place="{place}"]')).to_have_attribute("aria-current", "page")
