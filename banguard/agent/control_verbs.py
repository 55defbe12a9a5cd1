"""What the agent can be told to do with a running jail, and asked about what it watches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from banguard.agent.messages import AddressOrNetwork, Fenced, JailName, Message

MAX_LINES = 200  # of one log
MAX_IGNORED = 5_000

What = Literal["start", "stop", "restart", "reload", "idle", "busy"]
Networks = Annotated[tuple[AddressOrNetwork, ...], Field(max_length=MAX_IGNORED)]


class ControlArguments(Fenced):
    """``idle``: read and ban nothing, and end no ban, until ``busy``."""

    jail: JailName
    what: What


class IgnoreArguments(Fenced):
    """From now on the jail bans none of ``add`` by itself; those of ``drop`` it does, unless its files ignore them."""

    jail: JailName
    add: Networks = ()
    drop: Networks = ()


class Done(Message):
    """Nothing to tell but that it is done."""


class WatchedArguments(Message):
    jail: JailName
    lines: Annotated[int, Field(ge=0, le=MAX_LINES)] = 20


class LogFile(Message):
    """``problem`` is empty for a file that can be read, ``followed``: the running jail does; ``lines``: its last."""

    path: str
    size: int
    problem: str
    followed: bool
    lines: tuple[str, ...]


class JournalMatch(Message):
    """``fields``: what an entry must have, such as ``_SYSTEMD_UNIT=ssh.service``; ``lines``: the last entries."""

    fields: tuple[str, ...]
    problem: str
    lines: tuple[str, ...]


class Watched(Message):
    files: tuple[LogFile, ...]
    journal: tuple[JournalMatch, ...]


VERBS: dict[str, tuple[type[Message], type[Message]]] = {
    "control": (ControlArguments, Done),
    "ignore": (IgnoreArguments, Done),
    "watched": (WatchedArguments, Watched),
}
