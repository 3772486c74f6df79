"""What the figures were measured on, in general terms: no names, no folders, no addresses."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
import subprocess
from pathlib import Path

CHROMIUM = "/usr/bin/chromium"


def facts() -> dict[str, str]:
    """Cores, memory, system and the versions that times depend on."""
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": _system(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "Chromium": _chromium(),
        "FastAPI": importlib.metadata.version("fastapi"),
        "uvicorn": importlib.metadata.version("uvicorn"),
    }


def load() -> str:
    """How much goes on at this moment: well under the number of cores when nothing else does."""
    return f"{os.getloadavg()[0]:.1f}"


def _system() -> str:
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return platform.system()


def _chromium() -> str:
    said = subprocess.run(
        [CHROMIUM, "--version"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    # "Chromium 156.0.1.2 built on Debian …"
    return said.split()[1]
