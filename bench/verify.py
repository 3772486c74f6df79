"""Verifying a bundle, against the bare signature verifications in it on as many processes."""

from __future__ import annotations

import multiprocessing
import secrets
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import rig
from bench.figures import Figure, figure
from kindstem import leaves, merkle, notes, signing, words
from kindstem.calendar import local_day
from kindstem.levels import about, log_type
from kindstem.sealing import Adult
from kindstem.signing import SigningKey, random_id
from kindstem.verify import asking, bundle, figures, parse_policy, verify
from kindstem.verify.checking import cores
from kindstem.verify.verdict import Status
from kindstem.wire import Record, b64, canonical, digest, label, record_bytes, time_text

MOST_RATIO = 1.4
ATTESTATIONS, QUICK = 100_000, 400
ROUNDS = 3
A_DAY = 400
CHILDREN = 2_000
SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)

Triple = tuple[bytes, bytes, bytes]

_triples: list[Triple] = []


def measure(quick: bool) -> list[Figure]:
    """A year of talks, each with the child's confirmation from its unlocked phone: three signatures a talk."""
    count = QUICK if quick else ATTESTATIONS
    rounds = 1 if quick else ROUNDS
    with rig.folder() as folder:
        made = Made(folder / "bundle.zip", count)
        policy = parse_policy(made.policy())
        ratios, whole, bare = [], [], []
        before = bare_seconds(made.triples)
        for _ in range(rounds):
            began = time.perf_counter()
            verdict = verify(made.path, policy, definitions=words.definitions())
            seconds = time.perf_counter() - began
            if verdict.status is not Status.SOUND:
                raise RuntimeError(f"the bundle is not sound: {verdict.findings[:3]}")
            after = bare_seconds(made.triples)
            # Between two yardsticks, so that a machine that slows down slows both.
            ratios.append(seconds / ((before + after) / 2))
            whole.append(seconds)
            bare.append(after)
            before = after
        size = made.path.stat().st_size
    return [
        figure(
            "verify.ratio", f"verifying {count:,} attestations, against their bare signatures", "", ratios,
            most=MOST_RATIO, note=f"{cores()} processes; {len(made.triples):,} signatures, before and after each run",
        ),
        figure("verify.seconds", "the same, until the verdict", "s", whole),
        figure("verify.bare", "the bare signature verifications", "s", bare),
        figure("verify.size", "the bundle's size for each attestation", "bytes", size / count),
    ]  # fmt: skip


def bare_seconds(triples: list[Triple]) -> float:
    """How long the signatures alone take, on all cores and with everything already in memory."""
    global _triples
    _triples = triples
    jobs = cores()
    step = 1_000
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        pool.map(_nothing, range(jobs))
        began = time.perf_counter()
        right = sum(pool.imap_unordered(_verified, range(0, len(triples), step)))
        seconds = time.perf_counter() - began
    if right != len(triples):
        raise RuntimeError("a signature of the yardstick is wrong")
    return seconds


def _nothing(_: int) -> None:
    return None


def _verified(start: int) -> int:
    return sum(signing.verify(*one) for one in _triples[start : start + 1_000])


class Made:
    """A bundle that no store was needed for: the formats are the real ones, the organisation is invented."""

    def __init__(self, path: Path, count: int) -> None:
        self.path = path
        self.triples: list[Triple] = []
        self.org, self.log = random_id(), random_id()
        self._key = notes.Signer.from_seed(notes.origin_of(self.log), secrets.token_bytes(32))
        self._leaves: list[bytes] = []
        self._openings: list[bytes] = []
        self._checkpoints: list[bytes] = []
        self._tree = merkle.Frontier()
        start = datetime(2026, 1, 5, 8, tzinfo=UTC)
        self._adults = [Adult.create(self.org, f"Nr {n}", "worker", at=start) for n in range(40)]
        self._begin(start)
        report = asking.count(figures.report([], [], SINCE, UNTIL), [], SINCE, UNTIL)
        months = {month["month"]: month for month in report["months"]}
        for number in range(count):
            at = start + timedelta(days=1 + number // A_DAY, hours=2)
            if number % A_DAY == 0:
                head = self._sign()
            self._talk(number, at, head)
            months[at.date().isoformat()[:7]]["realised"]["B"] += 1
        self._sign()
        self._write(report)

    def policy(self) -> dict[str, Any]:
        """The inspector's."""
        return {
            "v": 1, "org": self.org, "log": {"id": self.log, "keys": [b64(self._key.key.public)]},
            "introducers": [self._adults[0].signing.id], "independent": [self._adults[1].signing.id], "witnesses": [],
            "tsa_roots": [], "require": {"independent": True, "external_time": False}, "state": None,
        }  # fmt: skip

    def _begin(self, at: datetime) -> None:
        start = leaves.statement(
            "log-start", self.org, at, log=self.log, key=b64(self._key.key.public), previous=None
        )
        self._enter("log-start", at, at, start, [])
        for adult in self._adults:
            self._enter("introduction", at, at, adult.record, [adult.signing, self._adults[0].signing])
        self._phones = []
        for number in range(CHILDREN):
            key, unlock = (SigningKey.from_seed(secrets.token_bytes(32)) for _ in range(2))
            subj = random_id()
            rec = {
                "t": "device", "v": 1, "org": self.org, "subj": subj, "signing": b64(key.public),
                "unlock": b64(unlock.public), "at": time_text(at),
            }  # fmt: skip
            by = [self._adults[number % 40].signing, self._adults[(number + 1) % 40].signing]
            self._enter("enrolment", at, at, rec, by)
            self._phones.append((subj, key, unlock))

    def _talk(self, number: int, at: datetime, head: Record) -> None:
        adult = self._adults[number % len(self._adults)]
        subj, key, unlock = self._phones[number * 7 % CHILDREN]
        # Ten a day for each professional, one after the other.
        began = at + timedelta(minutes=45 * (number % A_DAY // len(self._adults)))
        talk = {
            "t": "talk", "v": 1, "org": self.org, "log": self.log, "id": random_id(), "subj": subj, "child": key.id,
            "pro": adult.signing.id, "by": adult.person, "kind": "face", "who": "alone", "interpreter": False,
            "planned": "planned", "place": "school", "start": time_text(began),
            "end": time_text(began + timedelta(minutes=40)), "plan": None, "first": None, "prev": None, "nb": head,
            "np": random_id(), "release": "0.1.0",
        }  # fmt: skip
        said = {
            "t": "answer", "v": 1, "org": self.org, "id": random_id(), "subj": subj, "way": "later",
            "talk": b64(digest(record_bytes(talk))), "says": {"talked": "yes", "alone": "yes"}, "why": None,
            "prev": None, "code": None, "nc": random_id(), "at": time_text(began + timedelta(minutes=41)),
        }  # fmt: skip
        entered = began + timedelta(minutes=42)
        self._enter(log_type(talk), began, entered, talk, [adult.signing])
        self._enter(log_type(said), datetime.fromisoformat(about(said)), entered, said, [key, unlock])

    def _enter(self, kind: str, day: datetime, at: datetime, rec: Record, by: list[SigningKey]) -> None:
        message = record_bytes(rec)
        sigs = []
        for key in {one.id: one for one in by}.values():
            sig = key.sign(message)
            sigs.append({"by": key.id, "sig": b64(sig)})
            self.triples.append((key.public, sig, message))
        salt = secrets.token_bytes(leaves.SALT)
        text = message[len(label(f"record {rec['t']}")) :]
        content = b'{"rec":' + text + b',"sigs":' + canonical(sigs) + b"}"
        leaf = leaves.make_leaf(kind, local_day(day), at, leaves.commitment(salt, content)).data()
        opened = b'{"i":%d,"rec":' % len(self._leaves) + text + b',"salt":"' + b64(salt).encode() + b'","sigs":'
        self._openings.append(opened + canonical(sigs) + b"}")
        self._leaves.append(leaf)
        self._tree.add(merkle.leaf_hash(leaf))

    def _sign(self) -> Record:
        head = notes.Head(notes.origin_of(self.log), self._tree.size, self._tree.root())
        note = notes.Note(head.text(), (self._key.sign(head.text()),)).write()
        self._checkpoints.append(canonical({"note": note, "timestamps": []}))
        return {"size": head.size, "root": b64(head.root)}

    def _write(self, report: Record) -> None:
        members = {bundle.LOG: self._leaves, bundle.CHECKPOINTS: self._checkpoints, bundle.OPENINGS: self._openings}
        manifest = {
            "v": 1, "kind": bundle.KIND, "org": self.org, "orgName": "Bench", "log": self.log,
            "from": SINCE.isoformat(), "to": UNTIL.isoformat(), "made_at": time_text(datetime.now(UTC)),
            "size": self._tree.size, "root": b64(self._tree.root()),
            "counts": {name: len(lines) for name, lines in members.items()},
        }  # fmt: skip
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, lines in members.items():
                archive.writestr(name, b"".join(line + b"\n" for line in lines))
            for name, value in (
                (bundle.MANIFEST, manifest), (bundle.DEFINITIONS, words.definitions()), (bundle.REPORT, report),
            ):  # fmt: skip
                archive.writestr(name, canonical(value))
