"""What a change makes of the configuration: not the files, but what Fail2ban reads in them, as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from banguard.core import inifile
from banguard.core.errors import NotFound
from banguard.fail2ban import origins
from banguard.fail2ban.resolution import Command, Resolution
from banguard.fail2ban.staging import Texts

_SPELT = {"addfailregex": "failregex", "addignoreregex": "ignoreregex", "addignoreip": "ignoreip"}
_SPELT |= {"addlogpath": "logpath", "addjournalmatch": "journalmatch", "addaction": "action"}
_KINDS = {"filter.d": "filter", "action.d": "action", "fail2ban.d": "server", "jail.d": "jail"}


def diff(folder: Path, stage: Path, changes: Texts, before: Resolution, after: Resolution) -> str:
    """``stage``: a copy of ``folder`` with ``changes`` made. Empty when nothing that Fail2ban reads is different."""
    unread = list(_unread(changes, before, after))
    return "\n".join(
        difflib.unified_diff(
            [*lines_of(before), *_defined(folder, unread)],
            [*lines_of(after), *_defined(stage, unread)],
            "in force",
            "after the change",
            n=1,
            lineterm="",
        )
    )


def lines_of(found: Resolution) -> list[str]:
    """``[sshd] maxretry = 5``, for every command that the server would be sent."""
    return [
        f"[{jail or 'server'}] {line}"
        for jail, commands in sorted(found.by_jail.items())
        for command in commands
        for line in _said(command, jail)
    ]


def _said(command: Command, jail: str) -> Iterator[str]:
    if command[0] == "add":
        yield f"backend = {command[2]}"
        return
    name, *values = command[2 if jail else 1 :]
    if name == "action" and len(values) == 2 and isinstance(values[1], list):
        for pair in values[1]:
            yield f"action {values[0]}: {pair[0]} = {_one_line(pair[1])}"
        return
    listed = values[0] if len(values) == 1 and isinstance(values[0], list) else [" ".join(map(str, values))]
    for value in listed:
        yield f"{_SPELT.get(str(name), name)} = {_one_line(value)}"


def _unread(changes: Texts, before: Resolution, after: Resolution) -> Iterator[tuple[str, str]]:
    """(kind, name) of what the change defines and no enabled jail shows: a filter, an action, a jail that is off."""
    for path, content in changes.items():
        top, _, name = path.partition("/")
        kind = _KINDS.get(top, "")
        if kind != "jail":
            yield kind, name.removesuffix(".local")
            continue
        for section in inifile.sections_of((content or b"").decode("utf-8", "surrogateescape")):
            if section.name not in {inifile.DEFAULT, "INCLUDES", *before.by_jail, *after.by_jail}:
                yield kind, section.name


def _defined(folder: Path, wanted: list[tuple[str, str]]) -> Iterator[str]:
    for kind, name in wanted:
        try:
            options = origins.definition(folder, kind, name).options
        except NotFound:
            continue
        for option in options:
            for line in option.value.split("\n"):
                yield f"({kind} {name}) {option.name} = {line}"


def _one_line(value: object) -> str:
    return str(value).replace("\n", " ⏎ ")
