"""Organisations and people for the stories."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.acted import Acted
from tests.browser.house import DESK, House, built, context
from tests.browser.people import Desk

# A page that is slow because the computer is busy is not wrong.
expect.set_options(timeout=30_000)

CAST = [("Sam", "worker"), ("Vera", "second"), ("Jo", "confidant"), ("Iris", "worker")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An organisation of Sam, Vera, Jo and Iris; nobody has signed in yet."""
    with built(tmp_path_factory.mktemp("house"), CAST) as made:
        yield made


class Staff(dict[str, Desk]):
    """Desks by name, each signed in where a test first asks for it."""

    def __init__(self, house: House, browser: Browser, *, introduced: list[tuple[str, str]]) -> None:
        super().__init__()
        self._house, self._browser = house, browser
        self._people = Acted(house, introduced=introduced).people

    def __missing__(self, name: str) -> Desk:
        known = self._people[name]
        self[name] = desk = Desk(
            self._house, context(self._browser, DESK), name, phrase=known.passphrase, codes=list(known.codes)
        )
        desk.sign_in()
        return desk


@pytest.fixture(scope="module")
def staff(house: House, browser: Browser) -> Iterator[Staff]:
    """The four of them with keys, introduced to each other as the work needs it.

    Their first sign-in was acted without a screen: story_heard and axe do it in browsers.
    """
    desks = Staff(house, browser, introduced=[("Sam", "Vera"), ("Sam", "Jo")])
    yield desks
    for desk in desks.values():
        desk.context.close()


def meet(one: Desk, other: Desk) -> None:
    """Two colleagues read their number to each other."""
    one.introduce(other.name)
    other.introduce(one.name)
    assert one.number() == other.number()
    number = one.number()
    for desk in (one, other):
        desk.type_number(number)
        desk.page.locator('[data-done="true"]').wait_for()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for what a phone keeps."""
    return tmp_path
