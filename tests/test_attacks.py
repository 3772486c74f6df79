"""Attacks that were tried on the server: what a stranger, a colleague or a phone can send to hurt others.

docs/threat-model.md says what is to hold; how each door refuses whom stands in tests/web/test_refusals.py.
"""

import contextlib
import hmac
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest

from kindstem.access import Access
from kindstem.domain import Role
from kindstem.errors import SetupFault, TooBusy
from kindstem.keyfile import KeyFile
from kindstem.signing import random_id
from kindstem.store.messages import FLAGS_MAILED, FLAGS_SHOWN
from kindstem.wire import canonical, digest, is_name, label, unb64
from tests.cast import CHECKIN, Model, Town

# --- on the wire: what one connection may cost ------------------------------------------------------------------------

SERVER = dedent(
    """
    import sys
    from pathlib import Path
    from kindstem import serving
    from kindstem.config import Config

    serving.HEAD_SECONDS, serving.LOOK_SECONDS = 1, 1
    opened = serving.listen("127.0.0.1", 0)
    port = opened.getsockname()[1]
    config = Config(data=Path(sys.argv[1]), demo=True, base_url=f"http://localhost:{port}")
    print(port, flush=True)
    serving.serve(config, opened)
    """
)


@pytest.fixture(scope="module")
def port(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real server that is as impatient as a test can wait for."""
    folder = tmp_path_factory.mktemp("wire") / "town"
    shutil.copytree(model.folder, folder)
    command = [sys.executable, "-c", SERVER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.terminate()


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as opened:
        yield opened


def heard(opened: socket.socket) -> bytes:
    """Everything until the other side closes; empty when it just did."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while part := opened.recv(65536):
            said += part
    return said


def poured(opened: socket.socket, begin: bytes, more: bytes, pieces: int) -> int:
    """Send without end, and give how many bytes went before the connection was cut."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        opened.sendall(begin)
        for _ in range(pieces):
            opened.sendall(more)
            sent += len(more)
    return sent


POST = b"POST /api/enrol/find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
FLOODS = {
    "many headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: " + b"a" * 8000 + b"\r\n"),
    "one endless header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"a" * 8000),
    "an endless address": (b"GET /", b"a" * 8000),
    "headers after the body": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: " + b"a" * 8000 + b"\r\n"),
    "chunks of nothing but their names": (CHUNKED, b"1;" + b"a" * 8000 + b"\r\n{\r\n"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_nobody_fills_the_memory_with_what_is_no_message(port: int, name: str) -> None:
    """One connection could make the server remember headers until it fell over, and take ever longer for an address."""
    with connected(port) as opened:
        assert poured(opened, *FLOODS[name], pieces=5000) < 20_000_000


def test_a_request_with_much_of_its_own_still_passes(port: int) -> None:
    with connected(port) as opened:
        cookies = b"; ".join(b"c%d=%s" % (n, b"v" * 100) for n in range(100))
        opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
        opened.sendall(b"Cookie: " + cookies + b"\r\n\r\n")
        assert heard(opened).startswith(b"HTTP/1.1 200")


SLOW = {
    "nothing at all": b"",
    "half a header": b"GET / HTTP/1.1\r\nHo",
    "a body that does not come": POST + b"Content-Length: 16000\r\n\r\n{",
}


@pytest.mark.parametrize("name", SLOW)
def test_nobody_holds_a_connection_by_saying_nothing(port: int, name: str) -> None:
    with connected(port) as opened:
        opened.sendall(SLOW[name])
        began = time.monotonic()
        heard(opened)
        assert time.monotonic() - began < 8


def test_nobody_holds_a_connection_by_a_byte_now_and_then(port: int) -> None:
    for begin in (b"GET / HTTP/1.1\r\nX: ", POST + b"Content-Length: 16000\r\n\r\n"):
        with connected(port) as opened:
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):
                opened.sendall(begin)
                while time.monotonic() - began < 8:
                    opened.sendall(b"a")
                    time.sleep(0.2)
            assert time.monotonic() - began < 8


def test_a_body_that_comes_slowly_but_comes_is_waited_for(port: int) -> None:
    with connected(port) as opened:
        opened.sendall(POST + b"Connection: close\r\nContent-Length: 15000\r\n\r\n")
        for _ in range(3):
            time.sleep(0.8)
            opened.sendall(b"a" * 5000)
        assert heard(opened).startswith(b"HTTP/1.1 400")


# --- headers that say two things --------------------------------------------------------------------------------------


def raw(town: Town, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b"") -> tuple[int, bytes]:
    """One request with headers that may stand there twice."""
    answered = town.client.request(method, path, headers=headers, content=body)
    return answered.status_code, answered.content


@pytest.mark.parametrize("host", ["localhost:99999", "localhost:abc", "[::1", "localhost:-1"])
def test_a_host_that_is_none_is_refused_and_not_stumbled_over(town: Town, host: str) -> None:
    for path in ("/api/enrol/find", "/desk/api/signin"):
        ours = [("Host", host), ("Origin", f"http://{host}"), ("Kindstem", "1")]
        status, _ = raw(town, "POST", path, [*ours, ("Content-Type", "application/json")], b"{}")
        assert status in {403, 426}, host


def test_behind_a_proxy_only_its_own_line_is_believed(town_with: Callable[..., Town]) -> None:
    """Some proxies add a line of their own under the browser's; the last one is theirs."""
    town = town_with(trusted_proxy=True, finds_per_block=2, base_url="https://kind.example")
    common = [("Host", "kind.example"), ("Content-Type", "application/json")]
    body = canonical({"id": random_id()})
    codes = [
        raw(
            town,
            "POST",
            "/api/enrol/find",
            [
                *common,
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-For", f"198.51.{n}.1"),
                ("X-Forwarded-For", "192.0.2.7"),
            ],
            body,
        )[0]
        for n in range(4)
    ]
    assert codes == [410, 410, 429, 429]
    claimed = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http")]
    assert raw(town, "GET", "/", [*common, *claimed])[0] == 426


# --- limits -----------------------------------------------------------------------------------------------------------


def test_refused_strangers_leave_nothing_behind_in_memory(town: Town) -> None:
    """Each new name was remembered although all names together had been too many already; and above a size the whole
    memory was gone through at each request, so that a few hundred a second stopped the server."""
    access: Access = town.app.state.kindstem.access
    nobody = town.nobody()
    for n in range(2 * town.config.signins_in_all):
        nobody.post("/desk/api/start", {"name": f"stranger {n}", "startcode": "AAAA"})
    assert len(access._limits._until) <= town.config.signins_in_all + 10
    for n in range(2 * town.config.finds_in_all):
        with contextlib.suppress(TooBusy):
            access.limit_find(f"2001:db8:{n:x}::/56", now=town.clock())
    assert len(access._limits._until) <= town.config.signins_in_all + town.config.finds_in_all + 10


def test_one_strangers_refusals_do_not_use_up_the_room_of_all(town: Town) -> None:
    nobody = town.nobody()
    for _ in range(2 * town.config.signins_in_all):
        nobody.post("/desk/api/start", {"name": "Sam", "startcode": "AAAA"})
    assert nobody.post("/desk/api/start", {"name": "somebody else", "startcode": "AAAA"}).code == "signin-failed"


# --- the alert --------------------------------------------------------------------------------------------------------


def test_a_thousand_alerts_are_all_kept_and_drown_nobody(town: Town) -> None:
    """An alert is never refused. But whoever holds a phone must not bury its readers under mails, nor make every desk
    that reads the child carry all of its alerts."""
    first = random_id()
    assert town.noor.signed("POST", "/api/flag", {"id": first}).status == 200
    for _ in range(FLAGS_SHOWN + 10):
        town.clock.ahead(seconds=1)
        assert town.noor.signed("POST", "/api/flag", {"id": random_id()}).status == 200

    def mails() -> int:
        with town.store.reading() as reader:
            return len(reader._all("select 1 from mails"))

    def shown() -> list[Any]:
        rows = town.sam.get("/desk/api/children").json
        found: list[Any] = next(row for row in rows if row["child"] == town.noor.child)["flags"]
        return found

    assert mails() == 2 * FLAGS_MAILED
    assert len(shown()) == len(town.noor.inbox()["flags"]) == FLAGS_SHOWN
    # What nobody has seen is shown before what somebody saw, so that none is hidden behind the others.
    for _ in range(2):
        for flag in shown():
            assert town.sam.post(f"/desk/api/flags/{flag['id']}/seen", None).status == 200
    assert all(flag["seen"] for flag in shown())
    assert town.store.read_sync(lambda r: r.flag(first)).seen
    # Another hour, another child: mails go as always. All were seen, so that none climbs in that hour.
    town.clock.ahead(hours=1)
    before = mails()
    assert town.noor.signed("POST", "/api/flag", {"id": random_id()}).status == 200
    assert mails() == before + 2
    assert town.milan.signed("POST", "/api/flag", {"id": random_id()}).status == 200
    assert mails() > before + 2


# --- names ------------------------------------------------------------------------------------------------------------

UNSEEN = [" ", "\u200b", "\u00a0", "\u2800", "\u3164", "\u200d", "\ufe0f", "Vera\u200b", "Vera ", " Vera", "Ve\u00adra"]
UNSEEN += ["Vera\U000e0041", "\u061cVera", "\u200fVera", "", "\u2066Vera"]
SEEN = ["Vera", "Zoë van 't Hof-de Jong", "سارة", "می\u200cخواهم", "李", "Noor ❤\ufe0f", "Şahin 2", "👩\u200d👧"]


def test_nobody_stands_unseen_among_the_readers(town: Town) -> None:
    """The same names as tests/js/attacks.test.js tries."""
    assert not [name for name in UNSEEN if is_name(name)]
    assert all(is_name(name) for name in SEEN)
    for name in ("Vera\u200b", "\u3164"):
        with pytest.raises(SetupFault):
            town.newcomer(name, Role.SECOND)


def test_a_name_is_never_markup_in_what_the_server_writes(town: Town) -> None:
    name = '<img src=x onerror="alert(1)">'
    somebody = town.newcomer(name, Role.WORKER, team="<script>alert(2)</script>")
    somebody.start()
    for path in ("/desk/parts/colleagues", "/desk/parts/nav"):
        answered = somebody.get(path)
        assert answered.status == 200
        assert b"<img" not in answered.content
        assert b"<script" not in answered.content
        assert b"&lt;img src=x" in answered.content


# --- what sizes and timing tell ---------------------------------------------------------------------------------------


def drawn(strokes: int, points: int) -> dict[str, Any]:
    line = {"colour": "#c63a2f", "width": 12, "points": [500, 500] * points}
    return {"kind": "drawing", "prompt": "Wat wil jij tekenen?", "size": [1000, 1000], "strokes": [line] * strokes}


@pytest.mark.promise("P17")
def test_a_face_a_short_text_and_a_small_drawing_are_of_one_size(town: Town) -> None:
    """For whoever has the database, and whoever watches the line: the whole request has one length."""
    prompt, options = "Hoe gaat het nu met je?", ["heel goed", "goed", "gaat wel", "niet goed", "helemaal niet goed"]
    mood = {"key": "child.mood", "prompt": prompt, "options": options}
    said = {
        "a face": {**CHECKIN, "answers": [{**mood, "value": 1}], "parts": []},
        "another face": {**CHECKIN, "answers": [{**mood, "value": 5}], "parts": []},
        "one letter": {**CHECKIN, "parts": [{"kind": "text", "prompt": prompt, "text": "a"}]},
        "a short text": {**CHECKIN, "parts": [{"kind": "text", "prompt": prompt, "text": "Ik ben bang thuis. " * 60}]},
        "a small drawing": {**CHECKIN, "parts": [drawn(4, 60)]},
        "everything, a little": {
            **CHECKIN,
            "answers": [{**mood, "value": 3}],
            "parts": [{"kind": "text", "prompt": prompt, "text": "Zo."}, drawn(2, 40)],
        },
    }
    sizes = {}
    for name, doc in said.items():
        for kind in ("checkin", "flag"):
            data = town.noor.acted.seal(kind, doc, readers_list=town.noor.lists["worker"], at=town.clock())  # type: ignore[arg-type]
            assert town.noor.send(data).status == 201
            sizes[name, kind] = len(data)
    empty = town.noor.acted.seal("empty", {"v": 1}, readers_list=town.noor.lists["worker"], at=town.clock())
    assert {*sizes.values(), len(empty)} == {len(empty)}
    with town.store.reading() as reader:
        assert {row["size"] for row in reader._all("select size from entries")} == {4096}
    # What is larger is one of few sizes, and none between.
    larger = set()
    for n in (500, 900, 2000):
        doc = {**CHECKIN, "parts": [drawn(1, n)]}
        data = town.noor.acted.seal("checkin", doc, readers_list=town.noor.lists["worker"], at=town.clock())
        larger.add(len(data) - len(empty) + 4096)
    assert all(size & (size - 1) == 0 for size in larger)


@pytest.mark.promise("P15")
def test_database_and_key_file_together_cannot_test_a_pin_without_the_phone(town: Town) -> None:
    """Even somebody who knows the salt, which never leaves the phone, has nothing to compare a guess with."""
    acted, pin, salt = town.noor.acted, "40713", b"s" * 16
    x = acted.stretch(pin, salt)
    town.noor.set_lock(acted.lock_verifier(x), proof=town.noor.v)
    assert town.noor.unlock(acted.lock_verifier(x)).status == 200
    kept = town.store.read_sync(lambda r: r.lock(acted.device))
    assert kept is not None
    assert kept.coming is None
    lock = kept.present
    assert lock.verifier_hash == digest(acted.lock_verifier(x)), "with the phone's own secret it would fit"
    keys = KeyFile.open(town.config.key_file)
    pepper = keys.unseal("lock pepper", lock.pepper, bound=acted.device.encode())
    device = town.store.read_sync(lambda r: r.device(acted.device))
    assert device is not None
    known = [pepper, lock.verifier_hash, unb64(acted.device), unb64(device.signing), unb64(device.unlock)]
    for secret in (b"", bytes(32), *known):
        for material in (x, pin.encode(), x + pepper):
            guessed = hmac.digest(secret, label("lock verifier") + material, "sha256")
            assert lock.verifier_hash not in {digest(guessed), guessed, digest(material), digest(secret, material)}


def test_asking_for_a_salt_is_the_same_work_whoever_is_asked_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time would tell who works here, were the salt of a name that nobody has the only one to be computed."""
    access: Access = town.app.state.kindstem.access
    asked: list[str] = []
    real = access._keys.invented_salt
    monkeypatch.setattr(access._keys, "invented_salt", lambda name: (asked.append(name), real(name))[1])
    for name in ("Sam", "Samantha", "Ruth"):
        asked.clear()
        access.salts(name, now=town.clock())
        assert len(asked) == 2, name


# --- the browser's own helpers ----------------------------------------------------------------------------------------


@pytest.mark.promise("P11")
@pytest.mark.parametrize("path", ["/", "/desk/"])
def test_writing_aids_and_translators_of_the_browser_are_kept_out(town: Town, path: str) -> None:
    """Some of them send what is typed, or the whole page, to the maker of the browser."""
    html = town.nobody().get(path).content.decode()
    assert re.search(r'<html [^>]*translate="no"', html)
    assert re.search(r'<body [^>]*spellcheck="false"', html)
