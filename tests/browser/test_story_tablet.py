"""A child without a phone is heard: on the professional's tablet it says how it is, and sees there what was answered.

The tablet's storage lies in a folder, so that closing it is really closing, and every byte of it can be searched.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from kindstem.calendar import local_day
from kindstem.words import Words
from tests.browser import canary
from tests.browser.house import House, pocket, sounds, watch
from tests.browser.people import Desk
from tests.browser.people_talks import SLOW, TalkDesk, presses
from tests.browser.test_story_heard import lines, sketch

pytestmark = pytest.mark.story_proven

SAID, FELT, BEGUN, ANSWERED = "zandkasteelkraan", "flutterig", "vliegergaragedeur", "sleutelbosmeneer"
WRITTEN = "klimrekbesluit"
MARKED = [SAID, FELT, BEGUN]
CHILD = Words("nl", "8")
READERS = "Sam en Vera"

# Until what a child began is on this device.
KEPT = """async () => {
  const store = await new Promise((done) => {
    indexedDB.open("start").onsuccess = ({ target }) => done(target.result);
  });
  const keys = () => new Promise((done) => {
    store.transaction("bytes").objectStore("bytes").getAllKeys().onsuccess = ({ target }) => done(target.result);
  });
  const there = async () => (await keys()).some((key) => String(key).includes("kindmodus said"));
  while (!(await there())) await new Promise(requestAnimationFrame);
  store.close();
}"""


class Tablet:
    """Sam's tablet, which can be closed and opened again."""

    def __init__(self, house: House, browser: Browser, folder: Path, sam: Desk) -> None:
        self.house, self.browser, self.folder, self.sam = house, browser, folder, sam
        self.open()

    def open(self) -> None:
        """Open the browser, up to nothing."""
        context = pocket(self.browser, self.folder)
        self.desk = Desk(self.house, context, "Sam", phrase=self.sam.phrase, codes=self.sam.codes)
        self.talks = TalkDesk(self.desk)

    @property
    def page(self) -> Page:
        """The tablet's page."""
        return self.desk.page

    def close(self) -> dict[str, bytes]:
        """Close the browser, and give every byte that it kept."""
        assert self.desk.faults == []
        self.desk.context.close()
        return canary.files(self.folder)

    def at(self, screen: str) -> Locator:
        """A screen of the child."""
        main = self.page.locator(f'main[data-screen="{screen}"]')
        expect(main).to_be_visible(timeout=SLOW)
        return main

    def door(self, art: str) -> None:
        """Go through a door of the child's first screen."""
        self.at("tablet").locator(f'[data-door="{art}"]').click()

    def press(self, key: str, **values: str) -> None:
        """Press a button of the child's, and wait for what it leads to."""
        left = self.page.locator("main").element_handle()
        presses(self.page, CHILD.t(key, **values))
        self.page.wait_for_function("(left) => !left.isConnected", arg=left)

    def skip_to(self, screen: str) -> None:
        """Skip questions until this one."""
        for _ in range(10):
            if self.page.locator("main").get_attribute("data-screen") == screen:
                return
            self.press("child.common.3")
        raise AssertionError(f"no screen {screen}")

    def lend(self, name: str) -> None:
        """Hand the tablet to a child, from its page."""
        self.desk.open_child(name)
        self.desk.act("kid-kindmodus")
        self.desk.at("kindmodus")
        self.desk.act("kindmodus")
        self.at("tablet")

    def speak(self) -> None:
        """Record two seconds of the fake microphone."""
        presses(self.page, CHILD.t("child.voice.button.1"))
        expect(self.page.locator(".recorder .time")).to_contain_text("0:02", timeout=SLOW)
        presses(self.page, CHILD.t("child.voice.button.4"))
        expect(self.page.get_by_text(CHILD.t("child.voice.state.3"), exact=True)).to_be_visible()


@pytest.fixture(scope="module")
def tablet(house: House, browser: Browser, staff: dict[str, Desk], tmp_path_factory: Any) -> Iterator[Tablet]:
    """The tablet, with Sam signed in on it and Daan on it, who has no phone."""
    made = Tablet(house, browser, tmp_path_factory.mktemp("tablet") / "profile", staff["Sam"])
    made.desk.sign_in()
    made.talks.adds_without_phone("Daan")
    yield made
    made.desk.context.close()


def nothing_of_the_desk(page: Page) -> None:
    """Neither the session nor a word of the desk is left."""
    ask = "(path) => fetch(path).then((answer) => answer.status)"
    for path in ("/desk/api/me", "/desk/api/children"):
        page.wait_for_function(f"() => ({ask})({path!r}).then((status) => status === 401)", timeout=SLOW)
    assert page.locator("nav.places, #leave, #words, #known").count() == 0
    seen = page.content()
    assert [one for one in ("Daan", "Iris", "Jo", "Gesprekken", "Collega") if one in seen] == []


@pytest.mark.promise("P7", "P13")
def test_a_child_without_a_phone_says_how_it_is_and_both_readers_find_exactly_that(
    house: House, tablet: Tablet, staff: dict[str, Desk]
) -> None:
    sam, vera, page = tablet.desk, staff["Vera"], tablet.page
    tablet.talks.records("Daan", minutes=15)
    page.locator('[data-confirm="kindmodus"]').click()
    sam.at("kindmodus")
    # There is no list of readers yet, and the page says who will be on it.
    expect(page.locator("ul.bullets")).to_contain_text(sam.t("work.kindmodus.list", name="Daan", names=READERS))
    sam.act("kindmodus")
    tablet.at("tablet")
    nothing_of_the_desk(page)

    # A face, a feeling of its own, how safe, a line, two seconds of voice and a drawing. Nothing is chosen beforehand.
    expect(page.locator("main")).to_contain_text(CHILD.t("child.tablet.readers", names=READERS))
    tablet.door("way-feel")
    expect(tablet.at("mood").locator("input:checked")).to_have_count(0)
    page.get_by_role("radio", name=CHILD.t("child.mood.4"), exact=True).check()
    tablet.press("child.common.1")
    tablet.at("feel").get_by_label(CHILD.t("child.feel.own.1")).fill(FELT)
    tablet.press("child.common.1")
    expect(tablet.at("safe").locator("input:checked")).to_have_count(0)
    page.get_by_role("radio", name=CHILD.t("child.safe.face.4"), exact=True).check()
    tablet.press("child.common.1")
    tablet.skip_to("say")
    page.locator("main textarea").fill(f"Bij papa is een {SAID}.")
    page.get_by_role("radio", name=CHILD.t("child.say.how.2"), exact=True).check()
    tablet.speak()
    page.get_by_role("radio", name=CHILD.t("child.say.how.3"), exact=True).check()
    sketch(page)
    drawn = lines(page.locator("svg.live-sheet"))
    assert len(drawn) == 2
    tablet.press("child.common.1")
    tablet.skip_to("check")
    page.locator("main button.play").click()
    recorded = sounds(page)
    assert len(recorded) == 1
    tablet.press("child.send.to", names=READERS)
    ended = tablet.at("ended")
    expect(ended).to_contain_text(CHILD.t("child.tablet.said", names=READERS, name="Sam"))
    assert SAID not in page.content()

    # Then the talk, which was so; Back stays in the child's screens.
    tablet.press("child.sent.more")
    page.go_back()
    tablet.door("talk")
    for screen in ("claim", "two"):
        tablet.at(screen)
        page.get_by_role("radio", name=CHILD.t("child.confirm.answer.1"), exact=True).check()
        tablet.press("child.common.1")
    tablet.at("ended")
    assert page.locator('[data-door="talk"]').count() == 0

    # Closed, whoever has the tablet finds no word of it; opened again, it stands at the door.
    kept = tablet.close()
    assert any("IndexedDB" in where for where in kept)
    canary.self_test(SAID)
    assert canary.found(MARKED, kept) == []
    tablet.open()
    sam, page = tablet.desk, tablet.page
    page.goto(f"{house.url}/desk/")
    sam.at("signin")

    # Once Sam is back it goes before anything else, signed as it was said.
    tablet.talks.signs_in_again()
    sam.at("child")
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.said", name="Daan"), timeout=SLOW)
    expect(page.locator('article.talk[data-level="C"]')).to_have_count(1, timeout=SLOW)
    assert canary.found(MARKED, {"the wire": bytes(house.wire.received), **canary.files(house.data)}) == []

    for desk in (vera, sam):
        desk.open_child("Daan")
        desk.read()
        article = desk.page.locator("article[data-entry]").filter(has_text=SAID)
        expect(article).to_have_count(1)
        expect(article.get_by_text(f"Bij papa is een {SAID}.", exact=True)).to_be_visible()
        expect(article).to_contain_text(FELT)
        # Not as words that the child's own phone signed, and it says so.
        expect(article).to_have_attribute("data-author", "tablet")
        expect(article.locator('[data-mark="tablet"]')).to_contain_text(desk.t("work.mark.tablet", name="Sam"))
        assert lines(article.locator("svg.sheet")) == drawn
        article.locator("button.play").click()
        assert sounds(desk.page)[-1:] == recorded
        assert not desk.faults


def test_the_next_time_it_sees_who_read_it_and_what_was_answered_and_says_what_it_thinks(
    house: House, tablet: Tablet, staff: dict[str, Desk]
) -> None:
    sam, page = tablet.desk, tablet.page
    sam.open_child("Daan")
    expect(page.locator('[data-part="reason"], article[data-entry]').first).to_be_visible()
    if page.locator('[data-part="reason"]').count():
        sam.read()
    article = page.locator("article[data-entry]").filter(has_text=SAID)
    article.locator("[data-answer]").click()
    form = page.locator('[data-part="answer"]')
    expect(form).to_contain_text(sam.t("work.reply.room.to", name="Daan", names=READERS))
    form.get_by_role("radio", name=sam.t("work.reply.outcome.2"), exact=True).check()
    form.locator('textarea[name="answer"]').fill(f"Ik belde de {ANSWERED}.")
    form.locator('[data-act="send"]').click()
    expect(page.locator("[data-reply]").filter(has_text=ANSWERED)).to_have_count(1)

    tablet.lend("Daan")
    nothing_of_the_desk(page)
    assert page.locator('[data-door="talk"]').count() == 0
    page.get_by_role("button", name=CHILD.t("child.home.4")).click()
    mine = tablet.at("messages").locator("article").filter(has_text=SAID)
    expect(mine).to_have_count(1)
    for name in ("Sam", "Vera"):
        expect(mine.locator(".stem")).to_contain_text(CHILD.t("child.state.short.2", name=name))
    expect(mine).to_contain_text(f"Ik belde de {ANSWERED}.")
    expect(mine.locator("svg.sheet")).to_have_count(1)
    tablet.press("child.state.respond")
    tablet.at("react").get_by_role("radio", name=CHILD.t("child.react.2"), exact=True).check()
    tablet.press("child.send.to", names=READERS)
    tablet.at("ended")
    assert ANSWERED not in page.content()
    sam.act("leave-kindmodus")
    expect(page.locator('[data-screen="signin"]:not(body)')).to_contain_text(sam.t("work.kindmodus.back"))
    tablet.talks.signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.said", name="Daan"), timeout=SLOW)

    # Vera said why she reads when she opened the first one.
    vera = staff["Vera"]
    vera.open_child("Daan")
    reaction = vera.page.locator("[data-reaction]")
    expect(reaction).to_contain_text(CHILD.t("child.react.2"))
    expect(reaction.locator('[data-mark="tablet"]')).to_be_visible()
    told = sqlite3.connect(f"file:{house.data / 'kindstem.db'}?mode=ro", uri=True)
    assert told.execute("select says from answer_reactions").fetchall() == [("no",)]
    told.close()


def test_a_document_is_read_on_the_tablet_and_what_the_child_says_of_it_stands_beside_it(
    house: House, tablet: Tablet
) -> None:
    sam, page = tablet.desk, tablet.page
    sam.open_child("Daan")
    sam.act("documents")
    sam.at("documents")
    sam.act("new")
    form = sam.at("document")
    form.locator('select[name="decision"]').select_option("hand")
    form.get_by_role("radio", name=sam.t("work.kp.decision.1"), exact=True).check()
    form.locator('input[name="decision-day"]').fill((local_day(datetime.now(UTC)) + timedelta(days=47)).isoformat())
    form.locator("[data-part=picker] > summary").click()
    form.locator("[data-pick=whole]").first.click()
    expect(form.locator(".part.quote .said")).to_contain_text(SAID)
    form.locator('textarea[name="child"]').fill(f"Ik schreef over de {WRITTEN}.")
    form.get_by_role("radio", name=sam.t("work.kp.offer.room", name="Daan"), exact=True).check()
    sam.act("sign")
    sam.at("documents")
    expect(page.locator("article.paper")).to_contain_text(WRITTEN, timeout=SLOW)

    tablet.lend("Daan")
    nothing_of_the_desk(page)
    page.get_by_role("button", name=CHILD.t("child.home.written")).click()
    tablet.at("written").locator(".rows .row").click()
    paper = tablet.at("paper")
    expect(paper).to_contain_text(WRITTEN)
    expect(paper.locator('[data-piece="quotes-0"]')).to_contain_text(SAID)
    paper.locator('[data-piece="quotes-0"] + .acts button').click()
    said = tablet.at("react")
    expect(said.locator("input:checked")).to_have_count(0)
    said.get_by_role("radio", name=CHILD.t("child.kp.respond.2"), exact=True).check()
    # Who does not type draws or speaks, and finds it beside the answer.
    tablet.press("child.kp.way.3")
    sketch(page)
    drawn = lines(page.locator("svg.live-sheet"))
    tablet.press("child.common.1")
    expect(tablet.at("react").locator("svg.sheet")).to_have_count(1)
    tablet.press("child.send.to", names=READERS)
    tablet.at("ended")
    assert WRITTEN not in page.content()
    sam.act("leave-kindmodus")
    tablet.talks.signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.said", name="Daan"), timeout=SLOW)
    sam.open_child("Daan")
    sam.act("documents")
    beside = sam.at("documents").locator("[data-quote='0'] + [data-reaction]")
    expect(beside).to_contain_text(CHILD.t("child.kp.respond.2"))
    expect(beside).to_contain_text(sam.t("work.mark.tablet", name="Sam"))
    assert lines(beside.locator("svg.sheet")) == drawn
    counted = sqlite3.connect(f"file:{house.data / 'kindstem.db'}?mode=ro", uri=True)
    assert counted.execute("select quoted from document_words order by quoted").fetchall() == [(0,), (1,)]
    counted.close()


def test_what_is_not_finished_waits_closed_and_goes_on_the_next_time_or_is_thrown_away(
    house: House, tablet: Tablet
) -> None:
    tablet.lend("Daan")
    tablet.door("way-write")
    page = tablet.page
    tablet.at("say").locator("textarea").fill(f"Later: de {BEGUN}.")
    page.evaluate(KEPT)
    # The battery is empty.
    assert canary.found(MARKED, tablet.close()) == []
    tablet.open()
    sam, page = tablet.desk, tablet.page
    sam.sign_in()
    assert BEGUN not in page.content()
    sam.open_child("Daan")
    expect(page.locator("main")).not_to_contain_text(BEGUN)

    tablet.lend("Daan")
    card = tablet.at("tablet").locator("[data-draft]")
    expect(card).to_contain_text(CHILD.t("child.draft.kept"))
    card.get_by_role("button", name=CHILD.t("child.draft.button.1")).click()
    expect(tablet.at("check")).to_contain_text(f"Later: de {BEGUN}.")
    tablet.press("child.send.button.3")
    tablet.press("child.draft.sure.2")
    expect(tablet.at("tablet").locator("[data-draft]")).to_have_count(0)
    tablet.press("child.common.5")
    tablet.at("ended")
    sam.act("leave-kindmodus")
    expect(page.locator('[data-screen="signin"]:not(body)')).to_contain_text(sam.t("work.kindmodus.none"))
    tablet.talks.signs_in_again()
    sam.at("today")


def test_it_asks_to_talk_alone_and_takes_that_away_the_next_time(tablet: Tablet) -> None:
    sam, page = tablet.desk, tablet.page
    tablet.lend("Daan")
    tablet.door("alone")
    tablet.at("wish").get_by_role("button", name="Sam", exact=True).click()
    # Who sees it is said before it goes.
    expect(tablet.at("wish-to")).to_contain_text(CHILD.t("child.talk.seen", names=READERS))
    tablet.press("child.talk.send")
    expect(tablet.at("ended")).to_contain_text(CHILD.t("child.tablet.wish", names=READERS, name="Sam"))
    sam.act("leave-kindmodus")
    tablet.talks.signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.wish", name="Daan"), timeout=SLOW)

    tablet.lend("Daan")
    tablet.door("alone")
    open_ = tablet.at("wish").locator("article")
    expect(open_).to_contain_text(CHILD.t("child.talk.with", name="Sam").removesuffix("."))
    open_.get_by_role("button", name=CHILD.t("child.talk.away.1")).click()
    tablet.at("wish-away")
    tablet.press("child.talk.away.3")
    tablet.at("ended")
    sam.act("leave-kindmodus")
    tablet.talks.signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.wish.away", name="Daan"), timeout=SLOW)


def test_what_was_changed_on_the_tablet_is_thrown_away_and_said(tablet: Tablet) -> None:
    count = "(path) => fetch(path).then((one) => one.json()).then(({ entries }) => entries.length)"
    path = f"/desk/api/children/{tablet.desk.kindnummer('Daan')}/entries"
    before = tablet.page.evaluate(count, path)
    tablet.lend("Daan")
    tablet.door("way-feel")
    page = tablet.page
    page.get_by_role("radio", name=CHILD.t("child.mood.1"), exact=True).check()
    tablet.press("child.common.1")
    tablet.skip_to("check")
    tablet.press("child.send.to", names=READERS)
    tablet.at("ended")
    page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open("start").onsuccess = ({ target }) => {
            const store = target.result.transaction("bytes", "readwrite").objectStore("bytes");
            store.openCursor().onsuccess = (event) => {
              const cursor = event.target.result;
              if (!cursor) return done(true);
              if (String(cursor.key).includes("kindmodus said")) {
                const bytes = cursor.value;
                bytes[60] ^= 1;
                cursor.update(bytes);
              }
              return cursor.continue();
            };
          };
        })"""
    )
    sam = tablet.desk
    sam.act("leave-kindmodus")
    tablet.talks.signs_in_again()
    expect(page.locator("#told")).to_contain_text(sam.t("work.kindmodus.damaged"), timeout=SLOW)
    assert page.evaluate(count, path) == before


def test_a_new_page_in_kindmodus_ends_at_the_door(house: House, tablet: Tablet) -> None:
    tablet.lend("Daan")
    page = tablet.page
    page.reload()
    tablet.desk.at("signin")
    tab = tablet.desk.context.new_page()
    faults = watch(tab)
    tab.goto(f"{house.url}/desk/")
    expect(tab.locator('[data-screen="signin"]:not(body)')).to_be_visible()
    tab.close()
    assert faults == []
