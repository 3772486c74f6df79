"""The `kindstem` command: every command says what it does, what it needs, and shows itself in use."""

import asyncio
import json
import os
import shlex
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from cryptography import x509

from kindstem import __version__
from kindstem.calendar import local_day
from kindstem.config import Config, load
from kindstem.domain import PERSON_ROLES, Person, Role
from kindstem.errors import KindstemError, SetupFault
from kindstem.inspecting import commands as inspectors
from kindstem.keeping import commands as keepers
from kindstem.reporting import commands as reporters
from kindstem.words import ORIGINAL, Words

T = TypeVar("T")

TRYOUT = "For trying out only: no real child may use this version. `kindstem doctor` says what is missing."

_DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="KINDSTEM_DATA",
    default=Path("kindstem-data"),
    show_default=True,
    help="The data folder, with the database and the key file. Also KINDSTEM_DATA.",
)
_NAME = click.option("--name", required=True, help="Their name, as it was added.")


class _Commands(click.Group):
    """A group whose commands fail with a sentence instead of a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SetupFault as fault:
            raise click.ClickException(str(fault)) from None
        except KindstemError as fault:
            raise click.ClickException(f"This was refused ({fault.code}).") from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="kindstem")
def main() -> None:
    """Kindstem lets a young person in Dutch youth protection say how they feel, to the people they chose.

    To look at it, with invented people:

    \b
      kindstem demo

    To run it for an organisation (docs/operations.md explains each step):

    \b
      kindstem init --data /var/lib/kindstem --name "Jeugdbescherming Voorbeeld"
      kindstem people add --data /var/lib/kindstem --name "Sam de Wit" --role worker
      kindstem serve --data /var/lib/kindstem --tls-cert cert.pem --tls-key key.pem
      kindstem doctor --data /var/lib/kindstem
    """


# --- an organisation of one's own -------------------------------------------------------------------------------------


@main.command()
@_DATA
@click.option("--name", required=True, help="The organisation's name, as children and professionals see it.")
def init(data: Path, name: str) -> None:
    """Make a data folder for an organisation: database, key file, the log with its key, and nobody in it yet.

    The folder is readable by its owner only. Nothing is ever overwritten: a folder that has a database or a key file
    is refused.

    \b
    Example:
      kindstem init --data /var/lib/kindstem --name "Jeugdbescherming Voorbeeld"
    """
    from kindstem import people
    from kindstem.keyfile import KeyFile
    from kindstem.log import Log
    from kindstem.store import Store

    settings = _settings(data)
    for path in (settings.database, settings.key_file, settings.log_key, settings.checkpoints):
        if path.exists():
            raise SetupFault(f"{path} is there already, and init never overwrites. Give another folder with --data.")
    new = not data.exists()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if new or not any(data.iterdir()):
        data.chmod(0o700)
    KeyFile.create(settings.key_file)
    store = Store.open(settings.database, create=True)
    try:
        org = asyncio.run(people.found_org(store, name))
        opened = Log.open(store, settings, now=datetime.now(UTC))
    except SetupFault:
        # Nothing was sealed under it yet, and a second try is to find an empty folder.
        for path in (settings.database, settings.key_file):
            path.unlink()
        raise
    finally:
        store.close()
    given = _given(data)
    click.echo(f"{org.name} is founded in {data}.")
    click.echo("")
    click.echo(f"  {settings.database}   back this up daily:  kindstem backup{given} -o FILE")
    click.echo(f"  {settings.key_file}  copy this once, to a safe")
    click.echo(f"  {settings.log_key}  copy this once, to the same safe")
    click.echo(f"  {settings.checkpoints}  copy this often, to another machine")
    click.echo("")
    click.echo("An inspector or a witness asks for the key of the log:")
    click.echo(f"  {opened.key.vkey()}")
    click.echo("")
    click.echo("Keep database and key file apart: a stolen backup is of little use to anybody without the key file.")
    click.echo("Neither opens what a child says. Without the key file nobody can unlock anything, and it cannot be")
    click.echo("made again.")
    click.echo("")
    click.echo(f"Next:  kindstem people add{given} --name NAME --role worker")
    click.echo("")
    click.echo(TRYOUT)


@main.command()
@_DATA
@click.option("--host", help="The address to listen on; 0.0.0.0 for all.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.  [default: 8000]")
@click.option("--url", help="How browsers open it. Needed behind a proxy; otherwise taken from the certificate.")
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The certificate with its chain, in PEM. Goes with --tls-key.",
)
@click.option(
    "--tls-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The certificate's key, in PEM.",
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="A reverse proxy stands in front and sets X-Forwarded-Proto and X-Forwarded-For; believe it.",
)
def serve(
    data: Path,
    host: str | None,
    port: int | None,
    url: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: bool,
) -> None:
    """Serve an organisation's Kindstem until it is stopped (Ctrl-C or SIGTERM).

    A browser can encrypt over HTTPS only: give a certificate, or stand behind a reverse proxy that has one. Every
    option is also a setting in the environment (docs/operations.md). It refuses to start with a key file that is not
    the one of the database, and on a database that a newer version has changed.

    \b
    Examples:
      kindstem serve --data /var/lib/kindstem --tls-cert fullchain.pem --tls-key privkey.pem --host 0.0.0.0 --port 443
      kindstem serve --data /var/lib/kindstem --behind-proxy --url https://kind.example
    """
    from kindstem import serving

    settings = _settings(
        data,
        HOST=host,
        PORT=port,
        BASE_URL=url or os.environ.get("KINDSTEM_BASE_URL") or _url_of(tls_cert, port),
        TLS_CERT=tls_cert,
        TLS_KEY=tls_key,
        BEHIND_PROXY="1" if behind_proxy else None,
    )
    if settings.trusted_proxy and settings.base_url.startswith("http://localhost"):
        raise SetupFault("Behind a proxy, say under which address browsers open it: --url https://kind.example")
    serving.built()
    serving.check(settings)
    opened = serving.listen(settings.host, settings.port)
    serving.claim(settings.data)
    click.echo(TRYOUT, err=True)
    click.echo(f"Opened under {settings.base_url}, listening on {settings.host} port {settings.port}.", err=True)
    serving.serve(settings, opened)


def _url_of(cert: Path | None, port: int | None) -> str | None:
    """The address that a certificate is for: its first name."""
    path = cert or (Path(os.environ["KINDSTEM_TLS_CERT"]) if os.environ.get("KINDSTEM_TLS_CERT") else None)
    if path is None:
        return None
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())[0]
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        raise SetupFault(f"{path} is not a certificate in PEM that names its addresses.") from None
    plain = [name for name in names.get_values_for_type(x509.DNSName) if not name.startswith("*")]
    if not plain:
        raise SetupFault("The certificate names no address of its own: say with --url how browsers open it.")
    number = port or int(os.environ.get("KINDSTEM_PORT") or 8000)
    return f"https://{plain[0]}" + ("" if number == 443 else f":{number}")


@main.command()
@_DATA
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; one that is there is never overwritten.",
)
def backup(data: Path, output: Path) -> None:
    """Write a whole, consistent copy of the database, while the server runs.

    The copy holds sealed messages and the server's sealed secrets. The key file is not in it, on purpose: keep that in
    another place (docs/operations.md, also for how to restore).

    \b
    Example:
      kindstem backup --data /var/lib/kindstem -o /backup/kindstem-2026-11-22.db
    """
    from kindstem.store import Store

    settings = _settings(data)
    store = Store.open(settings.database)
    try:
        store.backup(output)
    finally:
        store.close()
    click.echo(f"{output} is a whole copy of the database. The key file ({settings.key_file}) is not in it.")


@main.command()
@_DATA
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON, for a monitor.")
def doctor(data: Path, as_json: bool) -> None:
    """Look at everything around the code that can be wrong, and say how to mend it. Changes nothing.

    Settings, key file, database, permissions, free space, clock, HTTPS, built files, mail, and whether this is for
    trying out only. Ends with status 1 when something is wrong.

    \b
    Examples:
      kindstem doctor --data /var/lib/kindstem
      kindstem doctor --data /var/lib/kindstem --json
    """
    from kindstem import doctor as room

    findings = room.examine_all({**os.environ, "KINDSTEM_DATA": str(data)}, now=datetime.now(UTC))
    if as_json:
        click.echo(room.as_json(findings))
    else:
        marks = {"ok": ("✓", "green"), "note": ("·", "cyan"), "warning": ("!", "yellow"), "wrong": ("✗", "red")}
        for finding in findings:
            mark, colour = marks[finding.grade]
            click.echo(f"{click.style(mark, fg=colour, bold=True)} {finding.check}: {finding.says}")
            if finding.mend:
                click.echo(f"    → {finding.mend}")
    if not room.sound(findings):
        raise click.exceptions.Exit(1)


# --- people -----------------------------------------------------------------------------------------------------------


@main.group(cls=_Commands)
def people() -> None:
    """Who works here: add, list, deactivate, teams.

    \b
    Example:
      kindstem people add --name "Sam de Wit" --role worker --team wilg
    """


@people.command("add")
@_DATA
@click.option("--name", required=True, help="The name that children and colleagues see, and that is signed in with.")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in PERSON_ROLES]),
    help="worker (jeugdbeschermer), second (second reader), confidant (vertrouwenspersoon) read; oncall (the on-call "
    "service) reads how a child can be reached whose flag got that far; manager, leader (own team only) and inspector "
    "count, and administrator sets norms: they have no keys and can open nothing.",
)
@click.option("--team", help="The team they are in; a leader sees the numbers of this team only.")
@click.option("--mail", help="Where an alert goes to: a mail that holds no name and no content.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day of an inspector's account.")
def people_add(
    data: Path, name: str, role: str, team: str | None, mail: str | None, until: datetime | None
) -> None:
    """Add somebody, and print the start code for their first sign-in.

    The code works once, for seven days. Give it in person: whoever has it first makes the keys that go with the name.
    They open the desk (or, when they count, the numbers), type name and code, and make a passphrase and a second
    factor, and for the desk their keys, in their own browser. Somebody who reads and counts has two names.

    \b
    Examples:
      kindstem people add --name "Sam de Wit" --role worker --team wilg --mail sam@voorbeeld.example
      kindstem people add --name "Inez (inspectie)" --role inspector --until 2026-12-31
    """
    from kindstem import people as room

    async def act(opened: "_Opened") -> None:
        now = datetime.now(UTC)
        last = until.date() if until else None
        person = await room.add(opened.store, name, Role(role), now=now, team=team, mail=mail, until=last)
        click.echo(f"{person.name} is added as {person.role.value}.")
        await _print_startcode(opened, person, now)

    _with_store(data, act)


@people.command("startcode")
@_DATA
@_NAME
def people_startcode(data: Path, name: str) -> None:
    """Print a new start code for somebody who has not signed in yet; the one before stops working.

    \b
    Example:
      kindstem people startcode --name "Sam de Wit"
    """
    from kindstem import people as room

    async def act(opened: "_Opened") -> None:
        person = await room.named(opened.store, name)
        if person.started:
            raise SetupFault(f"{person.name} has signed in already; a start code is for the first time only.")
        if not person.active:
            raise SetupFault(f"{person.name} is deactivated.")
        if not person.may_enter(local_day(datetime.now(UTC))):
            raise SetupFault(f"The last day of {person.name}'s account is over. `kindstem people until` moves it.")
        await _print_startcode(opened, person, datetime.now(UTC))

    _with_store(data, act)


async def _print_startcode(opened: "_Opened", person: Person, now: datetime) -> None:
    code = await opened.access.invite(person.id, now=now)
    click.echo("")
    click.echo(f"  start code  {code}")
    click.echo("")
    where = f"{opened.settings.base_url}/{person.role.door.value}/"
    click.echo(f"It works once, for seven days, at {where} with the name {person.name}.")
    click.echo("Give it in person.")


@people.command("list")
@_DATA
@click.option("--json", "as_json", is_flag=True, help="The list as JSON.")
def people_list(data: Path, as_json: bool) -> None:
    """List everybody: name, role, team, and whether they can sign in and have.

    \b
    Example:
      kindstem people list --data /var/lib/kindstem
    """

    async def act(opened: "_Opened") -> None:
        found = await opened.store.read(lambda r: r.people())
        if as_json:
            click.echo(json.dumps([_plain(person) for person in found], ensure_ascii=False, indent=1))
            return
        if not found:
            click.echo("Nobody yet. `kindstem people add` adds somebody.")
        for person in found:
            click.echo(f"{person.name:<30} {person.role.value:<14} {person.team or '':<16} {_standing(person)}")

    _with_store(data, act)


def _standing(person: Person) -> str:
    if not person.active:
        return "deactivated"
    if not person.may_enter(local_day(datetime.now(UTC))):
        return f"ended on {person.until}"
    return "signs in" if person.started else "has not signed in yet"


def _plain(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role.value,
        "team": person.team,
        "mail": person.mail,
        "active": person.active,
        "started": person.started,
        "until": person.until and person.until.isoformat(),
        "away": person.away and {"from": person.away.since.isoformat(), "until": person.away.until.isoformat()},
    }


@people.command("deactivate")
@_DATA
@_NAME
def people_deactivate(data: Path, name: str) -> None:
    """End somebody's access at once: every session, the start code, every browser that was known.

    Who may read a child is a list that its readers sign, and does not change by this: without a session nothing is
    handed out, and the child's other reader goes on.

    \b
    Example:
      kindstem people deactivate --name "Sam de Wit"
    """
    from kindstem import people as room

    async def act(opened: "_Opened") -> None:
        person = await room.deactivate(opened.store, name, now=datetime.now(UTC))
        click.echo(f"{person.name} cannot sign in any more, and every session of theirs has ended.")

    _with_store(data, act)


@people.command("team")
@_DATA
@_NAME
@click.option("--team", help="The team they are in from now on; none when left out.")
def people_team(data: Path, name: str, team: str | None) -> None:
    """Put somebody in a team, or in none.

    \b
    Examples:
      kindstem people team --name "Sam de Wit" --team els
      kindstem people team --name "Sam de Wit"
    """
    from kindstem import people as room

    async def act(opened: "_Opened") -> None:
        person = await room.put_in_team(opened.store, name, team)
        click.echo(f"{person.name} is in {f'team {person.team}' if person.team else 'no team'}.")

    _with_store(data, act)


@people.command("until")
@_DATA
@_NAME
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The new last day of the account.")
def people_until(data: Path, name: str, until: datetime) -> None:
    """Move the last day of an inspector's account, at most a year ahead.

    \b
    Example:
      kindstem people until --name "Inez (inspectie)" --until 2027-03-31
    """
    from kindstem import people as room

    async def act(opened: "_Opened") -> None:
        person = await room.set_until(opened.store, name, until.date(), now=datetime.now(UTC))
        click.echo(f"{person.name} can sign in until {person.until} has passed.")

    _with_store(data, act)


# --- the log ----------------------------------------------------------------------------------------------------------


# --- alerts -----------------------------------------------------------------------------------------------------------


@main.group(cls=_Commands)
def alerts() -> None:
    """What reaches people outside the app when a child says it is not safe.

    \b
    Example:
      kindstem alerts test --data /var/lib/kindstem
    """


@alerts.command("test")
@_DATA
def alerts_test(data: Path) -> None:
    """Send the on-call service a message that says it is a trial, and remember that it went.

    No child can be linked before: the channel, the on-call service and the limits by day and by night have to be set,
    and tried as they are set. After a change of one of them, run this again. Ask who is on call whether it arrived.

    \b
    Example:
      kindstem alerts test --data /var/lib/kindstem
    """
    from kindstem import alerts as room

    settings = _settings(data)

    async def act(opened: "_Opened") -> None:
        await room.try_out(opened.store, settings, Words(ORIGINAL), now=datetime.now(UTC))
        where = str(settings.alerts) if settings.smtp_url is None else str(settings.oncall_mail)
        click.echo(f"The trial went to {where}. Ask who is on call whether it arrived.")
        click.echo(
            f"A flag that nobody sees climbs after {settings.flag_minutes_day} minutes in office hours and "
            f"{settings.flag_minutes_night} outside them; after as long again it goes to the on-call service."
        )

    _with_store(data, act)


@main.group(cls=_Commands)
def log() -> None:
    """The log of what was recorded: its state, a new key, and going on after a restored backup.

    \b
    Example:
      kindstem log status --data /var/lib/kindstem
    """


@log.command("status")
@_DATA
@click.option("--json", "as_json", is_flag=True, help="The state as JSON.")
def log_status(data: Path, as_json: bool) -> None:
    """Show how long the log is, its key, its newest checkpoint, and who has signed that.

    Ends with status 1 when database, key and file of checkpoints do not belong together. The key is what an inspector
    compares in person, and what a witness is given.

    \b
    Example:
      kindstem log status --data /var/lib/kindstem
    """
    from kindstem import log as room

    async def act(opened: "_Opened") -> None:
        found = opened.store.read_sync(lambda r: room.status(r, opened.settings, now=datetime.now(UTC)))
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            for name, value in found.items():
                many = value if isinstance(value, list) else [value]
                for one in many:
                    click.echo(f"{name:<12} {'-' if one is None else one}")
        if found["wrong"]:
            raise click.exceptions.Exit(1)

    _with_store(data, act)


@log.command("restart")
@_DATA
@click.option("--reason", required=True, help="Why, for everybody who verifies: such as 'restored'. Without names.")
@click.option("--anyway", is_flag=True, help="Also when nothing is wrong, because a witness has seen a longer log.")
def log_restart(data: Path, reason: str, anyway: bool) -> None:
    """Begin a new log after a backup was put back, and say so in its first entry.

    A restored database lacks entries that devices and witnesses have seen, so it cannot go on with its log. The new
    one names the last known checkpoint of the old one and the reason. Every device notices, and shows it. Stop the
    server first.

    \b
    Example:
      kindstem log restart --data /var/lib/kindstem --reason restored
    """
    from kindstem import log as room

    settings = _settings(data)

    async def act(opened: "_Opened") -> None:
        found = room.restart(opened.store, settings, reason, now=datetime.now(UTC), anyway=anyway)
        click.echo(f"A new log {found.id} has begun, with {found.size} entries.")
        click.echo("Tell witnesses and inspectors, who know the old one; `kindstem log status` shows its key.")

    _alone(settings, act)


@log.command("rotate-key")
@_DATA
def log_rotate_key(data: Path) -> None:
    """Give the log a new key; the old one signs the change, and is destroyed.

    Whoever verifies must confirm the new key, and witnesses must be given it. Stop the server first.

    \b
    Example:
      kindstem log rotate-key --data /var/lib/kindstem
    """
    from kindstem import log as room

    settings = _settings(data)

    async def act(opened: "_Opened") -> None:
        key = room.rotate_key(opened.store, settings, now=datetime.now(UTC))
        click.echo(f"The log has a new key. Copy {settings.log_key} to the safe, and tell witnesses and inspectors:")
        click.echo("")
        click.echo(f"  {key.vkey()}")

    _alone(settings, act)


@main.command()
@click.option(
    "--folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the witness keeps its key and what it has seen; made when it is not there.",
)
@click.option("--name", required=True, help="How its signatures name it, such as toezicht.example/getuige.")
@click.option("--log", "logs", multiple=True, help="The key of a log to sign, as `kindstem log status` shows it.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="0 for any free one.")
def witness(folder: Path, name: str, logs: tuple[str, ...], host: str, port: int) -> None:
    """Run a witness, which signs that a log only ever grew. For somebody other than the organisation of the log.

    It prints its own key, which the organisation puts into KINDSTEM_WITNESSES and inspectors into their policy. It
    needs no database, and keeps what it signed last in its folder. After a change of a log's key, give both keys.

    \b
    Example:
      kindstem witness --folder ./getuige --name toezicht.example/getuige --log kindstem/log/AAECAwQFBgcICQoLDA0ODw+…
    """
    from kindstem import witness as room
    from kindstem.errors import BadRecord
    from kindstem.notes import Key

    try:
        keys = [Key.parse(text) for text in logs]
    except BadRecord:
        raise SetupFault("--log is the whole key, as `kindstem log status` shows it.") from None
    found = room.Witness.open(folder, name, keys)
    server = room.server(found, host, port)
    click.echo(found.key.vkey())
    click.echo(f"Listening on http://{host}:{server.server_address[1]} for {len(keys)} logs.", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


# --- the demonstration ------------------------------------------------------------------------------------------------


_DEMO_DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Its folder; one that it did not make is refused.  [default: ~/.local/share/kindstem-demo]",
)


@main.command()
@_DEMO_DATA
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--children", type=click.IntRange(1, 100_000), help="How many children; over 12 are made up.  [default: 12]"
)
@click.option(
    "--contacts",
    type=click.IntRange(1, 5_000_000),
    help="For numbers only: so many rows of talks, with a roster and without any message. It takes minutes.",
)
@click.option("--lan", is_flag=True, help="For a phone in the same network: over HTTPS, with a certificate made here.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is printed to this file as well, for scripts; readable by you only.",
)
@click.option("--fresh", is_flag=True, help="Throw away what is in its folder and build anew.")
def demo(
    data: Path | None,
    port: int,
    host: str,
    children: int | None,
    contacts: int | None,
    lan: bool,
    json_file: Path | None,
    fresh: bool,
) -> None:
    """Serve a demonstration: an invented organisation with children, months of messages, and real keys.

    It prints who can sign in with what, and a link and a start code with which a browser or phone becomes a child. The
    first start builds it in a few seconds, and every later one goes on where it was. Nobody in it exists
    (docs/demo.md).

    \b
    Examples:
      kindstem demo
      kindstem demo --lan
      kindstem demo --children 60 --data /tmp/demo --port 8080 --fresh
      kindstem demo --children 30000 --contacts 1000000
    """
    from kindstem import demo as room

    wishes = room.Wishes(data, host, port, children, lan, fresh, json_file, contacts)
    # click.echo does not wait until a buffer is full: a script that reads a pipe is told at once.
    room.run(wishes, os.environ, tell=click.echo, coloured=sys.stdout.isatty())


@main.command("demo-code")
@click.argument("name")
@_DEMO_DATA
def demo_code(name: str, data: Path | None) -> None:
    """Print a fresh code for the second factor of somebody in the demonstration.

    A code works once. When it was just used, wait until the next.

    \b
    Example:
      kindstem demo-code Sam
    """
    from kindstem import demo as room

    player, code, seconds = room.fresh_code(name, data, now=datetime.now(UTC))
    click.echo(f"{code}   {player.name}, for {seconds} more seconds")


for _command in [*inspectors(), *keepers(), *reporters()]:
    main.add_command(_command)


# --- what the commands share ------------------------------------------------------------------------------------------


class _Opened:
    """An organisation's store and what goes with it, for one command."""

    def __init__(self, settings: Config) -> None:
        from kindstem.access import Access
        from kindstem.keyfile import KeyFile
        from kindstem.store import Store

        if not settings.database.exists() and not settings.key_file.exists():
            raise SetupFault(f"There is no organisation in {settings.data} yet. Run `kindstem init`, or give --data.")
        keys = KeyFile.open(settings.key_file)
        self.settings = settings
        self.store = Store.open(settings.database)
        self.access = Access(self.store, keys, settings)


def _with_store(data: Path, act: Callable[[_Opened], Coroutine[Any, Any, None]]) -> None:
    opened = _Opened(_settings(data))
    try:
        asyncio.run(act(opened))
    finally:
        opened.store.close()


def _alone(settings: Config, act: Callable[[_Opened], Coroutine[Any, Any, None]]) -> None:
    """Act while no server runs on this folder. Raises SetupFault when one does."""
    from kindstem import serving

    if not settings.database.exists():
        raise SetupFault(f"There is no organisation in {settings.data} yet. Run `kindstem init`, or give --data.")
    held = serving.claim(settings.data)
    try:
        _with_store(settings.data, act)
    finally:
        os.close(held)


def _settings(data: Path, **options: object) -> Config:
    """The environment's settings, under those of the command line."""
    given = {f"KINDSTEM_{name}": str(value) for name, value in options.items() if value is not None}
    return load({**os.environ, "KINDSTEM_DATA": str(data), **given})


def _given(data: Path) -> str:
    return f" --data {shlex.quote(str(data))}"
