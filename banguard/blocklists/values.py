"""What travels through an import, from the feed's bytes to what a server is told to block."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from banguard.core.networks import Span


class Format(StrEnum):
    PLAIN = "plain"  # one address, network or range a line, comments after # or ;


class Enforcement(StrEnum):
    JAIL = "jail"  # Fail2ban's jail banguard-blocklist
    NONE = "none"  # kept and shown, not enforced


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


UNFINISHED = (State.QUEUED, State.RUNNING)


class Stage(StrEnum):
    FETCH = "fetching"
    PARSE = "parsing"
    MERGE = "merging"
    STORE = "storing"
    ENFORCE = "enforcing"
    DONE = "done"


@dataclass(frozen=True)
class Validators:
    """What a server gave with a feed, so that the next request can ask whether it changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """A feed's bytes in a file of ours, or ``path`` None: the server says that nothing changed (304)."""

    path: Path | None
    size: int
    status: int
    validators: Validators


@dataclass(frozen=True)
class Rejected:
    """A line that is no address, with its number from 1 and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Parsed:
    """What a list holds, as spans by IP version, unmerged. ``read`` counts entries, ``rejected`` those refused."""

    spans: dict[int, list[Span]]
    read: int
    rejected: int
    samples: tuple[Rejected, ...] = ()


@dataclass(frozen=True)
class Merged:
    """A list as the fewest networks, as canonical text, IPv4 first.

    ``networks``: all that it holds, which is what is stored. ``allowed``: less what must never be blocked,
    which is what is enforced. ``protected``: how many of ``networks`` that removed or cut.
    """

    networks: tuple[str, ...]
    allowed: tuple[str, ...]
    protected: int


@dataclass(frozen=True)
class Stored:
    """How a source's entries changed."""

    added: int
    removed: int


@dataclass(frozen=True)
class Change:
    """What has to be done so that a server blocks what is wanted."""

    add: tuple[str, ...]
    remove: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.add) + len(self.remove)


@dataclass(frozen=True)
class Feed:
    """A source as its imports left it. ``state`` to ``finished_at`` are of the newest import that ended.

    ``age``: seconds since one succeeded, or since the source was made. ``every``: seconds between two that are
    planned; None: only when asked. ``entries``: networks that the source held when it was last read.
    """

    id: int
    name: str
    enabled: bool
    every: float | None
    age: float
    entries: int
    state: str = ""
    seconds: float = 0.0
    added: int = 0
    removed: int = 0
    rejected: int = 0
    finished_at: datetime | None = None

    @property
    def failed(self) -> bool:
        return self.state in {State.FAILED, State.INTERRUPTED}

    @property
    def stale(self) -> bool:
        """Whether two planned imports in a row brought nothing."""
        return self.enabled and self.every is not None and self.age > 2 * self.every + 600
