"""What a chain of records about one talk comes to: its level, and whether it counts (docs/protocol/attestation.md).

Pure, and used by whoever says a level: the server, the bundle's exporter and the verifier; `static/talks.js` says the
same in the browser. Everything is read from the records and the order of the log, nothing from when they happened to
arrive: an answer that was held back can lower a level, and never raise one.

The records that come in have valid signatures by keys that may sign them; whoever calls has seen to that.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kindstem.domain import TalkRow
from kindstem.wire import Record

BOTH_THERE: Final = timedelta(hours=24)
"""How long after its end a talk's second code may be taken for level A."""

LATE: Final = timedelta(hours=24)
"""How long after a talk its record may enter the log without being called late."""

AHEAD: Final = timedelta(minutes=2)
"""How far a record's own time may lie ahead of ours without being marked: clocks differ a little."""


class Level(StrEnum):
    """Who confirmed a talk, and how. These are no steps of a ladder, and they are never added up."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Link:
    """One record of a chain, with its hash, the ids of the keys that signed it, and its index in the log."""

    hash: str
    record: Record
    by: tuple[str, ...]
    index: int

    @property
    def t(self) -> str:
        """The record's type."""
        return str(self.record["t"])


def link_of(row: TalkRow) -> Link:
    """The link of a record that is kept; its place among all that are kept stands for its index in the log."""
    return Link(row.hash, json.loads(row.record.text), tuple(one.by for one in row.record.sigs), row.order)


@dataclass(frozen=True, slots=True)
class ChildKeys:
    """A device of the child: the ids of its two keys, and since when it was the child's, by its evidence record."""

    signing: str
    unlock: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Chain:
    """A first record, a talk or a talk not held, and everything that names it, in the order of the log."""

    first: Link
    counted: tuple[Link, ...]
    """The first record and those that follow it, each the first in the log to follow the one before."""
    aside: tuple[Link, ...] = ()
    """Records that do not count: second followers, those that follow them, and those that follow nothing known."""
    answers: tuple[Link, ...] = ()
    mets: tuple[Link, ...] = ()

    @property
    def newest(self) -> Link:
        """The record that the next one has to follow."""
        return self.counted[-1]

    @property
    def current(self) -> Link:
        """The talk (or talk not held) as it now stands: the newest that is no withdrawal."""
        return next(link for link in reversed(self.counted) if link.t != "withdrawal")

    @property
    def withdrawn(self) -> bool:
        """Whether the professional took it back."""
        return self.newest.t == "withdrawal"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a chain comes to."""

    level: Level
    unlocked: bool = False
    """For level A: whether the child's phone was unlocked."""
    withdrawn: bool = False
    after_dispute: bool = False
    """Withdrawn while a dispute stood that the log already held."""
    realised: bool = False
    """Whether it counts as a realised 1-op-1 contact."""


# --- chains -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathering:
    first: Link
    followers: dict[str, list[Link]] = field(default_factory=dict)
    answers: list[Link] = field(default_factory=list)
    mets: list[Link] = field(default_factory=list)


def chains_of(links: Iterable[Link]) -> tuple[list[Chain], list[Link]]:
    """The chains that these records make, in the order of their first records in the log; and those in no chain.

    Plans and device records are in no chain and are left out of both. A record is named alone when what it names is not
    among these records, or belongs to another child.
    """
    ordered = sorted(links, key=lambda link: link.index)
    gathered: dict[str, _Gathering] = {}
    home: dict[str, str] = {}
    for link in ordered:
        if link.t == "notheld" or (link.t == "talk" and link.record["first"] is None):
            gathered[link.hash] = _Gathering(link)
            home[link.hash] = link.hash
    alone = []
    for link in ordered:
        if link.t == "withdrawal" or (link.t == "talk" and link.record["first"] is not None):
            chain = gathered.get(link.record["first"])
            if chain is None or not _same_child(chain.first, link):
                alone.append(link)
                continue
            home[link.hash] = chain.first.hash
            chain.followers.setdefault(link.record["prev"], []).append(link)
    for link in ordered:
        if link.t in {"answer", "met"}:
            chain = gathered.get(home.get(link.record["talk"], ""))
            if chain is None or not _same_child(chain.first, link):
                alone.append(link)
            else:
                (chain.answers if link.t == "answer" else chain.mets).append(link)
    return [_chain(one) for one in gathered.values()], alone


def _chain(gathered: _Gathering) -> Chain:
    counted, aside = [gathered.first], []
    while counted[-1].t != "withdrawal":
        fitting = [one for one in gathered.followers.get(counted[-1].hash, []) if may_follow(one, gathered.first)]
        if not fitting:
            break
        counted.append(fitting[0])
    known = {one.hash for one in counted}
    aside = [one for followers in gathered.followers.values() for one in followers if one.hash not in known]
    return Chain(
        gathered.first,
        tuple(counted),
        tuple(sorted(aside, key=lambda one: one.index)),
        tuple(gathered.answers),
        tuple(gathered.mets),
    )


def _same_child(first: Link, other: Link) -> bool:
    return (first.record["org"], first.record["subj"]) == (other.record["org"], other.record["subj"])


def may_follow(link: Link, first: Link) -> bool:
    """Whether a correction or withdrawal leaves alone what it must: whose talk it was, and with which child.

    A talk with another child, or by somebody else, is another talk: the first is withdrawn and a new one recorded.
    """
    mine, theirs = link.record, first.record
    fits = first.t == "talk" and mine["pro"] == theirs["pro"] and mine["by"] == theirs["by"]
    return bool(fits and (link.t == "withdrawal" or mine["child"] == theirs["child"]))


# --- what was said ----------------------------------------------------------------------------------------------------


def confirms(answer: Record, about: Record) -> bool:
    """Whether an answer says of this record: yes, it was so.

    To a talk that was not held, `talked` says whether it is so what the record says of it.
    """
    alone = about.get("who") != "alone" or answer["says"]["alone"] == "yes"
    return bool(answer["says"]["talked"] == "yes" and alone)


def disputes(answer: Record, about: Record) -> bool:
    """Whether an answer says of this record: no. Not having been alone matters only where it says so."""
    alone = about.get("who") == "alone" and answer["says"]["alone"] == "no"
    return bool(answer["says"]["talked"] == "no" or alone)


def level_of(chain: Chain, devices: Sequence[ChildKeys]) -> Verdict:
    """The level of a chain and whether it counts, for a child who had these devices.

    A confirmation covers only the record it names; a dispute stands on the whole chain until the child's own device
    says yes afterwards. What came after what is read from the answers themselves: from the earlier answer that one
    names, and else from their times. At the same time, the no stands.

    A talk that was not held has level D, or is disputed; it never counts.
    """
    said = _Said(chain, devices)
    standing = said.standing_disputes()
    current = chain.current
    if standing:
        level, unlocked = Level.DISPUTED, False
    else:
        level, unlocked = _level(chain, said)
    withdrawn = chain.withdrawn
    counts = (
        current.t == "talk"
        and current.record["kind"] == "face"
        and current.record["who"] == "alone"
        and current.record["planned"] in {"planned", "asked"}
    )
    return Verdict(
        level=level,
        unlocked=unlocked,
        withdrawn=withdrawn,
        after_dispute=withdrawn and any(one.index < chain.newest.index for one in standing),
        realised=counts and not withdrawn and not standing,
    )


def _level(chain: Chain, said: _Said) -> tuple[Level, bool]:
    current = chain.current
    if current.t != "talk":
        return Level.D, False
    yes = [one for one in said.last_yes() if one.record["talk"] == current.hash]
    own = [one for one in yes if said.own(one)]
    there = [one for one in own if one.record["way"] == "room" and said.device(one) == current.record["child"]]
    met = [one for one in there if any(_took(met, one, current.record) for met in chain.mets)]
    if met:
        return Level.A, any(said.unlocked(one) for one in met)
    if own:
        return Level.B, False
    return (Level.C if yes else Level.D), False


def _took(met: Link, answer: Link, talk: Record) -> bool:
    """Whether this record says that the talk's professional took this answer's code, when both could be there."""
    if met.record["answer"] != answer.hash or met.record["talk"] != answer.record["talk"] or talk["pro"] not in met.by:
        return False
    at = datetime.fromisoformat(met.record["at"])
    began, ended = (datetime.fromisoformat(talk[name]) for name in ("start", "end"))
    return began <= at <= ended + BOTH_THERE


class _Said:
    """The answers of a chain, and which came after which."""

    def __init__(self, chain: Chain, devices: Sequence[ChildKeys]) -> None:
        self._devices = {one.signing: one for one in devices}
        self._about = {link.hash: link.record for link in (*chain.counted, *chain.aside) if link.t != "withdrawal"}
        self._counted = {link.hash for link in chain.counted}
        self._answers = [one for one in chain.answers if self._heard(one)]
        self._by_hash = {one.hash: one for one in self._answers}

    def _heard(self, answer: Link) -> bool:
        if answer.record["talk"] not in self._about:
            return False
        if answer.record["way"] == "kindmodus":
            return not self.own(answer)
        # A device that nobody introduced confirms nothing; its no is heard all the same.
        return self.own(answer) or self._no(answer)

    def device(self, answer: Link) -> str | None:
        """The device of the child that signed an answer."""
        return next((key for key in answer.by if key in self._devices), None)

    def own(self, answer: Link) -> bool:
        """Whether the child's own device said it."""
        return self.device(answer) is not None

    def unlocked(self, answer: Link) -> bool:
        """Whether the phone was unlocked."""
        device = self.device(answer)
        return device is not None and self._devices[device].unlock in answer.by

    def _no(self, answer: Link) -> bool:
        return disputes(answer.record, self._about[answer.record["talk"]])

    def _yes(self, answer: Link) -> bool:
        # Yes to a record that does not count is no answer to the one that does.
        named = answer.record["talk"]
        return named in self._counted and confirms(answer.record, self._about[named])

    def standing_disputes(self) -> list[Link]:
        """The disputes that nothing has taken back."""
        return [no for no in self._answers if self._no(no) and not any(self._lifts(yes, no) for yes in self._answers)]

    def _lifts(self, yes: Link, no: Link) -> bool:
        if not self._yes(yes) or not self._after(yes, no):
            return False
        if self.own(yes):
            return True
        # In kindmodus the professional holds the keys, so it takes nothing back from a child who has a phone.
        at = datetime.fromisoformat(yes.record["at"])
        has_phone = any(one.since <= at for one in self._devices.values())
        return bool(no.record["way"] == "kindmodus" and not has_phone)

    def last_yes(self) -> list[Link]:
        """The confirmations that nothing else came after, or at the same time as."""
        others = [one for one in self._answers if not self._yes(one)]
        return [one for one in self._answers if self._yes(one) and all(self._after(one, other) for other in others)]

    def _after(self, one: Link, earlier: Link) -> bool:
        if earlier.hash in self._before(one):
            return True
        later: bool = one.record["at"] > earlier.record["at"]
        return later and one.hash not in self._before(earlier)

    def _before(self, answer: Link) -> set[str]:
        """The answers that this one names as earlier, one after the other."""
        found: set[str] = set()
        prev = answer.record["prev"]
        while prev is not None and prev not in found:
            found.add(prev)
            link = self._by_hash.get(prev)
            prev = link.record["prev"] if link else None
        return found


# --- a request to talk alone ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a child to talk alone, and every record in which it is taken away."""

    request: Link
    ends: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A chain about a talk, with what it comes to."""

    chain: Chain
    verdict: Verdict


def held_of(links: Iterable[Link], devices: Sequence[ChildKeys]) -> list[Held]:
    """The chains about talks that these records make, each with what it comes to for a child who had these devices."""
    return [Held(chain, level_of(chain, devices)) for chain in chains_of(links)[0]]


def requests_of(links: Iterable[Link]) -> tuple[list[Asked], list[Link]]:
    """The requests among these records, in the order of the log, each with its ends; and ends of nothing known."""
    ordered = sorted(links, key=lambda link: link.index)
    made = {link.hash: link for link in ordered if link.t == "request"}
    ends: dict[str, list[Link]] = {}
    alone = []
    for link in ordered:
        if link.t != "request-end":
            continue
        request = made.get(link.record["request"])
        if request is None or not _same_child(request, link):
            alone.append(link)
        else:
            ends.setdefault(request.hash, []).append(link)
    return [Asked(link, tuple(ends.get(link.hash, ()))) for link in made.values()], alone


def takes_away(end: Record, request: Record, devices: Sequence[ChildKeys]) -> bool:
    """Whether this record takes that request away: it is the child's to do.

    In kindmodus the professional holds the key, so there it ends only what was asked there, and nothing of a child who
    has a phone by then.
    """
    if end["way"] != "kindmodus":
        return True
    at = datetime.fromisoformat(end["at"])
    return request["way"] == "kindmodus" and not any(one.since <= at for one in devices)


def answers_request(held: Held, request: Record, confidants: Collection[str]) -> bool:
    """Whether this talk is what was asked for: a realised 1-op-1 contact that began after it, with that person.

    Whoever asked for somebody independent has it with anybody who was its confidant.
    """
    now = held.chain.current.record
    with_them = now["by"] == request["to"] if request["to"] is not None else now["by"] in confidants
    return held.verdict.realised and with_them and bool(now["start"] > request["at"])


def closed_by(
    asked: Asked, talks: Iterable[Held], devices: Sequence[ChildKeys], confidants: Collection[str]
) -> Link | None:
    """What closed a request: the child's own end, else the first talk it was asked for; None while it is open.

    `talks` are those of the same child. A dispute of the talk that closed it opens it again, because that talk is then
    no realised contact. Nobody else closes a request.
    """
    request = asked.request.record
    own = next((end for end in asked.ends if takes_away(end.record, request, devices)), None)
    if own is not None:
        return own
    fitting = [
        held
        for held in talks
        if _same_child(held.chain.first, asked.request) and answers_request(held, request, confidants)
    ]
    first = min(fitting, key=lambda held: (held.chain.current.record["start"], held.chain.first.index), default=None)
    return first.chain.current if first else None


# --- how records enter the log, and what is marked on them ------------------------------------------------------------


def log_type(record: Record) -> str:
    """The type under which a record enters the log."""
    if record["t"] == "talk":
        return "attestation" if record["first"] is None else "correction"
    if record["t"] == "answer":
        return "dispute" if "no" in record["says"].values() else "confirmation"
    return _LOG_TYPES[record["t"]]


_LOG_TYPES: Final[Mapping[str, str]] = {
    "device": "enrolment",
    "plan": "plan",
    "withdrawal": "withdrawal",
    "notheld": "notheld",
    "met": "confirmation",
    "sample": "sample",
    "request": "request",
    "request-end": "request-end",
}


def about(record: Record) -> str:
    """The time that a record is about: when the talk began or was to begin, else when it was signed."""
    return str(record["start"] if "start" in record else record["at"])


def is_late(record: Record, entered: datetime) -> bool:
    """Whether a talk, or a talk not held, came into the log later than a day after it."""
    ends = record.get("end") or record.get("start")
    return record["t"] in {"talk", "notheld"} and entered > datetime.fromisoformat(str(ends)) + LATE


def is_ahead(record: Record, entered: datetime) -> bool:
    """Whether a record was signed by a clock that ran ahead of the one by which it was entered."""
    signed = record["end"] if record["t"] == "talk" else record["at"]
    return datetime.fromisoformat(signed) > entered + AHEAD
