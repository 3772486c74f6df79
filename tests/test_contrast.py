"""Every two tokens that are used together can be told apart, in light and dark (WCAG 2.2 AA).

A component that puts two tokens together for the first time adds its pair here.
"""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parent.parent / "static/css/tokens.css").read_text("utf-8")

TEXT, EDGE = 4.5, 3.0
GROUNDS = ("ground", "surface", "shade")
PAPERS = ("art-1", "art-2", "art-3", "art-4", "art-5", "art-clay", "art-sky", "art-paper")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-soft", "act") for ground in GROUNDS),
    *(
        (state, ground, TEXT)
        for state in ("alarm", "heed", "good")
        for ground in ("surface", "ground", f"{state}-soft")
    ),
    ("on-act", "act", TEXT),
    ("on-act", "act-strong", TEXT),
    ("on-act-soft", "act-soft", TEXT),
    ("act", "act-soft", TEXT),
    ("on-voice", "voice", TEXT),
    ("voice-deep", "voice", TEXT),
    ("voice-deep", "surface", TEXT),
    ("voice", "voice-deep", TEXT),
    ("on-alarm", "alarm", TEXT),
    ("ground", "ink", TEXT),
    ("on-act", "mark-a", TEXT),
    ("surface", "mark-b", TEXT),
    ("ink", "mark-c", TEXT),
    *((edge, ground, EDGE) for edge in ("edge", "act", "focus") for ground in GROUNDS),
    *(("voice-deep", ground, EDGE) for ground in ("voice", "surface", "ground")),
    *(("focus", ground, EDGE) for ground in ("voice", "act-soft")),
    *((mark, "surface", EDGE) for mark in ("mark-a", "mark-b", "heed", "ink-soft", "span-3")),
    *(("art-line", paper, EDGE) for paper in (*PAPERS, "surface", "ground", "voice", "act-soft")),
]


def luminance(colour: str) -> float:
    """How light a colour is, as WCAG 2.2 defines it."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def theme(start: str) -> dict[str, str]:
    """The colours set in the block that begins with `start`."""
    block = CSS[CSS.index(start) :]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", block[: block.index("}")]))


LIGHT = theme(":root {")
DARK = LIGHT | theme(":root.dark {")


def test_dark_by_the_system_and_dark_by_choice_are_the_same() -> None:
    assert theme(":root:not(.light) {") == theme(":root.dark {") != {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_pair_can_be_told_apart(name: str) -> None:
    tokens = LIGHT if name == "light" else DARK
    short = {
        (a, b): round(ratio(tokens[a], tokens[b]), 2) for a, b, need in PAIRS if ratio(tokens[a], tokens[b]) < need
    }
    assert short == {}


def test_the_scale_measures_as_the_standard_says() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
