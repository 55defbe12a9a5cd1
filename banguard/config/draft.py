"""Texts on their way to the files: from a person's box to bytes, options set in them, and how two of them differ."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence

from banguard.config.values import BLOCKLIST_SECTION
from banguard.core import inifile
from banguard.core.errors import InvalidInput

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./\-]{0,99}")
# What ends a line, and what begins a comment: at the beginning of a line, or behind white space.
_SMUGGLED = re.compile("[\r\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|(?m:^)\\s*[#;]|\\s;")
Setting = tuple[str, str]  # section, option


def digest_of(content: bytes | None) -> str:
    """SHA-256 in hexadecimal; empty for a file that is not there."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def text_of(content: bytes | None) -> str:
    """As a text in which no byte is lost: what is no UTF-8 becomes lone surrogates."""
    return (content or b"").decode("utf-8", "surrogateescape")


def shown(content: bytes | None) -> str:
    """As a person reads it: bytes that are no UTF-8 show as escapes."""
    return (content or b"").decode("utf-8", "backslashreplace")


def content_of(text: str, *, like: bytes | None = None) -> bytes:
    """The bytes of a text that came through a form or JSON. Browsers send ``\\r\\n`` for every end of a line: ends
    become what they are in the file ``like``, and plain newlines in a new one."""
    plain = text.replace("\r\n", "\n")
    if like and b"\r\n" in like:
        plain = plain.replace("\n", "\r\n")
    try:
        return plain.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise InvalidInput("The text holds characters that no file can hold.", fields={"text": str(error)}) from error


def with_options(content: bytes | None, options: Mapping[Setting, str | None]) -> bytes:
    """The file with each option set, or taken out where the value is None; every other byte stays.

    A new section comes before the one that holds the blocklists. Raises ``InvalidInput`` for a name or a value that
    would become something else in the file.
    """
    text = text_of(content)
    for (section, name), value in options.items():
        _refuse_smuggling(section, name, value)
        if value is None:
            text = inifile.without_option(text, section, name)
        else:
            text = inifile.with_option(text, section, name, value, before_section=BLOCKLIST_SECTION)
    return text.encode("utf-8", "surrogateescape")


def difference(
    before: bytes | None, after: bytes | None, *, before_name: str = "before", after_name: str = "after"
) -> str:
    """A unified diff; empty for two that are the same."""
    return "\n".join(
        difflib.unified_diff(_lines(before), _lines(after), f"{before_name}", f"{after_name}", lineterm="", n=3)
    )


def _lines(content: bytes | None) -> Sequence[str]:
    text = shown(content)
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]} (no newline at the end)"]


def _refuse_smuggling(section: str, name: str, value: str | None) -> None:
    """A value of several lines is written indented; a line of it that were a comment would be lost."""
    if not _NAME.fullmatch(section) or not _NAME.fullmatch(name):
        raise InvalidInput("This cannot be the name of a section or an option.", fields={name[:80]: "not a name"})
    if _SMUGGLED.search(value or ""):
        raise InvalidInput(
            f"The value of {name[:80]} holds a comment or a new line of its own.", fields={name[:80]: "not a value"}
        )
