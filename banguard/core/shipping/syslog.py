"""Syslog over TCP or TLS: RFC 5424 lines, framed by their length (RFC 6587, RFC 5425).

Syslog answers nothing. A line counts as arrived when the connection has stood for some seconds after it was
sent; when it breaks, younger lines are sent again. So a few may arrive twice, and none is lost in between.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from banguard.core.shipping.backlog import Line
from banguard.core.shipping.destination import HOST, Outcome

TIMEOUT = 10.0  # seconds for connecting, and for a receiver that takes nothing
GOODBYE = 2.0  # seconds for the receiver to read to the end
USER = 1 << 3  # the facility
SEVERITY = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


class Syslog:
    """``syslog+tcp://host:port`` or ``syslog+tls://host:port?ca=FILE``."""

    settles_after = 5.0

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "syslog+tls"
        self._host, self._port = parts.hostname or "", parts.port or (6514 if self._tls else 514)
        self._authorities = parse_qs(parts.query).get("ca", [None])[0]
        self._socket: socket.socket | None = None

    def send(self, lines: Sequence[Line]) -> Outcome:
        self.check()
        if self._socket is None:
            self._socket = self._connected()
        try:
            self._socket.settimeout(TIMEOUT)
            self._socket.sendall(b"".join(map(_framed, lines)))
        except OSError:
            self._drop()
            raise
        return Outcome()

    def check(self) -> None:
        """The receiver never speaks: what can be read is the end of the connection, or TLS's own affairs."""
        if self._socket is None:
            return
        try:
            self._socket.settimeout(0)
            if self._socket.recv(1) == b"":
                raise ConnectionResetError("the receiver hung up")
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            self._drop()
            raise

    def close(self) -> None:
        if self._socket is None:
            return
        with suppress(OSError):  # it may have hung up already
            self._socket.settimeout(GOODBYE)
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(4096):
                pass
        self._drop()

    def _connected(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), timeout=TIMEOUT)
        if not self._tls:
            return plain
        try:
            context = ssl.create_default_context(cafile=self._authorities)
            return context.wrap_socket(plain, server_hostname=self._host)
        except OSError:
            plain.close()
            raise

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _framed(line: Line) -> bytes:
    at = datetime.fromtimestamp(line.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    severity = next((number for level, number in SEVERITY if line.level >= level), 7)
    message = f"<{USER + severity}>1 {at} {HOST} banguard {os.getpid()} - - {line.text}".encode()
    return b"%d %b" % (len(message), message)
