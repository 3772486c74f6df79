"""The values that the numbers are given as: frozen, with definition, denominator and the moment of computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kindstem.domain import AGES, MEASURES, PLACES, Contact
from kindstem.norms import Norm
from kindstem.store.among import Part, often_of
from kindstem.store.figures import Decided


@dataclass(frozen=True)
class Number:
    """A number, what it is out of, and the catalogue key of its definition."""

    value: int
    of: int | None
    definition: str


@dataclass(frozen=True)
class Filters:
    """Which children and which period, both days included; None is all. Made by filters_of."""

    since: date
    until: date
    team: str | None = None
    measure: str | None = None
    age: str | None = None
    municipality: str | None = None
    place: str | None = None

    def choice(self) -> dict[str, str]:
        """Which children, without the period."""
        plain = {"team": self.team, "measure": self.measure, "age": self.age, "municipality": self.municipality}
        return {name: value for name, value in (*plain.items(), ("place", self.place)) if value is not None}

    def query(self) -> dict[str, str]:
        """What stands in the address for this choice."""
        return {"from": self.since.isoformat(), "to": self.until.isoformat(), **self.choice()}


@dataclass(frozen=True)
class Choices:
    """What can be chosen: the teams and municipalities that the roster knows, and the closed lists."""

    teams: tuple[str, ...]
    municipalities: tuple[str, ...]
    measures: tuple[str, ...] = MEASURES
    ages: tuple[str, ...] = AGES
    places: tuple[str, ...] = PLACES


# --- today ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A child that somebody is to speak to alone."""

    child: str
    team: str | None
    worker: str | None
    """The name of its jeugdbeschermer; None when it has none."""
    charged: date
    last: date | None
    """The day of its last realised 1-op-1 contact in this measure."""
    days: int
    """Days since then, or since the clock began."""
    planned: datetime | None
    """When the next talk is planned."""


@dataclass(frozen=True)
class FirstDue:
    """A child whose first conversation is due, by the day on which it is."""

    child: str
    team: str | None
    worker: str | None
    charged: date
    due: date
    late: int
    """How many days it is overdue; 0 when it is not."""
    planned: datetime | None


@dataclass(frozen=True)
class Sibling:
    """A child that was not heard while another of its family was."""

    child: str
    team: str | None
    worker: str | None
    family: str
    in_measure: bool
    heard: date
    """When the last of the family was spoken to alone."""
    by: str
    """Which child that was."""
    by_team: str | None


@dataclass(frozen=True)
class Quiet:
    """A child that wrote before and has not for a long time."""

    child: str
    team: str | None
    worker: str | None
    last: date
    """The day of its last message."""
    days: int


@dataclass(frozen=True)
class Reported:
    """What the organisation reported elsewhere for a day, beside what the roster says of that day."""

    day: date
    total: int
    counted: int
    by: str
    at: datetime


@dataclass(frozen=True)
class Late:
    """A measure of which the roster was told too late that it began, or ended."""

    child: str
    team: str | None
    """On the day charged."""
    day: date
    told: date
    days: int
    """Working days between the two."""


@dataclass(frozen=True)
class Apart:
    """A child in the app under no measure."""

    child: str
    worker: str | None
    why: str
    """Its measure `ended`, the roster knows it without one (`never`), or not at all (`unknown`)."""
    since: date
    """Since when it is in the app."""
    until: date | None
    """The last day of its last measure."""


@dataclass(frozen=True)
class Grown:
    """A child who is 18 and whose measure has no end in the roster."""

    child: str
    team: str | None
    worker: str | None
    since: date
    """The first day on which it is not counted."""
    charged: date


@dataclass(frozen=True)
class Counted:
    """A child that is counted on a day, as it stood then."""

    child: str
    team: str | None
    charged: date


StandingRow = Waiting | FirstDue | Sibling | Quiet | Late | Apart | Grown | Counted


@dataclass(frozen=True)
class Today:
    """How things stand on one day."""

    at: datetime
    day: date
    filters: Filters
    norm: Norm | None
    children: Number
    """All children under a measure on this day."""
    judged: Number
    """Those of them to whom the norm applies: four and older, once there is a norm."""
    within: Number
    waiting_count: Number
    waiting: tuple[Waiting, ...]
    """Not spoken to alone within the norm, longest first; at most as many as were asked for."""
    under_four: Number
    first_due_count: Number
    first_due: tuple[FirstDue, ...]
    first_late_count: Number
    first_late: tuple[FirstDue, ...]
    """Those whose first conversation was due and has not been, longest first."""
    siblings_count: Number
    siblings: tuple[Sibling, ...]
    quiet_count: Number
    quiet: tuple[Quiet, ...]
    without_reader: Number
    without_worker: Number
    grown: tuple[str, ...]
    """Kindnummers of children who are 18 and whose measure has no end in the roster; not counted."""
    outside: Number
    """Children in the app who stand in no measure: siblings, and whoever the roster does not know."""
    outside_by: Mapping[str, int]
    """Of these, by why: `ended`, `never` (under a measure), `unknown` (to the roster)."""
    entered_late: Number
    """Measures that came into the roster more than five working days after the day charged."""
    ended_late: Number
    reported: Reported | None


@dataclass(frozen=True)
class Standing:
    """The children who stand in one way today, or the measures; what is longest ago comes first."""

    at: datetime
    day: date
    filters: Filters
    what: str
    number: Number
    rows: tuple[StandingRow, ...]
    """So many after those that were skipped; all of one kind, by `what`."""
    reported: Reported | None = None
    """For `reported`, the total that these are set against."""


# --- over time --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """One month of a period, as far as it lies in the period."""

    month: str
    children: int
    """Under a measure on at least one of its days."""
    realised: Mapping[str, int]
    """By level A, A-unlocked, B, C, D; A-unlocked are part of A."""
    disputed: int
    withdrawn: int
    withdrawn_after_dispute: int
    not_held: Mapping[str, int]
    """By reason."""
    others: Mapping[str, int]
    """Talks that were no 1-op-1 contact, by kind.who.planned."""
    seen_under_four: int
    """Talks that would be realised, with children under four; not in `realised`."""
    planned_before: int
    short: int
    """Of the realised ones, under fifteen minutes."""
    median: int | None
    """Of the realised ones, in minutes."""
    late: int

    @property
    def all_realised(self) -> int:
        """The realised ones of all levels, never shown without these."""
        return sum(number for level, number in self.realised.items() if level != "A-unlocked")


@dataclass(frozen=True)
class Counters:
    """Talks of a period apart from each other: undisputed and not withdrawn."""

    alone: Number
    with_parent: Number
    joint: Number
    """With siblings or others from the network."""
    with_professional: Number
    """With a second professional, or somebody the child asked for."""
    video_phone: Number
    passing: Number
    not_held: Number


@dataclass(frozen=True)
class OverTime:
    """A period by month, and all of it together."""

    at: datetime
    filters: Filters
    months: tuple[Month, ...]
    total: Month
    counters: Counters
    children: Number
    realised: Number
    planned_before: Number
    short: Number
    definitions: tuple[str, ...] = ("def.contact", "def.not", "def.denominator", "def.level")


@dataclass(frozen=True)
class Gap:
    """A child and its longest number of days without a 1-op-1 contact in a period."""

    child: str
    team: str | None
    worker: str | None
    days: int


@dataclass(frozen=True)
class Spread:
    """A period child by child: nobody disappears in an average."""

    at: datetime
    filters: Filters
    children: Number
    by_number: Mapping[int, int]
    """How many children had this many realised 1-op-1 contacts; all children of the period, under-fours left out."""
    days: Number
    """Child-days within the norm, out of all to which a norm applied."""
    longest: tuple[Gap, ...]
    """The longest gaps, longest first."""
    changes: Number
    """Changes of jeugdbeschermer; out of all children."""
    days_without: Number
    """Child-days without a jeugdbeschermer, out of all child-days."""
    definitions: tuple[str, ...] = ("def.norm", "def.continuity", "def.denominator")


# --- the three that exist, and the five points ------------------------------------------------------------------------


@dataclass(frozen=True)
class Kpi:
    """One measure and one clock: when it began, when it was due, when it was met."""

    child: str
    team: str | None
    charged: date
    due: date
    met: date | None
    in_time: bool | None
    """None while it is neither met nor due."""
    alone: bool | None = None
    """For the first conversation: whether the child was alone."""


@dataclass(frozen=True)
class Clock:
    """A KPI over a period: measures charged in it."""

    number: Number
    """In time, out of those that are met or due."""
    running: int
    """Neither met nor due."""
    measures: int
    """All of them."""

    rows: tuple[Kpi, ...]
    """The late ones first, then the running ones; at most as many as were asked for."""

    @property
    def late(self) -> int:
        """Due and not in time."""
        return self.measures - self.running - self.number.value


@dataclass(frozen=True)
class Clocks:
    """One clock, with some of all its measures."""

    at: datetime
    filters: Filters
    what: str
    came: str | None
    """How they came out (CAME); None for all."""
    total: int
    """How many those are."""
    clock: Clock


@dataclass(frozen=True)
class HeardBefore:
    """The decisions of a period about children of four and older, and of how many the child was heard before."""

    heard: Number
    unread: Number
    """Completed without the child's reading: a document, and none that the child was offered."""
    unwritten: Number
    """No document was made before."""
    untalked: Number
    """No talk with the child alone that stands."""
    wordless: Number
    """None that it was offered with words of its own in it, or said of it."""
    young: int
    """Decisions about children under four, which are in no number here."""
    months: tuple[int, ...]
    """For how many months before a decision things count; several when that changed within the period."""
    rows: tuple[Decided, ...]
    """Those before which the child was not heard first, by day."""


@dataclass(frozen=True)
class Decisions:
    """The decisions of a period behind a number."""

    at: datetime
    filters: Filters
    what: str
    number: Number
    months: tuple[int, ...]
    """For how many months before these decisions things count."""
    rows: tuple[Decided, ...]
    """So many by day, after those that were skipped."""


@dataclass(frozen=True)
class Own:
    """A child for whom something of its own began."""

    child: str
    team: str | None
    """On the last day of the period, or where it last was."""
    since: date


@dataclass(frozen=True)
class Owned:
    """The children of a period for whom something of their own had begun by its end."""

    at: datetime
    filters: Filters
    what: str
    number: Number
    rows: tuple[Own, ...]
    """So many, after those that were skipped."""


@dataclass(frozen=True)
class Kpis:
    """The three that exist, over the measures whose clock began in the period; and what was begun for children."""

    at: datetime
    filters: Filters
    worker: Clock
    """A jeugdbeschermer from the first day."""
    first: Clock
    """Face to face within five working days."""
    plan: Clock
    """Within six weeks."""
    diagnostics: Number
    """Children of the period with diagnostics of their own, out of all."""
    help: Number
    decided: HeardBefore


# --- what children thought, and the silence of adults -----------------------------------------------------------------


@dataclass(frozen=True)
class Thought:
    """What children of a team thought of talks, over the months of a period, to one question."""

    team: str
    question: str
    answers: int | None
    """How many answered; None where fewer than five did."""
    yes: str | None
    """The share of yes as it may be shown: a whole number of percent, "<10" or ">90"."""
    skipped: int | None
    definition: str = "def.experience"


@dataclass(frozen=True)
class Experience:
    """What children thought."""

    at: datetime
    filters: Filters
    thoughts: tuple[Thought, ...]
    ignored: tuple[str, ...] = ()
    """The names of filters that cannot apply here, because only team and month are known."""


@dataclass(frozen=True)
class Unopened:
    """Messages of a child that no reader has opened."""

    child: str
    team: str | None
    worker: str | None
    number: int
    oldest: date
    working_days: int
    """How many have passed since the oldest."""


@dataclass(frozen=True)
class Unanswered:
    """A child who got nothing back after a message to its worker circle was opened."""

    child: str
    team: str | None
    worker: str | None
    since: date
    days: int


@dataclass(frozen=True)
class Silence:
    """What waits for an adult, from what the server knows: that there is a message, and whether it was opened."""

    at: datetime
    day: date
    unopened: Number
    overdue: Number
    """Of these, the ones older than three working days."""
    unanswered: Number
    """Children of whom a message was opened, and to whom nothing was sent since it came."""
    longest: int | None
    """For how many days the message of one of them that waits longest has; None without any."""
    median: int | None
    """The middle of these days over the children, of two the lower."""
    listed: int
    """How many children have an unopened message to their worker circle; others are counted and not named."""
    listed_late: int
    """Those of them whose oldest is overdue; they come first."""
    rows: tuple[Unopened, ...]
    """The longest first; some of them."""
    listed_silent: int
    """How many have nothing back from their worker circle."""
    silent: tuple[Unanswered, ...]
    """The longest first; some of them."""


@dataclass(frozen=True)
class Waits:
    """The children behind a number of what waits for an adult, of those who may be named."""

    at: datetime
    day: date
    filters: Filters
    what: str
    number: Number
    within: int
    """Of how many working days a request is overdue when it is open for more."""
    rows: Sequence[Asking | Unopened | Unanswered]
    """So many, the longest first, after those that were skipped; all of one kind, by `what`."""


@dataclass(frozen=True)
class Contradicted:
    """Children who said that an answer is not so, and did not take it back."""

    since: date
    until: date
    """The first day that is not counted any more: that of the month in which it is asked."""
    children: int | None
    """None where fewer than five did."""
    definition: str = "def.contradicted"


@dataclass(frozen=True)
class Asking:
    """A child whose request to talk alone is open: that it asked and for whom, and nothing else of it."""

    child: str
    team: str | None
    worker: str | None
    to: Literal["worker", "independent"]
    """Its jeugdbeschermer or second reader, or somebody independent."""
    since: date
    days: int
    overdue: bool
    """Open longer than the organisation allows itself."""


@dataclass(frozen=True)
class Requests:
    """Open requests to talk alone on one day."""

    at: datetime
    day: date
    filters: Filters
    within: int
    """Of how many days a request is overdue when it is open for more."""
    open: Number
    overdue: Number
    oldest: int | None
    """For how many days the one that is open longest is; None without any."""
    rows: tuple[Asking, ...]
    """All of them, the longest open first."""
    aside: Number | None
    """Open requests that only a vertrouwenspersoon sees: of all children together, and None for any choice of them."""
    aside_oldest: int | None


@dataclass(frozen=True)
class Raised:
    """Flags at this moment, as numbers: never a child, and never divided further than a leader's own team."""

    open: Number
    """Those of which nobody has recorded who reached the child and what comes next."""
    unseen: Number
    climbed: Number
    oldest: int | None
    """For how many whole hours the one that is open longest is; None without any."""


@dataclass(frozen=True)
class Disclosed:
    """Meldcodes that were opened in a year, as numbers: never a child, divided no further than a leader's own team."""

    opened: Number
    open: Number
    oldest: int | None
    """For how many days the one that is open longest is; None without any."""
    reported: Number
    unreported: Number
    median: int | None
    """How many days they took from opening to closing, the one in the middle; None before one was closed."""
    offered: Number
    own: Number
    tablet: Number
    """Those that the child itself answered, on its phone or in kindmodus."""
    held: Number
    declined: Number
    waits: Number
    """Independent talks that were offered, and neither held nor declined."""
    longest: int | None
    """For how many days the one of these that waits longest does; None without any."""


@dataclass(frozen=True)
class Behind:
    """The rows behind a number, by what they count as."""

    at: datetime
    filters: Filters
    what: str
    total: int
    rows: Sequence[Contact]
    """The newest first: so many after those that were skipped."""


@dataclass(frozen=True)
class Member:
    """A child among whom a number is divided, with who works for it."""

    child: str
    team: str | None
    worker: str | None
    part: Part


@dataclass(frozen=True)
class Among:
    """The children among whom a number of a period is divided."""

    at: datetime
    filters: Filters
    what: str
    number: Number
    """What they are listed behind: children, child-days or changes."""
    total: int
    """How many children there are."""
    rows: tuple[Member, ...]
    """So many after those that were skipped."""

    @property
    def often(self) -> tuple[int, int | None] | None:
        """How often at least and at most they were spoken to alone, where they are listed by that."""
        return often_of(self.what)
