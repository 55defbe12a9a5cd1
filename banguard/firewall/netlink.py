"""Reading nftables from the kernel itself.

The program ``nft`` reads every set of the machine before it shows anything: 26 s beside a set of a million. Here only
what is asked for is read. Nothing is ever written.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

from banguard.core.errors import FirewallRefused, FirewallUnavailable

INET = 1  # the family of a table for IPv4 and IPv6
_NETFILTER = 12
_NFTABLES = 10 << 8
_RULES, _ELEMENTS, _OBJECTS = 7, 13, 19  # NFT_MSG_GETRULE, NFT_MSG_GETSETELEM, NFT_MSG_GETOBJ
_DUMP = 0x301  # NLM_F_REQUEST, NLM_F_DUMP
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_TYPE = 0x3FFF  # without the bits that say "nested" and "network order"

Attributes = dict[int, bytes]


def counters(table: str) -> dict[str, tuple[int, int]]:
    """The table's named counters: packets and bytes. None where there is no such table."""
    found = {}
    for attributes in _dump(_OBJECTS, {1: _name(table)}):
        if _text(attributes.get(1)) != table:
            continue
        data = dict(_attributes(attributes.get(4, b"")))
        octets, packets = (int.from_bytes(data.get(part, b""), "big") for part in (1, 2))
        found[_text(attributes.get(2))] = (packets, octets)
    return found


def rules(table: str) -> dict[str, int]:
    """How many rules each chain of the table has."""
    found: dict[str, int] = {}
    for attributes in _dump(_RULES, {1: _name(table)}):
        if _text(attributes.get(1)) == table:
            chain = _text(attributes.get(2))
            found[chain] = found.get(chain, 0) + 1
    return found


class Element(NamedTuple):
    """``last``: the last key of a range, in a set of several fields. ``ends``: whether an interval ends before it."""

    key: bytes
    last: bytes
    ends: bool


def elements(table: str, name: str) -> Iterator[Element]:
    """What a set holds. Nothing where there is no such set."""
    for attributes in _dump(_ELEMENTS, {1: _name(table), 2: _name(name)}):
        for _, element in _attributes(attributes.get(3, b"")):
            parts = dict(_attributes(element))
            ends = int.from_bytes(parts.get(3, b""), "big") & 1  # NFT_SET_ELEM_INTERVAL_END
            yield Element(_value(parts.get(1, b"")), _value(parts.get(10, b"")), bool(ends))


def _value(nested: bytes) -> bytes:
    return dict(_attributes(nested)).get(1, b"")


def _dump(message: int, about: dict[int, bytes]) -> Iterator[Attributes]:
    """The attributes of each object in the answer. A table or set that is not there has none."""
    body = struct.pack("=BBH", INET, 0, 0) + b"".join(_packed(kind, value) for kind, value in about.items())
    request = _HEADER.pack(_HEADER.size + len(body), _NFTABLES | message, _DUMP, 1, 0) + body
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as kernel:
            kernel.settimeout(30)
            kernel.bind((0, 0))
            kernel.send(request)
            yield from _answers(kernel)
    except OSError as error:
        raise FirewallUnavailable(f"The kernel's nftables cannot be read: {error.strerror}.") from error


def _answers(kernel: socket.socket) -> Iterator[Attributes]:
    while True:
        received = memoryview(kernel.recv(1 << 18))
        while len(received) >= _HEADER.size:
            length, kind, *_ = _HEADER.unpack_from(received)
            body, received = bytes(received[_HEADER.size : length]), received[_aligned(length) :]
            if kind == _DONE or (kind == _ERROR and _is_absent(body)):
                return
            yield dict(_attributes(body[4:]))


def _is_absent(body: bytes) -> bool:
    """Whether an error says that there is no such thing. Raises ``FirewallUnavailable`` or ``FirewallRefused``."""
    number = -int.from_bytes(body[:4], sys.byteorder, signed=True)
    if number == 2:
        return True
    failure = FirewallUnavailable if number in (1, 93, 95) else FirewallRefused
    raise failure(f"The kernel's nftables cannot be read: {os.strerror(number)}.")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind & _TYPE, data[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _packed(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value.ljust(_aligned(len(value)), b"\0")


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _name(text: str) -> bytes:
    return text.encode("ascii") + b"\0"


def _text(value: bytes | None) -> str:
    return (value or b"").rstrip(b"\0").decode("utf-8", "replace")
