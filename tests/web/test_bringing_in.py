"""The page on which the administrator brings a roster in: a file is looked at first, then confirmed, and no other."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest

from kindstem.config import Config
from kindstem.domain import Role
from tests.cast import Answered, Clock, Counter, Town, running
from tests.ledger import Ledger, file_of, line

NOOR, DAAN = "K000-00000", "K000-00001"
FIRST = file_of(line(NOOR, "2011-03", "2026-01-05", team="wilg", worker="Sam"))
BOTH = file_of(
    line(NOOR, "2011-03", "2026-01-05", team="els", worker="Sam"), line(DAAN, "2018-05", "2026-02-02", team="els")
)
EDGE = "----edge"


@pytest.fixture(scope="module")
def lindehof(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter]:
    """An organisation to copy, with Noor in its roster, and its administrator, whose sign-in is the dearest of it."""
    data = tmp_path_factory.mktemp("lindehof") / "data"
    ledger = Ledger(data)
    ledger.take(line(NOOR, "2011-03", "2026-01-05", team="wilg", worker="Sam"))
    ledger.close()
    with running(Config(data=data), Clock()) as found:
        return data, found.counter("Esma", Role.ADMINISTRATOR)


@pytest.fixture
def town(lindehof: tuple[Path, Counter], tmp_path: Path) -> Iterator[Town]:
    """The organisation, running, of the test's own."""
    shutil.copytree(lindehof[0], tmp_path / "data")
    with running(Config(data=tmp_path / "data"), Clock()) as found:
        yield found


@pytest.fixture
def esma(lindehof: tuple[Path, Counter], town: Town) -> Counter:
    """The administrator."""
    return replace(lindehof[1], town=town, cookies=dict(lindehof[1].cookies))


def form(file: bytes | None, sure: str | None = None, *, edge: str = EDGE) -> bytes:
    """A form as a browser makes it."""
    parts = []
    if file is not None:
        parts.append(
            b'Content-Disposition: form-data; name="file"; filename="Noor.csv"\r\nContent-Type: text/csv\r\n\r\n' + file
        )
    if sure is not None:
        parts.append(f'Content-Disposition: form-data; name="sure"\r\n\r\n{sure}'.encode())
    begin = f"--{edge}\r\n".encode()
    return b"".join(begin + part + b"\r\n" for part in parts) + f"--{edge}--\r\n".encode()


def bring(one: Counter, file: bytes | None, sure: str | None = None, **headers: str | None) -> Answered:
    sent = {"Content-Type": f"multipart/form-data; boundary={EDGE}", **headers}
    return one.ask("POST", "/numbers/roster", body=form(file, sure), headers=sent)


def said(answered: Answered) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answered.content.decode())).split())


def numbers(answered: Answered) -> dict[str, int]:
    """The table of what changes, by row; rows of nought left out."""
    rows = re.findall(r'<tr data-what="(\w+)">.*?<td class="n">(\d+)</td>', answered.content.decode(), re.S)
    return {name: int(number) for name, number in rows if number != "0"}


def state(town: Town) -> tuple[list[str], int]:
    """Which children the roster knows, and how far the log is."""
    return town.store.read_sync(lambda r: ([one.child for one in r.all_listed()], r.log_size()))


def test_a_file_is_looked_at_then_confirmed_and_only_then_kept(town: Town, esma: Counter) -> None:
    before = state(town)
    looked = bring(esma, BOTH)
    assert numbers(looked) == {"lines": 2, "added": 1, "changed": 1, "begun": 1}
    assert state(town) == before
    sure = re.findall(r'name="sure" value="([0-9a-f]{64})"', looked.content.decode())
    assert sure == [sha256(BOTH).hexdigest()]
    kept = bring(esma, BOTH, sure[0])
    assert b'data-roster="kept"' in kept.content
    assert b'name="sure"' not in kept.content
    assert state(town)[0] == [NOOR, DAAN]
    assert state(town)[1] > before[1]
    again = bring(esma, BOTH)
    assert b'data-roster="same"' in again.content
    assert b'name="sure"' not in again.content


def test_another_file_than_the_one_looked_at_changes_nothing(town: Town, esma: Counter) -> None:
    before = state(town)
    for sure in (sha256(FIRST).hexdigest(), "yes", "\xff", ""):
        answered = bring(esma, BOTH, sure)
        assert answered.status == 200
        assert ("num.roster.page.other" in answered.content.decode()) == bool(sure)
        assert b'name="sure"' in answered.content, "it was looked at now"
        assert state(town) == before


NINE = BOTH.replace(b"els", b"123456782")
HEAD = FIRST.partition(b"\n")[0]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("kindnummer;naam\nK000-00000;Noor\n".encode("utf-16"), "geen CSV in UTF-8"),
        (BOTH.replace(b"els", b"l\xe9s"), "geen CSV in UTF-8"),
        (b"kindnummer,name,born,measure,charged\nK000-00001,Noor,2011-03,ots,2026-01-05\n", "Kolom 2 van de kop"),
        (b"kindnummer,born,measure\nK000-00001,2011-03,ots\n", "Kolom charged ontbreekt"),
        (HEAD + b"\n", "geen regels onder de kop"),
        (b"", "Kies eerst een bestand"),
        (NINE, "negen cijfers achter elkaar"),
        (b"\x00" * 2000, "Er is niets gewijzigd"),
    ],
    ids=["utf-16", "latin-1", "a column too many", "a column too few", "no line", "empty", "a BSN", "noughts"],
)
def test_a_file_that_is_unfit_gets_its_sentence_and_changes_nothing(
    town: Town, esma: Counter, file: bytes, sentence: str
) -> None:
    before = state(town)
    for sure in (None, sha256(file).hexdigest()):
        answered = bring(esma, file, sure)
        assert sentence in said(answered)
        assert b'name="sure"' not in answered.content
        assert b"Noor" not in answered.content
        assert state(town) == before


def test_each_refused_line_has_its_sentence_and_leaves_its_child_as_it_was(town: Town, esma: Counter) -> None:
    file = file_of(
        line(NOOR, "2011-03", "2026-01-05", team="els", worker="Nobody"), line(DAAN, "2018-05", "2026-02-02")
    )
    looked = bring(esma, file)
    assert numbers(looked) == {"lines": 1, "added": 1, "begun": 1, "refused": 1}
    assert f"Regel 2 ({NOOR}): de medewerker in kolom worker" in said(looked)
    assert "Nobody" not in said(looked)
    assert "Kinderen met een geweigerde regel blijven zoals ze waren" in said(looked)
    bring(esma, file, sha256(file).hexdigest())
    listed = town.store.read_sync(lambda r: {one.child: one for one in r.all_listed()})
    assert set(listed) == {NOOR, DAAN}
    assert listed[NOOR].fact("team", town.clock().date()) == "wilg"


def test_children_that_the_file_does_not_name_are_a_number_and_no_kindnummer(town: Town, esma: Counter) -> None:
    answered = bring(esma, file_of(line(DAAN, "2018-05", "2026-02-02")))
    assert numbers(answered)["absent"] == 1
    assert NOOR.encode() not in answered.content


def test_a_file_that_is_too_large_is_told_so(town: Town, esma: Counter) -> None:
    before = state(town)
    answered = bring(esma, BOTH + b"\n" * (512 * 1024))
    assert (answered.status, "groter dan 512 KB" in said(answered)) == (413, True)
    assert state(town) == before


@pytest.mark.parametrize("role", [Role.MANAGER, Role.LEADER, Role.INSPECTOR])
def test_nobody_but_the_administrator_brings_a_roster_in(town: Town, role: Role) -> None:
    more = {Role.LEADER: {"team": "wilg"}, Role.INSPECTOR: {"until": date(2026, 12, 31)}}
    one = town.counter("Somebody", role, **more.get(role, {}))
    before = state(town)
    assert one.get("/numbers/roster").status == 404
    assert bring(one, BOTH, sha256(BOTH).hexdigest()).status == 404
    assert state(town) == before


def test_iris_and_nobody_bring_nothing_in(town: Town) -> None:
    iris = town.newcomer("Iris", Role.WORKER)
    iris.start()
    iris.cookies["numbers"] = iris.cookies["desk"]
    before = state(town)
    for one in (iris, town.nobody()):
        headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        answered = one.ask("POST", "/numbers/roster", body=form(BOTH, sha256(BOTH).hexdigest()), headers=headers)
        assert answered.status == 401
    assert state(town) == before


@pytest.mark.parametrize("missing", ["Kindstem", "Origin"])
def test_a_form_on_another_site_brings_nothing_in(town: Town, esma: Counter, missing: str) -> None:
    """Another site can make a browser send such a form, cookie and all, but not with our header or origin."""
    before = state(town)
    assert bring(esma, BOTH, sha256(BOTH).hexdigest(), **{missing: None}).status == 403
    assert bring(esma, BOTH, sha256(BOTH).hexdigest(), Origin="https://evil.example").status == 403
    assert state(town) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        form(BOTH)[: -len(f"--{EDGE}--\r\n")],
        form(BOTH, edge="other"),
        b"before" + form(BOTH),
        form(BOTH)[: -len(f"--{EDGE}--\r\n")] + form(BOTH),
        b"--" + EDGE.encode() + b"\r\nno head\r\n--" + EDGE.encode() + b"--\r\n",
    ],
    ids=["empty", "cut off", "another edge", "something before", "twice", "no head"],
)
def test_what_is_no_form_with_a_file_is_refused(town: Town, esma: Counter, body: bytes) -> None:
    before = state(town)
    headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
    assert esma.ask("POST", "/numbers/roster", body=body, headers=headers).status == 400
    for kind in ("multipart/form-data", "application/x-www-form-urlencoded", "text/csv"):
        assert esma.ask("POST", "/numbers/roster", body=body, headers={"Content-Type": kind}).status == 400
    assert state(town) == before
