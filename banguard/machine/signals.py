"""Notes the signals that ask to stop, so that each loop can end at a point of its own choosing."""

from __future__ import annotations

import signal
from types import FrameType

from banguard.machine.errors import Stopped

_received: list[int] = []


def watch() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _note)


def received() -> tuple[int, ...]:
    """The signals that came, oldest first."""
    return tuple(_received)


def forget() -> None:
    _received.clear()


def raise_if_stopped() -> None:
    if _received:
        raise Stopped(signal.Signals(_received[0]).name)


def _note(number: int, _frame: FrameType | None) -> None:
    _received.append(number)
