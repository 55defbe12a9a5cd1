"""What is known of the configuration, and what a change of it is made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from banguard.agent.verbs import Jail
from banguard.core.networks import Network

BLOCKLIST_SECTION = "banguard-blocklist"  # what holds the blocklists; no editor changes it
OVERLAY = "jail.d/zz-banguard.local"  # read after everything an admin writes: what forms about jails change
SERVER_OVERLAY = "fail2ban.d/zz-banguard.local"  # the same for the server's own settings


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


@dataclass(frozen=True)
class Wish:
    """An address or network that ``jail``, or with an empty name every one, is never to ban by itself."""

    jail: str
    network: Network


class State(StrEnum):
    """``pending``: it is being applied. ``failed``: nothing was written. ``broken``: not even the way back worked."""

    DRAFT = "draft"
    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    BROKEN = "broken"


UNDECIDED = (State.PENDING,)


class Origin(StrEnum):
    """``found``: how a file was when BanGuard first saw it. ``outside``: an editor's or a package upgrade's doing."""

    EDITOR = "editor"
    FORM = "form"
    RESTORE = "restore"
    FOUND = "found"
    OUTSIDE = "outside"


class Severity(StrEnum):
    """``danger``: it may be done, by whoever may; it runs something as root, or writes where root may."""

    ERROR = "error"
    DANGER = "danger"
    WARNING = "warning"


class Doing(StrEnum):
    """What a change does to a jail that runs, or will."""

    START = "start"
    RELOAD = "reload"
    RESTART = "restart"
    STOP = "stop"


@dataclass(frozen=True)
class Finding:
    """Something about a change, and where: ``line`` counts from 1."""

    severity: str
    message: str
    file: str | None = None
    line: int | None = None
    option: str | None = None
    jail: str | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Effect:
    """What happens to one jail and the ``bans`` it holds now."""

    jail: str
    doing: str
    bans: int

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Known:
    """What a file held once; None: it was not there."""

    content: bytes | None


@dataclass(frozen=True)
class Reason:
    """Why and whence a change comes. ``restores``: the id of the revision whose text it brings back."""

    comment: str = ""
    origin: Origin = Origin.EDITOR
    restores: int | None = None
