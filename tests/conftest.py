"""What every test may lean on."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.cast import Model, Town, build, copied

# The same examples each time, so that a run says something of what was changed; `KINDSTEM_EXPLORE=1` looks for others.
settings.register_profile("same", derandomize=True)
settings.register_profile("others", print_blob=True)
settings.load_profile("others" if os.environ.get("KINDSTEM_EXPLORE") else "same")

PROJECT = Path(__file__).resolve().parent.parent

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def chromium_here() -> str | None:
    """Debian's Chromium built without windows, a fifth less work for the processor; else the whole one."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's own folder."""
    return PROJECT


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium with a fake microphone and camera. Each person of a story takes a context of their own.

    For one module and not for the session: while Playwright is open its event loop runs in this thread, and a test
    that calls asyncio.run in another module would fail.
    """
    chromium = chromium_here()
    assert chromium, "Chromium is missing; ./dev setup installs it or says how"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A town at rest: the cast with their keys, two phones, nothing said yet. Built once, to be copied."""
    return build(tmp_path_factory.mktemp("town") / "data")


@pytest.fixture
def town(model: Model, tmp_path: Path) -> Iterator[Town]:
    """A running town of one's own."""
    with copied(model, tmp_path / "town") as found:
        yield found


@pytest.fixture
def town_with(model: Model, tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """A running town of one's own, under other settings."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Town:
            return stack.enter_context(copied(model, tmp_path / "town", **settings))

        yield make
