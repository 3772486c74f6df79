"""Open requests to talk alone as whoever counts sees them: that a child asked, and never what only a confidant sees."""

import re
from collections import Counter as Counted
from datetime import timedelta
from functools import partial
from html import unescape

import pytest

from kindstem import counts, roster
from kindstem.counts import Requests, asking
from kindstem.domain import Role
from tests.cast import Counter, Town
from tests.ledger import file_of, line

CHILD = re.compile(r"K[0-9A-Z]{3}-[0-9A-Z]{5}")


@pytest.fixture
def counting(town: Town) -> Town:
    """Noor and Daan are in the roster, Noor in team Haven of Sam; Ruth is signed in anew."""
    lines = [
        line(town.noor.child, "2011-03", "2026-01-05", team="Haven", worker="Sam"),
        line(town.daan, "2018-05", "2026-01-05", team="Wilg", worker="Iris"),
    ]
    town.call(partial(taken_in, town, file_of(*lines)))
    assert town.sam.vouch(town.noor).status == 200
    return town


async def taken_in(town: Town, data: bytes) -> None:
    found = await roster.take_in(town.store, data, apply=True, now=town.clock())
    assert not found.refused


def asked(town: Town, **chosen: str) -> Requests:
    """What is counted now."""
    choices = town.call(partial(counts.choices, town.store, now=town.clock()))
    filters = counts.filters_of(chosen, choices, today=town.clock().date())
    found: Requests = town.call(partial(asking.requests, town.store, filters, now=town.clock(), within=10))
    return found


def page(one: Counter, path: str = "") -> str:
    answered = one.get(f"/numbers/{path}")
    assert answered.status == 200
    return answered.content.decode()


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def rows(html: str) -> list[list[str]]:
    """The rows of the table of who asked."""
    if 'data-table="asked"' not in html:
        return []
    table = html[html.index('data-table="asked"') :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("</tr>")[:-1]]
    return [[text(cell) for cell in row] for row in cells]


def test_the_manager_sees_that_a_child_asked_since_when_and_whom_the_oldest_first(counting: Town) -> None:
    town = counting
    assert rows(page(town.ruth)) == []
    assert town.noor.request(town.noor.wants(town.sam)).status == 200
    town.clock.ahead(days=21)
    assert town.sam.sign_in().status == 200
    made = town.sam.keys.request(town.sam.subj(town.daan), None, "worker", town.clock())
    path = f"/desk/api/children/{town.daan}/requests"
    assert town.sam.post(path, {"signed": made.json()}).status == 200
    assert town.ruth.sign_in().status == 200
    found = rows(page(town.ruth))
    assert [(row[0], row[1], row[3], row[4], row[5]) for row in found] == [
        (town.noor.child, "21 langer dan 10 werkdagen", "jeugdbeschermer of tweede lezer", "Haven", "Sam"),
        (town.daan, "0", "iemand die onafhankelijk is", "Wilg", "Iris"),
    ]
    silence = text(page(town.ruth, "experience"))
    assert "Open vragen om alleen te praten 2 " in silence
    assert "Daarvan langer open dan 10 werkdagen 1 " in silence
    assert "Oudste open vraag, in dagen 21 " in silence
    assert "Open vraag om alleen te praten sinds" in text(page(town.ruth, f"child/{town.noor.child}"))


@pytest.mark.promise("P9")
def test_a_request_to_the_confidant_is_a_number_of_the_whole_and_of_no_child_or_team(counting: Town) -> None:
    town = counting
    for to in (town.jo, None):
        assert town.noor.request(town.noor.wants(to, "confidant")).status == 200
    found = asked(town)
    assert (found.open.value, found.rows, found.oldest) == (0, (), None)
    assert found.aside is not None
    assert (found.aside.value, found.aside_oldest) == (2, 0)
    for chosen in ({"team": "Haven"}, {"age": "12-15"}, {"measure": "ots"}):
        assert (asked(town, **chosen).aside, asked(town, **chosen).rows) == (None, ())
    assert "Daarnaast open bij een vertrouwenspersoon: 2." in page(town.ruth)
    assert "bij een vertrouwenspersoon" not in page(town.ruth, "?team=Haven")
    assert "Open vraag om alleen te praten nee" in text(page(town.ruth, f"child/{town.noor.child}"))
    bram = town.counter("Bram", Role.LEADER, team="Haven")
    for path in ("", "experience"):
        assert "vertrouwenspersoon" not in text(page(bram, path))
    assert rows(page(bram)) == []


def test_a_leader_sees_the_requests_of_the_own_team_only(counting: Town) -> None:
    town = counting
    assert town.noor.request(town.noor.wants(town.sam)).status == 200
    haven, wilg = (town.counter(name, Role.LEADER, team=team) for name, team in (("Bram", "Haven"), ("Ana", "Wilg")))
    assert [row[0] for row in rows(page(haven))] == [town.noor.child]
    assert town.noor.child not in page(wilg)
    assert town.noor.child not in page(wilg, "?team=Haven")


def test_nothing_of_a_request_but_the_fact_is_on_a_page(counting: Town) -> None:
    town = counting
    request = town.noor.wants(town.sam)
    assert town.noor.request(request).status == 200
    html = page(town.ruth)
    for hidden in (request.record["id"], request.record["subj"], town.sam.id, request.sigs[0].by):
        assert hidden not in html
    assert set(CHILD.findall(html[html.index('id="asked"') :].partition("</section>")[0])) == {town.noor.child}


def test_a_months_end_knows_what_was_open_then_by_how_long_and_for_whomever(counting: Town) -> None:
    town = counting
    began = town.clock()

    def at(**by: float) -> Counted[str]:
        return town.store.read_sync(lambda r: asking.by_age(r, began + timedelta(**by)))

    wish = town.noor.wants(town.sam)
    assert town.noor.request(wish).status == 200
    assert town.noor.request(town.noor.wants(town.jo, "confidant")).status == 200
    assert at(days=-1) == {}
    town.clock.ahead(days=20)
    assert town.sam.sign_in().status == 200
    assert town.sam.hand_in(town.noor, town.sam.talk(town.noor, ago=1 / 12, minutes=4)).status == 200
    assert at(days=10) == {"fortnight": 1}, "one child, though it asked twice"
    assert at(days=15) == {"weeks": 1}
    # Of the two only the one to the confidant is left.
    found = town.store.read_sync(lambda r: asking.by_age(r, began + timedelta(days=50)))
    assert found == {"longer": 1}
    assert town.noor.take_back(wish).status == 200
    assert at(days=10) == {"fortnight": 1}, "what came later changes nothing of a day before"


def test_who_may_not_count_sees_no_requests(counting: Town) -> None:
    town = counting
    assert town.noor.request(town.noor.wants(town.sam)).status == 200
    for one in (town.iris, town.nobody()):
        answered = one.get("/numbers/")
        assert answered.status == 401
        assert town.noor.child.encode() not in answered.content
