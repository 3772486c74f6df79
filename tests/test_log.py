"""The log: what was recorded stands in it, cannot be changed unnoticed, and survives a crash and a restored backup."""

import asyncio
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from kindstem import leaves, log, merkle, notes, signing, wire
from kindstem.config import Config
from kindstem.domain import Org
from kindstem.errors import BadRecord, Nobody, SetupFault
from kindstem.log import Log, LogKey
from kindstem.signing import random_id
from kindstem.store import Reader, Store, Tx
from tests.cast import Town

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 17)


def founded(folder: Path) -> tuple[Store, Config]:
    folder.mkdir(parents=True, exist_ok=True)
    config = Config(data=folder)
    store = Store.open(config.database, create=True)
    store.write_sync(lambda tx: tx.found_org(Org(random_id(), "De Vaart", demo=False)))
    return store, config


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Store, Config]]:
    store, config = founded(tmp_path / "data")
    yield store, config
    store.close()


def enter(store: Store, number: int, *, kind: str = "plan") -> int:
    rec = {"t": "plan", "n": number}
    return store.write_sync(lambda tx: tx.log(kind, DAY, rec, [], at=NOW, ref=f"ref {number}"))


def opened(place: tuple[Store, Config]) -> Log:
    return Log.open(*place, now=NOW)


def checked(receipt: dict[str, Any], key: notes.Key) -> merkle.Frontier | None:
    """A receipt as a device checks it: the commitment is checked by whoever has the record."""
    head, note = notes.parse_checkpoint(receipt["note"])
    assert note.signed_by(key)
    leaf = leaves.leaf_of({"v": 1, **receipt["leaf"]})
    proof = [wire.unb64(one) for one in receipt["proof"]]
    assert merkle.verify_inclusion(leaf.hash(), receipt["index"], head.size, proof, head.root)
    return None


# --- entering ---------------------------------------------------------------------------------------------------------


def test_an_entry_is_found_by_its_reference_and_opens_to_what_was_entered(place: tuple[Store, Config]) -> None:
    opened(place)
    store, _ = place
    first, second = enter(store, 1), enter(store, 2)
    assert (first, second) == (1, 2)
    with store.reading() as r:
        assert (r.logged("ref 2"), r.logged("ref 3"), r.log_size()) == ([2], [], 3)
        leaf, opening = r.log_leaf(2), r.log_opening(2)
        assert leaf
        assert opening
        assert (leaf.type, leaf.about, leaf.at) == ("plan", "2026-11-17", "2026-11-18T09:30:00Z")
        assert (opening.rec, opening.commitment()) == ({"t": "plan", "n": 2}, leaf.c)
        assert leaves.parse_leaf(leaf.data()) == leaf
        assert [number for number, _ in r.log_openings(frozenset({"plan"}), limit=9)] == [1, 2]


def test_the_first_entry_names_the_log_and_its_key(place: tuple[Store, Config]) -> None:
    found = opened(place)
    with place[0].reading() as r:
        opening, leaf = r.log_opening(0), r.log_leaf(0)
    assert opening
    assert leaf
    assert leaf.type == "log-start"
    rec = leaves.parse_statement(opening.rec)
    assert (rec["log"], rec["key"], rec["previous"]) == (found.id, wire.b64(found.key.public), None)


def test_every_proof_of_the_store_holds(place: tuple[Store, Config]) -> None:
    opened(place)
    store, _ = place
    for number in range(40):
        enter(store, number)
    with store.reading() as r:
        hashes = [leaf.hash() for leaf in r.log_leaves(limit=100)]
        roots = [r.log_root(size) for size in range(len(hashes) + 1)]
        assert roots == [merkle.Frontier(hashes[:size]).root() for size in range(len(hashes) + 1)]
        for size in range(1, len(hashes) + 1):
            for index in range(size):
                proof = r.log_inclusion(index, size)
                assert merkle.verify_inclusion(hashes[index], index, size, proof, roots[size])
            for old in range(size + 1):
                proof = r.log_consistency(old, size)
                assert merkle.verify_consistency(old, size, roots[old], roots[size], proof)


def test_a_failing_record_of_a_group_leaves_no_hole(place: tuple[Store, Config]) -> None:
    opened(place)
    store, _ = place

    def job(number: int, tx: Tx) -> int:
        index = tx.log("plan", DAY, {"n": number}, [], at=NOW)
        if number % 3 == 0:
            raise Nobody()
        return index

    async def many() -> list[Any]:
        jobs = (store.write(lambda tx, n=number: job(n, tx)) for number in range(90))
        return await asyncio.gather(*jobs, return_exceptions=True)

    given = [one for one in asyncio.run(many()) if isinstance(one, int)]
    assert len(given) == 60
    with store.reading() as r:
        found = r.log_leaves(limit=1000)
        assert sorted(given) == list(range(1, 61))
        assert r.log_size() == len(found) == 61
        assert log.damage(r) is None


def test_without_a_log_nothing_is_entered(place: tuple[Store, Config]) -> None:
    with pytest.raises(SetupFault, match="no log yet"):
        enter(place[0], 1)


def test_a_type_that_the_protocol_does_not_have_is_refused(place: tuple[Store, Config]) -> None:
    opened(place)
    with pytest.raises(ValueError, match="no type"):
        enter(place[0], 1, kind="something")


@pytest.mark.parametrize(
    "sql",
    [
        "update log_entries set c = zeroblob(32) where idx = 1",
        "delete from log_entries where idx = 2",
        "replace into log_entries select log, idx, type, about, at, zeroblob(32) from log_entries where idx = 1",
        "insert into log_entries select log, 1000, type, about, at, c from log_entries where idx = 1",
        "update log_nodes set hash = zeroblob(32)",
        "delete from log_nodes",
        "replace into log_nodes select log, level, pos, zeroblob(32) from log_nodes",
        "update checkpoints set size = 9",
        "delete from checkpoints",
        "replace into checkpoints select log, size, 'x', at, note from checkpoints",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(place: tuple[Store, Config], sql: str) -> None:
    opened(place)
    for number in range(3):
        enter(place[0], number)
    with pytest.raises(sqlite3.IntegrityError):
        place[0]._conn.execute(sql)


def test_a_change_behind_the_triggers_is_found(place: tuple[Store, Config]) -> None:
    opened(place)
    store, config = place
    for number in range(3):
        enter(store, number)
    opened(place)
    store._conn.execute("drop trigger log_entries_no_update")
    store._conn.execute("update log_entries set about = '2026-11-01' where idx = 1")
    with store.reading() as r:
        assert log.damage(r) == "The entries are not those that checkpoint 4 was signed over."
        # What the tree keeps of it is still the old: only hashing everything again shows it.
        assert log.fault(r, config) is None


# --- what can be seen -------------------------------------------------------------------------------------------------


def test_a_leaf_shows_a_type_and_two_times_and_nothing_of_anybody(town: Town) -> None:
    town.noor.send(town.noor.say())
    names = {one.name for one in town.store.read_sync(lambda r: r.people())}
    with town.store.reading() as r:
        seen = r.log_leaves(limit=1000)
        subj = r.subj_of(town.noor.child)
        assert {leaf.type for leaf in seen} >= {"log-start", "introduction", "readers", "entry"}
        for leaf in seen:
            assert set(leaf.json()) == {"v", "type", "about", "at", "c"}
            # Chance writes a short name into a commitment now and then.
            text = json.dumps({**leaf.json(), "c": None})
            assert not any(word in text for word in (town.noor.child, subj or "-", town.sam.id, *names))
        texts = [opening.rec for _, opening in r.log_openings(leaves.TYPES, limit=1000)]
    # Even opened, nothing says which kindnummer it is about.
    assert town.noor.child not in json.dumps(texts)
    assert subj
    assert subj in json.dumps(texts)


def test_the_same_record_twice_gives_two_commitments(place: tuple[Store, Config]) -> None:
    opened(place)
    enter(place[0], 1), enter(place[0], 1)
    with place[0].reading() as r:
        one, two = r.log_leaf(1), r.log_leaf(2)
    assert one
    assert two
    assert one.c != two.c


def test_what_happens_enters_with_what_happened(town: Town) -> None:
    sent = town.noor.say()
    before = town.store.one(lambda r: r.log_size())
    assert town.noor.send(sent).status == 201
    assert town.noor.send(sent).status == 200
    with town.store.reading() as r:
        assert r.log_size() == before + 1
        opening = r.log_opening(before)
        assert opening
        rec = leaves.parse_statement(opening.rec)
        assert (rec["t"], rec["dir"], rec["circle"]) == ("log-envelope", "up", "worker")
        assert rec["digest"] == wire.b64(wire.digest(sent))
        records = [opening.rec for _, opening in r.log_openings(leaves.TYPES, limit=1000)]
    readers = [leaves.parse_statement(rec) for rec in records if rec["t"] == "log-readers"]
    assert {(one["circle"], one["number"]) for one in readers} >= {("worker", 1)}
    people = [rec["person"] for rec in records if rec["t"] == "person"]
    # Each professional's own record, and once more for each who introduced them.
    assert set(people) == {town.sam.id, town.vera.id, town.jo.id, town.iris.id}
    assert len(people) > len(set(people))


def test_an_introduction_enters_once_with_the_new_signature_only(town: Town) -> None:
    with town.store.reading() as r:
        found = [o for _, o in r.log_openings(frozenset({"introduction"}), limit=100) if o.rec["person"] == town.sam.id]
    own = wire.b64(signing.signing_key_id(wire.unb64(found[0].rec["signing"][0])))
    assert [one["by"] for one in found[0].sigs] == [own]
    assert all(len(one.sigs) == 1 and one.sigs[0]["by"] != own for one in found[1:])
    again = town.vera.post(
        f"/desk/api/people/{town.sam.id}/signatures",
        next(one.sigs[0] for one in found[1:] if one.sigs[0]["by"] == town.vera.keys.signing.id),
    )
    assert again.status == 200
    assert len(town.store.one(lambda r: r.logged(wire.b64(wire.record_hash(found[0].rec))))) == len(found)


def test_who_leaves_has_their_keys_revoked_in_the_log(town: Town) -> None:
    from kindstem import people

    town.call(lambda: people.deactivate(town.store, "Iris", now=town.clock()))
    with town.store.reading() as r:
        found = [o.rec for _, o in r.log_openings(frozenset({"revocation"}), limit=9)]
    assert [rec["key"] for rec in found] == [town.iris.keys.signing.id]


# --- receipts and questions -------------------------------------------------------------------------------------------


def test_a_receipt_shows_that_the_record_is_in_the_log(place: tuple[Store, Config]) -> None:
    found = opened(place)
    index = enter(place[0], 1)
    receipt = asyncio.run(found.receipt(index, now=NOW))
    checked(receipt, found.key)
    rec = leaves.content({"t": "plan", "n": 1}, [])
    assert wire.b64(leaves.commitment(wire.unb64(receipt["salt"]), rec)) == receipt["leaf"]["c"]
    with pytest.raises(ValueError, match="not in the log"):
        asyncio.run(found.receipt(99, now=NOW))


def test_many_who_wait_share_one_signature(place: tuple[Store, Config]) -> None:
    found = opened(place)
    store, config = place

    async def one(number: int) -> dict[str, Any]:
        rec = {"n": number}
        index = await store.write(lambda tx: tx.log("plan", DAY, rec, [], at=NOW))
        return await found.receipt(index, now=NOW)

    async def many() -> list[dict[str, Any]]:
        return await asyncio.gather(*(one(number) for number in range(50)))

    receipts = asyncio.run(many())
    for receipt in receipts:
        checked(receipt, found.key)
    assert len(config.checkpoints.read_text().splitlines()) < 20


def test_a_phone_and_a_desk_ask_for_proofs(town: Town) -> None:
    first = town.noor.signed("POST", "/api/log", {"from": 0, "indices": [0]}).json
    town.noor.send(town.noor.say())
    size = town.store.one(lambda r: r.log_size())
    old, _ = notes.parse_checkpoint(first["note"])
    for answer in (
        town.noor.signed("POST", "/api/log", {"from": old.size, "indices": [size - 1, 0, 10_000]}),
        town.sam.post("/desk/api/log", {"from": old.size, "indices": [size - 1, 0, 10_000]}),
    ):
        assert answer.status == 200
        new, note = notes.parse_checkpoint(answer.json["note"])
        assert note.signed_by(town.app.state.kindstem.log.key)
        assert new.size == size
        proof = [wire.unb64(one) for one in answer.json["consistency"]]
        assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)
        assert set(answer.json["proofs"]) == {str(size - 1), "0"}
        for index, given in answer.json["proofs"].items():
            leaf = town.store.one(lambda r, n=int(index): r.log_leaf(n))
            path = [wire.unb64(one) for one in given]
            assert leaf
            assert merkle.verify_inclusion(leaf.hash(), int(index), new.size, path, new.root)


def test_whoever_knows_a_longer_or_another_log_is_shown_what_is_there(town: Town) -> None:
    longer = town.noor.signed("POST", "/api/log", {"from": 10_000, "indices": []}).json
    assert longer["consistency"] == []
    assert notes.parse_checkpoint(longer["note"])[0].size < 10_000
    other = town.noor.signed("POST", "/api/log", {"from": 3, "indices": [], "log": random_id()}).json
    assert other["start"]["rec"]["t"] == "log-start"
    checked(other["start"], town.app.state.kindstem.log.key)


@pytest.mark.parametrize(
    "form", [{"from": -1, "indices": []}, {"from": 0, "indices": [-1]}, {"from": 0, "indices": list(range(201))}]
)
def test_a_question_that_cannot_be_meant_is_refused(town: Town, form: dict[str, Any]) -> None:
    assert town.noor.signed("POST", "/api/log", form).code == "bad-request"


# --- crashes ----------------------------------------------------------------------------------------------------------

CRASH = dedent(
    """
    import asyncio, os, signal, sys
    from datetime import UTC, date, datetime
    from pathlib import Path
    from kindstem import log
    from kindstem.config import Config
    from kindstem.store import Store

    config = Config(data=Path(sys.argv[1]))
    store = Store.open(config.database)
    now = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    opened = log.Log.open(store, config, now=now)
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    where = sys.argv[2]
    if where == "before the signature":
        opened._sign = die
    elif where == "before the file":
        log._append = die
    elif where == "in the middle of the line":
        write = os.pwrite
        def half(handle, data, at):
            write(handle, data[: len(data) // 2], at)
            die()
        os.pwrite = half
    elif where == "before the table":
        store.write = die
    rec = {"t": "plan"}
    index = store.write_sync(lambda tx: tx.log("plan", date(2026, 11, 17), rec, [], at=now, ref="kept"))
    if where == "before the table":
        real = Store.write
        async def dead(self, fn):
            die()
        Store.write = dead
        del store.write
    print(index, flush=True)
    asyncio.run(opened.receipt(index, now=now))
    """
)


@pytest.mark.parametrize(
    "where", ["before the signature", "before the file", "in the middle of the line", "before the table"]
)
def test_killed_between_commit_and_checkpoint_the_log_goes_on_without_a_fork(tmp_path: Path, where: str) -> None:
    store, config = founded(tmp_path / "data")
    before = Log.open(store, config, now=NOW)
    old, _ = notes.parse_checkpoint(before.catch_up(now=NOW).note)
    store.close()
    killed = subprocess.run([sys.executable, "-c", CRASH, str(config.data), where], capture_output=True, timeout=60)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, b"1\n"), killed.stderr
    store = Store.open(config.database)
    after = Log.open(store, config, now=NOW + timedelta(hours=1))
    assert after.id == before.id
    with store.reading() as r:
        assert r.logged("kept") == [1]
        newest = r.newest_checkpoint()
        assert newest
        assert newest.size == 2
        head, note = notes.parse_checkpoint(newest.note)
        assert note.signed_by(before.key)
        assert merkle.verify_consistency(old.size, 2, old.root, head.root, r.log_consistency(old.size, 2))
        assert log.fault(r, config) is None
    lines = [wire.parse_canonical(one) for one in config.checkpoints.read_bytes().splitlines()]
    sizes = [notes.parse_checkpoint(one["note"])[0].size for one in lines]
    # What was signed before the crash was kept, and nothing was signed twice.
    assert sizes == [1, 2]
    store.close()


def test_a_damaged_last_line_is_not_passed_over(place: tuple[Store, Config]) -> None:
    opened(place)
    place[1].checkpoints.write_text("nothing\n")
    with pytest.raises(SetupFault, match="damaged"):
        opened(place)


# --- a clock that was wrong -------------------------------------------------------------------------------------------


def test_after_a_clock_ran_ahead_and_was_put_right_no_time_goes_back(place: tuple[Store, Config]) -> None:
    store, config = place
    found = opened(place)
    rec = {"t": "plan"}
    wrong = NOW + timedelta(hours=5)
    ahead_at = store.write_sync(lambda tx: tx.log("plan", DAY, rec, [], at=wrong))
    found.catch_up(now=wrong)
    right = NOW + timedelta(minutes=1)
    index = store.write_sync(lambda tx: tx.log("plan", DAY, rec, [], at=right))
    checkpoint = asyncio.run(found.covering(index, now=right))
    with store.reading() as r:
        times = [leaf.at for leaf in r.log_leaves(limit=9)]
        assert times == [wire.time_text(one) for one in (NOW, wrong, wrong)]
        assert (ahead_at, index) == (1, 2)
        assert [one.at for one in r.checkpoints(limit=9)] == [NOW, wrong, wrong]
        assert log.damage(r) is None
        by = log.ahead(r, right)
        assert by == timedelta(hours=4, minutes=59)
        assert "lies 299 minutes ahead of this clock" in log.ahead_text(by)
        assert log.ahead(r, wrong) is None
        assert log.status(r, config, now=right)["clock"] == log.ahead_text(by)
    assert checkpoint.at == wrong
    line = log.last_line(config.checkpoints)
    assert line
    assert line.at == wrong
    # Once the clock has passed it, entries carry their own time again.
    later = wrong + timedelta(seconds=1)
    store.write_sync(lambda tx: tx.log("plan", DAY, rec, [], at=later))
    with store.reading() as r:
        assert r.newest_entry() == later


def test_a_clock_that_ran_behind_takes_nothing_back_when_it_is_put_right(place: tuple[Store, Config]) -> None:
    store, _ = place
    found = opened(place)
    for hours in (-6, 1):
        at = NOW + timedelta(hours=hours)
        store.write_sync(lambda tx, at=at: tx.log("plan", DAY, {"t": "plan"}, [], at=at))  # type: ignore[misc]
        found.catch_up(now=at)
    with store.reading() as r:
        assert [leaf.at for leaf in r.log_leaves(limit=9)] == [
            wire.time_text(NOW + timedelta(hours=hours)) for hours in (0, 0, 1)
        ]


# --- restored backups -------------------------------------------------------------------------------------------------


def restored(tmp_path: Path) -> tuple[Store, Config, Log]:
    """A folder whose database is an older one than its file of checkpoints."""
    store, config = founded(tmp_path / "data")
    found = Log.open(store, config, now=NOW)
    for number in range(3):
        enter(store, number)
    found.catch_up(now=NOW)
    store.backup(tmp_path / "backup.db")
    for number in range(3, 6):
        enter(store, number)
    found.catch_up(now=NOW)
    store.close()
    for path in config.data.glob("kindstem.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup.db", config.database)
    return Store.open(config.database), config, found


def test_a_restored_backup_is_refused_until_a_new_log_says_what_happened(tmp_path: Path) -> None:
    store, config, old = restored(tmp_path)
    last = log.last_line(config.checkpoints)
    with pytest.raises(SetupFault, match="lacks 3 entries") as refused:
        Log.open(store, config, now=NOW)
    assert "kindstem log restart" in str(refused.value)
    later = NOW + timedelta(days=1)
    begun = log.restart(store, config, "restored", now=later)
    assert last
    assert begun.id != old.id
    with store.reading() as r:
        start = r.log_opening(0)
        assert start
        assert start.rec["previous"] == {
            "log": old.id,
            "size": last.head.size,
            "root": wire.b64(last.head.root),
            "reason": "restored",
        }
        # What is left of the old log stands in the new one, under its own type and never with an older time of entry.
        assert [r.logged(f"ref {n}") for n in range(6)] == [[1], [2], [3], [], [], []]
        seen = r.log_leaves(limit=10)
        assert {leaf.at for leaf in seen} == {wire.time_text(later)}
        assert [(leaf.type, leaf.about) for leaf in seen[1:]] == [("plan", "2026-11-17")] * 3
    new = Log.open(store, config, now=later)
    checked(asyncio.run(new.receipt(2, now=later)), new.key)
    assert new.key.public == old.key.public
    answer = asyncio.run(new.answer(7, [], log=old.id, now=later))
    assert answer["start"]["rec"]["previous"]["log"] == old.id
    store.close()


def test_a_database_that_went_on_elsewhere_is_refused(tmp_path: Path) -> None:
    store, config, _ = restored(tmp_path)
    for number in range(20, 30):
        enter(store, number)
    with pytest.raises(SetupFault, match="something else"):
        Log.open(store, config, now=NOW)
    store.close()


def test_a_database_from_before_the_log_is_refused_and_can_begin_a_new_one(tmp_path: Path) -> None:
    store, config = founded(tmp_path / "data")
    store.backup(tmp_path / "early.db")
    Log.open(store, config, now=NOW)
    store.close()
    for path in config.data.glob("kindstem.db*"):
        path.unlink()
    shutil.copy(tmp_path / "early.db", config.database)
    store = Store.open(config.database)
    with pytest.raises(SetupFault, match="older than its log"):
        Log.open(store, config, now=NOW)
    log.restart(store, config, "restored", now=NOW)
    Log.open(store, config, now=NOW)
    store.close()


def test_a_missing_file_or_key_is_refused(tmp_path: Path) -> None:
    store, config = founded(tmp_path / "data")
    Log.open(store, config, now=NOW)
    for path in (config.checkpoints, config.log_key):
        path.rename(tmp_path / "aside")
        with pytest.raises(SetupFault, match="missing"):
            Log.open(store, config, now=NOW)
        (tmp_path / "aside").rename(path)
    config.log_key.unlink()
    LogKey.create(config.log_key)
    with pytest.raises(SetupFault, match="not the key"):
        Log.open(store, config, now=NOW)
    store.close()


def test_a_log_that_goes_on_is_not_begun_again_by_accident(place: tuple[Store, Config]) -> None:
    opened(place)
    with pytest.raises(SetupFault, match="Nothing is wrong"):
        log.restart(*place, "restored", now=NOW)
    assert log.restart(*place, "a witness has seen more", now=NOW, anyway=True).number == 2


# --- the key ----------------------------------------------------------------------------------------------------------


def test_a_new_key_is_signed_by_the_old_one_and_goes_on_with_the_log(place: tuple[Store, Config]) -> None:
    before = opened(place)
    store, config = place
    key = log.rotate_key(store, config, now=NOW)
    after = opened(place)
    assert (after.id, after.key) == (before.id, key)
    assert key.public != before.key.public
    with store.reading() as r:
        ((_, opening),) = r.log_openings(frozenset({"log-key"}), limit=9)
        newest = r.newest_checkpoint()
    rec = leaves.parse_statement(opening.rec)
    assert (rec["log"], rec["key"]) == (before.id, wire.b64(key.public))
    signed = wire.Signed(rec, (wire.Signature(**opening.sigs[0]),))
    assert signing.verify_record(signed, before.key.public)
    assert newest
    assert notes.parse(newest.note).signed_by(key)
    assert not config.log_key.with_suffix(".new").exists()


def test_a_change_of_key_that_was_cut_short_is_finished(
    place: tuple[Store, Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened(place)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError("cut short")))
        with pytest.raises(OSError, match="cut short"):
            log.rotate_key(*place, now=NOW)
    after = opened(place)
    assert after.key.public != before.key.public
    assert LogKey.open(place[1].log_key).public == after.key.public


def test_the_key_shows_itself_to_nobody(tmp_path: Path) -> None:
    key = LogKey.create(tmp_path / "log.key")
    seed = (tmp_path / "log.key").read_text().split()[1]
    assert (tmp_path / "log.key").stat().st_mode & 0o777 == 0o600
    assert seed not in repr(key) + repr(key.signer("x"))
    assert LogKey.open(tmp_path / "log.key").public == key.public
    with pytest.raises(SetupFault, match="never replaced"):
        LogKey.create(tmp_path / "log.key")
    (tmp_path / "log.key").write_text("kindstem-log-key-1 " + "A" * 43 + " " + "A" * 11 + "\n")
    with pytest.raises(SetupFault, match="damaged"):
        LogKey.open(tmp_path / "log.key")


def test_neither_key_nor_file_of_checkpoints_is_in_a_backup(place: tuple[Store, Config], tmp_path: Path) -> None:
    opened(place)
    place[0].backup(tmp_path / "copy.db")
    seed = place[1].log_key.read_text().split()[1]
    data = (tmp_path / "copy.db").read_bytes()
    assert seed.encode() not in data
    assert wire.unb64(seed) not in data


# --- what is older than the log ---------------------------------------------------------------------------------------


def test_what_is_older_enters_marked_so_and_with_the_time_of_entry(town: Town) -> None:
    """The town's database as it was before there was a log."""
    town.noor.send(town.noor.say())
    later = NOW + timedelta(days=30)

    def bare(tx: Tx) -> None:
        tx._do("drop trigger log_entries_no_delete")
        tx._do("drop trigger log_nodes_no_delete")
        tx._do("drop trigger checkpoints_no_delete")
        for table in ("log_openings", "log_entries", "log_nodes", "checkpoints", "logs"):
            tx._do(f"delete from {table}")

    def begin(tx: Tx) -> None:
        bare(tx)
        tx.begin_log(random_id(), wire.b64(b"k" * 32), at=later)

    town.store.write_sync(begin)
    with town.store.reading() as r:
        seen = r.log_leaves(limit=1000)
        found = [opening.rec for _, opening in r.log_openings(frozenset({"migrated"}), limit=1000)]
        assert seen[0].type == "log-start"
        assert {leaf.type for leaf in seen[1:]} == {"migrated"}
        assert {leaf.at for leaf in seen} == {wire.time_text(later)}
        assert {leaf.about for leaf in seen[1:]} == {"2026-11-18"}
        assert log.damage(r) is None
    persons = [rec for rec in found if rec["t"] == "person"]
    assert {rec["person"] for rec in persons} == {town.sam.id, town.vera.id, town.jo.id, town.iris.id}
    what = [leaves.parse_statement(rec)["what"] for rec in found if rec["t"] != "person"]
    assert (what.count("device"), what.count("entry")) == (2, 1)
    assert what.count("list") >= 2


# --- strictness -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"type": "other"}, {"about": "2026-02-30"}, {"at": "2026-11-22"}, {"c": "AAAA"}, {"more": 1}],
)
def test_what_is_nearly_a_leaf_is_refused(change: dict[str, Any]) -> None:
    leaf = leaves.make_leaf("plan", DAY, NOW, b"c" * 32).json()
    assert leaves.leaf_of(leaf).json() == leaf
    with pytest.raises(BadRecord):
        leaves.leaf_of({**leaf, **change})


def test_a_statement_holds_what_it_says_and_no_more() -> None:
    org = random_id()
    rec = leaves.statement("log-revocation", org, NOW, key=wire.b64(b"k" * 32))
    assert leaves.parse_statement(rec) == rec
    for wrong in ({**rec, "t": "log-other"}, {**rec, "name": "Noor"}, {**rec, "key": "x"}, {**rec, "org": 1}, [], None):
        with pytest.raises(BadRecord):
            leaves.parse_statement(wrong)


def test_a_reader_of_the_store_is_enough_to_answer(place: tuple[Store, Config]) -> None:
    opened(place)
    enter(place[0], 1)

    def ask(r: Reader) -> str | None:
        return log.fault(r, replace(place[1], port=1))

    assert place[0].read_sync(ask) is None
