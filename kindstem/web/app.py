"""The application: what is opened when it starts, what runs beside the requests, and where everything hangs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from time import monotonic

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from kindstem import __version__, alerts, anchors, contacts, flags, messages, recounting
from kindstem.access import Access
from kindstem.config import Config
from kindstem.counts import answering
from kindstem.errors import KindstemError, SetupFault
from kindstem.keyfile import KeyFile
from kindstem.log import Log, ahead, ahead_text
from kindstem.store import Store
from kindstem.web import (
    answers,
    behind,
    child,
    desk,
    figures,
    leaving,
    meldcodes,
    numbers,
    pages,
    parts,
    raised,
    requests,
    setting,
    signin,
    standing,
    talks,
    teams,
)
from kindstem.web.bundles import Bundles
from kindstem.web.guard import Guard, refusal
from kindstem.web.state import Clock, State, wall_clock
from kindstem.words import ORIGINAL, Words

ALERT_EVERY = timedelta(minutes=1)
CHECKPOINT_EVERY = timedelta(minutes=1)
STAMP_EVERY = timedelta(minutes=15)
"""How often a time stamp is asked for: a conversation may be entered a day late at most, so this leaves room enough."""
TIDY_EVERY = timedelta(minutes=10)

log = logging.getLogger("kindstem")


def create_app(config: Config, *, clock: Clock = wall_clock) -> FastAPI:
    """The application for these settings. Nothing is opened before it starts.

    Raises SetupFault on start, when store or key file are missing or do not fit this version.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = await asyncio.to_thread(open_state, config, clock)
        app.state.kindstem = state
        log.info("Kindstem %s, SQLite %s", __version__, state.store.health().facts["sqlite"])
        await recounting.catch_up(state.store)
        beside = [asyncio.create_task(work(state)) for work in (_mail, _tidy, _log, _numbers)]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await state.bundles.close()
            with contextlib.suppress(KindstemError):
                await state.log.covering(now=state.clock())
            await asyncio.to_thread(state.store.close)

    app = FastAPI(
        title="Kindstem",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.add_middleware(Guard, config=config)
    for fault in (HTTPException, RequestValidationError):
        app.add_exception_handler(fault, refusal)
    app.router.routes.extend(child.busiest)
    for router in (
        *(pages.router, child.router, signin.router, desk.router, talks.router, requests.router, parts.router),
        *(raised.router, meldcodes.router, figures.router),
        *(numbers.router, teams.router, behind.router, standing.router, setting.router, leaving.router),
    ):
        app.include_router(router)
    return app


def open_state(config: Config, clock: Clock = wall_clock) -> State:
    """Store, key file and the rest, opened. Raises SetupFault."""
    keys = KeyFile.open(config.key_file)
    store = Store.open(config.database)
    try:
        org = store.read_sync(lambda r: r.org())
        if org is None:
            raise SetupFault("This store has no organisation yet. Run `kindstem init`.")
        if org.demo != config.demo:
            raise SetupFault(
                "This store belongs to the demonstration."
                if org.demo
                else "This store is not the demonstration's; the demonstration never touches another."
            )
        anchors.witnesses(config)
        log_kept = Log.open(store, config, now=clock())
    except BaseException:
        store.close()
        raise
    bundles = Bundles(store, config.data / "bundles")
    return State(
        config, store, keys, org, Access(store, keys, config), log_kept, answers.templates(), clock, bundles
    )


async def _mail(state: State) -> None:
    """Lets flags climb and sends waiting mails: at once when a flag was set, and again every minute."""
    said = Words(ORIGINAL)
    while True:
        state.alert.clear()
        try:
            await flags.climb(state.store, state.config, now=state.clock())
        except Exception as error:
            log.error("Flags could not be looked after (%s); it goes on in a minute.", type(error).__name__)
        try:
            await alerts.send_due(state.store, state.config, said, now=state.clock())
        except Exception as error:
            log.error("Mails could not be looked after (%s); it goes on in a minute.", type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(state.alert.wait(), ALERT_EVERY.total_seconds())


async def _tidy(state: State) -> None:
    """Forgets what has run out."""
    while True:
        try:
            await state.access.tidy(now=state.clock())
            await messages.tidy(state.store, now=state.clock())
            await contacts.tidy(state.store, now=state.clock())
            state.bundles.tidy(now=state.clock())
        except Exception as error:
            log.error("Tidying did not succeed (%s); it goes on in ten minutes.", type(error).__name__)
        await asyncio.sleep(TIDY_EVERY.total_seconds())


async def _numbers(state: State) -> None:
    """Keeps what the numbers are counted from in memory."""
    await answering.keep_warm(state.store, state.clock)


async def _log(state: State) -> None:
    """Signs a checkpoint over what nobody asked a receipt for, and has others sign and stamp the newest."""
    told: list[str] = []
    was_ahead = False
    stamped = -STAMP_EVERY.total_seconds()
    while True:
        await asyncio.sleep(CHECKPOINT_EVERY.total_seconds())
        try:
            await state.log.covering(now=state.clock())
            passed = monotonic()
            stamp = passed - stamped >= STAMP_EVERY.total_seconds()
            faults = await anchors.anchor(state.store, state.config, stamp=stamp, now=state.clock())
            by = await state.store.read(partial(ahead, now=state.clock()))
        except Exception as error:
            log.error("The log could not be looked after (%s); it goes on in a minute.", type(error).__name__)
            continue
        if stamp and not faults:
            stamped = passed
        # Said once, and not every minute for as long as it lasts.
        for fault in faults:
            if fault not in told:
                log.warning("%s", fault)
        told = faults
        if by is not None and not was_ahead:
            log.warning("%s", ahead_text(by))
        was_ahead = by is not None
