"""Who works here: adding, deactivating, teams, being away, and the signatures by which they introduce each other."""

import re
from dataclasses import replace
from datetime import date, datetime

from kindstem import leaves, signing, wire
from kindstem.calendar import local_day
from kindstem.domain import PERSON_ROLES, Away, Org, Person, Role, Signature
from kindstem.errors import BadRequest, BadSignature, NotFound, SetupFault
from kindstem.store import Store, Tx

NAME_LENGTH = 80
LONGEST_VISIT = 366
"""How many days an account that ends by itself lasts at most; after that it is set anew, on purpose."""

_MAIL = re.compile(r"[^@\s<>,;:\"\\()]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


async def found_org(store: Store, name: str, *, demo: bool = False) -> Org:
    """Begin an organisation in an empty store.

    Raises SetupFault when there is one: its id is in every key record, so it is never replaced.
    """
    org = Org(signing.random_id(), _name(name), demo)
    if not await store.write(lambda tx: tx.found_org(org)):
        raise SetupFault("This store belongs to an organisation already.")
    return org


async def add(
    store: Store,
    name: str,
    role: Role,
    *,
    now: datetime,
    team: str | None = None,
    mail: str | None = None,
    until: date | None = None,
) -> Person:
    """Somebody new. They get in with a start code, which access.invite makes.

    An inspector comes from outside, so their account has a last day; a leader sees one team, so they are in one.

    Raises SetupFault for a name that is taken or cannot be shown, for a mail address that is none, for an inspector
    without a last day to come or anybody else with one, for a leader without a team, and for a role that somebody has
    for one child only.
    """
    if role not in PERSON_ROLES:
        raise SetupFault("Who is independent for a child is a confidant here.")
    if mail is not None and not _MAIL.fullmatch(mail):
        raise SetupFault("This is not a mail address.")
    if (role is Role.INSPECTOR) is not (until is not None):
        raise SetupFault("An inspector's account has a last day (--until), and no other has.")
    _check_last_day(until, now)
    if role is Role.LEADER and not team:
        raise SetupFault("A leader sees the children of one team (--team).")
    person = Person(
        id=signing.random_id(),
        name=_name(name),
        role=role,
        team=_name(team) if team else None,
        mail=mail,
        active=True,
        made_at=now.replace(microsecond=0),
        until=until,
    )
    if not await store.write(lambda tx: tx.add_person(person)):
        raise SetupFault("Somebody here has that name already. Add an initial or a function, so that a child can tell.")
    return person


async def deactivate(store: Store, name: str, *, now: datetime) -> Person:
    """End somebody's access at once: sessions, start code, known browsers; the log says that their keys are revoked.

    They stay on the lists of readers they are on until a member changes those; without a session they fetch nothing.
    Raises SetupFault when nobody has that name.
    """
    person = await named(store, name)

    def end(tx: Tx) -> None:
        present, org = tx.person(person.id), tx.org()
        tx.set_active(person.id, False)
        if present is None or not present.active or org is None:
            return
        for key in present.signing_keys:
            key_id = wire.b64(signing.signing_key_id(wire.unb64(key)))
            rec = leaves.statement("log-revocation", org.id, now, key=key_id)
            tx.log("revocation", local_day(now), rec, [], at=now, ref=key_id)

    await store.write(end)
    return replace(person, active=False)


async def named(store: Store, name: str) -> Person:
    """Somebody by name. Raises SetupFault when nobody has it."""
    person = await store.read(lambda r: r.person_named(name))
    if person is None:
        raise SetupFault("Nobody here has that name. `kindstem people list` shows everybody.")
    return person


async def put_in_team(store: Store, name: str, team: str | None) -> Person:
    """Put somebody in a team, or in none. Raises SetupFault when nobody has that name, and for a leader without."""
    person = await named(store, name)
    if person.role is Role.LEADER and not team:
        raise SetupFault("A leader sees the children of one team. Deactivate them to end that.")
    kept = _name(team) if team else None
    await store.write(lambda tx: tx.set_team(person.id, kept))
    return replace(person, team=kept)


async def set_until(store: Store, name: str, until: date, *, now: datetime) -> Person:
    """Move the last day of an inspector's account. Raises SetupFault for anybody else, and for a day that has been."""
    person = await named(store, name)
    if person.role is not Role.INSPECTOR:
        raise SetupFault("Only an inspector's account has a last day.")
    _check_last_day(until, now)
    await store.write(lambda tx: tx.set_until(person.id, until))
    return replace(person, until=until)


async def set_away(store: Store, person: str, away: Away | None) -> None:
    """Keep when somebody is away, which children and second readers see; None when they are back.

    Raises BadRequest for days in the wrong order or a year long.
    """
    if away is not None and not 0 <= (away.until - away.since).days <= 366:
        raise BadRequest()
    await store.write(lambda tx: tx.set_away(person, away))


async def introduce(
    store: Store, introducer: Person, subject: str, signature: Signature, *, now: datetime
) -> None:
    """Add a colleague's signature to somebody's key record.

    The server checks that it is what it says, and concludes nothing from it: whom to believe, each app finds out for
    itself, starting from its own key (docs/protocol/keys.md).

    Raises NotFound when there is no such record, and BadSignature unless the introducer's own key made it.
    """
    by_id = {wire.b64(signing.signing_key_id(wire.unb64(key))): key for key in introducer.signing_keys}
    key = by_id.get(signature.by)
    if key is None or introducer.id == subject:
        raise BadSignature()

    def sign(tx: Tx) -> None:
        person = tx.person(subject)
        if person is None or person.record is None or not person.active:
            raise NotFound()
        record = wire.parse_record(wire.parse_json(person.record.text.encode()), "person")
        signed = wire.Signed(record, (wire.Signature(signature.by, signature.sig),))
        if not signing.verify_record(signed, wire.unb64(key)):
            raise BadSignature()
        if any(one.by == signature.by for one in person.record.sigs):
            return
        tx.add_signature(person.record.hash, signature)
        sigs = [{"by": signature.by, "sig": signature.sig}]
        tx.log("introduction", local_day(now), record, sigs, at=now, ref=person.record.hash)

    await store.write(sign)


def _check_last_day(until: date | None, now: datetime) -> None:
    if until is not None and not 0 <= (until - local_day(now)).days <= LONGEST_VISIT:
        raise SetupFault(f"An account's last day is today or later, and at most {LONGEST_VISIT} days from now.")


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not wire.is_name(name):
        raise SetupFault(f"A name has 1 to {NAME_LENGTH} characters that can be seen.")
    return name
