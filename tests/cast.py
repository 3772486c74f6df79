"""The cast, acted over HTTP against a real server: Noor and Daan, Sam, Vera, Jo, Iris and Ruth (docs/architecture.md).

Everything they do goes through the routes that browsers use, with real keys and real envelopes. A town is built once
and copied for each test that changes it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Literal

import pyotp
from fastapi import FastAPI
from starlette.testclient import TestClient

from kindstem import alerts, people
from kindstem.access import Access
from kindstem.config import Config, load
from kindstem.domain import Org, Role
from kindstem.keyfile import KeyFile
from kindstem.sealing import (
    ActedChild,
    Adult,
    Offer,
    Stretched,
    desk_kek,
    readers_record,
    stretch_passphrase,
    stretch_recovery,
)
from kindstem.signing import random_id
from kindstem.store import Store
from kindstem.web import create_app
from kindstem.wire import Record, Signed, b64, canonical, digest, parse_envelope, parse_signed, time_text, unb64
from kindstem.words import ORIGINAL, Words

ORIGIN = "http://localhost:8000"
ALERTS = {
    "ALERT_FILE": "1",
    "ONCALL_MAIL": "dienst@devaart.example",
    "FLAG_MINUTES_DAY": "30",
    "FLAG_MINUTES_NIGHT": "90",
}
"""What every organisation of the tests sets, and tries, before a child comes; by name in the environment."""
START = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
"""A Wednesday, so that three working days from here are a weekend further."""

CHECKIN: dict[str, Any] = {
    "v": 1,
    "level": "12",
    "lang": "nl",
    "answers": [],
    "parts": [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": "Ik wil naar mijn oma."}],
}
ANSWER: dict[str, Any] = {
    "v": 1,
    "lang": "nl",
    "outcome": "discussed",
    "parts": [{"kind": "text", "prompt": "Wat wil jij vertellen?", "text": "We hebben het erover gehad."}],
}
CARD: dict[str, Any] = {"v": 1, "name": "Noor", "age": 15, "phone": "no", "level": "12"}

PAPER: dict[str, Any] = {
    "v": 1,
    "lang": "nl",
    "level": "12",
    "first": None,
    "prev": [],
    "decision": {"kind": "extension", "day": "2026-12-03", "measure": None},
    "talks": [],
    "quotes": [],
    "observations": [],
    "interpretation": [],
    "child": "Dit schreef ik over jou.",
    "reaction": {"state": "offered", "reason": None},
}
MELDCODE: dict[str, Any] = {
    "v": 1,
    "lang": "nl",
    "what": "steps",
    "meldcode": "",
    "prev": [],
    "entry": None,
    "talk": None,
    "quotes": [],
    "steps": ["Noor vertelde het maandag.", "", ""],
    "weighed": [None] * 5,
    "decided": {"report": None, "help": None, "talk": None},
    "child": "",
}
OFFER: dict[str, Any] = {"v": 1, "of": "", "list": None}
Sent = Literal["answer", "receipt", "card", "perspective", "meldcode", "offer"]


@dataclass
class Clock:
    """The server's clock and everybody's, which tests move."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def ahead(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: Any
    content: bytes
    json: Any

    @property
    def code(self) -> str:
        """The code of an error; empty for an answer that is none."""
        return str(self.json["error"]["code"]) if isinstance(self.json, dict) and "error" in self.json else ""


@dataclass
class Somebody:
    """A browser: it keeps its cookies, and sends what the desk's script sends."""

    town: Town
    cookies: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answered:
        """One request, as a script of our own pages makes it; a header of None in `headers` is left out."""
        sent: dict[str, str | None] = {"Origin": self.town.origin, "Kindstem": "1"}
        if json is not None:
            sent["Content-Type"], body = "application/json", canonical(json)
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= self.extra | (headers or {})
        self.town.client.cookies.clear()
        response = self.town.client.request(
            method, path, content=body, headers={name: value for name, value in sent.items() if value is not None}
        )
        self.town.client.cookies.clear()
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        is_json = response.content and response.headers.get("content-type", "").startswith("application/json")
        return Answered(response.status_code, response.headers, response.content, response.json() if is_json else None)

    def get(self, path: str, **more: Any) -> Answered:
        """GET."""
        return self.ask("GET", path, **more)

    def post(self, path: str, json: Any, **more: Any) -> Answered:
        """POST of JSON."""
        return self.ask("POST", path, json, **more)


@dataclass
class Professional(Somebody):
    """Somebody who works here, with keys once they started."""

    name: str = ""
    role: Role = Role.WORKER
    id: str = ""
    startcode: str = ""
    passphrase: str = ""
    recovery_code: str = ""
    totp: str = ""
    adult: Adult | None = None
    salts: tuple[bytes, bytes] = (b"", b"")
    codes: list[str] = field(default_factory=list)

    @property
    def keys(self) -> Adult:
        """Their keys, which they have."""
        assert self.adult is not None
        return self.adult

    def code(self) -> str:
        """What the authenticator shows now."""
        return pyotp.TOTP(self.totp).at(self.town.clock())

    def start(self) -> None:
        """The first sign-in, from start code to kept keyring."""
        town = self.town
        begun = self.post("/desk/api/start", {"name": self.name, "startcode": self.startcode})
        assert begun.status == 200, begun.json
        self.totp = begun.json["totp"]["secret"]
        self.passphrase = f"{self.name} abandon ability able about above absent absorb".lower()
        self.recovery_code = f"{self.name} zoo zone zero zebra youth young you yellow year wrong".lower()
        self.adult = Adult.create(
            town.org.id, self.name, self.role.value, at=town.clock(), person=begun.json["person"]["id"]
        )
        self.salts = (unb64(random_id()), unb64(random_id()))
        own = stretch_passphrase(self.passphrase, self.salts[0])
        recovery = stretch_recovery(self.recovery_code, self.salts[1])
        done = self.post(
            "/desk/api/start/finish",
            {
                "ticket": begun.json["ticket"],
                "salt": b64(self.salts[0]),
                "verifier": b64(own.verifier),
                "code": self.code(),
                "record": self.keys.signed().json(),
                "recovery": {"salt": b64(self.salts[1]), "verifier": b64(recovery.verifier)},
            },
        )
        assert done.status == 200, done.json
        self.codes = done.json["codes"]
        kept = self.ask(
            "PUT",
            "/desk/api/keyring",
            {
                "passphrase": b64(self.keys.keyring(desk_kek(own.share, unb64(done.json["pepper"])))),
                "recovery": b64(self.keys.keyring(desk_kek(recovery.share, unb64(done.json["recoveryPepper"])))),
            },
        )
        assert kept.status == 200, kept.json

    def verifier(self, way: str = "passphrase") -> str:
        """What is sent in proof of the passphrase, or of the recovery code."""
        if way == "recovery":
            return b64(_stretched(stretch_recovery, self.recovery_code, self.salts[1]).verifier)
        return b64(_stretched(stretch_passphrase, self.passphrase, self.salts[0]).verifier)

    def sign_in(self, **more: Any) -> Answered:
        """An ordinary sign-in, or one with something changed."""
        form = {"name": self.name, "verifier": self.verifier(), "code": self.code(), "way": "passphrase"}
        return self.post("/desk/api/signin", form | more)

    def introduce(self, other: Professional) -> Answered:
        """Vouch for a colleague's keys, after the numbers were compared."""
        mine = self.keys.sign_record(other.keys.signed()).sigs[-1]
        return self.post(f"/desk/api/people/{other.id}/signatures", {"by": mine.by, "sig": mine.sig})

    def seal(self, phone: Phone, kind: Sent = "answer", **more: Any) -> bytes:
        """An answer to a child and the worker circle, or another kind; `doc` when it is not the usual one."""
        receipt = {"v": 1, "entry": random_id(), "seen": {"worker": 1}}
        doc = more.pop("doc", None) or {
            "answer": ANSWER, "card": CARD, "receipt": receipt, "perspective": PAPER, "meldcode": MELDCODE,
            "offer": OFFER,
        }[kind]  # fmt: skip
        given = {"readers_list": phone.lists["worker"], "child_reading": phone.acted.reading} | more
        if kind in {"card", "meldcode"} and "child_reading" not in more:
            given["child_reading"] = None
        return self.keys.seal(kind, doc, at=self.town.clock(), **given)

    def send(
        self,
        data: bytes,
        *,
        to: str = "worker.1",
        entry: str | None = None,
        document: str | None = None,
        meldcode: str | None = None,
        offer: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answered:
        """An envelope on its way; `document` is what it is for, `meldcode` what it is there, and `offer` from which
        meldcode it follows, when it is one."""
        headers = {"Content-Type": "application/octet-stream", "Kindstem-List": to} | (headers or {})
        headers |= {"Kindstem-Document": document} if document else {}
        headers |= {"Kindstem-Meldcode": meldcode} if meldcode else {}
        headers |= {"Kindstem-Offer": offer} if offer else {}
        return self.ask(
            "PUT",
            f"/desk/api/entries/{entry or id_of(data)}",
            body=data,
            headers=headers,
        )

    def subj(self, child: str) -> str:
        """What the log calls a child; something else for whoever does not read it."""
        found = self.get(f"/desk/api/children/{child}/talks")
        return str(found.json["subj"]) if found.status == 200 else random_id()

    def about_talk(self, child: Phone | str, t: str, /, **fields: Any) -> Signed:
        """A record about a talk with a child, signed."""
        kindnummer = child.child if isinstance(child, Phone) else child
        return self.keys.about_talk(t, self.subj(kindnummer), **fields)

    def talk(self, child: Phone | str, /, *, ago: float = 1, minutes: float = 30, **fields: Any) -> Signed:
        """A talk that began so many hours ago: planned, face to face, with the child alone, unless told."""
        kindnummer = child.child if isinstance(child, Phone) else child
        known = self.get(f"/desk/api/children/{kindnummer}/talks").json
        start = self.town.clock() - timedelta(hours=ago)
        given = {
            "log": known["log"], "child": known["child"], "kind": "face", "who": "alone", "interpreter": False,
            "planned": "planned", "place": "school", "start": time_text(start),
            "end": time_text(start + timedelta(minutes=minutes)), "plan": None, "first": None, "prev": None,
            "nb": known["nb"], "release": "0.1.0",
        }  # fmt: skip
        return self.keys.about_talk("talk", fields.pop("subj", known["subj"]), **(given | fields))

    def hand_in(self, child: Phone | str, signed: Signed, **more: Any) -> Answered:
        """A record about a talk, on its way."""
        kindnummer = child.child if isinstance(child, Phone) else child
        return self.post(f"/desk/api/children/{kindnummer}/talks", {"signed": signed.json(), **more})

    def vouch(self, phone: Phone) -> Answered:
        """The evidence record of a child's phone."""
        signed = self.keys.evidence(self.subj(phone.child), phone.acted.record, self.town.clock())
        return self.post(f"/desk/api/children/{phone.child}/device", {"signed": signed.json()})

    def read(self, entry: str, reason: str = "read") -> Answered:
        """An entry's body."""
        return self.post(f"/desk/api/bodies/{entry}", {"reason": reason})


@dataclass
class Counter(Professional):
    """Somebody who counts. Of a professional they have the name and the two factors, and no keys."""

    def start(self) -> None:
        """The first sign-in."""
        begun = self.post("/numbers/api/start", {"name": self.name, "startcode": self.startcode})
        assert begun.status == 200, begun.json
        self.totp = begun.json["totp"]["secret"]
        self.passphrase = f"{self.name} abandon ability able about above absent absorb".lower()
        self.recovery_code = f"{self.name} zoo zone zero zebra youth young you yellow year wrong".lower()
        # By the name, so that stretching is done once for all tests.
        self.salts = (digest(self.name.encode())[:16], digest(b"recovery", self.name.encode())[:16])
        done = self.post(
            "/numbers/api/start/finish",
            {
                "ticket": begun.json["ticket"],
                "salt": b64(self.salts[0]),
                "verifier": self.verifier(),
                "code": self.code(),
                "recovery": {
                    "salt": b64(self.salts[1]),
                    "verifier": self.verifier("recovery"),
                },
            },
        )
        assert done.status == 200, done.json
        self.codes = done.json["codes"]

    def sign_in(self, **more: Any) -> Answered:
        """An ordinary sign-in, or one with something changed."""
        form = {"name": self.name, "verifier": self.verifier(), "code": self.code(), "way": "passphrase"}
        return self.post("/numbers/api/signin", form | more)

    def form(self, path: str, body: str) -> Answered:
        """A form, as the page's own script sends it."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, body=body.encode(), headers=headers)


@cache
def _stretched(how: Callable[[str, bytes], Stretched], secret: str, salt: bytes) -> Stretched:
    """The same secret gives the same, and takes its time each time."""
    return how(secret, salt)


@dataclass
class Phone(Somebody):
    """A child's enrolled phone."""

    acted: ActedChild = None  # type: ignore[assignment]
    lists: dict[str, Record] = field(default_factory=dict)
    v: bytes = b""

    @property
    def child(self) -> str:
        """The kindnummer."""
        return str(self.acted.record["child"])

    def signed(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        skew: int = 0,
    ) -> Answered:
        """One request that the phone signs; `skew` is how far its clock is off, in seconds."""
        data = canonical(json) if json is not None else body or b""
        at = int(self.town.clock().timestamp()) + skew
        sent = {"Authorization": self.acted.authorization(method, path, data, at), "Kindstem": None}
        if json is not None:
            sent["Content-Type"] = "application/json"
        return self.ask(method, path, body=data if data else None, headers=sent | (headers or {}))

    def say(self, circle: str = "worker", **more: Any) -> bytes:
        """A check-in, sealed."""
        listed = None if circle == "self" else self.lists[circle]
        return self.acted.seal("checkin", CHECKIN, readers_list=listed, at=self.town.clock(), **more)

    def send(
        self, data: bytes, *, to: str = "worker.1", entry: str | None = None, headers: dict[str, str] | None = None
    ) -> Answered:
        """An envelope on its way."""
        sent = {"Content-Type": "application/octet-stream", "Kindstem-List": to}
        return self.signed("PUT", f"/api/entries/{entry or id_of(data)}", body=data, headers=sent | (headers or {}))

    def say_of(self, talk: Signed, talked: str = "yes", alone: str = "yes", **more: Any) -> Signed:
        """What the child says of a talk."""
        return self.acted.say_of(talk.record, talked, alone, **({"at": self.town.clock()} | more))

    def wants(self, to: Professional | None, circle: Literal["worker", "confidant"] = "worker", **more: Any) -> Signed:
        """A request to talk alone."""
        subj = more.pop("subj", None) or self.town.sam.subj(self.child)
        given = {"at": self.town.clock()} | more
        return self.acted.ask_to_talk(subj, to.id if to else None, circle, **given)

    def request(self, signed: Signed) -> Answered:
        """A request, or that it is taken away, on its way."""
        return self.signed("POST", "/api/requests", {"signed": signed.json()})

    def take_back(self, request: Signed) -> Answered:
        """A request is taken away."""
        return self.request(self.acted.take_back(request.record, at=self.town.clock()))

    def hand_in(self, answer: Signed, talk: Signed | None = None) -> Answered:
        """An answer on its way, with the talk where it came from a code."""
        form = {"answer": answer.json()} | ({"talk": talk.json()} if talk else {})
        return self.signed("POST", "/api/talks", form)

    def inbox(self, after: int = 0) -> dict[str, Any]:
        """What is new."""
        answered = self.signed("POST", "/api/inbox", {"after": after})
        assert answered.status == 200, answered.json
        found: dict[str, Any] = answered.json
        return found

    def set_lock(self, v: bytes, proof: bytes | None = None) -> Answered:
        """A new PIN or pictures, known by its verifier."""
        form = {"verifier": b64(digest(v)), "kind": "pin"} | ({"proof": b64(proof)} if proof else {})
        return self.signed("POST", "/api/lock", form)

    def unlock(self, v: bytes) -> Answered:
        """An attempt."""
        return self.signed("POST", "/api/unlock", {"v": b64(v)})


def id_of(data: bytes) -> str:
    """The id in an envelope's header."""
    return parse_envelope(data).hdr.id


@dataclass
class Town:
    """A running server with the cast in it."""

    folder: Path
    config: Config
    clock: Clock
    org: Org
    client: TestClient
    app: FastAPI
    sam: Professional
    vera: Professional
    jo: Professional
    iris: Professional
    ruth: Counter
    noor: Phone
    milan: Phone
    """Iris's child, who is a stranger to everybody else here but Vera."""
    daan: str = ""
    """Noor's brother, who has no phone: a kindnummer."""

    @property
    def origin(self) -> str:
        """The origin that is ours."""
        return self.config.base_url

    @property
    def store(self) -> Store:
        """The running server's store."""
        found: Store = self.app.state.kindstem.store
        return found

    def nobody(self) -> Somebody:
        """A browser of nobody in particular."""
        return Somebody(self)

    def counter(self, name: str, role: Role, **more: Any) -> Counter:
        """Somebody new who counts, signed in for the first time."""
        found = self.newcomer(name, role, **more)
        assert isinstance(found, Counter)
        found.start()
        return found

    def newcomer(self, name: str, role: Role, **more: Any) -> Professional:
        """Somebody new with a start code."""

        async def add() -> tuple[str, str]:
            person = await people.add(self.store, name, role, now=self.clock(), **more)
            access: Access = self.app.state.kindstem.access
            return person.id, await access.invite(person.id, now=self.clock())

        person, startcode = self.call(add)
        kind = Professional if role.reads else Counter
        return kind(self, name=name, role=role, id=person, startcode=startcode)

    def call(self, fn: Any, *args: Any) -> Any:
        """Runs a coroutine function on the server's own loop."""
        assert self.client.portal is not None
        return self.client.portal.call(fn, *args)

    def enrol(
        self,
        by: Professional,
        second: Professional,
        *,
        confidant: Professional | None = None,
        child: str | None = None,
        lists: list[Record] | None = None,
    ) -> Phone:
        """A child's phone, linked face to face by QR code, with a lock set."""
        if child is None:
            child = by.post("/desk/api/children", {"second": second.id}).json["child"]
        offer = self.offer(by, second, child, confidant=confidant, lists=lists)
        begun = by.post("/desk/api/enrolments", offer.json())
        assert begun.status == 200, begun.json
        acted = ActedChild.enrol(offer.bundle, at=self.clock())
        phone = Phone(self, acted=acted, lists={one["circle"]: one for one in offer.bundle["lists"]})
        found = phone.post("/api/enrol/find", {"id": offer.qr.id})
        assert found.json["bundle"] == offer.bundle
        assert found.json["method"] == "qr"
        answered = phone.post("/api/enrol/answer", acted.answer(offer.bundle, offer.qr, "qr"))
        assert answered.status == 200, answered.json
        path = f"/desk/api/enrolments/{begun.json['enrolment']}"
        answer = by.get(path).json["answer"]
        assert offer.check_answer(answer) is not None
        done = by.post(f"{path}/activate", self.countersigned(by, answer))
        assert done.status == 200, done.json
        state = phone.post("/api/enrol/state", {"id": offer.qr.id}).json
        assert state["state"] == "active"
        phone.v = digest(b"12344")
        assert phone.set_lock(phone.v).status == 200
        return phone

    def offer(
        self,
        by: Professional,
        second: Professional,
        child: str,
        *,
        confidant: Professional | None = None,
        lists: list[Record] | None = None,
    ) -> Offer:
        """What a desk offers a phone."""
        now = self.clock()
        if lists is None:
            pair = [by.keys.as_reader("worker", now), second.keys.as_reader("second", now)]
            lists = [readers_record(self.org.id, child, "worker", pair, at=now)]
            if confidant is not None:
                one = [confidant.keys.as_reader("confidant", now)]
                lists.append(readers_record(self.org.id, child, "confidant", one, at=now))
        everybody = {one["record"]["record"]["person"]: one for one in by.get("/desk/api/people").json}
        named = dict.fromkeys(reader["person"] for one in lists for reader in one["readers"])
        persons = [parse_signed(everybody[person]["record"], "person") for person in named]
        return Offer.make(lists, persons, org_name=self.org.name, level="12")

    def countersigned(self, by: Professional, answer: dict[str, Any]) -> dict[str, Any]:
        """A phone's answer with the professional's signatures."""
        return {
            "child": by.keys.sign_record(parse_signed(answer["child"], "child")).json(),
            "lists": [by.keys.sign_record(parse_signed(one, "readers")).json() for one in answer["lists"]],
        }


def settings(folder: Path) -> Config:
    """The settings of a town."""
    environ = {"DATA": str(folder), "DEMO": "1"} | ALERTS
    return load({f"KINDSTEM_{name}": value for name, value in environ.items()})


async def _found(folder: Path) -> Org:
    folder.mkdir(parents=True)
    KeyFile.create(folder / "kindstem.key")
    store = Store.open(folder / "kindstem.db", create=True)
    try:
        return await people.found_org(store, "Jeugdbescherming De Vaart", demo=True)
    finally:
        store.close()


@contextmanager
def running(config: Config, clock: Clock, actors: dict[str, Any] | None = None) -> Iterator[Town]:
    """A server over this folder, with the cast as it was when the folder was copied."""
    app = create_app(config, clock=clock)
    with TestClient(app, base_url=config.base_url, raise_server_exceptions=False) as client:
        org = app.state.kindstem.org
        town = Town(config.data, config, clock, org, client, app, **(actors or dict.fromkeys(CAST)))
        for name in CAST:
            if (one := getattr(town, name)) is not None:
                one.town = town
        yield town


CAST = ("sam", "vera", "jo", "iris", "ruth", "noor", "milan")


@dataclass(frozen=True)
class Model:
    """A town at rest: its folder and its people, to be copied."""

    folder: Path
    actors: dict[str, Any]
    daan: str


def build(folder: Path, *, stranger: bool = False) -> Model:
    """Everybody comes in, all who read introduce each other, and two phones are linked; before them all, perhaps,
    somebody whom nobody introduces."""
    asyncio.run(_found(folder))
    with running(settings(folder), Clock()) as town:
        town.call(lambda: alerts.try_out(town.store, town.config, Words(ORIGINAL), now=town.clock()))
        if stranger:
            town.newcomer("Wil", Role.WORKER, team="Kade").start()
        roles = {"sam": Role.WORKER, "vera": Role.SECOND, "jo": Role.CONFIDANT, "iris": Role.WORKER}
        for name, role in roles.items():
            mail = f"{name}@devaart.example" if name in {"sam", "vera"} else None
            setattr(town, name, town.newcomer(name.capitalize(), role, team="Haven", mail=mail))
        town.ruth = town.counter("Ruth", Role.MANAGER)
        readers: list[Professional] = [getattr(town, name) for name in roles]
        for one in readers:
            one.start()
        for one in readers:
            for other in readers:
                assert one is other or one.introduce(other).status == 200
        town.noor = town.enrol(town.sam, town.vera, confidant=town.jo)
        town.daan = town.sam.post("/desk/api/children", {"second": town.vera.id}).json["child"]
        town.milan = town.enrol(town.iris, town.vera)
        actors = {name: getattr(town, name) for name in CAST}
        for one in actors.values():
            one.town = None
        return Model(folder, deepcopy(actors), town.daan)


@contextmanager
def copied(model: Model, folder: Path, **changed: Any) -> Iterator[Town]:
    """A copy of a town, running with these settings."""
    shutil.copytree(model.folder, folder)
    config = replace(settings(folder), **changed)
    with running(config, Clock(), deepcopy(model.actors)) as town:
        town.daan = model.daan
        yield town
