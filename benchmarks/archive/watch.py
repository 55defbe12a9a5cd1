"""How long the database takes, as the one who asks sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connection

from benchmarks.figures import Figures, in_rounds, percentile

Work = Callable[[], object]


class _Clock:
    """Sums what the statements took; a client's cursor has all rows when its statement returns."""

    def __init__(self) -> None:
        self.ms = 0.0
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], *question: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*question)
        finally:
            self.ms += 1000 * (time.perf_counter() - begun)
            self.statements += 1


def database_ms(work: Work) -> float:
    """What the statements of ``work`` take together."""
    clock = _Clock()
    with connection.execute_wrapper(clock):
        work()
    return clock.ms


@dataclass
class Sheet:
    """Figures by name, ``NAME_ms_median`` and ``NAME_ms_p95``, and the worst p95 of each kind."""

    repeats: int
    figures: Figures = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)

    planned: dict[tuple[str, str], Work] = field(default_factory=dict)

    def note(self, kind: str, name: str, times: list[float]) -> None:
        p95 = percentile(times, 95)
        self.figures[f"{kind}_{name}_ms_median"] = round(percentile(times, 50), 3)
        self.figures[f"{kind}_{name}_ms_p95"] = round(p95, 3)
        self.worst[kind] = max(self.worst.get(kind, 0.0), p95)

    def plan(self, kind: str, name: str, work: Work) -> None:
        """To be measured beside all else that is planned."""
        self.planned[kind, name] = work

    def measure(self) -> None:
        """Whatever is planned, in rounds; the first is not counted: nobody's first page is what a page costs."""
        asked = {one: partial(database_ms, work) for one, work in self.planned.items()}
        for (kind, name), times in in_rounds(asked, self.repeats + 1).items():
            self.note(kind, name, times[1:])
