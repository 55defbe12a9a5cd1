"""A ban as history keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


# Networks by which bans are indexed, as prefix lengths (IPv4, IPv6); the address itself is one more.
LEVELS = ((8, 32), (16, 48), (24, 64))
REPEATS = (2, 5, 20, 100)  # "banned at least so many times": each has an index
TOP_KEPT = 1_000  # values of one kind that are kept of a day or a month


class LiftReason(StrEnum):
    MANUAL = "manual"  # somebody unbanned it
    BLOCKLIST = "blocklist"  # no list holds it any more
    EXPIRED = "expired"  # its time was over


@dataclass(frozen=True)
class Reversal:
    """What takes something back: ``what`` (ban or unban) is to be done with some addresses of each jail."""

    what: str
    jails: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Episode:
    """One ban from its beginning to its end. ``expires_at`` None: it has no end of its own.

    ``lifted_at`` and ``lift_reason``: how it ended, where that is known already.
    """

    jail: str
    address: Network
    origin: Origin
    banned_at: datetime
    expires_at: datetime | None
    ban_count: int
    failures: int
    matches: tuple[str, ...]
    lifted_at: datetime | None = None
    lift_reason: LiftReason | None = None


@dataclass(frozen=True)
class Place:
    """How far Fail2ban's database was read: the last row's id, and a ``mark`` that tells it from any other row."""

    MARK_LENGTH: ClassVar = 32

    rowid: int = 0
    mark: str = ""
