"""One limit of time over a whole conversation. A timeout of each read lets a server send byte after byte for ever."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType


class Deadline:
    """After so many seconds within the block, hangs up on the server that is spoken to. ``over``: whether it did.

    Whoever waits for that server then finds the end of what it sent, or an error, at once.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.over = seconds, False
        self._end = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._turn = threading.Lock()
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _is: BaseException | None, _at: TracebackType | None) -> None:
        self._timer.cancel()
        self._take(None)

    @property
    def left(self) -> float:
        """Seconds; never none at all, which would mean "do not wait"."""
        return max(self._end - time.monotonic(), 0.001)

    def watched(self, line: socket.socket) -> socket.socket:
        """``line``, the one that is spoken on from now on. TLS takes its descriptor over, so we keep one of our own."""
        self._take(socket.socket(fileno=os.dup(line.fileno())))
        if self.over:
            self._pass()
        return line

    def _take(self, line: socket.socket | None) -> None:
        with self._turn:
            if self._line:
                self._line.close()
            self._line = line

    def _pass(self) -> None:
        self.over = True  # before anybody reads the end that this makes, and takes it for the feed's own
        with self._turn, suppress(OSError):  # the other end was quicker
            if self._line:
                self._line.shutdown(socket.SHUT_RDWR)
