"""A conversation alone with the child is proven: both in the room and offline, on the tablet, contradicted, and by the
professional alone; then the bundle goes to an inspector, who believes nobody.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from kindstem.calendar import local_day
from kindstem.signing import safety_number, signing_key_id
from kindstem.verify.figures import totals
from kindstem.wire import b64, unb64
from tests.browser.acted import read_square
from tests.browser.house import KINDSTEM, PHONE, House, context
from tests.browser.malice import keys_of, rows
from tests.browser.people import Desk, Phone
from tests.browser.people_talks import SLOW, TalkDesk, presses

pytestmark = pytest.mark.story_proven

# A camera that sees what the test holds before it.
CAMERA = """
  globalThis.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
    detect() { return Promise.resolve(globalThis.seen ? [{ rawValue: globalThis.seen }] : []); }
  };
"""


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: dict[str, Desk]) -> Iterator[Phone]:
    """Noor of fifteen, with a phone that has a camera."""
    phone = Phone(house, context(browser, PHONE))
    phone.context.grant_permissions(["camera", "microphone"])
    phone.context.add_init_script(CAMERA)
    sam = staff["Sam"]
    sam.add_child("Noor")
    phone.link(sam, sam.show_code()[0])
    expect(sam.page.locator('[data-stage="active"]')).to_be_visible(timeout=SLOW)
    yield phone
    assert not phone.faults
    phone.context.close()


@pytest.fixture(scope="module")
def desk(staff: dict[str, Desk]) -> TalkDesk:
    """Sam, who records talks."""
    sam = staff["Sam"]
    sam.context.grant_permissions(["camera", "microphone"])
    return TalkDesk(sam)


def choose(phone: Phone, key: str) -> None:
    """Choose an answer."""
    phone.page.get_by_role("radio", name=phone.t(key), exact=True).check()


def talks_of(phone: Phone) -> None:
    """Open "our talks"."""
    label = phone.t("child.home.talks")
    phone.at("home").get_by_role("button", name=re.compile(f"^{re.escape(label)}")).click()
    phone.at("talks")


def levels(desk: TalkDesk, name: str) -> list[str | None]:
    """What the talks on a child's page come to, newest first."""
    return [one.get_attribute("data-level") for one in desk.talks(name).all()]


def test_both_phones_in_the_room_and_both_offline_is_level_a(desk: TalkDesk, noor: Phone) -> None:
    sam = desk.desk
    desk.begin("Noor")
    noor.reopen()
    noor.at("home")
    sam.context.set_offline(True)
    noor.context.set_offline(True)
    desk.fills(minutes=15)
    assert desk.counts() == "yes"
    desk.signs()
    square = desk.first_code()

    talks_of(noor)
    noor.press("child.talks.scan")
    noor.at("talk-scan")
    noor.page.evaluate("(text) => void (globalThis.seen = text)", square)
    noor.at("claim")
    choose(noor, "child.confirm.answer.1")
    noor.on()
    noor.at("two")
    choose(noor, "child.confirm.answer.1")
    noor.on("child.confirm.send")
    expect(noor.page.locator("svg.qr")).to_be_visible()

    desk.takes(read_square(noor.page))
    got = sam.page.locator('[data-stage="got"]')
    expect(got).to_contain_text(desk.t("work.confirm.got.waits"))

    sam.context.set_offline(False)
    noor.context.set_offline(False)
    expect(noor.page.locator("main")).to_contain_text(noor.t("child.confirm.arrived", name="Sam"), timeout=SLOW)
    sam.page.evaluate("dispatchEvent(new Event('online'))")
    sam.act("to-child")
    expect(sam.page.locator('article.talk[data-level="A"]')).to_be_visible(timeout=SLOW)


def test_a_child_of_eight_without_a_phone_says_it_on_the_tablet(desk: TalkDesk) -> None:
    sam, page = desk.desk, desk.page
    desk.adds_without_phone("Daan")
    desk.records("Daan", minutes=15, place="home")
    page.locator('[data-confirm="kindmodus"]').first.click()
    sam.act("kindmodus")
    main = page.locator('main[data-screen="tablet"]')
    expect(main).to_be_visible()
    assert "Noor" not in page.content()
    young = type(sam.house.words)(lang="nl", level="8")
    page.locator('[data-door="talk"]').click()
    for screen in ("claim", "two"):
        expect(page.locator(f'main[data-screen="{screen}"]')).to_be_visible()
        page.get_by_role("radio", name=young.t("child.confirm.answer.1"), exact=True).check()
        presses(page, young.t("child.common.1"))
    expect(page.locator('main[data-screen="ended"]')).to_be_visible()
    # Whoever holds the tablet comes no further than the door.
    page.reload()
    sam.at("signin")
    desk.signs_in_again()
    # What the child said went before anything else.
    sam.at("child")
    assert levels(desk, "Daan") == ["C"]


def test_the_child_contradicts_a_second_record_from_its_own_phone(desk: TalkDesk, noor: Phone) -> None:
    desk.records("Noor", minutes=30, place="office")
    noor.reopen()
    talks_of(noor)
    if noor.page.get_by_role("button", name=noor.t("child.talks.open")).count():
        noor.press("child.talks.open")
        noor.unlock()
        noor.at("talks")
    card = noor.page.locator("article").filter(has_text=noor.t("child.talks.silent"))
    card.get_by_role("button", name=noor.t("child.home.ask")).click()
    noor.at("claim")
    choose(noor, "child.confirm.answer.2")
    noor.on()
    noor.at("different")
    choose(noor, "child.confirm.no.1")
    noor.on("child.confirm.send")
    expect(noor.page.locator("main")).to_contain_text(noor.t("child.confirm.arrived", name="Sam"), timeout=SLOW)
    assert levels(desk, "Noor") == ["A", "disputed"]


def test_a_third_is_the_professionals_alone(desk: TalkDesk) -> None:
    desk.adds_without_phone("Mila")
    desk.records("Mila", minutes=15)
    assert levels(desk, "Mila") == ["D"]


def test_the_bundle_verifies_and_says_a_c_disputed_and_d(
    house: House, desk: TalkDesk, staff: dict[str, Desk], tmp_path: Path
) -> None:
    bundle, policy = exported(house, tmp_path / "bundle.zip"), tmp_path / "policy.json"
    # What an inspector compared in person at the first visit.
    ((log, key),) = rows(house, "select id, key from logs")
    ((org,),) = rows(house, "select value from settings where name = 'org.id'")
    sam = keys_of(house, staff["Sam"])
    introducer = b64(signing_key_id(unb64(sam.record["signing"][0])))
    run("policy", "init", "-o", str(policy), "--org", org, "--log", log, "--log-key", key,
        "--introducer", introducer, "--no-external-time", "--no-independent")  # fmt: skip
    done = run("verify", str(bundle), "--policy", str(policy), "--json", status=0)
    verdict: dict[str, Any] = json.loads(done)
    assert verdict["verdict"] == "sound"
    counted = totals(verdict["figures"])
    assert counted["realised"] == {"A": 1, "A-unlocked": 0, "B": 0, "C": 1, "D": 1}
    assert counted["disputed"] == 1
    # The words of nobody, the name of no child, no kindnummer.
    held = bundle.read_bytes()
    for word in ("Noor", "Daan", "Mila", *(child for (child,) in rows(house, "select kindnummer from children"))):
        assert word.encode() not in held


def test_somebody_else_asks_the_child_by_an_inspectors_sample(
    house: House, desk: TalkDesk, staff: dict[str, Desk], tmp_path: Path
) -> None:
    drawn = tmp_path / "sample.json"
    bundle = exported(house, tmp_path / "before.zip")
    drawn.write_text(run("audit", "sample", str(bundle), "--seed", "7 12 19 23 38 41", "--json"))
    assert len(json.loads(drawn.read_text())) == 3
    # Whose talks they were has nothing to ask, and is told who has.
    boxes = opens_sample(desk.desk, drawn)
    expect(desk.page.locator('[data-part="drawn"] .empty')).to_contain_text(desk.t("work.sample.none"))
    expect(boxes).to_have_count(0)
    vera = staff["Vera"]
    boxes = opens_sample(vera, drawn)
    expect(boxes).to_have_count(3, timeout=SLOW)
    expect(boxes.locator("input:checked")).to_have_count(0)
    # Children without a phone have no card that Vera could open: she knows those two by their numbers.
    noors = boxes.filter(has=vera.page.get_by_role("heading", name="Noor", exact=True))
    others = boxes.filter(has_not=vera.page.locator("[data-number]"))
    for box, said in ((noors, "yes"), (others.nth(0), "no"), (others.nth(1), "unreached")):
        expect(box).to_contain_text("Sam")
        box.locator(f'input[value="{said}"]').check()
        box.locator('[data-act="sign-sample"]').click()
        expect(box.locator(f'[data-found="{said}"]')).to_be_visible(timeout=SLOW)
    # The number is that of Noor's phone and Vera, as it stands beside her on that phone.
    ((phone,),) = rows(house, "select hash from devices where state = 'active'")
    of_vera = "select r.hash from person_records r join people p on p.id = r.person where p.name = 'Vera'"
    ((mine,),) = rows(house, of_vera)
    expect(boxes.locator("[data-number]")).to_have_attribute("data-number", safety_number(unb64(phone), unb64(mine)))
    # Shown as done, also the next time.
    boxes = opens_sample(vera, drawn)
    expect(boxes.locator("[data-found]")).to_have_count(3, timeout=SLOW)
    verdict = json.loads(run("verify", str(exported(house, tmp_path / "after.zip")), "--json", status=3))
    assert totals(verdict["figures"])["samples"] == {"no": 1, "unreached": 1, "yes": 1}
    assert not vera.faults


def exported(house: House, path: Path) -> Path:
    """The bundle over the last days."""
    today = local_day(datetime.now(UTC))
    since, until = str(today - timedelta(days=2)), str(today + timedelta(days=1))
    run("audit", "export", "--data", str(house.data), "--from", since, "--to", until, "-o", str(path))
    return path


def opens_sample(desk: Desk, file: Path) -> Locator:
    """Open an inspector's file at the desk; gives the talks that can be asked about."""
    desk.go("talks")
    desk.act("sample")
    desk.at("sample")
    desk.page.locator('input[type="file"]').set_input_files(file)
    desk.act("show-sample")
    return desk.page.locator("[data-drawn]")


def run(*arguments: str, status: int = 0) -> str:
    """Run the command line as its user does."""
    done = subprocess.run([KINDSTEM, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout
