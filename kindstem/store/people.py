"""Queries about the organisation, the people who work in it, and how they sign in."""

import json
import unicodedata
from datetime import date, datetime

from kindstem.domain import AuditExport, Away, Credentials, Org, Person, Role, Session, Signature, SignedText, Ticket
from kindstem.store.rows import Queries, Row, away_of, moment, moment_or_none, stamp

_PERSON = """
    select p.*, r.text as record_text, r.hash as record_hash, r.reading_key, r.signing,
           c.person is not null
               and (c.keyring is not null or p.role not in ('worker', 'second', 'confidant', 'oncall')) as started
    from people p
    left join credentials c on c.person = p.id
    left join person_records r on r.person = p.id and c.keyring is not null
"""


def fold(name: str) -> str:
    """The form in which names are compared: two people cannot differ by capitals or accents' encoding alone."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class PeopleReads(Queries):
    """Who works here."""

    def org(self) -> Org | None:
        """The organisation; None before `kindstem init`."""
        found = {row["name"]: row["value"] for row in self._all("select name, value from settings")}
        if "org.id" not in found:
            return None
        return Org(found["org.id"], found["org.name"], found.get("demo") == "1")

    def person(self, person: str) -> Person | None:
        """Somebody by id."""
        row = self._one(f"{_PERSON} where p.id = ?", (person,))
        return self._person(row) if row else None

    def person_named(self, name: str) -> Person | None:
        """Somebody by name, however it is capitalised."""
        row = self._one(f"{_PERSON} where p.folded = ?", (fold(name),))
        return self._person(row) if row else None

    def people(self) -> list[Person]:
        """Everybody, by name."""
        return [self._person(row) for row in self._all(f"{_PERSON} order by p.folded")]

    def credentials(self, person: str) -> Credentials | None:
        """How somebody proves who they are; None before their first sign-in."""
        row = self._one("select * from credentials where person = ?", (person,))
        return Credentials(**dict(row)) if row else None

    def salts_named(self, name: str) -> tuple[bytes, bytes] | None:
        """The salts of an active person's passphrase and recovery code; found or not in one and the same query."""
        row = self._one(
            """select c.salt, c.recovery_salt from people p join credentials c on c.person = p.id
               where p.folded = ? and p.active""",
            (fold(name),),
        )
        return (row["salt"], row["recovery_salt"]) if row else None

    def startcode(self, person: str) -> tuple[bytes, datetime] | None:
        """The hash of somebody's start code and the moment it expires."""
        row = self._one("select startcode, startcode_until from people where id = ?", (person,))
        if row is None or row["startcode"] is None:
            return None
        return row["startcode"], moment(row["startcode_until"])

    def ticket(self, ticket: bytes) -> Ticket | None:
        """A first sign-in under way, by the hash of its ticket."""
        row = self._one("select * from tickets where hash = ?", (ticket,))
        return Ticket(row["person"], row["totp"], moment(row["expires_at"])) if row else None

    def session(self, session: bytes) -> Session | None:
        """A session by the hash of its token."""
        row = self._one("select * from sessions where hash = ?", (session,))
        if row is None:
            return None
        return Session(row["hash"], row["person"], moment(row["made_at"]), moment(row["seen_at"]), row["wrong"])

    def knows_browser(self, browser: bytes, person: str) -> bool:
        """Whether this person signed in before in the browser with this cookie."""
        return self._one("select 1 from browsers where hash = ? and person = ?", (browser, person)) is not None

    def is_browser(self, browser: bytes) -> bool:
        """Whether anybody signed in in the browser with this cookie."""
        return self._one("select 1 from browsers where hash = ?", (browser,)) is not None

    def recovery_codes_left(self, person: str) -> int:
        """How many one-time codes somebody has not used."""
        row = self._one("select count(*) from recovery_codes where person = ? and used_at is null", (person,))
        return int(row[0]) if row else 0

    def exports(self, limit: int) -> list[AuditExport]:
        """Who took an audit bundle along, newest first."""
        rows = self._all(
            "select e.*, p.name from exports e join people p on p.id = e.person order by e.seq desc limit ?", (limit,)
        )
        return [
            AuditExport(
                person=row["person"],
                name=row["name"],
                at=moment(row["at"]),
                since=date.fromisoformat(row["since"]),
                until=date.fromisoformat(row["until"]),
                size=row["size"],
                root=row["root"],
            )
            for row in rows
        ]

    def _person(self, row: Row) -> Person:
        record = self._signed(row["record_text"], row["record_hash"]) if row["record_text"] else None
        return Person(
            id=row["id"],
            name=row["name"],
            role=Role(row["role"]),
            team=row["team"],
            mail=row["mail"],
            active=bool(row["active"]),
            made_at=moment(row["made_at"]),
            away=away_of(row),
            started=bool(row["started"]),
            record=record,
            reading_key=row["reading_key"],
            signing_keys=tuple(json.loads(row["signing"])) if row["signing"] else (),
            until=date.fromisoformat(row["until"]) if row["until"] else None,
        )


class PeopleWrites(PeopleReads):
    """Changes in who works here and how they sign in."""

    def found_org(self, org: Org) -> bool:
        """Keep the organisation; False, and nothing changed, when there is one already."""
        if self.org() is not None:
            return False
        for name, value in (("org.id", org.id), ("org.name", org.name), ("demo", "1" if org.demo else "0")):
            self._do("insert into settings (name, value) values (?, ?)", (name, value))
        return True

    def add_person(self, person: Person) -> bool:
        """Keep somebody new; False when the name is taken."""
        touched = self._do(
            """insert into people (id, name, folded, role, team, mail, active, made_at, until)
               values (?, ?, ?, ?, ?, ?, 1, ?, ?) on conflict (folded) do nothing""",
            (
                *(person.id, person.name, fold(person.name), person.role.value, person.team, person.mail),
                *(stamp(person.made_at), person.until.isoformat() if person.until else None),
            ),
        )
        return touched == 1

    def set_startcode(self, person: str, startcode: bytes | None, until: datetime | None) -> None:
        """Replace somebody's start code, or take it away."""
        expires = stamp(until) if until else None
        self._do("update people set startcode = ?, startcode_until = ? where id = ?", (startcode, expires, person))

    def set_active(self, person: str, active: bool) -> None:
        """Let somebody in, or end everything they have open."""
        self._do("update people set active = ? where id = ?", (int(active), person))
        if not active:
            self.end_sessions(person)
            self._do("delete from tickets where person = ?", (person,))
            self._do("delete from browsers where person = ?", (person,))
            self.set_startcode(person, None, None)
        for row in self._all(
            """select child from list_readers where person = ?1
               union select kindnummer from children where worker = ?1""",
            (person,),
        ):
            self._touch(row["child"])

    def set_team(self, person: str, team: str | None) -> None:
        """Put somebody in a team."""
        self._do("update people set team = ? where id = ?", (team, person))

    def set_away(self, person: str, away: Away | None) -> None:
        """Keep when somebody is away; None when they are back."""
        since, until = (away.since.isoformat(), away.until.isoformat()) if away else (None, None)
        self._do("update people set away_since = ?, away_until = ? where id = ?", (since, until, person))

    def add_ticket(self, ticket: bytes, person: str, totp: bytes, expires_at: datetime) -> None:
        """Begin a first sign-in; the one before is forgotten."""
        self._do("delete from tickets where person = ?", (person,))
        self._do(
            "insert into tickets (hash, person, totp, expires_at) values (?, ?, ?, ?)",
            (ticket, person, totp, stamp(expires_at)),
        )

    def drop_ticket(self, ticket: bytes) -> None:
        """End a first sign-in."""
        self._do("delete from tickets where hash = ?", (ticket,))

    def set_credentials(self, credentials: Credentials) -> None:
        """Keep how somebody signs in, in place of what was there."""
        person = credentials.person
        for table in ("credentials", "recovery_codes", "person_records"):
            self._do(f"delete from {table} where person = ?", (person,))  # noqa: S608
        self._do(
            """insert into credentials (person, salt, verifier, pepper, recovery_salt, recovery_verifier,
                   recovery_pepper, totp, totp_last) values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(person, credentials.salt, credentials.verifier, credentials.pepper, credentials.recovery_salt),
                *(credentials.recovery_verifier, credentials.recovery_pepper, credentials.totp, credentials.totp_last),
            ),
        )

    def set_key_record(self, person: str, record: SignedText, reading_key: str, signing: tuple[str, ...]) -> None:
        """Keep somebody's key record."""
        self._do(
            "insert into person_records (person, text, hash, reading_key, signing) values (?, ?, ?, ?, ?)",
            (person, record.text, record.hash, reading_key, json.dumps(signing)),
        )
        self._keep_signatures(record)

    def add_recovery_code(self, person: str, code: bytes) -> None:
        """Keep the hash of a one-time code."""
        self._do("insert into recovery_codes (person, hash) values (?, ?)", (person, code))

    def spend_recovery_code(self, person: str, code: bytes, at: datetime) -> bool:
        """Use a one-time code up; False when there is no such code left."""
        return (
            self._do(
                "update recovery_codes set used_at = ? where person = ? and hash = ? and used_at is null",
                (stamp(at), person, code),
            )
            == 1
        )

    def spend_totp(self, person: str, step: int) -> bool:
        """Use a time code's step up; False when it, or a later one, was used before."""
        touched = self._do(
            "update credentials set totp_last = ? where person = ? and totp_last < ?", (step, person, step)
        )
        return touched == 1

    def set_keyrings(self, person: str, keyring: bytes, recovery: bytes | None) -> None:
        """Keep the wrapped keyring; the recovery copy stays when None."""
        self._do(
            "update credentials set keyring = ?, recovery_keyring = coalesce(?, recovery_keyring) where person = ?",
            (keyring, recovery, person),
        )

    def set_until(self, person: str, until: date) -> None:
        """Move the last day of an account that ends by itself."""
        self._do("update people set until = ? where id = ?", (until.isoformat(), person))

    def add_export(self, person: str, at: datetime, since: date, until: date, size: int, root: str) -> None:
        """Note that somebody took a bundle along."""
        self._do(
            "insert into exports (person, at, since, until, size, root) values (?, ?, ?, ?, ?, ?)",
            (person, stamp(at), since.isoformat(), until.isoformat(), size, root),
        )

    def set_verifier(self, person: str, salt: bytes, verifier: str) -> None:
        """Replace salt and verifier of somebody's passphrase."""
        self._do("update credentials set salt = ?, verifier = ? where person = ?", (salt, verifier, person))

    def set_totp(self, person: str, totp: bytes) -> None:
        """Replace somebody's second factor and forget the last code."""
        self._do("update credentials set totp = ?, totp_last = 0 where person = ?", (totp, person))

    def add_signature(self, record: str, signature: Signature) -> None:
        """Add somebody's signature to a record, by its hash; a second one by the same key changes nothing."""
        self._keep_signatures(SignedText("", record, (signature,)))

    def add_session(self, session: bytes, person: str, at: datetime) -> None:
        """Sign somebody in."""
        self._do(
            "insert into sessions (hash, person, made_at, seen_at) values (?, ?, ?, ?)",
            (session, person, stamp(at), stamp(at)),
        )

    def touch_session(self, session: bytes, at: datetime) -> None:
        """Note that somebody is there."""
        self._do("update sessions set seen_at = max(seen_at, ?) where hash = ?", (stamp(at), session))

    def count_wrong(self, session: bytes) -> int:
        """Count a wrong passphrase within a session and give the number so far."""
        self._do("update sessions set wrong = wrong + 1 where hash = ?", (session,))
        row = self._one("select wrong from sessions where hash = ?", (session,))
        return int(row[0]) if row else 0

    def clear_wrong(self, session: bytes) -> None:
        """Forget the wrong passphrases of a session."""
        self._do("update sessions set wrong = 0 where hash = ?", (session,))

    def end_session(self, session: bytes) -> None:
        """Sign somebody out."""
        self._do("delete from sessions where hash = ?", (session,))

    def end_sessions(self, person: str, *, but: bytes = b"") -> None:
        """Sign somebody out everywhere, but in one session."""
        self._do("delete from sessions where person = ? and hash <> ?", (person, but))

    def end_old_sessions(self, made_before: datetime, seen_before: datetime) -> None:
        """Forget sessions that ran out."""
        self._do("delete from sessions where made_at < ? or seen_at < ?", (stamp(made_before), stamp(seen_before)))

    def know_browser(self, browser: bytes, person: str, at: datetime) -> None:
        """Remember that somebody signed in in this browser."""
        self._do(
            """insert into browsers (hash, person, seen_at) values (?, ?, ?)
               on conflict (hash, person) do update set seen_at = excluded.seen_at""",
            (browser, person, stamp(at)),
        )

    def forget_old_browsers(self, before: datetime) -> None:
        """Forget browsers in which nobody signed in for long."""
        self._do("delete from browsers where seen_at < ?", (stamp(before),))

    def startcode_until(self, person: str) -> datetime | None:
        """When somebody's start code expires; None without one."""
        row = self._one("select startcode_until from people where id = ?", (person,))
        return moment_or_none(row[0]) if row else None
