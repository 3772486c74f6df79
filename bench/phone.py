"""What a child does on its phone, by the words on the screen."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from kindstem.words import Words

PIN = "40713"
WORDS = Words("nl")
STEPS = 7
"""What a child is told before its first message, one thing a screen."""

# On a machine that does much else a screen can take long; what is measured has a clock of its own.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def enrol(page: Page) -> None:
    """From the opened link to the first screen; the demonstration says yes to the digits by itself."""
    _at(page, "readers")
    _press(page, "child.enrol.button.1")
    for step in range(STEPS):
        _at(page, "know")
        expect(page.get_by_text(WORDS.t("child.know.step", n=step + 1, all=STEPS))).to_be_visible()
        _press(page, "child.know.ready.1" if step == STEPS - 1 else "child.common.1")
    _at(page, "phone")
    _press(page, "child.common.3")
    _at(page, "compare")
    _at(page, "pin")
    _type(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(WORDS.t("child.pin.again").split(".")[0])
    _type(page)
    # Somebody is on call in the demonstration: what they may call the child is a question that can be skipped.
    _at(page, "called")
    _press(page, "child.common.3")
    _at(page, "linked")
    _press(page, "child.enrol.next.2")
    _at(page, "home")


def write(page: Page, text: str) -> None:
    """A text for the worker and the second reader, written and not sent."""
    _press(page, "child.say.how.1")
    _at(page, "who").get_by_role("radio").first.check()
    _press(page, "child.common.1")
    _at(page, "say").locator("textarea").fill(text)
    _press(page, "child.common.1")
    _at(page, re.compile("^(?!say$)"))


def _at(page: Page, screen: str | re.Pattern[str]) -> Locator:
    main = page.locator("main[data-screen]")
    expect(main).to_have_attribute("data-screen", screen)
    return main


def _press(page: Page, key: str) -> None:
    page.get_by_role("button", name=WORDS.t(key), exact=True).click()


def _type(page: Page) -> None:
    for digit in PIN:
        page.locator(".pad").get_by_role("button", name=digit, exact=True).click()
