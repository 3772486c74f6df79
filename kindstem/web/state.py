"""What a running server holds, opened when it starts."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from jinja2 import Environment
from starlette.requests import Request

from kindstem.access import Access
from kindstem.config import Config
from kindstem.domain import Org
from kindstem.keyfile import KeyFile
from kindstem.log import Log
from kindstem.store import Store
from kindstem.web.bundles import Bundles

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, by this computer."""
    return datetime.now(UTC)


@dataclass
class State:
    """The rooms' tools. One per application, in `app.state.kindstem`."""

    config: Config
    store: Store
    keys: KeyFile
    org: Org
    access: Access
    log: Log
    templates: Mapping[str, Environment]
    """By language."""
    clock: Clock
    bundles: Bundles
    alert: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a mail may be waiting, so that it goes out at once."""


def state_of(request: Request) -> State:
    """The tools, for a route."""
    found: State = request.app.state.kindstem
    return found
