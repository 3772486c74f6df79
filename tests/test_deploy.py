"""The examples for whoever runs it: the proxy is started when nginx is installed, the pages name what there is."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from kindstem import config, tls
from kindstem.cli import main

KINDSTEM = Path(sys.executable).with_name("kindstem")
# The set-up unpacks Debian's for this test where none is installed.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:{sys.prefix}/nginx/usr/sbin")
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("KINDSTEM_")}
HOST = "kind.example"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for one, value in self.headers if one.lower() == name]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def ask(
    url: str, *, trust: ssl.SSLContext | None = None, data: bytes | None = None, method: str = "GET", **headers: str
) -> Answer:
    handlers = [_NoRedirect(), urllib.request.HTTPSHandler(context=trust)]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = urllib.request.Request(url, data, {"Host": HOST} | named, method=method)
    try:
        with urllib.request.build_opener(*handlers).open(sent, timeout=20) as answered:
            return Answer(answered.status, answered.getheaders(), answered.read())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, list(refused.headers.items()), refused.read())


def wait_for(url: str, process: subprocess.Popen[bytes], trust: ssl.SSLContext | None = None) -> None:
    for _ in range(1200):
        try:
            ask(url, trust=trust)
            return
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None
            time.sleep(0.05)


@contextmanager
def running(command: list[str | Path], url: str, trust: ssl.SSLContext | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, env=PLAIN, stderr=subprocess.DEVNULL)
    try:
        wait_for(url, process, trust)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """`kindstem serve --behind-proxy` as the service starts it; gives its port."""
    data, port = tmp_path_factory.mktemp("deploy") / "data", free_port()
    subprocess.run([KINDSTEM, "init", "--data", data, "--name", "GI"], check=True, capture_output=True, env=PLAIN)
    command = [KINDSTEM, "serve", "--data", data, "--port", str(port), "--behind-proxy", "--url", f"https://{HOST}"]
    with running(command, f"http://127.0.0.1:{port}/healthz"):
        yield port


@pytest.fixture(scope="module")
def site(project: Path) -> str:
    return (project / "deploy" / "nginx.conf").read_text("utf-8")


def test_with_the_headers_that_the_example_sets_pages_come(behind: int, site: str) -> None:
    meant = {"$host": HOST, "$scheme": "https", "$remote_addr": "192.0.2.7", '""': ""}
    set_by_it = dict(re.findall(r"proxy_set_header (\S+) (\S+);", site))
    headers = {name.replace("-", "_"): meant[value] for name, value in set_by_it.items() if meant[value]}
    assert {"X_Forwarded_Proto", "X_Forwarded_For", "Host"} <= set(headers)
    assert ask(f"http://127.0.0.1:{behind}/", **headers).status == 200
    without = {name: value for name, value in headers.items() if name != "X_Forwarded_Proto"}
    assert ask(f"http://127.0.0.1:{behind}/", **without).status == 426


def test_the_example_logs_no_visit_and_appends_to_nothing(site: str) -> None:
    servers = re.split(r"^server ", site, flags=re.MULTILINE)[1:]
    assert len(servers) == 2
    # Without this line each of them writes to nginx's own log.
    assert all(re.search(r"^\s*access_log off;", server, re.MULTILINE) for server in servers)
    assert "proxy_add_x_forwarded_for" not in site
    assert "add_header" not in site


@pytest.fixture(scope="module")
def proxied(behind: int, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path, Path]]:
    """Debian's nginx with the example, its addresses and paths changed to this test's own."""
    if NGINX is None:
        pytest.skip("nginx is not installed; the headers it sets are tested without it")
    folder = tmp_path_factory.mktemp("nginx")
    made = tls.own_certificate(folder, [], now=datetime.now(UTC))
    plain, secure = free_port(), free_port()
    changes = [
        (r"listen \[::\].*", ""),
        (r"listen 80;", f"listen 127.0.0.1:{plain};"),
        (r"listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
        (r"ssl_certificate_key \S+;", f"ssl_certificate_key {made.key};"),
        (r"ssl_certificate     \S+;", f"ssl_certificate {made.certificate};"),
        (r"error_log \S+", f"error_log {folder}/error.log"),
        (r"http://127\.0\.0\.1:8000", f"http://127.0.0.1:{behind}"),
    ]
    changed = site
    for found, instead in changes:
        changed, count = re.subn(found, instead, changed)
        assert count, f"the example has no {found} any more"
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}pid {folder}/pid;\nworker_processes 1;\nevents {{}}\nhttp {{\n{temp}{changed}}}\n"
    )
    command: list[str | Path] = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "early.log"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    trust = ssl.create_default_context(cafile=str(made.certificate))
    with running([*command, "-g", "daemon off;"], f"https://localhost:{secure}/healthz", trust):
        yield f"http://127.0.0.1:{plain}", f"https://localhost:{secure}", made.certificate, folder


def test_through_nginx_pages_come_with_our_own_headers_once(proxied: tuple[str, str, Path, Path]) -> None:
    _, url, certificate, _ = proxied
    trust = ssl.create_default_context(cafile=str(certificate))
    page = ask(f"{url}/", trust=trust)
    assert page.status == 200
    assert b"<html" in page.body
    for name in ("content-security-policy", "strict-transport-security", "x-content-type-options"):
        assert len(page.all(name)) == 1, name


def test_through_nginx_a_browsers_own_claims_do_not_pass(proxied: tuple[str, str, Path, Path]) -> None:
    _, url, certificate, _ = proxied
    trust = ssl.create_default_context(cafile=str(certificate))
    assert ask(f"{url}/", trust=trust, X_Forwarded_Proto="http").status == 200
    # Each of these claims to come from elsewhere; were that believed, none would ever have to wait.
    body = json.dumps({"id": "A" * 22}).encode()
    headers = {"Content_Type": "application/json", "Origin": f"https://{HOST}"}
    codes = {
        ask(
            f"{url}/api/enrol/find",
            trust=trust,
            data=body,
            method="POST",
            X_Forwarded_For=f"198.51.{n}.1",
            **headers,
        ).status
        for n in range(60)
    }
    assert 429 in codes


def test_through_nginx_plain_http_only_redirects(proxied: tuple[str, str, Path, Path]) -> None:
    plain, _, _, _ = proxied
    answer = ask(f"{plain}/desk/")
    assert answer.status == 301
    assert answer.all("location") == [f"https://{HOST}/desk/"]


@pytest.mark.parametrize(("size", "ours"), [(8 * 1024 * 1024 + 4096, True), (10 * 1024 * 1024, False)])
def test_through_nginx_what_is_too_large_is_refused_by_us_before_it_is_by_nginx(
    proxied: tuple[str, str, Path, Path], size: int, ours: bool
) -> None:
    _, url, certificate, _ = proxied
    trust = ssl.create_default_context(cafile=str(certificate))
    headers = {"Content_Type": "application/octet-stream", "Kindstem_List": "worker.1"}
    answer = ask(f"{url}/api/entries/{'A' * 22}", trust=trust, data=bytes(size), method="PUT", **headers)
    assert answer.all("content-type")[0].startswith("application/json") is ours
    assert answer.status in ({401, 413} if ours else {413})


def test_through_nginx_no_visit_is_written_down(proxied: tuple[str, str, Path, Path]) -> None:
    plain, url, certificate, folder = proxied
    ask(f"{url}/", trust=ssl.create_default_context(cafile=str(certificate)))
    ask(f"{plain}/")
    written = [path for path in folder.glob("*.log") if path.stat().st_size]
    for path in written:
        assert "GET /" not in path.read_text()


# --- the pages name what there is -------------------------------------------------------------------------------------


def test_every_setting_is_on_the_page_for_operators_and_no_other(project: Path) -> None:
    page = (project / "docs" / "operations.md").read_text("utf-8")
    named = set(re.findall(r"KINDSTEM_([A-Z_]+[A-Z])", page))
    # The demonstration sets this one for itself.
    assert named == config._KNOWN - {"DEMO"}


def test_the_service_sets_only_settings_that_there_are(project: Path) -> None:
    service = (project / "deploy" / "kindstem.service").read_text("utf-8")
    assert set(re.findall(r"KINDSTEM_([A-Z_]+)=", service)) <= config._KNOWN
    assert set(re.findall(r"kindstem (\w+)\n", service)) <= set(main.commands)


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md", "docs/demo.md"])
def test_every_command_on_a_page_is_one_that_there_is(project: Path, page: str) -> None:
    text = (project / page).read_text("utf-8")
    options = {name: {opt for param in command.params for opt in param.opts} for name, command in main.commands.items()}
    groups = {name: command.commands for name, command in main.commands.items() if isinstance(command, click.Group)}
    for block in re.findall(r"```\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            found = re.search(r"(?:^|\s)kindstem ([a-z-]+)(?: ([a-z]+))?(.*)", line)
            if not found or "git clone" in line:
                continue
            command, inner, rest = found.groups()
            assert command in main.commands, line
            known = options[command]
            if command in groups:
                # The name of a command within a group may have hyphens.
                inner = f"{inner or ''}{rest.partition(' ')[0]}"
                rest = rest.partition(" ")[2]
                known = {opt for param in groups[command][inner].params for opt in param.opts}
                inner = ""
            given = set(re.findall(r"(?<=\s)(--?[a-z][a-z-]*)", f"{inner or ''} {rest.partition('  ')[0]}"))
            assert given <= known, line
