"""One connection to Fail2ban: framed commands out, replies back in order."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from banguard.core.errors import Fail2banRefused, Fail2banUnreachable
from banguard.fail2ban import protocol, sockets

_PIECE = 256 * 1024


class Connection:
    """Use it in a ``with`` block: more than about a thousand left open make the server shut itself down.

    ``timeout`` is in seconds, for connecting and for each exchange as a whole. Every method raises
    ``Fail2banUnreachable`` with the reason when the server cannot be spoken to.
    """

    def __init__(self, path: Path, *, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._received = bytearray()
        try:
            self._socket = sockets.connect(path, deadline=time.monotonic() + timeout)
        except OSError as error:
            raise self._unreachable(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.settimeout(0.1)
            self._socket.sendall(protocol.CLOSE + protocol.END)
        self._socket.close()

    def exchange(self, commands: Sequence[protocol.Command]) -> list[bytes]:
        """The raw reply to each command, in order. They are sent at once, so that many take one round trip."""
        request = b"".join(protocol.encode(command) for command in commands)
        deadline = time.monotonic() + self._timeout
        try:
            self._socket.settimeout(sockets.remaining(deadline))
            self._socket.sendall(request)
            return [self._reply(deadline) for _ in commands]
        except OSError as error:
            raise self._unreachable(error) from error

    def ask(self, *command: str | int) -> object:
        """The decoded value of one command's reply. Raises what ``protocol.decode`` raises, too."""
        return protocol.decode(self.exchange([command])[0])

    def _reply(self, deadline: float) -> bytes:
        searched = 0
        while (end := self._received.find(protocol.END, searched)) < 0:
            searched = max(0, len(self._received) - len(protocol.END))
            self._receive(deadline)
        reply = bytes(self._received[:end])
        del self._received[: end + len(protocol.END)]
        return reply

    def _receive(self, deadline: float) -> None:
        if len(self._received) > protocol.MAX_REPLY:
            raise Fail2banRefused("Fail2ban's reply is too long.", limit=protocol.MAX_REPLY)
        self._socket.settimeout(sockets.remaining(deadline))
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError
        self._received += piece

    def _unreachable(self, error: OSError) -> Fail2banUnreachable:
        reason = sockets.reason_of(error)
        return Fail2banUnreachable(
            f"Fail2ban does not answer on {self._path}: {reason}.", reason=reason, socket=str(self._path)
        )
