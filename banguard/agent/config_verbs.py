"""What the agent can be asked about the configuration, and told to do with it.

A path is one within the configuration folder. Content is base64, since a file may hold any bytes; a digest is
SHA-256 in hexadecimal, empty for a file that is not there.
"""

from __future__ import annotations

import base64
import re
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, StringConstraints

from banguard.agent import control_verbs
from banguard.agent.messages import Fenced, Message, Nothing

MAX_FILE = 256 * 1024  # bytes of a file that we would write
MAX_CHANGES = 16  # files in one change

# No part begins with a dot, so none leads out of the folder; \Z, since $ would let a newline pass.
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}"
ConfigPath = Annotated[str, StringConstraints(pattern=rf"^{_PART}(/{_PART}){{0,2}}$", max_length=300)]
OVERLAY_PATH = rf"^(jail|filter|action|fail2ban)\.d/{_PART}\.local$"  # all that is ever written
OverlayPath = Annotated[str, StringConstraints(pattern=OVERLAY_PATH, max_length=150)]
ItemName = Annotated[str, StringConstraints(pattern=rf"^{_PART}$")]
Content = Annotated[Base64Bytes, Field(max_length=MAX_FILE * 2)]
Kind = Literal["jail", "filter", "action", "server"]


class ItemArguments(Message):
    kind: Kind
    name: ItemName


class Place(Message):
    """One place that sets an option. ``line`` counts from 1."""

    file: str
    line: int
    section: str
    written: str


class OptionInForce(Message):
    """``places`` in the order they are read: the last one decides."""

    section: str
    name: str
    value: str
    places: tuple[Place, ...]


class Item(Message):
    """A jail, filter or action as its files define it, or the server's own settings."""

    kind: Kind
    name: str
    options: tuple[OptionInForce, ...]
    files: tuple[str, ...]
    faults: tuple[str, ...]

    def value(self, name: str) -> str:
        return next((option.value for option in self.options if option.name == name), "")


class Names(Message):
    filters: tuple[str, ...]
    actions: tuple[str, ...]


class ConfigFile(Message):
    """``writable``: whether it is one of the overlays that may be changed through the agent."""

    path: str
    size: int
    digest: str
    modified_at: int
    writable: bool


class ConfigFiles(Message):
    files: tuple[ConfigFile, ...]


class PathArguments(Message):
    path: ConfigPath


class FileContent(Message):
    """``content`` is None for a file that is not there."""

    path: str
    content: Base64Bytes | None
    digest: str


class Difference(Message):
    """Something in which the server that runs is not what its files say."""

    jail: str
    what: str
    files: str
    server: str


class Drift(Message):
    differences: tuple[Difference, ...]


class Change(Message):
    """``before`` is the digest of what the change was made from; content None takes the file away."""

    path: OverlayPath
    content: Content | None
    before: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]


class CheckArguments(Message):
    changes: Annotated[tuple[Change, ...], Field(max_length=MAX_CHANGES)]


class Found(Message):
    """Something that is wrong with a configuration, and where, as far as that is known."""

    severity: Literal["error", "warning"]
    message: str
    jail: str | None = None
    option: str | None = None
    file: str | None = None
    line: int | None = None


class Checked(Message):
    """``effective``: a unified diff of what the configuration comes to; ``touched`` jails would be loaded anew,
    ``restarted`` ones (of them) with their bans lifted and made again. ``expressions``: those that come new to it,
    every reference followed."""

    found: tuple[Found, ...]
    effective: str
    touched: tuple[str, ...]
    restarted: tuple[str, ...]
    stopped: tuple[str, ...]
    expressions: tuple[str, ...]


class ChangeArguments(Fenced):
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=MAX_CHANGES)]


class Changed(Message):
    """``applied``; ``put_back``: refused after it was written, and everything is as it was; ``broken``: not even that.

    ``by_hand`` are the commands for a person to run when it is broken.
    """

    state: Literal["applied", "put_back", "broken"]
    message: str
    by_hand: tuple[str, ...] = ()


class Recovered(Message):
    """What became of a change that had been left half-done; None when there was none."""

    ended: Changed | None


class ExpressionArguments(Message):
    expression: Annotated[str, Field(max_length=10_000)]


class Shipped(Message):
    """Whether a filter of Fail2ban's own package has the expression, letter for letter."""

    shipped: bool


class TryArguments(Message):
    """A filter by name, with options such as ``{"mode": "aggressive"}``, or expressions of its own, on some lines."""

    filter: ItemName | None = None
    options: dict[ItemName, Annotated[str, Field(max_length=100)]] = {}
    failregex: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    ignoreregex: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    changes: Annotated[tuple[Change, ...], Field(max_length=MAX_CHANGES)] = ()  # of the files, for this trial alone
    lines: Annotated[tuple[Annotated[str, Field(max_length=8_192)], ...], Field(max_length=5_000)]


class Line(Message):
    """What became of one line. ``expression``: which one decided, counted from 0; ``time`` in seconds since 1970;
    ``parts``: what else the expression caught, by name."""

    text: str
    outcome: Literal["matched", "ignored", "missed"]
    expression: int | None = None
    address: str | None = None
    user: str | None = None
    time: float | None = None
    parts: dict[str, str] = {}


class Tried(Message):
    tested: int
    matched: int
    ignored: int
    missed: int
    lines: tuple[Line, ...]
    failregex: tuple[str, ...]
    ignoreregex: tuple[str, ...]


VERBS: dict[str, tuple[type[Message], type[Message]]] = {
    "config_item": (ItemArguments, Item),
    "config_names": (Nothing, Names),
    "config_files": (Nothing, ConfigFiles),
    "config_file": (PathArguments, FileContent),
    "config_drift": (Nothing, Drift),
    "config_check": (CheckArguments, Checked),
    "config_change": (ChangeArguments, Changed),
    "config_recover": (Fenced, Recovered),
    "ships_expression": (ExpressionArguments, Shipped),
    "try_filter": (TryArguments, Tried),
    **control_verbs.VERBS,
}


def is_overlay(path: str) -> bool:
    return re.fullmatch(OVERLAY_PATH, path) is not None


def encoded(content: bytes | None) -> bytes | None:
    """As a message carries it."""
    return None if content is None else base64.b64encode(content)
