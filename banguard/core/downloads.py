"""Answers that stream for as long as their reader takes, and therefore may not take every thread there is.

An export keeps the thread that sends it. So at most half of a process's threads send one at once, and the next is
refused. The count lives in this process's memory, which is the right place for once: the threads are this process's
own, and no other process can take them or give them back. How far one is stands in the shared cache instead: whoever
asks may be answered by another process.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from wsgiref.types import WSGIEnvironment

from django.core.cache import cache
from django.http import HttpRequest, StreamingHttpResponse

from banguard.core.errors import DownloadsBusy

RETRY_AFTER = 30  # seconds
STALLED = 60  # seconds in which a reader takes nothing at all, after which it loses its answer
TOLD_EVERY = 1.0  # seconds
TOLD_FOR = 600  # seconds; of one that ended, too, for a page that nobody looks at asks late
NAME = re.compile(r"[0-9a-f]{32}")


class _Process:
    free = threading.BoundedSemaphore(2)


def share(threads: int) -> None:
    """Let downloads take half of a process's ``threads``; of a single one, that one."""
    _Process.free = threading.BoundedSemaphore(max(1, threads // 2))


@dataclass
class Progress:
    """``lines`` that were sent; ``ended``: there are no more. ``stopped``: nor will there be, though there are."""

    lines: int = 0
    ended: bool = False
    stopped: bool = False


class Download(StreamingHttpResponse):
    """A file that is made while it is sent. Raises ``DownloadsBusy`` where as many are being sent as may be.

    ``?told=NAME``, 32 hexadecimal digits of the page's choice, is how it asks ``progress_of`` how far it is.

    Its place is given back when the server closes it, or when nobody knows it any more: of lines that were never
    asked for, not even a ``finally`` would run.
    """

    def __init__(self, request: HttpRequest, lines: Iterator[str], *, name: str, content_type: str) -> None:
        self._leave = _entered(self)
        self._told = _Told(_key(request))
        super().__init__(self._told.counted(lines), content_type=content_type)
        self.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        lose_stalled(request.META)

    def close(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._leave)
            stack.callback(super().close)
            self._told.stop()


def progress_of(request: HttpRequest) -> Progress:
    """How far the download is that the same person asked for with the same ``?told=``; nothing, if none has begun."""
    key = _key(request)
    return Progress(**((key and cache.get(key)) or {}))


class _Told:
    """Tells the cache how far it is, if anybody wants to know."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self._progress = Progress()
        self._due = 0.0

    def counted(self, lines: Iterator[str]) -> Iterator[str]:
        for some in lines:
            yield some
            self._progress.lines += some.count("\n")
            if time.monotonic() >= self._due:
                self._tell()
        self._progress.ended = True
        self._tell()

    def stop(self) -> None:
        if not self._progress.ended:
            self._progress.stopped = True
            self._tell()

    def _tell(self) -> None:
        self._due = time.monotonic() + TOLD_EVERY
        if self._key:
            cache.set(self._key, asdict(self._progress), TOLD_FOR)


def _key(request: HttpRequest) -> str | None:
    name = request.GET.get("told", "")
    return f"download:{request.user.pk}:{name}" if NAME.fullmatch(name) else None


def lose_stalled(environ: WSGIEnvironment) -> None:
    """Have the kernel end a write to which the reader makes no room for so long; gunicorn then hangs up."""
    connection: socket.socket | None = environ.get("gunicorn.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", STALLED, 0))


def _entered(download: Download) -> weakref.finalize[[], Download]:
    free = _Process.free
    if not free.acquire(blocking=False):
        raise DownloadsBusy(
            "As many exports are being sent as can be at once. Wait until one has ended, then try again.",
            retry_after=RETRY_AFTER,
        )
    return weakref.finalize(download, free.release)
