"""What the organisation counts: numbers about talks, and behind each number the pseudonymous rows it comes from.

This room cannot import what could open a message, nor how one is written (`pyproject.toml`, contract "numbers"): it
knows the roster, the norms and the rows of contacts, and of messages only that there are some. How everything is
counted, with its edges, stands in docs/counting.md; a number names its definition by the catalogue key.

For a page, in this order: `await choices(store, now=now)` gives what can be filtered by; `filters_of(asked, choices,
today=day)` what was asked, or BadFilter with the key of its sentence; then `today`, `over_time`, `spread`, `kpis`,
`experience` and `silence`, each as `await today(store, filters, now=now)`; and `await behind(store, filters, what,
now=now, child=None)` the rows behind a number, `what` being one of BEHIND; `among` the children among whom one of a
period is divided (`is_among`), `standing` those behind one of today (STANDINGS), `clock` the measures behind one of
CLOCKS, `decisions` the decisions behind one of DECISIONS, `own` the children behind one of OWN, and `waits.waits` those
behind what waits for an adult. All give frozen values that say when they were computed (`at`). Nothing here suppresses
small numbers except `experience`: what may leave the house is decided where it leaves.

Per worker there is only which children wait, never a share, a ranking or a speed.
"""

from __future__ import annotations

from kindstem.clocks import CLOCKS
from kindstem.counts.among import among, is_among
from kindstem.counts.filters import LONGEST, SHOWN, choices, filters_of
from kindstem.counts.measured import DECISIONS, OWN, clock, decisions, kpis, own
from kindstem.counts.periods import BEHIND, SHORT, behind, over_time, spread
from kindstem.counts.present import today
from kindstem.counts.standing import QUIET, SOON, STANDINGS, UNDIVIDED, standing
from kindstem.counts.thoughts import OVERDUE, SHOWN_FROM, experience, silence
from kindstem.counts.values import (
    Among,
    Asking,
    Behind,
    Choices,
    Clock,
    Clocks,
    Contradicted,
    Counters,
    Decisions,
    Disclosed,
    Experience,
    Filters,
    FirstDue,
    Gap,
    HeardBefore,
    Kpi,
    Kpis,
    Member,
    Month,
    Number,
    OverTime,
    Owned,
    Quiet,
    Raised,
    Reported,
    Requests,
    Sibling,
    Silence,
    Spread,
    Standing,
    Thought,
    Today,
    Unanswered,
    Unopened,
    Waiting,
    Waits,
)
from kindstem.store.listed import CAME

__all__ = [
    "BEHIND",
    "CAME",
    "CLOCKS",
    "DECISIONS",
    "LONGEST",
    "OVERDUE",
    "OWN",
    "QUIET",
    "SHORT",
    "SHOWN",
    "SHOWN_FROM",
    "SOON",
    "STANDINGS",
    "UNDIVIDED",
    "Among",
    "Asking",
    "Behind",
    "Choices",
    "Clock",
    "Clocks",
    "Contradicted",
    "Counters",
    "Decisions",
    "Disclosed",
    "Experience",
    "Filters",
    "FirstDue",
    "Gap",
    "HeardBefore",
    "Kpi",
    "Kpis",
    "Member",
    "Month",
    "Number",
    "OverTime",
    "Owned",
    "Quiet",
    "Raised",
    "Reported",
    "Requests",
    "Sibling",
    "Silence",
    "Spread",
    "Standing",
    "Thought",
    "Today",
    "Unanswered",
    "Unopened",
    "Waiting",
    "Waits",
    "among",
    "behind",
    "choices",
    "clock",
    "decisions",
    "experience",
    "filters_of",
    "is_among",
    "kpis",
    "over_time",
    "own",
    "silence",
    "spread",
    "standing",
    "today",
]
