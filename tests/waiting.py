"""Waiting for what others do: processes, servers, a kernel, another thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def wait_until(condition: Callable[[], Any], seconds: float = 60.0, what: str = "it did not happen") -> Any:
    """What ``condition`` answers once that is something; ``what`` is said when it is nothing for ``seconds``."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return found
