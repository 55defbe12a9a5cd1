"""Jails, what they are told and whom they ignore, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from banguard.agent.verbs import Jail
from banguard.config.models import Ignored
from banguard.core import networks
from banguard.core.schemas import Moment, PageQuery, Text


class JailStateOut(Schema):
    failed_current: int
    failed_total: int
    banned_current: int
    banned_total: int
    ban_time: int
    find_time: int
    max_retries: int


class JailOut(Schema):
    """A jail. ``running`` is whether the server has it; ``state`` is then what it does now, in seconds.

    ``idle_since`` is when it was told here to be idle: Fail2ban itself does not say whether a jail is.
    ``ban_time``, ``find_time`` and ``max_retries`` are as the configuration spells them; ``files`` are those
    that define the jail, in the order they are read, within the configuration folder.
    """

    name: str
    enabled: bool
    running: bool
    state: JailStateOut | None
    filter: str
    backend: str
    ban_time: str
    find_time: str
    max_retries: str
    log_paths: list[str]
    actions: list[str]
    files: list[str]
    idle_since: datetime | None

    @staticmethod
    def resolve_running(jail: Jail) -> bool:
        return jail.state is not None


class IdleIn(Schema, extra="forbid"):
    """``idle`` false: it is to go on."""

    idle: bool = True


class WatchedQuery(PageQuery):
    lines: int = Field(20, ge=0, le=200, description="How many of its last lines each log is shown with.")


class WatchedOut(Schema):
    """A log that a jail watches. ``name``: a path, or for ``journal`` the fields that an entry must have;
    ``followed``: the running jail reads it; ``problem``: why its ``lines`` cannot be told, else empty."""

    kind: Literal["file", "journal"]
    name: str
    size: int | None
    followed: bool
    problem: str
    lines: list[str]


class IgnoredQuery(PageQuery):
    jail: Text | None = Field(None, max_length=64, description="Only what counts in this jail.")


class IgnoreIn(Schema, extra="forbid"):
    """``jail`` null: every jail. ``expires_at`` null: until it is taken away."""

    addresses: list[str] = Field(min_length=1, max_length=200)
    jail: str | None = Field(None, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")
    note: Text = Field("", max_length=200)
    expires_at: Moment | None = None


class IgnoredOut(Schema):
    """An address or network that a jail, or every one, never bans by itself. ``kept``: its files say so too."""

    id: int
    jail: str | None
    address: str
    note: str
    author: str
    created_at: datetime
    expires_at: datetime | None
    kept: bool

    @staticmethod
    def resolve_jail(ignored: Ignored) -> str | None:
        return ignored.jail or None

    @staticmethod
    def resolve_address(ignored: Ignored) -> str:
        return networks.text_of(ignored.network)


class AddedOut(Schema):
    """How many are new; those that were there got their new note and end."""

    count: int
