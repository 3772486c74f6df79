"""Every text stands in both languages, with the same placeholders, and every used key has one."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from kindstem.words import DOMAINS, LOCALES, WordMissing, Words, languages, pick

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def catalogue(lang: str, domain: str) -> Catalog:
    with (LOCALES / lang / "LC_MESSAGES" / f"{domain}.po").open("rb") as source:
        return read_po(source, locale=lang, domain=domain, abort_invalid=True)


def texts(lang: str, domain: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(lang, domain) if message.id}


def test_dutch_and_english_are_there() -> None:
    assert languages()[:2] == ("nl", "en")


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("lang", languages())
def test_a_catalogue_is_complete(lang: str, domain: str) -> None:
    original, translated = texts("nl", domain), texts(lang, domain)
    assert list(translated) == list(original), "same keys, in the same order"
    assert [key for key, text in translated.items() if not text.strip()] == []


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("lang", languages())
def test_placeholders_are_the_same_in_every_language(lang: str, domain: str) -> None:
    original, translated = texts("nl", domain), texts(lang, domain)
    differing = {
        key: (original[key], text)
        for key, text in translated.items()
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(original[key]))
    }
    assert differing == {}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("lang", languages())
def test_no_key_stands_twice(lang: str, domain: str) -> None:
    source = (LOCALES / lang / "LC_MESSAGES" / f"{domain}.po").read_text("utf-8")
    keys = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))
    assert "#, fuzzy" not in source


def test_domains_do_not_share_keys() -> None:
    seen: set[str] = set()
    for domain in DOMAINS:
        keys = set(texts("nl", domain))
        assert not keys & seen
        seen |= keys


# The people of the page are known to every text of it (`setNames` in static/parts/words.js).
PEOPLE = {"worker", "second", "confidant"}
# Whoever shows these gives the values of both forms.
OTHER_VALUES_AT_8 = {"child.talk.open@8": {"name"}}


def test_a_simpler_text_asks_for_no_value_that_the_other_does_not() -> None:
    child = texts("nl", "child")
    for key, text in child.items():
        if key.endswith("@8"):
            given = set(PLACEHOLDER.findall(child[key.removesuffix("@8")])) | PEOPLE | OTHER_VALUES_AT_8.get(key, set())
            assert set(PLACEHOLDER.findall(text)) <= given, key


def test_series_have_no_holes() -> None:
    for domain in DOMAINS:
        keys = set(texts("nl", domain))
        for key in keys:
            match = re.fullmatch(r"(.+\.)(\d+)(@8)?", key)
            # Without a first item it is no series: `child.right.12` is an article's number.
            if match and int(match[2]) > 1 and f"{match[1]}1" in keys:
                assert f"{match[1]}{int(match[2]) - 1}{match[3] or ''}" in keys, key


def test_notes_to_a_jurist_stay_out_of_the_texts() -> None:
    for lang in languages():
        for domain in DOMAINS:
            assert [key for key, text in texts(lang, domain).items() if "(check)" in text or "(juriste" in text] == []


# The voice of the child's texts (docs/words.md). A rule that a machine can see is a test; the rest is for readers.
@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("no exclamation mark", r"!"),
        ("no why-question", r"\b(waarom|hoe komt het|wat maakt dat)\b|\b(why|how come)\b"),
        (
            "no praise and no cheer",
            r"\b(dapper|goed zo|super|gefeliciteerd|gezellig|oeps|helaas)\b|\b(brave|well done|oops)\b",
        ),
        (
            "no jargon",
            r"\b(versleuteld|wachtwoord|token|registreren|melding|cliënt|casus)\b|\b(encrypted|password|client)\b",
        ),
        ("nothing is promised to be wholly safe", r"100%|\b(helemaal veilig|anoniem)\b(?! voel)"),
    ],
)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_voice_of_texts_for_children(lang: str, rule: str, pattern: str) -> None:
    allowed = {
        "child.safe.scale.1",
        "child.safe.scale.3",
    }  # the ends of the scale name the feeling, they promise nothing
    broken = {
        key: text
        for key, text in texts(lang, "child").items()
        if key not in allowed and re.search(pattern, text, re.IGNORECASE)
    }
    assert broken == {}, rule


def test_keys_used_in_python_and_templates_have_texts() -> None:
    heads = {key.split(".")[0] for domain in DOMAINS for key in texts("nl", domain)}
    known = {key for domain in DOMAINS for key in texts("nl", domain)}
    literal = re.compile(rf"""(?:\bt|\bseries|\bkey)(?:\(|=)\s*["']((?:{"|".join(sorted(heads))})\.[\w.]*#?)["']""")
    missing = []
    for path in [*(ROOT / "kindstem").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]:
        for key in literal.findall(path.read_text("utf-8")):
            start = key.removesuffix("#")
            found = any(one.startswith(start) for one in known) if start.endswith(".") else key in known
            if not found:
                missing.append(f"{path.relative_to(ROOT)}: {key}")
    assert missing == []


def test_a_text_is_filled() -> None:
    words = Words("nl")
    assert words.t("child.state.read", name="Sam", date="dinsdag 3 juni", time="14:05") == (
        "Gelezen door Sam, op dinsdag 3 juni om 14:05."
    )


def test_a_value_is_put_in_once_and_never_read_as_a_placeholder() -> None:
    assert Words("nl").t("child.state.received", date="{name}") == "Aangekomen op {name}. Nog niet gelezen."


def test_a_key_without_text_and_a_placeholder_without_value_are_faults() -> None:
    with pytest.raises(WordMissing):
        Words("nl").t("child.nothing.like.this")
    with pytest.raises(WordMissing):
        Words("nl").t("child.state.received")
    with pytest.raises(WordMissing):
        Words("nl").series("child.nothing.#")


def test_the_simpler_text_is_taken_where_there_is_one() -> None:
    assert Words("nl", "8").t("child.say.question") == "Wat wil je vertellen?"
    assert Words("nl", "8").t("child.tab.title") == "Start"


def test_a_series_comes_in_the_order_of_the_screen() -> None:
    assert Words("en").series("child.mood.#") == ["very good", "good", "okay", "not good", "not good at all"]


def test_days_and_times_are_written_out() -> None:
    today = date(2026, 6, 10)
    assert Words("nl").day(date(2026, 6, 3), today=today) == "woensdag 3 juni"
    assert Words("nl").day(date(2025, 6, 3), today=today) == "dinsdag 3 juni 2025"
    assert Words("en").day(date(2026, 6, 3), today=today) == "Wednesday 3 June"
    assert Words("nl").clock(datetime(2026, 6, 3, 12, 5, tzinfo=UTC)) == "14:05"


def test_a_moment_counts_by_the_day_it_has_in_the_netherlands() -> None:
    late = datetime(2026, 6, 3, 22, 30, tzinfo=UTC)
    assert Words("nl").day(late, today=date(2026, 6, 10)) == "donderdag 4 juni"


def test_text_runs_the_way_of_its_language() -> None:
    assert Words("nl").direction == "ltr"
    assert Words("ar").direction == "rtl"


@pytest.mark.parametrize(
    ("accept", "chosen", "expected"),
    [
        (None, None, "nl"),
        ("en-GB,en;q=0.9,nl;q=0.8", None, "en"),
        ("de,fr;q=0.9", None, "nl"),
        ("en;q=0,nl;q=0.1", None, "nl"),
        ("nl;q=0.3,en;q=0.7", None, "en"),
        ("en", "nl", "nl"),
        ("nl", "xx", "nl"),
        ("en;q=banana", None, "nl"),
    ],
)
def test_the_language_is_the_readers(accept: str | None, chosen: str | None, expected: str) -> None:
    assert pick(accept, chosen) == expected


@given(st.text(), st.text())
def test_no_header_can_make_the_choice_fail(accept: str, chosen: str) -> None:
    assert pick(accept, chosen) in languages()
