"""Who is at the other end of a Unix socket, as the kernel tells it."""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass

_CREDENTIALS = struct.Struct("3i")
_SO_PEERGROUPS = 59  # Linux 4.13; Python has no name for it
_MOST_BYTES = 1024  # as many as Python asks the kernel for: 256 groups


@dataclass(frozen=True)
class Peer:
    """A process as it was when it connected; ``groups`` are its primary and its supplementary ones."""

    pid: int
    uid: int
    groups: frozenset[int]

    def may_call(self, group: int) -> bool:
        """Root, the user the agent runs as, and the group that the socket belongs to."""
        return self.uid in (0, os.geteuid()) or group in self.groups


def peer_of(connection: socket.socket) -> Peer:
    """Raises ``OSError``."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, gid = _CREDENTIALS.unpack(raw)
    return Peer(pid=pid, uid=uid, groups=frozenset({gid, *_supplementary(connection)}))


def _supplementary(connection: socket.socket) -> tuple[int, ...]:
    # From the kernel, not from /etc/group: what counts is what the process has, and a lookup could hang.
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_BYTES)
    except OSError as error:
        if error.errno == errno.ERANGE:
            return ()  # it has more: its primary group decides alone
        raise
    return struct.unpack(f"{len(raw) // 4}I", raw)
