"""What a professional sees of their children, in which order, and what the child sees of them."""

from typing import Any

import pytest

from kindstem import roster
from kindstem.signing import random_id
from kindstem.wire import parse_envelope, unb64
from tests.cast import Professional, Town, id_of
from tests.ledger import file_of, line


def row(who: Professional, child: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in who.get("/desk/api/children").json if one["child"] == child)
    return found


def first(who: Professional) -> str:
    return str(who.get("/desk/api/children").json[0]["child"])


def here(town: Town, **later: float) -> None:
    """Time passes and everybody signs in anew."""
    town.clock.ahead(**later)
    for who in (town.sam, town.vera, town.jo):
        assert who.sign_in().status == 200


# --- the first screen -------------------------------------------------------------------------------------------------


def test_a_child_without_a_phone_is_there_from_the_beginning(town: Town) -> None:
    for who, role in ((town.sam, "worker"), (town.vera, "second")):
        found = row(who, town.daan)
        assert (found["role"], found["state"], found["last"], found["unread"]) == (role, "new", None, 0)
        assert found["lists"] == found["devices"] == found["cards"] == []


def test_what_was_said_counts_for_those_it_was_said_to(town: Town) -> None:
    town.noor.send(town.noor.say())
    town.clock.ahead(minutes=5)
    town.noor.send(town.noor.say("confidant"), to="confidant.1")
    sam, jo = row(town.sam, town.noor.child), row(town.jo, town.noor.child)
    assert (sam["unread"], sam["last"], sam["first_unread"]) == (1, "2026-11-18T09:30:00Z", "2026-11-18T09:30:00Z")
    assert (jo["unread"], jo["last"], jo["role"]) == (1, "2026-11-18T09:35:00Z", "confidant")


def test_reading_makes_it_read_for_me_alone(town: Town) -> None:
    first, second = town.noor.say(), town.noor.say()
    town.noor.send(first)
    town.clock.ahead(minutes=1)
    town.noor.send(second)
    town.sam.read(id_of(first))
    assert row(town.sam, town.noor.child)["unread"] == 1
    assert row(town.sam, town.noor.child)["first_unread"] == "2026-11-18T09:31:00Z"
    assert row(town.vera, town.noor.child)["unread"] == 2


def test_an_answer_is_nothing_unread(town: Town) -> None:
    town.sam.send(town.sam.seal(town.noor))
    assert row(town.vera, town.noor.child)["unread"] == 0
    assert row(town.vera, town.noor.child)["last"] is None


def test_a_flag_comes_first_until_it_was_seen(town: Town) -> None:
    town.milan.send(town.milan.say())
    flag = random_id()
    town.noor.signed("POST", "/api/flag", {"id": flag})
    assert first(town.vera) == town.noor.child
    town.vera.post(f"/desk/api/flags/{flag}/seen", {})
    assert first(town.vera) == town.milan.child


def test_newest_unread_words_come_first(town: Town) -> None:
    for phone in (town.noor, town.milan):
        town.clock.ahead(minutes=1)
        said = phone.say()
        phone.send(said)
    assert [one["child"] for one in town.vera.get("/desk/api/children").json][:2] == [town.milan.child, town.noor.child]
    town.vera.read(id_of(said))
    assert [one["child"] for one in town.vera.get("/desk/api/children").json][:2] == [town.noor.child, town.milan.child]


def test_a_message_nobody_opened_comes_first_for_the_second_reader(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    assert row(town.vera, town.noor.child)["overdue"] is False
    here(town, days=5)  # Monday: three working days since Wednesday
    assert row(town.vera, town.noor.child)["overdue"] is False
    here(town, days=1)
    town.milan.send(town.milan.say())
    assert row(town.vera, town.noor.child)["overdue"] == "days"
    assert row(town.sam, town.noor.child)["overdue"] == "days"
    assert row(town.jo, town.noor.child)["overdue"] is False
    assert first(town.vera) == town.noor.child
    town.sam.read(id_of(said))
    assert row(town.vera, town.noor.child)["overdue"] is False


def test_a_message_to_somebody_who_is_away_comes_first_at_once(town: Town) -> None:
    town.sam.post("/desk/api/away", {"from": "2026-11-18", "until": "2026-11-20"})
    said = town.noor.say()
    town.noor.send(said)
    assert row(town.vera, town.noor.child)["overdue"] == "away"
    town.vera.read(id_of(said))
    assert row(town.vera, town.noor.child)["overdue"] is False


def test_leave_that_has_not_begun_or_is_over_changes_nothing(town: Town) -> None:
    town.noor.send(town.noor.say())
    for since, until in (("2026-11-19", "2026-11-20"), ("2026-11-10", "2026-11-17")):
        town.sam.post("/desk/api/away", {"from": since, "until": until})
        assert row(town.vera, town.noor.child)["overdue"] is False


def test_a_jeugdbeschermer_who_is_gone_counts_as_away(town: Town) -> None:
    town.noor.send(town.noor.say())
    town.call(town.store.write, lambda tx: tx.set_active(town.sam.id, False))
    assert row(town.vera, town.noor.child)["overdue"] == "away"


def test_the_newest_card_comes_first(town: Town) -> None:
    for name in ("first", "second", "third"):
        town.clock.ahead(minutes=1)
        sent = town.sam.seal(town.noor, "card")
        assert town.sam.send(sent).status == 201, name
    cards = row(town.vera, town.noor.child)["cards"]
    assert [card["at"] for card in cards] == ["2026-11-18T09:33:00Z", "2026-11-18T09:32:00Z"]
    assert unb64(cards[0]["body"]) == parse_envelope(sent).body
    assert cards[0]["by"] == town.sam.id
    assert row(town.jo, town.noor.child)["cards"] == []


def test_devices_and_lists_come_with_all_their_signatures(town: Town) -> None:
    found = row(town.vera, town.noor.child)
    assert [len(one["sigs"]) for one in (*found["devices"], *found["lists"])] == [2, 2, 2]
    assert found["devices"][0]["revoked"] is None
    assert {one["record"]["circle"] for one in found["lists"]} == {"worker", "confidant"}


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("P7")
def test_each_fetch_stands_in_the_list_that_the_child_sees(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    before = town.noor.inbox()
    assert before["reads"] == []
    town.clock.ahead(minutes=10)
    town.sam.read(id_of(said), "prepare")
    new = town.noor.inbox(before["cursor"])
    read = {"entry": id_of(said), "person": town.sam.id, "name": "Sam", "at": "2026-11-18T09:40:00Z"}
    assert new["reads"] == [read | {"reason": "prepare"}]
    assert town.noor.inbox(new["cursor"])["reads"] == []
    town.vera.read(id_of(said))
    assert [one["name"] for one in town.noor.inbox(new["cursor"])["reads"]] == ["Vera"]
    log = town.sam.get(f"/desk/api/children/{town.noor.child}/reads").json
    assert [one["name"] for one in log] == ["Vera", "Sam"]


def test_the_same_person_in_the_same_hour_is_one_line(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    for minutes in (0, 9, 10, 11, 10):
        town.clock.ahead(minutes=minutes)
        assert town.sam.read(id_of(said)).status == 200
    assert [one["at"] for one in town.noor.inbox()["reads"]] == ["2026-11-18T09:30:00Z", "2026-11-18T10:00:00Z"]


def test_a_read_that_could_not_be_logged_gives_no_body(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    pages = town.store._conn.execute("pragma page_count").fetchone()[0]
    town.store._conn.execute(f"pragma max_page_count = {pages}")
    fill = town.noor.say()
    while town.noor.send(fill).status != 507:
        fill = town.noor.say()
    answered = town.sam.read(id_of(said))
    town.store._conn.execute("pragma max_page_count = 1000000")
    # Either the log had room for its row, or there was no body: never a body without a row.
    assert (answered.status, len(town.noor.inbox()["reads"])) in {(200, 1), (507, 0)}


def test_who_opened_an_entry_stands_with_it(town: Town) -> None:
    said = town.noor.say()
    town.noor.send(said)
    town.vera.read(id_of(said))
    (entry,) = town.sam.get(f"/desk/api/children/{town.noor.child}/entries").json["entries"]
    assert entry["opened"] == [{"person": town.vera.id, "name": "Vera", "at": "2026-11-18T09:30:00Z"}]
    assert entry["device"] == town.noor.acted.device
    assert len(entry["to"]) == 3


def test_entries_come_in_pages_that_leave_nothing_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from kindstem import messages

    monkeypatch.setattr(messages, "PAGE", 3)
    sent = []
    for _ in range(7):
        said = town.noor.say()
        assert town.noor.send(said).status == 201
        sent.append(id_of(said))
        town.noor.send(town.noor.say("self"), to="self")
        town.sam.read(id_of(said))
    for ask in (
        lambda after: town.sam.get(f"/desk/api/children/{town.noor.child}/entries?after={after}").json,
        town.noor.inbox,
    ):
        seen, reads, after, more, rounds = [], 0, 0, True, 0
        while more:
            page = ask(after)
            seen += [one["id"] for one in page["entries"]]
            reads += len(page.get("reads", ()))
            after, more = page["cursor"], page["more"]
            rounds += 1
            assert len(page["entries"]) <= 3
        assert [one for one in seen if one in sent] == sent
        assert len(seen) == len(set(seen))
        assert rounds >= 3
    assert reads == 7


def test_a_cursor_is_a_number(town: Town) -> None:
    for after in ("-1", "x", "1.5", "9" * 16, "²"):
        assert town.sam.get(f"/desk/api/children/{town.noor.child}/entries?after={after}").status == 400


def test_the_phone_is_told_everything_it_must_compare(town: Town) -> None:
    inbox = town.noor.inbox()
    assert [one["record"]["circle"] for one in inbox["lists"]] == ["worker", "confidant"]
    assert {one["name"]: one["role"] for one in inbox["persons"]} == {
        "Sam": "worker",
        "Vera": "second",
        "Jo": "confidant",
    }
    assert inbox["settings"] == {
        "exit": town.config.exit_url,
        "maxEnvelope": town.config.max_envelope,
        "looks": {"from": "09:00", "until": "17:00", "day": 30, "night": 90},
    }
    assert inbox["device"] == {"state": "active"}
    assert inbox["now"] == "2026-11-18T09:30:00Z"


def test_a_phone_with_a_cursor_from_before_a_restore_sees_what_is_new(town: Town) -> None:
    town.noor.send(town.noor.say())
    inbox = town.noor.inbox(10**6)
    assert inbox["entries"] == []
    said = town.noor.say()
    town.noor.send(said)
    assert [one["id"] for one in town.noor.inbox(inbox["cursor"])["entries"]] == [id_of(said)]


# --- answering --------------------------------------------------------------------------------------------------------


def test_the_confidant_answers_in_the_confidants_circle(town: Town) -> None:
    listed = town.noor.lists["confidant"]
    data = town.jo.seal(town.noor, readers_list=listed)
    assert town.jo.send(data, to="confidant.1").status == 201
    assert [one["by"] for one in town.noor.inbox()["entries"]] == [town.jo.id]
    assert town.sam.read(id_of(data)).status == 404


def test_nobody_answers_in_a_circle_they_are_not_in(town: Town) -> None:
    listed = town.noor.lists["confidant"]
    data = town.sam.seal(town.noor, readers_list=listed)
    assert town.sam.send(data, to="confidant.1").status == 404
    assert town.jo.send(town.jo.seal(town.noor), to="worker.1").status == 404
    assert town.sam.send(town.sam.seal(town.noor), to="self").status == 404
    assert town.noor.inbox()["entries"] == []


def test_nobody_speaks_for_the_child(town: Town) -> None:
    said = town.noor.say()
    # Whose words they are is signed inside, where the server cannot look; the row says who brought them.
    assert town.sam.send(said).status == 201
    (row,) = town.vera.get(f"/desk/api/children/{town.noor.child}/entries").json["entries"]
    assert row["by"] == town.sam.id
    assert "device" not in row
    answer = town.sam.seal(town.noor)
    assert town.noor.send(answer).code == "bad-envelope"


def test_an_answer_reaches_the_child_or_is_no_answer(town: Town) -> None:
    stranger = town.milan.acted.reading
    data = town.sam.seal(town.noor, child_reading=stranger)
    assert town.sam.send(data).code == "wrong-recipients"


# --- parts ------------------------------------------------------------------------------------------------------------


def test_the_parts_show_what_the_server_knows_and_no_child_by_name(town: Town) -> None:
    town.noor.send(town.noor.say())
    for name in ("nav", "colleagues", "away", f"reads/{town.noor.child}"):
        answered = town.sam.get(f"/desk/parts/{name}")
        assert answered.status == 200, name
        assert b"Noor" not in answered.content
    colleagues = town.sam.get("/desk/parts/colleagues").content.decode()
    for name in ("Sam", "Vera", "Jo", "Iris", "Ruth"):
        assert name in colleagues


def test_leave_is_set_in_one_form(town: Town) -> None:
    def send(body: str) -> Any:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return town.sam.ask("POST", "/desk/parts/away", body=body.encode(), headers=headers)

    assert send("from=2026-11-20&until=2026-11-27").status == 200
    assert town.sam.get("/desk/api/me").json["away"] == {"from": "2026-11-20", "until": "2026-11-27"}
    for wrong in (
        "from=2026-11-27&until=2026-11-20",
        "from=morgen&until=2026-11-20",
        "from=2026-11-20",
        "from=&until=x",
    ):
        answered = send(wrong)
        assert answered.status == 200
        assert b'role="alert"' in answered.content
        assert b"morgen" not in answered.content
    assert town.sam.get("/desk/api/me").json["away"] == {"from": "2026-11-20", "until": "2026-11-27"}
    assert send("from=&until=").status == 200
    assert town.sam.get("/desk/api/me").json["away"] is None
    wrong_kind = town.sam.ask("POST", "/desk/parts/away", body=b"{}", headers={"Content-Type": "application/json"})
    assert wrong_kind.status == 400


def test_a_name_in_a_part_is_text_whatever_it_holds(town: Town) -> None:
    town.newcomer("<img src=x onerror=alert(1)>", town.sam.role, team="<script>")
    content = town.sam.get("/desk/parts/colleagues").content
    assert b"<img src=x" not in content
    assert b"<script>" not in content
    assert b"&lt;img src=x" in content


# --- kindnummers of the roster ----------------------------------------------------------------------------------------


def test_a_child_is_begun_under_its_kindnummer_of_the_roster_once(town: Town) -> None:
    number = "K000-00001"
    lines = file_of(line(number, "2015-01", "2026-01-05"))
    form = {"second": town.vera.id, "child": number}
    assert town.sam.post("/desk/api/children", form).code == "child-unlisted"

    async def take() -> None:
        await roster.take_in(town.store, lines, apply=True, now=town.clock())

    town.call(take)
    assert town.sam.post("/desk/api/children", form).json == {"child": number}
    assert town.store.read_sync(lambda r: r.subj_of(number) == r.roster_subj(number))
    assert town.sam.post("/desk/api/children", form).code == "child-unlisted"
    assert town.iris.post("/desk/api/children", form).code == "child-unlisted"


def test_without_a_kindnummer_a_child_gets_a_fresh_one_that_the_roster_has_not(town: Town) -> None:
    found = town.sam.post("/desk/api/children", {"second": town.vera.id, "child": None})
    assert found.status == 200
    assert town.store.read_sync(lambda r: r.roster_subj(found.json["child"])) is None
