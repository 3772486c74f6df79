"""Everybody who works in the invented organisation, brought in the way anybody is: invited, signed in, introduced."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import token_bytes
from typing import Any, Literal, cast

import pyotp

from kindstem import people, wire
from kindstem.access import Access, Browser
from kindstem.config import Config
from kindstem.demo import caseload
from kindstem.demo.caseload import Caseload, When
from kindstem.demo.folder import Player
from kindstem.demo.phrases import phrase
from kindstem.domain import Org, Person, Role, Signature
from kindstem.keyfile import KeyFile
from kindstem.log import Log
from kindstem.sealing import Adult, desk_kek, stretch_passphrase, stretch_recovery
from kindstem.signing import random_id
from kindstem.store import Store

FOUNDED_AT = "09:00"
LEAVES_AT = "07:00"
PASSPHRASE_WORDS = 7
RECOVERY_WORDS = 10

ReadingRole = Literal["worker", "second", "confidant", "oncall"]

# Who comes from outside to look is no account of the demonstration: it would end by itself.
_ROLES = {
    "worker": Role.WORKER,
    "second": Role.SECOND,
    "confidant": Role.CONFIDANT,
    "oncall": Role.ONCALL,
    "team_leader": Role.LEADER,
    "manager": Role.MANAGER,
    "administrator": Role.ADMINISTRATOR,
}


@dataclass(frozen=True)
class Member:
    """Somebody who reads, with keys, as the server knows them and as they are in the data."""

    source: caseload.Person
    person: Person
    adult: Adult
    signed: wire.Signed
    """Their key record with everybody's introduction."""
    player: Player
    seeds: dict[str, str] = field(repr=False)
    """Both seeds in b64, {reading, signing}: the demonstration keeps Sam's."""

    @property
    def id(self) -> str:
        """The name by which the data speaks of them."""
        return self.source.id

    @property
    def role(self) -> ReadingRole:
        """What they are on a list."""
        return cast(ReadingRole, self.person.role.value)

    def here_on(self, day: int) -> bool:
        """Whether they still work here on a day."""
        return self.source.left_day is None or day < self.source.left_day


class Cast:
    """The members by the names of the data, and everybody else as they are printed."""

    def __init__(self, store: Store, org: Org, members: Iterable[Member], others: Iterable[Player]) -> None:
        self.org = org
        self._store = store
        self._members = {member.id: member for member in members}
        self._by_person = {member.person.id: member for member in self._members.values()}
        self._others = tuple(others)

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    def on(self, lists: Iterable[wire.Record]) -> list[Member]:
        """The members on these lists, each once."""
        found = {line["person"]: None for record in lists for line in record["readers"]}
        return [self._by_person[person] for person in found]

    def ids_on(self, record: wire.Record) -> list[str]:
        """The names, in the data, of those on a list."""
        return [self._by_person[line["person"]].id for line in record["readers"]]

    def players(self) -> tuple[Player, ...]:
        """Everybody, to be printed and kept."""
        return (*(member.player for member in self._members.values()), *self._others)

    def departures(self, day_0: date) -> list[tuple[datetime, int, Callable[[datetime], Awaitable[None]]]]:
        """Those who left while the demonstration's months pass, at their moments."""

        def leave(member: Member) -> Callable[[datetime], Awaitable[None]]:
            async def act(now: datetime) -> None:
                await people.deactivate(self._store, member.person.name, now=now)

            return act

        leaving = [member for member in self._members.values() if member.source.left_day is not None]
        return [(When(m.source.left_day or 0, LEAVES_AT).on(day_0), 0, leave(m)) for m in leaving]


async def gather(store: Store, config: Config, keys: KeyFile, load: Caseload, *, founded: int, day_0: date) -> Cast:
    """Found the organisation on a day and bring everybody in: who reads makes keys, and all readers are introduced."""
    org = await people.found_org(store, load.organisation, demo=True)
    now = When(founded, FOUNDED_AT).on(day_0)
    Log.open(store, config, now=now)
    access = Access(store, keys, config)
    reading, others = [], []
    for source in load.people:
        role = _ROLES.get(source.role)
        if role is None:
            continue
        team = load.teams.get(source.team or "")
        person = await people.add(store, source.name, role, now=now, team=team)
        gone = source.left_day is not None and source.left_day <= founded
        if gone:
            await people.deactivate(store, source.name, now=now)
        if role.reads and not gone:
            reading.append((source, person))
        elif gone:
            others.append(_player(source, person, team, active=False))
        else:
            secrets = await start_counting(access, person, now)
            others.append(_player(source, person, team, active=True, **secrets))
    started = await asyncio.gather(*(_start(access, org, source, person, now) for source, person in reading))
    signed = await _introduce(store, [one.adult for one in started], now)
    members = []
    for (source, person), one in zip(reading, started, strict=True):
        present = await people.named(store, person.name)
        team = load.teams.get(source.team or "")
        player = _player(source, person, team, active=source.left_day is None, **one.secrets)
        members.append(Member(source, present, one.adult, signed[person.id], player, one.seeds))
    return Cast(store, org, members, others)


@dataclass(frozen=True)
class _Started:
    adult: Adult
    secrets: dict[str, Any]
    seeds: dict[str, str]


def _player(source: caseload.Person, person: Person, team: str | None, *, active: bool, **secrets: Any) -> Player:
    return Player(
        id=source.id,
        person=person.id,
        name=source.name,
        full_name=source.full_name,
        role=source.role,
        title=source.title,
        team=team,
        active=active,
        **(secrets if active else {}),
    )


async def _start(
    access: Access, org: Org, source: caseload.Person, person: Person, now: datetime
) -> _Started:
    """A first sign-in, with what the browser would do in it."""
    browser = Browser(None)
    startcode = await access.invite(person.id, now=now)
    begun = await access.begin(source.name, startcode, browser, now=now)
    seeds = {"reading": token_bytes(32), "signing": token_bytes(32)}
    role = cast(ReadingRole, person.role.value)
    adult = Adult.from_seeds(org.id, source.name, role, seeds["reading"], seeds["signing"], at=now, person=person.id)
    passphrase, recovery_code = phrase(PASSPHRASE_WORDS), phrase(RECOVERY_WORDS)
    salt, recovery_salt = wire.unb64(random_id()), wire.unb64(random_id())
    own, recovery = await asyncio.to_thread(
        lambda: (stretch_passphrase(passphrase, salt), stretch_recovery(recovery_code, recovery_salt))
    )
    done = await access.finish(
        begun.ticket,
        pyotp.TOTP(begun.secret).at(now),
        adult.signed(),
        salt=salt,
        verifier=own.verifier,
        recovery_salt=recovery_salt,
        recovery_verifier=recovery.verifier,
        now=now,
    )
    here = await access.here(done.session, moves=False, now=now)
    await access.keep_keyring(
        here,
        adult.keyring(desk_kek(own.share, done.pepper)),
        adult.keyring(desk_kek(recovery.share, done.recovery_pepper)),
    )
    await access.sign_out(here)
    secrets = {
        "passphrase": passphrase,
        "totp_secret": begun.secret,
        "recovery_code": recovery_code,
        "one_time_codes": done.codes,
    }
    return _Started(adult, secrets, {name: wire.b64(seed) for name, seed in seeds.items()})


async def start_counting(access: Access, person: Person, now: datetime) -> dict[str, Any]:
    """The same of somebody who counts, and so has no keys: what they sign in with."""
    startcode = await access.invite(person.id, now=now)
    begun = await access.begin(person.name, startcode, Browser(None), now=now, door=person.role.door)
    passphrase, recovery_code = phrase(PASSPHRASE_WORDS), phrase(RECOVERY_WORDS)
    salt, recovery_salt = wire.unb64(random_id()), wire.unb64(random_id())
    own, recovery = await asyncio.to_thread(
        lambda: (stretch_passphrase(passphrase, salt), stretch_recovery(recovery_code, recovery_salt))
    )
    done = await access.finish_counting(
        begun.ticket,
        pyotp.TOTP(begun.secret).at(now),
        salt=salt,
        verifier=own.verifier,
        recovery_salt=recovery_salt,
        recovery_verifier=recovery.verifier,
        now=now,
    )
    await access.sign_out(await access.here(done.session, moves=False, now=now, door=person.role.door))
    return {
        "passphrase": passphrase,
        "totp_secret": begun.secret,
        "recovery_code": recovery_code,
        "one_time_codes": done.codes,
    }


async def _introduce(store: Store, adults: list[Adult], now: datetime) -> dict[str, wire.Signed]:
    """Everybody who reads has compared numbers with everybody else who does."""
    known = {person.id: person for person in await store.read(lambda r: r.people())}
    records = {}
    for subject in adults:
        signed = subject.signed()
        for introducer in adults:
            if introducer is not subject:
                signed = introducer.sign_record(signed)
                mine = Signature(signed.sigs[-1].by, signed.sigs[-1].sig)
                await people.introduce(store, known[introducer.person], subject.person, mine, now=now)
        records[subject.person] = signed
    return records
