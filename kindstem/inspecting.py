"""The commands of an inspector, and of whoever answers one: verify, policy, audit. cli.py hangs them up."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from kindstem.errors import SetupFault

_LANG = click.option(
    "--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True, help="The language of what is printed."
)
_DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="KINDSTEM_DATA",
    default=Path("kindstem-data"),
    show_default=True,
    help="The data folder, with the database and the key file. Also KINDSTEM_DATA.",
)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("bundle", type=_FILE)
@click.option("--policy", "policy_file", type=_FILE, help="Your own policy file; `kindstem policy init` makes one.")
@click.option(
    "--recording",
    "recordings",
    multiple=True,
    type=_FILE,
    help="A recording that came with a transcript; may be given more than once.",
)
@click.option("--json", "as_json", is_flag=True, help="The verdict as JSON.")
@click.option("--jobs", type=click.IntRange(1, 512), help="How many processes.  [default: one for each core]")
@_LANG
def verify(
    bundle: Path, policy_file: Path | None, recordings: tuple[Path, ...], as_json: bool, jobs: int | None, lang: str
) -> None:
    """Verify an audit bundle, or a transcript of a document, believing nobody: no database, no network, no server.

    Recomputes every root, signature, evidence level and number, and names one by one what is wrong or suspicious. Ends
    with status 0 when it is sound under the policy, 1 when it is not sound, 2 when it could not be read, and 3 when it
    is consistent in itself but there is no policy that names anybody outside the organisation. After a run that found
    nothing wrong, the log's size and root are written into the policy, and the next bundle must extend them.

    Of a transcript (docs/protocol/transcript.md) it says which quotes are literal, shows what the child said of the
    document, and gives the code that must stand on each page of the paper. A stretch of sound is literal only together
    with its recording: give the file along with --recording. The statuses are the same; of the policy it needs the
    organisation and the introducers.

    \b
    Examples:
      kindstem verify bundle-2026.zip --policy vaart.json
      kindstem verify afschrift-K7Q2-M9XWB.json --policy vaart.json
      kindstem verify afschrift-K7Q2-M9XWB.json --policy vaart.json --recording opname-K7Q2-M9XWB-1.webm
      kindstem verify bundle-2026.zip --policy vaart.json --json --lang en
    """
    from kindstem import inspection, words
    from kindstem.verify import (
        Status,
        Transcript,
        Unreadable,
        Verdict,
        is_transcript,
        read_policy,
        verify_transcript,
        with_state,
    )
    from kindstem.verify import verify as run

    if recordings and not is_transcript(bundle):
        raise click.UsageError("--recording goes with a transcript; an audit bundle holds no word of a child.")
    policy = None
    progress = None
    verdict: Verdict | Transcript
    if sys.stderr.isatty():
        progress = inspection.progress_on(lambda text: click.echo(text, err=True, nl=False))
    try:
        policy = read_policy(policy_file) if policy_file else None
    except Unreadable as fault:
        verdict = Verdict(Status.UNREADABLE, reason=fault.reason, where=fault.where)
    else:
        verdict = (
            verify_transcript(bundle, policy, recordings)
            if is_transcript(bundle)
            else run(bundle, policy, definitions=words.definitions(), progress=progress, jobs=jobs)
        )
    if as_json:
        click.echo(json.dumps(verdict.json(), ensure_ascii=False, indent=1))
    else:
        for line in inspection.shown(verdict, words.Words(lang)):
            click.echo(line)
    if isinstance(verdict, Transcript):
        # It shows nothing of the log, so that there is nothing to hold the next one against.
        raise click.exceptions.Exit(int(verdict.status))
    if policy is not None and policy_file is not None and verdict.status in {Status.SOUND, Status.CONSISTENT}:
        from kindstem.wire import canonical

        seen = with_state(policy, int(verdict.facts["size"]), str(verdict.facts["root"]))
        try:
            inspection.write_anew(policy_file, canonical(seen) + b"\n")
        except OSError:
            click.echo(f"What this run saw could not be written into {policy_file}.", err=True)
    raise click.exceptions.Exit(int(verdict.status))


@click.group()
def policy() -> None:
    """The inspector's own file: whom to believe.

    \b
    Example:
      kindstem policy init -o vaart.json
    """


@policy.command("init")
@click.option("-o", "--output", required=True, type=_FILE, help="The file to write; one that is there is kept.")
@click.option("--org", help="The organisation's id.")
@click.option("--log", "log_id", help="The log's id.")
@click.option("--log-key", "log_keys", multiple=True, help="The log's public key; once more after it was changed.")
@click.option("--introducer", "introducers", multiple=True, help="The key id of whom introductions begin from.")
@click.option("--independent", multiple=True, help="The key id of somebody independent; may be given more than once.")
@click.option("--witness", "witnesses", multiple=True, help="A witness that must cosign, as NAME=KEY.")
@click.option("--tsa-root", "tsa_roots", multiple=True, type=_FILE, help="A time-stamping authority's root, in PEM.")
@click.option(
    "--no-external-time", is_flag=True, help="Say in so many words that time may rest on the organisation's word."
)
@click.option("--no-independent", is_flag=True, help="Say in so many words that nobody independent need countersign.")
def policy_init(
    output: Path,
    org: str | None,
    log_id: str | None,
    log_keys: tuple[str, ...],
    introducers: tuple[str, ...],
    independent: tuple[str, ...],
    witnesses: tuple[str, ...],
    tsa_roots: tuple[Path, ...],
    no_external_time: bool,
    no_independent: bool,
) -> None:
    """Make a policy file, and say for each part with whom to compare it and where it must come from.

    Asks for what is not given. Take nothing from the bundle, and nothing by mail from the organisation that you
    inspect: whoever invents a log would invent these with it.

    \b
    Examples:
      kindstem policy init -o vaart.json
      kindstem policy init -o vaart.json --org AAECAwQFBgcICQoLDA0ODw --witness inspectie=…
    """
    from kindstem import inspection

    if output.exists():
        raise SetupFault(f"{output} is there already, and holds what was seen last time. Give another file.")

    def asked(name: str, given: str | None) -> str:
        if given:
            return given
        click.echo(inspection.ASKED[name])
        answer: str = click.prompt("  ").strip()
        return answer

    data = inspection.policy_of(
        org=asked("org", org),
        log=asked("log", log_id),
        log_keys=list(log_keys) or [asked("log_key", None)],
        introducers=list(introducers) or [asked("introducer", None)],
        independent=list(independent),
        witnesses=list(witnesses),
        tsa_roots=list(tsa_roots),
        external_time=not no_external_time,
        needs_independent=not no_independent,
    )
    output.write_bytes(data)
    click.echo(f"{output} is made.")
    if not independent and not no_independent:
        click.echo(f"Still missing: {inspection.ASKED['independent']}")
    if not (witnesses or tsa_roots or no_external_time):
        click.echo(f"Still missing: {inspection.ASKED['witness']}")
        click.echo(f"           or: {inspection.ASKED['tsa_root']}")
    if not (independent or no_independent) or not (witnesses or tsa_roots or no_external_time):
        click.echo("Until then a verdict is 'consistent in itself' at best.")


@click.group()
def audit() -> None:
    """The audit bundle: export it, draw a sample from it, enter what the child said.

    \b
    Example:
      kindstem audit export --from 2026-01-01 --to 2026-12-31 -o bundle-2026.zip
    """


@audit.command("export")
@_DATA
@click.option("--from", "since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The period's first day.")
@click.option("--to", "until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The period's last day.")
@click.option("-o", "--output", required=True, type=_FILE, help="The file to write; one that is there is kept.")
def audit_export(data: Path, since: datetime, until: datetime, output: Path) -> None:
    """Write the audit bundle over a period: one file with which an inspector verifies without you.

    Pseudonymous: children by the random name they have in the log only. It holds the key records of professionals with
    their names, the whole log, and everything about the talks of the period; no word of a child. Works while the server
    runs.

    \b
    Example:
      kindstem audit export --from 2026-01-01 --to 2026-12-31 -o bundle-2026.zip
    """
    from kindstem import audit as room
    from kindstem import inspection
    from kindstem.config import Config
    from kindstem.store import Store

    progress = None
    if sys.stderr.isatty():
        progress = inspection.progress_on(lambda text: click.echo(text, err=True, nl=False))
    store = Store.open(Config(data=data).database)
    try:
        now = datetime.now(UTC)
        found = room.export(store, output, since.date(), until.date(), now=now, progress=progress)
    finally:
        store.close()
    click.echo(f"{output} has the log's {found.size} entries, {found.opened} of them open, for {_days(since, until)}.")
    click.echo("It names no child, and who verified what may tell a lot: hand it over in person or encrypted.")


def _days(since: datetime, until: datetime) -> str:
    first, last = (day.date().isoformat() for day in (since, until))
    return f"{first} to {last}"


@audit.command("sample")
@click.argument("bundle", type=_FILE)
@click.option("--seed", required=True, help="A public random text that nobody could choose, such as a lottery's draw.")
@click.option("--count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many talks.")
@click.option("--json", "as_json", is_flag=True, help="The talks as JSON.")
def audit_sample(bundle: Path, seed: str, count: int, as_json: bool) -> None:
    """Draw talks from a bundle by a public random seed, for somebody other than the worker to ask about.

    The same seed and bundle give the same talks to everybody. With --json it is the file that a second reader or
    vertrouwenspersoon opens at the desk (Talks, Sample) to ask the child, compare the safety number on its own phone,
    and sign the answer. Verify the bundle first.

    \b
    Example:
      kindstem audit sample bundle-2026.zip --seed "Staatsloterij 2026-12-10: 7 12 19 23 38 41" --count 30
    """
    from kindstem.verify.run import draw
    from kindstem.verify.verdict import Unreadable

    try:
        found = draw(bundle, seed, count)
    except Unreadable as fault:
        click.echo(f"{bundle} could not be read ({fault.reason} {fault.where}).", err=True)
        raise click.exceptions.Exit(2) from None
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for one in found:
        place, level = f"{one['index']:>9}  {one['start']}", f"level {one['level']}"
        click.echo(f"{place}  {level}  child {one['subj']}  talk {one['talk']}")
    if not found:
        click.echo("The bundle's period has no realised 1-op-1 contact.")


@audit.command("result")
@_DATA
@click.argument("file", type=_FILE)
def audit_result(file: Path, data: Path) -> None:
    """Enter a sample's result that was signed elsewhere than at the desk, by somebody other than who held the talk.

    FILE is JSON, {"record": {"t": "sample", …}, "sigs": […]} (docs/protocol/bundle.md): found is yes, no or unreached.
    The next bundle shows it beside the count.

    \b
    Example:
      kindstem audit result sample-4711.json --data /var/lib/kindstem
    """
    from kindstem import samples as room
    from kindstem import wire
    from kindstem.config import Config
    from kindstem.store import Store

    try:
        value = wire.parse_json(file.read_bytes()[: 64 * 1024])
    except OSError:
        raise SetupFault(f"{file} cannot be read.") from None
    store = Store.open(Config(data=data).database)
    try:
        index = asyncio.run(room.keep_result(store, value, now=datetime.now(UTC)))
    finally:
        store.close()
    click.echo(f"Entered as entry {index} of the log. Its checkpoint is signed when the server next signs one.")


def commands() -> list[click.Command]:
    """What cli.py hangs up."""
    return [verify, policy, audit]
