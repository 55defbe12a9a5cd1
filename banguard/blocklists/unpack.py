"""Feeds that come packed, by what their first bytes say: gzip, or a zip with one file in it.

What they unpack to is limited while it is written: a few kilobytes can say that they are terabytes.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from banguard.core.errors import FeedBomb, FeedUnreadable

CHUNK = 64 * 1024
MOST_MEMBERS = 100
BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


@contextmanager
def unpacked(file: BufferedRandom, *, limit: int) -> Iterator[tuple[BufferedRandom, str]]:
    """The file itself, or what was packed in it in an unnamed one, from its start; and ``gzip``, ``zip`` or nothing.

    Raises ``FeedBomb`` beyond ``limit`` bytes, ``FeedUnreadable`` for what is broken.
    """
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    packing = "gzip" if start[:2] == b"\x1f\x8b" else "zip" if start == b"PK\x03\x04" else ""
    if not packing:
        yield file, ""
        return
    with TemporaryFile() as out:
        try:
            _unpack(file, packing, out, limit)
        except BROKEN as error:
            raise FeedUnreadable(f"The feed is packed as {packing}, but broken: {str(error)[:200]}") from error
        out.seek(0)
        yield out, packing


def _unpack(file: BinaryIO, packing: str, out: BinaryIO, limit: int) -> None:
    if packing == "gzip":
        with gzip.open(file) as source:
            _copy(source, out, limit)
        return
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist()[:MOST_MEMBERS] if not one.is_dir()]
        if len(members) != 1:
            raise FeedUnreadable(f"The feed is a zip with {len(members)} files in it, not one.")
        with archive.open(members[0]) as source:
            _copy(source, out, limit)


def _copy(source: IO[bytes] | gzip.GzipFile, out: BinaryIO, limit: int) -> None:
    size = 0
    while piece := source.read(CHUNK):
        size += len(piece)
        if size > limit:
            raise FeedBomb(f"The feed unpacks to more than {limit / 1024**2:.0f} MB.", limit=limit)
        out.write(piece)
