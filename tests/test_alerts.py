"""The mail that says nothing, to a mail server that is really there."""

import asyncio
import base64
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kindstem import alerts, messages
from kindstem.signing import random_id
from kindstem.words import Words
from tests.cast import Town

FIXED = Words("nl").t("work.alert.push")


@dataclass
class Sink:
    """A mail server that keeps what it gets."""

    port: int = 0
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    refuse: bool = False
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        say("220 sink")
        to = ""
        while line := (await reader.readline()).decode().strip():
            verb = line.upper()[:4]
            if verb in {"EHLO", "HELO"}:
                say("250 sink")
            elif verb == "RCPT":
                to = line.partition("<")[2].rpartition(">")[0]
                say("451 later" if self.refuse else "250 ok")
            elif verb == "DATA":
                say("354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append((to, data[:-5]))
                self.seen.set()
                say("250 kept")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Sink]:
    sink = Sink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink


def mailing(town: Town, port: int) -> Any:
    return replace(town.config, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="Kindstem <kindstem@devaart.example>")


def waiting(town: Town) -> int:
    with town.store.reading() as reader:
        return int(reader._all("select count(*) from mails where done_at is null")[0][0])


def flag(town: Town) -> str:
    """A flag of Noor's that wakes nobody: the test itself is who sends."""
    found = random_id()
    device = town.store.read_sync(lambda r: r.device(town.noor.acted.device))
    assert device is not None
    town.call(lambda: messages.set_flag(town.store, device, found, now=town.clock()))
    return found


@pytest.mark.promise("P12")
def test_a_flag_mails_both_readers_one_fixed_sentence_and_nothing_else(town: Town) -> None:
    flag(town)

    async def act() -> list[tuple[str, bytes]]:
        async with listening() as sink:
            await alerts.send_due(town.store, mailing(town, sink.port), Words("nl"), now=town.clock())
            return sink.mails

    mails = town.call(act)
    assert sorted(to for to, _ in mails) == ["sam@devaart.example", "vera@devaart.example"]
    for to, raw in mails:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_content()
        assert (message["subject"], body.strip()) == (FIXED, FIXED)
        allowed = {"from", "to", "subject", "date", "message-id", "auto-submitted", "content-type", "mime-version"}
        assert {name.lower() for name in message} <= allowed | {"content-transfer-encoding"}
        text = raw.decode() + base64.b64decode(raw[-80:] + b"=" * 4, validate=False).decode("latin-1")
        for word in ("Noor", town.noor.child, town.org.name, "http", "Vera" if "sam" in to else "Sam"):
            assert word not in text
    assert waiting(town) == 0


def test_nobody_is_mailed_twice_for_one_flag(town: Town) -> None:
    found = flag(town)
    assert town.noor.signed("POST", "/api/flag", {"id": found}).status == 200
    data = town.noor.say(entry=found)
    assert town.noor.send(data, headers={"Kindstem-Flag": "1"}).status == 201
    with town.store.reading() as reader:
        assert len(reader._all("select 1 from mails")) == 2


def test_the_running_server_sends_at_once(model: Any, tmp_path: Any) -> None:
    from tests.cast import copied

    async def serve(sink: Sink) -> asyncio.Server:
        server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
        sink.port = server.sockets[0].getsockname()[1]
        return server

    loop = asyncio.new_event_loop()
    import threading

    threading.Thread(target=loop.run_forever, daemon=True).start()
    sink = Sink()
    server = asyncio.run_coroutine_threadsafe(serve(sink), loop).result(10)
    settings = {"smtp_url": f"smtp://127.0.0.1:{sink.port}", "mail_from": "kindstem@devaart.example"}
    with copied(model, tmp_path / "town", **settings) as town:
        assert town.noor.signed("POST", "/api/flag", {"id": random_id()}).status == 200
        asyncio.run_coroutine_threadsafe(sink.seen.wait(), loop).result(20)
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    assert sink.mails


def test_a_mail_server_that_is_down_is_tried_again_and_then_no_more(town: Town) -> None:
    flag(town)
    down = mailing(town, 1)

    async def attempt(config: Any) -> int:
        return await alerts.send_due(town.store, config, Words("nl"), now=town.clock())

    assert town.call(attempt, down) == 0
    assert waiting(town) == 2
    assert town.call(attempt, down) == 0
    town.clock.ahead(minutes=1)

    async def works_again() -> list[tuple[str, bytes]]:
        async with listening() as sink:
            sink.refuse = True
            await attempt(mailing(town, sink.port))
            assert sink.mails == []
            town.clock.ahead(minutes=5)
            sink.refuse = False
            assert await attempt(mailing(town, sink.port)) == 2
            return sink.mails

    assert len(town.call(works_again)) == 2
    flag(town)
    town.clock.ahead(hours=25)
    assert town.call(attempt, down) == 0
    assert waiting(town) == 0


def test_without_a_mail_server_nothing_waits_for_one(town: Town) -> None:
    flag(town)
    unset = replace(town.config, alert_file=False)
    sent = town.call(lambda: alerts.send_due(town.store, unset, Words("nl"), now=town.clock()))
    assert (sent, waiting(town)) == (0, 0)


def test_a_password_is_never_sent_in_clear(town: Town) -> None:
    flag(town)

    async def act() -> list[tuple[str, bytes]]:
        async with listening() as sink:
            config = replace(mailing(town, sink.port), smtp_url=f"smtp://user:secret@127.0.0.1:{sink.port}")
            await alerts.send_due(town.store, config, Words("nl"), now=town.clock())
            return sink.mails

    assert town.call(act) == []
    assert waiting(town) == 2


def test_readers_who_left_or_gave_no_address_get_no_mail(town: Town) -> None:
    town.call(town.store.write, lambda tx: tx.set_active(town.sam.id, False))
    assert town.milan.signed("POST", "/api/flag", {"id": random_id()}).status == 200
    flag(town)
    with town.store.reading() as reader:
        people = {row["person"] for row in reader._all("select person from mails")}
    assert people == {town.vera.id}
