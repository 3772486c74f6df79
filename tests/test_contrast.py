"""Every two tokens that are used together can be told apart, in light and dark (WCAG 2.2 AA).

A component that puts two tokens together for the first time adds its pair here. Parts of a picture that stand side by
side are told apart on paper too, and by whoever sees few colours or none.
"""

import re
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import dist
from pathlib import Path

import pytest

from kindstem.exports.pdf import FILLS

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


# Any of the levels may stand on any other in a column, when those between are nought; D is hatched.
STACKED = [*combinations(("mark-a", "mark-b", "mark-c", "heed-soft"), 2)]
BAR = [*pairwise(("span-2", "heed", "mark-rest"))]
SEEN_APART = 10.0
"""Of CIE 1976 colour difference; 2.3 is what somebody with sharp eyes just sees."""

LIGHT_OF = (0.2126, 0.7152, 0.0722)

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, A Physiologically-based Model for Simulation of Color Vision
# Deficiency (IEEE Transactions on Visualization and Computer Graphics 15, 2009), severity 1.0.
SIGHTS = {
    "every colour": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "no colour": (LIGHT_OF, LIGHT_OF, LIGHT_OF),
}


def linear(colour: str) -> list[float]:
    """The light of a colour, red, green and blue, from 0 to 1."""
    whole = colour if len(colour) == 7 else "#" + "".join(2 * one for one in colour[1:])
    parts = (int(whole[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    """How light a colour is, as WCAG 2.2 defines it."""
    return times(LIGHT_OF, linear(colour))


def times(row: Sequence[float], light: Sequence[float]) -> float:
    return sum(one * other for one, other in zip(row, light, strict=True))


def lab(colour: str, sight: Sequence[Sequence[float]]) -> list[float]:
    """A colour as somebody sees it, in CIE 1976 L*a*b*."""
    seen = [min(1.0, max(0.0, times(row, linear(colour)))) for row in sight]
    white = ((0.4124, 0.3576, 0.1805), 0.9505), (LIGHT_OF, 1.0), ((0.0193, 0.1192, 0.9505), 1.089)
    x, y, z = (times(row, seen) / full for row, full in white)
    x, y, z = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def ratio(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def theme(start: str) -> dict[str, str]:
    """The colours set in the block that begins with `start`."""
    block = CSS[CSS.index(start) :]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", block[: block.index("}")]))


LIGHT = theme(":root {")
DARK = LIGHT | theme(":root.dark {")
PAPER = LIGHT | dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3})\b", CSS[CSS.index("@media print") :]))


def test_dark_by_the_system_and_dark_by_choice_are_the_same() -> None:
    assert theme(":root:not(.light) {") == theme(":root.dark {") != {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_pair_can_be_told_apart(name: str) -> None:
    tokens = LIGHT if name == "light" else DARK
    short = {
        (a, b): round(ratio(tokens[a], tokens[b]), 2) for a, b, need in PAIRS if ratio(tokens[a], tokens[b]) < need
    }
    assert short == {}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("tokens", [LIGHT, DARK, PAPER], ids=["light", "dark", "paper"])
def test_the_parts_of_a_picture_are_told_apart_with_few_colours(tokens: dict[str, str], sight: str) -> None:
    seen = {name: lab(tokens[name], SIGHTS[sight]) for pair in (*STACKED, *BAR) for name in pair}
    apart = {(a, b): round(dist(seen[a], seen[b]), 1) for a, b in (*STACKED, *BAR)}
    assert {pair: far for pair, far in apart.items() if far < SEEN_APART} == {}


@pytest.mark.parametrize("sight", SIGHTS)
def test_so_are_the_parts_of_a_picture_in_a_report(sight: str) -> None:
    near = {
        (one, other)
        for one, other in combinations(FILLS, 2)
        if dist(lab(one, SIGHTS[sight]), lab(other, SIGHTS[sight])) < SEEN_APART
    }
    assert near == set()


def test_the_scale_measures_as_the_standard_says() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab("#ffffff", SIGHTS["every colour"]) == pytest.approx([100, 0, 0], abs=0.1)
    assert lab("#ff0000", SIGHTS["every colour"]) == pytest.approx([53.2, 80.1, 67.2], abs=0.2)
