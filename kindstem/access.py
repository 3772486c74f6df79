"""Who is asking: sign-in with two factors, sessions, limits that lock nobody out, and the signed requests of phones."""

import asyncio
import hmac
import io
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import argon2
import pyotp
import segno

from kindstem import signing, wire
from kindstem.calendar import local_day
from kindstem.config import Config
from kindstem.domain import Credentials, Device, DeviceState, Door, Org, Person, Session, Signature, SignedText
from kindstem.errors import (
    BadRecord,
    BadRequest,
    BadSignature,
    Busy,
    ClockDiffers,
    DeviceOff,
    DeviceUnknown,
    NotFound,
    OtherDoor,
    SessionEnded,
    SigninFailed,
    SigninWait,
    TooBusy,
)
from kindstem.keyfile import KeyFile
from kindstem.store import Reader, Store, Tx, fold

CLOCK: Final = timedelta(seconds=600)
STARTCODE_LASTS: Final = timedelta(days=7)
TICKET_LASTS: Final = timedelta(minutes=30)
BROWSER_LASTS: Final = timedelta(days=180)
ONE_TIME_CODES: Final = 10
WRONG_IN_SESSION: Final = 5
"""After so many wrong passphrases in a row a session ends, as it may be in a stranger's hands."""

_STEP: Final = 30
_TOUCH_EVERY: Final = timedelta(seconds=20)
_WINDOW: Final = 900.0
_MINUTE: Final = 60.0
_REPORTS: Final = 12
_TOKENS: Final = 30
# Argon2id takes 64 MiB and a tenth of a second each: two at a time leave room for the children's requests.
_AT_ONCE: Final = 2
_WAITING: Final = 32


class Way(StrEnum):
    """Which secret opens the keyring."""

    PASSPHRASE = "passphrase"  # noqa: S105 - a name, no secret
    RECOVERY = "recovery"


@dataclass(frozen=True)
class Browser:
    """Where a sign-in comes from: the cookie of a browser that was here before, if there is one."""

    token: str | None


@dataclass(frozen=True)
class Begun:
    """A first sign-in under way: what to show once, for the authenticator."""

    ticket: str
    secret: str
    uri: str
    svg: str
    person: Person
    org: Org


@dataclass(frozen=True)
class SignedIn:
    """Somebody with both factors proven: the server's shares, and what their browser keeps."""

    person: Person
    session: str
    browser: str
    pepper: bytes
    recovery_pepper: bytes
    keyring: bytes | None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Here:
    """Somebody with a session that runs."""

    session: Session
    person: Person


class Limits:
    """Counts attempts in memory, so that asking costs nothing and leaves no trace of who asked.

    Each key may act `most` times at once, and then once per `span / most` seconds.
    """

    _KEPT: Final = 20_000

    def __init__(self) -> None:
        self._until: dict[object, float] = {}

    def take(self, key: object, most: int, span: float, now: float) -> int:
        """0 when this attempt may go on; else the seconds to wait, and nothing is counted."""
        return self.take_each(((key, most, span),), now)

    def take_each(self, counts: Sequence[tuple[object, int, float]], now: float) -> int:
        """The same under several counts, each with its `most` and `span`: counted under all of them or under none.

        Otherwise strangers who have used up the count of all could go on filling the memory with a count of each.
        """
        taken = {}
        for key, most, span in counts:
            gap = span / most
            until = max(self._until.get(key, now), now)
            if until > now + span:
                # A clock that is put back must not make anybody wait for longer than a full count does.
                until = self._until[key] = now + span
            if until - now > span - gap:
                return max(1, int(until - now - (span - gap) + 0.999))
            taken[key] = until + gap
        if len(self._until) >= self._KEPT:
            self._until = {one: at for one, at in self._until.items() if at > now}
        self._until |= taken
        return 0

    def give_back(self, key: object, most: int, span: float) -> None:
        """Undo one attempt: it turned out to be no guess."""
        if key in self._until:
            self._until[key] -= span / most


class Access:
    """Sign-in and sessions. One for the whole server: the limits are its memory."""

    def __init__(self, store: Store, keys: KeyFile, config: Config) -> None:
        self._store = store
        self._keys = keys
        self._config = config
        self._limits = Limits()
        self._hasher = argon2.PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    # --- limits -------------------------------------------------------------------------------------------------------

    def limit_find(self, block: str, *, now: datetime) -> None:
        """Count a question of a phone that is not enrolled, per address block and in all. Raises TooBusy."""
        mine, all_finds = self._config.finds_per_block, self._config.finds_in_all
        counts = ((("find", block), mine, _MINUTE), ("finds", all_finds, _MINUTE))
        if seconds := self._limits.take_each(counts, now.timestamp()):
            raise TooBusy(seconds=seconds)

    def limit_report(self, person: str, *, now: datetime) -> None:
        """Count a report that somebody takes along: making one takes seconds. Raises TooBusy."""
        counts = ((("report", person), _REPORTS, _MINUTE), ("reports", 2 * _REPORTS, _MINUTE))
        if seconds := self._limits.take_each(counts, now.timestamp()):
            raise TooBusy(seconds=seconds)

    def limit_token(self, block: str, *, now: datetime) -> None:
        """Count a question with a token before it is looked at, per address block and in all. Raises TooBusy."""
        counts = ((("token", block), _TOKENS, _MINUTE), ("tokens", 10 * _TOKENS, _MINUTE))
        if seconds := self._limits.take_each(counts, now.timestamp()):
            raise TooBusy(seconds=seconds)

    async def _limit(self, person: Person | None, name: str, browser: Browser, at: float) -> object:
        """Count an attempt to sign in and give the key it was counted under. Raises SigninWait.

        A browser in which this person signed in before has a count of its own. Strangers share one per name and one
        for all names: they can make each other wait, and nobody else.
        """
        most = self._config.signins_per_name
        if person is not None and browser.token is not None:
            known = _hash("browser", browser.token)
            if self._store.read_sync(lambda r: r.knows_browser(known, person.id)):
                key: object = ("known", known, person.id)
                if seconds := self._limits.take(key, most, _WINDOW, at):
                    raise SigninWait(seconds=seconds)
                return key
        key = ("name", sha256(fold(name).encode()).digest())
        counts = ((key, most, _WINDOW), ("signins", self._config.signins_in_all, _MINUTE))
        if seconds := self._limits.take_each(counts, at):
            raise SigninWait(seconds=seconds)
        return key

    def _no_guess(self, key: object) -> None:
        self._limits.give_back(key, self._config.signins_per_name, _WINDOW)

    async def _argon2(self, encoded: str, secret: bytes) -> bool:
        def check() -> bool:
            try:
                return self._hasher.verify(encoded, secret)
            except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
                return False

        return bool(await self._in_turn(check))

    async def _in_turn(self, work: Any) -> Any:
        if self._waiting >= _WAITING:
            raise Busy()
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

    @cached_property
    def _nobodys_verifier(self) -> str:
        """What an unknown name is compared with, so that it takes as long as a known one."""
        return self._hasher.hash(secrets.token_bytes(32))

    # --- the first sign-in --------------------------------------------------------------------------------------------

    async def invite(self, person: str, *, now: datetime) -> str:
        """A fresh start code for somebody's first sign-in; the one before stops working. Raises NotFound."""
        code = _new_code()

        def keep(tx: Tx) -> None:
            found = tx.person(person)
            if found is None or not found.may_enter(local_day(now)) or found.started:
                raise NotFound()
            tx.set_startcode(person, _hash("startcode", code), now + STARTCODE_LASTS)

        await self._store.write(keep)
        return code

    async def begin(
        self, name: str, startcode: str, browser: Browser, *, now: datetime, door: Door = Door.DESK
    ) -> Begun:
        """Begin a first sign-in: a ticket for it, and the secret for the authenticator.

        Raises SigninFailed for a wrong name or code, SigninWait, and OtherDoor (after a right code only) for a role
        that comes in elsewhere.
        """
        person = self._store.read_sync(lambda r: r.person_named(name))
        key = await self._limit(person, name, browser, now.timestamp())
        given = _hash("startcode", _tidy_code(startcode))
        kept = self._store.read_sync(lambda r: r.startcode(person.id)) if person else None
        right = kept is not None and hmac.compare_digest(kept[0], given) and now < kept[1]
        org = self._store.read_sync(lambda r: r.org())
        if person is None or not right or not person.may_enter(local_day(now)) or person.started or org is None:
            raise SigninFailed()
        self._no_guess(key)
        if person.role.door is not door:
            raise OtherDoor()
        ticket, secret = secrets.token_urlsafe(24), pyotp.random_base32()
        sealed = self._keys.seal("ticket", secret.encode(), bound=person.id.encode())
        hashed = _hash("ticket", ticket)
        await self._store.write(lambda tx: tx.add_ticket(hashed, person.id, sealed, now + TICKET_LASTS))
        uri = pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=f"Kindstem {org.name}")
        return Begun(ticket, secret, uri, _qr(uri), person, org)

    async def finish(
        self,
        ticket: str,
        code: str,
        record: wire.Signed,
        *,
        salt: bytes,
        verifier: bytes,
        recovery_salt: bytes,
        recovery_verifier: bytes,
        now: datetime,
    ) -> SignedIn:
        """Finish a first sign-in: keep how this person proves who they are, and their key record.

        Until the keyring is kept as well, the start code stays good and nobody is shown the record: a tab that closes
        in between would otherwise leave somebody with keys that nobody holds.

        Raises SigninFailed for an unknown ticket or a wrong time code, BadRecord for a record about somebody else, and
        BadSignature unless each of its keys signed it.
        """
        hashed = _hash("ticket", ticket)
        person, org, totp, step = self._proven(hashed, code, Door.DESK, now)
        _check_own_record(record, person, org, now)
        pepper, recovery_pepper = secrets.token_bytes(32), secrets.token_bytes(32)
        bound = person.id.encode()
        encoded = await self._in_turn(lambda: (self._hasher.hash(verifier), self._hasher.hash(recovery_verifier)))
        credentials = Credentials(
            person=person.id,
            salt=salt,
            verifier=encoded[0],
            pepper=self._keys.seal("pepper", pepper, bound=bound),
            recovery_salt=recovery_salt,
            recovery_verifier=encoded[1],
            recovery_pepper=self._keys.seal("recovery pepper", recovery_pepper, bound=bound),
            totp=self._keys.seal("totp", totp.encode(), bound=bound),
            totp_last=step,
        )
        text = SignedText(
            wire.canonical(record.record).decode(),
            wire.b64(wire.record_hash(record.record)),
            tuple(Signature(sig.by, sig.sig) for sig in record.sigs),
        )
        reading = wire.b64(signing.reading_key_id(wire.unb64(record.record["reading"])))
        codes = tuple(_new_code() for _ in range(ONE_TIME_CODES))
        session, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)

        def keep(tx: Tx) -> None:
            present = tx.person(person.id)
            if tx.ticket(hashed) is None or present is None or present.started:
                raise SigninFailed()
            tx.drop_ticket(hashed)
            tx.end_sessions(person.id)
            tx.set_credentials(credentials)
            tx.set_key_record(person.id, text, reading, tuple(record.record["signing"]))
            # Whole, and by its own signature: who vouches for whom is to show in every bundle.
            tx.log("introduction", local_day(now), record.record, record.json()["sigs"], at=now, ref=text.hash)
            for one in codes:
                tx.add_recovery_code(person.id, _hash("one-time code", one))
            tx.add_session(_hash("session", session), person.id, now)
            tx.know_browser(_hash("browser", browser), person.id, now)

        await self._store.write(keep)
        return SignedIn(person, session, browser, pepper, recovery_pepper, None, codes)

    async def finish_counting(
        self,
        ticket: str,
        code: str,
        *,
        salt: bytes,
        verifier: bytes,
        recovery_salt: bytes,
        recovery_verifier: bytes,
        now: datetime,
    ) -> SignedIn:
        """Finish the first sign-in of somebody who counts: the same two factors, and no keys at all.

        With that it is over, and the start code stops working. Raises SigninFailed for an unknown ticket or a wrong
        time code.
        """
        hashed = _hash("ticket", ticket)
        person, _, totp, step = self._proven(hashed, code, Door.NUMBERS, now)
        encoded = await self._in_turn(lambda: (self._hasher.hash(verifier), self._hasher.hash(recovery_verifier)))
        credentials = Credentials(
            person=person.id,
            salt=salt,
            verifier=encoded[0],
            pepper=b"",
            recovery_salt=recovery_salt,
            recovery_verifier=encoded[1],
            recovery_pepper=b"",
            totp=self._keys.seal("totp", totp.encode(), bound=person.id.encode()),
            totp_last=step,
        )
        codes = tuple(_new_code() for _ in range(ONE_TIME_CODES))
        session, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)

        def keep(tx: Tx) -> None:
            present = tx.person(person.id)
            if tx.ticket(hashed) is None or present is None or present.started:
                raise SigninFailed()
            tx.drop_ticket(hashed)
            tx.set_startcode(person.id, None, None)
            tx.set_credentials(credentials)
            for one in codes:
                tx.add_recovery_code(person.id, _hash("one-time code", one))
            tx.add_session(_hash("session", session), person.id, now)
            tx.know_browser(_hash("browser", browser), person.id, now)

        await self._store.write(keep)
        return SignedIn(person, session, browser, b"", b"", None, codes)

    def _proven(self, hashed: bytes, code: str, door: Door, now: datetime) -> tuple[Person, Org, str, int]:
        """Whose ticket this is, with the secret of their authenticator and the step of the code that proves it."""
        person, org, totp = self._store.read_sync(lambda r: self._ticket_holder(r, hashed, now))
        step = _matching_step(totp, code, now)
        if step is None or person.role.door is not door:
            raise SigninFailed()
        return person, org, totp, step

    def _ticket_holder(self, r: Reader, hashed: bytes, now: datetime) -> tuple[Person, Org, str]:
        ticket, org = r.ticket(hashed), r.org()
        person = r.person(ticket.person) if ticket else None
        if ticket is None or org is None or person is None or now >= ticket.expires_at:
            raise SigninFailed()
        if not person.may_enter(local_day(now)):
            raise SigninFailed()
        return person, org, self._keys.unseal("ticket", ticket.totp, bound=person.id.encode()).decode()

    async def keep_keyring(self, here: Here, passphrase: bytes, recovery: bytes) -> None:
        """Keep both wrapped copies of the keyring, which ends a first sign-in; the start code stops working."""

        def keep(tx: Tx) -> None:
            found = tx.credentials(here.person.id)
            if found is None or found.keyring is not None:
                raise BadRequest()
            tx.set_keyrings(here.person.id, passphrase, recovery)
            tx.set_startcode(here.person.id, None, None)

        await self._store.write(keep)

    async def change_passphrase(
        self, here: Here, keyring: bytes | None, salt: bytes, verifier: bytes, *, way: Way, proof: bytes
    ) -> None:
        """Keep a keyring (None for a role without keys) under a new passphrase, and end this person's other sessions.

        `proof` is the verifier of the present passphrase, or of the recovery code. Raises SigninFailed when it is
        wrong, and SessionEnded after too many.
        """
        await self._prove(here, way, proof)
        encoded = await self._in_turn(lambda: self._hasher.hash(verifier))

        def keep(tx: Tx) -> None:
            tx.set_verifier(here.person.id, salt, encoded)
            if keyring is not None:
                tx.set_keyrings(here.person.id, keyring, None)
            tx.end_sessions(here.person.id, but=here.session.hash)

        await self._store.write(keep)

    # --- signing in ---------------------------------------------------------------------------------------------------

    def salts(self, name: str, *, now: datetime) -> tuple[bytes, bytes]:
        """The salts of somebody's passphrase and recovery code; for a name that nobody has, invented and stable.

        Raises SigninWait when strangers ask too fast.
        """
        if seconds := self._limits.take("salts", 4 * self._config.signins_in_all, _MINUTE, now.timestamp()):
            raise SigninWait(seconds=seconds)

        same = fold(name)
        # The same work for everybody: the time that an answer takes must not tell who works here.
        invented = self._keys.invented_salt(f"passphrase {same}"), self._keys.invented_salt(f"recovery {same}")
        found = self._store.one(lambda r: r.salts_named(name))
        return found or invented

    async def sign_in(
        self,
        name: str,
        verifier: bytes,
        code: str,
        way: Way,
        browser: Browser,
        *,
        now: datetime,
        door: Door = Door.DESK,
    ) -> SignedIn:
        """Sign somebody in who proves both factors, and hand out the server's share of their keyring's key.

        A time code is accepted once, and so is each one-time code. Nothing is used up by an attempt with a wrong
        passphrase, so that a stranger cannot use up anything.

        Raises SigninFailed whatever was wrong, SigninWait before anything is computed, and OtherDoor when everything
        was right but the door.
        """
        person = self._store.read_sync(lambda r: r.person_named(name))
        key = await self._limit(person, name, browser, now.timestamp())
        enters = person is not None and person.may_enter(local_day(now))
        found = self._store.read_sync(lambda r: r.credentials(person.id)) if person and enters else None
        encoded = self._nobodys_verifier
        if found is not None:
            encoded = found.verifier if way is Way.PASSPHRASE else found.recovery_verifier
        right = await self._argon2(encoded, verifier)
        if person is None or found is None or not right:
            raise SigninFailed()
        bound = person.id.encode()
        totp = self._keys.unseal("totp", found.totp, bound=bound).decode()
        step = _matching_step(totp, code, now)
        one_time = _hash("one-time code", _tidy_code(code))
        session = secrets.token_urlsafe(32)
        token = secrets.token_urlsafe(32)
        # Colleagues who share a browser share its cookie. One that we did not make is never taken over.
        if browser.token and self._store.read_sync(lambda r: r.is_browser(_hash("browser", browser.token or ""))):
            token = browser.token

        def keep(tx: Tx) -> None:
            by_time = step is not None and tx.spend_totp(person.id, step)
            spent = by_time or tx.spend_recovery_code(person.id, one_time, now)
            present = tx.person(person.id)
            if not spent or present is None or not present.active:
                raise SigninFailed()
            if present.role.door is not door:
                raise OtherDoor()
            tx.add_session(_hash("session", session), person.id, now)
            tx.know_browser(_hash("browser", token), person.id, now)

        await self._store.write(keep)
        self._no_guess(key)
        return SignedIn(
            person=person,
            session=session,
            browser=token,
            pepper=self._keys.unseal("pepper", found.pepper, bound=bound) if found.pepper else b"",
            recovery_pepper=(
                self._keys.unseal("recovery pepper", found.recovery_pepper, bound=bound)
                if found.recovery_pepper
                else b""
            ),
            keyring=found.keyring if way is Way.PASSPHRASE else found.recovery_keyring,
        )

    async def here(self, token: str | None, *, moves: bool, now: datetime, door: Door = Door.DESK) -> Here:
        """Who has this session. With `moves` the idle limit starts anew.

        Raises SessionEnded when there is none, when it ran out, when the person was deactivated or their account's
        last day is over, and when they came in by the other door.
        """
        if not token:
            raise SessionEnded()
        hashed = _hash("session", token)

        def ask(r: Reader) -> Here:
            session = r.session(hashed)
            person = r.person(session.person) if session else None
            if session is None or person is None or not person.may_enter(local_day(now)):
                raise SessionEnded()
            if person.role.door is not door:
                raise SessionEnded()
            idle, whole = timedelta(minutes=self._config.idle_minutes), timedelta(hours=self._config.session_hours)
            if now - session.seen_at >= idle or now - session.made_at >= whole:
                raise SessionEnded()
            return Here(session, person)

        found = self._store.read_sync(ask)
        if moves and now - found.session.seen_at >= _TOUCH_EVERY:
            await self._store.write(lambda tx: tx.touch_session(hashed, now))
        return found

    async def unlock(self, here: Here, verifier: bytes) -> tuple[bytes, bytes | None]:
        """Pepper and keyring once more, for somebody who is signed in and whose page was loaded anew.

        Raises SigninFailed for a wrong passphrase, and SessionEnded after too many.
        """
        found = await self._prove(here, Way.PASSPHRASE, verifier)
        return self._keys.unseal("pepper", found.pepper, bound=here.person.id.encode()), found.keyring

    async def sign_out(self, here: Here) -> None:
        """End this session."""
        await self._store.write(lambda tx: tx.end_session(here.session.hash))

    async def _prove(self, here: Here, way: Way, verifier: bytes) -> Credentials:
        # Counted before it is compared, so that requests at the same time are not more guesses than one by one.
        wrong = await self._store.write(lambda tx: tx.count_wrong(here.session.hash))
        found = self._store.read_sync(lambda r: r.credentials(here.person.id))
        if wrong > WRONG_IN_SESSION or found is None:
            await self.sign_out(here)
            raise SessionEnded()
        if not await self._argon2(found.verifier if way is Way.PASSPHRASE else found.recovery_verifier, verifier):
            raise SigninFailed()
        await self._store.write(lambda tx: tx.clear_wrong(here.session.hash))
        return found

    async def tidy(self, *, now: datetime) -> None:
        """Forget sessions, browsers and nonces that are too old to matter."""
        idle, whole = timedelta(minutes=self._config.idle_minutes), timedelta(hours=self._config.session_hours)

        def forget(tx: Tx) -> None:
            tx.end_old_sessions(now - whole, now - idle)
            tx.forget_old_browsers(now - BROWSER_LASTS)
            tx.forget_nonces(now - 2 * CLOCK)

        await self._store.write(forget)


# --- a child's phone --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asking:
    """A request of a phone whose header fits; its signature is checked once the body is there."""

    device: Device
    authorization: wire.Authorization

    def check(self, method: str, path: str, body: bytes) -> None:
        """Raises DeviceUnknown unless the phone's key signed exactly this, and DeviceOff when it was switched off."""
        given = self.authorization
        message = wire.request_message(method, path, given.at, given.nonce, body)
        if not signing.verify(wire.unb64(self.device.signing), given.sig, message):
            raise DeviceUnknown()
        if self.device.state is not DeviceState.ACTIVE:
            raise DeviceOff()

    @property
    def nonce(self) -> bytes:
        """What makes the request one of a kind."""
        return wire.unb64(self.authorization.nonce)


def asking(store: Store, header: str | None, *, now: datetime) -> Asking:
    """Which phone a request says it comes from, before its body is read.

    Raises DeviceUnknown, and ClockDiffers (with our `now`) when it was signed more than ten minutes from now.
    """
    try:
        given = wire.parse_authorization(header or "")
    except BadRequest:
        raise DeviceUnknown() from None
    device = store.one(lambda r: r.device(given.device))
    if device is None:
        raise DeviceUnknown()
    if abs(now.timestamp() - given.at) > CLOCK.total_seconds():
        raise ClockDiffers(now=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return Asking(device, given)


# --- what the functions above share -----------------------------------------------------------------------------------


def _hash(purpose: str, secret: str) -> bytes:
    # All of these secrets are random and long, so a plain hash keeps them: there is nothing to guess.
    return wire.digest(wire.label(purpose), secret.encode("utf-8", "surrogatepass"))


def _new_code() -> str:
    """Eighty random bits in four groups of four."""
    letters = "".join(secrets.choice(signing.CROCKFORD) for _ in range(16))
    return "-".join(letters[n : n + 4] for n in range(0, 16, 4))


def _tidy_code(text: str) -> str:
    """A code as it was made, however it was typed: without case, and with the letters that look like digits."""
    plain = re.sub(r"[\s\-‐‑–]", "", unicodedata.normalize("NFKC", text).upper())
    plain = plain.translate(str.maketrans("OIL", "011"))[:16]
    return "-".join(plain[n : n + 4] for n in range(0, 16, 4))


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step of time that a six-digit code belongs to, one before and one after included."""
    digits = re.sub(r"\s", "", code)
    totp = pyotp.TOTP(secret, interval=_STEP)
    present = int(now.timestamp()) // _STEP
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "surrogatepass")):
            found = step
    return found


def _check_own_record(signed: wire.Signed, person: Person, org: Org, now: datetime) -> None:
    record = signed.record
    mine = (record["org"], record["person"], record["name"], record["role"]) == (
        *(org.id, person.id, person.name),
        person.role.value,
    )
    if not mine or abs(datetime.fromisoformat(record["at"]) - now) > timedelta(days=1):
        raise BadRecord()
    if len(signed.sigs) != len(record["signing"]):
        raise BadSignature()
    if not all(signing.verify_record(signed, wire.unb64(key)) for key in record["signing"]):
        raise BadSignature()


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, dark="#000", light="#fff", nl=False
    )
    return out.getvalue().decode()
