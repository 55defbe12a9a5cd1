"""Reading lists of addresses, in every way that feeds write them.

A line that cannot be read is counted and kept as a sample, never guessed at. An answer that is no list
(a page, an error, a binary, nothing at all) is refused as a whole: taking it for an empty list would lift
every ban that the list is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from banguard.blocklists.parse import detected, dialects, documents, refused, tables
from banguard.blocklists.parse.reading import Found, Progress, Reading
from banguard.blocklists.values import Format, Parsed, Rules

__all__ = ["parse", "read"]

USUAL = Rules()
HEAD = 64 * 1024  # bytes looked at before reading


def parse(path: Path, rules: Rules = USUAL, *, progress: Progress = lambda _lines: None) -> Parsed:
    """The entries of the list in ``path``. Raises ``FeedUnreadable``, ``FeedThrottled``, ``FeedEmpty`` or
    ``FeedTooLarge``. ``progress`` is told how many lines have been read."""
    with path.open("rb") as file:
        return read(file, rules, progress=progress)


def read(file: BinaryIO, rules: Rules = USUAL, *, progress: Progress = lambda _lines: None) -> Parsed:
    """The same of an open file that can be read from its start again."""
    head = file.read(HEAD)
    whole = len(head) < HEAD
    refused.refuse_no_list(head, whole=whole)
    written = rules.format
    if written == Format.AUTO:
        written = detected.format_of(head.decode("utf-8", "replace"), whole=whole)
    file.seek(3 if head.startswith(b"\xef\xbb\xbf") else 0)
    reading = Reading(rules, progress)
    _take_in(file, written, rules, reading)
    refused.refuse_unusable(read=reading.read, rejected=reading.rejected, may_be_empty=rules.may_be_empty)
    return reading.parsed(written)


def _take_in(file: BinaryIO, written: Format, rules: Rules, reading: Reading) -> None:
    if written == Format.PLAIN:
        reading.plain(file)
    elif written == Format.COMMAS:
        reading.plain(file, ends=b",")
    else:
        reading.found(_found(file, written, rules))


def _found(file: BinaryIO, written: Format, rules: Rules) -> Iterator[Found]:
    text = TextIOWrapper(file, encoding="utf-8", errors="replace", newline=None)
    try:
        if written == Format.CSV:
            yield from tables.found(text, rules.column)
        elif written == Format.DSHIELD:
            yield from tables.ranges_found(text)
        elif written == Format.JSON:
            yield from documents.found(text, rules.column)
        else:
            yield from dialects.found(text, written)
    finally:
        text.detach()
