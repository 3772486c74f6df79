"""How long a developer, and the build server, wait for all tests."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Figure, figure

ROOT = Path(__file__).resolve().parent.parent
MOST_MINUTES = 15


def measure(quick: bool) -> list[Figure]:
    """Runs the whole suite once; it takes minutes. RuntimeError with pytest's closing line when a test fails."""
    del quick
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--no-header"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60 * 60,
        check=False,
    )
    minutes = (time.monotonic() - began) / 60
    closing = (ran.stdout.strip().splitlines() or ["no output"])[-1]
    if ran.returncode:
        raise RuntimeError(f"pytest ended with {ran.returncode}: {closing}")
    passed = int((re.search(r"(\d+) passed", closing) or [0, 0])[1])
    return [
        figure("suite.minutes", "the whole suite, once", "min", minutes, most=MOST_MINUTES),
        figure("suite.passed", "tests that passed in it", "", passed),
    ]
