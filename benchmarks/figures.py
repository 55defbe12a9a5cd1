"""What a benchmark returns: one flat object; and where the files are that it is given."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
Figures = dict[str, float | int | str]


def in_rounds(asked: Mapping[K, Callable[[], T]], rounds: int) -> dict[K, list[T]]:
    """What each of ``asked`` answers, once in each round: a slow moment of the machine is one time of many, and not
    every time of one."""
    answers: dict[K, list[T]] = {one: [] for one in asked}
    for _ in range(rounds):
        for one, ask in asked.items():
            answers[one].append(ask())
    return answers


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of them do not exceed; an observed one, never in between."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def from_here(path: Path) -> Path:
    """As the person meant it, who may have called from another folder than the checkout's."""
    return Path(os.environ.get("BANGUARD_BENCH_FROM", ".")) / path
