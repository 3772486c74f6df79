"""The house's own rules over Python sources and templates; those over scripts are in tests/js/floors.test.js."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.floors

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "kindstem").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# Whoever could open what a child said could read it; so only these may touch these.
MAY_SEAL = {"kindstem/sealing.py"}
MAY_DECRYPT = {"kindstem/keyfile.py"}
CIPHERS = {"hpke", "AESGCM", "AESGCMSIV", "AESSIV", "AESCCM", "ChaCha20Poly1305", "Fernet", "MultiFernet", "Cipher"}

NOT_IN_TEMPLATES = {
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*\btype=\"importmap\")", re.IGNORECASE),
    "a style that is no built file": re.compile(
        r"<style\b(?!>\{\{ inline\(\"[a-z-]+\.css\"\) \}\}</style>)", re.IGNORECASE
    ),
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "a value marked safe": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
    "javascript:": re.compile(r"javascript:", re.IGNORECASE),
    "htmx that evaluates": re.compile(r"hx-on|hx-vals=[\"']js:|hx-confirm=[\"']js:|hx-trigger=[\"'][^\"']*\[|hx-live"),
}
# Where quick exit goes: a link the child taps, never something the page loads.
LEADS_AWAY = re.compile(r'<a\b[^>]*\bhref="https://www\.buienradar\.nl/?"')


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ciphers(path: Path) -> set[str]:
    found = set()
    for module in imported(ast.parse(path.read_text("utf-8"))):
        if module.startswith("cryptography."):
            found |= CIPHERS & set(module.split("."))
    return found


def test_only_sealing_and_the_key_file_know_a_cipher() -> None:
    knowing = {name(path) for path in MODULES if ciphers(path)}
    assert knowing <= MAY_SEAL | MAY_DECRYPT


def test_only_the_key_file_decrypts() -> None:
    """The server cannot read what a child says: not a policy, but a call that is not there."""
    for path in MODULES:
        if name(path) in MAY_DECRYPT:
            assert "hpke" not in ciphers(path), f"{name(path)} opens keys at rest, never an envelope"
            continue
        called = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert not {"decrypt", "decrypt_and_verify", "open_base"} & called, name(path)


def test_no_module_passes_900_lines() -> None:
    long = {name(path): count for path in MODULES if (count := path.read_text("utf-8").count("\n")) > 900}
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name(path)
        for path in MODULES
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_no_room_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "manager", "service", "base", "common", "misc"}
    assert [name(path) for path in MODULES if path.stem in vague] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_holds_no_way_around_the_policy(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert [what for what, pattern in NOT_IN_TEMPLATES.items() if pattern.search(text)] == []
    addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<>]*", LEADS_AWAY.sub("", text))
    assert [address for address in addresses if not address.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("path", sorted((ROOT / "static/css").glob("*.css")), ids=name)
def test_a_style_loads_nothing_from_elsewhere(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    # A pattern drawn in the page itself is referred to by its name there; that loads nothing.
    assert not re.search(r"url\((?!#)|@font-face|https?:", text)
    assert re.findall(r"@import\s+[\"'](?!\./)[^\"']*", text) == []


def test_templates_and_styles_were_found() -> None:
    assert (ROOT / "static/css/tokens.css").exists()
    assert (ROOT / "templates").is_dir()
