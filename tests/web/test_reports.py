"""Reports taken along at a page or asked for with a token: what they hold, who gets none, and what is noted."""

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest

from kindstem import exports
from kindstem.config import Config
from kindstem.domain import Role, Taken
from tests.cast import Answered, Clock, Counter, Town, running
from tests.ledger import Ledger
from tests.test_exports import ARNHEM, GROUPS, fill

FILE = "/numbers/take/file?from=2026-10&to=2026-10"
API = "/numbers/api/v1/figures"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A server over the history of tests/test_exports.py, on the same Wednesday, with Ruth signed in."""
    folder = tmp_path_factory.mktemp("reports") / "data"
    ledger = Ledger(folder)
    fill(ledger, [*GROUPS, ("wilg", "Doorn", 3, 0)])
    ledger.close()
    with running(Config(data=folder), Clock()) as found:
        found.ruth = found.counter("Ruth", Role.MANAGER)
        yield found


@pytest.fixture(scope="module")
def secrets(town: Town) -> dict[str, str]:
    """A token for each municipality."""
    return {name: given(town, name) for name in (ARNHEM, "Ede", "Doorn")}


def given(town: Town, municipality: str) -> str:
    _, secret = town.call(lambda: exports.add_token(town.store, municipality, date(2027, 3, 1), now=town.clock()))
    return str(secret)


def asked(town: Town, secret: str, query: str = "?from=2026-10&to=2026-10") -> Answered:
    return town.nobody().ask("GET", API + query, headers={"Authorization": f"Bearer {secret}"})


def taken(town: Town, limit: int = 1) -> list[Taken]:
    return town.store.read_sync(lambda r: r.taken(limit))


@pytest.fixture(autouse=True)
def a_minute_later(town: Town) -> None:
    """Limits count within a minute."""
    town.clock.ahead(minutes=2)
    assert town.ruth.get("/numbers/take").status == 200


# --- at the page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "begin", "ending"), [("csv", b"PK", "zip"), ("xlsx", b"PK", "xlsx"),
                                                       ("json", b"{", "json")])  # fmt: skip
def test_a_manager_takes_a_report_along_and_it_is_noted(town: Town, form: str, begin: bytes, ending: str) -> None:
    answered = town.ruth.get(f"{FILE}&form={form}")
    assert answered.status == 200
    assert answered.content.startswith(begin)
    assert answered.headers["content-disposition"] == f'attachment; filename="kindstem-2026-10-2026-10.{ending}"'
    (noted,) = taken(town)
    assert (noted.by, noted.way, noted.form, noted.municipality) == ("Ruth", "page", form, None)
    assert noted.hash in town.ruth.get("/numbers/take").content.decode().replace("<wbr>", "")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2026-10&to=2026-10", "num.filter.form"),
        ("from=2026-10&to=2026-10&form=exe", "num.filter.form"),
        ("from=2026-10&to=2026-09&form=csv", "num.filter.period"),
        ("from=2026-10&to=2026-11&form=csv", "num.filter.unsettled"),
        ("from=x&form=csv", "num.filter.month"),
        ("from=2026-10&to=2026-10&form=csv&municipality=Nergens", "num.filter.municipality"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_nothing_leaves(town: Town, query: str, sentence: str) -> None:
    from kindstem.words import Words

    before = taken(town, 100)
    answered = town.ruth.get(f"/numbers/take/file?{query}", headers={"Accept-Language": "nl"})
    assert answered.status == 400
    assert Words("nl").t(sentence) in unescape(answered.content.decode())
    assert taken(town, 100) == before


def test_who_may_take_a_report_and_who_sees_what_left(town: Town) -> None:
    others = {
        "leader": town.counter("Bram", Role.LEADER, team="wilg"),
        "administrator": town.counter("Esma", Role.ADMINISTRATOR),
        "inspector": town.counter("Inez", Role.INSPECTOR, until=date(2026, 12, 31)),
    }

    def may(one: Counter) -> tuple[int, int]:
        return one.get("/numbers/take").status, one.get(f"{FILE}&form=json").status

    assert {role: may(one) for role, one in others.items()} == {
        "leader": (404, 404),
        "administrator": (200, 404),
        "inspector": (200, 200),
    }
    assert "<form" not in others["administrator"].get("/numbers/take").content.decode()


def test_reports_are_limited_so_that_nobody_keeps_the_server_busy(town: Town) -> None:
    statuses = [town.ruth.get(f"{FILE}&form=json").status for _ in range(13)]
    assert (set(statuses[:12]), statuses[12]) == ({200}, 429)


# --- with a token -----------------------------------------------------------------------------------------------------


def test_a_token_gives_the_numbers_of_its_municipality(town: Town, secrets: dict[str, str]) -> None:
    answered = asked(town, secrets[ARNHEM])
    assert answered.status == 200
    (period,) = answered.json["numbers"]["periods"]
    assert period["tables"]["children"] == [["municipality", ARNHEM, [19, 9, 28]]]
    assert answered.json["hash"] == exports.hash_of(answered.json["numbers"])
    (noted,) = taken(town)
    assert (noted.by, noted.way, noted.form, noted.hash) == (ARNHEM, "token", "json", answered.json["hash"])


@pytest.mark.promise("P23")
def test_a_token_never_sees_another_municipality_whatever_the_address_says(
    town: Town, secrets: dict[str, str]
) -> None:
    for query in ("", "&municipality=Ede", "&team=wilg", "&form=csv"):
        for name, secret in secrets.items():
            answered = asked(town, secret, f"?from=2026-10&to=2026-10{query}")
            assert answered.json["numbers"]["municipality"] == name
            tables = [rows for one in answered.json["numbers"]["periods"] for rows in one["tables"].values()]
            assert {(row[0], row[1]) for rows in tables for row in rows} <= {("municipality", name)}
    assert asked(town, secrets["Doorn"]).json["numbers"]["periods"] == []


def test_a_dashboard_that_asks_all_day_is_noted_once(town: Town, secrets: dict[str, str]) -> None:
    before = len(taken(town, 1000))
    for _ in range(3):
        asked(town, secrets["Ede"], "?from=2026-09&to=2026-10")
    assert len(taken(town, 1000)) == before + 1


def test_nobody_and_a_session_get_nothing_from_the_address_of_tokens(town: Town, secrets: dict[str, str]) -> None:
    wrong = "kindstem-" + "A" * 43
    for header in (None, "Bearer", f"Bearer {wrong}", f"Basic {secrets['Ede']}", f"bearer  {secrets['Ede']}"):
        headers = {"Authorization": header} if header else {}
        for one in (town.nobody(), town.ruth):
            answered = one.ask("GET", API, headers=headers)
            assert (answered.status, answered.code) == (401, "token-unknown")
    assert town.nobody().ask("GET", "/numbers/", headers={"Authorization": f"Bearer {secrets['Ede']}"}).status == 401


def test_a_token_that_is_revoked_or_over_is_none(town: Town) -> None:
    secret = given(town, "Ede")
    assert asked(town, secret).status == 200
    (newest, *_) = [one for one in town.store.read_sync(lambda r: r.tokens()) if one.municipality == "Ede"]
    for one in town.store.read_sync(lambda r: r.tokens()):
        if one.made_at == newest.made_at:
            town.store.write_sync(lambda tx, id=one.id: tx.revoke_token(id, town.clock()))
    assert asked(town, secret).code == "token-unknown"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=2026-10&to=2026-09", "period"),
        ("?to=2026-11", "unsettled"),
        ("?from=1", "month"),
        ("?from=2019-01", "longest"),
    ],
)
def test_months_that_cannot_be_are_told(town: Town, secrets: dict[str, str], query: str, field: str) -> None:
    answered = asked(town, secrets["Ede"], query)
    assert (answered.status, answered.code, answered.json["error"]["field"]) == (400, "bad-filter", field)


def test_guesses_are_limited_before_a_token_is_looked_at(town: Town, secrets: dict[str, str]) -> None:
    answers = [asked(town, "kindstem-" + "A" * 43) for _ in range(31)]
    assert {one.code for one in answers[:30]} == {"token-unknown"}
    assert answers[30].status == 429
    assert asked(town, secrets["Ede"]).status == 429


# --- nothing of one child ---------------------------------------------------------------------------------------------


@pytest.mark.promise("P23")
def test_nothing_that_leaves_holds_a_child_or_says_that_it_is_there(town: Town, secrets: dict[str, str]) -> None:
    answers = [town.ruth.get(f"{FILE}&form=json"), *(asked(town, secret) for secret in secrets.values())]
    for one in answers:
        text = one.content.decode()
        assert not re.search(r"K\d{3}-\d{5}", text)
        numbers = [number for number in flat(json.loads(text)["numbers"]["periods"]) if number is not None]
        assert [number for number in numbers if number < 5] == []


def flat(periods: list[dict[str, dict[str, list[list[list[int | None]]]]]]) -> list[int | None]:
    return [number for one in periods for rows in one["tables"].values() for row in rows for number in row[2]]
