"""What travels between the parts of this package, and out of it.

Times are seconds since 1970, durations seconds; a ban time of -1 is for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "found", "ban", "restore", "unban", "increase", "flush", "stopping", "stopped", "started", "shutdown", "start"
]
BLOCKLIST_JAIL = "banguard-blocklist"


@dataclass(frozen=True, slots=True)
class JailState:
    """A running jail, counted by the server itself."""

    name: str
    failed_current: int
    failed_total: int
    banned_current: int
    banned_total: int
    ban_time: int
    find_time: int
    max_retries: int


@dataclass(frozen=True, slots=True)
class BanRow:
    """One row of Fail2ban's ``bans`` table. ``identity`` is what it banned: an address, as a rule."""

    rowid: int
    jail: str
    identity: str
    banned_at: int
    ban_time: int
    ban_count: int
    failures: int
    matches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BanPage:
    """``complete`` is False when the limit cut it."""

    rows: tuple[BanRow, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the configuration files that cannot be used, and where: a path, or a path and a section."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class ConfiguredJail:
    """A jail as the files define it, every ``%(reference)s`` followed.

    ``options`` hold all that apply to it, those of ``[DEFAULT]`` too. ``files`` are the files with a section
    of its name, in reading order, relative to the configuration folder.
    """

    name: str
    enabled: bool
    options: Mapping[str, str]
    files: tuple[str, ...]

    def option(self, name: str) -> str:
        return self.options.get(name, "")

    @property
    def log_paths(self) -> tuple[str, ...]:
        """One to a line, each perhaps followed by where to start: ``/var/log/auth.log tail``."""
        lines = (line.strip() for line in self.option("logpath").splitlines())
        return tuple(re.sub(r"\s+(head|tail)$", "", line) for line in lines if line)


@dataclass(frozen=True, slots=True)
class ConfiguredJails:
    jails: tuple[ConfiguredJail, ...] = ()
    faults: tuple[Fault, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Ticket:
    """One address that a running jail holds banned, as it tells when asked: no more than this."""

    identity: str
    banned_at: int
    ban_time: int


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of Fail2ban's own log that history wants. ``at`` is in milliseconds since 1970.

    ``jail`` and ``identity`` are empty where the line names none. ``until`` is what else it tells of time, in
    seconds: when the failing line was written (found), or when the ban ends, -1 for never (increase).
    """

    kind: Kind
    at: int
    jail: str = ""
    identity: str = ""
    until: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """``place`` is where to go on. ``complete``: the end was reached.

    ``hole`` says why what stood between the place that was asked for and the first line here is unknown; it is
    empty where nothing is. ``source`` is ``file``, ``journal``, or ``none``, which ``hole`` then explains.
    """

    events: tuple[LogEvent, ...]
    place: str
    complete: bool
    hole: str
    source: Literal["file", "journal", "none"]
