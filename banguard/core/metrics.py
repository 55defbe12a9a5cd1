"""``/metrics``: what every process counted, and what is read off the database when asked."""

from __future__ import annotations

import os
from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from banguard.core import slots


class Readings(Collector):
    """Values that are read when somebody asks, not counted."""

    def __init__(self, readings: Iterable[Metric]) -> None:
        self.readings = list(readings)

    def collect(self) -> Iterable[Metric]:
        return self.readings


def exposition(readings: Iterable[Metric]) -> bytes:
    """All metrics as Prometheus text. With several processes their counts are added up from the shared folder."""
    registry = CollectorRegistry()
    if slots.VARIABLE in os.environ:
        slots.forget_the_dead()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(Readings(readings))
    return generate_latest(registry)
