"""A real server in a process of its own: pulled down in the middle of its work, cut off, and asked to stop."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import pytest

from kindstem.wire import canonical
from tests.cast import CHECKIN, START, Model, Phone, id_of

SERVER = dedent(
    """
    import sys
    from pathlib import Path
    from kindstem.config import Config
    from kindstem.serving import listen, serve

    opened = listen("127.0.0.1", int(sys.argv[2]))
    port = opened.getsockname()[1]
    config = Config(data=Path(sys.argv[1]), demo=True, base_url=f"http://localhost:{port}", quota_small=2**30)
    print(port, flush=True)
    serve(config, opened)
    """
)


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int
    log: list[str]

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=f"http://localhost:{self.port}", timeout=30)


@contextmanager
def started(folder: Path, port: int = 0) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    running = Running(process, int(process.stdout.readline()), [])
    stderr = process.stderr
    reader = threading.Thread(target=lambda: running.log.extend(stderr), daemon=True)
    reader.start()
    try:
        with running.client() as client:
            # The socket listens already, so this waits until the application answers.
            assert client.get("/healthz").json()["status"] == "ok"
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join(10)
        process.stdout.close()
        stderr.close()


def sealed(phone: Phone, count: int) -> list[bytes]:
    listed = phone.lists["worker"]
    return [phone.acted.seal("checkin", CHECKIN, readers_list=listed, at=START) for _ in range(count)]


def headers(phone: Phone, method: str, path: str, body: bytes) -> dict[str, str]:
    return {
        "Authorization": phone.acted.authorization(method, path, body, int(time.time())),
        "Content-Type": "application/octet-stream",
        "Kindstem-List": "worker.1",
    }


def put(client: httpx2.Client, phone: Phone, data: bytes) -> int:
    path = f"/api/entries/{id_of(data)}"
    return int(client.put(path, content=data, headers=headers(phone, "PUT", path, data)).status_code)


def inbox(client: httpx2.Client, phone: Phone) -> list[str]:
    found: list[str] = []
    after, more = 0, True
    while more:
        body = canonical({"after": after})
        sent = headers(phone, "POST", "/api/inbox", body) | {"Content-Type": "application/json"}
        page: dict[str, Any] = client.post("/api/inbox", content=body, headers=sent).json()
        found += [row["id"] for row in page["entries"]]
        after, more = page["cursor"], page["more"]
    return found


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    shutil.copytree(model.folder, tmp_path / "town")
    return tmp_path / "town"


@pytest.fixture
def noor(model: Model) -> Phone:
    found: Phone = deepcopy(model.actors["noor"])
    return found


@pytest.mark.promise("P16")
def test_no_message_that_arrived_is_lost_and_none_doubled_when_the_server_is_killed(folder: Path, noor: Phone) -> None:
    said = sealed(noor, 300)
    arrived: list[str] = []
    enough = threading.Event()
    with started(folder) as running:

        def send(part: list[bytes]) -> None:
            with running.client() as client:
                for data in part:
                    try:
                        status = put(client, noor, data)
                    except httpx2.TransportError:
                        return
                    assert status == 201
                    arrived.append(id_of(data))
                    if len(arrived) >= 100:
                        enough.set()

        threads = [threading.Thread(target=send, args=(said[n::8],)) for n in range(8)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        running.process.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join()
    with started(folder) as running, running.client() as client:
        kept = inbox(client, noor)
        assert set(arrived) <= set(kept)
        assert len(kept) == len(set(kept))
        # What the phone still holds, and what it cannot be sure of, it sends again.
        again = {put(client, noor, data) for data in said}
        assert again <= {200, 201}
        assert sorted(inbox(client, noor)) == sorted(id_of(data) for data in said)


def test_an_upload_that_is_cut_off_leaves_nothing_behind(folder: Path, noor: Phone) -> None:
    (data,) = sealed(noor, 1)
    path = f"/api/entries/{id_of(data)}"
    with started(folder) as running:
        for part in (0, 1, len(data) // 2, len(data) - 1):
            with socket.create_connection(("127.0.0.1", running.port)) as raw:
                lines = [f"PUT {path} HTTP/1.1", f"Host: localhost:{running.port}", f"Content-Length: {len(data)}"]
                lines += [f"{name}: {value}" for name, value in headers(noor, "PUT", path, data).items()]
                raw.sendall("\r\n".join([*lines, "", ""]).encode() + data[:part])
        with running.client() as client:
            assert inbox(client, noor) == []
            assert put(client, noor, data) == 201
            assert inbox(client, noor) == [id_of(data)]
            assert client.get("/healthz").json()["status"] == "ok"
    assert not [line for line in running.log if "Traceback" in line or "ERROR" in line]


def test_what_is_under_way_is_finished_when_it_is_asked_to_stop(folder: Path, noor: Phone) -> None:
    said = sealed(noor, 40)
    arrived: list[str] = []
    begun = threading.Event()
    with started(folder) as running:

        def send(part: list[bytes]) -> None:
            with running.client() as client:
                for data in part:
                    try:
                        if put(client, noor, data) == 201:
                            arrived.append(id_of(data))
                            begun.set()
                    except httpx2.TransportError:
                        return

        threads = [threading.Thread(target=send, args=(said[n::4],)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert begun.wait(60)
        running.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        # Stopped in order, it ends as the signal says.
        assert running.process.wait(20) in {0, -signal.SIGTERM}
    with started(folder) as running, running.client() as client:
        assert set(arrived) <= set(inbox(client, noor))
    # Closed in order, everything lies in the one file.
    assert not [path.name for path in folder.iterdir() if path.name.endswith("-wal") and path.stat().st_size]


def test_what_a_server_prints_names_nobody(folder: Path, noor: Phone) -> None:
    (data,) = sealed(noor, 1)
    with started(folder) as running, running.client() as client:
        put(client, noor, data)
        client.get(f"/{noor.child}?naam=Noor")
        client.post(
            "/api/enrol/find", content=json.dumps({"id": noor.child}), headers={"Content-Type": "application/json"}
        )
    printed = "".join(running.log)
    assert "Kindstem" in printed
    for word in (noor.child, noor.acted.device, id_of(data), "Noor", "127.0.0.1", "localhost"):
        assert word not in printed
