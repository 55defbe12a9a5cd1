"""Reading lines from a socket, none longer than allowed."""

from __future__ import annotations

import socket

from banguard.fail2ban import sockets

_PIECE = 256 * 1024


class LineTooLong(Exception):
    """The line was read to its end and thrown away; the next one can be read."""


class Lines:
    """``limit`` is in bytes. With a ``deadline`` (on the monotonic clock) that holds for all reading together,
    without one the connection's own timeout holds for each piece. Raises ``OSError`` when either passes."""

    def __init__(self, connection: socket.socket, *, limit: int, deadline: float | None = None) -> None:
        self._connection = connection
        self._limit = limit
        self._deadline = deadline
        self._received = bytearray()

    def next(self) -> bytes | None:
        """The next line without its end, or None when there are no more; half a line is none."""
        searched, too_long = 0, False
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > self._limit:
                too_long, searched = True, 0
                self._received.clear()
            if not (piece := self._piece()):
                return None
            self._received += piece
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        if too_long or len(line) > self._limit:
            raise LineTooLong
        return line

    def _piece(self) -> bytes:
        if self._deadline is not None:
            self._connection.settimeout(sockets.remaining(self._deadline))
        return self._connection.recv(_PIECE)
