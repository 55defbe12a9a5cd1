"""How long the database takes, as the one who asks sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from benchmarks.figures import Figures, percentile

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

    def note(self, kind: str, name: str, times: list[float]) -> float:
        """Returns the p95."""
        p95 = percentile(times, 95)
        self.figures[f"{kind}_{name}_ms_median"] = round(percentile(times, 50), 3)
        self.figures[f"{kind}_{name}_ms_p95"] = round(p95, 3)
        self.worst[kind] = max(self.worst.get(kind, 0.0), p95)
        return p95

    def measure(self, kind: str, name: str, work: Work) -> None:
        """After one time that is not counted: nobody's first page is what a page costs."""
        work()
        self.note(kind, name, [database_ms(work) for _ in range(self.repeats)])
