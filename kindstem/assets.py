"""What browsers load, by the name it has in the sources."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

_HERE = Path(__file__).resolve().parent

_POINTING = frozenset({"i-back", "i-go", "i-exit", "i-undo", "i-play", "i-speak", "i-out"})
_SYMBOL = re.compile(r'<symbol id="([^"]+)" viewBox="([^"]+)">(.*?)</symbol>', re.DOTALL)


class AssetsMissing(Exception):
    """The built files are not there; `./dev setup` makes them."""


@dataclass(frozen=True)
class Asset:
    """A built file: where it is served, and what the browser may expect of it."""

    url: str
    integrity: str
    chunks: tuple[str, ...]
    first: tuple[str, ...]
    words: dict[str, str]


def folder(name: str) -> Path:
    """Where `static` or `templates` lies: inside the package once installed, beside it in the project's own folder."""
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parent / name


@cache
def manifest() -> dict[str, Any]:
    """The build's own account of its files, read once: {assets, files, precache, version}.

    Raises AssetsMissing when nothing has been built.
    """
    path = folder("static") / "built" / "manifest.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise AssetsMissing(str(path)) from None
    return found


@cache
def asset(name: str) -> Asset:
    """The built file of a source name: `child.js`, `desk.js`, `htmx.js`, `sw.js`, `child-first.css`, `desk.css`.

    `chunks` are the addresses a script pulls in at once, `first` those of the screen that a new phone comes to, both
    for preloading; `words` has those of its texts, by domain and language ("child-nl").
    """
    found = manifest()["assets"][name]
    return Asset(
        found["url"],
        found["integrity"],
        tuple(found.get("chunks", ())),
        tuple(found.get("first", ())),
        dict(found.get("words", {})),
    )


@cache
def inline(name: str) -> Markup:
    """The text of a built style, to stand in a page. A policy lets it through by the file's own digest."""
    text = (folder("static") / asset(name).url.lstrip("/")).read_text("utf-8")
    # Our own file, built from the package: nothing a person wrote reaches it.
    return Markup(text)  # noqa: S704


def integrity(url: str) -> str:
    """The digest of any built address, for preloads and import maps."""
    found: str = manifest()["files"][url]["integrity"]
    return found


@cache
def _drawings() -> dict[str, tuple[str, str]]:
    source = (folder("static") / "drawings.svg").read_text("utf-8")
    return {name: (box, body.strip()) for name, box, body in _SYMBOL.findall(source)}


def drawing(name: str, cls: str = "", label: str = "") -> Markup:
    """A drawing of static/drawings.svg as inline SVG, for templates.

    Hidden from screen readers unless it has a label: then words must stand beside it. Icons that point turn round
    in right-to-left text.
    """
    box, body = _drawings()[name]
    kind = "icon" if box == "0 0 24 24" else "art"
    classes = " ".join(filter(None, (kind, "flip" if name in _POINTING else "", cls)))
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    # The body is our own file, read from the package: nothing a person wrote reaches it.
    inside = Markup(body)  # noqa: S704
    return Markup('<svg class="{}" viewBox="{}" {}>{}</svg>').format(classes, box, said, inside)
