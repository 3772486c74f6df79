"""The demonstration: built twice on one folder, signed in to by everybody, and opened by whoever may."""

import asyncio
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
import wave
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from starlette.testclient import TestClient

from kindstem import asked, contacts, tls
from kindstem.config import Config
from kindstem.demo import build, caseload, folder, fresh_code, invented, report, said, sound
from kindstem.demo.caseload import Caseload, Child
from kindstem.demo.folder import Made, Player
from kindstem.demo.phone import Door, Waiting
from kindstem.domain import Circle
from kindstem.errors import SetupFault
from kindstem.keyfile import KeyFile
from kindstem.payload import encode_payload
from kindstem.sealing import ActedChild, EnrolKeys, enrol_digits, readers_proof, stretch_passphrase, stretch_recovery
from kindstem.store import Store
from kindstem.web import create_app
from kindstem.wire import Envelope, Header, Wrap, b64, canonical, parse_header, unb64
from tests import opening

ORIGIN = "http://localhost:8000"
KINDSTEM = Path(sys.executable).with_name("kindstem")

READS = {
    "sam": {"noor", "daan", "yusuf"},
    "iris": {"sofie", "fenna", "mees"},
    "farid": {"rania", "lena", "liam"},
    "marloes": {"milo", "jaimy", "joelle"},
    "vera": {"noor", "daan", "yusuf", "sofie", "fenna", "mees"},
    "hanneke": {"rania", "lena", "liam", "milo", "jaimy", "joelle"},
    "jo": {"noor", "joelle"},
}
# Sam and Vera are told of the child whose enrolment is held open as well; it has no name yet.
WAITING = {"sam", "vera"}


@dataclass
class Town:
    """A built demonstration and its server."""

    config: Config
    made: Made
    load: Caseload
    rows: dict[str, Any]
    """What the tables held before anybody looked."""
    client: TestClient

    def player(self, name: str) -> Player:
        return next(player for player in self.made.people if player.id == name)

    def name_of(self, kindnummer: str) -> str | None:
        return next((child.id for child in self.made.children if child.child == kindnummer), None)

    def child(self, name: str) -> Child:
        return next(child for child in self.load.children if child.id == name)


def rows(database: Path) -> dict[str, Any]:
    """Counts over the tables, by children's kindnummer where that matters."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
        up = "select child, circle, count(*) from entries where direction = 'up' group by child, circle"
        return {
            "up": {(child, circle): count for child, circle, count in conn.execute(up)},
            "lists": [tuple(row) for row in conn.execute("select child, circle, number from lists")],
            "reads": conn.execute("select count(*) from reads").fetchone()[0],
            "latest": conn.execute("select max(at) from entries").fetchone()[0],
            "earliest": conn.execute("select min(at) from entries").fetchone()[0],
            "seen": conn.execute("select count(*) from flags_seen").fetchone()[0],
            "mails": conn.execute("select count(*) from mails").fetchone()[0],
        }


def build_in(path: Path, count: int = 12) -> tuple[Config, Made]:
    config = Config(data=path, demo=True)
    return config, build.build(config, count, now=datetime.now(UTC), tell=lambda _: None)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of a single child, to copy: building takes seconds, and what is tested with it comes after."""
    config, _ = build_in(tmp_path_factory.mktemp("small") / "data", 1)
    return config.data


@pytest.fixture
def small(built: Path, tmp_path: Path) -> Path:
    """A demonstration of one child, in a folder of this test's own."""
    return Path(shutil.copytree(built, tmp_path / "data"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    config, made = build_in(tmp_path_factory.mktemp("demo") / "data")
    before = rows(config.database)
    with TestClient(create_app(config), base_url=ORIGIN) as client:
        yield Town(config, made, caseload.load(), before, client)


def test_the_talks_come_to_what_the_lives_say(town: Town) -> None:
    """At every level, through the same rooms and codes: one disputed, one corrected, one recorded twice."""
    wanted: dict[str, Counter[str]] = {}
    for child in town.load.children:
        wanted[child.id] = Counter("not held" if one.reason else str(one.level) for one in child.contacts)
    wanted["liam"]["D withdrawn"] += 1
    found: dict[str, Counter[str]] = {}
    corrected = 0
    store = town.client.app.state.kindstem.store  # type: ignore[attr-defined]
    for child in town.made.children:
        rows = store.read_sync(lambda r, child=child.child: r.talk_records(child))
        told = store.read_sync(lambda r, rows=rows: contacts._told(r, rows))
        found[child.id] = Counter(
            "not held"
            if one.chain.first.t == "notheld"
            else one.verdict.level.value + (" withdrawn" if one.verdict.withdrawn else "")
            for one in told
        )
        corrected += sum(one.chain.current is not one.chain.first for one in told)
    assert found == wanted
    assert corrected == 1


def test_requests_to_talk_alone_are_open_or_closed_as_the_lives_say(town: Town) -> None:
    """By the talk that followed, or by the child itself after a talk that is no record."""
    store = town.client.app.state.kindstem.store  # type: ignore[attr-defined]
    found = {}
    for child, source in zip(town.made.children, town.load.children, strict=True):
        made = store.read_sync(lambda r, child=child.child: asked.requests_of(r, child))
        entries = [entry for entry in source.entries if entry.asked_with is not None]
        found |= {entry.id: one.how for entry, one in zip(entries, made, strict=True)}
    assert found == {
        "noor-e07": "child",
        **dict.fromkeys(("yusuf-e07", "fenna-e09"), "talk"),
        **dict.fromkeys(("yusuf-e10", "milo-e06", "lena-e10", "joelle-e08"), None),
    }


def test_what_children_thought_is_counted_and_nothing_more(town: Town) -> None:
    store = town.client.app.state.kindstem.store  # type: ignore[attr-defined]
    counts = store.read_sync(lambda r: r.after_counts())
    assert {one.team for one in counts} == {"Team Wilg", "Team Els"}
    assert {one.question for one in counts} == {"said", "done"}
    given = sum(sum(one.values.values()) for one in counts)
    assert 0 < given <= 2 * sum(one.thought for child in town.load.children for one in child.contacts)


class Desk:
    """A professional's browser, signed in with what the demonstration printed."""

    def __init__(self, town: Town, name: str) -> None:
        self.town, self.name = town, name
        printed = report.as_json(
            town.made,
            Waiting("", ORIGIN, "", datetime.now(UTC)),
            ORIGIN,
            data=town.config.data,
            certificate=None,
            now=datetime.now(UTC),
        )
        person = next(one for one in printed["people"] if one["id"] == name)
        given = person["sign_in"]
        salts = self.post("/desk/api/signin/salt", {"name": given["name"]})
        own = stretch_passphrase(given["passphrase"], unb64(salts["salt"]))
        form = {"name": given["name"], "verifier": b64(own.verifier), "code": given["code"], "way": "passphrase"}
        self.cookies: dict[str, str] = {}
        answered = self.post("/desk/api/signin", form)
        self.cookies = dict(town.client.cookies)
        town.client.cookies.clear()
        keyring, pepper = unb64(answered["keyring"]), unb64(answered["pepper"])
        self.seed, _ = opening.open_keyring(own.share, pepper, person["person"], keyring)

    def _headers(self) -> dict[str, str]:
        cookies = getattr(self, "cookies", {})
        sent = {"Origin": ORIGIN, "Kindstem": "1"}
        return sent | ({"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())} if cookies else {})

    def post(self, path: str, value: Any) -> Any:
        headers = self._headers() | {"Content-Type": "application/json"}
        answered = self.town.client.post(path, content=canonical(value), headers=headers)
        assert answered.status_code == 200, answered.text
        kind = answered.headers["content-type"]
        return answered.json() if kind.startswith("application/json") else answered.content

    def get(self, path: str) -> Any:
        answered = self.town.client.get(path, headers=self._headers())
        assert answered.status_code == 200, answered.text
        return answered.json()

    def children(self) -> dict[str | None, Any]:
        return {self.town.name_of(row["child"]): row for row in self.get("/desk/api/children")}

    def authors(self, row: Any) -> dict[str, opening.Author]:
        """Whose signatures count for a child: its phones, and everybody on its lists."""
        found = {}
        for device in row["devices"]:
            record = device["record"]
            keys, unlock = [unb64(record["signing"])], unb64(record["unlock"])
            found[record["device"]] = opening.Author("up", keys, unlock, device["revoked"])
        for listed in row["lists"]:
            for reader in listed["record"]["readers"]:
                found[reader["person"]] = opening.Author("down", [unb64(key) for key in reader["signing"]])
        return found

    def open(self, row: Any, entry: Any, body: bytes) -> opening.Opened:
        header = parse_header(unb64(entry["hdr"]))
        mine = opening.reading_key_id(opening.reading_public(self.seed))
        ids = sorted(unb64(one) for one in entry["to"])
        # Only the own wrap is handed over; the others' ids are known by `to`.
        wraps = tuple(Wrap(one, unb64(entry["wrap"]) if one == mine else bytes(1168)) for one in ids)
        expect = Header(self.town.made.org, row["child"], entry["id"], entry["dir"])
        envelope = Envelope(header, wraps, body)
        opened = opening.open_envelope(envelope, self.seed, self.authors(row), expect=expect, at=entry["at"])
        assert opened is not None
        return opened


@pytest.fixture(scope="module")
def desks(town: Town) -> dict[str, Desk]:
    """Everybody who reads, each signed in once: a time code works once."""
    return {name: Desk(town, name) for name in READS}


# --- who comes in and what they find ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READS)
def test_everybody_who_reads_signs_in_and_finds_their_own_children(desks: dict[str, Desk], name: str) -> None:
    children = set(desks[name].children())
    assert children == READS[name] | ({None} if name in WAITING else set())


@pytest.mark.parametrize("name", READS)
def test_everybody_opens_the_names_of_their_children(desks: dict[str, Desk], town: Town, name: str) -> None:
    desk = desks[name]
    for child, row in desk.children().items():
        if child is None:
            continue
        found = [(card, unb64(card["body"])) for card in row["cards"]]
        if town.child(child).tablet:
            # Nothing is sealed to a phone, so its cards stand among its answers.
            entries = desk.get(f"/desk/api/children/{row['child']}/entries?after=0")["entries"]
            down = [entry for entry in entries if entry["dir"] == "down"]
            found = [(entry, desk.post(f"/desk/api/bodies/{entry['id']}", {"reason": "other"})) for entry in down]
        opened = [desk.open(row, card, body) for card, body in found]
        cards = [one for one in opened if one.meta["kind"] == "card"]
        newest = max(cards, key=lambda one: one.meta["at"])
        assert newest.author == "verified"
        assert newest.doc["name"] == town.child(child).name


@pytest.mark.parametrize("name", ["sam", "marloes", "jo"])
def test_every_entry_opens_with_a_verified_author_and_numbers_without_a_gap(
    desks: dict[str, Desk], town: Town, name: str
) -> None:
    desk = desks[name]
    for child, row in desk.children().items():
        if child is None:
            continue
        entries = desk.get(f"/desk/api/children/{row['child']}/entries?after=0")["entries"]
        numbers: dict[str, list[int]] = {}
        for entry in entries:
            opened = desk.open(row, entry, desk.post(f"/desk/api/bodies/{entry['id']}", {"reason": "prepare"}))
            tablet = opened.meta["lock"] == "tablet"
            assert opened.author == ("tablet" if tablet else "verified"), (child, opened.meta)
            if entry["dir"] == "up" and not tablet:
                numbers.setdefault(opened.meta["circle"], []).append(opened.meta["seq"])
        for circle, found in numbers.items():
            assert found == list(range(found[0], found[0] + len(found))), (child, circle)


def test_what_noor_said_is_what_sam_reads(desks: dict[str, Desk], town: Town) -> None:
    desk = desks["sam"]
    row = desk.children()["noor"]
    texts, voices, flags = set(), 0, 0
    for entry in desk.get(f"/desk/api/children/{row['child']}/entries?after=0")["entries"]:
        opened = desk.open(row, entry, desk.post(f"/desk/api/bodies/{entry['id']}", {"reason": "read"}))
        if entry["dir"] == "up":
            texts |= {part["text"] for part in opened.doc["parts"] if part["kind"] == "text"}
            flags += opened.meta["kind"] == "flag"
        for recording in opened.attachments:
            voices += 1
            with wave.open(io.BytesIO(recording)) as sounded:
                assert sounded.getnframes() > 0
    told = [entry for entry in town.child("noor").entries if entry.circle == "worker"]
    assert {say.text for entry in told for say in entry.say if say.kind == "text"} <= texts
    assert flags == 1


def test_nobody_is_handed_what_was_said_to_another_circle(desks: dict[str, Desk], town: Town) -> None:
    desk = desks["sam"]
    row = desk.children()["noor"]
    entries = desk.get(f"/desk/api/children/{row['child']}/entries?after=0")["entries"]
    up = [entry for entry in entries if entry["dir"] == "up"]
    noor = town.child("noor")
    assert len(up) == sum(entry.circle == "worker" for entry in noor.entries) + len(noor.papers)


def test_the_recovery_code_and_a_one_time_code_work_as_well(town: Town) -> None:
    printed = town.player("hanneke")
    assert printed.recovery_code
    desk = Desk.__new__(Desk)
    desk.town, desk.name = town, "hanneke"
    salts = desk.post("/desk/api/signin/salt", {"name": "Hanneke"})
    own = stretch_recovery(printed.recovery_code, unb64(salts["recoverySalt"]))
    code = printed.one_time_codes[0]
    form = {"name": "Hanneke", "verifier": b64(own.verifier), "code": code, "way": "recovery"}
    answered = desk.post("/desk/api/signin", form)
    town.client.cookies.clear()
    pepper, keyring = unb64(answered["pepper"]), unb64(answered["keyring"])
    assert opening.open_keyring(own.share, pepper, printed.person, keyring)


@pytest.mark.parametrize(("name", "teams"), [("ruth", {"Team Wilg", "Team Els"}), ("bram", {"Team Wilg"})])
def test_whoever_counts_signs_in_at_the_numbers_and_finds_who_waits(town: Town, name: str, teams: set[str]) -> None:
    player = town.player(name)
    assert player.passphrase
    assert player.totp_secret
    headers = {"Origin": ORIGIN, "Kindstem": "1", "Content-Type": "application/json"}
    asked = town.client.post("/numbers/api/signin/salt", content=canonical({"name": player.name}), headers=headers)
    own = stretch_passphrase(player.passphrase, unb64(asked.json()["salt"]))
    code = pyotp.TOTP(player.totp_secret).at(datetime.now(UTC))
    form = {"name": player.name, "verifier": b64(own.verifier), "code": code, "way": "passphrase"}
    signed_in = town.client.post("/numbers/api/signin", content=canonical(form), headers=headers)
    assert signed_in.status_code == 200
    page = town.client.get("/numbers/").text
    town.client.cookies.clear()
    assert set(re.findall(r'data-team="([^"]*)"', page)) <= teams
    assert re.search(r"/numbers/child/K[0-9A-Z]{3}-[0-9A-Z]{5}", page)


def test_who_left_cannot_sign_in(town: Town) -> None:
    assert town.player("joost").passphrase is None
    assert not town.player("joost").active
    with Store.open(town.config.database).reading() as reader:
        person = reader.person_named("Joost")
    assert person is not None
    assert not person.active
    assert person.record is not None, "he had keys while he worked here"


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_every_entry_of_the_caseload_is_there(town: Town) -> None:
    for child in town.load.children:
        kindnummer = next(one.child for one in town.made.children if one.id == child.id)
        for circle in ("worker", "confidant", "self"):
            wanted = sum(entry.circle == circle for entry in child.entries)
            # What a child said of a document.
            wanted += len(child.papers) if circle == "worker" else 0
            assert town.rows["up"].get((kindnummer, circle), 0) == wanted, (child.id, circle)


def test_documents_are_there_with_what_the_child_said_of_them_and_one_was_before_its_decision(
    desks: dict[str, Desk], town: Town
) -> None:
    desk = desks["sam"]
    row = desk.children()["noor"]
    found = desk.get(f"/desk/api/children/{row['child']}/documents")
    (known,) = found["documents"]
    entries = desk.get(f"/desk/api/children/{row['child']}/entries?after=0")["entries"]
    entry = next(one for one in entries if one["id"] == known["id"])
    opened = desk.open(row, entry, desk.post(f"/desk/api/bodies/{entry['id']}", {"reason": "read"}))
    assert known["quoted"] in {one["entry"] for one in opened.doc["quotes"]}
    assert opened.doc["child"]
    rania = next(one.child for one in town.made.children if one.id == "rania")
    store = town.client.app.state.kindstem.store  # type: ignore[attr-defined]
    heard = {one.decision.kind: one.heard for one in store.read_sync(lambda r: r.hearings_of([rania]))[rania]}
    assert heard["ending"] is True


def test_reads_are_logged_but_for_what_was_never_passed_on(town: Town) -> None:
    told = sum(len(entry.reads) for child in town.load.children for entry in child.entries)
    # Successors read in the data what was said before they came; without handing over they cannot.
    assert told - 10 <= town.rows["reads"] <= told


def test_nothing_lies_after_yesterday_or_before_the_first_enrolment(town: Town) -> None:
    day_0 = date.fromisoformat(town.made.day_0)
    assert day_0.weekday() == caseload.THURSDAY
    assert datetime.fromtimestamp(town.rows["latest"], UTC).date() < day_0
    first = min(child.enrolled_day for child in town.load.children)
    assert datetime.fromtimestamp(town.rows["earliest"], UTC).date() >= day_0 + timedelta(days=first)


def test_readers_change_by_signed_lists(town: Town) -> None:
    of = {child.id: child.child for child in town.made.children}
    newest: dict[tuple[str, str], int] = {}
    for child, circle, number in town.rows["lists"]:
        newest[(child, circle)] = max(number, newest.get((child, circle), 0))
    assert newest[(of["milo"], "worker")] == 2
    assert newest[(of["sofie"], "worker")] == 2
    assert newest[(of["noor"], "worker")] == 1
    assert newest[(of["noor"], "confidant")] == 1
    assert (of["daan"], "confidant") not in newest


def test_the_flag_was_seen_by_both_and_mailed_to_nobody(town: Town) -> None:
    assert town.rows["seen"] == 2
    assert town.rows["mails"] == 0


def test_no_word_of_it_can_be_read_in_what_the_server_keeps(town: Town) -> None:
    said_words = {say.text for child in town.load.children for entry in child.entries for say in entry.say if say.text}
    said_words |= {answer.text for child in town.load.children for entry in child.entries for answer in entry.answers}
    said_words |= {child.name for child in town.load.children if len(child.name) > 4}
    kept = [path for path in town.config.data.iterdir() if path.name != folder.MARKER]
    assert {path.name for path in kept} >= {"kindstem.db", "kindstem.key"}
    # As UTF-16 a few will do: how the database codes text is one setting for all of it.
    few = sorted(said_words)[:20]
    coded = [words.encode() for words in said_words] + [words.encode("utf-16-le") for words in few]
    for path in kept:
        held = path.read_bytes()
        assert b"RIFF" not in held
        assert [one for one in coded if one in held] == [], path.name


def test_its_folder_and_files_are_for_their_owner_only(town: Town) -> None:
    assert stat.S_IMODE(town.config.data.stat().st_mode) == 0o700
    for path in town.config.data.iterdir():
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


# --- its folder -------------------------------------------------------------------------------------------------------


def test_a_second_start_finds_the_same_demonstration(town: Town) -> None:
    assert build.opened(town.config.data) == town.made


def test_a_fresh_one_has_new_people_in_the_same_folder(small: Path) -> None:
    first = folder.read(small)
    config, second = build_in(small, 2)
    assert first is not None
    assert first.org != second.org
    assert len(second.children) == 2
    assert build.opened(config.data) == second


def test_one_that_was_left_half_built_is_built_anew(tmp_path: Path) -> None:
    path = tmp_path / "data"
    folder.begin(path)
    KeyFile.create(path / "kindstem.key")
    assert build.opened(path) is None
    _, made = build_in(path, 1)
    assert build.opened(path) == made


@pytest.mark.parametrize("kind", ["a real one", "papers", "a file"])
def test_a_folder_of_others_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "data"
    if kind == "a real one":
        subprocess.run([KINDSTEM, "init", "--data", path, "--name", "GI"], check=True, capture_output=True)
    elif kind == "papers":
        path.mkdir()
        (path / "letter.txt").write_text("mine")
    else:
        path.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SetupFault):
        build_in(path)
    ran = subprocess.run([KINDSTEM, "demo", "--data", path, "--port", "0"], capture_output=True, text=True, timeout=60)
    assert ran.returncode in {1, 2}
    assert "Traceback" not in ran.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("count", [0, 301])
def test_the_number_of_children_has_bounds(tmp_path: Path, count: int) -> None:
    with pytest.raises(SetupFault):
        build_in(tmp_path / "data", count)
    assert not (tmp_path / "data").exists()


def test_a_fresh_code_is_the_one_the_second_factor_gives(town: Town) -> None:
    now = datetime.now(UTC)
    player, code, seconds = fresh_code("vera", town.config.data, now=now)
    assert player.totp_secret
    assert code == pyotp.TOTP(player.totp_secret).at(now)
    assert 1 <= seconds <= 30


@pytest.mark.parametrize("name", ["Joost", "Niemand"])
def test_who_does_not_sign_in_has_no_code(town: Town, name: str) -> None:
    with pytest.raises(SetupFault, match="Sam"):
        fresh_code(name, town.config.data, now=datetime.now(UTC))


# --- what is told -----------------------------------------------------------------------------------------------------


def test_it_says_loudly_what_it_is_and_how_to_sign_in(town: Town) -> None:
    text = report.people_text(town.made, ORIGIN, data=town.config.data, now=datetime.now(UTC))
    assert "A DEMONSTRATION" in text
    for name in READS:
        player = town.player(name)
        assert player.passphrase
        assert player.passphrase in text
        assert player.totp_secret
        assert player.totp_secret in text
    assert "demo-code" in text


def test_the_square_says_the_link_and_the_text_the_code() -> None:
    waiting = Waiting("K123-45678", f"{ORIGIN}/#e1.abc", "AAAA-BBBB-CCCC-DDDD", datetime.now(UTC))
    text = report.enrolment_text(waiting, "Robin")
    assert waiting.link in text
    assert waiting.startcode in text
    assert "█" in text
    assert "\x1b" not in text
    assert "\x1b[97;40m" in report.enrolment_text(waiting, "Robin", coloured=True)


def test_its_json_is_for_its_owner_only(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text("older")
    path.chmod(0o644)
    report.write_json(path, {"demonstration": True})
    assert json.loads(path.read_text()) == {"demonstration": True}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# --- the words, the sounds and the invented ---------------------------------------------------------------------------


def test_every_prompt_and_option_of_the_caseload_is_a_text_of_the_app() -> None:
    names = {"worker": "Sam", "second": "Vera", "confidant": "Jo"}
    for child in caseload.load().children:
        for entry in child.entries:
            for answer in said.entry(entry, child, names).doc["answers"]:
                if answer["key"] in {"child.mood", "child.safe", "child.unsafe.reach"}:
                    continue
                values = answer["value"] if isinstance(answer["value"], list) else [answer["value"]]
                assert set(values) <= set(answer["options"]), (entry.id, answer["key"])
                assert "{" not in "".join(answer["options"]), entry.id


@pytest.mark.parametrize("name", ["noor", "daan"])
def test_a_child_has_three_houses_each_with_its_invitation(name: str) -> None:
    child = next(one for one in caseload.load().children if one.id == name)
    made = [said.entry(entry, child, {}) for entry in child.entries if entry.prompt == "house"]
    assert {one.doc["house"] for one in made} == {"good", "worry", "dream"}
    assert all(one.kind == "house" and encode_payload(one.kind, one.doc, one.attachments) for one in made)
    assert all(part["prompt"].startswith("Huis van de ") for one in made for part in one.doc["parts"])


def test_an_english_child_saw_english(town: Town) -> None:
    liam = town.child("liam")
    doc = said.entry(liam.entries[0], liam, {"worker": "Farid"}).doc
    assert doc["lang"] == "en"
    assert {"with my father", "How are you right now?"} <= {
        text for answer in doc["answers"] for text in (answer["prompt"], answer["value"]) if isinstance(text, str)
    }


@pytest.mark.parametrize("seconds", [0, 1, 4, 34, 180])
def test_a_voice_plays_is_soft_and_stays_small(seconds: int) -> None:
    made, ms = sound.melody("noor-e01 0", seconds)
    assert len(made) <= 40_000
    with wave.open(io.BytesIO(made)) as sounded:
        assert sounded.getnframes() * 1000 // sounded.getframerate() == ms
        samples = sounded.readframes(sounded.getnframes())
    assert min(samples) >= 60
    assert max(samples) <= 196
    assert sound.melody("noor-e01 0", seconds)[0] == made
    assert sound.melody("noor-e02 0", 4)[0] != sound.melody("noor-e03 0", 4)[0]


def test_the_invented_are_the_same_each_time_and_have_names_of_their_own() -> None:
    load = caseload.load()
    many = invented.more(load, 120)
    assert many[:40] == invented.more(load, 40)
    assert len({child.name for child in many}) == 120
    assert not {child.name for child in many} & {child.name for child in load.children}


def test_the_invented_live_by_the_same_rules() -> None:
    load = caseload.load()
    names = {"worker": "Sam", "second": "Vera"}
    thursday = date(2026, 11, 19)
    for child in invented.more(load, 60):
        for entry in child.entries:
            words = said.entry(entry, child, names)
            assert encode_payload(words.kind, words.doc, words.attachments)
            assert child.enrolled_day < entry.at.day < 0
            for act in (*entry.reads, *entry.answers):
                assert entry.at < act.at
                assert act.at.day < 0
                assert act.at.on(thursday).weekday() < 5, "nothing a professional does falls in a weekend"


def test_more_than_twelve_are_built_like_the_others(tmp_path: Path) -> None:
    config, made = build_in(tmp_path / "data", 13)
    counted = rows(config.database)["up"]
    for child in made.children:
        assert sum(count for (one, _), count in counted.items() if one == child.child) == child.entries > 0


# --- the enrolment that is held open ----------------------------------------------------------------------------------


@contextmanager
def opened_door(path: Path, told: list[str], shown: list[Waiting]) -> Iterator[tuple[Store, Door, Made]]:
    config, made = Config(data=path, demo=True), folder.read(path)
    assert made is not None
    store = Store.open(config.database)
    try:
        yield store, Door(store, config, made, show=shown.append, tell=told.append, pause=0), made
    finally:
        store.close()


def keys_of(waiting: Waiting, org: str) -> EnrolKeys:
    return EnrolKeys.from_qr(unb64(waiting.link.partition("#e1.")[2])[:32], org)


async def answer(store: Store, waiting: Waiting, org: str, *, forge: bool = False) -> tuple[ActedChild, str]:
    """What a phone does that scanned the square; with `forge` it does not know the secret."""
    from kindstem import circles, wire
    from kindstem.domain import Method

    now = datetime.now(UTC)
    keys = keys_of(waiting, org)
    found = await circles.find(store, keys.id, now=now)
    assert b64(readers_proof(keys.key, found.bundle)) == found.proof
    phone = ActedChild.enrol(found.bundle, at=now)
    plain = phone.answer(found.bundle, replace(keys, key=bytes(32)) if forge else keys, "qr")
    given = circles.Answer(
        child=wire.parse_signed(plain["child"], "child"),
        lists=[wire.parse_signed(one, "readers") for one in plain["lists"]],
        proof=plain["proof"],
        method=Method.QR,
    )
    await circles.answer(store, keys.id, given, now=now)
    return phone, enrol_digits(found.bundle, phone.record, unb64(plain["proof"]))


async def until(store: Store, shown: list[Waiting], door: Door) -> None:
    """Let the door look until it has opened the next enrolment."""
    keeping = asyncio.create_task(door.keep())
    for _ in range(1200):
        if shown:
            break
        await asyncio.sleep(0.05)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


def test_a_phone_gets_through_and_the_same_digits_are_told(small: Path) -> None:
    told: list[str] = []
    shown: list[Waiting] = []
    with opened_door(small, told, shown) as (store, door, made):

        async def story() -> tuple[ActedChild, str]:
            waiting = await door.open()
            done = await answer(store, waiting, made.org)
            await until(store, shown, door)
            return done

        phone, digits = asyncio.run(story())
        device = store.read_sync(lambda r: r.active_device(made.waiting))
        assert device is not None
        assert device.id == phone.device
        assert f"{digits[:3]} {digits[3:]}" in told[0]
        newest = store.read_sync(lambda r: r.newest_list(made.waiting, Circle.WORKER))
        assert newest is not None
        sam = next(player.person for player in made.people if player.id == "sam")
        assert newest.has(sam)
        row = store.read_sync(lambda r: r.person(sam))
        assert row is not None
        assert row.reading_key
        cards = store.read_sync(lambda r: r.entries_for(row.reading_key or "", made.waiting, after=0, limit=10))
        assert len(cards) == 1, "the card by which Sam and Vera know who it is"


def test_a_second_phone_takes_the_place_of_the_first(small: Path) -> None:
    told: list[str] = []
    shown: list[Waiting] = []
    with opened_door(small, told, shown) as (store, door, made):

        async def story() -> list[ActedChild]:
            phones = []
            waiting = await door.open()
            for _ in range(2):
                phones.append((await answer(store, waiting, made.org))[0])
                await until(store, shown, door)
                waiting = shown.pop()
            return phones

        first, second = asyncio.run(story())
        devices = store.read_sync(lambda r: r.devices_of(made.waiting))
        assert {device.id: device.revoked_at is None for device in devices} == {
            first.device: False,
            second.device: True,
        }


def test_a_phone_that_does_not_know_the_secret_is_not_linked(small: Path) -> None:
    told: list[str] = []
    shown: list[Waiting] = []
    with opened_door(small, told, shown) as (store, door, made):

        async def story() -> None:
            await answer(store, await door.open(), made.org, forge=True)
            await until(store, shown, door)

        asyncio.run(story())
        assert store.read_sync(lambda r: r.active_device(made.waiting)) is None
        assert "Nothing was linked" in told[0]


# --- as it is started -------------------------------------------------------------------------------------------------


@contextmanager
def started(path: Path, *more: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str], Path]]:
    """`kindstem demo` as somebody types it, once it takes requests."""
    out, printed = path.with_suffix(".json"), path.with_suffix(".txt")
    out.unlink(missing_ok=True)
    with printed.open("w") as text:
        process = subprocess.Popen(
            [KINDSTEM, "demo", "--data", path, "--port", "0", "--children", "1", "--json", out, *more],
            stdout=text,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            for _ in range(600):
                if out.exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            yield (json.loads(out.read_text()) if out.exists() else {}), process, printed
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(20)


def ask(url: str, value: Any, context: ssl.SSLContext | None = None) -> Any:
    origin = url.partition("/api/")[0]
    headers = {"Content-Type": "application/json", "Origin": origin, "Kindstem": "1"}
    sent = urllib.request.Request(url, json.dumps(value).encode(), headers)
    with urllib.request.urlopen(sent, timeout=20, context=context) as answered:
        return json.load(answered)


def test_as_started_it_links_a_phone_and_starts_again_with_what_it_had(small: Path) -> None:
    path = small
    with started(path) as (told, process, printed):
        assert told["demonstration"] is True
        keys = EnrolKeys.from_code(told["enrolment"]["startcode"], told["organisation"]["id"])
        api = f"{told['url']}/api/enrol"
        found = ask(f"{api}/find", {"id": keys.id})
        phone = ActedChild.enrol(found["bundle"], at=datetime.now(UTC))
        given = phone.answer(found["bundle"], keys, "typed")
        assert ask(f"{api}/answer", given) == {"state": "answered"}
        for _ in range(1200):
            state = ask(f"{api}/state", {"id": keys.id})["state"]
            if state == "active":
                break
            time.sleep(0.05)
        assert state == "active"
        digits = enrol_digits(found["bundle"], phone.record, unb64(given["proof"]))
        for _ in range(600):
            if printed.read_text().count("#e1.") == 2:
                break
            time.sleep(0.05)
        text = printed.read_text()
        assert f"{digits[:3]} {digits[3:]}" in text
        assert text.count("#e1.") == 2, "the next enrolment is opened and told"
        again = json.loads((path.with_suffix(".json")).read_text())["enrolment"]["link"]
        assert again != told["enrolment"]["link"], "scripts find the new one"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM}
    with started(path) as (second, _, printed):
        assert second["organisation"] == told["organisation"]
        assert "Traceback" not in printed.read_text()


def test_two_cannot_serve_one_folder(small: Path) -> None:
    with started(small):
        again = [KINDSTEM, "demo", "--data", small, "--port", "0", "--fresh"]
        ran = subprocess.run(again, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 1
        assert "already" in ran.stderr


def test_a_json_file_in_no_folder_is_named_before_anything_is_built(tmp_path: Path) -> None:
    command = [KINDSTEM, "demo", "--data", tmp_path / "data", "--port", "0", "--json", tmp_path / "none" / "demo.json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "no folder" in ran.stderr
    assert not (tmp_path / "data").exists()


def test_another_number_of_children_asks_for_a_fresh_one(small: Path) -> None:
    ran = subprocess.run(
        [KINDSTEM, "demo", "--data", small, "--port", "0", "--children", "2"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "--fresh" in ran.stderr


def test_over_the_lan_it_speaks_tls_with_the_fingerprint_it_prints(small: Path) -> None:
    with started(small, "--lan") as (told, process, printed):
        if not tls.lan_addresses():
            assert process.wait(20) == 1
            assert "in no network" in printed.read_text()
            return
        assert told["url"].startswith("https://")
        assert told["enrolment"]["link"].startswith(told["url"])
        fingerprint = told["tls"]["sha256"]
        assert re.sub(r"\s", "", printed.read_text()).count(fingerprint) == 1
        trust = ssl.create_default_context(cafile=told["tls"]["certificate"])
        port = told["url"].rpartition(":")[2]
        for host in (told["url"], f"https://localhost:{port}"):
            with urllib.request.urlopen(f"{host}/healthz", timeout=20, context=trust) as answered:
                assert json.load(answered)["demo"] is True


def test_deactivating_somebody_ends_their_session_while_the_server_runs(small: Path) -> None:
    made = folder.read(small)
    assert made is not None
    config = Config(data=small, demo=True)
    with TestClient(create_app(config), base_url=ORIGIN) as client:
        desk = Desk(Town(config, made, caseload.load(), {}, client), "farid")
        assert desk.get("/desk/api/me")["person"]["name"] == "Farid"
        subprocess.run([KINDSTEM, "people", "deactivate", "--data", small, "--name", "farid"], check=True)
        answered = client.get("/desk/api/me", headers=desk._headers())
        assert answered.status_code == 401
        assert answered.json()["error"]["code"] == "session-ended"


def test_it_goes_to_its_own_place_when_nobody_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert folder.default() == tmp_path / "kindstem-demo"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder.default() == tmp_path / ".local" / "share" / "kindstem-demo"
    assert os.environ["HOME"] == str(tmp_path)
