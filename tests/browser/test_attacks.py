"""Attacks that were tried on the apps in real browsers: by the server, by whoever holds the phone, by what an envelope
holds.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from kindstem.signing import random_id
from tests.browser.house import DESK, PHONE, House, context
from tests.browser.malice import Forger, Handset, lie, rows, text
from tests.browser.people import PIN, Desk, Phone


def enrolled(house: House, browser: Browser, sam: Desk, name: str, **more: Any) -> Phone:
    """A phone linked in the room, with its PIN, on its first screen."""
    sam.add_child(name, **more)
    fragment, _ = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    phone.link(sam, fragment)
    return phone


def opened(desk: Desk, name: str, words: str) -> Any:
    """Open a child's page and what is new on it; gives the message with these words."""
    desk.go("today")
    desk.open_child(name)
    reason = desk.page.locator('[data-part="reason"]')
    said = desk.page.locator("article[data-entry]").filter(has_text=words)
    expect(reason.or_(said).first).to_be_visible()
    if reason.count():
        desk.read()
    expect(said).to_have_count(1, timeout=60_000)
    return said


def answer(desk: Desk, article: Any, words: str) -> None:
    """Answer a message."""
    article.locator("[data-answer]").click()
    form = desk.page.locator('[data-part="answer"]')
    form.get_by_role("radio", name=desk.t("work.reply.outcome.1"), exact=True).check()
    form.locator('textarea[name="answer"]').fill(words)
    form.locator('[data-act="send"]').click()
    expect(article.locator("[data-reply]").filter(has_text=words)).to_have_count(1)


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, staff: dict[str, Desk]) -> Iterator[Phone]:
    """Noor with her phone, who said something and was answered."""
    phone = enrolled(house, browser, staff["Sam"], "Noor")
    phone.say("Ik wil naar mijn oma.")
    answer(staff["Sam"], opened(staff["Sam"], "Noor", "mijn oma"), "Wij gaan het regelen.")
    yield phone
    phone.context.close()


# --- a server that lies to a child's phone ----------------------------------------------------------------------------

SENTENCE = "Je moeder leest alles mee"
MARKUP = '<img src=x onerror="document.title=1"><script>document.title=1</script>'


def test_what_the_server_forges_is_never_the_childs_word_nor_a_readers(house: House, noor: Phone) -> None:
    forger = Forger.newest(house)
    child = forger.record["child"]
    said = rows(house, "select id from entries where child = ? and direction = 'up' order by seq", child)[-1][0]
    device, vera = forger.record["device"], forger.person("Vera")
    parts = [{"kind": "text", "text": SENTENCE}]
    forged = {
        "answer": forger.entry("answer", {"v": 1, "lang": "nl", "outcome": "done", "parts": parts}, vera, said),
        "receipt": forger.entry("receipt", {"v": 1, "entry": said, "seen": {"worker": 1}}, vera, said),
        "mistake": forger.entry("flag-mistake", {"v": 1}, device, said),
    }
    answers = {row[0] for row in rows(house, "select id from entries where child = ? and direction = 'down'", child)}
    assert answers
    for number, one in enumerate(sorted(answers)):
        react = {"v": 1, "lang": "nl", "value": f"Goed zo {number}", "prompt": "?"}
        forged[f"reaction {number}"] = forger.entry("reaction", react, device, one)
    bodies = {row["id"]: body for row, body in forged.values()}

    def more(inbox: dict[str, Any]) -> dict[str, Any]:
        # Everything twice, besides.
        return inbox | {"entries": [*inbox["entries"], *(row for row, _ in forged.values())] * 2}

    def body(route: Route) -> None:
        found = bodies.get(route.request.url.rpartition("/")[2])
        if found is None:
            route.continue_()
        else:
            route.fulfill(body=found, content_type="application/octet-stream")

    honest = lie(noor.context, "/api/inbox", more)
    noor.context.route(re.compile("/api/bodies/"), body)
    noor.reopen()
    mine = noor.messages()
    article = mine.locator("article.entry").filter(has_text="mijn oma")
    expect(article).to_have_count(1)
    mark = noor.t("child.mine.unverified", worker="Sam")
    expect(article.locator(".answer").filter(has_text=SENTENCE)).to_contain_text(mark)
    expect(article.locator(".answer").filter(has_text=SENTENCE)).to_have_count(1)
    reaction = article.locator(".reaction")
    expect(reaction).to_have_count(1)
    expect(reaction).to_contain_text("Goed zo")
    expect(reaction).to_contain_text(mark)
    # The child can still say itself what it thinks of the true answer.
    true = article.locator(".answer").filter(has_text="gaan het regelen")
    expect(true.get_by_role("button", name=noor.t("child.state.respond"))).to_be_visible()
    assert noor.t("child.mine.mistake") not in article.inner_text()
    read = [one.inner_text() for one in article.locator(".stem li").all()]
    assert not [one for one in read if "Vera" in one]
    assert [one for one in read if noor.t("child.state.short.2", name="Sam") in one]
    honest()
    noor.context.unroute(re.compile("/api/bodies/"))
    assert not noor.faults


def test_whatever_a_server_says_the_first_screen_is_shown_and_nothing_of_it_runs(noor: Phone) -> None:
    hostile = [None, "x", 7, {}, [], {"id": MARKUP}, MARKUP]

    def wild(inbox: dict[str, Any]) -> dict[str, Any]:
        sam, *others = inbox["persons"]
        entry = next(row["id"] for row in inbox["entries"]) if inbox["entries"] else "x"
        reads = [
            {"entry": entry, "person": random_id(), "name": MARKUP, "at": inbox["now"], "reason": SENTENCE},
            {"entry": entry, "person": sam["person"], "name": SENTENCE, "at": inbox["now"], "reason": "toString"},
            {"entry": entry, "person": sam["person"], "name": "Sam", "at": "gisteren", "reason": "read"},
        ]
        return inbox | {
            "persons": [
                sam | {"name": MARKUP, "away": {"from": "0", "until": "zzzz"}},
                *(one | {"away": {"from": "2026-99-99", "until": MARKUP}} for one in others),
                *hostile,
            ],
            "reads": [*inbox["reads"], *reads],
            "flags": [
                {"id": "a", "at": "nooit", "seen": []},
                {"id": "b", "at": inbox["now"], "seen": [{"name": MARKUP + SENTENCE, "at": inbox["now"]}, None]},
                *hostile,
            ],
            "resets": hostile,
            "entries": [*inbox["entries"], *hostile],
            "settings": {"exit": "javascript:alert(1)", "maxEnvelope": 0},
        }  # fmt: skip

    honest = lie(noor.context, "/api/inbox", wild)
    noor.reopen()
    mine = noor.messages()
    article = mine.locator("article.entry").filter(has_text="mijn oma")
    expect(article).to_have_count(1)
    article.locator("summary").click()
    assert "toString" not in article.inner_text()
    assert SENTENCE not in article.inner_text()
    assert noor.page.locator("main img, main script, main iframe").count() == 0
    assert noor.page.title() == "Start"
    noor.reopen()
    noor.home()
    # What it said was kept for times without a network: it must not stand in the way there either.
    noor.context.set_offline(True)
    noor.reopen()
    noor.home()
    noor.write("Dit gaat altijd.")
    noor.send()
    assert not noor.faults
    noor.context.set_offline(False)
    honest()
    noor.reopen()
    noor.home()
    expect(noor.at("home").get_by_text(noor.t("child.unsent"))).to_have_count(0, timeout=30_000)


# --- what somebody puts in an envelope by hand ------------------------------------------------------------------------


def stroke(n: int, *points: int) -> dict[str, Any]:
    return {"colour": f"#{n % 0xFFFFFF:06x}", "width": 1 + n % 200, "points": list(points)}


def drawing(*strokes: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "drawing", "prompt": MARKUP, "size": [1000, 1000], "strokes": list(strokes)}


def voice(kind: str, ms: int, size: int) -> dict[str, Any]:
    return {"kind": "voice", "prompt": MARKUP, "type": kind, "ms": ms, "bytes": size}


def parts(*them: dict[str, Any]) -> dict[str, Any]:
    return {"v": 1, "level": "12", "lang": "nl", "answers": [], "parts": list(them)}


PAGE = b"<script>document.title='run'</script>"
LARGEST = 2**53 - 1


def heavy() -> dict[str, tuple[dict[str, Any], tuple[bytes, ...]]]:
    """Check-ins that have the promised form, and are nothing that a child makes."""
    lines = "a\n" * 49_999 + "a"
    blocks = "a\n\n" * 33_000 + "a"
    many = [drawing(*(stroke(n, n % 1000, part) for n in range(5_000))) for part in range(16)]
    long = [drawing(*(stroke(n, *([n % 1000, 999] * 9_000)) for n in range(3))) for _ in range(18)]
    asked = [
        {"key": "child.mood", "prompt": MARKUP, "options": [MARKUP], "value": 5},
        {"key": "child.feel", "prompt": MARKUP, "value": [MARKUP] * 40},
        {"key": "child.safe", "prompt": MARKUP, "value": [{"home": MARKUP, "n": 0}] * 8},
        {"key": "child.phone", "prompt": "?", "options": ["toString"], "value": "toString"},
        {"key": "child.alone", "prompt": "?", "options": ["x"], "value": "constructor"},
        *({"key": "child.want", "prompt": "x" * 1000, "value": "y" * 1000} for _ in range(15)),
    ]
    return {
        "lines": (text(lines), ()),
        "blocks": (text(blocks, *(["b\n" * 49_000] * 19)), ()),
        "many strokes": (parts(*many), ()),
        "long strokes": (parts(*long), ()),
        "a page for a voice": (parts(voice("text/html", LARGEST, len(PAGE))), (PAGE,)),
        "an image for a voice": (parts(voice("image/svg+xml", 0, len(PAGE))), (PAGE,)),
        "a type like ours": (parts(voice("audio/webm;codecs=opus\r\nX: y", 1, len(PAGE))), (PAGE,)),
        "noise for a voice": (parts(voice("audio/webm", 1, 50_000)), (bytes(range(250)) * 200,)),
        "markup": (text(MARKUP) | {"answers": asked, "lang": "xx-ABCDEFGH-12345678"}, ()),
        "nothing": (parts(), ()),
    }


def test_nothing_that_a_phone_can_seal_takes_the_desk_from_a_reader(house: House, staff: dict[str, Desk]) -> None:
    sam, vera = staff["Sam"], staff["Vera"]
    sam.add_child("Tess")
    fragment, _ = sam.show_code()
    tess = Handset.find(house, fragment)
    assert tess.answer()[0] == 200
    assert sam.digits() == tess.digits()
    sam.act("same")
    expect(sam.page.locator('[data-stage="active"]')).to_be_visible()
    sent = {}
    for name, (doc, attachments) in heavy().items():
        sent[name] = tess.put(tess.say(doc, attachments=attachments))
    # Of the far future, and under the last number there is.
    tess.acted._sent["worker"] = LARGEST - 1
    sent["the last number"] = tess.put(tess.say(text("In 2999."), at=datetime(2999, 12, 31, 23, 59, tzinfo=UTC)))
    tess.acted._sent["worker"] = 50
    sent["plain"] = tess.put(tess.say(text("Dit is gewoon iets.")))

    for desk in (sam, vera):
        desk.go("today")
        desk.open_child("Tess")
        began = time.monotonic()
        desk.read()
        for entry in sent.values():
            expect(desk.page.locator(f'[data-entry="{entry}"]')).to_have_attribute("data-state", "open", timeout=60_000)
        expect(desk.page.locator(f'[data-entry="{sent["plain"]}"]')).to_contain_text("Dit is gewoon iets.")
        assert time.monotonic() - began < 45
        for play in desk.page.locator("article button.play").all():
            play.click()
        assert desk.page.title() == "Kindstem"
        assert desk.page.locator("#words img, #words script, #words iframe, #words object").count() == 0
        assert not desk.faults
    # What is very large is shown whole to whoever asks for it.
    lines = sam.page.locator(f'[data-entry="{sent["lines"]}"]')
    expect(lines.locator(".said br")).to_have_count(799)
    lines.get_by_role("button", name=sam.t("work.entry.whole"), exact=True).click()
    expect(lines.locator(".said br")).to_have_count(49_999)
    began = time.monotonic()
    answer(sam, sam.page.locator(f'[data-entry="{sent["plain"]}"]'), "Dank je.")
    sam.go("today")
    assert time.monotonic() - began < 20
    assert not sam.faults


# --- somebody with the child's phone in hand --------------------------------------------------------------------------

KEEP = """([name, back]) => new Promise((resolve, reject) => {
  const open = (name) => new Promise((done, failed) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => { if (name !== "start") asked.result.createObjectStore("phone"); };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = failed;
  });
  Promise.all([open("start"), open(name)]).then((both) => {
    const [from, to] = back ? both.reverse() : both;
    const got = from.transaction("phone").objectStore("phone").get("phone");
    got.onsuccess = () => {
      const put = to.transaction("phone", "readwrite").objectStore("phone").put(got.result, "phone");
      put.onsuccess = () => { for (const one of both) one.close(); resolve(); };
      put.onerror = reject;
    };
  }, reject);
})"""


def guess(phone: Phone, pin: str, sentence: str) -> None:
    """Try a PIN, which is refused with this sentence."""
    main = phone.page.locator("main")
    if main.get_attribute("data-screen") != "unlock":
        name = re.compile(f"^{re.escape(phone.t('child.home.4'))}")
        phone.at("home").get_by_role("button", name=name).click()
    phone.unlock(pin)
    expect(phone.page.get_by_text(sentence)).to_be_visible()


@pytest.mark.promise("P15")
def test_an_older_copy_of_the_storage_gives_no_attempts_back(noor: Phone) -> None:
    noor.reopen()
    noor.home()
    noor.page.evaluate(KEEP, ["copy", False])
    for n, pin in ((9, "86420"), (8, "75319")):
        guess(noor, pin, noor.t("child.pin.wrong", n=n))
    noor.page.evaluate(KEEP, ["copy", True])
    noor.reopen()
    noor.home()
    guess(noor, "64208", noor.t("child.pin.wrong", n=7))
    noor.type_pin(PIN)
    noor.at("messages")


@pytest.mark.promise("P15")
def test_an_older_copy_of_the_storage_brings_no_older_pin_back(noor: Phone) -> None:
    noor.reopen()
    noor.page.evaluate(KEEP, ["copy", False])
    noor.messages()
    noor.page.go_back()
    noor.at("home").get_by_role("button", name=noor.t("child.home.5"), exact=True).click()
    noor.at("reading").get_by_role("button", name=noor.t("child.pin.change.1")).click()
    heading = noor.at("pin-change").get_by_role("heading", level=1)
    new = "91746"
    for pin, asks in ((PIN, "child.pin.set"), (new, "child.pin.again")):
        noor.type_pin(pin)
        expect(heading).to_contain_text(noor.t(asks, n=5).split(".")[0])
    noor.type_pin(new)
    expect(noor.page.get_by_text(noor.t("child.pin.change.3").split(".")[0])).to_be_visible(timeout=30_000)
    noor.reopen()
    noor.home()
    noor.page.evaluate(KEEP, ["later", False])
    noor.page.evaluate(KEEP, ["copy", True])
    noor.reopen()
    noor.home()
    guess(noor, PIN, noor.t("child.pin.wrong", n=9))
    noor.page.evaluate(KEEP, ["later", True])
    noor.reopen()
    noor.messages(new)


def test_a_clock_that_was_put_on_makes_no_wait_shorter(house: House, browser: Browser, staff: dict[str, Desk]) -> None:
    phone = enrolled(house, browser, staff["Sam"], "Bo")
    phone.reopen()
    phone.home()
    for n, pin in ((9, "86420"), (8, "75319"), (7, "64208"), (6, "53197")):
        guess(phone, pin, phone.t("child.pin.wrong", n=n))
    wait = phone.t("child.pin.wait", time="@").split("@")[0].strip()
    guess(phone, PIN, wait)
    for days in (2, -2):
        phone.context.add_init_script(f"const real = Date.now; Date.now = () => real() + {days * 86_400_000}")
        phone.reopen()
        phone.home()
        guess(phone, PIN, wait)
    phone.context.close()


def test_a_second_window_shows_nothing_of_the_first_and_takes_it_from_it(noor: Phone) -> None:
    noor.reopen()
    first = noor.page
    main = first.locator("main")
    if not main.locator("article").count():
        name = re.compile(f"^{re.escape(noor.t('child.home.4'))}")
        noor.at("home").get_by_role("button", name=name).click()
        noor.unlock("91746")
    expect(noor.at("messages")).to_contain_text("mijn oma")
    second = noor.context.new_page()
    second.goto(noor.house.url)
    expect(second.locator('main[data-screen="elsewhere"]')).to_be_visible()
    assert "oma" not in second.content()
    second.get_by_role("button", name=noor.t("child.tabs.3"), exact=True).click()
    expect(second.locator('main[data-screen="home"]')).to_be_visible()
    expect(first.locator('main[data-screen="elsewhere"]')).to_be_visible()
    assert "oma" not in first.content()
    second.close()


@pytest.mark.promise("P14")
def test_after_locking_neither_back_nor_forward_leads_to_what_was_open(noor: Phone) -> None:
    noor.reopen()
    article = noor.messages("91746").locator("article.entry").filter(has_text="mijn oma")
    article.get_by_role("button", name=noor.t("child.state.respond")).first.click()
    expect(noor.at("react")).to_contain_text(noor.t("child.state.short.3"))
    for _ in range(2):
        noor.page.go_back()
    noor.at("home").page.get_by_role("button", name=noor.t("child.frame.lock"), exact=True).click()
    expect(noor.page.get_by_role("button", name=noor.t("child.frame.lock"), exact=True)).to_have_count(0)
    home = noor.at("home").inner_text()
    # The browser's own list of steps leads to any of them at once.
    for step in (2, -1, -1, 1):
        left = noor.page.locator("main").element_handle()
        noor.page.evaluate("(step) => history.go(step)", step)
        noor.page.wait_for_function("(left) => !left.isConnected", arg=left)
        shown = noor.page.locator("main")
        assert shown.get_attribute("data-screen") in {"home", "unlock"}
        assert noor.t("child.state.short.3") not in shown.inner_text()
    assert noor.t("child.notice") not in home


# --- somebody who photographed the start code -------------------------------------------------------------------------


def test_whoever_photographed_the_code_and_is_first_is_not_the_child(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    sam = staff["Sam"]
    sam.add_child("Kim")
    fragment, _ = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    phone.open(fragment)
    phone.read_along()
    before = len(rows(house, "select 1 from devices"))
    thief = Handset.find(house, fragment)
    assert thief.answer()[0] == 200
    # The child's own phone says that the code is over: there are no digits on it to compare.
    phone.press("child.common.3")
    expect(phone.at("compare").get_by_text(phone.t("child.enrol.error.3"))).to_be_visible(timeout=20_000)
    assert phone.page.locator(".digits").count() == 0
    assert sam.digits() == thief.digits()
    sam.act("differ")
    expect(sam.page.locator('[data-stage="dropped"]')).to_contain_text(sam.t("work.link.dropped"))
    assert len(rows(house, "select 1 from devices")) == before
    status, _ = thief.signed("POST", "/api/inbox", b'{"after":0}', Content_Type="application/json")
    assert status == 401
    # Linking goes on with a new code, and whoever comes second then is too late.
    sam.act("renew")
    fragment, _ = sam.show_code()
    later = Handset.find(house, fragment)
    phone.open(fragment)
    phone.read_along()
    phone.say_of_phone(None)
    assert later.answer()[0] == 410
    assert sam.digits() == phone.digits()
    assert later.digits() != phone.digits()
    sam.act("same")
    phone.choose_pin()
    phone.context.close()


# --- everything from one address --------------------------------------------------------------------------------------


@pytest.mark.promise("P11")
def test_a_whole_story_asks_nothing_of_any_other_address(
    house: House, browser: Browser, staff: dict[str, Desk]
) -> None:
    """From the first page of a phone and a desk to the answer that a child reads."""
    asked: set[str] = set()

    def watched(found: BrowserContext) -> BrowserContext:
        found.on("request", lambda request: asked.add(request.url))
        found.on("page", lambda page: page.on("websocket", lambda socket: asked.add(socket.url)))
        return found

    known = staff["Vera"]
    vera = Desk(house, watched(context(browser, DESK)), "Vera", phrase=known.phrase, codes=known.codes)
    vera.sign_in()
    sam = Desk(house, watched(context(browser, DESK)), "Sam", phrase=staff["Sam"].phrase, codes=staff["Sam"].codes)
    sam.sign_in()
    sam.add_child("Lot")
    fragment, _ = sam.show_code()
    phone = Phone(house, watched(context(browser, PHONE)))
    phone.link(sam, fragment)
    phone.say("Dit gaat nergens anders heen.")
    answer(vera, opened(vera, "Lot", "nergens anders"), "Ook dit niet.")
    for place in ("colleagues", "away", "today"):
        vera.go(place)
    phone.reopen()
    expect(phone.messages()).to_contain_text("Ook dit niet.")
    phone.page.locator("#help").click()
    phone.at("help")
    network = {url for url in asked if not url.startswith(("blob:", "data:"))}
    assert network
    assert {url[: url.index("/", 8)] for url in network} == {house.url}
    # What stands in an address says nothing of anybody.
    for url in network:
        assert "e1." not in url
        assert "Lot" not in url
    for one in (vera, sam, phone):
        one.context.close()
