"""The tools of `./dev check` and the tests of the scripts, so that one command passes or fails on everything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.floors

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(sys.executable).parent
CHECKS = {
    "ruff": [VENV / "ruff", "check", "--no-cache", "."],
    "mypy": [VENV / "mypy"],
    "tsc": [ROOT / "node_modules/.bin/tsc", "-p", "jsconfig.json"],
    "tsc over the service worker": [ROOT / "node_modules/.bin/tsc", "-p", "tools/jsconfig.sw.json"],
    "import-linter": [VENV / "lint-imports", "--no-cache"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check(name: str) -> None:
    done = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_scripts() -> None:
    """`node --test tests/js/`: vectors, floors and parts on the JavaScript side."""
    node = shutil.which("node")
    assert node, "Node is missing"
    # A child process of node's own test runner would not print what we read; this one is never that.
    env = {name: value for name, value in os.environ.items() if name != "NODE_TEST_CONTEXT"}
    done = subprocess.run([node, "--test", "tests/js/"], cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert "\n# pass 0\n" not in done.stdout, "no test ran"
