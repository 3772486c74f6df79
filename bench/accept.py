"""Accepting sealed entries: a real server, real envelopes and signatures, against SQLite alone on the same disk."""

from __future__ import annotations

import collections
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import circle, rig, wire_client
from bench.figures import Figure, figure, p95
from bench.yardstick import single_commits
from kindstem.config import Config

LEAST_RATIO = 0.7
MOST_P95_MS = 6
CLIENTS = (1, 8, 64)
SAID = 300
"""Characters of each entry: all short entries have the same size on the wire."""

KILLED_AFTER = 0.4


@dataclass(frozen=True)
class Plan:
    """How much is sent: entries per number of clients, and how often all of it."""

    entries: dict[int, int]
    rounds: int
    phones: int
    yardstick_rows: int


WHOLE = Plan({1: 400, 8: 2000, 64: 4000}, rounds=5, phones=64, yardstick_rows=2000)
QUICK = Plan({1: 20, 8: 64, 64: 128}, rounds=1, phones=4, yardstick_rows=200)


@dataclass
class Found:
    """What the rounds gave, by number of clients."""

    ratios: dict[int, list[float]]
    rates: dict[int, list[float]]
    p95s: dict[int, list[float]]
    yardstick: list[float]


def measure(quick: bool) -> list[Figure]:
    """Rate, waiting and loss at 1, 8 and 64 clients at once, and after a server that was killed while it wrote."""
    plan = QUICK if quick else WHOLE
    with rig.folder() as folder:
        port = rig.free_port()
        config = Config(data=folder / "served", port=port, base_url=f"http://localhost:{port}", demo=True)
        config.data.mkdir()
        phones = circle.found(config, plan.phones).phones
        sent = Sent(phones, port)
        server = serve(config)
        try:
            found = _rounds(plan, sent, folder)
            twice = sent.twice_at_once(32 if quick else 256)
            sent.until_killed(server, 64 if quick else 2000)
            server = serve(config)
            lost, double = sent.compare()
        finally:
            server.kill()
    return _figures(found, lost, double, twice)


def serve(config: Config) -> rig.Server:
    """`kindstem serve` with these settings."""
    environment = {"KINDSTEM_DATA": str(config.data), "KINDSTEM_PORT": str(config.port), "KINDSTEM_DEMO": "1"}
    return rig.Server(["serve"], environment, config.port)


class Sent:
    """Everything that was sent to a server, so that it can be asked for again."""

    def __init__(self, phones: Sequence[circle.Phone], port: int) -> None:
        self._phones = phones
        self._port = port
        self._host = f"localhost:{port}"
        self.size = len(phones[0].entry(SAID, datetime.now(UTC))[1])
        self._acknowledged: dict[int, set[str]] = {index: set() for index in range(len(phones))}

    def at_once(self, clients: int, count: int) -> wire_client.Answers:
        """Sends `count` new entries by so many clients. RuntimeError when one is refused."""
        shares, names = self._shares(clients, count)
        answers = wire_client.send_all(self._port, shares)
        if refused := answers.refused(201):
            raise RuntimeError(f"{len(refused)} of {count} entries were refused, the first with {refused[0]}")
        self._note(names, answers)
        return answers

    def twice_at_once(self, count: int) -> int:
        """Sends each of `count` entries from two lines at the same moment; the number of those kept as two answers."""
        shares: list[list[bytes]] = [[], []]
        names = []
        for number in range(count):
            index = number % len(self._phones)
            name, body = self._phones[index].entry(SAID, datetime.now(UTC))
            names.append((index, name))
            for share in shares:
                share.append(self._request(index, name, body))
        answers = wire_client.send_all(self._port, shares)
        if refused := answers.refused(200, 201):
            raise RuntimeError(f"an entry sent twice was refused with {refused[0]}")
        for index, name in names:
            self._acknowledged[index].add(name)
        # Exactly one of the two brought it.
        return sum(sorted(pair) != [200, 201] for pair in zip(*answers.statuses, strict=True))

    def until_killed(self, server: rig.Server, count: int) -> None:
        """Sends by 64 clients while the server is killed in the middle, and notes what it had acknowledged by then."""
        shares, names = self._shares(64, count)
        answers = wire_client.send_all(self._port, shares, after=(KILLED_AFTER, server.kill))
        self._note(names, answers)

    def compare(self) -> tuple[int, int]:
        """How many acknowledged entries the phones no longer find, and how many they find more than once."""
        lost = double = 0
        for index, names in self._acknowledged.items():
            kept = collections.Counter(self._kept(index))
            lost += len(names - kept.keys())
            double += sum(count - 1 for count in kept.values())
        return lost, double

    def _kept(self, index: int) -> list[str]:
        kept: list[str] = []
        after, more = 0, True
        while more:
            path, body = "/api/inbox", json.dumps({"after": after}).encode()
            headers = {
                "Authorization": self._phones[index].child.authorization("POST", path, body, int(time.time())),
                "Content-Type": "application/json",
            }
            answers = wire_client.send_all(self._port, [[self._asked("POST", path, headers, body)]])
            if answers.refused(200):
                raise RuntimeError(f"the inbox answered {answers.statuses[0][0]}")
            page = json.loads(answers.bodies[0][0])
            kept += [entry["id"] for entry in page["entries"]]
            after, more = page["cursor"], page["more"]
        return kept

    def _shares(self, clients: int, count: int) -> tuple[list[list[bytes]], list[list[tuple[int, str]]]]:
        shares: list[list[bytes]] = [[] for _ in range(clients)]
        names: list[list[tuple[int, str]]] = [[] for _ in range(clients)]
        now = datetime.now(UTC)
        for number in range(count):
            index = number % len(self._phones)
            name, body = self._phones[index].entry(SAID, now)
            shares[number % clients].append(self._request(index, name, body))
            names[number % clients].append((index, name))
        return shares, names

    def _request(self, index: int, name: str, body: bytes) -> bytes:
        path = f"/api/entries/{name}"
        headers = {
            "Authorization": self._phones[index].child.authorization("PUT", path, body, int(time.time())),
            "Content-Type": "application/octet-stream",
            "Kindstem-List": "worker.1",
        }
        return self._asked("PUT", path, headers, body)

    def _asked(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        return wire_client.request(method, path, self._host, headers, body)

    def _note(self, names: Sequence[Sequence[tuple[int, str]]], answers: wire_client.Answers) -> None:
        for share, statuses in zip(names, answers.statuses, strict=True):
            for (index, name), status in zip(share, statuses, strict=False):
                if status in {200, 201}:
                    self._acknowledged[index].add(name)


def _rounds(plan: Plan, sent: Sent, folder: Path) -> Found:
    found = Found({n: [] for n in CLIENTS}, {n: [] for n in CLIENTS}, {n: [] for n in CLIENTS}, [])
    before = single_commits(folder, sent.size, plan.yardstick_rows)
    for _ in range(plan.rounds):
        for clients in CLIENTS:
            answers = sent.at_once(clients, plan.entries[clients])
            after = single_commits(folder, sent.size, plan.yardstick_rows)
            # Between two yardsticks, so that a disk that slows down slows both.
            found.ratios[clients].append(answers.rate / ((before + after) / 2))
            found.rates[clients].append(answers.rate)
            found.p95s[clients].append(p95(answers.all_seconds) * 1000)
            found.yardstick.append(after)
            before = after
    return found


def _figures(found: Found, lost: int, double: int, twice: int) -> list[Figure]:
    many = CLIENTS[-1]
    figures = [
        figure("accept.ratio", f"accepted per second at {many} at once, against SQLite alone", "",
               found.ratios[many], least=LEAST_RATIO,
               note="SQLite alone: one row of that size a commit, WAL, synchronous FULL, before and after each round"),
        figure("accept.p95", "time to the answer at 8 at once, p95", "ms", found.p95s[8], most=MOST_P95_MS),
        figure("accept.lost", "acknowledged and not found again", "entries", lost, most=0,
               note="after all rounds, and after a server that was killed while 64 clients were sending"),
        figure("accept.double", "found more than once", "entries", double + twice, most=0,
               note="entries sent from two lines at the same moment among them"),
        figure("accept.yardstick", "SQLite alone, one commit a row", "per s", found.yardstick),
    ]  # fmt: skip
    for clients in CLIENTS:
        name, what = f"accept.rate.{clients}", f"accepted at {clients} at once"
        figures.append(figure(name, what, "per s", found.rates[clients]))
    for clients in CLIENTS:
        if clients != many:
            name, what = f"accept.ratio.{clients}", f"accepted at {clients} at once, against SQLite alone"
            figures.append(figure(name, what, "", found.ratios[clients]))
    for clients in CLIENTS:
        if clients != 8:
            name, what = f"accept.p95.{clients}", f"time to the answer at {clients} at once, p95"
            figures.append(figure(name, what, "ms", found.p95s[clients]))
    return figures
