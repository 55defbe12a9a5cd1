"""A line of a plain list: an entry, and behind it what does not count."""

from __future__ import annotations

import ipaddress

MAX_LINE = 4_096  # characters
_QUIET = ";", "//", "#"
_SEPARATORS = str.maketrans(dict.fromkeys("\t,;\"'\N{NO-BREAK SPACE}", " "))
_HARD = str.maketrans(dict.fromkeys("\t,;\"'", "\0"))


def entry_of(line: str) -> str | None:
    """What a line begins with, as ``entry.read`` takes it; None for a blank or a comment.

    Behind a comment sign, a tab, a comma or a quote anything may follow, and behind a blank a number: those are
    columns. Words behind a blank are prose ("203.0.113.9 is rate limited"), which is refused with ``ValueError``.
    """
    text = line[:MAX_LINE].partition("#")[0].strip().strip("\N{NO-BREAK SPACE}\ufeff")
    if not text or text.startswith(_QUIET):
        return None
    words = text.translate(_SEPARATORS).split()
    if not words:
        return None
    if len(words) >= 3 and words[1] == "-":
        return f"{words[0]}-{words[2]}"
    if len(words) >= 2 and _is_address(words[1]):
        return _with_mask(words[0], words[1])
    _refuse_prose(text)
    return words[0]


def _with_mask(address: str, other: str) -> str:
    if _is_mask(other):
        return f"{address}/{other}"
    raise ValueError("it holds two addresses: choose the format that it is written in")


def _refuse_prose(text: str) -> None:
    """Only blanks between the first word and a letter: a sentence, not a table."""
    behind = text.translate(_HARD).lstrip("\0 ").partition(" ")
    rest = behind[2].lstrip()
    if "\0" not in behind[0] and rest[:1].isalpha():
        raise ValueError("words follow the address: a sentence, not an entry")


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def _is_mask(word: str) -> bool:
    try:
        return word.startswith("255.") and ipaddress.ip_network(f"0.0.0.0/{word}").prefixlen > 0
    except ValueError:
        return False
