"""The meldcode, as far as the server knows it: that it is open, how far it is, and which way it was decided.

What is written in its steps lies sealed in entries (docs/protocol/meldcode.md), which messages.py takes in and asks
here about. There is nothing that sends anything anywhere: what is reported, a person reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kindstem import wire
from kindstem.domain import Independent, Meldcode, MeldcodeAct, MeldcodeRecord, Person, Role
from kindstem.errors import BadRequest, MeldcodeClosed, MeldcodeUnfinished, NotFound, OfferAnswered
from kindstem.store import Reader, Store, Tx

_READERS = frozenset({Role.WORKER, Role.SECOND})
_STEPS: Final = re.compile(r"([0-5])\.([yn-])([yn-])([yn-])")
_SAID: Final = {"y": True, "n": False, "-": None}


@dataclass(frozen=True)
class MeldcodeRef:
    """What an entry is in a meldcode."""

    id: str
    record: MeldcodeRecord

    @classmethod
    def parse(cls, text: str) -> MeldcodeRef:
        """From the header Kindstem-Meldcode: `<id>.steps.<step>.<report, help, talk>`, each of these three `y`, `n` or
        `-`; or `<id>.agree|disagree|officer.<entry with the steps it is about>`. Raises BadRequest.
        """
        meldcode, _, rest = text.partition(".")
        what, _, said = rest.partition(".")
        if not wire.is_id(meldcode) or what not in set(MeldcodeAct):
            raise BadRequest()
        if what != MeldcodeAct.STEPS:
            if not wire.is_id(said):
                raise BadRequest()
            return cls(meldcode, MeldcodeRecord(MeldcodeAct(what), of=said))
        found = _STEPS.fullmatch(said)
        if found is None:
            raise BadRequest()
        report, help, talk = (_SAID[one] for one in found.groups()[1:])
        return cls(meldcode, MeldcodeRecord(MeldcodeAct.STEPS, int(found[1]), report, help, talk))


def take(tx: Tx, ref: MeldcodeRef, child: str, person: Person) -> None:
    """Whether this person may bring such an entry now.

    Agreement and disagreement are about not reporting, about the newest steps and nothing older, and by somebody else
    than their author; the designated officer comes after a disagreement with these very steps.

    Raises NotFound, MeldcodeClosed, and BadRequest for what is about steps that are not the newest, or out of turn.
    """
    found = _mine(tx, person, ref.id)
    if found.child != child:
        raise NotFound()
    if found.closed is not None:
        raise MeldcodeClosed()
    said = ref.record
    if said.what is MeldcodeAct.STEPS:
        return
    if found.entry != said.of or found.record is None or found.record.report is not False:
        raise BadRequest()
    if said.what is MeldcodeAct.OFFICER:
        if found.judged is None or found.judged[0]:
            raise BadRequest()
    elif found.author == person.id:
        raise BadRequest()


async def open_for(store: Store, person: Person, child: str, meldcode: str, *, now: datetime) -> Meldcode:
    """Open the meldcode for a child, and give it; the one that is open already, since there are never two at once.

    Raises NotFound for whoever does not read the child's worker circle, and BadRequest for an id of another child's.
    """

    def keep(tx: Tx) -> Meldcode:
        if tx.role_for(person.id, child) not in _READERS:
            raise NotFound()
        tx.add_meldcode(meldcode, child, person.id, now)
        found = [one for one in tx.meldcodes_of(child) if one.closed is None or one.id == meldcode]
        if not found:
            raise BadRequest()
        return found[0]

    return await store.write(keep)


async def close(store: Store, person: Person, meldcode: str, *, now: datetime) -> Meldcode:
    """Close it, and give it.

    Raises NotFound for whoever does not read the child's worker circle, and MeldcodeUnfinished, with what is missing,
    before both decisions and the one on an independent talk are there; and, when nothing is reported, before another
    reader agrees or it was put before the designated officer.
    """

    def keep(tx: Tx) -> Meldcode:
        found = _mine(tx, person, meldcode)
        if found.closed is None and found.missing:
            raise MeldcodeUnfinished(missing=" ".join(found.missing))
        tx.close_meldcode(meldcode, person.id, now)
        return _mine(tx, person, meldcode)

    return await store.write(keep)


async def record_talk(store: Store, person: Person, meldcode: str, what: Independent, *, now: datetime) -> Meldcode:
    """Keep what the child answered to the offer of an independent talk, or that it was held; a later one corrects.

    Once the child answered for itself nobody answers in its place, and only that the talk was held is recorded.

    Raises NotFound for whoever does not read the child's worker circle, BadRequest while none is offered, and
    OfferAnswered.
    """

    def keep(tx: Tx) -> Meldcode:
        if not _mine(tx, person, meldcode).offered:
            raise BadRequest()
        if what is not Independent.HELD and tx.answered(meldcode) is not None:
            raise OfferAnswered()
        tx.add_meldcode_talk(meldcode, person.id, now, what)
        return _mine(tx, person, meldcode)

    return await store.write(keep)


def _mine(r: Reader, person: Person, meldcode: str) -> Meldcode:
    found = r.meldcode(meldcode)
    if found is None or r.role_for(person.id, found.child) not in _READERS:
        raise NotFound()
    return found
