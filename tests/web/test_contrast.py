"""WCAG 2.2 AA, by arithmetic: 4.5 for words on their ground, 3 for the edge of a field and the focus ring."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "static/css/banguard.css").read_text(encoding="utf-8")
TOKENS = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", CSS)}

WORDS = [
    *((words, ground) for words in ("ink", "ink-soft", "accent") for ground in ("ground", "surface", "raised")),
    ("on-accent", "accent"),
    *((tone, f"{tone}-ground") for tone in ("good", "warn", "bad", "info", "neutral")),
    *((tone, "surface") for tone in ("good", "warn", "bad", "info")),
]
EDGES = [("line-strong", "surface"), ("focus", "ground"), ("focus", "surface"), ("accent", "neutral-ground")]


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    full = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    channels = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), WORDS)
def test_words_stand_out_from_their_ground(words: str, ground: str, look: int) -> None:
    assert contrast(TOKENS[words][look], TOKENS[ground][look]) >= 4.5


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_stand_out_from_their_ground(edge: str, ground: str, look: int) -> None:
    assert contrast(TOKENS[edge][look], TOKENS[ground][look]) >= 3
