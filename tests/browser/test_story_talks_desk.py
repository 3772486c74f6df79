"""A professional and their talks: planned, recorded in under a minute, confirmed in the room, in kindmodus, or offline.

The child's phone is acted out here; what its own screens do is told in test_story_talks_child.py.
"""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Route, expect

from kindstem import talks
from kindstem.signing import random_id
from tests.browser.house import PHONE, House, another_log
from tests.browser.people import Desk
from tests.browser.people_talks import SLOW, ActedPhone, TalkDesk, presses

pytestmark = pytest.mark.story_proven

LEVELS = "(all) => all.map((one) => one.dataset.level)"


@pytest.fixture(scope="module")
def sam(staff: dict[str, Desk]) -> TalkDesk:
    """Sam, who records talks."""
    return TalkDesk(staff["Sam"])


@pytest.fixture(scope="module")
def noor(house: House, sam: TalkDesk) -> ActedPhone:
    """Noor of fifteen, with a phone."""
    sam.desk.add_child("Noor", confidant="Jo")
    phone = ActedPhone(house)
    phone.link(sam.desk)
    return phone


@pytest.fixture(scope="module")
def daan(sam: TalkDesk) -> str:
    """Daan of eight, without a phone."""
    sam.adds_without_phone("Daan")
    return "Daan"


@pytest.fixture(autouse=True)
def _no_faults(sam: TalkDesk) -> Iterator[None]:
    yield
    assert sam.desk.faults == []


def closed(route: Route) -> None:
    """A way on which nothing goes out."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def newest(sam: TalkDesk, name: str) -> Any:
    """The newest talk on a child's page, with everything about it."""
    found = sam.talks(name).first
    found.locator("summary").first.click()
    return found


def test_a_talk_is_planned_kept_and_recorded_on_a_phone_in_under_a_minute(sam: TalkDesk, noor: ActedPhone) -> None:
    page = sam.page
    page.set_viewport_size(PHONE)
    sam.desk.open_child("Noor")
    page.locator('[data-part="talks"] [data-act="plan"]').click()
    sam.desk.at("plan")
    soon = datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(minutes=1)
    page.locator('input[name="day"]').fill(soon.strftime("%Y-%m-%d"))
    page.locator('input[name="begin"]').fill(soon.strftime("%H:%M"))
    sam.choose("work.plan.where", "school")
    sam.desk.act("sign-plan")
    sam.desk.at("child")
    expect(page.locator('[data-part="talks"] li[data-plan]')).to_have_count(1)
    assert [one["signed"]["record"]["place"] for one in noor.inbox()["plans"]] == ["school"]

    sam.desk.go("today")
    page.locator("[data-plans] [data-keep]").click()
    sam.desk.at("record")
    began = time.monotonic()
    # What the plan knows stands there already; nothing else is chosen beforehand.
    assert page.locator("input:checked").evaluate_all("(all) => all.map((one) => one.value)") == ["planned", "school"]
    assert sam.counts() == "open"
    sam.fills(minutes=15)
    assert sam.counts() == "yes"
    sam.signs()
    assert time.monotonic() - began < 60
    page.locator('[data-confirm="later"]').click()
    sam.desk.at("child")
    expect(page.locator('[data-part="talks"] li[data-plan]')).to_have_count(0)
    found = newest(sam, "Noor")
    assert found.get_attribute("data-level") == "D"
    expect(found.locator("[data-unconfirmed]")).to_have_text(sam.t("work.contact.noconfirm"))
    page.set_viewport_size({"width": 1280, "height": 800})


def test_what_does_not_count_is_said_at_once_with_the_reason(sam: TalkDesk, noor: ActedPhone) -> None:
    sam.begin("Noor")
    sam.fills(who="parent", planned="passing", how="phone")
    verdict = sam.page.locator(".verdict")
    assert sam.counts() == "no"
    for n in (1, 2, 3):
        expect(verdict).to_contain_text(sam.t(f"work.record.countsnot.{n}"))
    sam.choose("work.record.how", "face")
    sam.choose("work.record.planned", "asked")
    expect(verdict).not_to_contain_text(sam.t("work.record.countsnot.1"))
    expect(verdict).to_contain_text(sam.t("work.record.countsnot.2"))
    sam.choose("work.record.who", "alone")
    assert sam.counts() == "yes"
    sam.desk.act("stop")


def test_in_the_room_without_network_both_sign_and_send_later(sam: TalkDesk, noor: ActedPhone) -> None:
    sam.begin("Noor")
    sam.desk.context.set_offline(True)
    sam.fills(minutes=45)
    sam.signs()
    code = sam.first_code()
    assert len(code.partition("#")[2]) < 420
    talk = noor.look(code)
    answer = noor.says(talk.record, unlocked=True)
    # A code of another talk is not taken for this one.
    other = noor.says({**talk.record, "np": "AAAAAAAAAAAAAAAAAAAAAA"})
    sam.takes(noor.square(other))
    expect(sam.page.locator("[data-confirm] .said-here .note")).to_have_text(sam.t("work.confirm.scan.other"))
    square = noor.square(answer)
    assert len(square.partition("#")[2]) < 350
    sam.takes(square)
    expect(sam.page.locator('[data-stage="got"]')).to_be_visible()
    expect(sam.page.locator('[data-stage="got"] .level-line')).to_have_attribute("data-level", "A")
    expect(sam.page.locator('[data-stage="got"]')).to_contain_text(sam.t("work.confirm.got.waits"))
    sam.page.locator('[data-place="talks"]').click()
    sam.desk.at("talks")
    expect(sam.page.locator('[data-part="waiting"] li')).to_have_count(3)

    # Signed out with all of it waiting; after signing in it goes by itself, and the page says so.
    sam.desk.context.set_offline(False)
    sam.page.route("**/desk/api/children/*/talks", closed)
    sam.page.locator("#leave").click()
    sam.desk.at("signin")
    sam.page.unroute("**/desk/api/children/*/talks")
    sam.desk.sign_in()
    sam.talks("Noor")
    found = sam.page.locator('article[data-level="A"]')
    expect(found).to_have_count(1)
    found.locator("summary").click()
    expect(sam.page.locator("article.talk [data-waiting]")).to_have_count(0, timeout=SLOW)
    expect(found).to_contain_text(sam.t("work.talk.unlocked"))
    # The child's phone hands in the same, and nothing is doubled by it.
    noor.send(answer, talk)
    assert [one["level"] for one in noor.inbox()["talks"]].count("A") == 1


def test_a_short_code_where_the_camera_fails(sam: TalkDesk, noor: ActedPhone) -> None:
    sam.records("Noor", minutes=15)
    sam.first_code()
    sam.desk.act("short")
    shown = sam.page.locator("[data-short]")
    expect(shown).to_be_visible(timeout=SLOW)
    code = talks.short_code(shown.get_attribute("data-short") or "")
    found = noor.post("/api/talks/find", {"id": talks.code_lookup(code)})["talk"]
    answer = noor.says(found["record"], code=talks.code_proof(code, talks.hash_of(found["record"])))
    noor.send(answer)
    expect(sam.page.locator('[data-stage="got"] .level-line')).to_have_attribute("data-level", "A", timeout=SLOW)


def test_what_the_child_contradicts_stands_beside_and_stays(sam: TalkDesk, noor: ActedPhone) -> None:
    sam.records("Noor", minutes=60)
    sam.page.locator('[data-confirm="later"]').click()
    # The one that began an hour ago is the oldest.
    told = [one for one in noor.inbox()["talks"] if one["level"] == "D"][-1]
    assert told["signed"]["record"]["who"] == "alone"
    said = noor.says(told["signed"]["record"], "no", "unknown", way="later", why="day")
    noor.send(said)
    sam.talks("Noor")
    disputed = sam.page.locator('article[data-level="disputed"]')
    expect(disputed).to_have_count(1)
    beside = disputed.locator(".beside")
    expect(beside.locator(".stated")).to_contain_text(sam.t("work.talk.worker", name="Sam"))
    expect(beside.locator(".leaf")).to_contain_text(sam.t("work.talk.said.why.3"))
    expect(disputed).to_contain_text(sam.t("level.5"))

    # A correction does not take it away, and neither does withdrawing.
    disputed.locator("summary").first.click()
    disputed.locator('[data-act="fix"]').click()
    sam.desk.at("record")
    sam.choose("work.record.long", "30")
    sam.signs()
    sam.talks("Noor")
    expect(disputed).to_have_count(1)
    disputed.locator("summary").first.click()
    # Both the line as it was and as it is now can be read.
    expect(disputed.locator("details li").filter(has_text=sam.t("work.record.minutes", n=60))).to_have_count(1)
    disputed.locator('[data-act="withdraw"]').click()
    disputed.get_by_role("radio", name=sam.t("work.talk.withdraw.reason.1")).check()
    sam.desk.act("sign-withdrawal")
    expect(sam.page.locator('article[data-level="disputed"][data-state="withdrawn"]')).to_have_count(1)
    expect(disputed).to_contain_text(sam.t("work.talk.withdrawn.disputed"))


def test_a_confirmed_talk_that_is_corrected_is_confirmed_no_more(sam: TalkDesk, noor: ActedPhone) -> None:
    sam.talks("Noor")
    confirmed = sam.page.locator('article[data-level="A"]')
    before = confirmed.count()
    talk = sam.page.locator(f'article[data-talk="{confirmed.first.get_attribute("data-talk")}"]')
    confirmed.first.locator("summary").first.click()
    confirmed.first.locator('[data-act="fix"]').click()
    sam.desk.at("record")
    sam.choose("work.plan.where", "outside")
    sam.signs()
    sam.talks("Noor")
    expect(confirmed).to_have_count(before - 1)

    # Its line for the case file says so: shown and selected where a page may not copy, and else in one tap.
    start, copy = sam.t("work.journal.corrected", line=""), talk.locator('[data-act="journal"]')
    context = sam.page.context
    context.grant_permissions(["camera", "microphone"])
    copy.click()
    expect(talk.locator(".journal textarea")).to_be_focused()
    chosen = sam.page.evaluate("() => document.activeElement.value.slice(document.activeElement.selectionStart)")
    assert chosen.startswith(start)
    assert "Noor" not in chosen
    context.grant_permissions(["camera", "microphone", "clipboard-write"])
    copy.click()
    expect(sam.page.get_by_text(sam.t("work.journal.copied"))).to_be_visible()
    expect(talk.locator(".journal textarea")).to_have_count(0)
    paper = context.new_page()
    paper.set_content("<textarea autofocus></textarea>")
    paper.locator("textarea").press("Control+v")
    expect(paper.locator("textarea")).to_have_value(chosen)
    paper.close()


def test_a_talk_that_was_not_held_has_its_reason_and_counts_for_nothing(sam: TalkDesk, noor: ActedPhone) -> None:
    sam.begin("Noor")
    sam.choose("work.record.held", "2")
    sam.page.locator('input[name="begin"]').fill("00:05")
    sam.choose("work.record.reason", "refused")
    assert sam.counts() == "no"
    sam.desk.act("sign")
    sam.desk.at("child")
    off = sam.page.locator('article[data-state="notheld"]')
    expect(off).to_contain_text(sam.t("work.talk.notheld", reason=sam.t("work.contact.notheld.2")))
    told = next(one for one in noor.inbox()["talks"] if one["type"] == "notheld")
    noor.send(noor.says(told["signed"]["record"], "no", "unknown", way="later"))
    sam.talks("Noor")
    expect(off.locator(".leaf")).to_contain_text(sam.t("work.talk.said.reason.2"))


def test_two_siblings_at_once_are_recorded_for_both_and_count_for_neither(
    sam: TalkDesk, noor: ActedPhone, daan: str
) -> None:
    sam.begin("Noor")
    sam.fills(who="siblings")
    sam.page.get_by_label(daan, exact=True).check()
    assert sam.counts() == "no"
    expect(sam.page.locator('[data-act="sign"]')).to_contain_text(sam.t("work.record.sign.more", n=2))
    sam.signs()
    expect(sam.page.locator("[data-confirm][class*=box-p]")).to_have_count(2)
    for name in ("Noor", daan):
        sam.talks(name)
        found = sam.page.locator("article.talk").filter(has_text=sam.t("work.contact.who.2"))
        expect(found).to_have_count(1)
        found.locator("summary").click()
        expect(found).to_contain_text(sam.t("work.talk.countsnot"))


def test_in_kindmodus_a_child_of_eight_answers_and_nothing_of_the_desk_is_left(
    house: House, sam: TalkDesk, daan: str
) -> None:
    page = sam.page
    sam.records(daan, minutes=30)
    page.locator('[data-confirm="kindmodus"]').click()
    sam.desk.at("kindmodus")
    sam.desk.act("kindmodus")
    expect(page.locator('main[data-screen="tablet"]')).to_be_visible()

    # The session is ended, and what stands in the document is the child's alone.
    ask = "(path) => fetch(path).then((answer) => answer.status)"
    for path in ("/desk/api/me", "/desk/api/children", "/desk/parts/nav", "/desk/parts/colleagues"):
        page.wait_for_function(f"() => ({ask})({path!r}).then((status) => status === 401)", timeout=SLOW)
    assert page.title() == "Start"
    assert page.locator("nav.places, #leave, #words, #known").count() == 0
    seen = page.content()
    assert [one for one in ("Noor", "Iris", "Jo", "Gesprekken", "Collega") if one in seen] == []
    assert page.get_by_role("link", name="112").is_visible()

    # Back stays where it is; another tab stands before the door.
    page.go_back()
    page.wait_for_timeout(300)
    expect(page.locator('main[data-screen="tablet"]')).to_be_visible()
    tab = sam.desk.context.new_page()
    tab.goto(f"{house.url}/desk/")
    expect(tab.locator('[data-screen="signin"]:not(body)')).to_be_visible()
    tab.close()

    child = house.words.__class__("nl", "8")
    page.locator('[data-door="talk"]').click()
    expect(page.locator('main[data-screen="claim"] h1')).to_contain_text("Sam")
    # Nothing is chosen beforehand, and without a choice nothing goes on.
    assert page.locator("input:checked").count() == 0
    presses(page, child.t("child.common.1"))
    expect(page.get_by_text(child.t("child.confirm.choose"))).to_be_visible()
    page.get_by_role("radio", name=child.t("child.confirm.answer.1"), exact=True).check()
    presses(page, child.t("child.common.1"))
    page.get_by_role("radio", name=child.t("child.confirm.answer.1"), exact=True).check()
    presses(page, child.t("child.common.1"))
    ended = page.locator('main[data-screen="ended"]')
    expect(ended).to_contain_text(child.t("child.tablet.4").split("?")[0])
    assert child.t("child.talks.said.1") not in page.content()

    # A reload ends at the door, and loses no answer.
    page.reload()
    sam.signs_in_again()
    sam.desk.at("child")
    expect(page.get_by_role("heading", level=1)).to_contain_text(daan)
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.kept", name=daan))
    found = page.locator('article[data-level="C"]')
    expect(found).to_have_count(1)
    expect(found).to_contain_text(sam.t("level.3"))


def test_a_child_that_says_later_in_kindmodus_has_said_nothing(sam: TalkDesk, daan: str) -> None:
    sam.records(daan, minutes=15)
    page = sam.page
    page.locator('[data-confirm="kindmodus"]').click()
    sam.desk.at("kindmodus")
    sam.desk.act("kindmodus")
    child = sam.desk.house.words.__class__("nl", "8")
    page.locator('[data-door="talk"]').click()
    presses(page, child.t("child.confirm.answer.4"))
    sam.desk.act("leave-kindmodus")
    expect(page.locator('[data-screen="signin"]:not(body)')).to_contain_text(sam.t("work.kindmodus.none"))
    sam.signs_in_again()
    sam.desk.at("today")
    assert sorted(sam.talks(daan).evaluate_all(LEVELS)) == ["C", "D", "D"]


def test_a_second_reader_and_the_confidant_compare_the_number_and_cosign(
    staff: dict[str, Desk], sam: TalkDesk, noor: ActedPhone
) -> None:
    number_of = noor.acted.record["child"]
    for n, name in enumerate(("Vera", "Jo"), start=1):
        desk = staff[name]
        # Whoever is no reader of the worker circle knows the child by its number.
        desk.open_child("Noor" if name == "Vera" else number_of)
        desk.act("phone")
        desk.at("phone")
        box = desk.page.locator('[data-part="evidence"]')
        expect(box).to_have_attribute("data-introducers", str(n))
        box.locator("summary").click()
        number = desk.number().split(" ")
        for field, group in zip(box.locator("input").all(), reversed(number), strict=True):
            field.fill(group)
        desk.act("cosign")
        expect(box.locator(".note.alarm")).to_contain_text(desk.t("work.device.differ").split(".")[0])
        for field, group in zip(box.locator("input").all(), number, strict=True):
            field.fill(group)
        desk.act("cosign")
        expect(box).to_have_attribute("data-introducers", str(n + 1))
        assert desk.faults == []


def test_whoever_does_not_read_the_child_has_no_talks_of_it(staff: dict[str, Desk], noor: ActedPhone) -> None:
    jo, iris = staff["Jo"], staff["Iris"]
    jo.open_child(noor.acted.record["child"])
    assert jo.page.locator('[data-part="talks"]').count() == 0
    iris.go("talks")
    expect(iris.page.locator(".empty")).to_contain_text(iris.t("work.talks.nokids"))


def test_a_log_that_changed_raises_an_alarm_with_its_proof(sam: TalkDesk, tmp_path: Path) -> None:
    page = sam.page
    sam.desk.go("talks")
    expect(page.locator('[data-part="log"]')).to_be_visible()
    assert page.locator("[data-alarm]").count() == 0

    def without(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["proofs"] = {}
        route.fulfill(response=answer, json=told)

    page.route("**/desk/api/log", without)
    sam.records("Noor", minutes=15)
    page.locator('[data-confirm="later"]').click()
    sam.desk.go("today")
    alarm = page.locator('[data-alarm="not-included"]')
    expect(alarm).to_be_visible(timeout=SLOW)
    expect(alarm).to_contain_text(sam.t("work.log.alarm.4"))
    with page.expect_download() as saved:
        sam.desk.act("log-save")
    path = tmp_path / "proof.json"
    saved.value.save_as(path)
    proof = json.loads(path.read_text("utf-8"))
    assert (proof["kind"], proof["why"]) == ("kindstem log alarm", "not-included")
    # The proof is taken elsewhere: where a record was handed in would name the child.
    assert all(one.keys() == {"receipt", "signed"} for one in proof["receipts"])
    assert proof["receipts"]
    assert proof["answer"]["note"].startswith("kindstem/log/")
    page.unroute("**/desk/api/log")
    sam.desk.act("log-read")
    expect(alarm).to_have_count(0)
    sam.desk.go("talks")
    expect(alarm).to_have_count(1)


def test_two_windows_of_one_professional_send_once_what_waits(house: House, sam: TalkDesk) -> None:
    other = TalkDesk(Desk(house, sam.desk.context, "Sam"))
    other.desk.phrase, other.desk.codes = sam.desk.phrase, sam.desk.codes
    other.page.goto(f"{house.url}/desk/")
    other.page.locator('input[type="password"]').fill(sam.desk.phrase)
    other.desk.act("unlock")
    other.desk.at("today")
    sam.talks("Noor")
    older = sam.page.locator('[data-act="older-talks"]')
    before = int(older.inner_text().split("(")[1].split(")")[0]) if older.count() else 0
    sam.desk.context.set_offline(True)
    sam.page.locator('[data-part="talks"] [data-act="record"]').click()
    sam.desk.at("record")
    sam.fills(minutes=15, place="home")
    sam.signs()
    sam.desk.context.set_offline(False)
    # Both know of it: the one that signed it, and the one that finds it in the storage that they share.
    other.desk.go("talks")
    sam.desk.go("talks")
    for desk in (other, sam):
        expect(desk.page.locator('[data-part="waiting"]')).to_have_count(0, timeout=SLOW)
    sam.talks("Noor")
    expect(older).to_contain_text(f"({before + 1})")
    assert other.desk.faults == []
    other.page.close()


def test_after_a_restored_backup_what_was_handed_in_here_goes_in_again_by_itself(
    sam: TalkDesk, noor: ActedPhone, tmp_path: Path
) -> None:
    page = sam.page
    before = len(noor.inbox()["talks"])
    with page.expect_request(lambda one: one.method == "POST" and one.url.endswith("/talks")) as handed:
        sam.records("Noor", minutes=15)
    first = handed.value.post_data
    page.locator('[data-confirm="later"]').click()
    other = another_log(tmp_path / "other", random_id())
    page.route("**/desk/api/log", lambda route: route.fulfill(json=other(json.loads(route.request.post_data or "{}"))))
    with page.expect_response(lambda one: one.request.post_data == first, timeout=SLOW) as again:
        sam.records("Noor", minutes=30)
        page.locator('[data-confirm="later"]').click()
    assert again.value.status == 200
    sam.desk.go("talks")
    expect(page.locator('[data-alarm="restarted"]').first).to_be_visible(timeout=SLOW)
    page.unroute_all(behavior="wait")
    # The server had it, and has it once; the second one may still have been on its way.
    for _ in range(40):
        sam.desk.go("children")
        sam.desk.go("talks")
        if len(noor.inbox()["talks"]) > before + 1:
            break
    assert len(noor.inbox()["talks"]) == before + 2
