"""What every request passes: where it comes from, what it may be, and what every answer carries, errors too.

Pure ASGI, because the framework's own middleware class costs more than everything else together.
"""

import ipaddress
import logging
import secrets
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kindstem import assets
from kindstem import config as settings
from kindstem.config import Config
from kindstem.errors import BadRequest, KindstemError, NeedsHttps, NotFound, TooLarge, WrongMethod, WrongOrigin
from kindstem.web import answers

access_log = logging.getLogger("kindstem.access")
fault_log = logging.getLogger("kindstem.faults")

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS: Final = SAFE | {"POST", "PUT", "DELETE", "PATCH"}
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WITHOUT_TLS: Final = ("/healthz", "/built/", "/icon.svg")

_PAGE: Final = (
    "default-src 'none'; script-src 'self'{nonce}; style-src 'self'{style}; img-src 'self' blob: data:; "
    "media-src blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types {policies}"
)
# A worker has the policy of its own file, not that of the page.
_SCRIPT: Final = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
_TEXT_PAGE: Final = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

_PERMISSIONS: Final = "microphone=(self), camera=(self), " + ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "browsing-topics", "clipboard-read", "display-capture", "geolocation"),
        *("gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "midi", "payment", "serial", "usb"),
        *("screen-wake-lock", "window-management", "xr-spatial-tracking"),
    )
)


@dataclass
class Visit:
    """What is known of one request. Lives as long as the request, and is written nowhere."""

    secure: bool
    host: str
    address: str
    policy: str = _NOTHING
    document: bool = False
    """Whether the answer is a page: only there does a browser heed what may be used and who is told of it."""

    @cached_property
    def nonce(self) -> str:
        """What marks the elements of a page as ours, new for each request."""
        return secrets.token_urlsafe(16)

    @cached_property
    def block(self) -> str:
        """The address block it comes from, for limits."""
        return address_block(self.address)

    @property
    def local(self) -> bool:
        """Whether the browser runs on this computer, where it may encrypt without TLS."""
        return _hostname(self.host) in _LOCAL

    def allow_child(self, style: str) -> None:
        """Give the answer the child's policy, with the digest of the style that stands in the page.

        Its one Trusted Types policy is for the service worker's address.
        """
        self.policy = _PAGE.format(nonce="", style=f" '{style}'", policies="kindstem")
        self.document = True

    def allow_desk(self) -> None:
        """Give the answer the policy of desk and numbers, with the nonce that htmx's extension asks of elements."""
        self.policy = _PAGE.format(nonce=f" 'nonce-{self.nonce}'", style="", policies="kindstem htmx")
        self.document = True

    def allow_script(self) -> None:
        """Give the answer the policy of a script, which counts when it runs as a worker."""
        self.policy = _SCRIPT

    def allow_text(self) -> None:
        """Give the answer the policy of a page of text without script."""
        self.policy = _TEXT_PAGE
        self.document = True


def visit(request: Request) -> Visit:
    """What is known of this request."""
    found: Visit = request.scope["kindstem.visit"]
    return found


def _last(headers: Headers, name: str) -> str:
    # The proxy's own words are the last ones, in the last line: what stands before them a client may have written.
    lines = headers.getlist(name)
    return lines[-1].rpartition(",")[2].strip() if lines else ""


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


class Guard:
    """Outermost: makes an answer of whatever goes wrong, adds the headers, and logs one line without a person in it."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        here = self._visit(scope, headers)
        scope["kindstem.visit"] = here
        scope["scheme"] = "https" if here.secure else "http"
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), here)
                if scope["path"].startswith("/desk/api/"):
                    # A desk is one document for a whole day: so it learns that it is not the newest any more.
                    MutableHeaders(scope=message)["Kindstem-Desk"] = assets.asset("desk.js").url
            await send(message)

        request = Request(scope, receive)
        try:
            try:
                self._check(scope, headers, here)
                await self._app(scope, receive, send_with_headers)
            except ClientDisconnect:
                status = status or 499
            except Exception as error:
                if status:
                    raise
                response = await refusal(request, error)
                await response(scope, receive, send_with_headers)
        finally:
            self._log(scope, status, began)

    def _visit(self, scope: Scope, headers: Headers) -> Visit:
        address = scope["client"][0] if scope.get("client") else ""
        secure = scope["scheme"] == "https"
        if self._config.trusted_proxy:
            secure = _last(headers, "x-forwarded-proto").lower() == "https"
            address = _last(headers, "x-forwarded-for") or address
        return Visit(secure, headers.get("host", ""), address)

    def _check(self, scope: Scope, headers: Headers, here: Visit) -> None:
        path, method = scope["path"], scope["method"]
        if not here.secure and not here.local and not path.startswith(_WITHOUT_TLS):
            raise NeedsHttps()
        if method in SAFE:
            return
        origin = headers.get("origin")
        if path.startswith(("/desk", "/numbers")):
            # A form on another site can send a cookie along, but neither this header nor our origin.
            if origin is None or not self._ours(origin, here) or headers.get("kindstem") != "1":
                raise WrongOrigin()
        elif origin is not None and not self._ours(origin, here):
            raise WrongOrigin()

    def _ours(self, origin: str, here: Visit) -> bool:
        if origin in self._config.origins:
            return True
        # On this computer itself the demonstration may run on any port and under any of its local names.
        try:
            return here.local and origin == settings.origin(f"{'https' if here.secure else 'http'}://{here.host}")
        except ValueError:
            return False  # a port that is none

    def _add_headers(self, headers: MutableHeaders, here: Visit) -> None:
        headers["Content-Security-Policy"] = here.policy
        headers["X-Content-Type-Options"] = "nosniff"
        if here.document:
            # On each of a child's first files as well, these would be a seventh of all it has to wait for.
            headers["Permissions-Policy"] = _PERMISSIONS
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")
        if here.secure and not here.local and not self._config.demo:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    def _log(self, scope: Scope, status: int, began: float) -> None:
        # The route's pattern in place of the address, which holds ids; and nothing about who.
        pattern = getattr(scope.get("route"), "path", "-")
        method = scope["method"] if scope["method"] in _METHODS else "-"
        access_log.info("%s %s %d %.0f ms", method, pattern, status, (time.perf_counter() - began) * 1000)


def address_block(address: str) -> str:
    """The block an address lies in: what one subscriber or one building usually has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    if mapped is not None:
        found = mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 56), strict=False))


async def refusal(request: Request, error: Exception) -> Response:
    """The answer to whatever went wrong: our own refusals as they are, and of everything else only that it happened."""
    if isinstance(error, KindstemError):
        known = error
    elif isinstance(error, HTTPException):
        known = {404: NotFound, 405: WrongMethod, 413: TooLarge}.get(error.status_code, BadRequest)()
    elif isinstance(error, RequestValidationError):
        known = BadRequest()  # what was sent is never echoed: it can be a child's words
    else:
        known = KindstemError()
        _log_fault(error)
    return await answers.refusal(request, known)


def _log_fault(error: Exception) -> None:
    # Where it went wrong, without the error's text and without values: both can hold what somebody wrote.
    frames: Sequence[Any] = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
    fault_log.error("%s at %s", type(error).__name__, where)


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request, counted while it comes in. Raises TooLarge as soon as it is more than `limit` bytes."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > limit:
        raise TooLarge()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge()
        parts.append(part)
    return b"".join(parts)
