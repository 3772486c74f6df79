"""Bundles and policies that are none: a clear verdict, never a trace, and never more memory than a bundle takes."""

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindstem.cli import main
from kindstem.verify import Status, bundle
from tests import evidence
from tests.evidence import Evidence, judged


@pytest.fixture(scope="module")
def vaart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    found = Evidence(tmp_path_factory.mktemp("reading") / "vaart").populate()
    found.hold("B")
    yield found
    found.close()


@pytest.fixture(scope="module")
def whole(vaart: Evidence) -> bytes:
    return vaart.bundle().read_bytes()


def raw(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18), b"\x00" * 4096])
def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "none.zip"
    path.write_bytes(data)
    verdict = judged(path)
    assert verdict.status is Status.UNREADABLE
    assert verdict.reason in {"damaged", "members"}


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert judged(tmp_path / "nothing.zip").reason == "missing"
    assert judged(tmp_path).status is Status.UNREADABLE


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_turned_byte_or_a_cut_never_makes_a_trace(vaart: Evidence, whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[place] ^= data.draw(st.integers(1, 255))
    for name, spoiled in (("turned", bytes(turned)), ("cut", whole[:place])):
        path = vaart.folder / f"{name}.zip"
        path.write_bytes(spoiled)
        verdict = judged(path, vaart.policy())
        # Where the zip itself says nothing (a time, a comment), the bundle is still what it was.
        assert verdict.status in {Status.UNREADABLE, Status.NOT_SOUND, Status.SOUND}
        assert not (name == "cut" and verdict.status is not Status.UNREADABLE)


def test_a_zip_bomb_is_not_unpacked(vaart: Evidence, tmp_path: Path) -> None:
    members = contents(vaart.bundle("bomb-of.zip"))
    members[bundle.LOG] = b"0" * (200 << 20)
    path = raw(tmp_path / "bomb.zip", members)
    assert path.stat().st_size < 1 << 20
    assert judged(path).reason == "large"


def test_a_line_without_end(vaart: Evidence, tmp_path: Path) -> None:
    members = contents(vaart.bundle("line-of.zip"))
    members[bundle.LOG] = random.Random(7).randbytes(1 << 20).hex().encode()
    assert judged(raw(tmp_path / "line.zip", members)).reason == "line"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(vaart: Evidence, tmp_path: Path, method: int) -> None:
    path = raw(tmp_path / "other.zip", contents(vaart.bundle(f"other-{method}.zip")), method)
    assert judged(path).reason == "form"


def test_a_member_twice_or_too_many(vaart: Evidence, tmp_path: Path) -> None:
    members = contents(vaart.bundle("twice-of.zip"))
    path = raw(tmp_path / "twice.zip", members)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(bundle.REPORT, members[bundle.REPORT])
    assert judged(path).reason == "members"
    assert judged(raw(tmp_path / "more.zip", members | {"../../etc/passwd": b"x"})).reason == "members"
    del members[bundle.REPORT]
    assert judged(raw(tmp_path / "less.zip", members)).reason == "members"


@pytest.mark.parametrize(
    ("member", "data"),
    [
        (bundle.MANIFEST, b"\xff\xfe{}"),
        (bundle.MANIFEST, b"[]"),
        (bundle.MANIFEST, b'{"v":1e400}'),
        (bundle.MANIFEST, b"[" * 100_000),
        (bundle.MANIFEST, b"9" * 10_000),
        (bundle.REPORT, b'{"v":NaN}'),
        (bundle.REPORT, b'{"a":1,"a":1}'),
        (bundle.DEFINITIONS, '{"a":"\ud800"}'.encode("utf-8", "surrogatepass")),
        (bundle.LOG, b"{}\n"),
        (bundle.LOG, b'{"about":"2026-13-99"}\n'),
        (bundle.OPENINGS, b'{"i":-1}\n'),
        (bundle.OPENINGS, b"null\n"),
        (bundle.CHECKPOINTS, b'{"note":"","timestamps":[]}\n'),
        (bundle.CHECKPOINTS, b'{"note":7}\n'),
    ],
)
def test_a_member_of_another_form(vaart: Evidence, tmp_path: Path, member: str, data: bytes) -> None:
    members = contents(vaart.bundle(f"form-of-{random.random()}.zip"))
    members[member] = data
    if member in bundle.COUNTED:
        manifest = json.loads(members[bundle.MANIFEST])
        manifest["counts"][member] = 1
        members[bundle.MANIFEST] = evidence.canonical(manifest)
    assert judged(raw(tmp_path / "form.zip", members)).status is Status.UNREADABLE


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 10**15},
        {"size": 0},
        {"from": "0001-01-01"},
        {"from": "2026-12-31", "to": "2026-01-01"},
        {"from": "2000-01-01", "to": "2999-01-01"},
        {"counts": {"log.jsonl": 10**15, "checkpoints.jsonl": 1, "openings.jsonl": 1}},
        {"v": 2},
        {"more": 1},
    ],
)
def test_a_manifest_that_cannot_be(vaart: Evidence, tmp_path: Path, changes: dict[str, Any]) -> None:
    members = contents(vaart.bundle(f"manifest-of-{random.random()}.zip"))
    members[bundle.MANIFEST] = evidence.canonical(json.loads(members[bundle.MANIFEST]) | changes)
    assert judged(raw(tmp_path / "manifest.zip", members)).status is Status.UNREADABLE


def test_openings_in_another_order(vaart: Evidence) -> None:
    path = evidence.changed(vaart.bundle("order-of.zip"), lambda members: members["openings.jsonl"].reverse())
    assert judged(path).reason == "order"


# --- the command ------------------------------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_exit_status_says_the_verdict(vaart: Evidence, tmp_path: Path) -> None:
    path, policy = vaart.bundle("exit.zip"), tmp_path / "policy.json"
    policy.write_text(json.dumps(vaart.policy_json()), "utf-8")
    assert run("verify", path)[0] == 3
    assert run("verify", path, "--policy", policy)[0] == 0
    assert run("verify", tmp_path / "nothing.zip", "--policy", policy)[0] == 2
    assert run("verify", path, "--policy", path)[0] == 2
    other = evidence.changed(path, lambda members: members["report.json"]["months"][0].update(disputed=7), "exit2.zip")
    status, said = run("verify", other, "--policy", policy, "--lang", "en")
    assert status == 1
    assert "months.0.disputed the report says: 7. Counted anew: 0" in said


def test_without_a_policy_it_never_reads_as_a_recommendation(vaart: Evidence) -> None:
    path = vaart.bundle("alone.zip")
    for lang in ("nl", "en"):
        _, said = run("verify", path, "--lang", lang)
        assert not said.startswith(("Klopt", "Sound"))
        assert ("woord van de organisatie" in said) or ("organisation's word" in said)


def test_a_policy_that_names_nobody_outside_gives_no_more_than_consistent(vaart: Evidence) -> None:
    path = vaart.bundle("nobody.zip")
    assert judged(path, vaart.policy(witnesses=[])).status is not Status.SOUND
    assert judged(path, vaart.policy(independent=[])).status is Status.CONSISTENT
    # Unless it says so in so many words.
    said = {"independent": False, "external_time": False}
    assert judged(path, vaart.policy(witnesses=[], independent=[], require=said)).status is Status.SOUND


def test_what_was_seen_is_kept_and_the_next_bundle_must_extend_it(vaart: Evidence, tmp_path: Path) -> None:
    path, policy = vaart.bundle("first.zip"), tmp_path / "policy.json"
    policy.write_text(json.dumps(vaart.policy_json()), "utf-8")
    assert run("verify", path, "--policy", policy)[0] == 0
    state = json.loads(policy.read_text("utf-8"))["state"]
    assert state["size"] == judged(path).facts["size"]
    vaart.hold("D")
    assert run("verify", vaart.bundle("second.zip"), "--policy", policy)[0] == 0
    # The first is shorter than what was seen since; and what failed changes nothing in the policy.
    kept = policy.read_bytes()
    assert run("verify", path, "--policy", policy)[0] == 1
    assert policy.read_bytes() == kept


def test_json_has_a_stable_shape(vaart: Evidence) -> None:
    _, said = run("verify", vaart.bundle("json.zip"), "--json")
    found = json.loads(said)
    assert set(found) == {"v", "status", "verdict", "about", "checked", "counts", "findings", "figures"}
    assert (found["status"], found["verdict"]) == (3, "consistent")


def test_policy_init_asks_for_what_is_missing_and_says_where_it_comes_from(vaart: Evidence, tmp_path: Path) -> None:
    wanted = vaart.policy_json()
    path = tmp_path / "made.json"
    answers = [wanted["org"], wanted["log"]["id"], wanted["log"]["keys"][0], wanted["introducers"][0]]
    witness = wanted["witnesses"][0]
    words = ["policy", "init", "-o", path, "--witness", f"{witness['name']}={witness['key']}"]
    words += ["--independent", wanted["independent"][0]]
    result = CliRunner().invoke(main, [str(word) for word in words], input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "Compare it in person" in result.output
    assert json.loads(path.read_text("utf-8")) == wanted
    assert judged(vaart.bundle("by-init.zip"), vaart.policy()).status is Status.SOUND


def test_policy_init_refuses_what_is_no_key(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["policy", "init", "-o", str(tmp_path / "p.json"), "--org", "x", "--log", "y",
                                       "--log-key", "z", "--introducer", "q"])  # fmt: skip
    assert result.exit_code == 1
    assert "'x' is no organisation's id" in result.output


def test_a_sample_is_the_same_for_everybody_with_the_same_seed(vaart: Evidence) -> None:
    for _ in range(4):
        vaart.hold("D")
    path = vaart.bundle("sample.zip")
    words = ["audit", "sample", path, "--count", 2, "--json", "--seed"]
    one, same, other = (json.loads(run(*words, seed)[1]) for seed in ("7 12", "7 12", "8"))
    assert one == same
    assert len(one) == 2
    assert {row["talk"] for row in one} != {row["talk"] for row in other} or len(one) < 5
    assert set(one[0]) == {"index", "talk", "subj", "by", "start", "level"}
