"""The commands with which numbers leave the house: reports, lines for the journal, tokens. cli.py hangs them up."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from kindstem.calendar import local_day
from kindstem.errors import BadFilter, BadRequest, SetupFault

if TYPE_CHECKING:
    from kindstem.store import Store

T = TypeVar("T")

_DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="KINDSTEM_DATA",
    default=Path("kindstem-data"),
    show_default=True,
    help="The data folder, with the database and the key file. Also KINDSTEM_DATA.",
)
_LANG = click.option(
    "--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True, help="The language of the report."
)


@click.command()
@_DATA
@click.option("--from", "since", help="Its first month, such as 2026-07; two months before the last unless given.")
@click.option("--to", "until", help="Its last month; the newest that is settled unless given.")
@click.option("--municipality", help="Only the children that this municipality pays for.")
@click.option(
    "--format", "form", required=True, type=click.Choice(["pdf", "xlsx", "csv", "json"]), help="The form of the file."
)
@click.option("--by", required=True, help="Who takes it along; stands in the list of what left the house.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The new file.")
@_LANG
def report(
    data: Path,
    since: str | None,
    until: str | None,
    municipality: str | None,
    form: str,
    by: str,
    output: Path,
    lang: str,
) -> None:
    """Write a report over whole months, with every number under five hidden (docs/exports.md).

    A month can be in a report from two weeks after its end. Its numbers are fixed the first time that they are in
    one. The file holds no child and no worker. It never overwrites another. That it was made is noted, with --by.

    \b
    Examples:
      kindstem report --format pdf --by "Ruth" -o report.pdf
      kindstem report --from 2026-07 --to 2026-09 --format csv --by "Ruth" -o report.zip
      kindstem report --municipality Ede --format json --by "Ruth" -o ede.json
    """
    from kindstem import exports
    from kindstem.exports import forms
    from kindstem.words import Words

    _check(by, output)
    words, now = Words(lang), datetime.now(UTC)

    async def make(store: "Store") -> bytes:
        given = {name: value for name, value in (("from", since), ("to", until)) if value}
        asked = exports.asked_of(given, municipality, today=local_day(now))
        found = await exports.report(store, asked, now=now)
        made = await asyncio.to_thread(forms.written, found, form, words)
        await exports.take(store, found, form, "command", by=by.strip())
        click.echo(f"{found.asked.since} to {found.asked.until}, verification hash {found.hash}")
        return made

    try:
        made = _with_store(data, make)
    except BadFilter as fault:
        raise SetupFault(words.t(fault.sentence)) from None
    _write(output, made)


@click.group()
def journal() -> None:
    """Lines about talks for the contact journal of the case system (docs/journal.md).

    \b
    Example:
      kindstem journal export --day 2026-11-12 --by "Nightly job" -o journal-2026-11-12.csv
    """


@journal.command("export")
@_DATA
@click.option("--day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day on which records came in.")
@click.option("--by", required=True, help="Who takes it along; stands in the list of what left the house.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The new file.")
@_LANG
def journal_export(data: Path, day: datetime, by: str, output: Path, lang: str) -> None:
    """Write what came in about talks on a day, one line for each talk, as CSV for the case system.

    A talk with the day it was on, its length, kind and level; no name and no word of a child. It holds kindnummers and
    the ids of workers, as the roster does. A correction, a withdrawal and a level that changed have a line of their
    own on the day they came in, with the mark of the talk's first line, so that a file of every day misses nothing.
    Works while the server runs. It never overwrites another file. That it was made is noted, with --by.

    \b
    Example:
      kindstem journal export --day 2026-11-12 --by "Nightly job" -o journal-2026-11-12.csv
    """
    from kindstem import journal as room
    from kindstem.words import Words

    _check(by, output)
    words, now = Words(lang), datetime.now(UTC)

    async def make(store: "Store") -> bytes:
        found = await room.entries(store, day.date(), now=now)
        made = room.as_csv(found, day.date(), words)
        noted = await room.take(store, made, day.date(), by.strip(), now=now)
        click.echo(f"{len(found)} lines of {day:%Y-%m-%d}, SHA-256 {noted.hash}")
        return made

    try:
        made = _with_store(data, make)
    except BadRequest:
        raise SetupFault("--day lies ahead; nothing of it has come in yet.") from None
    _write(output, made)


@click.group()
def tokens() -> None:
    """Tokens with which a municipality's own dashboard asks for the numbers of its children (docs/exports.md).

    \b
    Example:
      kindstem tokens add --municipality Ede --until 2027-12-31
    """


@tokens.command("add")
@_DATA
@click.option("--municipality", required=True, help="The municipality, as the roster has it.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Its last day, within two years.")
def tokens_add(data: Path, municipality: str, until: datetime) -> None:
    """Give a municipality a token. It is printed once, and only a digest of it is kept.

    \b
    Example:
      kindstem tokens add --municipality Ede --until 2027-12-31
    """
    from kindstem import exports
    from kindstem.words import Words

    now = datetime.now(UTC)
    try:
        one, secret = _with_store(
            data, lambda store: exports.add_token(store, municipality, until.date(), now=now)
        )
    except BadFilter as fault:
        raise SetupFault(Words("en").t(fault.sentence)) from None
    click.echo(f"Token {one.id} for {one.municipality}, until {one.until}. It is shown this once:")
    click.echo(secret)


@tokens.command("list")
@_DATA
def tokens_list(data: Path) -> None:
    """List the tokens: their ids, for which municipality, until when, and whether they were revoked.

    \b
    Example:
      kindstem tokens list --data /var/lib/kindstem
    """

    async def ask(store: "Store") -> None:
        found = await store.read(lambda r: r.tokens())
        if not found:
            click.echo("No tokens yet. `kindstem tokens add` gives one.")
        for one in found:
            ended = f", revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else ""
            click.echo(f"{one.id}  {one.municipality}  until {one.until}{ended}")

    _with_store(data, ask)


@tokens.command("revoke")
@_DATA
@click.argument("token")
def tokens_revoke(data: Path, token: str) -> None:
    """End a token now, by its id from the list.

    \b
    Example:
      kindstem tokens revoke 5f0c21aa
    """
    now = datetime.now(UTC)
    if not _with_store(data, lambda store: store.write(lambda tx: tx.revoke_token(token, now))):
        raise SetupFault("There is no token with this id that still runs. `kindstem tokens list` shows them.")
    click.echo("Revoked.")


def commands() -> list[click.Command]:
    """What cli.py hangs up."""
    return [report, journal, tokens]


def _check(by: str, output: Path) -> None:
    """Raise SetupFault for nobody, and for a file that is there."""
    if not 1 <= len(by.strip()) <= 80:
        raise SetupFault("--by has 1 to 80 characters.")
    if output.exists():
        raise SetupFault(f"{output} exists already; nothing was overwritten.")


def _write(output: Path, made: bytes) -> None:
    """Write a new file for its owner only. Raises SetupFault."""
    try:
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
    except OSError:
        raise SetupFault(f"{output} cannot be written.") from None


def _with_store(data: Path, act: "Callable[[Store], Awaitable[T]]") -> T:
    from kindstem.config import Config
    from kindstem.store import Store

    store = Store.open(Config(data=data).database)

    async def run() -> T:
        return await act(store)

    try:
        return asyncio.run(run())
    finally:
        store.close()
