"""A child says it is not safe, and it climbs until a person looked; what the school gets, and the meldcode."""

import fcntl
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import canary
from tests.browser.conftest import Staff, meet
from tests.browser.house import DESK, PHONE, House, built, context
from tests.browser.people import Desk, Phone
from tests.browser.people_counting import Counting
from tests.browser.people_talks import TalkDesk
from tests.browser.sight import Sight

pytestmark = pytest.mark.story_disclosure

CALLED = "Noor-Rietzanger"
STEP = "morgen-bij-de-sluis"
WHY = "omdat-de-juf-moet-weten"
SCHOOL_NAME, BORN = "Noor-Lisdodde", "14-maart-2011-zilver"
TOLD, USED, SAW = "de-kelder-met-ijsvogel", "gevaar-bij-de-molen", "blauwe-plek-in-riet"
TO_JO, BY_JO = "het-eiland-achter-de-dijk", "noor-wil-vaker-naar-zee"
WEIGHED, REASON, JUDGED = "zij-zegt-het-zelf-helder", "oma-regelt-de-wilg", "ik-lees-dat-het-klopt"
GOES_BY = "Noortje-Waterhoen"
MARKED = [CALLED, GOES_BY, STEP, WHY, SCHOOL_NAME, BORN, TOLD, USED, SAW, WEIGHED, REASON, JUDGED, TO_JO, BY_JO]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Sam and Vera, Tess and later Ada, who are on call, Jo, who is independent, and Ruth, who counts."""
    on_call = [("Tess", "oncall"), ("Ada", "oncall")]
    people = [("Sam", "worker"), ("Vera", "second"), *on_call, ("Jo", "confidant"), ("Ruth", "manager")]
    with built(tmp_path_factory.mktemp("house"), people) as made:
        yield made


@pytest.fixture(scope="module")
def staff(house: House, browser: Browser) -> Iterator[Staff]:
    """All with keys, and introduced."""
    desks = Staff(house, browser, introduced=[("Sam", "Vera"), ("Sam", "Tess"), ("Sam", "Jo")])
    yield desks
    for desk in desks.values():
        assert not desk.faults
        desk.context.close()


@pytest.fixture(scope="module")
def sight() -> Iterator[Sight]:
    """What looks at the screens of the on-call service and of the independent talk, on desk and phone."""
    made = Sight()
    yield made
    made.found_nothing()


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: Staff, sight: Sight) -> Iterator[Phone]:
    """Noor of fifteen, with her phone."""
    phone = Phone(house, context(browser, PHONE), called=GOES_BY)
    desk = staff["Sam"]
    desk.add_child(CALLED)
    fragment = desk.show_code()[0]
    phone.open(fragment)
    # Who is on call stands there before anything is linked, with what they see.
    expect(phone.at("readers").locator("[data-service]")).to_contain_text("Tess")
    sight(phone.page, "child: readers, with the service")
    phone.link(desk, fragment)
    expect(desk.page.locator('[data-stage="active"]')).to_be_visible()
    yield phone
    assert not phone.faults
    phone.context.close()


def on_today(desk: Desk) -> Locator:
    """The flag on somebody's first screen, looked up anew."""
    desk.go("children")
    desk.go("today")
    return desk.page.locator("[data-flag]").first


def test_noor_reads_when_somebody_looks_by_day_and_by_night_and_sends_an_alert(noor: Phone) -> None:
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    looks = noor.at("unsafe").locator("[data-looks]")
    expect(looks).to_contain_text("30 minuten")
    expect(looks).to_contain_text("90 minuten")
    noor.press("child.unsafe.button.2")
    alert = noor.at("alert")
    expect(alert.locator("[data-looks]")).to_contain_text("90 minuten")
    expect(alert).to_contain_text(noor.t("child.unsafe.sent", time="@").split("@")[0].strip())


def later(house: House, sql: str) -> None:
    """What time does to the store, without the waiting: in the same turn file as every command beside the server."""
    with open(house.data / "kindstem.lock", "a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with closing(sqlite3.connect(house.data / "kindstem.db", isolation_level=None)) as db:
            db.execute(sql)


def test_a_flag_that_did_not_get_there_is_nothing_to_the_service(staff: Staff, sight: Sight) -> None:
    tess = staff["Tess"]
    expect(tess.at("today").get_by_text(tess.t("work.oncall.empty"), exact=True)).to_be_visible()
    sight(tess.page, "desk: alerts, none")


def test_nobody_looks_and_it_climbs_by_itself(noor: Phone, staff: Staff, house: House) -> None:
    later(house, "update flags set at = at - 172800")
    # The next alert wakes the server's turn at once.
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    noor.at("unsafe")
    noor.press("child.unsafe.button.2")
    expect(noor.at("alert")).to_contain_text(noor.t("child.unsafe.sent", time="@").split("@")[0].strip())
    vera = staff["Vera"]
    climbed = vera.page.locator("[data-flag]").filter(has_text=vera.t("work.flag.climbed.2", time="@").split("@")[1])
    # The page is as it was when it was asked for: it is asked for again until the turn was taken.
    for _ in range(40):
        expect(on_today(vera)).to_contain_text(CALLED)
        if climbed.count():
            break
    expect(climbed).to_have_count(1)
    written = (house.data / "alerts.txt").read_text("utf-8")
    assert vera.t("work.alert.oncall") in written
    assert CALLED not in written


def test_it_stays_until_a_person_and_a_next_step_are_recorded(noor: Phone, staff: Staff) -> None:
    sam = staff["Sam"]
    expect(on_today(sam)).to_contain_text(sam.t("work.flag.open"))
    sam.open_child(CALLED)
    flags = sam.page.locator("[data-steps]")
    expect(flags).to_have_count(2)
    form = flags.first
    form.locator('[data-act="flag-keep"]').click()
    expect(form.locator(".said-here")).to_contain_text(sam.t("work.flag.form.choose"))
    form.get_by_role("radio", name="Vera", exact=True).check()
    form.get_by_role("radio", name=sam.t("work.flag.next.2"), exact=True).check()
    form.locator("textarea").fill(f"Vera komt {STEP}.")
    form.locator('[data-act="flag-keep"]').click()
    expect(flags).to_have_count(1)
    vera = on_today(staff["Vera"])
    expect(vera).to_contain_text(sam.t("work.flag.next.2"))
    # What comes next is with the child too.
    noor.open()
    expect(noor.messages()).to_contain_text(STEP)


def test_the_service_gets_what_she_is_called_and_how_she_is_reached_and_nothing_else(
    noor: Phone, staff: Staff, house: House, sight: Sight
) -> None:
    tess = staff["Tess"]
    page = tess.at("today")
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    noor.at("unsafe")
    noor.press("child.unsafe.button.2")
    alert = noor.at("alert")
    expect(alert.locator("[data-served]")).to_contain_text("Tess")
    how = noor.t("child.unsafe.reach.4")
    alert.get_by_role("radio", name=how, exact=True).check()
    noor.press("child.send.button.1")
    expect(alert).to_contain_text(noor.t("child.unsafe.told", worker="Sam", second="Vera"))
    sight(noor.page, "child: alert, with the service")
    later(house, "update flags set at = at - 172800")
    # The next alert wakes the server's turn at once; it has not climbed itself.
    noor.open()
    noor.at("home").get_by_role("button", name=noor.t("child.home.9"), exact=True).click()
    noor.press("child.unsafe.button.2")
    expect(noor.at("alert")).to_contain_text(noor.t("child.unsafe.sent", time="@").split("@")[0].strip())
    places = tess.page.locator("nav [data-place]:visible")
    expect(places).to_have_text([tess.t(f"work.place.{one}") for one in ("oncall", "colleagues", "away")])
    # Not the newest, which woke the turn.
    flag = asked_of(house, "select id from flags order by at desc limit 1 offset 1")
    mine = page.locator(f'[data-open="{flag}"]')
    for _ in range(40):
        expect(page.locator('[data-act="look-again"]')).to_be_enabled()
        if mine.count():
            break
        tess.act("look-again")
    expect(mine).to_have_count(1)
    expect(page).not_to_contain_text(GOES_BY)
    sight(tess.page, "desk: alerts")
    mine.click()
    reach = tess.at("reach")
    expect(reach.get_by_role("heading", level=1)).to_have_text(GOES_BY)
    expect(reach.locator('[data-fact="how"]')).to_have_text(how)
    expect(reach.locator('[data-fact="worker"]')).to_have_text("Sam")
    expect(reach.locator('[data-fact="second"]')).to_have_text("Vera")
    expect(reach.locator(".note")).to_have_count(0)
    sight(tess.page, "desk: how a child is reached")
    # Nothing of the child opens beside it: neither what it wrote nor who it is to anybody else.
    assert refused(tess, house) == [404, 404, 404, 200]
    form = reach.locator("[data-steps]")
    form.get_by_role("radio", name=tess.t("work.oncall.me"), exact=True).check()
    form.get_by_role("radio", name=tess.t("work.flag.next.5"), exact=True).check()
    form.locator('[data-act="flag-keep"]').click()
    expect(tess.at("today").locator('[data-act="look-again"]')).to_be_visible()
    expect(mine).to_have_count(0)
    noor.open()
    messages = noor.messages()
    expect(messages).to_contain_text(noor.t("child.unsafe.seen", name="Tess", time="@").split("@")[0].strip())


def test_somebody_new_at_the_service_is_told_nothing_before_she_agrees(
    noor: Phone, staff: Staff, house: House, browser: Browser, sight: Sight
) -> None:
    sam = staff["Sam"]
    ada = Desk(house, context(browser, DESK), "Ada")
    ada.first_sign_in()
    meet(sam, ada)
    sam.open_child(CALLED)
    sam.act("phone")
    service = sam.at("phone").locator("[data-part=service]")
    expect(service).to_contain_text("Tess")
    sight(sam.page, "desk: the service of a child")
    sam.act("ask-service")
    expect(service).to_contain_text(sam.t("work.service.asked", name=CALLED))
    # It is the first thing she is asked; put aside, it waits where she sees who reads.
    noor.open()
    asked = 'main[data-screen="home"], main[data-screen="agree"]'
    expect(noor.page.locator(asked)).to_be_visible()
    expect(noor.at("agree")).to_contain_text("Ada")
    sight(noor.page, "child: agree")
    noor.press("child.service.agree.2")
    noor.at("home").get_by_role("button", name=noor.t("child.home.5"), exact=True).click()
    reading = noor.at("reading")
    expect(reading.locator("[data-service]")).not_to_contain_text("Ada")
    expect(reading.locator("[data-service]")).to_contain_text(GOES_BY)
    sight(noor.page, "child: reading, with the service")
    reading.get_by_role("button", name=noor.t("child.service.row", name=GOES_BY)).click()
    expect(noor.at("called").get_by_label(noor.t("child.service.called.field"))).to_have_value(GOES_BY)
    sight(noor.page, "child: called")
    noor.press("child.common.3")
    reading = noor.at("reading")
    reading.get_by_role("button", name=noor.t("child.service.waits")).click()
    noor.at("agree")
    noor.press("child.service.agree.1")
    noor.at("home").get_by_role("button", name=noor.t("child.home.5"), exact=True).click()
    expect(noor.at("reading").locator("[data-service]")).to_contain_text("Ada")
    assert not ada.faults
    ada.context.close()
    sight.found_nothing()


def asked_of(house: House, sql: str) -> str:
    """One value of the store."""
    with closing(sqlite3.connect(house.data / "kindstem.db")) as db:
        return str(db.execute(sql).fetchone()[0])


def refused(desk: Desk, house: House) -> list[int]:
    """What the server answers somebody of the service who asks for more than is theirs."""
    child = asked_of(house, "select kindnummer from children")
    entry = asked_of(house, "select id from entries where circle = 'worker' and direction = 'up'")
    of_child = [f"/desk/api/children/{child}/{what}" for what in ("entries", "talks")]
    found = desk.page.evaluate(
        """async (asked) => {
          const json = { "Content-Type": "application/json" };
          const found = [];
          for (const path of asked) {
            const how = path.includes("bodies") ? { method: "POST", body: JSON.stringify({ reason: "read" }) } : {};
            const headers = { Kindstem: "1", ...(how.body ? json : {}) };
            found.push((await fetch(path, { ...how, headers })).status);
          }
          return found;
        }""",
        [*of_child, f"/desk/api/bodies/{entry}", "/desk/api/children"],
    )
    return [int(one) for one in found]


def test_the_school_gets_that_something_happened_and_the_child_why_it_was_told(noor: Phone, staff: Staff) -> None:
    sam = staff["Sam"]
    sam.open_child(CALLED)
    sam.act("school")
    page = sam.at("school")
    page.locator('[data-act="signal-keep"]').click()
    expect(page.locator(".said-here").first).to_contain_text(sam.t("hwc.choose"))
    page.get_by_role("radio", name=sam.t("hwc.child.2"), exact=True).check()
    page.get_by_label(sam.t("hwc.name")).fill(SCHOOL_NAME)
    page.get_by_label(sam.t("hwc.birthdate")).fill(BORN)
    page.locator('[data-act="signal-keep"]').click()
    expect(page.get_by_text(sam.t("hwc.needreason"))).to_be_visible()
    page.get_by_label(sam.t("hwc.reason")).fill(f"Dit is {WHY}.")
    page.locator('[data-act="signal-keep"]').click()
    expect(page.locator('[data-body="1"]')).to_have_text(sam.t("hwc.body.1", name=SCHOOL_NAME, birthdate=BORN))
    expect(page.locator('[data-body="2"]')).to_contain_text(SCHOOL_NAME)
    row = page.locator("[data-signal]")
    expect(row).to_contain_text("24")
    staff["Vera"].go("children")
    staff["Vera"].go("today")
    vera = staff["Vera"]
    expect(vera.page.locator("[data-signal]")).to_have_count(1)
    # The other reader has the reason too.
    vera.page.locator("[data-school]").click()
    expect(vera.at("school").locator("[data-before]")).to_contain_text(WHY)
    row.locator("[data-handed]").click()
    expect(page.locator("[data-signal]")).to_have_count(0)
    noor.open()
    expect(noor.messages()).to_contain_text(WHY)


def decide(page: Locator, desk: Desk, name: str, answer: str) -> None:
    """One decision of step 5, with its first reason and words."""
    asked = page.locator(f'[data-decision="{name}"]')
    asked.locator(f'input[value="{answer}"]').check()
    asked.locator('input[type="checkbox"]').first.check()
    asked.locator("textarea").fill(f"{REASON}, {name}")


def test_the_meldcode_is_opened_from_a_message_and_refuses_to_close_early(noor: Phone, staff: Staff) -> None:
    noor.open()
    noor.begin("child.home.1", "worker")
    noor.skip_to("say")
    noor.at("say").locator("textarea").fill(f"Het is in {TOLD}.")
    noor.on()
    noor.skip_to("share")
    noor.at("share").get_by_role("radio", name=noor.t("child.share.3"), exact=True).check()
    noor.on()
    noor.skip_to("check")
    noor.send()
    noor.arrived()
    sam = staff["Sam"]
    sam.open_child(CALLED)
    sam.read()
    sam.page.locator("article[data-kind=checkin] [data-meldcode]").click()
    sam.at("meldcode").locator('[data-act="meldcode-begin"]').click()
    page = sam.at("meldcode")
    closing = page.locator("[data-part=closing]")
    for key in ("signals", "report", "help", "talk"):
        expect(closing).to_contain_text(sam.t(f"meld.need.{key}"))
    sam.act("meldcode-close")
    expect(closing.locator(".said-here")).to_contain_text(sam.t("meld.need.report"))

    # Her own words, that she asked to keep out: it has a reason.
    page.locator("[data-part=picker] > summary").click()
    page.locator("[data-source]").filter(has_text=noor.t("child.share.3")).locator("[data-pick=whole]").click()
    page.locator('textarea[name="step-1"]').fill(f"Ik zag een {SAW}.")
    sam.act("sign")
    expect(page.locator("form[data-part=steps] > .said-here")).to_contain_text(sam.t("work.kp.need.why"))
    for name in ("share-source", "share-0"):
        page.locator(f'input[name="{name}"]').fill(f"Er is {USED}.")
    page.locator('[data-question="1"] input[value="yes"]').check()
    sam.act("sign")
    expect(page.locator("form[data-part=steps] > .said-here")).to_contain_text(sam.t("meld.incomplete.weighed", n=1))
    page.locator('textarea[name="why-1"]').fill(WEIGHED)
    page.locator('[data-question="2"] input[value="no"]').check()
    page.locator('textarea[name="why-2"]').fill(WEIGHED)
    page.locator('[data-question="3"] input[value="no"]').check()
    page.locator('textarea[name="why-3"]').fill(WEIGHED)
    decide(page, sam, "report", "no")
    reasons = page.locator('[data-decision="report"] .check')
    expect(reasons).to_have_text([sam.t(f"meld.reason.report.no.{n}") for n in (1, 2, 3, 4)])
    decide(page, sam, "help", "yes")
    sam.act("sign")
    expect(closing).not_to_contain_text(sam.t("meld.need.sign"))
    expect(closing).not_to_contain_text(sam.t("meld.need.report"))
    expect(closing).to_contain_text(sam.t("meld.need.talk"))
    expect(closing).to_contain_text(sam.t("meld.need.second"))
    sam.act("meldcode-close")
    expect(closing.locator(".said-here")).to_contain_text(sam.t("meld.need.second"))


def test_a_second_reader_judges_and_then_it_closes(noor: Phone, staff: Staff) -> None:
    sam, vera = staff["Sam"], staff["Vera"]
    page, closing = sam.at("meldcode"), sam.page.locator("[data-part=closing]")

    def opens(desk: Desk) -> Locator:
        desk.go("children")
        desk.go("today")
        desk.page.locator("[data-meldcode-go]").click()
        return desk.at("meldcode")

    # Two write at once: both versions stay, and the next one joins them.
    theirs = opens(vera)
    expect(theirs.locator('textarea[name="step-1"]')).to_have_value(f"Ik zag een {SAW}.")
    theirs.locator('textarea[name="step-2"]').fill("Veilig Thuis gaf advies.")
    vera.act("sign")
    expect(theirs.locator('[data-act="versions"]')).to_be_visible()
    decide(page, sam, "talk", "yes")
    sam.act("sign")
    expect(page.locator("[data-part=shown] article")).to_have_count(2)
    expect(page.locator("[data-part=shown]")).to_contain_text("Veilig Thuis gaf advies.")
    expect(closing).to_contain_text(sam.t("meld.need.join"))
    page.locator('textarea[name="step-2"]').fill("Veilig Thuis gaf advies.")
    sam.act("sign")
    expect(page.locator("[data-part=shown]")).to_have_count(0)
    expect(closing).not_to_contain_text(sam.t("meld.need.talk"))
    expect(page.locator("[data-part=judged]")).to_contain_text(sam.t("meld.second.wait", names="Vera"))

    opens(vera)
    expect(theirs.locator('textarea[name="words-report"]')).to_have_value(f"{REASON}, report")
    form = theirs.locator("form[data-part=second]")
    vera.act("second-keep")
    expect(form.locator(".said-here")).to_contain_text(vera.t("meld.second.choose"))
    form.locator('input[value="agree"]').check()
    form.locator("textarea").fill(JUDGED)
    vera.act("second-keep")
    expect(theirs.locator('[data-judged="agree"]')).to_contain_text(JUDGED)

    sam.open_child(CALLED)
    sam.page.locator("[data-meldcode-go]").first.click()
    expect(page.locator('[data-judged="agree"]')).to_contain_text(JUDGED)
    expect(closing).to_contain_text(sam.t("meld.close.ready"))
    sam.act("meldcode-close")
    expect(closing).to_have_count(0)
    for word in (SAW, WEIGHED, f"{REASON}, talk", TOLD):
        expect(page.locator("[data-part=shown]")).to_contain_text(word)
    sam.act("versions")
    expect(page.locator("article.paper")).to_have_count(4)


def offer_of(sam: Desk) -> Locator:
    """What stands of the independent talk on Sam's page, looked up anew."""
    sam.go("today")
    row = sam.page.locator("[data-meldcode-open]")
    expect(row).to_contain_text(sam.t("meld.row.talk", name=CALLED))
    row.locator("button").click()
    part = sam.at("meldcode").locator("[data-part=independent]")
    expect(part).to_be_visible()
    return part


def asked(noor: Phone) -> Locator:
    """The question on Noor's phone, with the lock open."""
    noor.open()
    noor.messages()
    noor.page.go_back()
    noor.at("home").locator("[data-row=alone]").click()
    found = noor.at("offer")
    expect(found.get_by_role("heading", level=1)).to_have_text("Wil je praten met Jo?")
    return found


def test_the_independent_talk_is_offered_and_noor_answers_for_herself(
    noor: Phone, staff: Staff, sight: Sight
) -> None:
    sam = staff["Sam"]
    part = offer_of(sam)
    expect(part.locator("input:checked")).to_have_count(0)
    sam.act("offer")
    expect(part.locator("form[data-part=offer] .said-here")).to_contain_text(sam.t("meld.offer.choose"))
    sight(sam.page, "desk: meldcode, to be offered")
    part.get_by_role("radio", name="Jo", exact=True).check()
    sam.act("offer")
    expect(part).to_contain_text(sam.t("meld.offer.phone", name=CALLED))
    assert staff["Jo"].page.locator("[data-child]").count() == 0

    # A locked phone says nothing of it, and no screen says what it follows from.
    noor.open()
    noor.at("home")
    expect(noor.page.locator("[data-row=alone]")).to_have_count(0)
    page = asked(noor)
    expect(page.locator("input:checked, [aria-pressed=true]")).to_have_count(0)
    for word in ("meldcode", "melding", "geweld", "Veilig Thuis"):
        expect(page).not_to_contain_text(word, ignore_case=True)
    sight(noor.page, "child: offer")
    page.locator("[data-says=later]").click()
    expect(noor.at("offer-said")).to_contain_text(noor.t("child.offer.arrived", names="Sam en Vera"))
    sight(noor.page, "child: offer, said")
    noor.press("child.common.4")
    expect(offer_of(sam)).to_have_attribute("data-own", "later")
    expect(part).to_contain_text(sam.t("meld.talk.own.3", name=CALLED, when="@").split("@")[0].strip())
    # Nobody answers in her place any more.
    expect(part.locator("form[data-part=talk] input")).to_have_count(0)
    sight(sam.page, "desk: meldcode, the child answered")


def test_what_noor_says_in_kindmodus_carries_no_key_of_hers(staff: Staff, sight: Sight) -> None:
    sam = staff["Sam"]
    sam.open_child(CALLED)
    sam.act("kid-kindmodus")
    sam.at("kindmodus")
    sam.act("kindmodus")
    page = sam.page
    page.locator('[data-door="read-other"]').click()
    asks = page.locator('main[data-screen="offer"]')
    expect(asks.get_by_role("heading", level=1)).to_have_text("Wil je praten met Jo?")
    expect(asks).to_contain_text(sam.t("child.offer.before", said="later"))
    sight(page, "room: offer")
    asks.locator("[data-says=no]").click()
    expect(page.locator('main[data-screen="ended"]')).to_be_visible()
    page.locator('[data-act="leave-kindmodus"]').click()
    TalkDesk(sam).signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.offer", name=CALLED))
    page.locator("[data-meldcode-before]").click()
    part = sam.at("meldcode").locator("[data-part=independent]")
    expect(part).to_have_attribute("data-own", "no")
    expect(part).to_contain_text(sam.t("meld.offer.nokey", name=CALLED))
    sam.go("today")
    expect(page.locator("[data-meldcode-open]")).to_have_count(0)


def test_noor_says_yes_on_her_phone_and_lets_jo_read(noor: Phone, staff: Staff, sight: Sight) -> None:
    page = asked(noor)
    expect(page).to_contain_text(noor.t("child.offer.before.tablet", said="nee", name="Sam"))
    page.locator("[data-says=yes]").click()
    expect(noor.at("offer-yes")).to_contain_text(noor.t("child.offer.yes.1"))
    sight(noor.page, "child: offer, what a yes means")
    noor.press("child.offer.sure", name="Jo")
    expect(noor.at("offer-said")).to_contain_text(noor.t("child.offer.arrived", names="Sam en Vera"))
    noor.press("child.common.4")
    noor.at("home")
    expect(offer_of(staff["Sam"])).to_have_attribute("data-own", "yes")


@pytest.mark.promise("P25")
def test_jo_reads_what_noor_sends_to_jo_and_writes_a_document_of_their_own(
    noor: Phone, staff: Staff, sight: Sight
) -> None:
    sam, jo = staff["Sam"], staff["Jo"]
    noor.open()
    noor.at("home").get_by_role("button", name=re.compile(noor.t("child.home.5"))).click()
    expect(noor.at("reading")).to_contain_text(noor.t("child.enrol.confidant", confidant="Jo"))
    sight(noor.page, "child: readers, with Jo")
    noor.page.go_back()
    noor.at("home").get_by_role("button", name=noor.t("child.say.how.1"), exact=True).click()
    card = noor.at("who").locator("label.reader").filter(has_text="Jo praat met jou")
    expect(card).to_contain_text(noor.t("child.offer.circle", name="Jo", worker="Sam"))
    sight(noor.page, "child: who, with Jo")
    card.get_by_role("radio").check()
    noor.on()
    noor.at("say").locator("textarea").fill(f"Dit is {TO_JO}.")
    noor.on()
    noor.skip_to("check")
    noor.send()
    noor.arrived()

    jo.go("children")
    jo.go("today")
    expect(jo.page.locator("[data-independent]")).to_be_visible()
    sight(jo.page, "desk, Jo: today")
    jo.page.locator("[data-independent] button").click()
    page = jo.at("child")
    expect(page).to_contain_text(jo.t("work.independent.lead"))
    for act in ("prepare", "school", "kid-kindmodus"):
        expect(page.locator(f'[data-act="{act}"]')).to_have_count(0)
    jo.read()
    expect(page.locator("article[data-kind=checkin]")).to_contain_text(TO_JO)
    expect(page.locator("article")).to_have_count(1)
    sight(jo.page, "desk, Jo: child")

    jo.act("documents")
    jo.at("documents").locator('[data-act="new"]').click()
    paper = jo.at("document")
    paper.locator('select[name="decision"]').select_option("hand")
    paper.locator('input[value="other"]').check()
    paper.locator('input[name="decision-day"]').fill("2027-06-01")
    jo.page.locator("[data-part=picker] > summary").click()
    jo.page.locator("[data-source] [data-pick=whole]").first.click()
    paper.locator('textarea[name="child"]').fill(f"Ik schreef op: {BY_JO}.")
    paper.locator('input[value="offered"]').check()
    sight(jo.page, "desk, Jo: document")
    jo.act("sign")
    expect(jo.at("documents").locator("[data-document]")).to_contain_text(BY_JO)
    expect(jo.page.locator("[data-transcript]")).to_have_count(0)

    noor.open()
    noor.messages()
    noor.page.go_back()
    noor.at("home").get_by_role("button", name=re.compile(f"^{re.escape(noor.t('child.home.written'))}")).click()
    noor.at("written").locator("button.row").first.click()
    expect(noor.at("paper")).to_contain_text(BY_JO)
    expect(noor.page.locator("main")).to_contain_text(TO_JO)

    # Nobody of the worker circle has any of it.
    sam.open_child(CALLED)
    expect(sam.page.locator("#words")).not_to_contain_text(TO_JO)
    sam.act("documents")
    expect(sam.at("documents").locator("[data-document]")).to_have_count(0)


def test_jo_records_that_the_talk_was_held_and_it_is_open_no_more(noor: Phone, staff: Staff) -> None:
    sam, jo = staff["Sam"], staff["Jo"]
    jo.go("children")
    jo.go("today")
    jo.page.locator("[data-independent] button").click()
    box = jo.at("child").locator("[data-part=held]")
    jo.act("held")
    expect(box).to_have_attribute("data-held", "true")
    jo.go("today")
    expect(jo.page.locator("[data-independent]")).to_have_count(0)
    sam.go("children")
    sam.go("today")
    expect(sam.page.locator("[data-meldcode-open]")).to_have_count(0)
    noor.open()
    noor.messages()
    noor.page.go_back()
    noor.at("home")
    expect(noor.page.locator("[data-row=alone]")).to_have_count(0)


@pytest.mark.promise("P25")
def test_noor_ends_it_and_jo_finds_nothing_of_her_any_more(noor: Phone, staff: Staff, sight: Sight) -> None:
    jo = staff["Jo"]
    noor.at("home").get_by_role("button", name=re.compile(noor.t("child.home.5"))).click()
    noor.at("reading")
    noor.page.get_by_role("button", name=noor.t("child.offer.readers.stop", name="Jo")).click()
    noor.at("offer-stop")
    sight(noor.page, "child: offer, to be ended")
    noor.press("child.offer.stop.1")
    expect(noor.at("offer-said")).to_contain_text(noor.t("child.offer.arrived", names="Sam en Vera"))
    expect(noor.at("offer-said").get_by_role("heading", level=1)).to_have_text("Jo leest niets nieuws meer")
    noor.press("child.common.4")
    noor.at("home").get_by_role("button", name=noor.t("child.say.how.1"), exact=True).click()
    expect(noor.at("who").locator("label.reader")).to_have_count(2)
    jo.go("children")
    expect(jo.page.locator("[data-child]")).to_have_count(0)
    # It was held all the same.
    staff["Sam"].go("today")
    expect(staff["Sam"].page.locator("[data-meldcode-open]")).to_have_count(0)


def test_the_child_reads_that_its_words_were_used_and_nothing_of_the_meldcode(noor: Phone) -> None:
    noor.open()
    messages = noor.messages()
    expect(messages).to_contain_text(USED)
    expect(messages).to_contain_text(noor.t("child.note.used", name="Sam"))
    for word in (SAW, WEIGHED, REASON, JUDGED):
        expect(messages).not_to_contain_text(word)


def test_the_manager_sees_numbers_only(house: House, browser: Browser) -> None:
    ruth = Counting(house, context(browser, DESK), "Ruth")
    ruth.first_sign_in()
    shown = ruth.page.locator("[data-part=disclosed]")
    # Opened, open, oldest, reported, not, days; talks offered, answered on a phone, on a tablet alone, held,
    # declined, open, longest.
    expect(shown.locator(".big")).to_have_text(["1", "0", "–", "0", "1", "0", "1", "1", "0", "1", "0", "0", "–"])
    expect(ruth.page.locator("body")).not_to_contain_text(CALLED)
    assert not ruth.faults
    ruth.context.close()


@pytest.mark.promise("P10")
def test_the_server_never_had_a_name_a_day_of_birth_or_a_word(house: House, staff: Staff) -> None:
    for word in MARKED:
        canary.self_test(word)
    places = {"what was received": bytes(house.wire.received), **canary.files(house.folder)}
    assert canary.found(MARKED, places) == []
    # The desk keeps nothing of what was typed for the school either.
    sam = staff["Sam"]
    sam.go("today")
    kept = sam.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.body.innerText])")
    assert canary.found([SCHOOL_NAME, BORN], {"the desk": str(kept).encode()}) == []
