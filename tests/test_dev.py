"""`./dev`: one command for each job, a clear sentence when something is missing, locks without addresses."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def dev(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = os.environ if path is None else {**os.environ, "PATH": path}
    return subprocess.run(["/bin/sh", "./dev", *arguments], cwd=ROOT, capture_output=True, text=True, env=env)


def test_help_names_every_command() -> None:
    done = dev("help")
    assert done.returncode == 0
    commands = re.findall(r"^  (\w+)\)", (ROOT / "dev").read_text("utf-8"), re.MULTILINE)
    assert {"run", "test", "bench", "check", "setup"} <= set(commands)
    assert [name for name in commands if f"./dev {name}" not in done.stdout] == []


def test_an_unknown_command_is_said_and_fails() -> None:
    done = dev("danse")
    assert done.returncode == 1
    assert "There is no command 'danse'." in done.stderr


TOOLS = ("sh", "dirname", "git", "python3", "node", "npm")


def machine(folder: Path, *, without: str) -> str:
    """A PATH on which only the tools that ./dev asks for can be found, less one."""
    for tool in TOOLS:
        if tool != without:
            stand_in = folder / tool
            stand_in.write_text(f'#!/bin/sh\nPATH={os.environ["PATH"]} exec {shutil.which(tool)} "$@"\n', "utf-8")
            stand_in.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("git", "git is missing. On Debian: apt-get install git"),
        ("python3", "Python is missing."),
        ("node", "Node is missing. Node 20 or newer is needed"),
        ("npm", "npm is missing"),
    ],
)
def test_a_missing_tool_is_named_with_the_way_to_get_it(tmp_path: Path, missing: str, sentence: str) -> None:
    done = dev("setup", path=machine(tmp_path, without=missing))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_old_node_is_named_with_its_version(tmp_path: Path) -> None:
    path = machine(tmp_path, without="node")
    old = tmp_path / "node"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v18.0.0\nexit 1\n', "utf-8")
    old.chmod(0o755)
    done = dev("setup", path=path)
    assert done.returncode == 1
    assert "Node 20 or newer is needed; node here is v18.0.0" in done.stderr


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-verify.txt", "requirements-dev.txt"])
def test_each_python_package_is_locked_by_version_and_hash(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.-]+==[\w.]+ \\\n", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry


def test_what_pyproject_asks_for_is_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    locked = (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert [one for one in wanted if f"{one.split(';')[0].strip()} \\\n" not in locked] == []
    assert "fastapi[" not in " ".join(wanted)


def test_each_javascript_package_is_locked_without_an_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    for name, entry in lock["packages"].items():
        assert "resolved" not in entry, name
        if name:
            assert entry["integrity"].startswith("sha512-"), name
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version


def test_each_dependency_has_its_reason_licence_and_keeper() -> None:
    document = (ROOT / "docs/dependencies.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\S+) \| (\d[\w.]*) \| .+ \| .+ \| .+ \|$", document, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    python = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    wanted = dict(one.split(";")[0].strip().split("==") for one in python)
    scripts = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert rows == {**wanted, **scripts["dependencies"], **scripts["devDependencies"]}


def test_the_build_server_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "exec ./dev test" in script.read_text("utf-8")


def test_no_tracked_file_names_a_machine() -> None:
    """Paths of somebody's own disk mean nothing to anyone else, and may say who they are."""
    found = subprocess.run(
        ["git", "grep", "-nIE", r"(^|[^A-Za-z0-9_.-])/(root|home/[a-z]+)/", "--", ":!tests/test_dev.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.stdout == ""
