"""The workers, seen from outside: started, found by their process number, broken and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from banguard.machine import call
from banguard.machine.errors import CannotGoOn
from benchmarks.chaos.proxy import Proxy


@dataclass
class Hand:
    """One worker and the only line on which it reaches its locks. ``life`` counts its processes, from 1."""

    number: int
    proxy: Proxy
    process: subprocess.Popen[bytes]
    life: int = 1

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)


@dataclass(frozen=True)
class Orders:
    """What each worker is told; ``environment`` is Django's, ``deadline`` the lock's in seconds."""

    folder: Path
    seed: int
    deadline: float
    environment: Mapping[str, str]


class Crew:
    def __init__(self, orders: Orders, proxies: list[Proxy]) -> None:
        self._orders = orders
        self._log = (orders.folder / "workers.log").open("ab")
        self._hands: list[Hand] = []
        for number, proxy in enumerate(proxies, start=1):
            self._hands.append(Hand(number, proxy, self._start(number, 1, proxy)))

    def with_process(self, pid: int) -> Hand | None:
        return next((hand for hand in self._hands if hand.process.pid == pid), None)

    def kill(self, hand: Hand) -> None:
        """SIGKILL, and a new process in its place."""
        hand.process.kill()
        hand.process.wait()
        hand.life += 1
        hand.process = self._start(hand.number, hand.life, hand.proxy)

    def move_clock(self, hand: Hand, hours: float) -> None:
        (self._orders.folder / f"clock-{hand.number}").write_text(str(hours), encoding="ascii")
        hand.send(signal.SIGUSR1)

    def look_after(self) -> None:
        """Nobody ends by itself: raises ``CannotGoOn`` with the last words of who did."""
        for hand in self._hands:
            if hand.process.poll() is not None:
                words = (self._orders.folder / "workers.log").read_text(encoding="utf-8", errors="replace")
                raise CannotGoOn(f"Worker {hand.number} ended with {hand.process.returncode}:\n{words[-3000:]}")

    def stop(self) -> None:
        for hand in self._hands:
            hand.process.kill()
            hand.process.wait()
        self._log.close()

    def _start(self, number: int, life: int, proxy: Proxy) -> subprocess.Popen[bytes]:
        orders = self._orders
        words = (orders.folder, number, life, orders.seed, orders.deadline)
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/banguard"
        return call.spawn(
            [sys.executable, "-m", "benchmarks.with_django", "benchmarks.chaos.worker", *map(str, words)],
            output=self._log,
            environment={**orders.environment, "BANGUARD_LOCK_DATABASE_URL": url},
            when_orphaned=signal.SIGKILL,
        )
