"""Who is on this machine now, or signed in to it of late: addresses that a list should not take by surprise.

Connections are read from the kernel's own tables, sign-ins from the system's record of them (``wtmp``), both of
which need no program. A machine that keeps no such record tells of none.
"""

from __future__ import annotations

import ipaddress
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from banguard.agent.verbs import Visitors
from banguard.core.errors import AddressInvalid
from banguard.core.networks import Network, parse_network, text_of

NET = Path("/proc/net")
WTMP = Path("/var/log/wtmp")
WITHIN = 30 * 86_400  # seconds
MOST = 10_000  # of each
READ = 8 * 1024 * 1024  # bytes of the record's end
_ESTABLISHED = "01"
_RECORD = struct.Struct("=h2xi32s4s32s256shhiii16s20s")  # struct utmp, 384 bytes
_SIGN_IN = 7  # USER_PROCESS


def read(net: Path = NET, wtmp: Path = WTMP) -> Visitors:
    connected = {address for name in ("tcp", "tcp6") for address in _connected(_text(net / name))}
    return Visitors(connected=_sorted(connected), signed_in=_sorted(set(_signed_in(wtmp))))


def _connected(text: str) -> Iterator[Network]:
    """``/proc/net/tcp``: number, local address, remote address (hexadecimal, ``:`` port), state, ..."""
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) > 3 and words[3] == _ESTABLISHED:
            yield from _address(words[2].partition(":")[0])


def _address(digits: str) -> Iterator[Network]:
    """Words of 32 bits in the machine's byte order."""
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return
    if len(data) in {4, 16}:
        words = (data[at : at + 4] for at in range(0, len(data), 4))
        yield from _parsed(b"".join(word[::-1] if sys.byteorder == "little" else word for word in words))


def _signed_in(wtmp: Path) -> Iterator[Network]:
    since = time.time() - WITHIN
    data = _end(wtmp)
    for kind, *_rest, seconds, _micro, address, _unused in _RECORD.iter_unpack(data[: len(data) // 384 * 384]):
        if kind == _SIGN_IN and seconds >= since and any(address):
            yield from _parsed(address if any(address[4:]) else address[:4])


def _end(path: Path) -> bytes:
    """Whole records of the file's end."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - READ) // 384 * 384)
            return file.read(READ)
    except OSError:
        return b""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _parsed(packed: bytes) -> Iterator[Network]:
    try:
        yield parse_network(str(ipaddress.ip_address(packed)))
    except (ValueError, AddressInvalid):
        return


def _sorted(found: set[Network]) -> tuple[Network, ...]:
    return tuple(sorted(found, key=lambda network: (network.version, text_of(network))))[:MOST]
