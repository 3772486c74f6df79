"""What browsers load: built the same by anyone, complete, small, and split between child and desk."""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from kindstem import assets

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
MANIFEST = assets.manifest()


def file(url: str) -> bytes:
    return (STATIC / url.removeprefix("/")).read_bytes()


def test_every_built_file_is_there_with_the_digest_the_manifest_gives() -> None:
    for url, facts in MANIFEST["files"].items():
        digest = base64.b64encode(hashlib.sha384(file(url)).digest()).decode()
        assert facts["integrity"] == f"sha384-{digest}"
        assert facts["bytes"] == len(file(url))


def test_the_compressed_twin_holds_the_same_bytes() -> None:
    for url, facts in MANIFEST["files"].items():
        packed = (STATIC / f"{url.removeprefix('/')}.gz").read_bytes()
        assert gzip.decompress(packed) == file(url)
        assert facts["gzip"] == len(packed)


def test_brotli_is_undone_by_the_browsers_own_decoder() -> None:
    """Node's zlib stands in for the browser: both carry the same reference decoder."""
    script = """
    const { readFileSync } = require("node:fs");
    const { brotliDecompressSync } = require("node:zlib");
    for (const path of JSON.parse(process.argv[1]))
      if (!brotliDecompressSync(readFileSync(path + ".br")).equals(readFileSync(path))) throw new Error(path);
    """
    paths = [str(STATIC / url.removeprefix("/")) for url in MANIFEST["files"]]
    done = subprocess.run(["node", "-e", script, json.dumps(paths)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def build(project: Path, out: Path) -> dict[str, bytes]:
    done = subprocess.run(["node", "tools/build.mjs", "--out", str(out)], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the folder, so that anyone can build a release again and compare."""
    elsewhere = tmp_path / "another folder"
    for part in ("static", "templates", "tools", "kindstem/locale"):
        shutil.copytree(ROOT / part, elsewhere / part, ignore=shutil.ignore_patterns("built", "vendor", "generated"))
    for part in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / part, elsewhere / part)
    (elsewhere / "node_modules").symlink_to(ROOT / "node_modules")
    there = build(elsewhere, tmp_path / "there")
    # What ./dev setup built here from these sources; a build takes seven seconds of the processor.
    folders = [STATIC / "built", STATIC / "vendor"]
    here = {path.relative_to(STATIC).as_posix(): path.read_bytes() for one in folders for path in one.iterdir()}
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []


def test_a_name_changes_with_the_bytes() -> None:
    """Built files are kept by browsers for a year, so a name may never get other bytes. Only the worker's is fixed."""
    fixed = [url for url in MANIFEST["files"] if not url.rsplit("-", 1)[-1].split(".")[0].isupper() and "-" not in url]
    assert fixed == ["/built/sw.js"]


def test_a_phone_keeps_the_childs_files_and_none_of_the_desk() -> None:
    kept = set(MANIFEST["precache"])
    assert assets.asset("child.js").url in kept
    assert set(assets.asset("child.js").chunks) <= kept
    assert assets.asset("child-more.css").url in kept
    for name in ("desk.js", "desk.css", "numbers.js", "numbers.css", "htmx.js"):
        assert assets.asset(name).url not in kept
    assert [url for url in kept if "words-work" in url] == []


def test_a_page_of_the_child_gets_only_the_texts_of_its_language() -> None:
    words = assets.asset("child.js").words
    assert words["child-nl"] != words["child-en"]
    assert not {words["child-nl"], words["child-en"]} & set(assets.asset("child.js").chunks)


def test_what_the_first_screens_do_without_is_fetched_later() -> None:
    roof = assets.asset("child.js")
    assert not {roof.words["talks-nl"], roof.words["talks-en"]} & {*roof.chunks, *roof.first}
    first, later = file(roof.words["child-nl"]).decode(), file(roof.words["talks-nl"]).decode()
    assert "child.confirm.claim" in later
    assert "child.confirm." not in first
    assert "child.right." not in first
    assert "child.home.talks" in first


def packed(urls: Iterable[str]) -> int:
    return sum(MANIFEST["files"][url]["gzip"] for url in urls)


def test_the_childs_first_load_is_small() -> None:
    """Compressed, in one language; docs/benchmarks.md has what really goes over the line, headers and page included."""
    roof = assets.asset("child.js")
    styles = [assets.asset("child-first.css").url, assets.asset("child-more.css").url]
    assert packed([roof.url, *roof.chunks]) <= 14 * 1024
    assert packed([roof.url, *roof.chunks, *roof.first, roof.words["child-nl"], *styles]) <= 37 * 1024
    assert packed(styles[:1]) <= 5 * 1024


def test_the_files_of_the_first_screen_are_fetched_along_with_the_roof() -> None:
    """Else a new phone on a slow network would wait three times more, each time for a whole answer."""
    first = assets.asset("child.js").first
    assert any("/child-start-" in url for url in first)
    assert not set(first) & {assets.asset("child.js").url, *assets.asset("child.js").chunks}


def test_what_a_phone_keeps_for_offline_stays_small() -> None:
    """All screens, the child's rights too, sealing and opening, in one language. Only what a screen can do without
    comes later (sw.js)."""
    later = re.search(r"LATER = /(.+)/;", (ROOT / "static" / "sw.js").read_text("utf-8"))
    assert later
    pattern = re.compile(later[1].replace("\\/", "/"))
    left_out = [url for url in MANIFEST["precache"] if pattern.match(url)]
    assert sorted(url.rpartition("-")[0] for url in left_out) == ["/built/child-quarter", "/built/decode"]
    other = {url for name, url in assets.asset("child.js").words.items() if name.endswith("-en")}
    kept = [url for url in MANIFEST["precache"] if url not in other and url not in left_out]
    assert packed(kept) <= 156 * 1024


def test_the_wheel_carries_what_browsers_load_and_every_text(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    built = {f"kindstem/static{url}{end}" for url in MANIFEST["files"] for end in ("", ".gz", ".br")}
    assert built | {"kindstem/static/built/manifest.json", "kindstem/static/drawings.svg"} <= inside
    for folder in ("templates", "kindstem/locale"):
        for path in (ROOT / folder).rglob("*.*"):
            name = path.relative_to(ROOT).as_posix()
            assert name in inside or f"kindstem/{name}" in inside, name


def test_nothing_built_refers_to_another_place() -> None:
    """Format names and the exit's address are the only ones, and neither is loaded."""
    for url in MANIFEST["files"]:
        if url.startswith("/built/"):
            text = file(url).decode("utf-8")
            assert "sourceMappingURL" not in text
            assert "node_modules" not in text
            assert str(ROOT) not in text


def test_the_template_draws_the_same_shapes_as_the_script() -> None:
    drawn = str(assets.drawing("i-back", label='zo "ja"'))
    assert drawn.startswith('<svg class="icon flip" viewBox="0 0 24 24" role="img" aria-label="zo &#34;ja&#34;">')
    assert "aria-hidden" in str(assets.drawing("mood-1"))
    with pytest.raises(KeyError):
        assets.drawing("no-such-drawing")


def test_every_drawing_is_flat_and_ours() -> None:
    """Twelve pictures for the lock, five faces, and nothing that loads, links or runs."""
    text = (STATIC / "drawings.svg").read_text("utf-8")
    names = set(assets._drawings())
    assert sum(name.startswith("pl-") for name in names) == 12
    assert {f"mood-{n}" for n in range(1, 6)} <= names
    for word in ("<script", "href", "<image", "<foreignObject", "style=", "url(", "onload"):
        assert word not in text


def test_without_a_build_the_fault_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "folder", lambda name: tmp_path / name)
    assets.manifest.cache_clear()
    try:
        with pytest.raises(assets.AssetsMissing):
            assets.manifest()
    finally:
        assets.manifest.cache_clear()
