"""Fail2ban's configuration files, read the way Fail2ban reads them, and more patiently.

A kind of configuration (``jail``, ``filter.d/sshd``) lies in up to four places, later ones winning option
by option: ``KIND.conf``, ``KIND.d/*.conf``, ``KIND.local``, ``KIND.d/*.local``. Each file may name others
to be read before and after it. A file that cannot be read is reported and passed over.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from banguard.core import inifile
from banguard.fail2ban.interpolation import Expansion, Unresolved
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails, Fault

MAX_FILE = 1024 * 1024  # bytes
_INCLUDES = "INCLUDES"
_TRUE = {"1", "on", "true", "yes"}

Options = Mapping[str, str]


@dataclass(frozen=True)
class ParsedFile:
    path: Path
    defaults: Options
    sections: Mapping[str, Options]
    places: Mapping[tuple[str, str], int]  # (section, option) -> its line, counted from 1


@dataclass(frozen=True)
class Layers:
    """The files of one kind in reading order, and what was wrong with those that are missing from it."""

    folder: Path
    files: tuple[ParsedFile, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Merged:
    """All layers as one. ``known`` holds what each option of a section was before the last file set it."""

    defaults: Options
    sections: Mapping[str, Options]
    known: Mapping[str, Options]

    def value(self, section: str, option: str) -> str:
        """The option with every reference followed. Raises ``Unresolved`` for one that leads nowhere."""
        own = self.sections.get(section, {})
        raw = own.get(option, self.defaults.get(option))
        if raw is None:
            raise Unresolved(option)
        return Expansion(self.sections, self.known, self.defaults, section).expand(raw)

    def options(self, section: str) -> set[str]:
        return {*self.defaults, *self.sections.get(section, {})}


def read_jails(folder: Path) -> ConfiguredJails:
    """Every jail that the files define, sorted by name, enabled or not. Never raises for what is in the files."""
    layers = read_layers(folder, "jail")
    merged = merge(layers)
    jails, faults = [], list(layers.faults)
    for name in sorted(merged.sections):
        options, unresolved = _resolved(merged, name)
        faults += unresolved
        jails.append(
            ConfiguredJail(
                name=name,
                enabled=options.get("enabled", "").strip().lower() in _TRUE,
                options=options,
                files=tuple(files_with(layers, name)),
            )
        )
    return ConfiguredJails(jails=tuple(jails), faults=tuple(faults))


def read_layers(folder: Path, kind: str) -> Layers:
    files: list[ParsedFile] = []
    faults: list[Fault] = []
    for path in _own_files(folder, kind):
        _read_with_includes(path, (), files, faults)
    return Layers(
        folder=folder,
        files=tuple(files),
        faults=tuple(Fault(place=relative(Path(fault.place), folder), message=fault.message) for fault in faults),
    )


def merge(layers: Layers) -> Merged:
    # The two that Fail2ban itself adds. Its version only ever ends in a user agent.
    defaults = {"fail2ban_confpath": str(layers.folder), "fail2ban_version": ""}
    sections: dict[str, dict[str, str]] = {}
    known: dict[str, dict[str, str]] = {}
    for file in layers.files:
        defaults.update(file.defaults)
        for name, options in file.sections.items():
            section = sections.setdefault(name, {})
            known.setdefault(name, {}).update({key: section[key] for key in options if key in section})
            section.update(options)
    sections.pop(_INCLUDES, None)
    return Merged(defaults=defaults, sections=sections, known=known)


def files_with(layers: Layers, section: str) -> Iterator[str]:
    """The files that have the section, in reading order, relative to the folder."""
    return iter(dict.fromkeys(relative(file.path, layers.folder) for file in layers.files if section in file.sections))


def parse(path: Path, text: str) -> ParsedFile:
    """Raises ``configparser.Error``: a line outside a section, a section or an option twice, no ``=``."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    parser.read_string(text)
    defaults = dict(parser.defaults())
    # Left in, they would be mixed into every section; a default of a later file must still win over them.
    parser[parser.default_section].clear()
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    return ParsedFile(path=path, defaults=defaults, sections=sections, places=inifile.places_of(text))


def _own_files(folder: Path, kind: str) -> Iterator[Path]:
    base, drop_ins = folder / kind, folder / f"{kind}.d"
    for suffix in (".conf", ".local"):
        if (single := base.with_name(base.name + suffix)).exists():
            yield single
        yield from sorted(path for path in drop_ins.glob(f"*{suffix}") if not path.name.startswith("."))


def _read_with_includes(path: Path, within: tuple[Path, ...], files: list[ParsedFile], faults: list[Fault]) -> None:
    if path in within:
        return
    try:
        parsed = parse(path, _text_of(path))
    except (OSError, UnicodeDecodeError, configparser.Error, _NotAFile) as error:
        faults.append(Fault(place=str(path), message=" ".join(str(error).split())[:300]))
        return
    for included in _included(parsed, "before"):
        _read_with_includes(included, (*within, path), files, faults)
    files.append(parsed)
    for included in _included(parsed, "after"):
        _read_with_includes(included, (*within, path), files, faults)


def _included(parsed: ParsedFile, when: str) -> Iterator[Path]:
    """The files named, each followed by its ``.local`` twin. One that is not there is passed over, as by Fail2ban."""
    for line in parsed.sections.get(_INCLUDES, {}).get(when, "").splitlines():
        if not line.strip():
            continue
        named = parsed.path.parent / line.strip()
        yield from (path for path in dict.fromkeys((named, named.with_suffix(".local"))) if path.exists())


class _NotAFile(Exception):
    """A folder, a pipe, or a file too big to be a configuration."""


def _text_of(path: Path) -> str:
    if not path.is_file():
        raise _NotAFile("It is not a file.")
    if path.stat().st_size > MAX_FILE:
        raise _NotAFile("It is too big to be a configuration file.")
    return path.read_text(encoding="utf-8")


def _resolved(merged: Merged, section: str) -> tuple[dict[str, str], list[Fault]]:
    """The section's options. One with a reference that leads nowhere stays as it is written; if the section
    itself set it, that is a fault (a default may well be meant for other sections only)."""
    options: dict[str, str] = {}
    faults: list[Fault] = []
    for option in sorted(merged.options(section)):
        try:
            options[option] = merged.value(section, option)
        except Unresolved as error:
            own = merged.sections[section].get(option)
            options[option] = own if own is not None else merged.defaults[option]
            if own is not None:
                faults.append(Fault(place=f"[{section}] {option}", message=f"{error} leads nowhere"))
    return options, faults


def relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
