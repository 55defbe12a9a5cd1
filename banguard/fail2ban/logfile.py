"""Following Fail2ban's log as a file, wherever rotation has put its parts.

A place is a file's number, how far it was read, a fingerprint of the bytes just before, and the time of the last
line. The bytes prove the place: they hold times to the millisecond, so no other file has the same ones there. So
the part that was being read is found again after it was renamed, copied away and truncated, or compressed, and is
read to its end before the next one is begun. Where it is gone, reading goes on with what is newer than the last
line that was read, and the page says that there is a hole.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban.loglines import Clock, events_in
from banguard.fail2ban.values import LogPage

PROOF = 512  # bytes before the place that are remembered
CHUNK = 512 * 1024  # bytes of one page: 5,700 lines of bans
_PACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# What logrotate makes of a name: .1, .2.gz, -20261123, -20261123.gz. Copies that somebody else made are none.
_ROTATED = r"(\.\d{1,4}|-\d{8}(-\d{1,10})?)(\.gz|\.bz2|\.xz)?"
_PLACE = re.compile(
    r"file:(?P<inode>\d{1,20}):(?P<offset>\d{1,18}):(?P<mark>[0-9a-f]{16}):(?P<at>\d{1,15})(?P<behind>:behind)?"
)
HOLE = "the log was rotated away or truncated before it was read to its end"


@dataclass(frozen=True)
class FilePlace:
    """``at``: the time of the last line, in milliseconds since 1970. ``behind``: lines up to then come again."""

    inode: int
    offset: int
    mark: str
    at: int
    behind: bool = False

    def __str__(self) -> str:
        return f"file:{self.inode}:{self.offset}:{self.mark}:{self.at}{':behind' if self.behind else ''}"


@dataclass(frozen=True)
class Part:
    """One of the files that the log consists of. ``size`` is None where it is compressed."""

    path: Path
    inode: int
    size: int | None
    changed: int  # nanoseconds

    def read(self, offset: int, length: int) -> bytes:
        opened = _PACKED.get(self.path.suffix, Path.open)
        with opened(self.path, "rb") as content:
            content.seek(offset)
            return bytes(content.read(length))

    def holds(self, place: FilePlace) -> bool:
        """Whether what was read last stands in this file at the same place."""
        if place.offset == 0:
            return self.inode == place.inode
        if self.size is not None and self.size < place.offset:
            return False
        start = max(place.offset - PROOF, 0)
        return _digest(self.read(start, place.offset - start)) == place.mark


def place_in(text: str) -> FilePlace | None:
    """The place that ``text`` names, or None where it names none in a file."""
    found = _PLACE.fullmatch(text)
    return found and FilePlace(
        int(found["inode"]), int(found["offset"]), found["mark"], int(found["at"]), bool(found["behind"])
    )


def read(path: Path, place: FilePlace | None, *, chunk: int = CHUNK) -> LogPage:
    """What follows ``place``; without one, from the oldest part that is there. Raises ``Fail2banUnreachable``."""
    for _ in range(3):
        try:
            return _read(path, place, chunk)
        except FileNotFoundError:
            continue  # rotated away between two looks at the folder
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise _unreadable(path, str(error)) from error
    raise _unreadable(path, "it is not there")


def _read(path: Path, place: FilePlace | None, chunk: int) -> LogPage:
    parts = _parts(path)
    if not parts:
        raise FileNotFoundError(path)
    if place is None:
        return _page(parts, 0, FilePlace(parts[0].inode, 0, _digest(b""), 0), "", chunk)
    # The same file first; then the newest, since a copy is newer than what it was made of.
    order = sorted(range(len(parts)), key=lambda number: (parts[number].inode != place.inode, -number))
    found = next((number for number in order if parts[number].holds(place)), None)
    if found is not None:
        return _page(parts, found, place, "", chunk)
    newer = (number for number, part in enumerate(parts) if part.changed // 1_000_000 >= place.at)
    first = next(newer, len(parts) - 1)
    return _page(parts, first, replace(place, inode=parts[first].inode, offset=0, behind=True), HOLE, chunk)


def _page(parts: list[Part], number: int, place: FilePlace, hole: str, chunk: int) -> LogPage:
    part = parts[number]
    # Only once the server has written into a later part is this one complete; the sizes are older than the content.
    later = [one for one in parts[number + 1 :] if one.size != 0]
    content = part.read(place.offset, chunk)
    at_end = len(content) < chunk
    content = content[: _whole(content, chunk)]
    if not content and at_end and later:
        return _beyond(parts, parts.index(later[0]), place, hole, chunk)
    clock = Clock(place.at)
    events = tuple(events_in(content.split(b"\n"), clock))
    if place.behind:
        events = tuple(event for event in events if event.at > place.at)
    mark = _mark(part, place.offset, content)
    behind = place.behind and clock.last <= place.at
    here = FilePlace(part.inode, place.offset + len(content), mark, clock.last, behind)
    return LogPage(events, str(here), at_end and not later, hole, "file")


def _beyond(parts: list[Part], number: int, place: FilePlace, hole: str, chunk: int) -> LogPage:
    """What the next part begins with. Nobody stops at its very beginning: that would look the same once it was copied
    and cut, and nothing would tell that the copy was not read. The end of the part before has a mark to be found by."""
    start = FilePlace(parts[number].inode, 0, _digest(b""), place.at, place.behind)
    page = _page(parts, number, start, hole, chunk)
    reached = place_in(page.place)
    return replace(page, place=str(place)) if reached is None or reached.offset == 0 else page


def _whole(content: bytes, chunk: int) -> int:
    """How many of these bytes are whole lines; of a line longer than a page all are, since it is none of ours."""
    end = content.rfind(b"\n") + 1
    return end if end or len(content) < chunk else len(content)


def _mark(part: Part, offset: int, content: bytes) -> str:
    before = content[-PROOF:]
    if len(before) < PROOF and offset:
        start = max(offset + len(content) - PROOF, 0)
        before = part.read(start, offset - start) + content
    return _digest(before)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _parts(path: Path) -> list[Part]:
    """The log and what rotation has made of it, oldest first. Only files of the log's owner: others may lie."""
    live = _part(path)
    owner = (path if live else path.parent).stat().st_uid
    with os.scandir(path.parent) as folder:
        names = {entry.name for entry in folder if re.fullmatch(re.escape(path.name) + _ROTATED, entry.name)}
    # While a part is being compressed it is there twice.
    once = [name for name in names if Path(name).stem not in names or Path(name).suffix not in _PACKED]
    old = [part for name in once if (part := _part(path.parent / name, owner))]
    old.sort(key=lambda part: (part.changed, part.path.name))
    return [*old, *([live] if live else [])]


def _part(path: Path, owner: int | None = None) -> Part | None:
    try:
        about = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(about.st_mode) or (owner is not None and about.st_uid != owner):
        return None
    return Part(path, about.st_ino, None if path.suffix in _PACKED else about.st_size, about.st_mtime_ns)


def _unreadable(path: Path, reason: str) -> Fail2banUnreachable:
    return Fail2banUnreachable(
        f"Fail2ban's log {path} cannot be read: {reason}.", reason=f"log: {reason}", path=str(path)
    )
