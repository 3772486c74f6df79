"""Witnesses and time stamps: what others say about the log is kept when it is true, and a witness signs one future."""

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from kindstem import anchors, log, merkle, notes, witness
from kindstem.config import Config, load
from kindstem.domain import Org
from kindstem.errors import SetupFault
from kindstem.log import Log
from kindstem.notes import Head, Key, Note, Signer
from kindstem.signing import random_id
from kindstem.store import Store
from kindstem.witness import Witness
from tests.authority import Authority, listening
from tests.cast import Clock

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
NAME = "toezicht.example/getuige"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Store, Config, Log]]:
    config = Config(data=tmp_path / "data")
    store = Store.open(config.database, create=True)
    store.write_sync(lambda tx: tx.found_org(Org(random_id(), "De Vaart", demo=False)))
    yield store, config, Log.open(store, config, now=NOW)
    store.close()


def grow(store: Store, opened: Log, count: int = 1) -> int:
    for number in range(count):
        rec = {"n": number}
        store.write_sync(lambda tx, rec=rec: tx.log("plan", NOW.date(), rec, [], at=NOW))  # type: ignore[misc]
    return opened.catch_up(now=NOW).size


@contextmanager
def serving(found: Witness) -> Iterator[str]:
    server = witness.server(found, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(place: tuple[Store, Config, Log], config: Config, *, stamp: bool = False) -> list[str]:
    return asyncio.run(anchors.anchor(place[0], config, stamp=stamp, now=NOW))


# --- a witness, as the specification wants it -------------------------------------------------------------------------

LOG = Signer.from_seed("kindstem/log/AAAAAAAAAAAAAAAAAAAAAA", b"l" * 32)
TREE = merkle.Frontier()
ROOTS = [TREE.root()]
NODES: dict[tuple[int, int], bytes] = {}
for n in range(20):
    leaf = merkle.leaf_hash(b"%d" % n)
    TREE.add(leaf)
    ROOTS.append(TREE.root())
    NODES[0, n] = leaf
    for level, position, one in merkle.grown(n, leaf, lambda level, position: NODES[level, position]):
        NODES[level, position] = one


def body(
    old: int, size: int, *, signer: Signer = LOG, root: bytes | None = None, proof: list[bytes] | None = None
) -> bytes:
    head = Head(signer.key.name, size, root or ROOTS[size])
    if proof is None:
        proof = merkle.consistency(old, size, lambda level, position: NODES[level, position]) if old <= size else []
    note = Note(head.text(), (signer.sign(head.text()),)).write()
    return (f"old {old}\n" + "".join(notes.std64(one) + "\n" for one in proof) + "\n" + note).encode()


@pytest.fixture
def found(tmp_path: Path) -> Witness:
    return Witness.open(tmp_path / "witness", NAME, [LOG.key], clock=lambda: NOW)


def test_it_signs_a_log_that_only_grew(found: Witness) -> None:
    for old, size in ((0, 3), (3, 3), (3, 11), (11, 20)):
        answer = found.add_checkpoint(body(old, size))
        assert answer.status == 200
        line = notes.Line.parse(answer.body)
        assert notes.cosigned_at(Head(LOG.key.name, size, ROOTS[size]).text(), line, found.key) == NOW


def test_it_says_what_it_has_seen_when_asked_from_elsewhere(found: Witness) -> None:
    found.add_checkpoint(body(0, 5))
    answer = found.add_checkpoint(body(0, 9))
    assert (answer.status, answer.body, answer.kind) == (409, "5\n", "text/x.tlog.size")
    assert found.add_checkpoint(body(5, 9)).status == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"old 5\n\n", 400),
        (b"old 05\n\n" + body(5, 9).split(b"\n\n", 1)[1], 400),
        (body(5, 9).replace(b"old 5", b"old -5"), 400),
        (body(5, 9).replace(b"old 5", "old ５".encode()), 400),
        (body(5, 9, proof=[b"x" * 32] * 64), 400),
        (body(5, 9, proof=[b"x" * 31]), 400),
        (body(9, 5), 400),
        (body(5, 9, signer=Signer.from_seed("kindstem/log/other", b"l" * 32)), 404),
        (body(5, 9, signer=Signer.from_seed(LOG.key.name, b"o" * 32)), 403),
        (body(5, 9, proof=[]), 422),
        (body(5, 9, root=b"x" * 32), 422),
        (body(5, 5, root=b"x" * 32), 409),
        (body(4, 9), 409),
    ],
)
def test_what_is_not_the_same_log_grown_is_not_signed(found: Witness, data: bytes, status: int) -> None:
    assert found.add_checkpoint(body(0, 5)).status == 200
    answer = found.add_checkpoint(data)
    assert answer.status == status
    assert "—" not in answer.body
    assert found.add_checkpoint(body(5, 9)).status == 200


def test_what_it_signed_it_knows_after_a_restart(tmp_path: Path, found: Witness) -> None:
    found.add_checkpoint(body(0, 9))
    again = Witness.open(tmp_path / "witness", NAME, [LOG.key])
    assert again.key == found.key
    assert again.add_checkpoint(body(0, 9)).body == "9\n"
    (tmp_path / "witness" / "state.json").write_text("{")
    with pytest.raises(SetupFault, match="must not go on"):
        Witness.open(tmp_path / "witness", NAME, [LOG.key])


def test_two_requests_at_once_cannot_make_it_step_back(found: Witness) -> None:
    found.add_checkpoint(body(0, 2))
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda size=size: answers.append(found.add_checkpoint(body(2, size)).status))  # type: ignore[misc]
        for size in range(3, 19)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 15


def test_over_http_only_the_one_address_answers(found: Witness) -> None:
    with serving(found) as url:

        def post(path: str, data: bytes) -> int:
            try:
                with urllib.request.urlopen(f"{url}{path}", data=data, timeout=10) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as answer:
                return answer.code

        assert post("/add-checkpoint", body(0, 3)) == 200
        assert post("/", body(3, 4)) == 404
        assert post("/add-checkpoint", b"x" * (64 * 1024 + 1)) == 400


@pytest.mark.parametrize("name", ["", "two words", "one+two"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SetupFault, match="name"):
        Witness.open(tmp_path / "w", name, [LOG.key])


# --- the server that asks ---------------------------------------------------------------------------------------------


def test_the_server_keeps_what_witnesses_sign(place: tuple[Store, Config, Log], tmp_path: Path) -> None:
    store, config, opened = place
    grow(store, opened, 4)
    one = Witness.open(tmp_path / "one", NAME, [opened.key], clock=lambda: NOW)
    two = Witness.open(tmp_path / "two", "andere.example/w", [opened.key], clock=lambda: NOW)
    with serving(one) as first, serving(two) as second:
        config = replace(config, witnesses=((one.key.vkey(), first), (two.key.vkey(), second)))
        assert asked(place, config) == []
        assert asked(place, config) == []
        size = grow(store, opened, 7)
        assert asked(place, config) == []
    with store.reading() as r:
        newest = r.newest_checkpoint(cosigned=True)
        assert newest is not None
        assert (newest.size, len(newest.cosigned)) == (size, 2)
        note = notes.parse(newest.note + "".join(f"{line}\n" for line in newest.cosigned))
        assert [note.cosigned_by(w.key) for w in (one, two)] == [NOW, NOW]
        assert log.status(r, config, now=NOW)["witness"] == ["andere.example/w", NAME]


def test_a_witness_that_has_seen_more_is_said_and_not_followed(
    place: tuple[Store, Config, Log], tmp_path: Path
) -> None:
    store, config, opened = place
    one = Witness.open(tmp_path / "one", NAME, [opened.key])
    seen = merkle.Frontier([merkle.leaf_hash(b"%d" % n) for n in range(50)])
    signer = log.LogKey.open(config.log_key).signer(opened.id)
    assert one.add_checkpoint(body(0, 50, signer=signer, root=seen.root(), proof=[])).status == 200
    with serving(one) as url:
        (fault,) = asked(place, replace(config, witnesses=((one.key.vkey(), url),)))
    assert "50 entries" in fault
    assert store.one(lambda r: r.newest_checkpoint(cosigned=True)) is None


def test_a_witness_that_lost_its_state_is_asked_again_from_where_it_is(
    place: tuple[Store, Config, Log], tmp_path: Path
) -> None:
    store, config, opened = place
    one = Witness.open(tmp_path / "one", NAME, [opened.key])
    with serving(one) as url:
        config = replace(config, witnesses=((one.key.vkey(), url),))
        assert asked(place, config) == []
        grow(store, opened)
        one._seen = {}
        assert asked(place, config) == []


def test_a_signature_by_another_key_is_not_kept(place: tuple[Store, Config, Log], tmp_path: Path) -> None:
    store, config, opened = place
    one, other = (Witness.open(tmp_path / name, NAME, [opened.key]) for name in ("one", "other"))
    with serving(other) as url:
        (fault,) = asked(place, replace(config, witnesses=((one.key.vkey(), url),)))
    assert "does not verify" in fault
    assert store.one(lambda r: r.newest_checkpoint(cosigned=True)) is None


def test_a_witness_that_is_away_holds_nobody_up(place: tuple[Store, Config, Log], tmp_path: Path) -> None:
    one = Witness.open(tmp_path / "one", NAME, [place[2].key])
    (fault,) = asked(place, replace(place[1], witnesses=((one.key.vkey(), "http://127.0.0.1:9"),)))
    assert "did not sign: no answer" in fault
    assert "127.0.0.1" not in fault


# --- time stamps ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_stamped_over_its_text(place: tuple[Store, Config, Log], tmp_path: Path) -> None:
    store, config, opened = place
    grow(store, opened)
    clock = Clock(NOW + timedelta(minutes=3))
    authority = Authority(clock)
    with listening(authority, tmp_path) as (url, roots):
        config = replace(config, tsa_url=url, tsa_roots=roots)
        assert asked(place, config) == []
        assert authority.asked == 0
        assert asked(place, config, stamp=True) == []
        assert asked(place, config, stamp=True) == []
    assert authority.asked == 1
    newest = store.one(lambda r: r.newest_checkpoint())
    assert newest is not None
    (answer,) = newest.timestamps
    response = decode_timestamp_response(answer)
    text = notes.parse(newest.note).text.encode()
    assert VerifierBuilder().add_root_certificate(authority.root).build().verify_message(response, text)
    assert response.tst_info.gen_time == clock.now


@pytest.mark.parametrize("how", ["refuse", "spoil", "another root", "away"])
def test_a_time_stamp_that_does_not_verify_is_not_kept(
    place: tuple[Store, Config, Log], tmp_path: Path, how: str
) -> None:
    store, config, _ = place
    authority = Authority(lambda: NOW, refuse=how == "refuse", spoil=how == "spoil")
    with listening(authority, tmp_path) as (url, roots):
        if how == "another root":
            roots.write_text(Authority(lambda: NOW).pem())
        there = "http://127.0.0.1:9" if how == "away" else url
        (fault,) = asked(place, replace(config, tsa_url=there, tsa_roots=roots), stamp=True)
    assert fault.startswith("There is no time stamp")
    newest = store.one(lambda r: r.newest_checkpoint())
    assert newest is not None
    assert newest.timestamps == ()


# --- settings ---------------------------------------------------------------------------------------------------------


def test_the_settings_name_witnesses_by_key_and_address(tmp_path: Path) -> None:
    one = Witness.open(tmp_path / "one", NAME, [])
    config = load({"KINDSTEM_WITNESSES": f"{one.key.vkey()} https://w.example/ {one.key.vkey()} http://127.0.0.1:8010"})
    assert [(w.name, w.url) for w in anchors.witnesses(config)] == [
        (NAME, "https://w.example"),
        (NAME, "http://127.0.0.1:8010"),
    ]


@pytest.mark.parametrize(
    "environ",
    [
        {"KINDSTEM_WITNESSES": "https://w.example"},
        {"KINDSTEM_WITNESSES": "https://w.example name+key+x"},
        {"KINDSTEM_TSA_URL": "https://tsa.example"},
        {"KINDSTEM_TSA_ROOTS": "roots.pem"},
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(environ: dict[str, Any]) -> None:
    with pytest.raises(SetupFault):
        load(environ)


def test_the_key_of_a_log_is_no_witness() -> None:
    config = Config(data=Path(), witnesses=((LOG.key.vkey(), "https://w.example"),))
    with pytest.raises(SetupFault, match="not the key of a witness"):
        anchors.witnesses(config)
    with pytest.raises(SetupFault, match="not the key of a log"):
        Witness.open(Path("/nowhere"), NAME, [Key("w", b"k" * 32, notes.COSIGNATURE)])
