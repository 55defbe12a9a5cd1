"""Connecting to a Unix socket under one deadline, and saying in words why it did not work."""

from __future__ import annotations

import socket
import time
from pathlib import Path

RETRY_SECONDS = 0.02


def connect(path: Path, *, deadline: float) -> socket.socket:
    """A connected stream socket. ``deadline`` is on the monotonic clock. Raises ``OSError``."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        while True:
            connection.settimeout(remaining(deadline))
            try:
                connection.connect(str(path))
            except BlockingIOError:
                # The server is busy and its queue is full (Fail2ban's holds two): unlike a blocking
                # socket, one with a timeout is turned away at once and has to knock again.
                time.sleep(RETRY_SECONDS)
            else:
                return connection
    except BaseException:
        connection.close()
        raise


def remaining(deadline: float) -> float:
    """Seconds left. Raises ``TimeoutError`` when there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def reason_of(error: OSError) -> str:
    """Why a connection failed, for people."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such socket"
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionError):
        return "connection closed"
    return str(error) or type(error).__name__
