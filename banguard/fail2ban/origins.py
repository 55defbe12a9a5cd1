"""Where each value comes from: the file and the line that had the last word, and those that it overruled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from banguard.core.errors import NotFound
from banguard.fail2ban.configfiles import Layers, Merged, ParsedFile, merge, read_layers, relative
from banguard.fail2ban.interpolation import Unresolved
from banguard.fail2ban.values import Fault

DEFAULT = "DEFAULT"
FOLDERS = {"filter": "filter.d", "action": "action.d"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that sets an option: the file within the folder, its line from 1, and what is written there."""

    file: str
    line: int
    section: str
    written: str


@dataclass(frozen=True, slots=True)
class Effective:
    """An option with every ``%(reference)s`` followed. ``settings`` in reading order: the last one decides."""

    section: str
    name: str
    value: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A jail, a filter or an action as its files define it."""

    kind: str
    name: str
    options: tuple[Effective, ...]
    files: tuple[str, ...]
    faults: tuple[Fault, ...]


def definition(folder: Path, kind: str, name: str) -> Definition:
    """Raises ``NotFound`` when no file defines it. ``kind``: jail, filter, action or server."""
    if not _NAME.fullmatch(name):
        raise NotFound(f"There is no {kind} “{name[:80]}”.")
    layers = read_layers(folder, base_of(kind, name))
    merged = merge(layers)
    sections = [name] if kind == "jail" else list(merged.sections)
    if not layers.files or not sections or (kind == "jail" and name not in merged.sections):
        raise NotFound(f"There is no {kind} “{name}”.", name=name)
    return Definition(
        kind=kind,
        name=name,
        options=tuple(option for section in sections for option in _effective(layers, merged, section)),
        files=tuple(dict.fromkeys(relative(file.path, folder) for file in layers.files)),
        faults=layers.faults,
    )


def base_of(kind: str, name: str) -> str:
    """What the files are called without their endings: ``jail``, ``filter.d/sshd``, ``fail2ban``."""
    if kind in FOLDERS:
        return f"{FOLDERS[kind]}/{name}"
    return "jail" if kind == "jail" else "fail2ban"


def names(folder: Path, kind: str) -> tuple[str, ...]:
    """Every filter or action that has a file of its own, by name. Files that others only include are among them."""
    found = (folder / FOLDERS[kind]).glob("*")
    return tuple(sorted({path.stem for path in found if path.suffix in {".conf", ".local"} and path.is_file()}))


def setting_of(folder: Path, kind: str, name: str, option: str) -> Setting | None:
    """The line that decides an option, for a message about it; None when no file sets it."""
    try:
        found = definition(folder, kind, name).options
    except NotFound:
        return None
    return next((one.settings[-1] for one in found if one.name == option), None)


def _effective(layers: Layers, merged: Merged, section: str) -> Iterator[Effective]:
    for name in sorted(merged.options(section)):
        settings = tuple(_settings(layers, section, name))
        if settings:
            yield Effective(section, name, _value(merged, section, name), settings)


def _settings(layers: Layers, section: str, name: str) -> Iterator[Setting]:
    """A section's own values come after all defaults, whichever file was read first."""
    for wanted in dict.fromkeys((DEFAULT, section)):
        for file in layers.files:
            written = _options(file, wanted).get(name)
            if written is not None:
                line = file.places.get((wanted, name), 0)
                yield Setting(relative(file.path, layers.folder), line, wanted, written)


def _options(file: ParsedFile, section: str) -> dict[str, str]:
    return dict(file.defaults if section == DEFAULT else file.sections.get(section, {}))


def _value(merged: Merged, section: str, name: str) -> str:
    try:
        return merged.value(section, name)
    except Unresolved:  # a default may be meant for other sections; it stays as it is written
        own = merged.sections[section].get(name)
        return own if own is not None else merged.defaults[name]
