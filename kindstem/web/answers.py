"""How answers are written: JSON, pages, and errors in one shape."""

import asyncio
import gzip
import json
import re
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from kindstem import __version__, assets, words
from kindstem.config import TRYOUT_ONLY
from kindstem.errors import KindstemError, SessionEnded
from kindstem.words import Words

if TYPE_CHECKING:
    from kindstem.web.state import State

COMPRESS_FROM: Final = 1024
_THREAD_FROM: Final = 64 * 1024
_TEXT: Final = re.compile(r'\{\{ t\("([^"{}]+)"\) \}\}')
_API: Final = ("/api/", "/desk/api/", "/numbers/api/", "/healthz")


class Templates(Environment):
    """The templates, escaping in every file whatever its name, and failing on a name that is not there.

    In those of a language each `{{ t("key") }}` is its text from the moment they are read: the rows of a table say the
    same few words hundreds of times, and each would be looked up and escaped anew. In every template `t` is the texts
    of the page's language, also where a macro is given it. `|date` and `|number` are how it writes those.
    """

    def __init__(self, said: Words | None = None) -> None:
        super().__init__(
            loader=FileSystemLoader(assets.folder("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._said = said
        if said is not None:
            # A filter is called as it is; a function by way of the context, which takes longer than what it does.
            self.filters |= {"date": said.date, "number": said.number}

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """The source of a template, with the texts that are the same on every page in it."""
        said = self._said
        if said is not None:
            source = _TEXT.sub(lambda match: str(escape(said.t(match[1]))), source)
        return super().preprocess(source, name, filename)


def templates() -> dict[str, Templates]:
    """The templates of each language there is."""
    return {lang: Templates(Words(lang)) for lang in words.languages()}


def words_of(request: Request) -> Words:
    """The texts in the language of whoever asks."""
    return Words(words.pick(request.headers.get("accept-language"), request.cookies.get("lang")))


async def json_answer(request: Request, value: Any, *, status: int = 200, compress: bool = False) -> Response:
    """A value as JSON.

    Compressed only where asked for: an answer that holds a secret beside words that somebody else chose must not be,
    because its length would tell the secret (the attack called BREACH).
    """
    return await _answer(request, _dump(value), "application/json", status, compress)


def bytes_answer(data: bytes) -> Response:
    """Sealed bytes, as they are."""
    return Response(data, media_type="application/octet-stream")


async def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page or a part of one.

    Every template has: words, t, lang, dir, asset, inline, integrity, drawing, nonce, org (id), org_name, exit_url,
    max_envelope, tryout, demo, version.
    """
    state: State = request.app.state.kindstem
    said = words_of(request)
    everywhere = {
        "words": said,
        "t": said.t,
        "lang": said.lang,
        "dir": said.direction,
        "asset": assets.asset,
        "inline": assets.inline,
        "integrity": assets.integrity,
        "drawing": assets.drawing,
        "nonce": request.scope["kindstem.visit"].nonce,
        "org": state.org.id,
        "org_name": state.org.name,
        "exit_url": state.config.exit_url,
        "max_envelope": state.config.max_envelope,
        "tryout": TRYOUT_ONLY,
        "demo": state.config.demo,
        "version": __version__,
    }
    text = state.templates[said.lang].get_template(template).render({**everywhere, **context})
    response = await _answer(request, text.encode(), "text/html; charset=utf-8", status, compress=True)
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


async def refusal(request: Request, error: KindstemError) -> Response:
    """An error, as JSON for script and as a short page for a person."""
    path = request.scope["path"]
    said = words_of(request)
    desk = path.startswith(("/desk", "/numbers"))
    text = said.t(error.text_key if desk else error.child_key)
    if path.startswith(_API):
        value = {"error": {"code": error.code, "text": text, **error.facts}}
        return _upgrading(await json_answer(request, value, status=error.status))
    if isinstance(error, SessionEnded) and path.startswith("/numbers"):
        # At the address that was asked for, so that signing in leads on to it with every filter.
        request.scope["kindstem.visit"].allow_desk()
        return await page(request, "numbers/door.html", status=401)
    place = "part" if path.startswith("/desk/parts/") else "desk" if desk else "child"
    here = request.scope["kindstem.visit"]
    if place == "part":
        here.allow_desk()
    else:
        here.allow_text()
    how = said.t("work.refused.https.how") if desk and error.code == "needs-https" else None
    home = "/numbers/" if path.startswith("/numbers") else "/desk/" if desk else "/"
    html = _ERROR_PAGES.get_template("error.html").render(
        words=said, said=text, how=how, code=error.code, place=place, home=home, style=_style()
    )
    return _upgrading(await _answer(request, html.encode(), "text/html; charset=utf-8", error.status, compress=False))


def _style() -> assets.Asset | None:
    try:
        return assets.asset("child-first.css")
    except assets.AssetsMissing:
        return None  # an error must be told even when nothing was built


def _upgrading(response: Response) -> Response:
    if response.status_code == 426:
        response.headers["Upgrade"] = "TLS/1.2"
    return response


_ERROR_PAGES: Final = Templates()


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def _answer(request: Request, data: bytes, media_type: str, status: int, compress: bool) -> Response:
    headers = {}
    if compress and len(data) >= COMPRESS_FROM:
        headers["Vary"] = "Accept-Encoding"
        if accepts(request, "gzip"):
            headers["Content-Encoding"] = "gzip"
            if len(data) >= _THREAD_FROM:
                data = await asyncio.to_thread(gzip.compress, data, 5, mtime=0)
            else:
                data = gzip.compress(data, 6, mtime=0)
    return Response(data, status, headers, media_type)


def accepts(request: Request, coding: str) -> bool:
    """Whether the browser takes this way of compressing."""
    for item in request.headers.get("accept-encoding", "").split(","):
        name, _, quality = item.strip().partition(";")
        if name.strip().lower() == coding and quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            return True
    return False
