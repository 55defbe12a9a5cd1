"""What is known of the configuration, put together from the server and from what was asked of it here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from banguard.agent.verbs import Jail


class KnownJail(Jail):
    """``idle_since``: when it was told here to be idle; None for one that was not, or does not run."""

    idle_since: datetime | None = None


@dataclass(frozen=True)
class WatchedLog:
    """A file, or what is looked for in the journal: then ``name`` holds the fields, such as ``_COMM=sshd``.

    ``problem`` is empty when it can be read; ``lines`` are its last ones, oldest first.
    """

    kind: Literal["file", "journal"]
    name: str
    size: int | None
    followed: bool
    problem: str
    lines: tuple[str, ...]
