"""The pages of the numbers over a year of a whole country, as a server gives them; and how long that year takes."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime

from bench import accept, rig, wire_client
from bench.figures import Figure, figure, p95
from kindstem.access import Access, Browser, Way
from kindstem.config import Config
from kindstem.demo import national
from kindstem.demo.folder import Player
from kindstem.demo.national import Size
from kindstem.domain import Door
from kindstem.keyfile import KeyFile
from kindstem.sealing import stretch_passphrase
from kindstem.store import Store

MOST_MS = 50
PAGES = ("", "children", "time", "kpis", "experience", "evaluation", "norms", "behind/disputed", "council")
"""What stands in the menu, and the rows behind a number."""

CHOICES = (("", ""), (", one team", "?team=Team+001"), (", two choices", "?place=foster&age=12-15"))


def measure(quick: bool) -> list[Figure]:
    """Builds `kindstem demo --children 30000 --contacts 1000000`, and asks for each page on a line that stays open."""
    size, times = (Size(40, 400), 3) if quick else (Size(30_000, 1_000_000), 20)
    with rig.folder() as folder:
        port = rig.free_port()
        config = Config(data=folder / "national", port=port, base_url=f"http://localhost:{port}", demo=True)
        began = time.monotonic()
        made = national.build(config, size, now=datetime.now(UTC), tell=lambda text: print(text, file=sys.stderr))
        built = time.monotonic() - began
        megabytes = sum(one.stat().st_size for one in folder.glob("national/*.db*")) / 1e6
        cookie = f"numbers={asyncio.run(_signed_in(config, made.people[0]))}"
        server = accept.serve(config)
        try:
            return [
                *page_times(port, cookie, times),
                figure("numbers.build", f"building it: {size.children} children, {size.contacts} talks", "s", built),
                figure("numbers.size", "its store", "MB", megabytes),
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


def page_times(port: int, cookie: str, times: int) -> list[Figure]:
    """Server time of every page, without a choice, with one and with two: asked again, and the slowest first time."""
    figures, first = [], []
    for page in PAGES:
        for place, (suffix, query) in enumerate(CHOICES if page not in {"norms", "council"} else CHOICES[:1]):
            headers = {"Accept-Encoding": "gzip", "Accept-Language": "nl", "Cookie": cookie}
            once = wire_client.request("GET", f"/numbers/{page}{query}", f"localhost:{port}", headers)
            answers = wire_client.send_all(port, [[once] * (times + 1)])
            if refused := answers.refused(200):
                raise RuntimeError(f"/numbers/{page} answered {refused[0]}")
            first.append(answers.all_seconds[0] * 1000)
            samples = [seconds * 1000 for seconds in answers.all_seconds[1:]]
            name = f"numbers.{page.partition('/')[0] or 'today'}.{place}"
            what = f"/numbers/{page}{suffix}, asked again: server time, p95"
            figures.append(figure(name, what, "ms", p95(samples), most=MOST_MS))
    figures.append(
        figure("numbers.first", "the first time one of them is asked for after a change", "ms", first,
               note="the middle one, with the fastest and the slowest; then it is kept until the next change")
    )  # fmt: skip
    return figures
