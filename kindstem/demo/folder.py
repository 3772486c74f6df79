"""The demonstration's own folder: how it is known, and what lies in it beside the server's files."""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kindstem.errors import SetupFault
from kindstem.serving import CLAIM

MARKER = "demonstration.json"
VERSION = 1
"""Rises when a folder made before can no longer be served; such a folder is built anew."""


@dataclass(frozen=True)
class Player:
    """Somebody of the demonstration who signs in, with everything that is needed for it."""

    id: str
    person: str
    name: str
    full_name: str
    role: str
    title: str
    team: str | None
    active: bool
    passphrase: str | None = None
    totp_secret: str | None = None
    recovery_code: str | None = None
    one_time_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Played:
    """A child of the demonstration: its name, which the server does not know, beside its kindnummer."""

    id: str
    child: str
    name: str
    age: int
    readers: tuple[str, ...]
    entries: int


@dataclass(frozen=True)
class Made:
    """What a demonstration knows of itself from one start to the next."""

    org: str
    organisation: str
    made_at: str
    day_0: str
    count: int
    people: tuple[Player, ...]
    children: tuple[Played, ...]
    waiting: str
    """The kindnummer of the child whose enrolment is held open."""
    waiting_name: str
    enroller: dict[str, str]
    """Sam's seeds, {reading, signing} in b64: with these the demonstration plays Sam's part of that one enrolment."""
    contacts: int = 0
    """How many rows of talks it was made of; 0 for one with messages. One for numbers only has no enrolment."""


def default(*, numbers: bool = False) -> Path:
    """Where the demonstration lives when nobody says otherwise; the one for numbers only beside it."""
    home = os.environ.get("XDG_DATA_HOME")
    name = "kindstem-demo-numbers" if numbers else "kindstem-demo"
    return (Path(home) if home else Path.home() / ".local" / "share") / name


def state(folder: Path) -> str:
    """`empty` for a folder that is not there or holds nothing, `ours` for one that this command made.

    Raises SetupFault for any other: real words would stand beside printed passphrases.
    """
    if not folder.exists():
        return "empty"
    if not folder.is_dir():
        raise SetupFault(f"{folder} is not a folder. Give another with --data.")
    if (folder / MARKER).is_file():
        return "ours"
    if any(inside.name != CLAIM for inside in folder.iterdir()):
        raise SetupFault(
            f"{folder} was not made by 'kindstem demo', and the demonstration never touches another folder. "
            "Give one that does not exist yet with --data."
        )
    return "empty"


def read(folder: Path) -> Made | None:
    """What an earlier start left, or None when it was not finished or is of another version: then it is built anew."""
    try:
        raw = json.loads((folder / MARKER).read_text("utf-8"))
        if raw["version"] != VERSION or raw["made"] is None:
            return None
        made: dict[str, Any] = raw["made"]
        people = tuple(Player(**{**one, "one_time_codes": tuple(one["one_time_codes"])}) for one in made["people"])
        children = tuple(Played(**{**one, "readers": tuple(one["readers"])}) for one in made["children"])
        return Made(**{**made, "people": people, "children": children})
    except (KeyError, TypeError, ValueError):
        return None


def begin(folder: Path) -> None:
    """An empty folder that is marked as ours before anything is in it.

    So one that was left half built is known as ours the next time, and is thrown away.
    """
    if folder.exists():
        for inside in folder.iterdir():
            # The certificate is kept, because a phone that accepted it would be asked again; and the claim, because it
            # is held.
            if inside.name.startswith("lan-certificate") or inside.name == CLAIM:
                continue
            if inside.is_dir():
                shutil.rmtree(inside)
            elif inside.name != MARKER:
                inside.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_private(folder / MARKER, json.dumps({"version": VERSION, "made": None}))


def finish(folder: Path, made: Made) -> None:
    """Keep what the next start needs."""
    write_private(folder / MARKER, json.dumps({"version": VERSION, "made": asdict(made)}, ensure_ascii=False, indent=1))


def write_private(path: Path, text: str) -> None:
    """A file that only its owner reads, there as a whole or not at all."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
