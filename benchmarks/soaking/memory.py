"""What each role holds in memory, over time."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

from benchmarks.soaking.house import ROLES, House

EVERY = 2.0  # seconds


class Memory:
    """Samples until told to stop. Shared pages count once, by each process's part in them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._began = self._ended = time.monotonic()
        self.samples: dict[str, list[tuple[float, float]]] = {role: [] for role in ROLES}

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._ended = time.monotonic()
        self._thread.join(30)

    def medians(self) -> dict[str, tuple[float, float]]:
        """Role -> MB in the second quarter of the time and in the last one: the first is for warming up."""
        span = self._ended - self._began
        return {
            role: (self._median(samples, span / 4, span / 2), self._median(samples, 3 * span / 4, span))
            for role, samples in self.samples.items()
        }

    @staticmethod
    def _median(samples: list[tuple[float, float]], begin: float, end: float) -> float:
        found = [mb for at, mb in samples if begin <= at <= end]
        return statistics.median(found) if found else 0.0

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            at = time.monotonic() - self._began
            for role, pids in self._house.processes().items():
                if pids:
                    self.samples[role].append((at, sum(map(_proportional_mb, pids))))


def _proportional_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (OSError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
