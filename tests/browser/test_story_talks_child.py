"""A child and its talks: asked in the room and later, and asked again; never a word to a locked phone."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from kindstem import talks
from kindstem.wire import Signed, b64, time_text
from kindstem.words import Words
from tests.browser.acted import Acted, Case, first_code
from tests.browser.house import PHONE, House, another_log, context, pocket
from tests.browser.people import Phone

pytestmark = pytest.mark.story_proven

ELSEWHERE = "https://www.buienradar.nl"
PICTURES = (4, 1, 9, 6)

# A camera that sees what the test holds before it.
CAMERA = """
  globalThis.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
    detect() { return Promise.resolve(globalThis.seen ? [{ rawValue: globalThis.seen }] : []); }
  };
"""


DECODER_KEPT = """
  async () => {
    for (const name of await caches.keys()) {
      const kept = await (await caches.open(name)).keys();
      if (kept.some((one) => one.url.includes("/built/decode-"))) return true;
    }
    return false;
  }
"""

# Everything that the vault keeps of messages, as script reads it: names, rows, and bytes one character each.
KEPT = """
  async () => {
    const db = await new Promise((done) => {
      indexedDB.open("start").onsuccess = (event) => done(event.target.result);
    });
    const all = (name, how) => new Promise((done) => {
      db.transaction(name).objectStore(name)[how]().onsuccess = (event) => done(event.target.result);
    });
    const text = (bytes) => Array.from(bytes, (one) => String.fromCharCode(one)).join("");
    const names = await all("bytes", "getAllKeys");
    const bytes = (await all("bytes", "getAll")).map((one, at) => [names[at], text(one)]);
    return { parcels: await all("parcels", "getAll"), bytes };
  }
"""


@pytest.fixture(scope="module")
def acted(house: House) -> Acted:
    """Sam, Vera, Jo and Iris, who do the desk's part without a screen."""
    return Acted(house)


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser) -> Iterator[Phone]:
    """Noor's phone, with a camera; its faults are looked at last."""
    phone = Phone(house, context(browser, PHONE))
    phone.context.grant_permissions(["camera", "microphone"])
    phone.context.add_init_script(CAMERA)
    phone.context.route(
        f"{ELSEWHERE}/**", lambda route: route.fulfill(body="<title>Het weer</title>", content_type="text/html")
    )
    yield phone
    assert not phone.faults
    phone.context.close()


@pytest.fixture(scope="module")
def case(acted: Acted, noor: Phone) -> Case:
    """Noor, linked and vouched for."""
    made = acted.enrol(noor)
    noor.choose_pin()
    noor.press("child.enrol.next.2")
    made.vouch()
    return made


def ours(phone: Phone, pin: bool = True) -> Locator:
    """Open "our talks", with the PIN when the phone is locked."""
    label = phone.t("child.home.talks")
    phone.at("home").get_by_role("button", name=re.compile(f"^{re.escape(label)}")).click()
    main = phone.at("talks")
    if pin and main.get_by_role("button", name=phone.t("child.talks.open")).count():
        phone.press("child.talks.open")
        phone.unlock()
        main = phone.at("talks")
    return main


def card(main: Locator, words: str) -> Locator:
    """The talk on which these words stand."""
    return main.locator("article").filter(has_text=words)


def choose(phone: Phone, key: str) -> None:
    """Choose an answer."""
    phone.page.get_by_role("radio", name=phone.t(key), exact=True).check()


def says_yes(phone: Phone) -> None:
    """Yes, we talked; yes, the two of us; and send it."""
    phone.at("claim")
    choose(phone, "child.confirm.answer.1")
    phone.on()
    phone.at("two")
    choose(phone, "child.confirm.answer.1")
    phone.on("child.confirm.send")
    phone.at("answered")


def fresh(phone: Phone) -> None:
    """Start the app anew: the lock is shut then."""
    phone.page.goto("about:blank")
    phone.open()
    phone.at("home")


# --- in the room ------------------------------------------------------------------------------------------------------


def test_in_the_room_both_offline_the_phone_scans_answers_and_shows_its_square(noor: Phone, case: Case) -> None:
    talk = case.talk()
    fresh(noor)
    noor.context.set_offline(True)
    main = ours(noor, pin=False)
    main.get_by_role("button", name=noor.t("child.talks.scan")).click()
    noor.at("talk-scan")
    noor.page.evaluate("(text) => void (globalThis.seen = text)", f"{noor.house.url}/{first_code(talk)}")
    claim = noor.at("claim")
    expect(claim).to_contain_text("met z'n tweeën")
    expect(claim).to_contain_text(noor.t("child.talks.place.2"))
    # Nothing is chosen beforehand, and without a choice nothing is sent.
    assert noor.page.locator("input:checked").count() == 0
    noor.press("child.common.1")
    expect(claim).to_contain_text(noor.t("child.confirm.choose"))
    says_yes(noor)
    expect(noor.page.locator("main")).to_contain_text(noor.t("child.talks.unsent"))
    # The professional's phone takes the square, and hands in all it holds.
    answer = case.read_second_code(noor.page, talk)
    assert answer.record["says"] == {"talked": "yes", "alone": "yes"}
    assert len(answer.sigs) == 1, "the phone was locked: it says so by leaving out the unlock key"
    noor.context.set_offline(False)
    case.hand_in(talk)
    case.hand_in(answer)
    case.hand_in(case.say("met", talk=talks.hash_of(talk.record), answer=talks.hash_of(answer.record)))
    expect(noor.page.locator("main")).to_contain_text(noor.t("child.confirm.arrived", name="Sam"), timeout=30_000)
    chain = case.chain(talk)
    assert (chain["level"], chain["unlocked"]) == ("A", False)
    # Both handed it in, and it is there once.
    assert [one["type"] for one in chain["records"]].count("answer") == 1
    noor.press("child.common.4")


def test_the_pin_can_be_done_first_and_the_answer_says_so(noor: Phone, case: Case) -> None:
    talk = case.talk(ago=timedelta(hours=2))
    noor.page.goto("about:blank")
    noor.open(first_code(talk))
    noor.at("claim")
    assert noor.page.evaluate("() => location.hash") == ""
    noor.press("child.confirm.pin.1")
    noor.unlock()
    says_yes(noor)
    answer = case.answered(talk)[0]
    assert {one.by for one in answer.sigs} == {case.keys.signing, case.keys.unlock}
    assert case.read_second_code(noor.page, talk) == answer


def test_where_the_camera_fails_a_short_code_is_typed(noor: Phone, case: Case) -> None:
    talk = case.talk(ago=timedelta(hours=3))
    code = talks.short_code("7K3M-Q9XW")
    case.hand_in(talk, code=talks.code_lookup(code))
    fresh(noor)
    ours(noor, pin=False).get_by_role("button", name=noor.t("child.talks.type")).click()
    main = noor.at("talk-code")
    main.locator("#code").fill("7k3m")
    noor.press("child.common.1")
    expect(main).to_contain_text(noor.t("child.confirm.short", n=4))
    main.locator("#code").fill("0000-0000")
    noor.press("child.common.1")
    expect(main).to_contain_text(noor.t("child.confirm.nocode"))
    main.locator("#code").fill("7k3m q9xw")
    noor.press("child.common.1")
    noor.at("claim")
    choose(noor, "child.confirm.answer.3")
    noor.on("child.confirm.send")
    answer = case.answered(talk)[0]
    assert answer.record["code"] == talks.code_proof(code, talks.hash_of(talk.record))
    assert answer.record["says"] == {"talked": "unknown", "alone": "unknown"}


def test_a_square_of_somebody_unknown_or_for_another_phone_does_nothing(noor: Phone, acted: Acted, case: Case) -> None:
    strange = case.talk(by=acted["Iris"])
    other = case.talk(child=b64(bytes(range(32))), subj="AAECAwQFBgcICQoLDA0ODw")
    forged = case.talk()
    forged = Signed(forged.record, case.talk().sigs)
    for talk, key in (
        (strange, "child.confirm.stranger"),
        (forged, "child.confirm.stranger"),
        (other, "child.confirm.another"),
    ):
        noor.page.goto("about:blank")
        noor.open(first_code(talk))
        expect(noor.at("talk-scan")).to_contain_text(noor.t(key, second="Vera"))
    assert len(case.told()["chains"]) == 3


def test_later_means_later_and_the_talk_is_there_then(noor: Phone, case: Case) -> None:
    talk = case.talk(ago=timedelta(hours=4), place="outside")
    noor.page.goto("about:blank")
    noor.open(first_code(talk))
    noor.at("claim")
    noor.press("child.confirm.answer.4")
    noor.at("put-off")
    noor.press("child.common.4")
    main = ours(noor)
    mine = card(main, noor.t("child.talks.place.3"))
    expect(mine).to_contain_text(noor.t("child.talks.silent"))
    # The professional's phone has handed in nothing: what the child holds is enough.
    mine.get_by_role("button", name=noor.t("child.home.ask")).click()
    says_yes(noor)
    case.hand_in(talk)
    noor.press("child.common.4")


# --- a locked phone ---------------------------------------------------------------------------------------------------


@pytest.mark.promise("P13")
def test_a_locked_phone_shows_no_talk_and_keeps_none_that_can_be_read(
    house: House, browser: Browser, acted: Acted, folder: Path
) -> None:
    phone = Phone(house, pocket(browser, folder))
    case = acted.enrol(phone)
    phone.choose_pin()
    phone.press("child.enrol.next.2")
    case.vouch()
    talk = case.talk(ago=timedelta(days=1), place="office")
    case.hand_in(talk)
    case.hand_in(case.say("plan", start=time_text(case.sam.town.clock() + timedelta(days=2)), place="office"))
    phone.reopen()
    phone.at("home")
    before = phone.page.locator("main").inner_text()
    main = ours(phone, pin=False)
    expect(main.get_by_role("button", name=phone.t("child.talks.open"))).to_be_visible()
    assert main.locator("article, summary").count() == 0
    for hidden in ("Sam", phone.t("child.talks.place.4"), phone.t("child.home.ask")):
        assert hidden not in before
        assert hidden not in main.inner_text()
    # Answered without a network: it waits, sealed, and looks like any other message that waits.
    phone.press("child.talks.open")
    phone.unlock()
    expect(card(phone.at("talks"), phone.t("child.talks.place.4"))).to_be_visible()
    phone.page.locator("article").get_by_role("button").click()
    phone.at("claim")
    phone.context.set_offline(True)
    choose(phone, "child.confirm.answer.2")
    phone.on()
    phone.at("different")
    choose(phone, "child.confirm.no.1")
    phone.on("child.confirm.send")
    expect(phone.at("answered")).to_contain_text(phone.t("child.talks.unsent"))
    rows = phone.page.evaluate(KEPT)
    assert any(name.startswith("kept ") for name, _ in rows["bytes"]), "the answer waits here"
    told = json.dumps(rows)
    phone.context.close()
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "IndexedDB" in str(path))
    # What is kept of it lies here, under a name that says nothing.
    assert b"k\x00e\x00p\x00t\x00" in stored or "kept ".encode("utf-16-be") in stored, stored[:2000]
    marks = [talk.record["id"], talks.hash_of(talk.record), "nottalked", '"talked"', "/api/talks", "office"]
    for mark in marks:
        assert mark not in told
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert mark.encode(encoding) not in stored, mark
    # The next time there is a network it goes by itself, with the lock shut.
    again = Phone(house, pocket(browser, folder))
    again.open()
    again.at("home")
    answer = case.answered(talk)[0]
    assert answer.record["why"] == "nottalked"
    assert case.chain(talk)["level"] == "disputed"
    again.context.close()


# --- later, unseen ----------------------------------------------------------------------------------------------------


def test_no_what_was_different_and_another_answer_at_any_time(noor: Phone, case: Case) -> None:
    talk = case.talk(ago=timedelta(days=3), place="office")
    case.hand_in(talk)
    fresh(noor)
    mine = card(ours(noor), noor.t("child.talks.place.4"))
    mine.get_by_role("button", name=noor.t("child.home.ask")).click()
    noor.at("claim")
    choose(noor, "child.confirm.answer.1")
    noor.on()
    noor.at("two")
    choose(noor, "child.confirm.answer.2")
    noor.on("child.confirm.send")
    expect(noor.at("answered").get_by_role("heading", level=1)).to_have_text(noor.t("child.talks.said.3").rstrip("."))
    first = case.answered(talk)[0]
    assert (first.record["way"], first.record["says"]["alone"], first.record["why"]) == ("later", "no", "someone")
    assert case.chain(talk)["level"] == "disputed"
    noor.press("child.common.4")
    mine = card(ours(noor), noor.t("child.talks.place.4"))
    expect(mine.locator(".leaf")).to_contain_text(noor.t("child.talks.said.3"))
    mine.get_by_role("button", name=noor.t("child.talks.change")).click()
    says_yes(noor)
    second = case.answered(talk, 2)[1]
    assert second.record["prev"] == talks.hash_of(first.record)
    assert case.chain(talk)["level"] == "B"
    noor.press("child.common.4")
    expect(card(ours(noor), noor.t("child.talks.place.4")).locator(".leaf")).to_contain_text(
        noor.t("child.talks.said.1")
    )


def test_an_answer_of_which_the_phone_did_not_hear_is_sent_again_and_is_one(noor: Phone, case: Case) -> None:
    talk = case.talk(ago=timedelta(days=4), place="home")
    case.hand_in(talk)
    fresh(noor)

    def unheard(route: Route) -> None:
        route.fetch()
        route.abort()

    card(ours(noor), noor.t("child.talks.place.1")).get_by_role("button").click()
    noor.page.route("**/api/talks", unheard)
    says_yes(noor)
    expect(noor.page.locator("main")).to_contain_text(noor.t("child.talks.unsent"))
    noor.page.unroute("**/api/talks")
    noor.page.evaluate("() => void dispatchEvent(new Event('online'))")
    expect(noor.page.locator("main")).to_contain_text(noor.t("child.confirm.arrived", name="Sam"), timeout=30_000)
    assert len(case.answered(talk)) == 1


def test_a_talk_that_was_changed_is_asked_again_and_one_taken_back_stays_with_its_answer(
    noor: Phone, case: Case, acted: Acted
) -> None:
    first = case.talk(ago=timedelta(days=6), place="other")
    case.hand_in(first)
    fresh(noor)
    card(ours(noor), noor.t("child.talks.place.5")).get_by_role("button").click()
    says_yes(noor)
    case.answered(first)
    named = talks.hash_of(first.record)
    changed = case.talk(ago=timedelta(days=6), place="other", who="siblings", first=named, prev=named)
    case.hand_in(changed)
    noor.press("child.common.4")
    mine = card(ours(noor), noor.t("child.talks.place.5"))
    expect(mine).to_contain_text(noor.t("child.talks.changed", name="Sam"))
    expect(mine).to_contain_text(noor.t("child.talks.who.2", name="Sam"))
    mine.get_by_role("button").click()
    choose(noor, "child.confirm.answer.1")
    # It was not the two of them: nobody asks whether it was.
    noor.on("child.confirm.send")
    answer = case.answered(first, 2)[1]
    assert answer.record["says"] == {"talked": "yes", "alone": "unknown"}
    back = case.say("withdrawal", first=named, prev=talks.hash_of(changed.record), reason="mistake")
    iris = acted["Iris"].keys.about_talk("withdrawal", changed.record["subj"], **taken_back(back))
    other = case.sam.keys.about_talk("withdrawal", changed.record["subj"], **taken_back(back, prev=named))
    with said_gone(noor) as proof:
        for forged in (None, iris.json(), other.json()):
            proof["withdrawal"] = forged
            fresh(noor)
            mine = card(ours(noor), noor.t("child.talks.place.5"))
            expect(mine.get_by_role("button")).to_be_visible()
            expect(mine).not_to_contain_text(noor.t("child.talks.gone", name="Sam"))
    case.hand_in(back)
    fresh(noor)
    mine = card(ours(noor), noor.t("child.talks.place.5"))
    expect(mine).to_contain_text(noor.t("child.talks.gone", name="Sam"))
    expect(mine.locator(".leaf")).to_be_visible()


def taken_back(record: Signed, **changed: str) -> dict[str, str]:
    """The fields that somebody else's withdrawal takes over."""
    return {name: record.record[name] for name in ("first", "prev", "reason", "at")} | changed


@contextmanager
def said_gone(phone: Phone) -> Iterator[dict[str, object]]:
    """The server says that every talk was taken back, with what is put in here as its proof."""
    proof: dict[str, object] = {}

    def lie(route: Route) -> None:
        response = route.fetch()
        told = response.json()
        told["talks"] = [one | {"state": "withdrawn"} | proof for one in told["talks"]]
        route.fulfill(response=response, json=told)

    phone.page.route("**/api/inbox", lie)
    yield proof
    phone.page.unroute_all(behavior="wait")


def test_a_talk_that_was_not_held_shows_the_reason_and_can_be_contradicted(noor: Phone, case: Case) -> None:
    start = time_text(case.sam.town.clock() - timedelta(days=8))
    off = case.say("notheld", plan=None, start=start, reason="refused")
    case.hand_in(off)
    fresh(noor)
    mine = card(ours(noor), noor.t("child.talks.reason.2"))
    expect(mine).to_contain_text(noor.t("child.talks.off"))
    mine.get_by_role("button", name=noor.t("child.home.ask")).click()
    expect(noor.at("claim")).to_contain_text(noor.t("child.talks.reason.2"))
    choose(noor, "child.confirm.answer.2")
    noor.on("child.confirm.send")
    answer = case.answered(off)[0]
    assert (answer.record["says"]["talked"], answer.record["why"]) == ("no", None)
    assert case.chain(off)["level"] == "disputed"


def test_what_is_planned_is_shown_to_a_child_who_wants_to_see_it(noor: Phone, case: Case) -> None:
    when = case.sam.town.clock() + timedelta(days=9)
    case.hand_in(case.say("plan", start=time_text(when), place="school"))
    fresh(noor)
    main = ours(noor)
    fold = main.locator("details")
    line = fold.locator("li")
    expect(line).to_have_count(1)
    expect(line).not_to_be_visible()
    fold.locator("summary").click()
    expect(line).to_contain_text(Words("nl").day(when))
    expect(line).to_contain_text(noor.t("child.talks.place.2"))


def test_a_talk_that_nobody_known_signed_is_not_shown_as_one(noor: Phone, case: Case, acted: Acted) -> None:
    strange = case.talk(by=acted["Iris"], ago=timedelta(days=2), kind="video")
    row = {
        "signed": strange.json(),
        "type": "talk",
        "first": "",
        "index": 1,
        "level": "D",
        "state": "stands",
        "answers": [],
        "name": "Sam",
    }

    def slip_in(route: Route) -> None:
        response = route.fetch()
        inbox = response.json()
        inbox["talks"].insert(0, row)
        route.fulfill(response=response, json=inbox)

    noor.page.route("**/api/inbox", slip_in)
    fresh(noor)
    main = ours(noor)
    expect(main).to_contain_text(noor.t("child.talks.strange", second="Vera"))
    assert noor.t("child.talks.kind.2") not in main.inner_text()
    noor.page.unroute("**/api/inbox")


@pytest.mark.promise("P14")
def test_quick_exit_leaves_nothing_of_a_talk(noor: Phone, case: Case) -> None:
    noor.page.goto("about:blank")
    noor.open(first_code(case.talk(ago=timedelta(hours=5))))
    noor.at("claim")
    noor.page.locator("#away").click()
    noor.page.wait_for_url(f"{ELSEWHERE}/**")
    noor.page.go_back()
    assert noor.t("child.confirm.question.2") not in noor.page.content()
    assert "Sam" not in noor.page.locator("body").inner_text()


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_after_a_talk_one_quiet_question_that_can_be_skipped_and_never_comes_to_a_locked_phone(
    house: House, browser: Browser, acted: Acted
) -> None:
    phone = Phone(house, context(browser, PHONE))
    case = acted.enrol(phone)
    phone.choose_pin()
    phone.press("child.enrol.next.2")
    case.vouch()
    said = phone.t("child.after.question.1")
    # In the room nothing is asked, though an older talk would be a reason to.
    case.hand_in(case.talk(ago=timedelta(days=5)))
    talk = case.talk()
    phone.page.goto("about:blank")
    phone.open(first_code(talk))
    phone.at("claim")
    phone.press("child.confirm.pin.1")
    phone.unlock()
    # What became of the answer comes in while the finger is down: nothing moves from under it.
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.page.route("**/api/talks", hold)
    with phone.page.expect_request("**/api/talks"):
        says_yes(phone)
    done = phone.page.get_by_role("button", name=phone.t("child.common.4"), exact=True)
    done.hover()
    phone.page.mouse.down()
    held[0].continue_()
    phone.page.unroute("**/api/talks")
    case.answered(talk)
    expect(phone.page.locator("main")).to_contain_text(phone.t("child.confirm.arrived", name="Sam"))
    phone.page.mouse.up()
    phone.at("home")
    expect(phone.page.locator("main")).not_to_contain_text(said)
    case.hand_in(
        case.say("withdrawal", first=talks.hash_of(talk.record), prev=talks.hash_of(talk.record), reason="other")
    )
    # Some time later, on one's own; not before the lock is open.
    fresh(phone)
    # By then what a camera needs here lies ready for a room without a network.
    phone.page.wait_for_function(DECODER_KEPT)
    expect(phone.page.locator("main")).not_to_contain_text(said)
    ours(phone)
    phone.page.locator(".top .round").first.click()
    phone.page.locator(".top .round").first.click()
    fresh_home = phone.page.locator('main[data-screen="home"]')
    expect(fresh_home).to_contain_text(said)
    sent: list[str] = []
    phone.page.on("request", lambda one: sent.append(one.post_data or "") if one.url.endswith("/api/after") else None)
    with phone.page.expect_request("**/api/after"):
        fresh_home.locator(".thirds").get_by_role("button", name=phone.t("child.after.2")).click()
    # The other question comes, and can be passed over.
    expect(fresh_home).to_contain_text(phone.t("child.after.question.2"))
    with phone.page.expect_request("**/api/after"):
        fresh_home.get_by_role("button", name=phone.t("child.after.5"), exact=True).click()
    expect(fresh_home.locator(".thirds")).to_have_count(0)
    assert [json.loads(one) for one in sent] == [
        {"question": "said", "value": "some"},
        {"question": "done", "value": "skipped"},
    ]
    # Not again this month; and the questions of a quarter are for another time.
    phone.messages()
    phone.page.locator(".top .round").first.click()
    expect(phone.at("home").locator(".thirds")).to_have_count(0)
    asked = phone.t("child.quarter.title")
    expect(phone.page.locator("main")).not_to_contain_text(asked)
    fresh(phone)
    expect(phone.page.locator("main")).not_to_contain_text(asked)
    ours(phone)
    phone.page.locator(".top .round").first.click()
    phone.page.locator(".top .round").first.click()
    asking = phone.page.locator('main[data-screen="home"] section.kept')
    expect(asking).to_contain_text(asked)
    sent.clear()
    asking.get_by_role("button", name=phone.t("child.quarter.choice.1"), exact=True).click()
    for number, says in enumerate(("support.2", "pass.2", "pass.1", "safer.3"), 1):
        expect(asking.locator("h2")).to_have_text(phone.t(f"child.quarter.question.{number}", worker="Sam"))
        with phone.page.expect_request("**/api/after"):
            asking.get_by_role("button", name=phone.t(f"child.quarter.{says}"), exact=True).click()
    expect(asking).to_have_count(0)
    assert [json.loads(one) for one in sent] == [
        {"question": "worker", "value": "some"},
        {"question": "around", "value": "skipped"},
        {"question": "school", "value": "unknown"},
        {"question": "safer", "value": "no"},
    ]
    assert not phone.faults
    phone.context.close()


# --- the log ----------------------------------------------------------------------------------------------------------


def test_a_log_that_is_not_what_it_was_is_said_in_plain_words_and_can_be_taken_along(
    house: House, browser: Browser, acted: Acted, tmp_path: Path
) -> None:
    phone = Phone(house, context(browser, PHONE))
    case = acted.enrol(phone)
    phone.choose_pin()
    phone.press("child.enrol.next.2")
    case.vouch()
    talk = case.talk(ago=timedelta(days=1))
    case.hand_in(talk)
    fresh(phone)
    ours(phone).locator("article").get_by_role("button").click()
    with phone.page.expect_response("**/api/log"):
        says_yes(phone)
    case.answered(talk)
    fresh(phone)
    phone.page.wait_for_timeout(500)
    assert phone.t("child.home.alarm") not in phone.page.locator("main").inner_text()

    def drop(route: Route) -> None:
        """The server keeps back the proof that the answer is still in the log."""
        response = route.fetch()
        answer = response.json()
        answer["proofs"] = {index: [] for index in answer["proofs"]}
        route.fulfill(response=response, json=answer)

    phone.page.route("**/api/log", drop)
    fresh(phone)
    expect(phone.at("home")).to_contain_text(phone.t("child.home.alarm"))
    phone.press("child.home.what")
    main = phone.at("alarm")
    expect(main).to_contain_text(phone.t("child.alarm.why.1"))
    # The proof is for who has the PIN, and is a file that names its own parts.
    phone.press("child.alarm.save")
    phone.unlock()
    phone.at("alarm")
    with phone.page.expect_download() as loading:
        phone.press("child.alarm.save")
    assert loading.value.suggested_filename == "start.json"
    proof = json.loads(Path(loading.value.path()).read_text())
    assert (proof["kind"], proof["why"]) == ("kindstem log alarm", "not-included")
    assert proof["receipts"][0]["leaf"]["type"] == "confirmation"
    assert proof["known"]["note"].startswith("kindstem/log/")
    phone.press("child.alarm.read")
    expect(phone.at("home")).not_to_contain_text(phone.t("child.home.alarm"))
    # A backup was put back, and the log is another one: what the phone holds goes in again by itself, with its talk.
    phone.page.unroute("**/api/log")
    other = another_log(tmp_path / "other", acted.outside.org.id)

    def another(route: Route) -> None:
        route.fulfill(json=other(json.loads(route.request.post_data or "{}")))

    phone.page.route("**/api/log", another)
    with phone.page.expect_request("**/api/talks") as again:
        fresh(phone)
    assert again.value.post_data_json["answer"] == case.answered(talk)[0].json()
    assert again.value.post_data_json["talk"] == talk.json()
    assert len(case.answered(talk)) == 1
    assert not phone.faults
    phone.context.close()


# --- a child of eight -------------------------------------------------------------------------------------------------


def test_a_child_of_eight_has_its_own_words_and_pictures(house: House, browser: Browser, acted: Acted) -> None:
    phone = Phone(replace(house, words=Words("nl", "8")), context(browser, PHONE))
    case = acted.enrol(phone, level="8")
    phone.at("pin")
    for _ in range(2):
        for one in PICTURES:
            phone.page.locator(".pad button").nth(one).click()
    phone.at("linked")
    phone.press("child.enrol.next.2")
    case.vouch()
    talk = case.talk()
    phone.page.goto("about:blank")
    phone.open(first_code(talk))
    main = phone.at("claim")
    expect(main.get_by_role("heading", level=1)).to_have_text("Sam zegt dat jullie samen praatten")
    expect(main.locator("svg.icon").first).to_be_visible()
    says_yes(phone)
    assert case.answered(talk)[0].record["says"] == {"talked": "yes", "alone": "yes"}
    # On the tablet of the professional, another time: it stands there as what it is.
    older = case.talk(ago=timedelta(days=3), place="home")
    case.hand_in(older)
    case.hand_in(
        case.say(
            "answer",
            talk=talks.hash_of(older.record),
            way="kindmodus",
            says={"talked": "yes", "alone": "yes"},
            why=None,
            prev=None,
            code=None,
        )
    )
    phone.press("child.common.4")
    phone.at("home").get_by_role("button", name=re.compile(f"^{phone.t('child.home.talks')}")).click()
    phone.press("child.talks.open")
    phone.at("unlock")
    for one in PICTURES:
        phone.page.locator(".pad button").nth(one).click()
    leaf = card(phone.at("talks"), phone.t("child.talks.place.1")).locator(".leaf")
    expect(leaf).to_contain_text("Gezegd op de tablet van Sam")
    assert not phone.faults
    phone.context.close()
