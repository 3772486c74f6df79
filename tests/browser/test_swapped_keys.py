"""Keys that a server puts in the place of somebody's: the second reader's, the vertrouwenspersoon's, the child's, a
successor's. Each is refused where it first turns up, in words that a person can act on; nothing is sealed to it.

The tests go on with one organisation in the order in which they stand, as one attack follows another.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from kindstem.said import check, prove, said_record, verify_quote, with_said
from kindstem.sealing import ActedChild, Adult, child_proof, readers_record
from kindstem.signing import random_id, reading_key_id
from kindstem.wire import Envelope, Record, Signed, Wrap, b64, parse_header, parse_json, unb64
from tests.browser.conftest import Staff, meet
from tests.browser.house import PHONE, House, context
from tests.browser.malice import Forger, Handset, keys_of, lie, overhear, recipients, rows, signed_by, stranger, text
from tests.browser.people import Desk, Phone
from tests.opening import Author, open_envelope

pytestmark = pytest.mark.story_heard

NUMBER = re.compile(r"\d{5}( \d{5}){5}")

# Whether the phone has taken in this many lists of its worker circle.
LISTS_KEPT = """(wanted) => new Promise((resolve) => {
  const asked = indexedDB.open("start", 1);
  asked.onsuccess = () => {
    const got = asked.result.transaction("phone").objectStore("phone").get("phone");
    got.onsuccess = () => { asked.result.close(); resolve(got.result.lists.worker.length === wanted); };
  };
})"""


@pytest.fixture(scope="module")
def desks(house: House, browser: Browser) -> Iterator[dict[str, Desk]]:
    """Sam, Vera, Jo and Iris with keys of their own; nobody has introduced anybody."""
    made = Staff(house, browser, introduced=[])
    yield made
    for desk in made.values():
        desk.context.close()


def org(house: House) -> str:
    return str(rows(house, "select value from settings where name = 'org.id'")[0][0])


def person(house: House, name: str) -> str:
    return str(rows(house, "select id from people where name = ?", name)[0][0])


def swapped(house: House, name: str, role: Any, *, signatures: bool = True) -> Any:
    """What a server shows in place of somebody's record: a key of its own, with whatever signatures there were."""
    false = stranger(org(house), name, role, person=person(house, name))

    def change(people: Any) -> Any:
        shown = deepcopy(people)
        for one in shown:
            if one["record"]["record"]["person"] == false.person:
                kept = one["record"]["sigs"] if signatures else []
                one["record"] = signed_by(false.record, false)
                one["record"]["sigs"] += kept
        return shown

    return change


def introductions(house: House) -> int:
    return len(rows(house, "select 1 from signatures s join person_records r on r.hash = s.record"))


def compared(house: House, sam: Desk, other: Desk, role: Any) -> None:
    """Sam is shown another key for a colleague, while the two of them read their numbers to each other."""
    before = introductions(house)
    posted = overhear(sam.page, "POST", "/desk/api/people/.*")
    honest = lie(sam.page, "/desk/api/people", swapped(house, other.name, role))
    sam.introduce(other.name)
    other.introduce("Sam")
    mine, theirs = sam.number(), other.number()
    assert NUMBER.fullmatch(mine)
    assert NUMBER.fullmatch(theirs)
    assert mine != theirs
    for desk, heard in ((sam, theirs), (other, mine)):
        desk.type_number(heard)
        expect(desk.page.get_by_text(desk.t("work.people.intro.differ"))).to_be_visible()
        assert desk.page.locator('[data-done="true"]').count() == 0
    assert posted == []
    honest()

    # The true record while the number is computed, the false one when it is signed.
    sam.introduce(other.name)
    number = sam.number()
    assert number == theirs
    honest = lie(sam.page, "/desk/api/people", swapped(house, other.name, role))
    sam.type_number(number)
    expect(sam.page.get_by_text(sam.t("work.people.intro.changed", name=other.name))).to_be_visible()
    assert posted == []
    assert introductions(house) == before
    honest()


# --- the second reader and the vertrouwenspersoon ---------------------------------------------------------------------


@pytest.mark.promise("P2")
def test_another_key_for_the_second_reader_makes_the_numbers_differ_and_nothing_is_signed(
    house: House, desks: dict[str, Desk]
) -> None:
    compared(house, desks["Sam"], desks["Vera"], "second")
    meet(desks["Sam"], desks["Vera"])


@pytest.mark.promise("P2")
def test_another_key_for_the_confidant_makes_the_numbers_differ_and_nothing_is_signed(
    house: House, desks: dict[str, Desk]
) -> None:
    compared(house, desks["Sam"], desks["Jo"], "confidant")
    meet(desks["Sam"], desks["Jo"])


@pytest.mark.promise("P2")
def test_a_second_reader_whose_key_changes_afterwards_cannot_be_chosen_and_no_code_is_shown(
    house: House, desks: dict[str, Desk]
) -> None:
    sam = desks["Sam"]
    begun = overhear(sam.page, "POST", "/desk/api/(enrolments|children)")
    for signatures in (True, False):
        honest = lie(sam.page, "/desk/api/people", swapped(house, "Vera", "second", signatures=signatures))
        sam.go("children")
        sam.page.locator('[data-act="add"], [data-act="add-first"]').first.click()
        page = sam.at("add")
        expect(page).to_contain_text(sam.t("work.second.missing"))
        expect(page.get_by_label("Vera", exact=True)).to_have_count(0)
        expect(page.locator('[data-act="create"]')).to_have_count(0)
        # Colleagues does not call her known either.
        sam.go("colleagues")
        expect(sam.page.locator('[data-known="Vera"]')).to_have_count(0)
        expect(sam.page.locator('[data-introduce="Vera"]')).to_be_visible()
        honest()
    assert begun == []

    # The kindnummer was made while the server was honest; the code would have been shown after.
    sam.add_child("Bo")
    honest = lie(sam.page, "/desk/api/people", swapped(house, "Vera", "second"))
    sam.go("children")
    sam.page.locator("[data-link]").first.click()
    page = sam.at("link")
    expect(page).to_contain_text(sam.t("work.second.missing"))
    expect(page.locator('[data-act="show-code"]')).to_have_count(0)
    honest()
    assert len(begun) == 1, "the kindnummer alone"
    assert rows(house, "select 1 from enrolments") == []


@pytest.mark.promise("P2")
def test_a_confidant_whose_key_changes_afterwards_cannot_be_chosen(house: House, desks: dict[str, Desk]) -> None:
    sam = desks["Sam"]
    honest = lie(sam.page, "/desk/api/people", swapped(house, "Jo", "confidant"))
    sam.go("children")
    sam.page.locator('[data-act="add"]').first.click()
    page = sam.at("add")
    expect(page.get_by_label("Vera", exact=True)).to_have_count(1)
    expect(page.get_by_label("Jo", exact=True)).to_have_count(0)
    honest()


def test_a_server_that_shows_another_key_as_ones_own_is_noticed(house: House, desks: dict[str, Desk]) -> None:
    sam = desks["Sam"]
    honest = lie(sam.page, "/desk/api/people", swapped(house, "Sam", "worker"))
    sam.go("today")
    expect(sam.page.get_by_text(sam.t("work.people.self"))).to_be_visible()
    sam.go("colleagues")
    expect(sam.page.locator("[data-known], [data-introduce]")).to_have_count(0)
    honest()


# --- while a phone is linked ------------------------------------------------------------------------------------------


def other_readers(house: House, found: Any, *, name: str = "Vera") -> Any:
    """A bundle in which one reader has the attacker's keys, whole and consistent but for the proof."""
    shown = deepcopy(found)
    bundle = shown["bundle"]
    role = next(one["role"] for each in bundle["lists"] for one in each["readers"] if one["name"] == name)
    false = stranger(bundle["org"], name, role, person=person(house, name))
    for listed in bundle["lists"]:
        for at, one in enumerate(listed["readers"]):
            if one["name"] == name:
                listed["readers"][at] = {**false.as_reader(role, datetime.now(UTC)), "since": one["since"]}
    for at, one in enumerate(bundle["persons"]):
        if one["record"]["name"] == name:
            bundle["persons"][at] = signed_by(false.record, false)
    return shown


@pytest.mark.promise("P2")
@pytest.mark.parametrize("who", ["Vera", "Jo"])
def test_a_phone_refuses_readers_that_the_professionals_screen_did_not_mean(
    house: House, browser: Browser, desks: dict[str, Desk], who: str
) -> None:
    """By the square, whose hash says it, and by the typed code, whose proof does."""
    sam = desks["Sam"]
    sam.add_child("Kim", confidant="Jo")
    fragment, code = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    honest = lie(phone.context, "/api/enrol/find", lambda found: other_readers(house, found, name=who))
    answered = overhear(phone.page, "POST", "/api/enrol/answer")
    sentence = phone.t("child.enrol.keys")
    phone.open(fragment)
    expect(phone.at("code").get_by_text(sentence)).to_be_visible(timeout=20_000)
    phone.open()
    phone.at("start")
    phone.press("child.start.button.2")
    phone.page.locator("#code").fill(code)
    phone.press("child.common.1")
    expect(phone.at("code").get_by_text(sentence)).to_be_visible(timeout=20_000)
    assert who not in phone.at("code").inner_text()
    assert answered == []
    # As soon as the server is honest the same code does what it was for.
    honest()
    phone.press("child.common.1")
    phone.at("readers")
    phone.context.close()
    sam.act("stop")


@pytest.mark.promise("P5")
@pytest.mark.parametrize("how", ["another phone", "another reading key", "another device key"])
def test_a_desk_refuses_a_phone_that_did_not_hold_the_code(
    house: House, browser: Browser, desks: dict[str, Desk], how: str
) -> None:
    sam = desks["Sam"]
    sam.add_child("Mo")

    def other(found: Any) -> Any:
        if found.get("answer") is None:
            return found
        shown = deepcopy(found)
        answer, lists = shown["answer"], [one["record"] for one in shown["answer"]["lists"]]
        true = answer["child"]["record"]
        bundle = {"org": true["org"], "child": true["child"], "level": true["level"], "lang": true["lang"]}
        false = ActedChild.enrol(bundle, at=datetime.now(UTC))
        if how == "another phone":
            # A whole phone of the attacker's, with a proof under a key that is not that of the code.
            answer["child"] = {"record": false.record, "sigs": [json_sig(false, false.record)]}
            answer["lists"] = [{"record": one, "sigs": [json_sig(false, one)]} for one in lists]
            answer["proof"] = "A" * 43
            assert child_proof(bytes(32), {"t": "x"}, false.record, lists)
        else:
            true["reading" if how == "another reading key" else "signing"] = false.record[
                "reading" if how == "another reading key" else "signing"
            ]
        return shown

    honest = lie(sam.page, "/desk/api/enrolments/[^/]+", other)
    activated = overhear(sam.page, "POST", "/desk/api/enrolments/.*/activate")
    fragment, _ = sam.show_code()
    phone = Phone(house, context(browser, PHONE))
    phone.open(fragment)
    phone.read_along()
    phone.say_of_phone(None)
    refused = sam.page.locator('[data-stage="refused"]')
    expect(refused).to_contain_text(sam.t("work.enrol.mismatch"), timeout=20_000)
    expect(sam.page.locator("[data-digits]")).to_have_count(0)
    # The child is told that nothing came of it.
    expect(phone.at("compare").get_by_text(phone.t("child.enrol.dropped"))).to_be_visible(timeout=20_000)
    assert activated == []
    assert rows(house, "select 1 from devices") == []
    honest()
    phone.context.close()
    sam.act("stop")


def json_sig(acted: ActedChild, record: Record) -> dict[str, str]:
    sig = acted.signing.sign_record(record)
    return {"by": sig.by, "sig": sig.sig}


# --- the phone of a child, afterwards ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def noor(house: House, browser: Browser, desks: dict[str, Desk]) -> Iterator[Phone]:
    """Noor's phone, linked honestly; she said one thing."""
    sam = desks["Sam"]
    sam.add_child("Noor", confidant="Jo")
    fragment, _ = sam.show_code()
    # Without a service worker, so that a test can stand between this page and the server.
    phone = Phone(house, context(browser, PHONE, service_workers="block"))
    phone.link(sam, fragment)
    expect(sam.page.locator('[data-act="to-child"]')).to_be_visible()
    phone.say("Ik wil naar mijn oma.")
    yield phone
    phone.context.close()


def proven(house: House, desk: Desk, entry: str) -> str:
    """The last two words of an entry, proven by the phone's key to somebody who sees nothing else of it."""
    ((seq, hdr, body, device),) = rows(
        house,
        """select e.seq, e.hdr, b.body, d.text from entries e join bodies b on b.entry = e.seq
           join devices d on d.id = e.device where e.id = ?""",
        entry,
    )
    wraps = tuple(
        Wrap(unb64(key_id), wrap)
        for key_id, wrap in sorted(
            rows(house, "select key_id, wrap from wraps where entry = ?", seq), key=lambda one: unb64(one[0])
        )
    )
    record = parse_json(device.encode())
    signing, unlock = unb64(record["signing"]), unb64(record["unlock"])
    envelope = Envelope(parse_header(hdr), wraps, body)
    authors = {record["device"]: Author("up", [signing], unlock)}
    opened = open_envelope(envelope, keys_of(house, desk)._reading_seed, authors)
    assert opened is not None
    where = {name: opened.meta[name] for name in ("kind", "about", "at")}
    place = where | {"org": envelope.hdr.org, "child": envelope.hdr.child, "entry": entry, "way": "phone"}
    assert check(opened.doc, opened.doc["said"], signing, place)
    words = opened.doc["parts"][0]["text"]
    begin = words.index("mijn oma")
    quote = prove(opened.doc, opened.doc["said"], [{"part": 0, "from": begin, "to": len(words)}])
    assert "wil" not in json.dumps(quote["quotes"][0]["leaves"][1:])
    return verify_quote(quote, signing)


def child_of(house: House, phone: Phone) -> str:
    """The kindnummer, as the phone keeps it."""
    found = phone.page.evaluate(
        """() => new Promise((resolve) => {
             const asked = indexedDB.open("start", 1);
             asked.onsuccess = () => {
               const got = asked.result.transaction("phone").objectStore("phone").get("phone");
               got.onsuccess = () => { asked.result.close(); resolve(got.result.child); };
             };
           })"""
    )
    return str(found)


def said(desk: Desk, name: str, words: str) -> Locator:
    """Open a child's page and what is new; gives the message with these words."""
    desk.go("today")
    desk.open_child(name)
    reason = desk.page.locator('[data-part="reason"]')
    article = desk.page.locator("article[data-entry]").filter(has_text=words)
    expect(reason.or_(article).first).to_be_visible()
    if reason.count():
        desk.read()
    expect(article).to_have_count(1, timeout=30_000)
    return article


SWAPS = ["reading", "signing", "unlock", "a phone of its own", "signed by a stranger", "signed by a colleague"]


@pytest.mark.promise("P2", "P5")
@pytest.mark.parametrize("how", SWAPS)
def test_nothing_is_sealed_to_another_key_in_place_of_the_childs(
    house: House, desks: dict[str, Desk], noor: Phone, how: str
) -> None:
    sam, vera = desks["Sam"], desks["Vera"]
    if how == "signed by a colleague":
        # Iris is known to both from here on, and reads no child of theirs.
        meet(sam, desks["Iris"])
    child = child_of(house, noor)
    bundle = {"org": org(house), "child": child, "level": "12", "lang": "nl"}
    false = ActedChild.enrol(bundle, at=datetime.now(UTC))
    colleague = keys_of(house, desks["Iris"])
    mallory = stranger(org(house), "Sam", "worker", person=person(house, "Sam"))

    def change(children: Any) -> Any:
        shown = deepcopy(children)
        for row in shown:
            if row["child"] != child:
                continue
            (device,) = row["devices"]
            if how in {"reading", "signing", "unlock"}:
                device["record"][how] = false.record[how]
                continue
            by = {"signed by a stranger": mallory, "signed by a colleague": colleague}.get(how)
            sigs = [json_sig(false, false.record)]
            if by is not None:
                sigs += signed_by(false.record, by)["sigs"]
            row["devices"] = [
                {"record": false.record, "sigs": sigs, "revoked": None},
                # The true one as switched off before anything was said by it.
                {**device, "revoked": "2026-01-01T00:00:00Z"},
            ]
        return shown

    for desk in (sam, vera):
        said(desk, "Noor", "mijn oma")
        honest = lie(desk.page, "/desk/api/children", change)
        put = overhear(desk.page, "PUT", "/desk/api/entries/.*")
        desk.go("today")
        desk.open_child("Noor")
        expect(desk.page.locator('[data-trouble="1"]')).to_have_text(desk.t("work.kid.trouble.1"))
        article = desk.page.locator("article[data-entry]").filter(has_text="mijn oma")
        article.locator("[data-answer]").click()
        form = desk.page.locator('[data-part="answer"]')
        form.get_by_role("radio", name=desk.t("work.reply.outcome.1"), exact=True).check()
        form.locator('textarea[name="answer"]').fill("Dit is alleen voor Noor.")
        form.locator('[data-act="send"]').click()
        expect(form).to_contain_text(desk.t("work.reply.failed"))
        why = [desk.t("work.kid.trouble.1"), desk.t("work.kid.trouble.2")]
        expect(form).to_contain_text(re.compile("|".join(map(re.escape, why))))
        desk.page.locator('[data-act="close"]').first.click()
        # A receipt of what was read before the server began to lie may still have been on its way.
        assert not [one for one in put if reading_key_id(false.reading) in recipients(one)]
        assert desk.page.locator("[data-reply]").count() == 0
        honest()


@pytest.mark.promise("P5")
def test_words_that_the_server_changes_moves_or_makes_are_never_the_childs(
    house: House, desks: dict[str, Desk], noor: Phone
) -> None:
    sam = desks["Sam"]
    forger = Forger.newest(house)
    reading = keys_of(house, sam).record["reading"]
    made, body = forger.entry("checkin", text("Ik wil nooit meer naar oma."), forger.record["device"], to=reading)
    # Another child's true words, sealed and signed, to the same readers.
    sam.add_child("Tess")
    fragment, _ = sam.show_code()
    tess = Handset.find(house, fragment)
    assert tess.answer()[0] == 200
    assert sam.digits() == tess.digits()
    sam.act("same")
    expect(sam.page.locator('[data-act="to-child"]')).to_be_visible()
    tess.put(tess.say(text("Dit zei Tess.")))
    child = child_of(house, noor)
    theirs = sam.page.evaluate(
        "(child) => fetch(`/desk/api/children/${child}/entries`).then((found) => found.json())",
        tess.acted.record["child"],
    )["entries"][-1]
    # And one of a phone that signed the pieces of other words than it sent.
    words, place = text("Dit tekende Tess niet."), {"kind": "checkin", "about": None, "at": "2026-11-22T09:30:00Z"}
    where = {"org": tess.bundle["org"], "child": tess.bundle["child"], "entry": random_id(), "way": "phone"}
    record = said_record(where | place, text("Dit tekende Tess wel."), (), bytes(32))
    assert record is not None
    misfit = with_said(words, bytes(32), Signed(record, (tess.acted.signing.sign_record(record),)))
    tess.put(tess.say(misfit))
    noor.say("Dit verandert onderweg.")
    (changed,) = rows(house, "select id from entries where child = ? order by seq desc limit 1", child)[0]

    honest = lie(
        sam.page,
        f"/desk/api/children/{child}/entries",
        lambda page: page | {"entries": [*page["entries"], theirs, made]},
    )

    def bodies(route: Route) -> None:
        asked = json.loads(route.request.post_data or "")
        wanted = [entry for entry in asked["entries"] if entry != made["id"]]
        found = route.fetch(post_data=json.dumps(asked | {"entries": wanted})).json()["bodies"] if wanted else []
        for one in found:
            data = bytearray(unb64(one["body"]))
            if one["id"] == changed:
                data[len(data) // 2] ^= 1
            one["body"] = b64(bytes(data))
        if made["id"] in asked["entries"]:
            found.append({"id": made["id"], "body": b64(body)})
        route.fulfill(json={"bodies": found})

    sam.page.route(re.compile("/desk/api/bodies$"), bodies)
    sign_in_again(sam)
    true = said(sam, "Noor", "mijn oma")
    expect(true).to_have_attribute("data-author", "verified")
    assert proven(house, sam, str(true.get_attribute("data-entry"))) == "mijn oma."
    forged = sam.page.locator(f'[data-entry="{made["id"]}"]')
    expect(forged).to_have_attribute("data-author", "unverified")
    expect(forged.locator('[data-mark="unverified"]')).to_have_text(sam.t("work.mark.unverified"))
    damaged = sam.page.locator(f'[data-entry="{changed}"]')
    expect(damaged).to_have_attribute("data-state", "damaged")
    expect(damaged).to_contain_text(sam.t("work.error.damaged"))
    moved = sam.page.locator(f'[data-entry="{theirs["id"]}"]')
    expect(moved).to_have_attribute("data-state", "moved")
    expect(moved).to_contain_text(sam.t("work.error.moved"))
    assert "Dit zei Tess." not in sam.page.content()
    sam.page.unroute(re.compile("/desk/api/bodies$"))
    honest()

    # Nothing of what does not fit its own signature is quoted.
    article = said(sam, "Tess", "Dit tekende Tess niet.")
    expect(article).to_have_attribute("data-author", "verified")
    expect(article.locator('[data-mark="misfit"]')).to_have_text(sam.t("work.mark.misfit"))
    other = said(sam, "Tess", "Dit zei Tess.")
    expect(other).to_have_attribute("data-author", "verified")
    expect(other.locator('[data-mark="misfit"]')).to_have_count(0)


def test_a_childs_name_does_not_move_to_another_child(house: House, desks: dict[str, Desk], noor: Phone) -> None:
    """A name on the wrong page would send words to the wrong child."""
    sam = desks["Sam"]
    child = child_of(house, noor)
    sam.go("today")
    sam.go("children")
    expect(sam.page.locator(f'tr[data-child="{child}"] [data-open]')).to_contain_text("Noor")

    def change(children: Any) -> Any:
        shown = deepcopy(children)
        mine = next(row for row in shown if row["child"] == child)
        for row in shown:
            if row is not mine:
                row["cards"] = mine["cards"]
        mine["cards"] = []
        return shown

    # In the session that opened the true ones, and in one that has opened nothing yet.
    honest = lie(sam.page, "/desk/api/children", change)
    for again in (False, True):
        if again:
            sign_in_again(sam)
        sam.go("today")
        sam.go("children")
        expect(sam.page.locator(f'tr[data-child="{child}"]')).to_be_visible()
        others = sam.page.locator(f'tr[data-child]:not([data-child="{child}"]) [data-open]').all_inner_texts()
        assert others
        assert not [name for name in others if "Noor" in name]
    honest()


def sign_in_again(desk: Desk) -> None:
    """Load the page anew, and open the keys."""
    desk.page.reload()
    desk.at("unlock").locator('input[type="password"]').fill(desk.phrase)
    desk.act("unlock")
    desk.at("today")


def test_a_desk_that_saw_a_list_once_does_not_go_back_to_an_older_one(
    house: House, desks: dict[str, Desk], noor: Phone
) -> None:
    """Also in a later session: a reader who was taken off would otherwise come back on."""
    sam = desks["Sam"]
    child = child_of(house, noor)
    first = lists_of(house, child)["worker"]
    me, vera = keys_of(house, sam), keys_of(house, desks["Vera"])
    second = signed_by(later(first, worker(me, "worker"), worker(vera, "second")), me)

    def change(children: Any) -> Any:
        shown = deepcopy(children)
        for row in shown:
            if row["child"] == child:
                row["lists"].append(second)
        return shown

    honest = lie(sam.page, "/desk/api/children", change)
    sam.go("today")
    sam.open_child("Noor")
    expect(sam.page.locator("[data-trouble]")).to_have_count(0)
    honest()
    sign_in_again(sam)
    sam.open_child("Noor")
    expect(sam.page.locator('[data-trouble="2"]')).to_have_text(sam.t("work.kid.trouble.2"))


# --- a successor ------------------------------------------------------------------------------------------------------


def lists_of(house: House, child: str) -> dict[str, Record]:
    found = rows(house, "select circle, text from lists where child = ? order by number", child)
    return {circle: parse_json(listed.encode()) for circle, listed in found}


def worker(one: Adult, role: Any) -> Record:
    return one.as_reader(role, datetime.now(UTC))


def later(before: Record, *readers: Record, minutes: int = 1) -> Record:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return readers_record(before["org"], before["child"], before["circle"], readers, at=at, before=before)


def with_lists(*more: dict[str, Any]) -> Any:
    return lambda inbox: inbox | {"lists": [*inbox["lists"], *more]}


def reader_card(phone: Phone, name: str) -> Locator:
    """The choice of who may read that names somebody."""
    named = phone.page.locator("b", has_text=re.compile(rf"\b{name}\b"))
    return phone.at("who").locator("label.reader").filter(has=named)


def shut_out(phone: Phone, sentence: str, *, name: str = "Vera") -> None:
    """Nothing goes to this circle, and the app says why, on its first screen and where one chooses who may read."""
    phone.reopen()
    expect(phone.at("home").get_by_text(sentence)).to_be_visible()
    phone.at("home").get_by_role("button", name=phone.t("child.say.how.1"), exact=True).click()
    choice = reader_card(phone, name)
    expect(choice).to_contain_text(sentence)
    expect(choice.get_by_role("radio")).to_be_disabled()
    phone.open()
    phone.home()


@pytest.mark.promise("P6")
@pytest.mark.parametrize(
    "by", ["nobody", "a stranger", "the newcomer", "the child's confidant", "Sam, of another list"]
)
def test_a_successor_whom_no_reader_put_on_the_list_gets_nothing(
    house: House, desks: dict[str, Desk], noor: Phone, by: str
) -> None:
    first = lists_of(house, child_of(house, noor))["worker"]
    sam, vera, iris, jo = (keys_of(house, desks[name]) for name in ("Sam", "Vera", "Iris", "Jo"))
    mallory = stranger(org(house), "Sam", "worker", person=sam.person)
    newer = later(first, worker(sam, "worker"), worker(vera, "second"), worker(iris, "second"))
    if by == "Sam, of another list":
        newer = {**newer, "prev": "A" * 43}
    signers = {"a stranger": mallory, "the newcomer": iris, "the confidant": jo, "Sam, of another list": sam}
    signer = signers.get(by)
    shown = signed_by(newer, *([signer] if signer else []))
    if signer is None:
        # No signature is not even a form; one that is nobody's is.
        shown["sigs"] = [{"by": "A" * 43, "sig": "A" * 86}]
    put = overhear(noor.page, "PUT", "/api/entries/.*")
    honest = lie(noor.context, "/api/inbox", with_lists(shown))
    sentence = noor.t("child.list.wrong", names="Sam en Vera", worker="Sam")
    shut_out(noor, sentence)
    assert "Iris" not in noor.at("home").inner_text()
    honest()
    noor.reopen()
    expect(noor.at("home").get_by_text(sentence)).to_have_count(0, timeout=20_000)
    assert put == []


@pytest.mark.promise("P6")
def test_another_confidant_shuts_the_confidants_circle_and_no_other(
    house: House, desks: dict[str, Desk], noor: Phone
) -> None:
    first = lists_of(house, child_of(house, noor))["confidant"]
    sam = keys_of(house, desks["Sam"])
    mallory = stranger(org(house), "Jo", "confidant", person=person(house, "Jo"))
    newer = later(first, worker(mallory, "confidant"))
    honest = lie(noor.context, "/api/inbox", with_lists(signed_by(newer, mallory, sam)))
    shut_out(noor, noor.t("child.list.wrong", names="Jo", worker="Sam"), name="Jo")
    noor.begin("child.say.how.1", "worker")
    noor.at("say")
    honest()
    noor.open()


@pytest.fixture
def put(noor: Phone) -> Iterator[list[tuple[str, bytes]]]:
    """Takes what the phone sends in place of the server, which does not know these lists; gives list and envelope."""
    taken: list[tuple[str, bytes]] = []
    pattern = re.compile(r"/api/entries/")

    def take(route: Route) -> None:
        taken.append((route.request.headers["kindstem-list"], route.request.post_data_buffer or b""))
        entry = route.request.url.rpartition("/")[2]
        route.fulfill(status=201, json={"id": entry, "at": "2026-11-22T12:00:00Z"})

    noor.context.route(pattern, take)
    yield taken
    noor.context.unroute(pattern, take)


def key_of(one: Adult) -> bytes:
    return reading_key_id(unb64(one.record["reading"]))


@pytest.mark.promise("P6")
def test_a_successor_is_shown_in_words_before_anything_is_sealed_to_them(
    house: House, desks: dict[str, Desk], noor: Phone, put: list[tuple[str, bytes]]
) -> None:
    first = lists_of(house, child_of(house, noor))["worker"]
    sam, vera, iris = (keys_of(house, desks[name]) for name in ("Sam", "Vera", "Iris"))
    bo = stranger(org(house), "Bo", "second")
    second = later(first, worker(sam, "worker"), worker(vera, "second"), worker(iris, "second"))
    third = later(second, worker(sam, "worker"), worker(bo, "second"), minutes=2)
    fourth = later(third, worker(sam, "worker"), worker(bo, "second"), worker(vera, "second"), minutes=3)
    noor.say("Voor Sam en Vera.")
    assert put[-1][0] == "worker.1"
    assert key_of(iris) not in recipients(put[-1][1])

    honest = lie(noor.context, "/api/inbox", with_lists(signed_by(second, sam)))
    noor.reopen()
    page = noor.at("new")
    expect(page.get_by_role("heading", level=1)).to_have_text(noor.t("child.new.title"))
    expect(page).to_contain_text(noor.t("child.new.added", name="Iris", date="@").split("@")[0].strip())
    # Until the child says that it saw it, nothing can be written to that circle; the way out stays.
    noor.press("child.new.3")
    expect(reader_card(noor, "Vera").get_by_role("radio")).to_be_disabled()
    noor.page.go_back()
    noor.at("new")
    assert len(put) == 1

    # While this stands on the screen, another list comes in: what was not shown does not count as seen.
    honest()
    honest = lie(noor.context, "/api/inbox", with_lists(signed_by(second, sam), signed_by(third, sam)))
    with noor.page.expect_response(re.compile("/api/inbox$")):
        noor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(noor.page.locator("main")).to_have_attribute("data-screen", "new")
    noor.page.wait_for_function(LISTS_KEPT, arg=3)
    noor.press("child.new.1")
    expect(noor.at("new")).to_contain_text("Bo")
    expect(noor.at("new")).to_contain_text(noor.t("child.readers.item.4", name="Iris", date="@").split("@")[0])
    assert len(put) == 1
    noor.press("child.new.1")
    noor.home()
    noor.at("home").get_by_role("button", name=noor.t("child.say.how.1"), exact=True).click()
    reader_card(noor, "Bo").get_by_role("radio").check()
    noor.press("child.common.1")
    noor.at("say").locator("textarea").fill("Ook voor Bo.")
    noor.on()
    noor.skip_to("check")
    noor.send()
    noor.arrived()
    assert put[-1][0] == "worker.3"
    sealed = recipients(put[-1][1])
    assert key_of(bo) in sealed
    assert key_of(sam) in sealed
    assert not sealed & {key_of(vera), key_of(iris)}, "who left gets nothing more"

    # Vera was taken off: her word puts nobody on any more.
    honest()
    removed = [signed_by(second, sam), signed_by(third, sam), signed_by(fourth, vera)]
    honest = lie(noor.context, "/api/inbox", with_lists(*removed))
    shut_out(noor, noor.t("child.list.wrong", names="Sam en Bo", worker="Sam"), name="Bo")

    # And a server that shows an older list than it did is told on; only what is for the child itself still goes on.
    honest()
    sent = len(put)
    shut_out(noor, noor.t("child.list.lower", names="Sam en Bo", worker="Sam"), name="Bo")
    noor.at("home").get_by_role("button", name=noor.t("child.say.how.1"), exact=True).click()
    noor.choose_readers("self")
    noor.press("child.common.1")
    noor.at("say")
    assert len(put) == sent
    assert not noor.faults
