"""Results of sampling: somebody other than the worker asked the child (docs/protocol/bundle.md, section 5).

An inspector draws talks from a bundle. Here a professional finds those of them that they may ask about, and what the
child said enters the log as a record under their own key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kindstem import signing, talks, wire
from kindstem.calendar import local_day
from kindstem.domain import Person, TalkRow
from kindstem.errors import BadRecord, BadSignature, NotFound
from kindstem.store import Reader, Store, Tx
from kindstem.wire import Record, Signed, b64

MOST: Final = 200
"""How many talks of a sample one question may name."""

_SAMPLES: Final = frozenset({"sample"})
_PAGE: Final = 1_000


@dataclass(frozen=True)
class Drawn:
    """A talk of a sample that somebody may ask the child about, and what they recorded of it last."""

    row: TalkRow
    found: str | None


async def drawn(store: Store, person: Person, hashes: Sequence[str]) -> list[Drawn]:
    """Which of these talks this person may ask about: held by somebody else, with a child that this person reads.

    A talk that is not there, one of another child and one of this person's own are left out alike: whoever holds a list
    of hashes learns nothing from it about children of others.
    """

    def ask(r: Reader) -> list[Drawn]:
        rows = [row for one in dict.fromkeys(hashes) if (row := _may_ask(r, person, one)) is not None]
        said = {rec["talk"]: rec["found"] for rec in _results(r, person)} if rows else {}
        return [Drawn(row, said.get(row.hash)) for row in rows]

    return await store.read(ask)


async def hand_in(store: Store, person: Person, signed: Signed, *, now: datetime) -> int:
    """Enter what a child said when this person asked it, and give its number in the log.

    The same record again gives the same number. Raises NotFound for a talk that this person may not ask about,
    BadSignature unless their key signed it, and BadRecord for a second answer about one talk: only "not reached" can be
    followed by another.
    """

    def keep(tx: Tx) -> int:
        rec = signed.record
        if rec["by"] != person.id:
            raise BadRecord(field="by")
        if _may_ask(tx, person, rec["talk"]) is None:
            raise NotFound()
        return _keep(tx, person, signed, now)

    return await store.write(keep)


async def keep_result(store: Store, value: Any, *, now: datetime) -> int:
    """Enter a signed result that came as a file, and give its number in the log.

    For somebody who works here and does not read the child at the desk. The same result again gives the same number.
    Raises BadRecord, NotFound when the talk is not in the log, and BadSignature unless it is signed by the key of
    somebody who works here and did not hold the talk.
    """
    signed = talks.parse_signed(value, "sample")

    def keep(tx: Tx) -> int:
        person = next((one for one in tx.people() if one.id == signed.record["by"] and one.active), None)
        if person is None:
            raise BadSignature()
        return _keep(tx, person, signed, now)

    return await store.write(keep)


def _keep(tx: Tx, person: Person, signed: Signed, now: datetime) -> int:
    rec, hashed = signed.record, talks.hash_of(signed.record)
    if there := tx.logged(hashed):
        return there[0]
    publics = [wire.unb64(key) for key in person.signing_keys]
    public = next((one for one in publics if b64(signing.signing_key_id(one)) == rec["key"]), None)
    if public is None or len(signed.sigs) != 1 or not signing.verify_record(signed, public):
        raise BadSignature()
    org = tx.org()
    if org is None or rec["org"] != org.id:
        raise BadRecord(field="org")
    asked = tx.logged(rec["talk"])
    opening = tx.log_opening(asked[0]) if asked else None
    if opening is None:
        raise NotFound()
    if opening.rec["t"] != "talk" or opening.rec["by"] == rec["by"]:
        raise BadRecord(field="by")
    if any(one["talk"] == rec["talk"] and one["found"] != "unreached" for one in _results(tx, person)):
        raise BadRecord(field="talk")
    day = local_day(talks.moment_of(rec["at"]))
    return tx.log("sample", day, rec, signed.json()["sigs"], at=now, ref=hashed)


def _may_ask(r: Reader, person: Person, talk: str) -> TalkRow | None:
    row = r.talk_record(talk)
    if row is None or row.type != "talk" or r.role_for(person.id, row.child) is None:
        return None
    record = wire.parse_json(row.record.text.encode())
    return row if record["by"] != person.id else None


def _results(r: Reader, person: Person) -> Iterator[Record]:
    """What this person recorded of samples, the oldest first."""
    after = 0
    while page := r.log_openings(_SAMPLES, after=after, limit=_PAGE):
        yield from (one.rec for _, one in page if one.rec["by"] == person.id)
        after = page[-1][0] + 1
