"""The bundle out of a running organisation's store: what the routes entered, the verifier finds sound."""

import json
import os
import shutil
import stat
import subprocess
import sys
import venv
import zipfile
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from kindstem import audit, log
from kindstem.errors import SetupFault
from kindstem.signing import random_id
from kindstem.verify import Status, Verdict, parse_policy
from kindstem.verify.figures import totals
from kindstem.verify.run import draw
from kindstem.wire import Signed, b64
from tests.cast import Town, build, copied
from tests.evidence import Evidence, judged, read

ROOT = Path(__file__).resolve().parent.parent
SINCE, UNTIL = date(2026, 11, 1), date(2026, 11, 30)


def policy_of(town: Town, **changes: Any) -> Any:
    found = town.store.one(lambda r: r.open_log())
    assert found is not None
    return parse_policy(
        {
            "v": 1,
            "org": town.org.id,
            "log": {"id": found.id, "keys": [found.key]},
            "introducers": [town.sam.keys.signing.id],
            "independent": [town.jo.keys.signing.id],
            "witnesses": [],
            "tsa_roots": [],
            "require": {"independent": True, "external_time": False},
            "state": None,
        }
        | changes
    )


def exported(town: Town, name: str = "bundle.zip") -> Path:
    path = town.folder.parent / name
    audit.export(town.store, path, SINCE, UNTIL, now=town.clock())
    return path


def verdict_of(town: Town, name: str = "bundle.zip") -> Verdict:
    return judged(exported(town, name), policy_of(town))


def lived(town: Town) -> Signed:
    """Noor's phone is vouched for by two; a talk that she confirms, one that she disputes, one that is Sam's alone."""
    assert town.sam.vouch(town.noor).status in {200, 201}
    path = f"/desk/api/children/{town.noor.child}"
    mine = town.vera.keys.signing.sign_record(town.sam.get(f"{path}/talks").json["device"]["record"])
    signed = town.vera.post(f"{path}/device/sign", {"by": mine.by, "sig": mine.sig})
    assert signed.status in {200, 201}, signed.json
    first = town.sam.talk(town.noor)
    assert town.sam.hand_in(town.noor, first).status == 200
    assert town.noor.hand_in(town.noor.say_of(first)).status == 200
    town.clock.ahead(days=1)
    town.sam.sign_in()
    second = town.sam.talk(town.noor)
    assert town.sam.hand_in(town.noor, second).status == 200
    assert town.noor.hand_in(town.noor.say_of(second, "no", "no")).status == 200
    town.clock.ahead(hours=2)
    town.sam.sign_in()
    third = town.sam.talk(town.noor)
    assert town.sam.hand_in(town.noor, third).status == 200
    return first


def test_what_was_handed_in_over_the_routes_is_sound(town: Town) -> None:
    lived(town)
    verdict = verdict_of(town)
    assert verdict.status is Status.SOUND, verdict.findings
    found = totals(verdict.figures)
    assert found["realised"] == {"A": 0, "A-unlocked": 0, "B": 1, "C": 0, "D": 1}
    assert found["disputed"] == 1
    assert "weak" not in verdict.counts


def test_whoever_was_first_and_is_known_to_nobody_takes_no_talk_from_the_report(tmp_path: Path) -> None:
    with copied(build(tmp_path / "model" / "data", stranger=True), tmp_path / "town") as town:
        lived(town)
        verdict = verdict_of(town)
        assert verdict.status is Status.SOUND, verdict.findings
        assert totals(verdict.figures)["disputed"] == 1
        # Nor from a sample, or from a verdict without a policy: neither believes the first person more than the others.
        bundle = town.folder.parent / "bundle.zip"
        assert len(draw(bundle, "Staatsloterij 10 december", 20)) == 2
        plain = judged(bundle)
        assert (plain.status, totals(plain.figures)) == (Status.CONSISTENT, totals(verdict.figures))


def test_a_bundle_names_no_child(town: Town) -> None:
    lived(town)
    path = exported(town)
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for child in (town.noor.child, town.milan.child, town.daan):
        assert child.encode() not in everything
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_bundle_has_every_definition_in_words(town: Town) -> None:
    found = read(exported(town))["definitions.json"]["definitions"]
    assert set(found["contact"]) == {"nl", "en"}
    assert found["level"]["nl"].startswith("Bewijsniveau")


def test_talks_outside_the_period_stay_closed_and_those_that_follow_them_open(tmp_path: Path) -> None:
    vaart = Evidence(tmp_path / "vaart").populate()
    try:
        talk, early = vaart.hold("D")
        _, alone = vaart.hold("D")
        vaart.later(days=40)
        vaart.enter(vaart.say(talk, "no", "no", way="later"))
        verdict = vaart.verdict(vaart.bundle(since=date(2026, 12, 1), until=date(2026, 12, 31)))
        assert verdict.status is Status.SOUND, verdict.findings
        opened = {one["i"] for one in read(vaart.folder / "bundle.zip")["openings.jsonl"]}
        assert early in opened
        assert alone not in opened
    finally:
        vaart.close()


def test_an_export_never_overwrites_and_leaves_nothing_half(town: Town) -> None:
    path = exported(town)
    before = path.read_bytes()
    with pytest.raises(SetupFault):
        exported(town)
    assert path.read_bytes() == before
    with pytest.raises(SetupFault):
        audit.export(town.store, path.with_name("x.zip"), UNTIL, SINCE, now=town.clock())
    assert not list(path.parent.glob("*.part"))


def test_a_bundle_of_a_restarted_log_says_what_happened(tmp_path: Path) -> None:
    vaart = Evidence(tmp_path / "vaart").populate().a_month()
    try:
        before = totals(vaart.verdict().figures)
        vaart.later(hours=1)
        log.restart(vaart.store, vaart.config, "restored", now=vaart.now, anyway=True)
        vaart.log = log.Log.open(vaart.store, vaart.config, now=vaart.now)
        # The inspector's old policy knows another log.
        old = vaart.policy_json() | {"log": {"id": random_id(), "keys": [b64(vaart.key.public)]}}
        path = vaart.bundle("after.zip")
        assert "policy-log" in judged(path, parse_policy(old)).counts
        # After finding out why, they confirm the new one.
        verdict = judged(path, vaart.policy())
        assert verdict.status is Status.SOUND, verdict.findings
        facts = next(dict(one.facts) for one in verdict.findings if one.code == "restarted")
        assert (facts["taken"], facts["again"]) == (facts["size"] - 1, 0)
        # What was in time in the old log is so by the organisation's word alone.
        after = totals(verdict.figures)
        assert after == before | {"late": after["late"]}
        assert after["late"] > before["late"]
    finally:
        vaart.close()


def test_a_change_of_the_logs_key_has_to_be_confirmed_in_the_policy(tmp_path: Path) -> None:
    vaart = Evidence(tmp_path / "vaart").populate()
    try:
        vaart.hold("D")
        old = b64(vaart.key.public)
        new = log.rotate_key(vaart.store, vaart.config, now=vaart.now)
        vaart.log = log.Log.open(vaart.store, vaart.config, now=vaart.now)
        vaart.hold("D")
        path = vaart.bundle()
        assert "log-key-unconfirmed" in judged(path, vaart.policy()).counts
        confirmed = vaart.policy(log={"id": vaart.log.id, "keys": [old, b64(new.public)]})
        assert judged(path, confirmed).status is Status.SOUND
    finally:
        vaart.close()


# --- as an inspector has it -------------------------------------------------------------------------------------------


def closure(names: list[str]) -> set[str]:
    """These distributions and what they need, as installed here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
    return found


@pytest.mark.attacks
def test_an_inspector_verifies_from_a_clean_environment(tmp_path: Path) -> None:
    """A new environment, the project's wheel, and what it says that kindstem[verify] needs: nothing else.

    The packages are laid in as they are installed here, so that no network is asked; pip says whether that is all.
    """
    vaart = Evidence(tmp_path / "vaart").populate().a_month()
    path = vaart.bundle()
    (tmp_path / "policy.json").write_text(json.dumps(vaart.policy_json()), "utf-8")
    vaart.close()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        about = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(about).decode().splitlines()
    required = [Requirement(line.partition(":")[2].strip()) for line in lines if line.startswith("Requires-Dist:")]
    wanted = [one.name for one in required if one.marker is None or one.marker.evaluate({"extra": "verify"})]
    clean = tmp_path / "clean"
    venv.create(clean, with_pip=True)
    python = clean / "bin/python"
    said = subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True)
    site = Path(said.strip())
    laid = closure(wanted)
    for name in laid:
        for file in metadata.files(name) or []:
            if ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), site / file)
    command = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run([python, "-m", "pip", "check"], check=True, capture_output=True)
    assert not laid & {"fastapi", "starlette", "uvicorn", "sqlite-utils", "jinja2", "holidays", "pydantic"}

    words = ["verify", path, "--policy", tmp_path / "policy.json", "--lang", "en"]
    plain = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    ran = subprocess.run([clean / "bin/kindstem", *words], capture_output=True, text=True, cwd=tmp_path, env=plain)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("Sound.")
    taught = subprocess.run([clean / "bin/kindstem", "--help"], capture_output=True, cwd=tmp_path, env=plain)
    assert taught.returncode == 0


def test_verifying_loads_no_web_framework_and_no_database() -> None:
    names = "fastapi starlette uvicorn sqlite3 sqlite_utils jinja2 holidays kindstem.store kindstem.web http.client"
    code = f"import sys, kindstem.verify, kindstem.inspection; print(set({names.split()!r}) & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_a_day_more_or_less_is_no_matter_of_the_clock(town: Town) -> None:
    """Both phones off-line for days: the record comes in late, and is called so."""
    talk = town.sam.talk(town.noor)
    town.clock.ahead(days=3)
    town.sam.sign_in()
    assert town.sam.hand_in(town.noor, talk).status == 200
    verdict = verdict_of(town)
    assert verdict.status is Status.SOUND, verdict.findings
    assert verdict.counts["late"] == 1
