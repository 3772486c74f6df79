"""What came in about talks on a day, as lines for the contact journal of the case system (docs/journal.md).

When, how long, what kind, which level: no name, and no word of a child. The line is the one that the desk copies (its
twin is static/parts/desk-journal.js). Kindnummers and ids of workers leave with it, so each export is noted like every
other thing that leaves the house.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Final

from kindstem import levels
from kindstem.calendar import AMSTERDAM, local_day
from kindstem.domain import Contact, Taken, TalkRow
from kindstem.errors import BadRequest
from kindstem.exports.forms import safe
from kindstem.store import Reader, Store
from kindstem.words import Words

COLUMNS: Final = (
    *("entered", "what", "kindnummer", "worker", "day", "start", "minutes", "kind", "who", "planned"),
    *("reason", "counts", "level", "mark", "line"),
)
"""What stands in each column: docs/journal.md."""

MARK: Final = 8
"""How much of a first record's hash stands in a line, as on the pages of the numbers."""

_KINDS: Final = ("face", "video", "phone")
_WHO: Final = ("alone", "siblings", "parent", "others", "professional", "support")
_PLANNED: Final = ("planned", "passing", "", "asked")
_REASONS: Final = ("absent", "refused", "prevented", "parent", "unsafe", "other")
"""In the order of the catalogue."""


@dataclass(frozen=True)
class Entry:
    """A talk of which something came in on a day, and what: one line of the journal."""

    what: str
    """`new`, `corrected`, `withdrawn`, `notheld`; or `level`, when only what the child or its phone said came in."""
    contact: Contact
    """The talk as it stands now, and not as it stood at the end of that day."""
    corrected: bool
    """Whether it was ever corrected."""


async def entries(store: Store, day: date, *, now: datetime) -> list[Entry]:
    """What came in on a day of the Netherlands, one entry for each talk, by kindnummer and time.

    Raises BadRequest for a day to come.
    """
    since, until = (datetime.combine(one, time(), AMSTERDAM) for one in (day, day + timedelta(days=1)))

    def ask(r: Reader) -> list[Entry]:
        chains = r.chains_between(since, until)
        # A clock that was set back makes no day one to come of which something is there.
        if not chains and day > local_day(now):
            raise BadRequest()
        found = [_entry(r, first, since, until) for first in chains]
        return sorted((one for one in found if one), key=lambda one: (one.contact.child, one.contact.start))

    return await store.read(ask)


def _entry(r: Reader, first: str, since: datetime, until: datetime) -> Entry | None:
    rows = r.talk_chain(first)
    contact = r.contact(first)
    if contact is None:
        return None
    links = [levels.link_of(row) for row in rows if row.type != "device"]
    chain = next(one for one in levels.chains_of(links)[0] if one.first.hash == first)
    came = [row for row in rows if since <= row.at < until]
    return Entry(_what(came, first), contact, sum(one.t == "talk" for one in chain.counted) > 1)


def _what(came: Sequence[TalkRow], first: str) -> str:
    kinds = [row.type for row in came if row.type in {"talk", "notheld", "withdrawal"}]
    if "withdrawal" in kinds:
        return "withdrawn"
    if "notheld" in kinds:
        return "notheld"
    if "talk" in kinds:
        # Recorded and corrected on one day is corrected: the line is that of the correction.
        return "new" if len(kinds) == 1 and any(row.hash == first for row in came) else "corrected"
    return "level"


def line(contact: Contact, words: Words, *, corrected: bool = False) -> str:
    """The line of a talk as it now stands. One that was corrected or withdrawn says so first."""
    t = words.t
    facts = {"when": contact.start.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M"), "mark": contact.first[:MARK]}
    if not contact.kind:
        disputed = ".disputed" if contact.level == "disputed" else ""
        reason = t(f"work.contact.notheld.{_REASONS.index(contact.reason or 'other') + 1}")
        return t(f"work.journal.notheld{disputed}", reason=reason, **facts)
    found = t(
        "work.journal.line",
        n=contact.minutes,
        how=t(f"work.contact.how.{_KINDS.index(contact.kind) + 1}"),
        who=t(f"work.contact.who.{_WHO.index(contact.who) + 1}"),
        planned=t(f"work.contact.planned.{_PLANNED.index(contact.planned) + 1}"),
        counts=t("work.talk.counts" if contact.state == "realised" else "work.talk.countsnot"),
        level=t(f"work.talk.mark.{_level(contact)}"),
        **facts,
    )
    if contact.state.startswith("withdrawn"):
        return t("work.journal.withdrawn", line=found)
    return t("work.journal.corrected", line=found) if corrected else found


def _level(contact: Contact) -> str:
    return "A" if contact.level == "A-unlocked" else contact.level


def as_csv(found: Sequence[Entry], day: date, words: Words) -> bytes:
    """The lines as CSV: UTF-8 with BOM, `;` between cells, no cell a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    for one in found:
        contact = one.contact
        start = contact.start.astimezone(AMSTERDAM)
        held = bool(contact.kind)
        cells = (
            *(day.isoformat(), one.what, contact.child, contact.by, start.date().isoformat()),
            *(start.strftime("%H:%M"), contact.minutes if held else "", contact.kind, contact.who, contact.planned),
            *(contact.reason or "", "yes" if contact.state == "realised" else "no", _level(contact)),
            *(contact.first[:MARK], line(contact, words, corrected=one.corrected)),
        )
        writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()


async def take(store: Store, made: bytes, day: date, by: str, *, now: datetime) -> Taken:
    """Note that the lines of a day leave the house; done before a byte of them does."""
    digest = sha256(made).hexdigest()
    one = Taken(now, "command", by, day.isoformat(), day.isoformat(), None, "journal", digest)
    await store.write(lambda tx: tx.take(one))
    return one
