"""The kindperspectief, as far as the server knows: which versions there are, and for which decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from kindstem.domain import Device, DocumentRow, Person, Role
from kindstem.errors import NotFound
from kindstem.heard import Hearing
from kindstem.store import Reader, Store


@dataclass(frozen=True)
class Documents:
    """What there is for the desk: versions, and the decisions of the roster that one can be written for."""

    documents: Sequence[DocumentRow]
    decisions: Sequence[Hearing]
    """The newest first, each with what there was before it."""


async def of_child(store: Store, person: Person, child: str) -> Documents:
    """The documents of a child that this person reads, oldest first, and what was decided about it by the roster.

    Somebody independent has their own documents and no decisions. Raises NotFound for whoever reads the child neither
    in the worker circle nor as that.
    """

    def ask(r: Reader) -> Documents:
        role = r.role_for(person.id, child)
        if role not in {Role.WORKER, Role.SECOND, Role.INDEPENDENT}:
            raise NotFound()
        decisions = () if role is Role.INDEPENDENT else r.hearings_of([child]).get(child, [])[::-1]
        return Documents(r.documents_for(person.reading_key or "", child), decisions)

    return await store.read(ask)


async def for_phone(store: Store, device: Device) -> Sequence[str]:
    """The entries that are versions of documents which this child was offered, oldest first."""
    return await store.read(lambda r: [one.entry for one in r.documents_for(device.reading_key, device.child)])
