"""A ban as history keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from banguard.core.networks import Network


class Origin(StrEnum):
    JAIL = "jail"  # a jail counted failures
    MANUAL = "manual"  # somebody banned it by hand
    BLOCKLIST = "blocklist"  # a list holds it


class LiftReason(StrEnum):
    MANUAL = "manual"  # somebody unbanned it
    BLOCKLIST = "blocklist"  # no list holds it any more


@dataclass(frozen=True)
class Reversal:
    """What takes something back: ``what`` (ban or unban) is to be done with some addresses of each jail."""

    what: str
    jails: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Episode:
    """One ban from its beginning to its end. ``expires_at`` None: it has no end of its own."""

    jail: str
    address: Network
    origin: Origin
    banned_at: datetime
    expires_at: datetime | None
    ban_count: int
    failures: int
    matches: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """How far Fail2ban's database was read: the last row's id, and a ``mark`` that tells it from any other row."""

    MARK_LENGTH: ClassVar = 32

    rowid: int = 0
    mark: str = ""
