"""Answers that stream for as long as their reader takes, and therefore may not take every thread there is.

An export keeps the thread that sends it. So at most half of a process's threads send one at once, and the next is
refused. The count lives in this process's memory, which is the right place for once: the threads are this process's
own, and no other process can take them or give them back.
"""

from __future__ import annotations

import socket
import struct
import threading
import weakref
from collections.abc import Iterator
from wsgiref.types import WSGIEnvironment

from django.http import HttpRequest, StreamingHttpResponse

from banguard.core.errors import DownloadsBusy

RETRY_AFTER = 30  # seconds
STALLED = 60  # seconds in which a reader takes nothing at all, after which it loses its answer


class _Process:
    free = threading.BoundedSemaphore(2)


def share(threads: int) -> None:
    """Let downloads take half of a process's ``threads``; of a single one, that one."""
    _Process.free = threading.BoundedSemaphore(max(1, threads // 2))


class Download(StreamingHttpResponse):
    """A file that is made while it is sent. Raises ``DownloadsBusy`` where as many are being sent as may be.

    Its place is given back when the server closes it, or when nobody knows it any more: of lines that were never
    asked for, not even a ``finally`` would run.
    """

    def __init__(self, request: HttpRequest, lines: Iterator[str], *, name: str, content_type: str) -> None:
        self._leave = _entered(self)
        super().__init__(lines, content_type=content_type)
        self.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        lose_stalled(request.META)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._leave()


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
