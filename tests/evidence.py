"""An organisation whose log is written by whoever the test wants: real store, real log, real keys.

Records go straight into the log, past the server's own checks, because an organisation that wants to deceive would not
run those. What it hands to an inspector comes from the real exporter, and can be changed afterwards.
"""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kindstem import audit, leaves, levels, notes, people, talks, words
from kindstem.calendar import local_day
from kindstem.config import Config
from kindstem.keyfile import KeyFile
from kindstem.log import Log, LogKey
from kindstem.merkle import Frontier, leaf_hash
from kindstem.sealing import ActedChild, Adult
from kindstem.signing import random_id, signing_key_id
from kindstem.store import Store
from kindstem.verify import Verdict, parse_policy, verify
from kindstem.wire import Record, Signed, b64, canonical, record_hash, time_text

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FROM, TO = date(2026, 11, 1), date(2026, 11, 30)
WITNESS = notes.Signer.from_seed("witness.example", bytes(range(32)), notes.COSIGNATURE)


@dataclass
class Evidence:
    """The organisation, its people, one child with a phone and one without."""

    folder: Path
    now: datetime = START
    sam: Adult = field(init=False)
    vera: Adult = field(init=False)
    jo: Adult = field(init=False)
    iris: Adult = field(init=False)
    noor: ActedChild = field(init=False)
    noor_subj: str = field(default_factory=random_id)
    daan_subj: str = field(default_factory=random_id)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = Config(data=self.folder)
        KeyFile.create(self.config.key_file)
        self.store = Store.open(self.config.database, create=True)
        self.org = asyncio.run(people.found_org(self.store, "Jeugdbescherming De Vaart")).id
        self.log = Log.open(self.store, self.config, now=self.now)
        self.key = LogKey.open(self.config.log_key)

    def populate(self) -> Evidence:
        """Everybody introduces each other, and Noor's phone is vouched for by two."""
        named = {"sam": "worker", "vera": "second", "jo": "confidant", "iris": "worker"}
        for name, role in named.items():
            adult = Adult.create(self.org, name.capitalize(), role, at=self.now)  # type: ignore[arg-type]
            setattr(self, name, adult)
            self.enter(adult.signed())
        for one, other in ((self.sam, self.vera), (self.vera, self.sam), (self.sam, self.jo), (self.sam, self.iris)):
            self.introduce(one, other)
        self.noor = self.phone()
        self.readers(self.noor_subj, [(self.sam, "worker"), (self.vera, "second")])
        self.readers(self.noor_subj, [(self.jo, "confidant")], circle="confidant")
        self.readers(self.daan_subj, [(self.sam, "worker"), (self.vera, "second")])
        self.vouch(self.noor, self.noor_subj, [self.sam, self.vera])
        self.sign()
        self.later(hours=1)
        return self

    def close(self) -> None:
        """At the end."""
        self.store.close()

    def later(self, **by: float) -> datetime:
        """Time passes."""
        self.now += timedelta(**by)
        return self.now

    # --- what is entered ----------------------------------------------------------------------------------------------

    def enter(
        self, signed: Signed, kind: str | None = None, *, about: date | None = None, at: datetime | None = None
    ) -> int:
        """A signed record into the log, under its own type and day unless told otherwise."""
        rec = signed.record
        if kind is None:
            kind = {"person": "introduction", "sample": "sample"}.get(rec["t"]) or levels.log_type(rec)
        day = about or local_day(talks.moment_of(levels.about(rec)))
        return self.state(rec, kind, sigs=signed.json()["sigs"], about=day, at=at)

    def state(
        self,
        rec: Record,
        kind: str,
        *,
        sigs: Sequence[dict[str, str]] = (),
        about: date | None = None,
        at: datetime | None = None,
    ) -> int:
        """Anything into the log."""
        at = at or self.now
        ref = b64(record_hash(rec))
        day = about or local_day(at)
        return self.store.write_sync(lambda tx: tx.log(kind, day, rec, list(sigs), at=at, ref=ref))

    def charged(self, subj: str, day: str, what: str = "charged", *, measure: str, value: str | None = None) -> int:
        """What the organisation states of a child's measure, into the log."""
        about = {"subj": subj, "what": what, "measure": measure, "day": day, "value": value}
        rec = leaves.statement("log-roster", self.org, self.now, **about)
        return self.state(rec, "roster", about=date.fromisoformat(day))

    def introduce(self, by: Adult, other: Adult) -> int:
        """One vouches for another."""
        mine = by.signing.sign_record(other.record)
        return self.enter(Signed(other.record, (mine,)))

    def phone(self) -> ActedChild:
        """A phone with keys of its own."""
        letters = {"org": self.org, "child": "K7Q2-M9XWB", "level": "12", "lang": "nl"}
        return ActedChild.enrol(letters, at=self.now)

    def vouch(self, phone: ActedChild, subj: str, by: Sequence[Adult]) -> Record:
        """The evidence record of a phone, by one and then others."""
        signed = by[0].evidence(subj, phone.record, self.now)
        self.enter(signed)
        for other in by[1:]:
            self.enter(Signed(signed.record, (other.signing.sign_record(signed.record),)), "introduction")
        return signed.record

    def readers(self, subj: str, readers: Sequence[tuple[Adult | str, str]], *, circle: str = "worker") -> int:
        """The next list of readers of a circle."""
        number = self.numbers[subj, circle] = self.numbers.get((subj, circle), 0) + 1
        named = [{"person": one if isinstance(one, str) else one.person, "role": role} for one, role in readers]
        rec = leaves.statement(
            "log-readers", self.org, self.now, subj=subj, circle=circle, number=number, readers=named,
            list=b64(bytes(31) + bytes([number])),
        )  # fmt: skip
        return self.state(rec, "readers")

    def revoke(self, key: str) -> int:
        """A key counts no more."""
        return self.state(leaves.statement("log-revocation", self.org, self.now, key=key), "revocation")

    def head(self) -> dict[str, Any]:
        """What a device knows of the log."""
        newest = self.store.one(lambda r: r.newest_checkpoint())
        assert newest is not None
        return {"size": newest.size, "root": b64(notes.unstd64(newest.root))}

    def talk(
        self, by: Adult | None = None, subj: str | None = None, *, phone: ActedChild | None = None, **fields: Any
    ) -> Signed:
        """A talk that ended now, signed and not yet entered."""
        by, subj = by or self.sam, subj or self.noor_subj
        phone = phone or (self.noor if subj == self.noor_subj else None)
        given = {
            "log": self.log.id, "child": phone.signing.id if phone else None, "kind": "face", "who": "alone",
            "interpreter": False, "planned": "planned", "place": "school",
            "start": time_text(self.now - timedelta(minutes=40)), "end": time_text(self.now), "plan": None,
            "first": None, "prev": None, "nb": self.head(), "release": "0.1.0",
        }  # fmt: skip
        return by.about_talk("talk", subj, **(given | fields))

    def say(self, talk: Signed, talked: str = "yes", alone: str = "yes", **more: Any) -> Signed:
        """Noor's answer."""
        return self.noor.say_of(talk.record, talked, alone, **({"at": self.now} | more))

    def hold(self, level: str = "B", by: Adult | None = None, subj: str | None = None) -> tuple[Signed, int]:
        """A talk of this level, entered with everything that makes it so; and its number in the log."""
        talk = self.talk(by, subj)
        index = self.enter(talk)
        hashed = talks.hash_of(talk.record)
        if level == "A":
            answer = self.say(talk, way="room")
            self.enter(answer)
            met = {"talk": hashed, "answer": talks.hash_of(answer.record), "at": time_text(self.now)}
            self.enter((by or self.sam).about_talk("met", talk.record["subj"], **met))
        elif level == "B":
            self.enter(self.say(talk, way="later"))
        elif level == "C":
            said = {
                "talk": hashed, "way": "kindmodus", "says": {"talked": "yes", "alone": "yes"}, "why": None,
                "prev": None, "code": None, "at": time_text(self.now),
            }  # fmt: skip
            self.enter((by or self.sam).about_talk("answer", talk.record["subj"], **said))
        elif level == "disputed":
            self.later(minutes=20)
            self.enter(self.say(talk, "no", "no", way="later", why="nottalked"))
        self.sign()
        self.later(hours=24)
        return talk, index

    def withdraw(self, talk: Signed, by: Adult | None = None) -> int:
        """A talk is taken back."""
        hashed = talks.hash_of(talk.record)
        fields = {"first": hashed, "prev": hashed, "reason": "mistake", "at": time_text(self.now)}
        return self.enter((by or self.sam).about_talk("withdrawal", talk.record["subj"], **fields))

    def a_month(self) -> Evidence:
        """One talk of each level and more, as a month has them, with two children under a measure."""
        for subj in (self.noor_subj, self.daan_subj):
            self.charged(subj, self.now.date().isoformat(), measure=subj, value="ots")
        for level in ("A", "B", "D", "disputed"):
            self.hold(level)
        self.hold("C", subj=self.daan_subj)
        talk, _ = self.hold("B")
        self.withdraw(talk)
        self.sign()
        self.later(minutes=5)
        self.enter(
            self.sam.about_talk(
                "notheld", self.noor_subj, plan=None, start=time_text(self.now), reason="absent", at=time_text(self.now)
            )
        )
        self.sign()
        return self

    # --- what is signed and handed in ---------------------------------------------------------------------------------

    def sign(self, *, cosign: bool = True) -> None:
        """A checkpoint over everything, and the witness's word."""
        checkpoint = self.log.catch_up(now=self.now)
        if cosign:
            _, note = notes.parse_checkpoint(checkpoint.note)
            line = WITNESS.cosign(note.text, self.now).text().rstrip("\n")
            self.store.write_sync(lambda tx: tx.add_cosignature(checkpoint.size, WITNESS.key.name, line))

    def policy(self, **changes: Any) -> Any:
        """The inspector's policy, made at the first visit."""
        return parse_policy(self.policy_json(**changes))

    def policy_json(self, **changes: Any) -> dict[str, Any]:
        """The same, as it stands in its file."""
        return {
            "v": 1,
            "org": self.org,
            "log": {"id": self.log.id, "keys": [b64(self.key.public)]},
            "introducers": [self.sam.signing.id],
            "independent": [self.jo.signing.id],
            "witnesses": [{"name": WITNESS.key.name, "key": b64(WITNESS.key.public), "quorum": True}],
            "tsa_roots": [],
            "require": {"independent": True, "external_time": True},
            "state": None,
        } | changes

    def bundle(self, name: str = "bundle.zip", since: date = FROM, until: date = TO) -> Path:
        """The bundle that the real exporter makes."""
        self.sign()
        path = self.folder / name
        audit.export(self.store, path, since, until, now=self.now)
        return path

    def verdict(self, path: Path | None = None, **changes: Any) -> Verdict:
        """The real verifier's, under the inspector's policy."""
        return judged(path or self.bundle(), self.policy(**changes))


def judged(path: Path, policy: Any = None, *, jobs: int = 1) -> Verdict:
    """The verifier's verdict."""
    return verify(path, policy, definitions=words.definitions(), jobs=jobs)


# --- bundles changed afterwards ---------------------------------------------------------------------------------------

Members = dict[str, Any]


def read(path: Path) -> Members:
    """All values of a bundle: objects, and lists of objects for the members made of lines."""
    found: Members = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            found[name] = (
                [json.loads(line) for line in data.splitlines()] if name.endswith("l") else json.loads(data)
            )
    return found


def write(path: Path, members: Members) -> Path:
    """A bundle of these values, the manifest's counts made to fit."""
    counts = {name: len(value) for name, value in members.items() if isinstance(value, list)}
    members["manifest.json"]["counts"] = counts
    return write_as_it_is(path, members)


def write_as_it_is(path: Path, members: Members) -> Path:
    """A bundle of these values."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            lines = b"".join(canonical(one) + b"\n" for one in value) if isinstance(value, list) else canonical(value)
            archive.writestr(name, lines)
    return path


def changed(path: Path, change: Callable[[Members], Any], name: str = "changed.zip") -> Path:
    """A copy of a bundle with something changed."""
    members = read(path)
    change(members)
    return write(path.with_name(name), members)


def resigned(members: Members, key: LogKey) -> None:
    """Make the log's head fit its entries again, as only who has the log's key can: the newest checkpoint anew."""
    frontier = Frontier(leaf_hash(canonical(leaf)) for leaf in members["log.jsonl"])
    manifest = members["manifest.json"]
    head = notes.Head(notes.origin_of(manifest["log"]), frontier.size, frontier.root())
    note = notes.Note(head.text(), (key.signer(manifest["log"]).sign(head.text()),)).write()
    kept = [
        one for one in members["checkpoints.jsonl"] if notes.parse_checkpoint(one["note"])[0].size < frontier.size
    ]
    members["checkpoints.jsonl"] = [*kept, {"note": note, "timestamps": []}]
    manifest["size"], manifest["root"] = frontier.size, b64(frontier.root())


def without_entry(members: Members, index: int) -> None:
    """Take an entry out of the log, and number what opens the others anew."""
    del members["log.jsonl"][index]
    members["openings.jsonl"] = [
        one | {"i": one["i"] - (one["i"] > index)} for one in members["openings.jsonl"] if one["i"] != index
    ]


def close_entry(members: Members, index: int) -> None:
    """Leave an entry closed."""
    members["openings.jsonl"] = [one for one in members["openings.jsonl"] if one["i"] != index]


def opening(members: Members, index: int) -> dict[str, Any]:
    """What opens an entry."""
    return next(one for one in members["openings.jsonl"] if one["i"] == index)


def key_id(public: bytes) -> str:
    """The id of a signing key."""
    return b64(signing_key_id(public))


