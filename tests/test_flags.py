"""A flag climbs when nobody sees it, by day and by night, and stays until a person and a next step are recorded."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kindstem import alerts, flags, messages, roster
from kindstem.calendar import Hours
from kindstem.domain import Away, Role
from kindstem.signing import random_id
from kindstem.words import Words
from tests.cast import START, Answered, Town, copied
from tests.ledger import file_of, line

HOURS = Hours(time(9), time(17), timedelta(minutes=30), timedelta(minutes=90))
MAIL = "lotte@devaart.example"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- by when ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("set_at", "due"),
    [
        ("2026-11-18T09:30", "2026-11-18T10:00"),  # a Wednesday morning
        ("2026-11-18T20:00", "2026-11-18T21:30"),  # its evening
        ("2026-11-18T07:45", "2026-11-18T08:30"),  # before nine: half an hour after the office opens, not at 9.15
        ("2026-11-18T06:00", "2026-11-18T07:30"),  # earlier still: the night's limit ends first
        ("2026-11-18T15:50", "2026-11-18T16:20"),  # just before it closes: the day's limit ends first
        ("2026-11-21T11:00", "2026-11-21T12:30"),  # a Saturday
        ("2026-12-25T11:00", "2026-12-25T12:30"),  # Christmas
        ("2026-07-01T07:30", "2026-07-01T08:00"),  # in summer nine o'clock is seven
    ],
)
def test_by_day_and_by_night_there_is_a_limit(set_at: str, due: str) -> None:
    assert HOURS.due(at(set_at)) == at(due)


def test_a_day_that_is_equated_with_a_holiday_is_a_night() -> None:
    friday = at("2026-05-15T10:00")
    assert HOURS.due(friday) == friday + timedelta(minutes=30)
    assert HOURS.due(friday, {date(2026, 5, 15)}) == friday + timedelta(minutes=90)


def test_when_the_night_is_stricter_it_counts_from_closing_on() -> None:
    strict = Hours(time(9), time(17), timedelta(minutes=120), timedelta(minutes=15))
    assert strict.due(at("2026-11-18T15:30")) == at("2026-11-18T16:15")


def test_the_night_in_which_the_clock_is_put_back_is_as_long_as_it_is() -> None:
    long = Hours(time(9), time(17), timedelta(minutes=30), timedelta(hours=20))
    assert long.due(at("2026-10-25T15:00")) == at("2026-10-26T08:30")


# --- climbing ---------------------------------------------------------------------------------------------------------


def climbs(town: Town) -> int:
    """One turn of what the server does each minute."""
    return int(town.call(partial(flags.climb, town.store, town.config, now=town.clock())))


def waiting(town: Town) -> list[str | None]:
    """For whom a mail waits; None is the on-call service."""
    with town.store.reading() as reader:
        return [row["person"] for row in reader._all("select person from mails where done_at is null order by id")]


def sent(town: Town) -> None:
    """All mails that wait are sent."""
    town.call(partial(alerts.send_due, town.store, town.config, Words("nl"), now=town.clock()))


def raises_flag(town: Town) -> str:
    """A flag of Noor's, with the server's own turns left out of it."""
    found = random_id()
    device = town.store.read_sync(lambda r: r.device(town.noor.acted.device))
    assert device is not None
    town.call(partial(messages.set_flag, town.store, device, found, now=town.clock()))
    sent(town)
    return found


def leader(town: Town, name: str = "Lotte", **more: Any) -> str:
    given = {"team": "Haven", "mail": MAIL} | more
    return town.newcomer(name, Role.LEADER, **given).id


def steps(town: Town) -> list[str]:
    (one,) = town.noor.signed("POST", "/api/inbox", {"after": 0}).json["flags"]
    return [step["step"] for step in one["climbed"]]


def test_a_flag_that_nobody_sees_goes_to_the_team_leader_and_then_to_the_service(town: Town) -> None:
    lotte = leader(town)
    raises_flag(town)
    town.clock.ahead(minutes=29)
    assert (climbs(town), waiting(town)) == (0, [])
    town.clock.ahead(minutes=1)
    assert (climbs(town), waiting(town), steps(town)) == (1, [lotte], ["leader"])
    sent(town)
    town.clock.ahead(minutes=29)
    assert (climbs(town), waiting(town)) == (0, [])
    town.clock.ahead(minutes=1)
    assert (climbs(town), waiting(town), steps(town)) == (1, [None], ["leader", "oncall"])
    sent(town)
    town.clock.ahead(days=3)
    assert (climbs(town), waiting(town)) == (0, [])


def test_once_somebody_saw_it_it_climbs_no_further(town: Town) -> None:
    leader(town)
    found = raises_flag(town)
    town.clock.ahead(minutes=30)
    assert climbs(town) == 1
    assert town.vera.sign_in().status == 200
    assert town.vera.post(f"/desk/api/flags/{found}/seen", None).status == 200
    town.clock.ahead(days=1)
    assert (climbs(town), steps(town)) == (0, ["leader"])


@pytest.mark.parametrize("why", ["none", "other team", "no address", "away", "gone"])
def test_where_no_leader_can_be_reached_it_goes_to_the_service_at_once(town: Town, why: str) -> None:
    if why != "none":
        changed: dict[str, dict[str, Any]] = {"other team": {"team": "Kade"}, "no address": {"mail": None}}
        more = changed.get(why, {})
        lotte = leader(town, **more)
        today = Away(date(2026, 11, 18), date(2026, 11, 20))
        if why == "away":
            town.call(town.store.write, lambda tx: tx.set_away(lotte, today))
        if why == "gone":
            town.call(town.store.write, lambda tx: tx.set_active(lotte, False))
    raises_flag(town)
    town.clock.ahead(minutes=30)
    assert (climbs(town), waiting(town), steps(town)) == (1, [None], ["oncall"])


def test_a_server_that_was_away_takes_the_steps_it_missed_and_none_twice(model: Any, tmp_path: Path) -> None:
    with copied(model, tmp_path / "town") as town:
        lotte = leader(town)
        raises_flag(town)
        late = town.clock.now + timedelta(hours=9)
        actors = {name: getattr(town, name) for name in ("sam", "vera", "jo", "iris", "ruth", "noor", "milan")}
    from tests.cast import Clock, running

    with running(town.config, Clock(late), actors) as again:
        # It took them by itself when it started, or takes them now.
        climbs(again)
        with again.store.reading() as reader:
            rows = reader._all("select step, due, at from climbs order by due")
            mails = [row["person"] for row in reader._all("select person from mails order by id")]
        assert [row["step"] for row in rows] == ["leader", "oncall"]
        assert [row["due"] - int(START.timestamp()) for row in rows] == [1800, 3600]
        assert {row["at"] for row in rows} == {int(late.timestamp())}
        assert mails[-2:] == [lotte, None]
        assert climbs(again) == 0


def test_two_turns_at_once_send_once(town: Town) -> None:
    raises_flag(town)
    town.clock.ahead(minutes=30)

    async def both() -> Sequence[int]:
        turns = (flags.climb(town.store, town.config, now=town.clock()) for _ in range(5))
        return await asyncio.gather(*turns)

    assert sum(town.call(both)) == 1
    assert waiting(town) == [None]


def test_many_flags_within_an_hour_climb_all_and_do_not_drown_the_service(town: Town) -> None:
    for _ in range(12):
        raises_flag(town)
    town.clock.ahead(minutes=30)
    assert climbs(town) == 12
    assert waiting(town) == [None] * 5


def test_without_limits_nothing_climbs(town: Town) -> None:
    raises_flag(town)
    town.clock.ahead(days=1)
    unset = replace(town.config, flag_minutes_night=None)
    assert town.call(partial(flags.climb, town.store, unset, now=town.clock())) == 0


def test_the_running_server_takes_its_turn(town: Town) -> None:
    raises_flag(town)
    town.clock.ahead(minutes=30)
    seen = asyncio.Event()

    async def until_there() -> None:
        # The turn runs on this loop, beside the request that wakes it.
        while not town.store.read_sync(lambda r: r._one("select 1 from climbs")):
            await asyncio.sleep(0)
        seen.set()

    assert town.milan.signed("POST", "/api/flag", {"id": random_id()}).status == 200
    town.call(partial(asyncio.wait_for, until_there(), 20))
    assert seen.is_set()


@pytest.mark.promise("P12")
def test_what_goes_out_holds_no_name_no_number_and_no_content(town: Town) -> None:
    leader(town)
    raises_flag(town)
    town.clock.ahead(minutes=30)
    climbs(town)
    sent(town)
    town.clock.ahead(minutes=30)
    climbs(town)
    sent(town)
    written = town.config.alerts.read_text("utf-8")
    words = Words("nl")
    assert words.t("work.alert.oncall") in written
    assert town.config.alerts.stat().st_mode & 0o777 == 0o600
    allowed = {words.t(key) for key in ("work.alert.push", "work.alert.oncall", "work.alert.trial")}
    assert {line.partition(": ")[2] for line in written.splitlines()} == allowed


def test_a_trial_that_cannot_be_sent_is_no_trial(town: Town) -> None:
    from kindstem.errors import SetupFault

    down = replace(town.config, smtp_url="smtp://127.0.0.1:1", mail_from="kindstem@devaart.example")
    with pytest.raises(SetupFault, match="could not be sent"):
        town.call(partial(alerts.try_out, town.store, down, Words("nl"), now=town.clock()))
    assert town.call(partial(alerts.tried, town.store, down)) is False
    assert town.call(partial(alerts.tried, town.store, town.config)) is True


# --- until somebody reached the child ---------------------------------------------------------------------------------


def step(who: Any, flag: str, **said: Any) -> Answered:
    answered: Answered = who.post(f"/desk/api/flags/{flag}/steps", {"reached": None, "next": None} | said)
    return answered


def on_desk(who: Any, town: Town) -> dict[str, Any]:
    rows = [one for one in who.get("/desk/api/children").json if one["child"] == town.noor.child]
    found: dict[str, Any] = rows[0]["flags"][0]
    return found


def test_a_flag_stays_until_a_person_and_a_next_step_are_recorded(town: Town) -> None:
    flag = raises_flag(town)
    assert len(town.store.read_sync(lambda r: r.flags_open())) == 1
    assert step(town.vera, flag, reached=town.sam.id).status == 200
    kept = on_desk(town.sam, town)
    assert kept["reached"] == {"by": "Vera", "at": "2026-11-18T09:30:00Z", "name": "Sam"}
    assert kept["next"] is None
    # Whoever records something has seen it, so it climbs no more.
    assert [one["name"] for one in kept["seen"]] == ["Vera"]
    assert len(town.store.read_sync(lambda r: r.flags_open())) == 1
    answered = step(town.sam, flag, next="visit")
    assert answered.json["next"] == {"by": "Sam", "at": "2026-11-18T09:30:00Z", "what": "visit"}
    assert town.store.read_sync(lambda r: r.flags_open()) == []
    # On the phone too: that it is taken care of, by whom and when.
    (told,) = town.noor.signed("POST", "/api/inbox", {"after": 0}).json["flags"]
    assert (told["reached"]["name"], told["next"]["what"]) == ("Sam", "visit")


def test_what_was_recorded_is_corrected_by_a_later_record_and_stays(town: Town) -> None:
    flag = raises_flag(town)
    assert step(town.sam, flag, reached="other", next="agreed").status == 200
    assert step(town.sam, flag, next="report").status == 200
    kept = on_desk(town.sam, town)
    assert (kept["reached"]["name"], kept["next"]["what"]) == ("", "report")
    with town.store.reading() as reader:
        assert reader._all("select count(*) from flag_steps")[0][0] == 2


def test_nobody_else_records_a_step_and_nobody_who_does_not_read_is_named(town: Town) -> None:
    flag = raises_flag(town)
    for who in (town.iris, town.jo):
        assert (step(who, flag, reached="other", next="agreed").status, who.name) == (404, who.name)
    assert step(town.nobody(), flag, reached="other").status == 401
    for said in ({"reached": town.iris.id}, {}):
        assert step(town.sam, flag, **said).code == "bad-request"
    assert on_desk(town.sam, town)["reached"] is None


# --- a signal for the school ------------------------------------------------------------------------------------------


def test_a_signal_is_kept_as_a_fact_with_a_timer_until_it_is_handed_over(town: Town) -> None:
    data = town.sam.seal(town.noor)
    assert town.sam.send(data).status == 201
    from tests.cast import id_of

    entry, path = id_of(data), f"/desk/api/children/{town.noor.child}/signals"
    assert town.sam.post(path, {"entry": entry}).json["handed"] is None
    assert town.sam.post(path, {"entry": entry}).json["by"] == town.sam.id
    (row,) = [one for one in town.vera.get("/desk/api/children").json if one["child"] == town.noor.child]
    (signal,) = row["signals"]
    assert (signal["entry"], signal["name"], signal["handed"]) == (entry, "Sam", None)
    town.clock.ahead(minutes=10)
    for who, status in ((town.iris, 404), (town.jo, 404), (town.vera, 200), (town.sam, 200)):
        assert who.post(f"/desk/api/signals/{entry}/handed", None).status == status
    (row,) = [one for one in town.sam.get("/desk/api/children").json if one["child"] == town.noor.child]
    assert row["signals"][0]["handed"] == {"name": "Vera", "at": "2026-11-18T09:40:00Z"}


def test_a_signal_needs_a_sealed_entry_of_whoever_makes_it(town: Town) -> None:
    from tests.cast import id_of

    said, mine = town.noor.say(), town.sam.seal(town.noor)
    assert town.noor.send(said).status == 201
    assert town.sam.send(mine).status == 201
    path = f"/desk/api/children/{town.noor.child}/signals"
    for who, entry in ((town.sam, id_of(said)), (town.vera, id_of(mine)), (town.sam, random_id())):
        assert who.post(path, {"entry": entry}).status == 404
    other = f"/desk/api/children/{town.milan.child}/signals"
    assert town.sam.post(other, {"entry": id_of(mine)}).status == 404


# --- numbers ----------------------------------------------------------------------------------------------------------


def counted(town: Town, who: Any = None, path: str = "") -> list[int] | None:
    """The numbers on the page of whoever counts: open, unseen, climbed, hours; none of them when none is open."""
    who = who or town.ruth
    # A code is taken once.
    town.clock.ahead(minutes=1)
    assert who.sign_in().status == 200
    html = who.get(f"/numbers/{path}").content.decode()
    found = re.search(r'data-part="raised">(.*?)</section>', html, re.DOTALL)
    assert found is None or "K" not in re.sub(r"[A-Z]?[a-z]+", "", found[1])
    return [int(one) if one != "–" else -1 for one in re.findall(r'class="big">([^<]+)<', found[1])] if found else None


@pytest.mark.promise("P9")
def test_the_manager_sees_numbers_of_flags_and_no_child(town: Town) -> None:
    assert counted(town) == []
    flag = raises_flag(town)
    town.clock.ahead(minutes=90)
    climbs(town)
    assert counted(town) == [1, 1, 1, 1]
    assert town.sam.sign_in().status == 200
    assert step(town.sam, flag, reached="other").status == 200
    assert counted(town) == [1, 0, 1, 1]
    assert step(town.sam, flag, next="safe").status == 200
    assert counted(town) == []


def test_no_choice_of_children_shows_whose_flag_it_is_and_a_leader_sees_the_own_team(town: Town) -> None:
    lines = [line(town.noor.child, "2011-03", "2026-01-05", team="Haven", worker="Sam")]
    found = town.call(partial(roster.take_in, town.store, file_of(*lines), apply=True, now=town.clock()))
    assert not found.refused
    raises_flag(town)
    leaders = [town.counter(name, Role.LEADER, team=team) for name, team in (("Lotte", "Haven"), ("Kees", "Kade"))]
    assert counted(town, path="?team=Haven") is None
    assert [counted(town, leader) for leader in leaders] == [[1, 1, 0, 0], []]
