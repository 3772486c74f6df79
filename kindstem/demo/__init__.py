"""The demonstration: an invented organisation, built, kept, served and explained (docs/demo.md)."""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kindstem import alerts, config, serving, tls
from kindstem.config import Config
from kindstem.demo import build, folder, national, report
from kindstem.demo.folder import Made, Player
from kindstem.demo.national import Size
from kindstem.demo.phone import Door, Waiting
from kindstem.errors import SetupFault
from kindstem.store import Store
from kindstem.web.state import State
from kindstem.words import ORIGINAL, Words

__all__ = ["Wishes", "fresh_code", "run"]

CHILDREN = 12
OLD = timedelta(days=7)
"""After this long, "yesterday" in the demonstration is so long ago that it is said."""


@dataclass(frozen=True)
class Wishes:
    """What somebody asked for on the command line."""

    data: Path | None
    host: str
    port: int
    children: int | None
    lan: bool
    fresh: bool
    json: Path | None
    contacts: int | None = None
    """Numbers only: so many rows of talks, and no message."""


def run(wishes: Wishes, environ: Mapping[str, str], *, tell: Callable[[str], None], coloured: bool) -> None:
    """Serve the demonstration, built first when there is none, until the process is asked to stop.

    Raises SetupFault for a folder that is not its own, a port that is taken, and wishes that do not fit.
    """
    path = (wishes.data or folder.default(numbers=wishes.contacts is not None)).resolve()
    folder.state(path)
    _sized(wishes)
    serving.built()
    if wishes.json and not wishes.json.absolute().parent.is_dir():
        raise SetupFault(f"There is no folder for {wishes.json}.")
    opened = serving.listen("0.0.0.0" if wishes.lan else wishes.host, wishes.port)  # noqa: S104  a phone is to reach it
    path.mkdir(parents=True, exist_ok=True)
    serving.claim(path)
    settings = _settings(config.load(environ), path, wishes.host, opened.getsockname()[1])
    made = _made(settings, wishes, tell)
    _try_alerts(settings)
    certificate = None
    if wishes.lan:
        addresses = tls.lan_addresses()
        if not addresses:
            raise SetupFault("This computer is in no network now: --lan needs one that the phone is in as well.")
        certificate = tls.own_certificate(path, addresses, now=datetime.now(UTC))
        settings = _over_tls(settings, certificate, [str(address) for address in addresses])
    tell(report.people_text(made, settings.base_url, data=path, now=datetime.now(UTC)))
    if certificate:
        tell(report.certificate_text(certificate, settings.base_url))
    if made.contacts:
        if wishes.json:
            now = datetime.now(UTC)
            plain = report.as_json(made, None, settings.base_url, data=path, certificate=certificate, now=now)
            report.write_json(wishes.json, plain)
        tell("  Ctrl-C stops it; everything is kept for the next start.\n")
        serving.serve(settings, opened)
        return

    def show(waiting: Waiting) -> None:
        if wishes.json:
            now = datetime.now(UTC)
            plain = report.as_json(
                made, waiting, settings.base_url, data=path, certificate=certificate, now=now
            )
            report.write_json(wishes.json, plain)
        tell(report.enrolment_text(waiting, made.waiting_name, coloured=coloured))

    async def beside(state: State) -> None:
        door = Door(state.store, settings, made, show=show, tell=lambda text: tell(f"\n  {text}\n"))
        show(await door.open())
        tell("  Ctrl-C stops it; everything is kept for the next start.\n")
        await door.keep()

    serving.serve(settings, opened, beside=beside)


def _sized(wishes: Wishes) -> None:
    most = national.MOST if wishes.contacts is not None else build.MOST
    if wishes.children is not None and wishes.children > most:
        raise SetupFault(
            f"--children is at least 1 and at most {most}."
            + ("" if wishes.contacts is not None else " For more, and numbers only, give --contacts as well.")
        )


def _settings(given: Config, path: Path, host: str, port: int) -> Config:
    # Alerts of invented children go to nobody, whatever mail server the environment names: a file says what would go.
    return dataclasses.replace(
        given,
        data=path,
        host=host,
        port=port,
        base_url=f"http://localhost:{port}",
        also_urls=(f"http://127.0.0.1:{port}", f"http://[::1]:{port}"),
        demo=True,
        tls_cert=None,
        tls_key=None,
        trusted_proxy=False,
        smtp_url=None,
        mail_from=None,
        alert_file=True,
        oncall_mail="dienst@demo.example",
        flag_minutes_day=30,
        flag_minutes_night=120,
    )


def _try_alerts(settings: Config) -> None:
    store = Store.open(settings.database)
    try:
        asyncio.run(alerts.try_out(store, settings, Words(ORIGINAL), now=datetime.now(UTC)))
    finally:
        store.close()


def _over_tls(settings: Config, certificate: tls.Certificate, addresses: list[str]) -> Config:
    hosts = [*addresses, "localhost", "127.0.0.1", *certificate.names]
    urls = [f"https://{host}:{settings.port}" for host in dict.fromkeys(hosts)]
    return dataclasses.replace(
        settings,
        base_url=urls[0],
        also_urls=tuple(urls[1:]),
        tls_cert=certificate.certificate,
        tls_key=certificate.key,
    )


def _made(settings: Config, wishes: Wishes, tell: Callable[[str], None]) -> Made:
    """The demonstration of this folder: the one that is there, or a new one."""
    now = datetime.now(UTC)
    made = None if wishes.fresh else build.opened(settings.data)
    if made is None and wishes.contacts is not None:
        size = Size(wishes.children or CHILDREN, wishes.contacts)
        return national.build(settings, size, now=now, tell=tell)
    if made is None:
        return build.build(settings, wishes.children or CHILDREN, now=now, tell=tell)
    if (wishes.contacts or 0) not in (0, made.contacts):
        raise SetupFault(
            f"The demonstration in {settings.data} has {made.contacts} rows of talks. Add --fresh to throw it away and "
            f"build one with {wishes.contacts}, or give another folder with --data."
        )
    if wishes.children not in (None, made.count):
        raise SetupFault(
            f"The demonstration in {settings.data} has {made.count} children. Add --fresh to throw it away and build "
            f"one with {wishes.children}, or give another folder with --data."
        )
    serving.check(settings)
    age = now - datetime.fromisoformat(made.made_at)
    if age > OLD:
        tell(f'This demonstration is {age.days} days old. --fresh builds it anew, so that "yesterday" is yesterday.')
    return made


def fresh_code(name: str, data: Path | None, *, now: datetime) -> tuple[Player, str, int]:
    """A fresh code for somebody's second factor, and for how many seconds it holds.

    Raises SetupFault when there is no such demonstration or nobody in it who signs in under that name.
    """
    path = (data or folder.default()).resolve()
    made = build.opened(path)
    if made is None:
        raise SetupFault(f"There is no demonstration in {path}. `kindstem demo` makes one.")
    players = [player for player in made.people if player.totp_secret]
    found = next((player for player in players if player.name.casefold() == name.casefold()), None)
    if found is None:
        raise SetupFault(f"Nobody signs in as {name}. Who does: {', '.join(player.name for player in players)}.")
    return found, *report.code(found, now)
