"""The doctor finds each fault that is put in, says how to mend it, and finds nothing wrong where nothing is."""

import json
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kindstem import assets, doctor, tls
from kindstem.cli import main
from kindstem.config import Config
from kindstem.demo import build
from kindstem.doctor import Finding
from kindstem.keyfile import KeyFile
from kindstem.store import Store

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which all is well: people who signed in, a child, entries."""
    config = Config(data=tmp_path_factory.mktemp("doctor") / "data", demo=True)
    build.build(config, 1, now=NOW, tell=lambda _: None)
    return config.data


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    path = tmp_path / "data"
    shutil.copytree(built, path)
    return path


def look(data: Path, now: datetime | None = None, **settings: str) -> dict[str, list[Finding]]:
    """The findings by what was looked at; the whole suite takes longer than a clock may differ, so at this moment."""
    environ = {"KINDSTEM_DATA": str(data)} | {f"KINDSTEM_{name.upper()}": value for name, value in settings.items()}
    found: dict[str, list[Finding]] = {}
    for finding in doctor.examine_all(environ, now=now or datetime.now(UTC)):
        found.setdefault(finding.check, []).append(finding)
    return found


def wrong(found: dict[str, list[Finding]]) -> set[str]:
    return {check for check, findings in found.items() if any(one.grade == "wrong" for one in findings)}


def test_where_all_is_well_nothing_is_wrong(data: Path) -> None:
    found = look(data)
    assert wrong(found) == set()
    assert found["database"][-1].grade == "ok"
    assert found["key file fits"][0].grade == "ok"
    assert found["people"][0].grade == "ok"
    assert found["built files"][0].grade == "ok"


def test_whatever_is_not_well_says_how_to_mend_it(data: Path) -> None:
    (data / "kindstem.key").unlink()
    data.chmod(0o755)
    for findings in look(data, tryout="1").values():
        for finding in findings:
            assert bool(finding.mend) == (finding.grade in {"warning", "wrong"}), finding


def test_it_changes_nothing(data: Path) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mode) for path in data.iterdir()}
    look(data)
    after = {path.name: (path.read_bytes(), path.stat().st_mode) for path in data.iterdir()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {"kindstem.db-shm", "kindstem.db-wal"}


# --- faults in the folder ---------------------------------------------------------------------------------------------


def sql(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "kindstem.db")) as conn, conn:
        conn.execute(statement)


def other_key(data: Path) -> None:
    (data / "kindstem.key").unlink()
    KeyFile.create(data / "kindstem.key")


def flipped_pages(data: Path) -> None:
    path = data / "kindstem.db"
    with closing(sqlite3.connect(path)) as conn:
        # Half of a page of words can be lost without SQLite's own check seeing it; the root of a table cannot.
        (page,) = conn.execute("select rootpage from sqlite_master where name = 'entries'").fetchone()
        (size,) = conn.execute("pragma page_size").fetchone()
    held = bytearray(path.read_bytes())
    held[(page - 1) * size : page * size] = bytes(size)
    path.write_bytes(held)


def changed_entry(data: Path) -> None:
    sql(data, "drop trigger log_entries_no_update")
    sql(data, "update log_entries set about = '2026-01-01' where idx = 1")


def loose_end(data: Path) -> None:
    sql(data, "delete from entries where seq = (select min(seq) from entries)")


def mode(name: str, bits: int) -> Callable[[Path], None]:
    return lambda data: (data / name).chmod(bits)


def gone(name: str) -> Callable[[Path], None]:
    return lambda data: (data / name).unlink()


def text(name: str, words: str) -> Callable[[Path], None]:
    return lambda data: (data / name).write_text(words) and None


NEWER = "insert into _sqlite_migrations (migration_set, name, applied_at) values ('kindstem', 'm999_later', '')"

FAULTS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "no folder": ("data folder", shutil.rmtree),
    "folder open to all": ("data folder", lambda data: data.chmod(0o755)),
    "folder open to its group": ("data folder", lambda data: data.chmod(0o750)),
    "no key file": ("key file", gone("kindstem.key")),
    "key file open to all": ("key file", mode("kindstem.key", 0o644)),
    "key file damaged": ("key file", text("kindstem.key", "kindstem-key-1 ?\n")),
    "key file of another database": ("key file fits", other_key),
    "no database": ("database", gone("kindstem.db")),
    "database open to all": ("database", mode("kindstem.db", 0o644)),
    "no database at all in the file": ("database", text("kindstem.db", "this is a letter" * 500)),
    "pages lost": ("database", flipped_pages),
    "rows that point at nothing": ("database", loose_end),
    "no key of the log": ("log", gone("log.key")),
    "key of the log open to all": ("log key", mode("log.key", 0o644)),
    "no file of checkpoints": ("log", gone("checkpoints.txt")),
    "file of checkpoints damaged": ("log", text("checkpoints.txt", "this is a letter\n")),
    "an entry of the log changed": ("log", changed_entry),
    "made by a newer version": ("version", lambda data: sql(data, NEWER)),
    "no organisation": ("people", lambda data: sql(data, "delete from settings")),
    "something stored in the future": (
        "clock",
        lambda data: sql(data, f"update entries set at = {int(NOW.timestamp()) + 86400} where seq = 1"),
    ),
    "a file from the future": (
        "clock",
        lambda data: os.utime(data / "kindstem.key", (NOW.timestamp() + 86400, NOW.timestamp() + 86400)),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_in_the_folder_is_found(data: Path, fault: str) -> None:
    check, put_in = FAULTS[fault]
    put_in(data)
    assert check in wrong(look(data)), fault


def test_a_clock_before_this_version_is_found(data: Path) -> None:
    assert "clock" in wrong(look(data, now=datetime(2020, 1, 1, tzinfo=UTC)))


def test_a_log_that_is_ahead_of_the_clock_is_told(data: Path) -> None:
    assert "log clock" not in look(data)
    wrong = datetime.now(UTC) + timedelta(hours=3)
    with closing(Store.open(Config(data=data).database)) as store:
        store.write_sync(lambda tx: tx.log("plan", wrong.date(), {"t": "plan"}, [], at=wrong))
    found = look(data)["log clock"][0]
    assert found.grade == "warning"
    assert "ahead of this clock" in found.says


def test_a_database_of_an_older_version_is_noted(data: Path) -> None:
    sql(data, "delete from _sqlite_migrations where name = 'm002_mails'")
    found = look(data)
    assert found["version"][0].grade == "note"
    assert "people" not in found


def test_a_restored_backup_is_noted_and_well(data: Path) -> None:
    sql(data, "pragma journal_mode = delete")
    found = look(data)
    assert wrong(found) == set()
    assert found["journal"][0].grade == "note"


def test_nobody_to_read_is_warned_of(data: Path) -> None:
    sql(data, "update people set active = 0 where role = 'second'")
    warned = look(data)["people"][0]
    assert warned.grade == "warning"
    assert "second" in warned.says


@pytest.mark.parametrize(("free", "grade"), [(50, "wrong"), (500, "warning"), (5000, "ok")])
def test_a_full_disk_is_found(data: Path, monkeypatch: pytest.MonkeyPatch, free: int, grade: str) -> None:
    usage = shutil.disk_usage(data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free * 1024 * 1024))
    assert look(data)["free space"][0].grade == grade


# --- faults around it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"max_envelop": "1"},
        {"port": "many"},
        {"tls_cert": "cert.pem"},
        {"smtp_url": "http://mail.example", "mail_from": "kindstem@gi.example"},
    ],
)
def test_settings_that_cannot_be_meant_are_found(data: Path, settings: dict[str, str]) -> None:
    assert wrong(look(data, **settings)) == {"settings"}


def test_plain_http_is_found(data: Path) -> None:
    assert "https" in wrong(look(data, base_url="http://kind.example"))


def test_a_proxy_that_is_believed_from_everywhere_is_warned_of(data: Path) -> None:
    found = look(data, base_url="https://kind.example", behind_proxy="1", host="0.0.0.0")
    assert found["https"][0].grade == "warning"


@pytest.fixture
def certificate(tmp_path: Path) -> tls.Certificate:
    return tls.own_certificate(tmp_path, [], now=NOW)


def with_tls(made: tls.Certificate, url: str = "https://localhost:8443") -> dict[str, str]:
    return {"base_url": url, "tls_cert": str(made.certificate), "tls_key": str(made.key)}


def test_a_good_certificate_is_good(data: Path, certificate: tls.Certificate) -> None:
    assert look(data, **with_tls(certificate))["https"][0].grade == "ok"


def test_a_certificate_for_another_name_is_found(data: Path, certificate: tls.Certificate) -> None:
    assert "https" in wrong(look(data, **with_tls(certificate, "https://kind.example")))


def test_a_certificate_that_ended_or_ends_soon_is_found(data: Path, tmp_path: Path) -> None:
    for name, days, grade in (("past", 40, "wrong"), ("soon", 20, "warning")):
        folder = tmp_path / name
        folder.mkdir()
        made = tls.own_certificate(folder, [], now=NOW - timedelta(days=days))
        assert look(data, **with_tls(made))["https"][0].grade == grade, name


def test_the_key_of_another_certificate_is_found(data: Path, certificate: tls.Certificate, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    certificate.key.write_bytes(tls.own_certificate(folder, [], now=NOW).key.read_bytes())
    assert "https" in wrong(look(data, **with_tls(certificate)))


@pytest.mark.parametrize("fault", ["none built", "one changed", "one missing"])
def test_built_files_that_are_not_as_they_were_made_are_found(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    static = tmp_path / "static"
    shutil.copytree(assets.folder("static") / "built", static / "built")
    url = next(iter(assets.manifest()["files"]))
    if fault == "none built":
        (static / "built" / "manifest.json").unlink()
    elif fault == "one changed":
        (static / url.lstrip("/")).write_bytes(b"console.log(1)")
    else:
        (static / url.lstrip("/")).unlink()
    monkeypatch.setattr(assets, "folder", lambda name: static if name == "static" else Path(name))
    assets.manifest.cache_clear()
    try:
        assert "built files" in wrong(look(data))
    finally:
        assets.manifest.cache_clear()


# --- mail -------------------------------------------------------------------------------------------------------------


@contextmanager
def mail_server(*, refuses: bool) -> Iterator[int]:
    """Something that speaks enough SMTP to be greeted."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard: list[bytes] = []

        def speak() -> None:
            line, _ = listening.accept()
            with line, line.makefile("rwb") as talk:
                talk.write(b"554 go away\r\n" if refuses else b"220 hello\r\n")
                talk.flush()
                for said in talk:
                    heard.append(said)
                    talk.write(b"221 bye\r\n" if said.upper().startswith(b"QUIT") else b"250 ok\r\n")
                    talk.flush()

        speaking = threading.Thread(target=speak, daemon=True)
        speaking.start()
        yield listening.getsockname()[1]
        speaking.join(5)
        assert not any(said.upper().startswith((b"MAIL", b"RCPT", b"DATA")) for said in heard), "nothing is sent"


def test_no_mail_is_warned_of(data: Path) -> None:
    assert look(data)["mail"][0].grade == "warning"


@pytest.mark.parametrize(("refuses", "grade"), [(False, "ok"), (True, "wrong")])
def test_the_mail_server_is_greeted_and_sent_nothing(data: Path, refuses: bool, grade: str) -> None:
    with mail_server(refuses=refuses) as port:
        found = look(data, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="kindstem@gi.example")
    assert found["mail"][0].grade == grade


def test_a_password_in_clear_is_refused_before_it_is_sent(data: Path) -> None:
    with mail_server(refuses=False) as port:
        found = look(data, smtp_url=f"smtp://user:secret@127.0.0.1:{port}", mail_from="kindstem@gi.example")
    assert found["mail"][0].grade == "wrong"
    assert "secret" not in str(found["mail"][0])


def test_a_mail_server_that_is_not_there_is_found(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert "mail" in wrong(look(data, smtp_url=f"smtps://127.0.0.1:{port}", mail_from="kindstem@gi.example"))


# --- for trying out ---------------------------------------------------------------------------------------------------


def test_it_says_what_is_missing_for_real_children(data: Path) -> None:
    sql(data, "update settings set value = '0' where name = 'demo'")
    closed, opened = look(data)["tryout"][0], look(data, tryout="1")["tryout"][0]
    assert (closed.grade, opened.grade) == ("note", "warning")
    for finding in (closed, opened):
        assert "no real child" in finding.says
        assert "forgotten PIN" in finding.says


def test_a_demonstration_is_named(data: Path) -> None:
    assert "invented people" in look(data)["tryout"][0].says


# --- as a command -----------------------------------------------------------------------------------------------------


def test_the_command_ends_with_1_when_something_is_wrong_and_with_0_when_not(data: Path) -> None:
    well = CliRunner().invoke(main, ["doctor", "--data", str(data)])
    assert well.exit_code == 0, well.output
    (data / "kindstem.key").chmod(0o644)
    ill = CliRunner().invoke(main, ["doctor", "--data", str(data)])
    assert ill.exit_code == 1
    assert "chmod 600" in ill.output


def test_its_json_has_every_finding(data: Path) -> None:
    (data / "kindstem.key").chmod(0o644)
    ran = CliRunner().invoke(main, ["doctor", "--data", str(data), "--json"])
    plain = json.loads(ran.stdout)
    assert ran.exit_code == 1
    assert plain["sound"] is False
    assert {"check", "grade", "says", "mend"} == set(plain["findings"][0])
    assert any(one["grade"] == "wrong" and one["check"] == "key file" for one in plain["findings"])


# --- alerts -----------------------------------------------------------------------------------------------------------

SET = {"alert_file": "1", "oncall_mail": "dienst@gi.example", "flag_minutes_day": "30", "flag_minutes_night": "90"}


@pytest.mark.parametrize("left_out", sorted(SET))
def test_what_is_not_set_about_alerts_is_named(data: Path, left_out: str) -> None:
    (found,) = look(data, **{name: value for name, value in SET.items() if name != left_out})["alerts"]
    named = "SMTP_URL" if left_out == "alert_file" else left_out.upper()
    assert (found.grade, f"KINDSTEM_{named}" in found.says, found.mend is not None) == ("warning", True, True)


def test_it_says_whether_who_is_on_call_has_keys(data: Path) -> None:
    def served() -> list[tuple[str, bool]]:
        found = look(data, **SET)["alerts"]
        return [(one.grade, "Nobody" in one.says) for one in found if "call" in one.says and "keys" in one.says]

    assert served() == [("ok", False)]
    sql(data, "update people set active = 0 where role = 'oncall'")
    assert served() == [("note", True)]


def test_alerts_are_to_be_tried_as_they_are_set(data: Path) -> None:
    assert look(data, **SET)["alerts"][0].mend == "kindstem alerts test"
    done = CliRunner().invoke(
        main, ["alerts", "test", "--data", str(data)], env={f"KINDSTEM_{name.upper()}": SET[name] for name in SET}
    )
    assert done.exit_code == 0, done.output
    assert "on-call" in (data / "alerts.txt").read_text("utf-8")
    found = look(data, **SET)
    assert found["alerts"][0].grade == "ok"
    assert found["mail"][0].grade == "warning"
    assert look(data, **SET | {"flag_minutes_night": "60"})["alerts"][0].grade == "warning"
