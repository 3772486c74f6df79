"""The two documents, the files they load, and the page that says how the server is."""

import asyncio
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kindstem import __version__, assets, log
from kindstem.config import TRYOUT_ONLY
from kindstem.errors import NotFound
from kindstem.web import shapes
from kindstem.web.answers import accepts, json_answer, page
from kindstem.web.guard import visit
from kindstem.web.state import state_of

router = APIRouter()

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}")
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".png": "image/png",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
GET: Final = ["GET", "HEAD"]


@router.api_route("/", methods=GET)
async def child_page(request: Request) -> Response:
    """The child's app: one document that is the same for everyone."""
    visit(request).allow_child(assets.asset("child-first.css").integrity)
    return await page(request, "child/shell.html")


@router.api_route("/desk/", methods=GET)
async def desk_page(request: Request) -> Response:
    """The professional's document."""
    visit(request).allow_desk()
    return await page(request, "desk/document.html")


@router.api_route("/desk", methods=GET)
async def desk_without_slash(request: Request) -> Response:
    """To the address the desk has."""
    return RedirectResponse("/desk/", status_code=308)


@router.api_route("/sw.js", methods=GET)
async def service_worker(request: Request) -> Response:
    """The service worker, which stands at the root so that it may serve the whole app."""
    return _file(request, assets.folder("static") / "built" / "sw.js", "no-cache")


@router.api_route("/start.webmanifest", methods=GET)
async def manifest(request: Request) -> Response:
    """What an installed app is called and looks like."""
    return _file(request, assets.folder("static") / "start.webmanifest", "no-cache")


@router.api_route("/icon.svg", methods=GET)
async def icon(request: Request) -> Response:
    """The icon."""
    return _file(request, assets.folder("static") / "icon.svg", "no-cache")


@router.api_route("/icon.png", methods=GET)
async def icon_for_home_screens(request: Request) -> Response:
    """The same icon for phones that draw none of ours and would take a picture of the page instead."""
    return _file(request, assets.folder("static") / "icon.png", "no-cache")


@router.api_route("/built/{name}", methods=GET)
async def built(request: Request, name: str) -> Response:
    """A built file; its name changes with its bytes."""
    return _file(request, _in_folder("built", name), _FOREVER)


@router.api_route("/vendor/{name}", methods=GET)
async def vendor(request: Request, name: str) -> Response:
    """A built file of somebody else's; its name changes with its bytes."""
    return _file(request, _in_folder("vendor", name), _FOREVER)


@router.api_route("/healthz", methods=GET)
async def health(request: Request) -> Response:
    """Whether the server does its work, for whoever watches it."""
    state = state_of(request)
    found = await asyncio.to_thread(state.store.health)
    fine = found.database == "ok" and found.writer == "ok"
    now = state.clock()
    by = await state.store.read(lambda r: log.ahead(r, now)) if fine else None
    value = {
        "status": "ok" if fine else "not well",
        "version": __version__,
        "database": found.database,
        "writer": found.writer,
        "clock": shapes.time(now),
        "log": log.ahead_text(by) if by else "ok",
        "demo": state.config.demo,
        "tryout": TRYOUT_ONLY,
    }
    return await json_answer(request, value, status=200 if fine else 503)


def _in_folder(folder: str, name: str) -> Path:
    # The hash in a built file's name is what allows it to be kept for ever; the others are not for browsers.
    if not _NAME.fullmatch(name) or Path(name).suffix not in {".js", ".css", ".svg", ".wasm"} or name == "sw.js":
        raise NotFound()
    return assets.folder("static") / folder / name


def _file(request: Request, path: Path, cache: str) -> Response:
    try:
        found = path.stat()
    except OSError:
        raise NotFound() from None
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding", "ETag": f'"{found.st_mtime_ns:x}-{found.st_size:x}"'}
    if path.suffix == ".js":
        visit(request).allow_script()
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    for coding, ending in _CODINGS:
        twin = path.with_name(path.name + ending)
        if accepts(request, coding) and twin.is_file():
            headers["Content-Encoding"] = coding
            path = twin
            break
    media_type = _TYPES[Path(path.name.removesuffix(".br").removesuffix(".gz")).suffix]
    return Response(_bytes(path, found.st_mtime_ns), headers=headers, media_type=media_type)


@lru_cache(maxsize=256)
def _bytes(path: Path, _changed: int) -> bytes:
    return path.read_bytes()
