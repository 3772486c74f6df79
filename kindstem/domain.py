"""What Kindstem is about, as plain values: people, children, devices, lists of readers, entries. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class Door(StrEnum):
    """Where somebody signs in: the desk, with keys, or the numbers, without. Nobody has both in one account."""

    DESK = "desk"
    NUMBERS = "numbers"


class Role(StrEnum):
    """What somebody works as."""

    WORKER = "worker"
    SECOND = "second"
    CONFIDANT = "confidant"
    INDEPENDENT = "independent"
    """Only in a list of readers: a confidant who talks with this child on the child's own yes."""
    ONCALL = "oncall"
    MANAGER = "manager"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    INSPECTOR = "inspector"

    @property
    def reads(self) -> bool:
        """Whether this role can stand on a list of readers, and so has keys and a desk."""
        return self in READING_ROLES

    @property
    def door(self) -> Door:
        """Where this role signs in."""
        return Door.DESK if self.reads else Door.NUMBERS

    @property
    def counts(self) -> bool:
        """Whether this role sees the numbers; a leader only those of one team."""
        return self in COUNTING_ROLES

    @property
    def exports(self) -> bool:
        """Whether this role may take the audit bundle along."""
        return self in {Role.MANAGER, Role.INSPECTOR}

    @property
    def sets(self) -> bool:
        """Whether this role sets norms."""
        return self in {Role.MANAGER, Role.ADMINISTRATOR}


READING_ROLES = frozenset({Role.WORKER, Role.SECOND, Role.CONFIDANT, Role.INDEPENDENT, Role.ONCALL})
PERSON_ROLES: Final = tuple(role for role in Role if role is not Role.INDEPENDENT)
"""What somebody can be added as: `independent` is somebody for one child and not for another."""
COUNTING_ROLES = frozenset({Role.MANAGER, Role.LEADER, Role.INSPECTOR})


class Circle(StrEnum):
    """An audience that the child chooses for a message."""

    WORKER = "worker"
    CONFIDANT = "confidant"
    INDEPENDENT = "independent"
    ONCALL = "oncall"
    SELF = "self"


class Direction(StrEnum):
    """Which way an envelope goes: `up` from the child, `down` from a professional."""

    UP = "up"
    DOWN = "down"


class DeviceState(StrEnum):
    """Whether a child's device may still send."""

    ACTIVE = "active"
    REVOKED = "revoked"


class EnrolState(StrEnum):
    """How far an enrolment has come."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ACTIVE = "active"
    DROPPED = "dropped"


class Method(StrEnum):
    """How the start code reached the child's phone."""

    QR = "qr"
    TYPED = "typed"


@dataclass(frozen=True)
class Org:
    """The organisation that runs this server."""

    id: str
    name: str
    demo: bool


@dataclass(frozen=True)
class Signature:
    """A signature over a record, by the key with id `by`; both in b64."""

    by: str
    sig: str


@dataclass(frozen=True)
class SignedText:
    """A signed record as it is kept: the canonical text of the record and everybody's signatures."""

    text: str
    hash: str
    sigs: tuple[Signature, ...]


@dataclass(frozen=True)
class Away:
    """First and last day somebody is away."""

    since: date
    until: date

    def covers(self, day: date) -> bool:
        """Whether somebody is away on this day."""
        return self.since <= day <= self.until


@dataclass(frozen=True)
class Person:
    """Somebody who works here. `record` is there once they made their keys and kept their keyring."""

    id: str
    name: str
    role: Role
    team: str | None
    mail: str | None
    active: bool
    made_at: datetime
    away: Away | None = None
    started: bool = False
    record: SignedText | None = None
    reading_key: str | None = None
    """The id of their reading key, in b64."""
    signing_keys: tuple[str, ...] = ()
    """Their public signing keys, in b64."""
    until: date | None = None
    """The last day of an account that ends by itself, as an inspector's does."""

    def may_enter(self, day: date) -> bool:
        """Whether somebody may sign in and stay on this day."""
        return self.active and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Child:
    """A child as the server knows it: a kindnummer, and who was to read when it was made."""

    kindnummer: str
    made_at: datetime
    worker: str
    second: str
    enrolled: bool


@dataclass(frozen=True)
class Device:
    """A child's phone."""

    id: str
    child: str
    state: DeviceState
    record: SignedText
    reading_key: str
    signing: str
    unlock: str
    made_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Reader:
    """One line of a list of readers, as far as the server needs it."""

    person: str
    role: Role
    reading_key: str


@dataclass(frozen=True)
class ReaderList:
    """Who may read a circle of a child: a signed record, numbered."""

    child: str
    circle: Circle
    number: int
    record: SignedText
    readers: tuple[Reader, ...]
    at: datetime

    @property
    def keys(self) -> frozenset[str]:
        """The ids of the readers' keys."""
        return frozenset(reader.reading_key for reader in self.readers)

    def has(self, person: str) -> bool:
        """Whether this person stands on the list."""
        return any(reader.person == person for reader in self.readers)


def enough_readers(circle: Circle, roles: Iterable[Role]) -> bool:
    """Whether a list of people with these roles may stand for the circle.

    A worker list has a jeugdbeschermer and a second reader, so that no child depends on one pair of eyes and no key
    has to lie in escrow (docs/protocol/keys.md). A confidant list has one confidant and nobody else, an independent
    list one independent professional; an on-call list has people of the service and nobody else.
    """
    found = list(roles)
    if circle is Circle.WORKER:
        return Role.WORKER in found and Role.SECOND in found and set(found) <= {Role.WORKER, Role.SECOND}
    if circle is Circle.CONFIDANT:
        return found == [Role.CONFIDANT]
    if circle is Circle.INDEPENDENT:
        return found == [Role.INDEPENDENT]
    return circle is Circle.ONCALL and bool(found) and set(found) == {Role.ONCALL}


@dataclass(frozen=True)
class Enrolment:
    """One attempt to link a phone to a child."""

    id: str
    child: str
    by: str
    bundle: str
    """The canonical text of the bundle."""
    proof_qr: str
    proof_typed: str
    state: EnrolState
    made_at: datetime
    expires_at: datetime
    answer: str | None = None
    """The canonical text of the child's answer, {child, lists, proof, method}; with all signatures once active."""


@dataclass(frozen=True)
class NewEntry:
    """An accepted envelope on its way into the store."""

    id: str
    child: str
    direction: Direction
    circle: Circle
    list_number: int | None
    device: str | None
    person: str | None
    hdr: bytes
    body: bytes
    wraps: tuple[tuple[str, bytes], ...]
    digest: bytes
    at: datetime


@dataclass(frozen=True)
class Opened:
    """That somebody fetched an entry."""

    entry: str
    person: str
    name: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class EntryRow:
    """An entry without its body, as one key sees it."""

    seq: int
    id: str
    child: str
    direction: Direction
    circle: Circle
    hdr: bytes
    at: datetime
    wrap: bytes
    to: tuple[str, ...]
    size: int
    device: str | None
    person: str | None
    opened: tuple[Opened, ...] = ()


class ClimbStep(StrEnum):
    """To whom a flag that nobody has seen in time goes."""

    LEADER = "leader"
    ONCALL = "oncall"


class NextStep(StrEnum):
    """What comes after a flag: a kind, and no words."""

    SAFE = "safe"
    VISIT = "visit"
    TALK = "talk"
    REPORT = "report"
    POLICE = "police"
    AGREED = "agreed"
    MISTAKE = "mistake"
    OTHER = "other"


@dataclass(frozen=True)
class FlagStep:
    """What a reader recorded about a flag: by whom, when, and either who reached the child or what comes next."""

    by: str
    at: datetime
    reached: str | None = None
    """The name of who reached the child; empty for somebody else than those who read it."""
    next: NextStep | None = None


@dataclass(frozen=True)
class Flag:
    """That a child set "I am not safe", who has seen it (name, moment), and what became of it."""

    id: str
    child: str
    at: datetime
    seen: tuple[tuple[str, datetime], ...] = ()
    climbed: tuple[tuple[ClimbStep, datetime], ...] = ()
    reached: FlagStep | None = None
    """The newest record of who reached the child."""
    next: FlagStep | None = None
    """The newest record of what comes next."""

    @property
    def open(self) -> bool:
        """Whether a reader has still to say who reached the child, or what comes next."""
        return self.reached is None or self.next is None


@dataclass(frozen=True)
class SchoolSignal:
    """That a text for the school was made, by whom, and whether it was handed over; the text is nowhere here."""

    entry: str
    child: str
    person: str
    name: str
    at: datetime
    handed: tuple[str, datetime] | None = None


class MeldcodeAct(StrEnum):
    """What a sealed entry is in a meldcode: its steps as written, or what became of a decision not to report."""

    STEPS = "steps"
    AGREE = "agree"
    DISAGREE = "disagree"
    OFFICER = "officer"


class Way(StrEnum):
    """On what a child itself answered: its own phone, or the tablet of a professional."""

    PHONE = "phone"
    KINDMODUS = "kindmodus"


class Independent(StrEnum):
    """What became of the offer to talk alone with somebody independent: the child's answer, or that it was held."""

    YES = "yes"
    NO = "no"
    LATER = "later"
    HELD = "held"


@dataclass(frozen=True)
class Became:
    """The newest that is known of an independent talk, by whom and when."""

    what: Independent
    name: str
    """Of who recorded it, or on whose tablet the child said it; empty for what it said on its own phone."""
    at: datetime
    way: Way | None = None
    """How the child itself said it; None for what a professional recorded."""


@dataclass(frozen=True)
class TalkOffer:
    """That a child was offered an independent talk, and the answers it signed; whom it is with lies sealed."""

    entry: str
    meldcode: str
    person: str
    name: str
    at: datetime
    phone: bool
    """Whether it was sealed to a phone of the child, or is asked in kindmodus alone."""
    answers: tuple[SignedText, ...] = ()
    """In the order in which they came in."""
    ways: frozenset[Way] = frozenset()
    """On what it was answered."""


@dataclass(frozen=True)
class MeldcodeRecord:
    """What the server keeps beside a sealed entry of a meldcode: how far it is and which way it was decided."""

    what: MeldcodeAct
    step: int | None = None
    """The last step about which something is written; 0 for none. As the three decisions, of `steps` alone."""
    report: bool | None = None
    help: bool | None = None
    talk: bool | None = None
    """Whether the child is offered a talk alone with somebody independent."""
    of: str | None = None
    """The entry with the steps that a second reader judged, or that was put before the designated officer."""


@dataclass(frozen=True)
class Meldcode:
    """That the meldcode was opened for a child, and what stands in the way of closing it; nothing of what it says."""

    id: str
    child: str
    person: str
    name: str
    at: datetime
    record: MeldcodeRecord | None
    """The newest steps; None before anything was written."""
    entry: str | None
    """The entry that these are in."""
    author: str | None
    judged: tuple[bool, str, datetime] | None
    """Whether another reader agrees with these very steps, who, and when."""
    officer: bool
    """Whether these very steps were put before the designated officer after a reader disagreed."""
    became: Became | None
    offers: tuple[TalkOffer, ...]
    """What the child was asked about it, newest first."""
    closed: tuple[str, datetime] | None

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be there before it can be closed: decisions, then agreement with not reporting."""
        steps = self.record
        decided = {"report": steps and steps.report, "help": steps and steps.help, "talk": steps and steps.talk}
        missing = tuple(name for name, value in decided.items() if value is None)
        if steps is None or steps.report is not False or self.officer or (self.judged and self.judged[0]):
            return missing
        return (*missing, "officer" if self.judged else "second")

    @property
    def offered(self) -> bool:
        """Whether an independent talk was offered."""
        return self.record is not None and self.record.talk is True

    @property
    def waits(self) -> bool:
        """Whether an independent talk was offered, and neither held nor declined by the child."""
        return self.offered and (self.became is None or self.became.what in {Independent.YES, Independent.LATER})


@dataclass(frozen=True)
class Reset:
    """That a reader opened a child's lock again, as a signed record."""

    device: str
    at: datetime
    by: str
    record: SignedText


@dataclass(frozen=True)
class LockSecret:
    """What a PIN or pictures are checked with, and what is handed out for them, sealed by the key file."""

    kind: str
    verifier_hash: bytes
    pepper: bytes


@dataclass(frozen=True)
class Lock:
    """The server's part of a child's lock.

    `coming` is a change that the phone has not used yet. Both open until it does: a phone that stops in between has
    kept its seed under one of the two, and nobody knows which.
    """

    device: str
    present: LockSecret
    coming: LockSecret | None
    failures: int
    next_at: datetime | None


@dataclass(frozen=True)
class Credentials:
    """How somebody proves who they are. Secrets are sealed by the key file or hashed.

    The peppers are empty for a role without keys: there is nothing that they would open.
    """

    person: str
    salt: bytes
    verifier: str
    pepper: bytes
    recovery_salt: bytes
    recovery_verifier: str
    recovery_pepper: bytes
    totp: bytes
    totp_last: int
    keyring: bytes | None = None
    recovery_keyring: bytes | None = None


@dataclass(frozen=True)
class Session:
    """A professional who is signed in."""

    hash: bytes
    person: str
    made_at: datetime
    seen_at: datetime
    wrong: int


@dataclass(frozen=True)
class Standing:
    """How things stand with one child, for one reader: only what that reader's own key could open is counted."""

    child: str
    role: Role
    enrolled: bool
    last: datetime | None
    unread: int
    first_unread: datetime | None
    first_unopened: datetime | None
    """The oldest message that no reader has opened."""


@dataclass(frozen=True)
class Mail:
    """A content-free mail that is to be sent; without a person and an address it is for the on-call service."""

    id: int
    person: str | None
    address: str | None
    made_at: datetime
    tries: int = 0


@dataclass(frozen=True)
class Ticket:
    """A first sign-in under way."""

    person: str
    totp: bytes
    expires_at: datetime


@dataclass(frozen=True)
class Usage:
    """Bytes a sender has sent in one day: small envelopes, and all others."""

    small: int = 0
    large: int = 0


@dataclass(frozen=True)
class TalkRow:
    """A signed record about a talk, as it is kept: the talk, what follows it, what the child says of it, a plan.

    A request for one, and that it was taken away, are kept likewise.
    """

    hash: str
    child: str
    type: str
    """The record's `t`."""
    chain: str
    """The hash of the record that its chain begins with; its own for a plan or a device. Of a request: its own."""
    record: SignedText
    at: datetime
    """When it entered the log."""
    index: int | None
    """Where it stands in the log that is being written."""
    order: int
    """Its place among all of these."""


@dataclass(frozen=True)
class AuditExport:
    """That somebody took an audit bundle along: over which days, and up to where in the log."""

    person: str
    name: str
    at: datetime
    since: date
    until: date
    size: int
    root: str


@dataclass(frozen=True)
class Published:
    """What was published of a month or quarter: the only form in which its numbers ever leave."""

    period: str
    at: datetime
    size: int
    root: str
    """The log it was counted at: how many entries, and their root in standard base64."""
    text: str
    """Canonical JSON, with everything hidden that has to be."""


@dataclass(frozen=True)
class Taken:
    """That a report left the house: who took it, over which months, of whose children, in which form."""

    at: datetime
    way: str
    """`page`, `command` or `token`."""
    by: str
    since: str
    until: str
    municipality: str | None
    form: str
    hash: str


@dataclass(frozen=True)
class Token:
    """With which a municipality's own dashboard asks for the numbers of its children; only a digest is kept."""

    id: str
    municipality: str
    until: date
    made_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class AfterCount:
    """What children of a team thought of talks in a month, as counts and nothing else."""

    team: str
    month: str
    question: str
    values: dict[str, int]


QUESTIONS_QUARTER: Final = ("worker", "around", "school", "safer")
"""What a child may be asked once a quarter: whether its worker, the people around it and school support it, and whether
it is safer than three months ago."""


@dataclass(frozen=True)
class QuarterCount:
    """What children of a team said in a quarter to one of QUESTIONS_QUARTER, as counts and nothing else."""

    team: str
    quarter: str
    """A year and its quarter, as `2026-Q4`."""
    question: str
    values: dict[str, int]
    """By `yes`, `some`, `no`, `unknown` and `skipped`; `some` is "the same" for how safe it is."""


MEASURES: Final = ("ots", "uithuisplaatsing", "voogdij", "jeugdreclassering", "drang", "other")
"""The kinds of measure that a roster can name."""

PLACES: Final = ("home", "foster", "family_home", "group", "other")
"""The kinds of place where a child lives."""

AGES: Final = ("0-3", "4-7", "8-11", "12-15", "16-17")
"""Bands of age. Who is 18 is in none."""

STATES: Final = ("realised", "disputed", "withdrawn", "withdrawn-after-dispute", "notheld", "other")
"""What a contact can come to."""

NOT_HELD: Final = ("absent", "refused", "prevented", "parent", "unsafe", "other")
"""Why a talk was not held, as records say it."""


@dataclass(frozen=True)
class Contact:
    """What a chain of records about one talk comes to, as one row: what numbers are counted from."""

    first: str
    """The hash of the record that the chain begins with."""
    child: str
    day: date
    """The day it was on, or was to be on, in the Netherlands."""
    start: datetime
    minutes: int
    """How long it lasted; 0 for a talk that was not held."""
    kind: str
    """`face`, `video`, `phone`; empty for a talk that was not held, as are `who` and `planned`."""
    who: str
    planned: str
    state: str
    """One of STATES. One that is disputed and withdrawn is withdrawn here, and disputed by its level."""
    reason: str | None
    """Why it was not held."""
    level: str
    """`A`, `A-unlocked`, `B`, `C`, `D` or `disputed`."""
    by: str
    """Whose talk it was: the id of a person."""
    foreseen: bool
    """Whether its plan had come in before it began."""
    late: bool
    """Whether its record came in more than a day after it."""


FACTS: Final = ("family", "municipality", "place", "team", "worker", "diagnostics", "help")
"""What the roster says of a child that can change; `diagnostics` and `help` are the days on which those began."""

FOREVER: Final = date(9999, 12, 31)
"""The last day of what has no end yet."""


@dataclass(frozen=True)
class Fact:
    """Something the roster says of a child, from a day up to and including another."""

    name: str
    """One of FACTS."""
    value: str | None
    since: date
    until: date | None


@dataclass(frozen=True)
class Measure:
    """A child-protection measure that the organisation is charged with."""

    id: str
    child: str
    kind: str
    charged: date
    """The day on which the organisation was charged with it and told so: where the clocks begin."""
    start: date
    ended: date | None
    """Its last day."""
    plan: date | None
    decisions: tuple[tuple[str, date], ...]
    entered_at: datetime
    ended_at: datetime | None
    """When its end came into the roster."""

    @property
    def until(self) -> date:
        """Its last day, however far away."""
        return self.ended or FOREVER


@dataclass(frozen=True)
class Listed:
    """A child as the roster knows it, with everything it was and is."""

    child: str
    """The kindnummer; whoever has the app has the same one there."""
    subj: str
    born: str
    """Year and month."""
    measures: tuple[Measure, ...]
    """By the day charged."""
    facts: tuple[Fact, ...]
    """By name and first day."""

    def fact(self, name: str, day: date) -> str | None:
        """What the roster says on a day."""
        for one in self.facts:
            if one.name == name and one.since <= day and (one.until is None or day <= one.until):
                return one.value
        return None

    def present(self, name: str) -> str | None:
        """What the roster says now: what has no end."""
        return next((one.value for one in reversed(self.facts) if one.name == name and one.until is None), None)


@dataclass(frozen=True)
class Place:
    """Where a child stands on a day, as numbers are filtered by it. `measure` is None outside any measure."""

    team: str | None
    measure: str | None
    age: str | None
    municipality: str | None
    place: str | None


@dataclass(frozen=True)
class Health:
    """What the store says about itself."""

    database: str
    writer: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenLog:
    """The log that is being written: its place among those of this store, its id, its public key, its entries."""

    number: int
    id: str
    key: str
    size: int
    begun: datetime


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement of a log's size and root, with what others have said about it since."""

    size: int
    root: str
    """In standard base64, as in the note."""
    at: datetime
    note: str
    cosigned: tuple[str, ...] = ()
    """Signature lines of witnesses."""
    timestamps: tuple[bytes, ...] = ()
    """Answers of time-stamping authorities (RFC 3161)."""


class DecisionKind(StrEnum):
    """What a kindperspectief is written for."""

    PLAN = "plan"
    OTS = "ots"
    EXTENSION = "extension"
    PLACEMENT = "placement"
    RETURN = "return"
    ENDING = "ending"
    OTHER = "other"


@dataclass(frozen=True)
class DocumentRow:
    """That a version of a kindperspectief is kept: all that the server knows of it."""

    entry: str
    child: str
    kind: DecisionKind
    day: date
    offered: bool
    """Whether it was sealed to the child."""
    at: datetime
    person: str
    quoted: str | None
    """The newest entry that it quotes, as its author says."""


@dataclass(frozen=True)
class Decision:
    """A decision about a child, as the roster has it."""

    measure: str
    kind: str
    """In the case system's own word."""
    day: date
