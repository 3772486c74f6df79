"""What every request passes and every answer carries."""

import base64
import gzip
import hashlib
import json
import logging
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest

from kindstem import assets, log
from kindstem.config import Config
from kindstem.domain import Role
from kindstem.errors import SetupFault
from kindstem.signing import random_id
from kindstem.web import app, open_state
from kindstem.web.guard import address_block
from tests.cast import Clock, Town, copied, id_of, running


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}


# --- headers ----------------------------------------------------------------------------------------------------------


def test_the_childs_page_may_do_only_what_it_needs(town: Town) -> None:
    answered = town.nobody().get("/")
    policy = directives(answered.headers["content-security-policy"])
    (style,) = re.findall(r"<style>(.*?)</style>", answered.content.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha384(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' 'sha384-{digest}'",
        "img-src": "'self' blob: data:",
        "media-src": "blob:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "kindstem",
    }
    assert b"<title>Start</title>" in answered.content
    for child in (town.noor.child, "Noor", town.org.name):
        assert child.encode() not in answered.content


def test_the_desks_nonce_is_new_each_time_and_stands_on_its_script(town: Town) -> None:
    nonces = set()
    for _ in range(3):
        answered = town.nobody().get("/desk/")
        policy = directives(answered.headers["content-security-policy"])
        found = re.fullmatch(r"'self' 'nonce-([\w-]{16,})'", policy["script-src"])
        assert found
        nonces.add(found[1])
        assert f'nonce="{found[1]}"'.encode() in answered.content
        assert policy["trusted-types"] == "kindstem htmx"
        assert "unsafe" not in answered.headers["content-security-policy"]
    assert len(nonces) == 3


def test_a_part_carries_the_nonce_that_its_elements_have(town: Town) -> None:
    answered = town.sam.get("/desk/parts/away")
    found = re.search(r"'nonce-([\w-]+)'", answered.headers["content-security-policy"])
    assert found
    assert set(re.findall(r'hx-nonce="([^"]+)"', answered.content.decode())) == {found[1]}


PAGES = {"/", "/desk/", "/nothing", "/desk/parts/nav"}
OTHERS = {"/healthz", "/api/inbox", "/desk/api/me", "/icon.svg", "/sw.js"}


@pytest.mark.parametrize("path", sorted(PAGES | OTHERS))
def test_every_answer_carries_the_same_protection(town: Town, path: str) -> None:
    headers = town.nobody().get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    if path in PAGES:
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        permissions = headers["permissions-policy"]
        assert "microphone=(self)" in permissions
        assert "camera=(self)" in permissions
        assert "geolocation=()" in permissions
    assert "server" not in headers
    static = path in {"/icon.svg", "/sw.js"}
    assert headers["cache-control"] == ("no-cache" if static else "no-store")


def test_what_a_worker_runs_may_fetch_from_us_alone(town: Town) -> None:
    policy = directives(town.nobody().get("/sw.js").headers["content-security-policy"])
    assert policy["connect-src"] == "'self'"
    assert policy["script-src"] == "'self'"


def test_a_browser_that_came_over_tls_is_kept_there_by_a_real_server(model: Any, tmp_path: Path) -> None:
    for name, base, demo, expected in (
        ("real", "https://kind.example", False, True),
        ("demonstration", "https://kind.example", True, False),
        ("local", "https://localhost:8443", False, False),
    ):
        folder = tmp_path / name
        shutil.copytree(model.folder, folder)
        with sqlite3.connect(folder / "kindstem.db") as conn:
            conn.execute("update settings set value = ? where name = 'demo'", (str(int(demo)),))
        conn.close()
        with running(Config(data=folder, demo=demo, base_url=base), Clock()) as town:
            assert ("strict-transport-security" in town.nobody().get("/").headers) is expected, name


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/desk/", "/api/inbox", "/desk/api/me", "/anything", "/start.webmanifest"])
def test_over_plain_http_from_elsewhere_every_address_explains(model: Any, tmp_path: Path, path: str) -> None:
    with copied(model, tmp_path / "town", base_url="http://192.168.1.20:8000") as town:
        answered = town.nobody().get(path, headers={"Accept-Language": "en"})
        assert answered.status == 426
        assert answered.headers["upgrade"].startswith("TLS/")
        assert b"https" in answered.content
        assert b"<script" not in answered.content
        if not path.startswith(("/api", "/desk/api")):
            assert b'lang="en"' in answered.content
        assert town.nobody().get("/healthz").status == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/start.webmanifest"])
def test_a_page_that_says_no_to_a_child_has_the_numbers_to_call(model: Any, tmp_path: Path, path: str) -> None:
    with copied(model, tmp_path / "town", base_url="http://192.168.1.20:8000") as town:
        content = town.nobody().get(path).content.decode()
    for number in ("112", "08002000", "08000432", "08000113"):
        assert f'href="tel:{number}"' in content
    assert "<title>Start</title>" in content


def test_in_dutch_unless_another_language_is_asked_for(model: Any, tmp_path: Path) -> None:
    with copied(model, tmp_path / "town", base_url="http://192.168.1.20:8000") as town:
        assert b'lang="nl"' in town.nobody().get("/").content


def test_nothing_is_done_for_a_phone_without_tls(model: Any, tmp_path: Path) -> None:
    with copied(model, tmp_path / "town", base_url="http://kind.example") as town:
        assert town.noor.send(town.noor.say()).code == "needs-https"
        assert town.sam.sign_in().code == "needs-https"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
def test_on_this_computer_plain_http_is_enough(town: Town, host: str) -> None:
    assert town.nobody().get("/", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["localhost.evil.example", "127.0.0.1.evil.example", "", "evil", "[", "localhost@evil.example"]
)
def test_only_this_computers_own_names_count_as_local(town: Town, host: str) -> None:
    assert town.nobody().get("/", headers={"Host": host}).status == 426


def test_a_proxy_is_believed_only_when_there_is_one(model: Any, tmp_path: Path) -> None:
    said = {"X-Forwarded-Proto": "https"}
    with copied(model, tmp_path / "with", base_url="http://kind.example", trusted_proxy=True) as town:
        assert town.nobody().get("/", headers=said).status == 200
        assert town.nobody().get("/", headers={"X-Forwarded-Proto": "http"}).status == 426
        assert town.nobody().get("/", headers={"X-Forwarded-Proto": "https, http"}).status == 426
        assert town.nobody().get("/").status == 426
    with copied(model, tmp_path / "without", base_url="http://kind.example") as town:
        assert town.nobody().get("/", headers=said).status == 426


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_limits_count_by_block(address: str, block: str) -> None:
    assert address_block(address) == block


# --- files ------------------------------------------------------------------------------------------------------------


def test_built_files_come_compressed_as_the_browser_can_and_for_ever(town: Town) -> None:
    url = assets.asset("child.js").url
    path = assets.folder("static") / url.lstrip("/")
    for accepts, ending, coding in (("br, gzip", ".br", "br"), ("gzip", ".gz", "gzip"), ("identity", "", None)):
        with town.client.stream("GET", url, headers={"Accept-Encoding": accepts}) as response:
            raw = b"".join(response.iter_raw())
        assert raw == path.with_name(path.name + ending).read_bytes()
        assert response.headers.get("content-encoding") == coding
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "Accept-Encoding" in response.headers["vary"]
        assert response.headers["content-type"].startswith("text/javascript")


def test_a_coding_with_quality_zero_is_not_wanted(town: Town) -> None:
    answered = town.nobody().get(assets.asset("child.js").url, headers={"Accept-Encoding": "br;q=0, gzip; q=0"})
    assert "content-encoding" not in answered.headers


def test_everything_the_pages_name_is_there(town: Town) -> None:
    for page in ("/", "/desk/"):
        content = town.nobody().get(page).content.decode()
        for url in set(re.findall(r'(?:href|src)="(/[^"]*\.(?:js|css|svg|webmanifest))"', content)):
            assert town.nobody().get(url).status == 200, url
    manifest = json.loads(town.nobody().get("/start.webmanifest").content)
    assert manifest["name"] == "Start"
    for icon in manifest["icons"]:
        assert town.nobody().get(icon["src"]).status == 200


def test_a_file_that_did_not_change_is_not_sent_again(town: Town) -> None:
    first = town.nobody().get("/sw.js")
    again = town.nobody().get("/sw.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.content) == (304, b"")


def test_head_is_get_without_a_body(town: Town) -> None:
    for path in ("/", "/desk/", "/healthz", "/sw.js", "/icon.svg"):
        assert town.nobody().ask("HEAD", path).status == 200


# --- compression ------------------------------------------------------------------------------------------------------


def raw(town: Town, who: Any, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[Any, bytes]:
    cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    sent = headers | {"Cookie": cookie, "Origin": town.origin, "Kindstem": "1"}
    with town.client.stream(method, path, headers=sent, content=body) as response:
        return response.headers, b"".join(response.iter_raw())


def test_large_json_is_compressed_for_who_can_read_it(town: Town) -> None:
    headers, data = raw(town, town.sam, "GET", "/desk/api/people", {"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(data))) == 4
    headers, data = raw(town, town.sam, "GET", "/desk/api/people", {"Accept-Encoding": "identity"})
    assert "content-encoding" not in headers
    assert len(json.loads(data)) == 4


def test_secrets_and_sealed_bytes_are_never_compressed(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    gz = {"Accept-Encoding": "gzip, br", "Content-Type": "application/json"}
    asked = {
        f"/desk/api/bodies/{id_of(said)}": {"reason": "read"},
        "/desk/api/unlock": {"verifier": town.sam.verifier()},
    }
    for path, form in asked.items():
        headers, _ = raw(town, town.sam, "POST", path, gz, json.dumps(form).encode())
        assert "content-encoding" not in headers
    town.clock.ahead(days=1)
    form = {"name": "Sam", "verifier": town.sam.verifier(), "code": town.sam.code(), "way": "passphrase"}
    headers, _ = raw(town, town.sam, "POST", "/desk/api/signin", gz, json.dumps(form).encode())
    assert "set-cookie" in headers
    assert "content-encoding" not in headers


# --- what is written down ---------------------------------------------------------------------------------------------


@pytest.mark.promise("P10")
def test_a_log_line_holds_route_status_and_time_and_nobody(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    said = town.noor.say()
    town.noor.send(said)
    town.noor.inbox()
    town.sam.get(f"/desk/api/children/{town.noor.child}/entries?after=0")
    town.sam.read(id_of(said))
    town.nobody().post("/api/enrol/find", {"id": random_id()})
    town.nobody().get(f"/{town.noor.child}/Mijn-stiefvader?naam=Noor", headers={"User-Agent": "Noors telefoon"})
    lines = [record.getMessage() for record in caplog.records if record.name == "kindstem.access"]
    assert len(lines) == 6
    for line in lines:
        assert re.fullmatch(r"(GET|PUT|POST) (-|/[a-z/{}-]*) [1-5]\d\d \d+ ms", line), line
    everything = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("kindstem"))
    for word in (
        town.noor.child,
        town.noor.acted.device,
        id_of(said),
        "Noor",
        "Sam",
        "testclient",
        "stiefvader",
        "127.0.0.1",
    ):
        assert word not in everything


def test_a_fault_of_ours_says_where_and_never_what(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise ValueError("Hij slaat me")

    monkeypatch.setattr(town.store, "read", break_down)
    answered = town.sam.get("/desk/api/people")
    assert (answered.status, answered.code) == (500, "error")
    assert b"slaat" not in answered.content
    (line,) = [record.getMessage() for record in caplog.records if record.name == "kindstem.faults"]
    assert re.match(r"ValueError at test_guard\.py:\d+ < desk\.py:\d+", line)
    assert "slaat" not in caplog.text


def test_errors_speak_the_readers_language_and_have_one_shape(town: Town) -> None:
    for lang, said in (("nl", "Dit is er niet"), ("en", "This is not there")):
        answered = town.sam.get("/desk/api/nothing", headers={"Accept-Language": lang})
        assert set(answered.json) == {"error"}
        assert set(answered.json["error"]) == {"code", "text"}
        assert answered.json["error"]["text"].startswith(said)


def test_an_error_in_a_part_is_a_part(town: Town) -> None:
    answered = town.nobody().get("/desk/parts/nav")
    assert answered.status == 401
    assert b"<html" not in answered.content
    assert b'role="alert"' in answered.content


# --- health -----------------------------------------------------------------------------------------------------------


def test_health_says_that_all_is_well(town: Town) -> None:
    answered = town.nobody().get("/healthz")
    assert answered.json == {
        "status": "ok",
        "version": answered.json["version"],
        "database": "ok",
        "writer": "ok",
        "clock": "2026-11-18T09:30:00Z",
        "log": "ok",
        "demo": True,
        "tryout": True,
    }


def test_health_says_that_the_log_is_ahead_of_the_clock(town: Town) -> None:
    wrong = town.clock() + timedelta(minutes=90)
    town.store.write_sync(lambda tx: tx.log("plan", wrong.date(), {"t": "plan"}, [], at=wrong))
    answered = town.nobody().get("/healthz")
    assert answered.status == 200
    assert answered.json["log"].startswith("The newest entry of the log lies 90 minutes ahead of this clock")


def test_a_log_that_is_ahead_of_the_clock_is_told_once(
    town_with: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "CHECKPOINT_EVERY", timedelta(milliseconds=5))
    town, told, looked, warned = town_with(), [], Semaphore(0), Event()

    def warn(text: str, *values: str) -> None:
        told.append(text % values)
        warned.set()

    monkeypatch.setattr(app, "ahead", lambda r, now: (looked.release(), log.ahead(r, now))[1])
    monkeypatch.setattr(app.log, "warning", warn)
    wrong = town.clock() + timedelta(minutes=90)
    town.store.write_sync(lambda tx: tx.log("plan", wrong.date(), {"t": "plan"}, [], at=wrong))
    assert warned.wait(20)
    while looked.acquire(blocking=False):
        pass
    for _ in range(5):
        assert looked.acquire(timeout=20)
    assert [line.partition(" ahead")[0] for line in told] == ["The newest entry of the log lies 90 minutes"]


def test_health_says_what_is_wrong(town: Town) -> None:
    town.store.path.rename(town.store.path.with_suffix(".gone"))
    answered = town.nobody().get("/healthz")
    assert answered.status == 503
    assert answered.json["database"].startswith("does not answer")
    town.store.path.with_suffix(".gone").rename(town.store.path)


# --- starting ---------------------------------------------------------------------------------------------------------


def test_a_server_starts_only_on_a_store_and_key_file_that_are_whole(model: Any, tmp_path: Path) -> None:
    def folder(name: str) -> Config:
        shutil.copytree(model.folder, tmp_path / name)
        return Config(data=tmp_path / name, demo=True)

    config = folder("no key")
    config.key_file.unlink()
    with pytest.raises(SetupFault, match="key file"):
        open_state(config)
    config = folder("no store")
    config.database.unlink()
    with pytest.raises(SetupFault, match="kindstem init"):
        open_state(config)
    with pytest.raises(SetupFault, match="demonstration"):
        open_state(replace(folder("not the demonstration"), demo=False))


def test_roles_without_a_desk_are_named() -> None:
    assert {role for role in Role if not role.reads} == {
        *(Role.MANAGER, Role.LEADER, Role.ADMINISTRATOR, Role.INSPECTOR),
    }
