"""When which process was being restarted: what fails then is no fault, all else is."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.soaking.house import ROLES, House

PAUSE = (8.0, 14.0)  # seconds between two kills
GRACE = 3.0  # seconds after a process is there again, for what it needs to get going
# Long enough for every process to come back by itself.
LONGEST = 60.0


@dataclass
class Outage:
    """``role`` was killed at ``began`` and was well again at ``ended`` (both monotonic); None: not yet."""

    role: str
    began: float
    ended: float | None = None


class Outages:
    """Kills one random process after the other until it is told to stop."""

    def __init__(self, house: House, chance: random.Random, is_well: Callable[[str], bool]) -> None:
        self._house, self._chance, self._is_well = house, chance, is_well
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.outages: list[Outage] = []
        self.late: list[str] = []  # what did not come back in time

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join(LONGEST + 10)

    def excuses(self, roles: set[str], began: float, ended: float) -> bool:
        """Whether one of ``roles`` was down at any time between ``began`` and ``ended``."""
        return any(
            outage.role in roles and outage.began <= ended and (outage.ended is None or began <= outage.ended + GRACE)
            for outage in self.outages
        )

    def _run(self) -> None:
        while not self._over.wait(self._chance.uniform(*PAUSE)):
            role = self._chance.choice(sorted(ROLES))
            running = self._house.processes()[role]
            if running:
                self._break(role, self._chance.choice(running))

    def _break(self, role: str, pid: int) -> None:
        outage = Outage(role, time.monotonic())
        self.outages.append(outage)
        self._house.kill(pid)
        until = outage.began + LONGEST
        time.sleep(0.5)
        while not self._is_well(role):
            if time.monotonic() > until:
                self.late.append(role)
                break
            time.sleep(0.2)
        outage.ended = time.monotonic()
