"""Every route against everybody and everything it must refuse, generated from the application's own route table.

A route that is not in ROUTES fails the first test, so none can be added without saying who may not.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import BaseRoute

from kindstem.config import Config
from kindstem.signing import new_kindnummer, random_id
from kindstem.wire import b64, time_text
from tests.cast import CAST, Answered, Clock, Model, Phone, Professional, Somebody, Town, copied, id_of
from tests.test_oncall import climbs, listed, on_call, raised

WORDS = "Mijn-stiefvader-mag-dit-niet-lezen"
"""What a child might have sent by mistake: it may come back in no answer."""


@dataclass(frozen=True)
class Route:
    """Who a route is for, and a body that has its form.

    `who` is page (anybody, GET), open (anybody, JSON), device (an enrolled phone), desk (somebody signed in there),
    count (a manager signed in at the numbers), view (one of their pages, which is its own door) or token (a
    municipality's dashboard; tests/web/test_reports.py).
    """

    who: str
    form: dict[str, Any] | None = None
    limit: int | None = None
    raw: bool = False


H32, S16, RING, SIG = b64(bytes(32)), b64(bytes(16)), b64(bytes(60)), b64(bytes(64))
RECORD = {"record": {"t": "person"}, "sigs": []}
SMALL, RECORDS, ENVELOPE = 16 * 1024, 256 * 1024, Config.max_envelope

ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/"): Route("page"),
    ("GET", "/desk/"): Route("page"),
    ("GET", "/desk"): Route("page"),
    ("GET", "/sw.js"): Route("page"),
    ("GET", "/start.webmanifest"): Route("page"),
    ("GET", "/icon.svg"): Route("page"),
    ("GET", "/icon.png"): Route("page"),
    ("GET", "/built/{name}"): Route("page"),
    ("GET", "/vendor/{name}"): Route("page"),
    ("GET", "/healthz"): Route("page"),
    ("POST", "/api/enrol/find"): Route("open", {"id": S16}, SMALL),
    ("POST", "/api/enrol/answer"): Route(
        "open", {"id": S16, "child": RECORD, "lists": [RECORD], "proof": H32, "method": "qr"}, RECORDS
    ),
    ("POST", "/api/enrol/state"): Route("open", {"id": S16}, SMALL),
    ("POST", "/api/lock"): Route("device", {"verifier": H32, "kind": "pin"}, SMALL),
    ("POST", "/api/unlock"): Route("device", {"v": H32}, SMALL),
    ("PUT", "/api/entries/{entry}"): Route("device", None, ENVELOPE, raw=True),
    ("POST", "/api/flag"): Route("device", {"id": S16}, SMALL),
    ("POST", "/api/inbox"): Route("device", {"after": 0}, SMALL),
    ("GET", "/api/bodies/{entry}"): Route("device"),
    ("POST", "/api/lists"): Route("device", {"list": RECORD}, RECORDS),
    ("POST", "/api/log"): Route("device", {"from": 0, "indices": []}, SMALL),
    ("POST", "/desk/api/log"): Route("desk", {"from": 0, "indices": []}, SMALL),
    ("POST", "/desk/api/start"): Route("open", {"name": "Sam", "startcode": "AAAA"}, SMALL),
    ("POST", "/desk/api/start/finish"): Route(
        "open",
        {
            "ticket": "x",
            "salt": S16,
            "verifier": H32,
            "code": "123456",
            "record": RECORD,
            "recovery": {"salt": S16, "verifier": H32},
        },
        SMALL,
    ),
    ("PUT", "/desk/api/keyring"): Route("desk", {"passphrase": RING, "recovery": RING}, SMALL),
    ("POST", "/desk/api/signin/salt"): Route("open", {"name": "Sam"}, SMALL),
    ("POST", "/desk/api/signin"): Route(
        "open", {"name": "Sam", "verifier": H32, "code": "123456", "way": "passphrase"}, SMALL
    ),
    ("POST", "/desk/api/unlock"): Route("desk", {"verifier": H32}, SMALL),
    ("POST", "/desk/api/signout"): Route("desk"),
    ("GET", "/desk/api/me"): Route("desk"),
    ("GET", "/desk/api/people"): Route("desk"),
    ("POST", "/desk/api/people/{person}/signatures"): Route("desk", {"by": H32, "sig": SIG}, SMALL),
    ("POST", "/desk/api/away"): Route("desk", {"from": None, "until": None}, SMALL),
    ("POST", "/desk/api/children"): Route("desk", {"second": S16}, SMALL),
    ("GET", "/desk/api/children"): Route("desk"),
    ("POST", "/desk/api/enrolments"): Route(
        "desk",
        {"child": "K7Q2-M9XWB", "ids": [S16, H32[:22]], "bundle": RECORD, "proofs": {"qr": H32, "typed": H32}},
        RECORDS,
    ),
    ("GET", "/desk/api/enrolments/{enrolment}"): Route("desk"),
    ("POST", "/desk/api/enrolments/{enrolment}/activate"): Route("desk", {"child": RECORD, "lists": [RECORD]}, RECORDS),
    ("POST", "/desk/api/enrolments/{enrolment}/drop"): Route("desk"),
    ("GET", "/desk/api/children/{child}/entries"): Route("desk"),
    ("POST", "/desk/api/children/{child}/lists"): Route("desk", {"list": RECORD}, RECORDS),
    ("GET", "/desk/api/children/{child}/device-keys"): Route("desk"),
    ("POST", "/desk/api/bodies/{entry}"): Route("desk", {"reason": "read"}, SMALL),
    ("POST", "/desk/api/bodies"): Route("desk", {"entries": [S16], "reason": "read"}, SMALL),
    ("GET", "/desk/api/children/{child}/siblings"): Route("desk"),
    ("GET", "/desk/api/children/{child}/documents"): Route("desk"),
    ("PUT", "/desk/api/entries/{entry}"): Route("desk", None, ENVELOPE, raw=True),
    ("POST", "/desk/api/flags/{flag}/seen"): Route("desk"),
    ("POST", "/desk/api/flags/{flag}/steps"): Route("desk", {"reached": "other", "next": "agreed"}, SMALL),
    ("GET", "/desk/api/oncall"): Route("desk"),
    ("POST", "/desk/api/children/{child}/oncall"): Route("desk", {"list": RECORD}, RECORDS),
    ("POST", "/desk/api/children/{child}/signals"): Route("desk", {"entry": S16}, SMALL),
    ("POST", "/desk/api/signals/{entry}/handed"): Route("desk"),
    ("POST", "/desk/api/children/{child}/meldcodes"): Route("desk", {"id": S16}, SMALL),
    ("POST", "/desk/api/meldcodes/{meldcode}/close"): Route("desk"),
    ("POST", "/desk/api/meldcodes/{meldcode}/talk"): Route("desk", {"what": "later"}, SMALL),
    ("POST", "/desk/api/children/{child}/offers"): Route("desk", {"signed": RECORD}, SMALL),
    ("POST", "/desk/api/children/{child}/held"): Route("desk"),
    ("POST", "/api/offers"): Route("device", {"signed": RECORD}, SMALL),
    ("POST", "/desk/api/children/{child}/reset"): Route("desk", {"record": {"t": "reset"}, "sigs": [{}]}, SMALL),
    ("GET", "/desk/api/children/{child}/reads"): Route("desk"),
    ("POST", "/api/talks"): Route("device", {"answer": RECORD}, SMALL),
    ("POST", "/api/talks/find"): Route("device", {"id": H32}, SMALL),
    ("POST", "/api/after"): Route("device", {"question": "said", "value": "yes"}, SMALL),
    ("GET", "/desk/api/children/{child}/talks"): Route("desk"),
    ("POST", "/desk/api/children/{child}/talks"): Route("desk", {"signed": RECORD}, SMALL),
    ("POST", "/desk/api/samples"): Route("desk", {"talks": [H32]}, SMALL),
    ("POST", "/desk/api/samples/results"): Route("desk", {"result": RECORD}, SMALL),
    ("GET", "/desk/api/children/{child}/device"): Route("desk"),
    ("POST", "/desk/api/children/{child}/device"): Route("desk", {"signed": RECORD}, SMALL),
    ("POST", "/desk/api/children/{child}/device/sign"): Route("desk", {"by": H32, "sig": SIG}, SMALL),
    ("POST", "/api/requests"): Route("device", {"signed": RECORD}, SMALL),
    ("GET", "/desk/api/requests"): Route("desk"),
    ("GET", "/desk/api/children/{child}/requests"): Route("desk"),
    ("POST", "/desk/api/children/{child}/requests"): Route("desk", {"signed": RECORD}, SMALL),
    ("GET", "/desk/parts/nav"): Route("desk"),
    ("GET", "/desk/parts/colleagues"): Route("desk"),
    ("GET", "/desk/parts/away"): Route("desk"),
    ("POST", "/desk/parts/away"): Route("desk", None, 1024),
    ("GET", "/desk/parts/reads/{child}"): Route("desk"),
    ("GET", "/numbers"): Route("page"),
    ("GET", "/numbers/"): Route("view"),
    ("GET", "/numbers/teams"): Route("view"),
    ("GET", "/numbers/on/{day}/{what}"): Route("view"),
    ("GET", "/numbers/children"): Route("view"),
    ("GET", "/numbers/time"): Route("view"),
    ("GET", "/numbers/kpis"): Route("view"),
    ("GET", "/numbers/experience"): Route("view"),
    ("GET", "/numbers/evaluation"): Route("view"),
    ("GET", "/numbers/behind/{what}"): Route("view"),
    ("GET", "/numbers/among/{what}"): Route("view"),
    ("GET", "/numbers/standing/{what}"): Route("view"),
    ("GET", "/numbers/clock/{what}"): Route("view"),
    ("GET", "/numbers/waits/{what}"): Route("view"),
    ("GET", "/numbers/decided/{what}"): Route("view"),
    ("GET", "/numbers/own/{what}"): Route("view"),
    ("GET", "/numbers/child/{child}"): Route("view"),
    ("GET", "/numbers/council"): Route("view"),
    ("GET", "/numbers/norms"): Route("view"),
    ("POST", "/numbers/norms"): Route("view", None, 2048),
    ("GET", "/numbers/roster"): Route("view"),
    ("POST", "/numbers/roster"): Route("view"),
    ("GET", "/numbers/audit"): Route("view"),
    ("POST", "/numbers/audit/bundles"): Route("view", None, 2048),
    ("GET", "/numbers/audit/bundles/{bundle}"): Route("view"),
    ("GET", "/numbers/audit/bundles/{bundle}/file"): Route("view"),
    ("GET", "/numbers/take"): Route("view"),
    ("GET", "/numbers/take/file"): Route("view"),
    ("GET", "/numbers/api/v1/figures"): Route("token"),
    ("POST", "/numbers/api/start"): Route("open", {"name": "Ruth", "startcode": "AAAA"}, SMALL),
    ("POST", "/numbers/api/start/finish"): Route(
        "open",
        {"ticket": "x", "salt": S16, "verifier": H32, "code": "123456", "recovery": {"salt": S16, "verifier": H32}},
        SMALL,
    ),
    ("POST", "/numbers/api/signin/salt"): Route("open", {"name": "Ruth"}, SMALL),
    ("POST", "/numbers/api/signin"): Route(
        "open", {"name": "Ruth", "verifier": H32, "code": "123456", "way": "passphrase"}, SMALL
    ),
    ("POST", "/numbers/api/passphrase"): Route(
        "count", {"salt": S16, "verifier": H32, "proof": H32, "way": "recovery"}, SMALL
    ),
    ("POST", "/numbers/api/signout"): Route("count"),
}

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
UNSAFE = {"POST", "PUT", "DELETE", "PATCH"}


def named(routes: dict[tuple[str, str], Route]) -> list[Any]:
    return [pytest.param(method, path, route, id=f"{method} {path}") for (method, path), route in routes.items()]


def only(*who: str, forms: bool = False, limits: bool = False) -> list[Any]:
    return named(
        {
            key: route
            for key, route in ROUTES.items()
            if route.who in who and (not forms or route.form is not None) and (not limits or route.limit)
        }
    )


def address(path: str, **ids: str) -> str:
    """The route's pattern with ids that nobody has, unless given."""
    filled = {
        "name": "nothing.js",
        "what": "all",
        "day": "2026-10-31",
        "bundle": "A" * 22,
        "child": new_kindnummer(),
        **{name: random_id() for name in ("entry", "person", "flag", "enrolment", "meldcode")},
    }
    return path.format(**(filled | ids))


def ask(
    who: Somebody, method: str, path: str, route: Route, form: Any = None, *, body: bytes | None = None, **headers: Any
) -> Answered:
    """One request in the manner of the route: signed by a phone, or with the desk's headers."""
    if route.raw and body is None:
        body = b"KSE1"
    if body is not None:
        headers = {"Content-Type": "application/octet-stream", "Kindstem-List": "worker.1"} | headers
    send = who.signed if isinstance(who, Phone) else who.ask
    return send(method, path, form, body=body, headers=headers)


@pytest.fixture(scope="module")
def still(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all refusals: they change nothing, and the last test of this file looks whether that is so."""
    with copied(model, tmp_path_factory.mktemp("still") / "town", finds_per_block=10**6, finds_in_all=10**6,
                signins_per_name=10**6, signins_in_all=10**6) as town:  # fmt: skip
        yield town


def rightful(town: Town, route: Route) -> Somebody:
    anybody = {"page": town.nobody(), "open": town.nobody(), "token": town.nobody()}
    return (anybody | {"device": town.noor, "desk": town.sam, "count": town.ruth, "view": town.ruth})[route.who]


def leaves(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        nested = getattr(inner, "routes", None)
        if getattr(route, "path", None) and getattr(route, "methods", None):
            for method in route.methods - {"HEAD"}:  # type: ignore[attr-defined]
                yield method, route.path  # type: ignore[attr-defined]
        elif nested:
            yield from leaves(nested)


# --- the table itself -------------------------------------------------------------------------------------------------


def test_every_route_says_who_may_not(still: Town) -> None:
    assert sorted(leaves(still.app.routes)) == sorted(ROUTES)


def test_every_route_is_in_the_documentation(project: Any) -> None:
    page = (project / "docs/api.md").read_text("utf-8")
    for method, path in ROUTES:
        if path.startswith(("/api", "/desk/api", "/numbers")):
            documented = path.replace("{entry}", "{id}").replace("{enrolment}", "{id}").replace("{flag}", "{id}")
            documented = documented.replace("{meldcode}", "{id}")
            tail = documented.removeprefix("/desk/api/enrolments/{id}")
            assert documented in page or (tail != documented and f"…{tail}" in page), f"{method} {path}"


# --- nobody -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "route"), only("device", "desk", "count"))
def test_nobody_gets_nothing(still: Town, method: str, path: str, route: Route) -> None:
    real = address(path, child=still.noor.child)
    body = b"from=2026-11-20" if path == "/desk/parts/away" and method == "POST" else None
    answers = [ask(still.nobody(), method, one, route, route.form, body=body) for one in (real, address(path))]
    expected = (401, "device-unknown" if route.who == "device" else "session-ended")
    if path.startswith("/desk/parts"):
        assert [one.status for one in answers] == [401, 401]
    else:
        assert [(one.status, one.code) for one in answers] == [expected, expected]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(("method", "path", "route"), only("view"))
def test_nobody_gets_the_door_of_the_numbers(still: Town, method: str, path: str, route: Route) -> None:
    both = (address(path, child=still.noor.child), address(path))
    answers = [ask(still.nobody(), method, one, route) for one in both]
    assert [one.status for one in answers] == [401, 401]
    assert all(b'id="door"' in one.content and still.noor.child.encode() not in one.content for one in answers)


@pytest.mark.parametrize(("method", "path", "route"), only("count", "view"))
@pytest.mark.parametrize("who", ["sam", "iris", "noor"])
def test_whoever_reads_and_whoever_speaks_have_no_numbers(
    still: Town, method: str, path: str, route: Route, who: str
) -> None:
    """Somebody who does both has two accounts, so that the two never mix."""
    one = getattr(still, who)
    asked = address(path, child=still.noor.child)
    assert ask(one, method, asked, route, route.form, Kindstem="1").status == 401
    as_counting = Somebody(still, cookies={"numbers": one.cookies.get("desk", "none")})
    assert ask(as_counting, method, asked, route, route.form).status == 401


@pytest.mark.promise("P9")
@pytest.mark.parametrize(("method", "path", "route"), only("desk", "device"))
def test_a_manager_gets_nothing_of_the_desk_or_of_a_phone(
    still: Town, method: str, path: str, route: Route
) -> None:
    asked = address(path, child=still.noor.child, person=still.sam.id)
    for cookies in (still.ruth.cookies, {"desk": still.ruth.cookies["numbers"]}):
        assert ask(Somebody(still, cookies=dict(cookies)), method, asked, route, route.form).status == 401


@pytest.mark.parametrize(("method", "path", "route"), only("desk"))
def test_a_session_that_never_was_is_no_session(still: Town, method: str, path: str, route: Route) -> None:
    stranger = Somebody(still, cookies={"desk": b64(bytes(32)), "known": b64(bytes(32))})
    assert ask(stranger, method, address(path), route, route.form).status == 401


@pytest.mark.parametrize(("method", "path", "route"), only("desk"))
def test_a_phone_has_no_desk(still: Town, method: str, path: str, route: Route) -> None:
    assert ask(still.noor, method, address(path), route, route.form, Kindstem="1").status == 401


@pytest.mark.parametrize(("method", "path", "route"), only("device"))
def test_a_desk_is_no_phone(still: Town, method: str, path: str, route: Route) -> None:
    assert ask(still.sam, method, address(path), route, route.form).code == "device-unknown"


# --- Iris, who works here and does not read Noor ----------------------------------------------------------------------


def without_access(town: Town, who: Professional, method: str, path: str, route: Route) -> tuple[Answered, Answered]:
    """The answers for things of Noor's that exist, and for the same that do not."""
    noor = town.noor
    said = noor.say()
    assert noor.send(said, headers={"Kindstem-Flag": "1"}).status == 201
    begun = town.sam.post("/desk/api/enrolments", town.offer(town.sam, town.vera, town.daan).json())
    real = {
        "child": noor.child,
        "entry": id_of(said),
        "flag": id_of(said),
        "enrolment": begun.json["enrolment"],
        "person": town.vera.id,
    }
    if "{meldcode}" in path:
        real["meldcode"] = random_id()
        opened = town.sam.post(f"/desk/api/children/{noor.child}/meldcodes", {"id": real["meldcode"]})
        assert opened.status == 200
    form = route.form
    if path.endswith("/reset"):
        form = who.keys.sign_reset(noor.acted.record, town.clock()).json()
    if path.endswith("/talks") and method == "POST":
        form = {"signed": who.about_talk(noor, "plan", **plan(town)).json()}
    if path.endswith("/requests") and method == "POST":
        form = {"signed": who.keys.request(random_id(), None, "worker", town.clock()).json()}
    if path.endswith("/offers"):
        form = {"signed": who.keys.answer_offer(noor.child, random_id(), "no", town.clock()).json()}
    if path.endswith("/device") and method == "POST":
        form = {"signed": who.keys.evidence(random_id(), noor.acted.record, town.clock()).json()}
    if path.endswith(("/lists", "/oncall")):
        form = {"list": who.keys.sign_record(noor_list(noor)).json()}
    if path.endswith("/activate"):
        signed = who.keys.sign_record(noor_record(noor)).json()
        form = {"child": signed, "lists": [who.keys.sign_record(noor_list(noor)).json()]}
    answers = []
    for ids in (real, {}):
        asked = address(path, **ids)
        body = None
        if route.raw:
            body = who.seal(noor, entry=real["entry"] if ids else asked.rpartition("/")[2])
        if path.endswith("/reset") and not ids:
            form = who.keys.sign_reset({**noor.acted.record, "child": asked.split("/")[4]}, town.clock()).json()
        answers.append(ask(who, method, asked, route, form, body=body))
    return answers[0], answers[1]


def plan(town: Town) -> dict[str, str]:
    at = time_text(town.clock())
    return {"start": at, "place": "school", "at": at}


def noor_record(noor: Phone) -> Any:
    from kindstem.wire import Signed

    return Signed(noor.acted.record, (noor.acted.signing.sign_record(noor.acted.record),))


def noor_list(noor: Phone) -> Any:
    from kindstem.wire import Signed

    return Signed(noor.lists["worker"], (noor.acted.signing.sign_record(noor.lists["worker"]),))


OF_A_CHILD = {
    key: route
    for key, route in ROUTES.items()
    if route.who == "desk"
    and any(f"{{{name}}}" in key[1] for name in ("child", "entry", "flag", "enrolment", "meldcode"))
}


@pytest.mark.promise("P2")
@pytest.mark.parametrize(("method", "path", "route"), named(OF_A_CHILD))
def test_iris_cannot_tell_whether_it_exists(town: Town, method: str, path: str, route: Route) -> None:
    there, nowhere = without_access(town, town.iris, method, path, route)
    assert there.status == nowhere.status == 404
    assert there.content == nowhere.content


@pytest.mark.parametrize(("method", "path", "route"), named(OF_A_CHILD))
def test_the_confidant_reads_no_message_to_the_worker(town: Town, method: str, path: str, route: Route) -> None:
    # Of talks, the confidant knows only that there is a phone to introduce; and here it has no record yet.
    of_worker = (
        *("/talks", "/lists", "/oncall", "/siblings", "/documents", "/signals", "/meldcodes", "/offers", "/held"),
    )
    of_talks = path.endswith(of_worker) or (
        method == "POST" and ("/device" in path or path.endswith("/requests"))
    )
    if ("/children/{child}/" in path or "/reads/{child}" in path) and not of_talks:
        # Jo is a reader of Noor, and may ask after her; what there is for Jo is tested in test_desk.py.
        there, _ = without_access(town, town.jo, method, path, route)
        assert there.status == 200
        assert b'"wrap"' not in there.content
        return
    there, nowhere = without_access(town, town.jo, method, path, route)
    assert there.status == nowhere.status == 404
    assert there.content == nowhere.content


@pytest.fixture(scope="module")
def climbed(model: Model, tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Professional, Clock]:
    """A town to copy in which a flag has come to Tess, with Tess and the time it is; both signed in.

    Made once: it took two seconds of the processor for each route.
    """
    folder = tmp_path_factory.mktemp("climbed") / "town"
    with copied(model, folder) as town:
        tess = on_call(town)
        listed(town, tess)
        raised(town)
        climbs(town)
        for one in (tess, town.sam):
            one.sign_in()
        actors = {name: getattr(town, name) for name in CAST}
        for one in (*actors.values(), tess):
            one.town = None
        return Model(folder, actors, town.daan), tess, town.clock


@pytest.mark.promise("P24")
@pytest.mark.parametrize(("method", "path", "route"), named(OF_A_CHILD))
def test_who_is_on_call_cannot_tell_whether_it_exists(
    climbed: tuple[Model, Professional, Clock], tmp_path: Path, method: str, path: str, route: Route
) -> None:
    """Tess stands on Noor's list, and one of Noor's flags is hers now: nothing else of Noor is."""
    model, tess, clock = climbed[0], deepcopy(climbed[1]), climbed[2]
    with copied(model, tmp_path / "town") as town:
        tess.town, town.clock.now = town, clock.now
        assert [one["child"] for one in tess.get("/desk/api/oncall").json] == [town.noor.child]
        there, nowhere = without_access(town, tess, method, path, route)
    assert there.status == nowhere.status == 404
    assert there.content == nowhere.content


def test_who_is_on_call_sees_no_child_in_any_list(town: Town) -> None:
    tess = on_call(town)
    listed(town, tess)
    town.noor.send(town.noor.say())
    raised(town)
    climbs(town)
    tess.sign_in()
    for part in ("api/children", "api/requests", "api/people", "parts/nav", "parts/colleagues"):
        path = f"/desk/{part}"
        assert town.noor.child.encode() not in tess.get(path).content, path
    assert tess.post("/desk/api/children", {"second": town.vera.id}).status == 404


def test_iris_cannot_ask_for_a_child_in_an_enrolment(town: Town) -> None:
    form = town.offer(town.sam, town.vera, town.daan).json()
    there = town.iris.post("/desk/api/enrolments", form)
    child = new_kindnummer()
    form = json.loads(json.dumps(form).replace(town.daan, child))
    nowhere = town.iris.post("/desk/api/enrolments", form)
    assert (there.status, there.content) == (404, nowhere.content)


def test_iris_sees_none_of_noor_in_her_lists(town: Town) -> None:
    town.noor.send(town.noor.say())
    for path in ("/desk/api/children", "/desk/parts/nav", "/desk/api/people", "/desk/parts/colleagues"):
        assert town.noor.child.encode() not in town.iris.get(path).content


# --- somebody else's phone --------------------------------------------------------------------------------------------


def test_another_childs_phone_gets_no_body(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    there = town.milan.signed("GET", f"/api/bodies/{id_of(said)}")
    nowhere = town.milan.signed("GET", f"/api/bodies/{random_id()}")
    assert (there.status, there.content) == (404, nowhere.content)
    assert town.noor.signed("GET", f"/api/bodies/{id_of(said)}").status == 200


@pytest.mark.parametrize(("method", "path", "route"), only("device"))
def test_a_revoked_phone_is_told_that_it_is_off(town: Town, method: str, path: str, route: Route) -> None:
    device = town.noor.acted.device
    town.call(town.store.write, lambda tx: tx.revoke_device(device, town.clock()))
    assert (
        ask(town.noor, method, address(path), route, route.form).status,
        ask(town.noor, method, address(path), route, route.form).code,
    ) == (403, "device-off")


@pytest.mark.parametrize(("method", "path", "route"), only("device"))
def test_a_request_somebody_else_signed_is_unknown(still: Town, method: str, path: str, route: Route) -> None:
    forged = Phone(still, acted=still.noor.acted)
    real = forged.acted.signing
    forged.acted.signing = still.milan.acted.signing
    try:
        assert ask(forged, method, address(path), route, route.form).code == "device-unknown"
    finally:
        forged.acted.signing = real


@pytest.mark.parametrize(("method", "path", "route"), only("device"))
@pytest.mark.parametrize("skew", [-700, 700])
def test_a_clock_that_is_off_is_told_the_time(still: Town, method: str, path: str, route: Route, skew: int) -> None:
    body = b"KSE1" if route.raw else None
    headers = {"Content-Type": "application/octet-stream"} if route.raw else {}
    answered = still.noor.signed(method, address(path), route.form, body=body, headers=headers, skew=skew)
    assert (answered.status, answered.code) == (401, "clock-differs")
    assert answered.json["error"]["now"] == "2026-11-18T09:30:00Z"


# --- wrong methods, other sites ---------------------------------------------------------------------------------------


FOREIGN = [
    (method, path)
    for path in sorted({path for _, path in ROUTES})
    for method in METHODS
    if (method, path) not in ROUTES
]


@pytest.mark.parametrize(("method", "path"), FOREIGN)
def test_an_address_has_only_its_own_methods(still: Town, method: str, path: str) -> None:
    answered = still.sam.ask(method, address(path))
    assert answered.status == 405
    if path.startswith(("/api", "/desk/api", "/numbers/api", "/healthz")):
        assert answered.code == "wrong-method"


WRITES = [param for param in named(ROUTES) if param.values[0] in UNSAFE]


@pytest.mark.parametrize(("method", "path", "route"), WRITES)
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:9999", "http://localhost:8000.evil.example"]
)
def test_another_sites_request_is_not_carried_out(
    still: Town, method: str, path: str, route: Route, origin: str
) -> None:
    answered = ask(rightful(still, route), method, address(path), route, route.form, Origin=origin)
    assert answered.status == 403
    if path.startswith(("/api", "/desk/api", "/numbers/api")):
        assert answered.code == "wrong-origin"


BY_COOKIE = [one for one in WRITES if one.values[1].startswith(("/desk", "/numbers"))]


@pytest.mark.parametrize(("method", "path", "route"), BY_COOKIE)
@pytest.mark.parametrize("missing", ["Origin", "Kindstem"])
def test_the_desk_writes_only_by_its_own_script(
    still: Town, method: str, path: str, route: Route, missing: str
) -> None:
    assert ask(rightful(still, route), method, address(path), route, route.form, **{missing: None}).status == 403


# --- too much, and not in the form ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "route"), only("open", "device", "desk", "count", "view", limits=True))
@pytest.mark.parametrize("announced", [True, False])
def test_more_than_a_route_takes_is_refused(still: Town, method: str, path: str, route: Route, announced: bool) -> None:
    assert route.limit is not None
    who, body = rightful(still, route), bytes(route.limit + 1)
    kind = "application/octet-stream" if route.raw else "application/json"
    if path == "/desk/parts/away" or route.who == "view":
        kind = "application/x-www-form-urlencoded"
    headers: dict[str, Any] = {"Content-Type": kind, "Kindstem-List": "worker.1"}
    if not announced:
        headers["Content-Length"] = None
        headers["Transfer-Encoding"] = "chunked"
    send: Callable[..., Answered] = who.signed if isinstance(who, Phone) else who.ask
    answered = send(method, address(path), body=body, headers=headers)
    assert answered.status == 413
    if not path.startswith("/desk/parts") and route.who != "view":
        assert answered.code == "too-large"


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"id": "',
    "a list": b"[]",
    "a text": json.dumps(WORDS).encode(),
    "no utf-8": b'{"id": "\xff\xfe"}',
    "a number that is none": b'{"after": NaN}',
    "a fraction": b'{"after": 1.5}',
    "a key twice": b'{"id": "a", "id": "b"}',
    "very deep": b"[" * 5000 + b"]" * 5000,
    "words": json.dumps({"words": WORDS}).encode(),
}


@pytest.mark.parametrize(("method", "path", "route"), only("open", "device", "desk", "count", forms=True))
@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BROKEN.items()])
def test_what_has_no_form_is_refused_without_an_echo(
    still: Town, method: str, path: str, route: Route, body: bytes
) -> None:
    who = rightful(still, route)
    send: Callable[..., Answered] = who.signed if isinstance(who, Phone) else who.ask
    answered = send(method, address(path), body=body, headers={"Content-Type": "application/json"})
    assert (answered.status, answered.code) == (400, "bad-request")
    assert WORDS.encode() not in answered.content


def bent(form: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The form with one thing wrong."""
    for name, value in form.items():
        if name not in {"recovery", "way"}:
            yield f"without {name}", {key: other for key, other in form.items() if key != name}
        yield f"{name} of another type", form | {name: [1] if not isinstance(value, list) else WORDS}
        if isinstance(value, str):
            yield f"{name} with words", form | {name: WORDS * 10}
    yield "one more", form | {"words": WORDS}


BENT = [
    pytest.param(method, path, route, form, id=f"{method} {path} {name}")
    for (method, path), route in ROUTES.items()
    if route.form
    for name, form in bent(route.form)
]


@pytest.mark.parametrize(("method", "path", "route", "form"), BENT)
def test_a_form_with_one_thing_wrong_is_refused_without_an_echo(
    still: Town, method: str, path: str, route: Route, form: dict[str, Any]
) -> None:
    answered = ask(rightful(still, route), method, address(path), route, form)
    assert (answered.status, answered.code) == (400, "bad-request")
    assert WORDS.encode() not in answered.content


@pytest.mark.parametrize(("method", "path", "route"), only("open", "device", "desk", forms=True))
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_taken_for_json(still: Town, method: str, path: str, route: Route, kind: str | None) -> None:
    """A form on another site can send each of the others."""
    answered = ask(rightful(still, route), method, address(path), route, route.form, **{"Content-Type": kind})
    assert (answered.status, answered.code) == (400, "bad-request")


ELSEWHERE = [
    *("/api/../etc/passwd", "/built/..%2f..%2fkindstem.key", "/built/.hidden.js", "/built/manifest.json"),
    *("/vendor/%2e%2e%2fbuilt", "/desk/parts/none", "/desk/api/none", "/api/enrol", "/%00", "/docs", "/openapi.json"),
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_other_addresses_are_not_there(still: Town, path: str) -> None:
    assert still.sam.get(path).status == 404


@pytest.mark.promise("P8")
def test_there_is_no_role_and_no_route_for_a_parent(still: Town) -> None:
    from kindstem.domain import Role

    assert {role.value for role in Role} == {
        *("worker", "second", "confidant", "independent", "oncall", "manager", "leader", "administrator", "inspector"),
    }
    assert not [path for _, path in ROUTES if "parent" in path or "ouder" in path]
    assert {route.who for route in ROUTES.values()} == {"page", "open", "device", "desk", "count", "view", "token"}


def test_all_these_refusals_changed_nothing(still: Town, model: Any) -> None:
    import sqlite3

    def rows(path: Any) -> dict[str, int]:
        conn = sqlite3.connect(path)
        tables = [row[0] for row in conn.execute("select name from sqlite_master where type = 'table'")]
        found = {table: conn.execute(f"select count(*) from {table}").fetchone()[0] for table in tables}
        conn.close()
        return found

    assert rows(still.store.path) == rows(model.folder / "kindstem.db")
