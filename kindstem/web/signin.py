"""The routes by which somebody comes in and goes out, at the desk and at the numbers (docs/api.md).

Two doors with a cookie of their own each. Whoever comes in by one has nothing at the other, whatever cookie they send:
a session's person has a role, and a role has one door.
"""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kindstem import wire
from kindstem.access import BROWSER_LASTS, Browser, Here, SignedIn, Way
from kindstem.config import TRYOUT_ONLY
from kindstem.domain import Door
from kindstem.errors import BadRequest
from kindstem.web import forms, shapes
from kindstem.web.answers import json_answer
from kindstem.web.guard import visit
from kindstem.web.state import state_of

router = APIRouter()


def _cookie(request: Request, name: str) -> str:
    # With TLS the name itself keeps subdomains and plain HTTP from setting it; browsers allow that nowhere else.
    return f"__Host-{name}" if visit(request).secure else name


async def here(request: Request) -> Here:
    """Who is signed in. Raises SessionEnded.

    Asking counts as being there, but not when script asks by itself (header Kindstem-Quiet): otherwise a page left
    open would never end its session.
    """
    return await _here(request, Door.DESK)


async def counting(request: Request) -> Here:
    """Who is signed in at the numbers. Raises SessionEnded, also for whoever is signed in at the desk."""
    return await _here(request, Door.NUMBERS)


async def _here(request: Request, door: Door) -> Here:
    state = state_of(request)
    moves = request.headers.get("kindstem-quiet") != "1"
    token = request.cookies.get(_cookie(request, door.value))
    return await state.access.here(token, moves=moves, now=state.clock(), door=door)


def _browser(request: Request) -> Browser:
    return Browser(request.cookies.get(_cookie(request, "known")))


def _set_cookies(request: Request, response: Response, signed_in: SignedIn) -> None:
    common: dict[str, Any] = {"secure": visit(request).secure, "httponly": True, "samesite": "strict", "path": "/"}
    response.set_cookie(_cookie(request, signed_in.person.role.door.value), signed_in.session, **common)
    lasts = int(BROWSER_LASTS.total_seconds())
    response.set_cookie(_cookie(request, "known"), signed_in.browser, max_age=lasts, **common)


@router.post("/desk/api/start")
async def start(request: Request) -> Response:
    """The first step of a first sign-in."""
    return await _start(request, Door.DESK)


async def _start(request: Request, door: Door) -> Response:
    state = state_of(request)
    form = await forms.taken(request, forms.Start)
    begun = await state.access.begin(form.name, form.startcode, _browser(request), now=state.clock(), door=door)
    value = {
        "ticket": begun.ticket,
        "totp": {"secret": begun.secret, "uri": begun.uri, "svg": begun.svg},
        "person": shapes.person(begun.person),
        "org": {"id": begun.org.id, "name": begun.org.name},
    }
    return await json_answer(request, value)


@router.post("/desk/api/start/finish")
async def finish(request: Request) -> Response:
    """The second step: the keys are made, and somebody is signed in."""
    state = state_of(request)
    form = await forms.taken(request, forms.Finish)
    signed_in = await state.access.finish(
        form.ticket,
        form.code,
        wire.parse_signed(form.record, "person"),
        salt=form.salt,
        verifier=form.verifier,
        recovery_salt=form.recovery.salt,
        recovery_verifier=form.recovery.verifier,
        now=state.clock(),
    )
    value = {
        "pepper": wire.b64(signed_in.pepper),
        "recoveryPepper": wire.b64(signed_in.recovery_pepper),
        "codes": list(signed_in.codes),
    }
    response = await json_answer(request, value)
    _set_cookies(request, response, signed_in)
    return response


@router.put("/desk/api/keyring")
async def keyring(request: Request) -> Response:
    """Both copies of a new keyring, or one under a new passphrase."""
    who, access = await here(request), state_of(request).access
    form = await forms.taken(request, forms.Keyrings)
    if form.is_change and form.salt and form.verifier and form.proof:
        await access.change_passphrase(
            who, form.passphrase, form.salt, form.verifier, way=Way(form.way), proof=form.proof
        )
    elif form.recovery is not None:
        await access.keep_keyring(who, form.passphrase, form.recovery)
    else:
        raise BadRequest()
    return await json_answer(request, {})


@router.post("/desk/api/signin/salt")
async def salt(request: Request) -> Response:
    """Somebody's salts, or what looks like them."""
    return await _salt(request)


async def _salt(request: Request) -> Response:
    state = state_of(request)
    form = await forms.taken(request, forms.SaltFor)
    passphrase, recovery = state.access.salts(form.name, now=state.clock())
    return await json_answer(request, {"salt": wire.b64(passphrase), "recoverySalt": wire.b64(recovery)})


@router.post("/desk/api/signin")
async def sign_in(request: Request) -> Response:
    """Both factors for a session and the server's share."""
    state = state_of(request)
    form = await forms.taken(request, forms.Signin)
    way = Way(form.way)
    signed_in = await state.access.sign_in(
        form.name, form.verifier, form.code, way, _browser(request), now=state.clock()
    )
    used = signed_in.pepper if way is Way.PASSPHRASE else signed_in.recovery_pepper
    value = {
        "pepper": wire.b64(used),
        "keyring": wire.b64(signed_in.keyring) if signed_in.keyring else None,
        "person": shapes.person(signed_in.person),
        "idle": state.config.idle_minutes * 60,
    }
    if way is Way.RECOVERY:
        value["passphrasePepper"] = wire.b64(signed_in.pepper)
    response = await json_answer(request, value)
    _set_cookies(request, response, signed_in)
    return response


@router.post("/desk/api/unlock")
async def unlock(request: Request) -> Response:
    """The server's share once more, after the page was loaded anew."""
    who, state = await here(request), state_of(request)
    form = await forms.taken(request, forms.Again)
    pepper, kept = await state.access.unlock(who, form.verifier)
    return await json_answer(request, {"pepper": wire.b64(pepper), "keyring": wire.b64(kept) if kept else None})


@router.post("/desk/api/signout")
async def sign_out(request: Request) -> Response:
    """The end of this session."""
    return await _out(request, await here(request))


async def _out(request: Request, who: Here) -> Response:
    await state_of(request).access.sign_out(who)
    response = await json_answer(request, {})
    name = _cookie(request, who.person.role.door.value)
    response.delete_cookie(name, secure=visit(request).secure, httponly=True, samesite="strict", path="/")
    return response


@router.get("/desk/api/me")
async def me(request: Request) -> Response:
    """Who is signed in here. Asked when a page is loaded, by script: it moves no limit."""
    state = state_of(request)
    who = await state.access.here(request.cookies.get(_cookie(request, "desk")), moves=False, now=state.clock())
    value = {
        "person": shapes.person(who.person),
        "idle": state.config.idle_minutes * 60,
        "org": {"id": state.org.id, "name": state.org.name},
        "away": shapes.away(who.person.away),
        "tryout": TRYOUT_ONLY,
        "demo": state.config.demo,
    }
    return await json_answer(request, value)


# --- the numbers: the same two factors, and no keys -------------------------------------------------------------------


@router.post("/numbers/api/start")
async def start_counting(request: Request) -> Response:
    """The first step of a first sign-in of somebody who counts."""
    return await _start(request, Door.NUMBERS)


@router.post("/numbers/api/start/finish")
async def finish_counting(request: Request) -> Response:
    """The second step, and the last: there are no keys to make."""
    state = state_of(request)
    form = await forms.taken(request, forms.FinishCounting)
    signed_in = await state.access.finish_counting(
        form.ticket,
        form.code,
        salt=form.salt,
        verifier=form.verifier,
        recovery_salt=form.recovery.salt,
        recovery_verifier=form.recovery.verifier,
        now=state.clock(),
    )
    response = await json_answer(request, {"codes": list(signed_in.codes)})
    _set_cookies(request, response, signed_in)
    return response


@router.post("/numbers/api/signin/salt")
async def salt_of_counting(request: Request) -> Response:
    """Somebody's salts, or what looks like them."""
    return await _salt(request)


@router.post("/numbers/api/signin")
async def sign_in_to_count(request: Request) -> Response:
    """Both factors for a session."""
    state = state_of(request)
    form = await forms.taken(request, forms.Signin)
    signed_in = await state.access.sign_in(
        form.name, form.verifier, form.code, Way(form.way), _browser(request), now=state.clock(), door=Door.NUMBERS
    )
    response = await json_answer(request, {"person": shapes.person(signed_in.person)})
    _set_cookies(request, response, signed_in)
    return response


@router.post("/numbers/api/passphrase")
async def change_passphrase(request: Request) -> Response:
    """A new passphrase; every other session of this person ends."""
    who = await counting(request)
    form = await forms.taken(request, forms.NewPassphrase)
    access = state_of(request).access
    await access.change_passphrase(who, None, form.salt, form.verifier, way=Way(form.way), proof=form.proof)
    return await json_answer(request, {})


@router.post("/numbers/api/signout")
async def sign_out_of_numbers(request: Request) -> Response:
    """The end of this session."""
    return await _out(request, await counting(request))
