"""A ban as history keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag, StrEnum
from typing import ClassVar

from banguard.core.networks import Network


class Origin(StrEnum):
    JAIL = "jail"  # a jail counted failures
    MANUAL = "manual"  # somebody banned it by hand
    BLOCKLIST = "blocklist"  # a list holds it


class Dimension(IntFlag):
    """What tallies tell apart, as a sum."""

    SERVER = 1
    JAIL = 2
    COUNTRY = 4
    ORIGIN = 8


class TopKind(StrEnum):
    ADDRESS = "address"
    NETWORK = "network"  # the /24 or the /64 around it
    ASN = "asn"


# Networks by which bans are indexed, as prefix lengths (IPv4, IPv6); the address itself is one more. No index has an
# IPv4 /8 (migration 0012), but the expression of the first one names it: only a query that does so too can use that.
LEVELS = ((8, 32), (16, 48), (24, 64))
REPEATS = (2, 5, 20, 100)  # "banned at least so many times": each has an index
TOP_KEPT = {"d": 300, "m": 1_000}  # values of one kind that are kept of a day or a month


class LiftReason(StrEnum):
    EXPIRED = "expired"  # its time was over
    MANUAL = "manual"  # somebody unbanned it
    FLUSHED = "flushed"  # somebody lifted all that the jail held at once
    JAIL_STOPPED = "jail_stopped"  # the jail was stopped, and did not take it up again
    SERVER_STOPPED = "server_stopped"  # Fail2ban ended or was restarted, and did not take it up again
    BLOCKLIST = "blocklist"  # no list holds it any more
    UNKNOWN = "unknown"  # an older ban that was brought, and is not held: its end is written at its beginning


@dataclass(frozen=True)
class Reversal:
    """What takes something back: ``what`` (ban or unban) is to be done with some addresses of each jail."""

    what: str
    jails: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Brought:
    """What came of a file of older bans: how many were read, are new, were there already, cannot be used, are too old.

    The sum of the last four is ``read``.
    """

    read: int = 0
    stored: int = 0
    known: int = 0
    unreadable: int = 0
    too_old: int = 0


@dataclass(frozen=True)
class Episode:
    """One ban from its beginning to its end. ``expires_at`` None: it has no end of its own.

    ``lifted_at`` and ``lift_reason``: how it ended, where that is known already.
    ``banned_at`` is the moment of the ban where the log tells it, else ``failed_at``: the moment of the last
    failure that led to it, by which Fail2ban's database and socket date a ban.
    """

    jail: str
    address: Network
    origin: Origin
    banned_at: datetime
    expires_at: datetime | None
    ban_count: int
    failures: int
    matches: tuple[str, ...]
    failed_at: datetime | None = None
    lifted_at: datetime | None = None
    lift_reason: LiftReason | None = None
    server: str = ""  # its name, where a file of older bans tells it


@dataclass(frozen=True)
class Place:
    """How far Fail2ban's database was read: the last row's id, and a ``mark`` that tells it from any other row."""

    MARK_LENGTH: ClassVar = 32

    rowid: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Ticket:
    """A ban as Fail2ban's database or a running jail tells it: dated by the last failure, to the second.

    ``origin`` None: not known. Only the database knows how often it failed, and the lines.
    """

    jail: str
    address: Network
    failed_at: datetime
    expires_at: datetime | None
    origin: Origin | None
    ban_count: int
    failures: int
    matches: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.jail, self.address


Key = tuple[str, Network]  # a jail and an address: their episodes follow one another


@dataclass
class Past:
    """An episode that history holds, or is about to. ``touched``: what is to be written back has changed."""

    jail: str
    address: Network
    banned_at: datetime
    expires_at: datetime | None
    failed_at: datetime | None = None
    lifted_at: datetime | None = None
    reason: LiftReason | None = None
    origin: Origin = Origin.JAIL
    ban_count: int = 1
    failures: int = 0
    matches: tuple[str, ...] = ()
    new: bool = False
    touched: bool = False

    @property
    def open(self) -> bool:
        return self.lifted_at is None

    @property
    def of_ticket(self) -> bool:
        """Whether it came to be by a ticket: then it is dated by its failure, and its line may still come."""
        if self.failed_at is None:
            return not self.new and self.banned_at.microsecond == 0
        return self.failed_at == self.banned_at

    def end(self, at: datetime, reason: LiftReason) -> None:
        self.lifted_at, self.reason, self.touched = max(at, self.banned_at), reason, True

    def reopen(self) -> None:
        self.lifted_at, self.reason, self.touched = None, None, True


@dataclass
class Context:
    """What the lines of the log that were read so far mean for those to come. Times in milliseconds since 1970."""

    shutting_down: bool = False
    started_at: int = 0  # the server's last start
    settling: int = 0  # when a jail was last seen taking up its bans again
    stopping: int = 0  # when a jail was last seen letting go of its logs
    flushes: dict[str, int] = field(default_factory=dict)  # jail -> when it last began to flush
    look: bool = True  # whether the jails themselves have to be asked
