"""What a demonstration tells: loudly for people, and the same as JSON for scripts."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import segno

from kindstem.demo.folder import Made, Player, write_private
from kindstem.demo.phone import Waiting
from kindstem.tls import Certificate
from kindstem.words import AMSTERDAM

STEP = 30
"""Seconds for which a code of the second factor holds."""

_BAR = 74 * "#"
_ROLES = {
    "worker": "jeugdbeschermer",
    "second": "second reader",
    "confidant": "vertrouwenspersoon",
    "oncall": "on-call service",
    "team_leader": "team leader",
    "manager": "manager",
    "administrator": "administrator",
}


def code(player: Player, now: datetime) -> tuple[str, int]:
    """Somebody's six digits at a moment, and for how many seconds they still hold."""
    assert player.totp_secret is not None, "asked of people who sign in"
    return pyotp.TOTP(player.totp_secret).at(now), STEP - int(now.timestamp()) % STEP


def square(link: str, *, coloured: bool) -> str:
    """The link as a QR code of block characters.

    `coloured` for a terminal: a block is white on black there whatever its colours are, as many phones cannot read a
    square whose light and dark are swapped.
    """
    out = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(out, border=2, compact=True)
    lines = out.getvalue().rstrip("\n").splitlines()
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" if coloured else line for line in lines)


def people_text(made: Made, base_url: str, *, data: Path, now: datetime) -> str:
    """Who is in it and who can sign in with what."""
    lines = [
        "",
        f"  {_BAR}",
        "  #  A DEMONSTRATION. Nobody in it exists; every word in it is invented.  #",
        "  #  Its passphrases are printed here: never put anything real into it.   #",
        f"  {_BAR}",
        "",
        f"  {made.organisation}: {made.count} children, built {_local(made.made_at)}",
        "",
        *(_numbers_only(made, base_url) if made.contacts else _doors(base_url)),
        "",
    ]
    for player in made.people:
        who = f"{player.name:<8} {_ROLES[player.role]}" + (f", {player.team}" if player.team else "")
        if player.passphrase is None:
            lines.append(f"    {who:<38} {_why_not(player)}")
            continue
        digits, _ = code(player, now)
        lines.append(f"    {who:<38} {player.passphrase}")
        lines.append(f"    {'':<38} second factor {player.totp_secret}, now {digits}")
    given = f" --data {data}"
    lines += [
        "",
        f"  A code holds for {STEP} seconds and works once. A fresh one:",
        f"    kindstem demo-code {made.people[0].name}{given}",
        "  Or put the second factor into an authenticator, as a key you type in.",
        "",
    ]
    return "\n".join(lines)


def _doors(base_url: str) -> list[str]:
    return [
        f"  Sign in at  {base_url}/desk/  with a name, a passphrase and a code;",
        f"  whoever counts (team leader, manager, administrator) at  {base_url}/numbers/",
    ]


def _numbers_only(made: Made, base_url: str) -> list[str]:
    return [
        f"  NUMBERS ONLY: a roster and {made.contacts} rows of talks. There is no message in it, no child",
        "  has a phone, and no row has a signed record behind it: nothing in it can be verified.",
        "",
        f"  Sign in at  {base_url}/numbers/  with a name, a passphrase and a code.",
    ]


def _why_not(player: Player) -> str:
    return "cannot sign in" if player.active else "left, cannot sign in"


def enrolment_text(waiting: Waiting, name: str, *, coloured: bool = False) -> str:
    """The open enrolment: link, square and start code."""
    until = waiting.expires.astimezone(AMSTERDAM).strftime("%H:%M")
    grouped = "\n".join(f"    {line}" for line in square(waiting.link, coloured=coloured).splitlines())
    return "\n".join(
        [
            "",
            f"  Become a child ({name}, whom Sam reads). Open this in a browser of its own, or scan it with a phone:",
            "",
            f"    {waiting.link}",
            "",
            grouped,
            "",
            f"  or open the address without what is behind # and type the start code:  {waiting.startcode}",
            f"  Good once, until {until}; then a new one is printed. Sam's part is played here.",
            "",
        ]
    )


def certificate_text(made: Certificate, base_url: str) -> str:
    """What a phone will warn about, and what to compare."""
    pairs = made.fingerprint.split(":")
    return "\n".join(
        [
            "",
            "  On a phone in the same network:",
            "",
            f"    {base_url}/",
            "",
            "  The phone will say that the connection is not private, or that the certificate is not trusted. That is",
            "  right: this computer made the certificate itself, because no authority gives one for an address in a",
            "  local network. Look at the certificate in the warning (details, fingerprint) and compare its SHA-256",
            "  with this one. Equal means that nobody stands in between: go on. Different: stop.",
            "",
            f"    {':'.join(pairs[:16])}:",
            f"    {':'.join(pairs[16:])}",
            "",
            "  The part that works without network may stay off on a phone that does not trust the certificate.",
            f"  It is kept in the demonstration's folder and ends on {made.ends.astimezone(AMSTERDAM):%d-%m-%Y}.",
            "",
        ]
    )


def as_json(
    made: Made, waiting: Waiting | None, base_url: str, *, data: Path, certificate: Certificate | None, now: datetime
) -> dict[str, Any]:
    """All of it for scripts (docs/demo.md has the form)."""
    return {
        "demonstration": True,
        "note": "Invented people. These secrets guard nothing real.",
        "url": base_url,
        "data": str(data),
        "made_at": made.made_at,
        "day_0": made.day_0,
        "organisation": {"id": made.org, "name": made.organisation},
        "people": [_person(player, now) for player in made.people],
        "children": [
            {
                "id": child.id,
                "child": child.child,
                "name": child.name,
                "age": child.age,
                "readers": list(child.readers),
                "entries": child.entries,
            }
            for child in made.children
        ],
        "contacts": made.contacts,
        "enrolment": waiting
        and {
            "child": waiting.child,
            "name": made.waiting_name,
            "link": waiting.link,
            "startcode": waiting.startcode,
            "expires": waiting.expires.astimezone(UTC).isoformat(timespec="seconds"),
        },
        "tls": certificate and {"certificate": str(certificate.certificate), "sha256": certificate.fingerprint},
    }


def _person(player: Player, now: datetime) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": player.id,
        "person": player.person,
        "name": player.name,
        "full_name": player.full_name,
        "role": player.role,
        "title": player.title,
        "team": player.team,
        "active": player.active,
        "sign_in": None,
    }
    if player.passphrase is not None:
        plain["sign_in"] = {
            "name": player.name,
            "passphrase": player.passphrase,
            "totp_secret": player.totp_secret,
            "code": code(player, now)[0],
            "recovery_code": player.recovery_code,
            "one_time_codes": list(player.one_time_codes),
        }
    return plain


def write_json(path: Path, report: dict[str, Any]) -> None:
    """The report in a file that only its owner reads; whoever reads it never sees half of one."""
    write_private(path, json.dumps(report, ensure_ascii=False, indent=1) + "\n")


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(AMSTERDAM):%d-%m-%Y %H:%M}"
