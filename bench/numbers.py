"""The pages of the numbers over a year of a whole country, as a server gives them; and how long that year takes."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from datetime import UTC, datetime, timedelta

from bench import accept, rig, wire_client
from bench.figures import Figure, figure, p95
from kindstem.access import Access, Browser, Way
from kindstem.calendar import local_day
from kindstem.config import Config
from kindstem.demo import national
from kindstem.demo.folder import Player
from kindstem.demo.national import Size
from kindstem.domain import Contact, Door
from kindstem.keyfile import KeyFile
from kindstem.sealing import stretch_passphrase
from kindstem.signing import random_id
from kindstem.store import Store, Tx
from kindstem.web.counting import PAGE

MOST_MS = 50
PAGES = (
    "", "teams", "children", "time", "kpis", "experience", "evaluation", "norms", "behind/disputed",
    "behind/realised.A", "among/norm", "among/talks.2", "on/{day}/over", "standing/within", "standing/overdue",
    "standing/sibling", "standing/charged-late", "standing/outside", "waits/unopened", "clock/first",
    "clock/first?came=late", "decided/all", "own/help", "council",
)  # fmt: skip
"""What stands in the menu, and lists behind a number; `day` is the last one of the month before.

Of a list whose pages are numbered the last one is asked for too.
"""

FAR = (("behind/all", 5_000), ("behind/short", 100), ("children", 250), ("among/spoken", 200))
"""Lists with a page far down, over three years of all children; in a quick run, which has none, the first."""

_FAR_DAYS = 3 * 365

IN_MEMORY = "children are in memory"
READY_SECONDS = 600

CHOICES = (
    ("", ""),
    (", one team", "?team=Team+001"),
    (", two choices", "?place=foster&age=12-15"),
    (", two broad choices", "?place=home&measure=ots"),
    (", from one odd day to another", "?from=2026-02-10&to=2026-09-20"),
)


def measure(quick: bool) -> list[Figure]:
    """Builds `kindstem demo --children 30000 --contacts 1000000`, and asks for each page on a line that stays open."""
    size, times = (Size(40, 400), 2) if quick else (Size(30_000, 1_000_000), 20)
    with rig.folder() as folder:
        port = rig.free_port()
        config = Config(data=folder / "national", port=port, base_url=f"http://localhost:{port}", demo=True)
        began = time.monotonic()
        made = national.build(config, size, now=datetime.now(UTC), tell=lambda text: print(text, file=sys.stderr))
        built = time.monotonic() - began
        megabytes = sum(one.stat().st_size for one in folder.glob("national/*.db*")) / 1e6
        return [
            *served(config, made.people[0], times),
            figure("numbers.build", f"building it: {size.children} children, {size.contacts} talks", "s", built),
            figure("numbers.size", "its store", "MB", megabytes),
        ]


def served(config: Config, player: Player, times: int) -> list[Figure]:
    """What a server of this store takes for each page, and to get ready."""
    cookie = f"numbers={asyncio.run(_signed_in(config, player))}"
    began = time.monotonic()
    server = accept.serve(config)
    try:
        up = time.monotonic() - began
        bare = server.megabytes()
        meanwhile = asked(config.port, cookie, PAGES[1], "", 1)[0]
        server.wait_until_said(IN_MEMORY, READY_SECONDS)
        ready, held = time.monotonic() - began, server.megabytes()
        store = Store.open(config.database)
        try:
            pages = page_times(server, config.port, cookie, store, times)
            full = server.megabytes()
        finally:
            store.close()
        return [
            *pages,
            figure("numbers.up", "from the start of the server until it takes requests", "s", up),
            figure("numbers.meanwhile", "the list of children, asked for then", "ms", meanwhile),
            figure("numbers.ready", "from the start of the server until the numbers are in memory", "s", ready),
            figure("numbers.memory", "the server's memory by then", "MB", held, note=f"before: {bare:.0f} MB"),
            figure("numbers.full", "the server's memory once all these pages were asked for", "MB", full),
        ]
    finally:
        server.stop()


async def _signed_in(config: Config, player: Player) -> str:
    store = Store.open(config.database)
    try:
        access, now = Access(store, KeyFile.open(config.key_file), config), datetime.now(UTC)
        salt, _ = access.salts(player.name, now=now)
        verifier = stretch_passphrase(player.passphrase or "", salt).verifier
        # The code of this half minute may have gone into the first sign-in.
        signed = await access.sign_in(
            player.name, verifier, player.one_time_codes[0], Way.PASSPHRASE, Browser(None), now=now, door=Door.NUMBERS
        )
        return signed.session
    finally:
        store.close()


def page_times(server: rig.Server, port: int, cookie: str, store: Store, times: int) -> list[Figure]:
    """Every page without a choice, with one and with two: never asked for before, after a new talk, and again.

    The talks come from this process, as those of a command would: the server has to find out by itself.
    """
    figures, cold = [], []
    children = store.read_sync(lambda r: r.everybody())
    chance = random.Random(20261126)
    day = local_day(datetime.now(UTC)).replace(day=1) - timedelta(days=1)
    for page in (one.format(day=day) for one in PAGES):
        choices = [(str(place), *choice) for place, choice in enumerate(CHOICES)]
        if page in {"norms", "council"}:
            choices = choices[:1]
        if end := last_of(port, cookie, page) if "/" in page else "":
            choices.append(("last", ", its last page", end))
        for place, suffix, query in choices:
            cold += asked(port, cookie, page, query, 1)
            changed, used = [], server.processor_seconds()
            for _ in range(times):
                talk_with(store, chance.choice(children))
                changed += asked(port, cookie, page, query, 1)
            used = (server.processor_seconds() - used) / times
            again = asked(port, cookie, page, query, times)
            name = f"numbers.{named(page)}.{place}"
            what = f"/numbers/{page}{suffix}"
            figures += [
                figure(f"{name}.changed", f"{what}, after a new talk: server time, p95", "ms", p95(changed),
                       most=MOST_MS),
                # Beside other work a page waits for its turn; what it costs stays about the same.
                figure(f"{name}.processor", f"{what}, after a new talk: processor time, mean", "ms", 1000 * used,
                       most=MOST_MS),
                figure(name, f"{what}, again: server time, p95", "ms", p95(again), most=MOST_MS),
            ]  # fmt: skip
    figures += far(server, port, cookie, store, times)
    figures.append(
        figure("numbers.cold", "one of them that was never asked for before", "ms", cold, most=MOST_MS,
               note="the middle one of all pages and choices, with the fastest and the slowest")
    )  # fmt: skip
    return figures


def far(server: rig.Server, port: int, cookie: str, store: Store, times: int) -> list[Figure]:
    """A page far down in a list, after a new talk and again: no list costs more the longer it is."""
    figures: list[Figure] = []
    children, chance = store.read_sync(lambda r: r.everybody()), random.Random(20261127)
    since = local_day(datetime.now(UTC)) - timedelta(days=_FAR_DAYS)
    for page, number in FAR:
        query = f"?from={since}&page={number}"
        asked(port, cookie, page, query, 1)
        changed, used = [], server.processor_seconds()
        for _ in range(times):
            talk_with(store, chance.choice(children))
            changed += asked(port, cookie, page, query, 1)
        used = (server.processor_seconds() - used) / times
        again = asked(port, cookie, page, query, times)
        name, what = f"numbers.far.{named(page)}", f"/numbers/{page}, page {number}"
        figures += [
            figure(f"{name}.changed", f"{what}, after a new talk: server time, p95", "ms", p95(changed), most=MOST_MS),
            figure(f"{name}.processor", f"{what}, after a new talk: processor time, mean", "ms", 1000 * used,
                   most=MOST_MS),
            figure(name, f"{what}, again: server time, p95", "ms", p95(again), most=MOST_MS),
        ]  # fmt: skip
    return figures


def asked(port: int, cookie: str, page: str, query: str, times: int) -> list[float]:
    """How many milliseconds the server takes for a page, asked for so often on one line."""
    headers = {"Accept-Encoding": "gzip", "Accept-Language": "nl", "Cookie": cookie}
    address = f"/numbers/{page}{query if '?' not in page else query.replace('?', '&', 1)}"
    once = wire_client.request("GET", address, f"localhost:{port}", headers)
    answers = wire_client.send_all(port, [[once] * times])
    if refused := answers.refused(200):
        raise RuntimeError(f"/numbers/{page} answered {refused[0]}")
    return [1000 * seconds for seconds in answers.all_seconds]


def named(page: str) -> str:
    """A page in the name of a figure."""
    return re.sub(r"[^a-zA-Z]+", "-", page).strip("-") or "today"


def last_of(port: int, cookie: str, page: str) -> str:
    """What asks for the last page of a list; nothing where its pages have no number, or there is but one."""
    headers = {"Accept-Language": "nl", "Cookie": cookie}
    once = wire_client.request("GET", f"/numbers/{page}", f"localhost:{port}", headers)
    found = re.search(rb'data-total="(\d+)"', wire_client.send_all(port, [[once]]).bodies[0][0])
    pages = -(-int(found[1]) // PAGE) if found else 1
    return f"?page={pages}" if pages > 1 else ""


def talk_with(store: Store, child: str) -> None:
    """A new talk with a child, today, and all that follows from it."""
    start = datetime.now(UTC)
    talk = Contact(
        first=random_id(), child=child, day=local_day(start), start=start, minutes=30, kind="face", who="alone",
        planned="planned", state="realised", reason=None, level="B", by="", foreseen=True, late=False,
    )  # fmt: skip

    def keep(tx: Tx) -> None:
        before = tx.contacts_of(child)
        tx.keep_contact(talk)
        tx.recount(child, before)

    store.write_sync(keep)
