"""What the on-call service has to do with a child: only its flags that got that far, and how it can be reached.

Standing on an on-call list gives nothing by itself (docs/protocol/keys.md, "readers"). Everything here hangs on one
flag that climbed to the service and that nobody has closed; when it is closed, it is gone for the service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kindstem import wire
from kindstem.domain import Circle, ClimbStep, Device, EntryRow, Flag, Person, ReaderList, Role, SignedText
from kindstem.store import Reader

READERS: Final = frozenset({Role.WORKER, Role.SECOND})


@dataclass(frozen=True)
class Served:
    """A flag that is the service's now, with what shows how the child is reached, and that it said so itself."""

    flag: Flag
    reaches: Sequence[EntryRow]
    lists: Sequence[ReaderList]
    """Of the worker circle and of the service; who else the child talks to is not theirs to know."""
    devices: Sequence[Device]


def served(r: Reader, person: Person, flag: Flag) -> bool:
    """Whether a flag is this person's now: it got to the service, is open, and they are on the child's newest list."""
    if not flag.open or all(step is not ClimbStep.ONCALL for step, _ in flag.climbed):
        return False
    newest = r.newest_list(flag.child, Circle.ONCALL)
    return newest is not None and newest.has(person.id)


def may_act(r: Reader, person: Person, flag: Flag) -> bool:
    """Whether somebody may mark a flag as seen, and record who reached the child and what comes next."""
    return r.role_for(person.id, flag.child) in READERS or served(r, person, flag)


def who_reached(r: Reader, flag: Flag) -> set[str]:
    """Who can be named as having reached the child: the readers it has or had, and who is on call for it."""
    lists = r.lists_of(flag.child)
    found = {one.person for listed in lists if listed.circle is Circle.WORKER for one in listed.readers}
    newest = r.newest_list(flag.child, Circle.ONCALL)
    return found | {one.person for one in (newest.readers if newest else ())}


def waiting(r: Reader, person: Person) -> list[Served]:
    """The flags that are this person's now, oldest first."""
    around = {Circle.WORKER, Circle.ONCALL}
    return [
        Served(
            flag=flag,
            reaches=r.reaches_of(person.reading_key or "", flag.id),
            lists=[one for one in r.lists_of(flag.child) if one.circle in around],
            devices=r.devices_of(flag.child),
        )
        for flag in r.flags_oncall(person.id)
    ]


def offered(r: Reader, child: str) -> SignedText | None:
    """The on-call list that waits for a child to agree to it; None once it counts, or another one came before it."""
    found = r.list_offered(child, Circle.ONCALL)
    if found is None:
        return None
    newest = r.newest_list(child, Circle.ONCALL)
    prev = wire.parse_json(found.text.encode())["prev"]
    return found if prev == (newest.record.hash if newest else None) else None
