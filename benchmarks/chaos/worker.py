"""One process that competes for the lock, on and on: ``... worker FOLDER NUMBER LIFE SEED DEADLINE``.

While it holds the lock it does what a job does: check, think, then an effect; so a process that is stopped
often wakes between the two. SIGUSR1 moves its clock by the hours that stand in ``FOLDER/clock-NUMBER``.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import REGISTRY

from banguard.core import locks
from banguard.core.errors import LockBusy, LockLost, LocksUnavailable
from benchmarks.chaos.journal import Effect, Journal, Refused

SUBJECT = 1


class Worker:
    """``name`` is its number and which of its lives this is: ``2.5``."""

    def __init__(self, name: str, journal: Journal, chance: random.Random) -> None:
        self._name, self._journal, self._chance = name, journal, chance

    def compete(self) -> None:
        """Holds the lock for a while, once, if it can."""
        try:
            with locks.hold(locks.IMPORT, SUBJECT, wait=self._chance.choice((0.0, 2.0))) as held:
                for _step in range(self._chance.randint(40, 200)):
                    self._step(held)
        except LockBusy:
            self._pause(0.05, 0.3)
        except (LockLost, Refused):
            pass  # somebody newer is at work
        except (LocksUnavailable, DatabaseError):
            connection.close()
            self._pause(0.05, 0.2)

    def _step(self, held: locks.Held) -> None:
        held.check()
        self._pause(0.002, 0.02)
        if self._chance.random() < 0.6:
            self._journal.append(Effect.now(held.token, self._name))
        else:  # not after the other: each resource is to be guarded by its own fence
            self._write(held)

    def _write(self, held: locks.Held) -> None:
        fenced = _fenced()
        try:
            with held.writing(), connection.cursor() as cursor:
                self._pause(0.0, 0.005)
                cursor.execute("INSERT INTO effect (token, worker) VALUES (%s, %s)", [held.token, self._name])
        except LockLost:
            if _fenced() > fenced:
                self._journal.refused("database", held.token)
            raise

    def _pause(self, shortest: float, longest: float) -> None:
        time.sleep(self._chance.uniform(shortest, longest))


class Clock:
    """The wall clock of this process."""

    def __init__(self, order: Path) -> None:
        self._order = order
        self._travel: time_machine.travel | None = None

    def move(self) -> None:
        if self._travel:
            self._travel.stop()
        there = datetime.now(UTC) + timedelta(hours=float(self._order.read_text(encoding="ascii")))
        self._travel = time_machine.travel(there, tick=True)
        self._travel.start()


def _fenced() -> float:
    return REGISTRY.get_sample_value("banguard_lock_fenced_writes_total", {"lock": locks.IMPORT.name}) or 0.0


def main(arguments: list[str]) -> None:
    folder, number, life, seed, deadline = arguments
    settings.LOCK_DEADLINE, settings.LOCK_HEARTBEAT = float(deadline), float(deadline) / 2
    clock = Clock(Path(folder) / f"clock-{number}")
    signal.signal(signal.SIGUSR1, lambda _number, _frame: clock.move())
    chance = random.Random(f"{seed} {number} {life}")  # noqa: S311
    worker = Worker(f"{number}.{life}", Journal(Path(folder)), chance)
    while True:
        worker.compete()


if __name__ == "__main__":
    main(sys.argv[1:])
