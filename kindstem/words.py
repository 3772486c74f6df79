"""Texts people read, by key, in their language."""

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

LOCALES = Path(__file__).resolve().parent / "locale"
DOMAINS = ("child", "work", "numbers")
ORIGINAL = "nl"
"""The language every text is written in first, and that a reader gets when nothing better fits."""

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


class WordMissing(KeyError):
    """A key without a text, or a placeholder without a value: a fault in the code, never of the person."""


@cache
def languages() -> tuple[str, ...]:
    """The languages that have catalogues, the original first."""
    found = {path.name for path in LOCALES.iterdir() if (path / "LC_MESSAGES").is_dir()}
    return (ORIGINAL, *sorted(found - {ORIGINAL}))


@cache
def _texts(lang: str) -> Mapping[str, str]:
    merged: dict[str, str] = {}
    for domain in DOMAINS:
        catalogue = gettext.translation(domain, LOCALES, [lang])
        # The standard library gives no way to list a catalogue's keys; this attribute has held them since 2000.
        entries: dict[str, str] = catalogue._catalog  # type: ignore[attr-defined]
        merged.update((key, text) for key, text in entries.items() if key)
    return merged


@dataclass(frozen=True)
class Words:
    """The texts of one language, for one reader.

    `level` "8" takes the simpler text where there is one.
    """

    lang: str
    level: Literal["", "8"] = ""

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way the language runs, for `dir`."""
        return _direction(self.lang)

    def has(self, key: str) -> bool:
        """Whether there is a text, for keys that come out of data."""
        return key in _texts(self.lang)

    def t(self, key: str, **params: object) -> str:
        """The text of a key with its placeholders filled.

        In a language that runs from right to left each value is isolated, so that a Dutch name cannot turn the
        sentence around it.

        Raises WordMissing for a key without text and for a placeholder without value.
        """
        texts = _texts(self.lang)
        text = texts.get(f"{key}@8") if self.level == "8" else None
        if text is None:
            text = texts.get(key)
        if text is None:
            raise WordMissing(f"{key} has no text in {self.lang}")
        if "{" not in text:
            return text

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name not in params:
                raise WordMissing(f"{key} needs {name}")
            filled = str(params[name])
            return f"{_FIRST_STRONG_ISOLATE}{filled}{_POP_ISOLATE}" if self.direction == "rtl" else filled

        return _PLACEHOLDER.sub(value, text)

    def series(self, key: str, **params: object) -> list[str]:
        """The texts of a series, in the order of the screen; `key` ends in ".#"."""
        start = key.removesuffix("#")
        found: list[str] = []
        while self.has(f"{start}{len(found) + 1}"):
            found.append(self.t(f"{start}{len(found) + 1}", **params))
        if not found:
            raise WordMissing(f"{key} has no texts in {self.lang}")
        return found

    def day(self, at: date | datetime, *, zone: tzinfo = AMSTERDAM, today: date | None = None) -> str:
        """A day written out, "dinsdag 3 juni"; with its year when that is not this one.

        Moments count by the day they have in `zone`.
        """
        if isinstance(at, datetime):
            at = at.astimezone(zone).date()
        today = today or datetime.now(UTC).astimezone(zone).date()
        form = "EEEE d MMMM" if at.year == today.year else "EEEE d MMMM y"
        return format_date(at, form, locale=self._locale())

    def date(self, at: date | datetime, *, zone: tzinfo = AMSTERDAM) -> str:
        """A day in short, "3 jun 2026", as it stands in tables; moments count by the day they have in `zone`."""
        if isinstance(at, datetime):
            at = at.astimezone(zone).date()
        return _short(at, self._locale())

    def month(self, month: str) -> str:
        """A month in short, "jun 2026", of "2026-06"."""
        return format_date(date.fromisoformat(f"{month}-01"), "LLL y", locale=self._locale())

    def number(self, value: int) -> str:
        """A number with its thousands apart, "12.345"."""
        return _decimal(value, self._locale())

    def percent(self, value: int, of: int) -> str:
        """A share as a whole percentage, "61%"; a dash of nothing. Never all or nothing while it is not quite that."""
        if not of:
            return "–"
        share = round(100 * value / of)
        if value and not share:
            return "<1%"
        if value < of and share == 100:
            return ">99%"
        return f"{share}%"

    def clock(self, at: datetime, *, zone: tzinfo = AMSTERDAM) -> str:
        """The time of day, "14:05"."""
        return format_time(at.astimezone(zone), "HH:mm", locale=self._locale())

    def _locale(self) -> str:
        # The English texts are for people in the Netherlands: day before month.
        return "en_GB" if self.lang == "en" else self.lang


@cache
def _direction(lang: str) -> Literal["ltr", "rtl"]:
    return "rtl" if Locale.parse(lang).text_direction == "rtl" else "ltr"


# A table of a page has hundreds of the same few days and numbers, and each takes longer to write than to find.
@lru_cache(maxsize=8192)
def _short(day: date, locale: str) -> str:
    return format_date(day, "d MMM y", locale=locale)


@lru_cache(maxsize=8192)
def _decimal(value: int, locale: str) -> str:
    return format_decimal(value, locale=locale)


DEFINED: Final = ("contact", "not", "denominator", "level", "norm", "first", "plan", "continuity", "silence", "request")
DEFINED_IN: Final = ("nl", "en")


def definitions() -> dict[str, Any]:
    """What every number means, in words: printed with it, laid in every bundle, compared by every verifier."""
    texts = {name: {lang: Words(lang).t(f"def.{name}") for lang in DEFINED_IN} for name in DEFINED}
    return {"v": 1, "definitions": texts}


def pick(accept: str | None, chosen: str | None = None) -> str:
    """The language for a reader: the one they chose, else the best of their browser's list, else the original.

    `accept` is an Accept-Language header, `chosen` the value of our cookie; neither is trusted to be well-formed.
    """
    if chosen in languages():
        return chosen
    wanted: list[tuple[float, int, str]] = []
    for place, item in enumerate((accept or "").split(",")[:20]):
        tag, _, rest = item.strip().partition(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest) if rest else None
        if rest and not match:
            continue
        wanted.append((-float(match[1]) if match else -1.0, place, tag.partition("-")[0].lower()))
    for quality, _, tag in sorted(wanted):
        if quality < 0 and tag in languages():
            return tag
    return ORIGINAL
