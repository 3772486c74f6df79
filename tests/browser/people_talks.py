"""What people do about talks: a professional at the desk, and a child whose phone is acted out in Python."""

import json
import re
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from playwright.sync_api import Locator, Page, expect

from kindstem import signing, talks, wire
from kindstem.sealing import ActedChild, EnrolKeys
from kindstem.wire import Record, Signed, b64, canonical, unb64
from tests.browser.house import House
from tests.browser.people import Desk

SLOW = 60_000


@dataclass
class ActedPhone:
    """A child's phone over HTTP: it links, looks at squares, answers, and says so to the server."""

    house: House
    acted: ActedChild = field(init=False)

    def post(self, path: str, value: Any, *, signed: bool = True) -> dict[str, Any]:
        """Send JSON, signed by the phone once it is linked."""
        body = canonical(value)
        headers = {"Content-Type": "application/json", "Origin": self.house.url}
        if signed:
            at = int(datetime.now(UTC).timestamp())
            headers["Authorization"] = self.acted.authorization("POST", path, body, at)
        request = urllib.request.Request(self.house.url + path, data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            found: dict[str, Any] = json.loads(response.read())
        return found

    def link(self, desk: Desk) -> None:
        """Be linked, face to face, by the square on the desk's screen."""
        fragment, _ = desk.show_code()
        both = unb64(fragment.removeprefix("#e1."))
        org = desk.page.evaluate("() => fetch('/desk/api/me').then((one) => one.json()).then((me) => me.org.id)")
        keys = EnrolKeys.from_qr(both[:32], org)
        bundle = self.post("/api/enrol/find", {"id": keys.id}, signed=False)["bundle"]
        self.acted = ActedChild.enrol(bundle, at=datetime.now(UTC))
        self.post("/api/enrol/answer", self.acted.answer(bundle, keys, "qr"), signed=False)
        desk.digits()
        desk.act("same")
        expect(desk.page.locator('[data-stage="active"]')).to_be_visible(timeout=SLOW)

    def inbox(self) -> dict[str, Any]:
        """What the server tells this phone."""
        return self.post("/api/inbox", {"after": 0})

    def asks(self, to: str | None) -> None:
        """Ask for a talk alone with this person, or with somebody independent, seen by the worker circle."""
        signed = self.acted.ask_to_talk(self.inbox()["subj"], to, at=datetime.now(UTC))
        self.post("/api/requests", {"signed": signed.json()})

    def look(self, code: str) -> Signed:
        """The talk in the square on the professional's screen."""
        return talks.parse_talk(unb64(code.partition("#t1.")[2]))

    def says(
        self,
        talk: Record,
        talked: str = "yes",
        alone: str = "yes",
        *,
        way: Literal["room", "later"] = "room",
        unlocked: bool = False,
        why: str | None = None,
        code: str | None = None,
        prev: str | None = None,
    ) -> Signed:
        """An answer, signed and not sent yet."""
        return self.acted.say_of(
            talk, talked, alone, at=datetime.now(UTC), way=way, unlocked=unlocked, why=why, code=code, prev=prev
        )

    def square(self, answer: Signed) -> str:
        """What the phone's screen shows of an answer."""
        keys = talks.device_keys(self.acted.record, signing.signing_key_id)
        return f"{self.house.url}/#{talks.SECOND_CODE}{b64(talks.encode_answer(answer, keys))}"

    def send(self, answer: Signed, talk: Signed | None = None) -> dict[str, Any]:
        """Hand in an answer, with the talk when it came out of a square."""
        return self.post("/api/talks", {"answer": answer.json()} | ({"talk": talk.json()} if talk else {}))

    def number_with(self, person: Record) -> str:
        """The 30 digits that this phone shows beside a reader."""
        return signing.safety_number(wire.record_hash(self.acted.record), wire.record_hash(person))


@dataclass
class TalkDesk:
    """A professional at the desk, about talks."""

    desk: Desk

    @property
    def page(self) -> Page:
        """The desk's page."""
        return self.desk.page

    def t(self, key: str, **values: str | int) -> str:
        """A text of the desk."""
        return self.desk.t(key, **values)

    def adds_without_phone(self, name: str, level: str = "8") -> None:
        """Add a child whose phone is not linked."""
        self.desk.add_child(name, level=level)
        self.page.locator('[data-act="stop"]').first.click()

    def choose(self, legend: str, value: str) -> None:
        """Choose one answer of a question."""
        group = self.page.get_by_role("group", name=self.t(legend), exact=True)
        group.locator(f'input[value="{value}"]').check()

    def begin(self, name: str) -> None:
        """Open the page that records a talk with a child."""
        self.desk.open_child(name)
        self.page.locator('[data-part="talks"] [data-act="record"]').click()
        self.desk.at("record")

    def fills(
        self,
        *,
        minutes: int = 30,
        how: str = "face",
        who: str = "alone",
        planned: str = "planned",
        place: str = "school",
    ) -> None:
        """Everything about a talk that ended just now."""
        self.choose("work.record.held", "1")
        self.choose("work.record.long", str(minutes))
        self.desk.act("just")
        self.choose("work.record.how", how)
        self.choose("work.record.who", who)
        self.choose("work.record.planned", planned)
        self.choose("work.plan.where", place)

    def signs(self) -> None:
        """Sign, and come to the page that asks how the child confirms."""
        self.desk.act("sign")
        self.desk.at("confirm")

    def records(self, name: str, **how: Any) -> None:
        """Record a talk that ended just now."""
        self.begin(name)
        self.fills(**how)
        self.signs()

    def counts(self) -> str:
        """Whether the page says that it counts: `yes`, `no` or `open`."""
        return str(self.page.locator(".verdict").get_attribute("data-counts"))

    def first_code(self) -> str:
        """What the square on the screen says."""
        self.page.locator('[data-confirm="room"]').first.click()
        stage = self.page.locator('[data-stage="first"]')
        expect(stage).to_be_visible()
        expect(stage.locator("svg.qr")).to_be_visible()
        return str(stage.get_attribute("data-code"))

    def takes(self, square: str) -> None:
        """Hold the camera before the child's screen: what it would see stands where the browser's detector looks."""
        self.page.evaluate(
            """(text) => {
              globalThis.BarcodeDetector = class {
                static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
                detect() { return Promise.resolve([{ rawValue: text }]); }
              };
            }""",
            square,
        )
        self.desk.act("scan")

    def talks(self, name: str) -> Locator:
        """The talks on a child's page, newest first."""
        self.desk.open_child(name)
        expect(self.page.locator('[data-part="talks"][data-ready="true"]')).to_be_visible(timeout=SLOW)
        return self.page.locator("article.talk")

    def signs_in_again(self) -> None:
        """Sign in on the page that kindmodus left behind."""
        desk, page = self.desk, self.page
        desk.at("signin")
        page.locator('input[name="name"]').fill(desk.name)
        page.locator('input[type="password"]').fill(desk.phrase)
        page.locator('input[name="code"]').fill(desk.codes.pop())
        desk.act("signin")


def presses(page: Page, text: str) -> None:
    """Press the button with this text on a child's screen."""
    page.get_by_role("button", name=re.compile(f"^{re.escape(text)}$")).click()
