"""What is taken for a sealed entry and what is not, for whom it is kept, and how much of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindstem import messages
from kindstem.config import KIB, Config
from kindstem.errors import KindstemError
from kindstem.messages import ListRef
from kindstem.sealing import readers_record
from kindstem.signing import random_id
from kindstem.wire import Envelope, Header, Wrap, b64, encode_envelope, header_bytes, parse_envelope, unb64
from tests.cast import CHECKIN, Phone, Town, id_of


def rows(town: Town) -> int:
    with town.store.reading() as reader:
        return int(reader._all("select count(*) from entries")[0][0])


def keys_kept(town: Town, entry: str) -> set[str]:
    with town.store.reading() as reader:
        sql = "select w.key_id from wraps w join entries e on e.seq = w.entry where e.id = ?"
        return {row[0] for row in reader._all(sql, (entry,))}


def parts(data: bytes) -> tuple[Envelope, int]:
    envelope = parse_envelope(data)
    return envelope, 8 + len(header_bytes(envelope.hdr))


# --- taken ------------------------------------------------------------------------------------------------------------


def test_the_same_bytes_again_get_the_same_answer_and_make_no_second(town: Town) -> None:
    data = town.noor.say()
    first = town.noor.send(data)
    town.clock.ahead(hours=3)
    again = town.noor.send(data)
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert rows(town) == 1


def test_sixty_four_times_at_once_is_still_one(town: Town) -> None:
    import asyncio

    data, device = town.noor.say(), town.noor.acted.device
    present = town.store.read_sync(lambda r: r.device(device))
    assert present is not None

    async def send() -> Any:
        ref = ListRef.parse("worker.1")
        return await asyncio.gather(
            *(
                messages.accept(town.store, town.config, present, id_of(data), data, ref, now=town.clock())
                for _ in range(64)
            )
        )

    answers = town.call(send)
    assert sum(one.new for one in answers) == 1
    assert len({one.at for one in answers}) == 1
    assert rows(town) == 1


def test_other_bytes_under_a_known_id_are_refused(town: Town) -> None:
    first = town.noor.say()
    assert town.noor.send(first).status == 201
    other = town.noor.say(entry=id_of(first))
    assert town.noor.send(other).code == "entry-exists"
    assert town.vera.read(id_of(first)).content == parse_envelope(first).body


def test_a_message_to_the_confidant_has_no_wrap_for_the_worker(town: Town) -> None:
    data = town.noor.say("confidant")
    assert town.noor.send(data, to="confidant.1").status == 201
    jo = b64(unb64(town.jo.keys.as_reader("confidant", town.clock())["reading"]))
    assert jo
    for reader, sees in ((town.jo, 1), (town.sam, 0), (town.vera, 0)):
        assert len(reader.get(f"/desk/api/children/{town.noor.child}/entries").json["entries"]) == sees


@pytest.mark.promise("P4")
def test_only_me_is_kept_for_nobody_else(town: Town) -> None:
    data = town.noor.say("self")
    assert town.noor.send(data, to="self").status == 201
    assert len(keys_kept(town, id_of(data))) == 1
    assert town.noor.signed("GET", f"/api/bodies/{id_of(data)}").content == parse_envelope(data).body
    for reader in (town.sam, town.vera, town.jo):
        assert reader.read(id_of(data)).status == 404
        assert reader.get(f"/desk/api/children/{town.noor.child}/entries").json["entries"] == []
        # Not even that something was said shows.
        assert reader.get("/desk/api/children").json[0]["last"] is None


def test_a_professional_answers_the_child_and_the_readers(town: Town) -> None:
    data = town.sam.seal(town.noor)
    assert town.sam.send(data).status == 201
    assert town.noor.inbox()["entries"][0]["by"] == town.sam.id
    assert town.vera.read(id_of(data)).status == 200


def test_a_card_is_for_the_readers_and_does_not_reach_the_child(town: Town) -> None:
    data = town.sam.seal(town.noor, "card")
    assert town.sam.send(data).status == 201
    assert town.noor.inbox()["entries"] == []
    assert town.noor.signed("GET", f"/api/bodies/{id_of(data)}").status == 404
    row = next(row for row in town.vera.get("/desk/api/children").json if row["child"] == town.noor.child)
    assert [card["id"] for card in row["cards"]] == [id_of(data)]
    assert unb64(row["cards"][0]["body"]) == parse_envelope(data).body


@pytest.mark.promise("P17")
def test_a_face_a_short_text_and_a_small_drawing_are_one_size_to_the_server(town: Town) -> None:
    face = {"key": "child.mood", "prompt": "Hoe gaat het nu met je?", "options": ["heel goed", "goed"], "value": 2}
    stroke = {"colour": "#c63a2f", "width": 12, "points": [n % 1000 for n in range(400)]}
    drawing = {"kind": "drawing", "prompt": "Teken iets.", "size": [1000, 1000], "strokes": [stroke]}
    for doc in (CHECKIN | {"answers": [face], "parts": []}, CHECKIN, CHECKIN | {"parts": [drawing]}):
        listed = town.noor.lists["worker"]
        data = town.noor.acted.seal("checkin", doc, readers_list=listed, at=town.clock())
        assert town.noor.send(data).status == 201
    kept = town.sam.get(f"/desk/api/children/{town.noor.child}/entries").json["entries"]
    assert [row["size"] for row in kept] == [4096] * 3


# --- not taken --------------------------------------------------------------------------------------------------------


def test_words_that_were_never_sealed_are_refused_whatever_they_stand_in(town: Town) -> None:
    envelope, start = parts(town.noor.say())
    text = ("Hij slaat me als mijn moeder weg is. " * 200).encode()
    wrapped = town.noor.say()[: start + 1 + len(envelope.wraps) * 1200]
    for data in (text, b"KSE1" + text, b'{"text": "hoi"}' * 400, wrapped + text[:4096]):
        answered = town.noor.send(data, entry=envelope.hdr.id)
        assert answered.status == 400
        assert answered.code in {"bad-envelope", "not-sealed"}
        assert b"slaat" not in answered.content
    assert rows(town) == 0


def test_a_body_that_is_text_is_not_sealed(town: Town) -> None:
    data = town.noor.say()
    body = len(parse_envelope(data).body)
    text = ("Ik ben bang. " * 400).encode()[:body].ljust(body)
    assert town.noor.send(data[:-body] + text, entry=id_of(data)).code == "not-sealed"


@pytest.mark.promise("P20")
def test_a_wrap_of_a_suite_that_a_quantum_computer_breaks_is_refused(town: Town) -> None:
    data = town.noor.say()
    envelope, start = parts(data)
    classical = b"".join(wrap.key_id + wrap.sealed[:80] for wrap in envelope.wraps)
    bent = data[: start + 1] + classical + envelope.body
    assert town.noor.send(bent, entry=envelope.hdr.id).code == "not-quantum-safe"
    assert rows(town) == 0


def with_wraps(data: bytes, wraps: list[Wrap]) -> bytes:
    envelope = parse_envelope(data)
    return encode_envelope(replace(envelope, wraps=tuple(sorted(wraps, key=lambda wrap: wrap.key_id))))


@pytest.mark.promise("P3")
def test_everybody_on_the_list_and_nobody_else(town: Town) -> None:
    data = town.noor.say()
    wraps = list(parse_envelope(data).wraps)
    own = parse_envelope(town.noor.say("self")).wraps[0].key_id
    stranger = parse_envelope(town.milan.say("self")).wraps[0]
    sam = next(wrap for wrap in wraps if wrap.key_id != own)
    cases = {
        "one reader left out": ([wrap for wrap in wraps if wrap is not sam], "wrong-recipients"),
        "the child left out": ([wrap for wrap in wraps if wrap.key_id != own], "wrong-recipients"),
        "somebody more": ([*wraps, stranger], "wrong-recipients"),
        "somebody else in a reader's place": ([w for w in wraps if w is not sam] + [stranger], "wrong-recipients"),
        "the child alone": ([wrap for wrap in wraps if wrap.key_id == own], "nobody"),
        "strangers alone": ([stranger], "nobody"),
    }
    for name, (changed, code) in cases.items():
        assert town.noor.send(with_wraps(data, changed), entry=id_of(data)).code == code, name
    assert town.noor.send(data, to="self", entry=id_of(data)).code == "wrong-recipients"
    assert town.noor.send(data, to="confidant.1").code == "nobody"
    assert town.noor.send(data, to="worker.2").code == "list-unknown"
    assert rows(town) == 0
    assert town.noor.send(data).status == 201


def test_an_envelope_counts_only_where_its_header_says(town: Town) -> None:
    data = town.noor.say()
    header = parse_envelope(data).hdr
    others = {
        "another organisation": replace(header, org=random_id()),
        "another child": replace(header, child=town.milan.child),
        "the other direction": replace(header, dir="down"),
        "another id": replace(header, id=random_id()),
    }
    for name, changed in others.items():
        bent = encode_envelope(replace(parse_envelope(data), hdr=changed))
        assert town.noor.send(bent, entry=id_of(data)).code == "bad-envelope", name
    assert town.noor.send(data, entry=random_id()).code == "bad-envelope"
    assert town.milan.send(data).code == "bad-envelope"
    assert rows(town) == 0


WRONG = ("", "worker", "worker.0", "worker.01", "Worker.1", "self.1", "manager.1", "worker.-1", "worker.9999999999")


@pytest.mark.parametrize("header", WRONG)
def test_the_list_is_named_in_one_way(town: Town, header: str) -> None:
    assert town.noor.send(town.noor.say(), to=header).code == "bad-request"


def test_an_entry_is_raw_bytes_and_nothing_else(town: Town) -> None:
    for kind in ("application/json", "text/plain", "multipart/form-data"):
        assert town.noor.send(town.noor.say(), headers={"Content-Type": kind}).code == "bad-request"


def test_the_largest_envelope_is_a_setting(town_with: Any) -> None:
    town = town_with(max_envelope=20 * KIB)
    assert town.noor.send(town.noor.say()).status == 201
    assert town.noor.send(sized(town, town.noor, 32 * KIB)).code == "too-large"
    assert rows(town) == 1


# --- what somebody who left the list would have had -------------------------------------------------------------------


def change_confidant(town: Town, phone: Phone) -> None:
    """A second confidant takes Jo's place, on the child's own word."""
    other = town.newcomer("Mira", town.jo.role)
    other.start()
    for one, two in ((other, town.sam), (town.sam, other)):
        assert one.introduce(two).status == 200
    before = phone.lists["confidant"]
    listed = [other.keys.as_reader("confidant", town.clock())]
    record = readers_record(town.org.id, phone.child, "confidant", listed, at=town.clock(), before=before)
    signed = {"record": record, "sigs": [{"by": s.by, "sig": s.sig} for s in [phone.acted.signing.sign_record(record)]]}
    answered = phone.signed("POST", "/api/lists", {"list": signed})
    assert answered.json == {"number": 2}
    phone.lists["confidant"] = record


def test_what_was_sealed_to_an_older_list_is_taken_and_the_wrap_of_who_left_is_not_kept(town: Town) -> None:
    early, late = town.noor.say("confidant"), town.noor.say("confidant")
    assert town.noor.send(early, to="confidant.1").status == 201
    change_confidant(town, town.noor)
    assert town.noor.send(late, to="confidant.1").status == 201
    for data in (early, late):
        assert len(keys_kept(town, id_of(data))) == 1
        assert town.jo.read(id_of(data)).status == 404
    # The child still sees all it was sealed to, because that stands inside and is compared.
    shown = {row["id"]: row["to"] for row in town.noor.inbox()["entries"]}
    assert all(len(shown[id_of(data)]) == 2 for data in (early, late))
    assert town.jo.get(f"/desk/api/children/{town.noor.child}/entries").status == 404


# --- room -------------------------------------------------------------------------------------------------------------


def sized(town: Town, phone: Phone, size: int) -> bytes:
    """An envelope of about this size, sealed to the worker circle: real wraps, a body of chance."""
    import os

    wraps = parse_envelope(phone.say()).wraps
    header = Header(town.org.id, phone.child, random_id(), "up")
    return encode_envelope(Envelope(header, wraps, os.urandom(size)))


def test_a_text_is_taken_when_there_is_no_room_for_voice(town_with: Any) -> None:
    town = town_with(quota_day=1024 * KIB, quota_small=64 * KIB)
    recording, drawing = 128 * KIB, 32 * KIB
    answers = [town.noor.send(sized(town, town.noor, recording)) for _ in range(9)]
    refused = [one.code for one in answers if one.status != 201]
    assert refused
    assert set(refused) == {"quota-voice"}
    assert town.noor.send(sized(town, town.noor, drawing)).status == 201
    assert town.noor.send(town.noor.say()).status == 201
    assert town.milan.send(sized(town, town.milan, recording)).status == 201
    town.clock.ahead(days=1)
    assert town.noor.send(sized(town, town.noor, recording)).status == 201


def test_small_ones_have_room_of_their_own_and_an_end(town_with: Any) -> None:
    town = town_with(quota_day=64 * KIB, quota_small=32 * KIB)
    answers = [town.noor.send(town.noor.say()) for _ in range(20)]
    taken = [one for one in answers if one.status == 201]
    assert {one.code for one in answers} == {"", "quota"}
    assert 32 * KIB <= len(taken) * 7 * KIB <= 110 * KIB


def test_a_refused_entry_uses_no_room(town_with: Any) -> None:
    town = town_with(quota_day=64 * KIB, quota_small=32 * KIB)
    for _ in range(20):
        assert town.noor.send(town.noor.say(), to="worker.7").code == "list-unknown"
    assert town.noor.send(town.noor.say()).status == 201


def test_a_full_disk_is_said_and_the_entry_is_not_half_there(town: Town) -> None:
    pages = town.store._conn.execute("pragma page_count").fetchone()[0]
    town.store._conn.execute(f"pragma max_page_count = {pages + 4}")
    data = sized(town, town.noor, 512 * KIB)
    assert (town.noor.send(data).status, town.noor.send(data).code) == (507, "store-full")
    assert rows(town) == 0
    town.store._conn.execute("pragma max_page_count = 1000000")
    assert town.noor.send(data).status == 201


# --- flags ------------------------------------------------------------------------------------------------------------


def test_a_flag_with_its_words_or_alone_or_both_is_one_flag(town: Town) -> None:
    data = town.noor.acted.seal(
        "flag", {"v": 1, "lang": "nl", "answers": [], "parts": []}, readers_list=town.noor.lists["worker"],
        at=town.clock(),
    )  # fmt: skip
    alone = town.noor.signed("POST", "/api/flag", {"id": id_of(data)})
    town.clock.ahead(minutes=2)
    assert town.noor.send(data, headers={"Kindstem-Flag": "1"}).status == 201
    assert town.noor.send(data, headers={"Kindstem-Flag": "1"}).status == 200
    flags = town.noor.inbox()["flags"]
    unseen = {"id": id_of(data), "at": alone.json["at"], "seen": [], "climbed": [], "reached": None, "next": None}
    assert flags == [unseen]
    for reader in (town.sam, town.vera):
        assert reader.get("/desk/api/children").json[0]["flags"] == flags
    assert town.jo.get("/desk/api/children").json[0]["flags"] == []


def test_words_sent_before_their_flag_still_set_it(town: Town) -> None:
    data = town.noor.say()
    assert town.noor.send(data).status == 201
    assert town.noor.send(data, headers={"Kindstem-Flag": "1"}).status == 200
    assert [flag["id"] for flag in town.noor.inbox()["flags"]] == [id_of(data)]


def test_who_has_seen_a_flag_the_child_sees(town: Town) -> None:
    flag = random_id()
    town.noor.signed("POST", "/api/flag", {"id": flag})
    town.clock.ahead(minutes=4)
    assert town.vera.post(f"/desk/api/flags/{flag}/seen", {}).status == 200
    town.clock.ahead(minutes=4)
    assert town.vera.post(f"/desk/api/flags/{flag}/seen", {}).status == 200
    assert town.noor.inbox()["flags"][0]["seen"] == [{"name": "Vera", "at": "2026-11-18T09:34:00Z"}]
    assert town.jo.post(f"/desk/api/flags/{flag}/seen", {}).status == 404


def test_a_flag_belongs_to_the_worker_circle(town: Town) -> None:
    sent = town.noor.send(town.noor.say("self"), to="self", headers={"Kindstem-Flag": "1"})
    assert sent.code == "bad-request"
    assert town.noor.send(town.noor.say(), headers={"Kindstem-Flag": "yes"}).code == "bad-request"


def test_a_flags_id_that_is_another_childs_is_refused(town: Town) -> None:
    flag = random_id()
    assert town.noor.signed("POST", "/api/flag", {"id": flag}).status == 200
    assert town.milan.signed("POST", "/api/flag", {"id": flag}).code == "entry-exists"
    assert town.milan.inbox()["flags"] == []


# --- any bytes at all -------------------------------------------------------------------------------------------------


@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_to_an_envelope_nobody_else_comes_to_read_it(town: Town, data: st.DataObject) -> None:
    """A changed envelope is refused, or it is kept in its own place for exactly its own readers.

    Inside wraps and body the server cannot look; there a change is found by whoever opens it.
    """
    whole = _sealed(town)
    kind = data.draw(st.sampled_from(["flip", "cut", "more", "swap", "zero", "double"]))
    at = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(1, 64))
    match kind:
        case "flip":
            bent = whole[:at] + bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))]) + whole[at + 1 :]
        case "cut":
            bent = whole[:at]
        case "more":
            bent = whole + data.draw(st.binary(min_size=1, max_size=64))
        case "swap":
            bent = whole[:at] + data.draw(st.binary(min_size=length, max_size=length)) + whole[at + length :]
        case "zero":
            bent = whole[:at] + bytes(length) + whole[at + length :]
        case _:
            bent = whole[:at] + whole[at : at + length] + whole[at:]
    present = town.store.read_sync(lambda r: r.device(town.noor.acted.device))
    assert present is not None
    entry = parse_envelope(whole).hdr.id
    before = rows(town)

    async def send() -> messages.Accepted:
        return await messages.accept(
            town.store, Config(data=town.folder), present, entry, bent, ListRef.parse("worker.1"), now=town.clock()
        )

    try:
        kept = town.call(send)
    except KindstemError as refused:
        assert refused.status in {400, 409}  # noqa: PT017 - being taken is the other good outcome
        assert rows(town) == before
        return
    assert kept.id == entry
    assert keys_kept(town, entry) == {b64(wrap.key_id) for wrap in parse_envelope(whole).wraps}
    head = parse_envelope(whole).hdr
    assert parse_envelope(bent).hdr == head


def _sealed(town: Town) -> bytes:
    return town.noor.say()
