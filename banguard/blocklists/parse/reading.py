"""What has been read of a list so far: ranges, counts, and samples of what could not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import numpy as np

from banguard.blocklists.parse import entry, lines
from banguard.blocklists.parse.bulk import LINE_END, LINES, LONGEST, Bytes, bulk
from banguard.blocklists.values import Format, Parsed, Rejected, Rules
from banguard.core.errors import FeedTooLarge
from banguard.core.networks import Span
from banguard.core.ranges import Keys, Numbers, Ranges, gathered

PIECE = 1024 * 1024  # bytes
LONG = 64 * 1024  # bytes of a line without an end that are looked at
SAMPLES = 20
Progress = Callable[[int], None]  # lines read so far


@dataclass(frozen=True)
class Unread:
    """A line, or a part of one, that holds no entry though it should."""

    line: str
    reason: Exception


Found = tuple[int, str | Unread | None]  # a line's number from 1, and an entry in it; None: it says nothing


class Reading:
    """``plain`` and ``found`` take in a list; ``parsed`` tells what it held."""

    def __init__(self, rules: Rules, progress: Progress) -> None:
        self._rules, self._progress = rules, progress
        self._four: list[Keys] = []
        self._six: list[Span] = []
        self.read = self.rejected = self._loose = self._lines = 0
        self._samples: list[Rejected] = []

    def plain(self, file: BinaryIO, *, ends: bytes = b"\n") -> None:
        """One entry a line, as ``lines.entry_of`` reads them; ``ends``: what ends a line besides a newline."""
        for piece in _pieces(file, ends):
            block = _Block(piece)
            for odd in self._take(block, tail=True):
                self._line(self._lines + odd + 1, block.line(odd).decode("utf-8", "replace"))
            self._count(len(block.starts))

    def found(self, some: Iterable[Found]) -> None:
        """Entries that somebody else has found in their lines; nothing but the entry may stand in each."""
        rest = iter(some)
        while batch := list(islice(rest, LINES)):
            entries = [(number, text) for number, text in batch if isinstance(text, str)]
            for number, unread in batch:
                if isinstance(unread, Unread):
                    self._reject(number, unread.line, unread.reason)
            texts = [text.replace("\n", " ") for _, text in entries]
            block = _Block("".join(f"{text}\n" for text in texts).encode("utf-8", "replace"))
            for odd in self._take(block, tail=False):
                self._entry(entries[odd][0], texts[odd].strip(), texts[odd])
            self._count(batch[-1][0] - self._lines)

    def _reject(self, number: int, line: str, reason: Exception) -> None:
        self.rejected += 1
        if len(self._samples) < SAMPLES:
            shown = line[: lines.MAX_LINE].strip()[:100].replace("\x00", "\N{REPLACEMENT CHARACTER}")
            why = str(reason)[:300].replace("\x00", "\N{REPLACEMENT CHARACTER}")
            self._samples.append(Rejected(number, shown, why))  # PostgreSQL knows no NUL

    def parsed(self, written: Format) -> Parsed:
        ranges = gathered([Ranges(keys) for keys in self._four] + [Ranges(six=self._six)])
        return Parsed(ranges, self.read, self.rejected, self._loose, written, tuple(self._samples))

    def _take(self, block: _Block, *, tail: bool) -> Iterator[int]:
        """Take what is plainly IPv4; the other lines' indices are for the caller."""
        for start in range(0, len(block.starts), LINES):
            found = bulk(block.starts[start : start + LINES], block.data, tail=tail, widest=self._rules.widest[4])
            self._four.append(found.keys)
            self.read += len(found.keys)
            self._loose += found.loose
            yield from (start + odd for odd in found.odd)

    def _line(self, number: int, line: str) -> None:
        try:
            text = lines.entry_of(line)
        except ValueError as reason:
            self._reject(number, line, reason)
            return
        if text is not None:
            self._entry(number, text, line)

    def _entry(self, number: int, text: str, line: str) -> None:
        try:
            found = entry.read(text, self._rules.widest)
        except ValueError as reason:
            self._reject(number, line, reason)
            return
        first, last = found.span
        if found.version == 4:
            self._four.append(np.array([first << 32 | last], np.uint64))
        else:
            self._six.append(found.span)
        self.read += 1
        self._loose += found.loose

    def _count(self, more: int) -> None:
        self._lines += more
        self._progress(self._lines)
        if self._lines > self._rules.most_lines:
            limit = self._rules.most_lines
            raise FeedTooLarge(f"The feed has more than {limit} lines.", limit=limit)


class _Block:
    """Whole lines as an array, with room behind them to look into."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.data: Bytes = np.frombuffer(text + bytes(LONGEST), np.uint8)
        ends = np.flatnonzero(self.data == LINE_END)
        self.starts: Numbers = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else np.empty(0, np.int64)

    def line(self, index: int) -> bytes:
        start = int(self.starts[index])
        return self.text[start : self.text.index(b"\n", start)]


def _pieces(file: BinaryIO, ends: bytes) -> Iterator[bytes]:
    """The file by pieces of whole lines, with newlines alone as their ends."""
    rest = b""
    while data := file.read(PIECE):
        if data.endswith(b"\r"):  # perhaps half of an end
            data += file.read(1)
        whole = rest + data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(ends, b"\n")
        cut = whole.rfind(b"\n") + 1
        if cut:
            yield whole[:cut]
        rest = whole[cut:][:LONG]
    if rest:
        yield rest + b"\n"
