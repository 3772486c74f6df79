"""A professional's walk past everything there is to see, which calls somebody at each page and each state of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp
from playwright.sync_api import Page, expect

from kindstem.calendar import local_day
from tests.browser.people import Desk
from tests.browser.people_talks import TalkDesk
from tests.browser.walk_child import SLOW, See, answered


@dataclass
class DeskWalk:
    """One professional walking. `see` is called with the page and the name of what it shows."""

    desk: Desk
    see: See
    label: str

    @property
    def page(self) -> Page:
        """The desk's page."""
        return self.desk.page

    def look(self, name: str) -> None:
        """Have what is shown now seen; every page says that it is for trying out."""
        expect(self.page.locator(".trial")).to_be_visible()
        self.see(self.page, f"{self.label}: {name}")

    def at(self, screen: str, state: str = "") -> None:
        """Wait for a page, and have it seen."""
        self.desk.at(screen)
        self.look(f"{screen} {state}".strip())

    def told(self) -> None:
        """Wait until the page says something about what happened."""
        expect(self.page.locator("#words .said-here .note, #words .wrong:not([hidden])").first).to_be_visible(
            timeout=SLOW
        )

    def go(self, place: str, state: str = "") -> None:
        """Go to a place of the menu, and have it seen."""
        self.desk.go(place)
        if place in {"colleagues", "away"}:
            expect(self.page.locator(f"#known-{place} > *").first).to_be_visible()
        self.look(f"{place} {state}".strip())

    # --- the door -----------------------------------------------------------------------------------------------------

    def first(self) -> None:
        """The first sign-in, step by step, each with what it says to a mistake."""
        desk, page = self.desk, self.page
        page.goto(f"{desk.house.url}/desk/")
        self.at("signin")
        desk.act("signin")
        self.told()
        self.look("signin, name missing")
        desk.act("recovery")
        self.at("recovery")
        desk.act("passphrase")
        desk.act("first")
        desk.at("first")
        desk.act("start")
        self.told()
        self.look("first 1, name missing")
        page.locator('input[name="name"]').fill(desk.name)
        page.locator('input[name="startcode"]').fill("0000-0000-0000")
        desk.act("start")
        expect(page.locator("#words .said-here .note")).to_be_visible()
        self.look("first 1, code wrong")
        page.locator('input[name="startcode"]').fill(desk.house.startcodes[desk.name])
        desk.act("start")
        words = page.locator("[data-words] li")
        expect(words).to_have_count(7)
        self.look("first 2")
        given = words.all_inner_texts()
        desk.phrase = " ".join(given)
        desk.act("written")
        desk.act("checked")
        self.told()
        self.look("first 3, wrong")
        for field in page.locator("[data-word]").all():
            field.fill(given[int(field.get_attribute("data-word") or 0) - 1])
        desk.act("checked")
        shown = page.locator("[data-totp]")
        expect(shown).to_be_visible()
        desk.act("finish")
        self.told()
        self.look("first 4")
        code = pyotp.TOTP(shown.get_attribute("data-totp") or "").at(datetime.now(UTC))
        page.locator('input[name="code"]').fill(code)
        desk.act("finish")
        codes = page.locator("[data-codes] li")
        expect(codes).to_have_count(10, timeout=SLOW)
        self.look("first 5")
        desk.codes = codes.all_inner_texts()
        desk.act("done")
        self.at("today", "empty")

    def signs_in(self) -> None:
        """Signing in, with a wrong passphrase first."""
        desk, page = self.desk, self.page
        page.goto(f"{desk.house.url}/desk/")
        self.at("signin")
        page.locator('input[name="name"]').fill(desk.name)
        page.locator('input[type="password"]').fill("wrong")
        page.locator('input[name="code"]').fill("000000")
        desk.act("signin")
        self.told()
        self.look("signin, wrong")
        desk.sign_in()

    def comes_back(self) -> None:
        """A reload, a session that ended, and going home."""
        desk, page = self.desk, self.page
        page.reload()
        self.at("unlock")
        page.locator('input[type="password"]').fill(desk.phrase)
        desk.act("unlock")
        desk.at("today")
        ended = {"error": {"code": "session-ended", "text": ""}}
        with answered(page, "**/desk/api/**", 401, ended):
            page.locator('[data-place="children"]').click()
            self.at("signin", "after the session ended")

    # --- who works here -----------------------------------------------------------------------------------------------

    def beginning(self) -> None:
        """The places of the menu before there is anything in them."""
        self.go("children", "empty")
        self.go("colleagues", "nobody known")
        self.page.locator("#words details summary").click()
        self.look("colleagues, why")
        self.go("away", "none")
        today = local_day(datetime.now(UTC))
        self.page.locator("#away-from").fill((today + timedelta(days=9)).isoformat())
        self.page.locator("#away-until").fill((today + timedelta(days=2)).isoformat())
        self.page.locator("#known-away button[type=submit]").first.click()
        expect(self.page.locator("#known-away [role=alert]")).to_be_visible()
        self.look("away, wrong order")
        self.page.locator("#away-from").fill(today.isoformat())
        self.page.locator("#known-away button[type=submit]").first.click()
        expect(self.page.locator('#known-away [data-away="set"]')).to_be_visible()
        self.look("away, set")
        self.go("today", "while away")
        self.desk.go("away")
        self.page.locator("#known-away form:last-of-type button").click()
        expect(self.page.locator('#known-away [data-away="none"]')).to_be_visible()

    def meets(self, other: Desk) -> None:
        """Two colleagues read their number to each other; first with what goes wrong."""
        self.desk.introduce(other.name)
        other.introduce(self.desk.name)
        number = self.desk.number()
        assert number == other.number()
        self.look("introduce")
        self.desk.act("compare")
        self.told()
        self.look("introduce, too short")
        self.desk.type_number(number[::-1])
        expect(self.page.locator("#words .note.alarm")).to_be_visible()
        self.look("introduce, other number")
        for desk in (self.desk, other):
            desk.type_number(number)
            desk.page.locator('[data-done="true"]').wait_for()
        self.look("introduce, done")
        self.go("colleagues", "known")

    # --- children -----------------------------------------------------------------------------------------------------

    def adds(self, name: str, level: str = "12", second: str = "Vera", confidant: str = "Jo") -> None:
        """Adding a child, with each thing forgotten once; up to the page that links its phone."""
        page = self.page
        self.go("children")
        page.locator('[data-act="add"], [data-act="add-first"]').first.click()
        self.desk.at("add")
        self.desk.act("create")
        self.told()
        self.look("add, name missing")
        page.locator('input[name="child"]').fill(name)
        page.locator('input[name="age"]').fill("99")
        self.desk.act("create")
        expect(page.locator('input[name="age"][aria-invalid="true"]')).to_be_visible()
        self.look("add, age wrong")
        page.locator('input[name="age"]').fill("15" if level == "12" else "8")
        page.locator(f'input[value="{level}"]').check()
        if page.get_by_label(second, exact=True).is_checked():
            page.get_by_label(second, exact=True).check()
        else:
            self.desk.act("create")
            expect(page.locator("#words .said-here .note")).to_be_visible()
            self.look("add, second reader missing")
            page.get_by_label(second, exact=True).check()
        page.get_by_label(confidant, exact=True).check()
        page.locator('input[name="kindnummer"]').fill("k000-00001")
        self.desk.act("create")
        expect(page.locator("#words .said-here .note")).to_contain_text(self.desk.t("work.refused.unlisted"))
        self.look("add, number not in the roster")
        page.locator('input[name="kindnummer"]').fill("")
        self.desk.act("create")
        self.at("link", "before")

    def shows_code(self) -> str:
        """The square and the start code; gives what a phone would scan."""
        fragment, _ = self.desk.show_code()
        self.look("link, code shown")
        return fragment

    def not_the_same(self) -> None:
        """Six digits that are said to differ."""
        self.look("link, compare")
        self.desk.act("differ")
        expect(self.page.locator('[data-stage="dropped"]')).to_be_visible()
        self.look("link, dropped")
        self.desk.act("renew")

    def gone(self) -> None:
        """A code whose time is over."""
        with answered(self.page, "**/desk/api/enrolments/*", 200, {"state": "dropped"}):
            expect(self.page.locator('[data-stage="gone"]')).to_be_visible(timeout=SLOW)
        self.look("link, gone")
        self.desk.act("renew")

    def links(self, name: str) -> None:
        """The same six digits, and the child's page with nothing in it."""
        self.desk.act("same")
        expect(self.page.locator('[data-stage="active"]')).to_be_visible(timeout=SLOW)
        self.look("link, active")
        self.desk.act("to-child")
        self.desk.at("child")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)
        self.look("child, nothing said")

    def today(self) -> None:
        """The first page with something on it."""
        self.desk.go("today")
        expect(self.page.locator("svg.strip").first).to_be_visible()
        self.look("today, with children")

    def reads(self, name: str) -> None:
        """A child's messages: closed, asked why, and open."""
        page, desk = self.page, self.desk
        desk.open_child(name)
        desk.act("open")
        self.told()
        self.look("child, no reason")
        desk.read()
        expect(page.locator("article[data-entry]").first).to_be_visible(timeout=SLOW)
        expect(page.locator(".reason > *")).to_have_count(0, timeout=SLOW)
        for fold in page.locator("#words article details summary").all():
            fold.click()
        self.look("child, opened")

    def answers(self, text: str) -> None:
        """Answering, with each thing that can be forgotten; then sent."""
        page, desk = self.page, self.desk
        article = page.locator('article[data-kind="checkin"]').first
        article.locator("[data-answer]").click()
        form = page.locator('[data-part="answer"]')
        expect(form).to_be_visible()
        self.look("answer")
        desk.act("send")
        expect(form.locator(".said-here .note")).to_be_visible()
        form.locator('input[value="not_done"]').check()
        for summary in form.locator("details summary").all():
            summary.click()
        form.locator('[data-part="which"] input').nth(1).check()
        desk.act("voice")
        desk.act("draw")
        expect(form.locator("svg.live-sheet")).to_be_visible()
        self.look("answer, everything open")
        form.locator("button.record").click()
        expect(form.locator(".recorder .time")).to_contain_text("0:01", timeout=15_000)
        form.locator("button.record").click()
        expect(form.locator("button.play")).to_be_visible()
        form.locator('textarea[name="answer"]').fill(text)
        form.locator('input[value="done"]').check()
        self.look("answer, with a voice")
        desk.act("send")
        expect(page.locator("[data-reply]").first).to_be_visible(timeout=SLOW)
        self.look("child, answered")

    def watched(self) -> None:
        """Answering a child in whose phone somebody looks."""
        self.page.locator('article[data-kind="checkin"]').first.locator("[data-answer]").click()
        expect(self.page.locator('[data-part="answer"]')).to_be_visible()
        self.look("answer, watched phone")
        self.desk.act("close")

    def around(self, name: str) -> None:
        """What stands beside the messages: what the readers know, who opened what, the phone."""
        page, desk = self.page, self.desk
        desk.act("edit")
        self.look("child, edit")
        page.locator('[data-part="edit"] .btn.bare').click()
        desk.act("reads")
        expect(page.locator("#known-reads > *").first).to_be_visible()
        self.look("child, who opened what")
        desk.act("phone")
        desk.at("phone")
        self.look("phone")
        desk.act("reset")
        self.look("phone, reset?")
        page.locator("#words .acts button").last.click()
        self.go("children", f"with {name}")

    def flagged(self, name: str) -> None:
        """What is recorded about a flag, and a signal for the school up to its text and its timer."""
        desk, page = self.desk, self.page
        desk.open_child(name)
        form = page.locator("[data-steps]").first
        form.locator('[data-act="flag-keep"]').click()
        expect(form.locator(".said-here .note")).to_be_visible()
        self.look("child, flag open, nothing chosen")
        for place in (0, 1):
            form.locator("fieldset").nth(place).get_by_role("radio").nth(1).check()
        form.locator('[data-act="flag-keep"]').click()
        expect(page.locator("[data-steps]").first.locator("..")).not_to_have_attribute("open", "")
        self.look("child, flag closed")
        desk.act("school")
        self.at("school")
        page.locator('[data-act="signal-keep"]').click()
        self.told()
        page.locator(".school form fieldset").get_by_role("radio").nth(2).check()
        page.locator('[data-act="signal-keep"]').click()
        expect(page.locator(".wrong:not([hidden])")).to_be_visible()
        self.look("school, no reason")
        page.locator(".school form textarea").fill("Dat bespreek ik vanmiddag.")
        for place in (0, 1):
            page.locator('.school form input[type="text"]').nth(place).fill("Noor, 14 maart 2011")
        page.locator('[data-act="signal-keep"]').click()
        expect(page.locator("[data-body]")).to_have_count(2)
        self.look("school, text")
        desk.go("today")
        expect(page.locator("[data-signal]")).to_be_visible()
        self.look("today, signal waits")

    def prepares(self, name: str, state: str) -> None:
        """Preparing a talk, with everything unfolded, the record of it in the same place, and a part that fails."""
        desk, page = self.desk, self.page
        desk.open_child(name)
        desk.act("prepare")
        shown = desk.at("prepare")
        expect(shown).to_have_attribute("data-ready", "true", timeout=SLOW)
        page.locator('[data-part="openers"] summary').click()
        self.look(f"prepare, {state}")
        desk.act("record-here")
        expect(page.locator('[data-part="after"] form')).to_be_visible()
        self.look(f"prepare, {state}, recording")
        page.locator('[data-part="after"] [data-act="stop"]').click()
        refused = {"error": {"code": "busy", "text": ""}}
        with answered(page, "**/siblings", 503, refused), answered(page, "**/requests", 503, refused):
            desk.act("child")
            desk.at("child")
            desk.act("prepare")
            expect(shown).to_have_attribute("data-ready", "true", timeout=SLOW)
            self.look(f"prepare, {state}, parts missing")

    def documents(self, name: str) -> None:
        """What is written about a child: nothing yet, being written with what it says to mistakes, and signed."""
        desk, page = self.desk, self.page
        desk.open_child(name)
        desk.act("documents")
        self.at("documents", "none")
        desk.act("new")
        self.at("document")
        desk.act("sign")
        self.told()
        page.locator('select[name="decision"]').select_option("hand")
        page.locator('[data-section="1"] input[type="radio"]').first.check()
        page.locator('input[name="decision-day"]').fill("2026-01-12")
        page.locator("[data-part=picker] > summary").click()
        for pick in ("whole", "sound", "drawing"):
            found = page.locator(f"[data-pick={pick}]")
            if found.count():
                found.first.click()
        page.locator("[data-add=seen]").click()
        page.locator('textarea[name="seen-0"]').fill("Zij keek vier keer naar buiten.")
        page.locator('input[name="seen-day-0"]').fill("2026-11-20")
        page.locator('input[name="seen-from-0"]').fill("het gesprek")
        page.locator("[data-add=meant]").click()
        page.locator('textarea[name="meant-0"]').fill("Ik denk dat zij op iemand wacht.")
        page.locator('textarea[name="child"]').fill("Dit schreef ik over wat jij vertelde.")
        page.locator('[data-section="6"] input[value="offered"]').check()
        for why in page.locator('input[name^="why-"]').all():
            why.fill("Er is gevaar.")
        self.look("document, written")
        desk.act("sign")
        desk.at("documents")
        expect(page.locator("article.paper")).to_be_visible(timeout=SLOW)
        self.look("documents")
        page.locator("[data-transcript]").first.click()
        self.at("transcript")
        desk.act("make")
        self.look("transcript, for nobody")
        page.locator('textarea[name="for"]').fill("De rechtbank, over de verlenging.")
        desk.act("make")
        expect(page.locator("[data-code]")).to_be_visible(timeout=SLOW)
        self.look("transcript")
        desk.act("documents")
        desk.at("documents")
        expect(page.locator("[data-part=taken]")).to_be_visible(timeout=SLOW)
        self.look("documents, one taken")
        desk.act("child")
        desk.at("child")

    def meldcode(self, name: str, second: Desk) -> None:
        """The meldcode: before it is open, refusing to close, written, judged by the second reader, and closed."""
        desk, page = self.desk, self.page
        desk.open_child(name)
        page.locator("[data-meldcode]").first.click()
        self.at("meldcode", "begin")
        desk.act("meldcode-begin")
        expect(page.locator("[data-part=closing]")).to_be_visible(timeout=SLOW)
        desk.act("meldcode-close")
        expect(page.locator("[data-part=closing] .said-here .note")).to_be_visible()
        self.look("meldcode, not yet to be closed")
        page.locator('textarea[name="step-1"]').fill("Zij vertelde het op maandag.")
        page.locator('[data-question="1"] input[value="no"]').check()
        page.locator('textarea[name="why-1"]').fill("Het was een droom.")
        for decision in ("report", "help", "talk"):
            asked = page.locator(f'[data-decision="{decision}"]')
            asked.locator(f'input[value="{"yes" if decision == "talk" else "no"}"]').check()
            asked.locator('input[type="checkbox"]').first.check()
            asked.locator("textarea").fill("Dit is de toelichting.")
        self.look("meldcode, written")
        desk.act("sign")
        expect(page.locator("[data-part=judged] .note")).to_be_visible(timeout=SLOW)
        second.go("children")
        second.go("today")
        second.page.locator("[data-meldcode-go]").click()
        form = second.page.locator("form[data-part=second]")
        form.locator('input[value="disagree"]').check()
        form.locator("textarea").fill("Ik ben er niet gerust op.")
        self.see(second.page, "desk, second reader: meldcode, judges")
        second.act("second-keep")
        expect(second.page.locator("form[data-part=officer]")).to_be_visible(timeout=SLOW)
        desk.go("today")
        self.look("today, meldcode open")
        page.locator("[data-meldcode-go]").click()
        page.locator('textarea[name="officer"]').fill("De aandachtsfunctionaris is het eens met niet melden.")
        self.look("meldcode, officer")
        desk.act("officer-keep")
        expect(page.locator("[data-judged=officer]")).to_be_visible(timeout=SLOW)
        desk.act("meldcode-close")
        expect(page.locator("[data-part=shown]")).to_be_visible(timeout=SLOW)
        expect(page.locator("[data-part=independent]")).to_be_visible(timeout=SLOW)
        self.look("meldcode, closed")
        desk.act("child")
        desk.at("child")

    def offline(self) -> None:
        """Without network."""
        self.desk.context.set_offline(True)
        self.page.locator('[data-place="children"]').click()
        expect(self.page.locator("[data-trouble]").first).to_be_visible(timeout=SLOW)
        self.look("children, offline")
        self.desk.context.set_offline(False)
        self.desk.act("retry")
        self.desk.at("children")

    # --- talks --------------------------------------------------------------------------------------------------------

    def person(self) -> str:
        """This professional's id."""
        script = "() => fetch('/desk/api/me').then((one) => one.json()).then((me) => me.person.id)"
        return str(self.page.evaluate(script))

    def wanted(self, name: str) -> None:
        """Who wants to talk alone: on the first page, and on the child's."""
        rows = self.page.locator("[data-request]")
        self.desk.go("today")
        expect(rows).to_have_count(2, timeout=SLOW)
        self.look("today, who wants to talk alone")
        self.desk.open_child(name)
        expect(rows).to_have_count(2, timeout=SLOW)
        self.look("child, who wants to talk alone")

    def plans(self, name: str) -> None:
        """Planning a talk, with each thing forgotten once; and the places where it stands then."""
        page, desk = self.page, self.desk
        self.go("talks", "nothing planned")
        desk.act("plan")
        desk.at("plan")
        desk.act("sign-plan")
        self.told()
        self.look("plan, nobody chosen")
        page.get_by_role("radio", name=name, exact=True).check()
        desk.act("sign-plan")
        self.told()
        self.look("plan, no day")
        day = datetime.now(UTC) + timedelta(days=3)
        page.locator('input[name="day"]').fill(day.strftime("%Y-%m-%d"))
        page.locator('input[name="begin"]').fill("15:30")
        page.locator('input[value="school"]').check()
        desk.act("sign-plan")
        desk.at("talks")
        expect(page.locator("[data-plans]")).to_be_visible(timeout=SLOW)
        self.look("talks, planned")

    def records(self, name: str, sibling: str) -> None:
        """Recording a talk, each choice open once; then how the child confirms, with and without a phone."""
        page, desk, talk = self.page, self.desk, TalkDesk(self.desk)
        talk.begin(name)
        self.look("record, empty")
        desk.act("sign")
        self.told()
        self.look("record, nothing chosen")
        talk.choose("work.record.held", "2")
        self.look("record, not held")
        talk.fills(who="siblings")
        talk.choose("work.record.long", "other")
        page.get_by_label(sibling, exact=True).check()
        desk.act("sign")
        self.told()
        self.look("record, two children")
        talk.choose("work.record.long", "30")
        talk.signs()
        self.look("confirm, two children")
        talk.records(name)
        self.look("confirm")
        talk.first_code()
        self.look("confirm, first code")
        talk.takes("")
        expect(page.locator('[data-stage="scan"]')).to_be_visible()
        self.look("confirm, camera")
        desk.act("first")
        desk.act("short")
        expect(page.locator("[data-short]")).to_be_visible(timeout=SLOW)
        self.look("confirm, short code")
        desk.act("stop")

    def states(self, name: str) -> None:
        """A talk taken back, one corrected, one that waits for a network, and what the log's alarm looks like."""
        page, desk, talk = self.page, self.desk, TalkDesk(self.desk)
        article = talk.talks(name).first
        for fold in page.locator("article.talk summary").all():
            fold.click()
        self.look("child, talks")
        article.locator('[data-act="withdraw"]').click()
        desk.act("sign-withdrawal")
        self.told()
        self.look("child, withdrawing")
        article.get_by_role("radio").first.check()
        desk.act("sign-withdrawal")
        expect(page.locator('article[data-state="withdrawn"]')).to_have_count(1)
        self.look("child, withdrawn")
        article = page.locator('article[data-state="kept"]').first
        # What was folded open stays so when the page learns something.
        article.locator('[data-act="fix"]').click()
        self.at("record", "correcting")
        desk.context.set_offline(True)
        desk.act("sign")
        self.at("confirm", "offline")
        page.locator('[data-place="talks"]').click()
        desk.at("talks")
        expect(page.locator('[data-part="waiting"]')).to_be_visible()
        self.look("talks, waiting")
        nothing = {"note": "", "consistency": [], "proofs": {}, "cosigned": []}
        with answered(page, "**/desk/api/log", 200, nothing):
            desk.context.set_offline(False)
            expect(page.locator('[data-part="waiting"]')).to_have_count(0, timeout=SLOW)
            expect(page.locator("[data-alarm]")).to_be_visible(timeout=SLOW)
        self.look("talks, alarm")
        self.go("today", "alarm")

    def samples(self, talks: list[str]) -> None:
        """A sample: without a list, with nothing for me in it, and with talks to ask about."""
        page, desk = self.page, self.desk
        self.go("talks", "of a second reader")
        desk.act("sample")
        self.at("sample")
        desk.act("show-sample")
        self.told()
        self.look("sample, no list")
        page.locator("textarea").fill("A" * 43)
        desk.act("show-sample")
        expect(page.locator('[data-part="drawn"] .empty')).to_be_visible(timeout=SLOW)
        self.look("sample, nothing to ask")
        page.locator("textarea").fill("\n".join(talks))
        desk.act("show-sample")
        expect(page.locator("[data-drawn]").first).to_be_visible(timeout=SLOW)
        desk.act("sign-sample")
        self.told()
        self.look("sample, nothing chosen")
        page.locator('[data-drawn] input[value="unreached"]').first.check()
        desk.act("sign-sample")
        expect(page.locator('[data-found="unreached"]')).to_be_visible(timeout=SLOW)
        self.look("sample, handed in")

    def compares(self, name: str) -> None:
        """Introducing a child's phone as a second one."""
        page, desk = self.page, self.desk
        desk.open_child(name)
        desk.act("phone")
        expect(page.locator('[data-part="evidence"][data-introducers="1"]')).to_be_visible(timeout=SLOW)
        page.locator('[data-part="evidence"] summary').click()
        self.look("phone, compare")
        number = desk.number().split(" ")
        boxes = page.locator('[data-part="evidence"] input').all()
        for box, group in zip(boxes, reversed(number), strict=True):
            box.fill(group)
        desk.act("cosign")
        expect(page.locator('[data-part="evidence"] .note.alarm')).to_be_visible()
        self.look("phone, other number")
        for box, group in zip(boxes, number, strict=True):
            box.fill(group)
        desk.act("cosign")
        expect(page.locator('[data-part="evidence"][data-introducers="2"]')).to_be_visible(timeout=SLOW)
        self.look("phone, introduced by two")

    def lends(self, name: str) -> None:
        """Kindmodus: the page before it, every screen of the child, and the door after it."""
        page, desk, talk = self.page, self.desk, TalkDesk(self.desk)
        talk.records(name)
        page.locator('[data-confirm="kindmodus"]').click()
        self.at("kindmodus", "before")
        desk.act("kindmodus")
        next_ = page.locator("main .acts button").first

        def seen(screen: str) -> None:
            expect(page.locator(f'main[data-screen="{screen}"]')).to_be_visible(timeout=SLOW)
            self.see(page, f"{self.label}: kindmodus, {screen}")

        def feels() -> None:
            page.locator(".faces input, main input[type=radio]").first.check()
            next_.click()

        seen("tablet")
        page.locator('[data-door="way-feel"]').click()
        for screen in ("mood", "feel", "safe", "where", "say", "want", "share"):
            seen(screen)
            next_.click()
        seen("check")
        page.locator("main .keys button").click()
        seen("add")
        next_.click()
        expect(page.locator('main[data-screen="mood"]')).to_be_visible(timeout=SLOW)
        feels()
        seen("check")
        page.locator("main .acts button").nth(1).click()
        seen("draft")
        page.locator(".top button").first.click()
        expect(page.locator('main[data-screen="check"]')).to_be_visible(timeout=SLOW)
        page.locator(".top button").first.click()
        while page.locator("main").get_attribute("data-screen") != "tablet":
            left = page.locator("main").element_handle()
            page.locator(".top button").first.click()
            page.wait_for_function("(left) => !left.isConnected", arg=left)
        expect(page.locator("[data-draft]")).to_be_visible()
        self.see(page, f"{self.label}: kindmodus, something begun")
        page.locator("[data-draft] button").first.click()
        expect(page.locator('main[data-screen="check"]')).to_be_visible(timeout=SLOW)
        next_.click()
        seen("ended")
        next_.click()
        expect(page.locator('main[data-screen="tablet"]')).to_be_visible(timeout=SLOW)
        page.locator('[data-door="talk"]').click()
        seen("claim")
        next_.click()
        seen("claim")
        page.locator(".yesno input").nth(1).check()
        next_.click()
        seen("different")
        page.locator(".top button").first.click()
        expect(page.locator('main[data-screen="claim"]')).to_be_visible()
        page.locator(".yesno input").first.check()
        next_.click()
        seen("two")
        page.locator(".yesno input").nth(2).check()
        next_.click()
        seen("ended")
        desk.act("leave-kindmodus")
        self.at("signin", "after kindmodus")
        talk.signs_in_again()
        self.at("child", "after kindmodus")

        # Answered at the desk, and seen in the room the next time.
        desk.read()
        article = page.locator('article[data-author="tablet"]')
        article.locator("[data-answer]").click()
        self.look("child, answering for the room")
        form = page.locator('[data-part="answer"]')
        form.locator('input[value="done"]').check()
        form.locator('[data-act="send"]').click()
        expect(article.locator("[data-reply]")).to_be_visible(timeout=SLOW)
        self.look("child, said on the tablet")
        self.documents("Daan")
        desk.act("kid-kindmodus")
        self.at("kindmodus", "before, without a talk")
        desk.act("kindmodus")
        seen("tablet")
        page.locator('[data-door="alone"]').click()
        seen("wish")
        page.locator("main button.row").last.click()
        seen("wish-to")
        for screen in ("wish", "tablet"):
            page.locator(".top button").first.click()
            expect(page.locator(f'main[data-screen="{screen}"]')).to_be_visible(timeout=SLOW)
        page.locator("[data-row=rights]").click()
        seen("rights")
        page.locator("main button.row").first.click()
        seen("right")
        for screen in ("rights", "tablet"):
            page.locator(".top button").first.click()
            expect(page.locator(f'main[data-screen="{screen}"]')).to_be_visible(timeout=SLOW)
        page.locator("[data-row=three]").click()
        seen("houses")
        page.locator("button[data-house=worry]").click()
        seen("say")
        for screen in ("houses", "tablet"):
            page.locator(".top button").first.click()
            expect(page.locator(f'main[data-screen="{screen}"]')).to_be_visible(timeout=SLOW)
        page.locator("[data-row=read-worker]").click()
        seen("messages")
        page.locator("main .answer button.bare").click()
        seen("react")
        for screen in ("messages", "tablet"):
            page.locator(".top button").first.click()
            expect(page.locator(f'main[data-screen="{screen}"]')).to_be_visible(timeout=SLOW)
        page.locator("[data-row=right-file]").click()
        seen("written")
        page.locator("main button.row").first.click()
        seen("paper")
        page.locator('main [data-part="paper"] .acts button').first.click()
        seen("react")
        page.reload()
        talk.signs_in_again()
        desk.at("today")
