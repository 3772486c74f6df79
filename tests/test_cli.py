"""The `kindstem` command, as somebody types it."""

import json
import os
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from kindstem import assets, notes, tls, wire
from kindstem.cli import main
from kindstem.config import Config
from kindstem.keyfile import KeyFile
from kindstem.web import create_app

KINDSTEM = Path(sys.executable).with_name("kindstem")
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("KINDSTEM_")}


@dataclass
class Ran:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def kindstem(*words: object, environ: dict[str, str] | None = None) -> Ran:
    """The command in this process, which is quicker; a fault it did not foresee stands in `stderr` as a trace."""
    env = {name: None for name in os.environ if name.startswith("KINDSTEM_")} | (environ or {})
    result = CliRunner().invoke(main, [str(word) for word in words], env=env)
    trace = ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        trace = "".join(traceback.format_exception(result.exception))
    return Ran(result.exit_code, result.stdout, result.stderr + trace)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    assert kindstem("init", "--data", path, "--name", "Jeugdbescherming Voorbeeld").returncode == 0
    return path


# --- help -------------------------------------------------------------------------------------------------------------


def every_command(command: click.Command, path: str = "kindstem") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from every_command(inner, f"{path} {name}")


COMMANDS = dict(every_command(main))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_teaches_by_an_example_of_itself(path: str) -> None:
    command = COMMANDS[path]
    assert command.help, path
    assert command.help[0].isupper()
    if not isinstance(command, click.Group):
        assert f"      {path}" in f"    {command.help}".replace("\n", "\n    "), f"{path} has no example"


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_has_help(path: str) -> None:
    silent = [
        option.name for option in COMMANDS[path].params if isinstance(option, click.Option) and not (option.help or "")
    ]
    assert silent == []


def test_the_reference_says_what_the_help_says(project: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import write_cli_reference as w; print(w.page(), end='')"],
        cwd=project / "tools",
        capture_output=True,
        text=True,
        env=PLAIN | {"COLUMNS": "60"},
        check=True,
    )
    current = (project / "docs" / "cli.md").read_text("utf-8")
    assert current == ran.stdout, "run: .venv/bin/python tools/write_cli_reference.py"


def test_help_comes_without_loading_the_server() -> None:
    loaded = "import sys; from kindstem.cli import main; print('fastapi' in sys.modules, 'sqlite_utils' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


# --- init and backup --------------------------------------------------------------------------------------------------


def test_init_makes_a_folder_for_its_owner_only_and_says_what_to_keep_apart(tmp_path: Path) -> None:
    path = tmp_path / "data"
    ran = kindstem("init", "--data", path, "--name", "GI")
    assert ran.returncode == 0
    assert "apart" in ran.stdout
    assert "trying out only" in ran.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in ("kindstem.db", "kindstem.key", "log.key", "checkpoints.txt"):
        assert stat.S_IMODE((path / name).stat().st_mode) == 0o600


def test_init_never_overwrites(data: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    ran = kindstem("init", "--data", data, "--name", "Another")
    assert ran.returncode == 1
    assert "never overwrites" in ran.stderr
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


def test_init_with_an_impossible_name_leaves_nothing_that_a_second_try_stumbles_over(tmp_path: Path) -> None:
    path = tmp_path / "data"
    assert kindstem("init", "--data", path, "--name", " ").returncode == 1
    assert kindstem("init", "--data", path, "--name", "GI").returncode == 0


def test_a_backup_is_whole_and_without_the_key_file(data: Path, tmp_path: Path) -> None:
    kindstem("people", "add", "--data", data, "--name", "Sam", "--role", "worker")
    copy = tmp_path / "copy.db"
    ran = kindstem("backup", "--data", data, "-o", copy)
    assert ran.returncode == 0
    assert "not in it" in ran.stdout
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        assert conn.execute("select name from people").fetchall() == [("Sam",)]
    key = (data / "kindstem.key").read_text().split()[1].encode()
    assert key not in copy.read_bytes()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_backup_never_overwrites(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    assert kindstem("backup", "--data", data, "-o", copy).returncode == 1
    assert copy.read_text() == "mine"


# --- people -----------------------------------------------------------------------------------------------------------


def startcode(text: str) -> str:
    return next(line.split()[2] for line in text.splitlines() if line.strip().startswith("start code"))


def test_the_start_code_that_is_printed_begins_a_first_sign_in(data: Path) -> None:
    ran = kindstem("people", "add", "--data", data, "--name", "Sam de Wit", "--role", "worker", "--team", "wilg")
    assert ran.returncode == 0
    with TestClient(create_app(Config(data=data)), base_url="http://localhost:8000") as client:
        headers = {"Origin": "http://localhost:8000", "Kindstem": "1"}
        form = {"name": "Sam de Wit", "startcode": startcode(ran.stdout)}
        answered = client.post("/desk/api/start", json=form, headers=headers)
        assert answered.status_code == 200
        assert answered.json()["person"]["role"] == "worker"


def test_a_new_start_code_replaces_the_one_before(data: Path) -> None:
    first = startcode(kindstem("people", "add", "--data", data, "--name", "Sam", "--role", "worker").stdout)
    second = startcode(kindstem("people", "startcode", "--data", data, "--name", "Sam").stdout)
    with TestClient(create_app(Config(data=data)), base_url="http://localhost:8000") as client:
        headers = {"Origin": "http://localhost:8000", "Kindstem": "1"}
        codes = [
            client.post("/desk/api/start", json={"name": "Sam", "startcode": code}, headers=headers).status_code
            for code in (first, second)
        ]
    assert codes == [403, 200]


def test_who_counts_is_sent_to_a_door_of_their_own(data: Path) -> None:
    ran = kindstem("people", "add", "--data", data, "--name", "Ruth", "--role", "manager")
    assert ran.returncode == 0
    assert "start code  " in ran.stdout
    assert "/numbers/ with the name Ruth" in ran.stdout


def test_an_inspectors_account_has_a_last_day_that_can_be_moved(data: Path) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    inez = ("--data", data, "--name", "Inez")
    assert kindstem("people", "add", *inez, "--role", "inspector").returncode == 1
    assert kindstem("people", "add", *inez, "--role", "inspector", "--until", day).returncode == 0
    assert kindstem("people", "until", *inez, "--until", "2020-01-01").returncode == 1
    assert f"until {day} has passed" in kindstem("people", "until", *inez, "--until", day).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("add", "--name", "sam", "--role", "worker"),
        ("add", "--name", "Vera", "--role", "second", "--mail", "no mail"),
        ("add", "--name", "Vera", "--role", "parent"),
        ("deactivate", "--name", "Nobody"),
        ("team", "--name", "Nobody"),
        ("startcode", "--name", "Nobody"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(data: Path, words: tuple[str, ...]) -> None:
    kindstem("people", "add", "--data", data, "--name", "Sam", "--role", "worker")
    ran = kindstem("people", words[0], "--data", data, *words[1:])
    assert ran.returncode in {1, 2}
    assert "Error: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_list_tells_who_can_sign_in(data: Path) -> None:
    for name, role in (("Sam", "worker"), ("Vera", "second"), ("Ruth", "manager")):
        kindstem("people", "add", "--data", data, "--name", name, "--role", role, "--mail", f"{name}@gi.example")
    kindstem("people", "team", "--data", data, "--name", "Vera", "--team", "els")
    kindstem("people", "deactivate", "--data", data, "--name", "Sam")
    listed = {line.split()[0]: line for line in kindstem("people", "list", "--data", data).stdout.splitlines()}
    assert "deactivated" in listed["Sam"]
    assert "els" in listed["Vera"]
    assert "has not signed in yet" in listed["Vera"]
    assert "has not signed in yet" in listed["Ruth"]
    plain: list[dict[str, Any]] = json.loads(kindstem("people", "list", "--data", data, "--json").stdout)
    assert {one["name"]: one["active"] for one in plain} == {"Ruth": True, "Sam": False, "Vera": True}


def test_commands_on_no_folder_say_what_to_do(tmp_path: Path) -> None:
    for words in (("people", "list"), ("backup", "-o", tmp_path / "b.db"), ("serve", "--port", "1")):
        ran = kindstem(words[0], *words[1:], "--data", tmp_path / "none")
        assert ran.returncode == 1
        assert "Error: " in ran.stderr
        assert "Traceback" not in ran.stderr
    assert not (tmp_path / "none").exists()


# --- the log ----------------------------------------------------------------------------------------------------------


def status(data: Path) -> dict[str, Any]:
    ran = kindstem("log", "status", "--data", data, "--json")
    found: dict[str, Any] = json.loads(ran.stdout)
    assert ran.returncode == (1 if found["wrong"] else 0)
    return found


def restored(data: Path, tmp_path: Path) -> None:
    """The folder with a backup in it that is older than its file of checkpoints."""
    assert kindstem("backup", "--data", data, "-o", tmp_path / "copy.db").returncode == 0
    assert kindstem("log", "rotate-key", "--data", data).returncode == 0
    for path in data.glob("kindstem.db*"):
        path.unlink()
    (tmp_path / "copy.db").rename(data / "kindstem.db")


def test_the_state_of_the_log_names_the_key_that_init_printed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    said = kindstem("init", "--data", data, "--name", "GI").stdout
    found = status(data)
    assert found["key"] in said
    assert (found["entries"], found["checkpoint"], found["wrong"]) == (1, 1, None)
    assert found["key"] in kindstem("log", "status", "--data", data).stdout


def test_a_new_key_is_printed_for_those_who_must_know(data: Path) -> None:
    before = status(data)
    ran = kindstem("log", "rotate-key", "--data", data)
    after = status(data)
    assert after["key"] in ran.stdout
    assert after["key"] != before["key"]
    assert (after["log"], after["entries"], after["checkpoint"]) == (before["log"], 2, 2)


def test_a_restored_backup_is_refused_until_the_log_is_begun_again(data: Path, tmp_path: Path) -> None:
    assert kindstem("log", "restart", "--data", data, "--reason", "restored").returncode == 1
    restored(data, tmp_path)
    assert "shorter" in status(data)["wrong"]
    refused = kindstem("serve", "--data", data, "--port", free_port())
    assert refused.returncode == 1
    assert "kindstem log restart" in refused.stderr
    old = status(data)["log"]
    ran = kindstem("log", "restart", "--data", data, "--reason", "restored")
    assert ran.returncode == 0
    assert status(data)["wrong"] is None
    assert status(data)["log"] != old
    port = free_port()
    with serving(data, f"http://localhost:{port}", "--port", port):
        for command in (("rotate-key",), ("restart", "--reason", "x", "--anyway")):
            ran = kindstem("log", *command, "--data", data)
            assert ran.returncode == 1
            assert "Stop that one first" in ran.stderr


def test_a_witness_prints_its_key_and_signs(data: Path, tmp_path: Path) -> None:
    found = status(data)
    line = wire.parse_canonical((data / "checkpoints.txt").read_bytes().rstrip(b"\n"))
    port = free_port()
    process = subprocess.Popen(
        [
            *(KINDSTEM, "witness", "--folder", tmp_path / "w", "--name", "w.example/w"),
            *("--log", found["key"], "--port", str(port)),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=PLAIN,
    )
    try:
        assert process.stdout is not None
        key = notes.Key.parse(process.stdout.readline().strip())
        sent = urllib.request.Request(
            f"http://127.0.0.1:{port}/add-checkpoint", data=f"old 0\n\n{line['note']}".encode(), method="POST"
        )
        with urllib.request.urlopen(sent, timeout=10) as answer:
            signed = notes.parse(line["note"] + answer.read().decode())
        assert signed.cosigned_by(key) is not None
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_witness_wants_the_whole_key_of_a_log(tmp_path: Path) -> None:
    ran = kindstem("witness", "--folder", tmp_path / "w", "--name", "w.example/w", "--log", "kindstem/log/x")
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)


# --- serve ------------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def get(url: str, context: ssl.SSLContext | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(sent, timeout=10, context=context) as answered:
            return answered.status, dict(answered.headers), answered.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()


@contextmanager
def serving(data: Path, url: str, *words: object, context: ssl.SSLContext | None = None) -> Iterator[Path]:
    """`kindstem serve`, once it answers; gives the file with what it wrote."""
    log = data.with_suffix(".log")
    with log.open("w") as text:
        process = subprocess.Popen(
            [KINDSTEM, "serve", "--data", data, *map(str, words)], stderr=text, stdout=text, env=PLAIN
        )
    try:
        for _ in range(1200):
            try:
                get(f"{url}/healthz", context)
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
        yield log
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_it_serves_stops_by_itself_and_writes_no_line_about_a_visit(data: Path) -> None:
    port = free_port()
    url = f"http://localhost:{port}"
    with serving(data, url, "--port", port) as log:
        status, headers, body = get(f"{url}/healthz")
        assert status == 200
        assert json.loads(body)["tryout"] is True
        assert "server" not in {name.lower() for name in headers}
        assert get(f"{url}/")[0] == 200
        second = kindstem("serve", "--data", data, "--port", free_port())
        assert second.returncode == 1
        assert "already" in second.stderr
    written = log.read_text()
    assert "trying out only" in written
    assert "SQLite" in written
    assert "127.0.0.1 -" not in written
    assert "healthz" not in written


def test_over_tls_the_certificate_says_the_address(data: Path, tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [], now=datetime.now(UTC))
    port = free_port()
    url, trust = f"https://localhost:{port}", ssl.create_default_context(cafile=str(made.certificate))
    words = ("--port", port, "--tls-cert", made.certificate, "--tls-key", made.key)
    with serving(data, url, *words, context=trust) as log:
        status, headers, _ = get(f"{url}/", trust, Host="kind.example")
        assert status == 200
        assert "strict-transport-security" in {name.lower() for name in headers}
        assert url in log.read_text()


def test_behind_a_proxy_it_believes_what_the_proxy_sets_and_only_then(data: Path) -> None:
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    with serving(data, here, "--port", port, "--behind-proxy", "--url", "https://kind.example"):
        assert get(f"{here}/", Host="kind.example", X_Forwarded_Proto="https")[0] == 200
        assert get(f"{here}/", Host="kind.example", X_Forwarded_Proto="http")[0] == 426
        assert get(f"{here}/", Host="kind.example")[0] == 426
    with serving(data, here, "--port", port):
        assert get(f"{here}/", Host="kind.example", X_Forwarded_Proto="https")[0] == 426


def other_key(data: Path) -> None:
    kindstem("people", "add", "--data", data, "--name", "Sam", "--role", "worker")
    (data / "kindstem.key").unlink()
    KeyFile.create(data / "kindstem.key")


def newer(data: Path) -> None:
    with closing(sqlite3.connect(data / "kindstem.db")) as conn, conn:
        conn.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('kindstem', 'm999_later', '')"
        )


def damaged_key(data: Path) -> None:
    (data / "kindstem.key").write_text("kindstem-key-1 x\n")


def no_key(data: Path) -> None:
    (data / "kindstem.key").unlink()


def no_database(data: Path) -> None:
    (data / "kindstem.db").unlink()


@pytest.mark.parametrize("spoil", [newer, damaged_key, no_key, no_database])
def test_it_refuses_to_start_on_a_folder_that_is_not_well(data: Path, spoil: Any) -> None:
    spoil(data)
    ran = kindstem("serve", "--data", data, "--port", free_port())
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: ")
    assert "Traceback" not in ran.stderr


def test_a_key_file_of_another_database_is_refused(tmp_path: Path) -> None:
    from kindstem.demo import build

    config = Config(data=tmp_path / "data", demo=True)
    build.build(config, 1, now=datetime.now(UTC), tell=lambda _: None)
    other_key(config.data)
    ran = kindstem("demo", "--data", config.data, "--port", 0)
    assert ran.returncode == 1
    assert "not the one of this database" in ran.stderr


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        (("--behind-proxy",), {}, "--url"),
        ((), {"KINDSTEM_MAX_ENVELOP": "1"}, "There is no setting"),
        (("--host", "203.0.113.9"), {}, "no address"),
        (("--host", "no such host"), {}, "no address"),
        ((), {"KINDSTEM_DEMO": "1"}, "not the demonstration's"),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(
    data: Path, words: tuple[str, ...], environ: dict[str, str], says: str
) -> None:
    ran = kindstem("serve", "--data", data, "--port", free_port(), *words, environ=environ)
    assert ran.returncode == 1
    assert says in ran.stderr


def test_without_built_files_it_says_so_at_once(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "folder", lambda _: tmp_path)
    assets.manifest.cache_clear()
    try:
        for words in (("serve", "--data", data), ("demo", "--data", tmp_path / "demo", "--port", 0)):
            ran = kindstem(*words)
            assert ran.returncode == 1
            assert "./dev setup" in ran.stderr
        assert not (tmp_path / "demo").exists()
    finally:
        assets.manifest.cache_clear()


def test_a_port_that_is_taken_is_named(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = kindstem("serve", "--data", data, "--port", taken.getsockname()[1])
    assert ran.returncode == 1
    assert "taken by another program" in ran.stderr


def test_a_certificate_without_names_of_its_own_asks_for_the_address(data: Path, tmp_path: Path) -> None:
    made = tls.own_certificate(tmp_path, [], now=datetime.now(UTC))
    made.certificate.write_text("no certificate")
    result = CliRunner().invoke(
        main, ["serve", "--data", str(data), "--tls-cert", str(made.certificate), "--tls-key", str(made.key)]
    )
    assert result.exit_code == 1
    assert "not a certificate" in result.output
