"""The rows of talks that numbers are counted from: made of signed records, and made again to prove them (R22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kindstem import levels, signing, talks, tally
from kindstem.calendar import local_day
from kindstem.domain import Contact
from kindstem.errors import SetupFault
from kindstem.levels import Chain, ChildKeys, Verdict
from kindstem.store import Reader, Store, Tx
from kindstem.wire import Record


def child_keys(record: Record) -> ChildKeys:
    """The keys of a child's device, by its evidence record."""
    keys = talks.device_keys(record, signing.signing_key_id)
    return ChildKeys(keys.signing, keys.unlock, talks.moment_of(record["at"]))


def rows_of(r: Reader, child: str, firsts: Sequence[str] | None = None) -> list[Contact]:
    """What these chains of a child come to, or all of them, as rows, by their first records."""
    if firsts is None:
        rows = r.talk_records(child)
    else:
        rows = [*r.evidence_records(child), *(row for first in firsts for row in r.talk_chain(first))]
    devices = [child_keys(levels.link_of(row).record) for row in rows if row.type == "device"]
    chains, _ = levels.chains_of(levels.link_of(row) for row in rows if row.type not in {"device", "plan"})
    at = {row.hash: row.at for row in rows}
    return sorted((_row_of(r, child, one, devices, at) for one in chains), key=lambda row: row.first)


def _row_of(r: Reader, child: str, chain: Chain, devices: Sequence[ChildKeys], at: dict[str, datetime]) -> Contact:
    verdict, now = levels.level_of(chain, devices), chain.current
    record, held = now.record, now.t == "talk"
    start = talks.moment_of(record["start"])
    plan = r.talk_with_id(record["plan"]) if record["plan"] is not None else None
    minutes = int((talks.moment_of(record["end"]) - start).total_seconds() // 60) if held else 0
    level = "A-unlocked" if verdict.level is levels.Level.A and verdict.unlocked else verdict.level.value
    return Contact(
        first=chain.first.hash,
        child=child,
        day=local_day(start),
        start=start,
        minutes=minutes,
        kind=record["kind"] if held else "",
        who=record["who"] if held else "",
        planned=record["planned"] if held else "",
        state=_state(verdict, held),
        reason=None if held else record["reason"],
        level=level,
        by=record["by"],
        foreseen=plan is not None and (plan.child, plan.type) == (child, "plan") and plan.at < start,
        late=levels.is_late(record, at[now.hash]),
    )


def _state(verdict: Verdict, held: bool) -> str:
    if verdict.withdrawn:
        return "withdrawn-after-dispute" if verdict.after_dispute else "withdrawn"
    if verdict.level is levels.Level.DISPUTED:
        return "disputed"
    if verdict.realised:
        return "realised"
    return "other" if held else "notheld"


def count(tx: Tx, child: str, firsts: Sequence[str] | None) -> None:
    """Bring the rows of these chains, or of all of a child's, up to date, and everything that is counted from them.

    Called wherever a record is kept, in its transaction: so no way by which a record comes in can be forgotten.
    """
    before = tx.contacts_of(child)
    for row in rows_of(tx, child, firsts):
        tx.keep_contact(row)
    tx.recount(child, before)


@dataclass(frozen=True)
class Recounted:
    """What a recount found: of how many children, and how many have rows, days or sums that are not what they were."""

    children: int
    rows: int
    contacts_wrong: int
    days_wrong: int
    sums_wrong: int

    @property
    def right(self) -> bool:
        """Whether everything that is kept equals the recount."""
        return not (self.contacts_wrong or self.days_wrong or self.sums_wrong)


async def recount(store: Store, *, mend: bool = False) -> Recounted:
    """Count everything again from the signed records, the roster and the norms, and compare it with what is kept.

    With `mend`, what was counted anew takes the place of what was kept, in one transaction. Raises SetupFault where
    rows stand without records: all of them would be gone.
    """
    if await store.read(lambda r: r.rows_only()):
        raise SetupFault("This demonstration is for numbers only: its rows have no records to be counted from.")
    found = await store.read(_compared)
    if mend and not found.right:
        await store.write(_count_all)
    return found


async def catch_up(store: Store) -> int:
    """Give the talks that were recorded before there were rows theirs. Gives how many children had such talks."""
    children = await store.read(lambda r: r.uncounted())
    for child in children:
        await store.write(lambda tx, child=child: count(tx, child, None))  # type: ignore[misc]
    return len(children)


def _compared(r: Reader) -> Recounted:
    norms, sums = r.norms(), r.tallies()
    children = rows = contacts_wrong = days_wrong = 0
    for child in r.children_counted():
        listed = r.listed(child)
        counted = [(one, tally.place_on(listed, one.day)) for one in rows_of(r, child)]
        realised = sorted(one.day for one, _ in counted if one.state == "realised")
        days = tally.standings(listed, norms, realised) if listed else []
        children += 1
        rows += len(counted)
        contacts_wrong += counted != r.contacts_of(child)
        beside = (realised[-1] if realised else None, listed.present("worker")) if listed else (None, None)
        days_wrong += (days, beside) != (r.standings_of(child), r.kept_of(child))
        sums.subtract(tally.contact_tallies(counted))
        sums.subtract(tally.child_tallies(days))
    return Recounted(children, rows, contacts_wrong, days_wrong, sum(1 for number in sums.values() if number))


def _count_all(tx: Tx) -> None:
    children = list(tx.children_counted())
    norms = tx.norms()
    sums: Counter[tally.Tally] = Counter()
    tx.clear_counts()
    for child in children:
        listed = tx.listed(child)
        for row in rows_of(tx, child):
            tx.keep_contact(row, tally.place_on(listed, row.day))
        tx.recount(child, [], norms=norms, into=sums)
    tx.add_up(sums)
