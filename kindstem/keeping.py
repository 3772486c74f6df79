"""The commands of whoever keeps roster, norms and calendar, and the recount. cli.py hangs them up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kindstem.errors import BadNorm, BadRequest, SetupFault

if TYPE_CHECKING:
    from kindstem.roster import Imported
    from kindstem.store import Store

T = TypeVar("T")

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
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def roster() -> None:
    """The children the organisation is charged with, as the case system knows them (docs/roster.md).

    \b
    Example:
      kindstem roster import roster.csv --data /var/lib/kindstem
    """


@roster.command("import")
@_DATA
@click.argument("file", type=_FILE)
@click.option("--apply", is_flag=True, help="Change the roster. Without it, only what would change is said.")
@click.option("--json", "as_json", is_flag=True, help="What changes as JSON.")
@_LANG
def roster_import(file: Path, data: Path, apply: bool, as_json: bool, lang: str) -> None:
    """Take in the whole roster as it is now, a CSV file of the case system; without --apply, say what would change.

    One line for each measure of a child: kindnummer, month of birth, measure, day charged, and more (docs/roster.md).
    No name and no BSN. Every line that is not taken gets a sentence, which shows nothing of it but kindnummer and
    column; a child with such a line stays as it was, and the command ends with status 1. A child that the file does
    not name is named, and stays until an end date comes. What changes enters the log.

    \b
    Examples:
      kindstem roster import roster.csv --data /var/lib/kindstem
      kindstem roster import roster.csv --data /var/lib/kindstem --apply
    """
    from kindstem import roster as room

    try:
        content = file.read_bytes()
    except OSError:
        raise SetupFault(f"{file} cannot be read.") from None
    found = _with_store(data, lambda store: room.take_in(store, content, apply=apply, now=datetime.now(UTC)))
    if as_json:
        click.echo(json.dumps(_plain(found), ensure_ascii=False, indent=1))
    else:
        _print(found, lang)
    if found.refused:
        raise click.exceptions.Exit(1)


def _plain(found: "Imported") -> dict[str, Any]:
    return {
        "applied": found.applied,
        "lines": found.lines,
        "refused": [
            {"why": one.why, "line": one.line, "child": one.child, "column": one.column} for one in found.refused
        ],
        "added": found.added,
        "begun": found.begun,
        "ended": found.ended,
        "changed": found.changed,
        "absent": found.absent,
        "measuresAbsent": found.measures_absent,
    }


def _print(found: "Imported", lang: str) -> None:
    from kindstem.words import Words

    t = Words(lang).t
    for one in found.refused:
        click.echo(t(f"num.roster.{one.why}", **one.facts))
    if any(one.whole for one in found.refused):
        return
    click.echo(t("num.roster.said.applied" if found.applied else "num.roster.said.dry", n=found.lines))
    for name in ("added", "begun", "ended"):
        children = getattr(found, name)
        if children:
            click.echo(t(f"num.roster.said.{name}", n=len(children), children=", ".join(children)))
    for child, columns in found.changed.items():
        click.echo(t("num.roster.said.changed", child=child, columns=", ".join(columns)))
    if found.absent:
        click.echo(t("num.roster.said.absent", n=len(found.absent), children=", ".join(found.absent)))
    if found.measures_absent:
        named = ", ".join(found.measures_absent)
        click.echo(t("num.roster.said.measures", n=len(found.measures_absent), children=named))


@roster.command("numbers")
@_DATA
@click.option("--count", required=True, type=click.IntRange(1, 10_000), help="How many.")
def roster_numbers(data: Path, count: int) -> None:
    """Print fresh kindnummers, to be noted in the case system beside children who have none.

    They mean nothing, and nothing is kept of them until a roster file names them.

    \b
    Example:
      kindstem roster numbers --count 20
    """
    from kindstem import roster as room

    for number in _with_store(data, lambda store: room.numbers(store, count)):
        click.echo(number)


@roster.command("reported")
@_DATA
@click.argument("day", type=_DAY)
@click.argument("total", type=click.IntRange(0, 1_000_000))
@click.option("--by", "told_by", required=True, help="Who says so: somebody other than the manager.")
def roster_reported(data: Path, day: datetime, total: int, told_by: str) -> None:
    """Keep how many children the organisation reported elsewhere for a day, to stand beside what the roster says.

    \b
    Example:
      kindstem roster reported 2026-10-01 1934 --by "Control, A. Jansen"
    """
    from kindstem import roster as room

    try:
        told = _with_store(
            data, lambda store: room.report(store, day.date(), total, told_by, now=datetime.now(UTC))
        )
    except BadRequest:
        raise SetupFault("The day is not to come, and --by has 1 to 80 characters.") from None
    click.echo(f"{told.total} children on {told.day}, said by {told.by}.")


# --- norms and calendar -----------------------------------------------------------------------------------------------


@click.group()
def norm() -> None:
    """How often a child must be spoken to alone, from which day (docs/counting.md).

    \b
    Example:
      kindstem norm set monthly --from 2027-01-01 --by "Ruth" --why "Board decision of 3 December"
    """


@norm.command("set")
@_DATA
@click.argument("kind", type=click.Choice(["monthly", "yearly", "own"]))
@click.option("--from", "since", required=True, type=_DAY, help="Its first day; only the first norm's may be past.")
@click.option("--number", type=int, help="yearly, own: at least so many in the last twelve months.")
@click.option("--gap", "gap_days", type=int, help="own: the longest gap, in days.")
@click.option("--by", "set_by", required=True, help="Who sets it.")
@click.option("--why", required=True, help="Why; stands beside the norm.")
def norm_set(
    data: Path, kind: str, since: datetime, number: int | None, gap_days: int | None, set_by: str, why: str
) -> None:
    """Set a norm from a day on. Days before it stay judged by the norm they had.

    monthly: the last 1-op-1 contact is at most one calendar month ago. yearly: at least --number in the last twelve
    months, and no gap over twice twelve months divided by that. own: --number and --gap. All are kept, with who, when
    and why, and enter the log.

    \b
    Examples:
      kindstem norm set monthly --from 2027-01-01 --by "Ruth" --why "Board decision of 3 December"
      kindstem norm set yearly --number 6 --from 2027-01-01 --by "Ruth" --why "Agreed with the municipalities"
      kindstem norm set own --number 8 --gap 60 --from 2027-01-01 --by "Ruth" --why "Agreed with the children"
    """
    from kindstem import norms
    from kindstem import roster as room

    try:
        given = norms.norm_of(kind, since.date(), number=number, gap_days=gap_days)
        found = _with_store(data, lambda store: room.set_norm(store, given, set_by, why, now=datetime.now(UTC)))
    except BadNorm as fault:
        raise SetupFault(_NORM_FAULTS[str(fault.facts["field"])]) from None
    click.echo(f"{found.norm.text()} from {found.norm.since}, set by {found.by}.")


_NORM_FAULTS = {
    "kind": "There is no such kind of norm.",
    "number": "--number is 1 to 52; monthly takes none, yearly and own need one.",
    "gap": "--gap is 1 to 366 days; only own takes one, and needs it.",
    "since": "A norm begins today or later: a change never rewrites how days before it were judged.",
    "months": "The number of months is 1 to 12.",
    "why": "--by has 1 to 80 characters, --why 1 to 200.",
}


@norm.command("heard")
@_DATA
@click.argument("months", type=int)
@click.option("--from", "since", required=True, type=_DAY, help="Its first day, today or later.")
@click.option("--by", "set_by", required=True, help="Who sets it.")
@click.option("--why", required=True, help="Why; stands beside it.")
def norm_heard(data: Path, months: int, since: datetime, set_by: str, why: str) -> None:
    """Set for how many months before a decision a talk and words of the child count as heard before it.

    It is 3 until another number is set. Decisions of earlier days keep the number they had. All are kept, with who,
    when and why, and enter the log (docs/counting.md).

    \b
    Example:
      kindstem norm heard 2 --from 2027-01-01 --by "Ruth" --why "Agreed with the children"
    """
    from kindstem import roster as room

    async def keep(store: "Store") -> None:
        found = await room.set_heard_within(store, since.date(), months, set_by, why, now=datetime.now(UTC))
        click.echo(f"Heard within {found.months} months before a decision, from {found.since}, set by {found.by}.")

    try:
        _with_store(data, keep)
    except BadNorm as fault:
        raise SetupFault(_NORM_FAULTS[str(fault.facts["field"])]) from None


@norm.command("list")
@_DATA
def norm_list(data: Path) -> None:
    """List every norm that was ever set, and for how long before a decision things count: from when, by whom, why.

    \b
    Example:
      kindstem norm list --data /var/lib/kindstem
    """

    async def ask(store: "Store") -> None:
        found = await store.read(lambda r: r.norms_set())
        if not found:
            click.echo("No norm yet. `kindstem norm set` sets one; until then nobody is judged.")
        for one in found:
            click.echo(f"{one.norm.since}  {one.norm.text():<20} set {one.at:%Y-%m-%d} by {one.by}: {one.why}")
        for within in await store.read(lambda r: r.heard_within()):
            told = f"set {within.at:%Y-%m-%d} by {within.by}: {within.why}"
            click.echo(f"{within.since}  {f'heard within {within.months} months':<20} {told}")

    _with_store(data, ask)


@click.command("free-days")
@_DATA
@click.option("--add", type=_DAY, multiple=True, help="Equate this day with a holiday.")
@click.option("--remove", type=_DAY, multiple=True, help="Equate it no longer.")
def free_days(data: Path, add: tuple[datetime, ...], remove: tuple[datetime, ...]) -> None:
    """Show, add or remove the days that are equated with holidays when working days are counted.

    Weekends and the holidays of article 3 of the Algemene termijnenwet are known. These are the days that a decree
    equates with them, such as the Friday after Ascension Day.

    \b
    Examples:
      kindstem free-days
      kindstem free-days --add 2027-05-07
    """
    from kindstem import roster as room

    async def act(store: "Store") -> list[date]:
        days = await store.read(lambda r: r.equated_days())
        changed = (days | {one.date() for one in add}) - {one.date() for one in remove}
        if changed != days:
            await room.set_equated(store, changed)
        return sorted(changed)

    for day in _with_store(data, act):
        click.echo(day.isoformat())


# --- the recount ------------------------------------------------------------------------------------------------------


@click.command()
@_DATA
@click.option("--mend", is_flag=True, help="Put what was counted anew in place of what is kept.")
def recount(data: Path, mend: bool) -> None:
    """Count everything again from signed records, roster and norms, and say whether it equals what is kept.

    Ends with status 1 when it does not, unless --mend put it right.

    \b
    Example:
      kindstem recount --data /var/lib/kindstem
    """
    from kindstem import recounting as room

    found = _with_store(data, lambda store: room.recount(store, mend=mend))
    click.echo(f"{found.children} children, {found.rows} talks.")
    if found.right:
        click.echo("Everything that is kept equals the recount.")
        return
    click.echo(
        f"Not equal: talks of {found.contacts_wrong} children, days of {found.days_wrong} children, "
        f"{found.sums_wrong} sums."
    )
    if not mend:
        raise click.exceptions.Exit(1)
    click.echo("Put right.")


def commands() -> list[click.Command]:
    """What cli.py hangs up."""
    return [roster, norm, free_days, recount]


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
