"""What every destination is, and which one an address names."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from banguard.core.shipping.backlog import Line

HOST = socket.gethostname()


class Outcome(NamedTuple):
    """``refused``: how many lines the platform will never take. ``again``: those that it takes later."""

    refused: int = 0
    again: Sequence[Line] = ()


class Destination(Protocol):
    """Connects when it is first used. Whatever goes wrong on the way is an ``OSError``."""

    settles_after: float  # seconds after which a line that was sent has arrived, if the connection still stands

    def send(self, lines: Sequence[Line]) -> Outcome:
        """Hand them over, in this order."""

    def check(self) -> None:
        """Raise ``OSError`` if the connection is known to be gone."""

    def close(self) -> None:
        """Let the other end read what it was sent, and hang up."""


class Maker(Protocol):
    def __call__(self, url: str, headers: Mapping[str, str]) -> Destination: ...
