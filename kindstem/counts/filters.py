"""What can be asked of the numbers, and what was: filters, as they stand in an address. Pure but for `choices`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from kindstem.counts.answering import Asked, answer
from kindstem.counts.values import Choices, Filters
from kindstem.errors import BadFilter
from kindstem.norms import add_months
from kindstem.store import Reader, Store

LONGEST: Final = 10 * 366
"""How many days a period lasts at most."""

SHOWN: Final = 200
"""How many children, or rows, a list holds unless told."""


async def choices(store: Store, *, now: datetime) -> Choices:
    """What can be chosen by."""

    def ask(_: Reader, f: Asked) -> Choices:
        return Choices(tuple(f.fact_values("team")), tuple(f.fact_values("municipality")))

    return await store.read(lambda r: answer(store, r, now, ask))


def filters_of(asked: Mapping[str, str], choices: Choices, *, today: date) -> Filters:
    """What was asked by an address: `from`, `to`, `team`, `measure`, `age`, `municipality`, `place`.

    Without `to` until today, without `from` twelve months, the last of which is that of `to`. What is empty is all.
    Raises BadFilter with the first part that is none; its `sentence` is the catalogue key of what to say.
    """
    until = _day(asked.get("to", ""), "to") or today
    since = _day(asked.get("from", ""), "from") or add_months(until.replace(day=1), -11)
    if since > until:
        raise BadFilter(field="period")
    if until > today:
        raise BadFilter(field="future")
    if (until - since).days >= LONGEST:
        raise BadFilter(field="long")
    chosen = {}
    for name, known in (
        ("team", choices.teams),
        ("measure", choices.measures),
        ("age", choices.ages),
        ("municipality", choices.municipalities),
        ("place", choices.places),
    ):
        value = asked.get(name) or None
        if value is not None and value not in known:
            raise BadFilter(field=name)
        chosen[name] = value
    return Filters(since, until, **chosen)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadFilter(field=field) from None
    # fromisoformat takes other forms too, and one address is to mean one thing.
    if found.isoformat() != text or not 2000 <= found.year <= 2100:
        raise BadFilter(field=field)
    return found
