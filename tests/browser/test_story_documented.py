"""What a child said comes back to it in a document, unaltered; that a part is not right stays beside that part.

And it goes out of the house so: on paper, and in a file that shows to whoever gets it that nothing was altered.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from kindstem.calendar import local_day
from kindstem.verify import Policy, Status, parse_policy, verify_transcript
from kindstem.verify.policy import key_id
from tests.browser import canary
from tests.browser.house import House, pocket
from tests.browser.paper import pages
from tests.browser.people import Desk, Phone, selects
from tests.browser.people_talks import SLOW, TalkDesk
from tests.browser.test_attacks import answer
from tests.browser.test_story_heard import enrolled, speak
from tests.ledger import file_of, line

pytestmark = pytest.mark.story_documented

# Marked words: nobody else writes them, so wherever they are found, something leaked.
CALLED = "Noor-kastanjevlinder"
FIRST, SECOND = "sterrenkijkerdak", "huiswerkstilteplek"
SEEN, MEANT, PLAIN = "boodschappentassenrij", "zorgtakenvermoeden", "uitlegvoornoorzin"
OBJECTION = "gewoonmijnbroertje"
REASON, CHANGED = "gevaardaaromreden", "tweedeversieduiding"
BACK, COURT = "gepraatmetmoeder", "rechtbankverlengingszitting"
MARKED = [CALLED, FIRST, SECOND, SEEN, MEANT, PLAIN, OBJECTION, REASON, CHANGED, BACK, COURT]


@pytest.fixture(scope="module")
def phone(
    house: House, browser: Browser, staff: dict[str, Desk], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Phone]:
    """Noor's, linked in the room."""
    held = Phone(house, pocket(browser, tmp_path_factory.mktemp("phone")))
    yield enrolled(house, held, staff["Sam"], CALLED)
    held.context.close()


def documents(desk: Desk) -> Locator:
    """The documents about Noor, from her page."""
    desk.open_child(CALLED)
    desk.act("documents")
    return desk.at("documents")


@pytest.mark.promise("P2")
def test_a_document_quotes_the_child_and_its_objection_stays_beside_the_quote(
    staff: dict[str, Desk], phone: Phone
) -> None:
    sam = staff["Sam"]
    phone.say(f"Ik wil een {FIRST}, en rust.")
    # Of this one she asks that nobody at home hears that it came from her.
    phone.begin("child.home.1", "worker")
    phone.skip_to("say")
    phone.at("say").locator("textarea").fill(f"Thuis zoek ik een {SECOND}.")
    phone.on()
    phone.skip_to("share")
    phone.at("share").get_by_role("radio", name=phone.t("child.share.3"), exact=True).check()
    phone.on()
    phone.skip_to("check")
    phone.send()
    phone.arrived()
    phone.press("child.common.4")
    phone.begin("child.say.how.2", "worker")
    phone.at("say")
    speak(phone)
    phone.on()
    phone.skip_to("check")
    phone.send()
    phone.arrived()
    phone.press("child.common.4")

    # Sam prepares with her words, talks with her alone, and records it in the same place.
    sam.open_child(CALLED)
    sam.act("prepare")
    expect(sam.at("prepare")).to_have_attribute("data-ready", "true", timeout=SLOW)
    expect(sam.page.locator(".prepare")).to_contain_text(FIRST)
    sam.act("record-here")
    talk = TalkDesk(sam)
    talk.fills()
    talk.signs()

    # Sam picks words by the keyboard, a whole text, and a stretch of sound; nothing of it can be typed.
    documents(sam)
    sam.act("new")
    page = sam.at("document")
    page.locator('select[name="decision"]').select_option("hand")
    page.get_by_role("radio", name=sam.t("work.kp.decision.3"), exact=True).check()
    page.locator('input[name="decision-day"]').fill((local_day(datetime.now(UTC)) + timedelta(days=47)).isoformat())
    page.locator("[data-part=picker] > summary").click()
    sources = page.locator("[data-source]")
    expect(sources).to_have_count(3)
    spoken, asked, free = sources.nth(0), sources.nth(1), sources.nth(2)
    free.locator("[data-pick=selected]").click()
    expect(free).to_contain_text(sam.t("work.kp.pick.nothing"))
    area = free.locator("textarea")
    area.press("x")
    expect(area).to_have_value(f"Ik wil een {FIRST}, en rust.")
    selects(area, FIRST)
    free.locator("[data-pick=selected]").click()
    quotes = page.locator(".part.quote")
    expect(quotes).to_have_count(1)
    expect(quotes.first.locator(".said")).to_have_text(f"“{FIRST}”")
    expect(asked).to_contain_text(phone.t("child.share.3"))
    asked.locator("[data-pick=whole]").click()
    expect(quotes).to_have_count(2)
    spoken.locator('input[name="to"]').fill("1.5")
    spoken.locator("[data-pick=sound]").click()
    expect(quotes).to_have_count(3)
    expect(page.locator('[data-literal="literal"]')).to_have_count(3)
    page.locator('input[name="talk"]').check()
    page.locator("[data-add=seen]").click()
    page.locator('textarea[name="seen-0"]').fill(f"Zij had een {SEEN} bij zich.")
    page.locator('input[name="seen-day-0"]').fill("2026-11-20")
    page.locator('input[name="seen-from-0"]').fill("het gesprek")
    page.locator("[data-add=meant]").click()
    page.locator('textarea[name="meant-0"]').fill(f"Mijn {MEANT}.")
    page.locator('textarea[name="child"]').fill(f"Dit is een {PLAIN}.")
    page.get_by_role("radio", name=sam.t("work.kp.offer.1", name=CALLED), exact=True).check()

    # What she asked to keep out needs a reason. What was written so far is there again after going away.
    sam.act("sign")
    expect(page).to_contain_text(sam.t("work.kp.need.why"))
    page.locator('input[name="why-1"]').fill(REASON)
    sam.act("documents")
    sam.at("documents")
    sam.act("new")
    page = sam.at("document")
    expect(page).to_contain_text(sam.t("work.kp.kept"))
    expect(page.locator('input[name="why-1"]')).to_have_value(REASON)
    expect(page.locator('[data-literal="literal"]')).to_have_count(3)
    sam.act("sign")
    shown = sam.at("documents").locator("article.paper")
    expect(shown).to_have_count(1, timeout=SLOW)
    expect(shown.locator("[data-part=waits]")).to_be_visible()
    expect(shown.locator('[data-literal="literal"]')).to_have_count(3)

    # Noor reads it, with the reason beside what she wanted kept out, and says of one quote that it is not right.
    phone.at("home").locator("[data-row=right-file]").click()
    phone.at("written").locator(".rows .row").click()
    paper = phone.at("paper")
    expect(paper.locator('[data-part="paper"]')).to_have_attribute("data-ready", "true")
    expect(paper).to_contain_text(PLAIN)
    expect(paper.locator('[data-piece="quotes-0"]')).to_contain_text(FIRST)
    expect(paper).to_contain_text(REASON)
    expect(paper.locator('[data-piece="quotes-2"] button.play')).to_have_count(1)
    expect(paper).to_contain_text(MEANT)
    paper.locator('[data-piece="quotes-0"] + .acts button').click()
    said = phone.at("react")
    expect(said).to_contain_text(FIRST)
    expect(said.locator("input:checked")).to_have_count(0)
    said.get_by_role("radio", name=phone.t("child.kp.respond.2"), exact=True).check()
    said.locator("textarea").fill(f"Het is {OBJECTION}.")
    phone.press("child.send.to", names="Sam en Vera")
    phone.at("sent")
    phone.arrived()
    phone.press("child.common.4")
    phone.at("home").locator("[data-row=right-file]").click()
    phone.at("written").locator(".rows .row").click()
    expect(phone.at("paper").locator("[data-reaction]")).to_contain_text(OBJECTION)
    assert not phone.faults

    # Sam sees it beside that quote, and writes a new version; it stands there too, and the first one stays.
    sam.go("today")
    documents(sam)
    shown = sam.page.locator("article.paper")
    objection = shown.locator("[data-quote='0'] + [data-reaction]")
    expect(objection).to_contain_text(OBJECTION)
    expect(objection).to_contain_text(phone.t("child.kp.respond.2"))
    expect(objection.locator("button:not(.play)")).to_have_count(0)
    sam.page.locator("[data-next]").click()
    page = sam.at("document")
    page.locator("[data-add=meant]").click()
    page.locator('textarea[name="meant-1"]').fill(f"Na haar reactie: {CHANGED}.")
    page.get_by_role("radio", name=sam.t("work.kp.offer.1", name=CALLED), exact=True).check()
    sam.act("sign")
    sam.at("documents")
    expect(shown).to_contain_text(CHANGED, timeout=SLOW)
    expect(shown.locator("[data-quote='0'] + [data-reaction]")).to_contain_text(OBJECTION)
    assert not sam.faults

    # What was done with her words comes back to her.
    sam.open_child(CALLED)
    said = sam.page.locator("[data-entry]").filter(has_text=FIRST).first
    answer(sam, said, f"Ik heb {BACK}.")

    # Vera reads both, each literal in her own browser.
    vera = staff["Vera"]
    documents(vera)
    vera.act("versions")
    both = vera.page.locator("article.paper")
    expect(both).to_have_count(2)
    expect(both.first).to_contain_text(CHANGED)
    expect(both.last).not_to_contain_text(CHANGED)
    for one in (both.first, both.last):
        expect(one.locator('[data-literal="literal"]')).to_have_count(3)
        expect(one.locator("[data-quote='0'] + [data-reaction]")).to_contain_text(OBJECTION)
    assert not vera.faults


# --- out of the house -------------------------------------------------------------------------------------------------


def policy_of(file: Path) -> Policy:
    """The policy of somebody who compared the exporter's key with the exporter's own screen."""
    record = json.loads(file.read_bytes())["record"]
    signing = next(one["record"]["signing"][0] for one in record["persons"] if one["record"]["person"] == record["by"])
    return parse_policy(
        {
            "v": 1, "org": record["org"], "log": {"id": record["org"], "keys": [signing]},
            "introducers": [key_id(signing)], "independent": [], "witnesses": [], "tsa_roots": [],
            "require": {"independent": False, "external_time": False}, "state": None,
        }
    )  # fmt: skip


def test_it_goes_to_the_court_on_paper_and_in_a_file_that_prove_each_other(
    staff: dict[str, Desk], phone: Phone, tmp_path: Path
) -> None:
    vera = staff["Vera"]
    number = vera.kindnummer(CALLED)
    documents(vera)
    vera.page.locator("[data-transcript]").first.click()
    place = vera.at("transcript")
    expect(place).to_contain_text(vera.t("work.tr.told", name=CALLED))
    vera.act("make")
    expect(place).to_contain_text(vera.t("work.tr.need.why"))
    place.locator('textarea[name="for"]').fill(f"De {COURT}.")
    place.locator('input[name="whole"]').check()
    vera.act("make")
    code = place.locator("[data-code]").inner_text(timeout=SLOW)
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    with vera.page.expect_download() as saved:
        vera.act("save")
    file = tmp_path / "afschrift.json"
    saved.value.save_as(file)
    assert saved.value.suggested_filename == f"afschrift-{number}-{code[:9]}.json"

    with vera.page.expect_download() as saved:
        vera.act("save-recording")
    recording = tmp_path / saved.value.suggested_filename
    assert recording.name == f"opname-{number}-1.webm"
    saved.value.save_as(recording)

    # The paper: every page has the kindnummer and the code, and nothing outside her own words names her.
    printed = pages(vera.page.pdf(path=tmp_path / "afschrift.pdf", prefer_css_page_size=True))
    assert printed
    for text in printed:
        assert number in text
        assert code in text
    paper = "".join("".join(printed).split())
    for wanted in (FIRST, SECOND, SEEN, MEANT, CHANGED, PLAIN, OBJECTION, REASON, COURT):
        assert wanted in paper, wanted
    for withheld in (CALLED, BACK, "enrust."):
        assert withheld not in paper, withheld

    # The file, by itself: her words are literal, one as far as the recording goes, her objection is whole.
    found = verify_transcript(file, policy_of(file))
    assert (found.status, found.facts["code"], found.facts["child"]) == (Status.SOUND, code, number)
    assert [one.state for one in found.quotes] == ["literal", "literal", "sound"]
    assert found.quotes[0].text == FIRST
    assert [(one.section, one.part, one.texts) for one in found.reactions] == [("quotes", 1, (f"Het is {OBJECTION}.",))]
    assert found.json() == verify_transcript(file, policy_of(file)).json()
    # With the whole recording, which Noor is told goes along, the sound is literal too; with any other it is not.
    assert [one.state for one in verify_transcript(file, policy_of(file), [recording]).quotes][2] == "recording"
    recording.write_bytes(recording.read_bytes()[:-1])
    assert verify_transcript(file, policy_of(file), [recording]).status is Status.NOT_SOUND
    data = file.read_bytes()
    for hidden in (CALLED, BACK, "en rust."):
        assert hidden.encode() not in data, hidden
    for was, now in ((f"zoek ik een {SECOND}.", f"zoek, ik een {SECOND}"), (OBJECTION, OBJECTION.upper())):
        file.write_bytes(data.replace(was.encode(), now.encode()))
        assert file.read_bytes() != data
        assert verify_transcript(file, policy_of(file)).status is Status.NOT_SOUND

    # It is recorded, for all readers.
    sam = staff["Sam"]
    sam.go("today")
    documents(sam)
    expect(sam.page.locator("[data-part=taken]")).to_contain_text(f"{COURT}. ", timeout=SLOW)
    expect(sam.page.locator("[data-part=taken]")).to_contain_text(code)
    assert not vera.faults
    assert not sam.faults

    # Noor is told, among her messages and beside what was written about her.
    phone.reopen()
    told = phone.messages().locator("article").filter(has_text=COURT)
    expect(told).to_contain_text("Met de hele geluidsopname.", timeout=SLOW)
    expect(told).to_contain_text(phone.t("child.note.transcript", name="Vera"), timeout=SLOW)
    phone.reopen()
    phone.at("home").locator("[data-row=right-file]").click()
    phone.unlock()
    phone.at("written").locator(".rows .row").click()
    expect(phone.at("paper").locator("[data-part=taken]")).to_contain_text(COURT)
    assert not phone.faults


def test_the_roster_says_what_was_decided_and_whether_she_was_heard_before(
    house: House, staff: dict[str, Desk], folder: Path
) -> None:
    sam = staff["Sam"]
    # The roster says that something was decided. The server knows, without a word, that both versions quote her
    # and that she answered one of them; but they are from after it, and she was not heard before.
    counted = sqlite3.connect(f"file:{house.data / 'kindstem.db'}?mode=ro", uri=True)
    kept = "select quoted, count(*) from document_words group by 1 order by 1"
    assert counted.execute(kept).fetchall() == [(0, 1), (1, 2)]
    counted.close()
    day = local_day(datetime.now(UTC)) - timedelta(days=1)
    file = folder / "roster.csv"
    file.write_bytes(file_of(line(sam.kindnummer(CALLED), "2011-03", "2026-01-05", decisions=f"verlenging:{day}")))
    house.kindstem("roster", "import", str(file), "--apply")
    sam.go("today")
    documents(sam)
    before = sam.page.locator(f'[data-decided="{day}"]')
    expect(before).to_have_attribute("data-heard", "false")
    for missing in ("talk", "written"):
        expect(before).to_contain_text(sam.t(f"work.kp.before.{missing}"))
    assert not sam.faults


@pytest.mark.promise("P1")
def test_no_word_of_a_document_is_in_anything_that_the_server_received_or_kept(house: House) -> None:
    received = bytes(house.wire.received)
    assert received.count(b"KSE1") >= 6, "the story before this one went through the wire"
    places = {"what was received": received, **canary.files(house.folder)}
    assert {"log.txt", "data/kindstem.db"} <= set(places)
    assert canary.found(MARKED, places) == []
