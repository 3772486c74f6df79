"""Organisations and people for the stories."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

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


@pytest.fixture(scope="module")
def staff(house: House, browser: Browser) -> Iterator[dict[str, Desk]]:
    """The four of them signed in, with keys, introduced to each other as the work needs it."""
    desks = {name: Desk(house, context(browser, DESK), name) for name, _ in CAST}
    for desk in desks.values():
        desk.first_sign_in()
    meet(desks["Sam"], desks["Vera"])
    meet(desks["Sam"], desks["Jo"])
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
