"""Files of sections and options, by their lines: where each option stands, and changing one and nothing else.

The lines are read as Python's ``configparser`` reads them with ``;`` for comments behind a value, which is how
Fail2ban reads them. Text that cannot be parsed is no error here; its lines are kept as they are. Whatever was
not changed stays byte for byte: a text is decoded with ``surrogateescape`` and encoded the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DEFAULT = "DEFAULT"
_HEADER = re.compile(r"\[(.+)\]")
_OPTION = re.compile(r"(?P<name>.*?)\s*(?:(?P<sign>[=:])\s*(?P<value>.*))$")
_BEFORE_VALUE = re.compile(r"(\s*.*?\s*[=:][^\S\r\n]*)")


@dataclass(frozen=True)
class Section:
    """``line``: of its header, counted from 0. ``end``: the first line that is no longer its own."""

    name: str
    line: int
    end: int


@dataclass(frozen=True)
class Option:
    """``first`` to ``last`` are its lines, counted from 0, without empty ones after the value."""

    section: str
    name: str
    first: int
    last: int
    value: str


def lines_of(text: str) -> list[str]:
    """With their ends; only a newline ends a line, so that no byte is lost."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def options_of(text: str) -> list[Option]:
    """Every option in the order of the file."""
    return [option for option in _walk(lines_of(text)) if isinstance(option, Option)]


def sections_of(text: str) -> list[Section]:
    lines = lines_of(text)
    heads = [found for found in _walk(lines) if isinstance(found, Section)]
    ends = [*(head.line for head in heads[1:]), len(lines)]
    return [Section(head.name, head.line, end) for head, end in zip(heads, ends, strict=False)]


def places_of(text: str) -> dict[tuple[str, str], int]:
    """(section, option) -> the line it begins at, counted from 1."""
    return {(option.section, option.name): option.first + 1 for option in options_of(text)}


def with_option(text: str, section: str, name: str, value: str, *, before_section: str | None = None) -> str:
    """``text`` with the option set. A new section is put before ``before_section``, or at the end."""
    found = next((one for one in options_of(text) if (one.section, one.name) == (section, name)), None)
    if found is not None:
        return text if found.value == value else _replaced(text, found, value)
    end = "\r\n" if "\r\n" in text else "\n"
    written = _written(f"{name} = ", value, end)
    own = [one for one in sections_of(text) if one.name == section]
    if own:
        return _inserted(text, _end_of_options(text, own[-1]), written, end)
    return _with_section(text, f"[{section}]{end}{written}", before_section, end)


def without_option(text: str, section: str, name: str) -> str:
    """``text`` without the option. Comments around it stay."""
    lines = lines_of(text)
    for option in options_of(text):
        if (option.section, option.name) == (section, name):
            del lines[option.first : option.last + 1]
            break
    return "".join(lines)


def _walk(lines: list[str]) -> Iterator[Section | Option]:
    section, indent, open_option = "", 0, _Open()
    for number, line in enumerate(lines):
        content = _without_comment(line)
        if not content:
            open_option.gap(line)
            continue
        depth = len(line) - len(line.lstrip())
        if open_option.name and depth > indent:
            open_option.goes_on(number, content)
            continue
        yield from open_option.closed(section)
        indent = depth
        if header := _HEADER.match(content):
            section = header[1]
            yield Section(section, number, number + 1)
        elif option := _OPTION.match(content):
            open_option = _Open(option["name"].rstrip().lower(), number, number, [option["value"].strip()])
    yield from open_option.closed(section)


@dataclass
class _Open:
    """The option that the lines being read belong to; without a name, none."""

    name: str = ""
    first: int = 0
    last: int = 0
    parts: list[str] = field(default_factory=list)

    def gap(self, line: str) -> None:
        if self.name and not line.strip():
            self.parts.append("")

    def goes_on(self, number: int, content: str) -> None:
        self.parts.append(content)
        self.last = number

    def closed(self, section: str) -> Iterator[Option]:
        if self.name:
            yield Option(section, self.name, self.first, self.last, "\n".join(self.parts).rstrip())
        self.name = ""


def _without_comment(line: str) -> str:
    if line.strip()[:1] in {"#", ";"}:
        return ""
    at = re.search(r"(?:(?<=\s)|^);", line)
    return (line[: at.start()] if at else line).strip()


def _replaced(text: str, option: Option, value: str) -> str:
    """The way the option is spelt and aligned stays, and so does a comment behind a value of one line."""
    lines = lines_of(text)
    head = lines[option.first]
    before = _BEFORE_VALUE.match(head)
    lead = before[1] if before else f"{option.name} = "
    end = "\r\n" if head.endswith("\r\n") else "\n"
    comment = re.search(r"\s+;.*", head.rstrip("\r\n")) if option.first == option.last else None
    written = _written(lead if lead[-1:].isspace() else lead + " ", value, end)
    if comment and "\n" not in value:
        written = written.rstrip("\r\n") + comment[0] + end
    if option.last == len(lines) - 1 and not lines[-1].endswith("\n"):
        written = written.rstrip("\r\n")
    lines[option.first : option.last + 1] = [written]
    return "".join(lines)


def _written(lead: str, value: str, end: str) -> str:
    first, *rest = value.split("\n")
    return (lead + first).rstrip() + end + "".join(f"    {line.strip()}{end}" for line in rest)


def _end_of_options(text: str, section: Section) -> int:
    lasts = [one.last for one in options_of(text) if section.line < one.first < section.end]
    return max(lasts, default=section.line) + 1


def _inserted(text: str, at: int, written: str, end: str) -> str:
    lines = lines_of(text)
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    return "".join([*lines[:at], written, *lines[at:]])


def _with_section(text: str, written: str, before: str | None, end: str) -> str:
    barrier = next((one.line for one in sections_of(text) if one.name == before), None)
    if barrier is not None:
        return _inserted(text, barrier, written + end, end)
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + written
