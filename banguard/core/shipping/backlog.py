"""The lines that wait to be shipped, and those that are on their way and may yet be lost."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from prometheus_client import Counter

MOST = 20_000  # lines, about 10 MB; 20 s of a thousand lines a second

SHIPPED = Counter("banguard_log_lines_shipped_total", "Log lines that the log platform has taken.")
DROPPED = Counter("banguard_log_lines_dropped_total", "Log lines that were not shipped: too many waited, or refused.")


class Line(NamedTuple):
    """``at``: seconds since 1970. ``level``: as ``logging`` numbers it. ``text``: JSON."""

    at: float
    level: int
    text: str


class Backlog:
    """Bounded; any thread may ``put``, one takes. What does not fit is counted as dropped."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: deque[Line] = deque()
        self._unsettled: deque[tuple[float, Line]] = deque()
        self._changed = threading.Condition()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._unsettled)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, line: Line) -> None:
        """Never waits for more than another thread's append."""
        with self._changed:
            if len(self) >= self._most:
                self.drop(1)
                return
            self._waiting.append(line)
            self._changed.notify()

    def drop(self, count: int) -> None:
        self.dropped += count
        DROPPED.inc(count)

    def take(self, most: int, wait: float) -> list[Line]:
        """Up to ``most`` lines, the oldest first; waits for one up to ``wait`` seconds.

        They are on their way then: ``settle`` says that they have arrived, ``again`` that they have not.
        """
        with self._changed:
            if not self._waiting:
                self._changed.wait(wait)
            lines = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            now = time.monotonic()
            self._unsettled.extend((now, line) for line in lines)
        return lines

    def settle(self, seconds: float) -> None:
        """What was taken that long ago has arrived."""
        until, count = time.monotonic() - seconds, 0
        with self._changed:
            while self._unsettled and self._unsettled[0][0] <= until:
                self._unsettled.popleft()
                count += 1
        SHIPPED.inc(count)

    def again(self) -> None:
        """Whatever is on its way goes back to where it came from."""
        with self._changed:
            self._waiting.extendleft(line for _, line in reversed(self._unsettled))
            self._unsettled.clear()

    def part(self, *, refused: int, again: Sequence[Line]) -> None:
        """Of what is on its way, ``again`` goes back, ``refused`` lines are dropped, and the rest has arrived."""
        with self._changed:
            arrived = len(self._unsettled) - refused - len(again)
            self._unsettled.clear()
            self._waiting.extendleft(reversed(again))
        self.drop(refused)
        SHIPPED.inc(arrived)

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
