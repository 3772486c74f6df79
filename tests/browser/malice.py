"""The others of the stories: a server that lies to one browser, a phone whose holder makes its messages by hand."""

import contextlib
import json
import re
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

from playwright.sync_api import BrowserContext, Error, Page, Route

from kindstem.keyfile import KeyFile
from kindstem.sealing import (
    ActedChild,
    Adult,
    EnrolKeys,
    bundle_hash,
    enrol_digits,
    seal_envelope,
    stretch_passphrase,
)
from kindstem.signing import SigningKey, random_id
from kindstem.wire import (
    Header,
    Record,
    Signed,
    b64,
    canonical,
    header_bytes,
    parse_envelope,
    parse_json,
    time_text,
    unb64,
)
from tests.browser.house import House
from tests.browser.people import Desk
from tests.opening import open_keyring

Change = Callable[[Any], Any]


def lie(to: BrowserContext | Page, path: str, change: Change) -> Callable[[], None]:
    """Play the server toward one browser: what it says at this path (a pattern) becomes what `change` makes of it.

    Gives the function with which it becomes honest again.
    """
    pattern = re.compile(rf"^http://localhost:\d+{path}(\?.*)?$")

    def answer(route: Route) -> None:
        # A page that went away, or asked again, while the server was being asked: nobody waits for this answer.
        with contextlib.suppress(Error):
            honest = route.fetch()
            if honest.headers.get("content-type", "").startswith("application/json"):
                route.fulfill(response=honest, json=change(honest.json()))
            else:
                route.fulfill(response=honest)

    to.route(pattern, answer)
    return lambda: to.unroute(pattern, answer)


def overhear(to: Page, method: str, path: str) -> list[bytes]:
    """What a browser sends to this path (a pattern) from now on."""
    heard: list[bytes] = []
    pattern = re.compile(rf"^http://localhost:\d+{path}$")

    def note(request: Any) -> None:
        if request.method == method and pattern.match(request.url):
            heard.append(request.post_data_buffer or b"")

    to.on("request", note)
    return heard


def stranger(org: str, name: str, role: Any, *, person: str | None = None) -> Adult:
    """Somebody with keys of the attacker's, under whatever name and id."""
    return Adult.create(org, name, role, at=datetime.now(UTC), person=person)


def keys_of(house: House, desk: Desk) -> Adult:
    """A professional's keys, as only who knows the passphrase gets them: to sign what that person might sign."""
    with sqlite3.connect(f"{(house.data / 'kindstem.db').resolve().as_uri()}?mode=ro", uri=True) as db:
        person, record, salt, pepper, keyring = db.execute(
            """select p.id, r.text, c.salt, c.pepper, c.keyring from people p
               join person_records r on r.person = p.id join credentials c on c.person = p.id where p.name = ?""",
            (desk.name,),
        ).fetchone()
    share = stretch_passphrase(desk.phrase, salt).share
    clear = KeyFile.open(house.data / "kindstem.key").unseal("pepper", pepper, bound=person.encode())
    reading, signing = open_keyring(share, clear, person, keyring)
    made = json.loads(record)
    at = datetime.fromisoformat(made["at"])
    return Adult.from_seeds(made["org"], made["name"], made["role"], reading, signing, at=at, person=person)


def rows(house: House, sql: str, *values: Any) -> list[Any]:
    """What the store holds."""
    with sqlite3.connect(f"{(house.data / 'kindstem.db').resolve().as_uri()}?mode=ro", uri=True) as db:
        return db.execute(sql, values).fetchall()


def recipients(envelope: bytes) -> set[bytes]:
    """The key ids that an envelope was sealed to."""
    return {wrap.key_id for wrap in parse_envelope(envelope).wraps}


def ask(house: House, method: str, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    """One request without a browser."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(house.url + path, data=body, method=method, headers=sent)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answered:
            return answered.status, json.loads(answered.read() or b"null")
    except HTTPError as refused:
        return refused.code, json.loads(refused.read() or b"null")


def post(house: House, path: str, value: Any) -> tuple[int, Any]:
    """JSON, sent as a phone that is not enrolled sends it."""
    return ask(house, "POST", path, canonical(value), Content_Type="application/json")


@dataclass
class Handset:
    """A child's phone in the hands of somebody who writes its messages by hand, with its true keys."""

    house: House
    acted: ActedChild
    bundle: Record
    keys: EnrolKeys
    lists: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def find(cls, house: House, fragment: str) -> "Handset":
        """Read the square on the professional's screen, and make keys for what it leads to."""
        secret = unb64(fragment.rpartition("#e1.")[2])[:32]
        org = rows(house, "select value from settings where name = 'org.id'")[0][0]
        keys = EnrolKeys.from_qr(secret, org)
        status, found = post(house, "/api/enrol/find", {"id": keys.id})
        assert status == 200, found
        acted = ActedChild.enrol(found["bundle"], at=datetime.now(UTC))
        return cls(house, acted, found["bundle"], keys, {one["circle"]: one for one in found["bundle"]["lists"]})

    def answer(self) -> tuple[int, Any]:
        """Answer the professional's screen."""
        return post(self.house, "/api/enrol/answer", self.acted.answer(self.bundle, self.keys, "qr"))

    def digits(self) -> str:
        """The six digits that this phone would show."""
        proof = unb64(self.acted.answer(self.bundle, self.keys, "qr")["proof"])
        assert len(bundle_hash(self.bundle)) == 32
        return enrol_digits(self.bundle, self.acted.record, proof)

    def signed(self, method: str, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        """A request that this phone signs."""
        authorization = self.acted.authorization(method, path, body, int(time.time()))
        return ask(self.house, method, path, body, Authorization=authorization, **headers)

    def put(self, envelope: bytes, to: str = "worker.1", **headers: str) -> str:
        """Send an envelope; gives its id."""
        entry = parse_envelope(envelope).hdr.id
        sent = {"Content_Type": "application/octet-stream", "Kindstem_List": to} | headers
        status, said = self.signed("PUT", f"/api/entries/{entry}", envelope, **sent)
        assert status == 201, said
        return entry

    def say(self, doc: dict[str, Any], *, kind: Any = "checkin", **more: Any) -> bytes:
        """Seal something to the readers of the worker circle."""
        given = {"readers_list": self.lists["worker"], "at": datetime.now(UTC)} | more
        return self.acted.seal(kind, doc, **given)


def text(*words: str) -> dict[str, Any]:
    """A check-in of these texts."""
    parts = [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": one} for one in words]
    return {"v": 1, "level": "12", "lang": "nl", "answers": [], "parts": parts}


Forged = tuple[dict[str, Any], bytes]
"""A row as the server lists it, and the body that goes with it."""


@dataclass
class Forger:
    """Makes entries as the server can: to the public keys it knows, in anybody's name, and without anybody's keys."""

    house: House
    record: Record
    list: Record

    @classmethod
    def newest(cls, house: House) -> "Forger":
        """For the child whose phone was linked last."""
        (device,) = rows(house, "select text, child from devices where state = 'active' order by rowid desc limit 1")
        (listed,) = rows(house, "select text from lists where child = ? and circle = 'worker'", device[1])
        return cls(house, parse_json(device[0].encode()), parse_json(listed[0].encode()))

    def person(self, name: str) -> str:
        """The id of a professional."""
        return str(rows(self.house, "select id from people where name = ?", name)[0][0])

    def entry(
        self, kind: str, doc: dict[str, Any], by: str, about: str | None = None, *, to: str | None = None
    ) -> Forged:
        """Something sealed to one reading key, that of the child unless given; both audiences' rows in one."""
        record, entry, mine = self.record, random_id(), SigningKey.from_seed(bytes(32))
        way: Any = "down" if kind in {"answer", "receipt", "card"} else "up"
        now, up = datetime.now(UTC), way == "up"
        header = Header(record["org"], record["child"], entry, way)
        data = seal_envelope(
            header, kind=kind, by=by, at=now, circle="worker", readers_list=self.list, about=about,
            lock="open" if up else "desk", seq=90 if up else 0, readers=[unb64(to or record["reading"])],
            doc=doc, sign_device=mine, sign_unlock=mine if up else None,
        )  # fmt: skip
        envelope = parse_envelope(data)
        (wrap,) = envelope.wraps
        row = {
            "id": entry, "dir": way, "hdr": b64(header_bytes(header)), "at": time_text(now), "wrap": b64(wrap.sealed),
            "to": [b64(wrap.key_id)], "size": len(envelope.body), "by": by, "opened": [],
        }  # fmt: skip
        return row | ({"device": by} if up else {}), envelope.body


def signed_by(record: Record, *people: Adult) -> dict[str, Any]:
    """A record with these people's signatures, as the server would hand it out."""
    return Signed(record, tuple(one.signing.sign_record(record) for one in people)).json()
